
/*
 * The ledger in the life of nginx's processes.
 *
 *   master   each time a configuration is read (zone's init callback, where a
 *            failure leaves the old configuration running): look at the
 *            store; unless only testing, create and lock it
 *   worker   maps it after fork; without it requests are refused
 *   thread   every 200 ms a task in the thread pool does what may block
 *
 * The thread touches nothing of nginx: what it found lies in the task and is
 * logged by the completion handler.
 */

#include "ngx_ai_alert.h"
#include "ngx_ai_aside.h"
#include "ngx_ai_feed.h"
#include "ngx_ai_learn.h"
#include "ngx_ai_probe.h"
#include "ngx_ai_query.h"


#define NGX_AI_TICK       200         /* ms between two tasks               */
#define NGX_AI_TICK_LOG   10000       /* ms between two complaints          */
#define NGX_AI_TICK_OPEN  5000        /* ms between two tries to open       */


typedef struct {
    ngx_ai_main_conf_t   *amcf;
    const char           *dir;
    air_ledger_t         *ledger;         /* NULL: to be opened             */
    int64_t               now;            /* ms UTC                         */

    int                   rc;
    air_ledger_work_t     work;
    air_err_t             err;

    ngx_msec_t            logged;
    ngx_msec_t            opened;         /* last try                       */
    unsigned              failing:1;
} ngx_ai_tick_t;


static ngx_int_t ngx_ai_task_lock(ngx_cycle_t *cycle,
    ngx_ai_main_conf_t *amcf);
static void ngx_ai_task_accounts(ngx_cycle_t *cycle,
    ngx_ai_main_conf_t *amcf);
static void ngx_ai_task_unlock(void *data);
static void ngx_ai_task_emerg(ngx_cycle_t *cycle, ngx_ai_main_conf_t *amcf,
    int sys, const char *text);
static void ngx_ai_task_pid(ngx_ai_main_conf_t *amcf, ngx_log_t *log);
static void ngx_ai_task_timer(ngx_event_t *ev);
static void ngx_ai_task_post(ngx_ai_main_conf_t *amcf);
static void ngx_ai_task_tick(void *data, ngx_log_t *log);
static void ngx_ai_task_done(ngx_event_t *ev);
static void ngx_ai_task_report(ngx_ai_tick_t *tick, ngx_log_t *log);


ngx_uint_t
ngx_ai_task_wanted(ngx_ai_main_conf_t *amcf)
{
    return amcf != NULL && !amcf->store_off && amcf->store.len != 0
           && amcf->routes.nelts != 0;
}


