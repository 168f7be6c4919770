
/*
 * air_stats.c: both writers.  The Prometheus text goes through a strict
 * parser: names, label syntax, escapes, UTF-8, one HELP and TYPE a family
 * before its samples, families in one piece, no sample twice, buckets rising
 * to +Inf and equal to the count.
 */

#include "../../ngx_ai_router_module/core/air_json.h"
#include "../../ngx_ai_router_module/core/air_profile.h"
#include "../../ngx_ai_router_module/core/air_stats.h"

#include "mem.h"
#include "tap.h"

#include <ctype.h>
#include <stdio.h>


#define FAMILIES  100
#define SAMPLES   5000


typedef struct {
    char      name[80];
    char      type[16];
    int       help;
} family_t;


typedef struct {
    int        bad;
    char       why[200];
    unsigned   nfamily;
    family_t   family[FAMILIES];
    unsigned   nsample;
    char      *sample[SAMPLES];
    char       series[2048];      /* of the histogram being read             */
    double     bucket;            /* its last bucket                         */
    int        inf;
} prom_t;


static void
wrong(prom_t *prom, const char *why, const char *line)
{
    if (prom->bad++ == 0) {
        snprintf(prom->why, sizeof(prom->why), "%s: %.120s", why, line);
    }
}


static size_t
name_length(const char *p)
{
    size_t  n;

    if (!isalpha((unsigned char) p[0]) && p[0] != '_') {
        return 0;
    }

    for (n = 1; isalnum((unsigned char) p[n]) || p[n] == '_'; n++) { }

    return n;
}


static void
comment(prom_t *prom, char *line)
{
    char      *name, *rest;
    size_t     n;
    family_t  *family;

    name = line + 7;
    n = name_length(name);

    if (n == 0 || n >= sizeof(family->name) || name[n] != ' ') {
        wrong(prom, "comment", line);
        return;
    }

    rest = name + n + 1;
    name[n] = '\0';

    if (strncmp(line, "# HELP ", 7) == 0) {

        for (family = prom->family; family->name[0] != '\0'; family++) {
            if (strcmp(family->name, name) == 0) {
                wrong(prom, "HELP twice", name);
            }
        }

        family = &prom->family[prom->nfamily++];
        strncpy(family->name, name, sizeof(family->name) - 1);
        family->help = rest[0] != '\0';

        if (!family->help || strchr(rest, '\\') != NULL) {
            wrong(prom, "help", name);
        }

        return;
    }

    if (strncmp(line, "# TYPE ", 7) != 0 || prom->nfamily == 0) {
        wrong(prom, "comment", line);
        return;
    }

    family = &prom->family[prom->nfamily - 1];

    if (strcmp(family->name, name) != 0 || family->type[0] != '\0'
        || (strcmp(rest, "counter") != 0 && strcmp(rest, "gauge") != 0
            && strcmp(rest, "histogram") != 0))
    {
        wrong(prom, "type", name);
        return;
    }

    strncpy(family->type, rest, sizeof(family->type) - 1);

    if (strcmp(rest, "counter") == 0
        && (n < 6 || strcmp(name + n - 6, "_total") != 0))
    {
        wrong(prom, "a counter without _total", name);
    }
}


/* A quoted value; returns past its end, or NULL. */
static char *
label_value(char *p)
{
    if (*p++ != '"') {
        return NULL;
    }

    while (*p != '"') {

        if (*p == '\0' || (unsigned char) *p < 0x20) {
            return NULL;
        }

        if (*p == '\\') {
            p++;

            if (*p != '\\' && *p != '"' && *p != 'n') {
                return NULL;
            }
        }

        p++;
    }

    return p + 1;
}


static char *
labels(prom_t *prom, char *p, char **le)
{
    size_t  n;

    *le = NULL;

    if (*p != '{') {
        return p;
    }

    do {
        p++;
        n = name_length(p);

        if (n == 0 || p[n] != '=') {
            wrong(prom, "label", p);
            return NULL;
        }

        if (n == 2 && memcmp(p, "le", 2) == 0) {
            *le = p;
        }

        p = label_value(p + n + 1);
        if (p == NULL) {
            wrong(prom, "label value", "");
            return NULL;
        }

    } while (*p == ',');

    if (*p != '}') {
        wrong(prom, "labels", p);
        return NULL;
    }

    return p + 1;
}


