
/*
 * Alerts on their way to a webhook.  A hook's books lie in the zone: which
 * alert is its next one, when that may be tried again.  Whichever worker runs
 * the hook's job sends what is due, one after the other, in a thread; it moves
 * "next" on when the other side said 2xx, so that a death or a reload in
 * between sends the same alert, with the same id, once more.
 *
 * What statuses mean: github.com/standard-webhooks, spec/standard-webhooks.md,
 * "Delivery success and failure", read 2026-11-23.
 */

#include "ngx_ai_alert.h"
#include "../fetch/air_fetch.h"


#define NGX_AI_HOOK_TICK      250         /* ms between two looks           */
#define NGX_AI_HOOK_RUN       32          /* alerts of one run              */
#define NGX_AI_HOOK_BODY      8192
#define NGX_AI_HOOK_REPLY     4096
#define NGX_AI_HOOK_TIMEOUT   15000       /* ms */
#define NGX_AI_HOOK_PATIENCE  2000        /* ms for an alert half written   */
#define NGX_AI_HOOK_REJECTS   2           /* tries of what is no good       */
#define NGX_AI_HOOK_GONE      3600000     /* ms after a 410                 */


static uint64_t ngx_ai_hook_now(void);
static void *ngx_ai_hook_alloc(void *ud, size_t size);
static air_alert_hook_t *ngx_ai_hook_books(ngx_ai_hook_t *hook);
static ngx_uint_t ngx_ai_hook_wanted(ngx_ai_job_t *job);
static ngx_int_t ngx_ai_hook_run(ngx_ai_job_t *job);
static void ngx_ai_hook_done(ngx_ai_job_t *job);
static ngx_int_t ngx_ai_hook_next(ngx_ai_hook_t *hook,
    air_alert_hook_t *books, air_alert_t *a);
static void ngx_ai_hook_drop(ngx_ai_hook_t *hook, air_alert_hook_t *books,
    uint64_t next);
static ngx_int_t ngx_ai_hook_send(ngx_ai_hook_t *hook,
    air_alert_hook_t *books, air_alert_t *a);
static ngx_int_t ngx_ai_hook_write(ngx_ai_hook_t *hook, air_alert_t *a,
    air_buf_t *id, air_buf_t *body);
static void ngx_ai_hook_failed(ngx_ai_hook_t *hook, air_alert_hook_t *books,
    air_alert_t *a, air_fetch_reply_t *reply);


