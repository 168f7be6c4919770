
/*
 * The header Idempotency-Key: a request that is sent again with the key it had
 * before is not done again.  While the first one runs the others wait for it,
 * and look every now and then, since workers cannot wake each other; then all
 * get the same bytes.  Only whole good answers are kept, streams too; what
 * ends badly frees its key, and one of those who wait goes on with it.
 *
 * Whose caller leaves is read to its end: he will come back for the answer.
 */

#include "ngx_ai_floor.h"

#include <signal.h>


#define NGX_AI_IDEM_POLL    50            /* ms */
#define NGX_AI_IDEM_MOST    660000        /* ms, of an unknown workflow     */
#define NGX_AI_IDEM_KEY     255           /* bytes */
#define NGX_AI_IDEM_STREAM  1             /* kind of an answer              */


/* a zone of it, as one configuration knows it */
struct ngx_ai_idem_zone_s {
    ngx_slab_pool_t      *shpool;
    air_idem_t           *table;
    size_t                size;           /* of the table                   */
    ngx_atomic_t         *busy;           /* somebody is in it              */
};


/* a request's part in it */
struct ngx_ai_idem_s {
    ngx_ai_ctx_t         *ctx;
    ngx_event_t           event;
    air_idem_ref_t        ref;
    u_char                key[AIR_IDEM_HASH];
    u_char                body[AIR_IDEM_HASH];
    uint64_t              stamp;          /* who was waited for, how long   */
    uint64_t              len;            /* his answer was, and since when */
    ngx_msec_t            since;
    unsigned              mine:1;         /* it runs it                     */
    unsigned              given_up:1;     /* its answer is too large        */
    unsigned              closed:1;       /* kept or dropped                */
};


static void ngx_ai_idem_lock(ngx_ai_idem_zone_t *zone);
static void ngx_ai_idem_unlock(ngx_ai_idem_zone_t *zone);
static ngx_int_t ngx_ai_idem_zone_init(ngx_shm_zone_t *shm_zone, void *data);
static air_idem_e ngx_ai_idem_ask(ngx_ai_idem_t *idem);
static ngx_uint_t ngx_ai_idem_gone(ngx_ai_idem_t *idem);
static ngx_int_t ngx_ai_idem_wait(ngx_ai_idem_t *idem);
static void ngx_ai_idem_look(ngx_event_t *ev);
static ngx_int_t ngx_ai_idem_answer(ngx_ai_idem_t *idem);
static ngx_int_t ngx_ai_idem_next(ngx_ai_idem_t *idem, air_error_t *error);
static ngx_int_t ngx_ai_idem_tail(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att);
static void ngx_ai_idem_close(ngx_ai_idem_t *idem, ngx_ai_attempt_t *att);
static void ngx_ai_idem_cleanup(void *data);


/* ---- the zone --------------------------------------------------------- */

/* a table whose lock was held by a worker that died may be half changed: it
   is emptied */
static void
ngx_ai_idem_lock(ngx_ai_idem_zone_t *zone)
{
    ngx_shmtx_lock(&zone->shpool->mutex);

    if (*zone->busy) {
        air_idem_reset(zone->table);
    }

    *zone->busy = 1;
}


static void
ngx_ai_idem_unlock(ngx_ai_idem_zone_t *zone)
{
    *zone->busy = 0;

    ngx_shmtx_unlock(&zone->shpool->mutex);
}


ngx_int_t
ngx_ai_idem_zone_add(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t            i, used;
    ngx_shm_zone_t       *shm_zone;
    ngx_ai_loc_conf_t   **route;
    ngx_str_t             name = ngx_string("ai_idempotency");

    route = amcf->routes.elts;
    used = 0;

    for (i = 0; i < amcf->routes.nelts; i++) {
        used |= route[i]->idem != 0;
    }

    if (!used) {
        return NGX_OK;
    }

    if (amcf->idem_size == NGX_CONF_UNSET_SIZE) {
        amcf->idem_size = 10 * 1024 * 1024;
    }

    shm_zone = ngx_shared_memory_add(cf, &name, amcf->idem_size,
                                     &ngx_ai_router_module);
    if (shm_zone == NULL) {
        return NGX_ERROR;
    }

    amcf->idem = ngx_pcalloc(cf->pool, sizeof(ngx_ai_idem_zone_t));
    if (amcf->idem == NULL) {
        return NGX_ERROR;
    }

    shm_zone->init = ngx_ai_idem_zone_init;
    shm_zone->data = amcf->idem;

    return NGX_OK;
}


