
/*
 * The floor: any check over any answer, and all the fixed ones over any.  The
 * verdict is twice the same, one that is not passed says why, and an answer
 * that can be compared agrees with itself; what a judge says has a grade
 * within bounds or none, and what he is asked cannot be ended by an answer.
 * A learned score is of weights that were drawn, plain, huge and none, whole
 * and with a byte changed: its grade is within bounds, and damaged ones are
 * refused.
 *
 * Input: the first line is a check, the next a schema, the next what a second
 * model says, the rest the answer; the first byte is its finish and what it
 * calls.
 */

#include <stdio.h>
#include <stdlib.h>

#include "../unit/mem.h"
#include "../../ngx_ai_router_module/core/air_answer.h"
#include "../../ngx_ai_router_module/core/air_draw.h"
#include "../../ngx_ai_router_module/core/air_grade.h"
#include "../../ngx_ai_router_module/core/air_json.h"
#include "../../ngx_ai_router_module/core/air_scorer.h"


#define CHECK(cond)                                                           \
    if (!(cond)) {                                                            \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);            \
        abort();                                                              \
    }


#define WEIGHTS  4


int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);


static const char *const  every[] = {
    "json=fenced", "regex=(?i)a[^b]*c|\\d+$", "not_regex=(x+)+y",
    "min_chars=1", "max_chars=1000000", "language=de,en,ja", "numeric=-1..9",
    "no_refusal", "no_truncation", "no_hedge", "must_call_tool", "cites=2",
    "json_schema"
};


/* A line of its own memory; its end is taken off the input. */
static air_str_t
line(const unsigned char **p, size_t *left, const air_mem_t *mem)
{
    size_t                n;
    air_str_t             s;
    const unsigned char  *end;

    end = *left ? memchr(*p, '\n', *left) : NULL;
    n = end != NULL ? (size_t) (end - *p) : *left;

    s = air_str_n(air_mem_get(mem, n), n);

    if (n != 0) {
        memcpy(s.data, *p, n);
    }

    *p += n + (end != NULL);
    *left -= n + (end != NULL);

    return s;
}


static void
judge(air_str_t check, const air_answer_t *answer, const air_asked_t *asked,
    air_str_t file)
{
    char            why[200];
    mem_t           m;
    air_mem_t       mem;
    air_floor_t    *floor;
    air_verdict_t   v, again;

    mem = mem_init(&m, 0);
    floor = air_floor_create(&mem);

    if (air_floor_add(floor, check, file, &mem, why, sizeof(why)) == AIR_OK) {

        CHECK(air_floor_judge(floor, answer, asked, &mem, &v) == AIR_OK);
        CHECK(air_floor_judge(floor, answer, asked, &mem, &again) == AIR_OK);

        CHECK(v.verdict == again.verdict && v.check == again.check);
        CHECK(strcmp(v.why, again.why) == 0);
        CHECK(v.verdict != AIR_VERDICT_NONE);
        CHECK((v.verdict == AIR_VERDICT_PASSED) == (v.why[0] == '\0'));
        CHECK(v.grade <= 1000 || v.grade == AIR_FLOOR_NO_GRADE);
        CHECK(strlen(v.why) < sizeof(v.why));
    }

    air_floor_free(floor);
    mem_free(&m);
}


/* A file of weights as learning writes them, of so many kinds. */
static air_str_t
weights(unsigned kind)
{
    mem_t               m;
    unsigned            i;
    uint64_t            seed;
    air_buf_t           b;
    air_mem_t           mem;
    air_learn_t        *model;
    const air_learn_t  *models[1];

    static air_str_t     file[WEIGHTS];
    static const double  scale[WEIGHTS] = { 0.02, 1e300, 0, -5 };

    if (file[kind].len != 0) {
        return file[kind];
    }

    model = calloc(1, sizeof(air_learn_t));
    CHECK(model != NULL);

    memcpy(model->pair, "a>b", 4);
    model->rows = 1000;
    model->scale[0] = scale[kind];
    model->scale[1] = -scale[kind];
    model->novel = 0.5;
    seed = kind;

    for (i = 0; i < AIR_LEARN_BUCKETS; i++) {
        model->weight[i].cheap = (int8_t) (air_draw(&seed) % 256 - 128);
        model->weight[i].strong = (int8_t) (air_draw(&seed) % 256 - 128);
        model->weight[i].rare = (uint8_t) air_draw(&seed);
    }

    for (i = 0; i < AIR_LEARN_PROMISES; i++) {
        model->point[i].threshold = 1 - i / 20.0;
    }

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, AIR_LEARN_FILE);
    models[0] = model;
    CHECK(air_learn_write(models, 1, &b) == AIR_OK);
    free(model);

    file[kind].data = malloc(b.len);
    CHECK(file[kind].data != NULL);
    file[kind].len = b.len;
    memcpy(file[kind].data, b.data, b.len);
    mem_free(&m);

    return file[kind];
}


