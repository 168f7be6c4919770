
/*
 * A request on Cohere's wire, read into the neutral message.  Its settings
 * have names of their own (p, k, thinking), else it is much like OpenAI's.
 *
 * docs.cohere.com/v2/reference/chat and the vendor's openapi, read
 * 2026-11-22.
 */

#include "air_cohere.h"


static const char *const  air_cohere_members[] = {
    "model", "messages", "stream", "tools", "strict_tools", "tool_choice",
    "response_format", "max_tokens", "stop_sequences", "temperature", "p",
    "k", "seed", "frequency_penalty", "presence_penalty", "logprobs",
    "thinking", NULL
};


static int
air_cohere_turn(const air_cohere_read_t *r, const air_json_node_t *m,
    air_msg_request_t *msg)
{
    int                     rc;
    air_role_e              as;
    air_part_t             *part, *last;
    air_turn_t             *turn;
    const air_json_node_t  *role, *content;

    static const char *const  known[] = {
        "role", "content", "tool_call_id", NULL
    };

    role = air_json_get(r->doc, m, "role");

    as = air_json_is(r->doc, role, "user") ? AIR_ROLE_USER
         : air_json_is(r->doc, role, "assistant") ? AIR_ROLE_ASSISTANT
         : air_json_is(r->doc, role, "system") ? AIR_ROLE_SYSTEM
         : air_json_is(r->doc, role, "tool") ? AIR_ROLE_TOOL
         : AIR_ROLE_DEVELOPER;

    if (as == AIR_ROLE_DEVELOPER) {
        return air_cohere_refuse(r, "messages.role", "must be one of 'user', "
                                 "'assistant', 'system' or 'tool'");
    }

    turn = air_msg_turn(msg, r->mem, as);

    if (turn == NULL) {
        return AIR_ENOMEM;
    }

    if (as == AIR_ROLE_ASSISTANT) {
        return air_cohere_assistant(r, m, &turn->parts, &turn->last,
                                    &turn->extra);
    }

    content = air_json_given(r->doc, m, "content");

    if (as == AIR_ROLE_TOOL) {

        part = air_msg_part(&turn->parts, &turn->last, r->mem,
                            AIR_PART_TOOL_RESULT);
        if (part == NULL) {
            return AIR_ENOMEM;
        }

        last = NULL;
        part->whole = content != NULL && content->type == AIR_JSON_STRING;

        rc = air_json_take(r->doc, m, "tool_call_id", r->mem, &part->id);

        if (rc == AIR_OK && part->id.len == 0) {
            return air_cohere_refuse(r, "messages.tool_call_id",
                                     "must be set in messages of tools");
        }

        if (rc == AIR_OK) {
            rc = air_cohere_content(r, content, &part->parts, &last);
        }

    } else {
        rc = air_cohere_content(r, content, &turn->parts, &turn->last);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, m, known, r->mem, &turn->extra);
    }

    return rc;
}


