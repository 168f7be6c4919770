
/*
 * One attempt: a subrequest straight into the vendor's location, from its
 * start to its end.  What is sent is put together in ngx_ai_dispatch.c, its
 * deadlines are in ngx_ai_deadline.c, why it ended is found in
 * ngx_ai_diagnose.c, what it cost is booked in ngx_ai_settle.c.
 */

#include "ngx_ai_drill.h"


static ngx_ai_attempt_t *ngx_ai_attempt_create(ngx_ai_ctx_t *ctx);
static ngx_int_t ngx_ai_attempt_go(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    air_choice_t *order, int64_t now);
static ngx_int_t ngx_ai_attempt_write(ngx_ai_attempt_t *att);
static ngx_int_t ngx_ai_attempt_start(ngx_ai_ctx_t *ctx,
    ngx_ai_attempt_t *att);
static void ngx_ai_attempt_enter(ngx_http_request_t *sr);
static void ngx_ai_attempt_client(ngx_http_request_t *sr);
static void ngx_ai_attempt_stopped(ngx_event_t *ev);
static ngx_int_t ngx_ai_post_subrequest(ngx_http_request_t *sr, void *data,
    ngx_int_t rc);
static void ngx_ai_attempt_cancel(ngx_ai_attempt_t *att);
static void ngx_ai_attempt_ended(ngx_ai_attempt_t *att, ngx_int_t rc);
static void ngx_ai_attempt_states(ngx_http_request_t *sr);


static ngx_str_t  ngx_ai_post = ngx_string("POST");


const char *
ngx_ai_phase_name(ngx_ai_phase_e phase)
{
    static const char  *names[] = {
        "connect", "sent", "header", "hold", "commit", "end"
    };

    return names[phase];
}


ngx_ai_attempt_t *
ngx_ai_attempt_of(ngx_http_request_t *r)
{
    if (r != r->main && r->post_subrequest != NULL
        && r->post_subrequest->handler == ngx_ai_post_subrequest)
    {
        return r->post_subrequest->data;
    }

    return NULL;
}


ngx_int_t
ngx_ai_attempt_next(ngx_ai_ctx_t *ctx)
{
    int64_t            now;
    ngx_int_t          rc;
    ngx_uint_t         turns;
    air_choice_t       moved, *order;
    ngx_ai_choice_t   *choice;
    ngx_ai_attempt_t  *att, *last;

    choice = ctx->workflow->choices.elts;
    now = ngx_ai_now();
    att = NULL;
    last = ngx_ai_pool_again(ctx, now);

    for (turns = 0; last != NULL || ctx->next < ctx->norder; /* void */) {

        if (ctx->nattempts >= ctx->workflow->attempts) {
            return NGX_DECLINED;
        }

        if (att == NULL) {
            att = ngx_ai_attempt_create(ctx);
            if (att == NULL) {
                return NGX_ERROR;
            }
        }

        order = &ctx->order[ctx->next];

        if (last != NULL) {
            att->choice = last->choice;
            att->why = last->why == AIR_WHY_HEDGE ? AIR_WHY_FALLBACK
                                                  : last->why;

        } else {
            att->choice = &choice[order->id];
            att->why = order->why;
        }

        att->target = att->choice->target;

        if (last == NULL && ctx->min_context
            && att->target->can.context <= ctx->min_context)
        {
            ctx->next++;
            continue;
        }

        att->drill = last == NULL
                     ? ngx_ai_drill(ctx, att->target->vendor, ctx->next + 1)
                     : 0;

        /* of one that rested long enough only one request is the probe; the
           others leave it for last; those that rest still stand where they
           should already */

        if (!att->drill && !ngx_ai_health_take(att, now)) {

            if (last != NULL) {
                last = NULL;
                continue;
            }

            if (att->why != AIR_WHY_COOLING
                && att->why != AIR_WHY_LAST_RESORT
                && ctx->next + 1 + turns < ctx->norder)
            {
                moved = *order;
                ngx_memmove(order, order + 1,
                            (ctx->norder - ctx->next - 1)
                            * sizeof(air_choice_t));
                ctx->order[ctx->norder - 1] = moved;
                turns++;
                continue;
            }
        }

        if (!ngx_ai_retry_vendor(ctx, att->target->vendor)) {

            ngx_ai_health_give(att);

            if (last == NULL) {
                ctx->next++;
            }

            last = NULL;
            continue;
        }

        if (last != NULL) {
            last->rekeyed = 1;
            last = NULL;
            order = NULL;

        } else {
            ctx->next++;
        }

        rc = ngx_ai_attempt_go(ctx, att, order, now);

        if (rc != NGX_AGAIN) {
            return rc;
        }

        att = NULL;
    }

    return NGX_DECLINED;
}


