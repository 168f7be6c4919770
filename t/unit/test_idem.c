
/*
 * Answers by key: who may run a request, what is kept and for how long, what
 * gives way, and a model of it all under random calls.
 */

#include "../../ngx_ai_router_module/core/air_idem.h"
#include "tap.h"

#include <stdlib.h>
#include <time.h>


#define SIZE   (256 * 1024)
#define KEYS   64


static uint64_t        memory[SIZE / 8];
static uint64_t        again[SIZE / 8];
static unsigned        seed;


static void
hash(unsigned n, unsigned char out[AIR_IDEM_HASH])
{
    memset(out, 0, AIR_IDEM_HASH);
    memcpy(out, &n, sizeof(n));
    memcpy(out + 20, &n, sizeof(n));
}


static air_idem_e
ask(air_idem_t *t, unsigned key, unsigned body, uint64_t now, uint64_t owner,
    air_idem_ref_t *ref)
{
    unsigned char  k[AIR_IDEM_HASH], b[AIR_IDEM_HASH];

    hash(key, k);
    hash(body, b);

    return air_idem_ask(t, k, b, now, owner, ref);
}


static unsigned
any(unsigned n)
{
    return (unsigned) rand_r(&seed) % n;
}


static void
test_life(void)
{
    char             text[32];
    uint64_t         kept, running;
    air_idem_t      *t;
    air_idem_ref_t   a, b, c;

    ok(air_idem_make(memory, AIR_IDEM_LEAST - 1) == NULL, "too small");

    t = air_idem_make(memory, SIZE);
    ok(t != NULL && air_idem_open(memory, SIZE) == t
       && air_idem_open(memory, SIZE - 8192) == NULL, "made, opened");

    ok(ask(t, 1, 1, 0, 7, &a) == AIR_IDEM_MINE, "the first runs it");
    ok(ask(t, 1, 1, 0, 8, &b) == AIR_IDEM_WAIT && b.owner == 7,
       "the second waits for the first");
    ok(ask(t, 1, 2, 0, 8, &b) == AIR_IDEM_OTHER && b.owner == 7,
       "another request with that key");
    ok(ask(t, 2, 1, 0, 8, &c) == AIR_IDEM_MINE, "another key");

    ok(air_idem_add(t, &a, air_str_z("one, ")) == AIR_OK
       && air_idem_add(t, &a, air_str_n(NULL, 0)) == AIR_OK
       && air_idem_add(t, &a, air_str_z("two")) == AIR_OK && a.len == 8,
       "an answer in pieces");
    ok(air_idem_read(t, &a, (unsigned char *) text) == AIR_EINVAL,
       "is not read before it is whole");
    ok(air_idem_keep(t, &a, 3, 100) == AIR_OK
       && air_idem_keep(t, &a, 3, 100) == AIR_EINVAL
       && air_idem_add(t, &a, air_str_z("x")) == AIR_EINVAL, "kept, once");

    memset(text, 0, sizeof(text));
    ok(ask(t, 1, 1, 99, 8, &b) == AIR_IDEM_DONE && b.len == 8 && b.kind == 3
       && b.owner == 0
       && air_idem_read(t, &b, (unsigned char *) text) == AIR_OK
       && strcmp(text, "one, two") == 0, "read");
    ok(ask(t, 1, 2, 99, 8, &b) == AIR_IDEM_OTHER && b.owner == 0,
       "another request with the key of one that is done");

    ok(ask(t, 1, 2, 100, 8, &b) == AIR_IDEM_MINE, "its time is over");
    ok(air_idem_read(t, &a, (unsigned char *) text) == AIR_EINVAL,
       "what was read before is gone");
    air_idem_drop(t, &a);
    ok(ask(t, 1, 2, 100, 8, &a) == AIR_IDEM_WAIT, "the old one drops nothing");
    air_idem_drop(t, &b);
    ok(ask(t, 1, 2, 100, 9, &a) == AIR_IDEM_MINE,
       "dropped, the next one runs it");

    air_idem_count(t, &kept, &running);
    ok(kept == 0 && running == 2, "counted");

    air_idem_reset(t);
    ok(air_idem_add(t, &a, air_str_z("x")) == AIR_EINVAL
       && air_idem_keep(t, &c, 0, 9) == AIR_EINVAL,
       "nobody holds anything after a reset");
    ok(ask(t, 1, 2, 100, 9, &b) == AIR_IDEM_MINE && b.stamp > a.stamp,
       "stamps go on");
    ok(air_idem_keep(t, &b, 0, 200) == AIR_OK
       && ask(t, 1, 2, 100, 9, &a) == AIR_IDEM_DONE && a.len == 0
       && air_idem_read(t, &a, (unsigned char *) text) == AIR_OK,
       "an empty answer");
}


