
/*
 * Rows of the hours minus those of other purposes than an answer's: what is
 * left are the tokens of answers.  A price that depends on the length of a
 * prompt goes by the row's average, for rows know no single requests.
 */


#include "air_savings.h"

#include <stdlib.h>


static air_saving_t *
air_savings_row(air_savings_t *s, air_str_t workflow)
{
    size_t             n;
    air_saving_t      *row;
    air_rollup_row_t  *key;

    n = s->groups.n;
    key = air_rollup_row(&s->groups, workflow.data, workflow.len);

    if (key == NULL) {
        return NULL;
    }

    if (s->groups.n > n) {

        if (s->groups.n > s->size) {
            s->size = 2 * s->groups.n;

            row = realloc(s->row, s->size * sizeof(air_saving_t));
            if (row == NULL) {
                return NULL;
            }

            s->row = row;
        }

        memset(&s->row[n], 0, sizeof(air_saving_t));
        s->row[n].workflow = air_str_n(key->key, key->len);
        key->sums.v[0] = n;
    }

    return &s->row[key->sums.v[0]];
}


/* What the tokens of a row would have cost. */
static air_u128_t
air_savings_price(const air_savings_t *s, const air_sums_t *sums,
    int64_t time_ms, uint64_t *unpriced)
{
    unsigned            i;
    uint64_t            n, rate, prompt, attempts;
    air_u128_t          cost;
    const air_price_t  *price;

    attempts = sums->v[AIR_SUM_ATTEMPTS];
    prompt = attempts ? air_sums_input(sums) / attempts : 0;
    price = air_model_price(s->model, time_ms);
    cost = 0;

    for (i = 0; i < AIR_NCLASS; i++) {
        n = sums->v[AIR_SUM_N + i];

        if (n == 0) {
            continue;
        }

        rate = air_price_token(price, (air_class_e) i, AIR_TIER_STANDARD,
                               prompt, time_ms, 0, 0);

        if (rate == AIR_UNKNOWN) {
            *unpriced += n;
            continue;
        }

        cost += (air_u128_t) n * rate;
    }

    return cost;
}


static int
air_savings_hour(void *ud, const unsigned char *key, size_t len,
    const air_sums_t *sums)
{
    air_saving_t      *row;
    air_savings_t     *s = ud;
    air_rollup_key_t   k;

    if (air_rollup_key_read(key, len, &k) != AIR_OK
        || (air_str_eqz(k.workflow, "probe")
            && air_str_eqz(k.principal, "probe")))
    {
        return 0;
    }

    row = air_savings_row(s, k.workflow);
    if (row == NULL) {
        s->failed = 1;
        return 1;
    }

    row->requests += sums->v[AIR_SUM_REQUESTS];
    row->unknown += sums->v[AIR_SUM_UNKNOWN];
    row->spent += sums->cost;
    row->baseline += air_savings_price(s, sums, k.time_ms, &row->unpriced);

    return 0;
}


static int
air_savings_quality(void *ud, const unsigned char *key, size_t len,
    const air_sums_t *sums)
{
    uint64_t           unpriced;
    air_u128_t         cost;
    air_saving_t      *row;
    air_savings_t     *s = ud;
    air_rollup_key_t   k;

    if (air_rollup_key_read(key, len, &k) != AIR_OK
        || k.purpose == AIR_FOR_ANSWER)
    {
        return 0;
    }

    row = air_savings_row(s, k.workflow);
    if (row == NULL) {
        s->failed = 1;
        return 1;
    }

    unpriced = 0;
    cost = air_savings_price(s, sums, k.time_ms, &unpriced);

    row->less += cost;
    row->less_unpriced += unpriced;

    if (k.purpose == AIR_FOR_SHADOW && air_str_eq(k.model, s->name)) {
        row->pairs += sums->v[AIR_SUM_PAIRS];
        row->kept += sums->v[AIR_SUM_KEPT];
    }

    return 0;
}


/* Forgets all. */
static void
air_savings_begin(void *ud)
{
    air_savings_t  *s = ud;

    air_rollup_free(&s->groups);
}


