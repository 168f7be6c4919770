
/*
 * Rate limits at work.  Those of callers are looked at once a request, over
 * all its accounts at once, before anybody is asked; those of a vendor's keys
 * once an attempt.  What was taken is corrected when the request, or the
 * attempt, has ended.
 *
 * Headers and errors are those that clients know: OpenAI's x-ratelimit-*
 * (platform.openai.com/docs/guides/rate-limits, read 2026-11), Anthropic's
 * anthropic-ratelimit-* (docs.anthropic.com/en/api/rate-limits), OpenRouter's
 * X-RateLimit-* of a 429 (openrouter.ai/docs/api_reference/limits).
 */

#include "ngx_ai_router_module.h"

#include "../core/air_time.h"


#define NGX_AI_LIMIT_TEXT     256
#define NGX_AI_LIMIT_RUNNING  1000        /* ms to wait for one that runs    */


static air_accounts_t *ngx_ai_limit_book(ngx_ai_ctx_t *ctx);
static uint64_t ngx_ai_limit_tokens(ngx_ai_ctx_t *ctx,
    const air_bound_t *bound, ngx_ai_choice_t *choice);
static int64_t ngx_ai_limit_reserve(ngx_ai_ctx_t *ctx, air_accounts_t *book,
    air_account_t *account, ngx_uint_t n, ngx_ai_choice_t *choice,
    air_ask_t *ask, air_refusal_t *refusal);
static ngx_int_t ngx_ai_limit_error(ngx_ai_ctx_t *ctx, air_account_t *account,
    air_refusal_t *refusal, uint64_t tokens, air_error_t *error);
static ngx_int_t ngx_ai_limit_number(ngx_ai_ctx_t *ctx, const char *name,
    uint64_t n);
static ngx_int_t ngx_ai_limit_reset(ngx_ai_ctx_t *ctx, const char *name,
    uint64_t ms);
static ngx_int_t ngx_ai_limit_told(ngx_ai_ctx_t *ctx, air_rate_left_t *left,
    const char *const *names);
static ngx_int_t ngx_ai_limit_key_hold(ngx_ai_attempt_t *att,
    air_refusal_t *refusal);


