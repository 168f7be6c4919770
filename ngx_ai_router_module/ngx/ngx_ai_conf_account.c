
/*
 * "ai_account" and "budget": who may spend what, as it is written, and what is
 * checked of it when all names are known.
 */

#include "ngx_ai_conf.h"


static char *ngx_ai_conf_budget_rule(ngx_conf_t *cf,
    ngx_ai_account_t *account, ngx_str_t *value, air_budget_rule_t *rule);
static char *ngx_ai_conf_budget_param(ngx_conf_t *cf,
    ngx_ai_account_t *account, ngx_str_t *value, air_budget_rule_t *rule,
    ngx_ai_budget_t *budget);
static char *ngx_ai_conf_budget_soft(ngx_conf_t *cf, ngx_str_t *value,
    air_budget_rule_t *rule);
static char *ngx_ai_conf_budget_tier(ngx_conf_t *cf, ngx_ai_account_t *account,
    ngx_str_t *value, size_t skip, const char *other, ngx_str_t *name);
static void ngx_ai_conf_budget_warn(ngx_conf_t *cf,
    ngx_ai_account_t *account);
static int ngx_libc_cdecl ngx_ai_conf_account_cmp(const void *one,
    const void *two);
static ngx_int_t ngx_ai_conf_account_tier(ngx_conf_t *cf,
    ngx_ai_main_conf_t *amcf, ngx_ai_budget_t *budget, ngx_str_t *name,
    ngx_uint_t *n, ngx_uint_t *mistakes);
static ngx_int_t ngx_ai_conf_account_degrades(ngx_conf_t *cf,
    ngx_ai_main_conf_t *amcf, ngx_ai_account_t *account,
    ngx_uint_t *mistakes);
static ngx_uint_t ngx_ai_conf_account_goes(ngx_ai_account_t *account,
    ngx_uint_t tier);
static ngx_int_t ngx_ai_conf_account_priced(ngx_conf_t *cf,
    ngx_ai_main_conf_t *amcf, ngx_ai_account_t *account, ngx_uint_t *mistakes);
static void ngx_ai_conf_account_target(ngx_conf_t *cf,
    ngx_ai_main_conf_t *amcf, ngx_ai_budget_t *budget, ngx_ai_workflow_t *wf,
    ngx_ai_target_t *target, ngx_uint_t *mistakes);


char *
ngx_ai_conf_account(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_main_conf_t *amcf = conf;

    ngx_str_t          *value, name;
    ngx_uint_t          i;
    air_scope_e         scope;
    ngx_ai_account_t   *account, **ap;

    value = cf->args->elts;
    scope = air_scope_find(ngx_ai_air(value[1]));

    if (scope != AIR_SCOPE_TOTAL && scope != AIR_SCOPE_PRINCIPAL
        && scope != AIR_SCOPE_TEAM)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid account \"%V\" in \"ai_account\", it must "
                           "be \"total\", \"principal NAME\" or \"team "
                           "NAME\"; workflows and vendors have \"budget\" and "
                           "\"limit\" in their own blocks", &value[1]);
        return NGX_CONF_ERROR;
    }

    if ((scope == AIR_SCOPE_TOTAL) != (cf->args->nelts == 2)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           scope == AIR_SCOPE_TOTAL
                           ? "\"ai_account total\" has no name"
                           : "\"ai_account %V\" needs a name, or \"*\" for "
                             "each one without a block of its own",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    ngx_str_null(&name);

    if (scope != AIR_SCOPE_TOTAL) {
        name = value[2];

        if (name.len == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"ai_account %V\" has an empty name",
                               &value[1]);
            return NGX_CONF_ERROR;
        }
    }

    ap = amcf->accounts.elts;

    for (i = 0; i < amcf->accounts.nelts; i++) {
        if (ap[i]->scope == scope && ap[i]->name.len == name.len
            && ngx_strncmp(ap[i]->name.data, name.data, name.len) == 0)
        {
            return ngx_ai_conf_duplicate(cf, "ai_account",
                                         &value[cf->args->nelts - 2],
                                         &ap[i]->place);
        }
    }

    account = ngx_pcalloc(cf->pool, sizeof(ngx_ai_account_t));
    ap = ngx_array_push(&amcf->accounts);

    if (account == NULL || ap == NULL) {
        return NGX_CONF_ERROR;
    }

    *ap = account;

    account->scope = scope;
    account->name = name;
    ngx_ai_conf_place(cf, &account->place);

    return ngx_ai_conf_block(cf, account, NGX_AI_ACCOUNT_CONF);
}


