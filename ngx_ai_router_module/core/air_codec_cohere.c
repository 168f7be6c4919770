
/*
 * Cohere v2 (chat and embed): the table, the check of a request, the edit of
 * the relay, the noting of replies and stream events, and errors.  Usage and
 * the crossing stand in air_cohere_*.c.
 *
 * docs.cohere.com/v2/reference/chat and /embed, /docs/streaming, /reference
 * /errors, read 2026-11-22; quirks from recorded replies.
 */

#include "air_cohere.h"


/* ----------------------------------------------------------- requests */


static int
air_cohere_check_roles(const air_cohere_read_t *r,
    const air_json_node_t *list, air_request_t *rq)
{
    const air_json_node_t  *m, *role, *node;

    for (m = air_json_first(r->doc, list);
         m != NULL;
         m = air_json_next(r->doc, m))
    {
        role = air_json_get(r->doc, m, "role");

        if (role == NULL || role->type != AIR_JSON_STRING) {
            return air_cohere_refuse(r, "messages.role", "must be set");
        }

        for (node = air_json_first(r->doc, air_json_get(r->doc, m,
                                                        "content"));
             node != NULL;
             node = air_json_next(r->doc, node))
        {
            if (air_json_is(r->doc, air_json_get(r->doc, node, "type"),
                            "image_url"))
            {
                rq->needs |= AIR_CAN_VISION;
            }
        }
    }

    return AIR_OK;
}


static void
air_cohere_check_needs(const air_cohere_read_t *r,
    const air_json_node_t *root, air_request_t *rq)
{
    const air_json_node_t  *node;

    node = air_json_given(r->doc, root, "tools");

    if (node != NULL && node->type == AIR_JSON_ARRAY && node->count != 0) {
        rq->needs |= AIR_CAN_TOOLS;
    }

    node = air_json_given(r->doc, root, "response_format");

    if (air_json_given(r->doc, node, "json_schema") != NULL) {
        rq->needs |= AIR_CAN_SCHEMA;
    }

    node = air_json_given(r->doc, root, "thinking");

    if (air_json_is(r->doc, air_json_get(r->doc, node, "type"), "enabled")) {
        rq->needs |= AIR_CAN_REASONING;
    }

    if (rq->stream) {
        rq->needs |= AIR_CAN_STREAM;
    }
}


static int
air_cohere_request_check(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_request_t *rq, air_error_t *error)
{
    int                     rc;
    const char             *name;
    air_cohere_read_t       r;
    const air_json_node_t  *root, *node;

    memset(rq, 0, sizeof(air_request_t));

    rq->op = op;
    rq->choices = 1;
    rq->want_usage = 1;           /* every stream of this wire has it */

    r.doc = doc;
    r.mem = mem;
    r.error = error;

    root = doc ? air_json_root(doc) : NULL;
    node = air_json_given(doc, root, "model");

    if (node == NULL || node->type != AIR_JSON_STRING
        || node->start == node->end)
    {
        return air_cohere_refuse(&r, "model", "must be set");
    }

    rq->model_node = node;
    rc = air_json_string(doc, node, mem, &rq->model);

    if (rc != AIR_OK) {
        return rc;
    }

    name = op == AIR_OP_EMBEDDINGS ? "texts" : "messages";
    node = air_json_given(doc, root, name);

    if (node == NULL || node->type != AIR_JSON_ARRAY || node->count == 0) {
        return air_cohere_refuse(&r, name, "must be a list that is not "
                                 "empty");
    }

    if (op == AIR_OP_EMBEDDINGS) {
        rq->needs |= AIR_CAN_EMBED;
        return AIR_OK;
    }

    rc = air_cohere_check_roles(&r, node, rq);

    if (rc != AIR_OK) {
        return rc;
    }

    node = air_json_given(doc, root, "stream");
    rq->stream = node != NULL && node->type == AIR_JSON_TRUE;

    (void) air_json_uint(doc, air_json_given(doc, root, "max_tokens"),
                         &rq->max_output);

    air_cohere_check_needs(&r, root, rq);

    return AIR_OK;
}