static void
bucket(prom_t *prom, const char *line, const char *le, double value)
{
    size_t  len;

    len = le - line;

    if (strncmp(prom->series, line, len) != 0 || prom->series[len] != '\0') {
        snprintf(prom->series, sizeof(prom->series), "%.*s", (int) len, line);
        prom->bucket = 0;
        prom->inf = 0;
    }

    if (value < prom->bucket || prom->inf) {
        wrong(prom, "buckets fall", line);
    }

    prom->bucket = value;
    prom->inf = strncmp(le, "le=\"+Inf\"", 9) == 0;
}


static void
sample(prom_t *prom, char *line)
{
    char      *p, *le, *end;
    char       copy[2048];
    size_t     n, f;
    double     value;
    unsigned   i;
    family_t  *family;

    snprintf(copy, sizeof(copy), "%s", line);

    n = name_length(line);
    family = &prom->family[prom->nfamily - 1];
    f = prom->nfamily == 0 ? 0 : strlen(family->name);

    if (n < f || f == 0 || strncmp(line, family->name, f) != 0
        || family->type[0] == '\0')
    {
        wrong(prom, "a sample outside of its family", line);
        return;
    }

    p = labels(prom, line + n, &le);
    if (p == NULL || *p != ' ') {
        wrong(prom, "sample", copy);
        return;
    }

    value = strtod(p + 1, &end);
    if (end == p + 1 || *end != '\0') {
        wrong(prom, "value", copy);
    }

    *p = '\0';

    for (i = 0; i < prom->nsample; i++) {
        if (strcmp(prom->sample[i], line) == 0) {
            wrong(prom, "a sample twice", copy);
        }
    }

    prom->sample[prom->nsample++] = line;

    if (strcmp(family->type, "histogram") != 0) {
        if (n != f) {
            wrong(prom, "name", copy);
        }

        return;
    }

    if (n == f + 7 && memcmp(line + f, "_bucket", 7) == 0) {
        if (le == NULL) {
            wrong(prom, "no le", copy);
            return;
        }

        bucket(prom, line, le, value);

    } else if (n == f + 6 && memcmp(line + f, "_count", 6) == 0) {
        if (!prom->inf || value != prom->bucket) {
            wrong(prom, "count is not the last bucket", copy);
        }

    } else if (n != f + 4 || memcmp(line + f, "_sum", 4) != 0) {
        wrong(prom, "name in a histogram", copy);
    }
}


static void
parse(prom_t *prom, char *text)
{
    char  *line, *next;

    memset(prom, 0, sizeof(prom_t));

    if (text[0] == '\0' || text[strlen(text) - 1] != '\n') {
        wrong(prom, "no newline at the end", "");
    }

    for (line = text; *line != '\0'; line = next) {
        next = strchr(line, '\n');
        if (next == NULL) {
            break;
        }

        *next++ = '\0';

        if (line[0] == '#') {
            comment(prom, line);

        } else {
            sample(prom, line);
        }
    }
}


static int
holds(const prom_t *prom, const char *want)
{
    unsigned  i;

    for (i = 0; i < prom->nsample; i++) {
        if (strcmp(prom->sample[i], want) == 0) {
            return 1;
        }
    }

    return 0;
}


static void
observe(uint64_t *c, air_hist_e hist, uint64_t value)
{
    c[air_stats_slot(hist, value)]++;
    c[air_stats_hsum(hist)] += value;
}


