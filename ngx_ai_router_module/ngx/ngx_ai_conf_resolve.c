
/*
 * After parsing: names become objects, prices are read, and what can be
 * checked is checked.  Every mistake is logged with the place of its
 * directive; up to NGX_AI_CONF_MISTAKES of them before giving up.
 */

#include "ngx_ai_conf.h"
#include "ngx_ai_feed.h"
#include "ngx_ai_floor.h"
#include "ngx_ai_probe.h"
#include "ngx_ai_shadow.h"
#include "ngx_ai_learn.h"


#define NGX_AI_CONF_MISTAKES  20
#define NGX_AI_PRICES_SIZE    (64 * 1024 * 1024)


static ngx_int_t ngx_ai_resolve_prices(ngx_ai_resolve_t *rs);
static ngx_uint_t ngx_ai_resolve_distance(ngx_str_t *a, ngx_str_t *b);
static void ngx_ai_resolve_near(ngx_str_t *name, ngx_str_t *candidate,
    ngx_str_t *best, ngx_uint_t *distance);
static ngx_int_t ngx_ai_resolve_unknown(ngx_ai_resolve_t *rs,
    const char *what, ngx_str_t *owner, ngx_ai_ref_t *ref, ngx_str_t *name,
    ngx_uint_t vendors);
static void ngx_ai_resolve_select(ngx_ai_workflow_t *wf, ngx_ai_ref_t *group,
    ngx_ai_choice_t *choice);
static ngx_int_t ngx_ai_resolve_choice(ngx_ai_resolve_t *rs,
    ngx_ai_workflow_t *wf, ngx_ai_ref_t *ref, ngx_ai_ref_t *group);
static ngx_int_t ngx_ai_resolve_refs(ngx_ai_resolve_t *rs,
    ngx_ai_workflow_t *wf, ngx_array_t *refs);
static ngx_int_t ngx_ai_resolve_workflow(ngx_ai_resolve_t *rs,
    ngx_ai_workflow_t *wf);
static ngx_int_t ngx_ai_resolve_entry(ngx_ai_main_conf_t *amcf,
    ngx_str_t *name);
static ngx_int_t ngx_ai_resolve_health(ngx_ai_resolve_t *rs);
static void ngx_ai_resolve_warn(ngx_ai_resolve_t *rs);


ngx_int_t
ngx_ai_resolve_mistake(ngx_ai_resolve_t *rs)
{
    return (++rs->mistakes >= NGX_AI_CONF_MISTAKES) ? NGX_ERROR : NGX_OK;
}


