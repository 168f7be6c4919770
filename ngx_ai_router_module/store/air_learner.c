
/*
 * From samples to weights.
 */


#include "air_learner.h"
#include "air_weights.h"

#include <stdlib.h>
#include <string.h>


/* memory of one run */
typedef struct air_learner_block_s {
    struct air_learner_block_s  *next;
    max_align_t                  data[];
} air_learner_block_t;


static void *
air_learner_alloc(void *ud, size_t size)
{
    air_learner_block_t  *b, **all = ud;

    b = malloc(sizeof(air_learner_block_t) + size);

    if (b == NULL) {
        return NULL;
    }

    b->next = *all;
    *all = b;

    return b->data;
}


static void
air_learner_free(air_learner_block_t *b)
{
    air_learner_block_t  *next;

    for ( /* void */ ; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
}


/* A labelled one of this learn? */
static int
air_learner_has(const air_learner_t *l, const air_sample_t *s)
{
    return s->learn == l->learn
           && (s->cheap != AIR_SAMPLE_NONE || s->strong != AIR_SAMPLE_NONE);
}


static void
air_learner_row(const air_learner_t *l, const air_sample_t *s,
    air_learn_row_t *row)
{
    unsigned  graded;

    memset(row, 0, sizeof(air_learn_row_t));

    row->n = s->n;
    row->fold = air_samples_key(s->id) % AIR_LEARN_FOLDS;
    row->cheap = s->cheap == AIR_SAMPLE_NONE ? AIR_LEARN_NONE
                                             : s->cheap / 1000.0;
    row->strong = s->strong == AIR_SAMPLE_NONE ? AIR_LEARN_NONE
                                               : s->strong / 1000.0;

    /* by what chance this grade is known */

    graded = (s->cheap != AIR_SAMPLE_NONE ? AIR_SAMPLE_CHEAP : 0)
             | (s->strong != AIR_SAMPLE_NONE ? AIR_SAMPLE_STRONG : 0);

    if (!l->chosen && s->drawn && s->served == graded) {
        row->share = s->share / 10000.0;
    }
}


/* The rows of a learn; NULL: no memory. */
static air_learn_row_t *
air_learner_rows(air_samples_t *samples, const air_learner_t *l,
    uint32_t most, const air_mem_t *mem, uint32_t *n)
{
    unsigned          i;
    air_sample_t      s;
    air_learn_row_t  *rows, *row;

    *n = 0;

    rows = air_mem_get(mem, (most + 1) * sizeof(air_learn_row_t));
    if (rows == NULL) {
        return NULL;
    }

    for (i = 0; i < AIR_SAMPLES && *n < most; i++) {

        if (air_samples_read(samples, i, &s) != AIR_OK
            || !air_learner_has(l, &s))
        {
            continue;
        }

        row = &rows[*n];
        air_learner_row(l, &s, row);

        row->bucket = air_mem_get(mem, s.n * sizeof(uint16_t));
        if (row->bucket == NULL) {
            return NULL;
        }

        memcpy(row->bucket, s.bucket, s.n * sizeof(uint16_t));
        (*n)++;
    }

    return rows;
}


/* How many are labelled, and how many of them newly. */
static uint32_t
air_learner_count(air_samples_t *samples, const air_learner_t *l,
    uint64_t since, uint32_t *fresh)
{
    uint32_t      n;
    unsigned      i;
    air_sample_t  s;

    n = 0;
    *fresh = 0;

    for (i = 0; i < AIR_SAMPLES; i++) {

        if (air_samples_read(samples, i, &s) == AIR_OK
            && air_learner_has(l, &s))
        {
            n++;
            *fresh += s.label > since;
        }
    }

    return n;
}


/* The file with model in place of the one of its pair, or behind the others. */
static int
air_learner_file(air_str_t old, const air_learn_t *model,
    const air_mem_t *mem, air_buf_t *b)
{
    unsigned            i, n, count;
    air_learn_t        *other;
    const air_learn_t  *all[AIR_LEARN_FIT];

    n = 0;
    all[n++] = model;
    count = old.len ? air_learn_count(old) : 0;

    for (i = 0; i < count; i++) {

        other = air_mem_get(mem, sizeof(air_learn_t));
        if (other == NULL) {
            return AIR_ENOMEM;
        }

        if (air_learn_read(old, i, other) != AIR_OK
            || strcmp(other->pair, model->pair) == 0)
        {
            continue;
        }

        if (n == AIR_LEARN_FIT) {
            return AIR_ELIMIT;
        }

        all[n++] = other;
    }

    return air_learn_write(all, n, b);
}


/*
 * Whether the new weights are to take the place of old ones: with none the
 * promise must be possible.
 */
static int
air_learner_better(const air_learner_t *l, const air_learn_t *model,
    const air_learn_t *old, int own)
{
    unsigned  cheap;

    cheap = air_learn_share(model, l->keep) > 0;

    if (old == NULL) {
        return cheap;
    }

    return own || (cheap && model->rows > old->rows);
}


static int
air_learner_install(const air_learner_t *l, const air_learn_t *model,
    air_samples_learned_t *learned, air_learner_work_t *work,
    const air_mem_t *mem, air_err_t *err)
{
    int           rc;
    uint64_t      sum;
    air_str_t     text;
    air_buf_t     b;
    air_learn_t  *old;

    old = air_mem_get(mem, sizeof(air_learn_t));
    if (old == NULL) {
        return AIR_ENOMEM;
    }

    sum = 0;
    rc = air_folder_load(l->dir, AIR_WEIGHTS_DIR, l->name, mem, &text, err);

    if (rc != AIR_OK && rc != AIR_ENOENT) {
        return rc;
    }

    if (rc == AIR_OK) {

        rc = air_learn_find(text, l->pair, old, &sum);

        if (rc == AIR_ECORRUPT) {
            return air_err_set(err, rc, "the weights are damaged: remove "
                               "them", 0);
        }
    }

    if (!air_learner_better(l, model, rc == AIR_OK ? old : NULL,
                            rc == AIR_OK && sum == learned->sum))
    {
        return AIR_OK;
    }

    air_buf_init(&b, mem, AIR_LEARN_FILE);

    rc = air_learner_file(text, model, mem, &b);

    if (rc != AIR_OK) {
        return air_err_set(err, rc, "weights of so many pairs have no room",
                           0);
    }

    rc = air_learn_find(air_buf_view(&b), l->pair, old, &sum);

    if (rc == AIR_OK) {
        rc = air_folder_write(l->dir, AIR_WEIGHTS_DIR, l->name,
                              air_buf_view(&b), err);
    }

    if (rc == AIR_OK) {
        learned->sum = sum;
        work->installed = 1;
    }

    return rc;
}


int
air_learner_run(air_samples_t *samples, const air_learner_t *l,
    air_learner_work_t *work, air_err_t *err)
{
    int                     rc;
    uint32_t                n, fresh;
    uint64_t                last;
    air_mem_t               mem;
    air_learn_t            *model;
    air_learn_row_t        *rows;
    air_learner_block_t    *blocks;
    air_samples_learned_t  *learned;

    memset(work, 0, sizeof(air_learner_work_t));

    learned = air_samples_learned(samples, l->learn);

    if (learned == NULL) {
        return air_err_set(err, AIR_ELIMIT, "too many learn: remove "
                           "learn/samples", 0);
    }

    last = air_samples_labels(samples);
    n = air_learner_count(samples, l, learned->label, &fresh);

    /* rarely: other weights have to see some traffic before they are used */

    if (fresh < AIR_LEARNER_NEW || fresh < n / 2) {
        return AIR_OK;
    }

    blocks = NULL;
    mem.alloc = air_learner_alloc;
    mem.ud = &blocks;

    rc = AIR_ENOMEM;
    model = air_mem_get(&mem, sizeof(air_learn_t));
    rows = air_learner_rows(samples, l, n, &mem, &n);

    if (model != NULL && rows != NULL) {
        memset(model, 0, sizeof(air_learn_t));
        strncpy(model->pair, l->pair, AIR_LEARN_PAIR - 1);

        rc = air_learn_fit(model, rows, n, &mem);
    }

    if (rc == AIR_OK) {
        work->trained = 1;
        work->rows = n;
        work->from = model->rows;
        work->cheap = (uint32_t) (1000 * air_learn_share(model, l->keep)
                                  + 0.5);

        learned->label = last;

        rc = air_learner_install(l, model, learned, work, &mem, err);
    }

    air_learner_free(blocks);

    return rc == AIR_ENOMEM ? air_err_set(err, rc, "no memory", 0) : rc;
}
