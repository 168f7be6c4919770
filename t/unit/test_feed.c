
/*
 * core/air_feed*.c and the overlay: what is taken for a table, what two feeds
 * disagree on, whose word counts, digests, figures by name, vendors' lists.
 */

#include "../../ngx_ai_router_module/core/air_feed.h"

#include "mem.h"
#include "tap.h"


#define NOW  1795305600000           /* 2026-11-22T00:00:00Z                 */


static mem_t                   pool;
static air_mem_t               mem;
static air_pricebook_error_t   error;


static air_pricebook_t *
litellm(const char *text)
{
    air_pricebook_t  *book;

    if (air_pricebook_read(&book, air_str_z(text), AIR_PRICES_LITELLM, &mem,
                           &error)
        != AIR_OK)
    {
        ok(0, "%s", error.text);
        return NULL;
    }

    return book;
}


static air_pricebook_t *
table(const char *text, air_prices_format_e format)
{
    air_pricebook_t  *book;

    if (air_pricebook_read(&book, air_str_z(text), format, &mem, &error)
        != AIR_OK)
    {
        ok(0, "%u: %s", error.line, error.text);
        return NULL;
    }

    return book;
}


static uint64_t
rate(const air_pricebook_t *book, const char *model, air_class_e class)
{
    const air_price_t  *p;
    const air_model_t  *m;

    m = air_pricebook_find(book, air_str_z("openai"), air_str_z(model));
    p = m != NULL ? air_model_price(m, NOW + 1) : NULL;

    return p != NULL ? p->rate[0][class] : AIR_UNKNOWN;
}


#define ROW(name, in, out)                                                    \
    "\"" name "\":{\"litellm_provider\":\"openai\",\"mode\":\"chat\","        \
    "\"input_cost_per_token\":" in ",\"output_cost_per_token\":" out "}"


static void
test_accept(void)
{
    size_t       i;
    const char  *why;

    static const struct {
        long         status;
        const char  *type;
        const char  *body;
        int          good;
    } rows[] = {
        { 200, "application/json", "{}", 1 },
        { 200, "text/plain; charset=utf-8", " \n[1]", 1 },
        { 200, "", "{}", 1 },
        { 200, "Text/HTML", "{}", 0 },
        { 200, "application/xhtml+xml", "{}", 0 },
        { 200, "application/json", "<html>", 0 },
        { 200, "application/json", "", 0 },
        { 200, "application/json", "  ", 0 },
        { 200, "application/json", "\x1f\x8b\x08", 0 },
        { 204, "application/json", "{}", 0 },
        { 301, "application/json", "{}", 0 },
        { 403, "application/json", "{}", 0 },
        { 429, "application/json", "{}", 0 },
        { 500, "application/json", "{}", 0 },
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is(air_feed_accept(rows[i].status, rows[i].type,
                           air_str_z(rows[i].body), &why)
           == AIR_OK, rows[i].good, "row %zu", i);
        is(why == NULL, rows[i].good, "row %zu says why", i);
    }

    is(air_feed_retry("120"), 120000, "seconds");
    is(air_feed_retry("99999999999999999999"), 86400000, "a day at most");
    is(air_feed_retry("Fri, 31 Dec 2027 23:59:59 GMT"), 0, "a date");
    is(air_feed_retry(""), 0, "nothing");

    is(air_feed_url(air_str_z("https://a/b")), 1, "https");
    is(air_feed_url(air_str_z("http://127.0.0.1:80/b")), 1, "loopback");
    is(air_feed_url(air_str_z("http://127.0.0.1.evil.com/")), 0, "no suffix");
    is(air_feed_url(air_str_z("http://a/b")), 0, "http");
    is(air_feed_url(air_str_z("file:///etc/passwd")), 0, "a file");
    is(air_feed_url(air_str_z("https://u@a/b")), 0, "a user");
}


static air_pricebook_t *
merged_of(const air_pricebook_t *old, const air_pricebook_t *book,
    const air_pricebook_t *check, air_digest_t *digest)
{
    air_merge_t       merge;
    air_pricebook_t  *merged;

    memset(&merge, 0, sizeof(merge));
    air_digest_init(digest, NOW, &mem);

    merge.now_ms = NOW;
    merge.note = air_digest_note;
    merge.ud = digest;
    merge.check = check;
    merge.differ = 25;
    merge.keep = 1;
    merge.feed = 1;

    is(air_pricebook_merge(&merged, old, book, &merge, &mem), AIR_OK,
       "merged");

    return merged;
}


