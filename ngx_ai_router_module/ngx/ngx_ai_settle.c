
/*
 * An attempt's books: what is set aside for it when it begins; at its end usage
 * to money, and one record in the ledger, whatever ended it.
 */

#include "ngx_ai_alert.h"
#include "ngx_ai_floor.h"


#define NGX_AI_REST_MIN      1000         /* ms */
#define NGX_AI_REST_MAX      3600000


static ngx_int_t ngx_ai_attempt_hold_by(ngx_ai_attempt_t *att,
    const air_bound_t *bound);
static void ngx_ai_attempt_suspect(ngx_ai_attempt_t *att);
static ngx_uint_t ngx_ai_attempt_unsent(ngx_ai_attempt_t *att);
static void ngx_ai_attempt_cost(ngx_ai_attempt_t *att);


/* figures that the bytes seen cannot explain: four bytes a token, fivefold */
static void
ngx_ai_attempt_suspect(ngx_ai_attempt_t *att)
{
    uint64_t       in, out;
    air_usage_t   *u;
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;
    u = &att->note.usage;

    if (!u->seen) {
        return;
    }

    in = air_usage_input(u);
    out = air_usage_output(u);
    out -= ngx_min(out, u->reasoning);

    if ((in <= 1000 + 5 * ctx->body.len / 4
         || (ctx->request.needs
             & (AIR_CAN_VISION|AIR_CAN_AUDIO|AIR_CAN_PDF|AIR_CAN_SEARCH)))
        && (out <= 1000 + 5 * att->bytes / 4 || ctx->gone))
    {
        return;
    }

    att->suspect = 1;

    ngx_log_error(NGX_LOG_WARN, ctx->r->connection->log, 0,
                  "ai: rid=%*s vendor=%V model=%V why=usage_suspect: "
                  "%uL tokens in for %uz bytes, %uL out for %uz", (size_t) 32,
                  ctx->id_hex, &att->target->vendor->name,
                  &att->target->model, in, ctx->body.len, out, att->bytes);
}


/* cancelled before the vendor saw the request */
static ngx_uint_t
ngx_ai_attempt_unsent(ngx_ai_attempt_t *att)
{
    return att->fault == AIR_FAULT_HEDGED && att->done
           && att->phase == NGX_AI_CONNECT
           && !att->target->vendor->simulated;
}


void
ngx_ai_multiplier(ngx_ai_vendor_t *vendor, const air_model_t *info,
    uint32_t *num, uint32_t *den)
{
    air_str_t  nowhere = air_null_str;

    *num = 1;
    *den = 1;

    if (vendor->price_region.len) {
        air_model_multiplier(info, ngx_ai_air(vendor->price_region), nowhere,
                             num, den);
    }
}


/* usage to money, by what is known */
static void
ngx_ai_attempt_cost(ngx_ai_attempt_t *att)
{
    uint64_t                most;
    air_usage_t            *u;
    ngx_ai_ctx_t           *ctx;
    ngx_ai_cost_t           cost;
    const air_fault_row_t  *row;

    ctx = att->ctx;
    u = &att->note.usage;
    row = air_fault_row(att->fault);

    if (ctx->op == AIR_OP_COUNT_TOKENS || ngx_ai_attempt_unsent(att)) {

        /* counting is free, and what it says is no usage */

        air_usage_init(u);
        att->cost = 0;
        att->computed = 0;
        att->certainty = AIR_CERTAIN_NONE;
        return;
    }

    if (att->fault != AIR_FAULT_NONE && !u->seen) {

        switch (row->ledger) {

        case AIR_LEDGER_RELEASE:
            att->cost = 0;
            att->computed = 0;
            att->certainty = AIR_CERTAIN_NONE;
            return;

        case AIR_LEDGER_INPUT:
            u->n[AIR_IN] = ngx_ai_estimate_input(ctx);
            u->estimated = 1;
            break;

        default:
            u->estimated = 1;
            break;
        }
    }

    if (att->fault == AIR_FAULT_OVER_RESERVATION) {

        /* what it was cut by is what is booked */

        u->n[AIR_OUT] = ngx_max(u->n[AIR_OUT], ngx_ai_budget_output(att));
        u->estimated = 1;

        if (u->n[AIR_IN] == 0 && !u->seen) {
            u->n[AIR_IN] = ngx_ai_estimate_input(ctx);
        }
    }

    if (!u->seen) {

        if (!u->estimated) {
            ngx_log_error(NGX_LOG_WARN, ctx->r->connection->log, 0,
                          "ai: rid=%*s vendor=%V model=%V why=usage_missing: "
                          "the vendor reported none, tokens are estimated",
                          (size_t) 32, ctx->id_hex,
                          &att->target->vendor->name, &att->target->model);
        }

        u->estimated = 1;

        if (u->n[AIR_IN] == 0) {
            u->n[AIR_IN] = ngx_ai_estimate_input(ctx);
            u->n[AIR_OUT] = air_estimate_tokens(&att->note.visible);

            /* an estimate errs, a limit does not */

            most = air_bound_output(ngx_ai_bound(ctx), &att->target->can);
            u->n[AIR_OUT] = ngx_min(u->n[AIR_OUT], most);
        }
    }

    ngx_ai_attempt_suspect(att);

    att->certainty = u->estimated ? AIR_CERTAIN_ESTIMATED
                                  : AIR_CERTAIN_REPORTED;

    ngx_ai_usage_cost(ctx->amcf, att->target, &att->note, att->time_ms,
                      &cost);

    att->computed = cost.computed;
    att->price_id = cost.price_id;
    att->cost_flags = cost.flags;
    att->cost = cost.cost;
    att->model_changed = cost.changed;

    if (att->hit) {

        /* what a good one would have cost is what it saved */

        att->computed = att->fault == AIR_FAULT_NONE ? att->cost : 0;
        att->cost = 0;
        att->certainty = AIR_CERTAIN_NONE;
        u->vendor_cost = AIR_UNKNOWN;
    }
}


