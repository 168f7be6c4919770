
/*
 * Rolling figures of one target in memory that many processes share.
 *
 *   slice[]          a minute of samples each, in log-scale histograms; the
 *                    first sample of a minute empties the oldest: one
 *                    compare-and-swap of its stamp decides whose duty that is
 *   minute[], hour[] outcomes; stamp and both counts are one word
 *   latency[] ...    percentiles over all slices, for readers to load
 *
 * Samples that come while a slice is emptied are lost.
 */

#include "air_live.h"


#define AIR_LIVE_FULL      60000      /* samples of a minute and histogram  */
#define AIR_LIVE_TOKENS    16         /* the least that has a rate          */
#define AIR_LIVE_SPAN      50         /* ms                                 */
#define AIR_LIVE_UNIT      16         /* thousandths that a bucket counts   */

/* a word of outcomes: 24 bits of stamp, twice 20 bits of count */
#define AIR_LIVE_COUNT     0xfffff
#define AIR_LIVE_STAMP     0xffffff


static const unsigned  air_live_percent[AIR_NPERCENTILE] = {
    50, 75, 90, 95, 99
};


static uint32_t
air_live_get(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}


static void
air_live_set(uint32_t *word, uint32_t n)
{
    __atomic_store_n(word, n, __ATOMIC_RELAXED);
}


/* bucket of a value from 1 on */
static unsigned
air_live_bucket(uint64_t n)
{
    unsigned  e;

    if (n < 8) {
        return (unsigned) n;
    }

    if (n >= 1 << 20) {
        return AIR_LIVE_BUCKETS - 1;
    }

    e = 63 - __builtin_clzll(n);

    return (e - 2) * 8 + ((n >> (e - 3)) & 7);
}


/* what a bucket stands for: its middle */
static uint32_t
air_live_value(unsigned i)
{
    unsigned  e;

    if (i < 8) {
        return i;
    }

    e = i / 8 + 2;

    return ((8 + i % 8) << (e - 3)) + ((1u << (e - 3)) >> 1);
}


/* The running minute's slice, emptied when it is an old one; NULL when
   somebody else is at it, or when now is behind the others. */
