
/*
 * A state machine against a slow reference: two processes that set aside,
 * settle, cancel and die, a clock that goes where it likes, records without
 * a hold, starts that make all anew of the ledger.  After every step refusals,
 * what is spent and what is set aside are what the reference says:
 *
 *   I1  spent is the sum of what was settled, reserved of what is open;
 *   I2  spent and reserved never pass a strict budget;
 *   I3  a hold is taken once and ended once.
 *
 *   test_accounts_model [runs [seed]]
 */


#include "../../ngx_ai_router_module/store/air_accounts.h"
#include "../../ngx_ai_router_module/store/air_ledger.h"
#include "../../ngx_ai_router_module/core/air_draw.h"
#include "store.h"
#include "tap.h"


#define STEPS     600
#define NACCOUNT  11
#define MOST      (4 * STEPS)
#define HOUR      3600000LL


/* one of what is counted; rules never change within a run */
typedef struct {
    air_scope_e         scope;
    char                name[8];
    air_budget_rule_t   rule[2];
    unsigned            nrule;
    int64_t             hi[AIR_NPERIOD];
    int64_t             lo[AIR_NPERIOD];
    unsigned            over;     /* a cost passed its hold                 */
} ref_account_t;


/* one attempt or record, for ever */
typedef struct {
    enum { OPEN, DONE, LOOSE } state;     /* LOOSE: not counted yet         */
    int            worker;
    int            slot;
    int64_t        hold;
    int64_t        time_ms;
    uint64_t       worst;
    uint64_t       expected;
    uint64_t       cost;
    unsigned       n;
    unsigned       who[5];
    int64_t        start[5][AIR_NPERIOD]; /* -1: in no window that is kept  */
    air_record_t   r;
} ref_entry_t;


static ref_account_t   ref[NACCOUNT];
static ref_entry_t     entry[MOST];
static unsigned        nentry;
static air_ledger_t   *worker[2];
static char           *dir;
static int64_t         now;
static uint64_t        seed;
static unsigned        wrong;


static unsigned
draw(unsigned n)
{
    return (unsigned) (air_draw(&seed) % n);
}


static air_ledger_conf_t
small(void)
{
    air_ledger_conf_t  conf;

    memset(&conf, 0, sizeof(conf));
    conf.segment_size = 256 * 1024;
    conf.inflight = 64;
    conf.sync_ms = 1;
    conf.map_size = 16 * 1024 * 1024;
    conf.accounts = 64;

    return conf;
}


static void
bad(const char *what, unsigned i)
{
    if (wrong++ < 10) {
        printf("# %s: %s \"%s\" at entry %u\n", what,
               air_scope_name(ref[i].scope), ref[i].name, nentry);
    }
}


/* The window of now as the reference has it; begins it when make is set. */
static int64_t
ref_window(ref_account_t *a, unsigned p, int64_t ms, int make)
{
    int64_t  s;

    s = air_period_start((air_period_e) p, ms);

    if (p == AIR_PERIOD_EVER || s == a->hi[p]) {
        return s;
    }

    if (s > a->hi[p]) {

        if (make) {
            a->lo[p] = a->hi[p];
            a->hi[p] = s;
        }

        return s;
    }

    if (s > a->lo[p]) {

        if (make) {
            a->lo[p] = s;
        }

        return s;
    }

    return a->lo[p];
}


static int
ref_loose(const ref_account_t *a, unsigned p)
{
    unsigned  k;

    for (k = 0; k < a->nrule; k++) {
        if (a->rule[k].period == (air_period_e) p && a->rule[k].loose) {
            return 1;
        }
    }

    return 0;
}


static uint64_t
known(uint64_t amount)
{
    return amount == AIR_UNKNOWN ? 0 : amount;
}


/* All that was ever settled in a window, and all that is open in it. */
static void
ref_sum(unsigned i, unsigned p, int64_t start, uint64_t *spent,
    uint64_t *reserved)
{
    unsigned      e, k;
    ref_entry_t  *en;

    *spent = *reserved = 0;

    for (e = 0; e < nentry; e++) {
        en = &entry[e];

        for (k = 0; k < en->n; k++) {

            if (en->who[k] != i || en->start[k][p] != start) {
                continue;
            }

            if (en->state == DONE) {
                *spent += known(en->cost);

            } else if (en->state == OPEN) {
                *reserved += known(ref_loose(&ref[i], p) ? en->expected
                                                         : en->worst);
            }
        }
    }
}


