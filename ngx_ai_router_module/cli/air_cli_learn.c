
/*
 * ai-router learn: from labelled requests to weights, and what they are
 * worth.
 */

#include "air_cli_learn.h"
#include "air_cli_store.h"
#include "../store/air_weights.h"

#include <stdlib.h>


/* What one run was told. */
typedef struct {
    const char  *out;             /* weights to write                       */
    const char  *weights;         /* weights to use, instead of training    */
    const char  *score;           /* needs to write                         */
    const char  *answers;         /* of the cheap model                     */
    const char  *second;          /* of another cheap one                   */
    const char  *keep_text;
    const char  *ratio_text;
    const char  *install;         /* the workflow to write weights for      */
    const char  *store;
    int          decide;
    int          raw;
    int          live;
    unsigned     keep;            /* permille                               */
    double       saved;           /* by a call that is cheap                */
    int          unknown;         /* some line has no grades                */
} air_cli_learn_t;


/* What came of one pair. */
typedef struct {
    air_learn_t  *model;          /* NULL: no weights for it                */
    int           alike;          /* the traffic is like the labelled       */
    double       *need;           /* one a row: what the score file says    */
    double        cheap;          /* share, by the promise                  */
    double        kept;           /* of strong's quality                    */
} air_cli_learned_t;


static const air_cli_column_t  air_learn_columns[] = {
    { "pair", AIR_CLI_LEFT },
    { "order", AIR_CLI_LEFT },
    { "rows", AIR_CLI_NUMBER },
    { "apgr", AIR_CLI_NUMBER },
    { "save_95", AIR_CLI_NUMBER },
    { "save_98", AIR_CLI_NUMBER },
    { "save_100", AIR_CLI_NUMBER },
    { "promise", AIR_CLI_NUMBER },
    { "saved", AIR_CLI_NUMBER },
    { "kept", AIR_CLI_NUMBER },
    { NULL, AIR_CLI_LEFT }
};


static void
air_cli_learn_cell(air_cli_table_t *table, const char *format, double x)
{
    char  text[32];

    snprintf(text, sizeof(text), format, x);
    air_cli_cell_z(table, text);
}


