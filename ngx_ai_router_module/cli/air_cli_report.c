
/*
 * ai-router report: what it cost, by whom and for what.
 */

#include "air_cli_store.h"
#include "air_cli_quality.h"
#include "../store/air_report_write.h"

#include <inttypes.h>


#define AIR_CLI_REPORT_COLUMNS  (AIR_NBY + 14)


/* What follows the dimensions, in order. */
static const air_cli_column_t  air_report_columns[] = {
    { "cost_usd", AIR_CLI_NUMBER },
    { "share_percent", AIR_CLI_NUMBER },
    { "unsure_usd", AIR_CLI_NUMBER },
    { "unknown", AIR_CLI_NUMBER },
    { "requests", AIR_CLI_NUMBER },
    { "attempts", AIR_CLI_NUMBER },
    { "errors", AIR_CLI_NUMBER },
    { "fallbacks", AIR_CLI_NUMBER },
    { "escalated", AIR_CLI_NUMBER },
    { "input", AIR_CLI_NUMBER },
    { "output", AIR_CLI_NUMBER },
    { "cache_hits", AIR_CLI_NUMBER },
    { "saved_usd", AIR_CLI_NUMBER },
    { NULL, AIR_CLI_LEFT }
};


/* "vendor,model" into query->by. */
static int
air_cli_report_by(air_cli_t *cli, const char *list, air_report_query_t *query)
{
    int          by;
    size_t       len;
    unsigned     i;
    const char  *p;

    memset(query, 0, sizeof(air_report_query_t));

    for (p = list; /* void */ ; p += len + 1) {

        len = strcspn(p, ",");
        by = air_report_by(air_str_n(p, len));

        if (by == -1) {
            return air_cli_error(cli, AIR_CLI_USAGE, "--by \"%.*s\": vendor, "
                                 "model, workflow, maker, principal, team, "
                                 "tier, task, for, fault, hour, day, month, "
                                 "quarter or year",
                                 (int) len, p);
        }

        for (i = 0; i < query->nby; i++) {
            if ((int) query->by[i] == by) {
                return air_cli_error(cli, AIR_CLI_USAGE,
                                     "--by \"%.*s\" is there twice",
                                     (int) len, p);
            }
        }

        query->by[query->nby++] = (air_by_e) by;

        if (p[len] == '\0') {
            return AIR_CLI_OK;
        }
    }
}


static void
air_cli_report_row(air_cli_table_t *table, const air_sums_t *s,
    air_u128_t whole)
{
    char  text[48];

    air_cli_cell_z(table, air_report_usd(s->cost, text));
    air_cli_cell_z(table, air_report_share(s->cost, whole, text, sizeof(text)));
    air_cli_cell_z(table, air_report_usd(s->cost_unsure, text));
    air_cli_cell_uint(table, s->v[AIR_SUM_UNKNOWN]);
    air_cli_cell_uint(table, s->v[AIR_SUM_REQUESTS]);
    air_cli_cell_uint(table, s->v[AIR_SUM_ATTEMPTS]);
    air_cli_cell_uint(table, s->v[AIR_SUM_ERRORS]);
    air_cli_cell_uint(table, s->v[AIR_SUM_FALLBACKS]);
    air_cli_cell_uint(table, s->v[AIR_SUM_ESCALATED]);
    air_cli_cell_uint(table, air_sums_input(s));
    air_cli_cell_uint(table, air_sums_output(s));
    air_cli_cell_uint(table, s->v[AIR_SUM_HITS]);
    air_cli_cell_z(table, air_report_usd(s->v[AIR_SUM_SAVED], text));
}


static int
air_cli_report_table(air_cli_t *cli, const air_report_t *rep)
{
    size_t            i;
    unsigned          d, n;
    air_cli_table_t   table;
    air_cli_column_t  column[AIR_CLI_REPORT_COLUMNS];

    n = 0;

    for (d = 0; d < rep->query.nby; d++) {
        column[n].name = air_report_by_name(rep->query.by[d]);
        column[n++].align = AIR_CLI_LEFT;
    }

    memcpy(column + n, air_report_columns, sizeof(air_report_columns));

    air_cli_table_init(&table, cli, column);

    for (i = 0; i < rep->groups.n; i++) {

        for (d = 0; d < rep->query.nby; d++) {
            air_cli_cell(&table, air_report_cell(rep->row[i], d));
        }

        air_cli_report_row(&table, &rep->row[i]->sums, rep->total.cost);
    }

    if (rep->query.nby) {

        for (d = 0; d < rep->query.nby; d++) {
            air_cli_cell_z(&table, d ? "" : "total");
        }

        air_cli_report_row(&table, &rep->total, rep->total.cost);
    }

    return air_cli_table_end(&table);
}


