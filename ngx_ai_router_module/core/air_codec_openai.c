
/*
 * OpenAI Chat Completions, legacy Completions and Embeddings, as OpenAI and
 * its many imitators speak them: the table, the edits of the relay, and the
 * noting of replies and stream events.  The check of requests, usage and the
 * crossing stand in air_openai_*.c.
 *
 * platform.openai.com/docs/api-reference/chat, /completions, /embeddings and
 * the streaming guide, read 2026-11; quirks by vendor from recorded replies.
 *
 * The noting is on the path of every event: one scan, no allocation, texts
 * copied into the note and cut to its room.
 */

#include "air_json_text.h"
#include "air_openai.h"


/* memory for the few decoded texts of an error */
typedef struct {
    unsigned char  data[4096];
    size_t         used;
} air_openai_room_t;


/* members that only routers understand (OpenRouter's extensions) */
static const char *const  air_openai_router_fields[] = {
    "models", "provider", "route", "session_id", "plugins", "transforms",
    "usage", "trace", "debug", "preset", "image_config",
    "stop_server_tools_when", NULL
};


static int
air_openai_edit(air_edits_t *edits, uint32_t start, uint32_t end,
    const char *text)
{
    return air_edits_add(edits, start, end, air_str_z(text));
}


/* The model by its vendor's name, where it stands or after what must stand. */
static int
air_openai_edit_model(const air_request_t *rq, const air_json_doc_t *doc,
    const air_target_t *target, const air_mem_t *mem, air_edits_t *edits)
{
    uint32_t                start, end;
    air_buf_t               b;
    const air_json_node_t  *root, *node;

    root = air_json_root(doc);
    node = air_json_get(doc, root, "model");

    if (node != NULL && node->type == AIR_JSON_STRING && node == rq->model_node
        && air_str_eq(rq->model, target->model))
    {
        return AIR_OK;
    }

    air_buf_init(&b, mem, 16 + 6 * target->model.len + 16);

    if (node != NULL) {
        start = node->start - (node->type == AIR_JSON_STRING);
        end = node->end + (node->type == AIR_JSON_STRING);

    } else {

        /*
         * The caller gave models[] alone.  The new member goes behind one
         * that is never removed, and takes that one's last byte with it so
         * that it touches no other edit.
         */

        node = air_json_get(doc, root, "messages");

        if (node == NULL) {
            node = air_json_get(doc, root, "prompt");
        }

        if (node == NULL) {
            node = air_json_get(doc, root, "input");
        }

        if (node == NULL || node->end == node->start) {
            return AIR_EINVAL;
        }

        if (node->type == AIR_JSON_STRING) {
            start = node->end;
            end = node->end + 1;

        } else {
            start = node->end - 1;
            end = node->end;
        }

        air_buf_byte(&b, doc->text.data[start]);
        air_buf_z(&b, ",\"model\":");
    }

    air_buf_json(&b, target->model);

    if (b.error != AIR_OK) {
        return b.error;
    }

    return air_edits_add(edits, start, end, air_buf_view(&b));
}


/* Asks for usage at the end of a stream, or takes the question out. */
static int
air_openai_edit_usage(const air_request_t *rq, const air_json_doc_t *doc,
    const air_target_t *target, air_edits_t *edits)
{
    const air_json_node_t  *root, *options, *node;

    root = air_json_root(doc);
    options = air_json_get(doc, root, "stream_options");
    node = air_json_get(doc, options, "include_usage");

    if (!target->profile->ask_usage) {

        /* who refuses to be asked refuses the member whole */

        return options ? air_edits_remove(edits, doc, root, options) : AIR_OK;
    }

    if (!rq->stream) {
        return AIR_OK;
    }

    if (options == NULL) {
        node = air_json_get(doc, root, "stream");

        if (node == NULL) {
            return AIR_OK;
        }

        return air_openai_edit(edits, node->start, node->end,
                               "true,\"stream_options\":"
                               "{\"include_usage\":true}");
    }

    if (options->type != AIR_JSON_OBJECT || options->count == 0) {
        return air_openai_edit(edits, options->start, options->end,
                               "{\"include_usage\":true}");
    }

    if (node == NULL) {
        return air_openai_edit(edits, options->start,
                               options->start + 1,
                               "{\"include_usage\":true,");
    }

    if (node->type == AIR_JSON_TRUE) {
        return AIR_OK;
    }

    return air_openai_edit(edits, node->start, node->end, "true");
}