void
ngx_ai_usage_cost(ngx_ai_main_conf_t *amcf, ngx_ai_target_t *target,
    air_note_t *note, int64_t time_ms, ngx_ai_cost_t *cost)
{
    air_str_t             served;
    air_usage_t          *u;
    const air_model_t    *info, *other;
    const air_price_t    *price;
    const air_profile_t  *pf;

    ngx_memzero(cost, sizeof(ngx_ai_cost_t));

    u = &note->usage;
    info = target->info;
    pf = target->vendor->profile;

    if (note->model_len && amcf->prices != NULL) {
        served = air_str_n(note->model, note->model_len);

        if (!air_str_eq(served, ngx_ai_air(target->model))) {
            other = air_pricebook_find(amcf->prices,
                                       air_str_z(pf->price_vendor
                                                 ? pf->price_vendor
                                                 : pf->name),
                                       served);

            if (other != NULL && other != info) {
                info = other;
                cost->changed = 1;
            }
        }
    }

    price = info ? air_model_price(info, time_ms) : NULL;

    if (info != NULL && u->mul_num == u->mul_den) {
        ngx_ai_multiplier(target->vendor, info, &u->mul_num, &u->mul_den);
    }

    cost->computed = air_price_cost(price, u, time_ms, &cost->flags);
    cost->price_id = price ? price->id : 0;
    cost->cost = cost->computed;

    if (u->vendor_cost != AIR_UNKNOWN) {
        cost->cost = u->vendor_cost;
    }
}


void
ngx_ai_attempt_record(ngx_ai_attempt_t *att, air_record_t *rec)
{
    ngx_uint_t      i;
    air_usage_t    *u;
    ngx_ai_ctx_t   *ctx;

    ctx = att->ctx;
    u = &att->note.usage;

    ngx_memzero(rec, sizeof(air_record_t));

    rec->kind = att->hit ? AIR_RECORD_CACHED : AIR_RECORD_ATTEMPT;
    rec->op = ctx->op;
    rec->certainty = att->certainty;
    rec->tier_served = u->tier;
    rec->attempt = att->n;
    rec->status = att->status;
    rec->fault = att->fault;
    rec->time_ms = att->time_ms;
    rec->latency_ms = att->end ? att->end - att->start : 0;
    rec->first_token_ms = att->first ? att->first - att->start : 0;
    ngx_memcpy(rec->request_id, ctx->id, 16);
    rec->price_id = att->price_id;
    rec->cost = att->cost;
    rec->computed_cost = att->computed;

    for (i = 0; i < AIR_NCLASS; i++) {
        rec->n[i] = u->n[i];
    }

    for (i = 0; i < AIR_NFEE; i++) {
        rec->fee[i] = u->fee[i];
    }

    rec->reasoning = u->reasoning;
    rec->request_bytes = ctx->body.len;
    rec->reply_bytes = att->bytes;

    rec->vendor = ngx_ai_air(att->target->vendor->name);
    rec->model = ngx_ai_air(att->target->model);
    rec->served_model = air_str_n(att->note.model, att->note.model_len);
    rec->workflow = ngx_ai_account_booked(ctx, AIR_SCOPE_WORKFLOW);

    if (att->choice->tier != NULL) {
        rec->tier = ngx_ai_air(att->choice->tier->name);
    }

    rec->principal = ngx_ai_account_booked(ctx, AIR_SCOPE_PRINCIPAL);
    rec->team = ngx_ai_account_booked(ctx, AIR_SCOPE_TEAM);
    rec->vendor_id = air_str_n(att->note.id, att->note.id_len);

    rec->why = att->why + 1;
    rec->left_out = ngx_min(ctx->nchoice - ctx->norder + ctx->nunfit, 255);

    if (ctx->class_known && ctx->class != AIR_NTASK) {
        rec->task = ctx->class + 1;
    }

    ngx_ai_lost_record(att, rec);
    ngx_ai_floor_record(att, rec);

    if (ctx->request.stream) {
        rec->flags |= AIR_REC_STREAM;
    }

    if (att->target->vendor->simulated) {
        rec->flags |= AIR_REC_SIMULATED;
    }

    if (att->probe) {
        rec->flags |= AIR_REC_PROBE;
    }

    if (ctx->degrade) {
        rec->flags |= AIR_REC_DEGRADED;
    }

    if (att->drill) {
        rec->flags |= AIR_REC_DRILL;

    } else if (ctx->drilled) {
        rec->flags |= AIR_REC_DRILLED;
    }
}


