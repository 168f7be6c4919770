
/*
 * What a request may use, and an attempt of it cost: likely, and at the most.
 */

#include "ngx_ai_zone.h"


#define NGX_AI_BOUND_SAMPLES  20          /* answers that make a mean       */


uint64_t
ngx_ai_output_cap(ngx_ai_ctx_t *ctx)
{
    if (ctx->workflow == NULL || ctx->op == AIR_OP_EMBEDDINGS
        || ctx->op == AIR_OP_COUNT_TOKENS)
    {
        return 0;
    }

    return ctx->workflow->max_output;
}


ngx_int_t
ngx_ai_output_tell(ngx_ai_ctx_t *ctx)
{
    uint64_t     cap;
    const char  *name;

    cap = ngx_ai_output_cap(ctx);

    if (cap == 0 || (ctx->request.max_output
                     && ctx->request.max_output <= cap))
    {
        return NGX_OK;
    }

    name = ctx->op == AIR_OP_RESPONSES ? "max_output_tokens" : "max_tokens";

    return ngx_ai_prefs_tell(ctx, name, ctx->request.max_output
                                        ? AIR_LOST_CHANGED : AIR_LOST_ADDED);
}


/* the answer no longer than its workflow allows */
static const air_bound_t *
ngx_ai_bound_cap(ngx_ai_ctx_t *ctx, air_bound_t *bound)
{
    uint64_t  cap;

    cap = ngx_ai_output_cap(ctx);

    if (cap && (bound->output == 0 || bound->output > cap)) {
        bound->output = cap;
    }

    return bound;
}


const air_bound_t *
ngx_ai_bound(ngx_ai_ctx_t *ctx)
{
    if (!ctx->bounded) {
        air_bound_read(&ctx->bound, &ctx->doc, &ctx->request);
        ctx->bounded = 1;
    }

    return ngx_ai_bound_cap(ctx, &ctx->bound);
}


const air_bound_t *
ngx_ai_bound_rough(ngx_ai_ctx_t *ctx)
{
    if (ctx->bounded) {
        return ngx_ai_bound(ctx);
    }

    if (!ctx->roughed) {
        air_bound_rough(&ctx->rough, &ctx->doc, &ctx->request);
        ctx->roughed = 1;
    }

    return ngx_ai_bound_cap(ctx, &ctx->rough);
}


uint64_t
ngx_ai_estimate_input(ngx_ai_ctx_t *ctx)
{
    return air_bound_input(ngx_ai_bound(ctx), 100);
}


uint64_t
ngx_ai_estimate_text(ngx_ai_ctx_t *ctx)
{
    return ngx_ai_bound(ctx)->text;
}


uint64_t
ngx_ai_expected_output(ngx_ai_ctx_t *ctx, const air_bound_t *bound,
    ngx_ai_choice_t *choice)
{
    uint64_t            n, most, *c;
    unsigned            i, first;
    ngx_ai_zone_t      *zone;

    zone = ctx->amcf->zone;
    c = zone->row[zone->row_index[choice->stat]].c;

    first = air_stats_slot(AIR_HIST_OUTPUT, 0);
    n = 0;

    for (i = 0; i < AIR_HIST_BUCKETS; i++) {
        n += ngx_ai_get(&c[first + i]);
    }

    if (n >= NGX_AI_BOUND_SAMPLES) {
        n = ngx_ai_get(&c[air_stats_hsum(AIR_HIST_OUTPUT)]) / n
            * bound->choices;

    } else {
        n = air_bound_input(bound, 100) / 4 * bound->choices;
    }

    most = air_bound_output(bound, &choice->target->can);

    return ngx_min(n, most);
}


/* as it was found last, or anew */
static ngx_ai_priced_t *
ngx_ai_bound_price(ngx_ai_ctx_t *ctx, const air_bound_t *bound,
    ngx_ai_choice_t *choice, ngx_uint_t expects)
{
    int64_t             now;
    unsigned            flags;
    air_usage_t         u;
    ngx_ai_priced_t    *priced;
    ngx_ai_target_t    *target;
    const air_price_t  *price;

    priced = &ctx->priced;
    target = choice->target;
    now = ngx_ai_now();

    if (priced->choice == choice && priced->bound == bound
        && priced->now == now && (!expects || priced->expects))
    {
        return priced;
    }

    price = target->info != NULL ? air_model_price(target->info, now) : NULL;

    air_usage_init(&u);

    if (target->info != NULL) {
        ngx_ai_multiplier(target->vendor, target->info, &u.mul_num,
                          &u.mul_den);
    }

    priced->choice = choice;
    priced->bound = bound;
    priced->now = now;
    priced->worst = air_bound_cost(bound, price, &target->can, target->ratio,
                                   u.mul_num, u.mul_den, now);
    priced->expected = AIR_UNKNOWN;
    priced->expects = expects != 0;

    if (expects) {
        u.estimated = 1;
        u.tier = bound->tier;
        u.n[AIR_IN] = air_bound_input(bound, target->ratio);

        if (!bound->embeds) {
            u.n[AIR_OUT] = ngx_ai_expected_output(ctx, bound, choice);
        }

        priced->expected = air_price_cost(price, &u, now, &flags);
    }

    return priced;
}


void
ngx_ai_attempt_price(ngx_ai_ctx_t *ctx, const air_bound_t *bound,
    ngx_ai_choice_t *choice, uint64_t *worst, uint64_t *expected)
{
    ngx_ai_priced_t  *priced;

    priced = ngx_ai_bound_price(ctx, bound, choice, expected != NULL);

    if (worst != NULL) {
        *worst = priced->worst;
    }

    if (expected != NULL) {
        *expected = priced->expected;
    }
}
