
/*
 * Fills a ledger with records of any time: for tests that need a past.
 *
 *     seed DIR < lines
 *
 * A line has these fields, parted by tabs: ms UTC, request (a number),
 * attempt, final (0, 1), vendor, model, workflow, principal, fault (its
 * number), status, pico-dollars ("?": unknown), latency and first token in ms,
 * input and output tokens, why (air_why_e), more flags.  In the end all of them
 * are in LMDB.
 */


#include "../../ngx_ai_router_module/store/air_ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define FIELDS  17


static int
take(air_ledger_t *l, char *line)
{
    char          *p, *f[FIELDS];
    unsigned       n;
    uint64_t       id;
    air_record_t   r;

    for (n = 0, p = line; p != NULL && n < FIELDS; n++) {
        f[n] = strsep(&p, "\t");
    }

    if (n != FIELDS || p != NULL) {
        return -1;
    }

    memset(&r, 0, sizeof(r));

    r.kind = AIR_RECORD_ATTEMPT;
    r.op = AIR_OP_CHAT;
    r.time_ms = strtoll(f[0], NULL, 10);
    id = strtoull(f[1], NULL, 10);
    memcpy(r.request_id, &id, sizeof(id));
    r.attempt = (uint16_t) strtol(f[2], NULL, 10);
    r.flags = strtol(f[3], NULL, 10) ? AIR_REC_FINAL | AIR_REC_COMMITTED : 0;
    r.vendor = air_str_z(f[4]);
    r.model = air_str_z(f[5]);
    r.workflow = air_str_z(f[6]);
    r.principal = air_str_z(f[7]);
    r.fault = (uint16_t) strtol(f[8], NULL, 10);
    r.status = (uint16_t) strtol(f[9], NULL, 10);
    r.client_status = r.status;
    r.cost = f[10][0] == '?' ? AIR_UNKNOWN : strtoull(f[10], NULL, 10);
    r.computed_cost = r.cost;
    r.latency_ms = (uint32_t) strtol(f[11], NULL, 10);
    r.first_token_ms = (uint32_t) strtol(f[12], NULL, 10);
    r.n[AIR_IN] = (uint32_t) strtol(f[13], NULL, 10);
    r.n[AIR_OUT] = (uint32_t) strtol(f[14], NULL, 10);
    r.why = (uint8_t) (1 + strtol(f[15], NULL, 10));
    r.flags |= (uint32_t) strtoul(f[16], NULL, 0);

    return air_ledger_settle(l, -1, &r);
}


int
main(int argc, char **argv)
{
    char               *line;
    size_t              size, n;
    ssize_t             len;
    air_err_t           err;
    air_ledger_t       *l;
    air_ledger_conf_t   conf;
    air_ledger_work_t   work;

    if (argc < 2) {
        return 2;
    }

    memset(&conf, 0, sizeof(conf));

    if (air_ledger_open(&l, argv[1], &conf, &err) != AIR_OK) {
        fprintf(stderr, "seed: %s: %s\n", argv[1], err.reason);
        return 1;
    }

    line = NULL;
    size = 0;

    for (n = 0; (len = getline(&line, &size, stdin)) > 0; n++) {

        line[strcspn(line, "\n")] = '\0';

        if (take(l, line) != AIR_OK) {
            fprintf(stderr, "seed: line %zu\n", n + 1);
            return 1;
        }
    }

    do {
        (void) air_ledger_tick(l, 1, &work, &err);
    } while (work.applied != 0);

    air_ledger_close(l);
    free(line);

    return 0;
}
