
/*
 * Answers under ai_status: never kept by anybody, never taken for another
 * type, and with no right to load, run or frame anything but what a page of
 * ours says.
 */

#include "ngx_ai_page.h"


static ngx_str_t  ngx_ai_page_nothing = ngx_string("default-src 'none'");
static ngx_str_t  ngx_ai_page_no_store = ngx_string("no-store");
static ngx_str_t  ngx_ai_page_nosniff = ngx_string("nosniff");
static ngx_str_t  ngx_ai_page_no_referrer = ngx_string("no-referrer");


ngx_int_t
ngx_ai_page_send(ngx_http_request_t *r, ngx_ai_page_answer_t *answer)
{
    ngx_int_t     rc;
    ngx_buf_t    *buf;
    ngx_chain_t   out;

    if (ngx_ai_header_add(r, "Cache-Control",
                          answer->cache.len ? &answer->cache
                                            : &ngx_ai_page_no_store)
        != NGX_OK
        || ngx_ai_header_add(r, "X-Content-Type-Options", &ngx_ai_page_nosniff)
           != NGX_OK
        || ngx_ai_header_add(r, "Referrer-Policy", &ngx_ai_page_no_referrer)
           != NGX_OK
        || ngx_ai_header_add(r, "Content-Security-Policy",
                             answer->csp.len ? &answer->csp
                                             : &ngx_ai_page_nothing)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    buf = ngx_calloc_buf(r->pool);
    if (buf == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    buf->pos = answer->body.data;
    buf->last = answer->body.data + answer->body.len;
    buf->memory = answer->body.len != 0;
    buf->last_buf = (r == r->main);
    buf->last_in_chain = 1;

    r->headers_out.status = answer->status;
    r->headers_out.content_length_n = answer->unknown
                                      ? -1 : (off_t) answer->body.len;
    r->headers_out.content_type = answer->type;
    r->headers_out.content_type_len = answer->type.len;
    r->headers_out.content_type_lowcase = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    out.buf = buf;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}