static int
ref_refuses(unsigned i, const air_ask_t *ask)
{
    int64_t              start;
    uint64_t             spent, reserved, left, amount;
    unsigned             k;
    air_budget_rule_t   *rule;

    for (k = 0; k < ref[i].nrule; k++) {
        rule = &ref[i].rule[k];
        start = ref_window(&ref[i], rule->period, now, 0);
        ref_sum(i, rule->period, start, &spent, &reserved);

        left = spent + reserved < rule->amount
               ? rule->amount - spent - reserved : 0;
        amount = rule->loose ? ask->expected : ask->worst;

        if (amount == AIR_UNKNOWN ? !rule->loose || left == 0 : amount > left)
        {
            return 1;
        }
    }

    return 0;
}


static void
compare(void)
{
    unsigned              i, p, k;
    uint64_t              spent, reserved;
    air_accounts_t       *a;
    ref_account_t        *r;
    air_account_state_t   s;

    a = air_ledger_accounts(worker[0] != NULL ? worker[0] : worker[1]);

    for (i = 0; i < NACCOUNT; i++) {
        r = &ref[i];
        (void) air_accounts_get(a, r->scope, air_str_z(r->name), now, &s);

        for (p = 0; p < AIR_NPERIOD; p++) {
            ref_sum(i, p, ref_window(r, p, now, 0), &spent, &reserved);

            if (s.now[p].spent != spent || s.now[p].reserved != reserved) {
                bad(air_period_name((air_period_e) p), i);
                printf("# %llu + %llu, want %llu + %llu\n",
                       (unsigned long long) s.now[p].spent,
                       (unsigned long long) s.now[p].reserved,
                       (unsigned long long) spent,
                       (unsigned long long) reserved);
            }
        }

        for (k = 0; k < r->nrule && !r->over; k++) {
            p = r->rule[k].period;

            if (!r->rule[k].loose
                && s.now[p].spent + s.now[p].reserved > r->rule[k].amount)
            {
                bad("overspent", i);
            }
        }
    }
}


/* Any of each scope: its accounts, and the names of its record. */
static void
pick(ref_entry_t *e)
{
    e->who[0] = 0;
    e->who[1] = 1 + draw(4);
    e->who[2] = 5 + draw(2);
    e->who[3] = 7 + draw(2);
    e->who[4] = 9 + draw(2);
    e->n = 5;

    store_record(&e->r, nentry);
    e->r.flags = 0;
    e->r.certainty = AIR_CERTAIN_REPORTED;
    e->r.principal = air_str_z(ref[e->who[1]].name);
    e->r.team = air_str_z(ref[e->who[2]].name);
    e->r.workflow = air_str_z(ref[e->who[3]].name);
    e->r.vendor = air_str_z(ref[e->who[4]].name);
    e->r.time_ms = now;
    e->time_ms = now;
}


static void
step_reserve(int w)
{
    int64_t         hold;
    unsigned        k, p;
    int             refuses;
    ref_entry_t    *e;
    air_ask_t       ask;
    air_account_t   account[5];
    air_refusal_t   no;

    e = &entry[nentry];
    memset(e, 0, sizeof(*e));
    memset(account, 0, sizeof(account));
    memset(&ask, 0, sizeof(ask));
    pick(e);

    ask.worst = draw(12) ? draw(4000) : AIR_UNKNOWN;
    ask.expected = draw(12) ? draw(2000) : AIR_UNKNOWN;

    for (refuses = 0, k = 0; k < e->n; k++) {
        account[k].scope = ref[e->who[k]].scope;
        account[k].name = air_str_z(ref[e->who[k]].name);
        account[k].budget = ref[e->who[k]].rule;
        account[k].nbudget = ref[e->who[k]].nrule;
        refuses |= ref_refuses(e->who[k], &ask);
    }

    e->r.flags = AIR_REC_HELD;
    e->r.cost = ask.worst;
    e->worker = w;
    e->slot = air_ledger_begin(worker[w], &e->r);

    if (e->slot < 0) {
        return;
    }

    hold = air_accounts_reserve(air_ledger_accounts(worker[w]), account, e->n,
                                &ask, e->slot, now, &no);

    if ((hold == AIR_EBUSY) != refuses) {
        bad(refuses ? "should refuse" : "should not refuse",
            hold == AIR_EBUSY ? e->who[no.account] : 0);
    }

    if (hold < 0) {
        air_ledger_cancel(worker[w], e->slot);
        return;
    }

    e->state = OPEN;
    e->hold = hold;
    e->worst = ask.worst;
    e->expected = ask.expected;

    for (k = 0; k < e->n; k++) {
        for (p = 0; p < AIR_NPERIOD; p++) {
            e->start[k][p] = ref_window(&ref[e->who[k]], p, now, 1);
        }
    }

    nentry++;
}


