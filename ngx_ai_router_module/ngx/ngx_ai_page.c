
/*
 * Answers under ai_status: never kept by anybody, never taken for another
 * type, and with no right to load, run or frame anything but what a page of
 * ours says.
 */

#include "ngx_ai_page.h"
#include "ngx_ai_file.h"


static ngx_int_t ngx_ai_page_slash(ngx_http_request_t *r);
static ngx_uint_t ngx_ai_page_html(ngx_http_request_t *r);
static ngx_int_t ngx_ai_page_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value, ngx_table_elt_t **h);


static ngx_str_t  ngx_ai_page_own = ngx_string(
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'");

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

    if ((answer->etag.len != 0
         && ngx_ai_page_header(r, "ETag", &answer->etag, &r->headers_out.etag)
            != NGX_OK)
        || (answer->encoding.len != 0
            && ngx_ai_page_header(r, "Content-Encoding", &answer->encoding,
                                  &r->headers_out.content_encoding)
               != NGX_OK)
        || (answer->vary.len != 0
            && ngx_ai_header_add(r, "Vary", &answer->vary) != NGX_OK))
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


/* a header that nginx's filters look for */
static ngx_int_t
ngx_ai_page_header(ngx_http_request_t *r, const char *name, ngx_str_t *value,
    ngx_table_elt_t **h)
{
    ngx_list_part_t  *part;

    if (ngx_ai_header_add(r, name, value) != NGX_OK) {
        return NGX_ERROR;
    }

    part = r->headers_out.headers.last;

    *h = (ngx_table_elt_t *) part->elts + part->nelts - 1;

    return NGX_OK;
}


ngx_int_t
ngx_ai_page_file(ngx_http_request_t *r, ngx_str_t *rest)
{
    ngx_ai_file_t         *file;
    ngx_ai_page_answer_t   answer;

    file = ngx_ai_files;

    if (rest->len == 0) {

        if (!ngx_ai_page_html(r)) {
            return NGX_DECLINED;
        }

        if (r->uri.data[r->uri.len - 1] != '/') {
            return ngx_ai_page_slash(r);
        }

    } else {

        while (file->name.len != 0
               && (file->name.len != rest->len
                   || ngx_strncmp(file->name.data, rest->data, rest->len)
                      != 0))
        {
            file++;
        }

        if (file->name.len == 0) {
            return NGX_DECLINED;
        }
    }

    ngx_memzero(&answer, sizeof(ngx_ai_page_answer_t));
    answer.status = NGX_HTTP_OK;
    answer.type = file->type;
    answer.csp = ngx_ai_page_own;
    answer.body = file->plain;
    answer.etag = file->etag;
    ngx_str_set(&answer.cache, "no-cache");
    ngx_str_set(&answer.vary, "Accept, Accept-Encoding");

#if (NGX_HTTP_GZIP)
    if (ngx_http_gzip_ok(r) == NGX_OK) {
        answer.body = file->gzip;
        answer.etag = file->gzip_etag;
        ngx_str_set(&answer.encoding, "gzip");
    }
#endif

    return ngx_ai_page_send(r, &answer);
}


/*
 * The page's files are beside it: a location without a slash at the end leads
 * to that with one, but for those that nothing else can be in.  "//name/../ai"
 * is that location, too, but as an address it is a host's.
 */
static ngx_int_t
ngx_ai_page_slash(ngx_http_request_t *r)
{
    u_char                    *p, *last;
    ngx_str_t                  to;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->exact_match
#if (NGX_PCRE)
        || clcf->regex != NULL
#endif
       )
    {
        return NGX_DECLINED;
    }

    p = r->unparsed_uri.data;

    if (r->unparsed_uri.len < 2 || p[0] != '/' || p[1] == '/' || p[1] == '\\')
    {
        return NGX_DECLINED;
    }

    last = ngx_strlchr(p, p + r->unparsed_uri.len, '?');

    if (last == NULL) {
        last = p + r->unparsed_uri.len;
    }

    to.len = last - p + 1;
    to.data = ngx_pnalloc(r->pool, to.len);
    if (to.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    *ngx_cpymem(to.data, p, last - p) = '/';

    ngx_http_clear_location(r);

    if (ngx_ai_page_header(r, "Location", &to, &r->headers_out.location)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_HTTP_MOVED_PERMANENTLY;
}


/* Whether the client, a browser then, names HTML among what it takes. */
static ngx_uint_t
ngx_ai_page_html(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    part = &r->headers_in.headers.part;
    header = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {

            if (part->next == NULL) {
                return 0;
            }

            part = part->next;
            header = part->elts;
            i = 0;
        }

        if (header[i].key.len == sizeof("Accept") - 1
            && ngx_strncasecmp(header[i].key.data, (u_char *) "Accept",
                               sizeof("Accept") - 1)
               == 0
            && ngx_strlcasestrn(header[i].value.data,
                                header[i].value.data + header[i].value.len,
                                (u_char *) "text/html", 9 - 1)
               != NULL)
        {
            return 1;
        }
    }
}
