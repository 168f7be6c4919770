
/*
 * What a buyer's diligence team asks of a period, gathered from the ledger
 * and from what is routed to; store/air_report_html.h writes it.
 */

#ifndef _AIR_DILIGENCE_H_INCLUDED_
#define _AIR_DILIGENCE_H_INCLUDED_


#include "../core/air_concentration.h"
#include "air_evidence.h"
#include "air_report.h"
#include "air_savings.h"
#include "air_seal.h"


/* the reports it is made of, all of one moment */
typedef enum {
    AIR_DILIGENCE_TOTAL = 0,
    AIR_DILIGENCE_QUARTER,        /* the period's and the year before it    */
    AIR_DILIGENCE_VENDOR,
    AIR_DILIGENCE_MAKER,
    AIR_DILIGENCE_TARGET,         /* workflow, vendor, model                */
    AIR_DILIGENCE_FAULT,
    AIR_DILIGENCE_PURPOSE,
    AIR_NDILIGENCE
} air_diligence_e;


/* money by a name; borrows what it was made of */
typedef struct {
    air_str_t   name;
    air_sums_t  sums;
} air_stake_t;

typedef struct {
    air_stake_t          *part;   /* n of them, the dearest first           */
    size_t                n;
    air_concentration_t   c;      /* of the cost of those with a name       */
} air_stakes_t;


typedef struct {

    /* asked */
    const char            *dir;
    int64_t                from_ms;
    int64_t                to_ms;
    int64_t                now_ms;
    size_t                 max;       /* groups of a report, 0: any         */
    const air_topology_t  *topo;      /* what is routed to, NULL: not known */
    const air_model_t     *baseline;  /* to save against, NULL: none        */
    air_str_t              baseline_name;      /* of it, as records have it */
    air_str_t              prices;    /* SHA-256 of the price table in hex,
                                         or empty                           */

    /* gathered */
    air_report_t           report[AIR_NDILIGENCE];
    unsigned               nreport;
    air_stakes_t            owners;    /* companies                          */
    air_stakes_t            makers;    /* empty name: nobody knows           */
    air_stakes_t            flows;     /* workflows                          */
    air_savings_t          savings;   /* when there is a baseline           */
    air_evidence_t         drills;    /* up to the period's end             */
    air_seal_t             first;     /* blocks of the period's first and   */
    air_seal_t             last;      /* last record, when they are sealed  */
    unsigned               first_sealed:1;
    unsigned               last_sealed:1;
    unsigned               saved:1;
} air_diligence_t;


/*
 * Gathers all; what is asked is set, the rest zero.  ledger is as in
 * air_source_read(), and this returns as that; freed in each case.
 */
int air_diligence_run(air_diligence_t *d, air_ledger_t *ledger,
    air_err_t *err);
void air_diligence_free(air_diligence_t *d);

/* What a workflow's money went to, by company; freed by the caller.  AIR_OK,
   AIR_ENOMEM. */
int air_diligence_flow(const air_diligence_t *d, air_str_t workflow,
    air_stakes_t *parts);
void air_stakes_free(air_stakes_t *parts);

/* What a target of a workflow did in the period, or NULL: nothing. */
const air_sums_t *air_diligence_target(const air_diligence_t *d,
    air_str_t workflow, air_str_t vendor, air_str_t model);


#endif /* _AIR_DILIGENCE_H_INCLUDED_ */
