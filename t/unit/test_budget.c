
/*
 * Windows of budgets: their borders over a thousand years against libc, what
 * clocks do to them, and what is left in them.
 */


#include "../../ngx_ai_router_module/core/air_budget.h"
#include "../../ngx_ai_router_module/core/air_draw.h"
#include "../../ngx_ai_router_module/core/air_time.h"
#include "tap.h"

#include <stdlib.h>
#include <time.h>


#define HOUR  3600000LL
#define DAY   86400000LL
#define USD   1000000000000ULL


static int64_t
at(const char *text)
{
    int64_t  ms;

    if (air_time_read(air_str_z(text), &ms) != AIR_OK) {
        abort();
    }

    return ms;
}


static void
test_read(void)
{
    unsigned           i;
    const char        *why;
    air_budget_rule_t  rule;

    static const struct {
        const char    *text;
        uint64_t       amount;
        air_period_e   period;
    } good[] = {
        { "50usd/day", 50 * USD, AIR_PERIOD_DAY },
        { "0.25usd/hour", USD / 4, AIR_PERIOD_HOUR },
        { "1000usd", 1000 * USD, AIR_PERIOD_EVER },
        { "7usd/week", 7 * USD, AIR_PERIOD_WEEK },
        { "7usd/month", 7 * USD, AIR_PERIOD_MONTH },
        { "7usd/ever", 7 * USD, AIR_PERIOD_EVER },
        { "7usd/total", 7 * USD, AIR_PERIOD_EVER },
        { "0usd/day", 0, AIR_PERIOD_DAY },
        { ".5usd", USD / 2, AIR_PERIOD_EVER },
        { "5.usd", 5 * USD, AIR_PERIOD_EVER },
        { "0.000000000001usd", 1, AIR_PERIOD_EVER },
        { "18446744.073709551614usd", UINT64_MAX - 1, AIR_PERIOD_EVER }
    };

    static const char *const  bad[] = {
        "", ".", "usd", "50", "50eur/day", "50usd/", "50usd/fortnight",
        "50usdday", "-5usd", "1e3usd", "1.2.3usd", "0.0000000000001usd",
        "18446744.073709551615usd", "18446744.073709551616usd",
        "99999999999999999999999usd", "50usd/days", "50 usd", "50USD/day"
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        memset(&rule, 0, sizeof(rule));

        is(air_budget_read(air_str_z(good[i].text), &rule, &why), AIR_OK,
           "reads %s", good[i].text);
        ok(rule.amount == good[i].amount && rule.period == good[i].period,
           "as what it says");
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        why = "";
        is(air_budget_read(air_str_z(bad[i]), &rule, &why), AIR_EINVAL,
           "refuses \"%s\": %s", bad[i], why);
        ok(why[0] != 0, "and says why");
    }

    for (i = 0; i < AIR_NPERIOD; i++) {
        is(air_period_find(air_str_z(air_period_name((air_period_e) i))), i,
           "%s", air_period_name((air_period_e) i));
    }
}


/* What libc says of a day. */
static void
of_libc(int64_t ms, int64_t *day, int64_t *week, int64_t *month)
{
    time_t     t;
    struct tm  tm;

    t = (time_t) (ms / 1000);
    gmtime_r(&t, &tm);

    *day = (int64_t) (t - tm.tm_hour * 3600 - tm.tm_min * 60 - tm.tm_sec)
           * 1000;
    *week = *day - (tm.tm_wday + 6) % 7 * DAY;
    *month = *day - (tm.tm_mday - 1) * DAY;
}


