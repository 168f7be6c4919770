
/*
 * A caller's preferences: what is read of every member on every wire, what is
 * refused and in which words, suffixes, names of vendors.
 */

#include "../../ngx_ai_router_module/core/air_codec.h"
#include "mem.h"
#include "tap.h"


#define CHAT(more)                                                            \
    AIR_OP_CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","         \
    "\"content\":\"hi\"}]" more "}"
#define LIST(more)                                                            \
    AIR_OP_CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"     \
    more "}"
#define MESSAGES(more)                                                        \
    AIR_OP_MESSAGES, "{\"model\":\"m\",\"max_tokens\":9,\"messages\":["       \
    "{\"role\":\"user\",\"content\":\"hi\"}]" more "}"
#define RESPONSES(more)                                                       \
    AIR_OP_RESPONSES, "{\"model\":\"m\",\"input\":\"hi\"" more "}"
#define EMBEDDINGS(more)                                                      \
    AIR_OP_EMBEDDINGS, "{\"model\":\"m\",\"input\":\"hi\"" more "}"
#define COMPLETIONS(more)                                                     \
    AIR_OP_COMPLETIONS, "{\"model\":\"m\",\"prompt\":\"hi\"" more "}"

#define ALL                                                                   \
    ",\"provider\":{\"order\":[\"a\",\"b/us\"],\"only\":[\"c\"],"             \
    "\"ignore\":[\"d\",\"e\",\"f\"],\"allow_fallbacks\":false,"               \
    "\"require_parameters\":true,\"data_collection\":\"deny\","               \
    "\"zdr\":true,\"enforce_distillable_text\":true,"                         \
    "\"quantizations\":[\"fp8\",\"unknown\"],\"max_price\":{\"prompt\":"      \
    "0.15,\"completion\":\"2.5\",\"request\":\"0.001\",\"image\":0,"          \
    "\"audio\":\"1\"},\"preferred_max_latency\":1.5,"                         \
    "\"preferred_min_throughput\":{\"p50\":100,\"p75\":80.5,\"p90\":50,"      \
    "\"p99\":20},\"new\":[1]},\"session_id\":\"s-1\""


static mem_t          memory;
static air_mem_t      mem;
static air_request_t  rq;
static air_error_t    error;


static int
check(air_op_e op, const char *text)
{
    air_json_doc_t      doc;
    const air_codec_t  *codec;

    codec = op == AIR_OP_MESSAGES ? &air_codec_anthropic
            : op == AIR_OP_RESPONSES ? &air_codec_responses
            : &air_codec_openai;

    memset(&error, 0, sizeof(air_error_t));
    memset(&rq, 0, sizeof(air_request_t));
    air_json_init(&doc, &mem);

    if (air_json_scan(&doc, air_str_z(text), AIR_JSON_UNIQUE, NULL) != AIR_OK)
    {
        return AIR_ENOMEM;
    }

    return codec->request_check(op, &doc, &mem, &rq, &error);
}


static const air_prefs_t *
prefs(air_op_e op, const char *text)
{
    mem_free(&memory);
    mem = mem_init(&memory, 0);

    is(check(op, text), AIR_OK, "accepted: %s", text);

    return rq.prefs;
}


static void
test_all(air_op_e op, const char *text)
{
    const air_prefs_t  *p;

    p = prefs(op, text);

    ok(p != NULL, "there are preferences");

    if (p == NULL) {
        return;
    }

    is(p->norder, 2, "order");
    is_str(p->order[1], "b/us", "its second");
    is(p->nonly, 1, "only");
    is_str(p->only[0], "c", "its first");
    is(p->nignore, 3, "ignore");
    is_str(p->ignore[2], "f", "its third");
    is(p->no_fallbacks, 1, "allow_fallbacks");
    is(p->require, 1, "require_parameters");
    is(rq.require, 1, "and where it is looked for");
    is(p->no_training, 1, "data_collection");
    is(p->zdr, 1, "zdr");
    is(p->distillable, 1, "enforce_distillable_text");
    is(p->quantizations, air_quantization(air_str_z("fp8"))
                         | air_quantization(air_str_z("unknown")),
       "quantizations");
    is(p->max_prompt, 150000, "max_price.prompt, pUSD a token");
    is(p->max_completion, 2500000, "max_price.completion, a string");
    is(p->max_request, 1000000000, "max_price.request, pUSD a request");
    is(p->max_image, 0, "max_price.image: nothing at all");
    is(p->max_audio, 1000000000000, "max_price.audio");
    is(p->max_latency[AIR_P50], 1500, "a number is the median, in ms");
    is(p->max_latency[AIR_P90], 0, "and no other");
    is(p->min_throughput[AIR_P50], 100000, "throughput p50");
    is(p->min_throughput[AIR_P75], 80500, "p75");
    is(p->min_throughput[AIR_P90], 50000, "p90");
    is(p->min_throughput[AIR_P95], 0, "nobody asks for p95");
    is(p->min_throughput[AIR_P99], 20000, "p99");
    is_str(p->session, "s-1", "session_id");
    is_str(rq.session, "s-1", "and where it is looked for");
    is(p->nmodels, 0, "no models");
    is(p->sort_set, 0, "no sort");
}


