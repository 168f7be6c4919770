
/*
 * Labelled requests: lines to rows.
 */

#include "air_cli_learn.h"
#include "../core/air_task.h"


#define AIR_CLI_LEARN_MAX  (1024 * 1024 * 1024)


uint32_t
air_cli_learn_hash(air_str_t s)
{
    size_t    i;
    uint32_t  h;

    h = 2166136261u;

    for (i = 0; i < s.len; i++) {
        h = (h ^ s.data[i]) * 16777619u;
    }

    h ^= h >> 16;
    h *= 0x85ebca6b;

    return h ^ h >> 13;
}


/* A grade, 0 .. 1; -1: there is none. */
static double
air_cli_learn_grade(const air_json_doc_t *doc, const char *name,
    const char *other)
{
    uint64_t                millionths;
    const air_json_node_t  *node;

    node = air_json_get(doc, air_json_root(doc), name);

    if (node == NULL) {
        node = air_json_get(doc, air_json_root(doc), other);
    }

    if (node == NULL) {
        return -1;
    }

    if (node->type == AIR_JSON_TRUE || node->type == AIR_JSON_FALSE) {
        return node->type == AIR_JSON_TRUE;
    }

    if (node->type != AIR_JSON_NUMBER
        || air_json_decimal(doc, node, 6, &millionths) != AIR_OK
        || millionths > 1000000)
    {
        return -1;
    }

    return millionths / 1e6;
}


/* The number of a pair, a new one when it is unknown; -1: too many. */
static int
air_cli_learn_pair(air_cli_cases_t *set, air_str_t name)
{
    unsigned  i;

    if (name.len >= AIR_LEARN_PAIR) {
        name.len = AIR_LEARN_PAIR - 1;
    }

    for (i = 0; i < set->npair; i++) {
        if (air_str_eqz(name, set->pair[i])) {
            return (int) i;
        }
    }

    if (set->npair == AIR_CLI_LEARN_PAIRS) {
        return -1;
    }

    memset(set->pair[i], 0, AIR_LEARN_PAIR);

    if (name.len != 0) {
        memcpy(set->pair[i], name.data, name.len);
    }

    set->npair++;

    return (int) i;
}


/* Room for one more; NULL: no memory. */
static air_cli_case_t *
air_cli_learn_push(air_cli_t *cli, air_cli_cases_t *set)
{
    uint32_t          size;
    air_cli_case_t   *cases;
    air_learn_row_t  *rows;

    if (set->n == set->size) {

        size = set->size ? set->size * 2 : 1024;

        cases = air_mem_get(&cli->mem, size * sizeof(air_cli_case_t));
        if (cases == NULL) {
            return NULL;
        }

        rows = air_mem_get(&cli->mem, size * sizeof(air_learn_row_t));
        if (rows == NULL) {
            return NULL;
        }

        if (set->n != 0) {
            memcpy(cases, set->cases, set->n * sizeof(air_cli_case_t));
            memcpy(rows, set->rows, set->n * sizeof(air_learn_row_t));
        }

        set->cases = cases;
        set->rows = rows;
        set->size = size;
    }

    memset(&set->cases[set->n], 0, sizeof(air_cli_case_t));
    memset(&set->rows[set->n], 0, sizeof(air_learn_row_t));

    return &set->cases[set->n++];
}


/* Grades, text and names of a line into its case and row. */
static int
air_cli_learn_fill(air_cli_t *cli, const air_json_doc_t *doc,
    air_cli_case_t *c, air_learn_row_t *row)
{
    air_learn_text_t        t;
    air_task_input_t        in;
    const air_json_node_t  *root;

    root = air_json_root(doc);

    if (air_json_take(doc, root, "id", &cli->mem, &c->id) != AIR_OK
        || air_json_take(doc, root, "prompt_id", &cli->mem, &c->prompt_id)
           != AIR_OK)
    {
        return AIR_ENOMEM;
    }

    row->cheap = air_cli_learn_grade(doc, "weak_correct", "cheap");
    row->strong = air_cli_learn_grade(doc, "strong_correct", "strong");
    c->labelled = row->cheap >= 0 && row->strong >= 0;

    if (!c->labelled) {
        row->cheap = 0;
        row->strong = 0;
    }

    air_task_read(doc, &in);

    if (in.user.len == 0) {
        return AIR_OK;
    }

    air_learn_text(&t, in.user, in.user_escaped);

    row->bucket = air_mem_get(&cli->mem, t.n * sizeof(uint16_t));
    if (row->bucket == NULL) {
        return AIR_ENOMEM;
    }

    memcpy(row->bucket, t.bucket, t.n * sizeof(uint16_t));
    row->n = t.n;

    c->len = (uint32_t) in.user.len;
    c->prompt = in.user;
    c->escaped = in.user_escaped != 0;
    c->text = 1;

    return AIR_OK;
}


static int
air_cli_learn_line(air_cli_t *cli, air_json_doc_t *doc, air_str_t line,
    air_cli_cases_t *set)
{
    int              pair;
    air_str_t        name;
    air_cli_case_t  *c;

    if (air_json_scan(doc, line, 0, NULL) != AIR_OK
        || air_json_root(doc)->type != AIR_JSON_OBJECT)
    {
        return AIR_EINVAL;
    }

    name = air_str_n(NULL, 0);

    if (air_json_take(doc, air_json_root(doc), "pair", &cli->mem, &name)
        != AIR_OK)
    {
        return AIR_ENOMEM;
    }

    pair = air_cli_learn_pair(set, name);

    if (pair < 0) {
        return AIR_ELIMIT;
    }

    c = air_cli_learn_push(cli, set);
    if (c == NULL) {
        return AIR_ENOMEM;
    }

    c->pair = (uint32_t) pair;

    return air_cli_learn_fill(cli, doc, c, &set->rows[set->n - 1]);
}


