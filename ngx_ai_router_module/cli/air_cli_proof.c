
/*
 * Proof of the ledger for others: a key of the operator's, a period signed
 * with it, and the check of that, which needs no store.
 */

#include "air_cli_proof.h"
#include "../store/air_export.h"
#include "../store/air_report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>


#define AIR_CLI_PEM       16384   /* bytes of a key's file at most          */
#define AIR_CLI_TOPOLOGY  (16 * 1024 * 1024)


/* A file that was not there before, whole or not at all. */
static int
air_cli_new(air_cli_t *cli, const char *path, unsigned mode, air_str_t text)
{
    int      fd;
    size_t   done;
    ssize_t  n;

    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd == -1) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: %s", path,
                             errno == EEXIST ? "is there already, and is not "
                             "overwritten" : strerror(errno));
    }

    for (done = 0; done < text.len; done += (size_t) n) {

        n = write(fd, text.data + done, text.len - done);
        if (n == -1) {
            break;
        }
    }

    if (done < text.len || fchmod(fd, mode) == -1 || fsync(fd) == -1) {
        air_cli_error(cli, AIR_CLI_USAGE, "%s: %s", path, strerror(errno));
        close(fd);
        (void) unlink(path);
        return AIR_CLI_USAGE;
    }

    close(fd);

    return AIR_CLI_OK;
}


int
air_cli_keygen(air_cli_t *cli, int argc, char **argv)
{
    int             code, rc;
    char           *public, fingerprint[AIR_ED25519_FINGERPRINT];
    size_t          size;
    air_buf_t       secret, pem;
    air_err_t       err;
    unsigned char   key[AIR_ED25519_PUBLIC];

    const air_cli_option_t  options[] = {
        { NULL, AIR_CLI_FLAG, NULL }
    };

    rc = air_cli_options(cli, options, argc, argv, &code);
    if (rc == -1) {
        return code;
    }

    if (rc != 1) {
        return air_cli_error(cli, AIR_CLI_USAGE, "needs one FILE");
    }

    size = strlen(argv[1]) + sizeof(".pub");

    public = air_mem_get(&cli->mem, size);
    if (public == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    snprintf(public, size, "%s.pub", argv[1]);

    if (access(public, F_OK) == 0) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: is there already, and "
                             "is not overwritten", public);
    }

    air_buf_init(&secret, &cli->mem, AIR_CLI_PEM);
    air_buf_init(&pem, &cli->mem, AIR_CLI_PEM);

    rc = air_ed25519_make(&secret, &pem, &err);

    if (rc == AIR_OK) {
        rc = air_ed25519_public(air_buf_view(&pem), key, &err);
    }

    if (rc != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s", err.reason);
    }

    code = air_cli_new(cli, argv[1], 0600, air_buf_view(&secret));

    explicit_bzero(secret.data, secret.len);

    if (code == AIR_CLI_OK) {
        code = air_cli_new(cli, public, 0644, air_buf_view(&pem));
    }

    if (code != AIR_CLI_OK) {
        return code;
    }

    air_ed25519_fingerprint(key, fingerprint);

    if (cli->format == AIR_CLI_JSON) {
        fprintf(cli->out, "{\"fingerprint\":\"%s\"}\n", fingerprint);

    } else {
        fprintf(cli->out, "secret key   %s: keep it, and keep it secret\n"
                "public key   %s: for whoever verifies\n"
                "fingerprint  %s\n", argv[1], public, fingerprint);
    }

    return AIR_CLI_OK;
}


/* Where an export goes; a failure shows in errno. */
static int
air_cli_put(void *ud, const void *data, size_t n)
{
    return fwrite(data, 1, n, ud) == n ? 0 : -1;
}


/* What of the secret key others might read is told, as a warning. */
static void
air_cli_key_mode(air_cli_t *cli, const char *path)
{
    struct stat  st;

    if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077)) {
        (void) air_cli_error(cli, 0, "%s: others may read this key; chmod 600",
                             path);
    }
}


/* The SHA-256 of what the store says is configured; none: zeros. */
static int
air_cli_topology(air_cli_t *cli, const char *store, unsigned char *hash)
{
    int         code;
    char       *path;
    size_t      size;
    air_str_t   text;

    size = strlen(store) + sizeof("/topology.json");

    path = air_mem_get(&cli->mem, size);
    if (path == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    snprintf(path, size, "%s/topology.json", store);

    if (access(path, F_OK) == -1 && errno == ENOENT) {
        return AIR_CLI_OK;
    }

    code = air_cli_read(cli, path, AIR_CLI_TOPOLOGY, &text);

    if (code == AIR_CLI_OK) {
        (void) SHA256(text.data, text.len, hash);
    }

    return code;
}


static int
air_cli_export_failed(air_cli_t *cli, const char *store,
    const air_export_t *e, int rc, const air_err_t *err)
{
    if (e->text[0] != '\0') {
        return air_cli_error(cli, AIR_CLI_FAIL, "%s: %s%s", store, e->text,
                             rc == AIR_ECORRUPT ? "; see \"ai-router ledger "
                             "verify\"" : "");
    }

    if (rc == AIR_EINVAL) {
        return air_cli_error(cli, AIR_CLI_FAIL, "--key: %s; \"ai-router ledger"
                             " keygen FILE\" makes one", err->reason);
    }

    return air_cli_store_error(cli, store, rc, err);
}


static int
air_cli_export_run(air_cli_t *cli, const air_cli_signed_t *s, air_export_t *e,
    air_str_t pem, FILE *out)
{
    int        rc;
    air_err_t  err;

    memset(&err, 0, sizeof(err));

    rc = air_export_write(e, s->store, pem, air_cli_put, out, &err);

    if (rc != AIR_OK) {
        return air_cli_export_failed(cli, s->store, e, rc, &err);
    }

    if (fflush(out) != 0 || (s->out != NULL && fsync(fileno(out)) != 0)) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: %s",
                             s->out != NULL ? s->out : "output",
                             strerror(errno));
    }

    return AIR_CLI_OK;
}


