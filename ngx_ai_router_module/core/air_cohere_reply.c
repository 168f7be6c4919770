
/*
 * Whole replies of Cohere's wire to the neutral reply and back.  The wire
 * names no model in them.
 */

#include "air_cohere.h"


/* The list of logprobs as OpenAI's, in mem. */
static int
air_cohere_read_logprobs(const air_cohere_read_t *r,
    const air_json_node_t *list, air_msg_choice_t *choice)
{
    unsigned                n;
    air_buf_t               b;
    const air_json_node_t  *node;

    if (list == NULL || list->type != AIR_JSON_ARRAY) {
        return AIR_OK;
    }

    choice->logprobs = air_json_quoted(r->doc, list);

    air_buf_init(&b, r->mem, choice->logprobs.len * 64 + 16);
    air_buf_z(&b, "[");
    n = 0;

    for (node = air_json_first(r->doc, list);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        air_cohere_tokens(r->doc, node, &n, &b);
    }

    air_buf_z(&b, "]");

    if (b.error != AIR_OK) {
        return b.error;
    }

    choice->tokens = air_buf_view(&b);

    return AIR_OK;
}


int
air_cohere_reply_read(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, const air_mem_t *mem, air_msg_reply_t *msg,
    air_error_t *error)
{
    int                     rc;
    air_msg_choice_t       *choice;
    air_cohere_read_t       r;
    const air_json_node_t  *root, *m, *node;

    static const char *const  known[] = {
        "id", "message", "finish_reason", "logprobs", NULL
    };

    (void) profile;               /* one wire, one way to count */

    air_msg_reply_init(msg, AIR_COHERE_WIRE, op);
    memset(error, 0, sizeof(air_error_t));

    if (air_fault_classify(200, doc, mem, error) != AIR_FAULT_NONE) {
        return AIR_EINVAL;
    }

    r.doc = doc;
    r.mem = mem;
    r.error = error;

    root = air_json_root(doc);

    rc = air_json_take(doc, root, "id", mem, &msg->id);

    if (rc != AIR_OK) {
        return rc;
    }

    if (op == AIR_OP_EMBEDDINGS) {
        return air_cohere_vectors_read(&r, root, msg);
    }

    m = air_json_given(doc, root, "message");

    if (m == NULL || m->type != AIR_JSON_OBJECT) {
        return air_cohere_empty(error);
    }

    choice = air_msg_choice(msg, mem, 0);

    if (choice == NULL) {
        return AIR_ENOMEM;
    }

    node = air_json_get(doc, root, "finish_reason");
    choice->finish = air_cohere_finish(doc, node);

    rc = air_json_take(doc, root, "finish_reason", mem, &choice->native);

    if (rc == AIR_OK) {
        rc = air_cohere_assistant(&r, m, &choice->parts, &choice->last,
                                  &choice->message_extra);
    }

    if (rc == AIR_OK) {
        rc = air_cohere_read_logprobs(&r, air_json_given(doc, root,
                                                         "logprobs"),
                                      choice);
    }

    (void) air_cohere_usage(doc, air_json_given(doc, root, "usage"),
                            &msg->usage);

    /* usage among them: this wire says more in it than classes hold */

    if (rc == AIR_OK) {
        rc = air_msg_rest(doc, root, known, mem, &msg->extra);
    }

    return rc;
}


int
air_cohere_reply_write(const air_msg_reply_t *msg, air_buf_t *b)
{
    int                      own, calls;
    const air_part_t        *p;
    const air_msg_choice_t  *c;

    if (msg->op == AIR_OP_EMBEDDINGS) {
        return air_cohere_vectors_write(msg, b);
    }

    own = air_msg_issued(msg->wire, AIR_COHERE_WIRE);
    calls = 0;

    /* one answer is all that this wire can hold */

    c = msg->choices;

    air_buf_z(b, "{\"id\":");
    air_buf_json(b, msg->id);
    air_buf_z(b, ",\"message\":{\"role\":\"assistant\"");

    if (c != NULL) {
        air_cohere_assistant_write(c->parts, AIR_COHERE_REPLY
                                             | (own ? AIR_COHERE_OWN : 0),
                                   b);

        for (p = c->parts; p != NULL; p = p->next) {
            calls |= p->type == AIR_PART_TOOL_CALL;
        }

        if (own) {
            air_msg_extra_write(c->message_extra, b);
        }
    }

    air_buf_z(b, "},\"finish_reason\":");

    if (own && c != NULL && c->native.len != 0) {
        air_buf_json(b, c->native);

    } else {
        air_buf_z(b, "\"");
        air_buf_z(b, air_cohere_finish_name(c ? c->finish : AIR_FINISH_NONE,
                                            calls));
        air_buf_z(b, "\"");
    }

    if (own && c != NULL && c->logprobs.len != 0) {
        air_buf_z(b, ",\"logprobs\":");
        air_buf_str(b, c->logprobs);
    }

    if (own) {
        air_msg_extra_write(msg->extra, b);

    } else if (msg->usage.seen) {
        air_buf_z(b, ",");
        air_cohere_usage_write("usage", &msg->usage, b);
    }

    air_buf_z(b, "}");

    return b->error;
}
