
/*
 * The Bedrock codec: what requests of other wires become for each maker's
 * models and what is told as lost, recorded requests there and back, replies
 * and streams with all that this wire can say, exceptions, usage,
 * embeddings, and every allocation failing once.  Recorded exchanges run in
 * test_replay.c.
 */

#include <dirent.h>

#include "../../ngx_ai_router_module/core/air_codec.h"
#include "file.h"
#include "mem.h"
#include "tap.h"


#define CODEC   air_codec_bedrock
#define BIG     (1 << 24)

#define CLAUDE  "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
#define OPUS    "anthropic.claude-opus-4-8"
#define NOVA    "us.amazon.nova-lite-v1:0"
#define NOVA2   "us.amazon.nova-2-lite-v1:0"
#define LLAMA   "us.meta.llama4-maverick-17b-instruct-v1:0"
#define OSS     "openai.gpt-oss-120b-1:0"
#define ARN     "arn:aws:bedrock:eu-west-1:1:application-inference-profile/x"

#define HI      "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"
#define SAID    "\"messages\":[{\"role\":\"user\",\"content\":"               \
    "[{\"text\":\"Hi\"}]}]"
#define TOOLS   "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":"    \
    "\"f\",\"strict\":true}}]"
#define SPEC    "{\"toolSpec\":{\"name\":\"f\",\"inputSchema\":{\"json\":"     \
    "{\"type\":\"object\",\"properties\":{}}}}}"
#define STRICT  "{\"toolSpec\":{\"name\":\"f\",\"inputSchema\":{\"json\":"     \
    "{\"type\":\"object\",\"properties\":{}}},\"strict\":true}}"


typedef struct {
    const air_codec_t  *from;
    const char         *model;
    const char         *text;
    const char         *want;
    const char         *lost;
} request_t;


