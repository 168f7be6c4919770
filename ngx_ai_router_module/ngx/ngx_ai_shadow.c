
/*
 * A shadow's life.  In the log phase, when the caller has his answer, the
 * same neutral request goes to another target by a call of our own
 * (ngx_ai_aside.c).  What is needed of request and answer until that comes is
 * copied into a pool of the shadow's; nothing of the request itself is
 * touched afterwards.
 *
 *   answered   both answers pass or fail the floor's own checks, and agree
 *              or not
 *   graded     where they differ, and there is a judge, he grades both
 *   finish     a record of what was found, counters, labels for learning
 */

#include "ngx_ai_zone.h"
#include "ngx_ai_account.h"
#include "ngx_ai_aside.h"
#include "ngx_ai_floor.h"
#include "ngx_ai_learn.h"
#include "ngx_ai_shadow.h"

#include "../core/air_grade.h"


#define NGX_AI_SHADOW_BODY   1048576  /* of a request, and of its answer    */
#define NGX_AI_SHADOW_TIME   120000   /* ms that it may take                */
#define NGX_AI_SHADOW_ASK    4194304  /* what a judge is told               */

/* the fraction of the square root of 2: its multiples fall as evenly as any,
   and have nothing in common with the draws of canaries and weights */
#define NGX_AI_SHADOW_DRAW   0x6a09e667f3bcc909ULL


typedef struct {
    ngx_ai_target_t      *target;
    const air_codec_t    *codec;          /* of its answer                  */
    air_op_e              op;
    air_str_t             body;           /* of the caller's                */
    air_answer_t          answer;
    air_verdict_t         verdict;
    unsigned              grade;          /* permille, or AIR_FLOOR_NO_GRADE */
    ngx_uint_t            n;              /* attempt of the request         */
    ngx_uint_t            which;          /* AIR_SAMPLE_CHEAP, _STRONG, 0   */
} ngx_ai_shadow_side_t;


typedef struct {
    ngx_pool_t           *pool;
    air_mem_t             mem;
    ngx_ai_main_conf_t   *amcf;
    ngx_ai_shadow_t      *conf;
    ngx_ai_floor_t       *floor;          /* or NULL                        */
    ngx_ai_stat_t        *row;            /* of the workflow                */
    ngx_ai_stat_t        *asked_row;      /* of the other target            */
    ngx_ai_stat_t        *judges;         /* of the judge, if any           */
    ngx_msec_t            timeout;
    u_char                id[16];
    ngx_uint_t            task;
    ngx_str_t             workflow;
    ngx_str_t             principal;
    ngx_str_t             team;
    ngx_ai_accounts_t    *accounts;       /* the caller's: who pays, or NULL */

    const air_codec_t    *codec;          /* the caller's                   */
    air_op_e              op;
    air_str_t             body;
    air_asked_t           asked;
    struct air_floor_own_s  *own;         /* its schemas, compiled          */
    ngx_ai_shadow_side_t  live;
    ngx_ai_shadow_side_t  shadow;
    ngx_uint_t            grading;        /* judges that did not say yet    */
    unsigned              agree:1;
} ngx_ai_shading_t;


static ngx_ai_target_t *ngx_ai_shadow_target(ngx_ai_ctx_t *ctx,
    ngx_ai_attempt_t *att);
static ngx_uint_t ngx_ai_shadow_list(ngx_ai_ctx_t *ctx,
    ngx_ai_target_t *live, ngx_ai_choice_t *choice, air_candidate_t *cand);
static ngx_ai_shading_t *ngx_ai_shadow_create(ngx_ai_ctx_t *ctx,
    ngx_ai_attempt_t *att);
static ngx_int_t ngx_ai_shadow_live(ngx_ai_shading_t *s,
    ngx_ai_attempt_t *att);
static ngx_int_t ngx_ai_shadow_copy(ngx_ai_shading_t *s, air_str_t *to,
    air_str_t from);
static ngx_int_t ngx_ai_shadow_name(ngx_ai_shading_t *s, ngx_str_t *to,
    air_str_t from);
