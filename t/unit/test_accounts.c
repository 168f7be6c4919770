
/*
 * Accounts: what is set aside, refused, settled and given back, in all
 * accounts of a hold or in none; with the ledger, its slots' holds.
 *
 *   test_accounts --bench   what a hold costs
 */


#include "../../ngx_ai_router_module/store/air_accounts_impl.h"
#include "../../ngx_ai_router_module/store/air_ledger.h"
#include "store.h"
#include "tap.h"

#include <fcntl.h>
#include <time.h>


#define T0   1790000000000LL
#define DAY  86400000LL


static air_accounts_t *
table(const char *dir, uint32_t rows, uint32_t slots)
{
    int              fd;
    air_err_t        err;
    air_accounts_t  *a;

    fd = open(dir, O_RDONLY | O_DIRECTORY);

    a = NULL;

    if (air_accounts_make(fd, rows, slots, NULL, NULL, &err) != AIR_OK
        || air_accounts_open(&a, fd, 7, &err) != AIR_OK)
    {
        printf("# %s\n", err.reason);
    }

    close(fd);

    return a;
}


static air_account_t
account(air_scope_e scope, const char *name, const air_budget_rule_t *rule,
    unsigned n)
{
    air_account_t  a;

    memset(&a, 0, sizeof(a));
    a.scope = scope;
    a.name = air_str_z(name);
    a.budget = rule;
    a.nbudget = n;

    return a;
}


static air_ask_t
ask(uint64_t worst, uint64_t expected)
{
    air_ask_t  a;

    memset(&a, 0, sizeof(a));
    a.worst = worst;
    a.expected = expected;

    return a;
}


static air_account_state_t
state(air_accounts_t *a, air_scope_e scope, const char *name, int64_t now)
{
    air_account_state_t  s;

    (void) air_accounts_get(a, scope, air_str_z(name), now, &s);

    return s;
}


static void
test_names(void)
{
    unsigned        i;
    air_str_t       name, again;
    unsigned char   buf[AIR_ACCOUNT_NAME], other[AIR_ACCOUNT_NAME];

    for (i = 0; i < AIR_NSCOPE; i++) {
        is(air_scope_find(air_str_z(air_scope_name((air_scope_e) i))), i,
           "%s", air_scope_name((air_scope_e) i));
    }

    is(air_scope_find(air_str_z("nobody")), AIR_NSCOPE, "no such scope");

    name = air_account_name(air_str_z("short"), 32, buf);
    is_str(name, "short", "a name that fits stays");

    name = air_account_name(
               air_str_z("a workflow of a name that is much too long/1"), 32,
               buf);
    again = air_account_name(
                air_str_z("a workflow of a name that is much too long/2"), 32,
                other);

    is((long long) name.len, 32, "a long one is cut");
    ok(!air_str_eq(name, again), "and differs by what was cut: %.*s %.*s",
       (int) name.len, name.data, (int) again.len, again.data);
}


