
/*
 * The table of vendors.  Facts are from the vendors' own reference pages as
 * read in November 2026 unless an entry says otherwise; recorded replies of
 * the vendors decided where pages are silent (where usage stands in streams,
 * whether reasoning is inside completion_tokens).
 *
 * The endpoint holds the version ("/v1"), so that a path is what every
 * OpenAI client appends to its base URL.
 *
 * Slugs are OpenRouter's for the same vendor (BYOKProviderSlug of openapi.yaml
 * in its documentation, read 2026-11).
 *
 * A path for AIR_OP_RESPONSES beside protocol "openai": the vendor speaks
 * both of OpenAI's wires (platform.openai.com, docs.x.ai, api-docs.deepseek
 * .com, openrouter.ai, console.groq.com, learn.microsoft.com, read 2026-11).
 */

#include "air_profile.h"


#define AIR_PATHS_CHAT                                                        \
    .path[AIR_OP_CHAT] = "/chat/completions",                                 \
    .path[AIR_OP_MODELS] = "/models"

#define AIR_PATHS_GEMINI                                                      \
    .path[AIR_OP_CHAT] = "/models/{model}:generateContent",                   \
    .path[AIR_OP_COUNT_TOKENS] = "/models/{model}:countTokens",               \
    .path[AIR_OP_MODELS] = "/models",                                         \
    .stream_path[AIR_OP_CHAT] = "/models/{model}:streamGenerateContent",      \
    .stream_query = "alt=sse",                                                \
    .model_in_path = 1

#define AIR_HOSTS_VERTEX                                                      \
    "aiplatform.googleapis.com -aiplatform.googleapis.com"                    \
    " aiplatform.us.rep.googleapis.com aiplatform.eu.rep.googleapis.com"

#define AIR_BEARER                                                            \
    .auth_header = "authorization",                                           \
    .auth_prefix = "Bearer "


