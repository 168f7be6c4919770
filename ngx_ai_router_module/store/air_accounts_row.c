
/*
 * Accounts by name: their rows, found by an open hash, and how they look to
 * those who only read.
 */


#include "air_accounts_impl.h"
#include "../core/air_draw.h"


#define AIR_ACCOUNTS_SCAN   256   /* rows looked at for one to give way     */

#define air_accounts_slice(now_ms)  ((now_ms) / AIR_RATE_SLICE)


static const air_accounts_row_t  air_accounts_empty;


void
air_accounts_clock(air_accounts_clock_t *clock, int64_t now_ms)
{
    unsigned  p;

    clock->now_ms = now_ms < 0 ? 0 : now_ms;

    for (p = 0; p < AIR_NPERIOD; p++) {
        clock->start[p] = air_period_start((air_period_e) p, clock->now_ms);
    }
}


const air_accounts_clock_t *
air_accounts_now(air_accounts_t *a, int64_t now_ms)
{
    int64_t  since;

    /* within an hour no window begins */

    since = now_ms - a->clock.start[AIR_PERIOD_HOUR];

    if (a->clock.now_ms != 0 && since >= 0
        && since < air_period_end(AIR_PERIOD_HOUR, 0))
    {
        a->clock.now_ms = now_ms;

    } else {
        air_accounts_clock(&a->clock, now_ms);
    }

    return &a->clock;
}


/* What an account is found by: 32 bits, of which the low ones are its place
   in the hash. */
static uint32_t
air_accounts_tag(const air_accounts_t *a, air_scope_e scope, air_str_t name)
{
    size_t    i, n;
    uint64_t  h, word;

    h = air_mix(a->head->seed ^ ((uint64_t) scope << 8 | name.len));

    for (i = 0; i < name.len; i += 8) {
        n = name.len - i < 8 ? name.len - i : 8;
        word = 0;
        memcpy(&word, name.data + i, n);
        h = air_mix(h ^ word);
    }

    return (uint32_t) (h >> 32);
}


/* An account's name fits; whoever has a longer one did not ask for its
   account's name. */
static air_str_t
air_accounts_name(air_str_t name)
{
    if (name.len > AIR_ACCOUNT_NAME) {
        name.len = AIR_ACCOUNT_NAME;
    }

    return name;
}


/* 1 when a row is that account's; its name fits. */
static int
air_accounts_is(const air_accounts_t *a, uint32_t r, air_scope_e scope,
    air_str_t name)
{
    const air_accounts_row_t  *row;

    row = &a->row[r];

    return row->scope == scope + 1 && row->len == name.len
           && (name.len == 0 || memcmp(row->name, name.data, name.len) == 0);
}


int64_t
air_accounts_where(const air_accounts_t *a, air_account_t *account)
{
    int64_t  r;

    if (account->at != 0 && account->at <= a->nrows
        && air_accounts_is(a, account->at - 1, account->scope,
                           air_accounts_name(account->name)))
    {
        return account->at - 1;
    }

    r = air_accounts_find(a, account->scope, account->name);
    account->at = (uint32_t) (r + 1);

    return r;
}


int64_t
air_accounts_find(const air_accounts_t *a, air_scope_e scope, air_str_t name)
{
    uint32_t  i, n, r, tag;
    uint64_t  e;

    name = air_accounts_name(name);
    tag = air_accounts_tag(a, scope, name);

    for (n = 0, i = tag; n < a->nhash; n++, i++) {

        e = __atomic_load_n(&a->hash[i & (a->nhash - 1)], __ATOMIC_RELAXED);

        if (e == 0) {
            break;
        }

        r = (uint32_t) e - 1;

        if ((uint32_t) (e >> 32) != tag || r >= a->nrows) {
            continue;
        }

        if (air_accounts_is(a, r, scope, name)) {
            return r;
        }
    }

    return -1;
}


/* Nothing was ever spent in it, nothing runs, and its minute is over. */
static int
air_accounts_idle(const air_accounts_row_t *row, int64_t now_ms)
{
    return row->holds == 0 && row->rate.running == 0
           && row->budget[AIR_PERIOD_EVER].w[0].spent == 0
           && row->rate.slice <= air_accounts_slice(now_ms) - AIR_RATE_SLICES;
}


