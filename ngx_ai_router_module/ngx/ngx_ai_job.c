
/*
 * Jobs of the elected worker.  A job's words in the zone:
 *
 *   owner   the worker that runs it, taken by whoever finds it 0, or a process
 *           that is no more
 *   due     when it is to run again, written before owner is given back
 *
 * so that a worker that dies leaves a job due and takable.
 */

#include "ngx_ai_conf.h"
#include "ngx_ai_job.h"
#include "ngx_ai_zone.h"
#include "../fetch/air_fetch.h"

#include <signal.h>


#define NGX_AI_JOB_TICK     250       /* ms between two looks               */
#define NGX_AI_JOB_THREADS  "threads=4"
#define NGX_AI_JOB_WEEK     (7 * 24 * 3600 * 1000U)
#define NGX_AI_JOB_LOST     (3600 * 1000)     /* a run that lasts so long is
                                             of a process that is no more   */


typedef struct {
    ngx_event_t           timer;
    ngx_connection_t      none;           /* what debug logs look at        */
    ngx_ai_main_conf_t   *amcf;
} ngx_ai_jobber_t;


static uint64_t ngx_ai_job_id(ngx_ai_job_t *job);
static ngx_ai_zone_job_t *ngx_ai_job_zone_of(ngx_ai_job_t *job);
static void ngx_ai_job_timer(ngx_event_t *ev);
static ngx_uint_t ngx_ai_job_claim(ngx_ai_job_t *job, uint64_t now);
static void ngx_ai_job_start(ngx_ai_job_t *job);
static void ngx_ai_job_thread(void *data, ngx_log_t *log);
static void ngx_ai_job_done(ngx_event_t *ev);
static uint64_t ngx_ai_job_wait(ngx_ai_job_t *job, uint64_t failures);


ngx_int_t
ngx_ai_job_add(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf, ngx_ai_job_t *job)
{
    ngx_ai_job_t  **place;

    if (amcf->jobs == NULL) {

        amcf->jobs = ngx_array_create(cf->pool, 4, sizeof(void *));
        if (amcf->jobs == NULL) {
            return NGX_ERROR;
        }

        amcf->job_pool = ngx_ai_conf_threads(cf, "ai_jobs",
                                             NGX_AI_JOB_THREADS);
        if (amcf->job_pool == NULL) {
            return NGX_ERROR;
        }
    }

    if (amcf->jobs->nelts == NGX_AI_ZONE_JOBS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "too many feeds and alerts, %d are possible in all",
                           NGX_AI_ZONE_JOBS);
        return NGX_ERROR;
    }

    place = ngx_array_push(amcf->jobs);
    if (place == NULL) {
        return NGX_ERROR;
    }

    job->amcf = amcf;
    *place = job;

    return NGX_OK;
}


/* FNV-1a of name and interval, never 0: with another interval it begins anew */
static uint64_t
ngx_ai_job_id(ngx_ai_job_t *job)
{
    size_t    i;
    uint64_t  hash;

    hash = 14695981039346656037u ^ job->interval;

    for (i = 0; i < job->name.len; i++) {
        hash = (hash ^ job->name.data[i]) * 1099511628211u;
    }

    return hash ? hash : 1;
}


void
ngx_ai_job_zone(ngx_ai_shared_t *sh, ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t      i, k, n;
    ngx_ai_job_t  **job;

    for (k = 0; k < NGX_AI_ZONE_JOBS; k++) {
        sh->job[k].kept = 0;
    }

    n = amcf->jobs ? amcf->jobs->nelts : 0;
    job = n ? amcf->jobs->elts : NULL;

    for (i = 0; i < n; i++) {

        job[i]->id = ngx_ai_job_id(job[i]);
        job[i]->zone = NGX_AI_ZONE_JOBS;

        for (k = 0; k < NGX_AI_ZONE_JOBS; k++) {
            if (sh->job[k].id == job[i]->id) {
                job[i]->zone = k;
                sh->job[k].kept = 1;
                break;
            }
        }
    }

    /* those that the newest configuration does not name give way */

    for (i = 0, k = 0; i < n; i++) {

        if (job[i]->zone != NGX_AI_ZONE_JOBS) {
            continue;
        }

        while (sh->job[k].kept) {
            k++;
        }

        ngx_memzero(&sh->job[k], sizeof(ngx_ai_zone_job_t));
        sh->job[k].id = job[i]->id;
        sh->job[k].kept = 1;
        job[i]->zone = k;
    }
}


