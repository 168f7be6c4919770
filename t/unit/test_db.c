
/*
 * LMDB as the sum of the journal: exactly once whatever is repeated, damage
 * of every kind is noticed and never kills, and it can always be made anew.
 */


#include "../../ngx_ai_router_module/store/air_db.h"
#include "../../ngx_ai_router_module/store/air_ledger.h"
#include "store.h"
#include "tap.h"

#include <fcntl.h>
#include <sys/wait.h>


/* What a list of records must add up to, by the plainest way. */
typedef struct {
    uint64_t    records;
    uint64_t    unknown;
    air_u128_t  cost;
    uint64_t    tokens[AIR_NCLASS];
} model_t;


static void
model_add(model_t *m, const air_record_t *r)
{
    unsigned  c;

    m->records++;

    if (r->cost == AIR_UNKNOWN) {
        m->unknown++;

    } else {
        m->cost += r->cost;
    }

    for (c = 0; c < AIR_NCLASS; c++) {
        m->tokens[c] += r->n[c];
    }
}


static int
model_is(const model_t *m, const air_db_mark_t *mark)
{
    return mark->records == m->records
           && mark->total.v[AIR_SUM_RECORDS] == m->records
           && mark->total.v[AIR_SUM_UNKNOWN] == m->unknown
           && mark->total.cost == m->cost
           && memcmp(mark->total.v + AIR_SUM_N, m->tokens, sizeof(m->tokens))
              == 0;
}


static air_ledger_conf_t
small(void)
{
    air_ledger_conf_t  conf;

    memset(&conf, 0, sizeof(conf));
    conf.segment_size = 128 * 1024;
    conf.inflight = 64;
    conf.sync_ms = 1;
    conf.map_size = 64 * 1024 * 1024;

    return conf;
}


/* Records from..to-1 into the store of dir, ticked when asked; the model. */
static int
write_some(const char *dir, unsigned from, unsigned to, int tick, model_t *m)
{
    int                rc;
    unsigned           i;
    air_err_t          err;
    air_record_t       r;
    air_ledger_t      *l;
    air_ledger_work_t  work;
    air_ledger_conf_t  conf;

    conf = small();

    rc = air_ledger_open(&l, dir, &conf, &err);

    for (i = from; i < to && rc == AIR_OK; i++) {
        store_record(&r, i);
        rc = air_ledger_settle(l, -1, &r);
        model_add(m, &r);
    }

    if (rc == AIR_OK && tick) {
        rc = air_ledger_tick(l, 1000 + to, &work, &err);
    }

    if (rc == AIR_OK) {
        air_ledger_close(l);
    }

    return rc;
}


/* The mark, read as the command would. */
static int
read_mark(const char *dir, air_db_mark_t *mark)
{
    int        rc;
    air_db_t   db;
    air_err_t  err;

    memset(mark, 0, sizeof(air_db_mark_t));

    rc = air_db_open(&db, dir, 0, 0, &err);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_db_mark(&db, mark, &err);
    air_db_close(&db);

    return rc;
}


static void
test_apply(void)
{
    int                 rc;
    char               *dir;
    model_t             m;
    unsigned            i;
    air_err_t           err;
    air_ledger_t       *l, *other;
    air_db_mark_t       mark;
    air_ledger_conf_t   conf;
    air_ledger_work_t   work;
    air_ledger_proof_t  proof;

    dir = store_dir();
    memset(&m, 0, sizeof(m));

    is(read_mark(dir, &mark), AIR_ENOENT, "no database yet");
    is(write_some(dir, 0, 777, 1, &m), AIR_OK, "777 records and a tick");
    is(read_mark(dir, &mark), AIR_OK, "a database");
    is((long long) mark.seq, 777, "up to the last");
    ok(model_is(&m, &mark), "and every sum is right");

    is(write_some(dir, 777, 2500, 1, &m), AIR_OK, "more, over segments");
    (void) read_mark(dir, &mark);
    ok(model_is(&m, &mark), "every sum is right");

    conf = small();
    (void) air_ledger_open(&l, dir, &conf, &err);

    for (i = 0; i < 5; i++) {
        rc = air_ledger_tick(l, 10000 + i * 10, &work, &err);
        is(rc, AIR_OK, "another tick");
        is((long long) work.applied, 0, "applies nothing twice");
    }

    (void) air_ledger_open(&other, dir, &conf, &err);
    is(air_ledger_tick(other, 20000, &work, &err), AIR_EBUSY,
       "a second ticker has no duty");
    is(work.failed, 0, "which is no failure");

    air_ledger_close(l);
    is(air_ledger_tick(other, 20001, &work, &err), AIR_OK,
       "until the first is gone");
    air_ledger_close(other);

    (void) read_mark(dir, &mark);
    ok(model_is(&m, &mark), "still the same sums");

    is(air_ledger_verify(dir, &proof, &err), AIR_OK, "verify");
    is((long long) proof.records, 2500, "proves 2,500 records");
    ok(proof.blocks >= 2, "and %llu seals", (unsigned long long) proof.blocks);
    is(proof.db_differs, 0, "and that the database agrees");

    store_drop(dir);
}


