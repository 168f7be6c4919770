
/*
 * Each rule of selection, each move and its reason, and the exact shares of
 * canaries, splits and draws.
 */

#include "route.h"


#define NOW  1700000000000


static air_wants_t  wants;
static air_prefs_t  prefs;


/* wants as of a caller who asks for nothing; withs: his preferences, empty */
static void
plain(void)
{
    memset(&wants, 0, sizeof(wants));
    memset(&prefs, 0, sizeof(prefs));

    prefs.max_prompt = AIR_UNKNOWN;
    prefs.max_completion = AIR_UNKNOWN;
    prefs.max_request = AIR_UNKNOWN;
    prefs.max_image = AIR_UNKNOWN;

    wants.now_ms = NOW;
}


static void
with(void)
{
    plain();
    wants.prefs = &prefs;
}


static void
with_sort(air_select_e sort, int all)
{
    with();
    prefs.sort = sort;
    prefs.sort_set = 1;
    prefs.sort_all = all;
}


static air_candidate_t *
fast(uint32_t id, uint32_t ms, uint32_t samples)
{
    air_candidate_t  *c;

    c = add(id, 0, AIR_SELECT_LATENCY);
    c->live.latency[AIR_P50] = ms;
    c->live.samples = samples;

    return c;
}


static air_candidate_t *
wide(uint32_t id, uint32_t rate)
{
    air_candidate_t  *c;

    c = add(id, 0, AIR_SELECT_THROUGHPUT);
    c->live.throughput[AIR_P50] = rate;
    c->live.samples = 100;

    return c;
}


static air_candidate_t *
good(uint32_t id, uint16_t quality, uint64_t price)
{
    air_candidate_t  *c;

    c = add(id, 0, AIR_SELECT_QUALITY);
    c->quality = quality;
    c->price = price;

    return c;
}


static air_candidate_t *
priced(uint32_t id, air_select_e select, uint64_t price)
{
    air_candidate_t  *c;

    c = add(id, 0, select);
    c->price = price;

    return c;
}


static void
decide(const char *text, const char *name)
{
    order_wants(&wants);
    want(text, name);
}


static void
test_rules(void)
{
    plain();

    fast(10, 300, 50);
    fast(11, 0, 50);
    fast(12, 100, 50);
    fast(13, 200, 50);
    decide("12:latency 13:fallback 10:fallback 11:fallback",
           "latency: soonest first, unknown last");

    fast(10, 103, 50)->live.inflight = 0;
    fast(11, 100, 50)->live.inflight = 3;
    fast(12, 105, 50)->live.inflight = 1;
    fast(13, 106, 50)->live.inflight = 0;
    decide("10:latency 12:fallback 11:fallback 13:fallback",
           "latency: within 5 % of the best the fewest in flight");

    fast(10, 400, 50)->live.inflight = 2;
    fast(11, 100, 50)->live.inflight = 9;
    fast(12, 410, 50)->live.inflight = 1;
    decide("11:latency 12:fallback 10:fallback",
           "latency: behind the best too");

    fast(10, 0, 50)->live.inflight = 2;
    fast(11, 0, 50)->live.inflight = 1;
    decide("11:latency 10:fallback", "latency: of unknown ones too");

    wide(10, 50000);
    wide(11, 0);
    wide(12, 90000);
    decide("12:throughput 10:fallback 11:fallback",
           "throughput: most first, unknown last");

    wide(10, 100000)->live.inflight = 2;
    wide(11, 95000)->live.inflight = 1;
    wide(12, 94999)->live.inflight = 0;
    decide("11:throughput 10:fallback 12:fallback",
           "throughput: within 5 % of the best the fewest in flight");

    good(10, 700, 5000000);
    good(11, 0, 1000000);
    good(12, 900, 9000000);
    good(13, 900, 3000000);
    decide("13:quality 12:fallback 10:fallback 11:fallback",
           "quality: best first, of equals the cheaper, unknown last");

    priced(10, AIR_SELECT_PRICE, 30)->live.inflight = 5;
    priced(11, AIR_SELECT_PRICE, 30)->live.inflight = 2;
    priced(12, AIR_SELECT_PRICE, 31);
    decide("11:cheapest 10:fallback 12:fallback",
           "price: of equals the fewest in flight");

    priced(10, AIR_SELECT_BALANCED, 100)->live.failed_ms = NOW - 29999;
    priced(11, AIR_SELECT_BALANCED, 900)->live.failed_ms = NOW - 30000;
    priced(12, AIR_SELECT_BALANCED, 100000);
    decide("11:balanced 12:fallback 10:unstable",
           "balanced: failed within 30 s goes behind");

    priced(10, AIR_SELECT_BALANCED, 100)->live.failed_ms = NOW;
    decide("10:primary", "unstable alone");

    priced(10, AIR_SELECT_BALANCED, 100)->live.failed_ms = NOW;
    priced(11, AIR_SELECT_BALANCED, AIR_UNKNOWN)->live.failed_ms = NOW;
    decide("10:balanced 11:fallback", "nobody is stable");

    priced(10, AIR_SELECT_PRICE, 100)->live.failed_ms = NOW;
    priced(11, AIR_SELECT_PRICE, 200);
    decide("10:cheapest 11:fallback", "other rules do not look at that");
}


