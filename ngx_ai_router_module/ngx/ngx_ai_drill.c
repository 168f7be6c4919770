
/*
 * Drills at work: which requests find a vendor down, what became of them, and
 * the life of a drill as one worker of all sees it through.
 */

#include "ngx_ai_alert.h"
#include "ngx_ai_drill.h"


static ngx_uint_t ngx_ai_drill_of(ngx_ai_ctx_t *ctx, ngx_uint_t i,
    ngx_ai_vendor_t *vendor);
static ngx_uint_t ngx_ai_drill_left(ngx_ai_ctx_t *ctx, ngx_uint_t next);
static ngx_uint_t ngx_ai_drill_asked(ngx_ai_ctx_t *ctx,
    air_drill_slot_t *slot);
static int ngx_ai_drill_known(void *ud, const char *vendor);
static void ngx_ai_drill_told(void *ud, const air_drill_event_t *event);


/* 1 when the i-th slot's drill takes that vendor from the request */
static ngx_uint_t
ngx_ai_drill_of(ngx_ai_ctx_t *ctx, ngx_uint_t i, ngx_ai_vendor_t *vendor)
{
    air_drill_slot_t  *slot;

    slot = &ctx->amcf->drills.file->slot[i];

    return air_str_eqz(ngx_ai_air(vendor->name), slot->vendor)
           && (slot->workflow[0] == '\0'
               || air_str_eqz(ngx_ai_air(ctx->workflow->name),
                              slot->workflow))
           && air_drill_hit(slot->id, ctx->id, slot->rule.share);
}