static ngx_int_t
ngx_ai_idem_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_ai_idem_zone_t *old = data;

    u_char              *mem;
    ngx_ai_idem_zone_t  *zone;

    zone = shm_zone->data;
    zone->shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    zone->size = ngx_ai_zone_room(shm_zone->shm.size) - 64;

    if (old != NULL) {
        mem = (u_char *) old->busy;

        if (air_idem_open(mem + 64, zone->size) == NULL) {
            ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                          "zone \"%V\" was made by another version of "
                          "ngx_ai_router_module: restart nginx, or give "
                          "\"ai_idempotency_zone\" another size",
                          &shm_zone->shm.name);
            return NGX_ERROR;
        }

        zone->busy = old->busy;
        zone->table = old->table;

        return NGX_OK;
    }

    mem = ngx_slab_alloc(zone->shpool, zone->size + 64);

    if (mem == NULL || air_idem_make(mem + 64, zone->size) == NULL) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "zone \"%V\" has no room for its table of %uz bytes",
                      &shm_zone->shm.name, zone->size);
        return NGX_ERROR;
    }

    zone->busy = (ngx_atomic_t *) mem;
    zone->table = (air_idem_t *) (mem + 64);
    *zone->busy = 0;

    return NGX_OK;
}


void
ngx_ai_idem_count(ngx_ai_idem_zone_t *zone, uint64_t *kept,
    uint64_t *running)
{
    ngx_ai_idem_lock(zone);
    air_idem_count(zone->table, kept, running);
    ngx_ai_idem_unlock(zone);
}


/* ---- a request -------------------------------------------------------- */

/* one of many on a connection, whose end is told by itself */
static ngx_uint_t
ngx_ai_streamed(ngx_http_request_t *r)
{
#if (NGX_HTTP_V2)

    return r->stream != NULL;

#else

    return 0;

#endif
}


ngx_int_t
ngx_ai_idem_header(ngx_ai_ctx_t *ctx, ngx_table_elt_t *h, air_error_t *error)
{
    size_t  i;

    if (h->key.len != sizeof("idempotency-key") - 1 || !ctx->alcf->idem
        || ngx_memcmp(h->lowcase_key, "idempotency-key", h->key.len) != 0)
    {
        return NGX_OK;
    }

    for (i = 0; i < h->value.len; i++) {
        if (h->value.data[i] < 0x20 || h->value.data[i] == 0x7f) {
            break;
        }
    }

    if (i < h->value.len || h->value.len > NGX_AI_IDEM_KEY
        || ctx->idem_key.len != 0)
    {
        ngx_ai_say(error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                   "invalid_value", "The header Idempotency-Key must be one, "
                   "of at most 255 bytes and without control characters.");
        return NGX_DECLINED;
    }

    ctx->idem_key = h->value;

    return NGX_OK;
}