static int
air_cli_learn_file(air_cli_t *cli, const char *path, air_cli_cases_t *set)
{
    int              rc;
    uint64_t         n;
    air_str_t        text, line;
    air_json_doc_t   doc;

    rc = air_cli_read(cli, path, AIR_CLI_LEARN_MAX, &text);
    if (rc != AIR_CLI_OK) {
        return rc;
    }

    air_json_init(&doc, &cli->mem);

    for (n = 1; air_cli_line(&text, &line); n++) {

        if (line.len == 0) {
            continue;
        }

        rc = air_cli_learn_line(cli, &doc, line, set);

        if (rc == AIR_EINVAL) {
            return air_cli_error(cli, AIR_CLI_FAIL, "%s: line %llu is no "
                                 "JSON object", path, (unsigned long long) n);
        }

        if (rc == AIR_ELIMIT) {
            return air_cli_error(cli, AIR_CLI_FAIL, "%s: line %llu: more "
                                 "than %d pairs", path,
                                 (unsigned long long) n, AIR_CLI_LEARN_PAIRS);
        }

        if (rc != AIR_OK) {
            return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
        }
    }

    return AIR_CLI_OK;
}


/* Texts that other lines have. */
static int
air_cli_learn_join(air_cli_t *cli, air_cli_cases_t *set)
{
    uint32_t          i, k, size, *slot;
    air_cli_case_t   *c, *other;

    for (size = 16; size < set->n * 2; size *= 2) { /* void */ }

    slot = air_mem_get(&cli->mem, size * sizeof(uint32_t));
    if (slot == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    memset(slot, 0, size * sizeof(uint32_t));

    for (i = 0; i < set->n; i++) {
        if (set->cases[i].text) {
            k = air_cli_learn_hash(set->cases[i].id) % size;

            while (slot[k] != 0) {
                k = (k + 1) % size;
            }

            slot[k] = i + 1;
        }
    }

    for (i = 0; i < set->n; i++) {

        c = &set->cases[i];

        if (c->text) {
            continue;
        }

        other = NULL;

        for (k = air_cli_learn_hash(c->prompt_id) % size; slot[k] != 0;
             k = (k + 1) % size)
        {
            other = &set->cases[slot[k] - 1];

            if (air_str_eq(other->id, c->prompt_id)) {
                break;
            }

            other = NULL;
        }

        if (other == NULL) {
            return air_cli_error(cli, AIR_CLI_FAIL, "\"%.*s\" has no prompt",
                                 (int) c->id.len, (char *) c->id.data);
        }

        set->rows[i].bucket = set->rows[other - set->cases].bucket;
        set->rows[i].n = set->rows[other - set->cases].n;
        c->len = other->len;
        c->prompt = other->prompt;
        c->escaped = other->escaped;
    }

    return AIR_CLI_OK;
}


/* By the id, so that it stays when lines are added; or else by the text. */
static uint32_t
air_cli_learn_fold(const air_cli_case_t *c, const air_learn_row_t *row)
{
    air_str_t  s;

    s = c->id;

    if (s.len == 0) {
        s = air_str_n(row->bucket, row->n * sizeof(uint16_t));
    }

    return air_cli_learn_hash(s) % AIR_LEARN_FOLDS;
}


/* Cases of a pair side by side, otherwise as they came. */
static int
air_cli_learn_group(air_cli_t *cli, air_cli_cases_t *set)
{
    uint32_t          i, n;
    unsigned          p;
    air_cli_case_t   *cases;
    air_learn_row_t  *rows;

    cases = air_mem_get(&cli->mem, (set->n + 1) * sizeof(air_cli_case_t));
    if (cases == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    rows = air_mem_get(&cli->mem, (set->n + 1) * sizeof(air_learn_row_t));
    if (rows == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    n = 0;

    for (p = 0; p < set->npair; p++) {

        set->first[p] = n;

        for (i = 0; i < set->n; i++) {

            if (set->cases[i].pair == p) {
                cases[n] = set->cases[i];
                rows[n] = set->rows[i];
                rows[n].fold = air_cli_learn_fold(&cases[n], &rows[n]);
                n++;
            }
        }
    }

    set->first[p] = n;
    set->cases = cases;
    set->rows = rows;

    return AIR_CLI_OK;
}


int
air_cli_learn_read(air_cli_t *cli, char **paths, int n, air_cli_cases_t *set)
{
    int  i, rc;

    memset(set, 0, sizeof(air_cli_cases_t));

    for (i = 0; i < n; i++) {

        rc = air_cli_learn_file(cli, paths[i], set);
        if (rc != AIR_CLI_OK) {
            return rc;
        }
    }

    if (set->n == 0) {
        return air_cli_error(cli, AIR_CLI_FAIL, "no lines");
    }

    rc = air_cli_learn_join(cli, set);
    if (rc != AIR_CLI_OK) {
        return rc;
    }

    return air_cli_learn_group(cli, set);
}
