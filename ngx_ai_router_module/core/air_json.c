
/*
 * The scan.  One loop over the values of the text; what is open stands on a
 * stack of fixed depth, so nothing recurses.  Strings are where the bytes
 * are: sixteen (then sixty-four) of them are looked at in one go for
 * anything that is not plain ASCII.
 *
 *     value --scalar, {} or []--> after --end of text--> done
 *       ^ ^                        | |
 *       | +--- [ or { "key" : -----| |   (opened: its first value)
 *       +----- , or , "key" : -----+ +-- ] or }: after, one level up
 */

#include "air_json_text.h"
#include "air_utf8.h"

#if (__SSE2__)
#include <emmintrin.h>
#endif


#define AIR_JSON_NODES_MIN  64

#define air_json_is_blank(c)                                                  \
    ((c) == ' ' || (c) == '\n' || (c) == '\r' || (c) == '\t')


typedef struct {
    uint32_t              node;        /* the container                  */
    uint32_t              child;       /* its last child yet, 0 for none */
} air_json_open_t;


typedef struct {
    air_json_doc_t       *doc;
    const unsigned char  *p;
    const unsigned char  *last;
    unsigned              flags;
    unsigned              depth;       /* containers open                */
    unsigned              escaped;     /* of the last string             */
    unsigned              key_escaped;
    uint32_t              key_start;
    uint32_t              key_end;
    air_json_error_t      error;
    air_json_open_t       open[AIR_JSON_MAX_DEPTH];
} air_json_scan_t;


/* hexadecimal digits: the value and a bit that tells it from none */
#define AIR_JSON_HEX  0x10

