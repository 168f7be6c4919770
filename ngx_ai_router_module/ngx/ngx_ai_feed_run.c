
/*
 * A feed's job.
 *
 *   run     in a thread of whichever worker took it: fetch, judge, write files;
 *           all or nothing
 *   done    on that worker's loop: what changed goes to the log and to alerts
 */

#include "ngx_ai_alert.h"
#include "ngx_ai_feed.h"

#include "../fetch/air_pull.h"
#include "../store/air_folder.h"


#define NGX_AI_FEED_TABLE   (64 * 1024 * 1024)
#define NGX_AI_FEED_LINES   20        /* of a digest in the log             */
#define NGX_AI_FEED_SHOWN   8         /* models named in one line           */


static ngx_int_t ngx_ai_feed_write(ngx_ai_feed_t *feed, const char *name,
    air_buf_t *b, air_feed_state_t *state);
static ngx_int_t ngx_ai_feed_fetch(ngx_ai_feed_t *feed);
static air_pull_e ngx_ai_feed_run_prices(ngx_ai_feed_t *feed,
    air_pull_t *pull, air_feed_state_t *state, const air_mem_t *mem,
    uint64_t *retry);
static air_pull_e ngx_ai_feed_run_quality(ngx_ai_feed_t *feed,
    air_pull_t *pull, air_feed_state_t *state, const air_mem_t *mem,
    uint64_t *retry);
static air_pull_e ngx_ai_feed_run_models(ngx_ai_feed_t *feed,
    air_pull_t *pull, air_feed_state_t *state, const air_mem_t *mem,
    uint64_t *retry);
static void ngx_ai_feed_orders(ngx_ai_feed_t *feed,
    const air_pricebook_t *old, const air_pricebook_t *now,
    air_digest_t *digest);
static void ngx_ai_feed_text(ngx_ai_feed_t *feed, air_digest_t *digest);
static ngx_int_t ngx_ai_feed_compare(ngx_ai_feed_t *feed,
    const air_listing_t *list, air_feed_state_t *state, const air_mem_t *mem);


static ngx_int_t
ngx_ai_feed_write(ngx_ai_feed_t *feed, const char *name, air_buf_t *b,
    air_feed_state_t *state)
{
    air_err_t  err;

    err.reason = "too large";

    if (b->error == AIR_OK
        && air_folder_write((char *) feed->job.amcf->store.data,
                            NGX_AI_FEED_DIR, name, air_buf_view(b), &err)
           == AIR_OK)
    {
        return NGX_OK;
    }

    (void) ngx_snprintf((u_char *) state->said, sizeof(state->said),
                        "%s cannot be written: %s%Z", name, err.reason);

    /* what was not written has to come again */

    state->etag[0] = '\0';
    state->sum[0] = '\0';
    state->modified_ms = 0;

    return NGX_ERROR;
}


/* ---- a run, in a thread ------------------------------------------------- */

