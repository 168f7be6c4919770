
/*
 * air_pricebook*.c: the golden costs by the whole table, look-ups, dates,
 * every mistake with its line, writing and reading again, merging.
 */

#include "../../ngx_ai_router_module/core/air_jtree.h"
#include "../../ngx_ai_router_module/core/air_pricebook.h"
#include "../../ngx_ai_router_module/core/air_pricebook_build.h"

#include "file.h"
#include "mem.h"
#include "tap.h"


static air_pricebook_error_t  error;


static int
read_book(air_pricebook_t **book, const char *text, const air_mem_t *mem)
{
    return air_pricebook_read(book, air_str_z(text), AIR_PRICES_OURS, mem,
                              &error);
}


static air_str_t
text_of(const air_jnode_t *object, const char *name)
{
    air_str_t           none = air_null_str;
    const air_jnode_t  *node;

    node = air_jtree_get(object, name);

    return node == NULL ? none : node->text;
}


static uint64_t
count_of(const air_jnode_t *node)
{
    uint64_t  n = 0;

    (void) air_decimal(node->text, 0, &n);

    return n;
}


/* What a line of a case's breakdown counts, into u; 0 when unknown to us. */
static int
add_line(air_usage_t *u, const air_jnode_t *line)
{
    size_t     i;
    uint64_t   n;
    air_str_t  class;

    static const struct {
        const char  *name;
        int          fee;
        unsigned     at;
    } rows[] = {
        { "input", 0, AIR_IN },
        { "cache_read", 0, AIR_IN_CACHE_READ },
        { "cache_write", 0, AIR_IN_CACHE_WRITE },
        { "cache_write_5m", 0, AIR_IN_CACHE_WRITE },
        { "cache_write_1h", 0, AIR_IN_CACHE_WRITE_1H },
        { "input_audio", 0, AIR_IN_AUDIO },
        { "output", 0, AIR_OUT },
        { "output_image", 0, AIR_OUT_IMAGE },
        { "web_search", 1, AIR_FEE_SEARCH },
        { "x_search", 1, AIR_FEE_SEARCH },
        { "request low", 1, AIR_FEE_REQUEST },
        { "audio_second", 1, AIR_FEE_SECOND }
    };

    class = text_of(line, "class");
    n = count_of(air_jtree_get(line, "units"));

    if (air_str_eqz(class, "usage.cost")) {
        return air_decimal(text_of(line, "usd_per_unit"), 12, &u->vendor_cost)
               == AIR_OK;
    }

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {

        if (!air_str_eqz(class, rows[i].name)) {
            continue;
        }

        if (rows[i].fee) {
            u->fee[rows[i].at] += n;

        } else {
            u->n[rows[i].at] += n;
        }

        return 1;
    }

    return 0;
}


static air_tier_e
tier_of(air_str_t name)
{
    unsigned  i;

    for (i = 0; i < AIR_NTIER; i++) {
        if (air_str_eqz(name, air_tier_name(i))) {
            return i;
        }
    }

    return AIR_TIER_STANDARD;
}


static void
golden_case(const air_pricebook_t *book, const air_jnode_t *c)
{
    int                 known;
    int64_t             at;
    uint64_t            want, cost;
    unsigned            flags;
    air_str_t           id, host, region, geo;
    air_usage_t         u;
    const air_jnode_t  *line;
    const air_model_t  *model;

    id = text_of(c, "id");

    air_usage_init(&u);
    u.tier = tier_of(text_of(air_jtree_get(c, "price_ref"), "tier"));

    known = 1;
    line = air_jtree_array(air_jtree_get(c, "breakdown"));

    for ( /* void */ ; line != NULL; line = line->next) {
        known &= add_line(&u, line);
        u.seen = 1;
    }

    ok(known, "%.*s: every class is known", (int) id.len, id.data);

    model = air_pricebook_find(book, text_of(c, "vendor"),
                               text_of(c, "model"));

    /* "eu.api.openai.com" is the residency endpoint of eu */
    host = text_of(air_jtree_get(c, "context"), "endpoint");
    region = air_str_n(host.data, host.len > 2 && host.data[2] == '.' ? 2 : 0);
    geo = text_of(air_jtree_get(c, "usage"), "inference_geo");

    if (model != NULL) {
        air_model_multiplier(model, region, geo, &u.mul_num, &u.mul_den);
    }

    ok(air_time_read(text_of(c, "at"), &at) == AIR_OK, "%.*s: its time",
       (int) id.len, id.data);

    cost = u.vendor_cost != AIR_UNKNOWN
           ? u.vendor_cost
           : air_price_cost(air_model_price(model, at), &u, at, &flags);

    line = air_jtree_get(c, "expected_usd");

    if (line->type == AIR_JSON_NULL) {
        ok(cost == AIR_UNKNOWN, "%.*s: unknown", (int) id.len, id.data);
        return;
    }

    want = 0;
    (void) air_decimal(line->text, 12, &want);

    is(cost, want, "%.*s: %.*s", (int) id.len, id.data,
       (int) line->text.len, line->text.data);
}


