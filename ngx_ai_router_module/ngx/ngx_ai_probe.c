
/*
 * Active probes: a vendor that rests is asked for one token by ourselves, so
 * that no caller's request finds out whether it is back.
 *
 *   worker   once a second; whoever moves the vendor's "probe_at" on first
 *            makes the requests of this interval
 *   thread   sends one of them with libcurl: names are looked up and hosts
 *            are dead outside of the event loop
 *   worker   judges, books, and tells the log
 *
 * A thread touches nothing of nginx but the memory of its own probe.
 */

#include "ngx_ai_zone.h"
#include "ngx_ai_probe.h"

#include "../fetch/air_fetch.h"

#include <openssl/rand.h>


#define NGX_AI_PROBE_TICK    1000     /* ms                                 */
#define NGX_AI_PROBE_REPLY   262144
#define NGX_AI_PROBE_TEXT    8192
#define NGX_AI_PROBE_TOKENS  12       /* what the question is worth         */
#define NGX_AI_PROBE_DAY     86400000


typedef struct {
    ngx_queue_t           queue;          /* of those that run              */
    ngx_pool_t           *pool;           /* all of it                      */
    air_mem_t             mem;
    ngx_ai_main_conf_t   *amcf;
    ngx_ai_target_t      *target;
    ngx_ai_vkey_t        *key;
    air_health_t         *entry[3];       /* vendor, target, key            */
    uint64_t              claim[3];
    const air_codec_t    *codec;

    u_char                id[16];
    int64_t               began;          /* ms UTC                         */
    ngx_int_t             slot;

    char                 *secret;         /* the header with the key        */
    air_fetch_t           fetch;
    air_fetch_reply_t     reply;
    air_err_t             err;
    int                   rc;
    unsigned              ran:1;
} ngx_ai_probe_t;


struct ngx_ai_prober_s {
    ngx_event_t           timer;
    ngx_connection_t      none;           /* what debug logs look at        */
    ngx_queue_t           running;
    ngx_ai_main_conf_t   *amcf;
};


static void ngx_ai_probe_timer(ngx_event_t *ev);
static ngx_uint_t ngx_ai_probe_elected(ngx_ai_zone_t *zone,
    ngx_ai_vendor_t *vendor, uint64_t now);
static ngx_uint_t ngx_ai_probe_wanted(ngx_ai_probe_t *p);
static void ngx_ai_probe_start(ngx_ai_prober_t *prober,
    ngx_ai_target_t *target);
static void ngx_ai_probe_key(ngx_ai_probe_t *p);
static ngx_int_t ngx_ai_probe_body(ngx_ai_probe_t *p);
static ngx_int_t ngx_ai_probe_headers(ngx_ai_probe_t *p);
static ngx_int_t ngx_ai_probe_signed(ngx_ai_probe_t *p);
static void ngx_ai_probe_thread(void *data, ngx_log_t *log);
static void ngx_ai_probe_done(ngx_event_t *ev);
static air_fault_e ngx_ai_probe_fault(ngx_ai_probe_t *p, air_note_t *note);
static void ngx_ai_probe_book(ngx_ai_probe_t *p, air_fault_e fault,
    air_note_t *note);
static void ngx_ai_probe_record(ngx_ai_probe_t *p, air_record_t *rec);
static void ngx_ai_probe_spend(ngx_ai_probe_t *p, uint64_t cost);
static void ngx_ai_probe_free(ngx_ai_probe_t *p);


