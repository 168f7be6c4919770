
/*
 * How vendors and targets are: the breakers of core/air_health.c, in the
 * shared zone.  A try at a target passes up to three: the vendor's, the
 * target's own, and that of the key (ngx_ai_pool.c).
 */

#include "ngx_ai_alert.h"


#define NGX_AI_REST_MIN      1000         /* ms */
#define NGX_AI_REST_AUTH     30000
#define NGX_AI_REST_QUOTA    600000


air_state_e
ngx_ai_health_state(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    uint64_t *reopen)
{
    return air_health_state(ngx_ai_health(zone, i), now, reopen);
}


air_state_e
ngx_ai_health_target(ngx_ai_zone_t *zone, ngx_ai_target_t *target,
    int64_t now, uint64_t *reopen)
{
    uint64_t     at;
    air_state_e  state, s;

    state = ngx_ai_health_state(zone, target->vendor->health, now, reopen);

    s = ngx_ai_health_state(zone, target->health, now, &at);
    state = ngx_max(state, s);
    *reopen = ngx_max(*reopen, at);

    if (ngx_ai_pool(target->vendor)) {
        s = ngx_ai_pool_state(zone, target->vendor, now, &at);
        state = ngx_max(state, s);
        *reopen = ngx_max(*reopen, at);
    }

    return state;
}


ngx_uint_t
ngx_ai_health_take(ngx_ai_attempt_t *att, int64_t now)
{
    air_health_t     *vendor, *target;
    ngx_ai_zone_t    *zone;
    ngx_ai_claims_t  *claims;

    zone = att->ctx->amcf->zone;
    vendor = ngx_ai_health(zone, att->target->vendor->health);
    target = ngx_ai_health(zone, att->target->health);
    claims = &att->claims;

    claims->vendor = air_health_claim(vendor, now);
    claims->target = claims->vendor ? air_health_claim(target, now) : 0;

    if (ngx_ai_pool_take(att, now) && claims->target) {

        /* what is up is claimed by nobody */

        att->probe = claims->vendor > 1 || claims->target > 1
                     || claims->key > 1;
        return 1;
    }

    ngx_ai_health_give(att);

    return 0;
}


void
ngx_ai_health_give(ngx_ai_attempt_t *att)
{
    ngx_ai_health_release(att->ctx->amcf->zone, att->target, att->key,
                          &att->claims);
}


ngx_uint_t
ngx_ai_health_claim(ngx_ai_zone_t *zone, ngx_ai_target_t *target, int64_t now,
    ngx_ai_vkey_t **key, ngx_ai_claims_t *claims)
{
    air_health_t  *vendor, *model;

    vendor = ngx_ai_health(zone, target->vendor->health);
    model = ngx_ai_health(zone, target->health);

    claims->vendor = air_health_claim(vendor, now);
    claims->target = claims->vendor ? air_health_claim(model, now) : 0;

    if (claims->target
        && ngx_ai_pool_pick(zone, target->vendor, 0, now, key, &claims->key))
    {
        return 1;
    }

    ngx_ai_health_release(zone, target, *key, claims);

    return 0;
}


void
ngx_ai_health_release(ngx_ai_zone_t *zone, ngx_ai_target_t *target,
    ngx_ai_vkey_t *key, ngx_ai_claims_t *claims)
{
    air_health_release(ngx_ai_health(zone, target->vendor->health),
                       claims->vendor);
    air_health_release(ngx_ai_health(zone, target->health), claims->target);

    if (claims->key) {
        air_health_release(ngx_ai_health(zone, key->health), claims->key);
    }

    ngx_memzero(claims, sizeof(ngx_ai_claims_t));
}


/* ---- what is told ----------------------------------------------------- */

/* an alert of a vendor's rest, or of a model's (which is not NULL) */
static void
ngx_ai_health_alert(ngx_ai_zone_t *zone, ngx_ai_verdict_t *v,
    ngx_str_t *model, ngx_uint_t down)
{
    uint64_t          until;
    air_alert_e       kind;
    air_alert_t       a;
    air_health_t     *h;
    ngx_ai_vendor_t  *vendor;

    vendor = v->target->vendor;

    if (model != NULL) {
        kind = down ? AIR_ALERT_MODEL_DOWN : AIR_ALERT_MODEL_BACK;
        h = ngx_ai_health(zone, v->target->health);

    } else {
        kind = down ? AIR_ALERT_VENDOR_DOWN : AIR_ALERT_VENDOR_BACK;
        h = ngx_ai_health(zone, vendor->health);
    }

    if (!ngx_ai_alert_wanted(zone->amcf, kind)) {
        return;
    }

    air_alert_init(&a, kind, ngx_ai_air(model ? v->target->name
                                              : vendor->name), ngx_ai_now());

    air_alert_text(&a, "vendor", ngx_ai_air(vendor->name));

    if (model != NULL) {
        air_alert_text(&a, "model", ngx_ai_air(*model));
    }

    if (!down) {
        ngx_ai_alert(zone->amcf, &a, "it answers again");
        return;
    }

    until = ngx_ai_get(&h->until);
    until -= ngx_min(until, (uint64_t) a.time_ms);

    air_alert_text(&a, "why", air_str_z(air_fault_row(v->fault)->why));
    air_alert_number(&a, "rest_ms", until);

    ngx_ai_alert(zone->amcf, &a, "it failed with %s and is left alone for "
                 "%uL ms", air_fault_row(v->fault)->why, until);
}


