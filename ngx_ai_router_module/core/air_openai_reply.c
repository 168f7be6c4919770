
/*
 * Whole replies of the OpenAI wire to the neutral reply and back: chat,
 * legacy completions, embeddings.
 */

#include "air_openai.h"
#include "air_vector.h"


#define AIR_OPENAI_WIRE  "openai"


static int air_openai_read_sources(air_openai_read_t *r,
    const air_json_node_t *list, air_msg_reply_t *msg);
static int air_openai_read_vectors(air_openai_read_t *r,
    const air_json_node_t *data, air_msg_reply_t *msg);
static int air_openai_read_answer(air_openai_read_t *r,
    const air_json_node_t *c, unsigned i, air_msg_reply_t *msg);


int
air_openai_reply_read(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, const air_mem_t *mem, air_msg_reply_t *msg,
    air_error_t *error)
{
    int                     rc;
    unsigned                i;
    air_fault_e             fault;
    air_openai_read_t       r;
    const air_json_node_t  *root, *node;

    static const char *const  known[] = {
        "id", "object", "created", "model", "choices", "usage", "data",
        "service_tier", "system_fingerprint", "citations", NULL
    };

    air_msg_reply_init(msg, AIR_OPENAI_WIRE, op);
    memset(error, 0, sizeof(air_error_t));

    fault = air_fault_classify(200, doc, mem, error);

    if (fault != AIR_FAULT_NONE) {
        return AIR_EINVAL;
    }

    r.doc = doc;
    r.mem = mem;
    r.error = error;

    root = air_json_root(doc);
    node = air_json_get(doc, root, op == AIR_OP_EMBEDDINGS ? "data"
                                                           : "choices");

    if (node == NULL || node->type != AIR_JSON_ARRAY) {
        error->fault = AIR_FAULT_EMPTY_COMPLETION;
        error->status = 200;
        error->message = air_str_z(air_fault_row(error->fault)->message);

        return AIR_EINVAL;
    }

    rc = air_json_take(r.doc, root, "id", r.mem, &msg->id);

    if (rc == AIR_OK) {
        rc = air_json_take(r.doc, root, "model", r.mem, &msg->model);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r.doc, root, "service_tier", r.mem,
                           &msg->service_tier);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r.doc, root, "system_fingerprint", r.mem,
                           &msg->fingerprint);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    (void) air_json_uint(doc, air_json_get(doc, root, "created"),
                         &msg->created);

    air_openai_usage(doc, root, profile, &msg->usage);

    if (op == AIR_OP_EMBEDDINGS) {
        rc = air_openai_read_vectors(&r, node, msg);

    } else {
        i = 0;

        for (node = air_json_first(doc, node);
             node != NULL && rc == AIR_OK;
             node = air_json_next(doc, node))
        {
            if (node->type == AIR_JSON_OBJECT) {
                rc = air_openai_read_answer(&r, node, i++, msg);
            }
        }
    }

    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_openai_read_sources(&r, air_json_get(doc, root, "citations"),
                                 msg);
    if (rc != AIR_OK) {
        return rc;
    }

    return air_msg_rest(r.doc, root, known, r.mem, &msg->extra);
}


