
/*
 * Signed exports: what they prove, that they join, that no byte of one can be
 * changed, and what the journal must be for one to be made.
 */


#include "../../ngx_ai_router_module/store/air_export.h"
#include "../../ngx_ai_router_module/store/air_ledger.h"
#include "../../ngx_ai_router_module/store/air_report.h"
#include "mem.h"
#include "store.h"
#include "tap.h"

#include <fcntl.h>
#include <inttypes.h>


#define T0       1790000000000LL
#define MINUTE   60000
#define EVER     (T0 + 100000LL * MINUTE)


static char           *secret;
static char           *other;
static unsigned char   public[AIR_ED25519_PUBLIC];
static unsigned char   public2[AIR_ED25519_PUBLIC];


typedef struct {
    unsigned char  *data;
    size_t          n;
    size_t          size;
    size_t          room;         /* fails beyond it, 0: never              */
} out_t;


static int
put(void *ud, const void *data, size_t n)
{
    out_t  *o = ud;

    if (o->room && o->n + n > o->room) {
        return -1;
    }

    if (o->n + n > o->size) {
        o->size = 2 * (o->n + n);
        o->data = realloc(o->data, o->size);

        if (o->data == NULL) {
            abort();
        }
    }

    memcpy(o->data + o->n, data, n);
    o->n += n;

    return 0;
}


static void
keys(char **pem, unsigned char *key)
{
    mem_t      m;
    air_buf_t  s, p;
    air_mem_t  mem;

    mem = mem_init(&m, 0);
    air_buf_init(&s, &mem, 4096);
    air_buf_init(&p, &mem, 4096);

    is(air_ed25519_make(&s, &p, NULL), AIR_OK, "a pair of keys");
    is(air_ed25519_public(air_buf_view(&p), key, NULL), AIR_OK,
       "the public one is read back");
    is(air_ed25519_public(air_buf_view(&s), key, NULL), AIR_EINVAL,
       "the secret one is no public one");
    is(air_ed25519_public(air_buf_view(&p), key, NULL), AIR_OK, "again");

    *pem = strndup((char *) s.data, s.len);
    mem_free(&m);
}


/* A store of n records, sealed as far as a tick does. */
static void
fill(const char *dir, unsigned from, unsigned n, size_t segment)
{
    unsigned           i;
    air_err_t          err;
    air_record_t       r;
    air_ledger_t      *l;
    air_ledger_conf_t  conf;
    air_ledger_work_t  work;

    memset(&conf, 0, sizeof(conf));
    conf.segment_size = segment;
    conf.inflight = 16;

    is(air_ledger_open(&l, dir, &conf, &err), AIR_OK, "a store");

    for (i = from; i < from + n; i++) {
        store_record(&r, i);

        if (air_ledger_settle(l, -1, &r) != AIR_OK) {
            ok(0, "record %u", i);
        }
    }

    is(air_ledger_tick(l, EVER, &work, &err), AIR_OK, "sealed");
    air_ledger_close(l);
}


static int
make(out_t *o, air_export_t *e, const mem_t *m, const char *dir, int64_t from,
    int64_t to, const char *pem)
{
    int        rc;
    air_mem_t  mem;

    (void) m;
    mem.alloc = mem_alloc;
    mem.ud = (void *) m;

    air_export_init(e, &mem);
    e->made_ms = EVER;
    e->from_ms = from;
    e->to_ms = to;
    o->n = 0;

    rc = air_export_write(e, dir, air_str_z(pem), put, o, NULL);
    e->mem = NULL;

    return rc;
}


/* Thousands of proofs, each in the same place. */
static void *
again(void *ud, size_t size)
{
    void          *p;
    size_t        *used = ud;

    static unsigned char  arena[16 * 1024 * 1024];

    size = (size + 15) & ~(size_t) 15;
    p = size > sizeof(arena) - *used ? NULL : arena + *used;
    *used += p != NULL ? size : 0;

    return p;
}


static int
prove_again(const unsigned char *data, size_t n, char *text)
{
    int                rc;
    FILE              *in;
    size_t             used;
    air_mem_t          mem;
    air_export_t       e;
    air_export_ask_t   ask;

    in = n ? fmemopen((void *) data, n, "r") : fopen("/dev/null", "r");
    if (in == NULL) {
        abort();
    }

    used = 0;
    mem.alloc = again;
    mem.ud = &used;
    ask.key = public;
    ask.sought = NULL;

    air_export_init(&e, &mem);
    rc = air_export_read(&e, in, &ask, NULL);
    snprintf(text, sizeof(e.text), "%s", e.text);
    air_export_free(&e);
    fclose(in);

    return rc;
}