ngx_ai_account_t *
ngx_ai_conf_account_of(ngx_conf_t *cf, void *conf)
{
    ngx_str_t           name;
    air_scope_e         scope;
    ngx_ai_account_t   *account, **ap;
    ngx_ai_loc_conf_t  *alcf;
    ngx_ai_workflow_t  *wf;

    if (cf->cmd_type == NGX_AI_ACCOUNT_CONF) {
        return conf;
    }

    if (cf->cmd_type == NGX_AI_WORKFLOW_CONF) {
        wf = conf;
        ap = &wf->account;
        scope = AIR_SCOPE_WORKFLOW;
        name = wf->name;

    } else {
        alcf = conf;
        ap = &alcf->vendor->account;
        scope = AIR_SCOPE_VENDOR;
        name = alcf->vendor->name;
    }

    if (*ap != NULL) {
        return *ap;
    }

    account = ngx_pcalloc(cf->pool, sizeof(ngx_ai_account_t));
    if (account == NULL) {
        return NULL;
    }

    *ap = account;

    account->scope = scope;
    account->name = name;
    ngx_ai_conf_place(cf, &account->place);

    return account;
}


char *
ngx_ai_conf_budget(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t          *value;
    ngx_uint_t          i, n;
    ngx_ai_budget_t     budget;
    ngx_ai_account_t   *account;
    air_budget_rule_t   rule;

    account = ngx_ai_conf_account_of(cf, conf);
    if (account == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;
    ngx_memzero(&budget, sizeof(ngx_ai_budget_t));
    ngx_memzero(&rule, sizeof(air_budget_rule_t));

    if (ngx_ai_conf_budget_rule(cf, account, &value[1], &rule)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    budget.written = value[1];
    ngx_ai_conf_place(cf, &budget.place);

    for (i = 2, n = 0; i < cf->args->nelts; i++) {

        if (ngx_strcmp(value[i].data, "strict") == 0
            || ngx_strcmp(value[i].data, "loose") == 0)
        {
            rule.loose = value[i].data[0] == 'l';
            continue;
        }

        if (ngx_strncmp(value[i].data, "over_reservation=", 17) == 0) {
            n = 1;
        }

        if (ngx_ai_conf_budget_param(cf, account, &value[i], &rule, &budget)
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    /* what is expected is passed by every other answer */

    if (n == 0) {
        budget.let = rule.loose;
    }

    if (budget.soft_name.len && rule.soft == AIR_UNKNOWN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"on_soft=tier:%V\" in \"budget\" needs \"soft=\" "
                           "with a share such as \"soft=80%%\"",
                           &budget.soft_name);
        return NGX_CONF_ERROR;
    }

    n = account->nbudget++;
    account->rule[n] = rule;
    account->budget[n] = budget;

    return NGX_CONF_OK;
}


/* amount and period */
static char *
ngx_ai_conf_budget_rule(ngx_conf_t *cf, ngx_ai_account_t *account,
    ngx_str_t *value, air_budget_rule_t *rule)
{
    u_char      *slash;
    ngx_str_t    period;
    ngx_uint_t   i;
    const char  *why;

    why = "";

    if (air_budget_read(ngx_ai_air(*value), rule, &why) == AIR_OK) {

        rule->soft = AIR_UNKNOWN;
        rule->loose = 0;

        for (i = 0; i < account->nbudget; i++) {
            if (account->rule[i].period != rule->period) {
                continue;
            }

            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate budget for the period \"%s\", the "
                               "first is \"%V\" in %V:%ui",
                               air_period_name(rule->period),
                               &account->budget[i].written,
                               &account->budget[i].place.file,
                               account->budget[i].place.line);
            return NGX_CONF_ERROR;
        }

        return NGX_CONF_OK;
    }

    slash = ngx_strlchr(value->data, value->data + value->len, '/');

    if (slash != NULL) {
        period.data = slash + 1;
        period.len = value->data + value->len - period.data;

        if (air_period_find(ngx_ai_air(period)) == AIR_NPERIOD) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid period \"%V\" in \"budget\", it must "
                               "be one of hour, day, week, month, ever",
                               &period);
            return NGX_CONF_ERROR;
        }

        value->len = slash - value->data;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid amount \"%V\" in \"budget\", use a decimal "
                       "number of USD such as \"10usd/day\" or "
                       "\"0.50usd/hour\": %s", value, why);

    return NGX_CONF_ERROR;
}


