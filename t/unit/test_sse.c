
#include <stdlib.h>

#include "mem.h"
#include "tap.h"
#include "../../ngx_ai_router_module/core/air_sse.h"


/* the decoder once more, counting the bytes it copies */

static size_t  copied;


static int
counted_add(air_buf_t *b, const void *data, size_t n)
{
    copied += n;

    return air_buf_add(b, data, n);
}


#define air_sse_init     counted_init
#define air_sse_feed     counted_feed
#define air_sse_rest     counted_rest
#define air_sse_pending  counted_pending
#define air_sse_write    counted_write
#define air_buf_add      counted_add

#include "../../ngx_ai_router_module/core/air_sse.c"

#undef air_sse_init
#undef air_sse_feed
#undef air_sse_rest
#undef air_sse_pending
#undef air_sse_write
#undef air_buf_add


#define N(table)  (sizeof(table) / sizeof((table)[0]))

#define LONGEST   100000


/* Everything a stream gave, written out in one form. */
typedef struct {
    air_buf_t  events;                 /* {type|data} or {type} without data */
    air_buf_t  raw;                    /* all raws and the rest              */
    int        rc;
    unsigned   n;
    unsigned   direct;
    unsigned   pending;
} heard_t;


typedef struct {
    const char  *text;
    const char  *events;
    unsigned     pending;
} sample_t;


static const sample_t  samples[] = {

    /* plain */
    { "data: a\n\n", "{|a}", 0 },
    { "data: a\n\ndata: b\n\n", "{|a}{|b}", 0 },
    { "event: x\ndata: {\"a\":1}\n\n", "{x|{\"a\":1}}", 0 },
    { "data:a\n\n", "{|a}", 0 },
    { "data:  a \n\n", "{| a }", 0 },
    { "data: a:b: c\n\n", "{|a:b: c}", 0 },
    { "data\n\n", "{|}", 0 },
    { "data:\n\n", "{|}", 0 },
    { "data: \n\n", "{|}", 0 },

    /* several lines */
    { "data: a\ndata: b\n\n", "{|a\nb}", 0 },
    { "data: a\ndata\ndata: c\n\n", "{|a\n\nc}", 0 },
    { "data\ndata\n\n", "{|\n}", 0 },
    { "data: a\nevent: x\ndata: b\n\n", "{x|a\nb}", 0 },
    { "data: a\ndata: b\n\ndata: c\ndata: d\n\ndata: e\n\n",
      "{|a\nb}{|c\nd}{|e}", 0 },

    /* line ends */
    { "data: a\r\n\r\n", "{|a}", 0 },
    { "data: a\r\rdata: b\r\r", "{|a}{|b}", 0 },
    { "data: a\r\n\r\ndata: b\r\n\r\n", "{|a}{|b}", 0 },
    { "data: a\r\ndata: b\rdata: c\ndata: d\n\r\n", "{|a\nb\nc\nd}", 0 },
    { "data: a\n\r", "{|a}", 0 },
    { "data: a\r\n\r\n\r\n\n\r\rdata: b\n\n", "{|a}{|b}", 0 },
    { "data: a\n\r\rdata: b\r\n\r", "{|a}{|b}", 0 },
    { "\n\r\n\rdata: a\n\n\n\n\n", "{|a}", 0 },
    { "\n\n\r\n", "", 0 },

    /* byte order mark: one, at the start */
    { "\xef\xbb\xbf" "data: a\n\n", "{|a}", 0 },
    { "\xef\xbb\xbf\n\ndata: a\n\n", "{|a}", 0 },
    { "\xef\xbb\xbf\xef\xbb\xbf" "data: a\n\n", "{}", 0 },
    { "\xef\xbb" "data: a\n\n", "{}", 0 },
    { "\xef\n\ndata: a\n\n", "{}{|a}", 0 },
    { "data: a\n\n\xef\xbb\xbf" "data: b\n\n", "{|a}{}", 0 },
    { "\n\xef\xbb\xbf" "data: a\n\n", "{}", 0 },
    { "\xef\xbb\xbf", "", 0 },
    { "\xef\xbb", "", 1 },

    /* comments and other fields */
    { ": hello\n\ndata: a\n\n", "{}{|a}", 0 },
    { ":\n\n", "{}", 0 },
    { ": one\n: two\n\n", "{}", 0 },
    { ": one\ndata: a\n: two\n\n", "{|a}", 0 },
    { "id: 1\nretry: 10\ndata: a\n\n", "{|a}", 0 },
    { "id: 1\n\n", "{}", 0 },
    { "event: x\n\ndata: a\n\n", "{x}{|a}", 0 },
    { "event: x\nevent: y\ndata: a\n\n", "{y|a}", 0 },
    { "event: x\nevent\ndata: a\n\n", "{|a}", 0 },
    { "event:x\ndata: a\n\ndata: b\n\n", "{x|a}{|b}", 0 },
    { "Data: a\nDATA: b\n\n", "{}", 0 },
    { " data: a\n\n", "{}", 0 },
    { "data : a\n\n", "{}", 0 },
    { "dat: a\ndataa: b\nevents: c\neventually: d\ndatum\n\n", "{}", 0 },
    { "whatever\n\n", "{}", 0 },
    { "event\xef\xbb\xbf: x\ndata: \xef\xbb\xbf\n\n", "{|\xef\xbb\xbf}", 0 },

    /* cut off */
    { "data: a\n\ndata: b", "{|a}", 1 },
    { "data: a\n\ndata: b\n", "{|a}", 1 },
    { "data: a\r\n", "", 1 },
    { "d", "", 1 },
    { "", "", 0 },
};


