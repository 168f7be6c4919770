
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
 *   samples    what is asked, as hashed words, and who answered, where the
 *              operator says so; labels come later, and a thread of one worker
 *              learns from them
 *
 * Whatever is missing or unlike, the request goes to strong.
 */

#include "ngx_ai_learn.h"
#include "ngx_ai_zone.h"
#include "../core/air_draw.h"


#define NGX_AI_LEARN_TICK  500    /* ms                                     */
#define NGX_AI_LEARN_LOOK  20     /* labels, before they are counted        */


static uint64_t ngx_ai_learn_hash(uint64_t seed, u_char *p, size_t len);
static uint64_t ngx_ai_learn_id(ngx_ai_learn_t *learn);
static void ngx_ai_learn_window(ngx_ai_zone_learn_t *z,
    air_learn_watch_t *watch);
static ngx_ai_learn_t *ngx_ai_learn_of(ngx_ai_workflow_t *wf,
    ngx_uint_t tasks);
static void ngx_ai_learn_decide(ngx_ai_ctx_t *ctx, ngx_ai_learn_t *learn,
    air_learn_text_t *text);
static void ngx_ai_learn_explore(ngx_ai_ctx_t *ctx, ngx_ai_learn_t *learn);
static void ngx_ai_learn_keep(ngx_ai_ctx_t *ctx);
static void ngx_ai_learn_open(ngx_ai_main_conf_t *amcf, ngx_log_t *log);
static void ngx_ai_learn_train(ngx_ai_main_conf_t *amcf,
    ngx_ai_learn_t *learn);
static void ngx_ai_learn_trained(ngx_ai_learn_t *learn, ngx_log_t *log);
static void ngx_ai_learn_look(ngx_ai_learn_t *learn);
static void ngx_ai_learn_take(ngx_ai_main_conf_t *amcf,
    ngx_ai_learn_t *learn, ngx_log_t *log);
static void ngx_ai_learn_timer(ngx_event_t *ev);
static void ngx_ai_learn_thread(void *data, ngx_log_t *log);
static void ngx_ai_learn_done(ngx_event_t *ev);


static const char *const  ngx_ai_learn_whys[] = {
    "", "score", "weights", "few", "unlike", "novel", "explore"
};


const char *
ngx_ai_learn_why(ngx_ai_learn_why_e why)
{
    return ngx_ai_learn_whys[why];
}


/* FNV-1a */
static uint64_t
ngx_ai_learn_hash(uint64_t seed, u_char *p, size_t len)
{
    size_t    i;
    uint64_t  hash;

    hash = 14695981039346656037u ^ seed;

    for (i = 0; i < len; i++) {
        hash = (hash ^ p[i]) * 1099511628211u;
    }

    return hash ^ hash >> 32;
}


