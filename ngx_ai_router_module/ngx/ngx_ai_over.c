
/*
 * A request that no budget has room for: what its caller hears, and what plans
 * tell of budgets.  402 where money is missing (an OpenAI client tries a 429
 * again, and never a 402), in OpenRouter's words under "metadata"
 * (openrouter.ai/docs api_reference/errors-and-debugging, read 2026-11).
 */

#include "ngx_ai_router_module.h"


#define NGX_AI_OVER_STATUS  402
#define NGX_AI_OVER_TEXT    512
#define NGX_AI_OVER_STEPS   40


static void ngx_ai_over_time(air_buf_t *b, int64_t ms);
static uint64_t ngx_ai_over_tokens(ngx_ai_ctx_t *ctx, ngx_ai_over_t *over);
static const char *ngx_ai_over_param(ngx_ai_ctx_t *ctx);
static void ngx_ai_over_whose(ngx_ai_ctx_t *ctx, ngx_ai_over_t *over,
    air_buf_t *b);
static void ngx_ai_over_unknown(ngx_ai_ctx_t *ctx, ngx_ai_over_t *over,
    air_buf_t *text, air_error_t *error);
static const char *ngx_ai_over_say(ngx_ai_ctx_t *ctx, ngx_ai_over_t *over,
    air_buf_t *text, air_error_t *error, uint64_t *retry_ms);
static void ngx_ai_over_metadata(ngx_ai_over_t *over, const char *reason,
    air_buf_t *b);
static void ngx_ai_over_until(ngx_ai_over_t *over);
static void ngx_ai_over_account(ngx_ai_ctx_t *ctx, air_accounts_t *book,
    air_account_t *a, air_buf_t *b, ngx_uint_t *n);


static const char *const  ngx_ai_over_periods[AIR_NPERIOD] = {
    "hourly", "daily", "weekly", "monthly", "whole"
};


/* RFC 3339 */
static void
ngx_ai_over_time(air_buf_t *b, int64_t ms)
{
    u_char    *p, text[sizeof("1970-09-28T12:00:00Z") + 8];
    ngx_tm_t   tm;

    ngx_gmtime(ms / 1000, &tm);

    p = ngx_sprintf(text, "%4d-%02d-%02dT%02d:%02d:%02dZ", tm.ngx_tm_year,
                    tm.ngx_tm_mon, tm.ngx_tm_mday, tm.ngx_tm_hour,
                    tm.ngx_tm_min, tm.ngx_tm_sec);

    air_buf_add(b, text, p - text);
}


/* how a caller limits his answer */
static const char *
ngx_ai_over_param(ngx_ai_ctx_t *ctx)
{
    return ctx->op == AIR_OP_RESPONSES ? "max_output_tokens" : "max_tokens";
}


/* the longest answer that would fit into what is left, 0: none */
static uint64_t
ngx_ai_over_tokens(ngx_ai_ctx_t *ctx, ngx_ai_over_t *over)
{
    int64_t             now;
    uint64_t            cost, low, high, n;
    uint32_t            num, den;
    unsigned            ratio;
    ngx_uint_t          i;
    air_bound_t         bound;
    ngx_ai_target_t    *target;
    const air_price_t  *price;

    target = over->choice->target;
    now = ngx_ai_now();
    price = target->info ? air_model_price(target->info, now) : NULL;
    bound = *ngx_ai_bound(ctx);

    high = air_bound_output(&bound, &target->can);

    if (price == NULL || bound.embeds || high == AIR_UNKNOWN) {
        return 0;
    }

    ngx_ai_multiplier(target->vendor, target->info, &num, &den);
    ratio = target->ratio;

    high = high / bound.choices + 1;      /* does not fit */
    low = 0;

    for (i = 0; i < NGX_AI_OVER_STEPS && low + 1 < high; i++) {
        n = low + (high - low) / 2;
        bound.output = n;

        cost = air_bound_cost(&bound, price, &target->can, ratio, num, den,
                              now);

        if (cost <= over->refusal.left) {
            low = n;

        } else {
            high = n;
        }
    }

    return low;
}


/* "the daily budget of this API key"; a name that the caller did not say
   himself is not told */
