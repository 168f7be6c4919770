
/*
 * The variables.  All come from the context of the main request, when asked
 * for; in a subrequest they tell of its own attempt.  Until the log phase a
 * value is computed anew for each use; there ngx_ai_var_freeze() drops what
 * was read too early, and from then on the first value of each stays.
 *
 * None depends on the clock but through nginx's cached time, so that a value
 * is the same for the two passes, length and bytes, of one evaluation.
 */

#include "ngx_ai_floor.h"
#include "ngx_ai_learn.h"


#define NGX_AI_VAR_MAX  65536

/* shorthand for tokens that nobody reported */
#define NGX_AI_VAR_NONE  UINT64_MAX


typedef enum {
    NGX_AI_VAR_WORKFLOW = 0,
    NGX_AI_VAR_VENDOR,
    NGX_AI_VAR_VENDOR_KEY,
    NGX_AI_VAR_MODEL,
    NGX_AI_VAR_TIER,
    NGX_AI_VAR_PROTOCOL,
    NGX_AI_VAR_PRINCIPAL,
    NGX_AI_VAR_TASK,
    NGX_AI_VAR_LEARNED,
    NGX_AI_VAR_NEED,
    NGX_AI_VAR_KEY,
    NGX_AI_VAR_TEAM,
    NGX_AI_VAR_LEFT,
    NGX_AI_VAR_ATTEMPTS,
    NGX_AI_VAR_DETAIL,
    NGX_AI_VAR_REASON,
    NGX_AI_VAR_STATUS,
    NGX_AI_VAR_ERROR,
    NGX_AI_VAR_INPUT,
    NGX_AI_VAR_CACHED,
    NGX_AI_VAR_OUTPUT,
    NGX_AI_VAR_REASONING,
    NGX_AI_VAR_COST,
    NGX_AI_VAR_SAVED,
    NGX_AI_VAR_CACHE,
    NGX_AI_VAR_FIRST_TOKEN,
    NGX_AI_VAR_TPS,
    NGX_AI_VAR_WARNINGS,
    NGX_AI_VAR_FLOOR,
    NGX_AI_VAR_FLOOR_CHECK,
    NGX_AI_VAR_FLOOR_REASON,
    NGX_AI_VAR_FLOOR_COST,
    NGX_AI_VAR_ESCALATED,
    NGX_AI_VAR_ID,
    NGX_AI_VAR_TRACE,
    NGX_AI_VAR_SPAN,
    NGX_AI_VAR_JSON,
    NGX_AI_NVAR
} ngx_ai_var_e;


/* tokens of all attempts, NGX_AI_VAR_NONE when no vendor told any */
typedef struct {
    uint64_t  input;
    uint64_t  cached;
    uint64_t  output;
    uint64_t  reasoning;
} ngx_ai_var_tokens_t;


static ngx_int_t ngx_ai_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static void ngx_ai_var_value(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    ngx_ai_var_e var, air_buf_t *b);
static void ngx_ai_var_share(double x, air_buf_t *b);
static void ngx_ai_var_judged(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    ngx_ai_var_e var, air_buf_t *b);
static void ngx_ai_var_target(ngx_ai_attempt_t *att, ngx_ai_var_e var,
    air_buf_t *b);
static void ngx_ai_var_number(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    ngx_ai_var_e var, air_buf_t *b);
static void ngx_ai_var_usage(air_usage_t *u, ngx_ai_var_tokens_t *t);
static void ngx_ai_var_tokens(ngx_ai_ctx_t *ctx, ngx_ai_var_tokens_t *t);
static uint64_t ngx_ai_var_cost(ngx_ai_ctx_t *ctx);
static uint64_t ngx_ai_var_speed(ngx_ai_attempt_t *att);
static void ngx_ai_var_clean(air_str_t s, air_buf_t *b);
static void ngx_ai_var_detail(ngx_ai_ctx_t *ctx, air_buf_t *b);
static void ngx_ai_var_json(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    air_buf_t *b);
static void ngx_ai_var_floor(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    air_buf_t *b);
static void ngx_ai_var_left_out(ngx_ai_ctx_t *ctx, air_buf_t *b);
static void ngx_ai_var_warnings(ngx_ai_attempt_t *att, air_buf_t *b);
static void ngx_ai_var_json_attempt(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    air_buf_t *b);


