
/*
 * The optional members of a request on the OpenAI wire that the router
 * reads: how it is streamed, what bounds its cost, who asks, what it needs.
 */

#include "air_openai_check.h"


static int air_openai_check_integer(air_openai_check_t *c,
    air_openai_field_e field, uint64_t min, uint64_t max, uint64_t *out);


int
air_openai_check_stream(air_openai_check_t *c)
{
    const char             *pieces[2];
    const air_json_node_t  *stream, *options, *node;

    stream = c->field[AIR_FIELD_STREAM];
    options = c->field[AIR_FIELD_STREAM_OPTIONS];

    if (stream != NULL && stream->type != AIR_JSON_TRUE
        && stream->type != AIR_JSON_FALSE)
    {
        return air_openai_bad_type(c, "stream", "a boolean", stream);
    }

    if (c->rq->op != AIR_OP_EMBEDDINGS) {
        c->rq->stream = stream != NULL && stream->type == AIR_JSON_TRUE;
    }

    node = c->field[AIR_FIELD_USAGE];

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        /* OpenRouter's older way to ask */
        node = air_json_get(c->doc, node, "include");
        c->rq->want_usage = node != NULL && node->type == AIR_JSON_TRUE;
    }

    if (options == NULL) {
        return AIR_OK;
    }

    if (options->type != AIR_JSON_OBJECT) {
        return air_openai_bad_type(c, "stream_options", "an object",
                                   options);
    }

    if (stream == NULL || stream->type != AIR_JSON_TRUE) {
        pieces[0] = "The 'stream_options' parameter is only allowed when "
                    "'stream' is enabled.";
        pieces[1] = NULL;

        return air_openai_refuse(c->mem, c->error,
                                 air_str_z("stream_options"), NULL, pieces);
    }

    for (node = air_json_first(c->doc, options);
         node != NULL;
         node = air_json_next(c->doc, node))
    {
        if (air_str_eqz(air_json_key(c->doc, node), "include_usage")) {

            if (node->type != AIR_JSON_TRUE && node->type != AIR_JSON_FALSE
                && node->type != AIR_JSON_NULL)
            {
                return air_openai_bad_type(c, "stream_options.include_usage",
                                           "a boolean", node);
            }

            if (node->type == AIR_JSON_TRUE) {
                c->rq->want_usage = 1;
            }

            continue;
        }

        /* the last one is vLLM's */

        if (air_str_eqz(air_json_key(c->doc, node), "include_obfuscation")
            || air_str_eqz(air_json_key(c->doc, node),
                           "continuous_usage_stats"))
        {
            continue;
        }

        return air_openai_unknown(c, air_openai_under(c->mem,
                                                      "stream_options.",
                                                      air_json_key(c->doc,
                                                                   node)));
    }

    return AIR_OK;
}


/*
 * 1 when the number is longer than we care to read or its exponent has more
 * than three digits.
 */
static int
air_openai_number_odd(air_str_t raw)
{
    size_t  i;

    if (raw.len > AIR_OPENAI_NUMBER) {
        return 1;
    }

    for (i = 0; i < raw.len; i++) {
        if ((raw.data[i] | 0x20) == 'e') {
            i++;

            if (i < raw.len && (raw.data[i] == '+' || raw.data[i] == '-')) {
                i++;
            }

            return raw.len - i > 3;
        }
    }

    return 0;
}


/* An integer within bounds; *out is left alone when it is absent. */
static int
air_openai_check_integer(air_openai_check_t *c, air_openai_field_e field,
    uint64_t min, uint64_t max, uint64_t *out)
{
    int                     rc;
    uint64_t                n;
    air_str_t               raw;
    const char             *name, *pieces[4];
    const air_json_node_t  *node;

    node = c->field[field];

    if (node == NULL) {
        return AIR_OK;
    }

    name = (const char *) air_openai_field[field].data;

    if (node->type != AIR_JSON_NUMBER) {
        return air_openai_bad_type(c, name, "an integer", node);
    }

    raw = air_json_raw(c->doc, node);

    if (air_openai_number_odd(raw)) {
        pieces[0] = "Invalid number for '";
        pieces[1] = name;
        pieces[2] = "'.";
        pieces[3] = NULL;

        return air_openai_refuse(c->mem, c->error, air_str_z(name),
                                 "invalid_number", pieces);
    }

    rc = air_json_uint(c->doc, node, &n);

    if (rc == AIR_EINVAL
        && strcmp(air_openai_type_name(c->doc, node), "an integer") != 0)
    {
        return air_openai_bad_type(c, name, "an integer", node);
    }

    if (rc == AIR_EINVAL || (rc == AIR_OK && n < min)) {
        return air_openai_beyond(c, name, "integer_below_min_value",
                                 "integer below minimum value. Expected a "
                                 "value >=", min, "", raw, "");
    }

    if (rc != AIR_OK || n > max) {
        return air_openai_beyond(c, name, "integer_above_max_value",
                                 "integer above maximum value. Expected a "
                                 "value <=", max, "", raw, "");
    }

    *out = n;

    return AIR_OK;
}


