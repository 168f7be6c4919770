
/*
 * What drills proved, read back from the ledger: for the command, reports and
 * the page that is handed over.
 */

#ifndef _AIR_EVIDENCE_H_INCLUDED_
#define _AIR_EVIDENCE_H_INCLUDED_


#include "air_drills.h"
#include "air_rollup.h"


typedef struct {
    unsigned char       id[AIR_DRILL_ID];
    char                vendor[40];
    char                workflow[40];   /* or empty: all                   */
    air_drill_rule_t    rule;
    air_drill_counts_t  counts;
    int64_t             ended_ms;
    air_drill_e         end;            /* AIR_DRILL_RUNS: it has not ended */
    air_drill_served_t  served[AIR_DRILLS_SERVED + 1];
    unsigned            nserved;
} air_drill_past_t;


typedef struct {
    air_drill_past_t  *drill;           /* n of them, the newest first     */
    size_t             n;
    size_t             size;
    int64_t            from_ms;
    int64_t            to_ms;
    unsigned           failed:1;
} air_evidence_t;


/*
 * Drills that ran in [from_ms, to_ms), from the database and the journal.
 * ledger is as air_report_run() wants it.  Returns as that; the caller frees
 * it when AIR_OK.
 */
int air_evidence_load(air_evidence_t *evidence, const char *dir,
    air_ledger_t *ledger, int64_t from_ms, int64_t to_ms, air_err_t *err);

/* Gives its memory back. */
void air_evidence_free(air_evidence_t *evidence);

/* 1 when the drill proved that requests survive: air_drill_passed(). */
int air_drill_past_passed(const air_drill_past_t *drill);

/* The newest drill of a vendor that ended, with passed the newest one that
   proved it; NULL: none. */
const air_drill_past_t *air_evidence_last(const air_evidence_t *evidence,
    air_str_t vendor, int passed);

/* The row that a record of kind AIR_RECORD_DRILL adds to: its key, of
   AIR_ROLLUP_KEY bytes at the most, whose length is returned, and sums. */
size_t air_evidence_row(const air_record_t *r, unsigned char *key,
    air_sums_t *sums);


#endif /* _AIR_EVIDENCE_H_INCLUDED_ */