static const struct {
    const char    *name;
    ngx_ai_var_e   var;
} ngx_ai_vars[] = {
    { "ai_workflow", NGX_AI_VAR_WORKFLOW },
    { "ai_vendor", NGX_AI_VAR_VENDOR },
    { "ai_vendor_key", NGX_AI_VAR_VENDOR_KEY },
    { "ai_model", NGX_AI_VAR_MODEL },
    { "ai_tier", NGX_AI_VAR_TIER },
    { "ai_protocol", NGX_AI_VAR_PROTOCOL },
    { "ai_principal", NGX_AI_VAR_PRINCIPAL },
    { "ai_task", NGX_AI_VAR_TASK },
    { "ai_learned", NGX_AI_VAR_LEARNED },
    { "ai_learn_need", NGX_AI_VAR_NEED },
    { "ai_key", NGX_AI_VAR_KEY },
    { "ai_team", NGX_AI_VAR_TEAM },
    { "ai_budget_left", NGX_AI_VAR_LEFT },
    { "ai_attempts", NGX_AI_VAR_ATTEMPTS },
    { "ai_attempts_detail", NGX_AI_VAR_DETAIL },
    { "ai_reason", NGX_AI_VAR_REASON },
    { "ai_status", NGX_AI_VAR_STATUS },
    { "ai_error", NGX_AI_VAR_ERROR },
    { "ai_input_tokens", NGX_AI_VAR_INPUT },
    { "ai_cached_tokens", NGX_AI_VAR_CACHED },
    { "ai_output_tokens", NGX_AI_VAR_OUTPUT },
    { "ai_reasoning_tokens", NGX_AI_VAR_REASONING },
    { "ai_cost", NGX_AI_VAR_COST },
    { "ai_cost_saved", NGX_AI_VAR_SAVED },
    { "ai_cache", NGX_AI_VAR_CACHE },
    { "ai_first_token_time", NGX_AI_VAR_FIRST_TOKEN },
    { "ai_tokens_per_second", NGX_AI_VAR_TPS },
    { "ai_warnings", NGX_AI_VAR_WARNINGS },
    { "ai_floor", NGX_AI_VAR_FLOOR },
    { "ai_floor_check", NGX_AI_VAR_FLOOR_CHECK },
    { "ai_floor_reason", NGX_AI_VAR_FLOOR_REASON },
    { "ai_floor_cost", NGX_AI_VAR_FLOOR_COST },
    { "ai_escalated", NGX_AI_VAR_ESCALATED },
    { "ai_request_id", NGX_AI_VAR_ID },
    { "ai_trace_id", NGX_AI_VAR_TRACE },
    { "ai_span_id", NGX_AI_VAR_SPAN },
    { "ai_json", NGX_AI_VAR_JSON }
};


static const char *const  ngx_ai_var_ops[AIR_NOP] = {
    "none", "chat", "completions", "embeddings", "responses", "messages",
    "count_tokens", "models"
};


static const char *const  ngx_ai_var_certainty[] = {
    "reported", "estimated", "unknown", "none"
};


ngx_int_t
ngx_ai_var_add(ngx_conf_t *cf)
{
    ngx_str_t             name;
    ngx_uint_t            i;
    ngx_http_variable_t  *v;

    for (i = 0; i < sizeof(ngx_ai_vars) / sizeof(ngx_ai_vars[0]); i++) {
        name.data = (u_char *) ngx_ai_vars[i].name;
        name.len = ngx_strlen(name.data);

        v = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
        if (v == NULL) {
            return NGX_ERROR;
        }

        v->get_handler = ngx_ai_variable;
        v->data = ngx_ai_vars[i].var;
    }

    return NGX_OK;
}


