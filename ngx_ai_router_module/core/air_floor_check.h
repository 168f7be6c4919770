
/*
 * What the files of the floor share: a check as it was set up, and the case
 * it judges.
 */

#ifndef _AIR_FLOOR_CHECK_H_INCLUDED_
#define _AIR_FLOOR_CHECK_H_INCLUDED_


#include "air_answer.h"
#include "air_learn.h"
#include "air_pattern.h"


typedef struct air_floor_check_s  air_floor_check_t;

struct air_floor_check_s {
    air_floor_check_t  *next;
    air_floor_e         what;
    air_str_t           value;    /* behind the equals sign                 */
    uint64_t            n;        /* characters, citations                  */
    uint32_t            languages;        /* a bit each                     */
    air_number_t        low;
    air_number_t        high;
    unsigned            has_low:1;
    unsigned            has_high:1;
    air_pattern_t      *pattern;
    air_jschema_t      *schema;
    air_learn_t        *scorer;
    unsigned            promise:1;        /* n is one, of the scorer's      */
};


struct air_floor_s {
    air_floor_check_t  *first;
    air_floor_check_t  *last;
    unsigned            fenced:1; /* JSON may stand in one fence            */
    unsigned            values:1; /* some check wants all of its values     */
};


/* Of one judgement. */
typedef struct {
    const air_floor_t   *floor;
    const air_answer_t  *answer;
    const air_asked_t   *asked;
    const air_mem_t     *mem;
    air_str_t            text;    /* of the answer, trimmed                 */
    air_str_t            utf8;    /* ... as UTF-8, once it is asked for     */
    unsigned             clean:1; /* it was                                 */
    unsigned             counted:1;
    uint64_t             chars;   /* once they are asked for                */
    unsigned             scanned:1;
    unsigned             named:1;
    int                  valued;  /* whether it is JSON, once asked for     */
    int                  membered;        /* ... and has no name twice      */
    const char          *lacks;   /* what is wrong with it                  */
    air_jvalue_t         value;
    uint64_t             spent;   /* of AIR_JSCHEMA_STEPS, by all schemas   */
    uint16_t             grade;   /* by the check that is judged            */
    char                *why;
    size_t               size;
} air_floor_case_t;


/*
 * Puts pieces (NULL-ended) together in why[size], cut to fit; returns rc, so
 * that it can be returned.
 */
int air_floor_say(char *why, size_t size, int rc, const char *const *pieces);

/* ... of up to three pieces; those behind a NULL do not count. */
int air_floor_why(char *why, size_t size, int rc, const char *a,
    const char *b, const char *c);


/*
 * Setting up one check from its value: AIR_OK, AIR_EINVAL with why, or
 * AIR_ENOMEM.
 */
int air_floor_set_regex(air_floor_check_t *c, const air_mem_t *mem,
    char *why, size_t size);
int air_floor_set_score(air_floor_check_t *c, air_str_t file,
    const air_mem_t *mem, char *why, size_t size);
int air_floor_set_languages(air_floor_check_t *c, char *why, size_t size);
int air_floor_set_schema(air_floor_check_t *c, air_str_t file,
    const air_mem_t *mem, char *why, size_t size);


/*
 * Judging: AIR_VERDICT_PASSED, or AIR_VERDICT_FAILED or AIR_VERDICT_UNSURE
 * with x->why; AIR_ENOMEM.
 */
int air_floor_json(const air_floor_check_t *c, air_floor_case_t *x);
int air_floor_schema(const air_floor_check_t *c, air_floor_case_t *x);
int air_floor_regex(const air_floor_check_t *c, air_floor_case_t *x);
int air_floor_chars(const air_floor_check_t *c, air_floor_case_t *x);
int air_floor_language(const air_floor_check_t *c, air_floor_case_t *x);
int air_floor_numeric(const air_floor_check_t *c, air_floor_case_t *x);
int air_floor_refusal(const air_floor_check_t *c, air_floor_case_t *x);
int air_floor_truncation(const air_floor_check_t *c,
    air_floor_case_t *x);
int air_floor_hedge(const air_floor_check_t *c, air_floor_case_t *x);
int air_floor_tool(const air_floor_check_t *c, air_floor_case_t *x);
int air_floor_score(const air_floor_check_t *c, air_floor_case_t *x);
int air_floor_cites(const air_floor_check_t *c, air_floor_case_t *x);


/* What is said in refusals, and by who is not sure; NULL-ended. */
extern const char *const  air_floor_refusals[];
extern const char *const  air_floor_hedges[];


/*
 * The answer's JSON, read once for all checks, and with members whether a name
 * is there twice.  AIR_OK; AIR_EINVAL, AIR_ELIMIT as air_jvalue_read(), with
 * x->lacks; AIR_ENOMEM.
 */
int air_floor_value(air_floor_case_t *x, unsigned members);

/* Whether a tool's call matches the schema the request gives for it; of its
   arguments members were not asked for yet. */
int air_floor_tool_schema(air_str_t schema, air_jvalue_t *arguments,
    air_floor_case_t *x);


#endif /* _AIR_FLOOR_CHECK_H_INCLUDED_ */
