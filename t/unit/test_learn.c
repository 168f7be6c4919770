
/*
 * The learned router: texts to features, what is learned from made labels,
 * curves by hand, the bound, the watch, the file; and the labelled outcomes
 * when they are there.
 */

#include "tap.h"
#include "mem.h"
#include "file.h"
#include "../../ngx_ai_router_module/core/air_json.h"
#include "../../ngx_ai_router_module/core/air_draw.h"
#include "../../ngx_ai_router_module/core/air_learn.h"


#define ROWS  4000


static air_learn_t       model, other;
static air_learn_row_t   rows[16000];
static air_learn_text_t  text, again;


static uint64_t
draw(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;

    return *seed >> 33;
}


static void
test_text(void)
{
    unsigned     i, k, twice;
    static char  big[40000];

    air_learn_text(&text, air_str_z("The cat. THE Cat? the cat"), 0);
    air_learn_text(&again, air_str_z("the cat, the cat; cat--CAT"), 0);

    is(text.n, 5, "two words, three sizes");
    is(text.bucket[0], again.bucket[0], "words are the same");
    is(text.bucket[1], again.bucket[1], "whatever is between");

    air_learn_text(&again, air_str_z("the\\ncat\\u00e9"), 1);
    is(again.bucket[0], text.bucket[0], "escapes are read");
    ok(again.bucket[1] != text.bucket[1], "a letter more is another word");

    air_learn_text(&again, air_str_z(""), 0);
    ok(again.n > 0, "an empty text has its sizes");

    for (i = 0; i < sizeof(big); i++) {
        big[i] = i % 3 == 2 ? ' ' : 'a' + i * i % 23;
    }

    air_learn_text(&text, air_str_n(big, sizeof(big)), 0);
    ok(text.n <= AIR_LEARN_FEATURES, "%u features at most", text.n);

    twice = 0;

    for (i = 0; i < text.n; i++) {
        for (k = 0; k < i; k++) {
            twice += text.bucket[i] == text.bucket[k];
        }
    }

    is(twice, 0, "none is there twice");

    big[AIR_LEARN_LOOK / 3 * 2 + 3] = '!';
    air_learn_text(&again, air_str_n(big, sizeof(big)), 0);
    is(text.n, again.n, "the middle of a long text is not looked at");
}


/*
 * Texts of two kinds, by their words: what the cheap model gets right nine
 * times of ten, and what it never does; strong nine times of ten always.
 */
static void
make(uint32_t n, uint64_t seed, unsigned strange)
{
    char        line[400];
    int         len;
    uint32_t    i;
    unsigned    k, hard;

    static uint16_t  buckets[16000][40];

    for (i = 0; i < n; i++) {
        hard = draw(&seed) % 2;
        len = 0;

        for (k = 0; k < 12; k++) {
            len += snprintf(line + len, sizeof(line) - len, "%s%u ",
                            strange ? "odd" : hard ? "deep" : "plain",
                            (unsigned) (draw(&seed) % 60));
        }

        air_learn_text(&text, air_str_n(line, len), 0);

        memset(&rows[i], 0, sizeof(air_learn_row_t));
        memcpy(buckets[i], text.bucket, text.n * sizeof(uint16_t));

        rows[i].bucket = buckets[i];
        rows[i].n = text.n;
        rows[i].fold = i % AIR_LEARN_FOLDS;
        rows[i].strong = draw(&seed) % 10 != 0;
        rows[i].cheap = !hard && draw(&seed) % 10 != 0;
    }
}


static air_learn_score_t
score(const air_learn_row_t *row)
{
    text.n = row->n;
    memcpy(text.bucket, row->bucket, row->n * sizeof(uint16_t));

    return air_learn_score(&model, &text);
}


