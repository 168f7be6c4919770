
/*
 * The journal by itself: many writers at the end of a segment, slots that are
 * given up, the reader at every kind of end, seals.
 */


#include "../../ngx_ai_router_module/store/air_fold.h"
#include "../../ngx_ai_router_module/store/air_reader.h"
#include "../../ngx_ai_router_module/store/air_seal.h"
#include "store.h"
#include "tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>


#define SIZE     (64 * 1024)
#define SLOTS    112              /* records in a segment of that size      */
#define THREADS  4
#define EACH     3000


static int
open_dir(const char *path)
{
    int  fd;

    fd = open(path, O_RDONLY | O_DIRECTORY);
    if (fd == -1) {
        abort();
    }

    return fd;
}


static int
append(air_journal_t *j, unsigned i)
{
    air_record_t   r;
    unsigned char  bytes[AIR_RECORD_SIZE];

    store_record(&r, i);
    air_record_encode(&r, bytes);

    return air_journal_append(j, bytes, NULL, NULL);
}


/* Counts what a reader gives: by kind. */
static void
read_all(int fd, uint64_t seq, uint64_t *count)
{
    air_read_e            what;
    air_err_t             err;
    static air_reader_t   rd;

    memset(count, 0, 5 * sizeof(uint64_t));

    if (air_reader_open(&rd, fd, seq, &err) != AIR_OK) {
        return;
    }

    do {
        what = air_reader_next(&rd, &err);
        count[what]++;
    } while (what != AIR_READ_END);

    air_reader_close(&rd);
}


static void *
writer(void *ud)
{
    int            i, fd, failed;
    air_err_t      err;
    air_journal_t  j;

    fd = open_dir(ud);
    failed = 0;

    if (air_journal_open(&j, fd, SIZE, &err) != AIR_OK) {
        return ud;
    }

    for (i = 0; i < EACH; i++) {
        failed += append(&j, (unsigned) i) != AIR_OK;
    }

    air_journal_close(&j);
    close(fd);

    return failed ? ud : NULL;
}


static void
test_race(void)
{
    int         i, fd, bad;
    char       *dir;
    void       *rc;
    uint64_t    count[5];
    pthread_t   thread[THREADS];

    dir = store_dir();
    fd = open_dir(dir);
    bad = 0;

    for (i = 0; i < THREADS; i++) {
        pthread_create(&thread[i], NULL, writer, dir);
    }

    for (i = 0; i < THREADS; i++) {
        pthread_join(thread[i], &rc);
        bad += rc != NULL;
    }

    is(bad, 0, "%d writers over some hundred segments", THREADS);

    read_all(fd, 0, count);
    is((long long) count[AIR_READ_RECORD], THREADS * EACH,
       "every record is there");
    is((long long) (count[AIR_READ_BAD] + count[AIR_READ_HOLE]
                    + count[AIR_READ_PENDING]), 0, "and nothing else");

    read_all(fd, 5000, count);
    is((long long) count[AIR_READ_RECORD], THREADS * EACH - 4999,
       "from record 5,000 on");

    close(fd);
    store_drop(dir);
}


static void
test_give_up(void)
{
    int             fd;
    char           *dir;
    uint64_t        count[5], where;
    air_err_t       err;
    air_record_t    r;
    air_journal_t   j;
    unsigned char  *slot, bytes[AIR_RECORD_SIZE];

    dir = store_dir();
    fd = open_dir(dir);

    is(air_journal_open(&j, fd, SIZE, &err), AIR_OK, "opens");
    (void) append(&j, 0);

    slot = air_segment_slot(&j.seg, 1);
    is(air_segment_void(slot), 0, "a written slot is not given up");
    is(air_record_decode(slot, &r), AIR_OK, "and stays");

    /* the next two before anybody takes them, as if their writers slept */

    is(air_segment_void(air_segment_slot(&j.seg, 2)), 1, "given up");
    is(air_segment_void(air_segment_slot(&j.seg, 3)), 1, "and another");
    is(air_segment_void(air_segment_slot(&j.seg, 3)), 1, "twice is once");

    store_record(&r, 1);
    air_record_encode(&r, bytes);
    is(air_journal_append(&j, bytes, &where, &err), AIR_OK,
       "a writer takes the next");
    is((long long) where, 4, "and knows where it is");

    read_all(fd, 0, count);
    is((long long) count[AIR_READ_RECORD], 2, "two records");
    is((long long) count[AIR_READ_HOLE], 2, "two holes");

    ok(air_segment_slot(&j.seg, 0) == NULL
       && air_segment_slot(&j.seg, 1 + SLOTS) == NULL,
       "no slot beyond the segment");

    air_journal_close(&j);
    close(fd);
    store_drop(dir);
}


