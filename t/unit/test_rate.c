
/*
 * Rates: no minute ever holds more than the limit, and what callers are told
 * of waiting is true to the millisecond.
 */


#include "../../ngx_ai_router_module/core/air_draw.h"
#include "../../ngx_ai_router_module/core/air_rate.h"
#include "tap.h"

#include <stdlib.h>


#define T0     1790000000000LL
#define TAKEN  20000


static void
test_read(void)
{
    unsigned         i;
    const char      *why;
    air_rate_rule_t  r;

    static const char *const  bad[] = {
        "", "rpm", "60", "60rps", "0rpm", "-1rpm", "60 rpm", "1.5rpm",
        "60krpms", "99999999999999999999rpm", "2000000000rpm", "5concurrents",
        "18446744073709551615mtpm"
    };

    memset(&r, 0, sizeof(r));

    is(air_rate_read(air_str_z("60rpm"), &r, &why), AIR_OK, "60rpm");
    is(air_rate_read(air_str_z("100ktpm"), &r, &why), AIR_OK, "100ktpm");
    is(air_rate_read(air_str_z("20concurrent"), &r, &why), AIR_OK,
       "20concurrent");
    ok(r.requests == 60 && r.tokens == 100000 && r.running == 20, "are read");

    is(air_rate_read(air_str_z("61rpm"), &r, &why), AIR_EINVAL,
       "twice: %s", why);

    memset(&r, 0, sizeof(r));
    is(air_rate_read(air_str_z("2mtpm"), &r, &why), AIR_OK, "2mtpm");
    is((long long) r.tokens, 2000000, "is two million");
    memset(&r, 0, sizeof(r));

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        why = "";
        is(air_rate_read(air_str_z(bad[i]), &r, &why), AIR_EINVAL,
           "refuses \"%s\": %s", bad[i], why);
    }

    ok(r.requests == 0 && r.tokens == 0 && r.running == 0,
       "and leaves the rule alone");
}


/* Takes whatever fits, at random times: brute force over all minutes. */
static void
test_minute(uint64_t seed)
{
    int64_t          now;
    uint64_t         sum, most, tokens, wait;
    unsigned         i, k, n, lies, early;
    air_rate_t       r, next;
    air_rate_rule_t  rule;
    air_rate_left_t  req, tok;

    static int64_t   when[TAKEN];
    static uint64_t  what[TAKEN];

    memset(&r, 0, sizeof(r));
    memset(&rule, 0, sizeof(rule));

    rule.requests = 40;
    rule.tokens = 10000;
    now = T0;
    n = 0;
    lies = early = 0;

    while (n < TAKEN) {
        now += (int64_t) (air_draw(&seed) % (air_draw(&seed) % 8 ? 900
                                                                 : 9000));
        tokens = air_draw(&seed) % 1200;

        air_rate_turn(&r, now);
        wait = air_rate_wait(&r, &rule, 1, tokens, now);

        if (wait == 0) {
            air_rate_take(&r, 1, tokens, now);
            when[n] = now;
            what[n++] = tokens;

        } else if (wait != UINT64_MAX) {

            /* the promise, kept by a copy when nobody else asks */

            next = r;
            air_rate_turn(&next, now + (int64_t) wait - 1);
            early += air_rate_wait(&next, &rule, 1, tokens,
                                   now + (int64_t) wait - 1)
                     == 0;

            next = r;
            air_rate_turn(&next, now + (int64_t) wait);
            lies += air_rate_wait(&next, &rule, 1, tokens,
                                  now + (int64_t) wait)
                    != 0;
            lies += wait > 65000;
        }

        air_rate_left(&r, &rule, now, &req, &tok);

        next = r;
        air_rate_turn(&next, now + (int64_t) tok.reset_ms);
        air_rate_left(&next, &rule, now + (int64_t) tok.reset_ms, &req, &tok);
        lies += tok.left != rule.tokens || tok.reset_ms != 0;
    }

    is(lies, 0, "after the wait it fits");
    is(early, 0, "a millisecond earlier it does not");

    most = 0;

    for (i = 0; i < n; i++) {
        sum = 0;

        for (k = i; k < n && when[k] - when[i] < 60000; k++) {
            sum += what[k];
        }

        lies += k - i > rule.requests;
        most = sum > most ? sum : most;
    }

    is(lies, 0, "no 60 s hold more requests than the limit");
    ok(most <= rule.tokens && most > rule.tokens * 8 / 10,
       "nor more tokens: at most %llu of %llu", (unsigned long long) most,
       (unsigned long long) rule.tokens);
}


