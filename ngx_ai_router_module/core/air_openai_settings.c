
/*
 * The settings of a request on the OpenAI wire and the inputs of its older
 * operations, read; the inputs written.  Numbers stay as they were written.
 */

#include "air_openai.h"


int
air_openai_read_type(air_openai_read_t *r, const char *name,
    const char *expected)
{
    const char  *pieces[6];

    pieces[0] = "Invalid type for '";
    pieces[1] = name;
    pieces[2] = "': expected ";
    pieces[3] = expected;
    pieces[4] = ".";
    pieces[5] = NULL;

    return air_openai_refuse(r->mem, r->error, air_str_z(name),
                             "invalid_type", pieces);
}


air_switch_e
air_openai_switch(const air_json_node_t *node)
{
    if (node == NULL) {
        return AIR_UNSET;
    }

    return node->type == AIR_JSON_TRUE ? AIR_ON
           : node->type == AIR_JSON_FALSE ? AIR_OFF : AIR_UNSET;
}


static int
air_openai_read_numbers(air_openai_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    unsigned                i;
    const air_json_node_t  *node;

    struct {
        const char  *name;
        air_str_t   *out;
    }  numbers[] = {
        { "temperature", &msg->temperature },
        { "top_p", &msg->top_p },
        { "top_k", &msg->top_k },
        { "min_p", &msg->min_p },
        { "frequency_penalty", &msg->frequency_penalty },
        { "presence_penalty", &msg->presence_penalty },
        { "repetition_penalty", &msg->repetition_penalty },
        { "seed", &msg->seed },
        { "dimensions", &msg->dimensions }
    };

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {

        node = air_json_given(r->doc, root, numbers[i].name);

        if (node == NULL) {
            continue;
        }

        if (node->type != AIR_JSON_NUMBER) {
            return air_openai_read_type(r, numbers[i].name, "a number");
        }

        *numbers[i].out = air_json_raw(r->doc, node);
    }

    return AIR_OK;
}


