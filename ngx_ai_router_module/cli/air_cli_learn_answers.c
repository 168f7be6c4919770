
/*
 * Answers of cheap models beside labelled requests: rows of both together.
 */

#include "air_cli_learn.h"


#define AIR_CLI_ANSWERS_MAX  (1024 * 1024 * 1024)


/* Cases by their ids, for look-ups. */
typedef struct {
    uint32_t  *slot;              /* number of a case + 1                   */
    uint32_t   size;
} air_cli_ids_t;


static int
air_cli_answers_ids(air_cli_t *cli, const air_cli_cases_t *set,
    air_cli_ids_t *ids)
{
    uint32_t  i, k;

    for (ids->size = 16; ids->size < set->n * 2; ids->size *= 2) {
        /* void */
    }

    ids->slot = air_mem_get(&cli->mem, ids->size * sizeof(uint32_t));
    if (ids->slot == NULL) {
        return AIR_ENOMEM;
    }

    memset(ids->slot, 0, ids->size * sizeof(uint32_t));

    for (i = 0; i < set->n; i++) {

        k = air_cli_learn_hash(set->cases[i].id) % ids->size;

        while (ids->slot[k] != 0) {
            k = (k + 1) % ids->size;
        }

        ids->slot[k] = i + 1;
    }

    return AIR_OK;
}


static air_cli_case_t *
air_cli_answers_find(const air_cli_cases_t *set, const air_cli_ids_t *ids,
    air_str_t id)
{
    uint32_t  k;

    for (k = air_cli_learn_hash(id) % ids->size; ids->slot[k] != 0;
         k = (k + 1) % ids->size)
    {
        if (air_str_eq(set->cases[ids->slot[k] - 1].id, id)) {
            return &set->cases[ids->slot[k] - 1];
        }
    }

    return NULL;
}


static int
air_cli_answers_line(air_cli_t *cli, air_json_doc_t *doc, air_str_t line,
    const air_cli_cases_t *set, const air_cli_ids_t *ids, int second)
{
    air_str_t               id, text;
    air_cli_case_t         *c;
    const air_json_node_t  *root, *node;

    if (air_json_scan(doc, line, AIR_JSON_VENDOR, NULL) != AIR_OK
        || air_json_root(doc)->type != AIR_JSON_OBJECT)
    {
        return AIR_EINVAL;
    }

    root = air_json_root(doc);
    id = air_str_n(NULL, 0);
    text = air_str_n(NULL, 0);

    node = air_json_get(doc, root, "answer");
    node = node != NULL ? node : air_json_get(doc, root, "weak_answer");

    if (air_json_take(doc, root, "id", &cli->mem, &id) != AIR_OK
        || (node != NULL && node->type == AIR_JSON_STRING
            && air_json_string(doc, node, &cli->mem, &text) != AIR_OK))
    {
        return AIR_ENOMEM;
    }

    c = air_cli_answers_find(set, ids, id);

    if (c == NULL || node == NULL || node->type != AIR_JSON_STRING) {
        return AIR_OK;
    }

    if (second) {
        c->second = text;
        c->seconded = 1;

    } else {
        c->answer = text;
        c->answered = 1;
    }

    return AIR_OK;
}


static int
air_cli_answers_file(air_cli_t *cli, const char *path,
    const air_cli_cases_t *set, const air_cli_ids_t *ids, int second)
{
    int             rc;
    uint64_t        n;
    air_str_t       text, line;
    air_json_doc_t  doc;

    rc = air_cli_read(cli, path, AIR_CLI_ANSWERS_MAX, &text);
    if (rc != AIR_CLI_OK) {
        return rc;
    }

    air_json_init(&doc, &cli->mem);

    for (n = 1; air_cli_line(&text, &line); n++) {

        if (line.len == 0) {
            continue;
        }

        rc = air_cli_answers_line(cli, &doc, line, set, ids, second);

        if (rc == AIR_EINVAL) {
            return air_cli_error(cli, AIR_CLI_FAIL, "%s: line %llu is no "
                                 "JSON object", path, (unsigned long long) n);
        }

        if (rc != AIR_OK) {
            return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
        }
    }

    return AIR_CLI_OK;
}


/* The prompt as the floor sees it: without the escapes of JSON. */
static int
air_cli_answers_prompt(air_cli_t *cli, const air_cli_case_t *c,
    air_str_t *prompt)
{
    air_buf_t       b;
    air_json_doc_t  doc;

    *prompt = c->prompt;

    if (!c->escaped) {
        return AIR_OK;
    }

    air_buf_init(&b, &cli->mem, c->prompt.len + 2);
    air_json_init(&doc, &cli->mem);

    air_buf_byte(&b, '"');
    air_buf_str(&b, c->prompt);
    air_buf_byte(&b, '"');

    if (b.error != AIR_OK) {
        return AIR_ENOMEM;
    }

    if (air_json_scan(&doc, air_buf_view(&b), AIR_JSON_VENDOR, NULL)
        != AIR_OK)
    {
        return AIR_OK;
    }

    return air_json_string(&doc, air_json_root(&doc), &cli->mem, prompt)
           == AIR_OK ? AIR_OK : AIR_ENOMEM;
}


static int
air_cli_answers_row(air_cli_t *cli, const air_cli_case_t *c,
    air_learn_row_t *row)
{
    air_str_t         prompt;
    air_answer_t      answer;
    air_learn_text_t  t;

    if (air_cli_answers_prompt(cli, c, &prompt) != AIR_OK) {
        return AIR_ENOMEM;
    }

    memset(&answer, 0, sizeof(air_answer_t));

    answer.text = c->answer;
    answer.finish = AIR_FINISH_STOP;

    air_scorer_text(&t, prompt, &answer);

    row->bucket = air_mem_get(&cli->mem, t.n * sizeof(uint16_t));
    if (row->bucket == NULL) {
        return AIR_ENOMEM;
    }

    memcpy(row->bucket, t.bucket, t.n * sizeof(uint16_t));
    row->n = t.n;

    return AIR_OK;
}


int
air_cli_learn_answers(air_cli_t *cli, const char *path, const char *second,
    air_cli_cases_t *set)
{
    int              rc;
    uint32_t         i;
    air_cli_ids_t    ids;
    air_cli_case_t  *c;

    if (air_cli_answers_ids(cli, set, &ids) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    rc = air_cli_answers_file(cli, path, set, &ids, 0);

    if (rc == AIR_CLI_OK && second != NULL) {
        rc = air_cli_answers_file(cli, second, set, &ids, 1);
    }

    if (rc != AIR_CLI_OK) {
        return rc;
    }

    for (i = 0; i < set->n; i++) {

        c = &set->cases[i];

        if (!c->answered || (second != NULL && !c->seconded)) {
            return air_cli_error(cli, AIR_CLI_FAIL, "%s: no answer of "
                                 "\"%.*s\"", c->answered ? second : path,
                                 (int) c->id.len, (char *) c->id.data);
        }

        if (air_cli_answers_row(cli, c, &set->rows[i]) != AIR_OK) {
            return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
        }
    }

    return AIR_CLI_OK;
}
