
/*
 * ai-router drill: makes a vendor look down to a slice of the requests, stops
 * that, and shows what came of it.
 */

#include "air_cli_store.h"
#include "../store/air_evidence.h"
#include "../store/air_topology.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>


#define AIR_CLI_DRILL_WAIT  3000  /* ms until nginx has begun it           */
#define AIR_CLI_DRILL_POLL  50


/* what a call says */
typedef struct {
    air_cli_t         *cli;
    const char        *dir;
    air_drill_slot_t   want;
    int64_t            for_ms;
    int                even_alone;
    int                wait;
} air_cli_drill_t;


/* "5", "0.5", "2%" in hundredths of a percent; AIR_EINVAL */
static int
air_cli_drill_percent(const char *text, uint32_t *share)
{
    char      *end;
    unsigned   i;
    uint32_t   part;

    if (*text < '0' || *text > '9') {
        return AIR_EINVAL;
    }

    errno = 0;
    *share = (uint32_t) strtoul(text, &end, 10);

    if (errno != 0 || end - text > 3) {
        return AIR_EINVAL;
    }

    *share *= 100;

    if (*end == '.') {
        end++;

        for (i = 0, part = 10; *end >= '0' && *end <= '9' && i < 2; i++) {
            *share += (uint32_t) (*end++ - '0') * part;
            part /= 10;
        }

        if (i == 0) {
            return AIR_EINVAL;
        }
    }

    end += *end == '%';

    return *end == '\0' && *share <= AIR_DRILL_ALL ? AIR_OK : AIR_EINVAL;
}


/* "90s", "10m", "2h" in ms */
static int
air_cli_drill_time(const char *text, int64_t *ms)
{
    char           *end;
    unsigned long   n;

    if (*text < '0' || *text > '9') {
        return AIR_EINVAL;
    }

    errno = 0;
    n = strtoul(text, &end, 10);

    if (errno != 0 || n == 0 || n > AIR_DRILL_LONGEST) {
        return AIR_EINVAL;
    }

    *ms = (int64_t) n * (strcmp(end, "s") == 0 ? 1000
                         : strcmp(end, "m") == 0 ? 60000
                         : strcmp(end, "h") == 0 ? 3600000 : 0);

    return *ms > 0 && *ms <= AIR_DRILL_LONGEST ? AIR_OK : AIR_EINVAL;
}


static int
air_cli_drill_name(const char *text, char *to, size_t size)
{
    if (strlen(text) == 0 || strlen(text) >= size) {
        return AIR_EINVAL;
    }

    memcpy(to, text, strlen(text) + 1);

    return AIR_OK;
}


/* one word of a call, NAME=VALUE */
static int
air_cli_drill_word(air_cli_drill_t *d, const char *word)
{
    int          rc;
    const char  *value;

    value = strchr(word, '=');

    if (value == NULL) {
        return air_cli_error(d->cli, AIR_CLI_USAGE, "unknown \"%s\": a drill "
                             "is \"vendor=NAME percent=5 for=10m\", or "
                             "\"stop\", \"status\", \"list\"", word);
    }

    value++;
    rc = AIR_EINVAL;

    if (strncmp(word, "vendor=", 7) == 0) {
        rc = air_cli_drill_name(value, d->want.vendor,
                                sizeof(d->want.vendor));

    } else if (strncmp(word, "workflow=", 9) == 0) {
        rc = air_cli_drill_name(value, d->want.workflow,
                                sizeof(d->want.workflow));

    } else if (strncmp(word, "percent=", 8) == 0) {
        rc = air_cli_drill_percent(value, &d->want.rule.share);

        if (rc == AIR_OK && d->want.rule.share == 0) {
            rc = AIR_EINVAL;
        }

    } else if (strncmp(word, "max_errors=", 11) == 0) {
        rc = air_cli_drill_percent(value, &d->want.rule.max_errors);

    } else if (strncmp(word, "for=", 4) == 0) {
        rc = air_cli_drill_time(value, &d->for_ms);

    } else {
        return air_cli_error(d->cli, AIR_CLI_USAGE, "unknown \"%s\": vendor, "
                             "percent, for, workflow or max_errors", word);
    }

    if (rc != AIR_OK) {
        return air_cli_error(d->cli, AIR_CLI_USAGE, "\"%s\": names are of "
                             "ai_vendor and ai_workflow, percents from 0.01 "
                             "to 100, times from 1s to 24h", word);
    }

    return AIR_CLI_OK;
}