static const unsigned char  air_json_digit[256] = {
    ['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14,
    ['5'] = 0x15, ['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19,
    ['a'] = 0x1a, ['b'] = 0x1b, ['c'] = 0x1c, ['d'] = 0x1d, ['e'] = 0x1e,
    ['f'] = 0x1f,
    ['A'] = 0x1a, ['B'] = 0x1b, ['C'] = 0x1c, ['D'] = 0x1d, ['E'] = 0x1e,
    ['F'] = 0x1f
};


static int air_json_run(air_json_scan_t *s);
static int air_json_value(air_json_scan_t *s);
static int air_json_container(air_json_scan_t *s, air_json_type_e type);
static int air_json_after(air_json_scan_t *s);
static int air_json_member(air_json_scan_t *s);
static int air_json_node(air_json_scan_t *s, air_json_type_e type,
    const unsigned char *start);
static int air_json_grow(air_json_scan_t *s);
static int air_json_skip_string(air_json_scan_t *s);
static int air_json_skip_escape(air_json_scan_t *s);
static int air_json_skip_wide(air_json_scan_t *s);
static int air_json_unexpected(air_json_scan_t *s);
static int air_json_fail(air_json_scan_t *s, air_json_fault_e fault);


void
air_json_init(air_json_doc_t *doc, const air_mem_t *mem)
{
    doc->text = air_str_n(NULL, 0);
    doc->nodes = NULL;
    doc->n = 0;
    doc->size = 0;
    doc->mem = mem;
}


int
air_json_scan(air_json_doc_t *doc, air_str_t text, unsigned flags,
    air_json_error_t *error)
{
    int              rc;
    air_json_scan_t  s;

    /* the null string has no address to count from */

    if (text.len == 0) {
        text = air_str_z("");
    }

    doc->text = text;
    doc->n = 0;

    s.doc = doc;
    s.p = text.data;
    s.last = text.data + text.len;
    s.flags = flags;
    s.depth = 0;
    s.key_start = 0;
    s.key_end = 0;
    s.key_escaped = 0;

    s.error.fault = AIR_JSON_FINE;
    s.error.offset = 0;
    s.error.key_start = 0;
    s.error.key_end = 0;

    if (text.len > UINT32_MAX - 1) {
        rc = air_json_fail(&s, AIR_JSON_TOO_COMPLEX);

    } else {
        rc = air_json_run(&s);
    }

    if (rc != AIR_OK) {
        doc->n = 0;
    }

    if (error != NULL) {
        *error = s.error;
    }

    return rc;
}


static int
air_json_run(air_json_scan_t *s)
{
    int  rc;

    do {
        rc = air_json_value(s);

        if (rc == AIR_OK) {
            rc = air_json_after(s);
        }

    } while (rc == AIR_AGAIN);

    return rc;
}


static inline void
air_json_skip_blank(air_json_scan_t *s)
{
    while (s->p < s->last && air_json_is_blank(*s->p)) {
        s->p++;
    }
}


/*
 * Takes one scalar or empty container: AIR_OK.  Or opens a container (and
 * takes the first key of an object): AIR_AGAIN.
 */
static int
air_json_value(air_json_scan_t *s)
{
    int                   rc;
    size_t                n;
    const char           *word;
    air_json_type_e       type;
    const unsigned char  *start, *end;

    air_json_skip_blank(s);

    if (s->p == s->last) {
        return air_json_fail(s, AIR_JSON_BAD_SYNTAX);
    }

    start = s->p;

    switch (*start) {

    case '"':
        s->p++;

        rc = air_json_skip_string(s);
        if (rc != AIR_OK) {
            return rc;
        }

        rc = air_json_node(s, AIR_JSON_STRING, start + 1);

        /* the closing quote */
        s->p++;

        return rc;

    case '{':
        return air_json_container(s, AIR_JSON_OBJECT);

    case '[':
        return air_json_container(s, AIR_JSON_ARRAY);

    case 't':
        word = "true";
        type = AIR_JSON_TRUE;
        break;

    case 'f':
        word = "false";
        type = AIR_JSON_FALSE;
        break;

    case 'n':
        word = "null";
        type = AIR_JSON_NULL;
        break;

    default:
        end = air_json_number_end(start, s->last);
        if (end == NULL) {
            return air_json_unexpected(s);
        }

        s->p = end;

        return air_json_node(s, AIR_JSON_NUMBER, start);
    }

    n = strlen(word);

    if ((size_t) (s->last - start) < n || memcmp(start, word, n) != 0) {
        return air_json_fail(s, AIR_JSON_BAD_SYNTAX);
    }

    s->p += n;

    return air_json_node(s, type, start);
}


static int
air_json_container(air_json_scan_t *s, air_json_type_e type)
{
    int               rc;
    uint32_t          index;
    unsigned char     closing;

    if (s->depth == AIR_JSON_MAX_DEPTH) {
        return air_json_fail(s, AIR_JSON_TOO_DEEP);
    }

    index = s->doc->n;

    rc = air_json_node(s, type, s->p);
    if (rc != AIR_OK) {
        return rc;
    }

    s->p++;
    air_json_skip_blank(s);

    closing = type == AIR_JSON_OBJECT ? '}' : ']';

    if (s->p < s->last && *s->p == closing) {
        s->p++;
        s->doc->nodes[index].end = (uint32_t) (s->p - s->doc->text.data);

        return AIR_OK;
    }

    s->open[s->depth].node = index;
    s->open[s->depth].child = 0;
    s->depth++;

    s->key_start = 0;
    s->key_end = 0;
    s->key_escaped = 0;

    return type == AIR_JSON_OBJECT ? air_json_member(s) : AIR_AGAIN;
}


/*
 * After a value: closes what ends here.  AIR_AGAIN when a value follows,
 * AIR_OK at the end of the text.
 */
static int
air_json_after(air_json_scan_t *s)
{
    uint32_t          index, twin;
    air_json_node_t  *node;

    while (s->depth != 0) {
        air_json_skip_blank(s);

        if (s->p == s->last) {
            return air_json_fail(s, AIR_JSON_BAD_SYNTAX);
        }

        index = s->open[s->depth - 1].node;
        node = &s->doc->nodes[index];

        if (*s->p == ',') {
            s->p++;

            return node->type == AIR_JSON_OBJECT ? air_json_member(s)
                                                 : AIR_AGAIN;
        }

        if (*s->p != (node->type == AIR_JSON_OBJECT ? '}' : ']')) {
            return air_json_unexpected(s);
        }

        s->p++;
        s->depth--;
        node->end = (uint32_t) (s->p - s->doc->text.data);

        if (node->type != AIR_JSON_OBJECT || node->count < 2
            || !(s->flags & AIR_JSON_UNIQUE))
        {
            continue;
        }

        twin = air_json_twin(s->doc, index);

        if (twin != 0) {
            node = &s->doc->nodes[twin];

            s->p = s->doc->text.data + node->key_start;
            s->error.key_start = node->key_start;
            s->error.key_end = node->key_end;

            return air_json_fail(s, AIR_JSON_DUPLICATE_KEY);
        }
    }

    air_json_skip_blank(s);

    return s->p == s->last ? AIR_OK : air_json_unexpected(s);
}


/* Takes a key and its colon: AIR_AGAIN, the value comes next. */
static int
air_json_member(air_json_scan_t *s)
{
    int                rc;
    air_json_node_t   *object;

    air_json_skip_blank(s);

    if (s->p == s->last || *s->p != '"') {
        return air_json_unexpected(s);
    }

    object = &s->doc->nodes[s->open[s->depth - 1].node];

    if (object->count == AIR_JSON_MAX_KEYS && (s->flags & AIR_JSON_UNIQUE)) {
        return air_json_fail(s, AIR_JSON_TOO_COMPLEX);
    }

    s->p++;
    s->key_start = (uint32_t) (s->p - s->doc->text.data);

    rc = air_json_skip_string(s);
    if (rc != AIR_OK) {
        return rc;
    }

    s->key_end = (uint32_t) (s->p - s->doc->text.data);
    s->key_escaped = s->escaped;

    s->p++;
    air_json_skip_blank(s);

    if (s->p == s->last || *s->p != ':') {
        return air_json_unexpected(s);
    }

    s->p++;

    return AIR_AGAIN;
}


/* Adds the node of the value start..p to its parent. */
static int
air_json_node(air_json_scan_t *s, air_json_type_e type,
    const unsigned char *start)
{
    int               rc;
    uint32_t          index;
    air_json_doc_t   *doc;
    air_json_node_t  *node;
    air_json_open_t  *open;

    doc = s->doc;
    index = doc->n;

    if (index == doc->size) {
        rc = air_json_grow(s);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    node = &doc->nodes[index];
    doc->n++;

    node->start = (uint32_t) (start - doc->text.data);
    node->end = (uint32_t) (s->p - doc->text.data);
    node->key_start = s->key_start;
    node->key_end = s->key_end;
    node->next = 0;
    node->count = 0;
    node->type = (uint8_t) type;
    node->escaped = type == AIR_JSON_STRING ? (uint8_t) s->escaped : 0;
    node->key_escaped = (uint8_t) s->key_escaped;
    node->depth = (uint8_t) s->depth;

    if (s->depth == 0) {
        return AIR_OK;
    }

    open = &s->open[s->depth - 1];
    doc->nodes[open->node].count++;

    if (open->child != 0) {
        doc->nodes[open->child].next = index;
    }

    open->child = index;

    return AIR_OK;
}


static int
air_json_grow(air_json_scan_t *s)
{
    uint32_t          size;
    air_json_doc_t   *doc;
    air_json_node_t  *nodes;

    doc = s->doc;

    if (doc->size == AIR_JSON_MAX_NODES) {
        return air_json_fail(s, AIR_JSON_TOO_COMPLEX);
    }

    size = doc->size == 0 ? AIR_JSON_NODES_MIN : doc->size * 2;

    if (size > AIR_JSON_MAX_NODES) {
        size = AIR_JSON_MAX_NODES;
    }

    nodes = air_mem_get(doc->mem, size * sizeof(air_json_node_t));
    if (nodes == NULL) {
        return AIR_ENOMEM;
    }

    if (doc->n != 0) {
        memcpy(nodes, doc->nodes, doc->n * sizeof(air_json_node_t));
    }

    doc->nodes = nodes;
    doc->size = size;

    return AIR_OK;
}


#if (__SSE2__)

/* 16 bytes, set where v holds a quote or a backslash. */
static inline __m128i
air_json_quotes(__m128i v)
{
    return _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
                        _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
}


/* 16 bytes, set where v holds a control, a quote, \ or no ASCII. */
static inline __m128i
air_json_specials(__m128i v)
{
    /* as signed bytes, what is not ASCII is below the controls */
    return _mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8(0x20)),
                        air_json_quotes(v));
}


static inline __m128i
air_json_load(const unsigned char *p)
{
    return _mm_loadu_si128((const __m128i *) p);
}

#endif


/* 1 for what may follow a backslash by itself */
static inline unsigned
air_json_is_escape(unsigned char c)
{
    switch (c) {

    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return 1;
    }

    return 0;
}


#if (__SSE2__)

/*
 * Passes plain ASCII and simple escapes of the string at p, and sets *escaped
 * after an escape: the first other byte, or one of the last 16, or last.
 */
static inline const unsigned char *
air_json_skip_text(const unsigned char *p, const unsigned char *last,
    unsigned *escaped)
{
    unsigned              mask, at;
    const unsigned char  *q, *next;

    while (last - p > 16) {
        mask = (unsigned) _mm_movemask_epi8(
                                      air_json_specials(air_json_load(p)));
        next = p + 16;

        if (mask == 0) {
            p = next;
            continue;
        }

        do {
            at = (unsigned) __builtin_ctz(mask);
            q = p + at;

            if (*q != '\\' || !air_json_is_escape(q[1])) {
                return q;
            }

            *escaped = 1;

            /* what is escaped counts no more; it may be in the next block */
            next += at == 15;
            mask &= ~(3u << at);

        } while (mask != 0);

        p = next;
    }

    return p;
}

#endif


/* From after the opening quote to the closing one. */
static int
air_json_skip_string(air_json_scan_t *s)
{
    int                   rc;
    unsigned              escaped;
    const unsigned char  *p;

    p = s->p;
    escaped = 0;

    for ( ;; ) {
#if (__SSE2__)
        p = air_json_skip_text(p, s->last, &escaped);
#endif

        while (p < s->last && *p >= 0x20 && *p < 0x80 && *p != '"'
               && *p != '\\')
        {
            p++;
        }

        s->p = p;

        if (p == s->last) {
            return air_json_fail(s, AIR_JSON_BAD_SYNTAX);
        }

        if (*p == '"') {
            s->escaped = escaped;
            return AIR_OK;
        }

        if (*p == '\\') {
            escaped = 1;
            rc = air_json_skip_escape(s);

        } else if (*p >= 0x80) {
            rc = air_json_skip_wide(s);

        } else {
            rc = air_json_fail(s, AIR_JSON_BAD_SYNTAX);
        }

        if (rc != AIR_OK) {
            return rc;
        }

        p = s->p;
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


/* Passes the escape at p, and those that follow it at once. */
static int
air_json_skip_escape(air_json_scan_t *s)
{
    int                   code, low;
    const unsigned char  *p, *last;

    p = s->p;
    last = s->last;

    while (p < last && *p == '\\') {
        s->p = p;

        if (last - p >= 2 && air_json_is_escape(p[1])) {
            p += 2;
            continue;
        }

        code = air_json_code(p, last);
        if (code < 0) {
            return air_json_fail(s, AIR_JSON_BAD_SYNTAX);
        }

        p += 6;

        if (code < 0xd800 || code > 0xdfff || (s->flags & AIR_JSON_VENDOR)) {
            continue;
        }

        if (code > 0xdbff) {
            return air_json_fail(s, AIR_JSON_BAD_SURROGATE);
        }

        low = air_json_code(p, last);

        if (low < 0 && last - p >= 2 && p[0] == '\\' && p[1] == 'u') {
            s->p = p;
            return air_json_fail(s, AIR_JSON_BAD_SYNTAX);
        }

        if (low < 0xdc00 || low > 0xdfff) {
            return air_json_fail(s, AIR_JSON_BAD_SURROGATE);
        }

        p += 6;
    }

    s->p = p;

    return AIR_OK;
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
 * or an earlier place between two characters from where to go on singly.
 */
static const unsigned char *
air_json_skip_wide16(const unsigned char *p, const unsigned char *last)
{
    unsigned              i, bad, special;
    __m128i               v, m;
    const unsigned char  *start;

    start = p;

    while (last - p >= 16) {
        v = air_json_load(p);

        m = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
        m = _mm_or_si128(m, air_json_quotes(v));

        special = (unsigned) _mm_movemask_epi8(m);
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

    /* back to the start of a character that may not be whole */

    for (i = 1; i <= 3 && p - i >= start; i++) {

        if (p[-(int) i] >= 0xc0) {
            return p - i;
        }
    }

    return p;
}

#endif


/* Passes what is not ASCII at p, as far as it goes and maybe further. */
static int
air_json_skip_wide(air_json_scan_t *s)
{
    size_t                n, bad;
    const unsigned char  *p;

    p = s->p;

    if (s->flags & AIR_JSON_VENDOR) {

        while (p < s->last && *p >= 0x80) {
            p++;
        }

        s->p = p;
        return AIR_OK;
    }

#if (__SSE2__)
    if (p - s->doc->text.data >= 3) {
        p = air_json_skip_wide16(p, s->last);
    }
#endif

    while (p < s->last && *p >= 0x80) {
        n = air_utf8_next(p, s->last, &bad);

        if (n == 0) {
            s->p = p;
            return air_json_fail(s, AIR_JSON_BAD_UTF8);
        }

        p += n;
    }

    s->p = p;

    return AIR_OK;
}


/* Refuses the byte at p, or the end of the text, where neither may stand. */
static int
air_json_unexpected(air_json_scan_t *s)
{
    size_t                bad;
    const unsigned char  *p;

    p = s->p;

    if (p == s->last || *p < 0x80 || (s->flags & AIR_JSON_VENDOR)
        || air_utf8_next(p, s->last, &bad) != 0)
    {
        return air_json_fail(s, AIR_JSON_BAD_SYNTAX);
    }

    /* the mark of UTF-16 and UTF-32 tells of a wrong encoding, not of damage */

    if (p == s->doc->text.data && s->last - p >= 2
        && (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "\xfe\xff", 2) == 0))
    {
        return air_json_fail(s, AIR_JSON_BAD_SYNTAX);
    }

    return air_json_fail(s, AIR_JSON_BAD_UTF8);
}


static int
air_json_fail(air_json_scan_t *s, air_json_fault_e fault)
{
    s->error.fault = fault;
    s->error.offset = (size_t) (s->p - s->doc->text.data);

    if (fault == AIR_JSON_TOO_DEEP || fault == AIR_JSON_TOO_COMPLEX) {
        return AIR_ELIMIT;
    }

    return AIR_EINVAL;
}