void
ngx_ai_var_freeze(ngx_http_request_t *r, ngx_ai_ctx_t *ctx)
{
    ngx_uint_t                  i;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    if (ctx->vars != NULL) {
        return;
    }

    ctx->vars = ngx_pcalloc(r->pool, NGX_AI_NVAR * sizeof(ngx_str_t));
    if (ctx->vars == NULL) {
        return;
    }

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {
        if (v[i].get_handler == ngx_ai_variable) {
            r->variables[i].valid = 0;
            r->variables[i].not_found = 0;
        }
    }
}


static ngx_int_t
ngx_ai_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    air_mem_t          mem;
    air_buf_t          b;
    ngx_str_t         *frozen;
    ngx_ai_ctx_t      *ctx;
    ngx_ai_attempt_t  *att;

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    ctx = ngx_ai_get_ctx(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    frozen = (r == r->main && ctx->vars != NULL) ? &ctx->vars[data] : NULL;

    if (frozen != NULL && frozen->data != NULL) {
        v->data = frozen->data;
        v->len = frozen->len;
        v->not_found = (frozen->len == 0);
        return NGX_OK;
    }

    att = (r != r->main) ? ngx_ai_attempt_of(r) : NULL;

    if (att == NULL) {
        att = ngx_ai_shown(ctx);
    }

    mem = ngx_ai_mem(r->pool);
    air_buf_init(&b, &mem, NGX_AI_VAR_MAX);

    ngx_ai_var_value(ctx, att, data, &b);

    if (b.error == AIR_ENOMEM) {
        return NGX_ERROR;
    }

    if (b.error != AIR_OK) {
        b.len = 0;
    }

    v->data = b.data ? b.data : (u_char *) "";
    v->len = b.len;
    v->not_found = (b.len == 0);

    if (frozen != NULL) {
        frozen->data = v->data;
        frozen->len = v->len;
    }

    return NGX_OK;
}


/* A share, 0 to 1, with six digits. */
static void
ngx_ai_var_share(double x, air_buf_t *b)
{
    u_char  *p, text[16];

    p = ngx_sprintf(text, "%uL.%06uL", (uint64_t) (x * 1e6 + 0.5) / 1000000,
                    (uint64_t) (x * 1e6 + 0.5) % 1000000);
    air_buf_add(b, text, p - text);
}


/* Appends the value, nothing when there is none. */
static void
ngx_ai_var_value(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att, ngx_ai_var_e var,
    air_buf_t *b)
{
    char  id[AIR_KEY_ID];

    switch (var) {

    case NGX_AI_VAR_WORKFLOW:
        if (ctx->workflow != NULL) {
            ngx_ai_var_clean(ngx_ai_air(ctx->workflow->name), b);
        }
        break;

    case NGX_AI_VAR_PROTOCOL:
        if (ctx->codec != NULL) {
            air_buf_z(b, ctx->codec->name);
        }
        break;

    case NGX_AI_VAR_PRINCIPAL:
        ngx_ai_var_clean(ngx_ai_air(ctx->principal), b);
        break;

    case NGX_AI_VAR_KEY:
        if (ctx->key != NULL) {
            air_key_id(ctx->key->hash, id);
            air_buf_z(b, id);
        }
        break;

    case NGX_AI_VAR_TEAM:
        ngx_ai_var_clean(ngx_ai_air(ctx->team), b);
        break;

    case NGX_AI_VAR_TASK:
        if (ngx_ai_class(ctx) != AIR_NTASK) {
            air_buf_z(b, air_task_name(ngx_ai_class(ctx)));
        }
        break;

    case NGX_AI_VAR_LEARNED:
        if (ctx->learn != NULL) {
            air_buf_z(b, ctx->learn_cheap ? "cheap" : "strong");
        }
        break;

    case NGX_AI_VAR_NEED:
        if (ctx->learn_scored) {
            ngx_ai_var_share(ctx->learned.need, b);
        }
        break;

    case NGX_AI_VAR_ATTEMPTS:
        air_buf_uint(b, ctx->nattempts);
        break;

    case NGX_AI_VAR_DETAIL:
        ngx_ai_var_detail(ctx, b);
        break;

    case NGX_AI_VAR_ERROR:
        if (ctx->fault != AIR_FAULT_NONE) {
            air_buf_z(b, air_fault_row(ctx->fault)->why);
        }
        break;

    case NGX_AI_VAR_WARNINGS:
        if (att != NULL) {
            ngx_ai_lost_all(att, b);
        }
        break;

    case NGX_AI_VAR_FLOOR:
    case NGX_AI_VAR_FLOOR_CHECK:
    case NGX_AI_VAR_FLOOR_REASON:
    case NGX_AI_VAR_FLOOR_COST:
    case NGX_AI_VAR_ESCALATED:
        if (ctx->workflow != NULL && ctx->workflow->floor != NULL) {
            ngx_ai_var_judged(ctx, att, var, b);
        }
        break;

    case NGX_AI_VAR_ID:
        air_buf_add(b, ctx->id_hex, sizeof(ctx->id_hex));
        break;

    case NGX_AI_VAR_JSON:
        ngx_ai_var_json(ctx, att, b);
        break;

    case NGX_AI_VAR_VENDOR:
    case NGX_AI_VAR_VENDOR_KEY:
    case NGX_AI_VAR_MODEL:
    case NGX_AI_VAR_TIER:
    case NGX_AI_VAR_REASON:
    case NGX_AI_VAR_STATUS:
    case NGX_AI_VAR_CACHE:
    case NGX_AI_VAR_SPAN:
        if (att != NULL) {
            ngx_ai_var_target(att, var, b);

        } else if (var == NGX_AI_VAR_REASON && ctx->nchoice != 0) {
            air_buf_z(b, air_route_reason(ctx->order[0].why));
        }
        break;

    default:
        ngx_ai_var_number(ctx, att, var, b);
        break;
    }
}


