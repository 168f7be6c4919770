
/*
 * The check of a caller's request on the OpenAI wire.  Wording, codes and
 * params are those that api.openai.com gave in August and September 2026;
 * what it does not know (models, provider, session_id) follows OpenRouter's
 * reference.  Only fields that the router reads are looked at: all others
 * are the vendor's to judge.
 *
 * Order: the root, members that must never be sent, required members, then
 * the fields in the order of the calls below.
 */

#include "air_openai_check.h"


static int air_openai_check_members(air_openai_check_t *c);
static int air_openai_check_model(air_openai_check_t *c);
static int air_openai_check_messages(air_openai_check_t *c);
static int air_openai_check_message(air_openai_check_t *c,
    const air_json_node_t *m, unsigned i);
static int air_openai_check_content(air_openai_check_t *c,
    const air_json_node_t *content, const air_json_node_t *role, unsigned i);
static int air_openai_check_prompt(air_openai_check_t *c);
static int air_openai_check_input(air_openai_check_t *c);


const air_str_t  air_openai_field[AIR_FIELDS] = {

    /* what a request must never bring: each would change where it goes or
       with whose key */
    air_str("api_base"), air_str("base_url"), air_str("api_key"),
    air_str("extra_headers"), air_str("custom_llm_provider"),

    air_str("model"), air_str("models"), air_str("messages"),
    air_str("prompt"), air_str("prompt_embeds"), air_str("input"),
    air_str("stream"), air_str("stream_options"), air_str("usage"),
    air_str("max_tokens"), air_str("max_completion_tokens"), air_str("n"),
    air_str("best_of"), air_str("user"), air_str("session_id"),
    air_str("service_tier"), air_str("metadata"), air_str("provider"),
    air_str("tools"), air_str("functions"), air_str("response_format"),
    air_str("reasoning_effort"), air_str("reasoning"),
    air_str("web_search_options"), air_str("logprobs"),
    air_str("max_output_tokens"), air_str("prompt_cache_key")
};


const char *
air_openai_type_name(const air_json_doc_t *doc, const air_json_node_t *node)
{
    size_t     i;
    air_str_t  raw;

    switch (node->type) {

    case AIR_JSON_NULL:
        return "null";

    case AIR_JSON_FALSE:
    case AIR_JSON_TRUE:
        return "a boolean";

    case AIR_JSON_STRING:
        return "a string";

    case AIR_JSON_ARRAY:
        return "an array";

    case AIR_JSON_OBJECT:
        return "an object";
    }

    raw = air_json_raw(doc, node);

    for (i = 0; i < raw.len; i++) {
        if (raw.data[i] == '.' || (raw.data[i] | 0x20) == 'e') {
            return "a decimal";
        }
    }

    return "an integer";
}


int
air_openai_refuse(const air_mem_t *mem, air_error_t *error, air_str_t param,
    const char *code, const char *const *pieces)
{
    air_buf_t  b;

    air_buf_init(&b, mem, 2048);

    for ( /* void */ ; *pieces != NULL; pieces++) {
        air_buf_z(&b, *pieces);
    }

    if (b.error != AIR_OK) {
        return AIR_ENOMEM;
    }

    memset(error, 0, sizeof(air_error_t));

    error->fault = AIR_FAULT_REQUEST;
    error->status = 400;
    error->type = air_str_z("invalid_request_error");
    error->message = air_buf_view(&b);
    error->param = param;

    if (code != NULL) {
        error->code = air_str_z(code);
    }

    return AIR_EINVAL;
}


/* A NUL-terminated path "name[i].rest" in mem, or NULL. */
const char *
air_openai_path(const air_mem_t *mem, const char *name, unsigned i,
    const char *rest)
{
    air_buf_t  b;

    air_buf_init(&b, mem, 256);

    air_buf_z(&b, name);
    air_buf_byte(&b, '[');
    air_buf_uint(&b, i);
    air_buf_byte(&b, ']');
    air_buf_z(&b, rest);
    air_buf_byte(&b, '\0');

    return b.error == AIR_OK ? (const char *) b.data : NULL;
}


/* A NUL-terminated copy of text fit for a message, or NULL. */
const char *
air_openai_word(const air_mem_t *mem, air_str_t text, size_t max)
{
    size_t          i;
    unsigned char  *p;

    /* only short printable text is said back */

    if (text.len > max) {
        return "";
    }

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] > 0x7e) {
            return "";
        }
    }

    p = air_mem_get(mem, text.len + 1);

    if (p == NULL) {
        return NULL;
    }

    if (text.len != 0) {
        memcpy(p, text.data, text.len);
    }

    p[text.len] = '\0';

    return (const char *) p;
}


