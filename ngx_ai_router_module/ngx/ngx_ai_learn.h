
/*
 * Learned routing at work: what a "learn" directive says, and the weights
 * that a worker has for it.
 */

#ifndef _NGX_AI_LEARN_H_INCLUDED_
#define _NGX_AI_LEARN_H_INCLUDED_


#include "ngx_ai_router_module.h"
#include "../store/air_weights.h"


/* why a request of a learning workflow goes where it goes */
typedef enum {
    NGX_AI_LEARN_NONE = 0,
    NGX_AI_LEARN_SCORE,                   /* its need says so               */
    NGX_AI_LEARN_WEIGHTS,                 /* strong: there are none         */
    NGX_AI_LEARN_FEW,                     /* strong: few were seen yet      */
    NGX_AI_LEARN_UNLIKE,                  /* strong: the traffic is unlike
                                             the labelled                   */
    NGX_AI_LEARN_NOVEL                    /* strong: the request is         */
} ngx_ai_learn_why_e;


struct ngx_ai_learn_s {
    ngx_ai_learn_t       *next;           /* of the same workflow           */
    ngx_str_t             workflow;
    ngx_ai_place_t        place;
    ngx_uint_t            tasks;          /* bit a class                    */
    ngx_uint_t            keep;           /* permille that is promised      */
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
    unsigned              named:1;        /* by "weights="                  */
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

/* Once the request is routed: counts it, into the watch too. */
void ngx_ai_learn_count(ngx_ai_ctx_t *ctx);

/* The name of a reason: score, weights, few, unlike, novel. */
const char *ngx_ai_learn_why(ngx_ai_learn_why_e why);

/* Worker: takes the weights that are there, and looks for new ones. */
ngx_int_t ngx_ai_learn_init_process(ngx_cycle_t *cycle,
    ngx_ai_main_conf_t *amcf);


#endif /* _NGX_AI_LEARN_H_INCLUDED_ */