/* The older name of the limit where the newer one is not known. */
static int
air_openai_edit_limit(const air_json_doc_t *doc, const air_target_t *target,
    air_edits_t *edits)
{
    const air_json_node_t  *root, *node;

    if (target->profile->max_completion_tokens) {
        return AIR_OK;
    }

    root = air_json_root(doc);
    node = air_json_get(doc, root, "max_completion_tokens");

    if (node == NULL) {
        return AIR_OK;
    }

    if (air_json_get(doc, root, "max_tokens") != NULL) {
        return air_edits_remove(edits, doc, root, node);
    }

    return air_openai_edit(edits, node->key_start, node->key_end,
                           "max_tokens");
}


int
air_openai_request_edits(const air_request_t *rq, const air_json_doc_t *doc,
    const air_target_t *target, const air_mem_t *mem, air_edits_t *edits)
{
    int                     rc;
    const char             *const *name;
    const air_json_node_t  *root, *node;

    root = air_json_root(doc);

    /*
     * Azure takes the model from the path and ignores it in the body, so it
     * may stay there; it is edited like any other.
     */

    rc = air_openai_edit_model(rq, doc, target, mem, edits);

    if (rc == AIR_OK && rq->op != AIR_OP_EMBEDDINGS) {
        rc = air_openai_edit_usage(rq, doc, target, edits);
    }

    if (rc == AIR_OK && rq->op == AIR_OP_CHAT) {
        rc = air_openai_edit_limit(doc, target, edits);
    }

    for (name = air_openai_router_fields;
         rc == AIR_OK && *name != NULL;
         name++)
    {
        node = air_json_get(doc, root, *name);

        if (node == NULL) {
            continue;
        }

        /* a router behind us gets all but its own list of models: which
           model is tried is decided here */

        if (target->profile->router_fields && strcmp(*name, "models") != 0) {
            continue;
        }

        rc = air_edits_remove(edits, doc, root, node);
    }

    return rc;
}


/* ------------------------------------------------------------- noting */


const air_json_node_t *
air_openai_filled(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name)
{
    const air_json_node_t  *node;

    node = air_json_get(doc, object, name);

    return node != NULL && node->type == AIR_JSON_STRING
           && node->end > node->start ? node : NULL;
}


air_finish_e
air_openai_finish(const air_json_doc_t *doc, const air_json_node_t *node)
{
    unsigned  i;

    static const struct {
        const char    *name;
        air_finish_e   finish;
    }  words[] = {
        { "stop", AIR_FINISH_STOP },
        { "tool_calls", AIR_FINISH_TOOL_CALLS },
        { "length", AIR_FINISH_LENGTH },
        { "content_filter", AIR_FINISH_CONTENT_FILTER },
        { "error", AIR_FINISH_ERROR },
        { "function_call", AIR_FINISH_TOOL_CALLS },
        { "eos", AIR_FINISH_STOP },                         /* Together */
        { "end_turn", AIR_FINISH_STOP },
        { "stop_sequence", AIR_FINISH_STOP },
        { "max_tokens", AIR_FINISH_LENGTH },
        { "model_length", AIR_FINISH_LENGTH },              /* Mistral  */
        { "sensitive", AIR_FINISH_CONTENT_FILTER },         /* Z.ai     */
        { "network_error", AIR_FINISH_ERROR },              /* Z.ai     */
        { "insufficient_system_resource", AIR_FINISH_ERROR }  /* DeepSeek */
    };

    if (node == NULL || node->type != AIR_JSON_STRING
        || node->end == node->start)
    {
        return AIR_FINISH_NONE;
    }

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (air_json_is(doc, node, words[i].name)) {
            return words[i].finish;
        }
    }

    return AIR_FINISH_OTHER;
}


