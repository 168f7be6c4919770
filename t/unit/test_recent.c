
/*
 * The newest records: page by page they are the whole journal backwards, over
 * segments, damage and nothing at all.
 */


#include "../../ngx_ai_router_module/store/air_ledger.h"
#include "../../ngx_ai_router_module/store/air_recent.h"
#include "../../ngx_ai_router_module/core/air_json.h"
#include "mem.h"
#include "store.h"
#include "tap.h"

#include <fcntl.h>


#define RECORDS  1300


static void
fill(const char *dir)
{
    unsigned           i;
    air_err_t          err;
    air_record_t       r;
    air_ledger_t      *l;
    air_ledger_conf_t  conf;

    memset(&conf, 0, sizeof(conf));
    conf.segment_size = 128 * 1024;
    conf.inflight = 16;

    if (air_ledger_open(&l, dir, &conf, &err) != AIR_OK) {
        abort();
    }

    for (i = 0; i < RECORDS; i++) {
        store_record(&r, i);
        (void) air_ledger_settle(l, -1, &r);
    }

    air_ledger_close(l);
}


/* Reads a page; the seqs of its records, how many, and what comes next. */
static unsigned
page(const char *dir, uint64_t before, unsigned n, uint64_t *seq,
    uint64_t *next)
{
    mem_t                   m;
    uint64_t                v;
    unsigned                i;
    air_buf_t               b;
    air_err_t               err;
    air_mem_t               mem;
    air_json_doc_t          doc;
    const air_json_node_t  *root, *list, *one;

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, 16 << 20);
    i = 0;
    *next = 0;

    if (air_recent_json(dir, before, n, &b, &err) == AIR_OK) {

        air_json_init(&doc, &mem);

        if (air_json_scan(&doc, air_buf_view(&b), AIR_JSON_UNIQUE, NULL)
            != AIR_OK)
        {
            abort();
        }

        root = air_json_root(&doc);
        list = air_json_given(&doc, root, "records");

        for (one = air_json_first(&doc, list); one != NULL;
             one = air_json_next(&doc, one))
        {
            (void) air_json_decimal(&doc, air_json_given(&doc, one, "seq"), 0,
                                    &v);
            seq[i++] = v;
        }

        one = air_json_given(&doc, root, "before");

        if (one != NULL) {
            (void) air_json_decimal(&doc, one, 0, next);
        }
    }

    mem_free(&m);

    return i;
}


static void
walk(const char *dir, unsigned n)
{
    uint64_t         before, want;
    unsigned         i, got, wrong;
    static uint64_t  seq[RECORDS];

    want = RECORDS;
    wrong = 0;
    before = 0;

    do {
        got = page(dir, before, n, seq, &before);

        for (i = 0; i < got; i++) {
            wrong += seq[i] != want--;
        }

    } while (before != 0);

    is(wrong, 0, "pages of %u: in order", n);
    is((long long) want, 0, "pages of %u: all", n);
}


static void
test_damage(const char *dir)
{
    int              fd;
    char             path[300];
    uint64_t         before;
    unsigned         i, got, wrong;
    unsigned char    zero[512];
    static uint64_t  seq[RECORDS];

    /* the newest segment's first records */

    for (i = 99; i > 0; i--) {
        snprintf(path, sizeof(path), "%s/journal/%08u", dir, i);

        if (access(path, F_OK) == 0) {
            break;
        }
    }

    fd = open(path, O_RDWR);
    memset(zero, 0x55, sizeof(zero));
    ok(pwrite(fd, zero, sizeof(zero), 16384) == sizeof(zero), "damage");
    close(fd);

    before = 0;
    wrong = 0;

    do {
        got = page(dir, before, 100, seq, &before);

        for (i = 1; i < got; i++) {
            wrong += seq[i] >= seq[i - 1];
        }

    } while (before != 0);

    is(wrong, 0, "the others come in their order");
}


/* A folder that was put together by hand: segments there more than once. */
static void
test_twice(const char *dir)
{
    char             cmd[1000];
    uint64_t         before;
    unsigned         i, got, wrong;
    static uint64_t  seq[RECORDS];

    for (i = 90; i < 98; i++) {
        snprintf(cmd, sizeof(cmd), "cp $(ls %s/journal/0* | tail -1) "
                 "%s/journal/%08u", dir, dir, i);
        ok(system(cmd) == 0, "copy %u", i);
    }

    got = page(dir, 0, 1000, seq, &before);
    ok(got > 0 && got <= 1000, "no more than were asked for");

    for (i = 1, wrong = 0; i < got; i++) {
        wrong += seq[i] >= seq[i - 1];
    }

    is(wrong, 0, "each once");
}


int
main(void)
{
    char      *dir;
    uint64_t   before, seq[4];

    dir = store_dir();
    is(page(dir, 0, 4, seq, &before), 0, "no journal: nothing");

    fill(dir);

    walk(dir, 1);
    walk(dir, 7);
    walk(dir, 500);
    walk(dir, RECORDS);

    is(page(dir, 3, 4, seq, &before), 2, "before the third stand two");
    is((long long) before, 0, "and none before");
    is(page(dir, 1, 4, seq, &before), 0, "before the first none");

    test_damage(dir);
    test_twice(dir);
    store_drop(dir);

    return done();
}
