
/*
 * Between ai_simulate's directive and its answers.
 */

#ifndef _NGX_AI_SIMULATE_H_INCLUDED_
#define _NGX_AI_SIMULATE_H_INCLUDED_


#include "ngx_ai_router_module.h"

#include "../core/air_simulate.h"


#define NGX_AI_SIM_PERCENT  10000     /* fail: hundredths of a percent      */
#define NGX_AI_SIM_REPLY    (64 * 1024 * 1024)
#define NGX_AI_SIM_ID       (NGX_INT64_LEN * 2 + 1)


typedef struct {
    ngx_msec_t             latency;
    ngx_msec_t             first_token;
    ngx_uint_t             rate;          /* tokens a second, 0: at once    */
    ngx_uint_t             tokens;
    ngx_uint_t             prompt;        /* tokens, 0: estimated           */
    ngx_uint_t             fail;
    ngx_uint_t             status;
    ngx_int_t              retry_after;   /* s, -1 none                     */
    ngx_int_t              cut;           /* events, -1 all                 */
    ngx_uint_t             rounds;        /* turns with calls of tools      */
    ngx_uint_t             calls;         /* in each of them                */
    ngx_uint_t             echo;

    /* of this worker */
    ngx_uint_t             served;
    uint64_t               id;
} ngx_ai_sim_conf_t;


/* Content handler of a location with ai_simulate. */
ngx_int_t ngx_ai_simulate_handler(ngx_http_request_t *r);


/* ---- ngx_ai_simulate_whole.c ------------------------------------------ */

/* The next request of the worker: fills *how, whose id is in id[], and gives
   the status to fail with, 0 none. */
ngx_uint_t ngx_ai_simulate_begin(ngx_ai_sim_conf_t *conf,
    u_char id[NGX_AI_SIM_ID], air_simulate_how_t *how);

/* ms that a whole reply of so many tokens takes. */
ngx_msec_t ngx_ai_simulate_takes(ngx_ai_sim_conf_t *conf, uint64_t tokens);

/*
 * What a simulated target answers to a body in codec's words, at once: *b is
 * made from mem, *status and *wait are what it would come with, and after how
 * many ms.  NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_ai_simulate_whole(ngx_ai_target_t *target,
    const air_codec_t *codec, air_op_e op, air_str_t body,
    const air_mem_t *mem, air_buf_t *b, ngx_uint_t *status,
    ngx_msec_t *wait);


#endif /* _NGX_AI_SIMULATE_H_INCLUDED_ */