static void
test_nothing(void)
{
    unsigned  i;

    static const struct {
        air_op_e     op;
        const char  *text;
    }  none[] = {
        { CHAT("") },
        { CHAT(",\"provider\":null,\"models\":null,\"session_id\":null") },
        { CHAT(",\"provider\":{}") },
        { CHAT(",\"session_id\":\"\"") },
        { MESSAGES("") },
        { MESSAGES(",\"provider\":null,\"models\":null,\"fallbacks\":null,"
                   "\"session_id\":null") },
        { MESSAGES(",\"fallbacks\":[]") },
        { MESSAGES(",\"prompt_cache_key\":\"k\"") },
        { RESPONSES("") },
        { EMBEDDINGS("") },
        { COMPLETIONS("") }
    };

    for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        ok(prefs(none[i].op, none[i].text) == NULL, "nothing is asked for");
    }
}


static void
test_sort(void)
{
    unsigned            i;
    const air_prefs_t  *p;

    static const struct {
        const char    *text;
        int            set;
        air_select_e   sort;
        int            all;
    }  sorts[] = {
        { ",\"provider\":{\"sort\":\"price\"}}", 1, AIR_SELECT_PRICE, 0 },
        { ",\"provider\":{\"sort\":\"latency\"}}", 1, AIR_SELECT_LATENCY, 0 },
        { ",\"provider\":{\"sort\":\"throughput\"}}", 1,
          AIR_SELECT_THROUGHPUT, 0 },
        { ",\"provider\":{\"sort\":\"exacto\"}}", 1, AIR_SELECT_QUALITY, 0 },
        { ",\"provider\":{\"sort\":null}}", 0, AIR_SELECT_ORDER, 0 },
        { ",\"provider\":{\"sort\":{\"by\":\"price\"}}}", 1,
          AIR_SELECT_PRICE, 0 },
        { ",\"provider\":{\"sort\":{\"by\":\"latency\",\"partition\":"
          "\"model\"}}}", 1, AIR_SELECT_LATENCY, 0 },
        { ",\"provider\":{\"sort\":{\"by\":\"price\",\"partition\":"
          "\"none\"}}}", 1, AIR_SELECT_PRICE, 1 },
        { ",\"provider\":{\"sort\":{\"by\":null,\"partition\":null}}}", 0,
          AIR_SELECT_ORDER, 0 },
        { ",\"provider\":{\"sort\":\"price\",\"order\":[\"a\"]}}", 0,
          AIR_SELECT_PRICE, 0 },
        { ",\"provider\":{\"sort\":\"price\",\"order\":[]}}", 1,
          AIR_SELECT_PRICE, 0 }
    };

    char  text[256];

    for (i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
        snprintf(text, sizeof(text),
                 "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
                 "\"content\":\"hi\"}]%s", sorts[i].text);

        p = prefs(AIR_OP_CHAT, text);

        ok(p != NULL, "there are preferences");

        if (p != NULL) {
            is(p->sort_set, sorts[i].set, "sorted");
            is(p->sort, sorts[i].sort, "by");
            is(p->sort_all, sorts[i].all, "over all models");
        }
    }
}


