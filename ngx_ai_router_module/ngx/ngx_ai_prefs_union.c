
/*
 * Several models under ai_route *: each names a workflow of its own, and the
 * request gets one that has the targets of all, in the caller's order.
 */

#include "ngx_ai_router_module.h"


static ngx_ai_workflow_t *ngx_ai_prefs_entry(ngx_ai_ctx_t *ctx,
    air_str_t name);
static ngx_int_t ngx_ai_prefs_union_add(ngx_ai_workflow_t *wf,
    ngx_ai_workflow_t *entry, ngx_uint_t n);


/* a name of the catalogue, whole or without its suffix */
static ngx_ai_workflow_t *
ngx_ai_prefs_entry(ngx_ai_ctx_t *ctx, air_str_t name)
{
    air_str_t           base;
    ngx_ai_workflow_t  *wf;

    wf = ngx_ai_conf_catalogue(ctx->amcf, name);

    if (wf == NULL && air_prefs_suffix(name, &base) != AIR_SUFFIX_NONE) {
        wf = ngx_ai_conf_catalogue(ctx->amcf, base);
    }

    return wf;
}


/* the targets of the n-th model, but those that stand there already */
static ngx_int_t
ngx_ai_prefs_union_add(ngx_ai_workflow_t *wf, ngx_ai_workflow_t *entry,
    ngx_uint_t n)
{
    ngx_uint_t        i, k, had;
    ngx_ai_choice_t  *choice, *from;

    from = entry->choices.elts;
    had = wf->choices.nelts;

    for (i = 0; i < entry->choices.nelts; i++) {

        choice = wf->choices.elts;

        for (k = 0; k < had; k++) {
            if (choice[k].target == from[i].target) {
                break;
            }
        }

        if (k < had || wf->choices.nelts == NGX_AI_MAX_TARGETS) {
            continue;
        }

        choice = ngx_array_push(&wf->choices);
        if (choice == NULL) {
            return NGX_ERROR;
        }

        *choice = from[i];
        choice->named = n;
        choice->learn = n ? NULL : choice->learn;
        choice->group += n * NGX_AI_MODEL_GROUPS;
    }

    wf->tasks |= entry->tasks;
    wf->require |= entry->require;
    wf->priced |= entry->priced;
    wf->measured |= entry->measured;
    wf->graded |= entry->graded;
    wf->split_used |= entry->split_used;

    return NGX_OK;
}


ngx_ai_workflow_t *
ngx_ai_prefs_catalogue(ngx_ai_ctx_t *ctx, ngx_int_t *rc, air_error_t *error)
{
    ngx_uint_t          i, missed;
    ngx_ai_workflow_t  *wf, *entry;
    const air_prefs_t  *p;

    p = ctx->request.prefs;
    *rc = NGX_OK;

    if (p == NULL || p->nmodels == 0) {
        return ngx_ai_prefs_entry(ctx, ctx->request.model);
    }

    wf = NULL;
    missed = 0;

    for (i = 0; i < p->nmodels; i++) {

        entry = ngx_ai_prefs_entry(ctx, p->models[i]);

        if (entry == NULL) {
            missed = 1;
            continue;
        }

        if (ngx_ai_keys_workflow(ctx, entry, error) != NGX_OK) {
            *rc = NGX_DECLINED;
            continue;
        }

        if (wf == NULL) {

            /* deadlines and the like are those of the first */

            wf = ngx_palloc(ctx->r->pool, sizeof(ngx_ai_workflow_t));
            if (wf == NULL) {
                goto failed;
            }

            *wf = *entry;
            wf->catalogue = 1;
            wf->own = 1;

            if (ngx_array_init(&wf->choices, ctx->r->pool,
                               NGX_AI_MAX_TARGETS, sizeof(ngx_ai_choice_t))
                != NGX_OK)
            {
                goto failed;
            }
        }

        if (ngx_ai_prefs_union_add(wf, entry, i) != NGX_OK) {
            goto failed;
        }
    }

    if (wf == NULL) {
        return NULL;
    }

    *rc = NGX_OK;

    if (missed
        && ngx_ai_prefs_tell(ctx, "models", AIR_LOST_NO_SUCH) != NGX_OK)
    {
        goto failed;
    }

    return wf;

failed:

    *rc = NGX_ERROR;

    return NULL;
}
