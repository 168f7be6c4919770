
/*
 * GET key and GET credits: what a caller has spent and has left, in
 * OpenRouter's words (openrouter.ai/docs/api_reference/limits and its
 * openapi.yaml, read 2026-11).  Dollars are exact decimals.
 */

#include "ngx_ai_router_module.h"

#include "../core/air_time.h"


#define NGX_AI_KEY_INFO  4096


static ngx_int_t ngx_ai_key_info_none(ngx_ai_ctx_t *ctx, const char *code,
    const char *message);
static void ngx_ai_key_info_money(air_buf_t *b, const char *name,
    uint64_t pusd);
static void ngx_ai_key_info_limit(air_buf_t *b, air_account_t *account,
    air_account_state_t *state);
static uint64_t ngx_ai_key_info_requests(ngx_ai_ctx_t *ctx);
static void ngx_ai_key_info_write(ngx_ai_ctx_t *ctx, air_buf_t *b,
    air_account_t *account, air_account_state_t *state);
static uint64_t ngx_ai_key_info_left(const air_budget_rule_t *rule,
    const air_account_state_t *state);
static uint64_t ngx_ai_key_info_least(ngx_ai_ctx_t *ctx,
    air_accounts_t *book);


static ngx_str_t  ngx_ai_key_info_paths[] = {
    ngx_string("/credits"),
    ngx_string("/key")                    /* and auth/key                   */
};


