
/*
 * Making LMDB anew from the journal, and mending what of the journal can be
 * mended: headers follow from the records, a file cut short is filled up with
 * holes, what cannot be read at all is set aside.  Nothing is deleted.
 */


#include "air_ledger_impl.h"
#include "air_file.h"
#include "air_fold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>


#define AIR_REBUILD_NAME   "data.mdb.rebuild"
#define AIR_REBUILD_BATCH  100000


static int
air_rebuild_aside(int dirfd, const char *name, air_err_t *err)
{
    char  aside[64];

    snprintf(aside, sizeof(aside), "%.20s.bad-%lld", name,
             (long long) time(NULL));

    if (renameat(dirfd, name, dirfd, aside) == -1) {
        return air_file_err(err, "cannot set a damaged file aside");
    }

    return AIR_OK;
}


/* A cut segment gets its length back; what was lost are holes. */
static int
air_rebuild_fill(int fd, uint32_t number, air_segment_t *seg, air_err_t *err)
{
    int             rc;
    uint64_t        seq;
    unsigned char  *slot;

    rc = posix_fallocate(seg->fd, 0, (off_t) seg->size);

    if (rc != 0) {
        errno = rc;
        return air_file_err(err, "cannot fill up a journal segment");
    }

    air_segment_close(seg);

    rc = air_segment_open(seg, fd, number, 1, err);
    if (rc != AIR_OK) {
        return rc;
    }

    air_segment_repair(seg, 1);

    for (seq = seg->base; seq < seg->base + seg->slots; seq++) {
        slot = air_segment_slot(seg, seq);
        (void) air_segment_void(slot);
    }

    return fdatasync(seg->fd) == -1
           ? air_file_err(err, "cannot sync a journal segment") : AIR_OK;
}


