
/*
 * Short ways to members and texts of a scanned JSON text, for codecs.
 */

#include "air_json.h"


const air_json_node_t *
air_json_given(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name)
{
    const air_json_node_t  *node;

    node = air_json_get(doc, object, name);

    return node != NULL && node->type != AIR_JSON_NULL ? node : NULL;
}


const air_json_node_t *
air_json_filled(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name)
{
    const air_json_node_t  *node;

    node = air_json_get(doc, object, name);

    return node != NULL && node->type == AIR_JSON_STRING
           && node->end > node->start ? node : NULL;
}


air_str_t
air_json_quoted(const air_json_doc_t *doc, const air_json_node_t *node)
{
    air_str_t  s;

    s = air_json_raw(doc, node);

    if (node->type == AIR_JSON_STRING) {
        s.data--;
        s.len += 2;
    }

    return s;
}


int
air_json_take(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name, const air_mem_t *mem, air_str_t *out)
{
    const air_json_node_t  *node;

    node = air_json_get(doc, object, name);

    if (node == NULL || node->type != AIR_JSON_STRING) {
        return AIR_OK;
    }

    return air_json_string(doc, node, mem, out);
}


int
air_json_name(const air_json_doc_t *doc, const air_json_node_t *member,
    const air_mem_t *mem, air_str_t *out)
{
    air_json_node_t  key;

    if (!member->key_escaped) {
        *out = air_json_key(doc, member);
        return AIR_OK;
    }

    key = *member;
    key.type = AIR_JSON_STRING;
    key.start = member->key_start;
    key.end = member->key_end;
    key.escaped = 1;

    return air_json_string(doc, &key, mem, out);
}
