
/*
 * Labelled requests as "ai-router learn" reads them.
 */

#ifndef _AIR_CLI_LEARN_H_INCLUDED_
#define _AIR_CLI_LEARN_H_INCLUDED_


#include "air_cli.h"
#include "../core/air_scorer.h"


#define AIR_CLI_LEARN_PAIRS  32


/* What a line says beside the row that is learned from. */
typedef struct {
    air_str_t  id;
    air_str_t  prompt_id;         /* another line has the text              */
    uint32_t   pair;
    uint32_t   len;               /* bytes of the text                      */
    air_str_t  prompt;            /* the text, still as in JSON             */
    air_str_t  answer;            /* of the cheap model                     */
    air_str_t  second;            /* of another cheap one                   */
    unsigned   labelled:1;
    unsigned   text:1;            /* it has one                             */
    unsigned   escaped:1;
    unsigned   answered:1;
    unsigned   seconded:1;
} air_cli_case_t;


/* Lines of all files, by pair once air_cli_learn_read() is done. */
typedef struct {
    air_cli_case_t   *cases;
    air_learn_row_t  *rows;       /* one a case                             */
    uint32_t          n;
    uint32_t          size;
    char              pair[AIR_CLI_LEARN_PAIRS][AIR_LEARN_PAIR];
    uint32_t          first[AIR_CLI_LEARN_PAIRS + 1];    /* of each pair    */
    unsigned          npair;
} air_cli_cases_t;


/* Hash of an id or a text. */
uint32_t air_cli_learn_hash(air_str_t s);

/*
 * Reads JSON lines: "id", "prompt" (or "messages", or "prompt_id": the id of
 * a line that has it), "pair", and the grades "weak_correct" and
 * "strong_correct" (or "cheap" and "strong"), true, false or 0 .. 1.
 * Returns AIR_CLI_OK, or tells the user and returns the code.
 */
int air_cli_learn_read(air_cli_t *cli, char **paths, int n,
    air_cli_cases_t *set);

/*
 * Reads the answers that the prompts of set got, JSON lines: "id", "answer"
 * (or "weak_answer"); then rows are of prompts with their answers.  second
 * (may be NULL) is such a file of another cheap model.  Returns as above.
 */
int air_cli_learn_answers(air_cli_t *cli, const char *path,
    const char *second, air_cli_cases_t *set);


#endif /* _AIR_CLI_LEARN_H_INCLUDED_ */
