
/*
 * Calendar arithmetic in UTC, in whole numbers.
 */

#include "air_cli_store.h"

#include <string.h>
#include <time.h>


#define AIR_CLI_DAY_MS  86400000


/* Days from 1970-01-01; month may be any number, 1 is January. */
static int64_t
air_cli_days(int64_t year, int64_t month)
{
    struct tm  tm;

    year += (month - 1) / 12;
    month = (month - 1) % 12;

    if (month < 0) {
        month += 12;
        year--;
    }

    memset(&tm, 0, sizeof(tm));
    tm.tm_year = (int) (year - 1900);
    tm.tm_mon = (int) month;
    tm.tm_mday = 1;

    return (int64_t) timegm(&tm) / 86400;
}


int64_t
air_cli_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_REALTIME, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


/* n digits at *p as a number; -1 when they are not there. */
static int
air_cli_digits(const char **p, int n)
{
    int  value;

    for (value = 0; n > 0; n--, (*p)++) {

        if (**p < '0' || **p > '9') {
            return -1;
        }

        value = value * 10 + (**p - '0');
    }

    return value;
}


/* ":04" or ":04:05" behind the hour, "Z" at the end; 0, -1. */
static int
air_cli_clock(const char *p, struct tm *tm)
{
    tm->tm_hour = air_cli_digits(&p, 2);

    if (*p == ':') {
        p++;
        tm->tm_min = air_cli_digits(&p, 2);
    }

    if (*p == ':') {
        p++;
        tm->tm_sec = air_cli_digits(&p, 2);
    }

    if (*p == 'Z') {
        p++;
    }

    return *p == '\0' && tm->tm_hour >= 0 && tm->tm_hour < 24
           && tm->tm_min >= 0 && tm->tm_min < 60
           && tm->tm_sec >= 0 && tm->tm_sec < 61 ? 0 : -1;
}


int
air_cli_when(const char *text, int64_t *ms)
{
    int          day;
    struct tm    tm;
    const char  *p;

    memset(&tm, 0, sizeof(tm));
    tm.tm_mday = 1;

    p = text;

    tm.tm_year = air_cli_digits(&p, 4) - 1900;

    if (tm.tm_year < 70) {
        return AIR_EINVAL;
    }

    if (*p == '-') {
        p++;
        tm.tm_mon = air_cli_digits(&p, 2) - 1;
    }

    if (*p == '-') {
        p++;
        tm.tm_mday = air_cli_digits(&p, 2);
    }

    if (*p == 'T' && p == text + 10) {

        if (air_cli_clock(p + 1, &tm) == -1) {
            return AIR_EINVAL;
        }

    } else if (*p != '\0') {
        return AIR_EINVAL;
    }

    if (tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1) {
        return AIR_EINVAL;
    }

    /* the 31st of a month that has 30 days would move on */

    day = tm.tm_mday;
    *ms = (int64_t) timegm(&tm) * 1000;

    return tm.tm_mday == day ? AIR_OK : AIR_EINVAL;
}


int
air_cli_period_by_name(const char *name)
{
    int  i;

    static const char *const  names[] = {
        "day", "week", "month", "quarter", "year"
    };

    for (i = AIR_CLI_DAY; i <= AIR_CLI_YEAR; i++) {
        if (strcmp(name, names[i]) == 0) {
            return i;
        }
    }

    return -1;
}


void
air_cli_period(air_cli_period_e period, int64_t now_ms, unsigned back,
    int64_t *from_ms, int64_t *to_ms)
{
    time_t     t;
    int64_t    from, to, months, month;
    struct tm  tm;

    t = (time_t) (now_ms / 1000);
    (void) gmtime_r(&t, &tm);

    from = now_ms / AIR_CLI_DAY_MS;

    if (period == AIR_CLI_DAY || period == AIR_CLI_WEEK) {

        months = 0;
        month = period == AIR_CLI_DAY ? 1 : 7;

        if (period == AIR_CLI_WEEK) {
            from -= (tm.tm_wday + 6) % 7;
        }

        from -= month * back;
        to = from + month;

    } else {
        months = period == AIR_CLI_MONTH ? 1
                 : period == AIR_CLI_QUARTER ? 3 : 12;

        month = tm.tm_mon / months * months + 1 - months * (int64_t) back;

        from = air_cli_days(tm.tm_year + 1900, month);
        to = air_cli_days(tm.tm_year + 1900, month + months);
    }

    *from_ms = from * AIR_CLI_DAY_MS;
    *to_ms = to * AIR_CLI_DAY_MS;
}


int
air_cli_range(air_cli_t *cli, const char *from, const char *to,
    const char *last, const char *this, int64_t *from_ms, int64_t *to_ms)
{
    int          period;
    const char  *name;

    if ((last != NULL) + (this != NULL) + (from != NULL || to != NULL) > 1) {
        return air_cli_error(cli, AIR_CLI_USAGE, "--last, --this and --from "
                             "with --to exclude each other");
    }

    if (from != NULL || to != NULL) {
        *from_ms = 0;
        *to_ms = INT64_MAX;

        if (from != NULL && air_cli_when(from, from_ms) != AIR_OK) {
            return air_cli_error(cli, AIR_CLI_USAGE, "--from needs a time as "
                                 "2026-11-22 or 2026-11-22T15:04:05Z, not "
                                 "\"%s\"", from);
        }

        if (to != NULL && air_cli_when(to, to_ms) != AIR_OK) {
            return air_cli_error(cli, AIR_CLI_USAGE, "--to needs a time as "
                                 "2026-11-22 or 2026-11-22T15:04:05Z, not "
                                 "\"%s\"", to);
        }

        if (*from_ms >= *to_ms) {
            return air_cli_error(cli, AIR_CLI_USAGE,
                                 "--from must be before --to");
        }

        return AIR_CLI_OK;
    }

    name = last != NULL ? last : this != NULL ? this : "month";

    period = air_cli_period_by_name(name);

    if (period == -1) {
        return air_cli_error(cli, AIR_CLI_USAGE, "\"%s\" is no period: day, "
                             "week, month, quarter or year", name);
    }

    air_cli_period((air_cli_period_e) period, air_cli_now(), last != NULL,
                   from_ms, to_ms);

    return AIR_CLI_OK;
}
