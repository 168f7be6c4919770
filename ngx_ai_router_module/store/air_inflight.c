
/*
 * Claiming and freeing without system calls; owners and their locks.
 *
 * File: header page, owners, state words (room for AIR_INFLIGHT_MAX, so that
 * the file can grow under those who have it mapped), slots.
 */


#include "air_inflight.h"
#include "air_file.h"
#include "air_le.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>


#define AIR_INFLIGHT_VERSION  1
#define AIR_INFLIGHT_HEAD     32
#define AIR_INFLIGHT_SHARED   64
#define AIR_INFLIGHT_AT_OWNER 4096
#define AIR_INFLIGHT_AT_STATE (AIR_INFLIGHT_AT_OWNER                        \
                               + 8 * AIR_INFLIGHT_OWNERS)
#define AIR_INFLIGHT_AT_SLOT  (AIR_INFLIGHT_AT_STATE + 8 * AIR_INFLIGHT_MAX)

#define AIR_INFLIGHT_NAME     "inflight"

#define air_state_word(gen, owner, state)                                    \
    ((uint64_t) (gen) << 32 | (uint64_t) (owner) << 8 | (state))


static const char  air_inflight_magic[8] = "AIRFLGT";


_Static_assert(sizeof(air_slot_t) == 1152, "the file's layout");
_Static_assert(AIR_INFLIGHT_AT_SLOT % 4096 == 0, "slots start on a page");


static uint64_t
air_inflight_size(uint32_t nslots)
{
    return AIR_INFLIGHT_AT_SLOT + (uint64_t) nslots * sizeof(air_slot_t);
}


static void
air_inflight_head(unsigned char *head, uint32_t nslots)
{
    air_inflight_shared_t  shared;

    memset(head, 0, AIR_INFLIGHT_SHARED + sizeof(shared));
    memcpy(head, air_inflight_magic, 8);
    air_put32(head + 8, AIR_INFLIGHT_VERSION);
    air_put32(head + AIR_INFLIGHT_HEAD - 4,
              air_crc32c(0, head, AIR_INFLIGHT_HEAD - 4));

    memset(&shared, 0, sizeof(shared));
    shared.nslots = nslots;
    memcpy(head + AIR_INFLIGHT_SHARED, &shared, sizeof(shared));
}


/* Proves the header of an open file; *nslots is what it has room for. */
static int
air_inflight_look(int fd, uint32_t *nslots, air_err_t *err)
{
    int64_t                size;
    unsigned char          head[AIR_INFLIGHT_SHARED
                                + sizeof(air_inflight_shared_t)];
    air_inflight_shared_t  shared;

    size = air_file_size(fd);
    if (size == -1) {
        return air_file_err(err, "cannot look at the in-flight table");
    }

    if (air_file_pread(fd, head, sizeof(head), 0) != sizeof(head)
        || memcmp(head, air_inflight_magic, 8) != 0
        || air_get32(head + AIR_INFLIGHT_HEAD - 4)
           != air_crc32c(0, head, AIR_INFLIGHT_HEAD - 4))
    {
        return air_err_set(err, AIR_ECORRUPT,
                           "in-flight table has a damaged header", 0);
    }

    if (air_get32(head + 8) != AIR_INFLIGHT_VERSION) {
        return air_err_set(err, AIR_EFORMAT,
                           "in-flight table of a newer version", 0);
    }

    memcpy(&shared, head + AIR_INFLIGHT_SHARED, sizeof(shared));

    if (shared.nslots == 0 || shared.nslots > AIR_INFLIGHT_MAX
        || (uint64_t) size < air_inflight_size(shared.nslots))
    {
        return air_err_set(err, AIR_ECORRUPT,
                           "in-flight table is cut short", (size_t) size);
    }

    *nslots = shared.nslots;

    return AIR_OK;
}


int
air_inflight_check(int dirfd, air_err_t *err)
{
    int       fd, rc;
    uint32_t  nslots;

    fd = openat(dirfd, AIR_INFLIGHT_NAME, O_RDONLY | O_CLOEXEC);

    if (fd == -1) {
        return errno == ENOENT
               ? AIR_OK : air_file_err(err, "cannot open the in-flight table");
    }

    rc = air_inflight_look(fd, &nslots, err);
    close(fd);

    return rc;
}