/* the name of one in the zone, never 0 */
static uint64_t
ngx_ai_learn_id(ngx_ai_learn_t *learn)
{
    uint64_t  id;

    id = ngx_ai_learn_hash(learn->tasks, learn->workflow.data,
                           learn->workflow.len);
    id = ngx_ai_learn_hash(id, (u_char *) learn->pair,
                           ngx_strlen(learn->pair));

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


/* by the weights, of a text */
static void
ngx_ai_learn_decide(ngx_ai_ctx_t *ctx, ngx_ai_learn_t *learn,
    air_learn_text_t *text)
{
    air_learn_watch_t     watch;
    ngx_ai_zone_learn_t  *z;

    if (learn->model == NULL) {
        return;
    }

    ctx->learned = air_learn_score(learn->model, text);
    ctx->learn_scored = 1;

    z = &ctx->amcf->zone->sh->learn[learn->zone];

    /* a worker whose weights are others than the watch's knows nothing */

    if (ngx_ai_get(&z->sum) != learn->sum) {
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


/*
 * A share of the requests goes to the other one, drawn by how many there were:
 * a dry run is told what the next one will be.
 */
static void
ngx_ai_learn_explore(ngx_ai_ctx_t *ctx, ngx_ai_learn_t *learn)
{
    uint64_t              draw;
    ngx_ai_zone_learn_t  *z;

    z = &ctx->amcf->zone->sh->learn[learn->zone];

    draw = ngx_ai_get(&z->cheap) + ngx_ai_get(&z->strong);
    draw = air_mix((draw ^ learn->id) * AIR_GOLDEN) >> 32;

    ctx->learn_share = ctx->learn_cheap ? 10000 - learn->explore
                                        : learn->explore;

    if (draw * 10000 >> 32 < learn->explore) {
        ctx->learn_cheap = !ctx->learn_cheap;
        ctx->learn_why = NGX_AI_LEARN_EXPLORE;
    }
}


void
ngx_ai_learn(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf, ngx_uint_t tasks)
{
    ngx_ai_learn_t    *learn;
    air_learn_text_t   text, *t;
    air_task_input_t   in;

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

    if (learn->model == NULL && !learn->samples) {
        return;
    }

    air_task_read(&ctx->doc, &in);

    if (in.user.len == 0) {
        ctx->learn_why = NGX_AI_LEARN_NOVEL;
        return;
    }

    t = &text;

    if (learn->samples && ctx->amcf->samples != NULL && !ctx->peek) {

        t = ngx_palloc(ctx->r->pool, sizeof(air_learn_text_t));
        if (t == NULL) {
            return;
        }

        ctx->learn_text = t;
    }

    air_learn_text(t, in.user, in.user_escaped);

    ngx_ai_learn_decide(ctx, learn, t);

    if (learn->explore) {
        ngx_ai_learn_explore(ctx, learn);
    }
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

    if (learn == NULL) {
        return;
    }

    z = &ctx->amcf->zone->sh->learn[learn->zone];

    (void) ngx_ai_add(ctx->learn_cheap ? &z->cheap : &z->strong, 1);

    if (ctx->learn_text != NULL && ctx->amcf->samples != NULL) {
        ngx_ai_learn_keep(ctx);
    }

    if (!ctx->learn_scored || ngx_ai_get(&z->sum) != learn->sum) {
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


void
ngx_ai_learn_status(ngx_ai_main_conf_t *amcf, air_buf_t *b)
{
    ngx_uint_t            i, known;
    air_learn_t          *model;
    ngx_ai_learn_t      **learn;
    air_learn_watch_t     watch;
    ngx_ai_zone_learn_t  *z;

    if (amcf->learns.nelts == 0 || amcf->zone == NULL) {
        return;
    }

    learn = amcf->learns.elts;
    air_buf_z(b, ",\"learn\":[");

    for (i = 0; i < amcf->learns.nelts; i++) {

        z = &amcf->zone->sh->learn[learn[i]->zone];
        model = learn[i]->model;
        known = model != NULL && ngx_ai_get(&z->sum) == learn[i]->sum;

        ngx_ai_learn_window(z, &watch);

        air_buf_z(b, i ? ",{\"workflow\":" : "{\"workflow\":");
        air_buf_json(b, ngx_ai_air(learn[i]->workflow));
        air_buf_z(b, ",\"pair\":");
        air_buf_json(b, air_str_z(learn[i]->pair));
        air_buf_z(b, ",\"keep_permille\":");
        air_buf_uint(b, learn[i]->keep);
        air_buf_z(b, ",\"labelled\":");
        air_buf_uint(b, model ? model->rows : 0);
        air_buf_z(b, ",\"cheap_permille\":");
        air_buf_uint(b, model ? (uint64_t) (1000 * air_learn_share(model,
                                                       learn[i]->keep) + 0.5)
                              : 0);
        air_buf_z(b, ",\"seen\":");
        air_buf_uint(b, known ? watch.n : 0);
        air_buf_z(b, ",\"alike\":");
        air_buf_z(b, known && air_learn_alike(&watch, model) ? "true"
                                                             : "false");
        air_buf_z(b, ",\"cheap\":");
        air_buf_uint(b, ngx_ai_get(&z->cheap));
        air_buf_z(b, ",\"strong\":");
        air_buf_uint(b, ngx_ai_get(&z->strong));
        air_buf_z(b, "}");
    }

    air_buf_z(b, "]");
}


/* ---- samples ---------------------------------------------------------- */

/* a request whose turn it was, not one that something else has led */
static void
ngx_ai_learn_keep(ngx_ai_ctx_t *ctx)
{
    air_why_e         why;
    air_sample_t      sample;
    ngx_ai_choice_t  *choice;

    if (ctx->norder == 0) {
        return;
    }

    why = ctx->order[0].why;

    if (why == AIR_WHY_ASKED || why == AIR_WHY_ORDERED
        || why == AIR_WHY_STICKY)
    {
        return;
    }

    choice = ctx->workflow->choices.elts;
    choice += ctx->order[0].id;

    if (choice->learn != ctx->learn || choice->cheap != ctx->learn_cheap) {
        return;
    }

    ngx_memcpy(sample.id, ctx->id, sizeof(sample.id));
    sample.learn = ctx->learn->id;
    sample.owner = ngx_ai_learn_owner(ctx);
    sample.time_ms = ngx_ai_now();
    sample.share = ctx->learn_share;

    ctx->learn_sample = air_samples_add(ctx->amcf->samples, &sample,
                                        ctx->learn_text);
}


void
ngx_ai_learn_served(ngx_ai_attempt_t *att)
{
    uint64_t          reply;
    ngx_ai_ctx_t     *ctx;
    ngx_ai_choice_t  *choice;

    ctx = att->ctx;
    choice = att->choice;

    if (ctx->learn_sample == 0 || ctx->amcf->samples == NULL
        || choice->learn != ctx->learn || choice->escalate)
    {
        return;
    }

    reply = att->note.id_len
            ? ngx_ai_learn_reply(air_str_n(att->note.id, att->note.id_len))
            : 0;

    air_samples_served(ctx->amcf->samples, ctx->learn_sample, ctx->id,
                       choice->cheap ? AIR_SAMPLE_CHEAP : AIR_SAMPLE_STRONG,
                       choice->cheap == ctx->learn_cheap, reply);
}


void
ngx_ai_learn_judged(ngx_ai_attempt_t *att, ngx_uint_t grade)
{
    ngx_uint_t        which;
    ngx_ai_ctx_t     *ctx;
    ngx_ai_choice_t  *choice;

    ctx = att->ctx;
    choice = att->choice;

    if (ctx->learn_sample == 0 || ctx->amcf->samples == NULL) {
        return;
    }

    /*
     * Only whose turn it was.  That a better one was asked too depends on the
     * answer: labels of those would make the cheap one seem worse, or better,
     * than it is.
     */

    if (choice->learn != ctx->learn || choice->escalate
        || choice->cheap != ctx->learn_cheap)
    {
        return;
    }

    which = choice->cheap ? AIR_SAMPLE_CHEAP : AIR_SAMPLE_STRONG;

    air_samples_served(ctx->amcf->samples, ctx->learn_sample, ctx->id, which,
                       1, 0);

    (void) ngx_ai_learn_outcome(ctx->amcf, air_samples_key(ctx->id), ctx->id,
                                NULL, which, grade);
}


uint64_t
ngx_ai_learn_reply(air_str_t id)
{
    uint64_t  hash;

    hash = ngx_ai_learn_hash(0, id.data, id.len);

    return hash ? hash : 1;
}


uint64_t
ngx_ai_learn_owner(ngx_ai_ctx_t *ctx)
{
    char  id[AIR_KEY_ID];

    if (ctx->key != NULL) {
        air_key_id(ctx->key->hash, id);
        return ngx_ai_learn_hash(1, (u_char *) id, ngx_strlen(id));
    }

    return ngx_ai_learn_hash(2, ctx->principal.data, ctx->principal.len);
}


ngx_int_t
ngx_ai_learn_outcome(ngx_ai_main_conf_t *amcf, uint64_t key, u_char *id,
    uint64_t *owner, ngx_uint_t which, ngx_uint_t grade)
{
    return amcf->samples != NULL
           && air_samples_label(amcf->samples, key, id, owner, which, grade)
              == AIR_OK
           ? NGX_OK : NGX_DECLINED;
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

    /* the first who has them makes the watch anew */

    z = &amcf->zone->sh->learn[learn->zone];
    old = ngx_ai_get(&z->sum);

    if (old == learn->sum) {
        return;
    }

    /* nothing was seen, before anybody may believe in it */

    ngx_ai_set(&z->n, 0);

    if (!ngx_ai_swap(&z->sum, old, learn->sum)) {
        return;
    }

    for (i = 0; i < AIR_LEARN_BINS; i++) {
        ngx_ai_set(&z->need[i], 0);
        ngx_ai_set(&z->novel[i], 0);
    }
}


/* what is kept of requests; without it nothing is learned, all else goes on */
static void
ngx_ai_learn_open(ngx_ai_main_conf_t *amcf, ngx_log_t *log)
{
    air_err_t         err;
    ngx_uint_t        i;
    ngx_ai_learn_t  **learn;

    learn = amcf->learns.elts;

    for (i = 0; i < amcf->learns.nelts; i++) {
        if (learn[i]->samples) {
            break;
        }
    }

    if (i == amcf->learns.nelts) {
        return;
    }

    ngx_memzero(&err, sizeof(air_err_t));

    if (air_samples_open(&amcf->samples, (char *) amcf->store.data, &err)
        != AIR_OK)
    {
        amcf->samples = NULL;

        ngx_log_error(NGX_LOG_ERR, log, err.sys,
                      "ai: samples in \"%V\": %s; nothing is learned",
                      &amcf->store, err.reason);
    }
}


/* in a thread: learns, when this process has the duty and labels came */
static void
ngx_ai_learn_train(ngx_ai_main_conf_t *amcf, ngx_ai_learn_t *learn)
{
    uint64_t        labels;
    air_learner_t   l;

    learn->work_rc = AIR_AGAIN;

    if (!learn->samples || amcf->samples == NULL) {
        return;
    }

    labels = air_samples_labels(amcf->samples);

    if (labels - learn->looked < NGX_AI_LEARN_LOOK
        || air_samples_duty(amcf->samples, NULL) != AIR_OK)
    {
        return;
    }

    learn->looked = labels;

    memset(&learn->work_err, 0, sizeof(air_err_t));

    l.dir = (char *) amcf->store.data;
    l.name = (char *) learn->file.data + amcf->store.len + sizeof("/learn/")
             - 1;
    l.pair = learn->pair;
    l.learn = learn->id;
    l.keep = learn->keep;
    l.chosen = !learn->random;

    learn->work_rc = air_learner_run(amcf->samples, &l, &learn->work,
                                     &learn->work_err);
}


static void
ngx_ai_learn_trained(ngx_ai_learn_t *learn, ngx_log_t *log)
{
    air_learner_work_t  *work;

    work = &learn->work;

    if (learn->work_rc == AIR_AGAIN) {
        return;
    }

    if (learn->work_rc != AIR_OK) {
        ngx_log_error(NGX_LOG_ERR, log, learn->work_err.sys,
                      "ai: ai_workflow \"%V\", pair \"%s\" cannot be learned: "
                      "%s", &learn->workflow, learn->pair,
                      learn->work_err.reason ? learn->work_err.reason
                                             : "unknown failure");
        return;
    }

    if (work->trained) {
        ngx_log_error(NGX_LOG_NOTICE, log, 0,
                      "ai: ai_workflow \"%V\", pair \"%s\" learned from %uD "
                      "labelled requests: by %uD of them %ui%% may be cheap; "
                      "weights %s", &learn->workflow, learn->pair, work->rows,
                      work->from, (ngx_uint_t) (work->cheap + 5) / 10,
                      work->installed ? "installed" : "not installed");
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

    ngx_ai_learn_open(amcf, cycle->log);

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

    /* one who leaves may take long: the duty is for the others */

    if (ngx_exiting) {
        if (amcf->samples != NULL) {
            air_samples_release(amcf->samples);
        }

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
        ngx_ai_learn_train(amcf, learn[i]);
        ngx_ai_learn_look(learn[i]);
    }
}


void
ngx_ai_learn_exit_process(ngx_ai_main_conf_t *amcf)
{
    if (amcf->samples != NULL) {
        air_samples_close(amcf->samples);
        amcf->samples = NULL;
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
        ngx_ai_learn_trained(learn[i], ev->log);
        ngx_ai_learn_take(amcf, learn[i], ev->log);
    }
}
