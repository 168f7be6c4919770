
/*
 * Who goes first in a group: by a split's value, by its cache, as a canary, by
 * a draw.  Draws are functions of the request's ticket.
 */

#include "air_route_pick.h"
#include "air_draw.h"


#define AIR_ROUTE_DRAWS    16     /* places that are drawn; the others stay
                                     as written                             */

/* x of 2^64 as a part of sum */
static uint64_t
air_route_part(uint64_t x, uint64_t sum)
{
    return (uint64_t) (((unsigned __int128) x * sum) >> 64);
}


uint64_t
air_route_hash(air_str_t value)
{
    size_t    i;
    uint64_t  h;

    h = 14695981039346656037ull;

    for (i = 0; i < value.len; i++) {
        h = (h ^ value.data[i]) * 1099511628211;
    }

    h = air_mix(h);

    return h ? h : 1;
}


static int
air_route_before(const air_route_key_t *a, const air_route_key_t *b)
{
    if (a->place != b->place) {
        return a->place < b->place;
    }

    if (a->value != b->value) {
        return a->value < b->value;
    }

    if (a->load != b->load) {
        return a->load < b->load;
    }

    return a->index < b->index;
}


/* Shell's sort with Ciura's gaps: in place, and nearly linear for what is
   nearly in order, as configurations are. */
void
air_route_sort(air_route_key_t *key, unsigned n)
{
    unsigned         i, k, g, gap;
    air_route_key_t  x;

    static const unsigned  gaps[] = { 301, 132, 57, 23, 10, 4, 1 };

    for (g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++) {

        gap = gaps[g];

        for (i = gap; i < n; i++) {

            if (!air_route_before(&key[i], &key[i - gap])) {
                continue;
            }

            x = key[i];

            for (k = i; k >= gap && air_route_before(&x, &key[k - gap]);
                 k -= gap)
            {
                key[k] = key[k - gap];
            }

            key[k] = x;
        }
    }
}


static void
air_route_to_front(air_route_key_t *key, unsigned k, air_why_e why)
{
    air_route_key_t  x;

    x = key[k];
    x.why = why;

    memmove(key + 1, key, k * sizeof(air_route_key_t));
    key[0] = x;
}


/* Of a run sorted by latency or throughput: those within 5 % of the best go
   by what they have in flight, then the next best and those near it. */
static void
air_route_near(air_route_key_t *key, unsigned n, int throughput)
{
    unsigned  i, k, j;
    uint64_t  place, best, limit;

    for (i = 0; i < n && key[i].value != UINT64_MAX; i = k) {

        best = throughput ? UINT32_MAX - key[i].value : key[i].value;
        limit = key[i].value + best / 20;
        place = key[i].place;

        for (k = i; k < n && key[k].value <= limit; k++) {
            key[k].place = key[k].load;
        }

        air_route_sort(key + i, k - i);

        for (j = i; j < k; j++) {
            key[j].place = place;
        }
    }
}


/* Draws the order of a run by key->weight; x is the first draw. */
static void
air_route_draw(air_route_key_t *key, unsigned n, unsigned draws, uint64_t x)
{
    unsigned   i, k;
    uint64_t   sum, r;
    air_why_e  why;

    sum = 0;

    for (i = 0; i < n; i++) {
        sum += key[i].weight;
    }

    for (i = 0; i + 1 < n && i < draws; i++) {

        r = air_route_part(x, sum);

        for (k = i; k + 1 < n && r >= key[k].weight; k++) {
            r -= key[k].weight;
        }

        sum -= key[k].weight;
        why = key[k].why;
        air_route_to_front(key + i, k - i, why);

        x = air_mix(x);
    }
}


