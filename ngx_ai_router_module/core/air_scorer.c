
/*
 * Prompts with their answers as sets of buckets.
 */

#include "air_scorer.h"
#include "air_floor_check.h"
#include "air_learn_walk.h"
#include "air_words.h"


/* buckets of words: the rest is for how the answer looks */
#define AIR_SCORER_PROMPT  800
#define AIR_SCORER_WORDS   1400

/* what an answer looks like weighs as much as so many of its words */
#define AIR_SCORER_WEIGHT  4


/* Sorts of buckets; the numbers stand in weights: append only. */
typedef enum {
    AIR_SCORER_LENGTH = 16,
    AIR_SCORER_LINES,
    AIR_SCORER_DIGITS,
    AIR_SCORER_FINISH,
    AIR_SCORER_FINAL,
    AIR_SCORER_SAID,
    AIR_SCORER_LETTER,
    AIR_SCORER_AGAIN,
    AIR_SCORER_EQUALS,
    AIR_SCORER_CALLS,
    AIR_SCORER_BOTH,
    AIR_SCORER_ASKED,
    AIR_SCORER_ANSWER = 64        /* words of the answer                    */
} air_scorer_e;


static void
air_scorer_add(air_learn_walk_t *w, unsigned sort, unsigned value)
{
    unsigned  i;

    for (i = 0; i < AIR_SCORER_WEIGHT; i++) {
        air_learn_add(w, i << 28 | sort << 20 | (value & 0xfffff));
    }
}


/* The order of magnitude, by factors of a half more. */
static unsigned
air_scorer_size(size_t n)
{
    unsigned  k;

    for (k = 0; n != 0; k++) {
        n = n * 2 / 3;
    }

    return k;
}


static size_t
air_scorer_count(air_str_t s, unsigned char c)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < s.len; i++) {
        n += s.data[i] == c;
    }

    return n;
}


/* Refuses, hedges, is cut: a bit each, as the floor's checks say. */
static unsigned
air_scorer_said(const air_answer_t *answer)
{
    char               why[16];
    unsigned           i, said;
    air_floor_case_t   x;

    static const air_floor_check_t  bare;

    static int (*const  checks[])(const air_floor_check_t *c,
                                  air_floor_case_t *x) = {
        air_floor_refusal, air_floor_hedge, air_floor_truncation
    };

    memset(&x, 0, sizeof(air_floor_case_t));

    x.answer = answer;
    x.text = air_answer_trim(answer->text);
    x.why = why;
    x.size = sizeof(why);

    said = 0;

    for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        said |= (unsigned) (checks[i](&bare, &x) == AIR_VERDICT_FAILED) << i;
    }

    return said;
}


/* words: different ones of the answer. */
static void
air_scorer_looks(air_learn_walk_t *w, const air_answer_t *answer,
    unsigned words, size_t prompt)
{
    unsigned     length, final, again;
    air_final_t  f;

    air_answer_final(answer->text, &f);

    length = air_scorer_size(answer->text.len);
    final = f.kind << 3 | f.torn << 2 | f.marked << 1 | f.alone;

    /* how many of the words are new ones: a loop has few */

    again = words * 8 / (1 + (unsigned) air_scorer_count(answer->text, ' '));

    air_scorer_add(w, AIR_SCORER_LENGTH, length);
    air_scorer_add(w, AIR_SCORER_LINES,
                   air_scorer_size(air_scorer_count(answer->text, '\n')));
    air_scorer_add(w, AIR_SCORER_FINISH, air_finish_plain(answer->finish));
    air_scorer_add(w, AIR_SCORER_FINAL, final);
    air_scorer_add(w, AIR_SCORER_SAID, air_scorer_said(answer));
    air_scorer_add(w, AIR_SCORER_AGAIN, again < 10 ? again : 10);
    air_scorer_add(w, AIR_SCORER_EQUALS,
                   air_scorer_size(air_scorer_count(answer->text, '=')));
    air_scorer_add(w, AIR_SCORER_CALLS, answer->ncalls < 4 ? answer->ncalls
                                                           : 4);
    air_scorer_add(w, AIR_SCORER_BOTH, length << 6 | air_scorer_size(prompt));
    air_scorer_add(w, AIR_SCORER_ASKED, air_scorer_size(prompt));

    if (f.kind == AIR_FINAL_LETTER) {
        air_scorer_add(w, AIR_SCORER_LETTER, f.letter);
    }
}


void
air_scorer_text(air_learn_text_t *t, air_str_t prompt,
    const air_answer_t *answer)
{
    unsigned          before, digits;
    air_learn_walk_t  w;

    air_learn_begin(&w, t);

    w.most = AIR_SCORER_PROMPT;
    air_learn_ends(&w, prompt, 0);

    before = t->n;
    digits = w.digits;

    w.most = AIR_SCORER_WORDS;
    w.sort = AIR_SCORER_ANSWER << 20;
    air_learn_ends(&w, answer->text, 0);

    digits = w.digits - digits;
    before = t->n - before;

    w.most = AIR_LEARN_FEATURES;
    air_scorer_add(&w, AIR_SCORER_DIGITS, air_scorer_size(digits));
    air_scorer_looks(&w, answer, before, prompt.len);
}


double
air_scorer_wrong(const air_scorer_t *scorer, const air_learn_text_t *t)
{
    return 1 - air_learn_score(scorer, t).cheap;
}
