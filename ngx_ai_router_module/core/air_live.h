
/*
 * How a target has been doing lately, as the router itself measured it: time
 * to the first content, output rate, failures, what is in flight.  A view for
 * the route function; the counts behind it live in shared memory.
 */

#ifndef _AIR_LIVE_H_INCLUDED_
#define _AIR_LIVE_H_INCLUDED_


#include "air_str.h"


/* the percentiles that are kept; names: p50, p75 ... */
typedef enum {
    AIR_P50 = 0,
    AIR_P75,
    AIR_P90,
    AIR_P95,
    AIR_P99,
    AIR_NPERCENTILE
} air_percentile_e;


/* One target over the last five minutes; zeros where nothing is known. */
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
} air_live_t;


#endif /* _AIR_LIVE_H_INCLUDED_ */