static ngx_uint_t ngx_ai_shadow_which(ngx_ai_ctx_t *ctx,
    ngx_ai_target_t *target);
static ngx_int_t ngx_ai_shadow_ask(ngx_ai_shading_t *s,
    ngx_ai_target_t *target, air_msg_request_t *msg, uint32_t flags,
    void (*handler)(ngx_ai_aside_t *aside));
static void ngx_ai_shadow_answered(ngx_ai_aside_t *aside);
static ngx_int_t ngx_ai_shadow_compare(ngx_ai_shading_t *s,
    air_msg_reply_t *reply);
static void ngx_ai_shadow_judge(ngx_ai_shading_t *s,
    ngx_ai_shadow_side_t *side, void (*handler)(ngx_ai_aside_t *aside));
static void ngx_ai_shadow_graded_live(ngx_ai_aside_t *aside);
static void ngx_ai_shadow_graded(ngx_ai_aside_t *aside);
static void ngx_ai_shadow_grade(ngx_ai_aside_t *aside,
    ngx_ai_shadow_side_t *side);
static void ngx_ai_shadow_finish(ngx_ai_shading_t *s);
static void ngx_ai_shadow_learn(ngx_ai_shading_t *s, ngx_uint_t live,
    ngx_uint_t shadow);
static void ngx_ai_shadow_record(ngx_ai_shading_t *s,
    ngx_ai_shadow_side_t *side, uint32_t flags, unsigned grade);
static ngx_ai_stat_t *ngx_ai_shadow_row(ngx_ai_ctx_t *ctx);


ngx_uint_t
ngx_ai_shadow_due(ngx_ai_ctx_t *ctx)
{
    uint64_t          share;
    ngx_ai_shadow_t  *shadow;

    if (ctx->workflow == NULL || ctx->workflow->shadow == NULL || ctx->peek
        || (ctx->op != AIR_OP_CHAT && ctx->op != AIR_OP_MESSAGES
            && ctx->op != AIR_OP_RESPONSES))
    {
        return 0;
    }

    shadow = ctx->workflow->shadow;
    share = (ctx->ticket + 1) * NGX_AI_SHADOW_DRAW;

    return (share >> 32) * AIR_ROUTE_SHARE >> 32 < shadow->share;
}


void
ngx_ai_shadow_start(ngx_ai_ctx_t *ctx)
{
    uint64_t           *c;
    ngx_int_t           rc;
    air_error_t         error;
    ngx_ai_target_t    *target;
    ngx_ai_attempt_t   *att;
    ngx_ai_shading_t   *s;
    air_msg_request_t   msg;

    att = ngx_ai_shown(ctx);

    if (att == NULL || att->fault != AIR_FAULT_NONE || !att->complete
        || att->hit || ctx->gone || ctx->error_sent
        || !ngx_ai_shadow_due(ctx))
    {
        return;
    }

    c = ngx_ai_shadow_row(ctx)->c;
    s = NULL;
    rc = NGX_DECLINED;

    target = ngx_ai_shadow_target(ctx, att);

    if (target != NULL && ctx->body.len <= NGX_AI_SHADOW_BODY
        && ngx_ai_cross_msg(ctx, &error) == NGX_OK)
    {
        s = ngx_ai_shadow_create(ctx, att);
    }

    if (s != NULL) {
        s->shadow.target = target;
        s->asked_row = ngx_ai_stat_helper(ctx->amcf->zone, ctx->workflow,
                                          target);
        s->judges = ngx_ai_stat_helper(ctx->amcf->zone, ctx->workflow,
                                       s->conf->judge.target);
        s->shadow.which = ngx_ai_shadow_which(ctx, target);

        /* one answer is enough to be compared */

        msg = *ctx->msg;
        msg.has_choices = 0;
        msg.choices = 0;

        rc = ngx_ai_shadow_ask(s, target, &msg, 0, ngx_ai_shadow_answered);
    }

    if (rc != NGX_OK) {
        ngx_ai_add(&c[AIR_STAT_SHADOWS_DROPPED], 1);

        if (s != NULL) {
            ngx_destroy_pool(s->pool);
        }

        return;
    }

    ngx_ai_add(&c[AIR_STAT_SHADOWS], 1);
}


