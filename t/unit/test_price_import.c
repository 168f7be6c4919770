
/*
 * air_price_import*.c: four public tables with the defects they are known
 * for, and the large recordings when they are at hand.
 */

#include "../../ngx_ai_router_module/core/air_pricebook.h"

#include "file.h"
#include "mem.h"
#include "tap.h"


static mem_t                  memory;
static air_mem_t              mem;
static air_pricebook_error_t  error;


static air_pricebook_t *
import(const char *name, air_prices_format_e format)
{
    char              path[200];
    air_str_t         text;
    air_pricebook_t  *book;

    snprintf(path, sizeof(path), "t/data/prices/import/%s", name);

    text = file_read(path);
    is(air_pricebook_detect(text), format, "%s is known at sight", name);
    is(air_pricebook_read(&book, text, format, &mem, &error), AIR_OK,
       "%s is read (%s)", name, error.text);

    free(text.data);

    return book;
}


static const air_model_t *
model(const air_pricebook_t *book, const char *vendor, const char *name)
{
    const air_model_t  *m;

    m = air_pricebook_find(book, air_str_z(vendor), air_str_z(name));
    ok(m != NULL, "%s/%s is in it", vendor, name);

    return m;
}


static void
test_litellm(void)
{
    unsigned                      n;
    const air_price_t            *p;
    const air_model_t            *m;
    air_pricebook_t              *book, *wild;
    const air_pricebook_error_t  *skipped;

    book = import("litellm.json", AIR_PRICES_LITELLM);

    is(air_pricebook_count(book), 8,
       "no sample_spec, no pictures, nothing twice");

    m = model(book, "openai", "gpt-a");
    p = air_model_price(m, 0);
    is(p->rate[AIR_TIER_STANDARD][AIR_IN], 5000000, "input");
    is(p->rate[AIR_TIER_STANDARD][AIR_IN_CACHE_WRITE], 6250000, "write");
    is(p->rate[AIR_TIER_STANDARD][AIR_IN_CACHE_READ], 500000, "read");
    is(p->rate[AIR_TIER_STANDARD][AIR_OUT], 30000000, "output");
    is(p->rate[AIR_TIER_BATCH][AIR_IN], 2500000, "batch");
    is(p->rate[AIR_TIER_FLEX][AIR_IN], 2500000, "flex");
    is(p->rate[AIR_TIER_PRIORITY][AIR_IN], 10000000, "priority");
    is(p->nlc, 2, "two long-context prices");
    is(p->lc[0].threshold, 272000, "from 272,000 on");
    is(p->lc[0].rate[AIR_IN], 10000000, "input there");
    is(p->lc[0].rate[AIR_OUT], 45000000, "output there");
    is(p->lc[1].tier, AIR_TIER_PRIORITY, "the other one is of priority");
    is(p->fee[AIR_FEE_SEARCH], 10000000000, "a search is a cent");
    is(m->nmul, 1, "one multiplier");
    ok(m->mul[0].num == 11 && m->mul[0].den == 10, "of 11/10");
    is(m->context, 1050000, "window");
    is(m->can, AIR_CAN_TOOLS, "tools");
    is(m->can_known, AIR_CAN_TOOLS | AIR_CAN_VISION | AIR_CAN_EMBED,
       "vision is denied, the rest unsaid");

    m = model(book, "anthropic", "claude-b");
    p = air_model_price(m, 0);
    is(p->rate[AIR_TIER_STANDARD][AIR_IN_CACHE_WRITE_1H], 6000000, "1h");
    is(p->lc[0].rate[AIR_IN_CACHE_WRITE_1H], 12000000, "1h of long prompts");
    is(p->rate[AIR_TIER_FAST][AIR_OUT], 30000000, "fast is twice");
    ok(m->nmul == 1 && m->mul[0].geo, "us by the reply");

    model(book, "vertex", "gemini-c");
    m = model(book, "google", "gemini-c");
    is(air_model_price(m, 0)->rate[0][AIR_IN_AUDIO], 3000000, "sound");

    m = model(book, "databricks", "noise");
    is(air_model_price(m, 0)->rate[0][AIR_IN], 15000020, "noise is rounded");
    is(air_model_price(m, 0)->rate[0][AIR_OUT], 75000030, "here too");

    m = model(book, "ollama", "unknown");
    is(air_model_price(m, 0)->zero, 1, "0 means that nobody knows");

    m = model(book, "dashscope", "ranges");
    p = air_model_price(m, 0);
    is(p->rate[0][AIR_IN], 50000, "the first range is the base");
    is(p->lc[0].threshold, 256000, "the second one is long");
    is(p->lc[0].rate[AIR_OUT], 2000000, "with its rates");

    m = model(book, "openai", "embed-d");
    is(m->can & AIR_CAN_EMBED, AIR_CAN_EMBED, "embeddings");

    is(air_pricebook_read(&wild, air_str_z("{\"a\":{\"litellm_provider\":\"v\","
                          "\"input_cost_per_token\":0.005,"
                          "\"provider_specific_entry\":{\"fast\":50}}}"),
                          AIR_PRICES_LITELLM, &mem, &error),
       AIR_OK, "a wild factor");
    ok(air_pricebook_at(wild, 0)->price[0].rate[AIR_TIER_FAST][AIR_IN]
       == AIR_UNKNOWN, "makes no absurd price");

    n = air_pricebook_skipped(book, &skipped);
    is(n, 1, "one is left out");
    is(skipped[0].line, 76, "with its line");
    ok(strstr(skipped[0].text, "per-100k") != NULL, "and why: %s",
       skipped[0].text);
}