static void
test_explore(void)
{
    unsigned  i, seen[3];

    plain();
    memset(seen, 0, sizeof(seen));

    fast(0, 100, 20);
    fast(1, 300, 19);
    fast(2, 0, 0);

    for (i = 0; i < 2000; i++) {
        wants.ticket = i;
        order_wants(&wants);
        seen[choice[0].id]++;

        if (choice[0].why != (choice[0].id ? AIR_WHY_EXPLORE
                                           : AIR_WHY_LATENCY)
            || choice[0].id > 2 * (i % 5 == 4)
            || (choice[0].id == 1 && i % 20 != 19))
        {
            break;
        }
    }

    is(i, 2000, "who is measured has that reason");
    is(seen[0], 1600, "4 of 5 go to the best while somebody is unknown");
    ok(seen[1] >= 33, "too few samples: %u of one in 20", seen[1]);
    ok(seen[2] >= 300, "no figure at all: %u", seen[2]);

    cand[2].live.latency[AIR_P50] = 400;
    memset(seen, 0, sizeof(seen));

    for (i = 0; i < 2000; i++) {
        wants.ticket = i;
        order_wants(&wants);
        seen[choice[0].id]++;
    }

    is(seen[0], 1900, "19 of 20 go to the best when all have figures");
    ok(seen[1] >= 33 && seen[2] >= 33, "nobody starves: %u, %u", seen[1],
       seen[2]);

    cand[1].live.samples = 20;
    cand[2].live.samples = 20;
    wants.ticket = 19;
    decide("0:latency 1:fallback 2:fallback", "enough samples");

    fast(10, 100, 3);
    fast(11, 300, 20);
    wants.ticket = 19;
    decide("10:latency 11:fallback", "the first is measured anyway");

    fast(10, 100, 20);
    fast(11, 0, 0);
    with_sort(AIR_SELECT_LATENCY, 0);
    wants.ticket = 19;
    decide("10:latency 11:fallback", "a caller's sort does not explore");

    plain();
    wants.ticket = 19;
    fast(10, 100, 20);
    fast(11, 0, 0)->state = AIR_STATE_COOLING;
    fast(12, 0, 0)->op_ok = 0;
    decide("10:latency 11:cooling | 12:no_op", "nor anybody who rests");
}


/* shares of 10,000 requests, from a ticket that is not the first */
static void
shares(unsigned n, unsigned *first)
{
    unsigned  i;

    memset(first, 0, n * sizeof(unsigned));

    for (i = 0; i < 10000; i++) {
        wants.ticket = 777777 + i;
        order_wants(&wants);
        first[choice[0].id]++;
    }
}


static void
near(unsigned got, unsigned share, const char *name)
{
    ok(got + 10 >= share && got <= share + 10, "%s: %u of %u", name, got,
       share);
}