static const request_t  requests[] = {

    { &air_codec_openai, CLAUDE, "{" HI "}", "{" SAID "}", "" },

    /* instructions stand at the top, blank text is nothing */

    { &air_codec_openai, CLAUDE,
      "{\"messages\":[{\"role\":\"system\",\"content\":\"S\"},{\"role\":"
      "\"user\",\"content\":\"Hi\"},{\"role\":\"user\",\"content\":\" \"},"
      "{\"role\":\"developer\",\"content\":\"D\"},{\"role\":\"user\","
      "\"content\":\"Ho\"}]}",
      "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"Hi\"},"
      "{\"text\":\"Ho\"}]}],\"system\":[{\"text\":\"S\"},{\"text\":\"D\"}]}",
      "messages=merged" },

    /* a talk must begin with a user, newer models' must end with one */

    { &air_codec_openai, OPUS,
      "{\"messages\":[{\"role\":\"assistant\",\"content\":\"A\"}]}",
      "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"Begin.\"}]"
      "},{\"role\":\"assistant\",\"content\":[{\"text\":\"A\"}]},{\"role\":"
      "\"user\",\"content\":[{\"text\":\"Continue.\"}]}]}",
      "messages=added" },

    /* results of calls stand together, errors are told, media among them */

    { &air_codec_anthropic, CLAUDE,
      "{\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":"
      "\"Go\"},{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\","
      "\"id\":\"a.1\",\"name\":\"f\",\"input\":{\"n\":1}},{\"type\":"
      "\"tool_use\",\"id\":\"b\",\"name\":\"f\",\"input\":{}}]},{\"role\":"
      "\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":"
      "\"a.1\",\"is_error\":true,\"content\":\"no\"},{\"type\":"
      "\"tool_result\",\"tool_use_id\":\"b\",\"content\":[{\"type\":"
      "\"image\",\"source\":{\"type\":\"base64\",\"media_type\":"
      "\"image/jpeg\",\"data\":\"/9j/\"}},{\"type\":\"document\",\"title\":"
      "\"T\",\"source\":{\"type\":\"base64\",\"media_type\":"
      "\"application/pdf\",\"data\":\"JVBE\"}}]},{\"type\":\"text\","
      "\"text\":\"Well?\"}]}],\"tools\":[{\"name\":\"f\",\"description\":"
      "\"D\",\"input_schema\":{\"type\":\"object\"},\"cache_control\":"
      "{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}],\"tool_choice\":{\"type\":"
      "\"any\",\"disable_parallel_tool_use\":true}}",
      "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"Go\"}]},"
      "{\"role\":\"assistant\",\"content\":[{\"toolUse\":{\"toolUseId\":"
      "\"call_a_1e38bae35\",\"name\":\"f\",\"input\":{\"n\":1}}},{\"toolUse\""
      ":{\"toolUseId\":\"b\",\"name\":\"f\",\"input\":{}}}]},{\"role\":"
      "\"user\",\"content\":[{\"toolResult\":{\"toolUseId\":"
      "\"call_a_1e38bae35\",\"content\":[{\"text\":\"no\"}],\"status\":"
      "\"error\"}},{\"toolResult\":{\"toolUseId\":\"b\",\"content\":["
      "{\"image\":{\"format\":\"jpeg\",\"source\":{\"bytes\":\"/9j/\"}}},"
      "{\"document\":{\"format\":\"pdf\",\"name\":\"T\",\"source\":"
      "{\"bytes\":\"JVBE\"}}}]}},{\"text\":\"Well?\"}]}],\"toolConfig\":"
      "{\"tools\":[{\"toolSpec\":{\"name\":\"f\",\"description\":\"D\","
      "\"inputSchema\":{\"json\":{\"type\":\"object\"}}}},{\"cachePoint\":"
      "{\"type\":\"default\",\"ttl\":\"1h\"}}],\"toolChoice\":{\"any\":{}}},"
      "\"inferenceConfig\":{\"maxTokens\":9}}",
      "parallel_tool_calls=no_such" },

    /* thinking: what Anthropic signed goes to Claude, to nobody else */

    { &air_codec_anthropic, CLAUDE,
      "{\"max_tokens\":5000,\"thinking\":{\"type\":\"enabled\","
      "\"budget_tokens\":2048},\"messages\":[{\"role\":\"user\",\"content\":"
      "\"Hi\"},{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\","
      "\"thinking\":\"hm\",\"signature\":\"c2ln\"},{\"type\":"
      "\"redacted_thinking\",\"data\":\"air:bedrock:eA==\"},{\"type\":"
      "\"text\",\"text\":\"So.\"}]},{\"role\":\"user\",\"content\":\"Ho\"}]"
      ",\"top_k\":3}",
      "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"Hi\"}]},"
      "{\"role\":\"assistant\",\"content\":[{\"reasoningContent\":"
      "{\"reasoningText\":{\"text\":\"hm\",\"signature\":\"c2ln\"}}},"
      "{\"reasoningContent\":{\"redactedContent\":\"eA==\"}},{\"text\":"
      "\"So.\"}]},{\"role\":\"user\",\"content\":[{\"text\":\"Ho\"}]}],"
      "\"inferenceConfig\":{\"maxTokens\":5000},"
      "\"additionalModelRequestFields\":{\"thinking\":{\"type\":\"enabled\","
      "\"budget_tokens\":2048}}}",
      "top_k=value" },

    { &air_codec_anthropic, NOVA,
      "{\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":"
      "\"Hi\"},{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\","
      "\"thinking\":\"hm\",\"signature\":\"c2ln\"},{\"type\":\"text\","
      "\"text\":\"So.\"}]},{\"role\":\"user\",\"content\":[{\"type\":"
      "\"text\",\"text\":\"Ho\",\"cache_control\":{\"type\":\"ephemeral\","
      "\"ttl\":\"1h\"}}]}],\"thinking\":{\"type\":\"enabled\","
      "\"budget_tokens\":1024},\"top_k\":3}",
      "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"Hi\"}]},"
      "{\"role\":\"assistant\",\"content\":[{\"text\":\"So.\"}]},{\"role\":"
      "\"user\",\"content\":[{\"text\":\"Ho\"},{\"cachePoint\":{\"type\":"
      "\"default\"}}]}],\"inferenceConfig\":{\"maxTokens\":50},"
      "\"additionalModelRequestFields\":{\"inferenceConfig\":{\"topK\":3}}}",
      "thinking=issuer cache_control.ttl=model reasoning=model" },

    /* efforts, by maker */

    { &air_codec_openai, OPUS,
      "{" HI ",\"reasoning_effort\":\"xhigh\",\"temperature\":0.2}",
      "{" SAID ",\"additionalModelRequestFields\":{\"output_config\":"
      "{\"effort\":\"xhigh\"},\"thinking\":{\"type\":\"adaptive\"}}}",
      "temperature=model" },
    { &air_codec_openai, ARN, "{" HI ",\"reasoning_effort\":\"low\"}",
      "{" SAID ",\"additionalModelRequestFields\":{\"thinking\":{\"type\":"
      "\"enabled\",\"budget_tokens\":2048}}}", "" },
    { &air_codec_openai, NOVA2,
      "{" HI ",\"reasoning_effort\":\"high\",\"max_tokens\":5,"
      "\"temperature\":0,\"top_k\":9}",
      "{" SAID ",\"additionalModelRequestFields\":{\"reasoningConfig\":"
      "{\"type\":\"enabled\",\"maxReasoningEffort\":\"high\"}}}",
      "max_tokens=value temperature=value top_k=model" },
    { &air_codec_openai, NOVA2,
      "{" HI ",\"reasoning_effort\":\"minimal\",\"max_tokens\":5}",
      "{" SAID ",\"inferenceConfig\":{\"maxTokens\":5},"
      "\"additionalModelRequestFields\":{\"reasoningConfig\":{\"type\":"
      "\"enabled\",\"maxReasoningEffort\":\"low\"}}}",
      "reasoning_effort=changed" },
    { &air_codec_openai, NOVA2, "{" HI ",\"reasoning_effort\":\"none\"}",
      "{" SAID "}", "" },
    { &air_codec_openai, OSS, "{" HI ",\"reasoning_effort\":\"medium\"}",
      "{" SAID ",\"additionalModelRequestFields\":{\"reasoning_effort\":"
      "\"medium\"}}", "" },
    { &air_codec_openai, OSS, "{" HI ",\"reasoning_effort\":\"none\"}",
      "{" SAID "}", "reasoning_effort=model" },
    { &air_codec_openai, LLAMA, "{" HI ",\"reasoning_effort\":\"high\"}",
      "{" SAID "}", "reasoning_effort=model" },

    /* settings */

    { &air_codec_openai, LLAMA,
      "{" HI ",\"temperature\":1.7,\"top_p\":0.9,\"max_tokens\":7,\"stop\":"
      "[\"a\",\" \"],\"seed\":1,\"n\":2,\"user\":\"u\",\"top_k\":4,"
      "\"frequency_penalty\":0,\"presence_penalty\":0.5,\"min_p\":0.1,"
      "\"logprobs\":true,\"store\":true,\"verbosity\":\"low\","
      "\"unheard_of\":1}",
      "{" SAID ",\"inferenceConfig\":{\"maxTokens\":7,\"temperature\":1,"
      "\"topP\":0.9,\"stopSequences\":[\"a\"]}}",
      "temperature=changed stop=value top_k=model min_p=no_such "
      "presence_penalty=no_such seed=no_such user=no_such "
      "verbosity=no_such n=no_such logprobs=no_such store=no_such "
      "unheard_of=no_such" },
    { &air_codec_openai, CLAUDE,
      "{" HI ",\"temperature\":-1,\"stop\":\"X\",\"service_tier\":"
      "\"priority\",\"metadata\":{\"a\":\"b c\"}}",
      "{" SAID ",\"inferenceConfig\":{\"temperature\":0,\"stopSequences\":"
      "[\"X\"]},\"serviceTier\":{\"type\":\"priority\"},"
      "\"requestMetadata\":{\"a\":\"b c\"},"
      "\"additionalModelResponseFieldPaths\":[\"/stop_sequence\","
      "\"/delta/stop_sequence\"]}", "" },
    { &air_codec_openai, NOVA,
      "{" HI ",\"service_tier\":\"auto\",\"metadata\":{\"a\":\"\\u00e9\"}}",
      "{" SAID "}", "metadata=value" },
    { &air_codec_openai, NOVA, "{" HI ",\"service_tier\":\"scale\"}",
      "{" SAID "}", "service_tier=value" },

    /* tools and the choice among them */

    { &air_codec_openai, CLAUDE,
      "{" HI "," TOOLS ",\"tool_choice\":\"auto\"}",
      "{" SAID ",\"toolConfig\":{\"tools\":[" STRICT "]}}", "" },
    { &air_codec_openai, LLAMA,
      "{" HI "," TOOLS ",\"tool_choice\":\"required\"}",
      "{" SAID ",\"toolConfig\":{\"tools\":[" SPEC "]}}",
      "tools.strict=model tool_choice=model" },
    { &air_codec_openai, OSS,
      "{" HI "," TOOLS ",\"tool_choice\":{\"type\":\"function\",\"function\":"
      "{\"name\":\"f\"}}}",
      "{" SAID ",\"toolConfig\":{\"tools\":[" STRICT "],\"toolChoice\":"
      "{\"tool\":{\"name\":\"f\"}}}}", "" },
    { &air_codec_openai, CLAUDE,
      "{" HI "," TOOLS ",\"tool_choice\":\"none\"}", "{" SAID "}",
      "tool_choice=changed" },

    /* answers by schema */

    { &air_codec_openai, OSS,
      "{" HI ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
      "{\"name\":\"N\",\"schema\":{\"type\":\"object\",\"properties\":"
      "{\"a\":{\"type\":\"integer\",\"minimum\":1}}}}}}",
      "{" SAID ",\"outputConfig\":{\"textFormat\":{\"type\":\"json_schema\","
      "\"structure\":{\"jsonSchema\":{\"schema\":\"{\\\"type\\\":"
      "\\\"object\\\",\\\"properties\\\":{\\\"a\\\":{\\\"type\\\":"
      "\\\"integer\\\"}},\\\"additionalProperties\\\":false}\",\"name\":"
      "\"N\"}}}}}", "response_format.schema=changed" },
    { &air_codec_openai, NOVA,
      "{" HI ",\"response_format\":{\"type\":\"json_object\"}}",
      "{" SAID ",\"system\":[{\"text\":\"Answer with one JSON object and "
      "nothing else: no other text, no code fence.\"}]}",
      "response_format=changed" },

    /* media: bytes or S3, nothing is fetched */

    { &air_codec_openai, NOVA,
      "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
      "\"image_url\",\"image_url\":{\"url\":"
      "\"data:image/webp;base64,UklG\"}},{\"type\":\"input_audio\","
      "\"input_audio\":{\"data\":\"UklG\",\"format\":"
      "\"wav\"}},{\"type\":\"image_url\",\"image_url\":{\"url\":"
      "\"https://x.test/a.png\"}},{\"type\":\"text\",\"text\":\"What?\"}]}]}",
      "{\"messages\":[{\"role\":\"user\",\"content\":[{\"image\":{\"format\":"
      "\"webp\",\"source\":{\"bytes\":\"UklG\"}}},"
      "{\"audio\":{\"format\":\"wav\",\"source\":{\"bytes\":\"UklG\"}}},"
      "{\"text\":\"What?\"}]}]}", "image.url=value" },
    { &air_codec_anthropic, CLAUDE,
      "{\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":["
      "{\"type\":\"document\",\"title\":\"\\u00fc  (1).txt\",\"context\":"
      "\"C\",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\","
      "\"data\":\"Hi\"}},{\"type\":\"document\",\"source\":{\"type\":"
      "\"file\",\"file_id\":\"f1\"}},{\"type\":\"text\",\"text\":\"x\"}]}]}",
      "{\"messages\":[{\"role\":\"user\",\"content\":[{\"document\":"
      "{\"format\":\"txt\",\"name\":\"(1)-txt\",\"context\":\"C\","
      "\"source\":{\"text\":\"Hi\"}}},{\"text\":\"x\"}]}],"
      "\"inferenceConfig\":{\"maxTokens\":9}}",
      "document.name=changed document=issuer" }
};


static const air_profile_t *
profile(void)
{
    return air_profile_find(air_str_z("bedrock"));
}


static int
parse(air_json_doc_t *doc, const air_mem_t *mem, air_str_t text)
{
    air_json_init(doc, mem);

    return air_json_scan(doc, text, AIR_JSON_VENDOR, NULL) == AIR_OK;
}


static air_str_t
told(const air_warnings_t *lost, const air_mem_t *mem)
{
    unsigned   i;
    air_buf_t  b;

    air_buf_init(&b, mem, 4096);

    for (i = 0; i < lost->n; i++) {
        air_buf_z(&b, i ? " " : "");
        air_buf_str(&b, lost->w[i].field);
        air_buf_z(&b, "=");
        air_buf_z(&b, air_lost_reason(lost->w[i].why));
    }

    return air_buf_view(&b);
}


/* AIR_OK with the text of the request for that model, and what was lost. */
static int
cross(const air_codec_t *from, air_op_e op, air_str_t text,
    const char *model, const air_mem_t *mem, air_str_t *out,
    air_warnings_t *lost)
{
    int                rc;
    air_buf_t          b;
    air_error_t        error;
    air_target_t       target;
    air_json_doc_t     doc;
    air_msg_request_t  msg;

    memset(lost, 0, sizeof(air_warnings_t));
    air_json_init(&doc, mem);

    rc = air_json_scan(&doc, text, AIR_JSON_UNIQUE, NULL);

    if (rc == AIR_OK) {
        rc = from->request_read(op, &doc, mem, &msg, &error);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    target.profile = profile();
    target.model = air_str_z(model);

    air_buf_init(&b, mem, BIG);
    rc = CODEC.request_write(&msg, &target, &b, lost);
    *out = air_buf_view(&b);

    return rc;
}


/* "{"model":"m", before the rest of a caller's request */
static air_str_t
named(const request_t *r, const air_mem_t *mem)
{
    air_buf_t  b;

    air_buf_init(&b, mem, BIG);
    air_buf_z(&b, "{\"model\":\"m\",");
    air_buf_z(&b, r->text + 1);

    return air_buf_view(&b);
}


static void
test_requests(void)
{
    int              rc;
    mem_t            m;
    size_t           n;
    unsigned         i;
    air_mem_t        mem;
    air_str_t        out, text;
    air_json_doc_t   doc;
    air_warnings_t   lost;

    for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        mem = mem_init(&m, 0);
        text = named(&requests[i], &mem);
        out = air_str_n(NULL, 0);

        rc = cross(requests[i].from, requests[i].from == &air_codec_openai
                   ? AIR_OP_CHAT : AIR_OP_MESSAGES, text, requests[i].model,
                   &mem, &out, &lost);

        is(rc, AIR_OK, "%.60s for %s", requests[i].text, requests[i].model);
        is_str(out, requests[i].want, "what is sent");
        is_str(told(&lost, &mem), requests[i].lost, "what is told");
        ok(rc != AIR_OK || parse(&doc, &mem, out), "is JSON");

        mem_free(&m);
    }

    /* short of memory at every place */

    for (n = 1; ; n++) {
        mem_t      few;
        air_mem_t  bad;

        mem = mem_init(&m, 0);
        text = named(&requests[3], &mem);
        bad = mem_init(&few, n);

        rc = cross(requests[3].from, AIR_OP_MESSAGES, text,
                   requests[3].model, &bad, &out, &lost);

        mem_free(&m);
        mem_free(&few);

        if (rc != AIR_ENOMEM) {
            break;
        }
    }

    is(rc, AIR_OK, "after %zu failures of memory", n - 1);
}


/* ------------------------------------------------- recorded requests */


/*
 * 1 for what says nothing: an empty object or list, what is done anyway
 * (success, an automatic choice, the default tier), and, by way of a
 * protocol that demands it, a limit.
 */
static int
nothing(const air_json_doc_t *doc, const air_json_node_t *node, int demanded)
{
    air_str_t               key;
    const air_json_node_t  *n;

    key = air_json_key(doc, node);

    if (air_str_eqz(key, "auto") || (demanded
                                     && air_str_eqz(key, "maxTokens"))
        || (air_str_eqz(key, "status") && air_json_is(doc, node, "success"))
        || (air_str_eqz(key, "type") && demanded >= 0
            && air_json_is(doc, node, "default")))
    {
        return 1;
    }

    if (air_str_eqz(key, "any") || air_str_eqz(key, "input")
        || air_str_eqz(key, "cachePoint"))
    {
        return 0;
    }

    if (node->type != AIR_JSON_OBJECT && node->type != AIR_JSON_ARRAY) {
        return node->type == AIR_JSON_NULL;
    }

    for (n = air_json_first(doc, node); n != NULL; n = air_json_next(doc, n))
    {
        if (node->type == AIR_JSON_ARRAY || !nothing(doc, n, demanded)) {
            return 0;
        }
    }

    return 1;
}


/* 1 when two values mean the same; *where is the first key that differs. */
static int
alike(const air_json_doc_t *a, const air_json_node_t *x,
    const air_json_doc_t *b, const air_json_node_t *y, int demanded,
    air_str_t *where, const air_mem_t *mem)
{
    int                     side;
    char                    name[128];
    air_str_t               s, t;
    air_json_doc_t          one, two;
    const air_json_doc_t   *d, *e;
    const air_json_node_t  *n, *m, *from, *to;

    if (x->type != y->type) {
        return 0;
    }

    switch (x->type) {

    case AIR_JSON_STRING:
        (void) air_json_string(a, x, mem, &s);
        (void) air_json_string(b, y, mem, &t);

        /* a schema in a string is the schema */

        return air_str_eq(s, t)
               || (s.len != 0 && s.data[0] == '{' && parse(&one, mem, s)
                   && parse(&two, mem, t)
                   && alike(&one, air_json_root(&one), &two,
                            air_json_root(&two), demanded, where, mem));

    case AIR_JSON_ARRAY:
        m = air_json_first(b, y);

        for (n = air_json_first(a, x); n != NULL; n = air_json_next(a, n)) {

            if (m == NULL || !alike(a, n, b, m, demanded, where, mem)) {
                return 0;
            }

            m = air_json_next(b, m);
        }

        return m == NULL;

    case AIR_JSON_OBJECT:

        for (side = 0; side < 2; side++) {

            d = side ? b : a;
            e = side ? a : b;
            from = side ? y : x;
            to = side ? x : y;

            for (n = air_json_first(d, from);
                 n != NULL;
                 n = air_json_next(d, n))
            {
                if (nothing(d, n, demanded)) {
                    continue;
                }

                s = air_json_key(d, n);
                snprintf(name, sizeof(name), "%.*s", (int) s.len,
                         (char *) s.data);
                m = air_json_get(e, to, name);

                if (m == NULL
                    || (!side && !alike(d, n, e, m, demanded,
                                        where, mem)))
                {
                    if (where->len == 0) {
                        *where = s;
                    }

                    return 0;
                }
            }
        }

        return 1;

    default:
        return air_str_eq(air_json_raw(a, x), air_json_raw(b, y));
    }
}


/*
 * What callers of another protocol cannot ask in the same words: the first
 * member that differs, and why.
 */
static const struct {
    const air_codec_t  *way;
    const char         *member;
    const char         *why;
}  otherwise[] = {
    { &air_codec_anthropic, "toolConfig", "a tool that the vendor runs" },
    { &air_codec_anthropic, "guardContent", "only this wire guards parts" },
    { &air_codec_anthropic, "content",
      "users who speak twice are one message; media in S3" },
    { &air_codec_anthropic, "text", "a line end alone is no text" },
    { &air_codec_anthropic, "name", "the schema's name" },
    { &air_codec_openai, "toolConfig", "a tool that the vendor runs" },
    { &air_codec_openai, "guardContent", "only this wire guards parts" },
    { &air_codec_openai, "content",
      "media of results follow in a user's message; media in S3" },
    { &air_codec_openai, "text", "a line end alone is no text" },
    { &air_codec_openai, "document", "a document of text is text" },
    { &air_codec_openai, "system", "marks of the cache" },
    { &air_codec_openai, "status", "errors of tools" },
    { &air_codec_openai, "budget_tokens", "an effort instead of a budget" }
};

#define NOTHERWISE  (sizeof(otherwise) / sizeof(otherwise[0]))


/* A recorded request, read and written again by the codec itself. */
static void
there_and_back(const char *name, air_str_t file)
{
    int                     rc;
    mem_t                   m;
    air_op_e                op;
    air_mem_t               mem;
    air_str_t               body, out, where;
    air_json_doc_t          doc, second, rec;
    air_warnings_t          lost;
    const air_json_node_t  *path, *node;

    mem = mem_init(&m, 0);

    if (!parse(&rec, &mem, file)) {
        ok(0, "%s: is JSON", name);
        mem_free(&m);
        return;
    }

    node = air_json_given(&rec, air_json_get(&rec, air_json_root(&rec),
                                             "request"), "body");
    path = air_json_get(&rec, air_json_get(&rec, air_json_root(&rec),
                                           "request"), "path");

    if (node == NULL || node->type != AIR_JSON_OBJECT) {
        mem_free(&m);
        return;
    }

    body = air_json_raw(&rec, path);
    op = body.len > 13
         && memcmp(body.data + body.len - 13, "/count-tokens", 13) == 0
         ? AIR_OP_COUNT_TOKENS : AIR_OP_CHAT;

    body = air_json_raw(&rec, node);
    out = air_str_n(NULL, 0);
    where = out;

    rc = cross(&CODEC, op, body, CLAUDE, &mem, &out, &lost);

    is(rc, AIR_OK, "%s: read and written", name);
    is(lost.n, 0, "%s: nothing lost", name);

    if (rc == AIR_OK && parse(&doc, &mem, body)
        && parse(&second, &mem, out))
    {
        ok(alike(&doc, air_json_root(&doc), &second, air_json_root(&second),
                 -1, &where, &mem), "%s: the same, %.*s", name, (int) where.len,
           (char *) where.data);
    }

    mem_free(&m);
}


/*
 * The same by way of another protocol: what a caller of it asks is what was
 * recorded, but for what that protocol has no words for.
 */
static void
by_way_of(const air_codec_t *way, const char *name, air_str_t file, int ours)
{
    int                     rc, same;
    mem_t                   m;
    unsigned                i;
    air_op_e                op;
    air_buf_t               b;
    air_mem_t               mem;
    air_str_t               body, out, where, model;
    air_error_t             error;
    air_target_t            target;
    air_json_doc_t          doc, second, rec;
    air_warnings_t          lost;
    air_msg_request_t       msg;
    const air_json_node_t  *node, *root;

    mem = mem_init(&m, 0);
    memset(&lost, 0, sizeof(air_warnings_t));

    (void) parse(&rec, &mem, file);
    root = air_json_get(&rec, air_json_root(&rec), "request");
    node = air_json_given(&rec, root, "body");
    model = air_json_raw(&rec, air_json_get(&rec, root, "path"));
    op = way == &air_codec_openai ? AIR_OP_CHAT : AIR_OP_MESSAGES;

    if (node == NULL || air_json_get(&rec, node, "messages") == NULL) {
        mem_free(&m);
        return;
    }

    /* /model/NAME/converse */

    model.data += 7;
    model.len = (size_t) ((unsigned char *) memchr(model.data, '/',
                                                   model.len - 7)
                          - model.data);

    body = air_json_raw(&rec, node);
    (void) parse(&doc, &mem, body);

    rc = CODEC.request_read(AIR_OP_CHAT, &doc, &mem, &msg, &error);

    target.profile = air_profile_find(air_str_z(way->name));
    target.model = air_str_z(way == &air_codec_openai ? "gpt" : CLAUDE);
    air_buf_init(&b, &mem, BIG);

    if (rc == AIR_OK) {
        rc = way->request_write(&msg, &target, &b, &lost);
    }

    if (rc != AIR_OK) {
        ok(0, "%s: as %s", name, way->name);
        mem_free(&m);
        return;
    }

    out = air_str_n(NULL, 0);
    where = out;
    model.data = memcpy(air_mem_get(&mem, model.len + 1), model.data,
                        model.len);
    model.data[model.len] = '\0';

    memset(&lost, 0, sizeof(air_warnings_t));
    rc = cross(way, op, air_buf_view(&b), (char *) model.data, &mem, &out,
               &lost);

    is(rc, AIR_OK, "%s: asked as %s", name, way->name);

    same = rc == AIR_OK && parse(&second, &mem, out)
           && alike(&doc, air_json_root(&doc), &second,
                    air_json_root(&second), way == &air_codec_anthropic,
                    &where, &mem);

    for (i = 0; i < NOTHERWISE; i++) {
        if (otherwise[i].way == way
            && air_str_eqz(where, otherwise[i].member))
        {
            break;
        }
    }

    if (!same && (i < NOTHERWISE || !ours)) {
        printf("# %s as %s: %.*s: %s\n", name, way->name, (int) where.len,
               (char *) where.data, i < NOTHERWISE ? otherwise[i].why : "?");

    } else {
        ok(same, "%s: as %s the same, %.*s", name, way->name,
           (int) where.len, (char *) where.data);
    }

    mem_free(&m);
}


static int
shown(const struct dirent *d)
{
    return d->d_name[0] != '.' && strstr(d->d_name, ".json") != NULL;
}


static void
test_recorded(const char *dir, int ours)
{
    int              i, n;
    char             path[1024];
    air_str_t        file;
    struct dirent  **list;

    n = scandir(dir, &list, shown, alphasort);

    if (n < 0) {
        skip("no recordings");
        return;
    }

    for (i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
        file = file_read(path);

        there_and_back(list[i]->d_name, file);
        by_way_of(&air_codec_anthropic, list[i]->d_name, file, ours);
        by_way_of(&air_codec_openai, list[i]->d_name, file, ours);

        free(file.data);
        free(list[i]);
    }

    free(list);
}


/* ---------------------------------------------------------- replies */


#define REPLY(content, stop)                                                  \
    "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[" content   \
    "]}},\"stopReason\":\"" stop "\",\"usage\":{\"inputTokens\":3,"            \
    "\"outputTokens\":4,\"totalTokens\":7}}"


static const struct {
    const char    *text;
    air_finish_e   finish;
    const char    *said;          /* parts, as parts() writes them          */
    unsigned       what;          /* of the note, besides choices           */
}  replies[] = {
    { REPLY("{\"text\":\"Hi\"}", "end_turn"), AIR_FINISH_STOP, "text(Hi)",
      AIR_NOTE_CONTENT|AIR_NOTE_FINISH|AIR_NOTE_USAGE },
    { REPLY("{\"text\":\"Hi\",\"type\":\"text\"}", "stop_sequence"),
      AIR_FINISH_SEQUENCE, "text(Hi)",
      AIR_NOTE_CONTENT|AIR_NOTE_FINISH|AIR_NOTE_USAGE },
    { REPLY("", "max_tokens"), AIR_FINISH_LENGTH, "",
      AIR_NOTE_FINISH|AIR_NOTE_USAGE },
    { REPLY("{\"text\":\"\"}", "guardrail_intervened"),
      AIR_FINISH_CONTENT_FILTER, "text()", AIR_NOTE_FINISH|AIR_NOTE_USAGE },
    { REPLY("", "content_filtered"), AIR_FINISH_CONTENT_FILTER, "",
      AIR_NOTE_FINISH|AIR_NOTE_USAGE },
    { REPLY("", "model_context_window_exceeded"), AIR_FINISH_CONTEXT, "",
      AIR_NOTE_FINISH|AIR_NOTE_USAGE },
    { REPLY("", "malformed_tool_use"), AIR_FINISH_ERROR, "",
      AIR_NOTE_FINISH|AIR_NOTE_USAGE },
    { REPLY("", "malformed_model_output"), AIR_FINISH_ERROR, "",
      AIR_NOTE_FINISH|AIR_NOTE_USAGE },
    { REPLY("", "something_new"), AIR_FINISH_OTHER, "",
      AIR_NOTE_FINISH|AIR_NOTE_USAGE },
    { REPLY("{\"reasoningContent\":{\"reasoningText\":{\"text\":\"hm\","
            "\"signature\":\"c2ln\"}}},{\"reasoningContent\":"
            "{\"redactedContent\":\"eA==\"}},{\"toolUse\":{\"toolUseId\":"
            "\"t\",\"name\":\"f\",\"input\":{\"a\":1},\"type\":\"tool_use\""
            "}}", "tool_use"),
      AIR_FINISH_TOOL_CALLS,
      "thinking(hm|c2ln|anthropic) redacted(eA==|bedrock) "
      "call(t|f|{\"a\":1})",
      AIR_NOTE_CONTENT|AIR_NOTE_FINISH|AIR_NOTE_USAGE },
    { REPLY("{\"toolUse\":{\"toolUseId\":\"t\",\"name\":\"nova_grounding\","
            "\"input\":{},\"type\":\"server_tool_use\"}},{\"toolResult\":"
            "{\"toolUseId\":\"t\",\"type\":\"nova_grounding_result\","
            "\"content\":[]}},{\"text\":\"So\"},{\"citationsContent\":"
            "{\"citations\":[{\"location\":{\"web\":{\"url\":"
            "\"https://x.test/\"}},\"title\":\"T\"}]}},{\"text\":\".\"},"
            "{\"citationsContent\":{\"content\":[{\"text\":\"A\"},{\"text\":"
            "\"B\"}],\"citations\":[{\"title\":\"D\",\"sourceContent\":["
            "{\"text\":\"q\"}]}]}},{\"unheardOf\":{}}", "end_turn"),
      AIR_FINISH_STOP,
      "raw raw text(So)[https://x.test/|T|] text(.) text(AB)[|D|q] raw",
      AIR_NOTE_CONTENT|AIR_NOTE_FINISH|AIR_NOTE_USAGE }
};


static void
parts(const air_part_t *p, air_buf_t *b)
{
    const air_citation_t  *c;

    for ( /* void */ ; p != NULL; p = p->next) {

        switch (p->type) {

        case AIR_PART_TEXT:
            air_buf_z(b, "text(");
            air_buf_str(b, p->text);
            air_buf_z(b, ")");
            break;

        case AIR_PART_THINKING:
            air_buf_z(b, "thinking(");
            air_buf_str(b, p->text);
            air_buf_z(b, "|");
            air_buf_str(b, p->signature);
            air_buf_z(b, "|");
            air_buf_z(b, p->issuer ? p->issuer : "");
            air_buf_z(b, ")");
            break;

        case AIR_PART_REDACTED:
            air_buf_z(b, "redacted(");
            air_buf_str(b, p->data);
            air_buf_z(b, "|");
            air_buf_z(b, p->issuer ? p->issuer : "");
            air_buf_z(b, ")");
            break;

        case AIR_PART_TOOL_CALL:
            air_buf_z(b, "call(");
            air_buf_str(b, p->id);
            air_buf_z(b, "|");
            air_buf_str(b, p->name);
            air_buf_z(b, "|");
            air_buf_str(b, p->arguments);
            air_buf_z(b, ")");
            break;

        default:
            air_buf_z(b, "raw");
        }

        for (c = p->citations; c != NULL; c = c->next) {
            air_buf_z(b, "[");
            air_buf_str(b, c->url);
            air_buf_z(b, "|");
            air_buf_str(b, c->title);
            air_buf_z(b, "|");
            air_buf_str(b, c->text);
            air_buf_z(b, "]");
        }

        air_buf_z(b, p->next ? " " : "");
    }
}


static void
test_replies(void)
{
    int               rc;
    mem_t             m;
    size_t            n;
    unsigned          i;
    air_buf_t         b, again;
    air_mem_t         mem;
    air_note_t        note;
    air_error_t       error;
    air_json_doc_t    doc;
    air_msg_reply_t   msg;

    for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        mem = mem_init(&m, 0);

        ok(parse(&doc, &mem, air_str_z(replies[i].text)), "%.90s",
           replies[i].text);

        air_note_init(&note);
        CODEC.reply_note(AIR_OP_CHAT, &doc, profile(), &note);
        is(note.what, AIR_NOTE_CHOICES|replies[i].what, "noted");
        is(note.finish, air_finish_plain(replies[i].finish), "its finish");

        is(CODEC.reply_read(AIR_OP_CHAT, &doc, profile(), &mem, &msg,
                            &error), AIR_OK, "read");
        is(msg.choices->finish, replies[i].finish, "finish");
        is(msg.usage.n[AIR_IN], 3, "input");
        is(msg.usage.n[AIR_OUT], 4, "output");

        air_buf_init(&b, &mem, BIG);
        parts(msg.choices->parts, &b);
        is_str(air_buf_view(&b), replies[i].said, "parts");

        /* written, it is read as the same again */

        air_buf_init(&again, &mem, BIG);
        is(CODEC.reply_write(&msg, &again), AIR_OK, "written");
        ok(parse(&doc, &mem, air_buf_view(&again)), "as JSON");
        is(CODEC.reply_read(AIR_OP_CHAT, &doc, profile(), &mem, &msg,
                            &error), AIR_OK, "read again");
        air_buf_init(&again, &mem, BIG);
        parts(msg.choices->parts, &again);
        ok(air_str_eq(air_buf_view(&again), air_buf_view(&b))
           && msg.choices->finish == replies[i].finish, "the same");

        mem_free(&m);
    }

    for (n = 1; ; n++) {
        mem_t      few;
        air_mem_t  bad;

        mem = mem_init(&m, 0);
        (void) parse(&doc, &mem, air_str_z(replies[10].text));

        bad = mem_init(&few, n);
        rc = CODEC.reply_read(AIR_OP_CHAT, &doc, profile(), &bad, &msg,
                              &error);
        mem_free(&m);
        mem_free(&few);

        if (rc != AIR_ENOMEM) {
            break;
        }
    }

    is(rc, AIR_OK, "after %zu failures of memory", n - 1);
}


