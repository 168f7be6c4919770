
/*
 * Setting aside, settling, looking.  Each change of several accounts is one:
 * rows and hold are copied, changed, and what differs is committed under the
 * lock.
 */


#include "air_accounts_impl.h"


#define AIR_ACCOUNTS_LOOKS  8     /* without the lock, before with it       */


_Static_assert(offsetof(air_accounts_hold_t, row) % 8 == 0
               && offsetof(air_accounts_hold_t, slice) % 8 == 0
               && offsetof(air_accounts_hold_t, loose) % 8 == 0
               && offsetof(air_accounts_hold_t, start) % 8 == 0
               && sizeof(((air_accounts_hold_t *) 0)->start[0]) % 8 == 0,
               "parts of a hold are words");

static const air_accounts_row_t  air_accounts_empty;


static void
air_accounts_refuse(air_refusal_t *refusal, air_refused_e why, uint64_t limit,
    uint64_t left, uint64_t retry_ms)
{
    refusal->why = why;
    refusal->limit = limit;
    refusal->left = left;
    refusal->retry_ms = retry_ms;
}


/* AIR_OK when a budget lets ask pass, else AIR_EBUSY. */
static int
air_accounts_budget(const air_budget_t *budget, const air_budget_rule_t *rule,
    const air_ask_t *ask, const air_accounts_clock_t *clock,
    air_refusal_t *refusal)
{
    int64_t        end;
    uint64_t       left, amount;
    unsigned       i;
    air_budget_t   b;
    air_refused_e  why;

    air_accounts_load(&b, budget, sizeof(b) / 8);
    i = air_budget_turn(&b, clock->start[rule->period]);
    left = air_budget_free(&b, i, rule->amount);

    if (left == AIR_UNKNOWN) {
        return AIR_OK;
    }

    amount = rule->loose ? ask->expected : ask->worst;

    if (amount == AIR_UNKNOWN && rule->loose) {

        /* as long as anything is left */

        amount = 1;
    }

    if (amount <= left) {
        return AIR_OK;
    }

    refusal->period = rule->period;

    if (amount == AIR_UNKNOWN) {
        why = AIR_REFUSED_UNKNOWN;

    } else if (amount > rule->amount) {
        why = AIR_REFUSED_WORST;

    } else if (b.w[i].spent <= rule->amount - amount) {
        why = AIR_REFUSED_RESERVED;

    } else {
        why = AIR_REFUSED_BUDGET;
    }

    end = air_period_end(rule->period, clock->start[rule->period]);

    air_accounts_refuse(refusal, why, rule->amount, left,
                        why == AIR_REFUSED_BUDGET && end != INT64_MAX
                        ? (uint64_t) (end - clock->now_ms) : 0);

    return AIR_EBUSY;
}


static int
air_accounts_rate(const air_rate_t *rate, const air_rate_rule_t *rule,
    const air_ask_t *ask, const air_accounts_clock_t *clock,
    air_refusal_t *refusal)
{
    uint64_t         wait;
    air_rate_t       r;
    air_refused_e    why;
    air_rate_rule_t  one;
    air_rate_left_t  requests, tokens, *left;

    if (rule->requests == 0 && rule->tokens == 0 && rule->running == 0) {
        return AIR_OK;
    }

    air_accounts_load(&r, rate, sizeof(r) / 8);

    if (rule->running != 0 && ask->running && r.running >= rule->running) {
        air_accounts_refuse(refusal, AIR_REFUSED_RUNNING, rule->running, 0, 0);
        return AIR_EBUSY;
    }

    air_rate_turn(&r, clock->now_ms);

    memset(&one, 0, sizeof(one));
    one.requests = rule->requests;

    why = AIR_REFUSED_REQUESTS;
    left = &requests;
    wait = air_rate_wait(&r, &one, ask->requests, ask->tokens, clock->now_ms);

    if (wait == 0) {
        one.requests = 0;
        one.tokens = rule->tokens;

        why = AIR_REFUSED_TOKENS;
        left = &tokens;
        wait = air_rate_wait(&r, &one, ask->requests, ask->tokens,
                             clock->now_ms);
    }

    if (wait == 0) {
        return AIR_OK;
    }

    air_rate_left(&r, rule, clock->now_ms, &requests, &tokens);
    air_accounts_refuse(refusal, why, left->limit, left->left,
                        wait != UINT64_MAX ? wait : 0);

    return AIR_EBUSY;
}


