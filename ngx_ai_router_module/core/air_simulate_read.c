
/*
 * What the simulated vendor makes of a request: which parts its reply has and
 * how long they are.  Only what shapes the reply is looked at.
 */

#include "air_simulate.h"


#define AIR_SIMULATE_INPUTS    2048
#define AIR_SIMULATE_THOUGHTS  10     /* tokens thought, when asked to      */


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
    case 529:
        message = "The server is overloaded.";
        break;

    default:
        break;
    }

    memset(error, 0, sizeof(air_error_t));

    error->fault = air_fault_classify(status, NULL, NULL, NULL);
    error->status = status;
    error->type = air_str_z(type);
    error->code = air_str_z(code);
    error->message = air_str_z(message);
}


/* ---- the prompt's tokens ---------------------------------------------- */


static void
air_simulate_count_parts(const air_part_t *parts, air_estimate_t *e)
{
    const air_part_t  *p;

    for (p = parts; p != NULL; p = p->next) {
        air_estimate_add(e, p->text);
        air_estimate_add(e, p->arguments);

        if (p->type == AIR_PART_TOOL_RESULT) {
            air_simulate_count_parts(p->parts, e);
        }
    }
}


/* Numbers in a list of token ids. */
static uint64_t
air_simulate_ids(air_str_t raw)
{
    size_t    i;
    uint64_t  n;

    n = raw.len > 2;

    for (i = 0; i < raw.len; i++) {
        n += raw.data[i] == ',';
    }

    return n;
}


static uint64_t
air_simulate_count(const air_msg_request_t *msg)
{
    uint64_t           more;
    air_estimate_t     e;
    const air_item_t  *item;
    const air_turn_t  *turn;

    more = 0;
    memset(&e, 0, sizeof(air_estimate_t));

    for (item = msg->inputs; item != NULL; item = item->next) {
        air_estimate_add(&e, item->text);
        more += air_simulate_ids(item->raw);
    }

    /* what surrounds a message takes tokens too */

    for (turn = msg->turns; turn != NULL; turn = turn->next) {
        air_simulate_count_parts(turn->parts, &e);
        more += 3;
    }

    return air_estimate_tokens(&e) + more + (msg->turns != NULL ? 3 : 0);
}


/* ---- the reply's parts ------------------------------------------------ */


static air_simulate_part_t *
air_simulate_part(air_simulate_t *s, air_part_e type, air_str_t text,
    uint64_t tokens)
{
    air_simulate_part_t  *part;

    part = &s->part[s->n++];
    part->type = type;
    part->text = text;
    part->tokens = text.len != 0 ? air_simulate_pieces(text) : tokens;

    return part;
}


/* JSON for that schema; empty: any object. */
static int
air_simulate_json(air_simulate_t *s, air_str_t schema, uint64_t nth,
    const char *param, air_str_t *text, air_error_t *error)
{
    int             rc;
    air_buf_t       b;
    air_json_doc_t  doc;

    if (schema.len == 0) {
        *text = air_str_z("{}");
        return AIR_OK;
    }

    air_buf_init(&b, s->mem, AIR_SIMULATE_VALUE);
    air_json_init(&doc, s->mem);

    rc = air_json_scan(&doc, schema, 0, NULL);

    if (rc == AIR_OK) {
        rc = air_simulate_value(&doc, air_json_root(&doc), nth, &b);
    }

    if (rc != AIR_OK && rc != AIR_ENOMEM) {
        return air_simulate_bad(error, "The schema is too large to be "
                                "simulated.", param);
    }

    *text = air_buf_view(&b);

    return rc;
}


/* The function of that name, or the nth, counted round; NULL: none. */
static const air_tool_t *
air_simulate_tool(const air_msg_request_t *msg, air_str_t name, uint64_t nth)
{
    uint64_t           n;
    const air_tool_t  *tool;

    n = 0;

    for (tool = msg->tools; tool != NULL; tool = tool->next) {

        if (tool->issuer != NULL) {
            continue;
        }

        if (name.len != 0 ? air_str_eq(name, tool->name) : nth == n) {
            return tool;
        }

        n++;
    }

    return name.len != 0 || n == 0
           ? NULL : air_simulate_tool(msg, name, nth % n);
}


