
/*
 * Accounts: who pays for a request, and what budgets and limits say.  Who has
 * spent what is kept by store/air_accounts.h.
 *
 * An account is all requests ("total"), a principal, a team, a workflow, a
 * vendor.  Those of "ai_account" are in amcf->accounts, a workflow's and a
 * vendor's stand in their own blocks.
 */

#ifndef _NGX_AI_ACCOUNT_H_INCLUDED_
#define _NGX_AI_ACCOUNT_H_INCLUDED_


#define NGX_AI_MAX_DEGRADES  16
#define NGX_AI_ACCOUNTS      5    /* of an attempt, at the most             */


/* of a "budget" what its rule has no place for */
typedef struct {
    ngx_ai_place_t        place;
    ngx_str_t             written;        /* "50usd/day"                    */
    ngx_str_t             soft_name;      /* of a tier, or empty: log       */
    ngx_str_t             hard_name;      /* of a tier, or empty: refuse    */
    ngx_uint_t            soft;           /* number of that tier from 1, as
                                             in choice->degrade; 0          */
    ngx_uint_t            hard;
    unsigned              let:1;          /* streams run on past what was set
                                             aside for them                 */
} ngx_ai_budget_t;


struct ngx_ai_account_s {
    air_scope_e           scope;
    ngx_str_t             name;           /* "*": each without its own block */
    ngx_ai_place_t        place;
    air_budget_rule_t     rule[AIR_NPERIOD];
    ngx_ai_budget_t       budget[AIR_NPERIOD];    /* of the same index      */
    ngx_uint_t            nbudget;
    air_rate_rule_t       rate;
    unsigned              rated:1;        /* it has a "limit"               */
};


/* of one request: total, principal, team, workflow, those there are; of one
   attempt the vendor after them */
struct ngx_ai_accounts_s {
    air_account_t         list[NGX_AI_ACCOUNTS];
    ngx_ai_account_t     *conf[NGX_AI_ACCOUNTS];  /* its limits; NULL: none,
                                                     or those of a key      */
    ngx_uint_t            n;
    unsigned              budgets:1;      /* somebody has one               */
    unsigned              soft:1;         /* with a soft mark               */
    unsigned              rates:1;        /* somebody has a limit           */
    u_char                name[NGX_AI_ACCOUNTS][AIR_ACCOUNT_NAME];
};


/* what the cheapest target that was left out did not fit into */
struct ngx_ai_over_s {
    air_refusal_t         refusal;
    air_scope_e           scope;
    air_str_t             name;
    ngx_ai_choice_t      *choice;
    uint64_t              worst;          /* pUSD there                     */
    ngx_uint_t            hard;           /* tier that its budget goes to   */
    int64_t               resets_ms;
};


/* ---- ngx_ai_conf_account.c -------------------------------------------- */

/* The account that a directive of the block being parsed is for: an ai_account
   block, a workflow, a vendor; made when there is none yet.  NULL: no
   memory. */
ngx_ai_account_t *ngx_ai_conf_account_of(ngx_conf_t *cf, void *conf);

/* After parsing, before workflows get their targets: tiers that budgets go to
   are found and numbered.  Mistakes are logged and counted in *mistakes. */
ngx_int_t ngx_ai_conf_account_tiers(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf,
    ngx_uint_t *mistakes);

/* When all names are known: whether anybody counts, and what budgets need: a
   ledger, prices. */
ngx_int_t ngx_ai_conf_account_check(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf,
    ngx_uint_t *mistakes);


/* ---- ngx_ai_account.c ------------------------------------------------- */

/* What limits the account of that scope and name: its own block, else the one
   of "*"; NULL. */
ngx_ai_account_t *ngx_ai_account_find(ngx_ai_main_conf_t *amcf,
    air_scope_e scope, air_str_t name);

/*
 * Who pays: ctx->team, and ctx->accounts where accounts are counted; once
 * principal and workflow are known, may be called again when the workflow is
 * another one.  NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_ai_accounts_read(ngx_ai_ctx_t *ctx);

/* Those of a request with the vendor of a target after them. */
void ngx_ai_accounts_target(const ngx_ai_accounts_t *from,
    ngx_ai_target_t *target, ngx_ai_accounts_t *accounts);

/* A copy that lives as long as pool, names and rules too; NULL: no memory. */
ngx_ai_accounts_t *ngx_ai_accounts_copy(const ngx_ai_accounts_t *from,
    ngx_pool_t *pool);

/* Those of names alone, as configured: what a key brings of its own is not
   among their limits. */
void ngx_ai_accounts_named(ngx_ai_main_conf_t *amcf, ngx_str_t *principal,
    ngx_str_t *team, ngx_str_t *workflow, ngx_ai_accounts_t *accounts);

/* The vendor of a target alone. */
void ngx_ai_accounts_vendor(ngx_ai_target_t *target,
    ngx_ai_accounts_t *accounts);

/* What the limits of all of the request's accounts leave now; nothing is
   limited while they cannot be read. */
void ngx_ai_accounts_left(ngx_ai_ctx_t *ctx, air_accounts_left_t *left);

/* The principal, the team and the workflow as accounts and records have
   them; empty where there is none.  Valid as long as the request. */
