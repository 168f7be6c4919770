
/*
 * Usage on the OpenAI wire, as each of its speakers writes it, to disjoint
 * classes.  Vendors differ in where cached tokens stand and in whether
 * reasoning is inside completion_tokens; figures that contradict each other
 * are clamped and marked, never negative.
 *
 * OpenAI API reference (usage object), DeepSeek, Mistral, Groq, xAI,
 * Perplexity, Moonshot and OpenRouter reference pages, read 2026-11, and
 * recorded replies of each.
 */

#include "air_openai.h"


/* nobody counts more tokens than this in one reply */
#define AIR_USAGE_ABSURD  ((uint64_t) 1000 * 1000 * 1000 * 1000)

/* an xAI tick is 1e-10 USD */
#define AIR_USAGE_TICK    100


/*
 * 1 and *n when the member is a whole number that can be a count, 0 when it
 * is absent or null, -1 when it is anything else.
 */
static int
air_usage_count(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name, uint64_t *n)
{
    const air_json_node_t  *node;

    node = air_openai_member(doc, object, name);

    if (node == NULL) {
        return 0;
    }

    if (node->type != AIR_JSON_NUMBER || air_json_uint(doc, node, n) != AIR_OK
        || *n > AIR_USAGE_ABSURD)
    {
        *n = 0;
        return -1;
    }

    return 1;
}


/* A subset of a count: what is bad is 0 and marked. */
static uint64_t
air_usage_part(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name, air_usage_t *u)
{
    uint64_t  n;

    n = 0;

    if (air_usage_count(doc, object, name, &n) < 0) {
        u->clamped = 1;
    }

    return n;
}


/* Takes up to n out of what is left. */
static uint64_t
air_usage_take(uint64_t n, uint64_t *left, air_usage_t *u)
{
    if (n > *left) {
        n = *left;
        u->clamped = 1;
    }

    *left -= n;

    return n;
}


static uint64_t
air_usage_max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}


static void
air_usage_prompt(const air_json_doc_t *doc, const air_json_node_t *usage,
    uint64_t prompt, air_usage_t *u)
{
    uint64_t                left, cached;
    const air_json_node_t  *details;

    details = air_openai_member(doc, usage, "prompt_tokens_details");

    if (details == NULL) {
        details = air_openai_member(doc, usage, "input_tokens_details");
    }

    /* OpenAI; DeepSeek; Mistral; Moonshot: the same figure, written once or
       twice */

    cached = air_usage_part(doc, details, "cached_tokens", u);
    cached = air_usage_max(cached, air_usage_part(doc, usage,
                                              "prompt_cache_hit_tokens", u));
    cached = air_usage_max(cached, air_usage_part(doc, usage,
                                                  "num_cached_tokens", u));
    cached = air_usage_max(cached, air_usage_part(doc, usage,
                                                  "cached_tokens", u));
    left = prompt;

    u->n[AIR_IN_CACHE_READ] = air_usage_take(cached, &left, u);
    u->n[AIR_IN_CACHE_WRITE] =
        air_usage_take(air_usage_part(doc, details, "cache_write_tokens", u),
                       &left, u);
    u->n[AIR_IN_AUDIO] =
        air_usage_take(air_usage_part(doc, details, "audio_tokens", u),
                       &left, u);
    u->n[AIR_IN_IMAGE] =
        air_usage_take(air_usage_part(doc, details, "image_tokens", u),
                       &left, u);
    u->n[AIR_IN] = left;
}