/* A NUL-terminated path "prefix" + key in mem, or NULL. */
const char *
air_openai_under(const air_mem_t *mem, const char *prefix, air_str_t key)
{
    air_buf_t    b;
    const char  *word;

    word = air_openai_word(mem, key, 64);

    if (word == NULL) {
        return NULL;
    }

    air_buf_init(&b, mem, 128);
    air_buf_z(&b, prefix);
    air_buf_z(&b, word);
    air_buf_byte(&b, '\0');

    return b.error == AIR_OK ? (const char *) b.data : NULL;
}


int
air_openai_bad_type(air_openai_check_t *c, const char *path,
    const char *expected, const air_json_node_t *got)
{
    const char  *pieces[8];

    if (path == NULL) {
        return AIR_ENOMEM;
    }

    pieces[0] = "Invalid type for '";
    pieces[1] = path;
    pieces[2] = "': expected ";
    pieces[3] = expected;
    pieces[4] = ", but got ";
    pieces[5] = air_openai_type_name(c->doc, got);
    pieces[6] = " instead.";
    pieces[7] = NULL;

    return air_openai_refuse(c->mem, c->error, air_str_z(path),
                             "invalid_type", pieces);
}


int
air_openai_missing(air_openai_check_t *c, const char *path)
{
    const char  *pieces[4];

    if (path == NULL) {
        return AIR_ENOMEM;
    }

    pieces[0] = "Missing required parameter: '";
    pieces[1] = path;
    pieces[2] = "'.";
    pieces[3] = NULL;

    return air_openai_refuse(c->mem, c->error, air_str_z(path),
                             "missing_required_parameter", pieces);
}


int
air_openai_unknown(air_openai_check_t *c, const char *path)
{
    const char  *pieces[4];

    if (path == NULL) {
        return AIR_ENOMEM;
    }

    pieces[0] = "Unknown parameter: '";
    pieces[1] = path;
    pieces[2] = "'.";
    pieces[3] = NULL;

    return air_openai_refuse(c->mem, c->error, air_str_z(path),
                             "unknown_parameter", pieces);
}


int
air_openai_empty(air_openai_check_t *c, const char *path)
{
    const char  *pieces[4];

    if (path == NULL) {
        return AIR_ENOMEM;
    }

    pieces[0] = "Invalid '";
    pieces[1] = path;
    pieces[2] = "': empty array. Expected an array with minimum length 1, "
                "but got an empty array instead.";
    pieces[3] = NULL;

    return air_openai_refuse(c->mem, c->error, air_str_z(path),
                             "empty_array", pieces);
}


/* "Invalid 'path': WHAT. Expected EXPECTED N, but got GOT instead." */
int
air_openai_beyond(air_openai_check_t *c, const char *path, const char *code,
    const char *what, uint64_t limit, const char *with, air_str_t got,
    const char *unit)
{
    air_buf_t    b;
    const char  *pieces[2];

    if (path == NULL) {
        return AIR_ENOMEM;
    }

    air_buf_init(&b, c->mem, 1024);

    air_buf_z(&b, "Invalid '");
    air_buf_z(&b, path);
    air_buf_z(&b, "': ");
    air_buf_z(&b, what);
    air_buf_z(&b, " ");
    air_buf_uint(&b, limit);
    air_buf_z(&b, ", but got ");
    air_buf_z(&b, with);
    air_buf_str(&b, got);
    air_buf_z(&b, unit);
    air_buf_z(&b, " instead.");
    air_buf_byte(&b, '\0');

    if (b.error != AIR_OK) {
        return AIR_ENOMEM;
    }

    pieces[0] = (const char *) b.data;
    pieces[1] = NULL;

    return air_openai_refuse(c->mem, c->error, air_str_z(path), code,
                             pieces);
}


/* as above where what we got is a count */
int
air_openai_above(air_openai_check_t *c, const char *path, const char *code,
    const char *what, uint64_t limit, const char *with, uint64_t got,
    const char *unit)
{
    air_buf_t  b;

    air_buf_init(&b, c->mem, 32);
    air_buf_uint(&b, got);

    if (b.error != AIR_OK) {
        return AIR_ENOMEM;
    }

    return air_openai_beyond(c, path, code, what, limit, with,
                             air_buf_view(&b), unit);
}