void
air_inflight_pardon(int dirfd)
{
    int       fd;
    uint32_t  none;

    fd = openat(dirfd, AIR_INFLIGHT_NAME, O_WRONLY | O_CLOEXEC);
    if (fd == -1) {
        return;
    }

    none = 0;

    (void) air_file_pwrite(fd, &none, sizeof(none), AIR_INFLIGHT_SHARED
                           + offsetof(air_inflight_shared_t, db_deaths));
    close(fd);
}


static int
air_inflight_file(air_inflight_t *f, int dirfd, uint32_t nslots,
    air_err_t *err)
{
    unsigned char  head[AIR_INFLIGHT_SHARED + sizeof(air_inflight_shared_t)];

    f->fd = openat(dirfd, AIR_INFLIGHT_NAME, O_RDWR | O_CLOEXEC);

    if (f->fd == -1 && errno == ENOENT) {
        air_inflight_head(head, nslots);

        if (air_file_make(dirfd, AIR_INFLIGHT_NAME,
                          air_inflight_size(nslots), head, sizeof(head))
            == -1 && errno != EEXIST)
        {
            return air_file_err(err, "cannot make the in-flight table");
        }

        f->fd = openat(dirfd, AIR_INFLIGHT_NAME, O_RDWR | O_CLOEXEC);
    }

    if (f->fd == -1) {
        return air_file_err(err, "cannot open the in-flight table");
    }

    return AIR_OK;
}


static int
air_inflight_map_now(air_inflight_t *f, uint32_t nslots, air_err_t *err)
{
    f->nslots = nslots;
    f->size = air_inflight_size(nslots);

    f->map = air_file_map(f->fd, f->size);
    if (f->map == NULL) {
        return air_file_err(err, "cannot map the in-flight table");
    }

    f->shared = (void *) (f->map + AIR_INFLIGHT_SHARED);
    f->owner = (void *) (f->map + AIR_INFLIGHT_AT_OWNER);
    f->state = (void *) (f->map + AIR_INFLIGHT_AT_STATE);
    f->slot = (void *) (f->map + AIR_INFLIGHT_AT_SLOT);

    return AIR_OK;
}


int
air_inflight_view(air_inflight_t *view, const air_inflight_t *f,
    air_err_t *err)
{
    memset(view, 0, sizeof(air_inflight_t));

    view->fd = f->fd;
    view->me = f->me;

    return air_inflight_map_now(view,
                                __atomic_load_n(&f->shared->nslots,
                                                __ATOMIC_ACQUIRE),
                                err);
}


/* With the lock held: grows the file when more slots are wanted, maps it. */
static int
air_inflight_map(air_inflight_t *f, uint32_t nslots, air_err_t *err)
{
    int       rc;
    uint32_t  have;

    rc = air_inflight_look(f->fd, &have, err);
    if (rc != AIR_OK) {
        return rc;
    }

    if (nslots > have) {
        rc = posix_fallocate(f->fd, 0, (off_t) air_inflight_size(nslots));

        if (rc != 0) {
            /* what is there will have to do */
            nslots = have;
        }

    } else {
        nslots = have;
    }

    rc = air_inflight_map_now(f, nslots, err);
    if (rc != AIR_OK) {
        return rc;
    }

    __atomic_store_n(&f->shared->nslots, nslots, __ATOMIC_RELEASE);

    return AIR_OK;
}


static int
air_inflight_lock(const air_inflight_t *f, int cmd, uint32_t entry,
    struct flock *fl)
{
    memset(fl, 0, sizeof(struct flock));

    fl->l_type = F_WRLCK;
    fl->l_whence = SEEK_SET;
    fl->l_start = entry;
    fl->l_len = 1;

    return fcntl(f->fd, cmd, fl);
}