static void
fill(uint64_t *c)
{
    uint64_t  old;

    memset(c, 0, AIR_NSTAT * sizeof(uint64_t));

    c[AIR_STAT_REQUESTS] = 7;
    c[AIR_STAT_STATE] = 2;
    c[AIR_STAT_OPS] = 1 << 1;
    c[AIR_STAT_TOKENS + AIR_IN] = 1000;
    c[AIR_STAT_TOKENS + AIR_IN_CACHE_READ] = 50;
    c[AIR_STAT_FAULT + AIR_FAULT_RATE_LIMIT] = 3;
    c[AIR_STAT_FLOOR_PASSED] = 2;
    c[AIR_STAT_FLOOR_FAILED] = 1;
    c[AIR_STAT_FLOOR_COST] = 29000000;
    c[AIR_STAT_ESCALATIONS] = 1;
    c[AIR_STAT_AID + 2 * AIR_AID_SHADOW] = 4;
    c[AIR_STAT_AID + 2 * AIR_AID_SHADOW + 1] = 1000000;
    c[AIR_STAT_TASK + AIR_TASK_CODE * AIR_NTASK_STAT
      + AIR_TASK_STAT_UNSURE] = 5;
    c[AIR_STAT_TASK + AIR_TASK_CODE * AIR_NTASK_STAT
      + AIR_TASK_STAT_COST] = 30000000;

    /* 18.4 million dollars and a little */
    c[AIR_STAT_COST_LO] = UINT64_MAX - 5;
    old = c[AIR_STAT_COST_LO];
    c[AIR_STAT_COST_LO] += 3631;
    c[AIR_STAT_COST_HI] += air_stats_carry(old, 3631);

    observe(c, AIR_HIST_DURATION, 10);
    observe(c, AIR_HIST_DURATION, 11);
    observe(c, AIR_HIST_DURATION, 99999999);
    observe(c, AIR_HIST_INPUT, 1000);
    observe(c, AIR_HIST_OUTPUT, 0);
}


static void
set(air_stats_t *s, air_stats_row_t *row, uint64_t c[3][AIR_NSTAT],
    air_stats_budget_t *budget)
{
    unsigned  i;

    memset(s, 0, sizeof(air_stats_t));
    memset(row, 0, 3 * sizeof(air_stats_row_t));
    memset(budget, 0, sizeof(air_stats_budget_t));

    for (i = 0; i < 3; i++) {
        fill(c[i]);
        row[i].c = c[i];
    }

    row[0].vendor = air_str_z("openai");
    row[0].model = air_str_z("gpt-x");
    row[0].workflow = air_str_z("triage");

    /* whoever can name a model may try */
    row[1].vendor = air_str_z("a\"b\\c\nd");
    row[1].model = air_str_z("\xC3\xA9\xFF\xED\xA0\x80\x01{}=,# ");
    row[1].workflow = air_str_z("</script>");

    budget->scope = air_str_z("team");
    budget->name = air_str_z("triage");
    budget->window = air_str_z("day");
    budget->limit.lo = 50000000000000;
    budget->spent.lo = 1500000000000;

    s->row = row;
    s->nrow = 3;
    s->budget = budget;
    s->nbudget = 1;
    s->global[AIR_STATS_LEDGER_WRITABLE] = 1;
}


