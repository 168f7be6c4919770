
/*
 * yajl's callbacks build the tree.  A value is hung under the innermost open
 * container; its line is counted by moving a pointer along the text, which
 * makes the whole pass linear.  Duplicate keys are found by sorting the keys
 * of an object when it closes.
 */

#include "air_jtree.h"
#include "air_utf8.h"

#include <stdlib.h>
#include <yajl/yajl_parse.h>


#define AIR_JTREE_CHUNK  65536


struct air_jtree_chunk_s {
    air_jtree_chunk_t  *next;
    size_t              used;
    size_t              size;
    max_align_t         data[];
};


typedef struct {
    air_jtree_t   *tree;
    yajl_handle    handle;
    air_str_t      text;
    air_str_t      key;
    size_t         seen;          /* bytes whose newlines are counted        */
    uint32_t       line;
    uint32_t       nodes;
    unsigned       depth;
    int            rc;
    air_jnode_t   *open[AIR_JTREE_MAX_DEPTH];
    air_jnode_t   *last[AIR_JTREE_MAX_DEPTH];
} air_jtree_parser_t;


void *
air_jtree_alloc(air_jtree_t *tree, size_t size)
{
    size_t              chunk_size;
    unsigned char      *p;
    air_jtree_chunk_t  *chunk;

    if (size > SIZE_MAX / 4) {
        return NULL;
    }

    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t)
           * sizeof(max_align_t);

    chunk = tree->chunks;

    if (chunk == NULL || chunk->size - chunk->used < size) {
        chunk_size = size > AIR_JTREE_CHUNK ? size : AIR_JTREE_CHUNK;

        /* style: banned, the tree is dropped whole, pools cannot give back */
        chunk = calloc(1, sizeof(air_jtree_chunk_t) + chunk_size);
        if (chunk == NULL) {
            return NULL;
        }

        chunk->size = chunk_size;
        chunk->next = tree->chunks;
        tree->chunks = chunk;
    }

    p = (unsigned char *) chunk->data + chunk->used;
    chunk->used += size;

    return p;
}


void
air_jtree_free(air_jtree_t *tree)
{
    air_jtree_chunk_t  *chunk;

    while (tree->chunks != NULL) {
        chunk = tree->chunks;
        tree->chunks = chunk->next;
        free(chunk);    /* style: banned, see air_jtree_alloc() */
    }

    tree->root = NULL;
}


static uint32_t
air_jtree_line(air_jtree_parser_t *parser, size_t offset)
{
    if (offset > parser->text.len) {
        offset = parser->text.len;
    }

    while (parser->seen < offset) {
        if (parser->text.data[parser->seen++] == '\n') {
            parser->line++;
        }
    }

    return parser->line;
}


/* Notes the first failure; returns 0, which stops yajl. */
static int
air_jtree_fail(air_jtree_parser_t *parser, int rc, const char *text)
{
    size_t        len;
    air_jtree_t  *tree;

    tree = parser->tree;

    if (parser->rc == AIR_OK) {
        len = strlen(text);

        if (len > sizeof(tree->error) - 1) {
            len = sizeof(tree->error) - 1;
        }

        memcpy(tree->error, text, len);
        tree->error[len] = '\0';
        tree->line = parser->line;
        parser->rc = rc;
    }

    return 0;
}


/* A view that outlives the parser: yajl's own buffer is copied. */
static int
air_jtree_keep(air_jtree_parser_t *parser, const unsigned char *data,
    size_t len, air_str_t *out)
{
    const unsigned char  *text;

    text = parser->text.data;

    *out = air_str_n(data, len);

    if (len == 0 || (data >= text && data < text + parser->text.len)) {
        return AIR_OK;
    }

    out->data = air_jtree_alloc(parser->tree, len);
    if (out->data == NULL) {
        air_jtree_fail(parser, AIR_ENOMEM, "no memory");
        return AIR_ENOMEM;
    }

    memcpy(out->data, data, len);

    return AIR_OK;
}


