
/*
 * Who pays for a request.
 */

#include "ngx_ai_router_module.h"


static void ngx_ai_accounts_key(ngx_ai_accounts_t *list,
    const air_key_t *key);
static void ngx_ai_accounts_add(ngx_ai_accounts_t *list, air_scope_e scope,
    air_str_t name, size_t max, ngx_ai_account_t *conf);


ngx_ai_account_t *
ngx_ai_account_find(ngx_ai_main_conf_t *amcf, air_scope_e scope,
    air_str_t name)
{
    ngx_int_t           rc;
    ngx_uint_t          i, from, to;
    ngx_ai_account_t  **account, *all;

    account = amcf->accounts.elts;
    from = 0;
    to = amcf->accounts.nelts;
    all = NULL;

    /* sorted by scope and name: "*" may stand anywhere */

    while (from < to) {
        i = from + (to - from) / 2;

        rc = account[i]->scope < scope ? -1
             : account[i]->scope > scope ? 1
             : ngx_memn2cmp(account[i]->name.data, name.data,
                            account[i]->name.len, name.len);

        if (rc == 0) {
            return account[i];
        }

        if (rc < 0) {
            from = i + 1;

        } else {
            to = i;
        }
    }

    if (name.len == 1 && name.data[0] == '*') {
        return NULL;
    }

    if (scope != AIR_SCOPE_TOTAL) {
        all = ngx_ai_account_find(amcf, scope, air_str_z("*"));
    }

    return all;
}


/* an account with what limits it */
static void
ngx_ai_accounts_add(ngx_ai_accounts_t *list, air_scope_e scope,
    air_str_t name, size_t max, ngx_ai_account_t *conf)
{
    ngx_uint_t      i;
    air_account_t  *a;

    a = &list->list[list->n];

    ngx_memzero(a, sizeof(air_account_t));

    a->scope = scope;
    a->name = air_account_name(name, max, list->name[list->n]);

    if (conf != NULL) {
        a->budget = conf->rule;
        a->nbudget = conf->nbudget;

        for (i = 0; i < conf->nbudget; i++) {
            list->soft |= conf->rule[i].soft != AIR_UNKNOWN;
        }

        list->budgets |= conf->nbudget != 0;

        /* a vendor's is of each of its keys: ngx_ai_limit_key() */

        if (conf->rated && scope != AIR_SCOPE_VENDOR) {
            a->rate = conf->rate;
            list->rates = 1;
        }
    }

    list->conf[list->n++] = conf;
}


/* what a key brings of its own takes the place of what its principal has */
static void
ngx_ai_accounts_key(ngx_ai_accounts_t *list, const air_key_t *key)
{
    air_account_t  *a;

    a = &list->list[list->n - 1];

    if (key->nbudget) {
        a->budget = key->rule;
        a->nbudget = key->nbudget;
        list->budgets = 1;
        list->conf[list->n - 1] = NULL;
    }

    if (key->nlimit) {
        a->rate = key->rate;
        list->rates = 1;
    }
}


ngx_int_t
ngx_ai_accounts_read(ngx_ai_ctx_t *ctx)
{
    air_str_t            name;
    ngx_ai_workflow_t   *wf;
    ngx_ai_accounts_t   *list;
    ngx_ai_main_conf_t  *amcf;

    amcf = ctx->amcf;

    ngx_str_null(&ctx->team);

    if (ctx->key != NULL && ctx->key->team.len) {
        ctx->team = ngx_ai_ngx(ctx->key->team);

    } else if (ctx->alcf->team != NULL
               && ngx_http_complex_value(ctx->r, ctx->alcf->team, &ctx->team)
                  != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!amcf->accounting) {
        return NGX_OK;
    }

    list = ctx->accounts;

    if (list == NULL) {
        list = ngx_palloc(ctx->r->pool, sizeof(ngx_ai_accounts_t));
        if (list == NULL) {
            return NGX_ERROR;
        }

        ctx->accounts = list;
    }

    list->n = 0;
    list->budgets = 0;
    list->rates = 0;
    list->soft = 0;

    name = air_str_n(NULL, 0);

    ngx_ai_accounts_add(list, AIR_SCOPE_TOTAL, name, 0,
                        ngx_ai_account_find(amcf, AIR_SCOPE_TOTAL, name));

    if (ctx->principal.len) {
        name = ngx_ai_air(ctx->principal);
        ngx_ai_accounts_add(list, AIR_SCOPE_PRINCIPAL, name,
                            AIR_RECORD_PRINCIPAL,
                            ngx_ai_account_find(amcf, AIR_SCOPE_PRINCIPAL,
                                                name));

        if (ctx->key != NULL && air_str_eq(ctx->key->name, name)) {
            ngx_ai_accounts_key(list, ctx->key);
        }
    }

    if (ctx->team.len) {
        name = ngx_ai_air(ctx->team);
        ngx_ai_accounts_add(list, AIR_SCOPE_TEAM, name, AIR_RECORD_TEAM,
                            ngx_ai_account_find(amcf, AIR_SCOPE_TEAM, name));
    }

    wf = ctx->workflow;

    if (wf != NULL) {
        ngx_ai_accounts_add(list, AIR_SCOPE_WORKFLOW, ngx_ai_air(wf->name),
                            AIR_RECORD_WORKFLOW, wf->account);
    }

    return NGX_OK;
}


