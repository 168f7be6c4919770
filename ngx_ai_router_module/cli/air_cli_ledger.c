
/*
 * ai-router ledger: looking at records, handing them on, proving them, and
 * making LMDB anew from them.
 */

#include "air_cli_store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>


typedef struct {
    air_cli_t     *cli;
    int64_t        from_ms;
    int64_t        to_ms;
    uint64_t       n;
    uint64_t       last;          /* seq of the last one seen               */
} air_cli_export_t;


int
air_cli_store_error(air_cli_t *cli, const char *dir, int rc,
    const air_err_t *err)
{
    if (rc == AIR_EIO && err->sys != 0) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: %s: %s", dir,
                             err->reason, strerror(err->sys));
    }

    return air_cli_error(cli, AIR_CLI_FAIL, "%s: %s", dir, err->reason);
}


static int
air_cli_export_one(void *ud, const air_record_t *r)
{
    air_cli_export_t  *e = ud;

    e->last = r->seq;

    if (r->time_ms < e->from_ms || r->time_ms >= e->to_ms) {
        return 0;
    }

    air_cli_record(e->cli, r);
    e->n++;

    return ferror(e->cli->out);
}


static int
air_cli_export(air_cli_t *cli, int argc, char **argv)
{
    int               code, rc;
    uint64_t          bad;
    air_err_t         err;
    const char       *store, *from, *to;
    air_cli_export_t  e;

    const air_cli_option_t  options[] = {
        { "store", AIR_CLI_STRING, &store },
        { "from", AIR_CLI_STRING, &from },
        { "to", AIR_CLI_STRING, &to },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    store = AIR_CLI_STORE;
    from = NULL;
    to = NULL;

    rc = air_cli_options(cli, options, argc, argv, &code);
    if (rc == -1) {
        return code;
    }

    if (rc > 0) {
        return air_cli_error(cli, AIR_CLI_USAGE, "takes no \"%s\"", argv[1]);
    }

    memset(&e, 0, sizeof(e));
    e.cli = cli;
    e.to_ms = INT64_MAX;
    e.from_ms = INT64_MIN;

    if (from != NULL || to != NULL) {
        code = air_cli_range(cli, from, to, NULL, NULL, &e.from_ms, &e.to_ms);
        if (code != AIR_CLI_OK) {
            return code;
        }
    }

    if (cli->format == AIR_CLI_TEXT) {
        cli->format = AIR_CLI_CSV;
    }

    air_cli_record_head(cli);

    rc = air_ledger_scan(store, 0, air_cli_export_one, &e, &bad, &err);

    if (rc != AIR_OK) {
        return air_cli_store_error(cli, store, rc, &err);
    }

    if (bad) {
        return air_cli_error(cli, AIR_CLI_FAIL, "%" PRIu64 " damaged records "
                             "were left out, see \"ai-router ledger verify\"",
                             bad);
    }

    return AIR_CLI_OK;
}


typedef struct {
    uint64_t       keep;
    uint64_t       n;
    uint64_t       last;
    uint64_t      *seq;           /* ring of keep                           */
} air_cli_tail_t;


static int
air_cli_tail_note(void *ud, const air_record_t *r)
{
    air_cli_tail_t  *t = ud;

    if (t->keep) {
        t->seq[t->n % t->keep] = r->seq;
    }

    t->n++;
    t->last = r->seq;

    return 0;
}


static int
air_cli_tail_follow(air_cli_t *cli, const char *store, air_cli_export_t *e)
{
    int        rc;
    uint64_t   bad;
    air_err_t  err;

    for ( ;; ) {
        rc = air_ledger_scan(store, e->last + 1, air_cli_export_one, e, &bad,
                             &err);

        if (rc != AIR_OK) {
            return air_cli_store_error(cli, store, rc, &err);
        }

        if (fflush(cli->out) != 0) {
            return AIR_CLI_USAGE;
        }

        usleep(300000);
    }
}


/* "-n" and "-f", which everybody's fingers know. */
static void
air_cli_tail_short(int argc, char **argv)
{
    int  i;

    for (i = 1; i < argc; i++) {

        if (strcmp(argv[i], "-n") == 0) {
            argv[i] = (char *) "--lines";

        } else if (strcmp(argv[i], "-f") == 0) {
            argv[i] = (char *) "--follow";
        }
    }
}


static int
air_cli_tail(air_cli_t *cli, int argc, char **argv)
{
    int               code, rc, follow;
    uint64_t          bad, lines, from;
    air_err_t         err;
    const char       *store;
    air_cli_tail_t    t;
    air_cli_export_t  e;

    const air_cli_option_t  options[] = {
        { "store", AIR_CLI_STRING, &store },
        { "lines", AIR_CLI_UINT, &lines },
        { "follow", AIR_CLI_FLAG, &follow },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    store = AIR_CLI_STORE;
    lines = 10;
    follow = 0;

    air_cli_tail_short(argc, argv);

    rc = air_cli_options(cli, options, argc, argv, &code);
    if (rc == -1) {
        return code;
    }

    if (rc > 0 || lines > 1000000) {
        return air_cli_error(cli, AIR_CLI_USAGE, rc > 0
                             ? "takes no \"%s\"" : "-n %s is too much",
                             rc > 0 ? argv[1] : "over 1000000");
    }

    memset(&t, 0, sizeof(t));
    t.keep = lines;
    t.seq = air_mem_get(&cli->mem, (lines + 1) * sizeof(uint64_t));

    if (t.seq == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    rc = air_ledger_scan(store, 0, air_cli_tail_note, &t, &bad, &err);

    if (rc != AIR_OK) {
        return air_cli_store_error(cli, store, rc, &err);
    }

    memset(&e, 0, sizeof(e));
    e.cli = cli;
    e.from_ms = INT64_MIN;
    e.to_ms = INT64_MAX;
    e.last = t.last;

    air_cli_record_head(cli);

    if (lines && t.n) {
        from = t.n > lines ? t.seq[t.n % lines] : t.seq[0];

        rc = air_ledger_scan(store, from, air_cli_export_one, &e, &bad, &err);

        if (rc != AIR_OK) {
            return air_cli_store_error(cli, store, rc, &err);
        }
    }

    return follow ? air_cli_tail_follow(cli, store, &e) : AIR_CLI_OK;
}


static void
air_cli_proof(air_cli_t *cli, const air_ledger_proof_t *p, int sound)
{
    int   i;
    char  hash[65];

    for (i = 0; i < 32; i++) {
        snprintf(hash + 2 * i, 3, "%02x", p->hash[i]);
    }

    if (cli->format == AIR_CLI_JSON) {
        fprintf(cli->out, "{\"sound\":%s,\"records\":%" PRIu64
                ",\"damaged\":%" PRIu64 ",\"holes\":%" PRIu64 ",\"seals\":%"
                PRIu64 ",\"broken_seals\":%" PRIu64 ",\"database_agrees\":%s,"
                "\"accounts\":%" PRIu64 ",\"accounts_agree\":%s,"
                "\"hash\":\"%s\"}\n", sound ? "true" : "false", p->records,
                p->bad, p->holes, p->blocks, p->broken,
                p->db_differs ? "false" : "true", p->accounts,
                p->accounts_differ ? "false" : "true", hash);
        return;
    }

    fprintf(cli->out, "records        %" PRIu64 "\n"
            "damaged        %" PRIu64 "\n"
            "never written  %" PRIu64 "\n"
            "seals          %" PRIu64 "\n"
            "broken seals   %" PRIu64 "\n"
            "database       %s\n"
            "accounts       %" PRIu64 "%s\n"
            "hash           %s\n"
            "%s%s%s\n", p->records, p->bad, p->holes, p->blocks, p->broken,
            p->db_differs ? "differs from the journal" : "agrees",
            p->accounts, p->accounts_differ ? ", they differ from the journal"
                         : p->accounts ? ", they agree" : " compared", hash,
            sound ? "sound" : "DAMAGED", p->text[0] ? ": " : "", p->text);
}


static int
air_cli_verify(air_cli_t *cli, int argc, char **argv)
{
    int                 code, rc;
    air_err_t           err;
    const char         *store;
    air_ledger_proof_t  proof;

    const air_cli_option_t  options[] = {
        { "store", AIR_CLI_STRING, &store },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    store = AIR_CLI_STORE;

    rc = air_cli_options(cli, options, argc, argv, &code);
    if (rc == -1) {
        return code;
    }

    rc = air_ledger_verify(store, &proof, &err);

    if (rc != AIR_OK && rc != AIR_ECORRUPT) {
        return air_cli_store_error(cli, store, rc, &err);
    }

    air_cli_proof(cli, &proof, rc == AIR_OK);

    return rc == AIR_OK ? AIR_CLI_OK : AIR_CLI_FAIL;
}


static int
air_cli_rebuild(air_cli_t *cli, int argc, char **argv)
{
    int          code, rc;
    uint64_t     records;
    air_err_t    err;
    const char  *store;

    const air_cli_option_t  options[] = {
        { "store", AIR_CLI_STRING, &store },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    store = AIR_CLI_STORE;

    rc = air_cli_options(cli, options, argc, argv, &code);
    if (rc == -1) {
        return code;
    }

    rc = air_ledger_rebuild(store, NULL, &records, &err);

    if (rc != AIR_OK) {
        return air_cli_store_error(cli, store, rc, &err);
    }

    fprintf(cli->out, "%" PRIu64 " records; the old database is kept beside "
            "the new one\n", records);

    return AIR_CLI_OK;
}


static const air_cli_command_t  air_cli_ledger_table[] = {

    { "tail", "[-n N] [-f] [--json|--csv] [--store DIR]",
      "the last records, and new ones as they come",
      "  -n N         how many, 10\n"
      "  -f           wait for more\n"
      "  --store DIR  " AIR_CLI_STORE "\n",
      air_cli_tail },

    { "export", "[--from TIME] [--to TIME] [--json|--csv] [--store DIR]",
      "all records, or those of a time, as CSV or JSON lines",
      "  --from TIME  2026-11, 2026-11-22 or 2026-11-22T15:04:05Z\n"
      "  --to TIME    not included\n"
      "  --json       one JSON object a line; money is text, exact\n"
      "  --store DIR  " AIR_CLI_STORE "\n",
      air_cli_export },

    { "verify", "[--json] [--store DIR]",
      "prove every record, every seal and the database",
      "Exit 0 when all is sound, 1 when not.  May be run at any time.\n",
      air_cli_verify },

    { "rebuild", "[--store DIR]",
      "make the database anew from the journal",
      "nginx must be stopped.  Damaged parts of the journal are mended or set\n"
      "aside; no file is deleted.\n",
      air_cli_rebuild },

    { NULL, NULL, NULL, NULL, NULL }
};


int
air_cli_ledger(air_cli_t *cli, int argc, char **argv)
{
    return air_cli_dispatch(cli, air_cli_ledger_table, argc - 1, argv + 1);
}