/* An entry is taken lock first, so that nobody sees it set and unlocked. */
static int
air_inflight_enter(air_inflight_t *f, air_err_t *err)
{
    uint32_t      i;
    struct flock  fl;

    for (i = 0; i < AIR_INFLIGHT_OWNERS; i++) {

        if (__atomic_load_n(&f->owner[i], __ATOMIC_ACQUIRE) != 0
            || air_inflight_lock(f, F_OFD_SETLK, i, &fl) == -1)
        {
            continue;
        }

        if (__atomic_load_n(&f->owner[i], __ATOMIC_ACQUIRE) == 0) {
            __atomic_store_n(&f->owner[i], (uint64_t) getpid(),
                             __ATOMIC_RELEASE);
            f->me = i;
            f->hint = (uint32_t) ((uint64_t) i * 64 % f->nslots);

            return AIR_OK;
        }

        fl.l_type = F_UNLCK;
        (void) fcntl(f->fd, F_OFD_SETLK, &fl);
    }

    return air_err_set(err, AIR_EBUSY,
                       "too many processes have the ledger open", 0);
}


int
air_inflight_open(air_inflight_t *f, int dirfd, uint32_t nslots,
    int *crashed, air_err_t *err)
{
    int   rc;
    char  boot[sizeof(f->shared->boot)];

    memset(f, 0, sizeof(air_inflight_t));

    if (nslots == 0) {
        nslots = AIR_INFLIGHT_DEFAULT;
    }

    if (nslots > AIR_INFLIGHT_MAX) {
        nslots = AIR_INFLIGHT_MAX;
    }

    rc = air_inflight_file(f, dirfd, nslots, err);
    if (rc != AIR_OK) {
        return rc;
    }

    while (flock(f->fd, LOCK_EX) == -1) {
        if (errno != EINTR) {
            rc = air_file_err(err, "cannot lock the in-flight table");
            goto failed;
        }
    }

    rc = air_inflight_map(f, nslots, err);
    if (rc != AIR_OK) {
        goto failed;
    }

    rc = air_inflight_enter(f, err);
    if (rc != AIR_OK) {
        goto failed;
    }

    air_file_boot(boot, sizeof(boot));

    *crashed = memcmp(boot, f->shared->boot, sizeof(boot)) != 0;

    return AIR_OK;

failed:

    air_inflight_close(f);

    return rc;
}


void
air_inflight_ready(air_inflight_t *f)
{
    int   first;
    char  boot[sizeof(f->shared->boot)];

    air_file_boot(boot, sizeof(boot));

    if (memcmp(boot, f->shared->boot, sizeof(boot)) != 0) {
        first = f->shared->boot[0] == '\0';
        memcpy(f->shared->boot, boot, sizeof(boot));
        f->shared->db_deaths = 0;
        f->shared->bad = 0;
        __atomic_store_n(&f->shared->doubt, !first, __ATOMIC_RELEASE);
    }

    (void) flock(f->fd, LOCK_UN);
}


int
air_inflight_survey(int dirfd, unsigned *inflight, unsigned *orphans,
    unsigned *owners, air_err_t *err)
{
    int              rc;
    uint32_t         i, nslots, owner;
    uint64_t        *word;
    unsigned char   *dead;
    air_inflight_t   f;

    *inflight = *orphans = *owners = 0;

    memset(&f, 0, sizeof(f));

    f.fd = openat(dirfd, AIR_INFLIGHT_NAME, O_RDONLY | O_CLOEXEC);

    if (f.fd == -1) {
        return errno == ENOENT
               ? air_err_set(err, AIR_ENOENT, "no in-flight table", 0)
               : air_file_err(err, "cannot open the in-flight table");
    }

    rc = air_inflight_look(f.fd, &nslots, err);

    if (rc != AIR_OK) {
        close(f.fd);
        return rc;
    }

    word = calloc(AIR_INFLIGHT_OWNERS + nslots, sizeof(uint64_t));
    dead = calloc(AIR_INFLIGHT_OWNERS, 1);

    if (word == NULL || dead == NULL) {
        rc = air_err_set(err, AIR_ENOMEM, "no memory", 0);

    } else if (air_file_pread(f.fd, word, 8 * AIR_INFLIGHT_OWNERS,
                              AIR_INFLIGHT_AT_OWNER) == -1
               || air_file_pread(f.fd, word + AIR_INFLIGHT_OWNERS, 8 * nslots,
                                 AIR_INFLIGHT_AT_STATE) == -1)
    {
        rc = air_file_err(err, "cannot read the in-flight table");

    } else {
        f.owner = word;
        f.state = word + AIR_INFLIGHT_OWNERS;
        f.me = AIR_INFLIGHT_OWNERS;

        (void) air_inflight_dead(&f, dead);

        for (i = 0; i < AIR_INFLIGHT_OWNERS; i++) {
            *owners += f.owner[i] != 0 && !dead[i];
        }

        for (i = 0; i < nslots; i++) {
            if (air_inflight_state(&f, i, &owner) != AIR_SLOT_FREE) {
                (*inflight)++;
                *orphans += owner < AIR_INFLIGHT_OWNERS && dead[owner];
            }
        }
    }

    free(word);
    free(dead);
    close(f.fd);

    return rc;
}