static int
air_simulate_call(air_simulate_t *s, uint64_t nth, air_error_t *error)
{
    int                   rc;
    air_buf_t             b;
    air_str_t             text;
    const air_tool_t     *tool;
    air_simulate_part_t  *part;

    tool = air_simulate_tool(&s->msg, s->msg.tool_choice.name, nth);

    if (tool == NULL) {
        return air_simulate_bad(error, "tool_choice names a tool that tools "
                                "does not have.", "tool_choice");
    }

    if (tool->name.len > AIR_SIMULATE_NAME) {
        return air_simulate_bad(error, "The tool's name is too long.",
                                "tools");
    }

    air_buf_init(&b, s->mem, 128);
    air_buf_z(&b, "call_");
    air_buf_str(&b, s->how.id);
    air_buf_byte(&b, '_');
    air_buf_uint(&b, nth);

    if (b.error != AIR_OK) {
        return b.error;
    }

    rc = air_simulate_json(s, tool->schema, nth, "tools", &text, error);

    if (rc != AIR_OK) {
        return rc;
    }

    part = air_simulate_part(s, AIR_PART_TOOL_CALL, text, 0);
    part->name = tool->name;
    part->id = air_buf_view(&b);

    return AIR_OK;
}


/* Calls, where there are tools and one must be called or may be. */
static int
air_simulate_calls(air_simulate_t *s, air_error_t *error)
{
    int                         rc;
    uint64_t                    i, n;
    air_simulate_turns_t        turns;
    const air_tool_choice_t    *choice;

    choice = &s->msg.tool_choice;

    if (choice->how == AIR_CHOOSE_NONE) {
        return AIR_OK;
    }

    if (choice->how == AIR_CHOOSE_RAW) {
        return air_simulate_bad(error, "A tool_choice of this kind is not "
                                "simulated.", "tool_choice");
    }

    air_simulate_turns(&s->msg, &turns);

    if (choice->how != AIR_CHOOSE_ANY && choice->how != AIR_CHOOSE_ONE
        && (turns.rounds >= s->how.rounds
            || air_simulate_tool(&s->msg, air_str_n(NULL, 0), 0) == NULL))
    {
        return AIR_OK;
    }

    n = s->how.calls != 0 && choice->parallel != AIR_OFF ? s->how.calls : 1;
    rc = AIR_OK;

    for (i = 0; i < n && i < AIR_SIMULATE_CALLS && rc == AIR_OK; i++) {
        rc = air_simulate_call(s, turns.calls + i, error);
    }

    return rc;
}


static int
air_simulate_say(air_simulate_t *s, air_error_t *error)
{
    int                  rc;
    air_buf_t            b;
    air_str_t            text;
    const air_format_t  *format;

    format = &s->msg.format;
    text = air_str_n(NULL, 0);

    if (format->how == AIR_FORMAT_SCHEMA || format->how == AIR_FORMAT_JSON) {

        rc = air_simulate_json(s, format->how == AIR_FORMAT_SCHEMA
                                  ? format->schema : text, 0,
                               "response_format", &text, error);
        if (rc != AIR_OK) {
            return rc;
        }

    } else if (s->how.echo) {
        air_buf_init(&b, s->mem, AIR_SIMULATE_ECHO);

        rc = air_simulate_echo(&s->msg, &b);

        if (rc == AIR_ELIMIT) {
            return air_simulate_bad(error, "The message is too long to be "
                                    "echoed.", "messages");
        }

        if (rc != AIR_OK) {
            return rc;
        }

        text = air_buf_view(&b);
    }

    (void) air_simulate_part(s, AIR_PART_TEXT, text, s->how.tokens);

    return AIR_OK;
}


static int
air_simulate_chat(air_simulate_t *s, air_error_t *error)
{
    int                      rc;
    const air_reasoning_t   *think;

    think = &s->msg.reasoning;

    if (think->enabled == AIR_ON || think->has_budget
        || (think->enabled == AIR_UNSET && think->effort.len != 0
            && !air_str_eqz(think->effort, "none")))
    {
        s->usage.reasoning = AIR_SIMULATE_THOUGHTS;

        if (think->exclude != AIR_ON) {
            (void) air_simulate_part(s, AIR_PART_THINKING,
                                     air_str_n(NULL, 0),
                                     AIR_SIMULATE_THOUGHTS);

        } else {
            s->tokens = AIR_SIMULATE_THOUGHTS;
        }
    }

    rc = air_simulate_calls(s, error);

    if (rc != AIR_OK
        || (s->n != 0 && s->part[s->n - 1].type == AIR_PART_TOOL_CALL))
    {
        return rc;
    }

    return air_simulate_say(s, error);
}


