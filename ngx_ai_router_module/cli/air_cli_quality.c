
/*
 * ai-router report --quality and --baseline: what quality was and cost, and
 * what was saved against one model for all.
 */

#include "air_cli_store.h"
#include "air_cli_quality.h"

#include <inttypes.h>


#define AIR_CLI_QUALITY_COLUMNS  15


/* A group and what is known of it. */
typedef struct {
    const air_rollup_row_t  *row;
    size_t                   len;    /* of the key without the purpose       */
    air_sums_t               answer; /* answers, failed ones too             */
    air_sums_t               shadow;
    air_u128_t               cost[AIR_NPURPOSE];
} air_cli_quality_t;


static const air_cli_column_t  air_quality_columns[] = {
    { "requests", AIR_CLI_NUMBER },
    { "passed", AIR_CLI_NUMBER },
    { "failed", AIR_CLI_NUMBER },
    { "unsure", AIR_CLI_NUMBER },
    { "pass_percent", AIR_CLI_NUMBER },
    { "escalated", AIR_CLI_NUMBER },
    { "escalated_percent", AIR_CLI_NUMBER },
    { "quality_usd", AIR_CLI_NUMBER },
    { "failed_usd", AIR_CLI_NUMBER },
    { "judge_usd", AIR_CLI_NUMBER },
    { "second_usd", AIR_CLI_NUMBER },
    { "shadow_usd", AIR_CLI_NUMBER },
    { "pairs", AIR_CLI_NUMBER },
    { "kept_percent", AIR_CLI_NUMBER },
    { NULL, AIR_CLI_LEFT }
};

static const air_cli_column_t  air_savings_columns[] = {
    { "workflow", AIR_CLI_LEFT },
    { "requests", AIR_CLI_NUMBER },
    { "spent_usd", AIR_CLI_NUMBER },
    { "baseline_usd", AIR_CLI_NUMBER },
    { "saved_usd", AIR_CLI_NUMBER },
    { "saved_percent", AIR_CLI_NUMBER },
    { "pairs", AIR_CLI_NUMBER },
    { "kept_percent", AIR_CLI_NUMBER },
    { "kept_from", AIR_CLI_NUMBER },
    { "kept_to", AIR_CLI_NUMBER },
    { NULL, AIR_CLI_LEFT }
};


static void
air_cli_percent(air_cli_table_t *table, uint64_t part, uint64_t whole)
{
    char  text[48];

    air_cli_cell_z(table, air_report_share(part, whole, text, sizeof(text)));
}


static void
air_cli_quality_row(air_cli_table_t *table, const air_cli_quality_t *q)
{
    char             text[48];
    unsigned         i;
    air_u128_t       all;
    const uint64_t  *v, *w;

    v = q->answer.v;
    w = q->shadow.v;
    all = 0;

    for (i = AIR_FOR_FAILED; i < AIR_NPURPOSE; i++) {
        all += q->cost[i];
    }

    air_cli_cell_uint(table, v[AIR_SUM_REQUESTS]);
    air_cli_cell_uint(table, v[AIR_SUM_PASSED]);
    air_cli_cell_uint(table, v[AIR_SUM_FAILED]);
    air_cli_cell_uint(table, v[AIR_SUM_UNSURE]);
    air_cli_percent(table, v[AIR_SUM_PASSED],
                    v[AIR_SUM_PASSED] + v[AIR_SUM_FAILED]);
    air_cli_cell_uint(table, v[AIR_SUM_ESCALATED]);
    air_cli_percent(table, v[AIR_SUM_ESCALATED], v[AIR_SUM_REQUESTS]);
    air_cli_cell_z(table, air_report_usd(all, text));

    for (i = AIR_FOR_FAILED; i < AIR_NPURPOSE; i++) {
        air_cli_cell_z(table, air_report_usd(q->cost[i], text));
    }

    air_cli_cell_uint(table, w[AIR_SUM_PAIRS]);
    air_cli_percent(table, w[AIR_SUM_KEPT], w[AIR_SUM_PAIRS]);
}


/* Adds a row of one purpose to its group. */
static void
air_cli_quality_add(air_cli_quality_t *q, size_t *n,
    const air_rollup_row_t *row, const air_report_query_t *query)
{
    size_t         i, len;
    air_str_t      cell;
    air_purpose_e  purpose;

    cell = air_report_cell(row, query->nby - 1);
    len = row->len - 1 - cell.len;

    for (i = 0; i < *n; i++) {
        if (q[i].len == len && memcmp(q[i].row->key, row->key, len) == 0) {
            break;
        }
    }

    if (i == *n) {
        memset(&q[i], 0, sizeof(air_cli_quality_t));
        q[i].row = row;
        q[i].len = len;
        (*n)++;
    }

    for (purpose = AIR_FOR_ANSWER; purpose < AIR_NPURPOSE; purpose++) {
        if (air_str_eqz(cell, air_purpose_name(purpose))) {
            break;
        }
    }

    if (purpose == AIR_NPURPOSE) {
        return;
    }

    q[i].cost[purpose] += row->sums.cost;

    if (purpose == AIR_FOR_ANSWER || purpose == AIR_FOR_FAILED) {
        air_sums_add(&q[i].answer, &row->sums);

    } else if (purpose == AIR_FOR_SHADOW) {
        air_sums_add(&q[i].shadow, &row->sums);
    }
}


