
/*
 * A Responses request read into the neutral message.  Its input is a list of
 * items; those an assistant said or did one after the other make one turn,
 * as on wires that know messages only.
 *
 * platform.openai.com/docs/api-reference/responses/create, read 2026-11.
 */

#include "air_responses.h"


/* members that the neutral message has, and those that say nothing here:
   checks refused all of their values but one */
static const char *const  air_responses_members[] = {
    "model", "input", "instructions", "tools", "tool_choice",
    "parallel_tool_calls", "text", "reasoning", "max_output_tokens",
    "temperature", "top_p", "frequency_penalty", "presence_penalty",
    "top_logprobs", "include", "stream", "stream_options", "store",
    "metadata", "user", "safety_identifier", "prompt_cache_key",
    "prompt_cache_retention", "service_tier", "truncation", "background",
    "previous_response_id", "conversation", "prompt", NULL
};


/* "name[i]rest", NUL-terminated in mem, or NULL. */
static const char *
air_responses_path(const air_responses_read_t *r, const char *name,
    unsigned i, const char *rest)
{
    air_buf_t  b;

    air_buf_init(&b, r->mem, 128);

    air_buf_z(&b, name);
    air_buf_byte(&b, '[');
    air_buf_uint(&b, i);
    air_buf_byte(&b, ']');
    air_buf_z(&b, rest);
    air_buf_byte(&b, '\0');

    return b.error == AIR_OK ? (const char *) b.data : NULL;
}


static int
air_responses_missing(const air_responses_read_t *r, const char *path)
{
    const char  *pieces[4];

    if (path == NULL) {
        return AIR_ENOMEM;
    }

    pieces[0] = "Missing required parameter: '";
    pieces[1] = path;
    pieces[2] = "'.";
    pieces[3] = NULL;

    return air_openai_refuse(r->mem, r->error, air_str_z(path),
                             "missing_required_parameter", pieces);
}


static int
air_responses_type(const air_responses_read_t *r, const char *name,
    const char *expected)
{
    const char  *pieces[6];

    pieces[0] = "Invalid type for '";
    pieces[1] = name;
    pieces[2] = "': expected ";
    pieces[3] = expected;
    pieces[4] = ".";
    pieces[5] = NULL;

    return air_openai_refuse(r->mem, r->error, air_str_z(name),
                             "invalid_type", pieces);
}


/* -------------------------------------------------------------- input */


/* The turn that what an assistant says next belongs to, or NULL. */
static air_turn_t *
air_responses_assistant(const air_responses_read_t *r,
    air_msg_request_t *msg)
{
    if (msg->last != NULL && msg->last->role == AIR_ROLE_ASSISTANT) {
        return msg->last;
    }

    return air_msg_turn(msg, r->mem, AIR_ROLE_ASSISTANT);
}


static int
air_responses_read_result(const air_responses_read_t *r,
    const air_json_node_t *item, int custom, const char *path,
    air_msg_request_t *msg)
{
    int                     rc;
    air_part_t             *part, *last;
    air_turn_t             *turn;
    const air_json_node_t  *output;

    static const char *const  known[] = {
        "type", "call_id", "output", NULL
    };

    turn = air_msg_turn(msg, r->mem, AIR_ROLE_TOOL);

    if (turn == NULL) {
        return AIR_ENOMEM;
    }

    part = air_msg_part(&turn->parts, &turn->last, r->mem,
                        AIR_PART_TOOL_RESULT);
    if (part == NULL) {
        return AIR_ENOMEM;
    }

    output = air_json_get(r->doc, item, "output");

    part->custom = custom != 0;
    part->begins = 1;
    part->whole = output != NULL && output->type == AIR_JSON_STRING;
    last = NULL;

    rc = air_json_take(r->doc, item, "call_id", r->mem, &part->id);

    if (rc == AIR_OK && output != NULL && output->type != AIR_JSON_STRING
        && output->type != AIR_JSON_ARRAY && output->type != AIR_JSON_NULL)
    {
        /* some clients give the value itself */

        last = air_msg_part(&part->parts, &last, r->mem, AIR_PART_TEXT);

        if (last == NULL) {
            return AIR_ENOMEM;
        }

        last->text = air_json_raw(r->doc, output);

    } else if (rc == AIR_OK) {
        rc = air_responses_content(r, output, path, &part->parts, &last);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, item, known, r->mem, &part->item);
    }

    return rc;
}


