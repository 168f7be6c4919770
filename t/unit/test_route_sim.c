
/*
 * Selection in a simulated world: vendors with prices, latencies and bad
 * times under a virtual clock, the breaker of air_health.c, the figures of
 * air_live.c, and 100,000 requests a rule.  What each rule says is what must
 * come out: shares, mean latency, spend; and a vendor that dies loses its
 * requests at once and gets them back by single probes.
 *
 * test_route_sim --bench prints what a decision among 200 takes.
 */

#include "../../ngx_ai_router_module/core/air_live.h"
#include "route.h"

#include <stdlib.h>
#include <time.h>


#define REQUESTS  100000
#define STEP      10                   /* ms between two requests            */
#define BEGIN     1700000000000ull
#define SEED      20261122

/* a request: tokens in and out, for what it costs */
#define IN        1000
#define OUT       250

#define RUNNING   4096
#define WORLD     4


typedef struct {
    uint64_t           rate;           /* pUSD a token in; out is four times */
    uint32_t           latency;        /* ms, median                         */
    uint32_t           throughput;     /* tokens a second                    */
    uint16_t           weight;
    uint16_t           canary;
    uint16_t           quality;
    uint64_t           dead;           /* ms since BEGIN, 0 never            */
    uint64_t           alive;

    air_health_t       health;
    air_live_store_t   live;
    uint32_t           inflight;
    uint64_t           failed_ms;

    /* what came out */
    uint64_t           first;          /* requests that it stood first for   */
    uint64_t           asked;          /* attempts                           */
    uint64_t           good;
    uint64_t           in_dead;        /* attempts begun while it was dead   */
    uint64_t           resting;        /* of them, after it was put to rest  */
    uint64_t           last;           /* ms since BEGIN of the last one before
                                          that                               */
    uint64_t           at_once;        /* of those, at the same time         */
    uint64_t           back;           /* ms since BEGIN of the first success
                                          after it was dead                  */
    uint64_t           after;          /* firsts from a minute after then    */
} vendor_t;


typedef struct {
    uint64_t      end;
    uint64_t      began;
    uint64_t      claim;
    uint64_t      latency;
    unsigned      vendor;
    unsigned      next;                /* in order                           */
    unsigned      n;
    int           ok;
    int           rested;              /* the vendor was at rest             */
    air_choice_t  order[WORLD];
} attempt_t;


static vendor_t      vendor[WORLD];
static unsigned      nvendor;
static air_select_e  rule;
static attempt_t     running[RUNNING];
static unsigned      nrunning, most;
static uint64_t      now, seed, spend, latency, lost, answered;

/* what a request is split or sticks by: users, of which one comes at a time;
   where each was the last time */
#define USERS  997

static int       split, sticky;
static unsigned  home[USERS];
static uint64_t  moved;


static uint64_t
any(void)
{
    uint64_t  z;

    seed += 0x9e3779b97f4a7c15;
    z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;

    return z ^ (z >> 31);
}


static uint64_t
cost(const vendor_t *v)
{
    return v->rate * IN + v->rate * 4 * OUT;
}


static int
is_dead(const vendor_t *v)
{
    return v->dead && now - BEGIN >= v->dead && now - BEGIN < v->alive;
}


/* the next of a's order that may be asked, as the router's attempts do: of one
   that rested long enough only one request is the probe */
