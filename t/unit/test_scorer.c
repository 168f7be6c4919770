
/*
 * The scorer of answers: learned from made-up ones, whose wrong ones can be
 * told by how they look, it finds most of those it has not seen, and its
 * promise holds on fresh ones.
 */

#include "../../ngx_ai_router_module/core/air_draw.h"
#include "../../ngx_ai_router_module/core/air_scorer.h"
#include "mem.h"
#include "tap.h"


#define ROWS  1500


static const char *const  asked[] = {
    "How many apples are in", "What is the sum of", "Name the year of",
    "Which letter stands for", "Explain the cause of", "How long is"
};

static const char *const  things[] = {
    "the red box", "both lists", "the great flood", "iron", "the river",
    "a full moon", "three halves", "the old bridge"
};


/*
 * A prompt, an answer and its grade: answers that are cut or not sure are
 * mostly wrong, others mostly right; strong is right nine times in ten.
 */
static void
draw(uint64_t *seed, char *prompt, char *answer, double *cheap,
    double *strong)
{
    unsigned  sort, n;

    sort = (unsigned) (air_draw(seed) % 3);
    n = (unsigned) (air_draw(seed) % 1000);

    (void) snprintf(prompt, 200, "%s %s?", asked[air_draw(seed) % 6],
                   things[air_draw(seed) % 8]);

    (void) snprintf(answer, 200, sort == 0 ? "I'm not sure, perhaps %u."
                   : sort == 1 ? "Counting all of them gives %u.\nThe answer "
                                 "is %u." : "One sees at once: %u",
                   n, n);

    *cheap = air_draw(seed) % 100 < (sort == 0 ? 15 : sort == 1 ? 97 : 93);
    *strong = air_draw(seed) % 100 < 92;
}


static void
text_of(air_learn_text_t *t, const char *prompt, const char *text)
{
    air_answer_t  answer;

    memset(&answer, 0, sizeof(answer));
    answer.text = air_str_z(text);
    answer.finish = AIR_FINISH_STOP;

    air_scorer_text(t, air_str_z(prompt), &answer);
}


static void
judge(const air_floor_t *floor, const char *text, air_verdict_e verdict,
    const air_mem_t *mem)
{
    air_asked_t    asked;
    air_answer_t   answer;
    air_verdict_t  v;

    memset(&asked, 0, sizeof(asked));
    memset(&answer, 0, sizeof(answer));

    asked.prompt = air_str_z("How many apples are in the red box?");
    answer.text = air_str_z(text);
    answer.finish = AIR_FINISH_STOP;

    is(air_floor_judge(floor, &answer, &asked, mem, &v), AIR_OK, "judged");
    is(v.verdict, verdict, "%.20s", text);
    ok(v.grade <= 1000, "graded %u", v.grade);
}


/* The weights as a check of the floor. */
static void
test_floor(air_str_t file, const air_mem_t *mem)
{
    char          why[200];
    unsigned      i;
    air_floor_t  *floor;

    static const struct {
        const char  *check;
        int          rc;
    } checks[] = {
        { "score=0.6", AIR_OK }, { "score=95%", AIR_OK },
        { "score=1", AIR_OK }, { "score=99.5%", AIR_OK },
        { "score=0", AIR_EINVAL }, { "score=1.5", AIR_EINVAL },
        { "score=0.7777", AIR_EINVAL }, { "score=80%", AIR_EINVAL },
        { "score=101%", AIR_EINVAL }, { "score=x", AIR_EINVAL },
        { "score=%", AIR_EINVAL }
    };

    for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {

        floor = air_floor_create(mem);
        is(air_floor_add(floor, air_str_z(checks[i].check), file, mem, why,
                         sizeof(why)),
           checks[i].rc, "%s", checks[i].check);

        if (i < 2) {
            judge(floor, "Counting all of them gives 7.\nThe answer is 7.",
                  AIR_VERDICT_PASSED, mem);
            judge(floor, "I'm not sure, perhaps 7.", AIR_VERDICT_FAILED, mem);
        }

        air_floor_free(floor);
    }

    file.len--;
    floor = air_floor_create(mem);
    is(air_floor_add(floor, air_str_z("score=0.7"), file, mem, why,
                     sizeof(why)), AIR_EINVAL, "damaged weights: %s", why);
    air_floor_free(floor);
}