/* Only the model changes: everything else is between caller and vendor. */
static int
air_cohere_request_edits(const air_request_t *rq, const air_json_doc_t *doc,
    const air_target_t *target, const air_mem_t *mem, air_edits_t *edits,
    air_warnings_t *lost)
{
    air_buf_t               b;
    const air_json_node_t  *node;

    (void) lost;

    node = rq->model_node;

    if (node == NULL) {
        return AIR_EINVAL;
    }

    if (target->model.len != 0 && !air_str_eq(rq->model, target->model)) {

        air_buf_init(&b, mem, 6 * target->model.len + 16);
        air_buf_json(&b, target->model);

        if (b.error != AIR_OK) {
            return b.error;
        }

        return air_edits_add(edits, node->start - 1, node->end + 1,
                             air_buf_view(&b));
    }

    (void) doc;

    return AIR_OK;
}


/* ------------------------------------------------------------- noting */


/* Content and calls of a message; 1 when a user would see or run any. */
static int
air_cohere_note_message(const air_json_doc_t *doc, const air_json_node_t *m,
    air_note_t *note)
{
    int                     seen;
    const air_json_node_t  *node;

    seen = air_note_visible(doc, m, "tool_plan", note);

    node = air_json_given(doc, m, "content");

    if (node != NULL && node->type == AIR_JSON_STRING
        && node->end != node->start)
    {
        air_note_text(doc, node, note);
        seen = 1;
    }

    for (node = node && node->type == AIR_JSON_ARRAY
                ? air_json_first(doc, node) : NULL;
         node != NULL;
         node = air_json_next(doc, node))
    {
        seen |= air_note_visible(doc, node, "text", note);
        seen |= air_note_visible(doc, node, "thinking", note);
    }

    for (node = air_json_first(doc, air_json_given(doc, m, "tool_calls"));
         node != NULL && node->type == AIR_JSON_OBJECT;
         node = air_json_next(doc, node))
    {
        (void) air_note_visible(doc, air_json_get(doc, node, "function"),
                                "name", note);
        (void) air_note_visible(doc, air_json_get(doc, node, "function"),
                                "arguments", note);
        seen = 1;
    }

    return seen;
}


/* finish_reason and usage of a reply or of message-end's delta. */
static void
air_cohere_note_end(const air_json_doc_t *doc, const air_json_node_t *m,
    air_note_t *note)
{
    const air_json_node_t  *node;

    node = air_json_filled(doc, m, "finish_reason");

    if (node != NULL) {
        note->what |= AIR_NOTE_FINISH;
        note->finish = air_finish_plain(air_cohere_finish(doc, node));
        note->native_len = (uint8_t) air_note_copy(doc, node, note->native,
                                                   sizeof(note->native));
    }

    if (air_cohere_usage(doc, air_json_given(doc, m, "usage"),
                         &note->usage))
    {
        note->what |= AIR_NOTE_USAGE;
    }
}


static void
air_cohere_note_id(const air_json_doc_t *doc, const air_json_node_t *m,
    air_note_t *note)
{
    const air_json_node_t  *node;

    node = air_json_filled(doc, m, "id");

    if (node != NULL && note->id_len == 0) {
        note->id_len = (uint8_t) air_note_copy(doc, node, note->id,
                                               sizeof(note->id));
    }
}


static void
air_cohere_reply_note(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, air_note_t *note)
{
    const air_json_node_t  *root, *m;

    (void) profile;               /* one wire, one way to count */

    note->what = 0;
    root = air_json_root(doc);

    if (root == NULL || air_note_error(doc, 200, note)) {
        note->all |= note->what;
        return;
    }

    air_cohere_note_id(doc, root, note);

    if (op == AIR_OP_EMBEDDINGS) {

        if (air_json_given(doc, root, "embeddings") != NULL) {
            note->what |= AIR_NOTE_CHOICES | AIR_NOTE_CONTENT;
        }

        if (air_cohere_usage(doc, air_json_given(doc, root, "meta"),
                             &note->usage))
        {
            note->what |= AIR_NOTE_USAGE;
        }

        note->all |= note->what;
        return;
    }

    m = air_json_given(doc, root, "message");

    if (m != NULL && m->type == AIR_JSON_OBJECT) {

        note->what |= AIR_NOTE_CHOICES;

        if (air_cohere_note_message(doc, m, note)) {
            note->what |= AIR_NOTE_CONTENT;
        }

        air_cohere_note_end(doc, root, note);
    }

    /* an error has its text where a message would be, or it is the finish
       of nothing */

    if ((m != NULL && m->type == AIR_JSON_STRING)
        || (note->finish == AIR_FINISH_ERROR
            && !(note->what & AIR_NOTE_CONTENT)))
    {
        air_note_fail(doc, m, AIR_FAULT_SERVER, note);
    }

    note->all |= note->what;
}


