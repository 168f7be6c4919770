
/*
 * The catalogue of ai_route *: everything a caller may name, each a workflow
 * of its own, sorted for look-ups.
 */

#include "ngx_ai_conf.h"


static ngx_int_t ngx_ai_resolve_priced(ngx_ai_resolve_t *rs);
static ngx_int_t ngx_ai_resolve_entry(ngx_ai_resolve_t *rs, ngx_str_t *name,
    ngx_ai_ref_t *ref, ngx_ai_workflow_t *like);
static ngx_int_t ngx_ai_resolve_bounds(ngx_ai_resolve_t *rs);
static int ngx_libc_cdecl ngx_ai_resolve_cmp(const void *one,
    const void *two);


/* a name of the catalogue: a workflow of its own with one group */
static ngx_int_t
ngx_ai_resolve_entry(ngx_ai_resolve_t *rs, ngx_str_t *name, ngx_ai_ref_t *ref,
    ngx_ai_workflow_t *like)
{
    ngx_ai_ref_t        *group;
    ngx_ai_workflow_t   *wf, **wp;

    wf = ngx_palloc(rs->cf->pool, sizeof(ngx_ai_workflow_t));
    wp = ngx_array_push(&rs->amcf->catalogue);

    if (wf == NULL || wp == NULL) {
        return NGX_ERROR;
    }

    *wf = *like;
    wf->name = *name;
    wf->place = ref->place;
    wf->catalogue = 1;
    wf->require = 0;              /* that, and bounds, are the location's   */
    ngx_memzero(&wf->bound, sizeof(ngx_ai_bound_t));
    *wp = wf;

    if (ngx_array_init(&wf->groups, rs->cf->pool, 1, sizeof(ngx_ai_ref_t))
        != NGX_OK
        || ngx_array_init(&wf->choices, rs->cf->pool, 1,
                          sizeof(ngx_ai_choice_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    group = ngx_array_push(&wf->groups);
    if (group == NULL) {
        return NGX_ERROR;
    }

    *group = *ref;

    return ngx_ai_resolve_flatten(rs, wf);
}


static int ngx_libc_cdecl
ngx_ai_resolve_cmp(const void *one, const void *two)
{
    ngx_ai_workflow_t *a = *(ngx_ai_workflow_t **) one;
    ngx_ai_workflow_t *b = *(ngx_ai_workflow_t **) two;

    return ngx_memn2cmp(a->name.data, b->name.data, a->name.len, b->name.len);
}


/* the models that the price table has of each vendor */
static ngx_int_t
ngx_ai_resolve_priced(ngx_ai_resolve_t *rs)
{
    u_char               *p;
    ngx_str_t             name;
    air_str_t             pv;
    ngx_uint_t            i, k, n;
    ngx_ai_vendor_t     **vendor;
    ngx_ai_main_conf_t   *amcf;
    const air_model_t    *model;

    amcf = rs->amcf;

    vendor = amcf->vendors.elts;
    n = amcf->prices ? air_pricebook_count(amcf->prices) : 0;

    for (k = 0; k < n; k++) {
        model = air_pricebook_at(amcf->prices, k);

        for (i = 0; i < amcf->vendors.nelts; i++) {
            pv = air_str_z(vendor[i]->profile->price_vendor
                           ? vendor[i]->profile->price_vendor
                           : vendor[i]->profile->name);

            if (!air_str_eq(pv, model->vendor)) {
                continue;
            }

            name.len = vendor[i]->name.len + 1 + model->model.len;
            name.data = ngx_pnalloc(rs->cf->pool, name.len);
            if (name.data == NULL) {
                return NGX_ERROR;
            }

            p = ngx_cpymem(name.data, vendor[i]->name.data,
                           vendor[i]->name.len);
            *p++ = '/';
            ngx_memcpy(p, model->model.data, model->model.len);

            if (ngx_ai_resolve_target(rs, vendor[i], &name) == NULL) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/* each ai_route * leaves somebody */
static ngx_int_t
ngx_ai_resolve_bounds(ngx_ai_resolve_t *rs)
{
    ngx_uint_t            i, k;
    ngx_ai_vendor_t     **vendor;
    ngx_ai_workflow_t   **wf;
    ngx_ai_main_conf_t   *amcf;

    amcf = rs->amcf;
    wf = amcf->workflows.elts;
    vendor = amcf->vendors.elts;

    for (i = 0; i < amcf->workflows.nelts; i++) {

        if (!wf[i]->inline_route || !wf[i]->catalogue) {
            continue;
        }

        for (k = 0; k < amcf->vendors.nelts; k++) {
            if (ngx_ai_prefs_bound(&wf[i]->bound, vendor[k]) == 0) {
                break;
            }
        }

        if (k == amcf->vendors.nelts) {
            ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                          "no vendor has the region and the tags that "
                          "\"ai_route *\" requires; give one \"region\" and "
                          "\"tag\" in %V:%ui", &wf[i]->bound.place.file,
                          wf[i]->bound.place.line);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* everything a caller of ai_route * may name */
ngx_int_t
ngx_ai_resolve_catalogue(ngx_ai_resolve_t *rs)
{
    ngx_uint_t            i, n;
    ngx_ai_ref_t          ref;
    ngx_ai_tier_t       **tier;
    ngx_ai_alias_t      **alias;
    ngx_ai_target_t     **target;
    ngx_ai_workflow_t   **wf, **wp, *star;
    ngx_ai_main_conf_t   *amcf;

    amcf = rs->amcf;
    star = NULL;

    wf = amcf->workflows.elts;

    for (i = 0; i < amcf->workflows.nelts; i++) {
        if (wf[i]->inline_route && wf[i]->catalogue) {
            star = wf[i];
        }
    }

    if (star == NULL) {
        return NGX_OK;
    }

    if (amcf->vendors.nelts == 0) {
        ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                      "\"ai_route *\" has no vendors; add an \"ai_vendor\" "
                      "block in %V:%ui", &star->place.file, star->place.line);
        return NGX_ERROR;
    }

    if (ngx_ai_resolve_priced(rs) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memzero(&ref, sizeof(ngx_ai_ref_t));
    ref.place = star->place;
    ref.weight = 1;

    target = amcf->targets.elts;

    for (i = 0; i < amcf->targets.nelts; i++) {
        ref.target = target[i];

        if (ngx_ai_resolve_entry(rs, &target[i]->name, &ref, star) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    ref.target = NULL;
    tier = amcf->tiers.elts;

    for (i = 0; i < amcf->tiers.nelts; i++) {
        ref.tier = tier[i];

        if (ngx_ai_resolve_entry(rs, &tier[i]->name, &ref, star) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    alias = amcf->aliases.elts;

    for (i = 0; i < amcf->aliases.nelts; i++) {
        if (ngx_ai_resolve_entry(rs, &alias[i]->name, &alias[i]->ref, star)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    wf = amcf->workflows.elts;
    n = amcf->workflows.nelts;

    for (i = 0; i < n; i++) {
        if (!wf[i]->inline_route) {
            wp = ngx_array_push(&amcf->catalogue);
            if (wp == NULL) {
                return NGX_ERROR;
            }

            *wp = wf[i];
        }
    }

    if (ngx_ai_resolve_bounds(rs) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_qsort(amcf->catalogue.elts, amcf->catalogue.nelts, sizeof(void *),
              ngx_ai_resolve_cmp);

    return NGX_OK;
}


ngx_ai_workflow_t *
ngx_ai_conf_catalogue(ngx_ai_main_conf_t *amcf, air_str_t name)
{
    ngx_int_t            rc;
    ngx_uint_t           lo, hi, mid;
    ngx_ai_workflow_t  **wf;

    wf = amcf->catalogue.elts;
    lo = 0;
    hi = amcf->catalogue.nelts;

    while (lo < hi) {
        mid = lo + (hi - lo) / 2;

        rc = ngx_memn2cmp(name.data, wf[mid]->name.data, name.len,
                          wf[mid]->name.len);
        if (rc == 0) {
            return wf[mid];
        }

        if (rc < 0) {
            hi = mid;

        } else {
            lo = mid + 1;
        }
    }

    return NULL;
}
