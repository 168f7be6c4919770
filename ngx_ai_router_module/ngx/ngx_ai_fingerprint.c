
/*
 * $ai_fingerprint: what is asked, and for whom, as 64 hex digits; the key of a
 * cache of answers.  A principal, and callers without one, have names of their
 * own, so that nobody is answered with what another one was told.
 *
 * In a location with ai_route it is made of the caller's request; in a
 * vendor's block of what that vendor is sent, so that whatever changes an
 * answer (an edit, a limit, a forwarded header, another protocol) changes it;
 * anywhere else, as in a front that caches whole answers, of the request and
 * of what it shows to be let in.
 */

#include "ngx_ai_router_module.h"


static ngx_uint_t ngx_ai_fingerprint_name(ngx_str_t *name, u_char *lower,
    const char *const *names);
static void ngx_ai_fingerprint_headers(ngx_http_request_t *r,
    const char *const *names, ngx_uint_t only, ngx_str_t *secret,
    air_fingerprint_t *f);
static ngx_int_t ngx_ai_fingerprint_file(ngx_buf_t *b,
    air_fingerprint_t *f);
static ngx_int_t ngx_ai_fingerprint_chain(ngx_http_request_t *r,
    air_fingerprint_t *f);
static void ngx_ai_fingerprint_where(ngx_ai_ctx_t *ctx, air_fingerprint_t *f);
static void ngx_ai_fingerprint_caller(ngx_ai_ctx_t *ctx,
    air_fingerprint_t *f);
static ngx_int_t ngx_ai_fingerprint_vendor(ngx_ai_ctx_t *ctx,
    ngx_http_request_t *r, air_fingerprint_t *f);
static ngx_int_t ngx_ai_fingerprint_front(ngx_http_request_t *r,
    air_fingerprint_t *f);
static ngx_int_t ngx_ai_fingerprint_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


/* what a vendor is sent that is another each time, and no part of what is
   asked */
static const char *const  ngx_ai_fingerprint_volatile[] = {
    "content-length", "traceparent", "tracestate", "user-agent", "x-ai-hop",
    "x-client-request-id", NULL
};

/* what tells callers, and their requests, apart in front of a router */
static const char *const  ngx_ai_fingerprint_shown[] = {
    "accept", "anthropic-beta", "anthropic-version", "api-key",
    "authorization", "cookie", "x-api-key", "x-session-id", NULL
};

static const char *const  ngx_ai_fingerprint_secrets[] = {
    "api-key", "authorization", "x-api-key", NULL
};

static ngx_str_t  ngx_ai_vars[] = {
    ngx_string("ai_fingerprint")
};


ngx_int_t
ngx_ai_fingerprint_add(ngx_conf_t *cf)
{
    ngx_http_variable_t  *v;

    v = ngx_http_add_variable(cf, &ngx_ai_vars[0],
                              NGX_HTTP_VAR_NOCACHEABLE);
    if (v == NULL) {
        return NGX_ERROR;
    }

    v->get_handler = ngx_ai_fingerprint_variable;

    return NGX_OK;
}


