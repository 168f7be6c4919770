
/*
 * Accounts made of the ledger: what they say is the journal's sum, whatever
 * became of the file, of LMDB and of old segments; and the proof of it.
 */


#include "../../ngx_ai_router_module/store/air_accounts_impl.h"
#include "../../ngx_ai_router_module/store/air_ledger.h"
#include "store.h"
#include "tap.h"

#include <fcntl.h>
#include <sys/stat.h>


#define T0  1790000000000LL


static char  *dir;


static air_ledger_conf_t
small(void)
{
    air_ledger_conf_t  conf;

    memset(&conf, 0, sizeof(conf));
    conf.segment_size = 64 * 1024;
    conf.inflight = 32;
    conf.sync_ms = 1;
    conf.map_size = 16 * 1024 * 1024;
    conf.accounts = 128;

    return conf;
}


static int
prepare(void)
{
    int                rc;
    char               text[120];
    air_err_t          err;
    air_ledger_conf_t  conf;

    conf = small();
    rc = air_ledger_prepare(dir, &conf, getuid(), getgid(), text,
                            sizeof(text), &err);
    if (rc != AIR_OK) {
        printf("# %s\n", text);
    }

    return rc;
}


static air_ledger_t *
start(uint32_t accounts)
{
    air_err_t          err;
    air_ledger_t      *l;
    air_ledger_conf_t  conf;

    conf = small();
    conf.accounts = accounts;

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK) {
        printf("# %s\n", err.reason);
        return NULL;
    }

    return l;
}


typedef struct {
    air_scope_e  scope;
    air_str_t    name;
    uint64_t     spent;
    uint64_t     records;
} want_t;


static int
add(void *ud, const air_record_t *r)
{
    want_t  *w = ud;

    w->records++;

    if (r->cost != AIR_UNKNOWN
        && (w->scope == AIR_SCOPE_TOTAL
            || (w->scope == AIR_SCOPE_PRINCIPAL
                && air_str_eq(r->principal, w->name))
            || (w->scope == AIR_SCOPE_TEAM && air_str_eq(r->team, w->name))
            || (w->scope == AIR_SCOPE_WORKFLOW
                && air_str_eq(r->workflow, w->name))
            || (w->scope == AIR_SCOPE_VENDOR
                && air_str_eq(r->vendor, w->name))))
    {
        w->spent += r->cost;
    }

    return 0;
}


/* Accounts that have not what the journal says, with what was dropped. */
static unsigned
differ(uint64_t dropped)
{
    int                   fd;
    want_t                w;
    unsigned              i, n;
    uint64_t              bad;
    air_err_t             err;
    air_accounts_t       *a;
    air_account_state_t   s;

    static const struct {
        air_scope_e   scope;
        const char   *name;
    } all[] = {
        { AIR_SCOPE_TOTAL, "" }, { AIR_SCOPE_PRINCIPAL, "alice" },
        { AIR_SCOPE_PRINCIPAL, "bob" }, { AIR_SCOPE_PRINCIPAL, "carol" },
        { AIR_SCOPE_TEAM, "red" }, { AIR_SCOPE_TEAM, "blue" },
        { AIR_SCOPE_WORKFLOW, "triage" }, { AIR_SCOPE_WORKFLOW, "coding" },
        { AIR_SCOPE_VENDOR, "openai" }, { AIR_SCOPE_VENDOR, "mistral" }
    };

    fd = open(dir, O_RDONLY | O_DIRECTORY);

    if (air_accounts_peek(&a, fd, &err) != AIR_OK) {
        printf("# %s\n", err.reason);
        close(fd);
        return 99;
    }

    close(fd);
    n = 0;

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        memset(&w, 0, sizeof(w));
        w.scope = all[i].scope;
        w.name = air_str_z(all[i].name);
        (void) air_ledger_scan(dir, 0, add, &w, &bad, &err);

        (void) air_accounts_get(a, w.scope, w.name, T0, &s);

        /* of what was dropped only the total is known here */

        if (dropped != 0) {
            n += i == 0 && s.now[AIR_PERIOD_EVER].spent != w.spent + dropped;
            n += s.now[AIR_PERIOD_EVER].spent < w.spent;
            continue;
        }

        if (s.now[AIR_PERIOD_EVER].spent != w.spent) {
            printf("# %s %s: %llu, journal %llu\n",
                   air_scope_name(all[i].scope), all[i].name,
                   (unsigned long long) s.now[AIR_PERIOD_EVER].spent,
                   (unsigned long long) w.spent);
            n++;
        }
    }

    air_accounts_close(a);

    return n;
}


