
/*
 * How vendors and targets are, in the shared zone:
 *
 *   UP       --NGX_AI_FAILS in a row within 30 s, or told to--> COOLING
 *   COOLING  --time--> PROBE (half-open: one request tries)
 *   PROBE    --good--> UP, --failure--> COOLING, twice as long
 *
 * Where several workers see the same, one compare-and-swap of "until" decides.
 */

#include "ngx_ai_zone.h"


#define NGX_AI_FAIL_WINDOW    30000   /* ms that failures in a row may span */
#define NGX_AI_REST_MIN       1000
#define NGX_AI_REST_MAX       60000
#define NGX_AI_PROBE_LAPSE    60000
#define NGX_AI_REST_LIMIT     86400000ULL


air_state_e
ngx_ai_health_state(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    uint64_t *reopen)
{
    uint64_t          until, probe;
    ngx_ai_health_t  *h;

    h = &zone->health[zone->health_index[i]];

    until = ngx_ai_get(&h->until);
    *reopen = until;

    if (until == 0) {
        return AIR_STATE_UP;
    }

    if ((uint64_t) now < until) {
        return AIR_STATE_COOLING;
    }

    probe = ngx_ai_get(&h->probe);

    if (probe > (uint64_t) now) {
        /* somebody is trying: that will not take long */
        *reopen = ngx_min(probe, (uint64_t) now + NGX_AI_REST_MIN);
        return AIR_STATE_COOLING;
    }

    return AIR_STATE_PROBE;
}


ngx_uint_t
ngx_ai_health_probe(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now)
{
    uint64_t          until, probe;
    ngx_ai_health_t  *h;

    h = &zone->health[zone->health_index[i]];

    until = ngx_ai_get(&h->until);

    if (until == 0) {
        /* back since the caller looked: nothing to decide */
        return 1;
    }

    probe = ngx_ai_get(&h->probe);

    if ((uint64_t) now < until || probe > (uint64_t) now) {
        return 0;
    }

    return ngx_ai_swap(&h->probe, probe, now + NGX_AI_PROBE_LAPSE);
}


/* The next length of rest after one that did not help. */
static uint64_t
ngx_ai_health_longer(ngx_ai_health_t *h)
{
    uint64_t  rest;

    rest = ngx_ai_get(&h->rest) * 2;

    return ngx_max(NGX_AI_REST_MIN, ngx_min(rest, NGX_AI_REST_MAX));
}


void
ngx_ai_health_cool(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    uint64_t ms, air_fault_e fault)
{
    uint64_t          until, rest, end;
    ngx_ai_health_t  *h;

    h = &zone->health[zone->health_index[i]];

    ngx_ai_add(&h->failed, 1);
    ngx_ai_set(&h->fault, fault);

    ms = ngx_min(ms, NGX_AI_REST_LIMIT);

    for ( ;; ) {
        until = ngx_ai_get(&h->until);
        rest = NGX_AI_REST_MIN;

        if (until != 0 && until <= (uint64_t) now) {
            rest = ngx_ai_health_longer(h);
            end = now + ngx_max(ms, rest);

        } else {
            end = now + ms;
        }

        if (end <= until) {
            return;
        }

        if (ngx_ai_swap(&h->until, until, end)) {
            break;
        }
    }

    if (until <= (uint64_t) now) {
        ngx_ai_set(&h->rest, rest);
        ngx_ai_add(&h->rests, 1);
    }

    ngx_ai_set(&h->said, end);
    ngx_ai_set(&h->fails, 0);
    ngx_ai_set(&h->probe, 0);
}


void
ngx_ai_health_fail(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    air_fault_e fault)
{
    uint64_t          until, rest, fails;
    ngx_ai_health_t  *h;

    h = &zone->health[zone->health_index[i]];

    ngx_ai_add(&h->failed, 1);
    ngx_ai_set(&h->fault, fault);

    until = ngx_ai_get(&h->until);

    if (until > (uint64_t) now) {
        /* tried as a last resort: it rests already */
        return;
    }

    if (until != 0) {
        rest = ngx_ai_health_longer(h);

    } else {
        rest = NGX_AI_REST_MIN;

        if ((uint64_t) now - ngx_ai_get(&h->since) > NGX_AI_FAIL_WINDOW
            || ngx_ai_get(&h->fails) == 0)
        {
            ngx_ai_set(&h->since, now);
            ngx_ai_set(&h->fails, 1);
            fails = 1;

        } else {
            fails = ngx_ai_add(&h->fails, 1) + 1;
        }

        if (fails < NGX_AI_FAILS) {
            return;
        }
    }

    /* of several that fail together one decides */

    if (ngx_ai_swap(&h->until, until, now + rest)) {
        ngx_ai_set(&h->rest, rest);
        ngx_ai_set(&h->said, 0);
        ngx_ai_set(&h->fails, 0);
        ngx_ai_set(&h->probe, 0);
        ngx_ai_add(&h->rests, 1);
    }
}


void
ngx_ai_health_good(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now)
{
    uint64_t          until;
    ngx_ai_health_t  *h;

    h = &zone->health[zone->health_index[i]];

    ngx_ai_add(&h->good, 1);

    if (ngx_ai_get(&h->fails) != 0) {
        ngx_ai_set(&h->fails, 0);
    }

    until = ngx_ai_get(&h->until);

    if (until == 0) {
        return;
    }

    /* a reply begun before a rate limit says nothing about its end */

    if (until > (uint64_t) now && ngx_ai_get(&h->said) == until) {
        return;
    }

    if (ngx_ai_swap(&h->until, until, 0)) {
        ngx_ai_set(&h->rest, 0);
        ngx_ai_set(&h->said, 0);
        ngx_ai_set(&h->probe, 0);
    }
}


void
ngx_ai_health_release(ngx_ai_zone_t *zone, ngx_uint_t i)
{
    ngx_ai_set(&zone->health[zone->health_index[i]].probe, 0);
}


void
ngx_ai_health_info(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    ngx_ai_health_info_t *info)
{
    ngx_ai_health_t  *h;

    h = &zone->health[zone->health_index[i]];

    info->state = ngx_ai_health_state(zone, i, now, &info->reopen);
    info->fails = ngx_ai_get(&h->fails);
    info->good = ngx_ai_get(&h->good);
    info->failed = ngx_ai_get(&h->failed);
    info->rests = ngx_ai_get(&h->rests);
    info->fault = ngx_ai_get(&h->fault);
}
