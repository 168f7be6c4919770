
/*
 * From a server to a table, with everything in between that can be wrong.
 */

#include "air_pull.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>


#define AIR_PULL_TOTAL  60000
#define AIR_PULL_URL    1024


static void air_pull_say(air_feed_state_t *state, const char *format, ...)
    __attribute__((format(printf, 2, 3)));


/* Foreign words may be among it: only what a line of a log may hold. */
static void
air_pull_say(air_feed_state_t *state, const char *format, ...)
{
    char     *p;
    va_list   args;

    va_start(args, format);
    (void) vsnprintf(state->said, sizeof(state->said), format, args);
    va_end(args);

    for (p = state->said; *p != '\0'; p++) {
        if ((unsigned char) *p < 0x20 || (unsigned char) *p > 0x7e) {
            *p = '?';
        }
    }
}


static long
air_pull_total(const air_pull_t *pull)
{
    return pull->total_ms ? pull->total_ms : AIR_PULL_TOTAL;
}


/* One request; AIR_PULL_NEW: an answer that may be a table, in reply->body. */
static air_pull_e
air_pull_get(const air_pull_t *pull, air_fetch_t *f, const char *who,
    air_feed_state_t *state, const air_mem_t *mem, air_fetch_reply_t *reply,
    uint64_t *retry_ms)
{
    int          rc;
    air_err_t    err;
    const char  *why;

    err.reason = "";

    f->ca_file = pull->ca_file;

    if (f->total_ms == 0) {
        f->total_ms = air_pull_total(pull);
    }

    f->max_body = AIR_FEED_BODY;
    f->stop = pull->stop;
    f->ud = pull->ud;

    rc = air_fetch(f, mem, reply, &err);

    if (rc == AIR_AGAIN) {
        return AIR_PULL_STOPPED;
    }

    if (rc != AIR_OK) {
        air_pull_say(state, "%s: %s%s%s", who, err.reason,
                     reply->error[0] ? ": " : "", reply->error);
        return AIR_PULL_FAILED;
    }

    if (reply->unchanged) {
        return AIR_PULL_SAME;
    }

    if (air_feed_accept(reply->status, reply->type,
                        air_buf_view(&reply->body), &why)
        != AIR_OK)
    {
        if (reply->status == 429 || reply->status == 503) {
            *retry_ms = air_feed_retry(reply->retry);
        }

        air_pull_say(state, "%s: %s (status %ld)", who, why, reply->status);
        return AIR_PULL_FAILED;
    }

    return AIR_PULL_NEW;
}


static air_pull_e
air_pull_good(const air_pull_t *pull, air_feed_state_t *state,
    air_pull_e result)
{
    state->good_ms = pull->now_ms;

    return result;
}


/* What is asked for only if it changed; what is known of another address is
   forgotten, and nothing is asked so while something is held back. */
static void
air_pull_known(const air_pull_t *pull, const char *url, int fresh,
    air_feed_state_t *state, air_fetch_t *f)
{
    if (strcmp(state->url, url) != 0) {
        state->etag[0] = '\0';
        state->sum[0] = '\0';
        state->modified_ms = 0;
        state->models = 0;
        snprintf(state->url, sizeof(state->url), "%s", url);
    }

    state->tried_ms = pull->now_ms;

    if (!fresh && state->held == 0) {
        f->etag = state->etag;
        f->since_ms = state->etag[0] == '\0' ? state->modified_ms : 0;
    }
}


/* ---- prices ------------------------------------------------------------- */

static air_pull_e
air_pull_table(const char *who, const air_feed_t *feed, air_str_t text,
    air_feed_state_t *state, const air_mem_t *mem, air_pricebook_t **book)
{
    int                    rc;
    air_pricebook_error_t  error;

    rc = air_pricebook_read(book, text, feed->format, mem, &error);

    if (rc != AIR_OK) {
        air_pull_say(state, "%s: line %u: %s", who,
                     rc == AIR_ENOMEM ? 0 : error.line,
                     rc == AIR_ENOMEM ? "no memory" : error.text);
        return AIR_PULL_FAILED;
    }

    if (air_pricebook_count(*book) == 0) {
        air_pull_say(state, "%s: a table without models", who);
        return AIR_PULL_FAILED;
    }

    return AIR_PULL_NEW;
}


/* How many models of old are from that feed. */
static uint64_t
air_pull_known_models(const air_pricebook_t *old, const char *name)
{
    uint64_t  n;
    unsigned  i;

    for (i = 0, n = 0; old != NULL && i < air_pricebook_count(old); i++) {
        n += air_str_eqz(air_pricebook_at(old, i)->source, name);
    }

    return n;
}


