
/*
 * One attempt: a subrequest straight into the vendor's location with its own
 * method, URI, headers, body and variables; its deadlines; how its end is
 * read; and its one record in the ledger.
 *
 * Everything a vendor may learn of a request is put together here from the
 * vendor's own configuration.  Nothing of the caller's headers crosses.
 */

#include "ngx_ai_router_module.h"


#define NGX_AI_REST_MIN      1000         /* ms */
#define NGX_AI_REST_MAX      3600000
#define NGX_AI_REST_AUTH     30000
#define NGX_AI_REST_QUOTA    600000


/* what stands between a vendor's upstream and its balancer */
typedef struct {
    ngx_ai_attempt_t              *att;
    void                          *data;
    ngx_event_get_peer_pt          get;
    ngx_event_free_peer_pt         free;
#if (NGX_HTTP_SSL)
    ngx_event_set_peer_session_pt  set_session;
    ngx_event_save_peer_session_pt save_session;
#endif
} ngx_ai_peer_t;


static ngx_int_t ngx_ai_attempt_start(ngx_ai_ctx_t *ctx,
    ngx_ai_attempt_t *att);
static ngx_int_t ngx_ai_attempt_body(ngx_ai_attempt_t *att,
    ngx_http_request_t *sr);
static ngx_int_t ngx_ai_attempt_extra(ngx_ai_attempt_t *att,
    ngx_http_request_t *sr);
static ngx_int_t ngx_ai_attempt_headers(ngx_ai_attempt_t *att,
    ngx_http_request_t *sr);
static void ngx_ai_attempt_enter(ngx_http_request_t *sr);
static void ngx_ai_attempt_client(ngx_http_request_t *sr);
static ngx_int_t ngx_ai_post_subrequest(ngx_http_request_t *sr, void *data,
    ngx_int_t rc);
static void ngx_ai_attempt_diagnose(ngx_ai_attempt_t *att, ngx_int_t rc);
static void ngx_ai_attempt_timeout(ngx_event_t *ev);
static void ngx_ai_attempt_stopped(ngx_event_t *ev);
static ngx_uint_t ngx_ai_attempt_connected(ngx_ai_attempt_t *att);
static void ngx_ai_attempt_suspect(ngx_ai_attempt_t *att);
static void ngx_ai_attempt_cost(ngx_ai_attempt_t *att);
static void ngx_ai_attempt_record(ngx_ai_attempt_t *att, air_record_t *rec);
static void ngx_ai_attempt_hush(ngx_ai_attempt_t *att);
static ngx_int_t ngx_ai_peer_key(ngx_ai_attempt_t *att,
    ngx_http_request_t *r);
static ngx_int_t ngx_ai_peer_get(ngx_peer_connection_t *pc, void *data);
static void ngx_ai_peer_free(ngx_peer_connection_t *pc, void *data,
    ngx_uint_t state);
#if (NGX_HTTP_SSL)
static ngx_int_t ngx_ai_peer_set_session(ngx_peer_connection_t *pc,
    void *data);
static void ngx_ai_peer_save_session(ngx_peer_connection_t *pc, void *data);
#endif


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
    uint64_t           reopen;
    air_why_e          why;
    ngx_int_t          rc;
    ngx_uint_t         turns, probe;
    air_choice_t       moved;
    ngx_ai_choice_t   *choice;
    ngx_ai_target_t   *target;
    ngx_ai_attempt_t  *att;

    choice = ctx->workflow->choices.elts;
    now = ngx_ai_now();

    for (turns = 0; ctx->next < ctx->norder; /* void */) {

        if (ctx->nattempts >= ctx->workflow->attempts) {
            return NGX_DECLINED;
        }

        why = ctx->order[ctx->next].why;
        target = choice[ctx->order[ctx->next].id].target;
        probe = 0;

        if (ctx->min_context
            && (target->info == NULL
                || target->info->context <= ctx->min_context))
        {
            ctx->next++;
            continue;
        }

        /* of one that rested long enough only one request is the probe; the
           others leave it for last */

        if (ngx_ai_health_state(ctx->amcf->zone, target->health, now, &reopen)
            != AIR_STATE_UP)
        {
            probe = ngx_ai_health_probe(ctx->amcf->zone, target->health, now);

            if (!probe && ctx->next + 1 + turns < ctx->norder) {
                moved = ctx->order[ctx->next];
                ngx_memmove(&ctx->order[ctx->next],
                            &ctx->order[ctx->next + 1],
                            (ctx->norder - ctx->next - 1)
                            * sizeof(air_choice_t));
                ctx->order[ctx->norder - 1] = moved;
                turns++;
                continue;
            }
        }

        att = ngx_pcalloc(ctx->r->pool, sizeof(ngx_ai_attempt_t));
        if (att == NULL) {
            return NGX_ERROR;
        }

        att->ctx = ctx;
        att->choice = &choice[ctx->order[ctx->next].id];
        att->target = target;
        att->why = why;
        att->probe = probe;
        att->n = ctx->nattempts + 1;
        att->slot = -1;
        att->cost = AIR_UNKNOWN;
        att->computed = AIR_UNKNOWN;
        air_note_init(&att->note);

        ctx->next++;

        att->cross = target->vendor->codec != ctx->codec;

        if (att->cross) {
            rc = ngx_ai_cross_request(att);

            if (rc == NGX_DECLINED && ctx->refusal.message.len == 0) {

                if (probe) {
                    ngx_ai_health_release(ctx->amcf->zone, target->health);
                }

                ctx->fault = AIR_FAULT_UNSUPPORTED;
                continue;
            }

            if (rc != NGX_OK) {
                return rc;
            }
        }

        rc = ngx_ai_attempt_start(ctx, att);

        if (rc != NGX_DECLINED) {
            return rc;
        }

        if (probe) {
            ngx_ai_health_release(ctx->amcf->zone, target->health);
        }

        return NGX_DECLINED;
    }

    return NGX_DECLINED;
}


