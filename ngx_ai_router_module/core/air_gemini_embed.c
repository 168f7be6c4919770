
/*
 * Embeddings.  Google AI takes a batch of requests (batchEmbedContents), one
 * an input, each with its own settings; Vertex AI instances with common
 * parameters (predict).  What is read may also be the single embedContent of
 * either.
 *
 * ai.google.dev/api/embeddings, cloud.google.com/vertex-ai/generative-ai
 * /docs/model-reference/text-embeddings-api, read 2026-11-22.
 */

#include "air_gemini.h"
#include "air_vector.h"


/* The task that an input is embedded for. */
static const char *
air_gemini_task(const air_msg_request_t *msg, air_warnings_t *lost)
{
    switch (air_input_type(msg->input_type)) {

    case AIR_INPUT_UNSET:
        return NULL;

    case AIR_INPUT_QUERY:
        return "RETRIEVAL_QUERY";

    case AIR_INPUT_DOCUMENT:
        return "RETRIEVAL_DOCUMENT";

    case AIR_INPUT_SIMILARITY:
        return "SEMANTIC_SIMILARITY";

    case AIR_INPUT_CLASSIFICATION:
        return "CLASSIFICATION";

    case AIR_INPUT_CLUSTERING:
        return "CLUSTERING";

    default:
        if (msg->wire == NULL || !air_msg_issued(msg->wire, AIR_GEMINI_WIRE))
        {
            air_warnings_addz(lost, "input_type", AIR_LOST_VALUE);
            return NULL;
        }
    }

    return "";
}


static void
air_gemini_put_task(const air_msg_request_t *msg, const char *name,
    const char *task, air_buf_t *b)
{
    if (task != NULL) {
        air_buf_z(b, ",\"");
        air_buf_z(b, name);
        air_buf_z(b, "\":");
        air_buf_json(b, *task ? air_str_z(task) : msg->input_type);
    }
}


static void
air_gemini_put_dimensions(const air_msg_request_t *msg, const char *lead,
    air_buf_t *b)
{
    if (msg->dimensions.len != 0) {
        air_buf_z(b, lead);
        air_buf_z(b, "\"outputDimensionality\":");
        air_buf_str(b, msg->dimensions);
    }
}


int
air_gemini_inputs_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost)
{
    int                vertex;
    const char        *task;
    const air_item_t  *in;

    static const char *const  lacks[] = {
        "user", "safety_identifier", "metadata", "service_tier", NULL
    };

    if (msg->inputs == NULL || !air_inputs_text(msg)) {
        return AIR_EUNSUP;
    }

    vertex = target->profile != NULL && target->profile->publisher;
    task = air_gemini_task(msg, lost);

    air_buf_z(b, vertex ? "{\"instances\":[" : "{\"requests\":[");

    for (in = msg->inputs; in != NULL; in = in->next) {

        air_buf_z(b, in == msg->inputs ? "{" : ",{");

        if (vertex) {
            air_buf_z(b, "\"content\":");
            air_buf_json(b, in->text);
            air_gemini_put_task(msg, "task_type", task, b);

        } else {
            air_buf_z(b, "\"model\":");
            air_buf_json(b, air_str_z("models/"));
            air_buf_json_more(b, target->model.len ? target->model
                                                   : msg->model);
            air_buf_z(b, ",\"content\":{\"parts\":[{\"text\":");
            air_buf_json(b, in->text);
            air_buf_z(b, "}]}");
            air_gemini_put_task(msg, "taskType", task, b);
            air_gemini_put_dimensions(msg, ",", b);
        }

        air_buf_z(b, "}");
    }

    air_buf_z(b, "]");

    if (vertex && msg->dimensions.len != 0) {
        air_buf_z(b, ",\"parameters\":{");
        air_gemini_put_dimensions(msg, "", b);
        air_buf_z(b, "}");
    }

    air_buf_z(b, "}");

    if (!air_msg_issued(msg->wire, AIR_GEMINI_WIRE)) {
        air_msg_lose(msg, lacks, lost);
    }

    return b->error;
}


/* --------------------------------------------------------------- reading */


/* The text of a content; NULL parts that are no text make it raw. */
static int
air_gemini_read_input(air_gemini_read_t *r, const air_json_node_t *content,
    air_msg_request_t *msg, air_item_t **last)
{
    int                     rc;
    air_buf_t               b;
    air_str_t               text;
    air_item_t             *item;
    const air_json_node_t  *list, *node;

    item = air_msg_item(&msg->inputs, last, r->mem);

    if (item == NULL) {
        return AIR_ENOMEM;
    }

    if (content == NULL) {
        return AIR_OK;
    }

    if (content->type == AIR_JSON_STRING) {
        return air_json_string(r->doc, content, r->mem, &item->text);
    }

    air_buf_init(&b, r->mem, SIZE_MAX / 2);
    list = air_gemini_get(r->doc, content, "parts");

    for (node = air_gemini_first(r->doc, list);
         node != NULL;
         node = air_gemini_next(r->doc, list, node))
    {
        text = air_str_n(NULL, 0);
        rc = air_gemini_take(r->doc, node, "text", r->mem, &text);

        if (rc != AIR_OK) {
            return rc;
        }

        if (air_gemini_get(r->doc, node, "text") == NULL) {
            item->raw = air_json_quoted(r->doc, content);
        }

        air_buf_str(&b, text);
    }

    item->text = air_buf_view(&b);

    return b.error;
}


