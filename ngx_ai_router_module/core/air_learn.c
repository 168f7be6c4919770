
/*
 * The learned router at work: scores, the watch over the traffic, and the
 * promise.
 */

#include "air_learn.h"
#include "air_learn_math.h"


/*
 * Half the sum of differences between the shares of ten bins and a tenth
 * each, of texts like the labelled ones, is about 1.2 / sqrt(n) with a
 * deviation of 0.3 / sqrt(n): chance gives 2.1 / sqrt(n) hardly ever.
 */
#define AIR_LEARN_UNLIKE  0.05    /* what is let pass besides               */
#define AIR_LEARN_CHANCE  2.1


air_learn_score_t
air_learn_score(const air_learn_t *model, const air_learn_text_t *t)
{
    int32_t                    cheap, strong;
    uint32_t                   rare;
    double                     root;
    unsigned                   i;
    air_learn_score_t          s;
    const air_learn_weight_t  *w;

    cheap = 0;
    strong = 0;
    rare = 0;

    for (i = 0; i < t->n; i++) {
        w = &model->weight[t->bucket[i]];

        cheap += w->cheap;
        strong += w->strong;
        rare += w->rare;
    }

    root = air_learn_sqrt(t->n);

    s.cheap = air_learn_logistic(cheap * model->scale[0] / root);
    s.strong = air_learn_logistic(strong * model->scale[1] / root);
    s.need = (1 + s.strong - s.cheap) / 2;
    s.novelty = rare / (255.0 * t->n);

    return s;
}


unsigned
air_learn_bin(const air_learn_bins_t *bins, double x)
{
    unsigned  i;

    for (i = 0; i < AIR_LEARN_BINS - 1 && x > bins->cut[i]; i++) {
        /* void */
    }

    return i;
}


void
air_learn_watch(air_learn_watch_t *watch, const air_learn_t *model,
    air_learn_score_t score)
{
    watch->n++;
    watch->need[air_learn_bin(&model->needs, score.need)]++;
    watch->novel[air_learn_bin(&model->novelties, score.novelty)]++;
}


void
air_learn_forget(air_learn_watch_t *watch)
{
    unsigned  i;

    if (watch->n < AIR_LEARN_WATCH) {
        return;
    }

    for (i = 0; i < AIR_LEARN_BINS; i++) {
        watch->need[i] -= watch->need[i] / 2;
        watch->novel[i] -= watch->novel[i] / 2;
    }

    watch->n -= watch->n / 2;
}


/* How far counts are from the shares they should have: 0 .. 1. */
static double
air_learn_distance(const uint32_t *count, uint32_t n,
    const air_learn_bins_t *bins)
{
    double    sum, d;
    unsigned  i;

    sum = 0;

    for (i = 0; i < AIR_LEARN_BINS; i++) {
        d = (double) count[i] / n - bins->share[i];
        sum += d < 0 ? -d : d;
    }

    return sum / 2;
}


int
air_learn_alike(const air_learn_watch_t *watch, const air_learn_t *model)
{
    double  most;

    if (watch->n < AIR_LEARN_ENOUGH) {
        return 0;
    }

    most = AIR_LEARN_UNLIKE + AIR_LEARN_CHANCE / air_learn_sqrt(watch->n);

    return air_learn_distance(watch->need, watch->n, &model->needs) <= most
           && air_learn_distance(watch->novel, watch->n, &model->novelties)
              <= most;
}


/* A promise between two points is the stricter one. */
static const air_learn_point_t *
air_learn_at(const air_learn_t *model, unsigned permille)
{
    return permille < 900 || permille > 1000
           ? NULL : &model->point[(permille - 900 + 4) / 5];
}


int
air_learn_cheap(const air_learn_t *model, air_learn_score_t score, int alike,
    unsigned permille)
{
    const air_learn_point_t  *point;

    point = air_learn_at(model, permille);

    return alike && point != NULL && score.novelty <= model->novel
           && score.need < point->threshold;
}


double
air_learn_share(const air_learn_t *model, unsigned permille)
{
    const air_learn_point_t  *point;

    point = air_learn_at(model, permille);

    return point != NULL ? point->cheap : 0;
}