/* All accounts of a call; row[i] is -1 of those that are not there. */
static int
air_accounts_check(const air_accounts_t *a, const air_account_t *account,
    unsigned n, const int64_t *rows, const air_ask_t *ask,
    const air_accounts_clock_t *clock, air_refusal_t *refusal)
{
    int                        rc;
    unsigned                   i, k;
    const air_accounts_row_t  *row;

    for (i = 0; i < n; i++) {
        row = rows[i] < 0 ? &air_accounts_empty : &a->row[rows[i]];
        rc = AIR_OK;

        for (k = 0; k < account[i].nbudget && rc == AIR_OK; k++) {
            rc = air_accounts_budget(
                     &row->budget[account[i].budget[k].period],
                     &account[i].budget[k], ask, clock, refusal);
        }

        if (rc == AIR_OK) {
            rc = air_accounts_rate(&row->rate, &account[i].rate, ask, clock,
                                   refusal);
        }

        if (rc != AIR_OK) {
            refusal->account = i;
            return rc;
        }
    }

    return AIR_OK;
}


/* What a hold sets aside in a period of an account: [1] where its budget is
   loose. */
static void
air_accounts_aside(const air_accounts_hold_t *h, uint64_t *aside)
{
    aside[0] = h->worst == AIR_UNKNOWN ? 0 : h->worst;
    aside[1] = h->expected == AIR_UNKNOWN ? 0 : h->expected;
}


/* Notes that one hold more, or less, is of a row. */
static void
air_accounts_held_by(air_accounts_t *a, air_accounts_row_t *row, int by)
{
    uint64_t            word;
    air_accounts_row_t  first;

    _Static_assert(offsetof(air_accounts_row_t, name) == 8, "a word");

    memcpy(&first, row, sizeof(word));

    if (by > 0 || first.holds != 0) {
        first.holds += (uint32_t) by;
    }

    memcpy(&word, &first, sizeof(word));
    air_accounts_word(a, row, word);
}


/* Notes that amount is set aside of a period; the window that it is charged
   to in *start.  AIR_OK, or AIR_ELIMIT when that would be too much. */
static int
air_accounts_aside_in(air_accounts_t *a, air_budget_t *budget,
    int64_t now_start, uint64_t amount, int64_t *start)
{
    uint64_t      sum;
    unsigned      i;
    air_budget_t  b;

    if (budget->w[0].start_ms == now_start) {

        if (__builtin_add_overflow(budget->w[0].reserved, amount, &sum)) {
            return AIR_ELIMIT;
        }

        if (amount != 0) {
            air_accounts_word(a, &budget->w[0].reserved, sum);
        }

        *start = now_start;

        return AIR_OK;
    }

    /* a window begins, or the clock was set back */

    b = *budget;
    i = air_budget_turn(&b, now_start);

    if (__builtin_add_overflow(b.w[i].reserved, amount, &b.w[i].reserved)) {
        return AIR_ELIMIT;
    }

    *start = b.w[i].start_ms;
    air_accounts_words(a, budget, &b, sizeof(b) / 8);

    return AIR_OK;
}


