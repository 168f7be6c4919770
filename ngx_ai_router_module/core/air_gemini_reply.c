
/*
 * Whole replies of Gemini's wire to the neutral reply and back; the answer of
 * countTokens too, which is one number.
 *
 * A prompt that was blocked has no candidates: it becomes an answer that says
 * nothing, for the reason the vendor gives.
 */

#include "air_gemini.h"


/* what one reply can cite */
#define AIR_GEMINI_CITES  256


static const struct {
    const char    *name;
    air_finish_e   finish;
}  air_gemini_reasons[] = {
    { "STOP", AIR_FINISH_STOP },
    { "MAX_TOKENS", AIR_FINISH_LENGTH },
    { "SAFETY", AIR_FINISH_CONTENT_FILTER },
    { "RECITATION", AIR_FINISH_CONTENT_FILTER },
    { "LANGUAGE", AIR_FINISH_CONTENT_FILTER },
    { "BLOCKLIST", AIR_FINISH_CONTENT_FILTER },
    { "PROHIBITED_CONTENT", AIR_FINISH_CONTENT_FILTER },
    { "SPII", AIR_FINISH_CONTENT_FILTER },
    { "MODEL_ARMOR", AIR_FINISH_CONTENT_FILTER },
    { "JAILBREAK", AIR_FINISH_CONTENT_FILTER },
    { "IMAGE_SAFETY", AIR_FINISH_CONTENT_FILTER },
    { "IMAGE_PROHIBITED_CONTENT", AIR_FINISH_CONTENT_FILTER },
    { "IMAGE_RECITATION", AIR_FINISH_CONTENT_FILTER },
    { "MALFORMED_FUNCTION_CALL", AIR_FINISH_ERROR },
    { "UNEXPECTED_TOOL_CALL", AIR_FINISH_ERROR },
    { "TOO_MANY_TOOL_CALLS", AIR_FINISH_ERROR },
    { "MISSING_THOUGHT_SIGNATURE", AIR_FINISH_ERROR },
    { "MALFORMED_RESPONSE", AIR_FINISH_ERROR }
};

#define AIR_GEMINI_NREASONS                                                   \
    (sizeof(air_gemini_reasons) / sizeof(air_gemini_reasons[0]))


air_finish_e
air_gemini_finish(const air_json_doc_t *doc, const air_json_node_t *node,
    int calls)
{
    unsigned      i;
    air_finish_e  finish;

    if (node == NULL || node->type != AIR_JSON_STRING
        || node->end == node->start)
    {
        return AIR_FINISH_NONE;
    }

    finish = AIR_FINISH_OTHER;

    for (i = 0; i < AIR_GEMINI_NREASONS; i++) {
        if (air_json_is(doc, node, air_gemini_reasons[i].name)) {
            finish = air_gemini_reasons[i].finish;
        }
    }

    /*
     * Calls end with STOP here; and a call of a function that nobody
     * declared is one all the same, which the caller can answer.
     */

    if (calls && (finish == AIR_FINISH_STOP
                  || air_json_is(doc, node, "UNEXPECTED_TOOL_CALL")))
    {
        return AIR_FINISH_TOOL_CALLS;
    }

    return finish;
}


const char *
air_gemini_reason(air_finish_e finish)
{
    unsigned  i;

    finish = air_finish_plain(finish);

    if (finish == AIR_FINISH_NONE || finish == AIR_FINISH_TOOL_CALLS) {
        return "STOP";
    }

    for (i = 0; i < AIR_GEMINI_NREASONS; i++) {
        if (air_gemini_reasons[i].finish == finish) {
            return air_gemini_reasons[i].name;
        }
    }

    return "OTHER";
}


const air_json_node_t *
air_gemini_blocked(const air_json_doc_t *doc, const air_json_node_t *root)
{
    const air_json_node_t  *node, *list;

    node = air_gemini_get(doc, air_gemini_get(doc, root, "promptFeedback"),
                          "blockReason");
    list = air_gemini_get(doc, root, "candidates");

    if (node == NULL || node->type != AIR_JSON_STRING
        || node->start == node->end
        || (list != NULL && list->type == AIR_JSON_ARRAY && list->count != 0))
    {
        return NULL;
    }

    return node;
}