static void
test_prometheus(void)
{
    char                fault[200];
    mem_t               m;
    prom_t             *prom;
    unsigned            i;
    air_buf_t           b;
    air_mem_t           mem;
    air_stats_t         s;
    air_stats_row_t     row[3];
    air_stats_live_t    live[2];
    air_stats_budget_t  budget;

    static uint64_t  c[3][AIR_NSTAT];

    mem = mem_init(&m, 0);
    set(&s, row, c, &budget);

    air_buf_init(&b, &mem, 1 << 22);
    is(air_stats_prometheus(&s, &b), AIR_OK, "written");

    /* what must be there, to the byte */
    air_buf_byte(&b, '\0');

    ok(strstr((char *) b.data, "ai_requests_total{vendor=\"openai\","
              "model=\"gpt-x\",workflow=\"triage\"} 7\n") != NULL, "requests");
    ok(strstr((char *) b.data, "\nai_cost_dollars_total{vendor=\"openai\","
              "model=\"gpt-x\",workflow=\"triage\"} "
              "18446744.073709555241\n") != NULL, "cost, past 64 bits");
    snprintf(fault, sizeof(fault), "ai_faults_total{vendor=\"openai\","
             "model=\"gpt-x\",workflow=\"triage\",fault=\"%s\"} 3\n",
             air_fault_row(AIR_FAULT_RATE_LIMIT)->why);
    ok(strstr((char *) b.data, fault) != NULL, "faults by name");
    ok(strstr((char *) b.data, "gen_ai_client_operation_duration_seconds_"
              "bucket{gen_ai_operation_name=\"chat\","
              "gen_ai_provider_name=\"openai\","
              "gen_ai_request_model=\"gpt-x\",workflow=\"triage\","
              "le=\"0.01\"} 1\n") != NULL, "10 ms are in the first bucket");
    ok(strstr((char *) b.data, "gen_ai_client_operation_duration_seconds_sum"
              "{gen_ai_operation_name=\"chat\","
              "gen_ai_provider_name=\"openai\",gen_ai_request_model="
              "\"gpt-x\",workflow=\"triage\"} 100000.02\n") != NULL,
       "the sum in seconds");
    ok(strstr((char *) b.data, "gen_ai_client_token_usage_bucket{"
              "gen_ai_operation_name=\"chat\","
              "gen_ai_provider_name=\"openai\",gen_ai_request_model="
              "\"gpt-x\",workflow=\"triage\",gen_ai_token_type=\"input\","
              "le=\"1024\"} 1\n") != NULL, "tokens by OpenTelemetry's name");
    ok(strstr((char *) b.data, "{vendor=\"a\\\"b\\\\c\\nd\",model=\"\xC3\xA9"
              "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
              "{}=,# \",workflow=\"</script>\"} 7\n") != NULL,
       "hostile names are escaped");
    ok(strstr((char *) b.data, "ai_budget_spent_dollars{scope=\"team\","
              "account=\"triage\",window=\"day\"} 1.5\n") != NULL, "budgets");

    ok(strstr((char *) b.data, "\nai_quality_calls_total{vendor=\"openai\","
              "model=\"gpt-x\",workflow=\"triage\",for=\"shadow\"} 4\n")
       != NULL, "calls beside answers");
    ok(strstr((char *) b.data, "workflow=\"triage\",for=\"failed\"} "
              "0.000029\n") != NULL, "what answers cost that failed");
    ok(strstr((char *) b.data, "\nai_task_answers_total{vendor=\"openai\","
              "model=\"gpt-x\",workflow=\"triage\",task=\"code\","
              "verdict=\"unsure\"} 5\n") != NULL, "verdicts by class");
    ok(strstr((char *) b.data, "workflow=\"triage\",task=\"code\"} 0.00003\n")
       != NULL, "cost by class");
    ok(strstr((char *) b.data, "task=\"other\"") == NULL,
       "nothing of classes that never came");

    prom = malloc(sizeof(prom_t));
    parse(prom, (char *) b.data);
    is(prom->bad, 0, "a strict parser takes it (%s)", prom->why);
    ok(prom->nfamily > 30 && prom->nsample > 300, "%u families, %u samples",
       prom->nfamily, prom->nsample);
    ok(holds(prom, "ai_ledger_writable"), "globals");

    for (i = 0; i < prom->nfamily; i++) {
        if (prom->family[i].type[0] == '\0') {
            break;
        }
    }

    is(i, prom->nfamily, "each family has its type");

    /* live figures: of a target alone, escaped, none where none are known */
    memset(&s, 0, sizeof(s));
    memset(live, 0, sizeof(live));

    live[0].vendor = air_str_z("a\"b");
    live[0].model = air_str_z("gpt-x");
    live[0].live.measured = 1;
    live[0].live.latency[AIR_P50] = 250;
    live[0].live.latency[AIR_P99] = 1250;
    live[0].live.throughput[AIR_P90] = 45050;
    live[0].live.inflight = 3;
    live[0].uptime[0] = 999000;
    live[0].uptime[1] = -1;
    live[0].uptime[2] = 1000000;
    live[1].vendor = air_str_z("c");
    live[1].model = air_str_z("seeded");
    live[1].live.latency[AIR_P50] = 777;
    live[1].uptime[0] = live[1].uptime[1] = live[1].uptime[2] = -1;

    s.live = live;
    s.nlive = 2;

    air_buf_init(&b, &mem, 1 << 22);
    is(air_stats_prom_live(&s, &b), AIR_OK, "live figures");
    air_buf_byte(&b, '\0');

    ok(strstr((char *) b.data, "\nai_latency_seconds{vendor=\"a\\\"b\","
              "model=\"gpt-x\",percentile=\"p99\"} 1.25\n") != NULL
       && strstr((char *) b.data, "percentile=\"p90\"} 45.05\n") != NULL
       && strstr((char *) b.data, "window=\"5m\"} 0.999\n") != NULL
       && strstr((char *) b.data, "window=\"1d\"} 1\n") != NULL
       && strstr((char *) b.data, "ai_running{vendor=\"a\\\"b\","
                 "model=\"gpt-x\"} 3\n") != NULL, "to the byte");
    ok(strstr((char *) b.data, "30m") == NULL
       && strstr((char *) b.data, "0.777") == NULL
       && strstr((char *) b.data, "p75") == NULL,
       "what is unknown, or the price table's, is not there");
    parse(prom, (char *) b.data);
    is(prom->bad, 0, "well formed (%s)", prom->why);

    /* nothing at all is fine, too */
    memset(&s, 0, sizeof(s));
    air_buf_init(&b, &mem, 1 << 22);
    air_stats_prometheus(&s, &b);
    air_buf_byte(&b, '\0');
    parse(prom, (char *) b.data);
    is(prom->bad, 0, "without any row (%s)", prom->why);

    air_buf_init(&b, &mem, 1000);
    is(air_stats_prometheus(&s, &b), AIR_ELIMIT, "a full buffer is told");

    free(prom);
    mem_free(&m);
}