static void
test_learned(void)
{
    char                prompt[200], answer[200];
    mem_t               m;
    double              cheap, strong, kept, all;
    uint32_t            i, right, wrong, n;
    uint64_t            seed;
    air_mem_t           mem;
    air_scorer_t       *scorer;
    air_learn_row_t    *rows;
    air_buf_t           b;
    air_learn_text_t    t;
    air_learn_score_t   s;

    mem = mem_init(&m, 0);
    rows = air_mem_get(&mem, ROWS * sizeof(air_learn_row_t));
    scorer = air_mem_get(&mem, sizeof(air_scorer_t));
    memset(rows, 0, ROWS * sizeof(air_learn_row_t));
    memset(scorer, 0, sizeof(air_scorer_t));

    seed = 5;

    for (i = 0; i < ROWS; i++) {
        draw(&seed, prompt, answer, &rows[i].cheap, &rows[i].strong);
        text_of(&t, prompt, answer);

        rows[i].bucket = air_mem_get(&mem, t.n * sizeof(uint16_t));
        memcpy(rows[i].bucket, t.bucket, t.n * sizeof(uint16_t));
        rows[i].n = t.n;
        rows[i].fold = i % AIR_LEARN_FOLDS;
    }

    is(air_learn_fit(scorer, rows, ROWS, &mem), AIR_OK, "learned");

    right = 0;
    wrong = 0;
    n = 0;
    kept = 0;
    all = 0;

    for (i = 0; i < ROWS; i++) {
        draw(&seed, prompt, answer, &cheap, &strong);
        text_of(&t, prompt, answer);
        s = air_learn_score(scorer, &t);

        if (answer[0] == 'I') {
            n++;
            right += air_scorer_wrong(scorer, &t) > 0.5;

        } else {
            wrong += air_scorer_wrong(scorer, &t) > 0.5;
        }

        all += strong;
        kept += air_learn_cheap(scorer, s, 1, 950) ? cheap : strong;
    }

    printf("# %u of %u doubtful ones found, %u others; kept %.3f\n", right, n,
           wrong, kept / all);

    ok(right > n * 95 / 100, "answers that look wrong are scored wrong");
    ok(wrong < (ROWS - n) / 20, "and others are not");
    ok(air_learn_share(scorer, 950) > 0.3, "a promise can be made: %.2f",
       air_learn_share(scorer, 950));
    ok(kept >= 0.95 * all, "and is kept: %.3f", kept / all);

    air_buf_init(&b, &mem, 1 << 20);
    is(air_learn_write((const air_learn_t *const *) &scorer, 1, &b), AIR_OK,
       "written");
    test_floor(air_buf_view(&b), &mem);

    mem_free(&m);
}


/* What an answer looks like is in its buckets, whatever the prompt. */
static void
test_text(void)
{
    size_t             i;
    char              *big;
    air_answer_t       answer;
    air_learn_text_t   a, b;

    text_of(&a, "What is it?", "The answer is (B).");
    text_of(&b, "What is it?", "The answer is (B).");
    ok(a.n == b.n && memcmp(a.bucket, b.bucket, a.n * 2) == 0,
       "the same twice");

    text_of(&b, "What is it?", "The answer is (C).");
    ok(a.n != b.n || memcmp(a.bucket, b.bucket, a.n * 2) != 0,
       "another answer");

    memset(&answer, 0, sizeof(answer));
    answer.text = air_str_z("The answer is (B).");
    answer.finish = AIR_FINISH_LENGTH;
    air_scorer_text(&b, air_str_z("What is it?"), &answer);
    ok(a.n != b.n || memcmp(a.bucket, b.bucket, a.n * 2) != 0,
       "another finish");

    text_of(&b, "", "");
    ok(b.n > 0, "nothing looks like something");

    big = malloc(200001);

    for (i = 0; i < 200000; i++) {
        big[i] = (char) (i % 6 == 5 ? ' ' : 'a' + (i * i / 7) % 26);
    }

    big[i] = '\0';
    text_of(&b, big, big);
    ok(b.n <= AIR_LEARN_FEATURES, "no more buckets than there are: %u", b.n);
    free(big);
}


int
main(void)
{
    test_text();
    test_learned();

    return done();
}
