
/*
 * Between ai_simulate's directive and its answers.
 */

#ifndef _NGX_AI_SIMULATE_H_INCLUDED_
#define _NGX_AI_SIMULATE_H_INCLUDED_


#include "ngx_ai_router_module.h"

#include "../core/air_simulate.h"


#define NGX_AI_SIM_PERCENT  10000     /* fail: hundredths of a percent      */


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


#endif /* _NGX_AI_SIMULATE_H_INCLUDED_ */
