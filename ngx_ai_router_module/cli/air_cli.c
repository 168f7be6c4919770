
/*
 * ai-router: the operator's command.  This file holds the table of commands,
 * options, memory and files; a command lives in a file of its own and takes
 * one line of the table here.  air_cli_table.c writes tables.
 */

#include "air_cli.h"
#include "../core/air_version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>


typedef struct air_cli_block_s  air_cli_block_t;

struct air_cli_block_s {
    air_cli_block_t  *next;
    max_align_t       data[];
};


static const air_cli_command_t  air_cli_commands[] = {

    { "prices", "import|list|check ...", "the price table", NULL,
      air_cli_prices },

    { "report", "[--last PERIOD | --this PERIOD | --from TIME --to TIME] "
      "[--by LIST] [--quality | --baseline VENDOR/MODEL] [--json|--csv] "
      "[--html FILE] [--store DIR]",
      "what it cost, by whom and for what",
      "  --last PERIOD  last whole day, week, month, quarter or year, UTC\n"
      "  --this PERIOD  the one that runs; --this month is the default\n"
      "  --from TIME    2026-11, 2026-11-22 or 2026-11-22T15:00:00Z\n"
      "  --to TIME      not included\n"
      "  --by LIST      of vendor, model, workflow, maker, principal, team,\n"
      "                 tier, task, for, fault, hour, day, month, quarter,\n"
      "                 year; vendor,model\n"
      "  --quality      verdicts, escalations and what quality cost; by\n"
      "                 workflow,model,task\n"
      "  --baseline M   what the same tokens cost all on VENDOR/MODEL, and\n"
      "                 what is kept of its quality, a workflow\n"
      "  --prices FILE  where its price is: prices.json\n"
      "  --html FILE    one page for people outside: costs, shares, who\n"
      "                 answers when a vendor is lost, savings, proof; with\n"
      "                 --baseline and --prices, not --by\n"
      "  --store DIR    /var/lib/nginx/ai-router\n",
      air_cli_report },

    { "ledger", "tail|export|verify|keygen|rebuild ...",
      "the records themselves, and their proof", NULL, air_cli_ledger },

    { "accounts", "[--scope SCOPE] [--store DIR] [--json|--csv]",
      "who has spent what, and how fast, now",
      "  --scope SCOPE  total, principal, team, workflow, vendor or\n"
      "                 vendor_key\n"
      "  --store DIR    what ai_store says, or /var/lib/nginx/ai-router\n\n"
      "Periods are those of the calendar, UTC, that run; rpm and tpm are of\n"
      "the last minute; reserved is set aside for what runs.\n",
      air_cli_accounts },

    { "drill", "vendor=NAME percent=P for=TIME [options] | "
      "stop|status|list [vendor=NAME]",
      "makes a vendor look down to a slice of the requests",
      "  vendor=NAME      of an ai_vendor\n"
      "  percent=P        of the requests that would ask it, 0.01 to 100\n"
      "  for=TIME         90s, 10m, 2h; 24h at the most\n"
      "  workflow=NAME    only of that ai_workflow\n"
      "  max_errors=P     ends it when so many percent more of the drilled\n"
      "                   requests fail than of others, after the first 20\n"
      "  --even-alone     drills requests that have nobody else left, too\n"
      "  --wait           until it ended: 0, it passed; 1, it did not\n"
      "  --store DIR      what ai_store says, or /var/lib/nginx/ai-router\n\n"
      "Drilled requests find the vendor's connection refused, are answered by\n"
      "the next one, and nobody is paid for that; its health is as it was.\n"
      "First it is shown who would serve.  \"status\" has those that run and\n"
      "the last ones, \"list\" all that the ledger knows.  For the owner of\n"
      "the store, and root.\n",
      air_cli_drill },

    { "keys", "add|set|list|revoke|rotate ...",
      "what callers authenticate with", NULL, air_cli_keys },

    { "task", "FILE [--jsonl] [--class]", "what kind of task a request is",
      "  FILE      a request's body or a text; \"-\": standard input\n"
      "  --jsonl   lines with \"id\" and \"prompt\", or bodies: prints id,\n"
      "            a tab and the kind\n"
      "  --class   the class that \"task\" of ai_workflow knows, instead of\n"
      "            the finer kind\n",
      air_cli_task },

    { "floor", "CHECK... [--file FILE] [--jsonl] [--schema FILE] "
      "[--prompt TEXT] [--json|--csv]", "judges answers that were kept",
      "  CHECK          as \"floor\" has it: json_schema=FILE no_refusal\n"
      "                 min_chars=20; several in one word too, but for regex\n"
      "  --file FILE    a reply or a text; standard input\n"
      "  --jsonl        lines: replies, or objects with \"answer\", and\n"
      "                 \"prompt\" and \"schema\" if wanted: counts by check\n"
      "  --schema FILE  the schema that the request asked for\n"
      "  --prompt TEXT  what the request said\n"
      "ends with 0: passed, 1: failed, 2: unsure, or a wrong call\n",
      air_cli_floor },

    { "learn", "FILE... [--out FILE] [--install NAME [--store DIR]] "
      "[--weights FILE [--live]] [--score FILE] [--raw|--decide] "
      "[--keep SHARE] [--ratio N] [--answers FILE [--second FILE]] "
      "[--json|--csv]",
      "which requests a cheap model is good enough for",
      "  FILE            JSON lines: id, prompt or messages, pair, and the\n"
      "                  grades weak_correct and strong_correct, 0 to 1\n"
      "  --out FILE      write the weights\n"
      "  --install NAME  write them where the router finds those of that\n"
      "                  workflow, which it uses at once\n"
      "  --store DIR     what ai_store says, or /var/lib/nginx/ai-router\n"
      "  --weights FILE  use these instead of training: the lines are one\n"
      "                  traffic, and go to strong when it is unlike\n"
      "  --live          of which only what came before a line is known, as\n"
      "                  in the router\n"
      "  --score FILE    write each line's id, tab, need for strong\n"
      "  --raw           also where all goes to strong\n"
      "  --decide        0 or 1 there instead, as the promise decides\n"
      "  --keep SHARE    of strong's quality that is promised, 98%\n"
      "  --ratio N       strong's price over cheap's, 16.7\n"
      "  --answers FILE  learn of prompts with the cheap model's answers,\n"
      "                  JSON lines: id, answer (or weak_answer); what a\n"
      "                  workflow's \"floor score\" goes by\n"
      "  --second FILE   answers of another cheap model to the same ids:\n"
      "                  what \"floor agree\" would do\n\n"
      "Scores of training are of models that have not seen the line.\n",
      air_cli_learn },

    { "feeds", "[--store DIR] [--json|--csv]",
      "what the router's feeds fetched, and how that went",
      "  --store DIR    what ai_store says, or /var/lib/nginx/ai-router\n\n"
      "Exits with 1 when nothing was fetched yet.\n",
      air_cli_feeds },

    { "explain", "--body FILE [--url URL] [--key env:NAME|file:PATH] "
      "[--header LINE] [--json|--csv]",
      "what a running router would do with a request, and why",
      "  --body FILE    the request as an application sends it\n"
      "  --url URL      the endpoint,\n"
      "                 http://127.0.0.1:8080/v1/chat/completions\n"
      "  --key FROM     the caller's key: env:NAME or file:PATH\n"
      "  --header LINE  one more, such as \"X-Workflow: triage\"\n\n"
      "Nobody is asked and nothing is booked.  Exit 1 when the router refuses\n"
      "the request; its answer is printed then.\n",
      air_cli_explain },

    { "alert", "URL|file:PATH|env:NAME [--secret env:NAME|file:PATH] "
      "[--slack] [--ca FILE]",
      "send a webhook a test alert, as ai_alert would",
      "  --secret FROM  what signs it: env:NAME or file:PATH\n"
      "  --slack        as format=slack\n"
      "  --ca FILE      certificates to trust instead of the system's\n\n"
      "One try.  Exit 1 when the other side does not answer with 2xx.\n",
      air_cli_alert },

    { "doctor", "[--conf FILE] [--store DIR] [--prices FILE] [--nginx FILE] "
      "[--module FILE] [--connect URL] [--json|--csv]",
      "is all well, and how to mend it",
      "  --conf FILE    nginx.conf: what it names is looked at, and nginx -t\n"
      "  --store DIR    what ai_store says, or /var/lib/nginx/ai-router\n"
      "  --prices FILE  a price table\n"
      "  --nginx FILE   the nginx to ask\n"
      "  --module FILE  the module's .so\n"
      "  --connect URL  see whether a vendor answers\n\n"
      "Changes nothing.  Exit 1 when something failed.\n",
      air_cli_doctor },

    { NULL, NULL, NULL, NULL, NULL }
};