static air_jnode_t *
air_jtree_add(air_jtree_parser_t *parser, air_json_type_e type)
{
    air_jnode_t  *node, *parent;

    air_jtree_line(parser, yajl_get_bytes_consumed(parser->handle));

    if (++parser->nodes > AIR_JTREE_MAX_NODES) {
        air_jtree_fail(parser, AIR_ELIMIT, "too many values");
        return NULL;
    }

    node = air_jtree_alloc(parser->tree, sizeof(air_jnode_t));
    if (node == NULL) {
        air_jtree_fail(parser, AIR_ENOMEM, "no memory");
        return NULL;
    }

    node->type = type;
    node->line = parser->line;

    if (parser->depth == 0) {
        parser->tree->root = node;
        return node;
    }

    parent = parser->open[parser->depth - 1];
    parent->count++;

    if (parent->type == AIR_JSON_OBJECT) {
        node->key = parser->key;
    }

    if (parent->child == NULL) {
        parent->child = node;

    } else {
        parser->last[parser->depth - 1]->next = node;
    }

    parser->last[parser->depth - 1] = node;

    return node;
}


static int
air_jtree_open(air_jtree_parser_t *parser, air_json_type_e type)
{
    air_jnode_t  *node;

    node = air_jtree_add(parser, type);
    if (node == NULL) {
        return 0;
    }

    if (parser->depth == AIR_JTREE_MAX_DEPTH) {
        return air_jtree_fail(parser, AIR_ELIMIT, "nested too deep");
    }

    parser->open[parser->depth++] = node;

    return 1;
}


static int
air_jtree_cmp(const void *one, const void *two)
{
    int                 rc;
    size_t              len;
    const air_jnode_t  *a, *b;

    a = *(air_jnode_t *const *) one;
    b = *(air_jnode_t *const *) two;

    len = a->key.len < b->key.len ? a->key.len : b->key.len;

    rc = len == 0 ? 0 : memcmp(a->key.data, b->key.data, len);
    if (rc != 0) {
        return rc;
    }

    if (a->key.len != b->key.len) {
        return a->key.len < b->key.len ? -1 : 1;
    }

    return 0;
}


/* The later of two members with one key, or NULL. */
static air_jnode_t *
air_jtree_twice(air_jnode_t **sorted, uint32_t n)
{
    uint32_t      i;
    air_jnode_t  *twice;

    twice = NULL;

    for (i = 1; i < n; i++) {

        if (air_jtree_cmp(&sorted[i - 1], &sorted[i]) != 0) {
            continue;
        }

        twice = sorted[i - 1]->line > sorted[i]->line ? sorted[i - 1]
                                                      : sorted[i];
        break;
    }

    return twice;
}


static int
air_jtree_unique(air_jtree_parser_t *parser, const air_jnode_t *object)
{
    char           text[80];
    size_t         len;
    uint32_t       n;
    air_jnode_t   *node, *twice;
    air_jnode_t  **sorted;

    if (object->count < 2) {
        return 1;
    }

    /* style: banned, see air_jtree_alloc() */
    sorted = malloc(object->count * sizeof(air_jnode_t *));
    if (sorted == NULL) {
        return air_jtree_fail(parser, AIR_ENOMEM, "no memory");
    }

    for (n = 0, node = object->child; node != NULL; node = node->next) {
        sorted[n++] = node;
    }

    qsort(sorted, n, sizeof(air_jnode_t *), air_jtree_cmp);
    twice = air_jtree_twice(sorted, n);

    free(sorted);    /* style: banned, see air_jtree_alloc() */

    if (twice == NULL) {
        return 1;
    }

    len = twice->key.len < 48 ? twice->key.len : 48;

    memcpy(text, "duplicate key \"", 15);
    memcpy(text + 15, twice->key.data, len);
    memcpy(text + 15 + len, "\"", 2);

    parser->line = twice->line;

    return air_jtree_fail(parser, AIR_EINVAL, text);
}


static int
air_jtree_on_null(void *ud)
{
    return air_jtree_add(ud, AIR_JSON_NULL) != NULL;
}


static int
air_jtree_on_bool(void *ud, int value)
{
    return air_jtree_add(ud, value ? AIR_JSON_TRUE : AIR_JSON_FALSE) != NULL;
}


static int
air_jtree_on_text(air_jtree_parser_t *parser, air_json_type_e type,
    const void *data, size_t len)
{
    air_jnode_t  *node;

    node = air_jtree_add(parser, type);
    if (node == NULL) {
        return 0;
    }

    return air_jtree_keep(parser, data, len, &node->text) == AIR_OK;
}


static int
air_jtree_on_number(void *ud, const char *data, size_t len)
{
    return air_jtree_on_text(ud, AIR_JSON_NUMBER, data, len);
}


static int
air_jtree_on_string(void *ud, const unsigned char *data, size_t len)
{
    return air_jtree_on_text(ud, AIR_JSON_STRING, data, len);
}


