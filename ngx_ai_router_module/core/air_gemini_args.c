
/*
 * Arguments of a call in pieces (streamFunctionCallArguments): values at
 * places such as $.items[0].name, strings in several parts.  They are put
 * together to one object, for no other wire can take them as they come.
 *
 * cloud.google.com/vertex-ai/generative-ai/docs (FunctionCall.partial_args),
 * read 2026-11-22; recorded streams.
 */

#include "air_gemini_args.h"


#define AIR_GEMINI_VALUES  4096
#define AIR_GEMINI_TEXT    (1024 * 1024)
#define AIR_GEMINI_DEPTH   64
#define AIR_GEMINI_PIECES  65536


typedef struct air_gemini_piece_s  air_gemini_piece_t;

struct air_gemini_piece_s {
    air_gemini_piece_t  *next;
    air_str_t            text;
};


struct air_gemini_value_s {
    air_gemini_value_t  *next;
    air_gemini_value_t  *child;
    air_gemini_value_t  *last;    /* child                                  */
    air_gemini_piece_t  *piece;
    air_gemini_piece_t  *end;
    air_str_t            key;
    uint32_t             index;
    unsigned             array:1;
    unsigned             string:1;
};


/* A step of a path: a member's name or an element's number. */
typedef struct {
    air_str_t  key;
    uint64_t   index;
    unsigned   element:1;
} air_gemini_step_t;


static air_gemini_value_t *
air_gemini_value(air_gemini_args_t *a)
{
    air_gemini_value_t  *v;

    if (a->nvalues == AIR_GEMINI_VALUES) {
        a->error = AIR_ELIMIT;
        return NULL;
    }

    v = air_mem_get(a->mem, sizeof(air_gemini_value_t));

    if (v == NULL) {
        a->error = AIR_ENOMEM;
        return NULL;
    }

    a->nvalues++;
    memset(v, 0, sizeof(air_gemini_value_t));

    return v;
}


/* A copy: what was read goes away with its event. */
static int
air_gemini_keep(air_gemini_args_t *a, air_str_t text, air_str_t *out)
{
    unsigned char  *p;

    *out = air_str_n(NULL, 0);

    if (text.len > AIR_GEMINI_TEXT - a->ntext) {
        a->error = AIR_ELIMIT;
        return AIR_ELIMIT;
    }

    if (text.len == 0) {
        return AIR_OK;
    }

    p = air_mem_get(a->mem, text.len);

    if (p == NULL) {
        a->error = AIR_ENOMEM;
        return AIR_ENOMEM;
    }

    memcpy(p, text.data, text.len);
    a->ntext += text.len;
    *out = air_str_n(p, text.len);

    return AIR_OK;
}


/* The next step of a path; 0 at its end and where it makes no sense. */
static int
air_gemini_step(air_str_t *path, air_gemini_step_t *step)
{
    size_t         i;
    unsigned char  quote;

    memset(step, 0, sizeof(air_gemini_step_t));

    if (path->len < 2) {
        return 0;
    }

    if (path->data[0] == '.') {

        for (i = 1; i < path->len && path->data[i] != '.'
                    && path->data[i] != '[';
             i++)
        {
            /* void */
        }

        step->key = air_str_n(path->data + 1, i - 1);

    } else if (path->data[0] == '['
               && (path->data[1] == '\'' || path->data[1] == '"'))
    {
        quote = path->data[1];

        for (i = 2; i + 1 < path->len; i++) {
            if (path->data[i] == quote && path->data[i + 1] == ']') {
                break;
            }
        }

        if (i + 1 >= path->len) {
            return 0;
        }

        step->key = air_str_n(path->data + 2, i - 2);
        i += 2;

    } else if (path->data[0] == '[') {

        step->element = 1;

        for (i = 1; i < path->len && path->data[i] >= '0'
                    && path->data[i] <= '9' && step->index < 1000000;
             i++)
        {
            step->index = step->index * 10 + (path->data[i] - '0');
        }

        if (i == 1 || i == path->len || path->data[i] != ']') {
            return 0;
        }

        i++;

    } else {
        return 0;
    }

    path->data += i;
    path->len -= i;

    return 1;
}


static int
air_gemini_leads(const air_gemini_value_t *v, const air_gemini_step_t *step)
{
    return step->element ? v->index == step->index
                         : air_str_eq(v->key, step->key);
}


