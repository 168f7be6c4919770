
/*
 * Groups are rows of an air_rollup_t of its own, whose keys are the cells,
 * each with its length in front.  Queries that need the same rows share one
 * pass over them.
 */


#include "air_report.h"
#include "../core/air_fault.h"
#include "../core/air_task.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>


/* what some records only are known by: one kind of these a query */
#define AIR_ASKS_WHO      1
#define AIR_ASKS_QUALITY  2
#define AIR_ASKS_FAULT    4


/* reports that one walk fills: those of n with the plan of the first */
typedef struct {
    air_report_t        *report;
    const air_source_t  *plan;
    unsigned             first;
    unsigned             n;
} air_report_walk_t;


static const struct {
    const char   *name;
    unsigned      asks;
    air_grain_e   grain;
} air_report_dims[AIR_NBY] = {
    { "vendor", 0, AIR_GRAIN_MONTH },
    { "model", 0, AIR_GRAIN_MONTH },
    { "maker", 0, AIR_GRAIN_MONTH },
    { "workflow", 0, AIR_GRAIN_MONTH },
    { "principal", AIR_ASKS_WHO, AIR_GRAIN_MONTH },
    { "team", AIR_ASKS_WHO, AIR_GRAIN_MONTH },
    { "tier", AIR_ASKS_WHO, AIR_GRAIN_MONTH },
    { "task", AIR_ASKS_QUALITY, AIR_GRAIN_MONTH },
    { "for", AIR_ASKS_QUALITY, AIR_GRAIN_MONTH },
    { "fault", AIR_ASKS_FAULT, AIR_GRAIN_MONTH },
    { "hour", 0, AIR_GRAIN_HOUR },
    { "day", 0, AIR_GRAIN_DAY },
    { "month", 0, AIR_GRAIN_MONTH },
    { "quarter", 0, AIR_GRAIN_MONTH },
    { "year", 0, AIR_GRAIN_MONTH }
};


int
air_report_by(air_str_t name)
{
    int  i;

    for (i = 0; i < AIR_NBY; i++) {
        if (air_str_eqz(name, air_report_dims[i].name)) {
            return i;
        }
    }

    return -1;
}


const char *
air_report_by_name(air_by_e by)
{
    return air_report_dims[by].name;
}


uint64_t
air_sums_input(const air_sums_t *sums)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = AIR_IN; i < AIR_OUT; i++) {
        n += sums->v[AIR_SUM_N + i];
    }

    return n;
}


uint64_t
air_sums_output(const air_sums_t *sums)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = AIR_OUT; i < AIR_NCLASS; i++) {
        n += sums->v[AIR_SUM_N + i];
    }

    return n;
}


const char *
air_report_usd(air_u128_t pusd, char *text)
{
    int        i, n;
    char       digits[40];
    unsigned   whole;

    n = 0;

    do {
        digits[n++] = (char) ('0' + (int) (pusd % 10));
        pusd /= 10;
    } while (pusd != 0);

    while (n < 13) {
        digits[n++] = '0';
    }

    whole = 0;

    for (i = n - 1; i >= 12; i--) {
        text[whole++] = digits[i];
    }

    text[whole++] = '.';

    for (i = 11; i >= 0; i--) {
        text[whole++] = digits[i];
    }

    while (text[whole - 1] == '0') {
        whole--;
    }

    if (text[whole - 1] == '.') {
        whole--;
    }

    text[whole] = '\0';

    return text;
}


static void
air_report_when(air_by_e by, int64_t ms, char *text, size_t size)
{
    time_t     t;
    struct tm  tm;

    t = (time_t) (ms / 1000);
    (void) gmtime_r(&t, &tm);

    switch (by) {

    case AIR_BY_HOUR:
        (void) strftime(text, size, "%Y-%m-%dT%H", &tm);
        break;

    case AIR_BY_DAY:
        (void) strftime(text, size, "%Y-%m-%d", &tm);
        break;

    case AIR_BY_MONTH:
        (void) strftime(text, size, "%Y-%m", &tm);
        break;

    case AIR_BY_QUARTER:
        snprintf(text, size, "%d-Q%d", tm.tm_year + 1900, tm.tm_mon / 3 + 1);
        break;

    default:
        (void) strftime(text, size, "%Y", &tm);
        break;
    }
}


static unsigned
air_report_asks(const air_report_query_t *query)
{
    unsigned  i, asks;

    asks = 0;

    for (i = 0; i < query->nby; i++) {
        asks |= air_report_dims[query->by[i]].asks;
    }

    return asks;
}


int
air_report_clash(const air_report_query_t *query)
{
    unsigned  asks;

    asks = air_report_asks(query);

    return (asks & (asks - 1)) != 0;
}


