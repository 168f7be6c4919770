
/*
 * Deaths.  Writers with a ticking thread each are killed at random, then all
 * at once, again and again over one store; and one writer is killed after
 * each number of machine instructions.  What was acknowledged must be there
 * once, what was begun must be there once, what was cancelled must not be.
 */


#include "../../ngx_ai_router_module/store/air_db.h"
#include "../../ngx_ai_router_module/store/air_ledger.h"
#include "store.h"
#include "tap.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>


#define MAX      2000000          /* attempts                               */
#define WRITERS  4
#define OPEN     8                /* in flight in a writer                  */


/* how far an attempt got, as its writer knew */
enum {
    NONE = 0, STARTED, BEGUN, SETTLING, ACKED, CANCELLING, CANCELLED
};


typedef struct {
    uint32_t  next;
    uint8_t   state[MAX];
} shared_t;


static shared_t  *shared;


static int64_t
now_ms(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static void
nap(long us)
{
    struct timespec  ts;

    ts.tv_sec = us / 1000000;
    ts.tv_nsec = us % 1000000 * 1000;
    nanosleep(&ts, NULL);
}


static air_ledger_conf_t
small(void)
{
    air_ledger_conf_t  conf;

    memset(&conf, 0, sizeof(conf));
    conf.segment_size = 128 * 1024;
    conf.inflight = 128;
    conf.sync_ms = 1;
    conf.map_size = 64 * 1024 * 1024;

    return conf;
}


static void
attempt(air_record_t *r, uint32_t id, int final)
{
    store_record(r, id);
    memcpy(r->request_id, &id, sizeof(id));
    r->attempt = 1;
    r->cost = final ? 7 * (uint64_t) id + 1 : 11 * (uint64_t) id + 5;
}


static void *
ticker(void *ud)
{
    air_err_t           err;
    air_ledger_work_t   work;

    for ( ;; ) {
        (void) air_ledger_tick(ud, now_ms(), &work, &err);
        nap(2000);
    }

    return NULL;
}


/* Never returns: it is killed. */
static void
writer(const char *dir, unsigned seed)
{
    int                i, n, rc, slot[OPEN];
    uint32_t           id[OPEN];
    pthread_t          thread;
    air_err_t          err;
    air_record_t       r;
    air_ledger_t      *l;
    air_ledger_conf_t  conf;

    conf = small();
    srand(seed);

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK
        || pthread_create(&thread, NULL, ticker, l) != 0)
    {
        _exit(1);
    }

    for ( ;; ) {
        n = 1 + rand() % OPEN;

        for (i = 0; i < n; i++) {
            id[i] = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED);

            if (id[i] >= MAX) {
                _exit(2);
            }

            shared->state[id[i]] = STARTED;
            attempt(&r, id[i], 0);

            slot[i] = air_ledger_begin(l, &r);

            if (slot[i] < 0) {
                shared->state[id[i]] = CANCELLED;
                continue;
            }

            shared->state[id[i]] = BEGUN;
        }

        for (i = 0; i < n; i++) {

            if (slot[i] < 0) {
                continue;
            }

            air_ledger_note(l, slot[i], 1, 2);

            if (rand() % 8 == 0) {
                shared->state[id[i]] = CANCELLING;
                air_ledger_cancel(l, slot[i]);
                shared->state[id[i]] = CANCELLED;
                continue;
            }

            attempt(&r, id[i], 1);
            shared->state[id[i]] = SETTLING;

            rc = air_ledger_settle(l, slot[i], &r);

            /* a failure promises that the tick will write it */

            shared->state[id[i]] = rc == AIR_OK ? ACKED : SETTLING;
        }

        if (rand() % 4 == 0) {
            nap(200);
        }
    }
}


typedef struct {
    uint8_t    *times;
    uint8_t    *orphan;
    uint64_t    n;
    uint64_t    wrong;            /* amounts that nobody wrote              */
    air_u128_t  cost;
} found_t;


