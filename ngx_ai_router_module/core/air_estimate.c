
/*
 * The class formula: every code point costs what its class costs, the first
 * one of a run a little more, and a capital after a small letter starts a
 * word.  A UTF-8 sequence that a piece cuts is kept in code until the next
 * piece brings the rest, so that no split changes the sum.
 */

#include "air_estimate.h"
#include "air_utf8.h"

#if (__SSE2__)
#include <emmintrin.h>
#endif


/* a-z and A-Z are one class in two states, for the sake of camelCase */
typedef enum {
    AIR_EST_NONE = 0,
    AIR_EST_SMALL,
    AIR_EST_CAPITAL,
    AIR_EST_DIGIT,
    AIR_EST_LINE,                 /* newlines                               */
    AIR_EST_SPACE,
    AIR_EST_PUNCT,                /* all other ASCII                        */
    AIR_EST_LATIN,                /* U+00C0-024F, read like a small letter  */
    AIR_EST_CYRILLIC,
    AIR_EST_ARABIC,
    AIR_EST_KANA,
    AIR_EST_HAN,
    AIR_EST_HANGUL,
    AIR_EST_OTHER,
    AIR_EST_N
} air_estimate_class_e;


/* the class of each ASCII character */
static const uint8_t  air_estimate_ascii[128] = {
    6, 6, 6, 6, 6, 6, 6, 6, 6, 5, 4, 6, 6, 4, 6, 6,
    6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
    5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 6, 6, 6, 6, 6, 6,
    6, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 6, 6, 6, 6, 6,
    6, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 6, 6, 6, 6, 6
};

/*
 * Hundredths of a token: of a code point (column) after another (row).  It
 * is what each one of the class costs,
 *
 *     letter 7, digit 15, line 0, space 3, punctuation 16, Latin 65,
 *     Cyrillic 20, Arabic 28, kana 65, Han 77, Hangul 61, other 152,
 *
 * and at the start of a run
 *
 *     letter 49, digit 142, line 103, space 29, punctuation 53
 *
 * more, where Latin begins no run of letters, but a capital after a small
 * letter does: 109.
 */
#define AIR_EST_FRESH                                                         \
    { 0, 56, 56, 157, 103, 32, 69, 65, 20, 28, 65, 77, 61, 152 }

static const uint8_t  air_estimate_cost[AIR_EST_N][AIR_EST_N] = {
    AIR_EST_FRESH,                                                /* none    */
    { 0, 7, 116, 157, 103, 32, 69, 65, 20, 28, 65, 77, 61, 152 }, /* small   */
    { 0, 7, 7, 157, 103, 32, 69, 65, 20, 28, 65, 77, 61, 152 },   /* capital */
    { 0, 56, 56, 15, 103, 32, 69, 65, 20, 28, 65, 77, 61, 152 },  /* digit   */
    { 0, 56, 56, 157, 0, 32, 69, 65, 20, 28, 65, 77, 61, 152 },   /* line    */
    { 0, 56, 56, 157, 103, 3, 69, 65, 20, 28, 65, 77, 61, 152 },  /* space   */
    { 0, 56, 56, 157, 103, 32, 16, 65, 20, 28, 65, 77, 61, 152 }, /* punct   */
    { 0, 7, 116, 157, 103, 32, 69, 65, 20, 28, 65, 77, 61, 152 }, /* Latin   */
    AIR_EST_FRESH, AIR_EST_FRESH, AIR_EST_FRESH, AIR_EST_FRESH,   /* others  */
    AIR_EST_FRESH, AIR_EST_FRESH
};

/* e->code: the value so far below, the bytes still to come above */
#define AIR_EST_VALUE  0x1fffff
#define AIR_EST_SHIFT  24


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


/* One code point; e->state is the class of the one before. */
static inline void
air_estimate_step(air_estimate_t *e, unsigned class)
{
    e->centi += air_estimate_cost[e->state][class];
    e->state = class;
}


/* Ends the sequence that is begun, whole or not. */
static void
air_estimate_end(air_estimate_t *e)
{
    air_estimate_step(e, air_estimate_wide(e->code & AIR_EST_VALUE));
    e->code = 0;
}


#if (__SSE2__)