ngx_int_t
ngx_ai_idem(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    ngx_int_t            rc;
    ngx_ai_idem_t       *idem;
    ngx_pool_cleanup_t  *cln;

    if (ctx->idem_key.len == 0 || ctx->peek || ctx->idem != NULL
        || ctx->op == AIR_OP_COUNT_TOKENS)
    {
        return NGX_OK;
    }

    idem = ngx_pcalloc(ctx->r->pool, sizeof(ngx_ai_idem_t));
    if (idem == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_ai_fingerprint(ctx->r, idem->body);

    if (rc == NGX_OK) {
        rc = ngx_ai_fingerprint_key(ctx, ctx->idem_key, idem->key);
    }

    if (rc != NGX_OK) {

        /* no body: it is refused anyway */

        return rc == NGX_DECLINED ? NGX_OK : rc;
    }

    cln = ngx_pool_cleanup_add(ctx->r->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_ai_idem_cleanup;
    cln->data = idem;

    idem->ctx = ctx;
    ctx->idem = idem;

    return ngx_ai_idem_next(idem, error);
}


static air_idem_e
ngx_ai_idem_ask(ngx_ai_idem_t *idem)
{
    uint64_t             owner;
    air_idem_e           state;
    ngx_ai_idem_zone_t  *zone;

    zone = idem->ctx->amcf->idem;
    owner = 0;

    for ( ;; ) {
        ngx_ai_idem_lock(zone);

        if (owner != 0) {

            /* who ran it is no more */

            air_idem_drop(zone->table, &idem->ref);
        }

        state = air_idem_ask(zone->table, idem->key, idem->body, ngx_ai_now(),
                             ngx_pid, &idem->ref);

        ngx_ai_idem_unlock(zone);

        if (state == AIR_IDEM_MINE || state == AIR_IDEM_FULL
            || idem->ref.owner == 0 || !ngx_ai_idem_gone(idem))
        {
            return state;
        }

        owner = idem->ref.owner;
    }
}


/*
 * 1 when who runs it is no more: his process is gone, or nothing came of it for
 * longer than a request may take, and the process is another one by now, or
 * hangs.
 */
static ngx_uint_t
ngx_ai_idem_gone(ngx_ai_idem_t *idem)
{
    ngx_msec_t          most;
    ngx_ai_ctx_t       *ctx;
    ngx_ai_workflow_t  *wf;

    ctx = idem->ctx;

    if (idem->ref.owner != (uint64_t) ngx_pid
        && kill((pid_t) idem->ref.owner, 0) != 0 && ngx_errno == ESRCH)
    {
        return 1;
    }

    if (idem->stamp != idem->ref.stamp || idem->len != idem->ref.len) {
        idem->stamp = idem->ref.stamp;
        idem->len = idem->ref.len;
        idem->since = ngx_current_msec;
        return 0;
    }

    wf = ngx_ai_conf_workflow(ctx->r, ctx->alcf);
    most = wf != NULL ? wf->total + wf->idle : NGX_AI_IDEM_MOST;

    if (ngx_current_msec - idem->since < most) {
        return 0;
    }

    ngx_log_error(NGX_LOG_WARN, ctx->r->connection->log, 0,
                  "ai: rid=%*s why=idempotency_lost: process %uL that runs "
                  "this request did nothing for %M ms, it is run anew",
                  (size_t) 32, ctx->id_hex, idem->ref.owner,
                  ngx_current_msec - idem->since);

    return 1;
}


/* NGX_OK: it is to be run; NGX_DECLINED with *error; NGX_AGAIN: it waits;
   NGX_DONE: it was answered; NGX_ERROR */
static ngx_int_t
ngx_ai_idem_next(ngx_ai_idem_t *idem, air_error_t *error)
{
    ngx_int_t      rc;
    ngx_ai_ctx_t  *ctx;

    ctx = idem->ctx;

    for ( ;; ) {

        switch (ngx_ai_idem_ask(idem)) {

        case AIR_IDEM_MINE:
            idem->mine = 1;

            if (idem->event.handler != NULL) {

                /* it waited in vain: its deadlines begin now */

                ctx->start = ngx_current_msec;
            }

            return NGX_OK;

        case AIR_IDEM_WAIT:
            return ngx_ai_idem_wait(idem);

        case AIR_IDEM_DONE:
            rc = ngx_ai_idem_answer(idem);

            if (rc != NGX_AGAIN) {
                return rc;
            }

            /* it gave way to another one just now */

            continue;

        case AIR_IDEM_OTHER:
            ngx_memzero(error, sizeof(air_error_t));
            error->fault = AIR_FAULT_REQUEST;

            ngx_ai_say(error, 422, "invalid_request_error",
                       "idempotency_conflict", "This Idempotency-Key was "
                       "used for another request; use a key of its own for "
                       "each request.");
            return NGX_DECLINED;

        default:
            ngx_log_error(NGX_LOG_WARN, ctx->r->connection->log, 0,
                          "ai: rid=%*s why=idempotency_full: the zone is full "
                          "of requests that run, this one can be sent twice",
                          (size_t) 32, ctx->id_hex);
            return NGX_OK;
        }
    }
}


static ngx_int_t
ngx_ai_idem_wait(ngx_ai_idem_t *idem)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = idem->ctx->r;
    c = r->connection;

    if (idem->event.handler == NULL) {
        idem->event.handler = ngx_ai_idem_look;
        idem->event.data = c;
        idem->event.log = c->log;

        /* a caller who leaves does not wait */

        r->read_event_handler = ngx_http_test_reading;
        r->write_event_handler = ngx_http_request_empty_handler;

        if (!ngx_ai_streamed(r)) {

            if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
                return NGX_ERROR;
            }

            if (c->read->ready) {
                ngx_post_event(c->read, &ngx_posted_events);
            }
        }
    }

    ngx_add_timer(&idem->event, NGX_AI_IDEM_POLL);

    return NGX_AGAIN;
}


