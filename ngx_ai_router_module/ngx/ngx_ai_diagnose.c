
/*
 * Why an attempt ended: nginx itself tells little more than that it did.
 */

#include "ngx_ai_router_module.h"


static void ngx_ai_attempt_unconnected(ngx_ai_attempt_t *att, ngx_int_t rc);


/* why there was no connection */
static void
ngx_ai_attempt_unconnected(ngx_ai_attempt_t *att, ngx_int_t rc)
{
    ngx_http_upstream_t  *u;

    u = att->sr->upstream;

    if (att->tls_fault != AIR_FAULT_NONE) {
        att->fault = att->tls_fault;

    } else if (att->target->vendor->tls && u->state->bytes_received > 0) {

        /* it spoke before the handshake */

        att->fault = AIR_FAULT_TLS;

    } else if (att->timedout || rc == NGX_HTTP_GATEWAY_TIME_OUT) {
        att->fault = AIR_FAULT_CONNECT_TIMEOUT;

    } else {
        att->fault = AIR_FAULT_REFUSED;
    }
}


void
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
        ngx_ai_attempt_unconnected(att, rc);
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
