
/*
 * ai-router prices: brings public price tables into our own file, lists it
 * and checks it.  Nothing is fetched here.
 */

#include "air_cli.h"
#include "air_cli_feed.h"
#include "air_cli_quality.h"
#include "../core/air_pricebook.h"

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>


#define AIR_PRICES_LIMIT    (64 * 1024 * 1024)
#define AIR_PRICES_DEFAULT  "prices.json"


/* What an import did, while it is told. */
typedef struct {
    air_cli_t  *cli;
    unsigned    n[AIR_NMERGE];
    int         verbose;
} air_cli_digest_t;


/* Findings of a check. */
typedef struct {
    air_cli_t   *cli;
    const char  *path;
    unsigned     n;
} air_cli_lint_t;


int
air_cli_prices_read(air_cli_t *cli, const char *path, int format,
    air_pricebook_t **book)
{
    int                    rc;
    air_str_t              text;
    air_pricebook_error_t  error;

    rc = air_cli_read(cli, path, AIR_PRICES_LIMIT, &text);
    if (rc != AIR_CLI_OK) {
        return rc;
    }

    if (format < 0) {
        format = air_pricebook_detect(text);
    }

    /* text that is no table at all is told as a broken one of ours */
    if (format < 0) {
        format = AIR_PRICES_OURS;
    }

    rc = air_pricebook_read(book, text, format, &cli->mem, &error);

    if (rc == AIR_ENOMEM) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    if (rc != AIR_OK) {
        fprintf(cli->err, "%s:%u: %s\n", path, error.line, error.text);
        return AIR_CLI_FAIL;
    }

    return AIR_CLI_OK;
}


/* "openai/gpt-5" into text[size] */
static const char *
air_cli_prices_name(const air_model_t *m, char *text, size_t size)
{
    size_t  i;

    snprintf(text, size, "%.*s/%.*s", (int) m->vendor.len, m->vendor.data,
             (int) m->model.len, m->model.data);

    for (i = 0; text[i] != '\0'; i++) {
        if ((unsigned char) text[i] < 0x20 || text[i] == 0x7f) {
            text[i] = '?';
        }
    }

    return text;
}


/* "1.25 / 10" into text: input and output a million tokens */
static const char *
air_cli_prices_rates(air_cli_t *cli, const air_model_t *m, int64_t now,
    char *text, size_t size)
{
    unsigned            i;
    air_buf_t           b;
    const air_price_t  *p;

    static const unsigned  classes[] = { AIR_IN, AIR_OUT };

    p = air_model_price(m, now);
    air_buf_init(&b, &cli->mem, 200);

    for (i = 0; i < 2; i++) {

        if (i != 0) {
            air_buf_z(&b, " / ");
        }

        if (p == NULL || p->rate[0][classes[i]] == AIR_UNKNOWN) {
            air_buf_byte(&b, '?');

        } else {
            air_buf_pusd(&b, p->rate[0][classes[i]] * 1000000);
        }
    }

    snprintf(text, size, "%.*s", (int) b.len, (char *) b.data);

    return text;
}


static int64_t
air_cli_now(void)
{
    return (int64_t) time(NULL) * 1000;
}


static void
air_cli_prices_note(void *ud, air_merge_e what, const air_model_t *old,
    const air_model_t *model, const char *why)
{
    char               name[300], from[100], to[100];
    int64_t            now;
    air_cli_digest_t  *digest = ud;

    digest->n[what]++;

    if (what == AIR_MERGE_SAME || what == AIR_MERGE_KEPT
        || what == AIR_MERGE_OWN
        || (what == AIR_MERGE_NEW && !digest->verbose))
    {
        return;
    }

    now = air_cli_now();

    air_cli_prices_name(old != NULL ? old : model, name, sizeof(name));
    air_cli_prices_rates(digest->cli, old, now, from, sizeof(from));
    air_cli_prices_rates(digest->cli, model, now, to, sizeof(to));

    switch (what) {

    case AIR_MERGE_NEW:
        fprintf(digest->cli->out, "new      %s: %s\n", name, to);
        break;

    case AIR_MERGE_CHANGED:
        fprintf(digest->cli->out, "changed  %s: %s -> %s%s%s\n", name, from,
                to, why != NULL ? ", forced: " : "", why != NULL ? why : "");
        break;

    case AIR_MERGE_HELD:
        fprintf(digest->cli->out, "held     %s: %s -> %s: %s\n", name, from,
                to, why);
        break;

    default:
        fprintf(digest->cli->out, "gone     %s: %s\n", name, from);
    }
}


