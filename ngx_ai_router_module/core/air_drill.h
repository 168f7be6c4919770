
/*
 * A drill: for a while a vendor looks down to a slice of the requests, so
 * that what happens when it is gone is seen while it is there.  Which requests
 * that is, when a drill must end, and what is found of it.
 */

#ifndef _AIR_DRILL_H_INCLUDED_
#define _AIR_DRILL_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


#define AIR_DRILL_ALL       10000       /* of a share: hundredths of a
                                           percent                        */
#define AIR_DRILL_ID        16          /* bytes                          */
#define AIR_DRILL_ENOUGH    20          /* drilled requests before their
                                           errors end it                  */
#define AIR_DRILL_ERRORS    UINT32_MAX  /* no bound of errors             */
#define AIR_DRILL_LONGEST   86400000    /* ms                             */


/* the numbers stand in the ledger: append only */
typedef enum {
    AIR_DRILL_RUNS = 0,
    AIR_DRILL_DONE,                     /* its time is over               */
    AIR_DRILL_STOPPED,                  /* by hand                        */
    AIR_DRILL_FAILED,                   /* too many errors                */
    AIR_DRILL_GONE,                     /* the vendor is configured no
                                           more, or never was             */
    AIR_NDRILL
} air_drill_e;


/* how it is to go */
typedef struct {
    uint32_t  share;                    /* of AIR_DRILL_ALL               */
    uint32_t  max_errors;               /* of AIR_DRILL_ALL: how much more
                                           drilled requests may fail than
                                           others; AIR_DRILL_ERRORS       */
    int64_t   start_ms;
    int64_t   end_ms;
} air_drill_rule_t;


/* what came of it: requests, as their callers saw them */
typedef struct {
    uint64_t  drilled;                  /* that found the vendor down     */
    uint64_t  errors;                   /* of them, that failed           */
    uint64_t  wait_ms;                  /* until the answer began, of those
                                           that had one                   */
    uint64_t  others;                   /* that asked the vendor          */
    uint64_t  other_errors;
    uint64_t  other_wait_ms;
    uint64_t  spared;                   /* of the slice, but nobody else was
                                           left: not drilled              */
} air_drill_counts_t;


/* 1 when the request is in the slice of the drill: always the same. */
int air_drill_hit(const unsigned char drill[AIR_DRILL_ID],
    const unsigned char request[16], uint32_t share);

/* Whether it must end at now_ms, and why; AIR_DRILL_RUNS: it goes on. */
air_drill_e air_drill_judge(const air_drill_rule_t *rule,
    const air_drill_counts_t *counts, int64_t now_ms);

/* 1 when it proved that requests survive without the vendor: it went on to
   its end, some were drilled, and they failed no more often than rule allows
   (by AIR_DRILL_ERRORS: by a hundredth). */
int air_drill_passed(const air_drill_rule_t *rule,
    const air_drill_counts_t *counts, air_drill_e end);

/* How much longer drilled requests waited, ms each; 0 where nobody knows or
   it was less. */
uint64_t air_drill_added(const air_drill_counts_t *counts);

/* "runs", "done", "stopped", "errors", "gone". */
const char *air_drill_end_name(air_drill_e end);


#endif /* _AIR_DRILL_H_INCLUDED_ */
