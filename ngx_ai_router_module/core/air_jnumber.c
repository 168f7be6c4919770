
/*
 * Numbers of JSON, of any length, as their digits: nothing is rounded.
 */

#include "air_jvalue.h"


int
air_jnumber_read(air_jnumber_t *number, air_str_t raw)
{
    int64_t               exponent, at, whole, first, last;
    unsigned              n, minus;
    const unsigned char  *p, *end;

    memset(number, 0, sizeof(air_jnumber_t));

    p = raw.data;
    end = p + raw.len;

    number->negative = p < end && *p == '-';
    p += number->negative;

    first = 0;
    last = 0;
    whole = -1;

    for (at = 0; p < end && (*p | 0x20) != 'e'; p++) {

        if (*p == '.') {
            whole = at;
            continue;
        }

        if (*p != '0') {

            if (number->first == NULL) {
                number->first = p;
                first = at;
            }

            number->last = p + 1;
            last = at;
        }

        at++;
    }

    if (number->first == NULL) {
        number->negative = 0;
        return AIR_OK;
    }

    exponent = 0;

    if (p < end) {
        p++;
        minus = *p == '-';
        p += *p == '-' || *p == '+';

        while (p < end && *p == '0') {
            p++;
        }

        for (n = 0; p < end; p++) {
            exponent = exponent * 10 + (*p - '0');

            if (++n > AIR_JNUMBER_DIGITS) {
                return AIR_ELIMIT;
            }
        }

        if (minus) {
            exponent = -exponent;
        }
    }

    number->point = (whole < 0 ? at : whole) - first + exponent;
    number->n = (uint32_t) (last - first + 1);

    return AIR_OK;
}


static int
air_jnumber_sign(const air_jnumber_t *number)
{
    if (number->n == 0) {
        return 0;
    }

    return number->negative ? -1 : 1;
}


/* The next digit at *p, or 0 at the end. */
static unsigned
air_jnumber_digit(const air_jnumber_t *number, const unsigned char **p)
{
    if (*p < number->last && **p == '.') {
        (*p)++;
    }

    return *p < number->last ? (unsigned) (*(*p)++ - '0') : 0;
}


int
air_jnumber_cmp(const air_jnumber_t *a, const air_jnumber_t *b)
{
    int                   sign;
    unsigned              c, d;
    const unsigned char  *p, *q;

    sign = air_jnumber_sign(a);

    if (sign != air_jnumber_sign(b)) {
        return sign - air_jnumber_sign(b);
    }

    if (sign == 0) {
        return 0;
    }

    if (a->point != b->point) {
        return a->point < b->point ? -sign : sign;
    }

    p = a->first;
    q = b->first;

    while (p < a->last || q < b->last) {
        c = air_jnumber_digit(a, &p);
        d = air_jnumber_digit(b, &q);

        if (c != d) {
            return c < d ? -sign : sign;
        }
    }

    return 0;
}


int
air_jnumber_whole(const air_jnumber_t *number)
{
    return number->n == 0 || number->point >= (int64_t) number->n;
}


int
air_jnumber_multiple(const air_jnumber_t *number, const air_jnumber_t *step)
{
    int64_t               power;
    uint64_t              by;
    const unsigned char  *p;
    unsigned __int128     rest, ten;

    if (number->n == 0) {
        return 1;
    }

    /* as integers times powers of ten; the digits end with no zero */

    power = (number->point - (int64_t) number->n)
            - (step->point - (int64_t) step->n);

    if (power < 0) {
        return 0;
    }

    for (by = 0, p = step->first; p < step->last; /* void */) {
        by = by * 10 + air_jnumber_digit(step, &p);
    }

    for (rest = 0, p = number->first; p < number->last; /* void */) {
        rest = (rest * 10 + air_jnumber_digit(number, &p)) % by;
    }

    for (ten = 10 % by; power > 0 && rest != 0; power >>= 1) {

        if (power & 1) {
            rest = rest * ten % by;
        }

        ten = ten * ten % by;
    }

    return rest == 0;
}


uint64_t
air_jnumber_hash(const air_jnumber_t *number)
{
    uint64_t              hash, word;
    unsigned              n;
    const unsigned char  *p;

    if (number->n == 0) {
        return 1;
    }

    hash = (uint64_t) number->point * 2 + number->negative;
    p = number->first;

    while (p < number->last) {

        for (n = 0, word = 1; n < 15 && p < number->last; n++) {
            word = word << 4 | air_jnumber_digit(number, &p);
        }

        hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
        hash = (hash ^ hash >> 29) * 0xbf58476d1ce4e5b9ull;
        hash ^= hash >> 32;
    }

    return hash;
}
