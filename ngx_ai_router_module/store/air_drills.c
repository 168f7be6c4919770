
/*
 * Drills that run: their file, and the steps from being asked for to having
 * ended.  A step is taken by whoever sets the state's word; the pid in it
 * tells whether he still lives.
 */


#include "air_drills.h"
#include "air_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>


#define AIR_DRILLS_MAGIC  "AIRDRIL1"


/* what a step needs */
typedef struct {
    air_ledger_t   *ledger;
    int64_t         now_ms;
    int           (*known)(void *ud, const char *vendor);
    void          (*told)(void *ud, const air_drill_event_t *event);
    void           *ud;
} air_drills_turn_t;


static int
air_drills_map(air_drills_t *d, int write, air_err_t *err)
{
    int64_t             size;
    air_drills_file_t  *file;

    size = air_file_size(d->fd);

    if (size < 0) {
        return air_file_err(err, "cannot read");
    }

    if ((uint64_t) size != sizeof(air_drills_file_t)) {
        return air_err_set(err, AIR_EFORMAT, "is of another version", 0);
    }

    file = mmap(NULL, sizeof(air_drills_file_t),
                write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
                d->fd, 0);

    if (file == MAP_FAILED) {
        return air_file_err(err, "cannot map");
    }

    if (memcmp(file->magic, AIR_DRILLS_MAGIC, sizeof(file->magic)) != 0
        || file->size != sizeof(air_drill_slot_t))
    {
        (void) munmap(file, sizeof(air_drills_file_t));
        return air_err_set(err, AIR_EFORMAT, "is of another version", 0);
    }

    d->file = file;

    return AIR_OK;
}


int
air_drills_open(air_drills_t *d, const char *dir, int make, int write,
    air_err_t *err)
{
    int                dirfd, rc, tries;
    air_drills_file_t  head;

    d->file = NULL;
    d->fd = -1;

    dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dirfd == -1) {
        return errno == ENOENT ? AIR_ENOENT
                               : air_file_err(err, "cannot open the store");
    }

    memset(&head, 0, sizeof(head));
    memcpy(head.magic, AIR_DRILLS_MAGIC, sizeof(head.magic));
    head.size = sizeof(air_drill_slot_t);

    for (tries = 0, rc = AIR_EIO; tries < 2; tries++) {

        d->fd = openat(dirfd, AIR_DRILLS_FILE,
                       (write ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC);

        if (d->fd == -1 && errno == ENOENT && make
            && (air_file_make(dirfd, AIR_DRILLS_FILE, sizeof(head), &head,
                              sizeof(head)) == 0
                || errno == EEXIST))
        {
            continue;
        }

        if (d->fd == -1) {
            rc = errno == ENOENT ? AIR_ENOENT
                                 : air_file_err(err, "cannot open");
            break;
        }

        rc = air_drills_map(d, write, err);

        if (rc == AIR_OK) {
            break;
        }

        close(d->fd);
        d->fd = -1;

        if (rc != AIR_EFORMAT || !make
            || unlinkat(dirfd, AIR_DRILLS_FILE, 0) == -1)
        {
            break;
        }

        tries--;
        make = make == 1 ? 2 : 0;
    }

    close(dirfd);

    return rc;
}


void
air_drills_close(air_drills_t *d)
{
    if (d->file != NULL) {
        (void) munmap(d->file, sizeof(air_drills_file_t));
        close(d->fd);
    }

    d->file = NULL;
    d->fd = -1;
}


air_drill_state_e
air_drills_state(const air_drill_slot_t *slot)
{
    return (air_drill_state_e) (__atomic_load_n(&slot->state,
                                                __ATOMIC_ACQUIRE) & 0xff);
}


/* From one state to another, by us; 1 when nobody was sooner.  Who decides
   that one is over has yet to say why, and when. */
