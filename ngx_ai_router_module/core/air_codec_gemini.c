
/*
 * Google Gemini, generateContent and what stands beside it: the table, the
 * noting of replies and stream events, and errors.  The crossing stands in
 * air_gemini_*.c.  No front door speaks this wire.
 *
 * ai.google.dev/api/generate-content, ai.google.dev/gemini-api/docs
 * /troubleshooting (errors), cloud.google.com/apis/design/errors, read
 * 2026-11-22; quirks from recorded replies.
 *
 * The noting is on the path of every event: one scan, no allocation, texts
 * copied into the note and cut to its room.
 */

#include "air_gemini.h"


/* The model stands in the URL: there is nothing to change. */
static int
air_gemini_request_edits(const air_request_t *rq, const air_json_doc_t *doc,
    const air_target_t *target, const air_mem_t *mem, air_edits_t *edits,
    air_warnings_t *lost)
{
    (void) rq;
    (void) mem;

    return air_relay_refused(doc, target, edits, lost);
}


/* ------------------------------------------------------------- noting */


/* A part: 1 when it holds something a user would see or run. */
static int
air_gemini_note_part(const air_json_doc_t *doc, const air_json_node_t *part,
    air_note_t *note, int *calls)
{
    int                     seen;
    const air_json_node_t  *call, *args;

    call = air_gemini_get(doc, part, "functionCall");

    if (call == NULL) {

        if (air_json_get(doc, part, "text") != NULL) {
            return air_note_visible(doc, part, "text", note);
        }

        /* what is nothing but signed says nothing */

        return part->count > (air_gemini_get(doc, part, "thoughtSignature")
                              != NULL);
    }

    args = air_gemini_get(doc, call, "args");
    seen = air_note_visible(doc, call, "name", note);
    *calls |= seen;

    if (args == NULL) {
        args = air_gemini_get(doc, call, "partialArgs");
    }

    if (args != NULL && args->count != 0) {
        air_estimate_add(&note->visible, air_json_quoted(doc, args));
        seen = 1;
    }

    return seen;
}


static void
air_gemini_note_candidate(const air_json_doc_t *doc,
    const air_json_node_t *c, air_note_t *note)
{
    int                     calls;
    air_finish_e            finish;
    const air_json_node_t  *list, *node;

    calls = note->finish == AIR_FINISH_TOOL_CALLS;
    note->what |= AIR_NOTE_CHOICES;

    list = air_gemini_get(doc, air_gemini_get(doc, c, "content"), "parts");

    for (node = air_gemini_first(doc, list);
         node != NULL;
         node = air_gemini_next(doc, list, node))
    {
        if (node->type == AIR_JSON_OBJECT
            && air_gemini_note_part(doc, node, note, &calls))
        {
            note->what |= AIR_NOTE_CONTENT;
        }
    }

    /* the last chunk may not be the one with the calls */

    if (calls && note->finish == AIR_FINISH_NONE) {
        note->finish = AIR_FINISH_TOOL_CALLS;
    }

    node = air_gemini_get(doc, c, "finishReason");
    finish = air_gemini_finish(doc, node, calls);

    if (finish != AIR_FINISH_NONE) {
        note->what |= AIR_NOTE_FINISH;
        note->finish = finish;
        note->native_len = (uint8_t) air_note_copy(doc, node, note->native,
                                                   sizeof(note->native));
    }

    air_gemini_searches(doc, c, air_str_n(note->model, note->model_len),
                        &note->usage);
}


static void
air_gemini_note_root(const air_json_doc_t *doc, const air_json_node_t *root,
    air_note_t *note)
{
    const air_json_node_t  *list, *node;

    node = air_gemini_get(doc, root, "responseId");

    if (node != NULL && node->type == AIR_JSON_STRING && note->id_len == 0) {
        note->id_len = (uint8_t) air_note_copy(doc, node, note->id,
                                               sizeof(note->id));
    }

    node = air_gemini_get(doc, root, "modelVersion");

    if (node != NULL && node->type == AIR_JSON_STRING
        && note->model_len == 0)
    {
        note->model_len = (uint8_t) air_note_copy(doc, node, note->model,
                                                  sizeof(note->model));
    }

    list = air_gemini_get(doc, root, "candidates");

    for (node = air_gemini_first(doc, list);
         node != NULL;
         node = air_gemini_next(doc, list, node))
    {
        air_gemini_note_candidate(doc, node, note);
    }

    node = air_gemini_blocked(doc, root);

    if (node != NULL) {
        note->what |= AIR_NOTE_CHOICES|AIR_NOTE_FINISH;
        note->finish = AIR_FINISH_CONTENT_FILTER;
        note->native_len = (uint8_t) air_note_copy(doc, node, note->native,
                                                   sizeof(note->native));
    }

    if (air_gemini_usage(doc, air_gemini_get(doc, root, "usageMetadata"),
                         &note->usage))
    {
        note->what |= AIR_NOTE_USAGE;
    }
}


