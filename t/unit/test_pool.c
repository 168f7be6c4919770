
/*
 * Whose turn it is among a vendor's keys: shares over any run of turns, with
 * some of them at rest.
 */

#include "../../ngx_ai_router_module/core/air_pool.h"
#include "tap.h"


#define TURNS  1000


/* Counts who gets the turns from first on. */
static void
turns(const uint8_t *weight, unsigned n, uint32_t usable, uint64_t first,
    unsigned *got)
{
    int       k;
    unsigned  i;

    memset(got, 0, AIR_POOL_KEYS * sizeof(unsigned));

    for (i = 0; i < TURNS; i++) {
        k = air_pool_pick(weight, n, usable, first + i);

        if (k < 0 || !(usable & ((uint32_t) 1 << k))) {
            ok(0, "turn %u went to %d", i, k);
            return;
        }

        got[k]++;
    }
}


int
main(void)
{
    int       a, b;
    unsigned  i, got[AIR_POOL_KEYS], run, longest;

    static const uint8_t  equal[4] = { 7, 7, 7, 7 };
    static const uint8_t  odd[3] = { 5, 2, 3 };
    uint8_t               all[AIR_POOL_KEYS];

    is(air_pool_pick(equal, 4, 0, 0), -1, "nobody is usable");
    is(air_pool_pick(equal, 4, 8, 12345), 3, "only one is");

    for (i = 0; i < 8; i++) {
        is(air_pool_pick(equal, 4, 15, i), i % 4, "round robin");
    }

    a = air_pool_pick(equal, 4, 5, 0);
    b = air_pool_pick(equal, 4, 5, 1);
    ok(a != b && a + b == 2, "round robin of those that are left");

    turns(odd, 3, 7, UINT64_MAX - TURNS / 2, got);
    ok(got[0] >= 498 && got[0] <= 502, "5 of 10: %u", got[0]);
    ok(got[1] >= 198 && got[1] <= 202, "2 of 10: %u", got[1]);
    ok(got[2] >= 298 && got[2] <= 302, "3 of 10: %u", got[2]);

    turns(odd, 3, 3, 77, got);
    ok(got[0] >= 712 && got[0] <= 717, "5 of 7 while one rests: %u", got[0]);

    for (i = 0, run = 0, longest = 0; i < TURNS; i++) {
        run = air_pool_pick(odd, 3, 7, i) == 0 ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }

    ok(longest <= 3, "no blocks: %u in a row", longest);

    memset(all, AIR_POOL_WEIGHT, sizeof(all));
    all[AIR_POOL_KEYS - 1] = 1;
    turns(all, AIR_POOL_KEYS, (uint32_t) -1, 0, got);
    ok(got[0] >= 30 && got[0] <= 34, "as many as there may be: %u", got[0]);

    return done();
}
