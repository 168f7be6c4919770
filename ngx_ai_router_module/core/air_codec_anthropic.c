
/*
 * Anthropic Messages: the table, the edit of the relay, the noting of
 * replies and stream events, and errors.  The check of requests, usage and
 * the crossing stand in air_anthropic_*.c.
 *
 * platform.claude.com/docs, Messages and count_tokens reference, streaming
 * messages, errors, read 2026-11-22; quirks from recorded replies.
 *
 * The noting is on the path of every event: one scan, no allocation, texts
 * copied into the note and cut to its room.
 */

#include "air_anthropic.h"


#define AIR_ANTHROPIC_THINKING  1024      /* tokens, the fewest             */


enum {
    AIR_ANTHROPIC_EDIT_MODEL = 0,
    AIR_ANTHROPIC_EDIT_FALLBACKS, /* models[] in another shape              */
    AIR_ANTHROPIC_EDIT_ROUTER,    /* from here on AIR_RELAY_ROUTER          */
    AIR_ANTHROPIC_EDIT_N = AIR_ANTHROPIC_EDIT_ROUTER + AIR_RELAY_NROUTER
};

static const air_str_t  air_anthropic_edited[AIR_ANTHROPIC_EDIT_N] = {
    air_str("model"), air_str("fallbacks"), AIR_RELAY_ROUTER
};


/*
 * No more than the operator allows.  Thinking has to leave room for an answer
 * (Messages API, extended thinking, 2026-11: budget_tokens from 1,024, below
 * max_tokens).
 */