/* The bytes of v from low to high, which are ASCII, all bits set. */
static inline __m128i
air_estimate_range(__m128i v, char low, char high)
{
    return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8(low - 1)),
                         _mm_cmplt_epi8(v, _mm_set1_epi8(high + 1)));
}


static inline __m128i
air_estimate_pair(__m128i v, char a, char b)
{
    return _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(a)),
                        _mm_cmpeq_epi8(v, _mm_set1_epi8(b)));
}


/* The first byte set when the class before is one of classes (bits). */
static inline __m128i
air_estimate_was(const air_estimate_t *e, unsigned classes)
{
    return _mm_cvtsi32_si128((classes >> e->state & 1) ? 0xff : 0);
}


/*
 * What each byte of set costs that begins a run: that is after none of it.
 * *was is set when the byte before the block is, and then for the next block.
 */
static inline __m128i
air_estimate_runs(__m128i set, __m128i *was, int cost)
{
    __m128i  before;

    before = _mm_or_si128(_mm_slli_si128(set, 1), *was);
    *was = _mm_srli_si128(set, 15);

    return _mm_and_si128(_mm_andnot_si128(before, set),
                         _mm_set1_epi8((char) cost));
}


/*
 * ASCII from p on, 16 bytes a time: where it ends, or what is left is short.
 * The same sum as by air_estimate_cost, as what it was made of; a byte costs
 * 157 at the most.
 */
static const unsigned char *
air_estimate_blocks(air_estimate_t *e, const unsigned char *p,
    const unsigned char *end)
{
    __m128i               v, small, capital, letter, digit, line, space, punct;
    __m128i               smalls, letters, digits, lines, spaces, puncts;
    __m128i               cost, sum;
    const unsigned char  *start;

    start = p;
    sum = _mm_setzero_si128();

    smalls = air_estimate_was(e, 1 << AIR_EST_SMALL | 1 << AIR_EST_LATIN);
    letters = air_estimate_was(e, 1 << AIR_EST_SMALL | 1 << AIR_EST_LATIN
                                  | 1 << AIR_EST_CAPITAL);
    digits = air_estimate_was(e, 1 << AIR_EST_DIGIT);
    lines = air_estimate_was(e, 1 << AIR_EST_LINE);
    spaces = air_estimate_was(e, 1 << AIR_EST_SPACE);
    puncts = air_estimate_was(e, 1 << AIR_EST_PUNCT);

    for ( /* void */ ; end - p >= 16; p += 16) {
        v = _mm_loadu_si128((const __m128i *) p);

        if (_mm_movemask_epi8(v) != 0) {
            break;
        }

        small = air_estimate_range(v, 'a', 'z');
        capital = air_estimate_range(v, 'A', 'Z');
        digit = air_estimate_range(v, '0', '9');
        line = air_estimate_pair(v, '\n', '\r');
        space = air_estimate_pair(v, ' ', '\t');

        letter = _mm_or_si128(small, capital);
        punct = _mm_or_si128(_mm_or_si128(letter, digit),
                             _mm_or_si128(line, space));
        punct = _mm_andnot_si128(punct, _mm_set1_epi8(-1));

        cost = _mm_and_si128(letter, _mm_set1_epi8(7));
        cost = _mm_or_si128(cost, _mm_and_si128(digit, _mm_set1_epi8(15)));
        cost = _mm_or_si128(cost, _mm_and_si128(space, _mm_set1_epi8(3)));
        cost = _mm_or_si128(cost, _mm_and_si128(punct, _mm_set1_epi8(16)));

        /* a capital after a small letter */

        v = _mm_or_si128(_mm_slli_si128(small, 1), smalls);
        smalls = _mm_srli_si128(small, 15);
        v = _mm_and_si128(_mm_and_si128(v, capital), _mm_set1_epi8(109));

        cost = _mm_add_epi8(cost, v);
        cost = _mm_add_epi8(cost, air_estimate_runs(letter, &letters, 49));
        cost = _mm_add_epi8(cost, air_estimate_runs(digit, &digits, 142));
        cost = _mm_add_epi8(cost, air_estimate_runs(line, &lines, 103));
        cost = _mm_add_epi8(cost, air_estimate_runs(space, &spaces, 29));
        cost = _mm_add_epi8(cost, air_estimate_runs(punct, &puncts, 53));

        sum = _mm_add_epi64(sum, _mm_sad_epu8(cost, _mm_setzero_si128()));
    }

    if (p != start) {
        sum = _mm_add_epi64(sum, _mm_srli_si128(sum, 8));
        e->centi += (uint64_t) _mm_cvtsi128_si64(sum);
        e->state = air_estimate_ascii[p[-1]];
    }

    return p;
}

