
/*
 * What a vendor answers, on its way through the subrequest's filters: held
 * until it is known to be good, then relayed; and nginx's own error pages of
 * our locations, turned into the caller's dialect.
 *
 *   status >= 300        ERROR   collected, classified, never relayed as is
 *   JSON                 WHOLE   collected, checked, priced, then relayed
 *   event stream         STREAM  ngx_ai_stream.c
 */

#include "ngx_ai_floor.h"
#include "ngx_ai_shadow.h"
#include "ngx_ai_learn.h"


static ngx_int_t ngx_ai_header_filter(ngx_http_request_t *r);
static ngx_uint_t ngx_ai_header_early(ngx_http_request_t *r);
static ngx_int_t ngx_ai_header_core(ngx_http_request_t *r);
static ngx_int_t ngx_ai_body_again(ngx_ai_attempt_t *att,
    ngx_http_request_t *sr);
static ngx_int_t ngx_ai_body_buffer(ngx_ai_attempt_t *att, ngx_buf_t *b,
    ngx_chain_t ***ll);
static ngx_int_t ngx_ai_body_end(ngx_ai_attempt_t *att, ngx_chain_t **out,
    ngx_chain_t ***ll);
static ngx_int_t ngx_ai_body_core(ngx_http_request_t *r, ngx_ai_ctx_t *ctx,
    ngx_chain_t *in);
static ngx_uint_t ngx_ai_type_is(ngx_str_t *type, const char *name,
    size_t len);
static ngx_uint_t ngx_ai_stream_type(ngx_ai_attempt_t *att,
    ngx_str_t *type);
static ngx_uint_t ngx_ai_framing_bad(ngx_http_upstream_t *u);
static ngx_int_t ngx_ai_header_good(ngx_ai_attempt_t *att,
    ngx_http_request_t *sr);
static ngx_int_t ngx_ai_header_vendor(ngx_ai_attempt_t *att,
    ngx_http_request_t *sr);
static ngx_int_t ngx_ai_body_filter(ngx_http_request_t *r, ngx_chain_t *in);
static size_t ngx_ai_unsent(ngx_ai_attempt_t *att);
static ngx_int_t ngx_ai_output(ngx_ai_attempt_t *att, ngx_http_request_t *sr,
    ngx_chain_t *out);
static ngx_int_t ngx_ai_collect(ngx_ai_attempt_t *att, ngx_buf_t *b,
    size_t max);
static ngx_int_t ngx_ai_whole(ngx_ai_attempt_t *att, ngx_chain_t **out);


#define NGX_AI_UNSENT  65536


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


ngx_int_t
ngx_ai_filter_init(ngx_conf_t *cf)
{
    (void) cf;

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_ai_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_ai_body_filter;

    return NGX_OK;
}


static ngx_int_t
ngx_ai_header_filter(ngx_http_request_t *r)
{
    ngx_int_t          rc;
    ngx_ai_attempt_t  *att;

    if (r == r->main) {
        if (r->err_status >= NGX_HTTP_BAD_REQUEST) {
            return ngx_ai_header_core(r);
        }

        return ngx_http_next_header_filter(r);
    }

    if (ngx_ai_eval_of(r)) {
        return ngx_ai_eval_header(r);
    }

    att = ngx_ai_attempt_of(r);

    if (att == NULL || att->sr != r || att->header) {
        return ngx_http_next_header_filter(r);
    }

    rc = ngx_ai_header_vendor(att, r);

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_next_header_filter(r);
}


/* no location was looked for yet, and the URI, as far as it is known, leads to
   one of ours: other sites of the server keep their pages */
