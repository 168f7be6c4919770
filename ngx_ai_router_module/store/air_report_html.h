
/*
 * The page for a diligence team: one HTML file that asks nothing of the net,
 * runs no script, prints, and can be held beside the ledger: every amount has
 * its exact value in a <data> element.
 */

#ifndef _AIR_REPORT_HTML_H_INCLUDED_
#define _AIR_REPORT_HTML_H_INCLUDED_


#include "air_diligence.h"


/* Appends the page of what air_diligence_run() gathered.  AIR_OK, or b's
   error, or AIR_ENOMEM. */
int air_report_html(const air_diligence_t *d, air_buf_t *b);


#endif /* _AIR_REPORT_HTML_H_INCLUDED_ */
