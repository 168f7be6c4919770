
/*
 * Who is next: a pure function from what the operator configured, what the
 * caller asked and how the targets are, to an ordered list of targets with a
 * reason for each.  No clock and no randomness of its own.
 */

#ifndef _AIR_ROUTE_H_INCLUDED_
#define _AIR_ROUTE_H_INCLUDED_


#include "air_err.h"
#include "air_health.h"
#include "air_prefs.h"
#include "air_pricebook.h"


/* why a target stands where it stands; index of air_route_reason(); the
   numbers stand in ledgers: append only */
typedef enum {
    AIR_WHY_PRIMARY = 0,          /* first of its list                      */
    AIR_WHY_TASK,                 /* first of those for the class of task   */
    AIR_WHY_FALLBACK,
    AIR_WHY_ASKED,                /* the caller named it                    */
    AIR_WHY_CHEAPEST,
    AIR_WHY_WEIGHT,
    AIR_WHY_PROBE,                /* half-open: let one try                 */
    AIR_WHY_LAST_RESORT,          /* resting, but nobody else is left       */
    AIR_WHY_COOLING,              /* moved back: resting                    */
    AIR_WHY_NO_OP,                /* left out: cannot do the operation      */
    AIR_WHY_NEEDS,                /* left out: lacks a capability           */
    AIR_WHY_NOT_ASKED,            /* left out: the caller named another     */
    AIR_WHY_CONTEXT,              /* left out: its window is too small      */
    AIR_WHY_OUTPUT,               /* left out: writes no answer that long   */
    AIR_WHY_PARAMETERS,           /* left out: would lose a parameter       */
    AIR_WHY_LATENCY,              /* first content soonest                  */
    AIR_WHY_THROUGHPUT,           /* most tokens a second                   */
    AIR_WHY_QUALITY,              /* best                                   */
    AIR_WHY_BALANCED,             /* drawn by price and health              */
    AIR_WHY_CANARY,               /* of the share that tries it             */
    AIR_WHY_SPLIT,                /* where the split's variable puts it     */
    AIR_WHY_STICKY,               /* has the prompt in its cache            */
    AIR_WHY_ORDERED,              /* the caller's order put it there        */
    AIR_WHY_LEARNED,              /* learned: good enough, or needed        */
    AIR_WHY_HEDGE,                /* the one before it was late             */
    AIR_WHY_SLOW,                 /* moved back: slower than preferred      */
    AIR_WHY_UNSTABLE,             /* moved back: failed of late             */
    AIR_WHY_MAX_PRICE,            /* left out: dearer than allowed          */
    AIR_WHY_ZDR,                  /* left out: may retain data              */
    AIR_WHY_TRAINING,             /* left out: may train on data            */
    AIR_WHY_REGION,               /* left out: in another region            */
    AIR_WHY_TAG,                  /* left out: lacks a required tag         */
    AIR_WHY_IGNORED,              /* left out: the caller ignores it        */
    AIR_WHY_NOT_ONLY,             /* left out: not among the caller's only  */
    AIR_WHY_NO_FALLBACKS,         /* left out: the caller wants the first   */
    AIR_WHY_KEY,                  /* left out: its caller's key may not     */
    AIR_WHY_BUDGET,               /* left out: no budget left for it        */
    AIR_NWHY
} air_why_e;


/* One target as the route function sees it. */
typedef struct {
    uint32_t            id;       /* the caller's index of it               */
    uint16_t            group;    /* 0 primary, 1 first fallback ...        */
    uint16_t            weight;   /* at least 1                             */
    air_select_e        select;   /* of its group                           */
    air_state_e         state;
    uint64_t            reopen_ms;     /* when a cooling one may be tried   */
    uint64_t            price;    /* pUSD of a million in + a quarter million
                                     out, AIR_UNKNOWN                       */
    air_can_t           can;
    air_live_t          live;
    uint64_t            rate_in;       /* pUSD a token of this request      */
    uint64_t            rate_out;
    uint16_t            rank;     /* by the caller's lists: smaller first   */
    uint16_t            quality;  /* thousandths of the best, 0 unknown     */
    uint16_t            canary;   /* ten-thousandths of the group's
                                     requests, 0: it is none                */
    air_why_e           out;      /* left out by the glue for this reason,
                                     0: it is not                           */
    unsigned            op_ok:1;
    unsigned            fits:1;   /* a limit of output above its own is
                                     lowered for it                         */
    unsigned            asked:1;  /* the caller's model names it            */
    unsigned            task:1;   /* chosen for the request's class         */
} air_candidate_t;


/* What a request wants of its target. */
typedef struct {
    uint32_t            needs;    /* AIR_CAN_ bits                          */
    uint64_t            input;    /* tokens it has at the least, 0 unknown  */
    uint64_t            max_output;    /* tokens asked for, 0 none          */
    const air_prefs_t  *prefs;    /* the caller's, NULL none                */
    uint64_t            ticket;   /* which request of its workflow it is    */
    uint64_t            split;    /* hash of the split's variable           */
    unsigned            strict:1; /* parameters too are needs               */
    unsigned            split_set:1;
} air_wants_t;


typedef struct {
    uint32_t   id;
    air_why_e  why;
} air_choice_t;


/*
 * Orders candidates into choice[] (room for n); the usable ones come first,
 * *nusable of them, then those left out with their reason; *nchoice counts
 * both.  Groups keep their order; inside one its select rule decides.  Asked
 * ones go first.  Cooling ones go behind everything that is up, earliest
 * reopening first, and are never dropped: the last healthy target is never
 * removed.  A candidate in state PROBE goes in its place; the caller claims
 * the probe when it dispatches.
 *
 * What is known of a candidate leaves it out, what is not known never does:
 * a need of AIR_CAN_HARD that it lacks, a window that the request's input
 * does not fit into.  Another need that it lacks, and a limit of output above
 * its own unless it fits, leave it out while somebody else is there; when
 * strict, always.
 */
void air_route_order(const air_candidate_t *cand, unsigned n,
    const air_wants_t *wants, uint64_t seed, air_choice_t *choice,
    unsigned *nusable, unsigned *nchoice);

/* The needs that every candidate for the operation lacks, or, when there is
   no such, that any does. */
uint32_t air_route_lacked(const air_candidate_t *cand, unsigned n,
    uint32_t needs);

/* The reason's name: primary, fallback, asked ... */
const char *air_route_reason(air_why_e why);


#endif /* _AIR_ROUTE_H_INCLUDED_ */
