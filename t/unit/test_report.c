
/*
 * Reports against the plainest model: every group of every dimension, from
 * LMDB, from the journal alone, and from both; and the sums themselves.
 */


#include "../../ngx_ai_router_module/core/air_floor.h"
#include "../../ngx_ai_router_module/store/air_report.h"
#include "store.h"
#include "tap.h"

#include <lmdb.h>


#define RECORDS  3000


/* What air_report_run() must give for one dimension, added up by hand. */
typedef struct {
    char        name[64];
    air_u128_t  cost;
    uint64_t    records;
    uint64_t    unknown;
    uint64_t    requests;
    uint64_t    errors;
    uint64_t    fallbacks;
    uint64_t    output;
} group_t;


static void
name_of(const air_record_t *r, air_by_e by, char *name, size_t size)
{
    air_str_t  s;
    int64_t    hour;

    switch (by) {
    case AIR_BY_VENDOR:
        s = r->vendor;
        break;
    case AIR_BY_MODEL:
        s = r->model;
        break;
    case AIR_BY_WORKFLOW:
        s = r->workflow;
        break;
    case AIR_BY_PRINCIPAL:
        s = r->principal;
        break;
    case AIR_BY_MAKER:
        s = air_str_n(NULL, 0);
        break;
    case AIR_BY_TEAM:
        s = r->team;
        break;
    case AIR_BY_TIER:
        s = r->tier;
        break;
    default:
        /* records begin on 2026-09-21 at 14:13 and come a minute apart */
        hour = (r->time_ms / 1000 - 1789948800) / 3600;

        if (by == AIR_BY_HOUR) {
            snprintf(name, size, "2026-09-%02dT%02d", 21 + (int) hour / 24,
                     (int) hour % 24);

        } else if (by == AIR_BY_DAY) {
            snprintf(name, size, "2026-09-%02d", 21 + (int) hour / 24);

        } else {
            snprintf(name, size, "%s", by == AIR_BY_MONTH ? "2026-09"
                     : by == AIR_BY_QUARTER ? "2026-Q3" : "2026");
        }

        return;
    }

    snprintf(name, size, "%.*s", (int) s.len, (char *) s.data);
}


static unsigned
model(air_by_e by, int64_t from, int64_t to, group_t *g)
{
    char          name[64];
    unsigned      i, k, n, c;
    air_record_t  r;

    n = 0;

    for (i = 0; i < RECORDS; i++) {
        store_record(&r, i);

        if (r.time_ms < from || r.time_ms >= to) {
            continue;
        }

        name_of(&r, by, name, sizeof(name));

        for (k = 0; k < n && strcmp(g[k].name, name) != 0; k++) { /* void */ }

        if (k == n) {
            memset(&g[n], 0, sizeof(group_t));
            snprintf(g[n++].name, 64, "%s", name);
        }

        g[k].records++;
        g[k].unknown += r.cost == AIR_UNKNOWN;
        g[k].cost += r.cost == AIR_UNKNOWN ? 0 : r.cost;
        g[k].requests += (r.flags & AIR_REC_FINAL) != 0;
        g[k].errors += r.fault != 0;
        g[k].fallbacks += r.attempt > 1;

        for (c = AIR_OUT; c < AIR_NCLASS; c++) {
            g[k].output += r.n[c];
        }
    }

    return n;
}


static int
same(const air_report_t *rep, const group_t *g, unsigned n)
{
    size_t                   i;
    unsigned                 k;
    const air_sums_t        *s;

    if (rep->groups.n != n) {
        return 0;
    }

    for (i = 0; i < n; i++) {

        for (k = 0; k < n; k++) {
            if (air_str_eqz(air_report_cell(rep->row[i], 0), g[k].name)) {
                break;
            }
        }

        if (k == n) {
            return 0;
        }

        s = &rep->row[i]->sums;

        if (s->cost != g[k].cost
            || s->v[AIR_SUM_RECORDS] != g[k].records
            || s->v[AIR_SUM_UNKNOWN] != g[k].unknown
            || s->v[AIR_SUM_REQUESTS] != g[k].requests
            || s->v[AIR_SUM_ERRORS] != g[k].errors
            || s->v[AIR_SUM_FALLBACKS] != g[k].fallbacks
            || air_sums_output(s) != g[k].output)
        {
            return 0;
        }
    }

    return 1;
}