static void
test_golden(void)
{
    int                 n;
    mem_t               m;
    air_mem_t           mem;
    air_str_t           table, cases;
    air_jtree_t         tree;
    const air_jnode_t  *c;
    air_pricebook_t    *book;

    mem = mem_init(&m, 0);
    table = file_read("t/data/prices/price-table.json");
    cases = file_read("t/data/prices/golden.json");

    is(air_pricebook_detect(table), AIR_PRICES_OURS, "the table is ours");
    is(air_pricebook_read(&book, table, AIR_PRICES_OURS, &mem, &error),
       AIR_OK, "the table is read (%s)", error.text);
    is(air_pricebook_count(book), 241, "all its models");
    is(air_pricebook_time(book), 1795305600000ll, "made on 2026-11-22");

    is(air_jtree_parse(&tree, cases), AIR_OK, "the golden cases are read");

    c = air_jtree_array(air_jtree_get(tree.root, "cases"));

    for (n = 0; c != NULL; c = c->next, n++) {
        golden_case(book, c);
    }

    is(n, 40, "all of them");

    air_jtree_free(&tree);
    free(table.data);
    free(cases.data);
    mem_free(&m);
}


static const char  small[] =
    "{\"schema\":\"prices/1\",\"models\":[\n"
    " {\"provider\":\"openai\",\"model\":\"gpt-x\","
    "\"aliases\":[\"gpt-x-2025-01-02\",\"chat-latest\"],\n"
    "  \"context_window\":1000,\"max_output\":100,\n"
    "  \"capabilities\":{\"tools\":true,\"vision\":false,\"pdf\":null},"
    "\"quality\":{\"index\":0.8,\"by\":{\"code\":0.905,\"maths\":null}},"
    "\"speed\":{\"latency_ms\":450.2,\"throughput\":85.5},\n"
    "  \"prices\":[\n"
    "   {\"effective_to\":\"2026-01-01\","
    "\"tiers\":{\"standard\":{\"input\":\"2\",\"output\":4}}},\n"
    "   {\"effective_from\":\"2026-01-01\",\"effective_to\":\"2026-06-01\","
    "\"tiers\":{\"standard\":{\"input\":1,\"output\":\"3\"}}}],\n"
    "  \"multipliers\":[{\"when\":{\"region\":[\"eu\",\"us\"]},"
    "\"multiply\":\"1.1\"},{\"when\":{\"inference_geo\":\"us\"},"
    "\"multiply\":\"1.2\"}]},\n"
    " {\"provider\":\"vertex\",\"model\":\"claude\",\"free\":true,"
    "\"prices\":[{\"tiers\":{\"standard\":{\"input\":0,\"output\":0}}}],"
    "\"multipliers\":[{\"when\":{\"region\":\"not global\"},"
    "\"multiply\":\"1.1\"}]},\n"
    " {\"provider\":\"openai\",\"model\":\"gpt-x-mini\","
    "\"prices\":[{\"tiers\":{\"standard\":{\"input\":0,\"output\":0}}}]}\n"
    "]}";


static int
found(const air_pricebook_t *book, const char *vendor, const char *name)
{
    return air_pricebook_find(book, air_str_z(vendor), air_str_z(name))
           != NULL;
}


