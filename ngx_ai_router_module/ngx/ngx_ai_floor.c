
/*
 * Judging an answer before, or after, its caller has it.  Checks of the core
 * are made on the spot, in the filters; where somebody must be asked the
 * attempt's subrequest ends first, and the main request waits.
 *
 *   ngx_ai_floor_reply, _stream    in the filters: passed, failed, or
 *       |                          att->waits
 *   ngx_ai_floor_wait              in ngx_ai_wake(): asks, waits, sums up
 *       |
 *   relayed, or the next of "escalate" (ngx_ai_escalate.c)
 *
 * Nothing of an answer, and nothing that was said of it, is logged but the
 * check and what kind of mistake it was.
 */

#include "ngx_ai_floor.h"
#include "ngx_ai_learn.h"


#define NGX_AI_FLOOR_UNREAD  AIR_NFLOOR   /* no check: it cannot be read     */


static ngx_uint_t ngx_ai_floor_late(ngx_ai_ctx_t *ctx);
static ngx_int_t ngx_ai_floor_judge(ngx_ai_attempt_t *att,
    air_msg_reply_t *reply);
static ngx_int_t ngx_ai_floor_choices(ngx_ai_judging_t *j);
static void ngx_ai_floor_asked(ngx_ai_ctx_t *ctx, air_asked_t *asked);
static ngx_int_t ngx_ai_floor_end(ngx_ai_attempt_t *att);
static void ngx_ai_floor_start(ngx_ai_judging_t *j);
static void ngx_ai_floor_timeout(ngx_event_t *ev);


ngx_uint_t
ngx_ai_floor_on(ngx_ai_ctx_t *ctx)
{
    if (ctx->workflow->floor == NULL
        || ctx->workflow->floor->written.nelts == 0)
    {
        return 0;
    }

    return ctx->op == AIR_OP_CHAT || ctx->op == AIR_OP_COMPLETIONS
           || ctx->op == AIR_OP_MESSAGES || ctx->op == AIR_OP_RESPONSES;
}


/* Streams are judged after their caller has them; not what a budget moved to
   another tier, which is never worse than the floor. */
static ngx_uint_t
ngx_ai_floor_late(ngx_ai_ctx_t *ctx)
{
    return ctx->workflow->floor->after && !ctx->degrade;
}


ngx_uint_t
ngx_ai_floor_holds(ngx_ai_attempt_t *att)
{
    return att->gather != NULL && !att->released && ngx_ai_floor_on(att->ctx)
           && !ngx_ai_floor_late(att->ctx);
}


void
ngx_ai_floor_merge(air_verdict_t *all, const air_verdict_t *one)
{
    uint16_t  grade;

    /* the first that failed, else the first that is unsure; the worst grade */

    grade = ngx_min(all->grade, one->grade);

    if (all->verdict == AIR_VERDICT_NONE
        || (one->verdict == AIR_VERDICT_FAILED
            && all->verdict != AIR_VERDICT_FAILED)
        || (one->verdict == AIR_VERDICT_UNSURE
            && all->verdict == AIR_VERDICT_PASSED))
    {
        if (one->verdict != AIR_VERDICT_NONE) {
            *all = *one;
        }
    }

    all->grade = grade;
}


void
ngx_ai_floor_say(air_verdict_t *v, air_verdict_e verdict, air_floor_e check,
    const char *why)
{
    ngx_memzero(v, sizeof(air_verdict_t));

    v->verdict = verdict;
    v->check = check;
    v->grade = AIR_FLOOR_NO_GRADE;

    (void) ngx_cpystrn((u_char *) v->why, (u_char *) why, sizeof(v->why));
}


/* what the caller asked for, as checks see it */
static void
ngx_ai_floor_asked(ngx_ai_ctx_t *ctx, air_asked_t *asked)
{
    air_error_t  error;

    ngx_memzero(asked, sizeof(air_asked_t));

    if (ngx_ai_cross_msg(ctx, &error) == NGX_OK
        && air_asked_read(asked, ctx->msg, &ctx->mem) != AIR_OK)
    {
        ngx_memzero(asked, sizeof(air_asked_t));
    }

    asked->own = &ctx->own;
}


