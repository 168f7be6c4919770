
/*
 * The order of targets: groups, weights, prices, rest, needs, and the reason
 * each is given.
 */

#include "route.h"


static void
order(uint32_t needs, uint64_t ticket)
{
    air_wants_t  wants;

    memset(&wants, 0, sizeof(wants));
    wants.needs = needs;
    wants.ticket = ticket;

    order_wants(&wants);
}


static void
order_for(uint32_t needs, uint64_t input, uint64_t max_output, int strict)
{
    air_wants_t  wants;

    memset(&wants, 0, sizeof(wants));
    wants.needs = needs;
    wants.input = input;
    wants.max_output = max_output;
    wants.strict = strict;

    order_wants(&wants);
}


/* one more, of which so much is known */
static air_candidate_t *
able(uint32_t id, uint32_t can, uint32_t cannot)
{
    air_candidate_t  *c;

    c = add(id, 0, AIR_SELECT_ORDER);
    c->can.bits = can;
    c->can.known = can | cannot;

    return c;
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
        order(0, i);
        first[choice[0].id]++;
        seen += choice[0].id + choice[1].id + choice[2].id == 3
                && choice[0].id != choice[1].id
                && choice[0].why == AIR_WHY_WEIGHT
                && choice[1].why == AIR_WHY_FALLBACK;
    }

    is(seen, 10000, "weights: each is tried once");
    ok(first[0] >= 990 && first[0] <= 1010, "weight 1: %u", first[0]);
    ok(first[1] >= 2990 && first[1] <= 3010, "weight 3: %u", first[1]);
    ok(first[2] >= 5990 && first[2] <= 6010, "weight 6: %u", first[2]);

    order(0, 42);
    i = choice[0].id * 9 + choice[1].id * 3 + choice[2].id;
    order(0, 42);
    is(choice[0].id * 9 + choice[1].id * 3 + choice[2].id, i,
       "the same ticket gives the same order");

    ncand = 0;

    add(0, 0, AIR_SELECT_WEIGHTED)->weight = 0;
    add(1, 0, AIR_SELECT_WEIGHTED)->weight = 65535;
    order(0, 1);
    is(nusable, 2, "a weight of 0 counts as 1");
    ncand = 0;
}


/* each capability: the one who has it, the one who has not, the one of whom
   nobody knows; and nobody left */
static void
test_needs(void)
{
    int          hard;
    char         name[64];
    unsigned     i;
    uint32_t     bit;

    for (i = 0; i < AIR_NCAN; i++) {

        bit = (uint32_t) 1 << i;
        hard = (bit & AIR_CAN_HARD) != 0;

        able(10, 0, bit);
        able(11, bit, 0);
        able(12, 0, 0);
        order(bit, 0);
        snprintf(name, sizeof(name), "%s: known lacks leave out",
                 air_can_name(i));
        want("11:fallback 12:fallback | 10:needs", name);

        able(10, 0, bit);
        able(11, bit, 0);
        order(~bit, 0);
        snprintf(name, sizeof(name), "%s: but only what is needed",
                 air_can_name(i));
        want("10:primary 11:fallback", name);

        able(10, 0, bit);
        able(11, 0, bit);
        order(bit, 0);
        snprintf(name, sizeof(name), "%s: nobody has it", air_can_name(i));
        is(air_route_lacked(cand, ncand, bit), bit, "%s: which", name);
        want(hard ? "| 10:needs 11:needs" : "10:primary 11:fallback", name);

        able(10, 0, bit);
        able(11, 0, bit);
        order_for(bit, 0, 0, 1);
        snprintf(name, sizeof(name), "%s: nobody has it, and it is required",
                 air_can_name(i));
        want("| 10:needs 11:needs", name);
    }

    able(10, AIR_CAN_TOOLS, AIR_CAN_REASONING);
    able(11, AIR_CAN_REASONING, AIR_CAN_TOOLS);
    order(AIR_CAN_TOOLS|AIR_CAN_REASONING, 0);
    want("10:primary | 11:needs", "what can be done without goes first");

    able(10, AIR_CAN_TOOLS, AIR_CAN_VISION);
    able(11, AIR_CAN_VISION, AIR_CAN_TOOLS);
    is(air_route_lacked(cand, ncand, AIR_CAN_TOOLS|AIR_CAN_VISION),
       AIR_CAN_TOOLS|AIR_CAN_VISION, "one lacks this, one lacks that");
    able(12, 0, AIR_CAN_TOOLS)->op_ok = 0;
    is(air_route_lacked(cand, ncand, AIR_CAN_TOOLS), AIR_CAN_TOOLS,
       "who cannot at all has no say");
    ncand = 0;

    able(10, 0, AIR_CAN_TOOLS|AIR_CAN_VISION);
    able(11, AIR_CAN_VISION, AIR_CAN_TOOLS);
    is(air_route_lacked(cand, ncand, AIR_CAN_TOOLS|AIR_CAN_VISION),
       AIR_CAN_TOOLS, "what all lack");
    is(air_route_lacked(cand, ncand, 0), 0, "no needs, no lacks");
    ncand = 0;

    add(10, 0, AIR_SELECT_ORDER)->can.known = AIR_CAN_TOOLS;
    add(11, 0, AIR_SELECT_ORDER)->op_ok = 0;
    order(AIR_CAN_TOOLS, 0);
    want("| 10:needs 11:no_op", "each has its own reason");
}


