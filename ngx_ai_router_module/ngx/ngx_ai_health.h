
/*
 * Whether a target may be tried, and with which key: part of
 * ngx_ai_router_module.h, which includes it.
 */

#ifndef _NGX_AI_HEALTH_H_INCLUDED_
#define _NGX_AI_HEALTH_H_INCLUDED_


/* ---- ngx_ai_health.c -------------------------------------------------- */

/* How a target is at now (ms UTC), its vendor and its keys included; *reopen
   is when it may be tried, 0 when it is up.  Lock-free. */
air_state_e ngx_ai_health_target(ngx_ai_zone_t *zone, ngx_ai_target_t *target,
    int64_t now, uint64_t *reopen);

/* The same of the entry i alone. */
air_state_e ngx_ai_health_state(ngx_ai_zone_t *zone, ngx_uint_t i,
    int64_t now, uint64_t *reopen);

/*
 * For the next try at a target: att->key, and the claims of all probes that
 * it would be.  1 when it may be sent; 0 without a claim when the target
 * rests or somebody else is the probe: then it is a last resort.
 */
ngx_uint_t ngx_ai_health_take(ngx_ai_attempt_t *att, int64_t now);

/* Gives claims back undecided (the caller left). */
void ngx_ai_health_give(ngx_ai_attempt_t *att);

/* The two for a call that is no attempt of a request's. */
ngx_uint_t ngx_ai_health_claim(ngx_ai_zone_t *zone, ngx_ai_target_t *target,
    int64_t now, ngx_ai_vkey_t **key, ngx_ai_claims_t *claims);
void ngx_ai_health_release(ngx_ai_zone_t *zone, ngx_ai_target_t *target,
    ngx_ai_vkey_t *key, ngx_ai_claims_t *claims);

/* A reply has begun: if the try was a probe, that is enough. */
void ngx_ai_health_proved(ngx_ai_attempt_t *att);

/* What is said about a target and a key (or NULL) by a try that began then
   (ms UTC); a rest that the vendor named is said. */
typedef struct {
    ngx_ai_target_t      *target;
    ngx_ai_vkey_t        *key;
    int64_t               began;
    air_fault_e           fault;
    uint64_t              rest_ms;
    unsigned              said:1;
} ngx_ai_verdict_t;

/* Tells all breakers concerned. */
void ngx_ai_health_judge(ngx_ai_zone_t *zone, ngx_ai_verdict_t *v);

/* What is shown of a health entry. */
typedef struct {
    air_state_e           state;
    uint64_t              reopen;         /* ms UTC, 0 when it is up        */
    uint64_t              fails;          /* in a row                       */
    uint64_t              good;
    uint64_t              failed;
    uint64_t              rests;          /* times it was put to rest       */
    air_fault_e           fault;          /* the last one                   */
    uint64_t              failed_at;      /* ms UTC of it                   */
} ngx_ai_health_info_t;

/* The health entry i as it is at now. */
void ngx_ai_health_info(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    ngx_ai_health_info_t *info);


/* Tells health how an attempt ended, once. */
void ngx_ai_attempt_health(ngx_ai_attempt_t *att);


/* Counts a request that is about to be sent, for its workflow's budget of
   retries. */
void ngx_ai_retry_request(ngx_ai_ctx_t *ctx);

/* For a second try, and for another one beside the first: 1, and counted, when
   the workflow's budget allows it. */
ngx_uint_t ngx_ai_retry_take(ngx_ai_ctx_t *ctx);

/* The same for the next try of a request at a vendor: one that did not fail
   it so far costs nothing. */
ngx_uint_t ngx_ai_retry_vendor(ngx_ai_ctx_t *ctx, ngx_ai_vendor_t *vendor);


/* ---- ngx_ai_pool.c ---------------------------------------------------- */

/* 1 when a vendor has several keys: each has a health entry of its own. */
#define ngx_ai_pool(vendor)                                                   \
    ((vendor)->keys != NULL && (vendor)->keys->nelts > 1)

/* How a vendor's keys are at now: as the best of them. */
air_state_e ngx_ai_pool_state(ngx_ai_zone_t *zone, ngx_ai_vendor_t *vendor,
    int64_t now, uint64_t *reopen);

/* Picks att->key by turns among those that do not rest and that the request
   did not try, and claims its probe; 0 when there is none: then the one that
   is back soonest. */
ngx_uint_t ngx_ai_pool_take(ngx_ai_attempt_t *att, int64_t now);

/* The same for whoever has not tried those keys (bits): *key, and its claim,
   0 when the vendor has no others. */
ngx_uint_t ngx_ai_pool_pick(ngx_ai_zone_t *zone, ngx_ai_vendor_t *vendor,
    uint32_t tried, int64_t now, ngx_ai_vkey_t **key, uint64_t *claim);

/* The attempt that failed by its key and that another one may follow at the
   same target, or NULL. */
ngx_ai_attempt_t *ngx_ai_pool_again(ngx_ai_ctx_t *ctx, int64_t now);


#endif /* _NGX_AI_HEALTH_H_INCLUDED_ */
