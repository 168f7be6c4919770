
/*
 * What a worker does on its event loop: opening, and the way of an attempt
 * through the in-flight table into the journal.  The rest of air_ledger.h is
 * in air_lock.c (the master's part), air_tick.c, air_reader.c and
 * air_verify.c.
 */


#include "air_ledger_impl.h"
#include "air_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>


#define AIR_LEDGER_REPAIR  3      /* segments looked through after a crash  */


static int
air_ledger_dirs(air_ledger_t *l, air_err_t *err)
{
    if (mkdir(l->dir, 0750) == -1 && errno != EEXIST) {
        return air_file_err(err, "cannot make the store's directory");
    }

    l->dirfd = open(l->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (l->dirfd == -1) {
        return air_file_err(err, "cannot open the store's directory");
    }

    if (mkdirat(l->dirfd, "journal", 0750) == -1 && errno != EEXIST) {
        return air_file_err(err, "cannot make the journal's directory");
    }

    l->journalfd = openat(l->dirfd, "journal",
                          O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (l->journalfd == -1) {
        return air_file_err(err, "cannot open the journal's directory");
    }

    return AIR_OK;
}


/*
 * The machine went down since the store was last open: pages reached the disk
 * in any order.  Counters are brought behind the records that are there; a
 * segment that has a successor takes no more.
 */
static int
air_ledger_repair(air_ledger_t *l, air_err_t *err)
{
    int                 rc, later;
    unsigned            i, n;
    air_segment_t       seg;
    air_segment_list_t  list;

    rc = air_segment_list(l->journalfd, &list, err);
    if (rc != AIR_OK) {
        return rc;
    }

    later = 0;

    for (n = 0, i = list.n; i-- > 0 && n < AIR_LEDGER_REPAIR; n++) {

        rc = air_segment_open(&seg, l->journalfd, list.number[i], 1, err);
        if (rc != AIR_OK) {
            break;
        }

        air_segment_repair(&seg, later);
        later = later || air_segment_taken(&seg) != 0;

        air_segment_close(&seg);
    }

    free(list.number);

    return rc;
}


int
air_ledger_open(air_ledger_t **ledger, const char *dir,
    const air_ledger_conf_t *conf, air_err_t *err)
{
    int            rc, crashed;
    air_ledger_t  *l;

    *ledger = NULL;

    l = calloc(1, sizeof(air_ledger_t) + strlen(dir) + 1);
    if (l == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    memcpy(l->dir, dir, strlen(dir) + 1);
    l->dirfd = -1;
    l->journalfd = -1;
    l->flight.fd = -1;
    l->writer.seg.fd = -1;

    if (conf != NULL) {
        l->conf = *conf;
    }

    if (l->conf.sync_ms == 0) {
        l->conf.sync_ms = 1000;
    }

    rc = air_ledger_dirs(l, err);
    if (rc != AIR_OK) {
        goto failed;
    }

    rc = air_inflight_open(&l->flight, l->dirfd, l->conf.inflight, &crashed,
                           err);
    if (rc != AIR_OK) {
        goto failed;
    }

    if (crashed) {
        rc = air_ledger_repair(l, err);
        if (rc != AIR_OK) {
            goto failed;
        }
    }

    air_inflight_ready(&l->flight);

    rc = air_journal_open(&l->writer, l->journalfd, l->conf.segment_size, err);
    if (rc != AIR_OK) {
        goto failed;
    }

    air_ledger_join(l);

    *ledger = l;

    return AIR_OK;

failed:

    air_ledger_close(l);

    return rc;
}


void
air_ledger_close(air_ledger_t *l)
{
    if (l->ticker != NULL) {
        air_ticker_close(l);
    }

    if (l->accounts != NULL) {
        air_accounts_close(l->accounts);
    }

    air_journal_close(&l->writer);
    air_inflight_close(&l->flight);

    if (l->journalfd != -1) {
        close(l->journalfd);
    }

    if (l->dirfd != -1) {
        close(l->dirfd);
    }

    free(l);
}


void
air_ledger_join(air_ledger_t *l)
{
    int              rc;
    air_accounts_t  *a;

    if (l->conf.accounts == 0
        || __atomic_load_n(&l->accounts, __ATOMIC_ACQUIRE) != NULL)
    {
        return;
    }

    rc = air_accounts_open(&a, l->dirfd, l->flight.me, NULL);

    if (rc == AIR_OK) {
        __atomic_store_n(&l->accounts, a, __ATOMIC_RELEASE);
    }
}


air_accounts_t *
air_ledger_accounts(const air_ledger_t *l)
{
    return __atomic_load_n(&l->accounts, __ATOMIC_ACQUIRE);
}


void
air_ledger_broken(air_inflight_t *f, int sys)
{
    __atomic_store_n(&f->shared->bad, (uint32_t) (sys ? sys : EIO),
                     __ATOMIC_RELEASE);
}


int
air_ledger_writable(const air_ledger_t *l)
{
    return __atomic_load_n(&l->flight.shared->bad, __ATOMIC_ACQUIRE) == 0;
}


int
air_ledger_begin(air_ledger_t *l, const air_record_t *r)
{
    int          slot;
    air_slot_t  *s;

    if (!air_ledger_writable(l)) {
        return AIR_EIO;
    }

    slot = air_inflight_claim(&l->flight);
    if (slot < 0) {
        return slot;
    }

    s = &l->flight.slot[slot];

    air_record_encode(r, s->begin);
    s->seq = 0;
    s->input = 0;
    s->output = 0;

    air_inflight_set(&l->flight, (uint32_t) slot, AIR_SLOT_ACTIVE);

    return slot;
}


void
air_ledger_unheld(air_ledger_t *l, int slot)
{
    air_record_t    r;
    unsigned char   bytes[AIR_RECORD_SIZE];

    memcpy(bytes, l->flight.slot[slot].begin, AIR_RECORD_SIZE);

    /* half written it is no record: nothing was sent yet */

    if (air_record_decode(bytes, &r) == AIR_OK) {
        r.flags &= ~(uint32_t) AIR_REC_HELD;
        air_record_encode(&r, l->flight.slot[slot].begin);
    }
}


void
air_ledger_note(air_ledger_t *l, int slot, uint64_t input, uint64_t output)
{
    air_slot_t  *s;

    s = &l->flight.slot[slot];

    __atomic_store_n(&s->input, input, __ATOMIC_RELAXED);
    __atomic_store_n(&s->output, output, __ATOMIC_RELAXED);
}


int
air_ledger_finish(air_journal_t *j, air_inflight_t *f, uint32_t slot,
    air_err_t *err)
{
    unsigned char  bytes[AIR_RECORD_SIZE];

    memcpy(bytes, f->slot[slot].final, AIR_RECORD_SIZE);

    return air_journal_append(j, bytes, &f->slot[slot].seq, err);
}


void
air_ledger_hold(const air_accounts_t *a, int slot, air_record_t *r)
{
    uint64_t  aside;

    r->flags &= ~(uint32_t) AIR_REC_HELD;

    if (a == NULL || air_accounts_held(a, slot, &aside) == 0) {
        return;
    }

    r->flags |= AIR_REC_HELD;

    if (r->cost == AIR_UNKNOWN && aside != AIR_UNKNOWN) {
        r->cost = aside;
        r->certainty = AIR_CERTAIN_UNKNOWN;
    }
}


void
air_ledger_count(air_accounts_t *a, int slot, const air_record_t *r)
{
    int64_t   hold;
    uint64_t  tokens, aside;
    unsigned  i;

    hold = a != NULL ? air_accounts_held(a, slot, &aside) : 0;

    if (hold == 0) {
        return;
    }

    tokens = 0;

    for (i = 0; i < AIR_NCLASS; i++) {
        tokens += r->n[i];
    }

    air_accounts_settle(a, hold, r->cost, tokens);
}


int
air_ledger_settle(air_ledger_t *l, int slot, const air_record_t *r)
{
    int             rc;
    air_err_t       err;
    air_record_t    final;
    air_accounts_t *a;
    unsigned char   bytes[AIR_RECORD_SIZE];

    a = air_ledger_accounts(l);
    final = *r;
    air_ledger_hold(a, slot, &final);

    if (slot < 0) {

        if (!air_ledger_writable(l)) {
            return AIR_EIO;
        }

        air_record_encode(&final, bytes);
        rc = air_journal_append(&l->writer, bytes, NULL, &err);

    } else {
        air_record_encode(&final, l->flight.slot[slot].final);
        air_inflight_set(&l->flight, (uint32_t) slot, AIR_SLOT_FINAL);

        if (!air_ledger_writable(l)) {
            air_inflight_set(&l->flight, (uint32_t) slot, AIR_SLOT_PARKED);
            return AIR_EIO;
        }

        rc = air_ledger_finish(&l->writer, &l->flight, (uint32_t) slot, &err);
    }

    if (rc != AIR_OK) {
        air_ledger_broken(&l->flight, err.sys);

        if (slot >= 0) {
            air_inflight_set(&l->flight, (uint32_t) slot, AIR_SLOT_PARKED);
        }

        return AIR_EIO;
    }

    if (slot >= 0) {
        air_ledger_count(a, slot, &final);
        air_inflight_free(&l->flight, (uint32_t) slot);
    }

    return AIR_OK;
}


void
air_ledger_cancel(air_ledger_t *l, int slot)
{
    int64_t          hold;
    uint64_t         aside;
    air_accounts_t  *a;

    a = air_ledger_accounts(l);
    hold = a != NULL ? air_accounts_held(a, slot, &aside) : 0;

    if (hold != 0) {
        air_accounts_cancel(a, hold);
    }

    air_inflight_free(&l->flight, (uint32_t) slot);
}


unsigned
air_ledger_inflight(const air_ledger_t *l)
{
    return air_inflight_count(&l->flight);
}