static const air_profile_t  air_profiles[] = {

    /* platform.openai.com/docs/api-reference */
    { .name = "openai",
      .owner = "openai",
      .protocol = "openai",
      .hosts = "api.openai.com",
      .endpoint = "https://api.openai.com/v1",
      .price_vendor = "openai",
      .maker = "openai",
      AIR_PATHS_CHAT,
      .path[AIR_OP_RESPONSES] = "/responses",
      .path[AIR_OP_COMPLETIONS] = "/completions",
      .path[AIR_OP_EMBEDDINGS] = "/embeddings",
      AIR_BEARER,
      .ask_usage = 1,
      .max_completion_tokens = 1 },

    /* platform.claude.com/docs/en/api: the version of the wire is a header,
       that of the path stands still */
    { .name = "anthropic",
      .owner = "anthropic",
      .protocol = "anthropic",
      .hosts = "api.anthropic.com",
      .endpoint = "https://api.anthropic.com",
      .price_vendor = "anthropic",
      .maker = "anthropic",
      .path[AIR_OP_CHAT] = "/v1/messages",
      .path[AIR_OP_MESSAGES] = "/v1/messages",
      .path[AIR_OP_COUNT_TOKENS] = "/v1/messages/count_tokens",
      .path[AIR_OP_MODELS] = "/v1/models",
      .auth_header = "x-api-key",
      .auth_prefix = "",
      .extra_headers = "anthropic-version: 2023-06-01" },

    /* ai.google.dev/api; what follows the host is part of the endpoint, as a
       version is */
    { .name = "google",
      .owner = "google",
      .protocol = "gemini",
      .hosts = "generativelanguage.googleapis.com",
      .endpoint = "https://generativelanguage.googleapis.com/v1beta",
      .price_vendor = "google",
      .slug = "google-ai-studio",
      .maker = "google",
      AIR_PATHS_GEMINI,
      .path[AIR_OP_EMBEDDINGS] = "/models/{model}:batchEmbedContents",
      .auth_header = "x-goog-api-key",
      .auth_prefix = "" },

    /* cloud.google.com/vertex-ai/generative-ai/docs/reference/rest: the
       endpoint holds project and location and ends with "/publishers/google";
       the key is an OAuth access token */
    { .name = "vertex",
      .owner = "google",
      .protocol = "gemini",
      .hosts = AIR_HOSTS_VERTEX,
      .price_vendor = "vertex",
      .slug = "google-vertex",
      .maker = "google",
      AIR_PATHS_GEMINI,
      .path[AIR_OP_EMBEDDINGS] = "/models/{model}:predict",
      AIR_BEARER,
      .publisher = 1 },

    /* cloud.google.com/vertex-ai/generative-ai/docs/start/api-keys: the same
       with an API key; has to be named */
    { .name = "vertex-key",
      .owner = "google",
      .protocol = "gemini",
      .endpoint = "https://aiplatform.googleapis.com/v1/publishers/google",
      .price_vendor = "vertex",
      .slug = "google-vertex",
      .maker = "google",
      AIR_PATHS_GEMINI,
      .path[AIR_OP_EMBEDDINGS] = "/models/{model}:predict",
      .auth_header = "x-goog-api-key",
      .auth_prefix = "",
      .publisher = 1 },

    /* ai.google.dev/gemini-api/docs/openai, for "protocol openai" */
    { .name = "google-openai",
      .owner = "google",
      .protocol = "openai",
      .hosts = "generativelanguage.googleapis.com",
      .endpoint = "https://generativelanguage.googleapis.com/v1beta/openai",
      .price_vendor = "google",
      .slug = "google-ai-studio",
      .maker = "google",
      AIR_PATHS_CHAT,
      .path[AIR_OP_EMBEDDINGS] = "/embeddings",
      AIR_BEARER,
      .ask_usage = 1 },

    /* cloud.google.com/vertex-ai/generative-ai/docs/start/openai: the
       endpoint ends with "/endpoints/openapi", models are "google/NAME" */
    { .name = "vertex-openai",
      .owner = "google",
      .protocol = "openai",
      .hosts = AIR_HOSTS_VERTEX,
      .price_vendor = "vertex",
      .slug = "google-vertex",
      .path[AIR_OP_CHAT] = "/chat/completions",
      AIR_BEARER,
      .ask_usage = 1 },

    /* openrouter.ai/docs/api-reference: usage is in every stream, asking is
       understood and changes nothing */
    { .name = "openrouter",
      .owner = "openrouter",
      .protocol = "openai",
      .hosts = "openrouter.ai",
      .endpoint = "https://openrouter.ai/api/v1",
      .price_vendor = "openrouter",
      AIR_PATHS_CHAT,
      .path[AIR_OP_RESPONSES] = "/responses",
      .path[AIR_OP_COMPLETIONS] = "/completions",
      .path[AIR_OP_EMBEDDINGS] = "/embeddings",
      AIR_BEARER,
      .ask_usage = 1,
      .router_fields = 1,
      .max_completion_tokens = 1 },

    /* docs.cohere.com/v2/reference */
    { .name = "cohere",
      .owner = "cohere",
      .protocol = "cohere",
      .hosts = "api.cohere.com api.cohere.ai",
      .endpoint = "https://api.cohere.com",
      .price_vendor = "cohere",
      .maker = "cohere",
      .path[AIR_OP_CHAT] = "/v2/chat",
      .path[AIR_OP_EMBEDDINGS] = "/v2/embed",
      .path[AIR_OP_MODELS] = "/v1/models",
      AIR_BEARER },

    /* llama.developer.meta.com/docs/features/compatibility */
    { .name = "meta",
      .owner = "meta",
      .protocol = "openai",
      .hosts = "api.llama.com llama-api.meta.com",
      .endpoint = "https://api.llama.com/compat/v1",
      .price_vendor = "meta",
      .maker = "meta",
      .region = "us",
      AIR_PATHS_CHAT,
      AIR_BEARER,
      .ask_usage = 1,
      .max_completion_tokens = 1 },

    /* docs.mistral.ai/api: unknown members are refused (422
       extra_forbidden), stream_options.include_usage among them; usage is in
       the last chunk unasked.  Refused by name here are OpenAI's members and
       its imitators' that the reference has not, read 2026-11 */
    { .name = "mistral",
      .owner = "mistral",
      .protocol = "openai",
      .hosts = "api.mistral.ai",
      .endpoint = "https://api.mistral.ai/v1",
      .price_vendor = "mistral",
      .maker = "mistral",
      .region = "eu",
      AIR_PATHS_CHAT,
      .path[AIR_OP_EMBEDDINGS] = "/embeddings",
      AIR_BEARER,
      .refuses = "audio best_of function_call functions logit_bias logprobs"
                 " min_p modalities prompt_cache_retention reasoning"
                 " repetition_penalty safety_identifier service_tier store"
                 " top_k top_logprobs user verbosity web_search_options",
      .seed = "random_seed" },

    /* console.groq.com/docs/openai: what is refused stands there by name,
       read 2026-11 */
    { .name = "groq",
      .owner = "groq",
      .protocol = "openai",
      .hosts = "api.groq.com",
      .endpoint = "https://api.groq.com/openai/v1",
      .price_vendor = "groq",
      AIR_PATHS_CHAT,
      .path[AIR_OP_RESPONSES] = "/responses",
      AIR_BEARER,
      .refuses = "logit_bias logprobs top_logprobs",
      .ask_usage = 1,
      .max_completion_tokens = 1 },

    /* docs.x.ai/docs/api-reference: on this wire reasoning is not inside
       completion_tokens */
    { .name = "xai",
      .owner = "xai",
      .protocol = "openai",
      .hosts = "api.x.ai",
      .endpoint = "https://api.x.ai/v1",
      .price_vendor = "xai",
      .maker = "xai",
      AIR_PATHS_CHAT,
      .path[AIR_OP_RESPONSES] = "/responses",
      .path[AIR_OP_COMPLETIONS] = "/completions",
      AIR_BEARER,
      .ask_usage = 1,
      .reasoning_outside = 1,
      .max_completion_tokens = 1 },

    /* api-docs.deepseek.com */
    { .name = "deepseek",
      .owner = "deepseek",
      .protocol = "openai",
      .hosts = "api.deepseek.com",
      .endpoint = "https://api.deepseek.com",
      .price_vendor = "deepseek",
      .maker = "deepseek",
      .region = "cn",
      AIR_PATHS_CHAT,
      .path[AIR_OP_RESPONSES] = "/responses",
      AIR_BEARER,
      .ask_usage = 1 },

    /* docs.together.ai/reference */
    { .name = "together",
      .owner = "together",
      .protocol = "openai",
      .hosts = "api.together.xyz api.together.ai",
      .endpoint = "https://api.together.xyz/v1",
      .price_vendor = "together",
      AIR_PATHS_CHAT,
      .path[AIR_OP_COMPLETIONS] = "/completions",
      .path[AIR_OP_EMBEDDINGS] = "/embeddings",
      AIR_BEARER,
      .ask_usage = 1 },

    /* learn.microsoft.com/azure/ai-foundry/openai, v1 API: the model is the
       name of the deployment, no api-version */
    { .name = "azure-v1",
      .owner = "microsoft",
      .protocol = "openai",
      .hosts = "openai.azure.com services.ai.azure.com"
               " cognitiveservices.azure.com",
      .price_vendor = "azure",
      .slug = "azure",
      AIR_PATHS_CHAT,
      .path[AIR_OP_RESPONSES] = "/responses",
      .path[AIR_OP_COMPLETIONS] = "/completions",
      .path[AIR_OP_EMBEDDINGS] = "/embeddings",
      .auth_header = "api-key",
      .auth_prefix = "",
      .ask_usage = 1,
      .max_completion_tokens = 1 },

    /* learn.microsoft.com/azure/ai-foundry/openai/reference, dated API; has
       to be named, the host is the same as above; a model in the body is
       ignored.  2024-10-21 is the last version that is no preview */
    { .name = "azure",
      .owner = "microsoft",
      .protocol = "openai",
      .price_vendor = "azure",
      .path[AIR_OP_CHAT] = "/openai/deployments/{model}/chat/completions",
      .path[AIR_OP_COMPLETIONS] = "/openai/deployments/{model}/completions",
      .path[AIR_OP_EMBEDDINGS] = "/openai/deployments/{model}/embeddings",
      .query = "api-version=2024-10-21",
      .auth_header = "api-key",
      .auth_prefix = "",
      .ask_usage = 1,
      .model_in_path = 1,
      .max_completion_tokens = 1 },

    /* learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/endpoints
       and the model inference reference: every model of a resource under one
       URL, by the name of its deployment; has to be named, the host is that
       of azure-v1, which is what Microsoft advises for new work.  Members
       that the reference does not list are refused unless they are told to
       pass */
    { .name = "azure-foundry",
      .owner = "microsoft",
      .protocol = "openai",
      .price_vendor = "azure",
      .slug = "azure",
      .path[AIR_OP_CHAT] = "/models/chat/completions",
      .path[AIR_OP_EMBEDDINGS] = "/models/embeddings",
      .query = "api-version=2024-05-01-preview",
      .auth_header = "api-key",
      .auth_prefix = "",
      .extra_headers = "extra-parameters: pass-through",
      .ask_usage = 1,
      .max_completion_tokens = 1 },

    /* platform.claude.com/docs/en/build-with-claude
       /claude-in-microsoft-foundry: no list of models; has to be named */
    { .name = "azure-anthropic",
      .owner = "microsoft",
      .protocol = "anthropic",
      .price_vendor = "azure",
      .slug = "azure",
      .maker = "anthropic",
      .path[AIR_OP_CHAT] = "/anthropic/v1/messages",
      .path[AIR_OP_MESSAGES] = "/anthropic/v1/messages",
      .path[AIR_OP_COUNT_TOKENS] = "/anthropic/v1/messages/count_tokens",
      .auth_header = "api-key",
      .auth_prefix = "",
      .extra_headers = "anthropic-version: 2023-06-01" },

    /* docs.vllm.ai, OpenAI-compatible server */
    { .name = "vllm",
      .protocol = "openai",
      .endpoint = "http://127.0.0.1:8000/v1",
      .price_vendor = "vllm",
      AIR_PATHS_CHAT,
      .path[AIR_OP_COMPLETIONS] = "/completions",
      .path[AIR_OP_EMBEDDINGS] = "/embeddings",
      AIR_BEARER,
      .ask_usage = 1,
      .max_completion_tokens = 1 },

    /* docs.ollama.com/api/openai-compatibility */
    { .name = "ollama",
      .protocol = "openai",
      .endpoint = "http://127.0.0.1:11434/v1",
      .price_vendor = "ollama",
      AIR_PATHS_CHAT,
      .path[AIR_OP_COMPLETIONS] = "/completions",
      .path[AIR_OP_EMBEDDINGS] = "/embeddings",
      AIR_BEARER,
      .ask_usage = 1 },

    /* tanstack.com/ai/latest/docs/adapters/lovable (the gateway has no public
       reference of its own) */
    { .name = "lovable",
      .owner = "lovable",
      .protocol = "openai",
      .hosts = "ai.gateway.lovable.dev",
      .endpoint = "https://ai.gateway.lovable.dev/v1",
      .price_vendor = "lovable",
      AIR_PATHS_CHAT,
      .path[AIR_OP_EMBEDDINGS] = "/embeddings",
      AIR_BEARER,
      .ask_usage = 1,
      .max_completion_tokens = 1 },

    /* docs.fireworks.ai/api-reference */
    { .name = "fireworks",
      .owner = "fireworks",
      .protocol = "openai",
      .hosts = "api.fireworks.ai",
      .endpoint = "https://api.fireworks.ai/inference/v1",
      .price_vendor = "fireworks",
      AIR_PATHS_CHAT,
      .path[AIR_OP_COMPLETIONS] = "/completions",
      .path[AIR_OP_EMBEDDINGS] = "/embeddings",
      AIR_BEARER,
      .ask_usage = 1 },

    /* inference-docs.cerebras.ai/api-reference */
    { .name = "cerebras",
      .owner = "cerebras",
      .protocol = "openai",
      .hosts = "api.cerebras.ai",
      .endpoint = "https://api.cerebras.ai/v1",
      .price_vendor = "cerebras",
      AIR_PATHS_CHAT,
      .path[AIR_OP_COMPLETIONS] = "/completions",
      AIR_BEARER,
      .ask_usage = 1,
      .max_completion_tokens = 1 },

    /* docs.perplexity.ai/api-reference: usage grows in every chunk */
    { .name = "perplexity",
      .owner = "perplexity",
      .protocol = "openai",
      .hosts = "api.perplexity.ai",
      .endpoint = "https://api.perplexity.ai",
      .price_vendor = "perplexity",
      .maker = "perplexity",
      .path[AIR_OP_CHAT] = "/chat/completions",
      .path[AIR_OP_EMBEDDINGS] = "/v1/embeddings",
      AIR_BEARER,
      .reasoning_outside = 1 },

    /* docs.voyageai.com/reference: embeddings alone; usage is one total */
    { .name = "voyage",
      .owner = "voyage",
      .protocol = "openai",
      .hosts = "api.voyageai.com",
      .endpoint = "https://api.voyageai.com/v1",
      .price_vendor = "voyage",
      .maker = "voyage",
      .path[AIR_OP_EMBEDDINGS] = "/embeddings",
      AIR_BEARER },

    /* platform.moonshot.ai/docs/api */
    { .name = "moonshot",
      .owner = "moonshot",
      .protocol = "openai",
      .hosts = "api.moonshot.ai api.moonshot.cn",
      .endpoint = "https://api.moonshot.ai/v1",
      .price_vendor = "moonshot",
      .slug = "moonshotai",
      .maker = "moonshot",
      .region = "cn",
      AIR_PATHS_CHAT,
      AIR_BEARER,
      .ask_usage = 1 },

    /* docs.aws.amazon.com/bedrock, API reference of the runtime: the region
       is in the host; a key is a Bedrock API key, or signs each request */
    { .name = "bedrock",
      .owner = "amazon",
      .protocol = "bedrock",
      .hosts = "bedrock-runtime.*.amazonaws.com"
               " bedrock-runtime-fips.*.amazonaws.com"
               " bedrock-runtime.*.amazonaws.com.cn"
               " bedrock-runtime.*.vpce.amazonaws.com"
               " bedrock-runtime.*.api.aws"
               " bedrock-runtime-fips.*.api.aws",
      .price_vendor = "bedrock",
      .slug = "amazon-bedrock",
      .path[AIR_OP_CHAT] = "/model/{model}/converse",
      .path[AIR_OP_COUNT_TOKENS] = "/model/{model}/count-tokens",
      .path[AIR_OP_EMBEDDINGS] = "/model/{model}/invoke",
      .stream_path[AIR_OP_CHAT] = "/model/{model}/converse-stream",
      AIR_BEARER,
      .error_header = "x-amzn-errortype",
      .id_header = "x-amzn-requestid",
      .input_header = "x-amzn-bedrock-input-token-count",
      .aws_service = "bedrock",
      .model_in_path = 1 },

    /* anything that speaks OpenAI's newer protocol */
    { .name = "responses",
      .protocol = "responses",
      .price_vendor = "responses",
      .path[AIR_OP_CHAT] = "/responses",
      .path[AIR_OP_RESPONSES] = "/responses",
      .path[AIR_OP_COMPLETIONS] = "/completions",
      .path[AIR_OP_EMBEDDINGS] = "/embeddings",
      .path[AIR_OP_MODELS] = "/models",
      AIR_BEARER,
      .ask_usage = 1 },

    /* anything else that speaks the protocol */
    { .name = "openai-compatible",
      .protocol = "openai",
      .price_vendor = "openai-compatible",
      AIR_PATHS_CHAT,
      .path[AIR_OP_COMPLETIONS] = "/completions",
      .path[AIR_OP_EMBEDDINGS] = "/embeddings",
      AIR_BEARER,
      .ask_usage = 1 }
};


