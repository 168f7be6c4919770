
/*
 * A request on Anthropic's wire, read into the neutral message.  Members
 * that hold more than the message can say are kept raw beside it: they go
 * back as they were on this wire, and are named as lost on others.
 */

#include "air_anthropic.h"


static const char *const  air_anthropic_members[] = {
    "model", "messages", "system", "max_tokens", "metadata",
    "stop_sequences", "stream", "temperature", "top_p", "top_k", "tools",
    "tool_choice", "thinking", "output_config", "output_format",
    "service_tier",
    "fallbacks",                  /* the router's                           */
    NULL
};


static int
air_anthropic_read_say(const air_anthropic_read_t *r, const char *field,
    const char *text)
{
    const char  *pieces[4];

    pieces[0] = field;
    pieces[1] = ": ";
    pieces[2] = text;
    pieces[3] = NULL;

    return air_msg_refuse(r->mem, r->error, pieces);
}


static int
air_anthropic_read_system(const air_anthropic_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    air_turn_t             *turn;
    const air_json_node_t  *system;

    system = air_json_given(r->doc, root, "system");

    if (system == NULL) {
        return AIR_OK;
    }

    turn = air_msg_turn(msg, r->mem, AIR_ROLE_SYSTEM);

    if (turn == NULL) {
        return AIR_ENOMEM;
    }

    return air_anthropic_content(r, system, "system", &turn->parts,
                                 &turn->last);
}


static int
air_anthropic_read_turn(const air_anthropic_read_t *r,
    const air_json_node_t *m, unsigned i, air_msg_request_t *msg)
{
    int                     rc;
    air_buf_t               path;
    air_role_e              as;
    air_turn_t             *turn;
    const air_json_node_t  *role;

    static const char *const  known[] = { "role", "content", NULL };

    static const char *const  misplaced[] = {
        "messages: Unexpected role \"system\". The Messages API accepts a "
        "top-level `system` parameter, not \"system\" as the role of the "
        "first message.", NULL
    };

    role = air_json_get(r->doc, m, "role");

    as = air_json_is(r->doc, role, "assistant") ? AIR_ROLE_ASSISTANT
         : air_json_is(r->doc, role, "system") ? AIR_ROLE_SYSTEM
         : AIR_ROLE_USER;

    /* newer models take instructions later in a conversation */

    if (as == AIR_ROLE_SYSTEM && i == 0) {
        return air_msg_refuse(r->mem, r->error, misplaced);
    }

    turn = air_msg_turn(msg, r->mem, as);

    if (turn == NULL) {
        return AIR_ENOMEM;
    }

    air_buf_init(&path, r->mem, 64);
    air_buf_z(&path, "messages.");
    air_buf_uint(&path, i);
    air_buf_z(&path, ".content");
    air_buf_byte(&path, '\0');

    if (path.error != AIR_OK) {
        return AIR_ENOMEM;
    }

    rc = air_anthropic_content(r, air_json_get(r->doc, m, "content"),
                               (const char *) path.data, &turn->parts,
                               &turn->last);

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, m, known, r->mem, &turn->extra);
    }

    return rc;
}


static int
air_anthropic_read_tool(const air_anthropic_read_t *r,
    const air_json_node_t *node, air_msg_request_t *msg)
{
    int                     rc;
    air_tool_t             *tool;
    const air_json_node_t  *type, *schema;

    static const char *const  known[] = {
        "name", "description", "input_schema", "strict", "cache_control",
        NULL
    };

    tool = air_msg_tool(msg, r->mem);

    if (tool == NULL) {
        return AIR_ENOMEM;
    }

    rc = air_json_take(r->doc, node, "name", r->mem, &tool->name);

    if (rc != AIR_OK) {
        return rc;
    }

    type = air_json_given(r->doc, node, "type");
    schema = air_json_given(r->doc, node, "input_schema");

    if (schema == NULL
        || (type != NULL && !air_json_is(r->doc, type, "custom")))
    {
        if (type == NULL || air_json_is(r->doc, type, "custom")) {
            return air_anthropic_read_say(r, "tools.input_schema",
                                          "Field required");
        }

        /* one that the vendor runs, or whose schema it knows */

        tool->raw = air_json_raw(r->doc, node);
        tool->issuer = AIR_ANTHROPIC_WIRE;

        return AIR_OK;
    }

    if (tool->name.len == 0) {
        return air_anthropic_read_say(r, "tools.name", "Field required");
    }

    tool->schema = air_json_quoted(r->doc, schema);
    tool->strict = air_msg_switch(r->doc, node, "strict");
    tool->has_description = air_json_given(r->doc, node, "description")
                            != NULL;

    air_anthropic_cache(r->doc, node, &tool->cache);

    rc = air_json_take(r->doc, node, "description", r->mem,
                       &tool->description);

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, node, known, r->mem, &tool->extra);
    }

    return rc;
}


