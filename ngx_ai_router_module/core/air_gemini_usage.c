
/*
 * usageMetadata to disjoint classes and back.  promptTokenCount includes
 * what was read from a cache and leaves out what tools brought; thoughts are
 * not among the candidates' tokens.  The lists by modality need not add up:
 * what they do not name is text.
 *
 * ai.google.dev/api/generate-content (UsageMetadata, ServiceTier),
 * cloud.google.com/vertex-ai (GenerateContentResponse.UsageMetadata,
 * TrafficType), ai.google.dev/gemini-api/docs/pricing (grounding: a query
 * from Gemini 3 on, a prompt before), read 2026-11-22.
 */

#include "air_gemini.h"


/* tokens by modality, where they have classes of their own */
typedef struct {
    uint64_t  audio;
    uint64_t  image;
} air_gemini_kinds_t;


static uint64_t
air_gemini_less(uint64_t *from, uint64_t n, air_usage_t *u)
{
    if (n > *from) {
        n = *from;
        u->clamped = 1;
    }

    *from -= n;

    return n;
}


static void
air_gemini_kinds(const air_json_doc_t *doc, const air_json_node_t *usage,
    const char *name, air_usage_t *u, air_gemini_kinds_t *k)
{
    uint64_t                n;
    const air_json_node_t  *list, *node, *modality;

    list = air_gemini_get(doc, usage, name);

    if (list == NULL || list->type != AIR_JSON_ARRAY) {
        return;
    }

    for (node = air_json_first(doc, list);
         node != NULL;
         node = air_json_next(doc, node))
    {
        n = 0;
        modality = air_gemini_get(doc, node, "modality");

        if (!air_gemini_count(doc, node, "tokenCount", u, &n)) {
            continue;
        }

        if (air_json_is(doc, modality, "AUDIO")) {
            k->audio += n;

        } else if (air_json_is(doc, modality, "IMAGE")) {
            k->image += n;
        }
    }
}


/* The part of a prompt that is paid as it was sent, and what came from a
   cache. */
static void
air_gemini_prompt(const air_json_doc_t *doc, const air_json_node_t *usage,
    air_usage_t *u)
{
    uint64_t            prompt, cached, tools;
    air_gemini_kinds_t  in, kept;

    prompt = 0;
    cached = 0;
    tools = 0;

    memset(&in, 0, sizeof(air_gemini_kinds_t));
    memset(&kept, 0, sizeof(air_gemini_kinds_t));

    (void) air_gemini_count(doc, usage, "promptTokenCount", u, &prompt);
    (void) air_gemini_count(doc, usage, "cachedContentTokenCount", u,
                            &cached);
    (void) air_gemini_count(doc, usage, "toolUsePromptTokenCount", u, &tools);

    air_gemini_kinds(doc, usage, "promptTokensDetails", u, &in);
    air_gemini_kinds(doc, usage, "cacheTokensDetails", u, &kept);

    cached = air_gemini_less(&prompt, cached, u);

    /* what is seen costs what is read: sound alone has a rate of its own */

    u->n[AIR_IN_CACHE_READ_AUDIO] = air_gemini_less(&cached, kept.audio, u);
    u->n[AIR_IN_CACHE_READ] = cached;

    in.audio -= in.audio < kept.audio ? in.audio : kept.audio;

    u->n[AIR_IN_AUDIO] = air_gemini_less(&prompt, in.audio, u);

    memset(&in, 0, sizeof(air_gemini_kinds_t));
    air_gemini_kinds(doc, usage, "toolUsePromptTokensDetails", u, &in);

    u->n[AIR_IN_AUDIO] += air_gemini_less(&tools, in.audio, u);
    u->n[AIR_IN] = prompt + tools;
}


/* Which tier served it; capacity bought ahead is not paid by the token. */
static void
air_gemini_tier(const air_json_doc_t *doc, const air_json_node_t *usage,
    air_usage_t *u)
{
    unsigned                i;
    const air_json_node_t  *node;

    static const struct {
        const char  *name;
        air_tier_e   tier;
    }  tiers[] = {
        { "flex", AIR_TIER_FLEX },
        { "FLEX", AIR_TIER_FLEX },
        { "ON_DEMAND_FLEX", AIR_TIER_FLEX },
        { "priority", AIR_TIER_PRIORITY },
        { "PRIORITY", AIR_TIER_PRIORITY },
        { "ON_DEMAND_PRIORITY", AIR_TIER_PRIORITY },
        { "batch", AIR_TIER_BATCH },
        { "BATCH", AIR_TIER_BATCH }
    };

    node = air_gemini_get(doc, usage, "serviceTier");

    if (node == NULL) {
        node = air_gemini_get(doc, usage, "trafficType");
    }

    for (i = 0; i < sizeof(tiers) / sizeof(tiers[0]); i++) {
        if (air_json_is(doc, node, tiers[i].name)) {
            u->tier = tiers[i].tier;
        }
    }
}