/* The parser itself refuses what is wrong. */
static void
test_parser(void)
{
    char     text[200];
    size_t   i;
    prom_t  *prom;

    static const char *const  bad[] = {
        "# HELP a b\n# TYPE a gauge\na 1",
        "# HELP a b\n# TYPE a gauge\nb 1\n",
        "# HELP a b\n# TYPE a gauge\na 1\na 2\n",
        "# HELP a b\n# TYPE a gauge\na{x=\"\\t\"} 1\n",
        "# HELP a b\n# TYPE a gauge\na{x=1} 1\n",
        "# HELP a b\n# TYPE a gauge\na one\n",
        "# HELP a b\n# TYPE a counter\na 1\n",
        "# HELP a b\na 1\n",
        "# HELP a b\n# TYPE a gauge\n# HELP a b\n",
        "# HELP a b\n# TYPE a histogram\na_bucket{le=\"1\"} 2\n"
        "a_bucket{le=\"+Inf\"} 1\n",
        "# HELP a b\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\n"
        "a_count 2\n"
    };

    prom = malloc(sizeof(prom_t));

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(text, sizeof(text), "%s", bad[i]);
        parse(prom, text);
        ok(prom->bad != 0, "the parser refuses %zu (%s)", i, prom->why);
    }

    free(prom);
}


static void
test_json(void)
{
    mem_t                   m;
    uint64_t                n;
    air_buf_t               b;
    air_mem_t               mem;
    air_str_t               name;
    air_stats_t             s;
    air_json_doc_t          doc;
    air_stats_row_t         row[3];
    air_stats_budget_t      budget;
    const air_json_node_t  *node, *total;

    static uint64_t  c[3][AIR_NSTAT];

    mem = mem_init(&m, 0);
    set(&s, row, c, &budget);

    air_buf_init(&b, &mem, 1 << 22);
    is(air_stats_json(&s, &b), AIR_OK, "JSON");

    air_json_init(&doc, &mem);
    is(air_json_scan(&doc, air_buf_view(&b), AIR_JSON_UNIQUE, NULL), AIR_OK,
       "is valid, no key twice");

    node = air_json_get(&doc, air_json_root(&doc), "rows");
    is(node->count, 3, "three rows");

    node = air_json_next(&doc, air_json_first(&doc, node));
    air_json_string(&doc, air_json_get(&doc, node, "vendor"), &mem, &name);
    is_str(name, "a\"b\\c\nd", "a hostile name comes back");

    total = air_json_get(&doc, air_json_root(&doc), "total");
    air_json_uint(&doc, air_json_get(&doc, total, "requests"), &n);
    is(n, 21, "the total");
    is_str(air_json_raw(&doc, air_json_get(&doc, total, "cost")),
           "55340232.221128665723", "of money, carried over");
    air_json_uint(&doc, air_json_get(&doc, air_json_get(&doc, total,
                  "faults"), air_fault_row(AIR_FAULT_RATE_LIMIT)->why), &n);
    is(n, 9, "of faults");
    air_json_uint(&doc, air_json_get(&doc, air_json_get(&doc, total,
                  "duration"), "count"), &n);
    is(n, 9, "of observations");

    mem_free(&m);
}