static void
test_budget(const char *dir)
{
    int64_t              hold, other;
    air_ask_t            q;
    air_account_t        who[2];
    air_refusal_t        no;
    air_accounts_t      *a;
    air_budget_rule_t    rule;
    air_account_state_t  s;

    a = table(dir, 64, 16);

    memset(&rule, 0, sizeof(rule));
    rule.amount = 100;
    rule.period = AIR_PERIOD_DAY;

    who[0] = account(AIR_SCOPE_TOTAL, "", NULL, 0);
    who[1] = account(AIR_SCOPE_PRINCIPAL, "alice", &rule, 1);

    q = ask(60, 10);
    hold = air_accounts_reserve(a, who, 2, &q, 0, T0, &no);
    ok(hold > 0, "60 of 100 are set aside");

    s = state(a, AIR_SCOPE_PRINCIPAL, "alice", T0);
    ok(s.now[AIR_PERIOD_HOUR].reserved == 60
       && s.now[AIR_PERIOD_DAY].reserved == 60
       && s.now[AIR_PERIOD_WEEK].reserved == 60
       && s.now[AIR_PERIOD_MONTH].reserved == 60
       && s.now[AIR_PERIOD_EVER].reserved == 60, "in all periods");
    s = state(a, AIR_SCOPE_TOTAL, "", T0);
    is((long long) s.now[AIR_PERIOD_DAY].reserved, 60, "and accounts");

    other = air_accounts_reserve(a, who, 2, &q, 1, T0, &no);
    is(other, AIR_EBUSY, "60 more are refused");
    is(no.why, AIR_REFUSED_RESERVED, "for what runs");
    ok(no.account == 1 && no.period == AIR_PERIOD_DAY && no.limit == 100
       && no.left == 40, "by alice's day, with what is left");
    s = state(a, AIR_SCOPE_TOTAL, "", T0);
    is((long long) s.now[AIR_PERIOD_DAY].reserved, 60,
       "and nothing is set aside anywhere");

    q = ask(101, 1);
    is(air_accounts_reserve(a, who, 2, &q, 1, T0, &no), AIR_EBUSY, "101");
    is(no.why, AIR_REFUSED_WORST, "never fits");
    q = ask(AIR_UNKNOWN, 1);
    is(air_accounts_reserve(a, who, 2, &q, 1, T0, &no), AIR_EBUSY, "unknown");
    is(no.why, AIR_REFUSED_UNKNOWN, "is refused as that");

    air_accounts_settle(a, hold, 55, 0);
    air_accounts_settle(a, hold, 55, 0);
    s = state(a, AIR_SCOPE_PRINCIPAL, "alice", T0);
    ok(s.now[AIR_PERIOD_DAY].reserved == 0 && s.now[AIR_PERIOD_DAY].spent == 55
       && s.now[AIR_PERIOD_EVER].spent == 55, "a hold ends once");

    q = ask(46, 1);
    is(air_accounts_reserve(a, who, 2, &q, 1, T0, &no), AIR_EBUSY, "46");
    is(no.why, AIR_REFUSED_BUDGET, "too little is left");
    is((long long) no.retry_ms,
       (long long) (air_period_end(AIR_PERIOD_DAY,
                                   air_period_start(AIR_PERIOD_DAY, T0)) - T0),
       "until the day ends");

    q = ask(45, 1);
    hold = air_accounts_reserve(a, who, 2, &q, 1, T0, &no);
    ok(hold > 0, "45 fit");

    /* it ends after the window did */

    s = state(a, AIR_SCOPE_PRINCIPAL, "alice", T0 + DAY);
    is((long long) s.now[AIR_PERIOD_DAY].spent, 0, "a new day");
    q = ask(100, 1);
    other = air_accounts_reserve(a, who, 2, &q, 2, T0 + DAY, &no);
    ok(other > 0, "has all of its budget");
    air_accounts_settle(a, hold, 44, 0);
    s = state(a, AIR_SCOPE_PRINCIPAL, "alice", T0 + DAY);
    ok(s.now[AIR_PERIOD_DAY].spent == 0 && s.before[AIR_PERIOD_DAY].spent == 99
       && s.before[AIR_PERIOD_DAY].reserved == 0
       && s.now[AIR_PERIOD_DAY].reserved == 100,
       "it is booked in the day it was sent");
    air_accounts_cancel(a, other);
    s = state(a, AIR_SCOPE_PRINCIPAL, "alice", T0 + DAY);
    ok(s.now[AIR_PERIOD_DAY].spent == 0 && s.now[AIR_PERIOD_DAY].reserved == 0,
       "one that was not sent gives all back");
    s = state(a, AIR_SCOPE_PRINCIPAL, "alice", T0);
    is((long long) s.now[AIR_PERIOD_DAY].spent, 99, "the day before again");

    /* what nobody knows, and what costs more */

    q = ask(30, 1);
    hold = air_accounts_reserve(a, who, 2, &q, 1, T0 + DAY, &no);
    air_accounts_settle(a, hold, AIR_UNKNOWN, 0);
    s = state(a, AIR_SCOPE_PRINCIPAL, "alice", T0 + DAY);
    is((long long) s.now[AIR_PERIOD_DAY].spent, 30, "unknown is the worst");
    hold = air_accounts_reserve(a, who, 2, &q, 1, T0 + DAY, &no);
    air_accounts_settle(a, hold, 90, 0);
    s = state(a, AIR_SCOPE_PRINCIPAL, "alice", T0 + DAY);
    is((long long) s.now[AIR_PERIOD_DAY].spent, 120, "more is booked as it is");

    rule.loose = 1;
    rule.amount = 1000;
    q = ask(600, 20);
    hold = air_accounts_reserve(a, who, 2, &q, 1, T0 + DAY, &no);
    s = state(a, AIR_SCOPE_PRINCIPAL, "alice", T0 + DAY);
    is((long long) s.now[AIR_PERIOD_DAY].reserved, 20, "loose: expected");
    is((long long) s.now[AIR_PERIOD_EVER].reserved, 600, "others: the worst");
    air_accounts_settle(a, hold, 1, 0);
    q = ask(AIR_UNKNOWN, AIR_UNKNOWN);
    hold = air_accounts_reserve(a, who, 2, &q, 1, T0 + DAY, &no);
    ok(hold > 0, "loose lets the unknown pass");
    air_accounts_settle(a, hold, AIR_UNKNOWN, 0);
    s = state(a, AIR_SCOPE_PRINCIPAL, "alice", T0 + DAY);
    is((long long) s.now[AIR_PERIOD_DAY].spent, 121, "nobody knows what of it");
    rule.amount = 121;
    is(air_accounts_reserve(a, who, 2, &q, 1, T0 + DAY, &no), AIR_EBUSY,
       "but not when nothing is left");

    rule.amount = AIR_UNKNOWN;
    q = ask(UINT64_MAX - 1, 0);
    hold = air_accounts_reserve(a, who, 1, &q, 1, T0 + DAY, &no);
    ok(hold > 0, "no limit");
    is(air_accounts_reserve(a, who, 1, &q, 2, T0 + DAY, &no), AIR_ELIMIT,
       "sums do not wrap");
    air_accounts_cancel(a, hold);

    air_accounts_close(a);
}