/* The child that a step leads to, made when it is not there. */
static air_gemini_value_t *
air_gemini_child(air_gemini_args_t *a, air_gemini_value_t *at,
    const air_gemini_step_t *step)
{
    air_gemini_value_t  *v;

    /* the newest is what is mostly meant */

    if (at->last != NULL && air_gemini_leads(at->last, step)) {
        return at->last;
    }

    for (v = at->child; v != NULL; v = v->next) {
        if (air_gemini_leads(v, step)) {
            return v;
        }
    }

    if (at->child == NULL) {
        at->array = step->element;
    }

    do {
        v = air_gemini_value(a);

        if (v == NULL) {
            return NULL;
        }

        v->index = at->last ? at->last->index + 1 : 0;

        if (at->last != NULL) {
            at->last->next = v;

        } else {
            at->child = v;
        }

        at->last = v;

        /* elements that were left out are there too */

    } while (step->element && v->index < step->index);

    return air_gemini_keep(a, step->key, &v->key) == AIR_OK ? v : NULL;
}


static int
air_gemini_set(air_gemini_args_t *a, air_gemini_value_t *v,
    const air_json_doc_t *doc, const air_json_node_t *piece)
{
    int                     rc;
    air_str_t               text;
    air_gemini_piece_t     *p;
    const air_json_node_t  *node;

    node = air_gemini_get(doc, piece, "stringValue");
    text = air_str_z("null");

    if (node != NULL && node->type == AIR_JSON_STRING) {
        v->string = 1;
        rc = air_json_string(doc, node, a->mem, &text);

        if (rc != AIR_OK) {
            return rc;
        }

    } else {

        node = air_gemini_get(doc, piece, "numberValue");

        if (node == NULL) {
            node = air_gemini_get(doc, piece, "boolValue");
        }

        if (node != NULL && node->type != AIR_JSON_STRING
            && node->type < AIR_JSON_ARRAY)
        {
            text = air_json_raw(doc, node);
        }

        v->piece = NULL;
        v->end = NULL;
    }

    p = air_mem_get(a->mem, sizeof(air_gemini_piece_t));

    if (p == NULL) {
        return AIR_ENOMEM;
    }

    p->next = NULL;
    rc = air_gemini_keep(a, text, &p->text);

    if (rc != AIR_OK) {
        return rc;
    }

    if (v->end != NULL) {
        v->end->next = p;

    } else {
        v->piece = p;
    }

    v->end = p;

    return AIR_OK;
}


void
air_gemini_args_init(air_gemini_args_t *a, const air_mem_t *mem)
{
    memset(a, 0, sizeof(air_gemini_args_t));
    a->mem = mem;
}


int
air_gemini_args_add(air_gemini_args_t *a, const air_json_doc_t *doc,
    const air_json_node_t *piece)
{
    int                     rc;
    unsigned                depth;
    air_str_t               path;
    air_gemini_step_t       step;
    air_gemini_value_t     *v;
    const air_json_node_t  *node;

    node = air_gemini_get(doc, piece, "jsonPath");

    if (node == NULL || node->type != AIR_JSON_STRING) {
        return AIR_OK;
    }

    if (a->npieces++ == AIR_GEMINI_PIECES) {
        return AIR_ELIMIT;
    }

    rc = air_json_string(doc, node, a->mem, &path);

    if (rc != AIR_OK) {
        return rc;
    }

    if (path.len != 0 && path.data[0] == '$') {
        path.data++;
        path.len--;
    }

    if (a->root == NULL) {
        a->root = air_gemini_value(a);
    }

    v = a->root;

    for (depth = 0; v != NULL && air_gemini_step(&path, &step); depth++) {

        if (depth == AIR_GEMINI_DEPTH) {
            return AIR_ELIMIT;
        }

        v = air_gemini_child(a, v, &step);
    }

    if (v == NULL) {
        return a->error;
    }

    /* a place that cannot be read is nowhere */

    if (v == a->root || path.len != 0) {
        return AIR_OK;
    }

    return air_gemini_set(a, v, doc, piece);
}


static void
air_gemini_value_write(const air_gemini_value_t *v, air_buf_t *b)
{
    const air_gemini_value_t  *c;
    const air_gemini_piece_t  *p;

    if (v->child == NULL) {

        if (v->piece == NULL) {
            air_buf_z(b, "null");
            return;
        }

        if (!v->string) {
            air_buf_str(b, v->piece->text);
            return;
        }

        air_buf_json(b, v->piece->text);

        for (p = v->piece->next; p != NULL; p = p->next) {
            air_buf_json_more(b, p->text);
        }

        return;
    }

    air_buf_z(b, v->array ? "[" : "{");

    for (c = v->child; c != NULL; c = c->next) {

        air_buf_z(b, c == v->child ? "" : ",");

        if (!v->array) {
            air_buf_json(b, c->key);
            air_buf_z(b, ":");
        }

        air_gemini_value_write(c, b);
    }

    air_buf_z(b, v->array ? "]" : "}");
}


int
air_gemini_args_write(const air_gemini_args_t *a, air_buf_t *b)
{
    if (a->root == NULL || a->root->child == NULL) {
        return air_buf_z(b, "{}");
    }

    air_gemini_value_write(a->root, b);

    return b->error;
}