static void
ngx_ai_over_whose(ngx_ai_ctx_t *ctx, ngx_ai_over_t *over, air_buf_t *b)
{
    static const char *const  whose[AIR_NSCOPE] = {
        "all requests", "this caller", "this team", "this workflow",
        "this provider", "this provider"
    };

    air_buf_z(b, "he ");
    air_buf_z(b, ngx_ai_over_periods[over->refusal.period]);
    air_buf_z(b, " budget of ");
    air_buf_z(b, over->scope == AIR_SCOPE_PRINCIPAL && ctx->key != NULL
                 ? "this API key" : whose[over->scope]);
}


/* what it may cost nobody knows: it has no price, or no end */
static void
ngx_ai_over_unknown(ngx_ai_ctx_t *ctx, ngx_ai_over_t *over, air_buf_t *text,
    air_error_t *error)
{
    const air_model_t  *info;

    info = over->choice->target->info;

    if (info != NULL && air_model_price(info, ngx_ai_now()) != NULL
        && ngx_ai_bound(ctx)->output == 0)
    {
        error->status = NGX_HTTP_BAD_REQUEST;
        error->type = air_str_z("invalid_request_error");
        error->code = air_str_z("max_tokens_required");
        error->param = air_str_z(ngx_ai_over_param(ctx));

        air_buf_z(text, "The length of an answer must be limited here, for t");
        ngx_ai_over_whose(ctx, over, text);
        air_buf_z(text, ": add \"");
        air_buf_z(text, ngx_ai_over_param(ctx));
        air_buf_z(text, "\".");
        return;
    }

    error->status = NGX_HTTP_FORBIDDEN;
    error->type = air_str_z("invalid_request_error");
    error->code = air_str_z("model_not_priced");

    air_buf_z(text, "The price of this model is not known here, so t");
    ngx_ai_over_whose(ctx, over, text);
    air_buf_z(text, " cannot be kept.");

    ngx_log_error(NGX_LOG_CRIT, ctx->r->connection->log, 0,
                  "ai: rid=%*s vendor=%V model=%V why=unpriced: a strict "
                  "budget refuses what has no price; add it to the file of "
                  "\"ai_prices\"", (size_t) 32, ctx->id_hex,
                  &over->choice->target->vendor->name,
                  &over->choice->target->model);
}


/* the words, status and code; gives the reason for programs */
static const char *
ngx_ai_over_say(ngx_ai_ctx_t *ctx, ngx_ai_over_t *over, air_buf_t *text,
    air_error_t *error, uint64_t *retry_ms)
{
    uint64_t        tokens;
    air_refusal_t  *refusal;

    refusal = &over->refusal;

    if (refusal->why == AIR_REFUSED_UNKNOWN) {
        ngx_ai_over_unknown(ctx, over, text, error);
        return (char *) error->code.data;
    }

    if (refusal->why == AIR_REFUSED_RESERVED) {
        error->code = air_str_z("in_flight_budget_exhausted");

        air_buf_z(text, "All that is left of t");
        ngx_ai_over_whose(ctx, over, text);
        air_buf_z(text, " is set aside for requests that are running; please "
                        "try again shortly.");

        *retry_ms = 1000 * (1 + ctx->id[0] % 5);

        return "in_flight_budget_exhausted";
    }

    tokens = ngx_ai_over_tokens(ctx, over);

    if (tokens != 0) {
        error->code = air_str_z("weight_exceeds_budget");
        error->param = air_str_z(ngx_ai_over_param(ctx));

        air_buf_z(text, "This request may cost up to ");
        air_buf_pusd(text, over->worst);
        air_buf_z(text, " USD, and ");
        air_buf_pusd(text, refusal->left);
        air_buf_z(text, " USD of t");
        ngx_ai_over_whose(ctx, over, text);
        air_buf_z(text, " are left; it fits with a ");
        air_buf_z(text, ngx_ai_over_param(ctx));
        air_buf_z(text, " of ");
        air_buf_uint(text, tokens);
        air_buf_z(text, " or less.");

        return "weight_exceeds_budget";
    }

    air_buf_z(text, "T");
    ngx_ai_over_whose(ctx, over, text);
    air_buf_z(text, " is spent: ");
    air_buf_pusd(text, refusal->left);
    air_buf_z(text, " of ");
    air_buf_pusd(text, refusal->limit);
    air_buf_z(text, " USD are left");

    if (refusal->period != AIR_PERIOD_EVER) {
        air_buf_z(text, ", it resets at ");
        ngx_ai_over_time(text, over->resets_ms);
    }

    air_buf_z(text, ".");

    return "insufficient_quota";
}