static int
find(void *ud, const air_record_t *r)
{
    uint32_t   id;
    found_t   *f = ud;

    memcpy(&id, r->request_id, sizeof(id));

    if (id >= MAX) {
        f->wrong++;
        return 0;
    }

    f->n++;
    f->cost += r->cost;
    f->times[id] += f->times[id] < 255;

    if (r->flags & AIR_REC_ORPHAN) {
        f->orphan[id] = 1;
        f->wrong += r->cost != 11 * (uint64_t) id + 5;

    } else {
        f->wrong += r->cost != 7 * (uint64_t) id + 1;
    }

    return 0;
}


/* Settles what is left over, as the next start would. */
static void
recover(const char *dir)
{
    int                i;
    air_err_t          err;
    air_ledger_t      *l;
    air_ledger_work_t  work;
    air_ledger_conf_t  conf;

    conf = small();
    conf.inflight = 0;

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK) {
        return;
    }

    for (i = 0; i < 6; i++) {
        if (air_ledger_tick(l, now_ms() + i * 3000, &work, &err) != AIR_OK) {
            printf("# tick: %s\n", err.reason);
        }
    }

    is(air_ledger_inflight(l), 0, "nothing is left in flight");
    air_ledger_close(l);
}


static void
judge(const char *dir)
{
    int                 rc;
    found_t             f;
    uint32_t            id, last;
    uint64_t            bad, lost, doubled, ghosts, forged, acked;
    air_db_t            db;
    air_err_t           err;
    air_db_mark_t       mark;
    air_ledger_proof_t  proof;

    memset(&f, 0, sizeof(f));
    f.times = calloc(2, MAX);
    f.orphan = f.times + MAX;

    rc = air_ledger_scan(dir, 0, find, &f, &bad, &err);
    is(rc, AIR_OK, "the journal can be read");
    is((long long) bad, 0, "no record is damaged");

    lost = doubled = ghosts = forged = acked = 0;
    last = shared->next < MAX ? shared->next : MAX;

    for (id = 0; id < last; id++) {

        doubled += f.times[id] > 1;

        switch (shared->state[id]) {

        case ACKED:
            acked++;
            lost += f.times[id] == 0;
            forged += f.orphan[id];
            break;

        case BEGUN:
        case SETTLING:
            lost += f.times[id] == 0;
            break;

        case CANCELLED:
        case NONE:
            ghosts += f.times[id] != 0;
            break;
        }
    }

    ok(acked > 1000, "%llu attempts were acknowledged of %u",
       (unsigned long long) acked, last);
    is((long long) lost, 0, "none is lost");
    is((long long) doubled, 0, "none is doubled");
    is((long long) ghosts, 0, "none came from nowhere");
    is((long long) forged, 0, "no acknowledged one became an orphan");
    is((long long) f.wrong, 0, "every amount is one that was written");

    is(air_ledger_verify(dir, &proof, &err), AIR_OK, "the store is sound");
    printf("# %llu records, %llu holes, %llu seals%s%s\n",
           (unsigned long long) proof.records,
           (unsigned long long) proof.holes,
           (unsigned long long) proof.blocks, proof.text[0] ? ", " : "",
           proof.text);
    is((long long) proof.records, (long long) f.n, "proof counts the same");

    rc = air_db_open(&db, dir, 0, 0, &err);

    if (rc == AIR_OK) {
        rc = air_db_mark(&db, &mark, &err);
        air_db_close(&db);
    }

    is(rc, AIR_OK, "the database");
    is((long long) mark.records, (long long) f.n, "has every record once");
    ok(mark.total.cost == f.cost, "and the same sum of money");

    free(f.times);
}


static void
test_storm(int rounds)
{
    int    i, round, kills, status;
    char  *dir;
    pid_t  pid[WRITERS];

    dir = store_dir();
    memset(shared, 0, sizeof(shared_t));
    srand(11);
    kills = 0;

    for (round = 0; round < rounds; round++) {

        for (i = 0; i < WRITERS; i++) {
            pid[i] = fork();

            if (pid[i] == 0) {
                writer(dir, (unsigned) (round * WRITERS + i));
            }
        }

        for (i = rand() % 6; i > 0; i--) {
            nap(rand() % 20000);
            status = rand() % WRITERS;
            kill(pid[status], SIGKILL);
            waitpid(pid[status], NULL, 0);
            kills++;

            pid[status] = fork();

            if (pid[status] == 0) {
                writer(dir, (unsigned) (rounds * WRITERS + kills));
            }
        }

        nap(10000 + rand() % 30000);

        for (i = 0; i < WRITERS; i++) {
            kill(pid[i], SIGKILL);
        }

        for (i = 0; i < WRITERS; i++) {
            waitpid(pid[i], &status, 0);
        }
    }

    printf("# %d rounds, %d writers killed alone\n", rounds, kills);

    recover(dir);
    judge(dir);
    store_drop(dir);
}