/* Decoded bytes of a string to at most size bytes, cut between characters. */
static size_t
air_openai_copy(const air_json_doc_t *doc, const air_json_node_t *node,
    unsigned char *out, size_t size)
{
    size_t     n;
    air_str_t  s;

    s = air_json_raw(doc, node);

    /* names and words of vendors have no escapes; others stay as written */

    n = s.len;

    if (n > size) {
        n = size;

        while (n != 0 && (s.data[n] & 0xc0) == 0x80) {
            n--;
        }
    }

    if (n != 0) {
        memcpy(out, s.data, n);
    }

    return n;
}


/* Counts a string's text as seen; 1 when there is any. */
static int
air_openai_visible(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name, air_note_t *note)
{
    size_t                  n;
    air_str_t               s;
    unsigned char           out[4];
    const unsigned char    *p, *from, *last;
    const air_json_node_t  *node;

    node = air_openai_filled(doc, object, name);

    if (node == NULL) {
        return 0;
    }

    s = air_json_raw(doc, node);

    if (!node->escaped) {
        air_estimate_add(&note->visible, s);
        return 1;
    }

    p = s.data;
    last = s.data + s.len;

    while (p < last) {

        for (from = p; p < last && *p != '\\'; p++) { /* void */ }

        if (p != from) {
            air_estimate_add(&note->visible, air_str_n(from, p - from));
        }

        if (p < last) {
            n = air_json_unescape(&p, last, out);
            air_estimate_add(&note->visible, air_str_n(out, n));
        }
    }

    return 1;
}


/* A list of parts (Mistral: text and thinking): 1 when any has text. */
static int
air_openai_parts(const air_json_doc_t *doc, const air_json_node_t *list,
    air_note_t *note)
{
    int                     seen;
    const air_json_node_t  *part, *inner;

    if (list == NULL || list->type != AIR_JSON_ARRAY) {
        return 0;
    }

    seen = 0;

    for (part = air_json_first(doc, list);
         part != NULL;
         part = air_json_next(doc, part))
    {
        if (part->type != AIR_JSON_OBJECT) {
            continue;
        }

        seen |= air_openai_visible(doc, part, "text", note);
        seen |= air_openai_visible(doc, part, "summary", note);
        seen |= air_openai_filled(doc, part, "data") != NULL;
        seen |= air_json_get(doc, part, "image_url") != NULL;

        inner = air_json_get(doc, part, "thinking");

        if (inner != NULL && inner->type == AIR_JSON_ARRAY) {

            for (inner = air_json_first(doc, inner);
                 inner != NULL;
                 inner = air_json_next(doc, inner))
            {
                if (inner->type == AIR_JSON_OBJECT) {
                    seen |= air_openai_visible(doc, inner, "text", note);
                }
            }

        } else if (inner != NULL) {
            seen |= air_openai_visible(doc, part, "thinking", note);
        }
    }

    return seen;
}


static int
air_openai_calls(const air_json_doc_t *doc, const air_json_node_t *list,
    air_note_t *note)
{
    const air_json_node_t  *call, *f;

    if (list == NULL || list->type != AIR_JSON_ARRAY || list->count == 0) {
        return 0;
    }

    for (call = air_json_first(doc, list);
         call != NULL;
         call = air_json_next(doc, call))
    {
        if (call->type != AIR_JSON_OBJECT) {
            continue;
        }

        f = air_json_get(doc, call, "function");

        if (f != NULL && f->type == AIR_JSON_OBJECT) {
            (void) air_openai_visible(doc, f, "name", note);
            (void) air_openai_visible(doc, f, "arguments", note);
        }

        f = air_json_get(doc, call, "custom");

        if (f != NULL && f->type == AIR_JSON_OBJECT) {
            (void) air_openai_visible(doc, f, "name", note);
            (void) air_openai_visible(doc, f, "input", note);
        }
    }

    return 1;
}


