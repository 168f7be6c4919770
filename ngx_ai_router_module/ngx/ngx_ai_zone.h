
/*
 * What lies in the shared zone, for the files that work on it:
 * ngx_ai_zone.c makes it, ngx_ai_health.c, ngx_ai_live.c and ngx_ai_stat.c
 * use it.
 */

#ifndef _NGX_AI_ZONE_H_INCLUDED_
#define _NGX_AI_ZONE_H_INCLUDED_


#include "ngx_ai_router_module.h"

#include "../core/air_alert.h"
#include "../core/air_sticky.h"


#define NGX_AI_ZONE_NAME      255
#define NGX_AI_ZONE_VENDOR    63
#define NGX_AI_ZONE_MODEL     191
#define NGX_AI_ZONE_WORKFLOW  63
#define NGX_AI_ZONE_WORKERS   256


/* requests of one worker process; a cache line each */
typedef struct {
    uint64_t              pid;
    uint64_t              active;
    uint64_t              unused[6];
} ngx_ai_worker_t;


#define NGX_AI_ZONE_SOFT      1024
#define NGX_AI_ZONE_LEARNS    64
#define NGX_AI_ZONE_JOBS      64

#define NGX_AI_JOB_SAID       200

/* when a job is due and who runs it, ngx_ai_job.c */
typedef struct {
    uint64_t              id;             /* of its name, 0: none           */
    uint64_t              due;            /* ms UTC                         */
    uint64_t              owner;          /* pid, 0 nobody                  */
    uint64_t              good;           /* ms UTC of its last success     */
    uint64_t              failures;       /* in a row                       */
    uint64_t              runs;
    uint64_t              began;          /* ms UTC, of owner's run         */
    uint64_t              kept;           /* by the newest configuration    */
    char                  said[NGX_AI_JOB_SAID];  /* how its last run went;
                                             torn while it is written       */
} ngx_ai_zone_job_t;

/* what the traffic of a "learn" looks like, ngx_ai_learn.c */
typedef struct {
    uint64_t              id;             /* of workflow, pair and classes  */
    uint64_t              sum;            /* of the weights it is measured
                                             by                             */
    uint64_t              n;              /* requests seen, as is all below */
    uint64_t              need[AIR_LEARN_BINS];
    uint64_t              novel[AIR_LEARN_BINS];
    uint64_t              cheap;          /* decisions, ever                */
    uint64_t              strong;
    uint64_t              kept;           /* by the newest configuration    */
} ngx_ai_zone_learn_t;


typedef struct {
    uint32_t              magic;
    uint32_t              version;
    uint32_t              health_size;    /* of an entry                    */
    uint32_t              live_size;
    uint32_t              row_size;
    uint32_t              health_max;     /* entries there is room for      */
    uint32_t              row_max;
    uint32_t              caller_max;     /* what is kept free for          */
    uint32_t              sticky_max;     /* a multiple of AIR_STICKY_WAYS  */
    uint32_t              health_n;       /* entries made                   */
    uint32_t              row_n;
    u_char                instance[32];   /* hex                            */
    u_char                secret[AIR_STICKY_SECRET];
    uint64_t              start;          /* s UTC                          */
    uint64_t              rows_lost;
    uint64_t              records;
    uint64_t              record_errors;
    uint64_t              orphans;
    uint64_t              asides;         /* calls of our own that were sent */
    uint64_t              asides_refused; /* that there was no room for     */
    ngx_ai_worker_t       worker[NGX_AI_ZONE_WORKERS];
    ngx_ai_zone_learn_t   learn[NGX_AI_ZONE_LEARNS];
    ngx_ai_zone_job_t     job[NGX_AI_ZONE_JOBS];
    uint64_t              soft[NGX_AI_ZONE_SOFT];     /* hashes of windows
                                             whose soft mark was told of    */
    air_alerts_t          alerts;
} ngx_ai_shared_t;


struct ngx_ai_health_s {
    air_health_t          h;
    uint64_t              turn;           /* of a vendor's keys             */
    uint64_t              probe_at;       /* ms UTC of its next probe       */
    uint64_t              probe_purse;    /* core/air_purse.h               */
    uint64_t              probe_good;     /* ms UTC: it is known to work    */
    uint32_t              kept;           /* by the newest configuration    */
    u_char                len;
    u_char                name[NGX_AI_ZONE_NAME];
};