/* All dimensions; tail is how many records LMDB must be found to lack. */
static void
check_all(const char *dir, uint64_t tail, const char *what)
{
    int                  rc;
    unsigned             by, n;
    air_err_t            err;
    air_report_t         rep;
    static group_t       g[RECORDS];
    air_report_query_t   q;

    for (by = 0; by < AIR_NBY; by++) {

        if (by == AIR_BY_TASK || by == AIR_BY_PURPOSE || by == AIR_BY_FAULT) {
            continue;
        }

        memset(&q, 0, sizeof(q));
        q.to_ms = INT64_MAX;
        q.by[0] = (air_by_e) by;
        q.nby = 1;

        n = model(q.by[0], 0, INT64_MAX, g);
        rc = air_report_run(&rep, dir, NULL, &q, &err);

        ok(rc == AIR_OK && same(&rep, g, n) && rep.tail == tail,
           "%s by %s: %u groups", what, air_report_by_name(q.by[0]), n);

        if (rc == AIR_OK) {
            air_report_free(&rep);
        }
    }
}


static void
write_range(const char *dir, unsigned from, unsigned to, int tick)
{
    unsigned           i;
    air_err_t          err;
    air_record_t       r;
    air_ledger_t      *l;
    air_ledger_work_t  work;
    air_ledger_conf_t  conf;

    memset(&conf, 0, sizeof(conf));
    conf.segment_size = 256 * 1024;
    conf.inflight = 16;
    conf.map_size = 64 * 1024 * 1024;

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK) {
        abort();
    }

    for (i = from; i < to; i++) {
        store_record(&r, i);
        (void) air_ledger_settle(l, -1, &r);
    }

    if (tick) {
        (void) air_ledger_tick(l, 1, &work, &err);
    }

    air_ledger_close(l);
}


static void
test_sources(void)
{
    char  *dir, path[300];

    dir = store_dir();

    write_range(dir, 0, RECORDS / 2, 1);
    write_range(dir, RECORDS / 2, RECORDS, 0);
    check_all(dir, RECORDS / 2, "database and journal");

    write_range(dir, 0, 0, 1);
    check_all(dir, 0, "database");

    snprintf(path, sizeof(path), "%s/data.mdb", dir);
    (void) !truncate(path, 20000);
    check_all(dir, RECORDS, "a damaged database, so the journal");

    unlink(path);
    check_all(dir, RECORDS, "the journal alone");

    store_drop(dir);
}


static void
test_query(void)
{
    char                *dir;
    size_t               i;
    int64_t              from, to;
    unsigned             n;
    uint64_t             records;
    air_err_t            err;
    air_u128_t           cost;
    air_report_t         rep, all;
    static group_t       g[RECORDS];
    air_report_query_t   q;

    dir = store_dir();
    write_range(dir, 0, RECORDS, 1);

    from = 1789948800000 + 20 * 3600000LL;
    to = from + 7 * 3600000LL;

    memset(&q, 0, sizeof(q));
    q.from_ms = from;
    q.to_ms = to;
    q.by[0] = AIR_BY_VENDOR;
    q.nby = 1;

    n = model(AIR_BY_VENDOR, from, to, g);
    is(air_report_run(&rep, dir, NULL, &q, &err), AIR_OK, "seven hours");
    ok(same(&rep, g, n), "give what lies in them");
    is((long long) rep.total.v[AIR_SUM_RECORDS], 420, "420 records");
    air_report_free(&rep);

    q.from_ms = from + 1800000;
    (void) air_report_run(&rep, dir, NULL, &q, &err);
    is((long long) rep.total.v[AIR_SUM_RECORDS], 420,
       "a start inside an hour means the hour");
    air_report_free(&rep);

    q.from_ms = 0;
    q.to_ms = INT64_MAX;
    q.nby = 0;
    is(air_report_run(&all, dir, NULL, &q, &err), AIR_OK, "no dimension");
    is((long long) all.groups.n, 1, "is one group");

    q.by[0] = AIR_BY_DAY;
    q.by[1] = AIR_BY_VENDOR;
    q.by[2] = AIR_BY_WORKFLOW;
    q.nby = 3;
    is(air_report_run(&rep, dir, NULL, &q, &err), AIR_OK, "three dimensions");

    cost = 0;
    records = 0;
    n = 0;

    for (i = 0; i < rep.groups.n; i++) {
        cost += rep.row[i]->sums.cost;
        records += rep.row[i]->sums.v[AIR_SUM_RECORDS];
        n += i > 0 && memcmp(air_report_cell(rep.row[i - 1], 0).data,
                             air_report_cell(rep.row[i], 0).data, 10) > 0;
    }

    ok(cost == all.total.cost, "add up to the same money");
    is((long long) records, RECORDS, "and the same records");
    is(n, 0, "days in their order");
    ok(air_sums_eq(&rep.total, &all.total), "totals are the same");

    air_report_free(&rep);
    air_report_free(&all);

    is(air_report_run(&rep, "/nowhere", NULL, &q, &err), AIR_EIO,
       "no store, no report");

    store_drop(dir);
}


