
/*
 * Floors for tests: a list of checks against an answer that is only text.
 */

#ifndef _FLOOR_H_INCLUDED_
#define _FLOOR_H_INCLUDED_


#include "../../ngx_ai_router_module/core/air_answer.h"
#include "mem.h"
#include "tap.h"


static air_answer_t   floor_answer;
static air_asked_t    floor_asked;
static air_verdict_t  floor_verdict;


/* An answer of a text, ended as it should be. */
static inline air_answer_t *
floor_said(air_str_t text)
{
    memset(&floor_answer, 0, sizeof(floor_answer));
    memset(&floor_asked, 0, sizeof(floor_asked));

    floor_answer.text = text;
    floor_answer.finish = AIR_FINISH_STOP;

    return &floor_answer;
}


/* Judges floor_answer by the checks, which stand between blanks. */
static inline air_verdict_e
floor_judge(const char *checks)
{
    int           rc;
    char          why[200];
    mem_t         m;
    size_t        n;
    air_mem_t     mem;
    air_floor_t  *floor;

    mem = mem_init(&m, 0);
    floor = air_floor_create(&mem);
    rc = AIR_OK;

    for ( /* void */ ; *checks != '\0'; checks += n + (checks[n] == ' ')) {

        n = strcspn(checks, " ");
        rc = air_floor_add(floor, air_str_n(checks, n), air_str_n(NULL, 0),
                           &mem, why, sizeof(why));

        if (rc != AIR_OK) {
            printf("# %.*s: %d %s\n", (int) n, checks, rc, why);
            break;
        }
    }

    if (rc == AIR_OK) {
        rc = air_floor_judge(floor, &floor_answer, &floor_asked, &mem,
                             &floor_verdict);
    }

    air_floor_free(floor);
    mem_free(&m);

    return rc == AIR_OK ? floor_verdict.verdict : AIR_VERDICT_NONE;
}


/* ... of a text. */
static inline air_verdict_e
floor_of(const char *checks, const char *text)
{
    (void) floor_said(air_str_z(text));

    return floor_judge(checks);
}


#endif /* _FLOOR_H_INCLUDED_ */
