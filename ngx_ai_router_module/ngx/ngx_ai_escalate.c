
/*
 * What comes after an answer that failed the floor: the targets of "escalate"
 * in their order, and, when nobody's answer passed, the best of them or an
 * error.  A vendor's failure moves on to the next target of the same list; an
 * answer that failed, to the next name of it.
 */

#include "ngx_ai_floor.h"


#define NGX_AI_ESCALATE_WHY  256


static ngx_uint_t ngx_ai_escalate_before(ngx_ai_choice_t *choice,
    air_choice_t *a, air_choice_t *b);
static ngx_uint_t ngx_ai_escalate_usable(ngx_ai_attempt_t *att,
    ngx_ai_choice_t *choice);


/* those that rest come last, all others by their place in the directive */
static ngx_uint_t
ngx_ai_escalate_before(ngx_ai_choice_t *choice, air_choice_t *a,
    air_choice_t *b)
{
    ngx_uint_t  x, y;

    x = a->why == AIR_WHY_COOLING || a->why == AIR_WHY_LAST_RESORT;
    y = b->why == AIR_WHY_COOLING || b->why == AIR_WHY_LAST_RESORT;

    if (x != y) {
        return x < y;
    }

    return choice[a->id].escalate < choice[b->id].escalate;
}


ngx_int_t
ngx_ai_escalate_order(ngx_ai_ctx_t *ctx, air_candidate_t *cand,
    ngx_uint_t n, const air_wants_t *wants, air_route_key_t *work)
{
    unsigned          nusable, nchoice;
    ngx_uint_t        i, k;
    air_choice_t     *order, moved;
    ngx_ai_choice_t  *choice;

    order = ngx_palloc(ctx->r->pool, n * sizeof(air_choice_t));
    if (order == NULL) {
        return NGX_ERROR;
    }

    air_route_order(cand, n, wants, work, order, &nusable, &nchoice);

    choice = ctx->workflow->choices.elts;
    ctx->too_dear = 0;

    for (i = 0; i < n; i++) {
        ctx->too_dear |= cand[i].out == AIR_WHY_BUDGET;
    }

    for (i = 1; i < nusable; i++) {
        moved = order[i];

        for (k = i; k != 0
             && ngx_ai_escalate_before(choice, &moved, &order[k - 1]); k--)
        {
            order[k] = order[k - 1];
        }

        order[k] = moved;
    }

    for (i = 0; i < nusable; i++) {
        if (order[i].why != AIR_WHY_COOLING
            && order[i].why != AIR_WHY_LAST_RESORT)
        {
            order[i].why = AIR_WHY_ESCALATED;
        }
    }

    ctx->escalate = order;
    ctx->nescalate = nusable;

    return NGX_OK;
}


/* no target whose answer failed already, none of a name that has been */
static ngx_uint_t
ngx_ai_escalate_usable(ngx_ai_attempt_t *att, ngx_ai_choice_t *choice)
{
    ngx_uint_t         i;
    ngx_ai_ctx_t      *ctx;
    ngx_ai_attempt_t  *a;

    ctx = att->ctx;

    for (i = 0; i < ctx->nattempts; i++) {
        a = ctx->attempt[i];

        if (a == att || a->fault == AIR_FAULT_FLOOR) {

            if (a->target == choice->target
                || (a->choice->escalate
                    && a->choice->escalate == choice->escalate))
            {
                return 0;
            }
        }
    }

    return 1;
}


