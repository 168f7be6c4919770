
/*
 * A schema is compiled in rounds: schemas are read as they are found, each
 * noting those within it and what it refers to; when none is left, references
 * are followed, which may find more, in other documents too.  At the end no
 * schema may lead to itself for the same value.
 */

#include "air_jschema_build.h"


/* The schemas that say all and nothing; nothing of them is ever written. */
static const air_jschema_node_t  air_jschema_true = {
    .kind = AIR_JSCHEMA_TRUE
};

static const air_jschema_node_t  air_jschema_false = {
    .kind = AIR_JSCHEMA_FALSE
};


void *
air_jschema_get(air_jschema_build_t *b, size_t size)
{
    void  *p;

    p = air_mem_get(b->mem, size);
    if (p == NULL) {
        return NULL;
    }

    memset(p, 0, size);

    return p;
}


void
air_jschema_say(char *out, size_t size, air_str_t text)
{
    size_t         i, n;
    unsigned char  c;

    n = strlen(out);

    for (i = 0; i < text.len; i++) {
        c = text.data[i];

        /* whole characters */

        if ((c & 0xc0) != 0x80) {
            if (i + 4 > text.len ? n + (text.len - i) >= size
                                 : n + 4 >= size)
            {
                break;
            }
        }

        if (n + 1 >= size) {
            break;
        }

        out[n++] = c < ' ' || c == 0x7f ? '?' : (char) c;
    }

    out[n] = '\0';
}


/* The way to a value, from the root down. */
static void
air_jschema_path(const air_jschema_doc_t *doc, uint32_t value, char *path,
    size_t size)
{
    uint32_t                i, k, at;
    unsigned char           digits[16];
    const air_json_node_t  *nodes;


    nodes = doc->value.doc.nodes;
    path[0] = '\0';

    for (at = 0; at != value; at = i) {

        for (i = at + 1, k = 0;
             nodes[i].next != 0 && nodes[i].next <= value;
             i = nodes[i].next)
        {
            k++;
        }

        air_jschema_say(path, size, air_str_z("/"));

        if (nodes[at].type == AIR_JSON_OBJECT) {
            air_jschema_say(path, size, air_json_key(&doc->value.doc,
                                                     &nodes[i]));
            continue;
        }

        at = sizeof(digits);

        do {
            digits[--at] = (unsigned char) ('0' + k % 10);
            k /= 10;
        } while (k != 0);

        air_jschema_say(path, size, air_str_n(digits + at,
                                              sizeof(digits) - at));
    }
}


int
air_jschema_wrong(air_jschema_build_t *b, const air_jschema_doc_t *doc,
    uint32_t value, int code, const char *text)
{
    if (b->error == NULL || b->error->text[0] != '\0') {
        return code;
    }

    b->error->path[0] = '\0';

    if (doc != NULL) {
        air_jschema_path(doc, value, b->error->path, sizeof(b->error->path));
    }

    air_jschema_say(b->error->text, sizeof(b->error->text), air_str_z(text));

    return code;
}