/* ------------------------------------------------------------- citations */


static int
air_gemini_cite_at(const air_gemini_read_t *r, const air_json_node_t *at,
    air_citation_t *c)
{
    int  rc;

    (void) air_gemini_count(r->doc, at, "startIndex", NULL, &c->start);
    (void) air_gemini_count(r->doc, at, "endIndex", NULL, &c->end);

    rc = air_gemini_take(r->doc, at, "text", r->mem, &c->text);

    if (rc == AIR_OK) {
        rc = air_gemini_take(r->doc, at, "uri", r->mem, &c->url);
    }

    if (rc == AIR_OK) {
        rc = air_gemini_take(r->doc, at, "title", r->mem, &c->title);
    }

    return rc;
}


/* A chunk of what was found: web, retrievedContext or maps. */
static int
air_gemini_cite_chunk(const air_gemini_read_t *r,
    const air_json_node_t *chunk, const air_json_node_t *segment,
    air_citation_t **first, air_citation_t **last, unsigned *n)
{
    int                     rc;
    unsigned                i;
    air_str_t               url;
    air_citation_t         *c;
    const air_json_node_t  *from;

    static const char *const  kinds[] = { "web", "retrievedContext", "maps" };

    from = NULL;

    for (i = 0; i < 3 && from == NULL; i++) {
        from = air_gemini_get(r->doc, chunk, kinds[i]);
    }

    url = air_str_n(NULL, 0);
    rc = air_gemini_take(r->doc, from, "uri", r->mem, &url);

    if (rc != AIR_OK || url.len == 0 || *n == AIR_GEMINI_CITES) {
        return rc;
    }

    c = air_msg_citation(first, last, r->mem);

    if (c == NULL) {
        return AIR_ENOMEM;
    }

    (*n)++;

    if (segment != NULL) {
        rc = air_gemini_cite_at(r, segment, c);
    }

    c->url = url;
    c->raw = air_json_raw(r->doc, chunk);
    c->issuer = AIR_GEMINI_WIRE;

    return rc == AIR_OK ? air_gemini_take(r->doc, from, "title", r->mem,
                                          &c->title) : rc;
}


/* The i-th chunk; lists are short, and what is cited is bounded. */
static const air_json_node_t *
air_gemini_nth(const air_json_doc_t *doc, const air_json_node_t *list,
    uint64_t i)
{
    const air_json_node_t  *node;

    if (list == NULL || list->type != AIR_JSON_ARRAY || i >= list->count
        || i > AIR_GEMINI_CITES)
    {
        return NULL;
    }

    for (node = air_json_first(doc, list);
         node != NULL && i != 0;
         node = air_json_next(doc, node))
    {
        i--;
    }

    return node;
}


static int
air_gemini_cite_grounds(const air_gemini_read_t *r,
    const air_json_node_t *grounds, air_citation_t **first,
    air_citation_t **last, unsigned *n)
{
    int                     rc;
    uint64_t                i;
    const air_json_node_t  *chunks, *list, *node, *index, *segment, *el;

    rc = AIR_OK;
    chunks = air_gemini_get(r->doc, grounds, "groundingChunks");
    list = air_gemini_get(r->doc, grounds, "groundingSupports");

    if (list == NULL || list->type != AIR_JSON_ARRAY || list->count == 0) {

        /* nobody says what is from where */

        for (node = air_gemini_first(r->doc, chunks);
             node != NULL && rc == AIR_OK && *n < AIR_GEMINI_CITES;
             node = air_gemini_next(r->doc, chunks, node))
        {
            rc = air_gemini_cite_chunk(r, node, NULL, first, last, n);
        }

        return rc;
    }

    for (node = air_json_first(r->doc, list);
         node != NULL && rc == AIR_OK && *n < AIR_GEMINI_CITES;
         node = air_json_next(r->doc, node))
    {
        segment = air_gemini_get(r->doc, node, "segment");
        index = air_gemini_get(r->doc, node, "groundingChunkIndices");

        for (el = air_gemini_first(r->doc, index);
             el != NULL && rc == AIR_OK && *n < AIR_GEMINI_CITES;
             el = air_gemini_next(r->doc, index, el))
        {
            if (air_json_uint(r->doc, el, &i) == AIR_OK) {
                rc = air_gemini_cite_chunk(r, air_gemini_nth(r->doc, chunks,
                                                             i),
                                           segment, first, last, n);
            }
        }
    }

    return rc;
}


