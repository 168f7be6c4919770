
/*
 * What the configuration routes to, as plain data (core/air_survive.h).
 */

#ifndef _NGX_AI_TOPOLOGY_H_INCLUDED_
#define _NGX_AI_TOPOLOGY_H_INCLUDED_


#include "ngx_ai_router_module.h"

#include "../store/air_topology.h"


/* Fills *topo, whose strings are the configuration's; lists are in pool.
   NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_topology(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    air_topology_t *topo);

/* Only its vendors. */
ngx_int_t ngx_ai_topology_vendors(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    air_topology_t *topo);

/* One workflow of it; to->target[i] is that of the workflow's i-th choice,
   but for a catalogue.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_topology_workflow(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    ngx_ai_workflow_t *wf, air_topo_workflow_t *to);

/* Master: writes DIR/topology.json; what fails is logged. */
ngx_int_t ngx_ai_topology_init_module(ngx_cycle_t *cycle);


#endif /* _NGX_AI_TOPOLOGY_H_INCLUDED_ */