ngx_int_t
ngx_ai_task_store(ngx_cycle_t *cycle, ngx_ai_main_conf_t *amcf)
{
    int        rc;
    char       text[512];
    air_err_t  err;

    if (!ngx_ai_task_wanted(amcf)) {
        return NGX_OK;
    }

    ngx_memzero(&err, sizeof(air_err_t));
    text[0] = '\0';

    rc = air_ledger_check((char *) amcf->store.data, text, sizeof(text), &err);

    if (rc != AIR_OK) {
        ngx_ai_task_emerg(cycle, amcf, err.sys,
                          text[0] ? text : err.reason);
        return NGX_ERROR;
    }

    if (ngx_test_config) {
        return NGX_OK;
    }

    if (ngx_ai_task_lock(cycle, amcf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (amcf->ledger_conf.accounts != 0) {
        ngx_ai_task_accounts(cycle, amcf);
    }

    return NGX_OK;
}


/*
 * Budgets are to hold from the first request on.  Where it fails the workers
 * try on, and refuse what needs accounts until there are some.
 */
static void
ngx_ai_task_accounts(ngx_cycle_t *cycle, ngx_ai_main_conf_t *amcf)
{
    char              text[256];
    air_err_t         err;
    ngx_core_conf_t  *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    ngx_memzero(&err, sizeof(air_err_t));

    if (air_ledger_prepare((char *) amcf->store.data, &amcf->ledger_conf,
                           ccf->user, ccf->group, text, sizeof(text), &err)
        != AIR_OK)
    {
        ngx_log_error(NGX_LOG_CRIT, cycle->log, err.sys,
                      "ai: accounts of \"%V\" cannot be made of the ledger: "
                      "%s; the workers will try", &amcf->store,
                      text[0] ? text : err.reason);
    }
}


static ngx_int_t
ngx_ai_task_lock(ngx_cycle_t *cycle, ngx_ai_main_conf_t *amcf)
{
    int                  rc, fd;
    long                 holder;
    u_char              *last, text[256];
    air_err_t            err;
    ngx_core_conf_t     *ccf;
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cycle->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    ngx_memzero(&err, sizeof(air_err_t));

    /* on a reload this is one more descriptor of the lock that we hold */

    rc = air_ledger_lock((char *) amcf->store.data, ccf->user, ccf->group,
                         &fd, &holder, &err);

    switch (rc) {

    case AIR_OK:
        amcf->lock_fd = fd;
        cln->handler = ngx_ai_task_unlock;
        cln->data = amcf;
        return NGX_OK;

    case AIR_EBUSY:
        last = ngx_snprintf(text, sizeof(text) - 1,
                            "is locked by pid %L: stop that nginx, or give "
                            "this one a directory of its own",
                            (int64_t) holder);
        break;

    default:
        last = ngx_snprintf(text, sizeof(text) - 1,
                            "%s; create the directory and give it to the "
                            "user of the workers",
                            err.reason ? err.reason : "cannot be used");
        break;
    }

    *last = '\0';

    ngx_ai_task_emerg(cycle, amcf, err.sys, (char *) text);

    return NGX_ERROR;
}


static void
ngx_ai_task_unlock(void *data)
{
    ngx_ai_main_conf_t  *amcf = data;

    (void) close(amcf->lock_fd);
}


static void
ngx_ai_task_emerg(ngx_cycle_t *cycle, ngx_ai_main_conf_t *amcf, int sys,
    const char *text)
{
    u_char  *last, why[NGX_MAX_ERROR_STR / 8];

    /* the place comes last, after the system's words */

    last = why;

    if (sys != 0) {
        last = ngx_slprintf(why, why + sizeof(why), " (%d: ", sys);
        last = ngx_strerror(sys, last, why + sizeof(why) - 1 - last);
        last = ngx_slprintf(last, why + sizeof(why), ")");
    }

    if (amcf->store_place.file.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "ai_store \"%V\" (default): %s%*s; or say "
                      "\"ai_store off\"", &amcf->store, text,
                      (size_t) (last - why), why);
        return;
    }

    ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                  "ai_store \"%V\": %s%*s in %V:%ui", &amcf->store, text,
                  (size_t) (last - why), why,
                  &amcf->store_place.file, amcf->store_place.line);
}


