
/*
 * Embeddings through InvokeModel: each maker has its own body.  Titan and
 * Nova embed one text a request, Cohere up to 96.
 *
 * docs.aws.amazon.com/bedrock, user guide: Titan Text Embeddings G1 and V2,
 * Titan Multimodal Embeddings, Cohere Embed v3 and v4, Nova multimodal
 * embeddings, read 2026-11-22; usage is in Titan's body, and for all in the
 * header x-amzn-bedrock-input-token-count.
 */

#include "air_bedrock.h"
#include "air_vector.h"


#define AIR_BEDROCK_TEXTS  96


/* The word of Cohere's or Nova's for what inputs are for; NULL: none. */
static const char *
air_bedrock_purpose(air_input_e type, int nova)
{
    switch (type) {

    case AIR_INPUT_QUERY:
        return nova ? "GENERIC_RETRIEVAL" : "search_query";

    case AIR_INPUT_DOCUMENT:
        return nova ? "GENERIC_INDEX" : "search_document";

    case AIR_INPUT_CLASSIFICATION:
        return nova ? "CLASSIFICATION" : "classification";

    case AIR_INPUT_CLUSTERING:
        return nova ? "CLUSTERING" : "clustering";

    default:
        return NULL;
    }
}


/* Demanded by these two: what is stored is the default. */
static void
air_bedrock_put_purpose(const air_msg_request_t *msg, int nova, air_buf_t *b,
    air_warnings_t *lost)
{
    const char  *word;

    word = air_bedrock_purpose(air_input_type(msg->input_type), nova);

    if (word == NULL) {
        word = air_bedrock_purpose(AIR_INPUT_DOCUMENT, nova);
        air_warnings_addz(lost, "input_type",
                          msg->input_type.len ? AIR_LOST_CHANGED
                                              : AIR_LOST_ADDED);
    }

    air_buf_z(b, "\"");
    air_buf_z(b, word);
    air_buf_z(b, "\"");
}


static void
air_bedrock_put_dimensions(const air_msg_request_t *msg, const char *name,
    air_buf_t *b)
{
    if (msg->dimensions.len != 0) {
        air_buf_z(b, name);
        air_buf_str(b, msg->dimensions);
    }
}


static int
air_bedrock_put_cohere(const air_msg_request_t *msg, air_str_t model,
    air_buf_t *b, air_warnings_t *lost)
{
    unsigned           n;
    const air_item_t  *item;

    n = 0;
    air_buf_z(b, "{\"texts\":[");

    for (item = msg->inputs; item != NULL; item = item->next) {

        if (n == AIR_BEDROCK_TEXTS) {
            air_warnings_addz(lost, "input", AIR_LOST_VALUE);
            return AIR_EUNSUP;
        }

        air_buf_z(b, n++ ? "," : "");
        air_buf_json(b, item->text);
    }

    air_buf_z(b, "],\"input_type\":");
    air_bedrock_put_purpose(msg, 0, b, lost);
    air_buf_z(b, ",\"embedding_types\":[\"float\"]");

    if (air_bedrock_has(model, "embed-v4")) {
        air_bedrock_put_dimensions(msg, ",\"output_dimension\":", b);

    } else if (msg->dimensions.len != 0) {
        air_warnings_addz(lost, "dimensions", AIR_LOST_MODEL);
    }

    air_buf_z(b, "}");

    return b->error;
}


