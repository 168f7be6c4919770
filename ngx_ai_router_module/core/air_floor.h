
/*
 * The quality floor: what an answer must be to go to its caller.  Checks here
 * are deterministic, linear in the answer, and look at nothing else than it
 * and its request.
 */

#ifndef _AIR_FLOOR_H_INCLUDED_
#define _AIR_FLOOR_H_INCLUDED_


#include "air_msg.h"
#include "air_jschema.h"


/* the numbers stand in ledgers: append only */
typedef enum {
    AIR_FLOOR_JSON = 0,           /* its text is one JSON value             */
    AIR_FLOOR_JSON_SCHEMA,        /* that matches the request's, or a file's */
    AIR_FLOOR_REGEX,
    AIR_FLOOR_NOT_REGEX,
    AIR_FLOOR_MIN_CHARS,          /* of Unicode, white space at both ends
                                     left out                               */
    AIR_FLOOR_MAX_CHARS,
    AIR_FLOOR_LANGUAGE,
    AIR_FLOOR_NUMERIC,            /* a number within bounds                 */
    AIR_FLOOR_NO_REFUSAL,
    AIR_FLOOR_NO_TRUNCATION,
    AIR_FLOOR_NO_HEDGE,           /* it does not say that it is unsure      */
    AIR_FLOOR_MUST_CALL_TOOL,
    AIR_FLOOR_CITES,

    /* those that somebody else must be asked for */
    AIR_FLOOR_SCORE,              /* learned: core/air_scorer.h             */
    AIR_FLOOR_AGREE,              /* a second cheap model says the same     */
    AIR_FLOOR_JUDGE,              /* a model grades it                      */
    AIR_FLOOR_EVAL,               /* a location of nginx says               */
    AIR_NFLOOR
} air_floor_e;


typedef enum {
    AIR_VERDICT_NONE = 0,         /* not judged                             */
    AIR_VERDICT_PASSED,
    AIR_VERDICT_FAILED,
    AIR_VERDICT_UNSURE            /* it could not be judged: nobody to ask,
                                     no schema in the request               */
} air_verdict_e;


/* An answer as checks see it: of one choice; views borrow the reply. */
typedef struct {
    air_str_t           text;     /* visible, in one piece                  */
    air_str_t           refusal;  /* what the wire itself calls one         */
    const air_part_t   *parts;    /* calls, citations                       */
    unsigned            ncalls;
    unsigned            ncites;
    air_finish_e        finish;
} air_answer_t;


/* What of the request a check may need. */
typedef struct {
    air_str_t           schema;   /* JSON, of its own format; empty: none   */
    air_str_t           prompt;   /* the last thing the caller said         */
    const air_tool_t   *tools;
    unsigned            better:1; /* the answer is not the cheap model's:
                                     its score would say nothing            */
    struct air_floor_own_s  **own;    /* its schemas as far as they were
                                         compiled, in a mem that lives as long;
                                         NULL: compiled each time           */
} air_asked_t;


typedef struct air_floor_s  air_floor_t;


typedef struct {
    air_verdict_e  verdict;
    air_floor_e    check;         /* that failed, or could not be made      */
    uint16_t       grade;         /* permille, of those that grade, or
                                     AIR_FLOOR_NO_GRADE                     */
    char           why[160];      /* nothing of the answer in it            */
} air_verdict_t;

#define AIR_FLOOR_NO_GRADE  0xffff


/* An empty floor from mem, or NULL. */
air_floor_t *air_floor_create(const air_mem_t *mem);

/*
 * Adds a check as it is written in a "floor" directive: no_refusal,
 * min_chars=20, language=de, numeric=0..1, regex=^\d+$, must_call_tool=NAME,
 * cites=2 ...; for a schema's file its text is in file, else empty.  AIR_OK;
 * AIR_ENOENT: no check of the core has that name; AIR_EINVAL with what is
 * wrong in why[size]; AIR_ENOMEM.
 */
int air_floor_add(air_floor_t *floor, air_str_t check, air_str_t file,
    const air_mem_t *mem, char *why, size_t size);

/*
 * Judges: *v is the verdict of the first check that fails, else the first
 * that is unsure, else passed (AIR_VERDICT_NONE of an empty floor).  Scratch
 * memory from mem.  AIR_OK or AIR_ENOMEM.
 */
int air_floor_judge(const air_floor_t *floor, const air_answer_t *answer,
    const air_asked_t *asked, const air_mem_t *mem, air_verdict_t *v);

/* Gives back what is not mem's. */
void air_floor_free(air_floor_t *floor);

/* An answer of a choice, its texts put together in mem when there are
   several parts.  AIR_OK or AIR_ENOMEM. */
int air_answer_read(air_answer_t *answer, const air_msg_choice_t *choice,
    const air_mem_t *mem);

/* What of a request checks need; borrows it, its last words put together in
   mem when there are several parts.  AIR_OK or AIR_ENOMEM. */
int air_asked_read(air_asked_t *asked, const air_msg_request_t *msg,
    const air_mem_t *mem);

/* 1 when two answers say the same: one letter or number as their final
   answer, equal JSON, the same calls, or texts that are alike. */
int air_answer_agree(const air_answer_t *a, const air_answer_t *b,
    const air_mem_t *mem);

/* "json", "no_refusal" ...; "passed", "failed", "unsure", "". */
const char *air_floor_name(air_floor_e check);
const char *air_verdict_name(air_verdict_e verdict);


#endif /* _AIR_FLOOR_H_INCLUDED_ */
