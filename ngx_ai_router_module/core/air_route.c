
/*
 * The order of targets.  Who can serve becomes a key of integers, the keys are
 * sorted once, and each group is looked at by air_route_pick.c; then every
 * place gets its reason.
 */

#include "air_route_pick.h"


static const char *const  air_route_reasons[AIR_NWHY] = {
    "primary", "task", "fallback", "asked", "cheapest", "weight",
    "probe", "last_resort", "cooling", "no_op", "needs", "not_asked",
    "context", "output", "parameters", "latency", "throughput", "quality",
    "balanced", "canary", "split", "sticky", "ordered", "learned", "hedge",
    "slow", "unstable", "max_price", "zdr", "training", "region", "tag",
    "ignored", "not_only", "no_fallbacks", "key", "budget", "explore",
    "distillable", "quantization", "limited", "degraded", "escalated",
    "below"
};


/* Dearer than the caller allows, or nobody knows. */
static int
air_route_dear(const air_candidate_t *c, const air_prefs_t *prefs)
{
    return (prefs->max_prompt != AIR_UNKNOWN
            && (c->rate_in == AIR_UNKNOWN || c->rate_in > prefs->max_prompt))
           || (prefs->max_completion != AIR_UNKNOWN
               && (c->rate_out == AIR_UNKNOWN
                   || c->rate_out > prefs->max_completion))
           || (prefs->max_request != AIR_UNKNOWN
               && (c->fee == AIR_UNKNOWN || c->fee > prefs->max_request));
}


/* Why a candidate is left out, or AIR_NWHY. */
static air_why_e
air_route_out(const air_route_t *rt, const air_candidate_t *c)
{
    uint32_t            needs;
    const air_wants_t  *wants;

    wants = rt->wants;

    if (!c->op_ok) {
        return AIR_WHY_NO_OP;
    }

    if (c->out) {
        return c->out;
    }

    needs = rt->soft ? wants->needs : wants->needs & AIR_CAN_HARD;

    if (air_can_lacks(&c->can, needs)) {
        return AIR_WHY_NEEDS;
    }

    if (c->can.context != 0 && wants->input > c->can.context) {
        return AIR_WHY_CONTEXT;
    }

    if (rt->soft && !(c->fits && !wants->strict) && c->can.max_output != 0
        && wants->max_output > c->can.max_output)
    {
        return AIR_WHY_OUTPUT;
    }

    if (rt->prefs && air_route_dear(c, rt->prefs)) {
        return AIR_WHY_MAX_PRICE;
    }

    return AIR_NWHY;
}


/* Known to be slower than the caller prefers. */
static int
air_route_slow(const air_candidate_t *c, const air_prefs_t *prefs)
{
    unsigned  i;

    if (prefs == NULL) {
        return 0;
    }

    for (i = 0; i < AIR_NPERCENTILE; i++) {

        if (prefs->max_latency[i]
            && c->live.latency[i] > prefs->max_latency[i])
        {
            return 1;
        }

        if (c->live.throughput[i]
            && c->live.throughput[i] < prefs->min_throughput[i])
        {
            return 1;
        }
    }

    return 0;
}


/* What the rule compares: smaller is better, unknown the greatest. */
static void
air_route_value(const air_route_t *rt, const air_candidate_t *c,
    air_route_key_t *key)
{
    key->value = 0;
    key->load = c->live.inflight;

    switch (air_route_rule(rt, c)) {

    case AIR_SELECT_PRICE:
    case AIR_SELECT_BALANCED:
        key->value = c->price;
        break;

    case AIR_SELECT_LATENCY:
        key->value = c->live.latency[AIR_P50] ? c->live.latency[AIR_P50]
                                              : UINT64_MAX;
        break;

    case AIR_SELECT_THROUGHPUT:
        key->value = c->live.throughput[AIR_P50]
                     ? UINT32_MAX - c->live.throughput[AIR_P50]
                     : UINT64_MAX;
        break;

    case AIR_SELECT_QUALITY:
        key->value = (uint64_t) (UINT16_MAX - c->quality) << 48;
        key->value |= c->price >> 16;
        break;

    default:
        key->load = 0;
    }
}


