
/*
 * The life of a question: a request holds it by a cleanup of its pool, a
 * thread by the worker's queries.running.  Who lets go last frees it.  What is
 * large (sums, text) is never of nginx's pools and goes back to the system.
 */

#include "ngx_ai_query.h"
#include "ngx_ai_page.h"

#include "../core/air_calendar.h"
#include "../store/air_exposure.h"
#include "../store/air_recent.h"
#include "../store/air_report_write.h"

#include <malloc.h>
#include <sys/mman.h>


#define NGX_AI_QUERY_REPORTS   8          /* of one question                */
#define NGX_AI_QUERY_WAITING   16         /* questions of a worker          */
#define NGX_AI_QUERY_GROUPS    32768      /* of one report: some 25 MB      */
#define NGX_AI_QUERY_ROWS      10000      /* of an answer, by default       */
#define NGX_AI_QUERY_RECORDS   50
#define NGX_AI_QUERY_MOST      1000
#define NGX_AI_QUERY_SIZE      (128 * 1024 * 1024)
#define NGX_AI_QUERY_TIMER     60000


typedef enum {
    NGX_AI_QUERY_JSON = 0,
    NGX_AI_QUERY_TABLE,                   /* JSON, columns named once       */
    NGX_AI_QUERY_CSV
} ngx_ai_query_format_e;


/* what is asked for, and the bit that a parameter of it has */
typedef enum {
    NGX_AI_QUERY_REPORT = 0,
    NGX_AI_QUERY_RECENT,
    NGX_AI_QUERY_SHARES,
    NGX_AI_QUERY_NONE
} ngx_ai_query_kind_e;


/* memory of an answer, straight from the system */
typedef struct ngx_ai_query_map_s  ngx_ai_query_map_t;

struct ngx_ai_query_map_s {
    ngx_ai_query_map_t   *next;
    size_t                size;
};


struct ngx_ai_query_s {
    ngx_queue_t           queue;
    ngx_http_request_t   *r;              /* NULL: the caller left          */
    ngx_ai_main_conf_t   *amcf;
    ngx_thread_task_t     task;
    ngx_log_t            *log;

    /* what is asked, fixed when it waits */

    ngx_ai_query_kind_e   kind;
    ngx_uint_t            recent;         /* records                        */
    uint64_t              before;
    ngx_ai_query_format_e format;
    size_t                limit;          /* rows of a report               */
    ngx_uint_t            nreports;
    air_report_query_t    query[NGX_AI_QUERY_REPORTS];

    /* the thread's until it is done */

    air_ledger_t         *ledger;
    int                   rc;
    air_err_t             err;
    air_mem_t             mem;
    air_buf_t             out;
    ngx_ai_query_map_t   *maps;

    unsigned              waiting:1;
};


/* what is wrong with a question */
typedef struct {
    const char           *param;          /* or NULL                        */
    ngx_str_t             value;          /* as given, or none              */
    const char           *why;
} ngx_ai_query_wrong_t;


static ngx_ai_query_kind_e ngx_ai_query_kind(ngx_str_t *rest);
static ngx_int_t ngx_ai_query_args(ngx_http_request_t *r, ngx_ai_query_t *q,
    ngx_ai_query_wrong_t *wrong);
static ngx_int_t ngx_ai_query_arg(ngx_ai_query_t *q, ngx_str_t *name,
    ngx_str_t *value, air_calendar_ask_t *ask, ngx_ai_query_wrong_t *wrong);
static ngx_int_t ngx_ai_query_by(ngx_ai_query_t *q, ngx_str_t *list,
    ngx_ai_query_wrong_t *wrong);
static ngx_int_t ngx_ai_query_number(ngx_str_t *value, ngx_uint_t most,
    ngx_uint_t *n);
static ngx_int_t ngx_ai_query_period(ngx_ai_query_t *q,
    air_calendar_ask_t *ask, ngx_ai_query_wrong_t *wrong);
