
/*
 * How vendors and targets are: the breakers of core/air_health.c, in the
 * shared zone.
 */

#include "ngx_ai_zone.h"


/* the entry i of a configuration */
static ngx_inline air_health_t *
ngx_ai_health(ngx_ai_zone_t *zone, ngx_uint_t i)
{
    return &zone->health[zone->health_index[i]].h;
}


air_state_e
ngx_ai_health_state(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    uint64_t *reopen)
{
    return air_health_state(ngx_ai_health(zone, i), now, reopen);
}


uint64_t
ngx_ai_health_claim(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now)
{
    return air_health_claim(ngx_ai_health(zone, i), now);
}


void
ngx_ai_health_release(ngx_ai_zone_t *zone, ngx_uint_t i, uint64_t claim)
{
    air_health_release(ngx_ai_health(zone, i), claim);
}


void
ngx_ai_health_cool(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    uint64_t ms, air_fault_e fault)
{
    air_health_cool(ngx_ai_health(zone, i), &air_health_rule, now, ms, fault);
}


void
ngx_ai_health_fail(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    int64_t began, air_fault_e fault, uint64_t who)
{
    air_health_fail(ngx_ai_health(zone, i), &air_health_rule, now, began,
                    fault, who);
}


void
ngx_ai_health_good(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    int64_t began)
{
    air_health_good(ngx_ai_health(zone, i), &air_health_rule, now, began);
}


void
ngx_ai_health_info(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    ngx_ai_health_info_t *info)
{
    air_health_t  *h;

    h = ngx_ai_health(zone, i);

    info->state = air_health_state(h, now, &info->reopen);
    info->fails = ngx_ai_get(&h->fails);
    info->good = ngx_ai_get(&h->good);
    info->failed = ngx_ai_get(&h->failed);
    info->rests = ngx_ai_get(&h->rests);
    info->fault = ngx_ai_get(&h->fault);
    info->failed_at = ngx_ai_get(&h->failed_at);
}