ngx_int_t
ngx_ai_task_init_process(ngx_cycle_t *cycle)
{
    ngx_event_t         *ev;
    ngx_ai_tick_t       *tick;
    ngx_connection_t    *c;
    ngx_ai_main_conf_t  *amcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    amcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_ai_router_module);

    if (amcf == NULL) {
        return NGX_OK;
    }

    if (amcf->zone != NULL) {
        ngx_ai_zone_worker(amcf->zone);
    }

    if (ngx_ai_aside_init_process(cycle, amcf) != NGX_OK
        || ngx_ai_probe_init_process(cycle, amcf) != NGX_OK
        || ngx_ai_learn_init_process(cycle, amcf) != NGX_OK
        || ngx_ai_job_init_process(cycle, amcf) != NGX_OK
        || ngx_ai_feed_init_process(cycle, amcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!ngx_ai_task_wanted(amcf)) {
        return NGX_OK;
    }

    amcf->task = ngx_thread_task_alloc(cycle->pool, sizeof(ngx_ai_tick_t));
    if (amcf->task == NULL) {
        return NGX_ERROR;
    }

    /* what debug logs of a timer look at */

    c = ngx_pcalloc(cycle->pool, sizeof(ngx_connection_t));
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->fd = (ngx_socket_t) -1;

    amcf->queries = ngx_pcalloc(cycle->pool, sizeof(ngx_ai_queries_t));
    if (amcf->queries == NULL) {
        return NGX_ERROR;
    }

    ngx_queue_init(&amcf->queries->waiting);

    ngx_ai_task_pid(amcf, cycle->log);

    tick = amcf->task->ctx;
    tick->amcf = amcf;
    tick->dir = (char *) amcf->store.data;

    amcf->task->handler = ngx_ai_task_tick;
    amcf->task->event.handler = ngx_ai_task_done;
    amcf->task->event.data = tick;
    amcf->task->event.log = cycle->log;

    if (air_ledger_open(&amcf->ledger, tick->dir, &amcf->ledger_conf,
                        &tick->err)
        != AIR_OK)
    {
        amcf->ledger = NULL;
        tick->failing = 1;

        ngx_log_error(NGX_LOG_EMERG, cycle->log, tick->err.sys,
                      "ai: ledger \"%V\" cannot be opened: %s; requests are "
                      "refused until it can",
                      &amcf->store, tick->err.reason);
    }

    tick->ledger = amcf->ledger;
    tick->opened = ngx_current_msec;
    tick->logged = ngx_current_msec;

    ev = &amcf->tick;
    ev->handler = ngx_ai_task_timer;
    ev->data = c;
    ev->log = cycle->log;
    ev->cancelable = 1;

    /* the first one soon: it settles what dead workers left */

    ngx_add_timer(ev, 10);

    return NGX_OK;
}


/*
 * The lock was taken before nginx became a daemon: its file is to name the
 * process that holds it now.
 */
static void
ngx_ai_task_pid(ngx_ai_main_conf_t *amcf, ngx_log_t *log)
{
    u_char  *last, text[NGX_INT64_LEN + 1];

    if (amcf->lock_fd == -1 || ngx_worker != 0) {
        return;
    }

    last = ngx_sprintf(text, "%P\n", ngx_process == NGX_PROCESS_SINGLE
                                     ? ngx_pid : ngx_parent);

    if (ftruncate(amcf->lock_fd, 0) == -1
        || pwrite(amcf->lock_fd, text, last - text, 0) != last - text)
    {
        ngx_log_error(NGX_LOG_WARN, log, ngx_errno,
                      "ai: cannot write the pid to the lock of \"%V\"",
                      &amcf->store);
    }
}


static void
ngx_ai_task_timer(ngx_event_t *ev)
{
    ngx_ai_main_conf_t  *amcf;

    amcf = (ngx_ai_main_conf_t *)
               ((u_char *) ev - offsetof(ngx_ai_main_conf_t, tick));

    ngx_add_timer(ev, NGX_AI_TICK);

    if (ngx_worker == 0 && amcf->zone != NULL) {
        ngx_ai_zone_reap(amcf->zone);
    }

    if (amcf->ticking) {
        return;
    }

    if (ngx_ai_query_running(amcf)) {
        amcf->tick_due = 1;
        return;
    }

    ngx_ai_task_post(amcf);
}


static void
ngx_ai_task_post(ngx_ai_main_conf_t *amcf)
{
    ngx_time_t     *tp;
    ngx_ai_tick_t  *tick;

    amcf->tick_due = 0;

    tick = amcf->task->ctx;

    if (tick->ledger == NULL) {

        if (ngx_current_msec - tick->opened < NGX_AI_TICK_OPEN) {
            return;
        }

        tick->opened = ngx_current_msec;
    }

    tp = ngx_timeofday();

    tick->now = (int64_t) tp->sec * 1000 + tp->msec;

    if (ngx_thread_task_post(amcf->pool, amcf->task) == NGX_OK) {
        amcf->ticking = 1;
    }
}