static void
test_rates(const char *dir)
{
    int64_t              hold, other;
    air_ask_t            q;
    unsigned char        fits[2];
    air_ask_t            two[2];
    air_account_t        who;
    air_refusal_t        no;
    air_accounts_t      *a;
    unsigned char        dead[AIR_INFLIGHT_OWNERS];
    air_account_state_t  s;

    a = table(dir, 64, 16);
    who = account(AIR_SCOPE_VENDOR_KEY, "openai#1", NULL, 0);
    who.rate.requests = 2;
    who.rate.tokens = 100;
    who.rate.running = 1;

    q = ask(0, 0);
    q.requests = 1;
    q.tokens = 80;
    q.running = 1;

    hold = air_accounts_reserve(a, &who, 1, &q, -1, T0, &no);
    ok(hold > 0, "one runs");
    is(air_accounts_reserve(a, &who, 1, &q, -1, T0, &no), AIR_EBUSY, "two");
    ok(no.why == AIR_REFUSED_RUNNING && no.limit == 1, "are too many");

    who.rate.running = 0;
    is(air_accounts_reserve(a, &who, 1, &q, -1, T0, &no), AIR_EBUSY,
       "more tokens");
    ok(no.why == AIR_REFUSED_TOKENS && no.left == 20, "than are left");
    is((long long) no.retry_ms, 65000, "when they will be");

    two[0] = q;
    two[1] = q;
    two[1].tokens = 20;
    is(air_accounts_fits(a, &who, 1, two, 2, fits, T0, &no), AIR_EBUSY,
       "of two");
    ok(!fits[0] && fits[1], "one fits");

    air_accounts_settle(a, hold, 0, 30);
    other = air_accounts_reserve(a, &who, 1, &two[1], -1, T0, &no);
    ok(other > 0, "what was not used can be");
    s = state(a, AIR_SCOPE_VENDOR_KEY, "openai#1", T0);
    is((long long) s.rate.running, 1, "one runs");
    is(air_accounts_reserve(a, &who, 1, &two[1], -1, T0, &no), AIR_EBUSY,
       "a third request");
    is(no.why, AIR_REFUSED_REQUESTS, "is one too many");
    air_accounts_cancel(a, other);
    other = air_accounts_reserve(a, &who, 1, &two[1], -1, T0, &no);
    ok(other > 0, "unless one was not sent");

    memset(dead, 0, sizeof(dead));
    is(air_accounts_reap(a, dead), 0, "nobody died");
    dead[7] = 1;
    is(air_accounts_reap(a, dead), 1, "its process did");
    s = state(a, AIR_SCOPE_VENDOR_KEY, "openai#1", T0);
    is((long long) s.rate.running, 0, "nothing runs");
    is(air_accounts_reserve(a, &who, 1, &two[1], -1, T0, &no), AIR_EBUSY,
       "what it took stays taken");

    air_accounts_close(a);
}