static void
test_check(void)
{
    air_digest_t      digest;
    air_pricebook_t  *old, *book, *check, *m;

    old = litellm("{" ROW("a", "1e-6", "2e-6") "," ROW("b", "1e-6", "2e-6")
                  "," ROW("c", "1e-6", "2e-6") "}");
    book = litellm("{" ROW("a", "1e-6", "3e-6") "," ROW("b", "1e-6", "3e-6")
                   "," ROW("n", "1e-6", "3e-6") "," ROW("o", "1e-6", "3e-6")
                   "}");

    /* one under its own name, one as a reseller knows it */

    check = table("{\"data\":["
                  "{\"id\":\"openai/a\",\"pricing\":{\"prompt\":\"0.000001\","
                  "\"completion\":\"0.0000031\"}},"
                  "{\"id\":\"openai/b\",\"pricing\":{\"prompt\":\"0.000001\","
                  "\"completion\":\"0.000002\"}},"
                  "{\"id\":\"openai/n\",\"pricing\":{\"prompt\":\"0.000003\","
                  "\"completion\":\"0.000003\"}}]}", AIR_PRICES_OPENROUTER);

    m = merged_of(old, book, check, &digest);

    is(rate(m, "a", AIR_OUT), 3000000, "agreed");
    is(rate(m, "b", AIR_OUT), 2000000, "disagreed: as it was");
    is(rate(m, "c", AIR_OUT), 2000000, "dropped: as it was");
    is(rate(m, "n", AIR_OUT), AIR_UNKNOWN, "new and disagreed: unknown");
    is(rate(m, "o", AIR_OUT), 3000000, "new, nobody else knows");
    is(digest.n[AIR_MERGE_HELD], 2, "two held");
    is(digest.n[AIR_MERGE_CHANGED], 1, "one changed");
    is(digest.n[AIR_MERGE_NEW], 1, "one new");
    is(digest.n[AIR_MERGE_KEPT], 1, "one kept");
}


static void
test_digest(void)
{
    size_t            n;
    mem_t             few;
    air_buf_t         b;
    air_mem_t         little;
    air_digest_t      digest;
    air_pricebook_t  *old, *book;

    old = litellm("{" ROW("x", "1e-6", "1e-5") "}");
    book = litellm("{" ROW("x", "1e-6", "7e-6") "}");

    (void) merged_of(old, book, NULL, &digest);

    air_buf_init(&b, &mem, 1000);
    is(air_digest_row(&b, digest.rows), AIR_OK, "a row");
    is_str(air_buf_view(&b), "openai/x output -30 %, input as it was",
           "as people read it");

    air_buf_init(&b, &mem, 10000);
    is(air_digest_write(&digest, "litellm", NULL, 0, &b), AIR_OK, "all of it");
    ok(memmem(b.data, b.len, "\"output\":[10,7]", 15) != NULL,
       "rates a million: %.*s", (int) b.len, (char *) b.data);

    for (n = 1; n < 100; n++) {
        little = mem_init(&few, n);
        air_digest_init(&digest, NOW, &little);
        air_digest_note(&digest, AIR_MERGE_CHANGED, air_pricebook_at(old, 0),
                        air_pricebook_at(book, 0), NULL);
        mem_free(&few);

        if (digest.rc == AIR_OK) {
            break;
        }
    }

    ok(n > 1 && n < 100, "no memory is told, %zu allocations", n - 1);
}


#define OURS(name, source)                                                    \
    "{\"provider\":\"openai\",\"model\":\"" name "\",\"prices\":[{"           \
    "\"tiers\":{\"standard\":{\"input\":1,\"output\":2}}}],"                 \
    "\"sources\":[\"" source "\"]}"


