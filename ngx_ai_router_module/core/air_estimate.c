
/*
 * The class formula: every code point costs what its class costs, the first
 * one of a run a little more, and a capital after a small letter starts a
 * word.  A UTF-8 sequence that a piece cuts is kept in code until the next
 * piece brings the rest, so that no split changes the sum.
 */

#include "air_estimate.h"


typedef enum {
    AIR_EST_NONE = 0,
    AIR_EST_LETTER,               /* a-z A-Z                                */
    AIR_EST_DIGIT,
    AIR_EST_LINE,                 /* newlines                               */
    AIR_EST_SPACE,
    AIR_EST_PUNCT,                /* all other ASCII                        */
    AIR_EST_LATIN,                /* U+00C0-024F                            */
    AIR_EST_CYRILLIC,
    AIR_EST_ARABIC,
    AIR_EST_KANA,
    AIR_EST_HAN,
    AIR_EST_HANGUL,
    AIR_EST_OTHER,
    AIR_EST_N
} air_estimate_class_e;


/* hundredths of a token: of starting a run, of each code point */
static const uint8_t  air_estimate_first[AIR_EST_N] = {
    0, 49, 142, 103, 29, 53, 0, 0, 0, 0, 0, 0, 0
};

static const uint8_t  air_estimate_each[AIR_EST_N] = {
    0, 7, 15, 0, 3, 16, 65, 20, 28, 65, 77, 61, 152
};

#define AIR_EST_CAPITAL  109


/* e->state: class of the last code point, and whether it was a small letter */
#define AIR_EST_PREV   0xff
#define AIR_EST_SMALL  0x100

/* e->code: the value so far below, the bytes still to come above */
#define AIR_EST_VALUE  0x1fffff
#define AIR_EST_SHIFT  24


static unsigned
air_estimate_ascii(unsigned c)
{
    if ((c | 32) >= 'a' && (c | 32) <= 'z') {
        return AIR_EST_LETTER;
    }

    if (c >= '0' && c <= '9') {
        return AIR_EST_DIGIT;
    }

    if (c == '\n' || c == '\r') {
        return AIR_EST_LINE;
    }

    if (c == ' ' || c == '\t') {
        return AIR_EST_SPACE;
    }

    return AIR_EST_PUNCT;
}


static unsigned
air_estimate_wide(uint32_t code)
{
    static const struct {
        uint32_t  from;
        uint32_t  to;
        unsigned  class;
    } ranges[] = {
        { 0x00c0, 0x024f, AIR_EST_LATIN },
        { 0x0400, 0x052f, AIR_EST_CYRILLIC },
        { 0x0600, 0x06ff, AIR_EST_ARABIC },
        { 0x3040, 0x30ff, AIR_EST_KANA },
        { 0x3400, 0x9fff, AIR_EST_HAN },
        { 0xac00, 0xd7af, AIR_EST_HANGUL }
    };

    size_t  i;

    for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (code >= ranges[i].from && code <= ranges[i].to) {
            return ranges[i].class;
        }
    }

    return AIR_EST_OTHER;
}


/* One code point of a class; capital and small letters only for letters. */
static void
air_estimate_step(air_estimate_t *e, unsigned class, unsigned c)
{
    unsigned  prev, small;

    prev = e->state & AIR_EST_PREV;
    small = e->state & AIR_EST_SMALL;

    if (class == AIR_EST_LETTER) {

        if (prev != AIR_EST_LETTER && prev != AIR_EST_LATIN) {
            e->centi += air_estimate_first[class];

        } else if (c < 'a' && small) {
            e->centi += AIR_EST_CAPITAL;
        }

        small = c >= 'a' ? AIR_EST_SMALL : 0;

    } else {
        if (class != prev) {
            e->centi += air_estimate_first[class];
        }

        if (class == AIR_EST_LATIN) {
            small = AIR_EST_SMALL;
        }
    }

    e->centi += air_estimate_each[class];
    e->state = class | small;
}


/* Ends the sequence that is begun, whole or not. */
static void
air_estimate_end(air_estimate_t *e)
{
    air_estimate_step(e, air_estimate_wide(e->code & AIR_EST_VALUE), 0);
    e->code = 0;
}


void
air_estimate_add(air_estimate_t *e, air_str_t text)
{
    unsigned              c, more;
    const unsigned char  *p, *end;

    p = text.data;
    end = p + text.len;

    while (p < end) {
        c = *p;
        more = e->code >> AIR_EST_SHIFT;

        if (more != 0) {

            if ((c & 0xc0) != 0x80) {
                air_estimate_end(e);
                continue;
            }

            e->code = ((e->code & AIR_EST_VALUE) << 6 | (c & 0x3f))
                      & AIR_EST_VALUE;
            p++;

            if (--more == 0) {
                air_estimate_end(e);

            } else {
                e->code |= more << AIR_EST_SHIFT;
            }

            continue;
        }

        p++;

        if (c < 0x80) {
            air_estimate_step(e, air_estimate_ascii(c), c);
            continue;
        }

        more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        e->code = (c & (0x3f >> more)) | more << AIR_EST_SHIFT;
    }
}


uint64_t
air_estimate_tokens(const air_estimate_t *e)
{
    air_estimate_t  whole;

    whole = *e;

    if (whole.code != 0) {
        air_estimate_end(&whole);
    }

    return whole.centi / 100 + (whole.centi % 100 != 0);
}
