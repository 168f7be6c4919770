
/*
 * Where a string of a JSON text ends, and whether it is good.  Strings are
 * where the bytes are, so sixteen at a time are looked at for anything that
 * is not plain ASCII; escapes and well-formed UTF-8 are passed at that pace
 * too.  What is left (ends, surrogates, faults) goes byte by byte, and gives
 * the same verdict alone, as it does where there are no vectors.
 */

#include "air_json_text.h"
#include "air_utf8.h"


/* a hexadecimal digit: its value and a bit that tells it from none */
#define AIR_JSON_HEX   0x10

/* what may follow a backslash by itself */
#define AIR_JSON_MARK  0x20

static const unsigned char  air_json_digit[256] = {
    ['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14,
    ['5'] = 0x15, ['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19,
    ['a'] = 0x1a, ['b'] = 0x3b, ['c'] = 0x1c, ['d'] = 0x1d, ['e'] = 0x1e,
    ['f'] = 0x3f,
    ['A'] = 0x1a, ['B'] = 0x1b, ['C'] = 0x1c, ['D'] = 0x1d, ['E'] = 0x1e,
    ['F'] = 0x1f,
    ['"'] = 0x20, ['\\'] = 0x20, ['/'] = 0x20, ['n'] = 0x20, ['r'] = 0x20,
    ['t'] = 0x20
};


static air_json_fault_e air_json_skip_escape(const unsigned char **pos,
    const unsigned char *last, unsigned flags);
static air_json_fault_e air_json_skip_wide(const unsigned char **pos,
    const unsigned char *last, const unsigned char *start);


#if (__SSE2__)

/* 16 bytes, set where v holds a control, a quote or a backslash. */
static inline __m128i
air_json_marks(__m128i v)
{
    __m128i  quotes;

    quotes = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
                          _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));

    return _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)),
                                       v),
                        quotes);
}


static inline __m128i
air_json_load(const unsigned char *p)
{
    return _mm_loadu_si128((const __m128i *) p);
}


/* 1 when the 64 bytes at p are plain ASCII */
static inline unsigned
air_json_plain64(const unsigned char *p)
{
    __m128i  a, b;

    a = _mm_or_si128(air_json_special(air_json_load(p)),
                     air_json_special(air_json_load(p + 16)));
    b = _mm_or_si128(air_json_special(air_json_load(p + 32)),
                     air_json_special(air_json_load(p + 48)));

    return _mm_movemask_epi8(_mm_or_si128(a, b)) == 0;
}

#endif


#if (__SSE2__)

/*
 * Length of the escape at q when it is good by itself: 2, 6 for \uXXXX that
 * is no surrogate or may be a lone one, or 0.  At least two bytes are there.
 */
static inline unsigned
air_json_escape(const unsigned char *q, const unsigned char *last,
    unsigned flags)
{
    if (q[1] != 'u') {
        return air_json_digit[q[1]] & AIR_JSON_MARK ? 2 : 0;
    }

    if (last - q < 6
        || (air_json_digit[q[2]] & air_json_digit[q[3]]
            & air_json_digit[q[4]] & air_json_digit[q[5]] & AIR_JSON_HEX)
           == 0)
    {
        return 0;
    }

    /* D800 to DFFF */

    return air_json_digit[q[2]] == 0x1d && air_json_digit[q[3]] >= 0x18
           && !(flags & AIR_JSON_VENDOR) ? 0 : 6;
}


/*
 * Passes plain ASCII and escapes of the string at p, of a vendor all that is
 * no ASCII too, and sets *escaped after an escape: the first other byte, or
 * one of the last 16, or last.
 */
static inline const unsigned char *
air_json_skip_text(const unsigned char *p, const unsigned char *last,
    unsigned flags, unsigned *escaped)
{
    __m128i               v;
    unsigned              mask, wide, at, n, clean;
    const unsigned char  *q, *next;

    clean = 0;
    wide = (flags & AIR_JSON_VENDOR) ? 0 : 0xffff;

    while (last - p > 16) {
        v = air_json_load(p);
        mask = (unsigned) _mm_movemask_epi8(air_json_marks(v))
               | ((unsigned) _mm_movemask_epi8(v) & wide);
        next = p + 16;

        if (mask == 0) {
            p = next;

            /* a long run, maybe an image: four at a time */

            if (++clean >= 16) {

                while (last - p > 64 && air_json_plain64(p)) {
                    p += 64;
                }
            }

            continue;
        }

        clean = 0;

        do {
            at = (unsigned) __builtin_ctz(mask);
            q = p + at;

            if (*q != '\\') {
                return q;
            }

            n = air_json_escape(q, last, flags);

            if (n == 0) {
                return q;
            }

            *escaped = 1;

            /* what is escaped counts no more; it may be in the next block */

            if (at + n > 16) {
                next = q + n;
                break;
            }

            mask &= ~(3u << at);

        } while (mask != 0);

        p = next;
    }

    return p;
}