static void
test_reader(void)
{
    int                   i, fd, n;
    char                 *dir;
    air_err_t             err;
    air_read_e            what;
    air_journal_t         j;
    static air_reader_t   rd;

    dir = store_dir();
    fd = open_dir(dir);

    is(air_reader_open(&rd, fd, 0, &err), AIR_OK, "an empty directory");
    is(air_reader_next(&rd, &err), AIR_READ_END, "has nothing");

    (void) air_journal_open(&j, fd, SIZE, &err);
    is(air_reader_next(&rd, &err), AIR_READ_END, "nor has an empty segment");

    (void) append(&j, 0);
    is(air_reader_next(&rd, &err), AIR_READ_RECORD, "what comes later is met");
    is((long long) rd.seq, 1, "in order");
    is(air_reader_next(&rd, &err), AIR_READ_END, "and then the end again");

    /* the next segment stands ready long before this one is full */

    for (i = 1; i < SLOTS - 10; i++) {
        (void) append(&j, (unsigned) i);
    }

    is(air_journal_prepare(&j, &err), AIR_OK, "the next segment is made");

    for (n = 1; air_reader_next(&rd, &err) == AIR_READ_RECORD; n++) {
        /* void */
    }

    is(n, SLOTS - 10, "the reader waits in this one");

    for ( /* void */ ; i < 2 * SLOTS + 3; i++) {
        (void) append(&j, (unsigned) i);
    }

    do {
        what = air_reader_next(&rd, &err);
        n += what == AIR_READ_RECORD;
    } while (what != AIR_READ_END);

    is(n, 2 * SLOTS + 3, "and goes on over the border");
    is((long long) rd.seq, 2 * SLOTS + 3, "without a gap");
    is(j.seg.number, 3, "into the third");

    /* one whose file is gone */

    (void) unlinkat(fd, "00000002", 0);
    air_reader_close(&rd);
    (void) air_reader_open(&rd, fd, SLOTS, &err);
    is(air_reader_next(&rd, &err), AIR_READ_RECORD, "before a gap");
    is(air_reader_next(&rd, &err), AIR_READ_RECORD, "behind it");
    is((long long) rd.gap, SLOTS, "its size is known");

    air_reader_close(&rd);
    air_journal_close(&j);
    close(fd);
    store_drop(dir);
}


/* A writer that slept while others filled and dropped segments. */
static void
test_late(void)
{
    int            i, fd;
    char          *dir;
    uint64_t       count[5];
    air_err_t      err;
    air_journal_t  late, j;

    dir = store_dir();
    fd = open_dir(dir);

    (void) air_journal_open(&late, fd, SIZE, &err);
    (void) air_journal_open(&j, fd, SIZE, &err);

    for (i = 0; i < 3 * SLOTS + 5; i++) {
        (void) append(&j, (unsigned) i);
    }

    (void) unlinkat(fd, "00000001", 0);
    (void) unlinkat(fd, "00000002", 0);

    is(append(&late, 1), AIR_OK, "the late one goes on");
    is(late.seg.number, 4, "where the others are");

    read_all(fd, 0, count);
    is((long long) count[AIR_READ_RECORD], SLOTS + 6, "and nothing is made "
       "anew");

    air_journal_close(&late);
    air_journal_close(&j);
    close(fd);
    store_drop(dir);
}


