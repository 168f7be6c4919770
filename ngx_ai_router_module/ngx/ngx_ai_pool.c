
/*
 * The keys of a vendor that has several: each rests alone, the others serve
 * meanwhile, and a request whose key was refused goes on with the next one
 * before it turns to another target.
 */

#include "ngx_ai_zone.h"


static uint32_t ngx_ai_pool_tried(ngx_ai_ctx_t *ctx, ngx_ai_target_t *target);


air_state_e
ngx_ai_pool_state(ngx_ai_zone_t *zone, ngx_ai_vendor_t *vendor, int64_t now,
    uint64_t *reopen)
{
    uint64_t        at;
    ngx_uint_t      i;
    air_state_e     state, s;
    ngx_ai_vkey_t  *key;

    key = vendor->keys->elts;
    state = AIR_STATE_COOLING;
    *reopen = 0;

    for (i = 0; i < vendor->keys->nelts; i++) {
        s = ngx_ai_health_state(zone, key[i].health, now, &at);

        if (s == AIR_STATE_UP) {
            *reopen = 0;
            return s;
        }

        state = ngx_min(state, s);
        *reopen = *reopen ? ngx_min(*reopen, at) : at;
    }

    return state;
}


/* the keys that a request had at a target, a bit each */
static uint32_t
ngx_ai_pool_tried(ngx_ai_ctx_t *ctx, ngx_ai_target_t *target)
{
    uint32_t        tried;
    ngx_uint_t      i;
    ngx_ai_vkey_t  *key;

    tried = 0;
    key = target->vendor->keys->elts;

    for (i = 0; i < ctx->nattempts; i++) {

        if (ctx->attempt[i]->target == target) {
            tried |= (uint32_t) 1 << (ctx->attempt[i]->key - key);
        }
    }

    return tried;
}


ngx_uint_t
ngx_ai_pool_take(ngx_ai_attempt_t *att, int64_t now)
{
    uint32_t  tried;

    tried = att->limited;

    if (ngx_ai_pool(att->target->vendor)) {
        tried |= ngx_ai_pool_tried(att->ctx, att->target);
    }

    return ngx_ai_pool_pick(att->ctx->amcf->zone, att->target->vendor, tried,
                            now, &att->key, &att->claims.key);
}


ngx_uint_t
ngx_ai_pool_pick(ngx_ai_zone_t *zone, ngx_ai_vendor_t *vendor,
    uint32_t tried, int64_t now, ngx_ai_vkey_t **picked, uint64_t *claim)
{
    int             k;
    uint8_t         weight[AIR_POOL_KEYS];
    uint32_t        usable;
    uint64_t        turn, at, least;
    ngx_uint_t      i, n;
    ngx_ai_vkey_t  *key;

    key = vendor->keys ? vendor->keys->elts : NULL;
    *picked = key;

    if (!ngx_ai_pool(vendor)) {
        return 1;
    }

    n = vendor->keys->nelts;
    usable = 0;
    least = (uint64_t) -1;

    for (i = 0; i < n; i++) {
        weight[i] = key[i].weight;

        if (tried & ((uint32_t) 1 << i)) {
            continue;
        }

        if (ngx_ai_health_state(zone, key[i].health, now, &at)
            != AIR_STATE_COOLING)
        {
            usable |= (uint32_t) 1 << i;

        } else if (at < least) {
            least = at;
            *picked = &key[i];
        }
    }

    turn = ngx_ai_add(&zone->health[zone->health_index[vendor->health]].turn,
                      1);

    while (usable) {
        k = air_pool_pick(weight, n, usable, turn);

        *picked = &key[k];
        *claim = air_health_claim(ngx_ai_health(zone, key[k].health), now);

        if (*claim) {
            return 1;
        }

        usable &= ~((uint32_t) 1 << k);
    }

    return 0;
}


ngx_ai_attempt_t *
ngx_ai_pool_again(ngx_ai_ctx_t *ctx, int64_t now)
{
    uint32_t           tried;
    uint64_t           at;
    ngx_uint_t         i, k;
    ngx_ai_vkey_t     *key;
    ngx_ai_vendor_t   *vendor;
    ngx_ai_attempt_t  *att;

    /* the last attempt that is left belongs to another target */

    if (ctx->nattempts + (ctx->next < ctx->norder) >= ctx->workflow->attempts)
    {
        return NULL;
    }

    for (i = ctx->nattempts; i > 0; i--) {
        att = ctx->attempt[i - 1];
        vendor = att->target->vendor;

        if (!att->done || att->rekeyed || !ngx_ai_pool(vendor)
            || !air_pool_fault(att->fault))
        {
            continue;
        }

        key = vendor->keys->elts;
        tried = ngx_ai_pool_tried(ctx, att->target);

        for (k = 0; k < vendor->keys->nelts; k++) {

            if (!(tried & ((uint32_t) 1 << k))
                && ngx_ai_health_state(ctx->amcf->zone, key[k].health, now,
                                       &at)
                   != AIR_STATE_COOLING)
            {
                return att;
            }
        }
    }

    return NULL;
}
