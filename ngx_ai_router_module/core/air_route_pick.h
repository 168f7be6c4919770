
/*
 * Between air_route.c and air_route_pick.c: one decision, its keys, and what
 * the bits of a key's place mean.
 */

#ifndef _AIR_ROUTE_PICK_H_INCLUDED_
#define _AIR_ROUTE_PICK_H_INCLUDED_


#include "air_route.h"


/* bits of a key's place, the most important first */
#define AIR_ROUTE_RESTS    ((uint64_t) 1 << 63)
#define AIR_ROUTE_UNASKED  ((uint64_t) 1 << 62)
#define AIR_ROUTE_RANK     46
#define AIR_ROUTE_SLOW     ((uint64_t) 1 << 45)
#define AIR_ROUTE_GROUP    29
#define AIR_ROUTE_CANARY   ((uint64_t) 1 << 28)
#define AIR_ROUTE_SHAKY    ((uint64_t) 1 << 27)

/* keys of one group; keys that the caller treats alike */
#define air_route_block(key)  ((key)->place >> AIR_ROUTE_GROUP)
#define air_route_class(key)  ((key)->place >> AIR_ROUTE_RANK)


/* one decision */
typedef struct {
    const air_candidate_t  *cand;
    unsigned                n;
    const air_wants_t      *wants;
    const air_prefs_t      *prefs;
    unsigned                first;      /* written first of group 0         */
    unsigned                members;    /* of group 0                       */
    unsigned                soft:1;     /* wishes count as needs            */
    unsigned                sort:1;     /* the caller's                     */
    unsigned                all:1;      /* sorted over all groups           */
    unsigned                draws:1;    /* load balancing is on             */
    unsigned                canaries:1;
    unsigned                headed:1;   /* the rule's own reason was given  */
} air_route_t;


/* The rule that a candidate goes by: the caller's, or its group's. */
static inline air_select_e
air_route_rule(const air_route_t *rt, const air_candidate_t *c)
{
    return rt->sort ? rt->prefs->sort : c->select;
}


/* 1 when the request is split in the candidate's group. */
static inline int
air_route_splits(const air_route_t *rt, const air_candidate_t *c)
{
    return c->split && !rt->sort;
}


/* 1 when it failed of late. */
static inline int
air_route_shaky(const air_route_t *rt, const air_candidate_t *c)
{
    return c->live.failed_ms != 0
           && c->live.failed_ms + AIR_ROUTE_UNSTABLE > rt->wants->now_ms;
}


/* The end of the run of keys from i on whose places are the same but for the
   lowest bits. */
static inline unsigned
air_route_end(const air_route_key_t *key, unsigned i, unsigned n,
    unsigned bits)
{
    unsigned  k;

    for (k = i + 1; k < n; k++) {
        if (key[k].place >> bits != key[i].place >> bits) {
            break;
        }
    }

    return k;
}


/* Sorts by place, value, load and index. */
void air_route_sort(air_route_key_t *key, unsigned n);

/* Orders the n keys of one group, sorted already, by what is beyond sorting:
   equals, split, canaries, draws, stickiness; what was put first for such a
   reason has it in key->why.  first: the group stands before all others. */
void air_route_group(const air_route_t *rt, air_route_key_t *key, unsigned n,
    int first);


#endif /* _AIR_ROUTE_PICK_H_INCLUDED_ */
