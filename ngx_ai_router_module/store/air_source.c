
/*
 * A period is cut into a middle of whole months or days and what is left at
 * its ends; each piece is a range of keys of one table, because keys begin
 * with their time.
 */


#include "air_source.h"
#include "air_child.h"
#include "air_file.h"
#include "air_fold.h"
#include "air_ticker.h"

#include <stdlib.h>
#include <unistd.h>


#define AIR_SOURCE_SECONDS  120   /* a child may take                       */
#define AIR_DAY_MS          86400000
#define AIR_SOURCE_END      ((int64_t) UINT32_MAX * AIR_HOUR_MS)


/* What a child is to look at, and what it found. */
typedef struct {
    const char          *dir;
    const air_source_t  *source;
    unsigned             n;
} air_source_ask_t;

typedef struct {
    int                  rc;
    int                  sys;
} air_source_answer_t;


/* The table of a longer time, 0: there is none. */
static int
air_source_table(int base, air_grain_e grain, int who)
{
    switch (base) {

    case AIR_ROLLUP_HOUR:

        if (who) {
            return grain == AIR_GRAIN_HOUR ? AIR_ROLLUP_HOUR
                   : grain == AIR_GRAIN_DAY ? AIR_ROLLUP_DAY
                   : AIR_ROLLUP_MONTH;
        }

        return grain == AIR_GRAIN_HOUR ? AIR_ROLLUP_ROUTE_HOUR
               : grain == AIR_GRAIN_DAY ? AIR_ROLLUP_ROUTE : 0;

    case AIR_ROLLUP_FAULT:
        return grain == AIR_GRAIN_HOUR ? AIR_ROLLUP_FAULT
               : grain == AIR_GRAIN_DAY ? AIR_ROLLUP_FAULT_DAY : 0;

    case AIR_ROLLUP_DRILL:
        return grain == AIR_GRAIN_HOUR ? AIR_ROLLUP_DRILL : 0;

    default:
        return grain == AIR_GRAIN_HOUR ? AIR_ROLLUP_QUALITY
               : grain == AIR_GRAIN_DAY ? AIR_ROLLUP_QUALITY_DAY : 0;
    }
}


static int64_t
air_source_floor(air_grain_e grain, int64_t ms)
{
    return grain == AIR_GRAIN_DAY ? air_rollup_day(ms) : air_rollup_month(ms);
}


/* The first of a grain's times that begins at ms or later. */
static int64_t
air_source_ceil(air_grain_e grain, int64_t ms)
{
    int64_t  at;

    at = air_source_floor(grain, ms);

    if (at == ms) {
        return at;
    }

    return grain == AIR_GRAIN_DAY ? at + AIR_DAY_MS
                                  : air_rollup_month(at + 31LL * AIR_DAY_MS);
}


static void
air_source_cut(air_source_t *src, air_grain_e grain, int who,
    int64_t from_ms, int64_t to_ms)
{
    int      table;
    int64_t  from, to;

    if (from_ms >= to_ms) {
        return;
    }

    table = air_source_table(src->base, grain, who);

    if (grain == AIR_GRAIN_HOUR) {
        from = from_ms;
        to = to_ms;

    } else {

        /* what lies beyond all times is not cut */

        from = air_source_ceil(grain, from_ms);
        to = to_ms > AIR_SOURCE_END ? to_ms
                                    : air_source_floor(grain, to_ms);

        if (table == 0 || from >= to) {
            air_source_cut(src, (air_grain_e) (grain - 1), who, from_ms, to_ms);
            return;
        }

        air_source_cut(src, (air_grain_e) (grain - 1), who, from_ms, from);
    }

    src->span[src->nspan].table = table;
    src->span[src->nspan].from_ms = from;
    src->span[src->nspan].to_ms = to;
    src->nspan++;

    if (grain != AIR_GRAIN_HOUR) {
        air_source_cut(src, (air_grain_e) (grain - 1), who, to, to_ms);
    }
}


