
/*
 * Learning from samples: when, from which, and whose weights give way.
 */

#include "tap.h"
#include "mem.h"
#include "store.h"
#include "../../ngx_ai_router_module/store/air_learner.h"
#include "../../ngx_ai_router_module/store/air_weights.h"


static char                *dir;
static air_samples_t       *samples;
static air_learn_t          model;
static air_learner_t        l;
static air_learner_work_t   work;
static uint64_t             made;


static uint64_t
draw(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;

    return *seed >> 33;
}


/* Half of the requests are easy; good: how many of 100 answers of the cheap
   model to them are right.  One grade each, of whom chance asked. */
static void
traffic(unsigned n, unsigned good, uint64_t learn)
{
    char               line[400];
    int                len;
    unsigned           i, k, hard, cheap;
    uint64_t           seed, number;
    air_sample_t       s;
    air_learn_text_t   t;

    for (i = 0; i < n; i++) {
        seed = ++made * 7919;
        (void) draw(&seed);
        hard = draw(&seed) % 2;
        cheap = draw(&seed) % 2;
        len = 0;

        for (k = 0; k < 12; k++) {
            len += snprintf(line + len, sizeof(line) - len, "%s%u ",
                            hard ? "deep" : "plain",
                            (unsigned) (draw(&seed) % 60));
        }

        air_learn_text(&t, air_str_n(line, len), 0);

        memset(&s, 0, sizeof(s));
        memcpy(s.id, &made, sizeof(made));
        s.learn = learn;
        s.share = 5000;

        number = air_samples_add(samples, &s, &t);
        air_samples_served(samples, number, s.id,
                           cheap ? AIR_SAMPLE_CHEAP : AIR_SAMPLE_STRONG, 1, 0);

        (void) air_samples_label(samples, air_samples_key(s.id), s.id, NULL,
                                 AIR_SAMPLE_SERVED,
                                 !cheap ? 1000 : hard ? 0
                                 : draw(&seed) % 100 < good ? 1000 : 0);
    }
}


static int
run(void)
{
    air_err_t  err;

    memset(&err, 0, sizeof(err));

    return air_learner_run(samples, &l, &work, &err);
}


/* The weights that are installed, AIR_OK when there are any. */
static int
installed(uint64_t *sum)
{
    char                path[256];
    air_err_t           err;
    air_weights_mark_t  mark;

    memset(&mark, 0, sizeof(mark));
    snprintf(path, sizeof(path), "%s/learn/%s", dir, l.name);

    return air_weights_read(path, l.pair, &mark, &model, sum, &err);
}


/* Weights as a command would install them. */
static void
by_hand(const char *pair, uint32_t rows)
{
    mem_t               m;
    air_mem_t           mem;
    air_buf_t           b;
    air_err_t           err;
    const air_learn_t  *one;

    mem = mem_init(&m, 0);

    memset(&model, 0, sizeof(model));
    snprintf(model.pair, sizeof(model.pair), "%s", pair);
    model.rows = rows;
    one = &model;

    air_buf_init(&b, &mem, AIR_LEARN_FILE);
    air_learn_write(&one, 1, &b);
    is(air_folder_write(dir, AIR_WEIGHTS_DIR, l.name, air_buf_view(&b),
                        &err), AIR_OK,
       "weights by hand");

    mem_free(&m);
}


static void
test_when(void)
{
    uint64_t  sum, again;

    is(run(), AIR_OK, "nothing there");
    is(work.trained, 0, "nothing learned");

    traffic(199, 100, 5);
    is(run() == AIR_OK && !work.trained, 1, "199 labels are too few");

    traffic(1, 100, 5);
    traffic(300, 100, 6);
    is(run() == AIR_OK && work.trained, 1, "200 are enough");
    is(work.rows, 200, "of its own");
    is(work.from, 200, "all make promises");

    traffic(600, 100, 5);
    is(run() == AIR_OK && work.trained && work.installed, 1, "800 promise");
    ok(work.cheap > 300, "with %u of 1,000 cheap", work.cheap);
    is(installed(&sum), AIR_OK, "weights are there");
    is(model.rows, 800, "from so many");

    is(run() == AIR_OK && !work.trained, 1, "not again");
    traffic(399, 100, 5);
    is(run() == AIR_OK && !work.trained, 1, "not before half are new");

    /* the cheap model became bad: what was promised of it is void */

    traffic(4000, 0, 5);
    is(run() == AIR_OK && work.trained && work.installed, 1, "learned anew");
    is(installed(&again), AIR_OK, "other weights");
    ok(again != sum, "are installed");
    ok(air_learn_share(&model, l.keep) < 0.2, "few may be cheap");
}


static void
test_whose(void)
{
    uint64_t  sum, again;

    /* by hand, from more requests than were graded since */

    l.learn = 7;
    l.name = "hand.weights";

    by_hand("a>b", 5000);
    (void) installed(&sum);
    traffic(800, 100, 7);
    is(run() == AIR_OK && work.trained && !work.installed, 1,
       "weights by hand of more requests stay");
    (void) installed(&again);
    ok(again == sum, "as they were");

    by_hand("a>b", 500);
    traffic(1000, 100, 7);
    is(run() == AIR_OK && work.trained && work.installed, 1,
       "those of fewer give way");

    /* beside those of another pair */

    l.learn = 8;
    by_hand("c>d", 5000);
    traffic(800, 100, 8);
    is(run() == AIR_OK && work.installed, 1, "installed");
    is(installed(&sum), AIR_OK, "with its pair");
    l.pair = "c>d";
    is(installed(&sum), AIR_OK, "beside the other one");
    is(model.rows, 5000, "which stays");
    l.pair = "a>b";

    /* who labels chose: weights, and no promise */

    l.learn = 9;
    l.name = "chosen.weights";
    l.chosen = 1;
    traffic(800, 100, 9);
    is(run() == AIR_OK && work.trained && !work.installed, 1,
       "nothing is promised from chosen labels");
    is(work.from, 0, "none makes a promise");
    l.chosen = 0;
}


static void
test_damage(void)
{
    air_err_t  err;

    l.learn = 10;
    l.name = "bad.weights";

    is(air_folder_write(dir, AIR_WEIGHTS_DIR, l.name,
                        air_str_z("no weights"), &err), AIR_OK,
       "a damaged file");
    traffic(800, 100, 10);
    is(run(), AIR_ECORRUPT, "is told");
    is(run() == AIR_OK && !work.trained, 1, "once");
}


int
main(void)
{
    air_err_t  err;

    dir = store_dir();
    is(air_samples_open(&samples, dir, &err), AIR_OK, "opened");

    l.dir = dir;
    l.name = "w.weights";
    l.pair = "a>b";
    l.learn = 5;
    l.keep = 900;

    test_when();
    test_whose();
    test_damage();

    air_samples_close(samples);
    store_drop(dir);

    return done();
}