/* beside each health entry, at the same place */
typedef struct {
    air_live_store_t      figures;
    uint64_t              failed;         /* ms UTC of the last failure     */
    uint64_t              running;        /* attempts                       */
    uint16_t              of[NGX_AI_ZONE_WORKERS];    /* the same by worker:
                                             what is given back for one that
                                             died                           */
} ngx_ai_live_t;


struct ngx_ai_stat_s {
    uint64_t              c[AIR_NSTAT];
    uint64_t              ticket;         /* the next one                   */
    air_tally_t           retries;        /* of a workflow: requests, and
                                             what they tried again          */
    air_tally_t           escalated;      /* of a workflow: requests, and
                                             those that escalated           */
    uint64_t              hedge_hour;     /* of a workflow's own row: when  */
    uint64_t              hedge_spend;    /* these were halved, and what it
                                             spent, pUSD                    */
    uint64_t              hedge_extra;    /* what losers cost               */
    uint64_t              shadow_purse;   /* of a workflow's own row: what its
                                             shadows cost or may cost today,
                                             core/air_purse.h               */
    uint32_t              kept;
    u_char                vendor_len;
    u_char                model_len;
    u_char                workflow_len;
    u_char                vendor[NGX_AI_ZONE_VENDOR];
    u_char                model[NGX_AI_ZONE_MODEL];
    u_char                workflow[NGX_AI_ZONE_WORKFLOW];
};


/* what one configuration knows of the zone */
struct ngx_ai_zone_s {
    ngx_ai_main_conf_t   *amcf;
    ngx_cycle_t          *cycle;
    ngx_ai_shared_t      *sh;
    ngx_ai_health_t      *health;
    ngx_ai_live_t        *live;
    ngx_ai_stat_t        *row;
    air_sticky_slot_t    *sticky;
    ngx_ai_worker_t      *worker;         /* ours, NULL: all places taken   */
    uint32_t             *health_index;   /* of amcf->health_names          */
    air_live_seed_t      *seed;           /* of the same                    */
    uint32_t             *row_index;
    ngx_uint_t            nhealth;
    ngx_uint_t            nrow;
};


/* Relaxed atomics of 64 bits, on 32-bit machines too: the word's value. */
static ngx_inline uint64_t
ngx_ai_get(uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}


/* Stores n. */
static ngx_inline void
ngx_ai_set(uint64_t *word, uint64_t n)
{
    __atomic_store_n(word, n, __ATOMIC_RELAXED);
}


/* Adds n and gives the old value. */
static ngx_inline uint64_t
ngx_ai_add(uint64_t *word, uint64_t n)
{
    return __atomic_fetch_add(word, n, __ATOMIC_RELAXED);
}


/* Stores set when the word is old; 1 when it did. */
static ngx_inline ngx_uint_t
ngx_ai_swap(uint64_t *word, uint64_t old, uint64_t set)
{
    return __atomic_compare_exchange_n(word, &old, set, 0, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}


/* Lowers a level that may not pass below 0. */
static ngx_inline void
ngx_ai_lower(uint64_t *word)
{
    uint64_t  n;

    do {
        n = ngx_ai_get(word);

    } while (n != 0 && !ngx_ai_swap(word, n, n - 1));
}


/* Master: finds or makes the places of all "learn", in ngx_ai_learn.c. */
void ngx_ai_learn_zone(ngx_ai_shared_t *sh, ngx_ai_main_conf_t *amcf);

/* Master: the same for jobs, in ngx_ai_job.c. */
void ngx_ai_job_zone(ngx_ai_shared_t *sh, ngx_ai_main_conf_t *amcf);

/* Master: the same of all hooks, in ngx_ai_hook.c. */
void ngx_ai_hook_zone(ngx_ai_shared_t *sh, ngx_ai_main_conf_t *amcf);

/* What the price table says of targets that were not measured yet. */
void ngx_ai_zone_seeds(ngx_ai_zone_t *zone, ngx_ai_main_conf_t *amcf);

/* Gives back what the worker in that place left running when it died. */
void ngx_ai_live_reap(ngx_ai_zone_t *zone, ngx_uint_t worker);


/* The health entry i of a configuration. */
static ngx_inline air_health_t *
ngx_ai_health(ngx_ai_zone_t *zone, ngx_uint_t i)
{
    return &zone->health[zone->health_index[i]].h;
}


#endif /* _NGX_AI_ZONE_H_INCLUDED_ */
