
/*
 * The shared zone: how vendors and targets are, and every counter.  One table
 * of fixed-size entries that hold their names themselves and nothing that
 * points anywhere, so that it survives reloads: each configuration looks its
 * names up once, in the zone's init callback, and then works with indices.
 *
 *   ngx_ai_shared_t    layout, totals, a place for each worker
 *   health[]           a vendor or vendor/model:
 *
 *                        UP --NGX_AI_FAILS in 30 s, or told to--> COOLING
 *                        COOLING --time--> PROBE (half-open)
 *                        PROBE --good--> UP, --failure--> COOLING, longer
 *
 *   row[]              counters of a (vendor, model, workflow)
 *
 * All state is atomic and every word stands for itself; nothing is locked.
 */

#include "ngx_ai_router_module.h"

#include <signal.h>


#define NGX_AI_ZONE_MAGIC     0x4149525aU
#define NGX_AI_ZONE_VERSION   1

#define NGX_AI_ZONE_NAME      255
#define NGX_AI_ZONE_VENDOR    63
#define NGX_AI_ZONE_MODEL     191
#define NGX_AI_ZONE_WORKFLOW  63
#define NGX_AI_ZONE_WORKERS   256

/* bytes of the table that health may take: one part of this many */
#define NGX_AI_ZONE_SHARE     8

#define NGX_AI_FAIL_WINDOW    30000   /* ms that failures in a row may span */
#define NGX_AI_REST_MIN       1000
#define NGX_AI_REST_MAX       60000
#define NGX_AI_PROBE_LAPSE    60000
#define NGX_AI_REST_LIMIT     86400000ULL


/* requests of one worker process; a cache line each */
typedef struct {
    uint64_t              pid;
    uint64_t              active;
    uint64_t              unused[6];
} ngx_ai_worker_t;


typedef struct {
    uint32_t              magic;
    uint32_t              version;
    uint32_t              health_size;    /* of an entry                    */
    uint32_t              row_size;
    uint32_t              health_max;     /* entries there is room for      */
    uint32_t              row_max;
    uint32_t              health_n;       /* entries made                   */
    uint32_t              row_n;
    u_char                instance[32];   /* hex                            */
    uint64_t              start;          /* s UTC                          */
    uint64_t              rows_lost;
    uint64_t              records;
    uint64_t              record_errors;
    uint64_t              orphans;
    ngx_ai_worker_t       worker[NGX_AI_ZONE_WORKERS];
} ngx_ai_shared_t;


struct ngx_ai_health_s {
    uint64_t              until;          /* ms UTC, 0: up                  */
    uint64_t              said;           /* until was named from outside   */
    uint64_t              rest;           /* ms of backoff                  */
    uint64_t              probe;          /* ms UTC a claim lapses, 0 none  */
    uint64_t              fails;          /* in a row                       */
    uint64_t              since;          /* ms UTC of the first of them    */
    uint64_t              good;
    uint64_t              failed;
    uint64_t              rests;
    uint64_t              fault;          /* the last one                   */
    uint32_t              kept;           /* by the newest configuration    */
    u_char                len;
    u_char                name[NGX_AI_ZONE_NAME];
};


struct ngx_ai_stat_s {
    uint64_t              c[AIR_NSTAT];
    uint32_t              kept;
    u_char                vendor_len;
    u_char                model_len;
    u_char                workflow_len;
    u_char                vendor[NGX_AI_ZONE_VENDOR];
    u_char                model[NGX_AI_ZONE_MODEL];
    u_char                workflow[NGX_AI_ZONE_WORKFLOW];
};


/* what one configuration knows of the zone */
struct ngx_ai_zone_s {
    ngx_ai_main_conf_t   *amcf;
    ngx_cycle_t          *cycle;
    ngx_ai_shared_t      *sh;
    ngx_ai_health_t      *health;
    ngx_ai_stat_t        *row;
    ngx_ai_worker_t      *worker;         /* ours, NULL: all places taken   */
    uint32_t             *health_index;   /* of amcf->health_names          */
    uint32_t             *row_index;
    ngx_uint_t            nhealth;
    ngx_uint_t            nrow;
};


static ngx_int_t ngx_ai_zone_init(ngx_shm_zone_t *shm_zone, void *data);
static size_t ngx_ai_zone_room(size_t size);
static size_t ngx_ai_zone_need(ngx_uint_t nhealth, ngx_uint_t nrow);
static ngx_int_t ngx_ai_zone_create(ngx_ai_zone_t *zone,
    ngx_shm_zone_t *shm_zone);
