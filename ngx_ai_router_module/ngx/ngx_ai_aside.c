
/*
 * Calls of our own: written by the target's codec, sent by libcurl.
 *
 *   start    body, headers, key; noted as in flight; on its way
 *   thread   waits for the reply; a simulated one waits for a timer
 *   done     judged and booked as an attempt would be; handler
 *
 * A thread touches nothing of nginx but the memory of its own call.
 */

#include "ngx_ai_conf.h"
#include "ngx_ai_zone.h"
#include "ngx_ai_call.h"
#include "ngx_ai_probe.h"
#include "ngx_ai_simulate.h"

#include "../core/air_purse.h"


#define NGX_AI_ASIDES        64       /* of a worker at once                */
#define NGX_AI_ASIDES_SHARED 16       /* without threads of their own       */
#define NGX_AI_ASIDE_THREADS "threads=64"
#define NGX_AI_REST_MIN      1000
#define NGX_AI_REST_MAX      3600000


struct ngx_ai_asides_s {
    ngx_queue_t           running;
    ngx_uint_t            n;
    ngx_connection_t      none;           /* what debug logs look at        */
    unsigned              closing:1;
};


static ngx_int_t ngx_ai_aside_prepare(ngx_ai_call_t *call);
static ngx_int_t ngx_ai_aside_names(ngx_ai_call_t *call);
static ngx_int_t ngx_ai_aside_hold(ngx_ai_call_t *call);
static ngx_int_t ngx_ai_aside_reserve(ngx_ai_call_t *call,
    air_accounts_t *book);
static void ngx_ai_aside_release(ngx_ai_call_t *call, uint64_t cost);
static ngx_int_t ngx_ai_aside_send(ngx_ai_call_t *call);
static ngx_int_t ngx_ai_aside_simulate(ngx_ai_call_t *call);
static void ngx_ai_aside_thread(void *data, ngx_log_t *log);
static void ngx_ai_aside_timer(ngx_event_t *ev);
static void ngx_ai_aside_done(ngx_event_t *ev);
static void ngx_ai_aside_end(ngx_ai_call_t *call, ngx_uint_t exiting);
static air_fault_e ngx_ai_aside_fault(ngx_ai_call_t *call);
static void ngx_ai_aside_cost(ngx_ai_call_t *call);
static void ngx_ai_aside_judge(ngx_ai_call_t *call);
static void ngx_ai_aside_record(ngx_ai_call_t *call, air_record_t *rec);
static void ngx_ai_aside_book(ngx_ai_call_t *call);
static void ngx_ai_aside_drop(ngx_ai_call_t *call);


/* ---- configuration, process ------------------------------------------- */

ngx_int_t
ngx_ai_aside_conf(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf)
{
    if (amcf->aside_pool == NULL) {
        amcf->aside_pool = ngx_ai_conf_threads(cf, "ai_asides",
                                               NGX_AI_ASIDE_THREADS);
    }

    return amcf->aside_pool != NULL ? NGX_OK : NGX_ERROR;
}


const char *
ngx_ai_aside_cannot(ngx_ai_target_t *target)
{
    if (target->vendor->simulated) {
        return NULL;
    }

    if (target->vendor->endpoint.len == 0) {
        return "only a vendor with \"endpoint\" can be asked beside a "
               "request";
    }

    if (target->uri[AIR_OP_CHAT].len == 0) {
        return "that model answers no chat";
    }

    return NULL;
}


ngx_int_t
ngx_ai_aside_init_process(ngx_cycle_t *cycle, ngx_ai_main_conf_t *amcf)
{
    ngx_ai_asides_t  *asides;

    if (amcf->zone == NULL
        || (amcf->aside_pool == NULL && !ngx_ai_probe_any(amcf)))
    {
        return NGX_OK;
    }

    if (air_fetch_init() != AIR_OK) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "ai: libcurl cannot be used");
        return NGX_ERROR;
    }

    asides = ngx_pcalloc(cycle->pool, sizeof(ngx_ai_asides_t));
    if (asides == NULL) {
        return NGX_ERROR;
    }

    ngx_queue_init(&asides->running);
    asides->none.fd = (ngx_socket_t) -1;

    amcf->asides = asides;

    return NGX_OK;
}