/* of a workflow with a floor */
static void
ngx_ai_var_judged(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att, ngx_ai_var_e var,
    air_buf_t *b)
{
    uint64_t  cost;

    switch (var) {

    case NGX_AI_VAR_FLOOR:
        if (att != NULL) {
            air_buf_z(b, air_verdict_name(att->verdict.verdict));
        }
        break;

    case NGX_AI_VAR_FLOOR_CHECK:
        if (att != NULL) {
            ngx_ai_floor_check(att, b);
        }
        break;

    case NGX_AI_VAR_FLOOR_REASON:
        ngx_ai_floor_reason(ctx, b);
        break;

    case NGX_AI_VAR_FLOOR_COST:
        cost = ngx_ai_floor_cost(ctx);

        if (cost != AIR_UNKNOWN) {
            air_buf_pusd(b, cost);
        }
        break;

    default:
        air_buf_uint(b, ctx->escalations);
        break;
    }
}


static void
ngx_ai_var_target(ngx_ai_attempt_t *att, ngx_ai_var_e var, air_buf_t *b)
{
    ngx_str_t  *cache;

    switch (var) {

    case NGX_AI_VAR_CACHE:
        cache = ngx_ai_cache_status(att);

        if (cache != NULL) {
            air_buf_str(b, ngx_ai_air(*cache));
        }
        break;

    case NGX_AI_VAR_VENDOR:
        ngx_ai_var_clean(ngx_ai_air(att->target->vendor->name), b);
        break;

    case NGX_AI_VAR_VENDOR_KEY:
        if (att->key != NULL) {
            ngx_ai_var_clean(ngx_ai_air(att->key->shown), b);
        }
        break;

    case NGX_AI_VAR_MODEL:
        ngx_ai_var_clean(ngx_ai_air(att->target->model), b);
        break;

    case NGX_AI_VAR_TIER:
        if (att->choice->tier != NULL) {
            ngx_ai_var_clean(ngx_ai_air(att->choice->tier->name), b);
        }
        break;

    case NGX_AI_VAR_REASON:
        air_buf_z(b, air_route_reason(att->why));
        break;

    case NGX_AI_VAR_SPAN:
        ngx_ai_trace_span(att, b);
        break;

    default:
        if (att->status != 0) {
            air_buf_uint(b, att->status);
        }
        break;
    }
}


