
/*
 * What the configuration routes to, as plain data: for checks after parsing,
 * and for DIR/topology.json, which the command and reports read.
 */

#include "ngx_ai_conf.h"
#include "ngx_ai_topology.h"

#include "../core/air_maker.h"


static void ngx_ai_topology_owner(ngx_ai_vendor_t *vendor, air_str_t *owner);
static ngx_int_t ngx_ai_topology_name(ngx_ai_workflow_t *wf, ngx_pool_t *pool,
    air_str_t *name);
static ngx_int_t ngx_ai_topology_choices(ngx_ai_main_conf_t *amcf,
    ngx_pool_t *pool, ngx_ai_workflow_t *wf, air_topo_workflow_t *to);
static ngx_int_t ngx_ai_topology_catalogue(ngx_ai_main_conf_t *amcf,
    ngx_pool_t *pool, ngx_ai_workflow_t *wf, air_topo_workflow_t *to);
static void ngx_ai_topology_target(ngx_ai_main_conf_t *amcf,
    ngx_ai_target_t *target, air_topo_target_t *to);


/*
 * The company behind a vendor: as the operator says; whom its host belongs
 * to; its profile's, where that was named; its host, so that two blocks for
 * one host are one.  What runs here is nobody's but its own.
 */
static void
ngx_ai_topology_owner(ngx_ai_vendor_t *vendor, air_str_t *owner)
{
    ngx_str_t             host;
    const air_profile_t  *profile;

    if (vendor->owner.len) {
        *owner = ngx_ai_air(vendor->owner);
        return;
    }

    ngx_ai_conf_host_name(&vendor->host, &host);
    profile = air_profile_by_host(ngx_ai_air(host));

    if (profile == NULL
        && (vendor->profile_set
            || air_str_eqz(ngx_ai_air(vendor->name), vendor->profile->name)))
    {
        profile = vendor->profile;
    }

    if (profile != NULL && profile->owner != NULL) {
        *owner = air_str_z(profile->owner);
        return;
    }

    if (vendor->simulated || host.len == 0
        || air_str_eqz(ngx_ai_air(host), "localhost")
        || air_str_eqz(ngx_ai_air(host), "::1")
        || ngx_strncmp(host.data, "127.", ngx_min(host.len, 4)) == 0)
    {
        *owner = ngx_ai_air(vendor->name);
        return;
    }

    *owner = ngx_ai_air(host);
}


ngx_int_t
ngx_ai_topology_vendors(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    air_topology_t *topo)
{
    ngx_str_t           host;
    ngx_uint_t          i;
    ngx_ai_vendor_t   **vendor;
    air_topo_vendor_t  *v;

    vendor = amcf->vendors.elts;

    v = ngx_pcalloc(pool, (amcf->vendors.nelts + 1)
                          * sizeof(air_topo_vendor_t));
    if (v == NULL) {
        return NGX_ERROR;
    }

    topo->vendor = v;
    topo->nvendor = amcf->vendors.nelts;

    for (i = 0; i < amcf->vendors.nelts; i++) {
        ngx_ai_conf_host_name(&vendor[i]->host, &host);

        v[i].name = ngx_ai_air(vendor[i]->name);
        v[i].maker = ngx_ai_air(vendor[i]->maker);
        v[i].region = ngx_ai_air(vendor[i]->region);
        v[i].host = ngx_ai_air(host);
        v[i].profile = air_str_z(vendor[i]->profile->name);
        v[i].simulated = vendor[i]->simulated;

        ngx_ai_topology_owner(vendor[i], &v[i].owner);
    }

    return NGX_OK;
}


static void
ngx_ai_topology_target(ngx_ai_main_conf_t *amcf, ngx_ai_target_t *target,
    air_topo_target_t *to)
{
    ngx_ai_vendor_t  **vendor;

    vendor = amcf->vendors.elts;

    while (vendor[to->vendor] != target->vendor) {
        to->vendor++;
    }

    to->model = ngx_ai_air(target->model);
    to->maker = air_maker(ngx_ai_air(target->vendor->maker), to->model);
    to->can = target->can;
}


static ngx_int_t
ngx_ai_topology_choices(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    ngx_ai_workflow_t *wf, air_topo_workflow_t *to)
{
    ngx_uint_t        i, primary;
    ngx_ai_ref_t     *use;
    ngx_ai_choice_t  *choice;

    /* groups of "task" blocks stand in the primary's place */

    primary = 0;
    use = wf->uses.elts;

    for (i = 0; i < wf->uses.nelts; i++) {
        primary = ngx_max(primary, use[i].group);
    }

    choice = wf->choices.elts;

    to->target = ngx_pcalloc(pool, (wf->choices.nelts + 1)
                                   * sizeof(air_topo_target_t));
    if (to->target == NULL) {
        return NGX_ERROR;
    }

    to->n = wf->choices.nelts;

    for (i = 0; i < wf->choices.nelts; i++) {

        ngx_ai_topology_target(amcf, choice[i].target, &to->target[i]);

        to->target[i].group = choice[i].group;
        to->target[i].tasks = choice[i].tasks;
        to->target[i].out = choice[i].out != 0;
        to->target[i].role = choice[i].escalate ? AIR_PLACE_ESCALATE
                             : choice[i].degrade ? AIR_PLACE_DEGRADE
                             : choice[i].group <= primary ? AIR_PLACE_PRIMARY
                                                          : AIR_PLACE_FALLBACK;

        if (choice[i].tier != NULL) {
            to->target[i].tier = ngx_ai_air(choice[i].tier->name);
        }
    }

    return NGX_OK;
}