static void
test_limits(void)
{
    add(10, 0, AIR_SELECT_ORDER)->can.context = 1000;
    add(11, 0, AIR_SELECT_ORDER)->can.context = 1001;
    add(12, 0, AIR_SELECT_ORDER);
    order_for(0, 1001, 0, 0);
    want("11:fallback 12:fallback | 10:context", "a window too small");

    add(10, 0, AIR_SELECT_ORDER)->can.context = 1000;
    order_for(0, 1001, 0, 0);
    want("| 10:context", "no window is large enough");

    add(10, 0, AIR_SELECT_ORDER)->can.context = 1000;
    order_for(0, 0, 0, 1);
    want("10:primary", "how much it is, nobody knows");

    add(10, 0, AIR_SELECT_ORDER)->can.max_output = 100;
    add(11, 0, AIR_SELECT_ORDER)->can.max_output = 200;
    add(12, 0, AIR_SELECT_ORDER);
    order_for(0, 0, 101, 0);
    want("11:fallback 12:fallback | 10:output", "no answer that long");

    add(10, 0, AIR_SELECT_ORDER)->can.max_output = 100;
    cand[0].fits = 1;
    add(11, 0, AIR_SELECT_ORDER);
    order_for(0, 0, 101, 0);
    want("10:primary 11:fallback", "but its limit can be lowered");

    add(10, 0, AIR_SELECT_ORDER)->can.max_output = 100;
    cand[0].fits = 1;
    add(11, 0, AIR_SELECT_ORDER);
    order_for(0, 0, 101, 1);
    want("11:fallback | 10:output", "not where parameters are required");

    add(10, 0, AIR_SELECT_ORDER)->can.max_output = 100;
    order_for(0, 0, 101, 0);
    want("10:primary", "nobody writes that much");

    add(10, 0, AIR_SELECT_ORDER)->can.max_output = 100;
    order_for(0, 0, 100, 1);
    want("10:primary", "just as much as asked for");
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

    order(0, 0);
    want("", "nobody at all");

    add(10, 0, AIR_SELECT_ORDER)->op_ok = 0;
    order(0, 0);
    is(nusable, 0, "nobody can");
    ncand = 0;

    test_weights();
    test_needs();
    test_limits();

    is_str(air_str_z(air_route_reason(AIR_NWHY)), "unknown", "past the last");
    is_str(air_str_z(air_route_reason(AIR_WHY_NOT_ASKED)), "not_asked",
           "not asked");
    is_str(air_str_z(air_route_reason(AIR_WHY_PARAMETERS)), "parameters",
           "the last");

    return done();
}