static int
air_cli_export_file(air_cli_t *cli, const air_cli_signed_t *s,
    air_export_t *e, air_str_t pem)
{
    int    fd, code;
    FILE  *out;

    fd = open(s->out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd == -1) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: %s", s->out,
                             errno == EEXIST ? "is there already, and is not "
                             "overwritten" : strerror(errno));
    }

    out = fdopen(fd, "w");

    if (out == NULL) {
        close(fd);
        code = air_cli_error(cli, AIR_CLI_USAGE, "no memory");

    } else {
        code = air_cli_export_run(cli, s, e, pem, out);

        if (fclose(out) != 0 && code == AIR_CLI_OK) {
            code = air_cli_error(cli, AIR_CLI_USAGE, "%s: %s", s->out,
                                 strerror(errno));
        }
    }

    if (code != AIR_CLI_OK) {
        (void) unlink(s->out);
    }

    return code;
}


/* What is worth knowing of an export that is good. */
static void
air_cli_export_notes(air_cli_t *cli, FILE *to, const air_export_t *e)
{
    if (e->unsealed) {
        fprintf(to, "%s%" PRIu64 " records are not sealed yet: that they are "
                "the journal's is said by the signature alone\n",
                cli->format == AIR_CLI_JSON ? "note: " : "note         ",
                e->unsealed);
    }

    if (e->to_ms > e->made_ms) {
        fprintf(to, "%sthe period was not over when this was made\n",
                cli->format == AIR_CLI_JSON ? "note: " : "note         ");
    }
}


int
air_cli_export_signed(air_cli_t *cli, const air_cli_signed_t *s)
{
    int           code;
    int64_t       now;
    air_str_t     pem;
    air_export_t  e;

    if (s->key == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "--signed needs --key FILE; "
                             "\"ai-router ledger keygen FILE\" makes one");
    }

    code = air_cli_read(cli, s->key, AIR_CLI_PEM, &pem);
    if (code != AIR_CLI_OK) {
        return code;
    }

    air_cli_key_mode(cli, s->key);

    now = air_cli_now() / 1000 * 1000;

    air_export_init(&e, &cli->mem);
    e.made_ms = now;
    e.from_ms = s->from_ms > 0 ? s->from_ms : 0;
    e.to_ms = s->to_ms < now ? s->to_ms : s->to_ms == INT64_MAX ? now + 1000
                                                                : s->to_ms;

    code = air_cli_topology(cli, s->store, e.topology);

    if (code == AIR_CLI_OK) {
        code = s->out != NULL ? air_cli_export_file(cli, s, &e, pem)
                              : air_cli_export_run(cli, s, &e, pem, cli->out);
    }

    if (code == AIR_CLI_OK) {
        air_cli_export_notes(cli, cli->err, &e);
    }

    air_export_free(&e);

    return code;
}


static void
air_cli_proven_json(air_cli_t *cli, const air_export_t *e,
    const air_export_ask_t *ask, air_str_t statement)
{
    char  fingerprint[AIR_ED25519_FINGERPRINT];

    air_ed25519_fingerprint(e->key, fingerprint);

    /* the statement itself, with what it does not say before it */

    fprintf(cli->out, "{\"sound\":true,\"fingerprint\":\"%s\",",
            fingerprint);

    if (ask->sought != NULL) {
        fprintf(cli->out, "\"last_hash_at\":%" PRIu64 ",", ask->at);
    }

    (void) fwrite(statement.data + 1, 1, statement.len - 1, cli->out);
}


