
/*
 * The breaker by itself: both rules, whose failures they are, rests and their
 * growth, one probe among many, what began before a rest; and the budget.
 */

#include <pthread.h>

#include "../../ngx_ai_router_module/core/air_health.h"
#include "tap.h"


#define T0      UINT64_C(1795348800000)
#define THREADS 8


static air_health_t  shared;
static uint64_t      claims;


static void
fails(air_health_t *h, uint64_t now, unsigned n)
{
    while (n--) {
        air_health_fail(h, &air_health_rule, now, now, AIR_FAULT_SERVER,
                        AIR_HEALTH_ALL);
    }
}


static void
goods(air_health_t *h, uint64_t now, unsigned n)
{
    while (n--) {
        air_health_good(h, &air_health_rule, now, now);
    }
}


static air_state_e
state(const air_health_t *h, uint64_t now)
{
    uint64_t  reopen;

    return air_health_state(h, now, &reopen);
}


/* The rest that began at now; it is at most an eighth longer than want. */
static void
rests(const air_health_t *h, uint64_t now, uint64_t want)
{
    uint64_t  reopen;

    is((int) air_health_state(h, now, &reopen), AIR_STATE_COOLING,
       "it rests");
    ok(reopen >= now + want && reopen <= now + want + want / 8,
       "for %d ms and a little: %d", (int) want, (int) (reopen - now));
}


static void
test_run(void)
{
    uint64_t      t, claim, reopen;
    unsigned      i;
    air_health_t  h = { 0 };

    is((int) state(&h, T0), AIR_STATE_UP, "nothing known: up");
    is((int) air_health_claim(&h, T0), 1, "what is up needs no claim");

    fails(&h, T0, 2);
    goods(&h, T0, 1);
    fails(&h, T0, 2);
    is((int) state(&h, T0), AIR_STATE_UP, "a success ends a run");

    fails(&h, T0, 1);
    rests(&h, T0, 1000);
    is((int) h.failed_at, (int) T0, "the last failure has its time");

    /* half-open: one claim */

    (void) air_health_state(&h, T0, &reopen);
    t = reopen;

    is((int) state(&h, t - 1), AIR_STATE_COOLING, "not a ms early");
    is((int) air_health_claim(&h, t - 1), 0, "no claim before");
    is((int) state(&h, t), AIR_STATE_PROBE, "half-open");

    claim = air_health_claim(&h, t);
    ok(claim > 1, "a claim");
    is((int) air_health_claim(&h, t), 0, "only one");
    is((int) state(&h, t), AIR_STATE_COOLING, "others wait");

    air_health_release(&h, claim - 1);
    is((int) air_health_claim(&h, t), 0, "a foreign release does nothing");
    air_health_release(&h, claim);
    is((int) state(&h, t), AIR_STATE_PROBE, "given back undecided");

    claim = air_health_claim(&h, t);
    is((int) state(&h, t + AIR_HEALTH_LAPSE), AIR_STATE_PROBE,
       "a claim that nobody decides lapses");

    /* failing probes double the rest, to its maximum */

    for (i = 1; i < 9; i++) {
        fails(&h, t, 1);
        rests(&h, t, 1000 << i > 60000 ? 60000 : 1000 << i);
        (void) air_health_state(&h, t, &t);
    }

    goods(&h, t, 1);
    is((int) state(&h, t), AIR_STATE_UP, "a good probe brings it back");

    fails(&h, t + 1, 3);
    rests(&h, t + 1, 1000);
}


static void
test_window(void)
{
    air_health_t  h = { 0 };

    fails(&h, T0, 1);
    fails(&h, T0 + 20000, 1);
    fails(&h, T0 + 40000, 1);
    is((int) state(&h, T0 + 40000), AIR_STATE_UP, "a run has its window");

    fails(&h, T0 + 41000, 2);
    is((int) state(&h, T0 + 41000), AIR_STATE_COOLING, "three within it");
}


