
/*
 * Where the rows of a period come from: the longest times of LMDB that fit
 * into it, shorter ones at its ends, and what the journal has beyond LMDB.
 * All that one call reads is of one moment.
 */

#ifndef _AIR_SOURCE_H_INCLUDED_
#define _AIR_SOURCE_H_INCLUDED_


#include "air_ledger.h"
#include "air_rollup.h"


#define AIR_SOURCE_SPANS  5


/* the longest time that a row may be of */
typedef enum {
    AIR_GRAIN_HOUR = 0,
    AIR_GRAIN_DAY,
    AIR_GRAIN_MONTH
} air_grain_e;


typedef struct {
    int      table;
    int64_t  from_ms;             /* whole hours                            */
    int64_t  to_ms;
} air_span_t;


typedef struct {
    int          base;            /* AIR_ROLLUP_HOUR, _FAULT, _QUALITY or
                                     _DRILL                                 */
    air_span_t   span[AIR_SOURCE_SPANS];
    unsigned     nspan;

    /* begin (may be NULL) is called first, and again when all must be
       forgotten; visit returns 0 to go on, and gets rows of spans only */

    void       (*begin)(void *ud);
    int        (*visit)(void *ud, const unsigned char *key, size_t len,
                        const air_sums_t *sums);
    void        *ud;
} air_source_t;


/* What was read. */
typedef struct {
    uint64_t   bad;               /* damaged records of the whole journal   */
    uint64_t   tail;              /* records that LMDB did not have yet     */
    uint64_t   seq;               /* of the last record that is in it       */
    unsigned   journal_only:1;    /* LMDB is absent, old or damaged         */
} air_source_note_t;


/* Moves the bounds of a period out to whole hours, from no earlier than
   1970. */
void air_source_round(int64_t *from_ms, int64_t *to_ms);

/*
 * Says which rows source->base has of [from_ms, to_ms), moved out so: none of
 * a longer time than grain; who tells whether principals, teams and tiers
 * are asked for, which not every table of AIR_ROLLUP_HOUR's has.
 */
void air_source_plan(air_source_t *source, int base, air_grain_e grain,
    int who, int64_t from_ms, int64_t to_ms);

/* 1 when two read the same rows. */
int air_source_same(const air_source_t *a, const air_source_t *b);

/*
 * Reads n of them.  ledger is NULL in a command, where a child looks at what
 * is to be read first; a worker gives its own and calls this only where it
 * calls air_ledger_tick(), never beside it.  AIR_OK, AIR_EIO, AIR_ECORRUPT,
 * AIR_ENOMEM.
 */
int air_source_read(air_source_t *source, unsigned n, const char *dir,
    air_ledger_t *ledger, air_source_note_t *note, air_err_t *err);


#endif /* _AIR_SOURCE_H_INCLUDED_ */
