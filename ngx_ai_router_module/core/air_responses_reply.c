
/*
 * Whole replies of the Responses wire to the neutral reply and back: one
 * response is one answer, its output a list of items.
 *
 * platform.openai.com/docs/api-reference/responses/object, read 2026-11;
 * what others leave out or add from recorded replies.
 */

#include "air_responses.h"


void
air_responses_usage(const air_json_doc_t *doc,
    const air_json_node_t *response, const air_profile_t *profile,
    air_usage_t *u)
{
    const air_json_node_t  *item;

    air_openai_usage(doc, response, profile, u);

    if (!u->seen) {
        return;
    }

    /* searches are billed by the piece and counted in no usage */

    item = air_json_get(doc, response, "output");

    if (item == NULL || item->type != AIR_JSON_ARRAY) {
        return;
    }

    for (item = air_json_first(doc, item);
         item != NULL;
         item = air_json_next(doc, item))
    {
        if (air_json_is(doc, air_json_get(doc, item, "type"),
                        "web_search_call"))
        {
            u->fee[AIR_FEE_SEARCH]++;
        }
    }
}


air_finish_e
air_responses_finish(const air_json_doc_t *doc,
    const air_json_node_t *response, int calls,
    const air_json_node_t **native)
{
    const air_json_node_t  *status, *reason;

    status = air_json_filled(doc, response, "status");
    *native = status;

    if (air_json_is(doc, status, "incomplete")) {

        reason = air_json_filled(doc, air_json_given(doc, response,
                                                     "incomplete_details"),
                                 "reason");

        if (reason != NULL) {
            *native = reason;
        }

        return air_json_is(doc, reason, "max_output_tokens")
               || air_json_is(doc, reason, "max_tokens")
               ? AIR_FINISH_LENGTH
               : air_json_is(doc, reason, "content_filter")
                 ? AIR_FINISH_CONTENT_FILTER : AIR_FINISH_OTHER;
    }

    if (air_json_is(doc, status, "failed")
        || air_json_is(doc, status, "cancelled"))
    {
        return AIR_FINISH_ERROR;
    }

    if (air_json_is(doc, status, "in_progress")
        || air_json_is(doc, status, "queued"))
    {
        return AIR_FINISH_NONE;
    }

    return calls ? AIR_FINISH_TOOL_CALLS : AIR_FINISH_STOP;
}


/* The logprobs of the texts of a message, as they are. */
static void
air_responses_read_tokens(const air_json_doc_t *doc,
    const air_json_node_t *item, air_msg_choice_t *choice)
{
    const air_json_node_t  *node, *list;

    node = air_json_get(doc, item, "content");

    if (node == NULL || node->type != AIR_JSON_ARRAY) {
        return;
    }

    for (node = air_json_first(doc, node);
         node != NULL;
         node = air_json_next(doc, node))
    {
        list = air_json_get(doc, node, "logprobs");

        if (list != NULL && list->type == AIR_JSON_ARRAY && list->count != 0
            && choice->tokens.len == 0)
        {
            choice->tokens = air_json_raw(doc, list);
        }
    }
}


static int
air_responses_read_output(const air_responses_read_t *r,
    const air_json_node_t *output, air_msg_choice_t *choice)
{
    int                     rc;
    const air_json_node_t  *item;

    for (item = air_json_first(r->doc, output);
         item != NULL;
         item = air_json_next(r->doc, item))
    {
        if (item->type != AIR_JSON_OBJECT) {
            continue;
        }

        rc = air_responses_item(r, item, &choice->parts, &choice->last);

        if (rc != AIR_OK) {
            return rc;
        }

        air_responses_read_tokens(r->doc, item, choice);
    }

    return AIR_OK;
}


