
/*
 * Accounts in status and metrics.  Those that stand in the configuration are
 * shown each; of those that a "*" limits the status shows some, and metrics
 * none: callers must not make labels.
 */

#include "ngx_ai_router_module.h"


#define NGX_AI_STATUS_CALLERS  100


typedef struct {
    ngx_ai_main_conf_t   *amcf;
    air_accounts_t       *book;
    air_buf_t            *b;
    int64_t               now;
    ngx_uint_t            n;              /* shown                          */
    ngx_uint_t            callers;        /* of a "*", shown                */
    ngx_uint_t            more;           /* and not                        */
    ngx_array_t          *budgets;        /* metrics: air_stats_budget_t    */
} ngx_ai_status_book_t;


/* what is done with each account of the configuration */
typedef void (*ngx_ai_status_account_pt)(ngx_ai_status_book_t *sb,
    ngx_ai_account_t *conf, air_scope_e scope, ngx_str_t *name,
    const air_account_state_t *state);


static void ngx_ai_status_account(ngx_ai_status_book_t *sb,
    ngx_ai_account_t *conf, air_scope_e scope, ngx_str_t *name,
    ngx_ai_status_account_pt write);
static void ngx_ai_status_accounts_all(ngx_ai_status_book_t *sb,
    ngx_ai_status_account_pt write);
static void ngx_ai_status_budgets(ngx_ai_status_book_t *sb,
    ngx_ai_account_t *conf, const air_account_state_t *state);
static void ngx_ai_status_rate(air_buf_t *b, const char *name,
    air_rate_left_t *left);
static void ngx_ai_status_json_one(ngx_ai_status_book_t *sb,
    ngx_ai_account_t *conf, air_scope_e scope, ngx_str_t *name,
    const air_account_state_t *state);
static int ngx_ai_status_caller(void *ud, air_scope_e scope, air_str_t name,
    const air_account_state_t *state);
static void ngx_ai_status_metric(ngx_ai_status_book_t *sb,
    ngx_ai_account_t *conf, air_scope_e scope, ngx_str_t *name,
    const air_account_state_t *state);


static void
ngx_ai_status_account(ngx_ai_status_book_t *sb, ngx_ai_account_t *conf,
    air_scope_e scope, ngx_str_t *name, ngx_ai_status_account_pt write)
{
    size_t               max;
    u_char               buf[AIR_ACCOUNT_NAME];
    air_account_state_t  state;

    max = scope == AIR_SCOPE_PRINCIPAL ? AIR_RECORD_PRINCIPAL
          : scope == AIR_SCOPE_TEAM ? AIR_RECORD_TEAM
          : scope == AIR_SCOPE_WORKFLOW ? AIR_RECORD_WORKFLOW
          : scope == AIR_SCOPE_VENDOR ? AIR_RECORD_VENDOR : AIR_ACCOUNT_NAME;

    ngx_memzero(&state, sizeof(air_account_state_t));

    (void) air_accounts_get(sb->book, scope,
                            air_account_name(ngx_ai_air(*name), max, buf),
                            sb->now, &state);

    write(sb, conf, scope, name, &state);
}