static int
air_drills_step(air_drill_slot_t *slot, uint64_t from, air_drill_state_e to)
{
    uint64_t  word;

    word = (uint64_t) to;

    if (to == AIR_DRILL_BEGINS || to == AIR_DRILL_ENDS
        || from == AIR_DRILL_RUNNING)
    {
        word |= (uint64_t) getpid() << 8;
    }

    return __atomic_compare_exchange_n(&slot->state, &from, word, 0,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}


int
air_drills_ask(air_drills_t *d, const air_drill_slot_t *want, int64_t for_ms,
    int64_t now_ms, unsigned *found, air_err_t *err)
{
    int                rc;
    unsigned           i;
    air_drill_slot_t  *slot, *best;
    air_drill_state_e  state;

    if (flock(d->fd, LOCK_EX) == -1) {
        return air_file_err(err, "cannot lock");
    }

    best = NULL;
    rc = AIR_OK;

    for (i = 0; i < AIR_DRILLS_SLOTS; i++) {
        slot = &d->file->slot[i];
        state = air_drills_state(slot);

        if (state != AIR_DRILL_FREE && state != AIR_DRILL_ENDED) {

            if (strcmp(slot->vendor, want->vendor) == 0) {
                rc = AIR_EBUSY;
                *found = i;
            }

            continue;
        }

        /* the last ones stay to be looked at */

        if (best == NULL || slot->ended_ms < best->ended_ms) {
            best = slot;
        }
    }

    if (rc == AIR_OK && best == NULL) {
        rc = AIR_ELIMIT;
    }

    if (rc == AIR_OK) {
        __atomic_store_n(&best->state, AIR_DRILL_FREE, __ATOMIC_RELEASE);

        *best = *want;
        best->state = AIR_DRILL_FREE;
        best->asked_ms = now_ms;
        best->rule.start_ms = 0;
        best->rule.end_ms = for_ms;
        *found = (unsigned) (best - d->file->slot);

        if (RAND_bytes(best->id, sizeof(best->id)) != 1) {
            rc = air_err_set(err, AIR_EIO, "no random bytes", 0);

        } else {
            __atomic_store_n(&best->state, AIR_DRILL_ASKED, __ATOMIC_RELEASE);
        }
    }

    (void) flock(d->fd, LOCK_UN);

    return rc;
}


void
air_drills_stop(air_drills_t *d, unsigned slot)
{
    __atomic_store_n(&d->file->slot[slot].stop, 1, __ATOMIC_RELEASE);
}


static void
air_drills_counts(const air_drill_slot_t *slot, air_drill_counts_t *c)
{
    c->drilled = __atomic_load_n(&slot->counts.drilled, __ATOMIC_RELAXED);
    c->errors = __atomic_load_n(&slot->counts.errors, __ATOMIC_RELAXED);
    c->wait_ms = __atomic_load_n(&slot->counts.wait_ms, __ATOMIC_RELAXED);
    c->others = __atomic_load_n(&slot->counts.others, __ATOMIC_RELAXED);
    c->other_errors = __atomic_load_n(&slot->counts.other_errors,
                                      __ATOMIC_RELAXED);
    c->other_wait_ms = __atomic_load_n(&slot->counts.other_wait_ms,
                                       __ATOMIC_RELAXED);
    c->spared = __atomic_load_n(&slot->counts.spared, __ATOMIC_RELAXED);
}


static int
air_drills_write(air_drills_turn_t *t, air_drill_record_t *d)
{
    air_record_t  r;

    air_drill_encode(d, &r);

    return air_ledger_settle(t->ledger, -1, &r);
}


static void
air_drills_record(const air_drill_slot_t *slot, air_drills_turn_t *t,
    air_drill_record_t *d)
{
    memset(d, 0, sizeof(air_drill_record_t));

    memcpy(d->id, slot->id, sizeof(d->id));
    d->time_ms = t->now_ms;
    d->vendor = air_str_z(slot->vendor);
    d->workflow = air_str_z(slot->workflow);
    d->rule = slot->rule;
    air_drills_counts(slot, &d->counts);
}


static void
air_drills_tell(air_drill_slot_t *slot, air_drills_turn_t *t,
    air_drill_phase_e phase)
{
    air_drill_event_t  event;

    event.slot = slot;
    event.phase = phase;
    event.end = (air_drill_e) slot->end;

    t->told(t->ud, &event);
}


static void
air_drills_begin(air_drill_slot_t *slot, air_drills_turn_t *t)
{
    uint64_t            own;
    air_drill_record_t  d;

    own = (uint64_t) getpid() << 8 | AIR_DRILL_BEGINS;

    if (!t->known(t->ud, slot->vendor)) {
        slot->end = AIR_DRILL_GONE;
        slot->ended_ms = t->now_ms;

        (void) air_drills_step(slot, own, AIR_DRILL_ENDED);
        return;
    }

    /* until now its end was how long it is to be */

    if (slot->rule.start_ms == 0) {
        slot->rule.start_ms = t->now_ms;
        slot->rule.end_ms += t->now_ms;
    }

    air_drills_record(slot, t, &d);
    d.phase = AIR_DRILL_BEGAN;

    if (air_drills_write(t, &d) != AIR_OK) {

        /* without evidence there is no drill: tried again */

        (void) air_drills_step(slot, own, AIR_DRILL_ASKED);
        return;
    }

    if (air_drills_step(slot, own, AIR_DRILL_RUNNING)) {
        air_drills_tell(slot, t, AIR_DRILL_BEGAN);
    }
}


static void
air_drills_end(air_drill_slot_t *slot, air_drills_turn_t *t)
{
    int                 rc;
    uint64_t            own, n[AIR_DRILLS_SERVED + 1];
    unsigned            i, servers;
    air_str_t           name[AIR_DRILLS_SERVED + 1];
    air_drill_record_t  d;

    own = (uint64_t) getpid() << 8 | AIR_DRILL_ENDS;

    air_drills_record(slot, t, &d);
    d.time_ms = slot->ended_ms;
    d.end = (air_drill_e) slot->end;

    servers = air_drills_servers(slot, name, n, AIR_DRILLS_SERVED + 1);
    rc = AIR_OK;

    for (i = 0; i < servers && rc == AIR_OK; i++) {
        d.phase = AIR_DRILL_SERVED;
        d.by = name[i];
        d.n = n[i];

        rc = air_drills_write(t, &d);
    }

    if (rc == AIR_OK) {
        d.phase = AIR_DRILL_OVER;
        d.by = air_str_n(NULL, 0);
        d.n = 0;

        rc = air_drills_write(t, &d);
    }

    if (rc != AIR_OK) {
        (void) air_drills_step(slot, own, AIR_DRILL_DRAINS);
        return;
    }

    if (air_drills_step(slot, own, AIR_DRILL_ENDED)) {
        air_drills_tell(slot, t, AIR_DRILL_OVER);
    }
}


/* whether a running one must end; 1 when it does now */
static int
air_drills_over(air_drill_slot_t *slot, air_drills_turn_t *t)
{
    air_drill_e         end;
    air_drill_counts_t  counts;

    air_drills_counts(slot, &counts);

    end = air_drill_judge(&slot->rule, &counts, t->now_ms);

    if (__atomic_load_n(&slot->stop, __ATOMIC_ACQUIRE)) {
        end = AIR_DRILL_STOPPED;
    }

    if (!t->known(t->ud, slot->vendor)) {
        end = AIR_DRILL_GONE;
    }

    if (end == AIR_DRILL_RUNS
        || !air_drills_step(slot, AIR_DRILL_RUNNING, AIR_DRILL_DRAINS))
    {
        return 0;
    }

    slot->end = end;
    slot->ended_ms = t->now_ms < slot->rule.end_ms ? t->now_ms
                                                   : slot->rule.end_ms;

    __atomic_store_n(&slot->state, AIR_DRILL_DRAINS, __ATOMIC_RELEASE);

    return 1;
}


/* what a process that died left half done is done again */
static void
air_drills_revive(air_drill_slot_t *slot, uint64_t word)
{
    pid_t  pid;

    pid = (pid_t) (word >> 8);

    if (pid != getpid() && (kill(pid, 0) == 0 || errno != ESRCH)) {
        return;
    }

    (void) air_drills_step(slot, word, (word & 0xff) == AIR_DRILL_BEGINS
                                       ? AIR_DRILL_ASKED : AIR_DRILL_DRAINS);
}


static void
air_drills_turn(air_drill_slot_t *slot, air_drills_turn_t *t)
{
    uint64_t  word, begun, drilled;

    word = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);

    switch (word & 0xff) {

    case AIR_DRILL_ASKED:

        if (__atomic_load_n(&slot->stop, __ATOMIC_ACQUIRE)) {
            slot->end = AIR_DRILL_STOPPED;
            slot->ended_ms = t->now_ms;
            (void) air_drills_step(slot, word, AIR_DRILL_ENDED);

        } else if (air_drills_step(slot, word, AIR_DRILL_BEGINS)) {
            air_drills_begin(slot, t);
        }

        break;

    case AIR_DRILL_RUNNING:
        (void) air_drills_over(slot, t);
        break;

    case AIR_DRILL_DRAINS:

        if (word != AIR_DRILL_DRAINS) {
            air_drills_revive(slot, word);
            break;
        }

        if (slot->end == AIR_DRILL_RUNS) {

            /* who decided it died before he said why */

            slot->end = AIR_DRILL_STOPPED;
            slot->ended_ms = t->now_ms;
        }

        begun = __atomic_load_n(&slot->begun, __ATOMIC_RELAXED);
        drilled = __atomic_load_n(&slot->counts.drilled, __ATOMIC_RELAXED);

        if ((drilled >= begun
             || t->now_ms >= slot->ended_ms + AIR_DRILLS_DRAIN)
            && air_drills_step(slot, word, AIR_DRILL_ENDS))
        {
            air_drills_end(slot, t);
        }

        break;

    case AIR_DRILL_BEGINS:
    case AIR_DRILL_ENDS:
        air_drills_revive(slot, word);
        break;

    default:
        break;
    }
}


