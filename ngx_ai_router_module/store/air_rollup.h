
/*
 * Sums over records, by key: what LMDB keeps, what reports add up and what a
 * proof compares.  A key is bytes; its first one is the table it belongs to:
 *
 *   AIR_ROLLUP_HOUR   hour x workflow x vendor x model x principal x team x
 *                     tier; team and tier are not known of records that were
 *                     dropped by an older version
 *   AIR_ROLLUP_FAULT  hour x workflow x vendor x model x fault; in it
 *                     "fallbacks" are the attempts after which the router
 *                     moved on
 *   AIR_ROLLUP_SPEND  workflow, principal or team x hour: spend windows;
 *                     records without a team are in none of a team
 *   AIR_ROLLUP_PRICE  price x vendor x model
 *   AIR_ROLLUP_QUALITY  hour x workflow x vendor x model x class of task x
 *                     purpose; of records that know a class, a verdict or a
 *                     purpose other than the answer's: what quality cost, and
 *                     what it was
 *   AIR_ROLLUP_DRILL  hour x drill x what its record says (air_evidence.h);
 *                     these records are in no other table
 *
 * What long periods are asked for is made of these, and no dropped segment
 * keeps it:
 *
 *   AIR_ROLLUP_DAY    day x what AIR_ROLLUP_HOUR has
 *   AIR_ROLLUP_MONTH  month x the same
 *   AIR_ROLLUP_ROUTE  day x workflow x vendor x model
 *   AIR_ROLLUP_ROUTE_HOUR  hour x the same
 *   AIR_ROLLUP_FAULT_DAY, AIR_ROLLUP_QUALITY_DAY  day x what those of hours
 *                     have
 *
 * Days and months stand in keys as the hour they begin with, UTC.
 */

#ifndef _AIR_ROLLUP_H_INCLUDED_
#define _AIR_ROLLUP_H_INCLUDED_


#include "air_record.h"


#define AIR_ROLLUP_KEY    256     /* bytes of a table's key at most         */
#define AIR_ROLLUP_ROW    512     /* of any key in a rollup                 */
#define AIR_ROLLUP_VALUE  512     /* bytes of encoded sums at most          */

#define AIR_ROLLUP_HOUR   'R'
#define AIR_ROLLUP_FAULT  'F'
#define AIR_ROLLUP_SPEND  'S'
#define AIR_ROLLUP_PRICE  'P'
#define AIR_ROLLUP_QUALITY  'Q'
#define AIR_ROLLUP_DAY    'D'
#define AIR_ROLLUP_MONTH  'M'
#define AIR_ROLLUP_ROUTE  'V'
#define AIR_ROLLUP_ROUTE_HOUR   'H'
#define AIR_ROLLUP_FAULT_DAY    'G'
#define AIR_ROLLUP_QUALITY_DAY  'E'
#define AIR_ROLLUP_DRILL  'X'

#define AIR_HOUR_MS       3600000


/* the order is stored: append only, 64 at most */
typedef enum {
    AIR_SUM_RECORDS = 0,
    AIR_SUM_REQUESTS,             /* final attempts and refused requests    */
    AIR_SUM_REFUSED,              /* of them                                */
    AIR_SUM_ATTEMPTS,
    AIR_SUM_ERRORS,               /* attempts that ended in a fault         */
    AIR_SUM_FALLBACKS,            /* attempts behind the first              */
    AIR_SUM_ESCALATED,
    AIR_SUM_UNKNOWN,              /* records whose cost nobody knows: they
                                     are not in cost                        */
    AIR_SUM_ESTIMATED,            /* records whose usage is ours            */
    AIR_SUM_WORST,                /* records booked at their worst case     */
    AIR_SUM_STREAMS,
    AIR_SUM_ABORTED,
    AIR_SUM_ORPHANS,
    AIR_SUM_LATENCY_MS,           /* of all attempts                        */
    AIR_SUM_FIRST_MS,             /* to the first token, and how many had
                                     one                                    */
    AIR_SUM_FIRSTS,
    AIR_SUM_REASONING,
    AIR_SUM_REQUEST_BYTES,
    AIR_SUM_REPLY_BYTES,
    AIR_SUM_N,                    /* AIR_NCLASS tokens by class             */
    AIR_SUM_FEE = AIR_SUM_N + AIR_NCLASS,
    AIR_SUM_HITS = AIR_SUM_FEE + AIR_NFEE,    /* answers from a cache       */
    AIR_SUM_SAVED,                /* pUSD that they would have cost         */
    AIR_SUM_PASSED,               /* verdicts of the floor                  */
    AIR_SUM_FAILED,
    AIR_SUM_UNSURE,
    AIR_SUM_GRADES,               /* answers that were graded, and the sum
                                     of their grades, permille              */
    AIR_SUM_GRADE,
    AIR_SUM_PAIRS,                /* shadows that were compared, and those
                                     where the caller's answer was as good,
                                     where the shadow's was                 */
    AIR_SUM_KEPT,
    AIR_SUM_SUFFICED,
    AIR_NSUM
} air_sum_e;