/* A message or a delta: 1 when it holds something for a user. */
static int
air_openai_message(const air_json_doc_t *doc, const air_json_node_t *m,
    air_note_t *note)
{
    int                     seen, thought;
    const air_json_node_t  *node;

    if (m == NULL || m->type != AIR_JSON_OBJECT) {
        return 0;
    }

    seen = air_openai_visible(doc, m, "content", note);
    seen |= air_openai_parts(doc, air_json_get(doc, m, "content"), note);
    seen |= air_openai_visible(doc, m, "refusal", note);

    thought = air_openai_visible(doc, m, "reasoning_content", note);

    if (!thought) {
        thought = air_openai_visible(doc, m, "reasoning", note);
    }

    if (!thought) {
        /* the same text again where "reasoning" stands beside it */
        thought = air_openai_parts(doc, air_json_get(doc, m,
                                                     "reasoning_details"),
                                   note);
    }

    seen |= thought;
    seen |= air_openai_calls(doc, air_json_get(doc, m, "tool_calls"), note);

    node = air_json_get(doc, m, "function_call");

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        seen |= air_openai_visible(doc, node, "name", note);
        seen |= air_openai_visible(doc, node, "arguments", note);
    }

    node = air_json_get(doc, m, "audio");

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        seen |= air_openai_visible(doc, node, "transcript", note);
        seen |= air_openai_filled(doc, node, "data") != NULL;
    }

    node = air_json_get(doc, m, "images");

    seen |= node != NULL && node->type == AIR_JSON_ARRAY && node->count != 0;

    return seen;
}


static void *
air_openai_room_get(void *ud, size_t size)
{
    void               *p;
    air_openai_room_t  *room;

    room = ud;
    size = (size + 15) & ~(size_t) 15;

    if (size > sizeof(room->data) - room->used) {
        return NULL;
    }

    p = room->data + room->used;
    room->used += size;

    return p;
}


/* Copies s into the note's room for errors and makes it a view of that. */
static void
air_openai_keep(air_note_t *note, size_t *used, size_t max, air_str_t *s)
{
    size_t  n;

    n = sizeof(note->error_text) - *used;
    n = n < max ? n : max;

    if (s->len > n) {
        s->len = n;

        while (s->len != 0 && (s->data[s->len] & 0xc0) == 0x80) {
            s->len--;
        }
    }

    if (s->len != 0) {
        memcpy(note->error_text + *used, s->data, s->len);
    }

    s->data = note->error_text + *used;
    *used += s->len;
}


/* Notes the error that a body or event holds; 1 when there is one. */
static int
air_openai_note_error(const air_json_doc_t *doc, int demanded,
    air_note_t *note)
{
    size_t             used;
    air_mem_t          mem;
    air_error_t        error;
    air_openai_room_t  room;

    room.used = 0;
    mem.alloc = air_openai_room_get;
    mem.ud = &room;

    memset(&error, 0, sizeof(air_error_t));

    if (air_fault_classify(demanded ? 500 : 200, doc, &mem, &error)
        == AIR_FAULT_NONE)
    {
        return 0;
    }

    used = 0;

    air_openai_keep(note, &used, 64, &error.type);
    air_openai_keep(note, &used, 64, &error.code);
    air_openai_keep(note, &used, 64, &error.param);
    air_openai_keep(note, &used, sizeof(note->error_text), &error.message);

    if (demanded) {
        error.fault = error.fault == AIR_FAULT_SERVER
                      ? AIR_FAULT_ERROR_IN_200 : error.fault;
        error.status = 200;
    }

    note->error = error;
    note->what |= AIR_NOTE_ERROR;

    return 1;
}


