
/*
 * The floor's learned score: how likely the answer is right, by weights that
 * "ai-router learn --answers" made.
 */

#include "air_floor_check.h"
#include "air_scorer.h"


/* "0.7" or "98%", in permille; 0: neither. */
static unsigned
air_floor_permille(air_str_t s, unsigned *promise)
{
    unsigned      i, n;
    air_number_t  x;

    *promise = s.len != 0 && s.data[s.len - 1] == '%';
    s.len -= *promise;

    if (s.len == 0 || air_number_read(s, &x) != s.len || x.negative
        || x.n == 0)
    {
        return 0;
    }

    /* digits up to the thousandth, or the tenth of a percent */

    x.exponent += *promise ? 1 : 3;

    if (x.exponent > 4 || (int) x.n > x.exponent) {
        return 0;
    }

    n = 0;

    for (i = 0; (int) i < x.exponent; i++) {
        n = n * 10 + (i < x.n ? x.digit[i] : 0);
    }

    return n <= 1000 && (!*promise || n >= 900) ? n : 0;
}


int
air_floor_set_score(air_floor_check_t *c, air_str_t file,
    const air_mem_t *mem, char *why, size_t size)
{
    unsigned       promise;
    air_scorer_t  *scorer;

    c->n = air_floor_permille(c->value, &promise);
    c->promise = promise;

    if (c->n == 0) {
        return air_floor_why(why, size, AIR_EINVAL, "score takes the chance "
                             "to be right, like 0.7, or a promise of 90 to "
                             "100 %, like 98%", NULL, NULL);
    }

    if (air_learn_count(file) != 1) {
        return air_floor_why(why, size, AIR_EINVAL,
                             air_learn_count(file) == 0
                             ? "score needs weights, as \"ai-router learn "
                               "--answers\" writes them"
                             : "the weights of score are of several pairs, "
                               "learn each by itself", NULL, NULL);
    }

    scorer = air_mem_get(mem, sizeof(air_scorer_t));
    if (scorer == NULL) {
        return AIR_ENOMEM;
    }

    if (air_learn_read(file, 0, scorer) != AIR_OK) {
        return air_floor_why(why, size, AIR_EINVAL, "the weights of score "
                             "are damaged", NULL, NULL);
    }

    c->scorer = scorer;

    return AIR_OK;
}


int
air_floor_score(const air_floor_check_t *c, air_floor_case_t *x)
{
    int                 good;
    double              right;
    air_learn_text_t    t;
    air_learn_score_t   s;

    if (x->asked->better) {
        return AIR_VERDICT_PASSED;
    }

    air_scorer_text(&t, x->asked->prompt, x->answer);

    s = air_learn_score(c->scorer, &t);
    right = s.cheap;

    x->grade = (uint16_t) (1000 * right);

    good = c->promise ? air_learn_cheap(c->scorer, s, 1, (unsigned) c->n)
                      : 1000 * right >= (double) c->n;

    return good ? AIR_VERDICT_PASSED
                : air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                                "the answer's score is too low", NULL, NULL);
}
