
/*
 * A report as text: the shapes of docs/reports.md, for the command and for
 * the worker's page alike.
 */

#ifndef _AIR_REPORT_WRITE_H_INCLUDED_
#define _AIR_REPORT_WRITE_H_INCLUDED_


#include "air_report.h"


/*
 * Appends the report as one JSON object and a line feed: "from" and "to" (null
 * where the period has no bound), "by", "damaged_records", "rows" with their
 * dimensions and all sums, "total".  Money is a string with an exact decimal
 * number of dollars.  AIR_OK or b's error.
 */
int air_report_json(const air_report_t *report, air_buf_t *b);

/*
 * The same for programs that read many rows: "columns" names dimensions and
 * sums once, each row of "rows" and "total" is a list of their values (of the
 * total the dimensions are null).  No line feed at the end.  AIR_OK or b's
 * error.
 */
int air_report_table(const air_report_t *report, air_buf_t *b);

/*
 * Appends a heading and the rows as CSV (RFC 4180): dimensions, guarded as
 * air_buf_csv() does, then numbers, the same as in JSON.  AIR_OK or b's error.
 */
int air_report_csv(const air_report_t *report, air_buf_t *b);

/* part of whole in percent with one decimal, "" when whole is 0; returns
   text. */
const char *air_report_share(air_u128_t part, air_u128_t whole, char *text,
    size_t size);


#endif /* _AIR_REPORT_WRITE_H_INCLUDED_ */
