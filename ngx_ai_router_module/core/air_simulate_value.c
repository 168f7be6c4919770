
/*
 * A small value for a JSON schema.  The work is bounded by the buffer's cap:
 * every step down writes something or counts against the depth.
 */

#include "air_simulate.h"


#define AIR_SIMULATE_DEPTH  16


typedef struct {
    const air_json_doc_t   *doc;
    const air_json_node_t  *root;     /* of the schema, for references      */
    uint64_t                nth;      /* member of enums                    */
    air_buf_t              *b;
} air_simulate_schema_t;


static int air_simulate_node(const air_simulate_schema_t *sc,
    const air_json_node_t *schema, unsigned depth);


/* A string's raw bytes with their quotes, anything else as it stands. */
static int
air_simulate_raw(const air_json_doc_t *doc, const air_json_node_t *node,
    air_buf_t *b)
{
    if (node->type != AIR_JSON_STRING) {
        return air_buf_str(b, air_json_raw(doc, node));
    }

    air_buf_byte(b, '"');
    air_buf_str(b, air_json_raw(doc, node));

    return air_buf_byte(b, '"');
}


/* The node that "#/a/b" names; escapes of pointers are not understood. */
static const air_json_node_t *
air_simulate_ref(const air_json_doc_t *doc, const air_json_node_t *schema,
    air_str_t path)
{
    size_t                  len;
    unsigned char          *p, *last, *end;
    const air_json_node_t  *node, *found;

    if (path.len < 2 || path.data[0] != '#' || path.data[1] != '/') {
        return NULL;
    }

    p = path.data + 2;
    last = path.data + path.len;

    while (schema != NULL) {
        end = memchr(p, '/', last - p);
        len = (end != NULL ? end : last) - p;
        found = NULL;

        for (node = air_json_first(doc, schema);
             node != NULL && found == NULL;
             node = air_json_next(doc, node))
        {
            if (air_str_eq(air_json_key(doc, node), air_str_n(p, len))) {
                found = node;
            }
        }

        if (end == NULL || found == NULL) {
            return found;
        }

        schema = found;
        p = end + 1;
    }

    return NULL;
}


static int
air_simulate_object(const air_simulate_schema_t *sc,
    const air_json_node_t *schema, unsigned depth)
{
    int                     first;
    air_str_t               name;
    air_buf_t              *b;
    const air_json_doc_t   *doc;
    const air_json_node_t  *props, *prop, *required;

    b = sc->b;
    doc = sc->doc;
    first = 1;
    air_buf_byte(b, '{');

    props = air_json_get(doc, schema, "properties");
    required = air_json_first(doc, air_json_get(doc, schema, "required"));

    for ( /* void */ ;
         required != NULL && b->error == AIR_OK;
         required = air_json_next(doc, required))
    {
        if (required->type != AIR_JSON_STRING) {
            continue;
        }

        name = air_json_raw(doc, required);

        if (!first) {
            air_buf_byte(b, ',');
        }

        first = 0;

        air_buf_byte(b, '"');
        air_buf_str(b, name);
        air_buf_z(b, "\":");

        for (prop = air_json_first(doc, props);
             prop != NULL;
             prop = air_json_next(doc, prop))
        {
            if (air_str_eq(air_json_key(doc, prop), name)) {
                break;
            }
        }

        air_simulate_node(sc, prop, depth + 1);
    }

    return air_buf_byte(b, '}');
}


static int
air_simulate_array(const air_simulate_schema_t *sc,
    const air_json_node_t *schema, unsigned depth)
{
    uint64_t                i, n;
    air_buf_t              *b;
    const air_json_doc_t   *doc;
    const air_json_node_t  *items;

    b = sc->b;
    doc = sc->doc;

    if (air_json_uint(doc, air_json_get(doc, schema, "minItems"), &n)
        != AIR_OK)
    {
        n = 0;
    }

    items = air_json_get(doc, schema, "items");

    air_buf_byte(b, '[');

    for (i = 0; i < n && b->error == AIR_OK; i++) {
        if (i != 0) {
            air_buf_byte(b, ',');
        }

        air_simulate_node(sc, items, depth + 1);
    }

    return air_buf_byte(b, ']');
}