static void
ngx_ai_var_number(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att, ngx_ai_var_e var,
    air_buf_t *b)
{
    u_char               *last, text[NGX_TIME_T_LEN + 8];
    uint64_t              n;
    ngx_msec_t            ms;
    air_accounts_left_t   left;
    ngx_ai_var_tokens_t   t;

    n = NGX_AI_VAR_NONE;

    switch (var) {

    case NGX_AI_VAR_TRACE:
        ngx_ai_trace_id(ctx, b);
        return;

    case NGX_AI_VAR_LEFT:
        ngx_ai_accounts_left(ctx, &left);

        if (left.money != AIR_UNKNOWN) {
            air_buf_pusd(b, left.money);
        }

        return;

    case NGX_AI_VAR_COST:
        n = ngx_ai_var_cost(ctx);

        if (n != AIR_UNKNOWN) {
            air_buf_pusd(b, n);
        }

        return;

    case NGX_AI_VAR_SAVED:
        air_buf_pusd(b, ctx->saved);
        return;

    case NGX_AI_VAR_FIRST_TOKEN:
        if (att != NULL && att->first != 0) {
            ms = att->first - ctx->start;
            last = ngx_sprintf(text, "%T.%03M", (time_t) ms / 1000, ms % 1000);
            air_buf_add(b, text, last - text);
        }

        return;

    case NGX_AI_VAR_TPS:
        n = att ? ngx_ai_var_speed(att) : NGX_AI_VAR_NONE;

        if (n != NGX_AI_VAR_NONE) {
            air_buf_uint(b, n / 10);
            air_buf_byte(b, '.');
            air_buf_uint(b, n % 10);
        }

        return;

    default:
        break;
    }

    ngx_ai_var_tokens(ctx, &t);

    switch (var) {

    case NGX_AI_VAR_INPUT:
        n = t.input;
        break;

    case NGX_AI_VAR_CACHED:
        n = t.cached;
        break;

    case NGX_AI_VAR_OUTPUT:
        n = t.output;
        break;

    default:
        n = t.reasoning;
        break;
    }

    if (n != NGX_AI_VAR_NONE) {
        air_buf_uint(b, n);
    }
}


static void
ngx_ai_var_usage(air_usage_t *u, ngx_ai_var_tokens_t *t)
{
    t->input = air_usage_input(u);
    t->output = air_usage_output(u);
    t->reasoning = u->reasoning;
    t->cached = u->n[AIR_IN_CACHE_READ] + u->n[AIR_IN_CACHE_READ_AUDIO]
                + u->n[AIR_IN_CACHE_READ_IMAGE];
}


static void
ngx_ai_var_tokens(ngx_ai_ctx_t *ctx, ngx_ai_var_tokens_t *t)
{
    ngx_uint_t            i, known;
    air_usage_t          *u;
    ngx_ai_var_tokens_t   one;

    known = 0;
    ngx_memzero(t, sizeof(ngx_ai_var_tokens_t));

    for (i = 0; i < ctx->nattempts; i++) {
        u = &ctx->attempt[i]->note.usage;

        if (!u->seen && !u->estimated) {
            continue;
        }

        ngx_ai_var_usage(u, &one);

        known = 1;
        t->input += one.input;
        t->cached += one.cached;
        t->output += one.output;
        t->reasoning += one.reasoning;
    }

    if (!known) {
        ngx_memset(t, 0xff, sizeof(ngx_ai_var_tokens_t));
    }
}


/* pUSD of all attempts; unknown while one is not settled. */
static uint64_t
ngx_ai_var_cost(ngx_ai_ctx_t *ctx)
{
    ngx_uint_t  i;

    if (ctx->cost_unknown) {
        return AIR_UNKNOWN;
    }

    for (i = 0; i < ctx->nattempts; i++) {
        if (!ctx->attempt[i]->settled) {
            return AIR_UNKNOWN;
        }
    }

    return ctx->cost;
}