static ngx_int_t ngx_ai_zone_names(ngx_ai_zone_t *zone, ngx_log_t *log);
static ngx_int_t ngx_ai_zone_health(ngx_ai_zone_t *zone, ngx_str_t *name,
    uint32_t *index);
static ngx_int_t ngx_ai_zone_row(ngx_ai_zone_t *zone, ngx_str_t *vendor,
    ngx_str_t *model, ngx_str_t *workflow, uint32_t *index);
static void ngx_ai_zone_states(ngx_ai_zone_t *zone, uint64_t *c,
    ngx_uint_t nrow);
static ngx_ai_stat_t *ngx_ai_stat_row(ngx_ai_ctx_t *ctx,
    ngx_ai_attempt_t *att);
static void ngx_ai_stat_usage(ngx_ai_stat_t *row, ngx_ai_attempt_t *att);


/* Relaxed atomics of 64 bits, on 32-bit machines too. */

static ngx_inline uint64_t
ngx_ai_get(uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}


static ngx_inline void
ngx_ai_set(uint64_t *word, uint64_t n)
{
    __atomic_store_n(word, n, __ATOMIC_RELAXED);
}


/* Gives the old value. */
static ngx_inline uint64_t
ngx_ai_add(uint64_t *word, uint64_t n)
{
    return __atomic_fetch_add(word, n, __ATOMIC_RELAXED);
}


static ngx_inline ngx_uint_t
ngx_ai_swap(uint64_t *word, uint64_t old, uint64_t set)
{
    return __atomic_compare_exchange_n(word, &old, set, 0, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}


/* Lowers a level that may not pass below 0. */
static ngx_inline void
ngx_ai_lower(uint64_t *word)
{
    uint64_t  n;

    do {
        n = ngx_ai_get(word);

    } while (n != 0 && !ngx_ai_swap(word, n, n - 1));
}


ngx_int_t
ngx_ai_zone_add(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf)
{
    size_t               need;
    ngx_str_t           *name;
    ngx_uint_t           i, j, n;
    ngx_ai_zone_t       *zone;
    ngx_ai_choice_t     *choice;
    ngx_ai_workflow_t  **wf;
    ngx_str_t            zone_name = ngx_string("ai_router");

    name = amcf->health_names.elts;

    for (i = 0; i < amcf->health_names.nelts; i++) {
        if (name[i].len > NGX_AI_ZONE_NAME) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "name \"%V\" is too long, at most %d bytes "
                               "of vendor/model are possible",
                               &name[i], NGX_AI_ZONE_NAME);
            return NGX_ERROR;
        }
    }

    /* row 0 is for requests whose workflow nobody knows */

    n = 1;
    wf = amcf->workflows.elts;

    for (i = 0; i < amcf->workflows.nelts; i++) {
        wf[i]->stat = n++;
        choice = wf[i]->choices.elts;

        for (j = 0; j < wf[i]->choices.nelts; j++) {
            choice[j].stat = n++;
        }
    }

    need = ngx_ai_zone_need(amcf->health_names.nelts, n);

    if (amcf->zone_size < need) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ai_zone of %uzk is too small: %ui vendors and "
                           "models in %ui places of use need at least %uzk",
                           amcf->zone_size / 1024, amcf->health_names.nelts,
                           n, need / 1024);
        return NGX_ERROR;
    }

    zone = ngx_pcalloc(cf->pool, sizeof(ngx_ai_zone_t));
    if (zone == NULL) {
        return NGX_ERROR;
    }

    zone->amcf = amcf;
    zone->cycle = cf->cycle;
    zone->nhealth = amcf->health_names.nelts;
    zone->nrow = n;

    zone->health_index = ngx_pcalloc(cf->pool, (zone->nhealth + 1)
                                               * sizeof(uint32_t));
    if (zone->health_index == NULL) {
        return NGX_ERROR;
    }

    zone->row_index = ngx_pcalloc(cf->pool, n * sizeof(uint32_t));
    if (zone->row_index == NULL) {
        return NGX_ERROR;
    }

    amcf->shm_zone = ngx_shared_memory_add(cf, &zone_name, amcf->zone_size,
                                           &ngx_ai_router_module);
    if (amcf->shm_zone == NULL) {
        return NGX_ERROR;
    }

    amcf->shm_zone->init = ngx_ai_zone_init;
    amcf->shm_zone->data = zone;

    return NGX_OK;
}


