
/*
 * The simulated vendor's words, after OpenAI's API reference (chat,
 * completions, embeddings; read 2026-11).  A reply is a number of tokens, of
 * which each is one word of a fixed text, or four bytes of the JSON that was
 * asked for.  Pacing, failures and the wire are the caller's.
 */

#include "air_simulate.h"
#include "air_estimate.h"


#define AIR_SIMULATE_PIECE   4        /* bytes of JSON that make a token    */
#define AIR_SIMULATE_INPUTS  2048
#define AIR_SIMULATE_DIMS    1536


static const char *const  air_simulate_words[] = {
    " This", " is", " a", " simulated", " reply", ".", " No", " model",
    " was", " asked", " and", " nothing", " is", " billed", ".", " The",
    " same", " words", " come", " again", " until", " the", " number",
    " of", " tokens", " is", " reached", ",", " one", " word", " each", "."
};

#define AIR_SIMULATE_WORDS                                                    \
    (sizeof(air_simulate_words) / sizeof(air_simulate_words[0]))


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


/* ---- reading ---------------------------------------------------------- */

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


/* Tokens of the JSON made up. */
static uint64_t
air_simulate_pieces(air_str_t text)
{
    size_t    pos;
    uint64_t  n;

    n = 0;

    for (pos = 0; pos < text.len; n++) {
        pos += AIR_SIMULATE_PIECE;

        while (pos < text.len && (text.data[pos] & 0xc0) == 0x80) {
            pos++;
        }
    }

    return n;
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


/* ---- values ----------------------------------------------------------- */

typedef struct {
    const air_json_doc_t   *doc;
    const air_json_node_t  *root;     /* of the schema, for references      */
    air_buf_t              *b;
} air_simulate_schema_t;


static int air_simulate_node(const air_simulate_schema_t *sc,
    const air_json_node_t *schema, unsigned depth);


/* A string's raw bytes with their quotes, anything else as it stands. */
static int
air_simulate_raw(const air_json_doc_t *doc, const air_json_node_t *node,
    air_buf_t *b)
{
    if (node->type != AIR_JSON_STRING) {
        return air_buf_str(b, air_json_raw(doc, node));
    }

    air_buf_byte(b, '"');
    air_buf_str(b, air_json_raw(doc, node));

    return air_buf_byte(b, '"');
}


/* The node that "#/a/b" names; escapes of pointers are not understood. */
static const air_json_node_t *
air_simulate_ref(const air_json_doc_t *doc, const air_json_node_t *schema,
    air_str_t path)
{
    size_t                  len;
    unsigned char          *p, *last, *end;
    const air_json_node_t  *node, *found;

    if (path.len < 2 || path.data[0] != '#' || path.data[1] != '/') {
        return NULL;
    }

    p = path.data + 2;
    last = path.data + path.len;

    while (schema != NULL) {
        end = memchr(p, '/', last - p);
        len = (end != NULL ? end : last) - p;
        found = NULL;

        for (node = air_json_first(doc, schema);
             node != NULL && found == NULL;
             node = air_json_next(doc, node))
        {
            if (air_str_eq(air_json_key(doc, node), air_str_n(p, len))) {
                found = node;
            }
        }

        if (end == NULL || found == NULL) {
            return found;
        }

        schema = found;
        p = end + 1;
    }

    return NULL;
}


static int
air_simulate_object(const air_simulate_schema_t *sc,
    const air_json_node_t *schema, unsigned depth)
{
    int                     first;
    air_str_t               name;
    air_buf_t              *b;
    const air_json_doc_t   *doc;
    const air_json_node_t  *props, *prop, *required;

    b = sc->b;
    doc = sc->doc;
    first = 1;
    air_buf_byte(b, '{');

    props = air_json_get(doc, schema, "properties");
    required = air_json_first(doc, air_json_get(doc, schema, "required"));

    for ( /* void */ ;
         required != NULL && b->error == AIR_OK;
         required = air_json_next(doc, required))
    {
        if (required->type != AIR_JSON_STRING) {
            continue;
        }

        name = air_json_raw(doc, required);

        if (!first) {
            air_buf_byte(b, ',');
        }

        first = 0;

        air_buf_byte(b, '"');
        air_buf_str(b, name);
        air_buf_z(b, "\":");

        for (prop = air_json_first(doc, props);
             prop != NULL;
             prop = air_json_next(doc, prop))
        {
            if (air_str_eq(air_json_key(doc, prop), name)) {
                break;
            }
        }

        air_simulate_node(sc, prop, depth + 1);
    }

    return air_buf_byte(b, '}');
}


static int
air_simulate_array(const air_simulate_schema_t *sc,
    const air_json_node_t *schema, unsigned depth)
{
    uint64_t                i, n;
    air_buf_t              *b;
    const air_json_doc_t   *doc;
    const air_json_node_t  *items;

    b = sc->b;
    doc = sc->doc;

    if (air_json_uint(doc, air_json_get(doc, schema, "minItems"), &n)
        != AIR_OK)
    {
        n = 0;
    }

    items = air_json_get(doc, schema, "items");

    air_buf_byte(b, '[');

    for (i = 0; i < n && b->error == AIR_OK; i++) {
        if (i != 0) {
            air_buf_byte(b, ',');
        }

        air_simulate_node(sc, items, depth + 1);
    }

    return air_buf_byte(b, ']');
}


static int
air_simulate_text(const air_json_doc_t *doc, const air_json_node_t *schema,
    air_buf_t *b)
{
    uint64_t  i, n;

    if (air_json_uint(doc, air_json_get(doc, schema, "minLength"), &n)
        != AIR_OK)
    {
        n = 1;
    }

    air_buf_byte(b, '"');

    for (i = 0; i < n && b->error == AIR_OK; i++) {
        air_buf_byte(b, 'x');
    }

    return air_buf_byte(b, '"');
}


static int
air_simulate_typed(const air_simulate_schema_t *sc,
    const air_json_node_t *schema, unsigned depth)
{
    air_buf_t              *b;
    const air_json_doc_t   *doc;
    const air_json_node_t  *type, *node;

    b = sc->b;
    doc = sc->doc;
    type = air_json_get(doc, schema, "type");

    if (type != NULL && type->type == AIR_JSON_ARRAY) {
        type = air_json_first(doc, type);
    }

    if (air_json_is(doc, type, "object")
        || (type == NULL && air_json_get(doc, schema, "properties")))
    {
        return air_simulate_object(sc, schema, depth);
    }

    if (air_json_is(doc, type, "array")) {
        return air_simulate_array(sc, schema, depth);
    }

    if (air_json_is(doc, type, "string")) {
        return air_simulate_text(doc, schema, b);
    }

    if (air_json_is(doc, type, "boolean")) {
        return air_buf_z(b, "false");
    }

    if (air_json_is(doc, type, "integer") || air_json_is(doc, type, "number"))
    {
        node = air_json_get(doc, schema, "minimum");

        if (node != NULL && node->type == AIR_JSON_NUMBER) {
            return air_simulate_raw(doc, node, b);
        }

        return air_buf_byte(b, '0');
    }

    return air_buf_z(b, "null");
}


static int
air_simulate_node(const air_simulate_schema_t *sc,
    const air_json_node_t *schema, unsigned depth)
{
    unsigned                i;
    air_buf_t              *b;
    const air_json_doc_t   *doc;
    const air_json_node_t  *node;

    static const char *const  some[] = { "anyOf", "oneOf", "allOf" };

    b = sc->b;
    doc = sc->doc;

    if (schema == NULL || schema->type != AIR_JSON_OBJECT || depth > 16) {
        return air_buf_z(b, "null");
    }

    node = air_json_get(doc, schema, "const");
    if (node != NULL) {
        return air_simulate_raw(doc, node, b);
    }

    node = air_json_first(doc, air_json_get(doc, schema, "enum"));
    if (node != NULL) {
        return air_simulate_raw(doc, node, b);
    }

    node = air_json_get(doc, schema, "default");
    if (node != NULL) {
        return air_simulate_raw(doc, node, b);
    }

    node = air_json_get(doc, schema, "$ref");
    if (node != NULL && node->type == AIR_JSON_STRING) {
        node = air_simulate_ref(doc, sc->root, air_json_raw(doc, node));
        return air_simulate_node(sc, node, depth + 1);
    }

    for (i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        node = air_json_first(doc, air_json_get(doc, schema, some[i]));

        if (node != NULL) {
            return air_simulate_node(sc, node, depth + 1);
        }
    }

    return air_simulate_typed(sc, schema, depth);
}


int
air_simulate_value(const air_json_doc_t *doc, const air_json_node_t *schema,
    air_buf_t *b)
{
    air_simulate_schema_t  sc;

    sc.doc = doc;
    sc.root = schema;
    sc.b = b;

    air_simulate_node(&sc, schema, 0);

    return b->error;
}


/* ---- writing ---------------------------------------------------------- */

/* The text of token i; for JSON *pos moves behind it. */
static air_str_t
air_simulate_piece(const air_simulate_t *s, uint64_t i, size_t *pos)
{
    size_t       start;
    const char  *word;

    if (s->text.len == 0) {
        word = air_simulate_words[i % AIR_SIMULATE_WORDS];
        return air_str_z(i == 0 ? word + 1 : word);
    }

    start = *pos;
    *pos += AIR_SIMULATE_PIECE;

    while (*pos < s->text.len && (s->text.data[*pos] & 0xc0) == 0x80) {
        (*pos)++;
    }

    if (*pos > s->text.len) {
        *pos = s->text.len;
    }

    return air_str_n(s->text.data + start, *pos - start);
}


/* All tokens as one JSON string. */
static int
air_simulate_content(const air_simulate_t *s, air_buf_t *b)
{
    size_t    pos;
    uint64_t  i;

    pos = 0;

    if (s->text.len != 0) {
        for (i = 0; i < s->tokens; i++) {
            (void) air_simulate_piece(s, i, &pos);
        }

        return air_buf_json(b, air_str_n(s->text.data, pos));
    }

    air_buf_byte(b, '"');

    for (i = 0; i < s->tokens; i++) {
        air_buf_str(b, air_simulate_piece(s, i, &pos));
    }

    return air_buf_byte(b, '"');
}


static void
air_simulate_usage(const air_simulate_t *s, air_buf_t *b)
{
    air_buf_z(b, "\"usage\":{\"prompt_tokens\":");
    air_buf_uint(b, s->prompt);

    if (s->op != AIR_OP_EMBEDDINGS) {
        air_buf_z(b, ",\"completion_tokens\":");
        air_buf_uint(b, s->tokens);
    }

    air_buf_z(b, ",\"total_tokens\":");
    air_buf_uint(b, s->prompt + s->tokens);

    if (s->op != AIR_OP_EMBEDDINGS) {
        air_buf_z(b, ",\"prompt_tokens_details\":{\"cached_tokens\":0},"
                  "\"completion_tokens_details\":{\"reasoning_tokens\":0}");
    }

    air_buf_byte(b, '}');
}


/* {"id":...,"object":OBJECT,"created":...,"model":...  */
static void
air_simulate_head(const air_simulate_t *s, const char *object, air_buf_t *b)
{
    air_buf_z(b, s->op == AIR_OP_CHAT ? "{\"id\":\"chatcmpl-"
                                      : "{\"id\":\"cmpl-");
    air_buf_str(b, s->id);
    air_buf_z(b, "\",\"object\":\"");
    air_buf_z(b, object);
    air_buf_z(b, "\",\"created\":");
    air_buf_int(b, s->created);
    air_buf_z(b, ",\"model\":\"");
    air_buf_str(b, s->model);
    air_buf_z(b, "\",\"system_fingerprint\":\"fp_simulated\"");
}


static const char *
air_simulate_finish(const air_simulate_t *s)
{
    if (s->length) {
        return "length";
    }

    return s->tool.len != 0 ? "tool_calls" : "stop";
}


/* The head of a tool call up to its arguments' value. */
static void
air_simulate_call(const air_simulate_t *s, air_buf_t *b)
{
    air_buf_z(b, "\"id\":\"call_");
    air_buf_str(b, s->id);
    air_buf_z(b, "\",\"type\":\"function\",\"function\":{\"name\":\"");
    air_buf_str(b, s->tool);
    air_buf_z(b, "\",\"arguments\":");
}


/*
 * Numbers from -1 to 1 in thousandths, made from the input's bytes and the
 * place: the same text always has the same vector.
 */
static int
air_simulate_number(uint32_t seed, uint32_t i)
{
    uint32_t  h;

    h = (seed ^ i) * 2654435761U;
    h ^= h >> 15;
    h *= 2246822519U;
    h ^= h >> 13;

    return (int) (h % 2001) - 1000;
}


/* n thousandths as an IEEE 754 single, little-endian. */
static void
air_simulate_float(int n, unsigned char *to)
{
    float     f;
    uint32_t  bits;

    f = (float) n / 1000;
    memcpy(&bits, &f, sizeof(bits));

    to[0] = (unsigned char) bits;
    to[1] = (unsigned char) (bits >> 8);
    to[2] = (unsigned char) (bits >> 16);
    to[3] = (unsigned char) (bits >> 24);
}


static void
air_simulate_base64(const air_simulate_t *s, uint32_t seed, air_buf_t *b)
{
    unsigned       n, k;
    uint64_t       i, bytes;
    uint32_t       bits;
    unsigned char  in[4];

    static const char  digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    bytes = s->dimensions * 4;
    bits = 0;
    n = 0;

    air_buf_byte(b, '"');

    for (i = 0; i < bytes; i++) {

        if (i % 4 == 0) {
            air_simulate_float(air_simulate_number(seed, (uint32_t) (i / 4)),
                               in);
        }

        bits = bits << 8 | in[i % 4];
        n++;

        if (n == 3 || i + 1 == bytes) {
            bits <<= 8 * (3 - n);

            for (k = 0; k < 4; k++) {
                air_buf_byte(b, k <= n ? digits[bits >> (18 - 6 * k) & 63]
                                       : '=');
            }

            bits = 0;
            n = 0;
        }
    }

    air_buf_byte(b, '"');
}


static void
air_simulate_vector(const air_simulate_t *s, const air_json_node_t *input,
    uint64_t index, air_buf_t *b)
{
    int        n;
    size_t     i;
    uint32_t   seed;
    air_str_t  text;

    text = air_json_raw(s->doc, input);
    seed = 2166136261U;

    for (i = 0; i < text.len; i++) {
        seed = (seed ^ text.data[i]) * 16777619U;
    }

    air_buf_z(b, index ? ",{\"object\":\"embedding\",\"index\":"
                       : "{\"object\":\"embedding\",\"index\":");
    air_buf_uint(b, index);
    air_buf_z(b, ",\"embedding\":");

    if (s->base64) {
        air_simulate_base64(s, seed, b);
        air_buf_byte(b, '}');
        return;
    }

    for (i = 0; i < s->dimensions && b->error == AIR_OK; i++) {
        n = air_simulate_number(seed, (uint32_t) i);

        air_buf_z(b, i ? "," : "[");
        air_buf_z(b, n < 0 ? "-" : "");
        n = n < 0 ? -n : n;
        air_buf_byte(b, (unsigned char) ('0' + n / 1000));
        air_buf_byte(b, '.');
        air_buf_byte(b, (unsigned char) ('0' + n / 100 % 10));
        air_buf_byte(b, (unsigned char) ('0' + n / 10 % 10));
        air_buf_byte(b, (unsigned char) ('0' + n % 10));
    }

    air_buf_z(b, "]}");
}


static int
air_simulate_embeddings(const air_simulate_t *s, air_buf_t *b)
{
    uint64_t                n;
    const air_json_node_t  *input, *node;

    input = air_json_get(s->doc, air_json_root(s->doc), "input");
    node = air_json_first(s->doc, input);

    air_buf_z(b, "{\"object\":\"list\",\"data\":[");

    if (node == NULL || node->type == AIR_JSON_NUMBER) {
        air_simulate_vector(s, input, 0, b);

    } else {
        for (n = 0; node != NULL && b->error == AIR_OK; n++) {
            air_simulate_vector(s, node, n, b);
            node = air_json_next(s->doc, node);
        }
    }

    air_buf_z(b, "],\"model\":\"");
    air_buf_str(b, s->model);
    air_buf_z(b, "\",");
    air_simulate_usage(s, b);

    return air_buf_byte(b, '}');
}


int
air_simulate_reply(const air_simulate_t *s, air_buf_t *b)
{
    if (s->op == AIR_OP_EMBEDDINGS) {
        return air_simulate_embeddings(s, b);
    }

    air_simulate_head(s, s->op == AIR_OP_CHAT ? "chat.completion"
                                              : "text_completion", b);

    air_buf_z(b, ",\"choices\":[{\"index\":0,");

    if (s->op != AIR_OP_CHAT) {
        air_buf_z(b, "\"text\":");
        air_simulate_content(s, b);

    } else if (s->tool.len != 0) {
        air_buf_z(b, "\"message\":{\"role\":\"assistant\",\"content\":null,"
                  "\"tool_calls\":[{");
        air_simulate_call(s, b);
        air_simulate_content(s, b);
        air_buf_z(b, "}}]}");

    } else {
        air_buf_z(b, "\"message\":{\"role\":\"assistant\",\"content\":");
        air_simulate_content(s, b);
        air_buf_z(b, ",\"refusal\":null}");
    }

    air_buf_z(b, ",\"logprobs\":null,\"finish_reason\":\"");
    air_buf_z(b, air_simulate_finish(s));
    air_buf_z(b, "\"}],");
    air_simulate_usage(s, b);

    return air_buf_byte(b, '}');
}


/* One choice of a chunk: what stands in it but its finish. */
static void
air_simulate_delta(air_simulate_t *s, air_buf_t *b)
{
    air_str_t  piece;

    if (s->next == AIR_SIMULATE_ROLE) {

        if (s->tool.len == 0) {
            air_buf_z(b, "\"delta\":{\"role\":\"assistant\","
                      "\"content\":\"\",\"refusal\":null}");
            return;
        }

        air_buf_z(b, "\"delta\":{\"role\":\"assistant\",\"content\":null,"
                  "\"tool_calls\":[{\"index\":0,");
        air_simulate_call(s, b);
        air_buf_z(b, "\"\"}}]}");
        return;
    }

    if (s->next == AIR_SIMULATE_FINISH) {
        air_buf_z(b, s->op == AIR_OP_CHAT ? "\"delta\":{}" : "\"text\":\"\"");
        return;
    }

    piece = air_simulate_piece(s, s->sent, &s->pos);

    if (s->op != AIR_OP_CHAT) {
        air_buf_z(b, "\"text\":");
        air_buf_json(b, piece);

    } else if (s->tool.len != 0) {
        air_buf_z(b, "\"delta\":{\"tool_calls\":[{\"index\":0,"
                  "\"function\":{\"arguments\":");
        air_buf_json(b, piece);
        air_buf_z(b, "}}]}");

    } else {
        air_buf_z(b, "\"delta\":{\"content\":");
        air_buf_json(b, piece);
        air_buf_byte(b, '}');
    }
}


static air_simulate_next_e
air_simulate_step(air_simulate_t *s)
{
    switch (s->next) {

    case AIR_SIMULATE_CONTENT:
        s->sent++;

        /* fall through */

    case AIR_SIMULATE_ROLE:
        return s->sent < s->tokens ? AIR_SIMULATE_CONTENT
                                   : AIR_SIMULATE_FINISH;

    case AIR_SIMULATE_FINISH:
        return s->usage ? AIR_SIMULATE_USAGE : AIR_SIMULATE_DONE;

    case AIR_SIMULATE_USAGE:
        return AIR_SIMULATE_DONE;

    default:
        return AIR_SIMULATE_END;
    }
}


int
air_simulate_event(air_simulate_t *s, air_buf_t *b)
{
    if (s->next >= AIR_SIMULATE_DONE) {

        if (s->next == AIR_SIMULATE_DONE) {
            air_buf_z(b, "data: [DONE]\n\n");
            s->next = AIR_SIMULATE_END;
        }

        return b->error;
    }

    air_buf_z(b, "data: ");
    air_simulate_head(s, s->op == AIR_OP_CHAT ? "chat.completion.chunk"
                                              : "text_completion", b);

    if (s->next == AIR_SIMULATE_USAGE) {
        air_buf_z(b, ",\"choices\":[],");
        air_simulate_usage(s, b);

    } else {
        air_buf_z(b, ",\"choices\":[{\"index\":0,");
        air_simulate_delta(s, b);
        air_buf_z(b, ",\"logprobs\":null,\"finish_reason\":");

        if (s->next == AIR_SIMULATE_FINISH) {
            air_buf_byte(b, '"');
            air_buf_z(b, air_simulate_finish(s));
            air_buf_byte(b, '"');

        } else {
            air_buf_z(b, "null");
        }

        air_buf_z(b, s->usage ? "}],\"usage\":null" : "}]");
    }

    air_buf_z(b, "}\n\n");

    s->next = air_simulate_step(s);

    return b->error;
}


int
air_simulate_models(air_str_t model, int64_t created, air_buf_t *b)
{
    air_buf_z(b, "{\"object\":\"list\",\"data\":[{\"id\":");
    air_buf_json(b, model);
    air_buf_z(b, ",\"object\":\"model\",\"created\":");
    air_buf_int(b, created);

    return air_buf_z(b, ",\"owned_by\":\"ai_simulate\"}]}");
}
