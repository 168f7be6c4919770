
/*
 * Schemas.  Gemini's Schema (OpenAPI's, its types in capitals or, by older
 * clients, as numbers) read as JSON schema; JSON schemas of others written
 * with what parametersJsonSchema and responseJsonSchema know
 * (ai.google.dev/api/generate-content, GenerationConfig, read 2026-11-22:
 * other keywords are not supported).  const is an enum of one.
 */

#include "air_gemini.h"


typedef struct {
    air_json_doc_t         own;
    const air_json_doc_t  *doc;
    air_buf_t             *b;
    unsigned               read:1;    /* Schema to JSON schema              */
    unsigned               lost:1;
} air_gemini_schema_t;


static void air_gemini_schema_node(air_gemini_schema_t *s,
    const air_json_node_t *node);


/* what is taken as it stands */
static const char *const  air_gemini_plain[] = {
    "$id", "$ref", "$anchor", "type", "format", "title", "description",
    "enum", "minItems", "maxItems", "minimum", "maximum", "required",
    "propertyOrdering", "nullable", "default", "minLength", "maxLength",
    "pattern", "minProperties", "maxProperties", "example", NULL
};

/* members that are schemas or lists of them, and maps of them */
static const char *const  air_gemini_inner[] = {
    "items", "prefixItems", "anyOf", "oneOf", "additionalProperties", NULL
};

static const char *const  air_gemini_maps[] = {
    "properties", "$defs", "defs", "definitions", NULL
};

/* what says nothing about the value: left out without a word */
static const char *const  air_gemini_idle[] = {
    "$schema", "$comment", "examples", "readOnly", "writeOnly",
    "deprecated", NULL
};


static const char *
air_gemini_among(const air_json_doc_t *doc, const air_json_node_t *node,
    const char *const *names)
{
    air_str_t  key;

    key = air_json_key(doc, node);

    for ( /* void */ ; *names != NULL; names++) {
        if (air_gemini_same(key, *names)) {
            return *names;
        }
    }

    return NULL;
}


static void
air_gemini_schema_key(air_gemini_schema_t *s, const char *name, unsigned *n)
{
    air_buf_z(s->b, (*n)++ ? ",\"" : "\"");
    air_buf_z(s->b, name);
    air_buf_z(s->b, "\":");
}


/* OBJECT and 6 are object. */
static void
air_gemini_schema_type(air_gemini_schema_t *s, const air_json_node_t *node)
{
    size_t     i;
    uint64_t   n;
    air_str_t  word;

    static const char *const  types[] = {
        "", "string", "number", "integer", "boolean", "array", "object",
        "null"
    };

    if (node->type == AIR_JSON_NUMBER
        && air_json_uint(s->doc, node, &n) == AIR_OK && n > 0 && n < 8)
    {
        air_buf_json(s->b, air_str_z(types[n]));
        return;
    }

    if (node->type != AIR_JSON_STRING) {
        air_buf_str(s->b, air_json_quoted(s->doc, node));
        return;
    }

    word = air_json_raw(s->doc, node);

    air_buf_byte(s->b, '"');

    for (i = 0; i < word.len; i++) {
        air_buf_byte(s->b, word.data[i] >= 'A' && word.data[i] <= 'Z'
                           ? (unsigned char) (word.data[i] | 0x20)
                           : word.data[i]);
    }

    air_buf_byte(s->b, '"');
}


static void
air_gemini_schema_list(air_gemini_schema_t *s, const air_json_node_t *node)
{
    unsigned                n;
    const air_json_node_t  *el;

    if (node->type != AIR_JSON_ARRAY) {
        air_gemini_schema_node(s, node);
        return;
    }

    n = 0;
    air_buf_z(s->b, "[");

    for (el = air_json_first(s->doc, node);
         el != NULL;
         el = air_json_next(s->doc, el))
    {
        air_buf_z(s->b, n++ ? "," : "");
        air_gemini_schema_node(s, el);
    }

    air_buf_z(s->b, "]");
}


static void
air_gemini_schema_map(air_gemini_schema_t *s, const air_json_node_t *node)
{
    unsigned                n;
    const air_json_node_t  *el;

    if (node->type != AIR_JSON_OBJECT) {
        air_buf_str(s->b, air_json_quoted(s->doc, node));
        return;
    }

    n = 0;
    air_buf_z(s->b, "{");

    for (el = air_json_first(s->doc, node);
         el != NULL;
         el = air_json_next(s->doc, el))
    {
        air_buf_z(s->b, n++ ? ",\"" : "\"");
        air_buf_str(s->b, air_json_key(s->doc, el));
        air_buf_z(s->b, "\":");
        air_gemini_schema_node(s, el);
    }

    air_buf_z(s->b, "}");
}