int
air_openai_request_check(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_request_t *rq, air_error_t *error)
{
    int                 rc;
    const char         *pieces[4];
    air_openai_check_t  c;

    memset(rq, 0, sizeof(air_request_t));

    rq->op = op;
    rq->choices = 1;
    rq->want_usage = op == AIR_OP_RESPONSES;      /* its end always has it */

    c.doc = doc;
    c.mem = mem;
    c.error = error;
    c.rq = rq;
    c.root = doc ? air_json_root(doc) : NULL;
    c.prefs.doc = doc;
    c.prefs.mem = mem;
    c.prefs.prefs = NULL;

    if (c.root != NULL && c.root->type != AIR_JSON_OBJECT
        && c.root->type != AIR_JSON_NULL)
    {
        pieces[0] = "Invalid type: expected an object, but got ";
        pieces[1] = air_openai_type_name(doc, c.root);
        pieces[2] = " instead.";
        pieces[3] = NULL;

        return air_openai_refuse(mem, error, air_str_n(NULL, 0),
                                 "invalid_type", pieces);
    }

    rc = air_openai_check_members(&c);

    if (rc == AIR_OK) {
        rc = air_openai_check_model(&c);
    }

    if (rc == AIR_OK) {
        rc = op == AIR_OP_EMBEDDINGS ? air_openai_check_input(&c)
             : op == AIR_OP_COMPLETIONS ? air_openai_check_prompt(&c)
             : op == AIR_OP_RESPONSES ? air_openai_check_items(&c)
             : air_openai_check_messages(&c);
    }

    if (rc == AIR_OK) {
        rc = air_openai_check_stream(&c);
    }

    if (rc == AIR_OK) {
        rc = air_openai_check_limits(&c);
    }

    if (rc == AIR_OK) {
        rc = air_openai_check_user(&c);
    }

    if (rc == AIR_OK) {
        rc = air_openai_check_metadata(&c);
    }

    if (rc == AIR_OK) {
        rc = air_openai_check_provider(&c);
    }

    if (rc == AIR_OK) {
        rq->prefs = c.prefs.prefs;
        air_openai_check_needs(&c);
    }

    return rc;
}