static void
test_full_map(void)
{
    int                rc;
    char              *dir;
    model_t            m;
    unsigned           i;
    air_err_t          err;
    air_record_t       r;
    air_ledger_t      *l;
    air_db_mark_t      mark;
    air_ledger_work_t  work;
    air_ledger_conf_t  conf;

    dir = store_dir();
    memset(&m, 0, sizeof(m));
    conf = small();
    conf.map_size = 128 * 1024;

    rc = air_ledger_open(&l, dir, &conf, &err);

    for (i = 0; i < 3000 && rc == AIR_OK; i++) {
        store_record(&r, i);
        rc = air_ledger_settle(l, -1, &r);
        model_add(&m, &r);
    }

    is(rc, AIR_OK, "3,000 records");
    is(air_ledger_tick(l, 1, &work, &err), AIR_OK, "a map that is too small");
    air_ledger_close(l);

    is(read_mark(dir, &mark), AIR_OK, "grows");
    ok(model_is(&m, &mark), "without a loss");

    store_drop(dir);
}


static long
file_size(const char *dir, const char *name)
{
    char         path[512];
    struct stat  st;

    snprintf(path, sizeof(path), "%s/%s", dir, name);

    return stat(path, &st) == 0 ? (long) st.st_size : -1;
}


static void
file_cut(const char *dir, const char *name, long size)
{
    char  path[512];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    (void) !truncate(path, size);
}


static void
file_flip(const char *dir, const char *name, long at, unsigned char bits)
{
    int            fd;
    char           path[512];
    unsigned char  c;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    fd = open(path, O_RDWR);
    (void) !pread(fd, &c, 1, at);
    c ^= bits;
    (void) !pwrite(fd, &c, 1, at);
    close(fd);
}


/* Copies the files of a store, not its locks. */
static void
copy(const char *from, const char *to)
{
    char  cmd[1200];

    snprintf(cmd, sizeof(cmd), "rm -rf '%s' && cp -a '%s' '%s'", to, from, to);

    if (system(cmd) != 0) {
        abort();
    }
}


static void
test_cut_database(void)
{
    int             i, wrong, loose;
    char           *dir, *bad, text[400], lock[300];
    long            size, at;
    model_t         m;
    uint64_t        n;
    air_err_t       err;
    air_db_mark_t   mark;

    dir = store_dir();
    bad = store_dir();
    memset(&m, 0, sizeof(m));

    is(write_some(dir, 0, 2000, 1, &m), AIR_OK, "a store to damage");
    snprintf(lock, sizeof(lock), "%s/data.mdb-lock", dir);
    (void) unlink(lock);
    is(air_ledger_check(dir, text, sizeof(text), &err), AIR_OK, "it is sound");
    is(access(lock, F_OK), -1, "looking leaves nothing behind");
    is_str(air_str_z(text), "", "and nothing is said");

    copy(dir, bad);
    file_cut(bad, "data.mdb", 0);
    is(air_ledger_check(bad, text, sizeof(text), &err), AIR_ECORRUPT,
       "an empty database is no first start");
    ok(strstr(text, "ledger rebuild") != NULL, "the way to mend it is told");

    size = file_size(dir, "data.mdb");
    wrong = 0;
    loose = 0;

    for (i = 0; i < 24; i++) {
        copy(dir, bad);
        at = size * i / 24;
        file_cut(bad, "data.mdb", at);

        if (air_ledger_check(bad, text, sizeof(text), &err) != AIR_ECORRUPT) {
            loose++;
        }

        if (air_ledger_rebuild(bad, NULL, &n, &err) != AIR_OK
            || read_mark(bad, &mark) != AIR_OK || !model_is(&m, &mark))
        {
            wrong++;
        }
    }

    is(loose, 0, "24 truncations are noticed");
    is(wrong, 0, "and rebuilding gives the same sums each time");

    store_drop(dir);
    store_drop(bad);
}