static void
test_models(void)
{
    unsigned  i, k;
    size_t    len;

    const air_prefs_t  *p;

    static const struct {
        air_op_e     op;
        const char  *text;
        const char  *model;
        const char  *names[6];
    }  lists[] = {
        { CHAT(",\"models\":[\"a\",\"b\"]"), "m", { "m", "a", "b", NULL } },
        { CHAT(",\"models\":[\"a\",\"m\",\"a\"]"), "m", { "m", "a", NULL } },
        { CHAT(",\"models\":[\"m\"]"), "m", { "m", NULL } },
        { LIST(",\"models\":[\"a\",\"b\"]"), "a", { "a", "b", NULL } },
        { LIST(",\"model\":\"\",\"models\":[\"a\"]"), "a", { "a", NULL } },
        { LIST(",\"model\":null,\"models\":[\"x:floor\",\"x\"]"), "x:floor",
          { "x:floor", "x", NULL } },
        { RESPONSES(",\"models\":[\"a\"]"), "m", { "m", "a", NULL } },
        { COMPLETIONS(",\"models\":[\"\\u0061\"]"), "m", { "m", "a", NULL } },
        { EMBEDDINGS(",\"models\":[\"a\"]"), "m", { "m", "a", NULL } },
        { MESSAGES(",\"models\":[\"a\"]"), "m", { "m", "a", NULL } },
        { MESSAGES(",\"fallbacks\":[{\"model\":\"a\"},{\"model\":\"m\"},"
                   "{\"model\":\"b\",\"thinking\":null}]"), "m",
          { "m", "a", "b", NULL } },
        { MESSAGES(",\"models\":[\"1\",\"2\",\"3\",\"4\"]"), "m",
          { "m", "1", "2", "3", "4", NULL } }
    };

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        p = prefs(lists[i].op, lists[i].text);
        is_str(rq.model, lists[i].model, "the first one");

        for (len = 0; lists[i].names[len] != NULL; len++) { /* void */ }

        ok(p != NULL && p->nmodels == len, "%zu of them", len);

        for (k = 0; p != NULL && k < p->nmodels && k < len; k++) {
            is_str(p->models[k], lists[i].names[k], "one after the other");
        }
    }
}