/* Where the rows of a query are. */
static void
air_report_plan(const air_report_query_t *query, air_source_t *src)
{
    unsigned     i, asks;
    air_grain_e  grain;

    asks = air_report_asks(query);
    grain = AIR_GRAIN_MONTH;

    for (i = 0; i < query->nby; i++) {
        if (air_report_dims[query->by[i]].grain < grain) {
            grain = air_report_dims[query->by[i]].grain;
        }
    }

    air_source_plan(src, asks & AIR_ASKS_QUALITY ? AIR_ROLLUP_QUALITY
                         : asks & AIR_ASKS_FAULT ? AIR_ROLLUP_FAULT
                         : AIR_ROLLUP_HOUR,
                    grain, (asks & AIR_ASKS_WHO) != 0, query->from_ms,
                    query->to_ms);
}


static air_str_t
air_report_value(air_report_t *rep, air_by_e by, const air_rollup_key_t *k)
{
    char  *text;

    switch (by) {

    case AIR_BY_VENDOR:
        return k->vendor;

    case AIR_BY_MODEL:
        return k->model;

    case AIR_BY_MAKER:
        return air_record_cut(air_topology_maker(rep->query.topo, k->vendor,
                                                 k->model),
                              AIR_RECORD_MODEL);

    case AIR_BY_WORKFLOW:
        return k->workflow;

    case AIR_BY_PRINCIPAL:
        return k->principal;

    case AIR_BY_TEAM:
        return k->team;

    case AIR_BY_TIER:
        return k->tier;

    case AIR_BY_TASK:
        return air_str_z(k->task ? air_task_name(k->task - 1) : "");

    case AIR_BY_PURPOSE:
        return air_str_z(air_purpose_name(k->purpose));

    case AIR_BY_FAULT:
        return air_str_z(k->fault < AIR_NFAULT
                         ? air_fault_row((air_fault_e) k->fault)->why : "");

    default:

        /* rows come in the order of time */

        text = rep->when[by - AIR_BY_HOUR];

        if (text[0] == '\0' || rep->when_ms[by - AIR_BY_HOUR] != k->time_ms) {
            rep->when_ms[by - AIR_BY_HOUR] = k->time_ms;
            air_report_when(by, k->time_ms, text, AIR_REPORT_WHEN);
        }

        return air_str_z(text);
    }
}


/* The key of the group that a row belongs to; its length. */
static size_t
air_report_group(air_report_t *rep, const air_rollup_key_t *k,
    unsigned char *group)
{
    size_t     n;
    unsigned   i;
    air_str_t  cell;

    n = 0;

    for (i = 0; i < rep->query.nby; i++) {

        cell = air_report_value(rep, rep->query.by[i], k);

        group[n++] = (unsigned char) cell.len;

        if (cell.len) {
            memcpy(group + n, cell.data, cell.len);
            n += cell.len;
        }
    }

    return n;
}


static int
air_report_add(air_report_t *rep, const air_rollup_key_t *k,
    const air_sums_t *sums)
{
    size_t             n;
    air_rollup_row_t  *row;
    unsigned char      group[AIR_ROLLUP_ROW];

    n = air_report_group(rep, k, group);

    row = air_rollup_row(&rep->groups, group, n);
    if (row == NULL) {
        rep->failed = 1;
        return 1;
    }

    if (rep->query.max != 0 && rep->groups.n > rep->query.max) {
        rep->full = 1;
        return 1;
    }

    air_sums_add(&row->sums, sums);
    air_sums_add(&rep->total, sums);

    return 0;
}


/* 1 when the i-th report takes the rows of a walk. */
static int
air_report_shares(const air_report_walk_t *walk, unsigned i)
{
    return i == walk->first
           || air_source_same(&walk->plan[i], &walk->plan[walk->first]);
}


static int
air_report_row(void *ud, const unsigned char *key, size_t len,
    const air_sums_t *sums)
{
    unsigned            i;
    air_rollup_key_t    k;
    air_report_walk_t  *walk = ud;

    if (air_rollup_key_read(key, len, &k) != AIR_OK) {
        return 0;
    }

    for (i = walk->first; i < walk->n; i++) {

        if (air_report_shares(walk, i)
            && air_report_add(&walk->report[i], &k, sums) != 0)
        {
            return 1;
        }
    }

    return 0;
}


static void
air_report_begin(void *ud)
{
    unsigned            i;
    air_report_t       *rep;
    air_report_walk_t  *walk = ud;

    for (i = walk->first; i < walk->n; i++) {
        rep = &walk->report[i];

        if (air_report_shares(walk, i)) {
            air_rollup_free(&rep->groups);
            air_sums_init(&rep->total);
            rep->full = 0;
            rep->failed = 0;
        }
    }
}


air_str_t
air_report_cell(const air_rollup_row_t *row, unsigned i)
{
    const unsigned char  *p;

    for (p = row->key; i > 0; i--) {
        p += 1 + *p;
    }

    return air_str_n(p + 1, *p);
}


static int
air_report_cmp_key(const air_rollup_row_t *a, const air_rollup_row_t *b,
    size_t n)
{
    int  c;

    if (a->len < n) {
        n = a->len;
    }

    if (b->len < n) {
        n = b->len;
    }

    c = memcmp(a->key, b->key, n);

    return c != 0 ? c : (a->len > b->len) - (a->len < b->len);
}


