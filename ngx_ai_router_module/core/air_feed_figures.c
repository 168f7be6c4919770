
/*
 * Figures of quality and speed that others measured.  A model is known by the
 * words of its name, sorted, so that a slug and an API's name meet.
 */

#include "air_feed.h"
#include "air_pricebook_build.h"


#define AIR_FIGURES_MAX    20000
#define AIR_FIGURES_WORDS  16
#define AIR_FIGURES_KEY    160
#define AIR_FIGURES_MS     3600000        /* an hour                        */
#define AIR_FIGURES_RATE   1000000000     /* a million tokens a second      */
#define AIR_FIGURES_INDEX  1000000000     /* raw, thousandths               */


typedef enum {
    AIR_FIGURES_UNNAMED = 0,
    AIR_FIGURES_MEDIUM,
    AIR_FIGURES_OTHER
} air_figures_effort_e;


typedef struct air_figures_row_s  air_figures_row_t;

struct air_figures_row_s {
    air_figures_row_t     *next;
    char                   key[AIR_FIGURES_KEY];
    char                   slug[AIR_FIGURES_KEY];
    air_figures_effort_e   effort;
    uint64_t               index;         /* raw, thousandths; 0 unknown    */
    uint64_t               of[AIR_NTASK];
    uint64_t               latency;       /* ms                             */
    uint64_t               throughput;    /* thousandths                    */
};


struct air_figures_s {
    const air_mem_t    *mem;
    air_figures_row_t  *rows;
    air_figures_row_t **last;
    unsigned            n;
    uint64_t            best;             /* of the raw indexes             */
    uint64_t            best_of[AIR_NTASK];
    char                version[32];
};


int
air_figures_init(air_figures_t **out, const air_mem_t *mem)
{
    air_figures_t  *f;

    f = air_mem_get(mem, sizeof(air_figures_t));
    *out = f;

    if (f == NULL) {
        return AIR_ENOMEM;
    }

    memset(f, 0, sizeof(air_figures_t));
    f->mem = mem;
    f->last = &f->rows;

    return AIR_OK;
}


unsigned
air_figures_count(const air_figures_t *f)
{
    return f->n;
}


/* ---- names -------------------------------------------------------------- */

static int
air_figures_letter(unsigned char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}


static int
air_figures_is(air_str_t word, const char *text)
{
    size_t  i;

    for (i = 0; i < word.len && text[i] != '\0'; i++) {
        if ((word.data[i] | 0x20) != text[i]) {
            return 0;
        }
    }

    return i == word.len && text[i] == '\0';
}


/* 1 for a word that says how hard a model thinks, not which it is. */
static int
air_figures_effort(air_str_t word, air_figures_effort_e *effort)
{
    unsigned  i;

    static const char *const  words[] = {
        "medium", "low", "high", "minimal", "xhigh", "max", "none", "non",
        "thinking", "reasoning", "adaptive", "effort"
    };

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {

        if (air_figures_is(word, words[i])) {

            if (*effort == AIR_FIGURES_UNNAMED && i == 0) {
                *effort = AIR_FIGURES_MEDIUM;

            } else if (i != 0) {
                *effort = AIR_FIGURES_OTHER;
            }

            return 1;
        }
    }

    return 0;
}


static int
air_figures_less(air_str_t a, air_str_t b)
{
    size_t         i;
    unsigned char  x, y;

    for (i = 0; i < a.len && i < b.len; i++) {
        x = a.data[i] | 0x20;
        y = b.data[i] | 0x20;

        if (x != y) {
            return x < y;
        }
    }

    return a.len < b.len;
}


/*
 * The words of a name in order, with spaces between: letters, and digits by
 * themselves.  0 when there are too many, or none.
 */
