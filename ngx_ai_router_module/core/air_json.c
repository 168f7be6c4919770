
/*
 * The scan.  One loop over the values of the text; what is open stands on a
 * stack of fixed depth, so nothing recurses.
 *
 *     value --scalar, {} or []--> after --end of text--> done
 *       ^ ^                        | |
 *       | +--- [ or { "key" : -----| |   (opened: its first value)
 *       +----- , or , "key" : -----+ +-- ] or }: after, one level up
 */

#include "air_json_text.h"
#include "air_utf8.h"


/* nodes to begin with: one for so many bytes, within these bounds */
#define AIR_JSON_NODE_BYTES  64
#define AIR_JSON_NODES_MIN   32
#define AIR_JSON_NODES_MAX   128

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


static int air_json_run(air_json_scan_t *s);
static int air_json_value(air_json_scan_t *s);
static int air_json_container(air_json_scan_t *s, air_json_type_e type);
static int air_json_after(air_json_scan_t *s);
static void air_json_flat(air_json_doc_t *doc, uint32_t index);
static inline int air_json_string_at(air_json_scan_t *s);
static inline int air_json_member(air_json_scan_t *s);
static inline int air_json_node(air_json_scan_t *s,
    air_json_type_e type, const unsigned char *start);
static int air_json_grow(air_json_scan_t *s);
static int air_json_unexpected(air_json_scan_t *s);
static int air_json_fail(air_json_scan_t *s, air_json_fault_e fault);


void
air_json_init(air_json_doc_t *doc, const air_mem_t *mem)
{
    doc->text = air_str_n(NULL, 0);
    doc->nodes = NULL;
    doc->n = 0;
    doc->size = 0;
    doc->max = AIR_JSON_MAX_NODES;
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
    while (s->p < s->last && *s->p <= ' ' && air_json_is_blank(*s->p)) {
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
        rc = air_json_string_at(s);
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

        if (node->type == AIR_JSON_ARRAY && (s->flags & AIR_JSON_FLAT)) {
            air_json_flat(s->doc, index);
            continue;
        }

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


/* The array at index is closed: its nodes, when all are numbers, go. */
static void
air_json_flat(air_json_doc_t *doc, uint32_t index)
{
    uint32_t  i;

    for (i = index + 1; i < doc->n; i++) {
        if (doc->nodes[i].type != AIR_JSON_NUMBER) {
            return;
        }
    }

    doc->n = index + 1;
    doc->nodes[index].count = 0;
}


/* From the quote at p to the closing one. */
static inline int
air_json_string_at(air_json_scan_t *s)
{
    unsigned          n;
    air_json_fault_e  fault;

    s->p++;

    n = air_json_short(s->p, s->last);

    if (n < AIR_JSON_SHORT) {
        s->p += n;
        s->escaped = 0;

        return AIR_OK;
    }

    fault = air_json_skip_string(&s->p, s->last, s->flags, &s->escaped);

    return fault == AIR_JSON_FINE ? AIR_OK : air_json_fail(s, fault);
}


/* Takes a key and its colon: AIR_AGAIN, the value comes next. */
static inline int
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

    s->key_start = (uint32_t) (s->p + 1 - s->doc->text.data);

    rc = air_json_string_at(s);
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
static inline int
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

    if (doc->size == doc->max) {
        return air_json_fail(s, AIR_JSON_TOO_COMPLEX);
    }

    if (doc->size == 0) {
        size = AIR_JSON_NODES_MIN;

        while (size < AIR_JSON_NODES_MAX
               && size < doc->text.len / AIR_JSON_NODE_BYTES)
        {
            size *= 2;
        }

    } else {
        size = doc->size * 2;
    }

    if (size > doc->max) {
        size = doc->max;
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
