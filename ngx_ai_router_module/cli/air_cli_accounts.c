
/*
 * ai-router accounts: who has spent what, and how fast, now.  Reads
 * DIR/accounts beside the workers that count in it, without a lock.
 */

#include "air_cli_store.h"
#include "../core/air_time.h"
#include "../store/air_accounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>


/* An account as it was when it was visited. */
typedef struct {
    air_scope_e          scope;
    air_str_t            name;
    air_account_state_t  state;
} air_cli_account_t;


typedef struct {
    air_cli_t          *cli;
    air_scope_e         scope;    /* only this, AIR_NSCOPE: all             */
    int64_t             now;
    air_cli_account_t  *list;
    size_t              n;
    size_t              size;
    int                 error;
} air_cli_accounts_t;


static int
air_cli_accounts_visit(void *ud, air_scope_e scope, air_str_t name,
    const air_account_state_t *state)
{
    air_cli_accounts_t *a = ud;

    size_t              size;
    unsigned char      *text;
    air_cli_account_t  *list;

    if (a->scope != AIR_NSCOPE && a->scope != scope) {
        return 0;
    }

    if (a->n == a->size) {
        size = a->size ? 2 * a->size : 64;
        list = air_mem_get(&a->cli->mem, size * sizeof(air_cli_account_t));

        if (list == NULL) {
            a->error = 1;
            return 1;
        }

        if (a->n) {
            memcpy(list, a->list, a->n * sizeof(air_cli_account_t));
        }

        a->list = list;
        a->size = size;
    }

    text = air_mem_get(&a->cli->mem, name.len + 1);

    if (text == NULL) {
        a->error = 1;
        return 1;
    }

    if (name.len) {
        memcpy(text, name.data, name.len);
    }

    list = &a->list[a->n++];
    list->scope = scope;
    list->name = air_str_n(text, name.len);
    list->state = *state;

    return 0;
}


static int
air_cli_accounts_cmp(const void *one, const void *two)
{
    const air_cli_account_t *a = one;
    const air_cli_account_t *b = two;

    int     rc;
    size_t  len;

    if (a->scope != b->scope) {
        return a->scope < b->scope ? -1 : 1;
    }

    len = a->name.len < b->name.len ? a->name.len : b->name.len;
    rc = len ? memcmp(a->name.data, b->name.data, len) : 0;

    return rc ? rc : a->name.len < b->name.len ? -1 : a->name.len > b->name.len;
}


/* One row: what is set aside of all that runs, what was spent of each period,
   and the minute that ends now. */
static void
air_cli_accounts_row(air_cli_table_t *table, const air_cli_account_t *a)
{
    unsigned  i;
    uint64_t  requests, tokens;

    requests = tokens = 0;

    for (i = 0; i < AIR_RATE_SLICES; i++) {
        requests += a->state.rate.requests[i];
        tokens += a->state.rate.tokens[i];
    }

    air_cli_cell_z(table, air_scope_name(a->scope));
    air_cli_cell(table, a->name);
    air_cli_cell_pusd(table, a->state.now[AIR_PERIOD_HOUR].spent);
    air_cli_cell_pusd(table, a->state.now[AIR_PERIOD_DAY].spent);
    air_cli_cell_pusd(table, a->state.now[AIR_PERIOD_WEEK].spent);
    air_cli_cell_pusd(table, a->state.now[AIR_PERIOD_MONTH].spent);
    air_cli_cell_pusd(table, a->state.now[AIR_PERIOD_EVER].spent);
    air_cli_cell_pusd(table, a->state.now[AIR_PERIOD_EVER].reserved);
    air_cli_cell_uint(table, requests);
    air_cli_cell_uint(table, tokens);
    air_cli_cell_uint(table, a->state.rate.running);
}


static int
air_cli_accounts_show(air_cli_accounts_t *a)
{
    size_t           i;
    air_cli_table_t  table;

    static const air_cli_column_t  columns[] = {
        { "scope", AIR_CLI_LEFT },
        { "name", AIR_CLI_LEFT },
        { "hour_usd", AIR_CLI_NUMBER },
        { "day_usd", AIR_CLI_NUMBER },
        { "week_usd", AIR_CLI_NUMBER },
        { "month_usd", AIR_CLI_NUMBER },
        { "ever_usd", AIR_CLI_NUMBER },
        { "reserved_usd", AIR_CLI_NUMBER },
        { "rpm", AIR_CLI_NUMBER },
        { "tpm", AIR_CLI_NUMBER },
        { "running", AIR_CLI_NUMBER },
        { NULL, AIR_CLI_LEFT }
    };

    if (a->n) {
        qsort(a->list, a->n, sizeof(air_cli_account_t), air_cli_accounts_cmp);
    }

    air_cli_table_init(&table, a->cli, columns);

    for (i = 0; i < a->n; i++) {
        air_cli_accounts_row(&table, &a->list[i]);
    }

    return air_cli_table_end(&table);
}


int
air_cli_accounts(air_cli_t *cli, int argc, char **argv)
{
    int                 n, rc, fd, code;
    air_err_t           err;
    const char         *scope, *dir;
    air_accounts_t     *book;
    air_cli_accounts_t  a;

    scope = NULL;
    dir = AIR_CLI_STORE;

    const air_cli_option_t  options[] = {
        { "scope", AIR_CLI_STRING, &scope },
        { "store", AIR_CLI_STRING, &dir },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    n = air_cli_options(cli, options, argc, argv, &code);
    if (n == -1) {
        return code;
    }

    if (n != 0) {
        return air_cli_error(cli, AIR_CLI_USAGE, "unknown \"%s\"", argv[1]);
    }

    memset(&a, 0, sizeof(a));
    a.cli = cli;
    a.now = air_cli_now();
    a.scope = scope != NULL ? air_scope_find(air_str_z(scope)) : AIR_NSCOPE;

    if (scope != NULL && a.scope == AIR_NSCOPE) {
        return air_cli_error(cli, AIR_CLI_USAGE, "--scope \"%s\": total, "
                             "principal, team, workflow, vendor or "
                             "vendor_key", scope);
    }

    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd == -1) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: %s", dir,
                             strerror(errno));
    }

    memset(&err, 0, sizeof(err));
    rc = air_accounts_peek(&book, fd, &err);
    close(fd);

    if (rc == AIR_ENOENT) {
        return air_cli_error(cli, AIR_CLI_FAIL, "%s: nothing is counted: no "
                             "budget, limit or ai_keys is in the "
                             "configuration", dir);
    }

    if (rc != AIR_OK) {
        return air_cli_store_error(cli, dir, rc, &err);
    }

    air_accounts_each(book, a.now, air_cli_accounts_visit, &a);
    air_accounts_close(book);

    if (a.error) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    return air_cli_accounts_show(&a);
}
