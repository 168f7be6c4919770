
/*
 * What an answer comes down to: its last word, and whether it is JSON.  For
 * those who compare answers, judge them or learn from them.
 */

#ifndef _AIR_ANSWER_H_INCLUDED_
#define _AIR_ANSWER_H_INCLUDED_


#include "air_floor.h"
#include "air_number.h"


typedef enum {
    AIR_FINAL_NONE = 0,
    AIR_FINAL_LETTER,             /* one of several choices                 */
    AIR_FINAL_NUMBER,
    AIR_FINAL_TEXT                /* a few words                            */
} air_final_e;


typedef struct {
    air_final_e   kind;
    unsigned      marked;         /* "the answer is", \boxed{}, ####        */
    unsigned      torn;           /* another one was announced before       */
    unsigned      alone;          /* nothing else in its line, or an equals
                                     sign before it                         */
    unsigned      letter;         /* A .. Z                                 */
    air_number_t  number;
    air_str_t     text;           /* what follows a number in its sentence,
                                     or the words; borrowed                 */
} air_final_t;


/* White space at both ends off. */
air_str_t air_answer_trim(air_str_t text);

/*
 * What stands between the marks of a text that is one fenced block of
 * Markdown and nothing else; any other text as it is, trimmed.
 */
air_str_t air_answer_unfence(air_str_t text);

/*
 * The final answer: the last that is marked as such, else the last line when
 * it is just a letter or a number, else the number the text ends with.
 */
void air_answer_final(air_str_t text, air_final_t *final);

/* 1 when both are there, not torn, and the same. */
int air_answer_final_same(const air_final_t *a, const air_final_t *b);

/*
 * A hash of 128 bits of a JSON value: the same for equal values, whatever
 * the order of members, the spelling of numbers and strings, or white space.
 * AIR_OK; AIR_EINVAL: no JSON; AIR_ELIMIT; AIR_ENOMEM.
 */
int air_answer_json(air_str_t text, const air_mem_t *mem, uint64_t hash[2]);


#endif /* _AIR_ANSWER_H_INCLUDED_ */
