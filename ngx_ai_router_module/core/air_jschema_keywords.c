
/*
 * The keywords of a schema: each is read by one function, which refuses what
 * is not of its kind.  What is no keyword of the draft says nothing.
 */

#include "air_jschema_build.h"


typedef struct {
    const char  *name;
    unsigned     versions;
    unsigned     vocabulary;              /* 0: always */
    int        (*read)(air_jschema_build_t *b, air_jschema_node_t *node,
                       uint32_t value, unsigned which);
    unsigned     which;
} air_jschema_keyword_t;


/* Parts of a node are made when they are first asked for. */
#define air_jschema_part_of(name, type)                                       \
                                                                              \
static type *                                                                 \
air_jschema_##name(air_jschema_build_t *b, air_jschema_node_t *node)          \
{                                                                             \
    if (node->name == NULL) {                                                 \
        node->name = air_jschema_get(b, sizeof(type));                        \
    }                                                                         \
                                                                              \
    return node->name;                                                        \
}


air_jschema_part_of(number, air_jschema_number_t)
air_jschema_part_of(place, air_jschema_place_t)


static air_jschema_string_t *
air_jschema_string(air_jschema_build_t *b, air_jschema_node_t *node)
{
    if (node->string == NULL) {
        node->string = air_jschema_get(b, sizeof(air_jschema_string_t));
        if (node->string == NULL) {
            return NULL;
        }

        node->string->max = UINT64_MAX;
    }

    return node->string;
}


static air_jschema_array_t *
air_jschema_array(air_jschema_build_t *b, air_jschema_node_t *node)
{
    if (node->array == NULL) {
        node->array = air_jschema_get(b, sizeof(air_jschema_array_t));
        if (node->array == NULL) {
            return NULL;
        }

        node->array->max = UINT64_MAX;
        node->array->min_contains = 1;
        node->array->max_contains = UINT64_MAX;
    }

    return node->array;
}


int
air_jschema_refuse(air_jschema_build_t *b, const air_jschema_node_t *node,
    uint32_t value, const char *text)
{
    return air_jschema_wrong(b, node->resource->doc, value, AIR_EINVAL, text);
}


/* The bits of a type's name, or 0. */
static unsigned
air_jschema_type_bits(const air_jschema_node_t *node, uint32_t value)
{
    unsigned                i;
    const air_json_doc_t   *doc;

    static const struct {
        const char  *name;
        unsigned     bits;
    } types[] = {
        { "null", 1 << AIR_JSON_NULL },
        { "boolean", 1 << AIR_JSON_FALSE | 1 << AIR_JSON_TRUE },
        { "number", 1 << AIR_JSON_NUMBER | AIR_JSCHEMA_INTEGER },
        { "integer", AIR_JSCHEMA_INTEGER },
        { "string", 1 << AIR_JSON_STRING },
        { "array", 1 << AIR_JSON_ARRAY },
        { "object", 1 << AIR_JSON_OBJECT }
    };

    doc = &node->resource->doc->value.doc;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (air_json_is(doc, &doc->nodes[value], types[i].name)) {
            return types[i].bits;
        }
    }

    return 0;
}


static int
air_jschema_read_type(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    uint32_t  i;
    unsigned  bits;

    (void) which;

    if (air_jschema_json(node, value)->type != AIR_JSON_ARRAY) {
        bits = air_jschema_type_bits(node, value);
        node->types = (uint8_t) bits;

        return bits != 0 ? AIR_OK
               : air_jschema_refuse(b, node, value, "is no type");
    }

    node->types = 0;

    for (i = air_jschema_first(node, value); i != 0;
         i = air_jschema_json(node, i)->next)
    {
        bits = air_jschema_type_bits(node, i);

        if (bits == 0) {
            return air_jschema_refuse(b, node, i, "is no type");
        }

        node->types |= (uint8_t) bits;
    }

    return AIR_OK;
}


