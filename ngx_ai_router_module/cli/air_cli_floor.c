
/*
 * ai-router floor: judges answers by the checks of a "floor" directive, as the
 * router does, so that a floor can be tuned over answers that were kept.
 */

#include "air_cli.h"
#include "../core/air_codec.h"
#include "../core/air_floor.h"

#include <stdlib.h>


#define AIR_CLI_FLOOR_TEXT    (512 * 1024 * 1024)
#define AIR_CLI_FLOOR_SCHEMA  (1024 * 1024)
#define AIR_CLI_FLOOR_CHECKS  32


typedef struct {
    air_str_t      name;              /* as it was written */
    air_floor_t   *floor;
    uint64_t       n[AIR_VERDICT_UNSURE + 1];
} air_cli_check_t;


typedef struct air_cli_piece_s  air_cli_piece_t;

struct air_cli_piece_s {
    air_cli_piece_t  *next;
    max_align_t       data[];
};


/* checks[0] is all of them together. */
typedef struct {
    air_cli_check_t   check[AIR_CLI_FLOOR_CHECKS + 1];
    unsigned          n;
    air_asked_t       asked;          /* by options */
    air_cli_piece_t  *pieces;         /* of one answer, dropped with it */
    air_mem_t         mem;
} air_cli_floor_t;


static void *
air_cli_floor_alloc(void *ud, size_t size)
{
    air_cli_floor_t  *cf = ud;
    air_cli_piece_t  *piece;

    piece = malloc(sizeof(air_cli_piece_t) + size);
    if (piece == NULL) {
        return NULL;
    }

    piece->next = cf->pieces;
    cf->pieces = piece;

    return piece->data;
}


static void
air_cli_floor_drop(air_cli_floor_t *cf)
{
    air_cli_piece_t  *piece;

    while (cf->pieces != NULL) {
        piece = cf->pieces;
        cf->pieces = piece->next;
        free(piece);
    }
}


