
/*
 * How a target has been doing lately, as the router itself measured it: time
 * to the first content, output rate, failures, what is in flight.
 *
 * air_live_t is the view that the route function reads.  air_live_store_t is
 * what lies behind it in shared memory: fixed in size, points nowhere, zeroed
 * memory is an empty one, and every function below may run in many processes
 * at once on the same store without a lock.  Whoever dies in the middle
 * leaves at most a few samples uncounted.
 */

#ifndef _AIR_LIVE_H_INCLUDED_
#define _AIR_LIVE_H_INCLUDED_


#include "air_str.h"


/* own samples from which on they count instead of the price table's */
#define AIR_LIVE_ENOUGH    20

/* of a histogram: exact below 8, then eight to each doubling, so that the
   middle of a bucket is at most 6.25 % away from what fell into it */
#define AIR_LIVE_BUCKETS   144

#define AIR_LIVE_SLICES    6      /* minutes: the running one and five       */
#define AIR_LIVE_MINUTES   31     /* of outcomes                             */
#define AIR_LIVE_HOURS     25


/* the percentiles that are kept; names: p50, p75 ... */
typedef enum {
    AIR_P50 = 0,
    AIR_P75,
    AIR_P90,
    AIR_P95,
    AIR_P99,
    AIR_NPERCENTILE
} air_percentile_e;


/*
 * One target over the last five minutes; zeros where nothing is known.
 *
 * Latency is that of streams, to their first content, and throughput that of
 * streams after it.  Where fewer than AIR_LIVE_ENOUGH streams were seen but
 * that many whole replies, those stand in: latency is then to the whole
 * reply, and throughput is over all of that time ("whole").  With neither,
 * [AIR_P50] is the price table's figure, if it has one.
 */
typedef struct {
    uint32_t  latency[AIR_NPERCENTILE];     /* ms to the first content that
                                               so many stay within           */
    uint32_t  throughput[AIR_NPERCENTILE];  /* thousandths of an output token
                                               a second that so many reach   */
    uint32_t  samples;            /* of our own in the window               */
    uint32_t  inflight;           /* attempts running now                   */
    uint64_t  failed_ms;          /* UTC of the last failure that counts
                                     against health, 0 none                 */
    unsigned  measured:1;         /* by us; else the price table's figures  */
    unsigned  whole:1;            /* measured of whole replies              */
} air_live_t;


/* what is said of a target before it was measured; 0 unknown */
typedef struct {
    uint32_t  latency;            /* ms, median                             */
    uint32_t  throughput;         /* thousandths of a token a second        */
} air_live_seed_t;


/* a good reply */
typedef struct {
    uint64_t  first_ms;           /* from sending to the first content; of a
                                     reply that is no stream unused          */
    uint64_t  whole_ms;           /* from sending to the end, 0: it did not
                                     come to its end                         */
    uint64_t  tokens;             /* of output, 0 unknown                    */
    unsigned  stream:1;
} air_live_reply_t;


typedef enum {
    AIR_LIVE_FIRST = 0,           /* ms of streams                           */
    AIR_LIVE_RATE,                /* of streams                              */
    AIR_LIVE_WHOLE,               /* ms of whole replies                     */
    AIR_LIVE_WHOLE_RATE,
    AIR_LIVE_NHIST
} air_live_hist_e;


/* one minute; takes the first 60,000 samples of each histogram */
typedef struct {
    uint32_t  stamp;              /* minute << 1 | being emptied             */
    uint32_t  n[AIR_LIVE_NHIST];
    uint16_t  bucket[AIR_LIVE_NHIST][AIR_LIVE_BUCKETS];
} air_live_slice_t;


typedef struct {
    uint32_t          fresh;      /* s UTC: when the words below were made   */
    uint32_t          stale;      /* samples came since                      */
    uint32_t          samples;    /* << 1 | whole                            */
    uint32_t          latency[AIR_NPERCENTILE];
    uint32_t          throughput[AIR_NPERCENTILE];
    uint32_t          unused;
    uint64_t          minute[AIR_LIVE_MINUTES];   /* stamp, good, failed     */
    uint64_t          hour[AIR_LIVE_HOURS];
    air_live_slice_t  slice[AIR_LIVE_SLICES];
} air_live_store_t;


/*
 * Counts a reply at now (UTC ms).  A rate is counted from 16 tokens and 50 ms
 * on: below that it says more of the clock than of the vendor.
 */
void air_live_reply(air_live_store_t *store, int64_t now,
    const air_live_reply_t *reply);

/* Counts an attempt as good or failed, for uptime. */
void air_live_outcome(air_live_store_t *store, int64_t now, int good);

/* Makes the percentiles anew, at most once a second; 1 when it did. */
int air_live_refresh(air_live_store_t *store, int64_t now);

/*
 * Fills latency, throughput, samples, measured and whole of *live by loading
 * words; percentiles are made anew first where samples came since, or the
 * minute they were made in is over.  seed may be NULL.
 */
void air_live_view(air_live_store_t *store, int64_t now,
    const air_live_seed_t *seed, air_live_t *live);

/*
 * What so many percent of the streams stayed within to their first content,
 * or, when whole, of the other replies to their end: ms, at least 1; 0 with
 * fewer than AIR_LIVE_ENOUGH of them in the window.  Sums the histograms, in
 * about a microsecond.
 */
uint32_t air_live_within(const air_live_store_t *store, int64_t now,
    int whole, air_percentile_e percentile);

/*
 * Good ones in a million of the attempts of the last so many minutes: up to
 * 30, or 1440 for a day; -1 when there was none.
 */
int32_t air_live_uptime(air_live_store_t *store, int64_t now,
    unsigned minutes);

/* "p50", "p75" ...; NULL from AIR_NPERCENTILE on. */
const char *air_percentile_name(unsigned i);


#endif /* _AIR_LIVE_H_INCLUDED_ */