/* enum (which 0) and const. */
static int
air_jschema_read_enum(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    int                  rc;
    uint32_t             i, n;
    uint64_t             steps;
    air_jvalue_t        *values;
    air_jschema_enum_t  *list;

    values = &node->resource->doc->value;

    list = air_jschema_get(b, sizeof(air_jschema_enum_t));
    if (list == NULL) {
        return AIR_ENOMEM;
    }

    if (which == 0 && air_jschema_json(node, value)->type != AIR_JSON_ARRAY) {
        return air_jschema_refuse(b, node, value, "is no array");
    }

    list->single = which;
    list->n = which ? 1 : air_jschema_json(node, value)->count;

    list->value = air_jschema_get(b, (list->n + 1) * sizeof(uint32_t));
    list->hash = air_jschema_get(b, (list->n + 1) * sizeof(uint64_t));

    if (list->value == NULL || list->hash == NULL) {
        return AIR_ENOMEM;
    }

    steps = AIR_JVALUE_MAX;

    for (i = which ? value : value + 1, n = 0; n < list->n; n++) {
        list->value[n] = i;

        rc = air_jvalue_hash(values, i, &list->hash[n], &steps);

        if (rc != AIR_OK) {
            return rc == AIR_ENOMEM ? rc
                   : air_jschema_wrong(b, node->resource->doc, i, rc,
                                       "too large a number");
        }

        i = air_jschema_json(node, i)->next;
    }

    if (which) {
        node->constant = list;

    } else {
        node->values = list;
    }

    return AIR_OK;
}


/* minimum and its like; which is the bit. */
static int
air_jschema_read_bound(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    int                    rc;
    air_jnumber_t          bound;
    air_jschema_number_t  *number;

    number = air_jschema_number(b, node);
    if (number == NULL) {
        return AIR_ENOMEM;
    }

    if (air_jschema_json(node, value)->type != AIR_JSON_NUMBER) {
        return air_jschema_refuse(b, node, value, "is no number");
    }

    rc = air_jnumber_read(&bound, air_json_raw(&node->resource->doc->value.doc,
                                               air_jschema_json(node, value)));

    if (rc != AIR_OK
        || (which == AIR_JSCHEMA_STEP && bound.n > AIR_JNUMBER_STEP))
    {
        return air_jschema_wrong(b, node->resource->doc, value, AIR_ELIMIT,
                                 "too long a number");
    }

    number->has |= which;

    switch (which) {

    case AIR_JSCHEMA_MINIMUM:
        number->minimum = bound;
        break;

    case AIR_JSCHEMA_MAXIMUM:
        number->maximum = bound;
        break;

    case AIR_JSCHEMA_ABOVE:
        number->above = bound;
        break;

    case AIR_JSCHEMA_BELOW:
        number->below = bound;
        break;

    default:
        if (bound.n == 0 || bound.negative) {
            return air_jschema_refuse(b, node, value, "is not above 0");
        }

        number->step = bound;
    }

    return AIR_OK;
}


/* Counts; which says of what. */
typedef enum {
    AIR_JSCHEMA_MIN_LENGTH = 0,
    AIR_JSCHEMA_MAX_LENGTH,
    AIR_JSCHEMA_MIN_ITEMS,
    AIR_JSCHEMA_MAX_ITEMS,
    AIR_JSCHEMA_MIN_CONTAINS,
    AIR_JSCHEMA_MAX_CONTAINS,
    AIR_JSCHEMA_MIN_PROPERTIES,
    AIR_JSCHEMA_MAX_PROPERTIES
} air_jschema_count_e;


static uint64_t *
air_jschema_count(air_jschema_build_t *b, air_jschema_node_t *node,
    unsigned which)
{
    air_jschema_array_t   *array;
    air_jschema_object_t  *object;
    air_jschema_string_t  *string;

    if (which <= AIR_JSCHEMA_MAX_LENGTH) {
        string = air_jschema_string(b, node);
        if (string == NULL) {
            return NULL;
        }

        return which == AIR_JSCHEMA_MIN_LENGTH ? &string->min : &string->max;
    }

    if (which >= AIR_JSCHEMA_MIN_PROPERTIES) {
        object = air_jschema_object(b, node);
        if (object == NULL) {
            return NULL;
        }

        return which == AIR_JSCHEMA_MIN_PROPERTIES ? &object->min
                                                   : &object->max;
    }

    array = air_jschema_array(b, node);
    if (array == NULL) {
        return NULL;
    }

    switch (which) {

    case AIR_JSCHEMA_MIN_ITEMS:
        return &array->min;

    case AIR_JSCHEMA_MAX_ITEMS:
        return &array->max;

    case AIR_JSCHEMA_MIN_CONTAINS:
        return &array->min_contains;

    default:
        return &array->max_contains;
    }
}