/*
 * One line when an entry is put to rest, and one when it is back; what is
 * done as AIR_HEALTH_AGAIN was told before.  A vendor's own limit is no
 * trouble: only who debugs wants it.
 */
static void
ngx_ai_health_down(ngx_ai_zone_t *zone, ngx_ai_verdict_t *v,
    ngx_str_t *model, ngx_uint_t entry, int rested)
{
    uint64_t    until, now;
    ngx_uint_t  level;

    if (rested == 0) {
        return;
    }

    now = ngx_ai_now();
    until = ngx_ai_get(&ngx_ai_health(zone, entry)->until);
    level = rested == AIR_HEALTH_AGAIN || v->fault == AIR_FAULT_RATE_LIMIT
            ? NGX_LOG_INFO : NGX_LOG_WARN;

    ngx_log_error(level, ngx_cycle->log, 0,
                  "ai: vendor=%V%s%V rests ms=%uL why=%s",
                  &v->target->vendor->name, model ? " model=" : "",
                  model ? model : &(ngx_str_t) ngx_null_string,
                  until - ngx_min(until, now), air_fault_row(v->fault)->why);

    if (v->fault != AIR_FAULT_RATE_LIMIT) {
        ngx_ai_health_alert(zone, v, model, 1);
    }
}


static void
ngx_ai_health_up(ngx_ai_zone_t *zone, ngx_ai_verdict_t *v, ngx_str_t *model)
{
    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "ai: vendor=%V%s%V is back", &v->target->vendor->name,
                  model ? " model=" : "",
                  model ? model : &(ngx_str_t) ngx_null_string);

    ngx_ai_health_alert(zone, v, model, 0);
}


/* ---- verdicts --------------------------------------------------------- */

static void
ngx_ai_health_good(ngx_ai_zone_t *zone, ngx_ai_verdict_t *v, int64_t now)
{
    ngx_ai_vendor_t  *vendor;

    vendor = v->target->vendor;

    if (air_health_good(ngx_ai_health(zone, v->target->health),
                        &vendor->breaker, now, v->began))
    {
        ngx_ai_health_up(zone, v, &v->target->model);
    }

    if (air_health_good(ngx_ai_health(zone, vendor->health),
                        &vendor->breaker, now, v->began))
    {
        ngx_ai_health_up(zone, v, NULL);
    }

    if (v->key != NULL && ngx_ai_pool(vendor)
        && air_health_good(ngx_ai_health(zone, v->key->health),
                           &vendor->breaker, now, v->began))
    {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "ai: vendor=%V key=%V is back", &vendor->name,
                      &v->key->shown);
    }
}


/* a key is refused, or has nothing left: alone, where there are others */
static ngx_uint_t
ngx_ai_health_key(ngx_ai_zone_t *zone, ngx_ai_verdict_t *v, int64_t now)
{
    uint64_t          rest;
    ngx_uint_t        level;
    ngx_ai_vendor_t  *vendor;

    vendor = v->target->vendor;

    if (v->key == NULL || !ngx_ai_pool(vendor) || !air_pool_fault(v->fault))
    {
        return 0;
    }

    switch (v->fault) {

    case AIR_FAULT_QUOTA:
        rest = NGX_AI_REST_QUOTA;
        break;

    case AIR_FAULT_AUTH:
        rest = NGX_AI_REST_AUTH;
        break;

    default:
        rest = NGX_AI_REST_MIN;
        break;
    }

    rest = ngx_max(rest, v->rest_ms);

    if (air_health_cool(ngx_ai_health(zone, v->key->health), &vendor->breaker,
                        now, rest, v->fault)
        == AIR_HEALTH_RESTED)
    {
        level = v->fault == AIR_FAULT_RATE_LIMIT ? NGX_LOG_INFO
                                                 : NGX_LOG_WARN;

        ngx_log_error(level, ngx_cycle->log, 0,
                      "ai: vendor=%V key=%V rests ms=%uL why=%s",
                      &vendor->name, &v->key->shown, rest,
                      air_fault_row(v->fault)->why);
    }

    return 1;
}