/* Bytes that the table may take of a zone: whole pages of its slab pool. */
static size_t
ngx_ai_zone_room(size_t size)
{
    size_t  pages;

    pages = size / ngx_pagesize;

    /* the pool's own part: a header, then a descriptor a page */

    pages -= ngx_min(pages, 2 + (sizeof(ngx_slab_pool_t)
                                 + ngx_pagesize_shift
                                   * (sizeof(ngx_slab_page_t)
                                      + sizeof(ngx_slab_stat_t))
                                 + pages * sizeof(ngx_slab_page_t))
                                / ngx_pagesize);

    return pages * ngx_pagesize;
}


/* Size of the zone in which so many names find room. */
static size_t
ngx_ai_zone_need(ngx_uint_t nhealth, ngx_uint_t nrow)
{
    size_t  table, rows, size;

    table = nhealth * sizeof(ngx_ai_health_t) * NGX_AI_ZONE_SHARE;
    rows = (nrow * sizeof(ngx_ai_stat_t) / (NGX_AI_ZONE_SHARE - 1) + 1)
           * NGX_AI_ZONE_SHARE;

    table = sizeof(ngx_ai_shared_t) + ngx_max(table, rows);

    size = ngx_align(table, ngx_pagesize);

    while (ngx_ai_zone_room(size) < table) {
        size += ngx_pagesize;
    }

    return size;
}


static ngx_int_t
ngx_ai_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_ai_zone_t  *old = data;

    ngx_ai_zone_t    *zone;
    ngx_ai_shared_t  *sh;

    zone = shm_zone->data;

    if (old != NULL) {
        sh = old->sh;

        if (sh->magic != NGX_AI_ZONE_MAGIC
            || sh->version != NGX_AI_ZONE_VERSION
            || sh->health_size != sizeof(ngx_ai_health_t)
            || sh->row_size != sizeof(ngx_ai_stat_t))
        {
            ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                          "zone \"%V\" was made by another version of "
                          "ngx_ai_router_module: restart nginx, or give "
                          "\"ai_zone\" another size",
                          &shm_zone->shm.name);
            return NGX_ERROR;
        }

        zone->sh = sh;

    } else if (ngx_ai_zone_create(zone, shm_zone) != NGX_OK) {
        return NGX_ERROR;
    }

    sh = zone->sh;

    zone->health = (ngx_ai_health_t *) (sh + 1);
    zone->row = (ngx_ai_stat_t *) (zone->health + sh->health_max);

    if (ngx_ai_zone_names(zone, shm_zone->shm.log) != NGX_OK) {
        return NGX_ERROR;
    }

    zone->amcf->zone = zone;

    /* this runs exactly when a configuration comes into force */

    return ngx_ai_task_store(zone->cycle, zone->amcf);
}


static ngx_int_t
ngx_ai_zone_create(ngx_ai_zone_t *zone, ngx_shm_zone_t *shm_zone)
{
    size_t            room, rest;
    u_char            random[16];
    ngx_ai_shared_t  *sh;
    ngx_slab_pool_t  *shpool;

    shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;
    room = ngx_ai_zone_room(shm_zone->shm.size);

    sh = ngx_slab_alloc(shpool, room);
    if (sh == NULL) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "zone \"%V\" has no room for its table of %uz bytes",
                      &shm_zone->shm.name, room);
        return NGX_ERROR;
    }

    ngx_memzero(sh, sizeof(ngx_ai_shared_t));

    if (getentropy(random, sizeof(random)) == -1) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, ngx_errno,
                      "getentropy() failed");
        return NGX_ERROR;
    }

    ngx_hex_dump(sh->instance, random, sizeof(random));

    rest = room - sizeof(ngx_ai_shared_t);

    sh->magic = NGX_AI_ZONE_MAGIC;
    sh->version = NGX_AI_ZONE_VERSION;
    sh->health_size = sizeof(ngx_ai_health_t);
    sh->row_size = sizeof(ngx_ai_stat_t);
    sh->health_max = rest / NGX_AI_ZONE_SHARE / sizeof(ngx_ai_health_t);
    rest -= sh->health_max * sizeof(ngx_ai_health_t);
    sh->row_max = rest / sizeof(ngx_ai_stat_t);
    sh->start = ngx_time();

    zone->sh = sh;

    return NGX_OK;
}


/*
 * Finds or makes the entries of all names.  Only the master comes here; old
 * workers may be counting meanwhile, so entries stay where they are.  When
 * all are taken those that the newest configuration no longer names give way:
 * an old worker then counts a few of its last events in a wrong place.
 */