ngx_uint_t
ngx_ai_probe_any(ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t         i;
    ngx_ai_vendor_t  **vendor;

    vendor = amcf->vendors.elts;

    for (i = 0; i < amcf->vendors.nelts; i++) {
        if (vendor[i]->probe != NULL) {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_ai_probe_resolve(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t             i, k, t;
    const char            *why;
    ngx_ai_target_t      **target;
    ngx_ai_vendor_t      **vendor;
    ngx_ai_probe_conf_t   *probe;
    ngx_ai_probe_model_t  *model;

    vendor = amcf->vendors.elts;
    target = amcf->targets.elts;

    for (i = 0; i < amcf->vendors.nelts; i++) {

        probe = vendor[i]->probe;

        for (k = 0; probe != NULL && k < probe->nmodels; k++) {
            model = &probe->model[k];

            for (t = 0; t < amcf->targets.nelts; t++) {
                if (target[t]->vendor == vendor[i]
                    && target[t]->model.len == model->name.len
                    && ngx_memcmp(target[t]->model.data, model->name.data,
                                  model->name.len)
                       == 0)
                {
                    model->target = target[t];
                }
            }

            why = NULL;

            if (vendor[i]->simulated || vendor[i]->endpoint.len == 0) {
                why = "only a vendor with \"endpoint\" can be probed";

            } else if (model->target == NULL) {
                why = "no route uses that model";

            } else if (model->target->uri[AIR_OP_CHAT].len == 0) {
                why = "that model answers no chat";
            }

            if (why != NULL) {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                              "\"probe\" of ai_vendor \"%V\" with model "
                              "\"%V\": %s in %V:%ui", &vendor[i]->name,
                              &model->name, why, &probe->place.file,
                              probe->place.line);
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_ai_probe_init_process(ngx_cycle_t *cycle, ngx_ai_main_conf_t *amcf)
{
    ngx_ai_prober_t  *prober;

    if (amcf->zone == NULL || !ngx_ai_probe_any(amcf)) {
        return NGX_OK;
    }

    if (air_fetch_init() != AIR_OK) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "ai: libcurl cannot be used");
        return NGX_ERROR;
    }

    prober = ngx_pcalloc(cycle->pool, sizeof(ngx_ai_prober_t));
    if (prober == NULL) {
        return NGX_ERROR;
    }

    ngx_queue_init(&prober->running);
    prober->amcf = amcf;
    prober->none.fd = (ngx_socket_t) -1;

    prober->timer.handler = ngx_ai_probe_timer;
    prober->timer.data = &prober->none;
    prober->timer.log = cycle->log;
    prober->timer.cancelable = 1;

    amcf->prober = prober;
    ngx_add_timer(&prober->timer, NGX_AI_PROBE_TICK);

    return NGX_OK;
}


void
ngx_ai_probe_exit_process(ngx_ai_main_conf_t *amcf)
{
    ngx_queue_t      *q;
    ngx_ai_probe_t   *p;
    ngx_ai_prober_t  *prober;
    air_note_t        note;

    prober = amcf->prober;

    if (prober == NULL) {
        return;
    }

    while (!ngx_queue_empty(&prober->running)) {

        q = ngx_queue_head(&prober->running);
        p = ngx_queue_data(q, ngx_ai_probe_t, queue);

        if (p->ran) {
            ngx_ai_probe_book(p, ngx_ai_probe_fault(p, &note), &note);

        } else if (p->slot >= 0) {
            air_ledger_cancel(amcf->ledger, p->slot);
        }

        ngx_ai_probe_free(p);
    }

    amcf->prober = NULL;
    air_fetch_done();
}


static void
ngx_ai_probe_timer(ngx_event_t *ev)
{
    ngx_uint_t             i, k;
    ngx_ai_vendor_t      **vendor;
    ngx_ai_prober_t       *prober;
    ngx_ai_main_conf_t    *amcf;
    ngx_ai_probe_conf_t   *probe;

    if (ngx_exiting || ngx_quit || ngx_terminate) {
        return;
    }

    prober = (ngx_ai_prober_t *)
                 ((u_char *) ev - offsetof(ngx_ai_prober_t, timer));

    ngx_add_timer(ev, NGX_AI_PROBE_TICK);

    amcf = prober->amcf;
    vendor = amcf->vendors.elts;

    /* nothing is sent that cannot be booked */

    if (!amcf->store_off && amcf->ledger == NULL) {
        return;
    }

    for (i = 0; i < amcf->vendors.nelts; i++) {

        probe = vendor[i]->probe;

        if (probe == NULL
            || !ngx_ai_probe_elected(amcf->zone, vendor[i], ngx_ai_now()))
        {
            continue;
        }

        for (k = 0; k < probe->nmodels; k++) {
            ngx_ai_probe_start(prober, probe->model[k].target);
        }
    }
}


/* 1 for one worker an interval, while the day's money lasts */
static ngx_uint_t
ngx_ai_probe_elected(ngx_ai_zone_t *zone, ngx_ai_vendor_t *vendor,
    uint64_t now)
{
    uint64_t          at, interval;
    ngx_ai_health_t  *e;

    e = &zone->health[zone->health_index[vendor->health]];
    interval = vendor->probe->interval;
    at = ngx_ai_get(&e->probe_at);

    /* one further away is of another configuration, or of another clock */

    if ((at > now && at <= now + interval)
        || !ngx_ai_swap(&e->probe_at, at, now + interval))
    {
        return 0;
    }

    return vendor->probe->cost == 0
           || ngx_ai_get(&e->probe_day) != now / NGX_AI_PROBE_DAY
           || ngx_ai_get(&e->probe_cost) < vendor->probe->cost;
}


/* the key that a caller would get, or the next one to come back */
static void
ngx_ai_probe_key(ngx_ai_probe_t *p)
{
    uint64_t          at, least;
    ngx_uint_t        i;
    air_state_e       state, best;
    ngx_ai_vkey_t    *key;
    ngx_ai_vendor_t  *vendor;

    vendor = p->target->vendor;

    if (vendor->keys == NULL) {
        return;
    }

    key = vendor->keys->elts;
    p->key = key;

    if (!ngx_ai_pool(vendor)) {
        return;
    }

    best = AIR_STATE_COOLING;
    least = (uint64_t) -1;

    for (i = 0; i < vendor->keys->nelts; i++) {
        state = ngx_ai_health_state(p->amcf->zone, key[i].health, p->began,
                                    &at);

        if (state < best || (state == best && at < least)) {
            best = state;
            least = at;
            p->key = &key[i];
        }
    }

    p->entry[2] = ngx_ai_health(p->amcf->zone, p->key->health);
}


/*
 * 1 when there is something to find out, with the probes claimed where a rest
 * is over.  A rest that the vendor named is left to it.
 */
static ngx_uint_t
ngx_ai_probe_wanted(ngx_ai_probe_t *p)
{
    uint64_t     at;
    ngx_uint_t   i, wanted;
    air_state_e  state;

    wanted = p->target->vendor->probe->always;

    for (i = 0; i < 3; i++) {

        if (p->entry[i] == NULL) {
            continue;
        }

        state = air_health_state(p->entry[i], p->began, &at);

        if (state == AIR_STATE_UP) {
            continue;
        }

        wanted = 1;

        if (air_health_told(p->entry[i], p->began)) {
            return 0;
        }

        if (ngx_ai_get(&p->entry[i]->until) > (uint64_t) p->began) {

            /* a rest of ours: a good answer ends it early */

            continue;
        }

        p->claim[i] = air_health_claim(p->entry[i], p->began);

        if (p->claim[i] == 0) {
            return 0;
        }
    }

    return wanted;
}


static void
ngx_ai_probe_start(ngx_ai_prober_t *prober, ngx_ai_target_t *target)
{
    ngx_pool_t          *pool;
    air_record_t         rec;
    ngx_ai_probe_t      *p;
    ngx_thread_task_t   *task;
    ngx_ai_main_conf_t  *amcf;

    amcf = prober->amcf;

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return;
    }

    task = ngx_thread_task_alloc(pool, sizeof(ngx_ai_probe_t));
    if (task == NULL) {
        ngx_destroy_pool(pool);
        return;
    }

    p = task->ctx;

    p->pool = pool;
    p->mem = ngx_ai_mem(pool);
    p->amcf = amcf;
    p->target = target;
    p->codec = ngx_ai_codec_of(target->vendor, AIR_OP_CHAT);
    p->slot = -1;
    p->began = ngx_ai_now();
    p->entry[0] = ngx_ai_health(amcf->zone, target->vendor->health);
    p->entry[1] = ngx_ai_health(amcf->zone, target->health);

    ngx_queue_insert_tail(&prober->running, &p->queue);
    ngx_ai_probe_key(p);

    if (!ngx_ai_probe_wanted(p)) {
        ngx_ai_probe_free(p);
        return;
    }

    if (RAND_bytes(p->id, sizeof(p->id)) != 1
        || ngx_ai_probe_body(p) != NGX_OK
        || ngx_ai_probe_headers(p) != NGX_OK)
    {
        goto failed;
    }

    if (amcf->ledger != NULL) {
        ngx_ai_probe_record(p, &rec);
        p->slot = air_ledger_begin(amcf->ledger, &rec);

        if (p->slot < 0) {
            p->slot = -1;
            goto failed;
        }
    }

    task->handler = ngx_ai_probe_thread;
    task->event.handler = ngx_ai_probe_done;
    task->event.data = p;
    task->event.log = ngx_cycle->log;

    if (ngx_thread_task_post(amcf->pool, task) == NGX_OK) {
        return;
    }

    if (p->slot >= 0) {
        air_ledger_cancel(amcf->ledger, p->slot);
    }

failed:

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "ai: probe vendor=%V model=%V cannot be sent",
                  &target->vendor->name, &target->model);

    ngx_ai_probe_free(p);
}


/* one token of an answer, in the vendor's words */
static ngx_int_t
ngx_ai_probe_body(ngx_ai_probe_t *p)
{
    air_buf_t           text, body;
    air_error_t         error;
    air_json_doc_t      doc;
    air_warnings_t      lost;
    air_msg_request_t   msg;

    air_buf_init(&text, &p->mem, NGX_AI_PROBE_TEXT);
    air_buf_init(&body, &p->mem, NGX_AI_PROBE_TEXT);
    air_json_init(&doc, &p->mem);
    ngx_memzero(&lost, sizeof(air_warnings_t));

    air_buf_z(&text, "{\"model\":");
    air_buf_json(&text, ngx_ai_air(p->target->model));
    air_buf_z(&text, ",\"messages\":[{\"role\":\"user\",\"content\":\"ping\"}]"
                     ",\"max_completion_tokens\":");

    /* fewer than 16 are an error in this protocol: platform.openai.com/docs/
       api-reference/responses, read 2026-11-22 */

    air_buf_uint(&text, p->codec == &air_codec_responses ? 16 : 1);

    if (air_buf_z(&text, "}") != AIR_OK
        || air_json_scan(&doc, air_buf_view(&text), 0, NULL) != AIR_OK
        || air_codec_openai.request_read(AIR_OP_CHAT, &doc, &p->mem, &msg,
                                         &error)
           != AIR_OK)
    {
        return NGX_ERROR;
    }

    air_relay_part(&msg);

    if (p->codec->request_write(&msg, &p->target->air, &body, &lost)
        != AIR_OK)
    {
        return NGX_ERROR;
    }

    p->fetch.body = air_buf_view(&body);

    return NGX_OK;
}


static ngx_int_t
ngx_ai_probe_headers(ngx_ai_probe_t *p)
{
    u_char               *url, *line;
    ngx_uint_t            i;
    ngx_str_t            *uri;
    air_fetch_t          *f;
    ngx_ai_extra_t       *extra;
    ngx_ai_vendor_t      *vendor;
    ngx_ai_probe_conf_t  *conf;

    f = &p->fetch;
    vendor = p->target->vendor;
    conf = vendor->probe;
    uri = &p->target->uri[AIR_OP_CHAT];

    url = ngx_pnalloc(p->pool, sizeof("https://") + vendor->host.len
                               + uri->len);
    line = ngx_pnalloc(p->pool, sizeof("Host: ") + vendor->host.len);

    if (url == NULL || line == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(url, "http%s://%V%V%Z", vendor->tls ? "s" : "",
                       &vendor->host, uri);
    (void) ngx_sprintf(line, "Host: %V%Z", &vendor->host);

    f->url = (char *) url;
    f->method = "POST";
    f->ca_file = conf->ca.len ? (char *) conf->ca.data : NULL;
    f->total_ms = conf->timeout;
    f->connect_ms = conf->timeout;
    f->max_body = NGX_AI_PROBE_REPLY;

    f->header[f->nheader++] = (char *) line;
    f->header[f->nheader++] = "Content-Type: application/json";
    f->header[f->nheader++] = "Accept: application/json";

    extra = vendor->extra ? vendor->extra->elts : NULL;

    for (i = 0; extra != NULL && i < vendor->extra->nelts; i++) {

        line = ngx_pnalloc(p->pool, extra[i].name.len + extra[i].value.len
                                    + sizeof(": "));

        if (line == NULL || f->nheader == AIR_FETCH_HEADERS) {
            return NGX_ERROR;
        }

        (void) ngx_sprintf(line, "%V: %V%Z", &extra[i].name,
                           &extra[i].value);
        f->header[f->nheader++] = (char *) line;
    }

    if (vendor->sign != NULL) {
        return ngx_ai_probe_signed(p);
    }

    if (vendor->auth_name.len == 0) {
        return NGX_OK;
    }

    line = ngx_pnalloc(p->pool, vendor->auth_name.len + p->key->auth.len
                                + sizeof(": "));

    if (line == NULL || f->nheader == AIR_FETCH_HEADERS) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(line, "%V: %V%Z", &vendor->auth_name, &p->key->auth);

    p->secret = (char *) line;
    f->header[f->nheader++] = p->secret;

    return NGX_OK;
}


/* the lines of a signature, which holds no secret, one by one */
static ngx_int_t
ngx_ai_probe_signed(ngx_ai_probe_t *p)
{
    u_char     *line, *last, *eol;
    air_buf_t   b;

    air_buf_init(&b, &p->mem, NGX_AI_PROBE_TEXT);

    if (ngx_ai_sign_request(p->target->vendor, &p->target->uri[AIR_OP_CHAT],
                            p->fetch.body, ngx_cycle->log, &b)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    last = b.data + b.len;

    for (line = b.data; line < last; line = eol + 1) {

        eol = ngx_strlchr(line, last, LF);

        if (eol == NULL || p->fetch.nheader == AIR_FETCH_HEADERS) {
            return NGX_ERROR;
        }

        eol[-1] = '\0';
        p->fetch.header[p->fetch.nheader++] = (char *) line;
    }

    return NGX_OK;
}


static void
ngx_ai_probe_thread(void *data, ngx_log_t *log)
{
    ngx_ai_probe_t *p = data;

    p->rc = air_fetch(&p->fetch, &p->mem, &p->reply, &p->err);
    p->ran = 1;
}


/* What became of it; note has what a reply tells. */
static air_fault_e
ngx_ai_probe_fault(ngx_ai_probe_t *p, air_note_t *note)
{
    air_fault_e      fault;
    air_json_doc_t   doc, *body;

    air_note_init(note);

    switch (p->rc) {

    case AIR_OK:
        break;

    case AIR_EBUSY:
        return AIR_FAULT_TRY_TIMEOUT;

    case AIR_ELIMIT:
        return AIR_FAULT_TOO_BIG;

    case AIR_EIO:
        return AIR_FAULT_REFUSED;

    default:
        return AIR_FAULT_INTERNAL;
    }

    air_json_init(&doc, &p->mem);
    body = NULL;

    if (air_json_scan(&doc, air_buf_view(&p->reply.body), AIR_JSON_VENDOR,
                      NULL)
        == AIR_OK && air_json_root(&doc)->type == AIR_JSON_OBJECT)
    {
        body = &doc;
    }

    fault = air_fault_classify(p->reply.status, body, &p->mem, NULL);

    if (fault != AIR_FAULT_NONE) {
        return fault;
    }

    if (body == NULL) {
        return AIR_FAULT_NOT_JSON;
    }

    p->codec->reply_note(AIR_OP_CHAT, body, p->target->vendor->profile, note);

    return AIR_FAULT_NONE;
}


static void
ngx_ai_probe_done(ngx_event_t *ev)
{
    ngx_ai_probe_t *p = ev->data;

    air_note_t         note;
    air_fault_e        fault;
    ngx_uint_t         level;
    ngx_ai_zone_t     *zone;
    ngx_ai_health_t   *e;
    ngx_ai_verdict_t   v;

    zone = p->amcf->zone;
    e = &zone->health[zone->health_index[p->target->vendor->health]];

    fault = ngx_ai_probe_fault(p, &note);
    level = fault == AIR_FAULT_NONE ? NGX_LOG_NOTICE : NGX_LOG_WARN;

    ngx_log_error(level, ev->log, 0,
                  "ai: probe vendor=%V%s%V model=%V why=%s st=%d ms=%L%s%s",
                  &p->target->vendor->name,
                  ngx_ai_pool(p->target->vendor) ? " key=" : "",
                  ngx_ai_pool(p->target->vendor) ? &p->key->shown
                                                 : &(ngx_str_t) ngx_null_string,
                  &p->target->model, air_fault_row(fault)->why,
                  (int) p->reply.status, p->reply.took_ms,
                  p->rc != AIR_OK && p->reply.error[0] ? ": " : "",
                  p->rc != AIR_OK ? p->reply.error : "");

    /*
     * Names, addresses and certificates are not nginx's here: that nobody was
     * reached counts only where a probe has worked before.
     */

    if (p->rc == AIR_OK || ngx_ai_get(&e->probe_good) != 0) {

        ngx_memzero(&v, sizeof(ngx_ai_verdict_t));
        v.target = p->target;
        v.key = p->key;
        v.began = p->began;
        v.fault = fault;

        ngx_ai_health_judge(zone, &v);
    }

    if (fault == AIR_FAULT_NONE) {
        ngx_ai_set(&e->probe_good, p->began);
    }

    ngx_ai_probe_book(p, fault, &note);
    ngx_ai_probe_free(p);
}


static void
ngx_ai_probe_record(ngx_ai_probe_t *p, air_record_t *rec)
{
    ngx_memzero(rec, sizeof(air_record_t));

    rec->kind = AIR_RECORD_ATTEMPT;
    rec->op = AIR_OP_CHAT;
    rec->attempt = 1;
    rec->time_ms = p->began;
    rec->flags = AIR_REC_PROBE;
    rec->cost = AIR_UNKNOWN;
    rec->computed_cost = AIR_UNKNOWN;
    rec->request_bytes = p->fetch.body.len;
    ngx_memcpy(rec->request_id, p->id, sizeof(p->id));

    rec->vendor = ngx_ai_air(p->target->vendor->name);
    rec->model = ngx_ai_air(p->target->model);
    rec->workflow = air_str_z("probe");
    rec->principal = air_str_z("probe");
}


static void
ngx_ai_probe_book(ngx_ai_probe_t *p, air_fault_e fault, air_note_t *note)
{
    unsigned       flags;
    ngx_uint_t     i;
    air_usage_t   *u;
    air_record_t   rec;

    u = &note->usage;
    flags = 0;

    ngx_ai_probe_record(p, &rec);

    rec.status = p->reply.status;
    rec.fault = fault;
    rec.latency_ms = p->reply.took_ms;
    rec.reply_bytes = p->reply.body.len;
    rec.flags |= AIR_REC_FINAL;
    rec.client_status = 200;

    if (fault != AIR_FAULT_NONE) {
        rec.client_status = air_fault_row(fault)->status;
    }

    if (!u->seen && air_fault_row(fault)->ledger == AIR_LEDGER_RELEASE) {
        rec.cost = 0;
        rec.computed_cost = 0;
        rec.certainty = AIR_CERTAIN_NONE;

    } else {

        if (!u->seen) {
            u->estimated = 1;
            u->n[AIR_IN] = NGX_AI_PROBE_TOKENS;
        }

        rec.certainty = u->seen ? AIR_CERTAIN_REPORTED
                                : AIR_CERTAIN_ESTIMATED;
        rec.computed_cost = air_price_cost(p->target->info
                                           ? air_model_price(p->target->info,
                                                             p->began)
                                           : NULL, u, p->began, &flags);
        rec.cost = u->vendor_cost != AIR_UNKNOWN ? u->vendor_cost
                                                 : rec.computed_cost;
    }

    for (i = 0; i < AIR_NCLASS; i++) {
        rec.n[i] = u->n[i];
    }

    rec.reasoning = u->reasoning;
    rec.served_model = air_str_n(note->model, note->model_len);
    rec.vendor_id = air_str_n(note->id, note->id_len);

    if (p->amcf->ledger != NULL) {
        ngx_ai_stat_ledger(p->amcf, air_ledger_settle(p->amcf->ledger,
                                                      p->slot, &rec));
    }

    ngx_ai_probe_spend(p, rec.cost);
}


/* What nobody knows is all that may be spent. */
static void
ngx_ai_probe_spend(ngx_ai_probe_t *p, uint64_t cost)
{
    uint64_t              day, old;
    ngx_ai_zone_t        *zone;
    ngx_ai_health_t      *e;
    ngx_ai_probe_conf_t  *conf;

    zone = p->amcf->zone;
    conf = p->target->vendor->probe;
    e = &zone->health[zone->health_index[p->target->vendor->health]];

    day = p->began / NGX_AI_PROBE_DAY;
    old = ngx_ai_get(&e->probe_day);

    if (old != day && ngx_ai_swap(&e->probe_day, old, day)) {
        ngx_ai_set(&e->probe_cost, 0);
    }

    if (cost == AIR_UNKNOWN) {
        cost = conf->cost;
    }

    old = ngx_ai_add(&e->probe_cost, cost);

    if (conf->cost != 0 && old < conf->cost && old + cost >= conf->cost) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "ai: probe vendor=%V has spent its money of today",
                      &p->target->vendor->name);
    }
}


static void
ngx_ai_probe_free(ngx_ai_probe_t *p)
{
    ngx_uint_t  i;

    for (i = 0; i < 3; i++) {
        if (p->entry[i] != NULL) {
            air_health_release(p->entry[i], p->claim[i]);
        }
    }

    if (p->secret != NULL) {
        ngx_explicit_memzero(p->secret, ngx_strlen(p->secret));
    }

    ngx_queue_remove(&p->queue);
    ngx_destroy_pool(p->pool);
}
