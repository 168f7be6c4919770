
/*
 * A request on Gemini's wire, read into the neutral message: for vendors that
 * are simulated, and to prove what is written.  The model stands in the URL.
 * Members that hold more than the message can say are kept raw beside it.
 */

#include "air_gemini.h"


static int
air_gemini_say(const air_mem_t *mem, air_error_t *error, const char *text)
{
    const char  *pieces[2];

    pieces[0] = text;
    pieces[1] = NULL;

    return air_msg_refuse(mem, error, pieces);
}


/* What is asked: countTokens may wrap it. */
static const air_json_node_t *
air_gemini_root(const air_json_doc_t *doc)
{
    const air_json_node_t  *root, *inner;

    root = air_json_root(doc);
    inner = air_gemini_get(doc, root, "generateContentRequest");

    return inner != NULL ? inner : root;
}


int
air_gemini_request_check(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_request_t *rq, air_error_t *error)
{
    int                     rc;
    const air_json_node_t  *root, *node, *config;

    memset(rq, 0, sizeof(air_request_t));

    rq->op = op;
    rq->choices = 1;
    rq->want_usage = 1;           /* every stream of this wire has it       */

    root = air_json_root(doc);

    if (root == NULL || root->type != AIR_JSON_OBJECT) {
        return air_gemini_say(mem, error, "Invalid JSON payload received. "
                              "Root element must be a message.");
    }

    root = air_gemini_root(doc);

    rc = air_gemini_take(doc, root, "model", mem, &rq->model);

    if (rc != AIR_OK || op == AIR_OP_EMBEDDINGS) {
        return rc;
    }

    node = air_gemini_get(doc, root, "contents");

    if (node == NULL || (node->type == AIR_JSON_ARRAY && node->count == 0)) {
        return air_gemini_say(mem, error, "* GenerateContentRequest.contents:"
                              " contents is not specified\n");
    }

    if (node->type != AIR_JSON_ARRAY && node->type != AIR_JSON_OBJECT) {
        return air_gemini_say(mem, error, "Invalid value at 'contents'");
    }

    config = air_gemini_get(doc, root, "generationConfig");

    (void) air_gemini_count(doc, config, "maxOutputTokens", NULL,
                            &rq->max_output);

    if (air_gemini_get(doc, root, "tools") != NULL) {
        rq->needs |= AIR_CAN_TOOLS;
    }

    if (air_gemini_get(doc, config, "responseJsonSchema") != NULL
        || air_gemini_get(doc, config, "responseSchema") != NULL)
    {
        rq->needs |= AIR_CAN_SCHEMA;
    }

    return AIR_OK;
}


/* -------------------------------------------------------------- contents */


static int
air_gemini_read_parts(air_gemini_read_t *r, const air_json_node_t *content,
    air_turn_t *turn)
{
    int                     rc;
    air_part_t             *part;
    const air_json_node_t  *list, *node;

    if (content->type == AIR_JSON_STRING) {

        part = air_msg_part(&turn->parts, &turn->last, r->mem,
                            AIR_PART_TEXT);

        return part ? air_json_string(r->doc, content, r->mem, &part->text)
                    : AIR_ENOMEM;
    }

    list = air_gemini_get(r->doc, content, "parts");
    rc = AIR_OK;

    for (node = air_gemini_first(r->doc, list);
         node != NULL && rc == AIR_OK;
         node = air_gemini_next(r->doc, list, node))
    {
        rc = air_gemini_part(r, node, &turn->parts, &turn->last);
    }

    return rc;
}


/* Results without an id take that of the call they answer. */
static void
air_gemini_match(air_turn_t *calls, air_turn_t *results)
{
    int          pass;
    air_part_t  *p, *c;

    if (calls == NULL || calls->role != AIR_ROLE_ASSISTANT) {
        return;
    }

    for (pass = 0; pass < 2; pass++) {

        c = calls->parts;

        for (p = results->parts; p != NULL; p = p->next) {

            if (p->type != AIR_PART_TOOL_RESULT || p->id.len != 0) {
                continue;
            }

            /* in the order of the calls first, whatever their names then */

            for ( /* void */ ; c != NULL; c = c->next) {
                if (c->type == AIR_PART_TOOL_CALL && c->whole == 0
                    && (pass || air_str_eq(c->name, p->name)))
                {
                    break;
                }
            }

            if (c == NULL) {
                break;
            }

            p->id = c->id;
            c->whole = 1;
        }
    }
}


