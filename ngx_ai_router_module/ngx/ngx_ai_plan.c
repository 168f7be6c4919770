
/*
 * X-AI-Dry-Run: what would become of a request, in the words of the decision
 * itself, without asking a vendor: who would be tried in which order and why,
 * who is left out, what it would cost.
 */

#include "ngx_ai_floor.h"


#define NGX_AI_PLAN_MAX  1048576


/* what a plan is made of */
typedef struct {
    ngx_ai_ctx_t       *ctx;
    air_buf_t           buf;
    int64_t             now;
    air_sum_t           worst;        /* of all attempts                    */
    ngx_uint_t          nworst;       /* attempts it has                    */
    unsigned            unknown:1;    /* of one of them nobody knows        */
} ngx_ai_plan_t;


static void ngx_ai_plan_request(ngx_ai_plan_t *plan);
static void ngx_ai_plan_cost(ngx_ai_plan_t *plan, const char *name,
    uint64_t cost);
static void ngx_ai_plan_money(ngx_ai_plan_t *plan, ngx_ai_choice_t *choice,
    ngx_uint_t usable);
static void ngx_ai_plan_live(ngx_ai_plan_t *plan, air_candidate_t *c);
static void ngx_ai_plan_target(ngx_ai_plan_t *plan, air_choice_t *order,
    ngx_uint_t usable);
static air_candidate_t *ngx_ai_plan_candidate(ngx_ai_ctx_t *ctx,
    uint32_t id);


/* what was read of the request */
static void
ngx_ai_plan_request(ngx_ai_plan_t *plan)
{
    unsigned       i, n;
    uint64_t       out;
    air_buf_t     *b;
    ngx_ai_ctx_t  *ctx;

    static air_can_t  any;

    ctx = plan->ctx;
    b = &plan->buf;

    air_buf_z(b, "{\"object\":\"ai.plan\",\"request_id\":\"");
    air_buf_add(b, ctx->id_hex, 32);
    air_buf_z(b, "\",\"workflow\":");
    air_buf_json(b, ngx_ai_air(ctx->workflow->name));
    air_buf_z(b, ",\"model\":");
    air_buf_json(b, ctx->request.model);
    air_buf_z(b, ctx->request.stream ? ",\"stream\":true"
                                     : ",\"stream\":false");

    if (ctx->class_known && ctx->class != AIR_NTASK) {
        air_buf_z(b, ",\"task\":\"");
        air_buf_z(b, air_task_name(ctx->class));
        air_buf_z(b, "\"");
    }

    air_buf_z(b, ",\"needs\":[");

    for (i = 0, n = 0; i < AIR_NCAN; i++) {

        if (ctx->request.needs & ((uint32_t) 1 << i)) {
            air_buf_z(b, n++ ? ",\"" : "\"");
            air_buf_z(b, air_can_name(i));
            air_buf_z(b, "\"");
        }
    }

    air_buf_z(b, "],\"input_tokens\":");
    air_buf_uint(b, air_bound_input(ngx_ai_bound(ctx), 100));

    out = air_bound_output(ngx_ai_bound(ctx), &any);

    if (out != AIR_UNKNOWN) {
        air_buf_z(b, ",\"max_output_tokens\":");
        air_buf_uint(b, out);
    }
}


/* dollars, or null */
static void
ngx_ai_plan_cost(ngx_ai_plan_t *plan, const char *name, uint64_t cost)
{
    air_buf_z(&plan->buf, name);

    if (cost == AIR_UNKNOWN) {
        air_buf_z(&plan->buf, "null");

    } else {
        air_buf_pusd(&plan->buf, cost);
    }
}


/* what it would cost there: likely, and at the most */
static void
ngx_ai_plan_money(ngx_ai_plan_t *plan, ngx_ai_choice_t *choice,
    ngx_uint_t usable)
{
    uint64_t  worst, expected;

    ngx_ai_attempt_price(plan->ctx, ngx_ai_bound(plan->ctx), choice, &worst,
                         &expected);

    ngx_ai_plan_cost(plan, ",\"estimated_cost\":", expected);
    ngx_ai_plan_cost(plan, ",\"worst_cost\":", worst);

    if (!usable || plan->nworst == plan->ctx->workflow->attempts) {
        return;
    }

    plan->nworst++;

    if (worst == AIR_UNKNOWN) {
        plan->unknown = 1;

    } else {
        air_sum_add(&plan->worst, worst);
    }
}


