
/*
 * Random records, some with names that attack whoever prints them, in a
 * ledger of which part is in LMDB, part was dropped and part is only in the
 * journal: every report, as sums, JSON and CSV, against a slow reference that
 * adds up the records one by one.
 *
 *     test_report_random [SEED]
 */


#include "../../ngx_ai_router_module/core/air_floor.h"
#include "../../ngx_ai_router_module/core/air_jtree.h"
#include "../../ngx_ai_router_module/core/air_maker.h"
#include "../../ngx_ai_router_module/core/air_route.h"
#include "../../ngx_ai_router_module/core/air_task.h"
#include "../../ngx_ai_router_module/store/air_report_html.h"
#include "../../ngx_ai_router_module/store/air_report_write.h"
#include "mem.h"
#include "store.h"
#include "tap.h"

#include <time.h>


#define RECORDS  4000
#define QUERIES  60
#define NAME     512
#define NVALUES  12               /* what is compared of a group            */
#define DAY      86400000LL

#define FIRST    1735689600000LL  /* 2025-01-01                             */
#define DAYS     500


/* what a group must add up to */
typedef struct {
    char        name[NAME];
    air_u128_t  value[NVALUES];
    uint64_t    first;
    uint64_t    last;
} group_t;


static const char *const  columns[NVALUES] = {
    "cost_usd", "unsure_usd", "saved_usd", "records", "unknown_cost",
    "requests", "attempts", "errors", "fallbacks", "input", "output",
    "cache_hits"
};

static const char *const  names[] = {
    "openai", "anthropic", "", "=HYPERLINK(\"x\")", "+1", "-1+2", "@SUM(A1)",
    "<script>x()</script>", "a,b\"c\"\r\nd", "\xc3\xa9t\xc3\xa9",
    "' OR 1=1", "\t=1", "</style><b>"
};

#define NNAMES  (sizeof(names) / sizeof(names[0]))

static air_record_t  records[RECORDS];
static group_t       groups[RECORDS], others[RECORDS];
static uint64_t      state;


static unsigned
draw(unsigned n)
{
    state += 0x9e3779b97f4a7c15ULL;

    uint64_t  z = state;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;

    return (unsigned) ((z ^ (z >> 31)) % n);
}


static air_str_t
name(unsigned salt)
{
    return air_str_z(names[(draw(4) ? draw(3) : draw(NNAMES)) * (salt | 1)
                           % NNAMES]);
}


static void
make(air_record_t *r, unsigned i)
{
    unsigned  c;

    static const uint8_t  kinds[] = {
        AIR_RECORD_ATTEMPT, AIR_RECORD_ATTEMPT, AIR_RECORD_ATTEMPT,
        AIR_RECORD_REFUSED, AIR_RECORD_ADJUST, AIR_RECORD_CACHED,
        AIR_RECORD_VERDICT
    };

    memset(r, 0, sizeof(air_record_t));

    r->seq = i + 1;
    r->kind = kinds[draw(sizeof(kinds))];
    r->certainty = (uint8_t) draw(4);
    r->attempt = (uint16_t) (1 + draw(3));
    r->flags = draw(0x400000);
    r->fault = draw(3) ? AIR_FAULT_NONE : (uint16_t) draw(AIR_NFAULT);
    r->time_ms = FIRST + (int64_t) draw(DAYS) * DAY + draw(DAY);
    r->cost = draw(9) == 0 ? AIR_UNKNOWN
              : (uint64_t) draw(UINT32_MAX) << draw(31);
    r->computed_cost = draw(9) == 0 ? AIR_UNKNOWN : draw(UINT32_MAX);
    r->price_id = draw(4);
    r->task = (uint8_t) (draw(2) ? 0 : draw(AIR_NTASK + 1));
    r->verdict = (uint8_t) draw(4);
    r->grade = (uint16_t) (draw(2) ? 0 : draw(1002));
    r->why = (uint8_t) draw(AIR_WHY_ESCALATED + 3);
    r->latency_ms = draw(100000);

    for (c = 0; c < AIR_NCLASS; c++) {
        r->n[c] = draw(3) ? 0 : draw(UINT32_MAX);
    }

    r->vendor = name(1);
    r->model = draw(2) ? air_str_z("gpt-5") : name(3);
    r->workflow = name(5);
    r->principal = name(7);
    r->team = name(9);
    r->tier = draw(2) ? air_str_z("cheap") : air_str_n(NULL, 0);
}