/* writes and starts it: NGX_OK, NGX_DECLINED, NGX_ERROR; NGX_AGAIN: it cannot
   be asked, who comes after it may be; order is its place or NULL */
static ngx_int_t
ngx_ai_attempt_go(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    air_choice_t *order, int64_t now)
{
    ngx_int_t  rc;

    rc = ngx_ai_attempt_write(att);

    if (rc == NGX_DECLINED && ctx->refusal.message.len == 0) {
        ctx->fault = AIR_FAULT_UNSUPPORTED;
        rc = NGX_AGAIN;
    }

    if (rc == NGX_OK && !att->drill) {
        rc = ngx_ai_limit_key(att, now);

        if (rc == NGX_BUSY) {
            ctx->fault = AIR_FAULT_LIMITED;
            rc = NGX_AGAIN;

            if (order != NULL) {
                order->why = AIR_WHY_LIMITED;
            }
        }
    }

    if (rc == NGX_OK) {
        rc = ngx_ai_attempt_start(ctx, att);

        if (rc == NGX_OK
            || (rc == NGX_ERROR && ctx->nattempts != 0
                && ctx->attempt[ctx->nattempts - 1] == att))
        {
            /* it is one of the request's attempts, and is settled with them;
               what others could not be asked for is no fault any more */

            ctx->fault = AIR_FAULT_NONE;

            return rc;
        }

        ngx_ai_limit_key_end(att, 0);

        if (rc == NGX_BUSY) {

            /* no budget has room for it: the next may be cheaper */

            rc = NGX_AGAIN;

            if (order != NULL) {
                order->why = AIR_WHY_BUDGET;
            }
        }
    }

    ngx_ai_health_give(att);

    return rc;
}


static ngx_ai_attempt_t *
ngx_ai_attempt_create(ngx_ai_ctx_t *ctx)
{
    ngx_ai_attempt_t  *att;

    att = ngx_pcalloc(ctx->r->pool, sizeof(ngx_ai_attempt_t));
    if (att == NULL) {
        return NULL;
    }

    att->ctx = ctx;
    att->n = ctx->nattempts + 1;
    att->slot = -1;
    att->cost = AIR_UNKNOWN;
    att->computed = AIR_UNKNOWN;
    att->cut_cost = AIR_UNKNOWN;
    att->cut_centi = AIR_UNKNOWN;
    air_note_init(&att->note);

    return att;
}


/* What is sent, where that is not the caller's bytes; NGX_DECLINED: not for
   this target, or for none when ctx->refusal has a message. */
static ngx_int_t
ngx_ai_attempt_write(ngx_ai_attempt_t *att)
{
    ngx_int_t      rc;
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;

    att->codec = ngx_ai_codec_of(att->target->vendor, ctx->op);
    att->cross = att->codec != ctx->codec;

    att->written = att->cross || (ctx->request.sealed
                                  && ctx->op != AIR_OP_COUNT_TOKENS);

    rc = att->written ? ngx_ai_cross_request(att) : NGX_OK;

    if (rc == NGX_OK && ctx->request.require) {
        rc = ngx_ai_lost_check(att);
    }

    return rc;
}


ngx_int_t
ngx_ai_attempt_beside(ngx_ai_ctx_t *ctx)
{
    ngx_int_t          rc;
    ngx_ai_choice_t   *choice;
    ngx_ai_attempt_t  *att;

    att = ngx_ai_attempt_create(ctx);
    if (att == NULL) {
        return NGX_ERROR;
    }

    choice = ctx->workflow->choices.elts;

    att->choice = &choice[ctx->order[ctx->next].id];
    att->target = att->choice->target;
    att->why = AIR_WHY_HEDGE;

    att->drill = ngx_ai_drill(ctx, att->target->vendor, ctx->next + 1);

    if (!att->drill && !ngx_ai_health_take(att, ngx_ai_now())) {
        return NGX_DECLINED;
    }

    ctx->next++;

    rc = ngx_ai_attempt_write(att);

    if (rc == NGX_OK && !att->drill) {
        rc = ngx_ai_limit_key(att, ngx_ai_now());
    }

    if (rc == NGX_OK) {
        ctx->hedge = att;

        rc = ngx_ai_attempt_start(ctx, att);

        if (rc == NGX_DECLINED || rc == NGX_BUSY) {
            ctx->hedge = NULL;
            ngx_ai_limit_key_end(att, 0);
            ngx_ai_health_give(att);
        }

        return rc == NGX_BUSY ? NGX_DECLINED : rc;
    }

    ngx_ai_health_give(att);

    return rc == NGX_BUSY
           || (rc == NGX_DECLINED && ctx->refusal.message.len == 0)
           ? NGX_AGAIN : rc;
}


