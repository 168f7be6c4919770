
/*
 * What feeds wrote, as it takes effect.  Each worker looks every two seconds,
 * in a thread, whether the files are others, reads them there, and takes the
 * new table on the loop from one event to the next: a target's price is always
 * looked up, nobody keeps it over an event.  The fetching is ngx_ai_feed_run.c.
 */

#include "ngx_ai_feed.h"
#include "ngx_ai_zone.h"

#include "../store/air_folder.h"


#define NGX_AI_FEED_WATCH   2000      /* ms                                 */


typedef struct ngx_ai_watch_s  ngx_ai_watch_t;

struct ngx_ai_watch_s {
    ngx_event_t            timer;
    ngx_connection_t       none;          /* what debug logs look at        */
    ngx_ai_main_conf_t    *amcf;
    ngx_thread_task_t     *task;
    ngx_ai_feed_mark_t     mark[2];       /* what was read                  */
    ngx_pool_t            *pool;          /* of the table that holds, NULL:
                                             the configuration's            */
    ngx_pool_t            *old;           /* that nobody looks at any more  */
    unsigned               running:1;

    /* of the thread */

    ngx_ai_feed_mark_t     found[2];
    ngx_pool_t            *made;
    air_pricebook_t       *book;
    ngx_int_t              rc;            /* NGX_DECLINED: as it was        */
    char                   why[256];
};


static void ngx_ai_feed_marks(ngx_ai_main_conf_t *amcf,
    ngx_ai_feed_mark_t mark[2]);
static void ngx_ai_feed_timer(ngx_event_t *ev);
static void ngx_ai_feed_thread(void *data, ngx_log_t *log);
static void ngx_ai_feed_looked(ngx_event_t *ev);
static void ngx_ai_feed_take(ngx_ai_watch_t *w);


static const char *const  ngx_ai_feed_files[2] = {
    NGX_AI_FEED_PRICES, NGX_AI_FEED_QUALITY
};


/* ---- files -------------------------------------------------------------- */

ngx_int_t
ngx_ai_feed_file(ngx_ai_main_conf_t *amcf, const char *name,
    const air_mem_t *mem, air_str_t *text)
{
    int          rc;
    u_char      *p, path[NGX_MAX_PATH];
    air_err_t    err;
    struct stat  st;

    p = ngx_snprintf(path, sizeof(path) - 1, "%V/" NGX_AI_FEED_DIR "/%s",
                     &amcf->store, name);
    *p = '\0';

    if (lstat((char *) path, &st) == -1) {
        return NGX_DECLINED;
    }

    rc = air_folder_load((char *) amcf->store.data, NGX_AI_FEED_DIR, name,
                         mem, text, &err);

    return rc == AIR_OK ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_ai_feed_load(ngx_ai_main_conf_t *amcf, const air_mem_t *mem,
    air_pricebook_t **book, char *why, size_t size)
{
    int                     rc;
    air_str_t               text;
    air_figures_t          *figures;
    air_pricebook_t        *feeds;
    air_pricebook_error_t   error;

    feeds = NULL;
    figures = NULL;
    *book = amcf->prices_own;
    error.line = 0;
    error.text[0] = '\0';

    switch (ngx_ai_feed_file(amcf, ngx_ai_feed_files[0], mem, &text)) {

    case NGX_OK:
        rc = air_pricebook_read(&feeds, text, AIR_PRICES_OURS, mem, &error);
        break;

    case NGX_DECLINED:
        rc = AIR_OK;
        break;

    default:
        rc = AIR_EIO;
        break;
    }

    if (rc != AIR_OK) {
        goto failed;
    }

    if (ngx_ai_feed_file(amcf, ngx_ai_feed_files[1], mem, &text) == NGX_OK
        && air_figures_read(&figures, text, mem, &error) != AIR_OK)
    {
        figures = NULL;
    }

    if (feeds == NULL && figures == NULL) {
        return NGX_OK;
    }

    if (air_pricebook_overlay(book, amcf->prices_own, feeds, figures, mem)
        == AIR_OK)
    {
        return NGX_OK;
    }

    rc = AIR_ENOMEM;

failed:

    *book = amcf->prices_own;

    (void) ngx_snprintf((u_char *) why, size, "%V/" NGX_AI_FEED_DIR "/%s:%ui: "
                        "%s%Z", &amcf->store, ngx_ai_feed_files[0],
                        (ngx_uint_t) error.line,
                        rc == AIR_ENOMEM ? "no memory"
                        : error.text[0] ? error.text : "cannot be read");

    return NGX_ERROR;
}


ngx_int_t
ngx_ai_feed_prices(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf)
{
    char       why[256];
    air_mem_t  mem;

    amcf->prices_own = amcf->prices;

    if (amcf->feeds == NULL || amcf->store_off) {
        return NGX_OK;
    }

    mem = ngx_ai_mem(cf->pool);

    ngx_ai_feed_marks(amcf, amcf->feed_mark);

    /* a file of ours that is broken must not keep nginx from starting */

    if (ngx_ai_feed_load(amcf, &mem, &amcf->prices, why, sizeof(why))
        != NGX_OK)
    {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "ai: %s; only the file of \"ai_prices\" counts", why);
    }

    return NGX_OK;
}


