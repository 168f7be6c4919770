
/*
 * The quality floor at work: what a workflow's "floor" says, the judging of an
 * answer, and what comes after one that fails.
 */

#ifndef _NGX_AI_FLOOR_H_INCLUDED_
#define _NGX_AI_FLOOR_H_INCLUDED_


#include "ngx_ai_conf.h"
#include "../core/air_floor.h"


#define NGX_AI_FLOOR_ASKS  8      /* checks of one floor that ask somebody  */


/* a check that somebody must be asked for */
typedef struct {
    air_floor_e           check;          /* AIR_FLOOR_AGREE, _JUDGE, _EVAL */
    ngx_str_t             uri;            /* of eval                        */
    ngx_str_t             args;
    ngx_ai_ref_t          ref;            /* of the others: who             */
    ngx_str_t             prompt;         /* of judge: what is said         */
    ngx_uint_t            min;            /* of judge: permille that pass   */
} ngx_ai_floor_ask_t;


/* "floor" directives of a workflow */
struct ngx_ai_floor_s {
    ngx_ai_place_t        place;          /* of the first                   */
    air_floor_t          *core;           /* checks that ask nobody         */
    ngx_array_t           written;        /* ngx_str_t: every check         */
    ngx_array_t           asks;           /* ngx_ai_floor_ask_t             */
    unsigned              after:1;        /* streams are not held           */
    unsigned              strict:1;       /* unsure is failed               */
    unsigned              stream_set:1;
    unsigned              unsure_set:1;
    unsigned              checks:1;       /* core has some                  */
};


/* a stream's answer in its pieces, ngx_ai_gather.c */
typedef struct ngx_ai_gather_s  ngx_ai_gather_t;


/* somebody who was asked */
typedef struct {
    ngx_ai_judging_t     *judging;
    ngx_ai_floor_ask_t   *ask;
    ngx_http_request_t   *sr;             /* of eval                        */
    ngx_str_t             said;           /* the beginning of its body      */
    unsigned              done:1;
} ngx_ai_evaluated_t;


/* an attempt's answer while it is judged */
struct ngx_ai_judging_s {
    ngx_ai_attempt_t     *att;
    air_msg_reply_t      *reply;          /* neutral                        */
    air_answer_t         *answer;         /* of each choice                 */
    ngx_uint_t            n;
    air_asked_t           question;
    ngx_uint_t            pending;        /* who was asked and did not say  */
    ngx_event_t           timer;
    ngx_ai_evaluated_t    asked[NGX_AI_FLOOR_ASKS];
    unsigned              started:1;
    unsigned              over:1;
};


/* ---- ngx_ai_conf_floor.c ---------------------------------------------- */

