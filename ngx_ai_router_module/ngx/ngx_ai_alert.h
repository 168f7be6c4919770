
/*
 * Alerts: whoever sees something raises one, which is put into the zone and
 * goes to the hooks of "ai_alert" that want it (ngx_ai_hook.c).  To raise:
 *
 *     air_alert_t  a;
 *
 *     if (ngx_ai_alert_wanted(amcf, AIR_ALERT_DRILL_BEGAN)) {
 *         air_alert_init(&a, AIR_ALERT_DRILL_BEGAN, ngx_ai_air(vendor->name),
 *                        ngx_ai_now());
 *         air_alert_number(&a, "percent", percent);
 *         ngx_ai_alert(amcf, &a, "it looks down for %ui%% of requests",
 *                      percent);
 *     }
 *
 * On the event loop, at any time after init_process: it neither waits nor
 * allocates.  No secret, prompt or reply may be in an alert.
 */

#ifndef _NGX_AI_ALERT_H_INCLUDED_
#define _NGX_AI_ALERT_H_INCLUDED_


#include "ngx_ai_job.h"
#include "ngx_ai_zone.h"

#include "../core/air_alert.h"


#define NGX_AI_HOOK_ARENA  32768


/* one "ai_alert" */
typedef struct {
    ngx_str_t             url;            /* NUL-terminated; its path may be a
                                             secret: never shown            */
    ngx_str_t             host;           /* name:port                      */
    ngx_str_t             shown;          /* the host, "#2" of one that has
                                             two                            */
    ngx_str_t             ca;             /* NUL-terminated, or empty       */
    ngx_str_t             from;           /* name of this machine           */
    uint64_t              keep;           /* ms that an alert is tried      */
    size_t                secret_len;     /* 0: not signed                  */
    u_char                secret[AIR_ALERT_SECRET];
    uint64_t              id;             /* in the zone                    */
    ngx_uint_t            n;              /* its rule                       */
    unsigned              slack:1;

    ngx_ai_job_t          job;

    /* of the run, in its thread */

    air_alerts_t         *ring;
    const u_char         *instance;
    uint64_t              busy;           /* number of an alert that is not
                                             whole, since busy_ms           */
    uint64_t              busy_ms;
    size_t                used;           /* of arena                       */
    u_char               *arena;

    /* what is told of it */

    ngx_uint_t            tries;
    ngx_uint_t            lost;           /* alerts                         */
    uint64_t              again;          /* ms                             */
    u_char                error[256];
    unsigned              well:1;         /* it works again                 */
} ngx_ai_hook_t;


/* what all "ai_alert" say together */
struct ngx_ai_alerts_s {
    ngx_array_t           hooks;          /* ngx_ai_hook_t *                */
    ngx_uint_t            nrules;
    air_alert_rule_t      rule[AIR_ALERT_HOOKS];
    uint32_t              kinds;          /* that somebody is told of, or
                                             whose end                      */
    ngx_uint_t            surge;          /* percent of a workflow's requests
                                             that escalate, 0 never         */
    uint32_t              surge_window;   /* ms                             */
};


/* 1 when somebody is to be told of such a thing, or of its end. */
static ngx_inline ngx_uint_t
ngx_ai_alert_wanted(ngx_ai_main_conf_t *amcf, air_alert_e kind)
{
    return amcf->alerts != NULL && amcf->zone != NULL
           && (amcf->alerts->kinds & ((uint32_t) 1 << kind));
}


/* Raises *a, with fmt as ngx_sprintf() makes it for its message, unless all
   were told of the same a while ago. */
void ngx_ai_alert(ngx_ai_main_conf_t *amcf, air_alert_t *a, const char *fmt,
    ...);

/* The ledger, in dir, cannot be kept or written for that reason; or it can
   again, with reason NULL. */
void ngx_ai_alert_ledger(ngx_ai_main_conf_t *amcf, const char *reason);

/* An attempt's cost is unknown. */
void ngx_ai_alert_unpriced(ngx_ai_attempt_t *att);

/* A request ended: counted for its workflow's share of escalations. */
void ngx_ai_alert_request(ngx_ai_ctx_t *ctx);

/* A budget, of a in its period: what is spent of it, and what it is or where
   its soft mark is (pUSD). */
void ngx_ai_alert_budget(ngx_ai_main_conf_t *amcf, air_alert_e kind,
    air_scope_e scope, air_str_t name, air_period_e period, uint64_t spent,
    uint64_t amount);


/* ---- ngx_ai_hook.c ---------------------------------------------------- */

/* After parsing: a job for each hook.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_hook_add(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf,
    ngx_ai_hook_t *hook);

/* What hooks got, in pool, for metrics.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_hook_stats(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    air_stats_t *stats);

/* The member "alerts" of status.json, with a comma before it; nothing where
   there are none. */
void ngx_ai_hook_status(ngx_ai_main_conf_t *amcf, air_buf_t *b);


#endif /* _NGX_AI_ALERT_H_INCLUDED_ */