/* One attempt, watched: the parent counts instructions. */
static void
walker(const char *dir, uint32_t id)
{
    int                slot;
    air_err_t          err;
    air_record_t       begin, final;
    air_ledger_t      *l;
    air_ledger_conf_t  conf;

    conf = small();
    attempt(&begin, id, 0);
    attempt(&final, id, 1);

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK
        || ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
    {
        _exit(1);
    }

    raise(SIGSTOP);

    shared->state[id] = STARTED;
    slot = air_ledger_begin(l, &begin);
    shared->state[id] = BEGUN;
    shared->state[id] = SETTLING;

    if (air_ledger_settle(l, slot, &final) == AIR_OK) {
        shared->state[id] = ACKED;
    }

    _exit(0);
}


/* Instructions walked, -1 when tracing is not allowed; *ended: it got to its
   end. */
static long
walk(pid_t pid, long steps, int *ended)
{
    int   status;
    long  n;

    *ended = 0;

    if (waitpid(pid, &status, 0) == -1 || !WIFSTOPPED(status)) {
        return -1;
    }

    for (n = 0; n < steps; n++) {

        if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == -1) {
            break;
        }

        if (waitpid(pid, &status, 0) == -1 || WIFEXITED(status)) {
            *ended = 1;
            return n;
        }
    }

    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);

    return n;
}


static void
test_steps(int samples)
{
    int                 i, ended, reached[CANCELLED + 1];
    char               *dir;
    long                n, all;
    pid_t               pid;
    uint32_t            id;
    air_err_t           err;
    air_record_t        r;
    air_ledger_t       *l;
    air_ledger_conf_t   conf;
    air_ledger_work_t   work;

    dir = store_dir();
    memset(shared, 0, sizeof(shared_t));
    memset(reached, 0, sizeof(reached));

    conf = small();
    all = 0;

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK) {
        ok(0, "opens");
        return;
    }

    for (i = 0; i <= samples; i++) {
        id = shared->next++;
        pid = fork();

        if (pid == 0) {
            walker(dir, id);
        }

        n = walk(pid, i == 0 ? 10000000 : (long) i * all / samples, &ended);

        if (n == -1) {
            break;
        }

        if (i == 0) {
            all = n;

            /* each step costs some 15 us, and sanitizers add steps */

            if (samples > 400000 / (all / 2 + 1)) {
                samples = (int) (400000 / (all / 2 + 1));
            }
        }

        reached[shared->state[id]]++;

        /* what is left over is settled while the next ones come */

        (void) air_ledger_tick(l, now_ms() + i * 1000, &work, &err);
    }

    if (i == 0) {
        skip("processes cannot be traced here");
        air_ledger_close(l);
        store_drop(dir);
        return;
    }

    is(i, samples + 1, "killed after %d numbers of instructions up to %ld",
       samples, all);
    ok(reached[STARTED] > 0 && reached[SETTLING] > 0,
       "%d while beginning, %d while settling", reached[STARTED],
       reached[SETTLING]);

    /* the judge wants many */

    for (i = 0; i < 1001; i++) {
        id = shared->next++;
        attempt(&r, id, 1);
        shared->state[id] = air_ledger_settle(l, -1, &r) == AIR_OK ? ACKED
                                                                   : STARTED;
    }

    air_ledger_close(l);

    recover(dir);
    judge(dir);
    store_drop(dir);
}


int
main(int argc, char **argv)
{
    int  rounds;

    rounds = argc > 1 ? (int) strtol(argv[1], NULL, 10) : 20;

    shared = mmap(NULL, sizeof(shared_t), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        return 1;
    }

    test_storm(rounds);
    test_steps(200);

    return done();
}
