
/*
 * Whole replies of Bedrock's wire to the neutral reply and back; the answer
 * of CountTokens too, which is one number, and of InvokeModel for
 * embeddings.  The wire names neither the reply nor the model.
 */

#include "air_bedrock.h"


static int
air_bedrock_refuse(air_error_t *error)
{
    error->fault = AIR_FAULT_EMPTY_COMPLETION;
    error->status = 200;
    error->message = air_str_z(air_fault_row(error->fault)->message);

    return AIR_EINVAL;
}


int
air_bedrock_reply_read(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, const air_mem_t *mem, air_msg_reply_t *msg,
    air_error_t *error)
{
    int                     rc;
    air_msg_choice_t       *choice;
    air_bedrock_read_t      r;
    const air_json_node_t  *root, *message;

    static const char *const  known[] = { "output", "stopReason", NULL };

    (void) profile;               /* one wire, one way to count */

    air_msg_reply_init(msg, AIR_BEDROCK_WIRE, op);
    memset(error, 0, sizeof(air_error_t));

    if (air_fault_classify(200, doc, mem, error) != AIR_FAULT_NONE) {
        return AIR_EINVAL;
    }

    root = air_json_root(doc);

    if (op == AIR_OP_EMBEDDINGS) {
        return air_bedrock_embed_read(doc, mem, msg, error);
    }

    if (op == AIR_OP_COUNT_TOKENS) {

        if (air_json_uint(doc, air_json_get(doc, root, "inputTokens"),
                          &msg->usage.n[AIR_IN])
            != AIR_OK)
        {
            return air_bedrock_refuse(error);
        }

        msg->usage.seen = 1;

        return AIR_OK;
    }

    message = air_json_given(doc, air_json_given(doc, root, "output"),
                             "message");

    if (message == NULL || message->type != AIR_JSON_OBJECT) {
        return air_bedrock_refuse(error);
    }

    r.doc = doc;
    r.mem = mem;
    r.error = NULL;

    choice = air_msg_choice(msg, mem, 0);

    if (choice == NULL) {
        return AIR_ENOMEM;
    }

    choice->finish = air_bedrock_finish(doc, air_json_get(doc, root,
                                                          "stopReason"));

    rc = air_json_take(doc, root, "stopReason", mem, &choice->native);

    if (rc == AIR_OK) {
        rc = air_bedrock_sequence(doc, root, mem, &choice->sequence);
    }

    if (rc == AIR_OK) {
        rc = air_bedrock_content(&r, air_json_given(doc, message, "content"),
                                 &choice->parts, &choice->last);
    }

    (void) air_bedrock_usage(doc, air_json_given(doc, root, "usage"),
                             &msg->usage);
    air_bedrock_tier(doc, root, &msg->usage);

    if (rc == AIR_OK) {
        rc = air_json_take(doc, air_json_given(doc, root, "serviceTier"),
                           "type", mem, &msg->service_tier);
    }

    /* usage among them: this wire says more in it than classes hold */

    if (rc == AIR_OK) {
        rc = air_msg_rest(doc, root, known, mem, &msg->extra);
    }

    return rc;
}


int
air_bedrock_reply_write(const air_msg_reply_t *msg, air_buf_t *b)
{
    unsigned                 n;
    air_bedrock_write_t      w;
    const air_msg_choice_t  *c;

    if (msg->op == AIR_OP_EMBEDDINGS) {
        return air_bedrock_embed_reply(msg, b);
    }

    if (msg->op == AIR_OP_COUNT_TOKENS) {
        air_buf_z(b, "{\"inputTokens\":");
        air_buf_uint(b, air_usage_input(&msg->usage));
        air_buf_z(b, "}");

        return b->error;
    }

    memset(&w, 0, sizeof(air_bedrock_write_t));

    w.b = b;
    w.reply = 1;
    w.assistant = 1;
    w.own = air_msg_issued(msg->wire, AIR_BEDROCK_WIRE);

    /* one answer is all that this wire can hold */

    c = msg->choices;
    n = 0;

    air_buf_z(b, "{\"output\":{\"message\":{\"role\":\"assistant\","
                 "\"content\":[");

    if (c != NULL) {
        air_bedrock_blocks_write(&w, c->parts, NULL, &n);
    }

    air_buf_z(b, "]}},\"stopReason\":");

    if (w.own && c != NULL && c->native.len != 0) {
        air_buf_json(b, c->native);

    } else {
        air_buf_json(b, air_str_z(air_bedrock_stop(c ? c->finish
                                                     : AIR_FINISH_NONE,
                                                   w.calls)));
    }

    if (w.own) {
        air_msg_extra_write(msg->extra, b);

    } else {
        air_buf_z(b, ",");
        air_bedrock_usage_write(&msg->usage, b);
        air_buf_z(b, ",\"metrics\":{\"latencyMs\":0}");

        if (c != NULL && c->sequence.len != 0) {
            air_buf_z(b, ",\"additionalModelResponseFields\":"
                         "{\"stop_sequence\":");
            air_buf_json(b, c->sequence);
            air_buf_z(b, "}");
        }
    }

    air_buf_z(b, "}");

    return b->error;
}
