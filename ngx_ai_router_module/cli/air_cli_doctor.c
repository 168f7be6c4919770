
/*
 * ai-router doctor: looks at everything an installation needs, says for each
 * whether it is well, and how to mend it when not.  Changes nothing.
 *
 * What the configuration names (store, price table, key files) is found by
 * reading its words; what only nginx knows is asked of nginx.
 */

#include "air_cli_doctor.h"
#include "../core/air_pricebook.h"
#include "../fetch/air_fetch.h"
#include "../store/air_inflight.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>


#define AIR_DOCTOR_TABLE  (64 * 1024 * 1024)   /* largest price table read  */
#define AIR_DOCTOR_OLD    (30 * (int64_t) 86400000)


static const air_cli_column_t  air_doctor_columns[] = {
    { "result", AIR_CLI_LEFT },
    { "check", AIR_CLI_LEFT },
    { "finding", AIR_CLI_LEFT },
    { NULL, AIR_CLI_LEFT }
};


void
air_doctor_say(air_doctor_t *d, air_doctor_e result, const char *check,
    const char *format, ...)
{
    char     text[1024];
    va_list  args;

    static const char *const  names[] = { "ok", "warn", "FAIL" };

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    d->failed += result == AIR_DOCTOR_FAIL;
    d->warned += result == AIR_DOCTOR_WARN;

    air_cli_cell_z(&d->table, names[result]);
    air_cli_cell_z(&d->table, check);
    air_cli_cell_z(&d->table, text);
}


/* 1 when there is a store to go on with. */
static int
air_doctor_store(air_doctor_t *d)
{
    struct stat  st;

    if (stat(d->store, &st) == -1) {

        if (errno == ENOENT) {
            air_doctor_say(d, AIR_DOCTOR_WARN, "store", "%s is not there yet: "
                           "nginx makes it at its first start", d->store);

        } else {
            air_doctor_say(d, AIR_DOCTOR_FAIL, "store", "%s: %s", d->store,
                           strerror(errno));
        }

        return 0;
    }

    if (!S_ISDIR(st.st_mode)) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "store", "%s is no directory: give "
                       "ai_store another one", d->store);
        return 0;
    }

    if (access(d->store, R_OK | X_OK) == -1) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "store", "%s cannot be read by uid "
                       "%u: run this as root or as uid %u", d->store,
                       (unsigned) geteuid(), (unsigned) st.st_uid);
        return 0;
    }

    if (access(d->store, W_OK) == -1) {
        air_doctor_say(d, AIR_DOCTOR_WARN, "store", "%s cannot be written by "
                       "uid %u; it belongs to uid %u", d->store,
                       (unsigned) geteuid(), (unsigned) st.st_uid);

    } else {
        air_doctor_say(d, AIR_DOCTOR_OK, "store", "%s can be read and written",
                       d->store);
    }

    if (st.st_mode & 07) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "permissions", "%s is open to "
                       "everybody: chmod 750 %s", d->store, d->store);

    } else {
        air_doctor_say(d, AIR_DOCTOR_OK, "permissions", "%04o, uid %u",
                       (unsigned) st.st_mode & 07777, (unsigned) st.st_uid);
    }

    return 1;
}


static void
air_doctor_space(air_doctor_t *d)
{
    uint64_t        mb;
    struct statvfs  vfs;

    if (statvfs(d->store, &vfs) == -1) {
        air_doctor_say(d, AIR_DOCTOR_WARN, "disk space", "%s",
                       strerror(errno));
        return;
    }

    mb = (uint64_t) vfs.f_bavail * vfs.f_frsize >> 20;

    air_doctor_say(d, mb < 128 ? AIR_DOCTOR_FAIL
                      : mb < 1024 ? AIR_DOCTOR_WARN : AIR_DOCTOR_OK,
                   "disk space", "%" PRIu64 " MB free%s", mb,
                   mb < 128 ? ": the next journal segment will not fit; make "
                              "room or set ai_store keep="
                   : mb < 1024 ? ": make room soon, or set ai_store keep="
                   : "");

    if (vfs.f_favail != 0 && vfs.f_favail < 100) {
        air_doctor_say(d, AIR_DOCTOR_WARN, "disk space", "fewer than 100 "
                       "files can be made");
    }
}