static void
air_openai_note_choice(const air_json_doc_t *doc, const air_json_node_t *c,
    air_note_t *note)
{
    int                     seen;
    air_finish_e            finish;
    const air_json_node_t  *node, *native;

    /* some send the whole message beside each delta: the delta counts */

    node = air_json_get(doc, c, "delta");

    if (node == NULL || node->type != AIR_JSON_OBJECT) {
        node = air_json_get(doc, c, "message");
    }

    seen = air_openai_message(doc, node, note);
    seen |= air_openai_visible(doc, c, "text", note);

    if (seen) {
        note->what |= AIR_NOTE_CONTENT;
    }

    node = air_json_get(doc, c, "finish_reason");
    finish = air_openai_finish(doc, node);

    if (finish == AIR_FINISH_NONE) {
        return;
    }

    note->what |= AIR_NOTE_FINISH;
    note->finish = finish;

    native = air_openai_filled(doc, c, "native_finish_reason");

    note->native_len = (uint8_t) air_openai_copy(doc, native ? native : node,
                                                 note->native,
                                                 sizeof(note->native));

    if (finish == AIR_FINISH_ERROR) {

        note->what |= AIR_NOTE_ERROR;

        if (note->error.fault == AIR_FAULT_NONE) {
            note->error.fault = AIR_FAULT_ERROR_IN_200;
            note->error.status = 200;
        }

        node = air_openai_filled(doc, air_json_get(doc, c, "error"),
                                 "message");

        if (node != NULL && note->error.message.len == 0) {
            note->error.message.len = air_openai_copy(doc, node,
                                                    note->error_text,
                                                    sizeof(note->error_text));
            note->error.message.data = note->error_text;
        }
    }
}


/* What whole replies and events have in common. */
static void
air_openai_note_root(const air_json_doc_t *doc, const air_profile_t *profile,
    air_note_t *note)
{
    air_usage_t             usage;
    const air_json_node_t  *root, *node, *c;

    root = air_json_root(doc);

    node = air_openai_filled(doc, root, "id");

    if (node != NULL && note->id_len == 0) {
        note->id_len = (uint8_t) air_openai_copy(doc, node, note->id,
                                                 sizeof(note->id));
    }

    node = air_openai_filled(doc, root, "model");

    if (node != NULL && note->model_len == 0) {
        note->model_len = (uint8_t) air_openai_copy(doc, node, note->model,
                                                    sizeof(note->model));
    }

    (void) air_openai_note_error(doc, 0, note);

    node = air_json_get(doc, root, "choices");

    if (node != NULL && node->type == AIR_JSON_ARRAY && node->count) {

        note->what |= AIR_NOTE_CHOICES;

        for (c = air_json_first(doc, node);
             c != NULL;
             c = air_json_next(doc, c))
        {
            if (c->type == AIR_JSON_OBJECT) {
                air_openai_note_choice(doc, c, note);
            }
        }
    }

    air_openai_usage(doc, root, profile, &usage);

    if (!usage.seen) {
        return;
    }

    note->what |= AIR_NOTE_USAGE;

    /* of two reports that contradict each other the greater one counts */

    if (note->usage.seen
        && air_usage_input(&usage) + air_usage_output(&usage)
           < air_usage_input(&note->usage) + air_usage_output(&note->usage))
    {
        note->usage.clamped = 1;
        return;
    }

    note->usage = usage;
}


static void
air_openai_reply_note(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, air_note_t *note)
{
    const air_json_node_t  *root, *node;

    note->what = 0;

    root = air_json_root(doc);

    if (root == NULL || root->type != AIR_JSON_OBJECT) {

        if (root != NULL) {
            (void) air_openai_note_error(doc, 0, note);
        }

        note->all |= note->what;
        return;
    }

    air_openai_note_root(doc, profile, note);

    if (op != AIR_OP_CHAT && op != AIR_OP_COMPLETIONS) {

        node = air_json_get(doc, root, "data");

        if (node != NULL && node->type == AIR_JSON_ARRAY
            && node->count != 0)
        {
            note->what |= AIR_NOTE_CHOICES | AIR_NOTE_CONTENT;
        }
    }

    note->all |= note->what;
}


