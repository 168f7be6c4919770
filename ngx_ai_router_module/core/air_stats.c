
/*
 * The two writers of the counters.  Both walk the one list; a label or a
 * name is escaped in one place.  In Prometheus text all samples of a family
 * stand together under one HELP and one TYPE.
 */

#include "air_stats.h"
#include "air_profile.h"
#include "air_utf8.h"
#include "air_version.h"


typedef struct {
    const char  *json;
    const char  *metric;
    const char  *help;
    unsigned     level;
} air_stats_def_t;


typedef struct {
    const char       *json;
    const char       *metric;
    const char       *token_type;
    const char       *help;
    air_hist_kind_e   kind;
} air_stats_hist_def_t;


typedef struct {
    const char  *json;
    const char  *metric;
    const char  *type;
    const char  *help;
} air_stats_global_def_t;


static const air_stats_def_t  air_stats_defs[] = {
#define AIR_STAT(id, json, metric, help)  { json, metric, help, 0 },
#include "air_stats_x.h"
#define AIR_STAT_LEVEL(id, json, metric, help)  { json, metric, help, 1 },
#include "air_stats_x.h"
};

#define AIR_NSTATS_DEF  (sizeof(air_stats_defs) / sizeof(air_stats_defs[0]))


static const air_stats_hist_def_t  air_stats_hists[AIR_NHIST] = {
#define AIR_STAT_HIST(id, json, metric, label, kind, help)                    \
    { json, metric, label, help, kind },
#include "air_stats_x.h"
};


static const air_stats_global_def_t  air_stats_globals[AIR_NSTATS_GLOBAL] = {
#define AIR_STAT_GLOBAL(id, json, metric, type, help)                         \
    { json, metric, type, help },
#include "air_stats_x.h"
};


/*
 * Upper borders, inclusive: those that OpenTelemetry advises for durations
 * and tokens, and two more of each, because models think long.
 */
static const uint64_t  air_hist_borders[AIR_NHIST_KIND][AIR_HIST_BUCKETS - 1] =
{
    { 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480, 40960,
      81920, 163840, 327680 },

    { 1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304,
      16777216, 67108864, 268435456, 1073741824 },

    { 2500, 5000, 10000, 25000, 50000, 75000, 100000, 150000, 200000, 300000,
      400000, 500000, 750000, 1000000, 2500000, 5000000 }
};


unsigned
air_stats_slot(air_hist_e hist, uint64_t value)
{
    unsigned         i;
    const uint64_t  *border;

    border = air_hist_borders[air_stats_hists[hist].kind];

    for (i = 0; i < AIR_HIST_BUCKETS - 1; i++) {
        if (value <= border[i]) {
            break;
        }
    }

    return AIR_STAT_HIST + hist * (AIR_HIST_BUCKETS + 1) + i;
}


unsigned
air_stats_hsum(air_hist_e hist)
{
    return AIR_STAT_HIST + hist * (AIR_HIST_BUCKETS + 1) + AIR_HIST_BUCKETS;
}


static const uint64_t *
air_stats_buckets(const uint64_t *c, air_hist_e hist)
{
    return c + AIR_STAT_HIST + hist * (AIR_HIST_BUCKETS + 1);
}


static uint64_t
air_stats_count(const uint64_t *c, air_hist_e hist)
{
    uint64_t         n;
    unsigned         i;
    const uint64_t  *bucket;

    bucket = air_stats_buckets(c, hist);

    for (i = 0, n = 0; i < AIR_HIST_BUCKETS; i++) {
        n += bucket[i];
    }

    return n;
}


uint64_t
air_stats_quantile(const uint64_t *c, air_hist_e hist, unsigned q)
{
    uint64_t         n, rank;
    unsigned         i;
    const uint64_t  *bucket;

    n = air_stats_count(c, hist);
    if (n == 0) {
        return 0;
    }

    bucket = air_stats_buckets(c, hist);
    rank = n / 1000 * q + (n % 1000 * q + 999) / 1000;

    for (i = 0, n = 0; i < AIR_HIST_BUCKETS - 1; i++) {
        n += bucket[i];

        if (n >= rank && n != 0) {
            return air_hist_borders[air_stats_hists[hist].kind][i];
        }
    }

    return UINT64_MAX;
}