static air_live_slice_t *
air_live_slice(air_live_store_t *store, uint32_t minute)
{
    unsigned           i, k;
    uint32_t           stamp;
    air_live_slice_t  *s;

    s = &store->slice[minute % AIR_LIVE_SLICES];
    stamp = __atomic_load_n(&s->stamp, __ATOMIC_ACQUIRE);

    if (stamp == minute << 1) {
        return s;
    }

    /* being emptied right now, or a clock that is a minute ahead of ours; one
       further ahead was set back since */

    if (stamp >> 1 == minute
        || (stamp >> 1 > minute
            && (stamp >> 1) - minute <= AIR_LIVE_SLICES))
    {
        return NULL;
    }

    if (!__atomic_compare_exchange_n(&s->stamp, &stamp, minute << 1 | 1, 0,
                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
    {
        return NULL;
    }

    for (i = 0; i < AIR_LIVE_NHIST; i++) {

        air_live_set(&s->n[i], 0);

        for (k = 0; k < AIR_LIVE_BUCKETS; k++) {
            __atomic_store_n(&s->bucket[i][k], 0, __ATOMIC_RELAXED);
        }
    }

    __atomic_store_n(&s->stamp, minute << 1, __ATOMIC_RELEASE);

    return s;
}


static void
air_live_add(air_live_slice_t *s, air_live_hist_e hist, uint64_t n)
{
    if (__atomic_fetch_add(&s->n[hist], 1, __ATOMIC_RELAXED)
        >= AIR_LIVE_FULL)
    {
        return;
    }

    __atomic_fetch_add(&s->bucket[hist][air_live_bucket(n ? n : 1)], 1,
                       __ATOMIC_RELAXED);
}


void
air_live_reply(air_live_store_t *store, int64_t now,
    const air_live_reply_t *reply)
{
    uint64_t           span, tokens;
    air_live_slice_t  *s;

    s = air_live_slice(store, (uint32_t) (now / 60000));

    if (s == NULL) {
        return;
    }

    tokens = reply->tokens;
    span = reply->whole_ms;

    air_live_set(&store->stale, 1);

    if (reply->stream) {
        air_live_add(s, AIR_LIVE_FIRST, reply->first_ms);
        span = span > reply->first_ms ? span - reply->first_ms : 0;

    } else if (span != 0) {
        air_live_add(s, AIR_LIVE_WHOLE, span);
    }

    if (tokens < AIR_LIVE_TOKENS || span < AIR_LIVE_SPAN
        || tokens > UINT32_MAX)
    {
        return;
    }

    air_live_add(s, reply->stream ? AIR_LIVE_RATE : AIR_LIVE_WHOLE_RATE,
                 tokens * 1000000 / span / AIR_LIVE_UNIT);
}


/* Adds one to the good or failed ones of a period. */
static void
air_live_count(uint64_t *word, uint64_t stamp, int good)
{
    uint64_t  old, set, g, f;

    stamp &= AIR_LIVE_STAMP;
    old = __atomic_load_n(word, __ATOMIC_RELAXED);

    do {
        g = 0;
        f = 0;

        if (old >> 40 == stamp) {
            g = (old >> 20) & AIR_LIVE_COUNT;
            f = old & AIR_LIVE_COUNT;
        }

        /* full: half of both, the share stays */

        if (g == AIR_LIVE_COUNT || f == AIR_LIVE_COUNT) {
            g /= 2;
            f /= 2;
        }

        g += good != 0;
        f += good == 0;

        set = stamp << 40 | g << 20 | f;

    } while (!__atomic_compare_exchange_n(word, &old, set, 0,
                                          __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
}


void
air_live_outcome(air_live_store_t *store, int64_t now, int good)
{
    uint64_t  minute;

    minute = now / 60000;

    air_live_count(&store->minute[minute % AIR_LIVE_MINUTES], minute, good);
    air_live_count(&store->hour[minute / 60 % AIR_LIVE_HOURS], minute / 60,
                   good);
}


/* The percentiles of a sum of histograms of n samples; down: what so many
   reach at least. */
static void
air_live_percentiles(const uint32_t *sum, uint32_t n, int down, uint32_t unit,
    uint32_t *out)
{
    unsigned  i, k, b;
    uint64_t  seen, want;

    seen = 0;
    k = 0;

    for (i = 0; i < AIR_LIVE_BUCKETS && k < AIR_NPERCENTILE; i++) {

        b = down ? AIR_LIVE_BUCKETS - 1 - i : i;
        seen += sum[b];

        for ( /* void */ ; k < AIR_NPERCENTILE; k++) {
            want = ((uint64_t) n * air_live_percent[k] + 99) / 100;

            if (n == 0 || seen < want) {
                break;
            }

            air_live_set(&out[k], air_live_value(b) * unit);
        }
    }

    for ( /* void */ ; k < AIR_NPERCENTILE; k++) {
        air_live_set(&out[k], 0);
    }
}


/* Adds up a histogram over the window; the samples in it. */
static uint32_t
air_live_sum(const air_live_store_t *store, uint32_t minute,
    air_live_hist_e hist, uint32_t *sum)
{
    unsigned                 i, k;
    uint32_t                 n, c, stamp;
    const air_live_slice_t  *s;

    n = 0;

    for (k = 0; k < AIR_LIVE_BUCKETS; k++) {
        sum[k] = 0;
    }

    for (i = 0; i < AIR_LIVE_SLICES; i++) {

        s = &store->slice[i];
        stamp = __atomic_load_n(&s->stamp, __ATOMIC_ACQUIRE);

        if ((stamp & 1) || stamp >> 1 > minute + 1
            || (stamp >> 1) + AIR_LIVE_SLICES <= minute
            || air_live_get(&s->n[hist]) == 0)
        {
            continue;
        }

        for (k = 0; k < AIR_LIVE_BUCKETS; k++) {
            c = __atomic_load_n(&s->bucket[hist][k], __ATOMIC_RELAXED);
            sum[k] += c;
            n += c;
        }
    }

    return n;
}


int
air_live_refresh(air_live_store_t *store, int64_t now)
{
    uint32_t         n, rate, fresh, second, minute;
    uint32_t         sum[AIR_LIVE_BUCKETS];
    air_live_hist_e  hist;

    second = (uint32_t) (now / 1000);
    minute = second / 60;
    fresh = air_live_get(&store->fresh);

    /* a clock slightly behind the others' has nothing to say */

    if (second == fresh || (second < fresh && fresh - second < 60)
        || !__atomic_compare_exchange_n(&store->fresh, &fresh, second, 0,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    {
        return 0;
    }

    air_live_set(&store->stale, 0);

    hist = AIR_LIVE_FIRST;
    n = air_live_sum(store, minute, hist, sum);

    if (n < AIR_LIVE_ENOUGH) {
        rate = air_live_sum(store, minute, AIR_LIVE_WHOLE, sum);

        if (rate >= AIR_LIVE_ENOUGH || n == 0) {
            hist = AIR_LIVE_WHOLE;
            n = rate;
        }
    }

    if (n < AIR_LIVE_ENOUGH) {

        /* too few to say anything: the seed stands */

        air_live_percentiles(sum, 0, 0, 1, store->latency);
        air_live_percentiles(sum, 0, 1, 1, store->throughput);

    } else {
        air_live_percentiles(sum, n, 0, 1, store->latency);

        rate = air_live_sum(store, minute, hist + 1, sum);

        air_live_percentiles(sum, rate < AIR_LIVE_ENOUGH ? 0 : rate, 1,
                             AIR_LIVE_UNIT, store->throughput);
    }

    air_live_set(&store->samples, n << 1 | (hist == AIR_LIVE_WHOLE));

    return 1;
}


void
air_live_view(air_live_store_t *store, int64_t now,
    const air_live_seed_t *seed, air_live_t *live)
{
    unsigned  i;
    uint32_t  samples;

    samples = air_live_get(&store->samples);

    if (air_live_get(&store->stale)
        || (samples > 1
            && air_live_get(&store->fresh) / 60 != (uint64_t) now / 60000))
    {
        (void) air_live_refresh(store, now);
        samples = air_live_get(&store->samples);
    }

    live->samples = samples >> 1;
    live->measured = live->samples >= AIR_LIVE_ENOUGH;
    live->whole = live->measured && (samples & 1);

    for (i = 0; i < AIR_NPERCENTILE; i++) {
        live->latency[i] = 0;
        live->throughput[i] = 0;

        if (live->measured) {
            live->latency[i] = air_live_get(&store->latency[i]);
            live->throughput[i] = air_live_get(&store->throughput[i]);
        }
    }

    if (seed == NULL) {
        return;
    }

    if (live->latency[AIR_P50] == 0) {
        live->latency[AIR_P50] = seed->latency;
    }

    if (live->throughput[AIR_P50] == 0) {
        live->throughput[AIR_P50] = seed->throughput;
    }
}


uint32_t
air_live_within(const air_live_store_t *store, int64_t now, int whole,
    air_percentile_e percentile)
{
    uint32_t  n, sum[AIR_LIVE_BUCKETS], ms[AIR_NPERCENTILE];

    n = air_live_sum(store, (uint32_t) (now / 60000),
                     whole ? AIR_LIVE_WHOLE : AIR_LIVE_FIRST, sum);

    if (n < AIR_LIVE_ENOUGH) {
        return 0;
    }

    air_live_percentiles(sum, n, 0, 1, ms);

    return ms[percentile] ? ms[percentile] : 1;
}


int32_t
air_live_uptime(air_live_store_t *store, int64_t now, unsigned minutes)
{
    unsigned   i, n, span;
    uint64_t   good, failed, stamp, word, age, *period;

    stamp = now / 60000;
    period = store->minute;
    n = AIR_LIVE_MINUTES;
    span = minutes;

    if (minutes >= AIR_LIVE_MINUTES) {
        stamp /= 60;
        period = store->hour;
        n = AIR_LIVE_HOURS;
        span = minutes / 60;
    }

    good = 0;
    failed = 0;

    for (i = 0; i < n; i++) {
        word = __atomic_load_n(&period[i], __ATOMIC_RELAXED);
        age = (stamp - (word >> 40)) & AIR_LIVE_STAMP;

        if (age <= span) {
            good += (word >> 20) & AIR_LIVE_COUNT;
            failed += word & AIR_LIVE_COUNT;
        }
    }

    if (good + failed == 0) {
        return -1;
    }

    return (int32_t) (good * 1000000 / (good + failed));
}


const char *
air_percentile_name(unsigned i)
{
    static const char *const  names[AIR_NPERCENTILE] = {
        "p50", "p75", "p90", "p95", "p99"
    };

    return i < AIR_NPERCENTILE ? names[i] : NULL;
}