/* A flipped byte in a page is noticed, or the page is not in use. */
static void
test_flipped_database(void)
{
    int                  i, rc, silent, noticed;
    char                *dir, *bad, text[400];
    long                 size;
    model_t              m;
    air_err_t            err;
    air_ledger_proof_t   proof;

    dir = store_dir();
    bad = store_dir();
    memset(&m, 0, sizeof(m));

    (void) write_some(dir, 0, 1500, 1, &m);

    size = file_size(dir, "data.mdb");
    silent = 0;
    noticed = 0;

    srand(42);

    for (i = 0; i < 60; i++) {
        copy(dir, bad);
        file_flip(bad, "data.mdb", rand() % size, 0xff);

        rc = air_ledger_check(bad, text, sizeof(text), &err);
        noticed += rc != AIR_OK;

        if (rc == AIR_OK
            && (air_ledger_verify(bad, &proof, &err) != AIR_OK
                || proof.db_differs))
        {
            silent++;
        }
    }

    is(silent, 0, "no damage passes the check and shows later");
    ok(noticed > 10, "%d of 60 flipped bytes hit a page in use", noticed);

    store_drop(dir);
    store_drop(bad);
}


static void
test_damaged_journal(void)
{
    int                  i, wrong, loose;
    char                *dir, *bad, text[400];
    long                 at, size;
    model_t              m, rest;
    uint64_t             n;
    air_err_t            err;
    air_db_mark_t        mark;
    air_ledger_proof_t   proof;

    dir = store_dir();
    bad = store_dir();
    memset(&m, 0, sizeof(m));
    memset(&rest, 0, sizeof(rest));

    (void) write_some(dir, 0, 1500, 1, &m);

    size = file_size(dir, "journal/00000002");
    wrong = 0;

    srand(43);

    for (i = 0; i < 40; i++) {
        copy(dir, bad);

        /* past header and seals: records */

        at = 8192 + rand() % (200 * 512);
        file_flip(bad, "journal/00000002", at, (unsigned char) (1 << i % 8));

        if (air_ledger_verify(bad, &proof, &err) != AIR_ECORRUPT
            || proof.bad != 1 || proof.broken != 1
            || strstr(proof.text, "journal/00000002") == NULL)
        {
            wrong++;
        }
    }

    is(wrong, 0, "40 flipped bits in records: the record and its seal show");

    copy(dir, bad);
    file_flip(bad, "journal/00000002", 4100, 1);
    is(air_ledger_verify(bad, &proof, &err), AIR_ECORRUPT,
       "a flipped bit in a seal");
    ok(proof.broken >= 1 && proof.bad == 0, "shows as a broken seal");

    copy(dir, bad);
    file_flip(bad, "journal/00000002", 17, 1);
    is(air_ledger_check(bad, text, sizeof(text), &err), AIR_ECORRUPT,
       "a flipped bit in a header stops the start");
    ok(strstr(text, "00000002") != NULL && strstr(text, "rebuild") != NULL,
       "with the file's name and the way to mend it");
    is(air_ledger_rebuild(bad, NULL, &n, &err), AIR_OK, "rebuild");
    is((long long) n, 1500, "loses no record");
    is(air_ledger_check(bad, text, sizeof(text), &err), AIR_OK,
       "and mends the header");
    is(read_mark(bad, &mark), AIR_OK, "the database");
    ok(model_is(&m, &mark), "has the same sums");

    loose = 0;
    wrong = 0;

    for (i = 0; i < 20; i++) {
        copy(dir, bad);
        file_cut(bad, "journal/00000002", size * i / 20);

        loose += air_ledger_check(bad, text, sizeof(text), &err)
                 != AIR_ECORRUPT;
        loose += air_ledger_verify(bad, &proof, &err) != AIR_ECORRUPT;

        wrong += air_ledger_rebuild(bad, NULL, &n, &err) != AIR_OK
                 || n > 1500
                 || air_ledger_check(bad, text, sizeof(text), &err) != AIR_OK
                 || write_some(bad, 1500, 1600, 1, &rest) != AIR_OK
                 || read_mark(bad, &mark) != AIR_OK
                 || mark.records != n + 100;
    }

    is(loose, 0, "20 truncations of a segment are noticed");
    is(wrong, 0, "and what is left can be used again");

    copy(dir, bad);
    file_cut(bad, "inflight", 5000);
    is(air_ledger_check(bad, text, sizeof(text), &err), AIR_ECORRUPT,
       "a table in flight that is cut");
    is(air_ledger_rebuild(bad, NULL, &n, &err), AIR_OK, "is set aside");
    is(air_ledger_check(bad, text, sizeof(text), &err), AIR_OK, "and all well");
    is(write_some(bad, 1500, 1600, 1, &m), AIR_OK, "writing goes on");
    is(read_mark(bad, &mark), AIR_OK, "into the database too");
    ok(model_is(&m, &mark), "with every sum right");

    store_drop(dir);
    store_drop(bad);
}