/* Writes all: some into LMDB, of those some into the sums of segments that
   are dropped, the last only into the journal. */
static void
fill(const char *dir, unsigned drop, unsigned tail)
{
    unsigned           i, k;
    air_err_t          err;
    air_ledger_t      *l;
    air_ledger_conf_t  conf;
    air_ledger_work_t  work;

    memset(&conf, 0, sizeof(conf));
    conf.segment_size = 256 * 1024;
    conf.inflight = 16;
    conf.keep_ms = drop ? 1 : 0;

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK) {
        abort();
    }

    for (i = 0; i < RECORDS; i++) {
        make(&records[i], i);
        (void) air_ledger_settle(l, -1, &records[i]);

        if (i + tail >= RECORDS
            || (i + tail + 1 != RECORDS && draw(RECORDS / 8) != 0))
        {
            continue;
        }

        for (k = 0; k < 1 + drop; k++) {
            if (air_ledger_tick(l, 4102444800000 + i * 600000LL + k * 60000LL,
                                &work, &err)
                != AIR_OK)
            {
                abort();
            }
        }
    }

    air_ledger_close(l);
}


/* 1 when a record is one of those that a query by these is of. */
static int
is_of(const air_record_t *r, const air_report_query_t *q)
{
    unsigned  i;

    for (i = 0; i < q->nby; i++) {

        if ((q->by[i] == AIR_BY_TASK || q->by[i] == AIR_BY_PURPOSE)
            && r->task == 0 && r->verdict == 0 && r->grade == 0
            && (r->flags & (AIR_REC_ESCALATED|AIR_REC_SHADOW|AIR_REC_JUDGE
                            |AIR_REC_SECOND)) == 0
            && !(r->kind == AIR_RECORD_ATTEMPT && r->fault == AIR_FAULT_FLOOR
                 && (r->flags & AIR_REC_COMMITTED) == 0))
        {
            return 0;
        }

        if (q->by[i] == AIR_BY_FAULT && r->fault == AIR_FAULT_NONE) {
            return 0;
        }
    }

    return 1;
}


static void
cell(const air_record_t *r, air_by_e by, char *text, size_t size)
{
    time_t       t;
    air_str_t    s;
    struct tm    tm;
    const char  *format;

    static const char *const  purpose[] = {
        "shadow", "judge", "second", "failed", "answer"
    };

    format = NULL;
    s = air_str_n(NULL, 0);

    switch (by) {
    case AIR_BY_VENDOR: s = r->vendor; break;
    case AIR_BY_MODEL: s = r->model; break;
    case AIR_BY_MAKER: s = air_maker(s, r->model); break;
    case AIR_BY_WORKFLOW: s = r->workflow; break;
    case AIR_BY_PRINCIPAL: s = r->principal; break;
    case AIR_BY_TEAM: s = r->team; break;
    case AIR_BY_TIER: s = r->tier; break;
    case AIR_BY_TASK:
        s = air_str_z(r->task ? air_task_name(r->task - 1) : "");
        break;
    case AIR_BY_PURPOSE:
        s = air_str_z(purpose[r->flags & AIR_REC_SHADOW ? 0
                              : r->flags & AIR_REC_JUDGE ? 1
                              : r->flags & AIR_REC_SECOND ? 2
                              : r->kind == AIR_RECORD_ATTEMPT
                                && r->fault == AIR_FAULT_FLOOR
                                && !(r->flags & AIR_REC_COMMITTED) ? 3 : 4]);
        break;
    case AIR_BY_FAULT:
        s = air_str_z(air_fault_row(r->fault)->why);
        break;
    case AIR_BY_HOUR: format = "%Y-%m-%dT%H"; break;
    case AIR_BY_DAY: format = "%Y-%m-%d"; break;
    case AIR_BY_MONTH: format = "%Y-%m"; break;
    default: format = "%Y"; break;
    }

    t = (time_t) (r->time_ms / 1000);
    (void) gmtime_r(&t, &tm);

    if (by == AIR_BY_QUARTER) {
        snprintf(text, size, "%d-Q%d", (tm.tm_year + 1900) % 10000,
                 (tm.tm_mon + 3) / 3);

    } else if (format != NULL) {
        (void) strftime(text, size, format, &tm);

    } else {
        snprintf(text, size, "%.*s", (int) s.len, (char *) s.data);
    }
}