static void
go_on(attempt_t *a)
{
    unsigned      turns;
    uint64_t      reopen;
    vendor_t     *v;
    air_state_e   state;
    air_choice_t  back;

    for (turns = 0; a->next < a->n; /* void */) {

        v = &vendor[a->order[a->next].id];
        state = air_health_state(&v->health, now, &reopen);
        a->claim = 0;

        if (state != AIR_STATE_UP) {

            a->claim = air_health_claim(&v->health, now);

            if (a->claim == 0 && a->next + 1 + turns < a->n) {
                back = a->order[a->next];
                memmove(&a->order[a->next], &a->order[a->next + 1],
                        (a->n - a->next - 1) * sizeof(air_choice_t));
                a->order[a->n - 1] = back;
                turns++;
                continue;
            }
        }

        a->vendor = a->order[a->next++].id;
        a->began = now;
        a->ok = !is_dead(v);
        a->rested = state != AIR_STATE_UP;
        a->latency = a->ok ? v->latency * (600 + any() % 801) / 1000 : 30;
        a->end = now + a->latency;

        v->inflight++;
        v->asked++;

        if (!a->ok) {
            v->in_dead++;
            v->resting += a->rested;
            v->last = a->rested ? v->last : now - BEGIN;
            v->at_once += a->rested && v->inflight > 1;
        }

        if (nrunning < RUNNING) {
            running[nrunning++] = *a;
        }

        most = nrunning > most ? nrunning : most;

        return;
    }

    lost++;
}


static void
ended(attempt_t *a)
{
    vendor_t          *v;
    air_live_reply_t   reply;

    v = &vendor[a->vendor];
    v->inflight--;

    if (!a->ok) {
        v->failed_ms = now;
        air_health_fail(&v->health, &air_health_rule, now, a->began,
                        AIR_FAULT_SERVER, AIR_HEALTH_ALL);
        air_live_outcome(&v->live, (int64_t) now, 0);
        go_on(a);
        return;
    }

    air_health_good(&v->health, &air_health_rule, now, a->began);
    air_live_outcome(&v->live, (int64_t) now, 1);

    memset(&reply, 0, sizeof(reply));
    reply.stream = 1;
    reply.tokens = OUT;
    reply.first_ms = a->latency;
    reply.whole_ms = a->latency + OUT * 1000 / v->throughput;
    air_live_reply(&v->live, (int64_t) now, &reply);

    v->good++;
    answered++;
    spend += cost(v);
    latency += a->latency;

    if (v->dead && v->back == 0 && now - BEGIN >= v->alive) {
        v->back = now - BEGIN;
    }
}


/* everything that ends until then, in its order */
static void
run_until(uint64_t then)
{
    unsigned   i, k;
    attempt_t  a;

    for ( ;; ) {

        k = nrunning;

        for (i = 0; i < nrunning; i++) {
            if (running[i].end <= then
                && (k == nrunning || running[i].end < running[k].end))
            {
                k = i;
            }
        }

        if (k == nrunning) {
            break;
        }

        a = running[k];
        running[k] = running[--nrunning];
        now = a.end;
        ended(&a);
    }

    now = then;
}


static void
candidates(unsigned user)
{
    char              name[16];
    unsigned          i;
    uint64_t          reopen;
    air_candidate_t  *c;

    ncand = 0;
    snprintf(name, sizeof(name), "%u", user);

    for (i = 0; i < nvendor; i++) {

        c = add(i, 0, rule);
        c->weight = vendor[i].weight;
        c->canary = vendor[i].canary;
        c->quality = vendor[i].quality;
        c->rate_in = vendor[i].rate;
        c->rate_out = vendor[i].rate * 4;
        c->price = c->rate_in * 1000000 + c->rate_out * 250000;
        c->state = air_health_state(&vendor[i].health, now, &reopen);
        c->reopen_ms = reopen;
        c->split = split ? air_route_hash(air_str_z(name)) : 0;
        c->sticky = sticky && home[user] == i + 1;

        air_live_view(&vendor[i].live, (int64_t) now, NULL, &c->live);
        c->live.inflight = vendor[i].inflight;
        c->live.failed_ms = vendor[i].failed_ms;
    }
}