static char *
ngx_ai_conf_budget_soft(ngx_conf_t *cf, ngx_str_t *value,
    air_budget_rule_t *rule)
{
    ngx_int_t  n;

    n = NGX_ERROR;

    if (value->len > 6 && value->data[value->len - 1] == '%') {
        n = ngx_atoi(value->data + 5, value->len - 6);
    }

    if (n == NGX_ERROR || n < 1 || n > 100) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"budget\", \"soft\" must "
                           "be 1%%..100%% of the amount, such as "
                           "\"soft=80%%\"", value);
        return NGX_CONF_ERROR;
    }

    rule->soft = rule->amount / 100 * n + rule->amount % 100 * n / 100;

    return NGX_CONF_OK;
}


/* "log" or "refuse", or a tier's name */
static char *
ngx_ai_conf_budget_tier(ngx_conf_t *cf, ngx_ai_account_t *account,
    ngx_str_t *value, size_t skip, const char *other, ngx_str_t *name)
{
    if (ngx_strcmp(value->data + skip, other) == 0) {
        ngx_str_null(name);
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value->data + skip, "tier:", 5) != 0
        || value->len == skip + 5)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"budget\", \"%*s\" must "
                           "be \"%s\" or \"tier:NAME\"", value, skip - 1,
                           value->data, other);
        return NGX_CONF_ERROR;
    }

    if (account->scope == AIR_SCOPE_VENDOR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" in \"budget\" is not for a vendor: when "
                           "its budget is spent its targets are passed over "
                           "and the next ones are tried; set it in "
                           "\"ai_workflow\" or \"ai_account\"", value);
        return NGX_CONF_ERROR;
    }

    name->data = value->data + skip + 5;
    name->len = value->len - skip - 5;

    return NGX_CONF_OK;
}


static char *
ngx_ai_conf_budget_param(ngx_conf_t *cf, ngx_ai_account_t *account,
    ngx_str_t *value, air_budget_rule_t *rule, ngx_ai_budget_t *budget)
{
    if (ngx_strncmp(value->data, "soft=", 5) == 0) {
        return ngx_ai_conf_budget_soft(cf, value, rule);
    }

    if (ngx_strncmp(value->data, "on_soft=", 8) == 0) {
        return ngx_ai_conf_budget_tier(cf, account, value, 8, "log",
                                       &budget->soft_name);
    }

    if (ngx_strncmp(value->data, "on_hard=", 8) == 0) {
        return ngx_ai_conf_budget_tier(cf, account, value, 8, "refuse",
                                       &budget->hard_name);
    }

    if (ngx_strcmp(value->data, "over_reservation=cut") == 0
        || ngx_strcmp(value->data, "over_reservation=let") == 0)
    {
        budget->let = value->data[17] == 'l';
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"budget\", it must be "
                       "\"soft=SHARE%%\", \"on_soft=log\", "
                       "\"on_soft=tier:NAME\", \"on_hard=refuse\", "
                       "\"on_hard=tier:NAME\", \"strict\", \"loose\", "
                       "\"over_reservation=cut\" or "
                       "\"over_reservation=let\"", value);

    return NGX_CONF_ERROR;
}


/* ---- after parsing ---------------------------------------------------- */