static void
heard_event(heard_t *h, const air_sse_event_t *ev)
{
    h->n++;
    h->direct += ev->direct;

    air_buf_byte(&h->events, '{');
    air_buf_str(&h->events, ev->type);

    if (ev->has_data) {
        air_buf_byte(&h->events, '|');
        air_buf_str(&h->events, ev->data);
    }

    air_buf_byte(&h->events, '}');
    air_buf_str(&h->raw, ev->raw);
}


/* Feeds one piece, as a heap block of its own that is gone afterwards. */
static void
heard_piece(heard_t *h, air_sse_t *sse, const unsigned char *data, size_t n)
{
    air_sse_event_t   ev;
    unsigned char    *piece, *p;

    piece = malloc(n ? n : 1);
    memcpy(piece, data, n);

    p = piece;

    while ((h->rc = air_sse_feed(sse, &p, piece + n, &ev)) == AIR_OK) {

        if (ev.direct != (ev.raw.data >= piece
                          && ev.raw.data + ev.raw.len <= piece + n))
        {
            ok(0, "direct tells where raw lies");
        }

        heard_event(h, &ev);
    }

    if (h->rc == AIR_AGAIN && p != piece + n) {
        ok(0, "all is taken");
    }

    free(piece);
}


/* Hears a text in pieces that end at the given places and at its end. */
static void
hear(heard_t *h, air_str_t text, const size_t *cut, size_t cuts, size_t limit,
    const air_mem_t *mem)
{
    size_t     i, pos, to;
    air_sse_t  sse;

    h->rc = AIR_AGAIN;
    h->n = 0;
    h->direct = 0;

    air_buf_init(&h->events, mem, (size_t) -1);
    air_buf_init(&h->raw, mem, (size_t) -1);
    air_sse_init(&sse, mem, limit);

    pos = 0;

    for (i = 0; i <= cuts && h->rc == AIR_AGAIN; i++) {
        to = i < cuts ? cut[i] : text.len;

        heard_piece(h, &sse, text.data + pos, to - pos);
        pos = to;
    }

    if (h->rc == AIR_AGAIN) {
        air_buf_str(&h->raw, air_sse_rest(&sse));
    }

    h->pending = (unsigned) air_sse_pending(&sse);
}