/* ---- who is asked ----------------------------------------------------- */

/*
 * The first of those that the operator names which the request could have
 * gone to: bounds, the caller's wishes and key, what it needs, and not at
 * rest.
 */
static ngx_ai_target_t *
ngx_ai_shadow_target(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    unsigned          nusable, nchoice;
    ngx_uint_t        n;
    air_wants_t       wants;
    air_choice_t     *order;
    ngx_ai_choice_t  *choice;
    air_candidate_t  *cand;
    air_route_key_t  *work;
    ngx_ai_shadow_t  *shadow;

    shadow = ctx->workflow->shadow;
    n = shadow->to.tier != NULL ? shadow->to.tier->models.nelts : 1;

    choice = ngx_pcalloc(ctx->r->pool, n * sizeof(ngx_ai_choice_t));
    if (choice == NULL) {
        return NULL;
    }

    cand = ngx_pcalloc(ctx->r->pool, n * sizeof(air_candidate_t));
    if (cand == NULL) {
        return NULL;
    }

    order = ngx_palloc(ctx->r->pool, n * sizeof(air_choice_t));
    if (order == NULL) {
        return NULL;
    }

    work = ngx_palloc(ctx->r->pool, n * sizeof(air_route_key_t));
    if (work == NULL) {
        return NULL;
    }

    n = ngx_ai_shadow_list(ctx, att->target, choice, cand);

    ngx_memzero(&wants, sizeof(air_wants_t));

    wants.now_ms = ngx_ai_now();
    wants.needs = ctx->request.needs & ~AIR_CAN_STREAM;
    wants.max_output = ctx->request.max_output;
    wants.prefs = ctx->request.prefs;
    wants.strict = ctx->request.require;

    air_route_order(cand, n, &wants, work, order, &nusable, &nchoice);

    return nusable != 0 ? choice[order[0].id].target : NULL;
}


static ngx_uint_t
ngx_ai_shadow_list(ngx_ai_ctx_t *ctx, ngx_ai_target_t *live,
    ngx_ai_choice_t *choice, air_candidate_t *cand)
{
    int64_t           now;
    uint64_t          reopen, prompt;
    ngx_uint_t        i, n, count;
    ngx_ai_ref_t     *ref;
    ngx_ai_shadow_t  *shadow;
    ngx_ai_target_t  *target;
    air_candidate_t  *c;

    shadow = ctx->workflow->shadow;
    ref = &shadow->to;
    count = 1;

    if (shadow->to.tier != NULL) {
        ref = shadow->to.tier->models.elts;
        count = shadow->to.tier->models.nelts;
    }

    now = ngx_ai_now();
    prompt = 0;
    n = 0;

    for (i = 0; i < count; i++) {
        target = ref[i].target;

        if (target == live || ngx_ai_aside_cannot(target) != NULL) {
            continue;
        }

        choice[n].target = target;
        choice[n].written = ref[i].name;
        choice[n].out = ngx_ai_prefs_bound(&ctx->workflow->bound,
                                           target->vendor);

        if (choice[n].out == 0 && ctx->workflow->shown_as != NULL) {
            choice[n].out = ngx_ai_prefs_bound(
                                &ctx->workflow->shown_as->bound,
                                target->vendor);
        }

        c = &cand[n];

        c->id = n;
        c->group = n;
        c->weight = 1;
        c->op_ok = 1;
        c->fits = 1;
        c->can = target->can;
        c->state = ngx_ai_health_target(ctx->amcf->zone, target, now,
                                        &reopen);
        c->reopen_ms = reopen;
        c->price = AIR_UNKNOWN;
        c->rate_in = AIR_UNKNOWN;
        c->rate_out = AIR_UNKNOWN;
        c->fee = AIR_UNKNOWN;

        ngx_ai_candidate_price(ctx, target, now, &prompt, c);
        ngx_ai_prefs_candidate(ctx, &choice[n], NGX_AI_NOT_NAMED, 0, c);

        if (c->state != AIR_STATE_COOLING) {
            n++;
        }
    }

    return n;
}