static void
test_learning(void)
{
    mem_t              m;
    double             need[ROWS], strong, got, cheap;
    uint32_t           i;
    unsigned           k, rising;
    air_mem_t          mem;
    air_learn_curve_t  curve;
    air_learn_watch_t  watch;
    air_learn_score_t  s;

    mem = mem_init(&m, 0);
    make(ROWS, 1, 0);

    is(air_learn_cross(&model, rows, ROWS, &mem), AIR_OK, "crossed");
    is(air_learn_train(&model, rows, ROWS, AIR_LEARN_FOLDS, &mem), AIR_OK,
       "trained");
    is(air_learn_calibrate(&model, rows, ROWS, &mem), AIR_OK, "calibrated");

    for (i = 0; i < ROWS; i++) {
        need[i] = rows[i].score.need;
    }

    is(air_learn_curve(rows, need, ROWS, &mem, &curve), AIR_OK, "a curve");
    ok(curve.apgr > 0.73, "what can be learned is: %.3f", curve.apgr);
    ok(curve.cheap[1] > 0.45, "half may be cheap: %.3f", curve.cheap[1]);

    rising = 0;

    for (k = 1; k < AIR_LEARN_PROMISES; k++) {
        rising += model.point[k].cheap > model.point[k - 1].cheap;
    }

    is(rising, 0, "who promises more has less that is cheap");
    ok(model.point[air_learn_promise(980)].cheap > 0.35,
       "98 %%: %.3f cheap", model.point[air_learn_promise(980)].cheap);

    /* a traffic of its own */

    make(ROWS, 2, 0);
    memset(&watch, 0, sizeof(watch));
    strong = got = cheap = 0;

    for (i = 0; i < ROWS; i++) {
        s = score(&rows[i]);

        air_learn_watch(&watch, &model, s);

        k = air_learn_cheap(&model, s, 1, 980);
        cheap += k;
        strong += rows[i].strong;
        got += k ? rows[i].cheap : rows[i].strong;

        if (i == 500) {
            is(air_learn_alike(&watch, &model), 0, "not before 512");
        }
    }

    is(air_learn_alike(&watch, &model), 1, "its texts are like the labelled");
    ok(got >= 0.98 * strong, "98 %% is kept: %.2f", 100 * got / strong);
    ok(cheap > 0.3 * ROWS, "with %.0f cheap calls", cheap);

    is(air_learn_cheap(&model, s, 0, 980), 0, "never when they are unlike");
    is(air_learn_cheap(&model, s, 1, 1001), 0, "no such promise");

    s.need = 0;
    s.novelty = 1;
    is(air_learn_cheap(&model, s, 1, 900), 0, "never when it is novel");

    /* words nobody has labelled; only hard ones */

    make(1000, 3, 1);
    memset(&watch, 0, sizeof(watch));

    for (i = 0; i < 1000; i++) {
        air_learn_watch(&watch, &model, score(&rows[i]));
    }

    is(air_learn_alike(&watch, &model), 0, "unknown words are unlike");

    make(2000, 4, 0);
    memset(&watch, 0, sizeof(watch));

    for (i = 0; i < 2000; i++) {
        s = score(&rows[i]);

        if (s.need > 0.5) {
            air_learn_watch(&watch, &model, s);
        }
    }

    is(air_learn_alike(&watch, &model), 0, "so is another mixture");

    mem_free(&m);
}


/* A text of some of 17 words, those of the first third are hard. */
static void
few(air_learn_row_t *row, uint64_t *seed, unsigned words, unsigned bias,
    const air_mem_t *mem)
{
    char              text[64];
    unsigned          i, k, hard;
    air_learn_text_t  t;

    hard = 0;

    for (i = 0; i < words; i++) {
        k = (unsigned) (air_draw(seed) % (17 - bias));
        hard += k < 6;
        text[2 * i] = (char) ('a' + k);
        text[2 * i + 1] = ' ';
    }

    air_learn_text(&t, air_str_n(text, 2 * words), 0);

    row->bucket = air_mem_get(mem, t.n * sizeof(uint16_t));
    memcpy(row->bucket, t.bucket, t.n * sizeof(uint16_t));
    row->n = t.n;
    row->cheap = air_draw(seed) % 100 < (hard > words / 3 ? 20 : 95);
    row->strong = air_draw(seed) % 100 < 95;
}


/*
 * Texts of few words have few needs, and those of the final model are not
 * quite those out of fold: fresh ones of the same sort are alike all the
 * same, and another mixture is not.
 */