void
ngx_ai_accounts_target(const ngx_ai_accounts_t *from, ngx_ai_target_t *target,
    ngx_ai_accounts_t *accounts)
{
    ngx_uint_t  i;

    *accounts = *from;

    for (i = 0; i < accounts->n; i++) {

        /* rates count requests; what was cut stands in the list's own room */

        if (accounts->list[i].name.data == from->name[i]) {
            accounts->list[i].name.data = accounts->name[i];
        }

        ngx_memzero(&accounts->list[i].rate, sizeof(air_rate_rule_t));
    }

    ngx_ai_accounts_add(accounts, AIR_SCOPE_VENDOR,
                        ngx_ai_air(target->vendor->name), AIR_RECORD_VENDOR,
                        target->vendor->account);
}


ngx_ai_accounts_t *
ngx_ai_accounts_copy(const ngx_ai_accounts_t *from, ngx_pool_t *pool)
{
    ngx_uint_t          i;
    air_account_t      *a;
    ngx_ai_accounts_t  *accounts;
    air_budget_rule_t  *rule;

    accounts = ngx_palloc(pool, sizeof(ngx_ai_accounts_t));
    if (accounts == NULL) {
        return NULL;
    }

    *accounts = *from;

    for (i = 0; i < accounts->n; i++) {
        a = &accounts->list[i];

        ngx_memcpy(accounts->name[i], a->name.data, a->name.len);
        a->name.data = accounts->name[i];

        /* those of a key go with its file */

        if (a->nbudget == 0) {
            continue;
        }

        rule = ngx_palloc(pool, a->nbudget * sizeof(air_budget_rule_t));
        if (rule == NULL) {
            return NULL;
        }

        ngx_memcpy(rule, a->budget, a->nbudget * sizeof(air_budget_rule_t));
        a->budget = rule;
    }

    return accounts;
}


void
ngx_ai_accounts_vendor(ngx_ai_target_t *target, ngx_ai_accounts_t *accounts)
{
    accounts->n = 0;
    accounts->budgets = 0;
    accounts->rates = 0;
    accounts->soft = 0;

    ngx_ai_accounts_add(accounts, AIR_SCOPE_VENDOR,
                        ngx_ai_air(target->vendor->name), AIR_RECORD_VENDOR,
                        target->vendor->account);
}


void
ngx_ai_accounts_named(ngx_ai_main_conf_t *amcf, ngx_str_t *principal,
    ngx_str_t *team, ngx_str_t *workflow, ngx_ai_accounts_t *accounts)
{
    air_str_t            name;
    ngx_uint_t           i;
    ngx_ai_account_t    *conf;
    ngx_ai_workflow_t  **wf;

    accounts->n = 0;
    accounts->budgets = 0;
    accounts->rates = 0;
    accounts->soft = 0;

    name = air_str_n(NULL, 0);

    ngx_ai_accounts_add(accounts, AIR_SCOPE_TOTAL, name, 0,
                        ngx_ai_account_find(amcf, AIR_SCOPE_TOTAL, name));

    if (principal->len) {
        name = ngx_ai_air(*principal);
        ngx_ai_accounts_add(accounts, AIR_SCOPE_PRINCIPAL, name,
                            AIR_RECORD_PRINCIPAL,
                            ngx_ai_account_find(amcf, AIR_SCOPE_PRINCIPAL,
                                                name));
    }

    if (team->len) {
        name = ngx_ai_air(*team);
        ngx_ai_accounts_add(accounts, AIR_SCOPE_TEAM, name, AIR_RECORD_TEAM,
                            ngx_ai_account_find(amcf, AIR_SCOPE_TEAM, name));
    }

    if (workflow->len == 0) {
        return;
    }

    name = ngx_ai_air(*workflow);
    wf = amcf->workflows.elts;
    conf = NULL;

    for (i = 0; i < amcf->workflows.nelts && conf == NULL; i++) {
        if (air_str_eq(ngx_ai_air(wf[i]->name), name)) {
            conf = wf[i]->account;
        }
    }

    ngx_ai_accounts_add(accounts, AIR_SCOPE_WORKFLOW, name,
                        AIR_RECORD_WORKFLOW, conf);
}


void
ngx_ai_accounts_left(ngx_ai_ctx_t *ctx, air_accounts_left_t *left)
{
    air_accounts_t     *book;
    ngx_ai_accounts_t  *list;

    ngx_memzero(left, sizeof(air_accounts_left_t));
    left->money = AIR_UNKNOWN;

    list = ctx->accounts;

    if (list == NULL || (!list->budgets && !list->rates)
        || ctx->amcf->ledger == NULL)
    {
        return;
    }

    book = air_ledger_accounts(ctx->amcf->ledger);

    if (book != NULL) {
        air_accounts_left(book, list->list, list->n, ngx_ai_now(), left);
    }
}


air_str_t
ngx_ai_account_booked(ngx_ai_ctx_t *ctx, air_scope_e scope)
{
    size_t      max;
    u_char     *buf;
    air_str_t   name;
    ngx_uint_t  i;

    for (i = 0; ctx->accounts != NULL && i < ctx->accounts->n; i++) {
        if (ctx->accounts->list[i].scope == scope) {
            return ctx->accounts->list[i].name;
        }
    }

    name = air_str_n(NULL, 0);
    max = 0;

    switch (scope) {

    case AIR_SCOPE_PRINCIPAL:
        name = ngx_ai_air(ctx->principal);
        max = AIR_RECORD_PRINCIPAL;
        break;

    case AIR_SCOPE_TEAM:
        name = ngx_ai_air(ctx->team);
        max = AIR_RECORD_TEAM;
        break;

    case AIR_SCOPE_WORKFLOW:
        name = ngx_ai_air(ctx->workflow->name);
        max = AIR_RECORD_WORKFLOW;
        break;

    default:
        break;
    }

    if (name.len <= max) {
        return name;
    }

    buf = ngx_pnalloc(ctx->r->pool, AIR_ACCOUNT_NAME);

    return buf != NULL ? air_account_name(name, max, buf)
                       : air_record_cut(name, max);
}