static void
test_left(void)
{
    air_rate_t       r;
    air_rate_rule_t  rule;
    air_rate_left_t  req, tok;

    memset(&r, 0, sizeof(r));
    memset(&rule, 0, sizeof(rule));

    air_rate_left(&r, &rule, T0, &req, &tok);
    ok(req.limit == 0 && req.left == 0 && req.reset_ms == 0, "no limit");

    rule.requests = 3;
    rule.tokens = 100;

    air_rate_turn(&r, T0);
    air_rate_left(&r, &rule, T0, &req, &tok);
    ok(req.left == 3 && tok.left == 100 && req.reset_ms == 0, "all is left");

    ok(air_rate_wait(&r, &rule, 1, 101, T0) == UINT64_MAX, "never fits");
    ok(air_rate_wait(&r, &rule, 4, 1, T0) == UINT64_MAX, "nor that");
    is((long long) air_rate_wait(&r, &rule, 3, 100, T0), 0, "just fits");

    air_rate_take(&r, 1, 90, T0);
    air_rate_left(&r, &rule, T0, &req, &tok);
    ok(req.left == 2 && tok.left == 10, "some is left");
    is((long long) tok.reset_ms, 65000, "and all is when its slice is over");

    air_rate_settle(&r, T0, 90, 30);
    air_rate_left(&r, &rule, T0, &req, &tok);
    is((long long) tok.left, 70, "what was not used is given back");

    air_rate_settle(&r, T0, 10, 50);
    air_rate_left(&r, &rule, T0, &req, &tok);
    is((long long) tok.left, 30, "what was used beyond is taken");

    air_rate_settle(&r, T0 - 60000, 90, 0);
    air_rate_left(&r, &rule, T0, &req, &tok);
    is((long long) tok.left, 30, "a slice with nothing in it gives nothing");

    air_rate_turn(&r, T0 + 70000);
    air_rate_settle(&r, T0, 10, 0);
    air_rate_left(&r, &rule, T0 + 70000, &req, &tok);
    is((long long) tok.left, 100, "nor does one that is over");

    memset(&r, 0, sizeof(r));
    air_rate_take(&r, UINT64_MAX, UINT64_MAX, T0);
    air_rate_take(&r, 5, 5, T0);
    air_rate_take(&r, 5, 5, T0 + 5000);
    air_rate_left(&r, &rule, T0 + 5000, &req, &tok);
    ok(req.left == 0 && tok.left == 0, "sums do not wrap");
}


static void
test_clock(void)
{
    unsigned         i;
    air_rate_t       r;
    air_rate_rule_t  rule;
    air_rate_left_t  req, tok;

    memset(&r, 0, sizeof(r));
    memset(&rule, 0, sizeof(rule));
    rule.requests = 10;

    for (i = 0; i < 10; i++) {
        air_rate_take(&r, 1, 0, T0 + i * 5000);
    }

    /* two processes a little apart, at the border of a slice */

    for (i = 0; i < 100; i++) {
        air_rate_turn(&r, T0 + 50000 - i % 2);
    }

    air_rate_left(&r, &rule, T0 + 50000, &req, &tok);
    is((long long) req.left, 0, "a clock that flickers forgets nothing");

    air_rate_turn(&r, T0 - 3600000);
    air_rate_left(&r, &rule, T0 - 3600000, &req, &tok);
    is((long long) req.left, 0, "nor one set back an hour");
    ok(req.reset_ms <= 65000, "and yet a minute is a minute: %llu ms",
       (unsigned long long) req.reset_ms);

    air_rate_turn(&r, T0 - 3600000 + 20000);
    air_rate_left(&r, &rule, T0 - 3600000 + 20000, &req, &tok);
    ok(req.left > 0 && req.left < 10, "the oldest go first: %llu",
       (unsigned long long) req.left);

    air_rate_turn(&r, T0 - 3600000 + 65000);
    air_rate_left(&r, &rule, T0 - 3600000 + 65000, &req, &tok);
    is((long long) req.left, 10, "and then all");

    memset(&r, 0xff, sizeof(r));
    air_rate_turn(&r, T0);
    air_rate_left(&r, &rule, T0, &req, &tok);
    is((long long) req.left, 10, "a slice of no clock is forgotten");

    r.slice = INT64_MAX;
    air_rate_turn(&r, T0);
    is((long long) r.slice, T0 / 5000, "here too");
}


int
main(int argc, char **argv)
{
    uint64_t  seed;

    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    printf("# seed %llu\n", (unsigned long long) seed);

    test_read();
    test_minute(seed);
    test_left();
    test_clock();

    return done();
}
