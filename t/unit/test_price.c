
/* air_price.c: decimals, costs against a 128-bit model, totals. */

#include "../../ngx_ai_router_module/core/air_price.h"

#include "mem.h"
#include "tap.h"


/* a small generator, so that a failure can be had again */
static uint64_t  seed = 20261122;


static uint64_t
any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;

    return seed;
}


static void
test_decimal(void)
{
    size_t    i;
    uint64_t  n;

    static const struct {
        const char  *text;
        unsigned     scale;
        int          rc;
        uint64_t     n;
    } rows[] = {
        { "0", 6, AIR_OK, 0 },
        { "1.25", 6, AIR_OK, 1250000 },
        { "0.0028", 6, AIR_OK, 2800 },
        { "10", 9, AIR_OK, 10000000000 },
        { "1.5e-06", 12, AIR_OK, 1500000 },
        { "5E-06", 12, AIR_OK, 5000000 },
        { "1.5e+1", 0, AIR_OK, 15 },
        { "1e3", 0, AIR_OK, 1000 },
        { "0.00000090000000000000005", 12, AIR_OK, 900000 },
        { "1.5000020000000002e-05", 12, AIR_OK, 15000020 },
        { "0.00000008333333333333334", 12, AIR_OK, 83333 },
        { "7.99999993e-06", 10, AIR_OK, 80000 },
        { "0.5", 0, AIR_OK, 0 },          /* half to even */
        { "1.5", 0, AIR_OK, 2 },
        { "2.5", 0, AIR_OK, 2 },
        { "2.50000000000000000000000001", 0, AIR_OK, 3 },
        { "3.5", 0, AIR_OK, 4 },
        { "2.4999999999999999999999999", 0, AIR_OK, 2 },
        { "0e99999999999", 12, AIR_OK, 0 },
        { "1e-99999999999", 12, AIR_OK, 0 },
        { "0.00000000000000000000000000000000000000001", 12, AIR_OK, 0 },
        { "18446744073709551615", 0, AIR_ELIMIT, 0 },
        { "18446744073709551610", 0, AIR_OK, 18446744073709551610ull },
        { "1844674407370955160", 0, AIR_OK, 1844674407370955160ull },
        { "1.00000000000000000000000000000000000", 6, AIR_OK, 1000000 },
        { "1e30", 0, AIR_ELIMIT, 0 },
        { "1e99999999999", 0, AIR_ELIMIT, 0 },
        { "100000000000000000000", 0, AIR_ELIMIT, 0 },
        { "", 6, AIR_EINVAL, 0 },
        { "-1", 6, AIR_EINVAL, 0 },
        { "+1", 6, AIR_EINVAL, 0 },
        { ".5", 6, AIR_EINVAL, 0 },
        { "1.", 6, AIR_EINVAL, 0 },
        { "1e", 6, AIR_EINVAL, 0 },
        { "1e-", 6, AIR_EINVAL, 0 },
        { "1.2.3", 6, AIR_EINVAL, 0 },
        { " 1", 6, AIR_EINVAL, 0 },
        { "1 ", 6, AIR_EINVAL, 0 },
        { "NaN", 6, AIR_EINVAL, 0 },
        { "Infinity", 6, AIR_EINVAL, 0 },
        { "0x10", 6, AIR_EINVAL, 0 },
        { "1,5", 6, AIR_EINVAL, 0 },
        { "0.1234567890123456789012345678901234567890123456789012345678901234",
          6, AIR_ELIMIT, 0 },
        { "1", 19, AIR_ELIMIT, 0 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        n = 4711;

        is(air_decimal(air_str_z(rows[i].text), rows[i].scale, &n),
           rows[i].rc, "\"%s\" at %u", rows[i].text, rows[i].scale);

        if (rows[i].rc == AIR_OK) {
            ok(n == rows[i].n, "\"%s\" at %u is %llu", rows[i].text,
               rows[i].scale, (unsigned long long) rows[i].n);
        }
    }
}


/* Every value printed and read again is itself. */
static void
test_decimal_round(void)
{
    int        bad;
    mem_t      m;
    uint64_t   n, back;
    unsigned   i;
    air_buf_t  b;
    air_mem_t  mem;

    for (i = 0, bad = 0; i < 20000; i++) {
        n = any() >> (any() % 60);
        n %= 1000000000000000000ull;

        mem = mem_init(&m, 0);
        air_buf_init(&b, &mem, 64);
        air_buf_pusd(&b, n);

        bad += air_decimal(air_buf_view(&b), 12, &back) != AIR_OK || back != n;
        mem_free(&m);
    }

    is(bad, 0, "20,000 amounts survive printing and reading");
}


static void
test_snap(void)
{
    is(air_price_snap(29999999), 30000000, "float32 noise of 30 is gone");
    is(air_price_snap(149999994), 150000000, "of 150 too");
    is(air_price_snap(15000020), 15000020, "15.00002 is a price");
    is(air_price_snap(83333), 83333, "so is a twelfth");
    is(air_price_snap(1375), 1375, "small ones are never touched");
    is(air_price_snap(0), 0, "nothing stays nothing");
    ok(air_price_snap(UINT64_MAX) == UINT64_MAX, "unknown stays unknown");
}


static void
blank(air_price_t *p)
{
    unsigned  i, k;

    memset(p, 0, sizeof(air_price_t));

    p->from_ms = INT64_MIN;
    p->to_ms = INT64_MAX;
    p->mul_num = p->mul_den = 1;

    for (i = 0; i < AIR_NTIER; i++) {
        for (k = 0; k < AIR_NCLASS; k++) {
            p->rate[i][k] = AIR_UNKNOWN;
        }
    }

    for (i = 0; i < AIR_NFEE; i++) {
        p->fee[i] = AIR_UNKNOWN;
        p->fee_per[i] = 1;
    }
}


static void
unknown(uint64_t *rate)
{
    unsigned  i;

    for (i = 0; i < AIR_NCLASS; i++) {
        rate[i] = AIR_UNKNOWN;
    }
}


static void
usage(air_usage_t *u, uint64_t in, uint64_t out)
{
    air_usage_init(u);

    u->seen = 1;
    u->n[AIR_IN] = in;
    u->n[AIR_OUT] = out;
}


static void
test_unknown(void)
{
    unsigned     flags;
    air_price_t  p;
    air_usage_t  u;

    blank(&p);
    p.rate[0][AIR_IN] = 1250000;
    p.rate[0][AIR_OUT] = 10000000;

    usage(&u, 10, 10);
    ok(air_price_cost(NULL, &u, 0, &flags) == AIR_UNKNOWN,
       "no price: unknown, not 0");

    u.seen = 0;
    ok(air_price_cost(&p, &u, 0, &flags) == AIR_UNKNOWN,
       "no usage: unknown, not 0");

    u.estimated = 1;
    is(air_price_cost(&p, &u, 0, &flags), 112500000, "an estimate counts");

    usage(&u, 0, 0);
    is(air_price_cost(&p, &u, 0, &flags), 0, "an explicit zero is a zero");

    p.rate[0][AIR_OUT] = AIR_UNKNOWN;
    usage(&u, 10, 1);
    ok(air_price_cost(&p, &u, 0, &flags) == AIR_UNKNOWN,
       "no rate to be had: unknown");

    usage(&u, 10, 0);
    is(air_price_cost(&p, &u, 0, &flags), 12500000,
       "a class that is not used needs no rate");

    p.zero = 1;
    ok(air_price_cost(&p, &u, 0, &flags) == AIR_UNKNOWN,
       "zero that nobody meant: unknown");
}


static void
test_fallback(void)
{
    unsigned     flags;
    air_price_t  p;
    air_usage_t  u;

    blank(&p);
    p.rate[0][AIR_IN] = 100;
    p.rate[0][AIR_OUT] = 1000;

    usage(&u, 0, 0);
    u.n[AIR_IN_CACHE_WRITE_1H] = 1;
    is(air_price_cost(&p, &u, 0, &flags), 100, "1h write -> 5m -> input");
    is(flags, AIR_COST_FALLBACK, "and it is flagged");

    p.rate[0][AIR_IN_CACHE_WRITE] = 125;
    is(air_price_cost(&p, &u, 0, &flags), 125, "1h write -> 5m");

    p.rate[0][AIR_IN_CACHE_WRITE_1H] = 200;
    is(air_price_cost(&p, &u, 0, &flags), 200, "1h write has its own");
    is(flags, 0, "nothing to flag");

    usage(&u, 0, 0);
    u.n[AIR_OUT_REASONING] = 2;
    is(air_price_cost(&p, &u, 0, &flags), 2000, "reasoning -> output");

    usage(&u, 0, 0);
    u.n[AIR_IN_CACHE_READ_AUDIO] = 3;
    is(air_price_cost(&p, &u, 0, &flags), 300,
       "cached sound -> cached text -> input");

    usage(&u, 1, 0);
    u.fee[AIR_FEE_SEARCH] = 2;
    is(air_price_cost(&p, &u, 0, &flags), 100,
       "a fee nobody knows does not make the rest unknown");
    is(flags, AIR_COST_FALLBACK, "but it is flagged");

    u.fee[AIR_FEE_SEARCH] = 0;
    u.clamped = 1;
    air_price_cost(&p, &u, 0, &flags);
    is(flags, AIR_COST_CLAMPED, "clamped usage is flagged");
}


static void
test_tier(void)
{
    unsigned     flags;
    air_price_t  p;
    air_usage_t  u;

    blank(&p);
    p.rate[AIR_TIER_STANDARD][AIR_IN] = 100;
    p.rate[AIR_TIER_STANDARD][AIR_IN_CACHE_READ] = 10;
    p.rate[AIR_TIER_BATCH][AIR_IN] = 50;
    p.rate[AIR_TIER_PRIORITY][AIR_IN] = 200;

    usage(&u, 1, 0);
    u.tier = AIR_TIER_BATCH;
    is(air_price_cost(&p, &u, 0, &flags), 50, "the tier served is billed");

    u.n[AIR_IN] = 0;
    u.n[AIR_IN_CACHE_READ] = 1;
    is(air_price_cost(&p, &u, 0, &flags), 50,
       "cached input in batch: batch input when not offered");

    usage(&u, 1, 0);
    u.tier = AIR_TIER_FAST;
    is(air_price_cost(&p, &u, 0, &flags), 200, "fast is priority");

    u.tier = AIR_TIER_FLEX;
    is(air_price_cost(&p, &u, 0, &flags), 100, "no flex rates: standard");
    is(flags, AIR_COST_TIER, "and it is flagged");

    u.tier = 77;
    is(air_price_cost(&p, &u, 0, &flags), 100, "a tier that is none");
    is(flags, AIR_COST_TIER, "is flagged");
}


static void
test_long(void)
{
    unsigned     flags;
    air_price_t  p;
    air_usage_t  u;

    blank(&p);
    p.rate[0][AIR_IN] = 100;
    p.rate[0][AIR_IN_CACHE_READ] = 10;
    p.rate[0][AIR_OUT] = 1000;
    p.rate[0][AIR_OUT_IMAGE] = 9000;

    p.nlc = 2;
    p.lc[0].threshold = 1000;
    unknown(p.lc[0].rate);
    p.lc[0].rate[AIR_IN] = 200;
    p.lc[0].rate[AIR_IN_CACHE_READ] = 20;
    p.lc[0].rate[AIR_OUT] = 1500;
    p.lc[1] = p.lc[0];
    p.lc[1].threshold = 5000;
    p.lc[1].op = 1;
    p.lc[1].rate[AIR_IN] = 300;

    usage(&u, 500, 0);
    u.n[AIR_IN_CACHE_READ] = 500;
    is(air_price_cost(&p, &u, 0, &flags), 55000, "1,000 is not more");

    u.n[AIR_IN_CACHE_READ] = 501;
    is(air_price_cost(&p, &u, 0, &flags), 110020,
       "1,001 with the cached ones: the whole request");

    usage(&u, 4999, 0);
    is(air_price_cost(&p, &u, 0, &flags), 4999 * 200, "below the second");

    usage(&u, 5000, 1);
    is(air_price_cost(&p, &u, 0, &flags), 5000 * 300 + 1500,
       "the second one is reached at 5,000");

    u.n[AIR_OUT_IMAGE] = 1;
    is(air_price_cost(&p, &u, 0, &flags), 5000 * 300 + 1500 + 9000,
       "no class gets cheaper by a long prompt");
}


static void
test_window(void)
{
    unsigned     flags;
    air_price_t  p;
    air_usage_t  u;

    /* 2026-10-15 is a Thursday */
    static const int64_t  day = 1792022400000ll;
    static const int64_t  hour = 3600000;

    blank(&p);
    p.rate[0][AIR_IN] = 10;
    p.nwindow = 1;
    p.window[0].from_min = 60;
    p.window[0].to_min = 240;
    p.window[0].days = 0x1f;
    unknown(p.window[0].rate);
    p.window[0].rate[AIR_IN] = 20;

    usage(&u, 1, 0);
    is(air_price_cost(&p, &u, day + hour - 1, &flags), 10, "before");
    is(air_price_cost(&p, &u, day + hour, &flags), 20, "it begins");
    is(air_price_cost(&p, &u, day + 4 * hour - 1, &flags), 20, "the last ms");
    is(air_price_cost(&p, &u, day + 4 * hour, &flags), 10, "it is over");
    is(air_price_cost(&p, &u, day + 50 * hour, &flags), 10, "Saturday");

    p.window[0].from_min = 22 * 60;
    p.window[0].to_min = 60;
    is(air_price_cost(&p, &u, day + 23 * hour, &flags), 20, "over midnight");
    is(air_price_cost(&p, &u, day + 2 * hour, &flags), 10, "in the morning");

    /* Friday 23:00 UTC is Saturday in Beijing */
    p.window[0].tz_min = 480;
    is(air_price_cost(&p, &u, day + 47 * hour, &flags), 10,
       "the days are those of the zone");

    is(air_price_cost(&p, &u, -hour, &flags), 20,
       "before 1970: Thursday 07:00 in Beijing");
    is(air_price_cost(&p, &u, INT64_MIN, &flags) > 0, 1, "the first ms");

    u.tier = AIR_TIER_BATCH;
    p.rate[AIR_TIER_BATCH][AIR_IN] = 5;
    is(air_price_cost(&p, &u, day + 23 * hour, &flags), 5,
       "windows are of the standard tier");
}


static void
test_round(void)
{
    unsigned     flags;
    air_price_t  p;
    air_usage_t  u;

    blank(&p);
    p.rate[0][AIR_IN] = 1;
    p.mul_num = 1;
    p.mul_den = 2;

    usage(&u, 1, 0);
    is(air_price_cost(&p, &u, 0, &flags), 0, "0.5 to even");
    usage(&u, 3, 0);
    is(air_price_cost(&p, &u, 0, &flags), 2, "1.5 to even");

    p.mul_num = 11;
    p.mul_den = 10;
    u.mul_num = 11;
    u.mul_den = 10;
    usage(&u, 100, 0);
    u.mul_num = 11;
    u.mul_den = 10;
    is(air_price_cost(&p, &u, 0, &flags), 121, "multipliers stack");

    p.fee[AIR_FEE_SEARCH] = 1000;
    u.fee[AIR_FEE_SEARCH] = 2;
    is(air_price_cost(&p, &u, 0, &flags), 2121, "fees are not multiplied");

    p.mul_num = p.mul_den = 0;
    usage(&u, 100, 0);
    u.mul_num = u.mul_den = 0;
    is(air_price_cost(&p, &u, 0, &flags), 100, "0/0 is 1/1");

    usage(&u, 0, 0);
    u.fee[AIR_FEE_SECOND] = 10;
    p.fee[AIR_FEE_SECOND] = 40000000000;
    p.fee_per[AIR_FEE_SECOND] = 3600;
    is(air_price_cost(&p, &u, 0, &flags), 111111111, "0.04 an hour, 10 s");

    p.min_second = 60;
    is(air_price_cost(&p, &u, 0, &flags), 666666667, "at least a minute");
}


static void
test_overflow(void)
{
    unsigned     flags;
    air_price_t  p;
    air_usage_t  u;

    blank(&p);
    p.rate[0][AIR_IN] = UINT64_MAX - 1;
    p.rate[0][AIR_OUT] = UINT64_MAX - 1;

    usage(&u, 1, 0);
    ok(air_price_cost(&p, &u, 0, &flags) == UINT64_MAX - 1 && flags == 0,
       "the largest cost");

    usage(&u, 2, 0);
    ok(air_price_cost(&p, &u, 0, &flags) == AIR_UNKNOWN
       && flags == AIR_COST_OVERFLOW, "one more token: overflow");

    usage(&u, UINT64_MAX, UINT64_MAX);
    ok(air_price_cost(&p, &u, 0, &flags) == AIR_UNKNOWN
       && flags & AIR_COST_OVERFLOW, "past 128 bits");

    u.mul_num = UINT32_MAX;
    p.mul_num = UINT32_MAX;
    usage(&u, UINT64_MAX, 0);
    ok(air_price_cost(&p, &u, 0, &flags) == AIR_UNKNOWN
       && flags & AIR_COST_OVERFLOW, "past 128 bits by multipliers");

    usage(&u, UINT64_MAX, 5);
    u.n[AIR_IN_AUDIO] = 5;
    ok(air_usage_input(&u) == UINT64_MAX, "a sum stays at its end");
    is(air_usage_output(&u), 5, "the other one is its own");
}


/* Random prices and usages against the plain formula. */
static void
test_model(void)
{
    int                bad, less;
    unsigned           i, c, flags, num, den;
    uint64_t           cost, more;
    air_price_t        p;
    air_usage_t        u;
    unsigned __int128  want, rest;

    for (i = 0, bad = 0, less = 0; i < 20000; i++) {
        blank(&p);
        usage(&u, 0, 0);

        for (c = 0, want = 0; c < AIR_NCLASS; c++) {
            p.rate[0][c] = any() >> (24 + any() % 40);
            u.n[c] = any() >> (33 + any() % 31);
            want += (unsigned __int128) p.rate[0][c] * u.n[c];
        }

        num = 1 + any() % 30;
        den = 1 + any() % 30;
        p.mul_num = num;
        p.mul_den = den;

        rest = want * num % den;
        want = want * num / den;
        want += rest * 2 > den || (rest * 2 == den && (want & 1));

        for (c = 0; c < AIR_NFEE; c++) {
            p.fee[c] = any() >> 30;
            u.fee[c] = any() >> 54;
            want += (unsigned __int128) p.fee[c] * u.fee[c];
        }

        /* rounding before or after whole fees: the same but for ties */
        cost = air_price_cost(&p, &u, 0, &flags);

        if (want >= UINT64_MAX) {
            bad += cost != AIR_UNKNOWN || !(flags & AIR_COST_OVERFLOW);
            continue;
        }

        bad += cost != (uint64_t) want
               && !(rest * 2 == den && (cost - want == 1 || want - cost == 1));

        c = any() % AIR_NCLASS;
        u.n[c]++;
        more = air_price_cost(&p, &u, 0, &flags);
        less += more < cost;
    }

    is(bad, 0, "20,000 costs equal the formula");
    is(less, 0, "a token more is never cheaper");
}


static void
test_sum(void)
{
    int                bad;
    mem_t              m;
    unsigned           i;
    uint64_t           n;
    air_buf_t          b;
    air_mem_t          mem;
    air_sum_t          sum, other, left;
    unsigned __int128  want;

    memset(&sum, 0, sizeof(sum));
    memset(&other, 0, sizeof(other));

    for (i = 0, want = 0, bad = 0; i < 10000; i++) {
        n = any();
        want += n;
        air_sum_add(i % 2 ? &sum : &other, n);
    }

    air_sum_merge(&sum, &other);
    bad = sum.hi != (uint64_t) (want >> 64) || sum.lo != (uint64_t) want;
    is(bad, 0, "10,000 sums in 128 bits");

    ok(air_sum_cmp(&sum, &other) > 0 && air_sum_cmp(&other, &sum) < 0
       && air_sum_cmp(&sum, &sum) == 0, "compared");

    left = air_sum_less(&sum, &other);
    air_sum_merge(&left, &other);
    ok(air_sum_cmp(&left, &sum) == 0, "what is left and the rest is all");

    left = air_sum_less(&other, &sum);
    ok(left.hi == 0 && left.lo == 0, "nothing is left of less");

    mem = mem_init(&m, 0);

    sum.hi = 0;
    sum.lo = 3625;
    air_buf_init(&b, &mem, 100);
    air_sum_dollars(&sum, &b);
    is_str(air_buf_view(&b), "0.000000003625", "a tiny sum");

    sum.hi = 1;
    sum.lo = 0;
    air_buf_init(&b, &mem, 100);
    air_sum_dollars(&sum, &b);
    is_str(air_buf_view(&b), "18446744.073709551616", "past 64 bits");

    air_buf_init(&b, &mem, 100);
    air_sum_number(&sum, &b);
    is_str(air_buf_view(&b), "18446744073709551616", "as a number");

    sum.hi = sum.lo = UINT64_MAX;
    air_buf_init(&b, &mem, 100);
    air_sum_dollars(&sum, &b);
    is_str(air_buf_view(&b), "340282366920938463463374607.431768211455",
           "the largest");

    sum.hi = 0;
    sum.lo = 5000000000000;
    air_buf_init(&b, &mem, 100);
    air_sum_dollars(&sum, &b);
    is_str(air_buf_view(&b), "5", "whole dollars");

    sum.lo = 0;
    air_buf_init(&b, &mem, 100);
    air_sum_dollars(&sum, &b);
    is_str(air_buf_view(&b), "0", "nothing");

    mem_free(&m);
}


/* what a token costs is what a bill of many tokens costs, divided */
static void
test_token(void)
{
    unsigned     flags, i;
    uint64_t     one;
    air_usage_t  u;
    air_price_t  p;

    static const struct {
        air_class_e  c;
        air_tier_e   tier;
        uint64_t     prompt;
        int64_t      time_ms;
        uint32_t     num;
        uint32_t     den;
        uint64_t     want;
        const char  *name;
    } rows[] = {
        { AIR_IN, 0, 10, 0, 0, 0, 100, "standard" },
        { AIR_OUT, 0, 10, 0, 1, 1, 1000, "output" },
        { AIR_IN, 0, 1001, 0, 1, 1, 200, "long context" },
        { AIR_IN, AIR_TIER_FLEX, 10, 0, 1, 1, 50, "flex" },
        { AIR_IN, AIR_TIER_BATCH, 10, 0, 1, 1, 100, "no such tier" },
        { AIR_IN, 0, 10, 90 * 60000, 1, 1, 20, "at night" },
        { AIR_IN, 0, 10, 0, 11, 10, 110, "a region" },
        { AIR_IN_CACHE_READ, 0, 10, 0, 1, 1, 100, "a class without a rate" },
        { AIR_OUT_AUDIO, 0, 10, 0, 1, 1, 1000, "sound as any output" }
    };

    memset(&p, 0, sizeof(p));

    for (i = 0; i < AIR_NTIER; i++) {
        memset(p.rate[i], 0xff, sizeof(p.rate[i]));
    }

    p.rate[0][AIR_IN] = 100;
    p.rate[0][AIR_OUT] = 1000;
    p.rate[AIR_TIER_FLEX][AIR_IN] = 50;
    p.rate[AIR_TIER_FLEX][AIR_OUT] = 500;
    p.nlc = 1;
    p.lc[0].threshold = 1000;
    memset(p.lc[0].rate, 0xff, sizeof(p.lc[0].rate));
    p.lc[0].rate[AIR_IN] = 200;
    p.nwindow = 1;
    p.window[0].from_min = 60;
    p.window[0].to_min = 120;
    p.window[0].days = 0x7f;
    memset(p.window[0].rate, 0xff, sizeof(p.window[0].rate));
    p.window[0].rate[AIR_IN] = 20;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {

        one = air_price_token(&p, rows[i].c, rows[i].tier, rows[i].prompt,
                              rows[i].time_ms, rows[i].num, rows[i].den);
        is(one, rows[i].want, "a token, %s", rows[i].name);

        air_usage_init(&u);
        u.seen = 1;
        u.tier = rows[i].tier;
        u.n[rows[i].c] = rows[i].prompt;
        u.mul_num = rows[i].num;
        u.mul_den = rows[i].den;

        is(air_price_cost(&p, &u, rows[i].time_ms, &flags),
           one * rows[i].prompt, "and many, %s", rows[i].name);
    }

    p.zero = 1;
    is(air_price_token(&p, AIR_IN, 0, 1, 0, 1, 1), AIR_UNKNOWN,
       "zero is unknown");
    is(air_price_token(NULL, AIR_IN, 0, 1, 0, 1, 1), AIR_UNKNOWN,
       "no price");
}


int
main(void)
{
    test_decimal();
    test_decimal_round();
    test_snap();
    test_unknown();
    test_fallback();
    test_tier();
    test_long();
    test_window();
    test_round();
    test_overflow();
    test_model();
    test_sum();
    test_token();

    return done();
}
