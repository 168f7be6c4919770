
/*
 * Live figures of a target: the error of the histograms, percentiles against
 * sorted samples, the window as it moves on, seeds, uptime, and many writers
 * at once.
 */

#include "../../ngx_ai_router_module/core/air_live.h"
#include "tap.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>


#define MIN    60000
#define START  (29000000LL * MIN)


static air_live_store_t  store;
static uint64_t          draw = 20261122;


/* xorshift */
static uint32_t
rnd(uint32_t n)
{
    draw ^= draw << 13;
    draw ^= draw >> 7;
    draw ^= draw << 17;

    return (uint32_t) ((draw >> 33) % n);
}


static void
reply(int64_t now, int stream, uint64_t first, uint64_t whole, uint64_t tokens)
{
    air_live_reply_t  r;

    memset(&r, 0, sizeof(r));
    r.stream = stream != 0;
    r.first_ms = first;
    r.whole_ms = whole;
    r.tokens = tokens;

    air_live_reply(&store, now, &r);
}


static air_live_t
view(int64_t now)
{
    air_live_t       live;
    air_live_seed_t  seed = { 777, 55500 };

    memset(&live, 0, sizeof(live));
    air_live_view(&store, now, &seed, &live);

    return live;
}


static int
order(const void *a, const void *b)
{
    uint32_t  x, y;

    x = *(const uint32_t *) a;
    y = *(const uint32_t *) b;

    return (x > y) - (x < y);
}


static int
near(uint32_t got, uint32_t want)
{
    double  off;

    off = (double) got - want;

    return (off < 0 ? -off : off) <= want * 0.0625 + 0.5;
}


/* one value alone: every percentile is it, within the error that is stated */
static void
test_error(void)
{
    int         bad;
    uint32_t    n;
    air_live_t  live;

    bad = 0;

    for (n = 1; n < 1000000; n += 1 + n / 97) {
        memset(&store, 0, sizeof(store));

        for (unsigned i = 0; i < AIR_LIVE_ENOUGH; i++) {
            reply(START, 1, n, 0, 0);
        }

        live = view(START + 1000);

        bad += !live.measured || !near(live.latency[AIR_P50], n)
               || !near(live.latency[AIR_P99], n);
    }

    is(bad, 0, "a latency is off by 6.25 %% at the most, 1 ms to 1000 s");

    memset(&store, 0, sizeof(store));

    for (unsigned i = 0; i < AIR_LIVE_ENOUGH; i++) {
        reply(START, 1, 0, 0, 0);
    }

    live = view(START + 1000);
    is(live.latency[AIR_P50], 1, "no time at all is 1 ms, 0 is unknown");

    memset(&store, 0, sizeof(store));

    for (unsigned i = 0; i < AIR_LIVE_ENOUGH; i++) {
        reply(START, 1, UINT64_MAX, 0, 0);
    }

    live = view(START + 1000);
    is(live.latency[AIR_P50], 1015808, "more than it has buckets for");
}


static void
test_percentiles(void)
{
    int         bad;
    uint32_t    ms[3000], rate[3000];
    unsigned    i, k, at;
    uint64_t    tokens, span;
    air_live_t  live;

    static const unsigned  percent[] = { 50, 75, 90, 95, 99 };

    printf("# seed %llu\n", (unsigned long long) draw);
    memset(&store, 0, sizeof(store));

    for (i = 0; i < 3000; i++) {
        ms[i] = 100 + rnd(50) * rnd(60) + (rnd(40) == 0 ? 9000 : 0);
        tokens = 16 + rnd(1000);
        span = 200 + rnd(20000);
        rate[i] = (uint32_t) (tokens * 1000000 / span);

        reply(START + i, 1, ms[i], ms[i] + span, tokens);
    }

    live = view(START + 4000);

    is(live.samples, 3000, "samples are counted");
    ok(live.measured && !live.whole, "measured of streams");

    qsort(ms, 3000, sizeof(uint32_t), order);
    qsort(rate, 3000, sizeof(uint32_t), order);

    bad = 0;

    for (k = 0; k < AIR_NPERCENTILE; k++) {
        at = 3000 * percent[k] / 100;
        bad += !near(live.latency[k], ms[at - 1]);

        /* what so many reach: from the top */

        if (!near(live.throughput[k], rate[3000 - at])
            && !near(live.throughput[k], rate[3000 - at] - 16))
        {
            printf("# %s: %u, sorted %u\n", air_percentile_name(k),
                   live.throughput[k], rate[3000 - at]);
            bad++;
        }
    }

    is(bad, 0, "percentiles are those of the sorted samples");
    ok(live.throughput[AIR_P50] > live.throughput[AIR_P99],
       "more requests reach a smaller rate");
}