static void
test_refused(void)
{
    char      many[2048];
    unsigned  i;

    static const struct {
        air_op_e     op;
        const char  *text;
        const char  *says;        /* param, or Anthropic's message          */
        const char  *code;
    }  bad[] = {
        { CHAT(",\"provider\":[]"), "provider", "invalid_type" },
        { CHAT(",\"provider\":{\"order\":{}}"), "provider.order",
          "invalid_type" },
        { CHAT(",\"provider\":{\"ignore\":[\"a\",null]}"),
          "provider.ignore[1]", "invalid_type" },
        { CHAT(",\"provider\":{\"zdr\":\"true\"}"), "provider.zdr",
          "invalid_type" },
        { CHAT(",\"provider\":{\"allow_fallbacks\":0}"),
          "provider.allow_fallbacks", "invalid_type" },
        { CHAT(",\"provider\":{\"enforce_distillable_text\":1}"),
          "provider.enforce_distillable_text", "invalid_type" },
        { CHAT(",\"provider\":{\"data_collection\":\"never\"}"),
          "provider.data_collection", "invalid_value" },
        { CHAT(",\"provider\":{\"data_collection\":false}"),
          "provider.data_collection", "invalid_type" },
        { CHAT(",\"provider\":{\"sort\":\"quality\"}"), "provider.sort",
          "invalid_value" },
        { CHAT(",\"provider\":{\"sort\":[\"price\"]}"), "provider.sort",
          "invalid_type" },
        { CHAT(",\"provider\":{\"sort\":{\"by\":\"x\"}}"), "provider.sort.by",
          "invalid_value" },
        { CHAT(",\"provider\":{\"sort\":{\"partition\":\"all\"}}"),
          "provider.sort.partition", "invalid_value" },
        { CHAT(",\"provider\":{\"sort\":{\"partition\":1}}"),
          "provider.sort.partition", "invalid_type" },
        { CHAT(",\"provider\":{\"quantizations\":\"fp8\"}"),
          "provider.quantizations", "invalid_type" },
        { CHAT(",\"provider\":{\"quantizations\":[\"fp8\",\"int3\"]}"),
          "provider.quantizations[1]", "invalid_value" },
        { CHAT(",\"provider\":{\"quantizations\":[8]}"),
          "provider.quantizations[0]", "invalid_type" },
        { CHAT(",\"provider\":{\"max_price\":5}"), "provider.max_price",
          "invalid_type" },
        { CHAT(",\"provider\":{\"max_price\":{\"completion\":-2}}"),
          "provider.max_price.completion", "decimal_below_min_value" },
        { CHAT(",\"provider\":{\"max_price\":{\"request\":\"\"}}"),
          "provider.max_price.request", "invalid_type" },
        { CHAT(",\"provider\":{\"max_price\":{\"image\":true}}"),
          "provider.max_price.image", "invalid_type" },
        { CHAT(",\"provider\":{\"preferred_max_latency\":\"1\"}"),
          "provider.preferred_max_latency", "invalid_type" },
        { CHAT(",\"provider\":{\"preferred_max_latency\":-1}"),
          "provider.preferred_max_latency", "decimal_below_min_value" },
        { CHAT(",\"provider\":{\"preferred_min_throughput\":{\"p90\":[]}}"),
          "provider.preferred_min_throughput.p90", "invalid_type" },
        { CHAT(",\"session_id\":5"), "session_id", "invalid_type" },
        { RESPONSES(",\"provider\":{\"sort\":\"x\"}"), "provider.sort",
          "invalid_value" },
        { EMBEDDINGS(",\"provider\":{\"sort\":\"x\"}"), "provider.sort",
          "invalid_value" },
        { COMPLETIONS(",\"provider\":{\"sort\":\"x\"}"), "provider.sort",
          "invalid_value" },
        { LIST(",\"models\":5"), "models", "invalid_type" },
        { LIST(",\"models\":[5]"), "models[0]", "invalid_type" },
        { LIST(",\"models\":[]"), "models", "empty_array" },
        { CHAT(",\"models\":[\"a b\"]"), "", "model_not_found" },
        { CHAT(",\"models\":[\"\"]"), "", "model_not_found" },

        { MESSAGES(",\"provider\":{\"order\":{}}"),
          "provider.order: Input should be a valid list", NULL },
        { MESSAGES(",\"provider\":{\"only\":[\"a\",1]}"),
          "provider.only.1: Input should be a valid string", NULL },
        { MESSAGES(",\"provider\":{\"data_collection\":\"x\"}"),
          "provider.data_collection: Input should be 'allow' or 'deny'",
          NULL },
        { MESSAGES(",\"provider\":{\"sort\":\"x\"}"),
          "provider.sort: Input should be 'price', 'throughput', 'latency' "
          "or 'exacto'", NULL },
        { MESSAGES(",\"provider\":{\"max_price\":{\"prompt\":-1}}"),
          "provider.max_price.prompt: Input should be greater than or equal "
          "to 0", NULL },
        { MESSAGES(",\"provider\":{\"max_price\":{\"prompt\":{}}}"),
          "provider.max_price.prompt: Input should be a valid number", NULL },
        { MESSAGES(",\"provider\":{\"preferred_max_latency\":[]}"),
          "provider.preferred_max_latency: Input should be a valid number or "
          "dictionary", NULL },
        { MESSAGES(",\"models\":\"a\""),
          "models: Input should be a valid list", NULL },
        { MESSAGES(",\"models\":[]"),
          "models: List should have at least 1 item", NULL },
        { MESSAGES(",\"models\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\","
                   "\"8\",\"9\"]"),
          "models: List should have at most 8 items", NULL },
        { MESSAGES(",\"models\":[\"a b\"]"), "model: not found", NULL },
        { MESSAGES(",\"models\":[\"a\"],\"fallbacks\":[{\"model\":\"b\"}]"),
          "fallbacks: cannot be combined with \"models\"", NULL },
        { MESSAGES(",\"fallbacks\":[\"a\"]"),
          "fallbacks.0: Input should be a valid dictionary", NULL },
        { MESSAGES(",\"fallbacks\":[{\"model\":\"a\"},{}]"),
          "fallbacks.1.model: Input should be a valid string", NULL },
        { MESSAGES(",\"fallbacks\":[{\"model\":\"a\",\"max_tokens\":5}]"),
          "fallbacks.0: Extra inputs are not permitted, only \"model\" is",
          NULL },
        { MESSAGES(",\"fallbacks\":[{\"model\":\"a\"},{\"model\":\"b\"},"
                   "{\"model\":\"c\"},{\"model\":\"d\"}]"),
          "fallbacks: List should have at most 3 items", NULL },
        { MESSAGES(",\"session_id\":1"),
          "session_id: Input should be a valid string", NULL }
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        mem_free(&memory);
        mem = mem_init(&memory, 0);

        is(check(bad[i].op, bad[i].text), AIR_EINVAL, "refused: %s",
           bad[i].text);
        ok(rq.prefs == NULL, "and nothing is asked for");

        if (bad[i].op != AIR_OP_MESSAGES) {
            is_str(error.param, bad[i].says, "the member");
            is_str(error.code, bad[i].code, "the code");

        } else {
            is_str(error.message, bad[i].says, "the words");
        }
    }

    /* bounds */

    for (i = 127; i < 130; i++) {
        unsigned  k, n;

        n = (unsigned) snprintf(many, sizeof(many),
                                "{\"model\":\"m\",\"messages\":[{\"role\":"
                                "\"user\",\"content\":\"x\"}],\"provider\":"
                                "{\"order\":[");

        for (k = 0; k < i; k++) {
            n += (unsigned) snprintf(many + n, sizeof(many) - n, "%s\"a\"",
                                     k ? "," : "");
        }

        snprintf(many + n, sizeof(many) - n, "]}}");

        mem_free(&memory);
        mem = mem_init(&memory, 0);

        is(check(AIR_OP_CHAT, many), i > AIR_PREFS_VENDORS ? AIR_EINVAL
                                                           : AIR_OK,
           "%u vendors", i);
    }
}


