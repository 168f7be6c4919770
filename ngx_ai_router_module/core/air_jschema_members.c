
/*
 * The keywords of objects: members by name and by pattern, those that must be
 * there, those that others ask for.
 */

#include "air_jschema_build.h"


air_jschema_object_t *
air_jschema_object(air_jschema_build_t *b, air_jschema_node_t *node)
{
    if (node->object == NULL) {
        node->object = air_jschema_get(b, sizeof(air_jschema_object_t));
        if (node->object == NULL) {
            return NULL;
        }

        node->object->max = UINT64_MAX;
    }

    return node->object;
}


static air_jschema_name_t
air_jschema_name(const air_jschema_node_t *node, air_json_text_t text)
{
    air_jschema_name_t  name;

    (void) node;

    name.text = text;
    name.hash = air_jvalue_name(text);

    return name;
}


int
air_jschema_read_properties(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    int                      rc;
    uint32_t                 i, n, slot;
    const air_json_node_t   *json;
    air_jschema_object_t    *object;
    air_jschema_property_t  *property;

    (void) which;

    json = air_jschema_json(node, value);

    object = air_jschema_object(b, node);
    if (object == NULL) {
        return AIR_ENOMEM;
    }

    if (json->type != AIR_JSON_OBJECT) {
        return air_jschema_refuse(b, node, value, "is no object of schemas");
    }

    for (n = 4; n < json->count * 2; n *= 2) { /* void */ }

    object->properties = air_jschema_get(b, (json->count + 1)
                                            * sizeof(air_jschema_property_t));
    object->slots = air_jschema_get(b, n * sizeof(uint32_t));

    if (object->properties == NULL || object->slots == NULL) {
        return AIR_ENOMEM;
    }

    object->mask = n - 1;

    for (i = air_jschema_first(node, value); i != 0; i = json->next) {
        json = air_jschema_json(node, i);
        property = &object->properties[object->nproperties++];

        property->name = air_jschema_name(node, air_json_node_key(
                                    &node->resource->doc->value.doc, json));

        rc = air_jschema_node(b, node->resource, i, &property->node);
        if (rc != AIR_OK) {
            return rc;
        }

        for (slot = property->name.hash & object->mask;
             object->slots[slot] != 0;
             slot = (slot + 1) & object->mask) { /* void */ }

        object->slots[slot] = object->nproperties;
    }

    return AIR_OK;
}


int
air_jschema_read_matches(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    int                     rc;
    uint32_t                i;
    air_str_t               text;
    air_jschema_match_t    *match;
    const air_json_node_t  *json;
    air_jschema_object_t   *object;

    (void) which;

    json = air_jschema_json(node, value);

    object = air_jschema_object(b, node);
    if (object == NULL) {
        return AIR_ENOMEM;
    }

    if (json->type != AIR_JSON_OBJECT) {
        return air_jschema_refuse(b, node, value, "is no object of schemas");
    }

    object->matches = air_jschema_get(b, (json->count + 1)
                                         * sizeof(air_jschema_match_t));
    if (object->matches == NULL) {
        return AIR_ENOMEM;
    }

    for (i = air_jschema_first(node, value); i != 0; i = json->next) {
        json = air_jschema_json(node, i);
        match = &object->matches[object->nmatches];

        if (air_json_name(&node->resource->doc->value.doc, json, b->mem,
                          &text)
            != AIR_OK)
        {
            return AIR_ENOMEM;
        }

        rc = air_jschema_compile_pattern(b, node, i, text, &match->pattern);

        if (rc == AIR_OK) {
            rc = air_jschema_node(b, node->resource, i, &match->node);
        }

        if (rc != AIR_OK) {
            return rc;
        }

        object->nmatches++;
    }

    return AIR_OK;
}


/* A list of names, as in required. */
static int
air_jschema_names(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, air_jschema_name_t **names, uint32_t *n)
{
    uint32_t                i;
    const air_json_node_t  *json;

    json = air_jschema_json(node, value);

    if (json->type != AIR_JSON_ARRAY) {
        return air_jschema_refuse(b, node, value, "is no array of strings");
    }

    *n = 0;
    *names = air_jschema_get(b, (json->count + 1)
                                * sizeof(air_jschema_name_t));
    if (*names == NULL) {
        return AIR_ENOMEM;
    }

    for (i = air_jschema_first(node, value); i != 0; i = json->next) {
        json = air_jschema_json(node, i);

        if (json->type != AIR_JSON_STRING) {
            return air_jschema_refuse(b, node, i, "is no string");
        }

        (*names)[(*n)++] = air_jschema_name(node, air_json_node_text(
                                     &node->resource->doc->value.doc, json));
    }

    return AIR_OK;
}


int
air_jschema_read_required(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    air_jschema_object_t  *object;

    (void) which;

    object = air_jschema_object(b, node);
    if (object == NULL) {
        return AIR_ENOMEM;
    }

    return air_jschema_names(b, node, value, &object->required,
                             &object->nrequired);
}


/* dependentRequired 0, dependentSchemas 1, dependencies 2 */
int
air_jschema_read_depends(air_jschema_build_t *b, air_jschema_node_t *node,
    uint32_t value, unsigned which)
{
    int                     rc;
    uint32_t                i, n;
    air_jschema_depend_t   *depends, *depend;
    const air_json_node_t  *json;
    air_jschema_object_t   *object;

    json = air_jschema_json(node, value);

    object = air_jschema_object(b, node);
    if (object == NULL) {
        return AIR_ENOMEM;
    }

    if (json->type != AIR_JSON_OBJECT) {
        return air_jschema_refuse(b, node, value, "is no object");
    }

    /* beside those of another keyword */

    n = object->ndepends;

    depends = air_jschema_get(b, (n + json->count + 1)
                                 * sizeof(air_jschema_depend_t));
    if (depends == NULL) {
        return AIR_ENOMEM;
    }

    if (n != 0) {
        memcpy(depends, object->depends, n * sizeof(air_jschema_depend_t));
    }

    object->depends = depends;

    for (i = air_jschema_first(node, value); i != 0; i = json->next) {
        json = air_jschema_json(node, i);
        depend = &depends[object->ndepends++];

        depend->name = air_jschema_name(node, air_json_node_key(
                                    &node->resource->doc->value.doc, json));

        if (which == 0 || (which == 2 && json->type == AIR_JSON_ARRAY)) {
            rc = air_jschema_names(b, node, i, &depend->names, &depend->n);

        } else {
            rc = air_jschema_node(b, node->resource, i, &depend->node);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}
