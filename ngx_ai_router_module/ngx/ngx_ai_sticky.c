
/*
 * Stickiness: a conversation stays with the target that has its prompt in its
 * cache, as long as that is cheaper.
 */

#include "ngx_ai_zone.h"

#include "../core/air_sticky.h"


uint64_t
ngx_ai_target_rate(ngx_ai_target_t *target, air_class_e class,
    air_tier_e tier, uint64_t prompt)
{
    int64_t             now;
    uint32_t            num, den;
    air_str_t           nowhere = air_null_str;
    const air_price_t  *price;

    now = ngx_ai_now();
    price = target->info ? air_model_price(target->info, now) : NULL;

    if (price == NULL || price->zero) {
        return AIR_UNKNOWN;
    }

    num = 1;
    den = 1;

    if (target->vendor->price_region.len) {
        air_model_multiplier(target->info,
                             ngx_ai_air(target->vendor->price_region),
                             nowhere, &num, &den);
    }

    return air_price_token(price, class, tier, prompt, now, num, den);
}


ngx_uint_t
ngx_ai_target_caches(ngx_ai_target_t *target, ngx_uint_t implicit)
{
    uint64_t            in, cached;
    const air_price_t  *price;

    if (implicit && !air_sticky_implicit(target->vendor->codec->name)) {
        return 0;
    }

    price = target->info ? air_model_price(target->info, ngx_ai_now()) : NULL;

    if (price == NULL) {
        return 0;
    }

    in = price->rate[AIR_TIER_STANDARD][AIR_IN];
    cached = price->rate[AIR_TIER_STANDARD][AIR_IN_CACHE_READ];

    return in != AIR_UNKNOWN && cached != AIR_UNKNOWN && cached < in;
}