static int
air_anthropic_read_tools(const air_anthropic_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    int                     rc;
    const air_json_node_t  *list, *node;

    list = air_json_given(r->doc, root, "tools");

    if (list == NULL) {
        return AIR_OK;
    }

    if (list->type != AIR_JSON_ARRAY) {
        return air_anthropic_read_say(r, "tools", "Input should be a valid "
                                      "list");
    }

    msg->has_tools = 1;

    for (node = air_json_first(r->doc, list);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        rc = air_anthropic_read_tool(r, node, msg);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static int
air_anthropic_read_choice(const air_anthropic_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    air_switch_e            one;
    air_tool_choice_t      *c;
    const air_json_node_t  *node, *type;

    static const char *const  known[] = {
        "type", "name", "disable_parallel_tool_use", NULL
    };

    node = air_json_given(r->doc, root, "tool_choice");

    if (node == NULL) {
        return AIR_OK;
    }

    c = &msg->tool_choice;
    type = air_json_get(r->doc, node, "type");

    c->how = air_json_is(r->doc, type, "auto") ? AIR_CHOOSE_AUTO
             : air_json_is(r->doc, type, "any") ? AIR_CHOOSE_ANY
             : air_json_is(r->doc, type, "none") ? AIR_CHOOSE_NONE
             : air_json_is(r->doc, type, "tool") ? AIR_CHOOSE_ONE
             : AIR_CHOOSE_RAW;

    if (c->how == AIR_CHOOSE_RAW) {
        c->raw = air_json_quoted(r->doc, node);
        return AIR_OK;
    }

    one = air_msg_switch(r->doc, node, "disable_parallel_tool_use");
    c->parallel = one == AIR_ON ? AIR_OFF : one == AIR_OFF ? AIR_ON
                                                           : AIR_UNSET;

    if (air_json_take(r->doc, node, "name", r->mem, &c->name) != AIR_OK) {
        return AIR_ENOMEM;
    }

    return air_msg_keep(r->doc, node, known, r->mem, &msg->extra);
}


static int
air_anthropic_read_thought(const air_anthropic_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    air_reasoning_t        *t;
    const air_json_node_t  *node, *type, *display;

    static const char *const  known[] = {
        "type", "budget_tokens", "display", NULL
    };

    static const char *const  none[] = { NULL };

    node = air_json_given(r->doc, root, "thinking");

    if (node == NULL) {
        return AIR_OK;
    }

    t = &msg->reasoning;
    type = air_json_get(r->doc, node, "type");
    display = air_json_given(r->doc, node, "display");

    t->enabled = air_json_is(r->doc, type, "disabled") ? AIR_OFF : AIR_ON;
    t->has_budget = air_json_uint(r->doc, air_json_get(r->doc, node,
                                                       "budget_tokens"),
                                  &t->budget) == AIR_OK;

    if (air_json_is(r->doc, display, "omitted")) {
        t->exclude = AIR_ON;

    } else if (air_json_is(r->doc, display, "summarized")) {
        t->summary = air_str_z("auto");
    }

    return air_msg_keep(r->doc, node,
                        air_json_is(r->doc, type, "disabled")
                        || air_json_is(r->doc, type, "enabled")
                        || air_json_is(r->doc, type, "adaptive")
                        ? known : none, r->mem, &msg->extra);
}


/* {"type":"json_schema","schema":{...}}, in either of its places. */
static int
air_anthropic_read_format(const air_anthropic_read_t *r,
    const air_json_node_t *node, air_msg_request_t *msg)
{
    const air_json_node_t  *schema;

    schema = air_json_given(r->doc, node, "schema");

    if (schema == NULL
        || !air_json_is(r->doc, air_json_get(r->doc, node, "type"),
                        "json_schema"))
    {
        msg->format.how = AIR_FORMAT_RAW;
        msg->format.raw = air_json_quoted(r->doc, node);

        return AIR_OK;
    }

    msg->format.how = AIR_FORMAT_SCHEMA;
    msg->format.schema = air_json_quoted(r->doc, schema);

    return AIR_OK;
}


static int
air_anthropic_read_output(const air_anthropic_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    int                     rc;
    const air_json_node_t  *node, *format;

    static const char *const  known[] = { "effort", "format", NULL };

    rc = AIR_OK;
    format = air_json_given(r->doc, root, "output_format");
    node = air_json_given(r->doc, root, "output_config");

    if (node != NULL) {
        rc = air_json_take(r->doc, node, "effort", r->mem,
                           &msg->reasoning.effort);

        if (rc == AIR_OK) {
            rc = air_msg_keep(r->doc, node, known, r->mem, &msg->extra);
        }

        if (air_json_given(r->doc, node, "format") != NULL) {
            format = air_json_given(r->doc, node, "format");
        }
    }

    if (rc == AIR_OK && format != NULL) {
        rc = air_anthropic_read_format(r, format, msg);
    }

    return rc;
}


static int
air_anthropic_read_numbers(const air_anthropic_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    unsigned                i;
    uint64_t                n;
    const air_json_node_t  *node;

    struct {
        const char  *name;
        air_str_t   *out;
    }  numbers[] = {
        { "temperature", &msg->temperature },
        { "top_p", &msg->top_p },
        { "top_k", &msg->top_k }
    };

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {

        node = air_json_given(r->doc, root, numbers[i].name);

        if (node == NULL) {
            continue;
        }

        if (node->type != AIR_JSON_NUMBER) {
            return air_anthropic_read_say(r, numbers[i].name,
                                          "Input should be a valid number");
        }

        *numbers[i].out = air_json_raw(r->doc, node);

        if (i != 2 && (air_json_decimal(r->doc, node, 9, &n) != AIR_OK
                       || n > 1000000000))
        {
            return air_anthropic_read_say(r, numbers[i].name, "range: 0..1");
        }
    }

    return AIR_OK;
}


static int
air_anthropic_read_stop(const air_anthropic_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    int                     rc;
    air_item_t             *item, *last;
    const air_json_node_t  *node;

    node = air_json_given(r->doc, root, "stop_sequences");

    if (node == NULL) {
        return AIR_OK;
    }

    if (node->type != AIR_JSON_ARRAY) {
        return air_anthropic_read_say(r, "stop_sequences",
                                      "Input should be a valid list");
    }

    last = NULL;
    msg->has_stop = 1;

    for (node = air_json_first(r->doc, node);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        if (node->type != AIR_JSON_STRING) {
            return air_anthropic_read_say(r, "stop_sequences",
                                          "Input should be a valid string");
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

    return AIR_OK;
}


static int
air_anthropic_read_settings(const air_anthropic_read_t *r,
    const air_json_node_t *root, const air_request_t *rq,
    air_msg_request_t *msg)
{
    int                     rc;
    const air_json_node_t  *node;

    static const char *const  known[] = { "user_id", NULL };

    msg->model = rq->model;
    msg->tier = rq->tier;
    msg->user = rq->user;
    msg->stream = rq->stream;
    msg->want_usage = 1;
    msg->has_stream = air_json_given(r->doc, root, "stream") != NULL;
    msg->max_output = rq->max_output;
    msg->has_max_output = rq->max_output != 0;

    node = air_json_given(r->doc, root, "metadata");
    rc = node ? air_msg_keep(r->doc, node, known, r->mem, &msg->extra)
              : AIR_OK;

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, root, "service_tier", r->mem,
                           &msg->service_tier);
    }

    if (rc == AIR_OK) {
        rc = air_anthropic_read_numbers(r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_anthropic_read_stop(r, root, msg);
    }

    return rc;
}


int
air_anthropic_request_read(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_msg_request_t *msg, air_error_t *error)
{
    int                     rc;
    unsigned                i;
    air_request_t           rq;
    const air_json_node_t  *root, *m;
    air_anthropic_read_t    r;

    /* a conversation, whatever its wire calls it */

    air_msg_request_init(msg, AIR_ANTHROPIC_WIRE,
                         op == AIR_OP_MESSAGES ? AIR_OP_CHAT : op);

    rc = air_anthropic_request_check(op, doc, mem, &rq, error);

    if (rc != AIR_OK) {
        return rc;
    }

    r.doc = doc;
    r.mem = mem;
    r.error = error;

    root = air_json_root(doc);

    rc = air_anthropic_read_system(&r, root, msg);

    i = 0;

    for (m = air_json_first(doc, air_json_get(doc, root, "messages"));
         m != NULL && rc == AIR_OK;
         m = air_json_next(doc, m))
    {
        rc = air_anthropic_read_turn(&r, m, i++, msg);
    }

    if (rc == AIR_OK) {
        rc = air_anthropic_read_tools(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_anthropic_read_choice(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_anthropic_read_thought(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_anthropic_read_output(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_anthropic_read_settings(&r, root, &rq, msg);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(doc, root, air_anthropic_members, mem,
                          &msg->extra);
    }

    return rc;
}
