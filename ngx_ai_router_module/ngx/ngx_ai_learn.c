
/*
 * Learned routing: which of two models a request needs, by weights that
 * "ai-router learn" made (core/air_learn.h).
 *
 *   decision   the last text of the user, scored; cheap first where it is good
 *              enough and the traffic is like the labelled, else strong first
 *   watch      what the traffic looks like, in the zone: of all workers, and
 *              kept over a reload; begins anew with other weights
 *   weights    each worker looks for a new file twice a second, in a thread;
 *              a bad one changes nothing
 *
 * Whatever is missing or unlike, the request goes to strong.
 */

#include "ngx_ai_learn.h"
#include "ngx_ai_zone.h"


#define NGX_AI_LEARN_TICK  500    /* ms                                     */


static uint64_t ngx_ai_learn_id(ngx_ai_learn_t *learn);
static void ngx_ai_learn_window(ngx_ai_zone_learn_t *z,
    air_learn_watch_t *watch);
static ngx_ai_learn_t *ngx_ai_learn_of(ngx_ai_workflow_t *wf,
    ngx_uint_t tasks);
static void ngx_ai_learn_look(ngx_ai_learn_t *learn);
static void ngx_ai_learn_take(ngx_ai_main_conf_t *amcf,
    ngx_ai_learn_t *learn, ngx_log_t *log);
static void ngx_ai_learn_timer(ngx_event_t *ev);
static void ngx_ai_learn_thread(void *data, ngx_log_t *log);
static void ngx_ai_learn_done(ngx_event_t *ev);


static const char *const  ngx_ai_learn_whys[] = {
    "", "score", "weights", "few", "unlike", "novel"
};


const char *
ngx_ai_learn_why(ngx_ai_learn_why_e why)
{
    return ngx_ai_learn_whys[why];
}


/* the name of one in the zone, never 0 */
static uint64_t
ngx_ai_learn_id(ngx_ai_learn_t *learn)
{
    size_t    i;
    uint64_t  id;

    id = 14695981039346656037u ^ learn->tasks;

    for (i = 0; i < learn->workflow.len; i++) {
        id = (id ^ learn->workflow.data[i]) * 1099511628211u;
    }

    for (i = 0; learn->pair[i] != '\0'; i++) {
        id = (id ^ (u_char) learn->pair[i]) * 1099511628211u;
    }

    return id ? id : 1;
}


void
ngx_ai_learn_zone(ngx_ai_shared_t *sh, ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t        i, k, place;
    ngx_ai_learn_t  **learn;

    for (k = 0; k < NGX_AI_ZONE_LEARNS; k++) {
        sh->learn[k].kept = 0;
    }

    learn = amcf->learns.elts;

    for (i = 0; i < amcf->learns.nelts; i++) {

        learn[i]->id = ngx_ai_learn_id(learn[i]);

        for (k = 0; k < NGX_AI_ZONE_LEARNS; k++) {
            if (sh->learn[k].id == learn[i]->id) {
                sh->learn[k].kept = 1;
                break;
            }
        }
    }

    /* those that the newest configuration does not name give way */

    for (i = 0; i < amcf->learns.nelts; i++) {

        place = NGX_AI_ZONE_LEARNS;

        for (k = 0; k < NGX_AI_ZONE_LEARNS; k++) {

            if (sh->learn[k].id == learn[i]->id) {
                place = k;
                break;
            }

            if (!sh->learn[k].kept && place == NGX_AI_ZONE_LEARNS) {
                place = k;
            }
        }

        learn[i]->zone = place;

        if (place == NGX_AI_ZONE_LEARNS
            || sh->learn[place].id == learn[i]->id)
        {
            continue;
        }

        ngx_memzero(&sh->learn[place], sizeof(ngx_ai_zone_learn_t));
        sh->learn[place].id = learn[i]->id;
        sh->learn[place].kept = 1;
    }
}


/* the watch as core reads it; words that move meanwhile do no harm */
static void
ngx_ai_learn_window(ngx_ai_zone_learn_t *z, air_learn_watch_t *watch)
{
    ngx_uint_t  i;

    watch->n = (uint32_t) ngx_ai_get(&z->n);

    for (i = 0; i < AIR_LEARN_BINS; i++) {
        watch->need[i] = (uint32_t) ngx_ai_get(&z->need[i]);
        watch->novel[i] = (uint32_t) ngx_ai_get(&z->novel[i]);
    }
}


/* what is learned for these classes, or NULL */
static ngx_ai_learn_t *
ngx_ai_learn_of(ngx_ai_workflow_t *wf, ngx_uint_t tasks)
{
    ngx_ai_learn_t  *learn;

    for (learn = wf->learn; learn != NULL; learn = learn->next) {
        if (learn->tasks & tasks) {
            return learn;
        }
    }

    return NULL;
}