static void
ngx_ai_over_metadata(ngx_ai_over_t *over, const char *reason, air_buf_t *b)
{
    air_refusal_t  *refusal;

    static const char *const  sources[AIR_NSCOPE] = {
        "account_limit", "key_limit", "team_limit", "workflow_limit",
        "provider_limit", "provider_limit"
    };

    refusal = &over->refusal;

    air_buf_z(b, "{\"error_type\":\"payment_required\",\"limit_source\":\"");
    air_buf_z(b, refusal->why == AIR_REFUSED_RESERVED ? "in_flight_budget"
                                                      : sources[over->scope]);
    air_buf_z(b, "\",\"reason\":\"");
    air_buf_z(b, reason);
    air_buf_z(b, "\",\"period\":\"");
    air_buf_z(b, air_period_name(refusal->period));
    air_buf_z(b, "\",\"limit\":");
    air_buf_pusd(b, refusal->limit);
    air_buf_z(b, ",\"limit_remaining\":");
    air_buf_pusd(b, refusal->left);
    air_buf_z(b, ",\"resets_at\":");

    if (refusal->period == AIR_PERIOD_EVER) {
        air_buf_z(b, "null}");
        return;
    }

    air_buf_z(b, "\"");
    ngx_ai_over_time(b, over->resets_ms);
    air_buf_z(b, "\"}");
}


/* when its window ends */
static void
ngx_ai_over_until(ngx_ai_over_t *over)
{
    air_period_e  period;

    period = over->refusal.period;

    over->resets_ms = air_period_end(period,
                                     air_period_start(period, ngx_ai_now()));
}


ngx_int_t
ngx_ai_over_floor(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    size_t          n;
    air_buf_t       text, metadata;
    ngx_ai_over_t  *over;

    if (!ctx->degrade && !ctx->too_dear) {
        return NGX_OK;
    }

    error->status = NGX_AI_OVER_STATUS;
    error->type = air_str_z("insufficient_quota");

    over = ctx->degrade && ctx->soft != NULL ? ctx->soft : ctx->over;

    if (over == NULL) {
        return NGX_OK;
    }

    ngx_ai_over_until(over);

    air_buf_init(&text, &ctx->mem, NGX_AI_OVER_TEXT + error->message.len);
    air_buf_init(&metadata, &ctx->mem, NGX_AI_OVER_TEXT);

    /* without its full stop */

    n = error->message.len;

    air_buf_add(&text, error->message.data, n ? n - 1 : 0);
    air_buf_z(&text, ", and t");
    ngx_ai_over_whose(ctx, over, &text);
    air_buf_z(&text, " has no room for a better model");

    if (over->refusal.period != AIR_PERIOD_EVER) {
        air_buf_z(&text, "; it resets at ");
        ngx_ai_over_time(&text, over->resets_ms);
    }

    air_buf_z(&text, ".");

    ngx_ai_over_metadata(over, "floor_failed", &metadata);

    if (text.error != AIR_OK || metadata.error != AIR_OK) {
        return NGX_ERROR;
    }

    error->message = air_buf_view(&text);
    error->metadata = air_buf_view(&metadata);

    ngx_ai_stat_budget(ctx, NULL, AIR_STAT_BUDGET_REFUSED);

    return NGX_OK;
}


ngx_int_t
ngx_ai_over_error(ngx_ai_ctx_t *ctx, air_error_t *error, uint64_t *retry_ms)
{
    air_buf_t       text, metadata;
    const char     *reason;
    ngx_ai_over_t  *over;

    over = ctx->over;
    *retry_ms = 0;

    ngx_ai_over_until(over);
    ngx_ai_error_fill(error, AIR_FAULT_BUDGET);

    air_buf_init(&text, &ctx->mem, NGX_AI_OVER_TEXT);
    air_buf_init(&metadata, &ctx->mem, NGX_AI_OVER_TEXT);

    reason = ngx_ai_over_say(ctx, over, &text, error, retry_ms);

    if (error->status == NGX_AI_OVER_STATUS) {
        ngx_ai_over_metadata(over, reason, &metadata);
        error->metadata = air_buf_view(&metadata);
    }

    if (text.error != AIR_OK || metadata.error != AIR_OK) {
        return NGX_ERROR;
    }

    error->message = air_buf_view(&text);

    ngx_log_error(NGX_LOG_INFO, ctx->r->connection->log, 0,
                  "ai: rid=%*s why=budget account=%s%s%*s period=%s: %s",
                  (size_t) 32, ctx->id_hex, air_scope_name(over->scope),
                  over->name.len ? "/" : "", over->name.len, over->name.data,
                  air_period_name(over->refusal.period), reason);

    if (!ctx->peek) {
        ngx_ai_stat_budget(ctx, NULL, AIR_STAT_BUDGET_REFUSED);
        ngx_ai_budget_hard(ctx, over);
    }

    return NGX_OK;
}