/* Output tokens in tenths of a token a second. */
static uint64_t
ngx_ai_var_speed(ngx_ai_attempt_t *att)
{
    uint64_t      n;
    ngx_msec_t    from;
    air_usage_t  *u;

    u = &att->note.usage;

    if ((!u->seen && !u->estimated) || att->end == 0) {
        return NGX_AI_VAR_NONE;
    }

    from = (att->first != 0 && att->end > att->first) ? att->first
                                                      : att->start;
    n = air_usage_output(u);

    if (att->end <= from || n > UINT32_MAX) {
        return NGX_AI_VAR_NONE;
    }

    return n * 10000 / (att->end - from);
}


/* What came with a request keeps no control byte. */
static void
ngx_ai_var_clean(air_str_t s, air_buf_t *b)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        air_buf_byte(b, s.data[i] < 0x20 || s.data[i] == 0x7f ? '?'
                                                              : s.data[i]);
    }
}


/* openai/gpt-5-mini 429 rate_limit 118ms, anthropic/... 200 ok 902ms */
static void
ngx_ai_var_detail(ngx_ai_ctx_t *ctx, air_buf_t *b)
{
    ngx_uint_t         i;
    ngx_ai_attempt_t  *att;

    for (i = 0; i < ctx->nattempts; i++) {
        att = ctx->attempt[i];

        if (i != 0) {
            air_buf_z(b, ", ");
        }

        ngx_ai_var_clean(ngx_ai_air(att->target->name), b);
        air_buf_byte(b, ' ');
        air_buf_uint(b, att->status);
        air_buf_byte(b, ' ');

        if (att->fault != AIR_FAULT_NONE) {
            air_buf_z(b, air_fault_row(att->fault)->why);

        } else {
            air_buf_z(b, att->complete ? "ok" : "open");
        }

        air_buf_byte(b, ' ');
        air_buf_uint(b, (att->end ? att->end : ngx_current_msec)
                        - att->start);
        air_buf_z(b, "ms");
    }
}


/* ---- JSON ------------------------------------------------------------- */

/* The key of a member and the comma before it, but for the first. */
static void
ngx_ai_var_key(air_buf_t *b, const char *key)
{
    if (b->len != 0 && b->data[b->len - 1] != '{') {
        air_buf_byte(b, ',');
    }

    air_buf_byte(b, '"');
    air_buf_z(b, key);
    air_buf_z(b, "\":");
}


/* A text, null when it is empty. */
static void
ngx_ai_var_text(air_buf_t *b, const char *key, air_str_t s)
{
    ngx_ai_var_key(b, key);

    if (s.len == 0) {
        air_buf_z(b, "null");
        return;
    }

    air_buf_json(b, s);
}


/* A number, null when nobody knows it. */
static void
ngx_ai_var_uint(air_buf_t *b, const char *key, uint64_t n)
{
    ngx_ai_var_key(b, key);

    if (n == NGX_AI_VAR_NONE) {
        air_buf_z(b, "null");
        return;
    }

    air_buf_uint(b, n);
}


static void
ngx_ai_var_money(air_buf_t *b, const char *key, uint64_t pusd)
{
    ngx_ai_var_key(b, key);

    if (pusd == AIR_UNKNOWN) {
        air_buf_z(b, "null");
        return;
    }

    air_buf_pusd(b, pusd);
}


static void
ngx_ai_var_counts(air_buf_t *b, ngx_ai_var_tokens_t *t)
{
    ngx_ai_var_uint(b, "input_tokens", t->input);
    ngx_ai_var_uint(b, "cached_tokens", t->cached);
    ngx_ai_var_uint(b, "output_tokens", t->output);
    ngx_ai_var_uint(b, "reasoning_tokens", t->reasoning);
}


