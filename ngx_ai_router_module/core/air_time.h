
/*
 * Times as people write them in files: dates and times of ISO 8601, UTC.
 */

#ifndef _AIR_TIME_H_INCLUDED_
#define _AIR_TIME_H_INCLUDED_


#include "air_buf.h"


/* Days from 1970-01-01 to a day of the Gregorian calendar; months and days
   count from 1. */
int64_t air_time_days(int64_t year, unsigned month, unsigned day);

/* The year, month and day that so many days after 1970-01-01 are. */
void air_time_civil(int64_t days, int64_t *year, unsigned *month,
    unsigned *day);

/* "2026-09-10" or "2026-08-16T16:00:00Z" to ms UTC; AIR_OK or AIR_EINVAL. */
int air_time_read(air_str_t text, int64_t *ms);

/*
 * Appends ms UTC as a quoted date, with the time when it is not midnight.
 * AIR_OK or b's error.
 */
int air_time_json(air_buf_t *b, int64_t ms);

/* Appends "2026-11-22T10:00:00Z" (RFC 3339), whole seconds; AIR_OK or b's
   error. */
int air_time_utc(air_buf_t *b, int64_t ms);

/* Appends n with at least width digits. */
void air_time_pad(air_buf_t *b, uint64_t n, unsigned width);


#endif /* _AIR_TIME_H_INCLUDED_ */