#endif


air_json_fault_e
air_json_skip_string(const unsigned char **pos, const unsigned char *last,
    unsigned flags, unsigned *escaped)
{
    air_json_fault_e      fault;
    const unsigned char  *p, *start;

    p = *pos;
    start = p;
    *escaped = 0;

    for ( ;; ) {
#if (__SSE2__)
        p = air_json_skip_text(p, last, flags, escaped);
#endif

        while (p < last && *p >= 0x20 && *p < 0x80 && *p != '"'
               && *p != '\\')
        {
            p++;
        }

        *pos = p;

        if (p == last) {
            return AIR_JSON_BAD_SYNTAX;
        }

        if (*p == '"') {
            return AIR_JSON_FINE;
        }

        if (*p == '\\') {
            *escaped = 1;
            fault = air_json_skip_escape(pos, last, flags);

        } else if (*p < 0x80) {
            fault = AIR_JSON_BAD_SYNTAX;

        } else if (flags & AIR_JSON_VENDOR) {

            while (p < last && *p >= 0x80) {
                p++;
            }

            continue;

        } else {
            fault = air_json_skip_wide(pos, last, start);
        }

        if (fault != AIR_JSON_FINE) {
            return fault;
        }

        p = *pos;
    }
}


/* Value of the escape \uXXXX at p, or -1 when that is not what stands there. */
static int
air_json_code(const unsigned char *p, const unsigned char *last)
{
    int       code;
    unsigned  i, all;

    if (last - p < 6 || p[0] != '\\' || p[1] != 'u') {
        return -1;
    }

    all = AIR_JSON_HEX;
    code = 0;

    for (i = 2; i < 6; i++) {
        all &= air_json_digit[p[i]];
        code = code << 4 | (air_json_digit[p[i]] & 15);
    }

    return all != 0 ? code : -1;
}


/* Passes the escape at *pos, and those that follow it at once. */
static air_json_fault_e
air_json_skip_escape(const unsigned char **pos, const unsigned char *last,
    unsigned flags)
{
    int                   code, low;
    const unsigned char  *p;

    p = *pos;

    while (p < last && *p == '\\') {
        *pos = p;

        if (last - p >= 2 && (air_json_digit[p[1]] & AIR_JSON_MARK)) {
            p += 2;
            continue;
        }

        code = air_json_code(p, last);
        if (code < 0) {
            return AIR_JSON_BAD_SYNTAX;
        }

        p += 6;

        if (code < 0xd800 || code > 0xdfff || (flags & AIR_JSON_VENDOR)) {
            continue;
        }

        if (code > 0xdbff) {
            return AIR_JSON_BAD_SURROGATE;
        }

        low = air_json_code(p, last);

        if (low < 0 && last - p >= 2 && p[0] == '\\' && p[1] == 'u') {
            *pos = p;
            return AIR_JSON_BAD_SYNTAX;
        }

        if (low < 0xdc00 || low > 0xdfff) {
            return AIR_JSON_BAD_SURROGATE;
        }

        p += 6;
    }

    *pos = p;

    return AIR_JSON_FINE;
}


#if (__SSE2__)