static unsigned
heard_same(const heard_t *a, const heard_t *b, air_str_t text)
{
    return a->rc == b->rc && a->n == b->n && a->pending == b->pending
           && air_str_eq(air_buf_view(&a->events), air_buf_view(&b->events))
           && air_str_eq(air_buf_view(&b->raw), text);
}


/* Every way to cut a text in two, in three where it is short, in bytes. */
static size_t
all_splits(air_str_t text)
{
    mem_t      m;
    size_t     i, wrong, cut[2], *every;
    heard_t    whole, h;
    air_mem_t  mem;

    wrong = 0;
    mem = mem_init(&m, 0);
    hear(&whole, text, NULL, 0, LONGEST, &mem);

    for (cut[0] = 0; cut[0] <= text.len; cut[0]++) {
        hear(&h, text, cut, 1, LONGEST, &mem);
        wrong += !heard_same(&whole, &h, text);

        if (text.len > 80) {
            mem_free(&m);
            mem = mem_init(&m, 0);
            hear(&whole, text, NULL, 0, LONGEST, &mem);
            continue;
        }

        for (cut[1] = cut[0]; cut[1] <= text.len; cut[1]++) {
            hear(&h, text, cut, 2, LONGEST, &mem);
            wrong += !heard_same(&whole, &h, text);
        }
    }

    every = malloc((text.len + 1) * sizeof(size_t));

    for (i = 0; i < text.len; i++) {
        every[i] = i;
    }

    hear(&h, text, every, text.len, LONGEST, &mem);
    wrong += !heard_same(&whole, &h, text);

    free(every);
    mem_free(&m);

    return wrong;
}


static void
test_samples(void)
{
    mem_t            m;
    size_t           i;
    heard_t          h;
    air_mem_t        mem;
    air_str_t        text;
    const sample_t  *s;

    for (i = 0; i < N(samples); i++) {
        s = &samples[i];
        text = air_str_z(s->text);

        mem = mem_init(&m, 0);
        hear(&h, text, NULL, 0, LONGEST, &mem);

        is_str(air_buf_view(&h.events), s->events, "events of %s", s->text);
        ok(air_str_eq(air_buf_view(&h.raw), text), "raw bytes and rest");
        is(h.pending, s->pending, "pending");
        is(h.direct, h.n, "nothing is copied");
        mem_free(&m);

        is((long long) all_splits(text), 0, "all splits of %s", s->text);
    }

    /* NUL is a byte like others, in an id too */

    text = air_str_n("id: a\0b\ndata: x\0y\n\n", 19);
    mem = mem_init(&m, 0);
    hear(&h, text, NULL, 0, LONGEST, &mem);
    ok(air_str_eq(air_buf_view(&h.events), air_str_n("{|x\0y}", 6)), "NUL");
    mem_free(&m);
    is((long long) all_splits(text), 0, "all splits of it");
}


/* Recordings of vendors, with what is known of them. */
static void
test_files(void)
{
    char       path[300], *text;
    FILE      *f;
    mem_t      m;
    size_t     i, j, k, n, swap, wrong, cuts[16];
    heard_t    whole, h;
    unsigned   seed;
    air_mem_t  mem;

    static const struct {
        const char  *name;
        unsigned     events;
        unsigned     with_data;
    } files[] = {
        { "gemini", 1, 1 },
        { "anthropic", 11, 11 },
        { "openrouter", 22, 5 },
    };

    seed = 1;

    for (i = 0; i < N(files); i++) {
        snprintf(path, sizeof(path), "%.*s/../data/sse/%s.sse",
                 (int) (strrchr(__FILE__, '/') - __FILE__), __FILE__,
                 files[i].name);

        f = fopen(path, "rb");

        if (!ok(f != NULL, "%s", files[i].name)) {
            continue;
        }

        text = malloc(LONGEST);
        n = fread(text, 1, LONGEST, f);
        fclose(f);

        mem = mem_init(&m, 0);
        hear(&whole, air_str_n(text, n), NULL, 0, LONGEST, &mem);

        is(whole.n, files[i].events, "%s: events", files[i].name);
        is(whole.pending, 0, "%s: nothing pending", files[i].name);

        for (j = 0, k = 0; j < whole.events.len; j++) {
            k += j > 0 && whole.events.data[j] == '{'
                 && whole.events.data[j - 1] == '|';
        }

        /* data that is no object: OpenRouter's [DONE] */
        is((long long) k + (i == 2), files[i].with_data, "%s: with data",
           files[i].name);

        is((long long) all_splits(air_str_n(text, n)), 0, "%s: all splits",
           files[i].name);

        wrong = 0;

        for (j = 0; j < 200; j++) {

            for (k = 0; k < N(cuts); k++) {
                seed = seed * 1103515245 + 12345;
                cuts[k] = (seed >> 8) % (n + 1);
            }

            /* in rising order */

            for (k = 1; k < N(cuts); k++) {

                if (cuts[k] < cuts[k - 1]) {
                    swap = cuts[k];
                    cuts[k] = cuts[k - 1];
                    cuts[k - 1] = swap;
                    k = 0;
                }
            }

            hear(&h, air_str_n(text, n), cuts, N(cuts), LONGEST, &mem);
            wrong += !heard_same(&whole, &h, air_str_n(text, n));
        }

        is((long long) wrong, 0, "%s: 200 times 16 cuts", files[i].name);

        mem_free(&m);
        free(text);
    }
}


