
/*
 * What the commands of ai-router share: the table of commands, options,
 * memory, files and output.  A command is one file, one function here and
 * one line in the table of air_cli.c.
 */

#ifndef _AIR_CLI_H_INCLUDED_
#define _AIR_CLI_H_INCLUDED_


#include "../core/air_buf.h"
#include "../core/air_mem.h"
#include "../core/air_str.h"

#include <stdint.h>
#include <stdio.h>


/* exit codes */
#define AIR_CLI_OK     0
#define AIR_CLI_FAIL   1          /* the input is at fault, a check failed   */
#define AIR_CLI_USAGE  2          /* wrong call, or the system refused       */


typedef enum {
    AIR_CLI_TEXT = 0,
    AIR_CLI_CSV,
    AIR_CLI_JSON
} air_cli_format_e;


/* One run of the command. */
typedef struct {
    air_mem_t         mem;        /* malloc with a list, freed at the end    */
    void             *blocks;
    FILE             *out;
    FILE             *err;
    const char       *command;    /* "prices import": for messages and help  */
    const char       *args;       /* its line of the table                   */
    const char       *help;
    air_cli_format_e  format;     /* --json or --csv was given               */
} air_cli_t;


/* A command or a subcommand. */
typedef struct {
    const char  *name;
    const char  *args;            /* "FILE [options]", for --help            */
    const char  *brief;           /* one line                                */
    const char  *help;            /* more lines for --help, or NULL          */
    int        (*run)(air_cli_t *cli, int argc, char **argv);
} air_cli_command_t;


typedef enum {
    AIR_CLI_FLAG = 0,             /* int *, set to 1                         */
    AIR_CLI_STRING,               /* const char **                           */
    AIR_CLI_UINT,                 /* uint64_t *                              */
    AIR_CLI_STRINGS               /* air_cli_strings_t *: each time it is
                                     given adds one                          */
} air_cli_kind_e;


#define AIR_CLI_MANY  16

typedef struct {
    air_str_t  text[AIR_CLI_MANY];
    unsigned   n;
} air_cli_strings_t;


typedef struct {
    const char      *name;        /* without its two dashes                  */
    air_cli_kind_e   kind;
    void            *value;
} air_cli_option_t;


/*
 * Runs the row of table (ended by a NULL name) that argv[0] names, with
 * argv[0] the subcommand's name.  Answers --help and unknown names itself.
 * Returns the exit code.
 */
int air_cli_dispatch(air_cli_t *cli, const air_cli_command_t *table,
    int argc, char **argv);

/*
 * Takes the options out of argv[1..]: "--name value", "--name=value", flags;
 * --json and --csv set cli->format; "--" ends them.  What is left moves to
 * argv[1..n]; returns n, or -1 when it has told the user (--help included;
 * *code is then the exit code).  table is ended by a NULL name.
 */
int air_cli_options(air_cli_t *cli, const air_cli_option_t *table, int argc,
    char **argv, int *code);

/* "ai-router COMMAND: text" on standard error; returns code. */
int air_cli_error(air_cli_t *cli, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Reads a whole file ("-": standard input) of at most limit bytes into
 * cli's memory.  Returns AIR_CLI_OK, or tells the user and returns the code.
 */
int air_cli_read(air_cli_t *cli, const char *path, size_t limit,
    air_str_t *text);

/*
 * What "env:NAME" or "file:PATH" holds, without the end of its line, at most
 * limit bytes: secrets are on no command line.  option names it in messages.
 * Returns as air_cli_read().
 */
int air_cli_secret(air_cli_t *cli, const char *option, const char *from,
    size_t limit, air_str_t *text);

/* Takes the next line off text, without its line feed; 0: there is none. */
int air_cli_line(air_str_t *text, air_str_t *line);

/*
 * Replaces path by text: a new file beside it is written, synced and
 * renamed, so that a reader sees the old or the new one, never a part.  Keeps
 * the mode of the old file, and its owner where it may.  Returns as
 * air_cli_read().
 */
int air_cli_write(air_cli_t *cli, const char *path, air_str_t text);


/*
 * A table, written as aligned text, CSV (RFC 4180) or a JSON array of
 * objects, as cli->format says.
 */
typedef enum {
    AIR_CLI_LEFT = 0,             /* text                                    */
    AIR_CLI_NUMBER                /* right-aligned, bare in JSON             */
} air_cli_align_e;


typedef struct {
    const char       *name;       /* heading and JSON key                    */
    air_cli_align_e   align;
} air_cli_column_t;


typedef struct {
    air_cli_t               *cli;
    const air_cli_column_t  *column;
    air_str_t               *cell;         /* of rows, in order               */
    unsigned                 ncolumn;
    size_t                   n;
    size_t                   size;
    int                      error;
} air_cli_table_t;


/* An empty table; column is ended by a NULL name and must outlive it. */
void air_cli_table_init(air_cli_table_t *table, air_cli_t *cli,
    const air_cli_column_t *column);

/*
 * Adds the next cell of the row, or of the next row; bytes are copied.  In a
 * number column the text must be a JSON number or empty (null).  Failures
 * show in air_cli_table_end().
 */
void air_cli_cell(air_cli_table_t *table, air_str_t text);

/* The same for a NUL-terminated text, an integer, and pico-dollars. */
void air_cli_cell_z(air_cli_table_t *table, const char *text);
void air_cli_cell_uint(air_cli_table_t *table, uint64_t n);
void air_cli_cell_pusd(air_cli_table_t *table, uint64_t pusd);

/*
 * Writes all rows to cli->out.  Text leaves out control characters, CSV
 * guards cells that a spreadsheet would run as a formula.  AIR_CLI_OK or
 * AIR_CLI_USAGE (no memory).
 */
int air_cli_table_end(air_cli_table_t *table);

/* "2026-08-21T00:00:00Z" of ms UTC into text[32], which is returned. */
const char *air_cli_time(int64_t ms, char *text);


/* the commands */
int air_cli_prices(air_cli_t *cli, int argc, char **argv);
int air_cli_report(air_cli_t *cli, int argc, char **argv);
int air_cli_ledger(air_cli_t *cli, int argc, char **argv);
int air_cli_accounts(air_cli_t *cli, int argc, char **argv);
int air_cli_drill(air_cli_t *cli, int argc, char **argv);
int air_cli_keys(air_cli_t *cli, int argc, char **argv);
int air_cli_learn(air_cli_t *cli, int argc, char **argv);
int air_cli_task(air_cli_t *cli, int argc, char **argv);
int air_cli_floor(air_cli_t *cli, int argc, char **argv);
int air_cli_feeds(air_cli_t *cli, int argc, char **argv);
int air_cli_explain(air_cli_t *cli, int argc, char **argv);
int air_cli_doctor(air_cli_t *cli, int argc, char **argv);
int air_cli_alert(air_cli_t *cli, int argc, char **argv);


#endif /* _AIR_CLI_H_INCLUDED_ */
