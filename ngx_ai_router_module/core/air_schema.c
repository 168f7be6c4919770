
/*
 * A JSON schema of another wire, made fit for constrained decoding: every
 * object closed, bounds that are not supported left out (platform.claude.com
 * docs, structured outputs, read 2026-11-22).  Whatever is changed is told
 * once; what cannot be read goes as it is, for the vendor to judge.
 */

#include "air_schema.h"


typedef struct {
    air_json_doc_t   doc;
    air_buf_t       *b;
    unsigned         changed:1;
} air_schema_t;


static void air_schema_node(air_schema_t *s, const air_json_node_t *node);


static const char *const  air_schema_bounds[] = {
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "minLength", "maxLength", "maxItems", "uniqueItems",
    "minProperties", "maxProperties", NULL
};


/* members that are schemas, lists of them, or maps of them */
static const char *const  air_schema_inner[] = {
    "items", "not", "if", "then", "else", "anyOf", "allOf", "oneOf",
    "prefixItems", NULL
};

static const char *const  air_schema_maps[] = {
    "properties", "$defs", "definitions", NULL
};


static int
air_schema_among(air_str_t key, const char *const *names)
{
    for ( /* void */ ; *names != NULL; names++) {
        if (air_str_eqz(key, *names)) {
            return 1;
        }
    }

    return 0;
}


/* 1 when a bound is not taken; fewest items may be 0 or 1. */
static int
air_schema_unbound(const air_json_doc_t *doc, const air_json_node_t *node)
{
    air_str_t  key, value;

    key = air_json_key(doc, node);

    if (air_str_eqz(key, "minItems")) {
        value = air_json_raw(doc, node);

        return !air_str_eqz(value, "0") && !air_str_eqz(value, "1");
    }

    return air_schema_among(key, air_schema_bounds);
}


static void
air_schema_key(air_schema_t *s, const air_json_node_t *node, unsigned n)
{
    air_buf_z(s->b, n ? ",\"" : "\"");
    air_buf_str(s->b, air_json_key(&s->doc, node));
    air_buf_z(s->b, "\":");
}


/* A schema, or a list of schemas. */
static void
air_schema_list(air_schema_t *s, const air_json_node_t *node)
{
    unsigned                n;
    const air_json_node_t  *el;

    if (node->type != AIR_JSON_ARRAY) {
        air_schema_node(s, node);
        return;
    }

    n = 0;
    air_buf_z(s->b, "[");

    for (el = air_json_first(&s->doc, node);
         el != NULL;
         el = air_json_next(&s->doc, el))
    {
        air_buf_z(s->b, n++ ? "," : "");
        air_schema_node(s, el);
    }

    air_buf_z(s->b, "]");
}


static void
air_schema_map(air_schema_t *s, const air_json_node_t *node)
{
    unsigned                n;
    const air_json_node_t  *el;

    if (node->type != AIR_JSON_OBJECT) {
        air_buf_str(s->b, air_json_quoted(&s->doc, node));
        return;
    }

    n = 0;
    air_buf_z(s->b, "{");

    for (el = air_json_first(&s->doc, node);
         el != NULL;
         el = air_json_next(&s->doc, el))
    {
        air_schema_key(s, el, n++);
        air_schema_node(s, el);
    }

    air_buf_z(s->b, "}");
}


/* 1 when a schema says of itself that it is an object. */
static int
air_schema_object(const air_json_doc_t *doc,
    const air_json_node_t *node)
{
    const air_json_node_t  *type;

    type = air_json_get(doc, node, "type");

    if (type != NULL && type->type == AIR_JSON_ARRAY) {

        for (type = air_json_first(doc, type);
             type != NULL;
             type = air_json_next(doc, type))
        {
            if (air_json_is(doc, type, "object")) {
                return 1;
            }
        }

        return 0;
    }

    return type != NULL ? air_json_is(doc, type, "object")
                        : air_json_get(doc, node, "properties") != NULL;
}


static void
air_schema_node(air_schema_t *s, const air_json_node_t *node)
{
    int                     closed;
    unsigned                n;
    air_str_t               key;
    const air_json_node_t  *m;

    if (node->type != AIR_JSON_OBJECT) {
        air_buf_str(s->b, air_json_quoted(&s->doc, node));
        return;
    }

    n = 0;
    closed = !air_schema_object(&s->doc, node);

    air_buf_z(s->b, "{");

    for (m = air_json_first(&s->doc, node);
         m != NULL;
         m = air_json_next(&s->doc, m))
    {
        key = air_json_key(&s->doc, m);

        if (air_schema_unbound(&s->doc, m)) {
            s->changed = 1;
            continue;
        }

        if (air_str_eqz(key, "additionalProperties") && !closed) {

            if (m->type != AIR_JSON_FALSE) {
                s->changed = 1;
                continue;
            }

            closed = 1;
        }

        air_schema_key(s, m, n++);

        if (air_schema_among(key, air_schema_inner)) {
            air_schema_list(s, m);

        } else if (air_schema_among(key, air_schema_maps)) {
            air_schema_map(s, m);

        } else {
            air_buf_str(s->b, air_json_quoted(&s->doc, m));
        }
    }

    if (!closed) {
        s->changed = 1;
        air_buf_z(s->b, n ? ",\"additionalProperties\":false"
                          : "\"additionalProperties\":false");
    }

    air_buf_z(s->b, "}");
}


void
air_schema_write(air_str_t schema, air_buf_t *b, air_warnings_t *lost)
{
    int           rc;
    air_schema_t  s;

    if (b->error != AIR_OK) {
        return;
    }

    memset(&s, 0, sizeof(air_schema_t));

    s.b = b;
    air_json_init(&s.doc, b->mem);

    rc = air_json_scan(&s.doc, schema, 0, NULL);

    if (rc == AIR_ENOMEM) {
        b->error = AIR_ENOMEM;
        return;
    }

    if (rc != AIR_OK) {
        air_buf_str(b, schema);
        return;
    }

    air_schema_node(&s, air_json_root(&s.doc));

    if (s.changed) {
        air_warnings_addz(lost, "response_format.schema", AIR_LOST_CHANGED);
    }
}
