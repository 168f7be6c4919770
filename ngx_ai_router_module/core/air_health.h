
/*
 * The circuit breaker of a vendor, a target or a key, and the budget of
 * retries: words that any number of processes change by atomics, each worth
 * something by itself.  No clock: now is UTC in ms and comes with the call.
 *
 *   UP       --failures by the rule, or told to--> COOLING
 *   COOLING  --time--> PROBE (half-open: one request tries)
 *   PROBE    --good--> UP, --failure--> COOLING, twice as long
 */

#ifndef _AIR_HEALTH_H_INCLUDED_
#define _AIR_HEALTH_H_INCLUDED_


#include "air_fault.h"


/* how long a claim of a probe holds, ms */
#define AIR_HEALTH_LAPSE   60000

/* the longest rest that anybody can ask for, ms */
#define AIR_HEALTH_LIMIT   86400000ULL

/* failures of everything behind an entry, not of one model */
#define AIR_HEALTH_ALL     ((uint64_t) -1)


typedef enum {
    AIR_STATE_UP = 0,
    AIR_STATE_PROBE,              /* rested long enough: one request may try */
    AIR_STATE_COOLING
} air_state_e;


/* when an entry is put to rest, and for how long */
typedef struct {
    uint32_t  fails;              /* in a row within the window             */
    uint32_t  window;             /* ms                                     */
    uint32_t  rest_min;           /* ms, doubled after each failed probe    */
    uint32_t  rest_max;
    uint32_t  ratio;              /* percent of a window's requests, of
                                     which more fail: rest; 0 never         */
    uint32_t  least;              /* requests that the ratio needs          */
    unsigned  off:1;              /* failures never put to rest             */
} air_health_rule_t;


/* 3 in a row in 30 s, or more than 50 % of at least 20; 1 s doubling to 60 s */
extern const air_health_rule_t  air_health_rule;


/*
 * Two counts over the last half to whole window: each word has the number of
 * its half (24 bits) and the counts (20 bits each, saturating).
 */
typedef struct {
    uint64_t  half[2];
} air_tally_t;

/* Adds to the counts; a and b are small.  Lock-free. */
void air_tally_add(air_tally_t *tally, uint64_t now, uint32_t window,
    unsigned a, unsigned b);

/* The counts of this half of a window and the one before. */
void air_tally_get(const air_tally_t *tally, uint64_t now, uint32_t window,
    uint64_t *a, uint64_t *b);


/* An entry; all zeros is one that is up and of which nothing is known. */
typedef struct {
    uint64_t     until;           /* ms UTC, 0: up                          */
    uint64_t     said;            /* until was named from outside           */
    uint64_t     rest;            /* ms of backoff                          */
    uint64_t     rested;          /* ms UTC it was put to rest last         */
    uint64_t     probe;           /* ms UTC a claim lapses, 0 none          */
    uint64_t     fails;           /* in a row                               */
    uint64_t     since;           /* ms UTC of the first of them            */
    uint64_t     who;             /* whose they are, a bit each             */
    air_tally_t  tally;           /* good, failed                           */
    uint64_t     tally_who[2];    /* whose failures its halves have         */
    uint64_t     good;
    uint64_t     failed;
    uint64_t     rests;           /* times it was put to rest               */
    uint64_t     fault;           /* the last one                           */
    uint64_t     failed_at;       /* ms UTC of it                           */
} air_health_t;


/* How it is; *reopen is when it may be tried, 0 when it is up. */
air_state_e air_health_state(const air_health_t *h, uint64_t now,
    uint64_t *reopen);

/* 1 while it rests for as long as somebody named: nothing ends that early. */
int air_health_told(const air_health_t *h, uint64_t now);

/*
 * Claims the single probe of a half-open entry: the claim, to be given back
 * with air_health_release(), or 0 when it is not the caller's.  A claim
 * lapses by itself after AIR_HEALTH_LAPSE.  1 when the entry is up again.
 */
uint64_t air_health_claim(air_health_t *h, uint64_t now);

/* Gives a claim back undecided; a lapsed one is somebody else's by now. */
void air_health_release(air_health_t *h, uint64_t claim);

/* what a failure did to an entry */
#define AIR_HEALTH_RESTED  1      /* it was up, and rests now               */
#define AIR_HEALTH_AGAIN   2      /* it rested, and does so again           */

/*
 * Rests the entry for ms, which somebody named; never shortens a running
 * rest.  A half-open entry rests at least as long as after a failure.
 * AIR_HEALTH_RESTED or AIR_HEALTH_AGAIN where that is by this call, else 0.
 */
int air_health_cool(air_health_t *h, const air_health_rule_t *rule,
    uint64_t now, uint64_t ms, air_fault_e fault);

/*
 * A failure that counts, of something begun at began (ms UTC); what began
 * before the entry was last put to rest changes nothing any more.  who: a bit
 * for that which failed behind the entry; it rests only when that was
 * AIR_HEALTH_ALL once or more than one bit.  A rest made here is up to an
 * eighth longer, so that routers which saw the same do not come back together.
 * Returns as air_health_cool().
 */
int air_health_fail(air_health_t *h, const air_health_rule_t *rule,
    uint64_t now, uint64_t began, air_fault_e fault, uint64_t who);

/* A success: ends a run of failures, and a rest that was there when it began,
   unless the end of that was named to air_health_cool().  1 when this call
   ended one. */
int air_health_good(air_health_t *h, const air_health_rule_t *rule,
    uint64_t now, uint64_t began);


/* how many of a workflow's requests may cause another attempt */
typedef struct {
    uint32_t  share;              /* percent of the window's requests        */
    uint32_t  least;              /* that many always                        */
    uint32_t  window;             /* ms                                      */
    unsigned  off:1;              /* no limit                                */
} air_retry_rule_t;


/* 10 % of the requests of 10 s, and always 10 */
extern const air_retry_rule_t  air_retry_rule;


/* Counts a request: a tally's first count is requests, its second retries. */
void air_retry_request(air_tally_t *tally, const air_retry_rule_t *rule,
    uint64_t now);

/* 1, and counted, when one more retry stays within the budget. */
int air_retry_take(air_tally_t *tally, const air_retry_rule_t *rule,
    uint64_t now);


#endif /* _AIR_HEALTH_H_INCLUDED_ */
