
/*
 * What processes left in the in-flight table when they ended: each attempt
 * comes to exactly one record, whatever its process had done of it.
 */


#include "air_ticker.h"
#include "../core/air_route.h"

#include <stdlib.h>


#define AIR_TICK_KNOWN  18        /* bytes of request id and attempt        */


/*
 * The final record of an attempt whose worker died with it; AIR_ENOENT when it
 * died before the attempt had the hold that it was to have: nothing was sent.
 */
static int
air_tick_orphan(air_slot_t *s, const air_accounts_t *a, uint32_t i)
{
    uint64_t      n;
    air_record_t  r;

    if (air_record_decode(s->begin, &r) != AIR_OK) {
        return AIR_ECORRUPT;
    }

    if (a != NULL && (r.flags & AIR_REC_HELD)
        && air_accounts_held(a, (int) i, &n) == 0)
    {
        return AIR_ENOENT;
    }

    air_ledger_hold(a, (int) i, &r);

    r.certainty = AIR_CERTAIN_UNKNOWN;
    r.flags |= AIR_REC_ORPHAN;
    r.fault = AIR_FAULT_LOST;

    /* of two that ran at once one stands for the request */

    if (r.why != AIR_WHY_HEDGE + 1) {
        r.flags |= AIR_REC_FINAL;
    }

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
    int                 rc, written;
    unsigned            i;
    uint64_t            seq;
    air_segment_t       seg;
    unsigned char      *slot, bytes[AIR_RECORD_SIZE];
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


/* A slot whose record is where it belongs, or that has none: what it still
   holds is given back. */
static void
air_tick_free(air_inflight_t *f, air_accounts_t *a, uint32_t i)
{
    int64_t   hold;
    uint64_t  aside;

    hold = a != NULL ? air_accounts_held(a, (int) i, &aside) : 0;

    if (hold != 0) {
        air_accounts_cancel(a, hold);
    }

    air_inflight_set(f, i, AIR_SLOT_FREE);
}


/* Brings one slot that its owner left to its end. */
static int
air_tick_slot(air_ledger_t *l, uint32_t i, air_slot_e state,
    air_ledger_work_t *work, air_err_t *err)
{
    int              rc;
    air_slot_t      *s;
    air_record_t     r;
    air_accounts_t  *a;
    air_inflight_t  *f;

    f = &l->ticker->flight;
    a = l->ticker->accounts;
    s = &f->slot[i];

    if (state == AIR_SLOT_CLAIMED || air_tick_known(l->ticker, s)) {
        air_tick_free(f, a, i);
        return AIR_OK;
    }

    if (state == AIR_SLOT_ACTIVE
        || air_record_decode(s->final, &r) != AIR_OK)
    {
        if (air_tick_orphan(s, a, i) != AIR_OK) {
            air_tick_free(f, a, i);
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

    if (air_record_decode(s->final, &r) == AIR_OK) {
        air_ledger_count(a, (int) i, &r);
    }

    air_tick_free(f, a, i);

    return AIR_OK;
}


/* Slots of processes that ended, and those parked for want of a disk. */
int
air_tick_slots(air_ledger_t *l, air_ledger_work_t *work, air_err_t *err)
{
    int              rc;
    uint32_t         i, owner;
    unsigned         ndead;
    air_slot_e       state;
    air_inflight_t  *f;
    unsigned char    dead[AIR_INFLIGHT_OWNERS];

    /* what has a hold cannot be settled without the accounts: next time */

    if (air_tick_join(l, NULL) != AIR_OK) {
        return AIR_OK;
    }

    f = &l->ticker->flight;
    ndead = air_inflight_dead(f, dead);

    if (ndead && l->ticker->accounts != NULL) {
        air_accounts_recover(l->ticker->accounts);
    }

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

    if (ndead && l->ticker->accounts != NULL) {
        (void) air_accounts_reap(l->ticker->accounts, dead);
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