static void
ngx_ai_idem_look(ngx_event_t *ev)
{
    ngx_int_t          rc;
    air_error_t        error;
    ngx_ai_ctx_t      *ctx;
    ngx_ai_idem_t     *idem;
    ngx_connection_t  *c;

    idem = (ngx_ai_idem_t *) ((u_char *) ev - offsetof(ngx_ai_idem_t, event));
    ctx = idem->ctx;
    c = ctx->r->connection;

    ngx_http_set_log_request(c->log, ctx->r);

    ngx_memzero(&error, sizeof(air_error_t));
    error.fault = AIR_FAULT_REQUEST;

    rc = ngx_ai_idem_next(idem, &error);

    if (rc != NGX_AGAIN && rc != NGX_DONE) {
        ngx_ai_go(ctx, rc, &error);
    }

    ngx_http_run_posted_requests(c);
}


/* the same answer again; NGX_DONE, NGX_AGAIN when it is gone, NGX_ERROR */
static ngx_int_t
ngx_ai_idem_answer(ngx_ai_idem_t *idem)
{
    int                   rc;
    ngx_str_t             body, value;
    ngx_ai_ctx_t         *ctx;
    ngx_http_request_t   *r;
    ngx_ai_idem_zone_t   *zone;

    ctx = idem->ctx;
    r = ctx->r;
    zone = ctx->amcf->idem;

    body.len = idem->ref.len;
    body.data = ngx_pnalloc(r->pool, body.len ? body.len : 1);

    if (body.data == NULL) {
        return NGX_ERROR;
    }

    ngx_ai_idem_lock(zone);
    rc = air_idem_read(zone->table, &idem->ref, body.data);
    ngx_ai_idem_unlock(zone);

    if (rc != AIR_OK) {
        return NGX_AGAIN;
    }

    ngx_str_set(&value, "true");

    if (ngx_ai_header_add(r, "Idempotent-Replayed", &value) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_str_set(&value, "application/json");

    if (idem->ref.kind == NGX_AI_IDEM_STREAM) {
        ngx_str_set(&value, "text/event-stream");
    }

    ctx->workflow = ngx_ai_conf_workflow(r, ctx->alcf);
    ctx->finished = 1;
    ctx->replayed = 1;

    ngx_http_finalize_request(r, ngx_ai_text_send(ctx, &value, &body));

    return NGX_DONE;
}


/* ---- its answer ------------------------------------------------------- */

ngx_uint_t
ngx_ai_idem_keeps(ngx_ai_ctx_t *ctx)
{
    return ctx->idem != NULL && ctx->idem->mine && !ctx->idem->given_up
           && !ctx->idem->closed && !(ctx->gone && ngx_ai_floor_on(ctx));
}


void
ngx_ai_idem_add(ngx_ai_ctx_t *ctx, ngx_chain_t *in)
{
    int                  rc;
    ngx_buf_t           *b;
    ngx_ai_idem_t       *idem;
    ngx_ai_idem_zone_t  *zone;

    if (!ngx_ai_idem_keeps(ctx)) {
        return;
    }

    idem = ctx->idem;
    zone = ctx->amcf->idem;
    rc = AIR_OK;

    ngx_ai_idem_lock(zone);

    for ( /* void */ ; in != NULL && rc == AIR_OK; in = in->next) {
        b = in->buf;

        if (!ngx_buf_in_memory(b) || b->last == b->pos) {
            continue;
        }

        rc = idem->ref.len + (b->last - b->pos) > ctx->alcf->idem_max
             ? AIR_ELIMIT
             : air_idem_add(zone->table, &idem->ref,
                            air_str_n(b->pos, b->last - b->pos));
    }

    ngx_ai_idem_unlock(zone);

    if (rc != AIR_OK) {
        idem->given_up = 1;

        ngx_log_error(NGX_LOG_INFO, ctx->r->connection->log, 0,
                      "ai: rid=%*s why=idempotency_size: the answer is too "
                      "large to be kept", (size_t) 32, ctx->id_hex);
    }
}


/* how a stream ends whose vendor says no end mark, for a caller who left */
static ngx_int_t
ngx_ai_idem_tail(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    air_str_t    text;
    ngx_buf_t    b;
    ngx_chain_t  cl;

    if (!ctx->gone || att->body != NGX_AI_BODY_STREAM || ctx->done_sent) {
        return NGX_OK;
    }

    if (att->cross) {

        if (ngx_ai_cross_end(att) != NGX_OK) {
            return NGX_ERROR;
        }

        text = air_buf_view(att->out);

    } else {
        text = air_str_z("data: [DONE]\n\n");
    }

    ngx_memzero(&b, sizeof(ngx_buf_t));
    b.pos = text.data;
    b.last = text.data + text.len;
    b.memory = 1;

    cl.buf = &b;
    cl.next = NULL;

    ngx_ai_idem_add(ctx, &cl);

    return NGX_OK;
}


/* kept when it is whole and good, else anybody's again */
static void
ngx_ai_idem_close(ngx_ai_idem_t *idem, ngx_ai_attempt_t *att)
{
    ngx_ai_ctx_t        *ctx;
    ngx_ai_idem_zone_t  *zone;

    ctx = idem->ctx;
    zone = ctx->amcf->idem;

    if (!idem->mine || idem->closed) {
        return;
    }

    /* a caller who left is no fault of the answer's; but nobody judged it */

    if (att != NULL
        && (!att->complete || idem->ref.len == 0
            || (ctx->gone && ngx_ai_floor_on(ctx))
            || (att->fault != AIR_FAULT_NONE
                && !(ctx->gone && att->fault == AIR_FAULT_CLIENT_ABORT))
            || ngx_ai_idem_tail(ctx, att) != NGX_OK))
    {
        att = NULL;
    }

    idem->closed = 1;

    ngx_ai_idem_lock(zone);

    if (att == NULL || idem->given_up
        || air_idem_keep(zone->table, &idem->ref,
                         att->body == NGX_AI_BODY_STREAM ? NGX_AI_IDEM_STREAM
                                                         : 0,
                         ngx_ai_now() + (uint64_t) ctx->alcf->idem * 1000)
           != AIR_OK)
    {
        air_idem_drop(zone->table, &idem->ref);
    }

    ngx_ai_idem_unlock(zone);
}


void
ngx_ai_idem_end(ngx_ai_ctx_t *ctx)
{
    if (ctx->idem != NULL) {
        ngx_ai_idem_close(ctx->idem, ctx->current);
    }
}


static void
ngx_ai_idem_cleanup(void *data)
{
    ngx_ai_idem_t *idem = data;

    if (idem->event.timer_set) {
        ngx_del_timer(&idem->event);
    }

    ngx_ai_idem_close(idem, NULL);
}
