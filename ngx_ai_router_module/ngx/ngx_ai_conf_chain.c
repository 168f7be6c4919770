
/*
 * What is checked of a workflow's chain as a whole: how many companies and
 * makers it hangs on, and whether its fallbacks can do, and cost, what the
 * first target does.
 */

#include "ngx_ai_conf.h"
#include "ngx_ai_topology.h"


#define NGX_AI_CHAIN_SHOWN   16      /* targets of a chain                 */
#define NGX_AI_CHAIN_TEXT    512
#define NGX_AI_CHAIN_DEARER  10      /* times: worth a word                */


/* targets of which was spoken */
typedef struct {
    ngx_ai_target_t  *first;
    ngx_ai_target_t  *fallback;
} ngx_ai_pair_t;


static u_char *ngx_ai_chain_missing(air_topology_t *topo,
    air_topo_workflow_t *wf, ngx_uint_t i, u_char *p, u_char *last);
static void ngx_ai_chain_show(ngx_ai_resolve_t *rs, air_topology_t *topo,
    air_topo_workflow_t *to);
static ngx_int_t ngx_ai_chain_count(ngx_ai_resolve_t *rs,
    ngx_ai_workflow_t *wf, air_topology_t *topo);
static ngx_uint_t ngx_ai_chain_told(ngx_array_t *pairs,
    ngx_ai_target_t *first, ngx_ai_target_t *fallback);
static u_char *ngx_ai_chain_paper(ngx_ai_target_t *first,
    ngx_ai_target_t *fallback, u_char *p, u_char *last);
static uint64_t ngx_ai_chain_dearer(ngx_ai_target_t *first,
    ngx_ai_target_t *fallback);
static void ngx_ai_chain_warn(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf,
    ngx_array_t *pairs);


/* why the i-th target of a chain adds no vendor or no maker */
static u_char *
ngx_ai_chain_missing(air_topology_t *topo, air_topo_workflow_t *wf,
    ngx_uint_t i, u_char *p, u_char *last)
{
    ngx_uint_t          k, owner, maker;
    ngx_str_t           s;
    air_topo_target_t  *a, *b;

    a = &wf->target[i];

    if (a->out) {
        return ngx_slprintf(p, last, "; left out: it has not the region and "
                            "the tags that are required");
    }

    if (a->role == AIR_PLACE_ESCALATE || a->role == AIR_PLACE_DEGRADE) {
        return ngx_slprintf(p, last, "; not counted: only asked by \"%s\"",
                            a->role == AIR_PLACE_ESCALATE ? "escalate"
                                                          : "budget");
    }

    owner = 0;
    maker = 0;

    for (k = 0; k < i; k++) {
        b = &wf->target[k];

        if (b->out || b->role == AIR_PLACE_ESCALATE
            || b->role == AIR_PLACE_DEGRADE)
        {
            continue;
        }

        if (!owner && air_str_eq(topo->vendor[a->vendor].owner,
                                 topo->vendor[b->vendor].owner))
        {
            owner = k + 1;
        }

        if (!maker && a->maker.len && air_str_eq(a->maker, b->maker)) {
            maker = k + 1;
        }
    }

    if (owner && wf->vendors) {
        p = ngx_slprintf(p, last, "; the vendor of %ui again", owner);
    }

    if (maker && wf->makers) {
        p = ngx_slprintf(p, last, "; the maker of %ui again", maker);
    }

    if (a->maker.len == 0 && wf->makers) {
        s = ngx_ai_ngx(topo->vendor[a->vendor].name);
        p = ngx_slprintf(p, last, "; its maker is not known, say \"maker\" in "
                         "ai_vendor \"%V\"", &s);
    }

    return p;
}


