
/*
 * Deaths of those who count.  Workers set aside and settle against budgets
 * that are soon gone, and are killed at random, all together too, again and
 * again; and one is killed after each number of machine instructions.  What
 * is spent must be what the journal says to the last pico-dollar, nothing may
 * stay set aside, and no budget may ever be overspent.
 *
 *   test_accounts_crash [rounds [seed]]
 */


#include "../../ngx_ai_router_module/store/air_accounts.h"
#include "../../ngx_ai_router_module/store/air_ledger.h"
#include "../../ngx_ai_router_module/core/air_draw.h"
#include "store.h"
#include "tap.h"

#include <pthread.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>


#define WORKERS  3
#define OPEN     6
#define NAMES    64
#define LIMIT    600000           /* pUSD of each principal                 */
#define WORST    3000


typedef struct {
    uint64_t  spent[NAMES];       /* by the journal                         */
    uint64_t  total;
    uint64_t  records;
    uint64_t  orphans;
} book_t;


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
    conf.segment_size = 1024 * 1024;
    conf.inflight = 64;
    conf.sync_ms = 1;
    conf.map_size = 64 * 1024 * 1024;
    conf.accounts = 256;

    return conf;
}


static const char *
principal(unsigned i)
{
    static char  name[NAMES][8];

    i %= NAMES;
    snprintf(name[i], sizeof(name[i]), "p%u", i);

    return name[i];
}


/* One attempt up to its hold: a slot, or -1 when it is refused. */
static int
begin(air_ledger_t *l, unsigned who, uint64_t worst, air_record_t *r)
{
    int                slot;
    int64_t            hold;
    air_ask_t          ask;
    air_account_t      account[4];
    air_refusal_t      no;
    air_budget_rule_t  rule;

    store_record(r, who);
    r->flags = AIR_REC_HELD;
    r->time_ms = now_ms();
    r->principal = air_str_z(principal(who));
    r->team = air_str_z("team");
    r->workflow = air_str_n(NULL, 0);
    r->cost = worst;

    memset(account, 0, sizeof(account));
    memset(&rule, 0, sizeof(rule));
    memset(&ask, 0, sizeof(ask));

    rule.amount = LIMIT;
    rule.period = AIR_PERIOD_EVER;

    account[0].scope = AIR_SCOPE_TOTAL;
    account[1].scope = AIR_SCOPE_PRINCIPAL;
    account[1].name = r->principal;
    account[1].budget = &rule;
    account[1].nbudget = 1;
    account[2].scope = AIR_SCOPE_TEAM;
    account[2].name = r->team;
    account[3].scope = AIR_SCOPE_VENDOR;
    account[3].name = r->vendor;

    ask.worst = worst;
    ask.expected = worst / 2;
    ask.requests = 1;
    ask.tokens = 10;
    ask.running = 1;

    slot = air_ledger_begin(l, r);

    if (slot < 0) {
        return slot;
    }

    hold = air_accounts_reserve(air_ledger_accounts(l), account, 4, &ask, slot,
                                r->time_ms, &no);

    if (hold < 0) {
        air_ledger_cancel(l, slot);
        return -1;
    }

    return slot;
}


/* A request's hold, which has no slot. */
static int64_t
request(air_ledger_t *l, unsigned who)
{
    air_ask_t      ask;
    air_account_t  account[2];
    air_refusal_t  no;

    memset(account, 0, sizeof(account));
    memset(&ask, 0, sizeof(ask));

    account[0].scope = AIR_SCOPE_TOTAL;
    account[1].scope = AIR_SCOPE_PRINCIPAL;
    account[1].name = air_str_z(principal(who));
    ask.requests = 1;
    ask.running = 1;

    return air_accounts_reserve(air_ledger_accounts(l), account, 2, &ask, -1,
                                now_ms(), &no);
}


static void *
ticker(void *ud)
{
    air_err_t          err;
    air_ledger_work_t  work;

    for ( ;; ) {
        (void) air_ledger_tick(ud, now_ms(), &work, &err);
        nap(1500);
    }

    return NULL;
}


