
/*
 * "agree=" and "judge=": what other models say of an answer, asked by calls of
 * our own (ngx_ai_aside.h).  The second opinion is asked for when the request
 * begins, the judge when the answer is whole.
 */

#include "ngx_ai_floor.h"
#include "ngx_ai_aside.h"
#include "../core/air_grade.h"


#define NGX_AI_OPINION_ASK  (32 * 1024 * 1024)


/* one who is asked; of a request */
struct ngx_ai_opinion_s {
    ngx_ai_opinion_t     *next;
    ngx_ai_ctx_t         *ctx;
    ngx_ai_floor_ask_t   *ask;
    ngx_ai_aside_t       *aside;          /* while it runs, or NULL         */
    ngx_ai_judging_t     *judging;        /* who waits for it, or NULL      */
    ngx_uint_t            i;              /* its number there               */
    air_answer_t          answer;         /* of a second opinion            */
    air_verdict_t         verdict;        /* of a judge                     */
    unsigned              good:1;         /* answer is there                */
};


static ngx_ai_opinion_t *ngx_ai_opinion_create(ngx_ai_ctx_t *ctx,
    ngx_ai_floor_ask_t *ask);
static ngx_int_t ngx_ai_opinion_ask(ngx_ai_opinion_t *o, ngx_uint_t n,
    air_msg_request_t *msg);
static void ngx_ai_opinion_said(ngx_ai_aside_t *aside);
static void ngx_ai_opinion_keep(ngx_ai_opinion_t *o, ngx_ai_aside_t *aside);
static void ngx_ai_opinion_grade(ngx_ai_opinion_t *o, ngx_ai_aside_t *aside);
static void ngx_ai_opinion_tell(ngx_ai_opinion_t *o);


static ngx_ai_opinion_t *
ngx_ai_opinion_create(ngx_ai_ctx_t *ctx, ngx_ai_floor_ask_t *ask)
{
    ngx_ai_opinion_t  *o;

    o = ngx_pcalloc(ctx->r->pool, sizeof(ngx_ai_opinion_t));
    if (o == NULL) {
        return NULL;
    }

    o->ctx = ctx;
    o->ask = ask;
    o->next = ctx->opinions;
    ctx->opinions = o;

    return o;
}


/* NGX_OK: it will be said; else nobody could be asked */
static ngx_int_t
ngx_ai_opinion_ask(ngx_ai_opinion_t *o, ngx_uint_t n, air_msg_request_t *msg)
{
    ngx_ai_ctx_t    *ctx;
    ngx_msec_int_t   left;
    ngx_ai_aside_t  *aside;

    ctx = o->ctx;

    left = (ngx_msec_int_t) (ctx->start + ctx->workflow->total
                             - ngx_current_msec);

    aside = ngx_ai_aside_create(ctx->amcf);

    if (aside == NULL || left <= 0) {

        if (aside != NULL) {
            ngx_ai_aside_free(aside);
        }

        return NGX_DECLINED;
    }

    aside->target = o->ask->ref.target;
    aside->msg = msg;
    aside->timeout = left;
    aside->flags = o->ask->check == AIR_FLOOR_JUDGE ? AIR_REC_JUDGE
                                                    : AIR_REC_SECOND;
    ngx_memcpy(aside->id, ctx->id, sizeof(aside->id));
    aside->n = n;
    aside->task = ctx->class_known && ctx->class != AIR_NTASK
                  ? ctx->class + 1 : 0;
    aside->workflow = ngx_ai_ngx(ngx_ai_account_booked(ctx,
                                                       AIR_SCOPE_WORKFLOW));
    aside->principal = ngx_ai_ngx(ngx_ai_account_booked(ctx,
                                                        AIR_SCOPE_PRINCIPAL));
    aside->team = ngx_ai_ngx(ngx_ai_account_booked(ctx, AIR_SCOPE_TEAM));
    aside->accounts = ctx->accounts;
    aside->row = ngx_ai_stat_helper(ctx->amcf->zone, ctx->workflow,
                                    aside->target);

    aside->handler = ngx_ai_opinion_said;
    aside->data = o;

    if (ngx_ai_aside_start(aside) != NGX_OK) {
        return NGX_DECLINED;
    }

    o->aside = aside;

    return NGX_OK;
}


