
/*
 * Whether a cheap model is good enough for a request, learned from labelled
 * ones: two logistic models over hashed words, P(cheap right) and P(strong
 * right), whose difference is the need for the strong one; a threshold for a
 * promised share of the strong model's quality, chosen with a statistical
 * bound; and a watch over the traffic, since the promise holds only where
 * requests are like those that were labelled.
 *
 * Nothing here allocates but the trainer.  Floating point is IEEE double
 * without libm: the same labels give the same weights, the same request the
 * same score.
 */

#ifndef _AIR_LEARN_H_INCLUDED_
#define _AIR_LEARN_H_INCLUDED_


#include "air_buf.h"


#define AIR_LEARN_BUCKETS   16384
#define AIR_LEARN_LOOK      6144  /* bytes of a text that are looked at     */
#define AIR_LEARN_FEATURES  1536  /* different words of a text that count   */
#define AIR_LEARN_PAIR      96    /* bytes of a pair's name                 */
#define AIR_LEARN_BINS      10    /* of the watch                           */
#define AIR_LEARN_ENOUGH    512   /* texts, before anything is promised     */
#define AIR_LEARN_WATCH     4096  /* texts seen after which half is forgot  */

/* what the weights of a workflow may take, and so many pairs fit in */
#define AIR_LEARN_FILE      262144
#define AIR_LEARN_FIT       5

/* promises: 90, 90.5 ... 100 % of the strong model's quality */
#define AIR_LEARN_PROMISES  21
#define air_learn_promise(permille)  (((permille) - 900) / 5)


/* What a text looks like: its different words and a few of its sizes. */
typedef struct {
    unsigned  n;
    uint16_t  bucket[AIR_LEARN_FEATURES];
} air_learn_text_t;


/* One bucket of words. */
typedef struct {
    int8_t   cheap;               /* weight, of the scale of the head       */
    int8_t   strong;
    uint8_t  rare;                /* 255 / (1 + labelled texts that had it) */
} air_learn_weight_t;


/* A point of the curve, of one promise. */
typedef struct {
    double  threshold;            /* cheap where the need is less; -1 never */
    double  cheap;                /* share of the calls that is, labelled   */
    double  kept;                 /* share of strong's quality, labelled    */
} air_learn_point_t;


/* How values spread: about a tenth of them between two cuts. */
typedef struct {
    double  cut[AIR_LEARN_BINS - 1];
    double  share[AIR_LEARN_BINS];
} air_learn_bins_t;


typedef struct {
    char                pair[AIR_LEARN_PAIR];      /* "cheap>strong", NUL   */
    uint32_t            rows;     /* labelled                               */
    double              scale[2]; /* of a weight: cheap, strong             */
    double              novel;    /* more novel texts go to strong          */
    air_learn_bins_t    needs;    /* of the labelled ones                   */
    air_learn_bins_t    novelties;
    air_learn_point_t   point[AIR_LEARN_PROMISES];
    air_learn_weight_t  weight[AIR_LEARN_BUCKETS];
} air_learn_t;


/* What a model says of a text. */
typedef struct {
    double  need;                 /* 0 .. 1: for the strong model           */
    double  novelty;              /* 0 .. 1: how unlike the labelled ones   */
    double  cheap;                /* chances to get it right                */
    double  strong;
} air_learn_score_t;


/* The texts seen lately, between the cuts of the labelled ones; zero it. */
typedef struct {
    uint32_t  n;
    uint32_t  need[AIR_LEARN_BINS];
    uint32_t  novel[AIR_LEARN_BINS];
} air_learn_watch_t;


/*
 * A labelled text.  One grade of the two may be missing: then only its head
 * learns from it, and no promise is made of it but where share says by what
 * chance the cheap model was asked, and whoever graded did not choose by the
 * answer.
 */
typedef struct {
    uint16_t           *bucket;
    uint32_t            n;
    uint32_t            fold;     /* 0 .. AIR_LEARN_FOLDS - 1               */
    double              cheap;    /* grades, 0 .. 1, or AIR_LEARN_NONE      */
    double              strong;
    double              share;    /* of one grade: see above; 0 not known   */
    air_learn_score_t   score;    /* out of fold, by air_learn_cross()      */
} air_learn_row_t;

#define AIR_LEARN_NONE   (-1.0)

#define AIR_LEARN_FOLDS  5


/*
 * Reads a text into t; escaped: still as in JSON.  Of more than
 * AIR_LEARN_LOOK bytes the first two thirds of that and the last third count.
 */