/* What a hold books where nobody knows: at most what was set aside. */
static uint64_t
ref_unknown(const ref_entry_t *e)
{
    return e->worst != AIR_UNKNOWN ? e->worst : e->expected;
}


static void
step_settle(int w)
{
    unsigned      e, k, n, i;
    ref_entry_t  *en;

    for (n = 0, e = 0; e < nentry; e++) {
        n += entry[e].state == OPEN && entry[e].worker == w;
    }

    if (n == 0) {
        return;
    }

    i = draw(n);

    for (e = 0; e < nentry; e++) {
        if (entry[e].state == OPEN && entry[e].worker == w && i-- == 0) {
            break;
        }
    }

    en = &entry[e];
    en->state = DONE;

    switch (draw(8)) {

    case 0:
        air_ledger_cancel(worker[w], en->slot);
        en->cost = 0;
        break;

    case 1:
        en->r.cost = AIR_UNKNOWN;
        (void) air_ledger_settle(worker[w], en->slot, &en->r);
        en->cost = ref_unknown(en);
        break;

    case 2:
        en->r.cost = draw(6000);
        (void) air_ledger_settle(worker[w], en->slot, &en->r);
        en->cost = en->r.cost;

        for (k = 0; k < en->n && en->cost > known(en->worst); k++) {
            ref[en->who[k]].over = 1;
        }

        break;

    default:
        en->r.cost = en->worst == AIR_UNKNOWN ? 0
                                     : draw((unsigned) en->worst + 1);
        (void) air_ledger_settle(worker[w], en->slot, &en->r);
        en->cost = en->r.cost;
        break;
    }

    /* an end that comes twice changes nothing */

    air_accounts_settle(air_ledger_accounts(worker[w]), en->hold, 77, 77);
}


/* A record that nobody held, sometimes of long ago. */
static void
step_loose(int w)
{
    ref_entry_t  *e;

    e = &entry[nentry];
    memset(e, 0, sizeof(*e));
    pick(e);

    e->r.kind = draw(2) ? AIR_RECORD_ADJUST : AIR_RECORD_ATTEMPT;
    e->r.time_ms -= draw(3) ? 0 : draw(100) * HOUR;
    e->time_ms = e->r.time_ms;
    e->r.cost = draw(100);
    e->cost = e->r.cost;
    e->state = LOOSE;

    if (air_ledger_settle(worker[w], -1, &e->r) == AIR_OK) {
        nentry++;
    }
}


static void
ref_pour(ref_entry_t *e)
{
    int64_t         s;
    unsigned        k, p;
    ref_account_t  *a;

    for (k = 0; k < e->n; k++) {
        a = &ref[e->who[k]];

        for (p = 0; p < AIR_NPERIOD; p++) {
            s = air_period_start((air_period_e) p, e->time_ms);
            e->start[k][p] = p != AIR_PERIOD_EVER && s < a->lo[p]
                             ? -1 : ref_window(a, p, e->time_ms, 1);
        }

        a->over |= e->state == LOOSE && e->cost != 0;
    }

    e->state = DONE;
}


/* Settles the dead and counts what nobody held, as the reference does. */
static void
step_tick(void)
{
    int                 w;
    unsigned            e;
    air_err_t           err;
    air_ledger_work_t   work;

    for (w = 0; w < 2; w++) {
        if (worker[w] != NULL
            && air_ledger_tick(worker[w], now, &work, &err) != AIR_OK
            && err.code != AIR_EBUSY)
        {
            printf("# tick: %s\n", err.reason);
            wrong++;
        }
    }

    for (e = 0; e < nentry; e++) {

        if (entry[e].state == OPEN && entry[e].worker == -1) {
            entry[e].state = DONE;
            entry[e].cost = ref_unknown(&entry[e]);

        } else if (entry[e].state == LOOSE) {
            ref_pour(&entry[e]);
        }
    }
}


static void
step_open(int w)
{
    air_err_t          err;
    air_ledger_conf_t  conf;

    conf = small();

    if (air_ledger_open(&worker[w], dir, &conf, &err) != AIR_OK) {
        printf("# open: %s\n", err.reason);
        wrong++;
    }
}


/* All that it has open is left to others. */
static void
step_die(int w)
{
    unsigned  e;

    air_ledger_close(worker[w]);
    worker[w] = NULL;

    for (e = 0; e < nentry; e++) {
        if (entry[e].state == OPEN && entry[e].worker == w) {
            entry[e].worker = -1;
        }
    }
}