static ngx_int_t
ngx_ai_zone_names(ngx_ai_zone_t *zone, ngx_log_t *log)
{
    ngx_int_t            rc;
    ngx_str_t           *name, empty;
    ngx_uint_t           i, j;
    ngx_ai_choice_t     *choice;
    ngx_ai_target_t     *target;
    ngx_ai_shared_t     *sh;
    ngx_ai_workflow_t  **wf;

    sh = zone->sh;

    for (i = 0; i < sh->health_n; i++) {
        zone->health[i].kept = 0;
    }

    for (i = 0; i < sh->row_n; i++) {
        zone->row[i].kept = 0;
    }

    rc = NGX_OK;
    name = zone->amcf->health_names.elts;

    for (i = 0; i < zone->nhealth && rc == NGX_OK; i++) {
        rc = ngx_ai_zone_health(zone, &name[i], &zone->health_index[i]);
    }

    ngx_str_set(&empty, "");

    if (rc == NGX_OK) {
        rc = ngx_ai_zone_row(zone, &empty, &empty, &empty,
                             &zone->row_index[0]);
    }

    wf = zone->amcf->workflows.elts;

    for (i = 0; i < zone->amcf->workflows.nelts && rc == NGX_OK; i++) {

        rc = ngx_ai_zone_row(zone, &empty, &empty, &wf[i]->name,
                             &zone->row_index[wf[i]->stat]);

        choice = wf[i]->choices.elts;

        for (j = 0; j < wf[i]->choices.nelts && rc == NGX_OK; j++) {
            target = choice[j].target;

            rc = ngx_ai_zone_row(zone, &target->vendor->name, &target->model,
                                 &wf[i]->name,
                                 &zone->row_index[choice[j].stat]);
        }
    }

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "ai_zone of %uzk is too small: %ui vendors and models "
                      "in %ui places of use need at least %uzk",
                      zone->amcf->zone_size / 1024, zone->nhealth,
                      zone->nrow,
                      ngx_ai_zone_need(zone->nhealth, zone->nrow) / 1024);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_ai_zone_health(ngx_ai_zone_t *zone, ngx_str_t *name, uint32_t *index)
{
    ngx_uint_t        i, place;
    ngx_ai_health_t  *h;
    ngx_ai_shared_t  *sh;

    sh = zone->sh;
    place = sh->health_n;

    for (i = 0; i < sh->health_n; i++) {
        h = &zone->health[i];

        if (h->len == name->len
            && ngx_memcmp(h->name, name->data, name->len) == 0)
        {
            h->kept = 1;
            *index = i;
            return NGX_OK;
        }
    }

    if (place == sh->health_max) {

        for (place = 0; place < sh->health_max; place++) {
            if (!zone->health[place].kept) {
                break;
            }
        }

        if (place == sh->health_max) {
            return NGX_DECLINED;
        }
    }

    h = &zone->health[place];

    ngx_memzero(h, sizeof(ngx_ai_health_t));
    ngx_memcpy(h->name, name->data, name->len);
    h->len = name->len;
    h->kept = 1;

    if (place == sh->health_n) {
        sh->health_n++;
    }

    *index = place;

    return NGX_OK;
}


static ngx_int_t
ngx_ai_zone_row(ngx_ai_zone_t *zone, ngx_str_t *vendor, ngx_str_t *model,
    ngx_str_t *workflow, uint32_t *index)
{
    size_t            nv, nm, nw;
    ngx_uint_t        i, place;
    ngx_ai_stat_t    *row;
    ngx_ai_shared_t  *sh;

    sh = zone->sh;

    /* names that are cut to the same share their row */

    nv = ngx_min(vendor->len, NGX_AI_ZONE_VENDOR);
    nm = ngx_min(model->len, NGX_AI_ZONE_MODEL);
    nw = ngx_min(workflow->len, NGX_AI_ZONE_WORKFLOW);

    for (i = 0; i < sh->row_n; i++) {
        row = &zone->row[i];

        if (row->vendor_len == nv && row->model_len == nm
            && row->workflow_len == nw
            && ngx_memcmp(row->vendor, vendor->data, nv) == 0
            && ngx_memcmp(row->model, model->data, nm) == 0
            && ngx_memcmp(row->workflow, workflow->data, nw) == 0)
        {
            row->kept = 1;
            *index = i;
            return NGX_OK;
        }
    }

    place = sh->row_n;

    if (place == sh->row_max) {

        for (place = 0; place < sh->row_max; place++) {
            if (!zone->row[place].kept) {
                break;
            }
        }

        if (place == sh->row_max) {
            return NGX_DECLINED;
        }
    }

    row = &zone->row[place];

    ngx_memzero(row, sizeof(ngx_ai_stat_t));
    ngx_memcpy(row->vendor, vendor->data, nv);
    ngx_memcpy(row->model, model->data, nm);
    ngx_memcpy(row->workflow, workflow->data, nw);
    row->vendor_len = nv;
    row->model_len = nm;
    row->workflow_len = nw;
    row->kept = 1;

    if (place == sh->row_n) {
        sh->row_n++;
    }

    *index = place;

    return NGX_OK;
}


