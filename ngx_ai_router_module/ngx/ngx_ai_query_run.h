
/*
 * A question to the ledger, and the part of its life that runs in a thread;
 * for the files of questions only.
 */

#ifndef _NGX_AI_QUERY_RUN_H_INCLUDED_
#define _NGX_AI_QUERY_RUN_H_INCLUDED_


#include "ngx_ai_query.h"

#include "../store/air_report.h"


#define NGX_AI_QUERY_REPORTS   8          /* of one question                */
#define NGX_AI_QUERY_GROUPS    32768      /* of one report: some 25 MB      */


typedef enum {
    NGX_AI_QUERY_JSON = 0,
    NGX_AI_QUERY_TABLE,                   /* JSON, columns named once       */
    NGX_AI_QUERY_CSV,
    NGX_AI_QUERY_HTML,                    /* the page for others            */
    NGX_AI_QUERY_FORMATS
} ngx_ai_query_format_e;


/* what is asked for, and the bit that a parameter of it has */
typedef enum {
    NGX_AI_QUERY_REPORT = 0,
    NGX_AI_QUERY_RECENT,
    NGX_AI_QUERY_SHARES,
    NGX_AI_QUERY_NONE
} ngx_ai_query_kind_e;


/* memory of an answer, straight from the system */
typedef struct ngx_ai_query_map_s  ngx_ai_query_map_t;

struct ngx_ai_query_map_s {
    ngx_ai_query_map_t   *next;
    size_t                size;
};


struct ngx_ai_query_s {
    ngx_queue_t           queue;
    ngx_http_request_t   *r;              /* NULL: the caller left          */
    ngx_ai_main_conf_t   *amcf;
    ngx_thread_task_t     task;
    ngx_log_t            *log;

    /* what is asked, fixed when it waits */

    ngx_ai_query_kind_e   kind;
    ngx_uint_t            recent;         /* records                        */
    uint64_t              before;
    ngx_ai_query_format_e format;
    size_t                limit;          /* rows of a report               */
    ngx_uint_t            nreports;
    air_report_query_t    query[NGX_AI_QUERY_REPORTS];

    /* the thread's until it is done */

    air_ledger_t         *ledger;
    int                   rc;
    air_err_t             err;
    air_mem_t             mem;
    air_buf_t             out;
    ngx_ai_query_map_t   *maps;

    unsigned              waiting:1;
};


/* In a thread: answers it into out, whose memory are its maps; touches nothing
   of nginx, for the request may be gone. */
void ngx_ai_query_run(void *data, ngx_log_t *log);


#endif /* _NGX_AI_QUERY_RUN_H_INCLUDED_ */