static void
test_find(void)
{
    size_t              i;
    mem_t               m;
    uint32_t            num, den;
    air_mem_t           mem;
    air_str_t           eu = air_str("eu"), us = air_str("us");
    air_str_t           none = air_null_str, global = air_str("global");
    air_pricebook_t    *book;
    const air_model_t  *gpt, *claude;

    static const struct {
        const char  *vendor;
        const char  *name;
        int          found;
    } rows[] = {
        { "openai", "gpt-x", 1 },
        { "openai", "chat-latest", 1 },
        { "openai", "gpt-x-2025-08-07", 1 },
        { "openai", "gpt-x-20250807", 1 },
        { "openai", "gpt-x@20250807", 1 },
        { "openai", "gpt-x-0613", 1 },
        { "openai", "chat-latest-0613", 1 },
        { "openai", "gpt-x-mini", 1 },
        { "openai", "gpt-x-mini-2025-08-07", 1 },
        { "openai", "gpt-x-2025-13-07", 0 },
        { "openai", "gpt-x-9999", 0 },
        { "openai", "gpt-x-1332", 0 },
        { "openai", "gpt-x-99990101", 0 },
        { "openai", "gpt-x-large", 0 },
        { "openai", "gpt", 0 },
        { "openai", "gpt-", 0 },
        { "openai", "-2025-08-07", 0 },
        { "openai", "", 0 },
        { "openai", "GPT-X", 0 },
        { "azure", "gpt-x", 0 },
        { "", "gpt-x", 0 },
        { "vertex_ai", "claude", 1 },
        { "vertex_ai-anthropic_models", "claude", 1 },
        { "google-vertex-anthropic", "claude", 1 },
        { "gemini", "claude", 0 }
    };

    mem = mem_init(&m, 0);
    is(read_book(&book, small, &mem), AIR_OK, "a small table (%s)",
       error.text);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is(found(book, rows[i].vendor, rows[i].name), rows[i].found,
           "%s/%s", rows[i].vendor, rows[i].name);
    }

    gpt = air_pricebook_find(book, air_str_z("openai"), air_str_z("gpt-x"));
    claude = air_pricebook_find(book, air_str_z("vertex"),
                                air_str_z("claude"));

    is(gpt->context, 1000, "its window");
    is(gpt->max_output, 100, "its longest answer");
    is(gpt->can, AIR_CAN_TOOLS, "what it can");
    is(gpt->can_known, AIR_CAN_TOOLS | AIR_CAN_VISION, "what is known");
    is(gpt->line, 2, "its line");
    is(air_model_quality(gpt, AIR_TASK_CODE), 905, "quality at code");
    is(air_model_quality(gpt, AIR_TASK_MATHS), 800, "at what is null: at all");
    is(air_model_quality(gpt, AIR_NTASK), 800, "without a class");
    is(air_model_quality(claude, AIR_TASK_CODE), 0, "unknown");
    is(air_model_quality(NULL, AIR_TASK_CODE), 0, "no model");
    is(gpt->latency, 451, "latency, in whole ms");
    is(gpt->throughput, 85500, "throughput");
    ok(claude->latency == 0 && claude->throughput == 0, "unknown speed");

    ok(air_model_price(gpt, 0) == &gpt->price[0], "the first period");
    ok(air_model_price(gpt, INT64_MIN) == &gpt->price[0], "the first ms");
    ok(air_model_price(gpt, 1767225599999ll) == &gpt->price[0], "its last ms");
    ok(air_model_price(gpt, 1767225600000ll) == &gpt->price[1], "the next one");
    ok(air_model_price(gpt, 1780272000000ll) == NULL, "no price after it");
    ok(air_model_price(claude, INT64_MAX) != NULL, "the last ms");
    ok(air_model_price(NULL, 0) == NULL, "no model, no price");

    air_model_multiplier(gpt, eu, none, &num, &den);
    ok(num == 11 && den == 10, "in eu: 11/10");
    air_model_multiplier(gpt, us, us, &num, &den);
    ok(num == 66 && den == 50, "in us, by region and reply: both");
    air_model_multiplier(gpt, none, none, &num, &den);
    ok(num == 1 && den == 1, "nowhere: 1/1");
    air_model_multiplier(claude, eu, none, &num, &den);
    ok(num == 11 && den == 10, "not global");
    air_model_multiplier(claude, global, none, &num, &den);
    ok(num == 1 && den == 1, "global");

    ok(claude->price[0].free && !claude->price[0].zero, "free on purpose");
    ok(air_pricebook_at(book, 1)->price[0].zero, "zero, and nobody says why");
    ok(air_pricebook_at(book, 3) == NULL, "no fourth model");

    mem_free(&m);
}