u_char *
ngx_ai_zone_instance(ngx_ai_zone_t *zone)
{
    return zone->sh->instance;
}


/* ---- health ----------------------------------------------------------- */

air_state_e
ngx_ai_health_state(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    uint64_t *reopen)
{
    uint64_t          until, probe;
    ngx_ai_health_t  *h;

    h = &zone->health[zone->health_index[i]];

    until = ngx_ai_get(&h->until);
    *reopen = until;

    if (until == 0) {
        return AIR_STATE_UP;
    }

    if ((uint64_t) now < until) {
        return AIR_STATE_COOLING;
    }

    probe = ngx_ai_get(&h->probe);

    if (probe > (uint64_t) now) {
        /* somebody is trying: that will not take long */
        *reopen = ngx_min(probe, (uint64_t) now + NGX_AI_REST_MIN);
        return AIR_STATE_COOLING;
    }

    return AIR_STATE_PROBE;
}


ngx_uint_t
ngx_ai_health_probe(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now)
{
    uint64_t          until, probe;
    ngx_ai_health_t  *h;

    h = &zone->health[zone->health_index[i]];

    until = ngx_ai_get(&h->until);

    if (until == 0) {
        /* back since the caller looked: nothing to decide */
        return 1;
    }

    probe = ngx_ai_get(&h->probe);

    if ((uint64_t) now < until || probe > (uint64_t) now) {
        return 0;
    }

    return ngx_ai_swap(&h->probe, probe, now + NGX_AI_PROBE_LAPSE);
}


/* The next length of rest after one that did not help. */
static uint64_t
ngx_ai_health_longer(ngx_ai_health_t *h)
{
    uint64_t  rest;

    rest = ngx_ai_get(&h->rest) * 2;

    return ngx_max(NGX_AI_REST_MIN, ngx_min(rest, NGX_AI_REST_MAX));
}


void
ngx_ai_health_cool(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    uint64_t ms, air_fault_e fault)
{
    uint64_t          until, rest, end;
    ngx_ai_health_t  *h;

    h = &zone->health[zone->health_index[i]];

    ngx_ai_add(&h->failed, 1);
    ngx_ai_set(&h->fault, fault);

    ms = ngx_min(ms, NGX_AI_REST_LIMIT);

    for ( ;; ) {
        until = ngx_ai_get(&h->until);
        rest = NGX_AI_REST_MIN;

        if (until != 0 && until <= (uint64_t) now) {
            rest = ngx_ai_health_longer(h);
            end = now + ngx_max(ms, rest);

        } else {
            end = now + ms;
        }

        if (end <= until) {
            return;
        }

        if (ngx_ai_swap(&h->until, until, end)) {
            break;
        }
    }

    if (until <= (uint64_t) now) {
        ngx_ai_set(&h->rest, rest);
        ngx_ai_add(&h->rests, 1);
    }

    ngx_ai_set(&h->said, end);
    ngx_ai_set(&h->fails, 0);
    ngx_ai_set(&h->probe, 0);
}


void
ngx_ai_health_fail(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    air_fault_e fault)
{
    uint64_t          until, rest, fails;
    ngx_ai_health_t  *h;

    h = &zone->health[zone->health_index[i]];

    ngx_ai_add(&h->failed, 1);
    ngx_ai_set(&h->fault, fault);

    until = ngx_ai_get(&h->until);

    if (until > (uint64_t) now) {
        /* tried as a last resort: it rests already */
        return;
    }

    if (until != 0) {
        rest = ngx_ai_health_longer(h);

    } else {
        rest = NGX_AI_REST_MIN;

        if ((uint64_t) now - ngx_ai_get(&h->since) > NGX_AI_FAIL_WINDOW
            || ngx_ai_get(&h->fails) == 0)
        {
            ngx_ai_set(&h->since, now);
            ngx_ai_set(&h->fails, 1);
            fails = 1;

        } else {
            fails = ngx_ai_add(&h->fails, 1) + 1;
        }

        if (fails < NGX_AI_FAILS) {
            return;
        }
    }

    /* of several that fail together one decides */

    if (ngx_ai_swap(&h->until, until, now + rest)) {
        ngx_ai_set(&h->rest, rest);
        ngx_ai_set(&h->said, 0);
        ngx_ai_set(&h->fails, 0);
        ngx_ai_set(&h->probe, 0);
        ngx_ai_add(&h->rests, 1);
    }
}


