
/*
 * How much a model may think.  2.5 is told a budget of tokens, 3 and later a
 * level; words of other wires become what Google's own OpenAI endpoint makes
 * of them (ai.google.dev/gemini-api/docs/thinking and /openai, read
 * 2026-11-22).
 */

#include "air_gemini.h"


/* efforts of all wires, the budget and the level that stand for them */
static const struct {
    const char  *name;
    const char  *level;
    uint64_t     budget;
}  air_gemini_efforts[] = {
    { "minimal", "minimal", 1024 },
    { "low", "low", 1024 },
    { "medium", "medium", 8192 },
    { "high", "high", 24576 },
    { "xhigh", "high", 24576 },
    { "max", "high", 24576 }
};

#define AIR_GEMINI_NEFFORTS  6
#define AIR_GEMINI_HIGH      3


static unsigned
air_gemini_effort(air_str_t name)
{
    unsigned  i;

    for (i = 0; i < AIR_GEMINI_NEFFORTS; i++) {
        if (air_str_eqz(name, air_gemini_efforts[i].name)) {
            break;
        }
    }

    return i;
}


static void
air_gemini_thinking_member(air_gemini_write_t *w, const char *name,
    unsigned *n)
{
    air_buf_z(w->b, (*n)++ ? ",\"" : "\"");
    air_buf_z(w->b, name);
    air_buf_z(w->b, "\":");
}


static void
air_gemini_budget(air_gemini_write_t *w, const air_reasoning_t *r, int quiet,
    unsigned *n)
{
    unsigned     i;
    uint64_t     budget;
    const char  *field;

    field = r->has_budget ? "reasoning.max_tokens" : "reasoning_effort";

    if (quiet) {
        budget = 0;

        if (!w->model.quiet) {
            budget = w->model.least;
            air_warnings_addz(w->lost, r->effort.len ? "reasoning_effort"
                                                     : "reasoning.enabled",
                              AIR_LOST_MODEL);
        }

    } else if (r->has_budget) {
        budget = r->budget;

    } else if (r->effort.len != 0) {

        i = air_gemini_effort(r->effort);

        if (i == AIR_GEMINI_NEFFORTS) {
            air_warnings_addz(w->lost, field, AIR_LOST_VALUE);
            return;
        }

        if (i > AIR_GEMINI_HIGH) {
            air_warnings_addz(w->lost, field, AIR_LOST_CHANGED);
        }

        budget = air_gemini_efforts[i].budget;

    } else {

        /* as much as it likes */

        air_gemini_thinking_member(w, "thinkingBudget", n);
        air_buf_z(w->b, "-1");
        return;
    }

    if (!quiet && (budget < w->model.least || budget > w->model.most)) {
        budget = budget < w->model.least ? w->model.least : w->model.most;

        if (r->has_budget) {
            air_warnings_addz(w->lost, field, AIR_LOST_CHANGED);
        }
    }

    air_gemini_thinking_member(w, "thinkingBudget", n);
    air_buf_uint(w->b, budget);
}


static void
air_gemini_level(air_gemini_write_t *w, const air_reasoning_t *r, int quiet,
    unsigned *n)
{
    unsigned  i;

    if (quiet) {
        i = 0;
        air_warnings_addz(w->lost, r->effort.len ? "reasoning_effort"
                                                 : "reasoning.enabled",
                          AIR_LOST_MODEL);

    } else if (r->effort.len != 0) {

        i = air_gemini_effort(r->effort);

        if (i == AIR_GEMINI_NEFFORTS) {
            air_warnings_addz(w->lost, "reasoning_effort", AIR_LOST_VALUE);
            return;
        }

        if (i > AIR_GEMINI_HIGH) {
            air_warnings_addz(w->lost, "reasoning_effort", AIR_LOST_CHANGED);
        }

    } else if (r->has_budget) {

        /* these models have words, not numbers */

        i = r->budget <= 2048 ? 1 : r->budget <= 8192 ? 2 : AIR_GEMINI_HIGH;
        air_warnings_addz(w->lost, "reasoning.max_tokens",
                          AIR_LOST_CHANGED);

    } else {
        return;
    }

    /* words that not every model has */

    if (i == 2 && !w->model.medium) {
        i = AIR_GEMINI_HIGH;
        air_warnings_addz(w->lost, "reasoning_effort", AIR_LOST_CHANGED);
    }

    if (i == 0 && !w->model.minimal) {
        i = 1;

        if (!quiet) {
            air_warnings_addz(w->lost, "reasoning_effort", AIR_LOST_CHANGED);
        }
    }

    air_gemini_thinking_member(w, "thinkingLevel", n);
    air_buf_json(w->b, air_str_z(air_gemini_efforts[i].level));
}


static void
air_gemini_thinking_own(air_gemini_write_t *w, const air_reasoning_t *r,
    unsigned *n)
{
    if (r->has_budget) {
        air_gemini_thinking_member(w, "thinkingBudget", n);
        air_buf_uint(w->b, r->budget);

    } else if (r->enabled == AIR_ON) {
        air_gemini_thinking_member(w, "thinkingBudget", n);
        air_buf_z(w->b, "-1");
    }

    if (r->effort.len != 0) {
        air_gemini_thinking_member(w, "thinkingLevel", n);
        air_buf_json(w->b, r->effort);
    }

    if (r->exclude != AIR_UNSET) {
        air_gemini_thinking_member(w, "includeThoughts", n);
        air_buf_z(w->b, r->exclude == AIR_OFF ? "true" : "false");
    }
}


void
air_gemini_thinking_write(air_gemini_write_t *w, const air_reasoning_t *r,
    unsigned *members)
{
    int       quiet, asked;
    size_t    mark;
    unsigned  n;

    quiet = r->enabled == AIR_OFF || air_str_eqz(r->effort, "none")
            || (r->has_budget && r->budget == 0);
    asked = r->enabled == AIR_ON || r->has_budget || r->effort.len != 0;

    if (w->own ? !asked && r->exclude == AIR_UNSET : !asked && !quiet) {
        return;
    }

    if (!w->own && w->model.think == AIR_GEMINI_THINK_NEVER) {

        if (!quiet) {
            air_warnings_addz(w->lost, r->effort.len ? "reasoning_effort"
                                                     : "reasoning",
                              AIR_LOST_MODEL);
        }

        return;
    }

    n = 0;
    mark = w->b->len;

    air_buf_z(w->b, *members ? ",\"thinkingConfig\":{"
                             : "\"thinkingConfig\":{");

    if (w->own) {
        air_gemini_thinking_own(w, r, &n);

    } else {

        if (w->model.think == AIR_GEMINI_THINK_BUDGET) {
            air_gemini_budget(w, r, quiet, &n);

        } else {
            air_gemini_level(w, r, quiet, &n);
        }

        if (!quiet && r->exclude != AIR_ON) {
            air_gemini_thinking_member(w, "includeThoughts", &n);
            air_buf_z(w->b, "true");
        }
    }

    air_buf_z(w->b, "}");

    if (n != 0) {
        (*members)++;

    } else if (w->b->error == AIR_OK) {
        w->b->len = mark;
    }
}
