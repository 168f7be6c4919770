
/*
 * The ledger as its users see it: attempts through the in-flight table into
 * the journal, over segments, over deaths of processes, over a full disk.
 */


#include "../../ngx_ai_router_module/store/air_ledger.h"
#include "store.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>


typedef struct {
    uint64_t  n;
    uint64_t  cost;
    uint64_t  orphans;
    uint64_t  last;
    int       order;              /* seq went up                            */
} seen_t;


static int
see(void *ud, const air_record_t *r)
{
    seen_t  *seen = ud;

    seen->n++;
    seen->cost += r->cost;
    seen->orphans += (r->flags & AIR_REC_ORPHAN) != 0;
    seen->order = seen->order && r->seq > seen->last;
    seen->last = r->seq;

    return 0;
}


static seen_t
scan(const char *dir, uint64_t seq)
{
    int        rc;
    seen_t     seen;
    uint64_t   bad;
    air_err_t  err;

    memset(&seen, 0, sizeof(seen));
    seen.order = 1;

    rc = air_ledger_scan(dir, seq, see, &seen, &bad, &err);
    if (rc != AIR_OK || bad != 0) {
        seen.n = UINT64_MAX;
    }

    return seen;
}


static void
test_life(void)
{
    int                slot, slot2;
    char              *dir;
    seen_t             seen;
    air_err_t          err;
    air_record_t       r;
    air_ledger_t      *l;
    air_ledger_conf_t  conf;

    dir = store_dir();
    memset(&conf, 0, sizeof(conf));
    conf.segment_size = 128 * 1024;
    conf.inflight = 16;

    is(air_ledger_open(&l, dir, &conf, &err), AIR_OK, "opens an empty store");
    is(air_ledger_writable(l), 1, "writable");
    is(air_ledger_inflight(l), 0, "nothing in flight");

    store_record(&r, 1);
    slot = air_ledger_begin(l, &r);
    ok(slot >= 0, "begins");
    is(air_ledger_inflight(l), 1, "one in flight");
    is((long long) scan(dir, 0).n, 0, "nothing in the journal yet");

    air_ledger_note(l, slot, 5, 7);

    slot2 = air_ledger_begin(l, &r);
    ok(slot2 >= 0 && slot2 != slot, "another slot");
    air_ledger_cancel(l, slot2);
    is(air_ledger_inflight(l), 1, "cancelled");

    r.cost = 42;
    is(air_ledger_settle(l, slot, &r), AIR_OK, "settles");
    is(air_ledger_inflight(l), 0, "the slot is free");

    seen = scan(dir, 0);
    is((long long) seen.n, 1, "one record");
    is((long long) seen.cost, 42, "with its cost");
    is((long long) seen.last, 1, "and seq 1");

    r.cost = 8;
    is(air_ledger_settle(l, -1, &r), AIR_OK, "a record without a slot");

    seen = scan(dir, 0);
    is((long long) seen.cost, 50, "is there too");
    is((long long) scan(dir, 2).n, 1, "scanning from 2");
    is((long long) scan(dir, 3).n, 0, "scanning from behind the end");

    air_ledger_close(l);

    is(air_ledger_open(&l, dir, &conf, &err), AIR_OK, "opens again");
    is(air_ledger_settle(l, -1, &r), AIR_OK, "goes on");
    seen = scan(dir, 0);
    is((long long) seen.last, 3, "where it was");

    air_ledger_close(l);
    store_drop(dir);
}