void
ngx_ai_health_good(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now)
{
    uint64_t          until;
    ngx_ai_health_t  *h;

    h = &zone->health[zone->health_index[i]];

    ngx_ai_add(&h->good, 1);

    if (ngx_ai_get(&h->fails) != 0) {
        ngx_ai_set(&h->fails, 0);
    }

    until = ngx_ai_get(&h->until);

    if (until == 0) {
        return;
    }

    /* a reply begun before a rate limit says nothing about its end */

    if (until > (uint64_t) now && ngx_ai_get(&h->said) == until) {
        return;
    }

    if (ngx_ai_swap(&h->until, until, 0)) {
        ngx_ai_set(&h->rest, 0);
        ngx_ai_set(&h->said, 0);
        ngx_ai_set(&h->probe, 0);
    }
}


void
ngx_ai_health_release(ngx_ai_zone_t *zone, ngx_uint_t i)
{
    ngx_ai_set(&zone->health[zone->health_index[i]].probe, 0);
}


void
ngx_ai_health_info(ngx_ai_zone_t *zone, ngx_uint_t i, int64_t now,
    ngx_ai_health_info_t *info)
{
    ngx_ai_health_t  *h;

    h = &zone->health[zone->health_index[i]];

    info->state = ngx_ai_health_state(zone, i, now, &info->reopen);
    info->fails = ngx_ai_get(&h->fails);
    info->good = ngx_ai_get(&h->good);
    info->failed = ngx_ai_get(&h->failed);
    info->rests = ngx_ai_get(&h->rests);
    info->fault = ngx_ai_get(&h->fault);
}


/* ---- counters --------------------------------------------------------- */

void
ngx_ai_zone_worker(ngx_ai_zone_t *zone)
{
    uint64_t          pid;
    ngx_uint_t        i;
    ngx_ai_worker_t  *w;

    for (i = 0; i < NGX_AI_ZONE_WORKERS; i++) {
        w = &zone->sh->worker[i];
        pid = ngx_ai_get(&w->pid);

        if (pid != 0 && (kill((pid_t) pid, 0) == 0 || ngx_errno != ESRCH)) {
            continue;
        }

        if (ngx_ai_swap(&w->pid, pid, ngx_pid)) {
            ngx_ai_set(&w->active, 0);
            zone->worker = w;
            return;
        }
    }
}


/* The row of an attempt, or of a request that no vendor was asked for. */
static ngx_ai_stat_t *
ngx_ai_stat_row(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    ngx_uint_t      i;
    ngx_ai_zone_t  *zone;

    zone = ctx->amcf->zone;
    i = 0;

    if (att != NULL) {
        i = att->choice->stat;

    } else if (ctx->workflow != NULL) {
        i = ctx->workflow->stat;
    }

    return &zone->row[zone->row_index[i]];
}


void
ngx_ai_stat_begin(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    ngx_ai_zone_t  *zone;

    zone = ctx->amcf->zone;

    if (att != NULL) {

        if (!att->active) {
            att->active = 1;
            ngx_ai_add(&ngx_ai_stat_row(ctx, att)->c[AIR_STAT_INFLIGHT], 1);
        }

        return;
    }

    if (!ctx->active && zone->worker != NULL) {
        ctx->active = 1;
        ngx_ai_add(&zone->worker->active, 1);
    }
}


void
ngx_ai_stat_attempt(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    uint64_t       *c;
    ngx_ai_stat_t  *row;

    row = ngx_ai_stat_row(ctx, att);
    c = row->c;

    if (att->active) {
        att->active = 0;
        ngx_ai_lower(&c[AIR_STAT_INFLIGHT]);
    }

    ngx_ai_add(&c[AIR_STAT_ATTEMPTS], 1);
    ngx_ai_add(&c[AIR_STAT_BYTES_SENT], ctx->body.len);
    ngx_ai_add(&c[AIR_STAT_BYTES_RECEIVED], att->bytes);

    if (att->fault != AIR_FAULT_NONE && att->fault < AIR_NFAULT) {
        ngx_ai_add(&c[AIR_STAT_FAULT + att->fault], 1);

        if (att->fault != AIR_FAULT_CLIENT_ABORT) {
            ngx_ai_add(&c[AIR_STAT_FAILED], 1);
        }
    }

    if (att->rest_ms != 0) {
        ngx_ai_add(&c[AIR_STAT_COOLDOWNS], 1);
    }

    if (att->probe) {
        ngx_ai_add(&c[AIR_STAT_PROBES], 1);
    }

    if (ctx->gone && att->complete) {
        ngx_ai_add(&c[AIR_STAT_DRAINED], 1);
    }

    ngx_ai_stat_usage(row, att);
}


