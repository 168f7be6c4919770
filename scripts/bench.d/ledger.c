
/*
 * A large ledger, and what questions to it cost a worker.
 *
 *     ledger make DIR RECORDS     writes so many records into DIR, as a worker
 *                                 does, of the third quarter of 2026: 20
 *                                 workflows, 8 vendors, 40 models, 300
 *                                 principals in 20 teams; a few of each have
 *                                 most of the traffic
 *     ledger ask DIR              opens it as a worker does and asks; prints
 *                                 milliseconds and memory
 */


#include "../../ngx_ai_router_module/core/air_route.h"
#include "../../ngx_ai_router_module/store/air_report_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>


#define WORKFLOWS   20
#define VENDORS     8
#define MODELS      40
#define PRINCIPALS  300
#define TEAMS       20

#define FIRST       1782864000000LL           /* 2026-07-01               */
#define LENGTH      (92 * 86400000LL)
#define BATCH       100000


static uint64_t  state = 1;


static uint32_t
draw(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;

    return (uint32_t) (((state >> 32) * n) >> 32);
}


/* Small numbers more often: half of them are in the first tenth. */
static uint32_t
skewed(uint32_t n)
{
    uint32_t  a;

    a = draw(n);

    return draw(2) ? a : draw(1 + a / 5);
}


static double
now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (double) ts.tv_sec * 1e3 + (double) ts.tv_nsec / 1e6;
}


/* Resident bytes that are nobody else's, in kB: files that are mapped are
   not of them. */
static long
memory(void)
{
    long   kb;
    char   line[128];
    FILE  *f;

    kb = -1;
    f = fopen("/proc/self/status", "r");

    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "RssAnon: %ld", &kb) == 1) {
            break;
        }
    }

    if (f != NULL) {
        fclose(f);
    }

    return kb;
}


static void
record(air_record_t *r, uint64_t i, uint64_t n)
{
    uint32_t     who, flow, model, place;
    static char  text[6][32];

    who = skewed(PRINCIPALS);
    flow = (who * 7 + draw(1 + who % 3)) % WORKFLOWS;
    place = draw(100) < 92 ? 0 : 1 + draw(2);
    model = (flow * 2 + place * 13) % MODELS;

    memset(r, 0, sizeof(air_record_t));

    snprintf(text[0], 32, "vendor-%u", model % VENDORS);
    snprintf(text[1], 32, "model-%02u-large", model);
    snprintf(text[2], 32, "workflow-%02u", flow);
    snprintf(text[3], 32, "application-%03u", who);
    snprintf(text[4], 32, "team-%02u", who % TEAMS);
    snprintf(text[5], 32, "req-%llu", (unsigned long long) i);

    r->kind = AIR_RECORD_ATTEMPT;
    r->op = AIR_OP_CHAT;
    r->status = 200;
    r->attempt = (uint16_t) (1 + place);
    r->flags = AIR_REC_COMMITTED | AIR_REC_FINAL;
    r->why = AIR_WHY_PRIMARY + 1;

    if (draw(33) == 0) {
        r->fault = (uint16_t) (1 + draw(6));
        r->flags = 0;
    }

    r->time_ms = FIRST + (int64_t) ((unsigned __int128) LENGTH * i / n);
    r->latency_ms = 300 + draw(4000);
    r->first_token_ms = 100 + draw(400);
    r->n[AIR_IN] = 200 + draw(4000);
    r->n[AIR_OUT] = 20 + draw(900);
    r->cost = (uint64_t) r->n[AIR_IN] * 1250000 + r->n[AIR_OUT] * 10000000ULL;
    r->computed_cost = r->cost;
    r->certainty = draw(200) ? AIR_CERTAIN_REPORTED : AIR_CERTAIN_ESTIMATED;
    r->price_id = 1 + model;
    r->task = flow % 3 ? 0 : (uint8_t) (1 + draw(4));
    memcpy(r->request_id, &i, sizeof(i));

    r->vendor = air_str_z(text[0]);
    r->model = air_str_z(text[1]);
    r->served_model = r->model;
    r->workflow = air_str_z(text[2]);
    r->principal = air_str_z(text[3]);
    r->team = air_str_z(text[4]);
    r->vendor_id = air_str_z(text[5]);
}


static int
fail(const char *what, const air_err_t *err)
{
    fprintf(stderr, "%s: %s\n", what, err->reason);

    return 1;
}


