
/*
 * The check of a caller's request on Anthropic's wire: only what the router
 * reads, worded as api.anthropic.com words it ("max_tokens: Field
 * required"); all else is the vendor's to judge.
 *
 * platform.claude.com/docs, Messages reference and errors, read 2026-11-22;
 * wording from recorded errors and the vendor's SDKs' tests.
 */

#include "air_anthropic.h"


#define AIR_ANTHROPIC_MAX_TOKENS  2147483647
#define AIR_ANTHROPIC_MAX_USER    256


typedef struct {
    const air_json_doc_t   *doc;
    const air_json_node_t  *root;
    const air_mem_t        *mem;
    air_error_t            *error;
    air_request_t          *rq;
    air_prefs_read_t        prefs;
} air_anthropic_check_t;


/* what a request must never bring: each would change where it goes or with
   whose key */
static const char *const  air_anthropic_forbidden[] = {
    "api_base", "base_url", "api_key", "extra_headers",
    "custom_llm_provider", NULL
};


static int
air_anthropic_check_say(air_anthropic_check_t *c, const char *field,
    const char *text)
{
    const char  *pieces[4];

    pieces[0] = field;
    pieces[1] = ": ";
    pieces[2] = text;
    pieces[3] = NULL;

    return air_msg_refuse(c->mem, c->error, pieces);
}


/* "messages.3.role" and the like, NUL-terminated in mem, or NULL. */
static const char *
air_anthropic_path(air_anthropic_check_t *c, unsigned i, const char *inner,
    int k, const char *rest)
{
    air_buf_t  b;

    air_buf_init(&b, c->mem, 128);

    air_buf_z(&b, "messages.");
    air_buf_uint(&b, i);
    air_buf_z(&b, inner);

    if (k >= 0) {
        air_buf_byte(&b, '.');
        air_buf_uint(&b, (uint64_t) k);
    }

    air_buf_z(&b, rest);
    air_buf_byte(&b, '\0');

    return b.error == AIR_OK ? (const char *) b.data : NULL;
}


static int
air_anthropic_check_at(air_anthropic_check_t *c, unsigned i,
    const char *inner, const char *text)
{
    const char  *path;

    path = air_anthropic_path(c, i, inner, -1, "");

    return path ? air_anthropic_check_say(c, path, text) : AIR_ENOMEM;
}


/* 404 for what no model is called; it is not said back. */
static int
air_anthropic_no_model(air_anthropic_check_t *c)
{
    int  rc;

    rc = air_anthropic_check_say(c, "model", "not found");

    if (rc == AIR_EINVAL) {
        c->error->fault = AIR_FAULT_MODEL;
        c->error->status = 404;
        c->error->type = air_str_z("not_found_error");
    }

    return rc;
}


static int
air_anthropic_check_model(air_anthropic_check_t *c)
{
    int                     rc;
    air_str_t              *s;
    const air_json_node_t  *node;

    node = air_json_given(c->doc, c->root, "model");

    if (node == NULL) {
        return air_anthropic_check_say(c, "model", "Field required");
    }

    if (node->type != AIR_JSON_STRING) {
        return air_anthropic_check_say(c, "model",
                                       "Input should be a valid string");
    }

    if (node->start == node->end) {
        return air_anthropic_check_say(c, "model", "String should have at "
                                       "least 1 character");
    }

    s = &c->rq->model;
    rc = air_json_string(c->doc, node, c->mem, s);

    if (rc != AIR_OK) {
        return rc;
    }

    if (!air_prefs_model_fine(*s)) {
        return air_anthropic_no_model(c);
    }

    c->rq->model_node = node;

    return AIR_OK;
}


static void
air_anthropic_check_needs_part(air_anthropic_check_t *c,
    const air_json_node_t *part)
{
    const air_json_node_t  *type;

    type = air_json_get(c->doc, part, "type");

    if (air_json_is(c->doc, type, "image")) {
        c->rq->needs |= AIR_CAN_VISION;

    } else if (air_json_is(c->doc, type, "document")) {

        type = air_json_get(c->doc, air_json_get(c->doc, part, "source"),
                            "type");

        if (!air_json_is(c->doc, type, "text")
            && !air_json_is(c->doc, type, "content"))
        {
            c->rq->needs |= AIR_CAN_PDF;
        }
    }
}