static void
test_session(void)
{
    char      text[2048], session[600];
    unsigned  i;

    const air_prefs_t  *p;

    p = prefs(CHAT(",\"prompt_cache_key\":\"k\""));
    ok(p != NULL, "a cache key is a session too");
    is_str(p ? p->session : rq.session, "k", "it is the key");
    is_str(rq.session, "", "but not what was called so");

    p = prefs(CHAT(",\"session_id\":\"s\",\"prompt_cache_key\":\"k\""));
    is_str(p ? p->session : rq.model, "s", "session_id comes first");

    p = prefs(RESPONSES(",\"prompt_cache_key\":\"k\""));
    is_str(p ? p->session : rq.model, "k", "in Responses too");

    p = prefs(MESSAGES(",\"session_id\":\"s\""));
    is_str(p ? p->session : rq.model, "s", "in Messages too");

    for (i = 255; i < 258; i++) {
        unsigned  k;

        for (k = 0; k < i; k++) {
            memcpy(session + 2 * k, "\xc3\xa9", 2);
        }

        session[2 * i] = '\0';

        snprintf(text, sizeof(text), "{\"model\":\"m\",\"messages\":["
                 "{\"role\":\"user\",\"content\":\"x\"}],"
                 "\"session_id\":\"%s\"}", session);

        mem_free(&memory);
        mem = mem_init(&memory, 0);

        is(check(AIR_OP_CHAT, text), i > 256 ? AIR_EINVAL : AIR_OK,
           "%u characters, not bytes", i);

        if (i > 256) {
            is_str(error.code, "string_above_max_length", "too long");
        }
    }
}