/* the money whose low word is at lo */
static air_sum_t
air_stats_money(const uint64_t *c, air_stat_e lo)
{
    air_sum_t  sum;

    sum.lo = c[lo];
    sum.hi = c[lo + 1];

    return sum;
}


/* n of so many a second as seconds, "0.32", "10.24" */
static void
air_stats_seconds(air_buf_t *b, uint64_t n, unsigned unit)
{
    unsigned  rest, digits;

    air_buf_uint(b, n / unit);

    rest = n % unit;
    if (rest == 0) {
        return;
    }

    air_buf_byte(b, '.');

    for (digits = unit / 10; rest != 0; digits /= 10) {
        air_buf_byte(b, '0' + rest / digits);
        rest %= digits;
    }
}


/* A JSON member's name, with a comma before it unless it is the first. */
static void
air_stats_key(air_buf_t *b, const char *name, int *first)
{
    if (!*first) {
        air_buf_byte(b, ',');
    }

    *first = 0;

    air_buf_byte(b, '"');
    air_buf_z(b, name);
    air_buf_z(b, "\":");
}


static void
air_stats_json_hist(const uint64_t *c, air_hist_e hist, air_buf_t *b)
{
    unsigned         i;
    const uint64_t  *bucket, *border;

    bucket = air_stats_buckets(c, hist);
    border = air_hist_borders[air_stats_hists[hist].kind];

    air_buf_z(b, "{\"count\":");
    air_buf_uint(b, air_stats_count(c, hist));
    air_buf_z(b, ",\"sum\":");
    air_buf_uint(b, bucket[AIR_HIST_BUCKETS]);
    air_buf_z(b, ",\"buckets\":[");

    for (i = 0; i < AIR_HIST_BUCKETS; i++) {
        air_buf_z(b, i == 0 ? "[" : ",[");

        if (i < AIR_HIST_BUCKETS - 1) {
            air_buf_uint(b, border[i]);

        } else {
            air_buf_z(b, "null");
        }

        air_buf_byte(b, ',');
        air_buf_uint(b, bucket[i]);
        air_buf_byte(b, ']');
    }

    air_buf_z(b, "]}");
}


/* The members of one row, or of the total of all. */
static void
air_stats_json_words(const uint64_t *c, air_buf_t *b)
{
    int        first;
    size_t     i;
    air_sum_t  cost;

    first = 1;

    for (i = 0; i < AIR_NSTATS_DEF; i++) {
        air_stats_key(b, air_stats_defs[i].json, &first);
        air_buf_uint(b, c[i]);
    }

    cost = air_stats_money(c, AIR_STAT_COST_LO);

    air_stats_key(b, "cost", &first);
    air_sum_dollars(&cost, b);

    cost = air_stats_money(c, AIR_STAT_SAVED_LO);

    air_stats_key(b, "saved", &first);
    air_sum_dollars(&cost, b);

    air_stats_key(b, "reasoning", &first);
    air_buf_uint(b, c[AIR_STAT_REASONING]);

    air_stats_key(b, "tokens", &first);
    air_buf_byte(b, '{');
    first = 1;

    for (i = 0; i < AIR_NCLASS; i++) {
        air_stats_key(b, air_class_name(i), &first);
        air_buf_uint(b, c[AIR_STAT_TOKENS + i]);
    }

    air_buf_z(b, "},\"faults\":{");
    first = 1;

    for (i = AIR_FAULT_NONE + 1; i < AIR_NFAULT; i++) {

        if (c[AIR_STAT_FAULT + i] == 0) {
            continue;
        }

        air_stats_key(b, air_fault_row(i)->why, &first);
        air_buf_uint(b, c[AIR_STAT_FAULT + i]);
    }

    air_buf_byte(b, '}');
    first = 0;

    for (i = 0; i < AIR_NHIST; i++) {
        air_stats_key(b, air_stats_hists[i].json, &first);
        air_stats_json_hist(c, i, b);
    }

    air_buf_byte(b, ',');
    air_stats_json_quality(c, b);
}