/* Adds a dimension to a group's name. */
static void
join(char *to, air_str_t cell)
{
    size_t  n;

    n = strlen(to);
    snprintf(to + n, NAME - n, "%.*s\x01", (int) cell.len,
             cell.len ? (char *) cell.data : "");
}


static group_t *
group_of(group_t *g, unsigned *n, const char *text)
{
    unsigned  k;

    for (k = 0; k < *n; k++) {
        if (strcmp(g[k].name, text) == 0) {
            return &g[k];
        }
    }

    memset(&g[k], 0, sizeof(group_t));
    snprintf(g[k].name, sizeof(g[k].name), "%s", text);
    (*n)++;

    return &g[k];
}


static void
add(group_t *g, const air_record_t *r, int fault)
{
    unsigned  c, attempt, cached;

    attempt = r->kind == AIR_RECORD_ATTEMPT;
    cached = r->kind == AIR_RECORD_CACHED;

    if (g->first == 0 || r->seq < g->first) {
        g->first = r->seq;
    }

    if (r->seq > g->last) {
        g->last = r->seq;
    }

    g->value[3]++;

    if (cached) {
        g->value[2] += r->computed_cost == AIR_UNKNOWN ? 0 : r->computed_cost;
        g->value[5] += (r->flags & AIR_REC_FINAL) != 0;
        g->value[11]++;
        return;
    }

    if (r->cost == AIR_UNKNOWN) {
        g->value[4]++;

    } else {
        g->value[0] += r->cost;
        g->value[1] += r->certainty == AIR_CERTAIN_ESTIMATED
                       || r->certainty == AIR_CERTAIN_UNKNOWN ? r->cost : 0;
    }

    g->value[5] += r->kind == AIR_RECORD_REFUSED
                   || (attempt && (r->flags & AIR_REC_FINAL));
    g->value[6] += attempt;
    g->value[7] += attempt && r->fault && r->fault != AIR_FAULT_HEDGED
                   && r->fault != AIR_FAULT_FLOOR;
    g->value[8] += !attempt ? 0
                   : fault ? (r->flags & AIR_REC_FINAL) == 0
                   : r->attempt > 1 && r->why != AIR_WHY_HEDGE + 1
                     && r->why != AIR_WHY_ESCALATED + 1
                     && (r->flags & (AIR_REC_JUDGE|AIR_REC_SECOND
                                     |AIR_REC_SHADOW)) == 0;

    for (c = 0; c < AIR_NCLASS; c++) {
        g->value[c < AIR_OUT ? 9 : 10] += r->n[c];
    }
}


static unsigned
reference(const air_report_query_t *q, group_t *g, group_t *total)
{
    int            fault;
    char           text[NAME], one[100];
    unsigned       i, d, n;
    int64_t        hour;
    n = 0;
    memset(total, 0, sizeof(group_t));

    for (i = 0; i < RECORDS; i++) {

        hour = records[i].time_ms / 3600000 * 3600000;

        if (hour + 3600000 <= q->from_ms || hour >= q->to_ms
            || !is_of(&records[i], q))
        {
            continue;
        }

        fault = 0;
        text[0] = '\0';

        for (d = 0; d < q->nby; d++) {
            cell(&records[i], q->by[d], one, sizeof(one));
            join(text, air_str_z(one));
            fault |= q->by[d] == AIR_BY_FAULT;
        }

        add(group_of(g, &n, text), &records[i], fault);
        add(total, &records[i], fault);
    }

    return n;
}


static int
same_group(const group_t *a, const group_t *b)
{
    return memcmp(a->value, b->value, sizeof(a->value)) == 0;
}


/* 1 when b has the groups of a, in any order. */
static int
same_groups(const group_t *a, unsigned n, group_t *b, unsigned m)
{
    unsigned  i, k;

    if (n != m) {
        return 0;
    }

    for (i = 0; i < n; i++) {

        for (k = 0; k < m; k++) {
            if (strcmp(a[i].name, b[k].name) == 0) {
                break;
            }
        }

        if (k == m || !same_group(&a[i], &b[k])) {
            return 0;
        }
    }

    return 1;
}