static int
air_figures_key(air_str_t name, char *key, air_figures_effort_e *effort)
{
    size_t     i, k, n, len;
    unsigned   words;
    air_str_t  word[AIR_FIGURES_WORDS], one;

    *effort = AIR_FIGURES_UNNAMED;

    /* of "anthropic.claude..." and "openai/gpt..." only the model's part, and
       of what a cloud adds behind (":0") nothing */

    for (i = name.len; i > 0; i--) {
        if (name.data[i - 1] == '/') {
            name = air_str_n(name.data + i, name.len - i);
            break;
        }
    }

    name.len -= air_pricebook_dated(name);

    for (i = 0, words = 0; i < name.len; ) {

        if (!air_figures_letter(name.data[i])
            && (name.data[i] < '0' || name.data[i] > '9'))
        {
            i++;
            continue;
        }

        for (k = i + 1; k < name.len; k++) {
            if (!air_figures_letter(name.data[k])
                && (name.data[k] < '0' || name.data[k] > '9'))
            {
                break;
            }
        }

        one = air_str_n(name.data + i, k - i);
        i = k;

        if (air_figures_effort(one, effort)) {
            continue;
        }

        if (words == AIR_FIGURES_WORDS) {
            return 0;
        }

        for (n = words++; n > 0 && air_figures_less(one, word[n - 1]); n--) {
            word[n] = word[n - 1];
        }

        word[n] = one;
    }

    for (i = 0, len = 0; i < words; i++) {

        if (len + word[i].len + 1 >= AIR_FIGURES_KEY) {
            return 0;
        }

        for (k = 0; k < word[i].len; k++) {
            key[len++] = (char) (air_figures_letter(word[i].data[k])
                                 ? word[i].data[k] | 0x20 : word[i].data[k]);
        }

        key[len++] = ' ';
    }

    key[len] = '\0';

    return words != 0;
}


/* ---- reading ------------------------------------------------------------ */

/* A number in thousandths; 0 where it is missing, 0, negative or absurd. */
static uint64_t
air_figures_number(const air_jnode_t *object, const char *name,
    unsigned scale, uint64_t max)
{
    uint64_t            n;
    const air_jnode_t  *node;

    n = 0;
    node = air_jtree_get(object, name);

    if (node == NULL || node->type != AIR_JSON_NUMBER
        || air_decimal(node->text, scale, &n) != AIR_OK || n > max)
    {
        return 0;
    }

    return n;
}


static int
air_figures_add(air_figures_t *f, const air_figures_row_t *from)
{
    unsigned            i;
    air_figures_row_t  *row;

    if (f->n == AIR_FIGURES_MAX) {
        return AIR_ELIMIT;
    }

    row = air_mem_get(f->mem, sizeof(air_figures_row_t));
    if (row == NULL) {
        return AIR_ENOMEM;
    }

    *row = *from;
    row->next = NULL;
    *f->last = row;
    f->last = &row->next;
    f->n++;

    if (row->index > f->best) {
        f->best = row->index;
    }

    for (i = 0; i < AIR_NTASK; i++) {
        if (row->of[i] > f->best_of[i]) {
            f->best_of[i] = row->of[i];
        }
    }

    return AIR_OK;
}


/* A row's names; 0 when it has none to be found by. */
static int
air_figures_named(air_figures_row_t *row, const air_jnode_t *entry)
{
    const air_jnode_t  *slug;

    memset(row, 0, sizeof(air_figures_row_t));
    slug = air_jtree_get(entry, "slug");

    if (slug == NULL || slug->type != AIR_JSON_STRING
        || slug->text.len >= sizeof(row->slug)
        || !air_figures_key(slug->text, row->key, &row->effort))
    {
        return 0;
    }

    memcpy(row->slug, slug->text.data, slug->text.len);

    return 1;
}