/* Takes a row out of the hash: those behind it move up. */
static int
air_accounts_evict(air_accounts_t *a, uint32_t r)
{
    uint32_t  i, j, k, n, mask;
    uint64_t  e;

    mask = a->nhash - 1;

    i = air_accounts_tag(a, (air_scope_e) (a->row[r].scope - 1),
                         air_str_n(a->row[r].name, a->row[r].len))
        & mask;

    for (n = 0; (uint32_t) a->hash[i] != r + 1; n++, i = (i + 1) & mask) {
        if (n == mask || a->hash[i] == 0) {
            return AIR_ECORRUPT;
        }
    }

    for (n = 0, j = i; n < AIR_ACCOUNTS_SCAN; n++) {
        j = (j + 1) & mask;
        e = a->hash[j];

        if (e == 0) {
            air_accounts_word(a, &a->hash[i], 0);
            air_accounts_words(a, &a->row[r], &air_accounts_empty,
                               AIR_ACCOUNTS_ROW_WORDS);

            return air_accounts_commit(a);
        }

        /* it stays when its own place is behind the gap */

        k = (uint32_t) (e >> 32) & mask;

        if (((j - k) & mask) >= ((j - i) & mask)) {
            air_accounts_word(a, &a->hash[i], e);
            i = j;
        }
    }

    a->n = 0;

    return AIR_ELIMIT;
}


/* A row to use, or AIR_ELIMIT. */
static int64_t
air_accounts_room(air_accounts_t *a, int64_t now_ms)
{
    uint32_t  i;

    if (a->live->sums.used < a->nrows) {
        return (int64_t) a->live->sums.used;
    }

    for (i = 0; i < AIR_ACCOUNTS_SCAN; i++) {

        a->hand = a->hand + 1 < a->nrows ? a->hand + 1 : 0;

        if (a->row[a->hand].scope != 0
            && a->row[a->hand].len <= AIR_ACCOUNT_NAME
            && air_accounts_idle(&a->row[a->hand], now_ms)
            && air_accounts_evict(a, a->hand) == AIR_OK)
        {
            return a->hand;
        }
    }

    return AIR_ELIMIT;
}


int64_t
air_accounts_row(air_accounts_t *a, air_scope_e scope, air_str_t name,
    int64_t now_ms)
{
    int64_t             r;
    uint32_t            i, n, tag;
    air_accounts_row_t  row;

    r = air_accounts_find(a, scope, name);

    if (r == -1) {
        r = air_accounts_room(a, now_ms);

        if (r < 0) {
            return r;
        }

        name = air_accounts_name(name);
        tag = air_accounts_tag(a, scope, name);

        for (n = 0, i = tag & (a->nhash - 1); a->hash[i] != 0; n++) {

            if (n == a->nhash) {
                return AIR_ELIMIT;
            }

            i = (i + 1) & (a->nhash - 1);
        }

        row = air_accounts_empty;
        row.scope = (uint8_t) (scope + 1);
        row.len = (uint8_t) name.len;

        if (name.len != 0) {
            memcpy(row.name, name.data, name.len);
        }

        air_accounts_words(a, &a->row[r], &row, AIR_ACCOUNTS_ROW_WORDS);
        air_accounts_word(a, &a->hash[i], (uint64_t) tag << 32 | (r + 1));

        if ((uint64_t) r == a->live->sums.used) {
            air_accounts_word(a, &a->live->sums.used, (uint64_t) r + 1);
        }

        (void) air_accounts_commit(a);
    }

    return r;
}


void
air_accounts_pour(air_accounts_row_t *row, uint64_t cost,
    const air_accounts_clock_t *clock)
{
    unsigned  p, i;

    for (p = 0; p < AIR_NPERIOD; p++) {

        /* of a window that is forgotten nothing is to be known */

        if (clock->start[p] < row->budget[p].w[1].start_ms) {
            continue;
        }

        i = air_budget_turn(&row->budget[p], clock->start[p]);
        air_budget_settle(&row->budget[p], row->budget[p].w[i].start_ms, 0,
                          cost);
    }
}


/* As it is between two changes; reading takes no lock. */
static int
air_accounts_copy(const air_accounts_t *a, int64_t r, air_accounts_row_t *row)
{
    air_accounts_load(row, &a->row[r], sizeof(air_accounts_row_t) / 8);

    return row->scope != 0 && row->scope <= AIR_NSCOPE
           && row->len <= AIR_ACCOUNT_NAME;
}


static void
air_accounts_state(const air_accounts_row_t *row,
    const air_accounts_clock_t *clock, air_account_state_t *state)
{
    unsigned      p, i;
    air_budget_t  b;

    memset(state, 0, sizeof(air_account_state_t));

    for (p = 0; p < AIR_NPERIOD; p++) {
        b = row->budget[p];
        i = air_budget_turn(&b, clock->start[p]);

        state->now[p] = b.w[i];

        if (i == 0 && p != AIR_PERIOD_EVER) {
            state->before[p] = b.w[1];
        }
    }

    state->rate = row->rate;
    air_rate_turn(&state->rate, clock->now_ms);
}


