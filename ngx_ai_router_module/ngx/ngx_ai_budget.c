
/*
 * Budgets at work: what a request may cost is set aside before a vendor is
 * asked, targets that do not fit are left out, and past a soft mark, or where
 * nothing fits, the request moves to another tier.  What it really cost is
 * booked by the ledger, which ends what was set aside with its slot.
 */

#include "ngx_ai_alert.h"


#define NGX_AI_BUDGET_WAYS  8     /* places of a window that was told of    */


/* what targets may cost, for a look at all of them */
typedef struct {
    ngx_uint_t            n;
    air_ask_t            *ask;
    ngx_ai_choice_t     **choice;
    air_candidate_t     **cand;
    unsigned char        *ok;             /* it fits                        */
} ngx_ai_budget_ask_t;


static air_accounts_t *ngx_ai_budget_book(ngx_ai_ctx_t *ctx);
static void ngx_ai_budget_ask(ngx_ai_ctx_t *ctx, const air_bound_t *bound,
    ngx_ai_choice_t *choice, air_ask_t *ask);
static ngx_int_t ngx_ai_budget_over(ngx_ai_ctx_t *ctx,
    ngx_ai_accounts_t *list, ngx_ai_choice_t *choice, uint64_t worst,
    air_refusal_t *refusal);
static ngx_int_t ngx_ai_budget_look(ngx_ai_ctx_t *ctx,
    ngx_ai_accounts_t *list, const air_bound_t *bound,
    ngx_ai_budget_ask_t *b);
static ngx_int_t ngx_ai_budget_leave(ngx_ai_ctx_t *ctx,
    const air_bound_t *bound, ngx_ai_budget_ask_t *b);
static ngx_uint_t ngx_ai_budget_told(ngx_ai_ctx_t *ctx, air_alert_e kind,
    air_scope_e scope, air_str_t name, air_period_e period, int64_t start_ms);
static void ngx_ai_budget_moved(ngx_ai_ctx_t *ctx, air_account_t *a,
    const air_budget_rule_t *rule, air_budget_window_t *w);
static void ngx_ai_budget_cut(ngx_ai_attempt_t *att, const air_bound_t *bound,
    ngx_ai_accounts_t *list, air_ask_t *ask);
static uint64_t ngx_ai_budget_running(ngx_ai_attempt_t *att, uint64_t output);


/* where accounts are kept, NULL while they cannot be */
static air_accounts_t *
ngx_ai_budget_book(ngx_ai_ctx_t *ctx)
{
    if (ctx->accounts == NULL || ctx->amcf->ledger == NULL) {
        return NULL;
    }

    return air_ledger_accounts(ctx->amcf->ledger);
}


/* counting tokens is free */
static void
ngx_ai_budget_ask(ngx_ai_ctx_t *ctx, const air_bound_t *bound,
    ngx_ai_choice_t *choice, air_ask_t *ask)
{
    ngx_memzero(ask, sizeof(air_ask_t));

    if (ctx->op == AIR_OP_COUNT_TOKENS) {
        return;
    }

    ask->expected = AIR_UNKNOWN;

    ngx_ai_attempt_price(ctx, bound, choice, &ask->worst,
                         ctx->amcf->loose ? &ask->expected : NULL);
}