static void
request(uint64_t ticket)
{
    unsigned     user, head;
    attempt_t    a;
    air_wants_t  wants;

    user = (unsigned) (ticket * 7919 % USERS);
    candidates(user);

    memset(&wants, 0, sizeof(wants));
    wants.ticket = ticket;
    wants.now_ms = now;

    order_wants(&wants);

    head = choice[0].id;
    vendor[head].first++;

    if (vendor[head].back
        && now - BEGIN > vendor[head].back + 60000)
    {
        vendor[head].after++;
    }

    moved += home[user] && home[user] != head + 1;
    home[user] = head + 1;

    memset(&a, 0, sizeof(a));
    a.n = nusable;
    memcpy(a.order, choice, nusable * sizeof(air_choice_t));

    go_on(&a);
}


static void
simulate(air_select_e by)
{
    unsigned  i;

    rule = by;
    now = BEGIN;
    seed = SEED;
    nrunning = 0;
    most = 0;
    spend = 0;
    latency = 0;
    lost = 0;
    answered = 0;
    moved = 0;
    memset(home, 0, sizeof(home));

    for (i = 0; i < REQUESTS; i++) {
        run_until(BEGIN + (uint64_t) i * STEP);
        request(i);
    }

    run_until(UINT64_MAX / 2);

    is(answered, REQUESTS, "every request was answered");
    ok(lost == 0 && most < RUNNING, "none was lost: %u at once", most);
}


static vendor_t *
another(uint64_t rate, uint32_t ms, uint32_t throughput)
{
    vendor_t  *v;

    v = &vendor[nvendor++];
    memset(v, 0, sizeof(vendor_t));

    v->rate = rate;
    v->latency = ms;
    v->throughput = throughput;
    v->weight = 1;

    return v;
}


/* four that differ in everything; the first is the best at nothing */
static void
world(void)
{
    nvendor = 0;
    split = 0;
    sticky = 0;

    another(3000000, 300, 60)->quality = 700;
    another(1000000, 900, 30)->quality = 400;
    another(5000000, 100, 90)->quality = 600;
    another(9000000, 500, 200)->quality = 900;
}


/* of 100,000; the stated tolerance */
static void
share(unsigned i, uint64_t of, uint64_t within)
{
    ok(vendor[i].first + within >= of && vendor[i].first <= of + within,
       "vendor %u: %llu of %llu, within %llu", i,
       (unsigned long long) vendor[i].first, (unsigned long long) of,
       (unsigned long long) within);
}


/* spend and mean latency are those of the shares: to 0.1 % and 1 % */
static void
means(void)
{
    unsigned  i;
    uint64_t  money, ms;

    money = 0;
    ms = 0;

    for (i = 0; i < nvendor; i++) {
        money += vendor[i].good * cost(&vendor[i]);
        ms += vendor[i].first * vendor[i].latency;
    }

    is(spend, money, "spend is that of the shares");
    ok(latency > ms / 100 * 99 && latency < ms / 100 * 101,
       "mean latency %llu ms, of the shares %llu ms",
       (unsigned long long) (latency / REQUESTS),
       (unsigned long long) (ms / REQUESTS));
}


