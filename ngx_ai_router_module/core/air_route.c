
/*
 * The order of targets.  A target's rank is decided by, in this order:
 * whether it rests, whether the caller asked for it, its group, and the
 * group's own rule.  Weights are drawn without replacement from a generator
 * seeded by the caller, so that the same seed gives the same order.
 */

#include "air_route.h"


static const char *const  air_route_reasons[AIR_NWHY] = {
    "primary", "task", "fallback", "asked", "cheapest", "weight",
    "probe", "last_resort", "cooling", "no_op", "needs", "not_asked",
    "context", "output", "parameters", "latency", "throughput", "quality",
    "balanced", "canary", "split", "sticky", "ordered", "learned", "hedge",
    "slow", "unstable", "max_price", "zdr", "training", "region", "tag",
    "ignored", "not_only", "no_fallbacks", "key", "budget"
};


/* splitmix64 */
static uint64_t
air_route_draw(uint64_t *seed)
{
    uint64_t  z;

    *seed += 0x9e3779b97f4a7c15;

    z = *seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;

    return z ^ (z >> 31);
}


/* Why a candidate is left out, or AIR_NWHY; soft is for what it lacks of
   things that the request can do without. */
static air_why_e
air_route_out(const air_candidate_t *c, const air_wants_t *wants, int soft)
{
    uint32_t  needs;

    if (!c->op_ok) {
        return AIR_WHY_NO_OP;
    }

    needs = soft ? wants->needs : wants->needs & AIR_CAN_HARD;

    if (air_can_lacks(&c->can, needs)) {
        return AIR_WHY_NEEDS;
    }

    if (c->can.context != 0 && wants->input > c->can.context) {
        return AIR_WHY_CONTEXT;
    }

    if (soft && !(c->fits && !wants->strict) && c->can.max_output != 0
        && wants->max_output > c->can.max_output)
    {
        return AIR_WHY_OUTPUT;
    }

    return AIR_NWHY;
}


/* 1 when a must stand behind b, so that equals keep their order. */
static int
air_route_after(const air_candidate_t *a, const air_candidate_t *b)
{
    int  ca, cb;

    ca = a->state == AIR_STATE_COOLING;
    cb = b->state == AIR_STATE_COOLING;

    if (ca != cb) {
        return ca;
    }

    if (ca && a->reopen_ms != b->reopen_ms) {
        return a->reopen_ms > b->reopen_ms;
    }

    if (a->asked != b->asked) {
        return b->asked;
    }

    if (a->group != b->group) {
        return a->group > b->group;
    }

    if (a->select == AIR_SELECT_PRICE && b->select == AIR_SELECT_PRICE) {
        return a->price > b->price;     /* unknown is the greatest */
    }

    return 0;
}


/* Orders a run of one group by weight. */
static void
air_route_weigh(const air_candidate_t *cand, air_choice_t *choice, unsigned n,
    uint64_t *seed)
{
    unsigned      i, k;
    uint64_t      sum, r, w;
    air_choice_t  c;

    for (i = 0; i + 1 < n; i++) {

        sum = 0;

        for (k = i; k < n; k++) {
            w = cand[choice[k].id].weight;
            sum += w ? w : 1;
        }

        r = (uint64_t) (((unsigned __int128) air_route_draw(seed) * sum)
                        >> 64);

        for (k = i; k + 1 < n; k++) {
            w = cand[choice[k].id].weight;
            w = w ? w : 1;

            if (r < w) {
                break;
            }

            r -= w;
        }

        c = choice[k];

        for ( /* void */ ; k > i; k--) {
            choice[k] = choice[k - 1];
        }

        choice[i] = c;
    }
}


