
/*
 * Hedging: while the current attempt has had no content for too long, a
 * second one to the next target runs beside it, in the background.  Whoever
 * has content first becomes the current one and is committed, the other is
 * cancelled and booked as "hedged".
 *
 *   timer -> ngx_ai_hedge_start            both in flight
 *            ngx_ai_hedge_win              one commits, the other is stopped
 *            ngx_ai_hedge_left (request.c) the current one failed: the other
 *                                          goes on in its place
 *            ngx_ai_hedge_over (request.c) ctx->hedge ended
 *
 * What losers cost is held below a share of what the workflow spends: both are
 * summed in the zone, and halved with each hour.
 */

#include "ngx_ai_zone.h"


static ngx_msec_t ngx_ai_hedge_wait(ngx_ai_attempt_t *att);
static ngx_uint_t ngx_ai_hedge_pick(ngx_ai_ctx_t *ctx);
static uint64_t ngx_ai_hedge_price(ngx_ai_ctx_t *ctx,
    ngx_ai_target_t *target);
static ngx_uint_t ngx_ai_hedge_afford(ngx_ai_ctx_t *ctx,
    ngx_ai_target_t *target);
static void ngx_ai_hedge_window(ngx_ai_stat_t *row);
static void ngx_ai_hedge_release(ngx_ai_ctx_t *ctx);
static ngx_ai_stat_t *ngx_ai_hedge_row(ngx_ai_ctx_t *ctx);
static void ngx_ai_hedge_lower(uint64_t *word, uint64_t n);


/* ms from the start of an attempt after which it is late, 0 never */
static ngx_msec_t
ngx_ai_hedge_wait(ngx_ai_attempt_t *att)
{
    ngx_msec_t       ms;
    ngx_ai_ctx_t    *ctx;
    ngx_ai_hedge_t  *hedge;

    ctx = att->ctx;
    hedge = ctx->workflow->hedge;

    if (hedge->after) {
        return hedge->after;
    }

    ms = ngx_ai_live_within(ctx->amcf->zone, att->target->health,
                            !ctx->request.stream, hedge->percentile);
    if (ms == 0) {
        return 0;
    }

    if (hedge->max) {
        ms = ngx_min(ms, hedge->max);
    }

    return ngx_max(ms, hedge->min);
}


void
ngx_ai_hedge_arm(ngx_ai_attempt_t *att)
{
    ngx_msec_t     wait;
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;
    ctx->hedge_due = 0;

    if (ctx->hedged || ctx->op == AIR_OP_COUNT_TOKENS
        || (ctx->op == AIR_OP_EMBEDDINGS && !ctx->workflow->hedge->embeddings)
        || !ngx_ai_others_left(ctx))
    {
        return;
    }

    wait = ngx_ai_hedge_wait(att);

    if (wait != 0) {
        ctx->hedge_at = att->start + wait;
        ctx->hedge_due = 1;
    }
}


/* the next of the order that is well, put where the next is taken from; 0:
   there is none */
static ngx_uint_t
ngx_ai_hedge_pick(ngx_ai_ctx_t *ctx)
{
    int64_t           now;
    uint64_t          reopen;
    ngx_uint_t        i;
    air_choice_t      moved;
    ngx_ai_choice_t  *choice;
    ngx_ai_target_t  *target;

    now = ngx_ai_now();
    choice = ctx->workflow->choices.elts;

    for (i = ctx->next; i < ctx->norder; i++) {
        target = choice[ctx->order[i].id].target;

        if (target == ctx->current->target
            || (ctx->min_context && target->can.context <= ctx->min_context)
            || ngx_ai_health_target(ctx->amcf->zone, target, now, &reopen)
               != AIR_STATE_UP)
        {
            continue;
        }

        moved = ctx->order[i];
        ngx_memmove(&ctx->order[ctx->next + 1], &ctx->order[ctx->next],
                    (i - ctx->next) * sizeof(air_choice_t));
        ctx->order[ctx->next] = moved;

        return 1;
    }

    return 0;
}