static int
air_gemini_read_contents(air_gemini_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    int                     rc;
    unsigned                i;
    air_turn_t             *turn, *before;
    const air_json_node_t  *list, *node, *role;

    static const char *const  known[] = { "role", "parts", NULL };

    list = air_gemini_get(r->doc, root, "contents");
    before = NULL;
    rc = AIR_OK;
    i = 0;

    for (node = air_gemini_first(r->doc, list);
         node != NULL && rc == AIR_OK;
         node = air_gemini_next(r->doc, list, node), i++)
    {
        role = air_gemini_get(r->doc, node, "role");

        if (role != NULL && !air_json_is(r->doc, role, "user")
            && !air_json_is(r->doc, role, "model")
            && !air_json_is(r->doc, role, "function"))
        {
            return air_gemini_say(r->mem, r->error, "Please use a valid role:"
                                  " user, model.");
        }

        turn = air_msg_turn(msg, r->mem, air_json_is(r->doc, role, "model")
                                         ? AIR_ROLE_ASSISTANT
                                         : AIR_ROLE_USER);
        if (turn == NULL) {
            return AIR_ENOMEM;
        }

        r->seed = air_gemini_hash(i, air_str_n(NULL, 0));
        r->ncalls = 0;

        rc = air_gemini_read_parts(r, node, turn);

        if (rc == AIR_OK && node->type == AIR_JSON_OBJECT) {
            rc = air_gemini_rest(r->doc, node, known, r->mem, &turn->extra);
        }

        air_gemini_match(before, turn);
        before = turn;
    }

    return rc;
}


static int
air_gemini_read_system(air_gemini_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    air_turn_t             *turn;
    const air_json_node_t  *node;

    node = air_gemini_get(r->doc, root, "systemInstruction");

    if (node == NULL) {
        return AIR_OK;
    }

    turn = air_msg_turn(msg, r->mem, AIR_ROLE_SYSTEM);

    return turn ? air_gemini_read_parts(r, node, turn) : AIR_ENOMEM;
}


/* ----------------------------------------------------------------- tools */


static int
air_gemini_read_function(air_gemini_read_t *r, const air_json_node_t *node,
    air_msg_request_t *msg)
{
    int                     rc;
    air_tool_t             *tool;
    const air_json_node_t  *schema;

    static const char *const  known[] = {
        "name", "description", "parameters", "parametersJsonSchema", NULL
    };

    tool = air_msg_tool(msg, r->mem);

    if (tool == NULL) {
        return AIR_ENOMEM;
    }

    rc = air_gemini_take(r->doc, node, "name", r->mem, &tool->name);

    if (rc == AIR_OK) {
        rc = air_gemini_take(r->doc, node, "description", r->mem,
                             &tool->description);
    }

    tool->has_description = air_gemini_get(r->doc, node, "description")
                            != NULL;

    schema = air_gemini_get(r->doc, node, "parametersJsonSchema");

    if (schema != NULL) {
        tool->schema = air_json_quoted(r->doc, schema);
    }

    schema = air_gemini_get(r->doc, node, "parameters");

    if (rc == AIR_OK && schema != NULL && tool->schema.len == 0) {
        tool->raw = air_json_quoted(r->doc, schema);
        rc = air_gemini_schema_read(r->doc, schema, r->mem, &tool->schema);
    }

    return rc == AIR_OK ? air_gemini_rest(r->doc, node, known, r->mem,
                                          &tool->extra) : rc;
}


/* An object of the members that are left, or an empty string. */
static int
air_gemini_left(const air_extra_t *extra, const air_mem_t *mem,
    air_str_t *out)
{
    unsigned    n;
    air_buf_t   b;

    static const char *const  none[] = { NULL };

    *out = air_str_n(NULL, 0);

    if (extra == NULL) {
        return AIR_OK;
    }

    n = 0;
    air_buf_init(&b, mem, SIZE_MAX / 2);

    air_buf_z(&b, "{");
    air_gemini_extra_write(extra, none, &n, &b);
    air_buf_z(&b, "}");

    *out = air_buf_view(&b);

    return b.error;
}


