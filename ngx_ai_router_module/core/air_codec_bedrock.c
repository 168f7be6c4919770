
/*
 * Amazon Bedrock: Converse, ConverseStream, CountTokens and, for embeddings,
 * InvokeModel.  The table, the noting of replies and stream events, and
 * errors; the crossing stands in air_bedrock_*.c.
 *
 * docs.aws.amazon.com/bedrock, API reference of the runtime, read
 * 2026-11-22; quirks from recorded replies.  Model and operation stand in
 * the path, an error's name in a header or in a frame.
 */

#include "air_bedrock.h"


/*
 * Nobody calls in this protocol but a test of it: what a caller's request
 * says of itself, as far as it is in the body.
 */
static int
air_bedrock_request_check(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_request_t *rq, air_error_t *error)
{
    int                rc;
    air_msg_request_t  msg;

    memset(rq, 0, sizeof(air_request_t));

    rq->op = op;
    rq->choices = 1;
    rq->want_usage = 1;

    rc = air_bedrock_request_read(op, doc, mem, &msg, error);

    if (rc == AIR_OK) {
        rq->max_output = msg.max_output;
        rq->tier = msg.tier;
        rq->needs = msg.has_tools ? AIR_CAN_TOOLS : 0;
    }

    return rc;
}


/* The model is not in the body: nothing has to change. */
static int
air_bedrock_request_edits(const air_request_t *rq,
    const air_json_doc_t *doc, const air_target_t *target,
    const air_mem_t *mem, air_edits_t *edits, air_warnings_t *lost)
{
    (void) rq;
    (void) doc;
    (void) target;
    (void) mem;
    (void) edits;
    (void) lost;

    return AIR_OK;
}


/* ------------------------------------------------------------- noting */


/* What the vendor ran itself is seen, not counted. */
static int
air_bedrock_note_block(const air_json_doc_t *doc,
    const air_json_node_t *block, air_note_t *note)
{
    int                     seen;
    const air_json_node_t  *node, *input;

    seen = air_note_visible(doc, block, "text", note);

    node = air_json_given(doc, block, "toolUse");

    if (node != NULL) {

        seen = 1;
        (void) air_note_visible(doc, node, "name", note);
        input = air_json_given(doc, node, "input");

        if (input != NULL && input->type == AIR_JSON_STRING) {
            air_note_text(doc, input, note);

        } else if (input != NULL && input->count != 0) {
            air_estimate_add(&note->visible, air_json_raw(doc, input));
        }
    }

    node = air_json_given(doc, block, "reasoningContent");

    if (node != NULL) {

        seen |= air_note_visible(doc, node, "text", note);
        seen |= air_note_visible(doc, air_json_given(doc, node,
                                                     "reasoningText"),
                                 "text", note);
        seen |= air_json_filled(doc, node, "redactedContent") != NULL;
    }

    return seen || air_json_given(doc, block, "citationsContent") != NULL
           || air_json_given(doc, block, "image") != NULL;
}


static void
air_bedrock_note_stop(const air_json_doc_t *doc, const air_json_node_t *root,
    air_note_t *note)
{
    const air_json_node_t  *node;

    node = air_json_filled(doc, root, "stopReason");

    if (node != NULL) {
        note->what |= AIR_NOTE_FINISH;
        note->finish = air_finish_plain(air_bedrock_finish(doc, node));
        note->native_len = (uint8_t) air_note_copy(doc, node, note->native,
                                                   sizeof(note->native));
    }
}


static void
air_bedrock_note_usage(const air_json_doc_t *doc,
    const air_json_node_t *root, air_note_t *note)
{
    if (air_bedrock_usage(doc, air_json_given(doc, root, "usage"),
                          &note->usage))
    {
        note->what |= AIR_NOTE_USAGE;
    }

    air_bedrock_tier(doc, root, &note->usage);
}


