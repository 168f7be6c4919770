
/*
 * Samples of learning workflows: what is added is read back, labels find
 * their request, the oldest give way, what is on the disk tells no words.
 */

#include "tap.h"
#include "store.h"
#include "../../ngx_ai_router_module/store/air_samples.h"

#include <fcntl.h>
#include <sys/wait.h>


static char              *dir;
static air_samples_t     *samples;
static air_learn_text_t   text;
static air_sample_t       in, out;


static int
file(const char *name, int flags)
{
    int   fd;
    char  path[256];

    snprintf(path, sizeof(path), "%s/learn/%s", dir, name);

    fd = open(path, flags);

    if (fd == -1) {
        abort();
    }

    return fd;
}


static void
make(unsigned i)
{
    memset(&in, 0, sizeof(in));
    in.id[0] = (uint8_t) i;
    in.id[1] = (uint8_t) (i >> 8);
    in.id[2] = (uint8_t) (i >> 16);
    in.id[15] = 7;
    in.learn = 5;
    in.owner = 100 + i % 2;
    in.time_ms = 1000 + i;
    in.share = 200;
}


static unsigned
count(void)
{
    unsigned  i, n;

    n = 0;

    for (i = 0; i < AIR_SAMPLES; i++) {
        n += air_samples_read(samples, i, &out) == AIR_OK;
    }

    return n;
}


static void
test_one(void)
{
    unsigned        i;
    uint64_t        number, key, owner;
    unsigned char  *p, slot[1024];
    int             fd;

    air_learn_text(&text, air_str_z("where is my parcel, it is late"), 0);
    make(1);
    number = air_samples_add(samples, &in, &text);
    key = air_samples_key(in.id);

    is(count(), 1, "one is there");
    is(air_samples_read(samples, number % AIR_SAMPLES, &out), AIR_OK, "read");
    ok(memcmp(out.id, in.id, 16) == 0 && out.learn == 5 && out.owner == 101
       && out.time_ms == 1001 && out.share == 200, "as it was added");
    is(out.n, text.n, "with all its words");

    for (i = 0; i < text.n && out.bucket[i] == text.bucket[i]; i++) {
        /* void */
    }

    is(i, text.n, "which are the same");
    is(out.cheap, AIR_SAMPLE_NONE, "no grade of cheap");
    is(out.strong, AIR_SAMPLE_NONE, "nor of strong");
    is(out.served, 0, "nobody answered");

    /* on the disk the words are others */

    fd = file("samples", O_RDONLY);
    is(pread(fd, slot, 1024, 4096 + 65536 * 4 + 1024 * number), 1024, "seen");
    close(fd);

    p = slot;

    for (i = 0; i + 2 * text.n <= 1024; i += 2) {
        if (memcmp(p + i, text.bucket, 2 * text.n) == 0) {
            break;
        }
    }

    ok(i + 2 * text.n > 1024, "the ids of words are not on the disk");

    /* labels */

    is(air_samples_label(samples, key, in.id, NULL, AIR_SAMPLE_SERVED, 1000),
       AIR_ENOENT, "no label of an answer that nobody gave");
    is(air_samples_labels(samples), 0, "no labels");

    air_samples_served(samples, number, in.id, AIR_SAMPLE_STRONG, 1, 4711);

    owner = 100;
    is(air_samples_label(samples, key, in.id, &owner, AIR_SAMPLE_SERVED, 0),
       AIR_ENOENT, "not another's");
    owner = 101;
    is(air_samples_label(samples, key, in.id, &owner, AIR_SAMPLE_SERVED,
                         AIR_SAMPLE_NONE), AIR_OK, "one's own is known");
    is(air_samples_labels(samples), 0, "no grade changes nothing");
    is(air_samples_label(samples, 4711, NULL, &owner, AIR_SAMPLE_SERVED, 250),
       AIR_OK, "found by the reply's id");
    is(air_samples_label(samples, key, in.id, NULL, AIR_SAMPLE_CHEAP, 1000),
       AIR_OK, "the other answer is graded too");
    is(air_samples_label(samples, key + 1, NULL, NULL, AIR_SAMPLE_CHEAP, 0),
       AIR_ENOENT, "unknown ids are not found");

    (void) air_samples_read(samples, number % AIR_SAMPLES, &out);
    is(out.strong, 250, "grade of strong");
    is(out.cheap, 1000, "grade of cheap");
    is(out.served, AIR_SAMPLE_STRONG, "strong answered");
    is(out.drawn, 1, "it was its turn");
    is(out.label, 2, "the second label");
    is(air_samples_labels(samples), 2, "two labels");

    in.id[9]++;
    air_samples_served(samples, number, in.id, AIR_SAMPLE_CHEAP, 1, 1);
    (void) air_samples_read(samples, number % AIR_SAMPLES, &out);
    is(out.served, AIR_SAMPLE_STRONG, "a slot of another is let alone");
}