static void
ngx_ai_status_accounts_all(ngx_ai_status_book_t *sb,
    ngx_ai_status_account_pt write)
{
    ngx_uint_t           i, k;
    ngx_ai_vkey_t       *key;
    ngx_ai_vendor_t    **vendor;
    ngx_ai_account_t   **account;
    ngx_ai_workflow_t  **wf;

    account = sb->amcf->accounts.elts;

    for (i = 0; i < sb->amcf->accounts.nelts; i++) {

        if (account[i]->name.len == 1 && account[i]->name.data[0] == '*') {
            continue;
        }

        ngx_ai_status_account(sb, account[i], account[i]->scope,
                              &account[i]->name, write);
    }

    wf = sb->amcf->workflows.elts;

    for (i = 0; i < sb->amcf->workflows.nelts; i++) {
        if (wf[i]->account != NULL && wf[i]->shown_as == NULL) {
            ngx_ai_status_account(sb, wf[i]->account, AIR_SCOPE_WORKFLOW,
                                  &wf[i]->name, write);
        }
    }

    vendor = sb->amcf->vendors.elts;

    for (i = 0; i < sb->amcf->vendors.nelts; i++) {

        if (vendor[i]->account == NULL) {
            continue;
        }

        if (vendor[i]->account->nbudget) {
            ngx_ai_status_account(sb, vendor[i]->account, AIR_SCOPE_VENDOR,
                                  &vendor[i]->name, write);
        }

        if (!vendor[i]->account->rated) {
            continue;
        }

        if (vendor[i]->keys == NULL) {
            ngx_ai_status_account(sb, vendor[i]->account,
                                  AIR_SCOPE_VENDOR_KEY, &vendor[i]->name,
                                  write);
            continue;
        }

        key = vendor[i]->keys->elts;

        for (k = 0; k < vendor[i]->keys->nelts; k++) {
            ngx_ai_status_account(sb, vendor[i]->account,
                                  AIR_SCOPE_VENDOR_KEY, &key[k].name, write);
        }
    }
}


/* ---- status ----------------------------------------------------------- */

static void
ngx_ai_status_budgets(ngx_ai_status_book_t *sb, ngx_ai_account_t *conf,
    const air_account_state_t *state)
{
    int64_t                     end;
    uint64_t                    used;
    air_buf_t                  *b;
    ngx_uint_t                  i;
    const air_budget_rule_t    *rule;
    const air_budget_window_t  *w;

    b = sb->b;

    air_buf_z(b, ",\"budgets\":[");

    for (i = 0; i < conf->nbudget; i++) {
        rule = &conf->rule[i];
        w = &state->now[rule->period];
        used = w->spent + w->reserved;

        air_buf_z(b, i ? ",{\"period\":\"" : "{\"period\":\"");
        air_buf_z(b, air_period_name(rule->period));
        air_buf_z(b, "\",\"amount_usd\":");
        air_buf_pusd(b, rule->amount);
        air_buf_z(b, ",\"spent_usd\":");
        air_buf_pusd(b, w->spent);
        air_buf_z(b, ",\"reserved_usd\":");
        air_buf_pusd(b, w->reserved);
        air_buf_z(b, ",\"left_usd\":");
        air_buf_pusd(b, used < rule->amount ? rule->amount - used : 0);
        air_buf_z(b, ",\"resets_ms\":");

        end = air_period_end(rule->period,
                             air_period_start(rule->period, sb->now));

        if (end != INT64_MAX) {
            air_buf_int(b, end);

        } else {
            air_buf_z(b, "null");
        }

        air_buf_z(b, "}");
    }

    air_buf_z(b, "]");
}


static void
ngx_ai_status_rate(air_buf_t *b, const char *name, air_rate_left_t *left)
{
    if (left->limit == 0) {
        return;
    }

    air_buf_z(b, ",\"");
    air_buf_z(b, name);
    air_buf_z(b, "\":{\"limit\":");
    air_buf_uint(b, left->limit);
    air_buf_z(b, ",\"left\":");
    air_buf_uint(b, left->left);
    air_buf_z(b, ",\"reset_ms\":");
    air_buf_uint(b, left->reset_ms);
    air_buf_z(b, "}");
}


static void
ngx_ai_status_json_one(ngx_ai_status_book_t *sb, ngx_ai_account_t *conf,
    air_scope_e scope, ngx_str_t *name, const air_account_state_t *state)
{
    air_buf_t        *b;
    air_rate_left_t   requests, tokens;

    b = sb->b;

    air_buf_z(b, sb->n++ ? ",{\"scope\":\"" : "{\"scope\":\"");
    air_buf_z(b, air_scope_name(scope));
    air_buf_z(b, "\",\"name\":");
    air_buf_json(b, ngx_ai_air(*name));

    if (scope != AIR_SCOPE_VENDOR_KEY) {
        ngx_ai_status_budgets(sb, conf, state);
    }

    if (conf->rated && scope != AIR_SCOPE_VENDOR) {
        air_rate_left(&state->rate, &conf->rate, sb->now, &requests, &tokens);

        ngx_ai_status_rate(b, "requests", &requests);
        ngx_ai_status_rate(b, "tokens", &tokens);

        air_buf_z(b, ",\"running\":");
        air_buf_uint(b, state->rate.running);

        if (conf->rate.running) {
            air_buf_z(b, ",\"running_limit\":");
            air_buf_uint(b, conf->rate.running);
        }
    }

    air_buf_z(b, "}");
}


