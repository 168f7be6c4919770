
/*
 * The order of targets: groups, weights, prices, rest, needs, and the reason
 * each is given.
 */

#include "../../ngx_ai_router_module/core/air_route.h"
#include "tap.h"


#define MAX  16


static air_candidate_t  cand[MAX];
static air_choice_t     choice[MAX];
static unsigned         ncand, nusable, nchoice;


static air_candidate_t *
add(uint32_t id, uint16_t group, air_select_e select)
{
    air_candidate_t  *c;

    c = &cand[ncand++];
    memset(c, 0, sizeof(air_candidate_t));

    c->id = id;
    c->group = group;
    c->select = select;
    c->weight = 1;
    c->price = AIR_UNKNOWN;
    c->op_ok = 1;

    return c;
}


static void
order(uint32_t needs, uint64_t seed)
{
    air_route_order(cand, ncand, needs, seed, choice, &nusable, &nchoice);
}


/* "10:primary 11:fallback | 12:no_op" */
static void
want(const char *text, const char *name)
{
    char      got[512];
    size_t    n;
    unsigned  i;

    n = 0;
    got[0] = '\0';

    for (i = 0; i < nchoice; i++) {
        n += (size_t) snprintf(got + n, sizeof(got) - n, "%s%s%u:%s",
                               i == nusable ? "| " : "", "",
                               choice[i].id, air_route_reason(choice[i].why));
        n += (size_t) snprintf(got + n, sizeof(got) - n, "%s",
                               i + 1 < nchoice ? " " : "");
    }

    is_str(air_str_z(got), text, "%s", name);
    is(nchoice, ncand, "%s: everybody is there", name);

    ncand = 0;
}


static void
test_weights(void)
{
    unsigned  i, first[3], seen;

    memset(first, 0, sizeof(first));
    seen = 0;

    add(0, 0, AIR_SELECT_WEIGHTED)->weight = 1;
    add(1, 0, AIR_SELECT_WEIGHTED)->weight = 3;
    add(2, 0, AIR_SELECT_WEIGHTED)->weight = 6;

    for (i = 0; i < 10000; i++) {
        order(0, (uint64_t) i * 7919);
        first[choice[0].id]++;
        seen += choice[0].id + choice[1].id + choice[2].id == 3
                && choice[0].id != choice[1].id
                && choice[0].why == AIR_WHY_WEIGHT
                && choice[1].why == AIR_WHY_FALLBACK;
    }

    is(seen, 10000, "weights: each is tried once");
    ok(first[0] > 850 && first[0] < 1150, "weight 1: %u", first[0]);
    ok(first[1] > 2800 && first[1] < 3200, "weight 3: %u", first[1]);
    ok(first[2] > 5750 && first[2] < 6250, "weight 6: %u", first[2]);

    order(0, 42);
    i = choice[0].id * 9 + choice[1].id * 3 + choice[2].id;
    order(0, 42);
    is(choice[0].id * 9 + choice[1].id * 3 + choice[2].id, i,
       "the same seed gives the same order");

    ncand = 0;

    add(0, 0, AIR_SELECT_WEIGHTED)->weight = 0;
    add(1, 0, AIR_SELECT_WEIGHTED)->weight = 65535;
    order(0, 1);
    is(nusable, 2, "a weight of 0 counts as 1");
    ncand = 0;
}


int
main(void)
{
    add(10, 0, AIR_SELECT_ORDER);
    add(11, 0, AIR_SELECT_ORDER);
    add(12, 1, AIR_SELECT_ORDER);
    order(0, 0);
    want("10:primary 11:fallback 12:fallback", "as written");

    add(12, 1, AIR_SELECT_ORDER);
    add(10, 0, AIR_SELECT_ORDER);
    order(0, 0);
    want("10:primary 12:fallback", "groups in their order");

    add(10, 0, AIR_SELECT_PRICE)->price = 30;
    add(11, 0, AIR_SELECT_PRICE);
    add(12, 0, AIR_SELECT_PRICE)->price = 10;
    add(13, 0, AIR_SELECT_PRICE)->price = 30;
    order(0, 0);
    want("12:cheapest 10:fallback 13:fallback 11:fallback",
         "cheapest first, unknown last");

    add(10, 0, AIR_SELECT_ORDER)->state = AIR_STATE_COOLING;
    cand[0].reopen_ms = 500;
    add(11, 0, AIR_SELECT_ORDER)->state = AIR_STATE_COOLING;
    cand[1].reopen_ms = 200;
    add(12, 1, AIR_SELECT_ORDER);
    order(0, 0);
    want("12:fallback 11:cooling 10:cooling", "resting ones go behind");

    add(10, 0, AIR_SELECT_ORDER)->state = AIR_STATE_COOLING;
    cand[0].reopen_ms = 500;
    add(11, 1, AIR_SELECT_ORDER)->state = AIR_STATE_COOLING;
    cand[1].reopen_ms = 200;
    order(0, 0);
    want("11:last_resort 10:last_resort", "nobody is ever removed");

    add(10, 0, AIR_SELECT_ORDER)->state = AIR_STATE_PROBE;
    add(11, 0, AIR_SELECT_ORDER);
    order(0, 0);
    want("10:probe 11:fallback", "a probe goes in its place");

    add(10, 0, AIR_SELECT_ORDER);
    add(11, 1, AIR_SELECT_ORDER)->asked = 1;
    order(0, 0);
    want("11:asked 10:primary", "who is asked for goes first");

    add(10, 0, AIR_SELECT_ORDER);
    add(11, 1, AIR_SELECT_ORDER)->asked = 1;
    cand[1].state = AIR_STATE_COOLING;
    order(0, 0);
    want("10:primary 11:cooling", "but not while it rests");

    add(10, 0, AIR_SELECT_ORDER)->op_ok = 0;
    add(11, 0, AIR_SELECT_ORDER);
    order(0, 0);
    want("11:fallback | 10:no_op", "who cannot is left out");

    add(10, 0, AIR_SELECT_ORDER)->can_known = 3;
    cand[0].can = 1;
    add(11, 0, AIR_SELECT_ORDER)->can_known = 3;
    cand[1].can = 3;
    add(12, 0, AIR_SELECT_ORDER);
    order(2, 0);
    want("11:fallback 12:fallback | 10:needs", "known lacks leave out");

    add(10, 0, AIR_SELECT_ORDER)->can_known = 3;
    add(11, 0, AIR_SELECT_ORDER)->can_known = 3;
    add(12, 0, AIR_SELECT_ORDER)->op_ok = 0;
    order(2, 0);
    want("10:primary 11:fallback | 12:no_op", "but never all");

    order(0, 0);
    want("", "nobody at all");

    add(10, 0, AIR_SELECT_ORDER)->op_ok = 0;
    order(0, 0);
    is(nusable, 0, "nobody can");
    ncand = 0;

    test_weights();

    is_str(air_str_z(air_route_reason(AIR_NWHY)), "unknown", "past the last");
    is_str(air_str_z(air_route_reason(AIR_WHY_NOT_ASKED)), "not_asked",
           "the last");

    return done();
}