/* nginx stops and starts: windows are those of the records. */
static void
step_start(void)
{
    int                w;
    char               text[120];
    unsigned           e, i, p;
    air_err_t          err;
    air_ledger_conf_t  conf;

    for (w = 0; w < 2; w++) {
        if (worker[w] != NULL) {
            step_die(w);
        }
    }

    conf = small();

    if (air_ledger_prepare(dir, &conf, getuid(), getgid(), text, sizeof(text),
                           &err) != AIR_OK)
    {
        printf("# prepare: %s\n", text);
        wrong++;
    }

    for (i = 0; i < NACCOUNT; i++) {
        for (p = 0; p < AIR_NPERIOD; p++) {
            ref[i].hi[p] = ref[i].lo[p] = 0;
        }
    }

    for (e = 0; e < nentry; e++) {

        if (entry[e].state == OPEN) {
            entry[e].cost = ref_unknown(&entry[e]);
        }

        /* a window with nothing in it is as good as none */

        if (known(entry[e].cost) != 0) {
            ref_pour(&entry[e]);
        }

        entry[e].state = DONE;
    }

    step_open(0);
    step_open(1);
}


static void
step_clock(void)
{
    static const int64_t  by[] = {
        1000, HOUR, 24 * HOUR, 7 * 24 * HOUR, 31 * 24 * HOUR, 400 * 24 * HOUR
    };

    switch (draw(8)) {

    case 0:
        now -= by[draw(5)];
        break;

    case 1:

        /* to the millisecond before a border */

        now = air_period_end(AIR_PERIOD_DAY,
                             air_period_start(AIR_PERIOD_DAY, now)) - 1;
        break;

    case 2:
        now += draw(20) ? by[draw(4)] : by[5];
        break;

    default:
        now += draw(60000);
        break;
    }
}


static void
setup(void)
{
    unsigned  i, k;

    static const struct {
        air_scope_e   scope;
        const char   *name;
    } names[NACCOUNT] = {
        { AIR_SCOPE_TOTAL, "" },
        { AIR_SCOPE_PRINCIPAL, "p0" }, { AIR_SCOPE_PRINCIPAL, "p1" },
        { AIR_SCOPE_PRINCIPAL, "p2" }, { AIR_SCOPE_PRINCIPAL, "p3" },
        { AIR_SCOPE_TEAM, "t0" }, { AIR_SCOPE_TEAM, "t1" },
        { AIR_SCOPE_WORKFLOW, "w0" }, { AIR_SCOPE_WORKFLOW, "w1" },
        { AIR_SCOPE_VENDOR, "v0" }, { AIR_SCOPE_VENDOR, "v1" }
    };

    memset(ref, 0, sizeof(ref));
    nentry = 0;
    now = 1790000000000LL + draw(1000000000);

    for (i = 0; i < NACCOUNT; i++) {
        ref[i].scope = names[i].scope;
        snprintf(ref[i].name, sizeof(ref[i].name), "%s", names[i].name);
        ref[i].nrule = draw(3);

        for (k = 0; k < ref[i].nrule; k++) {
            ref[i].rule[k].period = (air_period_e) ((k * 2 + draw(2)) % 5);
            ref[i].rule[k].amount = 2000 + draw(40000);
            ref[i].rule[k].loose = draw(3) == 0;
        }
    }
}


static void
run(void)
{
    int       w;
    unsigned  i, did[8];

    memset(did, 0, sizeof(did));
    setup();

    dir = store_dir();
    step_open(0);
    step_open(1);
    step_tick();
    step_tick();

    for (i = 0; i < STEPS && wrong < 10; i++) {
        w = (int) draw(2);

        if (worker[w] == NULL) {
            step_open(w);
        }

        switch (draw(20)) {

        case 0:
            step_clock();
            break;

        case 1:
            step_loose(w);
            step_tick();
            break;

        case 2:
            step_die(w);
            step_open(w);
            step_tick();
            did[0]++;
            break;

        case 3:
            if (draw(6) == 0) {
                step_start();
                did[1]++;
            }

            break;

        case 4: case 5: case 6: case 7: case 8: case 9:
            step_settle(w);
            break;

        default:
            step_reserve(w);
            break;
        }

        compare();
    }

    step_die(0);
    step_open(0);
    step_tick();
    compare();
    step_start();
    compare();

    is(wrong, 0, "%u steps, %u entries, %u deaths, %u starts", i, nentry,
       did[0], did[1]);

    step_die(0);
    step_die(1);
    store_drop(dir);
}


int
main(int argc, char **argv)
{
    int  i, runs;

    runs = argc > 1 ? (int) strtol(argv[1], NULL, 10) : 10;
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

    for (i = 0; i < runs && wrong == 0; i++) {
        printf("# seed %llu\n", (unsigned long long) seed);
        run();
    }

    return done();
}
