
/*
 * Money over calendar periods: what of a budget is spent and set aside, in
 * this window of its period and in the one before.  Pure arithmetic on a
 * state that its owner keeps and guards (store/air_accounts.c).
 *
 * Windows are those of UTC; a week begins on Monday.  Two are kept, so that a
 * clock that steps back over a border charges the window that it shows again.
 * The older one only ever moves ahead: what was forgotten lies before it, and
 * no window is begun twice, whatever the clock does.
 */

#ifndef _AIR_BUDGET_H_INCLUDED_
#define _AIR_BUDGET_H_INCLUDED_


#include "air_price.h"


/* the numbers stand in files: append only */
typedef enum {
    AIR_PERIOD_HOUR = 0,
    AIR_PERIOD_DAY,
    AIR_PERIOD_WEEK,
    AIR_PERIOD_MONTH,
    AIR_PERIOD_EVER,
    AIR_NPERIOD
} air_period_e;


/* a limit, as configured */
typedef struct {
    uint64_t      amount;         /* pUSD of a window; AIR_UNKNOWN: no limit */
    uint64_t      soft;           /* pUSD from which on_soft holds;
                                     AIR_UNKNOWN: never                     */
    air_period_e  period;
    unsigned      loose:1;        /* what is expected is set aside, not the
                                     worst case                             */
} air_budget_rule_t;


typedef struct {
    int64_t   start_ms;
    uint64_t  spent;              /* pUSD, settled                          */
    uint64_t  reserved;           /* of what runs                           */
} air_budget_window_t;


/* the newest window first; all zero is a budget never used */
typedef struct {
    air_budget_window_t  w[2];
} air_budget_t;


/* Where the window around now_ms begins, and where the one that begins there
   ends; "ever" begins at 0 and ends at INT64_MAX. */
int64_t air_period_start(air_period_e period, int64_t now_ms);
int64_t air_period_end(air_period_e period, int64_t start_ms);

/* "hour", "day" ...; the period of that name ("total" is "ever"), or
   AIR_NPERIOD. */
const char *air_period_name(air_period_e period);
air_period_e air_period_find(air_str_t name);

/*
 * Reads "50usd/day", "0.25usd/hour", "1000usd" (ever) into amount and period.
 * AIR_OK, or AIR_EINVAL with what is wrong in *why, static.
 */
int air_budget_read(air_str_t text, air_budget_rule_t *rule,
    const char **why);

/*
 * The window to charge when the clock shows the one that begins at start_ms,
 * of air_period_start(): 0 or 1, an index into w.  One that is newer than
 * both is begun, and the newest so far becomes the one before; one between
 * the two is begun in place of the older one (the clock had stepped ahead);
 * one older than both charges the older one.
 */
unsigned air_budget_turn(air_budget_t *b, int64_t start_ms);

/* The same of the window around now_ms. */
unsigned air_budget_window(air_budget_t *b, air_period_e period,
    int64_t now_ms);

/* What is free of a limit in window i: never below 0; AIR_UNKNOWN of no
   limit. */
uint64_t air_budget_free(const air_budget_t *b, unsigned i, uint64_t amount);

/*
 * Moves what was set aside in the window that began at start_ms to what is
 * spent: reserved falls by reserve, spent rises by cost, neither wraps (what
 * is spent stays below AIR_UNKNOWN).  A window that is no longer kept changes
 * nothing.
 */
void air_budget_settle(air_budget_t *b, int64_t start_ms, uint64_t reserve,
    uint64_t cost);

/* The same of one window. */
static inline void
air_budget_end(air_budget_window_t *w, uint64_t reserve, uint64_t cost)
{
    w->reserved -= reserve < w->reserved ? reserve : w->reserved;

    if (__builtin_add_overflow(w->spent, cost, &w->spent)
        || w->spent == AIR_UNKNOWN)
    {
        w->spent = AIR_UNKNOWN - 1;
    }
}


#endif /* _AIR_BUDGET_H_INCLUDED_ */
