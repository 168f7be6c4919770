
/*
 * Records as lines: each is written as it is read, because a ledger may be
 * larger than memory.
 */

#include "air_cli_store.h"
#include "../core/air_fault.h"
#include "../core/air_floor.h"
#include "../core/air_route.h"
#include "../core/air_task.h"

#include <inttypes.h>


typedef enum {
    AIR_CELL_UINT = 0,
    AIR_CELL_TEXT,
    AIR_CELL_PUSD,                /* empty or null when unknown              */
    AIR_CELL_TIME,
    AIR_CELL_NONE                 /* empty or null                           */
} air_cell_e;


typedef struct {
    air_cell_e   kind;
    uint64_t     n;
    air_str_t    text;
} air_cell_t;


static const char *const  air_record_columns[] = {
    "seq", "time", "kind", "op", "request_id", "attempt", "final", "workflow",
    "principal", "vendor", "model", "served_model", "tier", "service_tier",
    "status", "client_status", "fault", "certainty", "cost_usd",
    "computed_cost_usd", "price_id", "latency_ms", "first_token_ms", "input",
    "cache_read", "cache_write", "cache_write_1h", "input_audio",
    "cache_read_audio", "input_image", "cache_read_image", "output",
    "output_reasoning", "output_audio", "output_image", "citation",
    "reasoning", "fee_request", "fee_search", "fee_fetch", "fee_second",
    "fee_page", "request_bytes", "reply_bytes", "vendor_id", "flags",
    "reason", "left_out", "lost", "warnings", "team", "task", "verdict",
    "check", "grade", NULL
};

#define AIR_RECORD_COLUMNS                                                   \
    (sizeof(air_record_columns) / sizeof(char *) - 1)


_Static_assert(AIR_NCLASS == 13 && AIR_NFEE == 5,
               "a column for each class and fee");


static const char *const  air_record_kinds[] = {
    "", "attempt", "refused", "adjust", "cached", "verdict"
};

static const char *const  air_record_ops[] = {
    "", "chat", "completions", "embeddings", "responses", "messages",
    "count_tokens", "models"
};

static const char *const  air_record_certain[] = {
    "reported", "estimated", "worst_case", "none"
};

static const char *const  air_record_tiers[] = {
    "standard", "batch", "flex", "priority", "fast"
};

static const char *const  air_record_flags[] = {
    "final", "stream", "committed", "aborted", "escalated", "probe",
    "suspect", "clamped", "fallback_rate", "vendor_cost", "orphan",
    "simulated", "model_changed", "drained", "judge", "second", "shadow",
    "cut", "degraded", "held", "kept", "sufficed"
};


#define air_record_name(names, i)                                            \
    air_str_z((i) < sizeof(names) / sizeof(names[0]) ? (names)[i] : "?")


static air_cell_t
air_cell_uint(uint64_t n)
{
    air_cell_t  cell = { AIR_CELL_UINT, n, air_null_str };

    return cell;
}


static air_cell_t
air_cell_pusd(uint64_t n)
{
    air_cell_t  cell = { AIR_CELL_PUSD, n, air_null_str };

    return cell;
}


static air_cell_t
air_cell_text(air_str_t text)
{
    air_cell_t  cell = { AIR_CELL_TEXT, 0, text };

    return cell;
}


static air_str_t
air_record_flag_names(uint32_t flags, char *text, size_t size)
{
    size_t    n, len;
    unsigned  i;

    n = 0;
    text[0] = '\0';

    for (i = 0; i < sizeof(air_record_flags) / sizeof(char *); i++) {

        len = strlen(air_record_flags[i]);

        if ((flags & 1U << i) == 0 || n + len + 2 > size) {
            continue;
        }

        if (n) {
            text[n++] = ' ';
        }

        memcpy(text + n, air_record_flags[i], len + 1);
        n += len;
    }

    return air_str_n(text, n);
}


