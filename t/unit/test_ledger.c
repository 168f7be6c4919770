
/*
 * The ledger as its users see it: attempts through the in-flight table into
 * the journal, over segments, over deaths of processes, over a full disk.
 */


#include "../../ngx_ai_router_module/store/air_ledger.h"
#include "store.h"
#include "tap.h"

#include <signal.h>
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


int
main(void)
{
    test_life();
    test_segments();
    test_orphans();

    return done();
}
