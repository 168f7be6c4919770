
/*
 * Unequal weights are drawn with the fractions of multiples of the golden
 * ratio, which are spread as evenly as those of any number.
 */

#include "air_pool.h"


int
air_pool_pick(const uint8_t *weight, unsigned n, uint32_t usable,
    uint64_t turn)
{
    int       equal, last;
    unsigned  i;
    uint64_t  sum, members, r;

    sum = 0;
    members = 0;
    equal = 1;
    last = -1;

    for (i = 0; i < n; i++) {

        if (usable & ((uint32_t) 1 << i)) {
            equal = equal && (last < 0 || weight[i] == weight[last]);
            sum += weight[i];
            members++;
            last = i;
        }
    }

    if (members == 0) {
        return -1;
    }

    if (equal) {
        r = turn % members * weight[last];

    } else {
        r = (uint64_t) (((unsigned __int128) (turn * 0x9e3779b97f4a7c15)
                         * sum) >> 64);
    }

    for (i = 0; i < n; i++) {

        if (!(usable & ((uint32_t) 1 << i))) {
            continue;
        }

        if (r < weight[i]) {
            return i;
        }

        r -= weight[i];
    }

    return last;
}


int
air_pool_fault(air_fault_e fault)
{
    return fault == AIR_FAULT_RATE_LIMIT || fault == AIR_FAULT_QUOTA
           || fault == AIR_FAULT_AUTH;
}