static int
air_gemini_read_about(air_gemini_read_t *r, const air_json_node_t *object,
    air_msg_request_t *msg)
{
    const air_json_node_t  *node;

    node = air_gemini_get(r->doc, object, "outputDimensionality");

    if (node != NULL && node->type == AIR_JSON_NUMBER) {
        msg->dimensions = air_json_raw(r->doc, node);
    }

    return air_gemini_take(r->doc, object, "taskType", r->mem,
                           &msg->input_type);
}


int
air_gemini_inputs_read(air_gemini_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    int                     rc;
    air_item_t             *last;
    const air_json_node_t  *list, *node;

    last = NULL;
    list = air_gemini_get(r->doc, root, "requests");

    if (list == NULL) {
        list = air_gemini_get(r->doc, root, "instances");
    }

    if (list == NULL) {

        /* embedContent: one */

        rc = air_gemini_read_input(r, air_gemini_get(r->doc, root,
                                                     "content"), msg, &last);

        return rc == AIR_OK ? air_gemini_read_about(r, root, msg) : rc;
    }

    rc = AIR_OK;

    for (node = air_gemini_first(r->doc, list);
         node != NULL && rc == AIR_OK;
         node = air_gemini_next(r->doc, list, node))
    {
        rc = air_gemini_read_input(r, air_gemini_get(r->doc, node,
                                                     "content"), msg, &last);

        if (rc == AIR_OK) {
            rc = air_gemini_read_about(r, node, msg);
        }
    }

    node = air_gemini_get(r->doc, root, "parameters");

    return rc == AIR_OK && node != NULL ? air_gemini_read_about(r, node, msg)
                                        : rc;
}


/* The list of vectors: embeddings, predictions, or the one embedding. */
static const air_json_node_t *
air_gemini_vectors(const air_json_doc_t *doc)
{
    unsigned                i;
    const air_json_node_t  *root, *node;

    static const char *const  names[] = {
        "embeddings", "predictions", "embedding"
    };

    root = air_json_root(doc);
    node = NULL;

    for (i = 0; i < 3 && node == NULL; i++) {
        node = air_gemini_get(doc, root, names[i]);
    }

    return node;
}


int
air_gemini_vectors_note(const air_json_doc_t *doc)
{
    const air_json_node_t  *list;

    list = air_gemini_vectors(doc);

    return list != NULL && list->count != 0;
}


int
air_gemini_vectors_usage(const air_json_doc_t *doc, air_usage_t *u)
{
    int                     any;
    uint64_t                n, sum;
    const air_json_node_t  *list, *node, *inner;

    if (air_gemini_usage(doc, air_gemini_get(doc, air_json_root(doc),
                                             "usageMetadata"), u))
    {
        return 1;
    }

    /* Vertex AI counts each */

    any = 0;
    sum = 0;
    list = air_gemini_vectors(doc);

    for (node = air_gemini_first(doc, list);
         node != NULL;
         node = air_gemini_next(doc, list, node))
    {
        inner = air_gemini_get(doc, air_gemini_get(doc, node, "embeddings"),
                               "statistics");

        if (air_gemini_count(doc, inner, "tokenCount", u, &n)) {
            sum += n;
            any = 1;
        }
    }

    if (any) {
        air_usage_init(u);
        u->n[AIR_IN] = sum;
        u->seen = 1;
    }

    return any;
}


int
air_gemini_vectors_read(const air_json_doc_t *doc, const air_mem_t *mem,
    air_msg_reply_t *msg)
{
    uint32_t                i;
    air_vector_t           *v;
    const air_json_node_t  *list, *node, *inner;

    list = air_gemini_vectors(doc);

    if (list == NULL) {
        return AIR_EINVAL;
    }

    i = 0;

    for (node = air_gemini_first(doc, list);
         node != NULL;
         node = air_gemini_next(doc, list, node))
    {
        inner = air_gemini_get(doc, node, "embeddings");
        inner = air_gemini_get(doc, inner != NULL ? inner : node, "values");

        if (inner == NULL || inner->type != AIR_JSON_ARRAY) {
            return AIR_EINVAL;
        }

        v = air_msg_vector(msg, mem, i++);

        if (v == NULL) {
            return AIR_ENOMEM;
        }

        v->raw = air_json_raw(doc, inner);
    }

    (void) air_gemini_vectors_usage(doc, &msg->usage);

    return AIR_OK;
}


void
air_gemini_vectors_write(const air_msg_reply_t *msg, air_buf_t *b)
{
    const air_vector_t  *v;

    air_buf_z(b, "{\"embeddings\":[");

    for (v = msg->vectors; v != NULL; v = v->next) {
        air_buf_z(b, v == msg->vectors ? "{\"values\":" : ",{\"values\":");
        (void) air_vector_write(v->raw, air_str_z("float"), b);
        air_buf_z(b, "}");
    }

    air_buf_z(b, "]");

    if (msg->usage.seen) {
        air_buf_z(b, ",\"usageMetadata\":{\"promptTokenCount\":");
        air_buf_uint(b, air_usage_input(&msg->usage));
        air_buf_z(b, "}");
    }

    air_buf_z(b, "}");
}