/* Notes what the cheapest target so far did not fit into. */
static ngx_int_t
ngx_ai_budget_over(ngx_ai_ctx_t *ctx, ngx_ai_accounts_t *list,
    ngx_ai_choice_t *choice, uint64_t worst, air_refusal_t *refusal)
{
    u_char            *name;
    air_account_t     *a;
    ngx_ai_over_t     *over;
    ngx_ai_account_t  *conf;

    over = ctx->over;

    if (over == NULL) {
        over = ngx_pcalloc(ctx->r->pool, sizeof(ngx_ai_over_t));
        if (over == NULL) {
            return NGX_ERROR;
        }

        over->worst = AIR_UNKNOWN;
        ctx->over = over;

    } else if (worst >= over->worst) {
        return NGX_OK;
    }

    a = &list->list[refusal->account];
    conf = list->conf[refusal->account];

    name = ngx_pnalloc(ctx->r->pool, a->name.len + 1);
    if (name == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(name, a->name.data, a->name.len);

    over->refusal = *refusal;
    over->scope = a->scope;
    over->name = air_str_n(name, a->name.len);
    over->choice = choice;
    over->worst = worst;
    over->hard = 0;

    if (conf != NULL) {
        over->hard = ngx_ai_budget_of(conf, refusal->period)->hard;
    }

    return NGX_OK;
}


ngx_ai_budget_t *
ngx_ai_budget_of(ngx_ai_account_t *conf, air_period_e period)
{
    ngx_uint_t  i;

    static ngx_ai_budget_t  plain;

    for (i = 0; conf != NULL && i < conf->nbudget; i++) {
        if (conf->rule[i].period == period) {
            return &conf->budget[i];
        }
    }

    return &plain;
}


/* ---- the decision ----------------------------------------------------- */

/* which of n asks fit into the accounts, and, unless the bound is rough, what
   the cheapest of those that do not would need; NGX_OK or NGX_ERROR */
static ngx_int_t
ngx_ai_budget_look(ngx_ai_ctx_t *ctx, ngx_ai_accounts_t *list,
    const air_bound_t *bound, ngx_ai_budget_ask_t *b)
{
    int              rc;
    ngx_uint_t       i, least;
    air_refusal_t    refusal;
    air_accounts_t  *book;

    book = ngx_ai_budget_book(ctx);
    ngx_memset(b->ok, 1, b->n);

    rc = air_accounts_fits(book, list->list, list->n, b->ask, b->n, b->ok,
                           ngx_ai_now(), &refusal);

    if (rc != AIR_EBUSY || bound->rough) {
        return NGX_OK;
    }

    least = b->n;

    for (i = 0; i < b->n; i++) {
        if (!b->ok[i] && (least == b->n
                          || b->ask[i].worst < b->ask[least].worst))
        {
            least = i;
        }
    }

    if (least == b->n
        || air_accounts_fits(book, list->list, list->n, &b->ask[least], 1,
                             &b->ok[least], ngx_ai_now(), &refusal)
           != AIR_EBUSY)
    {
        /* it does by now */

        return NGX_OK;
    }

    return ngx_ai_budget_over(ctx, list, b->choice[least],
                              b->ask[least].worst, &refusal);
}


/* Leaves out what does not fit by that bound; NGX_OK, NGX_DECLINED when that is
   somebody and the bound is rough: nobody is left out then, or NGX_ERROR. */
static ngx_int_t
ngx_ai_budget_leave(ngx_ai_ctx_t *ctx, const air_bound_t *bound,
    ngx_ai_budget_ask_t *b)
{
    ngx_uint_t            i;
    ngx_ai_vendor_t      *vendor;
    ngx_ai_accounts_t     own;
    ngx_ai_budget_ask_t   one;

    for (i = 0; i < b->n; i++) {
        ngx_ai_budget_ask(ctx, bound, b->choice[i], &b->ask[i]);
    }

    if (ctx->accounts->budgets && b->n
        && ngx_ai_budget_look(ctx, ctx->accounts, bound, b) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < b->n; i++) {
        vendor = b->choice[i]->target->vendor;

        if (!ctx->accounts->budgets) {
            b->ok[i] = 1;
        }

        if (b->ok[i] && vendor->account != NULL && vendor->account->nbudget) {
            one.n = 1;
            one.ask = &b->ask[i];
            one.choice = &b->choice[i];
            one.ok = &b->ok[i];

            ngx_ai_accounts_vendor(b->choice[i]->target, &own);

            if (ngx_ai_budget_look(ctx, &own, bound, &one) != NGX_OK) {
                return NGX_ERROR;
            }
        }

        if (!b->ok[i] && bound->rough) {
            return NGX_DECLINED;
        }
    }

    for (i = 0; i < b->n; i++) {
        if (!b->ok[i]) {
            b->cand[i]->out = AIR_WHY_BUDGET;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_ai_budget_filter(ngx_ai_ctx_t *ctx, air_candidate_t *cand, ngx_uint_t n)
{
    ngx_int_t             rc;
    ngx_uint_t            i, limited;
    ngx_ai_choice_t      *choice;
    ngx_ai_vendor_t      *vendor;
    ngx_ai_budget_ask_t   b;

    if (ngx_ai_budget_book(ctx) == NULL || ctx->op == AIR_OP_COUNT_TOKENS) {
        return NGX_OK;
    }

    choice = ctx->workflow->choices.elts;
    limited = ctx->accounts->budgets;

    for (i = 0; i < n && !limited; i++) {
        vendor = choice[cand[i].id].target->vendor;
        limited = vendor->account != NULL && vendor->account->nbudget;
    }

    if (!limited || n == 0) {
        return NGX_OK;
    }

    b.n = 0;
    b.ask = ngx_palloc(ctx->r->pool, n * (sizeof(air_ask_t)
                                          + 2 * sizeof(void *) + 1));
    if (b.ask == NULL) {
        return NGX_ERROR;
    }

    b.choice = (ngx_ai_choice_t **) &b.ask[n];
    b.cand = (air_candidate_t **) &b.choice[n];
    b.ok = (unsigned char *) &b.cand[n];

    for (i = 0; i < n; i++) {

        if (cand[i].out || !cand[i].op_ok) {
            continue;
        }

        b.cand[b.n] = &cand[i];
        b.choice[b.n] = &choice[cand[i].id];
        b.n++;
    }

    /* mostly there is room for more than it can cost, and nothing need be
       counted */

    rc = ngx_ai_budget_leave(ctx, ngx_ai_bound_rough(ctx), &b);

    return rc == NGX_DECLINED ? ngx_ai_budget_leave(ctx, ngx_ai_bound(ctx), &b)
                              : rc;
}


/* 1 when somebody was told that of that window before */
static ngx_uint_t
ngx_ai_budget_told(ngx_ai_ctx_t *ctx, air_alert_e kind, air_scope_e scope,
    air_str_t name, air_period_e period, int64_t start_ms)
{
    uint64_t         hash, was, *slot;
    ngx_uint_t       i, free;
    unsigned char    key[24];

    hash = air_route_hash(name);

    ngx_memcpy(key, &hash, 8);
    ngx_memcpy(key + 8, &start_ms, 8);
    ngx_memzero(key + 16, 8);
    key[16] = scope;
    key[17] = period;
    key[18] = kind;

    hash = air_route_hash(air_str_n(key, sizeof(key)));
    slot = ctx->amcf->zone->sh->soft;
    slot += hash % (NGX_AI_ZONE_SOFT / NGX_AI_BUDGET_WAYS)
            * NGX_AI_BUDGET_WAYS;

    free = (hash >> 32) % NGX_AI_BUDGET_WAYS;

    for (i = NGX_AI_BUDGET_WAYS; i > 0; i--) {
        was = ngx_ai_get(&slot[i - 1]);

        if (was == hash) {
            return 1;
        }

        if (was == 0) {
            free = i - 1;
        }
    }

    was = ngx_ai_get(&slot[free]);

    return !ngx_ai_swap(&slot[free], was, hash);
}


/* notes whose soft mark moves the request, for an error that may come of it */
static void
ngx_ai_budget_moved(ngx_ai_ctx_t *ctx, air_account_t *a,
    const air_budget_rule_t *rule, air_budget_window_t *w)
{
    uint64_t        used;
    ngx_ai_over_t  *over;

    over = ngx_pcalloc(ctx->r->pool, sizeof(ngx_ai_over_t));
    if (over == NULL) {
        return;
    }

    used = w->spent + w->reserved;

    over->refusal.why = AIR_REFUSED_BUDGET;
    over->refusal.period = rule->period;
    over->refusal.limit = rule->amount;
    over->refusal.left = used < rule->amount ? rule->amount - used : 0;
    over->scope = a->scope;

    ctx->soft = over;
}


ngx_uint_t
ngx_ai_budget_soft(ngx_ai_ctx_t *ctx)
{
    int64_t               now;
    ngx_uint_t            i, k, tier, past;
    air_account_t        *a;
    air_accounts_t       *book;
    ngx_ai_budget_t      *budget;
    air_budget_window_t  *w;
    air_account_state_t   state;

    book = ngx_ai_budget_book(ctx);
    tier = 0;
    past = 0;

    if (book == NULL || !ctx->accounts->soft) {
        return 0;
    }

    now = ngx_ai_now();

    for (i = 0; i < ctx->accounts->n; i++) {
        a = &ctx->accounts->list[i];

        for (k = 0; k < a->nbudget; k++) {
            if (a->budget[k].soft != AIR_UNKNOWN) {
                break;
            }
        }

        if (k == a->nbudget
            || air_accounts_get(book, a->scope, a->name, now, &state)
               != AIR_OK)
        {
            continue;
        }

        for ( /* void */ ; k < a->nbudget; k++) {
            w = &state.now[a->budget[k].period];

            if (w->spent < a->budget[k].soft) {
                continue;
            }

            past = 1;
            budget = ngx_ai_budget_of(ctx->accounts->conf[i],
                                      a->budget[k].period);

            if (tier == 0 && budget->soft) {
                tier = budget->soft;
                ngx_ai_budget_moved(ctx, a, &a->budget[k], w);
            }

            if (ctx->peek
                || ngx_ai_budget_told(ctx, AIR_ALERT_BUDGET_SOFT, a->scope,
                                      a->name, a->budget[k].period,
                                      w->start_ms))
            {
                continue;
            }

            ngx_ai_alert_budget(ctx->amcf, AIR_ALERT_BUDGET_SOFT, a->scope,
                                a->name, a->budget[k].period, w->spent,
                                a->budget[k].soft);

            ngx_log_error(NGX_LOG_WARN, ctx->r->connection->log, 0,
                          "ai: rid=%*s why=budget_soft account=%s%s%*s "
                          "period=%s: the soft mark of its budget is passed%s"
                          "%V", (size_t) 32, ctx->id_hex,
                          air_scope_name(a->scope), a->name.len ? "/" : "",
                          a->name.len, a->name.data,
                          air_period_name(a->budget[k].period),
                          budget->soft ? ", requests go to tier " : "",
                          &budget->soft_name);
        }
    }

    if (past && !ctx->peek) {
        ngx_ai_stat_budget(ctx, NULL, AIR_STAT_BUDGET_SOFT);
    }

    return tier;
}


void
ngx_ai_budget_hard(ngx_ai_ctx_t *ctx, ngx_ai_over_t *over)
{
    air_refusal_t  *r;

    r = &over->refusal;

    if (r->why != AIR_REFUSED_BUDGET
        || !ngx_ai_alert_wanted(ctx->amcf, AIR_ALERT_BUDGET_HARD)
        || ngx_ai_budget_told(ctx, AIR_ALERT_BUDGET_HARD, over->scope,
                              over->name, r->period,
                              air_period_start(r->period, ngx_ai_now())))
    {
        return;
    }

    ngx_ai_alert_budget(ctx->amcf, AIR_ALERT_BUDGET_HARD, over->scope,
                        over->name, r->period,
                        r->limit - ngx_min(r->left, r->limit), r->limit);
}


ngx_ai_tier_t *
ngx_ai_budget_tier(ngx_ai_ctx_t *ctx)
{
    ngx_ai_tier_t  **tier;

    tier = ctx->amcf->degrades.elts;

    return tier[ctx->degrade - 1];
}


/* ---- an attempt ------------------------------------------------------- */

ngx_int_t
ngx_ai_budget_reserve(ngx_ai_attempt_t *att, const air_bound_t *bound)
{
    int64_t             hold;
    air_ask_t           ask;
    ngx_ai_ctx_t       *ctx;
    air_refusal_t       refusal;
    air_accounts_t     *book;
    ngx_ai_accounts_t   list;

    ctx = att->ctx;
    book = ngx_ai_budget_book(ctx);
    att->cut_cost = AIR_UNKNOWN;

    if (ctx->accounts == NULL || ctx->op == AIR_OP_COUNT_TOKENS) {
        return NGX_OK;
    }

    ngx_ai_accounts_target(ctx->accounts, att->target, &list);

    if (book == NULL && list.budgets) {
        ctx->fault = AIR_FAULT_LEDGER;
        return NGX_DECLINED;
    }

    if (book == NULL) {

        /* nothing is to be kept: it is counted by its record */

        air_ledger_unheld(ctx->amcf->ledger, att->slot);
        return NGX_OK;
    }

    ngx_ai_budget_ask(ctx, bound, att->choice, &ask);

    hold = air_accounts_reserve(book, list.list, list.n, &ask, att->slot,
                                att->time_ms, &refusal);

    if (hold == AIR_EBUSY && bound->rough) {
        return NGX_AGAIN;
    }

    if (hold == AIR_EBUSY) {
        return ngx_ai_budget_over(ctx, &list, att->choice, ask.worst, &refusal)
               == NGX_OK ? NGX_BUSY : NGX_ERROR;
    }

    if (hold < 0) {

        /* a full table: what cannot be counted cannot be kept */

        if (!list.budgets) {
            air_ledger_unheld(ctx->amcf->ledger, att->slot);
            return NGX_OK;
        }

        ctx->fault = AIR_FAULT_OVERLOAD;
        ngx_log_error(NGX_LOG_CRIT, ctx->r->connection->log, 0,
                      "ai: rid=%*s why=overload: the table of accounts is "
                      "full, nothing was sent", (size_t) 32, ctx->id_hex);
        return NGX_DECLINED;
    }

    if (list.budgets && ctx->request.stream) {
        ngx_ai_budget_cut(att, bound, &list, &ask);
    }

    return NGX_OK;
}


/* ---- a stream --------------------------------------------------------- */

/*
 * What the vendor would bill for so many tokens of output: of the prompt what
 * it reported, or what is estimated.
 */
static uint64_t
ngx_ai_budget_running(ngx_ai_attempt_t *att, uint64_t output)
{
    unsigned            flags;
    uint64_t            in;
    air_usage_t         u;
    ngx_ai_target_t    *target;
    const air_price_t  *price;

    target = att->target;
    price = target->info ? air_model_price(target->info, att->time_ms) : NULL;

    u = att->note.usage;
    in = air_usage_input(&u);

    if (in == 0) {
        air_usage_init(&u);
        u.n[AIR_IN] = ngx_ai_estimate_input(att->ctx);
        u.tier = att->ctx->request.tier;
    }

    u.n[AIR_OUT] = ngx_max(output, u.n[AIR_OUT]);
    u.estimated = 1;

    if (target->info != NULL && u.mul_num == u.mul_den) {
        ngx_ai_multiplier(target->vendor, target->info, &u.mul_num,
                          &u.mul_den);
    }

    flags = 0;

    return air_price_cost(price, &u, att->time_ms, &flags);
}


/*
 * Where a stream is to end: when it cost more than the least that a budget
 * with over_reservation=cut set aside.  It is not looked at before it has more
 * tokens than the request allows, or than were expected.
 */
static void
ngx_ai_budget_cut(ngx_ai_attempt_t *att, const air_bound_t *bound,
    ngx_ai_accounts_t *list, air_ask_t *ask)
{
    uint64_t          n;
    ngx_uint_t        i, k, loose;
    air_account_t    *a;
    ngx_ai_budget_t  *budget;

    loose = 0;

    for (i = 0; i < list->n; i++) {
        a = &list->list[i];

        for (k = 0; k < a->nbudget; k++) {
            budget = ngx_ai_budget_of(list->conf[i], a->budget[k].period);

            if (budget->let) {
                continue;
            }

            n = a->budget[k].loose ? ask->expected : ask->worst;
            loose |= a->budget[k].loose;

            att->cut_cost = ngx_min(att->cut_cost, n);
        }
    }

    if (att->cut_cost == AIR_UNKNOWN) {
        return;
    }

    n = loose ? ngx_ai_expected_output(att->ctx, bound, att->choice)
              : air_bound_output(bound, &att->target->can);

    att->cut_centi = n < AIR_UNKNOWN / 200 ? n * 100 : AIR_UNKNOWN;
}


ngx_uint_t
ngx_ai_budget_spent(ngx_ai_attempt_t *att)
{
    uint64_t            cost;
    air_ask_t           ask;
    ngx_ai_ctx_t       *ctx;
    ngx_ai_accounts_t   list;

    ctx = att->ctx;

    if (!ctx->bounded) {

        /* what was set aside roughly is more than what the request is due */

        ngx_ai_accounts_target(ctx->accounts, att->target, &list);
        ngx_ai_budget_ask(ctx, ngx_ai_bound(ctx), att->choice, &ask);
        ngx_ai_budget_cut(att, ngx_ai_bound(ctx), &list, &ask);
    }

    /* a quarter is for what an estimate may err: an answer that keeps to its
       limit is not cut */

    cost = ngx_ai_budget_running(att, ngx_ai_budget_output(att));

    return cost != AIR_UNKNOWN && cost > att->cut_cost;
}


uint64_t
ngx_ai_budget_output(ngx_ai_attempt_t *att)
{
    uint64_t  n;

    n = air_estimate_tokens(&att->note.visible);

    return n - n / 4;
}