/* how it has been doing, where that is known */
static void
ngx_ai_plan_live(ngx_ai_plan_t *plan, air_candidate_t *c)
{
    air_buf_t  *b;

    static const char *const  states[] = { "up", "half_open", "cooling" };

    b = &plan->buf;

    air_buf_z(b, ",\"state\":\"");
    air_buf_z(b, states[c->state]);
    air_buf_z(b, "\"");

    if (c->state == AIR_STATE_COOLING) {
        air_buf_z(b, ",\"reopen_ms\":");
        air_buf_uint(b, c->reopen_ms > (uint64_t) plan->now
                        ? c->reopen_ms - plan->now : 0);
    }

    if (c->live.failed_ms
        && c->live.failed_ms + AIR_ROUTE_UNSTABLE > (uint64_t) plan->now)
    {
        air_buf_z(b, ",\"unstable\":true");
    }

    if (c->live.latency[AIR_P50]) {
        air_buf_z(b, ",\"latency_ms\":");
        air_buf_uint(b, c->live.latency[AIR_P50]);
    }

    if (c->live.throughput[AIR_P50]) {
        air_buf_z(b, ",\"throughput\":");
        air_buf_uint(b, c->live.throughput[AIR_P50] / 1000);
    }

    if (c->live.samples) {
        air_buf_z(b, ",\"samples\":");
        air_buf_uint(b, c->live.samples);
    }

    air_buf_z(b, ",\"in_flight\":");
    air_buf_uint(b, c->live.inflight);

    if (c->quality) {
        air_buf_z(b, ",\"quality\":");
        air_buf_pusd(b, (uint64_t) c->quality * 1000000000);
    }
}


static air_candidate_t *
ngx_ai_plan_candidate(ngx_ai_ctx_t *ctx, uint32_t id)
{
    ngx_uint_t  i;

    for (i = 0; i < ctx->ncand; i++) {
        if (ctx->cand[i].id == id) {
            return &ctx->cand[i];
        }
    }

    return NULL;
}


static void
ngx_ai_plan_target(ngx_ai_plan_t *plan, air_choice_t *order, ngx_uint_t usable)
{
    unsigned          i, n;
    uint32_t          lacks;
    air_buf_t        *b;
    ngx_ai_ctx_t     *ctx;
    air_candidate_t  *c;
    ngx_ai_choice_t  *choice;

    b = &plan->buf;
    ctx = plan->ctx;

    choice = ctx->workflow->choices.elts;
    choice += order->id;

    air_buf_z(b, "{\"vendor\":");
    air_buf_json(b, ngx_ai_air(choice->target->vendor->name));
    air_buf_z(b, ",\"model\":");
    air_buf_json(b, ngx_ai_air(choice->target->model));

    if (choice->tier != NULL) {
        air_buf_z(b, ",\"tier\":");
        air_buf_json(b, ngx_ai_air(choice->tier->name));
    }

    air_buf_z(b, ",\"reason\":\"");
    air_buf_z(b, air_route_reason(order->why));
    air_buf_z(b, "\"");

    c = ngx_ai_plan_candidate(ctx, order->id);

    if (c != NULL && order->why == AIR_WHY_NEEDS) {

        lacks = air_can_lacks(&c->can, ctx->request.needs);

        for (i = 0, n = 0; i < AIR_NCAN; i++) {

            if (lacks & ((uint32_t) 1 << i)) {
                air_buf_z(b, n++ ? ",\"" : ",\"lacks\":[\"");
                air_buf_z(b, air_can_name(i));
                air_buf_z(b, "\"");
            }
        }

        air_buf_z(b, n ? "]" : "");
    }

    if (c != NULL) {
        ngx_ai_plan_live(plan, c);
    }

    ngx_ai_plan_money(plan, choice, usable);

    air_buf_z(b, "}");
}


ngx_int_t
ngx_ai_plan(ngx_ai_ctx_t *ctx, uint64_t took)
{
    air_buf_t      *b;
    ngx_str_t       body;
    ngx_uint_t      i, n;
    ngx_ai_plan_t   plan;

    ngx_memzero(&plan, sizeof(ngx_ai_plan_t));

    plan.ctx = ctx;
    plan.now = ngx_ai_now();

    b = &plan.buf;

    air_buf_init(b, &ctx->mem, NGX_AI_PLAN_MAX);

    ngx_ai_plan_request(&plan);

    ngx_ai_escalate_plan(ctx, b);

    air_buf_z(b, ",\"max_attempts\":");
    air_buf_uint(b, ctx->workflow->attempts);
    air_buf_z(b, ",\"candidates\":[");

    for (i = 0; i < ctx->norder; i++) {
        air_buf_z(b, i ? "," : "");
        ngx_ai_plan_target(&plan, &ctx->order[i], 1);
    }

    air_buf_z(b, "],\"left_out\":[");

    for (i = ctx->norder, n = 0; i < ctx->nchoice; i++) {

        /* those that the caller's key may not use are nowhere named */

        if (ctx->order[i].why != AIR_WHY_KEY) {
            air_buf_z(b, n++ ? "," : "");
            ngx_ai_plan_target(&plan, &ctx->order[i], 0);
        }
    }

    air_buf_z(b, "]");
    ngx_ai_over_plan(ctx, b);

    /* failed attempts may be billed too: the worst is that all are */

    air_buf_z(b, ",\"worst_cost\":");

    if (plan.unknown) {
        air_buf_z(b, "null");

    } else {
        air_sum_dollars(&plan.worst, b);
    }

    air_buf_z(b, ",\"currency\":\"USD\",\"decided_in_ns\":");
    air_buf_uint(b, took);

    if (air_buf_z(b, "}") != AIR_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    body = ngx_ai_ngx(air_buf_view(b));

    return ngx_ai_json_send(ctx, &body);
}
