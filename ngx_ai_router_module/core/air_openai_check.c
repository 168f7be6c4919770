
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

#include "air_openai.h"


#define AIR_OPENAI_MAX_TOKENS    2147483647
#define AIR_OPENAI_MAX_CHOICES   8
#define AIR_OPENAI_MAX_BEST_OF   20
#define AIR_OPENAI_MAX_MODELS    8
#define AIR_OPENAI_MAX_INPUTS    2048
#define AIR_OPENAI_MAX_MODEL     256
#define AIR_OPENAI_MAX_SESSION   256
#define AIR_OPENAI_MAX_PAIRS     16
#define AIR_OPENAI_MAX_KEY       64
#define AIR_OPENAI_MAX_VALUE     512
#define AIR_OPENAI_NUMBER        64     /* bytes of a number we read */


typedef struct {
    const air_json_doc_t   *doc;
    const air_json_node_t  *root;
    const air_mem_t        *mem;
    air_error_t            *error;
    air_request_t          *rq;
} air_openai_check_t;


static int air_openai_check_forbidden(air_openai_check_t *c);
static int air_openai_check_model(air_openai_check_t *c);
static int air_openai_check_models(air_openai_check_t *c,
    const air_json_node_t *models);
static int air_openai_check_messages(air_openai_check_t *c);
static int air_openai_check_message(air_openai_check_t *c,
    const air_json_node_t *m, unsigned i);
static int air_openai_check_content(air_openai_check_t *c,
    const air_json_node_t *m, const air_json_node_t *role, unsigned i);
static int air_openai_check_prompt(air_openai_check_t *c);
static int air_openai_check_input(air_openai_check_t *c);
static int air_openai_check_stream(air_openai_check_t *c);
static int air_openai_check_integer(air_openai_check_t *c, const char *name,
    uint64_t min, uint64_t max, uint64_t *out);
static int air_openai_check_limits(air_openai_check_t *c);
static int air_openai_check_user(air_openai_check_t *c);
static int air_openai_check_metadata(air_openai_check_t *c);
static int air_openai_check_provider(air_openai_check_t *c);
static void air_openai_check_needs(air_openai_check_t *c);


/* what a request must never bring: each would change where it goes or with
   whose key */
static const char *const  air_openai_forbidden[] = {
    "api_base", "base_url", "api_key", "extra_headers",
    "custom_llm_provider", NULL
};


static const char *
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
static const char *
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
static const char *
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
static const char *
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


static int
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


static int
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


static int
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


static int
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
static int
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
static int
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


const air_json_node_t *
air_openai_member(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name)
{
    const air_json_node_t  *node;

    node = air_json_get(doc, object, name);

    return node == NULL || node->type == AIR_JSON_NULL ? NULL : node;
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

    c.doc = doc;
    c.mem = mem;
    c.error = error;
    c.rq = rq;
    c.root = doc ? air_json_root(doc) : NULL;

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

    rc = air_openai_check_forbidden(&c);

    if (rc == AIR_OK) {
        rc = air_openai_check_model(&c);
    }

    if (rc == AIR_OK) {
        rc = op == AIR_OP_EMBEDDINGS ? air_openai_check_input(&c)
             : op == AIR_OP_COMPLETIONS ? air_openai_check_prompt(&c)
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
        air_openai_check_needs(&c);
    }

    return rc;
}