int
air_gemini_cites(const air_gemini_read_t *r, const air_json_node_t *candidate,
    air_citation_t **first)
{
    int                     rc;
    unsigned                n;
    air_citation_t         *c, *last;
    const air_json_node_t  *meta, *list, *node;

    n = 0;
    last = NULL;
    *first = NULL;

    rc = air_gemini_cite_grounds(r, air_gemini_get(r->doc, candidate,
                                                   "groundingMetadata"),
                                 first, &last, &n);

    meta = air_gemini_get(r->doc, candidate, "citationMetadata");
    list = air_gemini_get(r->doc, meta, "citationSources");

    if (list == NULL) {
        list = air_gemini_get(r->doc, meta, "citations");
    }

    for (node = air_gemini_first(r->doc, list);
         node != NULL && rc == AIR_OK && n < AIR_GEMINI_CITES;
         node = air_gemini_next(r->doc, list, node))
    {
        if (air_gemini_get(r->doc, node, "uri") == NULL) {
            continue;
        }

        c = air_msg_citation(first, &last, r->mem);

        if (c == NULL) {
            return AIR_ENOMEM;
        }

        n++;
        c->raw = air_json_raw(r->doc, node);
        c->issuer = AIR_GEMINI_WIRE;

        rc = air_gemini_cite_at(r, node, c);
    }

    return rc;
}


/* -------------------------------------------------------------- logprobs */


/* {"token":...,"logprob":...} as OpenAI's wire and others spell it. */
static void
air_gemini_token(const air_json_doc_t *doc, const air_json_node_t *token,
    air_buf_t *b)
{
    const air_json_node_t  *node;

    node = air_gemini_get(doc, token, "token");

    air_buf_z(b, "{\"token\":");
    air_buf_str(b, node != NULL && node->type == AIR_JSON_STRING
                   ? air_json_quoted(doc, node) : air_str_z("\"\""));

    node = air_gemini_get(doc, token, "logProbability");

    air_buf_z(b, ",\"logprob\":");
    air_buf_str(b, node != NULL && node->type == AIR_JSON_NUMBER
                   ? air_json_raw(doc, node) : air_str_z("0"));
    air_buf_z(b, ",\"bytes\":null");
}


int
air_gemini_tokens(const air_json_doc_t *doc, const air_json_node_t *candidate,
    air_buf_t *b)
{
    unsigned                n, k;
    const air_json_node_t  *result, *list, *tops, *node, *top, *each, *el;

    result = air_gemini_get(doc, candidate, "logprobsResult");
    list = air_gemini_get(doc, result, "chosenCandidates");
    tops = air_gemini_get(doc, result, "topCandidates");

    if (list == NULL || list->type != AIR_JSON_ARRAY || list->count == 0) {
        return AIR_OK;
    }

    n = 0;
    top = air_gemini_first(doc, tops);

    for (node = air_json_first(doc, list);
         node != NULL;
         node = air_json_next(doc, node))
    {
        air_buf_z(b, n++ ? "," : "[");
        air_gemini_token(doc, node, b);
        air_buf_z(b, ",\"top_logprobs\":[");

        k = 0;

        each = air_gemini_get(doc, top, "candidates");

        for (el = air_gemini_first(doc, each);
             el != NULL;
             el = air_gemini_next(doc, each, el))
        {
            air_buf_z(b, k++ ? "," : "");
            air_gemini_token(doc, el, b);
            air_buf_z(b, "}");
        }

        air_buf_z(b, "]}");

        if (top != NULL) {
            top = air_gemini_next(doc, tops, top);
        }
    }

    air_buf_z(b, "]");

    return b->error;
}


/* --------------------------------------------------------------- reading */


static int
air_gemini_empty(air_error_t *error)
{
    error->fault = AIR_FAULT_EMPTY_COMPLETION;
    error->status = 200;
    error->message = air_str_z(air_fault_row(error->fault)->message);

    return AIR_EINVAL;
}