static int
air_figures_entry(air_figures_t *f, const air_jnode_t *entry)
{
    uint64_t            seconds;
    unsigned            i, any;
    const air_jnode_t  *marks, *speed;
    air_figures_row_t   row;

    if (!air_figures_named(&row, entry)) {
        return AIR_OK;
    }

    marks = air_jtree_get(entry, "evaluations");
    speed = air_jtree_get(entry, "performance");

    /* the older shape has them beside the name */

    if (air_jtree_object(speed) == NULL) {
        speed = entry;
    }

    row.index = air_figures_number(marks,
                                   "artificial_analysis_intelligence_index",
                                   3, AIR_FIGURES_INDEX);
    row.of[AIR_TASK_CODE] = air_figures_number(marks,
                                   "artificial_analysis_coding_index", 3,
                                   AIR_FIGURES_INDEX);
    row.of[AIR_TASK_MATHS] = air_figures_number(marks,
                                   "artificial_analysis_math_index", 3,
                                   AIR_FIGURES_INDEX);

    seconds = air_figures_number(speed, "median_time_to_first_token_seconds",
                                 3, AIR_FIGURES_MS);
    row.latency = seconds;
    row.throughput = air_figures_number(speed,
                                        "median_output_tokens_per_second", 3,
                                        AIR_FIGURES_RATE);

    any = row.index != 0 || row.latency != 0 || row.throughput != 0;

    for (i = 0; i < AIR_NTASK; i++) {
        any |= row.of[i] != 0;
    }

    return any ? air_figures_add(f, &row) : AIR_OK;
}


/* Parses text: AIR_OK with the array called name, or the error. */
static int
air_figures_parse(air_jtree_t *tree, air_str_t text, const char *name,
    const air_jnode_t **array, air_pricebook_error_t *error)
{
    int  rc;

    error->line = 0;
    error->text[0] = '\0';
    *array = NULL;

    rc = air_jtree_parse(tree, text);

    if (rc != AIR_OK) {
        air_book_say(error, tree->line,
                     rc == AIR_ENOMEM ? "no memory" : tree->error);
        return rc;
    }

    *array = air_jtree_get(tree->root, name);

    if (*array == NULL || (*array)->type != AIR_JSON_ARRAY) {
        air_book_say(error, 0, "not a list of models with their figures");
        return AIR_EINVAL;
    }

    return AIR_OK;
}


int
air_figures_page(air_figures_t *f, air_str_t text, int *more,
    air_pricebook_error_t *error)
{
    int                 rc;
    char                version[32];
    air_jtree_t         tree;
    const air_jnode_t  *array, *node;

    *more = 0;
    rc = air_figures_parse(&tree, text, "data", &array, error);

    if (rc == AIR_OK) {

        memset(version, 0, sizeof(version));
        node = air_jtree_get(tree.root, "intelligence_index_version");

        if (node != NULL && node->text.len != 0
            && node->text.len < sizeof(version))
        {
            memcpy(version, node->text.data, node->text.len);
        }

        /* indexes of two versions cannot be compared */

        if (f->n != 0 && strcmp(version, f->version) != 0) {
            air_book_say(error, 0, "pages of two versions of the index");
            rc = AIR_EINVAL;
        }

        memcpy(f->version, version, sizeof(version));
    }

    for (node = rc == AIR_OK ? array->child : NULL;
         node != NULL && rc == AIR_OK;
         node = node->next)
    {
        rc = air_figures_entry(f, node);

        if (rc == AIR_ELIMIT) {
            air_book_say(error, 0, "more models than can be");
        }
    }

    if (rc == AIR_OK) {
        node = air_jtree_get(air_jtree_get(tree.root, "pagination"),
                             "has_more");
        *more = node != NULL && node->type == AIR_JSON_TRUE
                && array->child != NULL;
    }

    air_jtree_free(&tree);

    return rc;
}


/* ---- our file ----------------------------------------------------------- */

static unsigned
air_figures_share(uint64_t raw, uint64_t best)
{
    uint64_t  n;

    if (raw == 0 || best == 0) {
        return 0;
    }

    n = (raw * 1000 + best / 2) / best;

    return n == 0 ? 1 : n > 1000 ? 1000 : (unsigned) n;
}


static void
air_figures_member(air_buf_t *b, const char *name, uint64_t n)
{
    if (n != 0) {
        air_buf_z(b, ",\"");
        air_buf_z(b, name);
        air_buf_z(b, "\":");
        air_buf_milli(b, n);
    }
}