static int
air_jtree_on_key(void *ud, const unsigned char *data, size_t len)
{
    air_jtree_parser_t  *parser = ud;

    return air_jtree_keep(parser, data, len, &parser->key) == AIR_OK;
}


static int
air_jtree_on_object(void *ud)
{
    return air_jtree_open(ud, AIR_JSON_OBJECT);
}


static int
air_jtree_on_array(void *ud)
{
    return air_jtree_open(ud, AIR_JSON_ARRAY);
}


static int
air_jtree_on_object_end(void *ud)
{
    air_jtree_parser_t  *parser = ud;

    return air_jtree_unique(parser, parser->open[--parser->depth]);
}


static int
air_jtree_on_array_end(void *ud)
{
    air_jtree_parser_t  *parser = ud;

    parser->depth--;

    return 1;
}


static const yajl_callbacks  air_jtree_callbacks = {
    air_jtree_on_null,
    air_jtree_on_bool,
    NULL,
    NULL,
    air_jtree_on_number,
    air_jtree_on_string,
    air_jtree_on_object,
    air_jtree_on_key,
    air_jtree_on_object_end,
    air_jtree_on_array,
    air_jtree_on_array_end
};


/* What yajl says, without its line break. */
static void
air_jtree_yajl_error(air_jtree_parser_t *parser)
{
    char           *nl;
    unsigned char  *text;

    air_jtree_line(parser, yajl_get_bytes_consumed(parser->handle));

    text = yajl_get_error(parser->handle, 0, NULL, 0);
    if (text == NULL) {
        air_jtree_fail(parser, AIR_ENOMEM, "no memory");
        return;
    }

    nl = strchr((char *) text, '\n');
    if (nl != NULL) {
        *nl = '\0';
    }

    air_jtree_fail(parser, AIR_EINVAL, (char *) text);

    yajl_free_error(parser->handle, text);
}


/*
 * Notes the line of the first byte that is no UTF-8.  yajl looks at the form of
 * a sequence only: it takes overlong ones and surrogates.
 */
static void
air_jtree_utf8(air_jtree_parser_t *parser)
{
    size_t                n, bad;
    const unsigned char  *p, *last;

    p = parser->text.data;
    last = p + parser->text.len;

    for ( /* void */ ; p < last; p += n) {
        n = air_utf8_next(p, last, &bad);

        if (n == 0) {
            air_jtree_line(parser, (size_t) (p - parser->text.data));
            air_jtree_fail(parser, AIR_EINVAL, "not UTF-8");
            return;
        }
    }
}


int
air_jtree_parse(air_jtree_t *tree, air_str_t text)
{
    air_jtree_parser_t  parser;

    memset(tree, 0, sizeof(air_jtree_t));
    memset(&parser, 0, sizeof(parser));

    parser.tree = tree;
    parser.text = text;
    parser.line = 1;

    if (text.len > AIR_JTREE_MAX_TEXT) {
        air_jtree_fail(&parser, AIR_ELIMIT, "too large");
        return parser.rc;
    }

    air_jtree_utf8(&parser);

    if (parser.rc != AIR_OK) {
        return parser.rc;
    }

    parser.handle = yajl_alloc(&air_jtree_callbacks, NULL, &parser);
    if (parser.handle == NULL) {
        return AIR_ENOMEM;
    }

    if (yajl_parse(parser.handle, text.data, text.len) != yajl_status_ok
        || yajl_complete_parse(parser.handle) != yajl_status_ok)
    {
        air_jtree_yajl_error(&parser);
    }

    yajl_free(parser.handle);

    if (parser.rc == AIR_OK && tree->root == NULL) {
        air_jtree_fail(&parser, AIR_EINVAL, "empty");
    }

    return parser.rc;
}


air_jnode_t *
air_jtree_get(const air_jnode_t *object, const char *name)
{
    air_jnode_t  *node;

    for (node = air_jtree_object(object); node != NULL; node = node->next) {
        if (air_str_eqz(node->key, name)) {
            return node;
        }
    }

    return NULL;
}


air_jnode_t *
air_jtree_object(const air_jnode_t *node)
{
    if (node == NULL || node->type != AIR_JSON_OBJECT) {
        return NULL;
    }

    return node->child;
}


air_jnode_t *
air_jtree_array(const air_jnode_t *node)
{
    if (node == NULL || node->type != AIR_JSON_ARRAY) {
        return NULL;
    }

    return node->child;
}