/* NGX_DECLINED with ctx->fault set when the ledger refuses */
static ngx_int_t
ngx_ai_attempt_start(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    air_record_t         rec;
    ngx_ai_main_conf_t  *amcf;

    amcf = ctx->amcf;

    att->start = ngx_current_msec;
    att->last = att->start;
    att->time_ms = ngx_ai_now();

    if (!amcf->store_off) {

        if (amcf->ledger == NULL) {
            ctx->fault = AIR_FAULT_LEDGER;
            return NGX_DECLINED;
        }

        ngx_ai_attempt_record(att, &rec);

        att->slot = air_ledger_begin(amcf->ledger, &rec);

        if (att->slot < 0) {
            ctx->fault = att->slot == AIR_ELIMIT ? AIR_FAULT_OVERLOAD
                                                 : AIR_FAULT_LEDGER;
            att->slot = -1;

            ngx_log_error(NGX_LOG_CRIT, ctx->r->connection->log, 0,
                          "ai: rid=%*s why=%s: the attempt cannot be booked, "
                          "nothing was sent", (size_t) 32, ctx->id_hex,
                          air_fault_row(ctx->fault)->why);
            return NGX_DECLINED;
        }
    }

    ctx->attempt[ctx->nattempts++] = att;
    ngx_ai_stat_begin(ctx, att);

    return ngx_ai_attempt_again(att);
}


ngx_int_t
ngx_ai_attempt_again(ngx_ai_attempt_t *att)
{
    u_char                      *p;
    size_t                       size;
    ngx_str_t                    uri;
    ngx_ai_ctx_t                *ctx;
    ngx_connection_t            *c;
    ngx_http_request_t          *r, *sr;
    ngx_http_variable_value_t   *vars;
    ngx_http_post_subrequest_t  *ps;
    ngx_http_core_main_conf_t   *cmcf;

    ctx = att->ctx;
    r = ctx->r;

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    if (ps == NULL) {
        return NGX_ERROR;
    }

    ps->handler = ngx_ai_post_subrequest;
    ps->data = att;

    uri = att->target->uri[ctx->op];
    p = ngx_strlchr(uri.data, uri.data + uri.len, '?');

    if (p != NULL) {
        uri.len = p - uri.data;
    }

    if (ngx_http_subrequest(r, &uri, NULL, &sr, ps, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->current = att;

    att->sr = sr;
    att->done = 0;
    att->stale = 0;
    att->header = 0;
    att->got_last = 0;
    att->fault = AIR_FAULT_NONE;
    att->phase = NGX_AI_CONNECT;

    sr->method = NGX_HTTP_POST;
    sr->method_name = ngx_ai_post;
    sr->unparsed_uri = att->target->uri[ctx->op];
    sr->valid_unparsed_uri = 1;
    sr->upstream_states = r->upstream_states;
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

    if (vars == NULL || ngx_ai_attempt_body(att, sr) != NGX_OK
        || ngx_ai_attempt_headers(att, sr) != NGX_OK)
    {
        att->fault = AIR_FAULT_INTERNAL;
    }

    ngx_ai_attempt_timer(ctx);

    /* a caller who left before is told of by an event that is over */

    c = r->connection;

#if (NGX_HTTP_V2)
    if (r->stream == NULL)
#endif
    {
        if (c->read->ready) {
            ngx_post_event(c->read, &ngx_posted_events);

        } else if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
            att->fault = AIR_FAULT_INTERNAL;
        }
    }

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "ai attempt:%ui target:\"%V\" count:%d",
                   att->n, &att->target->name, r->count);

    return NGX_OK;
}


/* the caller's bytes with the target's edits, as a chain: nothing is copied */
static ngx_int_t
ngx_ai_attempt_body(ngx_ai_attempt_t *att, ngx_http_request_t *sr)
{
    int                       rc;
    off_t                     len;
    u_char                   *data[2 * AIR_EDITS_MAX + 1];
    size_t                    size[2 * AIR_EDITS_MAX + 1], at;
    ngx_buf_t                *b;
    ngx_uint_t                i, n;
    air_str_t                 text;
    ngx_chain_t              *cl, **ll;
    air_edits_t               edits;
    ngx_ai_ctx_t             *ctx;
    ngx_http_request_body_t  *rb;

    ctx = att->ctx;
    text = att->cross ? att->text : ctx->doc.text;
    edits.n = 0;

    if (!att->cross) {
        rc = ctx->codec->request_edits(&ctx->request, &ctx->doc,
                                       &att->target->air, &ctx->mem, &edits);
        if (rc != AIR_OK) {
            return NGX_ERROR;
        }
    }

    n = 0;
    at = 0;

    for (i = 0; i < edits.n; i++) {
        if (edits.edit[i].start > at) {
            data[n] = text.data + at;
            size[n++] = edits.edit[i].start - at;
        }

        if (edits.edit[i].text.len) {
            data[n] = edits.edit[i].text.data;
            size[n++] = edits.edit[i].text.len;
        }

        at = edits.edit[i].end;
    }

    if (text.len > at) {
        data[n] = text.data + at;
        size[n++] = text.len - at;
    }

    rb = ngx_pcalloc(sr->pool, sizeof(ngx_http_request_body_t));
    if (rb == NULL) {
        return NGX_ERROR;
    }

    len = 0;
    b = NULL;
    ll = &rb->bufs;

    for (i = 0; i < n; i++) {
        b = ngx_calloc_buf(sr->pool);
        cl = ngx_alloc_chain_link(sr->pool);

        if (b == NULL || cl == NULL) {
            return NGX_ERROR;
        }

        /* the proxy rewinds pos to start when it tries a peer again */

        b->start = data[i];
        b->pos = data[i];
        b->last = data[i] + size[i];
        b->end = b->last;
        b->memory = 1;

        len += size[i];

        cl->buf = b;
        cl->next = NULL;
        *ll = cl;
        ll = &cl->next;
    }

    if (b != NULL) {
        b->last_buf = 1;
    }

    sr->request_body = rb;

    ngx_memzero(&sr->headers_in, sizeof(ngx_http_headers_in_t));
    sr->headers_in.content_length_n = len;
    sr->headers_in.keep_alive_n = -1;
    sr->headers_in.server = att->ctx->r->headers_in.server;

    return NGX_OK;
}