int
air_bedrock_embed_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost)
{
    air_str_t            model, text;
    const air_extra_t   *e;
    air_bedrock_maker_e  maker;

    static const char *const  names[] = { "user", NULL };

    model = target->model;
    maker = air_bedrock_maker(model);

    if (msg->inputs == NULL || !air_inputs_text(msg)) {
        air_warnings_addz(lost, "input", AIR_LOST_VALUE);
        return AIR_EUNSUP;
    }

    if (!air_msg_issued(msg->wire, AIR_BEDROCK_WIRE)) {
        air_msg_lose(msg, names, lost);
    }

    if (maker == AIR_BEDROCK_COHERE) {
        return air_bedrock_put_cohere(msg, model, b, lost);
    }

    if (msg->inputs->next != NULL) {

        /* one text a request is all that these take */

        air_warnings_addz(lost, "input", AIR_LOST_VALUE);
        return AIR_EUNSUP;
    }

    text = msg->inputs->text;

    if (maker == AIR_BEDROCK_NOVA || maker == AIR_BEDROCK_NOVA_2) {
        air_buf_z(b, "{\"taskType\":\"SINGLE_EMBEDDING\","
                     "\"singleEmbeddingParams\":{\"embeddingPurpose\":");
        air_bedrock_put_purpose(msg, 1, b, lost);
        air_bedrock_put_dimensions(msg, ",\"embeddingDimension\":", b);
        air_buf_z(b, ",\"text\":{\"truncationMode\":\"NONE\",\"value\":");
        air_buf_json(b, text);
        air_buf_z(b, "}}}");

        return b->error;
    }

    if (msg->input_type.len != 0) {
        air_warnings_addz(lost, "input_type", AIR_LOST_NO_SUCH);
    }

    air_buf_z(b, "{\"inputText\":");
    air_buf_json(b, text);

    if (air_bedrock_has(model, "embed-image")) {

        if (msg->dimensions.len != 0) {
            air_bedrock_put_dimensions(msg, ",\"embeddingConfig\":"
                                            "{\"outputEmbeddingLength\":", b);
            air_buf_z(b, "}");
        }

    } else if (air_bedrock_has(model, "embed-text-v1")
               || air_bedrock_has(model, "embed-g1"))
    {
        if (msg->dimensions.len != 0) {
            air_warnings_addz(lost, "dimensions", AIR_LOST_MODEL);
        }

    } else {
        air_bedrock_put_dimensions(msg, ",\"dimensions\":", b);
    }

    if (air_msg_issued(msg->wire, AIR_BEDROCK_WIRE)) {
        for (e = msg->extra; e != NULL; e = e->next) {
            air_buf_z(b, ",\"");
            air_buf_str(b, e->key);
            air_buf_z(b, "\":");
            air_buf_str(b, e->raw);
        }
    }

    air_buf_z(b, "}");

    return b->error;
}


/* Appends an input; AIR_OK or AIR_ENOMEM. */
static int
air_bedrock_embed_text(const air_bedrock_read_t *r,
    const air_json_node_t *node, air_item_t **last, air_msg_request_t *msg)
{
    air_item_t  *item;

    if (node == NULL || node->type != AIR_JSON_STRING) {
        return AIR_OK;
    }

    item = air_msg_item(&msg->inputs, last, r->mem);

    return item != NULL ? air_json_string(r->doc, node, r->mem, &item->text)
                        : AIR_ENOMEM;
}


int
air_bedrock_embed_request(const air_bedrock_read_t *r,
    air_msg_request_t *msg)
{
    int                     rc;
    air_item_t             *last;
    const air_json_node_t  *root, *node, *nova;

    static const char *const  known[] = {
        "inputText", "dimensions", "texts", "input_type", "embedding_types",
        "output_dimension", "taskType", "singleEmbeddingParams", NULL
    };

    static const char *const  none[] = {
        "inputText: a text is required", NULL
    };

    last = NULL;
    root = air_json_root(r->doc);
    nova = air_json_given(r->doc, root, "singleEmbeddingParams");

    rc = air_bedrock_embed_text(r, air_json_get(r->doc, root, "inputText"),
                                &last, msg);

    if (rc == AIR_OK) {
        rc = air_bedrock_embed_text(r, air_json_get(r->doc,
                                        air_json_given(r->doc, nova, "text"),
                                                    "value"),
                                    &last, msg);
    }

    node = air_json_given(r->doc, root, "texts");

    for (node = node != NULL && node->type == AIR_JSON_ARRAY
                ? air_json_first(r->doc, node) : NULL;
         node != NULL && rc == AIR_OK;
         node = air_json_next(r->doc, node))
    {
        rc = air_bedrock_embed_text(r, node, &last, msg);
    }

    if (rc == AIR_OK && msg->inputs == NULL) {
        return air_msg_refuse(r->mem, r->error, none);
    }

    node = air_json_given(r->doc, root, "dimensions");

    if (node == NULL) {
        node = air_json_given(r->doc, root, "output_dimension");
    }

    if (node == NULL) {
        node = air_json_given(r->doc, nova, "embeddingDimension");
    }

    if (node != NULL && node->type == AIR_JSON_NUMBER) {
        msg->dimensions = air_json_raw(r->doc, node);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, root, "input_type", r->mem,
                           &msg->input_type);
    }

    node = air_json_given(r->doc, nova, "embeddingPurpose");

    if (node != NULL) {
        msg->input_type = air_json_is(r->doc, node, "GENERIC_RETRIEVAL")
                          || air_json_is(r->doc, node, "TEXT_RETRIEVAL")
                          ? air_str_z("query")
                          : air_json_is(r->doc, node, "CLASSIFICATION")
                            ? air_str_z("classification")
                            : air_json_is(r->doc, node, "CLUSTERING")
                              ? air_str_z("clustering")
                              : air_str_z("document");
    }

    return rc == AIR_OK ? air_msg_rest(r->doc, root, known, r->mem,
                                       &msg->extra)
                        : rc;
}


