
/*
 * Questions to the ledger: sums by any dimensions over a period.  Reads the
 * rollups and what the journal has beyond them, so that an answer is always
 * complete; writes nothing.
 */

#ifndef _AIR_REPORT_H_INCLUDED_
#define _AIR_REPORT_H_INCLUDED_


#include "air_source.h"
#include "air_topology.h"


typedef enum {
    AIR_BY_VENDOR = 0,
    AIR_BY_MODEL,
    AIR_BY_MAKER,                 /* of the model, see topo; empty: nobody
                                     knows                                  */
    AIR_BY_WORKFLOW,
    AIR_BY_PRINCIPAL,
    AIR_BY_TEAM,
    AIR_BY_TIER,
    AIR_BY_TASK,                  /* class of task; it and the next one are
                                     known of some records only, and not by
                                     principal, team and tier               */
    AIR_BY_PURPOSE,               /* answer, failed, judge ...              */
    AIR_BY_FAULT,                 /* of records with a fault, and not by any
                                     of the five above; "fallbacks" are the
                                     attempts after which the router moved
                                     on                                     */
    AIR_BY_HOUR,                  /* 2026-11-22T15                          */
    AIR_BY_DAY,                   /* 2026-11-22                             */
    AIR_BY_MONTH,                 /* 2026-11                                */
    AIR_BY_QUARTER,               /* 2026-Q4                                */
    AIR_BY_YEAR,
    AIR_NBY
} air_by_e;

#define AIR_NBY_TIME     (AIR_NBY - AIR_BY_HOUR)
#define AIR_REPORT_WHEN  32       /* bytes of a time as text                */


typedef struct {
    int64_t    from_ms;           /* rounded down to the hour               */
    int64_t    to_ms;             /* rounded up to the hour; not included   */
    air_by_e   by[AIR_NBY];
    unsigned   nby;
    size_t     max;               /* groups that it may need, 0: any        */
    const air_topology_t  *topo;  /* that says who makes a model; NULL: only
                                     the model's name does                  */
} air_report_query_t;


typedef struct {
    air_report_query_t   query;
    air_rollup_t         groups;
    air_rollup_row_t   **row;     /* groups.n of them: those by time in its
                                     order, others the dearest first        */
    air_sums_t           total;
    uint64_t             bad;     /* damaged records of the whole journal
                                     that no sum holds                      */
    uint64_t             tail;    /* records that LMDB did not have yet     */
    uint64_t             seq;     /* of the last record that was looked at  */
    unsigned             journal_only:1;   /* LMDB is absent or damaged      */
    unsigned             failed:1;         /* out of memory underway         */
    unsigned             full:1;           /* more groups than query.max     */

    int64_t              when_ms[AIR_NBY_TIME];    /* what was written last  */
    char                 when[AIR_NBY_TIME][AIR_REPORT_WHEN];
} air_report_t;


/*
 * Answers a query, of records that AIR_ROLLUP_QUALITY has when it asks for
 * task or purpose, AIR_ROLLUP_FAULT when it asks for fault.  ledger is as in
 * air_source_read(); returns as that, or AIR_ELIMIT; the report is freed by
 * the caller when AIR_OK.
 */
int air_report_run(air_report_t *report, const char *dir,
    air_ledger_t *ledger, const air_report_query_t *query, air_err_t *err);

/*
 * The same for n queries at once, each in its report: tables are read once
 * for all that ask the same one.  AIR_ELIMIT when one needs more groups than
 * its max; all or none.
 */
int air_report_run_all(air_report_t *report, unsigned n, const char *dir,
    air_ledger_t *ledger, const air_report_query_t *query, air_err_t *err);

/* Gives a report's memory back. */
void air_report_free(air_report_t *report);

/* The i-th dimension of a row of the report, borrowed. */
air_str_t air_report_cell(const air_rollup_row_t *row, unsigned i);

/* The dimension called name ("vendor", "day"), or -1; and its name. */
int air_report_by(air_str_t name);
const char *air_report_by_name(air_by_e by);

/* 1 when a query cannot be answered: of principal, team and tier, of task and
   for, and of fault only one kind can be asked for. */
int air_report_clash(const air_report_query_t *query);

/* Tokens of all input classes, and of all output classes. */
uint64_t air_sums_input(const air_sums_t *sums);
uint64_t air_sums_output(const air_sums_t *sums);

/*
 * Writes a sum of pico-dollars as an exact decimal number of dollars, as
 * air_buf_pusd() does for 64 bits; text has room for 48 bytes.
 */
const char *air_report_usd(air_u128_t pusd, char *text);


#endif /* _AIR_REPORT_H_INCLUDED_ */