static int
air_gemini_read_tools(air_gemini_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    int                     rc;
    air_str_t               left;
    air_tool_t             *tool;
    air_extra_t            *extra;
    const air_json_node_t  *list, *node, *functions, *f;

    static const char *const  known[] = { "functionDeclarations", NULL };

    list = air_gemini_get(r->doc, root, "tools");
    msg->has_tools = list != NULL;
    rc = AIR_OK;

    for (node = air_gemini_first(r->doc, list);
         node != NULL && rc == AIR_OK;
         node = air_gemini_next(r->doc, list, node))
    {
        functions = air_gemini_get(r->doc, node, "functionDeclarations");

        for (f = air_gemini_first(r->doc, functions);
             f != NULL && rc == AIR_OK;
             f = air_gemini_next(r->doc, functions, f))
        {
            rc = air_gemini_read_function(r, f, msg);
        }

        extra = NULL;

        if (rc == AIR_OK) {
            rc = air_gemini_rest(r->doc, node, known, r->mem, &extra);
        }

        if (rc == AIR_OK) {
            rc = air_gemini_left(extra, r->mem, &left);
        }

        if (rc != AIR_OK || left.len == 0) {
            continue;
        }

        tool = air_msg_tool(msg, r->mem);

        if (tool == NULL) {
            return AIR_ENOMEM;
        }

        tool->raw = left;
        tool->issuer = AIR_GEMINI_WIRE;
    }

    return rc;
}


/* 1 when a word is that one in capitals or not. */
static int
air_gemini_word(const air_json_doc_t *doc, const air_json_node_t *node,
    const char *word)
{
    size_t     i;
    air_str_t  s;

    if (node == NULL || node->type != AIR_JSON_STRING) {
        return 0;
    }

    s = air_json_raw(doc, node);

    for (i = 0; i < s.len; i++) {
        if (word[i] == '\0' || (s.data[i] | 0x20) != (word[i] | 0x20)) {
            return 0;
        }
    }

    return word[i] == '\0';
}


static int
air_gemini_read_choice(air_gemini_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    int                     rc;
    air_str_t               left;
    air_extra_t            *extra;
    air_tool_choice_t      *c;
    const air_json_node_t  *config, *node, *mode, *names;

    static const char *const  known[] = { "functionCallingConfig", NULL };

    config = air_gemini_get(r->doc, root, "toolConfig");
    extra = NULL;

    rc = air_gemini_rest(r->doc, config, known, r->mem, &extra);

    if (rc == AIR_OK) {
        rc = air_gemini_left(extra, r->mem, &left);
    }

    if (rc == AIR_OK && left.len != 0
        && air_msg_extra(&msg->extra, r->mem, air_str_z("toolConfig"), left)
           == NULL)
    {
        return AIR_ENOMEM;
    }

    node = air_gemini_get(r->doc, config, "functionCallingConfig");

    if (rc != AIR_OK || node == NULL || node->type != AIR_JSON_OBJECT) {
        return rc;
    }

    c = &msg->tool_choice;
    mode = air_gemini_get(r->doc, node, "mode");
    names = air_gemini_get(r->doc, node, "allowedFunctionNames");

    c->how = AIR_CHOOSE_RAW;
    c->raw = air_json_raw(r->doc, node);

    if (node->count == 1) {
        c->how = air_gemini_word(r->doc, mode, "AUTO") ? AIR_CHOOSE_AUTO
                 : air_gemini_word(r->doc, mode, "ANY") ? AIR_CHOOSE_ANY
                 : air_gemini_word(r->doc, mode, "NONE") ? AIR_CHOOSE_NONE
                                                         : AIR_CHOOSE_RAW;

    } else if (node->count == 2 && names != NULL
               && names->type == AIR_JSON_ARRAY && names->count == 1
               && air_gemini_word(r->doc, mode, "ANY")
               && air_json_first(r->doc, names)->type == AIR_JSON_STRING)
    {
        c->how = AIR_CHOOSE_ONE;
        rc = air_json_string(r->doc, air_json_first(r->doc, names), r->mem,
                             &c->name);
    }

    return rc;
}