static int
air_rebuild_segment(int fd, uint32_t number, uint64_t *next, air_err_t *err)
{
    int            rc, headless, cut;
    char           name[16];
    air_segment_t  seg;

    air_segment_name(name, number, "");

    rc = air_segment_open(&seg, fd, number, 0, err);

    if (rc == AIR_ECORRUPT) {
        return air_rebuild_aside(fd, name, err);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    headless = seg.headless;
    cut = seg.cut;

    if (headless && seg.base == 0 && seg.slots != 0) {
        seg.base = *next;
    }

    if (headless && (seg.base == 0 || seg.slots == 0)) {
        air_segment_close(&seg);
        return air_rebuild_aside(fd, name, err);
    }

    if (headless || cut) {
        close(seg.fd);

        seg.fd = openat(fd, name, O_RDWR | O_CLOEXEC);
        if (seg.fd == -1) {
            return air_file_err(err, "cannot open a journal segment");
        }
    }

    if (headless) {
        rc = air_segment_mend(&seg, err);
    }

    if (rc == AIR_OK && (headless || cut)) {
        rc = air_rebuild_fill(fd, number, &seg, err);
    }

    *next = seg.base + seg.slots;

    air_segment_close(&seg);

    return rc;
}


static int
air_rebuild_mend(int dirfd, int fd, air_err_t *err)
{
    int                 rc;
    unsigned            i;
    uint64_t            next;
    air_segment_list_t  list;

    rc = air_inflight_check(dirfd, err);

    if (rc == AIR_ECORRUPT) {
        rc = air_rebuild_aside(dirfd, "inflight", err);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_segment_list(fd, &list, err);
    if (rc != AIR_OK) {
        return rc;
    }

    next = 0;

    for (i = 0; i < list.n && rc == AIR_OK; i++) {
        rc = air_rebuild_segment(fd, list.number[i], &next, err);
    }

    free(list.number);

    return rc;
}


static int
air_rebuild_fold(air_db_t *db, int fd, uint64_t *records, air_err_t *err)
{
    int             rc;
    air_reader_t   *rd;
    air_rollup_t    rollup;
    air_db_mark_t   mark;

    air_rollup_init(&rollup);

    rc = air_past_read(fd, &rollup, &mark, err);

    if (rc == AIR_OK && mark.seq != 0) {
        air_sums_init(&mark.total);
        rc = air_db_apply(db, &rollup, &mark, err);
    }

    air_rollup_free(&rollup);

    if (rc != AIR_OK) {
        return rc;
    }

    rd = malloc(sizeof(air_reader_t));
    if (rd == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    rc = air_reader_open(rd, fd, mark.seq + 1, err);

    if (rc == AIR_OK) {

        while (rc == AIR_OK) {
            air_rollup_init(&rollup);

            rc = air_fold(rd, &rollup, &mark, UINT64_MAX, AIR_REBUILD_BATCH,
                          0, err);

            if (rc == AIR_OK || rc == AIR_AGAIN) {

                if (air_db_apply(db, &rollup, &mark, err) != AIR_OK) {
                    rc = err->code;
                }
            }

            air_rollup_free(&rollup);
        }

        air_reader_close(rd);
    }

    free(rd);

    *records = mark.records;

    return rc == AIR_AGAIN ? AIR_OK : rc;
}


/* The owner of the store owns the new file too. */
static void
air_rebuild_own(int dirfd, const char *name)
{
    struct stat  st;

    if (geteuid() == 0 && fstat(dirfd, &st) == 0) {
        (void) !fchownat(dirfd, name, st.st_uid, st.st_gid,
                         AT_SYMLINK_NOFOLLOW);
    }
}


static int
air_rebuild_swap(int dirfd, air_err_t *err)
{
    char  old[64];

    snprintf(old, sizeof(old), "data.mdb.old-%lld", (long long) time(NULL));

    if (renameat(dirfd, "data.mdb", dirfd, old) == -1 && errno != ENOENT) {
        return air_file_err(err, "cannot set the old database aside");
    }

    (void) unlinkat(dirfd, "data.mdb-lock", 0);
    (void) unlinkat(dirfd, AIR_REBUILD_NAME "-lock", 0);

    if (renameat(dirfd, AIR_REBUILD_NAME, dirfd, "data.mdb") == -1
        || fsync(dirfd) == -1)
    {
        return air_file_err(err, "cannot put the new database in place");
    }

    air_rebuild_own(dirfd, "data.mdb");

    return AIR_OK;
}


static int
air_rebuild_all(const char *dir, int dirfd, const air_ledger_conf_t *conf,
    uint64_t *records, air_err_t *err)
{
    int       fd, rc;
    air_db_t  db;

    fd = openat(dirfd, "journal", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd == -1) {
        return air_file_err(err, "cannot open the journal");
    }

    rc = air_rebuild_mend(dirfd, fd, err);

    if (rc == AIR_OK) {
        rc = air_db_make(dir, AIR_REBUILD_NAME, err);
    }

    if (rc == AIR_OK) {
        rc = air_db_open_name(&db, dir, AIR_REBUILD_NAME,
                              conf != NULL ? conf->map_size : 0, 1, err);
    }

    if (rc == AIR_OK) {
        rc = air_rebuild_fold(&db, fd, records, err);
        air_db_close(&db);
    }

    close(fd);

    if (rc == AIR_OK) {
        rc = air_rebuild_swap(dirfd, err);
    }

    if (rc != AIR_OK) {
        (void) unlinkat(dirfd, AIR_REBUILD_NAME, 0);
        (void) unlinkat(dirfd, AIR_REBUILD_NAME "-lock", 0);
        return rc;
    }

    air_inflight_pardon(dirfd);

    return AIR_OK;
}


int
air_ledger_rebuild(const char *dir, const air_ledger_conf_t *conf,
    uint64_t *records, air_err_t *err)
{
    int        dirfd, lock, rc;
    air_err_t  e;

    if (err == NULL) {
        err = &e;
    }

    *records = 0;

    dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dirfd == -1) {
        return air_file_err(err, "cannot open the store");
    }

    lock = openat(dirfd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                  0640);

    if (lock == -1) {
        rc = air_file_err(err, "cannot open the store's lock");

    } else if (flock(lock, LOCK_EX | LOCK_NB) == -1) {
        rc = errno == EWOULDBLOCK
             ? air_err_set(err, AIR_EBUSY, "the store is in use: stop nginx "
                                           "first", 0)
             : air_file_err(err, "cannot lock the store");

    } else {
        air_rebuild_own(dirfd, "lock");
        rc = air_rebuild_all(dir, dirfd, conf, records, err);
    }

    if (lock != -1) {
        close(lock);
    }

    close(dirfd);

    return rc;
}