static void *
air_cli_alloc(void *ud, size_t size)
{
    air_cli_t        *cli = ud;
    air_cli_block_t  *block;

    if (size > SIZE_MAX - sizeof(air_cli_block_t)) {
        return NULL;
    }

    block = malloc(sizeof(air_cli_block_t) + size);
    if (block == NULL) {
        return NULL;
    }

    block->next = cli->blocks;
    cli->blocks = block;

    return block->data;
}


static void
air_cli_free(air_cli_t *cli)
{
    air_cli_block_t  *block, *next;

    for (block = cli->blocks; block != NULL; block = next) {
        next = block->next;
        free(block);
    }

    cli->blocks = NULL;
}


int
air_cli_error(air_cli_t *cli, int code, const char *format, ...)
{
    va_list  args;

    fprintf(cli->err, "ai-router%s%s: ", cli->command[0] ? " " : "",
            cli->command);

    va_start(args, format);
    vfprintf(cli->err, format, args);
    va_end(args);

    fputc('\n', cli->err);

    return code;
}


static int
air_cli_is_help(const char *arg)
{
    return strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0
           || strcmp(arg, "help") == 0;
}


static void
air_cli_list(air_cli_t *cli, FILE *out, const air_cli_command_t *table)
{
    const char               *space;
    const air_cli_command_t  *row;

    space = cli->command[0] ? " " : "";

    fprintf(out, "usage: ai-router%s%s COMMAND [options]\n\n", space,
            cli->command);

    for (row = table; row->name != NULL; row++) {
        fprintf(out, "  %-10s %s\n", row->name, row->brief);
    }

    fprintf(out, "\n\"ai-router%s%s COMMAND --help\" tells more\n", space,
            cli->command);
}


