
/*
 * The trace of a request: the caller's, or one of its own whose id is the
 * request's.  Each try at a vendor is a span of its own in it.  "baggage" and
 * all other headers of callers stay here.
 */

#include "ngx_ai_router_module.h"

#include "../core/air_trace.h"


struct ngx_ai_trace_s {
    air_trace_t           trace;
    ngx_str_t             state;          /* or empty                       */
};


static ngx_uint_t ngx_ai_trace_find(ngx_http_request_t *r, const char *name,
    ngx_str_t *value);


/* How many headers of that name the caller sent; *value is the first one, or
   all of them, joined with commas, where they fit into size. */
static ngx_uint_t
ngx_ai_trace_find(ngx_http_request_t *r, const char *name, ngx_str_t *value)
{
    size_t            len, size;
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);
    size = value->len;
    n = 0;

    part = &r->headers_in.headers.part;
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

        if (h[i].key.len != len
            || ngx_memcmp(h[i].lowcase_key, name, len) != 0)
        {
            continue;
        }

        if (n == 0) {
            value->len = 0;
        }

        if (value->len + 1 + h[i].value.len <= size) {

            if (n) {
                value->data[value->len++] = ',';
            }

            ngx_memcpy(value->data + value->len, h[i].value.data,
                       h[i].value.len);
            value->len += h[i].value.len;

        } else {
            size = 0;
        }

        n++;
    }

    return size ? n : 0;
}


/* Made once a request; NULL without memory. */
static ngx_ai_trace_t *
ngx_ai_trace(ngx_ai_ctx_t *ctx)
{
    u_char           parent[256], state[AIR_TRACE_STATE + 1];
    ngx_str_t        value;
    ngx_ai_trace_t  *t;

    if (ctx->trace != NULL) {
        return ctx->trace;
    }

    t = ngx_pcalloc(ctx->r->pool, sizeof(ngx_ai_trace_t));
    if (t == NULL) {
        return NULL;
    }

    ctx->trace = t;

    value.data = parent;
    value.len = sizeof(parent);

    if (ctx->alcf->trace != NGX_AI_TRACE_PASS
        || ngx_ai_trace_find(ctx->r, "traceparent", &value) != 1
        || air_trace_read(ngx_ai_air(value), &t->trace) != AIR_OK)
    {
        ngx_memcpy(t->trace.id, ctx->id, AIR_TRACE_ID);
        t->trace.flags = 0;
        return t;
    }

    value.data = state;
    value.len = sizeof(state);

    if (ngx_ai_trace_find(ctx->r, "tracestate", &value) != 0
        && air_trace_state(ngx_ai_air(value)) == AIR_OK)
    {
        t->state.data = ngx_pstrdup(ctx->r->pool, &value);
        t->state.len = t->state.data ? value.len : 0;
    }

    return t;
}


ngx_int_t
ngx_ai_trace_headers(ngx_ai_attempt_t *att, ngx_http_request_t *sr)
{
    u_char           span[AIR_TRACE_SPAN];
    ngx_str_t        value;
    ngx_ai_trace_t  *t;

    t = ngx_ai_trace(att->ctx);
    if (t == NULL) {
        return NGX_ERROR;
    }

    value.len = AIR_TRACE_PARENT;
    value.data = ngx_pnalloc(sr->pool, value.len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    air_trace_span(att->ctx->id, att->n, span);
    air_trace_write(&t->trace, span, value.data);

    if (ngx_ai_attempt_header(sr, "traceparent", "traceparent", &value)
        == NULL)
    {
        return NGX_ERROR;
    }

    if (t->state.len
        && ngx_ai_attempt_header(sr, "tracestate", "tracestate", &t->state)
           == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_ai_trace_id(ngx_ai_ctx_t *ctx, air_buf_t *b)
{
    u_char           hex[2 * AIR_TRACE_ID];
    ngx_ai_trace_t  *t;

    if (ctx->alcf->trace == NGX_AI_TRACE_OFF) {
        return;
    }

    t = ngx_ai_trace(ctx);

    if (t != NULL) {
        ngx_hex_dump(hex, t->trace.id, AIR_TRACE_ID);
        air_buf_add(b, hex, sizeof(hex));
    }
}


void
ngx_ai_trace_span(ngx_ai_attempt_t *att, air_buf_t *b)
{
    u_char  hex[2 * AIR_TRACE_SPAN], span[AIR_TRACE_SPAN];

    if (att->ctx->alcf->trace == NGX_AI_TRACE_OFF) {
        return;
    }

    air_trace_span(att->ctx->id, att->n, span);
    ngx_hex_dump(hex, span, AIR_TRACE_SPAN);
    air_buf_add(b, hex, sizeof(hex));
}