void air_learn_text(air_learn_text_t *t, air_str_t text, int escaped);

/* Scores a text. */
air_learn_score_t air_learn_score(const air_learn_t *model,
    const air_learn_text_t *t);


/* Takes a score into the watch. */
void air_learn_watch(air_learn_watch_t *watch, const air_learn_t *model,
    air_learn_score_t score);

/* Forgets half of a watch that is full (AIR_LEARN_WATCH). */
void air_learn_forget(air_learn_watch_t *watch);

/*
 * 1 when the texts seen are like the labelled ones: enough of them, and
 * their needs and novelties spread as those did, but for what chance does.
 */
int air_learn_alike(const air_learn_watch_t *watch, const air_learn_t *model);

/* Which of the bins x is in. */
unsigned air_learn_bin(const air_learn_bins_t *bins, double x);

/*
 * 1 when the cheap model may have a text with that score under a promise of
 * permille (900 .. 1000); never when the text is novel, or when alike is 0.
 */
int air_learn_cheap(const air_learn_t *model, air_learn_score_t score,
    int alike, unsigned permille);


/* The share of the labelled requests that may be cheap under a promise. */
double air_learn_share(const air_learn_t *model, unsigned permille);


/*
 * Trains model from rows, leaving fold out (AIR_LEARN_FOLDS: none).  Fills
 * weights, scales and rarity; the rest of model is the caller's.  AIR_OK or
 * AIR_ENOMEM.
 */
int air_learn_train(air_learn_t *model, const air_learn_row_t *rows,
    uint32_t n, unsigned fold, const air_mem_t *mem);

/*
 * Scores every row by a model that has not seen it (its fold left out);
 * model is scratch.  AIR_OK or AIR_ENOMEM.
 */
int air_learn_cross(air_learn_t *model, air_learn_row_t *rows, uint32_t n,
    const air_mem_t *mem);

/*
 * From rows scored out of fold to the model's bound of novelty, its bins and
 * the point of each promise.  A threshold is taken only while an upper bound
 * of the loss, one that holds in 95 of 100 draws of such a sample, stays
 * within the promise; thresholds are tried from the strictest on and the
 * first failure ends it, so that trying many does not spoil the bound.
 * AIR_OK or AIR_ENOMEM.
 */
int air_learn_calibrate(air_learn_t *model, const air_learn_row_t *rows,
    uint32_t n, const air_mem_t *mem);


/*
 * All of it: scores, weights, and promises from the rows that allow any.  Of
 * a row with one grade and a share the two losses are estimated, without bias
 * whatever the model says of it: what the model expects, and for the answer
 * that was given its error, over the chance that it was this one.  model->rows
 * is how many rows the promises are from.  AIR_OK or AIR_ENOMEM.
 */
int air_learn_fit(air_learn_t *model, air_learn_row_t *rows, uint32_t n,
    const air_mem_t *mem);


/* How well an order of rows, by rising need, spares the strong model. */
typedef struct {
    double  apgr;                 /* average performance gap recovered      */
    double  cheap[3];             /* share of calls that may be cheap at 95,
                                     98, 100 % of strong's quality, with
                                     hindsight                              */
} air_learn_curve_t;

/*
 * The curve of rows ordered by need[], one a row.  Equal needs are taken in
 * expectation, so that all equal is the random router.  AIR_OK or AIR_ENOMEM.
 */
int air_learn_curve(const air_learn_row_t *rows, const double *need,
    uint32_t n, const air_mem_t *mem, air_learn_curve_t *curve);


/*
 * A file of weights: one model or several, each of another pair, with a
 * checksum.  Appends them to b; returns b's error.
 */
int air_learn_write(const air_learn_t *const *models, unsigned n,
    air_buf_t *b);

/* How many models the file holds; 0: it is none, or damaged. */
unsigned air_learn_count(air_str_t file);

/* Reads the model with that index; AIR_OK, or AIR_ECORRUPT. */
int air_learn_read(air_str_t file, unsigned i, air_learn_t *model);

/*
 * Reads the model of a pair; *sum (may be NULL) is the same for the same
 * model and no other.  AIR_OK; AIR_ENOENT: the file has no such pair;
 * AIR_ECORRUPT.
 */
int air_learn_find(air_str_t file, const char *pair, air_learn_t *model,
    uint64_t *sum);


#endif /* _AIR_LEARN_H_INCLUDED_ */
