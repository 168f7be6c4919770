
/*
 * The table of vendors: it is whole, its names and hosts are unambiguous,
 * and hosts are matched at labels only.
 */

#include "../../ngx_ai_router_module/core/air_profile.h"
#include "tap.h"


static void
host(const char *name, const char *want)
{
    const air_profile_t  *p;

    p = air_profile_by_host(air_str_z(name));

    is_str(air_str_z(p ? p->name : "none"), want, "host %s", name);
}


/* who speaks a protocol at a host, and who speaks it first of all */
static void
speaking(const char *name, const char *protocol, const char *want)
{
    const air_profile_t  *p;

    p = air_profile_speaking(air_str_z(name), protocol);

    is_str(air_str_z(p ? p->name : "none"), want, "%s at \"%s\"", protocol,
           name);
}


/* a streamed reply has a path and a query of its own only where they differ */
static void
streams(void)
{
    static const air_profile_t  plain = {
        .path[AIR_OP_CHAT] = "/chat",
        .query = "v=1"
    };
    static const air_profile_t  own = {
        .path[AIR_OP_CHAT] = "/{model}:say",
        .path[AIR_OP_EMBEDDINGS] = "/{model}:embed",
        .stream_path[AIR_OP_CHAT] = "/{model}:stream",
        .query = "v=1",
        .stream_query = "v=1&alt=sse"
    };

    is_str(air_str_z(air_profile_path(&plain, AIR_OP_CHAT, 0)), "/chat",
           "path");
    is_str(air_str_z(air_profile_path(&plain, AIR_OP_CHAT, 1)), "/chat",
           "the same for streams");
    ok(air_profile_path(&plain, AIR_OP_MODELS, 1) == NULL, "cannot");
    is_str(air_str_z(air_profile_query(&plain, 1)), "v=1", "query");
    is_str(air_str_z(air_profile_path(&own, AIR_OP_CHAT, 0)), "/{model}:say",
           "path, not of streams");
    is_str(air_str_z(air_profile_path(&own, AIR_OP_CHAT, 1)),
           "/{model}:stream", "path of streams");
    is_str(air_str_z(air_profile_path(&own, AIR_OP_EMBEDDINGS, 1)),
           "/{model}:embed", "what has no stream");
    is_str(air_str_z(air_profile_query(&own, 0)), "v=1",
           "query, not of streams");
    is_str(air_str_z(air_profile_query(&own, 1)), "v=1&alt=sse",
           "query of streams");
}


int
main(void)
{
    size_t                n;
    unsigned              i, k;
    const char           *h, *path;
    const air_profile_t  *p, *other;

    static const char *const  names[] = {
        "openai", "openrouter", "meta", "mistral", "groq", "xai", "deepseek",
        "together", "azure", "azure-v1", "vllm", "ollama",
        "openai-compatible", "lovable", "fireworks", "cerebras",
        "perplexity", "moonshot", "google", "vertex", "vertex-key",
        "google-openai", "vertex-openai", "cohere", "voyage",
        "azure-foundry", "azure-anthropic"
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        p = air_profile_find(air_str_z(names[i]));
        ok(p != NULL, "%s is known", names[i]);
    }

    ok(air_profile_find(air_str_z("")) == NULL, "nobody has no name");
    ok(air_profile_find(air_str_z("OpenAI")) == NULL, "names are exact");

    for (i = 0; (p = air_profile_at(i)) != NULL; i++) {

        ok(p->protocol != NULL && p->price_vendor != NULL
           && p->auth_header != NULL && p->auth_prefix != NULL,
           "%s: has what it needs", p->name);
        path = p->path[AIR_OP_CHAT] ? p->path[AIR_OP_CHAT]
                                    : p->path[AIR_OP_EMBEDDINGS];

        ok(path != NULL && path[0] == '/', "%s: can chat, or embed",
           p->name);
        ok(p->path[AIR_OP_NONE] == NULL, "%s: nothing is nothing", p->name);
        ok(strcmp(p->auth_header, "authorization") != 0
           || strcmp(p->auth_prefix, "Bearer ") == 0, "%s: bearer", p->name);
        ok(p->endpoint == NULL
           || (strncmp(p->endpoint, "http", 4) == 0
               && p->endpoint[strlen(p->endpoint) - 1] != '/'),
           "%s: endpoint", p->name);
        is(p->model_in_path,
           strstr(path, "{model}") != NULL,
           "%s: model in path", p->name);

        for (k = 0; (other = air_profile_at(k)) != NULL; k++) {
            if (k != i && strcmp(p->name, other->name) == 0) {
                ok(0, "%s stands twice", p->name);
            }
        }

        /* each of its hosts leads to it */

        for (h = p->hosts; h != NULL && *h != '\0'; h += n) {
            n = strcspn(h, " ");
            ok(air_profile_speaking(air_str_n(h, n), p->protocol) == p,
               "%s: %.*s", p->name, (int) n, h);
            n += strspn(h + n, " ");
        }

        /* and so does the host of its endpoint, where it has any */

        if (p->endpoint != NULL && p->hosts != NULL
            && strncmp(p->endpoint, "https://", 8) == 0)
        {
            h = p->endpoint + 8;
            ok(air_profile_speaking(air_str_n(h, strcspn(h, "/")),
                                    p->protocol) == p,
               "%s: its endpoint's host", p->name);
        }
    }

    ok(air_profile_at(i + 1) == NULL, "past the last too");

    streams();

    host("api.openai.com", "openai");
    host("API.OpenAI.com", "openai");
    host("api.openai.com:443", "openai");
    host("api.openai.com.", "openai");
    host("eu.api.openai.com", "openai");
    host("evilapi.openai.com", "none");
    host("api.openai.com.evil.example", "none");
    host("openai.com", "none");
    host("", "none");
    host("my-res.openai.azure.com", "azure-v1");
    host("ai.gateway.lovable.dev", "lovable");
    host("generativelanguage.googleapis.com", "google");
    host("aiplatform.googleapis.com", "vertex");
    host("us-central1-aiplatform.googleapis.com:443", "vertex");
    host("evilaiplatform.googleapis.com", "none");
    host("us-aiplatform.googleapis.com.evil.example", "none");

    speaking("generativelanguage.googleapis.com", "openai", "google-openai");
    speaking("europe-west4-aiplatform.googleapis.com", "openai",
             "vertex-openai");
    speaking("api.openai.com", "gemini", "none");
    speaking("", "gemini", "google");
    speaking("", "openai", "openai");
    speaking("", "none", "none");
    host("127.0.0.1", "none");
    host("bedrock-runtime.us-east-1.amazonaws.com", "bedrock");
    host("bedrock-runtime.eu-west-3.amazonaws.com:443", "bedrock");
    host("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "bedrock");
    host("vpce-0a-1b.bedrock-runtime.ap-south-1.vpce.amazonaws.com",
         "bedrock");
    host("bedrock-runtime.amazonaws.com", "none");
    host("bedrock-runtime..amazonaws.com", "none");
    host("bedrock-runtime.us.east.amazonaws.com", "none");
    host("bedrock-runtime.us-east-1.amazonaws.com.evil.example", "none");
    host("s3.us-east-1.amazonaws.com", "none");

    return done();
}
