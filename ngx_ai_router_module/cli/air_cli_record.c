
/*
 * Records as lines: each is written as it is read, because a ledger may be
 * larger than memory.
 */

#include "air_cli_store.h"
#include "../core/air_fault.h"
#include "../store/air_record_write.h"

#include <inttypes.h>


/* What was lost, as far as it is plain text. */
static void
air_record_lost(air_cli_t *cli, air_str_t warnings)
{
    size_t  i;

    fputs("  lost ", cli->out);

    for (i = 0; i < warnings.len; i++) {
        fputc(warnings.data[i] > 0x20 && warnings.data[i] < 0x7f
              ? warnings.data[i] : '?', cli->out);
    }
}


/* NAME=VALUE where there is one; what callers say themselves stays in its
   line */
static void
air_record_who(air_cli_t *cli, const char *name, air_str_t value)
{
    size_t  i;

    if (value.len == 0) {
        return;
    }

    fprintf(cli->out, "  %s=", name);

    for (i = 0; i < value.len; i++) {
        fputc(value.data[i] < 0x20 || value.data[i] == 0x7f ? '?'
                                                            : value.data[i],
              cli->out);
    }
}


/* The few things a person follows: one line that fits a terminal. */
static void
air_record_line(air_cli_t *cli, const air_record_t *r, air_buf_t *b)
{
    char         when[32];
    size_t       i;
    uint64_t     in, out;
    const char  *why;

    in = 0;
    out = 0;

    for (i = 0; i < AIR_NCLASS; i++) {
        *(i < AIR_OUT ? &in : &out) += r->n[i];
    }

    why = r->fault == AIR_FAULT_NONE ? "ok"
          : r->fault < AIR_NFAULT ? air_fault_row(r->fault)->why : "?";

    b->len = 0;

    (void) air_buf_str(b, r->vendor);
    (void) air_buf_z(b, "/");
    (void) air_buf_str(b, r->model);

    for (i = 0; i < b->len; i++) {
        if (b->data[i] < 0x20 || b->data[i] == 0x7f) {
            b->data[i] = '?';
        }
    }

    fprintf(cli->out, "%8" PRIu64 "  %s  %u  %-32.*s  %3u  %-14s %6u ms "
            "%8" PRIu64 " %7" PRIu64 "  ", r->seq,
            air_cli_time(r->time_ms, when), r->attempt, (int) b->len,
            b->data != NULL ? (char *) b->data : "", r->status, why,
            r->latency_ms, in, out);

    b->len = 0;

    if (r->cost == AIR_UNKNOWN) {
        fputs("unknown", cli->out);

    } else if (air_buf_pusd(b, r->cost) == AIR_OK) {
        fprintf(cli->out, "$%.*s%s", (int) b->len, (char *) b->data,
                r->certainty == AIR_CERTAIN_ESTIMATED ? " (estimated)"
                : r->certainty == AIR_CERTAIN_UNKNOWN ? " (worst case)" : "");
    }

    air_record_who(cli, "workflow", r->workflow);
    air_record_who(cli, "team", r->team);
    air_record_who(cli, "principal", r->principal);

    if (r->nlost) {
        air_record_lost(cli, r->warnings);
    }

    fputc('\n', cli->out);
}


/* A buffer on the stack: a record is never longer. */
static void *
air_record_alloc(void *ud, size_t size)
{
    return size <= AIR_RECORD_TEXT ? ud : NULL;
}


/* A record, or the headings when there is none. */
static void
air_record_print(air_cli_t *cli, const air_record_t *r)
{
    air_mem_t      mem;
    air_buf_t      b;
    unsigned char  room[AIR_RECORD_TEXT];

    mem.alloc = air_record_alloc;
    mem.ud = room;

    air_buf_init(&b, &mem, sizeof(room));

    if (air_buf_reserve(&b, sizeof(room)) != AIR_OK) {
        return;
    }

    if (r == NULL) {
        (void) air_record_csv_head(&b);

    } else if (cli->format == AIR_CLI_TEXT) {
        air_record_line(cli, r, &b);
        return;

    } else if (cli->format == AIR_CLI_CSV) {
        (void) air_record_csv(r, &b);

    } else {
        (void) air_record_json(r, &b);
        (void) air_buf_byte(&b, '\n');
    }

    (void) fwrite(b.data, 1, b.len, cli->out);
}


void
air_cli_record_head(air_cli_t *cli)
{
    if (cli->format == AIR_CLI_CSV) {
        air_record_print(cli, NULL);
    }
}


void
air_cli_record(air_cli_t *cli, const air_record_t *r)
{
    air_record_print(cli, r);
}