static void
air_bedrock_note_embedding(const air_json_doc_t *doc,
    const air_json_node_t *root, air_note_t *note)
{
    if (air_json_given(doc, root, "embedding") != NULL
        || air_json_given(doc, root, "embeddings") != NULL)
    {
        note->what |= AIR_NOTE_CHOICES|AIR_NOTE_CONTENT;
    }

    if (air_json_uint(doc, air_json_get(doc, root, "inputTextTokenCount"),
                      &note->usage.n[AIR_IN])
        == AIR_OK)
    {
        note->usage.seen = 1;
        note->what |= AIR_NOTE_USAGE;
    }
}


static void
air_bedrock_note_message(const air_json_doc_t *doc,
    const air_json_node_t *root, air_note_t *note)
{
    const air_json_node_t  *node;

    node = air_json_given(doc, air_json_given(doc, root, "output"),
                          "message");

    if (node == NULL) {

        /* an error that has a good status */

        if (air_json_filled(doc, root, "message") != NULL) {
            (void) air_note_error(doc, 500, note);
        }

        return;
    }

    note->what |= AIR_NOTE_CHOICES;
    node = air_json_given(doc, node, "content");

    for (node = node != NULL && node->type == AIR_JSON_ARRAY
                ? air_json_first(doc, node) : NULL;
         node != NULL;
         node = air_json_next(doc, node))
    {
        if (air_bedrock_note_block(doc, node, note)) {
            note->what |= AIR_NOTE_CONTENT;
        }
    }

    air_bedrock_note_stop(doc, root, note);
    air_bedrock_note_usage(doc, root, note);
}


static void
air_bedrock_reply_note(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, air_note_t *note)
{
    const air_json_node_t  *root;

    (void) profile;               /* one wire, one way to count */

    note->what = 0;
    root = air_json_root(doc);

    if (root != NULL && !air_note_error(doc, 200, note)) {

        if (op == AIR_OP_COUNT_TOKENS) {

            /* an answer that costs nothing */

            if (air_json_given(doc, root, "inputTokens") != NULL) {
                note->what = AIR_NOTE_CHOICES|AIR_NOTE_CONTENT|AIR_NOTE_USAGE;
                note->usage.seen = 1;
            }

        } else if (op == AIR_OP_EMBEDDINGS) {
            air_bedrock_note_embedding(doc, root, note);

        } else {
            air_bedrock_note_message(doc, root, note);
        }
    }

    note->all |= note->what;
}


/* Remembers how a piece of text looks: the next will look the same. */
static void
air_bedrock_note_like(const air_json_doc_t *doc, const air_json_node_t *root,
    air_note_t *note)
{
    const air_json_node_t  *delta, *text, *pad;

    delta = air_json_given(doc, root, "delta");
    text = air_json_filled(doc, delta, "text");
    pad = air_json_filled(doc, root, "p");

    if (text != NULL && note->what == (AIR_NOTE_CHOICES|AIR_NOTE_CONTENT)
        && delta->count == 1)
    {
        air_note_pattern(doc, text, pad, note);
    }
}


