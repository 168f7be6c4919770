
/*
 * Counters in the shared zone: what a settled attempt and an ended request
 * add, and the copy of all of them that the status shows.
 */

#include "ngx_ai_alert.h"

#include <signal.h>


static void ngx_ai_zone_states(ngx_ai_zone_t *zone, uint64_t *c,
    ngx_uint_t nrow);
static ngx_ai_stat_t *ngx_ai_stat_row(ngx_ai_ctx_t *ctx,
    ngx_ai_attempt_t *att);
static void ngx_ai_stat_usage(ngx_ai_stat_t *row, ngx_ai_attempt_t *att);


void
ngx_ai_zone_worker(ngx_ai_zone_t *zone)
{
    ngx_uint_t        i;
    ngx_ai_worker_t  *w;

    ngx_ai_zone_reap(zone);

    for (i = 0; i < NGX_AI_ZONE_WORKERS; i++) {
        w = &zone->sh->worker[i];

        /* a dead one's whose number has come round to us, or an empty one */

        if (ngx_ai_get(&w->pid) == (uint64_t) ngx_pid
            || ngx_ai_swap(&w->pid, 0, ngx_pid))
        {
            ngx_ai_set(&w->active, 0);
            ngx_ai_live_reap(zone, i);
            zone->worker = w;
            return;
        }
    }
}


void
ngx_ai_zone_reap(ngx_ai_zone_t *zone)
{
    uint64_t          pid;
    ngx_uint_t        i;
    ngx_ai_worker_t  *w;

    for (i = 0; i < NGX_AI_ZONE_WORKERS; i++) {
        w = &zone->sh->worker[i];
        pid = ngx_ai_get(&w->pid);

        if (pid == 0 || pid == (uint64_t) ngx_pid
            || kill((pid_t) pid, 0) == 0 || ngx_errno != ESRCH)
        {
            continue;
        }

        /* ours while we clear up: who dies meanwhile is found here again */

        if (ngx_ai_swap(&w->pid, pid, ngx_pid)) {
            ngx_ai_set(&w->active, 0);
            ngx_ai_live_reap(zone, i);
            ngx_ai_set(&w->pid, 0);
        }
    }
}


/* The row of an attempt, or of a request that no vendor was asked for. */
static ngx_ai_stat_t *
ngx_ai_stat_row(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    ngx_uint_t      i;
    ngx_ai_zone_t  *zone;

    zone = ctx->amcf->zone;
    i = 0;

    if (att != NULL) {
        i = att->choice->stat;

    } else if (ctx->workflow != NULL) {
        i = ctx->workflow->stat;
    }

    return &zone->row[zone->row_index[i]];
}


void
ngx_ai_stat_begin(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    ngx_ai_zone_t  *zone;

    zone = ctx->amcf->zone;

    if (att != NULL) {

        if (!att->active) {
            att->active = 1;
            ngx_ai_add(&ngx_ai_stat_row(ctx, att)->c[AIR_STAT_INFLIGHT], 1);
            ngx_ai_live_begin(zone, att->target->health);
        }

        return;
    }

    if (!ctx->active && zone->worker != NULL) {
        ctx->active = 1;
        ngx_ai_add(&zone->worker->active, 1);
    }
}


void
ngx_ai_stat_hedge(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    ngx_uint_t counter)
{
    ngx_ai_add(&ngx_ai_stat_row(ctx, att)->c[counter], 1);
}


ngx_ai_stat_t *
ngx_ai_stat_helper(ngx_ai_zone_t *zone, ngx_ai_workflow_t *wf,
    ngx_ai_target_t *target)
{
    ngx_uint_t        i, stat;
    ngx_ai_helper_t  *helper;

    stat = wf->stat;

    for (i = 0; wf->helpers != NULL && i < wf->helpers->nelts; i++) {
        helper = wf->helpers->elts;

        if (helper[i].target == target) {
            stat = helper[i].stat;
            break;
        }
    }

    return &zone->row[zone->row_index[stat]];
}


