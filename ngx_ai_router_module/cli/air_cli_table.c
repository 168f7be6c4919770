
/*
 * Tables for people, spreadsheets and programs from one set of cells.  All
 * rows are kept until the end, because text needs the widths first.
 */

#include "air_cli.h"

#include <time.h>


void
air_cli_table_init(air_cli_table_t *table, air_cli_t *cli,
    const air_cli_column_t *column)
{
    memset(table, 0, sizeof(air_cli_table_t));

    table->cli = cli;
    table->column = column;

    while (column[table->ncolumn].name != NULL) {
        table->ncolumn++;
    }
}


void
air_cli_cell(air_cli_table_t *table, air_str_t text)
{
    size_t      size;
    air_str_t  *cell;

    if (table->error != AIR_OK) {
        return;
    }

    if (table->n == table->size) {
        size = table->size == 0 ? 256 : table->size * 2;

        cell = air_mem_get(&table->cli->mem, size * sizeof(air_str_t));
        if (cell == NULL) {
            table->error = AIR_ENOMEM;
            return;
        }

        if (table->n != 0) {
            memcpy(cell, table->cell, table->n * sizeof(air_str_t));
        }

        table->cell = cell;
        table->size = size;
    }

    cell = &table->cell[table->n];
    cell->len = text.len;
    cell->data = air_mem_get(&table->cli->mem, text.len + 1);

    if (cell->data == NULL) {
        table->error = AIR_ENOMEM;
        return;
    }

    if (text.len != 0) {
        memcpy(cell->data, text.data, text.len);
    }

    table->n++;
}


void
air_cli_cell_z(air_cli_table_t *table, const char *text)
{
    air_cli_cell(table, air_str_z(text));
}


void
air_cli_cell_uint(air_cli_table_t *table, uint64_t n)
{
    char  text[24];

    snprintf(text, sizeof(text), "%llu", (unsigned long long) n);
    air_cli_cell_z(table, text);
}


void
air_cli_cell_pusd(air_cli_table_t *table, uint64_t pusd)
{
    air_buf_t  b;

    air_buf_init(&b, &table->cli->mem, 64);

    if (air_buf_pusd(&b, pusd) != AIR_OK) {
        table->error = b.error;
        return;
    }

    air_cli_cell(table, air_buf_view(&b));
}


/* Columns on a terminal: code points, which is right for what we print. */
static size_t
air_cli_width(air_str_t s)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < s.len; i++) {
        if ((s.data[i] & 0xc0) != 0x80) {
            n++;
        }
    }

    return n;
}


/* Names come from files and vendors: none of them may steer a terminal. */
static void
air_cli_put_text(FILE *out, air_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        fputc(s.data[i] < 0x20 || s.data[i] == 0x7f ? '?' : s.data[i], out);
    }
}


static void
air_cli_pad(FILE *out, size_t n)
{
    while (n-- > 0) {
        fputc(' ', out);
    }
}


static void
air_cli_text_row(air_cli_table_t *table, const size_t *width,
    const air_str_t *row)
{
    FILE      *out;
    size_t     pad;
    unsigned   i;

    out = table->cli->out;

    for (i = 0; i < table->ncolumn; i++) {

        if (i != 0) {
            fputs("  ", out);
        }

        pad = width[i] - air_cli_width(row[i]);

        if (table->column[i].align == AIR_CLI_NUMBER) {
            air_cli_pad(out, pad);
            air_cli_put_text(out, row[i]);
            continue;
        }

        air_cli_put_text(out, row[i]);

        if (i + 1 != table->ncolumn) {
            air_cli_pad(out, pad);
        }
    }

    fputc('\n', out);
}