static void
test_usage(void)
{
    mem_t            m;
    unsigned         i;
    air_mem_t        mem;
    air_note_t       note;
    air_json_doc_t   doc;

    static const struct {
        const char  *usage;
        uint64_t     in, read, write, hour, out;
        unsigned     clamped;
    }  rows[] = {
        { "{\"inputTokens\":1,\"outputTokens\":2}", 1, 0, 0, 0, 2, 0 },
        { "{\"inputTokens\":1,\"outputTokens\":2,\"cacheReadInputTokens\":3,"
          "\"cacheReadInputTokenCount\":3,\"cacheWriteInputTokens\":9,"
          "\"cacheDetails\":[{\"ttl\":\"5m\",\"inputTokens\":4},{\"ttl\":"
          "\"1h\",\"inputTokens\":5}]}", 1, 3, 4, 5, 2, 0 },
        { "{\"inputTokens\":1,\"outputTokens\":2,"
          "\"cacheReadInputTokenCount\":3,\"cacheWriteInputTokenCount\":4}",
          1, 3, 4, 0, 2, 0 },
        { "{\"inputTokens\":1,\"outputTokens\":2,\"cacheWriteInputTokens\":4,"
          "\"cacheDetails\":[{\"ttl\":\"1h\",\"inputTokens\":9}]}",
          1, 0, 0, 4, 2, 1 },
        { "{\"inputTokens\":-1,\"outputTokens\":2}", 0, 0, 0, 0, 2, 1 },
        { "{\"inputTokens\":\"1\",\"outputTokens\":2.5}", 0, 0, 0, 0, 0, 1 },
        { "{\"inputTokens\":1e30,\"outputTokens\":null}", 0, 0, 0, 0, 0, 1 },
        { "[]", 0, 0, 0, 0, 0, 0 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char  text[1024];

        mem = mem_init(&m, 0);
        (void) snprintf(text, sizeof(text), "{\"output\":{\"message\":"
                        "{\"content\":[]}},\"usage\":%s,\"serviceTier\":"
                        "{\"type\":\"%s\"}}", rows[i].usage,
                        i & 1 ? "flex" : "priority");

        (void) parse(&doc, &mem, air_str_z(text));
        air_note_init(&note);
        CODEC.reply_note(AIR_OP_CHAT, &doc, profile(), &note);

        is(note.usage.n[AIR_IN], rows[i].in, "%s: input", rows[i].usage);
        is(note.usage.n[AIR_IN_CACHE_READ], rows[i].read, "read");
        is(note.usage.n[AIR_IN_CACHE_WRITE], rows[i].write, "written");
        is(note.usage.n[AIR_IN_CACHE_WRITE_1H], rows[i].hour, "for long");
        is(note.usage.n[AIR_OUT], rows[i].out, "output");
        is(note.usage.clamped, rows[i].clamped, "odd");
        is(note.usage.tier, i & 1 ? AIR_TIER_FLEX : AIR_TIER_PRIORITY,
           "tier");

        mem_free(&m);
    }
}


/* ---------------------------------------------------------- streams */


/* "type data" lines; "!" in front of an exception's type. */
static const struct {
    const char  *title;
    const char  *events;
    const char  *want;            /* neutral deltas                         */
    unsigned     all;             /* of the note                            */
}  streams[] = {
    { "text and a call",
      "messageStart {\"role\":\"assistant\",\"p\":\"ab\"}\n"
      "contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"text\":\"\"},"
      "\"p\":\"a\"}\n"
      "contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"text\":\"H\"},"
      "\"p\":\"abc\"}\n"
      "contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"text\":\"i\"},"
      "\"p\":\"\"}\n"
      "contentBlockStop {\"contentBlockIndex\":0}\n"
      "contentBlockStart {\"contentBlockIndex\":1,\"start\":{\"toolUse\":"
      "{\"toolUseId\":\"t\",\"name\":\"f\"}}}\n"
      "contentBlockDelta {\"contentBlockIndex\":1,\"delta\":{\"toolUse\":"
      "{\"input\":\"{\\\"a\"}}}\n"
      "contentBlockDelta {\"contentBlockIndex\":1,\"delta\":{\"toolUse\":"
      "{\"input\":\"\\\":1}\"}}}\n"
      "contentBlockStop {\"contentBlockIndex\":1}\n"
      "contentBlockStart {\"contentBlockIndex\":2,\"start\":{\"toolUse\":"
      "{\"toolUseId\":\"u\",\"name\":\"g\"}}}\n"
      "contentBlockStop {\"contentBlockIndex\":2}\n"
      "messageStop {\"stopReason\":\"tool_use\"}\n"
      "metadata {\"usage\":{\"inputTokens\":3,\"outputTokens\":4}}\n",
      "start [0 text] H i /0 [1 call t f] {\"a \":1} /1 [2 call u g] {} /2 "
      "finish(tool_calls tool_use) usage(3 4) end",
      AIR_NOTE_CHOICES|AIR_NOTE_CONTENT|AIR_NOTE_FINISH|AIR_NOTE_USAGE
      |AIR_NOTE_DONE },
    { "thinking, a seal, an index that means two things",
      "messageStart {\"role\":\"assistant\"}\n"
      "contentBlockDelta {\"contentBlockIndex\":0,\"delta\":"
      "{\"reasoningContent\":{\"text\":\"hm\"}}}\n"
      "contentBlockDelta {\"contentBlockIndex\":0,\"delta\":"
      "{\"reasoningContent\":{\"signature\":\"c2ln\"}}}\n"
      "contentBlockDelta {\"contentBlockIndex\":0,\"delta\":"
      "{\"reasoningContent\":{\"redactedContent\":\"eA==\"}}}\n"
      "contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"text\":"
      "\"So\"}}\n"
      "messageStop {\"stopReason\":\"stop_sequence\","
      "\"additionalModelResponseFields\":{\"delta\":{\"stop_sequence\":"
      "\"X\"}}}\n",
      "start [0 thinking] hm seal(c2ln anthropic) /0 [1 redacted] "
      "data(eA== bedrock) /1 [2 text] So /2 finish(stop stop_sequence X)",
      AIR_NOTE_CHOICES|AIR_NOTE_CONTENT|AIR_NOTE_FINISH },
    { "what the vendor runs, citations, what nobody knows",
      "contentBlockStart {\"contentBlockIndex\":0,\"start\":{\"toolUse\":"
      "{\"toolUseId\":\"t\",\"name\":\"g\",\"type\":\"server_tool_use\"}}}\n"
      "contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"toolUse\":"
      "{\"input\":\"{}\"}}}\n"
      "contentBlockStop {\"contentBlockIndex\":0}\n"
      "somethingNew {\"a\":1}\n"
      "contentBlockDelta {\"contentBlockIndex\":1,\"delta\":{\"citation\":"
      "{\"location\":{\"web\":{\"url\":\"https://x.test/\"}},\"title\":"
      "\"T\"}}}\n"
      "contentBlockDelta {\"contentBlockIndex\":1,\"delta\":{\"text\":"
      "\"A\"}}\n"
      "contentBlockDelta {\"contentBlockIndex\":9,\"delta\":{\"toolUse\":"
      "{\"input\":\"{}\"}}}\n"
      "contentBlockDelta {\"contentBlockIndex\":1}\n"
      "contentBlockStop {\"contentBlockIndex\":1}\n"
      "contentBlockStop {\"contentBlockIndex\":7}\n",
      "start [0 raw] extra /0 [1 text] cited(https://x.test/ T) A /1",
      AIR_NOTE_CHOICES|AIR_NOTE_CONTENT },
    { "an exception first",
      "!throttlingException {\"message\":\"slow\"}\n",
      "error(429 slow)", AIR_NOTE_ERROR },
    { "an exception in the middle, and data after it",
      "messageStart {\"role\":\"assistant\"}\n"
      "contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"text\":\"H\"}}"
      "\n"
      "!modelStreamErrorException {\"message\":\"x\",\"originalMessage\":"
      "\"y\"}\n"
      "contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"text\":\"i\"}}"
      "\n",
      "start [0 text] H error(5xx x)",
      AIR_NOTE_CHOICES|AIR_NOTE_CONTENT|AIR_NOTE_ERROR }
};


static const char *
part_name(air_part_e part)
{
    return part == AIR_PART_TEXT ? "text"
           : part == AIR_PART_TOOL_CALL ? "call"
           : part == AIR_PART_THINKING ? "thinking"
           : part == AIR_PART_REDACTED ? "redacted" : "raw";
}


static void
delta(const air_delta_t *d, air_buf_t *b)
{
    air_buf_z(b, b->len ? " " : "");

    switch (d->type) {

    case AIR_DELTA_START:
        air_buf_z(b, "start");
        break;

    case AIR_DELTA_BLOCK:
        air_buf_z(b, "[");
        air_buf_uint(b, d->block);
        air_buf_z(b, " ");
        air_buf_z(b, part_name(d->part));

        if (d->id.len != 0) {
            air_buf_z(b, " ");
            air_buf_str(b, d->id);
            air_buf_z(b, " ");
            air_buf_str(b, d->name);
        }

        air_buf_z(b, "]");
        break;

    case AIR_DELTA_TEXT:
    case AIR_DELTA_ARGUMENTS:
        air_buf_str(b, d->text);
        break;

    case AIR_DELTA_SIGNATURE:
    case AIR_DELTA_DATA:
        air_buf_z(b, d->type == AIR_DELTA_DATA ? "data(" : "seal(");
        air_buf_str(b, d->text);
        air_buf_z(b, " ");
        air_buf_z(b, d->issuer);
        air_buf_z(b, ")");
        break;

    case AIR_DELTA_CITATION:
        air_buf_z(b, "cited(");
        air_buf_str(b, d->citation->url);
        air_buf_z(b, " ");
        air_buf_str(b, d->citation->title);
        air_buf_z(b, ")");
        break;

    case AIR_DELTA_EXTRA:
        air_buf_z(b, "extra");
        break;

    case AIR_DELTA_BLOCK_END:
        air_buf_z(b, "/");
        air_buf_uint(b, d->block);
        break;

    case AIR_DELTA_FINISH:
        air_buf_z(b, "finish(");
        air_buf_z(b, air_finish_name(air_finish_plain(d->finish)));
        air_buf_z(b, " ");
        air_buf_str(b, d->native);
        air_buf_z(b, d->sequence.len ? " " : "");
        air_buf_str(b, d->sequence);
        air_buf_z(b, ")");
        break;

    case AIR_DELTA_USAGE:
        air_buf_z(b, "usage(");
        air_buf_uint(b, d->usage->n[AIR_IN]);
        air_buf_z(b, " ");
        air_buf_uint(b, d->usage->n[AIR_OUT]);
        air_buf_z(b, ")");
        break;

    case AIR_DELTA_ERROR:
        air_buf_z(b, "error(");
        air_buf_z(b, air_fault_row(d->error->fault)->why);
        air_buf_z(b, " ");
        air_buf_str(b, d->error->message);
        air_buf_z(b, ")");
        break;

    case AIR_DELTA_END:
        air_buf_z(b, "end");
        break;

    default:
        air_buf_z(b, "?");
    }
}


/* The frames of lines of events. */
static void
frames(const char *p, air_buf_t *b)
{
    size_t       at, n;
    char         type[64];

    for ( /* void */ ; *p != '\0'; p += strcspn(p, "\n") + 1) {
        n = strcspn(p, " ");
        memcpy(type, p, n);
        type[n] = '\0';
        p += n + 1;

        at = air_eventstream_begin(b, type[0] == '!' ? type + 1 : type,
                                   type[0] == '!');
        air_buf_add(b, p, strcspn(p, "\n"));
        (void) air_eventstream_end(b, at);
    }
}


/* Reads frames in pieces of step bytes; writes as our own wire, too. */
static int
run(air_str_t in, size_t step, const air_mem_t *mem, air_note_t *note,
    air_buf_t *said, air_buf_t *own)
{
    int                 rc;
    size_t              at, n;
    unsigned            i;
    air_deltas_t        out;
    air_stream_t        st;
    unsigned char      *pos;
    air_json_doc_t      doc;
    air_sse_event_t     ev;
    air_eventstream_t   es;

    air_note_init(note);
    air_buf_init(said, mem, BIG);
    air_buf_init(own, mem, BIG);
    air_json_init(&doc, mem);
    air_deltas_init(&out, mem);
    air_stream_init(&st, mem, AIR_OP_CHAT);
    air_eventstream_init(&es, mem, 1 << 16);

    for (at = 0; at < in.len; at += n) {
        n = step < in.len - at ? step : in.len - at;
        pos = in.data + at;

        while ((rc = air_eventstream_feed(&es, &pos, in.data + at + n, &ev))
               == AIR_OK)
        {
            rc = CODEC.event_note(&ev, profile(), &doc, note);

            if (rc == AIR_OK) {
                rc = CODEC.event_read(&st, &ev, profile(), &out);
            }

            for (i = 0; rc == AIR_OK && i < out.n; i++) {
                delta(&out.d[i], said);
                rc = CODEC.event_write(&st, &out.d[i], own);
            }

            if (rc != AIR_OK) {
                return rc;
            }
        }

        if (rc != AIR_AGAIN) {
            return rc;
        }
    }

    return said->error;
}


static void
test_streams(void)
{
    int         rc;
    mem_t       m;
    size_t      n, step;
    unsigned    i;
    air_buf_t   b, said, own, again, other;
    air_mem_t   mem;
    air_note_t  note;

    for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        mem = mem_init(&m, 0);
        air_buf_init(&b, &mem, BIG);
        frames(streams[i].events, &b);

        for (step = 1; step < 300; step += 37) {
            is(run(air_buf_view(&b), step, &mem, &note, &said, &own),
               AIR_OK, "%s: by %zu bytes", streams[i].title, step);
            is_str(air_buf_view(&said), streams[i].want, "says");
            is(note.all, streams[i].all, "noted");
        }

        /* what was written of it says the same */

        if (strstr(streams[i].want, "end") != NULL) {
            is(run(air_buf_view(&own), own.len, &mem, &note, &again, &other),
               AIR_OK, "written and read");
            is_str(air_buf_view(&again), streams[i].want, "says the same");
        }

        mem_free(&m);
    }

    for (n = 1; ; n++) {
        mem_t      few;
        air_mem_t  bad;

        mem = mem_init(&m, 0);
        air_buf_init(&b, &mem, BIG);
        frames(streams[0].events, &b);

        bad = mem_init(&few, n);
        rc = run(air_buf_view(&b), 7, &bad, &note, &said, &own);

        mem_free(&m);
        mem_free(&few);

        if (rc == AIR_OK) {
            break;
        }
    }

    ok(n > 5, "after %zu failures of memory", n - 1);
}