ngx_int_t
ngx_ai_feed_run(ngx_ai_job_t *job)
{
    u_char         *p;
    ngx_int_t       rc;
    ngx_ai_feed_t  *feed;

    feed = job->data;

    ngx_str_null(&feed->digest);
    feed->changed = 0;
    feed->held = 0;
    feed->orders = 0;

    feed->pool = ngx_create_pool(16384, job->log);
    if (feed->pool == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_ai_feed_fetch(feed);

    /* giving back tables takes milliseconds, which the loop has not */

    if (feed->digest.len != 0) {
        p = ngx_alloc(feed->digest.len, job->log);

        if (p != NULL) {
            ngx_memcpy(p, feed->digest.data, feed->digest.len);

        } else {
            feed->digest.len = 0;
        }

        feed->digest.data = p;
    }

    ngx_destroy_pool(feed->pool);
    feed->pool = NULL;

    return rc;
}


/* All of a run; what it makes lies in feed->pool. */
static ngx_int_t
ngx_ai_feed_fetch(ngx_ai_feed_t *feed)
{
    uint64_t           retry;
    air_mem_t          mem;
    air_str_t          text;
    air_buf_t          b;
    air_pull_t         pull;
    air_pull_e         result;
    ngx_ai_job_t      *job;
    air_feed_state_t   state;

    job = &feed->job;
    retry = 0;

    mem = ngx_ai_mem(feed->pool);
    ngx_memzero(&state, sizeof(state));

    if (ngx_ai_feed_file(job->amcf, feed->file, &mem, &text) == NGX_OK) {
        (void) air_feed_state_read(&state, text);
    }

    ngx_memzero(&pull, sizeof(pull));
    pull.feed = feed->feed;
    pull.url = feed->url;
    pull.check = feed->check;
    pull.check_url = feed->check_url;
    pull.differ = (unsigned) feed->differ;
    pull.ca_file = feed->ca;
    pull.total_ms = (long) feed->timeout;
    pull.stop = ngx_ai_job_stop;
    pull.now_ms = ngx_ai_now();

    switch (feed->kind) {

    case AIR_FEED_PRICES:
        result = ngx_ai_feed_run_prices(feed, &pull, &state, &mem, &retry);
        break;

    case AIR_FEED_QUALITY:
        result = ngx_ai_feed_run_quality(feed, &pull, &state, &mem, &retry);
        break;

    default:
        result = ngx_ai_feed_run_models(feed, &pull, &state, &mem, &retry);
        break;
    }

    if (result == AIR_PULL_STOPPED) {
        return NGX_ABORT;
    }

    job->wait = (ngx_msec_t) retry;
    ngx_memcpy(job->said, state.said, sizeof(job->said));

    air_buf_init(&b, &mem, 65536);
    (void) air_feed_state_write(&state, &b);

    if (result != AIR_PULL_FAILED
        && ngx_ai_feed_write(feed, feed->file, &b, &state) == NGX_OK)
    {
        return NGX_OK;
    }

    if (result == AIR_PULL_FAILED) {
        (void) ngx_ai_feed_write(feed, feed->file, &b, &state);
    }

    return NGX_ERROR;
}


static air_pull_e
ngx_ai_feed_run_prices(ngx_ai_feed_t *feed, air_pull_t *pull,
    air_feed_state_t *state, const air_mem_t *mem, uint64_t *retry)
{
    ngx_uint_t         news;
    air_buf_t          b;
    air_pull_e         result;
    air_digest_t       digest;
    air_pricebook_t   *old, *merged, *theirs;

    if (ngx_ai_feed_load(feed->job.amcf, mem, &old, state->said,
                         sizeof(state->said))
        != NGX_OK)
    {
        /* a broken file of ours is made anew */

        old = feed->job.amcf->prices_own;
    }

    air_digest_init(&digest, pull->now_ms, mem);

    result = air_pull_prices(pull, old, state, mem, &digest, &merged, retry);

    if (result != AIR_PULL_NEW) {
        return result;
    }

    news = digest.n[AIR_MERGE_NEW] + digest.n[AIR_MERGE_CHANGED];

    if (news + digest.n[AIR_MERGE_SAME] != 0) {
        air_buf_init(&b, mem, NGX_AI_FEED_TABLE);

        if (air_pricebook_feeds(&theirs, merged, mem) != AIR_OK
            || air_pricebook_write(theirs, &b) != AIR_OK)
        {
            b.error = AIR_ENOMEM;
        }

        if (ngx_ai_feed_write(feed, feed->review ? "review.json"
                                                 : NGX_AI_FEED_PRICES,
                              &b, state)
            != NGX_OK)
        {
            return AIR_PULL_FAILED;
        }
    }

    if (news + digest.n[AIR_MERGE_HELD] == 0) {
        return AIR_PULL_NEW;
    }

    ngx_ai_feed_orders(feed, old, merged, &digest);
    ngx_ai_feed_text(feed, &digest);

    air_buf_init(&b, mem, NGX_AI_FEED_TABLE);
    (void) air_digest_write(&digest, feed->feed->name,
                            feed->check ? feed->check->name : NULL,
                            feed->review, &b);

    return ngx_ai_feed_write(feed, "digest.json", &b, state) == NGX_OK
           ? AIR_PULL_NEW : AIR_PULL_FAILED;
}


/* What the log is told: a line a row. */
static void
ngx_ai_feed_text(ngx_ai_feed_t *feed, air_digest_t *digest)
{
    air_mem_t            mem;
    air_buf_t           *b;
    ngx_uint_t           n;
    air_digest_row_t    *row;
    air_digest_order_t  *order;

    feed->changed = digest->n[AIR_MERGE_CHANGED];
    feed->held = digest->n[AIR_MERGE_HELD];

    mem = ngx_ai_mem(feed->pool);
    b = ngx_palloc(feed->pool, sizeof(air_buf_t));

    if (b == NULL) {
        return;
    }

    air_buf_init(b, &mem, 65536);

    for (row = digest->rows, n = 0; row != NULL && n < NGX_AI_FEED_LINES;
         row = row->next, n++)
    {
        (void) air_digest_row(b, row);
        air_buf_byte(b, '\n');
    }

    if (row != NULL) {
        air_buf_z(b, "and more: \"ai-router prices digest\"\n");
    }

    for (order = digest->orders; order != NULL; order = order->next) {
        feed->orders++;

        air_buf_z(b, "workflow ");
        air_buf_str(b, order->workflow);
        air_buf_z(b, feed->review ? " would have another order: "
                                  : " has another order: ");
        air_buf_str(b, order->was);
        air_buf_z(b, " -> ");
        air_buf_str(b, order->is);
        air_buf_byte(b, '\n');
    }

    if (b->error == AIR_OK) {
        feed->digest.data = b->data;
        feed->digest.len = b->len;
    }
}


/* What a target would be ordered by: see ngx_ai_candidate_price(). */
static uint64_t
ngx_ai_feed_price(const air_pricebook_t *book, ngx_ai_target_t *target,
    int64_t now)
{
    uint32_t            num, den;
    uint64_t            in, out;
    const air_model_t  *m;
    const air_price_t  *p;

    m = ngx_ai_feed_model(book, target->vendor, target->air.model);
    p = m != NULL ? air_model_price(m, now) : NULL;

    if (p == NULL || p->zero) {
        return AIR_UNKNOWN;
    }

    ngx_ai_multiplier(target->vendor, m, &num, &den);

    in = air_price_token(p, AIR_IN, AIR_TIER_STANDARD, 0, now, num, den);
    out = air_price_token(p, AIR_OUT, AIR_TIER_STANDARD, 0, now, num, den);

    if (in >= AIR_UNKNOWN / 2000000 || out >= AIR_UNKNOWN / 2000000) {
        return AIR_UNKNOWN;
    }

    return in * 1000000 + out * 250000;
}


/* The targets of choices [from, to) that go by price, cheapest first. */
static air_str_t
ngx_ai_feed_order(ngx_ai_feed_t *feed, const air_pricebook_t *book,
    ngx_ai_choice_t *choice, ngx_uint_t n, int64_t now)
{
    uint64_t           price[NGX_AI_MAX_TARGETS], one;
    air_buf_t         *b;
    air_mem_t          mem;
    ngx_uint_t         i, k, m;
    ngx_ai_target_t   *target[NGX_AI_MAX_TARGETS];

    mem = ngx_ai_mem(feed->pool);

    for (i = 0, m = 0; i < n && m < NGX_AI_MAX_TARGETS; i++) {

        if (choice[i].group != choice[0].group) {
            continue;
        }

        one = ngx_ai_feed_price(book, choice[i].target, now);

        for (k = m++; k > 0 && price[k - 1] > one; k--) {
            price[k] = price[k - 1];
            target[k] = target[k - 1];
        }

        price[k] = one;
        target[k] = choice[i].target;
    }

    b = ngx_palloc(feed->pool, sizeof(air_buf_t));

    if (b == NULL) {
        return air_str_n(NULL, 0);
    }

    air_buf_init(b, &mem, 65536);

    for (i = 0; i < m; i++) {
        air_buf_z(b, i == 0 ? "" : " ");
        air_buf_str(b, ngx_ai_air(target[i]->name));
    }

    return b->error == AIR_OK ? air_buf_view(b) : air_str_n(NULL, 0);
}


/* Which groups of named workflows have another order by price. */
static void
ngx_ai_feed_orders(ngx_ai_feed_t *feed, const air_pricebook_t *old,
    const air_pricebook_t *now, air_digest_t *digest)
{
    air_str_t             was, is;
    ngx_uint_t            i, k;
    ngx_ai_choice_t      *choice;
    ngx_ai_workflow_t   **wf;
    air_digest_order_t   *order, **last;
    ngx_ai_main_conf_t   *amcf;

    amcf = feed->job.amcf;
    wf = amcf->workflows.elts;
    last = &digest->orders;

    for (i = 0; i < amcf->workflows.nelts; i++) {

        choice = wf[i]->choices.elts;

        for (k = 0; k < wf[i]->choices.nelts; k++) {

            if (wf[i]->own || choice[k].select != AIR_SELECT_PRICE
                || (k != 0 && choice[k].group == choice[k - 1].group))
            {
                continue;
            }

            was = ngx_ai_feed_order(feed, old, &choice[k],
                                    wf[i]->choices.nelts - k, digest->now_ms);
            is = ngx_ai_feed_order(feed, now, &choice[k],
                                   wf[i]->choices.nelts - k, digest->now_ms);

            /* a route and the workflow it names are one to people */

            for (order = digest->orders; order != NULL; order = order->next) {
                if (air_str_eq(order->workflow, ngx_ai_air(wf[i]->name))
                    && air_str_eq(order->is, is))
                {
                    break;
                }
            }

            if (order != NULL || air_str_eq(was, is)) {
                continue;
            }

            order = ngx_palloc(feed->pool, sizeof(air_digest_order_t));
            if (order == NULL) {
                return;
            }

            order->next = NULL;
            order->workflow = ngx_ai_air(wf[i]->name);
            order->was = was;
            order->is = is;
            *last = order;
            last = &order->next;
        }
    }
}


static air_pull_e
ngx_ai_feed_run_quality(ngx_ai_feed_t *feed, air_pull_t *pull,
    air_feed_state_t *state, const air_mem_t *mem, uint64_t *retry)
{
    air_buf_t       b;
    air_pull_e      result;
    air_figures_t  *figures;

    pull->header[0] = feed->header;
    pull->nheader = 1;
    pull->page = "page";

    result = air_pull_quality(pull, state, mem, &figures, retry);

    if (result != AIR_PULL_NEW) {
        return result;
    }

    air_buf_init(&b, mem, NGX_AI_FEED_TABLE);
    (void) air_figures_write(figures, feed->feed->credit, &b);

    return ngx_ai_feed_write(feed, NGX_AI_FEED_QUALITY, &b, state) == NGX_OK
           ? AIR_PULL_NEW : AIR_PULL_FAILED;
}


/* ---- a vendor's models -------------------------------------------------- */

/* The address, and the headers that only this host gets; 0 without memory. */
static ngx_int_t
ngx_ai_feed_vendor(ngx_ai_feed_t *feed, air_pull_t *pull)
{
    u_char           *url, *line;
    ngx_str_t         base;
    ngx_uint_t        i;
    const char       *path, *more;
    ngx_ai_vkey_t    *key;
    ngx_ai_extra_t   *extra;
    ngx_ai_vendor_t  *v;

    v = feed->vendor;
    base = v->base;
    path = v->profile->path[AIR_OP_MODELS];

    /* people write a vendor's URL with its "/v1" and without */

    if (ngx_strncmp(path, "/v1/", 4) == 0 && base.len >= 3
        && ngx_strncmp(base.data + base.len - 3, "/v1", 3) == 0)
    {
        base.len -= 3;
    }

    more = "";

    if (v->codec == &air_codec_anthropic) {
        more = "?limit=1000";
        pull->page = "after_id";

    } else if (v->codec == &air_codec_gemini) {
        more = "?pageSize=1000";
        pull->page = "pageToken";

    } else if (v->codec == &air_codec_cohere) {
        more = "?page_size=1000";
        pull->page = "page_token";
    }

    url = ngx_pnalloc(feed->pool, sizeof("https://") + v->host.len + base.len
                                  + ngx_strlen(path) + ngx_strlen(more));
    line = ngx_pnalloc(feed->pool, sizeof("Host: ") + v->host.len);

    if (url == NULL || line == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(url, "http%s://%V%V%s%s%Z", v->tls ? "s" : "",
                       &v->host, &base, path, more);
    (void) ngx_sprintf(line, "Host: %V%Z", &v->host);

    pull->url = (char *) url;
    pull->ca_file = v->ca.len ? (char *) v->ca.data : NULL;
    pull->header[pull->nheader++] = (char *) line;

    extra = v->extra ? v->extra->elts : NULL;

    for (i = 0; extra != NULL && i < v->extra->nelts; i++) {

        line = ngx_pnalloc(feed->pool, extra[i].name.len + extra[i].value.len
                                       + sizeof(": "));

        if (line == NULL || pull->nheader == AIR_FETCH_HEADERS - 1) {
            return NGX_ERROR;
        }

        (void) ngx_sprintf(line, "%V: %V%Z", &extra[i].name, &extra[i].value);
        pull->header[pull->nheader++] = (char *) line;
    }

    if (v->keys == NULL || v->auth_name.len == 0) {
        return NGX_OK;
    }

    key = v->keys->elts;
    line = ngx_pnalloc(feed->pool, v->auth_name.len + key->auth.len
                                   + sizeof(": "));

    if (line == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(line, "%V: %V%Z", &v->auth_name, &key->auth);
    pull->header[pull->nheader++] = (char *) line;

    return NGX_OK;
}


static air_pull_e
ngx_ai_feed_run_models(ngx_ai_feed_t *feed, air_pull_t *pull,
    air_feed_state_t *state, const air_mem_t *mem, uint64_t *retry)
{
    char           *secret;
    air_pull_e      result;
    air_listing_t   list;

    if (ngx_ai_feed_vendor(feed, pull) != NGX_OK) {
        return AIR_PULL_FAILED;
    }

    result = air_pull_models(pull, state, mem, &list, retry);

    if (feed->vendor->keys != NULL && feed->vendor->auth_name.len != 0) {
        secret = (char *) pull->header[pull->nheader - 1];
        ngx_explicit_memzero(secret, ngx_strlen(secret));
    }

    if (result != AIR_PULL_NEW) {
        return result;
    }

    return ngx_ai_feed_compare(feed, &list, state, mem) == NGX_OK
           ? AIR_PULL_NEW : AIR_PULL_FAILED;
}


/* Names of the last listing, out of its file. */
static void
ngx_ai_feed_before(ngx_ai_feed_t *feed, const char *name,
    const air_mem_t *mem, air_listing_t *list)
{
    air_str_t              text;
    air_pricebook_error_t  error;

    air_listing_init(list, mem);

    if (ngx_ai_feed_file(feed->job.amcf, name, mem, &text) == NGX_OK) {
        (void) air_listing_page(list, text, &error);
    }

    air_listing_done(list);
}


/* A model's name into the log's line and the file's list. */
static void
ngx_ai_feed_name(air_buf_t *line, air_buf_t *b, ngx_uint_t n,
    const char *what, air_str_t name)
{
    size_t  i;

    air_buf_z(b, n == 0 ? "" : ",");
    air_buf_json(b, name);

    if (n == NGX_AI_FEED_SHOWN) {
        air_buf_z(line, " ...");
    }

    if (n >= NGX_AI_FEED_SHOWN) {
        return;
    }

    air_buf_z(line, n == 0 ? what : " ");

    for (i = 0; i < name.len; i++) {
        air_buf_byte(line, name.data[i] > 0x20 && name.data[i] < 0x7f
                           ? name.data[i] : '?');
    }
}


/*
 * What is configured and not offered, what is offered for the first time: in
 * DIR/feeds/models-V.json, whose "data" the next comparison reads.
 */
static ngx_int_t
ngx_ai_feed_compare(ngx_ai_feed_t *feed, const air_listing_t *list,
    air_feed_state_t *state, const air_mem_t *mem)
{
    char                  name[64];
    u_char               *p;
    size_t                len;
    air_buf_t             b, line;
    ngx_uint_t            i, n, fresh;
    air_listing_t         before;
    ngx_ai_target_t     **target;
    ngx_ai_main_conf_t   *amcf;

    amcf = feed->job.amcf;
    target = amcf->targets.elts;

    p = ngx_snprintf((u_char *) name, sizeof(name) - 1, "models-%V.json",
                     &feed->vendor->name);
    *p = '\0';

    ngx_ai_feed_before(feed, name, mem, &before);

    air_buf_init(&b, mem, NGX_AI_FEED_TABLE);
    air_buf_init(&line, mem, 65536);

    air_buf_z(&b, "{\"schema\":\"listing/1\",\"missing\":[");

    for (i = 0, n = 0; i < amcf->targets.nelts; i++) {
        if (target[i]->vendor == feed->vendor
            && !air_listing_has(list, target[i]->air.model))
        {
            ngx_ai_feed_name(&line, &b, n++, "configured and not offered: ",
                             target[i]->air.model);
        }
    }

    feed->held = n;

    if (n != 0) {
        air_buf_byte(&line, '\n');
    }

    air_buf_z(&b, "],\"new\":[");

    for (i = 0, fresh = 0; i < list->n && before.n != 0; i++) {
        if (!air_listing_has(&before, list->name[i])) {
            ngx_ai_feed_name(&line, &b, fresh++, "new: ", list->name[i]);
        }
    }

    if (fresh != 0) {
        air_buf_byte(&line, '\n');
    }

    air_buf_z(&b, "],\n\"data\":[");

    for (i = 0; i < list->n; i++) {
        air_buf_z(&b, i == 0 ? "\n{\"id\":" : ",\n{\"id\":");
        air_buf_json(&b, list->name[i]);
        air_buf_byte(&b, '}');
    }

    air_buf_z(&b, "]}\n");

    if (line.error == AIR_OK) {
        feed->digest.data = line.data;
        feed->digest.len = line.len;
    }

    len = ngx_strlen(state->said);

    p = ngx_snprintf((u_char *) state->said + len, sizeof(state->said) - len
                     - 1, ", %ui new", fresh);

    if (n != 0) {
        p = ngx_snprintf(p, (u_char *) state->said + sizeof(state->said) - 1
                         - p, ", %*s", ngx_min((size_t) 120,
                                (size_t) (ngx_strlchr(line.data, line.data
                                          + line.len, '\n') - line.data)),
                         line.data);
    }

    *p = '\0';

    return ngx_ai_feed_write(feed, name, &b, state);
}


/* ---- after a run -------------------------------------------------------- */

void
ngx_ai_feed_done(ngx_ai_job_t *job)
{
    u_char         *p, *end, *next;
    ngx_uint_t      level;
    air_alert_t     a;
    ngx_ai_feed_t  *feed;

    feed = job->data;

    if (job->rc == NGX_ERROR) {
        ngx_log_error(NGX_LOG_WARN, job->log, 0,
                      "ai: feed %V: %s; what it said before holds",
                      &job->name, job->said[0] ? job->said : "no memory");

    } else if (job->rc == NGX_OK && feed->digest.len != 0) {

        p = feed->digest.data;
        end = p + feed->digest.len;

        for ( /* void */ ; p < end; p = next + 1) {
            next = ngx_strlchr(p, end, '\n');

            if (next == NULL) {
                break;
            }

            level = feed->kind == AIR_FEED_MODELS && *p == 'c'
                    ? NGX_LOG_WARN : NGX_LOG_NOTICE;

            ngx_log_error(level, job->log, 0, "ai: feed %V: %*s", &job->name,
                          (size_t) (next - p), p);
        }
    }

    if (job->rc == NGX_OK && feed->kind == AIR_FEED_PRICES
        && feed->changed + feed->held != 0
        && ngx_ai_alert_wanted(job->amcf, AIR_ALERT_PRICES))
    {
        air_alert_init(&a, AIR_ALERT_PRICES, ngx_ai_air(job->name),
                       ngx_ai_now());
        air_alert_number(&a, "changed", feed->changed);
        air_alert_number(&a, "held", feed->held);
        air_alert_number(&a, "orders", feed->orders);

        next = ngx_strlchr(feed->digest.data, feed->digest.data
                                              + feed->digest.len, '\n');

        ngx_ai_alert(job->amcf, &a, "%s, first %*s", job->said,
                     (size_t) (next ? next - feed->digest.data : 0),
                     feed->digest.data);
    }

    if (feed->digest.len != 0) {
        ngx_free(feed->digest.data);
        ngx_str_null(&feed->digest);
    }
}