static void
test_overlay(void)
{
    air_digest_t      digest;
    air_pricebook_t  *base, *own, *feeds, *m, *theirs;

    /* "o" is the operator's, "f" a feed's */

    own = table("{\"schema\":\"prices/1\",\"models\":["
                OURS("f", "litellm") "," OURS("o", "our contract") "]}",
                AIR_PRICES_OURS);

    if (own == NULL) {
        return;
    }

    base = own;
    feeds = litellm("{" ROW("f", "1e-6", "3e-6") "," ROW("o", "1e-6", "3e-6")
                    "," ROW("n", "1e-6", "3e-6") "}");

    m = merged_of(base, feeds, NULL, &digest);
    is(digest.n[AIR_MERGE_OWN], 1, "one is the operator's own");
    is(rate(m, "o", AIR_OUT), 2000000, "which no feed changes");
    is(rate(m, "f", AIR_OUT), 3000000, "others it does");

    is(air_pricebook_feeds(&theirs, m, &mem), AIR_OK, "what is theirs");
    is(air_pricebook_count(theirs), 2, "without the operator's");

    is(air_pricebook_overlay(&m, base, theirs, NULL, &mem), AIR_OK,
       "both as one");
    is(air_pricebook_count(m), 3, "all of both");
    is(rate(m, "o", AIR_OUT), 2000000, "the operator's word");
    is(rate(m, "f", AIR_OUT), 3000000, "the later one");
    is(rate(m, "n", AIR_OUT), 3000000, "what only the feed has");

    is(air_pricebook_overlay(&m, theirs, base, NULL, &mem), AIR_OK,
       "the other way round");
    is(rate(m, "o", AIR_OUT), AIR_UNKNOWN, "a feed's file owns nothing else");
    is(rate(m, "f", AIR_OUT), 3000000, "the later one, too");

    is(air_pricebook_overlay(&m, NULL, NULL, NULL, &mem), AIR_OK, "nothing");
    is(air_pricebook_count(m), 0, "is nothing");
}


static void
test_figures(void)
{
    int               more;
    size_t            i;
    air_buf_t         b;
    air_model_t       m;
    air_figures_t    *f, *again;

    static const char  page[] = "{\"intelligence_index_version\":4,"
        "\"pagination\":{\"has_more\":true},\"data\":["
        "{\"slug\":\"best\",\"evaluations\":{"
        "\"artificial_analysis_intelligence_index\":80}},"
        "{\"slug\":\"claude-4-5-sonnet-thinking\",\"evaluations\":{"
        "\"artificial_analysis_intelligence_index\":70}},"
        "{\"slug\":\"claude-4-5-sonnet\",\"evaluations\":{"
        "\"artificial_analysis_intelligence_index\":40,"
        "\"artificial_analysis_coding_index\":0}},"
        "{\"slug\":\"gpt-9-high\",\"evaluations\":{"
        "\"artificial_analysis_intelligence_index\":72}},"
        "{\"slug\":\"gpt-9-low\",\"evaluations\":{"
        "\"artificial_analysis_intelligence_index\":20},"
        "\"performance\":{\"median_output_tokens_per_second\":50.5,"
        "\"median_time_to_first_token_seconds\":0.25}},"
        "{\"slug\":\"nothing\",\"evaluations\":null,\"performance\":null}]}";

    static const char  flat[] = "{\"intelligence_index_version\":4,\"data\":["
        "{\"slug\":\"old\",\"evaluations\":{},"
        "\"median_output_tokens_per_second\":10}]}";

    static const struct {
        const char  *model;
        unsigned     quality;
        unsigned     latency;
        unsigned     throughput;
    } rows[] = {
        { "claude-sonnet-4-5-20250929", 500, 0, 0 },
        { "anthropic/Claude-4.5-Sonnet", 500, 0, 0 },
        { "claude-sonnet-4", 0, 0, 0 },
        { "gpt-9", 250, 250, 50500 },
        { "gpt-9-mini", 0, 0, 0 },
        { "old", 0, 0, 10000 },
        { "best", 1000, 0, 0 },
        { "---", 0, 0, 0 },
    };

    is(air_figures_init(&f, &mem), AIR_OK, "no figures");
    is(air_figures_page(f, air_str_z(page), &more, &error), AIR_OK, "a page");
    is(more, 1, "there are more");
    is(air_figures_page(f, air_str_z(flat), &more, &error), AIR_OK, "another");
    is(more, 0, "the last");
    is(air_figures_count(f), 6, "those with figures");

    air_buf_init(&b, &mem, 100000);
    is(air_figures_write(f, "by somebody", &b), AIR_OK, "written");
    ok(memmem(b.data, b.len, "by somebody", 11) != NULL, "with the credit");
    is(air_figures_read(&again, air_buf_view(&b), &mem, &error), AIR_OK,
       "and read");

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memset(&m, 0, sizeof(m));
        m.model = air_str_z(rows[i].model);
        (void) air_figures_fill(again, &m);

        is(m.quality, rows[i].quality, "%s: quality", rows[i].model);
        is(m.latency, rows[i].latency, "%s: latency", rows[i].model);
        is(m.throughput, rows[i].throughput, "%s: speed", rows[i].model);
    }

    memset(&m, 0, sizeof(m));
    m.model = air_str_z("best");
    m.quality = 5;
    (void) air_figures_fill(again, &m);
    is(m.quality, 5, "the operator's word stays");

    is(air_figures_page(f, air_str_z("{\"data\":{}}"), &more, &error),
       AIR_EINVAL, "another shape");
    is(air_figures_page(f, air_str_z("{\"data\":["), &more, &error),
       AIR_EINVAL, "half of one");
    is(air_figures_page(f, air_str_z("{\"intelligence_index_version\":5,"
                                     "\"data\":[]}"), &more, &error),
       AIR_EINVAL, "two versions");
}