static void
test_few_words(void)
{
    mem_t              m;
    uint32_t           i;
    uint64_t           seed;
    unsigned           k, words;
    air_mem_t          mem;
    air_learn_row_t    row;
    air_learn_watch_t  same, other;

    for (k = 0; k < 8; k++) {

        mem = mem_init(&m, 0);
        seed = 70 + k;
        words = 3 + 3 * (k % 4);

        for (i = 0; i < 4000; i++) {
            memset(&rows[i], 0, sizeof(air_learn_row_t));
            few(&rows[i], &seed, words, 0, &mem);
            rows[i].fold = i % AIR_LEARN_FOLDS;
        }

        is(air_learn_fit(&model, rows, 4000, &mem), AIR_OK, "17 words");

        memset(&same, 0, sizeof(same));
        memset(&other, 0, sizeof(other));

        for (i = 0; i < 4000; i++) {
            few(&row, &seed, words, 0, &mem);
            air_learn_watch(&same, &model, score(&row));
            few(&row, &seed, words, 8, &mem);
            air_learn_watch(&other, &model, score(&row));
        }

        is(air_learn_alike(&same, &model), 1, "%u of them, seed %u", words,
           70 + k);
        is(air_learn_alike(&other, &model), 0, "... of more hard ones");

        mem_free(&m);
    }
}


/* the same rows, the same bytes */
static void
test_file(void)
{
    mem_t               m;
    air_mem_t           mem;
    air_buf_t           a, b;
    air_str_t           file;
    uint64_t            sum;
    const air_learn_t  *both[2] = { &model, &model };

    mem = mem_init(&m, 0);
    air_buf_init(&a, &mem, 1 << 20);
    air_buf_init(&b, &mem, 1 << 20);

    memset(&model, 0, sizeof(model));
    make(500, 1, 0);
    air_learn_train(&model, rows, 500, AIR_LEARN_FOLDS, &mem);
    memcpy(model.pair, "a>b", 4);
    is(air_learn_write(both, 1, &a), AIR_OK, "written");

    make(500, 1, 0);
    air_learn_train(&model, rows, 500, AIR_LEARN_FOLDS, &mem);
    is(air_learn_write(both, 1, &b), AIR_OK, "written again");

    ok(air_str_eq(air_buf_view(&a), air_buf_view(&b)), "the same bytes");
    ok(a.len <= 256 * 1024, "%zu bytes are not more than 256 KB", a.len);

    file = air_buf_view(&a);

    is(air_learn_count(file), 1, "one model");
    is(air_learn_read(file, 0, &other), AIR_OK, "read");
    ok(memcmp(&model, &other, sizeof(model)) == 0, "as it was");
    is(air_learn_read(file, 1, &other), AIR_ECORRUPT, "no second one");

    is(air_learn_find(file, "a>b", &other, &sum), AIR_OK, "found by its pair");
    is(air_learn_find(file, "a>c", &other, NULL), AIR_ENOENT, "no other");

    b.len = 0;
    is(air_learn_write(both, 2, &b), AIR_OK, "two models");
    is(air_learn_count(air_buf_view(&b)), 2, "are two");
    is(air_learn_read(air_buf_view(&b), 1, &other), AIR_OK, "and are read");

    file.len--;
    is(air_learn_count(file), 0, "a byte less");
    file.len++;
    file.data[1000] ^= 1;
    is(air_learn_count(file), 0, "a bit changed");
    file.data[1000] ^= 1;
    file.data[8] = 2;
    is(air_learn_count(file), 0, "another version");

    mem_free(&m);
}


/* curves that can be reckoned by hand */
static void
test_curve(void)
{
    mem_t              m;
    unsigned           i;
    air_mem_t          mem;
    air_learn_curve_t  curve;

    static const double  oracle[4] = { 0, 1, 0, 1 };
    static const double  wrong[4] = { 1, 0, 1, 0 };
    static const double  same[4] = { 0.5, 0.5, 0.5, 0.5 };

    mem = mem_init(&m, 0);

    for (i = 0; i < 4; i++) {
        rows[i].strong = 1;
        rows[i].cheap = i % 2 == 0;
    }

    air_learn_curve(rows, same, 4, &mem, &curve);
    is((long long) (curve.apgr * 1000 + 0.5), 500, "random recovers half");
    is((long long) (curve.cheap[2] * 1000 + 0.5), 0, "and spares nothing");
    is((long long) (curve.cheap[0] * 1000 + 0.5), 100, "at 95 %% a tenth");

    air_learn_curve(rows, oracle, 4, &mem, &curve);
    is((long long) (curve.apgr * 1000 + 0.5), 750, "an oracle");
    is((long long) (curve.cheap[2] * 1000 + 0.5), 500, "spares half");

    air_learn_curve(rows, wrong, 4, &mem, &curve);
    is((long long) (curve.apgr * 1000 + 0.5), 250, "the opposite");

    is(air_learn_curve(rows, wrong, 0, &mem, &curve), AIR_OK, "no rows");

    mem_free(&m);
}