static void
test_seed(void)
{
    unsigned    i;
    air_live_t  live;

    memset(&store, 0, sizeof(store));

    live = view(START);
    ok(!live.measured && live.latency[AIR_P50] == 777
       && live.latency[AIR_P90] == 0 && live.throughput[AIR_P50] == 55500,
       "nothing measured: the seed, and only as the median it is");

    for (i = 0; i < AIR_LIVE_ENOUGH - 1; i++) {
        reply(START, 1, 300, 1300, 100);
    }

    live = view(START + 1000);
    ok(!live.measured && live.latency[AIR_P50] == 777 && live.samples == 19,
       "after 19 the seed still");

    reply(START + 1000, 1, 300, 1300, 4);

    live = view(START + 2000);
    ok(live.measured && near(live.latency[AIR_P50], 300)
       && live.latency[AIR_P99] != 0, "after 20 our own");
    is(live.throughput[AIR_P50], 55500, "19 rates: the seed for these");

    reply(START + 2000, 1, 300, 1300, 100);
    reply(START + 2000, 1, 300, 0, 0);

    live = view(START + 3000);
    ok(near(live.throughput[AIR_P50], 100000), "20 rates: our own");

    air_live_view(&store, START + 3000, NULL, &live);
    ok(live.measured, "no seed is no harm");
}


static void
test_whole(void)
{
    unsigned    i;
    air_live_t  live;

    memset(&store, 0, sizeof(store));

    for (i = 0; i < 40; i++) {
        reply(START, 0, 0, 2000, 100);
    }

    live = view(START + 1000);
    ok(live.measured && live.whole && near(live.latency[AIR_P50], 2000)
       && near(live.throughput[AIR_P50], 50000),
       "whole replies stand in where no stream is");

    for (i = 0; i < 20; i++) {
        reply(START + 1000, 1, 250, 1250, 100);
    }

    live = view(START + 2000);
    ok(live.measured && !live.whole && near(live.latency[AIR_P50], 250)
       && live.samples == 20, "never mixed with streams");
    ok(near(live.throughput[AIR_P99], 100000), "nor their rates");
}


/* the rate of next to nothing */
static void
test_rate(void)
{
    unsigned    i;
    air_live_t  live;

    memset(&store, 0, sizeof(store));

    for (i = 0; i < 40; i++) {
        reply(START, 1, 250, 299, 5000);
        reply(START, 1, 250, 5000, 15);
        reply(START, 1, 250, 100, 5000);
        reply(START, 1, 250, 5000, UINT64_MAX);
    }

    live = view(START + 1000);
    ok(live.measured && live.throughput[AIR_P50] == 55500,
       "too few tokens or too short: no rate");
}


static void
test_window(void)
{
    int         m;
    air_live_t  live;

    memset(&store, 0, sizeof(store));

    for (m = 0; m < 20; m++) {
        for (unsigned i = 0; i < 30; i++) {
            reply(START + m * MIN, 1, 100 + 100 * m, 0, 0);
        }

        live = view(START + m * MIN + 1000);

        if (m >= 5 && live.samples != 180) {
            break;
        }
    }

    is(m, 20, "the running minute and the five before it, no more");
    ok(near(live.latency[AIR_P99], 2000)
       && near(live.latency[AIR_P50], 1700), "of the last minutes only");

    live = view(START + 22 * MIN);
    is(live.samples, 90, "it moves on while nobody writes");

    live = view(START + 25 * MIN);
    ok(live.samples == 0 && !live.measured && live.latency[AIR_P50] == 777,
       "and after five minutes of silence the seed is back");

    /* a year later, and a clock that was set back */

    reply(START + 500000LL * MIN, 1, 100, 0, 0);
    live = view(START + 500000LL * MIN + 1000);
    is(live.samples, 1, "an old slice is not taken for a new one");

    for (m = 0; m < 30; m++) {
        reply(START, 1, 100, 0, 0);
    }

    live = view(START + 1000);
    is(live.samples, 30, "a clock set back starts anew");
}


static void
test_once(void)
{
    unsigned    i;

    memset(&store, 0, sizeof(store));

    is(air_live_refresh(&store, START), 1, "percentiles are made");
    is(air_live_refresh(&store, START + 999), 0, "once a second");
    is(air_live_refresh(&store, START - 2000), 0, "not by a clock behind");

    for (i = 0; i < 30; i++) {
        reply(START, 1, 100, 0, 0);
    }

    is(view(START + 500).samples, 0, "readers see the last words");
    is(view(START + 1000).samples, 30, "a second later what came since");
}


/* more than a bucket can count */
static void
test_full(void)
{
    unsigned    i;
    air_live_t  live;

    memset(&store, 0, sizeof(store));

    for (i = 0; i < 200000; i++) {
        reply(START, 1, i % 100 < 95 ? 100 : 1000, 0, 0);
    }

    live = view(START + 1000);
    ok(near(live.latency[AIR_P90], 100) && near(live.latency[AIR_P99], 1000),
       "200,000 samples of a minute do not wrap");
}


