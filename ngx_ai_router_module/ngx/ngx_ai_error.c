
/*
 * Errors as callers read them, and the headers that every answer of ours
 * has.  One place turns the taxonomy of core/air_fault.c into HTTP.
 */

#include "ngx_ai_router_module.h"


static const struct {
    ngx_uint_t   status;
    const char  *type;
    const char  *code;
    const char  *message;
} ngx_ai_core_errors[] = {
    { 400, "invalid_request_error", "bad_request",
      "The request is malformed." },
    { 401, "invalid_request_error", "",
      "Authentication is required." },
    { 403, "invalid_request_error", "forbidden",
      "Access is forbidden." },
    { 404, "invalid_request_error", "",
      "There is nothing at this URL." },
    { 405, "invalid_request_error", "method_not_supported",
      "This method is not accepted here." },
    { 408, "timeout_error", "request_timeout",
      "The request was not received in time." },
    { 411, "invalid_request_error", "length_required",
      "Content-Length is required." },
    { 413, "invalid_request_error", "request_too_large",
      "Maximum content size limit exceeded." },
    { 414, "invalid_request_error", "uri_too_long",
      "The URL is too long." },
    { 415, "invalid_request_error", "unsupported_content_type",
      "Unsupported content type." },
    { 421, "invalid_request_error", "misdirected_request",
      "The request was sent to the wrong server." },
    { 429, "requests", "rate_limit_exceeded",
      "Too many requests." },
    { 494, "invalid_request_error", "headers_too_large",
      "The request headers are too large." },
    { 500, "server_error", "internal",
      "The server had an internal error." },
    { 501, "invalid_request_error", "not_implemented",
      "The request uses a transfer coding that is not implemented." },
    { 502, "server_error", "provider_unavailable",
      "The provider did not answer." },
    { 503, "server_error", "overloaded",
      "The server cannot take the request now." },
    { 504, "timeout_error", "provider_timeout",
      "The provider did not answer in time." },
    { 505, "invalid_request_error", "bad_http_version",
      "This version of HTTP is not supported." },
    { 0, NULL, NULL, NULL }
};


void
ngx_ai_error_fill(air_error_t *error, air_fault_e fault)
{
    const air_fault_row_t  *row;

    row = air_fault_row(fault);

    ngx_memzero(error, sizeof(air_error_t));

    error->fault = fault;
    error->status = row->status ? row->status : NGX_HTTP_BAD_GATEWAY;
    error->type = air_str_z(row->type ? row->type : "server_error");
    error->code = air_str_z(row->code ? row->code : "");
    error->message = air_str_z(row->message ? row->message : "");
}


/* the vendor's own words, where the fault lets them through */
void
ngx_ai_error_take(ngx_ai_attempt_t *att, air_error_t *error)
{
    air_buf_t               buf;
    ngx_ai_ctx_t           *ctx;
    const air_error_t      *said;
    const air_fault_row_t  *row;

    ctx = att->ctx;
    said = &att->said;
    row = air_fault_row(att->fault);

    ngx_ai_error_fill(error, att->fault);

    if (!row->relay || said->message.len == 0) {
        return;
    }

    air_buf_init(&buf, &ctx->mem, 4096);

    if (air_fault_redact(said->message, &buf) != AIR_OK || buf.len == 0) {
        return;
    }

    error->message = air_buf_view(&buf);

    if (att->status >= 400 && att->status < 500) {
        error->status = att->status;
    }

    if (said->type.len && said->type.len <= 64) {
        air_buf_init(&buf, &ctx->mem, 128);

        if (air_fault_redact(said->type, &buf) == AIR_OK) {
            error->type = air_buf_view(&buf);
        }
    }

    if (said->code.len && said->code.len <= 64) {
        air_buf_init(&buf, &ctx->mem, 128);

        if (air_fault_redact(said->code, &buf) == AIR_OK) {
            error->code = air_buf_view(&buf);
        }
    }

    if (said->param.len && said->param.len <= 128) {
        air_buf_init(&buf, &ctx->mem, 256);

        if (air_fault_redact(said->param, &buf) == AIR_OK) {
            error->param = air_buf_view(&buf);
        }
    }
}


void
ngx_ai_error_body(ngx_ai_attempt_t *att)
{
    air_str_t             name;
    ngx_ai_ctx_t         *ctx;
    air_json_doc_t        doc, *body;
    const air_profile_t  *profile;

    ctx = att->ctx;
    body = NULL;

    air_json_init(&doc, &ctx->mem);

    if (att->len
        && air_json_scan(&doc, air_str_n(att->buf, att->len), AIR_JSON_VENDOR,
                         NULL)
           == AIR_OK)
    {
        body = &doc;
    }

    profile = att->target->vendor->profile;
    name = air_str_n(NULL, 0);

    if (profile->error_header != NULL) {
        name = ngx_ai_vendor_header(att->sr, profile->error_header);
    }

    att->fault = air_fault_named(att->status, name, body, &ctx->mem,
                                 &att->said);

    if (att->fault == AIR_FAULT_NONE) {
        att->fault = AIR_FAULT_SERVER;
    }

    ngx_ai_attempt_rest(att, att->sr, body);
}