static void
of_sums(group_t *g, const air_sums_t *s)
{
    memset(g->value, 0, sizeof(g->value));

    g->value[0] = s->cost;
    g->value[1] = s->cost_unsure;
    g->value[2] = s->v[AIR_SUM_SAVED];
    g->value[3] = s->v[AIR_SUM_RECORDS];
    g->value[4] = s->v[AIR_SUM_UNKNOWN];
    g->value[5] = s->v[AIR_SUM_REQUESTS];
    g->value[6] = s->v[AIR_SUM_ATTEMPTS];
    g->value[7] = s->v[AIR_SUM_ERRORS];
    g->value[8] = s->v[AIR_SUM_FALLBACKS];
    g->value[9] = air_sums_input(s);
    g->value[10] = air_sums_output(s);
    g->value[11] = s->v[AIR_SUM_HITS];
}


/* What a report itself says. */
static unsigned
of_report(const air_report_t *rep, group_t *g)
{
    size_t     i;
    unsigned   d;
    air_str_t  c;

    for (i = 0; i < rep->groups.n; i++) {

        g[i].name[0] = '\0';

        for (d = 0; d < rep->query.nby; d++) {
            c = air_report_cell(rep->row[i], d);
            join(g[i].name, c);
        }

        of_sums(&g[i], &rep->row[i]->sums);
        g[i].first = rep->row[i]->sums.first;
        g[i].last = rep->row[i]->sums.last;
    }

    return (unsigned) i;
}


/* "12.5" dollars as pico-dollars, "12" of a count as 12. */
static air_u128_t
number(air_str_t s, int money)
{
    int         places;
    size_t      i;
    air_u128_t  n;

    n = 0;
    places = -1;

    for (i = 0; i < s.len; i++) {

        if (s.data[i] == '.') {
            places = 0;
            continue;
        }

        n = n * 10 + (air_u128_t) (s.data[i] - '0');
        places += places >= 0;
    }

    for (places = places < 0 ? 0 : places; money && places < 12; places++) {
        n *= 10;
    }

    return n;
}


static unsigned
of_json(const air_report_t *rep, group_t *g, group_t *total)
{
    mem_t               m;
    unsigned            n, d, v;
    air_mem_t           mem;
    air_buf_t           b;
    air_jtree_t         tree;
    const air_jnode_t  *row;

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, (size_t) 1 << 28);

    if (air_report_json(rep, &b) != AIR_OK
        || air_jtree_parse(&tree, air_buf_view(&b)) != AIR_OK)
    {
        mem_free(&m);
        return UINT32_MAX;
    }

    n = 0;

    for (row = air_jtree_get(tree.root, "rows")->child;
         row != NULL;
         row = row->next, n++)
    {
        memset(&g[n], 0, sizeof(group_t));

        for (d = 0; d < rep->query.nby; d++) {
            join(g[n].name, air_jtree_get(row,
                 air_report_by_name(rep->query.by[d]))->text);
        }

        for (v = 0; v < NVALUES; v++) {
            g[n].value[v] = number(air_jtree_get(row, columns[v])->text,
                                   v < 3);
        }
    }

    row = air_jtree_get(tree.root, "total");

    for (v = 0; v < NVALUES; v++) {
        total->value[v] = number(air_jtree_get(row, columns[v])->text, v < 3);
    }

    air_jtree_free(&tree);
    mem_free(&m);

    return n;
}


/* One cell of a line of CSV, decoded into text; what is behind it. */
static const char *
csv_cell(const char *p, char *text)
{
    int  quoted;

    quoted = *p == '"';
    p += quoted;

    if (quoted && *p == '\'' && strchr("=+-@\t\r\n", p[1]) != NULL
        && p[1] != '\0')
    {
        p++;

    } else if (quoted && *p != '\0' && strchr("=+-@\t\r\n", *p) != NULL) {
        return NULL;                /* would be run */
    }

    for ( ;; p++) {

        if (quoted && *p == '"') {

            if (p[1] != '"') {
                p++;
                break;
            }

            p++;

        } else if (!quoted && (*p == ',' || *p == '\r')) {
            break;
        }

        *text++ = *p;
    }

    *text = '\0';

    return p + (*p == ',' ? 1 : 2);
}