static int
air_openai_read_texts(air_openai_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    int       rc;
    unsigned  i;

    struct {
        const char  *name;
        air_str_t   *out;
    }  texts[] = {
        { "user", &msg->user },
        { "safety_identifier", &msg->safety_id },
        { "service_tier", &msg->service_tier },
        { "prompt_cache_key", &msg->cache_key },
        { "prompt_cache_retention", &msg->cache_retention },
        { "reasoning_effort", &msg->reasoning.effort },
        { "verbosity", &msg->verbosity },
        { "suffix", &msg->suffix },
        { "encoding_format", &msg->encoding }
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        rc = air_json_take(r->doc, root, texts[i].name, r->mem, texts[i].out);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static int
air_openai_read_stop(air_openai_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    int                     rc;
    air_item_t             *item, *last;
    const air_json_node_t  *stop;

    stop = air_json_given(r->doc, root, "stop");

    if (stop == NULL) {
        return AIR_OK;
    }

    last = NULL;
    msg->has_stop = 1;

    if (stop->type == AIR_JSON_STRING) {

        msg->stop_whole = 1;
        item = air_msg_item(&msg->stop, &last, r->mem);

        return item ? air_json_string(r->doc, stop, r->mem, &item->text)
                    : AIR_ENOMEM;
    }

    if (stop->type != AIR_JSON_ARRAY) {
        return air_openai_read_type(r, "stop",
                                    "one of a string or array of strings");
    }

    for (stop = air_json_first(r->doc, stop);
         stop != NULL;
         stop = air_json_next(r->doc, stop))
    {
        if (stop->type != AIR_JSON_STRING) {
            return air_openai_read_type(r, "stop",
                                        "one of a string or array of "
                                        "strings");
        }

        item = air_msg_item(&msg->stop, &last, r->mem);

        if (item == NULL) {
            return AIR_ENOMEM;
        }

        rc = air_json_string(r->doc, stop, r->mem, &item->text);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


int
air_openai_read_settings(air_openai_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    int                     rc;
    const air_json_node_t  *node;

    rc = air_openai_read_numbers(r, root, msg);

    if (rc == AIR_OK) {
        rc = air_openai_read_texts(r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_openai_read_stop(r, root, msg);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    /* checked before; the newer name wins */

    node = air_json_given(r->doc, root, "max_completion_tokens");

    if (node == NULL) {
        node = air_json_given(r->doc, root, "max_tokens");
    }

    if (node != NULL && msg->op != AIR_OP_EMBEDDINGS) {
        msg->has_max_output = 1;
        (void) air_json_uint(r->doc, node, &msg->max_output);
    }

    node = air_json_given(r->doc, root, "n");

    if (node != NULL) {
        msg->has_choices = 1;
        (void) air_json_uint(r->doc, node, &msg->choices);
    }

    node = air_json_given(r->doc, root, "logprobs");
    msg->logprobs = air_openai_switch(node);

    if (node != NULL && node->type == AIR_JSON_NUMBER) {
        /* legacy completions: how many */
        msg->has_top_logprobs =
            air_json_uint(r->doc, node, &msg->top_logprobs) == AIR_OK;
        msg->logprobs = AIR_ON;
    }

    node = air_json_given(r->doc, root, "top_logprobs");

    if (node != NULL) {
        msg->has_top_logprobs =
            air_json_uint(r->doc, node, &msg->top_logprobs) == AIR_OK;
    }

    msg->store = air_openai_switch(air_json_get(r->doc, root, "store"));

    node = air_json_given(r->doc, root, "logit_bias");

    if (node != NULL) {
        msg->logit_bias = air_json_quoted(r->doc, node);
    }

    node = air_json_given(r->doc, root, "metadata");

    if (node != NULL) {
        msg->metadata = air_json_raw(r->doc, node);
    }

    node = air_json_given(r->doc, root, "modalities");

    if (node != NULL) {
        msg->modalities = air_json_quoted(r->doc, node);
    }

    /* OpenRouter's reasoning object */

    node = air_json_given(r->doc, root, "reasoning");

    if (node == NULL || node->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    msg->reasoning.object = 1;
    msg->reasoning.enabled =
        air_openai_switch(air_json_get(r->doc, node, "enabled"));
    msg->reasoning.exclude =
        air_openai_switch(air_json_get(r->doc, node, "exclude"));
    msg->reasoning.has_budget =
        air_json_uint(r->doc, air_json_get(r->doc, node, "max_tokens"),
                      &msg->reasoning.budget) == AIR_OK;

    return air_json_take(r->doc, node, "effort", r->mem,
                         &msg->reasoning.effort);
}


int
air_openai_read_inputs(air_openai_read_t *r, const air_json_node_t *root,
    const char *name, air_msg_request_t *msg)
{
    int                     rc;
    air_item_t             *item, *last;
    const air_json_node_t  *node, *first;

    node = air_json_given(r->doc, root, name);
    last = NULL;

    if (node == NULL) {
        return AIR_OK;
    }

    first = node->type == AIR_JSON_ARRAY ? air_json_first(r->doc, node)
                                         : NULL;

    if (first == NULL || first->type == AIR_JSON_NUMBER) {

        msg->inputs_whole = 1;
        item = air_msg_item(&msg->inputs, &last, r->mem);

        if (item == NULL) {
            return AIR_ENOMEM;
        }

        if (node->type == AIR_JSON_STRING) {
            return air_json_string(r->doc, node, r->mem, &item->text);
        }

        item->raw = air_json_raw(r->doc, node);

        return AIR_OK;
    }

    for (node = first; node != NULL; node = air_json_next(r->doc, node)) {

        item = air_msg_item(&msg->inputs, &last, r->mem);

        if (item == NULL) {
            return AIR_ENOMEM;
        }

        if (node->type == AIR_JSON_STRING) {
            rc = air_json_string(r->doc, node, r->mem, &item->text);

            if (rc != AIR_OK) {
                return rc;
            }

        } else {
            item->raw = air_json_raw(r->doc, node);
        }
    }

    return AIR_OK;
}


void
air_openai_inputs_write(const air_msg_request_t *msg, const char *name,
    air_buf_t *b)
{
    unsigned           n;
    const air_item_t  *i;

    n = 0;

    air_buf_z(b, ",\"");
    air_buf_z(b, name);
    air_buf_z(b, msg->inputs_whole ? "\":" : "\":[");

    for (i = msg->inputs; i != NULL; i = i->next) {

        air_buf_z(b, n++ ? "," : "");

        if (i->raw.len != 0) {
            air_buf_str(b, i->raw);

        } else {
            air_buf_json(b, i->text);
        }
    }

    air_buf_z(b, msg->inputs_whole ? "" : "]");
}