static void
test_balanced(void)
{
    unsigned  first[4];

    plain();

    priced(0, AIR_SELECT_BALANCED, 1000000);
    priced(1, AIR_SELECT_BALANCED, 3000000);
    shares(2, first);
    near(first[0], 9000, "three times the price: nine times the requests");
    near(first[1], 1000, "and the other");

    cand[0].price = 1ull << 46;
    cand[1].price = 3ull << 46;
    shares(2, first);
    near(first[0], 9000, "prices that need more than 32 bits");

    priced(2, AIR_SELECT_BALANCED, AIR_UNKNOWN);
    shares(3, first);
    near(first[0], 8182, "9 of 11");
    near(first[1], 909, "1 of 11");
    near(first[2], 909, "an unknown price counts as the dearest");

    cand[0].price = cand[1].price = AIR_UNKNOWN;
    shares(3, first);
    near(first[0], 3333, "nobody knows a price");

    cand[1].price = 0;
    cand[2].price = 5;
    shares(3, first);
    is(first[1], 10000, "free ones take all");
    decide("1:balanced 2:fallback 0:fallback", "the rest: cheapest first");
}


static void
test_canary(void)
{
    unsigned  i, k, n, first[4], run;
    uint64_t  state;

    plain();

    priced(0, AIR_SELECT_WEIGHTED, 0)->weight = 3;
    priced(1, AIR_SELECT_WEIGHTED, 0)->weight = 1;
    priced(2, AIR_SELECT_WEIGHTED, 0)->canary = 500;
    shares(3, first);
    is(first[2], 500, "canary=5%% of 10,000");
    near(first[0], 7125, "the others share the rest by weight");
    near(first[1], 2375, "and");

    wants.ticket = 18;
    order_wants(&wants);
    ok(choice[0].id != 2 && choice[2].id == 2
       && choice[2].why == AIR_WHY_FALLBACK,
       "request 19 is not: then it stands last");

    wants.ticket = 19;
    order_wants(&wants);
    ok(choice[0].id == 2 && choice[0].why == AIR_WHY_CANARY
       && choice[1].why == AIR_WHY_FALLBACK, "the 20th is the canary's");

    cand[2].state = AIR_STATE_COOLING;
    order_wants(&wants);
    ok(choice[0].id != 2 && choice[2].why == AIR_WHY_COOLING,
       "a resting canary gets nothing");
    ncand = 0;

    /* several, any shares: exact over each 10,000 */

    state = 0x5eed;

    for (k = 0; k < 20; k++) {

        priced(0, AIR_SELECT_ORDER, 0);

        for (i = 1, n = 10000; i < 4; i++) {
            state = state * 6364136223846793005 + 1442695040888963407;
            cand[ncand].canary = 0;
            priced(i, AIR_SELECT_ORDER, 0)->canary
                = 1 + (uint16_t) ((state >> 40) % (n / 2));
            n -= cand[i].canary;
        }

        memset(first, 0, sizeof(first));

        for (i = 0; i < 10000; i++) {
            wants.ticket = k * 10000 + i;
            order_wants(&wants);
            first[choice[0].id]++;
        }

        ok(first[1] == cand[1].canary && first[2] == cand[2].canary
           && first[3] == cand[3].canary && first[0] == n,
           "canaries of %u, %u, %u: exact", cand[1].canary, cand[2].canary,
           cand[3].canary);
        ncand = 0;
    }

    /* all of them */

    priced(0, AIR_SELECT_ORDER, 0);
    priced(1, AIR_SELECT_ORDER, 0)->canary = 10000;
    shares(2, first);
    is(first[1], 10000, "canary=100%%");
    ncand = 0;

    /* one of 20, evenly */

    priced(0, AIR_SELECT_ORDER, 0);
    priced(1, AIR_SELECT_ORDER, 0)->canary = 500;

    for (i = 0, run = 0, n = 0; i < 1000; i++) {
        wants.ticket = i;
        order_wants(&wants);
        run = choice[0].id ? 0 : run + 1;
        n = run > n ? run : n;
    }

    is(n, 19, "never more than 19 others in a row");

    with_sort(AIR_SELECT_ORDER, 0);
    wants.ticket = 19;
    decide("0:primary 1:fallback", "a caller's sort turns it off");

    plain();
    wants.ticket = 19;
    priced(0, AIR_SELECT_LATENCY, 0);
    priced(1, AIR_SELECT_LATENCY, 0)->canary = 500;
    decide("1:canary 0:fallback", "with any rule");
}