const air_model_t *
ngx_ai_feed_model(const air_pricebook_t *book, ngx_ai_vendor_t *vendor,
    air_str_t model)
{
    const air_model_t  *m;

    if (book == NULL) {
        return NULL;
    }

    m = air_pricebook_find(book, air_str_z(vendor->profile->price_vendor
                                           ? vendor->profile->price_vendor
                                           : vendor->profile->name), model);

    return m != NULL ? m
                     : air_pricebook_find(book, ngx_ai_air(vendor->name),
                                          model);
}


/* ---- each worker -------------------------------------------------------- */

static void
ngx_ai_feed_marks(ngx_ai_main_conf_t *amcf, ngx_ai_feed_mark_t mark[2])
{
    u_char       *p, path[NGX_MAX_PATH];
    ngx_uint_t    i;
    struct stat   st;

    ngx_memzero(mark, 2 * sizeof(ngx_ai_feed_mark_t));

    for (i = 0; i < 2; i++) {
        p = ngx_snprintf(path, sizeof(path) - 1,
                         "%V/" NGX_AI_FEED_DIR "/%s", &amcf->store,
                         ngx_ai_feed_files[i]);
        *p = '\0';

        if (lstat((char *) path, &st) == 0) {
            mark[i].ino = st.st_ino;
            mark[i].size = st.st_size;
            mark[i].sec = st.st_mtim.tv_sec;
            mark[i].nsec = st.st_mtim.tv_nsec;
        }
    }
}


