
/*
 * Well-formed UTF-8 at 32 bytes a time, where the processor has AVX2: three
 * looks into tables of sixteen tell of each byte whether it may follow the
 * one before it (Keiser and Lemire, "Validating UTF-8 in less than one
 * instruction per byte", arXiv 2010.03090, part 6).
 */

#include "air_json_text.h"


#if (AIR_HAVE_AVX2)

#include <immintrin.h>


/* faults of a pair of bytes; a pair has one when all three tables name it */
#define AIR_WIDE_SHORT     0x01   /* a lead byte, then no tail byte         */
#define AIR_WIDE_LONG      0x02   /* ASCII, then a tail byte                */
#define AIR_WIDE_OVER3     0x04   /* E0 80 to E0 9F                         */
#define AIR_WIDE_LARGE     0x08   /* F4 90 and more                         */
#define AIR_WIDE_SURR      0x10   /* ED A0 to ED BF                         */
#define AIR_WIDE_OVER2     0x20   /* C0, C1                                 */
#define AIR_WIDE_LARGER    0x40   /* F5 80 and more: shares its bit with    */
#define AIR_WIDE_OVER4     0x40   /* F0 80 to F0 8F                         */
#define AIR_WIDE_TAILS     0x80   /* two tail bytes: no fault after a lead
                                     of three or four                       */

#define AIR_WIDE_ANY       (AIR_WIDE_SHORT|AIR_WIDE_LONG|AIR_WIDE_TAILS)
#define AIR_WIDE_BEYOND    (AIR_WIDE_ANY|AIR_WIDE_LARGE|AIR_WIDE_LARGER)
#define AIR_WIDE_TAIL      (AIR_WIDE_LONG|AIR_WIDE_OVER2|AIR_WIDE_TAILS)


/* by the first byte's upper half, its lower half, the second's upper half */
static const unsigned char  air_wide_first[16] = {
    AIR_WIDE_LONG, AIR_WIDE_LONG, AIR_WIDE_LONG, AIR_WIDE_LONG,
    AIR_WIDE_LONG, AIR_WIDE_LONG, AIR_WIDE_LONG, AIR_WIDE_LONG,
    AIR_WIDE_TAILS, AIR_WIDE_TAILS, AIR_WIDE_TAILS, AIR_WIDE_TAILS,
    AIR_WIDE_SHORT|AIR_WIDE_OVER2,
    AIR_WIDE_SHORT,
    AIR_WIDE_SHORT|AIR_WIDE_OVER3|AIR_WIDE_SURR,
    AIR_WIDE_SHORT|AIR_WIDE_LARGE|AIR_WIDE_LARGER|AIR_WIDE_OVER4
};

static const unsigned char  air_wide_lower[16] = {
    AIR_WIDE_ANY|AIR_WIDE_OVER2|AIR_WIDE_OVER3|AIR_WIDE_OVER4,
    AIR_WIDE_ANY|AIR_WIDE_OVER2,
    AIR_WIDE_ANY, AIR_WIDE_ANY,
    AIR_WIDE_ANY|AIR_WIDE_LARGE,
    AIR_WIDE_BEYOND, AIR_WIDE_BEYOND, AIR_WIDE_BEYOND, AIR_WIDE_BEYOND,
    AIR_WIDE_BEYOND, AIR_WIDE_BEYOND, AIR_WIDE_BEYOND, AIR_WIDE_BEYOND,
    AIR_WIDE_BEYOND|AIR_WIDE_SURR,
    AIR_WIDE_BEYOND, AIR_WIDE_BEYOND
};

static const unsigned char  air_wide_second[16] = {
    AIR_WIDE_SHORT, AIR_WIDE_SHORT, AIR_WIDE_SHORT, AIR_WIDE_SHORT,
    AIR_WIDE_SHORT, AIR_WIDE_SHORT, AIR_WIDE_SHORT, AIR_WIDE_SHORT,
    AIR_WIDE_TAIL|AIR_WIDE_OVER3|AIR_WIDE_LARGER|AIR_WIDE_OVER4,
    AIR_WIDE_TAIL|AIR_WIDE_OVER3|AIR_WIDE_LARGE,
    AIR_WIDE_TAIL|AIR_WIDE_SURR|AIR_WIDE_LARGE,
    AIR_WIDE_TAIL|AIR_WIDE_SURR|AIR_WIDE_LARGE,
    AIR_WIDE_SHORT, AIR_WIDE_SHORT, AIR_WIDE_SHORT, AIR_WIDE_SHORT
};


__attribute__((target("avx2")))
static inline __m256i
air_wide_load(const unsigned char *p)
{
    return _mm256_loadu_si256((const __m256i *) p);
}


__attribute__((target("avx2")))
static inline __m256i
air_wide_table(const unsigned char *table)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)
                                                       table));
}


/* each byte's upper half */
__attribute__((target("avx2")))
static inline __m256i
air_wide_upper(__m256i v)
{
    return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15));
}


/* one bit of each byte that may not follow the three before it */
__attribute__((target("avx2")))
static inline unsigned
air_wide_bad(const unsigned char *p, __m256i v)
{
    __m256i  back1, pair, more;

    back1 = air_wide_load(p - 1);

    pair = _mm256_and_si256(
               _mm256_shuffle_epi8(air_wide_table(air_wide_first),
                                   air_wide_upper(back1)),
               _mm256_shuffle_epi8(air_wide_table(air_wide_lower),
                                   _mm256_and_si256(back1,
                                                    _mm256_set1_epi8(15))));
    pair = _mm256_and_si256(pair,
               _mm256_shuffle_epi8(air_wide_table(air_wide_second),
                                   air_wide_upper(v)));

    /* the upper bit: the third byte of three, the third or fourth of four */

    more = _mm256_or_si256(
               _mm256_subs_epu8(air_wide_load(p - 2),
                                _mm256_set1_epi8(0xe0 - 0x80)),
               _mm256_subs_epu8(air_wide_load(p - 3),
                                _mm256_set1_epi8(0xf0 - 0x80)));
    more = _mm256_and_si256(more, _mm256_set1_epi8((char) 0x80));

    return ~(unsigned) _mm256_movemask_epi8(
                           _mm256_cmpeq_epi8(pair, more));
}


/* one bit of each control, quote and backslash */
__attribute__((target("avx2")))
static inline unsigned
air_wide_marks(__m256i v)
{
    __m256i  marks;

    marks = _mm256_or_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('"')),
                            _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\')));
    marks = _mm256_or_si256(marks,
                 _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)),
                                   v));

    return (unsigned) _mm256_movemask_epi8(marks);
}


__attribute__((target("avx2")))
const unsigned char *
air_json_skip_wide32(const unsigned char *p, const unsigned char *last)
{
    __m256i   v;
    unsigned  bad, marks;

    while (last - p >= 32) {
        v = air_wide_load(p);

        marks = air_wide_marks(v);
        bad = air_wide_bad(p, v);

        if (marks != 0) {

            /* a character cut short by the mark shows at the mark */

            if ((bad & (marks ^ (marks - 1))) == 0) {
                return p + __builtin_ctz(marks);
            }

            break;
        }

        if (bad != 0) {
            break;
        }

        p += 32;
    }

    return p;
}

#endif