static void
air_usage_completion(const air_json_doc_t *doc, const air_json_node_t *usage,
    const air_profile_t *profile, uint64_t prompt, uint64_t completion,
    air_usage_t *u)
{
    int                     outside, apart;
    uint64_t                left, reasoning, total;
    const air_json_node_t  *details;

    details = air_openai_member(doc, usage, "completion_tokens_details");

    if (details == NULL) {
        details = air_openai_member(doc, usage, "output_tokens_details");
    }

    reasoning = air_usage_part(doc, details, "reasoning_tokens", u);
    reasoning = air_usage_max(reasoning, air_usage_part(doc, usage,
                                                   "reasoning_tokens", u));

    /* Perplexity bills reasoning of its deep research at a rate of its own
       and counts it in no total */

    apart = profile != NULL && strcmp(profile->name, "perplexity") == 0;

    outside = profile != NULL && profile->reasoning_outside;

    if (!apart && reasoning != 0
        && air_usage_count(doc, usage, "total_tokens", &total) > 0)
    {
        if (total == prompt + completion + reasoning) {
            outside = 1;

        } else if (total == prompt + completion) {
            outside = 0;
        }
    }

    u->reasoning = reasoning;

    if (outside && apart) {
        u->n[AIR_OUT_REASONING] = reasoning;

    } else if (outside) {
        completion += reasoning;

    } else if (reasoning > completion) {
        u->reasoning = completion;
        u->clamped = 1;
    }

    left = completion;

    u->n[AIR_OUT_AUDIO] =
        air_usage_take(air_usage_part(doc, details, "audio_tokens", u),
                       &left, u);
    u->n[AIR_OUT_IMAGE] =
        air_usage_take(air_usage_part(doc, details, "image_tokens", u),
                       &left, u);
    u->n[AIR_OUT] = left;
    u->n[AIR_OUT_CITATION] = air_usage_part(doc, usage, "citation_tokens", u);
}


/* What the vendor says it charges, where that is the bill. */
static void
air_usage_bill(const air_json_doc_t *doc, const air_json_node_t *usage,
    const air_profile_t *profile, air_usage_t *u)
{
    uint64_t                cost, more;
    const air_json_node_t  *node, *byok;

    if (profile == NULL) {
        return;
    }

    if (strcmp(profile->name, "xai") == 0) {

        if (air_usage_count(doc, usage, "cost_in_usd_ticks", &cost) > 0) {
            u->vendor_cost = cost * AIR_USAGE_TICK;
        }

        return;
    }

    node = air_openai_member(doc, usage, "cost");

    if (strcmp(profile->name, "perplexity") == 0) {

        u->fee[AIR_FEE_REQUEST] = 1;

        if (air_usage_count(doc, usage, "num_search_queries", &more) > 0) {
            u->fee[AIR_FEE_SEARCH] = more;
        }

        node = air_openai_member(doc, node, "total_cost");

    } else if (!profile->router_fields) {
        return;
    }

    if (node == NULL || node->type != AIR_JSON_NUMBER
        || air_json_decimal(doc, node, 12, &cost) != AIR_OK)
    {
        return;
    }

    byok = air_openai_member(doc, usage, "is_byok");

    if (byok != NULL && byok->type == AIR_JSON_TRUE) {

        /* cost is the router's fee, the vendor's bill comes on top */

        node = air_openai_member(doc, air_openai_member(doc, usage,
                                                        "cost_details"),
                                 "upstream_inference_cost");

        if (node == NULL || node->type != AIR_JSON_NUMBER
            || air_json_decimal(doc, node, 12, &more) != AIR_OK
            || more > INT64_MAX - cost)
        {
            return;
        }

        cost += more;
    }

    u->vendor_cost = cost;
}


