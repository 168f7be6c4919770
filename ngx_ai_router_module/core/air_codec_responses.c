
/*
 * OpenAI Responses: the table, the noting of replies and stream events, and
 * errors.  What is checked, edited and refused is as on OpenAI's older wire;
 * the crossing stands in air_responses_*.c.
 *
 * platform.openai.com/docs/api-reference/responses and /responses-streaming,
 * read 2026-11; quirks of others who speak it from recorded replies.
 */

#include "air_responses.h"


/* pieces that a user would see or run; behind "response." */
static const char *const  air_responses_pieces[] = {
    "output_text.delta", "function_call_arguments.delta",
    "reasoning_summary_text.delta", "reasoning_text.delta", "refusal.delta",
    "custom_tool_call_input.delta", NULL
};


static int
air_responses_request_check(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_request_t *rq, air_error_t *error)
{
    (void) op;                    /* this wire has one */

    return air_openai_request_check(AIR_OP_RESPONSES, doc, mem, rq, error);
}


static void
air_responses_note_name(const air_json_doc_t *doc,
    const air_json_node_t *response, air_note_t *note)
{
    const air_json_node_t  *node;

    node = air_json_filled(doc, response, "id");

    if (node != NULL && note->id_len == 0) {
        note->id_len = (uint8_t) air_note_copy(doc, node, note->id,
                                               sizeof(note->id));
    }

    node = air_json_filled(doc, response, "model");

    if (node != NULL && note->model_len == 0) {
        note->model_len = (uint8_t) air_note_copy(doc, node, note->model,
                                                  sizeof(note->model));
    }
}


/* The texts of a list: 1 when there is any. */
static int
air_responses_note_texts(const air_json_doc_t *doc,
    const air_json_node_t *list, air_note_t *note)
{
    int                     seen;
    const air_json_node_t  *node;

    seen = 0;

    if (list == NULL || list->type != AIR_JSON_ARRAY) {
        return 0;
    }

    for (node = air_json_first(doc, list);
         node != NULL;
         node = air_json_next(doc, node))
    {
        seen |= air_note_visible(doc, node, "text", note);
        seen |= air_note_visible(doc, node, "refusal", note);
    }

    return seen;
}


/* An item, whole: 1 when it holds something a user would see or run. */
static int
air_responses_note_item(const air_json_doc_t *doc,
    const air_json_node_t *item, air_note_t *note)
{
    int                     seen;
    const air_json_node_t  *type;

    type = air_json_given(doc, item, "type");

    if (type == NULL || air_json_is(doc, type, "message")) {
        return air_responses_note_texts(doc, air_json_get(doc, item,
                                                          "content"), note);
    }

    if (air_json_is(doc, type, "reasoning")) {
        seen = air_responses_note_texts(doc, air_json_get(doc, item,
                                                          "summary"), note);

        seen |= air_responses_note_texts(doc, air_json_get(doc, item,
                                                           "content"), note);

        return seen || air_json_filled(doc, item, "encrypted_content")
                       != NULL;
    }

    seen = air_note_visible(doc, item, "name", note);
    seen |= air_note_visible(doc, item, "arguments", note);
    seen |= air_note_visible(doc, item, "input", note);

    /* what OpenAI runs itself, what comes next */

    return seen || (!air_json_is(doc, type, "function_call")
                    && !air_json_is(doc, type, "custom_tool_call"));
}


/* A response that is over: what it says of itself. */
static void
air_responses_note_response(const air_json_doc_t *doc,
    const air_json_node_t *response, const air_profile_t *profile,
    air_note_t *note)
{
    int                     calls, seen;
    air_finish_e            finish;
    const air_json_node_t  *item, *type, *native;

    calls = 0;
    seen = (note->all & AIR_NOTE_CONTENT) != 0;

    air_responses_note_name(doc, response, note);

    item = air_json_get(doc, response, "output");

    if (item != NULL && item->type == AIR_JSON_ARRAY) {

        note->what |= AIR_NOTE_CHOICES;

        for (item = air_json_first(doc, item);
             item != NULL;
             item = air_json_next(doc, item))
        {
            type = air_json_get(doc, item, "type");
            calls |= air_json_is(doc, type, "function_call")
                     || air_json_is(doc, type, "custom_tool_call");

            if (item->type == AIR_JSON_OBJECT && !seen
                && air_responses_note_item(doc, item, note))
            {
                note->what |= AIR_NOTE_CONTENT;
            }
        }
    }

    finish = air_responses_finish(doc, response, calls, &native);

    if (finish != AIR_FINISH_NONE && native != NULL) {
        note->what |= AIR_NOTE_FINISH;
        note->finish = air_finish_plain(finish);
        note->native_len = (uint8_t) air_note_copy(doc, native, note->native,
                                                   sizeof(note->native));
    }

    air_responses_usage(doc, response, profile, &note->usage);

    if (note->usage.seen) {
        note->what |= AIR_NOTE_USAGE;
    }
}