/* what a learned score says of it, by the check that is given, and others */
static void
score(air_str_t check, const air_answer_t *answer, air_asked_t *asked,
    unsigned kind)
{
    char          why[200];
    mem_t         m;
    air_mem_t     mem;
    air_str_t     file, bad;
    air_floor_t  *floor;

    file = weights(kind);

    judge(check, answer, asked, file);
    judge(air_str_z("score=0.7"), answer, asked, file);
    judge(air_str_z("score=98%"), answer, asked, file);

    asked->better = 1;
    judge(air_str_z("score=100%"), answer, asked, file);
    asked->better = 0;

    mem = mem_init(&m, 0);

    bad = air_str_n(air_mem_get(&mem, file.len), file.len);
    memcpy(bad.data, file.data, file.len);

    floor = air_floor_create(&mem);

    CHECK(air_floor_add(floor, air_str_z("score=0.7"), bad, &mem, why,
                        sizeof(why))
          == AIR_OK);

    bad.data[(check.len * 4001 + answer->text.len) % bad.len] ^= 1;

    CHECK(air_floor_add(floor, air_str_z("score=0.7"), bad, &mem, why,
                        sizeof(why))
          == AIR_EINVAL);

    bad.len = answer->text.len % bad.len;

    CHECK(air_floor_add(floor, air_str_z("score=0.7"), bad, &mem, why,
                        sizeof(why))
          == AIR_EINVAL);

    air_floor_free(floor);
    mem_free(&m);
}


static void
compare(const air_answer_t *a, const air_answer_t *b)
{
    mem_t              m;
    air_mem_t          mem;
    air_final_t        f, g;
    air_learn_text_t   t;

    mem = mem_init(&m, 0);

    CHECK(air_answer_agree(a, b, &mem) == air_answer_agree(b, a, &mem));

    air_answer_final(a->text, &f);
    air_answer_final(b->text, &g);

    CHECK(air_answer_final_same(&f, &g) == air_answer_final_same(&g, &f));

    if (f.kind != AIR_FINAL_NONE && !f.torn) {
        CHECK(air_answer_final_same(&f, &f));
    }

    air_scorer_text(&t, b->text, a);
    CHECK(t.n <= AIR_LEARN_FEATURES);

    mem_free(&m);
}


/* the answer is what a judge says, and what he is to grade */
static void
grade(air_str_t text, air_str_t prompt, air_str_t answer)
{
    mem_t           m;
    unsigned        n, again;
    air_buf_t       b;
    air_mem_t       mem;
    air_json_doc_t  doc;

    mem = mem_init(&m, 0);

    if (air_grade_read(answer, &mem, &n) == AIR_OK) {
        CHECK(n <= 1000);
        CHECK(air_grade_read(answer, &mem, &again) == AIR_OK && again == n);
    }

    air_buf_init(&b, &mem, 1 << 24);
    CHECK(air_grade_prompt(text, prompt, answer, &b) == AIR_OK);

    b.len = 0;
    CHECK(air_grade_prompt(air_str_z("[{{prompt}},{{answer}}]"), prompt,
                           answer, &b)
          == AIR_OK);

    air_json_init(&doc, &mem);
    CHECK(air_json_scan(&doc, air_buf_view(&b), AIR_JSON_UNIQUE, NULL)
          == AIR_OK);
    CHECK(air_json_root(&doc)->count == 2);

    mem_free(&m);
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    mem_t          m;
    size_t         i;
    air_str_t      check, schema;
    air_mem_t      mem;
    unsigned       flags;
    air_part_t     call;
    air_tool_t     tool;
    air_asked_t    asked;
    air_answer_t   answer, second;

    if (size < 2) {
        return 0;
    }

    flags = *data++;
    size--;

    mem = mem_init(&m, 0);

    memset(&answer, 0, sizeof(answer));
    memset(&second, 0, sizeof(second));
    memset(&asked, 0, sizeof(asked));
    memset(&call, 0, sizeof(call));
    memset(&tool, 0, sizeof(tool));

    check = line(&data, &size, &mem);
    schema = line(&data, &size, &mem);
    second.text = line(&data, &size, &mem);
    answer.text = air_str_n(air_mem_get(&mem, size), size);
    memcpy(answer.text.data, data, size);

    answer.finish = (air_finish_e) (flags % 11);
    asked.schema = schema;

    if (flags & 0x40) {
        call.type = AIR_PART_TOOL_CALL;
        call.name = air_str_z("f");
        call.arguments = second.text;
        tool.name = call.name;
        tool.schema = schema;
        asked.tools = &tool;
        answer.parts = &call;
        answer.ncalls = 1;
    }

    judge(check, &answer, &asked, schema);

    for (i = 0; i < sizeof(every) / sizeof(every[0]); i++) {
        judge(air_str_z(every[i]), &answer, &asked, air_str_n(NULL, 0));
    }

    asked.prompt = second.text;

    /* weights are read slowly here: not for every input */

    if ((flags & 0x30) == 0x30
        || (check.len > 5 && memcmp(check.data, "score", 5) == 0))
    {
        score(check, &answer, &asked, flags % WEIGHTS);
    }

    compare(&answer, &second);
    grade(check, second.text, answer.text);
    mem_free(&m);

    return 0;
}