static void
test_rich(void)
{
    char      line[40000];
    int       len;
    unsigned  i, k, found;
    uint64_t  number;

    len = 0;

    for (i = 0; i < 1200; i++) {
        len += snprintf(line + len, sizeof(line) - len, "w%u ", i);
    }

    air_learn_text(&text, air_str_n(line, len), 0);
    ok(text.n > AIR_SAMPLES_BUCKETS, "%u words are too many", text.n);

    make(2);
    number = air_samples_add(samples, &in, &text);
    (void) air_samples_read(samples, number % AIR_SAMPLES, &out);
    is(out.n, AIR_SAMPLES_BUCKETS, "so many are kept");

    found = 0;

    for (i = 0, k = 0; i < out.n; i++) {
        while (k < text.n && text.bucket[k] != out.bucket[i]) {
            k++;
        }

        found += k < text.n;
    }

    is(found, out.n, "from all over the text, in order");
}


static void
test_turn(void)
{
    unsigned  i, missing;

    air_learn_text(&text, air_str_z("hello"), 0);

    for (i = 10; i < 10 + AIR_SAMPLES + 500; i++) {
        make(i);
        (void) air_samples_add(samples, &in, &text);
    }

    is(count(), AIR_SAMPLES, "no more than there is room for");

    missing = 0;

    for (i = 10 + 500; i < 10 + AIR_SAMPLES + 500; i++) {
        make(i);
        missing += air_samples_label(samples, air_samples_key(in.id), in.id,
                                     NULL, AIR_SAMPLE_CHEAP, 500) != AIR_OK;
    }

    is(missing, 0, "the newest are all found");

    make(20);
    is(air_samples_label(samples, air_samples_key(in.id), in.id, NULL,
                         AIR_SAMPLE_CHEAP, 0), AIR_ENOENT,
       "the oldest gave way");
}


static void
test_again(void)
{
    int             fd, status;
    pid_t           pid;
    uint64_t        number;
    air_err_t       err;
    air_samples_t  *other;

    air_samples_learned(samples, 5)->label = 9;

    is(air_samples_duty(samples, &err), AIR_OK, "the duty is ours");

    /* another process has the same samples, and not the duty */

    pid = fork();

    if (pid == 0) {
        if (air_samples_open(&other, dir, &err) != AIR_OK
            || air_samples_duty(other, &err) != AIR_EBUSY)
        {
            _exit(1);
        }

        air_learn_text(&text, air_str_z("of another process"), 0);
        make(900001);
        number = air_samples_add(other, &in, &text);
        air_samples_served(other, number, in.id, AIR_SAMPLE_CHEAP, 0, 0);
        _exit(0);
    }

    waitpid(pid, &status, 0);
    is(status, 0, "another process adds one");

    make(900001);
    is(air_samples_label(samples, air_samples_key(in.id), in.id, NULL,
                         AIR_SAMPLE_SERVED, 1), AIR_OK, "which is found");

    air_samples_release(samples);
    air_samples_close(samples);

    is(air_samples_open(&samples, dir, &err), AIR_OK,
       "opened again");
    is(air_samples_learned(samples, 5)->label, 9, "what was learned is known");
    is(count(), AIR_SAMPLES, "all are there");

    /* a torn one is no sample */

    fd = file("samples", O_RDWR);
    is(pwrite(fd, "x", 1, 4096 + 65536 * 4 + 1024 * 77 + 300), 1, "torn");
    close(fd);
    is(air_samples_read(samples, 77, &out), AIR_ECORRUPT, "is not read");

    air_samples_close(samples);

    fd = file("samples", O_RDWR);
    is(pwrite(fd, "x", 1, 0), 1, "the head of another version");
    close(fd);
    is(air_samples_open(&samples, dir, &err), AIR_EFORMAT,
       "is not used");
}


int
main(void)
{
    air_err_t  err;

    dir = store_dir();
    is(air_samples_open(&samples, dir, &err), AIR_OK, "opened");
    is(count(), 0, "empty");

    test_one();
    test_rich();
    test_turn();
    test_again();
    store_drop(dir);

    return done();
}