static void
test_split(void)
{
    char      text[16];
    unsigned  i, same, first[3], home, moved, kept;
    uint64_t  hash;

    plain();

    priced(0, AIR_SELECT_WEIGHTED, 0)->weight = 1;
    priced(1, AIR_SELECT_WEIGHTED, 0)->weight = 3;
    priced(2, AIR_SELECT_WEIGHTED, 0)->canary = 2000;

    memset(first, 0, sizeof(first));
    same = 0;
    moved = 0;
    kept = 0;

    for (i = 0; i < 10000; i++) {

        snprintf(text, sizeof(text), "user-%u", i);
        hash = air_route_hash(air_str_z(text));
        cand[0].split = cand[1].split = cand[2].split = hash;

        wants.ticket = i;
        order_wants(&wants);
        home = choice[0].id;
        first[home]++;

        wants.ticket = i + 31337;
        order_wants(&wants);
        same += choice[0].id == home && choice[0].why == AIR_WHY_SPLIT
                && choice[1].id == (home + 1) % 3
                && choice[2].id == (home + 2) % 3;

        cand[1].state = AIR_STATE_COOLING;
        order_wants(&wants);
        moved += home == 1 && choice[0].id == 2;
        kept += home != 1 && choice[0].id == home;
        cand[1].state = AIR_STATE_UP;
    }

    is(same, 10000, "the same value, the same order, whatever the ticket");
    is(moved, first[1], "a down member falls to the next");
    is(kept, first[0] + first[2], "and nobody else moves");
    ok(first[2] > 1900 && first[2] < 2100, "canary 20 %%: %u", first[2]);
    ok(first[0] > 1900 && first[0] < 2100, "weight 1 of 4: %u", first[0]);
    ok(first[1] > 5850 && first[1] < 6150, "weight 3 of 4: %u", first[1]);
    ncand = 0;

    priced(0, AIR_SELECT_WEIGHTED, 0)->split = 1;
    priced(1, AIR_SELECT_WEIGHTED, 0)->split = 1;
    order_wants(&wants);
    home = choice[0].id;
    cand[home].op_ok = 0;
    order_wants(&wants);
    ok(nusable == 1 && choice[0].id == 1 - home
       && choice[0].why == AIR_WHY_SPLIT, "home cannot: the next");
    ncand = 0;

    is(air_route_hash(air_str_z("a")), 0x5f29c2aadd9b8527,
       "a hash is the same for ever");
}


static void
test_sort(void)
{
    with_sort(AIR_SELECT_PRICE, 0);
    priced(10, AIR_SELECT_WEIGHTED, 30);
    priced(11, AIR_SELECT_WEIGHTED, 20);
    priced(12, AIR_SELECT_WEIGHTED, 10)->group = 1;
    decide("11:cheapest 10:fallback 12:fallback", "sort, in its group");

    with_sort(AIR_SELECT_PRICE, 1);
    priced(10, AIR_SELECT_WEIGHTED, 30);
    priced(11, AIR_SELECT_WEIGHTED, 20);
    priced(12, AIR_SELECT_WEIGHTED, 10)->group = 1;
    decide("12:cheapest 11:fallback 10:fallback", "sort, over all");

    with_sort(AIR_SELECT_LATENCY, 1);
    fast(10, 300, 50);
    fast(11, 200, 50)->asked = 1;
    fast(12, 100, 50)->group = 2;
    cand[0].asked = 1;
    decide("11:asked 10:asked 12:latency", "but who is asked for stays first");

    with();
    priced(10, AIR_SELECT_WEIGHTED, 30)->rank = 2;
    priced(11, AIR_SELECT_WEIGHTED, 20)->rank = 1;
    priced(12, AIR_SELECT_WEIGHTED, 10)->group = 1;
    cand[1].ordered = 1;
    cand[2].ordered = 1;
    prefs.norder = 2;
    decide("12:ordered 11:ordered 10:fallback", "the caller's order");

    with();
    prefs.norder = 1;
    priced(10, AIR_SELECT_BALANCED, 30);
    priced(11, AIR_SELECT_BALANCED, 20);
    wants.ticket = 12345;
    decide("11:cheapest 10:fallback", "with an order nothing is drawn");
}