static int
air_cli_report_write(air_cli_t *cli, const air_report_t *rep)
{
    int        rc;
    air_buf_t  b;

    air_buf_init(&b, &cli->mem, (size_t) 1 << 30);

    rc = cli->format == AIR_CLI_JSON ? air_report_json(rep, &b)
                                     : air_report_csv(rep, &b);

    if (rc != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    (void) fwrite(b.data, 1, b.len, cli->out);

    return AIR_CLI_OK;
}


/* What a reader of the figures must know, on standard error. */
static void
air_cli_report_notes(air_cli_t *cli, const char *store,
    const air_report_t *rep)
{
    if (rep->total.v[AIR_SUM_UNKNOWN]) {
        air_cli_error(cli, 0, "note: %" PRIu64 " records have an unknown "
                      "cost, which no sum holds",
                      rep->total.v[AIR_SUM_UNKNOWN]);
    }

    if (rep->bad) {
        air_cli_error(cli, 0, "warning: %" PRIu64 " records of the journal "
                      "are damaged or missing, see \"ai-router ledger "
                      "verify\"", rep->bad);
    }

    if (rep->journal_only && rep->tail) {
        air_cli_error(cli, 0, "note: %s/data.mdb is absent or damaged: the "
                      "journal was read instead", store);
    }
}


int
air_cli_report(air_cli_t *cli, int argc, char **argv)
{
    int                  code, rc, known, quality;
    char                 from_text[32], to_text[32];
    air_err_t            err;
    const char          *store, *from, *to, *last, *this, *by, *baseline;
    const char          *prices, *html;
    air_report_t         rep;
    air_report_query_t   query;
    air_topology_file_t  topo;

    const air_cli_option_t  options[] = {
        { "store", AIR_CLI_STRING, &store },
        { "from", AIR_CLI_STRING, &from },
        { "to", AIR_CLI_STRING, &to },
        { "last", AIR_CLI_STRING, &last },
        { "this", AIR_CLI_STRING, &this },
        { "by", AIR_CLI_STRING, &by },
        { "quality", AIR_CLI_FLAG, &quality },
        { "baseline", AIR_CLI_STRING, &baseline },
        { "prices", AIR_CLI_STRING, &prices },
        { "html", AIR_CLI_STRING, &html },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    store = AIR_CLI_STORE;
    from = to = last = this = NULL;
    by = NULL;
    baseline = NULL;
    prices = NULL;
    html = NULL;
    quality = 0;

    rc = air_cli_options(cli, options, argc, argv, &code);
    if (rc == -1) {
        return code;
    }

    if (rc > 0) {
        return air_cli_error(cli, AIR_CLI_USAGE, "takes no \"%s\"", argv[1]);
    }

    if (by == NULL) {
        by = quality ? "workflow,model,task" : "vendor,model";
    }

    code = air_cli_report_by(cli, by, &query);

    if (code == AIR_CLI_OK && air_report_clash(&query)) {
        code = air_cli_error(cli, AIR_CLI_USAGE, "--by: only one of these: "
                             "principal, team and tier; task and for; fault");
    }

    if (code == AIR_CLI_OK) {
        code = air_cli_range(cli, from, to, last, this, &query.from_ms,
                             &query.to_ms);
    }

    if (code != AIR_CLI_OK) {
        return code;
    }

    if (html != NULL) {
        return air_cli_html(cli, store, html, prices, baseline, &query);
    }

    if (baseline != NULL) {
        return air_cli_savings(cli, store, prices != NULL ? prices
                                                          : "prices.json",
                               baseline, &query);
    }

    if (quality) {
        return air_cli_quality(cli, store, &query);
    }

    /* who makes a model: without it its name may still tell */

    known = air_topology_read(&topo, store, &err) == AIR_OK;
    query.topo = known ? &topo.topo : NULL;

    rc = air_report_run(&rep, store, NULL, &query, &err);

    if (known) {
        air_topology_free(&topo);
        rep.query.topo = NULL;
    }

    if (rc != AIR_OK) {
        return air_cli_store_error(cli, store, rc, &err);
    }

    if (cli->format != AIR_CLI_TEXT) {
        code = air_cli_report_write(cli, &rep);

    } else {
        fprintf(cli->out, "%s to %s\n\n",
                rep.query.from_ms == 0 ? "the beginning"
                : air_cli_time(rep.query.from_ms, from_text),
                rep.query.to_ms == INT64_MAX ? "now"
                : air_cli_time(rep.query.to_ms, to_text));

        code = air_cli_report_table(cli, &rep);
    }

    air_cli_report_notes(cli, store, &rep);
    air_report_free(&rep);

    return code;
}