static void
air_doctor_journal(air_doctor_t *d)
{
    int                 rc;
    char                text[512];
    air_err_t           err;
    air_ledger_proof_t  proof;

    rc = air_ledger_check(d->store, text, sizeof(text), &err);

    if (rc != AIR_OK) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "start", "%s", text);

    } else {
        air_doctor_say(d, AIR_DOCTOR_OK, "start", "nginx can start with it");
    }

    rc = air_ledger_verify(d->store, &proof, &err);

    if (rc != AIR_OK && rc != AIR_ECORRUPT) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "journal", "%s%s%s", err.reason,
                       err.sys ? ": " : "", err.sys ? strerror(err.sys) : "");
        return;
    }

    if (proof.bad || proof.broken) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "journal", "%" PRIu64 " of %"
                       PRIu64 " records damaged, %" PRIu64 " seals broken: "
                       "%s; restore the file from a backup, or live with it: "
                       "the rest is used", proof.bad,
                       proof.bad + proof.records, proof.broken, proof.text);

    } else {
        air_doctor_say(d, AIR_DOCTOR_OK, "journal", "%" PRIu64 " records, %"
                       PRIu64 " seals", proof.records, proof.blocks);
    }

    if (proof.db_differs) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "database", "does not agree with "
                       "the journal: stop nginx and run \"ai-router ledger "
                       "rebuild --store %s\"", d->store);

    } else {
        air_doctor_say(d, AIR_DOCTOR_OK, "database", "agrees with the "
                       "journal, or is not there yet");
    }
}


static void
air_doctor_inflight(air_doctor_t *d)
{
    int        fd, rc;
    unsigned   inflight, orphans, owners;
    air_err_t  err;

    fd = open(d->store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd == -1) {
        return;
    }

    rc = air_inflight_survey(fd, &inflight, &orphans, &owners, &err);
    close(fd);

    if (rc == AIR_ENOENT) {
        air_doctor_say(d, AIR_DOCTOR_OK, "in flight", "nothing yet");

    } else if (rc != AIR_OK) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "in flight", "%s", err.reason);

    } else if (orphans) {
        air_doctor_say(d, AIR_DOCTOR_WARN, "in flight", "%u attempts of "
                       "processes that ended: %s", orphans, owners
                       ? "nginx settles them within a second"
                       : "they are settled when nginx starts");

    } else {
        air_doctor_say(d, AIR_DOCTOR_OK, "in flight", "%u attempts of %u "
                       "processes", inflight, owners);
    }
}


void
air_doctor_prices(air_doctor_t *d, const char *path)
{
    int                    rc;
    int64_t                time, age;
    air_str_t              text;
    struct stat            st;
    air_pricebook_t       *book;
    air_pricebook_error_t  error;

    if (stat(path, &st) == -1) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "prices", "%s: %s; \"ai-router "
                       "prices\" makes one", path, strerror(errno));
        return;
    }

    if (air_cli_read(d->cli, path, AIR_DOCTOR_TABLE, &text) != AIR_CLI_OK) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "prices", "%s cannot be read",
                       path);
        return;
    }

    memset(&error, 0, sizeof(error));

    rc = air_pricebook_read(&book, text, AIR_PRICES_OURS, &d->cli->mem,
                            &error);

    if (rc != AIR_OK) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "prices", "%s:%u: %s", path,
                       error.line, error.text);
        return;
    }

    time = air_pricebook_time(book);

    if (time == 0) {
        time = (int64_t) st.st_mtime * 1000;
    }

    age = air_cli_now() - time;

    air_doctor_say(d, age > AIR_DOCTOR_OLD ? AIR_DOCTOR_WARN : AIR_DOCTOR_OK,
                   "prices", "%s: %u models, %" PRId64 " days old%s", path,
                   air_pricebook_count(book), age / 86400000,
                   age > AIR_DOCTOR_OLD ? ": import newer ones" : "");
}