static void
test_openrouter(void)
{
    const air_price_t  *p;
    const air_model_t  *m;
    air_pricebook_t    *book;

    book = import("openrouter.json", AIR_PRICES_OPENROUTER);

    m = model(book, "openrouter", "openai/gpt-a");
    ok(m == model(book, "openrouter", "openai/gpt-a-20260423"), "its slug");
    p = air_model_price(m, 0);
    is(p->rate[0][AIR_IN], 5000000, "prompt");
    is(p->rate[0][AIR_OUT], 30000000, "completion");
    is(p->rate[0][AIR_IN_IMAGE], 5000000, "a token of a picture");
    is(p->fee[AIR_FEE_SEARCH], 10000000000, "a search is a cent");
    is(p->lc[0].threshold, 272000, "long");
    is(p->lc[0].rate[AIR_IN_CACHE_READ], 1000000, "cached and long");
    is(m->can, AIR_CAN_TOOLS | AIR_CAN_SCHEMA | AIR_CAN_VISION | AIR_CAN_PDF,
       "what it can");
    is(m->max_output, 128000, "its longest answer");

    m = model(book, "openrouter", "openrouter/auto");
    is(m->nprice, 0, "-1 is unknown, no credit");

    m = model(book, "openrouter", "x/noise");
    p = air_model_price(m, 0);
    is(p->rate[0][AIR_IN], 900000, "noise is rounded");
    is(p->rate[0][AIR_IN_CACHE_WRITE], 83333, "a twelfth too");
    ok(p->rate[0][AIR_IN_IMAGE] == AIR_UNKNOWN, "a whole picture is no token");

    m = model(book, "openrouter", "x/gift:free");
    is(air_model_price(m, 0)->free, 1, "free by name");
    m = model(book, "openrouter", "x/gift");
    is(air_model_price(m, 0)->rate[0][AIR_IN], 1000000, "its twin is not");

    /* its prompt is dear, so its image is not a hundred times more */
    m = model(book, "openrouter", "x/dear");
    p = air_model_price(m, 0);
    is(p->rate[0][AIR_IN], 1005000000, "dear");
    ok(p->rate[0][AIR_IN_IMAGE] == AIR_UNKNOWN,
       "what no token costs is no token's price");

    m = model(book, "openrouter", "x/mystery");
    ok(air_model_price(m, 0)->zero && !air_model_price(m, 0)->free,
       "0 without a reason is unknown");
}


static void
test_models_dev(void)
{
    const air_price_t  *p;
    const air_model_t  *m;
    air_pricebook_t    *book;

    book = import("models-dev.json", AIR_PRICES_MODELS_DEV);
    is(air_pricebook_time(book), 1782777600000ll, "2026-06-30");

    m = model(book, "vertex", "gemini-c");
    p = air_model_price(m, 0);
    is(p->rate[0][AIR_IN], 2000000, "input");
    is(p->rate[0][AIR_OUT], 12000000, "output");
    is(p->nlc, 1, "context_over_200k is not believed");
    is(p->lc[0].threshold, 272000, "tiers are");
    is(p->lc[0].rate[AIR_OUT], 18000000, "output there");
    is(m->can, AIR_CAN_TOOLS | AIR_CAN_REASONING | AIR_CAN_VISION
               | AIR_CAN_PDF, "what it can");
    is(m->can_known & AIR_CAN_SCHEMA, AIR_CAN_SCHEMA, "and cannot");

    m = model(book, "vertex", "plan");
    is(m->nprice, 0, "no cost: unknown");

    m = model(book, "anthropic", "claude-b");
    p = air_model_price(m, 0);
    is(p->rate[AIR_TIER_FAST][AIR_OUT], 150000000, "fast");
}


