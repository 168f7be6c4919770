
/*
 * Decimal numbers as answers write them, exact: two are equal when they are
 * the same number, however written.
 */

#ifndef _AIR_NUMBER_H_INCLUDED_
#define _AIR_NUMBER_H_INCLUDED_


#include "air_str.h"


#define AIR_NUMBER_DIGITS  40


/* 0.d1 d2 ... dn * 10^exponent; zero has no digits and is not negative. */
typedef struct {
    unsigned char  digit[AIR_NUMBER_DIGITS];
    unsigned       n;
    int32_t        exponent;
    unsigned       negative;
} air_number_t;


/*
 * Reads the number that text begins with: a sign (also U+2212), digits with
 * or without commas between thousands, a fraction after a point (or after a
 * comma that cannot be one of thousands), an exponent.  How many bytes it
 * has; 0: none, or more than AIR_NUMBER_DIGITS digits that count.
 */
size_t air_number_read(air_str_t text, air_number_t *number);

/* Below 0, 0 or above 0, as a is less than b, the same or more. */
int air_number_compare(const air_number_t *a, const air_number_t *b);


#endif /* _AIR_NUMBER_H_INCLUDED_ */