static air_why_e
air_route_why(const air_candidate_t *cand, const air_choice_t *choice,
    unsigned i, unsigned first, unsigned n)
{
    const air_candidate_t  *c;

    c = &cand[choice[i].id];

    if (c->state == AIR_STATE_COOLING) {
        return cand[choice[0].id].state == AIR_STATE_COOLING
               ? AIR_WHY_LAST_RESORT : AIR_WHY_COOLING;
    }

    if (c->state == AIR_STATE_PROBE) {
        return AIR_WHY_PROBE;
    }

    if (c->asked) {
        return AIR_WHY_ASKED;
    }

    if (c->group != 0) {
        return AIR_WHY_FALLBACK;
    }

    if (c->select == AIR_SELECT_ORDER || n == 1) {
        if (choice[i].id != first) {
            return AIR_WHY_FALLBACK;
        }

        return c->task ? AIR_WHY_TASK : AIR_WHY_PRIMARY;
    }

    if (i != 0 && cand[choice[i - 1].id].group == 0
        && !cand[choice[i - 1].id].asked)
    {
        return AIR_WHY_FALLBACK;
    }

    return c->select == AIR_SELECT_PRICE ? AIR_WHY_CHEAPEST : AIR_WHY_WEIGHT;
}


/* The usable ones into choice, as indices of cand; their number. */
static unsigned
air_route_rank(const air_candidate_t *cand, unsigned n,
    const air_wants_t *wants, int soft, air_choice_t *choice)
{
    unsigned      i, k, usable;
    air_choice_t  c;

    usable = 0;

    for (i = 0; i < n; i++) {

        if (air_route_out(&cand[i], wants, soft) != AIR_NWHY) {
            continue;
        }

        c.id = i;
        c.why = AIR_WHY_FALLBACK;

        for (k = usable; k > 0; k--) {

            if (!air_route_after(&cand[choice[k - 1].id], &cand[i])) {
                break;
            }

            choice[k] = choice[k - 1];
        }

        choice[k] = c;
        usable++;
    }

    return usable;
}


/* Draws each run of one group that goes by weight. */
static void
air_route_draw_runs(const air_candidate_t *cand, air_choice_t *choice,
    unsigned usable, uint64_t seed)
{
    unsigned                i, k;
    const air_candidate_t  *a, *b;

    for (i = 0; i < usable; i = k) {

        a = &cand[choice[i].id];

        for (k = i + 1; k < usable; k++) {

            b = &cand[choice[k].id];

            if (b->group != a->group || b->asked != a->asked
                || (b->state == AIR_STATE_COOLING)
                   != (a->state == AIR_STATE_COOLING))
            {
                break;
            }
        }

        if (a->select == AIR_SELECT_WEIGHTED
            && a->state != AIR_STATE_COOLING)
        {
            air_route_weigh(cand, choice + i, k - i, &seed);
        }
    }
}


void
air_route_order(const air_candidate_t *cand, unsigned n,
    const air_wants_t *wants, uint64_t seed, air_choice_t *choice,
    unsigned *nusable, unsigned *nchoice)
{
    int        soft;
    unsigned   i, usable, first, members, out;
    air_why_e  why;

    first = n;
    members = 0;

    for (i = 0; i < n; i++) {
        if (cand[i].group == 0) {
            first = first == n ? i : first;
            members++;
        }
    }

    soft = 1;
    usable = air_route_rank(cand, n, wants, 1, choice);

    if (usable == 0 && !wants->strict) {
        soft = 0;
        usable = air_route_rank(cand, n, wants, 0, choice);
    }

    /* choice[].id is an index of cand until the end */

    air_route_draw_runs(cand, choice, usable, seed);

    for (i = 0; i < usable; i++) {
        choice[i].why = air_route_why(cand, choice, i, first, members);
    }

    out = usable;

    for (i = 0; i < n; i++) {

        why = air_route_out(&cand[i], wants, soft);

        if (why != AIR_NWHY) {
            choice[out].id = i;
            choice[out++].why = why;
        }
    }

    for (i = 0; i < out; i++) {
        choice[i].id = cand[choice[i].id].id;
    }

    *nusable = usable;
    *nchoice = out;
}


uint32_t
air_route_lacked(const air_candidate_t *cand, unsigned n, uint32_t needs)
{
    unsigned  i;
    uint32_t  all, any, lacks;

    all = needs;
    any = 0;

    for (i = 0; i < n; i++) {

        if (cand[i].op_ok) {
            lacks = air_can_lacks(&cand[i].can, needs);
            all &= lacks;
            any |= lacks;
        }
    }

    return all ? all : any;
}


const char *
air_route_reason(air_why_e why)
{
    return (unsigned) why < AIR_NWHY ? air_route_reasons[why] : "unknown";
}
