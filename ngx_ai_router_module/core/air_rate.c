
/*
 * A minute in slices.  Slice n holds what was taken from n * 5 s on, in
 * element n % 13; it stops counting when slice n + 13 begins, 60 to 65 s
 * after it was taken.
 */


#include "air_rate.h"


#define AIR_RATE_MOST  1000000000   /* requests a minute or at once         */
#define AIR_RATE_LAST  (INT64_MAX / AIR_RATE_SLICE - AIR_RATE_SLICES)


typedef struct {
    const char  *name;
    size_t       offset;
    uint64_t     most;
} air_rate_unit_t;


static const air_rate_unit_t  air_rate_units[] = {
    { "rpm", offsetof(air_rate_rule_t, requests), AIR_RATE_MOST },
    { "tpm", offsetof(air_rate_rule_t, tokens), UINT64_MAX / 16 },
    { "concurrent", offsetof(air_rate_rule_t, running), AIR_RATE_MOST }
};


/* "100k" to 100,000; how many bytes it is, 0 when it is no number. */
static size_t
air_rate_number(air_str_t text, uint64_t *n)
{
    size_t    i;
    uint64_t  by;

    *n = 0;

    for (i = 0; i < text.len; i++) {

        if (text.data[i] < '0' || text.data[i] > '9') {
            break;
        }

        if (__builtin_mul_overflow(*n, (uint64_t) 10, n)
            || __builtin_add_overflow(*n, (uint64_t) (text.data[i] - '0'), n))
        {
            return 0;
        }
    }

    if (i == 0 || i == text.len) {
        return i;
    }

    by = text.data[i] == 'k' ? 1000 : text.data[i] == 'm' ? 1000000 : 1;

    if (__builtin_mul_overflow(*n, by, n)) {
        return 0;
    }

    return i + (by != 1);
}


int
air_rate_read(air_str_t text, air_rate_rule_t *rule, const char **why)
{
    size_t                  n;
    uint64_t                number, *to;
    unsigned                i;
    const air_rate_unit_t  *unit;

    *why = "it must be a number and \"rpm\", \"tpm\" or \"concurrent\", such "
           "as \"60rpm\" or \"100ktpm\"";

    n = air_rate_number(text, &number);
    if (n == 0) {
        return AIR_EINVAL;
    }

    text.data += n;
    text.len -= n;

    for (i = 0; i < sizeof(air_rate_units) / sizeof(air_rate_units[0]); i++) {

        unit = &air_rate_units[i];

        if (!air_str_eqz(text, unit->name)) {
            continue;
        }

        if (number == 0) {
            *why = "0 would let nothing through; leave it out for no limit";
            return AIR_EINVAL;
        }

        if (number > unit->most) {
            *why = "the number is too large";
            return AIR_EINVAL;
        }

        to = (uint64_t *) (void *) ((char *) rule + unit->offset);

        if (*to != 0) {
            *why = "it is given twice";
            return AIR_EINVAL;
        }

        *to = number;

        return AIR_OK;
    }

    return AIR_EINVAL;
}


void
air_rate_turn(air_rate_t *r, int64_t now_ms)
{
    int64_t     n, i;
    unsigned    k;
    air_rate_t  old;

    n = now_ms < 0 ? 0 : now_ms / AIR_RATE_SLICE;

    if (n == r->slice) {
        return;
    }

    /* a number that no clock shows is not ours */

    if (r->slice < 0 || r->slice > AIR_RATE_LAST) {
        memset(r, 0, sizeof(air_rate_t));
    }

    if (n > r->slice) {
        i = n - r->slice > AIR_RATE_SLICES ? n - AIR_RATE_SLICES : r->slice;

        while (i++ < n) {
            r->requests[i % AIR_RATE_SLICES] = 0;
            r->tokens[i % AIR_RATE_SLICES] = 0;
        }

        r->slice = n;
        return;
    }

    /*
     * A little behind is another process's cached time, or a small step: the
     * newest slice goes on.  A minute behind is a clock set back: what was
     * taken keeps its age, so that it is over in a minute and not when the
     * clock is there again.
     */

    if (r->slice - n >= AIR_RATE_SLICES) {
        old = *r;

        for (k = 0; k < AIR_RATE_SLICES; k++) {
            i = old.slice + AIR_RATE_SLICES - k;
            r->requests[(n + AIR_RATE_SLICES - k) % AIR_RATE_SLICES]
                = old.requests[i % AIR_RATE_SLICES];
            r->tokens[(n + AIR_RATE_SLICES - k) % AIR_RATE_SLICES]
                = old.tokens[i % AIR_RATE_SLICES];
        }

        r->slice = n;
    }
}


/* The slice that is k older than the newest, as an element. */
static unsigned
air_rate_at(const air_rate_t *r, unsigned k)
{
    return (unsigned) (((uint64_t) r->slice + AIR_RATE_SLICES - k)
                       % AIR_RATE_SLICES);
}