/* Counts the parts, and cuts them where the caller wants no more. */
static void
air_simulate_limit(air_simulate_t *s)
{
    unsigned   i;
    uint64_t   left;

    left = UINT64_MAX;

    if (s->msg.has_max_output && s->op != AIR_OP_COUNT_TOKENS) {
        left = s->msg.max_output;
    }

    if (s->tokens > left) {
        s->tokens = left;
    }

    left -= s->tokens;

    for (i = 0; i < s->n; i++) {

        if (s->part[i].tokens > left) {
            s->part[i].tokens = left;
            s->length = 1;
        }

        left -= s->part[i].tokens;
        s->tokens += s->part[i].tokens;

        if (s->length && left == 0) {
            s->n = i + 1;
        }
    }
}


static int
air_simulate_embed(air_simulate_t *s, air_error_t *error)
{
    uint64_t           n;
    air_str_t          raw;
    const air_item_t  *item;

    n = 0;

    for (item = s->msg.inputs; item != NULL; item = item->next) {
        n++;
    }

    if (n > AIR_SIMULATE_INPUTS) {
        return air_simulate_bad(error, "input has more than 2048 members.",
                                "input");
    }

    raw = s->msg.dimensions;
    s->dimensions = raw.len != 0 ? 0 : 16;

    for (n = 0; n < raw.len && n < 5; n++) {

        if (raw.data[n] < '0' || raw.data[n] > '9') {
            s->dimensions = 0;
            break;
        }

        s->dimensions = 10 * s->dimensions + (raw.data[n] - '0');
    }

    if (s->dimensions == 0 || s->dimensions > AIR_SIMULATE_DIMS) {
        return air_simulate_bad(error, "dimensions must be a number from 1 "
                                "to 1536.", "dimensions");
    }

    return AIR_OK;
}


static int
air_simulate_check(air_simulate_t *s, air_error_t *error)
{
    if (s->msg.model.len == 0) {
        return air_simulate_bad(error, "you must provide a model parameter",
                                "model");
    }

    if (s->msg.model.len > AIR_SIMULATE_NAME) {
        return air_simulate_bad(error, "The model's name is too long.",
                                "model");
    }

    if (s->msg.has_choices && s->msg.choices != 1) {
        return air_simulate_bad(error, "The simulated vendor gives one choice "
                                "only.", "n");
    }

    if (s->msg.has_max_output && s->msg.max_output == 0) {
        return air_simulate_bad(error, "The most tokens to answer must be a "
                                "number from 1.", "max_tokens");
    }

    return AIR_OK;
}


int
air_simulate_read(air_simulate_t *s, const air_simulate_path_t *at,
    const air_simulate_how_t *how, const air_json_doc_t *doc,
    const air_mem_t *mem, air_error_t *error)
{
    int  rc;

    memset(s, 0, offsetof(air_simulate_t, stream));

    s->codec = at->codec;
    s->mem = mem;
    s->how = *how;
    s->op = at->op;
    s->next = AIR_SIMULATE_START;
    s->at = 0;
    s->nth = 0;
    s->pos = 0;
    s->sent = 0;
    s->streamed = 0;
    s->length = 0;

    memset(error, 0, sizeof(air_error_t));

    rc = s->codec->request_read(s->op, doc, mem, &s->msg, error);

    if (rc == AIR_ENOMEM) {
        return rc;
    }

    if (rc != AIR_OK) {
        error->status = error->status ? error->status : 400;
        return AIR_EINVAL;
    }

    if (at->model.len != 0) {
        s->msg.model = at->model;
    }

    air_usage_init(&s->usage);

    rc = air_simulate_check(s, error);

    if (rc != AIR_OK) {
        return rc;
    }

    switch (s->op) {

    case AIR_OP_EMBEDDINGS:
        rc = air_simulate_embed(s, error);
        break;

    case AIR_OP_COMPLETIONS:
        (void) air_simulate_part(s, AIR_PART_TEXT, air_str_n(NULL, 0),
                                 how->tokens);
        break;

    case AIR_OP_COUNT_TOKENS:
        break;

    default:
        rc = air_simulate_chat(s, error);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    air_simulate_limit(s);

    s->usage.seen = 1;
    s->usage.n[AIR_OUT] = s->tokens;
    s->usage.n[AIR_IN] = how->prompt != 0 ? how->prompt
                                          : air_simulate_count(&s->msg);

    if (s->usage.reasoning > s->tokens) {
        s->usage.reasoning = s->tokens;
    }

    s->streamed = (at->stream || s->msg.stream)
                  && (s->op != AIR_OP_EMBEDDINGS
                      && s->op != AIR_OP_COUNT_TOKENS);

    air_stream_init(&s->stream, mem, s->op);
    s->stream.want_usage = s->msg.want_usage;

    return AIR_OK;
}
