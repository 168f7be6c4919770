
/*
 * To whom a request may go: its workflow is found, its targets are put in
 * order, and those that cannot do what it needs are left out.
 */

#include "ngx_ai_floor.h"
#include "ngx_ai_learn.h"


static ngx_uint_t ngx_ai_model_name(air_str_t name);
static ngx_int_t ngx_ai_no_model(ngx_ai_ctx_t *ctx, air_error_t *error);
static void ngx_ai_candidates(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf,
    u_char *named, air_candidate_t *cand, ngx_uint_t *n);
static ngx_int_t ngx_ai_splits(ngx_ai_ctx_t *ctx, air_candidate_t *cand,
    ngx_uint_t n);
static uint64_t ngx_ai_ticket(ngx_ai_ctx_t *ctx, air_candidate_t *cand,
    ngx_uint_t n);
static void ngx_ai_wants(ngx_ai_ctx_t *ctx, air_candidate_t *cand,
    ngx_uint_t n, air_wants_t *wants);
static ngx_int_t ngx_ai_order(ngx_ai_ctx_t *ctx, air_candidate_t *cand,
    ngx_uint_t ncand, air_wants_t *wants, air_route_key_t *work);
static ngx_int_t ngx_ai_decide_order(ngx_ai_ctx_t *ctx, u_char *named,
    ngx_uint_t asked, air_wants_t *wants);
static ngx_int_t ngx_ai_among(ngx_ai_ctx_t *ctx, u_char *named,
    ngx_uint_t asked, air_wants_t *wants);


/* a name that some model could have: it goes into no header and no path, but
   into messages and the ledger */
