
/*
 * Calendar arithmetic in UTC, in whole numbers.
 */

#include "air_calendar.h"
#include "air_time.h"


#define AIR_CALENDAR_DAY_MS  86400000


/* Days from 1970-01-01; month may be any number, 1 is January. */
static int64_t
air_calendar_days(int64_t year, int64_t month)
{
    year += (month - 1) / 12;
    month = (month - 1) % 12;

    if (month < 0) {
        month += 12;
        year--;
    }

    return air_time_days(year, (unsigned) month + 1, 1);
}


/* n digits at the front of text, taken away; -1 when they are not there. */
static int
air_calendar_digits(air_str_t *text, unsigned n)
{
    int       value;
    unsigned  i;

    if (text->len < n) {
        return -1;
    }

    value = 0;

    for (i = 0; i < n; i++) {

        if (text->data[i] < '0' || text->data[i] > '9') {
            return -1;
        }

        value = value * 10 + (text->data[i] - '0');
    }

    text->data += n;
    text->len -= n;

    return value;
}


/* 1 and taken away when c is at the front. */
static int
air_calendar_mark(air_str_t *text, unsigned char c)
{
    if (text->len == 0 || text->data[0] != c) {
        return 0;
    }

    text->data++;
    text->len--;

    return 1;
}


/* "15", ":04" or ":04:05" behind it, "Z" at the end: seconds, or -1. */
static int
air_calendar_clock(air_str_t *text)
{
    int  hour, minute, second;

    minute = 0;
    second = 0;

    hour = air_calendar_digits(text, 2);

    if (air_calendar_mark(text, ':')) {
        minute = air_calendar_digits(text, 2);

        if (air_calendar_mark(text, ':')) {
            second = air_calendar_digits(text, 2);
        }
    }

    (void) air_calendar_mark(text, 'Z');

    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0
        || second > 60)
    {
        return -1;
    }

    return hour * 3600 + minute * 60 + second;
}


int
air_calendar_when(air_str_t text, int64_t *ms)
{
    int      year, month, day, second;
    int64_t  days;

    month = 1;
    day = 1;
    second = 0;

    year = air_calendar_digits(&text, 4);

    if (air_calendar_mark(&text, '-')) {
        month = air_calendar_digits(&text, 2);

        if (air_calendar_mark(&text, '-')) {
            day = air_calendar_digits(&text, 2);

            if (air_calendar_mark(&text, 'T')) {
                second = air_calendar_clock(&text);
            }
        }
    }

    if (text.len != 0 || year < 1970 || month < 1 || month > 12 || day < 1
        || second < 0)
    {
        return AIR_EINVAL;
    }

    days = air_calendar_days(year, month) + day - 1;

    /* the 31st of a month that has 30 days */

    if (days >= air_calendar_days(year, (int64_t) month + 1)) {
        return AIR_EINVAL;
    }

    *ms = days * AIR_CALENDAR_DAY_MS + (int64_t) second * 1000;

    return AIR_OK;
}


int
air_calendar_name(air_str_t name)
{
    int  i;

    static const char *const  names[] = {
        "day", "week", "month", "quarter", "year"
    };

    for (i = AIR_CALENDAR_DAY; i <= AIR_CALENDAR_YEAR; i++) {
        if (air_str_eqz(name, names[i])) {
            return i;
        }
    }

    return -1;
}


void
air_calendar_period(air_calendar_e period, int64_t now_ms, unsigned back,
    int64_t *from_ms, int64_t *to_ms)
{
    int64_t   from, to, months, first, year;
    unsigned  month, day;

    from = now_ms / AIR_CALENDAR_DAY_MS;

    if (period == AIR_CALENDAR_DAY || period == AIR_CALENDAR_WEEK) {

        months = period == AIR_CALENDAR_DAY ? 1 : 7;

        /* 1970-01-01 was a Thursday */

        if (period == AIR_CALENDAR_WEEK) {
            from -= (from + 3) % 7;
        }

        from -= months * back;
        to = from + months;

    } else {
        months = period == AIR_CALENDAR_MONTH ? 1
                 : period == AIR_CALENDAR_QUARTER ? 3 : 12;

        air_time_civil(from, &year, &month, &day);

        first = (month - 1) / months * months + 1 - months * (int64_t) back;

        from = air_calendar_days(year, first);
        to = air_calendar_days(year, first + months);
    }

    *from_ms = from * AIR_CALENDAR_DAY_MS;
    *to_ms = to * AIR_CALENDAR_DAY_MS;
}


static int
air_calendar_wrong(const char *name, const char *text, const char **part,
    const char **why)
{
    *part = name;
    *why = text;

    return AIR_EINVAL;
}


int
air_calendar_range(const air_calendar_ask_t *ask, int64_t now_ms,
    int64_t *from_ms, int64_t *to_ms, const char **part, const char **why)
{
    int        period;
    air_str_t  name;

    static const char  time[] =
        "needs a time as 2026-11-22 or 2026-11-22T15:04:05Z";

    if ((ask->last.data != NULL) + (ask->current.data != NULL)
        + (ask->from.data != NULL || ask->to.data != NULL) > 1)
    {
        return air_calendar_wrong(NULL, "last, this and from with to exclude "
                                  "each other", part, why);
    }

    if (ask->from.data != NULL || ask->to.data != NULL) {
        *from_ms = 0;
        *to_ms = INT64_MAX;

        if (ask->from.data != NULL
            && air_calendar_when(ask->from, from_ms) != AIR_OK)
        {
            return air_calendar_wrong("from", time, part, why);
        }

        if (ask->to.data != NULL
            && air_calendar_when(ask->to, to_ms) != AIR_OK)
        {
            return air_calendar_wrong("to", time, part, why);
        }

        if (*from_ms >= *to_ms) {
            return air_calendar_wrong("from", "must be before to", part, why);
        }

        return AIR_OK;
    }

    name = ask->last.data != NULL ? ask->last
           : ask->current.data != NULL ? ask->current : air_str_z("month");

    period = air_calendar_name(name);

    if (period == -1) {
        return air_calendar_wrong(ask->last.data != NULL ? "last" : "this",
                                  "needs day, week, month, quarter or year",
                                  part, why);
    }

    air_calendar_period((air_calendar_e) period, now_ms, ask->last.data != NULL,
                        from_ms, to_ms);

    return AIR_OK;
}