static int
air_anthropic_edit_cap(const air_request_t *rq, const air_json_doc_t *doc,
    const air_mem_t *mem, air_edits_t *edits)
{
    int                     rc;
    uint64_t                n;
    air_request_t           room;
    const air_json_node_t  *root, *node;

    root = air_json_root(doc);

    rc = air_relay_lower(rq, doc, air_json_get(doc, root, "max_tokens"), mem,
                         edits);
    if (rc < 0) {
        return rc;
    }

    node = air_json_get(doc, root, "thinking");

    if (node == NULL || node->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    node = air_json_get(doc, node, "budget_tokens");

    if (node == NULL || air_json_uint(doc, node, &n) != AIR_OK || n < rq->cap
        || rq->cap <= AIR_ANTHROPIC_THINKING)
    {
        return AIR_OK;
    }

    room = *rq;
    room.cap = rq->cap / 2 > AIR_ANTHROPIC_THINKING ? rq->cap / 2
                                                    : AIR_ANTHROPIC_THINKING;

    rc = air_relay_lower(&room, doc, node, mem, edits);

    return rc < 0 ? rc : AIR_OK;
}


/* The model, and what only routers know: all else is between caller and
   vendor. */
static int
air_anthropic_request_edits(const air_request_t *rq,
    const air_json_doc_t *doc, const air_target_t *target,
    const air_mem_t *mem, air_edits_t *edits, air_warnings_t *lost)
{
    int                     rc;
    air_buf_t               b;
    const air_json_node_t  *node, *found[AIR_ANTHROPIC_EDIT_N];

    air_json_pick(doc, air_json_root(doc), air_anthropic_edited,
                  AIR_ANTHROPIC_EDIT_N, found);

    node = found[AIR_ANTHROPIC_EDIT_MODEL];

    if (node == NULL || node->type != AIR_JSON_STRING) {
        return AIR_EINVAL;
    }

    if (target->model.len != 0 && !air_str_eq(rq->model, target->model)) {

        air_buf_init(&b, mem, 6 * target->model.len + 16);
        air_buf_json(&b, target->model);

        if (b.error != AIR_OK) {
            return b.error;
        }

        rc = air_edits_add(edits, node->start - 1, node->end + 1,
                           air_buf_view(&b));

        if (rc != AIR_OK) {
            return rc;
        }
    }

    if (rq->cap != 0 && rq->op == AIR_OP_MESSAGES) {
        rc = air_anthropic_edit_cap(rq, doc, mem, edits);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    if (found[AIR_ANTHROPIC_EDIT_FALLBACKS] != NULL) {
        rc = air_edits_remove(edits, doc, air_json_root(doc),
                              found[AIR_ANTHROPIC_EDIT_FALLBACKS]);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    rc = air_relay_router(rq, &found[AIR_ANTHROPIC_EDIT_ROUTER], doc, target,
                          edits, lost);

    return rc == AIR_OK ? air_relay_refused(doc, target, edits, lost) : rc;
}


/* ------------------------------------------------------------- noting */


/*
 * A content block, whole or as it begins, or a delta: 1 when it holds
 * something a user would see or run.  A signature alone is neither.
 */
static int
air_anthropic_note_block(const air_json_doc_t *doc,
    const air_json_node_t *block, air_note_t *note)
{
    int                     seen;
    air_str_t               s;
    const air_json_node_t  *type, *input;

    type = air_json_get(doc, block, "type");

    if (air_json_is(doc, type, "text") || air_json_is(doc, type, "text_delta"))
    {
        return air_note_visible(doc, block, "text", note);
    }

    if (air_json_is(doc, type, "input_json_delta")) {
        return air_note_visible(doc, block, "partial_json", note);
    }

    if (air_json_is(doc, type, "thinking")
        || air_json_is(doc, type, "thinking_delta"))
    {
        return air_note_visible(doc, block, "thinking", note);
    }

    if (air_json_is(doc, type, "signature_delta")
        || air_json_is(doc, type, "citations_delta"))
    {
        return 0;
    }

    if (air_json_is(doc, type, "redacted_thinking")) {
        return air_json_filled(doc, block, "data") != NULL;
    }

    seen = air_note_visible(doc, block, "name", note);
    input = air_json_given(doc, block, "input");

    if (input != NULL && input->type == AIR_JSON_OBJECT && input->count) {
        s = air_json_raw(doc, input);
        air_estimate_add(&note->visible, s);
        seen = 1;
    }

    /* tools that the vendor runs, their results, what comes next */

    return seen || type != NULL;
}


/* The message of a reply or of message_start. */
static void
air_anthropic_note_message(const air_json_doc_t *doc,
    const air_json_node_t *m, air_note_t *note)
{
    const air_json_node_t  *node;

    node = air_json_filled(doc, m, "id");

    if (node != NULL && note->id_len == 0) {
        note->id_len = (uint8_t) air_note_copy(doc, node, note->id,
                                               sizeof(note->id));
    }

    node = air_json_filled(doc, m, "model");

    if (node != NULL && note->model_len == 0) {
        note->model_len = (uint8_t) air_note_copy(doc, node, note->model,
                                                  sizeof(note->model));
    }

    node = air_json_get(doc, m, "content");

    if (node == NULL || node->type != AIR_JSON_ARRAY) {
        return;
    }

    note->what |= AIR_NOTE_CHOICES;

    for (node = air_json_first(doc, node);
         node != NULL;
         node = air_json_next(doc, node))
    {
        if (node->type == AIR_JSON_OBJECT
            && air_anthropic_note_block(doc, node, note))
        {
            note->what |= AIR_NOTE_CONTENT;
        }
    }
}


/* stop_reason of a reply or of message_delta's delta. */
static void
air_anthropic_note_stop(const air_json_doc_t *doc, const air_json_node_t *m,
    air_note_t *note)
{
    const air_json_node_t  *node;

    node = air_json_filled(doc, m, "stop_reason");

    if (node == NULL) {
        return;
    }

    note->what |= AIR_NOTE_FINISH;
    note->finish = air_finish_plain(air_anthropic_finish(doc, node));
    note->native_len = (uint8_t) air_note_copy(doc, node, note->native,
                                               sizeof(note->native));
}


static void
air_anthropic_note_usage(const air_json_doc_t *doc, const air_json_node_t *m,
    int last, air_note_t *note)
{
    if (air_anthropic_usage(doc, air_json_given(doc, m, "usage"),
                            &note->usage))
    {
        note->what |= AIR_NOTE_USAGE;
        note->usage.estimated = !last;
    }
}


static void
air_anthropic_reply_note(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, air_note_t *note)
{
    const air_json_node_t  *root;

    (void) profile;               /* one wire, one way to count */

    note->what = 0;
    root = air_json_root(doc);

    if (root != NULL && !air_note_error(doc, 200, note)) {

        if (op == AIR_OP_COUNT_TOKENS) {

            /* an answer that costs nothing */

            if (air_json_given(doc, root, "input_tokens") != NULL) {
                note->what = AIR_NOTE_CHOICES|AIR_NOTE_CONTENT|AIR_NOTE_USAGE;
                note->usage.seen = 1;
            }

        } else {
            air_anthropic_note_message(doc, root, note);
            air_anthropic_note_stop(doc, root, note);
            air_anthropic_note_usage(doc, root, 1, note);
        }
    }

    note->all |= note->what;
}


/* A piece of a block; the next one may well be the same but for its text. */
static void
air_anthropic_note_delta(const air_json_doc_t *doc,
    const air_json_node_t *delta, air_note_t *note)
{
    unsigned                i;
    const air_json_node_t  *type, *text;

    static const struct {
        const char  *type;
        const char  *name;
    }  texts[] = {
        { "text_delta", "text" },
        { "input_json_delta", "partial_json" },
        { "thinking_delta", "thinking" }
    };

    type = air_json_get(doc, delta, "type");

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {

        if (air_json_is(doc, type, texts[i].type)) {
            text = air_json_filled(doc, delta, texts[i].name);

            if (text != NULL && text->type == AIR_JSON_STRING) {
                air_note_pattern(doc, text, NULL, note);
            }

            return;
        }
    }
}


static void
air_anthropic_note_event(const air_json_doc_t *doc,
    const air_json_node_t *root, air_note_t *note)
{
    const air_json_node_t  *type, *node;

    type = air_json_get(doc, root, "type");

    if (air_json_is(doc, type, "content_block_delta")
        || air_json_is(doc, type, "content_block_start"))
    {
        node = air_json_given(doc, root, "delta");

        if (node == NULL) {
            node = air_json_given(doc, root, "content_block");
        }

        note->what |= AIR_NOTE_CHOICES;

        if (node != NULL && node->type == AIR_JSON_OBJECT
            && air_anthropic_note_block(doc, node, note))
        {
            note->what |= AIR_NOTE_CONTENT;
            air_anthropic_note_delta(doc, node, note);
        }

    } else if (air_json_is(doc, type, "message_start")) {
        node = air_json_given(doc, root, "message");

        note->what |= AIR_NOTE_CHOICES;
        air_anthropic_note_message(doc, node, note);
        air_anthropic_note_usage(doc, node, 0, note);

    } else if (air_json_is(doc, type, "message_delta")) {
        note->what |= AIR_NOTE_CHOICES;
        air_anthropic_note_stop(doc, air_json_given(doc, root, "delta"),
                                note);
        air_anthropic_note_usage(doc, root, 1, note);

    } else if (air_json_is(doc, type, "message_stop")) {
        note->what |= AIR_NOTE_DONE;

    } else if (air_json_is(doc, type, "ping")) {
        note->what |= AIR_NOTE_IGNORE;
    }
}


static int
air_anthropic_event_note(const air_sse_event_t *ev,
    const air_profile_t *profile, air_json_doc_t *doc, air_note_t *note)
{
    int                     rc, demanded;
    uint64_t                n;
    const air_json_node_t  *root;

    (void) profile;

    note->what = 0;

    if (!ev->has_data || ev->data.len == 0) {
        note->what = AIR_NOTE_IGNORE;
        note->all |= note->what;

        return AIR_OK;
    }

    demanded = air_str_eqz(ev->type, "error");

    if (demanded || !air_note_alike(ev->data, note)) {

        rc = air_json_scan(doc, ev->data, AIR_JSON_VENDOR, NULL);

        if (rc != AIR_OK) {
            return rc == AIR_ENOMEM ? rc : AIR_EINVAL;
        }

        root = air_json_root(doc);

        if (root->type != AIR_JSON_OBJECT) {
            return AIR_EINVAL;
        }

        if (!air_note_error(doc, 200, note)) {

            if (demanded) {
                (void) air_note_error(doc, 500, note);

            } else {
                air_anthropic_note_event(doc, root, note);
            }
        }
    }

    /*
     * Until message_delta tells, the output is what was seen to come: a
     * stream that is cut has an exact input and an estimated output.
     */

    if (note->usage.estimated) {
        n = air_estimate_tokens(&note->visible);

        if (n > note->usage.n[AIR_OUT]) {
            note->usage.n[AIR_OUT] = n;
        }
    }

    note->all |= note->what;

    return AIR_OK;
}


/* ------------------------------------------------------------- errors */


/* The wire's type of an error: its status decides, callers' words do not. */
static const char *
air_anthropic_error_type(const air_error_t *error)
{
    unsigned  i, status;

    static const struct {
        unsigned     status;
        const char  *type;
    }  types[] = {
        { 401, "authentication_error" },
        { 402, "billing_error" },
        { 403, "permission_error" },
        { 404, "not_found_error" },
        { 408, "timeout_error" },
        { 413, "request_too_large" },
        { 429, "rate_limit_error" },
        { 503, "overloaded_error" },
        { 504, "timeout_error" },
        { 529, "overloaded_error" }
    };

    status = error->status;

    if (status < 400 || status == 500) {
        /* in a stream: the fault knows more */
        status = air_fault_row(error->fault)->status;
    }

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].status == status) {
            return types[i].type;
        }
    }

    return status >= 400 && status < 500 ? "invalid_request_error"
                                         : "api_error";
}


