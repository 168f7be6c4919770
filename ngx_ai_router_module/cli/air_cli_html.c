
/*
 * ai-router report --html: the page for a diligence team.
 */

#include "air_cli_store.h"
#include "air_cli_quality.h"
#include "../store/air_chain.h"
#include "../store/air_report_html.h"

#include <openssl/evp.h>
#include <stdlib.h>


#define AIR_CLI_PRICES  (64 * 1024 * 1024)


/* The hash of the price table, and the model to save against. */
static int
air_cli_html_prices(air_cli_t *cli, const char *prices, const char *baseline,
    air_diligence_t *d)
{
    int               rc;
    char             *hex;
    unsigned          n;
    air_str_t         text;
    const char       *slash;
    air_pricebook_t  *book;
    unsigned char     hash[EVP_MAX_MD_SIZE];

    rc = air_cli_read(cli, prices, AIR_CLI_PRICES, &text);
    if (rc != AIR_CLI_OK) {
        return rc;
    }

    hex = air_mem_get(&cli->mem, 2 * AIR_CHAIN_HASH + 1);

    if (hex == NULL
        || EVP_Digest(text.data, text.len, hash, &n, EVP_sha256(), NULL) != 1)
    {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    air_chain_text(hash, hex);
    d->prices = air_str_z(hex);

    if (baseline == NULL) {
        return AIR_CLI_OK;
    }

    slash = strchr(baseline, '/');

    if (slash == NULL || slash == baseline || slash[1] == '\0') {
        return air_cli_error(cli, AIR_CLI_USAGE, "--baseline \"%s\": "
                             "VENDOR/MODEL of the price table", baseline);
    }

    rc = air_cli_prices_read(cli, prices, -1, &book);
    if (rc != AIR_CLI_OK) {
        return rc;
    }

    d->baseline_name = air_str_z(slash + 1);
    d->baseline = air_pricebook_find(book,
                                     air_str_n(baseline,
                                               (size_t) (slash - baseline)),
                                     d->baseline_name);

    if (d->baseline == NULL) {
        return air_cli_error(cli, AIR_CLI_FAIL, "%s has no model \"%s\"",
                             prices, baseline);
    }

    return AIR_CLI_OK;
}


static int
air_cli_html_write(air_cli_t *cli, const char *file, const air_diligence_t *d)
{
    air_buf_t  b;

    air_buf_init(&b, &cli->mem, (size_t) 1 << 28);

    if (air_report_html(d, &b) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    if (strcmp(file, "-") == 0) {
        (void) fwrite(b.data, 1, b.len, cli->out);
        return AIR_CLI_OK;
    }

    return air_cli_write(cli, file, air_buf_view(&b));
}


int
air_cli_html(air_cli_t *cli, const char *store, const char *file,
    const char *prices, const char *baseline, const air_report_query_t *query)
{
    int                   code, known, rc;
    char                 *dir;
    air_err_t             err;
    air_diligence_t       d;
    air_topology_file_t   topo;

    memset(&d, 0, sizeof(d));
    d.from_ms = query->from_ms;
    d.to_ms = query->to_ms;
    d.now_ms = air_cli_now();

    if (prices != NULL || baseline != NULL) {
        code = air_cli_html_prices(cli, prices != NULL ? prices
                                                       : "prices.json",
                                   baseline, &d);
        if (code != AIR_CLI_OK) {
            return code;
        }
    }

    /* the page names where the ledger is, for whoever verifies it */

    dir = realpath(store, NULL);
    d.dir = dir != NULL ? dir : store;

    known = air_topology_read(&topo, store, &err) == AIR_OK;
    d.topo = known ? &topo.topo : NULL;

    rc = air_diligence_run(&d, NULL, &err);

    code = rc == AIR_OK ? air_cli_html_write(cli, file, &d)
                        : air_cli_store_error(cli, store, rc, &err);

    air_diligence_free(&d);

    if (known) {
        air_topology_free(&topo);
    }

    free(dir);

    return code;
}