/* Notes what the k-th account of a hold sets aside. */
static int
air_accounts_take(air_accounts_t *a, air_accounts_hold_t *h, unsigned k,
    const air_ask_t *ask, const air_accounts_clock_t *clock,
    uint64_t *stepped)
{
    int                  rc;
    int64_t              start;
    uint64_t             aside[2];
    unsigned             p;
    air_rate_t           rate;
    air_accounts_row_t  *row;

    row = &a->row[h->row[k]];
    air_accounts_held_by(a, row, 1);
    air_accounts_aside(h, aside);

    for (p = 0; p < AIR_NPERIOD; p++) {
        rc = air_accounts_aside_in(a, &row->budget[p], clock->start[p],
                                   aside[h->loose[k] >> p & 1], &start);
        if (rc != AIR_OK) {
            return rc;
        }

        *stepped += start != clock->start[p];

        if (p < AIR_PERIOD_EVER) {
            h->start[k][p] = (uint32_t) (start / 3600000);
        }
    }

    if (h->flags & (AIR_HOLD_RATED|AIR_HOLD_RUNNING)) {
        rate = row->rate;

        if (h->flags & AIR_HOLD_RATED) {
            air_rate_take(&rate, ask->requests, ask->tokens, clock->now_ms);
            h->slice[k] = (uint32_t) rate.slice;
        }

        if (h->flags & AIR_HOLD_RUNNING) {
            rate.running++;
        }

        air_accounts_words(a, &row->rate, &rate, sizeof(rate) / 8);
    }

    return AIR_OK;
}


/* Notes a hold in its place: what belongs to accounts that it does not have
   stays as the hold before left it. */
static void
air_accounts_put(air_accounts_t *a, int64_t place,
    const air_accounts_hold_t *h)
{
    air_accounts_hold_t  *to;

    to = &a->hold[place];

    air_accounts_words(a, to, h, offsetof(air_accounts_hold_t, row) / 8);
    air_accounts_words(a, to->row, h->row, (h->n + 1) / 2);
    air_accounts_words(a, to->slice, h->slice, (h->n + 1) / 2);
    air_accounts_words(a, to->loose, h->loose, sizeof(h->loose) / 8);
    air_accounts_words(a, to->start, h->start,
                       h->n * sizeof(h->start[0]) / 8);
}


/* Where a hold may stand: a slot's own place, or one of the pool. */
static int64_t
air_accounts_place(air_accounts_t *a, int slot)
{
    if (slot >= 0) {
        return (uint32_t) slot < a->nslots && a->hold[slot].id == 0
               ? slot : AIR_ELIMIT;
    }

    if (a->live->sums.free != 0
        && a->live->sums.free <= (uint64_t) a->nslots + a->npool)
    {
        return (int64_t) a->live->sums.free - 1;
    }

    if (a->live->sums.pool < a->npool) {
        return (int64_t) (a->nslots + a->live->sums.pool);
    }

    return AIR_ELIMIT;
}