static void
air_stats_json_budgets(const air_stats_t *s, air_buf_t *b)
{
    size_t                     i;
    const air_stats_budget_t  *budget;

    air_buf_z(b, "\"budgets\":[");

    for (i = 0; i < s->nbudget; i++) {
        budget = &s->budget[i];

        air_buf_z(b, i == 0 ? "{\"scope\":" : ",{\"scope\":");
        air_buf_json(b, budget->scope);
        air_buf_z(b, ",\"name\":");
        air_buf_json(b, budget->name);
        air_buf_z(b, ",\"window\":");
        air_buf_json(b, budget->window);
        air_buf_z(b, ",\"limit\":");
        air_sum_dollars(&budget->limit, b);
        air_buf_z(b, ",\"spent\":");
        air_sum_dollars(&budget->spent, b);
        air_buf_z(b, ",\"reserved\":");
        air_sum_dollars(&budget->reserved, b);
        air_buf_byte(b, '}');
    }

    air_buf_byte(b, ']');
}


/* Adds a row to the total; levels add up too, but for the state. */
static void
air_stats_total(uint64_t *total, const uint64_t *c)
{
    unsigned  i;
    uint64_t  cost, saved, ops;

    ops = total[AIR_STAT_OPS] | c[AIR_STAT_OPS];
    cost = total[AIR_STAT_COST_LO];
    saved = total[AIR_STAT_SAVED_LO];

    for (i = 0; i < AIR_NSTAT; i++) {
        total[i] += c[i];
    }

    total[AIR_STAT_COST_HI] += air_stats_carry(cost, c[AIR_STAT_COST_LO]);
    total[AIR_STAT_SAVED_HI] += air_stats_carry(saved, c[AIR_STAT_SAVED_LO]);
    total[AIR_STAT_STATE] = 0;
    total[AIR_STAT_OPS] = ops;
}


int
air_stats_json(const air_stats_t *s, air_buf_t *b)
{
    int       first;
    size_t    i;
    uint64_t  total[AIR_NSTAT];

    memset(total, 0, sizeof(total));

    air_buf_z(b, "{\"version\":\"" AIR_VERSION "\",");

    first = 1;

    for (i = 0; i < AIR_NSTATS_GLOBAL; i++) {
        air_stats_key(b, air_stats_globals[i].json, &first);
        air_buf_uint(b, s->global[i]);
    }

    air_buf_z(b, ",\"rows\":[");

    for (i = 0; i < s->nrow; i++) {
        air_buf_z(b, i == 0 ? "{\"vendor\":" : ",{\"vendor\":");
        air_buf_json(b, s->row[i].vendor);
        air_buf_z(b, ",\"model\":");
        air_buf_json(b, s->row[i].model);
        air_buf_z(b, ",\"workflow\":");
        air_buf_json(b, s->row[i].workflow);
        air_buf_byte(b, ',');
        air_stats_json_words(s->row[i].c, b);
        air_buf_byte(b, '}');

        air_stats_total(total, s->row[i].c);
    }

    air_buf_z(b, "],\"total\":{");
    air_stats_json_words(total, b);
    air_buf_z(b, "},");
    air_stats_json_budgets(s, b);
    air_buf_z(b, "}\n");

    return b->error;
}


/*
 * A label value: \ " and newline are escaped as the format demands; every
 * other control byte and every ill-formed part becomes U+FFFD.
 */
static void
air_stats_label_value(air_buf_t *b, air_str_t s)
{
    size_t                n, bad;
    const unsigned char  *p, *last;

    p = s.data;
    last = p + s.len;

    while (p < last) {
        n = air_utf8_next(p, last, &bad);

        if (n == 0 || (n == 1 && (*p < 0x20 || *p == 0x7f) && *p != '\n')) {
            air_buf_z(b, "\xEF\xBF\xBD");
            p += n == 0 ? bad : 1;
            continue;
        }

        if (*p == '\n') {
            air_buf_z(b, "\\n");

        } else {
            if (*p == '\\' || *p == '"') {
                air_buf_byte(b, '\\');
            }

            air_buf_add(b, p, n);
        }

        p += n;
    }
}