ngx_uint_t
ngx_ai_key_info_asked(ngx_ai_ctx_t *ctx)
{
    u_char      *last;
    ngx_str_t   *uri, *path;
    ngx_uint_t   i;

    if (!ctx->amcf->accounting) {
        return 0;
    }

    uri = &ctx->r->uri;
    last = uri->data + uri->len;

    for (i = 0; i < 2; i++) {
        path = &ngx_ai_key_info_paths[i];

        if (uri->len >= path->len
            && ngx_memcmp(last - path->len, path->data, path->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_ai_key_info_none(ngx_ai_ctx_t *ctx, const char *code, const char *message)
{
    air_error_t  error;

    ngx_memzero(&error, sizeof(air_error_t));
    error.fault = AIR_FAULT_REQUEST;

    ngx_ai_say(&error, NGX_HTTP_NOT_FOUND, "invalid_request_error", code,
               message);

    return ngx_ai_error_send(ctx->r, &error, ctx, 0);
}


static void
ngx_ai_key_info_money(air_buf_t *b, const char *name, uint64_t pusd)
{
    air_buf_z(b, ",\"");
    air_buf_z(b, name);
    air_buf_z(b, "\":");
    air_buf_pusd(b, pusd);
}


static uint64_t
ngx_ai_key_info_left(const air_budget_rule_t *rule,
    const air_account_state_t *state)
{
    uint64_t                    used;
    const air_budget_window_t  *w;

    w = &state->now[rule->period];
    used = w->spent + w->reserved;

    return used < rule->amount ? rule->amount - used : 0;
}


/* of several budgets the one that has the least left */
static void
ngx_ai_key_info_limit(air_buf_t *b, air_account_t *account,
    air_account_state_t *state)
{
    uint64_t                  left, least;
    ngx_uint_t                i;
    const air_budget_rule_t  *rule, *tight;

    static const char *const  resets[AIR_NPERIOD] = {
        "\"hourly\"", "\"daily\"", "\"weekly\"", "\"monthly\"", "null"
    };

    tight = NULL;
    least = 0;

    for (i = 0; i < account->nbudget; i++) {
        rule = &account->budget[i];
        left = ngx_ai_key_info_left(rule, state);

        if (tight == NULL || left < least) {
            tight = rule;
            least = left;
        }
    }

    if (tight == NULL) {
        air_buf_z(b, ",\"limit\":null,\"limit_remaining\":null,"
                     "\"limit_reset\":null");
        return;
    }

    ngx_ai_key_info_money(b, "limit", tight->amount);
    ngx_ai_key_info_money(b, "limit_remaining", least);

    air_buf_z(b, ",\"limit_reset\":");
    air_buf_z(b, resets[tight->period]);
}


/* requests a minute by the tightest of the caller's limits, 0: none */
static uint64_t
ngx_ai_key_info_requests(ngx_ai_ctx_t *ctx)
{
    uint64_t    n, least;
    ngx_uint_t  i;

    least = 0;

    for (i = 0; i < ctx->accounts->n; i++) {
        n = ctx->accounts->list[i].rate.requests;

        if (n != 0 && (least == 0 || n < least)) {
            least = n;
        }
    }

    return least;
}


static void
ngx_ai_key_info_write(ngx_ai_ctx_t *ctx, air_buf_t *b, air_account_t *account,
    air_account_state_t *state)
{
    uint64_t  requests;

    air_buf_z(b, "{\"data\":{\"label\":");
    air_buf_json(b, ngx_ai_air(ctx->principal));

    ngx_ai_key_info_limit(b, account, state);

    ngx_ai_key_info_money(b, "usage", state->now[AIR_PERIOD_EVER].spent);
    ngx_ai_key_info_money(b, "usage_daily", state->now[AIR_PERIOD_DAY].spent);
    ngx_ai_key_info_money(b, "usage_weekly",
                          state->now[AIR_PERIOD_WEEK].spent);
    ngx_ai_key_info_money(b, "usage_monthly",
                          state->now[AIR_PERIOD_MONTH].spent);

    /* callers bring no keys of vendors, and nobody rides for nothing */

    air_buf_z(b, ",\"byok_usage\":0,\"byok_usage_daily\":0,"
                 "\"byok_usage_weekly\":0,\"byok_usage_monthly\":0,"
                 "\"include_byok_in_limit\":false,\"is_free_tier\":false,"
                 "\"is_management_key\":false,\"is_provisioning_key\":false,"
                 "\"creator_user_id\":null,\"organization_id\":null,"
                 "\"workspace_id\":null,\"allowed_data_regions\":[],"
                 "\"free_model_daily_requests\":{\"limit\":0,"
                 "\"remaining\":0,\"used\":0},\"expires_at\":");

    if (ctx->key != NULL && ctx->key->expires_ms != INT64_MAX) {
        air_buf_z(b, "\"");
        air_time_utc(b, ctx->key->expires_ms);
        air_buf_z(b, "\"");

    } else {
        air_buf_z(b, "null");
    }

    air_buf_z(b, ",\"rate_limit\":{\"requests\":");

    requests = ngx_ai_key_info_requests(ctx);

    if (requests) {
        air_buf_uint(b, requests);

    } else {
        air_buf_z(b, "-1");
    }

    air_buf_z(b, ",\"interval\":\"1m\",\"note\":\"Requests a minute; -1: no "
                 "limit.\"}}}");
}


/* pUSD that all budgets of the caller leave, AIR_UNKNOWN when there is none */
static uint64_t
ngx_ai_key_info_least(ngx_ai_ctx_t *ctx, air_accounts_t *book)
{
    uint64_t              left, least;
    ngx_uint_t            i, k;
    air_account_t        *a;
    air_account_state_t   state;

    least = AIR_UNKNOWN;

    for (i = 0; i < ctx->accounts->n; i++) {
        a = &ctx->accounts->list[i];

        if (a->nbudget == 0) {
            continue;
        }

        ngx_memzero(&state, sizeof(air_account_state_t));
        (void) air_accounts_get(book, a->scope, a->name, ngx_ai_now(),
                                &state);

        for (k = 0; k < a->nbudget; k++) {
            left = ngx_ai_key_info_left(&a->budget[k], &state);
            least = ngx_min(least, left);
        }
    }

    return least;
}


ngx_int_t
ngx_ai_key_info(ngx_ai_ctx_t *ctx)
{
    uint64_t              left, spent;
    air_buf_t             b;
    ngx_str_t             value;
    ngx_uint_t            i;
    air_account_t        *account;
    air_accounts_t       *book;
    air_account_state_t   state;

    ctx->finished = 1;

    if (ngx_ai_principal(ctx) != NGX_OK || ngx_ai_accounts_read(ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    account = NULL;

    for (i = 0; i < ctx->accounts->n; i++) {
        if (ctx->accounts->list[i].scope == AIR_SCOPE_PRINCIPAL) {
            account = &ctx->accounts->list[i];
        }
    }

    if (account == NULL) {
        return ngx_ai_key_info_none(ctx, "key_not_found", "There is no key: "
                                    "nothing says who the caller is.");
    }

    book = ctx->amcf->ledger ? air_ledger_accounts(ctx->amcf->ledger) : NULL;

    if (book == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    ngx_memzero(&state, sizeof(air_account_state_t));
    (void) air_accounts_get(book, account->scope, account->name, ngx_ai_now(),
                            &state);

    air_buf_init(&b, &ctx->mem, NGX_AI_KEY_INFO);

    if (ctx->r->uri.data[ctx->r->uri.len - 1] == 'y') {
        ngx_ai_key_info_write(ctx, &b, account, &state);

    } else {
        left = ngx_ai_key_info_least(ctx, book);
        spent = state.now[AIR_PERIOD_EVER].spent;

        if (left == AIR_UNKNOWN) {
            return ngx_ai_key_info_none(ctx, "no_credits", "No budget limits "
                                        "this caller: there are no credits to "
                                        "tell of.");
        }

        /* what is left and what was used: clients show the difference */

        air_buf_z(&b, "{\"data\":{\"total_credits\":");
        air_buf_pusd(&b, left < AIR_UNKNOWN - spent ? left + spent : left);
        ngx_ai_key_info_money(&b, "total_usage", spent);
        air_buf_z(&b, "}}");
    }

    if (b.error != AIR_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    value = ngx_ai_ngx(air_buf_view(&b));

    return ngx_ai_json_send(ctx, &value);
}
