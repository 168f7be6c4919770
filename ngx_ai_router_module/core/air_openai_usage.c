
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


/* members of a usage object */
enum {
    AIR_USED_PROMPT = 0,
    AIR_USED_INPUT,
    AIR_USED_COMPLETION,
    AIR_USED_OUTPUT,
    AIR_USED_TOTAL,
    AIR_USED_PROMPT_DETAILS,
    AIR_USED_INPUT_DETAILS,
    AIR_USED_COMPLETION_DETAILS,
    AIR_USED_OUTPUT_DETAILS,
    AIR_USED_CACHE_HIT,
    AIR_USED_CACHED_OWN,
    AIR_USED_CACHED,
    AIR_USED_REASONING,
    AIR_USED_CITATION,
    AIR_USED_QUERIES,
    AIR_USED_TICKS,
    AIR_USED_COST,
    AIR_USED_COST_DETAILS,
    AIR_USED_BYOK,
    AIR_USED_TIER,
    AIR_USED_N
};

static const air_str_t  air_openai_used[AIR_USED_N] = {
    air_str("prompt_tokens"), air_str("input_tokens"),
    air_str("completion_tokens"), air_str("output_tokens"),
    air_str("total_tokens"), air_str("prompt_tokens_details"),
    air_str("input_tokens_details"), air_str("completion_tokens_details"),
    air_str("output_tokens_details"), air_str("prompt_cache_hit_tokens"),
    air_str("num_cached_tokens"), air_str("cached_tokens"),
    air_str("reasoning_tokens"), air_str("citation_tokens"),
    air_str("num_search_queries"), air_str("cost_in_usd_ticks"),
    air_str("cost"), air_str("cost_details"), air_str("is_byok"),
    air_str("service_tier")
};


/* members of its details */
enum {
    AIR_PART_CACHED = 0,
    AIR_PART_WRITTEN,
    AIR_PART_AUDIO_TOKENS,
    AIR_PART_IMAGE_TOKENS,
    AIR_PART_REASONING,
    AIR_PART_N
};

static const air_str_t  air_openai_part[AIR_PART_N] = {
    air_str("cached_tokens"), air_str("cache_write_tokens"),
    air_str("audio_tokens"), air_str("image_tokens"),
    air_str("reasoning_tokens")
};


/* Members by names; NULL for what is null. */
static void
air_usage_pick(const air_json_doc_t *doc, const air_json_node_t *object,
    const air_str_t *names, unsigned n, const air_json_node_t **found)
{
    unsigned  i;

    air_json_pick(doc, object, names, n, found);

    for (i = 0; i < n; i++) {
        if (found[i] != NULL && found[i]->type == AIR_JSON_NULL) {
            found[i] = NULL;
        }
    }
}


/*
 * 1 and *n when the member is a whole number that can be a count, 0 when it
 * is absent or null, -1 when it is anything else.
 */