static int
air_openai_event_note(const air_sse_event_t *ev, const air_profile_t *profile,
    air_json_doc_t *doc, air_note_t *note)
{
    int                     rc;
    air_str_t               s;
    const air_json_node_t  *root;

    note->what = 0;

    s = ev->data;

    while (s.len && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }

    while (s.len && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t')) {
        s.len--;
    }

    if (!ev->has_data || s.len == 0) {
        note->what = AIR_NOTE_IGNORE;

    } else if (air_str_eqz(s, "[DONE]")) {
        note->what = AIR_NOTE_DONE;

    } else {
        rc = air_json_scan(doc, s, AIR_JSON_VENDOR, NULL);

        if (rc != AIR_OK) {
            return rc == AIR_ENOMEM ? rc : AIR_EINVAL;
        }

        root = air_json_root(doc);

        if (root->type != AIR_JSON_OBJECT) {
            return AIR_EINVAL;
        }

        air_openai_note_root(doc, profile, note);

        if (air_str_eqz(ev->type, "error")
            && !(note->what & AIR_NOTE_ERROR))
        {
            /* no "error" member: the event's name says it */
            (void) air_openai_note_error(doc, 1, note);
        }
    }

    note->all |= note->what;

    return AIR_OK;
}


/* ------------------------------------------------------------- errors */


void
air_openai_error_body(const air_error_t *error, air_buf_t *b)
{
    air_buf_z(b, "\"error\":{\"message\":");
    air_buf_json(b, error->message);
    air_buf_z(b, ",\"type\":");

    if (error->type.len != 0) {
        air_buf_json(b, error->type);

    } else {
        air_buf_z(b, "\"server_error\"");
    }

    air_buf_z(b, ",\"param\":");

    if (error->param.len != 0) {
        air_buf_json(b, error->param);

    } else {
        air_buf_z(b, "null");
    }

    air_buf_z(b, ",\"code\":");

    if (error->code.len != 0) {
        air_buf_json(b, error->code);

    } else {
        air_buf_z(b, "null");
    }

    air_buf_z(b, "}");
}


static int
air_openai_error_write(const air_error_t *error, air_str_t request_id,
    air_buf_t *b)
{
    (void) request_id;     /* stands in a header */

    air_buf_z(b, "{");
    air_openai_error_body(error, b);
    air_buf_z(b, "}");

    return b->error;
}


static int
air_openai_error_event(const air_error_t *error, const air_note_t *note,
    air_str_t request_id, air_buf_t *b)
{
    air_str_t  id, model;

    id = request_id;
    model = air_str_n(NULL, 0);

    if (note != NULL) {

        if (note->id_len != 0) {
            id = air_str_n(note->id, note->id_len);
        }

        model = air_str_n(note->model, note->model_len);
    }

    /* the chunk a client's stream parser knows, with the error beside */

    air_buf_z(b, "data: {\"id\":");
    air_buf_json(b, id);
    air_buf_z(b, ",\"object\":\"chat.completion.chunk\",\"created\":0,"
                 "\"model\":");
    air_buf_json(b, model);
    air_buf_z(b, ",");
    air_openai_error_body(error, b);
    air_buf_z(b, ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},"
                 "\"finish_reason\":\"error\"}]}\n\n");

    return b->error;
}


const air_codec_t  air_codec_openai = {
    "openai",
    air_openai_request_check,
    air_openai_request_edits,
    air_openai_request_read,
    air_openai_request_write,
    air_openai_reply_note,
    air_openai_reply_read,
    air_openai_reply_write,
    air_openai_event_note,
    air_openai_event_read,
    air_openai_event_write,
    air_openai_error_write,
    air_openai_error_event
};