void
air_stats_label(air_buf_t *b, const char *name, air_str_t value)
{
    air_buf_z(b, name);
    air_buf_z(b, "=\"");
    air_stats_label_value(b, value);
    air_buf_byte(b, '"');
}


static int
air_stats_is_otel(const char *metric)
{
    return strncmp(metric, "gen_ai_", 7) == 0;
}


/* gen_ai.operation.name: what the row was asked, where that is one thing */
static const char *
air_stats_op(const air_stats_row_t *row)
{
    switch (row->c[AIR_STAT_OPS]) {

    case 1 << AIR_OP_EMBEDDINGS:
        return "embeddings";

    case 1 << AIR_OP_COMPLETIONS:
        return "text_completion";

    default:
        return "chat";
    }
}


void
air_stats_sample(air_buf_t *b, const char *metric, const char *suffix,
    const air_stats_row_t *row, const char *name, const char *value)
{
    int  otel;

    otel = air_stats_is_otel(metric);

    air_buf_z(b, metric);
    air_buf_z(b, suffix);
    air_buf_byte(b, '{');

    if (otel) {
        air_stats_label(b, "gen_ai_operation_name",
                        air_str_z(air_stats_op(row)));
        air_buf_byte(b, ',');
    }

    air_stats_label(b, otel ? "gen_ai_provider_name" : "vendor", row->vendor);
    air_buf_byte(b, ',');
    air_stats_label(b, otel ? "gen_ai_request_model" : "model", row->model);
    air_buf_byte(b, ',');
    air_stats_label(b, "workflow", row->workflow);

    if (name != NULL) {
        air_buf_byte(b, ',');
        air_stats_label(b, name, air_str_z(value));
    }
}


void
air_stats_family(air_buf_t *b, const char *metric, const char *type,
    const char *help)
{
    air_buf_z(b, "# HELP ");
    air_buf_z(b, metric);
    air_buf_byte(b, ' ');
    air_buf_z(b, help);
    air_buf_z(b, "\n# TYPE ");
    air_buf_z(b, metric);
    air_buf_byte(b, ' ');
    air_buf_z(b, type);
    air_buf_byte(b, '\n');
}


static void
air_stats_value(air_buf_t *b, uint64_t n)
{
    air_buf_z(b, "} ");
    air_buf_uint(b, n);
    air_buf_byte(b, '\n');
}


static void
air_stats_prom_plain(const air_stats_t *s, air_buf_t *b)
{
    size_t                  i, k;
    const air_stats_def_t  *def;

    for (i = 0; i < AIR_NSTATS_DEF; i++) {
        def = &air_stats_defs[i];

        air_stats_family(b, def->metric, def->level ? "gauge" : "counter",
                         def->help);

        for (k = 0; k < s->nrow; k++) {
            air_stats_sample(b, def->metric, "", &s->row[k], NULL, NULL);
            air_stats_value(b, s->row[k].c[i]);
        }
    }
}


static void
air_stats_prom_tokens(const air_stats_t *s, air_buf_t *b)
{
    size_t  i, k;

    air_stats_family(b, "ai_tokens_total", "counter",
                     "Tokens by the class they are billed in");

    for (k = 0; k < s->nrow; k++) {
        for (i = 0; i < AIR_NCLASS; i++) {

            if (s->row[k].c[AIR_STAT_TOKENS + i] == 0
                && i != AIR_IN && i != AIR_OUT)
            {
                continue;
            }

            air_stats_sample(b, "ai_tokens_total", "", &s->row[k], "class",
                             air_class_name(i));
            air_stats_value(b, s->row[k].c[AIR_STAT_TOKENS + i]);
        }
    }

    air_stats_family(b, "ai_reasoning_tokens_total", "counter",
                     "Tokens of reasoning, a part of the output");

    for (k = 0; k < s->nrow; k++) {
        air_stats_sample(b, "ai_reasoning_tokens_total", "", &s->row[k], NULL,
                         NULL);
        air_stats_value(b, s->row[k].c[AIR_STAT_REASONING]);
    }
}