static int
air_bedrock_embed_add(const air_json_doc_t *doc, const air_json_node_t *node,
    const air_mem_t *mem, uint32_t *n, air_msg_reply_t *msg)
{
    air_vector_t  *v;

    if (node == NULL || node->type != AIR_JSON_ARRAY) {
        return AIR_OK;
    }

    v = air_msg_vector(msg, mem, (*n)++);

    if (v == NULL) {
        return AIR_ENOMEM;
    }

    v->raw = air_json_raw(doc, node);

    return AIR_OK;
}


int
air_bedrock_embed_read(const air_json_doc_t *doc, const air_mem_t *mem,
    air_msg_reply_t *msg, air_error_t *error)
{
    int                     rc;
    uint32_t                n;
    const air_json_node_t  *root, *list, *node;

    n = 0;
    root = air_json_root(doc);

    /* Titan: one vector */

    rc = air_bedrock_embed_add(doc, air_json_given(doc, root, "embedding"),
                               mem, &n, msg);

    /* Cohere: a list, or a list by type; Nova: objects with a type each */

    list = air_json_given(doc, root, "embeddings");

    if (list != NULL && list->type == AIR_JSON_OBJECT) {
        list = air_json_given(doc, list, "float");
    }

    for (node = list != NULL && list->type == AIR_JSON_ARRAY
                ? air_json_first(doc, list) : NULL;
         node != NULL && rc == AIR_OK;
         node = air_json_next(doc, node))
    {
        rc = air_bedrock_embed_add(doc, node->type == AIR_JSON_OBJECT
                                   ? air_json_given(doc, node, "embedding")
                                   : node, mem, &n, msg);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    if (n == 0) {
        error->fault = AIR_FAULT_EMPTY_COMPLETION;
        error->status = 200;
        error->message = air_str_z(air_fault_row(error->fault)->message);

        return AIR_EINVAL;
    }

    if (air_json_uint(doc, air_json_get(doc, root, "inputTextTokenCount"),
                      &msg->usage.n[AIR_IN])
        == AIR_OK)
    {
        msg->usage.seen = 1;
    }

    return air_json_take(doc, root, "id", mem, &msg->id);
}


int
air_bedrock_embed_reply(const air_msg_reply_t *msg, air_buf_t *b)
{
    const air_vector_t  *v;

    v = msg->vectors;

    if (v != NULL && v->next != NULL) {

        air_buf_z(b, "{\"embeddings\":{\"float\":[");

        for ( /* void */ ; v != NULL; v = v->next) {
            (void) air_vector_write(v->raw, air_str_z("float"), b);
            air_buf_z(b, v->next ? "," : "");
        }

        air_buf_z(b, "]},\"response_type\":\"embeddings_by_type\"}");

        return b->error;
    }

    air_buf_z(b, "{\"embedding\":");

    if (v == NULL) {
        air_buf_z(b, "[]");

    } else {
        (void) air_vector_write(v->raw, air_str_z("float"), b);
    }

    air_buf_z(b, ",\"inputTextTokenCount\":");
    air_buf_uint(b, air_usage_input(&msg->usage));
    air_buf_z(b, "}");

    return b->error;
}