/* Which parts of a content the model must be able to see. */
static void
air_anthropic_check_needs_of(air_anthropic_check_t *c,
    const air_json_node_t *content)
{
    const air_json_node_t  *node, *type, *inner;

    if (content == NULL || content->type != AIR_JSON_ARRAY) {
        return;
    }

    for (node = air_json_first(c->doc, content);
         node != NULL;
         node = air_json_next(c->doc, node))
    {
        type = air_json_get(c->doc, node, "type");

        air_anthropic_check_needs_part(c, node);

        if ((air_json_is(c->doc, type, "thinking")
             && air_msg_sealed(c->doc, node, "signature"))
            || (air_json_is(c->doc, type, "redacted_thinking")
                && air_msg_sealed(c->doc, node, "data")))
        {
            c->rq->sealed = 1;
        }

        if (air_json_is(c->doc, type, "tool_result")) {

            /* one level: what a result holds holds no results */

            inner = air_json_get(c->doc, node, "content");

            if (inner != NULL && inner->type == AIR_JSON_ARRAY
                && inner->depth < content->depth + 3)
            {
                for (inner = air_json_first(c->doc, inner);
                     inner != NULL;
                     inner = air_json_next(c->doc, inner))
                {
                    air_anthropic_check_needs_part(c, inner);
                }
            }
        }
    }
}


static int
air_anthropic_check_message(air_anthropic_check_t *c,
    const air_json_node_t *m, unsigned i)
{
    int                     rc;
    air_str_t               word;
    const char             *pieces[4];
    unsigned char          *p;
    const air_json_node_t  *role, *content;

    if (m->type != AIR_JSON_OBJECT) {
        return air_anthropic_check_at(c, i, "", "Input should be a valid "
                                      "dictionary");
    }

    role = air_json_given(c->doc, m, "role");

    if (role == NULL || role->type != AIR_JSON_STRING) {
        return air_anthropic_check_at(c, i, ".role",
                                      role ? "Input should be a valid string"
                                           : "Field required");
    }

    if (!air_json_is(c->doc, role, "user")
        && !air_json_is(c->doc, role, "assistant")
        && !air_json_is(c->doc, role, "system"))
    {
        rc = air_json_string(c->doc, role, c->mem, &word);

        if (rc != AIR_OK) {
            return rc;
        }

        p = air_mem_get(c->mem, 64);

        if (p == NULL) {
            return AIR_ENOMEM;
        }

        word.len = word.len < 63 ? word.len : 0;

        if (word.len != 0) {
            memcpy(p, word.data, word.len);
        }

        p[word.len] = '\0';

        pieces[0] = "messages: Unexpected role \"";
        pieces[1] = (const char *) p;
        pieces[2] = "\". Allowed roles are \"user\" or \"assistant\".";
        pieces[3] = NULL;

        return air_msg_refuse(c->mem, c->error, pieces);
    }

    content = air_json_given(c->doc, m, "content");

    if (content == NULL) {
        return air_anthropic_check_at(c, i, ".content", "Field required");
    }

    if (content->type != AIR_JSON_STRING && content->type != AIR_JSON_ARRAY) {
        return air_anthropic_check_at(c, i, ".content",
                                      "Input should be a valid list");
    }

    air_anthropic_check_needs_of(c, content);

    return AIR_OK;
}


