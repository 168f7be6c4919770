
/*
 * How targets have been doing: figures of core/air_live.c in the shared zone,
 * and how many attempts run at each.  What runs is counted twice, in all and
 * by worker, so that the second tells what a worker took with it.
 */

#include "ngx_ai_zone.h"


static ngx_ai_live_t *
ngx_ai_live_of(ngx_ai_zone_t *zone, ngx_uint_t i)
{
    return &zone->live[zone->health_index[i]];
}


void
ngx_ai_live(ngx_ai_zone_t *zone, ngx_uint_t i, air_live_t *live)
{
    ngx_ai_live_t  *l;

    l = ngx_ai_live_of(zone, i);

    air_live_view(&l->figures, ngx_ai_now(), &zone->seed[i], live);

    live->inflight = ngx_ai_get(&l->running);
    live->failed_ms = ngx_ai_get(&l->failed);
}


ngx_msec_t
ngx_ai_live_within(ngx_ai_zone_t *zone, ngx_uint_t i, ngx_uint_t whole,
    air_percentile_e percentile)
{
    return air_live_within(&ngx_ai_live_of(zone, i)->figures, ngx_ai_now(),
                           whole, percentile);
}


int32_t
ngx_ai_live_uptime(ngx_ai_zone_t *zone, ngx_uint_t i, ngx_uint_t minutes)
{
    return air_live_uptime(&ngx_ai_live_of(zone, i)->figures, ngx_ai_now(),
                           minutes);
}


/*
 * By worker first, and then in all: who dies in between makes the sum one
 * too small once it is given back, which mends itself when nothing runs.
 * The other way round it would be too large for ever.
 */
void
ngx_ai_live_begin(ngx_ai_zone_t *zone, ngx_uint_t i)
{
    uint16_t       *of;
    ngx_ai_live_t  *l;

    l = ngx_ai_live_of(zone, i);

    if (zone->worker != NULL) {
        of = &l->of[zone->worker - zone->sh->worker];
        __atomic_store_n(of, *of + 1, __ATOMIC_RELAXED);
    }

    ngx_ai_add(&l->running, 1);
}


void
ngx_ai_live_end(ngx_ai_zone_t *zone, ngx_uint_t i)
{
    uint16_t       *of;
    ngx_ai_live_t  *l;

    l = ngx_ai_live_of(zone, i);

    ngx_ai_lower(&l->running);

    if (zone->worker != NULL) {
        of = &l->of[zone->worker - zone->sh->worker];

        if (*of != 0) {
            __atomic_store_n(of, *of - 1, __ATOMIC_RELAXED);
        }
    }
}


void
ngx_ai_live_reap(ngx_ai_zone_t *zone, ngx_uint_t worker)
{
    uint16_t        n;
    ngx_uint_t      i;
    ngx_ai_live_t  *l;

    for (i = 0; i < zone->sh->health_n; i++) {
        l = &zone->live[i];

        n = __atomic_exchange_n(&l->of[worker], 0, __ATOMIC_RELAXED);

        for ( /* void */ ; n != 0; n--) {
            ngx_ai_lower(&l->running);
        }
    }
}


void
ngx_ai_live_settle(ngx_ai_attempt_t *att)
{
    int64_t            now;
    ngx_uint_t         good;
    ngx_ai_ctx_t      *ctx;
    ngx_ai_live_t     *l;
    ngx_ai_zone_t     *zone;
    air_live_reply_t   reply;

    if (att->hit || att->drill) {
        return;
    }

    ctx = att->ctx;
    zone = ctx->amcf->zone;
    now = ngx_ai_now();

    l = ngx_ai_live_of(zone, att->target->health);

    /* limits and quotas are the caller's account, not the vendor's uptime */

    if (att->fault != AIR_FAULT_NONE
        && air_fault_row(att->fault)->health == AIR_HEALTH_FAIL)
    {
        ngx_ai_set(&l->failed, now);
        air_live_outcome(&l->figures, now, 0);
        return;
    }

    if (ctx->op == AIR_OP_COUNT_TOKENS) {
        return;
    }

    if (att->fault == AIR_FAULT_HEDGED && att->why != AIR_WHY_HEDGE
        && att->first == 0)
    {
        /* it was late, nobody knows by how much: without it what is usual
           would seem shorter and shorter */

        ngx_memzero(&reply, sizeof(air_live_reply_t));

        reply.stream = ctx->request.stream;
        reply.first_ms = att->end - att->start;
        reply.whole_ms = reply.stream ? 0 : reply.first_ms;

        air_live_reply(&l->figures, now, &reply);
        return;
    }

    if (att->first == 0) {
        return;
    }

    /* an answer that is not good enough came as soon as any */

    good = att->fault == AIR_FAULT_NONE || att->fault == AIR_FAULT_FLOOR;

    if (good) {
        air_live_outcome(&l->figures, now, 1);
    }

    /* a caller who left after the first content has still seen it come */

    ngx_memzero(&reply, sizeof(air_live_reply_t));

    reply.stream = att->body == NGX_AI_BODY_STREAM;
    reply.first_ms = att->first - att->start;

    if (good && (att->complete || att->fault == AIR_FAULT_FLOOR)
        && !ctx->gone)
    {
        reply.whole_ms = ngx_max(att->end - att->start, 1);

        if (att->note.usage.seen && !att->suspect) {
            reply.tokens = air_usage_output(&att->note.usage);
        }
    }

    air_live_reply(&l->figures, now, &reply);
    (void) air_live_refresh(&l->figures, now);
}


void
ngx_ai_live_whole(ngx_ai_zone_t *zone, ngx_uint_t i, air_fault_e fault,
    ngx_msec_t ms, uint64_t tokens)
{
    int64_t            now;
    ngx_ai_live_t     *l;
    air_live_reply_t   reply;

    l = ngx_ai_live_of(zone, i);
    now = ngx_ai_now();

    if (fault != AIR_FAULT_NONE) {

        if (air_fault_row(fault)->health == AIR_HEALTH_FAIL) {
            ngx_ai_set(&l->failed, now);
            air_live_outcome(&l->figures, now, 0);
        }

        return;
    }

    air_live_outcome(&l->figures, now, 1);

    ngx_memzero(&reply, sizeof(air_live_reply_t));

    reply.whole_ms = ngx_max(ms, 1);
    reply.tokens = tokens;

    air_live_reply(&l->figures, now, &reply);
    (void) air_live_refresh(&l->figures, now);
}
