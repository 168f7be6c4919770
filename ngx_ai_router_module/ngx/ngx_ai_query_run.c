
/*
 * Questions to the ledger as they are answered, in a thread.
 */

#include "ngx_ai_query_run.h"

#include "../store/air_exposure.h"
#include "../store/air_recent.h"
#include "../store/air_report_html.h"
#include "../store/air_report_write.h"

#include <malloc.h>
#include <sys/mman.h>


#define NGX_AI_QUERY_SIZE  (128 * 1024 * 1024)


static void *ngx_ai_query_alloc(void *ud, size_t size);
static int ngx_ai_query_shares(ngx_ai_query_t *q);
static ngx_uint_t ngx_ai_query_makers(ngx_ai_query_t *q);
static int ngx_ai_query_page(ngx_ai_query_t *q);
static int ngx_ai_query_reports(ngx_ai_query_t *q);
static int ngx_ai_query_write(ngx_ai_query_t *q, air_report_t *report);


static void *
ngx_ai_query_alloc(void *ud, size_t size)
{
    ngx_ai_query_t *q = ud;

    ngx_ai_query_map_t  *map;

    size += sizeof(ngx_ai_query_map_t);

    map = mmap(NULL, size, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS,
               -1, 0);
    if (map == MAP_FAILED) {
        return NULL;
    }

    map->size = size;
    map->next = q->maps;
    q->maps = map;

    return map + 1;
}


void
ngx_ai_query_run(void *data, ngx_log_t *log)
{
    ngx_ai_query_t *q = data;

    q->mem.alloc = ngx_ai_query_alloc;
    q->mem.ud = q;

    air_buf_init(&q->out, &q->mem, NGX_AI_QUERY_SIZE);
    (void) air_buf_reserve(&q->out, 65536 - sizeof(ngx_ai_query_map_t));

    switch (q->kind) {

    case NGX_AI_QUERY_RECENT:
        q->rc = air_recent_json((char *) q->amcf->store.data, q->before,
                                q->recent, &q->out, &q->err);
        break;

    case NGX_AI_QUERY_SHARES:
        q->rc = ngx_ai_query_shares(q);
        break;

    default:
        q->rc = q->format == NGX_AI_QUERY_HTML ? ngx_ai_query_page(q)
                                               : ngx_ai_query_reports(q);
        break;
    }

    /* the many small pieces of sums are freed, but not yet the system's */

#if (__GLIBC__)
    if (q->kind != NGX_AI_QUERY_RECENT) {
        (void) malloc_trim(0);
    }
#endif
}


static int
ngx_ai_query_shares(ngx_ai_query_t *q)
{
    int                   rc, known;
    air_err_t             err;
    air_report_t          report;
    air_topology_file_t   topo;

    rc = air_report_run(&report, (char *) q->amcf->store.data, q->ledger,
                        q->query, &q->err);
    if (rc != AIR_OK) {
        return rc;
    }

    /* one that is not there, or not to be read, is none */

    known = air_topology_read(&topo, (char *) q->amcf->store.data, &err)
            == AIR_OK;

    rc = air_exposure_json(&report, known ? &topo.topo : NULL, &q->out);

    if (known) {
        air_topology_free(&topo);
    }

    air_report_free(&report);

    return rc;
}


/* 1 when a report is by makers, which the configuration knows best. */
static ngx_uint_t
ngx_ai_query_makers(ngx_ai_query_t *q)
{
    ngx_uint_t  i, k;

    for (i = 0; i < q->nreports; i++) {
        for (k = 0; k < q->query[i].nby; k++) {
            if (q->query[i].by[k] == AIR_BY_MAKER) {
                return 1;
            }
        }
    }

    return 0;
}


/* The page for others, whole. */
static int
ngx_ai_query_page(ngx_ai_query_t *q)
{
    int                   rc, known;
    air_err_t             err;
    air_diligence_t       d;
    air_topology_file_t   topo;

    known = air_topology_read(&topo, (char *) q->amcf->store.data, &err)
            == AIR_OK;

    ngx_memzero(&d, sizeof(air_diligence_t));
    d.dir = (char *) q->amcf->store.data;
    d.from_ms = q->query[0].from_ms;
    d.to_ms = q->query[0].to_ms;
    d.now_ms = (int64_t) time(NULL) * 1000;
    d.max = NGX_AI_QUERY_GROUPS;
    d.topo = known ? &topo.topo : NULL;

    rc = air_diligence_run(&d, q->ledger, &q->err);

    if (rc == AIR_OK) {
        rc = air_report_html(&d, &q->out);
    }

    air_diligence_free(&d);

    if (known) {
        air_topology_free(&topo);
    }

#if (__GLIBC__)
    (void) malloc_trim(0);
#endif

    return rc;
}


static int
ngx_ai_query_reports(ngx_ai_query_t *q)
{
    int                   rc, known;
    air_err_t             err;
    ngx_uint_t            i;
    air_report_t          report[NGX_AI_QUERY_REPORTS];
    air_topology_file_t   topo;

    /* one that is not there, or not to be read, is none */

    known = ngx_ai_query_makers(q)
            && air_topology_read(&topo, (char *) q->amcf->store.data, &err)
               == AIR_OK;

    for (i = 0; known && i < q->nreports; i++) {
        q->query[i].topo = &topo.topo;
    }

    rc = air_report_run_all(report, q->nreports, (char *) q->amcf->store.data,
                            q->ledger, q->query, &q->err);

    if (known) {
        air_topology_free(&topo);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    if (q->format == NGX_AI_QUERY_TABLE) {
        air_buf_z(&q->out, "{\"reports\":[");
    }

    for (i = 0; i < q->nreports; i++) {

        if (i) {
            air_buf_byte(&q->out, ',');
        }

        rc = ngx_ai_query_write(q, &report[i]);
        air_report_free(&report[i]);
    }

    if (q->format == NGX_AI_QUERY_TABLE) {
        rc = air_buf_z(&q->out, "]}\n");
    }

    return rc;
}


/* Of a report that has more rows than are wanted only those are written. */
static int
ngx_ai_query_write(ngx_ai_query_t *q, air_report_t *report)
{
    int     rc;
    size_t  n, more, start;

    n = report->groups.n;
    more = n > q->limit ? n - q->limit : 0;
    report->groups.n = n - more;

    if (q->format == NGX_AI_QUERY_CSV) {
        rc = air_report_csv(report, &q->out);

    } else {
        air_buf_z(&q->out, "{\"more\":");
        air_buf_uint(&q->out, more);

        /* and the members of the report's own object */

        start = q->out.len;

        rc = q->format == NGX_AI_QUERY_TABLE
             ? air_report_table(report, &q->out)
             : air_report_json(report, &q->out);

        if (rc == AIR_OK) {
            q->out.data[start] = ',';
        }
    }

    report->groups.n = n;

    return rc;
}