/* Runs in a thread: nothing of nginx but the task's own memory. */
static void
ngx_ai_task_tick(void *data, ngx_log_t *log)
{
    ngx_ai_tick_t  *tick = data;

    tick->err.reason = NULL;
    tick->err.sys = 0;

    memset(&tick->work, 0, sizeof(air_ledger_work_t));

    if (tick->ledger == NULL) {
        tick->rc = air_ledger_open(&tick->ledger, tick->dir,
                                   &tick->amcf->ledger_conf, &tick->err);

        if (tick->rc != AIR_OK) {
            tick->ledger = NULL;
            return;
        }
    }

    tick->rc = air_ledger_tick(tick->ledger, tick->now, &tick->work,
                               &tick->err);
}


static void
ngx_ai_task_done(ngx_event_t *ev)
{
    ngx_ai_tick_t       *tick = ev->data;
    ngx_ai_main_conf_t  *amcf;

    amcf = tick->amcf;

    amcf->ticking = 0;
    amcf->ledger = tick->ledger;

    ngx_ai_task_report(tick, ev->log);

    ngx_ai_query_next(amcf);
}


/* questions in a row do not keep the tick away */
void
ngx_ai_task_next(ngx_ai_main_conf_t *amcf)
{
    if (amcf->tick_due) {
        ngx_ai_task_post(amcf);
    }

    ngx_ai_query_next(amcf);
}


static void
ngx_ai_task_report(ngx_ai_tick_t *tick, ngx_log_t *log)
{
    ngx_ai_main_conf_t  *amcf;

    amcf = tick->amcf;

    if (tick->work.orphans != 0) {
        ngx_ai_stat_orphans(amcf, tick->work.orphans);

        ngx_log_error(NGX_LOG_NOTICE, log, 0, "ai: recovered n=%ui",
                      (ngx_uint_t) tick->work.orphans);
    }

    /* another process has the duty */

    if (tick->rc == AIR_EBUSY) {
        tick->failing = 0;
        return;
    }

    if (tick->rc == AIR_OK && !tick->work.failed) {

        if (tick->failing) {
            tick->failing = 0;

            ngx_log_error(NGX_LOG_NOTICE, log, 0,
                          "ai: ledger \"%V\" is well again", &amcf->store);
        }

        /* whoever told of trouble may be gone */

        ngx_ai_alert_ledger(amcf, NULL);

        return;
    }

    if (tick->failing && ngx_current_msec - tick->logged < NGX_AI_TICK_LOG) {
        return;
    }

    tick->failing = 1;
    tick->logged = ngx_current_msec;

    ngx_log_error(NGX_LOG_CRIT, log, tick->err.sys,
                  "ai: ledger \"%V\" %s: %s", &amcf->store,
                  tick->ledger ? "cannot be kept" : "cannot be opened",
                  tick->err.reason ? tick->err.reason : "unknown failure");

    ngx_ai_alert_ledger(amcf, tick->err.reason ? tick->err.reason
                                               : "unknown failure");
}


void
ngx_ai_task_exit_process(ngx_cycle_t *cycle)
{
    ngx_time_t          *tp;
    ngx_ai_tick_t       *tick;
    ngx_ai_main_conf_t  *amcf;

    amcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_ai_router_module);

    if (amcf == NULL) {
        return;
    }

    ngx_ai_aside_exit_process(amcf);
    ngx_ai_learn_exit_process(amcf);
    ngx_ai_job_exit_process(amcf);
    ngx_ai_feed_exit_process(amcf);

    if (amcf->task == NULL) {
        return;
    }

    /* the pool's threads ended before: core modules exit first */

    tick = amcf->task->ctx;

    if (tick->ledger == NULL) {
        return;
    }

    if (amcf->ticking) {
        ngx_ai_task_report(tick, cycle->log);
    }

    tp = ngx_timeofday();

    tick->now = (int64_t) tp->sec * 1000 + tp->msec;

    ngx_ai_task_tick(tick, cycle->log);
    ngx_ai_task_report(tick, cycle->log);

    air_ledger_close(tick->ledger);

    tick->ledger = NULL;
    amcf->ledger = NULL;
}