static int
prove(const unsigned char *data, size_t n, air_export_t *e,
    const unsigned char *key, const unsigned char *sought, uint64_t *at,
    size_t fail)
{
    int                rc;
    FILE              *in;
    mem_t              m;
    air_mem_t          mem;
    air_export_ask_t   ask;

    in = n ? fmemopen((void *) data, n, "r") : fopen("/dev/null", "r");
    if (in == NULL) {
        abort();
    }

    mem = mem_init(&m, fail);
    ask.key = key;
    ask.sought = sought;

    air_export_init(e, &mem);
    rc = air_export_read(e, in, &ask, NULL);
    e->mem = NULL;

    if (at != NULL) {
        *at = ask.at;
    }

    fclose(in);
    mem_free(&m);

    return rc;
}


static void
test_proves(void)
{
    char                *dir;
    mem_t                m;
    out_t                o;
    uint64_t             cost, n, unknown;
    unsigned             i;
    air_record_t         r;
    air_export_t         e, f;

    memset(&o, 0, sizeof(o));
    memset(&m, 0, sizeof(m));
    dir = store_dir();
    fill(dir, 0, 1000, 128 * 1024);

    is(make(&o, &e, &m, dir, T0 + 300 * MINUTE, T0 + 700 * MINUTE, secret),
       AIR_OK, "a period in the middle is written");
    is(prove(o.data, o.n, &f, public, NULL, NULL, 0), AIR_OK,
       "and proven: %s", f.text);

    cost = n = unknown = 0;

    for (i = 300; i < 700; i++) {
        store_record(&r, i);
        n++;
        cost += r.cost == AIR_UNKNOWN ? 0 : r.cost;
        unknown += r.cost == AIR_UNKNOWN;
    }

    is((long long) f.total.cost, (long long) cost, "what it cost");
    is((long long) f.total.v[AIR_SUM_RECORDS], (long long) n, "records");
    is((long long) f.total.v[AIR_SUM_UNKNOWN], (long long) unknown, "unknown");
    is((long long) f.vendors.n, 3, "vendors");
    ok(f.first <= 301 && f.last >= 700, "whole blocks cover it");
    ok(f.first > 1 && f.last < 1000, "and no more than need be");
    is((long long) f.unsealed, 0, "all of it is sealed");
    ok(air_sums_eq(&e.total, &f.total), "both sides say the same");

    air_export_free(&e);
    air_export_free(&f);

    is(prove(o.data, o.n, &f, public2, NULL, NULL, 0), AIR_ECORRUPT,
       "not by another key: %s", f.text);
    air_export_free(&f);

    is(make(&o, &e, &m, dir, T0 - 5 * MINUTE, T0, secret), AIR_ENOENT,
       "nothing is of that time");
    is((long long) o.n, 0, "and nothing is written");
    air_export_free(&e);

    is(make(&o, &e, &m, dir, T0, EVER, "no key"), AIR_EINVAL, "no key");
    is((long long) o.n, 0, "and nothing is written");
    air_export_free(&e);

    o.room = 5000;
    is(make(&o, &e, &m, dir, T0, EVER, secret), AIR_EIO, "a full disk");
    air_export_free(&e);

    is(make(&o, &e, &m, "/nonexistent", T0, EVER, secret), AIR_EIO,
       "no store");
    air_export_free(&e);

    mem_free(&m);
    free(o.data);
    store_drop(dir);
}


/* A quarter after the other: the hash says where one ends and the next
   begins, whether or not the last records were sealed by then. */