void
air_drills_tick(air_drills_t *d, air_ledger_t *ledger, int64_t now_ms,
    int (*known)(void *ud, const char *vendor),
    void (*told)(void *ud, const air_drill_event_t *event), void *ud)
{
    uint32_t           bit;
    unsigned           i;
    air_drills_turn_t  t = { ledger, now_ms, known, told, ud };

    if (d->file == NULL || ledger == NULL) {
        return;
    }

    for (i = 0; i < AIR_DRILLS_SLOTS; i++) {

        air_drills_turn(&d->file->slot[i], &t);

        bit = UINT32_C(1) << i;

        if (air_drills_state(&d->file->slot[i]) == AIR_DRILL_RUNNING) {
            (void) __atomic_fetch_or(&d->file->active, bit, __ATOMIC_RELEASE);

        } else if (air_drills_active(d) & bit) {
            (void) __atomic_fetch_and(&d->file->active, ~bit,
                                      __ATOMIC_RELEASE);
        }
    }
}


void
air_drills_served(air_drill_slot_t *slot, air_str_t vendor)
{
    uint32_t             state;
    unsigned             i;
    air_drill_served_t  *s;

    vendor = air_record_cut(vendor, sizeof(s->name) - 1);

    for (i = 0; i < AIR_DRILLS_SERVED; i++) {
        s = &slot->served[i];
        state = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);

        if (state == 0
            && __atomic_compare_exchange_n(&s->state, &state, 1, 0,
                                           __ATOMIC_ACQ_REL,
                                           __ATOMIC_ACQUIRE))
        {
            memcpy(s->name, vendor.data, vendor.len);
            s->name[vendor.len] = '\0';

            state = 2;
            __atomic_store_n(&s->state, state, __ATOMIC_RELEASE);
        }

        if (state == 2 && air_str_eqz(vendor, s->name)) {
            (void) __atomic_fetch_add(&s->n, 1, __ATOMIC_RELAXED);
            return;
        }
    }

    (void) __atomic_fetch_add(&slot->elsewhere, 1, __ATOMIC_RELAXED);
}


unsigned
air_drills_servers(const air_drill_slot_t *slot, air_str_t *name,
    uint64_t *served, unsigned n)
{
    uint64_t                   count;
    unsigned                   i, k, got;
    const air_drill_served_t  *s;

    got = 0;

    for (i = 0; i < AIR_DRILLS_SERVED; i++) {
        s = &slot->served[i];

        if (__atomic_load_n(&s->state, __ATOMIC_ACQUIRE) != 2) {
            continue;
        }

        /* two that came at once may have taken a place each */

        for (k = 0; k < got && !air_str_eqz(name[k], s->name); k++) {
            /* void */
        }

        if (k == got) {

            if (got == n) {
                break;
            }

            name[got] = air_str_z(s->name);
            served[got++] = 0;
        }

        served[k] += __atomic_load_n(&s->n, __ATOMIC_RELAXED);
    }

    count = __atomic_load_n(&slot->elsewhere, __ATOMIC_RELAXED);

    if (count != 0 && got < n) {
        name[got] = air_str_z("others");
        served[got++] = count;
    }

    return got;
}
