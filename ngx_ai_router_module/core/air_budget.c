
/*
 * Calendar windows and what is left in them.  Amounts are integers of
 * pico-dollars: a day's budget is right to the last one.
 */


#include "air_budget.h"
#include "air_time.h"


#define AIR_BUDGET_HOUR    3600000
#define AIR_BUDGET_DAY     86400000
#define AIR_BUDGET_DIGITS  12     /* behind the point: a pico-dollar        */


static const char *const  air_period_names[AIR_NPERIOD] = {
    "hour", "day", "week", "month", "ever"
};


/* Rounds down, before 1970 too. */
static int64_t
air_period_floor(int64_t n, int64_t by)
{
    return n / by - (n % by < 0);
}


int64_t
air_period_start(air_period_e period, int64_t now_ms)
{
    int64_t   days, year;
    unsigned  month, day;

    days = air_period_floor(now_ms, AIR_BUDGET_DAY);

    switch (period) {

    case AIR_PERIOD_HOUR:
        return air_period_floor(now_ms, AIR_BUDGET_HOUR) * AIR_BUDGET_HOUR;

    case AIR_PERIOD_DAY:
        return days * AIR_BUDGET_DAY;

    case AIR_PERIOD_WEEK:

        /* 1970-01-01 was a Thursday */

        days = air_period_floor(days + 3, 7) * 7 - 3;

        return days * AIR_BUDGET_DAY;

    case AIR_PERIOD_MONTH:
        air_time_civil(days, &year, &month, &day);

        return (days - (day - 1)) * AIR_BUDGET_DAY;

    default:
        return 0;
    }
}


int64_t
air_period_end(air_period_e period, int64_t start_ms)
{
    int64_t   year;
    unsigned  month, day;

    switch (period) {

    case AIR_PERIOD_HOUR:
        return start_ms + AIR_BUDGET_HOUR;

    case AIR_PERIOD_DAY:
        return start_ms + AIR_BUDGET_DAY;

    case AIR_PERIOD_WEEK:
        return start_ms + 7 * (int64_t) AIR_BUDGET_DAY;

    case AIR_PERIOD_MONTH:
        air_time_civil(air_period_floor(start_ms, AIR_BUDGET_DAY), &year,
                       &month, &day);

        if (++month > 12) {
            month = 1;
            year++;
        }

        return air_time_days(year, month, 1) * AIR_BUDGET_DAY;

    default:
        return INT64_MAX;
    }
}


const char *
air_period_name(air_period_e period)
{
    return air_period_names[period];
}


air_period_e
air_period_find(air_str_t name)
{
    unsigned  i;

    for (i = 0; i < AIR_NPERIOD; i++) {
        if (air_str_eqz(name, air_period_names[i])) {
            return (air_period_e) i;
        }
    }

    return air_str_eqz(name, "total") ? AIR_PERIOD_EVER : AIR_NPERIOD;
}


/* Digits with at most one point to pUSD; how many bytes they are, 0 when they
   are no amount. */
static size_t
air_budget_amount(air_str_t text, uint64_t *amount)
{
    size_t    i, digits;
    unsigned  point, after;

    *amount = 0;
    digits = 0;
    point = 0;
    after = 0;

    for (i = 0; i < text.len; i++) {

        if (text.data[i] == '.' && !point) {
            point = 1;
            continue;
        }

        if (text.data[i] < '0' || text.data[i] > '9') {
            break;
        }

        after += point;
        digits++;

        if (after > AIR_BUDGET_DIGITS
            || __builtin_mul_overflow(*amount, (uint64_t) 10, amount)
            || __builtin_add_overflow(*amount,
                                      (uint64_t) (text.data[i] - '0'), amount))
        {
            return 0;
        }
    }

    for ( /* void */ ; after < AIR_BUDGET_DIGITS; after++) {
        if (__builtin_mul_overflow(*amount, (uint64_t) 10, amount)) {
            return 0;
        }
    }

    return digits && *amount != AIR_UNKNOWN ? i : 0;
}


int
air_budget_read(air_str_t text, air_budget_rule_t *rule, const char **why)
{
    size_t        n;
    uint64_t      amount;
    air_period_e  period;

    n = air_budget_amount(text, &amount);

    if (n == 0) {
        *why = "it must begin with an amount below 18 million of at most 12 "
               "decimals, such as \"50usd/day\"";
        return AIR_EINVAL;
    }

    text.data += n;
    text.len -= n;

    if (text.len < 3 || memcmp(text.data, "usd", 3) != 0) {
        *why = "\"usd\" must follow the amount, as in \"50usd/day\"";
        return AIR_EINVAL;
    }

    text.data += 3;
    text.len -= 3;

    period = AIR_PERIOD_EVER;

    if (text.len != 0) {
        period = text.data[0] == '/'
                 ? air_period_find(air_str_n(text.data + 1, text.len - 1))
                 : AIR_NPERIOD;
    }

    if (period == AIR_NPERIOD) {
        *why = "the period must be \"/hour\", \"/day\", \"/week\", \"/month\" "
               "or \"/ever\"";
        return AIR_EINVAL;
    }

    rule->amount = amount;
    rule->period = period;

    return AIR_OK;
}


static void
air_budget_begin(air_budget_window_t *w, int64_t start_ms)
{
    w->start_ms = start_ms;
    w->spent = 0;
    w->reserved = 0;
}


unsigned
air_budget_turn(air_budget_t *b, int64_t start_ms)
{
    if (start_ms == b->w[0].start_ms) {
        return 0;
    }

    if (start_ms > b->w[0].start_ms) {
        b->w[1] = b->w[0];
        air_budget_begin(&b->w[0], start_ms);
        return 0;
    }

    if (start_ms > b->w[1].start_ms) {
        air_budget_begin(&b->w[1], start_ms);
    }

    return 1;
}


unsigned
air_budget_window(air_budget_t *b, air_period_e period, int64_t now_ms)
{
    return air_budget_turn(b, air_period_start(period, now_ms));
}


uint64_t
air_budget_free(const air_budget_t *b, unsigned i, uint64_t amount)
{
    const air_budget_window_t  *w;

    if (amount == AIR_UNKNOWN) {
        return AIR_UNKNOWN;
    }

    w = &b->w[i];

    if (w->spent >= amount || w->reserved >= amount - w->spent) {
        return 0;
    }

    return amount - w->spent - w->reserved;
}


void
air_budget_settle(air_budget_t *b, int64_t start_ms, uint64_t reserve,
    uint64_t cost)
{
    unsigned  i;

    for (i = 0; i < 2; i++) {

        if (b->w[i].start_ms == start_ms) {
            air_budget_end(&b->w[i], reserve, cost);
            return;
        }
    }
}
