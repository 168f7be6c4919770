
/*
 * Answers from nginx's own cache: "proxy_cache" in a vendor's block.  The
 * attempt runs as ever, and where nginx has what it asks for no vendor is
 * asked.  Here is what the rest of the router must know of it: which replies
 * may be kept, that nginx can only keep what it buffers, that a reply which
 * turns out to be no good is thrown away again, and what a hit is in the
 * books.
 *
 * Only whole replies are kept: a stream that is buffered is none.
 */

#include "ngx_ai_router_module.h"


static ngx_int_t ngx_ai_cache_refused(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


static ngx_str_t  ngx_ai_vars[] = {
    ngx_string("ai_no_cache"),
    ngx_string("ai_no_store")
};


ngx_int_t
ngx_ai_cache_add(ngx_conf_t *cf)
{
    ngx_uint_t            i;
    ngx_http_variable_t  *v;

    for (i = 0; i < sizeof(ngx_ai_vars) / sizeof(ngx_ai_vars[0]); i++) {

        v = ngx_http_add_variable(cf, &ngx_ai_vars[i],
                                  NGX_HTTP_VAR_NOCACHEABLE);
        if (v == NULL) {
            return NGX_ERROR;
        }

        v->get_handler = ngx_ai_cache_refused;
        v->data = i;
    }

    return NGX_OK;
}


void
ngx_ai_cache_control(ngx_ai_ctx_t *ctx, ngx_table_elt_t *h)
{
    u_char     *last;
    ngx_str_t  *value;

    if (h->key.len != 13
        || ngx_memcmp(h->lowcase_key, "cache-control", 13) != 0)
    {
        return;
    }

    value = &h->value;
    last = value->data + value->len;

    if (ngx_strlcasestrn(value->data, last, (u_char *) "no-store", 8 - 1)
        != NULL)
    {
        ctx->no_store = 1;
        ctx->no_cache = 1;
    }

    if (ngx_strlcasestrn(value->data, last, (u_char *) "no-cache", 8 - 1)
        != NULL)
    {
        ctx->no_cache = 1;
    }
}


/*
 * $ai_no_cache, $ai_no_store: "1" where no answer may come from a cache, where
 * none may go into one.  What is no attempt of a request is not cached, as
 * nobody would book its hits; nor is what is to prove a vendor.
 */
static ngx_int_t
ngx_ai_cache_refused(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_uint_t         no;
    ngx_ai_ctx_t      *ctx;
    ngx_ai_attempt_t  *att;

    ctx = ngx_ai_get_ctx(r);
    att = ngx_ai_attempt_of(r);

    no = 0;

    if (ctx != NULL) {
        no = data == 0 ? ctx->no_cache : ctx->no_store;
    }

    if (ctx != NULL && r != r->main) {
        no = no || att == NULL || ctx->request.stream || r->background;

        if (att != NULL) {
            no = no || (data == 0 ? att->probe
                                  : att->body != NGX_AI_BODY_WHOLE);
        }
    }

    v->data = (u_char *) "1";
    v->len = no;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


void
ngx_ai_cache_header(ngx_ai_attempt_t *att, ngx_http_request_t *sr)
{
#if (NGX_HTTP_CACHE)

    ngx_http_upstream_t  *u;

    u = sr->upstream;

    att->hit = sr->cached;

    if (u == NULL || sr->cached || sr->cache == NULL || !u->cacheable
        || sr->background || att->body != NGX_AI_BODY_WHOLE)
    {
        return;
    }

    u->buffering = 1;

#endif
}


ngx_str_t *
ngx_ai_cache_status(ngx_ai_attempt_t *att)
{
#if (NGX_HTTP_CACHE)

    ngx_http_upstream_t  *u;

    u = att->sr != NULL ? att->sr->upstream : NULL;

    if (u != NULL && u->cache_status != 0) {
        return &ngx_http_cache_status[u->cache_status - 1];
    }

#endif

    return NULL;
}


void
ngx_ai_cache_drop(ngx_ai_attempt_t *att)
{
#if (NGX_HTTP_CACHE)

    ngx_http_cache_t     *c;
    ngx_http_upstream_t  *u;

    u = att->sr != NULL ? att->sr->upstream : NULL;
    c = att->sr != NULL ? att->sr->cache : NULL;

    if (u == NULL || c == NULL || c->file.name.len == 0
        || (!u->cacheable && !att->hit))
    {
        return;
    }

    /* nginx takes a file that is gone for a miss */

    if (ngx_delete_file(c->file.name.data) == NGX_FILE_ERROR
        && ngx_errno != NGX_ENOENT)
    {
        ngx_log_error(NGX_LOG_CRIT, att->ctx->r->connection->log, ngx_errno,
                      ngx_delete_file_n " \"%s\" failed", c->file.name.data);
    }

#endif
}


ngx_uint_t
ngx_ai_cache_waits(ngx_ai_attempt_t *att)
{
#if (NGX_HTTP_CACHE)

    return att->sr->cache != NULL && att->sr->cache->waiting;

#else

    return 0;

#endif
}


void
ngx_ai_cache_waited(ngx_ai_attempt_t *att)
{
#if (NGX_HTTP_CACHE)

    ngx_http_request_t  *sr;

    sr = att->sr;

    if (sr->cache == NULL || sr->cache->wait_time == 0) {
        return;
    }

    /* it is sent only now */

    att->start = ngx_current_msec;
    att->last = att->start;
    att->time_ms = ngx_ai_now();

    ngx_ai_attempt_timer(att->ctx);

#endif
}


ngx_int_t
ngx_ai_cache_stop(ngx_ai_attempt_t *att)
{
#if (NGX_HTTP_CACHE)

    ngx_event_t  *ev;

    if (!ngx_ai_cache_waits(att)) {
        return NGX_DECLINED;
    }

    /* nginx's own way out, as if it had waited long enough: it goes on to the
       vendor, where the attempt is stopped */

    ev = &att->sr->cache->wait_event;
    att->sr->cache->wait_time = ngx_current_msec;

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    ev->handler(ev);

    return NGX_OK;

#else

    return NGX_DECLINED;

#endif
}