static void
test_ledger_handle(void)
{
    char                *dir;
    unsigned             n;
    air_err_t            err;
    air_ledger_t        *l;
    air_report_t         rep;
    static group_t       g[RECORDS];
    air_ledger_conf_t    conf;
    air_ledger_work_t    work;
    air_report_query_t   q;

    dir = store_dir();
    write_range(dir, 0, RECORDS, 0);

    memset(&conf, 0, sizeof(conf));
    memset(&q, 0, sizeof(q));
    q.to_ms = INT64_MAX;
    q.by[0] = AIR_BY_PRINCIPAL;
    q.nby = 1;

    (void) air_ledger_open(&l, dir, &conf, &err);
    n = model(AIR_BY_PRINCIPAL, 0, INT64_MAX, g);

    is(air_report_run(&rep, dir, l, &q, &err), AIR_OK, "in a worker");
    ok(same(&rep, g, n), "before its first tick");
    air_report_free(&rep);

    (void) air_ledger_tick(l, 1, &work, &err);

    is(air_report_run(&rep, dir, l, &q, &err), AIR_OK, "and after");
    ok(same(&rep, g, n) && rep.tail == 0, "from its own database");
    air_report_free(&rep);

    air_ledger_close(l);
    store_drop(dir);
}


/* Several at once are what each is alone, and a bound is kept. */
static void
test_all(void)
{
    char                *dir;
    int64_t              from;
    unsigned             i, n;
    air_err_t            err;
    air_report_t         rep[3];
    static group_t       g[RECORDS];
    air_report_query_t   q[3];

    dir = store_dir();
    write_range(dir, 0, 2000, 1);
    write_range(dir, 2000, RECORDS, 0);

    memset(q, 0, sizeof(q));
    from = 1789948800000 + 20 * 3600000LL;

    for (i = 0; i < 3; i++) {
        q[i].to_ms = INT64_MAX;
        q[i].nby = 1;
    }

    q[0].by[0] = AIR_BY_VENDOR;
    q[1].by[0] = AIR_BY_PRINCIPAL;
    q[1].from_ms = from;
    q[2].by[0] = AIR_BY_PURPOSE;

    is(air_report_run_all(rep, 3, dir, NULL, q, &err), AIR_OK, "three");

    n = model(AIR_BY_VENDOR, 0, INT64_MAX, g);
    ok(same(&rep[0], g, n), "the first, of all");
    n = model(AIR_BY_PRINCIPAL, from, INT64_MAX, g);
    ok(same(&rep[1], g, n), "the second, from an hour on");

    for (i = 0; i < 3; i++) {
        air_report_free(&rep[i]);
    }

    q[1].max = n;
    is(air_report_run_all(rep, 2, dir, NULL, q, &err), AIR_OK,
       "just as many groups as there may be");
    air_report_free(&rep[0]);
    air_report_free(&rep[1]);

    q[1].max = n - 1;
    is(air_report_run_all(rep, 2, dir, NULL, q, &err), AIR_ELIMIT,
       "one more: none");

    store_drop(dir);
}


static void
test_usd(void)
{
    char        text[48];
    air_u128_t  n;

    is_str(air_str_z(air_report_usd(0, text)), "0", "nothing");
    is_str(air_str_z(air_report_usd(1, text)), "0.000000000001", "a pico");
    is_str(air_str_z(air_report_usd(1000000000000, text)), "1", "a dollar");
    is_str(air_str_z(air_report_usd(12500000000000, text)), "12.5", "12.5");

    n = ~(air_u128_t) 0;
    is_str(air_str_z(air_report_usd(n, text)),
           "340282366920938463463374607.431768211455", "the largest");
}


