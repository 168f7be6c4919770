
/*
 * ai-router explain: what a running router would do with a request, asked of
 * itself by a dry run, so that the answer is the live decision's.
 */

#include "air_cli.h"
#include "../core/air_json.h"
#include "../fetch/air_fetch.h"

#include <stdlib.h>
#include <string.h>


#define AIR_CLI_EXPLAIN_BODY  (64 * 1024 * 1024)
#define AIR_CLI_EXPLAIN_KEY   4096
#define AIR_CLI_EXPLAIN_URL   "http://127.0.0.1:8080/v1/chat/completions"


static int air_cli_explain_key(air_cli_t *cli, const char *from,
    const char **header);
static air_str_t air_cli_explain_raw(const air_json_doc_t *doc,
    const air_json_node_t *object, const char *name);
static int air_cli_explain_rows(air_cli_t *cli, const air_json_doc_t *doc,
    air_cli_table_t *table, const char *list);
static void air_cli_explain_budgets(air_cli_t *cli,
    const air_json_doc_t *doc);
static int air_cli_explain_show(air_cli_t *cli, air_str_t text);


/* "env:NAME" or "file:PATH" to a header; the key is on no command line */
static int
air_cli_explain_key(air_cli_t *cli, const char *from, const char **header)
{
    int          rc;
    char        *line;
    size_t       size;
    air_str_t    key;

    rc = air_cli_secret(cli, "key", from, AIR_CLI_EXPLAIN_KEY, &key);

    if (rc != AIR_CLI_OK) {
        return rc;
    }

    size = sizeof("Authorization: Bearer ") + key.len;

    line = air_mem_get(&cli->mem, size);
    if (line == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    snprintf(line, size, "Authorization: Bearer %.*s", (int) key.len,
             (char *) key.data);
    *header = line;

    return AIR_CLI_OK;
}


/* a member as it stands in the text, a string without its quotes; empty when
   it is absent or null */
static air_str_t
air_cli_explain_raw(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name)
{
    const air_json_node_t  *node;

    node = air_json_get(doc, object, name);

    if (node == NULL || node->type == AIR_JSON_NULL) {
        return air_str_n("", 0);
    }

    return air_json_raw(doc, node);
}


static int
air_cli_explain_rows(air_cli_t *cli, const air_json_doc_t *doc,
    air_cli_table_t *table, const char *list)
{
    int                     used;
    unsigned                i;
    uint64_t                place;
    const air_json_node_t  *array, *row;

    static const char *const  members[] = {
        "vendor", "model", "tier", "reason", "state", "latency_ms",
        "throughput", "in_flight", "estimated_cost", "worst_cost"
    };

    array = air_json_get(doc, air_json_root(doc), list);

    if (array == NULL || array->type != AIR_JSON_ARRAY) {
        return air_cli_error(cli, AIR_CLI_FAIL,
                             "the answer is no plan: no \"%s\"", list);
    }

    used = strcmp(list, "candidates") == 0;
    place = 0;

    for (row = air_json_first(doc, array); row;
         row = air_json_next(doc, row))
    {
        if (used) {
            air_cli_cell_uint(table, ++place);

        } else {
            air_cli_cell_z(table, "");
        }

        for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
            air_cli_cell(table, air_cli_explain_raw(doc, row, members[i]));
        }
    }

    return AIR_CLI_OK;
}


/* what each budget that would count it has left */
static void
air_cli_explain_budgets(air_cli_t *cli, const air_json_doc_t *doc)
{
    unsigned                i;
    air_str_t               s[8];
    const air_json_node_t  *array, *row;

    static const char *const  members[] = {
        "scope", "name", "left", "amount", "period", "spent", "reserved",
        "resets_at"
    };

    array = air_json_get(doc, air_json_root(doc), "budgets");

    if (array == NULL || array->type != AIR_JSON_ARRAY) {
        return;
    }

    for (row = air_json_first(doc, array); row;
         row = air_json_next(doc, row))
    {
        for (i = 0; i < 8; i++) {
            s[i] = air_cli_explain_raw(doc, row, members[i]);
        }

        fprintf(cli->out, "%-18s %.*s%s%.*s: %.*s of %.*s USD/%.*s left, "
                "%.*s spent, %.*s reserved%s%.*s\n", "budget",
                (int) s[0].len, (char *) s[0].data, s[1].len ? " " : "",
                (int) s[1].len, (char *) s[1].data,
                (int) s[2].len, (char *) s[2].data,
                (int) s[3].len, (char *) s[3].data,
                (int) s[4].len, (char *) s[4].data,
                (int) s[5].len, (char *) s[5].data,
                (int) s[6].len, (char *) s[6].data,
                s[7].len ? ", resets " : "",
                (int) s[7].len, (char *) s[7].data);
    }
}