static void
test_errors(void)
{
    mem_t            m;
    unsigned         i;
    air_buf_t        b;
    air_mem_t        mem;
    air_error_t      error;
    air_json_doc_t   doc;

    static const struct {
        unsigned      status;
        air_fault_e   fault;
        const char   *want;
    }  rows[] = {
        { 400, AIR_FAULT_REQUEST, "ValidationException" },
        { 401, AIR_FAULT_AUTH, "UnrecognizedClientException" },
        { 403, AIR_FAULT_AUTH, "AccessDeniedException" },
        { 404, AIR_FAULT_MODEL, "ResourceNotFoundException" },
        { 422, AIR_FAULT_REQUEST, "ValidationException" },
        { 429, AIR_FAULT_RATE_LIMIT, "ThrottlingException" },
        { 500, AIR_FAULT_SERVER, "InternalServerException" },
        { 0, AIR_FAULT_RATE_LIMIT, "ThrottlingException" },
        { 503, AIR_FAULT_OVERLOADED, "ServiceUnavailableException" },
        { 504, AIR_FAULT_TIMEOUT, "ModelTimeoutException" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char  want[128];

        mem = mem_init(&m, 0);
        memset(&error, 0, sizeof(error));
        error.status = rows[i].status;
        error.fault = rows[i].fault;
        error.message = air_str_z("a\"b");

        air_buf_init(&b, &mem, BIG);
        is(CODEC.error_write(&error, air_str_n(NULL, 0), &b), AIR_OK,
           "%u", rows[i].status);
        (void) snprintf(want, sizeof(want), "{\"__type\":\"%s\","
                        "\"message\":\"a\\\"b\"}", rows[i].want);
        is_str(air_buf_view(&b), want, "%s", rows[i].want);

        (void) parse(&doc, &mem, air_buf_view(&b));
        is(air_fault_classify(rows[i].status ? rows[i].status : 429, &doc,
                              &mem, &error), rows[i].fault, "read again");

        mem_free(&m);
    }
}


/* ------------------------------------------------------- embeddings */


static void
test_embeddings(void)
{
    int              rc;
    mem_t            m;
    unsigned         i;
    air_mem_t        mem;
    air_str_t        out;
    air_warnings_t   lost;

    static const struct {
        const char  *model;
        const char  *text;
        const char  *want;        /* NULL: not for this model               */
        const char  *lost;
    }  rows[] = {
        { "amazon.titan-embed-text-v2:0",
          "{\"model\":\"m\",\"input\":\"a\",\"dimensions\":256}",
          "{\"inputText\":\"a\",\"dimensions\":256}", "" },
        { "amazon.titan-embed-text-v1",
          "{\"model\":\"m\",\"input\":[\"a\"],\"dimensions\":256,\"user\":"
          "\"u\",\"input_type\":\"query\"}",
          "{\"inputText\":\"a\"}",
          "user=no_such input_type=no_such dimensions=model" },
        { "amazon.titan-embed-image-v1",
          "{\"model\":\"m\",\"input\":\"a\",\"dimensions\":384}",
          "{\"inputText\":\"a\",\"embeddingConfig\":"
          "{\"outputEmbeddingLength\":384}}", "" },
        { "amazon.titan-embed-text-v2:0",
          "{\"model\":\"m\",\"input\":[\"a\",\"b\"]}", NULL, "input=value" },
        { "amazon.titan-embed-text-v2:0",
          "{\"model\":\"m\",\"input\":[1,2]}", NULL, "input=value" },
        { "cohere.embed-multilingual-v3",
          "{\"model\":\"m\",\"input\":[\"a\",\"b\"],\"input_type\":"
          "\"search_query\",\"dimensions\":9}",
          "{\"texts\":[\"a\",\"b\"],\"input_type\":\"search_query\","
          "\"embedding_types\":[\"float\"]}", "dimensions=model" },
        { "cohere.embed-v4:0",
          "{\"model\":\"m\",\"input\":\"a\",\"dimensions\":256}",
          "{\"texts\":[\"a\"],\"input_type\":\"search_document\","
          "\"embedding_types\":[\"float\"],\"output_dimension\":256}",
          "input_type=added" },
        { "amazon.nova-2-multimodal-embeddings-v1:0",
          "{\"model\":\"m\",\"input\":\"a\",\"input_type\":\"clustering\"}",
          "{\"taskType\":\"SINGLE_EMBEDDING\",\"singleEmbeddingParams\":"
          "{\"embeddingPurpose\":\"CLUSTERING\",\"text\":"
          "{\"truncationMode\":\"NONE\",\"value\":\"a\"}}}", "" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mem = mem_init(&m, 0);
        out = air_str_n(NULL, 0);

        rc = cross(&air_codec_openai, AIR_OP_EMBEDDINGS,
                   air_str_z(rows[i].text), rows[i].model, &mem, &out,
                   &lost);

        is(rc, rows[i].want ? AIR_OK : AIR_EUNSUP, "%s: %s", rows[i].model,
           rows[i].text);

        if (rows[i].want != NULL) {
            is_str(out, rows[i].want, "what is sent");
        }

        is_str(told(&lost, &mem), rows[i].lost, "what is told");
        mem_free(&m);
    }
}


int
main(void)
{
    char         path[1024];
    const char  *dir;

    dir = getenv("AIR_SHARED_DATA");
    snprintf(path, sizeof(path), "%s/recordings/bedrock-converse",
             dir ? dir : "../shared/data");

    test_requests();
    test_replies();
    test_usage();
    test_streams();
    test_errors();
    test_embeddings();
    test_recorded("t/data/bedrock", 1);
    test_recorded(path, 0);

    return done();
}
