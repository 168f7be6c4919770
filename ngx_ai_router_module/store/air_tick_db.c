
/*
 * The tick's way from the journal into LMDB, and the end of old segments.
 */


#include "air_ticker.h"
#include "air_file.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>


#define AIR_TICK_BATCH   20000    /* records in one transaction             */
#define AIR_TICK_MOST    200000   /* records in one tick                    */
#define AIR_TICK_KEEP    60000    /* ms between looks for old segments      */
#define AIR_TICK_DEATHS  8        /* in a row inside LMDB: look before      */


/* A database that is not there begins with what dropped segments held. */
static int
air_tick_db_make(air_ledger_t *l, air_err_t *err)
{
    int            rc;
    air_rollup_t   past;
    air_db_mark_t  mark;

    rc = air_db_make(l->dir, "data.mdb", err);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_db_open(&l->ticker->db, l->dir, l->conf.map_size, 1, err);
    if (rc != AIR_OK) {
        return rc;
    }

    air_rollup_init(&past);

    rc = air_past_read(l->journalfd, &past, &mark, err);

    if (rc == AIR_OK && mark.seq != 0) {
        air_sums_init(&mark.total);
        rc = air_db_apply(&l->ticker->db, &past, &mark, err);
    }

    air_rollup_free(&past);

    if (rc != AIR_OK) {
        air_db_close(&l->ticker->db);
    }

    return rc;
}


static int
air_tick_db_open(air_ledger_t *l, air_err_t *err)
{
    int            rc;
    air_ticker_t  *t;

    t = l->ticker;

    if (t->db_open) {
        return AIR_OK;
    }

    rc = air_db_open(&t->db, l->dir, l->conf.map_size, 1, err);

    if (rc == AIR_ENOENT) {
        rc = air_tick_db_make(l, err);
    }

    if (rc == AIR_OK) {
        t->db_open = 1;
    }

    return rc;
}