static void
test_joins(void)
{
    char                *dir;
    mem_t                m;
    out_t                a, b;
    uint64_t             at;
    air_export_t         one, two, read;
    unsigned char        odd[AIR_CHAIN_HASH];

    memset(&a, 0, sizeof(a));
    memset(&b, 0, sizeof(b));
    memset(&m, 0, sizeof(m));
    dir = store_dir();
    fill(dir, 0, 500, 128 * 1024);

    is(make(&a, &one, &m, dir, T0, T0 + 500 * MINUTE, secret), AIR_OK,
       "the first period");
    ok(one.unsealed > 0 && one.last == 500, "its end is not sealed yet");
    is((long long) one.first, 1, "it begins with record 1");

    fill(dir, 500, 700, 128 * 1024);

    is(make(&b, &two, &m, dir, T0 + 500 * MINUTE, EVER, secret), AIR_OK,
       "the second");
    ok(two.first <= 501, "it holds what the first could not seal");

    is(prove(b.data, b.n, &read, public, one.hash, &at, 0), AIR_OK,
       "proven: %s", read.text);
    is((long long) at, 500, "and the first one's hash is in it");
    air_export_free(&read);

    is(prove(b.data, b.n, &read, public, two.before, &at, 0), AIR_OK,
       "its own beginning");
    is((long long) at, (long long) two.first - 1, "is found");
    air_export_free(&read);

    is(prove(b.data, b.n, &read, public, two.hash, &at, 0), AIR_OK, "its end");
    is((long long) at, (long long) two.last, "is found");
    air_export_free(&read);

    memcpy(odd, two.hash, sizeof(odd));
    odd[31] ^= 1;
    is(prove(b.data, b.n, &read, public, odd, &at, 0), AIR_OK, "another hash");
    ok(at == UINT64_MAX, "is not");
    air_export_free(&read);

    is(air_ledger_find(dir, one.hash, &at, NULL), AIR_OK, "in the store, too");
    is((long long) at, 500, "it is found");
    is(air_ledger_find(dir, odd, &at, NULL), AIR_OK, "the other one");
    ok(at == UINT64_MAX, "is not");

    air_export_free(&one);
    air_export_free(&two);
    mem_free(&m);
    free(a.data);
    free(b.data);
    store_drop(dir);
}


/* Every byte of a small one, each changed in three ways; every length. */
static void
test_tampered(void)
{
    char                *dir;
    mem_t                m;
    out_t                o;
    size_t               i, j, line;
    unsigned             believed, cut;
    air_export_t         e;
    unsigned char        was;
    char                 text[sizeof(e.text)];

    static const unsigned char  bits[] = { 0x01, 0x20, 0x80 };

    memset(&o, 0, sizeof(o));
    memset(&m, 0, sizeof(m));
    dir = store_dir();
    fill(dir, 0, 3, 64 * 1024);

    is(make(&o, &e, &m, dir, T0, EVER, secret), AIR_OK, "three records");
    air_export_free(&e);
    is(prove(o.data, o.n, &e, public, NULL, NULL, 0), AIR_OK, "proven");
    air_export_free(&e);

    believed = 0;

    for (i = 0; i < o.n; i++) {
        was = o.data[i];

        for (j = 0; j < sizeof(bits); j++) {
            o.data[i] = was ^ bits[j];

            if (prove_again(o.data, o.n, text) == AIR_OK || text[0] == '\0') {
                printf("# byte %zu, %02x instead of %02x\n", i, o.data[i],
                       was);
                believed++;
            }
        }

        o.data[i] = was;
    }

    is(believed, 0, "of %zu bytes none can be changed", o.n);

    cut = 0;

    for (i = 0; i < o.n; i++) {
        cut += prove_again(o.data, i, text) != AIR_ECORRUPT;
    }

    is(cut, 0, "nor its end cut off anywhere");

    put(&o, "\n", 1);
    is(prove(o.data, o.n, &e, public, NULL, NULL, 0), AIR_ECORRUPT,
       "nor anything added: %s", e.text);
    air_export_free(&e);
    o.n--;

    /* a line of records twice */

    line = (size_t) ((unsigned char *) memchr(o.data, '\n', o.n) - o.data) + 1;
    line += (size_t) ((unsigned char *) memchr(o.data + line, '\n',
                                               o.n - line)
                      - (o.data + line)) + 1;
    i = o.n;

    for (j = line; j < i; j++) {
        put(&o, o.data + j, 1);
    }

    is(prove(o.data, o.n, &e, public, NULL, NULL, 0), AIR_ECORRUPT,
       "nor a line doubled: %s", e.text);
    air_export_free(&e);

    is(prove(o.data, line, &e, public, NULL, NULL, 0), AIR_ECORRUPT,
       "nor all records taken out: %s", e.text);
    air_export_free(&e);

    mem_free(&m);
    free(o.data);
    store_drop(dir);
}


static void
poke(const char *dir, const char *name, long at, unsigned char bit)
{
    int            fd;
    char           path[200];
    unsigned char  c;

    snprintf(path, sizeof(path), "%s/journal/%s", dir, name);
    fd = open(path, O_RDWR);

    if (fd == -1 || pread(fd, &c, 1, at) != 1) {
        abort();
    }

    c ^= bit;

    if (pwrite(fd, &c, 1, at) != 1) {
        abort();
    }

    close(fd);
}


