
/*
 * Curves, and the promise from them.
 */

#include "air_learn.h"
#include "air_learn_math.h"


/* One in so many labelled texts is more novel than those that may be cheap. */
#define AIR_LEARN_NOVEL   40

#define AIR_LEARN_APART   0.005   /* between cuts                           */
#define AIR_LEARN_GRID    200     /* thresholds that are tried              */

/*
 * What must be spared, in deviations of the labelled sample's mean.  1.645
 * would bound the truth in 95 of 100 samples; what is promised is measured
 * on a traffic that has its own chance, of half as many requests as were
 * labelled, say: 1.645 * sqrt(1 + 2).
 */
#define AIR_LEARN_SIGMA   2.85

#define AIR_LEARN_LEAST   30      /* rows                                   */


/* A row's place in an order. */
typedef struct {
    double    need;
    uint32_t  row;
} air_learn_key_t;


static int
air_learn_before(const air_learn_key_t *a, const air_learn_key_t *b)
{
    return a->need < b->need || (a->need == b->need && a->row < b->row);
}


static void
air_learn_sift(air_learn_key_t *key, uint32_t i, uint32_t n)
{
    uint32_t         k;
    air_learn_key_t  t;

    t = key[i];

    while ((k = 2 * i + 1) < n) {

        if (k + 1 < n && air_learn_before(&key[k], &key[k + 1])) {
            k++;
        }

        if (!air_learn_before(&t, &key[k])) {
            break;
        }

        key[i] = key[k];
        i = k;
    }

    key[i] = t;
}


/* In rising need; a heap, for libc's sort may allocate. */
static void
air_learn_sort(air_learn_key_t *key, uint32_t n)
{
    uint32_t         i;
    air_learn_key_t  t;

    for (i = n / 2; i-- != 0; /* void */ ) {
        air_learn_sift(key, i, n);
    }

    for (i = n; i > 1; i--) {
        t = key[0];
        key[0] = key[i - 1];
        key[i - 1] = t;

        air_learn_sift(key, 0, i - 1);
    }
}


static air_learn_key_t *
air_learn_order(const double *need, uint32_t n, const air_mem_t *mem)
{
    uint32_t          i;
    air_learn_key_t  *key;

    key = air_mem_get(mem, (n + 1) * sizeof(air_learn_key_t));
    if (key == NULL) {
        return NULL;
    }

    for (i = 0; i < n; i++) {
        key[i].need = need[i];
        key[i].row = i;
    }

    air_learn_sort(key, n);

    return key;
}


/*
 * The largest share of cheap calls on a straight piece of the curve, from
 * quality q0 at i calls to q1 at k calls, that keeps at least want.
 */
static double
air_learn_reach(double q0, double q1, double i, double k, double want)
{
    if (q1 >= want) {
        return k;
    }

    if (q0 < want) {
        return 0;
    }

    return q0 == q1 ? k : i + (k - i) * (q0 - want) / (q0 - q1);
}


int
air_learn_curve(const air_learn_row_t *rows, const double *need, uint32_t n,
    const air_mem_t *mem, air_learn_curve_t *curve)
{
    double                 all, weak, q, before, area, x;
    uint32_t               i, k, first;
    unsigned               j;
    air_learn_key_t       *key;

    static const double  keep[] = { 0.95, 0.98, 1 };

    memset(curve, 0, sizeof(air_learn_curve_t));

    key = air_learn_order(need, n, mem);
    if (key == NULL) {
        return AIR_ENOMEM;
    }

    all = 0;
    weak = 0;

    for (i = 0; i < n; i++) {
        all += rows[i].strong;
        weak += rows[i].cheap;
    }

    q = all;
    area = 0;

    for (first = 0; first < n; first = k) {

        before = q;

        for (k = first; k < n && key[k].need == key[first].need; k++) {
            q += rows[key[k].row].cheap - rows[key[k].row].strong;
        }

        area += (before + q) / 2 * (k - first);

        for (j = 0; j < 3; j++) {
            x = air_learn_reach(before, q, first, k, keep[j] * all - 1e-9);
            curve->cheap[j] = x > curve->cheap[j] * n ? x / n
                                                       : curve->cheap[j];
        }
    }

    if (n != 0 && all != weak) {
        curve->apgr = (area / n - weak) / (all - weak);
    }

    return AIR_OK;
}


/*
 * Tenths, or nearly, of values in rising order.  The final model's values
 * differ a little from those out of fold, and texts of few words have few
 * values: cuts keep a distance, and each is where the values near its tenth
 * are farthest apart, so that none goes through many that are nearly the
 * same.
 */
