
/*
 * Named jobs that run at intervals in a thread of one worker: feeds, webhooks.
 *
 *   when     the zone holds for each job when it is due and which worker runs
 *            it, so that one worker runs it at a time and a reload changes
 *            nothing; whoever looks first takes it, and what a dead worker
 *            had is taken over by another
 *   thread   one of a few of the jobs' own: what hangs there holds up neither
 *            the event loop nor the ledger
 *   after    the next run is due an interval later; after a failure sooner,
 *            then later and later, never beyond the interval; each time is
 *            moved by chance by up to a tenth
 *
 * Runs of a job are in different workers: what is to be remembered from one to
 * the next lies in the zone or in a file.
 */

#ifndef _NGX_AI_JOB_H_INCLUDED_
#define _NGX_AI_JOB_H_INCLUDED_


#include "ngx_ai_zone.h"


typedef struct ngx_ai_job_s  ngx_ai_job_t;


struct ngx_ai_job_s {

    /* the owner's, set before ngx_ai_job_add() and never changed */

    ngx_str_t             name;           /* of one job only                */
    ngx_msec_t            interval;       /* from one run's end to the next */
    ngx_msec_t            retry;          /* after a failure, doubled by each
                                             more; 0: interval              */
    void                 *data;

    /* On the loop, when it is due: 0 leaves it due, for nothing is to be done.
       May be NULL. */
    ngx_uint_t          (*wanted)(ngx_ai_job_t *job);

    /*
     * In a thread: touches nothing of nginx but what data points to.  It may
     * block, but gives up within a second of ngx_ai_job_stop().  NGX_OK;
     * NGX_ERROR: it failed; NGX_ABORT: it was given up.
     */
    ngx_int_t           (*run)(ngx_ai_job_t *job);

    /* On the loop, after each run, when the worker exits too: job->rc is what
       run() said.  May be NULL. */
    void                (*done)(ngx_ai_job_t *job);

    /* set by run() or done(): due after so many ms whatever the rules say (at
       most a week); 0: by the rules */
    ngx_msec_t            wait;

    /* set by run(): how it went, a NUL ends it; shown in the status */
    char                  said[NGX_AI_JOB_SAID];

    /* what is known of it, for run() and done() */

    ngx_int_t             rc;
    ngx_log_t            *log;            /* of the loop: not for run()     */
    ngx_ai_main_conf_t   *amcf;

    /* ours */

    ngx_thread_task_t    *task;
    uint64_t              id;
    ngx_uint_t            zone;           /* its place there                */
    unsigned              running:1;      /* in this worker                 */
    unsigned              ran:1;          /* its thread is through          */
};


/* how a job has been, whoever ran it */
typedef struct {
    uint64_t              due;            /* ms UTC, 0: at once             */
    uint64_t              good;           /* ms UTC of the last success, 0  */
    uint64_t              failures;       /* in a row                       */
    uint64_t              runs;
    ngx_pid_t             pid;            /* who runs it now, 0 nobody      */
    char                  said[NGX_AI_JOB_SAID];
} ngx_ai_job_state_t;


/* While parsing: adds a job, whose memory lives as long as the configuration.
   NGX_OK or NGX_ERROR, logged. */
ngx_int_t ngx_ai_job_add(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf,
    ngx_ai_job_t *job);

/* Makes it due now, in whichever worker. */
void ngx_ai_job_soon(ngx_ai_job_t *job);

/* How it is. */
void ngx_ai_job_state(ngx_ai_job_t *job, ngx_ai_job_state_t *state);

/* In a thread: 1 when this worker is to end, and what runs to be given up.  The
   argument is for those who take a function with one, and not looked at. */
int ngx_ai_job_stop(void *unused);

/* Worker: before others that use jobs, and at the end, when the threads are
   gone.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_job_init_process(ngx_cycle_t *cycle,
    ngx_ai_main_conf_t *amcf);
void ngx_ai_job_exit_process(ngx_ai_main_conf_t *amcf);


#endif /* _NGX_AI_JOB_H_INCLUDED_ */