static const char *const  ngx_ai_limit_names[2][2][3] = {
    { { "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests" },
      { "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens",
        "x-ratelimit-reset-tokens" } },
    { { "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset" },
      { "anthropic-ratelimit-tokens-limit",
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset" } }
};


static air_accounts_t *
ngx_ai_limit_book(ngx_ai_ctx_t *ctx)
{
    return ctx->amcf->ledger != NULL ? air_ledger_accounts(ctx->amcf->ledger)
                                     : NULL;
}


/* what a request is likely to use at a target; counting uses none */
static uint64_t
ngx_ai_limit_tokens(ngx_ai_ctx_t *ctx, const air_bound_t *bound,
    ngx_ai_choice_t *choice)
{
    uint64_t  n;

    if (ctx->op == AIR_OP_COUNT_TOKENS) {
        return 0;
    }

    n = air_bound_input(bound, 100);

    if (ctx->op != AIR_OP_EMBEDDINGS) {
        n += ngx_ai_expected_output(ctx, bound, choice);
    }

    return n;
}


/* A request that runs, and its tokens where choice is not NULL: roughly, and
   counted when that is too many.  As air_accounts_reserve(). */
static int64_t
ngx_ai_limit_reserve(ngx_ai_ctx_t *ctx, air_accounts_t *book,
    air_account_t *account, ngx_uint_t n, ngx_ai_choice_t *choice,
    air_ask_t *ask, air_refusal_t *refusal)
{
    int64_t             hold;
    const air_bound_t  *bound;

    ngx_memzero(ask, sizeof(air_ask_t));
    ask->requests = 1;
    ask->running = 1;

    bound = NULL;

    if (choice != NULL) {
        bound = ngx_ai_bound_rough(ctx);
        ask->tokens = ngx_ai_limit_tokens(ctx, bound, choice);
    }

    hold = air_accounts_reserve(book, account, n, ask, -1, ngx_ai_now(),
                                refusal);

    if (hold == AIR_EBUSY && bound != NULL && bound->rough
        && refusal->why == AIR_REFUSED_TOKENS)
    {
        ask->tokens = ngx_ai_limit_tokens(ctx, ngx_ai_bound(ctx), choice);

        hold = air_accounts_reserve(book, account, n, ask, -1, ngx_ai_now(),
                                    refusal);
    }

    return hold;
}


ngx_int_t
ngx_ai_limit_take(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    int64_t           hold;
    air_ask_t         ask;
    ngx_uint_t        i, n;
    air_account_t     list[AIR_ACCOUNT_MAX];
    air_accounts_t   *book;
    air_refusal_t     refusal;
    ngx_ai_choice_t  *choice;

    if (ctx->accounts == NULL || !ctx->accounts->rates) {
        return NGX_OK;
    }

    book = ngx_ai_limit_book(ctx);

    if (book == NULL) {
        ngx_ai_error_fill(error, AIR_FAULT_LEDGER);
        return NGX_DECLINED;
    }

    choice = ctx->workflow->choices.elts;

    for (i = 0, n = 0; i < ctx->accounts->n; i++) {
        list[n] = ctx->accounts->list[i];

        if (list[n].rate.requests || list[n].rate.tokens
            || list[n].rate.running)
        {
            /* money is set aside by attempts */

            list[n].nbudget = 0;
            ctx->limited |= list[n].rate.tokens != 0;
            n++;
        }
    }

    ngx_memzero(&refusal, sizeof(air_refusal_t));

    hold = ngx_ai_limit_reserve(ctx, book, list, n,
                                ctx->limited && ctx->norder
                                ? &choice[ctx->order[0].id] : NULL,
                                &ask, &refusal);

    if (hold > 0) {
        ctx->limit_hold = hold;
        return NGX_OK;
    }

    if (hold != AIR_EBUSY) {
        ngx_ai_error_fill(error, hold == AIR_ELIMIT ? AIR_FAULT_OVERLOAD
                                                    : AIR_FAULT_LEDGER);

        ngx_log_error(NGX_LOG_CRIT, ctx->r->connection->log, 0,
                      "ai: rid=%*s why=%s: the request cannot be counted, "
                      "nothing was sent", (size_t) 32, ctx->id_hex,
                      air_fault_row(error->fault)->why);

        return NGX_DECLINED;
    }

    return ngx_ai_limit_error(ctx, &list[refusal.account], &refusal,
                              ask.tokens, error)
           == NGX_OK ? NGX_DECLINED : NGX_ERROR;
}


void
ngx_ai_limit_settle(ngx_ai_ctx_t *ctx)
{
    uint64_t           tokens;
    ngx_uint_t         i;
    air_accounts_t    *book;
    ngx_ai_attempt_t  *att;

    if (ctx->limit_hold == 0) {
        return;
    }

    tokens = 0;

    for (i = 0; i < ctx->nattempts; i++) {
        att = ctx->attempt[i];
        tokens += ngx_ai_limit_used(att);
    }

    book = ngx_ai_limit_book(ctx);

    if (book != NULL) {
        air_accounts_settle(book, ctx->limit_hold, 0, tokens);
    }

    ctx->limit_hold = 0;
}


uint64_t
ngx_ai_limit_used(ngx_ai_attempt_t *att)
{
    if (att->ctx->op == AIR_OP_COUNT_TOKENS || att->hit) {
        return 0;
    }

    return air_usage_input(&att->note.usage)
           + air_usage_output(&att->note.usage);
}


/* ---- what callers are told -------------------------------------------- */

static ngx_int_t
ngx_ai_limit_number(ngx_ai_ctx_t *ctx, const char *name, uint64_t n)
{
    u_char     *p;
    ngx_str_t   value;

    p = ngx_pnalloc(ctx->r->pool, NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    value.len = ngx_sprintf(p, "%uL", n) - p;

    return ngx_ai_header_add(ctx->r, name, &value);
}


/* "12ms", "7s", "6m0s": rounded up, that it is never too early; or the time
   itself, RFC 3339 */
static ngx_int_t
ngx_ai_limit_reset(ngx_ai_ctx_t *ctx, const char *name, uint64_t ms)
{
    u_char     *p;
    uint64_t    s;
    air_buf_t   b;
    ngx_str_t   value;

    if (ctx->codec == &air_codec_anthropic) {
        air_buf_init(&b, &ctx->mem, 64);

        if (air_time_utc(&b, ngx_ai_now() + (int64_t) ms + 999) != AIR_OK) {
            return NGX_ERROR;
        }

        value = ngx_ai_ngx(air_buf_view(&b));

        return ngx_ai_header_add(ctx->r, name, &value);
    }

    p = ngx_pnalloc(ctx->r->pool, 2 * NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    s = (ms + 999) / 1000;

    if (ms < 1000) {
        p = ngx_sprintf(p, "%uLms", ms);

    } else if (s < 60) {
        p = ngx_sprintf(p, "%uLs", s);

    } else {
        p = ngx_sprintf(p, "%uLm%uLs", s / 60, s % 60);
    }

    value.len = p - value.data;

    return ngx_ai_header_add(ctx->r, name, &value);
}


static ngx_int_t
ngx_ai_limit_told(ngx_ai_ctx_t *ctx, air_rate_left_t *left,
    const char *const *names)
{
    if (left->limit == 0) {
        return NGX_OK;
    }

    if (ngx_ai_limit_number(ctx, names[0], left->limit) != NGX_OK
        || ngx_ai_limit_number(ctx, names[1], left->left) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_ai_limit_reset(ctx, names[2], left->reset_ms);
}


/* of all accounts the one with the least left */
ngx_int_t
ngx_ai_limit_headers(ngx_ai_ctx_t *ctx, air_accounts_left_t *left)
{
    ngx_uint_t  dialect;

    if (ctx->peek) {
        return NGX_OK;
    }

    dialect = ctx->codec == &air_codec_anthropic;

    if (ngx_ai_limit_told(ctx, &left->requests, ngx_ai_limit_names[dialect][0])
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_ai_limit_told(ctx, &left->tokens,
                             ngx_ai_limit_names[dialect][1]);
}


/* the 429, with ctx->retry_ms */
static ngx_int_t
ngx_ai_limit_error(ngx_ai_ctx_t *ctx, air_account_t *account,
    air_refusal_t *refusal, uint64_t tokens, air_error_t *error)
{
    u_char      *p, *last;
    ngx_str_t    value;
    ngx_uint_t   never;
    const char  *whose;

    static const char *const  names[AIR_NSCOPE] = {
        "all requests", "this caller", "this team", "this workflow",
        "this provider", "this provider"
    };

    ngx_ai_error_fill(error, AIR_FAULT_LIMITED);

    p = ngx_pnalloc(ctx->r->pool, NGX_AI_LIMIT_TEXT);
    if (p == NULL) {
        return NGX_ERROR;
    }

    error->message.data = p;
    last = p + NGX_AI_LIMIT_TEXT;

    whose = account->scope == AIR_SCOPE_PRINCIPAL && ctx->key != NULL
            ? "this API key" : names[account->scope];

    never = refusal->why == AIR_REFUSED_TOKENS && tokens > refusal->limit;
    ctx->retry_ms = refusal->retry_ms;

    switch (refusal->why) {

    case AIR_REFUSED_RUNNING:
        error->code = air_str_z("concurrency_limit_exceeded");
        ctx->retry_ms = NGX_AI_LIMIT_RUNNING;

        p = ngx_slprintf(p, last, "Too many requests of %s at once: limit "
                         "%uL. Please try again in 1s.", whose,
                         refusal->limit);
        break;

    case AIR_REFUSED_TOKENS:
        error->type = air_str_z("tokens");

        if (never) {
            ctx->retry_ms = 0;

            p = ngx_slprintf(p, last, "Request too large for %s on tokens per "
                             "min (TPM): Limit %uL, Requested %uL. The input "
                             "or output tokens must be reduced in order to "
                             "run successfully.", whose, refusal->limit,
                             tokens);
            break;
        }

        p = ngx_slprintf(p, last, "Rate limit reached for %s on tokens per "
                         "min (TPM): Limit %uL, Remaining %uL, Requested %uL. "
                         "Please try again in %uLs.", whose, refusal->limit,
                         refusal->left, tokens,
                         (ctx->retry_ms + 999) / 1000);
        break;

    default:
        p = ngx_slprintf(p, last, "Rate limit reached for %s on requests per "
                         "min (RPM): Limit %uL, Remaining %uL. Please try "
                         "again in %uLs.", whose, refusal->limit,
                         refusal->left, (ctx->retry_ms + 999) / 1000);
        break;
    }

    error->message.len = p - error->message.data;

    ngx_log_error(NGX_LOG_INFO, ctx->r->connection->log, 0,
                  "ai: rid=%*s why=limited account=%s%s%*s: %s",
                  (size_t) 32, ctx->id_hex, air_scope_name(account->scope),
                  account->name.len ? "/" : "", account->name.len,
                  account->name.data,
                  refusal->why == AIR_REFUSED_RUNNING ? "running"
                  : refusal->why == AIR_REFUSED_TOKENS ? "tokens"
                                                       : "requests");

    ngx_ai_stat_budget(ctx, NULL,
                       refusal->why == AIR_REFUSED_RUNNING
                       ? AIR_STAT_LIMITED_RUNNING
                       : refusal->why == AIR_REFUSED_TOKENS
                         ? AIR_STAT_LIMITED_TOKENS
                         : AIR_STAT_LIMITED_REQUESTS);

    if (never) {

        /* clients would else send it again and again */

        ngx_str_set(&value, "false");
        return ngx_ai_header_add(ctx->r, "x-should-retry", &value);
    }

    return ngx_ai_limit_again(ctx, refusal->limit, refusal->left);
}


ngx_int_t
ngx_ai_limit_again(ngx_ai_ctx_t *ctx, uint64_t limit, uint64_t left)
{
    if (ctx->retry_ms
        && ngx_ai_limit_number(ctx, "retry-after-ms", ctx->retry_ms)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (limit == 0 || ctx->alcf->headers == NGX_AI_HEADERS_OFF) {
        return NGX_OK;
    }

    if (ngx_ai_limit_number(ctx, "X-RateLimit-Limit", limit) != NGX_OK
        || ngx_ai_limit_number(ctx, "X-RateLimit-Remaining", left) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_ai_limit_number(ctx, "X-RateLimit-Reset",
                               (uint64_t) ngx_ai_now() + ctx->retry_ms);
}


/* ---- a vendor's keys -------------------------------------------------- */

/* takes the attempt's place at its key: NGX_OK, NGX_BUSY, NGX_DECLINED with
   ctx->fault */
static ngx_int_t
ngx_ai_limit_key_hold(ngx_ai_attempt_t *att, air_refusal_t *refusal)
{
    int64_t            hold;
    air_ask_t          ask;
    ngx_ai_ctx_t      *ctx;
    air_account_t      account;
    air_accounts_t    *book;
    ngx_ai_vendor_t   *vendor;
    u_char             name[AIR_ACCOUNT_NAME];

    ctx = att->ctx;
    vendor = att->target->vendor;
    book = ngx_ai_limit_book(ctx);

    if (book == NULL) {
        ctx->fault = AIR_FAULT_LEDGER;
        return NGX_DECLINED;
    }

    ngx_memzero(&account, sizeof(air_account_t));
    account.scope = AIR_SCOPE_VENDOR_KEY;
    account.name = air_account_name(ngx_ai_air(att->key != NULL
                                               ? att->key->name
                                               : vendor->name),
                                    AIR_ACCOUNT_NAME, name);
    account.rate = vendor->account->rate;

    hold = ngx_ai_limit_reserve(ctx, book, &account, 1,
                                account.rate.tokens ? att->choice : NULL,
                                &ask, refusal);

    if (hold > 0) {
        att->key_hold = hold;
        return NGX_OK;
    }

    if (hold == AIR_EBUSY) {
        return NGX_BUSY;
    }

    ctx->fault = hold == AIR_ELIMIT ? AIR_FAULT_OVERLOAD : AIR_FAULT_LEDGER;

    return NGX_DECLINED;
}


ngx_int_t
ngx_ai_limit_key(ngx_ai_attempt_t *att, int64_t now)
{
    uint64_t          retry;
    ngx_int_t         rc;
    ngx_ai_ctx_t     *ctx;
    air_refusal_t     refusal;
    ngx_ai_vendor_t  *vendor;

    ctx = att->ctx;
    vendor = att->target->vendor;

    if (vendor->account == NULL || !vendor->account->rated) {
        return NGX_OK;
    }

    for ( ;; ) {
        ngx_memzero(&refusal, sizeof(air_refusal_t));

        rc = ngx_ai_limit_key_hold(att, &refusal);
        if (rc != NGX_BUSY) {
            return rc;
        }

        /* one that never fits is not waited for */

        retry = refusal.why == AIR_REFUSED_RUNNING ? NGX_AI_LIMIT_RUNNING
                                                   : refusal.retry_ms;

        if (retry && (ctx->limit_ms == 0 || retry < ctx->limit_ms)) {
            ctx->limit_ms = retry;
        }

        if (!ngx_ai_pool(vendor)) {
            return NGX_BUSY;
        }

        att->limited |= (uint32_t) 1 << (att->key
                                         - (ngx_ai_vkey_t *)
                                           vendor->keys->elts);
        ngx_ai_health_give(att);

        if (!ngx_ai_health_take(att, now)) {
            return NGX_BUSY;
        }
    }
}


void
ngx_ai_limit_key_end(ngx_ai_attempt_t *att, ngx_uint_t sent)
{
    air_accounts_t  *book;

    if (att->key_hold == 0) {
        return;
    }

    book = ngx_ai_limit_book(att->ctx);

    if (book != NULL) {

        if (sent && !att->hit) {
            air_accounts_settle(book, att->key_hold, 0,
                                ngx_ai_limit_used(att));

        } else {
            air_accounts_cancel(book, att->key_hold);
        }
    }

    att->key_hold = 0;
}
