
/*
 * Periods as people name them, in UTC: what reports are asked for.
 */

#ifndef _AIR_CALENDAR_H_INCLUDED_
#define _AIR_CALENDAR_H_INCLUDED_


#include "air_err.h"
#include "air_str.h"

#include <stdint.h>


typedef enum {
    AIR_CALENDAR_DAY = 0,
    AIR_CALENDAR_WEEK,            /* from Monday                            */
    AIR_CALENDAR_MONTH,
    AIR_CALENDAR_QUARTER,
    AIR_CALENDAR_YEAR
} air_calendar_e;


/* What was asked for; a part that was not has no data. */
typedef struct {
    air_str_t  from;
    air_str_t  to;
    air_str_t  last;
    air_str_t  current;           /* "this"                                 */
} air_calendar_ask_t;


/*
 * ms UTC of "2026", "2026-11", "2026-11-22", "2026-11-22T15:04" or
 * "2026-11-22T15:04:05Z"; AIR_EINVAL for anything else.
 */
int air_calendar_when(air_str_t text, int64_t *ms);

/*
 * A whole calendar period: the one now_ms is in, moved by back periods into
 * the past.
 */
void air_calendar_period(air_calendar_e period, int64_t now_ms,
    unsigned back, int64_t *from_ms, int64_t *to_ms);

/* The period called day, week, month, quarter or year, or -1. */
int air_calendar_name(air_str_t name);

/*
 * The period that was asked for, or the month that now_ms is in; without an
 * end *to_ms is INT64_MAX, without a beginning *from_ms is 0.  AIR_OK, or
 * AIR_EINVAL with *part the part that is wrong ("from", "to", "last",
 * "this"), or NULL when two exclude each other; *why in words.
 */
int air_calendar_range(const air_calendar_ask_t *ask, int64_t now_ms,
    int64_t *from_ms, int64_t *to_ms, const char **part, const char **why);


#endif /* _AIR_CALENDAR_H_INCLUDED_ */