void
ngx_ai_stat_aid(ngx_ai_stat_t *row, uint32_t flags, ngx_uint_t task,
    uint64_t cost)
{
    uint64_t   *c;
    air_aid_e   aid;

    aid = flags & AIR_REC_SHADOW ? AIR_AID_SHADOW
          : flags & AIR_REC_JUDGE ? AIR_AID_JUDGE : AIR_AID_SECOND;

    c = row->c;

    ngx_ai_add(&c[AIR_STAT_AID + 2 * aid], 1);

    if (cost == AIR_UNKNOWN) {
        return;
    }

    ngx_ai_add(&c[AIR_STAT_AID + 2 * aid + 1], cost);

    if (task != 0) {
        ngx_ai_add(&c[AIR_STAT_TASK + (task - 1) * AIR_NTASK_STAT
                      + AIR_TASK_STAT_COST], cost);
    }
}


/* the same by class of task, where it is known */
static void
ngx_ai_stat_task(ngx_ai_attempt_t *att, uint64_t *c)
{
    ngx_ai_ctx_t     *ctx;
    air_task_stat_e   verdict;

    ctx = att->ctx;

    if (!ctx->class_known || ctx->class >= AIR_NTASK) {
        return;
    }

    c += AIR_STAT_TASK + ctx->class * AIR_NTASK_STAT;

    verdict = att->verdict.verdict == AIR_VERDICT_PASSED
              ? AIR_TASK_STAT_PASSED
              : att->verdict.verdict == AIR_VERDICT_FAILED
              ? AIR_TASK_STAT_FAILED : AIR_TASK_STAT_UNSURE;

    ngx_ai_add(&c[verdict], 1);

    if (att->escalated) {
        ngx_ai_add(&c[AIR_TASK_STAT_ESCALATED], 1);
    }

    if (att->fault == AIR_FAULT_FLOOR && !att->best
        && att->cost != AIR_UNKNOWN)
    {
        ngx_ai_add(&c[AIR_TASK_STAT_COST], att->cost);
    }
}


void
ngx_ai_stat_floor(ngx_ai_attempt_t *att)
{
    uint64_t  *c;

    c = ngx_ai_stat_row(att->ctx, att)->c;
    ngx_ai_stat_task(att, c);

    switch (att->verdict.verdict) {

    case AIR_VERDICT_PASSED:
        ngx_ai_add(&c[AIR_STAT_FLOOR_PASSED], 1);
        break;

    case AIR_VERDICT_FAILED:
        ngx_ai_add(&c[AIR_STAT_FLOOR_FAILED], 1);
        break;

    default:
        ngx_ai_add(&c[AIR_STAT_FLOOR_UNSURE], 1);
        break;
    }

    if (att->escalated) {
        ngx_ai_add(&c[AIR_STAT_ESCALATIONS], 1);
    }

    if (att->fault == AIR_FAULT_FLOOR && !att->best
        && att->cost != AIR_UNKNOWN)
    {
        ngx_ai_add(&c[AIR_STAT_FLOOR_COST], att->cost);
    }
}


void
ngx_ai_stat_left_out(ngx_ai_ctx_t *ctx, ngx_uint_t choice)
{
    ngx_ai_zone_t    *zone;
    ngx_ai_choice_t  *ch;

    zone = ctx->amcf->zone;
    ch = ctx->workflow->choices.elts;

    ngx_ai_add(&zone->row[zone->row_index[ch[choice].stat]]
                   .c[AIR_STAT_LEFT_OUT], 1);
}


void
ngx_ai_stat_retry_refused(ngx_ai_ctx_t *ctx)
{
    ngx_ai_add(&ngx_ai_stat_row(ctx, NULL)->c[AIR_STAT_RETRIES_REFUSED], 1);
}


void
ngx_ai_stat_budget(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    ngx_uint_t counter)
{
    ngx_ai_add(&ngx_ai_stat_row(ctx, att)->c[counter], 1);
}