static void
air_stats_prom_money(const air_stats_t *s, air_stat_e lo, const char *name,
    const char *help, air_buf_t *b)
{
    size_t     k;
    air_sum_t  sum;

    air_stats_family(b, name, "counter", help);

    for (k = 0; k < s->nrow; k++) {
        sum = air_stats_money(s->row[k].c, lo);

        air_stats_sample(b, name, "", &s->row[k], NULL, NULL);
        air_buf_z(b, "} ");
        air_sum_dollars(&sum, b);
        air_buf_byte(b, '\n');
    }
}


static void
air_stats_prom_faults(const air_stats_t *s, air_buf_t *b)
{
    size_t  i, k;

    air_stats_family(b, "ai_faults_total", "counter",
                     "Failed tries by what went wrong");

    for (k = 0; k < s->nrow; k++) {
        for (i = AIR_FAULT_NONE + 1; i < AIR_NFAULT; i++) {

            if (s->row[k].c[AIR_STAT_FAULT + i] == 0) {
                continue;
            }

            air_stats_sample(b, "ai_faults_total", "", &s->row[k], "fault",
                             air_fault_row(i)->why);
            air_stats_value(b, s->row[k].c[AIR_STAT_FAULT + i]);
        }
    }
}


static void
air_stats_hist_sample(const air_stats_row_t *row, air_hist_e hist,
    const char *suffix, air_buf_t *b)
{
    const air_stats_hist_def_t  *def;

    def = &air_stats_hists[hist];

    air_stats_sample(b, def->metric, suffix, row,
                     def->token_type == NULL ? NULL : "gen_ai_token_type",
                     def->token_type);
}


static void
air_stats_hist_number(air_hist_e hist, uint64_t n, air_buf_t *b)
{
    switch (air_stats_hists[hist].kind) {

    case AIR_HIST_MS:
        air_stats_seconds(b, n, 1000);
        break;

    case AIR_HIST_US:
        air_stats_seconds(b, n, 1000000);
        break;

    default:
        air_buf_uint(b, n);
        break;
    }
}


static void
air_stats_prom_hist_row(const air_stats_row_t *row, air_hist_e hist,
    air_buf_t *b)
{
    uint64_t         n;
    unsigned         i;
    const uint64_t  *bucket, *border;

    bucket = air_stats_buckets(row->c, hist);
    border = air_hist_borders[air_stats_hists[hist].kind];

    for (i = 0, n = 0; i < AIR_HIST_BUCKETS; i++) {
        n += bucket[i];

        air_stats_hist_sample(row, hist, "_bucket", b);
        air_buf_z(b, ",le=\"");

        if (i < AIR_HIST_BUCKETS - 1) {
            air_stats_hist_number(hist, border[i], b);

        } else {
            air_buf_z(b, "+Inf");
        }

        air_buf_byte(b, '"');
        air_stats_value(b, n);
    }

    air_stats_hist_sample(row, hist, "_sum", b);
    air_buf_z(b, "} ");
    air_stats_hist_number(hist, bucket[AIR_HIST_BUCKETS], b);
    air_buf_byte(b, '\n');

    air_stats_hist_sample(row, hist, "_count", b);
    air_stats_value(b, n);
}


/* Neighbours with the same metric are one family. */
static void
air_stats_prom_hists(const air_stats_t *s, air_buf_t *b)
{
    size_t                       i, k;
    const air_stats_hist_def_t  *def;

    for (i = 0; i < AIR_NHIST; i++) {
        def = &air_stats_hists[i];

        if (i == 0
            || strcmp(def->metric, air_stats_hists[i - 1].metric) != 0)
        {
            air_stats_family(b, def->metric, "histogram", def->help);
        }

        for (k = 0; k < s->nrow; k++) {
            if (s->row[k].c[AIR_STAT_OPS] != 0) {
                air_stats_prom_hist_row(&s->row[k], i, b);
            }
        }
    }
}