int
air_jschema_node(air_jschema_build_t *b, air_jschema_resource_t *resource,
    uint32_t value, air_jschema_node_t **out)
{
    int                     rc;
    air_jschema_doc_t      *doc;
    air_jschema_node_t     *node;
    const air_json_node_t  *json;

    doc = resource->doc;
    json = &doc->value.doc.nodes[value];

    if (doc->nodes[value] != NULL) {
        *out = doc->nodes[value];
        return AIR_OK;
    }

    if (json->type == AIR_JSON_TRUE || json->type == AIR_JSON_FALSE) {
        *out = (air_jschema_node_t *) (json->type == AIR_JSON_TRUE
                                       ? &air_jschema_true
                                       : &air_jschema_false);
        doc->nodes[value] = *out;
        return AIR_OK;
    }

    if (json->type != AIR_JSON_OBJECT) {
        return air_jschema_wrong(b, doc, value, AIR_EINVAL,
                                 "a schema is an object, true or false");
    }

    if (b->schema->n++ == AIR_JSCHEMA_SCHEMAS) {
        return air_jschema_wrong(b, doc, value, AIR_ELIMIT,
                                 "too many schemas");
    }

    rc = air_jschema_identify(b, &resource, value);
    if (rc != AIR_OK) {
        return rc;
    }

    node = air_jschema_get(b, sizeof(air_jschema_node_t));
    if (node == NULL) {
        return AIR_ENOMEM;
    }

    node->resource = resource;
    node->value = value;
    node->kind = AIR_JSCHEMA_OBJECT;
    node->types = AIR_JSCHEMA_TYPES;

    doc->nodes[value] = node;

    *b->last = node;
    b->last = &node->next;

    if (b->todo == NULL) {
        b->todo = node;
    }

    *out = node;

    return air_jschema_anchors(b, node);
}


/* Reads what is to be read, and follows, until nothing is left. */
static int
air_jschema_rounds(air_jschema_build_t *b)
{
    int                  rc;
    air_jschema_node_t  *node;

    do {
        while (b->todo != NULL) {
            node = b->todo;

            rc = air_jschema_keywords(b, node);
            if (rc != AIR_OK) {
                return rc;
            }

            b->todo = node->next;
        }

        rc = air_jschema_follow(b);
        if (rc != AIR_OK) {
            return rc;
        }

    } while (b->todo != NULL || b->refs != NULL);

    return AIR_OK;
}


int
air_jschema_compile_known(air_jschema_t **out,
    const air_jschema_known_t *source, air_jschema_draft_e draft,
    const air_jschema_known_t *known, unsigned n, const air_mem_t *mem,
    air_jschema_error_t *error)
{
    int                     rc;
    air_jschema_t          *schema;
    air_jschema_doc_t      *doc;
    air_jschema_node_t     *first;
    air_jschema_build_t     b;
    air_jschema_dialect_t   dialect;

    *out = NULL;

    if (error != NULL) {
        memset(error, 0, sizeof(air_jschema_error_t));
    }

    memset(&b, 0, sizeof(b));

    b.draft = draft;
    b.known = known;
    b.nknown = n;
    b.mem = mem;
    b.error = error;
    b.ways = AIR_JSCHEMA_WAYS;

    schema = air_jschema_get(&b, sizeof(air_jschema_t));
    if (schema == NULL) {
        return AIR_ENOMEM;
    }

    b.schema = schema;
    b.last = &first;
    first = NULL;

    dialect.version = draft == AIR_JSCHEMA_7 ? AIR_JSCHEMA_DRAFT_7
                                             : AIR_JSCHEMA_DRAFT_2020;
    dialect.vocabularies = AIR_JSCHEMA_APPLICATOR | AIR_JSCHEMA_VALIDATION
                           | AIR_JSCHEMA_UNEVALUATED;

    rc = air_jschema_load(&b, source->uri, source->text, dialect, &doc);

    if (rc == AIR_OK) {
        rc = air_jschema_node(&b, doc->resource, 0, &schema->root);
    }

    if (rc == AIR_OK) {
        rc = air_jschema_rounds(&b);
    }

    if (rc == AIR_OK) {
        rc = air_jschema_circles(&b, first);
    }

    if (rc == AIR_OK) {
        *out = schema;
    }

    return rc;
}


int
air_jschema_compile(air_jschema_t **schema, air_str_t text,
    air_jschema_draft_e draft, const air_mem_t *mem,
    air_jschema_error_t *error)
{
    air_jschema_known_t  source;

    memset(&source, 0, sizeof(source));
    source.text = text;

    return air_jschema_compile_known(schema, &source, draft, NULL, 0, mem,
                                     error);
}


void
air_jschema_free(air_jschema_t *schema)
{
    /* patterns are of the schema's memory too */
    (void) schema;
}