ngx_int_t
ngx_ai_hook_add(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf, ngx_ai_hook_t *hook)
{
    u_char        *p;
    ngx_ai_job_t  *job;

    hook->arena = ngx_pnalloc(cf->pool, NGX_AI_HOOK_ARENA);
    if (hook->arena == NULL) {
        return NGX_ERROR;
    }

    job = &hook->job;

    p = ngx_pnalloc(cf->pool, sizeof("alert ") + NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    job->name.data = p;
    job->name.len = ngx_sprintf(p, "alert %xL", hook->id) - p;
    job->interval = NGX_AI_HOOK_TICK;
    job->data = hook;
    job->wanted = ngx_ai_hook_wanted;
    job->run = ngx_ai_hook_run;
    job->done = ngx_ai_hook_done;

    return ngx_ai_job_add(cf, amcf, job);
}


/* Finds or makes the books of all hooks; a new one is told of what comes. */
void
ngx_ai_hook_zone(ngx_ai_shared_t *sh, ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t          i, k, n;
    air_alerts_t       *ring;
    ngx_ai_hook_t     **hook;
    air_alert_rule_t   *rule;

    ring = &sh->alerts;

    for (k = 0; k < AIR_ALERT_HOOKS; k++) {
        ring->hook[k].kept = 0;
    }

    if (amcf->alerts == NULL) {
        return;
    }

    n = amcf->alerts->hooks.nelts;
    hook = amcf->alerts->hooks.elts;
    rule = amcf->alerts->rule;

    for (i = 0; i < n; i++) {
        rule[i].place = AIR_ALERT_HOOKS;

        for (k = 0; k < AIR_ALERT_HOOKS; k++) {
            if (ring->hook[k].id == hook[i]->id) {
                ring->hook[k].kept = 1;
                rule[i].place = k;
                break;
            }
        }
    }

    /* those that the newest configuration does not name give way */

    for (i = 0, k = 0; i < n; i++) {

        if (rule[i].place != AIR_ALERT_HOOKS) {
            continue;
        }

        while (ring->hook[k].kept) {
            k++;
        }

        ngx_memzero(&ring->hook[k], sizeof(air_alert_hook_t));
        ring->hook[k].next = ngx_ai_get(&ring->head);
        ring->hook[k].id = hook[i]->id;
        ring->hook[k].kept = 1;
        rule[i].place = k;
    }
}


/* a hook's books, or NULL when a newer configuration gave them to another */
static air_alert_hook_t *
ngx_ai_hook_books(ngx_ai_hook_t *hook)
{
    air_alert_hook_t    *books;
    ngx_ai_main_conf_t  *amcf;

    amcf = hook->job.amcf;

    if (amcf->zone == NULL) {
        return NULL;
    }

    hook->ring = &amcf->zone->sh->alerts;
    hook->instance = amcf->zone->sh->instance;
    books = &hook->ring->hook[amcf->alerts->rule[hook->n].place];

    return ngx_ai_get(&books->id) == hook->id ? books : NULL;
}


static ngx_uint_t
ngx_ai_hook_wanted(ngx_ai_job_t *job)
{
    ngx_ai_hook_t *hook = job->data;

    uint64_t           now, again;
    air_alert_hook_t  *books;

    books = ngx_ai_hook_books(hook);

    if (books == NULL) {
        return 0;
    }

    now = ngx_ai_now();
    again = ngx_ai_get(&books->again);

    /* further away than can be: the clock was put back */

    if (again > now && again <= now + 2 * NGX_AI_HOOK_GONE) {
        return 0;
    }

    return ngx_ai_get(&books->next) < ngx_ai_get(&hook->ring->head)
           || ngx_ai_get(&books->told) < ngx_ai_get(&books->dropped);
}


/* ---- in the job's thread ---------------------------------------------- */

static uint64_t
ngx_ai_hook_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_REALTIME, &ts);

    return (uint64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


/* what one try needs, and no more */
static void *
ngx_ai_hook_alloc(void *ud, size_t size)
{
    ngx_ai_hook_t *hook = ud;

    void  *p;

    size = ngx_align(size, sizeof(uint64_t));

    if (size > NGX_AI_HOOK_ARENA - hook->used) {
        return NULL;
    }

    p = hook->arena + hook->used;
    hook->used += size;

    return p;
}


static ngx_int_t
ngx_ai_hook_run(ngx_ai_job_t *job)
{
    ngx_ai_hook_t *hook = job->data;

    ngx_int_t          rc;
    ngx_uint_t         i;
    air_alert_t        a;
    air_alert_hook_t  *books;

    hook->lost = 0;
    hook->tries = 0;
    hook->well = 0;

    books = ngx_ai_hook_books(hook);

    for (i = 0; books != NULL && i < NGX_AI_HOOK_RUN; i++) {

        if (ngx_ai_job_stop(NULL)) {
            return NGX_ABORT;
        }

        if (ngx_ai_hook_next(hook, books, &a) != NGX_OK) {
            break;
        }

        rc = ngx_ai_hook_send(hook, books, &a);

        if (rc != NGX_OK) {
            return rc == NGX_ABORT ? NGX_ABORT : NGX_OK;
        }
    }

    return NGX_OK;
}


/* Alerts up to that number are behind it. */
static void
ngx_ai_hook_pass(air_alert_hook_t *books, uint64_t next)
{
    ngx_ai_set(&books->next, next);
    ngx_ai_set(&books->tries, 0);
    ngx_ai_set(&books->tried, 0);
}


/* The same of one or more that it never got. */
static void
ngx_ai_hook_drop(ngx_ai_hook_t *hook, air_alert_hook_t *books, uint64_t next)
{
    uint64_t  n;

    n = next - ngx_ai_get(&books->next);

    hook->lost += n;
    ngx_ai_add(&books->dropped, n);
    ngx_ai_hook_pass(books, next);
}


/* The alert that is to be sent: NGX_OK, or NGX_DECLINED: none by now. */
static ngx_int_t
ngx_ai_hook_next(ngx_ai_hook_t *hook, air_alert_hook_t *books, air_alert_t *a)
{
    u_char            *p, text[AIR_ALERT_MESSAGE];
    uint64_t           n, now, first, dropped, told;
    air_alert_rule_t  *rule;

    rule = &hook->job.amcf->alerts->rule[hook->n];
    now = ngx_ai_hook_now();

    first = air_alerts_first(hook->ring);

    if (ngx_ai_get(&books->next) < first) {
        ngx_ai_hook_drop(hook, books, first);
    }

    for ( ;; ) {
        n = ngx_ai_get(&books->next);

        switch (air_alerts_get(hook->ring, n, a)) {

        case AIR_OK:

            if (!(a->hooks & ((uint32_t) 1 << rule->place))
                || !(rule->kinds & ((uint32_t) 1 << a->kind)))
            {
                ngx_ai_hook_pass(books, n + 1);
                continue;
            }

            if (now > (uint64_t) a->time_ms + hook->keep) {
                ngx_ai_hook_drop(hook, books, n + 1);
                continue;
            }

            break;

        case AIR_AGAIN:
            a->hooks = 0;
            break;

        case AIR_EBUSY:

            if (hook->busy != n + 1) {
                hook->busy = n + 1;
                hook->busy_ms = now;
            }

            if (now - hook->busy_ms < NGX_AI_HOOK_PATIENCE) {
                return NGX_DECLINED;
            }

            /* whoever wrote it is no more */

            ngx_ai_hook_drop(hook, books, n + 1);
            continue;

        default:
            ngx_ai_hook_drop(hook, books, n + 1);
            continue;
        }

        break;
    }

    dropped = ngx_ai_get(&books->dropped);
    told = ngx_ai_get(&books->told);

    if (dropped > told && !(rule->kinds & (1 << AIR_ALERT_DROPPED))) {
        ngx_ai_set(&books->told, dropped);
        told = dropped;
    }

    if (dropped > told) {

        /* before what comes behind the gap */

        air_alert_init(a, AIR_ALERT_DROPPED, ngx_ai_air(hook->shown), now);
        air_alert_number(a, "dropped", dropped - told);

        p = ngx_slprintf(text, text + sizeof(text),
                         "%uL alerts could not be delivered here",
                         dropped - told);

        air_alert_say(a, air_str_n(text, p - text));
        a->n = dropped;

        return NGX_OK;
    }

    return a->hooks ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_ai_hook_write(ngx_ai_hook_t *hook, air_alert_t *a, air_buf_t *id,
    air_buf_t *body)
{
    if (air_alert_id(a, hook->instance, hook->n, id) != AIR_OK) {
        return NGX_ERROR;
    }

    if (hook->slack) {
        return air_alert_slack(a, hook->job.amcf->alerts->rule[hook->n].place,
                               ngx_ai_air(hook->from), body);
    }

    return air_alert_json(a, hook->job.amcf->alerts->rule[hook->n].place,
                          air_buf_view(id), ngx_ai_air(hook->from), body);
}


/* "name: value", with a NUL */
static const char *
ngx_ai_hook_header(air_mem_t *mem, const char *name, air_str_t value)
{
    air_buf_t  b;

    air_buf_init(&b, mem, 256);
    air_buf_z(&b, name);
    air_buf_str(&b, value);

    return air_buf_byte(&b, '\0') == AIR_OK ? (char *) b.data : NULL;
}


/* One try: NGX_OK; NGX_DECLINED: later; NGX_ABORT: given up. */
static ngx_int_t
ngx_ai_hook_send(ngx_ai_hook_t *hook, air_alert_hook_t *books,
    air_alert_t *a)
{
    int                rc;
    char               sig[AIR_ALERT_SIGNATURE];
    u_char            *p, text[NGX_INT64_LEN];
    uint64_t           now;
    air_mem_t          mem;
    air_buf_t          id, body;
    ngx_uint_t         i;
    air_fetch_t        f;
    air_fetch_reply_t  reply;

    hook->used = 0;
    mem.alloc = ngx_ai_hook_alloc;
    mem.ud = hook;

    now = ngx_ai_hook_now();

    air_buf_init(&id, &mem, AIR_ALERT_ID);
    air_buf_init(&body, &mem, NGX_AI_HOOK_BODY);

    ngx_memzero(&f, sizeof(air_fetch_t));
    ngx_memzero(&reply, sizeof(air_fetch_reply_t));

    if (ngx_ai_hook_write(hook, a, &id, &body) != NGX_OK) {
        ngx_ai_hook_failed(hook, books, a, &reply);
        return NGX_DECLINED;
    }

    p = ngx_sprintf(text, "%uL", now / 1000);

    f.url = (char *) hook->url.data;
    f.method = "POST";
    f.body = air_buf_view(&body);
    f.header[0] = "Content-Type: application/json";
    f.header[1] = ngx_ai_hook_header(&mem, "webhook-id: ", air_buf_view(&id));
    f.header[2] = ngx_ai_hook_header(&mem, "webhook-timestamp: ",
                                     air_str_n(text, p - text));
    f.nheader = 3;
    f.ca_file = hook->ca.len ? (char *) hook->ca.data : NULL;
    f.total_ms = NGX_AI_HOOK_TIMEOUT;
    f.max_body = NGX_AI_HOOK_REPLY;
    f.stop = ngx_ai_job_stop;

    if (hook->secret_len
        && air_alert_sign(air_str_n(hook->secret, hook->secret_len),
                          air_buf_view(&id), now / 1000, f.body, sig)
           == AIR_OK)
    {
        f.header[3] = ngx_ai_hook_header(&mem, "webhook-signature: ",
                                         air_str_z(sig));
        f.nheader = 4;
    }

    rc = AIR_OK;

    for (i = 1; i < f.nheader; i++) {
        if (f.header[i] == NULL || (hook->secret_len && f.nheader != 4)) {
            rc = AIR_ENOMEM;
        }
    }

    if (rc == AIR_OK) {
        rc = air_fetch(&f, &mem, &reply, NULL);
    }

    if (rc == AIR_AGAIN) {
        return NGX_ABORT;
    }

    ngx_ai_set(&books->status, rc == AIR_OK ? reply.status : 0);

    if (rc != AIR_OK || reply.status < 200 || reply.status > 299) {

        if (rc != AIR_OK) {
            reply.status = 0;
        }

        ngx_ai_hook_failed(hook, books, a, &reply);
        return NGX_DECLINED;
    }

    hook->well |= ngx_ai_get(&books->tries) != 0;

    ngx_ai_add(&books->sent, 1);
    ngx_ai_set(&books->good, now);
    ngx_ai_set(&books->again, 0);

    if (a->kind == AIR_ALERT_DROPPED) {
        ngx_ai_set(&books->told, a->n);
        ngx_ai_set(&books->tries, 0);

    } else {
        ngx_ai_hook_pass(books, a->n + 1);
    }

    return NGX_OK;
}


static void
ngx_ai_hook_failed(ngx_ai_hook_t *hook, air_alert_hook_t *books,
    air_alert_t *a, air_fetch_reply_t *reply)
{
    int        said;
    u_char    *p, *last;
    uint64_t   now, tries, retry, again;

    now = ngx_ai_hook_now();
    tries = ngx_ai_add(&books->tries, 1) + 1;
    ngx_ai_add(&books->failed, 1);

    if (ngx_ai_get(&books->tried) == 0) {
        ngx_ai_set(&books->tried, now);
    }

    said = 0;
    retry = air_retry_after(air_str_z(reply->retry),
                            air_str_z(reply->retry_ms), NULL, now, 0,
                            NGX_AI_HOOK_GONE, &said);

    if (reply->status == 410) {
        retry = NGX_AI_HOOK_GONE;
    }

    again = air_alert_again(now, tries, retry, now ^ hook->id ^ tries);

    /* what it does not want as it is, it will not want later */

    if ((reply->status == 400 || reply->status == 413 || reply->status == 422)
        && tries >= NGX_AI_HOOK_REJECTS)
    {
        if (a->kind == AIR_ALERT_DROPPED) {
            ngx_ai_set(&books->told, a->n);
            ngx_ai_set(&books->tries, 0);

        } else {
            ngx_ai_hook_drop(hook, books, a->n + 1);
        }

        again = air_alert_again(now, 1, retry, now ^ hook->id);
    }

    ngx_ai_set(&books->again, again);

    hook->tries = tries;
    hook->again = again - now;

    p = hook->error;
    last = p + sizeof(hook->error) - 1;

    if (reply->status) {
        p = ngx_slprintf(p, last, "status %ui", (ngx_uint_t) reply->status);

    } else {
        p = ngx_slprintf(p, last, "%s", reply->error[0] ? reply->error
                                                        : "out of memory");
    }

    *p = '\0';
}


/* ---- on the loop ------------------------------------------------------ */

static void
ngx_ai_hook_done(ngx_ai_job_t *job)
{
    ngx_ai_hook_t *hook = job->data;

    if (hook->well) {
        ngx_log_error(NGX_LOG_NOTICE, job->log, 0,
                      "ai: ai_alert to %V works again", &hook->shown);
    }

    if (hook->lost) {
        ngx_log_error(NGX_LOG_ERR, job->log, 0,
                      "ai: ai_alert to %V: %ui alerts are given up",
                      &hook->shown, hook->lost);
    }

    if (hook->tries) {
        ngx_log_error(NGX_LOG_WARN, job->log, 0,
                      "ai: ai_alert to %V failed, try %ui: %s; the next one "
                      "in %uL ms", &hook->shown, hook->tries, hook->error,
                      hook->again);
    }

    hook->well = 0;
    hook->lost = 0;
    hook->tries = 0;
}


/* alerts that the hook is still to get */
static uint64_t
ngx_ai_hook_pending(ngx_ai_hook_t *hook, air_alert_hook_t *books)
{
    uint64_t           n, head, pending;
    air_alert_t        a;
    air_alert_rule_t  *rule;

    rule = &hook->job.amcf->alerts->rule[hook->n];
    head = ngx_ai_get(&hook->ring->head);
    pending = 0;

    n = ngx_max(ngx_ai_get(&books->next), air_alerts_first(hook->ring));

    for ( /* void */ ; n < head; n++) {
        if (air_alerts_get(hook->ring, n, &a) == AIR_OK
            && (a.hooks & ((uint32_t) 1 << rule->place))
            && (rule->kinds & ((uint32_t) 1 << a.kind)))
        {
            pending++;
        }
    }

    return pending;
}


void
ngx_ai_hook_status(ngx_ai_main_conf_t *amcf, air_buf_t *b)
{
    ngx_uint_t          i, n;
    ngx_ai_hook_t     **hook;
    air_alert_hook_t   *books;

    if (amcf->alerts == NULL || amcf->zone == NULL) {
        return;
    }

    hook = amcf->alerts->hooks.elts;

    air_buf_z(b, ",\"alerts\":[");

    for (i = 0, n = 0; i < amcf->alerts->hooks.nelts; i++) {

        books = ngx_ai_hook_books(hook[i]);

        if (books == NULL) {
            continue;
        }

        air_buf_z(b, n++ ? ",{\"hook\":" : "{\"hook\":");
        air_buf_json(b, ngx_ai_air(hook[i]->shown));
        air_buf_z(b, ",\"sent\":");
        air_buf_uint(b, ngx_ai_get(&books->sent));
        air_buf_z(b, ",\"failed\":");
        air_buf_uint(b, ngx_ai_get(&books->failed));
        air_buf_z(b, ",\"dropped\":");
        air_buf_uint(b, ngx_ai_get(&books->dropped));
        air_buf_z(b, ",\"pending\":");
        air_buf_uint(b, ngx_ai_hook_pending(hook[i], books));
        air_buf_z(b, ",\"last_sent_ms\":");
        air_buf_uint(b, ngx_ai_get(&books->good));
        air_buf_z(b, ",\"last_status\":");
        air_buf_uint(b, ngx_ai_get(&books->status));
        air_buf_z(b, ",\"next_try_ms\":");
        air_buf_uint(b, ngx_ai_get(&books->again));
        air_buf_z(b, "}");
    }

    air_buf_z(b, "]");
}


ngx_int_t
ngx_ai_hook_stats(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    air_stats_t *stats)
{
    ngx_uint_t          i;
    ngx_ai_hook_t     **hook;
    air_alert_hook_t   *books;
    air_stats_hook_t   *out;

    if (amcf->alerts == NULL || amcf->zone == NULL) {
        return NGX_OK;
    }

    hook = amcf->alerts->hooks.elts;

    out = ngx_palloc(pool, amcf->alerts->hooks.nelts
                           * sizeof(air_stats_hook_t));
    if (out == NULL) {
        return NGX_ERROR;
    }

    stats->hook = out;

    for (i = 0; i < amcf->alerts->hooks.nelts; i++) {

        books = ngx_ai_hook_books(hook[i]);

        if (books == NULL) {
            continue;
        }

        out->name = ngx_ai_air(hook[i]->shown);
        out->sent = ngx_ai_get(&books->sent);
        out->failed = ngx_ai_get(&books->failed);
        out->dropped = ngx_ai_get(&books->dropped);
        out->pending = ngx_ai_hook_pending(hook[i], books);
        out++;
    }

    stats->nhook = out - stats->hook;

    return NGX_OK;
}