static void
air_cli_help(air_cli_t *cli)
{
    fprintf(cli->out, "usage: ai-router %s %s\n", cli->command, cli->args);

    if (cli->help != NULL) {
        fprintf(cli->out, "\n%s", cli->help);
    }
}


int
air_cli_dispatch(air_cli_t *cli, const air_cli_command_t *table, int argc,
    char **argv)
{
    char                     *command;
    size_t                    size;
    const air_cli_command_t  *row;

    if (argc < 1) {
        air_cli_list(cli, cli->err, table);
        return AIR_CLI_USAGE;
    }

    if (air_cli_is_help(argv[0])) {
        air_cli_list(cli, cli->out, table);
        return AIR_CLI_OK;
    }

    for (row = table; row->name != NULL; row++) {

        if (strcmp(row->name, argv[0]) != 0) {
            continue;
        }

        size = strlen(cli->command) + strlen(row->name) + 2;

        command = air_mem_get(&cli->mem, size);
        if (command == NULL) {
            return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
        }

        snprintf(command, size, "%s%s%s", cli->command,
                 cli->command[0] ? " " : "", row->name);

        cli->command = command;
        cli->args = row->args;
        cli->help = row->help;

        return row->run(cli, argc, argv);
    }

    air_cli_error(cli, AIR_CLI_USAGE, "unknown command \"%s\"\n", argv[0]);
    air_cli_list(cli, cli->err, table);

    return AIR_CLI_USAGE;
}


static int
air_cli_uint(const char *text, uint64_t *value)
{
    char                *end;
    unsigned long long   n;

    if (text[0] < '0' || text[0] > '9') {
        return AIR_EINVAL;
    }

    errno = 0;
    n = strtoull(text, &end, 10);

    if (errno != 0 || *end != '\0') {
        return AIR_EINVAL;
    }

    *value = n;

    return AIR_OK;
}


/* The row of table whose name arg holds after its dashes, or NULL. */
static const air_cli_option_t *
air_cli_option(const air_cli_option_t *table, const char *arg, size_t len)
{
    for ( /* void */ ; table->name != NULL; table++) {
        if (strlen(table->name) == len && memcmp(table->name, arg, len) == 0) {
            return table;
        }
    }

    return NULL;
}