/* what an attempt was for; the numbers stand in keys: append only */
typedef enum {
    AIR_FOR_ANSWER = 0,           /* what the caller got, or was to get     */
    AIR_FOR_FAILED,               /* an answer below the floor, thrown away */
    AIR_FOR_JUDGE,
    AIR_FOR_SECOND,               /* a second opinion                       */
    AIR_FOR_SHADOW,               /* and who graded it                      */
    AIR_NPURPOSE
} air_purpose_e;


typedef unsigned __int128  air_u128_t;


typedef struct {
    air_u128_t  cost;             /* pUSD                                   */
    air_u128_t  cost_unsure;      /* the part of it not reported by vendors */
    int64_t     from_ms;          /* first and last record, valid when
                                     there is any                           */
    int64_t     to_ms;
    uint64_t    first;            /* least and greatest seq of its records, 0
                                     not known                              */
    uint64_t    last;
    uint64_t    v[AIR_NSUM];
} air_sums_t;


typedef struct {
    air_sums_t     sums;
    uint64_t       hash;
    uint16_t       len;
    unsigned char  key[];
} air_rollup_row_t;


typedef struct {
    air_rollup_row_t  **row;      /* n of them, in order of arrival          */
    uint32_t           *index;    /* of size: 1 + row                        */
    size_t              n;
    size_t              size;
    uint64_t            seed;
} air_rollup_t;


/* What a key says but AIR_ROLLUP_SPEND and _PRICE; views borrow it. */
typedef struct {
    int64_t        time_ms;       /* when the hour, day or month begins     */
    air_str_t      workflow;
    air_str_t      vendor;
    air_str_t      model;
    air_str_t      principal;     /* AIR_ROLLUP_HOUR, _DAY, _MONTH          */
    air_str_t      team;          /* the same                               */
    air_str_t      tier;          /* the same                               */
    unsigned       fault;         /* AIR_ROLLUP_FAULT, _FAULT_DAY           */
    unsigned       task;          /* AIR_ROLLUP_QUALITY, _QUALITY_DAY:
                                     air_task_e + 1                         */
    air_purpose_e  purpose;       /* the same                               */
} air_rollup_key_t;


/* An empty table. */
void air_rollup_init(air_rollup_t *rollup);

/* Gives all of it back; empty again. */
void air_rollup_free(air_rollup_t *rollup);

/* Adds a record to every row it belongs to.  AIR_OK, AIR_ENOMEM. */
int air_rollup_add(air_rollup_t *rollup, const air_record_t *r);

/*
 * Adds the rows of longer times that follow from those of hours in from; both
 * may be the same, of which rows that follow are not looked at.  AIR_OK,
 * AIR_ENOMEM.
 */
int air_rollup_coarse(air_rollup_t *to, const air_rollup_t *from);

/* When the day and the month of a time begin, UTC, ms. */
int64_t air_rollup_day(int64_t ms);
int64_t air_rollup_month(int64_t ms);

/* The row of a key, made when there is none; NULL without memory. */
air_rollup_row_t *air_rollup_row(air_rollup_t *rollup,
    const unsigned char *key, size_t len);

/* The row of a key or NULL. */
air_rollup_row_t *air_rollup_find(const air_rollup_t *rollup,
    const unsigned char *key, size_t len);

/* The key of a spend window: scope is 'w' (workflow), 'p' (principal) or 't'
   (team); its length. */
size_t air_rollup_spend_key(unsigned char *key, int scope, air_str_t name,
    uint32_t hour);

/* What a record is for, and the name of that: "answer", "failed" ... */
air_purpose_e air_record_purpose(const air_record_t *r);
const char *air_purpose_name(air_purpose_e purpose);

/* Takes the key of a spend window of that scope apart; the view borrows it.
   AIR_OK, AIR_ENOENT when it is of another one, AIR_ECORRUPT. */
int air_rollup_spend_read(const unsigned char *key, size_t len, int scope,
    air_str_t *name, int64_t *time_ms);

/* Takes a key apart: AIR_OK, AIR_ECORRUPT. */
int air_rollup_key_read(const unsigned char *key, size_t len,
    air_rollup_key_t *k);

/* What one record is, as sums. */
void air_record_sums(const air_record_t *r, air_sums_t *sums);

/* Sums with nothing in them; adding one to another. */
void air_sums_init(air_sums_t *sums);
void air_sums_add(air_sums_t *to, const air_sums_t *from);

/* 1 when they are the same to the last unit. */
int air_sums_eq(const air_sums_t *a, const air_sums_t *b);

/* Writes sums with a CRC that covers the key too; the length. */
size_t air_sums_encode(const air_sums_t *sums, const unsigned char *key,
    size_t len, unsigned char *to);

/* Reads them: AIR_OK, AIR_ECORRUPT, AIR_EFORMAT. */
int air_sums_decode(const unsigned char *from, size_t size,
    const unsigned char *key, size_t len, air_sums_t *sums);


#endif /* _AIR_ROLLUP_H_INCLUDED_ */