/* what too few labels can promise, and a cheap model that is as good */
static void
test_bound(void)
{
    mem_t      m;
    uint32_t   i;
    air_mem_t  mem;

    mem = mem_init(&m, 0);

    make(20, 1, 0);
    air_learn_cross(&model, rows, 20, &mem);
    is(air_learn_calibrate(&model, rows, 20, &mem), AIR_OK, "20 labels");
    ok(model.point[0].threshold < 0, "promise nothing");

    make(ROWS, 1, 0);

    for (i = 0; i < ROWS; i++) {
        rows[i].cheap = rows[i].strong;
    }

    air_learn_cross(&model, rows, ROWS, &mem);
    air_learn_calibrate(&model, rows, ROWS, &mem);
    ok(model.point[air_learn_promise(980)].cheap > 0.9,
       "an equal model gets nearly all");

    for (i = 0; i < ROWS; i++) {
        rows[i].cheap = 0;
    }

    air_learn_cross(&model, rows, ROWS, &mem);
    air_learn_calibrate(&model, rows, ROWS, &mem);
    ok(model.point[air_learn_promise(980)].cheap <= 0.02,
       "a useless one nearly none");

    mem_free(&m);
}


/* one grade a row, of the model that chance asked */
static void
draw_grades(uint32_t n, uint64_t seed, double share, int known)
{
    uint32_t  i;

    for (i = 0; i < n; i++) {

        rows[i].share = known ? share : 0;

        if (draw(&seed) % 10000 < share * 10000) {
            rows[i].strong = AIR_LEARN_NONE;

        } else {
            rows[i].cheap = AIR_LEARN_NONE;
        }
    }
}


/* What a promise of permille keeps of rows whose grades are all known. */
static double
kept(uint32_t n, unsigned permille, uint32_t *cheap)
{
    double             strong, got;
    uint32_t           i;
    air_learn_score_t  s;

    strong = got = 0;
    *cheap = 0;

    for (i = 0; i < n; i++) {
        s = score(&rows[i]);

        if (air_learn_cheap(&model, s, 1, permille)) {
            got += rows[i].cheap;
            (*cheap)++;

        } else {
            got += rows[i].strong;
        }

        strong += rows[i].strong;
    }

    return got / strong;
}


static void
test_drawn(void)
{
    mem_t      m;
    double     least;
    uint32_t   i, cheap;
    unsigned   k, broken, used;
    air_mem_t  mem;

    /* a sample without a failure says little while it is small */

    mem = mem_init(&m, 0);

    make(60, 1, 0);

    for (i = 0; i < 60; i++) {
        rows[i].cheap = rows[i].strong = 1;
    }

    is(air_learn_fit(&model, rows, 60, &mem), AIR_OK, "60 good answers");
    ok(model.point[air_learn_promise(980)].threshold < 0, "promise no 98 %%");

    make(400, 1, 0);

    for (i = 0; i < 400; i++) {
        rows[i].cheap = rows[i].strong = 1;
    }

    is(air_learn_fit(&model, rows, 400, &mem), AIR_OK, "400 good answers");
    ok(model.point[air_learn_promise(980)].threshold > 1, "do");
    mem_free(&m);

    /* one grade a request, by chance: learned, and the promise is kept */

    broken = used = 0;
    least = 2;

    for (k = 0; k < 20; k++) {
        mem = mem_init(&m, 0);

        make(ROWS, 100 + k, 0);
        draw_grades(ROWS, 200 + k, 0.3, 1);
        air_learn_fit(&model, rows, ROWS, &mem);

        used += model.rows == ROWS;

        make(ROWS, 300 + k, 0);
        least = least < kept(ROWS, 950, &cheap) ? least
                                                : kept(ROWS, 950, &cheap);
        broken += kept(ROWS, 950, &cheap) < 0.95;
        used += cheap > ROWS / 10;

        mem_free(&m);
    }

    is(used, 40, "each draw of 20 saves by all its rows");
    is(broken, 0, "and keeps 95 %%, the least %.2f", 100 * least);

    /* how it was drawn is not known: weights, no promise */

    mem = mem_init(&m, 0);

    make(ROWS, 1, 0);
    draw_grades(ROWS, 2, 0.3, 0);
    is(air_learn_fit(&model, rows, ROWS, &mem), AIR_OK, "not known how");
    is(model.rows, 0, "no row is promised from");
    is(kept(ROWS, 900, &cheap) >= 0 && cheap == 0, 1, "nothing is cheap");

    ok(model.scale[0] > 0.001 && model.scale[1] > 0, "but both heads learned");
    mem_free(&m);

    /* hardly ever drawn: that is too little */

    mem = mem_init(&m, 0);

    make(400, 1, 0);
    draw_grades(400, 2, 0.02, 1);
    air_learn_fit(&model, rows, 400, &mem);
    is(model.rows, 400, "rows drawn at 2 %%");
    ok(model.point[0].threshold < 0, "400 of them promise not even 90 %%");
    mem_free(&m);
}