#define TABLE(inside)                                                         \
    "{\"schema\":\"prices/1\",\n\"models\":[\n" inside "\n]}"

#define MODEL(inside)                                                         \
    TABLE("{\"provider\":\"v\",\"model\":\"gpt-x\",\n" inside "}")

#define PRICES(inside)  MODEL("\"prices\":[\n" inside "]")

#define RATES(inside)                                                         \
    PRICES("{\"tiers\":{\"standard\":{\n" inside "}}}")


static void
test_mistakes(void)
{
    int               rc;
    size_t            i;
    mem_t             m;
    air_mem_t         mem;
    air_pricebook_t  *book;

    static const struct {
        const char  *text;
        unsigned     line;
        const char  *says;
    } rows[] = {
        { "", 1, "EOF" },
        { "{\"schema\":\"prices/1\",\n\n  oops}", 3, "invalid" },
        { "[]", 1, "prices/1" },
        { "{\"schema\":\"prices/2\",\"models\":[]}", 1, "prices/1" },
        { "{\"schema\":\"prices/1\",\"models\":[]}", 1, "no model" },
        { "{\"schema\":\"prices/1\",\n\"modles\":[]}", 2, "modles" },
        { TABLE("1"), 3, "needs" },
        { TABLE("{\"model\":\"x\"}"), 3, "needs" },
        { TABLE("{\"provider\":\"v\",\"model\":\"a b\"}"), 3, "no model name" },
        { TABLE("{\"provider\":\"v\",\"model\":\"a\\nb\"}"), 3, "name" },
        { MODEL("\"prize\":[]"), 4, "unknown field \"prize\"" },
        { MODEL("\"currency\":\"EUR\""), 3, "USD" },
        { MODEL("\"context_window\":\"big\""), 4, "whole number" },
        { MODEL("\"capabilities\":{\"toolz\":true}"), 4, "toolz" },
        { MODEL("\"as_of\":\"yesterday\""), 3, "date" },
        { MODEL("\"quality\":0.9"), 4, "expected an object" },
        { MODEL("\"quality\":{\"index\":1.001}"), 4, "at most 1" },
        { MODEL("\"quality\":{\"index\":0}"), 4, "above 0" },
        { MODEL("\"quality\":{\"index\":\"1\"}"), 4, "number" },
        { MODEL("\"quality\":{\"indx\":1}"), 4, "indx" },
        { MODEL("\"quality\":{\"by\":{\"cod\":1}}"), 4, "\"cod\"" },
        { MODEL("\"quality\":{\"by\":[1]}"), 4, "expected an object" },
        { MODEL("\"speed\":{\"latency_ms\":-1}"), 4, "above 0" },
        { MODEL("\"speed\":{\"latency_ms\":3600001}"), 4, "at most 3600000" },
        { MODEL("\"speed\":{\"throughput\":1000001}"), 4, "at most 1000000" },
        { MODEL("\"speed\":{\"tokens\":1}"), 4, "tokens" },
        { PRICES("{}"), 5, "without any price" },
        { PRICES("{\"tiers\":{\"turbo\":{\"input\":1}}}"), 5, "turbo" },
        { PRICES("{\"effective_from\":\"2026-02-30\"}"), 5, "no date" },
        { PRICES("{\"effective_from\":\"2026-02-02\",\"effective_to\":"
                 "\"2026-02-02\",\"tiers\":{\"standard\":{\"input\":1}}}"),
          5, "ends before" },
        { PRICES("{\"effective_to\":\"2026-02-02\",\"tiers\":{\"standard\":"
                 "{\"input\":1}}},{\"effective_from\":\"2026-02-01\","
                 "\"tiers\":{\"standard\":{\"input\":1}}}"), 3, "overlap" },
        { RATES("\"input\":1,\n\"inptu\":2"), 7, "inptu" },
        { RATES("\"input\":-1"), 6, "negative" },
        { RATES("\"input\":\"-0.5\""), 6, "negative" },
        { RATES("\"input\":\"one\""), 6, "expected a number" },
        { RATES("\"input\":true"), 6, "expected a number" },
        { RATES("\"input\":[1]"), 6, "expected a number" },
        { RATES("\"input\":2500000"), 6, "unit" },
        { RATES("\"input\":10000.01"), 6, "unit" },
        { RATES("\"input\":1e400"), 6, "unit" },
        { RATES("\"input\":0,\n\"output\":2"), 5, "is 0" },
        { RATES("\"cache_write\":1,\n\"cache_write_5m\":2"), 7, "same" },
        { RATES("\"input\":1,\n\"input\":2"), 7, "duplicate key" },
        { PRICES("{\"tiers\":{\"standard\":{\"input\":1}},"
                 "\"long_context\":[{\"op\":\">\"}]}"), 5, "threshold" },
        { PRICES("{\"tiers\":{\"standard\":{\"input\":1}},"
                 "\"long_context\":[{\"threshold\":5,\"op\":\"<\"}]}"),
          5, "op of" },
        { PRICES("{\"tiers\":{\"standard\":{\"input\":1}},\"schedule\":["
                 "{\"utc\":[\"01:00\",\"25:00\"]}]}"), 5, "utc" },
        { PRICES("{\"tiers\":{\"standard\":{\"input\":1}},\"schedule\":["
                 "{\"utc\":[\"01:00\",\"02:00\"],\"days\":\"moonday\"}]}"),
          5, "days are" },
        { PRICES("{\"tiers\":{\"standard\":{\"input\":1}},\"schedule\":["
                 "{\"utc\":[\"01:00\",\"02:00\"],\"day_tz\":\"CET\"}]}"),
          5, "day_tz" },
        { PRICES("{\"tiers\":{\"standard\":{\"input\":1}},"
                 "\"fees\":{\"web_serch_per_1k\":1}}"), 5, "web_serch" },
        { MODEL("\"multipliers\":[{\"when\":{\"region\":\"eu\"}}]"), 4,
          "multiplier" },
        { MODEL("\"multipliers\":[{\"when\":{\"moon\":\"full\"},"
                "\"multiply\":2}]"), 4, "moon" },
        { MODEL("\"multipliers\":[{\"when\":{\"region\":\"a\\\"b\"},"
                "\"multiply\":2}]"), 4, "place" },
        { TABLE("{\"provider\":\"v\",\"model\":\"a\",\"prices\":[]},\n"
                "{\"provider\":\"v\",\"model\":\"a\",\"prices\":[]}"),
          4, "duplicate model \"a\" of v, first in line 3" },
        { TABLE("{\"provider\":\"v\",\"model\":\"a\",\"aliases\":[\"c\"],"
                "\"prices\":[]},\n{\"provider\":\"v\",\"model\":\"b\","
                "\"aliases\":[\"c\"],\"prices\":[]}"), 4, "alias \"c\"" },
        { "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
          "1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
          1, "deep" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mem = mem_init(&m, 0);
        rc = read_book(&book, rows[i].text, &mem);

        ok((rc == AIR_EINVAL || rc == AIR_ELIMIT) && book == NULL,
           "mistake %zu is refused (%s)", i, rows[i].says);
        is(error.line, rows[i].line, "its line");
        ok(strstr(error.text, rows[i].says) != NULL, "says \"%s\": \"%s\"",
           rows[i].says, error.text);

        mem_free(&m);
    }
}


static int
same(const air_pricebook_t *a, const air_pricebook_t *b)
{
    int                 bad;
    unsigned            i, k;
    const air_model_t  *x, *y;

    bad = air_pricebook_count(a) != air_pricebook_count(b)
          || air_pricebook_time(a) != air_pricebook_time(b);

    for (i = 0; !bad && i < air_pricebook_count(a); i++) {
        x = air_pricebook_at(a, i);
        y = air_pricebook_at(b, i);

        bad = !air_str_eq(x->vendor, y->vendor)
              || !air_str_eq(x->model, y->model)
              || !air_str_eq(x->as_of, y->as_of)
              || !air_str_eq(x->source, y->source)
              || x->context != y->context || x->max_output != y->max_output
              || x->quality != y->quality || x->latency != y->latency
              || x->throughput != y->throughput
              || memcmp(x->quality_of, y->quality_of, sizeof(x->quality_of))
              || x->can != y->can || x->can_known != y->can_known
              || x->nprice != y->nprice || x->nalias != y->nalias
              || x->nmul != y->nmul;

        for (k = 0; !bad && k < x->nprice; k++) {
            bad = x->price[k].id != y->price[k].id
                  || x->price[k].to_ms != y->price[k].to_ms
                  || x->price[k].zero != y->price[k].zero;
        }

        for (k = 0; !bad && k < x->nmul; k++) {
            bad = x->mul[k].num != y->mul[k].num
                  || x->mul[k].den != y->mul[k].den
                  || x->mul[k].geo != y->mul[k].geo
                  || x->mul[k].except != y->mul[k].except
                  || !air_str_eq(x->mul[k].name, y->mul[k].name);
        }
    }

    return !bad;
}


static void
test_write(void)
{
    int               rc;
    mem_t             m, m2;
    size_t            n;
    air_buf_t         b;
    air_mem_t         mem, mem2;
    air_str_t         table;
    air_pricebook_t  *book, *again;

    mem = mem_init(&m, 0);
    table = file_read("t/data/prices/price-table.json");

    is(air_pricebook_read(&book, table, AIR_PRICES_OURS, &mem, &error),
       AIR_OK, "the table");

    air_buf_init(&b, &mem, 1 << 24);
    is(air_pricebook_write(book, &b), AIR_OK, "is written");
    is(air_pricebook_read(&again, air_buf_view(&b), AIR_PRICES_OURS, &mem,
                          &error),
       AIR_OK, "and read again (%s)", error.text);
    ok(same(book, again), "nothing is lost, ids included");

    air_buf_init(&b, &mem, 1 << 24);
    is(read_book(&book, small, &mem), AIR_OK, "one with quality and speed");
    is(air_pricebook_write(book, &b), AIR_OK, "is written");
    is(air_pricebook_read(&again, air_buf_view(&b), AIR_PRICES_OURS, &mem,
                          &error),
       AIR_OK, "and read again (%s)", error.text);
    ok(same(book, again) && air_pricebook_at(again, 0)->latency == 451,
       "nothing of them is lost");

    for (n = 1; n < 200; n++) {
        mem2 = mem_init(&m2, n);
        rc = air_pricebook_read(&again, table, AIR_PRICES_OURS, &mem2, &error);
        mem_free(&m2);

        if (rc != AIR_ENOMEM) {
            break;
        }
    }

    ok(rc == AIR_OK && n > 5, "the first %zu allocations fail", n - 1);

    air_buf_init(&b, &mem, 100);
    is(air_pricebook_write(book, &b), AIR_ELIMIT, "a full buffer is told");

    free(table.data);
    mem_free(&m);
}


typedef struct {
    unsigned     n[AIR_MERGE_KEPT + 1];
    const char  *why;
} notes_t;


static void
on_note(void *ud, air_merge_e what, const air_model_t *old,
    const air_model_t *model, const char *why)
{
    notes_t  *notes = ud;

    (void) old;
    (void) model;

    notes->n[what]++;

    if (what == AIR_MERGE_HELD) {
        notes->why = why;
    }
}


#define ONE(rates)                                                            \
    "{\"schema\":\"prices/1\",\"models\":[{\"provider\":\"v\","               \
    "\"model\":\"m\",\"prices\":[{\"tiers\":{\"standard\":{" rates            \
    "}}}]}]}"

#define FIGURES(index, ms)                                                    \
    "{\"schema\":\"prices/1\",\"models\":[{\"provider\":\"v\","               \
    "\"model\":\"m\",\"quality\":{\"index\":" index ",\"by\":"               \
    "{\"code\":0.7}},"                                                        \
    "\"speed\":{\"latency_ms\":" ms "},\"prices\":[{\"tiers\":{"               \
    "\"standard\":{\"input\":1}}}]}]}"

static void
merge_one(const char *from, const char *to, int force, notes_t *notes,
    air_model_t *result, const air_mem_t *mem)
{
    air_merge_t       merge;
    air_pricebook_t  *old, *book, *merged;

    memset(notes, 0, sizeof(notes_t));
    memset(&merge, 0, sizeof(merge));

    merge.now_ms = 1000000999;
    merge.note = on_note;
    merge.ud = notes;
    merge.force = force;

    is(read_book(&old, from, mem), AIR_OK, "old (%s)", error.text);
    is(read_book(&book, to, mem), AIR_OK, "new (%s)", error.text);
    is(air_pricebook_merge(&merged, old, book, &merge, mem), AIR_OK, "merged");

    *result = *air_pricebook_at(merged, 0);
}


static void
test_merge(void)
{
    mem_t             m;
    size_t            i;
    notes_t           notes;
    air_mem_t         mem;
    air_merge_t       merge;
    air_model_t       model;
    air_pricebook_t  *old, *book, *merged;

    static const struct {
        const char  *from;
        const char  *to;
        const char  *why;
    } held[] = {
        { ONE("\"input\":1,\"output\":2"), ONE("\"input\":10.1,\"output\":20"),
          "rose" },
        { ONE("\"input\":1,\"output\":2"), ONE("\"input\":1,\"output\":0.19"),
          "fell" },
        { ONE("\"input\":1,\"output\":2"), ONE("\"input\":0,\"output\":0"),
          "became 0" },
        { ONE("\"input\":1,\"output\":2"), ONE("\"input\":1"), "missing" },
        { ONE("\"input\":1,\"output\":2"), ONE("\"input\":2,\"output\":1"),
          "cheaper" },
        { ONE("\"input\":1,\"cache_read\":0.1"),
          ONE("\"input\":0.5,\"cache_read\":0.7"), "cache" }
    };

    mem = mem_init(&m, 0);

    merge_one(ONE("\"input\":1,\"output\":2"), ONE("\"input\":2,\"output\":3"),
              0, &notes, &model, &mem);
    is(notes.n[AIR_MERGE_CHANGED], 1, "a change");
    is(model.nprice, 2, "history stays");
    is(model.price[0].to_ms, 1000000000, "the old price ends now");
    is(model.price[1].from_ms, 1000000000, "the new one begins now");
    is(model.price[0].rate[0][AIR_IN], 1000000, "old rate");
    is(model.price[1].rate[0][AIR_IN], 2000000, "new rate");

    merge_one(ONE("\"input\":1,\"output\":2"), ONE("\"input\":1,\"output\":2"),
              0, &notes, &model, &mem);
    is(notes.n[AIR_MERGE_SAME], 1, "no change");
    is(model.nprice, 1, "no new row");

    merge_one(ONE("\"input\":1,\"output\":2"),
              ONE("\"input\":10,\"output\":20"), 0, &notes, &model, &mem);
    is(notes.n[AIR_MERGE_CHANGED], 1, "ten times is believed");

    merge_one(ONE("\"input\":1,\"cache_read\":0.1,\"output\":2}"
                  ",\"batch\":{\"input\":0.5"),
              ONE("\"input\":1,\"output\":2"), 0, &notes, &model, &mem);
    is(notes.n[AIR_MERGE_SAME], 1, "a table that says less takes nothing");
    is(model.price[0].rate[AIR_TIER_BATCH][AIR_IN], 500000, "batch stays");

    merge_one(ONE("\"input\":1,\"output\":2}"
                  ",\"batch\":{\"input\":0.5"),
              ONE("\"input\":1,\"cache_read\":0.1,\"output\":2"), 0, &notes,
              &model, &mem);
    is(notes.n[AIR_MERGE_CHANGED], 1, "it may add");
    is(model.price[1].rate[AIR_TIER_BATCH][AIR_IN], 500000, "batch stays");
    is(model.price[1].rate[0][AIR_IN_CACHE_READ], 100000, "caching is new");

    merge_one(ONE("\"input\":1,\"output\":2}"
                  ",\"batch\":{\"input\":0.5"),
              ONE("\"input\":2,\"output\":2"), 0, &notes, &model, &mem);
    ok(model.price[1].rate[AIR_TIER_BATCH][AIR_IN] == AIR_UNKNOWN,
       "but after a change nothing old is assumed");

    merge_one("{\"schema\":\"prices/1\",\"models\":[{\"provider\":\"v\","
              "\"model\":\"m\",\"prices\":[{\"tiers\":{\"standard\":{"
              "\"input\":1,\"output\":2}},\"long_context\":[{"
              "\"threshold\":5,\"per_mtok\":{\"input\":2}}]}]}]}",
              ONE("\"input\":2,\"output\":2"), 0, &notes, &model, &mem);
    is(notes.n[AIR_MERGE_HELD], 1, "long prompts are not forgotten");

    merge_one(FIGURES("0.5", "450"), FIGURES("null", "300"), 0, &notes,
              &model, &mem);
    is(notes.n[AIR_MERGE_SAME], 1, "figures are no prices");
    ok(model.quality == 500 && model.latency == 300
       && model.quality_of[AIR_TASK_CODE] == 700,
       "a new figure stands, one that is not spoken of stays");

    for (i = 0; i < sizeof(held) / sizeof(held[0]); i++) {
        merge_one(held[i].from, held[i].to, 0, &notes, &model, &mem);
        is(notes.n[AIR_MERGE_HELD], 1, "held");
        ok(notes.why != NULL && strstr(notes.why, held[i].why) != NULL,
           "because of \"%s\"", held[i].why);
        is(model.nprice, 1, "the old price stays");
        is(model.price[0].rate[0][AIR_IN], 1000000, "as it was");

        merge_one(held[i].from, held[i].to, 1, &notes, &model, &mem);
        is(notes.n[AIR_MERGE_CHANGED], 1, "unless forced");
    }

    memset(&notes, 0, sizeof(notes));
    memset(&merge, 0, sizeof(merge));
    merge.note = on_note;
    merge.ud = &notes;

    is(read_book(&old, small, &mem), AIR_OK, "another table");
    is(read_book(&book, ONE("\"input\":1"), &mem), AIR_OK, "a new one");

    is(air_pricebook_merge(&merged, old, book, &merge, &mem), AIR_OK,
       "replace");
    is(air_pricebook_count(merged), 1, "only the new model");
    is(notes.n[AIR_MERGE_GONE], 3, "three are gone");

    merge.keep = 1;
    is(air_pricebook_merge(&merged, old, book, &merge, &mem), AIR_OK, "keep");
    is(air_pricebook_count(merged), 4, "all of them");
    is(notes.n[AIR_MERGE_KEPT], 3, "three are kept");
    is(notes.n[AIR_MERGE_NEW], 2, "one is new, twice");

    is(air_pricebook_merge(&merged, NULL, book, &merge, &mem), AIR_OK,
       "nothing there before");

    mem_free(&m);
}


static void
test_id(void)
{
    mem_t             m;
    uint64_t          id;
    air_mem_t         mem;
    air_pricebook_t  *a, *b;

    mem = mem_init(&m, 0);

    is(read_book(&a, ONE("\"input\":1,\"output\":2"), &mem), AIR_OK, "one");
    is(read_book(&b, ONE("\"output\":\"2.0\",\n\"input\":1e0"), &mem), AIR_OK,
       "the same in other words");

    id = air_pricebook_at(a, 0)->price[0].id;
    ok(id == air_pricebook_at(b, 0)->price[0].id && id != 0, "one id");

    is(read_book(&b, ONE("\"output\":2,\"input\":1.000001"), &mem), AIR_OK,
       "a pUSD more");
    ok(id != air_pricebook_at(b, 0)->price[0].id, "another id");

    /* it stands in ledgers: it may never change */
    ok(id == 0x77175ffd7181c05dull, "id is %llx", (unsigned long long) id);

    mem_free(&m);
}


int
main(void)
{
    test_golden();
    test_find();
    test_mistakes();
    test_write();
    test_merge();
    test_id();

    return done();
}