/* More names than rows: those that cost something stay. */
static void
test_full(const char *dir)
{
    int                  there;
    char                 name[AIR_ACCOUNT_NAME];
    int64_t              hold;
    unsigned             i, paid, lost;
    air_ask_t            q;
    air_account_t        who;
    air_refusal_t        no;
    air_accounts_t      *a;
    air_account_state_t  s;

    a = table(dir, 64, 16);
    paid = 0;
    hold = 0;

    for (i = 0; i < 5000; i++) {
        snprintf(name, sizeof(name), "n%u", i);
        who = account(AIR_SCOPE_PRINCIPAL, name, NULL, 0);
        q = ask(5, 5);
        q.requests = 1;

        hold = air_accounts_reserve(a, &who, 1, &q, -1, T0 + i * 60000LL,
                                    &no);
        if (hold < 0) {
            break;
        }

        air_accounts_settle(a, hold, i % 97 == 0, 0);
        paid += i % 97 == 0;
    }

    ok(i == 5000, "%u names went through 64 rows", i);

    lost = 0;

    for (i = 0; i < 5000; i += 97) {
        snprintf(name, sizeof(name), "n%u", i);
        there = air_accounts_get(a, AIR_SCOPE_PRINCIPAL, air_str_z(name), T0,
                                 &s);
        lost += there != AIR_OK || s.now[AIR_PERIOD_EVER].spent != 1;
    }

    is(lost, 0, "the %u that cost something are there", paid);

    for (i = 5000; i < 5100; i++) {
        snprintf(name, sizeof(name), "n%u", i);
        who = account(AIR_SCOPE_PRINCIPAL, name, NULL, 0);
        q = ask(5, 5);
        hold = air_accounts_reserve(a, &who, 1, &q, -1, T0 + i * 60000LL,
                                    &no);
        if (hold < 0) {
            break;
        }

        air_accounts_settle(a, hold, 1, 0);
    }

    is(hold, AIR_ELIMIT, "when all cost something there is no more room");
    air_accounts_close(a);

    a = table(dir, 64, 16);

    for (i = 0; i < 16; i++) {
        hold = air_accounts_reserve(a, &who, 1, &q, -1, T0, &no);
    }

    ok(hold > 0, "16 holds of requests");
    is(air_accounts_reserve(a, &who, 1, &q, -1, T0, &no), AIR_ELIMIT,
       "are all there are");
    is(air_accounts_reserve(a, &who, 1, &q, 16, T0, &no), AIR_ELIMIT,
       "no such slot");
    air_accounts_cancel(a, hold);
    ok(air_accounts_reserve(a, &who, 1, &q, -1, T0, &no) > 0, "one again");
    air_accounts_close(a);
}


/* A row that is made for one account of a hold takes no other one's of it. */
static void
test_room(const char *dir)
{
    char                 name[2][AIR_ACCOUNT_NAME];
    int64_t              hold, now;
    unsigned             i, k, wrong;
    air_ask_t            q;
    air_account_t        who[2];
    air_refusal_t        no;
    air_accounts_t      *a;
    air_account_state_t  s;

    a = table(dir, 64, 16);
    wrong = 0;

    for (i = 0; i < 3000; i++) {
        now = T0 + i * 60000LL;

        /* one of the last names, perhaps the one whose turn it is to go */

        snprintf(name[0], AIR_ACCOUNT_NAME, "n%u", i - 1 - i * 37 % 64);
        snprintf(name[1], AIR_ACCOUNT_NAME, "n%u", i);

        who[0] = account(AIR_SCOPE_TEAM, name[0], NULL, 0);
        who[1] = account(AIR_SCOPE_TEAM, name[1], NULL, 0);
        q = ask(5, 5);

        if (i % 2) {
            air_accounts_add(a, who, 2, 0, now);
            hold = 0;

        } else {
            hold = air_accounts_reserve(a, who, 2, &q, -1, now, &no);
            wrong += hold <= 0;
        }

        for (k = 0; k < 2; k++) {
            wrong += air_accounts_get(a, AIR_SCOPE_TEAM, air_str_z(name[k]),
                                      now, &s)
                     != AIR_OK
                     || (hold > 0
                         && s.now[AIR_PERIOD_EVER].reserved != 5);
        }

        air_accounts_cancel(a, hold);
    }

    is(wrong, 0, "of 64 idle rows one is made anew, never a row of the hold");
    air_accounts_close(a);
}