static ngx_uint_t
ngx_ai_model_name(air_str_t name)
{
    u_char  ch;
    size_t  i;

    if (name.len == 0 || name.len > 256) {
        return 0;
    }

    for (i = 0; i < name.len; i++) {
        ch = name.data[i];

        if (ch == '.' && i && name.data[i - 1] == '.') {
            return 0;
        }

        if ((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')
            || (ch >= '0' && ch <= '9')
            || (ch && ngx_strchr("._:@/+~-*$", ch) != NULL))
        {
            continue;
        }

        return 0;
    }

    return 1;
}


ngx_uint_t
ngx_ai_asked(ngx_ai_choice_t *choice, air_str_t model)
{
    return air_str_eq(ngx_ai_air(choice->target->name), model)
           || air_str_eq(ngx_ai_air(choice->target->model), model)
           || air_str_eq(ngx_ai_air(choice->written), model)
           || (choice->tier != NULL
               && air_str_eq(ngx_ai_air(choice->tier->name), model));
}


static ngx_int_t
ngx_ai_no_model(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    u_char     *p;
    air_str_t   model;

    ngx_ai_error_fill(error, AIR_FAULT_MODEL);
    error->status = NGX_HTTP_NOT_FOUND;
    error->type = air_str_z("invalid_request_error");
    error->code = air_str_z("model_not_found");

    model = ctx->request.model;

    if (ngx_ai_unknown(ctx, error) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!ngx_ai_model_name(model) || model.len > 64) {
        error->message = air_str_z("The model does not exist or you do not "
                                   "have access to it.");
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(ctx->r->pool, 160);
    if (p == NULL) {
        return NGX_ERROR;
    }

    error->message = air_str_n(p,
        ngx_snprintf(p, 160, "The model `%*s` does not exist or you do not "
                     "have access to it.", model.len, model.data) - p);

    return NGX_DECLINED;
}


/* a workflow's targets of the request's class, *n, as the route function sees
   them; named is as ngx_ai_prefs_named() says */
static void
ngx_ai_candidates(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf, u_char *named,
    air_candidate_t *cand, ngx_uint_t *n)
{
    int64_t             now;
    uint64_t            reopen, prompt;
    ngx_uint_t          i, tasks, priced, measured;
    air_task_e          class;
    air_candidate_t    *c;
    ngx_ai_choice_t    *choice;

    choice = wf->choices.elts;
    now = ngx_ai_now();
    prompt = 0;
    *n = 0;

    priced = wf->priced || ctx->peek || ctx->request.prefs != NULL;
    measured = wf->measured || wf->sticks || ctx->peek
               || ctx->request.prefs != NULL;

    class = wf->tasks != 0 || wf->graded || wf->floor_quality
            ? ngx_ai_class(ctx) : AIR_NTASK;
    tasks = NGX_AI_TASKS;

    if (wf->tasks != 0) {
        tasks = 1U << (class == AIR_NTASK ? AIR_TASK_OTHER : class);
    }

    if (ctx->degrade) {
        ctx->learn = NULL;

    } else {
        ngx_ai_learn(ctx, wf, tasks);
    }

    for (i = 0; i < wf->choices.nelts; i++) {

        if (choice[i].degrade != ctx->degrade && !choice[i].escalate) {
            continue;
        }

        if (!ctx->degrade && (choice[i].tasks & tasks) == 0
            && (ctx->alcf->routing != NGX_AI_ROUTING_FULL
                || named[i] == NGX_AI_NOT_NAMED))
        {
            continue;
        }

        c = &cand[(*n)++];
        ngx_memzero(c, sizeof(air_candidate_t));

        c->id = i;
        c->group = ctx->degrade ? 0 : ngx_ai_learn_group(ctx, &choice[i]);
        c->learned = choice[i].learn != NULL
                     && (ctx->learn_why == NGX_AI_LEARN_SCORE
                         || ctx->learn_why == NGX_AI_LEARN_EXPLORE);
        c->weight = choice[i].weight;
        c->canary = choice[i].canary;
        c->quality = choice[i].quality;
        c->select = choice[i].select;
        c->op_ok = choice[i].target->uri[ctx->op].len != 0;

        c->task = !ctx->degrade && (choice[i].tasks & ~wf->tasks) == 0;

        c->state = ngx_ai_health_target(ctx->amcf->zone, choice[i].target,
                                        now, &reopen);
        c->reopen_ms = reopen;

        c->price = AIR_UNKNOWN;
        c->rate_in = AIR_UNKNOWN;
        c->rate_out = AIR_UNKNOWN;
        c->fee = AIR_UNKNOWN;

        c->can = choice[i].target->can;
        c->fits = ngx_ai_codec_of(choice[i].target->vendor, ctx->op)
                  != ctx->codec;

        if (c->quality == 0 && choice[i].target->info != NULL) {
            c->quality = air_model_quality(choice[i].target->info, class);
        }

        if (measured) {
            ngx_ai_live(ctx->amcf->zone, choice[i].target->health, &c->live);
        }

        if (priced) {
            ngx_ai_candidate_price(ctx, choice[i].target, now, &prompt, c);
        }
    }
}


/* The values that tiers are split by, each looked up once; an empty one is
   none.  NGX_OK or NGX_ERROR. */
static ngx_int_t
ngx_ai_splits(ngx_ai_ctx_t *ctx, air_candidate_t *cand, ngx_uint_t n)
{
    uint64_t                   hash;
    ngx_str_t                  value;
    ngx_uint_t                 i;
    ngx_ai_choice_t           *choice;
    ngx_http_complex_value_t  *split;

    choice = ctx->workflow->choices.elts;
    split = NULL;
    hash = 0;

    for (i = 0; i < n; i++) {

        if (choice[cand[i].id].split == NULL) {
            continue;
        }

        if (choice[cand[i].id].split != split) {
            split = choice[cand[i].id].split;

            if (ngx_http_complex_value(ctx->r, split, &value) != NGX_OK) {
                return NGX_ERROR;
            }

            hash = value.len ? air_route_hash(ngx_ai_air(value)) : 0;
        }

        cand[i].split = hash;
    }

    return NGX_OK;
}


/*
 * What a target takes now for this request's tokens, as it would be billed.
 * *prompt is the request's size in tokens, 0 not counted yet: that is done
 * once, where some price depends on it and no text of so many bytes could stay
 * below.
 */
void
ngx_ai_candidate_price(ngx_ai_ctx_t *ctx, ngx_ai_target_t *target,
    int64_t now, uint64_t *prompt, air_candidate_t *c)
{
    ngx_uint_t          i;
    uint32_t            num, den;
    const air_price_t  *price;

    price = target->info ? air_model_price(target->info, now) : NULL;

    if (price == NULL || price->zero) {
        return;
    }

    for (i = 0; *prompt == 0 && i < price->nlc; i++) {
        if (ctx->body.len >= price->lc[i].threshold) {
            *prompt = ngx_ai_estimate_text(ctx);
        }
    }

    ngx_ai_multiplier(target->vendor, target->info, &num, &den);

    c->rate_in = air_price_token(price, AIR_IN, ctx->request.tier, *prompt,
                                 now, num, den);
    c->rate_out = air_price_token(price, AIR_OUT, ctx->request.tier, *prompt,
                                  now, num, den);

    /* vectors are no tokens: their models have no such rate */

    if (ctx->op == AIR_OP_EMBEDDINGS) {
        c->rate_out = 0;
    }

    /* as with what is billed: no fee known is no fee */

    c->fee = price->fee[AIR_FEE_REQUEST];

    if (c->fee == AIR_UNKNOWN) {
        c->fee = 0;
    }

    if (c->rate_in < AIR_UNKNOWN / 2000000
        && c->rate_out < AIR_UNKNOWN / 2000000)
    {
        c->price = c->rate_in * 1000000 + c->rate_out * 250000;
    }
}


/*
 * The request's number in its workflow.  Classes of tasks count for themselves
 * at their first target: a share of one class's requests is no share of all.
 */
static uint64_t
ngx_ai_ticket(ngx_ai_ctx_t *ctx, air_candidate_t *cand, ngx_uint_t n)
{
    ngx_uint_t        stat;
    ngx_ai_choice_t  *choice;

    if (ctx->ticketed) {
        return ctx->ticket;
    }

    ctx->ticketed = 1;

    choice = ctx->workflow->choices.elts;
    stat = ctx->workflow->stat;

    if (ctx->workflow->tasks != 0 && n != 0) {
        stat = choice[cand[0].id].stat;
    }

    ctx->ticket = ngx_ai_zone_ticket(ctx->amcf->zone, stat, ctx->peek);

    return ctx->ticket;
}


/*
 * What the request wants of a target.  Its tokens are counted only where it
 * has more bytes than the smallest window has tokens, which no text can
 * exceed; a quarter is for what an estimate may err, and pictures do not
 * count.
 */
static void
ngx_ai_wants(ngx_ai_ctx_t *ctx, air_candidate_t *cand, ngx_uint_t n,
    air_wants_t *wants)
{
    uint64_t    least;
    ngx_uint_t  i;

    ngx_memzero(wants, sizeof(air_wants_t));

    wants->now_ms = ngx_ai_now();
    wants->ticket = ngx_ai_ticket(ctx, cand, n);
    wants->needs = ctx->request.needs;
    wants->max_output = ctx->request.max_output;

    if (wants->max_output && ngx_ai_output_cap(ctx)) {
        wants->max_output = ngx_min(wants->max_output,
                                    ngx_ai_output_cap(ctx));
    }

    wants->prefs = ctx->request.prefs;
    wants->strict = ctx->request.require || ctx->workflow->require
                    || (ctx->alcf->workflow && ctx->alcf->workflow->require);

    ctx->request.require = wants->strict;

    least = 0;

    for (i = 0; i < n; i++) {
        if (cand[i].can.context
            && (least == 0 || cand[i].can.context < least))
        {
            least = cand[i].can.context;
        }
    }

    if (least && ctx->body.len > least) {
        wants->input = ngx_ai_estimate_text(ctx);
        wants->input -= wants->input / 4;
    }
}


/* the order, and once more when somebody has the prompt in its cache; then that
   of those whom answers that fail escalate to */
static ngx_int_t
ngx_ai_order(ngx_ai_ctx_t *ctx, air_candidate_t *cand, ngx_uint_t ncand,
    air_wants_t *wants, air_route_key_t *work)
{
    unsigned          nusable, nchoice;
    ngx_uint_t        n;
    ngx_ai_choice_t  *choice;

    choice = ctx->workflow->choices.elts;

    for (n = ncand; n != 0 && choice[cand[n - 1].id].escalate; n--) {
        /* void */
    }

    ctx->cand = cand;
    ctx->ncand = n;

    ngx_ai_wants(ctx, cand, n, wants);

    air_route_order(ctx->cand, ctx->ncand, wants, work, ctx->order, &nusable,
                    &nchoice);

    if (nusable > 1 && ngx_ai_sticky(ctx, ctx->cand, ctx->ncand)) {
        air_route_order(ctx->cand, ctx->ncand, wants, work, ctx->order,
                        &nusable, &nchoice);
    }

    ctx->norder = nusable;
    ctx->nchoice = nchoice;

    return n == ncand ? NGX_OK
           : ngx_ai_escalate_order(ctx, &cand[n], ncand - n, wants, work);
}


/* candidates of the workflow, or of the tier that a budget moved the request
   to, in their order */
static ngx_int_t
ngx_ai_decide_order(ngx_ai_ctx_t *ctx, u_char *named, ngx_uint_t asked,
    air_wants_t *wants)
{
    ngx_uint_t          i, ncand;
    air_route_key_t    *work;
    ngx_ai_workflow_t  *wf;

    wf = ctx->workflow;

    work = ngx_palloc(ctx->r->pool,
                      wf->choices.nelts * sizeof(air_route_key_t));
    if (work == NULL) {
        return NGX_ERROR;
    }

    ngx_ai_candidates(ctx, wf, named, ctx->cand, &ncand);

    ctx->ncand = ncand;

    if (wf->split_used && ngx_ai_splits(ctx, ctx->cand, ncand) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_ai_prefs_apply(ctx, wf, named, asked && !ctx->degrade, ctx->cand,
                           ncand)
        != NGX_OK
        || ngx_ai_budget_filter(ctx, ctx->cand, ncand) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_ai_order(ctx, ctx->cand, ncand, wants, work) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; ctx->degrade && i < ctx->norder; i++) {
        if (ctx->order[i].why != AIR_WHY_COOLING
            && ctx->order[i].why != AIR_WHY_LAST_RESORT
            && ctx->order[i].why != AIR_WHY_PROBE)
        {
            ctx->order[i].why = AIR_WHY_DEGRADED;
        }
    }

    return NGX_OK;
}


/*
 * Past a soft mark the tier of its budget goes first, and the request's own
 * targets serve what that tier cannot.  Where they do not fit into what is
 * left the tier for that is tried.
 */
static ngx_int_t
ngx_ai_among(ngx_ai_ctx_t *ctx, u_char *named, ngx_uint_t asked,
    air_wants_t *wants)
{
    ngx_uint_t  soft, hard;

    soft = ngx_ai_budget_soft(ctx);

    if (soft) {
        ctx->degrade = soft;

        if (ngx_ai_decide_order(ctx, named, asked, wants) != NGX_OK) {
            return NGX_ERROR;
        }

        if (ctx->norder) {
            return NGX_OK;
        }

        ctx->degrade = 0;
        ctx->soft = NULL;
    }

    if (ngx_ai_decide_order(ctx, named, asked, wants) != NGX_OK) {
        return NGX_ERROR;
    }

    hard = ctx->over != NULL ? ctx->over->hard : 0;

    if (ctx->norder || hard == 0 || hard == soft) {
        return NGX_OK;
    }

    ctx->degrade = hard;

    return ngx_ai_decide_order(ctx, named, asked, wants);
}


/* workflow, candidates, order */
ngx_int_t
ngx_ai_decide(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    u_char              named[NGX_AI_MAX_TARGETS];
    unsigned            i, nusable, nchoice;
    ngx_int_t           rc;
    ngx_uint_t          asked;
    air_wants_t         wants;
    ngx_ai_workflow_t  *wf;

    wf = ngx_ai_conf_workflow(ctx->r, ctx->alcf);

    if (wf == NULL) {
        ngx_ai_error_fill(error, AIR_FAULT_NO_TARGET);
        error->status = NGX_HTTP_NOT_FOUND;
        error->type = air_str_z("invalid_request_error");
        error->code = air_str_z("route_not_configured");
        error->message = air_str_z("The workflow of this request is not "
                                   "configured.");
        return NGX_DECLINED;
    }

    ctx->workflow = wf;

    if (!ngx_ai_model_name(ctx->request.model)) {
        return ngx_ai_no_model(ctx, error);
    }

    if (wf->catalogue) {
        wf = ngx_ai_prefs_catalogue(ctx, &rc, error);
        if (wf == NULL) {
            return rc == NGX_OK ? ngx_ai_no_model(ctx, error) : rc;
        }

        ctx->workflow = wf;
    }

    if (ngx_ai_principal(ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_ai_keys_workflow(ctx, wf, error) != NGX_OK) {
        return NGX_DECLINED;
    }

    if (ngx_ai_accounts_read(ctx) != NGX_OK
        || ngx_ai_output_tell(ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->cand = ngx_palloc(ctx->r->pool,
                           wf->choices.nelts * sizeof(air_candidate_t));
    if (ctx->cand == NULL) {
        return NGX_ERROR;
    }

    ctx->order = ngx_palloc(ctx->r->pool,
                            wf->choices.nelts * sizeof(air_choice_t));
    if (ctx->order == NULL) {
        return NGX_ERROR;
    }

    if (ngx_ai_prefs_named(ctx, wf, named, &asked) != NGX_OK) {
        return NGX_ERROR;
    }

    if (wf->listed && !asked) {
        return ngx_ai_no_model(ctx, error);
    }

    if (ngx_ai_among(ctx, named, asked, &wants) != NGX_OK) {
        return NGX_ERROR;
    }

    /* where classes are named what is judged is counted by them */

    if (ctx->alcf->task != NULL && (wf->floor != NULL || wf->shadow != NULL)) {
        (void) ngx_ai_class(ctx);
    }

    nusable = ctx->norder;
    nchoice = ctx->nchoice;

    if (!ctx->peek) {
        ngx_ai_learn_count(ctx);
    }

    for (i = nusable; i < nchoice && !ctx->peek; i++) {
        ngx_ai_stat_left_out(ctx, ctx->order[i].id);
    }

    if (nusable == 0 && ctx->op == AIR_OP_COUNT_TOKENS) {
        return NGX_DONE;
    }

    if (nusable == 0 && ctx->over != NULL) {
        return ngx_ai_over_error(ctx, error, &ctx->retry_ms) == NGX_OK
               ? NGX_DECLINED : NGX_ERROR;
    }

    if (nusable == 0) {
        return ngx_ai_nobody(ctx, ctx->cand, &wants, error);
    }

    if (ctx->degrade && !ctx->peek) {
        ngx_ai_stat_budget(ctx, NULL, AIR_STAT_BUDGET_DEGRADED);
    }

    return NGX_OK;
}