void
ngx_ai_learn(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf, ngx_uint_t tasks)
{
    ngx_ai_learn_t       *learn;
    air_learn_text_t      text;
    air_task_input_t      in;
    air_learn_watch_t     watch;
    ngx_ai_zone_learn_t  *z;

    ctx->learn = NULL;
    ctx->learn_cheap = 0;

    if (wf->learn == NULL || ctx->op == AIR_OP_COUNT_TOKENS
        || ctx->op == AIR_OP_EMBEDDINGS)
    {
        return;
    }

    learn = ngx_ai_learn_of(wf, tasks);

    if (learn == NULL) {
        return;
    }

    ctx->learn = learn;
    ctx->learn_why = NGX_AI_LEARN_WEIGHTS;

    if (learn->model == NULL) {
        return;
    }

    air_task_read(&ctx->doc, &in);

    if (in.user.len == 0) {
        ctx->learn_why = NGX_AI_LEARN_NOVEL;
        return;
    }

    air_learn_text(&text, in.user, in.user_escaped);

    ctx->learned = air_learn_score(learn->model, &text);
    ctx->learn_scored = 1;

    z = &ctx->amcf->zone->sh->learn[learn->zone];

    /* a worker whose weights are others than the watch's knows nothing */

    if (learn->zone == NGX_AI_ZONE_LEARNS || ngx_ai_get(&z->sum) != learn->sum)
    {
        return;
    }

    ngx_ai_learn_window(z, &watch);

    if (!air_learn_alike(&watch, learn->model)) {
        ctx->learn_why = watch.n < AIR_LEARN_ENOUGH ? NGX_AI_LEARN_FEW
                                                    : NGX_AI_LEARN_UNLIKE;
        return;
    }

    if (ctx->learned.novelty > learn->model->novel) {
        ctx->learn_why = NGX_AI_LEARN_NOVEL;
        return;
    }

    ctx->learn_why = NGX_AI_LEARN_SCORE;
    ctx->learn_cheap = air_learn_cheap(learn->model, ctx->learned, 1,
                                       learn->keep);
}


ngx_uint_t
ngx_ai_learn_group(ngx_ai_ctx_t *ctx, ngx_ai_choice_t *choice)
{
    if (choice->learn == NULL || choice->learn != ctx->learn
        || !ctx->learn_cheap)
    {
        return choice->group;
    }

    return choice->cheap ? choice->learn->strong : choice->learn->cheap;
}


void
ngx_ai_learn_count(ngx_ai_ctx_t *ctx)
{
    uint64_t              n;
    ngx_uint_t            i;
    ngx_ai_learn_t       *learn;
    ngx_ai_zone_learn_t  *z;

    learn = ctx->learn;

    if (learn == NULL || learn->zone == NGX_AI_ZONE_LEARNS) {
        return;
    }

    z = &ctx->amcf->zone->sh->learn[learn->zone];

    (void) ngx_ai_add(ctx->learn_cheap ? &z->cheap : &z->strong, 1);

    if (!ctx->learn_scored || learn->model == NULL
        || ngx_ai_get(&z->sum) != learn->sum)
    {
        return;
    }

    (void) ngx_ai_add(&z->need[air_learn_bin(&learn->model->needs,
                                             ctx->learned.need)], 1);
    (void) ngx_ai_add(&z->novel[air_learn_bin(&learn->model->novelties,
                                              ctx->learned.novelty)], 1);

    if (ngx_ai_add(&z->n, 1) != AIR_LEARN_WATCH - 1) {
        return;
    }

    /* half is forgotten, by the one who comes to the end */

    for (i = 0; i < AIR_LEARN_BINS; i++) {
        n = ngx_ai_get(&z->need[i]);
        (void) ngx_ai_add(&z->need[i], -(n / 2));

        n = ngx_ai_get(&z->novel[i]);
        (void) ngx_ai_add(&z->novel[i], -(n / 2));
    }

    (void) ngx_ai_add(&z->n, -(uint64_t) (AIR_LEARN_WATCH / 2));
}


/* ---- weights ---------------------------------------------------------- */

/* in a thread, or before a worker serves */
static void
ngx_ai_learn_look(ngx_ai_learn_t *learn)
{
    memset(&learn->err, 0, sizeof(air_err_t));

    learn->rc = air_weights_read((char *) learn->file.data, learn->pair,
                                 &learn->mark, learn->fresh,
                                 &learn->fresh_sum, &learn->err);
}