int
air_figures_write(const air_figures_t *f, const char *credit, air_buf_t *b)
{
    unsigned                  i, n;
    const air_figures_row_t  *row;

    air_buf_z(b, "{\"schema\":\"figures/1\",\n\"credit\":");
    air_buf_json(b, air_str_z(credit));
    air_buf_z(b, ",\n\"version\":");
    air_buf_json(b, air_str_z(f->version));
    air_buf_z(b, ",\n\"models\":[");

    for (row = f->rows; row != NULL; row = row->next) {
        air_buf_z(b, row == f->rows ? "\n{\"slug\":" : ",\n{\"slug\":");
        air_buf_json(b, air_str_z(row->slug));
        air_figures_member(b, "quality", air_figures_share(row->index,
                                                           f->best));

        for (i = 0; i < AIR_NTASK; i++) {
            n = air_figures_share(row->of[i], f->best_of[i]);

            if (n != 0) {
                air_figures_member(b, air_task_name(i), n);
            }
        }

        air_figures_member(b, "latency_ms", row->latency * 1000);
        air_figures_member(b, "throughput", row->throughput);
        air_buf_byte(b, '}');
    }

    return air_buf_z(b, "]}\n");
}


int
air_figures_read(air_figures_t **out, air_str_t text, const air_mem_t *mem,
    air_pricebook_error_t *error)
{
    int                 rc;
    unsigned            i;
    air_jtree_t         tree;
    air_figures_t      *f;
    const air_jnode_t  *array, *node;
    air_figures_row_t   row;

    *out = NULL;
    rc = air_figures_init(&f, mem);

    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_figures_parse(&tree, text, "models", &array, error);

    for (node = rc == AIR_OK ? array->child : NULL;
         node != NULL && rc == AIR_OK;
         node = node->next)
    {
        if (!air_figures_named(&row, node)) {
            continue;
        }

        row.index = air_figures_number(node, "quality", 3, 1000);

        for (i = 0; i < AIR_NTASK; i++) {
            row.of[i] = air_figures_number(node, air_task_name(i), 3, 1000);
        }

        row.latency = air_figures_number(node, "latency_ms", 0,
                                         AIR_FIGURES_MS);
        row.throughput = air_figures_number(node, "throughput", 3,
                                            AIR_FIGURES_RATE);
        rc = air_figures_add(f, &row);

        if (rc == AIR_ELIMIT) {
            air_book_say(error, 0, "more models than can be");
        }
    }

    air_jtree_free(&tree);

    if (rc == AIR_OK) {
        *out = f;
    }

    return rc;
}


/* ---- use ---------------------------------------------------------------- */

/* The better of two rows of one name to promise something by. */
static const air_figures_row_t *
air_figures_pick(const air_figures_row_t *a, const air_figures_row_t *b)
{
    if (a == NULL || b->effort < a->effort) {
        return b;
    }

    return b->effort == a->effort && b->index != 0 && b->index < a->index
           ? b : a;
}


int
air_figures_fill(const air_figures_t *f, air_model_t *m)
{
    int                       filled;
    char                      key[AIR_FIGURES_KEY];
    unsigned                  i;
    air_figures_effort_e      effort;
    const air_figures_row_t  *row, *best;

    if (!air_figures_key(m->model, key, &effort)) {
        return 0;
    }

    best = NULL;

    for (row = f->rows; row != NULL; row = row->next) {
        if (strcmp(row->key, key) == 0) {
            best = air_figures_pick(best, row);
        }
    }

    if (best == NULL) {
        return 0;
    }

    filled = 0;

    /* one scale for a model: its own words, or theirs */

    if (m->quality == 0 && best->index != 0) {
        m->quality = (uint16_t) air_figures_share(best->index, f->best);
        filled = 1;
    }

    for (i = 0; i < AIR_NTASK; i++) {
        if (m->quality_of[i] == 0 && best->of[i] != 0) {
            m->quality_of[i] = (uint16_t) air_figures_share(best->of[i],
                                                            f->best_of[i]);
            filled = 1;
        }
    }

    if (m->latency == 0 && best->latency != 0) {
        m->latency = (uint32_t) best->latency;
        filled = 1;
    }

    if (m->throughput == 0 && best->throughput != 0) {
        m->throughput = (uint32_t) best->throughput;
        filled = 1;
    }

    return filled;
}
