
/*
 * Counters as a plain array of 64-bit words a row, and the two ways they
 * leave: JSON and Prometheus text.  The words live wherever the caller wants
 * (shared memory, as atomics); here are only their places, the buckets, and
 * the writers.  The list itself is air_stats_x.h.
 */

#ifndef _AIR_STATS_H_INCLUDED_
#define _AIR_STATS_H_INCLUDED_


#include "air_buf.h"
#include "air_fault.h"
#include "air_live.h"
#include "air_price.h"
#include "air_task.h"


#define AIR_HIST_BUCKETS  17      /* the last one is +Inf                    */

typedef enum {
    AIR_HIST_MS = 0,              /* observed in ms, shown in seconds        */
    AIR_HIST_TOKENS,
    AIR_HIST_US,                  /* observed in us, shown in seconds        */
    AIR_NHIST_KIND
} air_hist_kind_e;


typedef enum {
#define AIR_STAT_HIST(id, json, metric, label, kind, help)  AIR_HIST_##id,
#include "air_stats_x.h"
    AIR_NHIST
} air_hist_e;


/* calls beside a request's answers, of the row of who is asked */
typedef enum {
    AIR_AID_JUDGE = 0,
    AIR_AID_SECOND,
    AIR_AID_SHADOW,               /* with its judges                         */
    AIR_NAID
} air_aid_e;


/* of a class of task, where the request's is known */
typedef enum {
    AIR_TASK_STAT_PASSED = 0,
    AIR_TASK_STAT_FAILED,
    AIR_TASK_STAT_UNSURE,
    AIR_TASK_STAT_ESCALATED,
    AIR_TASK_STAT_COST,           /* pUSD besides the answers given          */
    AIR_NTASK_STAT
} air_task_stat_e;


/* the words of a row */
typedef enum {
#define AIR_STAT(id, json, metric, help)  AIR_STAT_##id,
#include "air_stats_x.h"
#define AIR_STAT_LEVEL(id, json, metric, help)  AIR_STAT_##id,
#include "air_stats_x.h"

    AIR_STAT_COST_LO,             /* pUSD, 128 bits: see air_stats_carry()   */
    AIR_STAT_COST_HI,
    AIR_STAT_SAVED_LO,            /* the same, what hits of caches saved     */
    AIR_STAT_SAVED_HI,
    AIR_STAT_REASONING,           /* tokens, inside the output classes       */
    AIR_STAT_OPS,                 /* bits 1 << air_op_e of what it was asked */

    AIR_STAT_TOKENS,              /* + air_class_e                           */
    AIR_STAT_TOKENS_LAST = AIR_STAT_TOKENS + AIR_NCLASS - 1,

    AIR_STAT_FAULT,               /* + air_fault_e                           */
    AIR_STAT_FAULT_LAST = AIR_STAT_FAULT + AIR_NFAULT - 1,

    AIR_STAT_AID,                 /* + 2 * air_aid_e: calls, pUSD            */
    AIR_STAT_AID_LAST = AIR_STAT_AID + 2 * AIR_NAID - 1,

    AIR_STAT_TASK,                /* + air_task_e * AIR_NTASK_STAT
                                     + air_task_stat_e                       */
    AIR_STAT_TASK_LAST = AIR_STAT_TASK + AIR_NTASK * AIR_NTASK_STAT - 1,

    AIR_STAT_HIST,                /* + air_stats_slot(), air_stats_hsum()    */
    AIR_STAT_HIST_LAST = AIR_STAT_HIST + AIR_NHIST * (AIR_HIST_BUCKETS + 1) - 1,

    AIR_NSTAT
} air_stat_e;


typedef enum {
#define AIR_STAT_GLOBAL(id, json, metric, type, help)  AIR_STATS_##id,
#include "air_stats_x.h"
    AIR_NSTATS_GLOBAL
} air_stats_global_e;


/* A snapshot of one row; c has AIR_NSTAT words. */
typedef struct {
    air_str_t        vendor;
    air_str_t        model;
    air_str_t        workflow;
    const uint64_t  *c;
} air_stats_row_t;