/* 1 when somebody is left who is up, and whom no drill takes */
static ngx_uint_t
ngx_ai_drill_left(ngx_ai_ctx_t *ctx, ngx_uint_t next)
{
    uint32_t          active;
    ngx_uint_t        i, k;
    air_choice_t     *order;
    ngx_ai_choice_t  *choice;

    if (ctx->nattempts + 1 >= ctx->workflow->attempts) {
        return 0;
    }

    choice = ctx->workflow->choices.elts;
    active = air_drills_active(&ctx->amcf->drills);

    for (k = next; k < ctx->norder; k++) {

        order = &ctx->order[k];

        if (order->why == AIR_WHY_COOLING
            || order->why == AIR_WHY_LAST_RESORT
            || (ctx->min_context
                && choice[order->id].target->can.context <= ctx->min_context))
        {
            continue;
        }

        for (i = 0; i < AIR_DRILLS_SLOTS; i++) {
            if ((active & (uint32_t) 1 << i)
                && ngx_ai_drill_of(ctx, i, choice[order->id].target->vendor))
            {
                break;
            }
        }

        if (i == AIR_DRILLS_SLOTS) {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_ai_drill(ngx_ai_ctx_t *ctx, ngx_ai_vendor_t *vendor, ngx_uint_t next)
{
    uint32_t           active, bit;
    ngx_uint_t         i;
    air_drill_slot_t  *slot;

    active = air_drills_active(&ctx->amcf->drills);

    for (i = 0; active != 0 && i < AIR_DRILLS_SLOTS; i++) {

        bit = (uint32_t) 1 << i;

        if ((active & bit) == 0 || !ngx_ai_drill_of(ctx, i, vendor)) {
            continue;
        }

        slot = &ctx->amcf->drills.file->slot[i];

        if (slot->even_alone || ngx_ai_drill_left(ctx, next)) {
            return i + 1;
        }

        if ((ctx->spared & bit) == 0) {
            ctx->spared |= bit;
            (void) __atomic_fetch_add(&slot->counts.spared, 1,
                                      __ATOMIC_RELAXED);
        }
    }

    return 0;
}


void
ngx_ai_drill_begin(ngx_ai_attempt_t *att)
{
    uint32_t           bit;
    ngx_ai_ctx_t      *ctx;
    air_drill_slot_t  *slot;

    ctx = att->ctx;
    slot = &ctx->amcf->drills.file->slot[att->drill - 1];
    bit = (uint32_t) 1 << (att->drill - 1);

    if ((ctx->drilled & bit) == 0) {
        ctx->drilled |= bit;
        (void) __atomic_fetch_add(&slot->begun, 1, __ATOMIC_RELAXED);
    }
}


/* 1 when the request really asked the drill's vendor */
static ngx_uint_t
ngx_ai_drill_asked(ngx_ai_ctx_t *ctx, air_drill_slot_t *slot)
{
    ngx_uint_t  i;

    if (slot->workflow[0] != '\0'
        && !air_str_eqz(ngx_ai_air(ctx->workflow->name), slot->workflow))
    {
        return 0;
    }

    for (i = 0; i < ctx->nattempts; i++) {
        if (!ctx->attempt[i]->drill
            && air_str_eqz(ngx_ai_air(ctx->attempt[i]->target->vendor->name),
                           slot->vendor))
        {
            return 1;
        }
    }

    return 0;
}


void
ngx_ai_drill_end(ngx_ai_ctx_t *ctx)
{
    uint32_t              bits, bit;
    uint64_t              wait;
    ngx_uint_t            i, failed;
    air_drills_file_t    *file;
    air_drill_slot_t     *slot;
    ngx_ai_attempt_t     *att;
    air_drill_state_e     state;
    air_drill_counts_t   *c;

    bits = air_drills_active(&ctx->amcf->drills) | ctx->drilled;

    if (bits == 0 || ctx->peek || ctx->nattempts == 0) {
        return;
    }

    file = ctx->amcf->drills.file;
    att = ngx_ai_shown(ctx);

    failed = !ctx->gone && ctx->fault != AIR_FAULT_NONE
             && (air_fault_row(ctx->fault)->status >= 500
                 || air_fault_row(ctx->fault)->status == 429);

    wait = failed ? 0 : (att->first ? att->first : att->end) - ctx->start;

    for (i = 0; i < AIR_DRILLS_SLOTS; i++) {

        bit = (uint32_t) 1 << i;
        slot = &file->slot[i];
        state = air_drills_state(slot);
        c = &slot->counts;

        if ((bits & bit) == 0
            || (state != AIR_DRILL_RUNNING && state != AIR_DRILL_DRAINS))
        {
            continue;
        }

        if (ctx->drilled & bit) {

            if (failed) {
                (void) __atomic_fetch_add(&c->errors, 1, __ATOMIC_RELAXED);
                (void) __atomic_fetch_add(&file->errors, 1, __ATOMIC_RELAXED);

            } else {
                air_drills_served(slot,
                                  ngx_ai_air(att->target->vendor->name));
            }

            (void) __atomic_fetch_add(&c->wait_ms, wait, __ATOMIC_RELAXED);
            (void) __atomic_fetch_add(&file->drilled, 1, __ATOMIC_RELAXED);

            /* the last: who waits for all of them sees the others, too */

            (void) __atomic_fetch_add(&c->drilled, 1, __ATOMIC_RELEASE);

        } else if (ngx_ai_drill_asked(ctx, slot)) {
            (void) __atomic_fetch_add(&c->other_errors, failed,
                                      __ATOMIC_RELAXED);
            (void) __atomic_fetch_add(&c->other_wait_ms, wait,
                                      __ATOMIC_RELAXED);
            (void) __atomic_fetch_add(&c->others, 1, __ATOMIC_RELAXED);
        }
    }
}


static int
ngx_ai_drill_known(void *ud, const char *vendor)
{
    ngx_ai_main_conf_t *amcf = ud;

    ngx_uint_t         i;
    ngx_ai_vendor_t  **v;

    v = amcf->vendors.elts;

    for (i = 0; i < amcf->vendors.nelts; i++) {
        if (air_str_eqz(ngx_ai_air(v[i]->name), vendor)) {
            return 1;
        }
    }

    return 0;
}


static void
ngx_ai_drill_told(void *ud, const air_drill_event_t *event)
{
    ngx_ai_main_conf_t *amcf = ud;

    air_alert_t              a;
    const air_drill_slot_t  *s;

    s = event->slot;

    if (event->phase == AIR_DRILL_BEGAN) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "ai: drill of vendor \"%s\" began: it looks down for "
                      "%ui.%02ui%% of requests%s%s, until %L s from now",
                      s->vendor, (ngx_uint_t) s->rule.share / 100,
                      (ngx_uint_t) s->rule.share % 100,
                      s->workflow[0] ? " of workflow " : "", s->workflow,
                      (s->rule.end_ms - s->rule.start_ms) / 1000);

    } else {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "ai: drill of vendor \"%s\" ended (%s): %uL requests "
                      "drilled, %uL of them failed; %uL of %uL others failed; "
                      "%uL spared that had nobody else", s->vendor,
                      air_drill_end_name(event->end), s->counts.drilled,
                      s->counts.errors, s->counts.other_errors,
                      s->counts.others, s->counts.spared);
    }

    if (!ngx_ai_alert_wanted(amcf, event->phase == AIR_DRILL_BEGAN
                                   ? AIR_ALERT_DRILL_BEGAN
                                   : AIR_ALERT_DRILL_ENDED))
    {
        return;
    }

    air_alert_init(&a, event->phase == AIR_DRILL_BEGAN
                       ? AIR_ALERT_DRILL_BEGAN : AIR_ALERT_DRILL_ENDED,
                   air_str_z(s->vendor), ngx_ai_now());

    if (event->phase == AIR_DRILL_BEGAN) {
        air_alert_number(&a, "percent", s->rule.share / 100);
        ngx_ai_alert(amcf, &a, "it looks down for %ui.%02ui%% of requests",
                     (ngx_uint_t) s->rule.share / 100,
                     (ngx_uint_t) s->rule.share % 100);
        return;
    }

    air_alert_text(&a, "reason", air_str_z(air_drill_end_name(event->end)));
    air_alert_number(&a, "drilled", s->counts.drilled);
    air_alert_number(&a, "errors", s->counts.errors);
    ngx_ai_alert(amcf, &a, "the drill ended (%s): %uL requests drilled, %uL "
                 "of them failed", air_drill_end_name(event->end),
                 s->counts.drilled, s->counts.errors);
}