static void
test_segments(void)
{
    int                i, rc, slot;
    char              *dir;
    seen_t             seen;
    uint64_t           want;
    air_err_t          err;
    air_record_t       r;
    air_ledger_t      *l;
    air_ledger_conf_t  conf;

    dir = store_dir();
    memset(&conf, 0, sizeof(conf));
    conf.segment_size = 64 * 1024;
    conf.inflight = 16;

    rc = air_ledger_open(&l, dir, &conf, &err);
    want = 0;

    for (i = 0; i < 1000 && rc == AIR_OK; i++) {
        store_record(&r, i);
        slot = air_ledger_begin(l, &r);
        rc = air_ledger_settle(l, slot, &r);
        want += r.cost;
    }

    is(rc, AIR_OK, "a thousand records over small segments");

    seen = scan(dir, 0);
    is((long long) seen.n, 1000, "all there");
    is((long long) seen.cost, (long long) want, "to the pico-dollar");
    is(seen.order, 1, "in order");
    is((long long) seen.last, 1000, "without a gap");

    for (i = 0; i < 16; i++) {
        rc = air_ledger_begin(l, &r);
    }

    ok(rc >= 0, "sixteen slots");
    is(air_ledger_begin(l, &r), AIR_ELIMIT, "the seventeenth is refused");

    air_ledger_close(l);
    store_drop(dir);
}


/* A child that begins attempts, settles some, and is killed. */
static void
test_orphans(void)
{
    int                i, status;
    char              *dir;
    pid_t              pid;
    seen_t             seen;
    air_err_t          err;
    air_record_t       r;
    air_ledger_t      *l;
    air_ledger_work_t  work;
    air_ledger_conf_t  conf;

    dir = store_dir();
    memset(&conf, 0, sizeof(conf));
    conf.inflight = 64;
    conf.segment_size = 128 * 1024;

    pid = fork();

    if (pid == 0) {
        if (air_ledger_open(&l, dir, &conf, &err) == AIR_OK) {
            for (i = 0; i < 10; i++) {
                store_record(&r, i);
                r.cost = 1000;
                air_ledger_note(l, air_ledger_begin(l, &r), 11, 22);
            }

            r.cost = 1;
            (void) air_ledger_settle(l, -1, &r);
        }

        raise(SIGKILL);
    }

    waitpid(pid, &status, 0);

    (void) air_ledger_open(&l, dir, &conf, &err);
    is(air_ledger_inflight(l), 10, "ten attempts of a dead worker");
    is(air_ledger_tick(l, 1, &work, &err), AIR_OK, "tick");
    is(work.orphans, 10, "settles them");
    is(air_ledger_inflight(l), 0, "none left");

    seen = scan(dir, 0);
    is((long long) seen.n, 11, "eleven records");
    is((long long) seen.orphans, 10, "ten marked as orphans");
    is((long long) seen.cost, 10001, "with the worst case as cost");

    is(air_ledger_tick(l, 2, &work, &err), AIR_OK, "another tick");
    is(work.orphans, 0, "finds nothing");
    is((long long) scan(dir, 0).n, 11, "and doubles nothing");

    air_ledger_close(l);
    store_drop(dir);
}


/* Under strict seccomp every call but read, write and exit kills. */
static void
test_no_system_calls(void)
{
    int                i, slot, status;
    char              *dir;
    pid_t              pid;
    air_err_t          err;
    air_record_t       r;
    air_ledger_t      *l;
    air_ledger_conf_t  conf;

    dir = store_dir();
    memset(&conf, 0, sizeof(conf));
    conf.inflight = 16;

    pid = fork();

    if (pid == 0) {

        if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK) {
            _exit(1);
        }

        store_record(&r, 1);

        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == -1) {
            _exit(77);
        }

        for (i = 0; i < 1000; i++) {
            slot = air_ledger_begin(l, &r);
            air_ledger_note(l, slot, 1, 2);

            if (i % 5 == 0) {
                air_ledger_cancel(l, slot);
                slot = -1;
            }

            if (air_ledger_settle(l, slot, &r) != AIR_OK
                || !air_ledger_writable(l))
            {
                syscall(SYS_exit, 2);
            }
        }

        syscall(SYS_exit, 0);
    }

    waitpid(pid, &status, 0);

    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        skip("no seccomp here");

    } else {
        ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
           "a thousand attempts without a system call");
        is((long long) scan(dir, 0).n, 1000, "and their records are there");
    }

    store_drop(dir);
}


