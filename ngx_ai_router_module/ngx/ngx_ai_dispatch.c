
/*
 * What a vendor is sent: body, headers, key.  Everything it may learn of a
 * request is put together here from its own configuration; nothing of the
 * caller's headers crosses but what the protocol of both demands, and what
 * the operator named.
 */

#include "ngx_ai_router_module.h"


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


static ngx_int_t ngx_ai_attempt_extra(ngx_ai_attempt_t *att,
    ngx_http_request_t *sr);
static ngx_uint_t ngx_ai_attempt_beta(ngx_array_t *betas, ngx_str_t *beta);
static ngx_int_t ngx_ai_attempt_betas(ngx_ai_attempt_t *att,
    ngx_http_request_t *sr);
static ngx_int_t ngx_ai_attempt_forward(ngx_ai_attempt_t *att,
    ngx_http_request_t *sr);
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


/* the caller's bytes with the target's edits, as a chain: nothing is copied */
ngx_int_t
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
    air_request_t             rq;
    air_warnings_t            lost;
    ngx_http_request_body_t  *rb;

    ctx = att->ctx;
    text = att->written ? att->text : ctx->doc.text;
    edits.n = 0;

    if (!att->written) {
        lost.n = 0;
        lost.more = 0;

        rq = ctx->request;
        rq.cap = ngx_ai_output_cap(ctx);

        if (rq.cap && att->target->can.max_output) {
            rq.cap = ngx_min(rq.cap, att->target->can.max_output);
        }

        rc = ctx->codec->request_edits(&rq, &ctx->doc, &att->target->air,
                                       &ctx->mem, &edits, &lost);
        if (rc != AIR_OK) {
            return NGX_ERROR;
        }

        if (lost.n && att->lost == NULL) {
            att->lost = ngx_palloc(ctx->r->pool, sizeof(air_warnings_t));
            if (att->lost == NULL) {
                return NGX_ERROR;
            }

            *att->lost = lost;
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


ngx_table_elt_t *
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

    extra = vendor->extra ? vendor->extra->elts : NULL;

    for (i = 0; extra != NULL && i < vendor->extra->nelts; i++) {
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

    if (ctx->beta.len
        && (ctx->op == AIR_OP_MESSAGES || ctx->op == AIR_OP_COUNT_TOKENS)
        && ngx_ai_attempt_betas(att, sr) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return vendor->forward ? ngx_ai_attempt_forward(att, sr) : NGX_OK;
}


/* 1 when the operator lets that beta through */
static ngx_uint_t
ngx_ai_attempt_beta(ngx_array_t *betas, ngx_str_t *beta)
{
    size_t       len;
    ngx_str_t   *name;
    ngx_uint_t   i;

    name = betas->elts;

    for (i = 0; i < betas->nelts; i++) {
        len = name[i].len;

        if (name[i].data[len - 1] == '*') {
            len--;

            if (beta->len < len) {
                continue;
            }

        } else if (beta->len != len) {
            continue;
        }

        if (ngx_memcmp(name[i].data, beta->data, len) == 0) {
            return 1;
        }
    }

    return 0;
}


/* the caller's betas, as they are or those that may pass; what does not is
   told, but is no parameter */
static ngx_int_t
ngx_ai_attempt_betas(ngx_ai_attempt_t *att, ngx_http_request_t *sr)
{
    u_char           *p, *end, *stop, *out;
    ngx_str_t         value, beta;
    ngx_uint_t        lost;
    ngx_ai_vendor_t  *vendor;

    vendor = att->target->vendor;
    value = att->ctx->beta;

    if (att->cross) {
        return ngx_ai_lost_add(att, "anthropic-beta", AIR_LOST_NO_SUCH);
    }

    if (vendor->betas != NULL) {
        p = value.data;
        end = p + value.len;
        lost = 0;

        out = ngx_pnalloc(sr->pool, value.len);
        if (out == NULL) {
            return NGX_ERROR;
        }

        value.data = out;

        for ( /* void */ ; p < end; p = stop + 1) {

            stop = ngx_strlchr(p, end, ',');
            stop = stop ? stop : end;

            beta.data = p;
            beta.len = stop - p;

            while (beta.len && (*beta.data == ' ' || *beta.data == '\t')) {
                beta.data++;
                beta.len--;
            }

            while (beta.len && (beta.data[beta.len - 1] == ' '
                                || beta.data[beta.len - 1] == '\t'))
            {
                beta.len--;
            }

            if (beta.len == 0) {
                continue;
            }

            if (!ngx_ai_attempt_beta(vendor->betas, &beta)) {
                lost = 1;
                continue;
            }

            if (out > value.data) {
                *out++ = ',';
            }

            out = ngx_cpymem(out, beta.data, beta.len);
        }

        value.len = out - value.data;

        if (lost && ngx_ai_lost_add(att, "anthropic-beta", AIR_LOST_VALUE)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (value.len == 0) {
            return NGX_OK;
        }
    }

    return ngx_ai_attempt_header(sr, "anthropic-beta", "anthropic-beta",
                                 &value)
           ? NGX_OK : NGX_ERROR;
}


/* headers of the caller's that the operator named */
static ngx_int_t
ngx_ai_attempt_forward(ngx_ai_attempt_t *att, ngx_http_request_t *sr)
{
    ngx_str_t        *name;
    ngx_uint_t        i, k;
    ngx_array_t      *forward;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h, *out;

    forward = att->target->vendor->forward;
    name = forward->elts;

    part = &att->ctx->r->headers_in.headers.part;
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

        for (k = 0; k < forward->nelts; k++) {
            if (name[k].len == h[i].key.len
                && ngx_memcmp(name[k].data, h[i].lowcase_key, name[k].len)
                   == 0)
            {
                break;
            }
        }

        if (k == forward->nelts) {
            continue;
        }

        /* ai_trace writes its own */

        if (att->ctx->alcf->trace != NGX_AI_TRACE_OFF
            && ((name[k].len == 11
                 && ngx_memcmp(name[k].data, "traceparent", 11) == 0)
                || (name[k].len == 10
                    && ngx_memcmp(name[k].data, "tracestate", 10) == 0)))
        {
            continue;
        }

        out = ngx_list_push(&sr->headers_in.headers);
        if (out == NULL) {
            return NGX_ERROR;
        }

        *out = h[i];
        ngx_ai_header_unlink(out);
    }

    return NGX_OK;
}


ngx_int_t
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

    if (ctx->alcf->trace != NGX_AI_TRACE_OFF
        && ngx_ai_trace_headers(att, sr) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_ai_attempt_extra(att, sr) != NGX_OK) {
        return NGX_ERROR;
    }

    /* where the upstream is ours the key is added later, see
       ngx_ai_peer_key(), past everything that is logged */

    if (vendor->auth_name.len == 0 || vendor->upstream != NULL) {
        return NGX_OK;
    }

    h = ngx_list_push(&sr->headers_in.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->key = vendor->auth_name;
    h->lowcase_key = vendor->auth_lower.data;
    h->hash = ngx_hash_key(h->lowcase_key, h->key.len);
    h->value = att->key->auth;
    ngx_ai_header_unlink(h);

    return NGX_OK;
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

    if (att->hushed) {
        return;
    }

    log = att->ctx->r->connection->log;

    if (log->log_level & NGX_LOG_DEBUG_HTTP) {
        log->log_level &= ~NGX_LOG_DEBUG_HTTP;

    } else if (att->ctx->nhushed == 0) {
        return;
    }

    att->hushed = 1;
    att->ctx->nhushed++;
}


void
ngx_ai_attempt_unhush(ngx_ai_attempt_t *att)
{
    if (!att->hushed) {
        return;
    }

    att->hushed = 0;

    if (--att->ctx->nhushed == 0) {
        att->ctx->r->connection->log->log_level |= NGX_LOG_DEBUG_HTTP;
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
    ngx_str_t         lines;
    ngx_chain_t      *cl;
    ngx_ai_vendor_t  *vendor;

    vendor = att->target->vendor;

    if (vendor->auth_name.len == 0 && vendor->sign == NULL) {
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

    if (vendor->sign == NULL) {
        lines = att->key->auth_line;

    } else if (ngx_ai_sign(att, r, &lines) != NGX_OK) {
        return NGX_ERROR;
    }

    head->last -= 2;

    ngx_ai_attempt_hush(att);

    b->start = lines.data;
    b->pos = b->start;
    b->last = b->start + lines.len;
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

    if (att != NULL && att->fault != AIR_FAULT_NONE) {

        /* it ended while another module held it: nothing is sent */

        return NGX_ERROR;
    }

    if (att == NULL || att->target->vendor->upstream != us) {
        return NGX_OK;
    }

    ngx_ai_cache_waited(att);

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
#if (NGX_HTTP_SSL)
    socklen_t          len;
    ngx_sockaddr_t     sa;
#endif

    att = p->att;
    c = pc->connection;

    if (c != NULL) {
        att->timedout = c->read->timedout || c->write->timedout;
        att->reset = c->read->error;

#if (NGX_HTTP_SSL)

        if (att->target->vendor->tls && !att->timedout
            && att->sr->upstream->state->connect_time == (ngx_msec_t) -1)
        {
            if (c->ssl == NULL) {

                /* connected, and it spoke before TLS began */

                len = sizeof(ngx_sockaddr_t);

                if (getpeername(c->fd, &sa.sockaddr, &len) == 0) {
                    att->tls_fault = AIR_FAULT_TLS;
                }

            } else if (!c->ssl->handshaked) {
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

    /* nor is the address to blame for a caller who left, or for another that
       was sooner */

    if (att->ctx->gone || att->fault == AIR_FAULT_HEDGED) {
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