/* ms of the monotonic clock */
static void
air_cli_drill_sleep(void)
{
    struct timespec  ts;

    ts.tv_sec = 0;
    ts.tv_nsec = AIR_CLI_DRILL_POLL * 1000000L;

    (void) nanosleep(&ts, NULL);
}


/* vendor and workflow are configured, and what the loss would do */
static int
air_cli_drill_shows(air_cli_drill_t *d, const air_topology_t *topo)
{
    char                        name[128];
    uint32_t                    i;
    air_survival_t              s;
    air_cli_table_t             table;
    const air_topo_target_t    *t;
    const air_topo_workflow_t  *wf;

    static const air_cli_column_t  columns[] = {
        { "workflow", AIR_CLI_LEFT },
        { "survives", AIR_CLI_LEFT },
        { "with", AIR_CLI_LEFT },
        { NULL, AIR_CLI_LEFT }
    };

    for (i = 0; i < topo->nvendor; i++) {
        if (air_str_eqz(topo->vendor[i].name, d->want.vendor)) {
            break;
        }
    }

    if (i == topo->nvendor) {
        return air_cli_error(d->cli, AIR_CLI_USAGE, "no vendor \"%s\" in the "
                             "configuration that runs", d->want.vendor);
    }

    for (i = 0; i < topo->nworkflow && d->want.workflow[0] != '\0'; i++) {
        if (air_str_eqz(topo->workflow[i].name, d->want.workflow)) {
            break;
        }
    }

    if (i == topo->nworkflow && d->want.workflow[0] != '\0') {
        return air_cli_error(d->cli, AIR_CLI_USAGE, "no workflow \"%s\" in "
                             "the configuration that runs", d->want.workflow);
    }

    air_cli_table_init(&table, d->cli, columns);

    for (i = 0; i < topo->nworkflow; i++) {
        wf = &topo->workflow[i];

        air_survive(topo, wf, AIR_LOSS_VENDOR, air_str_z(d->want.vendor), &s);

        if (s.verdict == AIR_SURVIVE_UNTOUCHED
            || (d->want.workflow[0] != '\0'
                && !air_str_eqz(wf->name, d->want.workflow)))
        {
            continue;
        }

        air_cli_cell(&table, wf->name);
        air_cli_cell_z(&table, air_survive_name(s.verdict));

        if (s.first == AIR_TOPO_NONE) {
            air_cli_cell_z(&table, d->even_alone ? "nobody"
                           : "nobody: its requests are spared");
            continue;
        }

        t = &wf->target[s.first];

        snprintf(name, sizeof(name), "%.*s/%.*s",
                 (int) topo->vendor[t->vendor].name.len,
                 (char *) topo->vendor[t->vendor].name.data,
                 (int) t->model.len, (char *) t->model.data);

        air_cli_cell_z(&table, name);
    }

    if (table.n == 0) {
        return air_cli_error(d->cli, AIR_CLI_FAIL, "no workflow asks \"%s\"",
                             d->want.vendor);
    }

    return air_cli_table_end(&table);
}


static int
air_cli_drill_look(air_cli_drill_t *d)
{
    int                  rc;
    air_err_t            err;
    air_topology_file_t  file;

    memset(&err, 0, sizeof(err));
    rc = air_topology_read(&file, d->dir, &err);

    if (rc == AIR_ENOENT) {
        return air_cli_error(d->cli, AIR_CLI_USAGE, "%s: no nginx with this "
                             "store has been started", d->dir);
    }

    if (rc != AIR_OK) {
        return air_cli_store_error(d->cli, d->dir, rc, &err);
    }

    rc = air_cli_drill_shows(d, &file.topo);

    air_topology_free(&file);

    return rc;
}