/* The second opinion. */
static air_pull_e
air_pull_check(const air_pull_t *pull, air_feed_state_t *state,
    const air_mem_t *mem, air_pricebook_t **book, uint64_t *retry_ms)
{
    air_pull_e         result;
    air_fetch_t        f;
    air_fetch_reply_t  reply;

    *book = NULL;

    if (pull->check == NULL) {
        return AIR_PULL_NEW;
    }

    memset(&f, 0, sizeof(f));
    f.url = pull->check_url != NULL ? pull->check_url : pull->check->url;

    result = air_pull_get(pull, &f, pull->check->name, state, mem, &reply,
                          retry_ms);

    if (result == AIR_PULL_NEW) {
        result = air_pull_table(pull->check->name, pull->check,
                                air_buf_view(&reply.body), state, mem, book);
    }

    /* nobody asked whether it changed */

    return result == AIR_PULL_SAME ? AIR_PULL_FAILED : result;
}


static air_pull_e
air_pull_merge(const air_pull_t *pull, const air_pricebook_t *old,
    const air_pricebook_t *book, const air_pricebook_t *check,
    air_feed_state_t *state, const air_mem_t *mem, air_digest_t *digest,
    air_pricebook_t **merged)
{
    air_merge_t  merge;

    memset(&merge, 0, sizeof(merge));

    merge.now_ms = pull->now_ms;
    merge.note = air_digest_note;
    merge.ud = digest;
    merge.check = check;
    merge.differ = pull->differ ? pull->differ : AIR_FEED_DIFFER;
    merge.keep = 1;
    merge.feed = 1;
    merge.force = pull->force;

    if (air_pricebook_merge(merged, old, book, &merge, mem) != AIR_OK
        || digest->rc != AIR_OK)
    {
        air_pull_say(state, "%s: no memory", pull->feed->name);
        return AIR_PULL_FAILED;
    }

    air_pull_say(state, "%u models: %u new, %u changed, %u held back, "
                 "%u the operator's own", air_pricebook_count(book),
                 digest->n[AIR_MERGE_NEW], digest->n[AIR_MERGE_CHANGED],
                 digest->n[AIR_MERGE_HELD], digest->n[AIR_MERGE_OWN]);

    return AIR_PULL_NEW;
}


air_pull_e
air_pull_prices(const air_pull_t *pull, const air_pricebook_t *old,
    air_feed_state_t *state, const air_mem_t *mem, air_digest_t *digest,
    air_pricebook_t **merged, uint64_t *retry_ms)
{
    char               sum[65];
    uint64_t           known;
    air_pull_e         result;
    const char        *name;
    air_fetch_t        f;
    air_pricebook_t   *book, *check;
    air_fetch_reply_t  reply;

    *retry_ms = 0;
    name = pull->feed->name;

    memset(&f, 0, sizeof(f));
    f.url = pull->url != NULL ? pull->url : pull->feed->url;

    known = air_pull_known_models(old, name);
    air_pull_known(pull, f.url, known == 0, state, &f);

    if (state->models > known) {
        known = state->models;
    }

    result = air_pull_get(pull, &f, name, state, mem, &reply, retry_ms);

    if (result == AIR_PULL_SAME) {
        air_pull_say(state, "not changed since");
        return air_pull_good(pull, state, result);
    }

    if (result != AIR_PULL_NEW) {
        return result;
    }

    air_feed_sum(air_buf_view(&reply.body), sum);

    if (f.etag != NULL && strcmp(sum, state->sum) == 0) {
        snprintf(state->etag, sizeof(state->etag), "%s", reply.etag);
        state->modified_ms = reply.modified_ms;
        air_pull_say(state, "not changed since");
        return air_pull_good(pull, state, AIR_PULL_SAME);
    }

    result = air_pull_table(name, pull->feed, air_buf_view(&reply.body),
                            state, mem, &book);

    if (result != AIR_PULL_NEW) {
        return result;
    }

    if (!pull->force && (uint64_t) air_pricebook_count(book) * 2 < known) {
        air_pull_say(state, "%s: only %u models where there were %llu", name,
                     air_pricebook_count(book), (unsigned long long) known);
        return AIR_PULL_FAILED;
    }

    result = air_pull_check(pull, state, mem, &check, retry_ms);

    if (result == AIR_PULL_NEW) {
        result = air_pull_merge(pull, old, book, check, state, mem, digest,
                                merged);
    }

    if (result != AIR_PULL_NEW) {
        return result;
    }

    snprintf(state->etag, sizeof(state->etag), "%s", reply.etag);
    memcpy(state->sum, sum, sizeof(sum));
    state->modified_ms = reply.modified_ms;
    state->models = air_pricebook_count(book);
    state->held = digest->n[AIR_MERGE_HELD];

    return air_pull_good(pull, state, AIR_PULL_NEW);
}


/* ---- what comes in pages ------------------------------------------------ */

typedef struct {
    const air_pull_t   *pull;
    air_feed_state_t   *state;
    const air_mem_t    *mem;
    air_fetch_reply_t   reply;
    uint64_t           *retry_ms;
    int64_t             took_ms;      /* by all so far                      */
} air_pull_pages_t;


