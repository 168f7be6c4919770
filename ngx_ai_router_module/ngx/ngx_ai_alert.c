
/*
 * Alerts as they are raised.  Where nobody wants them it is one look at the
 * configuration; else some words of the zone (core/air_alert.c) decide who is
 * told, and a slot of its ring takes what there is to tell.
 */

#include "ngx_ai_alert.h"


#define NGX_AI_ALERT_LEAST  20        /* requests that a share needs        */

/* of one half of a window, where a tally's counts would end */
#define NGX_AI_ALERT_MOST   1000000


void
ngx_ai_alert(ngx_ai_main_conf_t *amcf, air_alert_t *a, const char *fmt, ...)
{
    u_char         *p, text[AIR_ALERT_MESSAGE];
    va_list         args;
    air_alerts_t   *as;

    if (!ngx_ai_alert_wanted(amcf, a->kind)) {
        return;
    }

    as = &amcf->zone->sh->alerts;

    if (!air_alerts_due(as, amcf->alerts->rule, amcf->alerts->nrules, a)) {
        return;
    }

    va_start(args, fmt);
    p = ngx_vslprintf(text, text + sizeof(text), fmt, args);
    va_end(args);

    air_alert_say(a, air_str_n(text, p - text));
    air_alerts_put(as, a);
}


void
ngx_ai_alert_ledger(ngx_ai_main_conf_t *amcf, const char *reason)
{
    air_alert_e  kind;
    air_alert_t  a;

    kind = reason ? AIR_ALERT_LEDGER_TROUBLE : AIR_ALERT_LEDGER_WELL;

    if (!ngx_ai_alert_wanted(amcf, kind)) {
        return;
    }

    air_alert_init(&a, kind, ngx_ai_air(amcf->store), ngx_ai_now());

    if (reason != NULL) {
        air_alert_text(&a, "reason", air_str_z(reason));
        ngx_ai_alert(amcf, &a, "the ledger cannot be kept: %s", reason);
        return;
    }

    ngx_ai_alert(amcf, &a, "the ledger is well again");
}


void
ngx_ai_alert_unpriced(ngx_ai_attempt_t *att)
{
    ngx_ai_ctx_t  *ctx;
    air_alert_t    a;

    ctx = att->ctx;

    if (!ngx_ai_alert_wanted(ctx->amcf, AIR_ALERT_UNPRICED)) {
        return;
    }

    air_alert_init(&a, AIR_ALERT_UNPRICED, ngx_ai_air(att->target->name),
                   ngx_ai_now());

    air_alert_text(&a, "vendor", ngx_ai_air(att->target->vendor->name));
    air_alert_text(&a, "model", ngx_ai_air(att->target->model));
    air_alert_text(&a, "workflow", ngx_ai_air(ctx->workflow->name));

    ngx_ai_alert(ctx->amcf, &a, "a request was served at a cost that nobody "
                 "knows: the price table has no price for it");
}


void
ngx_ai_alert_budget(ngx_ai_main_conf_t *amcf, air_alert_e kind,
    air_scope_e scope, air_str_t name, air_period_e period, uint64_t spent,
    uint64_t amount)
{
    u_char       *p, subject[AIR_ALERT_SUBJECT];
    air_alert_t   a;

    if (!ngx_ai_alert_wanted(amcf, kind)) {
        return;
    }

    p = ngx_slprintf(subject, subject + sizeof(subject), "%s%s%*s per %s",
                     air_scope_name(scope), name.len ? "/" : "", name.len,
                     name.data, air_period_name(period));

    air_alert_init(&a, kind, air_str_n(subject, p - subject), ngx_ai_now());

    air_alert_text(&a, "scope", air_str_z(air_scope_name(scope)));
    air_alert_text(&a, "name", name);
    air_alert_text(&a, "period", air_str_z(air_period_name(period)));
    air_alert_money(&a, "spent_usd", spent);
    air_alert_money(&a, kind == AIR_ALERT_BUDGET_SOFT ? "soft_usd"
                                                      : "budget_usd",
                    amount);

    ngx_ai_alert(amcf, &a, kind == AIR_ALERT_BUDGET_SOFT
                 ? "the soft mark of a budget is passed"
                 : "a budget has no room for a request: it was refused");
}


/* Once a request: counts are compared only where one escalated. */
void
ngx_ai_alert_request(ngx_ai_ctx_t *ctx)
{
    int64_t           now;
    uint64_t          requests, escalated;
    air_alert_t       a;
    air_tally_t      *tally;
    ngx_ai_zone_t    *zone;
    ngx_ai_alerts_t  *alerts;

    alerts = ctx->amcf->alerts;

    if (alerts == NULL || alerts->surge == 0 || ctx->workflow == NULL
        || ctx->nattempts == 0)
    {
        return;
    }

    zone = ctx->amcf->zone;
    tally = &zone->row[zone->row_index[ctx->workflow->stat]].escalated;
    now = ngx_ai_now();

    air_tally_get(tally, now, alerts->surge_window, &requests, &escalated);

    if (requests > NGX_AI_ALERT_MOST) {
        return;
    }

    air_tally_add(tally, now, alerts->surge_window, 1, ctx->escalations != 0);

    requests++;
    escalated++;

    if (ctx->escalations == 0 || requests < NGX_AI_ALERT_LEAST
        || escalated * 100 <= requests * alerts->surge
        || !ngx_ai_alert_wanted(ctx->amcf, AIR_ALERT_ESCALATIONS))
    {
        return;
    }

    air_alert_init(&a, AIR_ALERT_ESCALATIONS, ngx_ai_air(ctx->workflow->name),
                   now);

    air_alert_number(&a, "requests", requests);
    air_alert_number(&a, "escalated", escalated);
    air_alert_number(&a, "percent", escalated * 100 / requests);
    air_alert_number(&a, "threshold_percent", alerts->surge);
    air_alert_number(&a, "window_seconds", alerts->surge_window / 1000);

    ngx_ai_alert(ctx->amcf, &a, "%uL of %uL requests of the last minutes "
                 "escalated to a stronger model", escalated, requests);
}