static void
test_hist(void)
{
    int       bad;
    uint64_t  v;
    uint64_t  c[AIR_NSTAT];

    memset(c, 0, sizeof(c));
    is(air_stats_quantile(c, AIR_HIST_DURATION, 500), 0, "nothing observed");

    for (v = 1; v <= 100; v++) {
        observe(c, AIR_HIST_DURATION, v);
    }

    is(air_stats_quantile(c, AIR_HIST_DURATION, 500), 80, "the median");
    is(air_stats_quantile(c, AIR_HIST_DURATION, 100), 10, "a tenth");
    is(air_stats_quantile(c, AIR_HIST_DURATION, 1000), 160, "all");

    observe(c, AIR_HIST_DURATION, UINT64_MAX);
    ok(air_stats_quantile(c, AIR_HIST_DURATION, 1000) == UINT64_MAX,
       "above the last border");

    /* no slot of one histogram is in another, or outside */
    for (v = 0, bad = 0; v < AIR_NHIST; v++) {
        bad += air_stats_slot(v, 0) < AIR_STAT_HIST
               || air_stats_slot(v, UINT64_MAX) + 1 != air_stats_hsum(v)
               || air_stats_hsum(v) > AIR_STAT_HIST_LAST
               || (v != 0 && air_stats_slot(v, 0) != air_stats_hsum(v - 1) + 1);
    }

    is(bad, 0, "every word has one use");
    is(AIR_STAT_HIST_LAST + 1, AIR_NSTAT, "%d words a row", AIR_NSTAT);
}


/* more rows than metrics may have: the last is the sum of the rest */
static void
test_capped(void)
{
    mem_t             m;
    prom_t           *prom;
    unsigned          i;
    air_buf_t         b;
    air_mem_t         mem;
    air_stats_t       s;
    air_stats_row_t  *row;

    static char      name[AIR_STATS_ROWS + 5][8];
    static uint64_t  c[AIR_STATS_ROWS + 5][AIR_NSTAT];

    mem = mem_init(&m, 0);
    memset(&s, 0, sizeof(s));

    row = calloc(AIR_STATS_ROWS + 5, sizeof(air_stats_row_t));

    for (i = 0; i < AIR_STATS_ROWS + 5; i++) {
        snprintf(name[i], sizeof(name[i]), "m%u", i);
        row[i].vendor = air_str_z("v");
        row[i].model = air_str_z(name[i]);
        row[i].c = c[i];
        c[i][AIR_STAT_REQUESTS] = 1;
        c[i][AIR_STAT_COST_LO] = UINT64_MAX;
    }

    c[AIR_STATS_ROWS][AIR_STAT_OPS] = 1 << AIR_OP_EMBEDDINGS;
    observe(c[AIR_STATS_ROWS], AIR_HIST_PER_TOKEN, 12500);

    s.row = row;
    s.nrow = AIR_STATS_ROWS + 5;

    air_buf_init(&b, &mem, 1 << 25);
    is(air_stats_prometheus(&s, &b), AIR_OK, "many rows");
    air_buf_byte(&b, '\0');

    ok(strstr((char *) b.data, "ai_requests_total{vendor=\"other\",model="
              "\"other\",workflow=\"other\"} 6\n") != NULL, "six in one");
    ok(strstr((char *) b.data, "model=\"m398\"") != NULL
       && strstr((char *) b.data, "model=\"m399\"") == NULL,
       "and the others as they are");
    ok(strstr((char *) b.data, "ai_cost_dollars_total{vendor=\"other\",model="
              "\"other\",workflow=\"other\"} 110680464.44225730969\n")
       != NULL, "the sum of money is exact");
    ok(strstr((char *) b.data, "gen_ai_server_time_per_output_token_seconds_"
              "sum{gen_ai_operation_name=\"embeddings\",gen_ai_provider_name="
              "\"other\",gen_ai_request_model=\"other\",workflow=\"other\"} "
              "0.0125\n") != NULL, "seconds of micro-seconds");
    ok(strstr((char *) b.data, "gen_ai_request_model=\"m1\"") == NULL,
       "nothing of OpenTelemetry's without a try");

    /* the buffer of samples is for fewer */

    s.nrow = 3;
    s.row = row + AIR_STATS_ROWS - 1;
    air_buf_init(&b, &mem, 1 << 22);
    air_stats_prometheus(&s, &b);
    air_buf_byte(&b, '\0');
    prom = malloc(sizeof(prom_t));
    parse(prom, (char *) b.data);
    is(prom->bad, 0, "well formed (%s)", prom->why);

    free(prom);
    free(row);
    mem_free(&m);
}


int
main(void)
{
    test_parser();
    test_prometheus();
    test_json();
    test_hist();

    test_capped();

    return done();
}