/* Sums pass 64 bits, survive being written, and notice a flipped bit. */
static void
test_sums(void)
{
    int             wrong;
    size_t          n, i;
    air_sums_t      a, b;
    air_record_t    r;
    air_rollup_t    t;
    unsigned char   out[AIR_ROLLUP_VALUE];

    air_rollup_init(&t);
    store_record(&r, 1);
    r.cost = UINT64_MAX - 1;

    for (i = 0; i < 5; i++) {
        (void) air_rollup_add(&t, &r);
    }

    a = t.row[0]->sums;
    ok(a.cost == (air_u128_t) (UINT64_MAX - 1) * 5, "past 64 bits");

    n = air_sums_encode(&a, (unsigned char *) "key", 3, out);
    is(air_sums_decode(out, n, (unsigned char *) "key", 3, &b), AIR_OK,
       "written and read");
    ok(air_sums_eq(&a, &b), "the same");
    is(air_sums_decode(out, n, (unsigned char *) "kez", 3, &b), AIR_ECORRUPT,
       "not under another key");

    wrong = 0;

    for (i = 0; i < 8 * n; i++) {
        out[i / 8] ^= (unsigned char) (1 << i % 8);
        wrong += air_sums_decode(out, n, (unsigned char *) "key", 3, &b)
                 != AIR_ECORRUPT;
        out[i / 8] ^= (unsigned char) (1 << i % 8);
    }

    is(wrong, 0, "each flipped bit shows");

    wrong = 0;

    for (i = 0; i < n; i++) {
        wrong += air_sums_decode(out, i, (unsigned char *) "key", 3, &b)
                 != AIR_ECORRUPT;
    }

    is(wrong, 0, "each truncation too");

    air_rollup_free(&t);
}


/* Makes the database one of version 1, which had fewer tables. */
static void
age(const char *dir)
{
    char           path[256];
    MDB_dbi        dbi;
    MDB_env       *env;
    MDB_txn       *txn;
    MDB_val        key, val;
    unsigned char  created[8] = { 1 };
    uint32_t       crc;

    snprintf(path, sizeof(path), "%s/data.mdb", dir);

    is(mdb_env_create(&env), 0, "lmdb");
    (void) mdb_env_set_maxdbs(env, 16);
    is(mdb_env_open(env, path, MDB_NOSUBDIR, 0600), 0, "opened");
    is(mdb_txn_begin(env, NULL, 0, &txn), 0, "begun");
    is(mdb_dbi_open(txn, "days", 0, &dbi), 0, "the table is there");
    is(mdb_drop(txn, dbi, 1), 0, "dropped");

    crc = air_crc32c(0, created, 4);
    memcpy(created + 4, &crc, 4);

    key.mv_data = (void *) "created";
    key.mv_size = 7;
    val.mv_data = created;
    val.mv_size = 8;

    is(mdb_dbi_open(txn, "meta", 0, &dbi), 0, "what it says of itself");
    is(mdb_put(txn, dbi, &key, &val, 0), 0, "is of version 1");
    is(mdb_txn_commit(txn), 0, "for good");
    mdb_env_close(env);
}


/* Verdicts, grades and pairs; what failed answers, judges and shadows cost;
   by class of task. */
