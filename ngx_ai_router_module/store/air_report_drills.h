
/*
 * What drills proved, as a section of the page for diligence teams.
 */

#ifndef _AIR_REPORT_DRILLS_H_INCLUDED_
#define _AIR_REPORT_DRILLS_H_INCLUDED_


#include "air_evidence.h"
#include "air_html.h"
#include "../core/air_survive.h"


/* Appends the section: for each vendor of topo (may be NULL) the last drill
   that passed, and all of evidence, the newest first. */
void air_report_drills(const air_evidence_t *evidence,
    const air_topology_t *topo, air_buf_t *b);


#endif /* _AIR_REPORT_DRILLS_H_INCLUDED_ */
