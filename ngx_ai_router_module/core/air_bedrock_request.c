
/*
 * A request on Bedrock's wire, read into the neutral message: Converse, what
 * CountTokens wraps around it, and InvokeModel for embeddings.  Model and
 * stream stand in the path, not here.  What holds more than the message can
 * say is kept raw beside it: it goes back as it was on this wire, and is
 * named as lost on others.
 */

#include "air_bedrock.h"


static const char *const  air_bedrock_members[] = {
    "messages", "system", "inferenceConfig", "toolConfig", "outputConfig",
    "serviceTier", "requestMetadata", NULL
};


static int
air_bedrock_read_turns(const air_bedrock_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    int                     rc;
    air_turn_t             *turn;
    const air_json_node_t  *list, *m, *content;

    static const char *const  known[] = { "role", "content", NULL };

    static const char *const  none[] = {
        "messages: a list of messages is required", NULL
    };

    static const char *const  bad[] = {
        "messages: each must be an object with a role and a list of content",
        NULL
    };

    list = air_json_given(r->doc, root, "messages");

    if (list == NULL || list->type != AIR_JSON_ARRAY) {
        return air_msg_refuse(r->mem, r->error, none);
    }

    for (m = air_json_first(r->doc, list);
         m != NULL;
         m = air_json_next(r->doc, m))
    {
        content = air_json_given(r->doc, m, "content");

        if (content == NULL || content->type != AIR_JSON_ARRAY) {
            return air_msg_refuse(r->mem, r->error, bad);
        }

        turn = air_msg_turn(msg, r->mem,
                            air_json_is(r->doc, air_json_get(r->doc, m,
                                                             "role"),
                                        "assistant")
                            ? AIR_ROLE_ASSISTANT : AIR_ROLE_USER);
        if (turn == NULL) {
            return AIR_ENOMEM;
        }

        rc = air_bedrock_content(r, content, &turn->parts, &turn->last);

        if (rc == AIR_OK) {
            rc = air_msg_rest(r->doc, m, known, r->mem, &turn->extra);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static int
air_bedrock_read_system(const air_bedrock_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    air_turn_t             *turn;
    const air_json_node_t  *system;

    system = air_json_given(r->doc, root, "system");

    if (system == NULL || system->type != AIR_JSON_ARRAY) {
        return AIR_OK;
    }

    turn = air_msg_turn(msg, r->mem, AIR_ROLE_SYSTEM);

    if (turn == NULL) {
        return AIR_ENOMEM;
    }

    return air_bedrock_content(r, system, &turn->parts, &turn->last);
}


static int
air_bedrock_read_tool(const air_bedrock_read_t *r,
    const air_json_node_t *node, air_msg_request_t *msg)
{
    int                     rc;
    air_tool_t             *tool;
    const air_json_node_t  *spec, *point, *schema;

    static const char *const  known[] = {
        "name", "description", "inputSchema", "strict", NULL
    };

    point = air_json_given(r->doc, node, "cachePoint");

    if (point != NULL && msg->last_tool != NULL) {
        air_bedrock_cache(r->doc, point, &msg->last_tool->cache);
        return AIR_OK;
    }

    tool = air_msg_tool(msg, r->mem);

    if (tool == NULL) {
        return AIR_ENOMEM;
    }

    spec = air_json_given(r->doc, node, "toolSpec");

    if (spec == NULL) {

        /* one that the vendor runs, and what comes next */

        tool->raw = air_json_raw(r->doc, node);
        tool->issuer = AIR_BEDROCK_WIRE;

        return AIR_OK;
    }

    schema = air_json_given(r->doc, air_json_given(r->doc, spec,
                                                   "inputSchema"),
                            "json");
    if (schema != NULL) {
        tool->schema = air_json_quoted(r->doc, schema);
    }

    tool->strict = air_msg_switch(r->doc, spec, "strict");
    tool->has_description = air_json_given(r->doc, spec, "description")
                            != NULL;

    rc = air_json_take(r->doc, spec, "name", r->mem, &tool->name);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, spec, "description", r->mem,
                           &tool->description);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, spec, known, r->mem, &tool->extra);
    }

    return rc;
}