/* A journal that is not what was sealed is not exported. */
static void
test_damaged(void)
{
    char          *dir;
    mem_t          m;
    out_t          o;
    unsigned       n;
    air_export_t   e;

    memset(&o, 0, sizeof(o));
    memset(&m, 0, sizeof(m));
    dir = store_dir();
    fill(dir, 0, 400, 64 * 1024);

    poke(dir, "00000002", 8192 + 20 * AIR_RECORD_SIZE + 100, 4);
    is(make(&o, &e, &m, dir, T0, EVER, secret), AIR_ECORRUPT,
       "a changed byte: %s", e.text);
    is((long long) o.n, 0, "nothing was written");
    air_export_free(&e);

    is(make(&o, &e, &m, dir, T0, T0 + 50 * MINUTE, secret), AIR_OK,
       "a period before it is");
    air_export_free(&e);
    poke(dir, "00000002", 8192 + 20 * AIR_RECORD_SIZE + 100, 4);

    poke(dir, "00000002", 4096 + 3, 1);
    is(make(&o, &e, &m, dir, T0, EVER, secret), AIR_ECORRUPT,
       "a changed seal: %s", e.text);
    air_export_free(&e);
    poke(dir, "00000002", 4096 + 3, 1);

    poke(dir, "00000002", 3, 1);
    is(make(&o, &e, &m, dir, T0, EVER, secret), AIR_ECORRUPT,
       "a damaged header: %s", e.text);
    air_export_free(&e);
    poke(dir, "00000002", 3, 1);

    is(make(&o, &e, &m, dir, T0, EVER, secret), AIR_OK, "mended");
    air_export_free(&e);

    /* memory gives out anywhere */

    for (n = 1; n < 100; n++) {
        m.calls = 0;
        m.fail_at = n;

        if (make(&o, &e, &m, dir, T0, EVER, secret) == AIR_OK) {
            break;
        }

        air_export_free(&e);
    }

    ok(n > 2 && n < 100, "writing without memory");
    air_export_free(&e);

    for (n = 1; n < 100; n++) {
        if (prove(o.data, o.n, &e, public, NULL, NULL, n) == AIR_OK) {
            break;
        }

        air_export_free(&e);
    }

    ok(n > 2 && n < 100, "and reading");
    air_export_free(&e);

    m.fail_at = 0;
    mem_free(&m);
    free(o.data);
    store_drop(dir);
}


/* Slots that were never written are holes, and stay such. */
static void
test_holes(void)
{
    int                fd;
    char              *dir, path[200];
    mem_t              m;
    out_t              o;
    unsigned           i;
    unsigned char      hole[AIR_RECORD_SIZE];
    air_export_t       e, f;

    memset(&o, 0, sizeof(o));
    memset(&m, 0, sizeof(m));
    dir = store_dir();
    fill(dir, 0, 30, 64 * 1024);

    /* as a tick leaves one: some bytes, and the word that gives it up */

    snprintf(path, sizeof(path), "%s/journal/00000001", dir);
    fd = open(path, O_RDWR);
    memset(hole, 7, sizeof(hole));
    memset(hole + AIR_RECORD_SIZE - 4, 0xff, 4);
    i = 12;

    if (fd == -1
        || pwrite(fd, hole, sizeof(hole), 8192 + i * AIR_RECORD_SIZE)
           != sizeof(hole))
    {
        abort();
    }

    close(fd);

    is(make(&o, &e, &m, dir, T0, EVER, secret), AIR_OK, "with a hole: %s",
       e.text);
    is((long long) e.holes, 1, "which is counted");
    is((long long) e.total.v[AIR_SUM_RECORDS], 29, "and is no record");
    is(prove(o.data, o.n, &f, public, NULL, NULL, 0), AIR_OK, "proven");
    is((long long) f.holes, 1, "there, too");

    air_export_free(&e);
    air_export_free(&f);

    /* a slot that is taken and not decided: nothing behind it can be said */

    fd = open(path, O_RDWR);
    memset(hole, 0, sizeof(hole));

    if (fd == -1
        || pwrite(fd, hole, sizeof(hole), 8192 + i * AIR_RECORD_SIZE)
           != sizeof(hole))
    {
        abort();
    }

    close(fd);

    is(make(&o, &e, &m, dir, T0, EVER, secret), AIR_EBUSY,
       "one that is not decided: %s", e.text);
    is((long long) o.n, 0, "nothing is written");
    air_export_free(&e);

    is(make(&o, &e, &m, dir, T0, T0 + 10 * MINUTE, secret), AIR_OK,
       "a period before it");
    is((long long) e.last, 12, "up to it");
    air_export_free(&e);

    mem_free(&m);
    free(o.data);
    store_drop(dir);
}


int
main(void)
{
    keys(&secret, public);
    keys(&other, public2);

    test_proves();
    test_joins();
    test_tampered();
    test_damaged();
    test_holes();

    free(secret);
    free(other);

    return done();
}
