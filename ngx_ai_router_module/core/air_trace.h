
/*
 * W3C Trace Context: what "traceparent" and "tracestate" may be, and the
 * traceparent of a request to a vendor.  www.w3.org/TR/trace-context
 * (Recommendation of 2021-11-23) and TR/trace-context-2, read 2026-11-23.
 */

#ifndef _AIR_TRACE_H_INCLUDED_
#define _AIR_TRACE_H_INCLUDED_


#include "air_str.h"


#define AIR_TRACE_ID      16
#define AIR_TRACE_SPAN    8
#define AIR_TRACE_PARENT  55      /* bytes of a traceparent of version 00   */
#define AIR_TRACE_STATE   512     /* bytes of a tracestate that is kept     */
#define AIR_TRACE_LIST    32      /* its members                            */


typedef struct {
    unsigned char  id[AIR_TRACE_ID];
    unsigned char  flags;         /* those that are known: sampled, random   */
} air_trace_t;


/*
 * Reads a traceparent: AIR_OK, or AIR_EINVAL, after which a trace begins anew.
 * One of a version above 00 is read as far as that goes.
 */
int air_trace_read(air_str_t value, air_trace_t *trace);

/* AIR_OK when value is a tracestate that may be sent on: its lines joined with
   commas, of the grammar, no longer than stated, no key twice; else
   AIR_EINVAL. */
int air_trace_state(air_str_t value);

/* The id of try n of a request, never all zeros; another one for each. */
void air_trace_span(const unsigned char request[16], unsigned n,
    unsigned char span[AIR_TRACE_SPAN]);

/* Writes the traceparent, version 00, lower case. */
void air_trace_write(const air_trace_t *trace,
    const unsigned char span[AIR_TRACE_SPAN],
    unsigned char out[AIR_TRACE_PARENT]);


#endif /* _AIR_TRACE_H_INCLUDED_ */
