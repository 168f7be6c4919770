
/*
 * ai-router task: what kind of task a request is, by the rules the module
 * uses.
 */

#include "air_cli.h"
#include "../core/air_task.h"


#define AIR_CLI_TASK_MAX  (512 * 1024 * 1024)


typedef struct {
    air_task_words_t  words;
    air_json_doc_t    doc;
    int               classes;
} air_cli_task_t;


/* A line of --jsonl: a prompt with its id, or a request's body. */
static int
air_cli_task_line(air_cli_t *cli, air_cli_task_t *ct, air_str_t line,
    uint64_t n)
{
    air_str_t               id;
    air_task_t              t;
    air_task_input_t        in;
    const air_json_node_t  *root, *prompt;

    if (air_json_scan(&ct->doc, line, 0, NULL) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_FAIL, "line %llu is not JSON",
                             (unsigned long long) n);
    }

    root = air_json_root(&ct->doc);

    air_task_read(&ct->doc, &in);

    prompt = air_json_get(&ct->doc, root, "prompt");

    if (in.user.len == 0 && prompt == NULL
        && air_json_get(&ct->doc, root, "messages") == NULL)
    {
        return air_cli_error(cli, AIR_CLI_FAIL, "line %llu has no \"prompt\" "
                             "and no \"messages\"", (unsigned long long) n);
    }

    t = air_task_of(&ct->words, &in);

    id = air_str_n(NULL, 0);

    if (air_json_take(&ct->doc, root, "id", &cli->mem, &id) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    if (id.len != 0) {
        fprintf(cli->out, "%.*s\t", (int) id.len, (char *) id.data);
    }

    fprintf(cli->out, "%s\n", ct->classes ? air_task_name(t.task)
                                          : air_task_kind_name(t.kind));

    return AIR_CLI_OK;
}


static int
air_cli_task_lines(air_cli_t *cli, air_cli_task_t *ct, air_str_t text)
{
    int        rc;
    uint64_t   n;
    air_str_t  line;

    for (n = 1; air_cli_line(&text, &line); n++) {

        if (line.len == 0) {
            continue;
        }

        rc = air_cli_task_line(cli, ct, line, n);
        if (rc != AIR_CLI_OK) {
            return rc;
        }
    }

    return AIR_CLI_OK;
}


/* One request's body, or plain text. */
static int
air_cli_task_one(air_cli_t *cli, air_cli_task_t *ct, air_str_t text)
{
    air_task_t        t;
    air_task_input_t  in;

    memset(&in, 0, sizeof(air_task_input_t));
    in.user = text;
    in.bytes = text.len;

    if (air_json_scan(&ct->doc, text, 0, NULL) == AIR_OK
        && air_json_root(&ct->doc)->type == AIR_JSON_OBJECT)
    {
        air_task_read(&ct->doc, &in);
    }

    t = air_task_of(&ct->words, &in);

    fprintf(cli->out, "%s\t%s\n", air_task_name(t.task),
            air_task_kind_name(t.kind));

    return AIR_CLI_OK;
}


int
air_cli_task(air_cli_t *cli, int argc, char **argv)
{
    int              n, lines, code;
    air_str_t        text;
    air_cli_task_t  *ct;

    lines = 0;

    ct = air_mem_get(&cli->mem, sizeof(air_cli_task_t));
    if (ct == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    ct->classes = 0;

    const air_cli_option_t  table[] = {
        { "jsonl", AIR_CLI_FLAG, &lines },
        { "class", AIR_CLI_FLAG, &ct->classes },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    n = air_cli_options(cli, table, argc, argv, &code);
    if (n < 0) {
        return code;
    }

    if (n != 1) {
        return air_cli_error(cli, AIR_CLI_USAGE, "one FILE is needed, or "
                             "\"-\"");
    }

    code = air_cli_read(cli, argv[1], AIR_CLI_TASK_MAX, &text);
    if (code != AIR_CLI_OK) {
        return code;
    }

    air_task_words(&ct->words);
    air_json_init(&ct->doc, &cli->mem);

    return lines ? air_cli_task_lines(cli, ct, text)
                 : air_cli_task_one(cli, ct, text);
}