/* A message that is not an assistant's. */
static int
air_responses_read_message(const air_responses_read_t *r,
    const air_json_node_t *item, air_role_e role, const char *path,
    air_msg_request_t *msg)
{
    int          rc;
    air_turn_t  *turn;

    static const char *const  known[] = { "type", "role", "content", NULL };

    turn = air_msg_turn(msg, r->mem, role);

    if (turn == NULL) {
        return AIR_ENOMEM;
    }

    rc = air_responses_content(r, air_json_get(r->doc, item, "content"), path,
                               &turn->parts, &turn->last);

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, item, known, r->mem, &turn->extra);
    }

    return rc;
}


static int
air_responses_read_item(const air_responses_read_t *r,
    const air_json_node_t *item, unsigned i, air_msg_request_t *msg)
{
    air_part_t             *part;
    air_role_e              as;
    air_turn_t             *turn;
    const char             *path;
    const air_json_node_t  *type, *role;

    type = air_json_given(r->doc, item, "type");

    if (air_json_is(r->doc, type, "function_call_output")
        || air_json_is(r->doc, type, "custom_tool_call_output"))
    {
        path = air_responses_path(r, "input", i, ".output");

        return path == NULL
               ? AIR_ENOMEM
               : air_responses_read_result(r, item,
                     air_json_is(r->doc, type, "custom_tool_call_output"),
                     path, msg);
    }

    if (type == NULL || air_json_is(r->doc, type, "message")) {

        role = air_json_get(r->doc, item, "role");

        if (!air_json_is(r->doc, role, "assistant")) {

            as = air_json_is(r->doc, role, "system") ? AIR_ROLE_SYSTEM
                 : air_json_is(r->doc, role, "developer")
                   ? AIR_ROLE_DEVELOPER : AIR_ROLE_USER;

            path = air_responses_path(r, "input", i, ".content");

            return path == NULL
                   ? AIR_ENOMEM
                   : air_responses_read_message(r, item, as, path, msg);
        }

    } else if (!air_json_is(r->doc, type, "reasoning")
               && !air_json_is(r->doc, type, "function_call")
               && !air_json_is(r->doc, type, "custom_tool_call")
               && !air_json_is(r->doc, type, "image_generation_call"))
    {
        /* what only this wire has stands where it stood; alone it would be
           an empty message to all others */

        turn = msg->last;

        if (turn == NULL) {
            turn = air_msg_turn(msg, r->mem, AIR_ROLE_DEVELOPER);

            if (turn == NULL) {
                return AIR_ENOMEM;
            }
        }

        part = air_msg_part(&turn->parts, &turn->last, r->mem, AIR_PART_RAW);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        part->raw = air_json_raw(r->doc, item);
        part->issuer = AIR_RESPONSES_WIRE;
        part->begins = 1;

        return AIR_OK;
    }

    turn = air_responses_assistant(r, msg);

    return turn ? air_responses_item(r, item, &turn->parts, &turn->last)
                : AIR_ENOMEM;
}