/* One order of the rows of a pair, or of all. */
static int
air_cli_learn_order(air_cli_t *cli, air_cli_table_t *table,
    const air_cli_learn_t *opt, const char *order,
    const air_learn_row_t *rows, const double *need, uint32_t n)
{
    unsigned           i;
    air_learn_curve_t  curve;

    if (air_learn_curve(rows, need, n, &cli->mem, &curve) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    air_cli_cell_z(table, order);
    air_cli_cell_uint(table, n);
    air_cli_learn_cell(table, "%.3f", curve.apgr);

    for (i = 0; i < 3; i++) {
        air_cli_learn_cell(table, "%.1f", 100 * opt->saved * curve.cheap[i]);
    }

    return AIR_CLI_OK;
}


/* 1 when two cheap models do not say the same. */
static int
air_cli_learn_apart(air_cli_t *cli, const air_cli_case_t *c)
{
    air_answer_t  a, b;

    memset(&a, 0, sizeof(air_answer_t));
    memset(&b, 0, sizeof(air_answer_t));

    a.text = c->answer;
    b.text = c->second;

    return !air_answer_agree(&a, &b, &cli->mem);
}


/* The lines of a pair, or of all: the router's, and what it stands beside. */
static int
air_cli_learn_lines(air_cli_t *cli, air_cli_table_t *table,
    const air_cli_learn_t *opt, const char *name, const air_cli_cases_t *set,
    uint32_t first, const air_cli_learned_t *l, uint32_t n)
{
    int                     rc;
    double                 *need;
    uint32_t                i;
    unsigned                k;
    const air_learn_row_t  *rows;

    static const char *const  orders[] = {
        "router", "random", "length", "oracle", "scorer", "agree"
    };

    rows = set->rows + first;

    need = air_mem_get(&cli->mem, (n + 1) * sizeof(double));
    if (need == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    for (k = 0; k < 4 + (opt->second != NULL); k++) {

        for (i = 0; i < n; i++) {
            need[i] = k == 0 ? l->need[i]
                      : k == 1 ? 0
                      : k == 2 ? set->cases[first + i].len
                      : k == 3 ? rows[i].strong - rows[i].cheap
                      : air_cli_learn_apart(cli, &set->cases[first + i]);
        }

        air_cli_cell_z(table, name);

        rc = air_cli_learn_order(cli, table, opt,
                                 orders[k == 0 && opt->answers != NULL ? 4
                                        : k == 4 ? 5 : k],
                                 rows, need, n);
        if (rc != AIR_CLI_OK) {
            return rc;
        }

        if (k == 0) {
            air_cli_learn_cell(table, "%.1f", opt->keep / 10.0);
            air_cli_learn_cell(table, "%.1f", 100 * opt->saved * l->cheap);
            air_cli_learn_cell(table, "%.2f", 100 * l->kept);
            continue;
        }

        air_cli_cell_z(table, "");
        air_cli_cell_z(table, "");
        air_cli_cell_z(table, "");
    }

    return AIR_CLI_OK;
}


/* What a decision does to the sums. */
static void
air_cli_learn_count(air_cli_learned_t *l, const air_learn_row_t *row,
    int cheap, double *strong)
{
    *strong += row->strong;
    l->kept += cheap ? row->cheap : row->strong;
    l->cheap += cheap;
}


static void
air_cli_learn_share(air_cli_learned_t *l, uint32_t n, double strong)
{
    l->kept = strong > 0 ? l->kept / strong : 1;
    l->cheap = n ? l->cheap / n : 0;
}


/*
 * Trains on the rows of a pair.  What the promise is worth is measured on
 * each fold with the threshold of the others.
 */
static int
air_cli_learn_pair_train(air_cli_t *cli, const air_cli_learn_t *opt,
    air_learn_row_t *rows, uint32_t n, air_cli_learned_t *l)
{
    int                 cheap;
    double              strong;
    uint32_t            i, m;
    unsigned            fold;
    air_learn_t        *scratch;
    air_learn_row_t    *rest;
    air_learn_score_t   s;

    scratch = air_mem_get(&cli->mem, sizeof(air_learn_t));
    if (scratch == NULL) {
        return AIR_ENOMEM;
    }

    rest = air_mem_get(&cli->mem, (n + 1) * sizeof(air_learn_row_t));
    if (rest == NULL) {
        return AIR_ENOMEM;
    }

    if (air_learn_cross(scratch, rows, n, &cli->mem) != AIR_OK
        || air_learn_train(l->model, rows, n, AIR_LEARN_FOLDS, &cli->mem)
           != AIR_OK
        || air_learn_calibrate(l->model, rows, n, &cli->mem) != AIR_OK)
    {
        return AIR_ENOMEM;
    }

    l->model->rows = n;
    strong = 0;

    for (fold = 0; fold < AIR_LEARN_FOLDS; fold++) {

        m = 0;

        for (i = 0; i < n; i++) {
            if (rows[i].fold != fold) {
                rest[m++] = rows[i];
            }
        }

        if (air_learn_calibrate(scratch, rest, m, &cli->mem) != AIR_OK) {
            return AIR_ENOMEM;
        }

        for (i = 0; i < n; i++) {

            if (rows[i].fold != fold) {
                continue;
            }

            s = rows[i].score;

            cheap = air_learn_cheap(scratch, s, 1, opt->keep);
            air_cli_learn_count(l, &rows[i], cheap, &strong);

            l->need[i] = opt->decide ? !cheap
                         : s.novelty > scratch->novel && !opt->raw
                           ? 1 : s.need;
        }
    }

    l->alike = 1;
    air_cli_learn_share(l, n, strong);

    return AIR_OK;
}


/* Uses the weights on the rows of a pair, as one traffic. */
static void
air_cli_learn_pair_apply(const air_cli_learn_t *opt, air_learn_row_t *rows,
    uint32_t n, air_cli_learned_t *l)
{
    int                 cheap, alike;
    double              strong;
    uint32_t            i;
    air_learn_text_t    t;
    air_learn_watch_t   watch;
    air_learn_score_t   s;

    memset(&watch, 0, sizeof(air_learn_watch_t));

    for (i = 0; i < n && l->model != NULL; i++) {
        t.n = rows[i].n;
        memcpy(t.bucket, rows[i].bucket, t.n * sizeof(uint16_t));

        s = air_learn_score(l->model, &t);

        /* as the router does, who knows but what was before */

        if (opt->live) {
            l->need[i] = air_learn_alike(&watch, l->model);
            air_learn_forget(&watch);
        }

        air_learn_watch(&watch, l->model, s);

        rows[i].score = s;
    }

    l->alike = l->model != NULL && air_learn_alike(&watch, l->model);
    strong = 0;

    for (i = 0; i < n; i++) {

        s = rows[i].score;

        alike = opt->live && l->model != NULL ? l->need[i] > 0 : l->alike;
        cheap = alike && air_learn_cheap(l->model, s, 1, opt->keep);
        air_cli_learn_count(l, &rows[i], cheap, &strong);

        l->need[i] = opt->decide ? !cheap
                     : l->model == NULL ? 1
                     : (!alike || s.novelty > l->model->novel) && !opt->raw
                       ? 1 : s.need;
    }

    air_cli_learn_share(l, n, strong);
}


/* "98", "98%", "99.5" to permille. */
static int
air_cli_learn_options(air_cli_t *cli, air_cli_learn_t *opt)
{
    char    *end;
    double   x;

    opt->keep = 980;

    if (opt->keep_text != NULL) {

        x = strtod(opt->keep_text, &end);

        if (end == opt->keep_text || (*end != '\0' && strcmp(end, "%") != 0)
            || !(x >= 90 && x <= 100))
        {
            return air_cli_error(cli, AIR_CLI_USAGE, "--keep needs a share "
                                 "of 90 to 100 %%, not \"%s\"",
                                 opt->keep_text);
        }

        opt->keep = (unsigned) (x * 10 + 0.5);
    }

    x = 50.0 / 3;

    if (opt->ratio_text != NULL) {

        x = strtod(opt->ratio_text, &end);

        if (end == opt->ratio_text || *end != '\0' || !(x > 1 && x < 1e6)) {
            return air_cli_error(cli, AIR_CLI_USAGE, "--ratio needs the "
                                 "strong model's price over the cheap one's, "
                                 "more than 1, not \"%s\"", opt->ratio_text);
        }
    }

    opt->saved = 1 - 1 / x;

    return AIR_CLI_OK;
}


/* The model of weights that has this pair, or NULL. */
static int
air_cli_learn_find(air_cli_t *cli, air_str_t weights, const char *pair,
    air_learn_t **model)
{
    *model = air_mem_get(&cli->mem, sizeof(air_learn_t));
    if (*model == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    if (air_learn_find(weights, pair, *model, NULL) != AIR_OK) {
        *model = NULL;
    }

    return AIR_CLI_OK;
}


/* Trains or applies, pair by pair. */
static int
air_cli_learn_all(air_cli_t *cli, const air_cli_learn_t *opt,
    air_cli_cases_t *set, air_str_t weights, air_cli_learned_t *learned)
{
    int                 rc;
    double             *need;
    uint32_t            n;
    unsigned            p;
    air_cli_learned_t  *l;

    need = air_mem_get(&cli->mem, (set->n + 1) * sizeof(double));
    if (need == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    for (p = 0; p < set->npair; p++) {

        l = &learned[p];
        memset(l, 0, sizeof(air_cli_learned_t));

        l->need = need + set->first[p];
        n = set->first[p + 1] - set->first[p];

        if (opt->weights != NULL) {

            rc = air_cli_learn_find(cli, weights, set->pair[p], &l->model);
            if (rc != AIR_CLI_OK) {
                return rc;
            }

            air_cli_learn_pair_apply(opt, set->rows + set->first[p], n, l);
            continue;
        }

        l->model = air_mem_get(&cli->mem, sizeof(air_learn_t));
        if (l->model == NULL) {
            return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
        }

        memset(l->model, 0, sizeof(air_learn_t));
        memcpy(l->model->pair, set->pair[p], AIR_LEARN_PAIR);

        if (air_cli_learn_pair_train(cli, opt, set->rows + set->first[p], n,
                                     l)
            != AIR_OK)
        {
            return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
        }
    }

    return AIR_CLI_OK;
}


static int
air_cli_learn_print(air_cli_t *cli, const air_cli_learn_t *opt,
    const air_cli_cases_t *set, const air_cli_learned_t *learned)
{
    int                 rc;
    double              strong, got, cheap;
    uint32_t            i, n;
    unsigned            p;
    air_cli_table_t     table;
    air_cli_learned_t   all;

    air_cli_table_init(&table, cli, air_learn_columns);

    strong = 0;
    got = 0;
    cheap = 0;

    for (p = 0; p < set->npair; p++) {

        n = set->first[p + 1] - set->first[p];

        rc = air_cli_learn_lines(cli, &table, opt, set->pair[p], set,
                                 set->first[p], &learned[p], n);
        if (rc != AIR_CLI_OK) {
            return rc;
        }

        for (i = set->first[p]; i < set->first[p + 1]; i++) {
            strong += set->rows[i].strong;
            got += set->rows[i].strong * learned[p].kept;
        }

        cheap += learned[p].cheap * n;
    }

    if (set->npair > 1) {
        all = learned[0];
        all.kept = strong > 0 ? got / strong : 1;
        all.cheap = cheap / set->n;

        rc = air_cli_learn_lines(cli, &table, opt, "(all)", set, 0, &all,
                                 set->n);
        if (rc != AIR_CLI_OK) {
            return rc;
        }
    }

    return air_cli_table_end(&table);
}


/* Where nobody knows what was right: what would be done. */
static int
air_cli_learn_shares(air_cli_t *cli, const air_cli_cases_t *set,
    const air_cli_learned_t *learned)
{
    unsigned         p;
    air_cli_table_t  table;

    static const air_cli_column_t  columns[] = {
        { "pair", AIR_CLI_LEFT },
        { "rows", AIR_CLI_NUMBER },
        { "cheap_percent", AIR_CLI_NUMBER },
        { NULL, AIR_CLI_LEFT }
    };

    air_cli_table_init(&table, cli, columns);

    for (p = 0; p < set->npair; p++) {
        air_cli_cell_z(&table, set->pair[p]);
        air_cli_cell_uint(&table, set->first[p + 1] - set->first[p]);
        air_cli_learn_cell(&table, "%.1f", 100 * learned[p].cheap);
    }

    return air_cli_table_end(&table);
}


static void
air_cli_learn_notes(air_cli_t *cli, const air_cli_cases_t *set,
    const air_cli_learned_t *learned, int live)
{
    unsigned  p;

    for (p = 0; p < set->npair && cli->format == AIR_CLI_TEXT; p++) {

        if (learned[p].model == NULL) {
            fprintf(cli->out, "\n%s: no weights for this pair, all to "
                    "strong\n", set->pair[p]);

        } else if (!learned[p].alike && !live) {
            fprintf(cli->out, "\n%s: unlike the labelled requests, all to "
                    "strong\n", set->pair[p]);
        }
    }
}


/* "id", tab, need: one line a row, pair by pair. */
static int
air_cli_learn_scores(air_cli_t *cli, const air_cli_learn_t *opt,
    const air_cli_cases_t *set, const double *need)
{
    char       text[40];
    uint32_t   i;
    air_buf_t  b;

    air_buf_init(&b, &cli->mem, (size_t) -1 / 2);

    for (i = 0; i < set->n; i++) {
        snprintf(text, sizeof(text), "\t%.6f\n", opt->second != NULL
                 ? air_cli_learn_apart(cli, &set->cases[i]) : need[i]);

        air_buf_str(&b, set->cases[i].id);
        air_buf_z(&b, text);
    }

    if (b.error != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    return air_cli_write(cli, opt->score, air_buf_view(&b));
}


/* Weights of all pairs as a file. */
static int
air_cli_learn_pack(air_cli_t *cli, const air_cli_cases_t *set,
    const air_cli_learned_t *learned, air_str_t *text)
{
    unsigned            p;
    air_buf_t           b;
    const air_learn_t  *model[AIR_CLI_LEARN_PAIRS];

    for (p = 0; p < set->npair; p++) {
        model[p] = learned[p].model;
    }

    air_buf_init(&b, &cli->mem, AIR_WEIGHTS_SIZE);

    if (air_learn_write(model, set->npair, &b) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    *text = air_buf_view(&b);

    return AIR_CLI_OK;
}


/* Where the router looks for the weights of a workflow. */
static int
air_cli_learn_install(air_cli_t *cli, const air_cli_learn_t *opt,
    air_str_t text)
{
    int        rc;
    char       name[64];
    air_err_t  err;

    if (text.len > AIR_LEARN_FILE) {
        return air_cli_error(cli, AIR_CLI_FAIL, "a workflow may have weights "
                             "of %d pairs, not more", AIR_LEARN_FIT);
    }

    snprintf(name, sizeof(name), opt->answers != NULL ? "%.32s.answers"
                                                      : "%.32s.weights",
             opt->install);
    memset(&err, 0, sizeof(air_err_t));

    rc = air_folder_write(opt->store, AIR_WEIGHTS_DIR, name, text, &err);

    return rc == AIR_OK ? AIR_CLI_OK
                        : air_cli_store_error(cli, opt->store, rc, &err);
}


static int
air_cli_learn_save(air_cli_t *cli, const air_cli_learn_t *opt,
    const air_cli_cases_t *set, const air_cli_learned_t *learned)
{
    int        code;
    air_str_t  text;

    code = air_cli_learn_pack(cli, set, learned, &text);

    if (code == AIR_CLI_OK && opt->out != NULL) {
        code = air_cli_write(cli, opt->out, text);
    }

    if (code == AIR_CLI_OK && opt->install != NULL) {
        code = air_cli_learn_install(cli, opt, text);
    }

    return code;
}


/* Rows that are to be learned from need their grades. */
static int
air_cli_learn_labelled(air_cli_t *cli, air_cli_learn_t *opt,
    const air_cli_cases_t *set)
{
    uint32_t  i;

    for (i = 0; i < set->n; i++) {

        if (set->cases[i].labelled) {
            continue;
        }

        opt->unknown = 1;

        if (opt->weights == NULL) {
            return air_cli_error(cli, AIR_CLI_FAIL, "\"%.*s\" has no "
                                 "\"weak_correct\" and \"strong_correct\" of "
                                 "0 to 1", (int) set->cases[i].id.len,
                                 (char *) set->cases[i].id.data);
        }
    }

    return AIR_CLI_OK;
}


/* 1 when a workflow may be called so: it becomes the name of a file. */
static int
air_cli_learn_workflow(const char *name)
{
    size_t  n;

    n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                     "0123456789._-");

    return n >= 1 && n <= 32 && name[n] == '\0';
}


int
air_cli_learn(air_cli_t *cli, int argc, char **argv)
{
    int                 n, code;
    air_str_t           weights;
    air_cli_cases_t     set;
    air_cli_learn_t     opt;
    air_cli_learned_t   learned[AIR_CLI_LEARN_PAIRS];

    const air_cli_option_t  table[] = {
        { "out", AIR_CLI_STRING, &opt.out },
        { "weights", AIR_CLI_STRING, &opt.weights },
        { "score", AIR_CLI_STRING, &opt.score },
        { "keep", AIR_CLI_STRING, &opt.keep_text },
        { "ratio", AIR_CLI_STRING, &opt.ratio_text },
        { "install", AIR_CLI_STRING, &opt.install },
        { "store", AIR_CLI_STRING, &opt.store },
        { "answers", AIR_CLI_STRING, &opt.answers },
        { "second", AIR_CLI_STRING, &opt.second },
        { "decide", AIR_CLI_FLAG, &opt.decide },
        { "raw", AIR_CLI_FLAG, &opt.raw },
        { "live", AIR_CLI_FLAG, &opt.live },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    memset(&opt, 0, sizeof(air_cli_learn_t));
    opt.store = AIR_CLI_STORE;

    n = air_cli_options(cli, table, argc, argv, &code);
    if (n < 0) {
        return code;
    }

    if (n == 0) {
        return air_cli_error(cli, AIR_CLI_USAGE, "a FILE of labelled "
                             "requests is needed");
    }

    if ((opt.out != NULL || opt.install != NULL) && opt.weights != NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "--out or --install and "
                             "--weights exclude each other");
    }

    if (opt.second != NULL && opt.answers == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "--second needs --answers");
    }

    if (opt.install != NULL && !air_cli_learn_workflow(opt.install)) {
        return air_cli_error(cli, AIR_CLI_USAGE, "--install needs the name "
                             "of a workflow, not \"%s\"", opt.install);
    }

    code = air_cli_learn_options(cli, &opt);
    if (code != AIR_CLI_OK) {
        return code;
    }

    weights = air_str_n(NULL, 0);

    if (opt.weights != NULL) {

        code = air_cli_read(cli, opt.weights, 64 * 1024 * 1024, &weights);
        if (code != AIR_CLI_OK) {
            return code;
        }

        if (air_learn_count(weights) == 0) {
            return air_cli_error(cli, AIR_CLI_FAIL, "%s is no file of "
                                 "weights, or is damaged", opt.weights);
        }
    }

    code = air_cli_learn_read(cli, argv + 1, n, &set);

    if (code == AIR_CLI_OK && opt.answers != NULL) {
        code = air_cli_learn_answers(cli, opt.answers, opt.second, &set);
    }

    if (code == AIR_CLI_OK) {
        code = air_cli_learn_labelled(cli, &opt, &set);
    }

    if (code == AIR_CLI_OK) {
        code = air_cli_learn_all(cli, &opt, &set, weights, learned);
    }

    if (code == AIR_CLI_OK) {
        code = opt.unknown ? air_cli_learn_shares(cli, &set, learned)
                           : air_cli_learn_print(cli, &opt, &set, learned);
        air_cli_learn_notes(cli, &set, learned, opt.live);
    }

    if (code == AIR_CLI_OK && opt.score != NULL) {
        code = air_cli_learn_scores(cli, &opt, &set, learned[0].need);
    }

    if (code == AIR_CLI_OK && (opt.out != NULL || opt.install != NULL)) {
        code = air_cli_learn_save(cli, &opt, &set, learned);
    }

    return code;
}