static unsigned
of_csv(const air_report_t *rep, group_t *g)
{
    char         text[300], head[64][32];
    mem_t        m;
    unsigned     n, d, v, width;
    air_mem_t    mem;
    air_buf_t    b;
    const char  *p;

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, (size_t) 1 << 28);

    if (air_report_csv(rep, &b) != AIR_OK || air_buf_byte(&b, 0) != AIR_OK) {
        mem_free(&m);
        return UINT32_MAX;
    }

    p = (char *) b.data;

    for (width = 0; p == (char *) b.data || p[-1] != '\n'; width++) {
        p = csv_cell(p, head[width]);
    }

    for (n = 0; p != NULL && *p != '\0'; n++) {

        memset(&g[n], 0, sizeof(group_t));

        for (d = 0; d < width && p != NULL; d++) {
            p = csv_cell(p, text);

            if (d < rep->query.nby) {
                join(g[n].name, air_str_z(text));
                continue;
            }

            for (v = 0; v < NVALUES; v++) {
                if (strcmp(head[d], columns[v]) == 0) {
                    g[n].value[v] = number(air_str_z(text), v < 3);
                }
            }
        }

        if (p == NULL || p[-1] != '\n') {
            n = UINT32_MAX - 1;
            p = NULL;
        }
    }

    mem_free(&m);

    return n;
}


static void
ask(air_report_query_t *q)
{
    unsigned  i, k;

    memset(q, 0, sizeof(air_report_query_t));

    k = draw(5);

    while (q->nby < k) {
        q->by[q->nby] = (air_by_e) draw(AIR_NBY);

        for (i = 0; q->by[i] != q->by[q->nby]; i++) { /* void */ }

        q->nby += i == q->nby;

        if (air_report_clash(q)) {
            q->nby--;
        }
    }

    q->to_ms = INT64_MAX;

    if (draw(4)) {
        q->from_ms = FIRST + (int64_t) draw(DAYS) * DAY - 50 * DAY;
        q->to_ms = q->from_ms + (int64_t) draw(300) * DAY + DAY;
    }

    switch (draw(3)) {

    case 0:
        q->from_ms += draw(DAY);
        q->to_ms -= draw(DAY / 2);
        break;

    case 1:
        q->from_ms = q->from_ms ? air_rollup_month(q->from_ms) : 0;
        q->to_ms = q->to_ms == INT64_MAX ? INT64_MAX
                                         : air_rollup_month(q->to_ms) + DAY;
        break;
    }
}


/* 1 when the seqs of the rows are those of their records. */
static int
same_range(const group_t *a, unsigned n, const air_report_t *rep)
{
    size_t    i;
    unsigned  k;

    (void) of_report(rep, others);

    for (i = 0; i < rep->groups.n; i++) {
        for (k = 0; k < n; k++) {
            if (strcmp(a[k].name, others[i].name) == 0
                && (a[k].first != others[i].first
                    || a[k].last != others[i].last))
            {
                return 0;
            }
        }
    }

    return 1;
}


static void
compare(const air_report_t *rep, const air_report_query_t *q, unsigned i)
{
    int       bad;
    group_t   total, other;
    unsigned  n;

    n = reference(q, groups, &total);

    of_sums(&other, &rep->total);
    bad = !same_group(&total, &other) ? 1 : 0;
    bad |= !same_groups(groups, n, others, of_report(rep, others)) ? 2 : 0;
    bad |= !same_range(groups, n, rep) ? 4 : 0;
    bad |= !same_groups(groups, n, others, of_json(rep, others, &other))
           ? 8 : 0;
    bad |= !same_group(&total, &other) ? 16 : 0;
    bad |= !same_groups(groups, n, others, of_csv(rep, others)) ? 32 : 0;

    if (bad) {
        ok(0, "query %u: %u dimensions (%s), %u groups, wrong: %x", i, q->nby,
           q->nby ? air_report_by_name(q->by[0]) : "", n, bad);
    }
}