static void
air_route_key(const air_route_t *rt, unsigned i, air_route_key_t *key)
{
    uint64_t                place;
    const air_candidate_t  *c;

    c = &rt->cand[i];

    place = c->asked ? 0 : AIR_ROUTE_UNASKED;
    place |= (uint64_t) c->rank << AIR_ROUTE_RANK;

    if (air_route_slow(c, rt->prefs)) {
        place |= AIR_ROUTE_SLOW;
    }

    if (!rt->all) {
        place |= (uint64_t) c->group << AIR_ROUTE_GROUP;
    }

    if (c->canary && rt->draws) {
        place |= AIR_ROUTE_CANARY;
    }

    if (air_route_rule(rt, c) == AIR_SELECT_BALANCED
        && air_route_shaky(rt, c))
    {
        place |= AIR_ROUTE_SHAKY;
    }

    key->index = i;
    key->weight = 0;
    key->why = AIR_NWHY;

    if (c->state == AIR_STATE_COOLING) {
        key->value = place;
        key->place = c->reopen_ms | AIR_ROUTE_RESTS;
        key->load = 0;
        return;
    }

    key->place = place;
    air_route_value(rt, c, key);
}


/* What puts the first of a list there. */
static air_why_e
air_route_head(const air_route_t *rt, const air_candidate_t *c, unsigned i)
{
    air_select_e  rule;

    rule = rt->members == 1 ? AIR_SELECT_ORDER : air_route_rule(rt, c);

    if (!rt->draws && rule == AIR_SELECT_BALANCED) {
        rule = AIR_SELECT_PRICE;
    }

    if (!rt->draws && rule == AIR_SELECT_WEIGHTED) {
        rule = AIR_SELECT_ORDER;
    }

    switch (rule) {

    case AIR_SELECT_PRICE:
        return AIR_WHY_CHEAPEST;

    case AIR_SELECT_WEIGHTED:
        return AIR_WHY_WEIGHT;

    case AIR_SELECT_LATENCY:
        return AIR_WHY_LATENCY;

    case AIR_SELECT_THROUGHPUT:
        return AIR_WHY_THROUGHPUT;

    case AIR_SELECT_QUALITY:
        return AIR_WHY_QUALITY;

    case AIR_SELECT_BALANCED:
        return AIR_WHY_BALANCED;

    default:

        if (i != rt->first) {
            return AIR_WHY_FALLBACK;
        }

        return c->task ? AIR_WHY_TASK : AIR_WHY_PRIMARY;
    }
}


/* The reason of a place that no draw gave; slow, shaky: moved back for it. */
static air_why_e
air_route_reasoned(const air_route_t *rt, const air_route_key_t *key,
    int slow, int shaky)
{
    const air_candidate_t  *c;

    c = &rt->cand[key->index];

    if (slow) {
        return AIR_WHY_SLOW;
    }

    if (shaky) {
        return AIR_WHY_UNSTABLE;
    }

    if (c->ordered) {
        return AIR_WHY_ORDERED;
    }

    if (c->asked) {
        return AIR_WHY_ASKED;
    }

    if (rt->headed || (c->group != 0 && !rt->all)) {
        return AIR_WHY_FALLBACK;
    }

    if (c->learned && !rt->all) {
        return AIR_WHY_LEARNED;
    }

    return air_route_head(rt, c, key->index);
}


/* The reason of each place of the n usable ones. */
static void
air_route_why(air_route_t *rt, air_route_key_t *key, unsigned n)
{
    int                     fast, calm, shaky;
    unsigned                i;
    air_why_e               rest;
    const air_candidate_t  *c;

    fast = 0;
    calm = 0;

    rest = n && (key[0].place & AIR_ROUTE_RESTS) ? AIR_WHY_LAST_RESORT
                                                 : AIR_WHY_COOLING;

    for (i = 0; i < n; i++) {

        c = &rt->cand[key[i].index];

        if (key[i].place & AIR_ROUTE_RESTS) {
            key[i].why = rest;
            continue;
        }

        /* is somebody faster, or more stable, of the same kind in front? */

        if (i == 0 || air_route_class(&key[i]) != air_route_class(&key[i - 1]))
        {
            fast = !(key[i].place & AIR_ROUTE_SLOW);
        }

        if (i == 0 || air_route_block(&key[i]) != air_route_block(&key[i - 1]))
        {
            calm = 0;
        }

        shaky = (key[i].place & AIR_ROUTE_SHAKY) != 0;
        calm |= !shaky;

        if (c->state == AIR_STATE_PROBE) {
            key[i].why = AIR_WHY_PROBE;

        } else if (key[i].why == AIR_NWHY) {
            key[i].why = air_route_reasoned(rt, &key[i],
                                            fast && (key[i].place
                                                     & AIR_ROUTE_SLOW),
                                            calm && shaky);
        }

        if (!c->asked && (c->group == 0 || rt->all)) {
            rt->headed = 1;
        }
    }
}