static int
air_cli_explain_show(air_cli_t *cli, air_str_t text)
{
    int                     rc;
    unsigned                i;
    air_str_t               s;
    air_json_doc_t          doc;
    air_cli_table_t         table;
    const air_json_node_t  *root;

    static const air_cli_column_t  columns[] = {
        { "place", AIR_CLI_NUMBER },
        { "vendor", AIR_CLI_LEFT },
        { "model", AIR_CLI_LEFT },
        { "tier", AIR_CLI_LEFT },
        { "reason", AIR_CLI_LEFT },
        { "state", AIR_CLI_LEFT },
        { "latency_ms", AIR_CLI_NUMBER },
        { "throughput", AIR_CLI_NUMBER },
        { "in_flight", AIR_CLI_NUMBER },
        { "estimated_cost", AIR_CLI_NUMBER },
        { "worst_cost", AIR_CLI_NUMBER },
        { NULL, AIR_CLI_LEFT }
    };

    static const char *const  facts[] = {
        "workflow", "model", "task", "learned", "input_tokens",
        "max_output_tokens", "max_attempts", "degraded_to", "worst_cost"
    };

    air_json_init(&doc, &cli->mem);

    if (air_json_scan(&doc, text, AIR_JSON_VENDOR, NULL) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_FAIL, "the answer is not JSON");
    }

    root = air_json_root(&doc);

    air_cli_table_init(&table, cli, columns);

    rc = air_cli_explain_rows(cli, &doc, &table, "candidates");

    if (rc == AIR_CLI_OK) {
        rc = air_cli_explain_rows(cli, &doc, &table, "left_out");
    }

    if (rc != AIR_CLI_OK) {
        return rc;
    }

    for (i = 0; cli->format == AIR_CLI_TEXT
                && i < sizeof(facts) / sizeof(facts[0]); i++)
    {
        s = air_cli_explain_raw(&doc, root, facts[i]);

        if (s.len) {
            fprintf(cli->out, "%-18s %.*s\n", facts[i], (int) s.len,
                    (char *) s.data);
        }
    }

    if (cli->format == AIR_CLI_TEXT) {
        air_cli_explain_budgets(cli, &doc);
        fputc('\n', cli->out);
    }

    return air_cli_table_end(&table);
}


int
air_cli_explain(air_cli_t *cli, int argc, char **argv)
{
    int                rc, code;
    const char        *body, *url, *key, *header;
    air_err_t          err;
    air_str_t          text;
    air_fetch_t        f;
    air_fetch_reply_t  r;

    const air_cli_option_t  options[] = {
        { "body", AIR_CLI_STRING, &body },
        { "url", AIR_CLI_STRING, &url },
        { "key", AIR_CLI_STRING, &key },
        { "header", AIR_CLI_STRING, &header },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    body = NULL;
    url = AIR_CLI_EXPLAIN_URL;
    key = NULL;
    header = NULL;

    rc = air_cli_options(cli, options, argc, argv, &code);

    if (rc < 0) {
        return code;
    }

    if (body == NULL || rc != 0) {
        return air_cli_error(cli, AIR_CLI_USAGE,
                             "wants --body FILE (\"-\": standard input)");
    }

    memset(&f, 0, sizeof(f));
    memset(&r, 0, sizeof(r));
    memset(&err, 0, sizeof(err));

    f.url = url;
    f.header[f.nheader++] = "X-AI-Dry-Run: 1";
    f.header[f.nheader++] = "Content-Type: application/json";

    if (strstr(url, "/messages") != NULL) {
        f.header[f.nheader++] = "anthropic-version: 2023-06-01";
    }

    if (header != NULL) {
        f.header[f.nheader++] = header;
    }

    if (key != NULL) {
        rc = air_cli_explain_key(cli, key, &f.header[f.nheader++]);

        if (rc != AIR_CLI_OK) {
            return rc;
        }
    }

    rc = air_cli_read(cli, body, AIR_CLI_EXPLAIN_BODY, &text);

    if (rc != AIR_CLI_OK) {
        return rc;
    }

    f.body = text;

    (void) air_fetch_init();
    rc = air_fetch(&f, &cli->mem, &r, &err);
    air_fetch_done();

    if (rc != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: %s", url,
                             r.error[0] ? r.error : "cannot be asked");
    }

    text = air_buf_view(&r.body);

    if (r.status != 200) {
        air_cli_error(cli, AIR_CLI_FAIL, "%s answered %ld", url, r.status);
        fprintf(cli->out, "%.*s\n", (int) text.len, (char *) text.data);
        return AIR_CLI_FAIL;
    }

    if (cli->format == AIR_CLI_JSON) {
        fprintf(cli->out, "%.*s\n", (int) text.len, (char *) text.data);
        return AIR_CLI_OK;
    }

    return air_cli_explain_show(cli, text);
}