static void
test_fallbacks(void)
{
    with();
    prefs.no_fallbacks = 1;
    add(10, 0, AIR_SELECT_ORDER);
    add(11, 0, AIR_SELECT_ORDER);
    add(12, 1, AIR_SELECT_ORDER)->op_ok = 0;
    decide("10:primary | 11:no_fallbacks 12:no_op", "only the first");

    add(10, 0, AIR_SELECT_ORDER)->state = AIR_STATE_COOLING;
    add(11, 1, AIR_SELECT_ORDER);
    decide("10:cooling | 11:no_fallbacks", "even when it rests");

    add(10, 0, AIR_SELECT_ORDER)->state = AIR_STATE_COOLING;
    add(11, 0, AIR_SELECT_ORDER);
    add(12, 1, AIR_SELECT_ORDER)->asked = 1;
    decide("12:asked | 11:no_fallbacks 10:no_fallbacks", "who is asked for");

    prefs.norder = 2;
    add(10, 0, AIR_SELECT_ORDER);
    add(11, 0, AIR_SELECT_ORDER)->ordered = 1;
    add(12, 1, AIR_SELECT_ORDER)->ordered = 1;
    cand[0].rank = 2;
    cand[1].rank = 1;
    decide("12:ordered 11:ordered | 10:no_fallbacks", "those of his order");

    add(10, 0, AIR_SELECT_ORDER);
    decide("| 10:no_fallbacks", "none of his order is here");
}


static void
test_ceilings(void)
{
    air_candidate_t  *c;

    with();
    prefs.max_prompt = 3;
    c = add(10, 0, AIR_SELECT_ORDER);
    c->rate_in = 3;
    c = add(11, 0, AIR_SELECT_ORDER);
    c->rate_in = 4;
    add(12, 0, AIR_SELECT_ORDER);
    add(13, 0, AIR_SELECT_ORDER)->rate_in = 0;
    decide("10:primary 13:fallback | 11:max_price 12:max_price",
           "max_price prompt; an unknown price is too dear");

    with();
    prefs.max_completion = 3;
    add(10, 0, AIR_SELECT_ORDER)->rate_out = 3;
    add(11, 0, AIR_SELECT_ORDER)->rate_out = 4;
    add(12, 0, AIR_SELECT_ORDER);
    decide("10:primary | 11:max_price 12:max_price", "max_price completion");

    with();
    prefs.max_request = 0;
    add(10, 0, AIR_SELECT_ORDER)->fee = 0;
    add(11, 0, AIR_SELECT_ORDER)->fee = 1;
    add(12, 0, AIR_SELECT_ORDER);
    decide("10:primary | 11:max_price 12:max_price", "max_price request");

    add(12, 0, AIR_SELECT_ORDER);
    decide("| 12:max_price", "and nobody is left");

    plain();
    add(10, 0, AIR_SELECT_ORDER)->out = AIR_WHY_REGION;
    add(11, 0, AIR_SELECT_ORDER);
    decide("11:fallback | 10:region", "left out by others");
}