static void
ngx_ai_stat_usage(ngx_ai_stat_t *row, ngx_ai_attempt_t *att)
{
    uint64_t     *c, n, ms;
    ngx_uint_t    i;
    air_usage_t  *u;

    c = row->c;
    u = &att->note.usage;

    if (att->certainty == AIR_CERTAIN_ESTIMATED) {
        ngx_ai_add(&c[AIR_STAT_ESTIMATED], 1);
    }

    if (u->clamped) {
        ngx_ai_add(&c[AIR_STAT_SUSPECT], 1);
    }

    if (att->cost == AIR_UNKNOWN) {
        ngx_ai_add(&c[AIR_STAT_UNKNOWN], 1);

    } else if (att->cost != 0) {
        n = ngx_ai_add(&c[AIR_STAT_COST_LO], att->cost);
        ngx_ai_add(&c[AIR_STAT_COST_HI], air_stats_carry(n, att->cost));
    }

    if (u->seen || u->estimated) {

        for (i = 0; i < AIR_NCLASS; i++) {
            if (u->n[i] != 0) {
                ngx_ai_add(&c[AIR_STAT_TOKENS + i], u->n[i]);
            }
        }

        ngx_ai_add(&c[AIR_STAT_REASONING], u->reasoning);

        n = air_usage_input(u);
        ngx_ai_add(&c[air_stats_slot(AIR_HIST_INPUT, n)], 1);
        ngx_ai_add(&c[air_stats_hsum(AIR_HIST_INPUT)], n);

        n = air_usage_output(u);
        ngx_ai_add(&c[air_stats_slot(AIR_HIST_OUTPUT, n)], 1);
        ngx_ai_add(&c[air_stats_hsum(AIR_HIST_OUTPUT)], n);
    }

    ms = (att->end != 0 ? att->end : ngx_current_msec) - att->start;
    ngx_ai_add(&c[air_stats_slot(AIR_HIST_DURATION, ms)], 1);
    ngx_ai_add(&c[air_stats_hsum(AIR_HIST_DURATION)], ms);

    if (att->first != 0) {
        ms = att->first - att->start;
        ngx_ai_add(&c[air_stats_slot(AIR_HIST_FIRST_TOKEN, ms)], 1);
        ngx_ai_add(&c[air_stats_hsum(AIR_HIST_FIRST_TOKEN)], ms);
    }
}


void
ngx_ai_stat_request(ngx_ai_ctx_t *ctx)
{
    uint64_t          *c;
    ngx_uint_t         i;
    ngx_ai_zone_t     *zone;
    ngx_ai_choice_t   *choice;
    ngx_ai_attempt_t  *att;

    if (ctx->counted) {
        return;
    }

    ctx->counted = 1;
    zone = ctx->amcf->zone;

    if (ctx->active) {
        ctx->active = 0;
        ngx_ai_lower(&zone->worker->active);
    }

    att = ctx->nattempts ? ctx->attempt[ctx->nattempts - 1] : NULL;
    c = ngx_ai_stat_row(ctx, att)->c;

    ngx_ai_add(&c[AIR_STAT_REQUESTS], 1);

    if (ctx->gone) {
        ngx_ai_add(&c[AIR_STAT_ABORTS], 1);
    }

    if (ctx->error_sent || ctx->status >= 400) {
        ngx_ai_add(&c[att == NULL ? AIR_STAT_REFUSED : AIR_STAT_ERRORS], 1);

    } else if (ctx->nattempts > 1 && ctx->committed) {
        ngx_ai_add(&c[AIR_STAT_FALLBACKS], 1);
    }

    if (ctx->request.stream && ctx->committed) {
        ngx_ai_add(&c[AIR_STAT_STREAMS], 1);
    }

    if (ctx->workflow == NULL || ctx->order == NULL) {
        return;
    }

    choice = ctx->workflow->choices.elts;

    for (i = ctx->next; i < ctx->norder; i++) {
        if (ctx->order[i].why == AIR_WHY_COOLING) {
            c = zone->row[zone->row_index[choice[ctx->order[i].id].stat]].c;
            ngx_ai_add(&c[AIR_STAT_SKIPPED], 1);
        }
    }
}


