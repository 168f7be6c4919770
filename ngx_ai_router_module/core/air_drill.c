
/*
 * The arithmetic of drills.
 */

#include "air_drill.h"


int
air_drill_hit(const unsigned char drill[AIR_DRILL_ID],
    const unsigned char request[16], uint32_t share)
{
    unsigned  i;
    uint64_t  h;

    /* FNV-1a over both, its bits then mixed as splitmix64 does */

    h = UINT64_C(0xcbf29ce484222325);

    for (i = 0; i < AIR_DRILL_ID; i++) {
        h = (h ^ drill[i]) * UINT64_C(0x100000001b3);
    }

    for (i = 0; i < 16; i++) {
        h = (h ^ request[i]) * UINT64_C(0x100000001b3);
    }

    h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
    h ^= h >> 31;

    return h % AIR_DRILL_ALL < share;
}


/* how many of AIR_DRILL_ALL drilled requests failed more than others did */
static uint64_t
air_drill_excess(const air_drill_counts_t *c)
{
    uint64_t  drilled, others;

    drilled = c->drilled ? c->errors * AIR_DRILL_ALL / c->drilled : 0;
    others = c->others ? c->other_errors * AIR_DRILL_ALL / c->others : 0;

    return drilled > others ? drilled - others : 0;
}


air_drill_e
air_drill_judge(const air_drill_rule_t *rule, const air_drill_counts_t *c,
    int64_t now_ms)
{
    if (now_ms >= rule->end_ms) {
        return AIR_DRILL_DONE;
    }

    if (rule->max_errors != AIR_DRILL_ERRORS
        && c->drilled >= AIR_DRILL_ENOUGH
        && air_drill_excess(c) > rule->max_errors)
    {
        return AIR_DRILL_FAILED;
    }

    return AIR_DRILL_RUNS;
}


int
air_drill_passed(const air_drill_rule_t *rule, const air_drill_counts_t *c,
    air_drill_e end)
{
    uint32_t  most;

    most = rule->max_errors != AIR_DRILL_ERRORS ? rule->max_errors
                                                : AIR_DRILL_ALL / 100;

    return end == AIR_DRILL_DONE && c->drilled != 0
           && air_drill_excess(c) <= most;
}


uint64_t
air_drill_added(const air_drill_counts_t *c)
{
    uint64_t  drilled, others;

    if (c->drilled <= c->errors || c->others <= c->other_errors) {
        return 0;
    }

    drilled = c->wait_ms / (c->drilled - c->errors);
    others = c->other_wait_ms / (c->others - c->other_errors);

    return drilled > others ? drilled - others : 0;
}


const char *
air_drill_end_name(air_drill_e end)
{
    static const char *const  name[AIR_NDRILL] = {
        "runs", "done", "stopped", "errors", "gone"
    };

    return (unsigned) end < AIR_NDRILL ? name[end] : "";
}
