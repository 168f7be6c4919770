
/*
 * What is sent under ai_status: the headers that all of it has.
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
    unsigned     unknown:1;               /* HEAD: of what size, not known  */
} ngx_ai_page_answer_t;


/* Sends it; returns what a content handler returns. */
ngx_int_t ngx_ai_page_send(ngx_http_request_t *r,
    ngx_ai_page_answer_t *answer);


#endif /* _NGX_AI_PAGE_H_INCLUDED_ */