static ngx_int_t ngx_ai_query_refuse(ngx_http_request_t *r, ngx_uint_t status,
    const char *code, ngx_ai_query_wrong_t *wrong);
static ngx_int_t ngx_ai_query_wait(ngx_http_request_t *r, ngx_ai_query_t *q);
static void ngx_ai_query_left(void *data);
static void ngx_ai_query_free(ngx_ai_query_t *q);
static void *ngx_ai_query_alloc(void *ud, size_t size);
static void ngx_ai_query_thread(void *data, ngx_log_t *log);
static int ngx_ai_query_shares(ngx_ai_query_t *q);
static ngx_uint_t ngx_ai_query_makers(ngx_ai_query_t *q);
static int ngx_ai_query_reports(ngx_ai_query_t *q);
static int ngx_ai_query_write(ngx_ai_query_t *q, air_report_t *report);
static void ngx_ai_query_done(ngx_event_t *ev);
static void ngx_ai_query_answer(ngx_ai_query_t *q);
static ngx_int_t ngx_ai_query_send(ngx_http_request_t *r, ngx_ai_query_t *q);


static const char *const  ngx_ai_query_formats[] = { "json", "table", "csv" };


ngx_uint_t
ngx_ai_query_asked(ngx_str_t *rest)
{
    return ngx_ai_query_kind(rest) != NGX_AI_QUERY_NONE;
}


static ngx_ai_query_kind_e
ngx_ai_query_kind(ngx_str_t *rest)
{
    ngx_uint_t  i;

    static const char *const  names[] = {
        "report", "recent.json", "concentration.json"
    };

    for (i = 0; i < NGX_AI_QUERY_NONE; i++) {
        if (air_str_eqz(ngx_ai_air(*rest), names[i])) {
            break;
        }
    }

    return i;
}