air_str_t ngx_ai_account_booked(ngx_ai_ctx_t *ctx, air_scope_e scope);


/* ---- ngx_ai_budget.c -------------------------------------------------- */

/* What else is said of an account's budget of that period; conf may be NULL:
   the defaults. */
ngx_ai_budget_t *ngx_ai_budget_of(ngx_ai_account_t *conf, air_period_e period);

/* The tier that a soft mark which is passed moves the request to, 0: none;
   ctx->soft is of that budget.  The first time in each window it is logged. */
ngx_uint_t ngx_ai_budget_soft(ngx_ai_ctx_t *ctx);

/* A request is refused for over: the first time in a window that its money is
   spent there is an alert. */
void ngx_ai_budget_hard(ngx_ai_ctx_t *ctx, ngx_ai_over_t *over);

/* The tier that the request was moved to. */
ngx_ai_tier_t *ngx_ai_budget_tier(ngx_ai_ctx_t *ctx);

/* Leaves out the candidates that no budget has room for: cand[i].out, and
   ctx->over.  Takes nothing.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_budget_filter(ngx_ai_ctx_t *ctx, air_candidate_t *cand,
    ngx_uint_t n);

/*
 * Sets aside what the attempt may cost by that bound; its slot in flight is
 * taken, and ends it.  NGX_OK; NGX_BUSY: some budget has no room, ctx->over
 * says which; NGX_AGAIN: the same, but the bound is rough; NGX_DECLINED with
 * ctx->fault; NGX_ERROR.
 */
ngx_int_t ngx_ai_budget_reserve(ngx_ai_attempt_t *att,
    const air_bound_t *bound);

/* 1 when a stream that passed att->cut_centi cost more than was set aside for
   it. */
ngx_uint_t ngx_ai_budget_spent(ngx_ai_attempt_t *att);

/* Tokens that a stream wrote, at the least: what the cut goes by, and what is
   booked of it. */
uint64_t ngx_ai_budget_output(ngx_ai_attempt_t *att);


/* ---- ngx_ai_over.c ---------------------------------------------------- */

/* Nobody was asked for ctx->over: the error that says so, and how long to
   wait in *retry_ms, 0 not told.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_over_error(ngx_ai_ctx_t *ctx, air_error_t *error,
    uint64_t *retry_ms);

/* An answer failed its floor, and a budget is why there was none better: the
   error says so, too; else nothing changes.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_over_floor(ngx_ai_ctx_t *ctx, air_error_t *error);

/* The member "budgets" of a plan, with a comma before it. */
void ngx_ai_over_plan(ngx_ai_ctx_t *ctx, air_buf_t *b);


/* ---- ngx_ai_limit.c --------------------------------------------------- */

/*
 * Takes the request's place in the rates of its accounts, once it is decided;
 * not for dry runs.  NGX_OK; NGX_DECLINED with *error, a 429, and
 * ctx->retry_ms; NGX_ERROR.
 */
ngx_int_t ngx_ai_limit_take(ngx_ai_ctx_t *ctx, air_error_t *error);

/* Ends that, with the tokens of all attempts; may be called again. */
void ngx_ai_limit_settle(ngx_ai_ctx_t *ctx);

/* Tokens of an attempt, prompt and answer, once its cost is known. */
uint64_t ngx_ai_limit_used(ngx_ai_attempt_t *att);

/* Adds the headers of a limited request: limit, what is left, when it is
   free again.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_limit_headers(ngx_ai_ctx_t *ctx, air_accounts_left_t *left);

/* Adds the other headers of a 429: when to try again.  NGX_OK or
   NGX_ERROR. */
ngx_int_t ngx_ai_limit_again(ngx_ai_ctx_t *ctx, uint64_t limit,
    uint64_t left);

/*
 * The attempt's place at its vendor's key, or at another one of the pool,
 * which becomes att->key.  NGX_OK; NGX_BUSY: all are at their limit;
 * NGX_DECLINED with ctx->fault.
 */
ngx_int_t ngx_ai_limit_key(ngx_ai_attempt_t *att, int64_t now);

/* Ends that: with what the attempt used, or as never sent. */
void ngx_ai_limit_key_end(ngx_ai_attempt_t *att, ngx_uint_t sent);


/* ---- ngx_ai_status_account.c ------------------------------------------ */

/* The members "accounts" and "accounts_not_shown", with a comma before
   them, where accounts are counted. */
void ngx_ai_status_accounts(ngx_ai_main_conf_t *amcf, air_buf_t *b);

/* Budgets of configured accounts into stats, in pool.  NGX_OK or
   NGX_ERROR. */
ngx_int_t ngx_ai_status_account_stats(ngx_ai_main_conf_t *amcf,
    ngx_pool_t *pool, air_stats_t *stats);


/* ---- ngx_ai_key_info.c ------------------------------------------------ */

/* 1 when the path is one of "key", "auth/key" and "credits". */
ngx_uint_t ngx_ai_key_info_asked(ngx_ai_ctx_t *ctx);

/* Answers it; returns what ngx_http_finalize_request() takes. */
ngx_int_t ngx_ai_key_info(ngx_ai_ctx_t *ctx);


#endif /* _NGX_AI_ACCOUNT_H_INCLUDED_ */