ngx_int_t
ngx_ai_attempt_rehearse(ngx_ai_ctx_t *ctx)
{
    ngx_int_t          rc;
    air_choice_t       moved, *order;
    ngx_ai_choice_t   *choice;
    ngx_ai_attempt_t  *att;

    choice = ctx->workflow->choices.elts;

    while (ctx->next < ctx->norder
           && ctx->next < ctx->workflow->attempts)
    {
        att = ngx_ai_attempt_create(ctx);
        if (att == NULL) {
            return NGX_ERROR;
        }

        order = &ctx->order[ctx->next++];

        att->choice = &choice[order->id];
        att->target = att->choice->target;
        att->why = order->why;

        rc = ngx_ai_attempt_write(att);

        if (rc == NGX_OK) {
            continue;
        }

        if (rc != NGX_DECLINED || ctx->refusal.message.len) {
            return rc;
        }

        moved = *order;

        if (moved.why != AIR_WHY_PARAMETERS) {
            moved.why = AIR_WHY_NEEDS;
        }

        ngx_memmove(order, order + 1,
                    (ctx->norder - ctx->next) * sizeof(air_choice_t));

        ctx->order[--ctx->norder] = moved;
        ctx->next--;
        ctx->fault = AIR_FAULT_UNSUPPORTED;
    }

    return ctx->norder ? NGX_OK : NGX_DECLINED;
}


/* NGX_DECLINED with ctx->fault set when the ledger refuses, NGX_BUSY when no
   budget has room */
static ngx_int_t
ngx_ai_attempt_start(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    ngx_int_t            rc;
    ngx_ai_main_conf_t  *amcf;

    amcf = ctx->amcf;

    att->start = ngx_current_msec;
    att->last = att->start;
    att->time_ms = ngx_ai_now();
    att->cut_cost = AIR_UNKNOWN;

    if (!amcf->store_off) {

        if (amcf->ledger == NULL) {
            ctx->fault = AIR_FAULT_LEDGER;
            return NGX_DECLINED;
        }

        rc = ngx_ai_attempt_hold(att);

        if (rc != NGX_OK) {

            if (rc == NGX_BUSY) {
                ctx->fault = AIR_FAULT_BUDGET;
            }

            return rc;
        }
    }

    ctx->attempt[ctx->nattempts++] = att;
    ngx_ai_stat_begin(ctx, att);

    if (att->drill) {
        ngx_ai_drill_begin(att);
    }

    return ngx_ai_attempt_again(att);
}


