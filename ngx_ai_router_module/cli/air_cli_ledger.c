
/*
 * ai-router ledger: looking at records, handing them on, proving them, and
 * making LMDB anew from them.
 */

#include "air_cli_proof.h"
#include "../store/air_chain.h"

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
    if (rc == AIR_EIO && err->sys == ENOENT) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: %s: %s; name the "
                             "directory of ai_store with --store DIR", dir,
                             err->reason, strerror(err->sys));
    }

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


/* The signed kind, when it was asked for; AIR_CLI_OK and *done 0: it was
   not. */
static int
air_cli_export_kind(air_cli_t *cli, const air_cli_signed_t *s, int sign,
    int *done)
{
    *done = sign;

    if (sign) {
        return air_cli_export_signed(cli, s);
    }

    if (s->key != NULL || s->out != NULL) {
        *done = 1;
        return air_cli_error(cli, AIR_CLI_USAGE, "--key and --out are of "
                             "--signed");
    }

    return AIR_CLI_OK;
}


static int
air_cli_export(air_cli_t *cli, int argc, char **argv)
{
    int                code, rc, sign, done;
    uint64_t           bad;
    air_err_t          err;
    const char        *from, *to, *last, *this;
    air_cli_export_t   e;
    air_cli_signed_t   s;

    const air_cli_option_t  options[] = {
        { "store", AIR_CLI_STRING, &s.store },
        { "from", AIR_CLI_STRING, &from },
        { "to", AIR_CLI_STRING, &to },
        { "last", AIR_CLI_STRING, &last },
        { "this", AIR_CLI_STRING, &this },
        { "signed", AIR_CLI_FLAG, &sign },
        { "key", AIR_CLI_STRING, &s.key },
        { "out", AIR_CLI_STRING, &s.out },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    memset(&s, 0, sizeof(s));
    s.store = AIR_CLI_STORE;
    from = to = last = this = NULL;
    sign = 0;

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

    if (from != NULL || to != NULL || last != NULL || this != NULL) {
        code = air_cli_range(cli, from, to, last, this, &e.from_ms, &e.to_ms);
        if (code != AIR_CLI_OK) {
            return code;
        }
    }

    s.from_ms = e.from_ms;
    s.to_ms = e.to_ms;

    code = air_cli_export_kind(cli, &s, sign, &done);
    if (done) {
        return code;
    }

    if (cli->format == AIR_CLI_TEXT) {
        cli->format = AIR_CLI_CSV;
    }

    air_cli_record_head(cli);

    rc = air_ledger_scan(s.store, 0, air_cli_export_one, &e, &bad, &err);

    if (rc != AIR_OK) {
        return air_cli_store_error(cli, s.store, rc, &err);
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


/* What of the journal a proof is of, as members of its JSON object. */
static void
air_cli_proof_json(air_cli_t *cli, const air_ledger_proof_t *p,
    const uint64_t *at, int sound)
{
    char  before[65], hash[65], tip[65];

    air_chain_text(p->before, before);
    air_chain_text(p->hash, hash);
    air_chain_text(p->tip, tip);

    fprintf(cli->out, "{\"sound\":%s,\"records\":%" PRIu64
            ",\"damaged\":%" PRIu64 ",\"holes\":%" PRIu64 ",\"seals\":%"
            PRIu64 ",\"broken_seals\":%" PRIu64 ",\"database_agrees\":%s,"
            "\"accounts\":%" PRIu64 ",\"accounts_agree\":%s,"
            "\"first\":%" PRIu64 ",\"before\":\"%s\","
            "\"sealed\":%" PRIu64 ",\"hash\":\"%s\","
            "\"last\":%" PRIu64 ",\"last_hash\":\"%s\"",
            sound ? "true" : "false", p->records, p->bad, p->holes, p->blocks,
            p->broken, p->db_absent ? "null" : p->db_differs ? "false"
                                                             : "true",
            p->accounts, p->accounts_differ ? "false" : "true",
            p->first, before, p->sealed, hash, p->last, tip);

    if (at != NULL && *at == UINT64_MAX) {
        fprintf(cli->out, ",\"last_hash_at\":null");

    } else if (at != NULL) {
        fprintf(cli->out, ",\"last_hash_at\":%" PRIu64, *at);
    }

    fprintf(cli->out, "}\n");
}


static void
air_cli_proof(air_cli_t *cli, const air_ledger_proof_t *p, const uint64_t *at,
    int sound)
{
    char  before[65], hash[65], tip[65];

    air_chain_text(p->before, before);
    air_chain_text(p->hash, hash);
    air_chain_text(p->tip, tip);

    fprintf(cli->out, "records        %" PRIu64 "\n"
            "damaged        %" PRIu64 "\n"
            "never written  %" PRIu64 "\n"
            "seals          %" PRIu64 "\n"
            "broken seals   %" PRIu64 "\n"
            "database       %s\n"
            "accounts       %" PRIu64 "%s\n"
            "first record   %" PRIu64 "\n"
            "hash before    %s\n"
            "sealed up to   %" PRIu64 "\n"
            "hash           %s\n"
            "last record    %" PRIu64 "\n"
            "last hash      %s\n", p->records, p->bad, p->holes, p->blocks,
            p->broken, p->db_differs ? "differs from the journal"
                       : p->db_absent ? "is not there" : "agrees",
            p->accounts, p->accounts_differ ? ", they differ from the journal"
                         : p->accounts ? ", they agree" : " compared",
            p->first, before, p->sealed, hash, p->last, tip);

    if (at != NULL && *at == UINT64_MAX) {
        fprintf(cli->out, "--last-hash    is of no record: what it was taken "
                "of was changed, cut off or dropped since\n");

    } else if (at != NULL) {
        fprintf(cli->out, "--last-hash    is that of record %" PRIu64
                ": all up to it is as it was\n", *at);
    }

    fprintf(cli->out, "%s%s%s\n", sound ? "sound" : "DAMAGED",
            p->text[0] ? ": " : "", p->text);
}


static int
air_cli_verify_store(air_cli_t *cli, const char *store, const char *last_hash)
{
    int                  rc, sound;
    uint64_t             at;
    air_err_t            err;
    unsigned char        sought[AIR_CHAIN_HASH];
    air_ledger_proof_t   proof;

    if (last_hash != NULL
        && air_cli_last_hash(cli, last_hash, sought) != AIR_CLI_OK)
    {
        return AIR_CLI_USAGE;
    }

    rc = air_ledger_verify(store, &proof, &err);

    if (rc != AIR_OK && rc != AIR_ECORRUPT) {
        return air_cli_store_error(cli, store, rc, &err);
    }

    sound = rc == AIR_OK;
    at = 0;

    if (last_hash != NULL) {

        rc = air_ledger_find(store, sought, &at, &err);
        if (rc != AIR_OK) {
            return air_cli_store_error(cli, store, rc, &err);
        }

        sound = sound && at != UINT64_MAX;
    }

    if (cli->format == AIR_CLI_JSON) {
        air_cli_proof_json(cli, &proof, last_hash != NULL ? &at : NULL, sound);

    } else {
        air_cli_proof(cli, &proof, last_hash != NULL ? &at : NULL, sound);
    }

    return sound ? AIR_CLI_OK : AIR_CLI_FAIL;
}


static int
air_cli_verify(air_cli_t *cli, int argc, char **argv)
{
    int          code, rc;
    const char  *store, *file, *key, *last_hash;

    const air_cli_option_t  options[] = {
        { "store", AIR_CLI_STRING, &store },
        { "export", AIR_CLI_STRING, &file },
        { "public-key", AIR_CLI_STRING, &key },
        { "last-hash", AIR_CLI_STRING, &last_hash },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    store = NULL;
    file = key = last_hash = NULL;

    rc = air_cli_options(cli, options, argc, argv, &code);
    if (rc == -1) {
        return code;
    }

    if (rc > 0) {
        return air_cli_error(cli, AIR_CLI_USAGE, "takes no \"%s\"", argv[1]);
    }

    if (file == NULL) {

        if (key != NULL) {
            return air_cli_error(cli, AIR_CLI_USAGE,
                                 "--public-key is of --export");
        }

        return air_cli_verify_store(cli, store != NULL ? store : AIR_CLI_STORE,
                                    last_hash);
    }

    if (store != NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "--store and --export "
                             "exclude each other: an export needs no store");
    }

    return air_cli_verify_export(cli, file, key, last_hash);
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

    { "export", "[--last PERIOD | --this PERIOD | --from TIME --to TIME] "
      "[--signed --key FILE [--out FILE]] [--json|--csv] [--store DIR]",
      "all records, or those of a time, as CSV or JSON lines; or with proof",
      "  --last PERIOD  last whole day, week, month, quarter or year, UTC\n"
      "  --this PERIOD  the one that runs\n"
      "  --from TIME    2026-11, 2026-11-22 or 2026-11-22T15:04:05Z\n"
      "  --to TIME      not included\n"
      "  --json         one JSON object a line; money is text, exact\n"
      "  --signed       the records with their hashes and what they add up\n"
      "                 to, signed, for \"ledger verify --export\"\n"
      "  --key FILE     the secret key, of \"ledger keygen\"\n"
      "  --out FILE     a new file; standard output\n"
      "  --store DIR    " AIR_CLI_STORE "\n",
      air_cli_export },

    { "verify", "[--last-hash HEX] [--json] [--store DIR] | "
      "--export FILE --public-key FILE [--last-hash HEX] [--json|--csv]",
      "prove every record, every seal and the database; or an export",
      "  --last-hash HEX    one that was kept elsewhere: is all up to it as\n"
      "                     it was then\n"
      "  --store DIR        " AIR_CLI_STORE "\n"
      "  --export FILE      prove a signed export; no store is needed; \"-\":\n"
      "                     standard input\n"
      "  --public-key FILE  whose signature is to be believed\n\n"
      "Exit 0 when all is sound, 1 when not.  May be run at any time.\n",
      air_cli_verify },

    { "keygen", "FILE", "make a key that exports are signed with",
      "FILE gets the secret key (Ed25519, PEM, mode 0600), FILE.pub the\n"
      "public one.  What is there is not overwritten.\n",
      air_cli_keygen },

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