static void
air_cohere_note_event(const air_json_doc_t *doc, const air_json_node_t *root,
    air_note_t *note)
{
    int                     seen;
    const air_json_node_t  *type, *delta, *m, *node, *text;

    type = air_json_get(doc, root, "type");
    delta = air_json_given(doc, root, "delta");
    m = air_json_given(doc, delta, "message");

    note->what |= AIR_NOTE_CHOICES;

    if (air_json_is(doc, type, "content-delta")
        || air_json_is(doc, type, "content-start"))
    {
        node = air_json_given(doc, m, "content");
        text = air_json_filled(doc, node, "text");
        seen = text != NULL;

        if (seen) {
            air_note_text(doc, text, note);
        }

        if (air_note_visible(doc, node, "thinking", note)) {
            seen = 1;
            text = text ? NULL : air_json_filled(doc, node, "thinking");
        }

        if (seen) {
            note->what |= AIR_NOTE_CONTENT;
        }

        if (seen && text != NULL) {
            /* the next one may well be the same but for its text */
            air_note_pattern(doc, text, NULL, note);
        }

    } else if (air_json_is(doc, type, "tool-plan-delta")) {

        if (air_note_visible(doc, m, "tool_plan", note)) {
            note->what |= AIR_NOTE_CONTENT;
        }

    } else if (air_json_is(doc, type, "tool-call-start")
               || air_json_is(doc, type, "tool-call-delta"))
    {
        node = air_json_get(doc, air_json_given(doc, m, "tool_calls"),
                            "function");

        if (air_note_visible(doc, node, "name", note)
            | air_note_visible(doc, node, "arguments", note))
        {
            note->what |= AIR_NOTE_CONTENT;
        }

    } else if (air_json_is(doc, type, "message-start")) {
        air_cohere_note_id(doc, root, note);

    } else if (air_json_is(doc, type, "message-end")) {

        air_cohere_note_end(doc, delta, note);
        node = air_json_filled(doc, delta, "error");

        if (node != NULL || note->finish == AIR_FINISH_ERROR) {
            air_note_fail(doc, node, AIR_FAULT_SERVER, note);

        } else {
            note->what |= AIR_NOTE_DONE;
        }
    }
}


static int
air_cohere_event_note(const air_sse_event_t *ev, const air_profile_t *profile,
    air_json_doc_t *doc, air_note_t *note)
{
    int                     rc, demanded;
    const air_json_node_t  *root;

    (void) profile;

    note->what = 0;

    if (!ev->has_data || ev->data.len == 0) {
        note->what = AIR_NOTE_IGNORE;
        note->all |= note->what;

        return AIR_OK;
    }

    if (air_str_eqz(ev->data, "[DONE]")) {
        note->what = AIR_NOTE_DONE;
        note->all |= note->what;

        return AIR_OK;
    }

    demanded = air_str_eqz(ev->type, "error");

    if (!demanded && air_note_alike(ev->data, note)) {
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

    if (!air_note_error(doc, demanded ? 500 : 200, note)) {
        air_cohere_note_event(doc, root, note);
    }

    note->all |= note->what;

    return AIR_OK;
}


/* ------------------------------------------------------------- errors */


static int
air_cohere_error_write(const air_error_t *error, air_str_t request_id,
    air_buf_t *b)
{
    air_buf_z(b, "{\"id\":");
    air_buf_json(b, request_id);
    air_buf_z(b, ",\"message\":");
    air_buf_json(b, error->message);
    air_buf_z(b, "}");

    return b->error;
}


static int
air_cohere_error_event(const air_error_t *error, const air_note_t *note,
    air_str_t request_id, air_buf_t *b)
{
    (void) note;
    (void) request_id;            /* the event names no message */

    air_buf_z(b, "event: message-end\ndata: {\"type\":\"message-end\","
                 "\"delta\":{\"finish_reason\":\"ERROR\",\"error\":");
    air_buf_json(b, error->message);
    air_buf_z(b, "}}\n\n");

    return b->error;
}


const air_codec_t  air_codec_cohere = {
    AIR_COHERE_WIRE,
    air_cohere_request_check,
    air_cohere_request_edits,
    air_cohere_request_read,
    air_cohere_request_write,
    air_cohere_reply_note,
    air_cohere_reply_read,
    air_cohere_reply_write,
    air_cohere_event_note,
    air_cohere_event_read,
    air_cohere_event_write,
    air_cohere_error_write,
    air_cohere_error_event,
    AIR_FRAMING_SSE
};