static void
test_retention(void)
{
    int                 rc;
    char               *dir, old[64];
    model_t             m;
    uint64_t            n;
    int64_t             now;
    unsigned            i;
    air_err_t           err;
    air_record_t        r;
    air_ledger_t       *l;
    air_db_mark_t       mark;
    air_ledger_work_t   work;
    air_ledger_conf_t   conf;
    air_ledger_proof_t  proof;

    dir = store_dir();
    memset(&m, 0, sizeof(m));
    conf = small();
    conf.keep_ms = 1000 * 60000;

    rc = air_ledger_open(&l, dir, &conf, &err);

    for (i = 0; i < 2000 && rc == AIR_OK; i++) {
        store_record(&r, i);
        rc = air_ledger_settle(l, -1, &r);
        model_add(&m, &r);
    }

    /* the thousandth record is just old enough */

    now = 1790000000000 + 2000 * 60000;

    for (i = 0; i < 20 && rc == AIR_OK; i++) {
        rc = air_ledger_tick(l, now + i * 70000, &work, &err);
    }

    is(rc, AIR_OK, "ticks that drop old segments");
    air_ledger_close(l);

    snprintf(old, sizeof(old), "journal/%08u", 1);
    is(file_size(dir, old), -1, "the first is gone");
    snprintf(old, sizeof(old), "journal/%08u", 9);
    ok(file_size(dir, old) > 0, "a newer one is not");

    (void) read_mark(dir, &mark);
    ok(model_is(&m, &mark), "the sums stay");

    is(air_ledger_verify(dir, &proof, &err), AIR_OK, "and can be proved");
    ok(proof.records < 2000, "with %llu records left",
       (unsigned long long) proof.records);

    is(air_ledger_rebuild(dir, &conf, &n, &err), AIR_OK, "rebuild");
    is((long long) n, 2000, "knows of all");
    (void) read_mark(dir, &mark);
    ok(model_is(&m, &mark), "and the sums stay again");

    store_drop(dir);
}


static void
test_rebuild_busy(void)
{
    int        fd;
    char      *dir;
    long       holder;
    model_t    m;
    uint64_t   n;
    air_err_t  err;

    dir = store_dir();
    memset(&m, 0, sizeof(m));
    (void) write_some(dir, 0, 10, 1, &m);

    is(air_ledger_lock(dir, getuid(), getgid(), &fd, &holder, &err), AIR_OK,
       "a master has the store");
    is(air_ledger_rebuild(dir, NULL, &n, &err), AIR_EBUSY,
       "so it is not rebuilt");
    close(fd);
    is(air_ledger_rebuild(dir, NULL, &n, &err), AIR_OK, "later it is");
    is((long long) n, 10, "with all its records");

    store_drop(dir);
}


int
main(void)
{
    test_apply();
    test_full_map();
    test_cut_database();
    test_flipped_database();
    test_damaged_journal();
    test_retention();
    test_rebuild_busy();

    return done();
}