static void
test_uptime(void)
{
    int       i;
    unsigned  k;

    memset(&store, 0, sizeof(store));

    is(air_live_uptime(&store, START, 5), -1, "no attempt: unknown");

    for (i = 0; i < 100; i++) {
        air_live_outcome(&store, START, i >= 10);
    }

    is(air_live_uptime(&store, START, 5), 900000, "90 %% of five minutes");
    is(air_live_uptime(&store, START + 4 * MIN, 5), 900000, "still");
    is(air_live_uptime(&store, START + 6 * MIN, 5), -1, "over");
    is(air_live_uptime(&store, START + 29 * MIN, 30), 900000, "of thirty");
    is(air_live_uptime(&store, START + 31 * MIN, 30), -1, "over");
    is(air_live_uptime(&store, START + 23 * 60 * MIN, 1440), 900000,
       "of a day");
    is(air_live_uptime(&store, START + 26 * 60 * MIN, 1440), -1, "over");

    for (k = 0; k < 3000000; k++) {
        air_live_outcome(&store, START + 40 * MIN, k % 4);
    }

    is(air_live_uptime(&store, START + 40 * MIN, 5) / 1000, 750,
       "3,000,000 in a minute keep their share");
}


/* writers that rotate, refresh and die together lose next to nothing */
static void
test_many(void)
{
    int                i, status, died;
    air_live_t         live;
    air_live_reply_t   r;
    air_live_store_t  *s;

    enum { N = 4, EACH = 12000 };

    s = mmap(NULL, sizeof(*s), PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS,
             -1, 0);

    if (s == MAP_FAILED) {
        skip("no shared memory");
        return;
    }

    fflush(stdout);

    for (i = 0; i < N; i++) {

        if (fork() == 0) {
            memset(&r, 0, sizeof(r));
            r.stream = 1;
            r.first_ms = 100;
            r.whole_ms = 1100;
            r.tokens = 50;

            for (int k = 0; k < EACH; k++) {
                air_live_reply(s, START + k, &r);
                air_live_outcome(s, START + k, 1);
                air_live_refresh(s, START + k);
            }

            _exit(0);
        }
    }

    died = 0;

    while (wait(&status) > 0) {
        died += status != 0;
    }

    is(died, 0, "writers end well");

    air_live_view(s, START + 20000, NULL, &live);

    ok(live.samples > N * EACH - 200 && live.samples <= N * EACH,
       "%u of %u samples of %d processes", live.samples, N * EACH, N);
    ok(near(live.latency[AIR_P99], 100)
       && near(live.throughput[AIR_P50], 50000), "and right");
    is((long long) ((s->minute[START / MIN % AIR_LIVE_MINUTES] >> 20)
                    & 0xfffff), N * EACH, "every outcome");

    /* one that was killed while it emptied a slice */

    memset(s, 0, sizeof(*s));
    s->slice[START / MIN % AIR_LIVE_SLICES].stamp =
        (uint32_t) (START / MIN) << 1 | 1;

    air_live_reply(s, START, &r);
    air_live_view(s, START + 1000, NULL, &live);
    is(live.samples, 0, "nobody waits for a dead one");

    memset(&r, 0, sizeof(r));
    r.stream = 1;
    r.first_ms = 5;

    air_live_reply(s, START + AIR_LIVE_SLICES * MIN, &r);
    air_live_view(s, START + AIR_LIVE_SLICES * MIN + 1000, NULL, &live);
    is(live.samples, 1, "and its slice is taken when its time comes");

    munmap(s, sizeof(*s));
}


/* both ways at once, each by its own samples */
static void
test_within(void)
{
    int  i;

    memset(&store, 0, sizeof(store));

    for (i = 1; i < AIR_LIVE_ENOUGH; i++) {
        reply(START, 1, 7, 0, 0);
    }

    is(air_live_within(&store, START, 0, AIR_P50), 0, "too few streams");

    reply(START, 1, 0, 0, 0);
    reply(START, 1, 0, 0, 0);
    is(air_live_within(&store, START, 0, AIR_P50), 7, "enough");

    for (i = 0; i < 100; i++) {
        reply(START, 1, i < 94 ? 5 : 700, 0, 0);
        reply(START, 0, 0, i < 90 ? 6 : 3000, 0);
    }

    is(air_live_within(&store, START, 0, AIR_P95), 7, "p95 of streams");
    is(air_live_within(&store, START, 1, AIR_P90), 6, "p90 of replies");
    ok(air_live_within(&store, START, 1, AIR_P95) > 2700, "p95 of replies");
    is(air_live_within(&store, START + 7 * MIN, 1, AIR_P95), 0, "long ago");

    memset(&store, 0, sizeof(store));
}


int
main(void)
{
    test_within();
    test_error();
    test_percentiles();
    test_seed();
    test_whole();
    test_rate();
    test_window();
    test_once();
    test_full();
    test_uptime();
    test_many();

    is_str(air_str_z(air_percentile_name(AIR_P99)), "p99", "names");
    ok(air_percentile_name(AIR_NPERCENTILE) == NULL, "and their end");

    printf("# %zu bytes a target\n", sizeof(air_live_store_t));

    return done();
}
