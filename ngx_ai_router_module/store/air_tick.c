
/*
 * Housekeeping by one thread of one process.  It uses maps of its own, so
 * that the event loop of the same process shares nothing with it but what all
 * processes share.
 *
 * Order matters: only what fdatasync() has made durable is sealed, and only
 * that goes into LMDB; so LMDB is never ahead of the journal.
 */


#include "air_ledger_impl.h"
#include "air_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>


#define AIR_TICK_GRACE  2000      /* ms a taken slot may stay unwritten     */


struct air_ticker_s {
    int             lockfd;
    unsigned        open:1;       /* the journal is                         */
    unsigned        failed_sync:1;
    air_journal_t   journal;
    air_inflight_t  flight;       /* a map of its own of the same file      */
    int64_t         synced_ms;
};


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

    air_journal_close(&t->journal);

    if (t->lockfd != -1) {
        close(t->lockfd);
    }

    free(t);
    l->ticker = NULL;
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


/* The final record of an attempt whose worker died with it. */
static int
air_tick_orphan(air_slot_t *s)
{
    uint64_t      n;
    air_record_t  r;

    if (air_record_decode(s->begin, &r) != AIR_OK) {
        return AIR_ECORRUPT;
    }

    r.certainty = AIR_CERTAIN_UNKNOWN;
    r.flags |= AIR_REC_ORPHAN | AIR_REC_FINAL;
    r.fault = AIR_FAULT_LOST;

    n = __atomic_load_n(&s->input, __ATOMIC_RELAXED);

    if (n != 0) {
        r.n[AIR_IN] = n < UINT32_MAX ? (uint32_t) n : UINT32_MAX;
    }

    n = __atomic_load_n(&s->output, __ATOMIC_RELAXED);

    if (n != 0) {
        r.n[AIR_OUT] = n < UINT32_MAX ? (uint32_t) n : UINT32_MAX;
    }

    s->seq = 0;
    air_record_encode(&r, s->final);

    return AIR_OK;
}


/*
 * 1 when the record of a FINAL slot stands at the position noted in it.  A
 * slot that was taken and not written is given up, so that whoever might
 * still be about to write it cannot.
 */
static int
air_tick_written(air_ledger_t *l, air_slot_t *s)
{
    int             rc, written;
    unsigned        i;
    uint64_t        seq;
    air_segment_t   seg;
    unsigned char  *slot, bytes[AIR_RECORD_SIZE];
    air_segment_list_t  list;

    seq = __atomic_load_n(&s->seq, __ATOMIC_ACQUIRE);

    if (seq == 0) {
        return 0;
    }

    if (air_segment_list(l->journalfd, &list, NULL) != AIR_OK) {
        return -1;
    }

    /* when its segment was dropped, it had been read, hole or not */

    written = 1;

    for (i = list.n; i-- > 0; /* void */ ) {

        rc = air_segment_open(&seg, l->journalfd, list.number[i], 1, NULL);

        if (rc == AIR_ENOENT) {
            continue;
        }

        if (rc != AIR_OK) {
            written = -1;
            break;
        }

        slot = air_segment_slot(&seg, seq);

        if (slot != NULL) {

            if (air_segment_void(slot)) {
                written = 0;

            } else {
                memcpy(bytes, s->final, AIR_RECORD_SIZE);
                air_record_stamp(bytes, seq);
                written = memcmp(bytes, slot, AIR_RECORD_SIZE) == 0;
            }
        }

        air_segment_close(&seg);

        if (slot != NULL || seg.base <= seq) {
            break;
        }
    }

    free(list.number);

    return written;
}


/* Brings one slot that its owner left to its end. */
static int
air_tick_slot(air_ledger_t *l, uint32_t i, air_slot_e state,
    air_ledger_work_t *work, air_err_t *err)
{
    int              rc;
    air_slot_t      *s;
    air_record_t     r;
    air_inflight_t  *f;

    f = &l->ticker->flight;
    s = &f->slot[i];

    if (state == AIR_SLOT_CLAIMED) {
        air_inflight_set(f, i, AIR_SLOT_FREE);
        return AIR_OK;
    }

    if (state == AIR_SLOT_ACTIVE
        || air_record_decode(s->final, &r) != AIR_OK)
    {
        if (air_tick_orphan(s) != AIR_OK) {
            air_inflight_set(f, i, AIR_SLOT_FREE);
            return AIR_OK;
        }

        work->orphans++;
    }

    air_inflight_set(f, i, AIR_SLOT_FINAL);

    rc = air_tick_written(l, s);

    if (rc == -1) {
        air_inflight_set(f, i, AIR_SLOT_PARKED);
        return air_err_set(err, AIR_EIO, "cannot look at the journal", 0);
    }

    if (rc == 0) {
        rc = air_ledger_finish(&l->ticker->journal, f, i, err);

        if (rc != AIR_OK) {
            air_inflight_set(f, i, AIR_SLOT_PARKED);
            return rc;
        }
    }

    air_inflight_set(f, i, AIR_SLOT_FREE);

    return AIR_OK;
}


/* Slots of processes that ended, and those parked for want of a disk. */
static int
air_tick_slots(air_ledger_t *l, air_ledger_work_t *work, air_err_t *err)
{
    int              rc;
    uint32_t         i, owner;
    unsigned         ndead;
    air_slot_e       state;
    air_inflight_t  *f;
    unsigned char    dead[AIR_INFLIGHT_OWNERS];

    f = &l->ticker->flight;
    ndead = air_inflight_dead(f, dead);

    for (i = 0; i < f->nslots; i++) {

        state = air_inflight_state(f, i, &owner);

        if (state == AIR_SLOT_FREE
            || (state != AIR_SLOT_PARKED
                && (owner >= AIR_INFLIGHT_OWNERS || !dead[owner])))
        {
            continue;
        }

        rc = air_tick_slot(l, i, state, work, err);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    for (i = 0; ndead && i < AIR_INFLIGHT_OWNERS; i++) {
        if (dead[i]) {
            __atomic_store_n(&f->owner[i], 0, __ATOMIC_RELEASE);
        }
    }

    return AIR_OK;
}


static int
air_tick_run(air_ledger_t *l, int64_t now_ms, air_ledger_work_t *work,
    air_err_t *err)
{
    int            rc;
    air_ticker_t  *t;

    t = l->ticker;

    rc = air_ticker_flight(l, err);
    if (rc != AIR_OK) {
        return rc;
    }

    if (!t->open) {
        rc = air_journal_open(&t->journal, l->journalfd,
                              l->conf.segment_size, err);
        if (rc != AIR_OK) {
            return rc;
        }

        t->open = 1;
    }

    rc = air_journal_prepare(&t->journal, err);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_tick_slots(l, work, err);
    if (rc != AIR_OK) {
        return rc;
    }

    (void) now_ms;

    return AIR_OK;
}


int
air_ledger_tick(air_ledger_t *l, int64_t now_ms, air_ledger_work_t *work,
    air_err_t *err)
{
    int        rc;
    air_err_t  e;

    memset(work, 0, sizeof(air_ledger_work_t));

    if (err == NULL) {
        err = &e;
    }

    rc = air_ticker_duty(l, err);
    if (rc != AIR_OK) {
        return rc;
    }

    err->sys = 0;

    rc = air_tick_run(l, now_ms, work, err);

    if (rc != AIR_OK) {
        work->failed = 1;
        air_ledger_broken(&l->flight, err->sys);
        return rc;
    }

    if (!air_ledger_writable(l)) {
        __atomic_store_n(&l->flight.shared->bad, 0, __ATOMIC_RELEASE);
    }

    return AIR_OK;
}