/*
 * Files that may not grow, as a full disk would have it: segments cannot be
 * made.  In a child, because the limit is for good.
 */
static int
full_disk(const char *dir)
{
    int                i, slot, refused, parked;
    air_err_t          err;
    air_record_t       r;
    air_ledger_t      *l;
    struct rlimit      limit, old;
    air_ledger_conf_t  conf;
    air_ledger_work_t  work;

    memset(&conf, 0, sizeof(conf));
    conf.segment_size = 64 * 1024;
    conf.inflight = 16;
    conf.sync_ms = 1;

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK) {
        return 1;
    }

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    limit = old;
    limit.rlim_cur = 32 * 1024;
    setrlimit(RLIMIT_FSIZE, &limit);

    refused = parked = 0;

    for (i = 0; i < 300; i++) {
        store_record(&r, (unsigned) i);
        r.cost = 1;
        slot = air_ledger_begin(l, &r);

        if (slot == AIR_EIO) {
            refused++;

        } else if (slot >= 0 && air_ledger_settle(l, slot, &r) == AIR_EIO) {
            parked++;
        }
    }

    /* 112 slots, one that finds the end of them, the rest refused at once */

    if (parked != 1 || refused != 300 - 112 - 1 || air_ledger_writable(l)) {
        return 2;
    }

    if (air_ledger_settle(l, -1, &r) != AIR_EIO) {
        return 3;
    }

    if (air_ledger_tick(l, 1, &work, &err) != AIR_EIO || !work.failed
        || air_ledger_writable(l))
    {
        return 4;
    }

    setrlimit(RLIMIT_FSIZE, &old);

    if (air_ledger_tick(l, 2, &work, &err) != AIR_OK
        || !air_ledger_writable(l) || air_ledger_inflight(l) != 0)
    {
        return 5;
    }

    r.cost = 10;

    return air_ledger_settle(l, -1, &r) == AIR_OK ? 0 : 6;
}


static void
test_full_disk(void)
{
    int      status;
    char    *dir;
    pid_t    pid;
    seen_t   seen;

    dir = store_dir();
    pid = fork();

    if (pid == 0) {
        _exit(full_disk(dir));
    }

    waitpid(pid, &status, 0);
    is(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0,
       "no room: fails fast, and recovers by itself");

    seen = scan(dir, 0);
    is((long long) seen.n, 114, "what was parked is there, once");
    is((long long) seen.cost, 113 + 10, "with its cost");

    store_drop(dir);
}


/* A file system that is really full, where one may be mounted. */
static void
test_full_mount(void)
{
    int                i, rc, slot;
    char              *dir, path[300];
    seen_t             seen;
    uint64_t           acked;
    air_err_t          err;
    air_record_t       r;
    air_ledger_t      *l;
    air_ledger_conf_t  conf;
    air_ledger_work_t  work;

    dir = store_dir();

    if (mount("none", dir, "tmpfs", 0, "size=1m") == -1) {
        skip("nothing can be mounted here");
        store_drop(dir);
        return;
    }

    snprintf(path, sizeof(path), "%s/store", dir);
    memset(&conf, 0, sizeof(conf));
    conf.segment_size = 64 * 1024;
    conf.inflight = 8;
    conf.sync_ms = 1;

    rc = air_ledger_open(&l, path, &conf, &err);
    acked = 0;

    for (i = 0; i < 5000 && rc == AIR_OK; i++) {
        store_record(&r, (unsigned) i);
        r.cost = 1;
        slot = air_ledger_begin(l, &r);

        if (slot >= 0 && air_ledger_settle(l, slot, &r) == AIR_OK) {
            acked++;
        }

        if (i % 50 == 0) {
            (void) air_ledger_tick(l, i + 1, &work, &err);
        }
    }

    ok(rc == AIR_OK && acked > 100 && acked < 5000,
       "%llu records, then the disk is full", (unsigned long long) acked);
    is(air_ledger_writable(l), 0, "which is known");
    is(air_ledger_begin(l, &r), AIR_EIO, "and told before anything is sent");

    ok(mount("none", dir, "tmpfs", MS_REMOUNT, "size=32m") == 0, "more room");
    (void) air_ledger_tick(l, 10000, &work, &err);
    is(air_ledger_writable(l), 1, "is found by the tick");
    is(air_ledger_inflight(l), 0, "nothing stays behind");

    seen = scan(path, 0);
    ok(seen.n >= acked && seen.n <= acked + 1,
       "every acknowledged record is there, and the one that was parked");

    air_ledger_close(l);
    umount2(dir, MNT_DETACH);
    store_drop(dir);
}