static int
air_responses_read_input(const air_responses_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    int                     rc;
    unsigned                i;
    air_turn_t             *turn;
    const air_json_node_t  *input, *item;

    item = air_json_given(r->doc, root, "instructions");

    if (item != NULL) {

        if (item->type != AIR_JSON_STRING) {
            return air_responses_type(r, "instructions", "a string");
        }

        turn = air_msg_turn(msg, r->mem, AIR_ROLE_SYSTEM);

        if (turn == NULL) {
            return AIR_ENOMEM;
        }

        turn->apart = 1;
        rc = air_responses_content(r, item, "instructions", &turn->parts,
                                   &turn->last);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    input = air_json_get(r->doc, root, "input");

    if (input->type == AIR_JSON_STRING) {

        msg->inputs_whole = 1;
        turn = air_msg_turn(msg, r->mem, AIR_ROLE_USER);

        return turn ? air_responses_content(r, input, "input", &turn->parts,
                                            &turn->last)
                    : AIR_ENOMEM;
    }

    i = 0;

    for (item = air_json_first(r->doc, input);
         item != NULL;
         item = air_json_next(r->doc, item))
    {
        rc = air_responses_read_item(r, item, i++, msg);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


/* -------------------------------------------------------------- tools */


static int
air_responses_read_tool(const air_responses_read_t *r,
    const air_json_node_t *node, unsigned i, air_msg_request_t *msg)
{
    int                     rc;
    air_tool_t             *tool;
    const air_json_node_t  *type, *schema;

    static const char *const  known[] = {
        "type", "name", "description", "parameters", "strict", NULL
    };

    tool = air_msg_tool(msg, r->mem);

    if (tool == NULL) {
        return AIR_ENOMEM;
    }

    type = air_json_get(r->doc, node, "type");
    rc = air_json_take(r->doc, node, "name", r->mem, &tool->name);

    if (rc != AIR_OK) {
        return rc;
    }

    if (!air_json_is(r->doc, type, "function")) {

        /* one that OpenAI runs, or whose input is free text */

        tool->raw = air_json_raw(r->doc, node);
        tool->issuer = AIR_RESPONSES_WIRE;
        tool->custom = air_json_is(r->doc, type, "custom") != 0;

        return air_json_take(r->doc, node, "description", r->mem,
                             &tool->description);
    }

    if (tool->name.len == 0) {
        return air_responses_missing(r, air_responses_path(r, "tools", i,
                                                           ".name"));
    }

    schema = air_json_given(r->doc, node, "parameters");

    if (schema != NULL) {
        tool->schema = air_json_quoted(r->doc, schema);
    }

    tool->strict = air_msg_switch(r->doc, node, "strict");
    tool->has_description = air_json_given(r->doc, node, "description")
                            != NULL;

    rc = air_json_take(r->doc, node, "description", r->mem,
                       &tool->description);

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, node, known, r->mem, &tool->extra);
    }

    return rc;
}


static int
air_responses_read_tools(const air_responses_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    int                     rc;
    unsigned                i;
    const air_json_node_t  *list, *node;

    list = air_json_given(r->doc, root, "tools");

    if (list == NULL) {
        return AIR_OK;
    }

    if (list->type != AIR_JSON_ARRAY) {
        return air_responses_type(r, "tools", "an array of objects");
    }

    msg->has_tools = 1;
    i = 0;

    for (node = air_json_first(r->doc, list);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        rc = air_responses_read_tool(r, node, i++, msg);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static int
air_responses_read_choice(const air_responses_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    air_tool_choice_t      *c;
    const air_json_node_t  *node;

    c = &msg->tool_choice;
    c->parallel = air_msg_switch(r->doc, root, "parallel_tool_calls");
    node = air_json_given(r->doc, root, "tool_choice");

    if (node == NULL) {
        return AIR_OK;
    }

    c->how = air_json_is(r->doc, node, "auto") ? AIR_CHOOSE_AUTO
             : air_json_is(r->doc, node, "none") ? AIR_CHOOSE_NONE
             : air_json_is(r->doc, node, "required") ? AIR_CHOOSE_ANY
             : air_json_is(r->doc, air_json_get(r->doc, node, "type"),
                           "function") ? AIR_CHOOSE_ONE
             : AIR_CHOOSE_RAW;

    if (c->how == AIR_CHOOSE_ONE
        && air_json_take(r->doc, node, "name", r->mem, &c->name) != AIR_OK)
    {
        return AIR_ENOMEM;
    }

    if (c->how == AIR_CHOOSE_RAW
        || (c->how == AIR_CHOOSE_ONE && c->name.len == 0))
    {
        c->how = AIR_CHOOSE_RAW;
        c->raw = air_json_quoted(r->doc, node);
    }

    return AIR_OK;
}


/* ----------------------------------------------------------- settings */


/* text: what the answer's text must be like. */
static int
air_responses_read_text(const air_responses_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    int                     rc;
    air_format_t           *f;
    const air_json_node_t  *text, *node, *type, *schema;

    static const char *const  known[] = { "format", "verbosity", NULL };

    text = air_json_given(r->doc, root, "text");

    if (text == NULL) {
        return AIR_OK;
    }

    if (text->type != AIR_JSON_OBJECT) {
        return air_responses_type(r, "text", "an object");
    }

    rc = air_json_take(r->doc, text, "verbosity", r->mem, &msg->verbosity);

    if (rc == AIR_OK) {
        rc = air_msg_keep(r->doc, text, known, r->mem, &msg->extra);
    }

    node = air_json_given(r->doc, text, "format");

    if (rc != AIR_OK || node == NULL) {
        return rc;
    }

    f = &msg->format;
    type = air_json_get(r->doc, node, "type");
    schema = air_json_given(r->doc, node, "schema");

    if (air_json_is(r->doc, type, "text")) {
        f->how = AIR_FORMAT_TEXT;
        return AIR_OK;
    }

    if (air_json_is(r->doc, type, "json_object")) {
        f->how = AIR_FORMAT_JSON;
        return AIR_OK;
    }

    if (!air_json_is(r->doc, type, "json_schema") || schema == NULL) {
        f->how = AIR_FORMAT_RAW;
        f->raw = air_json_quoted(r->doc, node);
        return AIR_OK;
    }

    f->how = AIR_FORMAT_SCHEMA;
    f->schema = air_json_quoted(r->doc, schema);
    f->strict = air_msg_switch(r->doc, node, "strict");

    rc = air_json_take(r->doc, node, "name", r->mem, &f->name);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, node, "description", r->mem,
                           &f->description);
    }

    return rc;
}


static int
air_responses_read_thought(const air_responses_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    int                     rc;
    air_reasoning_t        *t;
    const air_json_node_t  *node;

    static const char *const  known[] = {
        "effort", "summary", "generate_summary", NULL
    };

    node = air_json_given(r->doc, root, "reasoning");

    if (node == NULL) {
        return AIR_OK;
    }

    if (node->type != AIR_JSON_OBJECT) {
        return air_responses_type(r, "reasoning", "an object");
    }

    t = &msg->reasoning;
    rc = air_json_take(r->doc, node, "effort", r->mem, &t->effort);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, node, "generate_summary", r->mem,
                           &t->summary);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, node, "summary", r->mem, &t->summary);
    }

    if (rc == AIR_OK) {
        rc = air_msg_keep(r->doc, node, known, r->mem, &msg->extra);
    }

    return rc;
}