static void
test_room(void)
{
    unsigned          i, n;
    air_idem_t       *t;
    air_idem_ref_t    ref, one;
    static unsigned   big[SIZE / sizeof(unsigned)];

    t = air_idem_make(memory, SIZE);

    for (n = 0; ask(t, n, 0, 0, 1, &ref) == AIR_IDEM_MINE; n++) { /* void */ }

    ok(n == SIZE / 8192 && ask(t, n, 0, 0, 1, &ref) == AIR_IDEM_FULL,
       "full of what runs: %u", n);

    (void) ask(t, 5, 0, 0, 1, &ref);
    ok(air_idem_keep(t, &ref, 0, 10) == AIR_OK
       && ask(t, n, 0, 0, 1, &one) == AIR_IDEM_MINE
       && ask(t, n + 1, 0, 0, 1, &ref) == AIR_IDEM_FULL,
       "what is kept gives way");

    t = air_idem_make(memory, SIZE);
    (void) ask(t, 0, 0, 0, 1, &one);

    ok(air_idem_add(t, &one, air_str_n(big, SIZE)) == AIR_ELIMIT
       && one.len == 0, "an answer larger than all");
    ok(air_idem_add(t, &one, air_str_n(big, SIZE / 2)) == AIR_OK
       && air_idem_keep(t, &one, 0, 10) == AIR_OK, "half is possible");

    (void) ask(t, 1, 0, 0, 1, &ref);
    ok(air_idem_add(t, &ref, air_str_n(big, SIZE / 2)) == AIR_OK
       && ask(t, 0, 0, 0, 1, &one) == AIR_IDEM_MINE,
       "the second half takes the first one's place");

    air_idem_drop(t, &ref);
    air_idem_drop(t, &one);

    for (i = 0; i < 20; i++) {
        (void) ask(t, i, 0, 0, 1, &ref);
        (void) air_idem_add(t, &ref, air_str_n(big, 4088 * 2));
        (void) air_idem_keep(t, &ref, 0, 10);
    }

    ok(ask(t, 0, 0, 0, 1, &ref) == AIR_IDEM_DONE, "asked for lately");

    for ( /* void */ ; i < 20 + 15; i++) {
        (void) ask(t, i, 0, 0, 1, &ref);
        (void) air_idem_add(t, &ref, air_str_n(big, 4088 * 2));
        (void) air_idem_keep(t, &ref, 0, 10);
    }

    ok(ask(t, 0, 0, 0, 1, &ref) == AIR_IDEM_DONE
       && ask(t, 1, 0, 0, 1, &ref) == AIR_IDEM_MINE,
       "who was asked for longest ago gives way");
}


/* what the table should hold of a key */
typedef struct {
    int             state;        /* 0 none, 1 runs, 2 kept                 */
    unsigned        body;
    uint64_t        expires;
    unsigned        len;
    unsigned char   data[20000];
    air_idem_ref_t  ref;
} model_t;


static model_t  model[KEYS];


static void
test_model(void)
{
    unsigned         i, k, body, n, step, bad, lost, done;
    uint64_t         now, kept, running, runs;
    air_idem_e       got;
    air_idem_t      *t;
    air_idem_ref_t   ref;
    unsigned char    data[5000], out[20000];

    t = air_idem_make(memory, SIZE);
    memset(model, 0, sizeof(model));

    now = 1;
    bad = 0;
    lost = 0;
    done = 0;

    for (step = 0; step < 200000 && !bad; step++) {
        k = any(KEYS);
        now += any(20) == 0;

        switch (any(4)) {

        case 0:
        case 1:
            body = any(8) == 0;
            got = ask(t, k, body, now, 1 + k, &ref);

            if (model[k].state == 2 && model[k].expires <= now) {
                model[k].state = 0;
            }

            if (model[k].state == 2
                && (got == AIR_IDEM_MINE || got == AIR_IDEM_FULL))
            {
                /* it gave way */

                lost++;
                model[k].state = 0;
            }

            if (model[k].state == 0) {
                bad |= got != AIR_IDEM_MINE && got != AIR_IDEM_FULL;

                if (got == AIR_IDEM_MINE) {
                    model[k].state = 1;
                    model[k].body = body;
                    model[k].len = 0;
                    model[k].ref = ref;
                }

            } else if (model[k].body != body) {
                bad |= got != AIR_IDEM_OTHER;

            } else if (model[k].state == 1) {
                bad |= got != AIR_IDEM_WAIT || ref.owner != 1 + k;

            } else {
                bad |= got != AIR_IDEM_DONE || ref.len != model[k].len
                       || ref.kind != k
                       || air_idem_read(t, &ref, out) != AIR_OK
                       || memcmp(out, model[k].data, ref.len) != 0;
                done++;
            }

            break;

        case 2:
            if (model[k].state != 1) {
                break;
            }

            n = any(sizeof(data));

            for (i = 0; i < n; i++) {
                data[i] = (unsigned char) any(256);
            }

            if (model[k].len + n > sizeof(model[k].data)) {
                break;
            }

            if (air_idem_add(t, &model[k].ref, air_str_n(data, n)) == AIR_OK) {
                memcpy(model[k].data + model[k].len, data, n);
                model[k].len += n;

            } else {
                model[k].len = 0;
            }

            break;

        default:
            if (model[k].state == 1 && any(3)) {
                bad |= air_idem_keep(t, &model[k].ref, k, now + 50) != AIR_OK;
                model[k].state = 2;
                model[k].expires = now + 50;

            } else if (model[k].state == 1) {
                air_idem_drop(t, &model[k].ref);
                model[k].state = 0;
            }
        }

        if (step % 1000 == 0) {
            air_idem_count(t, &kept, &running);
            runs = 0;

            for (i = 0; i < KEYS; i++) {
                runs += model[i].state == 1;
            }

            bad |= runs != running;
        }
    }

    ok(!bad && lost && done, "like its model, %u steps, %u gave way, %u "
       "answers, seed %u", step, lost, done, seed);

    /* it may lie somewhere else in each process */

    memcpy(again, memory, SIZE);
    t = air_idem_open(again, SIZE);
    bad = t == NULL;

    for (k = 0; k < KEYS && !bad; k++) {

        if (model[k].state == 2
            && ask(t, k, model[k].body, 0, 1, &ref) == AIR_IDEM_DONE)
        {
            bad = air_idem_read(t, &ref, out) != AIR_OK
                  || memcmp(out, model[k].data, ref.len) != 0;
        }
    }

    ok(!bad, "nothing points anywhere");
}


int
main(int argc, char **argv)
{
    seed = (unsigned) (argc > 1 ? strtoul(argv[1], NULL, 10)
                                : (unsigned long) time(NULL));

    test_life();
    test_room();
    test_model();

    return done();
}