void
air_openai_usage(const air_json_doc_t *doc, const air_json_node_t *root,
    const air_profile_t *profile, air_usage_t *u)
{
    int                     rp, rc;
    uint64_t                prompt, completion, total;
    const air_json_node_t  *usage, *tier;

    air_usage_init(u);

    tier = air_openai_member(doc, root, "service_tier");

    usage = air_openai_member(doc, root, "usage");

    if (usage == NULL || usage->type != AIR_JSON_OBJECT) {
        /* Groq's streams */
        usage = air_openai_member(doc, air_openai_member(doc, root, "x_groq"),
                                  "usage");
    }

    if (usage == NULL || usage->type != AIR_JSON_OBJECT) {
        return;
    }

    if (tier == NULL) {
        tier = air_openai_member(doc, usage, "service_tier");
    }

    prompt = 0;
    completion = 0;

    rp = air_usage_count(doc, usage, "prompt_tokens", &prompt);

    if (rp == 0) {
        rp = air_usage_count(doc, usage, "input_tokens", &prompt);
    }

    rc = air_usage_count(doc, usage, "completion_tokens", &completion);

    if (rc == 0) {
        rc = air_usage_count(doc, usage, "output_tokens", &completion);
    }

    if (rp < 0 || rc < 0) {
        return;
    }

    if (rp == 0 && rc == 0) {

        /* Voyage: embeddings have an input only, so the total is it */

        if (air_json_get(doc, root, "data") == NULL
            || air_usage_count(doc, usage, "total_tokens", &prompt) <= 0)
        {
            return;
        }

    } else if (air_usage_count(doc, usage, "total_tokens", &total) > 0) {

        if (rc == 0 && total > prompt) {
            completion = total - prompt;
        }

        if (rp == 0 && total > completion) {
            prompt = total - completion;
        }
    }

    u->seen = 1;
    u->tier = air_openai_tier(doc, tier);

    air_usage_prompt(doc, usage, prompt, u);
    air_usage_completion(doc, usage, profile, prompt, completion, u);
    air_usage_bill(doc, usage, profile, u);
}


air_tier_e
air_openai_tier(const air_json_doc_t *doc, const air_json_node_t *node)
{
    unsigned  i;

    static const struct {
        const char  *name;
        air_tier_e   tier;
    }  tiers[] = {
        { "flex", AIR_TIER_FLEX },
        { "priority", AIR_TIER_PRIORITY },
        { "fast", AIR_TIER_PRIORITY },       /* OpenAI's newer name for it */
        { "performance", AIR_TIER_PRIORITY },               /* Groq's      */
        { "batch", AIR_TIER_BATCH }
    };

    for (i = 0; i < sizeof(tiers) / sizeof(tiers[0]); i++) {
        if (node != NULL && air_json_is(doc, node, tiers[i].name)) {
            return tiers[i].tier;
        }
    }

    return AIR_TIER_STANDARD;
}


static void
air_usage_field(air_buf_t *b, const char *name, uint64_t n)
{
    air_buf_z(b, name);
    air_buf_uint(b, n);
}


void
air_openai_usage_write(const air_usage_t *u, air_op_e op, air_buf_t *b)
{
    uint64_t  in, out;

    in = air_usage_input(u);
    out = air_usage_output(u);

    air_usage_field(b, "\"usage\":{\"prompt_tokens\":", in);

    if (op != AIR_OP_EMBEDDINGS) {
        air_usage_field(b, ",\"completion_tokens\":", out);
    }

    air_usage_field(b, ",\"total_tokens\":", in + out);

    if (op == AIR_OP_EMBEDDINGS) {
        air_buf_z(b, "}");
        return;
    }

    air_usage_field(b, ",\"prompt_tokens_details\":{\"cached_tokens\":",
                    u->n[AIR_IN_CACHE_READ] + u->n[AIR_IN_CACHE_READ_AUDIO]
                    + u->n[AIR_IN_CACHE_READ_IMAGE]);
    air_usage_field(b, ",\"audio_tokens\":", u->n[AIR_IN_AUDIO]);

    if (u->n[AIR_IN_CACHE_WRITE] || u->n[AIR_IN_CACHE_WRITE_1H]) {
        air_usage_field(b, ",\"cache_write_tokens\":",
                        u->n[AIR_IN_CACHE_WRITE]
                        + u->n[AIR_IN_CACHE_WRITE_1H]);
    }

    if (u->n[AIR_IN_IMAGE]) {
        air_usage_field(b, ",\"image_tokens\":", u->n[AIR_IN_IMAGE]);
    }

    air_usage_field(b, "},\"completion_tokens_details\":"
                       "{\"reasoning_tokens\":", u->reasoning);
    air_usage_field(b, ",\"audio_tokens\":", u->n[AIR_OUT_AUDIO]);

    if (u->n[AIR_OUT_IMAGE]) {
        air_usage_field(b, ",\"image_tokens\":", u->n[AIR_OUT_IMAGE]);
    }

    air_buf_z(b, "}}");
}
