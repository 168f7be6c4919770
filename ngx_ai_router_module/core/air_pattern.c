
/*
 * PCRE2 with a meter.  Its own match limit counts anew from each start and
 * does not see how far one piece of a pattern runs; so patterns are compiled
 * with a callout before every piece, which counts both.
 *
 * PCRE2 gives back what it takes, air_mem_t does not: a compiled pattern is
 * one piece of memory, and searches of one matcher share theirs.
 */

#include "air_pattern_build.h"
#include "air_words.h"

#define PCRE2_CODE_UNIT_WIDTH  8
#include <pcre2.h>


/* bytes that a step passes over */
#define AIR_PATTERN_STRIDE   16

/* steps of any search, and of each byte */
#define AIR_PATTERN_BASE     4096
#define AIR_PATTERN_BYTE     4

/* memory for going back, KiB: of any search, and one for so many bytes */
#define AIR_PATTERN_HEAP     1024
#define AIR_PATTERN_HEAP_BY  32

/* brackets in brackets */
#define AIR_PATTERN_NEST     100


/* An allocator that counts down. */
typedef struct {
    const air_mem_t       *mem;
    size_t                 left;
    unsigned               limited;
} air_pattern_mem_t;


struct air_pattern_s {
    pcre2_code            *code;
    air_pattern_cost_t     cost;
    air_pattern_mem_t      from;
};


struct air_matcher_s {
    pcre2_match_context   *context;
    pcre2_match_data      *data;
    air_pattern_mem_t      from;

    /* the search that runs */
    size_t                 at;
    uint64_t               unit;      /* of a step                           */
    uint64_t               weight;    /* of AIR_PATTERN_STRIDE bytes         */
    uint64_t               left;
};


static void *
air_pattern_get(size_t size, void *ud)
{
    air_pattern_mem_t  *from = ud;

    if (size > from->left) {
        from->limited = 1;
        return NULL;
    }

    from->left -= size;

    return air_mem_get(from->mem, size);
}


static void
air_pattern_drop(void *p, void *ud)
{
    (void) p;
    (void) ud;
}


static int
air_pattern_code(air_pattern_t *pattern, air_str_t text, uint32_t options,
    const char **why)
{
    int                     error;
    PCRE2_SIZE              offset;
    pcre2_general_context  *general;
    pcre2_compile_context  *context;

    general = pcre2_general_context_create(air_pattern_get, air_pattern_drop,
                                           &pattern->from);
    if (general == NULL) {
        return AIR_ENOMEM;
    }

    context = pcre2_compile_context_create(general);
    if (context == NULL) {
        return AIR_ENOMEM;
    }

    (void) pcre2_set_parens_nest_limit(context, AIR_PATTERN_NEST);

    pattern->code = pcre2_compile(text.data, text.len,
                                  PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C
                                  | PCRE2_AUTO_CALLOUT | options,
                                  &error, &offset, context);

    if (pattern->code != NULL) {
        return AIR_OK;
    }

    switch (error) {

    case PCRE2_ERROR_HEAP_FAILED:
        if (!pattern->from.limited) {
            return AIR_ENOMEM;
        }

        /* fall through */

    case PCRE2_ERROR_PATTERN_TOO_LARGE:
    case PCRE2_ERROR_PATTERN_STRING_TOO_LONG:
    case PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP:
    case PCRE2_ERROR_PATTERN_TOO_COMPLICATED:
        *why = "too large a pattern";
        return AIR_ELIMIT;

    case PCRE2_ERROR_QUANTIFIER_TOO_BIG:
        *why = "a pattern repeats more than 65535 times";
        return AIR_ELIMIT;

    case PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH:
        *why = "a look-behind has no fixed length";
        return AIR_EINVAL;

    default:
        *why = "no regular expression";
        return AIR_EINVAL;
    }
}


static int
air_pattern_create(air_pattern_t **pattern, air_str_t text,
    const air_mem_t *mem, const char **why)
{
    *why = "too long a pattern";

    if (text.len > AIR_PATTERN_TEXT) {
        return AIR_ELIMIT;
    }

    *pattern = air_mem_get(mem, sizeof(air_pattern_t));
    if (*pattern == NULL) {
        return AIR_ENOMEM;
    }

    memset(*pattern, 0, sizeof(air_pattern_t));

    (*pattern)->from.mem = mem;
    (*pattern)->from.left = AIR_PATTERN_CODE;

    return AIR_OK;
}


/* The greatest number in braces, or more. */
static unsigned
air_pattern_repeats(air_str_t s)
{
    size_t    i;
    unsigned  n, most;

    most = 0;

    for (i = 0; i < s.len; i++) {

        if (s.data[i] != '{' && s.data[i] != ',') {
            continue;
        }

        for (n = 0; i + 1 < s.len && air_words_digit(s.data[i + 1]); i++) {
            n = n <= AIR_PATTERN_MOST ? n * 10 + (s.data[i + 1] - '0') : n;
        }

        most = n > most ? n : most;
    }

    return most;
}


/* Bytes of the longest [...], or more. */
static size_t
air_pattern_set(air_str_t s)
{
    size_t  i, first, longest;

    longest = 0;
    first = s.len;

    for (i = 0; i < s.len; i++) {

        if (s.data[i] == '[' && first == s.len) {
            first = i;
        }

        if (s.data[i] == ']' && first != s.len) {
            longest = i - first > longest ? i - first : longest;
            first = i + 1 < s.len && s.data[i + 1] == ']' ? first : s.len;
        }
    }

    return longest;
}