/* With the lock held, all accounts known to have room: a hold of them all. */
static int64_t
air_accounts_hold(air_accounts_t *a, const air_account_t *account,
    unsigned n, const int64_t *rows, const air_ask_t *ask, int slot,
    const air_accounts_clock_t *clock)
{
    int                   rc;
    int64_t               place;
    uint64_t              stepped;
    unsigned              i, k, b;
    air_accounts_sums_t   sums;
    air_accounts_hold_t   h;

    place = air_accounts_place(a, slot);
    if (place < 0) {
        return place;
    }

    sums = a->live->sums;
    stepped = 0;

    memset(&h, 0, sizeof(h));

    h.id = ++sums.serial << AIR_ACCOUNTS_INDEX | (uint64_t) place;
    h.taken_ms = clock->now_ms;
    h.worst = ask->worst;
    h.expected = ask->expected;
    h.tokens = ask->tokens;
    h.requests = ask->requests < UINT32_MAX ? (uint32_t) ask->requests
                                            : UINT32_MAX;
    h.slot = slot;
    h.owner = (uint16_t) a->owner;
    h.flags = (ask->running ? AIR_HOLD_RUNNING : 0)
              | (ask->requests || ask->tokens ? AIR_HOLD_RATED : 0);

    for (i = 0; i < n; i++) {

        for (k = 0; k < h.n && h.row[k] != (uint32_t) rows[i]; k++) {
            /* void */
        }

        if (k < h.n) {
            continue;
        }

        h.row[k] = (uint32_t) rows[i];
        h.n++;

        for (b = 0; b < account[i].nbudget; b++) {
            if (account[i].budget[b].loose) {
                h.loose[k] |= (uint8_t) (1 << account[i].budget[b].period);
            }
        }

        rc = air_accounts_take(a, &h, k, ask, clock, &stepped);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    if (place >= a->nslots) {

        if (sums.free != 0) {
            sums.free = a->hold[place].next;

        } else {
            sums.pool++;
        }
    }

    sums.stepped += stepped != 0;

    air_accounts_put(a, place, &h);
    air_accounts_words(a, &a->live->sums, &sums, sizeof(sums) / 8);

    rc = air_accounts_commit(a);

    return rc == AIR_OK ? (int64_t) h.id : rc;
}


/*
 * Makes those of a list that are not there: AIR_OK, or AIR_ELIMIT when one, -1,
 * found no room.  One that is made may take the place of one that was found,
 * and idle: then that one is made again.
 */
static int64_t
air_accounts_rows(air_accounts_t *a, const air_account_t *account, unsigned n,
    int64_t *rows, int64_t now_ms)
{
    int64_t   rc, r;
    unsigned  i, tries, made;

    rc = AIR_OK;
    made = 0;

    for (i = 0; i < n; i++) {
        made |= rows[i] < 0;
    }

    if (!made) {
        return AIR_OK;
    }

    for (tries = 0; made && tries < AIR_ACCOUNT_MAX; tries++) {

        for (i = 0, made = 0; i < n; i++) {
            r = air_accounts_row(a, account[i].scope, account[i].name,
                                 now_ms);
            made |= r != rows[i];
            rows[i] = r;
        }
    }

    for (i = 0; i < n; i++) {
        rows[i] = air_accounts_find(a, account[i].scope, account[i].name);
        rc = rows[i] < 0 ? AIR_ELIMIT : rc;
    }

    return rc;
}


int64_t
air_accounts_reserve(air_accounts_t *a, air_account_t *account,
    unsigned n, const air_ask_t *ask, int slot, int64_t now_ms,
    air_refusal_t *refusal)
{
    int64_t               rc, row[AIR_ACCOUNT_MAX] = { 0 };
    unsigned              i;
    air_accounts_clock_t  clock;

    if (n > AIR_ACCOUNT_MAX) {
        return AIR_EINVAL;
    }

    memset(refusal, 0, sizeof(air_refusal_t));
    clock = *air_accounts_now(a, now_ms);

    rc = air_accounts_lock(a);
    if (rc != AIR_OK) {
        return rc;
    }

    for (i = 0; i < n; i++) {
        row[i] = air_accounts_where(a, &account[i]);
    }

    rc = air_accounts_check(a, account, n, row, ask, &clock, refusal);

    if (rc == AIR_OK) {
        rc = air_accounts_rows(a, account, n, row, clock.now_ms);
    }

    if (rc == AIR_OK) {
        rc = air_accounts_hold(a, account, n, row, ask, slot, &clock);
    }

    air_accounts_unlock(a);

    return rc;
}


/* One look at all asks: AIR_OK when all fit. */
static int
air_accounts_look(air_accounts_t *a, air_account_t *account, unsigned n,
    const air_ask_t *ask, unsigned nask, unsigned char *fits,
    const air_accounts_clock_t *clock, air_refusal_t *refusal)
{
    int            rc, all;
    int64_t        row[AIR_ACCOUNT_MAX] = { 0 };
    unsigned       i;
    air_refusal_t  other;

    memset(refusal, 0, sizeof(air_refusal_t));
    all = AIR_OK;

    for (i = 0; i < n; i++) {
        row[i] = air_accounts_where(a, &account[i]);
    }

    for (i = 0; i < nask; i++) {
        rc = air_accounts_check(a, account, n, row, &ask[i], clock,
                                all == AIR_OK ? refusal : &other);
        fits[i] = rc == AIR_OK;

        if (rc != AIR_OK) {
            all = rc;
        }
    }

    return all;
}


int
air_accounts_fits(air_accounts_t *a, air_account_t *account, unsigned n,
    const air_ask_t *ask, unsigned nask, unsigned char *fits, int64_t now_ms,
    air_refusal_t *refusal)
{
    int                   rc;
    uint64_t              turn;
    unsigned              k;
    air_accounts_clock_t  clock;

    if (n > AIR_ACCOUNT_MAX) {
        return AIR_EINVAL;
    }

    clock = *air_accounts_now(a, now_ms);

    for (k = 0; k < AIR_ACCOUNTS_LOOKS; k++) {
        turn = air_accounts_turn(a);
        rc = air_accounts_look(a, account, n, ask, nask, fits, &clock,
                               refusal);

        if (air_accounts_calm(a, turn)) {
            return rc;
        }
    }

    rc = air_accounts_lock(a);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_accounts_look(a, account, n, ask, nask, fits, &clock, refusal);
    air_accounts_unlock(a);

    return rc;
}


/* Notes that what was set aside in a window is spent or given back. */
static void
air_accounts_spend(air_accounts_t *a, air_budget_t *budget, int64_t start,
    uint64_t aside, uint64_t cost)
{
    air_budget_window_t  w, *to;

    to = &budget->w[0];

    if (to->start_ms != start) {
        to = &budget->w[1];

        if (to->start_ms != start) {
            return;
        }
    }

    w = *to;
    air_budget_end(&w, aside, cost);

    if (w.reserved != to->reserved) {
        air_accounts_word(a, &to->reserved, w.reserved);
    }

    if (w.spent != to->spent) {
        air_accounts_word(a, &to->spent, w.spent);
    }
}


/* Notes the end of a hold in its k-th account; back: it never was used. */
static void
air_accounts_give(air_accounts_t *a, const air_accounts_hold_t *h,
    unsigned k, uint64_t cost, uint64_t tokens, int back)
{
    int64_t              start, taken_ms;
    uint64_t             aside[2], one;
    unsigned             p;
    air_rate_t           rate;
    air_accounts_row_t  *row;

    row = &a->row[h->row[k]];
    air_accounts_held_by(a, row, -1);
    air_accounts_aside(h, aside);

    for (p = 0; p < AIR_NPERIOD; p++) {
        one = aside[h->loose[k] >> p & 1];
        start = p < AIR_PERIOD_EVER ? (int64_t) h->start[k][p] * 3600000 : 0;

        air_accounts_spend(a, &row->budget[p], start, one,
                           back ? 0 : cost == AIR_UNKNOWN ? one : cost);
    }

    if (!(h->flags & (AIR_HOLD_RATED|AIR_HOLD_RUNNING))) {
        return;
    }

    rate = row->rate;

    if (h->flags & AIR_HOLD_RATED) {
        taken_ms = (int64_t) h->slice[k] * AIR_RATE_SLICE;

        if (back) {
            air_rate_back(&rate, taken_ms, h->requests, h->tokens);

        } else if (tokens != AIR_UNKNOWN) {
            air_rate_settle(&rate, taken_ms, h->tokens, tokens);
        }
    }

    if (h->flags & AIR_HOLD_RUNNING) {
        rate.running -= rate.running != 0;
    }

    air_accounts_words(a, &row->rate, &rate, sizeof(rate) / 8);
}


static void
air_accounts_end(air_accounts_t *a, int64_t id, uint64_t cost,
    uint64_t tokens, int back)
{
    uint64_t              i;
    unsigned              k;
    air_accounts_hold_t  *h, head;

    i = (uint64_t) id & ((1 << AIR_ACCOUNTS_INDEX) - 1);

    if (id <= 0 || i >= (uint64_t) a->nslots + a->npool
        || air_accounts_lock(a) != AIR_OK)
    {
        return;
    }

    h = &a->hold[i];

    if (h->id == (uint64_t) id) {

        for (k = 0; k < h->n && k < AIR_ACCOUNT_MAX; k++) {
            if (h->row[k] < a->nrows) {
                air_accounts_give(a, h, k, cost, tokens, back);
            }
        }

        memcpy(&head, h, offsetof(air_accounts_hold_t, row));
        head.id = 0;

        if (i >= a->nslots) {
            head.next = (uint32_t) a->live->sums.free;
            air_accounts_word(a, &a->live->sums.free, i + 1);
        }

        air_accounts_words(a, h, &head,
                           offsetof(air_accounts_hold_t, row) / 8);
        (void) air_accounts_commit(a);
    }

    air_accounts_unlock(a);
}


void
air_accounts_settle(air_accounts_t *a, int64_t hold, uint64_t cost,
    uint64_t tokens)
{
    air_accounts_end(a, hold, cost, tokens, 0);
}


void
air_accounts_cancel(air_accounts_t *a, int64_t hold)
{
    air_accounts_end(a, hold, 0, 0, 1);
}


int64_t
air_accounts_held(const air_accounts_t *a, int slot, uint64_t *aside)
{
    const air_accounts_hold_t  *h;

    *aside = AIR_UNKNOWN;

    if (slot < 0 || (uint32_t) slot >= a->nslots) {
        return 0;
    }

    h = &a->hold[slot];
    *aside = h->worst != AIR_UNKNOWN ? h->worst : h->expected;

    return (int64_t) __atomic_load_n(&h->id, __ATOMIC_ACQUIRE);
}


unsigned
air_accounts_reap(air_accounts_t *a, const unsigned char *dead)
{
    uint64_t                    i, pool;
    unsigned                    n;
    const air_accounts_hold_t  *h;

    n = 0;
    pool = __atomic_load_n(&a->live->sums.pool, __ATOMIC_ACQUIRE);
    pool = pool < a->npool ? pool : a->npool;

    for (i = 0; i < pool; i++) {
        h = &a->hold[a->nslots + i];

        if (__atomic_load_n(&h->id, __ATOMIC_ACQUIRE) != 0
            && h->owner < AIR_INFLIGHT_OWNERS && dead[h->owner])
        {
            air_accounts_end(a, (int64_t) h->id, 0, AIR_UNKNOWN, 0);
            n++;
        }
    }

    return n;
}


/* With the lock held: cost of no hold, in all accounts at once; at seq. */
static void
air_accounts_book(air_accounts_t *a, const air_account_t *account,
    unsigned n, uint64_t cost, int64_t now_ms, uint64_t seq)
{
    int64_t               r[AIR_ACCOUNT_MAX];
    unsigned              i;
    air_accounts_row_t    row;
    air_accounts_clock_t  clock;

    clock = *air_accounts_now(a, now_ms);

    for (i = 0; i < n; i++) {
        r[i] = air_accounts_find(a, account[i].scope, account[i].name);
    }

    (void) air_accounts_rows(a, account, n, r, now_ms);

    for (i = 0; i < n; i++) {
        if (r[i] >= 0) {
            row = a->row[r[i]];
            air_accounts_pour(&row, cost, &clock);
            air_accounts_words(a, &a->row[r[i]], &row,
                               AIR_ACCOUNTS_ROW_WORDS);
        }
    }

    if (seq != 0) {
        air_accounts_word(a, &a->live->sums.seq, seq);
    }

    (void) air_accounts_commit(a);
}


void
air_accounts_add(air_accounts_t *a, const air_account_t *account, unsigned n,
    uint64_t cost, int64_t now_ms)
{
    if (cost == AIR_UNKNOWN || n > AIR_ACCOUNT_MAX
        || air_accounts_lock(a) != AIR_OK)
    {
        return;
    }

    air_accounts_book(a, account, n, cost, now_ms, 0);
    air_accounts_unlock(a);
}


void
air_accounts_count(air_accounts_t *a, const air_account_t *account,
    unsigned n, uint64_t cost, int64_t now_ms, uint64_t seq)
{
    if (air_accounts_lock(a) != AIR_OK) {
        return;
    }

    /* another process may have been here */

    if (a->live->sums.seq < seq) {
        air_accounts_book(a, account, n, cost, now_ms, seq);
    }

    air_accounts_unlock(a);
}
