
/*
 * ai-router prices pull, digest, accept, and feeds: the same feeds that the
 * router fetches by itself (ai_feed), by hand, and how they went there.
 */

#include "air_cli.h"
#include "air_cli_feed.h"
#include "air_cli_quality.h"
#include "air_cli_store.h"
#include "../core/air_jtree.h"
#include "../fetch/air_pull.h"
#include "../store/air_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>


#define AIR_FEED_PRICES_FILE  "prices.json"
#define AIR_FEED_TABLE        (64 * 1024 * 1024)


typedef struct {
    const char  *to;
    const char  *check;
    const char  *format;
    const char  *ca;
    uint64_t     differ;
    uint64_t     timeout;
    int          force;
    int          dry;
} air_cli_pull_t;


/* The feed that is called so, or that has that format. */
static const air_feed_t *
air_cli_feed_find(const char *name)
{
    unsigned           i;
    const air_feed_t  *feed;

    for (i = 0; (feed = air_feed_at(AIR_FEED_PRICES, i)) != NULL; i++) {
        if (strcmp(feed->name, name) == 0
            || strcmp(air_pricebook_format(feed->format), name) == 0)
        {
            return feed;
        }
    }

    return NULL;
}


/* What is to be fetched; AIR_CLI_OK, or tells the user. */
static int
air_cli_pull_what(air_cli_t *cli, const air_cli_pull_t *opt, const char *what,
    air_pull_t *pull)
{
    memset(pull, 0, sizeof(air_pull_t));

    pull->feed = air_cli_feed_find(what);

    if (pull->feed == NULL && strstr(what, "://") != NULL) {

        if (opt->format == NULL) {
            return air_cli_error(cli, AIR_CLI_USAGE, "a URL needs --format: "
                                 "litellm, openrouter, models.dev or genai");
        }

        if (!air_feed_url(air_str_z(what))) {
            return air_cli_error(cli, AIR_CLI_USAGE, "\"%s\" is not fetched "
                                 "from: use https", what);
        }

        pull->url = what;
        pull->feed = air_cli_feed_find(opt->format);
        what = opt->format;
    }

    if (pull->feed == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no feed is called \"%s\", "
                             "there are litellm, openrouter, models.dev and "
                             "genai-prices", what);
    }

    if (opt->check != NULL) {
        pull->check = air_cli_feed_find(opt->check);

        if (pull->check == NULL || pull->check == pull->feed) {
            return air_cli_error(cli, AIR_CLI_USAGE, "--check needs another "
                                 "feed: litellm, openrouter, models.dev or "
                                 "genai-prices");
        }
    }

    pull->differ = (unsigned) opt->differ;
    pull->ca_file = opt->ca;
    pull->force = opt->force;
    pull->total_ms = (long) opt->timeout * 1000;
    pull->now_ms = air_cli_now();

    return AIR_CLI_OK;
}


static void
air_cli_pull_tell(air_cli_t *cli, const air_digest_t *digest)
{
    air_buf_t                b;
    const air_digest_row_t  *row;

    for (row = digest->rows; row != NULL; row = row->next) {
        air_buf_init(&b, &cli->mem, 2048);

        if (air_digest_row(&b, row) == AIR_OK) {
            fprintf(cli->out, "%-8s %.*s\n",
                    row->what == AIR_MERGE_HELD ? "held" : "changed",
                    (int) b.len, (char *) b.data);
        }
    }
}


