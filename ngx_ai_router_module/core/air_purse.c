
/*
 * The high 16 bits are the day since 1970, the others units.
 */

#include "air_purse.h"


#define AIR_PURSE_DAY    86400000     /* ms                                 */
#define AIR_PURSE_UNITS  (((uint64_t) 1 << 48) - 1)


static uint64_t air_purse_units(uint64_t cost);
static uint64_t air_purse_now(uint64_t purse, int64_t now_ms);


static uint64_t
air_purse_units(uint64_t cost)
{
    uint64_t  n;

    n = cost / AIR_PURSE_UNIT + (cost % AIR_PURSE_UNIT != 0);

    return n < AIR_PURSE_UNITS ? n : AIR_PURSE_UNITS;
}


/* the word as it is at that time */
static uint64_t
air_purse_now(uint64_t purse, int64_t now_ms)
{
    uint64_t  day;

    day = (uint64_t) (now_ms / AIR_PURSE_DAY) & 0xffff;

    return purse >> 48 == day || purse >> 48 == day + 1 ? purse : day << 48;
}


uint64_t
air_purse_spent(uint64_t purse, int64_t now_ms)
{
    return (air_purse_now(purse, now_ms) & AIR_PURSE_UNITS) * AIR_PURSE_UNIT;
}


uint64_t
air_purse_add(uint64_t purse, int64_t now_ms, uint64_t cost)
{
    uint64_t  gone, more;

    purse = air_purse_now(purse, now_ms);

    gone = purse & AIR_PURSE_UNITS;
    more = air_purse_units(cost);

    return more < AIR_PURSE_UNITS - gone ? purse + more
                                         : purse | AIR_PURSE_UNITS;
}


uint64_t
air_purse_settle(uint64_t purse, uint64_t then, uint64_t held, uint64_t cost)
{
    uint64_t  gone, set;

    if (purse >> 48 != then >> 48) {
        return purse;
    }

    gone = purse & AIR_PURSE_UNITS;
    set = air_purse_units(held);

    gone = gone > set ? gone - set : 0;
    set = air_purse_units(cost);

    gone = set < AIR_PURSE_UNITS - gone ? gone + set : AIR_PURSE_UNITS;

    return purse >> 48 << 48 | gone;
}
