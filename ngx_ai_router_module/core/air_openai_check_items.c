
/*
 * The check of a request of OpenAI's Responses: its input, and what would
 * need a memory of earlier replies, which a router in front of several
 * vendors does not have.  Wording as in air_openai_check.c.
 *
 * platform.openai.com/docs/api-reference/responses/create, read 2026-11.
 */

#include "air_openai_check.h"


static int
air_openai_check_state(air_openai_check_t *c, const char *path,
    const char *instead)
{
    const char  *pieces[5];

    if (path == NULL) {
        return AIR_ENOMEM;
    }

    pieces[0] = "Unsupported parameter: '";
    pieces[1] = path;
    pieces[2] = "'. Responses are not stored here";
    pieces[3] = instead;
    pieces[4] = NULL;

    return air_openai_refuse(c->mem, c->error, air_str_z(path),
                             "unsupported_parameter", pieces);
}


/* Parts of a message's content or of a tool's output. */
static void
air_openai_check_parts(air_openai_check_t *c, const air_json_node_t *content)
{
    const air_json_node_t  *part, *type;

    if (content == NULL || content->type != AIR_JSON_ARRAY) {
        return;
    }

    for (part = air_json_first(c->doc, content);
         part != NULL;
         part = air_json_next(c->doc, part))
    {
        type = air_json_get(c->doc, part, "type");

        if (air_json_is(c->doc, type, "input_image")) {
            c->rq->needs |= AIR_CAN_VISION;

        } else if (air_json_is(c->doc, type, "input_audio")) {
            c->rq->needs |= AIR_CAN_AUDIO;

        } else if (air_json_is(c->doc, type, "input_file")
                   && !air_openai_file_plain(c->doc, part))
        {
            c->rq->needs |= AIR_CAN_PDF;
        }
    }
}


static int
air_openai_check_item(air_openai_check_t *c, const air_json_node_t *item,
    unsigned i)
{
    const air_json_node_t  *type, *role;

    if (item->type != AIR_JSON_OBJECT) {
        return air_openai_bad_type(c, air_openai_path(c->mem, "input", i, ""),
                                   "an object", item);
    }

    type = air_json_given(c->doc, item, "type");

    if (air_json_is(c->doc, type, "item_reference")) {
        return air_openai_check_state(c, air_openai_path(c->mem, "input", i,
                                                         ""),
                                      ": send the item itself.");
    }

    if (type != NULL && type->type != AIR_JSON_STRING) {
        return air_openai_bad_type(c, air_openai_path(c->mem, "input", i,
                                                      ".type"),
                                   "a string", type);
    }

    if (type == NULL || air_json_is(c->doc, type, "message")) {

        role = air_json_given(c->doc, item, "role");

        if (role == NULL) {
            return air_openai_missing(c, air_openai_path(c->mem, "input", i,
                                                         ".role"));
        }

        if (role->type != AIR_JSON_STRING) {
            return air_openai_bad_type(c, air_openai_path(c->mem, "input", i,
                                                          ".role"),
                                       "a string", role);
        }
    }

    if (air_json_is(c->doc, type, "reasoning")
        && air_msg_sealed(c->doc, item, "encrypted_content"))
    {
        c->rq->sealed = 1;
    }

    air_openai_check_parts(c, air_json_get(c->doc, item, "content"));
    air_openai_check_parts(c, air_json_get(c->doc, item, "output"));

    return AIR_OK;
}


int
air_openai_check_items(air_openai_check_t *c)
{
    int                     rc;
    unsigned                i;
    const air_json_node_t  *input, *node;

    static const char *const  stored[] = {
        "previous_response_id", "conversation", "prompt"
    };

    for (i = 0; i < sizeof(stored) / sizeof(stored[0]); i++) {
        if (air_json_given(c->doc, c->root, stored[i]) != NULL) {
            return air_openai_check_state(c, stored[i],
                                          i < 2 ? ": send the whole "
                                                  "conversation as 'input'."
                                                : ", nor are prompts.");
        }
    }

    node = air_json_given(c->doc, c->root, "background");

    if (node != NULL && node->type != AIR_JSON_FALSE) {
        return air_openai_check_state(c, "background", ".");
    }

    input = c->field[AIR_FIELD_INPUT];

    if (input == NULL) {
        return air_openai_missing(c, "input");
    }

    if (input->type == AIR_JSON_STRING) {
        return AIR_OK;
    }

    if (input->type != AIR_JSON_ARRAY) {
        return air_openai_bad_type(c, "input",
                                   "one of a string or array of objects",
                                   input);
    }

    if (input->count == 0) {
        return air_openai_empty(c, "input");
    }

    i = 0;

    for (node = air_json_first(c->doc, input);
         node != NULL;
         node = air_json_next(c->doc, node))
    {
        rc = air_openai_check_item(c, node, i++);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


void
air_openai_check_newer(air_openai_check_t *c)
{
    uint64_t                n;
    const air_json_node_t  *node, *type;

    node = air_json_given(c->doc, c->root, "text");
    node = air_json_given(c->doc, node, "format");

    if (air_json_is(c->doc, air_json_get(c->doc, node, "type"),
                    "json_schema"))
    {
        c->rq->needs |= AIR_CAN_SCHEMA;
    }

    if (air_json_uint(c->doc, air_json_get(c->doc, c->root, "top_logprobs"),
                      &n)
        == AIR_OK && n != 0)
    {
        c->rq->needs |= AIR_CAN_LOGPROBS;
    }

    node = c->field[AIR_FIELD_TOOLS];

    if (node == NULL || node->type != AIR_JSON_ARRAY) {
        return;
    }

    for (node = air_json_first(c->doc, node);
         node != NULL;
         node = air_json_next(c->doc, node))
    {
        type = air_json_get(c->doc, node, "type");

        if (type != NULL && type->type == AIR_JSON_STRING
            && type->end - type->start >= 10
            && memcmp(c->doc->text.data + type->start, "web_search", 10) == 0)
        {
            c->rq->needs |= AIR_CAN_SEARCH;
        }
    }
}
