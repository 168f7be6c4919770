
/*
 * Usage, stop reasons and makers on Bedrock's wire.  inputTokens leaves
 * cached tokens out; what was written to the cache is split by its time to
 * live in cacheDetails, or all of it stands for five minutes.
 *
 * docs.aws.amazon.com/bedrock, API reference: TokenUsage, CacheDetail,
 * StopReason, ServiceTier, read 2026-11-22; recorded replies have the counts
 * of the cache twice, as ...Tokens and as ...TokenCount.
 */

#include "air_bedrock.h"


/* nobody counts more tokens than this in one reply */
#define AIR_BEDROCK_ABSURD  ((uint64_t) 1000 * 1000 * 1000 * 1000)


static const air_finish_word_t  air_bedrock_stops[] = {
    { "end_turn", AIR_FINISH_STOP },
    { "tool_use", AIR_FINISH_TOOL_CALLS },
    { "max_tokens", AIR_FINISH_LENGTH },
    { "stop_sequence", AIR_FINISH_SEQUENCE },
    { "content_filtered", AIR_FINISH_CONTENT_FILTER },
    { "guardrail_intervened", AIR_FINISH_CONTENT_FILTER },
    { "model_context_window_exceeded", AIR_FINISH_CONTEXT },
    { "malformed_model_output", AIR_FINISH_ERROR },
    { "malformed_tool_use", AIR_FINISH_ERROR }
};

#define AIR_BEDROCK_NSTOPS                                                    \
    (sizeof(air_bedrock_stops) / sizeof(air_bedrock_stops[0]))


air_finish_e
air_bedrock_finish(const air_json_doc_t *doc, const air_json_node_t *node)
{
    return air_finish_read(air_bedrock_stops, AIR_BEDROCK_NSTOPS, doc, node);
}


const char *
air_bedrock_stop(air_finish_e finish, int calls)
{
    unsigned  i;

    if (finish == AIR_FINISH_REFUSAL) {
        finish = AIR_FINISH_CONTENT_FILTER;
    }

    if (finish == AIR_FINISH_STOP && calls) {
        return "tool_use";
    }

    for (i = 0; i < AIR_BEDROCK_NSTOPS; i++) {
        if (air_bedrock_stops[i].finish == finish) {
            return air_bedrock_stops[i].name;
        }
    }

    return calls ? "tool_use" : "end_turn";
}


int
air_bedrock_sequence(const air_json_doc_t *doc, const air_json_node_t *root,
    const air_mem_t *mem, air_str_t *out)
{
    int                     rc;
    const air_json_node_t  *fields;

    /* at the top of a reply, in the delta of a stream's */

    fields = air_json_given(doc, root, "additionalModelResponseFields");

    rc = air_json_take(doc, air_json_given(doc, fields, "delta"),
                       "stop_sequence", mem, out);

    return rc == AIR_OK ? air_json_take(doc, fields, "stop_sequence", mem,
                                        out) : rc;
}


/* 1 and *n when the member is a count; anything else is marked and left. */
static int
air_bedrock_count(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name, air_usage_t *u, uint64_t *n)
{
    uint64_t                value;
    const air_json_node_t  *node;

    node = air_json_given(doc, object, name);

    if (node == NULL) {
        return 0;
    }

    if (node->type != AIR_JSON_NUMBER
        || air_json_uint(doc, node, &value) != AIR_OK
        || value > AIR_BEDROCK_ABSURD)
    {
        u->clamped = 1;
        return 0;
    }

    *n = value;

    return 1;
}


/* How much of what was written to the cache stays for an hour. */
static void
air_bedrock_written(const air_json_doc_t *doc, const air_json_node_t *usage,
    uint64_t total, air_usage_t *u)
{
    uint64_t                hour, n;
    const air_json_node_t  *list, *node;

    hour = 0;
    list = air_json_given(doc, usage, "cacheDetails");

    for (node = list != NULL && list->type == AIR_JSON_ARRAY
                ? air_json_first(doc, list) : NULL;
         node != NULL;
         node = air_json_next(doc, node))
    {
        n = 0;

        if (air_json_is(doc, air_json_get(doc, node, "ttl"), "1h")
            && air_bedrock_count(doc, node, "inputTokens", u, &n))
        {
            hour += n;
        }
    }

    if (hour > total) {
        u->clamped = 1;
        hour = total;
    }

    u->n[AIR_IN_CACHE_WRITE] = total - hour;
    u->n[AIR_IN_CACHE_WRITE_1H] = hour;
}