static void
air_savings_total(air_saving_t *total, air_saving_t *row)
{
    row->baseline -= row->less < row->baseline ? row->less : row->baseline;
    row->unpriced -= row->less_unpriced < row->unpriced ? row->less_unpriced
                                                        : row->unpriced;

    total->requests += row->requests;
    total->spent += row->spent;
    total->baseline += row->baseline;
    total->unpriced += row->unpriced;
    total->unknown += row->unknown;
    total->pairs += row->pairs;
    total->kept += row->kept;
}


/* 1 when no price changes at ms, or begins with a day. */
static int
air_savings_daily(const air_savings_t *s, int64_t ms)
{
    return ms <= s->from_ms || ms >= s->to_ms || ms == air_rollup_day(ms);
}


/* The longest time in which the model has one price. */
static air_grain_e
air_savings_grain(const air_savings_t *s)
{
    unsigned            i;
    const air_price_t  *p;

    for (i = 0; i < s->model->nprice; i++) {
        p = &s->model->price[i];

        if (p->nlc != 0 || p->nwindow != 0
            || !air_savings_daily(s, p->from_ms)
            || !air_savings_daily(s, p->to_ms))
        {
            return AIR_GRAIN_HOUR;
        }
    }

    return AIR_GRAIN_DAY;
}


int
air_savings_run(air_savings_t *s, const char *dir, air_ledger_t *ledger,
    air_err_t *err)
{
    int                rc;
    size_t             i;
    air_grain_e        grain;
    air_source_t       src[2];
    air_source_note_t  note;

    air_rollup_init(&s->groups);

    s->row = NULL;
    s->size = 0;
    s->failed = 0;
    memset(&s->total, 0, sizeof(air_saving_t));
    memset(src, 0, sizeof(src));

    grain = air_savings_grain(s);

    air_source_plan(&src[0], AIR_ROLLUP_HOUR, grain, 1, s->from_ms, s->to_ms);
    src[0].begin = air_savings_begin;
    src[0].visit = air_savings_hour;
    src[0].ud = s;

    air_source_plan(&src[1], AIR_ROLLUP_QUALITY, grain, 0, s->from_ms,
                    s->to_ms);
    src[1].visit = air_savings_quality;
    src[1].ud = s;

    rc = air_source_read(src, 2, dir, ledger, &note, err);

    if (rc == AIR_OK && s->failed) {
        rc = air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    if (rc != AIR_OK) {
        air_savings_free(s);
        return rc;
    }

    for (i = 0; i < s->groups.n; i++) {
        air_savings_total(&s->total, &s->row[i]);
    }

    return AIR_OK;
}


void
air_savings_free(air_savings_t *s)
{
    air_rollup_free(&s->groups);
    free(s->row);
    s->row = NULL;
}


static air_u128_t
air_savings_root(air_u128_t n)
{
    int         i;
    air_u128_t  root;

    root = 0;

    for (i = 62; i >= 0; i--) {
        root |= (air_u128_t) 1 << i;

        if (root * root > n) {
            root &= ~((air_u128_t) 1 << i);
        }
    }

    return root;
}


/*
 * (k + z^2/2 -+ z sqrt(k (n - k) / n + z^2/4)) / (n + z^2) with z = 1.96, all
 * times a million; z^2 = 3.8416.
 */
void
air_savings_bounds(uint64_t k, uint64_t n, unsigned *low, unsigned *high)
{
    air_u128_t  mid, half, all, var;

    /* enough of them: larger figures only change what is not shown */

    while (n > 1000000000) {
        n /= 2;
        k /= 2;
    }

    mid = (air_u128_t) k * 1000000 + 1920800;
    all = (air_u128_t) n * 1000000 + 3841600;

    var = (air_u128_t) k * (n - k) * 1000000 / n + 960400;
    half = air_savings_root(var * 1000000) * 1960000 / 1000000 + 1;

    *low = mid > half ? (unsigned) ((mid - half) * 1000 / all) : 0;
    *high = (unsigned) (((mid + half) * 1000 + all - 1) / all);

    if (*high > 1000) {
        *high = 1000;
    }
}