void
air_responses_reply_note(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, air_note_t *note)
{
    const air_json_node_t  *root;

    (void) op;

    note->what = 0;
    root = air_json_root(doc);

    if (root != NULL && !air_note_error(doc, 200, note)) {
        air_responses_note_response(doc, root, profile, note);
    }

    note->all |= note->what;
}


/* A piece of text: most events are one. */
static int
air_responses_note_piece(const air_json_doc_t *doc,
    const air_json_node_t *root, air_str_t type, air_note_t *note)
{
    unsigned  i;

    for (i = 0; air_responses_pieces[i] != NULL; i++) {
        if (air_str_eqz(type, air_responses_pieces[i])) {
            break;
        }
    }

    if (air_responses_pieces[i] == NULL) {
        return 0;
    }

    if (air_note_visible(doc, root, "delta", note)) {
        note->what |= AIR_NOTE_CONTENT;
    }

    return 1;
}


static void
air_responses_note_event(const air_json_doc_t *doc,
    const air_json_node_t *root, const air_profile_t *profile,
    air_note_t *note)
{
    air_str_t               type;
    const air_json_node_t  *node;

    node = air_json_filled(doc, root, "type");

    if (node == NULL) {
        return;
    }

    type = air_json_raw(doc, node);

    if (type.len < 9 || memcmp(type.data, "response.", 9) != 0) {

        if (air_str_eqz(type, "keepalive") || air_str_eqz(type, "ping")) {
            note->what |= AIR_NOTE_IGNORE;
        }

        return;
    }

    type = air_str_n(type.data + 9, type.len - 9);
    note->what |= AIR_NOTE_CHOICES;

    if (air_responses_note_piece(doc, root, type, note)) {
        return;
    }

    if (air_str_eqz(type, "completed") || air_str_eqz(type, "incomplete")) {
        air_responses_note_response(doc, air_json_get(doc, root, "response"),
                                    profile, note);
        note->what |= AIR_NOTE_DONE;
        return;
    }

    if (air_str_eqz(type, "created") || air_str_eqz(type, "in_progress")
        || air_str_eqz(type, "queued"))
    {
        air_responses_note_name(doc, air_json_get(doc, root, "response"),
                                note);
        return;
    }

    node = air_json_get(doc, root, "item");

    if (node == NULL || node->type != AIR_JSON_OBJECT) {
        return;
    }

    if (air_str_eqz(type, "output_item.added")) {

        if (air_note_visible(doc, node, "name", note)) {
            note->what |= AIR_NOTE_CONTENT;
        }

        return;
    }

    /* an item that came without pieces */

    if (air_str_eqz(type, "output_item.done")
        && !(note->all & AIR_NOTE_CONTENT)
        && !air_json_is(doc, air_json_get(doc, node, "type"), "reasoning")
        && air_responses_note_item(doc, node, note))
    {
        note->what |= AIR_NOTE_CONTENT;
    }
}


int
air_responses_event_note(const air_sse_event_t *ev,
    const air_profile_t *profile, air_json_doc_t *doc, air_note_t *note)
{
    int                     rc;
    uint64_t                n;
    const air_json_node_t  *root;

    note->what = 0;

    if (!ev->has_data || ev->data.len == 0 || ev->data.data[0] == '[') {

        /* OpenRouter: [DONE], behind the end */

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

    if (!air_note_error(doc, air_str_eqz(ev->type, "error") ? 500 : 200,
                        note))
    {
        air_responses_note_event(doc, root, profile, note);

        if (air_json_uint(doc, air_json_get(doc, root, "sequence_number"),
                          &n)
            == AIR_OK)
        {
            note->sequence = n + 1;
        }
    }

    note->all |= note->what;

    return AIR_OK;
}


/* ------------------------------------------------------------- errors */


static int
air_responses_error_write(const air_error_t *error, air_str_t request_id,
    air_buf_t *b)
{
    (void) request_id;     /* stands in a header */

    air_buf_z(b, "{");
    air_openai_error_body(error, b);
    air_buf_z(b, "}");

    return b->error;
}


static int
air_responses_error_event(const air_error_t *error, const air_note_t *note,
    air_str_t request_id, air_buf_t *b)
{
    uint64_t   seq;
    air_str_t  id, model;

    seq = 0;
    id = request_id;
    model = air_str_n(NULL, 0);

    if (note != NULL) {
        seq = note->sequence;
        model = air_str_n(note->model, note->model_len);

        if (note->id_len != 0) {
            id = air_str_n(note->id, note->id_len);
        }
    }

    air_responses_failed_write(id, model, error, &seq, b);

    return b->error;
}


const air_codec_t  air_codec_responses = {
    AIR_RESPONSES_WIRE,
    air_responses_request_check,
    air_openai_request_edits,
    air_responses_request_read,
    air_responses_request_write,
    air_responses_reply_note,
    air_responses_reply_read,
    air_responses_reply_write,
    air_responses_event_note,
    air_responses_event_read,
    air_responses_event_write,
    air_responses_error_write,
    air_responses_error_event,
    AIR_FRAMING_SSE
};