void
ngx_ai_opinion_begin(ngx_ai_ctx_t *ctx)
{
    ngx_uint_t           i;
    air_error_t          error;
    ngx_ai_floor_t      *floor;
    ngx_ai_opinion_t    *o;
    air_msg_request_t    msg;
    ngx_ai_floor_ask_t  *ask;

    if (!ngx_ai_floor_on(ctx)
        || (ctx->request.stream && ctx->workflow->floor->after))
    {
        return;
    }

    floor = ctx->workflow->floor;
    ask = floor->asks.elts;

    for (i = 0; i < floor->asks.nelts; i++) {

        if (ask[i].check != AIR_FLOOR_AGREE) {
            continue;
        }

        o = ngx_ai_opinion_create(ctx, &ask[i]);

        if (o == NULL || ngx_ai_cross_msg(ctx, &error) != NGX_OK) {
            return;
        }

        msg = *ctx->msg;
        msg.op = AIR_OP_CHAT;
        msg.stream = 0;
        msg.has_stream = 0;
        msg.has_choices = 0;
        msg.choices = 0;

        if (msg.turns == NULL && msg.inputs != NULL) {

            if (air_msg_said(&msg, &ctx->mem, msg.inputs->text) != AIR_OK) {
                return;
            }

            msg.inputs = NULL;
        }

        (void) ngx_ai_opinion_ask(o, 1, &msg);
    }
}


void
ngx_ai_opinion_agree(ngx_ai_judging_t *j, ngx_uint_t i)
{
    air_verdict_t      v;
    ngx_ai_opinion_t  *o;

    for (o = j->att->ctx->opinions; o != NULL; o = o->next) {
        if (o->ask == j->asked[i].ask) {
            break;
        }
    }

    /* two cheap ones are to agree: a better one needs nobody's consent */

    if (j->att->choice->escalate) {
        ngx_ai_floor_say(&v, AIR_VERDICT_PASSED, AIR_FLOOR_AGREE, "");
        ngx_ai_floor_told(j, i, &v);
        return;
    }

    if (o == NULL) {
        ngx_ai_floor_say(&v, AIR_VERDICT_UNSURE, AIR_FLOOR_AGREE,
                         "nobody else could be asked");
        ngx_ai_floor_told(j, i, &v);
        return;
    }

    o->judging = j;
    o->i = i;

    if (o->aside == NULL) {
        ngx_ai_opinion_tell(o);
    }
}


void
ngx_ai_opinion_judge(ngx_ai_judging_t *j, ngx_uint_t i)
{
    air_buf_t            b;
    ngx_ai_ctx_t        *ctx;
    air_verdict_t        v;
    ngx_ai_opinion_t    *o;
    air_msg_request_t    msg;
    ngx_ai_floor_ask_t  *ask;

    ctx = j->att->ctx;
    ask = j->asked[i].ask;

    o = ngx_ai_opinion_create(ctx, ask);

    if (o == NULL) {
        goto failed;
    }

    air_buf_init(&b, &ctx->mem, NGX_AI_OPINION_ASK);

    if (air_grade_prompt(ngx_ai_air(ask->prompt), j->question.prompt,
                         j->answer[0].text, &b)
        != AIR_OK)
    {
        goto failed;
    }

    air_msg_request_init(&msg, ctx->codec->name, AIR_OP_CHAT);

    if (air_msg_said(&msg, &ctx->mem, air_buf_view(&b)) == AIR_OK
        && ngx_ai_opinion_ask(o, j->att->n, &msg) == NGX_OK)
    {
        o->judging = j;
        o->i = i;
        return;
    }

failed:

    ngx_ai_floor_say(&v, AIR_VERDICT_UNSURE, AIR_FLOOR_JUDGE,
                     "the judge could not be asked");
    ngx_ai_floor_told(j, i, &v);
}


/* in the event loop, on nobody's behalf */
static void
ngx_ai_opinion_said(ngx_ai_aside_t *aside)
{
    ngx_connection_t  *c;
    ngx_ai_opinion_t  *o;

    o = aside->data;
    o->aside = NULL;

    if (o->ctx->asked_cost != AIR_UNKNOWN) {
        o->ctx->asked_cost = aside->cost == AIR_UNKNOWN
                             ? AIR_UNKNOWN : o->ctx->asked_cost + aside->cost;
    }

    if (o->ask->check == AIR_FLOOR_JUDGE) {
        ngx_ai_opinion_grade(o, aside);

    } else if (aside->fault == AIR_FAULT_NONE) {
        ngx_ai_opinion_keep(o, aside);
    }

    if (o->judging == NULL) {
        return;
    }

    c = o->ctx->r->connection;

    ngx_ai_opinion_tell(o);

    (void) ngx_http_post_request(o->ctx->r, NULL);
    ngx_http_run_posted_requests(c);
}