static void
air_gemini_schema_member(air_gemini_schema_t *s,
    const air_json_node_t *schema, const air_json_node_t *m, unsigned *n)
{
    const char  *name;

    name = air_gemini_among(s->doc, m, air_gemini_inner);

    if (name != NULL) {
        air_gemini_schema_key(s, name, n);
        air_gemini_schema_list(s, m);
        return;
    }

    name = air_gemini_among(s->doc, m, air_gemini_maps);

    if (name != NULL) {
        air_gemini_schema_key(s, strcmp(name, "defs") == 0 ? "$defs" : name,
                              n);
        air_gemini_schema_map(s, m);
        return;
    }

    name = air_gemini_among(s->doc, m, air_gemini_plain);

    if (name != NULL) {
        air_gemini_schema_key(s, name, n);

        if (s->read && strcmp(name, "type") == 0) {
            air_gemini_schema_type(s, m);

        } else {
            air_buf_str(s->b, air_json_quoted(s->doc, m));
        }

        return;
    }

    if (air_str_eqz(air_json_key(s->doc, m), "const")
        && air_json_get(s->doc, schema, "enum") == NULL)
    {
        air_gemini_schema_key(s, "enum", n);
        air_buf_z(s->b, "[");
        air_buf_str(s->b, air_json_quoted(s->doc, m));
        air_buf_z(s->b, "]");
        return;
    }

    if (s->read) {
        air_buf_z(s->b, (*n)++ ? ",\"" : "\"");
        air_buf_str(s->b, air_json_key(s->doc, m));
        air_buf_z(s->b, "\":");
        air_buf_str(s->b, air_json_quoted(s->doc, m));
        return;
    }

    if (air_gemini_among(s->doc, m, air_gemini_idle) == NULL) {
        s->lost = 1;
    }
}


static void
air_gemini_schema_node(air_gemini_schema_t *s, const air_json_node_t *node)
{
    unsigned                n;
    const air_json_node_t  *m;

    if (node->type != AIR_JSON_OBJECT) {
        air_buf_str(s->b, air_json_quoted(s->doc, node));
        return;
    }

    n = 0;
    air_buf_z(s->b, "{");

    for (m = air_json_first(s->doc, node);
         m != NULL;
         m = air_json_next(s->doc, m))
    {
        air_gemini_schema_member(s, node, m, &n);
    }

    air_buf_z(s->b, "}");
}


int
air_gemini_schema_read(const air_json_doc_t *doc,
    const air_json_node_t *schema, const air_mem_t *mem, air_str_t *out)
{
    air_buf_t            b;
    air_gemini_schema_t  s;

    memset(&s, 0, sizeof(air_gemini_schema_t));

    air_buf_init(&b, mem, 2 * (schema->end - schema->start) + 1024);

    s.doc = doc;
    s.b = &b;
    s.read = 1;

    air_gemini_schema_node(&s, schema);

    /* one that grew past all measure goes as it is */

    *out = b.error == AIR_OK ? air_buf_view(&b)
                             : air_json_quoted(doc, schema);

    return b.error == AIR_ENOMEM ? AIR_ENOMEM : AIR_OK;
}


void
air_gemini_schema_write(air_str_t schema, const char *field, air_buf_t *b,
    air_warnings_t *lost)
{
    int                  rc;
    air_gemini_schema_t  s;

    if (b->error != AIR_OK) {
        return;
    }

    memset(&s, 0, sizeof(air_gemini_schema_t));
    air_json_init(&s.own, b->mem);

    rc = air_json_scan(&s.own, schema, 0, NULL);

    if (rc == AIR_ENOMEM) {
        b->error = AIR_ENOMEM;
        return;
    }

    if (rc != AIR_OK) {

        /* for the vendor to judge */

        air_buf_str(b, schema);
        return;
    }

    s.doc = &s.own;
    s.b = b;

    air_gemini_schema_node(&s, air_json_root(&s.own));

    if (s.lost) {
        air_warnings_addz(lost, field, AIR_LOST_CHANGED);
    }
}
