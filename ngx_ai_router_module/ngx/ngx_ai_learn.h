
/*
 * Learned routing at work: what a "learn" directive says, and the weights
 * that a worker has for it.
 */

#ifndef _NGX_AI_LEARN_H_INCLUDED_
#define _NGX_AI_LEARN_H_INCLUDED_


#include "ngx_ai_router_module.h"
#include "../store/air_learner.h"
#include "../store/air_weights.h"


/* why a request of a learning workflow goes where it goes */
typedef enum {
    NGX_AI_LEARN_NONE = 0,
    NGX_AI_LEARN_SCORE,                   /* its need says so               */
    NGX_AI_LEARN_WEIGHTS,                 /* strong: there are none         */
    NGX_AI_LEARN_FEW,                     /* strong: few were seen yet      */
    NGX_AI_LEARN_UNLIKE,                  /* strong: the traffic is unlike
                                             the labelled                   */
    NGX_AI_LEARN_NOVEL,                   /* strong: the request is         */
    NGX_AI_LEARN_EXPLORE                  /* the other one's turn           */
} ngx_ai_learn_why_e;


struct ngx_ai_learn_s {
    ngx_ai_learn_t       *next;           /* of the same workflow           */
    ngx_str_t             workflow;
    ngx_ai_place_t        place;
    ngx_uint_t            tasks;          /* bit a class                    */
    ngx_uint_t            keep;           /* permille that is promised      */
    ngx_uint_t            explore;        /* ten-thousandths, 0: never      */
    ngx_uint_t            strong;         /* groups, the strong one's first */
    ngx_uint_t            cheap;
    ngx_str_t             file;           /* of weights, NUL-terminated     */
    ngx_uint_t            zone;           /* index in the zone              */
    uint64_t              id;             /* there                          */
    char                  pair[AIR_LEARN_PAIR];

    /* of a worker */
    air_learn_t          *model;          /* room, or NULL: none            */
    air_learn_t          *room;
    uint64_t              sum;            /* of it                          */

    /* of a task in a thread, while amcf->learning */
    air_weights_mark_t    mark;
    air_learn_t          *fresh;
    uint64_t              fresh_sum;
    air_err_t             err;
    int                   rc;
    int                   said;           /* the last failure that was told */
    uint64_t              looked;         /* labels when it was last tried  */
    air_learner_work_t    work;
    air_err_t             work_err;
    int                   work_rc;

    unsigned              named:1;        /* by "weights="                  */
    unsigned              samples:1;      /* requests are kept              */
    unsigned              random:1;       /* labels are not chosen by the
                                             answer                         */
};


/* Setter of "learn", in a workflow and in a "task" of one. */
char *ngx_ai_conf_learn(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* After parsing, for each workflow: where the weights are, what is promised
   for which classes.  NGX_OK, or NGX_ERROR, logged. */
ngx_int_t ngx_ai_conf_learn_check(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf,
    ngx_ai_workflow_t *wf);


/* Decides for a workflow that learns, and a request of these classes (bits),
   which of its two goes first: ctx->learn, learn_cheap, learn_why.  Changes
   nothing else. */
void ngx_ai_learn(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf, ngx_uint_t tasks);

/* The group of a choice, as was decided. */
ngx_uint_t ngx_ai_learn_group(ngx_ai_ctx_t *ctx, ngx_ai_choice_t *choice);

/* Once the request is routed: counts it, into the watch too, and keeps a
   sample of it. */
void ngx_ai_learn_count(ngx_ai_ctx_t *ctx);

/* An attempt answers the caller. */
void ngx_ai_learn_served(ngx_ai_attempt_t *att);

/* An answer was graded by the floor, permille, and may go, or has failed. */
void ngx_ai_learn_judged(ngx_ai_attempt_t *att, ngx_uint_t grade);

/*
 * How good an answer was, permille, or AIR_SAMPLE_NONE to ask only whether
 * the request is known; which: AIR_SAMPLE_CHEAP, _STRONG or _SERVED.  key is
 * air_samples_key(id) or ngx_ai_learn_reply(); id and owner may be NULL.
 * NGX_OK, or NGX_DECLINED when no such request is kept.
 */
ngx_int_t ngx_ai_learn_outcome(ngx_ai_main_conf_t *amcf, uint64_t key,
    u_char *id, uint64_t *owner, ngx_uint_t which, ngx_uint_t grade);

/* The key of a reply by its own id, never 0. */
uint64_t ngx_ai_learn_reply(air_str_t id);

/* Who may grade what this request's caller asked for. */
uint64_t ngx_ai_learn_owner(ngx_ai_ctx_t *ctx);

/* The name of a reason: score, weights, few, unlike, novel, explore. */
const char *ngx_ai_learn_why(ngx_ai_learn_why_e why);

/* Worker: takes the weights that are there, and looks for new ones. */
ngx_int_t ngx_ai_learn_init_process(ngx_cycle_t *cycle,
    ngx_ai_main_conf_t *amcf);

/* Appends ,"learn":[...] of all workflows that learn, for status.json. */
void ngx_ai_learn_status(ngx_ai_main_conf_t *amcf, air_buf_t *b);

/* Worker: lets go of the samples. */
void ngx_ai_learn_exit_process(ngx_ai_main_conf_t *amcf);


/* ---- ngx_ai_feedback.c ------------------------------------------------ */

/* 1 when the path below the location is that of feedback, and some workflow
   keeps samples. */
ngx_uint_t ngx_ai_feedback_asked(ngx_ai_ctx_t *ctx);

/* Answers it; returns as a content handler. */
ngx_int_t ngx_ai_feedback(ngx_ai_ctx_t *ctx);


#endif /* _NGX_AI_LEARN_H_INCLUDED_ */
