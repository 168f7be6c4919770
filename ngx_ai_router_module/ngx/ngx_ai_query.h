
/*
 * Questions to the ledger under ai_status: report, recent.json,
 * concentration.json.  They are read on the loop, answered in a thread one
 * after the other and never beside the ledger's tick, since both may use LMDB,
 * and sent on the loop.  A question lives as long as its thread and its
 * request both want it.
 */

#ifndef _NGX_AI_QUERY_H_INCLUDED_
#define _NGX_AI_QUERY_H_INCLUDED_


#include "ngx_ai_router_module.h"


typedef struct ngx_ai_query_s    ngx_ai_query_t;
typedef struct ngx_ai_queries_s  ngx_ai_queries_t;


/* of a worker */
struct ngx_ai_queries_s {
    ngx_queue_t           waiting;        /* ngx_ai_query_t                 */
    ngx_uint_t            n;              /* of them                        */
    ngx_ai_query_t       *running;        /* in a thread, or NULL           */
};


/* 1 when the part of the URI behind the location's asks the ledger. */
ngx_uint_t ngx_ai_query_asked(ngx_str_t *rest);

/* Content handler of such a request, GET or HEAD. */
ngx_int_t ngx_ai_query(ngx_http_request_t *r, ngx_str_t *rest);

/* The ledger has no thread at work: the next question may have it. */
void ngx_ai_query_next(ngx_ai_main_conf_t *amcf);

/* 1 while a question has the ledger. */
ngx_uint_t ngx_ai_query_running(ngx_ai_main_conf_t *amcf);


#endif /* _NGX_AI_QUERY_H_INCLUDED_ */