static void
test_seal(void)
{
    int             i, fd;
    char           *dir;
    air_err_t       err;
    air_seal_t      a, b;
    air_journal_t   j;

    dir = store_dir();
    fd = open_dir(dir);
    (void) air_journal_open(&j, fd, SIZE, &err);

    is(air_seal_blocks(&j.seg), 1, "one block");
    is(air_seal_slots(&j.seg, 0), SLOTS, "of all slots");

    memset(&a, 0, sizeof(a));
    is(air_seal_make(&j.seg, 0, &a, &err), AIR_AGAIN, "not yet to be sealed");
    is(air_seal_get(&j.seg, 0, &b), AIR_ENOENT, "no seal");

    for (i = 0; i < SLOTS - 1; i++) {
        (void) append(&j, (unsigned) i);
    }

    is(air_seal_make(&j.seg, 0, &a, &err), AIR_AGAIN, "one is missing");
    (void) air_segment_void(air_segment_slot(&j.seg, SLOTS));

    is(air_seal_make(&j.seg, 0, &a, &err), AIR_OK, "given up: sealed");
    is(a.holes, 1, "with a hole");
    is(air_seal_put(&j.seg, 0, &a, &err), AIR_OK, "written");
    is(air_seal_get(&j.seg, 0, &b), AIR_OK, "read");
    ok(memcmp(a.hash, b.hash, sizeof(a.hash)) == 0, "the same hash");

    /* what a late writer scribbles into a hole changes nothing */

    memset(air_segment_slot(&j.seg, SLOTS), 0x77, 100);
    memset(&b, 0, sizeof(b));
    (void) air_seal_make(&j.seg, 0, &b, &err);
    ok(memcmp(a.hash, b.hash, sizeof(a.hash)) == 0, "a hole's bytes are none");

    air_segment_slot(&j.seg, 5)[100] ^= 1;
    (void) air_seal_make(&j.seg, 0, &b, &err);
    ok(memcmp(a.hash, b.hash, sizeof(a.hash)) != 0, "a record's bytes are");
    air_segment_slot(&j.seg, 5)[100] ^= 1;

    b.prev[0] = 1;
    (void) air_seal_make(&j.seg, 0, &b, &err);
    ok(memcmp(a.hash, b.hash, sizeof(a.hash)) != 0, "so is what was before");

    air_journal_close(&j);
    close(fd);
    store_drop(dir);
}


static void
test_past(void)
{
    int             fd, out, wrong;
    char           *dir;
    size_t          i, n;
    unsigned        k;
    air_err_t       err;
    air_record_t    r;
    air_rollup_t    t, back;
    air_db_mark_t   mark, got;
    unsigned char   text[65536];

    dir = store_dir();
    fd = open_dir(dir);

    air_rollup_init(&t);
    memset(&mark, 0, sizeof(mark));
    mark.seq = 99;
    mark.records = 20;
    mark.bad = 3;

    for (k = 0; k < 20; k++) {
        store_record(&r, k);
        (void) air_rollup_add(&t, &r);
    }

    air_rollup_init(&back);
    is(air_past_read(fd, &back, &got, &err), AIR_OK, "no past");
    is((long long) got.seq, 0, "is an empty one");

    is(air_past_write(fd, &t, &mark, &err), AIR_OK, "written");
    is(air_past_read(fd, &back, &got, &err), AIR_OK, "read");
    is((long long) got.seq, 99, "its mark");
    is((long long) got.bad, 3, "its damage");
    is((long long) back.n, (long long) t.n, "its rows");

    wrong = 0;

    for (i = 0; i < t.n; i++) {
        wrong += air_rollup_find(&back, t.row[i]->key, t.row[i]->len) == NULL
                 || !air_sums_eq(&air_rollup_find(&back, t.row[i]->key,
                                                  t.row[i]->len)->sums,
                                 &t.row[i]->sums);
    }

    is(wrong, 0, "and their sums");
    air_rollup_free(&back);

    out = openat(fd, "past", O_RDWR);
    n = (size_t) read(out, text, sizeof(text));
    wrong = 0;

    for (i = 0; i < n; i += 13) {
        text[i] ^= 0x10;
        (void) !pwrite(out, text, n, 0);
        air_rollup_init(&back);
        wrong += air_past_read(fd, &back, &got, &err) != AIR_ECORRUPT;
        air_rollup_free(&back);
        text[i] ^= 0x10;
    }

    for (i = 0; i < n; i += 29) {
        (void) !ftruncate(out, (off_t) i);
        air_rollup_init(&back);
        wrong += air_past_read(fd, &back, &got, &err) != AIR_ECORRUPT;
        air_rollup_free(&back);
        (void) !pwrite(out, text, n, 0);
    }

    is(wrong, 0, "flipped and cut in many places: noticed each time");

    close(out);
    air_rollup_free(&t);
    close(fd);
    store_drop(dir);
}


int
main(void)
{
    test_race();
    test_give_up();
    test_reader();
    test_late();
    test_seal();
    test_past();

    return done();
}