static int
air_bedrock_read_tools(const air_bedrock_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    int                     rc;
    air_tool_choice_t      *c;
    const air_json_node_t  *config, *node, *list;

    config = air_json_given(r->doc, root, "toolConfig");
    list = air_json_given(r->doc, config, "tools");

    if (list != NULL && list->type == AIR_JSON_ARRAY) {

        msg->has_tools = 1;

        for (node = air_json_first(r->doc, list);
             node != NULL;
             node = air_json_next(r->doc, node))
        {
            rc = air_bedrock_read_tool(r, node, msg);

            if (rc != AIR_OK) {
                return rc;
            }
        }
    }

    c = &msg->tool_choice;
    node = air_json_given(r->doc, config, "toolChoice");

    if (node == NULL) {
        return AIR_OK;
    }

    if (air_json_given(r->doc, node, "auto") != NULL) {
        c->how = AIR_CHOOSE_AUTO;

    } else if (air_json_given(r->doc, node, "any") != NULL) {
        c->how = AIR_CHOOSE_ANY;

    } else if (air_json_given(r->doc, node, "tool") != NULL) {
        c->how = AIR_CHOOSE_ONE;

        return air_json_take(r->doc, air_json_given(r->doc, node, "tool"),
                             "name", r->mem, &c->name);

    } else {
        c->how = AIR_CHOOSE_RAW;
        c->raw = air_json_quoted(r->doc, node);
    }

    return AIR_OK;
}


/* inferenceConfig, which most models share. */
static int
air_bedrock_read_inference(const air_bedrock_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    int                     rc;
    air_item_t             *item, *last;
    const air_json_node_t  *config, *node;

    static const char *const  known[] = {
        "maxTokens", "temperature", "topP", "stopSequences", NULL
    };

    config = air_json_given(r->doc, root, "inferenceConfig");

    if (config == NULL) {
        return AIR_OK;
    }

    msg->has_max_output = air_json_uint(r->doc, air_json_get(r->doc, config,
                                                             "maxTokens"),
                                        &msg->max_output) == AIR_OK;

    node = air_json_given(r->doc, config, "temperature");

    if (node != NULL && node->type == AIR_JSON_NUMBER) {
        msg->temperature = air_json_raw(r->doc, node);
    }

    node = air_json_given(r->doc, config, "topP");

    if (node != NULL && node->type == AIR_JSON_NUMBER) {
        msg->top_p = air_json_raw(r->doc, node);
    }

    last = NULL;
    node = air_json_given(r->doc, config, "stopSequences");
    msg->has_stop = node != NULL && node->type == AIR_JSON_ARRAY;

    for (node = msg->has_stop ? air_json_first(r->doc, node) : NULL;
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        if (node->type != AIR_JSON_STRING) {
            continue;
        }

        item = air_msg_item(&msg->stop, &last, r->mem);

        if (item == NULL) {
            return AIR_ENOMEM;
        }

        rc = air_json_string(r->doc, node, r->mem, &item->text);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return air_msg_keep(r->doc, config, known, r->mem, &msg->extra);
}


/*
 * additionalModelRequestFields, each maker's own words: kept whole, and what
 * other wires have words for is read too.
 */
static int
air_bedrock_read_fields(const air_bedrock_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    int                     rc;
    air_reasoning_t        *t;
    const air_json_node_t  *fields, *node, *type;

    t = &msg->reasoning;
    fields = air_json_given(r->doc, root, "additionalModelRequestFields");

    node = air_json_given(r->doc, fields, "top_k");

    if (node == NULL) {
        node = air_json_given(r->doc, air_json_given(r->doc, fields,
                                                     "inferenceConfig"),
                              "topK");
    }

    if (node != NULL && node->type == AIR_JSON_NUMBER) {
        msg->top_k = air_json_raw(r->doc, node);
    }

    node = air_json_given(r->doc, fields, "thinking");

    if (node == NULL) {
        node = air_json_given(r->doc, fields, "reasoning_config");
    }

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        type = air_json_get(r->doc, node, "type");
        t->enabled = air_json_is(r->doc, type, "disabled") ? AIR_OFF
                                                           : AIR_ON;
        t->has_budget = air_json_uint(r->doc,
                                      air_json_get(r->doc, node,
                                                   "budget_tokens"),
                                      &t->budget) == AIR_OK;
    }

    rc = air_json_take(r->doc, fields, "reasoning_effort", r->mem,
                       &t->effort);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, air_json_given(r->doc, fields,
                                                  "output_config"),
                           "effort", r->mem, &t->effort);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, air_json_given(r->doc, fields,
                                                  "reasoningConfig"),
                           "maxReasoningEffort", r->mem, &t->effort);
    }

    return rc;
}