static int
air_report_cmp_cost(const void *one, const void *two)
{
    const air_rollup_row_t  *a, *b;

    a = *(const air_rollup_row_t *const *) one;
    b = *(const air_rollup_row_t *const *) two;

    if (a->sums.cost != b->sums.cost) {
        return a->sums.cost < b->sums.cost ? 1 : -1;
    }

    return air_report_cmp_key(a, b, AIR_ROLLUP_ROW);
}


/* Cells of a time have one length, so that they sort as text. */
static int
air_report_cmp_time(const void *one, const void *two)
{
    int                      c;
    const air_rollup_row_t  *a, *b;

    a = *(const air_rollup_row_t *const *) one;
    b = *(const air_rollup_row_t *const *) two;

    c = memcmp(a->key, b->key, 1 + (size_t) a->key[0]);

    return c != 0 ? c : air_report_cmp_cost(one, two);
}


static int
air_report_sort(air_report_t *rep)
{
    size_t  i;

    if (rep->groups.n == 0) {
        return AIR_OK;
    }

    rep->row = malloc(rep->groups.n * sizeof(air_rollup_row_t *));
    if (rep->row == NULL) {
        return AIR_ENOMEM;
    }

    for (i = 0; i < rep->groups.n; i++) {
        rep->row[i] = rep->groups.row[i];
    }

    qsort(rep->row, rep->groups.n, sizeof(air_rollup_row_t *),
          rep->query.nby && rep->query.by[0] >= AIR_BY_HOUR
          ? air_report_cmp_time : air_report_cmp_cost);

    return AIR_OK;
}


/* One source for all that have the same plan; how many there are. */
static unsigned
air_report_sources(air_report_t *rep, unsigned n, air_source_t *plan,
    air_source_t *src, air_report_walk_t *walk)
{
    unsigned  i, k, used;

    for (i = 0; i < n; i++) {
        air_report_plan(&rep[i].query, &plan[i]);
    }

    used = 0;

    for (i = 0; i < n; i++) {

        for (k = 0; k < used; k++) {
            if (air_source_same(&plan[i], &src[k])) {
                break;
            }
        }

        if (k < used) {
            continue;
        }

        walk[k].report = rep;
        walk[k].plan = plan;
        walk[k].first = i;
        walk[k].n = n;

        src[k] = plan[i];
        src[k].begin = air_report_begin;
        src[k].visit = air_report_row;
        src[k].ud = &walk[k];
        used++;
    }

    return used;
}


static int
air_report_read(air_report_t *rep, unsigned n, const char *dir,
    air_ledger_t *ledger, air_err_t *err)
{
    int                 rc;
    unsigned            i, used;
    air_source_t       *plan;
    air_report_walk_t  *walk;
    air_source_note_t   note;

    plan = calloc(n, 2 * sizeof(air_source_t));
    walk = calloc(n, sizeof(air_report_walk_t));

    if (plan == NULL || walk == NULL) {
        rc = AIR_ENOMEM;

    } else {
        used = air_report_sources(rep, n, plan, plan + n, walk);
        rc = air_source_read(plan + n, used, dir, ledger, &note, err);
    }

    free(plan);
    free(walk);

    for (i = 0; i < n && rc == AIR_OK; i++) {

        if (rep[i].full) {
            return air_err_set(err, AIR_ELIMIT, "too many groups", 0);
        }

        if (rep[i].failed || air_report_sort(&rep[i]) != AIR_OK) {
            rc = AIR_ENOMEM;
        }

        rep[i].bad = note.bad;
        rep[i].tail = note.tail;
        rep[i].seq = note.seq;
        rep[i].journal_only = note.journal_only;
    }

    return rc == AIR_ENOMEM ? air_err_set(err, rc, "no memory", 0) : rc;
}


int
air_report_run_all(air_report_t *rep, unsigned n, const char *dir,
    air_ledger_t *ledger, const air_report_query_t *query, air_err_t *err)
{
    int       rc;
    unsigned  i;

    for (i = 0; i < n; i++) {
        memset(&rep[i], 0, sizeof(air_report_t));
        rep[i].query = query[i];

        air_source_round(&rep[i].query.from_ms, &rep[i].query.to_ms);
        air_rollup_init(&rep[i].groups);
    }

    rc = air_report_read(rep, n, dir, ledger, err);

    for (i = 0; i < n && rc != AIR_OK; i++) {
        air_report_free(&rep[i]);
    }

    return rc;
}


int
air_report_run(air_report_t *rep, const char *dir, air_ledger_t *ledger,
    const air_report_query_t *query, air_err_t *err)
{
    return air_report_run_all(rep, 1, dir, ledger, query, err);
}


void
air_report_free(air_report_t *rep)
{
    air_rollup_free(&rep->groups);
    free(rep->row);
    rep->row = NULL;
}
