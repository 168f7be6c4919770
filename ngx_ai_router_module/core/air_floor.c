
/*
 * The floor as a list of checks: how they are written, and the verdict of
 * all of them.
 */

#include "air_floor_check.h"
#include "air_words.h"


#define AIR_FLOOR_NUMBER  1000000000


typedef enum {
    AIR_FLOOR_BARE = 0,           /* takes no value                         */
    AIR_FLOOR_MAY,
    AIR_FLOOR_MUST
} air_floor_value_e;


typedef struct {
    air_floor_value_e   value;
    const char         *wants;    /* how its value looks                    */
    int               (*judge)(const air_floor_check_t *c,
                               air_floor_case_t *x);
} air_floor_kind_t;


static const air_floor_kind_t  air_floor_kinds[AIR_NFLOOR] = {
    { AIR_FLOOR_MAY, "fenced", air_floor_json },
    { AIR_FLOOR_MAY, "a file", air_floor_schema },
    { AIR_FLOOR_MUST, "a regular expression", air_floor_regex },
    { AIR_FLOOR_MUST, "a regular expression", air_floor_regex },
    { AIR_FLOOR_MUST, "a number of characters", air_floor_chars },
    { AIR_FLOOR_MUST, "a number of characters", air_floor_chars },
    { AIR_FLOOR_MUST, "languages, like de,en", air_floor_language },
    { AIR_FLOOR_MAY, "bounds, like 0..1, 0.. or ..1", air_floor_numeric },
    { AIR_FLOOR_BARE, NULL, air_floor_refusal },
    { AIR_FLOOR_BARE, NULL, air_floor_truncation },
    { AIR_FLOOR_BARE, NULL, air_floor_hedge },
    { AIR_FLOOR_MAY, "a tool's name", air_floor_tool },
    { AIR_FLOOR_MAY, "a number of citations", air_floor_cites },

    { AIR_FLOOR_MUST, "a share, like 0.7 or 98%", air_floor_score },
    { AIR_FLOOR_MUST, NULL, NULL },
    { AIR_FLOOR_MUST, NULL, NULL },
    { AIR_FLOOR_MUST, NULL, NULL }
};


int
air_floor_say(char *why, size_t size, int rc, const char *const *pieces)
{
    size_t       n;
    const char  *p;

    n = 0;

    for ( /* void */ ; *pieces != NULL; pieces++) {
        for (p = *pieces; *p != '\0' && n + 1 < size; p++) {
            why[n++] = *p;
        }
    }

    if (size != 0) {
        why[n] = '\0';
    }

    return rc;
}


int
air_floor_why(char *why, size_t size, int rc, const char *a, const char *b,
    const char *c)
{
    const char  *pieces[4];

    pieces[0] = a;
    pieces[1] = b;
    pieces[2] = c;
    pieces[3] = NULL;

    return air_floor_say(why, size, rc, pieces);
}


air_floor_t *
air_floor_create(const air_mem_t *mem)
{
    air_floor_t  *floor;

    floor = air_mem_get(mem, sizeof(air_floor_t));

    if (floor != NULL) {
        memset(floor, 0, sizeof(air_floor_t));
    }

    return floor;
}


/* "20" of min_chars, max_chars and cites. */
static int
air_floor_set_count(air_floor_check_t *c, char *why, size_t size)
{
    size_t  i;

    if (c->value.len == 0) {
        c->n = 1;
        return AIR_OK;
    }

    for (i = 0; i < c->value.len; i++) {

        if (!air_words_digit(c->value.data[i]) || c->n > AIR_FLOOR_NUMBER) {
            return air_floor_why(why, size, AIR_EINVAL,
                                 air_floor_name(c->what),
                                 " takes a number of 1 or more", NULL);
        }

        c->n = c->n * 10 + (c->value.data[i] - '0');
    }

    if (c->n == 0 || c->n > AIR_FLOOR_NUMBER) {
        return air_floor_why(why, size, AIR_EINVAL, air_floor_name(c->what),
                             " takes a number of 1 to 1000000000", NULL);
    }

    return AIR_OK;
}


/* "a..b" of numeric. */
static int
air_floor_set_bounds(air_floor_check_t *c, char *why, size_t size)
{
    size_t     n;
    air_str_t  low, high;

    if (c->value.len == 0) {
        return AIR_OK;
    }

    for (n = 0; n + 1 < c->value.len; n++) {
        if (c->value.data[n] == '.' && c->value.data[n + 1] == '.') {
            break;
        }
    }

    if (n + 1 >= c->value.len) {
        return air_floor_why(why, size, AIR_EINVAL, "numeric takes bounds, "
                             "like 0..1, 0.. or ..1", NULL, NULL);
    }

    low = air_str_n(c->value.data, n);
    high = air_str_n(c->value.data + n + 2, c->value.len - n - 2);

    c->has_low = low.len != 0;
    c->has_high = high.len != 0;

    if ((c->has_low && air_number_read(low, &c->low) != low.len)
        || (c->has_high && air_number_read(high, &c->high) != high.len)
        || (!c->has_low && !c->has_high))
    {
        return air_floor_why(why, size, AIR_EINVAL, "the bounds of numeric "
                             "are no numbers, like 0..1, 0.. or ..1", NULL,
                             NULL);
    }

    if (c->has_low && c->has_high
        && air_number_compare(&c->low, &c->high) > 0)
    {
        return air_floor_why(why, size, AIR_EINVAL, "the bounds of numeric "
                             "let nothing pass, the first is the larger one",
                             NULL, NULL);
    }

    return AIR_OK;
}


