
/*
 * What the simulated vendor must know of a request.  Only what shapes its
 * reply is read; nothing else is checked.
 */

#include "air_simulate.h"
#include "air_estimate.h"


#define AIR_SIMULATE_INPUTS  2048
#define AIR_SIMULATE_DIMS    1536


static int
air_simulate_bad(air_error_t *error, const char *message, const char *param)
{
    air_simulate_error(400, error);

    error->message = air_str_z(message);
    error->param = air_str_z(param);

    return AIR_EINVAL;
}


void
air_simulate_error(unsigned status, air_error_t *error)
{
    const char  *type, *code, *message;

    type = status >= 500 ? "server_error" : "invalid_request_error";
    code = "";
    message = "The simulated vendor failed, as it was told to.";

    switch (status) {

    case 400:
        message = "The simulated vendor refused this request, as it was "
                  "told to.";
        break;

    case 401:
        code = "invalid_api_key";
        message = "Incorrect API key provided.";
        break;

    case 404:
        code = "model_not_found";
        message = "The model does not exist.";
        break;

    case 429:
        type = "rate_limit_error";
        code = "rate_limit_exceeded";
        message = "Rate limit reached.";
        break;

    case 503:
        message = "The server is overloaded.";
        break;

    default:
        break;
    }

    memset(error, 0, sizeof(air_error_t));

    error->fault = AIR_FAULT_REQUEST;
    error->status = status;
    error->type = air_str_z(type);
    error->code = air_str_z(code);
    error->message = air_str_z(message);
}


/*
 * Adds every string below node, or its tokens where a prompt is a list of
 * numbers; the node after them in the index ends it.
 */
static int
air_simulate_prompt(const air_json_doc_t *doc, const air_json_node_t *node,
    const air_mem_t *mem, air_estimate_t *e, uint64_t *numbers)
{
    int                     rc;
    uint32_t                depth;
    air_str_t               text;
    const air_json_node_t  *n, *last;

    if (node == NULL) {
        return AIR_OK;
    }

    depth = node->depth;
    last = doc->nodes + doc->n;

    for (n = node; n < last; n++) {

        if (n != node && n->depth <= depth) {
            break;
        }

        if (n->type == AIR_JSON_NUMBER) {
            (*numbers)++;
            continue;
        }

        if (n->type != AIR_JSON_STRING) {
            continue;
        }

        rc = air_json_string(doc, n, mem, &text);
        if (rc != AIR_OK) {
            return rc;
        }

        air_estimate_add(e, text);
    }

    return AIR_OK;
}