static int
in_child(int (*f)(const char *dir), const char *dir)
{
    int    status;
    pid_t  pid;

    fflush(stdout);
    pid = fork();

    if (pid == 0) {
        _exit(f(dir) & 0xff);
    }

    waitpid(pid, &status, 0);

    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}


static int
try_lock(const char *dir)
{
    int        fd;
    long       holder;
    air_err_t  err;

    return -air_ledger_lock(dir, getuid(), getgid(), &fd, &holder, &err);
}


/* Without the descriptors of its parent, as another nginx would come. */
static int
try_lock_alone(const char *dir)
{
    int  fd;

    for (fd = 3; fd < 64; fd++) {
        close(fd);
    }

    return try_lock(dir);
}


/* A grandchild: neither the descriptors nor the parent. */
static int
try_lock_stranger(const char *dir)
{
    int  fd;

    for (fd = 3; fd < 64; fd++) {
        close(fd);
    }

    return in_child(try_lock, dir);
}


static void
test_lock(void)
{
    int          fd, fd2, fd3;
    char        *dir, path[300];
    long         holder;
    air_err_t    err;
    struct stat  st;

    dir = store_dir();
    snprintf(path, sizeof(path), "%s/new", dir);

    is(air_ledger_lock(path, getuid(), getgid(), &fd, &holder, &err), AIR_OK,
       "a master makes and locks the store");
    is(stat(path, &st), 0, "it is there");
    is(st.st_mode & 07777, 0750, "closed to others");
    is(holder, getpid(), "held by us");

    is(air_ledger_lock(path, getuid(), getgid(), &fd2, &holder, &err), AIR_OK,
       "the same master again, for a reload");
    is(in_child(try_lock_alone, path), 0, "our child may, for an upgrade");
    is(in_child(try_lock_stranger, path), -AIR_EBUSY, "a stranger may not");

    close(fd);
    is(in_child(try_lock_stranger, path), -AIR_EBUSY,
       "not even when the first cycle's descriptor is closed");

    close(fd2);
    is(in_child(try_lock_stranger, path), 0, "until all are");

    /* inherited, the parent gone: the second binary after an upgrade */

    is(air_ledger_lock(path, getuid(), getgid(), &fd, &holder, &err), AIR_OK,
       "locked again");
    is(in_child(try_lock, path), 0, "who inherits the lock has it");
    fd3 = dup(fd);
    close(fd);
    is(in_child(try_lock_stranger, path), -AIR_EBUSY, "a copy keeps it");
    close(fd3);

    store_drop(dir);
}