static int
air_cli_prices_format(air_cli_t *cli, const char *name)
{
    int  i;

    if (name == NULL) {
        return -1;
    }

    for (i = 0; air_pricebook_format(i) != NULL; i++) {
        if (strcmp(name, air_pricebook_format(i)) == 0) {
            return i;
        }
    }

    air_cli_error(cli, AIR_CLI_USAGE, "unknown format \"%s\", there are ours, "
                  "litellm, openrouter, models.dev and genai", name);

    return -2;
}


static void
air_cli_prices_skipped(air_cli_t *cli, const char *path,
    const air_pricebook_t *book)
{
    unsigned                      i, n;
    const air_pricebook_error_t  *skipped;

    n = air_pricebook_skipped(book, &skipped);

    for (i = 0; i < n; i++) {
        fprintf(cli->out, "left out %s:%u: %s\n", path, skipped[i].line,
                skipped[i].text);
    }
}


static int
air_cli_prices_store(air_cli_t *cli, const air_pricebook_t *book,
    const char *path)
{
    air_buf_t  b;

    air_buf_init(&b, &cli->mem, (size_t) AIR_PRICES_LIMIT);

    if (air_pricebook_write(book, &b) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "the table is too large");
    }

    return air_cli_write(cli, path, air_buf_view(&b));
}