void
air_doctor_secret(air_doctor_t *d, const char *path)
{
    struct stat  st;

    if (stat(path, &st) == -1) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "key file", "%s: %s", path,
                       strerror(errno));
        return;
    }

    if (st.st_mode & 07) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "key file", "%s is open to "
                       "everybody: chmod 600 %s, and change the key", path,
                       path);

    } else if (st.st_mode & 070) {
        air_doctor_say(d, AIR_DOCTOR_WARN, "key file", "%s is open to group "
                       "%u: chmod 600 %s", path, (unsigned) st.st_gid, path);

    } else if (S_ISREG(st.st_mode) && st.st_size == 0) {
        air_doctor_say(d, AIR_DOCTOR_FAIL, "key file", "%s is empty", path);

    } else {
        air_doctor_say(d, AIR_DOCTOR_OK, "key file", "%s %04o", path,
                       (unsigned) st.st_mode & 07777);
    }
}


static void
air_doctor_connect(air_doctor_t *d, const char *url)
{
    int                rc;
    air_err_t          err;
    air_fetch_t        f;
    air_fetch_reply_t  r;

    memset(&f, 0, sizeof(f));
    f.url = url;
    f.total_ms = 10000;
    f.max_body = 1024 * 1024;

    rc = air_fetch(&f, &d->cli->mem, &r, &err);

    /* without a key 401 is what a vendor should say: it is there */

    if (rc == AIR_OK || rc == AIR_ELIMIT) {
        air_doctor_say(d, r.status >= 500 ? AIR_DOCTOR_WARN : AIR_DOCTOR_OK,
                       "connect", "%s answers %ld in %" PRId64 " ms", url,
                       r.status, r.took_ms);
        return;
    }

    air_doctor_say(d, AIR_DOCTOR_FAIL, "connect", "%s: %s%s%s", url,
                   err.reason, r.error[0] ? ": " : "", r.error);
}


static int
air_doctor_end(air_doctor_t *d)
{
    int  code;

    code = air_cli_table_end(&d->table);

    if (code != AIR_CLI_OK) {
        return code;
    }

    if (d->cli->format == AIR_CLI_TEXT) {
        fprintf(d->cli->out, "\n%u failed, %u to be looked at\n", d->failed,
                d->warned);
    }

    return d->failed ? AIR_CLI_FAIL : AIR_CLI_OK;
}


int
air_cli_doctor(air_cli_t *cli, int argc, char **argv)
{
    int           code, rc;
    const char   *store, *conf, *nginx, *module, *prices, *url;
    air_doctor_t  d;

    const air_cli_option_t  options[] = {
        { "store", AIR_CLI_STRING, &store },
        { "conf", AIR_CLI_STRING, &conf },
        { "nginx", AIR_CLI_STRING, &nginx },
        { "module", AIR_CLI_STRING, &module },
        { "prices", AIR_CLI_STRING, &prices },
        { "connect", AIR_CLI_STRING, &url },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    store = conf = nginx = module = prices = url = NULL;

    rc = air_cli_options(cli, options, argc, argv, &code);
    if (rc == -1) {
        return code;
    }

    if (rc > 0) {
        return air_cli_error(cli, AIR_CLI_USAGE, "takes no \"%s\"", argv[1]);
    }

    memset(&d, 0, sizeof(d));
    d.cli = cli;
    d.store = store;
    d.module = module;
    air_cli_table_init(&d.table, cli, air_doctor_columns);

    if (conf != NULL) {
        air_doctor_conf(&d, conf);
    }

    if (prices != NULL) {
        air_doctor_prices(&d, prices);
    }

    if (d.store == NULL) {
        d.store = AIR_CLI_STORE;
    }

    if (air_doctor_store(&d)) {
        air_doctor_space(&d);
        air_doctor_journal(&d);
        air_doctor_inflight(&d);
    }

    air_doctor_nginx(&d, nginx != NULL ? nginx : "nginx", conf);

    if (url != NULL) {
        (void) air_fetch_init();
        air_doctor_connect(&d, url);
        air_fetch_done();
    }

    return air_doctor_end(&d);
}
