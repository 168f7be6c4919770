
/*
 * Embeddings on Cohere's wire: a list of texts, vectors by their type, in the
 * order of the texts.  Numbers are asked for whatever the caller wants: all
 * models give them, and what else can be made of them is made here.
 *
 * docs.cohere.com/v2/reference/embed, read 2026-11-22: 96 texts at most,
 * input_type is demanded.
 */

#include "air_cohere.h"
#include "air_vector.h"


#define AIR_COHERE_TEXTS  96


int
air_cohere_embed_read(const air_cohere_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    int                     rc;
    air_item_t             *item, *last;
    const air_json_node_t  *node, *types;

    static const char *const  known[] = {
        "model", "texts", "input_type", "output_dimension",
        "embedding_types", NULL
    };

    last = NULL;

    for (node = air_json_first(r->doc, air_json_get(r->doc, root, "texts"));
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        item = air_msg_item(&msg->inputs, &last, r->mem);

        if (item == NULL) {
            return AIR_ENOMEM;
        }

        rc = air_json_string(r->doc, node, r->mem, &item->text);

        if (rc == AIR_EINVAL) {
            return air_cohere_refuse(r, "texts", "must be a list of strings");
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    rc = air_json_take(r->doc, root, "input_type", r->mem, &msg->input_type);

    if (rc != AIR_OK) {
        return rc;
    }

    node = air_json_given(r->doc, root, "output_dimension");

    if (node != NULL) {
        msg->dimensions = air_json_raw(r->doc, node);
    }

    /* numbers, or singles in base64; what has fewer bits is this wire's */

    types = air_json_given(r->doc, root, "embedding_types");
    node = air_json_first(r->doc, types);

    if (node == NULL || (air_json_next(r->doc, node) == NULL
                         && air_json_is(r->doc, node, "float")))
    {
        msg->encoding = air_str_z("float");

    } else if (air_json_next(r->doc, node) == NULL
               && air_json_is(r->doc, node, "base64"))
    {
        msg->encoding = air_str_z("base64");

    } else {
        msg->encoding = air_str_z("float");

        if (air_msg_extra(&msg->extra, r->mem, air_str_z("embedding_types"),
                          air_json_quoted(r->doc, types))
            == NULL)
        {
            return AIR_ENOMEM;
        }
    }

    return air_msg_rest(r->doc, root, known, r->mem, &msg->extra);
}


/* input_type, which has to be said. */
static void
air_cohere_embed_type(const air_msg_request_t *msg, int own, air_buf_t *b,
    air_warnings_t *lost)
{
    const char  *type;

    static const char *const  types[] = {
        [AIR_INPUT_UNSET] = "search_document",
        [AIR_INPUT_QUERY] = "search_query",
        [AIR_INPUT_DOCUMENT] = "search_document",
        [AIR_INPUT_SIMILARITY] = "clustering",
        [AIR_INPUT_CLASSIFICATION] = "classification",
        [AIR_INPUT_CLUSTERING] = "clustering",
        [AIR_INPUT_OTHER] = "search_document"
    };

    air_buf_z(b, ",\"input_type\":");

    if (own && msg->input_type.len != 0) {
        air_buf_json(b, msg->input_type);
        return;
    }

    type = types[air_input_type(msg->input_type)];

    air_buf_json(b, air_str_z(type));

    if (msg->input_type.len == 0) {
        air_warnings_addz(lost, "input_type", AIR_LOST_ADDED);

    } else if (air_input_type(msg->input_type) == AIR_INPUT_OTHER
               || air_input_type(msg->input_type) == AIR_INPUT_SIMILARITY)
    {
        air_warnings_addz(lost, "input_type", AIR_LOST_CHANGED);
    }
}


int
air_cohere_embed_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost)
{
    int                own;
    unsigned           n;
    const air_item_t  *i;

    static const char *const  lacks[] = { "user", NULL };

    own = air_msg_issued(msg->wire, AIR_COHERE_WIRE);

    if (!air_inputs_text(msg)) {
        air_warnings_addz(lost, "input", AIR_LOST_NO_SUCH);
        return AIR_EUNSUP;
    }

    air_buf_z(b, "{\"model\":");
    air_buf_json(b, target->model.len ? target->model : msg->model);
    air_buf_z(b, ",\"texts\":[");

    n = 0;

    for (i = msg->inputs; i != NULL; i = i->next) {

        if (n == AIR_COHERE_TEXTS && !own) {
            air_warnings_addz(lost, "input", AIR_LOST_VALUE);
            return AIR_EUNSUP;
        }

        air_buf_z(b, n++ ? "," : "");
        air_buf_json(b, i->text);
    }

    air_buf_z(b, "]");

    air_cohere_embed_type(msg, own, b, lost);

    if (msg->dimensions.len != 0) {
        air_buf_z(b, ",\"output_dimension\":");
        air_buf_str(b, msg->dimensions);
    }

    if (!own || air_msg_extra_find(msg->extra, "embedding_types") == NULL) {
        air_buf_z(b, own && air_str_eqz(msg->encoding, "base64")
                     ? ",\"embedding_types\":[\"base64\"]"
                     : ",\"embedding_types\":[\"float\"]");
    }

    if (own) {
        air_msg_extra_write(msg->extra, b);

    } else {
        air_msg_lose(msg, lacks, lost);

        if (msg->encoding.len != 0 && !air_str_eqz(msg->encoding, "float")
            && !air_str_eqz(msg->encoding, "base64"))
        {
            air_warnings_addz(lost, "encoding_format", AIR_LOST_VALUE);
        }
    }

    air_buf_z(b, "}");

    return b->error;
}


/* {"embeddings":{"float":[[...],...]}}, of older models without types */
int
air_cohere_vectors_read(const air_cohere_read_t *r,
    const air_json_node_t *root, air_msg_reply_t *msg)
{
    uint32_t                i;
    air_vector_t           *v;
    const air_json_node_t  *list, *node;

    list = air_json_given(r->doc, root, "embeddings");

    if (list != NULL && list->type == AIR_JSON_OBJECT) {

        node = air_json_given(r->doc, list, "float");

        if (node == NULL) {
            node = air_json_given(r->doc, list, "base64");
        }

        list = node;
    }

    if (list == NULL || list->type != AIR_JSON_ARRAY) {
        return air_cohere_empty(r->error);
    }

    i = 0;

    for (node = air_json_first(r->doc, list);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        if (node->type != AIR_JSON_ARRAY && node->type != AIR_JSON_STRING) {
            return air_cohere_empty(r->error);
        }

        v = air_msg_vector(msg, r->mem, i++);

        if (v == NULL) {
            return AIR_ENOMEM;
        }

        v->raw = air_json_quoted(r->doc, node);
    }

    (void) air_cohere_usage(r->doc, air_json_given(r->doc, root, "meta"),
                            &msg->usage);

    return AIR_OK;
}


int
air_cohere_vectors_write(const air_msg_reply_t *msg, air_buf_t *b)
{
    int                  base64;
    const air_vector_t  *v;

    /* as they came, where nothing was said */

    base64 = msg->encoding.len != 0
             ? air_str_eqz(msg->encoding, "base64")
             : msg->vectors != NULL && msg->vectors->raw.len != 0
               && msg->vectors->raw.data[0] == '"';

    air_buf_z(b, "{\"id\":");
    air_buf_json(b, msg->id);
    air_buf_z(b, base64 ? ",\"embeddings\":{\"base64\":["
                        : ",\"embeddings\":{\"float\":[");

    for (v = msg->vectors; v != NULL; v = v->next) {
        air_buf_z(b, v == msg->vectors ? "" : ",");
        (void) air_vector_write(v->raw, air_str_z(base64 ? "base64"
                                                         : "float"), b);
    }

    air_buf_z(b, "]},\"response_type\":\"embeddings_by_type\"");

    if (msg->usage.seen) {
        air_buf_z(b, ",");
        air_cohere_usage_write("meta", &msg->usage, b);
    }

    air_buf_z(b, "}");

    return b->error;
}