static void
record(air_record_t *r, unsigned i)
{
    store_record(r, i);
    r->team = air_str_z(i % 2 ? "red" : "blue");
}


static void
write_some(air_ledger_t *l, unsigned from, unsigned n)
{
    unsigned      i;
    air_record_t  r;

    for (i = from; i < from + n; i++) {
        record(&r, i);
        (void) air_ledger_settle(l, -1, &r);
    }
}


static void
tick(air_ledger_t *l, int64_t now, unsigned n)
{
    air_err_t          err;
    air_ledger_work_t  work;

    while (n-- > 0) {
        if (air_ledger_tick(l, now, &work, &err) != AIR_OK) {
            printf("# tick: %s\n", err.reason);
        }

        now += 3000;
    }
}


/* Another file of the same bytes, or of n zeros, in place of one. */
static int
replace(const char *name, size_t n)
{
    int          fd, to, rc;
    char         path[200], tmp[208];
    ssize_t      got;
    static char  buf[65536];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    snprintf(tmp, sizeof(tmp), "%s.2", path);

    fd = open(n ? "/dev/zero" : path, O_RDONLY);
    to = open(tmp, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    do {
        got = read(fd, buf, n ? n : sizeof(buf));
        rc = got < 0 || write(to, buf, (size_t) got) != got;
    } while (got > 0 && !n);

    close(fd);
    close(to);

    return rc == 0 ? rename(tmp, path) : -1;
}


static void
drop_db(void)
{
    char  path[200];

    snprintf(path, sizeof(path), "%s/data.mdb", dir);
    (void) unlink(path);
    snprintf(path, sizeof(path), "%s/data.mdb-lock", dir);
    (void) unlink(path);
}


static int
verify(unsigned *n, unsigned *differs)
{
    int                 rc;
    air_err_t           err;
    air_ledger_proof_t  proof;

    rc = air_ledger_verify(dir, &proof, &err);
    *n = (unsigned) proof.accounts;
    *differs = proof.accounts_differ;

    if (proof.text[0]) {
        printf("# %s\n", proof.text);
    }

    return rc;
}


static void
test_made(void)
{
    char           path[200];
    unsigned       n, bad;
    struct stat    st, again;
    air_ledger_t  *l, *other;

    dir = store_dir();
    snprintf(path, sizeof(path), "%s/accounts", dir);

    l = start(0);
    write_some(l, 0, 700);
    tick(l, T0, 3);
    write_some(l, 700, 50);
    ok(air_ledger_accounts(l) == NULL && access(path, F_OK) == -1,
       "nobody wants accounts: there are none");
    air_ledger_close(l);

    is(prepare(), AIR_OK, "a configuration that does");
    is(differ(0), 0, "has what the journal says, with what LMDB has not");
    is(verify(&n, &bad), AIR_OK, "and it is proved");
    ok(n > 8 && !bad, "of %u accounts", n);

    /* counted while others run; an older process does not count by itself */

    other = start(0);
    l = start(128);
    ok(air_ledger_accounts(l) != NULL, "workers find them");
    write_some(l, 750, 20);
    write_some(other, 770, 20);
    tick(other, T0, 2);
    tick(l, T0, 2);
    is(differ(0), 0, "what anybody writes is counted");

    (void) stat(path, &st);
    is(prepare(), AIR_OK, "a reload");
    (void) stat(path, &again);
    ok(st.st_ino == again.st_ino, "leaves alone what is in use");
    air_ledger_close(l);
    write_some(other, 790, 20);
    tick(other, T0, 3);
    is(differ(0), 0, "and so does who has the duty after them");
    air_ledger_close(other);

    /* the file is lost, or not to be trusted */

    is(truncate(path, 5000), 0, "cut short");
    l = start(128);
    ok(air_ledger_accounts(l) == NULL, "it is not used");
    write_some(l, 810, 20);
    tick(l, T0, 2);
    ok(air_ledger_accounts(l) != NULL, "the tick makes another");
    is(differ(0), 0, "that has it all");
    air_ledger_close(l);

    is(replace("accounts", 0), 0, "a copy");
    l = start(128);
    ok(air_ledger_accounts(l) == NULL, "is not it");
    air_ledger_close(l);
    is(prepare(), AIR_OK, "made anew");
    is(differ(0), 0, "as before");

    drop_db();
    is(prepare(), AIR_OK, "made anew without LMDB");
    is(differ(0), 0, "as before");

    is(replace("data.mdb", 40000), 0, "LMDB of zeros");
    is(prepare(), AIR_OK, "made anew");
    is(differ(0), 0, "of the journal alone");

    store_drop(dir);
}


/* Segments that were dropped count in "ever". */
static void
test_past(void)
{
    unsigned           i, n, bad;
    uint64_t           all;
    air_record_t       r;
    air_ledger_t      *l;
    want_t             w;
    air_err_t          err;
    air_ledger_conf_t  conf;
    uint64_t           damaged;

    dir = store_dir();
    conf = small();
    conf.keep_ms = 3600000;
    all = 0;

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK) {
        ok(0, "opens");
        return;
    }

    tick(l, T0, 1);

    for (i = 0; i < 600; i++) {
        record(&r, i);
        all += r.cost == AIR_UNKNOWN ? 0 : r.cost;
        (void) air_ledger_settle(l, -1, &r);
    }

    for (i = 0; i < 5; i++) {
        tick(l, T0 + 400LL * 86400000 + i * 100000, 2);
    }

    memset(&w, 0, sizeof(w));
    (void) air_ledger_scan(dir, 0, add, &w, &damaged, &err);
    ok(w.records < 600, "segments were dropped: %llu of 600 records are left",
       (unsigned long long) w.records);
    is(differ(all - w.spent), 0, "they count while it runs");
    air_ledger_close(l);

    is(prepare(), AIR_OK, "made anew");
    is(differ(all - w.spent), 0, "and after a start");
    is(verify(&n, &bad), AIR_OK, "proved");

    drop_db();
    is(prepare(), AIR_OK, "made anew without LMDB");
    is(differ(all - w.spent), 0, "they still do");

    store_drop(dir);
}


