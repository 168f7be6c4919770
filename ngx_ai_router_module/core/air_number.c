
/*
 * Decimal numbers, read and compared digit by digit.
 */

#include "air_number.h"
#include "air_words.h"


#define AIR_NUMBER_EXPONENT  100000


#define air_number_is_digit(p, end)  ((p) < (end) && air_words_digit(*(p)))


/* 1 when p, at a comma, is followed by just three digits. */
static int
air_number_thousand(const unsigned char *p, const unsigned char *end)
{
    return air_number_is_digit(p + 1, end) && air_number_is_digit(p + 2, end)
           && air_number_is_digit(p + 3, end)
           && !air_number_is_digit(p + 4, end);
}


/* Takes a digit in; 0: one too many. */
static int
air_number_digit(air_number_t *number, unsigned char c, unsigned *zeros,
    int fraction)
{
    if (c == '0' && number->n == 0) {
        number->exponent -= fraction;
        return 1;
    }

    number->exponent += !fraction;

    if (c == '0') {
        (*zeros)++;
        return 1;
    }

    if (number->n + *zeros >= AIR_NUMBER_DIGITS) {
        return 0;
    }

    for ( /* void */ ; *zeros != 0; (*zeros)--) {
        number->digit[number->n++] = 0;
    }

    number->digit[number->n++] = c - '0';

    return 1;
}


static const unsigned char *
air_number_exponent(air_number_t *number, const unsigned char *p,
    const unsigned char *end)
{
    int32_t               n;
    unsigned              minus;
    const unsigned char  *start;

    start = p++;
    minus = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');

    if (!air_number_is_digit(p, end)) {
        return start;
    }

    for (n = 0; air_number_is_digit(p, end); p++) {
        n = n < AIR_NUMBER_EXPONENT ? n * 10 + (*p - '0') : n;
    }

    number->exponent += minus ? -n : n;

    return p;
}


static const unsigned char *
air_number_sign(air_number_t *number, const unsigned char *p,
    const unsigned char *end)
{
    if (p < end && (*p == '-' || *p == '+')) {
        number->negative = *p == '-';
        return p + 1;
    }

    if (end - p >= 3 && memcmp(p, "\xe2\x88\x92", 3) == 0) {
        number->negative = 1;
        return p + 3;
    }

    return p;
}


size_t
air_number_read(air_str_t text, air_number_t *number)
{
    int                   fraction, commas, seen;
    unsigned              zeros;
    const unsigned char  *p, *end;

    memset(number, 0, sizeof(air_number_t));

    zeros = 0;
    fraction = 0;
    commas = 0;
    seen = 0;

    end = text.data + text.len;
    p = air_number_sign(number, text.data, end);

    for ( /* void */ ; p < end; p++) {

        if (air_words_digit(*p)) {
            seen = 1;

            if (!air_number_digit(number, *p, &zeros, fraction)) {
                return 0;
            }

            continue;
        }

        if (fraction || !air_number_is_digit(p + 1, end)) {
            break;
        }

        if (*p == ',' && seen && air_number_thousand(p, end)) {
            commas = 1;

        } else if (*p == '.' || (*p == ',' && seen && !commas)) {
            fraction = 1;

        } else {
            break;
        }
    }

    if (!seen) {
        return 0;
    }

    if (p < end && (*p == 'e' || *p == 'E')) {
        p = air_number_exponent(number, p, end);
    }

    if (number->n == 0) {
        number->negative = 0;
        number->exponent = 0;
    }

    return (size_t) (p - text.data);
}


int
air_number_compare(const air_number_t *a, const air_number_t *b)
{
    int       rc;
    unsigned  n;

    if (a->n == 0 || b->n == 0) {
        rc = (a->n != 0) - (b->n != 0);

        return a->n != 0 ? (a->negative ? -rc : rc)
                         : (b->negative ? -rc : rc);
    }

    if (a->negative != b->negative) {
        return a->negative ? -1 : 1;
    }

    if (a->exponent != b->exponent) {
        rc = a->exponent < b->exponent ? -1 : 1;

    } else {
        n = a->n < b->n ? a->n : b->n;
        rc = memcmp(a->digit, b->digit, n);

        if (rc == 0) {
            rc = (a->n > b->n) - (a->n < b->n);
        }
    }

    return a->negative ? -rc : rc;
}