void
air_source_round(int64_t *from_ms, int64_t *to_ms)
{
    *from_ms = *from_ms < 0 ? 0 : *from_ms - *from_ms % AIR_HOUR_MS;

    if (*to_ms > 0 && *to_ms <= INT64_MAX - AIR_HOUR_MS) {
        *to_ms += AIR_HOUR_MS - 1;
        *to_ms -= *to_ms % AIR_HOUR_MS;
    }
}


void
air_source_plan(air_source_t *src, int base, air_grain_e grain, int who,
    int64_t from_ms, int64_t to_ms)
{
    src->base = base;
    src->nspan = 0;

    air_source_round(&from_ms, &to_ms);

    if (from_ms <= AIR_SOURCE_END) {
        air_source_cut(src, grain, who, from_ms, to_ms);
    }
}


int
air_source_same(const air_source_t *a, const air_source_t *b)
{
    unsigned  i;

    if (a->base != b->base || a->nspan != b->nspan) {
        return 0;
    }

    for (i = 0; i < a->nspan; i++) {
        if (a->span[i].table != b->span[i].table
            || a->span[i].from_ms != b->span[i].from_ms
            || a->span[i].to_ms != b->span[i].to_ms)
        {
            return 0;
        }
    }

    return 1;
}


static void
air_source_begin(const air_source_t *src, unsigned n)
{
    unsigned  i;

    for (i = 0; i < n; i++) {
        if (src[i].begin != NULL) {
            src[i].begin(src[i].ud);
        }
    }
}


/* All spans in one snapshot; visit NULL: only looks. */
static int
air_source_spans(const air_source_t *src, unsigned n, air_db_t *db,
    int (*look)(void *ud, const unsigned char *key, size_t len,
    const air_sums_t *sums), air_db_mark_t *mark, air_err_t *err)
{
    int                rc;
    unsigned           i, k;
    air_db_view_t      view;
    const air_span_t  *span;

    rc = air_db_view(&view, db, mark, err);

    for (i = 0; i < n && rc == AIR_OK; i++) {
        for (k = 0; k < src[i].nspan && rc == AIR_OK; k++) {
            span = &src[i].span[k];

            rc = air_db_view_each(&view, span->table, span->from_ms,
                                  span->to_ms,
                                  look != NULL ? look : src[i].visit,
                                  src[i].ud, err);
        }
    }

    air_db_view_end(&view);

    return rc;
}


static int
air_source_look(void *ud, const unsigned char *key, size_t len,
    const air_sums_t *sums)
{
    (void) ud;
    (void) key;
    (void) len;
    (void) sums;

    return 0;
}


static void
air_source_child(void *ud, void *answer)
{
    air_db_t              db;
    air_err_t             err;
    air_db_mark_t         mark;
    air_source_ask_t     *ask = ud;
    air_source_answer_t  *found = answer;

    memset(&err, 0, sizeof(err));

    found->rc = air_db_open(&db, ask->dir, 0, 0, &err);

    if (found->rc == AIR_OK) {
        found->rc = air_source_spans(ask->source, ask->n, &db,
                                     air_source_look, &mark, &err);
        air_db_close(&db);
    }

    found->sys = err.sys;
}


/* A damaged file may kill its reader: a child goes first. */
static int
air_source_sound(const char *dir, const air_source_t *src, unsigned n,
    air_err_t *err)
{
    int                  rc;
    air_source_ask_t     ask;
    air_source_answer_t  answer;

    ask.dir = dir;
    ask.source = src;
    ask.n = n;

    memset(&answer, 0, sizeof(answer));

    rc = air_child_run(air_source_child, &ask, &answer, sizeof(answer),
                       AIR_SOURCE_SECONDS, err);

    if (rc == AIR_OK && answer.rc != AIR_OK) {
        rc = air_err_set(err, answer.rc, "the database is not sound", 0);

        if (err != NULL) {
            err->sys = answer.sys;
        }
    }

    return rc;
}


