
/*
 * Active probes: vendors that rest are asked by ourselves, without a caller.
 */

#ifndef _NGX_AI_PROBE_H_INCLUDED_
#define _NGX_AI_PROBE_H_INCLUDED_


#include "ngx_ai_router_module.h"


#define NGX_AI_PROBE_MODELS  8


typedef struct {
    ngx_str_t             name;
    ngx_ai_target_t      *target;         /* once all targets are known     */
} ngx_ai_probe_model_t;


/* "probe" of a vendor */
struct ngx_ai_probe_conf_s {
    ngx_ai_place_t        place;
    ngx_msec_t            interval;
    ngx_msec_t            timeout;
    uint64_t              cost;           /* pUSD a day, 0: no limit        */
    ngx_str_t             ca;             /* with a NUL, or empty           */
    ngx_uint_t            nmodels;
    ngx_ai_probe_model_t  model[NGX_AI_PROBE_MODELS];
    unsigned              always:1;       /* who is up, too                 */
};


/* 1 when some vendor is to be probed. */
ngx_uint_t ngx_ai_probe_any(ngx_ai_main_conf_t *amcf);

/* After parsing: models to targets; NGX_ERROR once it is logged. */
ngx_int_t ngx_ai_probe_resolve(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf);

/* Worker: starts to look when somebody is to be probed. */
ngx_int_t ngx_ai_probe_init_process(ngx_cycle_t *cycle,
    ngx_ai_main_conf_t *amcf);


#endif /* _NGX_AI_PROBE_H_INCLUDED_ */