/* Where views point, and the LF of a torn CR LF. */
static void
test_views(void)
{
    mem_t            m;
    air_mem_t        mem;
    air_sse_t        sse;
    unsigned char   *p, *last, one[100];
    air_sse_event_t  ev;

    mem = mem_init(&m, 0);
    air_sse_init(&sse, &mem, 100);
    is_str(air_sse_rest(&sse), "", "no rest before anything");

    memcpy(one, "event: x\ndata: abc\r\n\r", 21);
    p = one;
    last = one + 21;

    is(air_sse_feed(&sse, &p, last, &ev), AIR_OK, "ends at its CR");
    ok(p == last, "all taken");
    is(ev.direct, 1, "direct");
    ok(ev.raw.data == one && ev.raw.len == 21, "raw is the piece");
    ok(ev.data.data == one + 15, "data points into it");
    ok(ev.type.data == one + 7, "type too");
    is((long long) m.calls, 0, "no allocation");
    is_str(air_sse_rest(&sse), "", "no rest");
    is(air_sse_feed(&sse, &p, last, &ev), AIR_AGAIN, "and no more");

    memcpy(one, "\ndata: d\n\ndata: e", 17);
    p = one;
    last = one + 17;

    is(air_sse_feed(&sse, &p, last, &ev), AIR_OK, "the next");
    is_str(ev.raw, "\ndata: d\n\n", "has the LF in front");
    is_str(ev.data, "d", "and its own data");
    is(ev.direct, 1, "direct all the same");
    is(air_sse_pending(&sse), 0, "nothing pending yet");
    is(air_sse_feed(&sse, &p, last, &ev), AIR_AGAIN, "the third is not whole");
    is_str(air_sse_rest(&sse), "data: e", "it is the rest");
    is(air_sse_pending(&sse), 1, "and pending");

    memcpy(one, "\n\n\n", 3);
    p = one;
    last = one + 3;

    is(air_sse_feed(&sse, &p, last, &ev), AIR_OK, "now it is");
    is_str(ev.raw, "data: e\n\n", "raw");
    is(ev.direct, 0, "carried");
    is_str(ev.data, "e", "data");
    is_str(air_sse_rest(&sse), "", "no rest while it is handed out");
    is(air_sse_feed(&sse, &p, last, &ev), AIR_AGAIN, "one line end is left");
    is_str(air_sse_rest(&sse), "\n", "it is the rest");
    is(air_sse_pending(&sse), 0, "but nothing is pending");

    mem_free(&m);
}