/* the core's checks of each choice: all of them must pass */
static ngx_int_t
ngx_ai_floor_choices(ngx_ai_judging_t *j)
{
    ngx_uint_t         i;
    ngx_ai_ctx_t      *ctx;
    air_verdict_t      v;
    ngx_ai_floor_t    *floor;
    ngx_ai_attempt_t  *att;
    air_msg_choice_t  *choice;

    att = j->att;
    ctx = att->ctx;
    floor = ctx->workflow->floor;

    for (choice = j->reply->choices; choice != NULL; choice = choice->next) {
        j->n++;
    }

    if (j->n == 0) {
        ngx_ai_floor_say(&att->verdict, AIR_VERDICT_UNSURE,
                         NGX_AI_FLOOR_UNREAD, "there is no answer in it");
        return NGX_OK;
    }

    j->answer = ngx_pcalloc(ctx->r->pool, j->n * sizeof(air_answer_t));
    if (j->answer == NULL) {
        return NGX_ERROR;
    }

    ngx_ai_floor_asked(ctx, &j->question);
    j->question.better = att->choice->escalate != 0;

    for (i = 0, choice = j->reply->choices; i < j->n; i++) {

        if (air_answer_read(&j->answer[i], choice, &ctx->mem) != AIR_OK) {
            return NGX_ERROR;
        }

        choice = choice->next;

        if (!floor->checks) {
            continue;
        }

        if (air_floor_judge(floor->core, &j->answer[i], &j->question,
                            &ctx->mem, &v)
            != AIR_OK)
        {
            return NGX_ERROR;
        }

        ngx_ai_floor_merge(&att->verdict, &v);
    }

    return NGX_OK;
}


/* reply is NULL when it cannot be read; returns as ngx_ai_floor_reply() */
static ngx_int_t
ngx_ai_floor_judge(ngx_ai_attempt_t *att, air_msg_reply_t *reply)
{
    ngx_ai_ctx_t      *ctx;
    ngx_ai_judging_t  *j;

    ctx = att->ctx;

    ngx_memzero(&att->verdict, sizeof(air_verdict_t));
    att->verdict.grade = AIR_FLOOR_NO_GRADE;

    if (reply == NULL) {
        ngx_ai_floor_say(&att->verdict, AIR_VERDICT_UNSURE,
                         NGX_AI_FLOOR_UNREAD, "it cannot be read");
        return ngx_ai_floor_end(att);
    }

    j = ngx_pcalloc(ctx->r->pool, sizeof(ngx_ai_judging_t));
    if (j == NULL) {
        return NGX_ERROR;
    }

    j->att = att;
    j->reply = reply;

    if (ngx_ai_floor_choices(j) != NGX_OK) {
        return NGX_ERROR;
    }

    if (att->verdict.verdict != AIR_VERDICT_FAILED && j->n != 0
        && ctx->workflow->floor->asks.nelts != 0
        && !(ctx->request.stream && ngx_ai_floor_late(ctx)))
    {
        att->judging = j;
        att->waits = 1;

        return NGX_AGAIN;
    }

    return ngx_ai_floor_end(att);
}


ngx_int_t
ngx_ai_floor_reply(ngx_ai_attempt_t *att, const air_json_doc_t *doc)
{
    int            rc;
    air_error_t    error;
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;

    if (att->reply == NULL) {

        att->reply = ngx_palloc(ctx->r->pool, sizeof(air_msg_reply_t));
        if (att->reply == NULL) {
            return NGX_ERROR;
        }

        rc = att->codec->reply_read(ngx_ai_cross_op(att), doc,
                                    att->target->vendor->profile, &ctx->mem,
                                    att->reply, &error);
        if (rc == AIR_ENOMEM) {
            return NGX_ERROR;
        }

        if (rc != AIR_OK) {
            return ngx_ai_floor_judge(att, NULL);
        }
    }

    return ngx_ai_floor_judge(att, att->reply);
}


ngx_int_t
ngx_ai_floor_stream(ngx_ai_attempt_t *att)
{
    return ngx_ai_floor_judge(att, ngx_ai_gather_reply(att));
}


ngx_int_t
ngx_ai_floor_held(ngx_ai_attempt_t *att, size_t len)
{
    att->held_len += len;

    if (att->held_len <= att->ctx->alcf->max_response) {
        return NGX_OK;
    }

    ngx_ai_floor_say(&att->verdict, AIR_VERDICT_UNSURE, NGX_AI_FLOOR_UNREAD,
                     "it is longer than ai_max_response");

    if (ngx_ai_floor_end(att) == NGX_OK) {
        att->released = 1;
        return NGX_DECLINED;
    }

    return NGX_DONE;
}


