
/*
 * Between nginx and the rooms below: strings, memory, and every difference
 * between nginx versions.
 */

#ifndef _NGX_AI_BRIDGE_H_INCLUDED_
#define _NGX_AI_BRIDGE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "../core/air_mem.h"
#include "../core/air_str.h"


/* exported by nginx, declared by none of its headers */
extern ngx_module_t  ngx_thread_pool_module;


#if (nginx_version < 1020000)
#error ngx_ai_router_module needs nginx 1.20.0 or later
#endif


/* both are a length and a pointer */
typedef char  ngx_ai_same_string[
    sizeof(air_str_t) == sizeof(ngx_str_t)
    && offsetof(air_str_t, data) == offsetof(ngx_str_t, data) ? 1 : -1];


/* A view of the same bytes. */
static ngx_inline air_str_t
ngx_ai_air(ngx_str_t s)
{
    return air_str_n(s.data, s.len);
}


/* A view of the same bytes. */
static ngx_inline ngx_str_t
ngx_ai_ngx(air_str_t s)
{
    ngx_str_t  t;

    t.len = s.len;
    t.data = s.data;

    return t;
}


/* air_mem_t over a pool: nothing is freed before the pool is. */
static ngx_inline void *
ngx_ai_pool_alloc(void *pool, size_t size)
{
    return ngx_palloc(pool, size);
}


/* An allocator over the pool, for core. */
static ngx_inline air_mem_t
ngx_ai_mem(ngx_pool_t *pool)
{
    air_mem_t  mem;

    mem.alloc = ngx_ai_pool_alloc;
    mem.ud = pool;

    return mem;
}


/* A header pushed by hand: linked lists of equal headers came with 1.23.0. */
static ngx_inline void
ngx_ai_header_unlink(ngx_table_elt_t *h)
{
#if (nginx_version >= 1023000)
    h->next = NULL;
#else
    (void) h;
#endif
}


/* 1 when no path was read; since 1.29.3 nginx puts "/" where CONNECT has
   none. */
static ngx_inline ngx_uint_t
ngx_ai_no_path(ngx_http_request_t *r)
{
#if (nginx_version >= 1029003)
    if (r->method == NGX_HTTP_CONNECT) {
        return 1;
    }
#endif

    return r->uri.len == 0;
}


#endif /* _NGX_AI_BRIDGE_H_INCLUDED_ */
