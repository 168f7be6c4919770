
/*
 * A report is one pass over the hour rows of LMDB, then over those of the
 * records that came later.  Groups are rows of an air_rollup_t of its own,
 * whose keys are the cells, each with its length in front.
 */


#include "air_report.h"
#include "air_file.h"
#include "air_fold.h"
#include "air_ticker.h"
#include "../core/air_task.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>


typedef int (*air_report_visit_pt)(void *ud, const unsigned char *key,
    size_t len, const air_sums_t *sums);


/* reports that one walk through a table fills */
typedef struct {
    air_report_t   *report;
    unsigned        n;
    int             table;
} air_report_walk_t;


static const char *const  air_report_names[AIR_NBY] = {
    "vendor", "model", "workflow", "principal", "task", "for", "hour", "day",
    "month", "quarter", "year"
};


int
air_report_by(air_str_t name)
{
    int  i;

    for (i = 0; i < AIR_NBY; i++) {
        if (air_str_eqz(name, air_report_names[i])) {
            return i;
        }
    }

    return -1;
}


const char *
air_report_by_name(air_by_e by)
{
    return air_report_names[by];
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


/* The tables of LMDB in one snapshot; AIR_ENOENT when there is none to use. */
static int
air_report_table(const char *dir, air_ledger_t *ledger, int table,
    int64_t from_ms, air_report_visit_pt visit, void *ud,
    air_db_mark_t *mark, air_err_t *err)
{
    int            rc;
    char           reason[120];
    size_t         len;
    uint32_t       hour;
    air_db_t       db, *open;
    unsigned char  from[4];

    /* keys that begin with the hour need not be read from the first on */

    hour = from_ms > 0 ? (uint32_t) (from_ms / AIR_HOUR_MS) : 0;
    len = hour ? sizeof(from) : 0;

    from[0] = (unsigned char) (hour >> 24);
    from[1] = (unsigned char) (hour >> 16);
    from[2] = (unsigned char) (hour >> 8);
    from[3] = (unsigned char) hour;

    open = ledger != NULL ? air_ticker_db(ledger) : NULL;

    if (open != NULL) {
        return air_db_each(open, table, from, len, visit, ud, mark, err);
    }

    /* a worker's database was looked at when nginx started */

    if (ledger == NULL) {
        rc = air_db_sound(dir, err, reason, sizeof(reason));
        if (rc != AIR_OK) {
            return rc;
        }
    }

    rc = air_db_open(&db, dir, 0, 0, err);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_db_each(&db, table, from, len, visit, ud, mark, err);

    air_db_close(&db);

    return rc;
}


static int
air_report_db(const char *dir, air_ledger_t *ledger, int table,
    int64_t from_ms, air_report_visit_pt visit, void *ud,
    air_db_mark_t *mark, air_err_t *err)
{
    int  rc;

    /* a damaged file is not to kill one worker after another */

    if (ledger != NULL) {
        rc = air_tick_db_enter(ledger, err);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    rc = air_report_table(dir, ledger, table, from_ms, visit, ud, mark,
                          err);

    if (ledger != NULL) {
        air_tick_db_leave(ledger);
    }

    return rc;
}


static int
air_report_rows(const air_rollup_t *rollup, int table,
    air_report_visit_pt visit, void *ud)
{
    size_t                   i;
    const air_rollup_row_t  *row;

    for (i = 0; i < rollup->n; i++) {
        row = rollup->row[i];

        if (row->key[0] == table
            && visit(ud, row->key, row->len, &row->sums) != 0)
        {
            return AIR_ENOMEM;
        }
    }

    return AIR_OK;
}


static int
air_report_tail(int fd, int past, int table, air_report_visit_pt visit,
    void *ud, air_db_mark_t *mark, air_err_t *err)
{
    int             rc;
    air_reader_t   *rd;
    air_rollup_t    rollup;

    rd = malloc(sizeof(air_reader_t));
    if (rd == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    air_rollup_init(&rollup);

    rc = past ? air_past_read(fd, &rollup, mark, err) : AIR_OK;

    if (rc == AIR_OK) {
        rc = air_reader_open(rd, fd, mark->seq + 1, err);

        if (rc == AIR_OK) {
            rc = air_fold(rd, &rollup, mark, UINT64_MAX, UINT64_MAX, 0, err);
            air_reader_close(rd);
        }

        if (rc == AIR_AGAIN) {
            rc = AIR_OK;
        }
    }

    if (rc == AIR_OK) {
        rc = air_report_rows(&rollup, table, visit, ud);
    }

    air_rollup_free(&rollup);
    free(rd);

    return rc;
}


/*
 * Every row of a table as it is now, of LMDB from an hour on (0: all).  begin
 * is called before the first, and again when what LMDB gave must be forgotten
 * because it broke halfway.
 */
static int
air_report_each(const char *dir, air_ledger_t *ledger, int table,
    int64_t from_ms, air_report_visit_pt visit, void (*begin)(void *ud),
    void *ud, air_report_t *report, air_err_t *err)
{
    int            fd, rc, past;
    uint64_t       before;
    air_db_mark_t  mark;

    fd = air_file_journal(dir, err);
    if (fd < 0) {
        return fd;
    }

    begin(ud);
    memset(&mark, 0, sizeof(mark));

    rc = air_report_db(dir, ledger, table, from_ms, visit, ud, &mark, err);

    past = rc != AIR_OK;

    if (past) {
        begin(ud);
        memset(&mark, 0, sizeof(mark));
    }

    before = mark.records;

    rc = air_report_tail(fd, past, table, visit, ud, &mark, err);

    close(fd);

    if (report != NULL) {
        report->bad = mark.bad;
        report->tail = mark.records - before;
        report->journal_only = past != 0;
    }

    return rc;
}


static air_str_t
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

    return air_str_z(text);
}


/* 1 when only rows with class and purpose can answer. */
static int
air_report_known(const air_report_query_t *query)
{
    unsigned  i;

    for (i = 0; i < query->nby; i++) {
        if (query->by[i] == AIR_BY_TASK || query->by[i] == AIR_BY_PURPOSE) {
            return 1;
        }
    }

    return 0;
}


/* The table that answers. */
static int
air_report_source(const air_report_query_t *query)
{
    return air_report_known(query) ? AIR_ROLLUP_QUALITY : AIR_ROLLUP_HOUR;
}


/* The key of the group that a row belongs to; its length. */
static size_t
air_report_group(const air_report_query_t *query, const air_rollup_key_t *k,
    unsigned char *group)
{
    char       text[32];
    size_t     n;
    unsigned   i;
    air_str_t  cell;

    n = 0;

    for (i = 0; i < query->nby; i++) {

        switch (query->by[i]) {

        case AIR_BY_VENDOR:
            cell = k->vendor;
            break;

        case AIR_BY_MODEL:
            cell = k->model;
            break;

        case AIR_BY_WORKFLOW:
            cell = k->workflow;
            break;

        case AIR_BY_PRINCIPAL:
            cell = k->principal;
            break;

        case AIR_BY_TASK:
            cell = air_str_z(k->task ? air_task_name(k->task - 1) : "");
            break;

        case AIR_BY_PURPOSE:
            cell = air_str_z(air_purpose_name(k->purpose));
            break;

        default:
            cell = air_report_when(query->by[i], k->time_ms, text,
                                   sizeof(text));
            break;
        }

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
    unsigned char      group[AIR_ROLLUP_KEY];

    if (k->time_ms < rep->query.from_ms || k->time_ms >= rep->query.to_ms) {
        return 0;
    }

    n = air_report_group(&rep->query, k, group);

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

    for (i = 0; i < walk->n; i++) {

        if (air_report_source(&walk->report[i].query) == walk->table
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

    for (i = 0; i < walk->n; i++) {
        rep = &walk->report[i];

        if (air_report_source(&rep->query) == walk->table) {
            air_rollup_free(&rep->groups);
            air_sums_init(&rep->total);
            rep->full = 0;
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

    return air_report_cmp_key(a, b, AIR_ROLLUP_KEY);
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


int
air_report_clash(const air_report_query_t *query)
{
    unsigned  i;

    if (!air_report_known(query)) {
        return 0;
    }

    for (i = 0; i < query->nby; i++) {
        if (query->by[i] == AIR_BY_PRINCIPAL) {
            return 1;
        }
    }

    return 0;
}


int
air_report_visit(const char *dir, int table, int (*visit)(void *ud,
    const unsigned char *key, size_t len, const air_sums_t *sums),
    void (*begin)(void *ud), void *ud, air_err_t *err)
{
    return air_report_each(dir, NULL, table, 0, visit, begin, ud, NULL, err);
}


/* Fills those of the reports that a table answers. */
static int
air_report_walk(air_report_t *rep, unsigned n, int table, const char *dir,
    air_ledger_t *ledger, air_err_t *err)
{
    int                rc;
    int64_t            from_ms;
    unsigned           i, first;
    air_report_t       note;
    air_report_walk_t  walk;

    for (first = 0; first < n; first++) {
        if (air_report_source(&rep[first].query) == table) {
            break;
        }
    }

    if (first == n) {
        return AIR_OK;
    }

    from_ms = INT64_MAX;

    for (i = first; i < n; i++) {
        if (rep[i].query.from_ms < from_ms) {
            from_ms = rep[i].query.from_ms;
        }
    }

    walk.report = rep;
    walk.n = n;
    walk.table = table;

    rc = air_report_each(dir, ledger, table, from_ms, air_report_row,
                         air_report_begin, &walk, &note, err);

    for (i = first; i < n; i++) {

        if (rep[i].full) {
            return air_err_set(err, AIR_ELIMIT, "too many groups", 0);
        }

        if (rep[i].failed) {
            return air_err_set(err, AIR_ENOMEM, "no memory", 0);
        }

        if (rc == AIR_OK && air_report_source(&rep[i].query) == table) {
            rep[i].bad = note.bad;
            rep[i].tail = note.tail;
            rep[i].journal_only = note.journal_only;
        }
    }

    return rc;
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

        rep[i].query.from_ms -= ((query[i].from_ms % AIR_HOUR_MS)
                                 + AIR_HOUR_MS) % AIR_HOUR_MS;

        if (query[i].to_ms > 0 && query[i].to_ms <= INT64_MAX - AIR_HOUR_MS) {
            rep[i].query.to_ms += AIR_HOUR_MS - 1;
            rep[i].query.to_ms -= rep[i].query.to_ms % AIR_HOUR_MS;
        }

        air_rollup_init(&rep[i].groups);
    }

    rc = air_report_walk(rep, n, AIR_ROLLUP_HOUR, dir, ledger, err);

    if (rc == AIR_OK) {
        rc = air_report_walk(rep, n, AIR_ROLLUP_QUALITY, dir, ledger, err);
    }

    for (i = 0; i < n && rc == AIR_OK; i++) {
        if (air_report_sort(&rep[i]) != AIR_OK) {
            rc = air_err_set(err, AIR_ENOMEM, "no memory", 0);
        }
    }

    if (rc != AIR_OK) {

        for (i = 0; i < n; i++) {
            air_report_free(&rep[i]);
        }
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


static int
air_spend_add(void *ud, const unsigned char *key, size_t len,
    const air_sums_t *sums)
{
    int64_t            hour;
    air_spend_t       *spend = ud;
    air_rollup_row_t  *row;

    if (len < 4) {
        return 0;
    }

    hour = (int64_t) key[len - 4] << 24 | (int64_t) key[len - 3] << 16
           | (int64_t) key[len - 2] << 8 | key[len - 1];

    if (hour < spend->first) {
        return 0;
    }

    if (hour > spend->last) {
        spend->last = hour;
    }

    row = air_rollup_row(&spend->windows, key, len);
    if (row == NULL) {
        spend->failed = 1;
        return 1;
    }

    air_sums_add(&row->sums, sums);

    return 0;
}


static void
air_spend_begin(void *ud)
{
    air_spend_t  *spend = ud;

    air_rollup_free(&spend->windows);
}


int
air_spend_load(air_spend_t *spend, const char *dir, air_ledger_t *ledger,
    int64_t from_ms, air_err_t *err)
{
    int  rc;

    memset(spend, 0, sizeof(air_spend_t));
    air_rollup_init(&spend->windows);

    spend->first = from_ms > 0 ? from_ms / AIR_HOUR_MS : 0;
    spend->last = -1;

    rc = air_report_each(dir, ledger, AIR_ROLLUP_SPEND, 0, air_spend_add,
                         air_spend_begin, spend, NULL, err);

    if (rc == AIR_OK && spend->failed) {
        rc = air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    if (rc != AIR_OK) {
        air_spend_free(spend);
    }

    return rc;
}


air_u128_t
air_spend_get(const air_spend_t *spend, int scope, air_str_t name,
    int64_t from_ms, int64_t to_ms, uint64_t *unknown)
{
    size_t                   n;
    int64_t                  hour;
    air_u128_t               sum;
    unsigned char            key[AIR_ROLLUP_KEY];
    const air_rollup_row_t  *row;

    sum = 0;

    if (unknown != NULL) {
        *unknown = 0;
    }

    hour = from_ms > 0 ? from_ms / AIR_HOUR_MS : 0;

    if (hour < spend->first) {
        hour = spend->first;
    }

    for ( /* void */ ;
         hour <= spend->last && hour * AIR_HOUR_MS < to_ms;
         hour++)
    {
        n = air_rollup_spend_key(key, scope, name, (uint32_t) hour);

        row = air_rollup_find(&spend->windows, key, n);
        if (row == NULL) {
            continue;
        }

        sum += row->sums.cost;

        if (unknown != NULL) {
            *unknown += row->sums.v[AIR_SUM_UNKNOWN];
        }
    }

    return sum;
}


void
air_spend_free(air_spend_t *spend)
{
    air_rollup_free(&spend->windows);
}