/* -------------------------------------------------------------- settings */


static int
air_gemini_read_numbers(air_gemini_read_t *r, const air_json_node_t *config,
    air_msg_request_t *msg)
{
    unsigned                i;
    const air_json_node_t  *node;

    struct {
        const char  *name;
        air_str_t   *out;
    }  numbers[] = {
        { "temperature", &msg->temperature },
        { "topP", &msg->top_p },
        { "topK", &msg->top_k },
        { "seed", &msg->seed },
        { "presencePenalty", &msg->presence_penalty },
        { "frequencyPenalty", &msg->frequency_penalty }
    };

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {

        node = air_gemini_get(r->doc, config, numbers[i].name);

        if (node == NULL) {
            continue;
        }

        if (node->type != AIR_JSON_NUMBER) {
            return air_gemini_say(r->mem, r->error, "Invalid value at "
                                  "'generation_config'");
        }

        *numbers[i].out = air_json_raw(r->doc, node);
    }

    msg->has_max_output = air_gemini_count(r->doc, config, "maxOutputTokens",
                                           NULL, &msg->max_output) != 0;
    msg->has_choices = air_gemini_count(r->doc, config, "candidateCount",
                                        NULL, &msg->choices) != 0;
    msg->has_top_logprobs = air_gemini_count(r->doc, config, "logprobs",
                                             NULL, &msg->top_logprobs) != 0;
    msg->logprobs = air_gemini_switch(r->doc, config, "responseLogprobs");

    return AIR_OK;
}


static int
air_gemini_read_format(air_gemini_read_t *r, const air_json_node_t *config,
    air_msg_request_t *msg)
{
    air_format_t           *f;
    const air_json_node_t  *type, *json, *schema;

    f = &msg->format;
    type = air_gemini_get(r->doc, config, "responseMimeType");
    json = air_gemini_get(r->doc, config, "responseJsonSchema");
    schema = air_gemini_get(r->doc, config, "responseSchema");

    if (type != NULL && !air_json_is(r->doc, type, "application/json")
        && !air_json_is(r->doc, type, "text/plain"))
    {
        /* text/x.enum: kept as the object it would have been */

        f->how = AIR_FORMAT_RAW;
        f->raw = air_json_quoted(r->doc, type);

        if (schema != NULL) {
            f->schema = air_json_quoted(r->doc, schema);
        }

        return AIR_OK;
    }

    f->how = air_json_is(r->doc, type, "application/json") ? AIR_FORMAT_JSON
             : type != NULL ? AIR_FORMAT_TEXT : AIR_FORMAT_UNSET;

    if (json != NULL) {
        f->how = AIR_FORMAT_SCHEMA;
        f->schema = air_json_quoted(r->doc, json);

    } else if (schema != NULL) {
        f->how = AIR_FORMAT_SCHEMA;
        f->raw = air_json_quoted(r->doc, schema);

        return air_gemini_schema_read(r->doc, schema, r->mem, &f->schema);
    }

    return AIR_OK;
}


static int
air_gemini_read_thinking(air_gemini_read_t *r, const air_json_node_t *config,
    air_msg_request_t *msg)
{
    int                     rc;
    size_t                  i;
    air_switch_e            shown;
    unsigned char          *word;
    air_reasoning_t        *t;
    const air_json_node_t  *node;

    t = &msg->reasoning;
    node = air_gemini_get(r->doc, config, "thinkingConfig");

    if (node == NULL) {
        return AIR_OK;
    }

    shown = air_gemini_switch(r->doc, node, "includeThoughts");
    t->exclude = shown == AIR_ON ? AIR_OFF : shown == AIR_OFF ? AIR_ON
                                                              : AIR_UNSET;
    t->has_budget = air_gemini_count(r->doc, node, "thinkingBudget", NULL,
                                     &t->budget) != 0;

    if (!t->has_budget
        && air_gemini_get(r->doc, node, "thinkingBudget") != NULL)
    {
        /* -1: as much as it likes */
        t->enabled = AIR_ON;
    }

    rc = air_gemini_take(r->doc, node, "thinkingLevel", r->mem, &t->effort);

    if (rc != AIR_OK || t->effort.len == 0) {
        return rc;
    }

    word = air_mem_get(r->mem, t->effort.len);

    if (word == NULL) {
        return AIR_ENOMEM;
    }

    for (i = 0; i < t->effort.len; i++) {
        word[i] = t->effort.data[i];
        word[i] |= word[i] >= 'A' && word[i] <= 'Z' ? 0x20 : 0;
    }

    t->effort.data = word;

    return AIR_OK;
}