ngx_int_t
ngx_ai_attempt_again(ngx_ai_attempt_t *att)
{
    u_char                      *p;
    size_t                       size;
    ngx_str_t                    uri, unparsed;
    ngx_uint_t                   beside;
    ngx_ai_ctx_t                *ctx;
    ngx_http_request_t          *r, *sr;
    ngx_http_variable_value_t   *vars;
    ngx_http_post_subrequest_t  *ps;
    ngx_http_core_main_conf_t   *cmcf;

    ctx = att->ctx;
    r = ctx->r;

    /* one that runs beside another waits for nobody, and nobody for it */

    beside = att == ctx->hedge;

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    if (ps == NULL) {
        return NGX_ERROR;
    }

    ps->handler = ngx_ai_post_subrequest;
    ps->data = att;

    unparsed = ctx->request.stream ? att->target->stream_uri[ctx->op]
                                   : att->target->uri[ctx->op];
    uri = unparsed;
    p = ngx_strlchr(uri.data, uri.data + uri.len, '?');

    if (p != NULL) {
        uri.len = p - uri.data;
    }

    if (ngx_http_subrequest(r, &uri, NULL, &sr, ps,
                            beside ? NGX_HTTP_SUBREQUEST_BACKGROUND : 0)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!beside) {
        ctx->current = att;
    }

    att->sr = sr;
    att->done = 0;
    att->stale = 0;
    att->stopping = 0;
    att->header = 0;
    att->got_last = 0;
    att->fault = AIR_FAULT_NONE;
    att->phase = NGX_AI_CONNECT;

    sr->method = NGX_HTTP_POST;
    sr->method_name = ngx_ai_post;
    sr->unparsed_uri = unparsed;
    sr->valid_unparsed_uri = 1;
    sr->upstream_states = beside ? NULL : r->upstream_states;
    sr->write_event_handler = ngx_ai_attempt_enter;
    sr->read_event_handler = ngx_ai_attempt_client;

    /*
     * Variables are shared by a request and its subrequests, so a map of
     * $ai_vendor to a key, made for one vendor, would be sent to the next.
     */

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    size = cmcf->variables.nelts * sizeof(ngx_http_variable_value_t);
    vars = ngx_palloc(r->pool, size);

    if (vars != NULL) {
        ngx_memcpy(vars, r->variables, size);
        sr->variables = vars;
    }

    /* it is posted already and ends by itself, without a look at a vendor */

    if (att->drill) {
        att->fault = AIR_FAULT_REFUSED;

    } else if (vars == NULL || ngx_ai_attempt_body(att, sr) != NGX_OK
        || ngx_ai_attempt_headers(att, sr) != NGX_OK)
    {
        att->fault = AIR_FAULT_INTERNAL;
    }

    if (!beside) {

        if (ngx_ai_attempt_listen(ctx) != NGX_OK) {
            att->fault = AIR_FAULT_INTERNAL;
        }

        if (ctx->workflow->hedge != NULL) {
            ngx_ai_hedge_arm(att);
        }
    }

    ngx_ai_attempt_timer(ctx);

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "ai attempt:%ui target:\"%V\" count:%d",
                   att->n, &att->target->name, r->count);

    return NGX_OK;
}


/* a caller who left before is told of by an event that is over */
ngx_int_t
ngx_ai_attempt_listen(ngx_ai_ctx_t *ctx)
{
    ngx_connection_t  *c;

#if (NGX_HTTP_V2)
    if (ctx->r->stream != NULL) {
        return NGX_OK;
    }
#endif

    c = ctx->r->connection;

    if (c->read->ready) {
        ngx_post_event(c->read, &ngx_posted_events);
        return NGX_OK;
    }

    return ngx_handle_read_event(c->read, 0);
}


void
ngx_ai_attempt_lead(ngx_ai_attempt_t *att)
{
    ngx_ai_ctx_t                  *ctx;
    ngx_http_request_t            *r;
    ngx_http_postponed_request_t  *pr;

    ctx = att->ctx;
    r = ctx->r;

    /*
     * Who is first in the main request's list is whom the caller's connection
     * belongs to: what he sends goes out, and he is woken.  All others are in
     * the background, so that nothing of theirs is parked and their end
     * concerns nobody.
     */

    for (pr = r->postponed; pr != NULL; pr = pr->next) {
        if (pr->request == ctx->current->sr) {
            break;
        }
    }

    if (pr == NULL) {
        pr = &ctx->postponed;
        pr->out = NULL;
        pr->next = r->postponed;
        r->postponed = pr;

    } else {
        pr->request->background = 1;
    }

    pr->request = att->sr;

    att->sr->background = 0;
    r->connection->data = att->sr;

    ctx->hedge = ctx->current;
    ctx->current = att;

    (void) ngx_ai_attempt_listen(ctx);
}


