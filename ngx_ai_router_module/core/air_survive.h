
/*
 * What a configuration routes to, and what is left of it when a vendor, a
 * company or a maker is gone.  Plain data: who fills it keeps its strings.
 */

#ifndef _AIR_SURVIVE_H_INCLUDED_
#define _AIR_SURVIVE_H_INCLUDED_


#include "air_can.h"


#define AIR_TOPO_NONE  UINT32_MAX


typedef struct {
    air_str_t  name;              /* of the ai_vendor block: as the ledger  */
    air_str_t  owner;             /* the company; two blocks may share it   */
    air_str_t  maker;             /* of its models; empty: see each         */
    air_str_t  region;            /* or empty                               */
    air_str_t  host;              /* without a port                         */
    air_str_t  profile;
    unsigned   simulated:1;
} air_topo_vendor_t;


typedef enum {
    AIR_PLACE_PRIMARY = 0,
    AIR_PLACE_FALLBACK,
    AIR_PLACE_DEGRADE,             /* only there for budgets that go to it   */
    AIR_PLACE_ESCALATE,            /* only asked for answers that failed     */
    AIR_NPLACE
} air_place_e;


/* one target of a workflow, tiers flattened */
typedef struct {
    uint32_t    vendor;           /* index                                  */
    uint32_t    group;            /* of its place: 0 the primary's; in a
                                     catalogue the same for the same model  */
    uint32_t    tasks;            /* classes of tasks it serves, a bit each */
    air_place_e  role;
    air_str_t   model;
    air_str_t   maker;            /* or empty: nobody knows                 */
    air_str_t   tier;             /* it stands in, or empty                 */
    air_can_t   can;
    unsigned    out:1;            /* lacks what its workflow requires: it is
                                     never asked                            */
} air_topo_target_t;


typedef enum {
    AIR_TOPO_WORKFLOW = 0,        /* ai_workflow                            */
    AIR_TOPO_ROUTE,               /* targets written in an ai_route         */
    AIR_TOPO_CATALOGUE            /* ai_route *: callers name the model     */
} air_topo_kind_e;


typedef struct {
    air_str_t           name;     /* as the ledger has it                   */
    air_topo_kind_e     kind;
    air_str_t           file;     /* where it is written                    */
    uint32_t            line;
    uint32_t            vendors;  /* what it requires, 0: nothing           */
    uint32_t            makers;
    air_topo_target_t  *target;   /* n of them, in order of tries           */
    uint32_t            n;
} air_topo_workflow_t;


typedef struct {
    air_topo_vendor_t    *vendor;
    uint32_t              nvendor;
    air_topo_workflow_t  *workflow;
    uint32_t              nworkflow;
    int64_t               time_ms;      /* when it came into force          */
    char                  hash[65];     /* SHA-256 of all but time, in hex  */
} air_topology_t;


typedef enum {
    AIR_LOSS_VENDOR = 0,          /* an ai_vendor block                     */
    AIR_LOSS_OWNER,               /* a company with all its blocks          */
    AIR_LOSS_MAKER                /* a maker, whoever sells its models      */
} air_loss_e;


typedef enum {
    AIR_SURVIVE_UNTOUCHED = 0,    /* does not use what is lost              */
    AIR_SURVIVE_YES,
    AIR_SURVIVE_PAPER,            /* somebody is left, who cannot do all that
                                     the first one can                      */
    AIR_SURVIVE_PARTLY,           /* some models, some classes of tasks     */
    AIR_SURVIVE_NO
} air_survive_e;


typedef struct {
    air_survive_e  verdict;
    uint32_t       first;         /* target that serves then, or
                                     AIR_TOPO_NONE                          */
    uint32_t       left;          /* targets                                */
    uint32_t       lost;
    uint32_t       tasks;         /* classes that nobody serves then        */
    uint32_t       lacks;         /* of the best one left: AIR_CAN_ bits    */
    unsigned       window:1;      /* and its window is smaller              */
} air_survival_t;


/* 1 when the loss takes that target of t. */
int air_lost(const air_topology_t *t, const air_topo_target_t *target,
    air_loss_e loss, air_str_t name);

/*
 * What becomes of a workflow of t when name is lost.  Of a catalogue "left"
 * and "lost" count models, and one survives when another vendor has it under
 * the same name.
 */
void air_survive(const air_topology_t *t, const air_topo_workflow_t *wf,
    air_loss_e loss, air_str_t name, air_survival_t *out);

/* "untouched", "yes", "paper", "partly", "no"; "primary", "fallback",
   "degrade", "escalate"; "workflow", "route", "catalogue". */
const char *air_survive_name(air_survive_e verdict);
const char *air_place_name(air_place_e role);
const char *air_topo_kind_name(air_topo_kind_e kind);

/*
 * How many companies and makers may serve a workflow's requests; those who
 * lack what it requires, or are only escalated or degraded to, are not
 * counted, nor are makers that nobody knows.
 */
void air_topo_count(const air_topology_t *t, const air_topo_workflow_t *wf,
    uint32_t *owners, uint32_t *makers);


#endif /* _AIR_SURVIVE_H_INCLUDED_ */