static void
test_slow(void)
{
    unsigned  i;

    for (i = 0; i < AIR_NPERCENTILE; i++) {

        with();
        prefs.max_latency[i] = 200;
        add(10, 0, AIR_SELECT_ORDER)->live.latency[i] = 201;
        add(11, 0, AIR_SELECT_ORDER)->live.latency[i] = 200;
        add(12, 1, AIR_SELECT_ORDER);
        decide("11:fallback 12:fallback 10:slow", "slow goes behind, unknown "
               "does not");

        with();
        prefs.min_throughput[i] = 200;
        add(10, 0, AIR_SELECT_ORDER)->live.throughput[i] = 199;
        add(11, 0, AIR_SELECT_ORDER)->live.throughput[i] = 200;
        add(12, 1, AIR_SELECT_ORDER);
        decide("11:fallback 12:fallback 10:slow", "the same of throughput");
    }

    with();
    prefs.max_latency[AIR_P50] = 1;
    fast(10, 300, 50);
    fast(11, 200, 50);
    decide("11:latency 10:fallback", "all are slow: nobody was moved");

    fast(10, 300, 50)->asked = 1;
    fast(11, 1, 50)->asked = 1;
    fast(12, 1, 50);
    decide("11:asked 10:slow 12:latency", "among those asked for");

    fast(10, 300, 50);
    fast(11, 1, 50)->rank = 1;
    decide("10:latency 11:fallback", "the caller's lists go before");
}


static void
test_sticky(void)
{
    plain();
    priced(10, AIR_SELECT_PRICE, 10);
    priced(11, AIR_SELECT_PRICE, 20)->sticky = 1;
    decide("11:sticky 10:fallback", "sticky goes first in its group");

    priced(10, AIR_SELECT_PRICE, 10);
    priced(11, AIR_SELECT_PRICE, 20)->sticky = 1;
    cand[1].group = 1;
    decide("10:primary 11:sticky", "but not before another group");

    priced(10, AIR_SELECT_PRICE, 10);
    priced(11, AIR_SELECT_PRICE, 20)->sticky = 1;
    cand[1].live.failed_ms = NOW;
    decide("10:cheapest 11:fallback", "not when it failed of late");

    priced(10, AIR_SELECT_PRICE, 10);
    priced(11, AIR_SELECT_PRICE, 20)->sticky = 1;
    cand[1].state = AIR_STATE_COOLING;
    decide("10:cheapest 11:cooling", "not when it rests");

    priced(10, AIR_SELECT_PRICE, 10);
    priced(11, AIR_SELECT_PRICE, 20)->sticky = 1;
    cand[1].state = AIR_STATE_PROBE;
    decide("10:cheapest 11:probe", "not when it only tries");

    wants.ticket = 0;
    priced(10, AIR_SELECT_ORDER, 0)->canary = 10000;
    priced(11, AIR_SELECT_ORDER, 0)->sticky = 1;
    decide("11:sticky 10:fallback", "it goes before a canary");

    priced(10, AIR_SELECT_ORDER, 0);
    priced(11, AIR_SELECT_ORDER, 0)->sticky = 1;
    with();
    prefs.norder = 1;
    decide("10:primary 11:fallback", "not when the caller gave an order");
}


/* ---- whatever comes ---------------------------------------------------- */

#define SEED    20261122
#define ROUNDS  30000

static uint64_t  seed = SEED;


static unsigned
any(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;

    return (unsigned) (seed >> 20) % n;
}