static int
air_cli_prices_import(air_cli_t *cli, int argc, char **argv)
{
    int                format, code, keep, force, dry;
    const char        *format_name, *to;
    air_merge_t        merge;
    air_pricebook_t   *old, *book, *merged;
    air_cli_digest_t   digest;

    memset(&merge, 0, sizeof(merge));
    memset(&digest, 0, sizeof(digest));

    format_name = NULL;
    to = AIR_PRICES_DEFAULT;
    old = NULL;
    keep = 0;
    force = 0;
    dry = 0;

    const air_cli_option_t  options[] = {
        { "format", AIR_CLI_STRING, &format_name },
        { "to", AIR_CLI_STRING, &to },
        { "merge", AIR_CLI_FLAG, &keep },
        { "force", AIR_CLI_FLAG, &force },
        { "dry-run", AIR_CLI_FLAG, &dry },
        { "verbose", AIR_CLI_FLAG, &digest.verbose },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    switch (air_cli_options(cli, options, argc, argv, &code)) {

    case -1:
        return code;

    case 1:
        break;

    default:
        return air_cli_error(cli, AIR_CLI_USAGE, "needs one FILE, see --help");
    }

    format = air_cli_prices_format(cli, format_name);
    if (format == -2) {
        return AIR_CLI_USAGE;
    }

    code = air_cli_prices_read(cli, argv[1], format, &book);
    if (code != AIR_CLI_OK) {
        return code;
    }

    if (access(to, F_OK) == 0) {
        code = air_cli_prices_read(cli, to, AIR_PRICES_OURS, &old);
        if (code != AIR_CLI_OK) {
            return code;
        }
    }

    digest.cli = cli;
    merge.now_ms = air_cli_now();
    merge.note = air_cli_prices_note;
    merge.ud = &digest;
    merge.keep = keep;
    merge.force = force;

    air_cli_prices_skipped(cli, argv[1], book);

    if (air_pricebook_merge(&merged, old, book, &merge, &cli->mem) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    fprintf(cli->out, "%u new, %u changed, %u the same, %u held, %u gone, "
            "%u kept: %u models in %s%s\n", digest.n[AIR_MERGE_NEW],
            digest.n[AIR_MERGE_CHANGED], digest.n[AIR_MERGE_SAME],
            digest.n[AIR_MERGE_HELD], digest.n[AIR_MERGE_GONE],
            digest.n[AIR_MERGE_KEPT], air_pricebook_count(merged), to,
            dry ? " (not written)" : "");

    if (digest.n[AIR_MERGE_HELD] != 0) {
        fprintf(cli->out, "held prices stay as they were; look at them, then "
                "import again with --force\n");
    }

    return dry ? AIR_CLI_OK : air_cli_prices_store(cli, merged, to);
}


static void
air_cli_prices_cell(air_cli_table_t *table, uint64_t rate)
{
    if (rate == AIR_UNKNOWN) {
        air_cli_cell_z(table, "");
        return;
    }

    /* pUSD a token are micro-dollars a million */
    air_cli_cell_pusd(table, rate * 1000000);
}


static void
air_cli_prices_row(air_cli_table_t *table, const air_model_t *m,
    const air_price_t *p)
{
    char  time[32];

    air_cli_cell(table, m->vendor);
    air_cli_cell(table, m->model);

    if (p == NULL) {
        air_cli_prices_cell(table, AIR_UNKNOWN);
        air_cli_prices_cell(table, AIR_UNKNOWN);
        air_cli_prices_cell(table, AIR_UNKNOWN);
        air_cli_prices_cell(table, AIR_UNKNOWN);

    } else {
        air_cli_prices_cell(table, p->zero ? AIR_UNKNOWN
                                           : p->rate[0][AIR_IN]);
        air_cli_prices_cell(table, p->zero ? AIR_UNKNOWN
                                           : p->rate[0][AIR_IN_CACHE_READ]);
        air_cli_prices_cell(table, p->zero ? AIR_UNKNOWN
                                           : p->rate[0][AIR_IN_CACHE_WRITE]);
        air_cli_prices_cell(table, p->zero ? AIR_UNKNOWN
                                           : p->rate[0][AIR_OUT]);
    }

    if (m->context == 0) {
        air_cli_cell_z(table, "");

    } else {
        air_cli_cell_uint(table, m->context);
    }

    air_cli_cell_z(table, p == NULL || p->from_ms == INT64_MIN
                          ? "" : air_cli_time(p->from_ms, time));
    air_cli_cell_z(table, p == NULL || p->to_ms == INT64_MAX
                          ? "" : air_cli_time(p->to_ms, time));
    air_cli_cell(table, m->as_of);
}


static int
air_cli_prices_list(air_cli_t *cli, int argc, char **argv)
{
    int                 code, all;
    unsigned            i, k, rows;
    const char         *file, *vendor, *model;
    air_str_t           name;
    air_cli_table_t     table;
    const air_price_t  *now;
    const air_model_t  *m, *one;
    air_pricebook_t    *book;

    file = AIR_PRICES_DEFAULT;
    vendor = NULL;
    model = NULL;
    one = NULL;
    all = 0;
    rows = 0;

    const air_cli_option_t  options[] = {
        { "file", AIR_CLI_STRING, &file },
        { "vendor", AIR_CLI_STRING, &vendor },
        { "model", AIR_CLI_STRING, &model },
        { "all", AIR_CLI_FLAG, &all },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    static const air_cli_column_t  columns[] = {
        { "vendor", AIR_CLI_LEFT },
        { "model", AIR_CLI_LEFT },
        { "input", AIR_CLI_NUMBER },
        { "cache_read", AIR_CLI_NUMBER },
        { "cache_write", AIR_CLI_NUMBER },
        { "output", AIR_CLI_NUMBER },
        { "context", AIR_CLI_NUMBER },
        { "from", AIR_CLI_LEFT },
        { "to", AIR_CLI_LEFT },
        { "as_of", AIR_CLI_LEFT },
        { NULL, AIR_CLI_LEFT }
    };

    switch (air_cli_options(cli, options, argc, argv, &code)) {

    case -1:
        return code;

    case 0:
        break;

    default:
        return air_cli_error(cli, AIR_CLI_USAGE, "takes no FILE, use --file");
    }

    code = air_cli_prices_read(cli, file, AIR_PRICES_OURS, &book);
    if (code != AIR_CLI_OK) {
        return code;
    }

    air_cli_table_init(&table, cli, columns);

    for (i = 0; i < air_pricebook_count(book); i++) {
        m = air_pricebook_at(book, i);

        if (vendor != NULL) {
            name = air_pricebook_vendor(air_str_z(vendor));

            if (!air_str_eq(m->vendor, name)
                && !air_str_eqz(m->vendor, vendor))
            {
                continue;
            }
        }

        if (model != NULL) {
            one = air_pricebook_find(book, m->vendor, air_str_z(model));

            if (one != m) {
                continue;
            }
        }

        rows++;
        now = air_model_price(m, air_cli_now());

        if (!all) {
            air_cli_prices_row(&table, m, now);
            continue;
        }

        for (k = 0; k < m->nprice; k++) {
            air_cli_prices_row(&table, m, &m->price[k]);
        }
    }

    code = air_cli_table_end(&table);

    /* nothing found is told by the exit code, too */
    return code == AIR_CLI_OK && rows == 0 ? AIR_CLI_FAIL : code;
}


static void
air_cli_prices_say(void *ud, const air_model_t *model, const char *text)
{
    char             name[300];
    air_cli_lint_t  *lint = ud;

    lint->n++;

    fprintf(lint->cli->out, "%s:%u: %s: %s\n", lint->path, model->line,
            air_cli_prices_name(model, name, sizeof(name)), text);
}


static int
air_cli_prices_check(air_cli_t *cli, int argc, char **argv)
{
    int               n, code;
    unsigned          i;
    const char       *format_name;
    air_cli_lint_t    lint;
    air_pricebook_t  *book;

    format_name = NULL;

    const air_cli_option_t  options[] = {
        { "format", AIR_CLI_STRING, &format_name },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    n = air_cli_options(cli, options, argc, argv, &code);
    if (n == -1) {
        return code;
    }

    if (n != 1) {
        return air_cli_error(cli, AIR_CLI_USAGE, "needs one FILE, see --help");
    }

    n = air_cli_prices_format(cli, format_name);
    if (n == -2) {
        return AIR_CLI_USAGE;
    }

    code = air_cli_prices_read(cli, argv[1], n, &book);
    if (code != AIR_CLI_OK) {
        return code;
    }

    lint.cli = cli;
    lint.path = argv[1];
    lint.n = 0;

    for (i = 0; i < air_pricebook_count(book); i++) {
        air_pricebook_lint(air_pricebook_at(book, i), air_cli_prices_say,
                           &lint);
    }

    air_cli_prices_skipped(cli, argv[1], book);

    fprintf(cli->out, "%s: %u models, %u findings\n", argv[1],
            air_pricebook_count(book), lint.n);

    return lint.n == 0 ? AIR_CLI_OK : AIR_CLI_FAIL;
}


static const air_cli_command_t  air_cli_prices_commands[] = {

    { "import", "FILE [--format F] [--to prices.json] [--merge] [--force] "
      "[--dry-run] [--verbose]", "a public price table into our file",
      "Reads FILE (\"-\": standard input), whose format it finds out: ours,\n"
      "litellm, openrouter, models.dev or genai.  Tells what changes and\n"
      "replaces the file named by --to at once.  A rate that changes begins\n"
      "now; the old one stays for what was used before.\n\n"
      "  --merge     models that only the old file has stay\n"
      "  --force     take rates, too, that moved more than ten times, became\n"
      "              0 or are missing; without it the old ones are held\n"
      "  --dry-run   write nothing\n"
      "  --verbose   tell of every new model\n",
      air_cli_prices_import },

    { "list", "[--file prices.json] [--vendor V] [--model M] [--all] "
      "[--json|--csv]", "prices that hold now, USD a million tokens",
      "  --all       past and future prices, too\n"
      "\nExits with 1 when nothing is found.\n",
      air_cli_prices_list },

    { "check", "FILE [--format F]", "what is wrong or odd in a file",
      "Prints FILE:LINE: and what is wrong.  Exits with 0 when nothing is,\n"
      "with 1 when something is, with 2 when FILE cannot be read.\n",
      air_cli_prices_check },

    { "pull", "[FEED|URL] [--to prices.json] [--check FEED] [--differ N] "
      "[--format F] [--ca FILE] [--timeout S] [--force] [--dry-run]",
      "fetches a public price table into our file",
      "FEED is litellm (unless said), openrouter, models.dev or genai-prices;\n"
      "a URL needs --format.  Models of the file that are from no feed, and\n"
      "those that the feed does not have, stay as they are.\n\n"
      "  --check FEED  hold back what this one knows otherwise\n"
      "  --differ N    percent that the two may be apart, 25\n"
      "  --ca FILE     certificates to trust instead of the system's\n"
      "  --timeout S   seconds for each table, 60\n"
      "  --force       hold back nothing\n"
      "  --dry-run     write nothing\n"
      "\nExits with 1, the file as it was, when the feed is no good.\n",
      air_cli_prices_pull },

    { "digest", "[--store DIR] [--json]",
      "what the router's feed of prices changed last",
      "Prices, USD a million tokens, before and after; what was held back and\n"
      "why; workflows whose targets have another order by price.\n",
      air_cli_prices_digest },

    { "accept", "[--store DIR]",
      "prices that wait (ai_feed with apply=review) hold from now on", NULL,
      air_cli_prices_accept },

    { NULL, NULL, NULL, NULL, NULL }
};


int
air_cli_prices(air_cli_t *cli, int argc, char **argv)
{
    return air_cli_dispatch(cli, air_cli_prices_commands, argc - 1, argv + 1);
}