static int
air_cli_drill_open(air_cli_t *cli, air_drills_t *drills, const char *dir,
    int write)
{
    int        rc;
    air_err_t  err;

    memset(&err, 0, sizeof(err));
    rc = air_drills_open(drills, dir, 0, write, &err);

    if (rc == AIR_ENOENT) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: no nginx with this "
                             "store has been started", dir);
    }

    if (rc == AIR_EIO && err.sys == EACCES) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: drills are for the "
                             "owner of the store and for root", dir);
    }

    return rc == AIR_OK ? AIR_CLI_OK : air_cli_store_error(cli, dir, rc, &err);
}


/* waits until nginx has begun it; then, if wanted, until it ended */
static int
air_cli_drill_follow(air_cli_drill_t *d, air_drills_t *drills, unsigned i)
{
    int                 waited;
    air_drill_slot_t   *slot;
    air_drill_state_e   state;
    air_drill_counts_t *c;

    slot = &drills->file->slot[i];

    for (waited = 0; ; waited += AIR_CLI_DRILL_POLL) {
        state = air_drills_state(slot);

        if (state != AIR_DRILL_ASKED && state != AIR_DRILL_BEGINS) {
            break;
        }

        if (waited >= AIR_CLI_DRILL_WAIT) {
            air_drills_stop(drills, i);
            return air_cli_error(d->cli, AIR_CLI_FAIL, "nobody began it in "
                                 "%d s: is nginx running? it was withdrawn",
                                 AIR_CLI_DRILL_WAIT / 1000);
        }

        air_cli_drill_sleep();
    }

    if (state == AIR_DRILL_ENDED && slot->end == AIR_DRILL_GONE) {
        return air_cli_error(d->cli, AIR_CLI_FAIL, "nginx knows no vendor "
                             "\"%s\" any more", d->want.vendor);
    }

    if (d->cli->format == AIR_CLI_TEXT) {
        fprintf(d->cli->out, "It began. \"ai-router drill status\" shows it, "
                "\"ai-router drill stop\" ends it.\n");
        fflush(d->cli->out);
    }

    if (!d->wait) {
        return AIR_CLI_OK;
    }

    while (air_drills_state(slot) != AIR_DRILL_ENDED) {
        air_cli_drill_sleep();
    }

    c = &slot->counts;

    if (d->cli->format == AIR_CLI_TEXT) {
        fprintf(d->cli->out, "It ended (%s): %llu requests drilled, %llu "
                "failed, %llu spared.\n", air_drill_end_name(slot->end),
                (unsigned long long) c->drilled,
                (unsigned long long) c->errors,
                (unsigned long long) c->spared);
    }

    return air_drill_passed(&slot->rule, c, slot->end) ? AIR_CLI_OK
                                                       : AIR_CLI_FAIL;
}


static int
air_cli_drill_start(air_cli_drill_t *d)
{
    int           rc;
    unsigned      i;
    air_err_t     err;
    air_drills_t  drills;

    if (d->want.vendor[0] == '\0' || d->want.rule.share == 0
        || d->for_ms == 0)
    {
        return air_cli_error(d->cli, AIR_CLI_USAGE, "a drill needs "
                             "\"vendor=NAME percent=5 for=10m\"");
    }

    rc = air_cli_drill_open(d->cli, &drills, d->dir, 1);

    if (rc != AIR_CLI_OK) {
        return rc;
    }

    rc = air_cli_drill_look(d);

    if (rc != AIR_CLI_OK) {
        air_drills_close(&drills);
        return rc;
    }

    memset(&err, 0, sizeof(err));
    d->want.even_alone = d->even_alone != 0;

    rc = air_drills_ask(&drills, &d->want, d->for_ms, air_cli_now(), &i, &err);

    switch (rc) {

    case AIR_OK:
        rc = air_cli_drill_follow(d, &drills, i);
        break;

    case AIR_EBUSY:
        rc = air_cli_error(d->cli, AIR_CLI_FAIL, "vendor \"%s\" has a drill "
                           "already; \"ai-router drill stop vendor=%s\" ends "
                           "it", d->want.vendor, d->want.vendor);
        break;

    case AIR_ELIMIT:
        rc = air_cli_error(d->cli, AIR_CLI_FAIL, "%d drills run already",
                           AIR_DRILLS_SLOTS);
        break;

    default:
        rc = air_cli_store_error(d->cli, d->dir, rc, &err);
        break;
    }

    air_drills_close(&drills);

    return rc;
}