/* the subrequest's first run: straight into the vendor's location */
static void
ngx_ai_attempt_enter(ngx_http_request_t *sr)
{
    ngx_ai_attempt_t           *att;
    ngx_http_core_main_conf_t  *cmcf;

    att = ngx_ai_attempt_of(sr);
    att->entered = 1;

    if (att->fault != AIR_FAULT_NONE) {
        ngx_http_finalize_request(sr, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    sr->srv_conf = att->target->vendor->ctx->srv_conf;
    sr->loc_conf = att->target->vendor->ctx->loc_conf;

    ngx_http_update_location_config(sr);

    cmcf = ngx_http_get_module_main_conf(sr, ngx_http_core_module);

    sr->phase_handler = cmcf->phase_engine.location_rewrite_index;
    sr->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(sr);
}


/* something happened on the caller's connection while a vendor works */
static void
ngx_ai_attempt_client(ngx_http_request_t *sr)
{
    ssize_t             n;
    ngx_event_t        *rev;
    ngx_ai_ctx_t       *ctx;
    ngx_connection_t   *c;
    ngx_ai_attempt_t   *att;
    u_char              byte[1];

    c = sr->connection;
    rev = c->read;
    att = ngx_ai_attempt_of(sr);
    ctx = att->ctx;

    if (ctx->gone) {
        return;
    }

    if (c->error) {
        goto gone;
    }

#if (NGX_HTTP_V2)
    if (sr->stream) {
        return;
    }
#endif

#if (NGX_HAVE_EPOLLRDHUP)
    if ((ngx_event_flags & NGX_USE_EPOLL_EVENT) && ngx_use_epoll_rdhup) {
        if (!rev->pending_eof) {
            return;
        }

        goto gone;
    }
#endif

    n = recv(c->fd, (char *) byte, 1, MSG_PEEK);

    if (n == -1 && ngx_socket_errno == NGX_EAGAIN) {
        return;
    }

    /* neither a next request nor an end is read before this one is over */

    if ((ngx_event_flags & NGX_USE_LEVEL_EVENT) && rev->active) {
        (void) ngx_del_event(rev, NGX_READ_EVENT, 0);
    }

    if (n > 0) {
        return;
    }

gone:

    ctx->gone = 1;
    ctx->gone_at = ngx_current_msec;
    ctx->gone_bytes = att->bytes;

    ngx_log_error(NGX_LOG_INFO, c->log, 0,
                  "ai: rid=%*s why=client_abort phase=%s: %s",
                  (size_t) 32, ctx->id_hex, ngx_ai_phase_name(att->phase),
                  ngx_ai_idem_keeps(ctx)
                  ? "reading on for his Idempotency-Key"
                  : ctx->workflow->drain ? "reading on for its usage"
                                         : "closing the vendor's connection");

    /* one is read on for its usage, not two */

    if (ctx->hedge != NULL && ctx->hedge->fault == AIR_FAULT_NONE) {
        ngx_ai_attempt_stop(ctx->hedge, AIR_FAULT_CLIENT_ABORT);
    }

    if (ctx->workflow->drain == 0 && !ngx_ai_idem_keeps(ctx)) {
        ngx_ai_attempt_abort(att, AIR_FAULT_CLIENT_ABORT);
        return;
    }

    ngx_ai_attempt_timer(ctx);

    if (att->busy != NULL) {

        /* the vendor's buffer waited for the caller: now it is free, and the
           subrequest reads on */

        ngx_ai_forget(att);
        ngx_post_event(c->write, &ngx_posted_events);
    }
}


void
ngx_ai_attempt_abort(ngx_ai_attempt_t *att, air_fault_e fault)
{
    ngx_connection_t     *c;
    ngx_http_request_t   *sr;
    ngx_http_upstream_t  *u;

    sr = att->sr;
    att->fault = fault;

    c = sr->connection;
    u = sr->upstream;

    if (fault == AIR_FAULT_CONNECT_TIMEOUT && u != NULL && u->resolved != NULL
        && u->resolved->ctx != NULL)
    {
        att->fault = AIR_FAULT_DNS;
    }

    if (sr->background) {
        ngx_ai_attempt_cancel(att);
        ngx_http_run_posted_requests(c);
        return;
    }

    if (ngx_ai_simulate_stop(sr, NGX_HTTP_GATEWAY_TIME_OUT) == NGX_OK) {
        ngx_http_run_posted_requests(c);
        return;
    }

    if (u != NULL && u->resolved != NULL && u->resolved->ctx != NULL) {

        /* still resolving: the reference that the upstream's own end drops
           is the one taken here */

        sr->main->count++;

        (*u->cleanup)(sr);

        ngx_http_finalize_request(sr, NGX_HTTP_BAD_GATEWAY);
        ngx_http_run_posted_requests(c);
        return;
    }

    if (ngx_ai_cache_stop(att) == NGX_OK) {
        return;
    }

    if (u == NULL || u->peer.connection == NULL) {

        /* held by another module, such as limit_req: it ends by itself */

        return;
    }

    /* nginx's own path for a timed out peer, without another peer */

    u->peer.tries = 0;

    c = u->peer.connection;
    c->read->timedout = 1;
    c->write->timedout = 1;

    c->read->handler(c->read);
}


/*
 * Ends what runs beside the current attempt.  Not by a status: once the
 * caller's connection is broken nginx takes any end of a subrequest for the
 * end of the request, and the current one may still be read for its usage.
 * The last reference may be dropped here, nothing is touched after it.
 */
static void
ngx_ai_attempt_cancel(ngx_ai_attempt_t *att)
{
    ngx_http_request_t   *sr;
    ngx_http_upstream_t  *u;

    sr = att->sr;
    u = sr->upstream;

    if (u != NULL && u->cleanup != NULL) {
        ngx_ai_attempt_ended(att, NGX_HTTP_GATEWAY_TIME_OUT);

        (*u->cleanup)(sr);
        return;
    }

    sr->main->count++;

    if (ngx_ai_simulate_stop(sr, NGX_DONE) == NGX_OK) {
        ngx_ai_attempt_ended(att, NGX_HTTP_GATEWAY_TIME_OUT);
    }

    /* else another module holds it: it ends by itself */

    ngx_http_finalize_request(sr, NGX_DONE);
}


/* an error from a body filter would make nginx close the caller's connection;
   hence an event */
void
ngx_ai_attempt_stop(ngx_ai_attempt_t *att, air_fault_e fault)
{
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;
    att->fault = fault;
    att->stopping = 1;

    ctx->stop.handler = ngx_ai_attempt_stopped;
    ctx->stop.log = ctx->r->connection->log;
    ctx->stop.data = ctx->r->connection;

    ngx_post_event(&ctx->stop, &ngx_posted_events);
}


static void
ngx_ai_attempt_stopped(ngx_event_t *ev)
{
    ngx_ai_ctx_t      *ctx;
    ngx_ai_attempt_t  *att;

    ctx = (ngx_ai_ctx_t *) ((u_char *) ev - offsetof(ngx_ai_ctx_t, stop));
    att = ctx->hedge;

    if (att == NULL || !att->stopping || att->done) {
        att = ctx->current;

        if (ctx->finished || att == NULL || !att->stopping || att->done) {
            return;
        }

    } else if (ctx->current->stopping) {

        /* one at a time: the request may end with either */

        ngx_post_event(&ctx->stop, &ngx_posted_events);
    }

    att->stopping = 0;

    ngx_ai_attempt_abort(att, att->fault);
}


/*
 * May be called early (output still buffered), twice, or not at all; the
 * next step is the main request's, in ngx_ai_wake().
 */
static ngx_int_t
ngx_ai_post_subrequest(ngx_http_request_t *sr, void *data, ngx_int_t rc)
{
    ngx_ai_attempt_t *att = data;

    ngx_connection_t  *c;

    c = sr->connection;

    ngx_ai_attempt_unhush(att);

    ngx_log_debug6(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "ai attempt end:%ui rc:%i buffered:%d last:%d status:%ui "
                   "fault:%d", att->n, rc, sr->buffered, att->got_last,
                   att->status, att->fault);

    if (sr != att->sr) {
        return NGX_OK;
    }

    if ((sr->buffered || sr->postponed) && !c->error && rc == NGX_OK) {
        return rc;
    }

    ngx_ai_attempt_ended(att, rc);

    if (c->error || rc == NGX_HTTP_CLIENT_CLOSED_REQUEST
        || rc == NGX_HTTP_REQUEST_TIME_OUT)
    {
        return rc;
    }

    return NGX_OK;
}


static void
ngx_ai_attempt_ended(ngx_ai_attempt_t *att, ngx_int_t rc)
{
    ngx_ai_attempt_unhush(att);
    ngx_ai_attempt_states(att->sr);

    if (att->done) {
        return;
    }

    att->done = 1;
    att->end = ngx_current_msec;

    ngx_ai_attempt_diagnose(att, rc);

    if (att->sr->background && !att->ctx->finished) {

        /* nginx tells nobody of its end */

        (void) ngx_http_post_request(att->ctx->r, NULL);
    }
}


/* $upstream_... of the main request are those of all its attempts */
static void
ngx_ai_attempt_states(ngx_http_request_t *sr)
{
    ngx_uint_t                  n;
    ngx_array_t                *all, *own;
    ngx_http_upstream_state_t  *state;

    own = sr->upstream_states;
    all = sr->main->upstream_states;

    if (own == NULL || own == all) {
        return;
    }

    if (all == NULL) {
        sr->main->upstream_states = own;
        return;
    }

    /* of two that ran at once each had its own; one without an address parts
       them */

    n = own->nelts;

    state = ngx_array_push_n(all, n + 1);
    if (state == NULL) {
        return;
    }

    ngx_memzero(state, sizeof(ngx_http_upstream_state_t));
    ngx_memcpy(state + 1, own->elts, n * sizeof(ngx_http_upstream_state_t));

    sr->upstream_states = all;
}