static int
air_jschema_read_count(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    int        rc;
    uint64_t  *count;

    count = air_jschema_count(b, node, which);
    if (count == NULL) {
        return AIR_ENOMEM;
    }

    rc = air_json_uint(&node->resource->doc->value.doc,
                       air_jschema_json(node, value), count);

    if (rc == AIR_ELIMIT) {
        *count = UINT64_MAX;
        return AIR_OK;
    }

    return rc == AIR_OK ? AIR_OK
           : air_jschema_refuse(b, node, value,
                                "is no whole number of 0 or more");
}


int
air_jschema_compile_pattern(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, air_str_t text, air_pattern_t **pattern)
{
    int          rc;
    const char  *why;

    if (b->schema->patterns++ == AIR_JSCHEMA_PATTERNS) {
        return air_jschema_wrong(b, node->resource->doc, value, AIR_ELIMIT,
                                 "too many patterns");
    }

    rc = air_pattern_compile(pattern, text, b->mem, &why);

    return rc == AIR_OK || rc == AIR_ENOMEM ? rc
           : air_jschema_wrong(b, node->resource->doc, value, rc, why);
}


static int
air_jschema_read_pattern(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    air_str_t              text;
    air_jschema_string_t  *string;

    (void) which;

    string = air_jschema_string(b, node);
    if (string == NULL) {
        return AIR_ENOMEM;
    }

    if (air_jschema_json(node, value)->type != AIR_JSON_STRING) {
        return air_jschema_refuse(b, node, value, "is no string");
    }

    if (air_json_string(&node->resource->doc->value.doc,
                        air_jschema_json(node, value), b->mem, &text)
        != AIR_OK)
    {
        return AIR_ENOMEM;
    }

    return air_jschema_compile_pattern(b, node, value, text,
                                       &string->pattern);
}


static int
air_jschema_read_unique(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    air_jschema_array_t    *array;
    const air_json_node_t  *json;

    (void) which;

    json = air_jschema_json(node, value);

    if (json->type != AIR_JSON_TRUE && json->type != AIR_JSON_FALSE) {
        return air_jschema_refuse(b, node, value, "is not true or false");
    }

    array = air_jschema_array(b, node);
    if (array == NULL) {
        return AIR_ENOMEM;
    }

    array->unique = json->type == AIR_JSON_TRUE;

    return AIR_OK;
}


static int
air_jschema_list(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, air_jschema_list_t *list)
{
    int       rc;
    uint32_t  i;

    if (air_jschema_json(node, value)->type != AIR_JSON_ARRAY) {
        return air_jschema_refuse(b, node, value, "is no array of schemas");
    }

    list->n = 0;
    list->node = air_jschema_get(b, (air_jschema_json(node, value)->count + 1)
                                    * sizeof(air_jschema_node_t *));
    if (list->node == NULL) {
        return AIR_ENOMEM;
    }

    for (i = air_jschema_first(node, value); i != 0;
         i = air_jschema_json(node, i)->next)
    {
        rc = air_jschema_node(b, node->resource, i, &list->node[list->n]);
        if (rc != AIR_OK) {
            return rc;
        }

        list->n++;
    }

    return AIR_OK;
}


/* Keywords that hold one schema, or a list of them. */
typedef enum {
    AIR_JSCHEMA_ITEMS = 0,
    AIR_JSCHEMA_ADDITIONAL_ITEMS,
    AIR_JSCHEMA_CONTAINS,
    AIR_JSCHEMA_ADDITIONAL,
    AIR_JSCHEMA_PROPERTY_NAMES,
    AIR_JSCHEMA_NOT,
    AIR_JSCHEMA_IF,
    AIR_JSCHEMA_THEN,
    AIR_JSCHEMA_ELSE,
    AIR_JSCHEMA_REST_ITEMS,
    AIR_JSCHEMA_REST_MEMBERS,
    AIR_JSCHEMA_IGNORED
} air_jschema_single_e;