static int
air_openai_check_forbidden(air_openai_check_t *c)
{
    air_str_t               key;
    const char             *const *name;
    air_json_node_t         name_node;
    const air_json_node_t  *node;

    for (name = air_openai_forbidden; *name != NULL; name++) {
        if (air_json_get(c->doc, c->root, *name) != NULL) {
            return air_openai_unknown(c, *name);
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
static int
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


/* A name that can stand in a path, a log and a header as it is. */
static int
air_openai_model_fine(air_str_t s)
{
    size_t  i;

    if (s.len > AIR_OPENAI_MAX_MODEL) {
        return 0;
    }

    for (i = 0; i < s.len; i++) {

        if (s.data[i] <= 0x20 || s.data[i] >= 0x7f
            || strchr("\"'\\<>{}%^`|", s.data[i]) != NULL)
        {
            return 0;
        }

        if (s.data[i] == '.' && i + 1 < s.len && s.data[i + 1] == '.') {
            return 0;
        }
    }

    return 1;
}


static int
air_openai_check_model(air_openai_check_t *c)
{
    int                     rc;
    const char             *pieces[2];
    const air_json_node_t  *node, *models;

    node = air_openai_member(c->doc, c->root, "model");
    models = air_openai_member(c->doc, c->root, "models");

    if (node != NULL && node->type != AIR_JSON_STRING) {
        return air_openai_bad_type(c, "model", "a string", node);
    }

    if (models != NULL) {
        rc = air_openai_check_models(c, models);

        if (rc != AIR_OK) {
            return rc;
        }

        if (node == NULL || node->start == node->end) {
            /* a list alone will do: its first is the primary */
            node = air_json_first(c->doc, models);
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

    if (!air_openai_model_fine(c->rq->model)) {
        return air_openai_no_model(c);
    }

    c->rq->model_node = node;

    return AIR_OK;
}


static int
air_openai_check_models(air_openai_check_t *c, const air_json_node_t *models)
{
    int                     rc;
    unsigned                i;
    air_str_t               s;
    const air_json_node_t  *node;

    if (models->type != AIR_JSON_ARRAY) {
        return air_openai_bad_type(c, "models", "an array of strings",
                                   models);
    }

    if (models->count == 0) {
        return air_openai_empty(c, "models");
    }

    if (models->count > AIR_OPENAI_MAX_MODELS) {
        return air_openai_above(c, "models", "array_above_max_length",
                                "array too long. Expected an array with "
                                "maximum length", AIR_OPENAI_MAX_MODELS,
                                "an array with length ", models->count, "");
    }

    i = 0;

    for (node = air_json_first(c->doc, models);
         node != NULL;
         node = air_json_next(c->doc, node))
    {
        if (node->type != AIR_JSON_STRING) {
            return air_openai_bad_type(c, air_openai_path(c->mem, "models",
                                                          i, ""),
                                       "a string", node);
        }

        rc = air_json_string(c->doc, node, c->mem, &s);

        if (rc != AIR_OK) {
            return rc;
        }

        if (s.len == 0 || !air_openai_model_fine(s)) {
            return air_openai_no_model(c);
        }

        i++;
    }

    return AIR_OK;
}


static int
air_openai_check_messages(air_openai_check_t *c)
{
    int                     rc;
    unsigned                i;
    const air_json_node_t  *messages, *m;

    messages = air_openai_member(c->doc, c->root, "messages");

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


static int
air_openai_check_message(air_openai_check_t *c, const air_json_node_t *m,
    unsigned i)
{
    air_str_t               s;
    const char             *path, *pieces[4];
    const air_json_node_t  *role, *calls;

    if (m->type != AIR_JSON_OBJECT) {
        return air_openai_bad_type(c, air_openai_path(c->mem, "messages", i,
                                                      ""),
                                   "an object", m);
    }

    role = air_openai_member(c->doc, m, "role");

    if (role == NULL) {
        return air_openai_missing(c, air_openai_path(c->mem, "messages", i,
                                                     ".role"));
    }

    if (role->type != AIR_JSON_STRING) {
        return air_openai_bad_type(c, air_openai_path(c->mem, "messages", i,
                                                      ".role"),
                                   "a string", role);
    }

    if (!air_json_is(c->doc, role, "user")
        && !air_json_is(c->doc, role, "assistant")
        && !air_json_is(c->doc, role, "system")
        && !air_json_is(c->doc, role, "developer")
        && !air_json_is(c->doc, role, "tool")
        && !air_json_is(c->doc, role, "function"))
    {
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

    calls = air_openai_member(c->doc, m, "tool_calls");

    if (calls != NULL && calls->type == AIR_JSON_ARRAY && calls->count == 0
        && air_json_is(c->doc, role, "assistant"))
    {
        return air_openai_empty(c, air_openai_path(c->mem, "messages", i,
                                                   ".tool_calls"));
    }

    return air_openai_check_content(c, m, role, i);
}


static int
air_openai_check_content(air_openai_check_t *c, const air_json_node_t *m,
    const air_json_node_t *role, unsigned i)
{
    const char             *path, *pieces[2];
    const air_json_node_t  *content, *part, *type;

    content = air_json_get(c->doc, m, "content");

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

        } else if (air_json_is(c->doc, type, "file")) {
            c->rq->needs |= AIR_CAN_PDF;
        }
    }

    return AIR_OK;
}


static int
air_openai_check_prompt(air_openai_check_t *c)
{
    const air_json_node_t  *prompt;

    prompt = air_openai_member(c->doc, c->root, "prompt");

    if (prompt == NULL) {

        if (air_openai_member(c->doc, c->root, "prompt_embeds") != NULL) {
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

    input = air_openai_member(c->doc, c->root, "input");

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


static int
air_openai_check_stream(air_openai_check_t *c)
{
    const char             *pieces[2];
    const air_json_node_t  *stream, *options, *node;

    stream = air_openai_member(c->doc, c->root, "stream");
    options = air_openai_member(c->doc, c->root, "stream_options");

    if (stream != NULL && stream->type != AIR_JSON_TRUE
        && stream->type != AIR_JSON_FALSE)
    {
        return air_openai_bad_type(c, "stream", "a boolean", stream);
    }

    if (c->rq->op != AIR_OP_EMBEDDINGS) {
        c->rq->stream = stream != NULL && stream->type == AIR_JSON_TRUE;
    }

    node = air_openai_member(c->doc, c->root, "usage");

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        /* OpenRouter's older way to ask */
        node = air_json_get(c->doc, node, "include");
        c->rq->want_usage = node != NULL && node->type == AIR_JSON_TRUE;
    }

    if (options == NULL) {
        return AIR_OK;
    }

    if (options->type != AIR_JSON_OBJECT) {
        return air_openai_bad_type(c, "stream_options", "an object",
                                   options);
    }

    if (stream == NULL || stream->type != AIR_JSON_TRUE) {
        pieces[0] = "The 'stream_options' parameter is only allowed when "
                    "'stream' is enabled.";
        pieces[1] = NULL;

        return air_openai_refuse(c->mem, c->error,
                                 air_str_z("stream_options"), NULL, pieces);
    }

    for (node = air_json_first(c->doc, options);
         node != NULL;
         node = air_json_next(c->doc, node))
    {
        if (air_str_eqz(air_json_key(c->doc, node), "include_usage")) {

            if (node->type != AIR_JSON_TRUE && node->type != AIR_JSON_FALSE
                && node->type != AIR_JSON_NULL)
            {
                return air_openai_bad_type(c, "stream_options.include_usage",
                                           "a boolean", node);
            }

            if (node->type == AIR_JSON_TRUE) {
                c->rq->want_usage = 1;
            }

            continue;
        }

        /* the last one is vLLM's */

        if (air_str_eqz(air_json_key(c->doc, node), "include_obfuscation")
            || air_str_eqz(air_json_key(c->doc, node),
                           "continuous_usage_stats"))
        {
            continue;
        }

        return air_openai_unknown(c, air_openai_under(c->mem,
                                                      "stream_options.",
                                                      air_json_key(c->doc,
                                                                   node)));
    }

    return AIR_OK;
}


/*
 * 1 when the number is longer than we care to read or its exponent has more
 * than three digits.
 */
static int
air_openai_number_odd(air_str_t raw)
{
    size_t  i;

    if (raw.len > AIR_OPENAI_NUMBER) {
        return 1;
    }

    for (i = 0; i < raw.len; i++) {
        if ((raw.data[i] | 0x20) == 'e') {
            i++;

            if (i < raw.len && (raw.data[i] == '+' || raw.data[i] == '-')) {
                i++;
            }

            return raw.len - i > 3;
        }
    }

    return 0;
}


/* An integer within bounds; *out is left alone when it is absent. */
static int
air_openai_check_integer(air_openai_check_t *c, const char *name,
    uint64_t min, uint64_t max, uint64_t *out)
{
    int                     rc;
    uint64_t                n;
    air_str_t               raw;
    const char             *pieces[4];
    const air_json_node_t  *node;

    node = air_openai_member(c->doc, c->root, name);

    if (node == NULL) {
        return AIR_OK;
    }

    if (node->type != AIR_JSON_NUMBER) {
        return air_openai_bad_type(c, name, "an integer", node);
    }

    raw = air_json_raw(c->doc, node);

    if (air_openai_number_odd(raw)) {
        pieces[0] = "Invalid number for '";
        pieces[1] = name;
        pieces[2] = "'.";
        pieces[3] = NULL;

        return air_openai_refuse(c->mem, c->error, air_str_z(name),
                                 "invalid_number", pieces);
    }

    rc = air_json_uint(c->doc, node, &n);

    if (rc == AIR_EINVAL
        && strcmp(air_openai_type_name(c->doc, node), "an integer") != 0)
    {
        return air_openai_bad_type(c, name, "an integer", node);
    }

    if (rc == AIR_EINVAL || (rc == AIR_OK && n < min)) {
        return air_openai_beyond(c, name, "integer_below_min_value",
                                 "integer below minimum value. Expected a "
                                 "value >=", min, "", raw, "");
    }

    if (rc != AIR_OK || n > max) {
        return air_openai_beyond(c, name, "integer_above_max_value",
                                 "integer above maximum value. Expected a "
                                 "value <=", max, "", raw, "");
    }

    *out = n;

    return AIR_OK;
}


static int
air_openai_check_limits(air_openai_check_t *c)
{
    int       rc;
    uint64_t  tokens, completion, n, best;

    if (c->rq->op == AIR_OP_EMBEDDINGS) {
        return AIR_OK;
    }

    tokens = 0;
    completion = 0;
    n = 1;
    best = 1;

    rc = air_openai_check_integer(c, "max_tokens", 1, AIR_OPENAI_MAX_TOKENS,
                                  &tokens);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_openai_check_integer(c, "max_completion_tokens", 1,
                                  AIR_OPENAI_MAX_TOKENS, &completion);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_openai_check_integer(c, "n", 1, AIR_OPENAI_MAX_CHOICES, &n);

    if (rc != AIR_OK) {
        return rc;
    }

    if (c->rq->op == AIR_OP_COMPLETIONS) {
        rc = air_openai_check_integer(c, "best_of", 1,
                                      AIR_OPENAI_MAX_BEST_OF, &best);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    /* the dearer of two: money is reserved by it */

    c->rq->max_output = tokens > completion ? tokens : completion;
    c->rq->choices *= (uint32_t) (n > best ? n : best);

    return AIR_OK;
}


/* Characters of a string, counted no further than just past max. */
static int
air_openai_longer(air_openai_check_t *c, const air_json_node_t *node,
    size_t max, uint64_t *got)
{
    size_t     i;
    air_str_t  s;

    if (node->end - node->start <= max) {
        return 0;
    }

    if (air_json_string(c->doc, node, c->mem, &s) != AIR_OK) {
        return AIR_ENOMEM;
    }

    *got = 0;

    for (i = 0; i < s.len; i++) {
        *got += (s.data[i] & 0xc0) != 0x80;
    }

    return *got > max;
}


static int
air_openai_check_user(air_openai_check_t *c)
{
    int                     rc;
    uint64_t                got;
    const air_json_node_t  *node;

    node = air_openai_member(c->doc, c->root, "user");

    if (node != NULL) {

        if (node->type != AIR_JSON_STRING) {
            return air_openai_bad_type(c, "user", "a string", node);
        }

        if (air_json_string(c->doc, node, c->mem, &c->rq->user) != AIR_OK) {
            return AIR_ENOMEM;
        }
    }

    node = air_openai_member(c->doc, c->root, "session_id");

    if (node != NULL) {

        if (node->type != AIR_JSON_STRING) {
            return air_openai_bad_type(c, "session_id", "a string", node);
        }

        rc = air_openai_longer(c, node, AIR_OPENAI_MAX_SESSION, &got);

        if (rc < 0) {
            return rc;
        }

        if (rc) {
            return air_openai_above(c, "session_id",
                                    "string_above_max_length",
                                    "string too long. Expected a string with "
                                    "maximum length", AIR_OPENAI_MAX_SESSION,
                                    "a string with length ", got, "");
        }

        if (air_json_string(c->doc, node, c->mem, &c->rq->session)
            != AIR_OK)
        {
            return AIR_ENOMEM;
        }
    }

    node = air_openai_member(c->doc, c->root, "service_tier");

    if (node != NULL) {

        if (node->type != AIR_JSON_STRING) {
            return air_openai_bad_type(c, "service_tier", "a string", node);
        }

        c->rq->tier = air_openai_tier(c->doc, node);
    }

    return AIR_OK;
}


static int
air_openai_check_metadata(air_openai_check_t *c)
{
    int                     rc;
    uint64_t                got;
    air_str_t               key;
    const char             *path;
    const air_json_node_t  *metadata, *node;

    metadata = air_openai_member(c->doc, c->root, "metadata");

    if (metadata == NULL) {
        return AIR_OK;
    }

    if (metadata->type != AIR_JSON_OBJECT) {
        return air_openai_bad_type(c, "metadata", "an object", metadata);
    }

    if (metadata->count > AIR_OPENAI_MAX_PAIRS) {
        return air_openai_above(c, "metadata", "object_above_max_properties",
                                "too many properties. Expected an object "
                                "with at most", AIR_OPENAI_MAX_PAIRS,
                                "an object with ", metadata->count,
                                " properties");
    }

    for (node = air_json_first(c->doc, metadata);
         node != NULL;
         node = air_json_next(c->doc, node))
    {
        key = air_json_key(c->doc, node);

        if (key.len > AIR_OPENAI_MAX_KEY && !node->key_escaped) {

            got = 0;

            for (path = (const char *) key.data;
                 path != (const char *) key.data + key.len;
                 path++)
            {
                got += ((unsigned char) *path & 0xc0) != 0x80;
            }

            if (got > AIR_OPENAI_MAX_KEY) {
                return air_openai_above(c, "metadata",
                                        "property_name_above_max_length",
                                        "property name too long. Expected a "
                                        "property name with maximum length",
                                        AIR_OPENAI_MAX_KEY,
                                        "a property name with length ", got,
                                        "");
            }
        }

        rc = 0;
        got = 0;

        if (node->type == AIR_JSON_STRING) {
            rc = air_openai_longer(c, node, AIR_OPENAI_MAX_VALUE, &got);

            if (rc < 0) {
                return rc;
            }
        }

        if (node->type == AIR_JSON_STRING && !rc) {
            continue;
        }

        path = air_openai_under(c->mem, "metadata.", key);

        if (node->type != AIR_JSON_STRING) {
            return air_openai_bad_type(c, path, "a string", node);
        }

        return air_openai_above(c, path, "string_above_max_length",
                                "string too long. Expected a string with "
                                "maximum length", AIR_OPENAI_MAX_VALUE,
                                "a string with length ", got, "");
    }

    return AIR_OK;
}


/* provider.order, only, ignore ... */
static int
air_openai_check_slugs(air_openai_check_t *c, const air_json_node_t *provider,
    const char *name, const char *path)
{
    unsigned                i;
    const air_json_node_t  *list, *node;

    list = air_openai_member(c->doc, provider, name);

    if (list == NULL) {
        return AIR_OK;
    }

    if (list->type != AIR_JSON_ARRAY) {
        return air_openai_bad_type(c, path, "an array of strings", list);
    }

    i = 0;

    for (node = air_json_first(c->doc, list);
         node != NULL;
         node = air_json_next(c->doc, node))
    {
        if (node->type != AIR_JSON_STRING) {
            return air_openai_bad_type(c, air_openai_path(c->mem, path, i,
                                                          ""),
                                       "a string", node);
        }

        i++;
    }

    return AIR_OK;
}


static int
air_openai_check_price(air_openai_check_t *c, const air_json_node_t *max,
    const char *name, const char *path)
{
    uint64_t                n;
    air_str_t               raw;
    const air_json_node_t  *node;

    node = air_openai_member(c->doc, max, name);

    if (node == NULL) {
        return AIR_OK;
    }

    raw = air_json_raw(c->doc, node);

    if ((node->type == AIR_JSON_NUMBER || node->type == AIR_JSON_STRING)
        && raw.len != 0)
    {
        if (air_json_decimal(c->doc, node, 6, &n) == AIR_OK) {
            return AIR_OK;
        }

        if (node->type == AIR_JSON_NUMBER && raw.data[0] == '-') {
            return air_openai_beyond(c, path, "decimal_below_min_value",
                                     "decimal below minimum value. Expected "
                                     "a value >=", 0, "", raw, "");
        }
    }

    return air_openai_bad_type(c, path, "a number", node);
}


static int
air_openai_check_provider(air_openai_check_t *c)
{
    int                     rc;
    unsigned                i;
    const air_json_node_t  *provider, *node;

    static const char *const  flags[][2] = {
        { "allow_fallbacks", "provider.allow_fallbacks" },
        { "require_parameters", "provider.require_parameters" },
        { "zdr", "provider.zdr" }
    };

    static const char *const  lists[][2] = {
        { "order", "provider.order" },
        { "only", "provider.only" },
        { "ignore", "provider.ignore" },
        { "quantizations", "provider.quantizations" }
    };

    static const char *const  prices[][2] = {
        { "prompt", "provider.max_price.prompt" },
        { "completion", "provider.max_price.completion" },
        { "request", "provider.max_price.request" },
        { "image", "provider.max_price.image" },
        { "audio", "provider.max_price.audio" }
    };

    provider = air_openai_member(c->doc, c->root, "provider");

    if (provider == NULL) {
        return AIR_OK;
    }

    if (provider->type != AIR_JSON_OBJECT) {
        return air_openai_bad_type(c, "provider", "an object", provider);
    }

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        rc = air_openai_check_slugs(c, provider, lists[i][0], lists[i][1]);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        node = air_openai_member(c->doc, provider, flags[i][0]);

        if (node != NULL && node->type != AIR_JSON_TRUE
            && node->type != AIR_JSON_FALSE)
        {
            return air_openai_bad_type(c, flags[i][1], "a boolean", node);
        }
    }

    node = air_openai_member(c->doc, provider, "max_price");

    if (node == NULL) {
        return AIR_OK;
    }

    if (node->type != AIR_JSON_OBJECT) {
        return air_openai_bad_type(c, "provider.max_price", "an object",
                                   node);
    }

    for (i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
        rc = air_openai_check_price(c, node, prices[i][0], prices[i][1]);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static void
air_openai_check_needs(air_openai_check_t *c)
{
    const air_json_node_t  *node;

    if (c->rq->op == AIR_OP_EMBEDDINGS) {
        c->rq->needs |= AIR_CAN_EMBED;
        return;
    }

    if (c->rq->stream) {
        c->rq->needs |= AIR_CAN_STREAM;
    }

    node = air_openai_member(c->doc, c->root, "tools");

    if (node == NULL) {
        node = air_openai_member(c->doc, c->root, "functions");
    }

    if (node != NULL && node->type == AIR_JSON_ARRAY && node->count != 0) {
        c->rq->needs |= AIR_CAN_TOOLS;
    }

    node = air_openai_member(c->doc, c->root, "response_format");

    if (node != NULL && node->type == AIR_JSON_OBJECT
        && air_json_is(c->doc, air_json_get(c->doc, node, "type"),
                       "json_schema"))
    {
        c->rq->needs |= AIR_CAN_SCHEMA;
    }

    node = air_openai_member(c->doc, c->root, "reasoning_effort");

    if (node != NULL && !air_json_is(c->doc, node, "none")) {
        c->rq->needs |= AIR_CAN_REASONING;
    }

    node = air_openai_member(c->doc, c->root, "reasoning");

    if (node != NULL && node->type == AIR_JSON_OBJECT && node->count != 0
        && !air_json_is(c->doc, air_json_get(c->doc, node, "effort"), "none"))
    {
        node = air_json_get(c->doc, node, "enabled");

        if (node == NULL || node->type != AIR_JSON_FALSE) {
            c->rq->needs |= AIR_CAN_REASONING;
        }
    }

    if (air_openai_member(c->doc, c->root, "web_search_options") != NULL) {
        c->rq->needs |= AIR_CAN_SEARCH;
    }
}
