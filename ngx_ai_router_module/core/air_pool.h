
/*
 * Which of a vendor's keys comes next.
 */

#ifndef _AIR_POOL_H_INCLUDED_
#define _AIR_POOL_H_INCLUDED_


#include "air_fault.h"


#define AIR_POOL_KEYS    32
#define AIR_POOL_WEIGHT  100


/*
 * The index of the key that a turn (a number that everybody counts up) gets
 * among the n keys whose bits are set in usable; -1 when none is.  Equal
 * weights: round robin.  Else each gets its share of any run of turns, to
 * within one or two, and not in blocks.
 */
int air_pool_pick(const uint8_t *weight, unsigned n, uint32_t usable,
    uint64_t turn);


/* 1 when a vendor refuses the key, or what it has left: another key of the
   same vendor may be let through. */
int air_pool_fault(air_fault_e fault);


#endif /* _AIR_POOL_H_INCLUDED_ */