static void
test_ratio(void)
{
    unsigned           i;
    air_health_t       h = { 0 };
    air_health_rule_t  rule = air_health_rule;

    /* 10 of 19, never three in a row */

    for (i = 0; i < 9; i++) {
        fails(&h, T0 + i, 1);
        goods(&h, T0 + i, 1);
    }

    fails(&h, T0 + 9, 1);
    is((int) state(&h, T0 + 9), AIR_STATE_UP, "19 requests are too few");

    goods(&h, T0 + 9, 1);
    fails(&h, T0 + 10, 1);
    is((int) state(&h, T0 + 10), AIR_STATE_COOLING, "11 of 21 failed");

    goods(&h, T0 + 5000, 1);
    is((int) state(&h, T0 + 5000), AIR_STATE_UP, "back");
    fails(&h, T0 + 5001, 1);
    is((int) state(&h, T0 + 5001), AIR_STATE_UP,
       "what led to a rest is not counted again");

    memset(&h, 0, sizeof(air_health_t));

    for (i = 0; i < 50; i++) {
        goods(&h, T0 + i, 1);
        fails(&h, T0 + i, 1);
    }

    is((int) state(&h, T0 + 50), AIR_STATE_UP, "half is not more than half");

    /* what is older than a window does not count */

    memset(&h, 0, sizeof(air_health_t));
    goods(&h, T0, 50);

    for (i = 0; i < 11; i++) {
        fails(&h, T0 + 31000 + i, 1);
        goods(&h, T0 + 31000 + i, i < 10);
    }

    is((int) state(&h, T0 + 31010), AIR_STATE_COOLING, "11 of the last 21");

    memset(&h, 0, sizeof(air_health_t));
    rule.ratio = 0;

    for (i = 0; i < 50; i++) {
        air_health_fail(&h, &rule, T0, T0, AIR_FAULT_SERVER, AIR_HEALTH_ALL);
        air_health_fail(&h, &rule, T0, T0, AIR_FAULT_SERVER, AIR_HEALTH_ALL);
        air_health_good(&h, &rule, T0, T0);
    }

    is((int) state(&h, T0), AIR_STATE_UP, "no ratio, no rest by it");

    rule.off = 1;

    for (i = 0; i < 50; i++) {
        air_health_fail(&h, &rule, T0, T0, AIR_FAULT_SERVER, AIR_HEALTH_ALL);
    }

    is((int) state(&h, T0), AIR_STATE_UP, "off is off");

    air_health_cool(&h, &rule, T0, 5000, AIR_FAULT_RATE_LIMIT);
    is((int) state(&h, T0), AIR_STATE_COOLING,
       "but what the vendor says holds");
}


/* a vendor rests for one model's failures only if others fail too */
static void
test_who(void)
{
    unsigned      i;
    air_health_t  h = { 0 };

    for (i = 0; i < 30; i++) {
        air_health_fail(&h, &air_health_rule, T0, T0, AIR_FAULT_SERVER, 4);
    }

    is((int) state(&h, T0), AIR_STATE_UP, "one model is not the vendor");

    air_health_fail(&h, &air_health_rule, T0, T0, AIR_FAULT_SERVER, 8);
    is((int) state(&h, T0), AIR_STATE_COOLING, "two are");

    memset(&h, 0, sizeof(air_health_t));

    air_health_fail(&h, &air_health_rule, T0, T0, AIR_FAULT_SERVER, 8);
    air_health_good(&h, &air_health_rule, T0, T0);

    for (i = 0; i < 3; i++) {
        air_health_fail(&h, &air_health_rule, T0, T0, AIR_FAULT_SERVER, 4);
    }

    is((int) state(&h, T0), AIR_STATE_UP, "a run forgets who was before it");

    memset(&h, 0, sizeof(air_health_t));

    for (i = 0; i < 3; i++) {
        air_health_fail(&h, &air_health_rule, T0, T0, AIR_FAULT_REFUSED,
                        AIR_HEALTH_ALL);
    }

    is((int) state(&h, T0), AIR_STATE_COOLING, "no connection is for all");
}


static void
test_cool(void)
{
    uint64_t      reopen;
    air_health_t  h = { 0 };

    air_health_cool(&h, &air_health_rule, T0, 7000, AIR_FAULT_RATE_LIMIT);
    (void) air_health_state(&h, T0, &reopen);
    is((int) (reopen - T0), 7000, "as long as was said");

    air_health_cool(&h, &air_health_rule, T0, 2000, AIR_FAULT_RATE_LIMIT);
    (void) air_health_state(&h, T0, &reopen);
    is((int) (reopen - T0), 7000, "never shortened");

    air_health_good(&h, &air_health_rule, T0 + 10, T0 + 5);
    is((int) state(&h, T0 + 10), AIR_STATE_COOLING,
       "nor by one that got through");

    air_health_cool(&h, &air_health_rule, T0 + 7000, 0, AIR_FAULT_RATE_LIMIT);
    (void) air_health_state(&h, T0 + 7000, &reopen);
    is((int) (reopen - T0), 9000, "half-open it rests as after a failure");

    air_health_cool(&h, &air_health_rule, T0 + 9000, UINT64_MAX,
                    AIR_FAULT_QUOTA);
    (void) air_health_state(&h, T0 + 9000, &reopen);
    ok(reopen == T0 + 9000 + AIR_HEALTH_LIMIT, "a day at most");
}