/* Finds the members that matter, and those that must not be there. */
static int
air_openai_check_members(air_openai_check_t *c)
{
    air_str_t               key;
    unsigned                i;
    air_json_node_t         name_node;
    const air_json_node_t  *node;

    air_json_pick(c->doc, c->root, air_openai_field, AIR_FIELDS, c->field);

    for (i = 0; i < AIR_FIELD_FORBIDDEN; i++) {
        if (c->field[i] != NULL) {
            return air_openai_unknown(c, (const char *)
                                         air_openai_field[i].data);
        }
    }

    for ( /* void */ ; i < AIR_FIELDS; i++) {
        if (c->field[i] != NULL && c->field[i]->type == AIR_JSON_NULL) {
            c->field[i] = NULL;
        }
    }

    if (c->root == NULL || c->root->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    for (node = air_json_first(c->doc, c->root);
         node != NULL;
         node = air_json_next(c->doc, node))
    {
        key = air_json_key(c->doc, node);

        if (node->key_escaped) {
            name_node = *node;
            name_node.type = AIR_JSON_STRING;
            name_node.start = node->key_start;
            name_node.end = node->key_end;
            name_node.escaped = 1;

            if (air_json_string(c->doc, &name_node, c->mem, &key) != AIR_OK) {
                return AIR_ENOMEM;
            }
        }

        if (key.len >= 10 && memcmp(key.data, "x-portkey-", 10) == 0) {
            return air_openai_unknown(c, air_openai_word(c->mem, key, 64));
        }
    }

    return AIR_OK;
}


/* 404 as for a model that nobody has; the name is not said back */
int
air_openai_no_model(air_openai_check_t *c)
{
    const char  *pieces[2];

    pieces[0] = "The model does not exist or you do not have access to it.";
    pieces[1] = NULL;

    if (air_openai_refuse(c->mem, c->error, air_str_n(NULL, 0),
                          "model_not_found", pieces)
        != AIR_EINVAL)
    {
        return AIR_ENOMEM;
    }

    c->error->fault = AIR_FAULT_MODEL;
    c->error->status = 404;

    return AIR_EINVAL;
}


static int
air_openai_check_model(air_openai_check_t *c)
{
    int                     rc;
    const char             *pieces[2];
    const air_json_node_t  *node, *models;

    node = c->field[AIR_FIELD_MODEL];
    models = c->field[AIR_FIELD_MODELS];

    if (node != NULL && node->type != AIR_JSON_STRING) {
        return air_openai_bad_type(c, "model", "a string", node);
    }

    if ((node == NULL || node->start == node->end) && models != NULL) {

        /* a list alone will do: its first is the primary */

        node = air_json_first(c->doc, models);

        if (node == NULL || node->type != AIR_JSON_STRING) {
            return air_openai_check_models(c, models);
        }
    }

    if (node == NULL || node->start == node->end) {
        pieces[0] = "you must provide a model parameter";
        pieces[1] = NULL;

        return air_openai_refuse(c->mem, c->error, air_str_n(NULL, 0), NULL,
                                 pieces);
    }

    rc = air_json_string(c->doc, node, c->mem, &c->rq->model);

    if (rc != AIR_OK) {
        return rc;
    }

    if (!air_prefs_model_fine(c->rq->model)) {
        return air_openai_no_model(c);
    }

    c->rq->model_node = node;

    return models ? air_openai_check_models(c, models) : AIR_OK;
}


static int
air_openai_check_messages(air_openai_check_t *c)
{
    int                     rc;
    unsigned                i;
    const air_json_node_t  *messages, *m;

    messages = c->field[AIR_FIELD_MESSAGES];

    if (messages == NULL) {
        return air_openai_missing(c, "messages");
    }

    if (messages->type != AIR_JSON_ARRAY) {
        return air_openai_bad_type(c, "messages", "an array of objects",
                                   messages);
    }

    if (messages->count == 0) {
        return air_openai_empty(c, "messages");
    }

    i = 0;

    for (m = air_json_first(c->doc, messages);
         m != NULL;
         m = air_json_next(c->doc, m))
    {
        rc = air_openai_check_message(c, m, i++);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


/* members of a message */
enum {
    AIR_MESSAGE_ROLE = 0,
    AIR_MESSAGE_CONTENT,
    AIR_MESSAGE_CALLS,
    AIR_MESSAGE_N
};

static const air_str_t  air_openai_message[AIR_MESSAGE_N] = {
    air_str("role"), air_str("content"), air_str("tool_calls")
};


static int
air_openai_role_known(const air_json_doc_t *doc, const air_json_node_t *role)
{
    unsigned  i;

    static const air_str_t  roles[] = {
        air_str("user"), air_str("assistant"), air_str("tool"),
        air_str("system"), air_str("developer"), air_str("function")
    };

    for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {

        if (role->escaped
            ? air_json_is(doc, role, (const char *) roles[i].data)
            : air_str_eq(air_json_raw(doc, role), roles[i]))
        {
            return 1;
        }
    }

    return 0;
}


static int
air_openai_check_message(air_openai_check_t *c, const air_json_node_t *m,
    unsigned i)
{
    air_str_t               s;
    const char             *path, *pieces[4];
    const air_json_node_t  *role, *calls, *found[AIR_MESSAGE_N];

    if (m->type != AIR_JSON_OBJECT) {
        return air_openai_bad_type(c, air_openai_path(c->mem, "messages", i,
                                                      ""),
                                   "an object", m);
    }

    air_json_pick(c->doc, m, air_openai_message, AIR_MESSAGE_N, found);

    role = found[AIR_MESSAGE_ROLE];

    if (role == NULL || role->type == AIR_JSON_NULL) {
        return air_openai_missing(c, air_openai_path(c->mem, "messages", i,
                                                     ".role"));
    }

    if (role->type != AIR_JSON_STRING) {
        return air_openai_bad_type(c, air_openai_path(c->mem, "messages", i,
                                                      ".role"),
                                   "a string", role);
    }

    if (!air_openai_role_known(c->doc, role)) {
        path = air_openai_path(c->mem, "messages", i, ".role");

        if (path == NULL
            || air_json_string(c->doc, role, c->mem, &s) != AIR_OK)
        {
            return AIR_ENOMEM;
        }

        pieces[0] = "Invalid value: '";
        pieces[1] = air_openai_word(c->mem, s, 64);
        pieces[2] = "'. Supported values are: 'system', 'assistant', 'user', "
                    "'function', 'tool', and 'developer'.";
        pieces[3] = NULL;

        if (pieces[1] == NULL) {
            return AIR_ENOMEM;
        }

        return air_openai_refuse(c->mem, c->error, air_str_z(path),
                                 "invalid_value", pieces);
    }

    calls = found[AIR_MESSAGE_CALLS];

    if (calls != NULL && calls->type == AIR_JSON_ARRAY && calls->count == 0
        && air_json_is(c->doc, role, "assistant"))
    {
        return air_openai_empty(c, air_openai_path(c->mem, "messages", i,
                                                   ".tool_calls"));
    }

    return air_openai_check_content(c, found[AIR_MESSAGE_CONTENT], role, i);
}


static int
air_openai_check_content(air_openai_check_t *c,
    const air_json_node_t *content, const air_json_node_t *role, unsigned i)
{
    const char             *path, *pieces[2];
    const air_json_node_t  *part, *type;

    if (content == NULL || content->type == AIR_JSON_NULL) {

        if (air_json_is(c->doc, role, "assistant")) {
            return AIR_OK;
        }

        if (content == NULL && !air_json_is(c->doc, role, "user")) {
            return air_openai_missing(c, air_openai_path(c->mem, "messages",
                                                         i, ".content"));
        }

        /* OpenAI's own odd form of the path */

        path = air_openai_path(c->mem, "messages.", i, ".content");

        if (path == NULL) {
            return AIR_ENOMEM;
        }

        pieces[0] = "Invalid value for 'content': expected a string, got "
                    "null.";
        pieces[1] = NULL;

        return air_openai_refuse(c->mem, c->error, air_str_z(path), NULL,
                                 pieces);
    }

    if (content->type == AIR_JSON_STRING) {
        return AIR_OK;
    }

    if (content->type != AIR_JSON_ARRAY) {
        return air_openai_bad_type(c, air_openai_path(c->mem, "messages", i,
                                                      ".content"),
                                   "one of a string or array of objects",
                                   content);
    }

    for (part = air_json_first(c->doc, content);
         part != NULL;
         part = air_json_next(c->doc, part))
    {
        if (part->type != AIR_JSON_OBJECT) {
            continue;
        }

        type = air_json_get(c->doc, part, "type");

        if (air_json_is(c->doc, type, "image_url")) {
            c->rq->needs |= AIR_CAN_VISION;

        } else if (air_json_is(c->doc, type, "input_audio")) {
            c->rq->needs |= AIR_CAN_AUDIO;

        } else if (air_json_is(c->doc, type, "file")
                   && !air_openai_file_plain(c->doc, air_json_get(c->doc, part,
                                                                  "file")))
        {
            c->rq->needs |= AIR_CAN_PDF;
        }
    }

    return AIR_OK;
}


static int
air_openai_check_prompt(air_openai_check_t *c)
{
    const air_json_node_t  *prompt;

    prompt = c->field[AIR_FIELD_PROMPT];

    if (prompt == NULL) {

        if (c->field[AIR_FIELD_PROMPT_EMBEDS] != NULL) {
            return AIR_OK;     /* vLLM */
        }

        return air_openai_missing(c, "prompt");
    }

    if (prompt->type != AIR_JSON_STRING && prompt->type != AIR_JSON_ARRAY) {
        return air_openai_bad_type(c, "prompt",
                                   "one of a string or array", prompt);
    }

    if (prompt->type == AIR_JSON_ARRAY) {

        if (prompt->count == 0) {
            return air_openai_empty(c, "prompt");
        }

        /* several prompts, or the tokens of one */

        if (air_json_first(c->doc, prompt)->type != AIR_JSON_NUMBER) {
            c->rq->choices = prompt->count;
        }
    }

    return AIR_OK;
}


static int
air_openai_check_input(air_openai_check_t *c)
{
    const air_json_node_t  *input, *first;

    input = c->field[AIR_FIELD_INPUT];

    if (input == NULL) {
        return air_openai_missing(c, "input");
    }

    if (input->type != AIR_JSON_STRING && input->type != AIR_JSON_ARRAY) {
        return air_openai_bad_type(c, "input",
                                   "one of a string or array", input);
    }

    if (input->type == AIR_JSON_ARRAY) {

        if (input->count == 0) {
            return air_openai_empty(c, "input");
        }

        first = air_json_first(c->doc, input);

        /* an array of numbers is one input, as long as the model allows */

        if (first->type != AIR_JSON_NUMBER
            && input->count > AIR_OPENAI_MAX_INPUTS)
        {
            return air_openai_above(c, "input", "array_above_max_length",
                                    "array too long. Expected an array with "
                                    "maximum length", AIR_OPENAI_MAX_INPUTS,
                                    "an array with length ", input->count,
                                    "");
        }
    }

    return AIR_OK;
}
