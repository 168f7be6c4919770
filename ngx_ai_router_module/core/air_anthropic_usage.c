
/*
 * Usage on Anthropic's wire to disjoint classes and back.  input_tokens
 * leaves cached tokens out; what was written to the cache is split by its
 * time to live, or all of it stands for five minutes.  In a stream counters
 * are cumulative: message_start tells the input, message_delta the output
 * and, by newer models, everything again.
 *
 * platform.claude.com/docs, read 2026-11-22: Messages reference (usage),
 * streaming, prompt caching, compaction (usage.iterations: the counters at
 * the top leave it out), fast mode, data residency (inference_geo "us" is
 * 1.1 times on every token), pricing.
 */

#include "air_anthropic.h"


/* nobody counts more tokens than this in one reply */
#define AIR_ANTHROPIC_ABSURD  ((uint64_t) 1000 * 1000 * 1000 * 1000)


/*
 * 1 and *n when the member is a whole number that can be a count, 0 when it
 * is absent or null; anything else is marked and left.
 */
static int
air_anthropic_count(const air_json_doc_t *doc, const air_json_node_t *object,
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
        || value > AIR_ANTHROPIC_ABSURD)
    {
        u->clamped = 1;
        return 0;
    }

    *n = value;

    return 1;
}


/* The tokens of one object: the usage itself or one of its iterations. */
static int
air_anthropic_tokens(const air_json_doc_t *doc, const air_json_node_t *usage,
    air_usage_t *u)
{
    int                     any, split;
    uint64_t                total, five, hour;
    const air_json_node_t  *creation;

    any = air_anthropic_count(doc, usage, "input_tokens", u, &u->n[AIR_IN]);
    any |= air_anthropic_count(doc, usage, "output_tokens", u,
                               &u->n[AIR_OUT]);
    any |= air_anthropic_count(doc, usage, "cache_read_input_tokens", u,
                               &u->n[AIR_IN_CACHE_READ]);

    five = u->n[AIR_IN_CACHE_WRITE];
    hour = u->n[AIR_IN_CACHE_WRITE_1H];

    creation = air_json_given(doc, usage, "cache_creation");
    split = air_anthropic_count(doc, creation, "ephemeral_5m_input_tokens",
                                u, &five);
    split |= air_anthropic_count(doc, creation, "ephemeral_1h_input_tokens",
                                 u, &hour);

    if (air_anthropic_count(doc, usage, "cache_creation_input_tokens", u,
                            &total))
    {
        any = 1;

        if (hour > total) {
            u->clamped |= split;
            hour = split ? hour : total;
        }

        if (!split || five + hour < total) {
            /* without a split, and what a split leaves out */
            five = total - hour;
        }
    }

    u->n[AIR_IN_CACHE_WRITE] = five;
    u->n[AIR_IN_CACHE_WRITE_1H] = hour;

    return any | split;
}


/* The sum over what was billed by this model, where the top leaves some
   out: only when a compaction is among it. */
static void
air_anthropic_iterations(const air_json_doc_t *doc,
    const air_json_node_t *list, air_usage_t *u)
{
    int                     compacted;
    unsigned                i;
    air_usage_t             sum, one;
    const air_json_node_t  *node, *type;

    static const air_class_e  classes[] = {
        AIR_IN, AIR_IN_CACHE_READ, AIR_IN_CACHE_WRITE, AIR_IN_CACHE_WRITE_1H,
        AIR_OUT
    };

    if (list == NULL || list->type != AIR_JSON_ARRAY) {
        return;
    }

    compacted = 0;
    air_usage_init(&sum);

    for (node = air_json_first(doc, list);
         node != NULL;
         node = air_json_next(doc, node))
    {
        type = air_json_get(doc, node, "type");

        if (air_json_is(doc, type, "compaction")) {
            compacted = 1;

        } else if (type != NULL && !air_json_is(doc, type, "message")) {
            /* an advisor is billed by its own model, a failed attempt of a
               fallback not at all */
            continue;
        }

        air_usage_init(&one);
        (void) air_anthropic_tokens(doc, node, &one);

        u->clamped |= one.clamped;

        for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {

            sum.n[classes[i]] += one.n[classes[i]];

            if (sum.n[classes[i]] > AIR_ANTHROPIC_ABSURD) {
                sum.n[classes[i]] = AIR_ANTHROPIC_ABSURD;
                u->clamped = 1;
            }
        }
    }

    if (!compacted) {
        return;
    }

    for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        u->n[classes[i]] = sum.n[classes[i]];
    }
}