static int
air_source_db(const char *dir, air_ledger_t *ledger, const air_source_t *src,
    unsigned n, air_db_mark_t *mark, air_err_t *err)
{
    int        rc;
    air_db_t   db, *open;

    open = ledger != NULL ? air_ticker_db(ledger) : NULL;

    if (open != NULL) {
        return air_source_spans(src, n, open, NULL, mark, err);
    }

    /* a worker's database was looked at when nginx started */

    if (ledger == NULL) {
        rc = air_source_sound(dir, src, n, err);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    rc = air_db_open(&db, dir, 0, 0, err);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_source_spans(src, n, &db, NULL, mark, err);

    air_db_close(&db);

    return rc;
}


static int
air_source_lmdb(const char *dir, air_ledger_t *ledger,
    const air_source_t *src, unsigned n, air_db_mark_t *mark, air_err_t *err)
{
    int  rc;

    /* a damaged file is not to kill one worker after another */

    if (ledger != NULL) {
        rc = air_tick_db_enter(ledger, err);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    rc = air_source_db(dir, ledger, src, n, mark, err);

    if (ledger != NULL) {
        air_tick_db_leave(ledger);
    }

    return rc;
}


/* Rows of hours that came later, and are of the period. */
static void
air_source_rows(const air_source_t *src, const air_rollup_t *rollup)
{
    size_t                   i;
    int64_t                  from, to;
    air_rollup_key_t         k;
    const air_rollup_row_t  *row;

    if (src->nspan == 0) {
        return;
    }

    from = src->span[0].from_ms;
    to = src->span[src->nspan - 1].to_ms;

    for (i = 0; i < rollup->n; i++) {
        row = rollup->row[i];

        if (row->key[0] == src->base
            && air_rollup_key_read(row->key, row->len, &k) == AIR_OK
            && k.time_ms >= from
            && k.time_ms < to
            && src->visit(src->ud, row->key, row->len, &row->sums) != 0)
        {
            return;
        }
    }
}


static int
air_source_tail(int fd, int past, const air_source_t *src, unsigned n,
    air_db_mark_t *mark, air_err_t *err)
{
    int            rc;
    unsigned       i;
    air_reader_t  *rd;
    air_rollup_t   rollup;

    rd = malloc(sizeof(air_reader_t));
    if (rd == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    air_rollup_init(&rollup);

    rc = past ? air_past_read(fd, &rollup, mark, err) : AIR_OK;

    if (rc == AIR_OK) {
        rc = air_reader_open(rd, fd, mark->seq + 1, err);

        if (rc == AIR_OK) {
            rc = air_fold(rd, &rollup, mark, UINT64_MAX, UINT64_MAX, 0, err);
            air_reader_close(rd);
        }

        if (rc == AIR_AGAIN) {
            rc = AIR_OK;
        }
    }

    for (i = 0; i < n && rc == AIR_OK; i++) {
        air_source_rows(&src[i], &rollup);
    }

    air_rollup_free(&rollup);
    free(rd);

    return rc;
}


int
air_source_read(air_source_t *src, unsigned n, const char *dir,
    air_ledger_t *ledger, air_source_note_t *note, air_err_t *err)
{
    int            fd, rc, past;
    uint64_t       before;
    air_db_mark_t  mark;

    fd = air_file_journal(dir, err);
    if (fd < 0) {
        return fd;
    }

    air_source_begin(src, n);
    memset(&mark, 0, sizeof(mark));

    rc = air_source_lmdb(dir, ledger, src, n, &mark, err);

    past = rc != AIR_OK;

    if (past) {
        air_source_begin(src, n);
        memset(&mark, 0, sizeof(mark));
    }

    before = mark.records;

    rc = air_source_tail(fd, past, src, n, &mark, err);

    close(fd);

    note->bad = mark.bad;
    note->tail = mark.records - before;
    note->seq = mark.seq;
    note->journal_only = past != 0;

    return rc;
}