int
air_cli_prices_pull(air_cli_t *cli, int argc, char **argv)
{
    int                n, code;
    uint64_t           retry_ms;
    air_buf_t          b;
    air_pull_t         pull;
    air_pull_e         result;
    air_digest_t       digest;
    air_cli_pull_t     opt;
    air_pricebook_t   *old, *merged;
    air_feed_state_t   state;

    memset(&opt, 0, sizeof(opt));
    memset(&state, 0, sizeof(state));
    opt.to = AIR_FEED_PRICES_FILE;
    opt.differ = AIR_FEED_DIFFER;
    opt.timeout = 60;
    old = NULL;

    const air_cli_option_t  options[] = {
        { "to", AIR_CLI_STRING, &opt.to },
        { "check", AIR_CLI_STRING, &opt.check },
        { "differ", AIR_CLI_UINT, &opt.differ },
        { "format", AIR_CLI_STRING, &opt.format },
        { "ca", AIR_CLI_STRING, &opt.ca },
        { "timeout", AIR_CLI_UINT, &opt.timeout },
        { "force", AIR_CLI_FLAG, &opt.force },
        { "dry-run", AIR_CLI_FLAG, &opt.dry },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    n = air_cli_options(cli, options, argc, argv, &code);

    if (n == -1) {
        return code;
    }

    if (n > 1 || opt.differ == 0 || opt.differ > 900
        || opt.timeout == 0 || opt.timeout > 600)
    {
        return air_cli_error(cli, AIR_CLI_USAGE, "takes one FEED or URL, "
                             "--differ from 1 to 900, --timeout to 600");
    }

    code = air_cli_pull_what(cli, &opt, n == 1 ? argv[1] : "litellm", &pull);
    if (code != AIR_CLI_OK) {
        return code;
    }

    if (access(opt.to, F_OK) == 0) {
        code = air_cli_prices_read(cli, opt.to, AIR_PRICES_OURS, &old);
        if (code != AIR_CLI_OK) {
            return code;
        }
    }

    if (air_fetch_init() != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "libcurl cannot be used");
    }

    air_digest_init(&digest, pull.now_ms, &cli->mem);
    result = air_pull_prices(&pull, old, &state, &cli->mem, &digest, &merged,
                             &retry_ms);
    air_fetch_done();

    if (result != AIR_PULL_NEW) {
        return air_cli_error(cli, AIR_CLI_FAIL, "%s; \"%s\" stays as it was",
                             state.said, opt.to);
    }

    air_cli_pull_tell(cli, &digest);
    fprintf(cli->out, "%s%s\n", state.said, opt.dry ? " (not written)" : "");

    if (digest.n[AIR_MERGE_HELD] != 0) {
        fprintf(cli->out, "held prices stay as they were; look at them, then "
                "pull again with --force\n");
    }

    if (opt.dry) {
        return AIR_CLI_OK;
    }

    air_buf_init(&b, &cli->mem, (size_t) AIR_FEED_TABLE);

    if (air_pricebook_write(merged, &b) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "the table is too large");
    }

    return air_cli_write(cli, opt.to, air_buf_view(&b));
}


/* ---- what the router has fetched ---------------------------------------- */

static int
air_cli_feed_load(air_cli_t *cli, const char *store, const char *name,
    air_str_t *text)
{
    int        rc;
    char       path[1024];
    air_err_t  err;

    snprintf(path, sizeof(path), "%s/feeds/%s", store, name);

    if (access(path, R_OK) == -1 && errno == ENOENT) {
        return AIR_CLI_FAIL;
    }

    err.reason = "";
    rc = air_folder_load(store, "feeds", name, &cli->mem, text, &err);

    if (rc != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: %s", path,
                             rc == AIR_ENOMEM ? "no memory" : err.reason);
    }

    return AIR_CLI_OK;
}


static const char *
air_cli_feed_text(air_cli_t *cli, const air_jnode_t *object, const char *name)
{
    size_t              i;
    char               *text;
    const air_jnode_t  *node;

    node = air_jtree_get(object, name);

    if (node == NULL || node->type != AIR_JSON_STRING) {
        return "";
    }

    text = air_mem_get(&cli->mem, node->text.len + 1);

    if (text == NULL) {
        return "";
    }

    for (i = 0; i < node->text.len; i++) {
        text[i] = (char) (node->text.data[i] < 0x20
                          || node->text.data[i] > 0x7e ? '?'
                                                       : node->text.data[i]);
    }

    text[i] = '\0';

    return text;
}