static void
ngx_ai_var_json(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att, air_buf_t *b)
{
    uint64_t              n;
    ngx_uint_t            i;
    ngx_ai_var_tokens_t   t;

    air_buf_byte(b, '{');

    ngx_ai_var_text(b, "request_id",
                    air_str_n(ctx->id_hex, sizeof(ctx->id_hex)));

    if (ctx->alcf->trace != NGX_AI_TRACE_OFF) {
        ngx_ai_var_key(b, "trace_id");
        air_buf_byte(b, '"');
        ngx_ai_trace_id(ctx, b);
        air_buf_byte(b, '"');
    }

    ngx_ai_var_text(b, "workflow", ctx->workflow
                                   ? ngx_ai_air(ctx->workflow->name)
                                   : air_str_z(""));
    ngx_ai_var_text(b, "protocol", air_str_z(ctx->codec ? ctx->codec->name
                                                        : ""));
    ngx_ai_var_text(b, "operation",
                    air_str_z(ngx_ai_var_ops[ctx->op < AIR_NOP ? ctx->op
                                                               : 0]));
    ngx_ai_var_key(b, "stream");
    air_buf_z(b, ctx->request.stream ? "true" : "false");
    ngx_ai_var_text(b, "principal", ngx_ai_air(ctx->principal));
    ngx_ai_var_text(b, "team", ngx_ai_air(ctx->team));

    if (ctx->degrade) {
        ngx_ai_var_key(b, "degraded");
        air_buf_z(b, "true");
    }

    if (ctx->class_known) {
        ngx_ai_var_text(b, "task", air_str_z(air_task_name(ctx->class)));
    }

    if (ctx->learn != NULL) {
        ngx_ai_var_text(b, "learned",
                        air_str_z(ctx->learn_cheap ? "cheap" : "strong"));
        ngx_ai_var_text(b, "learned_by",
                        air_str_z(ngx_ai_learn_why(ctx->learn_why)));
    }

    if (ctx->learn_scored) {
        ngx_ai_var_key(b, "learn_need");
        ngx_ai_var_share(ctx->learned.need, b);
    }

    if (att != NULL) {
        ngx_ai_var_text(b, "vendor", ngx_ai_air(att->target->vendor->name));
        ngx_ai_var_text(b, "model", ngx_ai_air(att->target->model));
        ngx_ai_var_text(b, "tier", att->choice->tier
                                   ? ngx_ai_air(att->choice->tier->name)
                                   : air_str_z(""));
        ngx_ai_var_text(b, "reason", air_str_z(air_route_reason(att->why)));
    }

    ngx_ai_var_uint(b, "status", ctx->status ? ctx->status
                                             : NGX_AI_VAR_NONE);
    ngx_ai_var_text(b, "error", air_str_z(ctx->fault == AIR_FAULT_NONE ? ""
                                          : air_fault_row(ctx->fault)->why));

    if (ctx->workflow != NULL && ctx->workflow->floor != NULL) {
        ngx_ai_var_floor(ctx, att, b);
    }

    ngx_ai_var_tokens(ctx, &t);
    ngx_ai_var_counts(b, &t);
    ngx_ai_var_money(b, "cost_usd", ngx_ai_var_cost(ctx));

    if (ctx->saved != 0) {
        ngx_ai_var_money(b, "saved_usd", ctx->saved);
    }

    n = (att != NULL && att->first != 0) ? att->first - ctx->start
                                         : NGX_AI_VAR_NONE;
    ngx_ai_var_uint(b, "first_token_ms", n);
    ngx_ai_var_uint(b, "duration_ms", ngx_current_msec - ctx->start);

    ngx_ai_var_key(b, "attempts");
    air_buf_byte(b, '[');

    for (i = 0; i < ctx->nattempts; i++) {
        if (i != 0) {
            air_buf_byte(b, ',');
        }

        ngx_ai_var_json_attempt(ctx, ctx->attempt[i], b);
    }

    air_buf_z(b, "],\"left_out\":[");
    ngx_ai_var_left_out(ctx, b);
    air_buf_z(b, "]}");
}


/* What the floor found, and what that cost. */
static void
ngx_ai_var_floor(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att, air_buf_t *b)
{
    air_buf_t  one;

    ngx_ai_var_text(b, "floor", air_str_z(att == NULL ? ""
                                : air_verdict_name(att->verdict.verdict)));

    air_buf_init(&one, &ctx->mem, 4096);
    ngx_ai_floor_reason(ctx, &one);

    ngx_ai_var_text(b, "floor_reason", air_buf_view(&one));
    ngx_ai_var_uint(b, "escalated", ctx->escalations);
    ngx_ai_var_money(b, "floor_cost_usd", ngx_ai_floor_cost(ctx));
}