static void
test_rest(void)
{
    int                   fd, slot;
    int64_t               hold, now;
    air_ask_t             ask;
    unsigned              n, bad, k;
    uint64_t              sum;
    air_record_t          r;
    air_ledger_t         *l;
    air_account_t         who;
    air_refusal_t         no;
    air_accounts_t       *a;
    air_account_state_t   s;

    dir = store_dir();
    now = T0;
    is(prepare(), AIR_OK, "a new store");
    l = start(128);
    a = air_ledger_accounts(l);

    memset(&who, 0, sizeof(who));
    memset(&ask, 0, sizeof(ask));
    who.scope = AIR_SCOPE_PRINCIPAL;
    who.name = air_str_z("alice");
    ask.worst = 500;
    ask.requests = 3;
    ask.tokens = 70;
    ask.running = 1;

    hold = air_accounts_reserve(a, &who, 1, &ask, -1, now, &no);
    ok(hold > 0, "a request runs");

    ask.requests = ask.tokens = ask.running = 0;
    store_record(&r, 0);
    r.principal = who.name;
    r.time_ms = now;
    r.flags = AIR_REC_HELD;
    r.cost = 500;
    slot = air_ledger_begin(l, &r);
    hold = air_accounts_reserve(a, &who, 1, &ask, slot, now, &no);
    ok(hold > 0, "and an attempt");
    slot = air_ledger_begin(l, &r);
    ok(slot >= 0, "another has no hold yet");
    slot = air_ledger_begin(l, &r);
    air_ledger_unheld(l, slot);
    ok(slot >= 0, "a third went without");

    /* the process dies with all of it */

    air_ledger_close(l);
    is(prepare(), AIR_OK, "a start");
    l = start(128);
    a = air_ledger_accounts(l);
    (void) air_accounts_get(a, who.scope, who.name, now, &s);

    for (sum = 0, k = 0; k < AIR_RATE_SLICES; k++) {
        sum += s.rate.requests[k] * 1000 + s.rate.tokens[k];
    }

    is((long long) sum, 3070, "what its minute took stays taken");
    is((long long) s.rate.running, 0, "nothing runs");
    is((long long) s.now[AIR_PERIOD_EVER].spent, 1000,
       "what was sent is booked, what was not is not");
    is((long long) s.now[AIR_PERIOD_EVER].reserved, 0, "nothing is held");
    is(air_ledger_inflight(l), 0, "nothing is in flight");

    /* it dies again, and who has the duty does not count by itself */

    ask.running = 1;
    hold = air_accounts_reserve(a, &who, 1, &ask, -1, now, &no);
    ask.running = 0;
    slot = air_ledger_begin(l, &r);
    ok(hold > 0 && air_accounts_reserve(a, &who, 1, &ask, slot, now, &no) > 0,
       "a worker that will die");
    air_ledger_close(l);
    l = start(0);
    tick(l, T0, 2);
    air_ledger_close(l);
    l = start(128);
    a = air_ledger_accounts(l);
    (void) air_accounts_get(a, who.scope, who.name, now, &s);
    ok(s.now[AIR_PERIOD_EVER].reserved == 0 && s.rate.running == 0
       && s.now[AIR_PERIOD_EVER].spent == 1500, "nothing of it is left");

    /* it held less than its record names: a start counts all */

    air_ledger_close(l);
    is(prepare(), AIR_OK, "a start");
    l = start(128);
    a = air_ledger_accounts(l);

    /* somebody helps himself */

    is(verify(&n, &bad), AIR_OK, "proved");
    k = (unsigned) air_accounts_find(a, who.scope, who.name);
    a->row[k].budget[AIR_PERIOD_EVER].w[0].spent -= 1;
    is(verify(&n, &bad), AIR_ECORRUPT, "one pico-dollar less");
    is(bad, 1, "is seen");
    air_ledger_close(l);

    fd = open(dir, O_RDONLY | O_DIRECTORY);
    is(air_accounts_used(fd), 0, "nobody counts");
    close(fd);
    is(prepare(), AIR_OK, "a start");
    is(verify(&n, &bad), AIR_OK, "mends it");

    store_drop(dir);
}


/* A master that runs as root makes the file as who is to use it. */
static void
test_owner(void)
{
    char               path[200], text[120];
    air_err_t          err;
    struct stat        st;
    air_ledger_conf_t  conf;

    if (geteuid() != 0) {
        skip("only root becomes another user");
        return;
    }

    dir = store_dir();
    conf = small();
    snprintf(path, sizeof(path), "%s/accounts", dir);

    is(chown(dir, 65534, 65534), 0, "a store of nobody");
    is(air_ledger_prepare(dir, &conf, 65534, 65534, text, sizeof(text), &err),
       AIR_OK, "is prepared: %s", text);
    ok(stat(path, &st) == 0 && st.st_uid == 65534 && st.st_gid == 65534
       && (st.st_mode & 07777) == 0640, "by nobody, for nobody else");

    store_drop(dir);
}


int
main(void)
{
    test_made();
    test_past();
    test_rest();
    test_owner();

    return done();
}
