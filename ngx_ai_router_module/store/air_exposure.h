
/*
 * How much of what was spent a few hold, and who would go on without them: for
 * the dashboard.
 */

#ifndef _AIR_EXPOSURE_H_INCLUDED_
#define _AIR_EXPOSURE_H_INCLUDED_


#include "air_report.h"
#include "air_topology.h"


/*
 * Appends a JSON object: "guideline", the one bands are by; "vendors" and
 * "makers", each with "hhi" (of those with a name; null: nothing was spent on
 * them), "band" and "shares", the largest first; "survive": for each vendor of
 * topo what becomes of each workflow without it, "next" is who serves then.
 * report is by vendor and model; topo may be NULL: no vendor is known, makers
 * are those of the models' names.  AIR_OK, AIR_ENOMEM, b's error.
 */
int air_exposure_json(const air_report_t *report, const air_topology_t *topo,
    air_buf_t *b);


#endif /* _AIR_EXPOSURE_H_INCLUDED_ */