#endif


/* ASCII from p on: where it ends. */
static inline const unsigned char *
air_estimate_plain(air_estimate_t *e, const unsigned char *p,
    const unsigned char *end)
{
    unsigned  class, last;
    uint64_t  centi;

#if (__SSE2__)
    if (end - p >= 16) {
        p = air_estimate_blocks(e, p, end);
    }
#endif

    centi = e->centi;
    last = e->state;

    while (p < end && *p < 0x80) {
        class = air_estimate_ascii[*p++];
        centi += air_estimate_cost[last][class];
        last = class;
    }

    e->centi = centi;
    e->state = last;

    return p;
}


void
air_estimate_add(air_estimate_t *e, air_str_t text)
{
    unsigned              c, more;
    uint32_t              code;
    const unsigned char  *p, *end;

    p = text.data;
    end = p + text.len;

    code = e->code & AIR_EST_VALUE;
    more = e->code >> AIR_EST_SHIFT;

    for ( ;; ) {

        while (more != 0 && p < end && (*p & 0xc0) == 0x80) {
            code = (code << 6 | (*p++ & 0x3f)) & AIR_EST_VALUE;

            if (--more == 0) {
                air_estimate_step(e, air_estimate_wide(code));
            }
        }

        if (p == end) {
            break;
        }

        if (more != 0) {

            /* cut short by what follows */

            air_estimate_step(e, air_estimate_wide(code));
            more = 0;
        }

        p = air_estimate_plain(e, p, end);

        if (p == end) {
            break;
        }

        c = *p++;
        more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        code = c & (0x3f >> more);
    }

    e->code = more != 0 ? code | more << AIR_EST_SHIFT : 0;
}


/* Four hex digits at p. */
static uint32_t
air_estimate_hex(const unsigned char *p)
{
    unsigned  i;
    uint32_t  code;

    code = 0;

    for (i = 0; i < 4; i++) {
        code = code << 4 | ((p[i] & 0xf) + (p[i] > '9' ? 9 : 0));
    }

    return code;
}


void
air_estimate_json(air_estimate_t *e, air_str_t raw)
{
    uint32_t              code, low;
    unsigned char         text[4];
    const unsigned char  *p, *end, *escape;

    p = raw.data;
    end = p + raw.len;

    while (p < end) {

        escape = memchr(p, '\\', (size_t) (end - p));

        if (escape == NULL || end - escape < 2) {
            air_estimate_add(e, air_str_n(p, end - p));
            return;
        }

        air_estimate_add(e, air_str_n(p, escape - p));
        p = escape + 2;

        if (escape[1] != 'u' || end - p < 4) {

            /* n, r, t are white space, b and f as good as that */

            text[0] = escape[1] == 'n' ? '\n' : escape[1] == 'r' ? '\r'
                      : escape[1] == 't' ? '\t'
                      : escape[1] >= 'a' ? ' ' : escape[1];

            if (e->code == 0 && text[0] < 0x80) {
                air_estimate_step(e, air_estimate_ascii[text[0]]);
                continue;
            }

            air_estimate_add(e, air_str_n(text, 1));
            continue;
        }

        code = air_estimate_hex(p);
        p += 4;

        if (code >= 0xd800 && code < 0xdc00 && end - p >= 6 && p[0] == '\\'
            && p[1] == 'u')
        {
            low = air_estimate_hex(p + 2);

            if (low >= 0xdc00 && low < 0xe000) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                p += 6;
            }
        }

        if (e->code == 0) {
            air_estimate_step(e, code < 0x80 ? air_estimate_ascii[code]
                                             : air_estimate_wide(code));
            continue;
        }

        air_estimate_add(e, air_str_n(text, air_utf8_put(text, code)));
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