void
air_inflight_close(air_inflight_t *f)
{
    if (f->map != NULL) {
        (void) munmap(f->map, f->size);
        f->map = NULL;
    }

    if (f->fd != -1) {
        close(f->fd);
        f->fd = -1;
    }
}


static int
air_inflight_try(air_inflight_t *f, uint32_t slot)
{
    uint64_t  word;

    word = __atomic_load_n(&f->state[slot], __ATOMIC_RELAXED);

    return (word & 0xff) == AIR_SLOT_FREE
           && __atomic_compare_exchange_n(&f->state[slot], &word,
                                          air_state_word((word >> 32) + 1,
                                                         f->me,
                                                         AIR_SLOT_CLAIMED),
                                          0, __ATOMIC_ACQ_REL,
                                          __ATOMIC_RELAXED);
}


int
air_inflight_claim(air_inflight_t *f)
{
    uint32_t  i, slot;

    while (f->nfree) {
        slot = f->free[--f->nfree];

        if (air_inflight_try(f, slot)) {
            return (int) slot;
        }
    }

    slot = f->hint;

    for (i = 0; i < f->nslots; i++) {

        if (++slot >= f->nslots) {
            slot = 0;
        }

        if (air_inflight_try(f, slot)) {
            f->hint = slot;
            return (int) slot;
        }
    }

    return AIR_ELIMIT;
}


air_slot_e
air_inflight_state(const air_inflight_t *f, uint32_t slot, uint32_t *owner)
{
    uint64_t  word;

    word = __atomic_load_n(&f->state[slot], __ATOMIC_ACQUIRE);

    *owner = (uint32_t) (word >> 8 & 0xffff);

    return (air_slot_e) (word & 0xff);
}


void
air_inflight_set(air_inflight_t *f, uint32_t slot, air_slot_e state)
{
    uint64_t  word;

    word = __atomic_load_n(&f->state[slot], __ATOMIC_RELAXED);

    __atomic_store_n(&f->state[slot],
                     air_state_word(word >> 32, f->me, state),
                     __ATOMIC_RELEASE);
}


void
air_inflight_free(air_inflight_t *f, uint32_t slot)
{
    air_inflight_set(f, slot, AIR_SLOT_FREE);

    if (f->nfree < sizeof(f->free) / sizeof(f->free[0])) {
        f->free[f->nfree++] = slot;
    }
}


unsigned
air_inflight_dead(const air_inflight_t *f, unsigned char *dead)
{
    uint32_t      i;
    unsigned      n;
    struct flock  fl;

    n = 0;
    memset(dead, 0, AIR_INFLIGHT_OWNERS);

    for (i = 0; i < AIR_INFLIGHT_OWNERS; i++) {

        if (i == f->me
            || __atomic_load_n(&f->owner[i], __ATOMIC_ACQUIRE) == 0)
        {
            continue;
        }

        if (air_inflight_lock(f, F_OFD_GETLK, i, &fl) == 0
            && fl.l_type == F_UNLCK)
        {
            dead[i] = 1;
            n++;
        }
    }

    return n;
}


unsigned
air_inflight_count(const air_inflight_t *f)
{
    uint32_t  i;
    unsigned  n;

    n = 0;

    for (i = 0; i < f->nslots; i++) {
        n += (__atomic_load_n(&f->state[i], __ATOMIC_RELAXED) & 0xff)
             != AIR_SLOT_FREE;
    }

    return n;
}