void
ngx_ai_hedge_start(ngx_ai_ctx_t *ctx)
{
    ngx_int_t          rc;
    air_fault_e        fault;
    ngx_ai_choice_t   *choice;
    ngx_ai_attempt_t  *att;

    att = ctx->current;
    ctx->hedge_due = 0;

    if (att->first != 0 || att->complete || att->fault != AIR_FAULT_NONE
        || ctx->committed || ctx->gone || ctx->refusal.message.len)
    {
        return;
    }

    choice = ctx->workflow->choices.elts;
    fault = ctx->fault;
    ctx->fault = AIR_FAULT_NONE;
    rc = NGX_AGAIN;

    while (rc == NGX_AGAIN && ngx_ai_others_left(ctx)
           && ngx_ai_hedge_pick(ctx))
    {
        if (!ngx_ai_hedge_afford(ctx, choice[ctx->order[ctx->next].id].target)
            || !ngx_ai_retry_take(ctx))
        {
            ngx_ai_hedge_release(ctx);
            ngx_ai_stat_hedge(ctx, att, AIR_STAT_HEDGES_STOPPED);
            break;
        }

        rc = ngx_ai_attempt_beside(ctx);

        if (rc != NGX_OK) {
            ngx_ai_hedge_release(ctx);
        }
    }

    if (rc == NGX_DECLINED && ctx->fault == AIR_FAULT_BUDGET) {
        ngx_ai_stat_hedge(ctx, att, AIR_STAT_HEDGES_STOPPED);
    }

    ctx->fault = fault;
    att = ctx->hedge;

    if (rc != NGX_OK) {

        if (att != NULL) {

            /* it is booked, and was not sent */

            att->fault = AIR_FAULT_INTERNAL;
            att->done = 1;
            ctx->hedge = NULL;
            ngx_ai_attempt_settle(att);
        }

        return;
    }

    ctx->hedged = 1;
    ngx_ai_stat_hedge(ctx, att, AIR_STAT_HEDGES);

    ngx_log_error(NGX_LOG_INFO, ctx->r->connection->log, 0,
                  "ai: rid=%*s why=hedge vendor=%V model=%V: late after %Mms, "
                  "%V is asked too", (size_t) 32, ctx->id_hex,
                  &ctx->current->target->vendor->name,
                  &ctx->current->target->model,
                  ngx_current_msec - ctx->current->start,
                  &att->target->name);
}


void
ngx_ai_hedge_win(ngx_ai_attempt_t *att)
{
    ngx_ai_ctx_t      *ctx;
    ngx_ai_attempt_t  *other;

    ctx = att->ctx;
    ctx->hedge_due = 0;

    if (ctx->hedge == NULL || ctx->committed) {
        return;
    }

    if (att == ctx->hedge) {
        ngx_ai_attempt_lead(att);
    }

    other = ctx->hedge;

    if (!other->done && other->fault == AIR_FAULT_NONE) {
        ngx_ai_attempt_stop(other, AIR_FAULT_HEDGED);
    }
}


/* ---- what losers cost ------------------------------------------------- */

static ngx_ai_stat_t *
ngx_ai_hedge_row(ngx_ai_ctx_t *ctx)
{
    ngx_ai_zone_t  *zone;

    zone = ctx->amcf->zone;

    return &zone->row[zone->row_index[ctx->workflow->stat]];
}


/* a word that may not pass below 0 */
static void
ngx_ai_hedge_lower(uint64_t *word, uint64_t n)
{
    uint64_t  old;

    do {
        old = ngx_ai_get(word);

    } while (old != 0 && !ngx_ai_swap(word, old, old - ngx_min(old, n)));
}


/* what the target bills for the request's prompt, pUSD, or AIR_UNKNOWN */
static uint64_t
ngx_ai_hedge_price(ngx_ai_ctx_t *ctx, ngx_ai_target_t *target)
{
    int64_t       now;
    unsigned      flags;
    air_usage_t   usage;

    if (target->info == NULL) {
        return AIR_UNKNOWN;
    }

    now = ngx_ai_now();
    flags = 0;

    air_usage_init(&usage);
    usage.n[AIR_IN] = ngx_ai_estimate_input(ctx);
    usage.estimated = 1;

    return air_price_cost(air_model_price(target->info, now), &usage, now,
                          &flags);
}


