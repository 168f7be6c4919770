
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
    AIR_WHY_EXPLORE,              /* too few samples: one measures it       */
    AIR_WHY_DISTILLABLE,          /* left out: nobody may learn of it       */
    AIR_WHY_QUANTIZATION,         /* left out: of another precision         */
    AIR_WHY_LIMITED,              /* left out: over its rate limit          */
    AIR_WHY_DEGRADED,             /* a budget moved the request to its tier */
    AIR_WHY_ESCALATED,            /* an answer before it failed the floor   */
    AIR_WHY_BELOW,                /* left out: below the floor's quality    */
    AIR_NWHY
} air_why_e;


/* Of how many requests one measures a target with fewer than AIR_LIVE_ENOUGH
   samples, and of how many one that nothing is known of; the second divides
   the first. */
#define AIR_ROUTE_EXPLORE   20
#define AIR_ROUTE_UNSEEN    5

/* ms that a failure makes a target unstable to AIR_SELECT_BALANCED */
#define AIR_ROUTE_UNSTABLE  30000

/* what a canary's share is counted in */
#define AIR_ROUTE_SHARE     10000


/*
 * One target as the route function sees it.  Candidates of one group have the
 * same select and split.
 */
typedef struct {
    uint32_t            id;       /* the caller's index of it               */
    uint16_t            group;    /* 0 primary, 1 first fallback ...        */
    uint16_t            weight;   /* at least 1                             */
    air_select_e        select;   /* of its group                           */
    air_state_e         state;
    uint64_t            reopen_ms;     /* when a cooling one may be tried   */
    uint64_t            price;    /* what it is compared by: pUSD of a million
                                     in + a quarter million out, AIR_UNKNOWN */
    air_can_t           can;
    air_live_t          live;
    uint64_t            rate_in;       /* pUSD a token, AIR_UNKNOWN         */
    uint64_t            rate_out;
    uint64_t            fee;      /* pUSD a request, AIR_UNKNOWN            */
    uint64_t            split;    /* hash of the value that its group is
                                     split by, 0: it is not                 */
    uint16_t            rank;     /* by the caller's lists: smaller first   */
    uint16_t            quality;  /* thousandths of the best, 0 unknown     */
    uint16_t            canary;   /* AIR_ROUTE_SHARE-ths of the group's
                                     requests, 0: it is none                */
    air_why_e           out;      /* left out by the glue for this reason,
                                     0: it is not                           */
    unsigned            op_ok:1;
    unsigned            fits:1;   /* a limit of output above its own is
                                     lowered for it                         */
    unsigned            asked:1;  /* the caller's model names it            */
    unsigned            ordered:1;     /* the caller's "order" names it     */
    unsigned            sticky:1; /* has the prompt in its cache            */
    unsigned            task:1;   /* chosen for the request's class         */
    unsigned            learned:1;     /* its group stands where it does by
                                          what was learned                  */
} air_candidate_t;


/* What a request wants of its target. */
typedef struct {
    uint32_t            needs;    /* AIR_CAN_ bits                          */
    uint64_t            input;    /* tokens it has at the least, 0 unknown  */
    uint64_t            max_output;    /* tokens asked for, 0 none          */
    const air_prefs_t  *prefs;    /* the caller's, NULL none                */
    uint64_t            ticket;   /* which request of its workflow it is    */
    uint64_t            now_ms;   /* UTC                                    */
    unsigned            strict:1; /* parameters too are needs               */
} air_wants_t;


typedef struct {
    uint32_t   id;
    air_why_e  why;
} air_choice_t;


/* Room that the route function works in. */
typedef struct {
    uint64_t   place;
    uint64_t   value;
    uint32_t   load;
    uint32_t   index;
    uint32_t   weight;
    air_why_e  why;
} air_route_key_t;


/*
 * Orders candidates into choice[] (room for n, as work[]); the usable ones
 * come first, *nusable of them, then those left out with their reason;
 * *nchoice counts both.  The same arguments give the same order.
 *
 * Left out is whom the glue leaves out; who is known to lack a need of
 * AIR_CAN_HARD, or to have too small a window; who is dearer than the caller
 * allows, or whose price nobody knows when he allows one.  Another need that
 * is lacked, and a limit of output above its own unless it fits, leave out
 * while somebody else is there; when strict, always.
 *
 * The others stand by, in this order:
 *   - rest: cooling ones behind all, earliest reopening first, never dropped;
 *     a candidate in state PROBE goes in its place, and the caller claims the
 *     probe when it dispatches;
 *   - asked for by name, the caller's rank, and whether they keep to his
 *     preferred latency and throughput (unknown: they do);
 *   - the group, unless the caller sorts over all;
 *   - in a group: the split's member; the sticky one; the canary whose ticket
 *     it is; then the caller's sort or else the group's select.
 *
 * price, latency, throughput and quality: best first, the unknown last;
 * latencies and throughputs within 5 % of the best are equals, equal ones go
 * by fewest in flight, of equal quality by price first.  One ticket of
 * AIR_ROUTE_EXPLORE goes to a member of a latency or throughput group with
 * fewer than AIR_LIVE_ENOUGH samples, one of AIR_ROUTE_UNSEEN to one without
 * any figure (LiteLLM sends all requests to such a one, which is dear when it
 * hangs; those below would be forgotten).  weighted and balanced draw the first
 * by the ticket in a golden-ratio sequence: over any N requests of a group
 * each member gets its share within 0.1 % of 10,000 or less.  balanced weighs
 * by 1 / price^2, an unknown price as the dearest known one; free ones take
 * all; the rest follow cheapest first, behind them who failed within
 * AIR_ROUTE_UNSTABLE.  A canary gets request n when its share of n + 1 is one
 * more than of n, rounded down, and else stands last in its group.  What is
 * drawn of canaries, weights and prices is off when the caller sorts or
 * orders (OpenRouter, Provider Routing, 2026-09).
 */
void air_route_order(const air_candidate_t *cand, unsigned n,
    const air_wants_t *wants, air_route_key_t *work, air_choice_t *choice,
    unsigned *nusable, unsigned *nchoice);

/* A value's hash for air_candidate_t.split, the same in every process of any
   build; never 0. */
uint64_t air_route_hash(air_str_t value);

/* The needs that every candidate for the operation lacks, or, when there is
   no such, that any does. */
uint32_t air_route_lacked(const air_candidate_t *cand, unsigned n,
    uint32_t needs);

/* The reason's name: primary, fallback, asked ... */
const char *air_route_reason(air_why_e why);


#endif /* _AIR_ROUTE_H_INCLUDED_ */