static int
air_gemini_read_stop(air_gemini_read_t *r, const air_json_node_t *config,
    air_msg_request_t *msg)
{
    int                     rc;
    air_item_t             *item, *last;
    const air_json_node_t  *list, *node;

    list = air_gemini_get(r->doc, config, "stopSequences");
    msg->has_stop = list != NULL;
    last = NULL;

    for (node = air_gemini_first(r->doc, list);
         node != NULL;
         node = air_gemini_next(r->doc, list, node))
    {
        item = air_msg_item(&msg->stop, &last, r->mem);

        if (item == NULL) {
            return AIR_ENOMEM;
        }

        rc = air_json_string(r->doc, node, r->mem, &item->text);

        if (rc != AIR_OK) {
            return rc == AIR_ENOMEM ? rc
                   : air_gemini_say(r->mem, r->error, "Invalid value at "
                                    "'generation_config.stop_sequences'");
        }
    }

    return AIR_OK;
}


static int
air_gemini_read_config(air_gemini_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    int                     rc;
    air_str_t               left;
    air_extra_t            *extra;
    const air_json_node_t  *config;

    static const char *const  known[] = {
        "temperature", "topP", "topK", "seed", "presencePenalty",
        "frequencyPenalty", "maxOutputTokens", "candidateCount", "logprobs",
        "responseLogprobs", "responseMimeType", "responseSchema",
        "responseJsonSchema", "thinkingConfig", "stopSequences", NULL
    };

    config = air_gemini_get(r->doc, root, "generationConfig");
    extra = NULL;

    rc = air_gemini_read_numbers(r, config, msg);

    if (rc == AIR_OK) {
        rc = air_gemini_read_format(r, config, msg);
    }

    if (rc == AIR_OK) {
        rc = air_gemini_read_thinking(r, config, msg);
    }

    if (rc == AIR_OK) {
        rc = air_gemini_read_stop(r, config, msg);
    }

    if (rc == AIR_OK) {
        rc = air_gemini_rest(r->doc, config, known, r->mem, &extra);
    }

    if (rc == AIR_OK) {
        rc = air_gemini_left(extra, r->mem, &left);
    }

    if (rc == AIR_OK && left.len != 0
        && air_msg_extra(&msg->extra, r->mem, air_str_z("generationConfig"),
                         left)
           == NULL)
    {
        rc = AIR_ENOMEM;
    }

    return rc;
}


int
air_gemini_request_read(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_msg_request_t *msg, air_error_t *error)
{
    int                     rc;
    air_request_t           rq;
    air_gemini_read_t       r;
    const air_json_node_t  *root;

    static const char *const  known[] = {
        "model", "contents", "systemInstruction", "tools", "toolConfig",
        "generationConfig", "serviceTier", "generateContentRequest", NULL
    };

    air_msg_request_init(msg, AIR_GEMINI_WIRE, op);

    rc = air_gemini_request_check(op, doc, mem, &rq, error);

    if (rc != AIR_OK) {
        return rc;
    }

    memset(&r, 0, sizeof(air_gemini_read_t));

    r.doc = doc;
    r.mem = mem;
    r.error = error;

    root = air_gemini_root(doc);
    msg->model = rq.model;

    if (op == AIR_OP_EMBEDDINGS) {
        return air_gemini_inputs_read(&r, root, msg);
    }

    rc = air_gemini_read_system(&r, root, msg);

    if (rc == AIR_OK) {
        rc = air_gemini_read_contents(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_gemini_read_tools(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_gemini_rest(doc, root, known, mem, &msg->extra);
    }

    if (rc == AIR_OK) {
        rc = air_gemini_read_choice(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_gemini_read_config(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_gemini_take(doc, root, "serviceTier", mem,
                             &msg->service_tier);
    }

    return rc;
}