ngx_int_t
ngx_ai_conf_resolve(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t           i, k;
    ngx_ai_ref_t        *ref;
    ngx_ai_tier_t      **tier;
    ngx_ai_alias_t     **alias;
    ngx_ai_vendor_t    **vendor;
    ngx_ai_resolve_t     rs;
    ngx_ai_workflow_t  **wf;

    rs.cf = cf;
    rs.amcf = amcf;
    rs.mistakes = 0;
    rs.mem = ngx_ai_mem(cf->pool);

    if (ngx_ai_resolve_prices(&rs) != NGX_OK) {
        return NGX_ERROR;
    }

    tier = amcf->tiers.elts;

    for (i = 0; i < amcf->tiers.nelts; i++) {
        ref = tier[i]->models.elts;

        for (k = 0; k < tier[i]->models.nelts; k++) {
            if (ngx_ai_resolve_ref(&rs, "ai_tier", &tier[i]->name, &ref[k], 0)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    alias = amcf->aliases.elts;

    for (i = 0; i < amcf->aliases.nelts; i++) {
        alias[i]->ref.name = alias[i]->name;
        alias[i]->ref.place = alias[i]->place;

        if (ngx_ai_resolve_ref(&rs, "ai_alias", &alias[i]->name,
                               &alias[i]->ref, 1)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (ngx_ai_conf_account_tiers(cf, amcf, &rs.mistakes) != NGX_OK) {
        return NGX_ERROR;
    }

    wf = amcf->workflows.elts;

    for (i = 0; i < amcf->workflows.nelts; i++) {
        if (!wf[i]->inline_route
            && ngx_ai_resolve_workflow(&rs, wf[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    for (i = 0; i < amcf->workflows.nelts; i++) {
        if (wf[i]->inline_route
            && ngx_ai_resolve_workflow(&rs, wf[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (rs.mistakes) {
        return NGX_ERROR;
    }

    if (ngx_ai_resolve_catalogue(&rs) != NGX_OK
        || ngx_ai_conf_chains(&rs) != NGX_OK
        || ngx_ai_resolve_health(&rs) != NGX_OK
        || ngx_ai_probe_resolve(cf, amcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_ai_resolve_warn(&rs);
    ngx_ai_conf_can_unused(cf, amcf);

    if (ngx_ai_conf_account_check(cf, amcf, &rs.mistakes) != NGX_OK
        || rs.mistakes)
    {
        return NGX_ERROR;
    }

    /* the balancer of a vendor's own upstream tells how a connection ended */

    vendor = amcf->vendors.elts;

    for (i = 0; i < amcf->vendors.nelts; i++) {
        if (vendor[i]->upstream != NULL) {
            vendor[i]->peer_init = vendor[i]->upstream->peer.init;
            vendor[i]->upstream->peer.init = ngx_ai_peer_init;
        }
    }

    if (amcf->vendors.nelts == 0 && amcf->routes.nelts == 0) {
        amcf->store_off = 1;
        return NGX_OK;
    }

    if (!amcf->store_off || amcf->learns.nelts != 0
        || ngx_ai_probe_any(amcf))
    {
        amcf->pool = ngx_thread_pool_add(cf, NULL);
        if (amcf->pool == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_ai_sticky_conf(amcf);

    return ngx_ai_zone_add(cf, amcf);
}


/* ai_prices: the whole table, or an error with its line */
static ngx_int_t
ngx_ai_resolve_prices(ngx_ai_resolve_t *rs)
{
    int                     rc;
    int64_t                 age;
    air_str_t               text;
    ngx_file_info_t         fi;
    ngx_ai_main_conf_t     *amcf;
    air_pricebook_error_t   error;

    amcf = rs->amcf;

    if (amcf->prices_file.data == NULL) {
        return ngx_ai_feed_prices(rs->cf, amcf);
    }

    if (ngx_ai_conf_read(&amcf->prices_file, NGX_AI_PRICES_SIZE, &text, &fi,
                         rs->cf->log)
        != NGX_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, rs->cf->log, ngx_errno,
                      "cannot read price file \"%V\" in %V:%ui",
                      &amcf->prices_file, &amcf->prices_place.file,
                      amcf->prices_place.line);
        return NGX_ERROR;
    }

    ngx_memzero(&error, sizeof(error));
    rc = air_pricebook_read(&amcf->prices, text, AIR_PRICES_OURS, &rs->mem,
                            &error);
    ngx_free(text.data);

    if (rc != AIR_OK) {
        ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                      "%V:%ui: %s (price file of \"ai_prices\"); check it "
                      "with \"ai-router prices check\" in %V:%ui",
                      &amcf->prices_file, (ngx_uint_t) error.line,
                      error.text[0] ? error.text : "out of memory",
                      &amcf->prices_place.file, amcf->prices_place.line);
        return NGX_ERROR;
    }

    age = (int64_t) ngx_time() - air_pricebook_time(amcf->prices) / 1000;

    if (amcf->prices_max_age && age > (int64_t) amcf->prices_max_age) {
        ngx_log_error(NGX_LOG_WARN, rs->cf->log, 0,
                      "price file \"%V\" is %L days old; update it with "
                      "\"ai-router prices import\" in %V:%ui",
                      &amcf->prices_file, age / 86400,
                      &amcf->prices_place.file, amcf->prices_place.line);
    }

    return ngx_ai_feed_prices(rs->cf, amcf);
}


/* edit distance, for "did you mean" */
static ngx_uint_t
ngx_ai_resolve_distance(ngx_str_t *a, ngx_str_t *b)
{
    size_t      i, k;
    ngx_uint_t  row[65], diag, up, best;

    if (a->len > 64 || b->len > 64) {
        return 64;
    }

    for (k = 0; k <= b->len; k++) {
        row[k] = k;
    }

    for (i = 1; i <= a->len; i++) {
        diag = row[0];
        row[0] = i;

        for (k = 1; k <= b->len; k++) {
            up = row[k];
            best = diag + (a->data[i - 1] != b->data[k - 1]);
            best = ngx_min(best, up + 1);
            best = ngx_min(best, row[k - 1] + 1);
            row[k] = best;
            diag = up;
        }
    }

    return row[b->len];
}


static void
ngx_ai_resolve_near(ngx_str_t *name, ngx_str_t *candidate, ngx_str_t *best,
    ngx_uint_t *distance)
{
    ngx_uint_t  d;

    d = ngx_ai_resolve_distance(name, candidate);

    if (d < *distance && d <= 1 + name->len / 3) {
        *distance = d;
        *best = *candidate;
    }
}


static ngx_uint_t
ngx_ai_resolve_is_workflow(ngx_ai_resolve_t *rs, ngx_str_t *name)
{
    ngx_uint_t           i;
    ngx_ai_workflow_t  **wf;

    wf = rs->amcf->workflows.elts;

    for (i = 0; i < rs->amcf->workflows.nelts; i++) {
        if (wf[i]->name.len == name->len
            && ngx_strncmp(wf[i]->name.data, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* an unknown name: what exists instead */
static ngx_int_t
ngx_ai_resolve_unknown(ngx_ai_resolve_t *rs, const char *what,
    ngx_str_t *owner, ngx_ai_ref_t *ref, ngx_str_t *name, ngx_uint_t vendors)
{
    u_char              *p, *last;
    ngx_str_t            best;
    ngx_uint_t           i, distance;
    ngx_ai_tier_t      **tier;
    ngx_ai_alias_t     **alias;
    ngx_ai_vendor_t    **vendor;
    u_char               hint[NGX_MAX_CONF_ERRSTR / 2];

    distance = 64;
    ngx_str_null(&best);

    p = hint;
    last = hint + sizeof(hint);

    if (vendors) {
        vendor = rs->amcf->vendors.elts;

        for (i = 0; i < rs->amcf->vendors.nelts; i++) {
            ngx_ai_resolve_near(name, &vendor[i]->name, &best, &distance);
            p = ngx_slprintf(p, last, " %V", &vendor[i]->name);
        }

    } else {
        tier = rs->amcf->tiers.elts;

        for (i = 0; i < rs->amcf->tiers.nelts; i++) {
            ngx_ai_resolve_near(name, &tier[i]->name, &best, &distance);
            p = ngx_slprintf(p, last, " %V", &tier[i]->name);
        }

        alias = rs->amcf->aliases.elts;

        for (i = 0; i < rs->amcf->aliases.nelts; i++) {
            ngx_ai_resolve_near(name, &alias[i]->name, &best, &distance);
            p = ngx_slprintf(p, last, " %V", &alias[i]->name);
        }
    }

    if (!vendors && ngx_ai_resolve_is_workflow(rs, name)) {
        ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                      "%s \"%V\": \"%V\" is a workflow, which stands alone "
                      "in \"ai_route\"; to choose among several write "
                      "\"ai_route $variable\" in %V:%ui", what, owner, name,
                      &ref->place.file, ref->place.line);

    } else if (best.len) {
        ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                      "%s \"%V\": unknown %s \"%V\", did you mean \"%V\"? "
                      "in %V:%ui", what, owner,
                      vendors ? "vendor" : "target", name, &best,
                      &ref->place.file, ref->place.line);

    } else {
        ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                      "%s \"%V\": unknown %s \"%V\"; a target is "
                      "VENDOR/MODEL, a tier or an alias; %s:%*s in %V:%ui",
                      what, owner, vendors ? "vendor" : "target", name,
                      vendors ? "vendors" : "tiers and aliases",
                      p == hint ? (size_t) 5 : (size_t) (p - hint),
                      p == hint ? (u_char *) " none" : hint,
                      &ref->place.file, ref->place.line);
    }

    return ngx_ai_resolve_mistake(rs);
}


ngx_int_t
ngx_ai_resolve_ref(ngx_ai_resolve_t *rs, const char *what, ngx_str_t *owner,
    ngx_ai_ref_t *ref, ngx_uint_t tiers)
{
    u_char             *slash;
    ngx_str_t           name, vname;
    ngx_uint_t          i, hops;
    ngx_ai_tier_t     **tier;
    ngx_ai_alias_t    **alias;
    ngx_ai_vendor_t    *vendor;

    name = ref->name;
    hops = 0;

again:

    slash = ngx_strlchr(name.data, name.data + name.len, '/');

    if (slash != NULL) {
        vname.data = name.data;
        vname.len = slash - name.data;

        vendor = ngx_ai_conf_vendor_find(rs->amcf, &vname);

        if (vendor == NULL) {
            return ngx_ai_resolve_unknown(rs, what, owner, ref, &vname, 1);
        }

        if (vname.len + 1 == name.len) {
            ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                          "%s \"%V\": target \"%V\" has no model in %V:%ui",
                          what, owner, &name, &ref->place.file,
                          ref->place.line);
            return ngx_ai_resolve_mistake(rs);
        }

        ref->target = ngx_ai_resolve_target(rs, vendor, &name);

        return ref->target ? NGX_OK : NGX_ERROR;
    }

    if (tiers) {
        tier = rs->amcf->tiers.elts;

        for (i = 0; i < rs->amcf->tiers.nelts; i++) {
            if (tier[i]->name.len == name.len
                && ngx_memcmp(tier[i]->name.data, name.data, name.len) == 0)
            {
                ref->tier = tier[i];
                return NGX_OK;
            }
        }
    }

    alias = rs->amcf->aliases.elts;

    for (i = 0; i < rs->amcf->aliases.nelts; i++) {
        if (alias[i]->name.len != name.len
            || ngx_memcmp(alias[i]->name.data, name.data, name.len) != 0)
        {
            continue;
        }

        if (++hops > rs->amcf->aliases.nelts) {
            ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                          "ai_alias loop: %V -> %V in %V:%ui",
                          &alias[i]->name, &alias[i]->to,
                          &alias[i]->place.file, alias[i]->place.line);
            return ngx_ai_resolve_mistake(rs);
        }

        name = alias[i]->to;
        goto again;
    }

    return ngx_ai_resolve_unknown(rs, what, owner, ref, &name, 0);
}


/* the target called name (vendor/model), made when it is new */
ngx_ai_target_t *
ngx_ai_resolve_target(ngx_ai_resolve_t *rs, ngx_ai_vendor_t *vendor,
    ngx_str_t *name)
{
    ngx_uint_t         i;
    ngx_ai_target_t   *target, **tp;

    tp = rs->amcf->targets.elts;

    for (i = 0; i < rs->amcf->targets.nelts; i++) {
        if (tp[i]->name.len == name->len
            && ngx_memcmp(tp[i]->name.data, name->data, name->len) == 0)
        {
            return tp[i];
        }
    }

    target = ngx_pcalloc(rs->cf->pool, sizeof(ngx_ai_target_t));
    tp = ngx_array_push(&rs->amcf->targets);

    if (target == NULL || tp == NULL) {
        return NULL;
    }

    *tp = target;

    target->name = *name;
    target->vendor = vendor;
    target->model.data = name->data + vendor->name.len + 1;
    target->model.len = name->len - vendor->name.len - 1;

    tp = rs->amcf->targets.elts;

    for (i = 0; i < rs->amcf->targets.nelts; i++) {
        if (tp[i]->model.len == target->model.len
            && ngx_memcmp(tp[i]->model.data, target->model.data,
                          target->model.len) == 0)
        {
            break;
        }
    }

    target->model_no = tp[i] == target ? i : tp[i]->model_no;

    target->air.profile = vendor->profile;
    target->air.model = ngx_ai_air(target->model);

    target->info = ngx_ai_feed_model(rs->amcf->prices, vendor,
                                     target->air.model);

    ngx_ai_conf_target_can(target);

    if (ngx_ai_conf_target_uris(rs->cf, target) != NGX_OK) {
        return NULL;
    }

    return target;
}


/*
 * By what the members of a tier are chosen: its own word counts, then that of
 * the task block it is used in, then the workflow's.
 */
static void
ngx_ai_resolve_select(ngx_ai_workflow_t *wf, ngx_ai_ref_t *group,
    ngx_ai_choice_t *choice)
{
    ngx_ai_tier_t  *tier;

    tier = group->tier;
    choice->select = AIR_SELECT_ORDER;

    if (tier == NULL) {
        return;
    }

    if (tier->split != NULL) {
        choice->select = AIR_SELECT_WEIGHTED;

    } else if (tier->select != NGX_CONF_UNSET_UINT) {
        choice->select = tier->select;

    } else if (group->select_set) {
        choice->select = group->select;

    } else if (wf->split != NULL) {
        choice->select = AIR_SELECT_WEIGHTED;

    } else if (wf->select != NGX_CONF_UNSET_UINT) {
        choice->select = wf->select;
    }

    if (choice->select == AIR_SELECT_WEIGHTED) {
        choice->split = tier->split ? tier->split : wf->split;
        wf->split_used |= choice->split != NULL;
    }

    if (choice->select == AIR_SELECT_PRICE
        || choice->select == AIR_SELECT_QUALITY
        || choice->select == AIR_SELECT_BALANCED)
    {
        wf->priced = 1;
    }

    wf->graded |= choice->select == AIR_SELECT_QUALITY;

    if (choice->select != AIR_SELECT_ORDER
        && choice->select != AIR_SELECT_WEIGHTED)
    {
        wf->measured = 1;
    }
}


/* ref is of a workflow's group, or a model of its tier */
static ngx_int_t
ngx_ai_resolve_choice(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf,
    ngx_ai_ref_t *ref, ngx_ai_ref_t *group)
{
    ngx_uint_t        i, tasks;
    ngx_ai_choice_t  *choice;
    ngx_ai_target_t  *target;

    tasks = group->tasks;
    target = ref->target;
    choice = wf->choices.elts;

    for (i = 0; i < wf->choices.nelts; i++) {

        if (choice[i].target != target || group->degrade
            || (choice[i].escalate == 0) != (group->escalate == 0))
        {
            continue;
        }

        tasks &= ~choice[i].tasks;

        if (tasks == 0) {
            ngx_log_error(NGX_LOG_WARN, rs->cf->log, 0,
                          "target \"%V\" stands twice in \"%V\", the first "
                          "place counts in %V:%ui", &target->name, &wf->name,
                          &wf->place.file, wf->place.line);
            return NGX_OK;
        }
    }

    if (wf->choices.nelts == NGX_AI_MAX_TARGETS) {
        ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                      "\"%V\" has more than %d targets in %V:%ui",
                      &wf->name, NGX_AI_MAX_TARGETS, &wf->place.file,
                      wf->place.line);
        return ngx_ai_resolve_mistake(rs);
    }

    choice = ngx_array_push(&wf->choices);
    if (choice == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(choice, sizeof(ngx_ai_choice_t));
    choice->target = target;
    choice->tier = group->tier;
    choice->group = group->group;
    choice->learn = group->learn;
    choice->cheap = group->cheap;
    choice->degrade = group->degrade;
    choice->escalate = group->escalate;
    choice->tasks = tasks;
    choice->written = group->name;
    choice->weight = ref->weight;
    choice->canary = ref->canary;
    choice->quality = ref->quality;

    ngx_ai_resolve_select(wf, group, choice);

    return NGX_OK;
}


ngx_int_t
ngx_ai_resolve_group(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf,
    ngx_ai_ref_t *group)
{
    ngx_uint_t     k;
    ngx_ai_ref_t  *ref;

    if (group->learn != NULL) {
        *(group->cheap ? &group->learn->cheap : &group->learn->strong)
            = group->group;
    }

    if (group->target != NULL) {
        return ngx_ai_resolve_choice(rs, wf, group, group);
    }

    if (group->tier == NULL) {
        return NGX_OK;
    }

    ref = group->tier->models.elts;

    for (k = 0; k < group->tier->models.nelts; k++) {
        if (ref[k].target != NULL
            && ngx_ai_resolve_choice(rs, wf, &ref[k], group) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * Groups to one list of targets.  Those of "task" blocks stand first and
 * take the place of the primary for their classes; fallbacks serve all.
 */
ngx_int_t
ngx_ai_resolve_flatten(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf)
{
    ngx_uint_t     i, n;
    ngx_ai_ref_t  *group;

    n = 0;
    group = wf->uses.elts;

    for (i = 0; i < wf->uses.nelts; i++) {

        n = ngx_max(n, group[i].group);

        if (ngx_ai_resolve_group(rs, wf, &group[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    group = wf->groups.elts;

    for (i = 0; i < wf->groups.nelts; i++) {

        group[i].group = i ? n + i : 0;
        group[i].tasks = i ? NGX_AI_TASKS : NGX_AI_TASKS & ~wf->tasks;

        if (group[i].tasks != 0
            && ngx_ai_resolve_group(rs, wf, &group[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* the names of a list */
static ngx_int_t
ngx_ai_resolve_refs(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf,
    ngx_array_t *refs)
{
    ngx_uint_t     i;
    ngx_ai_ref_t  *ref;

    ref = refs->elts;

    for (i = 0; i < refs->nelts; i++) {
        if (ngx_ai_resolve_ref(rs, wf->inline_route ? "ai_route"
                                                    : "ai_workflow",
                               &wf->name, &ref[i], 1)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_ai_resolve_workflow(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf)
{
    ngx_uint_t           i, listed, require;
    ngx_ai_ref_t        *ref;
    ngx_ai_bound_t       bound;
    ngx_ai_workflow_t  **named;

    ref = wf->groups.elts;

    /* a route of one name may name a workflow */

    if (wf->inline_route && wf->groups.nelts == 1) {
        named = rs->amcf->workflows.elts;

        for (i = 0; i < rs->amcf->workflows.nelts; i++) {
            if (named[i]->inline_route
                || named[i]->name.len != ref[0].name.len
                || ngx_memcmp(named[i]->name.data, ref[0].name.data,
                              ref[0].name.len) != 0)
            {
                continue;
            }

            listed = wf->listed;
            require = wf->require;
            bound = wf->bound;
            *wf = *named[i];
            wf->bound = bound;
            wf->shown_as = named[i];
            wf->inline_route = 1;
            wf->listed = listed;
            wf->require |= require;
            ngx_ai_resolve_bound(rs, wf, &wf->bound);

            return NGX_OK;
        }
    }

    if (ngx_ai_resolve_refs(rs, wf, &wf->groups) != NGX_OK
        || ngx_ai_resolve_refs(rs, wf, &wf->uses) != NGX_OK
        || ngx_ai_resolve_refs(rs, wf, &wf->escalates) != NGX_OK
        || ngx_ai_resolve_flatten(rs, wf) != NGX_OK
        || ngx_ai_resolve_degrades(rs, wf) != NGX_OK
        || ngx_ai_conf_escalates(rs, wf) != NGX_OK
        || ngx_ai_conf_floor_resolve(rs, wf) != NGX_OK
        || ngx_ai_conf_shadow_resolve(rs, wf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (wf->split != NULL && !wf->split_used) {
        ngx_log_error(NGX_LOG_WARN, rs->cf->log, 0,
                      "\"split\" of ai_workflow \"%V\" finds nothing to "
                      "split: it needs a tier without \"select\", or with "
                      "\"select weighted\", in %V:%ui", &wf->name,
                      &wf->place.file, wf->place.line);
    }

    if (wf->choices.nelts) {
        ngx_ai_resolve_bound(rs, wf, &wf->bound);
    }

    return ngx_ai_conf_learn_check(rs->cf, rs->amcf, wf);
}


/* a health entry called name; its index, or NGX_ERROR */
static ngx_int_t
ngx_ai_resolve_entry(ngx_ai_main_conf_t *amcf, ngx_str_t *name)
{
    ngx_str_t  *n;

    n = ngx_array_push(&amcf->health_names);
    if (n == NULL) {
        return NGX_ERROR;
    }

    *n = *name;

    return amcf->health_names.nelts - 1;
}


/* the health entries: of vendors and, where they have several, their keys,
   then of targets */
static ngx_int_t
ngx_ai_resolve_health(ngx_ai_resolve_t *rs)
{
    ngx_int_t             n;
    ngx_uint_t            i, k;
    ngx_ai_vkey_t        *key;
    ngx_ai_target_t     **target;
    ngx_ai_vendor_t     **vendor;
    ngx_ai_main_conf_t   *amcf;

    amcf = rs->amcf;
    vendor = amcf->vendors.elts;
    target = amcf->targets.elts;

    for (i = 0; i < amcf->vendors.nelts; i++) {

        n = ngx_ai_resolve_entry(amcf, &vendor[i]->name);
        if (n == NGX_ERROR) {
            return NGX_ERROR;
        }

        vendor[i]->health = n;

        for (k = 0; ngx_ai_pool(vendor[i]) && k < vendor[i]->keys->nelts; k++)
        {
            key = vendor[i]->keys->elts;

            n = ngx_ai_resolve_entry(amcf, &key[k].name);
            if (n == NGX_ERROR) {
                return NGX_ERROR;
            }

            key[k].health = n;
        }
    }

    for (i = 0; i < amcf->targets.nelts; i++) {

        n = ngx_ai_resolve_entry(amcf, &target[i]->name);
        if (n == NGX_ERROR) {
            return NGX_ERROR;
        }

        target[i]->health = n;
    }

    return NGX_OK;
}


/* what works, but will surprise */
static void
ngx_ai_resolve_warn(ngx_ai_resolve_t *rs)
{
    ngx_uint_t                  i, k, level, small, disk;
    ngx_ai_choice_t            *choice;
    ngx_ai_workflow_t         **wf;
    ngx_ai_loc_conf_t         **route;
    ngx_ai_main_conf_t         *amcf;
    ngx_http_core_loc_conf_t   *clcf;

    amcf = rs->amcf;
    wf = amcf->workflows.elts;
    level = amcf->unpriced_refuse ? NGX_LOG_EMERG : NGX_LOG_WARN;
    small = 0;
    disk = 0;

    for (i = 0; i < amcf->workflows.nelts && amcf->prices != NULL; i++) {

        if (wf[i]->shown_as != NULL) {
            continue;
        }

        choice = wf[i]->choices.elts;

        for (k = 0; k < wf[i]->choices.nelts; k++) {
            if (choice[k].target->info != NULL
                || choice[k].target->vendor->simulated)
            {
                continue;
            }

            ngx_log_error(level, rs->cf->log, 0,
                          "target \"%V\" of \"%V\" has no price in \"%V\"; "
                          "its cost will be unknown%s in %V:%ui",
                          &choice[k].target->name, &wf[i]->name,
                          &amcf->prices_file,
                          amcf->unpriced_refuse
                              ? ", which \"unpriced=refuse\" forbids" : "",
                          &wf[i]->place.file, wf[i]->place.line);

            if (amcf->unpriced_refuse) {
                rs->mistakes++;
            }
        }
    }

    route = amcf->routes.elts;

    for (i = 0; i < amcf->routes.nelts; i++) {
        clcf = route[i]->clcf;

        if (clcf->handler != ngx_ai_handler) {
            ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                          "\"ai_route\" conflicts with another handler of its "
                          "location, such as \"proxy_pass\" or \"ai_status\" "
                          "in %V:%ui", &route[i]->place.file,
                          route[i]->place.line);
            rs->mistakes++;
        }

        /* said once, for the first */

        if (!small && clcf->client_max_body_size
            && clcf->client_max_body_size <= 1048576)
        {
            small = 1;
            ngx_log_error(NGX_LOG_WARN, rs->cf->log, 0,
                          "client_max_body_size is %Ok for \"ai_route\"; "
                          "requests with images reach 20m in %V:%ui",
                          clcf->client_max_body_size / 1024,
                          &route[i]->place.file, route[i]->place.line);
        }

        if (!disk && clcf->client_body_buffer_size <= 16384) {
            disk = 1;
            ngx_log_error(NGX_LOG_NOTICE, rs->cf->log, 0,
                          "client_body_buffer_size is %uzk for \"ai_route\"; "
                          "larger bodies go through a temporary file, 1m "
                          "keeps them in memory in %V:%ui",
                          clcf->client_body_buffer_size / 1024,
                          &route[i]->place.file, route[i]->place.line);
        }

        if (route[i]->workflow != NULL && !route[i]->workflow->catalogue
            && route[i]->workflow->choices.nelts == 0)
        {
            rs->mistakes++;
        }
    }
}


ngx_ai_workflow_t *
ngx_ai_conf_workflow(ngx_http_request_t *r, ngx_ai_loc_conf_t *alcf)
{
    ngx_str_t             name;
    ngx_uint_t            i;
    ngx_ai_workflow_t   **wf;
    ngx_ai_main_conf_t   *amcf;

    if (alcf->workflow != NULL) {
        return alcf->workflow;
    }

    if (alcf->name == NULL
        || ngx_http_complex_value(r, alcf->name, &name) != NGX_OK)
    {
        return NULL;
    }

    amcf = ngx_http_get_module_main_conf(r, ngx_ai_router_module);
    wf = amcf->workflows.elts;

    for (i = 0; i < amcf->workflows.nelts; i++) {
        if (!wf[i]->inline_route && wf[i]->name.len == name.len
            && ngx_memcmp(wf[i]->name.data, name.data, name.len) == 0)
        {
            return wf[i];
        }
    }

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "ai: no ai_workflow \"%V\", asked for by ai_route in %V:%ui",
                  &name, &alcf->place.file, alcf->place.line);

    return NULL;
}