static void
test_borders(void)
{
    int64_t       ms, day, week, month, start, end;
    unsigned      i, p, wrong, holes;
    air_period_e  period;

    static const struct {
        const char    *at;
        air_period_e   period;
        const char    *start;
        const char    *end;
    } said[] = {
        { "2024-02-29T23:59:59Z", AIR_PERIOD_MONTH, "2024-02-01",
          "2024-03-01" },
        { "2023-02-28T23:59:59Z", AIR_PERIOD_MONTH, "2023-02-01",
          "2023-03-01" },
        { "2024-12-31T23:59:59Z", AIR_PERIOD_MONTH, "2024-12-01",
          "2025-01-01" },
        { "2024-02-29T00:00:00Z", AIR_PERIOD_DAY, "2024-02-29",
          "2024-03-01" },
        { "2026-11-22T23:59:59Z", AIR_PERIOD_WEEK, "2026-11-16",
          "2026-11-23" },
        { "2026-11-23T00:00:00Z", AIR_PERIOD_WEEK, "2026-11-23",
          "2026-11-30" },
        { "2026-01-01T05:00:00Z", AIR_PERIOD_WEEK, "2025-12-29",
          "2026-01-05" },
        { "2026-11-23T01:59:59Z", AIR_PERIOD_HOUR, "2026-11-23T01:00:00Z",
          "2026-11-23T02:00:00Z" }
    };

    for (i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        start = air_period_start(said[i].period, at(said[i].at));
        ok(start == at(said[i].start)
           && air_period_end(said[i].period, start) == at(said[i].end),
           "the %s of %s", air_period_name(said[i].period), said[i].at);
    }

    wrong = 0;
    holes = 0;

    /* every day and the millisecond before it, up to the year 3000 */

    for (ms = 0; ms < 376200 * DAY; ms += (ms & 1) ? 1 : DAY - 1) {

        of_libc(ms, &day, &week, &month);

        wrong += air_period_start(AIR_PERIOD_DAY, ms) != day;
        wrong += air_period_start(AIR_PERIOD_WEEK, ms) != week;
        wrong += air_period_start(AIR_PERIOD_MONTH, ms) != month;
        wrong += air_period_start(AIR_PERIOD_HOUR, ms) != ms - ms % HOUR;
        wrong += air_period_start(AIR_PERIOD_EVER, ms) != 0;

        for (p = 0; p < AIR_PERIOD_EVER; p++) {
            period = (air_period_e) p;
            start = air_period_start(period, ms);
            end = air_period_end(period, start);

            holes += start > ms || end <= ms
                     || air_period_start(period, end) != end
                     || air_period_start(period, end - 1) != start;
        }
    }

    is(wrong, 0, "every window begins where libc says, to the year 3000");
    is(holes, 0, "windows join, and overlap nowhere");
    ok(air_period_end(AIR_PERIOD_EVER, 0) == INT64_MAX, "ever does not end");
    ok(air_period_start(AIR_PERIOD_DAY, -1) == -DAY, "before 1970");
}


static void
test_clock(void)
{
    int64_t       now;
    air_budget_t  b;

    now = at("2026-11-23T12:00:00Z");
    memset(&b, 0, sizeof(b));

    is(air_budget_window(&b, AIR_PERIOD_DAY, now), 0, "the first window");
    b.w[0].spent = 5;

    is(air_budget_window(&b, AIR_PERIOD_DAY, now + DAY), 0, "the next day");
    is((long long) b.w[0].spent, 0, "begins with nothing");
    is((long long) b.w[1].spent, 5, "the day before is kept");
    b.w[0].spent = 7;

    is(air_budget_window(&b, AIR_PERIOD_DAY, now), 1, "a day back");
    is((long long) b.w[1].spent, 5, "the same window, as it was");

    is(air_budget_window(&b, AIR_PERIOD_DAY, now - 9 * DAY), 1,
       "far back: the older of the two");
    ok(b.w[1].spent == 5 && b.w[0].spent == 7, "nothing is reset");

    is(air_budget_window(&b, AIR_PERIOD_DAY, now + 400 * DAY), 0, "far ahead");
    is((long long) b.w[1].spent, 7, "what was newest is kept");
    b.w[0].spent = 9;

    is(air_budget_window(&b, AIR_PERIOD_DAY, now + DAY), 1, "and back");
    is((long long) b.w[1].spent, 7, "to the same window");

    is(air_budget_window(&b, AIR_PERIOD_DAY, now + 2 * DAY), 1,
       "its next day");
    is((long long) b.w[1].spent, 0, "is a new one");
    is((long long) b.w[0].spent, 9, "the one ahead waits");
    b.w[1].spent = 11;

    is(air_budget_window(&b, AIR_PERIOD_DAY, now + DAY), 1,
       "a day that is over");
    is((long long) b.w[1].spent, 11, "is not begun again");

    is(air_budget_window(&b, AIR_PERIOD_DAY, now + 400 * DAY), 0,
       "when it comes");
    is((long long) b.w[0].spent, 9, "what was spent in it counts");

    memset(&b, 0, sizeof(b));
    is(air_budget_window(&b, AIR_PERIOD_EVER, now), 0, "ever");
    b.w[0].spent = 3;
    is(air_budget_window(&b, AIR_PERIOD_EVER, now - 400 * DAY), 0,
       "is one window");
    is((long long) b.w[0].spent, 3, "whatever the clock shows");
}