static int
air_cohere_tools(const air_cohere_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    int                     rc;
    air_tool_t             *tool;
    air_switch_e            strict;
    const air_json_node_t  *list, *node, *function, *schema;

    static const char *const  known[] = { "type", "function", NULL };

    list = air_json_given(r->doc, root, "tools");

    if (list == NULL || list->type != AIR_JSON_ARRAY) {
        return AIR_OK;
    }

    msg->has_tools = 1;
    strict = air_msg_switch(r->doc, root, "strict_tools");

    for (node = air_json_first(r->doc, list);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        tool = air_msg_tool(msg, r->mem);

        if (tool == NULL) {
            return AIR_ENOMEM;
        }

        function = air_json_get(r->doc, node, "function");
        schema = air_json_given(r->doc, function, "parameters");

        tool->strict = strict;
        tool->has_description = air_json_given(r->doc, function,
                                               "description") != NULL;

        if (schema != NULL) {
            tool->schema = air_json_quoted(r->doc, schema);
        }

        rc = air_json_take(r->doc, function, "name", r->mem, &tool->name);

        if (rc == AIR_OK) {
            rc = air_json_take(r->doc, function, "description", r->mem,
                               &tool->description);
        }

        if (rc == AIR_OK) {
            rc = air_msg_rest(r->doc, node, known, r->mem, &tool->extra);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static void
air_cohere_wishes(const air_cohere_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    const air_json_node_t  *node, *type, *schema;

    node = air_json_given(r->doc, root, "tool_choice");

    if (node != NULL) {
        msg->tool_choice.how = air_json_is(r->doc, node, "REQUIRED")
                               ? AIR_CHOOSE_ANY
                               : air_json_is(r->doc, node, "NONE")
                                 ? AIR_CHOOSE_NONE : AIR_CHOOSE_RAW;
        msg->tool_choice.raw = air_json_quoted(r->doc, node);
    }

    node = air_json_given(r->doc, root, "response_format");

    if (node != NULL) {

        type = air_json_get(r->doc, node, "type");
        schema = air_json_given(r->doc, node, "json_schema");

        if (schema == NULL) {
            schema = air_json_given(r->doc, node, "schema");
        }

        msg->format.raw = air_json_quoted(r->doc, node);
        msg->format.how = air_json_is(r->doc, type, "text") ? AIR_FORMAT_TEXT
                          : !air_json_is(r->doc, type, "json_object")
                            ? AIR_FORMAT_RAW
                            : schema != NULL ? AIR_FORMAT_SCHEMA
                                             : AIR_FORMAT_JSON;

        if (schema != NULL) {
            msg->format.schema = air_json_quoted(r->doc, schema);
        }
    }

    node = air_json_given(r->doc, root, "thinking");

    if (node != NULL) {
        type = air_json_get(r->doc, node, "type");
        msg->reasoning.enabled = air_json_is(r->doc, type, "disabled")
                                 ? AIR_OFF : AIR_ON;
        msg->reasoning.has_budget =
            air_json_uint(r->doc, air_json_get(r->doc, node, "token_budget"),
                          &msg->reasoning.budget) == AIR_OK;
    }
}


static int
air_cohere_settings(const air_cohere_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    int                     rc;
    unsigned                i;
    air_item_t             *item, *last;
    const air_json_node_t  *node;

    struct {
        const char  *name;
        air_str_t   *out;
    }  numbers[] = {
        { "temperature", &msg->temperature },
        { "p", &msg->top_p },
        { "k", &msg->top_k },
        { "seed", &msg->seed },
        { "frequency_penalty", &msg->frequency_penalty },
        { "presence_penalty", &msg->presence_penalty }
    };

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {

        node = air_json_given(r->doc, root, numbers[i].name);

        if (node != NULL && node->type != AIR_JSON_NUMBER) {
            return air_cohere_refuse(r, numbers[i].name, "must be a number");
        }

        if (node != NULL) {
            *numbers[i].out = air_json_raw(r->doc, node);
        }
    }

    msg->logprobs = air_msg_switch(r->doc, root, "logprobs");
    msg->has_max_output =
        air_json_uint(r->doc, air_json_given(r->doc, root, "max_tokens"),
                      &msg->max_output) == AIR_OK;

    node = air_json_given(r->doc, root, "stop_sequences");

    if (node == NULL || node->type != AIR_JSON_ARRAY) {
        return AIR_OK;
    }

    msg->has_stop = 1;
    last = NULL;

    for (node = air_json_first(r->doc, node);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        item = air_msg_item(&msg->stop, &last, r->mem);

        if (item == NULL) {
            return AIR_ENOMEM;
        }

        rc = air_json_string(r->doc, node, r->mem, &item->text);

        if (rc == AIR_EINVAL) {
            return air_cohere_refuse(r, "stop_sequences",
                                     "must be a list of strings");
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


int
air_cohere_request_read(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_msg_request_t *msg, air_error_t *error)
{
    int                     rc;
    air_request_t           rq;
    air_cohere_read_t       r;
    const air_json_node_t  *root, *node;

    air_msg_request_init(msg, AIR_COHERE_WIRE, op);

    rc = air_codec_cohere.request_check(op, doc, mem, &rq, error);

    if (rc != AIR_OK) {
        return rc;
    }

    r.doc = doc;
    r.mem = mem;
    r.error = error;

    root = air_json_root(doc);

    msg->model = rq.model;
    msg->stream = rq.stream;
    msg->want_usage = 1;
    msg->has_stream = air_json_given(doc, root, "stream") != NULL;

    if (op == AIR_OP_EMBEDDINGS) {
        return air_cohere_embed_read(&r, root, msg);
    }

    for (node = air_json_first(doc, air_json_get(doc, root, "messages"));
         node != NULL && rc == AIR_OK;
         node = air_json_next(doc, node))
    {
        rc = air_cohere_turn(&r, node, msg);
    }

    if (rc == AIR_OK) {
        rc = air_cohere_tools(&r, root, msg);
    }

    if (rc == AIR_OK) {
        air_cohere_wishes(&r, root, msg);
        rc = air_cohere_settings(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(doc, root, air_cohere_members, mem, &msg->extra);
    }

    return rc;
}