int
air_bedrock_usage(const air_json_doc_t *doc, const air_json_node_t *usage,
    air_usage_t *u)
{
    int       any;
    uint64_t  total;

    if (usage == NULL || usage->type != AIR_JSON_OBJECT) {
        return 0;
    }

    any = air_bedrock_count(doc, usage, "inputTokens", u, &u->n[AIR_IN]);
    any |= air_bedrock_count(doc, usage, "outputTokens", u, &u->n[AIR_OUT]);

    if (!air_bedrock_count(doc, usage, "cacheReadInputTokens", u,
                           &u->n[AIR_IN_CACHE_READ]))
    {
        (void) air_bedrock_count(doc, usage, "cacheReadInputTokenCount", u,
                                 &u->n[AIR_IN_CACHE_READ]);
    }

    total = 0;

    if (air_bedrock_count(doc, usage, "cacheWriteInputTokens", u, &total)
        || air_bedrock_count(doc, usage, "cacheWriteInputTokenCount", u,
                             &total))
    {
        air_bedrock_written(doc, usage, total, u);
    }

    u->seen |= any != 0;

    return any;
}


void
air_bedrock_tier(const air_json_doc_t *doc, const air_json_node_t *root,
    air_usage_t *u)
{
    const air_json_node_t  *type;

    type = air_json_given(doc, air_json_given(doc, root, "serviceTier"),
                          "type");

    if (type != NULL) {
        u->tier = air_json_is(doc, type, "priority") ? AIR_TIER_PRIORITY
                  : air_json_is(doc, type, "flex") ? AIR_TIER_FLEX
                  : AIR_TIER_STANDARD;
    }
}


void
air_bedrock_usage_write(const air_usage_t *u, air_buf_t *b)
{
    uint64_t  read, write, in, out;

    read = u->n[AIR_IN_CACHE_READ] + u->n[AIR_IN_CACHE_READ_AUDIO]
           + u->n[AIR_IN_CACHE_READ_IMAGE];
    write = u->n[AIR_IN_CACHE_WRITE] + u->n[AIR_IN_CACHE_WRITE_1H];
    in = air_usage_input(u);
    out = air_usage_output(u);

    air_buf_z(b, "\"usage\":{\"inputTokens\":");
    air_buf_uint(b, in - read - write);
    air_buf_z(b, ",\"outputTokens\":");
    air_buf_uint(b, out);
    air_buf_z(b, ",\"totalTokens\":");
    air_buf_uint(b, in + out);

    if (read != 0 || write != 0) {
        air_buf_z(b, ",\"cacheReadInputTokens\":");
        air_buf_uint(b, read);
        air_buf_z(b, ",\"cacheWriteInputTokens\":");
        air_buf_uint(b, write);
    }

    if (u->n[AIR_IN_CACHE_WRITE_1H] != 0) {
        air_buf_z(b, ",\"cacheDetails\":[{\"ttl\":\"1h\",\"inputTokens\":");
        air_buf_uint(b, u->n[AIR_IN_CACHE_WRITE_1H]);
        air_buf_z(b, "}");

        if (u->n[AIR_IN_CACHE_WRITE] != 0) {
            air_buf_z(b, ",{\"ttl\":\"5m\",\"inputTokens\":");
            air_buf_uint(b, u->n[AIR_IN_CACHE_WRITE]);
            air_buf_z(b, "}");
        }

        air_buf_z(b, "]");
    }

    air_buf_z(b, "}");
}


int
air_bedrock_has(air_str_t name, const char *word)
{
    size_t  i, n;

    n = strlen(word);

    for (i = 0; i + n <= name.len; i++) {
        if (memcmp(name.data + i, word, n) == 0) {
            return 1;
        }
    }

    return 0;
}


air_bedrock_maker_e
air_bedrock_maker(air_str_t model)
{
    unsigned  i;

    static const struct {
        const char           *word;
        air_bedrock_maker_e   maker;
    }  makers[] = {
        { "claude", AIR_BEDROCK_CLAUDE },
        { "amazon.nova-2", AIR_BEDROCK_NOVA_2 },
        { "amazon.nova", AIR_BEDROCK_NOVA },
        { "amazon.", AIR_BEDROCK_TITAN },
        { "meta.", AIR_BEDROCK_LLAMA },
        { "mistral.", AIR_BEDROCK_MISTRAL },
        { "cohere.", AIR_BEDROCK_COHERE },
        { "gpt-oss", AIR_BEDROCK_GPT_OSS },
        { "ai21.", AIR_BEDROCK_OTHER },
        { "deepseek.", AIR_BEDROCK_OTHER },
        { "google.", AIR_BEDROCK_OTHER },
        { "minimax.", AIR_BEDROCK_OTHER },
        { "moonshot", AIR_BEDROCK_OTHER },
        { "nvidia.", AIR_BEDROCK_OTHER },
        { "openai.", AIR_BEDROCK_OTHER },
        { "qwen.", AIR_BEDROCK_OTHER },
        { "writer.", AIR_BEDROCK_OTHER },
        { "zai.", AIR_BEDROCK_OTHER }
    };

    for (i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
        if (air_bedrock_has(model, makers[i].word)) {
            return makers[i].maker;
        }
    }

    return AIR_BEDROCK_ANY;
}