/* each hour that passed halves both sums */
static void
ngx_ai_hedge_window(ngx_ai_stat_t *row)
{
    uint64_t  hour, was, n;

    hour = ngx_ai_now() / 3600000;
    was = ngx_ai_get(&row->hedge_hour);

    if (was >= hour || !ngx_ai_swap(&row->hedge_hour, was, hour)) {
        return;
    }

    n = ngx_min(hour - was, 63);

    was = ngx_ai_get(&row->hedge_spend);
    ngx_ai_hedge_lower(&row->hedge_spend, was - (was >> n));

    was = ngx_ai_get(&row->hedge_extra);
    ngx_ai_hedge_lower(&row->hedge_extra, was - (was >> n));
}


/*
 * 1 when the loser may cost what the prompt costs at the dearer of both: that
 * much is set aside until the loser is booked.  The first loser is free, or
 * there never was one.
 */
static ngx_uint_t
ngx_ai_hedge_afford(ngx_ai_ctx_t *ctx, ngx_ai_target_t *target)
{
    uint64_t         was, cost, one, two;
    ngx_ai_stat_t   *row;
    ngx_ai_hedge_t  *hedge;

    hedge = ctx->workflow->hedge;

    if (hedge->any_cost) {
        return 1;
    }

    one = ngx_ai_hedge_price(ctx, ctx->current->target);
    two = ngx_ai_hedge_price(ctx, target);

    if (one == AIR_UNKNOWN || two == AIR_UNKNOWN) {
        return 0;
    }

    cost = ngx_max(ngx_max(one, two), 1);
    row = ngx_ai_hedge_row(ctx);

    ngx_ai_hedge_window(row);

    do {
        was = ngx_ai_get(&row->hedge_extra);

        if (was != 0
            && was + cost > ngx_ai_get(&row->hedge_spend) / 10000
                            * hedge->share)
        {
            return 0;
        }

    } while (!ngx_ai_swap(&row->hedge_extra, was, was + cost));

    ctx->hedge_held = cost;

    return 1;
}


/* what was set aside */
static void
ngx_ai_hedge_release(ngx_ai_ctx_t *ctx)
{
    if (ctx->hedge_held != 0) {
        ngx_ai_hedge_lower(&ngx_ai_hedge_row(ctx)->hedge_extra,
                           ctx->hedge_held);
        ctx->hedge_held = 0;
    }
}


void
ngx_ai_hedge_book(ngx_ai_attempt_t *att)
{
    uint64_t        cost;
    ngx_ai_ctx_t   *ctx;
    ngx_ai_stat_t  *row;

    ctx = att->ctx;
    row = ngx_ai_hedge_row(ctx);

    /* figures that nobody can explain buy no hedges, and forbid none */

    cost = att->suspect ? ngx_ai_hedge_price(ctx, att->target) : att->cost;

    ngx_ai_hedge_window(row);

    if (att->fault == AIR_FAULT_HEDGED) {

        if (att->why == AIR_WHY_HEDGE) {
            ngx_ai_stat_hedge(ctx, att, AIR_STAT_HEDGES_LOST);
        }

        if (cost != AIR_UNKNOWN) {
            ngx_ai_add(&row->hedge_extra, cost);
        }

    } else if (cost != AIR_UNKNOWN) {
        ngx_ai_add(&row->hedge_spend, cost);
    }

    if (att->why == AIR_WHY_HEDGE && att->fault == AIR_FAULT_NONE) {
        ngx_ai_stat_hedge(ctx, att, AIR_STAT_HEDGES_WON);
    }

    /* either is the end of what could have lost */

    if (ctx->hedged && att->fault != AIR_FAULT_NONE) {
        ngx_ai_hedge_release(ctx);
    }
}
