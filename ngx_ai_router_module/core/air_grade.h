
/*
 * Asking a model for the grade of an answer, and reading what it says.
 */

#ifndef _AIR_GRADE_H_INCLUDED_
#define _AIR_GRADE_H_INCLUDED_


#include "air_buf.h"


/*
 * Appends the operator's text with {{prompt}} and {{answer}} replaced, each
 * wherever it stands, by a JSON string: what comes from outside cannot end
 * it, and nothing in it is replaced again.  AIR_OK or b's error.
 */
int air_grade_prompt(air_str_t text, air_str_t prompt, air_str_t answer,
    air_buf_t *b);

/* 1 when the text has a place for the answer. */
int air_grade_asks(air_str_t text);

/*
 * The grade in a model's words, permille: the member "score" of a JSON object
 * (anything around it is passed over), or the only number there is; 0 to 1.
 * AIR_OK; AIR_EINVAL: there is none, or several; AIR_ENOMEM.
 */
int air_grade_read(air_str_t said, const air_mem_t *mem, unsigned *permille);


#endif /* _AIR_GRADE_H_INCLUDED_ */
