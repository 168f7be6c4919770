
/*
 * The well-formed byte sequences of UTF-8 (Unicode, table 3-7): no overlong
 * forms, no surrogates, nothing past U+10FFFF.
 */

#ifndef _AIR_UTF8_H_INCLUDED_
#define _AIR_UTF8_H_INCLUDED_


#include <stddef.h>


/*
 * Length of the well-formed sequence that starts at p (p < last), or 0 with
 * *bad the length (1 to 3) of the maximal ill-formed part there, which a
 * reader replaces by one U+FFFD.
 */
static inline size_t
air_utf8_next(const unsigned char *p, const unsigned char *last, size_t *bad)
{
    size_t         i, n;
    unsigned char  lo, hi;

    lo = 0x80;
    hi = 0xbf;
    *bad = 1;

    if (*p < 0x80) {
        return 1;
    }

    if (*p < 0xc2) {
        return 0;
    }

    if (*p < 0xe0) {
        n = 2;

    } else if (*p < 0xf0) {
        n = 3;

        if (*p == 0xe0) {
            lo = 0xa0;

        } else if (*p == 0xed) {
            hi = 0x9f;
        }

    } else if (*p < 0xf5) {
        n = 4;

        if (*p == 0xf0) {
            lo = 0x90;

        } else if (*p == 0xf4) {
            hi = 0x8f;
        }

    } else {
        return 0;
    }

    for (i = 1; i < n; i++) {

        if (p + i == last || p[i] < lo || p[i] > hi) {
            *bad = i;
            return 0;
        }

        lo = 0x80;
        hi = 0xbf;
    }

    return n;
}


/* Writes the code point (no surrogate, at most U+10FFFF) to p: 1-4 bytes. */
static inline size_t
air_utf8_put(unsigned char *p, unsigned code)
{
    if (code < 0x80) {
        p[0] = (unsigned char) code;
        return 1;
    }

    if (code < 0x800) {
        p[0] = (unsigned char) (0xc0 | code >> 6);
        p[1] = (unsigned char) (0x80 | (code & 0x3f));
        return 2;
    }

    if (code < 0x10000) {
        p[0] = (unsigned char) (0xe0 | code >> 12);
        p[1] = (unsigned char) (0x80 | (code >> 6 & 0x3f));
        p[2] = (unsigned char) (0x80 | (code & 0x3f));
        return 3;
    }

    p[0] = (unsigned char) (0xf0 | code >> 18);
    p[1] = (unsigned char) (0x80 | (code >> 12 & 0x3f));
    p[2] = (unsigned char) (0x80 | (code >> 6 & 0x3f));
    p[3] = (unsigned char) (0x80 | (code & 0x3f));

    return 4;
}


#endif /* _AIR_UTF8_H_INCLUDED_ */
