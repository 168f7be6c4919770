
/*
 * Whole replies of Anthropic's wire to the neutral reply and back; the
 * answer of count_tokens too, which is one number.
 */

#include "air_anthropic.h"


static const struct {
    const char    *name;
    air_finish_e   finish;
}  air_anthropic_stops[] = {
    { "end_turn", AIR_FINISH_STOP },
    { "max_tokens", AIR_FINISH_LENGTH },
    { "stop_sequence", AIR_FINISH_SEQUENCE },
    { "tool_use", AIR_FINISH_TOOL_CALLS },
    { "pause_turn", AIR_FINISH_PAUSE },
    { "refusal", AIR_FINISH_REFUSAL },
    { "model_context_window_exceeded", AIR_FINISH_CONTEXT }
};

#define AIR_ANTHROPIC_NSTOPS                                                  \
    (sizeof(air_anthropic_stops) / sizeof(air_anthropic_stops[0]))


air_finish_e
air_anthropic_finish(const air_json_doc_t *doc, const air_json_node_t *node)
{
    unsigned  i;

    if (node == NULL || node->type != AIR_JSON_STRING
        || node->end == node->start)
    {
        return AIR_FINISH_NONE;
    }

    for (i = 0; i < AIR_ANTHROPIC_NSTOPS; i++) {
        if (air_json_is(doc, node, air_anthropic_stops[i].name)) {
            return air_anthropic_stops[i].finish;
        }
    }

    return AIR_FINISH_OTHER;
}


const char *
air_anthropic_stop(air_finish_e finish, int calls)
{
    unsigned  i;

    if (finish == AIR_FINISH_CONTENT_FILTER) {
        finish = AIR_FINISH_REFUSAL;
    }

    for (i = 0; i < AIR_ANTHROPIC_NSTOPS; i++) {
        if (air_anthropic_stops[i].finish == finish) {
            break;
        }
    }

    /* some vendors say "stop" beside calls: clients here go by the word */

    if (i == AIR_ANTHROPIC_NSTOPS || finish == AIR_FINISH_STOP) {
        return calls ? "tool_use" : "end_turn";
    }

    return air_anthropic_stops[i].name;
}


/* count_tokens: a number, and nothing was made. */
static int
air_anthropic_read_count(const air_json_doc_t *doc, air_msg_reply_t *msg,
    air_error_t *error)
{
    const air_json_node_t  *node;

    node = air_json_get(doc, air_json_root(doc), "input_tokens");

    if (air_json_uint(doc, node, &msg->usage.n[AIR_IN]) != AIR_OK) {
        error->fault = AIR_FAULT_EMPTY_COMPLETION;
        error->status = 200;
        error->message = air_str_z(air_fault_row(error->fault)->message);

        return AIR_EINVAL;
    }

    msg->usage.seen = 1;

    return AIR_OK;
}


int
air_anthropic_reply_read(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, const air_mem_t *mem, air_msg_reply_t *msg,
    air_error_t *error)
{
    int                     rc;
    air_msg_choice_t       *choice;
    const air_json_node_t  *root, *content, *usage;
    air_anthropic_read_t    r;

    static const char *const  known[] = {
        "id", "type", "role", "model", "content", "stop_reason",
        "stop_sequence", NULL
    };

    (void) profile;               /* one wire, one way to count */

    air_msg_reply_init(msg, AIR_ANTHROPIC_WIRE, op);
    memset(error, 0, sizeof(air_error_t));

    if (air_fault_classify(200, doc, mem, error) != AIR_FAULT_NONE) {
        return AIR_EINVAL;
    }

    root = air_json_root(doc);

    if (op == AIR_OP_COUNT_TOKENS) {
        return air_anthropic_read_count(doc, msg, error);
    }

    content = air_json_given(doc, root, "content");

    if (content == NULL || content->type != AIR_JSON_ARRAY) {
        error->fault = AIR_FAULT_EMPTY_COMPLETION;
        error->status = 200;
        error->message = air_str_z(air_fault_row(error->fault)->message);

        return AIR_EINVAL;
    }

    r.doc = doc;
    r.mem = mem;
    r.error = NULL;

    choice = air_msg_choice(msg, mem, 0);

    if (choice == NULL) {
        return AIR_ENOMEM;
    }

    choice->finish = air_anthropic_finish(doc, air_json_get(doc, root,
                                                            "stop_reason"));

    rc = air_json_take(doc, root, "id", mem, &msg->id);

    if (rc == AIR_OK) {
        rc = air_json_take(doc, root, "model", mem, &msg->model);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(doc, root, "stop_reason", mem, &choice->native);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(doc, root, "stop_sequence", mem,
                           &choice->sequence);
    }

    if (rc == AIR_OK) {
        rc = air_anthropic_content(&r, content, "", &choice->parts,
                                   &choice->last);
    }

    usage = air_json_given(doc, root, "usage");
    (void) air_anthropic_usage(doc, usage, &msg->usage);

    if (rc == AIR_OK) {
        rc = air_json_take(doc, usage, "service_tier", mem,
                           &msg->service_tier);
    }

    /* usage among them: this wire says more in it than classes hold */

    if (rc == AIR_OK) {
        rc = air_msg_rest(doc, root, known, mem, &msg->extra);
    }

    return rc;
}


/* ------------------------------------------------------------- writing */


int
air_anthropic_reply_write(const air_msg_reply_t *msg, air_buf_t *b)
{
    unsigned                 n;
    const char              *stop;
    air_anthropic_write_t    w;
    const air_msg_choice_t  *c;

    if (msg->op == AIR_OP_COUNT_TOKENS) {
        air_buf_z(b, "{\"input_tokens\":");
        air_buf_uint(b, air_usage_input(&msg->usage));
        air_buf_z(b, "}");

        return b->error;
    }

    memset(&w, 0, sizeof(air_anthropic_write_t));

    w.b = b;
    w.reply = 1;
    w.assistant = 1;
    w.own = air_msg_issued(msg->wire, AIR_ANTHROPIC_WIRE);

    /* one answer is all that this wire can hold */

    c = msg->choices;
    n = 0;

    air_buf_z(b, "{\"id\":");
    air_buf_json(b, msg->id);
    air_buf_z(b, ",\"type\":\"message\",\"role\":\"assistant\",\"model\":");
    air_buf_json(b, msg->model);
    air_buf_z(b, ",\"content\":[");

    if (c != NULL) {
        air_anthropic_blocks_write(&w, c->parts, NULL, &n);
    }

    air_buf_z(b, "],\"stop_reason\":");

    if (w.own && (c == NULL || c->native.len == 0)) {
        air_buf_z(b, "null");

    } else if (w.own) {
        air_buf_json(b, c->native);

    } else {
        stop = air_anthropic_stop(c ? c->finish : AIR_FINISH_NONE, w.calls);
        air_buf_json(b, air_str_z(stop));
    }

    air_buf_z(b, ",\"stop_sequence\":");

    if (c != NULL && c->sequence.len != 0) {
        air_buf_json(b, c->sequence);

    } else {
        air_buf_z(b, "null");
    }

    if (w.own) {
        air_msg_extra_write(msg->extra, b);

    } else {
        air_buf_z(b, ",");
        air_anthropic_usage_write(&msg->usage, b);
    }

    air_buf_z(b, "}");

    return b->error;
}