ngx_int_t
ngx_ai_feed_init_process(ngx_cycle_t *cycle, ngx_ai_main_conf_t *amcf)
{
    ngx_ai_watch_t  *w;

    if (amcf->feeds == NULL || amcf->zone == NULL || amcf->pool == NULL
        || amcf->store_off)
    {
        return NGX_OK;
    }

    w = ngx_pcalloc(cycle->pool, sizeof(ngx_ai_watch_t));
    if (w == NULL) {
        return NGX_ERROR;
    }

    w->task = ngx_thread_task_alloc(cycle->pool, 0);
    if (w->task == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(w->mark, amcf->feed_mark, sizeof(w->mark));

    w->amcf = amcf;
    w->none.fd = (ngx_socket_t) -1;
    w->task->ctx = w;
    w->task->handler = ngx_ai_feed_thread;
    w->task->event.handler = ngx_ai_feed_looked;
    w->task->event.data = w;
    w->task->event.log = cycle->log;
    w->timer.handler = ngx_ai_feed_timer;
    w->timer.data = &w->none;
    w->timer.log = cycle->log;
    w->timer.cancelable = 1;

    amcf->feed_watch = w;
    ngx_add_timer(&w->timer, 1);

    return NGX_OK;
}


static void
ngx_ai_feed_timer(ngx_event_t *ev)
{
    ngx_ai_watch_t  *w;

    if (ngx_ai_job_stop(NULL)) {
        return;
    }

    w = (ngx_ai_watch_t *) ((u_char *) ev - offsetof(ngx_ai_watch_t, timer));

    ngx_add_timer(ev, NGX_AI_FEED_WATCH);

    if (!w->running
        && ngx_thread_task_post(w->amcf->pool, w->task) == NGX_OK)
    {
        w->running = 1;
    }
}


/* Runs in a thread: prices_own never changes, the rest is its own. */
static void
ngx_ai_feed_thread(void *data, ngx_log_t *log)
{
    ngx_ai_watch_t *w = data;

    air_mem_t  mem;

    /* milliseconds, which the loop has not */

    if (w->old != NULL) {
        ngx_destroy_pool(w->old);
        w->old = NULL;
    }

    w->made = NULL;
    w->rc = NGX_DECLINED;

    ngx_ai_feed_marks(w->amcf, w->found);

    if (ngx_memcmp(w->found, w->mark, sizeof(w->mark)) == 0) {
        return;
    }

    w->made = ngx_create_pool(65536, w->task->event.log);

    if (w->made == NULL) {
        return;
    }

    mem = ngx_ai_mem(w->made);

    w->rc = ngx_ai_feed_load(w->amcf, &mem, &w->book, w->why, sizeof(w->why));
}


static void
ngx_ai_feed_looked(ngx_event_t *ev)
{
    ngx_ai_watch_t *w = ev->data;

    w->running = 0;

    if (w->rc == NGX_DECLINED) {
        return;
    }

    ngx_memcpy(w->mark, w->found, sizeof(w->mark));

    if (w->rc == NGX_OK) {
        ngx_ai_feed_take(w);
        return;
    }

    ngx_log_error(NGX_LOG_WARN, ev->log, 0,
                  "ai: %s; prices stay as they are", w->why);

    w->old = w->made;
}


/* The new table holds from the next event on. */
static void
ngx_ai_feed_take(ngx_ai_watch_t *w)
{
    ngx_uint_t            i;
    ngx_ai_target_t     **target;
    ngx_ai_main_conf_t   *amcf;

    amcf = w->amcf;
    amcf->prices = w->book;
    target = amcf->targets.elts;

    for (i = 0; i < amcf->targets.nelts; i++) {
        target[i]->info = ngx_ai_feed_model(amcf->prices, target[i]->vendor,
                                            target[i]->air.model);
    }

    ngx_ai_zone_seeds(amcf->zone, amcf);

    w->old = w->pool;
    w->pool = w->made;

    ngx_log_error(NGX_LOG_INFO, w->task->event.log, 0,
                  "ai: prices of %ui models hold now",
                  (ngx_uint_t) (amcf->prices
                                ? air_pricebook_count(amcf->prices) : 0));
}


void
ngx_ai_feed_exit_process(ngx_ai_main_conf_t *amcf)
{
    ngx_ai_watch_t *w = amcf->feed_watch;

    if (w == NULL) {
        return;
    }

    if (w->running && w->made != NULL) {
        ngx_destroy_pool(w->made);
    }

    /* requests may still be settled: the table that holds goes with the
       process */

    amcf->feed_watch = NULL;
}


void
ngx_ai_feed_status(ngx_ai_main_conf_t *amcf, air_buf_t *b)
{
    ngx_uint_t            i, n;
    ngx_ai_job_t        **job;
    ngx_ai_job_state_t    state;

    air_buf_z(b, ",\"feeds\":[");

    if (amcf->feeds == NULL || amcf->jobs == NULL) {
        air_buf_byte(b, ']');
        return;
    }

    job = amcf->jobs->elts;

    for (i = 0, n = 0; i < amcf->jobs->nelts; i++) {

        if (job[i]->run != ngx_ai_feed_run) {
            continue;
        }

        ngx_ai_job_state(job[i], &state);

        air_buf_z(b, n++ == 0 ? "{\"name\":" : ",{\"name\":");
        air_buf_json(b, ngx_ai_air(job[i]->name));
        air_buf_z(b, ",\"good\":");
        air_buf_uint(b, state.good / 1000);
        air_buf_z(b, ",\"due\":");
        air_buf_uint(b, state.due / 1000);
        air_buf_z(b, ",\"failures\":");
        air_buf_uint(b, state.failures);
        air_buf_z(b, state.pid ? ",\"running\":true" : ",\"running\":false");
        air_buf_z(b, ",\"said\":");
        air_buf_json(b, air_str_z(state.said));
        air_buf_byte(b, '}');
    }

    air_buf_byte(b, ']');
}
