
/*
 * "shadow": a share of a workflow's requests is asked again of another
 * target, once the caller has his answer, and the two are compared.
 */

#ifndef _NGX_AI_SHADOW_H_INCLUDED_
#define _NGX_AI_SHADOW_H_INCLUDED_


#include "ngx_ai_conf.h"


struct ngx_ai_shadow_s {
    ngx_ai_place_t        place;
    ngx_uint_t            share;          /* AIR_ROUTE_SHARE-ths            */
    ngx_ai_ref_t          to;
    ngx_ai_ref_t          judge;          /* or its name is empty           */
    ngx_str_t             prompt;         /* what the judge is told         */
    uint64_t              cost;           /* pUSD a day, 0: no limit        */
};


/* ---- ngx_ai_conf_shadow.c --------------------------------------------- */

/* Setter, as all. */
char *ngx_ai_conf_shadow(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* After parsing: who is asked.  NGX_OK or NGX_ERROR, logged. */
ngx_int_t ngx_ai_conf_shadow_resolve(ngx_ai_resolve_t *rs,
    ngx_ai_workflow_t *wf);


/* ---- ngx_ai_shadow.c -------------------------------------------------- */

/* 1 when the request, once it is decided, is one of the share. */
ngx_uint_t ngx_ai_shadow_due(ngx_ai_ctx_t *ctx);

/* Log phase, all attempts are settled: asks for the shadow of one that is
   due and was answered. */
void ngx_ai_shadow_start(ngx_ai_ctx_t *ctx);


#endif /* _NGX_AI_SHADOW_H_INCLUDED_ */