static void
ngx_ai_chain_show(ngx_ai_resolve_t *rs, air_topology_t *topo,
    air_topo_workflow_t *to)
{
    u_char             *p, *last, text[NGX_AI_CHAIN_TEXT];
    ngx_str_t           name, owner, maker, region, model;
    ngx_uint_t          i;
    air_topo_vendor_t  *v;

    last = text + sizeof(text);

    for (i = 0; i < to->n && i < NGX_AI_CHAIN_SHOWN; i++) {

        v = &topo->vendor[to->target[i].vendor];

        name = ngx_ai_ngx(v->name);
        owner = ngx_ai_ngx(v->owner);
        region = ngx_ai_ngx(v->region);
        model = ngx_ai_ngx(to->target[i].model);
        maker = ngx_ai_ngx(to->target[i].maker);

        if (maker.len == 0) {
            ngx_str_set(&maker, "unknown");
        }

        if (region.len == 0) {
            ngx_str_set(&region, "not said");
        }

        p = ngx_slprintf(text, last, "%ui. %s %V/%V: vendor %V, maker %V, "
                         "region %V", i + 1,
                         air_place_name(to->target[i].role), &name, &model,
                         &owner, &maker, &region);

        p = ngx_ai_chain_missing(topo, to, i, p, last);

        ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0, "  %*s",
                      (size_t) (p - text), text);
    }

    if (to->n > NGX_AI_CHAIN_SHOWN) {
        ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0, "  and %uD more",
                      to->n - NGX_AI_CHAIN_SHOWN);
    }
}


/* "require vendors=N makers=N" */
static ngx_int_t
ngx_ai_chain_count(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf,
    air_topology_t *topo)
{
    uint32_t             owners, makers;
    ngx_uint_t           i;
    ngx_ai_choice_t     *choice;
    air_topo_workflow_t  to;

    if (wf->bound.vendors == 0 && wf->bound.makers == 0) {
        return NGX_OK;
    }

    if (ngx_ai_topology_workflow(rs->amcf, rs->cf->pool, wf, &to) != NGX_OK) {
        return NGX_ERROR;
    }

    /* a route over a workflow that others have too keeps bounds of its own */

    choice = wf->choices.elts;

    for (i = 0; i < to.n && !wf->catalogue; i++) {
        if (ngx_ai_prefs_bound(&wf->bound, choice[i].target->vendor) != 0) {
            to.target[i].out = 1;
        }
    }

    air_topo_count(topo, &to, &owners, &makers);

    if (owners >= wf->bound.vendors && makers >= wf->bound.makers) {
        return NGX_OK;
    }

    if (owners < wf->bound.vendors) {
        ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                      "\"%V\" requires vendors=%ui and has %uD; add a "
                      "\"fallback\" at another company, or correct \"owner\" "
                      "in ai_vendor in %V:%ui",
                      &wf->name, wf->bound.vendors, owners,
                      &wf->bound.place.file, wf->bound.place.line);
        rs->mistakes++;
    }

    if (makers < wf->bound.makers) {
        ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                      "\"%V\" requires makers=%ui and has %uD; add a "
                      "\"fallback\" to a model of another maker in %V:%ui",
                      &wf->name, wf->bound.makers, makers,
                      &wf->bound.place.file, wf->bound.place.line);
        rs->mistakes++;
    }

    ngx_ai_chain_show(rs, topo, &to);

    return NGX_OK;
}


/* 1 when somebody spoke of the two before */
static ngx_uint_t
ngx_ai_chain_told(ngx_array_t *pairs, ngx_ai_target_t *first,
    ngx_ai_target_t *fallback)
{
    ngx_uint_t      i;
    ngx_ai_pair_t  *pair;

    pair = pairs->elts;

    for (i = 0; i < pairs->nelts; i++) {
        if (pair[i].first == first && pair[i].fallback == fallback) {
            return 1;
        }
    }

    pair = ngx_array_push(pairs);

    if (pair != NULL) {
        pair->first = first;
        pair->fallback = fallback;
    }

    return 0;
}


/* what the fallback lacks, or nothing */
static u_char *
ngx_ai_chain_paper(ngx_ai_target_t *first, ngx_ai_target_t *fallback,
    u_char *p, u_char *last)
{
    int          window;
    uint32_t     lacks;
    unsigned     i;
    ngx_uint_t   n;

    n = 0;
    lacks = air_can_paper(&first->can, &fallback->can, &window);

    for (i = 0; i < AIR_NCAN; i++) {
        if (lacks & UINT32_C(1) << i) {
            p = ngx_slprintf(p, last, "%s %s", n++ ? "," : " no",
                             air_can_name(i));
        }
    }

    if (window) {
        p = ngx_slprintf(p, last, "%s a window of %uL tokens instead of %uL",
                         n ? "," : "", fallback->can.context,
                         first->can.context);
    }

    return p;
}