/* Cheap or strong, where one of the request's "learn" it is; else 0. */
static ngx_uint_t
ngx_ai_shadow_which(ngx_ai_ctx_t *ctx, ngx_ai_target_t *target)
{
    ngx_uint_t        i;
    ngx_ai_choice_t  *choice;

    choice = ctx->workflow->choices.elts;

    for (i = 0; ctx->learn && i < ctx->workflow->choices.nelts; i++) {
        if (choice[i].target == target && choice[i].learn == ctx->learn) {
            return choice[i].cheap ? AIR_SAMPLE_CHEAP : AIR_SAMPLE_STRONG;
        }
    }

    return 0;
}


/* ---- what is kept ----------------------------------------------------- */

static ngx_ai_shading_t *
ngx_ai_shadow_create(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    ngx_pool_t        *pool;
    ngx_ai_shading_t  *s;

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    s = ngx_pcalloc(pool, sizeof(ngx_ai_shading_t));
    if (s == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    s->pool = pool;
    s->mem = ngx_ai_mem(pool);
    s->amcf = ctx->amcf;
    s->conf = ctx->workflow->shadow;
    s->floor = ctx->workflow->floor;
    s->timeout = ngx_min(ctx->workflow->total, NGX_AI_SHADOW_TIME);
    s->row = ngx_ai_shadow_row(ctx);
    s->codec = ctx->codec;
    s->op = ctx->op;
    s->task = ctx->class_known && ctx->class != AIR_NTASK ? ctx->class + 1
                                                          : 0;
    s->live.target = att->target;
    s->live.n = att->n;
    s->live.which = ngx_ai_shadow_which(ctx, att->target);
    s->shadow.n = ctx->nattempts + 1;

    ngx_memcpy(s->id, ctx->id, sizeof(s->id));

    if (ngx_ai_shadow_live(s, att) != NGX_OK
        || ngx_ai_shadow_copy(s, &s->body, ctx->body) != NGX_OK
        || ngx_ai_shadow_name(s, &s->workflow,
                              ngx_ai_account_booked(ctx, AIR_SCOPE_WORKFLOW))
           != NGX_OK
        || ngx_ai_shadow_name(s, &s->principal,
                              ngx_ai_account_booked(ctx,
                                                    AIR_SCOPE_PRINCIPAL))
           != NGX_OK
        || ngx_ai_shadow_name(s, &s->team,
                              ngx_ai_account_booked(ctx, AIR_SCOPE_TEAM))
           != NGX_OK)
    {
        ngx_destroy_pool(pool);
        return NULL;
    }

    if (ctx->accounts != NULL) {
        s->accounts = ngx_ai_accounts_copy(ctx->accounts, pool);

        if (s->accounts == NULL) {
            ngx_destroy_pool(pool);
            return NULL;
        }
    }

    return s;
}


/* The caller's answer: the bytes of a whole one, a stream's as it was
   gathered. */
static ngx_int_t
ngx_ai_shadow_live(ngx_ai_shading_t *s, ngx_ai_attempt_t *att)
{
    air_buf_t         b;
    air_msg_reply_t  *reply;

    if (att->body == NGX_AI_BODY_WHOLE) {
        s->live.codec = att->cross ? att->ctx->codec : att->codec;
        s->live.op = att->cross ? att->ctx->op : ngx_ai_cross_op(att);

        return ngx_ai_shadow_copy(s, &s->live.body,
                                  air_str_n(att->buf, att->len));
    }

    reply = att->gather != NULL ? ngx_ai_gather_reply(att) : NULL;

    if (reply == NULL) {
        return NGX_DECLINED;
    }

    s->live.codec = &air_codec_openai;
    s->live.op = AIR_OP_CHAT;

    air_buf_init(&b, &s->mem, NGX_AI_SHADOW_BODY);

    reply->op = AIR_OP_CHAT;

    if (air_codec_openai.reply_write(reply, &b) != AIR_OK) {
        return NGX_DECLINED;
    }

    s->live.body = air_buf_view(&b);

    return NGX_OK;
}


static ngx_int_t
ngx_ai_shadow_copy(ngx_ai_shading_t *s, air_str_t *to, air_str_t from)
{
    u_char  *p;

    if (from.len > NGX_AI_SHADOW_BODY) {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(s->pool, from.len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, from.data, from.len);

    *to = air_str_n(p, from.len);

    return NGX_OK;
}


static ngx_int_t
ngx_ai_shadow_name(ngx_ai_shading_t *s, ngx_str_t *to, air_str_t from)
{
    air_str_t  copy = air_null_str;

    if (from.len != 0 && ngx_ai_shadow_copy(s, &copy, from) != NGX_OK) {
        return NGX_ERROR;
    }

    *to = ngx_ai_ngx(copy);

    return NGX_OK;
}


/* ---- asking ----------------------------------------------------------- */

static ngx_int_t
ngx_ai_shadow_ask(ngx_ai_shading_t *s, ngx_ai_target_t *target,
    air_msg_request_t *msg, uint32_t flags,
    void (*handler)(ngx_ai_aside_t *aside))
{
    ngx_ai_aside_t  *aside;

    aside = ngx_ai_aside_create(s->amcf);
    if (aside == NULL) {
        return NGX_ERROR;
    }

    aside->target = target;
    aside->msg = msg;
    aside->timeout = s->timeout;
    aside->flags = AIR_REC_SHADOW | flags;
    aside->n = s->shadow.n;
    aside->task = s->task;
    aside->workflow = s->workflow;
    aside->principal = s->principal;
    aside->team = s->team;
    aside->accounts = s->accounts;
    aside->handler = handler;
    aside->data = s;
    aside->late = 1;
    aside->row = flags & AIR_REC_JUDGE ? s->judges : s->asked_row;
    aside->purse.word = &s->row->shadow_purse;
    aside->purse.max = s->conf->cost;

    ngx_memcpy(aside->id, s->id, sizeof(aside->id));

    return ngx_ai_aside_start(aside);
}


static void
ngx_ai_shadow_answered(ngx_ai_aside_t *aside)
{
    ngx_uint_t         differ;
    ngx_ai_shading_t  *s;

    s = aside->data;

    if (aside->fault != AIR_FAULT_NONE
        || ngx_ai_shadow_compare(s, &aside->reply) != NGX_OK)
    {
        ngx_destroy_pool(s->pool);
        return;
    }

    differ = (s->live.verdict.verdict == AIR_VERDICT_FAILED)
             != (s->shadow.verdict.verdict == AIR_VERDICT_FAILED);

    if (!s->agree && !differ && s->conf->judge.target != NULL) {

        /* whoever says it last finishes, not before both are asked */

        s->grading = 1;

        ngx_ai_shadow_judge(s, &s->live, ngx_ai_shadow_graded_live);
        ngx_ai_shadow_judge(s, &s->shadow, ngx_ai_shadow_graded);

        if (--s->grading != 0) {
            return;
        }
    }

    ngx_ai_shadow_finish(s);
}


/* NGX_OK with verdicts and s->agree; else one of the answers cannot be read */
static ngx_int_t
ngx_ai_shadow_compare(ngx_ai_shading_t *s, air_msg_reply_t *reply)
{
    air_error_t         error;
    air_floor_t        *floor;
    air_json_doc_t     *doc;
    air_msg_reply_t     live;
    air_msg_request_t   msg;

    doc = ngx_palloc(s->pool, 2 * sizeof(air_json_doc_t));
    if (doc == NULL) {
        return NGX_ERROR;
    }

    air_json_init(&doc[0], &s->mem);
    air_json_init(&doc[1], &s->mem);

    if (air_json_scan(&doc[0], s->body, 0, NULL) != AIR_OK
        || s->codec->request_read(s->op, &doc[0], &s->mem, &msg, &error)
           != AIR_OK
        || air_asked_read(&s->asked, &msg, &s->mem) != AIR_OK
        || air_json_scan(&doc[1], s->live.body, AIR_JSON_VENDOR, NULL)
           != AIR_OK
        || s->live.codec->reply_read(s->live.op, &doc[1],
                                     s->live.target->vendor->profile,
                                     &s->mem, &live, &error)
           != AIR_OK
        || live.choices == NULL || reply->choices == NULL
        || air_answer_read(&s->live.answer, live.choices, &s->mem) != AIR_OK
        || air_answer_read(&s->shadow.answer, reply->choices, &s->mem)
           != AIR_OK)
    {
        return NGX_DECLINED;
    }

    s->asked.own = &s->own;
    s->live.grade = AIR_FLOOR_NO_GRADE;
    s->shadow.grade = AIR_FLOOR_NO_GRADE;

    if (s->floor != NULL && s->floor->checks) {
        floor = s->floor->core;

        if (air_floor_judge(floor, &s->live.answer, &s->asked, &s->mem,
                            &s->live.verdict)
            != AIR_OK
            || air_floor_judge(floor, &s->shadow.answer, &s->asked, &s->mem,
                               &s->shadow.verdict)
               != AIR_OK)
        {
            return NGX_ERROR;
        }
    }

    s->agree = air_answer_agree(&s->live.answer, &s->shadow.answer, &s->mem);

    return NGX_OK;
}


/* ---- grades ----------------------------------------------------------- */

static void
ngx_ai_shadow_judge(ngx_ai_shading_t *s, ngx_ai_shadow_side_t *side,
    void (*handler)(ngx_ai_aside_t *aside))
{
    air_buf_t           b;
    ngx_ai_shadow_t    *shadow;
    air_msg_request_t   msg;

    shadow = s->conf;

    air_buf_init(&b, &s->mem, NGX_AI_SHADOW_ASK);
    air_msg_request_init(&msg, air_codec_openai.name, AIR_OP_CHAT);

    if (air_grade_prompt(ngx_ai_air(shadow->prompt), s->asked.prompt,
                         side->answer.text, &b)
        == AIR_OK
        && air_msg_said(&msg, &s->mem, air_buf_view(&b)) == AIR_OK
        && ngx_ai_shadow_ask(s, shadow->judge.target, &msg, AIR_REC_JUDGE,
                             handler)
           == NGX_OK)
    {
        s->grading++;
    }
}


static void
ngx_ai_shadow_graded_live(ngx_ai_aside_t *aside)
{
    ngx_ai_shading_t  *s;

    s = aside->data;

    ngx_ai_shadow_grade(aside, &s->live);
}


static void
ngx_ai_shadow_graded(ngx_ai_aside_t *aside)
{
    ngx_ai_shading_t  *s;

    s = aside->data;

    ngx_ai_shadow_grade(aside, &s->shadow);
}


static void
ngx_ai_shadow_grade(ngx_ai_aside_t *aside, ngx_ai_shadow_side_t *side)
{
    unsigned           grade;
    air_mem_t          mem;
    air_answer_t       answer;
    ngx_ai_shading_t  *s;

    s = aside->data;
    mem = ngx_ai_mem(aside->pool);

    if (aside->fault == AIR_FAULT_NONE && aside->reply.choices != NULL
        && air_answer_read(&answer, aside->reply.choices, &mem) == AIR_OK
        && air_grade_read(answer.text, &mem, &grade) == AIR_OK)
    {
        side->grade = grade;
    }

    if (--s->grading == 0) {
        ngx_ai_shadow_finish(s);
    }
}


/* ---- what was found --------------------------------------------------- */

/*
 * Answers that agree are as good as each other; else whoever passes the floor
 * alone, or has the better grade, is.  Where neither tells, none is said to
 * be: what is kept is then understated.
 */
static void
ngx_ai_shadow_finish(ngx_ai_shading_t *s)
{
    uint64_t    *c;
    uint32_t     flags;
    unsigned     grade;
    ngx_uint_t   live, shadow, graded;

    graded = s->live.grade != AIR_FLOOR_NO_GRADE
             && s->shadow.grade != AIR_FLOOR_NO_GRADE;

    live = s->live.verdict.verdict != AIR_VERDICT_FAILED;
    shadow = s->shadow.verdict.verdict != AIR_VERDICT_FAILED;
    grade = 0;

    if (s->agree) {
        live = 1;
        shadow = 1;
        grade = 1000;
        ngx_ai_shadow_learn(s, 1000, 1000);

    } else if (live != shadow) {
        ngx_ai_shadow_learn(s, live ? 1000 : 0, shadow ? 1000 : 0);

    } else if (graded) {
        live = s->live.grade >= s->shadow.grade;
        shadow = s->shadow.grade >= s->live.grade;
        grade = s->shadow.grade;
        ngx_ai_shadow_learn(s, s->live.grade, s->shadow.grade);
        ngx_ai_shadow_record(s, &s->live, 0, s->live.grade);

    } else {
        live = 0;
        shadow = 0;
    }

    flags = AIR_REC_SHADOW;
    flags |= live ? AIR_REC_KEPT : 0;
    flags |= shadow ? AIR_REC_SUFFICED : 0;

    ngx_ai_shadow_record(s, &s->shadow, flags, grade);

    c = s->row->c;

    ngx_ai_add(&c[AIR_STAT_SHADOW_PAIRS], 1);
    ngx_ai_add(&c[AIR_STAT_SHADOW_KEPT], live);
    ngx_ai_add(&c[AIR_STAT_SHADOW_SUFFICED], shadow);

    ngx_destroy_pool(s->pool);
}


/* Both grades of a request whose two models a "learn" chooses from. */
static void
ngx_ai_shadow_learn(ngx_ai_shading_t *s, ngx_uint_t live, ngx_uint_t shadow)
{
    uint64_t  key;

    if (s->live.which == 0 || s->shadow.which == 0
        || s->live.which == s->shadow.which)
    {
        return;
    }

    key = air_samples_key(s->id);

    (void) ngx_ai_learn_outcome(s->amcf, key, s->id, NULL, s->live.which,
                                live);
    (void) ngx_ai_learn_outcome(s->amcf, key, s->id, NULL, s->shadow.which,
                                shadow);
}


static void
ngx_ai_shadow_record(ngx_ai_shading_t *s, ngx_ai_shadow_side_t *side,
    uint32_t flags, unsigned grade)
{
    air_record_t  rec;

    if (s->amcf->ledger == NULL) {
        return;
    }

    ngx_memzero(&rec, sizeof(air_record_t));

    rec.kind = AIR_RECORD_VERDICT;
    rec.op = AIR_OP_CHAT;
    rec.certainty = AIR_CERTAIN_NONE;
    rec.attempt = side->n;
    rec.time_ms = ngx_ai_now();
    rec.flags = flags;
    rec.task = s->task;
    rec.grade = grade + 1;

    /* what the floor said of the caller's answer its own record knows */

    if (flags & AIR_REC_SHADOW) {
        rec.verdict = side->verdict.verdict;

        if (rec.verdict == AIR_VERDICT_FAILED
            || rec.verdict == AIR_VERDICT_UNSURE)
        {
            rec.check = side->verdict.check + 1;
        }
    }

    rec.vendor = ngx_ai_air(side->target->vendor->name);
    rec.model = ngx_ai_air(side->target->model);
    rec.workflow = ngx_ai_air(s->workflow);
    rec.principal = ngx_ai_air(s->principal);
    rec.team = ngx_ai_air(s->team);
    ngx_memcpy(rec.request_id, s->id, sizeof(s->id));

    ngx_ai_stat_ledger(s->amcf, air_ledger_settle(s->amcf->ledger, -1, &rec));
}


/* The row that is the workflow's own. */
static ngx_ai_stat_t *
ngx_ai_shadow_row(ngx_ai_ctx_t *ctx)
{
    ngx_ai_zone_t  *zone;

    zone = ctx->amcf->zone;

    return &zone->row[zone->row_index[ctx->workflow->stat]];
}