/* the verdict is known: NGX_OK, or NGX_DECLINED with the attempt's fault */
static ngx_int_t
ngx_ai_floor_end(ngx_ai_attempt_t *att)
{
    ngx_uint_t       failed;
    ngx_ai_ctx_t    *ctx;
    air_verdict_t   *v;
    ngx_ai_floor_t  *floor;

    ctx = att->ctx;
    v = &att->verdict;
    floor = ctx->workflow->floor;

    failed = v->verdict == AIR_VERDICT_FAILED
             || (v->verdict == AIR_VERDICT_UNSURE && floor->strict);

    if (v->verdict != AIR_VERDICT_PASSED) {
        ngx_log_error(NGX_LOG_INFO, ctx->r->connection->log, 0,
                      "ai: rid=%*s vendor=%V model=%V why=floor verdict=%s "
                      "check=%s: %s", (size_t) 32, ctx->id_hex,
                      &att->target->vendor->name, &att->target->model,
                      air_verdict_name(v->verdict),
                      v->check < AIR_NFLOOR ? air_floor_name(v->check)
                                            : "none", v->why);
    }

    if (!failed || ctx->committed) {
        return NGX_OK;
    }

    att->fault = AIR_FAULT_FLOOR;

    return NGX_DECLINED;
}


/* ---- waiting ---------------------------------------------------------- */

ngx_int_t
ngx_ai_floor_wait(ngx_ai_attempt_t *att)
{
    ngx_ai_ctx_t      *ctx;
    ngx_ai_judging_t  *j;

    ctx = att->ctx;
    j = att->judging;

    if (!j->started) {
        j->started = 1;

        /* what ended its subrequest late is no fault of the answer */

        att->fault = AIR_FAULT_NONE;

        ngx_ai_floor_start(j);
    }

    if (j->pending != 0 && !j->over) {
        return NGX_AGAIN;
    }

    ngx_ai_floor_forget(ctx);

    ctx->r->read_event_handler = ngx_http_block_reading;

    return ngx_ai_floor_end(att);
}


static void
ngx_ai_floor_start(ngx_ai_judging_t *j)
{
    ngx_uint_t           i;
    ngx_msec_t           at;
    ngx_ai_ctx_t        *ctx;
    ngx_ai_floor_t      *floor;
    ngx_msec_int_t       left;
    ngx_ai_floor_ask_t  *ask;

    ctx = j->att->ctx;
    floor = ctx->workflow->floor;
    ask = floor->asks.elts;

    for (i = 0; i < floor->asks.nelts; i++) {
        j->asked[i].judging = j;
        j->asked[i].ask = &ask[i];

        j->pending++;

        switch (ask[i].check) {

        case AIR_FLOOR_AGREE:
            ngx_ai_opinion_agree(j, i);
            break;

        case AIR_FLOOR_JUDGE:
            ngx_ai_opinion_judge(j, i);
            break;

        default:
            ngx_ai_eval(j, i);
            break;
        }
    }

    if (j->pending == 0) {
        return;
    }

    /* the main request is the active one, and nothing else would notice that
       its caller left */

    ctx->r->read_event_handler = ngx_http_test_reading;
    (void) ngx_ai_attempt_listen(ctx);

    at = ctx->start + ctx->workflow->total;
    left = (ngx_msec_int_t) (at - ngx_current_msec);

    j->timer.handler = ngx_ai_floor_timeout;
    j->timer.log = ctx->r->connection->log;
    j->timer.data = ctx->r->connection;

    ngx_add_timer(&j->timer, left > 0 ? (ngx_msec_t) left : 1);

    ctx->judging = j;
}


void
ngx_ai_floor_told(ngx_ai_judging_t *j, ngx_uint_t i, air_verdict_t *v)
{
    if (j->asked[i].done || j->over) {
        return;
    }

    j->asked[i].done = 1;

    if (j->pending != 0) {
        j->pending--;
    }

    ngx_ai_floor_merge(&j->att->verdict, v);

    /* what failed already needs nobody else */

    if (v->verdict == AIR_VERDICT_FAILED) {
        j->over = 1;
    }
}