/* a copy of what is compared: the call's memory goes */
static void
ngx_ai_opinion_keep(ngx_ai_opinion_t *o, ngx_ai_aside_t *aside)
{
    air_str_t                *to;
    ngx_uint_t                i;
    air_part_t               *copy, *first, *last;
    ngx_pool_t               *pool;
    const air_part_t         *part;
    const air_str_t          *from;
    const air_msg_choice_t   *choice;
    air_msg_choice_t          own;

    choice = aside->reply.choices;
    pool = o->ctx->r->pool;

    if (choice == NULL) {
        return;
    }

    first = NULL;
    last = NULL;

    for (part = choice->parts; part != NULL; part = part->next) {

        if (part->type != AIR_PART_TEXT && part->type != AIR_PART_TOOL_CALL
            && part->type != AIR_PART_REFUSAL)
        {
            continue;
        }

        copy = air_msg_part(&first, &last, &o->ctx->mem, part->type);
        if (copy == NULL) {
            return;
        }

        copy->custom = part->custom;

        for (i = 0; i < 3; i++) {
            from = i == 0 ? &part->text : i == 1 ? &part->name
                                                 : &part->arguments;
            to = i == 0 ? &copy->text : i == 1 ? &copy->name
                                               : &copy->arguments;

            if (from->len == 0) {
                continue;
            }

            to->data = ngx_pnalloc(pool, from->len);
            if (to->data == NULL) {
                return;
            }

            ngx_memcpy(to->data, from->data, from->len);
            to->len = from->len;
        }
    }

    ngx_memzero(&own, sizeof(air_msg_choice_t));
    own.parts = first;
    own.last = last;
    own.finish = choice->finish;

    o->good = air_answer_read(&o->answer, &own, &o->ctx->mem) == AIR_OK;
}


static void
ngx_ai_opinion_grade(ngx_ai_opinion_t *o, ngx_ai_aside_t *aside)
{
    unsigned        grade;
    air_answer_t    answer;
    air_verdict_t  *v;

    v = &o->verdict;

    if (aside->fault != AIR_FAULT_NONE || aside->reply.choices == NULL) {
        ngx_ai_floor_say(v, AIR_VERDICT_UNSURE, AIR_FLOOR_JUDGE,
                         "the judge did not answer");
        return;
    }

    if (air_answer_read(&answer, aside->reply.choices, &o->ctx->mem) != AIR_OK
        || air_grade_read(answer.text, &o->ctx->mem, &grade) != AIR_OK)
    {
        ngx_ai_floor_say(v, AIR_VERDICT_UNSURE, AIR_FLOOR_JUDGE,
                         "the judge gave no grade");
        return;
    }

    ngx_ai_floor_say(v, grade >= o->ask->min ? AIR_VERDICT_PASSED
                                             : AIR_VERDICT_FAILED,
                     AIR_FLOOR_JUDGE, "");

    v->grade = grade;

    *ngx_snprintf((u_char *) v->why, sizeof(v->why) - 1,
                  "graded 0.%03ud, 0.%03ui is wanted", grade, o->ask->min)
        = '\0';
}


/* to the one who waits */
static void
ngx_ai_opinion_tell(ngx_ai_opinion_t *o)
{
    air_verdict_t      v;
    ngx_ai_judging_t  *j;

    j = o->judging;
    o->judging = NULL;

    if (o->ask->check == AIR_FLOOR_JUDGE) {
        v = o->verdict;

    } else if (!o->good) {
        ngx_ai_floor_say(&v, AIR_VERDICT_UNSURE, AIR_FLOOR_AGREE,
                         "the other one did not answer");

    } else if (air_answer_agree(&j->answer[0], &o->answer, &o->ctx->mem)) {
        ngx_ai_floor_say(&v, AIR_VERDICT_PASSED, AIR_FLOOR_AGREE, "");

    } else {
        ngx_ai_floor_say(&v, AIR_VERDICT_FAILED, AIR_FLOOR_AGREE,
                         "the other one says something else");
    }

    ngx_ai_floor_told(j, o->i, &v);
}


void
ngx_ai_opinion_forget(ngx_ai_ctx_t *ctx)
{
    ngx_ai_opinion_t  *o;

    for (o = ctx->opinions; o != NULL; o = o->next) {

        o->judging = NULL;

        if (o->aside != NULL) {
            ngx_ai_aside_forget(o->aside);
            o->aside = NULL;
        }
    }

    ctx->opinions = NULL;
}