ngx_int_t
ngx_ai_header_add(ngx_http_request_t *r, const char *name, ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;
    ngx_ai_header_unlink(h);

    return NGX_OK;
}


/* nobody keeps an error, nobody guesses its type */
static ngx_int_t
ngx_ai_error_safe(ngx_http_request_t *r)
{
    ngx_str_t  value;

    ngx_str_set(&value, "no-store");

    if (ngx_ai_header_add(r, "Cache-Control", &value) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_str_set(&value, "nosniff");

    if (ngx_ai_header_add(r, "X-Content-Type-Options", &value) != NGX_OK) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_ai_error_number(ngx_http_request_t *r, const char *name, ngx_uint_t n)
{
    u_char     *p;
    ngx_str_t   value;

    p = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    value.len = ngx_sprintf(p, "%ui", n) - p;

    return ngx_ai_header_add(r, name, &value);
}


/* a header with dollars */
static ngx_int_t
ngx_ai_error_money(ngx_http_request_t *r, ngx_ai_ctx_t *ctx, const char *name,
    uint64_t pusd)
{
    air_buf_t  buf;
    ngx_str_t  value;

    air_buf_init(&buf, &ctx->mem, 64);

    if (air_buf_pusd(&buf, pusd) != AIR_OK) {
        return NGX_ERROR;
    }

    value = ngx_ai_ngx(air_buf_view(&buf));

    return ngx_ai_header_add(r, name, &value);
}


/* one warning more */
static ngx_int_t
ngx_ai_error_warn(ngx_ai_ctx_t *ctx, ngx_str_t *value, const char *warning)
{
    air_buf_t  buf;

    air_buf_init(&buf, &ctx->mem, value->len + 64);

    air_buf_str(&buf, ngx_ai_air(*value));
    air_buf_z(&buf, value->len ? ", " : "");

    if (air_buf_z(&buf, warning) != AIR_OK) {
        return NGX_ERROR;
    }

    *value = ngx_ai_ngx(air_buf_view(&buf));

    return NGX_OK;
}


ngx_int_t
ngx_ai_error_headers(ngx_http_request_t *r, ngx_ai_ctx_t *ctx,
    ngx_ai_attempt_t *att)
{
    u_char               *p;
    ngx_str_t             value, *cache;
    air_accounts_left_t   left;

    p = ngx_pnalloc(r->pool, 4 + 32);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, "req_", 4);
    ngx_memcpy(p + 4, ctx->id_hex, 32);

    value.data = p;
    value.len = 36;

    if (ngx_ai_header_add(r, "x-request-id", &value) != NGX_OK) {
        return NGX_ERROR;
    }

    if (att != NULL && att->body == NGX_AI_BODY_STREAM) {
        ngx_str_set(&value, "no-cache");

        if (ngx_ai_header_add(r, "Cache-Control", &value) != NGX_OK) {
            return NGX_ERROR;
        }

        /* for another nginx in front of this one */

        ngx_str_set(&value, "no");

        if (ngx_ai_header_add(r, "X-Accel-Buffering", &value) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ctx->alcf->headers == NGX_AI_HEADERS_OFF) {
        return NGX_OK;
    }

    ngx_ai_accounts_left(ctx, &left);

    if (ngx_ai_limit_headers(ctx, &left) != NGX_OK) {
        return NGX_ERROR;
    }

    value.data = ctx->id_hex;
    value.len = 32;

    if (ngx_ai_header_add(r, "X-AI-Request-Id", &value) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ctx->alcf->headers == NGX_AI_HEADERS_MINIMAL) {
        return NGX_OK;
    }

    if (att != NULL) {
        if (ngx_ai_header_add(r, "X-AI-Vendor", &att->target->vendor->name)
            != NGX_OK
            || ngx_ai_header_add(r, "X-AI-Model", &att->target->model)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (att != NULL) {
        if (ngx_ai_lost_header(att, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        if ((att->best && ngx_ai_error_warn(ctx, &value, "floor=failed")
                          != NGX_OK)
            || (ctx->degrade
                && ngx_ai_error_warn(ctx, &value, "budget=degraded")
                   != NGX_OK))
        {
            return NGX_ERROR;
        }

        if (value.len
            && ngx_ai_header_add(r, "X-AI-Warnings", &value) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    cache = att != NULL ? ngx_ai_cache_status(att) : NULL;

    if (cache != NULL && ngx_ai_header_add(r, "X-AI-Cache", cache) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_ai_error_number(r, "X-AI-Attempts", ctx->nattempts) != NGX_OK
        || (ctx->escalations
            && ngx_ai_error_number(r, "X-AI-Escalated", ctx->escalations)
               != NGX_OK))
    {
        return NGX_ERROR;
    }

    if (att != NULL && att->settled && !ctx->cost_unknown
        && ngx_ai_error_money(r, ctx, "X-AI-Cost", ctx->cost) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return left.money == AIR_UNKNOWN
           ? NGX_OK : ngx_ai_error_money(r, ctx, "X-AI-Budget-Remaining",
                                         left.money);
}


ngx_int_t
ngx_ai_error_send(ngx_http_request_t *r, air_error_t *error,
    ngx_ai_ctx_t *ctx, uint64_t retry_after_ms)
{
    u_char      *p;
    air_buf_t    buf;
    ngx_int_t    rc;
    ngx_str_t    value;
    ngx_buf_t   *b;
    ngx_chain_t  out;

    if (r->header_sent) {
        return NGX_ERROR;
    }

    if (ctx->codec == &air_codec_anthropic
        && error->fault == AIR_FAULT_OVERLOADED)
    {
        /* what this protocol's clients back off for */

        error->status = 529;
    }

    air_buf_init(&buf, &ctx->mem, 65536);

    if (ctx->codec->error_write(error, air_str_n(ctx->id_hex, 32), &buf)
        != AIR_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (error->status != NGX_HTTP_INTERNAL_SERVER_ERROR && ngx_ai_metadata(ctx)
        && ngx_ai_metadata_error(ctx, &buf) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->status = error->status;
    ctx->error_sent = 1;

    if (error->status < 500) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "ai: rid=%*s refused with %ui: %*s", (size_t) 32,
                      ctx->id_hex, (ngx_uint_t) error->status,
                      error->code.len ? error->code.len : error->type.len,
                      error->code.len ? error->code.data : error->type.data);
    }

    r->headers_out.status = error->status;
    r->headers_out.content_length_n = buf.len;
    ngx_str_set(&r->headers_out.content_type, "application/json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    if (ngx_ai_error_headers(r, ctx, NULL) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_ai_error_safe(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (retry_after_ms) {
        p = ngx_pnalloc(r->pool, NGX_INT64_LEN);
        if (p == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        value.data = p;
        value.len = ngx_sprintf(p, "%uL", (retry_after_ms + 999) / 1000) - p;

        if (ngx_ai_header_add(r, "Retry-After", &value) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = buf.data;
    b->last = buf.data + buf.len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


ngx_int_t
ngx_ai_json_send(ngx_ai_ctx_t *ctx, ngx_str_t *body)
{
    ngx_str_t  type = ngx_string("application/json");

    return ngx_ai_text_send(ctx, &type, body);
}


ngx_int_t
ngx_ai_text_send(ngx_ai_ctx_t *ctx, ngx_str_t *type, ngx_str_t *body)
{
    ngx_int_t            rc;
    ngx_buf_t           *b;
    ngx_chain_t          out;
    ngx_http_request_t  *r;

    r = ctx->r;
    ctx->status = NGX_HTTP_OK;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = body->len;
    r->headers_out.content_type = *type;
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    if (ngx_ai_error_headers(r, ctx, NULL) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = body->data;
    b->last = body->data + body->len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


ngx_int_t
ngx_ai_error_core(ngx_http_request_t *r, ngx_uint_t status, ngx_ai_ctx_t *ctx,
    ngx_str_t *body)
{
    u_char                    *p;
    ngx_uint_t                 i;
    air_buf_t                  buf;
    air_error_t                error;
    ngx_http_core_loc_conf_t  *clcf;

    /* nginx answers its own 494 as 400; the header buffer tells them apart */

    if (status == NGX_HTTP_BAD_REQUEST && r->phase_handler == 0
        && r->header_in != NULL && r->header_in->pos == r->header_in->end)
    {
        status = NGX_HTTP_REQUEST_HEADER_TOO_LARGE;
    }

    for (i = 0; ngx_ai_core_errors[i].status; i++) {
        if (ngx_ai_core_errors[i].status == status) {
            break;
        }
    }

    if (ngx_ai_core_errors[i].status == 0) {

        /* of a class nobody thought of: the class' first */

        for (i = 0; ngx_ai_core_errors[i].status; i++) {
            if (ngx_ai_core_errors[i].status == (status < 500 ? 400u : 500u)) {
                break;
            }
        }
    }

    ngx_memzero(&error, sizeof(air_error_t));
    error.status = status;
    error.type = air_str_z(ngx_ai_core_errors[i].type);
    error.code = air_str_z(ngx_ai_core_errors[i].code);
    error.message = air_str_z(ngx_ai_core_errors[i].message);

    if (status == NGX_HTTP_REQUEST_ENTITY_TOO_LARGE) {
        clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

        p = ngx_pnalloc(r->pool, 96);
        if (p == NULL) {
            return NGX_ERROR;
        }

        error.message = air_str_n(p,
            ngx_snprintf(p, 96, "Maximum content size limit (%O) exceeded.",
                         clcf->client_max_body_size) - p);
    }

    air_buf_init(&buf, &ctx->mem, 4096);

    if (ctx->codec->error_write(&error, air_str_n(ctx->id_hex, 32), &buf)
        != AIR_OK)
    {
        return NGX_ERROR;
    }

    *body = ngx_ai_ngx(air_buf_view(&buf));

    if (ngx_ai_error_safe(r) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_ai_error_headers(r, ctx, NULL);
}