int
air_cli_quality(air_cli_t *cli, const char *store, air_report_query_t *query)
{
    int                 rc;
    size_t              i, n;
    unsigned            d;
    air_err_t           err;
    air_report_t        rep;
    air_cli_table_t     table;
    air_cli_column_t    column[AIR_NBY + AIR_CLI_QUALITY_COLUMNS];
    air_cli_quality_t  *q;

    query->by[query->nby++] = AIR_BY_PURPOSE;

    rc = air_report_run(&rep, store, NULL, query, &err);

    if (rc != AIR_OK) {
        return air_cli_store_error(cli, store, rc, &err);
    }

    q = air_mem_get(&cli->mem, (rep.groups.n + 1)
                               * sizeof(air_cli_quality_t));
    if (q == NULL) {
        air_report_free(&rep);
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    n = 0;

    for (i = 0; i < rep.groups.n; i++) {
        air_cli_quality_add(q, &n, rep.row[i], query);
    }

    for (d = 0; d + 1 < query->nby; d++) {
        column[d].name = air_report_by_name(query->by[d]);
        column[d].align = AIR_CLI_LEFT;
    }

    memcpy(column + d, air_quality_columns, sizeof(air_quality_columns));
    air_cli_table_init(&table, cli, column);

    for (i = 0; i < n; i++) {

        for (d = 0; d + 1 < query->nby; d++) {
            air_cli_cell(&table, air_report_cell(q[i].row, d));
        }

        air_cli_quality_row(&table, &q[i]);
    }

    rc = air_cli_table_end(&table);

    air_report_free(&rep);

    return rc;
}


static void
air_cli_saving_row(air_cli_table_t *table, const air_saving_t *r,
    air_str_t name)
{
    char      text[50];
    unsigned  low, high;

    air_cli_cell(table, name);
    air_cli_cell_uint(table, r->requests);
    air_cli_cell_z(table, air_report_usd(r->spent, text));
    air_cli_cell_z(table, air_report_usd(r->baseline, text));

    if (r->baseline >= r->spent) {
        air_cli_cell_z(table, air_report_usd(r->baseline - r->spent, text));
        air_cli_cell_z(table, air_report_share(r->baseline - r->spent,
                                            r->baseline, text,
                                            sizeof(text)));

    } else {
        text[0] = '-';
        (void) air_report_usd(r->spent - r->baseline, text + 1);
        air_cli_cell_z(table, text);
        (void) air_report_share(r->spent - r->baseline, r->baseline, text + 1,
                             sizeof(text) - 1);
        air_cli_cell_z(table, r->baseline ? text : "");
    }

    air_cli_cell_uint(table, r->pairs);

    if (r->pairs < AIR_SAVINGS_PAIRS) {
        air_cli_cell_z(table, "");
        air_cli_cell_z(table, "");
        air_cli_cell_z(table, "");
        return;
    }

    air_savings_bounds(r->kept, r->pairs, &low, &high);

    air_cli_percent(table, r->kept, r->pairs);
    air_cli_percent(table, low, 1000);
    air_cli_percent(table, high, 1000);
}


int
air_cli_savings(air_cli_t *cli, const char *store, const char *prices,
    const char *baseline, const air_report_query_t *query)
{
    int               rc;
    size_t            i;
    air_err_t         err;
    const char       *slash;
    air_savings_t     s;
    air_cli_table_t   table;
    air_pricebook_t  *book;

    memset(&s, 0, sizeof(s));
    s.from_ms = query->from_ms;
    s.to_ms = query->to_ms;

    slash = strchr(baseline, '/');

    if (slash == NULL || slash == baseline || slash[1] == '\0') {
        return air_cli_error(cli, AIR_CLI_USAGE, "--baseline \"%s\": "
                             "VENDOR/MODEL of the price table", baseline);
    }

    rc = air_cli_prices_read(cli, prices, -1, &book);
    if (rc != AIR_CLI_OK) {
        return rc;
    }

    s.name = air_str_z(slash + 1);
    s.model = air_pricebook_find(book, air_str_n(baseline,
                                                 (size_t) (slash - baseline)),
                                 s.name);

    if (s.model == NULL) {
        return air_cli_error(cli, AIR_CLI_FAIL, "%s has no model \"%s\"",
                             prices, baseline);
    }

    rc = air_savings_run(&s, store, NULL, &err);

    if (rc != AIR_OK) {
        return air_cli_store_error(cli, store, rc, &err);
    }

    air_cli_table_init(&table, cli, air_savings_columns);

    for (i = 0; i < s.groups.n; i++) {
        air_cli_saving_row(&table, &s.row[i], s.row[i].workflow);
    }

    if (cli->format == AIR_CLI_TEXT) {
        air_cli_saving_row(&table, &s.total, air_str_z("total"));
    }

    rc = air_cli_table_end(&table);

    if (s.total.unpriced) {
        air_cli_error(cli, 0, "note: %s has no price for %" PRIu64
                      " tokens, which its sums do not hold", baseline,
                      s.total.unpriced);
    }

    if (s.total.unknown) {
        air_cli_error(cli, 0, "note: %" PRIu64 " records have an unknown "
                      "cost, which no sum holds", s.total.unknown);
    }

    if (s.total.pairs < AIR_SAVINGS_PAIRS) {
        air_cli_error(cli, 0, "note: %" PRIu64 " shadows of %s were compared, "
                      "%d are needed to tell how much of its quality is kept",
                      s.total.pairs, baseline, AIR_SAVINGS_PAIRS);
    }

    air_savings_free(&s);

    return rc;
}