static int
air_cli_text(air_cli_table_t *table)
{
    size_t      k, n, *width;
    unsigned    i;
    air_str_t  *head;

    width = air_mem_get(&table->cli->mem, table->ncolumn * sizeof(size_t));
    if (width == NULL) {
        return AIR_ENOMEM;
    }

    head = air_mem_get(&table->cli->mem, table->ncolumn * sizeof(air_str_t));
    if (head == NULL) {
        return AIR_ENOMEM;
    }

    for (i = 0; i < table->ncolumn; i++) {
        head[i] = air_str_z(table->column[i].name);
        width[i] = head[i].len;
    }

    for (k = 0; k < table->n; k++) {
        n = air_cli_width(table->cell[k]);
        if (n > width[k % table->ncolumn]) {
            width[k % table->ncolumn] = n;
        }
    }

    air_cli_text_row(table, width, head);

    for (k = 0; k + table->ncolumn <= table->n; k += table->ncolumn) {
        air_cli_text_row(table, width, table->cell + k);
    }

    return AIR_OK;
}


static int
air_cli_csv(air_cli_table_t *table)
{
    size_t     k;
    unsigned   i;
    air_buf_t  b;

    air_buf_init(&b, &table->cli->mem, SIZE_MAX / 4);

    for (i = 0; i < table->ncolumn; i++) {
        air_buf_z(&b, i == 0 ? "" : ",");
        air_buf_z(&b, table->column[i].name);
    }

    air_buf_z(&b, "\r\n");

    for (k = 0; k < table->n; k++) {
        i = k % table->ncolumn;

        if (i != 0) {
            air_buf_byte(&b, ',');
        }

        if (table->column[i].align == AIR_CLI_NUMBER) {
            air_buf_str(&b, table->cell[k]);

        } else {
            air_buf_csv(&b, table->cell[k]);
        }

        if (i + 1 == table->ncolumn) {
            air_buf_z(&b, "\r\n");
        }
    }

    if (b.error == AIR_OK) {
        fwrite(b.data, 1, b.len, table->cli->out);
    }

    return b.error;
}


static int
air_cli_json(air_cli_table_t *table)
{
    size_t     k;
    unsigned   i;
    air_buf_t  b;

    air_buf_init(&b, &table->cli->mem, SIZE_MAX / 4);
    air_buf_byte(&b, '[');

    for (k = 0; k < table->n; k++) {
        i = k % table->ncolumn;

        if (i == 0) {
            air_buf_z(&b, k == 0 ? "\n{" : ",\n{");

        } else {
            air_buf_byte(&b, ',');
        }

        air_buf_json(&b, air_str_z(table->column[i].name));
        air_buf_byte(&b, ':');

        if (table->column[i].align == AIR_CLI_LEFT) {
            air_buf_json(&b, table->cell[k]);

        } else if (table->cell[k].len == 0) {
            air_buf_z(&b, "null");

        } else {
            air_buf_str(&b, table->cell[k]);
        }

        if (i + 1 == table->ncolumn) {
            air_buf_byte(&b, '}');
        }
    }

    air_buf_z(&b, "\n]\n");

    if (b.error == AIR_OK) {
        fwrite(b.data, 1, b.len, table->cli->out);
    }

    return b.error;
}


int
air_cli_table_end(air_cli_table_t *table)
{
    int  rc;

    rc = table->error;

    if (rc == AIR_OK) {
        switch (table->cli->format) {

        case AIR_CLI_CSV:
            rc = air_cli_csv(table);
            break;

        case AIR_CLI_JSON:
            rc = air_cli_json(table);
            break;

        default:
            rc = air_cli_text(table);
        }
    }

    if (rc != AIR_OK) {
        return air_cli_error(table->cli, AIR_CLI_USAGE, "no memory");
    }

    return AIR_CLI_OK;
}


const char *
air_cli_time(int64_t ms, char *text)
{
    time_t     t;
    struct tm  tm;

    t = (time_t) (ms / 1000 - (ms % 1000 < 0));

    if (gmtime_r(&t, &tm) == NULL
        || strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
    {
        text[0] = '\0';
    }

    return text;
}