/* "1.25 -> 2" of a pair */
static void
air_cli_digest_pair(air_cli_t *cli, const air_jnode_t *row, const char *name)
{
    const air_jnode_t  *node;

    fprintf(cli->out, ", %s", name);

    node = air_jtree_array(air_jtree_get(row, name));

    for ( /* void */ ; node != NULL; node = node->next) {
        fprintf(cli->out, " %.*s%s",
                node->type == AIR_JSON_NUMBER ? (int) node->text.len : 7,
                node->type == AIR_JSON_NUMBER ? (char *) node->text.data
                                              : "unknown",
                node->next != NULL ? " ->" : "");
    }
}


static void
air_cli_digest_rows(air_cli_t *cli, const air_jnode_t *root, const char *name)
{
    const char         *why;
    const air_jnode_t  *row;

    row = air_jtree_array(air_jtree_get(root, name));

    for ( /* void */ ; row != NULL; row = row->next) {
        fprintf(cli->out, "%-8s %s/%s", name,
                air_cli_feed_text(cli, row, "vendor"),
                air_cli_feed_text(cli, row, "model"));
        air_cli_digest_pair(cli, row, "input");
        air_cli_digest_pair(cli, row, "output");

        why = air_cli_feed_text(cli, row, "why");
        fprintf(cli->out, "%s%s\n", *why ? ": " : "", why);
    }
}