int
air_pattern_compile_own(air_pattern_t **out, air_str_t text,
    const air_mem_t *mem, const char **why)
{
    int             rc;
    uint32_t        back;
    air_pattern_t  *pattern;

    *out = NULL;

    rc = air_pattern_create(&pattern, text, mem, why);
    if (rc != AIR_OK) {
        return rc;
    }

    pattern->cost.set = air_pattern_set(text);
    pattern->cost.least = air_pattern_repeats(text);

    if (pattern->cost.least > AIR_PATTERN_MOST) {
        *why = "a pattern repeats more than 1000 times";
        return AIR_ELIMIT;
    }

    rc = air_pattern_code(pattern, text, 0, why);
    if (rc != AIR_OK) {
        return rc;
    }

    back = 0;

    if (pcre2_pattern_info(pattern->code, PCRE2_INFO_BACKREFMAX, &back) != 0
        || back != 0)
    {
        *why = "a pattern has back references, whose time is not linear";
        return AIR_EINVAL;
    }

    *out = pattern;

    return AIR_OK;
}


int
air_pattern_compile(air_pattern_t **out, air_str_t text, const air_mem_t *mem,
    const char **why)
{
    int             rc;
    air_buf_t       b;
    air_pattern_t  *pattern;

    *out = NULL;

    rc = air_pattern_create(&pattern, text, mem, why);
    if (rc != AIR_OK) {
        return rc;
    }

    air_buf_init(&b, mem, 8 * AIR_PATTERN_TEXT);

    if (air_buf_reserve(&b, text.len + 1) != AIR_OK) {
        return AIR_ENOMEM;
    }

    rc = air_pattern_translate(&b, text, &pattern->cost, why);

    if (rc == AIR_OK) {
        rc = air_pattern_code(pattern, air_buf_view(&b),
                              PCRE2_NO_UTF_CHECK | PCRE2_DOLLAR_ENDONLY
                              | PCRE2_ALLOW_EMPTY_CLASS
                              | PCRE2_MATCH_UNSET_BACKREF | PCRE2_DUPNAMES,
                              why);
    }

    if (rc == AIR_OK) {
        *out = pattern;
    }

    return rc;
}


/* Before each piece of a pattern: the way since the last one is paid. */
static int
air_pattern_step(pcre2_callout_block *block, void *ud)
{
    size_t          way;
    uint64_t        cost;
    air_matcher_t  *m = ud;

    cost = m->unit;

    if (block->current_position > m->at) {
        way = block->current_position - m->at;
        cost += way / AIR_PATTERN_STRIDE * m->weight;
    }

    m->at = block->current_position;

    if (cost > m->left) {
        m->left = 0;
        return PCRE2_ERROR_CALLOUT;
    }

    m->left -= cost;

    return 0;
}


air_matcher_t *
air_matcher_create(const air_mem_t *mem)
{
    air_matcher_t          *m;
    pcre2_general_context  *general;

    m = air_mem_get(mem, sizeof(air_matcher_t));
    if (m == NULL) {
        return NULL;
    }

    memset(m, 0, sizeof(air_matcher_t));

    m->from.mem = mem;
    m->from.left = SIZE_MAX;

    general = pcre2_general_context_create(air_pattern_get, air_pattern_drop,
                                           &m->from);
    if (general == NULL) {
        return NULL;
    }

    m->context = pcre2_match_context_create(general);
    m->data = pcre2_match_data_create(1, general);

    if (m->context == NULL || m->data == NULL) {
        return NULL;
    }

    (void) pcre2_set_callout(m->context, air_pattern_step, m);

    return m;
}


uint64_t
air_pattern_steps(size_t len)
{
    return AIR_PATTERN_BASE + (uint64_t) len * AIR_PATTERN_BYTE;
}


int
air_pattern_search(const air_pattern_t *pattern, air_matcher_t *m,
    air_str_t text, uint64_t *steps)
{
    int       rc;
    uint64_t  given;

    if (text.len == 0) {
        text = air_str_z("");
    }

    m->weight = 1 + pattern->cost.set / 32;
    m->unit = m->weight * (1 + pattern->cost.least / AIR_PATTERN_STRIDE);

    if (pattern->cost.again) {
        m->unit += text.len / 256;
    }

    given = air_pattern_steps(text.len);

    if (given > *steps) {
        given = *steps;
    }

    m->at = 0;
    m->left = given;

    (void) pcre2_set_match_limit(m->context, (uint32_t)
                                 (given < UINT32_MAX ? given : UINT32_MAX));
    (void) pcre2_set_heap_limit(m->context, (uint32_t)
                                (AIR_PATTERN_HEAP
                                 + text.len / AIR_PATTERN_HEAP_BY));

    rc = pcre2_match(pattern->code, text.data, text.len, 0,
                     PCRE2_NO_UTF_CHECK, m->data, m->context);

    *steps -= given - m->left;

    if (rc >= 0) {
        return AIR_OK;
    }

    switch (rc) {

    case PCRE2_ERROR_NOMATCH:
        return AIR_ENOENT;

    case PCRE2_ERROR_NOMEMORY:
        return AIR_ENOMEM;

    default:
        return AIR_ELIMIT;
    }
}
