
/*
 * Drills: vendors that look down to a slice of the requests (air_drills.h).
 */

#ifndef _NGX_AI_DRILL_H_INCLUDED_
#define _NGX_AI_DRILL_H_INCLUDED_


#include "ngx_ai_router_module.h"


/* Whether a request finds a vendor down, with who is left from
   ctx->order[next] on: 1 + the drill's slot, or 0.  One load while none
   runs. */
ngx_uint_t ngx_ai_drill(ngx_ai_ctx_t *ctx, ngx_ai_vendor_t *vendor,
    ngx_uint_t next);

/* An attempt that is refused by a drill is one of its request's attempts. */
void ngx_ai_drill_begin(ngx_ai_attempt_t *att);

/* Log phase: counts what its caller saw of a request. */
void ngx_ai_drill_end(ngx_ai_ctx_t *ctx);

/* Every 200 ms: begins and ends drills. */
void ngx_ai_drill_tick(ngx_ai_main_conf_t *amcf);

/* The member "drills" of the status: those that run, and the last ones. */
void ngx_ai_drill_status(ngx_ai_main_conf_t *amcf, air_buf_t *b);

/* The metrics of drills. */
void ngx_ai_drill_metrics(ngx_ai_main_conf_t *amcf, air_buf_t *b);


#endif /* _NGX_AI_DRILL_H_INCLUDED_ */