int
air_cli_prices_digest(air_cli_t *cli, int argc, char **argv)
{
    int                 code;
    air_str_t           text;
    const char         *store;
    air_jtree_t         tree;
    const air_jnode_t  *order, *review;

    store = AIR_CLI_STORE;

    const air_cli_option_t  options[] = {
        { "store", AIR_CLI_STRING, &store },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    switch (air_cli_options(cli, options, argc, argv, &code)) {

    case -1:
        return code;

    case 0:
        break;

    default:
        return air_cli_error(cli, AIR_CLI_USAGE, "takes no argument");
    }

    code = air_cli_feed_load(cli, store, "digest.json", &text);

    if (code == AIR_CLI_FAIL) {
        return air_cli_error(cli, AIR_CLI_FAIL, "no feed has changed prices "
                             "in \"%s\" yet", store);
    }

    if (code != AIR_CLI_OK) {
        return code;
    }

    if (cli->format == AIR_CLI_JSON) {
        fwrite(text.data, 1, text.len, cli->out);
        return AIR_CLI_OK;
    }

    if (air_jtree_parse(&tree, text) != AIR_OK) {
        air_jtree_free(&tree);
        return air_cli_error(cli, AIR_CLI_FAIL, "\"%s/feeds/digest.json\" is "
                             "broken", store);
    }

    review = air_jtree_get(tree.root, "review");

    fprintf(cli->out, "%s of %s, USD a million tokens%s\n",
            air_cli_feed_text(cli, tree.root, "feed"),
            air_cli_feed_text(cli, tree.root, "time"),
            review != NULL && review->type == AIR_JSON_TRUE
            ? "; waits for \"ai-router prices accept\"" : "");

    air_cli_digest_rows(cli, tree.root, "changed");
    air_cli_digest_rows(cli, tree.root, "held");

    order = air_jtree_array(air_jtree_get(tree.root, "orders"));

    for ( /* void */ ; order != NULL; order = order->next) {
        fprintf(cli->out, "order    %s: %s -> %s\n",
                air_cli_feed_text(cli, order, "workflow"),
                air_cli_feed_text(cli, order, "was"),
                air_cli_feed_text(cli, order, "is"));
    }

    air_jtree_free(&tree);

    return AIR_CLI_OK;
}


int
air_cli_prices_accept(air_cli_t *cli, int argc, char **argv)
{
    int                    code;
    char                   path[1024];
    air_str_t              text;
    air_err_t              err;
    const char            *store;
    air_pricebook_t       *book;
    air_pricebook_error_t  error;

    store = AIR_CLI_STORE;

    const air_cli_option_t  options[] = {
        { "store", AIR_CLI_STRING, &store },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    switch (air_cli_options(cli, options, argc, argv, &code)) {

    case -1:
        return code;

    case 0:
        break;

    default:
        return air_cli_error(cli, AIR_CLI_USAGE, "takes no argument");
    }

    code = air_cli_feed_load(cli, store, "review.json", &text);

    if (code == AIR_CLI_FAIL) {
        return air_cli_error(cli, AIR_CLI_FAIL, "nothing waits in \"%s\"",
                             store);
    }

    if (code != AIR_CLI_OK) {
        return code;
    }

    if (air_pricebook_read(&book, text, AIR_PRICES_OURS, &cli->mem, &error)
        != AIR_OK)
    {
        return air_cli_error(cli, AIR_CLI_FAIL, "%s/feeds/review.json:%u: %s",
                             store, error.line, error.text);
    }

    if (air_folder_write(store, "feeds", "prices.json", text, &err) != AIR_OK)
    {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s/feeds: %s", store,
                             err.reason);
    }

    snprintf(path, sizeof(path), "%s/feeds/review.json", store);
    (void) unlink(path);

    fprintf(cli->out, "%u models hold now; workers read them within "
            "seconds\n", air_pricebook_count(book));

    return AIR_CLI_OK;
}


static int
air_cli_feed_order(const void *one, const void *two)
{
    return strcmp(*(char *const *) one, *(char *const *) two);
}


/* The names of what is remembered of feeds, in order. */
static unsigned
air_cli_feed_names(const char *store, char **names, unsigned max)
{
    DIR            *dir;
    char            path[1024];
    size_t          len;
    unsigned        n;
    struct dirent  *entry;

    snprintf(path, sizeof(path), "%s/feeds", store);
    dir = opendir(path);
    n = 0;

    if (dir == NULL) {
        return 0;
    }

    while (n < max && (entry = readdir(dir)) != NULL) {
        len = strlen(entry->d_name);

        if (entry->d_name[0] != '.' && len > 6
            && strcmp(entry->d_name + len - 6, ".state") == 0)
        {
            names[n] = strdup(entry->d_name);
            n += names[n] != NULL;
        }
    }

    closedir(dir);
    qsort(names, n, sizeof(char *), air_cli_feed_order);

    return n;
}


int
air_cli_feeds(air_cli_t *cli, int argc, char **argv)
{
    int                code;
    char              *names[256], time[32];
    unsigned           i, n;
    air_str_t          text;
    const char        *store;
    air_cli_table_t    table;
    air_feed_state_t   state;

    static const air_cli_column_t  columns[] = {
        { "feed", AIR_CLI_LEFT },
        { "good", AIR_CLI_LEFT },
        { "tried", AIR_CLI_LEFT },
        { "models", AIR_CLI_NUMBER },
        { "said", AIR_CLI_LEFT },
        { NULL, AIR_CLI_LEFT }
    };

    store = AIR_CLI_STORE;

    const air_cli_option_t  options[] = {
        { "store", AIR_CLI_STRING, &store },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    switch (air_cli_options(cli, options, argc, argv, &code)) {

    case -1:
        return code;

    case 0:
        break;

    default:
        return air_cli_error(cli, AIR_CLI_USAGE, "takes no argument");
    }

    air_cli_table_init(&table, cli, columns);
    n = air_cli_feed_names(store, names, 256);

    for (i = 0; i < n; i++) {

        if (air_cli_feed_load(cli, store, names[i], &text) == AIR_CLI_OK
            && air_feed_state_read(&state, text) == AIR_OK)
        {
            air_cli_cell(&table, air_str_n(names[i], strlen(names[i]) - 6));
            air_cli_cell_z(&table, state.good_ms
                                   ? air_cli_time(state.good_ms, time) : "");
            air_cli_cell_z(&table, state.tried_ms
                                   ? air_cli_time(state.tried_ms, time) : "");
            air_cli_cell_uint(&table, state.models);
            air_cli_cell_z(&table, state.said);
        }

        free(names[i]);
    }

    code = air_cli_table_end(&table);

    return code == AIR_CLI_OK && n == 0 ? AIR_CLI_FAIL : code;
}
