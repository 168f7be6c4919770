
/*
 * OpenAI Chat Completions, legacy Completions and Embeddings, as OpenAI and
 * its many imitators speak them: the table, the edits of the relay, and what
 * an error looks like.  All else stands in air_openai_*.c.
 *
 * platform.openai.com/docs/api-reference/chat, /completions, /embeddings and
 * the streaming guide, read 2026-11; quirks by vendor from recorded replies.
 */

#include "air_openai.h"


/* members of a request that may be edited */
enum {
    AIR_EDIT_MODEL = 0,
    AIR_EDIT_OPTIONS,
    AIR_EDIT_STREAM,
    AIR_EDIT_LIMIT,
    AIR_EDIT_OLD_LIMIT,
    AIR_EDIT_SEED,
    AIR_EDIT_ROUTER,              /* from here on AIR_RELAY_ROUTER          */
    AIR_EDIT_N = AIR_EDIT_ROUTER + AIR_RELAY_NROUTER
};

static const air_str_t  air_openai_edited[AIR_EDIT_N] = {
    air_str("model"), air_str("stream_options"), air_str("stream"),
    air_str("max_completion_tokens"), air_str("max_tokens"),
    air_str("seed"),

    AIR_RELAY_ROUTER
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
    const air_json_node_t *node, const air_target_t *target,
    const air_mem_t *mem, air_edits_t *edits)
{
    uint32_t                start, end;
    air_buf_t               b;
    const air_json_node_t  *root;

    root = air_json_root(doc);

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
    const air_json_node_t *const *found, const air_target_t *target,
    air_edits_t *edits)
{
    const air_json_node_t  *options, *node;

    options = found[AIR_EDIT_OPTIONS];

    if (!target->profile->ask_usage) {

        /* who refuses to be asked refuses the member whole */

        return options ? air_edits_remove(edits, doc, air_json_root(doc),
                                          options)
                       : AIR_OK;
    }

    if (!rq->stream) {
        return AIR_OK;
    }

    if (options == NULL) {
        node = found[AIR_EDIT_STREAM];

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

    node = air_json_get(doc, options, "include_usage");

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
air_openai_edit_limit(const air_json_doc_t *doc,
    const air_json_node_t *const *found, const air_target_t *target,
    air_edits_t *edits)
{
    const air_json_node_t  *node;

    if (target->profile->max_completion_tokens) {
        return AIR_OK;
    }

    node = found[AIR_EDIT_LIMIT];

    if (node == NULL) {
        return AIR_OK;
    }

    if (found[AIR_EDIT_OLD_LIMIT] != NULL) {
        return air_edits_remove(edits, doc, air_json_root(doc), node);
    }

    return air_openai_edit(edits, node->key_start, node->key_end,
                           "max_tokens");
}


/* No more than the operator allows, by the name that the target knows. */
static int
air_openai_edit_cap(const air_request_t *rq, const air_json_doc_t *doc,
    const air_json_node_t *const *found, const air_target_t *target,
    const air_mem_t *mem, air_edits_t *edits)
{
    int                     rc, old;
    const char             *name;
    const air_json_node_t  *limit, *before;

    limit = NULL;
    before = NULL;
    name = "max_tokens";

    switch (rq->op) {

    case AIR_OP_RESPONSES:
        name = "max_output_tokens";
        limit = air_json_get(doc, air_json_root(doc), name);
        break;

    case AIR_OP_CHAT:
        limit = found[AIR_EDIT_LIMIT];
        before = found[AIR_EDIT_OLD_LIMIT];

        if (target->profile->max_completion_tokens) {
            name = "max_completion_tokens";

        } else if (before != NULL) {
            limit = NULL;         /* it was taken out */
        }

        break;

    case AIR_OP_COMPLETIONS:
        limit = found[AIR_EDIT_OLD_LIMIT];
        break;

    default:
        return AIR_OK;
    }

    old = air_relay_lower(rq, doc, before, mem, edits);
    rc = air_relay_lower(rq, doc, limit, mem, edits);

    if (old != AIR_OK || rc != AIR_OK) {
        return old < 0 ? old : rc < 0 ? rc : AIR_OK;
    }

    return air_relay_cap(rq, doc, limit != NULL ? limit : before, name, mem,
                         edits);
}


int
air_openai_request_edits(const air_request_t *rq, const air_json_doc_t *doc,
    const air_target_t *target, const air_mem_t *mem, air_edits_t *edits,
    air_warnings_t *lost)
{
    int                     rc;
    const air_json_node_t  *node, *found[AIR_EDIT_N];

    air_json_pick(doc, air_json_root(doc), air_openai_edited, AIR_EDIT_N,
                  found);

    /*
     * Azure takes the model from the path and ignores it in the body, so it
     * may stay there; it is edited like any other.
     */

    rc = air_openai_edit_model(rq, doc, found[AIR_EDIT_MODEL], target, mem,
                               edits);

    if (rc == AIR_OK && rq->op != AIR_OP_EMBEDDINGS
        && rq->op != AIR_OP_RESPONSES)
    {
        rc = air_openai_edit_usage(rq, doc, found, target, edits);
    }

    if (rc == AIR_OK && rq->op == AIR_OP_CHAT) {
        rc = air_openai_edit_limit(doc, found, target, edits);
    }

    if (rc == AIR_OK && rq->cap != 0) {
        rc = air_openai_edit_cap(rq, doc, found, target, mem, edits);
    }

    node = found[AIR_EDIT_SEED];

    if (rc == AIR_OK && node != NULL && target->profile->seed != NULL) {
        rc = air_openai_edit(edits, node->key_start, node->key_end,
                             target->profile->seed);
    }

    if (rc == AIR_OK) {
        rc = air_relay_router(rq, &found[AIR_EDIT_ROUTER], doc, target,
                              edits, lost);
    }

    if (rc == AIR_OK) {
        rc = air_relay_refused(doc, target, edits, lost);
    }

    return rc;
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

    if (error->availability.len != 0) {
        air_buf_z(b, ",\"availability\":");
        air_buf_str(b, error->availability);
    }

    if (error->metadata.len != 0) {
        air_buf_z(b, ",\"metadata\":");
        air_buf_str(b, error->metadata);
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

    /*
     * As api.openai.com has it: an error stands in place of choices.  With
     * both a parser may take the one and not see the other.
     */

    air_buf_z(b, "data: {\"id\":");
    air_buf_json(b, id);
    air_buf_z(b, ",\"object\":\"chat.completion.chunk\",\"created\":0,"
                 "\"model\":");
    air_buf_json(b, model);
    air_buf_z(b, ",");
    air_openai_error_body(error, b);
    air_buf_z(b, "}\n\n");

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
    air_openai_error_event,
    AIR_FRAMING_SSE
};
