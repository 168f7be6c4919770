
/*
 * The deadlines of a request and of the one or two attempts in flight, by one
 * timer; and when a second attempt is due.
 */

#include "ngx_ai_router_module.h"


static ngx_uint_t ngx_ai_attempt_connected(ngx_ai_attempt_t *att);
static ngx_msec_t ngx_ai_attempt_deadline(ngx_ai_attempt_t *att,
    air_fault_e *fault);
static ngx_msec_t ngx_ai_attempt_nearest(ngx_ai_ctx_t *ctx,
    ngx_ai_attempt_t **att, air_fault_e *fault);
static void ngx_ai_attempt_timeout(ngx_event_t *ev);


static ngx_uint_t
ngx_ai_attempt_connected(ngx_ai_attempt_t *att)
{
    ngx_http_upstream_t  *u;

    u = att->sr->upstream;

    if (att->hit) {
        return 1;
    }

    if (u == NULL || u->state == NULL) {
        return u == NULL;
    }

    return u->state->connect_time != (ngx_msec_t) -1;
}


/* the earliest of what is waited for, and what its passing means */
static ngx_msec_t
ngx_ai_attempt_deadline(ngx_ai_attempt_t *att, air_fault_e *fault)
{
    ngx_msec_t            at, t;
    ngx_ai_ctx_t         *ctx;
    ngx_ai_workflow_t    *wf;
    ngx_http_upstream_t  *u;

    ctx = att->ctx;
    wf = ctx->workflow;

#define ngx_ai_sooner(time, f)                                                \
    t = (time);                                                               \
                                                                              \
    if ((ngx_msec_int_t) (t - at) < 0) {                                      \
        at = t;                                                               \
        *fault = f;                                                           \
    }

    at = ctx->start + wf->total;
    *fault = AIR_FAULT_TOTAL_TIMEOUT;

    if (ctx->gone && !ngx_ai_idem_keeps(ctx)) {
        ngx_ai_sooner(ctx->gone_at + wf->drain, AIR_FAULT_CLIENT_ABORT);
    }

    if (wf->try != wf->total) {
        ngx_ai_sooner(att->start + wf->try, AIR_FAULT_TRY_TIMEOUT);
    }

    u = att->sr->upstream;

    if (ngx_ai_cache_waits(att)) {
        return at;
    }

    if (!ngx_ai_attempt_connected(att)
        || (!att->entered && !att->target->vendor->simulated))
    {
        ngx_ai_sooner((att->again_at ? att->again_at : att->start)
                      + wf->connect, AIR_FAULT_CONNECT_TIMEOUT);
        return at;
    }

    t = att->start;

    if (u != NULL && u->state != NULL) {
        t += u->state->connect_time;
    }

    if (!att->header) {

        if (u != NULL && !u->request_body_sent) {
            ngx_ai_sooner(t + wf->send, AIR_FAULT_SEND_TIMEOUT);

        } else {
            ngx_ai_sooner(t + wf->header, AIR_FAULT_HEADER_TIMEOUT);
        }

        return at;
    }

    if (att->body == NGX_AI_BODY_STREAM && att->first == 0) {
        ngx_ai_sooner(att->start + wf->first_token,
                      AIR_FAULT_FIRST_TOKEN_TIMEOUT);
        return at;
    }

    /* a caller who does not read keeps us from reading: "send_timeout" is for
       him, and the vendor is not to blame */

    t = (u != NULL && u->busy_bufs != NULL) ? ngx_current_msec : att->last;

    ngx_ai_sooner(t + wf->idle, AIR_FAULT_IDLE_TIMEOUT);

    return at;
}


/* the earliest deadline of what is in flight and not ending, and whose: *att
   is NULL when there is no such */
static ngx_msec_t
ngx_ai_attempt_nearest(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t **att,
    air_fault_e *fault)
{
    ngx_uint_t         i;
    ngx_msec_t         at, t;
    air_fault_e        f;
    ngx_ai_attempt_t  *a;

    at = 0;
    *att = NULL;

    for (i = 0; i < 2; i++) {
        a = i ? ctx->hedge : ctx->current;

        if (a == NULL || a->done || a->fault != AIR_FAULT_NONE) {
            continue;
        }

        t = ngx_ai_attempt_deadline(a, &f);

        if (*att == NULL || (ngx_msec_int_t) (t - at) < 0) {
            at = t;
            *att = a;
            *fault = f;
        }
    }

    return at;
}


void
ngx_ai_attempt_timer(ngx_ai_ctx_t *ctx)
{
    ngx_msec_t         at, ms;
    air_fault_e        fault;
    ngx_msec_int_t     left;
    ngx_ai_attempt_t  *att;

    if (ctx->timer.handler == NULL) {
        ctx->timer.handler = ngx_ai_attempt_timeout;
        ctx->timer.log = ctx->r->connection->log;

        /* looks like a connection to nginx's debug log */
        ctx->timer.data = ctx->r->connection;
    }

    at = ngx_ai_attempt_nearest(ctx, &att, &fault);

    if (att == NULL) {
        return;
    }

    if (ctx->hedge_due && (ngx_msec_int_t) (ctx->hedge_at - at) < 0) {
        at = ctx->hedge_at;
    }

    left = (ngx_msec_int_t) (at - ngx_current_msec);
    ms = left > 0 ? (ngx_msec_t) left : 1;

    if (ctx->timer.timer_set) {

        /* later is found out when it fires */

        if ((ngx_msec_int_t) (ctx->timer.timer.key
                              - (ngx_current_msec + ms)) <= 0)
        {
            return;
        }

        ngx_del_timer(&ctx->timer);
    }

    ngx_add_timer(&ctx->timer, ms);
}


static void
ngx_ai_attempt_timeout(ngx_event_t *ev)
{
    ngx_msec_t            at;
    air_fault_e           fault;
    ngx_ai_ctx_t         *ctx;
    ngx_ai_attempt_t     *att;
    ngx_http_upstream_t  *u;

    ctx = (ngx_ai_ctx_t *) ((u_char *) ev - offsetof(ngx_ai_ctx_t, timer));
    att = ctx->current;

    if (ctx->finished || att == NULL || att->done) {
        return;
    }

    if (ctx->hedge_due
        && (ngx_msec_int_t) (ctx->hedge_at - ngx_current_msec) <= 0)
    {
        ngx_ai_hedge_start(ctx);
        ngx_ai_attempt_timer(ctx);

        ngx_http_run_posted_requests(ctx->r->connection);
        return;
    }

    at = ngx_ai_attempt_nearest(ctx, &att, &fault);

    if (att == NULL) {
        return;
    }

    if ((ngx_msec_int_t) (at - ngx_current_msec) > 0) {
        ngx_ai_attempt_timer(ctx);
        return;
    }

    u = att->sr->upstream;

    if (ctx->hedge != NULL) {

        /* the other goes on, and has a time of its own */

        att->fault = fault;
        ngx_ai_attempt_timer(ctx);
        att->fault = AIR_FAULT_NONE;
    }

    if (fault == AIR_FAULT_CONNECT_TIMEOUT && u != NULL && u->peer.tries > 1
        && u->peer.connection != NULL)
    {
        /* the vendor has another address: nginx goes on to it */

        att->again_at = ngx_current_msec;
        ngx_ai_attempt_timer(ctx);

        u->peer.connection->read->timedout = 1;
        u->peer.connection->write->timedout = 1;
        u->peer.connection->read->handler(u->peer.connection->read);
        return;
    }

    ngx_ai_attempt_abort(att, fault);
}
