
/*
 * What is sent under ai_status: the headers that all of it has, and the
 * dashboard's files.
 */

#ifndef _NGX_AI_PAGE_H_INCLUDED_
#define _NGX_AI_PAGE_H_INCLUDED_


#include "ngx_ai_router_module.h"


/* all that is not set is empty */
typedef struct {
    ngx_uint_t   status;
    ngx_str_t    type;
    ngx_str_t    csp;                     /* empty: nothing is allowed      */
    ngx_str_t    cache;                   /* empty: "no-store"              */
    ngx_str_t    body;                    /* lives as long as r             */
    ngx_str_t    etag;
    ngx_str_t    encoding;                /* of the body                    */
    ngx_str_t    vary;
    unsigned     unknown:1;               /* HEAD: of what size, not known  */
} ngx_ai_page_answer_t;


/* Sends it; returns what a content handler returns. */
ngx_int_t ngx_ai_page_send(ngx_http_request_t *r,
    ngx_ai_page_answer_t *answer);

/*
 * Sends the dashboard's file that the rest of the URI names, or the page itself
 * for none, when the client takes HTML.  NGX_DECLINED: there is none.
 */
ngx_int_t ngx_ai_page_file(ngx_http_request_t *r, ngx_str_t *rest);


#endif /* _NGX_AI_PAGE_H_INCLUDED_ */