/* Keys of the usable ones from work[0] on, of the others from work[n - 1]
   down; the number of usable ones. */
static unsigned
air_route_keys(const air_route_t *rt, air_route_key_t *work)
{
    unsigned   i, usable, out;
    air_why_e  why;

    usable = 0;
    out = rt->n;

    for (i = 0; i < rt->n; i++) {

        why = air_route_out(rt, &rt->cand[i]);

        if (why == AIR_NWHY) {
            air_route_key(rt, i, &work[usable++]);

        } else {
            out--;
            work[out].index = i;
            work[out].why = why;
        }
    }

    return usable;
}


/*
 * Who may serve a caller without fallbacks, as a mark in key->place: those
 * whom his order names, else the first that does not rest of the group that
 * stands first when rest does not count.
 */
static unsigned
air_route_only(const air_route_t *rt, air_route_key_t *key, unsigned n)
{
    unsigned                i, kept, one;
    uint64_t                block, best;
    const air_candidate_t  *c;

    kept = 0;
    best = UINT64_MAX;
    one = n;

    for (i = 0; i < n; i++) {

        c = &rt->cand[key[i].index];

        key[i].place = rt->prefs->norder && c->ordered;
        kept += (unsigned) key[i].place;

        block = (uint64_t) !c->asked << 32 | (uint64_t) c->rank << 16
                | (rt->all ? 0 : c->group);

        if (block < best) {
            best = block;
            one = i;
        }
    }

    if (rt->prefs->norder == 0 && one < n) {
        key[one].place = 1;
        kept = 1;
    }

    return kept;
}


static void
air_route_begin(air_route_t *rt, const air_candidate_t *cand, unsigned n,
    const air_wants_t *wants)
{
    unsigned  i;

    memset(rt, 0, sizeof(air_route_t));

    rt->cand = cand;
    rt->n = n;
    rt->wants = wants;
    rt->prefs = wants->prefs;
    rt->first = n;
    rt->soft = 1;
    rt->draws = 1;

    if (rt->prefs) {
        rt->sort = rt->prefs->sort_set;
        rt->all = rt->sort && rt->prefs->sort_all;
        rt->draws = !rt->sort && rt->prefs->norder == 0;
    }

    for (i = 0; i < n; i++) {

        if (cand[i].group == 0 || rt->all) {
            rt->first = rt->first == n ? i : rt->first;
            rt->members++;
        }

        rt->canaries |= cand[i].canary != 0;
    }
}


void
air_route_order(const air_candidate_t *cand, unsigned n,
    const air_wants_t *wants, air_route_key_t *work, air_choice_t *choice,
    unsigned *nusable, unsigned *nchoice)
{
    unsigned     i, k, usable, kept, out;
    air_route_t  rt;

    air_route_begin(&rt, cand, n, wants);

    usable = air_route_keys(&rt, work);

    if (usable == 0 && !wants->strict) {
        rt.soft = 0;
        usable = air_route_keys(&rt, work);
    }

    air_route_sort(work, usable);

    for (i = 0; i < usable && !(work[i].place & AIR_ROUTE_RESTS); i = k) {
        k = air_route_end(work, i, usable, AIR_ROUTE_GROUP);
        air_route_group(&rt, work + i, k - i, i == 0);
    }

    air_route_why(&rt, work, usable);

    kept = usable;

    if (rt.prefs && rt.prefs->no_fallbacks) {
        kept = air_route_only(&rt, work, usable);
    }

    for (i = 0, k = 0, out = kept; i < n; i++) {

        if (i < usable && (kept == usable || work[i].place)) {
            choice[k].id = cand[work[i].index].id;
            choice[k++].why = work[i].why;

        } else if (i < usable) {
            choice[out].id = cand[work[i].index].id;
            choice[out++].why = AIR_WHY_NO_FALLBACKS;

        } else {
            /* these were written from the end */
            choice[out].id = cand[work[n - 1 - (i - usable)].index].id;
            choice[out++].why = work[n - 1 - (i - usable)].why;
        }
    }

    *nusable = kept;
    *nchoice = n;
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