/*
 * Under any clock: a window that was forgotten is never begun again, so that
 * what counts against a window never falls while it is the one shown.
 */
static void
test_wild(uint64_t seed)
{
    int64_t       now, start, day[64];
    uint64_t      spent[64];
    unsigned      i, k, n, w, again, fell;
    air_budget_t  b;

    again = fell = 0;

    for (n = 0; n < 2000; n++) {
        memset(&b, 0, sizeof(b));
        memset(spent, 0, sizeof(spent));

        for (i = 0; i < 64; i++) {
            day[i] = -1;
        }

        for (i = 0; i < 200; i++) {
            k = (unsigned) (air_draw(&seed) % 64);
            now = 1790000000000LL + k * DAY;
            start = air_period_start(AIR_PERIOD_DAY, now);

            w = air_budget_turn(&b, start);

            /* a window begun: it must never have been one before */

            if (b.w[w].start_ms == start && b.w[w].spent == 0) {
                again += day[k] != -1 && spent[k] != 0;
                day[k] = start;
            }

            if (b.w[w].start_ms == start) {
                fell += b.w[w].spent < spent[k];
            }

            air_budget_settle(&b, b.w[w].start_ms, 0, 1);

            if (b.w[w].start_ms == start) {
                spent[k] = b.w[w].spent;
            }
        }
    }

    is(again, 0, "no window is begun twice");
    is(fell, 0, "no window falls");
}


static void
test_settle(void)
{
    air_budget_t  b;

    memset(&b, 0, sizeof(b));
    air_budget_turn(&b, DAY);
    air_budget_turn(&b, 2 * DAY);

    b.w[0].reserved = 10;
    b.w[1].reserved = 20;
    b.w[1].spent = 3;

    is((long long) air_budget_free(&b, 0, 15), 5, "limit - reserved");
    is((long long) air_budget_free(&b, 1, 15), 0, "never below 0");
    is((long long) air_budget_free(&b, 1, 25), 2, "limit - spent - reserved");
    ok(air_budget_free(&b, 1, AIR_UNKNOWN) == AIR_UNKNOWN, "no limit");

    air_budget_settle(&b, DAY, 20, 17);
    ok(b.w[1].reserved == 0 && b.w[1].spent == 20 && b.w[0].reserved == 10,
       "settles in the window of its start");

    air_budget_settle(&b, 3 * DAY, 10, 17);
    ok(b.w[0].reserved == 10 && b.w[0].spent == 0 && b.w[1].spent == 20,
       "a window that is not kept changes nothing");

    air_budget_settle(&b, 2 * DAY, 11, UINT64_MAX);
    ok(b.w[0].reserved == 0 && b.w[0].spent == UINT64_MAX - 1,
       "nothing wraps");

    air_budget_settle(&b, 2 * DAY, 0, 5);
    ok(b.w[0].spent == UINT64_MAX - 1, "what is full stays full");
    is((long long) air_budget_free(&b, 0, UINT64_MAX - 1), 0, "and is spent");
}


int
main(int argc, char **argv)
{
    uint64_t  seed;

    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    printf("# seed %llu\n", (unsigned long long) seed);

    test_read();
    test_borders();
    test_clock();
    test_wild(seed);
    test_settle();

    return done();
}