/* what callers of ai_route * may name, those of one model together */
static ngx_int_t
ngx_ai_topology_catalogue(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    ngx_ai_workflow_t *wf, air_topo_workflow_t *to)
{
    uint32_t           *head, *next, at;
    ngx_uint_t          i, n, no;
    ngx_ai_target_t   **target;
    air_topo_target_t  *t;

    n = amcf->targets.nelts;
    target = amcf->targets.elts;

    t = ngx_pcalloc(pool, (n + 1) * sizeof(air_topo_target_t));
    if (t == NULL) {
        return NGX_ERROR;
    }

    /* lists by model: its first target + 1, and who comes next */

    head = ngx_pcalloc(pool, 2 * (n + 1) * sizeof(uint32_t));
    if (head == NULL) {
        return NGX_ERROR;
    }

    next = head + n + 1;
    to->target = t;

    for (i = n; i > 0; i--) {
        no = target[i - 1]->model_no;
        next[i] = head[no];
        head[no] = i;
    }

    for (no = 0; no < n; no++) {
        for (at = head[no]; at != 0; at = next[at]) {
            ngx_ai_topology_target(amcf, target[at - 1], &t[to->n]);

            t[to->n].group = no;
            t[to->n].tasks = NGX_AI_TASKS;
            t[to->n].out = ngx_ai_prefs_bound(&wf->bound,
                                              target[at - 1]->vendor) != 0;
            to->n++;
        }
    }

    return NGX_OK;
}


/* long names as the ledger's records have them */
static ngx_int_t
ngx_ai_topology_name(ngx_ai_workflow_t *wf, ngx_pool_t *pool, air_str_t *name)
{
    u_char  *buf;

    *name = ngx_ai_air(wf->name);

    if (name->len <= AIR_RECORD_WORKFLOW) {
        return NGX_OK;
    }

    buf = ngx_pnalloc(pool, AIR_ACCOUNT_NAME);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    *name = air_account_name(*name, AIR_RECORD_WORKFLOW, buf);

    return NGX_OK;
}


ngx_int_t
ngx_ai_topology_workflow(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    ngx_ai_workflow_t *wf, air_topo_workflow_t *to)
{
    ngx_memzero(to, sizeof(air_topo_workflow_t));

    to->kind = wf->catalogue ? AIR_TOPO_CATALOGUE
               : wf->inline_route ? AIR_TOPO_ROUTE : AIR_TOPO_WORKFLOW;
    to->file = ngx_ai_air(wf->place.file);
    to->line = wf->place.line;
    to->vendors = wf->bound.vendors;
    to->makers = wf->bound.makers;

    if (ngx_ai_topology_name(wf, pool, &to->name) != NGX_OK) {
        return NGX_ERROR;
    }

    return wf->catalogue ? ngx_ai_topology_catalogue(amcf, pool, wf, to)
                         : ngx_ai_topology_choices(amcf, pool, wf, to);
}


ngx_int_t
ngx_ai_topology(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    air_topology_t *topo)
{
    ngx_uint_t           i;
    ngx_ai_workflow_t  **wf;

    ngx_memzero(topo, sizeof(air_topology_t));

    topo->time_ms = ngx_ai_now();

    wf = amcf->workflows.elts;

    topo->workflow = ngx_pcalloc(pool, (amcf->workflows.nelts + 1)
                                       * sizeof(air_topo_workflow_t));
    if (topo->workflow == NULL
        || ngx_ai_topology_vendors(amcf, pool, topo) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < amcf->workflows.nelts; i++) {

        /* a route of a workflow's name is booked as that */

        if (wf[i]->shown_as != NULL) {
            continue;
        }

        if (ngx_ai_topology_workflow(amcf, pool, wf[i],
                                     &topo->workflow[topo->nworkflow++])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Master, once the configuration is in force: nothing refuses it any more. */
ngx_int_t
ngx_ai_topology_init_module(ngx_cycle_t *cycle)
{
    int                  rc;
    air_err_t            err;
    air_mem_t            mem;
    ngx_pool_t          *pool;
    air_topology_t       topo;
    ngx_ai_main_conf_t  *amcf;

    amcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_ai_router_module);

    if (ngx_test_config || !ngx_ai_task_wanted(amcf)) {
        return NGX_OK;
    }

    pool = ngx_create_pool(16384, cycle->log);
    if (pool == NULL) {
        return NGX_OK;
    }

    mem = ngx_ai_mem(pool);
    ngx_memzero(&err, sizeof(air_err_t));

    rc = ngx_ai_topology(amcf, pool, &topo) != NGX_OK ? AIR_ENOMEM
         : air_topology_write((char *) amcf->store.data, &topo, &mem, &err);

    if (rc != AIR_OK) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, err.sys,
                      "ai: cannot write \"%V/" AIR_TOPOLOGY_FILE "\": %s; "
                      "reports and drills will not know this configuration",
                      &amcf->store, err.reason ? err.reason : "no memory");
    }

    ngx_destroy_pool(pool);

    return NGX_OK;
}