/* ends the drill of a vendor, or all */
static int
air_cli_drill_stop(air_cli_drill_t *d)
{
    int                 rc, left, waited;
    unsigned            i, n;
    air_drills_t        drills;
    air_drill_slot_t   *slot;
    air_drill_state_e   state;

    rc = air_cli_drill_open(d->cli, &drills, d->dir, 1);

    if (rc != AIR_CLI_OK) {
        return rc;
    }

    n = 0;

    for (waited = 0; ; waited += AIR_CLI_DRILL_POLL) {
        left = 0;

        for (i = 0; i < AIR_DRILLS_SLOTS; i++) {
            slot = &drills.file->slot[i];
            state = air_drills_state(slot);

            if (state == AIR_DRILL_FREE || state == AIR_DRILL_ENDED
                || (d->want.vendor[0] != '\0'
                    && strcmp(slot->vendor, d->want.vendor) != 0))
            {
                continue;
            }

            left = 1;
            n += waited == 0;
            air_drills_stop(&drills, i);
        }

        if (!left || waited >= AIR_CLI_DRILL_WAIT + AIR_DRILLS_DRAIN) {
            break;
        }

        air_cli_drill_sleep();
    }

    air_drills_close(&drills);

    if (n == 0) {
        return air_cli_error(d->cli, AIR_CLI_FAIL, "no drill runs");
    }

    if (left) {
        return air_cli_error(d->cli, AIR_CLI_FAIL, "not ended yet: is nginx "
                             "running? it ends when nginx is there");
    }

    if (d->cli->format == AIR_CLI_TEXT) {
        fprintf(d->cli->out, "%u stopped\n", n);
    }

    return AIR_CLI_OK;
}


static const air_cli_column_t  air_cli_drill_columns[] = {
    { "began", AIR_CLI_LEFT },
    { "vendor", AIR_CLI_LEFT },
    { "workflow", AIR_CLI_LEFT },
    { "percent", AIR_CLI_NUMBER },
    { "minutes", AIR_CLI_NUMBER },
    { "end", AIR_CLI_LEFT },
    { "passed", AIR_CLI_LEFT },
    { "drilled", AIR_CLI_NUMBER },
    { "errors", AIR_CLI_NUMBER },
    { "others", AIR_CLI_NUMBER },
    { "other_errors", AIR_CLI_NUMBER },
    { "spared", AIR_CLI_NUMBER },
    { "added_ms", AIR_CLI_NUMBER },
    { "served", AIR_CLI_LEFT },
    { NULL, AIR_CLI_LEFT }
};


static void
air_cli_drill_row(air_cli_table_t *table, const air_drill_past_t *p)
{
    char      text[64], served[512];
    size_t    n;
    unsigned  i;

    air_cli_cell_z(table, air_cli_time(p->rule.start_ms, text));
    air_cli_cell_z(table, p->vendor);
    air_cli_cell_z(table, p->workflow);

    snprintf(text, sizeof(text), "%u.%02u", p->rule.share / 100,
             p->rule.share % 100);
    air_cli_cell_z(table, text);

    air_cli_cell_uint(table, (uint64_t) (p->rule.end_ms - p->rule.start_ms)
                             / 60000);
    air_cli_cell_z(table, air_drill_end_name(p->end));
    air_cli_cell_z(table, p->end == AIR_DRILL_RUNS ? ""
                          : air_drill_past_passed(p) ? "yes" : "no");
    air_cli_cell_uint(table, p->counts.drilled);
    air_cli_cell_uint(table, p->counts.errors);
    air_cli_cell_uint(table, p->counts.others);
    air_cli_cell_uint(table, p->counts.other_errors);
    air_cli_cell_uint(table, p->counts.spared);
    air_cli_cell_uint(table, air_drill_added(&p->counts));

    served[0] = '\0';

    for (i = 0, n = 0; i < p->nserved && n < sizeof(served) - 64; i++) {
        n += (size_t) snprintf(served + n, sizeof(served) - n, "%s%s=%llu",
                               i ? " " : "", p->served[i].name,
                               (unsigned long long) p->served[i].n);
    }

    air_cli_cell_z(table, served);
}