/* Gives one option its value; *i moves past a value of its own. */
static int
air_cli_option_set(air_cli_t *cli, const air_cli_option_t *table, int argc,
    char **argv, int *i)
{
    size_t                   len;
    const char              *arg, *value;
    air_cli_strings_t       *strings;
    const air_cli_option_t  *option;

    arg = argv[*i] + 2;
    len = strcspn(arg, "=");
    value = arg[len] == '=' ? arg + len + 1 : NULL;

    option = air_cli_option(table, arg, len);
    if (option == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE,
                             "unknown option \"--%.*s\", see --help",
                             (int) len, arg);
    }

    if (option->kind == AIR_CLI_FLAG) {

        if (value != NULL) {
            return air_cli_error(cli, AIR_CLI_USAGE,
                                 "--%s takes no value", option->name);
        }

        *(int *) option->value = 1;
        return AIR_CLI_OK;
    }

    if (value == NULL) {

        if (++*i >= argc) {
            return air_cli_error(cli, AIR_CLI_USAGE, "--%s needs a value",
                                 option->name);
        }

        value = argv[*i];
    }

    if (option->kind == AIR_CLI_STRING) {
        *(const char **) option->value = value;
        return AIR_CLI_OK;
    }

    if (option->kind == AIR_CLI_STRINGS) {
        strings = option->value;

        if (strings->n == AIR_CLI_MANY) {
            return air_cli_error(cli, AIR_CLI_USAGE,
                                 "more than %u of --%s", AIR_CLI_MANY,
                                 option->name);
        }

        strings->text[strings->n++] = air_str_z(value);
        return AIR_CLI_OK;
    }

    if (air_cli_uint(value, option->value) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE,
                             "--%s needs a number, not \"%s\"", option->name,
                             value);
    }

    return AIR_CLI_OK;
}


int
air_cli_options(air_cli_t *cli, const air_cli_option_t *table, int argc,
    char **argv, int *code)
{
    int  i, n;

    n = 0;

    for (i = 1; i < argc; i++) {

        if (argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[++n] = argv[i];
            continue;
        }

        if (strcmp(argv[i], "--") == 0) {
            while (++i < argc) {
                argv[++n] = argv[i];
            }

            break;
        }

        if (air_cli_is_help(argv[i])) {
            air_cli_help(cli);
            *code = AIR_CLI_OK;
            return -1;
        }

        if (strcmp(argv[i], "--json") == 0) {
            cli->format = AIR_CLI_JSON;
            continue;
        }

        if (strcmp(argv[i], "--csv") == 0) {
            cli->format = AIR_CLI_CSV;
            continue;
        }

        if (argv[i][1] != '-') {
            *code = air_cli_error(cli, AIR_CLI_USAGE,
                                  "unknown option \"%s\", see --help",
                                  argv[i]);
            return -1;
        }

        *code = air_cli_option_set(cli, table, argc, argv, &i);
        if (*code != AIR_CLI_OK) {
            return -1;
        }
    }

    return n;
}


int
air_cli_secret(air_cli_t *cli, const char *option, const char *from,
    size_t limit, air_str_t *text)
{
    int          rc;
    const char  *value;

    if (strncmp(from, "env:", 4) == 0) {
        value = getenv(from + 4);

        if (value == NULL || value[0] == '\0') {
            return air_cli_error(cli, AIR_CLI_USAGE,
                                 "environment has no \"%s\"", from + 4);
        }

        *text = air_str_z(value);

    } else if (strncmp(from, "file:", 5) == 0) {
        rc = air_cli_read(cli, from + 5, limit, text);

        if (rc != AIR_CLI_OK) {
            return rc;
        }

    } else {
        return air_cli_error(cli, AIR_CLI_USAGE,
                             "--%s wants env:NAME or file:PATH", option);
    }

    while (text->len && (text->data[text->len - 1] == '\n'
                         || text->data[text->len - 1] == '\r'))
    {
        text->len--;
    }

    return AIR_CLI_OK;
}


int
air_cli_line(air_str_t *text, air_str_t *line)
{
    unsigned char  *end;

    if (text->len == 0) {
        return 0;
    }

    end = memchr(text->data, '\n', text->len);

    *line = *text;

    if (end == NULL) {
        text->len = 0;
        return 1;
    }

    line->len = (size_t) (end - line->data);
    text->data += line->len + 1;
    text->len -= line->len + 1;

    return 1;
}