/* A worker that sleeps between taking a slot and writing it. */
static void
test_hole(void)
{
    int                 fd;
    char               *dir, path[300];
    seen_t              seen;
    uint64_t            next;
    air_err_t           err;
    air_record_t        r;
    air_ledger_t       *l;
    air_ledger_conf_t   conf;
    air_ledger_work_t   work;
    air_ledger_proof_t  proof;

    dir = store_dir();
    memset(&conf, 0, sizeof(conf));
    conf.segment_size = 64 * 1024;
    conf.inflight = 16;
    conf.sync_ms = 1;

    (void) air_ledger_open(&l, dir, &conf, &err);

    store_record(&r, 1);
    r.cost = 1;
    (void) air_ledger_settle(l, -1, &r);

    /* three slots taken by somebody who never comes back */

    snprintf(path, sizeof(path), "%s/journal/00000001", dir);
    fd = open(path, O_RDWR);
    next = 4;
    (void) !pwrite(fd, &next, sizeof(next), 1024);
    close(fd);

    (void) air_ledger_settle(l, -1, &r);

    (void) air_ledger_tick(l, 1000, &work, &err);
    is((long long) work.applied, 1, "what is behind a hole waits");
    (void) air_ledger_tick(l, 2000, &work, &err);
    is((long long) work.applied, 0, "for a while");
    (void) air_ledger_tick(l, 9000, &work, &err);
    (void) air_ledger_tick(l, 13000, &work, &err);
    (void) air_ledger_tick(l, 17000, &work, &err);
    (void) air_ledger_tick(l, 21000, &work, &err);

    seen = scan(dir, 0);
    is((long long) seen.n, 2, "both records");
    is((long long) seen.last, 5, "the second behind the hole");

    is(air_ledger_verify(dir, &proof, &err), AIR_OK, "holes are no damage");
    is((long long) proof.holes, 3, "but counted");
    is((long long) proof.records, 2, "and the database has both records");

    air_ledger_close(l);
    store_drop(dir);
}


/* The machine went down: counters lost, the last record half on the disk. */
static void
test_power_loss(void)
{
    int                 fd;
    char               *dir, path[300], junk[200];
    unsigned            i;
    uint64_t            next;
    air_err_t           err;
    air_record_t        r;
    air_ledger_t       *l;
    air_ledger_conf_t   conf;
    air_ledger_work_t   work;
    air_ledger_proof_t  proof;

    dir = store_dir();
    memset(&conf, 0, sizeof(conf));
    conf.segment_size = 64 * 1024;
    conf.inflight = 16;
    conf.sync_ms = 1;

    (void) air_ledger_open(&l, dir, &conf, &err);

    for (i = 0; i < 20; i++) {
        store_record(&r, i);
        (void) air_ledger_settle(l, -1, &r);
    }

    /* record 8 is in the journal, and the table still has it in flight; so
       has it one that is not */

    store_record(&r, 7);
    (void) air_ledger_begin(l, &r);
    store_record(&r, 5000);
    (void) air_ledger_begin(l, &r);
    air_ledger_close(l);

    snprintf(path, sizeof(path), "%s/journal/00000001", dir);
    fd = open(path, O_RDWR);
    next = 3;
    memset(junk, 0x5a, sizeof(junk));
    (void) !pwrite(fd, &next, sizeof(next), 1024);
    (void) !pwrite(fd, junk, sizeof(junk), 8192 + 20 * 512 + 312);
    close(fd);

    snprintf(path, sizeof(path), "%s/inflight", dir);
    fd = open(path, O_RDWR);
    (void) !pwrite(fd, "another-boot", 12, 64 + 16);
    close(fd);

    is(air_ledger_open(&l, dir, &conf, &err), AIR_OK, "opens after a crash");

    store_record(&r, 100);
    (void) air_ledger_settle(l, -1, &r);
    (void) air_ledger_tick(l, 1000, &work, &err);

    is((long long) work.orphans, 1, "one orphan: the other had its record");
    is((long long) scan(dir, 0).n, 22, "20 records, one after, one orphan");
    is(air_ledger_verify(dir, &proof, &err), AIR_OK, "and the store is sound");
    is((long long) proof.holes, 1, "the torn one is a hole");

    air_ledger_close(l);
    store_drop(dir);
}


int
main(void)
{
    test_life();
    test_segments();
    test_orphans();
    test_no_system_calls();
    test_full_disk();
    test_full_mount();
    test_lock();
    test_hole();
    test_power_loss();

    return done();
}