static int
air_anthropic_check_messages(air_anthropic_check_t *c)
{
    int                     rc;
    unsigned                i;
    const air_json_node_t  *list, *m;

    list = air_json_given(c->doc, c->root, "messages");

    if (list == NULL) {
        return air_anthropic_check_say(c, "messages", "Field required");
    }

    if (list->type != AIR_JSON_ARRAY) {
        return air_anthropic_check_say(c, "messages",
                                       "Input should be a valid list");
    }

    if (list->count == 0) {
        return air_anthropic_check_say(c, "messages", "at least one message "
                                       "is required");
    }

    i = 0;

    for (m = air_json_first(c->doc, list);
         m != NULL;
         m = air_json_next(c->doc, m))
    {
        rc = air_anthropic_check_message(c, m, i++);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static int
air_anthropic_check_limit(air_anthropic_check_t *c)
{
    int                     rc;
    const air_json_node_t  *node;

    if (c->rq->op == AIR_OP_COUNT_TOKENS) {
        return AIR_OK;
    }

    node = air_json_given(c->doc, c->root, "max_tokens");

    if (node == NULL) {
        return air_anthropic_check_say(c, "max_tokens", "Field required");
    }

    rc = air_json_uint(c->doc, node, &c->rq->max_output);

    if (node->type != AIR_JSON_NUMBER) {
        return air_anthropic_check_say(c, "max_tokens",
                                       "Input should be a valid integer");
    }

    if (rc == AIR_OK && c->rq->max_output == 0) {
        return air_anthropic_check_say(c, "max_tokens", "Input should be "
                                       "greater than or equal to 1");
    }

    if (rc == AIR_ELIMIT || c->rq->max_output > AIR_ANTHROPIC_MAX_TOKENS) {
        return air_anthropic_check_say(c, "max_tokens", "Input should be "
                                       "less than or equal to 2147483647");
    }

    if (rc == AIR_OK) {
        return AIR_OK;
    }

    return air_anthropic_check_say(c, "max_tokens",
                                   c->doc->text.data[node->start] == '-'
                                   ? "Input should be greater than or equal "
                                     "to 1"
                                   : "Input should be a valid integer");
}


static int
air_anthropic_check_user(air_anthropic_check_t *c)
{
    int                     rc;
    const air_json_node_t  *node;

    node = air_json_given(c->doc, c->root, "metadata");

    if (node == NULL) {
        return AIR_OK;
    }

    if (node->type != AIR_JSON_OBJECT) {
        return air_anthropic_check_say(c, "metadata", "Input should be a "
                                       "valid dictionary");
    }

    node = air_json_given(c->doc, node, "user_id");

    if (node == NULL) {
        return AIR_OK;
    }

    if (node->type != AIR_JSON_STRING) {
        return air_anthropic_check_say(c, "metadata.user_id",
                                       "Input should be a valid string");
    }

    rc = air_json_string(c->doc, node, c->mem, &c->rq->user);

    if (rc == AIR_OK && c->rq->user.len > AIR_ANTHROPIC_MAX_USER) {
        return air_anthropic_check_say(c, "metadata.user_id", "String should "
                                       "have at most 256 characters");
    }

    return rc;
}


/* What a model must be able to do, and how it is paid for. */
static void
air_anthropic_check_needs(air_anthropic_check_t *c)
{
    const air_json_node_t  *node, *type;

    if (c->rq->stream) {
        c->rq->needs |= AIR_CAN_STREAM;
    }

    node = air_json_given(c->doc, c->root, "tools");

    if (node != NULL && node->type == AIR_JSON_ARRAY && node->count != 0) {

        c->rq->needs |= AIR_CAN_TOOLS;

        for (node = air_json_first(c->doc, node);
             node != NULL;
             node = air_json_next(c->doc, node))
        {
            type = air_json_get(c->doc, node, "type");

            if (type != NULL && type->type == AIR_JSON_STRING
                && type->end - type->start > 10
                && memcmp(c->doc->text.data + type->start, "web_search", 10)
                   == 0)
            {
                c->rq->needs |= AIR_CAN_SEARCH;
            }
        }
    }

    node = air_json_given(c->doc, c->root, "output_config");

    if (air_json_given(c->doc, node, "format") != NULL
        || air_json_given(c->doc, c->root, "output_format") != NULL)
    {
        c->rq->needs |= AIR_CAN_SCHEMA;
    }

    type = air_json_get(c->doc, air_json_given(c->doc, c->root, "thinking"),
                        "type");

    if (air_json_is(c->doc, type, "enabled")
        || air_json_is(c->doc, type, "adaptive"))
    {
        c->rq->needs |= AIR_CAN_REASONING;
    }

    if (air_json_is(c->doc, air_json_get(c->doc, c->root, "speed"), "fast")) {
        c->rq->tier = AIR_TIER_FAST;
    }
}


static int
air_anthropic_check_stream(air_anthropic_check_t *c)
{
    const air_json_node_t  *node;

    node = air_json_given(c->doc, c->root, "stream");

    if (node == NULL) {
        return AIR_OK;
    }

    if (node->type != AIR_JSON_TRUE && node->type != AIR_JSON_FALSE) {
        return air_anthropic_check_say(c, "stream", "Input should be a valid "
                                       "boolean");
    }

    c->rq->stream = node->type == AIR_JSON_TRUE;

    return AIR_OK;
}


/* What the reader of preferences found wrong, in this wire's words. */
static int
air_anthropic_prefs_bad(air_anthropic_check_t *c)
{
    char              *p;
    size_t             i, n;
    air_buf_t          b;
    const char        *end;
    air_prefs_read_t  *rd;

    rd = &c->prefs;

    if (rd->bad == AIR_PREFS_NAME) {
        return air_anthropic_no_model(c);
    }

    /* "a[2].b" is "a.2.b" here */

    n = strlen(rd->path);
    p = air_mem_get(c->mem, n + 1);

    if (p == NULL) {
        return AIR_ENOMEM;
    }

    for (i = 0, n = 0; rd->path[i] != '\0'; i++) {
        if (rd->path[i] != ']') {
            p[n++] = rd->path[i] == '[' ? '.' : rd->path[i];
        }
    }

    p[n] = '\0';

    air_buf_init(&b, c->mem, 512);

    switch (rd->bad) {

    case AIR_PREFS_VALUE:
        /* "'a', 'b', and 'c'" is "'a', 'b' or 'c'" here */

        end = strstr(rd->expected, " and ");
        n = end - rd->expected;
        n -= rd->expected[n - 1] == ',';

        air_buf_z(&b, "Input should be ");
        air_buf_add(&b, rd->expected, n);
        air_buf_z(&b, " or ");
        air_buf_z(&b, end + sizeof(" and ") - 1);
        break;

    case AIR_PREFS_EMPTY:
        air_buf_z(&b, "List should have at least 1 item");
        break;

    case AIR_PREFS_MANY:
    case AIR_PREFS_LONG:
        air_buf_z(&b, rd->bad == AIR_PREFS_MANY ? "List should have at most "
                                                : "String should have at "
                                                  "most ");
        air_buf_uint(&b, rd->limit);
        air_buf_z(&b, rd->bad == AIR_PREFS_MANY ? " items" : " characters");
        break;

    case AIR_PREFS_NEGATIVE:
        air_buf_z(&b, "Input should be greater than or equal to 0");
        break;

    case AIR_PREFS_EXTRA:
        air_buf_z(&b, "Extra inputs are not permitted, only \"model\" is");
        break;

    case AIR_PREFS_BOTH:
        air_buf_z(&b, "cannot be combined with \"models\"");
        break;

    default:                      /* AIR_PREFS_TYPE */
        air_buf_z(&b, "Input should be a valid ");
        air_buf_z(&b, strstr(rd->expected, "number or") ? "number or "
                                                          "dictionary"
                      : strstr(rd->expected, "array") ? "list"
                      : strstr(rd->expected, "object") ? "dictionary"
                      : rd->expected + (rd->expected[1] == ' ' ? 2 : 3));
    }

    air_buf_byte(&b, '\0');

    if (b.error != AIR_OK) {
        return AIR_ENOMEM;
    }

    return air_anthropic_check_say(c, p, (const char *) b.data);
}


/* OpenRouter's members, which this wire's clients send routers too. */
static int
air_anthropic_check_prefs(air_anthropic_check_t *c)
{
    int                     rc;
    const air_json_node_t  *session;

    rc = air_prefs_read_models(&c->prefs, c->rq->model,
                               air_json_given(c->doc, c->root, "models"),
                               air_json_given(c->doc, c->root, "fallbacks"));
    if (rc == AIR_OK) {
        rc = air_prefs_read_provider(&c->prefs,
                                     air_json_get(c->doc, c->root,
                                                  "provider"));
    }

    if (rc == AIR_OK) {
        session = air_json_given(c->doc, c->root, "session_id");

        rc = air_prefs_read_session(&c->prefs, session, NULL);

        if (rc == AIR_OK && session != NULL && c->prefs.prefs != NULL) {
            c->rq->session = c->prefs.prefs->session;
        }
    }

    if (rc == AIR_EINVAL) {
        return air_anthropic_prefs_bad(c);
    }

    c->rq->prefs = c->prefs.prefs;

    if (rc == AIR_OK && c->prefs.prefs != NULL) {
        c->rq->require = c->prefs.prefs->require;
    }

    return rc;
}


int
air_anthropic_request_check(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_request_t *rq, air_error_t *error)
{
    int                     rc;
    const char             *const *name;
    air_anthropic_check_t   c;

    memset(rq, 0, sizeof(air_request_t));

    rq->op = op;
    rq->choices = 1;
    rq->want_usage = 1;           /* every stream of this wire has it */

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
        static const char *const  pieces[] = {
            "The request body is not valid: Input should be a valid "
            "dictionary", NULL
        };

        return air_msg_refuse(mem, error, pieces);
    }

    for (name = air_anthropic_forbidden; *name != NULL; name++) {
        if (air_json_get(doc, c.root, *name) != NULL) {
            return air_anthropic_check_say(&c, *name,
                                           "Extra inputs are not permitted");
        }
    }

    rc = air_anthropic_check_model(&c);

    if (rc == AIR_OK) {
        rc = air_anthropic_check_messages(&c);
    }

    if (rc == AIR_OK) {
        rc = air_anthropic_check_limit(&c);
    }

    if (rc == AIR_OK) {
        rc = air_anthropic_check_stream(&c);
    }

    if (rc == AIR_OK) {
        rc = air_anthropic_check_user(&c);
    }

    if (rc == AIR_OK) {
        rc = air_anthropic_check_prefs(&c);
    }

    if (rc == AIR_OK) {
        air_anthropic_check_needs(&c);
    }

    return rc;
}