static int
ngx_ai_status_caller(void *ud, air_scope_e scope, air_str_t name,
    const air_account_state_t *state)
{
    ngx_ai_status_book_t *sb = ud;

    ngx_str_t          shown;
    ngx_ai_account_t  *conf;

    if (scope != AIR_SCOPE_PRINCIPAL && scope != AIR_SCOPE_TEAM) {
        return 0;
    }

    conf = ngx_ai_account_find(sb->amcf, scope, name);

    if (conf == NULL || conf->name.len != 1 || conf->name.data[0] != '*') {
        return 0;
    }

    if (sb->callers == NGX_AI_STATUS_CALLERS) {
        sb->more++;
        return 0;
    }

    sb->callers++;
    shown = ngx_ai_ngx(name);

    ngx_ai_status_json_one(sb, conf, scope, &shown, state);

    return 0;
}


void
ngx_ai_status_accounts(ngx_ai_main_conf_t *amcf, air_buf_t *b)
{
    ngx_ai_status_book_t  sb;

    if (!amcf->accounting || amcf->ledger == NULL) {
        return;
    }

    ngx_memzero(&sb, sizeof(ngx_ai_status_book_t));
    sb.amcf = amcf;
    sb.b = b;
    sb.now = ngx_ai_now();
    sb.book = air_ledger_accounts(amcf->ledger);

    if (sb.book == NULL) {
        air_buf_z(b, ",\"accounts\":null");
        return;
    }

    air_buf_z(b, ",\"accounts\":[");

    ngx_ai_status_accounts_all(&sb, ngx_ai_status_json_one);
    air_accounts_each(sb.book, sb.now, ngx_ai_status_caller, &sb);

    air_buf_z(b, "],\"accounts_not_shown\":");
    air_buf_uint(b, sb.more);
}


/* ---- metrics ---------------------------------------------------------- */

static void
ngx_ai_status_metric(ngx_ai_status_book_t *sb, ngx_ai_account_t *conf,
    air_scope_e scope, ngx_str_t *name, const air_account_state_t *state)
{
    ngx_uint_t                  i;
    air_stats_budget_t         *budget;
    const air_budget_window_t  *w;

    for (i = 0; scope != AIR_SCOPE_VENDOR_KEY && i < conf->nbudget; i++) {

        budget = ngx_array_push(sb->budgets);
        if (budget == NULL) {
            return;
        }

        ngx_memzero(budget, sizeof(air_stats_budget_t));

        w = &state->now[conf->rule[i].period];

        budget->scope = air_str_z(air_scope_name(scope));
        budget->name = ngx_ai_air(*name);
        budget->window = air_str_z(air_period_name(conf->rule[i].period));
        budget->limit.lo = conf->rule[i].amount;
        budget->spent.lo = w->spent;
        budget->reserved.lo = w->reserved;
    }
}


ngx_int_t
ngx_ai_status_account_stats(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    air_stats_t *stats)
{
    ngx_ai_status_book_t  sb;

    if (!amcf->accounting || amcf->ledger == NULL) {
        return NGX_OK;
    }

    ngx_memzero(&sb, sizeof(ngx_ai_status_book_t));
    sb.amcf = amcf;
    sb.now = ngx_ai_now();
    sb.book = air_ledger_accounts(amcf->ledger);
    sb.budgets = ngx_array_create(pool, 16, sizeof(air_stats_budget_t));

    if (sb.budgets == NULL) {
        return NGX_ERROR;
    }

    if (sb.book != NULL) {
        ngx_ai_status_accounts_all(&sb, ngx_ai_status_metric);
    }

    stats->budget = sb.budgets->elts;
    stats->nbudget = sb.budgets->nelts;

    return NGX_OK;
}