/* include: parts of a reply that cost to send; others than these two are
   for this wire alone. */
static int
air_responses_read_include(const air_responses_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    int                     other;
    const air_json_node_t  *list, *node;

    list = air_json_given(r->doc, root, "include");

    if (list == NULL) {
        return AIR_OK;
    }

    if (list->type != AIR_JSON_ARRAY) {
        return air_responses_type(r, "include", "an array of strings");
    }

    other = 0;

    for (node = air_json_first(r->doc, list);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        if (air_json_is(r->doc, node, "message.output_text.logprobs")) {
            msg->logprobs = AIR_ON;

        } else if (!air_json_is(r->doc, node, "reasoning.encrypted_content"))
        {
            other = 1;
        }
    }

    if (!other) {
        msg->include = air_json_raw(r->doc, list);
        return AIR_OK;
    }

    return air_msg_extra(&msg->extra, r->mem, air_json_key(r->doc, list),
                         air_json_raw(r->doc, list))
           ? AIR_OK : AIR_ENOMEM;
}


static int
air_responses_read_numbers(const air_responses_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg)
{
    unsigned                i;
    const air_json_node_t  *node;

    struct {
        const char  *name;
        air_str_t   *out;
    }  numbers[] = {
        { "temperature", &msg->temperature },
        { "top_p", &msg->top_p },
        { "frequency_penalty", &msg->frequency_penalty },
        { "presence_penalty", &msg->presence_penalty }
    };

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {

        node = air_json_given(r->doc, root, numbers[i].name);

        if (node == NULL) {
            continue;
        }

        if (node->type != AIR_JSON_NUMBER) {
            return air_responses_type(r, numbers[i].name, "a number");
        }

        *numbers[i].out = air_json_raw(r->doc, node);
    }

    return AIR_OK;
}