static int
air_bedrock_event_note(const air_sse_event_t *ev,
    const air_profile_t *profile, air_json_doc_t *doc, air_note_t *note)
{
    int                     rc, piece;
    const air_json_node_t  *root, *node;

    (void) profile;

    note->what = 0;

    if (ev->exception) {

        rc = air_json_scan(doc, ev->data, AIR_JSON_VENDOR, NULL);

        if (rc == AIR_ENOMEM) {
            return rc;
        }

        (void) air_note_named(rc == AIR_OK ? doc : NULL, 0, ev->type, note);
        note->what |= AIR_NOTE_ERROR;
        note->all |= note->what;

        return AIR_OK;
    }

    if (!ev->has_data || ev->data.len == 0) {
        note->what = AIR_NOTE_IGNORE;
        note->all |= note->what;

        return AIR_OK;
    }

    piece = air_str_eqz(ev->type, "contentBlockDelta");

    if (piece && air_note_alike(ev->data, note)) {
        return AIR_OK;
    }

    rc = air_json_scan(doc, ev->data, AIR_JSON_VENDOR, NULL);

    if (rc != AIR_OK) {
        return rc == AIR_ENOMEM ? rc : AIR_EINVAL;
    }

    root = air_json_root(doc);

    if (root->type != AIR_JSON_OBJECT) {
        return AIR_EINVAL;
    }

    if (air_note_error(doc, 200, note)) {
        note->all |= note->what;
        return AIR_OK;
    }

    if (piece || air_str_eqz(ev->type, "contentBlockStart")) {

        note->what |= AIR_NOTE_CHOICES;
        node = air_json_given(doc, root, piece ? "delta" : "start");

        if (node != NULL && air_bedrock_note_block(doc, node, note)) {
            note->what |= AIR_NOTE_CONTENT;
        }

        if (piece) {
            air_bedrock_note_like(doc, root, note);
        }

    } else if (air_str_eqz(ev->type, "messageStart")) {
        note->what |= AIR_NOTE_CHOICES;

    } else if (air_str_eqz(ev->type, "messageStop")) {
        note->what |= AIR_NOTE_CHOICES;
        air_bedrock_note_stop(doc, root, note);

    } else if (air_str_eqz(ev->type, "metadata")) {
        air_bedrock_note_usage(doc, root, note);
        note->what |= AIR_NOTE_DONE;
    }

    note->all |= note->what;

    return AIR_OK;
}


/* ------------------------------------------------------------- errors */


const char *
air_bedrock_exception(const air_error_t *error)
{
    unsigned  i, status;

    static const struct {
        unsigned     status;
        const char  *name;
    }  names[] = {
        { 400, "validationException" },
        { 401, "unrecognizedClientException" },
        { 403, "accessDeniedException" },
        { 404, "resourceNotFoundException" },
        { 408, "modelTimeoutException" },
        { 413, "validationException" },
        { 424, "modelErrorException" },
        { 429, "throttlingException" },
        { 503, "serviceUnavailableException" },
        { 504, "modelTimeoutException" },
        { 529, "serviceUnavailableException" }
    };

    status = error->status;

    if (status < 400 || status == 500) {
        /* in a stream: the fault knows more */
        status = air_fault_row(error->fault)->status;
    }

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].status == status) {
            return names[i].name;
        }
    }

    return status >= 400 && status < 500 ? "validationException"
                                         : "internalServerException";
}


/* The name, in a header there, stands in the body: headers are not ours. */
static int
air_bedrock_error_write(const air_error_t *error, air_str_t request_id,
    air_buf_t *b)
{
    const char  *name;

    (void) request_id;            /* a header's */

    name = air_bedrock_exception(error);

    air_buf_z(b, "{\"__type\":\"");
    air_buf_byte(b, (unsigned char) (name[0] & ~0x20));
    air_buf_z(b, name + 1);
    air_buf_z(b, "\",\"message\":");
    air_buf_json(b, error->message);
    air_buf_z(b, "}");

    return b->error;
}


static int
air_bedrock_error_event(const air_error_t *error, const air_note_t *note,
    air_str_t request_id, air_buf_t *b)
{
    size_t  at;

    (void) note;
    (void) request_id;

    at = air_eventstream_begin(b, air_bedrock_exception(error), 1);
    air_buf_z(b, "{\"message\":");
    air_buf_json(b, error->message);
    air_buf_z(b, "}");

    return air_eventstream_end(b, at);
}


const air_codec_t  air_codec_bedrock = {
    AIR_BEDROCK_WIRE,
    air_bedrock_request_check,
    air_bedrock_request_edits,
    air_bedrock_request_read,
    air_bedrock_request_write,
    air_bedrock_reply_note,
    air_bedrock_reply_read,
    air_bedrock_reply_write,
    air_bedrock_event_note,
    air_bedrock_event_read,
    air_bedrock_event_write,
    air_bedrock_error_write,
    air_bedrock_error_event,
    AIR_FRAMING_EVENTSTREAM
};