/* Where a keyword of one schema keeps it, or NULL: no memory. */
static air_jschema_node_t **
air_jschema_single(air_jschema_build_t *b, air_jschema_node_t *node,
    unsigned which)
{
    if (which == AIR_JSCHEMA_REST_ITEMS) {
        return &node->rest_items;
    }

    if (which == AIR_JSCHEMA_REST_MEMBERS) {
        return &node->rest_members;
    }

    if (which <= AIR_JSCHEMA_CONTAINS) {

        if (air_jschema_array(b, node) == NULL) {
            return NULL;
        }

        return which == AIR_JSCHEMA_CONTAINS ? &node->array->contains
                                             : &node->array->rest;
    }

    if (which <= AIR_JSCHEMA_PROPERTY_NAMES) {

        if (air_jschema_object(b, node) == NULL) {
            return NULL;
        }

        return which == AIR_JSCHEMA_ADDITIONAL ? &node->object->additional
                                               : &node->object->names;
    }

    if (air_jschema_place(b, node) == NULL) {
        return NULL;
    }

    switch (which) {

    case AIR_JSCHEMA_NOT:
        return &node->place->no;

    case AIR_JSCHEMA_IF:
        return &node->place->test;

    case AIR_JSCHEMA_THEN:
        return &node->place->then;

    default:
        return &node->place->otherwise;
    }
}


static int
air_jschema_read_single(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    int                  rc;
    air_jschema_node_t  *inner, **at;

    /* may move what parts hold, so it comes first */

    rc = air_jschema_node(b, node->resource, value, &inner);

    if (rc != AIR_OK || which == AIR_JSCHEMA_IGNORED) {
        return rc;
    }

    at = air_jschema_single(b, node, which);
    if (at == NULL) {
        return AIR_ENOMEM;
    }

    *at = inner;

    if (which == AIR_JSCHEMA_CONTAINS) {
        node->array->marks = node->resource->dialect.version
                             == AIR_JSCHEMA_DRAFT_2020;
    }

    return AIR_OK;
}


/* items: before 2020-12 a list is the prefix, and others are additionalItems */
static int
air_jschema_read_items(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    air_jschema_array_t  *array;

    if (which == AIR_JSCHEMA_ITEMS
        && air_jschema_json(node, value)->type == AIR_JSON_ARRAY
        && node->resource->dialect.version != AIR_JSCHEMA_DRAFT_2020)
    {
        array = air_jschema_array(b, node);
        if (array == NULL) {
            return AIR_ENOMEM;
        }

        return air_jschema_list(b, node, value, &array->prefix);
    }

    if (which == AIR_JSCHEMA_ADDITIONAL_ITEMS) {
        which = air_jschema_member(node->resource->doc, node->value, "items");

        which = which != AIR_JVALUE_NONE
                && air_jschema_json(node, which)->type == AIR_JSON_ARRAY
                ? AIR_JSCHEMA_ADDITIONAL_ITEMS : AIR_JSCHEMA_IGNORED;
    }

    return air_jschema_read_single(b, node, value, which);
}


static int
air_jschema_read_prefix(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    air_jschema_array_t  *array;

    (void) which;

    array = air_jschema_array(b, node);
    if (array == NULL) {
        return AIR_ENOMEM;
    }

    return air_jschema_list(b, node, value, &array->prefix);
}


/* allOf 0, anyOf 1, oneOf 2 */
static int
air_jschema_read_list(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    air_jschema_place_t  *place;

    place = air_jschema_place(b, node);
    if (place == NULL) {
        return AIR_ENOMEM;
    }

    return air_jschema_list(b, node, value,
                            which == 0 ? &place->all
                            : which == 1 ? &place->any : &place->one);
}