static ngx_uint_t
ngx_ai_fingerprint_name(ngx_str_t *name, u_char *lower,
    const char *const *names)
{
    for ( /* void */ ; *names != NULL; names++) {
        if (ngx_strlen(*names) == name->len
            && ngx_memcmp(*names, lower, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* only these headers of a request, or all but these and the one with a
   vendor's key, in the order they stand in */
static void
ngx_ai_fingerprint_headers(ngx_http_request_t *r, const char *const *names,
    ngx_uint_t only, ngx_str_t *secret, air_fingerprint_t *f)
{
    ngx_str_t         name;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

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

        name.len = h[i].key.len;
        name.data = h[i].lowcase_key;

        if (ngx_ai_fingerprint_name(&name, name.data, names) != only) {
            continue;
        }

        if (secret != NULL && secret->len == name.len
            && ngx_memcmp(secret->data, name.data, name.len) == 0)
        {
            continue;
        }

        air_fingerprint_add(f, ngx_ai_air(name));
        air_fingerprint_add(f, ngx_ai_air(h[i].value));
    }

    air_fingerprint_add(f, air_str_n(NULL, 0));
}


static ngx_int_t
ngx_ai_fingerprint_file(ngx_buf_t *b, air_fingerprint_t *f)
{
    off_t     at;
    size_t    size;
    ssize_t   n;
    u_char    text[4096];

    for (at = b->file_pos; at < b->file_last; at += n) {
        size = (size_t) ngx_min(b->file_last - at, (off_t) sizeof(text));

        n = ngx_read_file(b->file, text, size, at);

        if (n <= 0) {
            return NGX_ERROR;
        }

        air_fingerprint_json(f, air_str_n(text, n));
    }

    return NGX_OK;
}


static ngx_int_t
ngx_ai_fingerprint_chain(ngx_http_request_t *r, air_fingerprint_t *f)
{
    ngx_chain_t  *cl;

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return NGX_DECLINED;
    }

    for (cl = r->request_body->bufs; cl; cl = cl->next) {

        if (cl->buf->in_file) {
            if (ngx_ai_fingerprint_file(cl->buf, f) != NGX_OK) {
                return NGX_ERROR;
            }

        } else if (ngx_buf_in_memory(cl->buf)) {
            air_fingerprint_json(f, air_str_n(cl->buf->pos,
                                              cl->buf->last - cl->buf->pos));
        }
    }

    air_fingerprint_json_end(f);

    return NGX_OK;
}


/* who asks, and where */
static void
ngx_ai_fingerprint_where(ngx_ai_ctx_t *ctx, air_fingerprint_t *f)
{
    u_char                     op;
    ngx_ai_workflow_t         *wf;
    ngx_http_core_srv_conf_t  *cscf;

    op = (u_char) ctx->op;
    wf = ngx_ai_conf_workflow(ctx->r, ctx->alcf);

    air_fingerprint_add(f, air_str_n(&op, 1));
    air_fingerprint_add(f, wf != NULL ? ngx_ai_air(wf->name)
                                      : air_str_n(NULL, 0));

    if (wf != NULL && wf->inline_route) {

        /* its name is the location's, which another server may have too */

        cscf = ngx_http_get_module_srv_conf(ctx->r, ngx_http_core_module);
        air_fingerprint_add(f, ngx_ai_air(cscf->server_name));
    }
}


/* the caller's request, whose body was read and joined */
static void
ngx_ai_fingerprint_caller(ngx_ai_ctx_t *ctx, air_fingerprint_t *f)
{
    ngx_ai_fingerprint_where(ctx, f);

    air_fingerprint_add(f, ngx_ai_air(ctx->version));
    air_fingerprint_add(f, ngx_ai_air(ctx->beta));
    air_fingerprint_add(f, ngx_ai_air(ctx->session));
    air_fingerprint_json(f, ctx->body);
    air_fingerprint_json_end(f);
}


static ngx_int_t
ngx_ai_fingerprint_vendor(ngx_ai_ctx_t *ctx, ngx_http_request_t *r,
    air_fingerprint_t *f)
{
    ngx_ai_vendor_t    *vendor;
    ngx_ai_loc_conf_t  *alcf;

    alcf = ngx_http_get_module_loc_conf(r, ngx_ai_router_module);
    vendor = alcf->vendor;

    if (vendor != NULL) {
        air_fingerprint_add(f, ngx_ai_air(vendor->name));
        air_fingerprint_add(f, ngx_ai_air(vendor->endpoint));
    }

    if (ctx->workflow != NULL) {
        air_fingerprint_add(f, ngx_ai_air(ctx->workflow->name));
    }

    air_fingerprint_add(f, ngx_ai_air(r->unparsed_uri));

    ngx_ai_fingerprint_headers(r, ngx_ai_fingerprint_volatile, 0,
                               vendor != NULL ? &vendor->auth_lower : NULL,
                               f);

    return ngx_ai_fingerprint_chain(r, f);
}


static ngx_int_t
ngx_ai_fingerprint_front(ngx_http_request_t *r, air_fingerprint_t *f)
{
    ngx_str_t                  principal;
    ngx_ai_loc_conf_t         *alcf;
    ngx_http_core_srv_conf_t  *cscf;

    alcf = ngx_http_get_module_loc_conf(r, ngx_ai_router_module);
    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    ngx_str_null(&principal);

    if (alcf->principal != NULL
        && ngx_http_complex_value(r, alcf->principal, &principal) != NGX_OK)
    {
        return NGX_ERROR;
    }

    air_fingerprint_add(f, ngx_ai_air(principal));
    air_fingerprint_add(f, ngx_ai_air(cscf->server_name));
    air_fingerprint_add(f, ngx_ai_air(r->method_name));
    air_fingerprint_add(f, ngx_ai_air(r->unparsed_uri));

    ngx_ai_fingerprint_headers(r, ngx_ai_fingerprint_shown, 1, NULL, f);

    return ngx_ai_fingerprint_chain(r, f);
}


ngx_int_t
ngx_ai_fingerprint(ngx_http_request_t *r, u_char hash[AIR_FINGERPRINT])
{
    ngx_int_t           rc;
    ngx_ai_ctx_t       *ctx;
    air_fingerprint_t   f;

    ctx = ngx_ai_get_ctx(r);
    rc = NGX_OK;

    if (ctx != NULL && r == r->main && ctx->body.len == 0) {
        return NGX_DECLINED;
    }

    air_fingerprint_begin(&f);

    if (ctx == NULL) {
        rc = ngx_ai_fingerprint_front(r, &f);

    } else if (ctx->workflow == NULL && ngx_ai_principal(ctx) != NGX_OK) {
        rc = NGX_ERROR;

    } else {

        /* a key's name and a variable's value are two things */

        air_fingerprint_add(&f, ngx_ai_air(ctx->principal));
        air_fingerprint_add(&f, air_str_z(ctx->key != NULL ? "key" : ""));

        if (r == r->main) {
            ngx_ai_fingerprint_caller(ctx, &f);

        } else {
            rc = ngx_ai_fingerprint_vendor(ctx, r, &f);
        }
    }

    if (air_fingerprint_end(&f, hash) != AIR_OK) {
        return NGX_ERROR;
    }

    return rc;
}


ngx_int_t
ngx_ai_fingerprint_key(ngx_ai_ctx_t *ctx, ngx_str_t key,
    u_char hash[AIR_FINGERPRINT])
{
    air_fingerprint_t  f;

    if (ctx->workflow == NULL && ngx_ai_principal(ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    air_fingerprint_begin(&f);

    air_fingerprint_add(&f, ngx_ai_air(ctx->principal));
    air_fingerprint_add(&f, air_str_z(ctx->key != NULL ? "key" : ""));

    if (ctx->principal.len == 0) {

        /* keys may be the same by chance: what else tells callers apart */

        ngx_ai_fingerprint_headers(ctx->r, ngx_ai_fingerprint_secrets, 1,
                                   NULL, &f);
    }

    ngx_ai_fingerprint_where(ctx, &f);
    air_fingerprint_add(&f, ngx_ai_air(key));

    return air_fingerprint_end(&f, hash) == AIR_OK ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_ai_fingerprint_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char     *p, hash[AIR_FINGERPRINT];
    ngx_int_t   rc;

    (void) data;

    rc = ngx_ai_fingerprint(r, hash);

    if (rc == NGX_DECLINED) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = rc == NGX_OK ? ngx_pnalloc(r->pool, 2 * AIR_FINGERPRINT) : NULL;

    if (p == NULL) {
        return NGX_ERROR;
    }

    v->data = p;
    v->len = ngx_hex_dump(p, hash, sizeof(hash)) - p;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}