#define AIR_NPROFILES  (sizeof(air_profiles) / sizeof(air_profiles[0]))


static unsigned char
air_profile_lower(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') ? (unsigned char) (c | 0x20) : c;
}


/* 1 when host is suffix or ends in "." suffix, or in a suffix with "-". */
static int
air_profile_suffix(air_str_t host, const char *suffix, size_t n)
{
    size_t  i;

    if (host.len < n
        || (host.len > n && *suffix != '-'
            && host.data[host.len - n - 1] != '.'))
    {
        return 0;
    }

    for (i = 0; i < n; i++) {
        if (air_profile_lower(host.data[host.len - n + i])
            != (unsigned char) suffix[i])
        {
            return 0;
        }
    }

    return 1;
}


/* The same for a suffix that may have a "*" for one label inside. */
static int
air_profile_star(air_str_t host, const char *suffix, size_t n)
{
    size_t       i, end;
    const char  *star;

    star = memchr(suffix, '*', n);

    if (star == NULL) {
        return air_profile_suffix(host, suffix, n);
    }

    end = n - (size_t) (star + 1 - suffix);      /* ".amazonaws.com" */

    if (host.len <= end
        || !air_profile_suffix(air_str_n(host.data + host.len - end + 1,
                                         end - 1), star + 2, end - 1)
        || host.data[host.len - end] != '.')
    {
        return 0;
    }

    host.len -= end;

    for (i = host.len; i > 0 && host.data[i - 1] != '.'; i--) {
        /* void */
    }

    if (i == 0 || i == host.len) {
        return 0;
    }

    host.len = i - 1;

    return air_profile_suffix(host, suffix, (size_t) (star - suffix) - 1);
}


