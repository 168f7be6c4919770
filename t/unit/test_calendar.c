
/*
 * Periods in UTC: against the C library's calendar, and what is refused.
 */


#include "../../ngx_ai_router_module/core/air_calendar.h"
#include "tap.h"

#include <stdlib.h>
#include <time.h>


#define NOW  1795392000123LL      /* 2026-11-23T00:00:00.123Z, a Monday     */


static int64_t
when(const char *text)
{
    int64_t  ms;

    return air_calendar_when(air_str_z(text), &ms) == AIR_OK ? ms : -1;
}


static void
test_when(void)
{
    unsigned  i;

    static const char *const  bad[] = {
        "", "1969", "26", "2026-13", "2026-00", "2026-02-29", "2026-11-31",
        "2026-11-00", "2026-11-22T", "2026-11-22T24", "2026-11-22T15:60",
        "2026-11-22 15", "2026-11-22T15:04:05Zx", "2026-1-2", " 2026",
        "2026-11T15", "99999"
    };

    is(when("2026"), 1767225600000LL, "a year");
    is(when("2026-11"), 1793491200000LL, "a month");
    is(when("2024-02-29"), 1709164800000LL, "a leap day");
    is(when("2026-11-22T15:04"), 1795359840000LL, "minutes");
    is(when("2026-11-22T15:04:05Z"), 1795359845000LL, "seconds");

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        is(when(bad[i]), -1, "refuses \"%s\"", bad[i]);
    }
}


/* Every day of forty years is in the periods that the C library says. */
static void
test_periods(void)
{
    int        p, wrong;
    time_t     t;
    int64_t    from, to, before, end;
    struct tm  tm;

    wrong = 0;

    for (t = 1000000; t < 40LL * 366 * 86400; t += 86400) {

        for (p = AIR_CALENDAR_DAY; p <= AIR_CALENDAR_YEAR; p++) {

            air_calendar_period((air_calendar_e) p, (int64_t) t * 1000, 0,
                                &from, &to);
            air_calendar_period((air_calendar_e) p, (int64_t) t * 1000, 1,
                                &before, &end);

            (void) gmtime_r(&t, &tm);

            tm.tm_hour = tm.tm_min = tm.tm_sec = 0;

            switch (p) {

            case AIR_CALENDAR_DAY:
                break;

            case AIR_CALENDAR_WEEK:
                tm.tm_mday -= (tm.tm_wday + 6) % 7;
                break;

            case AIR_CALENDAR_MONTH:
                tm.tm_mday = 1;
                break;

            case AIR_CALENDAR_QUARTER:
                tm.tm_mday = 1;
                tm.tm_mon -= tm.tm_mon % 3;
                break;

            default:
                tm.tm_mday = 1;
                tm.tm_mon = 0;
            }

            wrong += from != (int64_t) timegm(&tm) * 1000;
            wrong += end != from || before >= from || to <= (int64_t) t * 1000;
        }
    }

    is(wrong, 0, "periods are the C library's, and touch each other");
}


static int
range(const char *from, const char *to, const char *last, const char *this,
    int64_t *a, int64_t *b, const char **part)
{
    const char          *why;
    air_calendar_ask_t   ask;

    memset(&ask, 0, sizeof(ask));

    if (from) {
        ask.from = air_str_z(from);
    }

    if (to) {
        ask.to = air_str_z(to);
    }

    if (last) {
        ask.last = air_str_z(last);
    }

    if (this) {
        ask.current = air_str_z(this);
    }

    *part = "";

    return air_calendar_range(&ask, NOW, a, b, part, &why);
}


static void
test_range(void)
{
    int64_t      a, b;
    const char  *part;

    is(range(NULL, NULL, NULL, NULL, &a, &b, &part), AIR_OK, "nothing asked");
    ok(a == when("2026-11") && b == when("2026-12"), "is this month");

    is(range(NULL, NULL, "quarter", NULL, &a, &b, &part), AIR_OK, "last");
    ok(a == when("2026-07") && b == when("2026-10"), "quarter");

    is(range(NULL, NULL, NULL, "week", &a, &b, &part), AIR_OK, "this week");
    ok(a == when("2026-11-23") && b == when("2026-11-30"), "from Monday");

    is(range("2026-02", NULL, NULL, NULL, &a, &b, &part), AIR_OK, "from");
    ok(a == when("2026-02") && b == INT64_MAX, "without an end");

    is(range(NULL, "2026-02", NULL, NULL, &a, &b, &part), AIR_OK, "to");
    ok(a == 0 && b == when("2026-02"), "without a beginning");

    is(range("2026", "2026", NULL, NULL, &a, &b, &part), AIR_EINVAL, "empty");
    ok(strcmp(part, "from") == 0, "names the part");

    is(range("x", NULL, NULL, NULL, &a, &b, &part), AIR_EINVAL, "bad from");
    is(range("2026", "", NULL, NULL, &a, &b, &part), AIR_EINVAL, "bad to");
    ok(strcmp(part, "to") == 0, "names it");

    is(range(NULL, NULL, "fortnight", NULL, &a, &b, &part), AIR_EINVAL,
       "no period");
    ok(strcmp(part, "last") == 0, "names that");

    is(range("2026", NULL, "year", NULL, &a, &b, &part), AIR_EINVAL, "two");
    ok(part == NULL, "exclude each other");
}


int
main(void)
{
    test_when();
    test_periods();
    test_range();

    return done();
}