/* 1 / price^2 as weights of a run sorted by price. */
static void
air_route_balance(const air_route_t *rt, air_route_key_t *key, unsigned n)
{
    unsigned  i, shift;
    uint64_t  least, most, price, r;

    least = rt->cand[key[0].index].price;
    most = least;

    for (i = 0; i < n && rt->cand[key[i].index].price != AIR_UNKNOWN; i++) {
        most = rt->cand[key[i].index].price;
    }

    for (shift = 0; least >> shift >= (uint64_t) 1 << 32; shift++) {
        /* void */
    }

    for (i = 0; i < n; i++) {

        price = rt->cand[key[i].index].price;
        price = price == AIR_UNKNOWN ? most : price;

        if (price == least) {
            key[i].weight = (uint32_t) 1 << 31;
            continue;
        }

        r = ((least >> shift) << 31) / (price >> shift);
        key[i].weight = (uint32_t) ((r * r) >> 31);
    }
}


/* how many of n requests are a share's, counted in "of"ths */
static uint64_t
air_route_share(uint64_t n, unsigned share, unsigned of)
{
    return n / of * share + n % of * share / of;
}


/*
 * The canary of a group that the ticket is for, or rt->n; then *ticket becomes
 * the request's number among those that are no canary's.  Of the requests that
 * are, each canary takes its part in the same way.
 */
static unsigned
air_route_canary(const air_route_t *rt, unsigned group, uint64_t *ticket)
{
    unsigned                i, total;
    uint64_t                k, q;
    const air_candidate_t  *c;

    total = 0;

    for (i = 0; i < rt->n; i++) {
        if (rt->cand[i].group == group) {
            total += rt->cand[i].canary;
        }
    }

    if (total == 0) {
        return rt->n;
    }

    total = total < AIR_ROUTE_SHARE ? total : AIR_ROUTE_SHARE;
    k = air_route_share(*ticket, total, AIR_ROUTE_SHARE);

    if (air_route_share(*ticket + 1, total, AIR_ROUTE_SHARE) == k) {
        *ticket -= k;
        return rt->n;
    }

    for (i = 0; i < rt->n; i++) {

        c = &rt->cand[i];

        if (c->group != group || c->canary == 0) {
            continue;
        }

        if (c->canary >= total) {
            break;
        }

        q = air_route_share(k, c->canary, total);

        if (air_route_share(k + 1, c->canary, total) != q) {
            break;
        }

        k -= q;
        total -= c->canary;
    }

    return i;
}


/* The member of a group where a split's value belongs, usable or not: first
   the shares of canaries, then weights. */
static unsigned
air_route_split(const air_route_t *rt, const air_candidate_t *of)
{
    unsigned                i;
    uint64_t                p, r, w, sum;
    const air_candidate_t  *c;

    p = air_route_part(of->split, AIR_ROUTE_SHARE);
    sum = 0;

    for (i = 0; i < rt->n; i++) {

        c = &rt->cand[i];

        if (c->group != of->group) {
            continue;
        }

        if (c->canary == 0) {
            sum += c->weight ? c->weight : 1;

        } else if (p < c->canary) {
            return i;

        } else {
            p -= c->canary;
        }
    }

    r = air_route_part(air_mix(of->split), sum);

    for (i = 0; i < rt->n; i++) {

        c = &rt->cand[i];

        if (c->group != of->group || c->canary) {
            continue;
        }

        w = c->weight ? c->weight : 1;

        if (r < w) {
            break;
        }

        r -= w;
    }

    return i < rt->n ? i : 0;
}


/* Orders a split group: the value's member, then as written from there on,
   round the list. */
static void
air_route_split_run(const air_route_t *rt, air_route_key_t *key, unsigned n)
{
    unsigned  i, home;
    uint64_t  place;

    place = air_route_block(&key[0]) << AIR_ROUTE_GROUP;
    home = air_route_split(rt, &rt->cand[key[0].index]);

    for (i = 0; i < n; i++) {
        key[i].place = (key[i].index + rt->n - home) % rt->n;
    }

    air_route_sort(key, n);

    for (i = 0; i < n; i++) {
        key[i].place = place;
    }

    key[0].why = AIR_WHY_SPLIT;
}


/*
 * Of a run the one that should be measured by this ticket, or n: one ticket of
 * AIR_ROUTE_EXPLORE is for whom was measured too seldom, and one of
 * AIR_ROUTE_UNSEEN for whom nothing is known of.  Who is next goes round the
 * list; the first of the run is measured anyway.
 */