/* One check as written, to a floor of its own and to the one of all. */
static int
air_cli_floor_check(air_cli_t *cli, air_cli_floor_t *cf, air_str_t text)
{
    int               rc, code;
    char              why[200], path[1024];
    air_str_t         file;
    air_cli_check_t  *check;

    if (cf->n == AIR_CLI_FLOOR_CHECKS) {
        return air_cli_error(cli, AIR_CLI_USAGE, "more than %d checks",
                             AIR_CLI_FLOOR_CHECKS);
    }

    file = air_str_n(NULL, 0);

    if (text.len > 12 && memcmp(text.data, "json_schema=", 12) == 0) {
        snprintf(path, sizeof(path), "%.*s", (int) (text.len - 12),
                 (char *) text.data + 12);

        code = air_cli_read(cli, path, AIR_CLI_FLOOR_SCHEMA, &file);
        if (code != AIR_CLI_OK) {
            return code;
        }
    }

    check = &cf->check[++cf->n];
    check->name = text;
    check->floor = air_floor_create(&cli->mem);

    if (check->floor == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    why[0] = '\0';

    rc = air_floor_add(check->floor, text, file, &cli->mem, why, sizeof(why));

    if (rc == AIR_OK) {
        rc = air_floor_add(cf->check[0].floor, text, file, &cli->mem, why,
                           sizeof(why));
    }

    if (rc == AIR_ENOENT) {
        return air_cli_error(cli, AIR_CLI_USAGE, "\"%.*s\" is no check that "
                             "needs nobody else; see docs/floor.md",
                             (int) text.len, (char *) text.data);
    }

    return rc == AIR_OK ? AIR_CLI_OK
           : air_cli_error(cli, AIR_CLI_USAGE, "\"%.*s\": %s", (int) text.len,
                           (char *) text.data, why);
}


/* An argument is a check, or several between blanks; of regex it is one. */
static int
air_cli_floor_checks(air_cli_t *cli, air_cli_floor_t *cf, char *arg)
{
    int         rc;
    size_t      n;
    air_str_t   text;

    if (strncmp(arg, "regex=", 6) == 0 || strncmp(arg, "not_regex=", 10) == 0)
    {
        return air_cli_floor_check(cli, cf, air_str_z(arg));
    }

    for (rc = AIR_CLI_OK; *arg != '\0' && rc == AIR_CLI_OK; arg += n) {
        n = strspn(arg, " ");
        arg += n;
        n = strcspn(arg, " ");
        text = air_str_n(arg, n);

        if (n != 0) {
            rc = air_cli_floor_check(cli, cf, text);
        }
    }

    return rc;
}


/* The codec of a reply as its vendor sent it, or NULL: it is something else. */
static const air_codec_t *
air_cli_floor_codec(const air_json_doc_t *doc, const air_json_node_t *root,
    air_op_e *op)
{
    const air_json_node_t  *node;

    *op = AIR_OP_CHAT;

    node = air_json_get(doc, root, "choices");

    if (node != NULL && node->type == AIR_JSON_ARRAY) {
        return &air_codec_openai;
    }

    node = air_json_get(doc, root, "type");

    if (node != NULL && air_json_is(doc, node, "message")
        && air_json_get(doc, root, "content") != NULL)
    {
        *op = AIR_OP_MESSAGES;
        return &air_codec_anthropic;
    }

    node = air_json_get(doc, root, "object");

    if (node != NULL && air_json_is(doc, node, "response")
        && air_json_get(doc, root, "output") != NULL)
    {
        *op = AIR_OP_RESPONSES;
        return &air_codec_responses;
    }

    return NULL;
}


/* A reply of one of our front doors; 0: it is none. */
static int
air_cli_floor_reply(air_cli_floor_t *cf, air_str_t text,
    air_answer_t *answer)
{
    air_op_e                op;
    air_error_t             error;
    air_json_doc_t         *doc;
    air_msg_reply_t        *msg;
    const air_codec_t      *codec;
    const air_json_node_t  *root;

    doc = air_mem_get(&cf->mem, sizeof(air_json_doc_t));
    msg = air_mem_get(&cf->mem, sizeof(air_msg_reply_t));

    if (doc == NULL || msg == NULL) {
        return 0;
    }

    air_json_init(doc, &cf->mem);

    if (air_json_scan(doc, text, AIR_JSON_VENDOR, NULL) != AIR_OK) {
        return 0;
    }

    root = air_json_root(doc);

    if (root->type != AIR_JSON_OBJECT) {
        return 0;
    }

    codec = air_cli_floor_codec(doc, root, &op);

    return codec != NULL
           && codec->reply_read(op, doc, air_profile_find(air_str_z("openai")),
                                &cf->mem, msg, &error)
              == AIR_OK
           && msg->choices != NULL
           && air_answer_read(answer, msg->choices, &cf->mem) == AIR_OK;
}


static void
air_cli_floor_text(air_answer_t *answer, air_str_t text)
{
    memset(answer, 0, sizeof(air_answer_t));

    answer->text = text;
    answer->finish = AIR_FINISH_STOP;
}


static int
air_cli_floor_judge(air_cli_t *cli, air_cli_floor_t *cf, unsigned i,
    const air_answer_t *answer, const air_asked_t *asked, air_verdict_t *v)
{
    if (air_floor_judge(cf->check[i].floor, answer, asked, &cf->mem, v)
        != AIR_OK)
    {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    cf->check[i].n[v->verdict]++;

    return AIR_CLI_OK;
}


/* One answer: what all checks say, then each that does not pass. */
static int
air_cli_floor_one(air_cli_t *cli, air_cli_floor_t *cf, air_str_t text)
{
    int            rc;
    unsigned       i;
    air_answer_t   answer;
    air_verdict_t  v, one;

    if (!air_cli_floor_reply(cf, text, &answer)) {
        air_cli_floor_text(&answer, text);
    }

    rc = air_cli_floor_judge(cli, cf, 0, &answer, &cf->asked, &v);
    if (rc != AIR_CLI_OK) {
        return rc;
    }

    fprintf(cli->out, "%s\n", air_verdict_name(v.verdict));

    for (i = 1; i <= cf->n; i++) {
        rc = air_cli_floor_judge(cli, cf, i, &answer, &cf->asked, &one);
        if (rc != AIR_CLI_OK) {
            return rc;
        }

        if (one.verdict != AIR_VERDICT_PASSED) {
            fprintf(cli->out, "  %s: %s, %s\n", air_floor_name(one.check),
                    air_verdict_name(one.verdict), one.why);
        }
    }

    return v.verdict == AIR_VERDICT_PASSED ? AIR_CLI_OK
           : v.verdict == AIR_VERDICT_FAILED ? AIR_CLI_FAIL : AIR_CLI_USAGE;
}


/* A line: a reply, or "answer" (a text, or a reply) with "prompt", "schema". */
static int
air_cli_floor_line(air_cli_t *cli, air_cli_floor_t *cf, air_str_t line,
    uint64_t n)
{
    int                     rc;
    unsigned                i;
    air_asked_t             asked;
    air_answer_t            answer;
    air_verdict_t           v;
    air_json_doc_t          doc;
    const air_json_node_t  *root, *node;

    asked = cf->asked;
    air_json_init(&doc, &cf->mem);

    if (air_json_scan(&doc, line, AIR_JSON_VENDOR, NULL) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "line %llu is not JSON",
                             (unsigned long long) n);
    }

    root = air_json_root(&doc);
    node = air_json_get(&doc, root, "answer");

    if (node == NULL) {
        if (!air_cli_floor_reply(cf, line, &answer)) {
            return air_cli_error(cli, AIR_CLI_USAGE, "line %llu has no "
                                 "\"answer\" and is no reply",
                                 (unsigned long long) n);
        }

    } else if (node->type != AIR_JSON_STRING) {
        if (!air_cli_floor_reply(cf, air_json_raw(&doc, node), &answer)) {
            air_cli_floor_text(&answer, air_json_raw(&doc, node));
        }

    } else {
        air_cli_floor_text(&answer, air_str_n(NULL, 0));

        if (air_json_string(&doc, node, &cf->mem, &answer.text) != AIR_OK) {
            return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
        }
    }

    if (air_json_take(&doc, root, "prompt", &cf->mem, &asked.prompt)
        != AIR_OK)
    {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    node = air_json_given(&doc, root, "schema");

    if (node != NULL) {
        asked.schema = air_json_quoted(&doc, node);
    }

    for (rc = AIR_CLI_OK, i = 0; i <= cf->n && rc == AIR_CLI_OK; i++) {
        rc = air_cli_floor_judge(cli, cf, i, &answer, &asked, &v);
    }

    return rc;
}


static void
air_cli_floor_row(air_cli_t *cli, const air_cli_check_t *check,
    const char *name)
{
    char      rate[16];
    uint64_t  all;

    all = check->n[AIR_VERDICT_PASSED] + check->n[AIR_VERDICT_FAILED]
          + check->n[AIR_VERDICT_UNSURE];

    snprintf(rate, sizeof(rate), "%.1f",
             all != 0 ? 100.0 * (double) check->n[AIR_VERDICT_PASSED]
                        / (double) all : 0.0);

    fprintf(cli->out, cli->format == AIR_CLI_JSON
                      ? "{\"check\":%s,\"passed\":%llu,\"failed\":%llu,"
                        "\"unsure\":%llu,\"percent\":%s}\n"
                      : cli->format == AIR_CLI_CSV
                      ? "%s,%llu,%llu,%llu,%s\n"
                      : "%-32s %9llu %9llu %9llu %8s\n",
            name,
            (unsigned long long) check->n[AIR_VERDICT_PASSED],
            (unsigned long long) check->n[AIR_VERDICT_FAILED],
            (unsigned long long) check->n[AIR_VERDICT_UNSURE], rate);
}


/* Counts by check, and of all together. */
static int
air_cli_floor_table(air_cli_t *cli, air_cli_floor_t *cf)
{
    unsigned   i;
    air_buf_t  b;
    air_str_t  name;

    if (cli->format == AIR_CLI_TEXT) {
        fprintf(cli->out, "%-32s %9s %9s %9s %8s\n", "check", "passed",
                "failed", "unsure", "passed %");

    } else if (cli->format == AIR_CLI_CSV) {
        fprintf(cli->out, "check,passed,failed,unsure,percent\n");
    }

    air_buf_init(&b, &cli->mem, 1 << 20);

    for (i = 1; i <= cf->n + 1; i++) {
        name = i <= cf->n ? cf->check[i].name : air_str_z("all");
        b.len = 0;

        if (cli->format == AIR_CLI_TEXT) {
            (void) air_buf_str(&b, name);

        } else {
            (void) air_buf_json(&b, name);
        }

        if (air_buf_byte(&b, '\0') != AIR_OK) {
            return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
        }

        air_cli_floor_row(cli, &cf->check[i <= cf->n ? i : 0],
                          (char *) b.data);
    }

    return AIR_CLI_OK;
}


static int
air_cli_floor_lines(air_cli_t *cli, air_cli_floor_t *cf, air_str_t text)
{
    int        rc;
    uint64_t   n;
    air_str_t  line;

    for (n = 1; air_cli_line(&text, &line); n++) {

        if (line.len == 0) {
            continue;
        }

        rc = air_cli_floor_line(cli, cf, line, n);
        air_cli_floor_drop(cf);

        if (rc != AIR_CLI_OK) {
            return rc;
        }
    }

    return air_cli_floor_table(cli, cf);
}


int
air_cli_floor(air_cli_t *cli, int argc, char **argv)
{
    int               i, n, lines, code;
    air_str_t         text;
    const char       *file, *schema, *prompt;
    air_cli_floor_t  *cf;

    lines = 0;
    file = "-";
    schema = NULL;
    prompt = NULL;

    const air_cli_option_t  table[] = {
        { "file", AIR_CLI_STRING, &file },
        { "jsonl", AIR_CLI_FLAG, &lines },
        { "schema", AIR_CLI_STRING, &schema },
        { "prompt", AIR_CLI_STRING, &prompt },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    n = air_cli_options(cli, table, argc, argv, &code);
    if (n < 0) {
        return code;
    }

    if (n == 0) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no check is given");
    }

    cf = air_mem_get(&cli->mem, sizeof(air_cli_floor_t));
    if (cf == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    memset(cf, 0, sizeof(air_cli_floor_t));

    cf->mem.alloc = air_cli_floor_alloc;
    cf->mem.ud = cf;

    cf->check[0].floor = air_floor_create(&cli->mem);
    if (cf->check[0].floor == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    for (i = 1; i <= n; i++) {
        code = air_cli_floor_checks(cli, cf, argv[i]);
        if (code != AIR_CLI_OK) {
            return code;
        }
    }

    if (schema != NULL) {
        code = air_cli_read(cli, schema, AIR_CLI_FLOOR_SCHEMA,
                            &cf->asked.schema);
        if (code != AIR_CLI_OK) {
            return code;
        }
    }

    if (prompt != NULL) {
        cf->asked.prompt = air_str_z(prompt);
    }

    code = air_cli_read(cli, file, AIR_CLI_FLOOR_TEXT, &text);
    if (code != AIR_CLI_OK) {
        return code;
    }

    code = lines ? air_cli_floor_lines(cli, cf, text)
                 : air_cli_floor_one(cli, cf, text);

    air_cli_floor_drop(cf);

    return code;
}