static int
air_gemini_read_candidate(air_gemini_read_t *r, const air_json_node_t *node,
    air_msg_reply_t *msg)
{
    int                     rc;
    uint64_t                index;
    unsigned                before;
    air_buf_t               b;
    air_part_t             *p, *text;
    air_citation_t         *cites;
    air_msg_choice_t       *choice;
    const air_json_node_t  *content, *list, *el;

    static const char *const  known[] = {
        "content", "finishReason", "index", NULL
    };

    index = 0;
    (void) air_gemini_count(r->doc, node, "index", NULL, &index);

    choice = air_msg_choice(msg, r->mem, (uint32_t) index);

    if (choice == NULL) {
        return AIR_ENOMEM;
    }

    rc = AIR_OK;
    cites = NULL;
    before = r->ncalls;
    content = air_gemini_get(r->doc, node, "content");
    list = air_gemini_get(r->doc, content, "parts");

    for (el = air_gemini_first(r->doc, list);
         el != NULL && rc == AIR_OK;
         el = air_gemini_next(r->doc, list, el))
    {
        rc = air_gemini_part(r, el, &choice->parts, &choice->last);
    }

    if (rc == AIR_OK) {
        rc = air_gemini_take(r->doc, node, "finishReason", r->mem,
                             &choice->native);
    }

    if (rc == AIR_OK) {
        rc = air_gemini_cites(r, node, &cites);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    choice->finish = air_gemini_finish(r->doc,
                                       air_gemini_get(r->doc, node,
                                                      "finishReason"),
                                       r->ncalls != before);
    text = NULL;

    for (p = choice->parts; p != NULL; p = p->next) {
        if (p->type == AIR_PART_TEXT) {
            text = p;
        }
    }

    if (text != NULL) {
        text->citations = cites;
    }

    air_buf_init(&b, r->mem, SIZE_MAX / 2);
    rc = air_gemini_tokens(r->doc, node, &b);

    choice->tokens = air_buf_view(&b);
    air_gemini_searches(r->doc, node, msg->model, &msg->usage);

    return rc == AIR_OK ? air_gemini_rest(r->doc, node, known, r->mem,
                                          &choice->extra) : rc;
}


/* countTokens: a number, and nothing was made. */
static int
air_gemini_read_count(const air_json_doc_t *doc, air_msg_reply_t *msg,
    air_error_t *error)
{
    if (!air_gemini_count(doc, air_json_root(doc), "totalTokens", NULL,
                          &msg->usage.n[AIR_IN]))
    {
        return air_gemini_empty(error);
    }

    msg->usage.seen = 1;

    return AIR_OK;
}


static int
air_gemini_read_blocked(air_gemini_read_t *r, const air_json_node_t *reason,
    air_msg_reply_t *msg)
{
    air_msg_choice_t  *choice;

    choice = air_msg_choice(msg, r->mem, 0);

    if (choice == NULL) {
        return AIR_ENOMEM;
    }

    choice->finish = AIR_FINISH_CONTENT_FILTER;

    return air_json_string(r->doc, reason, r->mem, &choice->native);
}


int
air_gemini_reply_read(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, const air_mem_t *mem, air_msg_reply_t *msg,
    air_error_t *error)
{
    int                     rc;
    air_gemini_read_t       r;
    const air_json_node_t  *root, *list, *node, *blocked;

    static const char *const  known[] = {
        "candidates", "modelVersion", "responseId", NULL
    };

    (void) profile;               /* one wire, one way to count */

    air_msg_reply_init(msg, AIR_GEMINI_WIRE, op);
    memset(error, 0, sizeof(air_error_t));

    if (air_fault_classify(200, doc, mem, error) != AIR_FAULT_NONE) {
        return AIR_EINVAL;
    }

    root = air_json_root(doc);

    if (op == AIR_OP_COUNT_TOKENS) {
        return air_gemini_read_count(doc, msg, error);
    }

    if (op == AIR_OP_EMBEDDINGS) {
        rc = air_gemini_vectors_read(doc, mem, msg);
        return rc == AIR_EINVAL ? air_gemini_empty(error) : rc;
    }

    list = air_gemini_get(doc, root, "candidates");
    blocked = air_gemini_blocked(doc, root);

    if (blocked == NULL
        && (list == NULL || list->type != AIR_JSON_ARRAY || list->count == 0))
    {
        return air_gemini_empty(error);
    }

    rc = air_gemini_take(doc, root, "responseId", mem, &msg->id);

    if (rc == AIR_OK) {
        rc = air_gemini_take(doc, root, "modelVersion", mem, &msg->model);
    }

    memset(&r, 0, sizeof(air_gemini_read_t));

    r.doc = doc;
    r.mem = mem;
    r.seed = air_gemini_hash(0, msg->id);

    if (rc == AIR_OK && blocked != NULL) {
        rc = air_gemini_read_blocked(&r, blocked, msg);
    }

    for (node = air_gemini_first(doc, list);
         node != NULL && rc == AIR_OK;
         node = air_gemini_next(doc, list, node))
    {
        rc = air_gemini_read_candidate(&r, node, msg);
    }

    node = air_gemini_get(doc, root, "usageMetadata");
    (void) air_gemini_usage(doc, node, &msg->usage);

    if (rc == AIR_OK) {
        rc = air_gemini_take(doc, node, "serviceTier", mem,
                             &msg->service_tier);
    }

    return rc == AIR_OK ? air_gemini_rest(doc, root, known, mem, &msg->extra)
                        : rc;
}


/* --------------------------------------------------------------- writing */


static void
air_gemini_write_candidate(const air_msg_reply_t *msg,
    const air_msg_choice_t *c, air_buf_t *b)
{
    unsigned            n, members;
    air_gemini_write_t  w;

    static const char *const  none[] = { NULL };

    memset(&w, 0, sizeof(air_gemini_write_t));

    w.b = b;
    w.reply = 1;
    w.assistant = 1;
    w.own = air_msg_issued(msg->wire, AIR_GEMINI_WIRE);

    n = 0;
    members = 3;

    air_buf_z(b, "{\"content\":{\"parts\":[");
    air_gemini_parts_write(&w, c->parts, &n);
    air_gemini_parts_end(&w, &n);
    air_buf_z(b, "],\"role\":\"model\"}");

    if (c->native.len != 0 && w.own) {
        air_buf_z(b, ",\"finishReason\":");
        air_buf_json(b, c->native);

    } else if (!w.own) {
        air_buf_z(b, ",\"finishReason\":");
        air_buf_json(b, air_str_z(air_gemini_reason(c->finish)));
    }

    air_buf_z(b, ",\"index\":");
    air_buf_uint(b, c->index);

    if (w.own) {
        air_gemini_extra_write(c->extra, none, &members, b);
    }

    air_buf_z(b, "}");
}


int
air_gemini_reply_write(const air_msg_reply_t *msg, air_buf_t *b)
{
    int                      own;
    unsigned                 n;
    const air_msg_choice_t  *c;

    static const char *const  none[] = { NULL };

    own = air_msg_issued(msg->wire, AIR_GEMINI_WIRE);

    if (msg->op == AIR_OP_COUNT_TOKENS) {
        air_buf_z(b, "{\"totalTokens\":");
        air_buf_uint(b, air_usage_input(&msg->usage));
        air_buf_z(b, "}");

        return b->error;
    }

    if (msg->op == AIR_OP_EMBEDDINGS) {
        air_gemini_vectors_write(msg, b);
        return b->error;
    }

    air_buf_z(b, "{\"candidates\":[");

    for (c = msg->choices; c != NULL; c = c->next) {
        air_buf_z(b, c == msg->choices ? "" : ",");
        air_gemini_write_candidate(msg, c, b);
    }

    air_buf_z(b, "],\"modelVersion\":");
    air_buf_json(b, msg->model);
    air_buf_z(b, ",\"responseId\":");
    air_buf_json(b, msg->id);

    if (own) {
        n = 1;
        air_gemini_extra_write(msg->extra, none, &n, b);

    } else {
        air_buf_z(b, ",");
        air_gemini_usage_write(&msg->usage, b);
    }

    air_buf_z(b, "}");

    return b->error;
}