static unsigned
air_route_explore(const air_route_t *rt, const air_route_key_t *key,
    unsigned n, uint64_t ticket)
{
    int       unseen;
    unsigned  i, k, far, least, start;

    if (ticket % AIR_ROUTE_UNSEEN != AIR_ROUTE_UNSEEN - 1) {
        return n;
    }

    unseen = ticket % AIR_ROUTE_EXPLORE != AIR_ROUTE_EXPLORE - 1;
    start = (unsigned) (ticket / AIR_ROUTE_UNSEEN % rt->n);
    least = rt->n;
    k = n;

    for (i = 1; i < n; i++) {

        if (rt->cand[key[i].index].live.samples >= AIR_LIVE_ENOUGH
            || (unseen && key[i].value != UINT64_MAX))
        {
            continue;
        }

        far = (key[i].index + rt->n - start) % rt->n;

        if (far < least) {
            least = far;
            k = i;
        }
    }

    return k;
}


/* Draws the first run of a group; first: it stands before all others. */
static void
air_route_balanced(const air_route_t *rt, air_route_key_t *key, unsigned n,
    uint64_t ticket, int first)
{
    unsigned      i;
    uint64_t      x, weight;
    air_select_e  rule;

    rule = air_route_rule(rt, &rt->cand[key[0].index]);

    /* the first of all in a sequence that is evenly spread; what stands
       behind it must not depend on that */

    x = ticket * AIR_GOLDEN;

    if (!first) {
        x = air_mix(x + rt->cand[key[0].index].group);
    }

    if (rule == AIR_SELECT_WEIGHTED) {

        for (i = 0; i < n; i++) {
            weight = rt->cand[key[i].index].weight;
            key[i].weight = weight ? (uint32_t) weight : 1;
        }

        air_route_draw(key, n, AIR_ROUTE_DRAWS, x);

    } else if (rule == AIR_SELECT_BALANCED) {
        air_route_balance(rt, key, n);
        air_route_draw(key, n, 1, x);

    } else if (rule == AIR_SELECT_LATENCY || rule == AIR_SELECT_THROUGHPUT) {

        i = air_route_explore(rt, key, n, ticket);

        if (i < n) {
            air_route_to_front(key, i, AIR_WHY_EXPLORE);
        }
    }
}


void
air_route_group(const air_route_t *rt, air_route_key_t *key, unsigned n,
    int first)
{
    unsigned                i, k, canary;
    uint64_t                ticket;
    air_select_e            rule;
    const air_candidate_t  *c;

    c = &rt->cand[key[0].index];
    rule = air_route_rule(rt, c);

    if (air_route_splits(rt, c)) {
        air_route_split_run(rt, key, n);
        return;
    }

    ticket = rt->wants->ticket;
    canary = rt->n;

    if (rt->canaries && rt->draws) {
        canary = air_route_canary(rt, c->group, &ticket);
    }

    for (i = 0; i < n; i = k) {
        k = air_route_end(key, i, n, 0);

        if (rule == AIR_SELECT_LATENCY || rule == AIR_SELECT_THROUGHPUT) {
            air_route_near(key + i, k - i, rule == AIR_SELECT_THROUGHPUT);
        }

        if (rt->draws && i == 0 && k > 1) {
            air_route_balanced(rt, key, k, ticket, first);
        }
    }

    for (i = 0; canary < rt->n && i < n; i++) {
        if (key[i].index == canary) {
            air_route_to_front(key, i, AIR_WHY_CANARY);
            break;
        }
    }

    if (rt->prefs && rt->prefs->norder) {
        return;
    }

    for (i = 0; i < n; i++) {

        c = &rt->cand[key[i].index];

        if (c->sticky && c->state == AIR_STATE_UP
            && !air_route_shaky(rt, c))
        {
            key[0].why = AIR_NWHY;
            air_route_to_front(key, i, AIR_WHY_STICKY);
            break;
        }
    }
}
