
/*
 * From what the walk over the words found to a kind and a class.
 */

#include "air_task_rules.h"


#define AIR_TASK_LEAST   12       /* a score that says something            */
#define AIR_TASK_ASKED   20       /* one that likely is an instruction      */
#define AIR_TASK_TOLD    32       /* one that is                            */


static const char *const  air_task_names[AIR_NTASK] = {
    "other", "classify", "summarise", "extract", "translate", "rewrite", "qa",
    "code", "maths", "reasoning", "creative", "chat", "vision", "long-context"
};

static const struct {
    const char  *name;
    air_task_e   task;
} air_task_kinds[AIR_NKIND] = {
    { "unknown", AIR_TASK_OTHER },
    { "coding", AIR_TASK_CODE },
    { "maths", AIR_TASK_MATHS },
    { "reasoning", AIR_TASK_REASONING },
    { "translation", AIR_TASK_TRANSLATE },
    { "summarization", AIR_TASK_SUMMARISE },
    { "rewriting", AIR_TASK_REWRITE },
    { "extraction", AIR_TASK_EXTRACT },
    { "classification", AIR_TASK_CLASSIFY },
    { "mc_reasoning", AIR_TASK_REASONING },
    { "reading_qa", AIR_TASK_QA },
    { "writing", AIR_TASK_CREATIVE },
    { "brainstorming", AIR_TASK_CREATIVE },
    { "open_qa", AIR_TASK_QA },
    { "chat", AIR_TASK_CHAT }
};


/*
 * Adds what the walk found to score[], times part of 4.  Where the first
 * paragraph tells what to do, the last line is not an instruction but what
 * it is to be done with.
 */
static void
air_task_sum(const air_task_walk_t *w, int *score, int part)
{
    int       head[AIR_NKIND] = { 0 };
    int       told;
    unsigned  i, place;

    told = 0;

    for (i = 0; i < air_task_nrule; i++) {

        if (w->held[i] == AIR_TASK_HEAD) {
            place = air_task_rules[i].kind;
            head[place] += air_task_rules[i].weight * AIR_TASK_HEAD;
            told |= head[place] >= AIR_TASK_TOLD;
        }
    }

    for (i = 0; i < air_task_nrule; i++) {

        place = w->held[i];

        if (told && place == AIR_TASK_TAIL) {
            place = AIR_TASK_MIDDLE;
        }

        if (place) {
            score[air_task_rules[i].kind] += air_task_rules[i].weight
                                             * (int) place * part / 4;
        }
    }
}


static inline int
air_task_simple(unsigned kind)
{
    return kind >= AIR_KIND_TRANSLATION && kind <= AIR_KIND_CLASSIFICATION;
}


/* Whether the words ask for something simple: numbers are its data then. */
static int
air_task_told(const int *score)
{
    unsigned  i;

    for (i = 0; i < AIR_NKIND; i++) {
        if (air_task_simple(i) && score[i] >= AIR_TASK_ASKED) {
            return 1;
        }
    }

    return 0;
}


/* What shape says beside words. */
static void
air_task_shape(const air_task_walk_t *w, const air_task_input_t *in,
    int *score)
{
    if (w->code >= 4) {
        score[AIR_KIND_CODING] += w->code >= 8 ? 30 : 12;
    }

    if (w->choices >= 3 || (w->choices == 2 && w->marks)) {
        score[AIR_KIND_MC_REASONING] += w->choices >= 3 ? 48 : 16;
    }

    if (w->choices >= 3) {
        score[AIR_KIND_CLASSIFICATION] /= 2;
    }

    if (!air_task_told(score)) {

        if ((w->maths >= 2 && w->numbers >= 2) || w->maths >= 4) {
            score[AIR_KIND_MATHS] += w->n < 40 ? 28 : 16;
        }

        if (w->numbers >= 4 && w->marks && in->user.len < 800) {
            score[AIR_KIND_MATHS] += 8;
        }
    }

    if (w->marks && score[AIR_KIND_OPEN_QA] == 0) {
        score[AIR_KIND_OPEN_QA] += 10;
    }

    if (in->user.len > 500 && w->marks) {
        score[AIR_KIND_READING_QA] += 8;
    }

    if (w->n > 12) {
        score[AIR_KIND_CHAT] = 0;
    }
}


static void
air_task_pick(air_task_t *t, const int *score)
{
    int       best, next, hard;
    unsigned  i;

    best = 0;
    next = 0;
    t->kind = AIR_KIND_UNKNOWN;

    for (i = 1; i < AIR_NKIND; i++) {

        if (score[i] > best) {
            next = best;
            best = score[i];
            t->kind = (air_kind_e) i;

        } else if (score[i] > next) {
            next = score[i];
        }
    }

    if (best < AIR_TASK_LEAST) {
        t->kind = AIR_KIND_UNKNOWN;
    }

    t->score = (uint32_t) best;
    t->next = (uint32_t) next;

    /* in doubt it is the hard one: the other error costs quality */

    if (air_task_simple(t->kind)) {

        hard = AIR_KIND_CODING;

        for (i = AIR_KIND_CODING; i <= AIR_KIND_REASONING; i++) {
            hard = score[i] > score[hard] ? (int) i : hard;
        }

        if (score[hard] >= AIR_TASK_LEAST && score[hard] * 3 > best * 2) {
            t->kind = (air_kind_e) hard;
        }
    }
}


air_task_t
air_task_of(const air_task_words_t *words, const air_task_input_t *in)
{
    int              score[AIR_NKIND] = { 0 };
    air_task_t       t;
    air_task_walk_t  w;

    air_task_walk(&w, words, in->user, in->user_escaped);
    air_task_sum(&w, score, 4);
    air_task_shape(&w, in, score);

    if (in->system.len != 0) {
        air_task_walk(&w, words, in->system, in->system_escaped);
        air_task_sum(&w, score, 2);
    }

    air_task_pick(&t, score);
    t.task = air_task_kinds[t.kind].task;

    if (in->images) {
        t.task = AIR_TASK_VISION;

    } else if (in->bytes >= AIR_TASK_LONG_BYTES) {
        t.task = AIR_TASK_LONG;

    } else if (in->schema && t.kind == AIR_KIND_UNKNOWN) {
        t.task = AIR_TASK_EXTRACT;
    }

    return t;
}


const char *
air_task_name(air_task_e task)
{
    return (unsigned) task < AIR_NTASK ? air_task_names[task] : "other";
}


const char *
air_task_kind_name(air_kind_e kind)
{
    return (unsigned) kind < AIR_NKIND ? air_task_kinds[kind].name
                                       : "unknown";
}


air_task_e
air_task_of_kind(air_kind_e kind)
{
    return (unsigned) kind < AIR_NKIND ? air_task_kinds[kind].task
                                       : AIR_TASK_OTHER;
}


air_task_e
air_task_by_name(air_str_t name)
{
    unsigned  i;

    static const struct {
        const char  *name;
        air_task_e   task;
    } also[] = {
        { "summarize", AIR_TASK_SUMMARISE },
        { "math", AIR_TASK_MATHS },
        { "coding", AIR_TASK_CODE }
    };

    for (i = 0; i < AIR_NTASK; i++) {
        if (air_str_eqz(name, air_task_names[i])) {
            return (air_task_e) i;
        }
    }

    for (i = 0; i < sizeof(also) / sizeof(also[0]); i++) {
        if (air_str_eqz(name, also[i].name)) {
            return also[i].task;
        }
    }

    return AIR_NTASK;
}