const air_profile_t *
air_profile_find(air_str_t name)
{
    size_t  i;

    for (i = 0; i < AIR_NPROFILES; i++) {
        if (air_str_eqz(name, air_profiles[i].name)) {
            return &air_profiles[i];
        }
    }

    return NULL;
}


int
air_profile_refuses(const air_profile_t *profile, air_str_t name)
{
    size_t       n;
    const char  *p;

    for (p = profile->refuses; p != NULL && *p != '\0'; p += n) {

        n = strcspn(p, " ");

        if (n == name.len && memcmp(p, name.data, n) == 0) {
            return 1;
        }

        n += strspn(p + n, " ");
    }

    return 0;
}


/* 1 when host, which may have a port, is one of the profile's. */
static int
air_profile_hosts(const air_profile_t *profile, air_str_t host)
{
    size_t       i, n;
    const char  *p;

    /* a port is no part of it, nor the root's dot */

    for (i = 0; i < host.len; i++) {
        if (host.data[i] == ':') {
            host.len = i;
        }
    }

    if (host.len && host.data[host.len - 1] == '.') {
        host.len--;
    }

    for (p = profile->hosts; p != NULL && *p != '\0'; p += n) {

        n = strcspn(p, " ");

        if (air_profile_star(host, p, n)) {
            return 1;
        }

        n += strspn(p + n, " ");
    }

    return 0;
}


const air_profile_t *
air_profile_by_host(air_str_t host)
{
    size_t  i;

    for (i = 0; i < AIR_NPROFILES; i++) {
        if (air_profile_hosts(&air_profiles[i], host)) {
            return &air_profiles[i];
        }
    }

    return NULL;
}


const air_profile_t *
air_profile_speaking(air_str_t host, const char *protocol)
{
    size_t  i;

    for (i = 0; i < AIR_NPROFILES; i++) {
        if (strcmp(air_profiles[i].protocol, protocol) == 0
            && (host.len == 0 || air_profile_hosts(&air_profiles[i], host)))
        {
            return &air_profiles[i];
        }
    }

    return NULL;
}


const char *
air_profile_path(const air_profile_t *profile, air_op_e op, int stream)
{
    if (stream && profile->stream_path[op] != NULL) {
        return profile->stream_path[op];
    }

    return profile->path[op];
}


const char *
air_profile_query(const air_profile_t *profile, int stream)
{
    if (stream && profile->stream_query != NULL) {
        return profile->stream_query;
    }

    return profile->query;
}


const air_profile_t *
air_profile_at(unsigned i)
{
    return i < AIR_NPROFILES ? &air_profiles[i] : NULL;
}
