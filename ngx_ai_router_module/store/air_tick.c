
/*
 * Housekeeping by one thread of one process.  It uses maps of its own, so
 * that the event loop of the same process shares nothing with it but what all
 * processes share.
 *
 * Order matters: only what fdatasync() has made durable is sealed, and only
 * that goes into LMDB; so LMDB is never ahead of the journal.
 *
 * Here: the duty, the walk behind the writers, syncing and sealing.  Slots of
 * the dead are in air_tick_slots.c, LMDB and retention in air_tick_db.c.
 */


#include "air_ticker.h"
#include "air_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>


#define AIR_TICK_GRACE  2000      /* ms a taken slot may stay unwritten     */


/* Takes the duty: AIR_EBUSY when another process has it. */
static int
air_ticker_duty(air_ledger_t *l, air_err_t *err)
{
    air_ticker_t  *t;

    if (l->ticker == NULL) {

        t = calloc(1, sizeof(air_ticker_t));
        if (t == NULL) {
            return air_err_set(err, AIR_ENOMEM, "no memory", 0);
        }

        t->lockfd = -1;
        t->flight.fd = -1;
        t->journal.seg.fd = -1;
        t->walk.fd = -1;
        l->ticker = t;
    }

    t = l->ticker;

    if (t->lockfd != -1) {
        return AIR_OK;
    }

    t->lockfd = openat(l->dirfd, "tick", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (t->lockfd == -1) {
        return air_file_err(err, "cannot open the tick's lock");
    }

    if (flock(t->lockfd, LOCK_EX | LOCK_NB) == 0) {
        return AIR_OK;
    }

    close(t->lockfd);
    t->lockfd = -1;

    if (errno == EWOULDBLOCK) {
        return air_err_set(err, AIR_EBUSY, "another process has the duty", 0);
    }

    return air_file_err(err, "cannot lock the tick");
}


void
air_ticker_close(air_ledger_t *l)
{
    air_ticker_t  *t;

    t = l->ticker;

    if (t->flight.map != NULL) {
        (void) munmap(t->flight.map, t->flight.size);
    }

    if (t->accounts != NULL) {
        air_accounts_close(t->accounts);
    }

    if (t->reader != NULL) {
        air_reader_close(t->reader);
        free(t->reader);
    }

    air_journal_close(&t->journal);
    air_segment_close(&t->walk);
    air_db_close(&t->db);
    free(t->known);

    if (t->lockfd != -1) {
        close(t->lockfd);
    }

    free(t);
    l->ticker = NULL;
}


air_db_t *
air_ticker_db(air_ledger_t *l)
{
    return l->ticker != NULL && l->ticker->db_open ? &l->ticker->db : NULL;
}


/* The in-flight table, mapped anew when somebody made it grow. */
static int
air_ticker_flight(air_ledger_t *l, air_err_t *err)
{
    air_inflight_t  *f;

    f = &l->ticker->flight;

    if (f->map != NULL
        && f->nslots == __atomic_load_n(&f->shared->nslots, __ATOMIC_ACQUIRE))
    {
        return AIR_OK;
    }

    if (f->map != NULL) {
        (void) munmap(f->map, f->size);
        f->map = NULL;
    }

    return air_inflight_view(f, &l->flight, err);
}


/*
 * Where sealing goes on: behind the last seal there is.  Everything before it
 * was durable when it was sealed.
 */
static int
air_tick_resume(air_ledger_t *l, air_err_t *err)
{
    int                 rc;
    uint32_t            block;
    unsigned            i;
    air_seal_t          seal;
    air_ticker_t       *t;
    air_segment_t       seg;
    air_segment_list_t  list;

    t = l->ticker;

    rc = air_segment_list(l->journalfd, &list, err);
    if (rc != AIR_OK) {
        return rc;
    }

    t->seal_number = list.n ? list.number[0] : 1;
    t->seal_block = 0;
    memset(t->seal_prev, 0, AIR_SEAL_HASH);

    for (i = list.n; i-- > 0; /* void */ ) {

        rc = air_segment_open(&seg, l->journalfd, list.number[i], 0, err);
        if (rc != AIR_OK) {
            break;
        }

        for (block = air_seal_blocks(&seg); block > 0; block--) {
            if (air_seal_get(&seg, block - 1, &seal) != AIR_ENOENT) {
                break;
            }
        }

        air_segment_close(&seg);

        if (block > 0) {
            t->seal_number = list.number[i];
            t->seal_block = block;
            memcpy(t->seal_prev, seal.hash, AIR_SEAL_HASH);
            break;
        }
    }

    free(list.number);

    return rc;
}


/* Opens the segment to walk through. */
static int
air_tick_walk_open(air_ledger_t *l, uint32_t number, air_err_t *err)
{
    int            rc;
    air_segment_t  seg;

    rc = air_segment_open(&seg, l->journalfd, number, 1, err);
    if (rc != AIR_OK) {
        return rc;
    }

    air_segment_close(&l->ticker->walk);
    l->ticker->walk = seg;

    return AIR_OK;
}


static int
air_tick_open(air_ledger_t *l, air_err_t *err)
{
    int            rc;
    air_ticker_t  *t;

    t = l->ticker;

    rc = air_ticker_flight(l, err);
    if (rc != AIR_OK) {
        return rc;
    }

    if (!t->journal_open) {
        rc = air_journal_open(&t->journal, l->journalfd,
                              l->conf.segment_size, err);
        if (rc != AIR_OK) {
            return rc;
        }

        t->journal_open = 1;
    }

    if (!t->walk_open) {
        rc = air_tick_resume(l, err);
        if (rc != AIR_OK) {
            return rc;
        }

        rc = air_tick_walk_open(l, t->seal_number, err);
        if (rc != AIR_OK) {
            return rc;
        }

        t->decided = t->walk.base
                     + (uint64_t) t->seal_block * AIR_JOURNAL_BLOCK;

        if (t->decided > t->walk.base + t->walk.slots) {
            t->decided = t->walk.base + t->walk.slots;
        }

        t->durable = t->decided;
        t->walk_open = 1;
    }

    return AIR_OK;
}


/*
 * A taken slot that stays unwritten: its process died between taking and
 * writing, or sleeps.  After a while the slot is given up; should the writer
 * wake, it notices and takes another.
 */
static int
air_tick_stuck(air_ticker_t *t, unsigned char *slot, int64_t now_ms)
{
    if (t->stuck != t->decided || now_ms < t->stuck_ms) {
        t->stuck = t->decided;
        t->stuck_ms = now_ms;
        return 1;
    }

    if (now_ms - t->stuck_ms < AIR_TICK_GRACE) {
        return 1;
    }

    (void) air_segment_void(slot);

    return 0;
}


/* Brings decided up to the first slot that is not. */
static int
air_tick_walk(air_ledger_t *l, int64_t now_ms, air_err_t *err)
{
    int             rc;
    uint32_t        word, number;
    uint64_t        end;
    unsigned char  *slot;
    air_ticker_t   *t;

    t = l->ticker;

    for ( ;; ) {
        end = t->walk.base + air_segment_taken(&t->walk);

        while (t->decided < end) {
            slot = air_segment_slot(&t->walk, t->decided);

            word = __atomic_load_n((uint32_t *) (void *)
                                   (slot + AIR_RECORD_SIZE - 4),
                                   __ATOMIC_ACQUIRE);

            if (word == 0 && air_tick_stuck(t, slot, now_ms)) {
                return AIR_OK;
            }

            t->decided++;
        }

        if (t->decided < t->walk.base + t->walk.slots) {
            return AIR_OK;
        }

        number = air_segment_after(l->journalfd, t->walk.number);

        if (number == 0) {
            return AIR_OK;
        }

        rc = air_tick_walk_open(l, number, err);
        if (rc != AIR_OK) {
            return rc;
        }

        /* of segments that are missing nothing is to be waited for */

        if (t->decided < t->walk.base) {
            t->decided = t->walk.base;
        }
    }
}


/* After a failed fdatasync() pages count as clean: makes them dirty again. */
static void
air_tick_redirty(air_segment_t *seg)
{
    uint32_t        i;
    unsigned char  *word;

    for (i = 0; i < air_segment_taken(seg); i++) {
        word = seg->map + seg->records_at + (size_t) (i + 1) * AIR_RECORD_SIZE
               - 4;
        (void) __atomic_fetch_or((uint32_t *) (void *) word, 0,
                                 __ATOMIC_RELAXED);
    }
}


static int
air_tick_sync_segment(air_ledger_t *l, uint32_t number, air_err_t *err)
{
    int            rc;
    air_ticker_t  *t;
    air_segment_t  seg;

    t = l->ticker;

    rc = air_segment_open(&seg, l->journalfd, number, 1, err);

    if (rc == AIR_ENOENT) {
        return AIR_OK;
    }

    if (rc != AIR_OK) {
        return rc;
    }

    if (t->unsynced) {
        air_tick_redirty(&seg);
    }

    if (fdatasync(seg.fd) == -1) {
        rc = air_file_err(err, "cannot sync the journal");
        t->unsynced = 1;
    }

    air_segment_close(&seg);

    return rc;
}


/* From the segment durable stands in up to the one decided stands in. */
static int
air_tick_sync(air_ledger_t *l, air_ledger_work_t *work, air_err_t *err)
{
    int                 rc;
    unsigned            i;
    uint64_t            decided;
    air_ticker_t       *t;
    air_segment_list_t  list;

    t = l->ticker;
    decided = t->decided;

    if (decided == t->durable && !t->unsynced) {
        return AIR_OK;
    }

    rc = air_segment_list(l->journalfd, &list, err);
    if (rc != AIR_OK) {
        return rc;
    }

    for (i = 0; i < list.n && rc == AIR_OK; i++) {
        if (list.number[i] >= t->seal_number
            && list.number[i] <= t->walk.number)
        {
            rc = air_tick_sync_segment(l, list.number[i], err);
        }
    }

    free(list.number);

    if (rc != AIR_OK) {
        return rc;
    }

    if (fdatasync(t->flight.fd) == -1 || fsync(l->journalfd) == -1) {
        t->unsynced = 1;
        return air_file_err(err, "cannot sync the store");
    }

    t->unsynced = 0;
    t->durable = decided;
    work->synced = 1;

    return AIR_OK;
}


/* Seals every block that is durable as a whole. */
static int
air_tick_seal(air_ledger_t *l, int64_t now_ms, air_ledger_work_t *work,
    air_err_t *err)
{
    int            rc;
    uint64_t       end;
    air_seal_t     seal;
    air_ticker_t  *t;
    air_segment_t  seg;

    t = l->ticker;

    while (t->seal_number <= t->walk.number) {

        rc = air_segment_open(&seg, l->journalfd, t->seal_number, 1, err);

        if (rc == AIR_ENOENT) {
            t->seal_number++;
            t->seal_block = 0;
            continue;
        }

        if (rc != AIR_OK) {
            return rc;
        }

        for ( /* void */ ; t->seal_block < air_seal_blocks(&seg);
             t->seal_block++)
        {
            end = seg.base + (uint64_t) t->seal_block * AIR_JOURNAL_BLOCK
                  + air_seal_slots(&seg, t->seal_block);

            if (end > t->durable) {
                air_segment_close(&seg);
                return AIR_OK;
            }

            memcpy(seal.prev, t->seal_prev, AIR_SEAL_HASH);
            seal.time_ms = now_ms;

            rc = air_seal_make(&seg, t->seal_block, &seal, err);

            if (rc == AIR_OK) {
                rc = air_seal_put(&seg, t->seal_block, &seal, err);
            }

            if (rc != AIR_OK) {
                air_segment_close(&seg);
                return rc == AIR_AGAIN ? AIR_OK : rc;
            }

            memcpy(t->seal_prev, seal.hash, AIR_SEAL_HASH);
            work->sealed++;
        }

        air_segment_close(&seg);
        t->seal_number++;
        t->seal_block = 0;
    }

    return AIR_OK;
}


/* The journal's part: what fails here means that nothing can be written. */
static int
air_tick_journal(air_ledger_t *l, int64_t now_ms, int due,
    air_ledger_work_t *work, air_err_t *err)
{
    int  rc;

    rc = air_tick_open(l, err);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_journal_prepare(&l->ticker->journal, err);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_tick_slots(l, work, err);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_tick_walk(l, now_ms, err);
    if (rc != AIR_OK || !due) {
        return rc;
    }

    rc = air_tick_sync(l, work, err);
    if (rc != AIR_OK) {
        return rc;
    }

    return air_tick_seal(l, now_ms, work, err);
}


int
air_ledger_tick(air_ledger_t *l, int64_t now_ms, air_ledger_work_t *work,
    air_err_t *err)
{
    int            rc, due, also;
    air_err_t      e, own;
    air_ticker_t  *t;

    memset(work, 0, sizeof(air_ledger_work_t));

    if (err == NULL) {
        err = &own;
    }

    (void) air_err_set(err, AIR_OK, "", 0);

    air_ledger_join(l);

    rc = air_ticker_duty(l, err);

    if (rc == AIR_EBUSY && air_tick_make(l, &e) != AIR_OK) {
        *err = e;
        rc = e.code;
    }

    if (rc != AIR_OK) {
        work->failed = rc != AIR_EBUSY;
        return rc;
    }

    t = l->ticker;

    due = t->synced_ms == 0 || now_ms < t->synced_ms
          || now_ms - t->synced_ms >= (int64_t) l->conf.sync_ms
          || !air_ledger_writable(l);

    rc = air_tick_journal(l, now_ms, due, work, err);

    if (rc != AIR_OK) {
        work->failed = 1;
        air_ledger_broken(&l->flight, err->sys);
        return rc;
    }

    if (!air_ledger_writable(l)) {
        __atomic_store_n(&l->flight.shared->bad, 0, __ATOMIC_RELEASE);
    }

    if (due) {
        t->synced_ms = now_ms;
    }

    /* what fails from here on costs no record: the journal has them all */

    also = air_tick_count(l, &e);

    if (due) {
        rc = air_tick_db(l, work, err);

        /* what is dropped was counted */

        if (rc == AIR_OK && also == AIR_OK) {
            rc = air_tick_keep(l, now_ms, err);
        }
    }

    if (also == AIR_OK) {
        also = air_tick_make(l, &e);
    }

    if (rc == AIR_OK && also != AIR_OK) {
        *err = e;
        rc = also;
    }

    if (rc != AIR_OK) {
        work->failed = 1;
    }

    return rc;
}