static void
air_cli_proven_text(air_cli_t *cli, const air_export_t *e,
    const air_export_ask_t *ask)
{
    char  from[32], to[32], made[32], usd[48];
    char  before[2 * AIR_CHAIN_HASH + 1], hash[2 * AIR_CHAIN_HASH + 1];
    char  fingerprint[AIR_ED25519_FINGERPRINT];

    air_ed25519_fingerprint(e->key, fingerprint);
    air_chain_text(e->before, before);
    air_chain_text(e->hash, hash);

    fprintf(cli->out, "period       %s to %s\n"
            "made         %s\n"
            "signed by    %s\n"
            "journal      records %" PRIu64 " to %" PRIu64 "\n"
            "hash before  %s\n"
            "hash         %s\n"
            "records      %" PRIu64 " of the period\n"
            "requests     %" PRIu64 ", attempts %" PRIu64 "\n"
            "cost         %s USD\n"
            "unknown cost %" PRIu64 " records\n",
            air_cli_time(e->from_ms, from), air_cli_time(e->to_ms, to),
            air_cli_time(e->made_ms, made), fingerprint, e->first, e->last,
            before, hash, e->total.v[AIR_SUM_RECORDS],
            e->total.v[AIR_SUM_REQUESTS], e->total.v[AIR_SUM_ATTEMPTS],
            air_report_usd(e->total.cost, usd), e->total.v[AIR_SUM_UNKNOWN]);

    if (ask->sought != NULL) {
        fprintf(cli->out, "last hash    is that of record %" PRIu64
                ": all up to it is as it was\n", ask->at);
    }

    air_cli_export_notes(cli, cli->out, e);

    fprintf(cli->out, "sound\n");
}


static int
air_cli_proven_vendors(air_cli_t *cli, const air_export_t *e)
{
    size_t             i;
    const air_sums_t  *s;
    air_cli_table_t    table;
    char               usd[48];

    static const air_cli_column_t  columns[] = {
        { "vendor", AIR_CLI_LEFT },
        { "records", AIR_CLI_NUMBER },
        { "requests", AIR_CLI_NUMBER },
        { "unknown_cost", AIR_CLI_NUMBER },
        { "cost_usd", AIR_CLI_NUMBER },
        { NULL, AIR_CLI_LEFT }
    };

    air_cli_table_init(&table, cli, columns);

    for (i = 0; i < e->vendors.n; i++) {
        s = &e->vendors.row[i]->sums;

        air_cli_cell(&table, air_str_n(e->vendors.row[i]->key,
                                       e->vendors.row[i]->len));
        air_cli_cell_uint(&table, s->v[AIR_SUM_RECORDS]);
        air_cli_cell_uint(&table, s->v[AIR_SUM_REQUESTS]);
        air_cli_cell_uint(&table, s->v[AIR_SUM_UNKNOWN]);
        air_cli_cell_z(&table, air_report_usd(s->cost, usd));
    }

    return air_cli_table_end(&table);
}


static int
air_cli_proven(air_cli_t *cli, const air_export_t *e,
    const air_export_ask_t *ask)
{
    air_buf_t  b;

    if (ask->sought != NULL && ask->at == UINT64_MAX) {
        return air_cli_error(cli, AIR_CLI_FAIL, "--last-hash is of no record "
                             "in this export: it joins elsewhere, or the "
                             "journal was changed before it was exported");
    }

    if (cli->format == AIR_CLI_TEXT) {
        air_cli_proven_text(cli, e, ask);
        fputc('\n', cli->out);
        return air_cli_proven_vendors(cli, e);
    }

    if (cli->format == AIR_CLI_CSV) {
        return air_cli_proven_vendors(cli, e);
    }

    air_buf_init(&b, &cli->mem, AIR_EXPORT_LINE);

    if (air_export_statement(e, &b) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    air_cli_proven_json(cli, e, ask, air_buf_view(&b));

    return AIR_CLI_OK;
}


int
air_cli_last_hash(air_cli_t *cli, const char *text, unsigned char *hash)
{
    if (air_chain_read(air_str_z(text), hash) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "--last-hash needs 64 hex "
                             "digits, not \"%s\"", text);
    }

    return AIR_CLI_OK;
}


int
air_cli_verify_export(air_cli_t *cli, const char *path, const char *key,
    const char *last_hash)
{
    int                code, rc;
    FILE              *in;
    air_err_t          err;
    air_str_t          pem;
    air_export_t       e;
    unsigned char      public[AIR_ED25519_PUBLIC], sought[AIR_CHAIN_HASH];
    air_export_ask_t   ask;

    if (key == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "--export needs --public-key "
                             "FILE: whose signature is to be believed");
    }

    if (last_hash != NULL
        && air_cli_last_hash(cli, last_hash, sought) != AIR_CLI_OK)
    {
        return AIR_CLI_USAGE;
    }

    code = air_cli_read(cli, key, AIR_CLI_PEM, &pem);
    if (code != AIR_CLI_OK) {
        return code;
    }

    if (air_ed25519_public(pem, public, &err) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: %s", key, err.reason);
    }

    in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (in == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: %s", path,
                             strerror(errno));
    }

    ask.key = public;
    ask.sought = last_hash != NULL ? sought : NULL;

    air_export_init(&e, &cli->mem);

    rc = air_export_read(&e, in, &ask, &err);

    if (in != stdin) {
        (void) fclose(in);
    }

    if (rc == AIR_OK) {
        code = air_cli_proven(cli, &e, &ask);

    } else if (rc == AIR_ECORRUPT || rc == AIR_EFORMAT) {
        code = air_cli_error(cli, AIR_CLI_FAIL, "%s: NOT TO BE BELIEVED: %s",
                             path, e.text);

    } else {
        code = air_cli_store_error(cli, path, rc, &err);
    }

    air_export_free(&e);

    return code;
}