void
ngx_ai_drill_tick(ngx_ai_main_conf_t *amcf)
{
    /* one that leaves knows of an old configuration only */

    if (ngx_exiting || ngx_terminate || ngx_quit) {
        return;
    }

    air_drills_tick(&amcf->drills, amcf->ledger, ngx_ai_now(),
                    ngx_ai_drill_known, ngx_ai_drill_told, amcf);
}


static void
ngx_ai_drill_number(air_buf_t *b, const char *name, uint64_t n)
{
    air_buf_z(b, ",\"");
    air_buf_z(b, name);
    air_buf_z(b, "\":");
    air_buf_uint(b, n);
}


void
ngx_ai_drill_status(ngx_ai_main_conf_t *amcf, air_buf_t *b)
{
    uint64_t                 served[AIR_DRILLS_SERVED + 1];
    unsigned                 k, servers;
    air_str_t                name[AIR_DRILLS_SERVED + 1];
    ngx_uint_t               i, n;
    air_drill_state_e        state;
    const air_drill_slot_t  *s;

    air_buf_z(b, "\"drills\":[");

    for (i = 0, n = 0; amcf->drills.file && i < AIR_DRILLS_SLOTS; i++) {

        s = &amcf->drills.file->slot[i];
        state = air_drills_state(s);

        if (state == AIR_DRILL_FREE || s->rule.start_ms == 0) {
            continue;
        }

        air_buf_z(b, n++ ? ",{\"vendor\":" : "{\"vendor\":");
        air_buf_json(b, air_str_z(s->vendor));

        if (s->workflow[0]) {
            air_buf_z(b, ",\"workflow\":");
            air_buf_json(b, air_str_z(s->workflow));
        }

        air_buf_z(b, ",\"active\":");
        air_buf_z(b, state == AIR_DRILL_RUNNING ? "true" : "false");

        if (state == AIR_DRILL_ENDED) {
            air_buf_z(b, ",\"end\":");
            air_buf_json(b, air_str_z(air_drill_end_name(s->end)));
            ngx_ai_drill_number(b, "ended_ms", s->ended_ms);
        }

        air_buf_z(b, ",\"percent\":");
        air_buf_milli(b, (uint64_t) s->rule.share * 10);
        ngx_ai_drill_number(b, "start_ms", s->rule.start_ms);
        ngx_ai_drill_number(b, "until_ms", s->rule.end_ms);
        ngx_ai_drill_number(b, "drilled", s->counts.drilled);
        ngx_ai_drill_number(b, "errors", s->counts.errors);
        ngx_ai_drill_number(b, "others", s->counts.others);
        ngx_ai_drill_number(b, "other_errors", s->counts.other_errors);
        ngx_ai_drill_number(b, "spared", s->counts.spared);
        ngx_ai_drill_number(b, "added_ms", air_drill_added(&s->counts));
        air_buf_z(b, ",\"served\":{");

        servers = air_drills_servers(s, name, served, AIR_DRILLS_SERVED + 1);

        for (k = 0; k < servers; k++) {
            air_buf_z(b, k ? "," : "");
            air_buf_json(b, name[k]);
            air_buf_z(b, ":");
            air_buf_uint(b, served[k]);
        }

        air_buf_z(b, "}}");
    }

    air_buf_z(b, "]");
}


void
ngx_ai_drill_metrics(ngx_ai_main_conf_t *amcf, air_buf_t *b)
{
    uint32_t    active;
    ngx_uint_t  i;

    if (amcf->drills.file == NULL) {
        return;
    }

    active = air_drills_active(&amcf->drills);

    air_buf_z(b, "# HELP ai_drill_active Vendors that look down to a slice "
              "of the requests now\n# TYPE ai_drill_active gauge\n");

    for (i = 0; i < AIR_DRILLS_SLOTS; i++) {
        if (active & (uint32_t) 1 << i) {
            air_buf_z(b, "ai_drill_active{vendor=\"");
            air_buf_z(b, amcf->drills.file->slot[i].vendor);
            air_buf_z(b, "\"} 1\n");
        }
    }

    air_buf_z(b, "# HELP ai_drilled_requests_total Requests that found a "
              "vendor down by a drill\n"
              "# TYPE ai_drilled_requests_total counter\n"
              "ai_drilled_requests_total ");
    air_buf_uint(b, amcf->drills.file->drilled);
    air_buf_z(b, "\n# HELP ai_drilled_errors_total Of them, those that "
              "failed\n# TYPE ai_drilled_errors_total counter\n"
              "ai_drilled_errors_total ");
    air_buf_uint(b, amcf->drills.file->errors);
    air_buf_z(b, "\n");
}