/* what stands in headers alone: the vendor's id, the prompt's tokens */
void
ngx_ai_attempt_headed(ngx_ai_attempt_t *att, ngx_http_request_t *sr)
{
    ngx_int_t             n;
    air_str_t             s;
    const air_profile_t  *profile;

    profile = att->target->vendor->profile;

    if (profile->id_header != NULL && att->note.id_len == 0) {
        s = ngx_ai_vendor_header(sr, profile->id_header);

        if (s.len != 0 && s.len <= sizeof(att->note.id)) {
            ngx_memcpy(att->note.id, s.data, s.len);
            att->note.id_len = (uint8_t) s.len;
        }
    }

    if (profile->input_header != NULL && att->ctx->op == AIR_OP_EMBEDDINGS
        && att->body == NGX_AI_BODY_WHOLE && !att->note.usage.seen)
    {
        s = ngx_ai_vendor_header(sr, profile->input_header);
        n = s.len != 0 ? ngx_atoi(s.data, s.len) : NGX_ERROR;

        if (n != NGX_ERROR) {
            att->note.usage.n[AIR_IN] = n;
            att->note.usage.seen = 1;
        }
    }
}


air_str_t
ngx_ai_vendor_header(ngx_http_request_t *sr, const char *name)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);

    if (sr->upstream != NULL) {
        part = &sr->upstream->headers_in.headers.part;

    } else {
        part = &sr->headers_out.headers.part;
    }

    h = part->elts;

    for (i = 0; /* void */; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].key.len == len
            && ngx_strncasecmp(h[i].key.data, (u_char *) name, len) == 0)
        {
            return ngx_ai_air(h[i].value);
        }
    }

    return air_str_n(NULL, 0);
}


void
ngx_ai_attempt_rest(ngx_ai_attempt_t *att, ngx_http_request_t *sr,
    const air_json_doc_t *body)
{
    int  said;

    said = 0;

    att->rest_ms = air_retry_after(ngx_ai_vendor_header(sr, "retry-after"),
                                   ngx_ai_vendor_header(sr,
                                                        "retry-after-ms"),
                                   body, ngx_ai_now(), NGX_AI_REST_MIN,
                                   NGX_AI_REST_MAX, &said);
    att->said_rest = said;
}


/* A slot in flight, and in the accounts what it may cost by that bound: what
   is noted in the slot is what is set aside.  Returns as
   ngx_ai_budget_reserve(). */
static ngx_int_t
ngx_ai_attempt_hold_by(ngx_ai_attempt_t *att, const air_bound_t *bound)
{
    ngx_int_t            rc;
    air_record_t         rec;
    ngx_ai_ctx_t        *ctx;
    ngx_ai_main_conf_t  *amcf;

    ctx = att->ctx;
    amcf = ctx->amcf;

    ngx_ai_attempt_record(att, &rec);

    if (bound != NULL) {
        ngx_ai_attempt_price(ctx, bound, att->choice, &rec.cost, NULL);

        /* it is not sent before it has its hold */

        rec.flags |= AIR_REC_HELD;
    }

    att->slot = air_ledger_begin(amcf->ledger, &rec);

    if (att->slot < 0) {
        ctx->fault = att->slot == AIR_ELIMIT ? AIR_FAULT_OVERLOAD
                                             : AIR_FAULT_LEDGER;
        att->slot = -1;

        ngx_log_error(NGX_LOG_CRIT, ctx->r->connection->log, 0,
                      "ai: rid=%*s why=%s: the attempt cannot be booked, "
                      "nothing was sent", (size_t) 32, ctx->id_hex,
                      air_fault_row(ctx->fault)->why);

        if (ctx->fault == AIR_FAULT_LEDGER) {
            ngx_ai_alert_ledger(amcf, "an attempt cannot be booked");
        }

        return NGX_DECLINED;
    }

    rc = bound != NULL ? ngx_ai_budget_reserve(att, bound) : NGX_OK;

    if (rc != NGX_OK) {
        air_ledger_cancel(amcf->ledger, att->slot);
        att->slot = -1;
    }

    return rc;
}