/* Schemas that are there to be referred to. */
static int
air_jschema_read_defs(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    int                  rc;
    uint32_t             i;
    air_jschema_node_t  *inner;

    (void) which;

    if (air_jschema_json(node, value)->type != AIR_JSON_OBJECT) {
        return air_jschema_refuse(b, node, value, "is no object of schemas");
    }

    for (i = air_jschema_first(node, value); i != 0;
         i = air_jschema_json(node, i)->next)
    {
        rc = air_jschema_node(b, node->resource, i, &inner);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


/* $ref 0, $dynamicRef 1 */
static int
air_jschema_read_ref(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    air_jschema_ref_t      *ref;
    const air_json_node_t  *json;

    json = air_jschema_json(node, value);

    if (json->type != AIR_JSON_STRING) {
        return air_jschema_refuse(b, node, value, "is no string");
    }

    if (air_jschema_place(b, node) == NULL) {
        return AIR_ENOMEM;
    }

    ref = air_jschema_get(b, sizeof(air_jschema_ref_t));
    if (ref == NULL) {
        return AIR_ENOMEM;
    }

    if (air_json_string(&node->resource->doc->value.doc, json, b->mem,
                        &ref->text)
        != AIR_OK)
    {
        return AIR_ENOMEM;
    }

    ref->node = node;
    ref->value = value;
    ref->dynamic = which;
    ref->next = b->refs;
    b->refs = ref;

    return AIR_OK;
}


static int
air_jschema_read_recursive(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    (void) which;

    return air_jschema_refuse(b, node, value,
                              "$recursiveRef of 2019-09 is not known here");
}


#define AIR_JSCHEMA_A  AIR_JSCHEMA_APPLICATOR
#define AIR_JSCHEMA_V  AIR_JSCHEMA_VALIDATION
#define AIR_JSCHEMA_U  AIR_JSCHEMA_UNEVALUATED

static const air_jschema_keyword_t  air_jschema_table[] = {
    { "$ref", AIR_JSCHEMA_ANY, 0, air_jschema_read_ref, 0 },
    { "$dynamicRef", AIR_JSCHEMA_DRAFT_2020, 0, air_jschema_read_ref, 1 },
    { "$recursiveRef", AIR_JSCHEMA_DRAFT_2019, 0,
      air_jschema_read_recursive, 0 },
    { "$defs", AIR_JSCHEMA_NEW, 0, air_jschema_read_defs, 0 },
    { "definitions", AIR_JSCHEMA_ANY, 0, air_jschema_read_defs, 0 },

    { "type", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V, air_jschema_read_type, 0 },
    { "enum", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V, air_jschema_read_enum, 0 },
    { "const", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V, air_jschema_read_enum, 1 },

    { "minimum", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V, air_jschema_read_bound,
      AIR_JSCHEMA_MINIMUM },
    { "maximum", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V, air_jschema_read_bound,
      AIR_JSCHEMA_MAXIMUM },
    { "exclusiveMinimum", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V,
      air_jschema_read_bound, AIR_JSCHEMA_ABOVE },
    { "exclusiveMaximum", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V,
      air_jschema_read_bound, AIR_JSCHEMA_BELOW },
    { "multipleOf", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V, air_jschema_read_bound,
      AIR_JSCHEMA_STEP },

    { "minLength", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V, air_jschema_read_count,
      AIR_JSCHEMA_MIN_LENGTH },
    { "maxLength", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V, air_jschema_read_count,
      AIR_JSCHEMA_MAX_LENGTH },
    { "pattern", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V, air_jschema_read_pattern, 0 },

    { "minItems", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V, air_jschema_read_count,
      AIR_JSCHEMA_MIN_ITEMS },
    { "maxItems", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V, air_jschema_read_count,
      AIR_JSCHEMA_MAX_ITEMS },
    { "uniqueItems", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V,
      air_jschema_read_unique, 0 },
    { "prefixItems", AIR_JSCHEMA_DRAFT_2020, AIR_JSCHEMA_A,
      air_jschema_read_prefix, 0 },
    { "items", AIR_JSCHEMA_ANY, AIR_JSCHEMA_A, air_jschema_read_items,
      AIR_JSCHEMA_ITEMS },
    { "additionalItems", AIR_JSCHEMA_OLD, AIR_JSCHEMA_A,
      air_jschema_read_items, AIR_JSCHEMA_ADDITIONAL_ITEMS },
    { "contains", AIR_JSCHEMA_ANY, AIR_JSCHEMA_A, air_jschema_read_single,
      AIR_JSCHEMA_CONTAINS },
    { "minContains", AIR_JSCHEMA_NEW, AIR_JSCHEMA_V, air_jschema_read_count,
      AIR_JSCHEMA_MIN_CONTAINS },
    { "maxContains", AIR_JSCHEMA_NEW, AIR_JSCHEMA_V, air_jschema_read_count,
      AIR_JSCHEMA_MAX_CONTAINS },

    { "minProperties", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V,
      air_jschema_read_count, AIR_JSCHEMA_MIN_PROPERTIES },
    { "maxProperties", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V,
      air_jschema_read_count, AIR_JSCHEMA_MAX_PROPERTIES },
    { "properties", AIR_JSCHEMA_ANY, AIR_JSCHEMA_A,
      air_jschema_read_properties, 0 },
    { "patternProperties", AIR_JSCHEMA_ANY, AIR_JSCHEMA_A,
      air_jschema_read_matches, 0 },
    { "additionalProperties", AIR_JSCHEMA_ANY, AIR_JSCHEMA_A,
      air_jschema_read_single, AIR_JSCHEMA_ADDITIONAL },
    { "propertyNames", AIR_JSCHEMA_ANY, AIR_JSCHEMA_A,
      air_jschema_read_single, AIR_JSCHEMA_PROPERTY_NAMES },
    { "required", AIR_JSCHEMA_ANY, AIR_JSCHEMA_V,
      air_jschema_read_required, 0 },
    { "dependentRequired", AIR_JSCHEMA_NEW, AIR_JSCHEMA_V,
      air_jschema_read_depends, 0 },
    { "dependentSchemas", AIR_JSCHEMA_NEW, AIR_JSCHEMA_A,
      air_jschema_read_depends, 1 },
    { "dependencies", AIR_JSCHEMA_ANY, AIR_JSCHEMA_A,
      air_jschema_read_depends, 2 },

    { "allOf", AIR_JSCHEMA_ANY, AIR_JSCHEMA_A, air_jschema_read_list, 0 },
    { "anyOf", AIR_JSCHEMA_ANY, AIR_JSCHEMA_A, air_jschema_read_list, 1 },
    { "oneOf", AIR_JSCHEMA_ANY, AIR_JSCHEMA_A, air_jschema_read_list, 2 },
    { "not", AIR_JSCHEMA_ANY, AIR_JSCHEMA_A, air_jschema_read_single,
      AIR_JSCHEMA_NOT },
    { "if", AIR_JSCHEMA_ANY, AIR_JSCHEMA_A, air_jschema_read_single,
      AIR_JSCHEMA_IF },
    { "then", AIR_JSCHEMA_ANY, AIR_JSCHEMA_A, air_jschema_read_single,
      AIR_JSCHEMA_THEN },
    { "else", AIR_JSCHEMA_ANY, AIR_JSCHEMA_A, air_jschema_read_single,
      AIR_JSCHEMA_ELSE },

    { "unevaluatedItems", AIR_JSCHEMA_NEW, AIR_JSCHEMA_U,
      air_jschema_read_single, AIR_JSCHEMA_REST_ITEMS },
    { "unevaluatedProperties", AIR_JSCHEMA_NEW, AIR_JSCHEMA_U,
      air_jschema_read_single, AIR_JSCHEMA_REST_MEMBERS },
    { "contentSchema", AIR_JSCHEMA_NEW, 0, air_jschema_read_single,
      AIR_JSCHEMA_IGNORED }
};


int
air_jschema_keywords(air_jschema_build_t *b, air_jschema_node_t *node)
{
    int                           rc;
    uint32_t                      i, value;
    air_str_t                     name;
    const air_json_node_t        *json;
    air_jschema_dialect_t         dialect;
    const air_jschema_keyword_t  *keyword;

    dialect = node->resource->dialect;

    if (dialect.version == AIR_JSCHEMA_DRAFT_7) {
        value = air_jschema_member(node->resource->doc, node->value, "$ref");

        if (value != AIR_JVALUE_NONE) {
            return air_jschema_read_ref(b, node, value, 0);
        }
    }

    for (value = air_jschema_first(node, node->value); value != 0;
         value = json->next)
    {
        json = air_jschema_json(node, value);

        if (air_json_name(&node->resource->doc->value.doc, json, b->mem,
                          &name)
            != AIR_OK)
        {
            return AIR_ENOMEM;
        }

        for (i = 0; i < sizeof(air_jschema_table)
                        / sizeof(air_jschema_table[0]); i++)
        {
            keyword = &air_jschema_table[i];

            if (!(keyword->versions & dialect.version)
                || (keyword->vocabulary != 0
                    && !(keyword->vocabulary & dialect.vocabularies))
                || !air_str_eqz(name, keyword->name))
            {
                continue;
            }

            rc = keyword->read(b, node, value, keyword->which);
            if (rc != AIR_OK) {
                return rc;
            }

            break;
        }
    }

    return AIR_OK;
}