/* Setters, as all. */
char *ngx_ai_conf_floor(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_escalate(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_floor_fail(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* Whom answers that fail escalate to, behind all other choices; NGX_OK or
   NGX_ERROR, logged. */
ngx_int_t ngx_ai_conf_escalates(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf);

/* After parsing: who is asked.  NGX_OK or NGX_ERROR, logged. */
ngx_int_t ngx_ai_conf_floor_resolve(ngx_ai_resolve_t *rs,
    ngx_ai_workflow_t *wf);

/* Notes who is asked beside the workflow's requests, to be counted.  NGX_OK or
   NGX_ERROR. */
ngx_int_t ngx_ai_conf_helper(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf,
    ngx_ai_target_t *target);

/* At a workflow's end: what its directives say together.  NGX_CONF_OK, or an
   error already logged. */
char *ngx_ai_conf_floor_check(ngx_conf_t *cf, ngx_ai_workflow_t *wf);


/* ---- ngx_ai_floor.c --------------------------------------------------- */

/* 1 when the attempt's answers are judged. */
ngx_uint_t ngx_ai_floor_on(ngx_ai_ctx_t *ctx);

/* 1 when nothing of its stream goes out before it is judged. */
ngx_uint_t ngx_ai_floor_holds(ngx_ai_attempt_t *att);

/*
 * Judges a whole reply that holds something; doc is its body.  NGX_OK: it may
 * go to the caller; NGX_DECLINED: it failed, att->fault says so; NGX_AGAIN:
 * somebody must be asked, once its subrequest is over (att->waits);
 * NGX_ERROR.
 */
ngx_int_t ngx_ai_floor_reply(ngx_ai_attempt_t *att,
    const air_json_doc_t *doc);

/* The same for a stream that is over, from what was gathered of it. */
ngx_int_t ngx_ai_floor_stream(ngx_ai_attempt_t *att);

/* What is held of a stream has grown by len bytes; NGX_OK: more may be held;
   NGX_DECLINED: it is let go, unjudged; NGX_DONE: it failed for that. */
ngx_int_t ngx_ai_floor_held(ngx_ai_attempt_t *att, size_t len);

/*
 * The main request of an attempt that waits for its verdict, whenever it is
 * woken.  NGX_AGAIN: it is not known yet; NGX_OK: the answer may go;
 * NGX_DECLINED: it failed.
 */
ngx_int_t ngx_ai_floor_wait(ngx_ai_attempt_t *att);

/* The request ends: nobody waits any longer. */
void ngx_ai_floor_forget(ngx_ai_ctx_t *ctx);

/* What was found goes into the attempt's record. */
void ngx_ai_floor_record(ngx_ai_attempt_t *att, air_record_t *rec);

/* Counts a verdict, and tells it to a workflow that learns, when the attempt
   is booked. */
void ngx_ai_floor_book(ngx_ai_attempt_t *att);

/* Fills a verdict; why is cut to its room. */
void ngx_ai_floor_say(air_verdict_t *v, air_verdict_e verdict,
    air_floor_e check, const char *why);

/* Adds one verdict to another: the first that failed counts, else the first
   that is unsure. */
void ngx_ai_floor_merge(air_verdict_t *all, const air_verdict_t *one);

/* The i-th that was asked has said so; the main request is to be woken. */
void ngx_ai_floor_told(ngx_ai_judging_t *j, ngx_uint_t i, air_verdict_t *v);

/* The name of the check that failed, or could not be made; else nothing. */
void ngx_ai_floor_check(ngx_ai_attempt_t *att, air_buf_t *b);

/* Of each answer that failed, or could not be judged: which check, and why. */
void ngx_ai_floor_reason(ngx_ai_ctx_t *ctx, air_buf_t *b);

/* pUSD that the floor cost besides the answer given: those that failed, and
   who was asked of them as far as he answered; AIR_UNKNOWN. */
uint64_t ngx_ai_floor_cost(ngx_ai_ctx_t *ctx);


/* ---- ngx_ai_opinion.c ------------------------------------------------- */

/* The request begins: asks for second opinions. */
void ngx_ai_opinion_begin(ngx_ai_ctx_t *ctx);

/* Compares with the second opinion; asks the judge.  ngx_ai_floor_told() is
   called then or later. */
void ngx_ai_opinion_agree(ngx_ai_judging_t *j, ngx_uint_t i);
void ngx_ai_opinion_judge(ngx_ai_judging_t *j, ngx_uint_t i);

/* The request is over: what runs is booked, and nobody waits for it. */
void ngx_ai_opinion_forget(ngx_ai_ctx_t *ctx);


/* ---- ngx_ai_eval.c ---------------------------------------------------- */

/* Asks a location; ngx_ai_floor_told() is called then or later. */
void ngx_ai_eval(ngx_ai_judging_t *j, ngx_uint_t i);

/* 1 when the subrequest is such a question: its filters take the answer. */
ngx_uint_t ngx_ai_eval_of(ngx_http_request_t *sr);
ngx_int_t ngx_ai_eval_header(ngx_http_request_t *sr);
ngx_int_t ngx_ai_eval_body(ngx_http_request_t *sr, ngx_chain_t *in);


/* ---- ngx_ai_escalate.c ------------------------------------------------ */

/* Fills ctx->escalate with the targets to escalate to, in their order, from
   the n candidates behind the ordinary ones.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_escalate_order(ngx_ai_ctx_t *ctx, air_candidate_t *cand,
    ngx_uint_t n, const air_wants_t *wants, air_route_key_t *work);

/* The attempt's answer failed: whom ctx->order has next is whom it escalates
   to.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_escalate_next(ngx_ai_attempt_t *att);

/* The answer to be given when nobody's passed, or NULL: refuse. */
ngx_ai_attempt_t *ngx_ai_escalate_best(ngx_ai_ctx_t *ctx);

/* The last attempt whose answer failed the floor, or NULL. */
ngx_ai_attempt_t *ngx_ai_escalate_failed(ngx_ai_ctx_t *ctx);

/* The error for the caller.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_escalate_error(ngx_ai_attempt_t *att, air_error_t *error);

/* The member ,"floor":{...} of a plan. */
void ngx_ai_escalate_plan(ngx_ai_ctx_t *ctx, air_buf_t *b);


/* ---- ngx_ai_deliver.c ------------------------------------------------- */

/* The bytes that were kept of an answer, with what is told of the decision: a
   chain.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_deliver_kept(ngx_ai_attempt_t *att, ngx_chain_t **out);

/* Only in ngx_ai_wake(); each ends the request. */

/* What is kept of the attempt's answer goes to the caller. */
void ngx_ai_deliver(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att);

/* Nobody's answer passed, and att was the last attempt: the best answer, or
   an error. */
void ngx_ai_deliver_failed(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att);


/* ---- ngx_ai_gather.c -------------------------------------------------- */

/* Begins to gather the attempt's stream; NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_gather_begin(ngx_ai_attempt_t *att);

/* One event of a relayed stream; a crossing one has its deltas already. */
ngx_int_t ngx_ai_gather_event(ngx_ai_attempt_t *att,
    const air_sse_event_t *ev);
ngx_int_t ngx_ai_gather_deltas(ngx_ai_attempt_t *att,
    const air_deltas_t *deltas);

/* What was gathered, or NULL: too much, or not to be read. */
air_msg_reply_t *ngx_ai_gather_reply(ngx_ai_attempt_t *att);


#endif /* _NGX_AI_FLOOR_H_INCLUDED_ */
