
/*
 * Whether a request may go on: its path, headers and body are checked.  To
 * whom it goes is decided in ngx_ai_decide.c.
 */

#include "ngx_ai_router_module.h"


static ngx_uint_t ngx_ai_ends_v1(ngx_str_t *prefix);
static ngx_uint_t ngx_ai_by_end(ngx_http_request_t *r,
    ngx_ai_loc_conf_t *alcf);
static ngx_int_t ngx_ai_add_beta(ngx_ai_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_ai_check_version(ngx_ai_ctx_t *ctx, air_error_t *error);
static ngx_int_t ngx_ai_check_host(ngx_http_request_t *r);
static ngx_int_t ngx_ai_body_joined(ngx_ai_ctx_t *ctx);
static ngx_uint_t ngx_ai_wanted(ngx_str_t *value);


static const struct {
    ngx_str_t  path;
    air_op_e   op;
} ngx_ai_paths[] = {
    { ngx_string("chat/completions"), AIR_OP_CHAT },
    { ngx_string("completions"), AIR_OP_COMPLETIONS },
    { ngx_string("embeddings"), AIR_OP_EMBEDDINGS },
    { ngx_string("responses"), AIR_OP_RESPONSES },
    { ngx_string("messages"), AIR_OP_MESSAGES },
    { ngx_string("messages/count_tokens"), AIR_OP_COUNT_TOKENS },
    { ngx_string("models"), AIR_OP_MODELS },
    { ngx_null_string, AIR_OP_NONE }
};


/* letters, digits and . : _ - [ ] */
static const uint32_t  ngx_ai_host_chars[] = {
    0x00000000, 0x07ff6000, 0xaffffffe, 0x07fffffe
};


/* "v1" is the last part of a prefix such as /v1/ or /ai/v1 */
static ngx_uint_t
ngx_ai_ends_v1(ngx_str_t *prefix)
{
    size_t  len;

    len = prefix->len;

    if (len && prefix->data[len - 1] == '/') {
        len--;
    }

    return len >= 3 && ngx_strncmp(prefix->data + len - 3, "/v1", 3) == 0;
}


/* no prefix to leave out, so that the end of the URI tells the endpoint: the
   location is exact, a regex or named, it reaches into the endpoint's own path
   as /v1/chat/ does, or the URI was rewritten */
static ngx_uint_t
ngx_ai_by_end(ngx_http_request_t *r, ngx_ai_loc_conf_t *alcf)
{
    u_char                    *p;
    ngx_str_t                 *prefix;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = alcf->clcf;
    prefix = &alcf->prefix;

    if (clcf->exact_match || clcf->named) {
        return 1;
    }

#if (NGX_PCRE)
    if (clcf->regex != NULL) {
        return 1;
    }
#endif

    if (r->uri.len <= prefix->len
        || ngx_filename_cmp(r->uri.data, prefix->data, prefix->len) != 0)
    {
        return 1;
    }

    p = ngx_strnstr(prefix->data, "/v1/", prefix->len);

    return p != NULL && p + 4 < prefix->data + prefix->len;
}


air_op_e
ngx_ai_request_op(ngx_http_request_t *r, ngx_ai_loc_conf_t *alcf,
    ngx_str_t *rest)
{
    size_t      len;
    u_char     *p, *last;
    ngx_uint_t  i;

    ngx_str_null(rest);

    p = r->uri.data;
    last = p + r->uri.len;

    if (ngx_ai_by_end(r, alcf)) {

        for (i = 0; ngx_ai_paths[i].path.len; i++) {
            len = ngx_ai_paths[i].path.len;

            if ((size_t) (last - p) > len && last[-1 - (ssize_t) len] == '/'
                && ngx_memcmp(last - len, ngx_ai_paths[i].path.data, len) == 0)
            {
                return ngx_ai_paths[i].op;
            }
        }

        p = ngx_strnstr(r->uri.data, "/models/", r->uri.len);
        if (p == NULL) {
            return AIR_OP_NONE;
        }

        p++;

    } else {
        p += alcf->prefix.len;

        if (p < last && *p == '/'
            && (alcf->prefix.len == 0 || p[-1] != '/'))
        {
            p++;
        }

        /* the same front door for those who give only the host */

        if (!ngx_ai_ends_v1(&alcf->prefix)) {

            if (last - p > 4 && ngx_strncmp(p, "api/", 4) == 0) {
                p += 4;
            }

            if (last - p > 3 && ngx_strncmp(p, "v1/", 3) == 0) {
                p += 3;
            }
        }
    }

    for (i = 0; ngx_ai_paths[i].path.len; i++) {
        len = ngx_ai_paths[i].path.len;

        if ((size_t) (last - p) == len
            && ngx_memcmp(p, ngx_ai_paths[i].path.data, len) == 0)
        {
            return ngx_ai_paths[i].op;
        }
    }

    if (last - p > 7 && ngx_strncmp(p, "models/", 7) == 0) {
        rest->data = p + 7;
        rest->len = last - p - 7;
        return AIR_OP_MODELS;
    }

    if (last - p > 10 && ngx_strncmp(p, "responses/", 10) == 0) {
        rest->data = p + 10;
        rest->len = last - p - 10;
        return AIR_OP_RESPONSES;
    }

    return AIR_OP_NONE;
}


/* application/json or application/something+json, with any parameters but a
   charset other than UTF-8 */
ngx_uint_t
ngx_ai_media_type(ngx_http_request_t *r)
{
    u_char           *p, *last, *end, *c;
    ngx_table_elt_t  *h;

    h = r->headers_in.content_type;

    if (h == NULL) {
        return 0;
    }

    p = h->value.data;
    last = p + h->value.len;

    for (end = p; end < last && *end != ';'; end++) { /* void */ }

    c = end;

    while (end > p && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }

    if (end - p < 16
        || ngx_strncasecmp(p, (u_char *) "application/", 12) != 0)
    {
        return 0;
    }

    if (!(end - p == 16 && ngx_strncasecmp(p + 12, (u_char *) "json", 4) == 0)
        && !(end - p > 17
             && ngx_strncasecmp(end - 5, (u_char *) "+json", 5) == 0))
    {
        return 0;
    }

    for ( /* void */ ; p < end; p++) {
        if (*p <= 0x20 || *p == ',') {
            return 0;
        }
    }

    p = ngx_strlcasestrn(c, last, (u_char *) "charset=", 8 - 1);

    if (p != NULL) {
        p += 8;

        if (p < last && *p == '"') {
            p++;
        }

        if (last - p < 5 || ngx_strncasecmp(p, (u_char *) "utf-8", 5) != 0) {
            return 0;
        }
    }

    return 1;
}


/* nginx lets more through than any name or address can hold */
static ngx_int_t
ngx_ai_check_host(ngx_http_request_t *r)
{
    u_char  *p, *last;

    if (r->headers_in.host == NULL) {
        return NGX_OK;
    }

    p = r->headers_in.host->value.data;
    last = p + r->headers_in.host->value.len;

    for ( /* void */ ; p < last; p++) {
        if (*p > 0x7f
            || !(ngx_ai_host_chars[*p >> 5] & (1U << (*p & 0x1f))))
        {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


/* a list may come in several lines */
static ngx_int_t
ngx_ai_add_beta(ngx_ai_ctx_t *ctx, ngx_str_t *value)
{
    u_char  *p;

    if (ctx->beta.len == 0) {
        ctx->beta = *value;
        return NGX_OK;
    }

    /* one that is too long already is refused, or means nothing */

    if (value->len == 0 || ctx->beta.len > NGX_AI_MAX_BETA) {
        return NGX_OK;
    }

    p = ngx_pnalloc(ctx->r->pool, ctx->beta.len + 1 + value->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, ctx->beta.data, ctx->beta.len);
    p[ctx->beta.len] = ',';
    ngx_memcpy(p + ctx->beta.len + 1, value->data, value->len);

    ctx->beta.data = p;
    ctx->beta.len += 1 + value->len;

    return NGX_OK;
}


/* whatever is not plainly a no: a call that nobody wanted costs */
static ngx_uint_t
ngx_ai_wanted(ngx_str_t *value)
{
    return value->len
           && ngx_strcasecmp(value->data, (u_char *) "0") != 0
           && ngx_strcasecmp(value->data, (u_char *) "false") != 0
           && ngx_strcasecmp(value->data, (u_char *) "off") != 0;
}


/* headers about the routing, OpenRouter's and ours */
static ngx_int_t
ngx_ai_router_header(ngx_ai_ctx_t *ctx, ngx_table_elt_t *h,
    air_error_t *error)
{
    if (h->key.len == sizeof("x-session-id") - 1
        && ngx_memcmp(h->lowcase_key, "x-session-id", h->key.len) == 0)
    {
        if (h->value.len > AIR_PREFS_SESSION) {
            ngx_ai_say(error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                       "string_above_max_length",
                       "The header x-session-id is longer than 256 bytes.");
            return NGX_DECLINED;
        }

        ctx->session = h->value;

    } else if ((h->key.len == sizeof("x-openrouter-metadata") - 1
                && ngx_memcmp(h->lowcase_key, "x-openrouter-metadata",
                              h->key.len) == 0)
               || (h->key.len == sizeof("x-openrouter-experimental-metadata")
                                 - 1
                   && ngx_memcmp(h->lowcase_key,
                                 "x-openrouter-experimental-metadata",
                                 h->key.len) == 0))
    {
        ctx->metadata = h->value.len == 7
                        && ngx_strncasecmp(h->value.data,
                                           (u_char *) "enabled", 7) == 0;
    }

    if (h->key.len == sizeof("x-ai-dry-run") - 1
        && ngx_memcmp(h->lowcase_key, "x-ai-dry-run", h->key.len) == 0)
    {
        ctx->peek = ngx_ai_wanted(&h->value);
    }

    return NGX_OK;
}


/* the version that one protocol asks for */
static ngx_int_t
ngx_ai_check_version(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    if (ctx->op != AIR_OP_MESSAGES && ctx->op != AIR_OP_COUNT_TOKENS) {
        return NGX_OK;
    }

    if (ctx->version.len == 0) {
        ngx_ai_say(error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                   "", "anthropic-version: header is required");
        return NGX_DECLINED;
    }

    if (ctx->version.len > 32 || ctx->beta.len > NGX_AI_MAX_BETA) {
        ngx_ai_say(error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                   "", "anthropic-version: header is not valid");
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* headers that decide before the body is read */
ngx_int_t
ngx_ai_check_headers(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    u_char           *lower;
    ngx_uint_t        i, types;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    part = &ctx->r->headers_in.headers.part;
    h = part->elts;
    types = 0;

    if (ngx_ai_check_host(ctx->r) != NGX_OK) {
        ngx_ai_say(error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                   "bad_request", "The Host header is malformed.");
        return NGX_DECLINED;
    }

    for (i = 0; /* void */; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        lower = h[i].lowcase_key;

        if (lower[0] == 'x' && ngx_ai_router_header(ctx, &h[i], error)
                               != NGX_OK)
        {
            return NGX_DECLINED;
        }

        ngx_ai_cache_control(ctx, &h[i]);

        if (ngx_ai_idem_header(ctx, &h[i], error) != NGX_OK) {
            return NGX_DECLINED;
        }

        switch (h[i].key.len) {

        case 8:
            if (ngx_memcmp(lower, "x-ai-hop", 8) == 0
                && h[i].value.len == 32
                && ngx_memcmp(h[i].value.data, ngx_ai_zone_instance(
                                                   ctx->amcf->zone), 32) == 0)
            {
                ngx_log_error(NGX_LOG_CRIT, ctx->r->connection->log, 0,
                              "ai: rid=%*s why=loop: a vendor's endpoint "
                              "leads back to this server",
                              (size_t) 32, ctx->id_hex);

                ngx_ai_error_fill(error, AIR_FAULT_LOOP);
                error->status = 508;
                return NGX_DECLINED;
            }

            break;

        case 12:
            if (ngx_memcmp(lower, "content-type", 12) == 0 && ++types > 1) {
                ngx_ai_say(error, NGX_HTTP_BAD_REQUEST,
                           "invalid_request_error", "unsupported_content_type",
                           "Unsupported content type, expected one "
                           "Content-Type: application/json.");
                return NGX_DECLINED;
            }

            break;

        case 14:
            if (ngx_memcmp(lower, "anthropic-beta", 14) == 0
                && ngx_ai_add_beta(ctx, &h[i].value) != NGX_OK)
            {
                ngx_ai_error_fill(error, AIR_FAULT_INTERNAL);
                return NGX_DECLINED;
            }

            break;

        case 17:
            if (ngx_memcmp(lower, "anthropic-version", 17) == 0) {
                ctx->version = h[i].value;
            }

            break;

        case 16:
            if (ngx_memcmp(lower, "content-encoding", 16) == 0
                && !(h[i].value.len == 8
                     && ngx_strncasecmp(h[i].value.data,
                                        (u_char *) "identity", 8) == 0))
            {
                ngx_ai_say(error, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                           "invalid_request_error", "unsupported_encoding",
                           "Unsupported content encoding, send the body "
                           "without Content-Encoding.");
                return NGX_DECLINED;
            }

            break;
        }
    }

    return ngx_ai_check_version(ctx, error);
}


/*
 * Mostly the body is what came with the headers, then the rest in reads that
 * follow each other in one buffer, which has room for all of it: the rest
 * moves up, and no fresh page is touched.  NGX_DECLINED when it is not so.
 */
static ngx_int_t
ngx_ai_body_joined(ngx_ai_ctx_t *ctx)
{
    u_char                   *first, *last;
    size_t                    n;
    ngx_buf_t                *room;
    ngx_chain_t              *cl, *head;
    ngx_http_request_body_t  *rb;

    rb = ctx->r->request_body;
    head = rb->bufs;
    room = rb->buf;

    if (room == NULL || head->next == NULL || !ngx_buf_in_memory(head->buf)
        || head->buf->in_file || head->buf->last == head->buf->pos)
    {
        return NGX_DECLINED;
    }

    first = head->next->buf->pos;
    last = first;

    for (cl = head->next; cl; cl = cl->next) {

        if (ngx_buf_size(cl->buf) == 0) {
            continue;
        }

        if (!ngx_buf_in_memory(cl->buf) || cl->buf->in_file
            || cl->buf->pos != last)
        {
            return NGX_DECLINED;
        }

        last = cl->buf->last;
    }

    n = head->buf->last - head->buf->pos;

    if (first != room->start || last > room->end
        || (size_t) (room->end - last) < n)
    {
        return NGX_DECLINED;
    }

    ngx_memmove(first + n, first, last - first);
    ngx_memcpy(first, head->buf->pos, n);

    ctx->body = air_str_n(first, last - first + n);

    return NGX_OK;
}


/* the body as one piece of memory */
ngx_int_t
ngx_ai_body_text(ngx_ai_ctx_t *ctx)
{
    off_t                len;
    u_char              *p;
    ssize_t              n;
    ngx_buf_t           *b;
    ngx_chain_t         *cl;
    ngx_http_request_t  *r;

    r = ctx->r;

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return NGX_OK;
    }

    cl = r->request_body->bufs;

    /* an empty body comes as one special buffer */

    if (cl->next == NULL && ngx_buf_in_memory(cl->buf)) {
        ctx->body = air_str_n(cl->buf->pos, cl->buf->last - cl->buf->pos);
        return NGX_OK;
    }

    if (ngx_ai_body_joined(ctx) == NGX_OK) {
        return NGX_OK;
    }

    len = 0;

    for ( /* void */ ; cl; cl = cl->next) {
        len += ngx_buf_size(cl->buf);
    }

    p = ngx_pnalloc(r->pool, len ? (size_t) len : 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->body = air_str_n(p, len);

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_size(b) == 0) {
            continue;
        }

        if (ngx_buf_in_memory(b)) {
            p = ngx_cpymem(p, b->pos, b->last - b->pos);
            continue;
        }

        n = ngx_read_file(b->file, p, b->file_last - b->file_pos, b->file_pos);

        if (n != (ssize_t) (b->file_last - b->file_pos)) {
            return NGX_ERROR;
        }

        p += n;
    }

    return NGX_OK;
}


/* JSON and the fields that are read */
ngx_int_t
ngx_ai_admit(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    int                rc;
    u_char            *p;
    air_str_t          text, key;
    air_json_error_t   je;

    static u_char  empty[] = "{}";

    static const char  bad[] =
        "Invalid body: failed to parse JSON value. Please check the value to "
        "ensure it is valid JSON. (Common errors include trailing commas, "
        "missing closing brackets, missing quotation marks, etc.)";

    text = ctx->body;

    if (text.len == 0) {
        text = air_str_n(empty, 2);
    }

    air_json_init(&ctx->doc, &ctx->mem);

    rc = air_json_scan(&ctx->doc, text, AIR_JSON_UNIQUE, &je);

    if (rc == AIR_ENOMEM) {
        return NGX_ERROR;
    }

    if (rc != AIR_OK) {

        switch (je.fault) {

        case AIR_JSON_BAD_UTF8:
            ngx_ai_say(error, 400, "invalid_request_error", "invalid_unicode",
                       "Invalid body: encountered a unicode decode error when "
                       "parsing this JSON value. Please send valid UTF-8.");
            break;

        case AIR_JSON_TOO_DEEP:
            ngx_ai_say(error, 400, "invalid_request_error", "nesting_too_deep",
                       "Invalid body: JSON values are nested too deep, at "
                       "most 128 levels are accepted.");
            break;

        case AIR_JSON_TOO_COMPLEX:
            ngx_ai_say(error, 400, "invalid_request_error", "too_complex",
                       "Invalid body: the JSON value has too many members.");
            break;

        case AIR_JSON_DUPLICATE_KEY:
            key = air_str_n(text.data + je.key_start,
                            je.key_end - je.key_start);

            p = ngx_pnalloc(ctx->r->pool, 256);
            if (p == NULL) {
                return NGX_ERROR;
            }

            if (key.len > 64) {
                key.len = 0;
            }

            ngx_ai_say(error, 400, "invalid_request_error", "duplicate_key",
                       "");
            error->message = air_str_n(p,
                ngx_snprintf(p, 256, "Invalid body: duplicate JSON key "
                             "'%*s'. Duplicate JSON keys are not supported.",
                             key.len, key.data) - p);
            break;

        default:
            ngx_ai_say(error, 400, "invalid_request_error", "invalid_json",
                       bad);
        }

        return NGX_DECLINED;
    }

    ngx_memzero(error, sizeof(air_error_t));

    rc = ctx->codec->request_check(ctx->op, &ctx->doc, &ctx->mem,
                                   &ctx->request, error);

    if (rc == AIR_OK) {
        return ngx_ai_prefs_read(ctx);
    }

    if (rc == AIR_EINVAL) {
        if (error->fault == AIR_FAULT_NONE) {
            error->fault = AIR_FAULT_REQUEST;
        }

        return NGX_DECLINED;
    }

    return NGX_ERROR;
}