static int
air_bedrock_read_format(const air_bedrock_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    int                     rc;
    air_format_t           *f;
    const air_json_node_t  *config, *format, *schema;

    static const char *const  known[] = { "textFormat", NULL };

    f = &msg->format;
    config = air_json_given(r->doc, root, "outputConfig");

    if (config == NULL) {
        return AIR_OK;
    }

    format = air_json_given(r->doc, config, "textFormat");
    schema = air_json_given(r->doc, air_json_given(r->doc, format,
                                                   "structure"),
                            "jsonSchema");

    if (schema == NULL) {
        return air_msg_extra(&msg->extra, r->mem,
                             air_json_key(r->doc, config),
                             air_json_quoted(r->doc, config))
               ? AIR_OK : AIR_ENOMEM;
    }

    f->how = AIR_FORMAT_SCHEMA;

    rc = air_json_take(r->doc, schema, "schema", r->mem, &f->schema);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, schema, "name", r->mem, &f->name);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, schema, "description", r->mem,
                           &f->description);
    }

    return rc == AIR_OK ? air_msg_keep(r->doc, config, known, r->mem,
                                       &msg->extra)
                        : rc;
}


static int
air_bedrock_read_tier(const air_bedrock_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    air_usage_t             u;
    const air_json_node_t  *node;

    node = air_json_given(r->doc, root, "requestMetadata");

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        msg->metadata = air_json_quoted(r->doc, node);
    }

    air_usage_init(&u);
    air_bedrock_tier(r->doc, root, &u);
    msg->tier = u.tier;

    return air_json_take(r->doc, air_json_given(r->doc, root, "serviceTier"),
                         "type", r->mem, &msg->service_tier);
}


int
air_bedrock_request_read(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_msg_request_t *msg, air_error_t *error)
{
    int                     rc;
    air_bedrock_read_t      r;
    const air_json_node_t  *root;

    static const char *const  bad[] = {
        "the body must be a JSON object", NULL
    };

    air_msg_request_init(msg, AIR_BEDROCK_WIRE,
                         op == AIR_OP_MESSAGES ? AIR_OP_CHAT : op);

    r.doc = doc;
    r.mem = mem;
    r.error = error;

    root = doc ? air_json_root(doc) : NULL;

    if (root == NULL || root->type != AIR_JSON_OBJECT) {
        return air_msg_refuse(mem, error, bad);
    }

    if (op == AIR_OP_EMBEDDINGS) {
        return air_bedrock_embed_request(&r, msg);
    }

    if (op == AIR_OP_COUNT_TOKENS) {
        root = air_json_given(doc, air_json_given(doc, root, "input"),
                              "converse");
    }

    msg->want_usage = 1;

    rc = air_bedrock_read_system(&r, root, msg);

    if (rc == AIR_OK) {
        rc = air_bedrock_read_turns(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_bedrock_read_tools(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_bedrock_read_inference(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_bedrock_read_fields(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_bedrock_read_format(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_bedrock_read_tier(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(doc, root, air_bedrock_members, mem, &msg->extra);
    }

    return rc;
}