static void
test_genai(void)
{
    const air_price_t  *p;
    const air_model_t  *m;
    air_pricebook_t    *book;

    static const int64_t  august = 1787270400000ll;     /* 2026-08-21 */

    book = import("genai.json", AIR_PRICES_GENAI);

    m = model(book, "bedrock", "plain");
    ok(m == model(book, "aws", "plain-alias"), "an alias, another vendor name");
    p = air_model_price(m, 0);
    is(p->rate[0][AIR_IN], 1500000, "input");
    is(p->fee[AIR_FEE_REQUEST], 5000000000, "half a cent a request");
    is(p->fee[AIR_FEE_SEARCH], 10000000000, "a cent a search");

    m = model(book, "bedrock", "dated");
    is(m->nprice, 2, "two periods");
    p = air_model_price(m, august - 1);
    is(p->rate[0][AIR_IN], 5000000, "before");
    is(p->lc[0].threshold, 271999, "its border");
    is(p->lc[0].rate[AIR_IN], 10000000, "above it");
    is(p->lc[0].rate[AIR_IN_CACHE_READ], 500000, "no tier: as below");
    is(p->nwindow, 0, "no peak price in July");
    p = air_model_price(m, august);
    is(p->rate[0][AIR_IN], 4000000, "after");
    is(p->nwindow, 1, "a peak price");
    is(p->window[0].from_min, 60, "from one");
    is(p->window[0].to_min, 240, "to four");
    is(p->window[0].rate[AIR_OUT], 40000000, "its rate");
}