static void
test_limit(void)
{
    mem_t            m;
    size_t           i, wrong, cut[2];
    heard_t          h;
    air_buf_t        b;
    air_mem_t        mem;
    air_str_t        text;
    air_sse_t        sse;
    unsigned char   *p;
    air_sse_event_t  ev;

    /* 20 bytes without the LF that may stand alone after the last CR */

    static const sample_t  rows[] = {
        { "data: 90123456789\r\n\r", "{|90123456789}", AIR_AGAIN },
        { "data: 90123456789\r\n\r\n", "{|90123456789}", AIR_AGAIN },
        { "data: 901234567890\n\n", "{|901234567890}", AIR_AGAIN },
        { "data: 9012345678901\n\n", "", AIR_ELIMIT },
        { "data: 901234567890\r\n\r\n", "", AIR_ELIMIT },
        { "data: a\r\n\r\ndata: 901234567890\n\n", "{|a}{|901234567890}",
          AIR_AGAIN },
        { "data: a\r\n\r\n\rdata: 901234567890\n\n", "{|a}",
          (unsigned) AIR_ELIMIT },
        { "data: a\n\ndata: 9012345678901", "{|a}", AIR_AGAIN },
        { "data: a\n\ndata: 901234567890123", "{|a}", AIR_ELIMIT },
        { "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", "", AIR_ELIMIT },
        { "\xef\xbb\xbf" "data: 901234567\n\n", "{|901234567}", AIR_AGAIN },
        { "\xef\xbb\xbf" "data: 9012345678\n\n", "", AIR_ELIMIT },
        { "data: 1\r\ndata: 2\r\n\r\n", "{|1\n2}", AIR_AGAIN },
        { "data: 1\r\ndata: 23\r\n\r\n", "{|1\n23}", AIR_AGAIN },
        { "data: 1\r\ndata: 234\r\n\r\n", "", AIR_ELIMIT },
    };

    for (i = 0; i < N(rows); i++) {
        text = air_str_z(rows[i].text);
        wrong = 0;
        mem = mem_init(&m, 0);

        for (cut[0] = 0; cut[0] <= text.len; cut[0]++) {

            for (cut[1] = cut[0]; cut[1] <= text.len; cut[1]++) {
                hear(&h, text, cut, 2, 20, &mem);

                wrong += h.rc != (int) rows[i].pending
                         || !air_str_eqz(air_buf_view(&h.events),
                                         rows[i].events);
            }
        }

        is((long long) wrong, 0, "limit of 20, every split: %s", rows[i].text);
        mem_free(&m);
    }

    /* a line without end */

    mem = mem_init(&m, 0);
    air_sse_init(&sse, &mem, 1000);
    air_buf_init(&b, &mem, 10000);

    while (b.len < 10) {
        air_buf_byte(&b, 'x');
    }

    for (i = 0; i < 200; i++) {
        p = b.data;

        if (air_sse_feed(&sse, &p, b.data + b.len, &ev) != AIR_AGAIN) {
            break;
        }
    }

    is((long long) i, 100, "an endless line ends at the limit");
    p = b.data;
    is(air_sse_feed(&sse, &p, b.data + b.len, &ev), AIR_ELIMIT,
       "and stays refused");
    ok(m.bytes < 4000, "%zu bytes taken", m.bytes);

    mem_free(&m);
}