int
air_accounts_get(air_accounts_t *a, air_scope_e scope, air_str_t name,
    int64_t now_ms, air_account_state_t *state)
{
    int                   there;
    int64_t               r;
    uint64_t              turn;
    unsigned              n;
    air_accounts_row_t    row;
    air_accounts_clock_t  clock;

    there = 0;

    for (n = 0; n < AIR_ACCOUNTS_TRIES; n++) {
        turn = air_accounts_turn(a);
        r = air_accounts_find(a, scope, name);
        there = r != -1 && air_accounts_copy(a, r, &row);

        if (air_accounts_calm(a, turn)) {
            break;
        }
    }

    if (!there) {
        row = air_accounts_empty;
    }

    clock = *air_accounts_now(a, now_ms);
    air_accounts_state(&row, &clock, state);

    return there ? AIR_OK : AIR_ENOENT;
}


static void
air_accounts_least(air_rate_left_t *least, const air_rate_left_t *one)
{
    if (one->limit != 0 && (least->limit == 0 || one->left < least->left)) {
        *least = *one;
    }
}


/* What one account leaves, if that is less; row r, -1: it never was used. */
static void
air_accounts_tighter(const air_accounts_t *a, const air_account_t *account,
    int64_t r, const air_accounts_clock_t *clock, air_accounts_left_t *left)
{
    uint64_t                   n;
    unsigned                   k, i;
    air_rate_t                 rate;
    air_budget_t               b;
    air_rate_left_t            requests, tokens;
    const air_budget_rule_t   *rule;
    const air_accounts_row_t  *row;

    row = r < 0 ? &air_accounts_empty : &a->row[r];

    for (k = 0; k < account->nbudget; k++) {
        rule = &account->budget[k];

        air_accounts_load(&b, &row->budget[rule->period], sizeof(b) / 8);
        i = air_budget_turn(&b, clock->start[rule->period]);
        n = air_budget_free(&b, i, rule->amount);

        left->money = n < left->money ? n : left->money;
    }

    if (account->rate.requests || account->rate.tokens) {
        air_accounts_load(&rate, &row->rate, sizeof(rate) / 8);
        air_rate_turn(&rate, clock->now_ms);
        air_rate_left(&rate, &account->rate, clock->now_ms, &requests,
                      &tokens);

        air_accounts_least(&left->requests, &requests);
        air_accounts_least(&left->tokens, &tokens);
    }
}


void
air_accounts_left(air_accounts_t *a, air_account_t *account, unsigned n,
    int64_t now_ms, air_accounts_left_t *left)
{
    uint64_t              turn;
    unsigned              i, k;
    air_accounts_clock_t  clock;

    clock = *air_accounts_now(a, now_ms);

    for (k = 0; k < AIR_ACCOUNTS_TRIES; k++) {
        turn = air_accounts_turn(a);

        memset(left, 0, sizeof(air_accounts_left_t));
        left->money = AIR_UNKNOWN;

        for (i = 0; i < n; i++) {

            if (account[i].nbudget == 0 && account[i].rate.requests == 0
                && account[i].rate.tokens == 0)
            {
                continue;
            }

            air_accounts_tighter(a, &account[i],
                                 air_accounts_where(a, &account[i]), &clock,
                                 left);
        }

        if (air_accounts_calm(a, turn)) {
            break;
        }
    }
}


void
air_accounts_each(air_accounts_t *a, int64_t now_ms,
    int (*visit)(void *ud, air_scope_e scope, air_str_t name,
                 const air_account_state_t *state),
    void *ud)
{
    int                   there;
    uint32_t              r;
    uint64_t              turn;
    unsigned              n;
    air_accounts_row_t    row;
    air_account_state_t   state;
    air_accounts_clock_t  clock;

    clock = *air_accounts_now(a, now_ms);

    for (r = 0; r < a->nrows; r++) {

        if (r >= __atomic_load_n(&a->live->sums.used, __ATOMIC_RELAXED)) {
            break;
        }

        there = 0;

        for (n = 0; n < AIR_ACCOUNTS_TRIES; n++) {
            turn = air_accounts_turn(a);
            there = air_accounts_copy(a, r, &row);

            if (air_accounts_calm(a, turn)) {
                break;
            }
        }

        if (!there) {
            continue;
        }

        air_accounts_state(&row, &clock, &state);

        if (visit(ud, (air_scope_e) (row.scope - 1),
                  air_str_n(row.name, row.len), &state)
            != 0)
        {
            break;
        }
    }
}
