
/*
 * Savings against one model for all: tokens by class and hour, what a
 * baseline would not have needed, shares that were kept and their bounds.
 */


#include "../../ngx_ai_router_module/core/air_floor.h"
#include "../../ngx_ai_router_module/store/air_savings.h"
#include "mem.h"
#include "store.h"
#include "tap.h"


static const char  prices[] =
    "{\"schema\":\"prices/1\",\"generated\":\"2026-11-22\",\"models\":[{"
    "\"id\":\"big/dear\",\"provider\":\"big\",\"model\":\"dear\","
    "\"wire\":\"openai.chat\",\"mode\":\"chat\",\"context_window\":1000,"
    "\"max_output\":100,\"capabilities\":{},\"currency\":\"USD\","
    "\"prices\":[{\"effective_from\":null,\"effective_to\":null,\"tiers\":"
    "{\"standard\":{\"input\":\"10\",\"output\":\"50\","
    "\"cache_read\":\"1\"}}}]}]}";


static void
put(air_ledger_t *l, unsigned flags, unsigned fault, unsigned in,
    unsigned out, unsigned read, uint64_t cost, const char *workflow)
{
    air_record_t  r;

    memset(&r, 0, sizeof(r));
    r.kind = AIR_RECORD_ATTEMPT;
    r.attempt = 1;
    r.time_ms = 1790000000000;
    r.flags = flags;
    r.fault = (uint16_t) fault;
    r.cost = cost;
    r.computed_cost = cost;
    r.n[AIR_IN] = in;
    r.n[AIR_OUT] = out;
    r.n[AIR_IN_CACHE_READ] = read;
    r.vendor = air_str_z("small");
    r.model = air_str_z("cheap");
    r.workflow = air_str_z(workflow);
    r.principal = air_str_z(strcmp(workflow, "probe") ? "me" : "probe");
    (void) air_ledger_settle(l, -1, &r);
}


static void
pair(air_ledger_t *l, const char *model, unsigned flags)
{
    air_record_t  r;

    memset(&r, 0, sizeof(r));
    r.kind = AIR_RECORD_VERDICT;
    r.time_ms = 1790000000000;
    r.flags = AIR_REC_SHADOW | flags;
    r.vendor = air_str_z("big");
    r.model = air_str_z(model);
    r.workflow = air_str_z("w");
    r.principal = air_str_z("me");
    r.grade = 1;
    (void) air_ledger_settle(l, -1, &r);
}


static const air_saving_t *
of(const air_savings_t *s, const char *workflow)
{
    size_t  i;

    for (i = 0; i < s->groups.n; i++) {
        if (air_str_eqz(s->row[i].workflow, workflow)) {
            return &s->row[i];
        }
    }

    return &s->total;
}


static void
test_run(const air_model_t *model)
{
    char                *dir;
    unsigned             n;
    air_err_t            err;
    air_ledger_t        *l;
    air_savings_t        s;
    air_ledger_conf_t    conf;
    air_ledger_work_t    work;

    dir = store_dir();
    memset(&conf, 0, sizeof(conf));
    (void) air_ledger_open(&l, dir, &conf, &err);

    /* 10 and 50 dollars a million are 10 and 50 million pUSD a token */

    put(l, AIR_REC_FINAL, 0, 100, 10, 50, 1000, "w");
    put(l, 0, AIR_FAULT_FLOOR, 70, 7, 0, 500, "w");
    put(l, AIR_REC_JUDGE, 0, 900, 90, 0, 200, "w");
    put(l, AIR_REC_SHADOW, 0, 300, 30, 0, 100, "w");
    put(l, AIR_REC_FINAL, 0, 1, 1, 0, 3, "x");
    put(l, AIR_REC_FINAL|AIR_REC_PROBE, 0, 5, 5, 0, 7, "probe");

    for (n = 0; n < 40; n++) {
        pair(l, "dear", n < 36 ? AIR_REC_KEPT : 0);
        pair(l, "other", AIR_REC_KEPT);
    }

    memset(&s, 0, sizeof(s));
    s.model = model;
    s.name = air_str_z("dear");
    s.to_ms = INT64_MAX;

    for (n = 0; n < 2; n++) {

        is(air_savings_run(&s, dir, NULL, &err), AIR_OK,
           n ? "from the database" : "from the journal");
        is(s.groups.n, 2, "two workflows, no probes");
        is(of(&s, "w")->spent, 1800, "all that was spent");
        is(of(&s, "w")->baseline, 100 * 10000000ULL + 10 * 50000000ULL
                                  + 50 * 1000000ULL, "the answer's tokens");
        is(of(&s, "w")->requests, 1, "one request");
        is(of(&s, "w")->pairs, 40, "pairs of that model only");
        is(of(&s, "w")->kept, 36, "kept");
        is(of(&s, "x")->baseline, 60000000, "the other one");
        is(s.total.spent, 1803, "in all");
        is(s.total.unpriced, 0, "all has a price");
        air_savings_free(&s);

        (void) air_ledger_tick(l, 1, &work, &err);
    }

    s.from_ms = 1790000000000 + 2 * AIR_HOUR_MS;
    is(air_savings_run(&s, dir, NULL, &err), AIR_OK, "a later time");
    is(s.groups.n, 0, "has nothing");
    air_savings_free(&s);

    air_ledger_close(l);
    store_drop(dir);
}


/* Wilson's bounds, as computed with floating point: n, k, permille. */
static void
test_bounds(void)
{
    size_t    i;
    unsigned  low, high;

    static const struct {
        uint64_t  k;
        uint64_t  n;
        unsigned  low;
        unsigned  high;
    } t[] = {
        { 36, 40, 769, 961 },
        { 0, 30, 0, 114 },
        { 30, 30, 886, 1000 },
        { 50, 100, 403, 597 },
        { 9000, 10000, 893, 906 }
    };

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        air_savings_bounds(t[i].k, t[i].n, &low, &high);
        is(low, t[i].low, "lower bound");
        is(high, t[i].high, "upper bound");
    }

    air_savings_bounds(UINT64_MAX, UINT64_MAX, &low, &high);
    ok(low == 999 && high == 1000, "any number of pairs");
}


int
main(void)
{
    mem_t                   m;
    air_mem_t               mem;
    air_pricebook_t        *book;
    const air_model_t      *model;
    air_pricebook_error_t   error;

    mem = mem_init(&m, 0);

    is(air_pricebook_read(&book, air_str_z(prices), AIR_PRICES_OURS, &mem,
                          &error), AIR_OK, "a price table");

    model = air_pricebook_find(book, air_str_z("big"), air_str_z("dear"));
    ok(model != NULL, "with the model");

    test_run(model);
    test_bounds();

    mem_free(&m);

    return done();
}