static void
test_memory(void)
{
    int        rc;
    mem_t      m;
    size_t     n;
    air_mem_t  mem;

    make(100, 1, 0);

    for (n = 1; n < 200; n++) {
        mem = mem_init(&m, n);
        rc = air_learn_fit(&model, rows, 100, &mem);

        mem_free(&m);

        if (rc != AIR_ENOMEM) {
            break;
        }
    }

    is(rc, AIR_OK, "every failure of %zu allocations is told", n - 1);
}


/* in-domain, cross-validated: the figures of docs/routing.md */
static void
test_outcomes(void)
{
    mem_t              m;
    double            *need;
    uint32_t           i, n;
    air_mem_t          mem;
    air_str_t          file, line, s;
    air_json_doc_t     doc;
    unsigned char     *end;
    air_learn_curve_t  curve;

    file = file_shared("routing/dev/outcomes/mmlu.jsonl");

    if (file.data == NULL) {
        skip("no labelled outcomes");
        return;
    }

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);
    s = file;
    n = 0;

    while (n < 16000 && (end = memchr(s.data, '\n', s.len)) != NULL) {
        line = air_str_n(s.data, end - s.data);
        s.len -= line.len + 1;
        s.data = end + 1;

        if (air_json_scan(&doc, line, 0, NULL) != AIR_OK) {
            continue;
        }

        line = air_json_raw(&doc, air_json_get(&doc, air_json_root(&doc),
                                               "prompt"));
        air_learn_text(&text, line, 1);

        rows[n].bucket = air_mem_get(&mem, text.n * sizeof(uint16_t));
        memcpy(rows[n].bucket, text.bucket, text.n * sizeof(uint16_t));
        rows[n].n = text.n;
        rows[n].fold = n % AIR_LEARN_FOLDS;
        rows[n].cheap = air_str_eqz(air_json_raw(&doc, air_json_get(&doc,
                            air_json_root(&doc), "weak_correct")), "1");
        rows[n].strong = air_str_eqz(air_json_raw(&doc, air_json_get(&doc,
                             air_json_root(&doc), "strong_correct")), "1");
        n++;
    }

    need = air_mem_get(&mem, n * sizeof(double));

    is(air_learn_cross(&model, rows, n, &mem), AIR_OK, "%u rows", n);
    air_learn_calibrate(&model, rows, n, &mem);

    for (i = 0; i < n; i++) {
        need[i] = rows[i].score.need;
    }

    air_learn_curve(rows, need, n, &mem, &curve);

    printf("# APGR %.3f, 98 %%: %.1f %% cheap, %.2f kept\n", curve.apgr,
           100 * model.point[air_learn_promise(980)].cheap,
           100 * model.point[air_learn_promise(980)].kept);

    ok(curve.apgr >= 0.67, "APGR of MMLU");
    ok(model.point[air_learn_promise(980)].cheap > 0.15, "what is cheap");
    ok(model.point[air_learn_promise(980)].kept >= 0.98, "what is kept");

    mem_free(&m);
    free(file.data);
}


int
main(void)
{
    test_text();
    test_curve();
    test_learning();
    test_bound();
    test_drawn();
    test_few_words();
    test_file();
    test_memory();
    test_outcomes();

    return done();
}