void
ngx_ai_health_judge(ngx_ai_zone_t *zone, ngx_ai_verdict_t *v)
{
    int                       down;
    int64_t                   now;
    uint64_t                  rest, who;
    ngx_str_t                *model;
    air_health_t             *target, *vendor;
    const air_fault_row_t    *row;
    const air_health_rule_t  *rule;

    now = ngx_ai_now();

    if (v->fault == AIR_FAULT_NONE) {
        ngx_ai_health_good(zone, v, now);
        return;
    }

    if (ngx_ai_health_key(zone, v, now)) {
        return;
    }

    rule = &v->target->vendor->breaker;
    target = ngx_ai_health(zone, v->target->health);
    vendor = ngx_ai_health(zone, v->target->vendor->health);
    row = air_fault_row(v->fault);
    model = &v->target->model;

    switch (row->health) {

    case AIR_HEALTH_FAIL:
    case AIR_HEALTH_DOWN:

        if (v->said) {
            down = air_health_cool(target, rule, now, v->rest_ms, v->fault);

        } else {
            down = air_health_fail(target, rule, now, v->began, v->fault,
                                   AIR_HEALTH_ALL);
        }

        ngx_ai_health_down(zone, v, model, v->target->health, down);

        /* the place in the zone is the same in all configurations */

        who = row->health == AIR_HEALTH_DOWN
              ? AIR_HEALTH_ALL
              : (uint64_t) 1 << (zone->health_index[v->target->health] & 63);

        down = air_health_fail(vendor, rule, now, v->began, v->fault, who);
        ngx_ai_health_down(zone, v, NULL, v->target->vendor->health, down);
        break;

    case AIR_HEALTH_COOL_MODEL:
        rest = v->rest_ms ? v->rest_ms : NGX_AI_REST_MIN;
        down = air_health_cool(target, rule, now, rest, v->fault);
        ngx_ai_health_down(zone, v, model, v->target->health, down);
        break;

    case AIR_HEALTH_COOL_VENDOR:
        rest = v->fault == AIR_FAULT_QUOTA ? NGX_AI_REST_QUOTA
                                           : NGX_AI_REST_AUTH;
        down = air_health_cool(vendor, rule, now, ngx_max(rest, v->rest_ms),
                               v->fault);
        ngx_ai_health_down(zone, v, NULL, v->target->vendor->health, down);
        break;

    default:
        break;
    }
}


void
ngx_ai_health_proved(ngx_ai_attempt_t *att)
{
    ngx_ai_verdict_t  v;

    if (!att->probe || att->proved || att->judged) {
        return;
    }

    att->proved = 1;

    ngx_memzero(&v, sizeof(ngx_ai_verdict_t));
    v.target = att->target;
    v.key = att->key;
    v.began = att->time_ms;

    ngx_ai_health_judge(att->ctx->amcf->zone, &v);
}


void
ngx_ai_attempt_health(ngx_ai_attempt_t *att)
{
    ngx_ai_verdict_t  v;

    if (att->judged) {
        return;
    }

    att->judged = 1;

    if (!att->hit && !att->drill
        && (att->fault != AIR_FAULT_NONE || !att->proved))
    {
        v.target = att->target;
        v.key = att->key;
        v.began = att->time_ms;
        v.fault = att->fault == AIR_FAULT_FLOOR ? AIR_FAULT_NONE : att->fault;
        v.rest_ms = att->rest_ms;
        v.said = att->said_rest;

        ngx_ai_health_judge(att->ctx->amcf->zone, &v);
    }

    ngx_ai_health_give(att);
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


/* the tally of a request's workflow */
static air_tally_t *
ngx_ai_retry_tally(ngx_ai_ctx_t *ctx)
{
    ngx_ai_zone_t  *zone;

    zone = ctx->amcf->zone;

    return &zone->row[zone->row_index[ctx->workflow->stat]].retries;
}


void
ngx_ai_retry_request(ngx_ai_ctx_t *ctx)
{
    air_retry_request(ngx_ai_retry_tally(ctx), &ctx->workflow->retries,
                       ngx_ai_now());
}


ngx_uint_t
ngx_ai_retry_take(ngx_ai_ctx_t *ctx)
{
    if (air_retry_take(ngx_ai_retry_tally(ctx), &ctx->workflow->retries,
                        ngx_ai_now()))
    {
        return 1;
    }

    if (!ctx->spent) {
        ctx->spent = 1;

        ngx_ai_stat_retry_refused(ctx);

        ngx_log_error(NGX_LOG_INFO, ctx->r->connection->log, 0,
                      "ai: rid=%*s route=%V why=retry_budget: it is spent, "
                      "no vendor that failed is tried again", (size_t) 32,
                      ctx->id_hex, &ctx->workflow->name);
    }

    return 0;
}


/*
 * To move away from a vendor that fails is what a fallback is for; to ask the
 * same one again, with another key or for another model, doubles its load.
 */
ngx_uint_t
ngx_ai_retry_vendor(ngx_ai_ctx_t *ctx, ngx_ai_vendor_t *vendor)
{
    ngx_uint_t         i;
    ngx_ai_attempt_t  *att;

    for (i = 0; i < ctx->nattempts; i++) {
        att = ctx->attempt[i];

        if (att->target->vendor == vendor
            && air_fault_row(att->fault)->health != AIR_HEALTH_NONE)
        {
            return ngx_ai_retry_take(ctx);
        }
    }

    return 1;
}
