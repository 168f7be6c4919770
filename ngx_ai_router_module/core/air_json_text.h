
/*
 * Inside of the JSON files: the text of strings and numbers.  Others use
 * air_json.h.
 */

#ifndef _AIR_JSON_TEXT_H_INCLUDED_
#define _AIR_JSON_TEXT_H_INCLUDED_


#include "air_json.h"

#if (__SSE2__)
#include <emmintrin.h>
#endif

/* compiled for AVX2, called where the processor has it */
#define AIR_HAVE_AVX2  (__x86_64__ && __SSE2__)


/* A string between its quotes, as written. */
typedef struct {
    air_str_t  raw;
    unsigned   escaped;           /* 1 when there is a backslash in raw */
} air_json_text_t;


#if (__SSE2__)

/* 16 bytes, set where v holds a control, a quote, \ or no ASCII. */
static inline __m128i
air_json_special(__m128i v)
{
    /* as signed bytes, what is not ASCII is below the controls */
    return _mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8(0x20)),
                        _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
                                     _mm_cmpeq_epi8(v,
                                                    _mm_set1_epi8('\\'))));
}

#endif


#if (AIR_HAVE_AVX2)

/*
 * Passes well-formed UTF-8 at p, three bytes or more into a string, 32 bytes
 * a time: the first control, quote or \, or an earlier place from where to go
 * on singly, which may be within a character.  The processor has AVX2.
 */
const unsigned char *air_json_skip_wide32(const unsigned char *p,
    const unsigned char *last);

#endif


#define AIR_JSON_SHORT  16

/*
 * Length of the plain ASCII string that starts at p, after its quote, when
 * it is below AIR_JSON_SHORT and the text is not near its end; or that:
 * air_json_skip_string() knows then.  Keys and words are mostly such.
 */
static inline unsigned
air_json_short(const unsigned char *p, const unsigned char *last)
{
#if (__SSE2__)
    unsigned  mask, at;

    if (last - p < AIR_JSON_SHORT) {
        return AIR_JSON_SHORT;
    }

    mask = (unsigned) _mm_movemask_epi8(
               air_json_special(_mm_loadu_si128((const __m128i *) p)));

    if (mask != 0) {
        at = (unsigned) __builtin_ctz(mask);

        return p[at] == '"' ? at : AIR_JSON_SHORT;
    }
#else
    (void) p;
    (void) last;
#endif

    return AIR_JSON_SHORT;
}


/*
 * From *pos, after a string's opening quote, to the closing one: sets *pos on
 * it and *escaped to whether there are escapes, AIR_JSON_FINE; or the fault,
 * with *pos where it shows.  flags are those of air_json_scan().
 */
air_json_fault_e air_json_skip_string(const unsigned char **pos,
    const unsigned char *last, unsigned flags, unsigned *escaped);

/* The string a node is, and the key it has. */
air_json_text_t air_json_node_text(const air_json_doc_t *doc,
    const air_json_node_t *node);
air_json_text_t air_json_node_key(const air_json_doc_t *doc,
    const air_json_node_t *node);

/*
 * Writes what the escape at *p stands for to out, 1 to 4 bytes, moves *p past
 * it (and past the second half of a surrogate pair); the number of bytes.  A
 * lone surrogate is U+FFFD.
 */
size_t air_json_unescape(const unsigned char **p, const unsigned char *last,
    unsigned char *out);

/* Order of the decoded bytes: below 0, 0 when the same, above 0. */
int air_json_text_cmp(air_json_text_t a, air_json_text_t b);

/* A hash of the decoded bytes, the same however they are escaped. */
uint64_t air_json_text_hash(air_json_text_t text);

/* The end of the JSON number at p, or NULL when there is none. */
const unsigned char *air_json_number_end(const unsigned char *p,
    const unsigned char *last);

/*
 * Index of a member of the object whose key another member before it has, or
 * 0 when all keys differ.  The object has at most AIR_JSON_MAX_KEYS members.
 */
uint32_t air_json_twin(const air_json_doc_t *doc, uint32_t object);


#endif /* _AIR_JSON_TEXT_H_INCLUDED_ */