/* many in flight end after the breaker opened */
static void
test_stale(void)
{
    uint64_t      reopen, later;
    air_health_t  h = { 0 };

    fails(&h, T0, 3);
    (void) air_health_state(&h, T0, &reopen);

    air_health_good(&h, &air_health_rule, T0 + 1, T0 - 500);
    is((int) state(&h, T0 + 1), AIR_STATE_COOLING,
       "what was on its way does not end the rest");

    air_health_good(&h, &air_health_rule, reopen - 1, T0 + 100);
    is((int) state(&h, reopen - 1), AIR_STATE_UP,
       "a last resort that worked does");

    fails(&h, T0 + 2000, 3);
    (void) air_health_state(&h, T0 + 2000, &reopen);

    air_health_fail(&h, &air_health_rule, reopen, T0 + 1999,
                    AIR_FAULT_HEADER_TIMEOUT, AIR_HEALTH_ALL);
    is((int) state(&h, reopen), AIR_STATE_PROBE,
       "nor is it the probe's failure");

    goods(&h, reopen, 1);
    air_health_fail(&h, &air_health_rule, reopen, T0 + 1, AIR_FAULT_SERVER,
                    AIR_HEALTH_ALL);
    air_health_fail(&h, &air_health_rule, reopen, T0 + 2, AIR_FAULT_SERVER,
                    AIR_HEALTH_ALL);
    air_health_fail(&h, &air_health_rule, reopen, T0 + 3, AIR_FAULT_SERVER,
                    AIR_HEALTH_ALL);
    is((int) state(&h, reopen), AIR_STATE_UP, "nor a new run");

    /* a clock that is set back by a day */

    later = T0 - 86400000;
    fails(&h, later, 3);
    is((int) state(&h, later), AIR_STATE_COOLING, "an old rest binds nobody");
}


static void *
claimer(void *data)
{
    unsigned  i;

    (void) data;

    for (i = 0; i < 2000; i++) {
        if (air_health_claim(&shared, T0 + 5000) != 0) {
            __atomic_fetch_add(&claims, 1, __ATOMIC_RELAXED);
        }

        air_health_good(&shared, &air_health_rule, T0 + 6000, T0 - 1);
        air_tally_add(&shared.tally, T0, 30000, 1, 0);
    }

    return NULL;
}


static void
test_threads(void)
{
    unsigned   i;
    uint64_t   a, b;
    pthread_t  thread[THREADS];

    fails(&shared, T0, 3);

    for (i = 0; i < THREADS; i++) {
        (void) pthread_create(&thread[i], NULL, claimer, NULL);
    }

    for (i = 0; i < THREADS; i++) {
        (void) pthread_join(thread[i], NULL);
    }

    is((int) claims, 1, "one claim among threads");

    air_tally_get(&shared.tally, T0, 30000, &a, &b);
    is((int) a, THREADS * 2000, "and no count lost");
}


static void
test_budget(void)
{
    unsigned          i, n;
    air_tally_t       t;
    air_retry_rule_t  rule = air_retry_rule;

    memset(&t, 0, sizeof(air_tally_t));

    for (i = 0, n = 0; i < 40; i++) {
        air_retry_request(&t, &rule, T0);
        n += air_retry_take(&t, &rule, T0);
    }

    is((int) n, 10, "a quiet router has its ten");

    for ( /* void */ ; i < 1000; i++) {
        air_retry_request(&t, &rule, T0);
        n += air_retry_take(&t, &rule, T0);
    }

    is((int) n, 100, "a busy one its tenth");

    is(air_retry_take(&t, &rule, T0 + 10001), 1, "a window later anew");

    rule.off = 1;
    is(air_retry_take(&t, &rule, T0), 1, "off: no limit");

    /* counts stay where they are full */

    memset(&t, 0, sizeof(air_tally_t));
    rule.off = 0;
    rule.share = 100;

    for (i = 0; i < (1 << 20) + 10; i++) {
        air_retry_request(&t, &rule, T0);
    }

    is(air_retry_take(&t, &rule, T0), 1, "no overflow");
}


int
main(void)
{
    test_run();
    test_window();
    test_ratio();
    test_who();
    test_cool();
    test_stale();
    test_threads();
    test_budget();

    return done();
}
