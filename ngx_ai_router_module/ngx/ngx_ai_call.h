
/*
 * A call of our own as ngx_ai_aside.c runs it, and what it is sent as.
 */

#ifndef _NGX_AI_CALL_H_INCLUDED_
#define _NGX_AI_CALL_H_INCLUDED_


#include "ngx_ai_aside.h"

#include "../fetch/air_fetch.h"


typedef struct {
    ngx_ai_aside_t        aside;          /* first: what callers have       */
    ngx_queue_t           queue;          /* of those that run              */
    ngx_thread_task_t    *task;
    ngx_event_t           event;          /* of a simulated one             */
    air_mem_t             mem;            /* aside.pool's                   */
    const air_codec_t    *codec;
    air_op_e              op;
    ngx_ai_claims_t       claims;
    ngx_int_t             slot;
    uint64_t              input;          /* tokens, estimated              */
    uint64_t              worst;          /* pUSD, AIR_UNKNOWN              */
    uint64_t              rest_ms;
    int                   rest_said;
    ngx_ai_cost_t         priced;
    air_certainty_e       certainty;

    char                 *secret;         /* the header with the key        */
    air_fetch_t           fetch;
    air_fetch_reply_t     got;
    air_err_t             err;
    int                   rc;
    uint64_t              held;           /* pUSD of the purse              */
    uint64_t              held_in;        /* the purse that made            */
    unsigned              claimed:1;
    unsigned              running:1;
    unsigned              ran:1;
} ngx_ai_call_t;


/* ---- ngx_ai_call.c ---------------------------------------------------- */

/* Writes the neutral message for the target.  NGX_OK; NGX_DECLINED: it cannot
   be said in this vendor's protocol; NGX_ERROR. */
ngx_int_t ngx_ai_call_body(ngx_ai_call_t *call);

/* URL, headers, key or signature; the body is written.  NGX_OK or
   NGX_ERROR. */
ngx_int_t ngx_ai_call_headers(ngx_ai_call_t *call);

/* Reads what was written as a caller's request would be: how long its prompt
   is, and what it may cost. */
void ngx_ai_call_bound(ngx_ai_call_t *call);


#endif /* _NGX_AI_CALL_H_INCLUDED_ */