/* Targets that were not asked, for what they cannot do. */
static void
ngx_ai_var_left_out(ngx_ai_ctx_t *ctx, air_buf_t *b)
{
    ngx_uint_t        i, n;
    ngx_ai_choice_t  *choice;

    n = 0;

    for (i = 0; i < ctx->nchoice; i++) {

        if (i < ctx->norder && ctx->order[i].why != AIR_WHY_PARAMETERS) {
            continue;
        }

        choice = ctx->workflow->choices.elts;
        choice += ctx->order[i].id;

        air_buf_z(b, n++ ? ",{" : "{");
        ngx_ai_var_text(b, "vendor", ngx_ai_air(choice->target->vendor->name));
        ngx_ai_var_text(b, "model", ngx_ai_air(choice->target->model));
        ngx_ai_var_text(b, "reason",
                        air_str_z(air_route_reason(ctx->order[i].why)));
        air_buf_z(b, "}");
    }
}


static void
ngx_ai_var_warnings(ngx_ai_attempt_t *att, air_buf_t *b)
{
    air_buf_t  one;

    air_buf_init(&one, &att->ctx->mem, 4096);
    ngx_ai_lost_all(att, &one);
    ngx_ai_var_text(b, "warnings", air_buf_view(&one));
}


static void
ngx_ai_var_json_attempt(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    air_buf_t *b)
{
    ngx_ai_var_tokens_t  t;

    air_buf_byte(b, '{');

    ngx_ai_var_uint(b, "n", att->n);
    ngx_ai_var_text(b, "vendor", ngx_ai_air(att->target->vendor->name));
    ngx_ai_var_text(b, "vendor_key", att->key ? ngx_ai_air(att->key->shown)
                                              : air_str_n(NULL, 0));
    ngx_ai_var_text(b, "model", ngx_ai_air(att->target->model));
    ngx_ai_var_text(b, "reason", air_str_z(air_route_reason(att->why)));
    ngx_ai_var_uint(b, "status", att->status ? att->status
                                             : NGX_AI_VAR_NONE);
    ngx_ai_var_text(b, "fault", air_str_z(att->fault == AIR_FAULT_NONE ? ""
                                          : air_fault_row(att->fault)->why));
    ngx_ai_var_warnings(att, b);

    if (att->verdict.verdict != AIR_VERDICT_NONE) {
        ngx_ai_var_text(b, "floor",
                        air_str_z(air_verdict_name(att->verdict.verdict)));
    }

    ngx_ai_var_text(b, "phase", air_str_z(ngx_ai_phase_name(att->phase)));

    if (ngx_ai_cache_status(att) != NULL) {
        ngx_ai_var_text(b, "cache", ngx_ai_air(*ngx_ai_cache_status(att)));
    }

    ngx_ai_var_uint(b, "start_ms", att->start - ctx->start);
    ngx_ai_var_uint(b, "duration_ms", (att->end ? att->end : ngx_current_msec)
                                      - att->start);
    ngx_ai_var_uint(b, "first_token_ms", att->first ? att->first - att->start
                                                    : NGX_AI_VAR_NONE);

    if (att->note.usage.seen || att->note.usage.estimated) {
        ngx_ai_var_usage(&att->note.usage, &t);

    } else {
        ngx_memset(&t, 0xff, sizeof(ngx_ai_var_tokens_t));
    }

    ngx_ai_var_counts(b, &t);
    ngx_ai_var_money(b, "cost_usd", att->settled ? att->cost : AIR_UNKNOWN);
    ngx_ai_var_text(b, "certainty",
                    air_str_z(att->settled
                              && att->certainty <= AIR_CERTAIN_NONE
                              ? ngx_ai_var_certainty[att->certainty] : ""));

    air_buf_byte(b, '}');
}
