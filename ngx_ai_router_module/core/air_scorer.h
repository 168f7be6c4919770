
/*
 * Whether a cheap model's answer is good enough, learned: what core/air_learn.h
 * learns of prompts it learns here of prompts and the answers they got.  A
 * scorer is such a model, with its weights, its promises and its watch, over
 * other buckets: words of the prompt, words of the answer, and how the answer
 * looks (its length, finish, final answer, hedges ...).
 */

#ifndef _AIR_SCORER_H_INCLUDED_
#define _AIR_SCORER_H_INCLUDED_


#include "air_answer.h"
#include "air_learn.h"


typedef air_learn_t  air_scorer_t;


/*
 * Reads a prompt and an answer into t, for
 * air_learn_score(), air_learn_watch() and air_learn_cheap(): the answer is
 * good enough under a promise when the cheap model would be.
 */
void air_scorer_text(air_learn_text_t *t, air_str_t prompt,
    const air_answer_t *answer);

/* The chance that the answer is wrong, 0 .. 1. */
double air_scorer_wrong(const air_scorer_t *scorer,
    const air_learn_text_t *t);


#endif /* _AIR_SCORER_H_INCLUDED_ */