/* those in the file of drills, running or last */
static int
air_cli_drill_status(air_cli_drill_t *d)
{
    int                      rc;
    uint64_t                 n[AIR_DRILLS_SERVED + 1];
    unsigned                 i, k;
    air_str_t                name[AIR_DRILLS_SERVED + 1];
    air_drills_t             drills;
    air_cli_table_t          table;
    air_drill_past_t         p;
    const air_drill_slot_t  *slot;

    rc = air_cli_drill_open(d->cli, &drills, d->dir, 0);

    if (rc != AIR_CLI_OK) {
        return rc;
    }

    air_cli_table_init(&table, d->cli, air_cli_drill_columns);

    for (i = 0; i < AIR_DRILLS_SLOTS; i++) {
        slot = &drills.file->slot[i];

        if (air_drills_state(slot) == AIR_DRILL_FREE
            || slot->rule.start_ms == 0)
        {
            continue;
        }

        memset(&p, 0, sizeof(p));
        memcpy(p.vendor, slot->vendor, sizeof(p.vendor));
        memcpy(p.workflow, slot->workflow, sizeof(p.workflow));
        p.rule = slot->rule;
        p.counts = slot->counts;
        p.end = air_drills_state(slot) == AIR_DRILL_ENDED
                ? (air_drill_e) slot->end : AIR_DRILL_RUNS;

        p.nserved = air_drills_servers(slot, name, n, AIR_DRILLS_SERVED + 1);

        for (k = 0; k < p.nserved; k++) {
            memcpy(p.served[k].name, name[k].data, name[k].len);
            p.served[k].n = n[k];
        }

        air_cli_drill_row(&table, &p);
    }

    rc = air_cli_table_end(&table);

    air_drills_close(&drills);

    return rc;
}


/* those in the ledger */
static int
air_cli_drill_list(air_cli_drill_t *d)
{
    int              rc;
    size_t           i;
    air_err_t        err;
    air_evidence_t   e;
    air_cli_table_t  table;

    memset(&err, 0, sizeof(err));
    rc = air_evidence_load(&e, d->dir, NULL, INT64_MIN, INT64_MAX, &err);

    if (rc != AIR_OK) {
        return air_cli_store_error(d->cli, d->dir, rc, &err);
    }

    air_cli_table_init(&table, d->cli, air_cli_drill_columns);

    for (i = 0; i < e.n; i++) {
        if (d->want.vendor[0] == '\0'
            || strcmp(d->want.vendor, e.drill[i].vendor) == 0)
        {
            air_cli_drill_row(&table, &e.drill[i]);
        }
    }

    air_evidence_free(&e);

    return air_cli_table_end(&table);
}


int
air_cli_drill(air_cli_t *cli, int argc, char **argv)
{
    int              n, i, code;
    air_cli_drill_t  d;
    int            (*run)(air_cli_drill_t *d);

    memset(&d, 0, sizeof(d));
    d.cli = cli;
    d.dir = AIR_CLI_STORE;
    d.want.rule.max_errors = AIR_DRILL_ERRORS;
    run = air_cli_drill_start;

    const air_cli_option_t  options[] = {
        { "store", AIR_CLI_STRING, &d.dir },
        { "even-alone", AIR_CLI_FLAG, &d.even_alone },
        { "wait", AIR_CLI_FLAG, &d.wait },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    n = air_cli_options(cli, options, argc, argv, &code);
    if (n == -1) {
        return code;
    }

    i = 1;

    if (n > 0 && strcmp(argv[1], "stop") == 0) {
        run = air_cli_drill_stop;
        i++;

    } else if (n > 0 && strcmp(argv[1], "status") == 0) {
        run = air_cli_drill_status;
        i++;

    } else if (n > 0 && strcmp(argv[1], "list") == 0) {
        run = air_cli_drill_list;
        i++;
    }

    for ( /* void */ ; i <= n; i++) {
        code = air_cli_drill_word(&d, argv[i]);

        if (code != AIR_CLI_OK) {
            return code;
        }
    }

    return run(&d);
}
