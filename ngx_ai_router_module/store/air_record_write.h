
/*
 * A record as a line of JSON or of CSV: what "ledger export" writes and what
 * the dashboard reads.
 */

#ifndef _AIR_RECORD_WRITE_H_INCLUDED_
#define _AIR_RECORD_WRITE_H_INCLUDED_


#include "air_record.h"
#include "../core/air_buf.h"


#define AIR_RECORD_TEXT  8192     /* bytes that one record fits in          */


/*
 * Appends a record as one JSON object without a line end.  Dollars are exact
 * strings, null where unknown; times are UTC, whole seconds.  AIR_OK or b's
 * error.
 */
int air_record_json(const air_record_t *r, air_buf_t *b);

/* The same as a line of CSV with its CRLF, and the line of headings. */
int air_record_csv(const air_record_t *r, air_buf_t *b);
int air_record_csv_head(air_buf_t *b);


#endif /* _AIR_RECORD_WRITE_H_INCLUDED_ */