void
ngx_ai_stat_ledger(ngx_ai_main_conf_t *amcf, int rc)
{
    ngx_ai_shared_t  *sh;

    sh = amcf->zone->sh;

    ngx_ai_add(rc == AIR_OK ? &sh->records : &sh->record_errors, 1);
}


void
ngx_ai_stat_orphans(ngx_ai_main_conf_t *amcf, ngx_uint_t n)
{
    ngx_ai_add(&amcf->zone->sh->orphans, n);
    ngx_ai_add(&amcf->zone->sh->records, n);
}


ngx_int_t
ngx_ai_zone_stats(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    air_stats_t *stats)
{
    uint64_t         *c, active;
    ngx_uint_t        i, j, n;
    ngx_ai_stat_t    *row;
    ngx_ai_zone_t    *zone;
    ngx_ai_shared_t  *sh;
    air_stats_row_t  *out;

    ngx_memzero(stats, sizeof(air_stats_t));

    zone = amcf->zone;

    if (zone == NULL) {
        /* nothing here routes */
        return NGX_OK;
    }

    sh = zone->sh;
    n = sh->row_n;

    out = ngx_palloc(pool, n * sizeof(air_stats_row_t));
    if (out == NULL) {
        return NGX_ERROR;
    }

    c = ngx_palloc(pool, n * AIR_NSTAT * sizeof(uint64_t));
    if (c == NULL) {
        return NGX_ERROR;
    }

    active = 0;

    for (i = 0; i < NGX_AI_ZONE_WORKERS; i++) {
        if (ngx_ai_get(&sh->worker[i].pid) == 0) {
            break;
        }

        if (kill((pid_t) ngx_ai_get(&sh->worker[i].pid), 0) == 0) {
            active += ngx_ai_get(&sh->worker[i].active);
        }
    }

    for (i = 0; i < n; i++) {
        row = &zone->row[i];

        out[i].vendor = air_str_n(row->vendor, row->vendor_len);
        out[i].model = air_str_n(row->model, row->model_len);
        out[i].workflow = air_str_n(row->workflow, row->workflow_len);
        out[i].c = &c[i * AIR_NSTAT];

        for (j = 0; j < AIR_NSTAT; j++) {
            c[i * AIR_NSTAT + j] = ngx_ai_get(&row->c[j]);
        }

        /* what a worker left when it died is no longer running */

        if (c[i * AIR_NSTAT + AIR_STAT_INFLIGHT] > active) {
            c[i * AIR_NSTAT + AIR_STAT_INFLIGHT] = active;
        }
    }

    ngx_ai_zone_states(zone, c, n);

    stats->row = out;
    stats->nrow = n;

    stats->global[AIR_STATS_START] = sh->start;
    stats->global[AIR_STATS_ACTIVE] = active;
    stats->global[AIR_STATS_ZONE_SIZE] = amcf->zone_size;
    stats->global[AIR_STATS_ZONE_ROWS_LOST] = ngx_ai_get(&sh->rows_lost);
    stats->global[AIR_STATS_LEDGER_RECORDS] = ngx_ai_get(&sh->records);
    stats->global[AIR_STATS_LEDGER_ERRORS] = ngx_ai_get(&sh->record_errors);
    stats->global[AIR_STATS_LEDGER_ORPHANS] = ngx_ai_get(&sh->orphans);

    return NGX_OK;
}


/* Puts the state of its target into each row of this configuration. */
static void
ngx_ai_zone_states(ngx_ai_zone_t *zone, uint64_t *c, ngx_uint_t nrow)
{
    int64_t               now;
    uint64_t              reopen;
    ngx_uint_t            i, j, row;
    ngx_time_t           *tp;
    air_state_e           target, vendor;
    ngx_ai_choice_t      *choice;
    ngx_ai_workflow_t   **wf;

    tp = ngx_timeofday();
    now = (int64_t) tp->sec * 1000 + tp->msec;

    wf = zone->amcf->workflows.elts;

    for (i = 0; i < zone->amcf->workflows.nelts; i++) {
        choice = wf[i]->choices.elts;

        for (j = 0; j < wf[i]->choices.nelts; j++) {
            row = zone->row_index[choice[j].stat];

            if (row >= nrow) {
                continue;
            }

            target = ngx_ai_health_state(zone, choice[j].target->health, now,
                                         &reopen);
            vendor = ngx_ai_health_state(zone,
                                         choice[j].target->vendor->health,
                                         now, &reopen);

            c[row * AIR_NSTAT + AIR_STAT_STATE] = ngx_max(target, vendor);
        }
    }
}