/* 16 bytes at p, set where one may not follow the three before it. */
static inline __m128i
air_json_ill_formed(const unsigned char *p, __m128i v)
{
    __m128i  bad, tail, need, back1, back2, back3;

    back1 = air_json_load(p - 1);
    back2 = air_json_load(p - 2);
    back3 = air_json_load(p - 3);

    /* a tail byte (80 to BF) if and only if a lead byte asks for it */

    tail = _mm_cmplt_epi8(v, _mm_set1_epi8((char) 0xc0));

    need = _mm_subs_epu8(back1, _mm_set1_epi8((char) 0xbf));
    need = _mm_or_si128(need,
                        _mm_subs_epu8(back2, _mm_set1_epi8((char) 0xdf)));
    need = _mm_or_si128(need,
                        _mm_subs_epu8(back3, _mm_set1_epi8((char) 0xef)));

    bad = _mm_cmpeq_epi8(tail, _mm_cmpeq_epi8(need, _mm_setzero_si128()));

    /* C0, C1 and all past F4 */

    bad = _mm_or_si128(bad,
                 _mm_cmpeq_epi8(_mm_and_si128(v, _mm_set1_epi8((char) 0xfe)),
                                _mm_set1_epi8((char) 0xc0)));
    bad = _mm_or_si128(bad,
                 _mm_cmpeq_epi8(_mm_max_epu8(v, _mm_set1_epi8((char) 0xf5)),
                                v));

    /* the second byte after E0 and F0 (overlong), ED (surrogates) and F4 */

    bad = _mm_or_si128(bad, _mm_and_si128(
                 _mm_cmpeq_epi8(back1, _mm_set1_epi8((char) 0xe0)),
                 _mm_cmplt_epi8(v, _mm_set1_epi8((char) 0xa0))));
    bad = _mm_or_si128(bad, _mm_and_si128(
                 _mm_cmpeq_epi8(back1, _mm_set1_epi8((char) 0xf0)),
                 _mm_cmplt_epi8(v, _mm_set1_epi8((char) 0x90))));
    bad = _mm_or_si128(bad, _mm_and_si128(
                 _mm_cmpeq_epi8(back1, _mm_set1_epi8((char) 0xed)),
                 _mm_cmpgt_epi8(v, _mm_set1_epi8((char) 0x9f))));
    bad = _mm_or_si128(bad, _mm_and_si128(
                 _mm_cmpeq_epi8(back1, _mm_set1_epi8((char) 0xf4)),
                 _mm_cmpgt_epi8(v, _mm_set1_epi8((char) 0x8f))));

    return bad;
}


/*
 * Passes well-formed UTF-8, 16 bytes a time: the first control, quote or \,
 * or an earlier place from where to go on singly, which may be within a
 * character.
 */
static const unsigned char *
air_json_skip_wide16(const unsigned char *p, const unsigned char *last)
{
    unsigned  bad, special;
    __m128i   v;

    while (last - p >= 16) {
        v = air_json_load(p);

        special = (unsigned) _mm_movemask_epi8(air_json_marks(v));
        bad = (unsigned) _mm_movemask_epi8(air_json_ill_formed(p, v));

        if (special != 0) {

            /* a character cut short by the special shows at the special */

            if ((bad & (special ^ (special - 1))) == 0) {
                return p + __builtin_ctz(special);
            }

            break;
        }

        if (bad != 0) {
            break;
        }

        p += 16;
    }

    return p;
}


/* p, or where the character starts that it may be within. */
static inline const unsigned char *
air_json_skip_back(const unsigned char *p, const unsigned char *start)
{
    int  i;

    for (i = 1; i <= 3 && p - i >= start && p[-i] >= 0x80; i++) {

        if (p[-i] >= 0xc0) {
            return p - i;
        }
    }

    return p;
}


/*
 * Passes well-formed UTF-8 of the string at p, three bytes or more into it:
 * the first control, quote or \, or an earlier place between two characters.
 */
static const unsigned char *
air_json_skip_wide_fast(const unsigned char *p, const unsigned char *last)
{
    const unsigned char  *start;

    start = p;

#if (AIR_HAVE_AVX2)
    if (__builtin_cpu_supports("avx2")) {
        p = air_json_skip_back(air_json_skip_wide32(p, last), start);
    }
#endif

    return air_json_skip_back(air_json_skip_wide16(p, last), start);
}

#endif


/*
 * Passes what is not ASCII at *pos, as far as it goes, or less, or further;
 * start is the start of the string.
 */
static air_json_fault_e
air_json_skip_wide(const unsigned char **pos, const unsigned char *last,
    const unsigned char *start)
{
    size_t                n, bad;
    unsigned              early;
    const unsigned char  *p;

    p = *pos;

    /* the vectors look at three bytes before */
    early = p - start < 3;

#if (__SSE2__)
    if (!early) {
        p = air_json_skip_wide_fast(p, last);
    }
#endif

    while (p < last && *p >= 0x80) {
        n = air_utf8_next(p, last, &bad);

        if (n == 0) {
            *pos = p;
            return AIR_JSON_BAD_UTF8;
        }

        p += n;

        if (early && p - start >= 3) {
            break;
        }
    }

    *pos = p;

    return AIR_JSON_FINE;
}
