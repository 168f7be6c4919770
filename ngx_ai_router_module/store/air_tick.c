
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
#include "air_fold.h"
#include "air_seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>


#define AIR_TICK_GRACE   2000     /* ms a taken slot may stay unwritten     */
#define AIR_TICK_BATCH   20000    /* records in one transaction             */
#define AIR_TICK_MOST    200000   /* records in one tick                    */
#define AIR_TICK_KEEP    60000    /* ms between looks for old segments      */
#define AIR_TICK_KNOWN   18       /* bytes of request id and attempt        */
#define AIR_TICK_DEATHS  8        /* in a row inside LMDB: stay out of it   */


struct air_ticker_s {
    int             lockfd;
    unsigned        journal_open:1;
    unsigned        walk_open:1;
    unsigned        db_open:1;
    unsigned        db_refused:1; /* a look from outside found it damaged   */
    unsigned        unsynced:1;   /* the last fdatasync() failed            */
    air_journal_t   journal;
    air_inflight_t  flight;       /* a map of its own of the same file      */

    air_segment_t   walk;         /* where decided stands                   */
    uint64_t        decided;      /* all before it are written or holes     */
    uint64_t        durable;      /* all before it are on the disk          */
    uint64_t        stuck;        /* seq of an unwritten slot, since when   */
    int64_t         stuck_ms;

    uint32_t        seal_number;  /* the next block to seal                 */
    uint32_t        seal_block;
    unsigned char   seal_prev[AIR_SEAL_HASH];

    unsigned char  *known;        /* nknown keys, sorted: see air_tick_doubt() */
    size_t          nknown;

    air_db_t        db;
    int64_t         synced_ms;
    int64_t         kept_ms;
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


static void
air_tick_key(const air_record_t *r, unsigned char *key)
{
    memcpy(key, r->request_id, 16);
    key[16] = (unsigned char) r->attempt;
    key[17] = (unsigned char) (r->attempt >> 8);
}


static int
air_tick_key_cmp(const void *one, const void *two)
{
    return memcmp(one, two, AIR_TICK_KNOWN);
}


/*
 * After a crash of the machine the table may be older than the journal: an
 * attempt that seems in flight may have its record.  Collects which attempts
 * the last two segments know; a sync interval is all that can differ.
 */
static int
air_tick_doubt(air_ledger_t *l, air_err_t *err)
{
    int             rc;
    size_t          size;
    unsigned char  *p;
    air_read_e      what;
    air_reader_t   *rd;
    air_ticker_t   *t;

    t = l->ticker;
    size = 0;

    rd = malloc(sizeof(air_reader_t));
    if (rd == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    rc = air_reader_open(rd, l->journalfd,
                         t->decided > t->walk.slots
                         ? t->decided - t->walk.slots : 0, err);

    if (rc != AIR_OK) {
        free(rd);
        return rc;
    }

    for ( ;; ) {
        what = air_reader_next(rd, err);

        if (what == AIR_READ_END) {
            rc = rd->error;
            break;
        }

        if (what != AIR_READ_RECORD) {
            continue;
        }

        if (t->nknown == size) {
            size = size ? 2 * size : 1024;

            p = realloc(t->known, size * AIR_TICK_KNOWN);
            if (p == NULL) {
                rc = air_err_set(err, AIR_ENOMEM, "no memory", 0);
                break;
            }

            t->known = p;
        }

        air_tick_key(&rd->r, t->known + t->nknown++ * AIR_TICK_KNOWN);
    }

    if (t->nknown) {
        qsort(t->known, t->nknown, AIR_TICK_KNOWN, air_tick_key_cmp);
    }

    air_reader_close(rd);
    free(rd);

    return rc;
}


static int
air_tick_known(const air_ticker_t *t, const air_slot_t *s)
{
    air_record_t   r;
    unsigned char  key[AIR_TICK_KNOWN];

    if (t->nknown == 0 || air_record_decode(s->begin, &r) != AIR_OK) {
        return 0;
    }

    air_tick_key(&r, key);

    return bsearch(key, t->known, t->nknown, AIR_TICK_KNOWN,
                   air_tick_key_cmp)
           != NULL;
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

    if (state == AIR_SLOT_CLAIMED || air_tick_known(l->ticker, s)) {
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

    if (__atomic_load_n(&f->shared->doubt, __ATOMIC_ACQUIRE)
        && l->ticker->known == NULL)
    {
        rc = air_tick_doubt(l, err);
        if (rc != AIR_OK) {
            return rc;
        }
    }

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

    __atomic_store_n(&f->shared->doubt, 0, __ATOMIC_RELEASE);
    free(l->ticker->known);
    l->ticker->known = NULL;
    l->ticker->nknown = 0;

    return AIR_OK;
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
 * LMDB, guarded: a damaged file kills who touches it, but not for ever.  After
 * some deaths in a row a child looks first; mostly it was something else that
 * killed.
 */
static int
air_tick_db(air_ledger_t *l, air_ledger_work_t *work, air_err_t *err)
{
    int            rc;
    char           reason[120];
    uint32_t      *deaths;
    air_ticker_t  *t;

    t = l->ticker;
    deaths = &t->flight.shared->db_deaths;

    if (__atomic_load_n(deaths, __ATOMIC_ACQUIRE) >= AIR_TICK_DEATHS) {

        if (!t->db_refused) {
            rc = air_db_sound(l->dir, err, reason, sizeof(reason));
            t->db_refused = rc != AIR_OK && rc != AIR_ENOENT;
        }

        if (t->db_refused) {
            return air_err_set(err, AIR_ECORRUPT,
                               "the database is damaged: run "
                               "\"ai-router ledger rebuild\"", 0);
        }

        __atomic_store_n(deaths, 0, __ATOMIC_RELEASE);
    }

    (void) __atomic_add_fetch(deaths, 1, __ATOMIC_ACQ_REL);

    rc = air_tick_apply(l, work, err);

    __atomic_store_n(deaths, 0, __ATOMIC_RELEASE);

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
static int
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
    int            rc, due;
    air_err_t      e;
    air_ticker_t  *t;

    memset(work, 0, sizeof(air_ledger_work_t));

    if (err == NULL) {
        err = &e;
    }

    (void) air_err_set(err, AIR_OK, "", 0);

    rc = air_ticker_duty(l, err);
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

    if (!due) {
        return AIR_OK;
    }

    t->synced_ms = now_ms;

    /* what fails from here on costs no record: the journal has them all */

    rc = air_tick_db(l, work, err);

    if (rc == AIR_OK) {
        rc = air_tick_keep(l, now_ms, err);
    }

    if (rc != AIR_OK) {
        work->failed = 1;
    }

    return rc;
}