static void
test_refused(void)
{
    int               rc;
    size_t            i;
    air_pricebook_t  *book;

    static const struct {
        air_prices_format_e  format;
        unsigned             line;
        const char          *text;
    } rows[] = {
        { AIR_PRICES_LITELLM, 3,
          "{\"a\":{\"litellm_provider\":\"openai\",\n"
          "\"output_cost_per_token\":1,\n"
          "\"input_cost_per_token\":-1e-06}}" },
        { AIR_PRICES_LITELLM, 2,
          "{\"a\":{\"litellm_provider\":\"openai\",\n"
          "\"input_cost_per_token\":true}}" },
        { AIR_PRICES_LITELLM, 3,
          "{\"a\":{\"litellm_provider\":\"x\",\"input_cost_per_token\":1e-6},"
          "\n\n\"a\":{}}" },
        { AIR_PRICES_OPENROUTER, 2,
          "{\"data\":[\n{\"id\":\"a\",\"pricing\":{\"prompt\":\"-2\"}}]}" },
        { AIR_PRICES_OPENROUTER, 2, "{\"data\":[\n{\"pricing\":{}}]}" },
        { AIR_PRICES_MODELS_DEV, 2,
          "{\"v\":{\"models\":{\"m\":{\"cost\":{\n\"input\":\"free\"}}}}}" },
        { AIR_PRICES_GENAI, 2,
          "[{\"id\":\"v\",\"models\":[{\"id\":\"m\",\n"
          "\"prices\":{\"input_mtok\":-1}}]}]" },
        { AIR_PRICES_GENAI, 2,
          "[{\"id\":\"v\",\"models\":[{\"id\":\"m\",\"prices\":[\n"
          "{\"constraint\":{\"start_date\":\"soon\"},"
          "\"prices\":{\"input_mtok\":1}}]}]}]" },
        /* a window without a minute, one that no clock shows */
        { AIR_PRICES_GENAI, 2,
          "[{\"id\":\"v\",\"models\":[{\"id\":\"m\",\"prices\":["
          "{\"prices\":{\"input_mtok\":1}},\n"
          "{\"constraint\":{\"start_time\":\"01:00:00Z\","
          "\"end_time\":\"01:00:00Z\"},"
          "\"prices\":{\"input_mtok\":1}}]}]}]" },
        { AIR_PRICES_GENAI, 2,
          "[{\"id\":\"v\",\"models\":[{\"id\":\"m\",\"prices\":["
          "{\"prices\":{\"input_mtok\":1}},\n"
          "{\"constraint\":{\"start_time\":\"01:60:00Z\","
          "\"end_time\":\"02:00:00Z\"},"
          "\"prices\":{\"input_mtok\":1}}]}]}]" },
        { AIR_PRICES_GENAI, 1, "[{\"id\":\"v\",\"models\":[" },
        /* overlong, half a pair: no text that could be written again */
        { AIR_PRICES_OPENROUTER, 2,
          "{\"data\":[\n{\"id\":\"x/\300\231\",\"pricing\":{}}]}" },
        { AIR_PRICES_OPENROUTER, 2,
          "{\"data\":[\n{\"id\":\"x/\355\240\200\",\"pricing\":{}}]}" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rc = air_pricebook_read(&book, air_str_z(rows[i].text),
                                rows[i].format, &mem, &error);

        ok(rc == AIR_EINVAL && book == NULL, "refused %zu: %s", i,
           error.text);
        is(error.line, rows[i].line, "its line");
    }

    is(air_pricebook_detect(air_str_z("{\"a\":1}")), -1, "no table");
    is(air_pricebook_detect(air_str_z("[1]")), -1, "none either");
    is(air_pricebook_detect(air_str_z("nonsense")), -1, "no JSON");
}


static void
test_vendor(void)
{
    size_t  i;

    static const char *const  rows[][2] = {
        { "gemini", "google" },
        { "vertex_ai", "vertex" },
        { "vertex_ai-anthropic_models", "vertex" },
        { "vertex_aix", "vertex_aix" },
        { "google-vertex-anthropic", "vertex" },
        { "bedrock_converse", "bedrock" },
        { "together_ai", "together" },
        { "x-ai", "xai" },
        { "openai", "openai" },
        { "zhipuai", "zhipuai" },
        { "", "" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is_str(air_pricebook_vendor(air_str_z(rows[i][0])), rows[i][1],
               "\"%s\" is %s", rows[i][0], rows[i][1]);
    }
}


/* The recordings: read whole, written in our schema, the same again. */
static void
test_recordings(void)
{
    int               format;
    size_t            i;
    unsigned          k, differ;
    air_str_t         text;
    air_buf_t         b;
    air_pricebook_t  *book, *again;

    static const struct {
        const char  *name;
        unsigned     least;
    } rows[] = {
        { "litellm.model_prices.trimmed.json", 300 },
        { "openrouter.models.trimmed.json", 210 },
        { "models-dev.api.sample.json", 480 },
        { "genai-prices.v2.data.json", 1400 },
        { "genai-prices.0.1.8.extracted.json", 1500 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char  path[200];

        snprintf(path, sizeof(path), "prices/upstream/%s", rows[i].name);

        text = file_shared(path);
        if (text.data == NULL) {
            skip("the recordings are not here (AIR_SHARED_DATA)");
            continue;
        }

        format = air_pricebook_detect(text);
        ok(format > 0, "%s: its format", rows[i].name);

        is(air_pricebook_read(&book, text, format, &mem, &error), AIR_OK,
           "is read (%s)", error.text);
        ok(air_pricebook_count(book) >= rows[i].least, "%u models",
           air_pricebook_count(book));

        air_buf_init(&b, &mem, 1 << 26);
        is(air_pricebook_write(book, &b), AIR_OK, "is written");
        is(air_pricebook_read(&again, air_buf_view(&b), AIR_PRICES_OURS, &mem,
                              &error),
           AIR_OK, "is read again (%s)", error.text);

        for (k = 0, differ = 0; k < air_pricebook_count(book); k++) {
            differ += air_pricebook_at(book, k)->nprice
                      != air_pricebook_at(again, k)->nprice
                      || (air_pricebook_at(book, k)->nprice != 0
                          && air_pricebook_at(book, k)->price[0].id
                             != air_pricebook_at(again, k)->price[0].id);
        }

        is(differ, 0, "and is the same");

        free(text.data);
    }
}


int
main(void)
{
    mem = mem_init(&memory, 0);

    test_litellm();
    test_openrouter();
    test_models_dev();
    test_genai();
    test_refused();
    test_vendor();
    test_recordings();

    mem_free(&memory);

    return done();
}
