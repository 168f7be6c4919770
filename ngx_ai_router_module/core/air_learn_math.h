
/*
 * The few functions of libm the learner needs, in plain double arithmetic:
 * the same everywhere, and no library more for a module of nginx.
 */

#ifndef _AIR_LEARN_MATH_H_INCLUDED_
#define _AIR_LEARN_MATH_H_INCLUDED_


#include <stdint.h>
#include <string.h>


/* Square root of x >= 0, to a part in 10^12. */
static inline double
air_learn_sqrt(double x)
{
    double    r;
    uint64_t  bits;
    unsigned  i;

    if (x <= 0) {
        return 0;
    }

    memcpy(&bits, &x, sizeof(bits));
    bits = (bits >> 1) + ((uint64_t) 0x1ff8 << 48);
    memcpy(&r, &bits, sizeof(r));

    for (i = 0; i < 4; i++) {
        r = 0.5 * (r + x / r);
    }

    return r;
}


/* e^x, of x cut to -30 .. 30, to a part in 10^9. */
static inline double
air_learn_exp(double x)
{
    int       k;
    double    r, p, two;
    uint64_t  bits;

    x = x > 30 ? 30 : x < -30 ? -30 : x;

    k = (int) (x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5));
    r = x - k * 0.6931471805599453;

    p = 1 + r * (1 + r * (1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24
        + r * (1.0 / 120 + r * (1.0 / 720 + r / 5040))))));

    bits = (uint64_t) (1023 + k) << 52;
    memcpy(&two, &bits, sizeof(two));

    return p * two;
}


/* 1 / (1 + e^-x) */
static inline double
air_learn_logistic(double x)
{
    return 1 / (1 + air_learn_exp(-x));
}


#endif /* _AIR_LEARN_MATH_H_INCLUDED_ */
