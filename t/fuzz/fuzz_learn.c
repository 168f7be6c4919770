
/*
 * The learned router: any bytes as a text, escaped or not, and as a file of
 * weights.  Features are within bounds, each once; a score is 0 .. 1; what is
 * read of a file scores too; a file that is written is read as it was.
 */

#include <stdio.h>
#include <stdlib.h>

#include "../unit/mem.h"
#include "../../ngx_ai_router_module/core/air_learn.h"


#define CHECK(cond)                                                           \
    if (!(cond)) {                                                            \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);            \
        abort();                                                              \
    }


int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);


static air_learn_t       model, again;
static air_learn_text_t  text;


static void
features(air_str_t s, int escaped)
{
    unsigned  i;
    uint8_t   seen[AIR_LEARN_BUCKETS] = { 0 };

    air_learn_text(&text, s, escaped);

    CHECK(text.n > 0 && text.n <= AIR_LEARN_FEATURES);

    for (i = 0; i < text.n; i++) {
        CHECK(text.bucket[i] < AIR_LEARN_BUCKETS);
        CHECK(!seen[text.bucket[i]]++);
    }
}


static void
scores(void)
{
    unsigned           k, before, now;
    air_learn_score_t  s;
    air_learn_watch_t  watch;

    s = air_learn_score(&model, &text);

    CHECK(s.need >= 0 && s.need <= 1);
    CHECK(s.novelty >= 0 && s.novelty <= 1);

    before = 1;

    for (k = 900; k <= 1000; k++) {
        now = air_learn_cheap(&model, s, 1, k);
        CHECK(now <= before);
        before = now;
    }

    memset(&watch, 0, sizeof(watch));
    air_learn_watch(&watch, &model, s);
    CHECK(watch.n == 1 && !air_learn_alike(&watch, &model));
}


/* Two texts are enough to learn from. */
static void
learn(air_str_t s, int escaped, const air_mem_t *mem)
{
    air_buf_t            b;
    air_learn_row_t      rows[2];
    const air_learn_t   *list[1] = { &model };

    memset(rows, 0, sizeof(rows));
    memset(&model, 0, sizeof(model));

    features(s, escaped);

    rows[0].bucket = text.bucket;
    rows[0].n = text.n;
    rows[0].strong = 1;
    rows[1] = rows[0];
    rows[1].cheap = 1;
    rows[1].fold = 1;

    CHECK(air_learn_cross(&model, rows, 2, mem) == AIR_OK);
    CHECK(air_learn_train(&model, rows, 2, AIR_LEARN_FOLDS, mem) == AIR_OK);
    CHECK(air_learn_calibrate(&model, rows, 2, mem) == AIR_OK);

    features(s, escaped);
    scores();

    air_buf_init(&b, mem, 1 << 20);
    CHECK(air_learn_write(list, 1, &b) == AIR_OK);
    CHECK(air_learn_read(air_buf_view(&b), 0, &again) == AIR_OK);
    CHECK(memcmp(&model, &again, sizeof(model)) == 0);
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    mem_t           m;
    int             escaped;
    air_mem_t       mem;
    unsigned char  *copy;

    if (size < 1) {
        return 0;
    }

    mem = mem_init(&m, 0);

    escaped = data[0] & 1;
    copy = malloc(size);
    memcpy(copy, data, size);

    features(air_str_n(copy + 1, size - 1), escaped);

    CHECK(air_learn_count(air_str_n(copy, size)) == 0
          || air_learn_read(air_str_n(copy, size), 0, &again) == AIR_OK);

    if (data[0] % 16 == 2) {
        learn(air_str_n(copy + 1, size - 1), escaped, &mem);
    }

    free(copy);
    mem_free(&m);

    return 0;
}