int
air_openai_check_limits(air_openai_check_t *c)
{
    int       rc;
    uint64_t  tokens, completion, n, best;

    if (c->rq->op == AIR_OP_EMBEDDINGS) {
        return AIR_OK;
    }

    if (c->rq->op == AIR_OP_RESPONSES) {
        return air_openai_check_integer(c, AIR_FIELD_MAX_OUTPUT_TOKENS, 1,
                                        AIR_OPENAI_MAX_TOKENS,
                                        &c->rq->max_output);
    }

    tokens = 0;
    completion = 0;
    n = 1;
    best = 1;

    rc = air_openai_check_integer(c, AIR_FIELD_MAX_TOKENS, 1,
                                  AIR_OPENAI_MAX_TOKENS, &tokens);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_openai_check_integer(c, AIR_FIELD_MAX_COMPLETION_TOKENS, 1,
                                  AIR_OPENAI_MAX_TOKENS, &completion);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_openai_check_integer(c, AIR_FIELD_N, 1, AIR_OPENAI_MAX_CHOICES,
                                  &n);

    if (rc != AIR_OK) {
        return rc;
    }

    if (c->rq->op == AIR_OP_COMPLETIONS) {
        rc = air_openai_check_integer(c, AIR_FIELD_BEST_OF, 1,
                                      AIR_OPENAI_MAX_BEST_OF, &best);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    /* the dearer of two: money is reserved by it */

    c->rq->max_output = tokens > completion ? tokens : completion;
    c->rq->choices *= (uint32_t) (n > best ? n : best);

    return AIR_OK;
}


/* Characters of a string, counted no further than just past max. */
static int
air_openai_longer(air_openai_check_t *c, const air_json_node_t *node,
    size_t max, uint64_t *got)
{
    size_t     i;
    air_str_t  s;

    if (node->end - node->start <= max) {
        return 0;
    }

    if (air_json_string(c->doc, node, c->mem, &s) != AIR_OK) {
        return AIR_ENOMEM;
    }

    *got = 0;

    for (i = 0; i < s.len; i++) {
        *got += (s.data[i] & 0xc0) != 0x80;
    }

    return *got > max;
}


int
air_openai_check_user(air_openai_check_t *c)
{
    int                     rc;
    const air_json_node_t  *node;

    node = c->field[AIR_FIELD_USER];

    if (node != NULL) {

        if (node->type != AIR_JSON_STRING) {
            return air_openai_bad_type(c, "user", "a string", node);
        }

        if (air_json_string(c->doc, node, c->mem, &c->rq->user) != AIR_OK) {
            return AIR_ENOMEM;
        }
    }

    rc = air_openai_check_session(c);

    if (rc != AIR_OK) {
        return rc;
    }

    node = c->field[AIR_FIELD_SERVICE_TIER];

    if (node != NULL) {

        if (node->type != AIR_JSON_STRING) {
            return air_openai_bad_type(c, "service_tier", "a string", node);
        }

        c->rq->tier = air_openai_tier(c->doc, node);
    }

    return AIR_OK;
}


int
air_openai_check_metadata(air_openai_check_t *c)
{
    int                     rc;
    uint64_t                got;
    air_str_t               key;
    const char             *path;
    const air_json_node_t  *metadata, *node;

    metadata = c->field[AIR_FIELD_METADATA];

    if (metadata == NULL) {
        return AIR_OK;
    }

    if (metadata->type != AIR_JSON_OBJECT) {
        return air_openai_bad_type(c, "metadata", "an object", metadata);
    }

    if (metadata->count > AIR_OPENAI_MAX_PAIRS) {
        return air_openai_above(c, "metadata", "object_above_max_properties",
                                "too many properties. Expected an object "
                                "with at most", AIR_OPENAI_MAX_PAIRS,
                                "an object with ", metadata->count,
                                " properties");
    }

    for (node = air_json_first(c->doc, metadata);
         node != NULL;
         node = air_json_next(c->doc, node))
    {
        key = air_json_key(c->doc, node);

        if (key.len > AIR_OPENAI_MAX_KEY && !node->key_escaped) {

            got = 0;

            for (path = (const char *) key.data;
                 path != (const char *) key.data + key.len;
                 path++)
            {
                got += ((unsigned char) *path & 0xc0) != 0x80;
            }

            if (got > AIR_OPENAI_MAX_KEY) {
                return air_openai_above(c, "metadata",
                                        "property_name_above_max_length",
                                        "property name too long. Expected a "
                                        "property name with maximum length",
                                        AIR_OPENAI_MAX_KEY,
                                        "a property name with length ", got,
                                        "");
            }
        }

        rc = 0;
        got = 0;

        if (node->type == AIR_JSON_STRING) {
            rc = air_openai_longer(c, node, AIR_OPENAI_MAX_VALUE, &got);

            if (rc < 0) {
                return rc;
            }
        }

        if (node->type == AIR_JSON_STRING && !rc) {
            continue;
        }

        path = air_openai_under(c->mem, "metadata.", key);

        if (node->type != AIR_JSON_STRING) {
            return air_openai_bad_type(c, path, "a string", node);
        }

        return air_openai_above(c, path, "string_above_max_length",
                                "string too long. Expected a string with "
                                "maximum length", AIR_OPENAI_MAX_VALUE,
                                "a string with length ", got, "");
    }

    return AIR_OK;
}


int
air_openai_file_plain(const air_json_doc_t *doc, const air_json_node_t *file)
{
    air_str_t               s;
    const air_json_node_t  *node;

    node = air_json_filled(doc, file, "file_data");

    if (node == NULL) {
        return 0;
    }

    s = air_json_raw(doc, node);

    return s.len > 10 && memcmp(s.data, "data:text/", 10) == 0;
}


/* 1 when OpenRouter's object, or that of Responses, asks for thinking: not
   by null, nor by how what there is of it should look. */
static int
air_openai_thinks(const air_json_doc_t *doc, const air_json_node_t *reasoning)
{
    uint64_t                n;
    const air_json_node_t  *node;

    node = air_json_get(doc, reasoning, "enabled");

    if (node != NULL && node->type == AIR_JSON_FALSE) {
        return 0;
    }

    if (node != NULL && node->type == AIR_JSON_TRUE) {
        return 1;
    }

    node = air_json_filled(doc, reasoning, "effort");

    if (node != NULL) {
        return !air_json_is(doc, node, "none");
    }

    return air_json_uint(doc, air_json_get(doc, reasoning, "max_tokens"), &n)
           == AIR_OK && n != 0;
}


void
air_openai_check_needs(air_openai_check_t *c)
{
    uint64_t                n;
    const air_json_node_t  *node;

    if (c->rq->op == AIR_OP_EMBEDDINGS) {
        c->rq->needs |= AIR_CAN_EMBED;
        return;
    }

    if (c->rq->stream) {
        c->rq->needs |= AIR_CAN_STREAM;
    }

    node = c->field[AIR_FIELD_TOOLS];

    if (node == NULL) {
        node = c->field[AIR_FIELD_FUNCTIONS];
    }

    if (node != NULL && node->type == AIR_JSON_ARRAY && node->count != 0) {
        c->rq->needs |= AIR_CAN_TOOLS;
    }

    node = c->field[AIR_FIELD_RESPONSE_FORMAT];

    if (node != NULL && node->type == AIR_JSON_OBJECT
        && air_json_is(c->doc, air_json_get(c->doc, node, "type"),
                       "json_schema"))
    {
        c->rq->needs |= AIR_CAN_SCHEMA;
    }

    node = c->field[AIR_FIELD_REASONING_EFFORT];

    if (node != NULL && !air_json_is(c->doc, node, "none")) {
        c->rq->needs |= AIR_CAN_REASONING;
    }

    if (air_openai_thinks(c->doc, c->field[AIR_FIELD_REASONING])) {
        c->rq->needs |= AIR_CAN_REASONING;
    }

    if (c->field[AIR_FIELD_WEB_SEARCH_OPTIONS] != NULL) {
        c->rq->needs |= AIR_CAN_SEARCH;
    }

    /* true, or how many where completions are older */

    node = c->field[AIR_FIELD_LOGPROBS];

    if (node != NULL && (node->type == AIR_JSON_TRUE
                         || node->type == AIR_JSON_NUMBER))
    {
        c->rq->needs |= AIR_CAN_LOGPROBS;
    }

    if (air_json_uint(c->doc, c->field[AIR_FIELD_N], &n) == AIR_OK && n > 1) {
        c->rq->needs |= AIR_CAN_CHOICES;
    }

    if (c->rq->op == AIR_OP_RESPONSES) {
        air_openai_check_newer(c);
    }
}