/* ---- plans ------------------------------------------------------------ */

static void
ngx_ai_over_account(ngx_ai_ctx_t *ctx, air_accounts_t *book, air_account_t *a,
    air_buf_t *b, ngx_uint_t *n)
{
    int64_t               now;
    uint64_t              used;
    ngx_uint_t            i;
    air_budget_window_t  *w;
    air_account_state_t   state;

    now = ngx_ai_now();

    if (a->nbudget == 0) {
        return;
    }

    ngx_memzero(&state, sizeof(air_account_state_t));
    (void) air_accounts_get(book, a->scope, a->name, now, &state);

    for (i = 0; i < a->nbudget; i++) {
        w = &state.now[a->budget[i].period];
        used = w->spent + w->reserved;

        air_buf_z(b, (*n)++ ? ",{\"scope\":\"" : "{\"scope\":\"");
        air_buf_z(b, air_scope_name(a->scope));
        air_buf_z(b, "\",\"name\":");
        air_buf_json(b, a->name);
        air_buf_z(b, ",\"period\":\"");
        air_buf_z(b, air_period_name(a->budget[i].period));
        air_buf_z(b, a->budget[i].loose ? "\",\"mode\":\"loose\""
                                        : "\",\"mode\":\"strict\"");
        air_buf_z(b, ",\"amount\":");
        air_buf_pusd(b, a->budget[i].amount);

        if (a->budget[i].soft != AIR_UNKNOWN) {
            air_buf_z(b, ",\"soft\":");
            air_buf_pusd(b, a->budget[i].soft);
        }

        air_buf_z(b, ",\"spent\":");
        air_buf_pusd(b, w->spent);
        air_buf_z(b, ",\"reserved\":");
        air_buf_pusd(b, w->reserved);
        air_buf_z(b, ",\"left\":");
        air_buf_pusd(b, used < a->budget[i].amount
                        ? a->budget[i].amount - used : 0);
        air_buf_z(b, ",\"resets_at\":");

        if (a->budget[i].period == AIR_PERIOD_EVER) {
            air_buf_z(b, "null}");
            continue;
        }

        air_buf_z(b, "\"");
        ngx_ai_over_time(b, air_period_end(a->budget[i].period,
                                air_period_start(a->budget[i].period, now)));
        air_buf_z(b, "\"}");
    }
}


void
ngx_ai_over_plan(ngx_ai_ctx_t *ctx, air_buf_t *b)
{
    ngx_uint_t          i, k, n;
    ngx_ai_choice_t    *choice, *other;
    air_accounts_t     *book;
    ngx_ai_accounts_t   own;

    if (ctx->accounts == NULL || ctx->amcf->ledger == NULL) {
        return;
    }

    book = air_ledger_accounts(ctx->amcf->ledger);
    choice = ctx->workflow->choices.elts;
    n = 0;

    if (book == NULL) {
        return;
    }

    air_buf_z(b, ",\"budgets\":[");

    for (i = 0; i < ctx->accounts->n; i++) {
        ngx_ai_over_account(ctx, book, &ctx->accounts->list[i], b, &n);
    }

    /* those of vendors, once each */

    for (i = 0; i < ctx->nchoice; i++) {

        if (ctx->order[i].why == AIR_WHY_KEY) {
            continue;
        }

        for (k = 0; k < i; k++) {
            other = &choice[ctx->order[k].id];

            if (other->target->vendor
                == choice[ctx->order[i].id].target->vendor)
            {
                break;
            }
        }

        if (k == i) {
            ngx_ai_accounts_vendor(choice[ctx->order[i].id].target, &own);
            ngx_ai_over_account(ctx, book, &own.list[0], b, &n);
        }
    }

    air_buf_z(b, "]");

    if (ctx->degrade) {
        air_buf_z(b, ",\"degraded_to\":");
        air_buf_json(b, ngx_ai_air(ngx_ai_budget_tier(ctx)->name));
    }
}