/* what was found comes into use */
static void
ngx_ai_learn_take(ngx_ai_main_conf_t *amcf, ngx_ai_learn_t *learn,
    ngx_log_t *log)
{
    uint64_t              old;
    ngx_uint_t            i;
    air_learn_t          *model;
    ngx_ai_zone_learn_t  *z;

    switch (learn->rc) {

    case AIR_AGAIN:
        return;

    case AIR_OK:
        break;

    default:

        /* said once: the mark is the bad file's now, or it cannot be read */

        if (learn->said != learn->rc || learn->rc != AIR_EIO) {
            ngx_log_error(NGX_LOG_ERR, log, learn->err.sys,
                          "ai: weights \"%V\" of ai_workflow \"%V\" %s, %s",
                          &learn->file, &learn->workflow,
                          learn->rc == AIR_ENOENT && learn->mark.ino == 0
                              ? "are gone"
                          : learn->rc == AIR_ENOENT ? "have no such pair"
                          : learn->rc == AIR_ECORRUPT ? "are damaged"
                          : learn->err.reason ? learn->err.reason
                          : "cannot be read",
                          learn->model ? "the old ones stay"
                                       : "all goes to strong");
        }

        learn->said = learn->rc;
        return;
    }

    learn->said = AIR_OK;

    model = learn->fresh;
    learn->fresh = learn->room;
    learn->room = model;
    learn->model = model;
    learn->sum = learn->fresh_sum;

    ngx_log_error(NGX_LOG_NOTICE, log, 0,
                  "ai: weights \"%V\" of ai_workflow \"%V\", pair \"%s\": "
                  "%ui labelled requests, %ui%% may be cheap",
                  &learn->file, &learn->workflow, learn->pair,
                  (ngx_uint_t) model->rows,
                  (ngx_uint_t) (100 * air_learn_share(model, learn->keep)
                                + 0.5));

    if (amcf->zone == NULL || learn->zone == NGX_AI_ZONE_LEARNS) {
        return;
    }

    /* the first who has them makes the watch anew */

    z = &amcf->zone->sh->learn[learn->zone];
    old = ngx_ai_get(&z->sum);

    if (old == learn->sum || !ngx_ai_swap(&z->sum, old, learn->sum)) {
        return;
    }

    ngx_ai_set(&z->n, 0);

    for (i = 0; i < AIR_LEARN_BINS; i++) {
        ngx_ai_set(&z->need[i], 0);
        ngx_ai_set(&z->novel[i], 0);
    }
}


ngx_int_t
ngx_ai_learn_init_process(ngx_cycle_t *cycle, ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t          i;
    ngx_event_t        *ev;
    ngx_connection_t   *c;
    ngx_ai_learn_t    **learn;

    if (amcf->learns.nelts == 0 || amcf->routes.nelts == 0) {
        return NGX_OK;
    }

    learn = amcf->learns.elts;

    for (i = 0; i < amcf->learns.nelts; i++) {
        ngx_ai_learn_look(learn[i]);
        ngx_ai_learn_take(amcf, learn[i], cycle->log);
    }

    amcf->learn_task = ngx_thread_task_alloc(cycle->pool, sizeof(void *));
    if (amcf->learn_task == NULL) {
        return NGX_ERROR;
    }

    /* what debug logs of a timer look at */

    c = ngx_pcalloc(cycle->pool, sizeof(ngx_connection_t));
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->fd = (ngx_socket_t) -1;

    *(ngx_ai_main_conf_t **) amcf->learn_task->ctx = amcf;
    amcf->learn_task->handler = ngx_ai_learn_thread;
    amcf->learn_task->event.handler = ngx_ai_learn_done;
    amcf->learn_task->event.data = amcf;
    amcf->learn_task->event.log = cycle->log;

    ev = &amcf->learn_tick;
    ev->handler = ngx_ai_learn_timer;
    ev->data = c;
    ev->log = cycle->log;
    ev->cancelable = 1;

    ngx_add_timer(ev, NGX_AI_LEARN_TICK);

    return NGX_OK;
}


static void
ngx_ai_learn_timer(ngx_event_t *ev)
{
    ngx_ai_main_conf_t  *amcf;

    amcf = (ngx_ai_main_conf_t *)
               ((u_char *) ev - offsetof(ngx_ai_main_conf_t, learn_tick));

    ngx_add_timer(ev, NGX_AI_LEARN_TICK);

    if (amcf->learning) {
        return;
    }

    if (ngx_thread_task_post(amcf->pool, amcf->learn_task) == NGX_OK) {
        amcf->learning = 1;
    }
}


/* runs in a thread: only what the header gives it */
static void
ngx_ai_learn_thread(void *data, ngx_log_t *log)
{
    ngx_uint_t            i;
    ngx_ai_learn_t      **learn;
    ngx_ai_main_conf_t   *amcf;

    amcf = *(ngx_ai_main_conf_t **) data;
    learn = amcf->learns.elts;

    for (i = 0; i < amcf->learns.nelts; i++) {
        ngx_ai_learn_look(learn[i]);
    }
}


static void
ngx_ai_learn_done(ngx_event_t *ev)
{
    ngx_uint_t            i;
    ngx_ai_learn_t      **learn;
    ngx_ai_main_conf_t   *amcf;

    amcf = ev->data;
    amcf->learning = 0;

    learn = amcf->learns.elts;

    for (i = 0; i < amcf->learns.nelts; i++) {
        ngx_ai_learn_take(amcf, learn[i], ev->log);
    }
}