static void
test_ledger(const char *dir)
{
    int                  slot;
    int64_t              hold;
    air_ask_t            q;
    air_err_t            err;
    air_record_t         r;
    air_ledger_t        *l;
    air_account_t        who;
    air_refusal_t        no;
    air_accounts_t      *a;
    air_ledger_conf_t    conf;
    air_ledger_work_t    work;
    air_account_state_t  s;

    memset(&conf, 0, sizeof(conf));
    conf.segment_size = 128 * 1024;
    conf.inflight = 16;

    is(air_ledger_open(&l, dir, &conf, &err), AIR_OK, "a ledger");
    ok(air_ledger_accounts(l) == NULL, "has no accounts unless asked to");
    air_ledger_close(l);

    conf.accounts = 64;
    is(air_ledger_open(&l, dir, &conf, &err), AIR_OK, "a ledger that is");
    ok(air_ledger_accounts(l) == NULL, "makes them in its tick");
    (void) air_ledger_tick(l, T0, &work, &err);
    a = air_ledger_accounts(l);
    ok(a != NULL, "has accounts");

    who = account(AIR_SCOPE_TOTAL, "", NULL, 0);
    q = ask(50, 50);
    store_record(&r, 1);
    r.flags = AIR_REC_HELD;
    r.cost = 50;

    slot = air_ledger_begin(l, &r);
    hold = air_accounts_reserve(a, &who, 1, &q, slot, r.time_ms, &no);
    ok(slot >= 0 && hold > 0, "an attempt holds");
    r.cost = 20;
    is(air_ledger_settle(l, slot, &r), AIR_OK, "its slot is settled");
    s = state(a, AIR_SCOPE_TOTAL, "", r.time_ms);
    ok(s.now[AIR_PERIOD_EVER].spent == 20
       && s.now[AIR_PERIOD_EVER].reserved == 0, "and so is its hold");

    slot = air_ledger_begin(l, &r);
    hold = air_accounts_reserve(a, &who, 1, &q, slot, r.time_ms, &no);
    air_ledger_cancel(l, slot);
    s = state(a, AIR_SCOPE_TOTAL, "", r.time_ms);
    ok(s.now[AIR_PERIOD_EVER].spent == 20
       && s.now[AIR_PERIOD_EVER].reserved == 0, "cancelled, both are");
    is(air_ledger_inflight(l), 0, "nothing is in flight");

    air_ledger_close(l);
}


static double
seconds(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}


static void
bench(const char *dir)
{
    double              t;
    int64_t             hold;
    unsigned            i, k, n;
    air_ask_t           q;
    unsigned char       fits[3];
    air_ask_t           three[3];
    air_account_t       who[5];
    air_refusal_t       no;
    air_accounts_t     *a;
    air_budget_rule_t   rule[3];

    a = table(dir, 16384, 16384);
    memset(rule, 0, sizeof(rule));

    for (i = 0; i < 3; i++) {
        rule[i].amount = UINT64_MAX / 2;
        rule[i].period = (air_period_e) (i + 1);
    }

    who[0] = account(AIR_SCOPE_TOTAL, "", rule, 3);
    who[1] = account(AIR_SCOPE_PRINCIPAL, "alice@example.com", rule, 3);
    who[2] = account(AIR_SCOPE_TEAM, "research", rule, 3);
    who[3] = account(AIR_SCOPE_WORKFLOW, "triage", rule, 3);
    who[4] = account(AIR_SCOPE_VENDOR, "openai", NULL, 0);

    n = 1000000;

    for (k = 0; k < 2; k++) {
        q = ask(1000, 100);
        q.requests = k;
        q.tokens = k * 100;
        q.running = k != 0;
        three[0] = three[1] = three[2] = q;

        t = seconds();

        for (i = 0; i < n; i++) {
            hold = air_accounts_reserve(a, who, 5, &q, -1, T0 + i / 10, &no);
            air_accounts_settle(a, hold, 300, 50);
        }

        t = seconds() - t;
        printf("# %s: reserve and settle of 5 accounts %.0f ns\n",
               k ? "with rates" : "money", t * 1e9 / n);

        t = seconds();

        for (i = 0; i < n; i++) {
            (void) air_accounts_fits(a, who, 5, three, 3, fits, T0, &no);
        }

        t = seconds() - t;
        printf("# %s: a look of 3 targets at 5 accounts %.0f ns\n",
               k ? "with rates" : "money", t * 1e9 / n);
    }

    air_accounts_close(a);
}


int
main(int argc, char **argv)
{
    char  *dir;

    dir = store_dir();

    if (argc > 1 && strcmp(argv[1], "--bench") == 0) {
        bench(dir);
        store_drop(dir);
        return 0;
    }

    test_names();
    test_budget(dir);
    test_rates(dir);
    test_full(dir);
    test_room(dir);
    store_drop(dir);

    dir = store_dir();
    test_ledger(dir);
    store_drop(dir);

    return done();
}