static ngx_table_elt_t *
ngx_ai_attempt_header(ngx_http_request_t *sr, const char *key,
    const char *lower, ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&sr->headers_in.headers);
    if (h == NULL) {
        return NULL;
    }

    h->key.data = (u_char *) key;
    h->key.len = ngx_strlen(key);
    h->lowcase_key = (u_char *) lower;
    h->hash = ngx_hash_key(h->lowcase_key, h->key.len);
    h->value = *value;
    ngx_ai_header_unlink(h);

    return h;
}


/* what the vendor's protocol demands; between two who speak it the caller's
   own version and betas pass */
static ngx_int_t
ngx_ai_attempt_extra(ngx_ai_attempt_t *att, ngx_http_request_t *sr)
{
    ngx_str_t         value;
    ngx_uint_t        i;
    ngx_ai_ctx_t     *ctx;
    ngx_ai_extra_t   *extra;
    ngx_table_elt_t  *h;
    ngx_ai_vendor_t  *vendor;

    ctx = att->ctx;
    vendor = att->target->vendor;

    if (vendor->extra == NULL) {
        return NGX_OK;
    }

    extra = vendor->extra->elts;

    for (i = 0; i < vendor->extra->nelts; i++) {
        value = extra[i].value;

        if (!att->cross && ctx->version.len && extra[i].lower.len == 17
            && ngx_strncmp(extra[i].lower.data, "anthropic-version", 17) == 0)
        {
            value = ctx->version;
        }

        h = ngx_list_push(&sr->headers_in.headers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        h->key = extra[i].name;
        h->lowcase_key = extra[i].lower.data;
        h->hash = ngx_hash_key(h->lowcase_key, h->key.len);
        h->value = value;
        ngx_ai_header_unlink(h);
    }

    if (!att->cross && ctx->beta.len
        && ngx_ai_attempt_header(sr, "anthropic-beta", "anthropic-beta",
                                 &ctx->beta)
           == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_ai_attempt_headers(ngx_ai_attempt_t *att, ngx_http_request_t *sr)
{
    u_char           *p;
    ngx_str_t         value;
    ngx_ai_ctx_t     *ctx;
    ngx_table_elt_t  *h;
    ngx_ai_vendor_t  *vendor;

    ctx = att->ctx;
    vendor = att->target->vendor;

    if (ngx_list_init(&sr->headers_in.headers, sr->pool, 8,
                      sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_str_set(&value, "application/json");
    h = ngx_ai_attempt_header(sr, "Content-Type", "content-type", &value);
    if (h == NULL) {
        return NGX_ERROR;
    }

    sr->headers_in.content_type = h;

    p = ngx_pnalloc(sr->pool, NGX_OFF_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    value.len = ngx_sprintf(p, "%O", sr->headers_in.content_length_n) - p;
    h = ngx_ai_attempt_header(sr, "Content-Length", "content-length", &value);
    if (h == NULL) {
        return NGX_ERROR;
    }

    sr->headers_in.content_length = h;

    if (ctx->request.stream) {
        ngx_str_set(&value, "text/event-stream, application/json");

    } else {
        ngx_str_set(&value, "application/json");
    }

    if (ngx_ai_attempt_header(sr, "Accept", "accept", &value) == NULL) {
        return NGX_ERROR;
    }

    ngx_str_set(&value, "ngx_ai_router/" AIR_VERSION);
    h = ngx_ai_attempt_header(sr, "User-Agent", "user-agent", &value);
    if (h == NULL) {
        return NGX_ERROR;
    }

    sr->headers_in.user_agent = h;

    /* our own id, for the vendor's support; and a mark that tells a loop */

    value.data = ctx->id_hex;
    value.len = 32;

    if (ngx_ai_attempt_header(sr, "X-Client-Request-Id", "x-client-request-id",
                              &value)
        == NULL)
    {
        return NGX_ERROR;
    }

    value.data = ngx_ai_zone_instance(ctx->amcf->zone);

    if (ngx_ai_attempt_header(sr, "X-AI-Hop", "x-ai-hop", &value) == NULL) {
        return NGX_ERROR;
    }

    if (ngx_ai_attempt_extra(att, sr) != NGX_OK) {
        return NGX_ERROR;
    }

    /* where the upstream is ours the key is added later, see
       ngx_ai_peer_key(), past everything that is logged */

    if (vendor->auth.len == 0 || vendor->upstream != NULL) {
        return NGX_OK;
    }

    h = ngx_list_push(&sr->headers_in.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->key = vendor->auth_name;
    h->lowcase_key = vendor->auth_lower.data;
    h->hash = ngx_hash_key(h->lowcase_key, h->key.len);
    h->value = vendor->auth;
    ngx_ai_header_unlink(h);

    return NGX_OK;
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
                  ctx->workflow->drain ? "reading on for its usage"
                                       : "closing the vendor's connection");

    if (ctx->workflow->drain == 0) {
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

    if (ngx_ai_simulate_stop(sr, NGX_HTTP_GATEWAY_TIME_OUT) == NGX_OK) {
        ngx_http_run_posted_requests(att->ctx->r->connection);
        return;
    }

    u = sr->upstream;

    if (u != NULL && u->resolved != NULL && u->resolved->ctx != NULL) {

        /* still resolving: the reference that the upstream's own end drops
           is the one taken here */

        if (fault == AIR_FAULT_CONNECT_TIMEOUT) {
            att->fault = AIR_FAULT_DNS;
        }

        c = sr->connection;
        sr->main->count++;

        (*u->cleanup)(sr);

        ngx_http_finalize_request(sr, NGX_HTTP_BAD_GATEWAY);
        ngx_http_run_posted_requests(c);
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


/* an error from a body filter would make nginx close the caller's connection;
   hence an event */
void
ngx_ai_attempt_stop(ngx_ai_attempt_t *att, air_fault_e fault)
{
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;
    att->fault = fault;

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
    att = ctx->current;

    if (ctx->finished || att == NULL || att->done) {
        return;
    }

    ngx_ai_attempt_abort(att, att->fault);
}


static ngx_uint_t
ngx_ai_attempt_connected(ngx_ai_attempt_t *att)
{
    ngx_http_upstream_t  *u;

    u = att->sr->upstream;

    if (u == NULL || u->state == NULL) {
        return u == NULL;
    }

    return u->state->connect_time != (ngx_msec_t) -1;
}


/* the earliest of what is waited for, and what its passing means */
static ngx_msec_t
ngx_ai_attempt_deadline(ngx_ai_ctx_t *ctx, air_fault_e *fault)
{
    ngx_msec_t            at, t;
    ngx_ai_attempt_t     *att;
    ngx_ai_workflow_t    *wf;
    ngx_http_upstream_t  *u;

    wf = ctx->workflow;
    att = ctx->current;

#define ngx_ai_sooner(time, f)                                                \
    t = (time);                                                               \
                                                                              \
    if ((ngx_msec_int_t) (t - at) < 0) {                                      \
        at = t;                                                               \
        *fault = f;                                                           \
    }

    at = ctx->start + wf->total;
    *fault = AIR_FAULT_TOTAL_TIMEOUT;

    if (ctx->gone) {
        ngx_ai_sooner(ctx->gone_at + wf->drain, AIR_FAULT_CLIENT_ABORT);
    }

    if (wf->try != wf->total) {
        ngx_ai_sooner(att->start + wf->try, AIR_FAULT_TRY_TIMEOUT);
    }

    u = att->sr->upstream;

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


void
ngx_ai_attempt_timer(ngx_ai_ctx_t *ctx)
{
    ngx_msec_t      at, ms;
    air_fault_e     fault;
    ngx_msec_int_t  left;

    if (ctx->timer.handler == NULL) {
        ctx->timer.handler = ngx_ai_attempt_timeout;
        ctx->timer.log = ctx->r->connection->log;

        /* looks like a connection to nginx's debug log */
        ctx->timer.data = ctx->r->connection;
    }

    at = ngx_ai_attempt_deadline(ctx, &fault);
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

    at = ngx_ai_attempt_deadline(ctx, &fault);

    if ((ngx_msec_int_t) (at - ngx_current_msec) > 0) {
        ngx_ai_attempt_timer(ctx);
        return;
    }

    u = att->sr->upstream;

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


/*
 * May be called early (output still buffered), twice, or not at all; the
 * next step is the main request's, in ngx_ai_wake().
 */
static ngx_int_t
ngx_ai_post_subrequest(ngx_http_request_t *sr, void *data, ngx_int_t rc)
{
    ngx_ai_attempt_t *att = data;

    ngx_ai_ctx_t      *ctx;
    ngx_connection_t  *c;

    ctx = att->ctx;
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

    if (sr->upstream_states != NULL) {
        ctx->r->upstream_states = sr->upstream_states;
    }

    if (!att->done) {
        att->done = 1;
        att->end = ngx_current_msec;
        ngx_ai_attempt_diagnose(att, rc);
    }

    if (c->error || rc == NGX_HTTP_CLIENT_CLOSED_REQUEST
        || rc == NGX_HTTP_REQUEST_TIME_OUT)
    {
        return rc;
    }

    return NGX_OK;
}


/* why the attempt ended, when nobody said so yet */
static void
ngx_ai_attempt_diagnose(ngx_ai_attempt_t *att, ngx_int_t rc)
{
    ngx_ai_ctx_t         *ctx;
    ngx_http_upstream_t  *u;

    ctx = att->ctx;
    u = att->sr->upstream;

    if (u != NULL && u->request_sent && att->phase == NGX_AI_CONNECT) {
        att->phase = u->request_body_sent ? NGX_AI_HEADER : NGX_AI_SENT;
    }

    if (ctx->gone) {
        if (att->fault == AIR_FAULT_NONE || !att->complete) {
            att->fault = AIR_FAULT_CLIENT_ABORT;
        }

        return;
    }

    if (att->fault != AIR_FAULT_NONE) {
        return;
    }

    if (rc == NGX_HTTP_CLIENT_CLOSED_REQUEST || att->ctx->r->connection->error)
    {
        ctx->gone = 1;
        att->fault = AIR_FAULT_CLIENT_ABORT;
        return;
    }

    if (rc == NGX_HTTP_REQUEST_TIME_OUT) {
        ctx->gone = 1;
        att->fault = AIR_FAULT_CLIENT_TIMEOUT;
        return;
    }

    if (att->complete) {
        return;
    }

    if (att->header) {

        /* cut short: nginx says nothing of it but that the last buffer
           never came */

        if (att->body == NGX_AI_BODY_ERROR) {
            ngx_ai_error_body(att);

        } else if (att->body == NGX_AI_BODY_STREAM
                   && (att->note.all & AIR_NOTE_DONE))
        {
            att->complete = 1;

        } else {
            att->fault = AIR_FAULT_TRUNCATED;
        }

        return;
    }

    if (u != NULL && u->resolved != NULL && u->peer.get == NULL) {
        att->fault = AIR_FAULT_DNS;
        return;
    }

    if (u == NULL || u->state == NULL) {

        /* the vendor's location answered by itself: limit_conn, return ... */

        att->status = rc >= 300 ? (ngx_uint_t) rc : NGX_HTTP_BAD_GATEWAY;
        att->fault = air_fault_classify(att->status, NULL, &ctx->mem, NULL);

        if (att->fault == AIR_FAULT_NONE) {
            att->fault = AIR_FAULT_EMPTY;
        }

        return;
    }

    if (u->state->connect_time == (ngx_msec_t) -1) {

        if (att->tls_fault != AIR_FAULT_NONE) {
            att->fault = att->tls_fault;

        } else if (att->timedout || rc == NGX_HTTP_GATEWAY_TIME_OUT) {
            att->fault = AIR_FAULT_CONNECT_TIMEOUT;

        } else {
            att->fault = AIR_FAULT_REFUSED;
        }

        return;
    }

    if (att->timedout || rc == NGX_HTTP_GATEWAY_TIME_OUT) {
        att->fault = AIR_FAULT_HEADER_TIMEOUT;
        return;
    }

    if (u->state->bytes_received > 0) {
        att->fault = (u->buffer.start != NULL
                      && u->buffer.last == u->buffer.end)
                     ? AIR_FAULT_HEADER_TOO_BIG : AIR_FAULT_BAD_HEADER;
        return;
    }

    if (att->cached && att->again < 3) {
        att->stale = 1;
        att->again++;
    }

    if (att->reset) {
        att->fault = AIR_FAULT_RESET;

    } else {
        att->fault = u->request_body_sent ? AIR_FAULT_CLOSED_NO_HEADER
                                          : AIR_FAULT_CLOSED;
    }
}


uint64_t
ngx_ai_estimate_input(ngx_ai_ctx_t *ctx)
{
    uint32_t                i, end;
    uint64_t                more;
    air_str_t               raw;
    air_estimate_t          est;
    const air_json_node_t  *root, *m, *node;

    ngx_memzero(&est, sizeof(air_estimate_t));
    more = 3;

    root = air_json_root(&ctx->doc);

    for (m = air_json_first(&ctx->doc, root); m;
         m = air_json_next(&ctx->doc, m))
    {
        raw = air_json_key(&ctx->doc, m);

        if (!air_str_eqz(raw, "messages") && !air_str_eqz(raw, "system")
            && !air_str_eqz(raw, "prompt")
            && !air_str_eqz(raw, "input") && !air_str_eqz(raw, "tools")
            && !air_str_eqz(raw, "functions")
            && !air_str_eqz(raw, "response_format"))
        {
            continue;
        }

        if (air_str_eqz(raw, "messages")) {
            more += 4 * m->count;
        }

        i = m - ctx->doc.nodes;
        end = m->next ? m->next : ctx->doc.n;

        for ( /* void */ ; i < end; i++) {
            node = &ctx->doc.nodes[i];

            if (node->type != AIR_JSON_STRING) {
                continue;
            }

            raw = air_json_raw(&ctx->doc, node);

            if (raw.len > 5 && ngx_strncmp(raw.data, "data:", 5) == 0) {
                more += 1600;
                continue;
            }

            air_estimate_add(&est, raw);
        }
    }

    return more + air_estimate_tokens(&est);
}


/* figures that the bytes seen cannot explain: four bytes a token, fivefold */
static void
ngx_ai_attempt_suspect(ngx_ai_attempt_t *att)
{
    uint64_t       in, out;
    air_usage_t   *u;
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;
    u = &att->note.usage;

    if (!u->seen) {
        return;
    }

    in = air_usage_input(u);
    out = air_usage_output(u);
    out -= ngx_min(out, u->reasoning);

    if ((in <= 1000 + 5 * ctx->body.len / 4
         || (ctx->request.needs
             & (AIR_CAN_VISION|AIR_CAN_AUDIO|AIR_CAN_PDF|AIR_CAN_SEARCH)))
        && (out <= 1000 + 5 * att->bytes / 4 || ctx->gone))
    {
        return;
    }

    att->suspect = 1;

    ngx_log_error(NGX_LOG_WARN, ctx->r->connection->log, 0,
                  "ai: rid=%*s vendor=%V model=%V why=usage_suspect: %uL tokens "
                  "in for %uz bytes, %uL out for %uz", (size_t) 32,
                  ctx->id_hex, &att->target->vendor->name,
                  &att->target->model, in, ctx->body.len, out, att->bytes);
}


/* usage to money, by what is known */
static void
ngx_ai_attempt_cost(ngx_ai_attempt_t *att)
{
    unsigned                flags;
    air_str_t               served;
    air_usage_t            *u;
    ngx_ai_ctx_t           *ctx;
    const air_model_t      *info, *other;
    const air_price_t      *price;
    const air_profile_t    *pf;
    const air_fault_row_t  *row;

    static const air_str_t  nowhere = air_null_str;

    ctx = att->ctx;
    u = &att->note.usage;
    row = air_fault_row(att->fault);

    if (ctx->op == AIR_OP_COUNT_TOKENS) {

        /* counting is free, and what it says is no usage */

        air_usage_init(u);
        att->cost = 0;
        att->computed = 0;
        att->certainty = AIR_CERTAIN_NONE;
        return;
    }

    if (att->fault != AIR_FAULT_NONE && !u->seen) {

        switch (row->ledger) {

        case AIR_LEDGER_RELEASE:
            att->cost = 0;
            att->computed = 0;
            att->certainty = AIR_CERTAIN_NONE;
            return;

        case AIR_LEDGER_INPUT:
            u->n[AIR_IN] = ngx_ai_estimate_input(ctx);
            u->estimated = 1;
            break;

        default:
            u->estimated = 1;
            break;
        }
    }

    if (!u->seen) {

        if (!u->estimated) {
            ngx_log_error(NGX_LOG_WARN, ctx->r->connection->log, 0,
                          "ai: rid=%*s vendor=%V model=%V why=usage_missing: "
                          "the vendor reported none, tokens are estimated",
                          (size_t) 32, ctx->id_hex,
                          &att->target->vendor->name, &att->target->model);
        }

        u->estimated = 1;

        if (u->n[AIR_IN] == 0) {
            u->n[AIR_IN] = ngx_ai_estimate_input(ctx);
            u->n[AIR_OUT] = air_estimate_tokens(&att->note.visible);
        }
    }

    ngx_ai_attempt_suspect(att);

    att->certainty = u->estimated ? AIR_CERTAIN_ESTIMATED
                                  : AIR_CERTAIN_REPORTED;

    info = att->target->info;
    pf = att->target->vendor->profile;

    if (att->note.model_len && ctx->amcf->prices != NULL) {
        served = air_str_n(att->note.model, att->note.model_len);

        if (!air_str_eq(served, ngx_ai_air(att->target->model))) {
            other = air_pricebook_find(ctx->amcf->prices,
                                       air_str_z(pf->price_vendor
                                                 ? pf->price_vendor
                                                 : pf->name),
                                       served);

            if (other != NULL && other != info) {
                info = other;
                att->model_changed = 1;
            }
        }
    }

    price = info ? air_model_price(info, att->time_ms) : NULL;
    flags = 0;

    if (info != NULL && att->target->vendor->price_region.len
        && u->mul_num == u->mul_den)
    {
        air_model_multiplier(info,
                             ngx_ai_air(att->target->vendor->price_region),
                             nowhere, &u->mul_num, &u->mul_den);
    }

    att->computed = air_price_cost(price, u, att->time_ms, &flags);
    att->price_id = price ? price->id : 0;
    att->cost_flags = flags;
    att->cost = att->computed;

    if (u->vendor_cost != AIR_UNKNOWN) {
        att->cost = u->vendor_cost;
    }
}


static void
ngx_ai_attempt_record(ngx_ai_attempt_t *att, air_record_t *rec)
{
    ngx_uint_t      i;
    air_usage_t    *u;
    ngx_ai_ctx_t   *ctx;

    ctx = att->ctx;
    u = &att->note.usage;

    ngx_memzero(rec, sizeof(air_record_t));

    rec->kind = AIR_RECORD_ATTEMPT;
    rec->op = ctx->op;
    rec->certainty = att->certainty;
    rec->tier_served = u->tier;
    rec->attempt = att->n;
    rec->status = att->status;
    rec->fault = att->fault;
    rec->time_ms = att->time_ms;
    rec->latency_ms = att->end ? att->end - att->start : 0;
    rec->first_token_ms = att->first ? att->first - att->start : 0;
    ngx_memcpy(rec->request_id, ctx->id, 16);
    rec->price_id = att->price_id;
    rec->cost = att->cost;
    rec->computed_cost = att->computed;

    for (i = 0; i < AIR_NCLASS; i++) {
        rec->n[i] = u->n[i];
    }

    for (i = 0; i < AIR_NFEE; i++) {
        rec->fee[i] = u->fee[i];
    }

    rec->reasoning = u->reasoning;
    rec->request_bytes = ctx->body.len;
    rec->reply_bytes = att->bytes;

    rec->vendor = ngx_ai_air(att->target->vendor->name);
    rec->model = ngx_ai_air(att->target->model);
    rec->served_model = air_str_n(att->note.model, att->note.model_len);
    rec->workflow = ngx_ai_air(ctx->workflow->name);

    if (att->choice->tier != NULL) {
        rec->tier = ngx_ai_air(att->choice->tier->name);
    }

    rec->principal = ngx_ai_air(ctx->principal);
    rec->vendor_id = air_str_n(att->note.id, att->note.id_len);

    if (ctx->request.stream) {
        rec->flags |= AIR_REC_STREAM;
    }

    if (att->target->vendor->simulated) {
        rec->flags |= AIR_REC_SIMULATED;
    }

    if (att->probe) {
        rec->flags |= AIR_REC_PROBE;
    }
}


void
ngx_ai_attempt_health(ngx_ai_attempt_t *att)
{
    int64_t                 now;
    uint64_t                rest;
    ngx_uint_t              target, vendor;
    ngx_ai_zone_t          *zone;
    const air_fault_row_t  *row;

    if (att->judged) {
        return;
    }

    att->judged = 1;

    zone = att->ctx->amcf->zone;
    target = att->target->health;
    vendor = att->target->vendor->health;
    now = ngx_ai_now();

    if (att->fault == AIR_FAULT_NONE) {
        ngx_ai_health_good(zone, target, now);
        ngx_ai_health_good(zone, vendor, now);
        return;
    }

    row = air_fault_row(att->fault);

    switch (row->health) {

    case AIR_HEALTH_FAIL:

        if (att->said_rest) {
            ngx_ai_health_cool(zone, target, now, att->rest_ms, att->fault);

        } else {
            ngx_ai_health_fail(zone, target, now, att->fault);
        }

        break;

    case AIR_HEALTH_COOL_MODEL:
        rest = att->rest_ms ? att->rest_ms : NGX_AI_REST_MIN;
        ngx_ai_health_cool(zone, target, now, rest, att->fault);
        break;

    case AIR_HEALTH_COOL_VENDOR:
        rest = att->fault == AIR_FAULT_QUOTA ? NGX_AI_REST_QUOTA
                                             : NGX_AI_REST_AUTH;
        rest = ngx_max(rest, att->rest_ms);
        ngx_ai_health_cool(zone, vendor, now, rest, att->fault);
        break;

    default:
        break;
    }

    if (att->probe) {
        ngx_ai_health_release(zone, target);
    }
}


void
ngx_ai_attempt_rest(ngx_ai_attempt_t *att, ngx_http_request_t *sr,
    const air_json_doc_t *body)
{
    int               said;
    air_str_t         after, after_ms;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    static const air_str_t  none = air_null_str;

    after = none;
    after_ms = none;

    if (sr->upstream != NULL) {
        part = &sr->upstream->headers_in.headers.part;

    } else {
        part = &sr->headers_out.headers.part;
    }

    h = part->elts;

    for (i = 0; /* void */; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].key.len == 11
            && ngx_strncasecmp(h[i].key.data, (u_char *) "retry-after", 11)
               == 0)
        {
            after = ngx_ai_air(h[i].value);

        } else if (h[i].key.len == 14
                   && ngx_strncasecmp(h[i].key.data,
                                      (u_char *) "retry-after-ms", 14) == 0)
        {
            after_ms = ngx_ai_air(h[i].value);
        }
    }

    said = 0;

    att->rest_ms = air_retry_after(after, after_ms, body, ngx_ai_now(),
                                   NGX_AI_REST_MIN, NGX_AI_REST_MAX, &said);
    att->said_rest = said;
}


void
ngx_ai_attempt_settle(ngx_ai_attempt_t *att)
{
    int                  rc;
    air_record_t         rec;
    ngx_ai_ctx_t        *ctx;
    ngx_ai_main_conf_t  *amcf;

    if (att->settled) {
        return;
    }

    att->settled = 1;

    ctx = att->ctx;
    amcf = ctx->amcf;

    if (att->end == 0) {
        att->end = ngx_current_msec;
    }

    ngx_ai_attempt_cost(att);
    ngx_ai_attempt_health(att);

    ngx_ai_attempt_record(att, &rec);

    if (att->final || att->fault == AIR_FAULT_NONE) {
        rec.flags |= AIR_REC_FINAL;
        rec.client_status = ctx->status ? ctx->status : NGX_HTTP_OK;
    }

    if (ctx->committed || (att->complete && !ctx->gone)) {

        /* a whole reply is booked just before it is sent */

        rec.flags |= AIR_REC_COMMITTED|AIR_REC_FINAL;
        rec.client_status = NGX_HTTP_OK;
    }

    if (ctx->gone) {
        rec.flags |= AIR_REC_ABORTED|AIR_REC_FINAL;
        rec.client_status = ctx->committed ? NGX_HTTP_OK
                                           : NGX_HTTP_CLIENT_CLOSED_REQUEST;

        if (att->note.usage.seen) {
            rec.flags |= AIR_REC_DRAINED;
        }
    }

    if (att->note.usage.clamped) {
        rec.flags |= AIR_REC_CLAMPED;
    }

    if (att->suspect) {
        rec.flags |= AIR_REC_SUSPECT;
    }

    if (att->cost_flags & AIR_COST_FALLBACK) {
        rec.flags |= AIR_REC_FALLBACK_RATE;
    }

    if (att->note.usage.vendor_cost != AIR_UNKNOWN) {
        rec.flags |= AIR_REC_VENDOR_COST;
    }

    if (att->model_changed) {
        rec.flags |= AIR_REC_MODEL_CHANGED;
    }

    if (att->cost == AIR_UNKNOWN) {
        ctx->cost_unknown = 1;

    } else {
        ctx->cost += att->cost;
    }

    rc = AIR_OK;

    if (amcf->ledger != NULL) {
        rc = air_ledger_settle(amcf->ledger, att->slot, &rec);
        ngx_ai_stat_ledger(amcf, rc);
    }

    if (rc != AIR_OK) {
        ngx_log_error(NGX_LOG_CRIT, ctx->r->connection->log, 0,
                      "ai: rid=%*s the ledger cannot be written, the attempt "
                      "stays in flight until it can", (size_t) 32,
                      ctx->id_hex);
    }

    ngx_ai_stat_attempt(ctx, att);
}


/*
 * nginx's debug log holds each header that a vendor sends, and a vendor may
 * send back what it got.  From the key's leaving until the headers are read
 * the lines of the http modules are left out.
 */
static void
ngx_ai_attempt_hush(ngx_ai_attempt_t *att)
{
    ngx_log_t  *log;

    log = att->ctx->r->connection->log;

    if (log->log_level & NGX_LOG_DEBUG_HTTP) {
        log->log_level &= ~NGX_LOG_DEBUG_HTTP;
        att->hushed = 1;
    }
}


void
ngx_ai_attempt_unhush(ngx_ai_attempt_t *att)
{
    if (att->hushed) {
        att->ctx->r->connection->log->log_level |= NGX_LOG_DEBUG_HTTP;
        att->hushed = 0;
    }
}


/*
 * Adds the key to the request that the proxy has just written: the empty line
 * that ends its head gives way to the prepared line.  So a key is never
 * copied into a request's memory, stands in no variable, and is not in the
 * debug log, where nginx writes every header.
 */
static ngx_int_t
ngx_ai_peer_key(ngx_ai_attempt_t *att, ngx_http_request_t *r)
{
    ngx_buf_t        *b, *head;
    ngx_chain_t      *cl;
    ngx_ai_vendor_t  *vendor;

    vendor = att->target->vendor;

    if (vendor->auth_line.len == 0) {
        return NGX_OK;
    }

    if (r->upstream->request_bufs == NULL) {
        return NGX_ERROR;
    }

    head = r->upstream->request_bufs->buf;

    if (head->last - head->pos < 4
        || ngx_memcmp(head->last - 4, CRLF CRLF, 4) != 0)
    {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "ai: the request for ai_vendor \"%V\" does not end its "
                      "head as HTTP/1.1 does; use \"proxy_http_version 1.1\"",
                      &vendor->name);
        return NGX_ERROR;
    }

    b = ngx_calloc_buf(r->pool);
    cl = ngx_alloc_chain_link(r->pool);

    if (b == NULL || cl == NULL) {
        return NGX_ERROR;
    }

    head->last -= 2;

    ngx_ai_attempt_hush(att);

    b->start = vendor->auth_line.data;
    b->pos = b->start;
    b->last = b->start + vendor->auth_line.len;
    b->end = b->last;
    b->memory = 1;

    cl->buf = b;
    cl->next = r->upstream->request_bufs->next;
    r->upstream->request_bufs->next = cl;

    return NGX_OK;
}


ngx_int_t
ngx_ai_peer_init(ngx_http_request_t *r, ngx_http_upstream_srv_conf_t *us)
{
    ngx_uint_t                       i;
    ngx_ai_peer_t                   *p;
    ngx_ai_vendor_t                **vendor;
    ngx_ai_attempt_t                *att;
    ngx_ai_main_conf_t              *amcf;
    ngx_http_upstream_t             *u;
    ngx_http_upstream_init_peer_pt   init;

    amcf = ngx_http_get_module_main_conf(r, ngx_ai_router_module);
    att = ngx_ai_attempt_of(r);
    init = NULL;

    if (att != NULL && att->target->vendor->upstream == us) {
        init = att->target->vendor->peer_init;

    } else {
        vendor = amcf->vendors.elts;

        for (i = 0; i < amcf->vendors.nelts; i++) {
            if (vendor[i]->upstream == us) {
                init = vendor[i]->peer_init;
            }
        }
    }

    if (init == NULL || init(r, us) != NGX_OK) {
        return NGX_ERROR;
    }

    if (att == NULL || att->target->vendor->upstream != us) {
        return NGX_OK;
    }

    if (ngx_ai_peer_key(att, r) != NGX_OK) {
        return NGX_ERROR;
    }

    p = ngx_palloc(r->pool, sizeof(ngx_ai_peer_t));
    if (p == NULL) {
        return NGX_ERROR;
    }

    u = r->upstream;

    p->att = att;
    p->data = u->peer.data;
    p->get = u->peer.get;
    p->free = u->peer.free;

    u->peer.data = p;
    u->peer.get = ngx_ai_peer_get;
    u->peer.free = ngx_ai_peer_free;

#if (NGX_HTTP_SSL)
    p->set_session = u->peer.set_session;
    p->save_session = u->peer.save_session;

    u->peer.set_session = ngx_ai_peer_set_session;
    u->peer.save_session = ngx_ai_peer_save_session;
#endif

    return NGX_OK;
}


static ngx_int_t
ngx_ai_peer_get(ngx_peer_connection_t *pc, void *data)
{
    ngx_ai_peer_t *p = data;

    ngx_int_t  rc;

    rc = p->get(pc, p->data);

    p->att->cached = pc->cached;

    return rc;
}


/* the last look at the connection before it is closed or kept */
static void
ngx_ai_peer_free(ngx_peer_connection_t *pc, void *data, ngx_uint_t state)
{
    ngx_ai_peer_t *p = data;

    ngx_connection_t  *c;
    ngx_ai_attempt_t  *att;

    att = p->att;
    c = pc->connection;

    if (c != NULL) {
        att->timedout = c->read->timedout || c->write->timedout;
        att->reset = c->read->error;

#if (NGX_HTTP_SSL)

        if (att->target->vendor->tls && !att->timedout
            && att->sr->upstream->state->connect_time == (ngx_msec_t) -1
            && c->ssl != NULL)
        {
            if (!c->ssl->handshaked) {
                att->tls_fault = AIR_FAULT_TLS;

            } else if (SSL_get_verify_result(c->ssl->connection) != X509_V_OK)
            {
                att->tls_fault = AIR_FAULT_TLS_VERIFY;

            } else {
                att->tls_fault = AIR_FAULT_TLS_NAME;
            }
        }

#endif
    }

    /* nor is the address to blame for a caller who left */

    if (att->ctx->gone) {
        state &= ~NGX_PEER_FAILED;
    }

    p->free(pc, p->data, state);
}


#if (NGX_HTTP_SSL)

static ngx_int_t
ngx_ai_peer_set_session(ngx_peer_connection_t *pc, void *data)
{
    ngx_ai_peer_t *p = data;

    return p->set_session(pc, p->data);
}


static void
ngx_ai_peer_save_session(ngx_peer_connection_t *pc, void *data)
{
    ngx_ai_peer_t *p = data;

    p->save_session(pc, p->data);
}

#endif