ngx_int_t
ngx_ai_attempt_hold(ngx_ai_attempt_t *att)
{
    ngx_int_t      rc;
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;

    if (ctx->accounts == NULL || ctx->op == AIR_OP_COUNT_TOKENS
        || att->drill)
    {
        return ngx_ai_attempt_hold_by(att, NULL);
    }

    rc = ngx_ai_attempt_hold_by(att, ngx_ai_bound_rough(ctx));

    return rc == NGX_AGAIN ? ngx_ai_attempt_hold_by(att, ngx_ai_bound(ctx))
                           : rc;
}


void
ngx_ai_attempt_settle(ngx_ai_attempt_t *att)
{
    int                  rc;
    air_record_t         rec;
    ngx_ai_ctx_t        *ctx;
    ngx_ai_main_conf_t  *amcf;

    if (att->settled) {
        return;
    }

    att->settled = 1;

    ctx = att->ctx;
    amcf = ctx->amcf;

    if (att->end == 0) {
        att->end = ngx_current_msec;
    }

    if (att->fault != AIR_FAULT_NONE) {
        ngx_ai_cache_drop(att);
    }

    ngx_ai_attempt_cost(att);
    ngx_ai_attempt_health(att);
    ngx_ai_live_settle(att);
    ngx_ai_sticky_keep(att);

    ngx_ai_attempt_record(att, &rec);

    if (att->final || att->fault == AIR_FAULT_NONE) {
        rec.flags |= AIR_REC_FINAL;
        rec.client_status = ctx->status ? ctx->status : NGX_HTTP_OK;
    }

    if (att != ngx_ai_shown(ctx)) {

        /* another's answer is what the caller gets */

    } else if (ctx->committed || (att->complete && !ctx->gone)) {

        /* a whole reply is booked just before it is sent */

        rec.flags |= AIR_REC_COMMITTED|AIR_REC_FINAL;
        rec.client_status = NGX_HTTP_OK;
    }

    if (ctx->gone && att == ngx_ai_shown(ctx)) {
        rec.flags |= AIR_REC_ABORTED|AIR_REC_FINAL;
        rec.client_status = ctx->committed ? NGX_HTTP_OK
                                           : NGX_HTTP_CLIENT_CLOSED_REQUEST;

        if (att->note.usage.seen) {
            rec.flags |= AIR_REC_DRAINED;
        }
    }

    if (att->note.usage.clamped) {
        rec.flags |= AIR_REC_CLAMPED;
    }

    if (att->suspect) {
        rec.flags |= AIR_REC_SUSPECT;
    }

    if (att->fault == AIR_FAULT_OVER_RESERVATION) {
        rec.flags |= AIR_REC_CUT;
        ngx_ai_stat_budget(ctx, att, AIR_STAT_BUDGET_CUT);
    }

    if (att->cost_flags & AIR_COST_FALLBACK) {
        rec.flags |= AIR_REC_FALLBACK_RATE;
    }

    if (att->note.usage.vendor_cost != AIR_UNKNOWN) {
        rec.flags |= AIR_REC_VENDOR_COST;
    }

    if (att->model_changed) {
        rec.flags |= AIR_REC_MODEL_CHANGED;
    }

    if (att->cost == AIR_UNKNOWN) {
        ctx->cost_unknown = 1;
        ngx_ai_alert_unpriced(att);

    } else {
        ctx->cost += att->cost;
    }

    if (att->hit && att->computed != AIR_UNKNOWN) {
        ctx->saved += att->computed;
    }

    rc = AIR_OK;

    if (amcf->ledger != NULL) {
        rc = air_ledger_settle(amcf->ledger, att->slot, &rec);
        ngx_ai_stat_ledger(amcf, rc);
    }

    if (rc != AIR_OK) {
        ngx_log_error(NGX_LOG_CRIT, ctx->r->connection->log, 0,
                      "ai: rid=%*s the ledger cannot be written, the attempt "
                      "stays in flight until it can", (size_t) 32,
                      ctx->id_hex);

        ngx_ai_alert_ledger(amcf, "a record cannot be written");
    }

    ngx_ai_limit_key_end(att, 1);
    ngx_ai_stat_attempt(ctx, att);
    ngx_ai_floor_book(att);

    if (ctx->workflow->hedge != NULL) {
        ngx_ai_hedge_book(att);
    }
}