/* tenths of how much dearer it is, three tokens in for one out; 0: cheaper,
   or nobody knows */
static uint64_t
ngx_ai_chain_dearer(ngx_ai_target_t *first, ngx_ai_target_t *fallback)
{
    uint64_t  in, out, in2, out2;

    in = ngx_ai_target_rate(first, AIR_IN, AIR_TIER_STANDARD, 0);
    out = ngx_ai_target_rate(first, AIR_OUT, AIR_TIER_STANDARD, 0);
    in2 = ngx_ai_target_rate(fallback, AIR_IN, AIR_TIER_STANDARD, 0);
    out2 = ngx_ai_target_rate(fallback, AIR_OUT, AIR_TIER_STANDARD, 0);

    if (in == AIR_UNKNOWN || out == AIR_UNKNOWN || in2 == AIR_UNKNOWN
        || out2 == AIR_UNKNOWN || in / 3 + out == 0
        || (in2 | out2) >> 56 != 0)
    {
        return 0;
    }

    return (3 * in2 + out2) * 10 / (3 * in + out);
}


static void
ngx_ai_chain_warn(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf,
    ngx_array_t *pairs)
{
    u_char           *p, text[NGX_AI_CHAIN_TEXT];
    uint64_t          times;
    ngx_uint_t        i, group;
    ngx_ai_choice_t  *choice, *first;

    choice = wf->choices.elts;
    first = NULL;
    group = 0;

    for (i = 0; i < wf->choices.nelts; i++) {

        /* the first of those that all classes have, or who stands in for it */

        if (choice[i].out || choice[i].escalate || choice[i].degrade) {
            continue;
        }

        if (first == NULL || (first->tasks & choice[i].tasks) == 0) {
            first = &choice[i];
            group = choice[i].group;
            continue;
        }

        if (choice[i].group == group
            || ngx_ai_chain_told(pairs, first->target, choice[i].target))
        {
            continue;
        }

        p = ngx_ai_chain_paper(first->target, choice[i].target, text,
                               text + sizeof(text));

        if (p != text) {
            ngx_log_error(NGX_LOG_WARN, rs->cf->log, 0,
                          "paper fallback: \"%V\" of \"%V\" cannot serve all "
                          "that \"%V\" serves:%*s; requests that need it have "
                          "no fallback there in %V:%ui",
                          &choice[i].target->name, &wf->name,
                          &first->target->name, (size_t) (p - text), text,
                          &wf->place.file, wf->place.line);
        }

        times = ngx_ai_chain_dearer(first->target, choice[i].target);

        if (times >= 10 * NGX_AI_CHAIN_DEARER) {
            ngx_log_error(NGX_LOG_WARN, rs->cf->log, 0,
                          "fallback \"%V\" of \"%V\" is %uL.%uL times as dear "
                          "as \"%V\"; a \"budget\" bounds what an outage "
                          "costs in %V:%ui", &choice[i].target->name,
                          &wf->name, times / 10, times % 10,
                          &first->target->name, &wf->place.file,
                          wf->place.line);
        }
    }
}


ngx_int_t
ngx_ai_conf_chains(ngx_ai_resolve_t *rs)
{
    ngx_uint_t            i;
    ngx_array_t           pairs;
    air_topology_t        topo;
    ngx_ai_workflow_t   **wf;

    wf = rs->amcf->workflows.elts;

    ngx_memzero(&topo, sizeof(air_topology_t));

    if (ngx_array_init(&pairs, rs->cf->pool, 8, sizeof(ngx_ai_pair_t))
        != NGX_OK
        || ngx_ai_topology_vendors(rs->amcf, rs->cf->pool, &topo) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < rs->amcf->workflows.nelts; i++) {

        if (ngx_ai_chain_count(rs, wf[i], &topo) != NGX_OK) {
            return NGX_ERROR;
        }

        if (!wf[i]->catalogue && wf[i]->shown_as == NULL) {
            ngx_ai_chain_warn(rs, wf[i], &pairs);
        }
    }

    return NGX_OK;
}