static void
test_memory(void)
{
    int               rc;
    mem_t             m;
    size_t            i, n, flat, fed;
    air_buf_t         b;
    air_mem_t         mem, plain;
    air_sse_t         sse;
    mem_t             p_m;
    unsigned char    *p;
    air_sse_event_t   ev;

    static const char  event[] =
        "event: message\r\ndata: one\r\ndata: two, which is longer\r\n\r\n";

    plain = mem_init(&p_m, 0);
    air_buf_init(&b, &plain, 10000000);

    for (i = 0; i < 10000; i++) {
        air_buf_z(&b, event);
    }

    /* byte by byte, every byte is copied once */

    mem = mem_init(&m, 0);
    counted_init(&sse, &mem, 1000);

    copied = 0;
    flat = 0;
    n = 0;

    for (i = 0; i < b.len; i++) {
        p = b.data + i;

        while (counted_feed(&sse, &p, b.data + i + 1, &ev) == AIR_OK) {
            n++;

            if (n == 10) {
                flat = m.bytes;
            }
        }
    }

    is((long long) n, 10000, "10000 events");
    is((long long) m.bytes, (long long) flat,
       "the 10000th takes no memory that the 10th did not");
    is((long long) copied, (long long) b.len,
       "fed by bytes, each is copied once");

    mem_free(&m);

    /* in one piece nothing is carried */

    mem = mem_init(&m, 0);
    counted_init(&sse, &mem, 1000);

    copied = 0;
    n = 0;
    p = b.data;

    while (counted_feed(&sse, &p, b.data + b.len, &ev) == AIR_OK) {
        n++;
    }

    is((long long) n, 10000, "10000 events in one piece");
    is((long long) copied, 0, "no byte is carried");
    is((long long) m.calls, 1, "one allocation, for joined lines");

    mem_free(&m);

    /* each allocation fails once */

    for (n = 1; n < 20; n++) {
        mem = mem_init(&m, n);
        air_sse_init(&sse, &mem, 1000);
        rc = AIR_AGAIN;

        for (fed = 0; fed < 200 && rc == AIR_AGAIN; fed += 7) {
            p = b.data + fed;

            do {
                rc = air_sse_feed(&sse, &p, b.data + fed + 7, &ev);
            } while (rc == AIR_OK);
        }

        if (rc == AIR_AGAIN) {
            break;
        }

        is(rc, AIR_ENOMEM, "allocation %zu fails", n);

        m.fail_at = 0;
        p = b.data;
        is(air_sse_feed(&sse, &p, b.data + 7, &ev), AIR_ENOMEM,
           "and the decoder stays failed");
        mem_free(&m);
    }

    is((long long) n, 3, "allocations: carried, joined");

    mem_free(&m);
    mem_free(&p_m);
}


static void
test_write(void)
{
    mem_t      m;
    size_t     i;
    heard_t    h;
    air_buf_t  b;
    air_mem_t  mem;

    static const struct {
        const char  *type;
        const char  *data;
        const char  *want;
        const char  *events;
    } rows[] = {
        { "", "a", "data: a\n\n", "{|a}" },
        { "x", "a", "event: x\ndata: a\n\n", "{x|a}" },
        { "", "", "data: \n\n", "{|}" },
        { "", "a\nb", "data: a\ndata: b\n\n", "{|a\nb}" },
        { "", "\n", "data: \ndata: \n\n", "{|\n}" },
        { "", "a\n", "data: a\ndata: \n\n", "{|a\n}" },
        { "", "a\rb\r\nc\r", "data: a\ndata: b\ndata: c\ndata: \n\n",
          "{|a\nb\nc\n}" },
        { "", " a", "data:  a\n\n", "{| a}" },
        { "x\ndata: y", "a", "event: x\ndata: a\n\n", "{x|a}" },
    };

    mem = mem_init(&m, 0);

    for (i = 0; i < N(rows); i++) {
        air_buf_init(&b, &mem, 1000);

        is(air_sse_write(&b, air_str_z(rows[i].type), air_str_z(rows[i].data)),
           AIR_OK, "write");
        is_str(air_buf_view(&b), rows[i].want, "written %s", rows[i].data);

        hear(&h, air_buf_view(&b), NULL, 0, LONGEST, &mem);
        is_str(air_buf_view(&h.events), rows[i].events, "and heard");
    }

    air_buf_init(&b, &mem, 1000);
    is(air_sse_write(&b, air_str_n(NULL, 0), air_str_n(NULL, 0)), AIR_OK,
       "null strings");
    is_str(air_buf_view(&b), "data: \n\n", "are empty");

    air_buf_init(&b, &mem, 9);
    is(air_sse_write(&b, air_str_z("x"), air_str_z("a")), AIR_ELIMIT,
       "over the cap");

    mem_free(&m);
}


int
main(void)
{
    test_samples();
    test_files();
    test_views();
    test_limit();
    test_memory();
    test_write();

    return done();
}
