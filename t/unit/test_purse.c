
/*
 * Money of a day in one word: what is gone, over midnight and with clocks
 * that are set.
 */

#include "../../ngx_ai_router_module/core/air_purse.h"
#include "tap.h"


#define DAY  86400000LL
#define T    (20780 * DAY + 80000000)


int
main(void)
{
    uint64_t  p, a, b;

    ok(air_purse_spent(0, T) == 0, "a purse never used");

    a = air_purse_add(0, T, 29000000);
    ok(air_purse_spent(a, T) == 29000000, "what was added is gone");

    b = air_purse_add(a, T + 1, 1);
    ok(air_purse_spent(b, T) == 29000000 + AIR_PURSE_UNIT, "rounded up");

    p = air_purse_settle(b, a, 29000000, 12000000);
    ok(air_purse_spent(p, T) == 12000000 + AIR_PURSE_UNIT, "the rest is back");
    p = air_purse_settle(p, b, 1, 0);
    ok(air_purse_spent(p, T) == 12000000, "all of one that was never sent");
    p = air_purse_settle(p, b, 40000000, 5000000);
    ok(air_purse_spent(p, T) == 5000000, "never below nothing");
    p = air_purse_settle(p, b, 1000, 9000);
    ok(air_purse_spent(p, T) == 5008000, "one that cost more than was held");

    /* over midnight: what runs stays gone of its own day */

    p = air_purse_add(p, T + DAY, 7000);
    ok(air_purse_spent(p, T + DAY) == 7000, "a new day begins with nothing");
    ok(air_purse_settle(p, a, 29000000, 0) == p,
       "what ends after midnight gives nothing back");

    /* an hour ahead over midnight and back again */

    ok(air_purse_spent(p, T) == 7000, "a clock set back finds no fresh day");
    b = air_purse_add(p, T, 3000);
    ok(air_purse_spent(b, T + DAY) == 10000, "what it spends is one sum");
    b = air_purse_settle(b, b, 3000, 1000);
    ok(air_purse_spent(b, T + DAY) == 8000, "and settles in it");

    ok(air_purse_spent(p, T - DAY) == 0, "further away is another day");

    /* its ends */

    p = air_purse_add(0, T, AIR_PURSE_MAX - 1000);
    ok(air_purse_spent(p, T) == AIR_PURSE_MAX - 1000, "nearly all");
    p = air_purse_add(p, T, UINT64_MAX);
    ok(air_purse_spent(p, T) == AIR_PURSE_MAX, "it is full");
    ok(air_purse_add(p, T, 1) == p, "and stays so");
    ok(air_purse_spent(air_purse_settle(p, p, UINT64_MAX, 0), T) == 0,
       "what nobody knew is given back whole");

    return done();
}