void
ngx_ai_aside_exit_process(ngx_ai_main_conf_t *amcf)
{
    ngx_queue_t    *q;
    ngx_ai_call_t  *call;

    if (amcf->asides == NULL) {
        return;
    }

    amcf->asides->closing = 1;

    while (!ngx_queue_empty(&amcf->asides->running)) {

        q = ngx_queue_head(&amcf->asides->running);
        call = ngx_queue_data(q, ngx_ai_call_t, queue);

        if (call->ran) {
            ngx_ai_aside_end(call, 1);
            continue;
        }

        /* a simulated one, which nobody was asked for */

        if (call->aside.late && call->aside.handler != NULL) {
            call->aside.fault = AIR_FAULT_LOST;
            call->aside.cost = 0;
            call->aside.handler(&call->aside);
        }

        ngx_ai_aside_drop(call);
    }

    amcf->asides = NULL;
    air_fetch_done();
}


/* ---- start ------------------------------------------------------------ */

ngx_ai_aside_t *
ngx_ai_aside_create(ngx_ai_main_conf_t *amcf)
{
    ngx_pool_t         *pool;
    ngx_ai_call_t      *call;
    ngx_thread_task_t  *task;

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    task = ngx_thread_task_alloc(pool, sizeof(ngx_ai_call_t));
    if (task == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    call = task->ctx;

    call->task = task;
    call->mem = ngx_ai_mem(pool);
    call->slot = -1;
    call->aside.amcf = amcf;
    call->aside.pool = pool;
    call->aside.said = "";
    call->aside.cost = AIR_UNKNOWN;

    return &call->aside;
}


void
ngx_ai_aside_free(ngx_ai_aside_t *aside)
{
    ngx_ai_aside_drop((ngx_ai_call_t *) aside);
}


void
ngx_ai_aside_forget(ngx_ai_aside_t *aside)
{
    aside->handler = NULL;
}


ngx_int_t
ngx_ai_aside_start(ngx_ai_aside_t *aside)
{
    ngx_int_t            rc;
    ngx_ai_call_t       *call;
    ngx_ai_shared_t     *sh;
    ngx_ai_main_conf_t  *amcf;

    call = (ngx_ai_call_t *) aside;
    amcf = aside->amcf;

    if (amcf->asides == NULL || amcf->asides->closing) {
        ngx_ai_aside_drop(call);
        return NGX_DECLINED;
    }

    aside->began = ngx_ai_now();

    rc = ngx_ai_aside_prepare(call);

    if (rc == NGX_OK) {
        rc = ngx_ai_aside_send(call);
    }

    sh = amcf->zone->sh;

    if (rc != NGX_OK) {
        ngx_ai_add(&sh->asides_refused, 1);
        ngx_ai_aside_drop(call);
        return rc;
    }

    ngx_ai_add(&sh->asides, 1);

    call->running = 1;
    amcf->asides->n++;
    ngx_queue_insert_tail(&amcf->asides->running, &call->queue);

    if (!(aside->flags & AIR_REC_PROBE)) {
        ngx_ai_live_begin(amcf->zone, aside->target->health);
    }

    return NGX_OK;
}


/* All but the sending; what fails leaves nothing that drop() does not find. */
static ngx_int_t
ngx_ai_aside_prepare(ngx_ai_call_t *call)
{
    ngx_int_t            rc;
    ngx_uint_t           max;
    air_record_t         rec;
    air_accounts_t      *book;
    ngx_ai_aside_t      *aside;
    ngx_ai_main_conf_t  *amcf;

    aside = &call->aside;
    amcf = aside->amcf;

    call->op = aside->msg->op == AIR_OP_EMBEDDINGS ? AIR_OP_EMBEDDINGS
                                                   : AIR_OP_CHAT;
    call->codec = ngx_ai_codec_of(aside->target->vendor, call->op);

    /* nothing is sent that cannot be booked */

    max = amcf->aside_pool != NULL ? NGX_AI_ASIDES : NGX_AI_ASIDES_SHARED;

    if (amcf->asides->n >= max
        || (!amcf->store_off && amcf->ledger == NULL)
        || (!aside->target->vendor->simulated
            && (aside->target->vendor->endpoint.len == 0
                || aside->target->uri[call->op].len == 0)))
    {
        return NGX_DECLINED;
    }

    if (!aside->chosen) {

        if (!ngx_ai_health_claim(amcf->zone, aside->target, aside->began,
                                 &aside->key, &call->claims))
        {
            return NGX_DECLINED;
        }

        call->claimed = 1;
    }

    rc = ngx_ai_aside_names(call);

    if (rc == NGX_OK) {
        rc = ngx_ai_call_body(call);
    }

    if (rc == NGX_OK && !aside->target->vendor->simulated) {
        rc = ngx_ai_call_headers(call);
    }

    if (rc == NGX_OK) {
        ngx_ai_call_bound(call);
        rc = ngx_ai_aside_hold(call);
    }

    if (rc != NGX_OK || amcf->ledger == NULL) {
        return rc;
    }

    ngx_ai_aside_record(call, &rec);
    rec.cost = call->worst;

    book = amcf->accounting ? air_ledger_accounts(amcf->ledger) : NULL;

    if (amcf->accounting) {
        rec.flags |= AIR_REC_HELD;
    }

    call->slot = air_ledger_begin(amcf->ledger, &rec);

    if (call->slot < 0) {
        call->slot = -1;
        return NGX_DECLINED;
    }

    return amcf->accounting ? ngx_ai_aside_reserve(call, book) : NGX_OK;
}


/* What it may cost is set aside in the accounts of who pays, too; its slot ends
   that.  book is NULL while there are none.  NGX_OK or NGX_DECLINED. */
static ngx_int_t
ngx_ai_aside_reserve(ngx_ai_call_t *call, air_accounts_t *book)
{
    int64_t              hold;
    air_ask_t            ask;
    air_refusal_t        refusal;
    ngx_ai_aside_t      *aside;
    ngx_ai_accounts_t    named, list;
    ngx_ai_main_conf_t  *amcf;

    aside = &call->aside;
    amcf = aside->amcf;

    if (aside->accounts == NULL) {
        ngx_ai_accounts_named(amcf, &aside->principal, &aside->team,
                              &aside->workflow, &named);
        aside->accounts = &named;
    }

    ngx_ai_accounts_target(aside->accounts, aside->target, &list);
    aside->accounts = NULL;

    ngx_memzero(&ask, sizeof(air_ask_t));
    ask.worst = call->worst;
    ask.expected = call->worst;

    hold = book == NULL ? AIR_EIO
                        : air_accounts_reserve(book, list.list, list.n, &ask,
                                               call->slot, aside->began,
                                               &refusal);

    if (hold > 0) {
        return NGX_OK;
    }

    if (hold != AIR_EBUSY && !list.budgets) {
        air_ledger_unheld(amcf->ledger, call->slot);
        return NGX_OK;
    }

    air_ledger_cancel(amcf->ledger, call->slot);
    call->slot = -1;

    return NGX_DECLINED;
}


/* The names are needed until it is booked. */
static ngx_int_t
ngx_ai_aside_names(ngx_ai_call_t *call)
{
    ngx_uint_t       i;
    ngx_str_t       *name[3];
    ngx_ai_aside_t  *aside;

    aside = &call->aside;

    name[0] = &aside->workflow;
    name[1] = &aside->principal;
    name[2] = &aside->team;

    for (i = 0; i < 3; i++) {

        if (name[i]->len == 0) {
            continue;
        }

        name[i]->data = ngx_pstrdup(aside->pool, name[i]);
        if (name[i]->data == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* What it may cost is set aside in its purse. */
static ngx_int_t
ngx_ai_aside_hold(ngx_ai_call_t *call)
{
    uint64_t         old;
    ngx_ai_purse_t  *purse;

    purse = &call->aside.purse;

    if (purse->max == 0) {
        return NGX_OK;
    }

    if (call->worst == AIR_UNKNOWN || call->worst > purse->max) {
        return NGX_DECLINED;
    }

    do {
        old = ngx_ai_get(purse->word);

        if (air_purse_spent(old, call->aside.began)
            > purse->max - call->worst)
        {
            return NGX_DECLINED;
        }

        call->held_in = air_purse_add(old, call->aside.began, call->worst);

    } while (!ngx_ai_swap(purse->word, old, call->held_in));

    call->held = call->worst;

    return NGX_OK;
}


/* The rest goes back, on the same day; what nobody knows is all of it. */
static void
ngx_ai_aside_release(ngx_ai_call_t *call, uint64_t cost)
{
    uint64_t   old, set, *word;

    word = call->aside.purse.word;

    while (call->held != 0 && cost != AIR_UNKNOWN) {
        old = ngx_ai_get(word);
        set = air_purse_settle(old, call->held_in, call->held, cost);

        if (set == old || ngx_ai_swap(word, old, set)) {
            break;
        }
    }

    call->held = 0;
}


static ngx_int_t
ngx_ai_aside_send(ngx_ai_call_t *call)
{
    ngx_thread_pool_t   *pool;
    ngx_thread_task_t   *task;
    ngx_ai_main_conf_t  *amcf;

    amcf = call->aside.amcf;

    if (call->aside.target->vendor->simulated) {
        return ngx_ai_aside_simulate(call);
    }

    task = call->task;

    task->handler = ngx_ai_aside_thread;
    task->event.handler = ngx_ai_aside_done;
    task->event.data = call;
    task->event.log = ngx_cycle->log;

    pool = amcf->aside_pool ? amcf->aside_pool : amcf->pool;

    return ngx_thread_task_post(pool, task) == NGX_OK ? NGX_OK : NGX_DECLINED;
}


/* The answer is made now, and given when it would have come. */
static ngx_int_t
ngx_ai_aside_simulate(ngx_ai_call_t *call)
{
    ngx_msec_t       wait;
    ngx_uint_t       status;
    ngx_ai_aside_t  *aside;

    aside = &call->aside;

    if (ngx_ai_simulate_whole(aside->target, call->codec, call->op,
                              call->fetch.body, &call->mem, &call->got.body,
                              &status, &wait)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    call->rc = AIR_OK;
    call->got.status = status;

    if (wait > aside->timeout) {
        call->rc = AIR_EBUSY;
        call->got.status = 0;
        wait = aside->timeout;
    }

    call->got.took_ms = wait;

    call->event.handler = ngx_ai_aside_timer;
    call->event.data = &aside->amcf->asides->none;
    call->event.log = ngx_cycle->log;

    ngx_add_timer(&call->event, wait);

    return NGX_OK;
}


static void
ngx_ai_aside_thread(void *data, ngx_log_t *log)
{
    ngx_ai_call_t *call = data;

    call->rc = air_fetch(&call->fetch, &call->mem, &call->got, &call->err);
    call->ran = 1;
}


/* ---- end -------------------------------------------------------------- */

static void
ngx_ai_aside_timer(ngx_event_t *ev)
{
    ngx_ai_call_t  *call;

    call = (ngx_ai_call_t *) ((u_char *) ev - offsetof(ngx_ai_call_t, event));

    call->ran = 1;

    ngx_ai_aside_end(call, 0);
}


static void
ngx_ai_aside_done(ngx_event_t *ev)
{
    ngx_ai_aside_end(ev->data, 0);
}


static void
ngx_ai_aside_end(ngx_ai_call_t *call, ngx_uint_t exiting)
{
    ngx_ai_aside_t  *aside;

    aside = &call->aside;

    aside->fault = ngx_ai_aside_fault(call);
    aside->said = call->rc != AIR_OK ? call->got.error : "";
    aside->status = call->got.status;
    aside->took = call->got.took_ms;
    aside->reached = call->rc == AIR_OK;

    ngx_ai_aside_cost(call);
    ngx_ai_aside_judge(call);
    ngx_ai_aside_book(call);
    ngx_ai_aside_release(call, aside->cost);

    if (aside->row != NULL) {
        ngx_ai_stat_aid(aside->row, aside->flags, aside->task, aside->cost);
    }

    if (aside->handler != NULL && (!exiting || aside->late)) {
        aside->handler(aside);
    }

    ngx_ai_aside_drop(call);
}


/* What became of it; the note and the reply are read. */
static air_fault_e
ngx_ai_aside_fault(ngx_ai_call_t *call)
{
    air_fault_e           fault;
    air_error_t           error;
    air_json_doc_t        doc, *body;
    ngx_ai_aside_t       *aside;
    const air_profile_t  *profile;

    aside = &call->aside;
    profile = aside->target->vendor->profile;

    air_note_init(&aside->note);

    switch (call->rc) {

    case AIR_OK:
        break;

    case AIR_EBUSY:
        return AIR_FAULT_TRY_TIMEOUT;

    case AIR_AGAIN:
        return AIR_FAULT_LOST;

    case AIR_ELIMIT:
        return AIR_FAULT_TOO_BIG;

    case AIR_EIO:
        return AIR_FAULT_REFUSED;

    default:
        return AIR_FAULT_INTERNAL;
    }

    air_json_init(&doc, &call->mem);
    body = NULL;

    if (air_json_scan(&doc, air_buf_view(&call->got.body), AIR_JSON_VENDOR,
                      NULL)
        == AIR_OK && air_json_root(&doc)->type == AIR_JSON_OBJECT)
    {
        body = &doc;
    }

    fault = air_fault_classify(call->got.status, body, &call->mem, NULL);

    if (fault != AIR_FAULT_NONE) {
        call->rest_ms = air_retry_after(air_str_z(call->got.retry),
                                        air_str_z(call->got.retry_ms), body,
                                        ngx_ai_now(), NGX_AI_REST_MIN,
                                        NGX_AI_REST_MAX, &call->rest_said);
        return fault;
    }

    if (body == NULL) {
        return AIR_FAULT_NOT_JSON;
    }

    call->codec->reply_note(call->op, body, profile, &aside->note);

    if (!(aside->flags & AIR_REC_PROBE)
        && call->codec->reply_read(call->op, body, profile, &call->mem,
                                   &aside->reply, &error)
           != AIR_OK)
    {
        return AIR_FAULT_BAD_JSON;
    }

    return AIR_FAULT_NONE;
}


static void
ngx_ai_aside_cost(ngx_ai_call_t *call)
{
    air_usage_t            *u;
    ngx_ai_aside_t         *aside;
    const air_fault_row_t  *row;

    aside = &call->aside;
    u = &aside->note.usage;
    row = air_fault_row(aside->fault);

    if (!u->seen && aside->fault != AIR_FAULT_NONE
        && row->ledger == AIR_LEDGER_RELEASE)
    {
        call->certainty = AIR_CERTAIN_NONE;
        aside->cost = 0;
        return;
    }

    if (!u->seen) {
        u->estimated = 1;
        u->n[AIR_IN] = call->input;
        u->n[AIR_OUT] = air_estimate_tokens(&aside->note.visible);
    }

    call->certainty = u->estimated ? AIR_CERTAIN_ESTIMATED
                                   : AIR_CERTAIN_REPORTED;

    ngx_ai_usage_cost(aside->amcf, aside->target, &aside->note, aside->began,
                      &call->priced);

    aside->cost = call->priced.cost;
}


/* Health and live figures, as of an attempt. */
static void
ngx_ai_aside_judge(ngx_ai_call_t *call)
{
    ngx_ai_zone_t     *zone;
    ngx_ai_aside_t    *aside;
    ngx_ai_verdict_t   v;

    aside = &call->aside;
    zone = aside->amcf->zone;

    if (!aside->chosen) {
        ngx_memzero(&v, sizeof(ngx_ai_verdict_t));

        v.target = aside->target;
        v.key = aside->key;
        v.began = aside->began;
        v.fault = aside->fault;
        v.rest_ms = call->rest_ms;
        v.said = call->rest_said;

        ngx_ai_health_judge(zone, &v);
    }

    if (!(aside->flags & AIR_REC_PROBE)) {
        ngx_ai_live_whole(zone, aside->target->health, aside->fault,
                          aside->took, aside->note.usage.seen
                          ? air_usage_output(&aside->note.usage) : 0);
    }
}


/* What is known when it begins. */
static void
ngx_ai_aside_record(ngx_ai_call_t *call, air_record_t *rec)
{
    ngx_ai_aside_t  *aside;

    aside = &call->aside;

    ngx_memzero(rec, sizeof(air_record_t));

    rec->kind = AIR_RECORD_ATTEMPT;
    rec->op = call->op;
    rec->attempt = aside->n;
    rec->time_ms = aside->began;
    rec->flags = aside->flags;
    rec->cost = AIR_UNKNOWN;
    rec->computed_cost = AIR_UNKNOWN;
    rec->request_bytes = call->fetch.body.len;
    ngx_memcpy(rec->request_id, aside->id, sizeof(aside->id));

    rec->vendor = ngx_ai_air(aside->target->vendor->name);
    rec->model = ngx_ai_air(aside->target->model);
    rec->workflow = ngx_ai_air(aside->workflow);
    rec->principal = ngx_ai_air(aside->principal);
    rec->team = ngx_ai_air(aside->team);
    rec->task = aside->task;

    if (aside->target->vendor->simulated) {
        rec->flags |= AIR_REC_SIMULATED;
    }
}


static void
ngx_ai_aside_book(ngx_ai_call_t *call)
{
    ngx_uint_t       i;
    air_note_t      *note;
    air_record_t     rec;
    ngx_ai_aside_t  *aside;

    aside = &call->aside;
    note = &aside->note;

    if (aside->amcf->ledger == NULL) {
        return;
    }

    ngx_ai_aside_record(call, &rec);

    rec.status = aside->status;
    rec.fault = aside->fault;
    rec.latency_ms = aside->took;
    rec.reply_bytes = call->got.body.len;
    rec.certainty = call->certainty;
    rec.cost = aside->cost;
    rec.computed_cost = call->priced.computed;
    rec.price_id = call->priced.price_id;
    rec.tier_served = note->usage.tier;
    rec.reasoning = note->usage.reasoning;
    rec.served_model = air_str_n(note->model, note->model_len);
    rec.vendor_id = air_str_n(note->id, note->id_len);

    for (i = 0; i < AIR_NCLASS; i++) {
        rec.n[i] = note->usage.n[i];
    }

    for (i = 0; i < AIR_NFEE; i++) {
        rec.fee[i] = note->usage.fee[i];
    }

    if (note->usage.clamped) {
        rec.flags |= AIR_REC_CLAMPED;
    }

    if (note->usage.vendor_cost != AIR_UNKNOWN) {
        rec.flags |= AIR_REC_VENDOR_COST;
    }

    if (call->priced.flags & AIR_COST_FALLBACK) {
        rec.flags |= AIR_REC_FALLBACK_RATE;
    }

    if (call->priced.changed) {
        rec.flags |= AIR_REC_MODEL_CHANGED;
    }

    if (aside->flags & AIR_REC_PROBE) {

        /* nobody else's request is behind it */

        rec.flags |= AIR_REC_FINAL;
        rec.client_status = aside->fault != AIR_FAULT_NONE
                            ? air_fault_row(aside->fault)->status
                            : NGX_HTTP_OK;
    }

    ngx_ai_stat_ledger(aside->amcf, air_ledger_settle(aside->amcf->ledger,
                                                      call->slot, &rec));
    call->slot = -1;
}


static void
ngx_ai_aside_drop(ngx_ai_call_t *call)
{
    ngx_ai_zone_t       *zone;
    ngx_ai_aside_t      *aside;
    ngx_ai_main_conf_t  *amcf;

    aside = &call->aside;
    amcf = aside->amcf;
    zone = amcf->zone;

    if (call->claimed) {
        ngx_ai_health_release(zone, aside->target, aside->key, &call->claims);
    }

    if (call->slot >= 0 && amcf->ledger != NULL) {
        air_ledger_cancel(amcf->ledger, call->slot);
    }

    ngx_ai_aside_release(call, 0);

    if (call->event.timer_set) {
        ngx_del_timer(&call->event);
    }

    if (call->running) {
        ngx_queue_remove(&call->queue);
        amcf->asides->n--;

        if (!(aside->flags & AIR_REC_PROBE)) {
            ngx_ai_live_end(zone, aside->target->health);
        }
    }

    if (call->secret != NULL) {
        ngx_explicit_memzero(call->secret, ngx_strlen(call->secret));
    }

    ngx_destroy_pool(aside->pool);
}