static void
test_quality(void)
{
    char                *dir;
    size_t               i;
    unsigned             n, wrong;
    air_err_t            err;
    air_ledger_t        *l;
    air_record_t         r;
    air_report_t         rep;
    air_ledger_conf_t    conf;
    air_ledger_work_t    work;
    air_ledger_proof_t   proof;
    air_report_query_t   q;
    char                 text[200];

    static const struct {
        unsigned     kind;
        unsigned     flags;
        unsigned     fault;
        unsigned     verdict;
        unsigned     grade;
        unsigned     task;
        uint64_t     cost;
        const char  *what;
    } rec[] = {
        { AIR_RECORD_ATTEMPT, AIR_REC_FINAL, 0, 0, 0, 0, 1000, NULL },
        { AIR_RECORD_ATTEMPT, 0, AIR_FAULT_FLOOR, AIR_VERDICT_FAILED, 0, 1,
          7, "other failed" },
        { AIR_RECORD_ATTEMPT, AIR_REC_FINAL|AIR_REC_ESCALATED, 0,
          AIR_VERDICT_PASSED, 801, 1, 11, "other answer" },
        { AIR_RECORD_ATTEMPT, AIR_REC_JUDGE, 0, 0, 0, 1, 13, "other judge" },
        { AIR_RECORD_ATTEMPT, AIR_REC_SECOND, 0, 0, 0, 2, 17,
          "classify second" },
        { AIR_RECORD_ATTEMPT, AIR_REC_SHADOW, 0, 0, 0, 2, 19,
          "classify shadow" },
        { AIR_RECORD_VERDICT, AIR_REC_SHADOW|AIR_REC_KEPT, 0,
          AIR_VERDICT_FAILED, 1, 2, 0, "classify shadow" },
        { AIR_RECORD_VERDICT, AIR_REC_SHADOW|AIR_REC_KEPT|AIR_REC_SUFFICED, 0,
          AIR_VERDICT_UNSURE, 1001, 2, 0, "classify shadow" },
        { AIR_RECORD_VERDICT, 0, 0, 0, 501, 2, 0, "classify answer" }
    };

    dir = store_dir();
    memset(&conf, 0, sizeof(conf));
    memset(&q, 0, sizeof(q));
    q.to_ms = INT64_MAX;
    q.by[0] = AIR_BY_TASK;
    q.by[1] = AIR_BY_PURPOSE;
    q.nby = 2;

    (void) air_ledger_open(&l, dir, &conf, &err);

    for (i = 0; i < sizeof(rec) / sizeof(rec[0]); i++) {
        store_record(&r, 0);
        r.kind = (uint8_t) rec[i].kind;
        r.flags = rec[i].flags;
        r.fault = (uint16_t) rec[i].fault;
        r.verdict = (uint8_t) rec[i].verdict;
        r.grade = (uint16_t) rec[i].grade;
        r.task = (uint8_t) rec[i].task;
        r.cost = rec[i].cost;
        (void) air_ledger_settle(l, -1, &r);
    }

    for (n = 0; n < 2; n++) {

        is(air_report_run(&rep, dir, l, &q, &err), AIR_OK,
           n ? "quality from the database" : "quality from the journal");
        is(rep.groups.n, 6, "a row for each class and purpose");
        is(rep.total.cost, 67, "what has neither is not in it");
        is(rep.total.v[AIR_SUM_PASSED], 1, "passed");
        is(rep.total.v[AIR_SUM_FAILED], 2, "failed");
        is(rep.total.v[AIR_SUM_UNSURE], 1, "unsure");
        is(rep.total.v[AIR_SUM_GRADES], 4, "graded");
        is(rep.total.v[AIR_SUM_GRADE], 800 + 0 + 1000 + 500, "grades");
        is(rep.total.v[AIR_SUM_PAIRS], 2, "pairs");
        is(rep.total.v[AIR_SUM_KEPT], 2, "kept");
        is(rep.total.v[AIR_SUM_SUFFICED], 1, "sufficed");
        is(rep.total.v[AIR_SUM_REQUESTS], 1, "only an answer is a request");
        is(rep.total.v[AIR_SUM_ESCALATED], 1, "escalated");

        wrong = 0;

        for (i = 0; i < rep.groups.n; i++) {
            char      name[64];
            unsigned  k;

            snprintf(name, sizeof(name), "%.*s %.*s",
                     (int) air_report_cell(rep.row[i], 0).len,
                     (char *) air_report_cell(rep.row[i], 0).data,
                     (int) air_report_cell(rep.row[i], 1).len,
                     (char *) air_report_cell(rep.row[i], 1).data);

            for (k = 1; k < sizeof(rec) / sizeof(rec[0]); k++) {
                if (strcmp(rec[k].what, name) == 0) {
                    wrong += rec[k].cost != rep.row[i]->sums.cost;
                    break;
                }
            }

            wrong += k == sizeof(rec) / sizeof(rec[0]);
        }

        is(wrong, 0, "with its cost and name");
        air_report_free(&rep);
        (void) air_ledger_tick(l, 1, &work, &err);
    }

    q.by[2] = AIR_BY_PRINCIPAL;
    q.nby = 3;
    ok(air_report_clash(&q), "not by principal");
    q.by[2] = AIR_BY_MODEL;
    ok(!air_report_clash(&q), "but by model");

    air_ledger_close(l);
    age(dir);

    q.nby = 2;
    is(air_report_run(&rep, dir, NULL, &q, &err), AIR_OK,
       "a database of before");
    is(rep.groups.n, 6, "is passed over");
    is(rep.tail, 9, "for the journal");
    ok(rep.journal_only, "and told to be");
    air_report_free(&rep);

    is(air_ledger_check(dir, text, sizeof(text), &err), AIR_OK,
       "it is no fault");
    is(air_ledger_verify(dir, &proof, &err), AIR_OK, "nor disproves any");

    (void) air_ledger_open(&l, dir, &conf, &err);
    store_record(&r, 0);
    r.task = 3;
    (void) air_ledger_settle(l, -1, &r);
    is(air_ledger_tick(l, 2, &work, &err), AIR_OK, "it is made anew");
    is(work.applied, 10, "from the beginning on");

    is(air_report_run(&rep, dir, l, &q, &err), AIR_OK, "which is read");
    is(rep.groups.n, 7, "with what is new");
    is(rep.tail, 0, "all of it");
    air_report_free(&rep);

    is(air_ledger_verify(dir, &proof, &err), AIR_OK, "proven");

    air_ledger_close(l);
    store_drop(dir);
}


int
main(void)
{
    test_quality();
    test_sources();
    test_query();
    test_ledger_handle();
    test_all();
    test_usd();
    test_sums();

    return done();
}