static int
air_simulate_text(const air_json_doc_t *doc, const air_json_node_t *schema,
    air_buf_t *b)
{
    uint64_t  i, n;

    if (air_json_uint(doc, air_json_get(doc, schema, "minLength"), &n)
        != AIR_OK)
    {
        n = 1;
    }

    air_buf_byte(b, '"');

    for (i = 0; i < n && b->error == AIR_OK; i++) {
        air_buf_byte(b, 'x');
    }

    return air_buf_byte(b, '"');
}


static int
air_simulate_typed(const air_simulate_schema_t *sc,
    const air_json_node_t *schema, unsigned depth)
{
    air_buf_t              *b;
    const air_json_doc_t   *doc;
    const air_json_node_t  *type, *node;

    b = sc->b;
    doc = sc->doc;
    type = air_json_get(doc, schema, "type");

    if (type != NULL && type->type == AIR_JSON_ARRAY) {
        type = air_json_first(doc, type);
    }

    if (air_json_is(doc, type, "object")
        || (type == NULL && air_json_get(doc, schema, "properties")))
    {
        return air_simulate_object(sc, schema, depth);
    }

    if (air_json_is(doc, type, "array")) {
        return air_simulate_array(sc, schema, depth);
    }

    if (air_json_is(doc, type, "string")) {
        return air_simulate_text(doc, schema, b);
    }

    if (air_json_is(doc, type, "boolean")) {
        return air_buf_z(b, "false");
    }

    if (air_json_is(doc, type, "integer") || air_json_is(doc, type, "number"))
    {
        node = air_json_get(doc, schema, "minimum");

        if (node != NULL && node->type == AIR_JSON_NUMBER) {
            return air_simulate_raw(doc, node, b);
        }

        return air_buf_byte(b, '0');
    }

    return air_buf_z(b, "null");
}


static const air_json_node_t *
air_simulate_enum(const air_simulate_schema_t *sc,
    const air_json_node_t *schema)
{
    uint64_t                n;
    const air_json_node_t  *list, *node;

    list = air_json_get(sc->doc, schema, "enum");
    node = air_json_first(sc->doc, list);

    if (node == NULL) {
        return NULL;
    }

    for (n = sc->nth % list->count; n != 0; n--) {
        node = air_json_next(sc->doc, node);
    }

    return node;
}


static int
air_simulate_node(const air_simulate_schema_t *sc,
    const air_json_node_t *schema, unsigned depth)
{
    unsigned                i;
    air_buf_t              *b;
    const air_json_doc_t   *doc;
    const air_json_node_t  *node;

    static const char *const  some[] = { "anyOf", "oneOf", "allOf" };

    b = sc->b;
    doc = sc->doc;

    if (schema == NULL || schema->type != AIR_JSON_OBJECT
        || depth > AIR_SIMULATE_DEPTH)
    {
        return air_buf_z(b, "null");
    }

    node = air_json_get(doc, schema, "const");
    if (node != NULL) {
        return air_simulate_raw(doc, node, b);
    }

    node = air_simulate_enum(sc, schema);
    if (node != NULL) {
        return air_simulate_raw(doc, node, b);
    }

    node = air_json_get(doc, schema, "default");
    if (node != NULL) {
        return air_simulate_raw(doc, node, b);
    }

    node = air_json_get(doc, schema, "$ref");
    if (node != NULL && node->type == AIR_JSON_STRING) {
        node = air_simulate_ref(doc, sc->root, air_json_raw(doc, node));
        return air_simulate_node(sc, node, depth + 1);
    }

    for (i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        node = air_json_first(doc, air_json_get(doc, schema, some[i]));

        if (node != NULL) {
            return air_simulate_node(sc, node, depth + 1);
        }
    }

    return air_simulate_typed(sc, schema, depth);
}


int
air_simulate_value(const air_json_doc_t *doc, const air_json_node_t *schema,
    uint64_t nth, air_buf_t *b)
{
    air_simulate_schema_t  sc;

    sc.doc = doc;
    sc.root = schema;
    sc.nth = nth;
    sc.b = b;

    air_simulate_node(&sc, schema, 0);

    return b->error;
}