/* "model: x" for the model that a message names between backticks. */
static int
air_anthropic_error_model(const air_error_t *error, air_buf_t *b)
{
    const unsigned char  *p, *last;

    if (error->status != 404 || !air_str_eqz(error->code, "model_not_found")
        || error->message.len == 0)
    {
        return 0;
    }

    p = memchr(error->message.data, '`', error->message.len);

    if (p == NULL) {
        return 0;
    }

    p++;
    last = memchr(p, '`', error->message.data + error->message.len - p);

    if (last == NULL) {
        return 0;
    }

    air_buf_json(b, air_str_z("model: "));
    air_buf_json_more(b, air_str_n(p, last - p));

    return 1;
}


void
air_anthropic_error_body(const air_error_t *error, air_str_t request_id,
    air_buf_t *b)
{
    air_buf_z(b, "{\"type\":\"error\",\"error\":{\"type\":\"");
    air_buf_z(b, air_anthropic_error_type(error));
    air_buf_z(b, "\",\"message\":");

    if (error->status == 401) {
        /* the same words whatever is wrong with a key */
        air_buf_z(b, "\"invalid x-api-key\"");

    } else if (!air_anthropic_error_model(error, b)) {
        air_buf_json(b, error->message);
    }

    if (error->availability.len != 0) {
        air_buf_z(b, ",\"availability\":");
        air_buf_str(b, error->availability);
    }

    if (error->metadata.len != 0) {
        air_buf_z(b, ",\"metadata\":");
        air_buf_str(b, error->metadata);
    }

    air_buf_z(b, "},\"request_id\":");

    if (request_id.len != 0) {
        air_buf_json(b, request_id);

    } else {
        air_buf_z(b, "null");
    }

    air_buf_z(b, "}");
}


static int
air_anthropic_error_write(const air_error_t *error, air_str_t request_id,
    air_buf_t *b)
{
    air_anthropic_error_body(error, request_id, b);

    return b->error;
}


static int
air_anthropic_error_event(const air_error_t *error, const air_note_t *note,
    air_str_t request_id, air_buf_t *b)
{
    (void) note;                  /* the event names no message */

    air_buf_z(b, "event: error\ndata: ");
    air_anthropic_error_body(error, request_id, b);
    air_buf_z(b, "\n\n");

    return b->error;
}


const air_codec_t  air_codec_anthropic = {
    AIR_ANTHROPIC_WIRE,
    air_anthropic_request_check,
    air_anthropic_request_edits,
    air_anthropic_request_read,
    air_anthropic_request_write,
    air_anthropic_reply_note,
    air_anthropic_reply_read,
    air_anthropic_reply_write,
    air_anthropic_event_note,
    air_anthropic_event_read,
    air_anthropic_event_write,
    air_anthropic_error_write,
    air_anthropic_error_event,
    AIR_FRAMING_SSE
};