static void
air_anthropic_rate(const air_json_doc_t *doc, const air_json_node_t *usage,
    air_usage_t *u)
{
    const air_json_node_t  *node;

    node = air_json_given(doc, usage, "service_tier");

    if (node != NULL && u->tier != AIR_TIER_FAST) {
        u->tier = air_json_is(doc, node, "batch") ? AIR_TIER_BATCH
                  : air_json_is(doc, node, "priority") ? AIR_TIER_PRIORITY
                  : AIR_TIER_STANDARD;
    }

    if (air_json_is(doc, air_json_get(doc, usage, "speed"), "fast")) {
        u->tier = AIR_TIER_FAST;
    }

    node = air_json_given(doc, usage, "inference_geo");

    if (node != NULL) {
        u->mul_num = air_json_is(doc, node, "us") ? 11 : 1;
        u->mul_den = air_json_is(doc, node, "us") ? 10 : 1;
    }
}


int
air_anthropic_usage(const air_json_doc_t *doc, const air_json_node_t *usage,
    air_usage_t *u)
{
    const air_json_node_t  *node;

    if (usage == NULL || usage->type != AIR_JSON_OBJECT
        || !air_anthropic_tokens(doc, usage, u))
    {
        return 0;
    }

    u->seen = 1;

    air_anthropic_iterations(doc, air_json_get(doc, usage, "iterations"), u);
    air_anthropic_rate(doc, usage, u);

    node = air_json_given(doc, usage, "output_tokens_details");

    (void) air_anthropic_count(doc, node, "thinking_tokens", u,
                               &u->reasoning);

    if (u->reasoning > u->n[AIR_OUT]) {
        u->reasoning = u->n[AIR_OUT];
        u->clamped = 1;
    }

    node = air_json_given(doc, usage, "server_tool_use");

    (void) air_anthropic_count(doc, node, "web_search_requests", u,
                               &u->fee[AIR_FEE_SEARCH]);
    (void) air_anthropic_count(doc, node, "web_fetch_requests", u,
                               &u->fee[AIR_FEE_FETCH]);

    return 1;
}


static void
air_anthropic_field(air_buf_t *b, const char *name, uint64_t n)
{
    air_buf_z(b, name);
    air_buf_uint(b, n);
}


void
air_anthropic_usage_write(const air_usage_t *u, air_buf_t *b)
{
    uint64_t  read, write;

    read = u->n[AIR_IN_CACHE_READ] + u->n[AIR_IN_CACHE_READ_AUDIO]
           + u->n[AIR_IN_CACHE_READ_IMAGE];
    write = u->n[AIR_IN_CACHE_WRITE] + u->n[AIR_IN_CACHE_WRITE_1H];

    air_anthropic_field(b, "\"usage\":{\"input_tokens\":",
                        air_usage_input(u) - read - write);
    air_anthropic_field(b, ",\"cache_creation_input_tokens\":", write);
    air_anthropic_field(b, ",\"cache_read_input_tokens\":", read);
    air_anthropic_field(b, ",\"cache_creation\":"
                           "{\"ephemeral_5m_input_tokens\":",
                        u->n[AIR_IN_CACHE_WRITE]);
    air_anthropic_field(b, ",\"ephemeral_1h_input_tokens\":",
                        u->n[AIR_IN_CACHE_WRITE_1H]);
    air_anthropic_field(b, "},\"output_tokens\":", air_usage_output(u));

    if (u->reasoning != 0) {
        air_anthropic_field(b, ",\"output_tokens_details\":"
                               "{\"thinking_tokens\":", u->reasoning);
        air_buf_z(b, "}");
    }

    if (u->fee[AIR_FEE_SEARCH] != 0 || u->fee[AIR_FEE_FETCH] != 0) {
        air_anthropic_field(b, ",\"server_tool_use\":"
                               "{\"web_search_requests\":",
                            u->fee[AIR_FEE_SEARCH]);
        air_anthropic_field(b, ",\"web_fetch_requests\":",
                            u->fee[AIR_FEE_FETCH]);
        air_buf_z(b, "}");
    }

    air_buf_z(b, ",\"service_tier\":\"");
    air_buf_z(b, u->tier == AIR_TIER_BATCH ? "batch"
                 : u->tier == AIR_TIER_PRIORITY ? "priority" : "standard");
    air_buf_z(b, u->tier == AIR_TIER_FAST ? "\",\"speed\":\"fast\"}"
                                          : "\"}");
}