/* Perplexity: a list of URLs for the reply as a whole. */
static int
air_openai_read_sources(air_openai_read_t *r, const air_json_node_t *list,
    air_msg_reply_t *msg)
{
    int                     rc;
    air_citation_t         *c, *last;
    const air_json_node_t  *node;

    if (list == NULL || list->type != AIR_JSON_ARRAY) {
        return AIR_OK;
    }

    last = NULL;

    for (node = air_json_first(r->doc, list);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        if (node->type != AIR_JSON_STRING) {
            continue;
        }

        c = air_msg_citation(&msg->citations, &last, r->mem);

        if (c == NULL) {
            return AIR_ENOMEM;
        }

        rc = air_json_string(r->doc, node, r->mem, &c->url);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static int
air_openai_read_vectors(air_openai_read_t *r, const air_json_node_t *data,
    air_msg_reply_t *msg)
{
    uint64_t                index;
    unsigned                i;
    air_vector_t           *v;
    const air_json_node_t  *node, *embedding;

    i = 0;

    for (node = air_json_first(r->doc, data);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        embedding = air_json_get(r->doc, node, "embedding");

        if (embedding == NULL || (embedding->type != AIR_JSON_ARRAY
                                  && embedding->type != AIR_JSON_STRING))
        {
            /* who asked for n vectors must not get others in their place */

            r->error->fault = AIR_FAULT_BAD_JSON;
            r->error->status = 200;
            r->error->message =
                air_str_z(air_fault_row(AIR_FAULT_BAD_JSON)->message);

            return AIR_EINVAL;
        }

        index = i++;
        (void) air_json_uint(r->doc, air_json_get(r->doc, node, "index"),
                             &index);

        v = air_msg_vector(msg, r->mem, (uint32_t) index);

        if (v == NULL) {
            return AIR_ENOMEM;
        }

        v->raw = air_json_quoted(r->doc, embedding);
    }

    return air_vectors_sort(msg, r->mem);
}


static int
air_openai_read_answer(air_openai_read_t *r, const air_json_node_t *c,
    unsigned i, air_msg_reply_t *msg)
{
    int                     rc;
    uint64_t                index;
    air_part_t             *part;
    air_msg_choice_t       *choice;
    const air_json_node_t  *node;

    static const char *const  known[] = {
        "index", "message", "text", "finish_reason",
        "native_finish_reason", "logprobs", NULL
    };

    index = i;
    (void) air_json_uint(r->doc, air_json_get(r->doc, c, "index"), &index);

    choice = air_msg_choice(msg, r->mem, (uint32_t) index);

    if (choice == NULL) {
        return AIR_ENOMEM;
    }

    node = air_json_get(r->doc, c, "finish_reason");
    choice->finish = air_openai_finish(r->doc, node);

    rc = air_json_take(r->doc, c, "finish_reason", r->mem, &choice->native);

    if (rc == AIR_OK
        && air_json_filled(r->doc, c, "native_finish_reason") != NULL)
    {
        rc = air_json_take(r->doc, c, "native_finish_reason", r->mem,
                           &choice->native);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    node = air_json_given(r->doc, c, "logprobs");

    if (node != NULL) {
        choice->logprobs = air_json_quoted(r->doc, node);
        node = air_json_get(r->doc, node, "content");

        if (node != NULL && node->type == AIR_JSON_ARRAY) {
            choice->tokens = air_json_raw(r->doc, node);
        }
    }

    node = air_json_get(r->doc, c, "message");

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        rc = air_openai_assistant(r, node, &choice->parts, &choice->last,
                                  &choice->message_extra);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    node = air_json_get(r->doc, c, "text");

    if (node != NULL && node->type == AIR_JSON_STRING) {

        part = air_msg_part(&choice->parts, &choice->last, r->mem,
                            AIR_PART_TEXT);
        if (part == NULL) {
            return AIR_ENOMEM;
        }

        part->whole = 1;
        rc = air_json_string(r->doc, node, r->mem, &part->text);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return air_msg_rest(r->doc, c, known, r->mem, &choice->extra);
}


/* ------------------------------------------------------------- writing */


const char *
air_openai_finish_name(air_finish_e finish)
{
    switch (air_finish_plain(finish)) {

    case AIR_FINISH_NONE:
        return NULL;

    case AIR_FINISH_LENGTH:
        return "length";

    case AIR_FINISH_TOOL_CALLS:
        return "tool_calls";

    case AIR_FINISH_CONTENT_FILTER:
        return "content_filter";

    case AIR_FINISH_ERROR:
        return "error";

    default:
        return "stop";
    }
}


static void
air_openai_reply_vectors(const air_msg_reply_t *msg, air_buf_t *b)
{
    const air_vector_t  *v;

    air_buf_z(b, "{\"object\":\"list\",\"data\":[");

    for (v = msg->vectors; v != NULL; v = v->next) {
        air_buf_z(b, v == msg->vectors ? "{" : ",{");
        air_buf_z(b, "\"object\":\"embedding\",\"index\":");
        air_buf_uint(b, v->index);
        air_buf_z(b, ",\"embedding\":");

        if (msg->encoding.len != 0) {
            (void) air_vector_write(v->raw, msg->encoding, b);

        } else {
            air_buf_str(b, v->raw);
        }

        air_buf_z(b, "}");
    }

    air_buf_z(b, "],\"model\":");
    air_buf_json(b, msg->model);

    if (msg->id.len != 0) {
        air_buf_z(b, ",\"id\":");
        air_buf_json(b, msg->id);
    }
}


static void
air_openai_reply_choice(const air_msg_reply_t *msg,
    const air_msg_choice_t *c, unsigned own, air_buf_t *b)
{
    unsigned           n, flags;
    const char        *finish;
    const air_part_t  *p;

    flags = AIR_OPENAI_REPLY | (own ? AIR_OPENAI_OWN : 0);

    air_buf_z(b, "{\"index\":");
    air_buf_uint(b, c->index);

    if (msg->op == AIR_OP_COMPLETIONS) {

        air_buf_z(b, ",\"text\":");
        n = 0;

        for (p = c->parts; p != NULL; p = p->next) {
            if (p->type == AIR_PART_TEXT) {
                air_openai_join(b, n++ == 0, p->text);
            }
        }

        air_buf_z(b, n ? "" : "\"\"");

    } else {
        air_buf_z(b, ",\"message\":{");
        air_openai_assistant_write(c->parts, c->message_extra, flags, b,
                                   NULL);
        air_buf_z(b, "}");
    }

    air_buf_z(b, ",\"logprobs\":");

    if (c->logprobs.len != 0 && own) {
        air_buf_str(b, c->logprobs);

    } else if (c->tokens.len != 0 && msg->op == AIR_OP_CHAT) {
        air_buf_z(b, "{\"content\":");
        air_buf_str(b, c->tokens);
        air_buf_z(b, ",\"refusal\":null}");

    } else {
        air_buf_z(b, "null");
    }

    finish = air_openai_finish_name(c->finish);

    if (c->finish == AIR_FINISH_TOOL_CALLS && c->last != NULL
        && c->last->older)
    {
        finish = "function_call";
    }

    air_buf_z(b, ",\"finish_reason\":");

    if (finish != NULL) {
        air_buf_z(b, "\"");
        air_buf_z(b, finish);
        air_buf_z(b, "\"");

    } else {
        air_buf_z(b, "null");
    }

    if (c->native.len != 0
        && (finish == NULL || !air_str_eqz(c->native, finish)))
    {
        air_buf_z(b, ",\"native_finish_reason\":");
        air_buf_json(b, c->native);
    }

    if (own) {
        air_openai_extra_write(c->extra, b);
    }

    air_buf_z(b, "}");
}


int
air_openai_reply_write(const air_msg_reply_t *msg, air_buf_t *b)
{
    unsigned                 own;
    const air_citation_t    *cite;
    const air_msg_choice_t  *c;

    own = air_openai_is(msg->wire, AIR_OPENAI_WIRE);

    if (msg->op == AIR_OP_EMBEDDINGS) {
        air_openai_reply_vectors(msg, b);

    } else {
        air_buf_z(b, "{\"id\":");
        air_buf_json(b, msg->id);
        air_buf_z(b, msg->op == AIR_OP_COMPLETIONS
                     ? ",\"object\":\"text_completion\",\"created\":"
                     : ",\"object\":\"chat.completion\",\"created\":");
        air_buf_uint(b, msg->created);
        air_buf_z(b, ",\"model\":");
        air_buf_json(b, msg->model);
        air_buf_z(b, ",\"choices\":[");

        for (c = msg->choices; c != NULL; c = c->next) {
            air_buf_z(b, c == msg->choices ? "" : ",");
            air_openai_reply_choice(msg, c, own, b);
        }

        air_buf_z(b, "]");
    }

    if (msg->usage.seen) {
        air_buf_z(b, ",");
        air_openai_usage_write(&msg->usage, msg->op, b);
    }

    if (msg->service_tier.len != 0) {
        air_buf_z(b, ",\"service_tier\":");
        air_buf_json(b, msg->service_tier);
    }

    if (msg->fingerprint.len != 0) {
        air_buf_z(b, ",\"system_fingerprint\":");
        air_buf_json(b, msg->fingerprint);

    } else if (!own && msg->op == AIR_OP_CHAT) {
        /* OpenRouter's client demands it */
        air_buf_z(b, ",\"system_fingerprint\":null");
    }

    if (msg->citations != NULL) {

        air_buf_z(b, ",\"citations\":[");

        for (cite = msg->citations; cite != NULL; cite = cite->next) {
            air_buf_z(b, cite == msg->citations ? "" : ",");
            air_buf_json(b, cite->url);
        }

        air_buf_z(b, "]");
    }

    if (own) {
        air_openai_extra_write(msg->extra, b);
    }

    air_buf_z(b, "}");

    return b->error;
}