/* its words, or NULL when a newer configuration gave them to another one */
static ngx_ai_zone_job_t *
ngx_ai_job_zone_of(ngx_ai_job_t *job)
{
    ngx_ai_zone_job_t  *z;

    if (job->amcf->zone == NULL) {
        return NULL;
    }

    z = &job->amcf->zone->sh->job[job->zone];

    return ngx_ai_get(&z->id) == job->id ? z : NULL;
}


ngx_int_t
ngx_ai_job_init_process(ngx_cycle_t *cycle, ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t        i;
    ngx_ai_job_t    **job;
    ngx_ai_jobber_t  *jobber;

    if (amcf->zone == NULL || amcf->jobs == NULL) {
        return NGX_OK;
    }

    if (air_fetch_init() != AIR_OK) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "ai: libcurl cannot be used");
        return NGX_ERROR;
    }

    jobber = ngx_pcalloc(cycle->pool, sizeof(ngx_ai_jobber_t));
    if (jobber == NULL) {
        return NGX_ERROR;
    }

    job = amcf->jobs->elts;

    for (i = 0; i < amcf->jobs->nelts; i++) {

        job[i]->task = ngx_thread_task_alloc(cycle->pool, 0);
        if (job[i]->task == NULL) {
            return NGX_ERROR;
        }

        job[i]->task->ctx = job[i];
        job[i]->task->handler = ngx_ai_job_thread;
        job[i]->task->event.handler = ngx_ai_job_done;
        job[i]->task->event.data = job[i];
        job[i]->task->event.log = cycle->log;
        job[i]->log = cycle->log;
    }

    jobber->amcf = amcf;
    jobber->none.fd = (ngx_socket_t) -1;

    jobber->timer.handler = ngx_ai_job_timer;
    jobber->timer.data = &jobber->none;
    jobber->timer.log = cycle->log;
    jobber->timer.cancelable = 1;

    amcf->jobbing = 1;
    ngx_add_timer(&jobber->timer, NGX_AI_JOB_TICK);

    return NGX_OK;
}


static void
ngx_ai_job_timer(ngx_event_t *ev)
{
    uint64_t          now;
    ngx_uint_t        i;
    ngx_ai_job_t    **job;
    ngx_ai_jobber_t  *jobber;

    if (ngx_ai_job_stop(NULL)) {
        return;
    }

    jobber = (ngx_ai_jobber_t *)
                 ((u_char *) ev - offsetof(ngx_ai_jobber_t, timer));

    ngx_add_timer(ev, NGX_AI_JOB_TICK);

    now = ngx_ai_now();
    job = jobber->amcf->jobs->elts;

    for (i = 0; i < jobber->amcf->jobs->nelts; i++) {

        if (!job[i]->running && ngx_ai_job_claim(job[i], now)) {
            ngx_ai_job_start(job[i]);
        }
    }
}


/* 1 when it is due and ours */
static ngx_uint_t
ngx_ai_job_claim(ngx_ai_job_t *job, uint64_t now)
{
    uint64_t            due, owner, began;
    ngx_ai_zone_job_t  *z;

    z = ngx_ai_job_zone_of(job);

    if (z == NULL) {
        return 0;
    }

    due = ngx_ai_get(&z->due);

    /* further away than can be: the clock was put back */

    if (due > now && due <= now + NGX_AI_JOB_WEEK + job->interval) {
        return 0;
    }

    if (job->wanted != NULL && !job->wanted(job)) {
        return 0;
    }

    owner = ngx_ai_get(&z->owner);
    began = ngx_ai_get(&z->began);

    /* a number that some other process got is not waited for for ever */

    if (owner != 0 && owner != (uint64_t) ngx_pid
        && began <= now && now - began < NGX_AI_JOB_LOST
        && (kill((pid_t) owner, 0) == 0 || ngx_errno != ESRCH))
    {
        return 0;
    }

    /* before owner: with ours and an old time others would think us lost */

    ngx_ai_set(&z->began, now);

    if (!ngx_ai_swap(&z->owner, owner, ngx_pid)) {
        return 0;
    }

    /* somebody else may have run it between our two looks */

    if (ngx_ai_get(&z->due) != due) {
        (void) ngx_ai_swap(&z->owner, ngx_pid, 0);
        return 0;
    }

    return 1;
}