static int
air_floor_set(air_floor_t *floor, air_floor_check_t *c, air_str_t file,
    const air_mem_t *mem, char *why, size_t size)
{
    switch (c->what) {

    case AIR_FLOOR_JSON:

        if (c->value.len != 0 && !air_str_eqz(c->value, "fenced")) {
            return air_floor_why(why, size, AIR_EINVAL, "json takes nothing, "
                                 "or \"fenced\" for JSON in a Markdown fence",
                                 NULL, NULL);
        }

        floor->fenced |= c->value.len != 0;
        return AIR_OK;

    case AIR_FLOOR_JSON_SCHEMA:
        floor->values = 1;
        return air_floor_set_schema(c, file, mem, why, size);

    case AIR_FLOOR_SCORE:
        return air_floor_set_score(c, file, mem, why, size);

    case AIR_FLOOR_REGEX:
    case AIR_FLOOR_NOT_REGEX:
        return air_floor_set_regex(c, mem, why, size);

    case AIR_FLOOR_MIN_CHARS:
    case AIR_FLOOR_MAX_CHARS:
    case AIR_FLOOR_CITES:
        return air_floor_set_count(c, why, size);

    case AIR_FLOOR_LANGUAGE:
        return air_floor_set_languages(c, why, size);

    case AIR_FLOOR_NUMERIC:
        return air_floor_set_bounds(c, why, size);

    default:
        return AIR_OK;
    }
}


/* Which check it is, and its value. */
static int
air_floor_find(air_str_t check, air_floor_e *what, air_str_t *value,
    int *valued)
{
    size_t    n;
    unsigned  i;

    for (n = 0; n < check.len && check.data[n] != '='; n++) { /* void */ }

    *valued = n < check.len;
    *value = air_str_n(check.data + n + *valued, check.len - n - *valued);

    for (i = 0; i < AIR_NFLOOR; i++) {

        if (air_floor_kinds[i].judge != NULL
            && air_str_eqz(air_str_n(check.data, n),
                           air_floor_name((air_floor_e) i)))
        {
            *what = (air_floor_e) i;
            return AIR_OK;
        }
    }

    return AIR_ENOENT;
}


int
air_floor_add(air_floor_t *floor, air_str_t check, air_str_t file,
    const air_mem_t *mem, char *why, size_t size)
{
    int                      rc, valued;
    air_str_t                value;
    air_floor_e              what;
    air_floor_check_t       *c;
    const air_floor_kind_t  *kind;

    (void) air_floor_why(why, size, AIR_OK, NULL, NULL, NULL);

    if (air_floor_find(check, &what, &value, &valued) != AIR_OK) {
        return AIR_ENOENT;
    }

    kind = &air_floor_kinds[what];

    if (kind->value == AIR_FLOOR_BARE && valued) {
        return air_floor_why(why, size, AIR_EINVAL, air_floor_name(what),
                             " takes no value", NULL);
    }

    if (value.len == 0 && (valued || kind->value == AIR_FLOOR_MUST)) {
        return air_floor_why(why, size, AIR_EINVAL, air_floor_name(what),
                             " needs ", kind->wants);
    }

    c = air_mem_get(mem, sizeof(air_floor_check_t) + value.len);
    if (c == NULL) {
        return AIR_ENOMEM;
    }

    memset(c, 0, sizeof(air_floor_check_t));

    c->what = what;
    c->value = air_str_n(c + 1, value.len);
    memcpy(c->value.data, value.data, value.len);

    rc = air_floor_set(floor, c, file, mem, why, size);
    if (rc != AIR_OK) {
        return rc;
    }

    if (floor->last != NULL) {
        floor->last->next = c;

    } else {
        floor->first = c;
    }

    floor->last = c;

    return AIR_OK;
}


int
air_floor_judge(const air_floor_t *floor, const air_answer_t *answer,
    const air_asked_t *asked, const air_mem_t *mem, air_verdict_t *v)
{
    int                       rc;
    char                      why[sizeof(v->why)];
    uint16_t                  grade;
    air_floor_case_t          x;
    const air_floor_check_t  *c;

    memset(v, 0, sizeof(air_verdict_t));
    grade = AIR_FLOOR_NO_GRADE;

    memset(&x, 0, sizeof(air_floor_case_t));

    x.floor = floor;
    x.answer = answer;
    x.asked = asked;
    x.mem = mem;
    x.text = air_answer_trim(answer->text);
    x.why = why;
    x.size = sizeof(why);

    for (c = floor->first; c != NULL; c = c->next) {

        why[0] = '\0';
        x.grade = AIR_FLOOR_NO_GRADE;

        rc = air_floor_kinds[c->what].judge(c, &x);

        if (rc < 0) {
            return rc;
        }

        grade = x.grade < grade ? x.grade : grade;

        if (rc == AIR_VERDICT_FAILED
            || (rc == AIR_VERDICT_UNSURE && v->verdict != AIR_VERDICT_UNSURE))
        {
            v->verdict = (air_verdict_e) rc;
            v->check = c->what;
            memcpy(v->why, why, sizeof(why));

        } else if (v->verdict == AIR_VERDICT_NONE) {
            v->verdict = AIR_VERDICT_PASSED;
        }

        if (rc == AIR_VERDICT_FAILED) {
            break;
        }
    }

    v->grade = grade;

    return AIR_OK;
}


void
air_floor_free(air_floor_t *floor)
{
    const air_floor_check_t  *c;

    for (c = floor->first; c != NULL; c = c->next) {
        if (c->schema != NULL) {
            air_jschema_free(c->schema);
        }
    }
}