/* 1 when the page has the group in its table: its name and exact cost. */
static int
told(const air_buf_t *page, const group_t *g, const char *none)
{
    char       text[48];
    mem_t      m;
    void      *at;
    air_mem_t  mem;
    air_buf_t  b;

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, 4096);

    (void) air_buf_z(&b, "<tr><th scope=\"row\">");

    if (g->name[0] == '\x01') {
        (void) air_buf_z(&b, none);

    } else {
        (void) air_buf_html(&b, air_str_n(g->name, strlen(g->name) - 1));
    }

    (void) air_buf_z(&b, "</th><td class=\"n\"><data value=\"");
    (void) air_buf_z(&b, air_report_usd(g->value[0], text));
    (void) air_buf_z(&b, "\">");

    at = memmem(page->data, page->len, b.data, b.len);
    mem_free(&m);

    return at != NULL;
}


static void
test_html(const char *dir, const char *what)
{
    mem_t                m;
    group_t              total;
    unsigned             i, k, n, wrong;
    air_mem_t            mem;
    air_buf_t            b;
    air_err_t            err;
    air_diligence_t      d;
    air_report_query_t   q;

    static const struct {
        air_by_e     by;
        const char  *none;
    } tables[] = {
        { AIR_BY_VENDOR, "(reached no vendor)" },
        { AIR_BY_MAKER, "(not known)" },
        { AIR_BY_WORKFLOW, "(none)" },
        { AIR_BY_PURPOSE, "(none)" }
    };

    for (i = 0; i < 3; i++) {

        do {
            ask(&q);
        } while (q.to_ms <= q.from_ms);

        memset(&d, 0, sizeof(d));
        d.dir = dir;
        d.from_ms = i ? q.from_ms : 0;
        d.to_ms = i ? q.to_ms : INT64_MAX;

        is(air_diligence_run(&d, NULL, &err), AIR_OK, "%s: a page", what);

        mem = mem_init(&m, 0);
        air_buf_init(&b, &mem, (size_t) 1 << 24);
        is(air_report_html(&d, &b), AIR_OK, "written");

        wrong = memmem(b.data, b.len, "<script", 7) != NULL;
        wrong += memmem(b.data, b.len, "</style><b>", 11) != NULL;
        is(wrong, 0, "names are only text in it");

        memset(&q, 0, sizeof(q));
        q.from_ms = d.from_ms;
        q.to_ms = d.to_ms;
        wrong = 0;

        for (k = 0; k < sizeof(tables) / sizeof(tables[0]); k++) {
            q.nby = 1;
            q.by[0] = tables[k].by;

            for (n = reference(&q, groups, &total); n-- > 0; ) {
                wrong += !told(&b, &groups[n], tables[k].none);
            }
        }

        is(wrong, 0, "every amount is in it, exact");

        mem_free(&m);
        air_diligence_free(&d);
    }
}


static void
test_ledger(unsigned drop, unsigned tail, const char *what)
{
    char                *dir;
    unsigned             i, k;
    air_err_t            err;
    air_report_t         rep[3];
    air_ledger_proof_t   proof;
    air_report_query_t   q[3];

    dir = store_dir();
    fill(dir, drop, tail);

    is(air_ledger_verify(dir, &proof, &err), AIR_OK, "%s: proven", what);
    ok(drop ? proof.records < RECORDS : proof.records == RECORDS,
       "%s: %llu records are kept", what, (unsigned long long) proof.records);

    for (i = 0; i < QUERIES; i += 3) {

        for (k = 0; k < 3; k++) {
            ask(&q[k]);
        }

        /* one that shares its rows with another */

        if (draw(2)) {
            q[1] = q[0];
            q[1].nby = q[0].nby ? q[0].nby - 1 : 0;
        }

        if (air_report_run_all(rep, 3, dir, NULL, q, &err) != AIR_OK) {
            ok(0, "%s: query %u: %s", what, i, err.reason);
            continue;
        }

        if (i == 0) {
            is(rep[0].tail, tail, "%s: so many are only in the journal", what);
            is(rep[0].seq, RECORDS, "%s: seen to the last", what);
        }

        for (k = 0; k < 3; k++) {
            compare(&rep[k], &q[k], i + k);
            air_report_free(&rep[k]);
        }
    }

    ok(1, "%s: %u queries", what, QUERIES);

    test_html(dir, what);

    store_drop(dir);
}


int
main(int argc, char **argv)
{
    state = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t) time(NULL);
    printf("# seed %llu\n", (unsigned long long) state);

    test_ledger(0, 0, "database");
    test_ledger(0, 700, "database and journal");
    test_ledger(1, 100, "partly dropped");
    test_ledger(0, RECORDS, "journal");

    return done();
}
