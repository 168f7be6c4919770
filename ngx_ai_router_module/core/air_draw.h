
/*
 * Numbers that look drawn and are computed: the mixing function of SplitMix64
 * (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
 * 2014).  Not for secrets.
 */

#ifndef _AIR_DRAW_H_INCLUDED_
#define _AIR_DRAW_H_INCLUDED_


#include <stdint.h>


#define AIR_GOLDEN  0x9e3779b97f4a7c15    /* 2^64 / golden ratio            */


/* A number of 64 bits whose every bit depends on all bits of z. */
static inline uint64_t
air_mix(uint64_t z)
{
    z += AIR_GOLDEN;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;

    return z ^ (z >> 31);
}


/* The next number of the sequence that *seed stands in. */
static inline uint64_t
air_draw(uint64_t *seed)
{
    uint64_t  z;

    z = air_mix(*seed);
    *seed += AIR_GOLDEN;

    return z;
}


#endif /* _AIR_DRAW_H_INCLUDED_ */