static int
air_responses_read_settings(const air_responses_read_t *r,
    const air_json_node_t *root, const air_request_t *rq,
    air_msg_request_t *msg)
{
    int                     rc;
    unsigned                i;
    const air_json_node_t  *node;

    struct {
        const char  *name;
        air_str_t   *out;
    }  texts[] = {
        { "user", &msg->user },
        { "safety_identifier", &msg->safety_id },
        { "service_tier", &msg->service_tier },
        { "prompt_cache_key", &msg->cache_key },
        { "prompt_cache_retention", &msg->cache_retention }
    };

    msg->model = rq->model;
    msg->tier = rq->tier;
    msg->stream = rq->stream;
    msg->want_usage = 1;
    msg->has_stream = air_json_given(r->doc, root, "stream") != NULL;
    msg->max_output = rq->max_output;
    msg->has_max_output = rq->max_output != 0;
    msg->store = air_msg_switch(r->doc, root, "store");

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        rc = air_json_take(r->doc, root, texts[i].name, r->mem, texts[i].out);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    node = air_json_given(r->doc, root, "top_logprobs");
    msg->has_top_logprobs = air_json_uint(r->doc, node, &msg->top_logprobs)
                            == AIR_OK;

    if (msg->has_top_logprobs && msg->top_logprobs != 0) {
        msg->logprobs = AIR_ON;
    }

    node = air_json_given(r->doc, root, "metadata");

    if (node != NULL && node->count != 0) {
        msg->metadata = air_json_raw(r->doc, node);
    }

    /* its other value is that a prompt too long is refused */

    node = air_json_given(r->doc, root, "truncation");

    if (node != NULL && !air_json_is(r->doc, node, "disabled")
        && air_msg_extra(&msg->extra, r->mem, air_json_key(r->doc, node),
                         air_json_quoted(r->doc, node)) == NULL)
    {
        return AIR_ENOMEM;
    }

    return air_responses_read_numbers(r, root, msg);
}


int
air_responses_request_read(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_msg_request_t *msg, air_error_t *error)
{
    int                     rc;
    unsigned                i;
    air_request_t           rq;
    air_responses_read_t    r;
    const air_json_node_t  *root;

    static int (*const  readers[])(const air_responses_read_t *r,
        const air_json_node_t *root, air_msg_request_t *msg) =
    {
        air_responses_read_input, air_responses_read_tools,
        air_responses_read_choice, air_responses_read_text,
        air_responses_read_thought, air_responses_read_include
    };

    (void) op;                    /* a conversation, whatever it is called */

    air_msg_request_init(msg, AIR_RESPONSES_WIRE, AIR_OP_CHAT);

    rc = air_openai_request_check(AIR_OP_RESPONSES, doc, mem, &rq, error);

    if (rc != AIR_OK) {
        return rc;
    }

    r.doc = doc;
    r.mem = mem;
    r.error = error;

    root = air_json_root(doc);

    for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        rc = readers[i](&r, root, msg);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    rc = air_responses_read_settings(&r, root, &rq, msg);

    if (rc == AIR_OK) {
        rc = air_msg_rest(doc, root, air_responses_members, mem,
                          &msg->extra);
    }

    return rc;
}