ngx_int_t
ngx_ai_escalate_next(ngx_ai_attempt_t *att)
{
    ngx_uint_t        i, n, left;
    air_choice_t     *order, *from;
    ngx_ai_ctx_t     *ctx;
    ngx_ai_choice_t  *choice;

    ctx = att->ctx;
    choice = ctx->workflow->choices.elts;

    /* whom the list has next, then what was left out, as it was */

    if (att->choice->escalate) {
        from = &ctx->order[ctx->next];
        left = ctx->norder - ctx->next;

    } else {
        from = ctx->escalate;
        left = ctx->nescalate;
    }

    order = ngx_palloc(ctx->r->pool, (ctx->nchoice + left + 1)
                                     * sizeof(air_choice_t));
    if (order == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(order, ctx->order, ctx->next * sizeof(air_choice_t));
    n = ctx->next;

    for (i = 0; i < left; i++) {
        if (ngx_ai_escalate_usable(att, &choice[from[i].id])) {
            order[n++] = from[i];
        }
    }

    left = ctx->nchoice - ctx->norder;

    ngx_memcpy(&order[n], &ctx->order[ctx->norder],
               left * sizeof(air_choice_t));

    ctx->order = order;
    ctx->norder = n;
    ctx->nchoice = n + left;

    return NGX_OK;
}


ngx_ai_attempt_t *
ngx_ai_escalate_failed(ngx_ai_ctx_t *ctx)
{
    ngx_uint_t  i;

    for (i = ctx->nattempts; i != 0; i--) {
        if (ctx->attempt[i - 1]->fault == AIR_FAULT_FLOOR) {
            return ctx->attempt[i - 1];
        }
    }

    return NULL;
}


ngx_ai_attempt_t *
ngx_ai_escalate_best(ngx_ai_ctx_t *ctx)
{
    /* a budget may make it cheaper, never worse than the floor */

    if (!ctx->workflow->floor_best || ctx->degrade) {
        return NULL;
    }

    /* who was asked later is the stronger one */

    return ngx_ai_escalate_failed(ctx);
}


ngx_int_t
ngx_ai_escalate_error(ngx_ai_attempt_t *att, air_error_t *error)
{
    u_char  *p;

    ngx_ai_error_fill(error, AIR_FAULT_FLOOR);

    p = ngx_pnalloc(att->ctx->r->pool, NGX_AI_ESCALATE_WHY);
    if (p == NULL) {
        return NGX_ERROR;
    }

    error->message = air_str_n(p,
        ngx_snprintf(p, NGX_AI_ESCALATE_WHY, "No answer met the quality that "
                     "this route demands: check \"%s\" failed after %ui "
                     "attempt%s.", air_floor_name(att->verdict.check),
                     att->ctx->nattempts, att->ctx->nattempts > 1 ? "s" : "")
        - p);

    return ngx_ai_over_floor(att->ctx, error);
}


void
ngx_ai_escalate_plan(ngx_ai_ctx_t *ctx, air_buf_t *b)
{
    ngx_str_t          *check;
    ngx_uint_t          i;
    ngx_ai_floor_t     *floor;
    ngx_ai_choice_t    *choice;
    ngx_ai_workflow_t  *wf;

    wf = ctx->workflow;
    floor = wf->floor;

    if (floor == NULL || !ngx_ai_floor_on(ctx)) {
        return;
    }

    choice = wf->choices.elts;
    check = floor->written.elts;

    air_buf_z(b, ",\"floor\":{\"checks\":[");

    for (i = 0; i < floor->written.nelts; i++) {
        air_buf_z(b, i ? "," : "");
        air_buf_json(b, ngx_ai_air(check[i]));
    }

    air_buf_z(b, floor->after ? "],\"stream\":\"after\""
                              : "],\"stream\":\"hold\"");

    if (wf->floor_quality) {
        air_buf_z(b, ",\"min_quality_permille\":");
        air_buf_uint(b, wf->floor_quality);
    }

    air_buf_z(b, floor->strict ? ",\"on_unsure\":\"fail\""
                               : ",\"on_unsure\":\"pass\"");
    air_buf_z(b, wf->floor_best ? ",\"on_floor_fail\":\"best\""
                                : ",\"on_floor_fail\":\"refuse\"");
    air_buf_z(b, ",\"escalate\":[");

    for (i = 0; i < ctx->nescalate; i++) {
        air_buf_z(b, i ? "," : "");
        air_buf_json(b, ngx_ai_air(choice[ctx->escalate[i].id].target->name));
    }

    air_buf_z(b, "]}");
}