static void
air_record_cells(const air_record_t *r, air_cell_t *cell, char *id,
    char *flags, size_t size)
{
    unsigned  i, n;

    n = 0;

    for (i = 0; i < 16; i++) {
        snprintf(id + 2 * i, 3, "%02x", r->request_id[i]);
    }

    cell[n++] = air_cell_uint(r->seq);
    cell[n] = air_cell_uint((uint64_t) r->time_ms);
    cell[n++].kind = AIR_CELL_TIME;
    cell[n++] = air_cell_text(air_record_name(air_record_kinds, r->kind));
    cell[n++] = air_cell_text(air_record_name(air_record_ops, r->op));
    cell[n++] = air_cell_text(air_str_n(id, 32));
    cell[n++] = air_cell_uint(r->attempt);
    cell[n++] = air_cell_uint((r->flags & AIR_REC_FINAL) != 0);
    cell[n++] = air_cell_text(r->workflow);
    cell[n++] = air_cell_text(r->principal);
    cell[n++] = air_cell_text(r->vendor);
    cell[n++] = air_cell_text(r->model);
    cell[n++] = air_cell_text(r->served_model);
    cell[n++] = air_cell_text(r->tier);
    cell[n++] = air_cell_text(air_record_name(air_record_tiers,
                                              r->tier_served));
    cell[n++] = air_cell_uint(r->status);
    cell[n++] = air_cell_uint(r->client_status);
    cell[n++] = air_cell_text(r->fault == AIR_FAULT_NONE
                              ? air_str_z("")
                              : r->fault < AIR_NFAULT
                                ? air_str_z(air_fault_row(r->fault)->why)
                                : air_str_z("?"));
    cell[n++] = air_cell_text(air_record_name(air_record_certain,
                                              r->certainty));
    cell[n++] = air_cell_pusd(r->cost);
    cell[n++] = air_cell_pusd(r->computed_cost);
    cell[n++] = air_cell_uint(r->price_id);
    cell[n++] = air_cell_uint(r->latency_ms);
    cell[n++] = air_cell_uint(r->first_token_ms);

    for (i = 0; i < AIR_NCLASS; i++) {
        cell[n++] = air_cell_uint(r->n[i]);
    }

    cell[n++] = air_cell_uint(r->reasoning);

    for (i = 0; i < AIR_NFEE; i++) {
        cell[n++] = air_cell_uint(r->fee[i]);
    }

    cell[n++] = air_cell_uint(r->request_bytes);
    cell[n++] = air_cell_uint(r->reply_bytes);
    cell[n++] = air_cell_text(r->vendor_id);
    cell[n++] = air_cell_text(air_record_flag_names(r->flags, flags, size));
    cell[n++] = air_cell_text(air_str_z(r->why
                                        ? air_route_reason((air_why_e)
                                                           (r->why - 1))
                                        : ""));
    cell[n++] = air_cell_uint(r->left_out);
    cell[n++] = air_cell_uint(r->nlost);
    cell[n++] = air_cell_text(r->warnings);
    cell[n++] = air_cell_text(r->team);
    cell[n++] = air_cell_text(air_str_z(r->task
                                        ? air_task_name((air_task_e)
                                                        (r->task - 1))
                                        : ""));
    cell[n++] = air_cell_text(air_str_z(air_verdict_name((air_verdict_e)
                                                         r->verdict)));
    cell[n++] = air_cell_text(air_str_z(r->check
                                        ? air_floor_name((air_floor_e)
                                                         (r->check - 1))
                                        : ""));
    cell[n] = air_cell_uint(r->grade ? r->grade - 1 : 0);
    cell[n++].kind = r->grade ? AIR_CELL_UINT : AIR_CELL_NONE;
}


/* Text a spreadsheet would run as a formula gets an apostrophe in front. */
static void
air_record_csv(FILE *out, air_str_t text)
{
    size_t  i;

    fputc('"', out);

    if (text.len && memchr("=+-@\t\r", text.data[0], 6) != NULL) {
        fputc('\'', out);
    }

    for (i = 0; i < text.len; i++) {

        if (text.data[i] == '"') {
            fputc('"', out);
        }

        if (text.data[i] >= 0x20 && text.data[i] != 0x7f) {
            fputc(text.data[i], out);
        }
    }

    fputc('"', out);
}


/* A number with exact digits is a string in JSON: no reader rounds it. */
static void
air_record_cell(air_cli_t *cli, air_buf_t *b, const air_cell_t *cell)
{
    int   json;
    char  text[32];

    b->len = 0;
    json = cli->format == AIR_CLI_JSON;

    switch (cell->kind) {

    case AIR_CELL_UINT:
        (void) air_buf_uint(b, cell->n);
        break;

    case AIR_CELL_PUSD:

        if (cell->n == AIR_UNKNOWN) {
            (void) air_buf_z(b, json ? "null" : "");

        } else {
            (void) air_buf_z(b, json ? "\"" : "");
            (void) air_buf_pusd(b, cell->n);
            (void) air_buf_z(b, json ? "\"" : "");
        }

        break;

    case AIR_CELL_NONE:
        (void) air_buf_z(b, json ? "null" : "");
        break;

    case AIR_CELL_TIME:
        (void) air_buf_z(b, json ? "\"" : "");
        (void) air_buf_z(b, air_cli_time((int64_t) cell->n, text));
        (void) air_buf_z(b, json ? "\"" : "");
        break;

    default:

        if (!json) {
            air_record_csv(cli->out, cell->text);
            return;
        }

        (void) air_buf_json(b, cell->text);
        break;
    }

    (void) fwrite(b->data, 1, b->len, cli->out);
}


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

    if (r->nlost) {
        air_record_lost(cli, r->warnings);
    }

    fputc('\n', cli->out);
}


void
air_cli_record_head(air_cli_t *cli)
{
    unsigned  i;

    if (cli->format != AIR_CLI_CSV) {
        return;
    }

    for (i = 0; air_record_columns[i] != NULL; i++) {
        fprintf(cli->out, "%s%s", i ? "," : "", air_record_columns[i]);
    }

    fputs("\r\n", cli->out);
}


/* A buffer on the stack: a record's cells are never longer. */
static void *
air_record_alloc(void *ud, size_t size)
{
    return size <= 1024 ? ud : NULL;
}


void
air_cli_record(air_cli_t *cli, const air_record_t *r)
{
    char        id[40], flags[160], room[1024];
    unsigned    i;
    air_mem_t   mem;
    air_buf_t   b;
    air_cell_t  cell[AIR_RECORD_COLUMNS];

    mem.alloc = air_record_alloc;
    mem.ud = room;

    air_buf_init(&b, &mem, sizeof(room));

    if (air_buf_reserve(&b, sizeof(room)) != AIR_OK) {
        return;
    }

    if (cli->format == AIR_CLI_TEXT) {
        air_record_line(cli, r, &b);
        return;
    }

    air_record_cells(r, cell, id, flags, sizeof(flags));

    if (cli->format == AIR_CLI_JSON) {
        fputc('{', cli->out);
    }

    for (i = 0; air_record_columns[i] != NULL; i++) {

        if (i) {
            fputc(',', cli->out);
        }

        if (cli->format == AIR_CLI_JSON) {
            fprintf(cli->out, "\"%s\":", air_record_columns[i]);
        }

        air_record_cell(cli, &b, &cell[i]);
    }

    fputs(cli->format == AIR_CLI_JSON ? "}\n" : "\r\n", cli->out);
}