static int
air_simulate_count(air_simulate_t *s, const air_mem_t *mem)
{
    int                     rc;
    uint64_t                numbers;
    air_estimate_t          e;
    const air_json_node_t  *root, *node;

    numbers = 0;
    memset(&e, 0, sizeof(air_estimate_t));

    root = air_json_root(s->doc);

    if (s->op != AIR_OP_CHAT) {
        node = air_json_get(s->doc, root, s->op == AIR_OP_EMBEDDINGS
                                          ? "input" : "prompt");
        rc = air_simulate_prompt(s->doc, node, mem, &e, &numbers);

        s->prompt = air_estimate_tokens(&e) + numbers;

        return rc;
    }

    node = air_json_get(s->doc, root, "messages");

    /* what surrounds a message takes tokens too */

    for (node = air_json_first(s->doc, node);
         node != NULL;
         node = air_json_next(s->doc, node))
    {
        numbers += 3;

        rc = air_simulate_prompt(s->doc,
                                 air_json_get(s->doc, node, "content"),
                                 mem, &e, &numbers);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    s->prompt = air_estimate_tokens(&e) + numbers + 3;

    return AIR_OK;
}


/* The tool that must be called, NULL when none must be. */
static int
air_simulate_tool(const air_json_doc_t *doc, const air_json_node_t **found,
    air_error_t *error)
{
    air_str_t               name;
    const air_json_node_t  *root, *choice, *tool, *fn, *node;

    *found = NULL;

    root = air_json_root(doc);
    choice = air_json_get(doc, root, "tool_choice");
    tool = air_json_first(doc, air_json_get(doc, root, "tools"));

    if (choice == NULL || choice->type == AIR_JSON_NULL) {
        return AIR_OK;
    }

    if (choice->type == AIR_JSON_STRING) {

        if (!air_json_is(doc, choice, "required")) {
            return AIR_OK;
        }

        name = air_str_z("");

    } else {
        node = air_json_get(doc, air_json_get(doc, choice, "function"),
                            "name");

        if (node == NULL || node->type != AIR_JSON_STRING) {
            return air_simulate_bad(error, "A tool_choice of this kind is "
                                    "not simulated.", "tool_choice");
        }

        name = air_json_raw(doc, node);
    }

    for ( /* void */ ; tool != NULL; tool = air_json_next(doc, tool)) {

        fn = air_json_get(doc, tool, "function");
        node = air_json_get(doc, fn, "name");

        if (node == NULL || node->type != AIR_JSON_STRING) {
            continue;
        }

        if (name.len == 0 || air_str_eq(name, air_json_raw(doc, node))) {
            *found = fn;
            return AIR_OK;
        }
    }

    return air_simulate_bad(error, "tool_choice names a tool that tools does "
                            "not have.", "tool_choice");
}


/* What the reply says: a tool's arguments, JSON, or words. */
static int
air_simulate_chat(air_simulate_t *s, const air_mem_t *mem,
    air_error_t *error)
{
    int                     rc;
    air_buf_t               b;
    const air_json_doc_t   *doc;
    const air_json_node_t  *root, *tool, *format, *schema;

    doc = s->doc;
    root = air_json_root(doc);
    schema = air_json_get(doc, root, "messages");

    if (schema == NULL || schema->type != AIR_JSON_ARRAY
        || schema->count == 0)
    {
        return air_simulate_bad(error, "messages must be a list that is not "
                                "empty.", "messages");
    }

    rc = air_simulate_tool(doc, &tool, error);
    if (rc != AIR_OK) {
        return rc;
    }

    format = air_json_get(doc, root, "response_format");

    if (tool != NULL) {
        s->tool = air_json_raw(doc, air_json_get(doc, tool, "name"));
        schema = air_json_get(doc, tool, "parameters");

        if (s->tool.len > AIR_SIMULATE_NAME) {
            return air_simulate_bad(error, "The tool's name is too long.",
                                    "tools");
        }

    } else if (air_json_is(doc, air_json_get(doc, format, "type"),
                           "json_schema"))
    {
        schema = air_json_get(doc, air_json_get(doc, format, "json_schema"),
                              "schema");

    } else if (air_json_is(doc, air_json_get(doc, format, "type"),
                           "json_object"))
    {
        schema = NULL;

    } else {
        return AIR_OK;
    }

    air_buf_init(&b, mem, AIR_SIMULATE_VALUE);

    rc = schema != NULL ? air_simulate_value(doc, schema, &b)
                        : air_buf_z(&b, "{}");

    if (rc == AIR_ELIMIT) {
        return air_simulate_bad(error, "The schema is too large to be "
                                "simulated.",
                                tool != NULL ? "tools" : "response_format");
    }

    s->text = air_buf_view(&b);
    s->tokens = air_simulate_pieces(s->text);

    return rc;
}


/* max_completion_tokens, or max_tokens as it was called before. */
static int
air_simulate_limit(air_simulate_t *s, const char *name, air_error_t *error)
{
    uint64_t                n;
    const air_json_node_t  *node;

    node = air_json_get(s->doc, air_json_root(s->doc), name);

    if (node == NULL || node->type == AIR_JSON_NULL) {
        return AIR_OK;
    }

    if (node->type != AIR_JSON_NUMBER
        || air_json_uint(s->doc, node, &n) != AIR_OK || n == 0)
    {
        return air_simulate_bad(error, "The most tokens to answer must be a "
                                "number from 1.", name);
    }

    if (n < s->tokens) {
        s->tokens = n;
        s->length = 1;
    }

    return AIR_OK;
}


static int
air_simulate_embed(air_simulate_t *s, air_error_t *error)
{
    const air_json_node_t  *root, *node;

    root = air_json_root(s->doc);
    node = air_json_get(s->doc, root, "input");

    if (node == NULL
        || (node->type != AIR_JSON_STRING && node->type != AIR_JSON_ARRAY)
        || (node->type == AIR_JSON_ARRAY && node->count == 0))
    {
        return air_simulate_bad(error, "input must be a text or a list that "
                                "is not empty.", "input");
    }

    if (node->type == AIR_JSON_ARRAY && node->count > AIR_SIMULATE_INPUTS
        && air_json_first(s->doc, node)->type != AIR_JSON_NUMBER)
    {
        return air_simulate_bad(error, "input has more than 2048 members.",
                                "input");
    }

    s->dimensions = 16;
    node = air_json_get(s->doc, root, "dimensions");

    if (node != NULL && node->type != AIR_JSON_NULL
        && (node->type != AIR_JSON_NUMBER
            || air_json_uint(s->doc, node, &s->dimensions) != AIR_OK
            || s->dimensions == 0 || s->dimensions > AIR_SIMULATE_DIMS))
    {
        return air_simulate_bad(error, "dimensions must be a number from 1 "
                                "to 1536.", "dimensions");
    }

    s->base64 = air_json_is(s->doc, air_json_get(s->doc, root,
                                                 "encoding_format"),
                            "base64");
    s->tokens = 0;
    s->stream = 0;

    return AIR_OK;
}


int
air_simulate_read(air_simulate_t *s, air_op_e op, const air_json_doc_t *doc,
    uint64_t tokens, uint64_t prompt, const air_mem_t *mem,
    air_error_t *error)
{
    int                     rc;
    uint64_t                n;
    const air_json_node_t  *root, *node;

    memset(s, 0, sizeof(air_simulate_t));

    s->doc = doc;
    s->op = op;
    s->tokens = tokens;
    s->next = op == AIR_OP_CHAT ? AIR_SIMULATE_ROLE : AIR_SIMULATE_CONTENT;

    root = air_json_root(doc);
    node = air_json_get(doc, root, "model");

    if (node == NULL || node->type != AIR_JSON_STRING
        || node->end == node->start)
    {
        return air_simulate_bad(error, "you must provide a model parameter",
                                "model");
    }

    s->model = air_json_raw(doc, node);

    if (s->model.len > AIR_SIMULATE_NAME) {
        return air_simulate_bad(error, "The model's name is too long.",
                                "model");
    }

    node = air_json_get(doc, root, "n");

    if (node != NULL && node->type != AIR_JSON_NULL
        && (node->type != AIR_JSON_NUMBER
            || air_json_uint(doc, node, &n) != AIR_OK || n != 1))
    {
        return air_simulate_bad(error, "The simulated vendor gives one choice "
                                "only.", "n");
    }

    node = air_json_get(doc, root, "stream");
    s->stream = (node != NULL && node->type == AIR_JSON_TRUE);

    node = air_json_get(doc, air_json_get(doc, root, "stream_options"),
                        "include_usage");
    s->usage = (node != NULL && node->type == AIR_JSON_TRUE);

    rc = AIR_OK;

    if (op == AIR_OP_CHAT) {
        rc = air_simulate_chat(s, mem, error);

    } else if (op == AIR_OP_EMBEDDINGS) {
        rc = air_simulate_embed(s, error);
    }

    if (rc == AIR_OK) {
        rc = air_simulate_limit(s, "max_tokens", error);
    }

    if (rc == AIR_OK) {
        rc = air_simulate_limit(s, "max_completion_tokens", error);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    if (s->next == AIR_SIMULATE_CONTENT && s->tokens == 0) {
        s->next = AIR_SIMULATE_FINISH;
    }

    s->prompt = prompt;

    return prompt != 0 ? AIR_OK : air_simulate_count(s, mem);
}