/* Never returns: it is killed. */
static void
worker(const char *dir, uint64_t seed, unsigned names)
{
    int                i, n, slot[OPEN];
    int64_t            hold[OPEN];
    pthread_t          thread;
    air_err_t          err;
    air_record_t       r, rec[OPEN];
    air_ledger_t      *l;
    air_ledger_conf_t  conf;

    conf = small();

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK
        || pthread_create(&thread, NULL, ticker, l) != 0)
    {
        _exit(1);
    }

    while (air_ledger_accounts(l) == NULL) {
        nap(500);
    }

    for ( ;; ) {
        n = 1 + (int) (air_draw(&seed) % OPEN);

        for (i = 0; i < n; i++) {
            hold[i] = request(l, (unsigned) (air_draw(&seed) % names));
            slot[i] = begin(l, (unsigned) (air_draw(&seed) % names),
                            1 + air_draw(&seed) % WORST, &rec[i]);
        }

        if (air_draw(&seed) % 8 == 0) {
            nap(100);
        }

        for (i = 0; i < n; i++) {

            if (hold[i] > 0) {
                air_accounts_settle(air_ledger_accounts(l), hold[i], 0, 5);
            }

            if (slot[i] < 0) {
                continue;
            }

            switch (air_draw(&seed) % 8) {

            case 0:
                air_ledger_cancel(l, slot[i]);
                break;

            case 1:
                rec[i].cost = AIR_UNKNOWN;
                rec[i].certainty = AIR_CERTAIN_NONE;
                (void) air_ledger_settle(l, slot[i], &rec[i]);
                break;

            default:
                rec[i].cost = air_draw(&seed) % (rec[i].cost + 1);
                (void) air_ledger_settle(l, slot[i], &rec[i]);
                break;
            }
        }

        if (air_draw(&seed) % 16 == 0) {

            /* what nobody held: a probe */

            store_record(&r, 1);
            r.time_ms = now_ms();
            r.principal = air_str_n(NULL, 0);
            r.workflow = air_str_n(NULL, 0);
            r.cost = 7;
            (void) air_ledger_settle(l, -1, &r);
        }
    }
}


static int
book(void *ud, const air_record_t *r)
{
    unsigned  i;
    book_t   *b = ud;

    b->records++;
    b->orphans += (r->flags & AIR_REC_ORPHAN) != 0;

    if (r->cost == AIR_UNKNOWN) {
        return 0;
    }

    b->total += r->cost;

    for (i = 0; i < NAMES; i++) {
        if (air_str_eqz(r->principal, principal(i))) {
            b->spent[i] += r->cost;
        }
    }

    return 0;
}


/* How many of the accounts differ from the journal. */
static unsigned
compare(air_accounts_t *a, const book_t *b)
{
    unsigned             i, wrong;
    uint64_t             other;
    air_account_state_t  s;

    (void) air_accounts_get(a, AIR_SCOPE_TOTAL, air_str_n(NULL, 0), now_ms(),
                            &s);

    wrong = s.now[AIR_PERIOD_EVER].spent != b->total
            || s.now[AIR_PERIOD_EVER].reserved != 0 || s.rate.running != 0;

    if (wrong) {
        printf("# total: journal %llu, accounts %llu + %llu, %llu running\n",
               (unsigned long long) b->total,
               (unsigned long long) s.now[AIR_PERIOD_EVER].spent,
               (unsigned long long) s.now[AIR_PERIOD_EVER].reserved,
               (unsigned long long) s.rate.running);
    }

    other = 0;

    for (i = 0; i < NAMES; i++) {
        (void) air_accounts_get(a, AIR_SCOPE_PRINCIPAL,
                                air_str_z(principal(i)), now_ms(), &s);
        wrong += s.now[AIR_PERIOD_EVER].spent != b->spent[i]
                 || s.now[AIR_PERIOD_EVER].reserved != 0
                 || s.now[AIR_PERIOD_DAY].reserved != 0
                 || s.rate.running != 0;
        other += b->spent[i];
    }

    (void) air_accounts_get(a, AIR_SCOPE_TEAM, air_str_z("team"), now_ms(),
                            &s);
    wrong += s.now[AIR_PERIOD_EVER].spent != other;

    return wrong;
}


/* What runs is settled; then accounts and journal are held side by side. */
static void
judge(const char *dir, int open)
{
    int                  i;
    book_t               b;
    unsigned             over, gone;
    uint64_t             bad;
    air_err_t            err;
    air_ledger_t        *l;
    air_ledger_work_t    work;
    air_ledger_conf_t    conf;

    conf = small();

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK) {
        ok(0, "opens: %s", err.reason);
        return;
    }

    for (i = 0; i < 6; i++) {
        if (air_ledger_tick(l, now_ms() + i * 3000, &work, &err) != AIR_OK) {
            printf("# tick: %s\n", err.reason);
        }
    }

    memset(&b, 0, sizeof(b));
    is(air_ledger_scan(dir, 0, book, &b, &bad, &err), AIR_OK, "the journal");
    is(air_ledger_inflight(l), 0, "nothing is in flight");

    over = gone = 0;

    for (i = 0; i < NAMES; i++) {
        over += b.spent[i] > LIMIT;
        gone += b.spent[i] > LIMIT - WORST;
    }

    printf("# %llu records, %llu orphans, %u budgets used up\n",
           (unsigned long long) b.records, (unsigned long long) b.orphans,
           gone);

    ok(!open || gone > 0, "some budgets are used up");
    is(over, 0, "none is overspent");
    ok(air_ledger_accounts(l) != NULL, "there are accounts");
    is(compare(air_ledger_accounts(l), &b), 0,
       "accounts and journal agree to the pico-dollar");

    air_ledger_close(l);
}