int
air_responses_reply_read(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, const air_mem_t *mem, air_msg_reply_t *msg,
    air_error_t *error)
{
    int                     rc, calls;
    air_part_t             *p;
    air_msg_choice_t       *choice;
    air_responses_read_t    r;
    const air_json_node_t  *root, *output, *native;

    static const char *const  known[] = {
        "id", "object", "created_at", "completed_at", "model", "output",
        "usage", "status", "incomplete_details", "error", "service_tier",
        NULL
    };

    (void) op;

    air_msg_reply_init(msg, AIR_RESPONSES_WIRE, AIR_OP_CHAT);
    memset(error, 0, sizeof(air_error_t));

    if (air_fault_classify(200, doc, mem, error) != AIR_FAULT_NONE) {
        return AIR_EINVAL;
    }

    r.doc = doc;
    r.mem = mem;
    r.error = NULL;

    root = air_json_root(doc);
    output = air_json_get(doc, root, "output");

    if (output == NULL || output->type != AIR_JSON_ARRAY) {
        error->fault = AIR_FAULT_EMPTY_COMPLETION;
        error->status = 200;
        error->message = air_str_z(air_fault_row(error->fault)->message);

        return AIR_EINVAL;
    }

    rc = air_json_take(doc, root, "id", mem, &msg->id);

    if (rc == AIR_OK) {
        rc = air_json_take(doc, root, "model", mem, &msg->model);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(doc, root, "service_tier", mem,
                           &msg->service_tier);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    (void) air_json_uint(doc, air_json_get(doc, root, "created_at"),
                         &msg->created);

    air_responses_usage(doc, root, profile, &msg->usage);

    choice = air_msg_choice(msg, mem, 0);

    if (choice == NULL) {
        return AIR_ENOMEM;
    }

    rc = air_responses_read_output(&r, output, choice);

    if (rc != AIR_OK) {
        return rc;
    }

    calls = 0;

    for (p = choice->parts; p != NULL; p = p->next) {
        calls |= p->type == AIR_PART_TOOL_CALL;
    }

    choice->finish = air_responses_finish(doc, root, calls, &native);

    if (choice->finish == AIR_FINISH_NONE) {

        /* to be fetched later, which nobody here will do */

        error->fault = AIR_FAULT_EMPTY_COMPLETION;
        error->status = 200;
        error->message = air_str_z(air_fault_row(error->fault)->message);

        return AIR_EINVAL;
    }

    if (native != NULL) {
        rc = air_json_string(doc, native, mem, &choice->native);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(doc, root, known, mem, &msg->extra);
    }

    return rc;
}


/* ------------------------------------------------------------- writing */


/* What has been written of an output. */
typedef struct {
    const air_msg_reply_t  *msg;
    air_buf_t              *b;
    const char             *status;       /* of items                       */
    unsigned                n;            /* items                          */
    unsigned                parts;        /* of the message that is open    */
    unsigned                own:1;
    unsigned                open:1;
} air_responses_out_t;


static void
air_responses_out_item(air_responses_out_t *o, const char *type,
    const char *prefix)
{
    air_buf_z(o->b, o->n ? ",{\"type\":\"" : "{\"type\":\"");
    air_buf_z(o->b, type);
    air_buf_z(o->b, "\",\"id\":");
    air_responses_id_write(prefix, o->msg->id, o->n++, o->b);
}


static void
air_responses_out_close(air_responses_out_t *o)
{
    if (o->open) {
        air_buf_z(o->b, "]}");
        o->open = 0;
    }
}


static void
air_responses_out_said(air_responses_out_t *o, const air_part_t *p,
    air_str_t tokens)
{
    unsigned               n;
    const air_citation_t  *c;

    if (!o->open || (o->own && p->begins)) {

        air_responses_out_close(o);

        if (o->own && p->item != NULL) {
            /* its id and status are among them */
            air_buf_z(o->b, o->n++ ? ",{" : "{");
            air_buf_z(o->b, "\"type\":\"message\"");
            air_msg_extra_write(p->item, o->b);

        } else {
            air_responses_out_item(o, "message", "msg_");
            air_buf_z(o->b, ",\"status\":\"");
            air_buf_z(o->b, o->status);
            air_buf_z(o->b, "\"");
        }

        air_buf_z(o->b, ",\"role\":\"assistant\",\"content\":[");
        o->open = 1;
        o->parts = 0;
    }

    air_buf_z(o->b, o->parts++ ? "," : "");

    if (p->type == AIR_PART_REFUSAL) {
        air_buf_z(o->b, "{\"type\":\"refusal\",\"refusal\":");
        air_buf_json(o->b, p->text);
        air_buf_z(o->b, "}");
        return;
    }

    air_buf_z(o->b, "{\"type\":\"output_text\",\"text\":");
    air_buf_json(o->b, p->text);
    air_buf_z(o->b, ",\"annotations\":[");

    n = 0;

    for (c = p->citations; c != NULL; c = c->next) {
        if (c->url.len != 0 || air_msg_issued(c->issuer, AIR_RESPONSES_WIRE))
        {
            air_buf_z(o->b, n++ ? "," : "");
            (void) air_responses_citation_write(c, o->b);
        }
    }

    air_buf_z(o->b, "],\"logprobs\":");
    air_buf_str(o->b, tokens.len ? tokens : air_str_z("[]"));

    if (o->own) {
        air_msg_extra_write(p->extra, o->b);
    }

    air_buf_z(o->b, "}");
}


/* A reasoning item: what may be read as its summary, what may not sealed. */
static void
air_responses_out_thought(air_responses_out_t *o, const air_part_t *p)
{
    air_str_t  sealed;

    air_responses_out_close(o);

    if (p->raw.len != 0 && p->format.len == 0
        && air_msg_issued(p->issuer, AIR_RESPONSES_WIRE))
    {
        air_buf_z(o->b, o->n++ ? "," : "");
        air_buf_str(o->b, p->raw);
        return;
    }

    sealed = p->type == AIR_PART_REDACTED ? p->data : p->signature;

    air_responses_out_item(o, "reasoning", "rs_");
    air_buf_z(o->b, ",\"summary\":[");

    if (p->type == AIR_PART_THINKING && p->text.len != 0) {
        air_buf_z(o->b, "{\"type\":\"summary_text\",\"text\":");
        air_buf_json(o->b, p->text);
        air_buf_z(o->b, "}");
    }

    air_buf_z(o->b, "]");

    if (sealed.len != 0) {
        air_buf_z(o->b, ",\"encrypted_content\":");
        air_msg_seal(AIR_RESPONSES_WIRE, p->issuer, sealed, o->b);
    }

    air_buf_z(o->b, "}");
}


static void
air_responses_out_call(air_responses_out_t *o, const air_part_t *p)
{
    air_responses_out_close(o);

    if (o->own && p->item != NULL) {
        air_buf_z(o->b, o->n++ ? ",{" : "{");
        air_buf_z(o->b, p->custom ? "\"type\":\"custom_tool_call\""
                                  : "\"type\":\"function_call\"");
        air_msg_extra_write(p->item, o->b);

    } else {
        air_responses_out_item(o, p->custom ? "custom_tool_call"
                                            : "function_call",
                               p->custom ? "ctc_" : "fc_");
        air_buf_z(o->b, ",\"status\":\"completed\"");
    }

    air_buf_z(o->b, ",\"call_id\":");
    air_buf_json(o->b, p->id);
    air_buf_z(o->b, ",\"name\":");
    air_buf_json(o->b, p->name);
    air_buf_z(o->b, p->custom ? ",\"input\":" : ",\"arguments\":");

    if (p->arguments.len == 0 && !p->custom && !o->own) {
        air_buf_z(o->b, "\"{}\"");

    } else {
        air_buf_json(o->b, p->arguments);
    }

    air_buf_z(o->b, "}");
}


static void
air_responses_out_image(air_responses_out_t *o, const air_part_t *p)
{
    air_responses_out_close(o);
    air_responses_out_item(o, "image_generation_call", "ig_");
    air_buf_z(o->b, ",\"status\":\"completed\",\"output_format\":");
    air_buf_json(o->b, air_str_z(air_str_eqz(p->media.type, "image/jpeg")
                                 ? "jpeg"
                                 : air_str_eqz(p->media.type, "image/webp")
                                   ? "webp" : "png"));
    air_buf_z(o->b, ",\"result\":");
    air_buf_json(o->b, p->media.data);
    air_buf_z(o->b, "}");
}


static void
air_responses_out_part(air_responses_out_t *o, const air_part_t *p,
    air_str_t *tokens)
{
    switch (p->type) {

    case AIR_PART_TEXT:
    case AIR_PART_REFUSAL:
        air_responses_out_said(o, p, p->type == AIR_PART_TEXT
                                     ? *tokens : air_str_n(NULL, 0));

        if (p->type == AIR_PART_TEXT) {
            /* those of the answer stand at its first text */
            *tokens = air_str_n(NULL, 0);
        }
        return;

    case AIR_PART_THINKING:
    case AIR_PART_REDACTED:
        if (p->text.len != 0 || p->signature.len != 0 || p->data.len != 0
            || o->own)
        {
            air_responses_out_thought(o, p);
        }
        return;

    case AIR_PART_TOOL_CALL:
        air_responses_out_call(o, p);
        return;

    default:
        break;
    }

    if (p->raw.len != 0 && air_msg_issued(p->issuer, AIR_RESPONSES_WIRE)) {
        air_responses_out_close(o);
        air_buf_z(o->b, o->n++ ? "," : "");
        air_buf_str(o->b, p->raw);

    } else if (p->type == AIR_PART_IMAGE && p->media.data.len != 0) {
        air_responses_out_image(o, p);
    }
}


int
air_responses_reply_write(const air_msg_reply_t *msg, air_buf_t *b)
{
    air_str_t                tokens;
    air_error_t              error;
    const air_part_t        *p;
    air_responses_out_t      o;
    air_responses_head_t     head;
    const air_msg_choice_t  *c;

    c = msg->choices;

    memset(&o, 0, sizeof(air_responses_out_t));
    memset(&head, 0, sizeof(air_responses_head_t));

    o.msg = msg;
    o.b = b;
    o.own = air_msg_issued(msg->wire, AIR_RESPONSES_WIRE) != 0;

    head.id = msg->id;
    head.model = msg->model;
    head.created = msg->created;
    head.service_tier = msg->service_tier;
    head.status = air_responses_status(c ? c->finish : AIR_FINISH_STOP,
                                       &head.incomplete);

    if (o.own && c != NULL && c->finish == AIR_FINISH_OTHER) {
        head.status = "incomplete";
        head.incomplete = c->native;
    }

    if (strcmp(head.status, "failed") == 0 && !o.own) {
        air_responses_broken(&error);
        head.error = &error;
    }

    o.status = head.incomplete.len ? "incomplete" : "completed";

    air_responses_head_write(&head, b);
    air_buf_z(b, ",\"output\":[");

    tokens = c ? c->tokens : air_str_n(NULL, 0);

    for (p = c ? c->parts : NULL; p != NULL; p = p->next) {
        air_responses_out_part(&o, p, &tokens);
    }

    air_responses_out_close(&o);
    air_buf_z(b, "]");

    if (o.own) {

        /* what the vendor said of itself and of the request */

        air_msg_extra_write(msg->extra, b);

        if (msg->usage.seen) {
            air_buf_z(b, ",");
            air_openai_usage_write(&msg->usage, AIR_OP_RESPONSES, b);
        }

        air_buf_z(b, "}");

        return b->error;
    }

    air_responses_tail_write(msg->usage.seen ? &msg->usage : NULL, b);

    return b->error;
}