int
air_gemini_usage(const air_json_doc_t *doc, const air_json_node_t *usage,
    air_usage_t *u)
{
    uint64_t            n, thoughts;
    air_usage_t         was;
    air_gemini_kinds_t  out;

    if (usage == NULL || usage->type != AIR_JSON_OBJECT) {
        return 0;
    }

    /* the first chunks of Vertex tell the traffic alone */

    if (!air_gemini_count(doc, usage, "promptTokenCount", NULL, &n)
        && !air_gemini_count(doc, usage, "candidatesTokenCount", NULL, &n)
        && !air_gemini_count(doc, usage, "totalTokenCount", NULL, &n))
    {
        air_gemini_tier(doc, usage, u);
        return 0;
    }

    was = *u;
    air_usage_init(u);

    u->seen = 1;
    u->tier = was.tier;
    memcpy(u->fee, was.fee, sizeof(was.fee));

    air_gemini_prompt(doc, usage, u);
    air_gemini_tier(doc, usage, u);

    n = 0;
    thoughts = 0;
    memset(&out, 0, sizeof(air_gemini_kinds_t));

    (void) air_gemini_count(doc, usage, "candidatesTokenCount", u, &n);
    (void) air_gemini_count(doc, usage, "thoughtsTokenCount", u, &thoughts);
    air_gemini_kinds(doc, usage, "candidatesTokensDetails", u, &out);

    u->n[AIR_OUT_AUDIO] = air_gemini_less(&n, out.audio, u);
    u->n[AIR_OUT_IMAGE] = air_gemini_less(&n, out.image, u);
    u->n[AIR_OUT] = n + thoughts;
    u->reasoning = thoughts;

    return 1;
}


void
air_gemini_searches(const air_json_doc_t *doc,
    const air_json_node_t *candidate, air_str_t model, air_usage_t *u)
{
    uint64_t                n;
    air_gemini_model_t      m;
    const air_json_node_t  *list;

    list = air_gemini_get(doc, air_gemini_get(doc, candidate,
                                              "groundingMetadata"),
                          "webSearchQueries");

    if (list == NULL || list->type != AIR_JSON_ARRAY || list->count == 0) {
        return;
    }

    air_gemini_model(model, &m);
    n = m.version != 0 && m.version < 300 ? 1 : list->count;

    /* a stream may say it more than once */

    if (n > u->fee[AIR_FEE_SEARCH]) {
        u->fee[AIR_FEE_SEARCH] = n;
    }
}


static void
air_gemini_field(air_buf_t *b, const char *name, uint64_t n)
{
    air_buf_z(b, name);
    air_buf_uint(b, n);
}


/* "name":[{"modality":...}] of the classes that are no text, if any. */
static void
air_gemini_kinds_write(const char *name, uint64_t text, uint64_t audio,
    uint64_t image, air_buf_t *b)
{
    if (audio == 0 && image == 0) {
        return;
    }

    air_buf_z(b, ",\"");
    air_buf_z(b, name);
    air_gemini_field(b, "\":[{\"modality\":\"TEXT\",\"tokenCount\":", text);

    if (audio != 0) {
        air_gemini_field(b, "},{\"modality\":\"AUDIO\",\"tokenCount\":",
                         audio);
    }

    if (image != 0) {
        air_gemini_field(b, "},{\"modality\":\"IMAGE\",\"tokenCount\":",
                         image);
    }

    air_buf_z(b, "}]");
}


void
air_gemini_usage_write(const air_usage_t *u, air_buf_t *b)
{
    uint64_t  in, out, cached, audio, image, thoughts;

    in = air_usage_input(u);
    out = air_usage_output(u);
    cached = u->n[AIR_IN_CACHE_READ] + u->n[AIR_IN_CACHE_READ_AUDIO]
             + u->n[AIR_IN_CACHE_READ_IMAGE];
    thoughts = u->reasoning < out ? u->reasoning : out;

    air_gemini_field(b, "\"usageMetadata\":{\"promptTokenCount\":", in);

    if (cached != 0) {
        air_gemini_field(b, ",\"cachedContentTokenCount\":", cached);
    }

    air_gemini_field(b, ",\"candidatesTokenCount\":", out - thoughts);

    if (thoughts != 0) {
        air_gemini_field(b, ",\"thoughtsTokenCount\":", thoughts);
    }

    air_gemini_field(b, ",\"totalTokenCount\":", in + out);

    audio = u->n[AIR_IN_AUDIO] + u->n[AIR_IN_CACHE_READ_AUDIO];
    image = u->n[AIR_IN_IMAGE] + u->n[AIR_IN_CACHE_READ_IMAGE];

    air_gemini_kinds_write("promptTokensDetails", in - audio - image, audio,
                           image, b);
    air_gemini_kinds_write("cacheTokensDetails", u->n[AIR_IN_CACHE_READ],
                           u->n[AIR_IN_CACHE_READ_AUDIO],
                           u->n[AIR_IN_CACHE_READ_IMAGE], b);

    audio = u->n[AIR_OUT_AUDIO];
    image = u->n[AIR_OUT_IMAGE];
    out -= thoughts;

    air_gemini_kinds_write("candidatesTokensDetails",
                           out > audio + image ? out - audio - image : 0,
                           audio, image, b);

    if (u->tier != AIR_TIER_STANDARD && u->tier != AIR_TIER_FAST) {
        air_buf_z(b, ",\"serviceTier\":\"");
        air_buf_z(b, air_tier_name(u->tier));
        air_buf_z(b, "\"");
    }

    air_buf_z(b, "}");
}
