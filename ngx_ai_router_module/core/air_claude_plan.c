
/*
 * How much a model may think and write: decided before anything is written,
 * because thinking, its budget, max_tokens, sampling and forced tools hang
 * together (platform.claude.com/docs, extended thinking and adaptive
 * thinking, read 2026-11-22: a budget is at least 1,024 and less than
 * max_tokens; no forced tool beside it; the last turn of calls must begin
 * with its thinking).
 */

#include "air_claude.h"


#define AIR_CLAUDE_LEAST  1024

#define AIR_CLAUDE_ONE    ((uint64_t) 1000000000)         /* of 1e-9        */
#define AIR_CLAUDE_P      ((uint64_t) 950000000)          /* 0.95           */


typedef struct {
    const air_msg_request_t  *msg;
    const air_claude_t       *model;
    air_claude_plan_t        *plan;
    air_warnings_t           *lost;
} air_claude_work_t;


/* efforts and the budgets that stand for them */
static const struct {
    const char  *name;
    const char  *effort;
    uint64_t     budget;
}  air_claude_efforts[] = {
    { "minimal", "low", 1024 },
    { "low", "low", 2048 },
    { "medium", "medium", 8192 },
    { "high", "high", 16384 },
    { "xhigh", "xhigh", 24576 },
    { "max", "max", 32000 }
};

#define AIR_CLAUDE_NEFFORTS  6


static unsigned
air_claude_effort(air_str_t name)
{
    unsigned  i;

    for (i = 0; i < AIR_CLAUDE_NEFFORTS; i++) {
        if (air_str_eqz(name, air_claude_efforts[i].name)) {
            break;
        }
    }

    return i;
}


/* 1 when the last calls have no thinking before them that may be said. */
static int
air_claude_thoughtless(const air_msg_request_t *msg)
{
    int                calls, begins;
    const air_part_t  *p;
    const air_turn_t  *turn;

    calls = 0;
    begins = 0;

    for (turn = msg->turns; turn != NULL; turn = turn->next) {

        if (turn->role == AIR_ROLE_ASSISTANT) {

            p = turn->parts;
            begins = p != NULL
                     && (p->type == AIR_PART_THINKING
                         || p->type == AIR_PART_REDACTED)
                     && air_msg_issued(p->issuer, AIR_CLAUDE_ISSUER);

            for (calls = 0; p != NULL; p = p->next) {
                calls |= p->type == AIR_PART_TOOL_CALL;
            }

        } else if (turn->role == AIR_ROLE_USER && turn->parts != NULL
                   && turn->last->type != AIR_PART_TOOL_RESULT)
        {
            /* a new question: what was thought before does not matter */
            calls = 0;
        }
    }

    return calls && !begins;
}


static void
air_claude_plan_budget(air_claude_work_t *o)
{
    unsigned                i;
    uint64_t                budget, room;
    const char             *field;
    const air_reasoning_t  *r;

    r = &o->msg->reasoning;
    field = r->has_budget ? "reasoning.max_tokens"
            : r->effort.len ? "reasoning_effort" : "reasoning";

    if (o->msg->tool_choice.how == AIR_CHOOSE_ANY
        || o->msg->tool_choice.how == AIR_CHOOSE_ONE
        || air_claude_thoughtless(o->msg))
    {
        air_warnings_addz(o->lost, field, AIR_LOST_VALUE);
        return;
    }

    if (r->has_budget) {
        budget = r->budget;

    } else {
        i = air_claude_effort(r->effort);
        budget = air_claude_efforts[i < AIR_CLAUDE_NEFFORTS ? i
                                                                  : 2].budget;
    }

    /* the answer needs room beside it */

    if (o->msg->has_max_output) {
        room = o->plan->max_tokens / 2 < AIR_CLAUDE_LEAST
               ? o->plan->max_tokens - 1 : o->plan->max_tokens / 2;

        if (o->plan->max_tokens <= AIR_CLAUDE_LEAST) {
            air_warnings_addz(o->lost, field, AIR_LOST_VALUE);
            return;
        }

    } else {
        room = o->model->max_output ? o->model->max_output / 2 : UINT64_MAX / 2;
    }

    if (budget < AIR_CLAUDE_LEAST || budget > room) {

        /* a number is a number, an effort leaves room to choose */

        if (r->has_budget) {
            air_warnings_addz(o->lost, field, AIR_LOST_CHANGED);
        }

        budget = budget > room ? room : AIR_CLAUDE_LEAST;
    }

    o->plan->think = AIR_CLAUDE_BUDGET;
    o->plan->budget = budget;

    if (!o->msg->has_max_output) {
        o->plan->max_tokens += budget;

        if (o->model->max_output
            && o->plan->max_tokens > o->model->max_output)
        {
            o->plan->max_tokens = o->model->max_output;
        }
    }
}


static void
air_claude_plan_adaptive(air_claude_work_t *o)
{
    unsigned                i;
    const air_reasoning_t  *r;

    r = &o->msg->reasoning;
    o->plan->think = AIR_CLAUDE_ADAPTIVE;

    if (r->effort.len != 0) {
        i = air_claude_effort(r->effort);

        if (i == AIR_CLAUDE_NEFFORTS) {
            air_warnings_addz(o->lost, "reasoning_effort", AIR_LOST_VALUE);
            return;
        }

    } else if (r->has_budget) {

        /* these models have words, not numbers */

        i = r->budget <= 2048 ? 1 : r->budget <= 8192 ? 2 : 3;
        air_warnings_addz(o->lost, "reasoning.max_tokens",
                          AIR_LOST_CHANGED);

    } else {
        return;
    }

    if ((i == 4 && !o->model->xhigh) || (i == 5 && !o->model->max)) {
        i = 3;
        air_warnings_addz(o->lost, "reasoning_effort", AIR_LOST_CHANGED);
    }

    o->plan->effort = air_str_z(air_claude_efforts[i].effort);
}