/* the tier that a budget goes to, and its number */
static ngx_int_t
ngx_ai_conf_account_tier(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf,
    ngx_ai_budget_t *budget, ngx_str_t *name, ngx_uint_t *n,
    ngx_uint_t *mistakes)
{
    ngx_uint_t       i;
    ngx_ai_tier_t  **tier, **to;

    if (name->len == 0) {
        return NGX_OK;
    }

    to = amcf->degrades.elts;

    for (i = 0; i < amcf->degrades.nelts; i++) {
        if (to[i]->name.len == name->len
            && ngx_strncmp(to[i]->name.data, name->data, name->len) == 0)
        {
            *n = i + 1;
            return NGX_OK;
        }
    }

    tier = amcf->tiers.elts;

    for (i = 0; i < amcf->tiers.nelts; i++) {
        if (tier[i]->name.len == name->len
            && ngx_strncmp(tier[i]->name.data, name->data, name->len) == 0)
        {
            break;
        }
    }

    if (i == amcf->tiers.nelts) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "unknown tier \"%V\" in \"budget %V\"; add \"ai_tier %V "
                      "{ model VENDOR/MODEL; }\" in %V:%ui", name,
                      &budget->written, name, &budget->place.file,
                      budget->place.line);
        (*mistakes)++;
        return NGX_OK;
    }

    if (amcf->degrades.nelts == NGX_AI_MAX_DEGRADES) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "budgets go to more than %d tiers in %V:%ui",
                      NGX_AI_MAX_DEGRADES, &budget->place.file,
                      budget->place.line);
        (*mistakes)++;
        return NGX_OK;
    }

    to = ngx_array_push(&amcf->degrades);
    if (to == NULL) {
        return NGX_ERROR;
    }

    *to = tier[i];
    *n = amcf->degrades.nelts;

    return NGX_OK;
}