static int
air_tick_apply(air_ledger_t *l, air_ledger_work_t *work, air_err_t *err)
{
    int             rc, more;
    uint64_t        before;
    air_reader_t   *rd;
    air_rollup_t    rollup;
    air_db_mark_t   mark;
    air_ticker_t   *t;

    t = l->ticker;

    rc = air_tick_db_open(l, err);

    if (rc == AIR_OK) {
        rc = air_db_mark(&t->db, &mark, err);
    }

    if (rc != AIR_OK || mark.seq + 1 >= t->durable) {
        return rc;
    }

    rd = malloc(sizeof(air_reader_t));
    if (rd == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    rc = air_reader_open(rd, l->journalfd, mark.seq + 1, err);

    if (rc != AIR_OK) {
        free(rd);
        return rc;
    }

    more = 1;

    while (more && rc == AIR_OK && work->applied < AIR_TICK_MOST) {

        air_rollup_init(&rollup);

        before = mark.seq;
        work->applied -= mark.records;

        rc = air_fold(rd, &rollup, &mark, t->durable - 1, AIR_TICK_BATCH, 1,
                      err);

        more = rc == AIR_OK && mark.seq + 1 < t->durable;

        if (rc == AIR_AGAIN) {
            rc = AIR_OK;
        }

        work->applied += mark.records;

        if (rc == AIR_OK && mark.seq != before) {
            rc = air_db_apply(&t->db, &rollup, &mark, err);
        }

        air_rollup_free(&rollup);
    }

    air_reader_close(rd);
    free(rd);

    return rc;
}


/*
 * A damaged file kills who touches it.  After some deaths in a row a child
 * looks first; mostly it was something else that killed.
 */
int
air_tick_db_enter(air_ledger_t *l, air_err_t *err)
{
    int        rc;
    char       reason[120];
    uint32_t  *deaths;

    deaths = &l->flight.shared->db_deaths;

    if (__atomic_load_n(deaths, __ATOMIC_ACQUIRE) >= AIR_TICK_DEATHS) {

        if (!l->db_refused) {
            rc = air_db_sound(l->dir, err, reason, sizeof(reason));
            l->db_refused = rc != AIR_OK && rc != AIR_ENOENT;
        }

        if (l->db_refused) {
            return air_err_set(err, AIR_ECORRUPT,
                               "the database is damaged: run "
                               "\"ai-router ledger rebuild\"", 0);
        }

        __atomic_store_n(deaths, 0, __ATOMIC_RELEASE);
    }

    (void) __atomic_add_fetch(deaths, 1, __ATOMIC_ACQ_REL);

    return AIR_OK;
}


void
air_tick_db_leave(air_ledger_t *l)
{
    __atomic_store_n(&l->flight.shared->db_deaths, 0, __ATOMIC_RELEASE);
}


int
air_tick_db(air_ledger_t *l, air_ledger_work_t *work, air_err_t *err)
{
    int  rc;

    rc = air_tick_db_enter(l, err);

    if (rc == AIR_OK) {
        rc = air_tick_apply(l, work, err);
        air_tick_db_leave(l);
    }

    return rc;
}


/*
 * The sums of a segment go to journal/past before it is dropped.  Should we
 * die in between, its records are known by their seq to be counted.
 */
static int
air_tick_drop(air_ledger_t *l, uint32_t number, const air_segment_t *seg,
    int64_t before_ms, air_err_t *err)
{
    int             rc;
    char            name[16];
    uint64_t        end;
    air_reader_t   *rd;
    air_rollup_t    past;
    air_db_mark_t   mark;

    rd = malloc(sizeof(air_reader_t));
    if (rd == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    air_rollup_init(&past);
    end = seg->base + seg->slots - 1;

    rc = air_past_read(l->journalfd, &past, &mark, err);

    if (rc == AIR_OK && mark.seq < end) {

        rc = air_reader_open(rd, l->journalfd, mark.seq + 1, err);

        if (rc == AIR_OK) {
            rc = air_fold(rd, &past, &mark, end, UINT64_MAX, 1, err);
            air_reader_close(rd);
        }

        air_fold_total(&past, &mark.total);

        if (rc == AIR_OK
            && mark.total.v[AIR_SUM_RECORDS] != 0
            && mark.total.to_ms >= before_ms)
        {
            rc = AIR_AGAIN;
        }

        if (rc == AIR_OK) {
            rc = air_past_write(l->journalfd, &past, &mark, err);
        }
    }

    if (rc == AIR_OK) {
        air_segment_name(name, number, "");

        if (unlinkat(l->journalfd, name, 0) == -1 && errno != ENOENT) {
            rc = air_file_err(err, "cannot drop an old segment");
        }
    }

    air_rollup_free(&past);
    free(rd);

    return rc == AIR_AGAIN ? AIR_OK : rc;
}


/* At most one old segment at a time. */
int
air_tick_keep(air_ledger_t *l, int64_t now_ms, air_err_t *err)
{
    int                 rc;
    uint32_t            number;
    air_ticker_t       *t;
    air_segment_t       seg;
    air_db_mark_t       mark;
    air_segment_list_t  list;

    t = l->ticker;

    if (l->conf.keep_ms == 0
        || (now_ms >= t->kept_ms && now_ms - t->kept_ms < AIR_TICK_KEEP))
    {
        return AIR_OK;
    }

    t->kept_ms = now_ms;

    rc = air_db_mark(&t->db, &mark, err);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_segment_list(l->journalfd, &list, err);
    if (rc != AIR_OK) {
        return rc;
    }

    number = list.n ? list.number[0] : 0;
    free(list.number);

    if (number == 0 || number >= t->seal_number) {
        return AIR_OK;
    }

    rc = air_segment_open(&seg, l->journalfd, number, 0, err);
    if (rc != AIR_OK) {
        return rc;
    }

    if (!seg.headless && !seg.cut && seg.base + seg.slots - 1 <= mark.seq) {
        rc = air_tick_drop(l, number, &seg, now_ms - l->conf.keep_ms, err);
    }

    air_segment_close(&seg);

    return rc;
}