static void
test_suffix(void)
{
    unsigned   i;
    air_str_t  base;

    static const struct {
        const char    *name;
        const char    *base;
        air_suffix_e   suffix;
        air_select_e   sort;
    }  names[] = {
        { "a/b:nitro", "a/b", AIR_SUFFIX_NITRO, AIR_SELECT_THROUGHPUT },
        { "a:floor", "a", AIR_SUFFIX_FLOOR, AIR_SELECT_PRICE },
        { "a:exacto", "a", AIR_SUFFIX_EXACTO, AIR_SELECT_QUALITY },
        { "a:online", "a", AIR_SUFFIX_OTHER, AIR_SELECT_ORDER },
        { "a:thinking", "a", AIR_SUFFIX_OTHER, AIR_SELECT_ORDER },
        { "a:b:floor", "a:b", AIR_SUFFIX_FLOOR, AIR_SELECT_PRICE },
        { "a:free", "a:free", AIR_SUFFIX_NONE, AIR_SELECT_ORDER },
        { "llama3:8b", "llama3:8b", AIR_SUFFIX_NONE, AIR_SELECT_ORDER },
        { "a:floor:x", "a:floor:x", AIR_SUFFIX_NONE, AIR_SELECT_ORDER },
        { "a:Floor", "a:Floor", AIR_SUFFIX_NONE, AIR_SELECT_ORDER },
        { ":floor", ":floor", AIR_SUFFIX_NONE, AIR_SELECT_ORDER },
        { "floor", "floor", AIR_SUFFIX_NONE, AIR_SELECT_ORDER },
        { "a:", "a:", AIR_SUFFIX_NONE, AIR_SELECT_ORDER },
        { "", "", AIR_SUFFIX_NONE, AIR_SELECT_ORDER }
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        is(air_prefs_suffix(air_str_z(names[i].name), &base),
           names[i].suffix, "%s", names[i].name);
        is_str(base, names[i].base, "without it");
        is(air_prefs_suffix_sort(names[i].suffix), names[i].sort, "sorts by");
    }
}


static void
test_vendor(void)
{
    unsigned  i;

    static const struct {
        const char  *asked;
        const char  *name;
        const char  *region;
        int          means;
    }  names[] = {
        { "openai", "openai", "", 1 },
        { "OpenAI", "openai", "", 1 },
        { "openai", "OpenAI", "us", 1 },
        { "Amazon Bedrock", "amazon-bedrock", "", 1 },
        { "google-vertex", "google-vertex", "us-east5", 1 },
        { "google-vertex/us-east5", "google-vertex", "us-east5", 1 },
        { "google-vertex/US-East5", "google-vertex", "us-east5", 1 },
        { "google-vertex/us", "google-vertex", "us-east5", 0 },
        { "google-vertex/us-east5", "google-vertex", "", 0 },
        { "google-vertex/", "google-vertex", "", 0 },
        { "google", "google-vertex", "", 0 },
        { "google-vertexx", "google-vertex", "", 0 },
        { "", "", "", 0 },
        { "/us", "", "us", 0 },
        { "a-b", "a b", "", 0 }
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        is(air_prefs_vendor(air_str_z(names[i].asked),
                            air_str_z(names[i].name),
                            air_str_z(names[i].region)),
           names[i].means, "%s: %s %s", names[i].asked, names[i].name,
           names[i].region);
    }

    is(air_quantization(air_str_z("int4")) & air_quantization(
           air_str_z("int8")), 0, "a bit each");
    is(air_quantization(air_str_z("q4")), 0, "no such level");
}


/* Every allocation fails once; nothing is left half made. */
static void
test_memory(void)
{
    int       rc;
    size_t    n;
    unsigned  i;

    static const struct {
        air_op_e     op;
        const char  *text;
    }  texts[] = {
        { CHAT(ALL ",\"models\":[\"\\u0061\",\"b\"]") },
        { MESSAGES(ALL ",\"fallbacks\":[{\"model\":\"a\"}]") },
        { CHAT(",\"provider\":{\"only\":[1]}") },
        { MESSAGES(",\"provider\":{\"only\":[1]}") },
        { CHAT(",\"provider\":{\"sort\":\"x\"}") }
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {

        for (n = 1; n < 100; n++) {
            mem_free(&memory);
            mem = mem_init(&memory, n);

            rc = check(texts[i].op, texts[i].text);

            if (rc != AIR_ENOMEM) {
                break;
            }
        }

        ok(n > 3 && n < 100, "fails for want of memory, then passes");
        is(rc, i < 2 ? AIR_OK : AIR_EINVAL, "at last");
    }
}


int
main(void)
{
    mem = mem_init(&memory, 0);

    test_all(CHAT(ALL));
    test_all(RESPONSES(ALL));
    test_all(MESSAGES(ALL));
    test_all(EMBEDDINGS(ALL));
    test_all(COMPLETIONS(ALL));

    test_nothing();
    test_sort();
    test_models();
    test_refused();
    test_session();
    test_suffix();
    test_vendor();
    test_memory();

    mem_free(&memory);

    return done();
}