/* A budget as it stands. */
typedef struct {
    air_str_t  scope;             /* "total", "workflow" ...                 */
    air_str_t  name;              /* as configured; never an unbounded set   */
    air_str_t  window;            /* "day", "month" ...                      */
    air_sum_t  limit;
    air_sum_t  spent;
    air_sum_t  reserved;
} air_stats_budget_t;


/* A target's live figures; all vendors and models are configured ones. */
typedef struct {
    air_str_t   vendor;
    air_str_t   model;
    air_live_t  live;
    int32_t     uptime[3];        /* millionths, of 5 minutes, 30, a day; -1
                                     unknown                                 */
} air_stats_live_t;


/* What a webhook got; name is its host. */
typedef struct {
    air_str_t  name;
    uint64_t   sent;
    uint64_t   failed;            /* tries                                   */
    uint64_t   dropped;
    uint64_t   pending;
} air_stats_hook_t;


/* All there is to show; no two rows or budgets have the same names. */
typedef struct {
    const air_stats_row_t     *row;
    size_t                     nrow;
    const air_stats_budget_t  *budget;
    size_t                     nbudget;
    const air_stats_live_t    *live;
    size_t                     nlive;
    const air_stats_hook_t    *hook;
    size_t                     nhook;
    uint64_t                   global[AIR_NSTATS_GLOBAL];
} air_stats_t;


/*
 * Rows that metrics have at the most: those behind are one, whose vendor,
 * model and workflow are "other", so that what is scraped has a bound.
 */
#define AIR_STATS_ROWS  400

/*
 * The word of a row to add 1 to when value (ms, us or tokens) is observed, and
 * the word to add value itself to.
 */
unsigned air_stats_slot(air_hist_e hist, uint64_t value);
unsigned air_stats_hsum(air_hist_e hist);

/*
 * After the atomic add of n to AIR_STAT_COST_LO that gave the old value:
 * 1 when AIR_STAT_COST_HI must be raised by 1.
 */
static inline int
air_stats_carry(uint64_t old, uint64_t n)
{
    return old + n < old;
}


/*
 * What q (in thousandths, 500 is the median) of a histogram's observations
 * do not exceed: the upper border of its bucket in ms or tokens, 0 when
 * nothing was observed, UINT64_MAX above the last border.
 */
uint64_t air_stats_quantile(const uint64_t *c, air_hist_e hist, unsigned q);

/* Appends everything as one JSON object; AIR_OK or b's error. */
int air_stats_json(const air_stats_t *s, air_buf_t *b);

/*
 * Appends everything in Prometheus text format 0.0.4, UTF-8.  Families named
 * gen_ai_ carry OpenTelemetry's label names (gen_ai_operation_name,
 * gen_ai_provider_name, gen_ai_request_model, gen_ai_token_type), all others
 * vendor and model; all carry workflow.  A row has none of the former before
 * its first try.  Names and borders: github.com/open-telemetry/
 * semantic-conventions-genai, docs/gen-ai/gen-ai-metrics.md, read 2026-11-22.
 * AIR_OK or b's error.
 */
int air_stats_prometheus(const air_stats_t *s, air_buf_t *b);

/* The part of it that is about webhooks. */
int air_stats_prom_hooks(const air_stats_t *s, air_buf_t *b);

/* The part of it that is about live figures: by vendor and model alone. */
int air_stats_prom_live(const air_stats_t *s, air_buf_t *b);

/* What quality was and cost: the member "quality" of a row, and its families
   of metrics; only what is not 0, by class only where classes are known. */
void air_stats_json_quality(const uint64_t *c, air_buf_t *b);
void air_stats_prom_quality(const air_stats_t *s, air_buf_t *b);

/* metric{vendor="",model="",workflow=""[,name="value"]: what follows is the
   brace and the value. */
void air_stats_sample(air_buf_t *b, const char *metric, const char *suffix,
    const air_stats_row_t *row, const char *name, const char *value);

/* The head of a family of metrics: its help and type. */
void air_stats_family(air_buf_t *b, const char *metric, const char *type,
    const char *help);

/* name="value", escaped. */
void air_stats_label(air_buf_t *b, const char *name, air_str_t value);


#endif /* _AIR_STATS_H_INCLUDED_ */