static void
anything(void)
{
    unsigned          i, n, groups;
    uint64_t          split[5];
    air_select_e      select[5];
    air_candidate_t  *c;

    ncand = 0;
    n = any(10) ? any(40) : any(MAX + 1);
    groups = 1 + any(5);

    for (i = 0; i < 5; i++) {
        select[i] = any(7);
        split[i] = any(4) ? 0 : any(1000000);
    }

    for (i = 0; i < n; i++) {

        c = add(i, (uint16_t) any(groups), 0);
        c->select = select[c->group];
        c->split = split[c->group];
        c->weight = (uint16_t) any(10);
        c->state = any(4) ? AIR_STATE_UP : any(3);
        c->reopen_ms = any(5) * 1000;
        c->price = any(5) ? any(100) : AIR_UNKNOWN;
        c->rate_in = c->price;
        c->can.bits = any(2) ? AIR_CAN_TOOLS : 0;
        c->can.known = any(4) ? 0 : AIR_CAN_TOOLS|AIR_CAN_SCHEMA;
        c->live.latency[AIR_P50] = any(1000);
        c->live.throughput[AIR_P50] = any(1000);
        c->live.samples = any(30);
        c->live.inflight = any(4);
        c->live.failed_ms = any(5) ? 0 : NOW - any(60000);
        c->rank = (uint16_t) (any(3) ? 0 : any(3));
        c->quality = (uint16_t) any(1001);
        c->canary = any(8) ? 0 : (uint16_t) any(3000);
        c->out = any(12) ? 0 : AIR_WHY_REGION;
        c->op_ok = any(12) != 0;
        c->asked = any(8) == 0;
        c->ordered = any(4) == 0;
        c->sticky = any(6) == 0;
    }

    with();

    prefs.sort = any(7);
    prefs.sort_set = any(4) == 0;
    prefs.sort_all = any(2);
    prefs.norder = any(4) ? 0 : 2;
    prefs.no_fallbacks = any(6) == 0;
    prefs.max_prompt = any(6) ? AIR_UNKNOWN : any(100);
    prefs.max_latency[AIR_P50] = any(4) ? 0 : any(1000);

    wants.prefs = any(3) ? &prefs : NULL;
    wants.ticket = any(100000);
    wants.needs = any(3) ? 0 : AIR_CAN_TOOLS|AIR_CAN_SCHEMA;
    wants.strict = any(4) == 0;
}


/* 0, or what does not hold */
static const char *
broken(void)
{
    int                     resting;
    char                    seen[MAX];
    unsigned                i, able;
    const air_candidate_t  *c, *last;

    memset(seen, 0, sizeof(seen));
    resting = 0;
    able = 0;
    last = NULL;

    for (i = 0; i < nchoice; i++) {

        c = &cand[choice[i].id];

        if (seen[choice[i].id]++) {
            return "somebody is there twice";
        }

        if (i >= nusable) {

            if (choice[i].why != AIR_WHY_REGION
                && choice[i].why != AIR_WHY_NO_OP
                && choice[i].why != AIR_WHY_NEEDS
                && choice[i].why != AIR_WHY_MAX_PRICE
                && choice[i].why != AIR_WHY_NO_FALLBACKS)
            {
                return "left out for no reason";
            }

            able += c->op_ok && !c->out && wants.prefs == NULL
                    && !air_can_lacks(&c->can, wants.needs);
            continue;
        }

        if (!c->op_ok || c->out) {
            return "who is left out is there";
        }

        if (resting && c->state != AIR_STATE_COOLING) {
            return "who is up stands behind who rests";
        }

        resting |= c->state == AIR_STATE_COOLING;

        if (last && !resting && !last->asked && c->asked) {
            return "who is asked for stands behind";
        }

        if (last && !resting && last->asked == c->asked
            && last->rank > c->rank)
        {
            return "the caller's rank does not hold";
        }

        if (last && !resting && wants.prefs == NULL && last->asked == c->asked
            && last->rank == c->rank && last->group > c->group)
        {
            return "groups do not stand in their order";
        }

        last = c;
    }

    if (able) {
        return "somebody is left out who could";
    }

    return nchoice == ncand ? NULL : "somebody is missing";
}


static void
test_anything(void)
{
    unsigned       i, k, usable;
    const char    *what;
    air_choice_t   before[MAX];

    printf("# seed %u\n", SEED);

    what = NULL;

    for (i = 0; i < ROUNDS && what == NULL; i++) {

        anything();
        order_wants(&wants);
        what = broken();

        memcpy(before, choice, sizeof(before));
        usable = nusable;
        order_wants(&wants);

        for (k = 0; k < nchoice && usable == nusable; k++) {
            if (before[k].id != choice[k].id
                || before[k].why != choice[k].why)
            {
                what = "the same gives something else";
            }
        }
    }

    ok(what == NULL, "anything at all, round %u: %s", i,
       what ? what : "as it must be");

    ncand = 0;
}


int
main(void)
{
    test_anything();
    test_rules();
    test_explore();
    test_balanced();
    test_canary();
    test_split();
    test_sort();
    test_fallbacks();
    test_ceilings();
    test_slow();
    test_sticky();

    return done();
}