ngx_int_t
ngx_ai_query(ngx_http_request_t *r, ngx_str_t *rest)
{
    ngx_int_t              rc;
    ngx_ai_query_t        *q;
    ngx_ai_main_conf_t    *amcf;
    ngx_pool_cleanup_t    *cln;
    ngx_ai_query_wrong_t   wrong;

    amcf = ngx_http_get_module_main_conf(r, ngx_ai_router_module);

    ngx_memzero(&wrong, sizeof(ngx_ai_query_wrong_t));

    if (amcf->task == NULL || amcf->queries == NULL) {
        wrong.why = "No ledger is kept: there is no route, or \"ai_store "
                    "off\".";
        return ngx_ai_query_refuse(r, NGX_HTTP_NOT_FOUND, "no_ledger", &wrong);
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    q = ngx_calloc(sizeof(ngx_ai_query_t), r->connection->log);
    if (q == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    q->r = r;
    q->amcf = amcf;
    q->log = amcf->task->event.log;
    q->kind = ngx_ai_query_kind(rest);
    q->recent = NGX_AI_QUERY_RECORDS;

    cln->handler = ngx_ai_query_left;
    cln->data = q;

    rc = ngx_ai_query_args(r, q, &wrong);

    if (rc == NGX_DECLINED) {
        return ngx_ai_query_refuse(r, NGX_HTTP_BAD_REQUEST, "invalid_value",
                                   &wrong);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* nobody reads what a HEAD asks for */

    if (r->method == NGX_HTTP_HEAD) {
        return ngx_ai_query_send(r, q);
    }

    return ngx_ai_query_wait(r, q);
}


/* ---- what is asked ------------------------------------------------------ */

/* NGX_DECLINED with *wrong */
static ngx_int_t
ngx_ai_query_args(ngx_http_request_t *r, ngx_ai_query_t *q,
    ngx_ai_query_wrong_t *wrong)
{
    u_char              *p, *last, *end, *eq, *to;
    ngx_str_t            name, value;
    air_calendar_ask_t   ask;

    ngx_memzero(&ask, sizeof(air_calendar_ask_t));

    last = r->args.data + r->args.len;

    for (p = r->args.data; p < last; p = end + 1) {

        end = ngx_strlchr(p, last, '&');
        if (end == NULL) {
            end = last;
        }

        if (end == p) {
            continue;
        }

        eq = ngx_strlchr(p, end, '=');
        if (eq == NULL) {
            eq = end;
        }

        name.data = p;
        name.len = eq - p;

        if (eq != end) {
            eq++;
        }

        value.data = ngx_pnalloc(r->pool, end - eq + 1);
        if (value.data == NULL) {
            return NGX_ERROR;
        }

        to = value.data;
        ngx_unescape_uri(&to, &eq, end - eq, 0);
        value.len = to - value.data;

        if (ngx_ai_query_arg(q, &name, &value, &ask, wrong) != NGX_OK) {
            wrong->value = value;
            return NGX_DECLINED;
        }
    }

    if (q->kind == NGX_AI_QUERY_RECENT) {
        return NGX_OK;
    }

    return ngx_ai_query_period(q, &ask, wrong);
}


static ngx_int_t
ngx_ai_query_arg(ngx_ai_query_t *q, ngx_str_t *name, ngx_str_t *value,
    air_calendar_ask_t *ask, ngx_ai_query_wrong_t *wrong)
{
    size_t        i;
    air_str_t    *when;
    ngx_uint_t    n;

    /* of which kinds of questions, a bit each */

    const struct {
        const char  *name;
        ngx_uint_t   kinds;
        air_str_t   *when;
    } params[] = {
        { "by", 1, NULL },
        { "format", 1, NULL },
        { "limit", 1, NULL },
        { "from", 5, &ask->from },
        { "to", 5, &ask->to },
        { "last", 5, &ask->last },
        { "this", 5, &ask->current },
        { "n", 2, NULL },
        { "before", 2, NULL }
    };

    static const char *const  known[] = {
        "Unknown; there are by, format, limit, last, this, from and to.",
        "Unknown; there are n and before.",
        "Unknown; there are last, this, from and to."
    };

    for (i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
        if (air_str_eqz(ngx_ai_air(*name), params[i].name)
            && (params[i].kinds & 1 << q->kind))
        {
            break;
        }
    }

    if (i == sizeof(params) / sizeof(params[0])) {
        wrong->why = known[q->kind];
        return NGX_DECLINED;
    }

    wrong->param = params[i].name;
    when = params[i].when;

    if (when != NULL) {
        *when = ngx_ai_air(*value);
        return NGX_OK;
    }

    switch (params[i].name[0]) {

    case 'b':

        if (q->kind == NGX_AI_QUERY_REPORT) {
            return ngx_ai_query_by(q, value, wrong);
        }

        if (ngx_ai_query_number(value, NGX_MAX_INT_T_VALUE, &n) != NGX_OK) {
            wrong->why = "A number of a record, from 1, is needed.";
            return NGX_DECLINED;
        }

        q->before = n;
        return NGX_OK;

    case 'f':

        for (i = 0; i < 3; i++) {
            if (air_str_eqz(ngx_ai_air(*value), ngx_ai_query_formats[i])) {
                q->format = i;
                return NGX_OK;
            }
        }

        wrong->why = "There are json, table and csv.";
        return NGX_DECLINED;

    case 'l':

        if (ngx_ai_query_number(value, NGX_AI_QUERY_GROUPS, &n) != NGX_OK) {
            wrong->why = "A number from 1 to 32768 is needed.";
            return NGX_DECLINED;
        }

        q->limit = n;
        return NGX_OK;

    default:

        if (ngx_ai_query_number(value, NGX_AI_QUERY_MOST, &n) != NGX_OK) {
            wrong->why = "A number from 1 to 1000 is needed.";
            return NGX_DECLINED;
        }

        q->recent = n;
        return NGX_OK;
    }
}


static ngx_int_t
ngx_ai_query_number(ngx_str_t *value, ngx_uint_t most, ngx_uint_t *n)
{
    ngx_int_t  got;

    got = ngx_atoi(value->data, value->len);

    if (got <= 0 || (ngx_uint_t) got > most) {
        return NGX_DECLINED;
    }

    *n = got;

    return NGX_OK;
}


static ngx_int_t
ngx_ai_query_by(ngx_ai_query_t *q, ngx_str_t *list,
    ngx_ai_query_wrong_t *wrong)
{
    int                  by;
    u_char              *p, *last, *end;
    ngx_uint_t           i;
    air_report_query_t  *query;

    if (q->nreports == NGX_AI_QUERY_REPORTS) {
        wrong->why = "At most 8 reports are made at once.";
        return NGX_DECLINED;
    }

    query = &q->query[q->nreports++];
    last = list->data + list->len;

    for (p = list->data; p <= last && list->len; p = end + 1) {

        end = ngx_strlchr(p, last, ',');
        if (end == NULL) {
            end = last;
        }

        by = air_report_by(air_str_n(p, end - p));

        if (by == -1) {
            wrong->why = "A list of vendor, model, maker, workflow, "
                         "principal, team, tier, task, for, fault, hour, day, "
                         "month, quarter and year is needed.";
            return NGX_DECLINED;
        }

        for (i = 0; i < query->nby; i++) {
            if ((int) query->by[i] == by) {
                wrong->why = "A dimension is there twice.";
                return NGX_DECLINED;
            }
        }

        query->by[query->nby++] = by;
    }

    if (air_report_clash(query)) {
        wrong->why = "\"principal\", \"team\" and \"tier\" cannot go with "
                     "\"task\" and \"for\", nor \"fault\" with any of these.";
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_ai_query_period(ngx_ai_query_t *q, air_calendar_ask_t *ask,
    ngx_ai_query_wrong_t *wrong)
{
    int64_t      from, to;
    ngx_uint_t   i;

    if (air_calendar_range(ask, ngx_ai_now(), &from, &to, &wrong->param,
                           &wrong->why)
        != AIR_OK)
    {
        return NGX_DECLINED;
    }

    if (q->nreports > 1 && q->format != NGX_AI_QUERY_TABLE) {
        wrong->param = "by";
        wrong->why = "Several reports at once need format=table.";
        return NGX_DECLINED;
    }

    if (q->nreports == 0) {
        q->query[0].by[0] = AIR_BY_VENDOR;
        q->query[0].by[1] = AIR_BY_MODEL;
        q->query[0].nby = 2;
        q->nreports = 1;
    }

    for (i = 0; i < q->nreports; i++) {
        q->query[i].from_ms = from;
        q->query[i].to_ms = to;
        q->query[i].max = NGX_AI_QUERY_GROUPS;
    }

    /* a file of which a part is missing does not tell so */

    if (q->limit == 0) {
        q->limit = q->format == NGX_AI_QUERY_CSV ? NGX_AI_QUERY_GROUPS
                                                 : NGX_AI_QUERY_ROWS;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_ai_query_refuse(ngx_http_request_t *r, ngx_uint_t status,
    const char *code, ngx_ai_query_wrong_t *wrong)
{
    air_buf_t             b;
    air_mem_t             mem;
    ngx_ai_page_answer_t  answer;

    static ngx_str_t  soon = ngx_string("1");

    mem = ngx_ai_mem(r->pool);
    air_buf_init(&b, &mem, 65536);

    air_buf_z(&b, "{\"error\":{\"message\":");
    air_buf_json(&b, air_str_z(wrong->why));

    if (wrong->value.len != 0) {
        air_buf_json_more(&b, air_str_z(" Not \""));
        air_buf_json_more(&b, air_str_n(wrong->value.data,
                                        ngx_min(wrong->value.len, 100)));
        air_buf_json_more(&b, air_str_z("\"."));
    }

    air_buf_z(&b, ",\"type\":\"");
    air_buf_z(&b, status < 500 ? "invalid_request_error" : "server_error");
    air_buf_z(&b, "\",\"param\":");

    if (wrong->param != NULL) {
        air_buf_json(&b, air_str_z(wrong->param));

    } else {
        air_buf_z(&b, "null");
    }

    air_buf_z(&b, ",\"code\":");
    air_buf_json(&b, air_str_z(code));
    air_buf_z(&b, "}}\n");

    if (b.error != AIR_OK
        || (status == NGX_HTTP_SERVICE_UNAVAILABLE
            && ngx_ai_header_add(r, "Retry-After", &soon) != NGX_OK))
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&answer, sizeof(ngx_ai_page_answer_t));
    answer.status = status;
    ngx_str_set(&answer.type, "application/json");
    answer.body = ngx_ai_ngx(air_buf_view(&b));

    return ngx_ai_page_send(r, &answer);
}


/* ---- waiting, and who leaves -------------------------------------------- */

static ngx_int_t
ngx_ai_query_wait(ngx_http_request_t *r, ngx_ai_query_t *q)
{
    ngx_ai_queries_t      *queries;
    ngx_ai_query_wrong_t   wrong;

    queries = q->amcf->queries;

    if (queries->n == NGX_AI_QUERY_WAITING) {
        ngx_memzero(&wrong, sizeof(ngx_ai_query_wrong_t));
        wrong.why = "Too many questions wait already.";
        return ngx_ai_query_refuse(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                   "overloaded", &wrong);
    }

    q->task.ctx = q;
    q->task.handler = ngx_ai_query_thread;
    q->task.event.handler = ngx_ai_query_done;
    q->task.event.data = q;
    q->task.event.log = q->log;

    /* a worker that is to end waits as long as there is a timer */

    ngx_add_timer(&q->task.event, NGX_AI_QUERY_TIMER);

    ngx_queue_insert_tail(&queries->waiting, &q->queue);
    queries->n++;
    q->waiting = 1;

    /* who closes the connection is not waited for */

    if (r == r->main) {
        r->read_event_handler = ngx_http_test_reading;
        r->write_event_handler = ngx_http_request_empty_handler;
    }

    r->main->count++;

    ngx_ai_query_next(q->amcf);

    return NGX_DONE;
}


ngx_uint_t
ngx_ai_query_running(ngx_ai_main_conf_t *amcf)
{
    return amcf->queries != NULL && amcf->queries->running != NULL;
}


void
ngx_ai_query_next(ngx_ai_main_conf_t *amcf)
{
    ngx_queue_t       *head;
    ngx_ai_query_t    *q;
    ngx_ai_queries_t  *queries;

    queries = amcf->queries;

    if (queries == NULL || amcf->ticking || queries->running != NULL) {
        return;
    }

    while (!ngx_queue_empty(&queries->waiting)) {

        head = ngx_queue_head(&queries->waiting);
        ngx_queue_remove(head);
        queries->n--;

        q = ngx_queue_data(head, ngx_ai_query_t, queue);
        q->waiting = 0;

        q->ledger = amcf->ledger;

        if (q->ledger != NULL
            && ngx_thread_task_post(amcf->pool, &q->task) == NGX_OK)
        {
            queries->running = q;
            return;
        }

        q->rc = AIR_AGAIN;
        ngx_ai_query_answer(q);
    }
}


/* Cleanup of the request. */
static void
ngx_ai_query_left(void *data)
{
    ngx_ai_query_t *q = data;

    q->r = NULL;

    if (q->waiting) {
        ngx_queue_remove(&q->queue);
        q->amcf->queries->n--;
    }

    if (q->amcf->queries->running != q) {
        ngx_ai_query_free(q);
    }
}


static void
ngx_ai_query_free(ngx_ai_query_t *q)
{
    ngx_ai_query_map_t  *map;

    if (q->task.event.timer_set) {
        ngx_del_timer(&q->task.event);
    }

    while (q->maps != NULL) {
        map = q->maps;
        q->maps = map->next;
        (void) munmap(map, map->size);
    }

    ngx_free(q);
}


/* ---- in the thread ------------------------------------------------------ */

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


/* Touches nothing of nginx: the request may be gone. */
static void
ngx_ai_query_thread(void *data, ngx_log_t *log)
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
        q->rc = ngx_ai_query_reports(q);
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


/* ---- answering ---------------------------------------------------------- */

static void
ngx_ai_query_done(ngx_event_t *ev)
{
    ngx_ai_query_t      *q = ev->data;
    ngx_ai_main_conf_t  *amcf;

    if (ev->timedout) {
        ev->timedout = 0;
        ngx_add_timer(ev, NGX_AI_QUERY_TIMER);
        return;
    }

    amcf = q->amcf;
    amcf->queries->running = NULL;

    if (q->rc != AIR_OK && q->rc != AIR_ELIMIT) {
        ngx_log_error(NGX_LOG_CRIT, q->log, q->err.sys,
                      "ai: ledger \"%V\" cannot be asked: %s", &amcf->store,
                      q->err.reason ? q->err.reason : "out of memory");
    }

    if (q->r == NULL) {
        ngx_ai_query_free(q);

    } else {
        ngx_ai_query_answer(q);
    }

    ngx_ai_task_next(amcf);
}


/* Ends the request. */
static void
ngx_ai_query_answer(ngx_ai_query_t *q)
{
    ngx_int_t              rc;
    ngx_connection_t      *c;
    ngx_http_request_t    *r;
    ngx_ai_query_wrong_t   wrong;

    if (q->task.event.timer_set) {
        ngx_del_timer(&q->task.event);
    }

    r = q->r;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);
    ngx_memzero(&wrong, sizeof(ngx_ai_query_wrong_t));

    if (r == r->main) {
        r->read_event_handler = ngx_http_block_reading;
    }

    switch (q->rc) {

    case AIR_OK:
        rc = ngx_ai_query_send(r, q);
        break;

    case AIR_ELIMIT:
        wrong.param = "by";
        wrong.why = "The answer is too large; ask for fewer dimensions or a "
                    "shorter period.";
        rc = ngx_ai_query_refuse(r, NGX_HTTP_BAD_REQUEST, "too_large",
                                 &wrong);
        break;

    case AIR_AGAIN:
    case AIR_ENOMEM:
        wrong.why = "The ledger cannot be asked now.";
        rc = ngx_ai_query_refuse(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                 "overloaded", &wrong);
        break;

    default:
        wrong.why = "The ledger cannot be read; nginx's error log says why.";
        rc = ngx_ai_query_refuse(r, NGX_HTTP_INTERNAL_SERVER_ERROR,
                                 "ledger", &wrong);
        break;
    }

    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_ai_query_send(ngx_http_request_t *r, ngx_ai_query_t *q)
{
    ngx_ai_page_answer_t  answer;

    static ngx_str_t  name =
        ngx_string("attachment; filename=\"ai-report.csv\"");

    ngx_memzero(&answer, sizeof(ngx_ai_page_answer_t));
    answer.status = NGX_HTTP_OK;
    answer.body = ngx_ai_ngx(air_buf_view(&q->out));
    answer.unknown = r->method == NGX_HTTP_HEAD;

    if (q->format != NGX_AI_QUERY_CSV) {
        ngx_str_set(&answer.type, "application/json");

    } else {
        ngx_str_set(&answer.type, "text/csv; charset=utf-8");

        if (ngx_ai_header_add(r, "Content-Disposition", &name) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return ngx_ai_page_send(r, &answer);
}