void
ngx_ai_stat_attempt(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    uint64_t       *c, n;
    ngx_ai_stat_t  *row;

    row = ngx_ai_stat_row(ctx, att);
    c = row->c;

    if (att->active) {
        att->active = 0;
        ngx_ai_lower(&c[AIR_STAT_INFLIGHT]);
        ngx_ai_live_end(ctx->amcf->zone, att->target->health);
    }

    if (att->hit) {
        ngx_ai_add(&c[AIR_STAT_CACHE_HITS], 1);

        if (att->computed != AIR_UNKNOWN) {
            n = ngx_ai_add(&c[AIR_STAT_SAVED_LO], att->computed);
            ngx_ai_add(&c[AIR_STAT_SAVED_HI],
                       air_stats_carry(n, att->computed));
        }

        return;
    }

    ngx_ai_add(&c[AIR_STAT_ATTEMPTS], 1);

    n = (uint64_t) 1 << ctx->op;

    if (ctx->op != AIR_OP_COUNT_TOKENS
        && !(ngx_ai_get(&c[AIR_STAT_OPS]) & n))
    {
        __atomic_fetch_or(&c[AIR_STAT_OPS], n, __ATOMIC_RELAXED);
    }

    ngx_ai_add(&c[AIR_STAT_BYTES_SENT], ctx->body.len);
    ngx_ai_add(&c[AIR_STAT_BYTES_RECEIVED], att->bytes);

    if (att->fault != AIR_FAULT_NONE && att->fault < AIR_NFAULT) {
        ngx_ai_add(&c[AIR_STAT_FAULT + att->fault], 1);

        if (att->fault != AIR_FAULT_CLIENT_ABORT
            && att->fault != AIR_FAULT_HEDGED)
        {
            ngx_ai_add(&c[AIR_STAT_FAILED], 1);
        }
    }

    if (att->rest_ms != 0) {
        ngx_ai_add(&c[AIR_STAT_COOLDOWNS], 1);
    }

    if (att->probe) {
        ngx_ai_add(&c[AIR_STAT_PROBES], 1);
    }

    if ((att->lost != NULL && att->lost->n)
        || (att->stream != NULL && att->stream->lost.n))
    {
        ngx_ai_add(&c[AIR_STAT_LOSSES], 1);
    }

    if (ctx->gone && att->complete) {
        ngx_ai_add(&c[AIR_STAT_DRAINED], 1);
    }

    ngx_ai_stat_usage(row, att);
}


static void
ngx_ai_stat_usage(ngx_ai_stat_t *row, ngx_ai_attempt_t *att)
{
    uint64_t     *c, n, ms, us;
    ngx_uint_t    i;
    air_usage_t  *u;

    c = row->c;
    u = &att->note.usage;

    if (att->certainty == AIR_CERTAIN_ESTIMATED) {
        ngx_ai_add(&c[AIR_STAT_ESTIMATED], 1);
    }

    if (u->clamped) {
        ngx_ai_add(&c[AIR_STAT_SUSPECT], 1);
    }

    if (att->cost == AIR_UNKNOWN) {
        ngx_ai_add(&c[AIR_STAT_UNKNOWN], 1);

    } else if (att->cost != 0) {
        n = ngx_ai_add(&c[AIR_STAT_COST_LO], att->cost);
        ngx_ai_add(&c[AIR_STAT_COST_HI], air_stats_carry(n, att->cost));
    }

    if (u->seen || u->estimated) {

        for (i = 0; i < AIR_NCLASS; i++) {
            if (u->n[i] != 0) {
                ngx_ai_add(&c[AIR_STAT_TOKENS + i], u->n[i]);
            }
        }

        ngx_ai_add(&c[AIR_STAT_REASONING], u->reasoning);

        n = air_usage_input(u);
        ngx_ai_add(&c[air_stats_slot(AIR_HIST_INPUT, n)], 1);
        ngx_ai_add(&c[air_stats_hsum(AIR_HIST_INPUT)], n);

        n = air_usage_output(u);
        ngx_ai_add(&c[air_stats_slot(AIR_HIST_OUTPUT, n)], 1);
        ngx_ai_add(&c[air_stats_hsum(AIR_HIST_OUTPUT)], n);
    }

    ms = (att->end != 0 ? att->end : ngx_current_msec) - att->start;
    ngx_ai_add(&c[air_stats_slot(AIR_HIST_DURATION, ms)], 1);
    ngx_ai_add(&c[air_stats_hsum(AIR_HIST_DURATION)], ms);

    if (att->first != 0) {
        ms = att->first - att->start;
        ngx_ai_add(&c[air_stats_slot(AIR_HIST_FIRST_TOKEN, ms)], 1);
        ngx_ai_add(&c[air_stats_hsum(AIR_HIST_FIRST_TOKEN)], ms);

        /* of a whole reply there is one moment alone */

        n = air_usage_output(u);
        ms = (att->end ? att->end : ngx_current_msec) - att->first;

        if (u->seen && n > 1 && ms != 0 && att->complete) {
            us = ms * 1000 / (n - 1);
            ngx_ai_add(&c[air_stats_slot(AIR_HIST_PER_TOKEN, us)], 1);
            ngx_ai_add(&c[air_stats_hsum(AIR_HIST_PER_TOKEN)], us);
        }
    }
}


