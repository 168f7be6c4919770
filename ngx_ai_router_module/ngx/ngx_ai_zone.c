
/*
 * The shared zone: how vendors and targets are, and every counter.  One table
 * of fixed-size entries that hold their names themselves and nothing that
 * points anywhere, so that it survives reloads: each configuration looks its
 * names up once, in the zone's init callback, and then works with indices.
 *
 *   ngx_ai_shared_t    layout, totals, a place for each worker
 *   health[]           a vendor or vendor/model, ngx_ai_health.c
 *   live[]             how fast and busy the same has been, ngx_ai_live.c
 *   row[]              counters of a (vendor, model, workflow), ngx_ai_stat.c
 *   sticky[]           whose cache has which conversation, ngx_ai_sticky.c
 *
 * All state is atomic and every word stands for itself; nothing is locked.
 */

#include "ngx_ai_zone.h"


#define NGX_AI_ZONE_MAGIC     0x4149525aU
#define NGX_AI_ZONE_VERSION   21

/*
 * Who gets how many 64ths of the table.  16m are room for 980 vendors and
 * models and for 4,000 rows; the share of callers is kept free for the
 * budgets of 1,000, at 512 bytes each.
 */
#define NGX_AI_ZONE_PARTS     64
#define NGX_AI_ZONE_HEALTH    32
#define NGX_AI_ZONE_CALLERS   2
#define NGX_AI_ZONE_CALLER    512
#define NGX_AI_ZONE_STICKY    4
#define NGX_AI_ZONE_ROWS      (NGX_AI_ZONE_PARTS - NGX_AI_ZONE_HEALTH         \
                               - NGX_AI_ZONE_CALLERS - NGX_AI_ZONE_STICKY)

/* a vendor or model takes one of each */
#define NGX_AI_ZONE_TARGET    (sizeof(ngx_ai_health_t) + sizeof(ngx_ai_live_t))


static ngx_int_t ngx_ai_zone_init(ngx_shm_zone_t *shm_zone, void *data);
static size_t ngx_ai_zone_need(ngx_uint_t nhealth, ngx_uint_t nrow);
static ngx_int_t ngx_ai_zone_create(ngx_ai_zone_t *zone,
    ngx_shm_zone_t *shm_zone);
static ngx_int_t ngx_ai_zone_names(ngx_ai_zone_t *zone, ngx_log_t *log);
static ngx_int_t ngx_ai_zone_health(ngx_ai_zone_t *zone, ngx_str_t *name,
    uint32_t *index);
static ngx_int_t ngx_ai_zone_row(ngx_ai_zone_t *zone, ngx_str_t *vendor,
    ngx_str_t *model, ngx_str_t *workflow, uint32_t *index);


ngx_int_t
ngx_ai_zone_add(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf)
{
    size_t               need;
    ngx_str_t           *name;
    ngx_uint_t           i, j, n;
    ngx_ai_zone_t       *zone;
    ngx_ai_choice_t     *choice;
    ngx_ai_helper_t     *helper;
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

        helper = wf[i]->helpers ? wf[i]->helpers->elts : NULL;

        for (j = 0; helper != NULL && j < wf[i]->helpers->nelts; j++) {
            helper[j].stat = n++;
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

    zone->seed = ngx_pcalloc(cf->pool, (zone->nhealth + 1)
                                       * sizeof(air_live_seed_t));
    if (zone->seed == NULL) {
        return NGX_ERROR;
    }

    ngx_ai_zone_seeds(zone, amcf);

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


void
ngx_ai_zone_seeds(ngx_ai_zone_t *zone, ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t         i;
    ngx_ai_target_t  **target;

    target = amcf->targets.elts;

    for (i = 0; i < amcf->targets.nelts; i++) {
        if (target[i]->info != NULL) {
            zone->seed[target[i]->health].latency = target[i]->info->latency;
            zone->seed[target[i]->health].throughput =
                target[i]->info->throughput;
        }
    }
}


size_t
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

    table = nhealth * NGX_AI_ZONE_TARGET * NGX_AI_ZONE_PARTS
            / NGX_AI_ZONE_HEALTH;
    rows = nrow * sizeof(ngx_ai_stat_t) * NGX_AI_ZONE_PARTS
           / NGX_AI_ZONE_ROWS;

    /* shares are rounded down to whole entries */

    table = sizeof(ngx_ai_shared_t) + NGX_AI_ZONE_PARTS
            + ngx_max(table, rows);

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
            || sh->live_size != sizeof(ngx_ai_live_t)
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
    zone->live = (ngx_ai_live_t *) (zone->health + sh->health_max);
    zone->row = (ngx_ai_stat_t *) (zone->live + sh->health_max);
    zone->sticky = (air_sticky_slot_t *) (zone->row + sh->row_max);

    if (ngx_ai_zone_names(zone, shm_zone->shm.log) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_ai_learn_zone(sh, zone->amcf);
    ngx_ai_hook_zone(sh, zone->amcf);
    ngx_ai_job_zone(sh, zone->amcf);

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

    if (getentropy(sh->secret, sizeof(sh->secret)) == -1) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, ngx_errno,
                      "getentropy() failed");
        return NGX_ERROR;
    }

    rest = room - sizeof(ngx_ai_shared_t);

    sh->magic = NGX_AI_ZONE_MAGIC;
    sh->version = NGX_AI_ZONE_VERSION;
    sh->health_size = sizeof(ngx_ai_health_t);
    sh->live_size = sizeof(ngx_ai_live_t);
    sh->row_size = sizeof(ngx_ai_stat_t);
    sh->health_max = rest / NGX_AI_ZONE_PARTS * NGX_AI_ZONE_HEALTH
                     / NGX_AI_ZONE_TARGET;
    sh->row_max = rest / NGX_AI_ZONE_PARTS * NGX_AI_ZONE_ROWS
                  / sizeof(ngx_ai_stat_t);
    sh->sticky_max = rest / NGX_AI_ZONE_PARTS * NGX_AI_ZONE_STICKY
                     / sizeof(air_sticky_slot_t) / AIR_STICKY_WAYS
                     * AIR_STICKY_WAYS;
    sh->caller_max = rest / NGX_AI_ZONE_PARTS * NGX_AI_ZONE_CALLERS
                     / NGX_AI_ZONE_CALLER;
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
    ngx_ai_helper_t     *helper;
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

        helper = wf[i]->helpers ? wf[i]->helpers->elts : NULL;

        for (j = 0; helper != NULL && j < wf[i]->helpers->nelts
             && rc == NGX_OK; j++)
        {
            target = helper[j].target;

            rc = ngx_ai_zone_row(zone, &target->vendor->name, &target->model,
                                 &wf[i]->name,
                                 &zone->row_index[helper[j].stat]);
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
    ngx_memzero(&zone->live[place], sizeof(ngx_ai_live_t));
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


uint64_t
ngx_ai_zone_ticket(ngx_ai_zone_t *zone, ngx_uint_t stat, ngx_uint_t peek)
{
    uint64_t  *ticket;

    ticket = &zone->row[zone->row_index[stat]].ticket;

    return peek ? ngx_ai_get(ticket) : ngx_ai_add(ticket, 1);
}


u_char *
ngx_ai_zone_instance(ngx_ai_zone_t *zone)
{
    return zone->sh->instance;
}