static int
air_usage_count(const air_json_doc_t *doc, const air_json_node_t *node,
    uint64_t *n)
{
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
air_usage_part(const air_json_doc_t *doc, const air_json_node_t *node,
    air_usage_t *u)
{
    uint64_t  n;

    n = 0;

    if (air_usage_count(doc, node, &n) < 0) {
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
air_usage_prompt(const air_json_doc_t *doc,
    const air_json_node_t *const *used, uint64_t prompt, air_usage_t *u)
{
    uint64_t                left, cached;
    const air_json_node_t  *details, *part[AIR_PART_N];

    details = used[AIR_USED_PROMPT_DETAILS];

    if (details == NULL) {
        details = used[AIR_USED_INPUT_DETAILS];
    }

    air_usage_pick(doc, details, air_openai_part, AIR_PART_N, part);

    /* OpenAI; DeepSeek; Mistral; Moonshot: the same figure, written once or
       twice */

    cached = air_usage_part(doc, part[AIR_PART_CACHED], u);
    cached = air_usage_max(cached,
                           air_usage_part(doc, used[AIR_USED_CACHE_HIT], u));
    cached = air_usage_max(cached,
                           air_usage_part(doc, used[AIR_USED_CACHED_OWN], u));
    cached = air_usage_max(cached,
                           air_usage_part(doc, used[AIR_USED_CACHED], u));
    left = prompt;

    u->n[AIR_IN_CACHE_READ] = air_usage_take(cached, &left, u);
    u->n[AIR_IN_CACHE_WRITE] =
        air_usage_take(air_usage_part(doc, part[AIR_PART_WRITTEN], u),
                       &left, u);
    u->n[AIR_IN_AUDIO] =
        air_usage_take(air_usage_part(doc, part[AIR_PART_AUDIO_TOKENS], u),
                       &left, u);
    u->n[AIR_IN_IMAGE] =
        air_usage_take(air_usage_part(doc, part[AIR_PART_IMAGE_TOKENS], u),
                       &left, u);
    u->n[AIR_IN] = left;
}


static void
air_usage_completion(const air_json_doc_t *doc,
    const air_json_node_t *const *used, const air_profile_t *profile,
    uint64_t prompt, uint64_t completion, air_usage_t *u)
{
    int                     outside, apart;
    uint64_t                left, reasoning, total;
    const air_json_node_t  *details, *part[AIR_PART_N];

    details = used[AIR_USED_COMPLETION_DETAILS];

    if (details == NULL) {
        details = used[AIR_USED_OUTPUT_DETAILS];
    }

    air_usage_pick(doc, details, air_openai_part, AIR_PART_N, part);

    reasoning = air_usage_part(doc, part[AIR_PART_REASONING], u);
    reasoning = air_usage_max(reasoning,
                              air_usage_part(doc, used[AIR_USED_REASONING],
                                             u));

    /* Perplexity bills reasoning of its deep research at a rate of its own
       and counts it in no total */

    apart = profile != NULL && strcmp(profile->name, "perplexity") == 0;

    /* input_tokens, output_tokens: reasoning is inside, whoever answers */

    outside = profile != NULL && profile->reasoning_outside
              && used[AIR_USED_COMPLETION] != NULL;

    if (!apart && reasoning != 0
        && air_usage_count(doc, used[AIR_USED_TOTAL], &total) > 0)
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
        air_usage_take(air_usage_part(doc, part[AIR_PART_AUDIO_TOKENS], u),
                       &left, u);
    u->n[AIR_OUT_IMAGE] =
        air_usage_take(air_usage_part(doc, part[AIR_PART_IMAGE_TOKENS], u),
                       &left, u);
    u->n[AIR_OUT] = left;
    u->n[AIR_OUT_CITATION] = air_usage_part(doc, used[AIR_USED_CITATION],
                                              u);
}


/* What the vendor says it charges, where that is the bill. */
static void
air_usage_bill(const air_json_doc_t *doc, const air_json_node_t *const *used,
    const air_profile_t *profile, air_usage_t *u)
{
    uint64_t                cost, more;
    const air_json_node_t  *node, *byok;

    if (profile == NULL) {
        return;
    }

    if (strcmp(profile->name, "xai") == 0) {

        if (air_usage_count(doc, used[AIR_USED_TICKS], &cost) > 0) {
            u->vendor_cost = cost * AIR_USAGE_TICK;
        }

        return;
    }

    node = used[AIR_USED_COST];

    if (strcmp(profile->name, "perplexity") == 0) {

        u->fee[AIR_FEE_REQUEST] = 1;

        if (air_usage_count(doc, used[AIR_USED_QUERIES], &more) > 0) {
            u->fee[AIR_FEE_SEARCH] = more;
        }

        node = air_json_given(doc, node, "total_cost");

    } else if (!profile->router_fields) {
        return;
    }

    if (node == NULL || node->type != AIR_JSON_NUMBER
        || air_json_decimal(doc, node, 12, &cost) != AIR_OK)
    {
        return;
    }

    byok = used[AIR_USED_BYOK];

    if (byok != NULL && byok->type == AIR_JSON_TRUE) {

        /* cost is the router's fee, the vendor's bill comes on top */

        node = air_json_given(doc, used[AIR_USED_COST_DETAILS],
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
    const air_json_node_t  *usage, *tier, *used[AIR_USED_N];

    air_usage_init(u);

    tier = air_json_given(doc, root, "service_tier");

    usage = air_json_given(doc, root, "usage");

    if (usage == NULL || usage->type != AIR_JSON_OBJECT) {
        /* Groq's streams */
        usage = air_json_given(doc, air_json_given(doc, root, "x_groq"),
                                  "usage");
    }

    if (usage == NULL || usage->type != AIR_JSON_OBJECT) {
        return;
    }

    air_usage_pick(doc, usage, air_openai_used, AIR_USED_N, used);

    if (tier == NULL) {
        tier = used[AIR_USED_TIER];
    }

    prompt = 0;
    completion = 0;

    rp = air_usage_count(doc, used[AIR_USED_PROMPT], &prompt);

    if (rp == 0) {
        rp = air_usage_count(doc, used[AIR_USED_INPUT], &prompt);
    }

    rc = air_usage_count(doc, used[AIR_USED_COMPLETION], &completion);

    if (rc == 0) {
        rc = air_usage_count(doc, used[AIR_USED_OUTPUT], &completion);
    }

    if (rp < 0 || rc < 0) {
        return;
    }

    if (rp == 0 && rc == 0) {

        /* Voyage: embeddings have an input only, so the total is it */

        if (air_json_get(doc, root, "data") == NULL
            || air_usage_count(doc, used[AIR_USED_TOTAL], &prompt) <= 0)
        {
            return;
        }

    } else if (air_usage_count(doc, used[AIR_USED_TOTAL], &total) > 0) {

        if (rc == 0 && total > prompt) {
            completion = total - prompt;
        }

        if (rp == 0 && total > completion) {
            prompt = total - completion;
        }
    }

    u->seen = 1;
    u->tier = air_openai_tier(doc, tier);

    air_usage_prompt(doc, used, prompt, u);
    air_usage_completion(doc, used, profile, prompt, completion, u);
    air_usage_bill(doc, used, profile, u);
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


static void
air_usage_given(air_buf_t *b, const char *name, uint64_t n)
{
    if (n != 0) {
        air_usage_field(b, name, n);
    }
}


/* As Responses has it: details of sounds and images only where there are. */
static void
air_usage_newer(const air_usage_t *u, uint64_t in, uint64_t out, air_buf_t *b)
{
    air_usage_field(b, "\"usage\":{\"input_tokens\":", in);
    air_usage_field(b, ",\"input_tokens_details\":{\"cached_tokens\":",
                    u->n[AIR_IN_CACHE_READ] + u->n[AIR_IN_CACHE_READ_AUDIO]
                    + u->n[AIR_IN_CACHE_READ_IMAGE]);
    air_usage_given(b, ",\"cache_write_tokens\":",
                    u->n[AIR_IN_CACHE_WRITE] + u->n[AIR_IN_CACHE_WRITE_1H]);
    air_usage_given(b, ",\"audio_tokens\":", u->n[AIR_IN_AUDIO]);
    air_usage_given(b, ",\"image_tokens\":", u->n[AIR_IN_IMAGE]);
    air_usage_field(b, "},\"output_tokens\":", out);
    air_usage_field(b, ",\"output_tokens_details\":{\"reasoning_tokens\":",
                    u->reasoning);
    air_usage_given(b, ",\"audio_tokens\":", u->n[AIR_OUT_AUDIO]);
    air_usage_given(b, ",\"image_tokens\":", u->n[AIR_OUT_IMAGE]);
    air_usage_field(b, "},\"total_tokens\":", in + out);
    air_buf_z(b, "}");
}


void
air_openai_usage_write(const air_usage_t *u, air_op_e op, air_buf_t *b)
{
    uint64_t  in, out;

    in = air_usage_input(u);
    out = air_usage_output(u);

    if (op == AIR_OP_RESPONSES) {
        air_usage_newer(u, in, out, b);
        return;
    }

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