static int
make(const char *dir, uint64_t n)
{
    double             start, tick, at;
    uint64_t           i, applied;
    air_err_t          err;
    air_record_t       r;
    air_ledger_t      *l;
    air_ledger_conf_t  conf;
    air_ledger_work_t  work;

    memset(&conf, 0, sizeof(conf));
    (void) mkdir(dir, 0750);

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK) {
        return fail("open", &err);
    }

    start = now();
    tick = 0;
    applied = 0;

    for (i = 0; i < n; i++) {
        record(&r, i, n);

        if (air_ledger_settle(l, -1, &r) != AIR_OK) {
            return fail("settle", &err);
        }

        if (i % BATCH != BATCH - 1 && i != n - 1) {
            continue;
        }

        at = now();

        do {
            if (air_ledger_tick(l, r.time_ms, &work, &err) != AIR_OK) {
                return fail("tick", &err);
            }

            applied += work.applied;

        } while (applied <= i);

        tick += now() - at;
    }

    printf("%llu records in %.0f s, of them %.0f s in the tick (%.0f a "
           "second)\n", (unsigned long long) n, (now() - start) / 1e3,
           tick / 1e3, (double) n * 1e3 / tick);

    air_ledger_close(l);

    return 0;
}


static int
ask(const char *dir)
{
    long                 before;
    double               at, took;
    unsigned             i, k;
    air_err_t            err;
    air_ledger_t        *l;
    air_report_t         rep;
    air_ledger_conf_t    conf;
    air_ledger_work_t    work;
    air_report_query_t   q;

    static const struct {
        const char  *what;
        int64_t      from;        /* days before the end                  */
        int64_t      length;
        unsigned     nby;
        air_by_e     by[4];
    } rows[] = {
        { "quarter by vendor, model", 92, 92, 2,
          { AIR_BY_VENDOR, AIR_BY_MODEL } },
        { "quarter by day, vendor", 92, 92, 2, { AIR_BY_DAY, AIR_BY_VENDOR } },
        { "quarter by principal", 92, 92, 1, { AIR_BY_PRINCIPAL } },
        { "quarter by team, vendor", 92, 92, 2,
          { AIR_BY_TEAM, AIR_BY_VENDOR } },
        { "quarter by day, principal", 92, 92, 2,
          { AIR_BY_DAY, AIR_BY_PRINCIPAL } },
        { "quarter by task", 92, 92, 1, { AIR_BY_TASK } },
        { "quarter by fault, vendor", 92, 92, 2,
          { AIR_BY_FAULT, AIR_BY_VENDOR } },
        { "30 days by principal", 30, 30, 1, { AIR_BY_PRINCIPAL } },
        { "7 days by hour, vendor", 7, 7, 2, { AIR_BY_HOUR, AIR_BY_VENDOR } },
        { "1 day by hour, model", 1, 1, 2, { AIR_BY_HOUR, AIR_BY_MODEL } },
        { "quarter by hour, vendor", 92, 92, 2,
          { AIR_BY_HOUR, AIR_BY_VENDOR } }
    };

    memset(&conf, 0, sizeof(conf));

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK
        || air_ledger_tick(l, FIRST + LENGTH, &work, &err) != AIR_OK)
    {
        return fail("open", &err);
    }

    printf("%-28s %9s %9s %9s %10s\n", "", "first ms", "best ms", "groups",
           "memory kB");

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {

        memset(&q, 0, sizeof(q));
        q.from_ms = FIRST + LENGTH - rows[i].from * 86400000LL;
        q.to_ms = q.from_ms + rows[i].length * 86400000LL;
        q.nby = rows[i].nby;
        memcpy(q.by, rows[i].by, sizeof(rows[i].by));

        before = memory();
        took = 0;

        for (k = 0; k < 3; k++) {
            at = now();

            if (air_report_run(&rep, dir, l, &q, &err) != AIR_OK) {
                return fail("report", &err);
            }

            at = now() - at;

            if (k == 0) {
                printf("%-28s %9.1f", rows[i].what, at);
            }

            took = k == 0 || at < took ? at : took;

            if (k == 2) {
                printf(" %9.1f %9zu %10ld\n", took, rep.groups.n,
                       memory() - before);
            }

            air_report_free(&rep);
        }
    }

    air_ledger_close(l);

    return 0;
}


int
main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "make") == 0) {
        return make(argv[2], strtoull(argv[3], NULL, 10));
    }

    if (argc == 3 && strcmp(argv[1], "ask") == 0) {
        return ask(argv[2]);
    }

    fprintf(stderr, "usage: ledger make DIR RECORDS | ledger ask DIR\n");

    return 2;
}
