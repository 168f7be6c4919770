
/*
 * Training: stochastic gradient descent with a step of its own for each
 * weight (AdaGrad), always in the same shuffled order; then weights in a
 * byte.
 */

#include "air_learn.h"
#include "air_draw.h"
#include "air_learn_math.h"


#define AIR_LEARN_EPOCHS  8
#define AIR_LEARN_RATE    0.03


typedef struct {
    float  weight[2];
    float  step[2];               /* sums of squared gradients              */
} air_learn_slot_t;


static void
air_learn_shuffle(uint32_t *order, uint32_t n, uint64_t *seed)
{
    uint32_t  i, k, t;

    for (i = n; i > 1; i--) {
        k = (uint32_t) (air_draw(seed) % i);

        t = order[i - 1];
        order[i - 1] = order[k];
        order[k] = t;
    }
}


/* One step of one head towards its grade. */
static void
air_learn_step(air_learn_slot_t *slots, const air_learn_row_t *row,
    unsigned head, double grade)
{
    double             z, g, scale;
    uint32_t           i;
    air_learn_slot_t  *s;

    z = 0;
    scale = 1 / air_learn_sqrt(row->n);

    for (i = 0; i < row->n; i++) {
        z += slots[row->bucket[i]].weight[head];
    }

    g = (air_learn_logistic(z * scale) - grade) * scale;

    for (i = 0; i < row->n; i++) {
        s = &slots[row->bucket[i]];

        s->step[head] += (float) (g * g);
        s->weight[head] -= (float) (AIR_LEARN_RATE * g
                                    / air_learn_sqrt(s->step[head] + 1e-6));
    }
}


/* Weights of one head in bytes. */
static void
air_learn_pack(air_learn_t *model, const air_learn_slot_t *slots,
    unsigned head)
{
    int       w;
    double    most, x;
    unsigned  i;

    most = 1e-6;

    for (i = 0; i < AIR_LEARN_BUCKETS; i++) {
        x = slots[i].weight[head];
        x = x < 0 ? -x : x;
        most = x > most ? x : most;
    }

    model->scale[head] = most / 127;

    for (i = 0; i < AIR_LEARN_BUCKETS; i++) {
        x = slots[i].weight[head] / model->scale[head];
        w = (int) (x + (x < 0 ? -0.5 : 0.5));

        if (head == 0) {
            model->weight[i].cheap = (int8_t) w;

        } else {
            model->weight[i].strong = (int8_t) w;
        }
    }
}


/*
 * 1 / (1 + texts that had a word), in 255ths.  Novelties out of fold are
 * measured on a share p of the rows; so that they compare, a model of all
 * rows takes what is expected of such a share: of a word that c texts had,
 * 1 / (1 + binomial(c, p)) is (1 - (1 - p)^(c + 1)) / (p (c + 1)).
 */
static uint8_t
air_learn_rarity(uint32_t count, int all)
{
    double    p, rest;
    uint32_t  i;

    if (!all) {
        return (uint8_t) (255.0 / (1 + count) + 0.5);
    }

    p = (AIR_LEARN_FOLDS - 1.0) / AIR_LEARN_FOLDS;
    rest = 1 - p;

    for (i = 0; i < count && rest > 1e-9; i++) {
        rest *= 1 - p;
    }

    return (uint8_t) (255 * (1 - rest) / (p * (1 + count)) + 0.5);
}


static void
air_learn_rare(air_learn_t *model, const air_learn_row_t *rows,
    const uint32_t *order, uint32_t n, uint32_t *count, int all)
{
    uint32_t                i, k;
    const air_learn_row_t  *row;

    memset(count, 0, AIR_LEARN_BUCKETS * sizeof(uint32_t));

    for (i = 0; i < n; i++) {
        row = &rows[order[i]];

        for (k = 0; k < row->n; k++) {
            count[row->bucket[k]]++;
        }
    }

    for (i = 0; i < AIR_LEARN_BUCKETS; i++) {
        model->weight[i].rare = air_learn_rarity(count[i], all);
    }
}