static void
test_rules(void)
{
    unsigned  i;

    static const struct {
        air_select_e  rule;
        unsigned      best;
        uint64_t      within;
        const char   *name;
    } rows[] = {
        { AIR_SELECT_ORDER, 0, 0, "order" },
        { AIR_SELECT_PRICE, 1, 0, "price" },
        { AIR_SELECT_QUALITY, 3, 0, "quality" },

        /* measuring costs at most one in five until all are known, and then
           20 requests a vendor each five minutes */
        { AIR_SELECT_LATENCY, 2, 1500, "latency" },
        { AIR_SELECT_THROUGHPUT, 3, 1500, "throughput" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        printf("# %s\n", rows[i].name);
        world();
        simulate(rows[i].rule);
        share(rows[i].best, REQUESTS, rows[i].within);
        means();
    }
}


static void
test_draws(void)
{
    printf("# weighted\n");
    world();
    vendor[0].weight = 50;
    vendor[1].weight = 30;
    vendor[2].weight = 15;
    vendor[3].weight = 5;
    simulate(AIR_SELECT_WEIGHTED);
    share(0, 50000, 10);
    share(1, 30000, 10);
    share(2, 15000, 10);
    share(3, 5000, 10);
    means();

    /* 1/9, 1, 1/25, 1/81 of 1.163457 */

    printf("# balanced\n");
    world();
    simulate(AIR_SELECT_BALANCED);
    share(0, 9550, 10);
    share(1, 85951, 10);
    share(2, 3438, 10);
    share(3, 1061, 10);
    means();

    printf("# canaries\n");
    world();
    vendor[1].weight = 3;
    vendor[2].canary = 500;
    vendor[3].canary = 1;
    simulate(AIR_SELECT_WEIGHTED);
    share(2, 5000, 0);
    share(3, 10, 0);
    share(0, 23748, 10);
    share(1, 71242, 10);
    means();

    printf("# equals: by what is in flight\n");
    nvendor = 0;
    another(1000000, 200, 60);
    another(1000000, 200, 60);
    simulate(AIR_SELECT_LATENCY);
    share(0, 50000, 10000);
    share(1, 50000, 10000);
}


static void
test_kept(void)
{
    printf("# split\n");
    world();
    split = 1;
    vendor[3].canary = 1000;
    simulate(AIR_SELECT_WEIGHTED);
    is(moved, 0, "split: nobody ever moves");
    share(0, 30000, 4000);
    share(1, 30000, 4000);
    share(2, 30000, 4000);
    share(3, 10000, 2500);
    means();

    printf("# sticky\n");
    world();
    sticky = 1;
    simulate(AIR_SELECT_WEIGHTED);
    is(moved, 0, "sticky: nobody ever moves");
    share(0, 25000, 400);
    share(1, 25000, 400);
    share(2, 25000, 400);
    share(3, 25000, 400);
    means();
}


/*
 * The one that gets the most is dead from the 100th to the 700th second of
 * 1,000.  It has lost its requests when the last reply that was under way is
 * in, and three more have failed in a row: far within the breaker's window of
 * 30 s, in which balanced asks only once.  After that it gets a probe each 1,
 * 2, 4 .. 60 s.
 */
static void
death(air_select_e by, unsigned best, const char *name, uint64_t least)
{
    unsigned   i;
    uint64_t   others, within;
    vendor_t  *v;

    printf("# %s, and the best dies\n", name);

    v = &vendor[best];
    v->dead = 100000;
    v->alive = 700000;

    simulate(by);

    ok(v->in_dead - v->resting <= 30,
       "%s: asked %llu times until it rests", name,
       (unsigned long long) (v->in_dead - v->resting));

    within = v->dead + v->latency * 14 / 10 + 100;
    within += by == AIR_SELECT_BALANCED ? AIR_ROUTE_UNSTABLE : 0;

    ok(v->last >= v->dead && v->last <= within, "%s: for %llu ms", name,
       (unsigned long long) (v->last - v->dead));
    ok(v->resting >= 1 && v->resting <= 6 + 600 / 60,
       "%s: %llu probes in ten minutes", name,
       (unsigned long long) v->resting);
    is(v->at_once, 0, "%s: never two at the same time", name);
    ok(v->back >= 700000 && v->back <= 700000 + 60000 * 9 / 8 + 35000,
       "%s: back after %llu s", name,
       (unsigned long long) (v->back - 700000) / 1000);

    others = 0;

    for (i = 0; i < nvendor; i++) {
        others += i == best ? 0 : vendor[i].first;
    }

    ok(others >= 59000, "%s: the others stood in %llu times", name,
       (unsigned long long) others);
    ok(v->after * 1000 >= least * ((1000000 - v->back - 60000) / STEP),
       "%s: and it has its requests again: %llu", name,
       (unsigned long long) v->after);
}


static void
test_death(void)
{
    world();
    death(AIR_SELECT_ORDER, 0, "order", 999);

    world();
    death(AIR_SELECT_PRICE, 1, "price", 999);

    world();
    death(AIR_SELECT_QUALITY, 3, "quality", 999);

    world();
    death(AIR_SELECT_LATENCY, 2, "latency", 950);

    world();
    death(AIR_SELECT_THROUGHPUT, 3, "throughput", 950);

    world();
    vendor[1].weight = 1000;
    death(AIR_SELECT_WEIGHTED, 1, "weighted", 995);

    world();
    death(AIR_SELECT_BALANCED, 1, "balanced", 855);
}


static int
by_time(const void *one, const void *two)
{
    uint64_t  a = *(const uint64_t *) one, b = *(const uint64_t *) two;

    return a < b ? -1 : a > b;
}


/* what one decision among 200 takes, of each rule, in ns; nothing is tested */
static void
bench(void)
{
    unsigned         i, k, by;
    uint64_t         start;
    air_wants_t      wants;
    air_prefs_t      prefs;
    struct timespec  t;

    static uint64_t    took[20000];
    static const char *names[] = {
        "order", "price", "weighted", "latency", "throughput", "quality",
        "balanced", "balanced, over all", "order, a group each"
    };

    memset(&prefs, 0, sizeof(prefs));
    prefs.max_prompt = AIR_UNKNOWN - 1;
    prefs.max_completion = AIR_UNKNOWN;
    prefs.max_request = AIR_UNKNOWN;
    prefs.max_latency[AIR_P90] = 5000;

    for (by = 0; by < sizeof(names) / sizeof(names[0]); by++) {

        memset(&wants, 0, sizeof(wants));
        wants.now_ms = BEGIN;
        wants.needs = AIR_CAN_TOOLS;
        wants.prefs = by == 7 ? &prefs : NULL;
        prefs.sort = AIR_SELECT_LATENCY;
        prefs.sort_set = prefs.sort_all = by == 7;

        for (k = 0; k < sizeof(took) / sizeof(took[0]); k++) {

            if (k % 100 == 0) {

                for (i = 0, ncand = 0; i < 200; i++) {
                    add(i, by == 8 ? i : i / 100, by < 7 ? by : by == 8 ? 0
                        : AIR_SELECT_BALANCED);
                    cand[i].price = any() % 1000000000;
                    cand[i].rate_in = cand[i].price;
                    cand[i].quality = any() % 1000;
                    cand[i].weight = 1 + any() % 100;
                    cand[i].live.latency[AIR_P50] = 100 + any() % 1000;
                    cand[i].live.latency[AIR_P90] = any() % 10000;
                    cand[i].live.throughput[AIR_P50] = any() % 100000;
                    cand[i].live.samples = any() % 100;
                    cand[i].live.inflight = any() % 10;
                    cand[i].live.failed_ms = any() % 10 ? 0 : BEGIN;
                    cand[i].can.known = AIR_CAN_TOOLS;
                    cand[i].can.bits = any() % 20 ? AIR_CAN_TOOLS : 0;
                }
            }

            wants.ticket = k;

            clock_gettime(CLOCK_MONOTONIC, &t);
            start = (uint64_t) t.tv_sec * 1000000000 + t.tv_nsec;

            order_wants(&wants);

            clock_gettime(CLOCK_MONOTONIC, &t);
            took[k] = (uint64_t) t.tv_sec * 1000000000 + t.tv_nsec - start;
        }

        k = sizeof(took) / sizeof(took[0]);
        qsort(took, k, sizeof(uint64_t), by_time);

        printf("%-20s p50 %6llu ns  p99 %6llu ns  of %u candidates\n",
               names[by], (unsigned long long) took[k / 2],
               (unsigned long long) took[k - k / 100], ncand);
    }
}


int
main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--bench") == 0) {
        bench();
        return 0;
    }

    printf("# seed %u\n", SEED);

    test_rules();
    test_draws();
    test_kept();
    test_death();

    return done();
}