void
ngx_ai_stat_request(ngx_ai_ctx_t *ctx)
{
    uint64_t          *c, ms;
    ngx_uint_t         i;
    ngx_ai_zone_t     *zone;
    ngx_ai_choice_t   *choice;
    ngx_ai_attempt_t  *att;

    if (ctx->counted) {
        return;
    }

    ctx->counted = 1;
    zone = ctx->amcf->zone;

    ngx_ai_alert_request(ctx);

    if (ctx->active) {
        ctx->active = 0;
        ngx_ai_lower(&zone->worker->active);
    }

    att = ngx_ai_shown(ctx);
    c = ngx_ai_stat_row(ctx, att)->c;

    ngx_ai_add(&c[AIR_STAT_REQUESTS], 1);

    if (att != NULL) {
        ms = ngx_current_msec - ctx->start;
        ngx_ai_add(&c[air_stats_slot(AIR_HIST_REQUEST_TIME, ms)], 1);
        ngx_ai_add(&c[air_stats_hsum(AIR_HIST_REQUEST_TIME)], ms);
    }

    if (ctx->replayed) {
        ngx_ai_add(&c[AIR_STAT_REPLAYED], 1);
    }

    if (ctx->gone) {
        ngx_ai_add(&c[AIR_STAT_ABORTS], 1);
    }

    if (ctx->error_sent || ctx->status >= 400) {
        ngx_ai_add(&c[att == NULL ? AIR_STAT_REFUSED : AIR_STAT_ERRORS], 1);

    } else if (ctx->nattempts > 1 && ctx->committed) {

        for (i = 0; i < ctx->nattempts; i++) {
            if (ctx->attempt[i]->fault != AIR_FAULT_NONE
                && ctx->attempt[i]->fault != AIR_FAULT_HEDGED
                && ctx->attempt[i] != att)
            {
                ngx_ai_add(&c[AIR_STAT_FALLBACKS], 1);
                break;
            }
        }
    }

    if (ctx->request.stream && ctx->committed) {
        ngx_ai_add(&c[AIR_STAT_STREAMS], 1);
    }

    if (ctx->workflow == NULL || ctx->order == NULL) {
        return;
    }

    choice = ctx->workflow->choices.elts;

    for (i = ctx->next; i < ctx->norder; i++) {
        if (ctx->order[i].why == AIR_WHY_COOLING) {
            c = zone->row[zone->row_index[choice[ctx->order[i].id].stat]].c;
            ngx_ai_add(&c[AIR_STAT_SKIPPED], 1);
        }
    }
}


void
ngx_ai_stat_ledger(ngx_ai_main_conf_t *amcf, int rc)
{
    ngx_ai_shared_t  *sh;

    sh = amcf->zone->sh;

    ngx_ai_add(rc == AIR_OK ? &sh->records : &sh->record_errors, 1);
}


void
ngx_ai_stat_orphans(ngx_ai_main_conf_t *amcf, ngx_uint_t n)
{
    ngx_ai_add(&amcf->zone->sh->orphans, n);
    ngx_ai_add(&amcf->zone->sh->records, n);
}