static ngx_uint_t
ngx_ai_header_early(ngx_http_request_t *r)
{
    ngx_str_t            *prefix;
    ngx_uint_t            i;
    ngx_ai_loc_conf_t   **route;
    ngx_ai_main_conf_t   *amcf;

    if (r->phase_handler != 0) {
        return 0;
    }

    if (ngx_ai_no_path(r)) {
        return 1;
    }

    amcf = ngx_http_get_module_main_conf(r, ngx_ai_router_module);
    route = amcf->routes.elts;

    for (i = 0; i < amcf->routes.nelts; i++) {
        prefix = &route[i]->prefix;

#if (NGX_PCRE)
        if (route[i]->clcf->regex != NULL) {
            if (ngx_strnstr(r->uri.data, "/v1/", r->uri.len) != NULL) {
                return 1;
            }

            continue;
        }
#endif

        if (r->uri.len >= prefix->len
            && ngx_filename_cmp(r->uri.data, prefix->data, prefix->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/*
 * nginx answers by itself: a bad request line, a body too large, access
 * refused ...  In our locations that becomes JSON, and so do the errors found
 * before any location is known, in servers that have one of ours.
 */
static ngx_int_t
ngx_ai_header_core(ngx_http_request_t *r)
{
    ngx_str_t           body;
    ngx_ai_ctx_t       *ctx;
    ngx_ai_loc_conf_t  *alcf;
    ngx_ai_srv_conf_t  *ascf;

    alcf = ngx_http_get_module_loc_conf(r, ngx_ai_router_module);
    ascf = ngx_http_get_module_srv_conf(r, ngx_ai_router_module);

    if (r->error_page
        || !(alcf->route || (ascf->routed && ngx_ai_header_early(r))))
    {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_ai_get_ctx(r);

    if (ctx != NULL && ctx->error_sent) {
        return ngx_http_next_header_filter(r);
    }

    if (ctx == NULL) {
        ctx = ngx_ai_ctx_create(r, alcf);
        if (ctx == NULL) {
            return NGX_ERROR;
        }
    }

    if (ngx_ai_error_core(r, r->err_status, ctx, &body) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->core_body = body;
    ctx->status = r->headers_out.status;

    r->headers_out.content_length_n = body.len;
    ngx_str_set(&r->headers_out.content_type, "application/json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    return ngx_http_next_header_filter(r);
}


static ngx_int_t
ngx_ai_body_core(ngx_http_request_t *r, ngx_ai_ctx_t *ctx, ngx_chain_t *in)
{
    ngx_buf_t    *b;
    ngx_uint_t    last;
    ngx_chain_t   out;

    last = 0;

    for ( /* void */ ; in; in = in->next) {
        last |= in->buf->last_buf;
        in->buf->pos = in->buf->last;
    }

    if (ctx->error_sent) {
        return ngx_http_next_body_filter(r, NULL);
    }

    if (!last) {
        return NGX_OK;
    }

    ctx->error_sent = 1;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = ctx->core_body.data;
    b->last = b->pos + ctx->core_body.len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_next_body_filter(r, &out);
}


/* the media type without parameters */
static ngx_uint_t
ngx_ai_type_is(ngx_str_t *type, const char *name, size_t len)
{
    return type->len >= len
           && ngx_strncasecmp(type->data, (u_char *) name, len) == 0
           && (type->len == len || type->data[len] == ';'
               || type->data[len] == ' ');
}


/* one length, or one coding, and a length that is a number: what two readers
   could take for different bodies is no answer */
static ngx_uint_t
ngx_ai_framing_bad(ngx_http_upstream_t *u)
{
    size_t            n;
    ngx_uint_t        i, lengths, codings;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    lengths = 0;
    codings = 0;

    part = &u->headers_in.headers.part;
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

        if (h[i].key.len == 14
            && ngx_strncmp(h[i].lowcase_key, "content-length", 14) == 0)
        {
            lengths++;

            for (n = 0; n < h[i].value.len; n++) {
                if (h[i].value.data[n] < '0' || h[i].value.data[n] > '9') {
                    return 1;
                }
            }

        } else if (h[i].key.len == 17
                   && ngx_strncmp(h[i].lowcase_key, "transfer-encoding", 17)
                      == 0)
        {
            codings++;
        }
    }

    return lengths + codings > 1;
}


/* the media type of the streams of the vendor's protocol */
static ngx_uint_t
ngx_ai_stream_type(ngx_ai_attempt_t *att, ngx_str_t *type)
{
    if (att->codec->framing == AIR_FRAMING_EVENTSTREAM) {
        return ngx_ai_type_is(type, "application/vnd.amazon.eventstream", 34);
    }

    return ngx_ai_type_is(type, "text/event-stream", 17);
}


/* a good status: whole or a stream, by its media type */
static ngx_int_t
ngx_ai_header_good(ngx_ai_attempt_t *att, ngx_http_request_t *sr)
{
    off_t                 len;
    ngx_str_t            *type;
    ngx_ai_ctx_t         *ctx;
    ngx_http_upstream_t  *u;

    ctx = att->ctx;
    u = sr->upstream;
    len = sr->headers_out.content_length_n;
    type = &sr->headers_out.content_type;

    if (ngx_ai_type_is(type, "application/json", 16)) {

        if (len > 0 && (size_t) len > ctx->alcf->max_response) {
            att->fault = AIR_FAULT_TOO_BIG;
            return NGX_ERROR;
        }

        att->body = NGX_AI_BODY_WHOLE;

        if (u != NULL && sr->background) {

            /* of such nginx would pass on nothing before all is there */

            u->buffering = 0;
        }

        if (len > 0) {
            att->buf = ngx_palloc(ctx->r->pool, len);
            if (att->buf == NULL) {
                return NGX_ERROR;
            }

            att->size = len;
        }

    } else if (ctx->request.stream && ngx_ai_stream_type(att, type)) {
        att->body = NGX_AI_BODY_STREAM;
        att->held_last = &att->held;

        air_sse_init(&att->sse, &ctx->mem, ctx->alcf->max_event);
        air_eventstream_init(&att->frames, &ctx->mem, ctx->alcf->max_event);
        air_json_init(&att->doc, &ctx->mem);

        ngx_ai_attempt_headed(att, sr);

        if (att->cross && ngx_ai_cross_begin(att) != NGX_OK) {
            return NGX_ERROR;
        }

        if ((ngx_ai_floor_on(ctx) || ngx_ai_shadow_due(ctx))
            && ngx_ai_gather_begin(att) != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (u != NULL) {
            u->buffering = 0;
        }

    } else {
        att->fault = AIR_FAULT_NOT_JSON;
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* decides what becomes of the body; NGX_ERROR ends the attempt here */
static ngx_int_t
ngx_ai_header_vendor(ngx_ai_attempt_t *att, ngx_http_request_t *sr)
{
    off_t                 len;
    ngx_int_t             rc;
    ngx_uint_t            status;
    ngx_ai_ctx_t         *ctx;
    ngx_http_upstream_t  *u;

    ctx = att->ctx;
    u = sr->upstream;
    status = sr->headers_out.status;
    len = sr->headers_out.content_length_n;

    ngx_ai_attempt_unhush(att);

    if (att == ctx->hedge && att->fault != AIR_FAULT_NONE) {
        return NGX_ERROR;
    }

    att->header = 1;
    att->phase = NGX_AI_HOLD;
    att->status = status;
    att->last = ngx_current_msec;

    sr->filter_need_in_memory = 1;

    /* not HTTP at all is taken for HTTP/0.9; interim answers are no answers */

    if (status < 200 || (u != NULL && u->headers_in.status_line.len == 0
                         && u->headers_in.status_n == 0))
    {
        att->fault = AIR_FAULT_BAD_RESPONSE;
        return NGX_ERROR;
    }

#if (NGX_HTTP_SSL)

    /* older nginx reads an answer that came in clear before the handshake */

    if (att->target->vendor->tls && u != NULL && u->peer.connection != NULL
        && (u->peer.connection->ssl == NULL
            || !u->peer.connection->ssl->handshaked))
    {
        att->fault = AIR_FAULT_TLS;
        return NGX_ERROR;
    }

#endif

    if (u != NULL && ngx_ai_framing_bad(u)) {
        att->fault = AIR_FAULT_BAD_HEADER;
        return NGX_ERROR;
    }

    if (status >= 400) {
        att->body = NGX_AI_BODY_ERROR;
        return NGX_OK;
    }

    if (status == NGX_HTTP_NO_CONTENT || status == NGX_HTTP_NOT_MODIFIED
        || len == 0)
    {
        att->fault = AIR_FAULT_EMPTY;
        return NGX_ERROR;
    }

    if (status >= 300) {
        att->fault = AIR_FAULT_REDIRECT;
        return NGX_ERROR;
    }

    if (sr->headers_out.content_encoding != NULL
        && sr->headers_out.content_encoding->value.len
        && !(sr->headers_out.content_encoding->value.len == 8
             && ngx_strncasecmp(sr->headers_out.content_encoding->value.data,
                                (u_char *) "identity", 8) == 0))
    {
        att->fault = AIR_FAULT_ENCODING;
        return NGX_ERROR;
    }

    rc = ngx_ai_header_good(att, sr);

    ngx_ai_cache_header(att, sr);

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_ai_attempt_timer(ctx);

    return NGX_OK;
}


/* the caller's connection takes bytes again */
static ngx_int_t
ngx_ai_body_again(ngx_ai_attempt_t *att, ngx_http_request_t *sr)
{
    ngx_int_t  rc;

    rc = NGX_OK;

    if (att->ctx->gone) {
        ngx_ai_forget(att);

    } else if (att->ctx->committed && att == att->ctx->current) {
        rc = ngx_ai_output(att, sr, NULL);
    }

    if (att->waiting != NULL && ngx_ai_unsent(att) <= NGX_AI_UNSENT) {
        att->waiting->pos = att->waiting->last;
        att->waiting = NULL;
    }

    return rc;
}


/* one buffer of the vendor's; NGX_DONE when the attempt was told to stop */
static ngx_int_t
ngx_ai_body_buffer(ngx_ai_attempt_t *att, ngx_buf_t *b, ngx_chain_t ***ll)
{
    ngx_int_t  rc;

    switch (att->body) {

    case NGX_AI_BODY_ERROR:
        rc = ngx_ai_collect(att, b, NGX_AI_ERROR_BODY);

        if (rc == NGX_DECLINED) {

            /* enough to know what it is */

            ngx_ai_error_body(att);
            ngx_ai_attempt_stop(att, att->fault);
            return NGX_DONE;
        }

        return rc;

    case NGX_AI_BODY_WHOLE:
        att->last = ngx_current_msec;
        rc = ngx_ai_collect(att, b, att->ctx->alcf->max_response);

        if (rc == NGX_DECLINED) {
            ngx_ai_attempt_stop(att, AIR_FAULT_TOO_BIG);
            return NGX_DONE;
        }

        return rc;

    case NGX_AI_BODY_STREAM:
        return ngx_ai_stream(att, b, ll);

    default:
        b->pos = b->last;
        return NGX_OK;
    }
}


/* the vendor's last buffer was seen */
static ngx_int_t
ngx_ai_body_end(ngx_ai_attempt_t *att, ngx_chain_t **out, ngx_chain_t ***ll)
{
    switch (att->body) {

    case NGX_AI_BODY_ERROR:
        ngx_ai_error_body(att);
        return NGX_OK;

    case NGX_AI_BODY_WHOLE:
        return ngx_ai_whole(att, out);

    case NGX_AI_BODY_STREAM:
        return ngx_ai_stream_end(att, ll);

    default:
        return NGX_OK;
    }
}


static ngx_int_t
ngx_ai_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_int_t          rc;
    ngx_buf_t         *b;
    ngx_uint_t         last;
    ngx_chain_t       *cl, *out, **ll;
    ngx_ai_ctx_t      *ctx;
    ngx_ai_attempt_t  *att;

    if (r == r->main) {
        ctx = ngx_http_get_module_ctx(r, ngx_ai_router_module);

        if (ctx != NULL && ctx->core_body.len) {
            return ngx_ai_body_core(r, ctx, in);
        }

        if (ctx != NULL && ctx->committed) {
            ngx_ai_idem_add(ctx, in);
        }

        return ngx_http_next_body_filter(r, in);
    }

    if (ngx_ai_eval_of(r)) {
        return ngx_ai_eval_body(r, in);
    }

    att = ngx_ai_attempt_of(r);

    if (att == NULL || att->sr != r) {
        return ngx_http_next_body_filter(r, in);
    }

    ctx = att->ctx;

    if (in == NULL) {
        return ngx_ai_body_again(att, r);
    }

    if (att->fault != AIR_FAULT_NONE && (!ctx->gone || att == ctx->hedge)) {

        /* ending: nothing more of it matters */

        for (cl = in; cl; cl = cl->next) {
            cl->buf->pos = cl->buf->last;
        }

        return NGX_OK;
    }

    b = in->buf;
    out = NULL;
    ll = &out;
    last = 0;
    rc = NGX_OK;

    for (cl = in; cl && rc == NGX_OK; cl = cl->next) {
        b = cl->buf;

        last |= b->last_in_chain || b->last_buf;

        if (b->last == b->pos || !ngx_buf_in_memory(b)) {
            continue;
        }

        att->bytes += b->last - b->pos;

        if (att->fault != AIR_FAULT_NONE && !ctx->gone) {
            b->pos = b->last;
            continue;
        }

        rc = ngx_ai_body_buffer(att, b, &ll);
    }

    if (rc == NGX_DONE) {
        return NGX_OK;
    }

    if (ctx->gone && !ngx_ai_idem_keeps(ctx)
        && att->bytes - ctx->gone_bytes > ctx->workflow->drain_size)
    {
        ngx_ai_attempt_stop(att, AIR_FAULT_CLIENT_ABORT);
        return NGX_OK;
    }

    if (last && rc == NGX_OK && !att->got_last
        && (att->fault == AIR_FAULT_NONE || ctx->gone))
    {
        att->got_last = 1;
        rc = ngx_ai_body_end(att, &out, &ll);
    }

    if (out != NULL) {
        if (ngx_ai_output(att, r, out) == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (att->cross && att->waiting == NULL && b->last > b->start
            && ngx_ai_unsent(att) > NGX_AI_UNSENT)
        {
            /* the caller is slow: one byte of the vendor's buffer stays, and
               so nginx reads no more of it */

            att->waiting = b;
            b->pos = b->last - 1;
        }
    }

    return rc;
}


/* bytes of our own buffers that still wait for the caller */
static size_t
ngx_ai_unsent(ngx_ai_attempt_t *att)
{
    size_t        n;
    ngx_chain_t  *cl;

    n = 0;

    for (cl = att->busy; cl; cl = cl->next) {
        n += cl->buf->last - cl->buf->pos;
    }

    return n;
}


/* nothing that waits will be sent: the vendor's buffers are free again */
void
ngx_ai_forget(ngx_ai_attempt_t *att)
{
    ngx_chain_t  *cl;

    for (cl = att->busy; cl; cl = cl->next) {
        cl->buf->pos = cl->buf->last;
    }
}


/* passes on; a caller who is gone does not end the vendor's answer, unless
   the workflow says so */
static ngx_int_t
ngx_ai_output(ngx_ai_attempt_t *att, ngx_http_request_t *sr, ngx_chain_t *out)
{
    ngx_int_t      rc;
    ngx_chain_t   *cl;
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;

    ngx_ai_idem_add(ctx, out);

    if (ctx->gone) {
        ngx_ai_forget(att);

        for (cl = out; cl; cl = cl->next) {
            cl->buf->pos = cl->buf->last;
        }

        return NGX_OK;
    }

    rc = ngx_http_next_body_filter(sr, out);

    ngx_chain_update_chains(sr->pool, &att->free, &att->busy, &out,
                            (ngx_buf_tag_t) &ngx_ai_router_module);

    if (rc != NGX_ERROR || !sr->connection->error) {
        return rc;
    }

    ctx->gone = 1;
    ctx->gone_at = ngx_current_msec;
    ctx->gone_bytes = att->bytes;

    if (ctx->workflow->drain == 0 && !ngx_ai_idem_keeps(ctx)) {
        ngx_ai_attempt_stop(att, AIR_FAULT_CLIENT_ABORT);
        return NGX_OK;
    }

    ngx_ai_attempt_timer(ctx);

    return NGX_OK;
}


/* adds a buffer to the collected body; NGX_DECLINED over max */
static ngx_int_t
ngx_ai_collect(ngx_ai_attempt_t *att, ngx_buf_t *b, size_t max)
{
    u_char       *p;
    size_t        n, size;
    ngx_pool_t   *pool;

    n = b->last - b->pos;

    if (att->len + n > max) {
        b->pos = b->last;
        return NGX_DECLINED;
    }

    if (att->len + n > att->size) {
        pool = att->ctx->r->pool;

        size = ngx_max(2 * att->size, 4096);
        size = ngx_max(size, att->len + n);
        size = ngx_min(size, max);

        p = ngx_palloc(pool, size);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (att->len) {
            ngx_memcpy(p, att->buf, att->len);
            (void) ngx_pfree(pool, att->buf);
        }

        att->buf = p;
        att->size = size;
    }

    ngx_memcpy(att->buf + att->len, b->pos, n);
    att->len += n;
    b->pos = b->last;

    return NGX_OK;
}


/* another target could still be tried */
ngx_uint_t
ngx_ai_others_left(ngx_ai_ctx_t *ctx)
{
    return (ctx->hedge != NULL && !ctx->committed)
           || (ctx->next < ctx->norder
               && ctx->nattempts < ctx->workflow->attempts);
}


/* a good reply that holds nothing, for no reason it tells */
ngx_uint_t
ngx_ai_empty(ngx_ai_attempt_t *att)
{
    if (att->ctx->op == AIR_OP_COUNT_TOKENS
        || att->note.finish == AIR_FINISH_LENGTH
        || att->note.finish == AIR_FINISH_CONTENT_FILTER)
    {
        return 0;
    }

    return !(att->note.all & AIR_NOTE_CONTENT);
}


/* a reply that is whole: good, or the next target's turn */
static ngx_int_t
ngx_ai_whole(ngx_ai_attempt_t *att, ngx_chain_t **out)
{
    int                 rc;
    ngx_int_t           rrc;
    ngx_chain_t        *cl;
    air_json_doc_t      doc;
    ngx_ai_ctx_t       *ctx;
    const air_codec_t  *codec;

    ctx = att->ctx;
    codec = att->codec;

    if (att->len == 0) {
        att->fault = AIR_FAULT_EMPTY;
        return NGX_OK;
    }

    air_json_init(&doc, &ctx->mem);

    /* vectors are longer than an index is allowed to be */

    rc = air_json_scan(&doc, air_str_n(att->buf, att->len),
                       AIR_JSON_VENDOR
                       | (ctx->op == AIR_OP_EMBEDDINGS ? AIR_JSON_FLAT : 0),
                       NULL);

    if (rc == AIR_ENOMEM) {
        return NGX_ERROR;
    }

    if (rc != AIR_OK || air_json_root(&doc)->type != AIR_JSON_OBJECT) {
        att->fault = AIR_FAULT_BAD_JSON;
        return NGX_OK;
    }

    codec->reply_note(ngx_ai_cross_op(att), &doc,
                      att->target->vendor->profile, &att->note);
    ngx_ai_attempt_headed(att, att->sr);

    if (att->note.what & AIR_NOTE_ERROR) {
        att->fault = air_fault_classify(att->status, &doc, &ctx->mem,
                                        &att->said);

        if (att->fault == AIR_FAULT_NONE) {
            att->fault = AIR_FAULT_ERROR_IN_200;
        }

        return NGX_OK;
    }

    if (ngx_ai_empty(att)) {

        if (ngx_ai_others_left(ctx)) {
            att->fault = AIR_FAULT_EMPTY_COMPLETION;
            return NGX_OK;
        }

        ngx_log_error(NGX_LOG_WARN, ctx->r->connection->log, 0,
                      "ai: rid=%*s vendor=%V model=%V why=empty_completion: "
                      "relayed, nobody else is left", (size_t) 32, ctx->id_hex,
                      &att->target->vendor->name, &att->target->model);
    }

    if (att->cross) {
        rrc = ngx_ai_cross_reply(att, &doc);

        if (rrc == NGX_DECLINED) {
            att->fault = AIR_FAULT_BAD_JSON;
            return NGX_OK;
        }

        if (rrc != NGX_OK) {
            return NGX_ERROR;
        }
    }

    att->first = ngx_current_msec;
    att->end = ngx_current_msec;

    if (ngx_ai_floor_on(ctx) && !ctx->gone) {
        rrc = ngx_ai_floor_reply(att, &doc);

        if (rrc != NGX_OK) {
            att->complete = rrc == NGX_AGAIN;
            return rrc == NGX_ERROR ? NGX_ERROR : NGX_OK;
        }
    }

    ngx_ai_hedge_win(att);

    att->complete = 1;

    ngx_ai_attempt_settle(att);

    if (ctx->gone && !ngx_ai_idem_keeps(ctx)) {
        return NGX_OK;
    }

    if (ngx_ai_deliver_kept(att, &cl) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!ctx->gone && ngx_ai_commit(att, att->len) != NGX_OK) {
        return ctx->r->connection->error ? NGX_OK : NGX_ERROR;
    }

    cl->buf->last_in_chain = 1;
    *out = cl;

    return NGX_OK;
}


ngx_int_t
ngx_ai_commit(ngx_ai_attempt_t *att, off_t length)
{
    ngx_int_t            rc;
    ngx_ai_ctx_t        *ctx;
    ngx_http_request_t  *r;

    ctx = att->ctx;
    r = ctx->r;

    ngx_ai_hedge_win(att);

    /* before the caller can know of it */

    ngx_ai_learn_served(att);

    ctx->committed = 1;
    ctx->status = NGX_HTTP_OK;
    att->phase = NGX_AI_COMMIT;

    ngx_ai_health_proved(att);

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = length;

    if (att->body == NGX_AI_BODY_STREAM) {
        ngx_str_set(&r->headers_out.content_type, "text/event-stream");

        /* nginx delays what it limits; an event must not wait */

        r->limit_rate = 0;
        r->limit_rate_set = 1;

    } else {
        ngx_str_set(&r->headers_out.content_type, "application/json");
    }

    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    if (ngx_ai_error_headers(r, ctx, att) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK) {
        return NGX_ERROR;
    }

    return NGX_OK;
}