static void
ngx_ai_job_start(ngx_ai_job_t *job)
{
    job->ran = 0;
    job->wait = 0;
    job->rc = NGX_ABORT;
    job->said[0] = '\0';

    if (ngx_thread_task_post(job->amcf->job_pool, job->task) == NGX_OK) {
        job->running = 1;
        return;
    }

    (void) ngx_ai_swap(&job->amcf->zone->sh->job[job->zone].owner, ngx_pid, 0);
}


/* Runs in a thread. */
static void
ngx_ai_job_thread(void *data, ngx_log_t *log)
{
    ngx_ai_job_t *job = data;

    if (!ngx_ai_job_stop(NULL)) {
        job->rc = job->run(job);
    }

    job->ran = 1;
}


static void
ngx_ai_job_done(ngx_event_t *ev)
{
    ngx_ai_job_t *job = ev->data;

    uint64_t            now, failures;
    ngx_ai_zone_job_t  *z;

    job->running = 0;

    if (job->done != NULL) {
        job->done(job);
    }

    z = ngx_ai_job_zone_of(job);

    if (z == NULL) {
        return;
    }

    now = ngx_ai_now();
    failures = 0;

    if (job->rc != NGX_ABORT) {
        ngx_memcpy(z->said, job->said, sizeof(z->said));
    }

    switch (job->rc) {

    case NGX_OK:
        ngx_ai_set(&z->good, now);
        ngx_ai_set(&z->failures, 0);
        break;

    case NGX_ABORT:

        /* somebody else's turn */

        ngx_ai_set(&z->due, now);
        (void) ngx_ai_swap(&z->owner, ngx_pid, 0);
        return;

    default:
        failures = ngx_ai_add(&z->failures, 1) + 1;
        break;
    }

    ngx_ai_add(&z->runs, 1);
    ngx_ai_set(&z->due, now + ngx_ai_job_wait(job, failures));
    (void) ngx_ai_swap(&z->owner, ngx_pid, 0);
}


/* ms until the next run */
static uint64_t
ngx_ai_job_wait(ngx_ai_job_t *job, uint64_t failures)
{
    uint64_t    ms;
    ngx_uint_t  i;

    if (job->wait != 0) {
        return ngx_min(job->wait, NGX_AI_JOB_WEEK);
    }

    ms = job->interval;

    if (failures != 0 && job->retry != 0) {
        ms = job->retry;

        for (i = 1; i < failures && ms < job->interval; i++) {
            ms *= 2;
        }

        ms = ngx_min(ms, job->interval);
    }

    /* not all routers of the world at the same moment */

    return ms - ms / 10 + (ms >= 10 ? (uint64_t) ngx_random() % (ms / 5) : 0);
}


void
ngx_ai_job_soon(ngx_ai_job_t *job)
{
    ngx_ai_zone_job_t  *z;

    z = ngx_ai_job_zone_of(job);

    if (z != NULL) {
        ngx_ai_set(&z->due, 0);
    }
}


void
ngx_ai_job_state(ngx_ai_job_t *job, ngx_ai_job_state_t *state)
{
    ngx_ai_zone_job_t  *z;

    ngx_memzero(state, sizeof(ngx_ai_job_state_t));

    z = ngx_ai_job_zone_of(job);

    if (z != NULL) {
        state->due = ngx_ai_get(&z->due);
        state->good = ngx_ai_get(&z->good);
        state->failures = ngx_ai_get(&z->failures);
        state->runs = ngx_ai_get(&z->runs);
        state->pid = (ngx_pid_t) ngx_ai_get(&z->owner);
        ngx_memcpy(state->said, z->said, sizeof(state->said));
        state->said[sizeof(state->said) - 1] = '\0';
    }
}


int
ngx_ai_job_stop(void *unused)
{
    return ngx_terminate || ngx_quit || ngx_exiting;
}


void
ngx_ai_job_exit_process(ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t      i;
    ngx_ai_job_t  **job;

    if (!amcf->jobbing) {
        return;
    }

    amcf->jobbing = 0;
    job = amcf->jobs->elts;

    for (i = 0; i < amcf->jobs->nelts; i++) {
        if (job[i]->running && job[i]->ran) {
            ngx_ai_job_done(&job[i]->task->event);
        }
    }

    air_fetch_done();
}