static void
air_learn_cuts(const air_learn_key_t *key, uint32_t n, double apart,
    air_learn_bins_t *bins)
{
    double    cut, last, gap, most;
    uint32_t  k, end, near;
    unsigned  i;

    last = -1;
    k = 1;

    for (i = 1; i < AIR_LEARN_BINS; i++) {

        near = (uint32_t) ((uint64_t) n * (2 * i - 1) / (2 * AIR_LEARN_BINS));
        k = k > near ? k : near + 1;

        while (k < n && key[k - 1].need < last + apart) {
            k++;
        }

        end = k + n / AIR_LEARN_BINS;
        end = end < n ? end : n;

        cut = last + apart;
        most = 0;

        for (near = k; near < end; near++) {

            gap = key[near].need - key[near - 1].need;

            if (gap > most) {
                most = gap;
                cut = key[near - 1].need + gap / 2;
            }
        }

        if (most == 0 && k < n) {
            cut = key[k].need + apart / 2;
        }

        last = cut > last + apart ? cut : last + apart;
        bins->cut[i - 1] = last;
    }

    memset(bins->share, 0, sizeof(bins->share));

    for (k = 0; k < n; k++) {
        bins->share[air_learn_bin(bins, key[k].need)] += 1.0 / n;
    }
}


/* The most that a row can lose, in answers. */
static double
air_learn_worst(const air_learn_row_t *rows, uint32_t n)
{
    double    x, worst;
    uint32_t  i;

    worst = 1;

    for (i = 0; i < n; i++) {
        x = rows[i].share;

        if (x > 0 && x < 1) {
            x = x < 0.5 ? 1 / x : 1 / (1 - x);
            worst = x > worst ? x : worst;
        }
    }

    return worst;
}


/*
 * The point of one promise.  The loss of a row under a threshold is
 * keep * strong - what it gets: its mean over the traffic is at most 0 when
 * the promise is kept, and what is taken is that the mean of such a sample
 * stays so with AIR_LEARN_SIGMA deviations to spare.  A sample in which the
 * cheap model did not fail does not say that it never does: one row more is
 * counted, that loses the worst.
 */
static void
air_learn_bound(const air_learn_row_t *rows, const air_learn_key_t *key,
    uint32_t n, double keep, air_learn_point_t *point)
{
    double    sum, squares, got, all, mean, var, loss, worst;
    uint32_t  i, next, g;

    worst = keep * air_learn_worst(rows, n);

    sum = 0;
    squares = 0;
    all = 0;

    for (i = 0; i < n; i++) {
        loss = (keep - 1) * rows[i].strong;
        sum += loss;
        squares += loss * loss;
        all += rows[i].strong;
    }

    point->threshold = -1;
    point->cheap = 0;
    point->kept = 1;

    got = all;
    i = 0;

    for (g = 1; g <= AIR_LEARN_GRID; g++) {

        next = (uint32_t) ((uint64_t) n * g / AIR_LEARN_GRID);

        for ( /* void */ ; i < next; i++) {
            const air_learn_row_t  *r = &rows[key[i].row];

            loss = (keep - 1) * r->strong;
            sum -= loss;
            squares -= loss * loss;

            loss = keep * r->strong - r->cheap;
            sum += loss;
            squares += loss * loss;
            got += r->cheap - r->strong;
        }

        mean = (sum + worst) / (n + 1);
        var = (squares + worst * worst) / (n + 1) - mean * mean;

        if (mean + AIR_LEARN_SIGMA * air_learn_sqrt(var / (n + 1)) > 0) {
            break;
        }

        point->threshold = i < n ? key[i].need : 2;
        point->cheap = (double) i / n;
        point->kept = all > 0 ? got / all : 1;
    }
}


int
air_learn_calibrate(air_learn_t *model, const air_learn_row_t *rows,
    uint32_t n, const air_mem_t *mem)
{
    double            *value;
    uint32_t           i;
    unsigned           k;
    air_learn_key_t   *key;

    for (k = 0; k < AIR_LEARN_PROMISES; k++) {
        model->point[k].threshold = -1;
        model->point[k].cheap = 0;
        model->point[k].kept = 1;
    }

    model->novel = 0;
    memset(&model->needs, 0, sizeof(air_learn_bins_t));
    memset(&model->novelties, 0, sizeof(air_learn_bins_t));

    if (n < AIR_LEARN_LEAST) {
        return AIR_OK;
    }

    value = air_mem_get(mem, n * sizeof(double));
    if (value == NULL) {
        return AIR_ENOMEM;
    }

    for (i = 0; i < n; i++) {
        value[i] = rows[i].score.novelty;
    }

    key = air_learn_order(value, n, mem);
    if (key == NULL) {
        return AIR_ENOMEM;
    }

    air_learn_cuts(key, n, AIR_LEARN_APART, &model->novelties);
    model->novel = key[n - 1 - n / AIR_LEARN_NOVEL].need + AIR_LEARN_APART / 2;

    for (i = 0; i < n; i++) {
        value[i] = rows[i].score.need;
    }

    key = air_learn_order(value, n, mem);
    if (key == NULL) {
        return AIR_ENOMEM;
    }

    air_learn_cuts(key, n, 4 * AIR_LEARN_APART, &model->needs);

    /* what is novel goes to the strong one */

    for (i = 0; i < n; i++) {
        key[i].row = i;
        key[i].need = rows[i].score.novelty > model->novel
                      ? 2 : rows[i].score.need;
    }

    air_learn_sort(key, n);

    for (k = 0; k < AIR_LEARN_PROMISES; k++) {
        air_learn_bound(rows, key, n, (900 + 5 * k) / 1000.0,
                        &model->point[k]);
    }

    return AIR_OK;
}