static uint64_t
air_rate_add(uint64_t a, uint64_t b)
{
    return __builtin_add_overflow(a, b, &a) ? UINT64_MAX : a;
}


static uint64_t
air_rate_get(const air_rate_t *r, unsigned tokens, unsigned k)
{
    return tokens ? r->tokens[air_rate_at(r, k)]
                  : r->requests[air_rate_at(r, k)];
}


/* ms from now until the slice that is k older than the newest is over. */
static uint64_t
air_rate_over(const air_rate_t *r, unsigned k, int64_t now_ms)
{
    int64_t  end;

    end = (r->slice - k + AIR_RATE_SLICES) * AIR_RATE_SLICE;

    return end > now_ms ? (uint64_t) (end - now_ms) : 0;
}


/* All that was taken within the minute. */
static uint64_t
air_rate_sum(const air_rate_t *r, unsigned tokens)
{
    uint64_t  sum;
    unsigned  i;

    sum = 0;

    for (i = 0; i < AIR_RATE_SLICES; i++) {
        sum = air_rate_add(sum, tokens ? r->tokens[i] : r->requests[i]);
    }

    return sum;
}


/* The newest slices that still leave room for n: when the next older one is
   over, n fits. */
static uint64_t
air_rate_wait_one(const air_rate_t *r, unsigned tokens, uint64_t limit,
    uint64_t n, int64_t now_ms)
{
    uint64_t  sum;
    unsigned  k;

    if (limit == 0 || n == 0) {
        return 0;
    }

    if (n > limit) {
        return UINT64_MAX;
    }

    if (air_rate_sum(r, tokens) <= limit - n) {
        return 0;
    }

    sum = 0;

    for (k = 0; k < AIR_RATE_SLICES; k++) {

        sum = air_rate_add(sum, air_rate_get(r, tokens, k));

        if (sum > limit - n) {
            return air_rate_over(r, k, now_ms);
        }
    }

    return 0;
}


uint64_t
air_rate_wait(const air_rate_t *r, const air_rate_rule_t *rule,
    uint64_t requests, uint64_t tokens, int64_t now_ms)
{
    uint64_t  one, two;

    one = air_rate_wait_one(r, 0, rule->requests, requests, now_ms);
    two = air_rate_wait_one(r, 1, rule->tokens, tokens, now_ms);

    return one > two ? one : two;
}


void
air_rate_take(air_rate_t *r, uint64_t requests, uint64_t tokens,
    int64_t now_ms)
{
    unsigned  i;

    air_rate_turn(r, now_ms);

    i = air_rate_at(r, 0);

    requests = air_rate_add(requests, r->requests[i]);

    r->requests[i] = requests < UINT32_MAX ? (uint32_t) requests : UINT32_MAX;
    r->tokens[i] = air_rate_add(r->tokens[i], tokens);
}


void
air_rate_back(air_rate_t *r, int64_t taken_ms, uint64_t requests,
    uint64_t tokens)
{
    int64_t   slice;
    unsigned  i;

    slice = taken_ms < 0 ? 0 : taken_ms / AIR_RATE_SLICE;

    if (slice > r->slice || r->slice - slice >= AIR_RATE_SLICES) {
        return;
    }

    i = (unsigned) ((uint64_t) slice % AIR_RATE_SLICES);

    r->requests[i] -= requests < r->requests[i] ? (uint32_t) requests
                                                : r->requests[i];
    r->tokens[i] -= tokens < r->tokens[i] ? tokens : r->tokens[i];
}


void
air_rate_settle(air_rate_t *r, int64_t taken_ms, uint64_t taken,
    uint64_t used)
{
    unsigned  i;

    if (used < taken) {
        air_rate_back(r, taken_ms, 0, taken - used);
        return;
    }

    i = air_rate_at(r, 0);
    r->tokens[i] = air_rate_add(r->tokens[i], used - taken);
}


static void
air_rate_left_one(const air_rate_t *r, unsigned tokens, uint64_t limit,
    int64_t now_ms, air_rate_left_t *left)
{
    uint64_t  sum;
    unsigned  k;

    left->limit = limit;
    left->left = 0;
    left->reset_ms = 0;

    if (limit == 0) {
        return;
    }

    sum = air_rate_sum(r, tokens);
    left->left = sum < limit ? limit - sum : 0;

    for (k = 0; k < AIR_RATE_SLICES; k++) {

        if (air_rate_get(r, tokens, k) != 0) {
            left->reset_ms = air_rate_over(r, k, now_ms);
            return;
        }
    }
}


void
air_rate_left(const air_rate_t *r, const air_rate_rule_t *rule,
    int64_t now_ms, air_rate_left_t *requests, air_rate_left_t *tokens)
{
    air_rate_left_one(r, 0, rule->requests, now_ms, requests);
    air_rate_left_one(r, 1, rule->tokens, now_ms, tokens);
}
