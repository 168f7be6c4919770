
/*
 * A record's cells in the order of their columns, each written straight into
 * the buffer.
 */

#include "air_record_write.h"
#include "../core/air_fault.h"
#include "../core/air_floor.h"
#include "../core/air_route.h"
#include "../core/air_task.h"
#include "../core/air_time.h"

#include <stdio.h>


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
    "", "attempt", "refused", "adjust", "cached", "verdict", "drill"
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
    "cut", "degraded", "held", "kept", "sufficed", "drill", "drilled"
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
        cell[n++] = air_cell_uint(r->kind == AIR_RECORD_DRILL ? 0 : r->n[i]);
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
air_record_text(air_buf_t *b, air_str_t text)
{
    size_t  i;

    (void) air_buf_byte(b, '"');

    if (text.len && memchr("=+-@\t\r", text.data[0], 6) != NULL) {
        (void) air_buf_byte(b, '\'');
    }

    for (i = 0; i < text.len; i++) {

        if (text.data[i] == '"') {
            (void) air_buf_byte(b, '"');
        }

        if (text.data[i] >= 0x20 && text.data[i] != 0x7f) {
            (void) air_buf_byte(b, text.data[i]);
        }
    }

    (void) air_buf_byte(b, '"');
}


/* A number with exact digits is a string in JSON: no reader rounds it. */
static void
air_record_cell(air_buf_t *b, const air_cell_t *cell, int json)
{
    const char  *quote;

    quote = json ? "\"" : "";

    switch (cell->kind) {

    case AIR_CELL_UINT:
        (void) air_buf_uint(b, cell->n);
        break;

    case AIR_CELL_PUSD:

        if (cell->n == AIR_UNKNOWN) {
            (void) air_buf_z(b, json ? "null" : "");
            break;
        }

        (void) air_buf_z(b, quote);
        (void) air_buf_pusd(b, cell->n);
        (void) air_buf_z(b, quote);
        break;

    case AIR_CELL_NONE:
        (void) air_buf_z(b, json ? "null" : "");
        break;

    case AIR_CELL_TIME:
        (void) air_buf_z(b, quote);
        (void) air_time_utc(b, (int64_t) cell->n);
        (void) air_buf_z(b, quote);
        break;

    default:

        if (json) {
            (void) air_buf_json(b, cell->text);

        } else {
            air_record_text(b, cell->text);
        }

        break;
    }
}


int
air_record_csv_head(air_buf_t *b)
{
    unsigned  i;

    for (i = 0; air_record_columns[i] != NULL; i++) {
        (void) air_buf_z(b, i ? "," : "");
        (void) air_buf_z(b, air_record_columns[i]);
    }

    return air_buf_z(b, "\r\n");
}


int
air_record_csv(const air_record_t *r, air_buf_t *b)
{
    char        id[40], flags[256];
    unsigned    i;
    air_cell_t  cell[AIR_RECORD_COLUMNS];

    air_record_cells(r, cell, id, flags, sizeof(flags));

    for (i = 0; air_record_columns[i] != NULL; i++) {
        (void) air_buf_z(b, i ? "," : "");
        air_record_cell(b, &cell[i], 0);
    }

    return air_buf_z(b, "\r\n");
}


int
air_record_json(const air_record_t *r, air_buf_t *b)
{
    char        id[40], flags[256];
    unsigned    i;
    air_cell_t  cell[AIR_RECORD_COLUMNS];

    air_record_cells(r, cell, id, flags, sizeof(flags));

    for (i = 0; air_record_columns[i] != NULL; i++) {
        (void) air_buf_z(b, i ? ",\"" : "{\"");
        (void) air_buf_z(b, air_record_columns[i]);
        (void) air_buf_z(b, "\":");
        air_record_cell(b, &cell[i], 1);
    }

    return air_buf_z(b, "}");
}