ngx_int_t
ngx_ai_zone_stats(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    air_stats_t *stats)
{
    uint64_t         *c, active;
    ngx_uint_t        i, j, n;
    ngx_ai_stat_t    *row;
    ngx_ai_zone_t    *zone;
    ngx_ai_shared_t  *sh;
    air_stats_row_t  *out;

    ngx_memzero(stats, sizeof(air_stats_t));

    zone = amcf->zone;

    if (zone == NULL) {
        /* nothing here routes */
        return NGX_OK;
    }

    sh = zone->sh;
    n = sh->row_n;

    out = ngx_palloc(pool, n * sizeof(air_stats_row_t));
    if (out == NULL) {
        return NGX_ERROR;
    }

    c = ngx_palloc(pool, n * AIR_NSTAT * sizeof(uint64_t));
    if (c == NULL) {
        return NGX_ERROR;
    }

    ngx_ai_zone_reap(zone);

    active = 0;

    for (i = 0; i < NGX_AI_ZONE_WORKERS; i++) {
        if (ngx_ai_get(&sh->worker[i].pid) != 0) {
            active += ngx_ai_get(&sh->worker[i].active);
        }
    }

    for (i = 0; i < n; i++) {
        row = &zone->row[i];

        out[i].vendor = air_str_n(row->vendor, row->vendor_len);
        out[i].model = air_str_n(row->model, row->model_len);
        out[i].workflow = air_str_n(row->workflow, row->workflow_len);
        out[i].c = &c[i * AIR_NSTAT];

        for (j = 0; j < AIR_NSTAT; j++) {
            c[i * AIR_NSTAT + j] = ngx_ai_get(&row->c[j]);
        }

        /* what a worker left when it died is no longer running */

        if (c[i * AIR_NSTAT + AIR_STAT_INFLIGHT] > active) {
            c[i * AIR_NSTAT + AIR_STAT_INFLIGHT] = active;
        }
    }

    ngx_ai_zone_states(zone, c, n);

    stats->row = out;
    stats->nrow = n;

    stats->global[AIR_STATS_START] = sh->start;
    stats->global[AIR_STATS_ACTIVE] = active;
    stats->global[AIR_STATS_ZONE_SIZE] = amcf->zone_size;
    stats->global[AIR_STATS_ZONE_ROWS_LOST] = ngx_ai_get(&sh->rows_lost);
    stats->global[AIR_STATS_LEDGER_RECORDS] = ngx_ai_get(&sh->records);
    stats->global[AIR_STATS_LEDGER_ERRORS] = ngx_ai_get(&sh->record_errors);
    stats->global[AIR_STATS_LEDGER_ORPHANS] = ngx_ai_get(&sh->orphans);
    stats->global[AIR_STATS_ASIDES] = ngx_ai_get(&sh->asides);
    stats->global[AIR_STATS_ASIDES_REFUSED] = ngx_ai_get(&sh->asides_refused);

    return NGX_OK;
}


/* Puts the state of its target into each row of this configuration. */
static void
ngx_ai_zone_states(ngx_ai_zone_t *zone, uint64_t *c, ngx_uint_t nrow)
{
    int64_t               now;
    uint64_t              reopen;
    ngx_uint_t            i, j, row;
    ngx_time_t           *tp;
    ngx_ai_choice_t      *choice;
    ngx_ai_workflow_t   **wf;

    tp = ngx_timeofday();
    now = (int64_t) tp->sec * 1000 + tp->msec;

    wf = zone->amcf->workflows.elts;

    for (i = 0; i < zone->amcf->workflows.nelts; i++) {
        choice = wf[i]->choices.elts;

        for (j = 0; j < wf[i]->choices.nelts; j++) {
            row = zone->row_index[choice[j].stat];

            if (row >= nrow) {
                continue;
            }

            c[row * AIR_NSTAT + AIR_STAT_STATE] =
                ngx_ai_health_target(zone, choice[j].target, now, &reopen);
        }
    }
}