static void
test_listing(void)
{
    size_t         i;
    air_listing_t  list;

    static const struct {
        const char  *text;
        int          rc;
        unsigned     n;
        const char  *next;
    } rows[] = {
        { "{\"data\":[{\"id\":\"a\"},{\"id\":\"a\"},{\"id\":\"b\"}]}",
          AIR_OK, 2, "" },
        { "{\"data\":[{\"id\":\"a\"}],\"has_more\":true,\"last_id\":\"a\"}",
          AIR_OK, 1, "a" },
        { "{\"data\":[{\"id\":\"a\"}],\"has_more\":false,\"last_id\":\"a\"}",
          AIR_OK, 1, "" },
        { "{\"models\":[{\"name\":\"models/g\"}],\"nextPageToken\":\"x-1\"}",
          AIR_OK, 1, "x-1" },
        { "{\"models\":[{\"name\":\"g\"}],\"next_page_token\":\"a&b=c\"}",
          AIR_OK, 1, "" },
        { "[{\"id\":\"t\"}]", AIR_OK, 1, "" },
        { "{\"data\":[]}", AIR_OK, 0, "" },
        { "{\"data\":[{}]}", AIR_EINVAL, 0, "" },
        { "{\"data\":[{\"id\":5}]}", AIR_EINVAL, 0, "" },
        { "{\"data\":7}", AIR_EINVAL, 0, "" },
        { "{\"error\":\"no\"}", AIR_EINVAL, 0, "" },
        { "7", AIR_EINVAL, 0, "" },
        { "", AIR_EINVAL, 0, "" },
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        air_listing_init(&list, &mem);
        is(air_listing_page(&list, air_str_z(rows[i].text), &error),
           rows[i].rc, "%s", rows[i].text);

        if (rows[i].rc == AIR_OK) {
            air_listing_done(&list);
            is(list.n, rows[i].n, "so many");
            is_str(air_str_z(list.next), rows[i].next, "and the next page");
        }
    }

    air_listing_init(&list, &mem);
    (void) air_listing_page(&list, air_str_z("{\"data\":[{\"id\":"
                            "\"claude-sonnet-4-5-20250929\"},{\"id\":"
                            "\"gpt-5\"},{\"id\":\"gpt-5-mini\"}]}"), &error);
    air_listing_done(&list);

    is(air_listing_has(&list, air_str_z("gpt-5")), 1, "its name");
    is(air_listing_has(&list, air_str_z("gpt")), 0, "no prefix");
    is(air_listing_has(&list, air_str_z("claude-sonnet-4-5")), 1, "a dated");
    is(air_listing_has(&list, air_str_z("claude-sonnet-4-5-latest")), 1,
       "the latest");
    is(air_listing_has(&list, air_str_z("claude-sonnet-4")), 0, "another");
}


static void
test_state(void)
{
    air_buf_t         b;
    air_feed_state_t  state, again;

    memset(&state, 0, sizeof(state));
    memcpy(state.url, "https://a/\"b", 12);
    memcpy(state.etag, "\"x\"", 4);
    state.good_ms = NOW;
    state.models = 7;

    air_buf_init(&b, &mem, 10000);
    is(air_feed_state_write(&state, &b), AIR_OK, "written");
    is(air_feed_state_read(&again, air_buf_view(&b)), AIR_OK, "read");
    ok(memcmp(&state, &again, sizeof(state)) == 0, "the same");
    is(air_feed_state_read(&again, air_str_z("{")), AIR_EINVAL, "broken");
    is(again.url[0], 0, "is empty");
}


int
main(void)
{
    mem = mem_init(&pool, 0);

    test_accept();
    test_check();
    test_digest();
    test_overlay();
    test_figures();
    test_listing();
    test_state();

    mem_free(&pool);

    return done();
}
