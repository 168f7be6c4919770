
/*
 * What is left of a workflow when somebody is gone.
 */

#include "air_survive.h"


int
air_lost(const air_topology_t *t, const air_topo_target_t *target,
    air_loss_e loss, air_str_t name)
{
    const air_topo_vendor_t  *v;

    v = &t->vendor[target->vendor];

    switch (loss) {

    case AIR_LOSS_VENDOR:
        return air_str_eq(v->name, name);

    case AIR_LOSS_OWNER:
        return air_str_eq(v->owner, name);

    default:
        return air_str_eq(target->maker, name);
    }
}


/* it serves requests as they come */
static int
air_topo_serves(const air_topo_target_t *target)
{
    return !target->out && (target->role == AIR_PLACE_PRIMARY
                            || target->role == AIR_PLACE_FALLBACK);
}


/* each model of a catalogue is served by whoever has it */
static void
air_survive_catalogue(const air_topology_t *t, const air_topo_workflow_t *wf,
    air_loss_e loss, air_str_t name, air_survival_t *out)
{
    int       lost, left;
    uint32_t  i, k;

    /* targets of a model stand together */

    for (i = 0; i < wf->n; i = k) {

        lost = 0;
        left = 0;

        for (k = i; k < wf->n && wf->target[k].group == wf->target[i].group;
             k++)
        {
            if (!air_topo_serves(&wf->target[k])) {
                continue;
            }

            if (air_lost(t, &wf->target[k], loss, name)) {
                lost = 1;
                continue;
            }

            left = 1;

            if (out->first == AIR_TOPO_NONE) {
                out->first = k;
            }
        }

        out->left += left;
        out->lost += lost && !left;

        if (lost && out->verdict == AIR_SURVIVE_UNTOUCHED) {
            out->verdict = AIR_SURVIVE_YES;
        }
    }

    if (out->lost) {
        out->verdict = out->left ? AIR_SURVIVE_PARTLY : AIR_SURVIVE_NO;
    }
}


/* whether somebody left can do what the first one lost can: the best of them
   is kept in *out */
static void
air_survive_paper(const air_topology_t *t, const air_topo_workflow_t *wf,
    air_loss_e loss, air_str_t name, const air_topo_target_t *first,
    air_survival_t *out)
{
    int       window;
    uint32_t  i, lacks;

    for (i = 0; i < wf->n; i++) {

        if (!air_topo_serves(&wf->target[i])
            || (wf->target[i].tasks & first->tasks) == 0
            || air_lost(t, &wf->target[i], loss, name))
        {
            continue;
        }

        lacks = air_can_paper(&first->can, &wf->target[i].can, &window);

        if (lacks == 0 && !window) {
            out->lacks = 0;
            out->window = 0;
            return;
        }

        if (out->lacks == 0 && !out->window) {
            out->lacks = lacks;
            out->window = window != 0;
        }
    }
}


void
air_survive(const air_topology_t *t, const air_topo_workflow_t *wf,
    air_loss_e loss, air_str_t name, air_survival_t *out)
{
    uint32_t                  i, before, after;
    const air_topo_target_t  *first;

    memset(out, 0, sizeof(air_survival_t));
    out->first = AIR_TOPO_NONE;

    if (wf->kind == AIR_TOPO_CATALOGUE) {
        air_survive_catalogue(t, wf, loss, name, out);
        return;
    }

    first = NULL;
    before = 0;
    after = 0;

    for (i = 0; i < wf->n; i++) {

        if (!air_topo_serves(&wf->target[i])) {
            continue;
        }

        before |= wf->target[i].tasks;

        if (air_lost(t, &wf->target[i], loss, name)) {
            out->lost++;

            if (first == NULL) {
                first = &wf->target[i];
            }

            continue;
        }

        out->left++;
        after |= wf->target[i].tasks;

        if (out->first == AIR_TOPO_NONE) {
            out->first = i;
        }
    }

    if (out->lost == 0) {
        return;
    }

    out->tasks = before & ~after;

    if (out->left == 0) {
        out->verdict = AIR_SURVIVE_NO;
        return;
    }

    if (out->tasks != 0) {
        out->verdict = AIR_SURVIVE_PARTLY;
        return;
    }

    air_survive_paper(t, wf, loss, name, first, out);

    out->verdict = out->lacks || out->window ? AIR_SURVIVE_PAPER
                                             : AIR_SURVIVE_YES;
}


const char *
air_survive_name(air_survive_e verdict)
{
    static const char *const  name[] = {
        "untouched", "yes", "paper", "partly", "no"
    };

    return (unsigned) verdict < sizeof(name) / sizeof(name[0])
           ? name[verdict] : "";
}


const char *
air_place_name(air_place_e role)
{
    static const char *const  name[AIR_NPLACE] = {
        "primary", "fallback", "degrade", "escalate"
    };

    return (unsigned) role < AIR_NPLACE ? name[role] : "";
}


const char *
air_topo_kind_name(air_topo_kind_e kind)
{
    static const char *const  name[] = {
        "workflow", "route", "catalogue"
    };

    return (unsigned) kind < sizeof(name) / sizeof(name[0]) ? name[kind] : "";
}


void
air_topo_count(const air_topology_t *t, const air_topo_workflow_t *wf,
    uint32_t *owners, uint32_t *makers)
{
    uint32_t                  i, k;
    const air_topo_target_t  *a, *b;
    unsigned                  owner, maker;

    *owners = 0;
    *makers = 0;

    for (i = 0; i < wf->n; i++) {
        a = &wf->target[i];

        if (!air_topo_serves(a)) {
            continue;
        }

        owner = 1;
        maker = a->maker.len != 0;

        for (k = 0; k < i && (owner || maker); k++) {
            b = &wf->target[k];

            if (!air_topo_serves(b)) {
                continue;
            }

            if (air_str_eq(t->vendor[a->vendor].owner,
                           t->vendor[b->vendor].owner))
            {
                owner = 0;
            }

            if (air_str_eq(a->maker, b->maker)) {
                maker = 0;
            }
        }

        *owners += owner;
        *makers += maker;
    }
}