static ngx_int_t
ngx_ai_conf_account_degrades(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf,
    ngx_ai_account_t *account, ngx_uint_t *mistakes)
{
    ngx_uint_t        i;
    ngx_ai_budget_t  *b;

    for (i = 0; account != NULL && i < account->nbudget; i++) {
        b = &account->budget[i];
        amcf->loose |= account->rule[i].loose;

        if (ngx_ai_conf_account_tier(cf, amcf, b, &b->soft_name, &b->soft,
                                     mistakes)
            != NGX_OK
            || ngx_ai_conf_account_tier(cf, amcf, b, &b->hard_name, &b->hard,
                                        mistakes)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static int ngx_libc_cdecl
ngx_ai_conf_account_cmp(const void *one, const void *two)
{
    ngx_ai_account_t *a = *(ngx_ai_account_t **) one;
    ngx_ai_account_t *b = *(ngx_ai_account_t **) two;

    if (a->scope != b->scope) {
        return a->scope < b->scope ? -1 : 1;
    }

    return ngx_memn2cmp(a->name.data, b->name.data, a->name.len, b->name.len);
}


ngx_int_t
ngx_ai_conf_account_tiers(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf,
    ngx_uint_t *mistakes)
{
    ngx_uint_t           i;
    ngx_ai_vendor_t    **vendor;
    ngx_ai_account_t   **account;
    ngx_ai_workflow_t  **wf;

    if (amcf->accounts.nelts) {
        ngx_qsort(amcf->accounts.elts, amcf->accounts.nelts, sizeof(void *),
                  ngx_ai_conf_account_cmp);
    }

    account = amcf->accounts.elts;

    for (i = 0; i < amcf->accounts.nelts; i++) {
        ngx_ai_conf_budget_warn(cf, account[i]);

        if (ngx_ai_conf_account_degrades(cf, amcf, account[i], mistakes)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    wf = amcf->workflows.elts;

    for (i = 0; i < amcf->workflows.nelts; i++) {
        ngx_ai_conf_budget_warn(cf, wf[i]->account);

        if (ngx_ai_conf_account_degrades(cf, amcf, wf[i]->account, mistakes)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    vendor = amcf->vendors.elts;

    for (i = 0; i < amcf->vendors.nelts; i++) {
        ngx_ai_conf_budget_warn(cf, vendor[i]->account);

        if (ngx_ai_conf_account_degrades(cf, amcf, vendor[i]->account,
                                         mistakes)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* 1 when some budget of the account goes to the tier */
static ngx_uint_t
ngx_ai_conf_account_goes(ngx_ai_account_t *account, ngx_uint_t tier)
{
    ngx_uint_t  i;

    for (i = 0; account != NULL && i < account->nbudget; i++) {
        if (account->budget[i].soft == tier
            || account->budget[i].hard == tier)
        {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_ai_resolve_degrades(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf)
{
    ngx_uint_t          i, k, goes;
    ngx_ai_ref_t        group;
    ngx_ai_tier_t     **tier;
    ngx_ai_account_t  **account;

    tier = rs->amcf->degrades.elts;
    account = rs->amcf->accounts.elts;

    if (wf->catalogue) {
        return NGX_OK;
    }

    for (i = 0; i < rs->amcf->degrades.nelts; i++) {

        goes = ngx_ai_conf_account_goes(wf->account, i + 1);

        for (k = 0; !goes && k < rs->amcf->accounts.nelts; k++) {
            goes = ngx_ai_conf_account_goes(account[k], i + 1);
        }

        if (!goes) {
            continue;
        }

        /* it serves no class of tasks but when it is told to */

        ngx_memzero(&group, sizeof(ngx_ai_ref_t));
        group.name = tier[i]->name;
        group.place = tier[i]->place;
        group.tier = tier[i];
        group.degrade = i + 1;
        group.group = NGX_AI_MAX_TARGETS + i;

        if (ngx_ai_resolve_group(rs, wf, &group) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* a period's budget that a shorter one's is not below never says a word */
static void
ngx_ai_conf_budget_warn(ngx_conf_t *cf, ngx_ai_account_t *account)
{
    ngx_uint_t          i, k;
    air_budget_rule_t  *a, *b;

    for (i = 0; account != NULL && i < account->nbudget; i++) {
        a = &account->rule[i];

        for (k = 0; k < account->nbudget; k++) {
            b = &account->rule[k];

            if (a->period >= b->period || a->amount < b->amount) {
                continue;
            }

            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "budget \"%V\" of %s%s%V is not below \"%V\", and "
                          "will never be the one that refuses in %V:%ui",
                          &account->budget[i].written,
                          air_scope_name(account->scope),
                          account->name.len ? " " : "", &account->name,
                          &account->budget[k].written,
                          &account->budget[i].place.file,
                          account->budget[i].place.line);
        }
    }
}


/* what a strict budget must know of a target to be kept */
static void
ngx_ai_conf_account_target(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf,
    ngx_ai_budget_t *budget, ngx_ai_workflow_t *wf, ngx_ai_target_t *target,
    ngx_uint_t *mistakes)
{
    ngx_uint_t          level;
    const char         *what;
    const air_price_t  *price;

    what = wf->inline_route ? "ai_route" : "ai_workflow";

    price = target->info ? air_model_price(target->info,
                                           (int64_t) ngx_time() * 1000)
                         : NULL;

    if (price == NULL) {
        level = NGX_LOG_WARN;

        if (!amcf->unpriced_set || amcf->unpriced_refuse) {
            level = NGX_LOG_EMERG;
            (*mistakes)++;
        }

        ngx_log_error(level, cf->log, 0,
                      "model \"%V\" of %s \"%V\" has no price, \"budget %V\" "
                      "cannot be kept: requests to it are refused; add the "
                      "model to the file of \"ai_prices\", or make the budget "
                      "\"loose\"%s in %V:%ui", &target->name, what, &wf->name,
                      &budget->written,
                      level == NGX_LOG_EMERG
                      ? ", or say \"unpriced=allow\" in \"ai_prices\"" : "",
                      &budget->place.file, budget->place.line);
        return;
    }

    /* vectors have no length, and no price of tokens that are written */

    if (target->can.max_output || wf->max_output || price->zero
        || price->rate[AIR_TIER_STANDARD][AIR_OUT] == AIR_UNKNOWN
        || price->rate[AIR_TIER_STANDARD][AIR_OUT] == 0)
    {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "nobody knows how long an answer of \"%V\" of %s \"%V\" may "
                  "be: under \"budget %V\" requests that name no max_tokens "
                  "are refused; add \"max_output NUMBER;\" to the workflow in "
                  "%V:%ui", &target->name, what, &wf->name, &budget->written,
                  &budget->place.file, budget->place.line);
}


/* the targets that the account may pay for, each once */
static ngx_int_t
ngx_ai_conf_account_priced(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf,
    ngx_ai_account_t *account, ngx_uint_t *mistakes)
{
    u_char              *seen;
    ngx_uint_t           i, k, n;
    ngx_array_t         *list;
    ngx_ai_budget_t     *budget;
    ngx_ai_choice_t     *choice;
    ngx_ai_target_t    **target;
    ngx_ai_workflow_t  **wf;

    budget = NULL;

    for (i = 0; account != NULL && i < account->nbudget; i++) {
        if (!account->rule[i].loose) {
            budget = &account->budget[i];
            break;
        }
    }

    if (budget == NULL) {
        return NGX_OK;
    }

    seen = ngx_pcalloc(cf->temp_pool, amcf->targets.nelts + 1);
    if (seen == NULL) {
        return NGX_ERROR;
    }

    target = amcf->targets.elts;
    list = &amcf->workflows;

again:

    wf = list->elts;

    for (i = 0; i < list->nelts; i++) {

        if (wf[i]->shown_as != NULL
            || (account->scope == AIR_SCOPE_WORKFLOW
                && wf[i]->account != account))
        {
            continue;
        }

        choice = wf[i]->choices.elts;

        for (k = 0; k < wf[i]->choices.nelts; k++) {

            if (account->scope == AIR_SCOPE_VENDOR
                && choice[k].target->vendor->account != account)
            {
                continue;
            }

            for (n = 0; target[n] != choice[k].target; n++) { /* void */ }

            if (seen[n]) {
                continue;
            }

            seen[n] = 1;

            ngx_ai_conf_account_target(cf, amcf, budget, wf[i],
                                       choice[k].target, mistakes);
        }
    }

    if (list == &amcf->workflows) {
        list = &amcf->catalogue;
        goto again;
    }

    return NGX_OK;
}


ngx_int_t
ngx_ai_conf_account_check(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf,
    ngx_uint_t *mistakes)
{
    ngx_uint_t           i;
    ngx_ai_place_t      *place;
    ngx_ai_vendor_t    **vendor;
    ngx_ai_account_t   **account;
    ngx_ai_workflow_t  **wf;

    place = NULL;
    account = amcf->accounts.elts;
    wf = amcf->workflows.elts;
    vendor = amcf->vendors.elts;

    for (i = 0; i < amcf->accounts.nelts; i++) {
        place = &account[i]->place;

        if (ngx_ai_conf_account_priced(cf, amcf, account[i], mistakes)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    for (i = 0; i < amcf->workflows.nelts; i++) {

        if (wf[i]->account == NULL || wf[i]->shown_as != NULL) {
            continue;
        }

        place = &wf[i]->account->place;

        if (ngx_ai_conf_account_priced(cf, amcf, wf[i]->account, mistakes)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    for (i = 0; i < amcf->vendors.nelts; i++) {

        if (vendor[i]->account == NULL) {
            continue;
        }

        place = &vendor[i]->account->place;

        if (ngx_ai_conf_account_priced(cf, amcf, vendor[i]->account, mistakes)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (place != NULL && amcf->store_off) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "budgets and limits need a ledger, and \"ai_store\" is "
                      "off; name a directory, such as \"ai_store "
                      "/var/lib/nginx/ai-router;\" in %V:%ui", &place->file,
                      place->line);
        (*mistakes)++;
    }

    amcf->accounting = !amcf->store_off
                       && (place != NULL || amcf->keyfiles.nelts != 0);

    if (!amcf->accounting) {
        amcf->ledger_conf.accounts = 0;

    } else if (amcf->ledger_conf.accounts == 0) {
        amcf->ledger_conf.accounts = AIR_ACCOUNTS_ROWS;
    }

    return NGX_OK;
}