static void
air_stats_prom_budget(const air_stats_t *s, const char *metric,
    const char *help, size_t offset, air_buf_t *b)
{
    size_t                     i;
    const air_sum_t           *sum;
    const air_stats_budget_t  *budget;

    air_stats_family(b, metric, "gauge", help);

    for (i = 0; i < s->nbudget; i++) {
        budget = &s->budget[i];
        sum = (const air_sum_t *) ((const char *) budget + offset);

        air_buf_z(b, metric);
        air_buf_byte(b, '{');
        air_stats_label(b, "scope", budget->scope);
        air_buf_byte(b, ',');
        air_stats_label(b, "account", budget->name);
        air_buf_byte(b, ',');
        air_stats_label(b, "window", budget->window);
        air_buf_z(b, "} ");
        air_sum_dollars(sum, b);
        air_buf_byte(b, '\n');
    }
}


/* The first rows as they are, which is where they stay, and the rest as one:
   AIR_OK or AIR_ENOMEM. */
static int
air_stats_capped(const air_stats_t *s, const air_mem_t *mem, air_stats_t *out)
{
    size_t            i;
    uint64_t         *total;
    air_stats_row_t  *row;

    *out = *s;

    if (s->nrow <= AIR_STATS_ROWS) {
        return AIR_OK;
    }

    row = air_mem_get(mem, AIR_STATS_ROWS * sizeof(air_stats_row_t));
    total = air_mem_get(mem, AIR_NSTAT * sizeof(uint64_t));

    if (row == NULL || total == NULL) {
        return AIR_ENOMEM;
    }

    memcpy(row, s->row, AIR_STATS_ROWS * sizeof(air_stats_row_t));
    memset(total, 0, AIR_NSTAT * sizeof(uint64_t));

    for (i = AIR_STATS_ROWS - 1; i < s->nrow; i++) {
        air_stats_total(total, s->row[i].c);
    }

    row[AIR_STATS_ROWS - 1].vendor = air_str_z("other");
    row[AIR_STATS_ROWS - 1].model = air_str_z("other");
    row[AIR_STATS_ROWS - 1].workflow = air_str_z("other");
    row[AIR_STATS_ROWS - 1].c = total;

    out->row = row;
    out->nrow = AIR_STATS_ROWS;

    if (out->nlive > AIR_STATS_ROWS) {
        out->nlive = AIR_STATS_ROWS;
    }

    return AIR_OK;
}


int
air_stats_prometheus(const air_stats_t *all, air_buf_t *b)
{
    size_t                         i;
    air_stats_t                    capped, *s;
    const air_stats_global_def_t  *def;

    s = &capped;

    if (air_stats_capped(all, b->mem, s) != AIR_OK) {
        b->error = AIR_ENOMEM;
        return b->error;
    }

    air_stats_family(b, "ai_build_info", "gauge", "Always 1");
    air_buf_z(b, "ai_build_info{version=\"" AIR_VERSION "\"} 1\n");

    for (i = 0; i < AIR_NSTATS_GLOBAL; i++) {
        def = &air_stats_globals[i];

        air_stats_family(b, def->metric, def->type, def->help);
        air_buf_z(b, def->metric);
        air_buf_byte(b, ' ');
        air_buf_uint(b, s->global[i]);
        air_buf_byte(b, '\n');
    }

    air_stats_prom_plain(s, b);
    air_stats_prom_tokens(s, b);
    air_stats_prom_money(s, AIR_STAT_COST_LO, "ai_cost_dollars_total",
                         "Cost in US dollars, of tries whose cost is known",
                         b);
    air_stats_prom_money(s, AIR_STAT_SAVED_LO, "ai_saved_dollars_total",
                         "US dollars that answers from a cache would have "
                         "cost", b);
    air_stats_prom_faults(s, b);
    air_stats_prom_quality(s, b);
    air_stats_prom_hists(s, b);

    air_stats_prom_budget(s, "ai_budget_limit_dollars",
                          "What may be spent in the window",
                          offsetof(air_stats_budget_t, limit), b);
    air_stats_prom_budget(s, "ai_budget_spent_dollars",
                          "What was spent in the window",
                          offsetof(air_stats_budget_t, spent), b);
    air_stats_prom_budget(s, "ai_budget_reserved_dollars",
                          "What running requests may still spend",
                          offsetof(air_stats_budget_t, reserved), b);

    air_stats_prom_hooks(s, b);

    return air_stats_prom_live(s, b);
}