/* The page called next, or the first one when it is empty. */
static air_pull_e
air_pull_page(air_pull_pages_t *pages, const char *name, const char *next)
{
    int                n;
    char               url[AIR_PULL_URL];
    unsigned           i;
    air_fetch_t        f;
    air_pull_e         result;
    const char        *base;
    const air_pull_t  *pull;

    pull = pages->pull;
    base = pull->url != NULL ? pull->url : pull->feed->url;

    if (next[0] == '\0') {
        n = snprintf(url, sizeof(url), "%s", base);

    } else {
        n = snprintf(url, sizeof(url), "%s%c%s=%s", base,
                     strchr(base, '?') != NULL ? '&' : '?', pull->page, next);
    }

    if (n < 0 || (size_t) n >= sizeof(url)) {
        air_pull_say(pages->state, "%s: an address that is too long", name);
        return AIR_PULL_FAILED;
    }

    memset(&f, 0, sizeof(f));
    f.url = url;
    f.nheader = pull->nheader;
    f.total_ms = air_pull_total(pull) - (long) pages->took_ms;

    if (f.total_ms <= 0) {
        air_pull_say(pages->state, "%s: its pages take too long", name);
        return AIR_PULL_FAILED;
    }

    for (i = 0; i < pull->nheader; i++) {
        f.header[i] = pull->header[i];
    }

    pages->state->tried_ms = pull->now_ms;

    result = air_pull_get(pull, &f, name, pages->state, pages->mem,
                          &pages->reply, pages->retry_ms);

    pages->took_ms += pages->reply.took_ms;

    return result;
}


air_pull_e
air_pull_quality(const air_pull_t *pull, air_feed_state_t *state,
    const air_mem_t *mem, air_figures_t **figures, uint64_t *retry_ms)
{
    int                    rc, more;
    char                   next[16];
    unsigned               i, n;
    air_pull_e             result;
    const char            *name;
    air_pull_pages_t       pages;
    air_pricebook_error_t  error;

    *retry_ms = 0;
    pages.pull = pull;
    pages.state = state;
    pages.mem = mem;
    pages.retry_ms = retry_ms;
    pages.took_ms = 0;
    name = pull->feed->name;
    next[0] = '\0';
    more = 1;

    if (air_figures_init(figures, mem) != AIR_OK) {
        air_pull_say(state, "%s: no memory", name);
        return AIR_PULL_FAILED;
    }

    for (i = 2; more; i++) {

        result = air_pull_page(&pages, name, next);

        if (result != AIR_PULL_NEW) {
            return result == AIR_PULL_SAME ? AIR_PULL_FAILED : result;
        }

        rc = air_figures_page(*figures, air_buf_view(&pages.reply.body),
                              &more, &error);

        if (rc != AIR_OK || (more && i > AIR_PULL_PAGES)) {
            air_pull_say(state, "%s: %s", name,
                         rc == AIR_OK ? "pages without end"
                         : rc == AIR_ENOMEM ? "no memory" : error.text);
            return AIR_PULL_FAILED;
        }

        snprintf(next, sizeof(next), "%u", i);
    }

    n = air_figures_count(*figures);

    if (n == 0 || (uint64_t) n * 2 < state->models) {
        air_pull_say(state, "%s: only %u models with figures where there "
                     "were %llu", name, n,
                     (unsigned long long) state->models);
        return AIR_PULL_FAILED;
    }

    state->models = n;
    air_pull_say(state, "%u models with figures", n);

    return air_pull_good(pull, state, AIR_PULL_NEW);
}


air_pull_e
air_pull_models(const air_pull_t *pull, air_feed_state_t *state,
    const air_mem_t *mem, air_listing_t *list, uint64_t *retry_ms)
{
    int                    rc;
    unsigned               i;
    air_pull_e             result;
    air_pull_pages_t       pages;
    air_pricebook_error_t  error;

    *retry_ms = 0;
    pages.pull = pull;
    pages.state = state;
    pages.mem = mem;
    pages.retry_ms = retry_ms;
    pages.took_ms = 0;

    air_listing_init(list, mem);

    for (i = 0; i == 0 || (list->next[0] != '\0' && pull->page != NULL); i++) {

        if (i == AIR_PULL_PAGES) {
            air_pull_say(state, "pages without end");
            return AIR_PULL_FAILED;
        }

        result = air_pull_page(&pages, "models", list->next);

        if (result != AIR_PULL_NEW) {
            return result == AIR_PULL_SAME ? AIR_PULL_FAILED : result;
        }

        rc = air_listing_page(list, air_buf_view(&pages.reply.body), &error);

        if (rc != AIR_OK) {
            air_pull_say(state, "models: line %u: %s", error.line,
                         error.text);
            return AIR_PULL_FAILED;
        }
    }

    if (list->n == 0) {
        air_pull_say(state, "models: an empty list");
        return AIR_PULL_FAILED;
    }

    air_listing_done(list);

    state->models = list->n;
    air_pull_say(state, "%u models", list->n);

    return air_pull_good(pull, state, AIR_PULL_NEW);
}