static void
test_storm(int rounds, uint64_t seed)
{
    int    i, k, round, kills, status;
    char  *dir, text[120];
    pid_t  pid[WORKERS];

    air_err_t          err;
    air_ledger_conf_t  conf;

    dir = store_dir();
    conf = small();
    kills = 0;

    is(air_ledger_prepare(dir, &conf, getuid(), getgid(), text, sizeof(text),
                          &err), AIR_OK, "prepared: %s", text);

    for (round = 0; round < rounds; round++) {

        for (i = 0; i < WORKERS; i++) {
            pid[i] = fork();

            if (pid[i] == 0) {
                worker(dir, air_draw(&seed), NAMES);
            }
        }

        for (i = (int) (air_draw(&seed) % 6); i > 0; i--) {
            nap((long) (air_draw(&seed) % 15000));

            k = (int) (air_draw(&seed) % WORKERS);
            kill(pid[k], SIGKILL);
            waitpid(pid[k], &status, 0);
            kills++;

            pid[k] = fork();

            if (pid[k] == 0) {
                worker(dir, air_draw(&seed), NAMES);
            }
        }

        nap(5000 + (long) (air_draw(&seed) % 15000));

        for (i = 0; i < WORKERS; i++) {
            kill(pid[i], SIGKILL);
        }

        for (i = 0; i < WORKERS; i++) {
            waitpid(pid[i], &status, 0);
        }

        /* now and then a start of nginx */

        if (round % 4 == 3) {
            is(air_ledger_prepare(dir, &conf, getuid(), getgid(), text,
                                  sizeof(text), &err),
               AIR_OK, "made anew of the ledger: %s", text);
        }

        if (round % 10 == 9) {
            judge(dir, 0);
        }
    }

    printf("# %d rounds, %d workers killed alone\n", rounds, kills);

    judge(dir, rounds >= 40);
    store_drop(dir);
}


/* One attempt, watched: the parent counts instructions. */
static void
walker(const char *dir, unsigned id)
{
    int                slot;
    int64_t            hold;
    air_err_t          err;
    air_record_t       r;
    air_ledger_t      *l;
    air_ledger_conf_t  conf;

    conf = small();

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK
        || ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
    {
        _exit(1);
    }

    raise(SIGSTOP);

    hold = request(l, id);
    slot = begin(l, id, 100, &r);

    if (slot >= 0) {
        r.cost = 60;
        (void) air_ledger_settle(l, slot, &r);
    }

    if (hold > 0) {
        air_accounts_settle(air_ledger_accounts(l), hold, 0, 5);
    }

    _exit(0);
}


/* Instructions walked, -1 when tracing is not allowed. */
static long
walk(pid_t pid, long steps)
{
    int   status;
    long  n;

    if (waitpid(pid, &status, 0) == -1 || !WIFSTOPPED(status)) {
        return -1;
    }

    for (n = 0; n < steps; n++) {

        if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == -1) {
            break;
        }

        if (waitpid(pid, &status, 0) == -1 || WIFEXITED(status)) {
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
    int                 i;
    char               *dir;
    long                n, all;
    pid_t               pid;
    book_t              b;
    unsigned            wrong;
    uint64_t            bad;
    air_err_t           err;
    air_ledger_t       *l;
    air_ledger_conf_t   conf;
    air_ledger_work_t   work;

    dir = store_dir();
    conf = small();
    all = 0;
    wrong = 0;

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK) {
        ok(0, "opens");
        return;
    }

    for (i = 0; i < 3; i++) {
        (void) air_ledger_tick(l, now_ms(), &work, &err);
    }

    for (i = 0; i <= samples; i++) {
        pid = fork();

        if (pid == 0) {
            walker(dir, (unsigned) i);
        }

        n = walk(pid, i == 0 ? 10000000 : (long) i * all / samples);

        if (n == -1) {
            break;
        }

        if (i == 0) {
            all = n;

            if (samples > 1500000 / (all / 2 + 1)) {
                samples = (int) (1500000 / (all / 2 + 1));
            }
        }

        (void) air_ledger_tick(l, now_ms() + i * 1000, &work, &err);

        memset(&b, 0, sizeof(b));
        (void) air_ledger_scan(dir, 0, book, &b, &bad, &err);

        if (compare(air_ledger_accounts(l), &b) != 0) {
            printf("# after %ld instructions\n", n);
            wrong++;
        }
    }

    if (i == 0) {
        skip("processes cannot be traced here");

    } else {
        is(i, samples + 1, "killed after %d numbers of instructions up to %ld",
           samples, all);
        is(wrong, 0, "accounts and journal agree after each");
    }

    air_ledger_close(l);

    if (i != 0) {
        judge(dir, 0);
    }

    store_drop(dir);
}


int
main(int argc, char **argv)
{
    int       rounds;
    uint64_t  seed;

    rounds = argc > 1 ? (int) strtol(argv[1], NULL, 10) : 12;
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    printf("# seed %llu\n", (unsigned long long) seed);

    test_storm(rounds, seed);
    test_steps(rounds * 12);

    return done();
}