/* Asked not to think. */
static void
air_claude_plan_quiet(air_claude_work_t *o)
{
    if (!o->model->thinks) {
        return;
    }

    if (o->model->quiet) {
        o->plan->think = AIR_CLAUDE_DISABLED;
        return;
    }

    o->plan->effort = air_str_z("low");
    air_warnings_addz(o->lost, o->msg->reasoning.effort.len
                                 ? "reasoning_effort" : "reasoning.enabled",
                      AIR_LOST_MODEL);
}


static void
air_claude_plan_own(air_claude_work_t *o)
{
    const air_reasoning_t  *r;

    r = &o->msg->reasoning;

    o->plan->effort = r->effort;
    o->plan->budget = r->budget;
    o->plan->think = r->enabled == AIR_OFF ? AIR_CLAUDE_DISABLED
                     : r->has_budget ? AIR_CLAUDE_BUDGET
                     : r->enabled == AIR_ON ? AIR_CLAUDE_ADAPTIVE
                                            : AIR_CLAUDE_SILENT;
}


static void
air_claude_plan_thought(air_claude_work_t *o, int own, int demanded)
{
    const air_claude_t       *model;
    const air_reasoning_t    *r;
    air_claude_plan_t        *plan;
    const air_msg_request_t  *msg;

    msg = o->msg;
    model = o->model;
    plan = o->plan;

    r = &msg->reasoning;
    plan->max_tokens = msg->max_output;

    if (own) {
        air_claude_plan_own(o);

        if (msg->has_max_output) {
            return;
        }
    }

    if (msg->op == AIR_OP_COUNT_TOKENS) {
        return;
    }

    if (!msg->has_max_output) {
        plan->max_tokens = model->default_output;

        if (demanded) {
            air_warnings_addz(o->lost, "max_tokens", AIR_LOST_ADDED);
        }

    } else if (model->max_output != 0
               && plan->max_tokens > model->max_output)
    {
        plan->max_tokens = model->max_output;
        air_warnings_addz(o->lost, "max_tokens", AIR_LOST_CHANGED);
    }

    if (own) {
        return;
    }

    if (r->enabled == AIR_OFF || air_str_eqz(r->effort, "none")
        || (r->has_budget && r->budget == 0))
    {
        air_claude_plan_quiet(o);

    } else if (r->enabled == AIR_ON || r->has_budget || r->effort.len != 0) {

        switch (model->think) {

        case AIR_CLAUDE_THINK_NEVER:
            air_warnings_addz(o->lost, r->effort.len ? "reasoning_effort"
                                                     : "reasoning",
                              AIR_LOST_MODEL);
            break;

        case AIR_CLAUDE_THINK_BUDGET:
            air_claude_plan_budget(o);
            break;

        case AIR_CLAUDE_THINK_ADAPTIVE:
            air_claude_plan_adaptive(o);
            break;
        }
    }
}


/* Temperature, top_p, top_k: newer models take none, none beside thinking. */
static void
air_claude_plan_sampling(air_claude_work_t *o)
{
    int                       thinks, warm;
    uint64_t                  t, p;
    const air_claude_t       *model;
    const air_msg_request_t  *m;

    m = o->msg;
    model = o->model;

    thinks = o->plan->think == AIR_CLAUDE_BUDGET
             || o->plan->think == AIR_CLAUDE_ADAPTIVE;
    warm = 0;

    if (m->temperature.len != 0) {

        t = air_msg_decimal(m->temperature);

        if (!model->sampling || thinks) {

            /* 1 is what they use anyway */

            if (t != AIR_CLAUDE_ONE) {
                air_warnings_addz(o->lost, "temperature",
                                  model->sampling ? AIR_LOST_VALUE
                                                  : AIR_LOST_MODEL);
            }

        } else if (t > AIR_CLAUDE_ONE) {
            warm = 1;
            o->plan->temperature = air_str_z("1");
            air_warnings_addz(o->lost, "temperature", AIR_LOST_CHANGED);

        } else {
            warm = 1;
            o->plan->temperature = m->temperature.data[0] == '-'
                                   ? air_str_z("0") : m->temperature;
        }
    }

    if (m->top_p.len != 0) {

        p = air_msg_decimal(m->top_p);

        if (!model->sampling || (warm && !model->both)) {

            if (p != AIR_CLAUDE_ONE) {
                air_warnings_addz(o->lost, "top_p", AIR_LOST_MODEL);
            }

        } else if (thinks && p < AIR_CLAUDE_P) {
            air_warnings_addz(o->lost, "top_p", AIR_LOST_VALUE);

        } else {
            o->plan->top_p = m->top_p;
        }
    }

    if (m->top_k.len != 0) {

        if (!model->sampling || thinks) {
            air_warnings_addz(o->lost, "top_k",
                              thinks ? AIR_LOST_VALUE : AIR_LOST_MODEL);

        } else {
            o->plan->top_k = m->top_k;
        }
    }
}


void
air_claude_plan(const air_msg_request_t *msg, const air_claude_t *model,
    int own, int demanded, air_claude_plan_t *plan, air_warnings_t *lost)
{
    air_claude_work_t  o;

    memset(plan, 0, sizeof(air_claude_plan_t));

    o.msg = msg;
    o.model = model;
    o.plan = plan;
    o.lost = lost;

    air_claude_plan_thought(&o, own, demanded);

    if (!own) {
        air_claude_plan_sampling(&o);
        return;
    }

    plan->temperature = msg->temperature;
    plan->top_p = msg->top_p;
    plan->top_k = msg->top_k;
}