static void
air_gemini_reply_note(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, air_note_t *note)
{
    const air_json_node_t  *root;

    (void) profile;               /* one wire, one way to count             */

    note->what = 0;
    root = air_json_root(doc);

    if (root != NULL && !air_note_error(doc, 200, note)) {

        if (op == AIR_OP_COUNT_TOKENS) {

            /* an answer that costs nothing */

            if (air_gemini_get(doc, root, "totalTokens") != NULL) {
                note->what = AIR_NOTE_CHOICES|AIR_NOTE_CONTENT|AIR_NOTE_USAGE;
                note->usage.seen = 1;
            }

        } else if (op == AIR_OP_EMBEDDINGS) {

            if (air_gemini_vectors_note(doc)) {
                note->what |= AIR_NOTE_CHOICES|AIR_NOTE_CONTENT;
            }

            if (air_gemini_vectors_usage(doc, &note->usage)) {
                note->what |= AIR_NOTE_USAGE;
            }

        } else {
            air_gemini_note_root(doc, root, note);
        }
    }

    note->all |= note->what;
}


static int
air_gemini_event_note(const air_sse_event_t *ev, const air_profile_t *profile,
    air_json_doc_t *doc, air_note_t *note)
{
    int                     rc;
    uint64_t                n;
    const air_json_node_t  *root;

    (void) profile;

    note->what = 0;

    if (!ev->has_data || ev->data.len == 0) {
        note->what = AIR_NOTE_IGNORE;
        note->all |= note->what;

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

    if (!air_note_error(doc, 200, note)) {

        if (air_str_eqz(ev->type, "error")) {
            (void) air_note_error(doc, 500, note);

        } else {
            air_gemini_note_root(doc, root, note);
        }
    }

    note->all |= note->what;

    /*
     * Counters are told with nearly every chunk; a stream that is cut has
     * those of its last one, or as much as was seen to come.
     */

    if (note->usage.seen) {

        note->usage.estimated = !(note->all & AIR_NOTE_FINISH);
        n = air_estimate_tokens(&note->visible);

        if (note->usage.estimated && n > note->usage.n[AIR_OUT]) {
            note->usage.n[AIR_OUT] = n;
        }
    }

    return AIR_OK;
}


/* ------------------------------------------------------------- errors */


/* google.rpc.Code for a status. */
static const char *
air_gemini_error_status(unsigned status)
{
    unsigned  i;

    static const struct {
        unsigned     status;
        const char  *word;
    }  words[] = {
        { 400, "INVALID_ARGUMENT" },
        { 401, "UNAUTHENTICATED" },
        { 403, "PERMISSION_DENIED" },
        { 404, "NOT_FOUND" },
        { 409, "ABORTED" },
        { 429, "RESOURCE_EXHAUSTED" },
        { 499, "CANCELLED" },
        { 500, "INTERNAL" },
        { 501, "UNIMPLEMENTED" },
        { 503, "UNAVAILABLE" },
        { 504, "DEADLINE_EXCEEDED" }
    };

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].status == status) {
            return words[i].word;
        }
    }

    return status >= 400 && status < 500 ? "INVALID_ARGUMENT" : "INTERNAL";
}


void
air_gemini_error_body(const air_error_t *error, air_buf_t *b)
{
    unsigned  status;

    status = error->status;

    if (status < 400) {
        /* in a stream: the fault knows more */
        status = air_fault_row(error->fault)->status;
    }

    air_buf_z(b, "{\"error\":{\"code\":");
    air_buf_uint(b, status);
    air_buf_z(b, ",\"message\":");
    air_buf_json(b, error->message);
    air_buf_z(b, ",\"status\":\"");
    air_buf_z(b, air_gemini_error_status(status));
    air_buf_z(b, "\"}}");
}


static int
air_gemini_error_write(const air_error_t *error, air_str_t request_id,
    air_buf_t *b)
{
    (void) request_id;            /* the body names no request              */

    air_gemini_error_body(error, b);

    return b->error;
}


static int
air_gemini_error_event(const air_error_t *error, const air_note_t *note,
    air_str_t request_id, air_buf_t *b)
{
    (void) note;
    (void) request_id;

    air_buf_z(b, "data: ");
    air_gemini_error_body(error, b);
    air_buf_z(b, "\r\n\r\n");

    return b->error;
}


const air_codec_t  air_codec_gemini = {
    .name = AIR_GEMINI_WIRE,
    .request_check = air_gemini_request_check,
    .request_edits = air_gemini_request_edits,
    .request_read = air_gemini_request_read,
    .request_write = air_gemini_request_write,
    .reply_note = air_gemini_reply_note,
    .reply_read = air_gemini_reply_read,
    .reply_write = air_gemini_reply_write,
    .event_note = air_gemini_event_note,
    .event_read = air_gemini_event_read,
    .event_write = air_gemini_event_write,
    .error_write = air_gemini_error_write,
    .error_event = air_gemini_error_event
};