/* the request's time is up */
static void
ngx_ai_floor_timeout(ngx_event_t *ev)
{
    ngx_uint_t         i;
    ngx_ai_ctx_t      *ctx;
    air_verdict_t      v;
    ngx_connection_t  *c;
    ngx_ai_judging_t  *j;

    j = (ngx_ai_judging_t *) ((u_char *) ev
                              - offsetof(ngx_ai_judging_t, timer));
    ctx = j->att->ctx;
    c = ctx->r->connection;

    for (i = 0; i < ctx->workflow->floor->asks.nelts; i++) {

        if (!j->asked[i].done) {
            ngx_ai_floor_say(&v, AIR_VERDICT_UNSURE, j->asked[i].ask->check,
                             "nothing was said in time");
            ngx_ai_floor_told(j, i, &v);
        }
    }

    (void) ngx_http_post_request(ctx->r, NULL);
    ngx_http_run_posted_requests(c);
}


void
ngx_ai_floor_forget(ngx_ai_ctx_t *ctx)
{
    ngx_ai_judging_t  *j;

    j = ctx->judging;

    if (j == NULL) {
        return;
    }

    ctx->judging = NULL;
    j->over = 1;

    if (j->timer.timer_set) {
        ngx_del_timer(&j->timer);
    }
}


/* ---- what is told of it ----------------------------------------------- */

void
ngx_ai_floor_check(ngx_ai_attempt_t *att, air_buf_t *b)
{
    air_verdict_t  *v;

    v = &att->verdict;

    if (v->verdict == AIR_VERDICT_FAILED || v->verdict == AIR_VERDICT_UNSURE)
    {
        air_buf_z(b, v->check < AIR_NFLOOR ? air_floor_name(v->check)
                                           : "unread");
    }
}


void
ngx_ai_floor_reason(ngx_ai_ctx_t *ctx, air_buf_t *b)
{
    size_t             first;
    const char        *p;
    ngx_uint_t         i;
    ngx_ai_attempt_t  *att;

    first = b->len;

    for (i = 0; i < ctx->nattempts; i++) {
        att = ctx->attempt[i];

        if (att->verdict.verdict != AIR_VERDICT_FAILED
            && att->verdict.verdict != AIR_VERDICT_UNSURE)
        {
            continue;
        }

        air_buf_z(b, b->len != first ? "; " : "");
        ngx_ai_floor_check(att, b);

        if (att->verdict.why[0] == '\0') {
            continue;
        }

        air_buf_z(b, ": ");

        /* what a location said comes from elsewhere */

        for (p = att->verdict.why; *p != '\0'; p++) {
            air_buf_byte(b, (u_char) *p < 0x20 || *p == 0x7f ? '?' : *p);
        }
    }
}


uint64_t
ngx_ai_floor_cost(ngx_ai_ctx_t *ctx)
{
    uint64_t           cost;
    ngx_uint_t         i;
    ngx_ai_attempt_t  *att;

    cost = ctx->asked_cost;

    for (i = 0; i < ctx->nattempts && cost != AIR_UNKNOWN; i++) {
        att = ctx->attempt[i];

        if (att->fault == AIR_FAULT_FLOOR && !att->best && att->settled) {
            cost = att->cost == AIR_UNKNOWN ? AIR_UNKNOWN : cost + att->cost;
        }
    }

    return cost;
}


void
ngx_ai_floor_record(ngx_ai_attempt_t *att, air_record_t *rec)
{
    air_verdict_t  *v;

    v = &att->verdict;

    if (v->verdict == AIR_VERDICT_NONE) {
        return;
    }

    rec->verdict = v->verdict;

    if (v->verdict != AIR_VERDICT_PASSED && v->check < AIR_NFLOOR) {
        rec->check = v->check + 1;
    }

    if (v->grade <= 1000) {
        rec->grade = v->grade + 1;
    }

    if (att->escalated) {
        rec->flags |= AIR_REC_ESCALATED;
    }
}


void
ngx_ai_floor_book(ngx_ai_attempt_t *att)
{
    air_verdict_t  *v;

    v = &att->verdict;

    if (v->verdict == AIR_VERDICT_NONE) {
        return;
    }

    ngx_ai_stat_floor(att);

    if (v->verdict != AIR_VERDICT_UNSURE) {
        ngx_ai_learn_judged(att, v->grade <= 1000 ? v->grade
                                 : v->verdict == AIR_VERDICT_PASSED ? 1000
                                 : 0);
    }
}
