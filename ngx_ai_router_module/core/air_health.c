
/*
 * Breakers and budgets of words in shared memory.  Where several see the same
 * failure one compare-and-swap of "until" decides; counts that race lose one
 * event in a great many, which no rule here can tell from luck.
 */

#include "air_health.h"
#include "air_draw.h"


#define AIR_TALLY_BITS  20
#define AIR_TALLY_MAX   (((uint64_t) 1 << AIR_TALLY_BITS) - 1)
#define AIR_TALLY_HALF  (((uint64_t) 1 << 24) - 1)


const air_health_rule_t  air_health_rule = {
    3, 30000, 1000, 60000, 50, 20, 0
};

const air_retry_rule_t  air_retry_rule = { 10, 10, 10000, 0 };


static uint64_t
air_word_get(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}


static void
air_word_set(uint64_t *word, uint64_t n)
{
    __atomic_store_n(word, n, __ATOMIC_RELAXED);
}


static uint64_t
air_word_add(uint64_t *word, uint64_t n)
{
    return __atomic_fetch_add(word, n, __ATOMIC_RELAXED);
}


static int
air_word_swap(uint64_t *word, uint64_t old, uint64_t set)
{
    return __atomic_compare_exchange_n(word, &old, set, 0, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}


/* The number of the half of a window that now lies in, as words keep it. */
static uint64_t
air_tally_number(uint64_t now, uint32_t window)
{
    return (now / (window / 2 + 1)) & AIR_TALLY_HALF;
}


static uint64_t
air_tally_sum(uint64_t a, uint64_t b)
{
    return a + b > AIR_TALLY_MAX ? AIR_TALLY_MAX : a + b;
}


void
air_tally_add(air_tally_t *tally, uint64_t now, uint32_t window, unsigned a,
    unsigned b)
{
    uint64_t  n, old, set, *word;

    n = air_tally_number(now, window);
    word = &tally->half[n & 1];

    do {
        old = air_word_get(word);
        set = (old >> (2 * AIR_TALLY_BITS)) == n ? old : 0;

        set = (n << (2 * AIR_TALLY_BITS))
              | (air_tally_sum((set >> AIR_TALLY_BITS) & AIR_TALLY_MAX, a)
                 << AIR_TALLY_BITS)
              | air_tally_sum(set & AIR_TALLY_MAX, b);

    } while (!air_word_swap(word, old, set));
}


void
air_tally_get(const air_tally_t *tally, uint64_t now, uint32_t window,
    uint64_t *a, uint64_t *b)
{
    unsigned  i;
    uint64_t  n, word, half;

    n = air_tally_number(now, window);
    *a = 0;
    *b = 0;

    for (i = 0; i < 2; i++) {
        word = air_word_get(&tally->half[i]);
        half = word >> (2 * AIR_TALLY_BITS);

        if (half == n || half == ((n - 1) & AIR_TALLY_HALF)) {
            *a += (word >> AIR_TALLY_BITS) & AIR_TALLY_MAX;
            *b += word & AIR_TALLY_MAX;
        }
    }
}


air_state_e
air_health_state(const air_health_t *h, uint64_t now, uint64_t *reopen)
{
    uint64_t  until, probe;

    until = air_word_get(&h->until);
    *reopen = until;

    if (until == 0) {
        return AIR_STATE_UP;
    }

    if (now < until) {
        return AIR_STATE_COOLING;
    }

    probe = air_word_get(&h->probe);

    if (probe > now) {

        /* somebody is trying: that will not take long */

        if (probe > now + air_health_rule.rest_min) {
            probe = now + air_health_rule.rest_min;
        }

        *reopen = probe;
        return AIR_STATE_COOLING;
    }

    return AIR_STATE_PROBE;
}


int
air_health_told(const air_health_t *h, uint64_t now)
{
    uint64_t  until;

    until = air_word_get(&h->until);

    return until > now && air_word_get(&h->said) == until;
}


uint64_t
air_health_claim(air_health_t *h, uint64_t now)
{
    uint64_t  until, probe, claim;

    until = air_word_get(&h->until);

    if (until == 0) {
        return 1;
    }

    probe = air_word_get(&h->probe);

    if (now < until || probe > now) {
        return 0;
    }

    claim = now + AIR_HEALTH_LAPSE;

    return air_word_swap(&h->probe, probe, claim) ? claim : 0;
}


void
air_health_release(air_health_t *h, uint64_t claim)
{
    if (claim > 1) {
        (void) air_word_swap(&h->probe, claim, 0);
    }
}


/* The next length of rest after one that did not help. */
static uint64_t
air_health_longer(const air_health_t *h, const air_health_rule_t *rule)
{
    uint64_t  rest;

    rest = air_word_get(&h->rest) * 2;

    if (rest > rule->rest_max) {
        rest = rule->rest_max;
    }

    return rest < rule->rest_min ? rule->rest_min : rest;
}


/* Up to an eighth of rest, drawn from what differs between routers. */
static uint64_t
air_health_jitter(const air_health_t *h, uint64_t now, uint64_t rest)
{
    uint64_t  z;

    z = air_mix(now * AIR_GOLDEN + air_word_get(&h->good)
                + (air_word_get(&h->failed) << 32));

    return (uint64_t) (((unsigned __int128) z * (rest / 8 + 1)) >> 64);
}


/* 1 when what began then was over before the last rest. */
static int
air_health_stale(const air_health_t *h, uint64_t now, uint64_t began)
{
    uint64_t  rested;

    rested = air_word_get(&h->rested);

    /* a clock may be set back */

    return began <= rested && rested <= now;
}


static void
air_health_noted(air_health_t *h, uint64_t now, air_fault_e fault)
{
    air_word_add(&h->failed, 1);
    air_word_set(&h->fault, fault);
    air_word_set(&h->failed_at, now);
}


/* What was counted led to a rest, and is not held against it again. */
static void
air_health_rested(air_health_t *h, uint64_t now)
{
    air_word_set(&h->rested, now);
    air_word_set(&h->fails, 0);
    air_word_set(&h->probe, 0);
    air_word_set(&h->tally.half[0], 0);
    air_word_set(&h->tally.half[1], 0);
    air_word_add(&h->rests, 1);
}


int
air_health_cool(air_health_t *h, const air_health_rule_t *rule, uint64_t now,
    uint64_t ms, air_fault_e fault)
{
    uint64_t  until, rest, end;

    air_health_noted(h, now, fault);

    if (ms > AIR_HEALTH_LIMIT) {
        ms = AIR_HEALTH_LIMIT;
    }

    for ( ;; ) {
        until = air_word_get(&h->until);
        rest = rule->rest_min;
        end = now + ms;

        if (until != 0 && until <= now) {
            rest = air_health_longer(h, rule);

            if (ms < rest) {
                end = now + rest;
            }
        }

        if (end <= until) {
            return 0;
        }

        if (air_word_swap(&h->until, until, end)) {
            break;
        }
    }

    air_word_set(&h->said, end);

    if (until > now) {
        return 0;
    }

    air_word_set(&h->rest, rest);
    air_health_rested(h, now);

    return until ? AIR_HEALTH_AGAIN : AIR_HEALTH_RESTED;
}


/* 1 when so many failed of late that the ratio alone tells. */
static int
air_health_many(air_health_t *h, const air_health_rule_t *rule, uint64_t now,
    uint64_t who)
{
    uint64_t  good, failed, n, *word;

    n = air_tally_number(now, rule->window);
    word = &h->tally_who[n & 1];

    if ((air_word_get(&h->tally.half[n & 1]) >> (2 * AIR_TALLY_BITS)) != n) {
        air_word_set(word, 0);
    }

    who |= air_word_get(word);
    air_word_set(word, who);

    air_tally_add(&h->tally, now, rule->window, 0, 1);

    if (rule->ratio == 0) {
        return 0;
    }

    air_tally_get(&h->tally, now, rule->window, &good, &failed);

    who |= air_word_get(&h->tally_who[(n - 1) & 1]);

    return good + failed >= rule->least && (who & (who - 1)) != 0
           && failed * 100 > (good + failed) * rule->ratio;
}


/* 1 when it makes a run of failures that is long enough. */
static int
air_health_run(air_health_t *h, const air_health_rule_t *rule, uint64_t now,
    uint64_t who)
{
    uint64_t  fails;

    if (now - air_word_get(&h->since) > rule->window
        || air_word_get(&h->fails) == 0)
    {
        air_word_set(&h->since, now);
        air_word_set(&h->fails, 1);
        fails = 1;

    } else {
        fails = air_word_add(&h->fails, 1) + 1;
        who |= air_word_get(&h->who);
    }

    air_word_set(&h->who, who);

    return fails >= rule->fails && (who & (who - 1)) != 0;
}


int
air_health_fail(air_health_t *h, const air_health_rule_t *rule, uint64_t now,
    uint64_t began, air_fault_e fault, uint64_t who)
{
    int       many, run;
    uint64_t  until, rest;

    air_health_noted(h, now, fault);

    if (air_health_stale(h, now, began)) {
        return 0;
    }

    many = air_health_many(h, rule, now, who);

    if (rule->off) {
        return 0;
    }

    until = air_word_get(&h->until);

    if (until > now) {

        /* tried as a last resort: it rests already */

        return 0;
    }

    if (until != 0) {
        rest = air_health_longer(h, rule);

    } else {
        rest = rule->rest_min;
        run = air_health_run(h, rule, now, who);

        if (!run && !many) {
            return 0;
        }
    }

    /* of several that fail together one decides */

    if (!air_word_swap(&h->until, until,
                       now + rest + air_health_jitter(h, now, rest)))
    {
        return 0;
    }

    air_word_set(&h->rest, rest);
    air_word_set(&h->said, 0);
    air_health_rested(h, now);

    return until ? AIR_HEALTH_AGAIN : AIR_HEALTH_RESTED;
}


int
air_health_good(air_health_t *h, const air_health_rule_t *rule, uint64_t now,
    uint64_t began)
{
    uint64_t  until;

    air_word_add(&h->good, 1);

    if (air_health_stale(h, now, began)) {
        return 0;
    }

    air_tally_add(&h->tally, now, rule->window, 1, 0);

    if (air_word_get(&h->fails) != 0) {
        air_word_set(&h->fails, 0);
    }

    until = air_word_get(&h->until);

    if (until == 0) {
        return 0;
    }

    /* one that got through says nothing about the end of a rate limit */

    if (air_health_told(h, now)) {
        return 0;
    }

    if (!air_word_swap(&h->until, until, 0)) {
        return 0;
    }

    air_word_set(&h->rest, 0);
    air_word_set(&h->said, 0);
    air_word_set(&h->probe, 0);

    return 1;
}


void
air_retry_request(air_tally_t *tally, const air_retry_rule_t *rule,
    uint64_t now)
{
    if (!rule->off) {
        air_tally_add(tally, now, rule->window, 1, 0);
    }
}


int
air_retry_take(air_tally_t *tally, const air_retry_rule_t *rule,
    uint64_t now)
{
    uint64_t  requests, retries;

    if (rule->off) {
        return 1;
    }

    air_tally_get(tally, now, rule->window, &requests, &retries);

    if (retries >= rule->least && (retries + 1) * 100 > requests * rule->share)
    {
        return 0;
    }

    air_tally_add(tally, now, rule->window, 0, 1);

    return 1;
}