int
air_learn_train(air_learn_t *model, const air_learn_row_t *rows, uint32_t n,
    unsigned fold, const air_mem_t *mem)
{
    uint32_t                i, m, *order, *count;
    uint64_t                seed, steps;
    air_learn_slot_t       *slots;
    const air_learn_row_t  *row;

    order = air_mem_get(mem, (n + 1) * sizeof(uint32_t));
    if (order == NULL) {
        return AIR_ENOMEM;
    }

    count = air_mem_get(mem, AIR_LEARN_BUCKETS * sizeof(uint32_t));
    if (count == NULL) {
        return AIR_ENOMEM;
    }

    slots = air_mem_get(mem, AIR_LEARN_BUCKETS * sizeof(air_learn_slot_t));
    if (slots == NULL) {
        return AIR_ENOMEM;
    }

    memset(slots, 0, AIR_LEARN_BUCKETS * sizeof(air_learn_slot_t));

    m = 0;

    for (i = 0; i < n; i++) {
        if (rows[i].fold != fold) {
            order[m++] = i;
        }
    }

    seed = m;

    /*
     * Weights grow with the steps they are trained for.  Needs out of fold
     * are what the needs of the traffic are held against, so a model that
     * leaves a fold out takes as many steps as one of all rows.
     */

    steps = (uint64_t) AIR_LEARN_EPOCHS * m;

    if (fold != AIR_LEARN_FOLDS) {
        steps = steps * AIR_LEARN_FOLDS / (AIR_LEARN_FOLDS - 1);
    }

    while (steps != 0) {

        air_learn_shuffle(order, m, &seed);

        for (i = 0; i < m && steps != 0; i++, steps--) {
            row = &rows[order[i]];

            if (row->cheap >= 0) {
                air_learn_step(slots, row, 0, row->cheap);
            }

            if (row->strong >= 0) {
                air_learn_step(slots, row, 1, row->strong);
            }
        }
    }

    air_learn_pack(model, slots, 0);
    air_learn_pack(model, slots, 1);
    air_learn_rare(model, rows, order, m, count, fold == AIR_LEARN_FOLDS);

    return AIR_OK;
}


int
air_learn_cross(air_learn_t *model, air_learn_row_t *rows, uint32_t n,
    const air_mem_t *mem)
{
    uint32_t            i;
    unsigned            fold;
    air_learn_text_t    t;

    for (fold = 0; fold < AIR_LEARN_FOLDS; fold++) {

        if (air_learn_train(model, rows, n, fold, mem) != AIR_OK) {
            return AIR_ENOMEM;
        }

        for (i = 0; i < n; i++) {

            if (rows[i].fold != fold) {
                continue;
            }

            t.n = rows[i].n;
            memcpy(t.bucket, rows[i].bucket, t.n * sizeof(uint16_t));

            rows[i].score = air_learn_score(model, &t);
        }
    }

    return AIR_OK;
}


/*
 * A row as promises are made of it, as if both grades were known; 0: none is
 * made of it.
 */
static int
air_learn_whole(const air_learn_row_t *row, air_learn_row_t *to)
{
    *to = *row;

    if (row->cheap >= 0 && row->strong >= 0) {
        return 1;
    }

    if (!(row->share > 0 && row->share < 1)
        || (row->cheap < 0 && row->strong < 0))
    {
        return 0;
    }

    to->cheap = row->score.cheap;
    to->strong = row->score.strong;

    if (row->cheap >= 0) {
        to->cheap += (row->cheap - to->cheap) / row->share;

    } else {
        to->strong += (row->strong - to->strong) / (1 - row->share);
    }

    return 1;
}


int
air_learn_fit(air_learn_t *model, air_learn_row_t *rows, uint32_t n,
    const air_mem_t *mem)
{
    uint32_t          i, m;
    air_learn_row_t  *whole;

    if (air_learn_cross(model, rows, n, mem) != AIR_OK
        || air_learn_train(model, rows, n, AIR_LEARN_FOLDS, mem) != AIR_OK)
    {
        return AIR_ENOMEM;
    }

    whole = air_mem_get(mem, (n + 1) * sizeof(air_learn_row_t));
    if (whole == NULL) {
        return AIR_ENOMEM;
    }

    m = 0;

    for (i = 0; i < n; i++) {
        m += air_learn_whole(&rows[i], &whole[m]);
    }

    model->rows = m;

    return air_learn_calibrate(model, whole, m, mem);
}
