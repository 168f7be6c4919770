
/*
 * The bytes of a text for those who look at its words: small letters, and
 * the escapes of JSON read on the way, so that a request's text need not be
 * copied to be looked at.
 */

#ifndef _AIR_WORDS_H_INCLUDED_
#define _AIR_WORDS_H_INCLUDED_


/* 1 for 0-9. */
static inline int
air_words_digit(unsigned c)
{
    return c - '0' < 10;
}


/* A-Z as a-z. */
static inline unsigned
air_words_small(unsigned c)
{
    return c - 'A' < 26 ? c | 0x20 : c;
}


/* 1 for what words are made of: letters, digits, and all beyond ASCII. */
static inline int
air_words_part(unsigned c)
{
    return air_words_digit(c) || (c | 0x20) - 'a' < 26 || c >= 0x80;
}


/*
 * The next byte at *p, which moves on: A-Z as a-z, tab and CR as a blank, an
 * escaped code point as 0x80; 0 at the end.  A NUL is a blank.  escaped: the
 * text is still as in JSON; a sequence that the end cuts is what there is of
 * it.
 */
static inline unsigned
air_words_next(const unsigned char **p, const unsigned char *end, int escaped)
{
    unsigned  c;

    if (*p == end) {
        return 0;
    }

    c = *(*p)++;

    if (c == '\\' && escaped && *p < end) {

        c = *(*p)++;

        if (c == 'u') {
            *p += end - *p < 4 ? end - *p : 4;
            return 0x80;
        }

        return c == 'n' ? '\n' : c == 't' || c == 'r' ? ' ' : c;
    }

    if (c - 'A' < 26) {
        return c | 0x20;
    }

    return c == '\t' || c == '\r' || c == 0 ? ' ' : c;
}


#endif /* _AIR_WORDS_H_INCLUDED_ */
