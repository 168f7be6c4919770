
/*
 * Requests and tokens a minute, and requests at once.  What was taken is
 * remembered in slices of five seconds; a minute is the slice that runs and
 * the twelve before it, so that no 60 seconds ever hold more than the limit.
 * Pure arithmetic on a state that its owner keeps and guards
 * (store/air_accounts.c).
 */

#ifndef _AIR_RATE_H_INCLUDED_
#define _AIR_RATE_H_INCLUDED_


#include "air_buf.h"


#define AIR_RATE_SLICE   5000     /* ms                                     */
#define AIR_RATE_SLICES  13


/* limits, 0: none */
typedef struct {
    uint64_t  requests;           /* a minute                               */
    uint64_t  tokens;             /* a minute, prompt and answer            */
    uint64_t  running;            /* at once                                */
} air_rate_rule_t;


/* all zero is one never used */
typedef struct {
    int64_t   slice;              /* number of the newest                   */
    uint32_t  requests[AIR_RATE_SLICES];
    uint64_t  tokens[AIR_RATE_SLICES];
    uint64_t  running;
} air_rate_t;


/* what of a limit is left, and when */
typedef struct {
    uint64_t  limit;
    uint64_t  left;
    uint64_t  reset_ms;           /* until all of it is free again, when
                                     nothing else is asked                  */
} air_rate_left_t;


/* Reads "60rpm", "100000tpm", "5concurrent" (k and m are 1,000 and
   1,000,000) into its member.  AIR_OK, or AIR_EINVAL with *why, static. */
int air_rate_read(air_str_t text, air_rate_rule_t *rule, const char **why);

/*
 * Forgets slices that are over.  A clock that steps back forgets nothing: the
 * newest slice goes on, and when it is more than a minute behind all that was
 * taken keeps its age.
 */
void air_rate_turn(air_rate_t *r, int64_t now_ms);

/*
 * ms until so many requests and tokens more fit, 0: now; UINT64_MAX: never,
 * more than the limit is asked at once.  After air_rate_turn().
 */
uint64_t air_rate_wait(const air_rate_t *r, const air_rate_rule_t *rule,
    uint64_t requests, uint64_t tokens, int64_t now_ms);

/* Takes them in the newest slice, whether they fit or not. */
void air_rate_take(air_rate_t *r, uint64_t requests, uint64_t tokens,
    int64_t now_ms);

/*
 * After air_rate_turn(): gives back tokens that were taken and not used, in
 * the slice of taken_ms while it counts; those used beyond are taken in the
 * newest one.
 */
void air_rate_settle(air_rate_t *r, int64_t taken_ms, uint64_t taken,
    uint64_t used);

/* Gives all that was taken in the slice of taken_ms back, while it counts. */
void air_rate_back(air_rate_t *r, int64_t taken_ms, uint64_t requests,
    uint64_t tokens);

/* What is left of requests and of tokens; a limit of 0 gives all 0. */
void air_rate_left(const air_rate_t *r, const air_rate_rule_t *rule,
    int64_t now_ms, air_rate_left_t *requests, air_rate_left_t *tokens);


#endif /* _AIR_RATE_H_INCLUDED_ */
