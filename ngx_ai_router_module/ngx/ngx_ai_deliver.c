
/*
 * What was held back until it was judged goes to the caller, by the main
 * request: its subrequest is over.
 */

#include "ngx_ai_floor.h"


void
ngx_ai_deliver_failed(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    air_error_t          error;
    ngx_ai_attempt_t    *failed;
    ngx_http_request_t  *r;

    r = ctx->r;
    att->final = 1;
    failed = ngx_ai_escalate_best(ctx);

    if (failed != NULL) {

        if (att != failed) {
            ctx->status = NGX_HTTP_OK;
            ngx_ai_attempt_settle(att);
        }

        ngx_ai_deliver(ctx, failed);
        return;
    }

    failed = ngx_ai_escalate_failed(ctx);

    if (ngx_ai_escalate_error(failed, &error) != NGX_OK
        || ngx_ai_failed(ctx, AIR_FAULT_FLOOR, 0, &error) != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ctx->fault = AIR_FAULT_FLOOR;
    ctx->status = error.status;
    ctx->finished = 1;

    ngx_ai_attempt_settle(att);

    ngx_http_finalize_request(r, ngx_ai_error_send(r, &error, ctx, 0));
}


void
ngx_ai_deliver(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    ngx_int_t            rc;
    ngx_chain_t         *out;
    ngx_http_request_t  *r;

    r = ctx->r;
    out = NULL;

    ctx->current = att;
    att->best = att->fault == AIR_FAULT_FLOOR;
    att->complete = 1;

    /* booked before the caller can know of it */

    ngx_ai_attempt_settle(att);

    rc = ngx_ai_deliver_kept(att, &out);

    if (rc == NGX_OK) {
        rc = ngx_ai_commit(att, att->body == NGX_AI_BODY_STREAM
                                ? -1 : (off_t) att->len);
    }

    if (rc == NGX_OK && out != NULL) {
        rc = ngx_http_output_filter(r, out);
    }

    if (rc == NGX_ERROR) {
        ctx->finished = 1;
        ngx_http_finalize_request(r, ctx->committed
                                     ? NGX_ERROR
                                     : NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_ai_finish(ctx);
}


ngx_int_t
ngx_ai_deliver_kept(ngx_ai_attempt_t *att, ngx_chain_t **out)
{
    air_str_t      text;
    ngx_buf_t     *b;
    ngx_chain_t   *cl;
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;

    if (att->body == NGX_AI_BODY_STREAM) {

        *out = att->held;
        ctx->done_sent = (att->note.all & AIR_NOTE_DONE) != 0;

        if (att->held == NULL || !ctx->done_sent || !ngx_ai_metadata(ctx)) {
            return NGX_OK;
        }

        for (cl = att->held; cl->next != NULL; cl = cl->next) {
            /* void */
        }

        b = cl->buf;
        text = air_str_n(b->pos, b->last - b->pos);

        if (ngx_ai_metadata_event(att, 0, &text) != NGX_OK) {
            return NGX_ERROR;
        }

        b->pos = text.data;
        b->last = text.data + text.len;

        return NGX_OK;
    }

    if (ngx_ai_metadata(ctx) && ngx_ai_metadata_reply(att) != NGX_OK) {
        return NGX_ERROR;
    }

    b = ngx_calloc_buf(ctx->r->pool);
    cl = ngx_alloc_chain_link(ctx->r->pool);

    if (b == NULL || cl == NULL) {
        return NGX_ERROR;
    }

    b->pos = att->buf;
    b->last = att->buf + att->len;
    b->memory = 1;

    cl->buf = b;
    cl->next = NULL;
    *out = cl;

    return NGX_OK;
}