int
air_cli_read(air_cli_t *cli, const char *path, size_t limit, air_str_t *text)
{
    int        fd;
    ssize_t    n;
    air_buf_t  b;

    fd = STDIN_FILENO;

    if (strcmp(path, "-") != 0) {
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd == -1) {
            return air_cli_error(cli, AIR_CLI_USAGE, "%s: %s", path,
                                 strerror(errno));
        }
    }

    air_buf_init(&b, &cli->mem, limit + 65536);

    do {
        if (air_buf_reserve(&b, 65536) != AIR_OK) {
            n = 0;
            break;
        }

        n = read(fd, b.data + b.len, 65536);
        if (n > 0) {
            b.len += n;
        }

    } while ((n > 0 && b.len <= limit) || (n == -1 && errno == EINTR));

    if (n == -1) {
        air_cli_error(cli, AIR_CLI_USAGE, "%s: %s", path, strerror(errno));
    }

    if (fd != STDIN_FILENO) {
        close(fd);
    }

    if (n == -1) {
        return AIR_CLI_USAGE;
    }

    if (b.error == AIR_ENOMEM) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: no memory", path);
    }

    if (b.error != AIR_OK || b.len > limit) {
        return air_cli_error(cli, AIR_CLI_FAIL, "%s: larger than %zu bytes",
                             path, limit);
    }

    *text = air_buf_view(&b);

    return AIR_CLI_OK;
}


static int
air_cli_write_all(int fd, air_str_t text)
{
    size_t   done;
    ssize_t  n;

    for (done = 0; done < text.len; done += n) {
        n = write(fd, text.data + done, text.len - done);

        if (n == -1 && errno == EINTR) {
            n = 0;
        }

        if (n == -1) {
            return -1;
        }
    }

    return fsync(fd);
}


/* A rename is on the disk once its directory is. */
static void
air_cli_sync_dir(const char *path, char *dir)
{
    int          fd;
    size_t       len;
    const char  *slash;

    slash = strrchr(path, '/');
    len = slash == NULL ? 0 : (size_t) (slash - path) + 1;

    if (len == 0) {
        dir[len++] = '.';

    } else {
        memcpy(dir, path, len);
    }

    dir[len] = '\0';

    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd == -1) {
        return;
    }

    (void) fsync(fd);
    close(fd);
}


int
air_cli_write(air_cli_t *cli, const char *path, air_str_t text)
{
    int          fd, failed;
    char        *name;
    size_t       size;
    struct stat  st;

    size = strlen(path) + sizeof(".XXXXXX") + 2;

    name = air_mem_get(&cli->mem, size);
    if (name == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    snprintf(name, size, "%s.XXXXXX", path);

    fd = mkstemp(name);
    if (fd == -1) {
        return air_cli_error(cli, AIR_CLI_USAGE, "%s: %s", path,
                             strerror(errno));
    }

    if (stat(path, &st) != 0) {
        st.st_mode = 0644;

    } else if (fchown(fd, st.st_uid, st.st_gid) != 0) {

        /* only root can; others read it by its mode */
        errno = 0;
    }

    failed = fchmod(fd, st.st_mode & 07777) != 0
             || air_cli_write_all(fd, text) != 0;

    if (close(fd) != 0) {
        failed = 1;
    }

    if (failed || rename(name, path) != 0) {
        air_cli_error(cli, AIR_CLI_USAGE, "%s: %s", path, strerror(errno));
        (void) unlink(name);
        return AIR_CLI_USAGE;
    }

    air_cli_sync_dir(path, name);

    return AIR_CLI_OK;
}


int
main(int argc, char **argv)
{
    int        code;
    air_cli_t  cli;

    memset(&cli, 0, sizeof(cli));

    cli.mem.alloc = air_cli_alloc;
    cli.mem.ud = &cli;
    cli.out = stdout;
    cli.err = stderr;
    cli.command = "";
    cli.args = "";

    if (argc > 1 && (strcmp(argv[1], "--version") == 0
                     || strcmp(argv[1], "-V") == 0))
    {
        fprintf(cli.out, "ai-router %s\n", AIR_VERSION);
        code = AIR_CLI_OK;

    } else {
        code = air_cli_dispatch(&cli, air_cli_commands, argc - 1, argv + 1);
    }

    if ((fflush(stdout) != 0 || ferror(stdout)) && code == AIR_CLI_OK) {
        code = air_cli_error(&cli, AIR_CLI_USAGE, "standard output: %s",
                             strerror(errno));
    }

    air_cli_free(&cli);

    return code;
}
