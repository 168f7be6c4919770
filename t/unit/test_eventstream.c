
#include <zlib.h>

#include "mem.h"
#include "tap.h"
#include "../../ngx_ai_router_module/core/air_eventstream.h"


#define N(table)  (sizeof(table) / sizeof((table)[0]))

#define FRAME_MAX  4096


/* Everything a stream gave, written out in one form. */
typedef struct {
    air_buf_t  events;            /* {type|data}, (type|data) for exceptions */
    air_buf_t  raw;
    int        rc;
    unsigned   n;
} heard_t;


/* smithy.io's own examples of the encoding, and frames of Bedrock's */

static const unsigned char  empty[] = {
    0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00,
    0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff
};

static const unsigned char  bare[] = {
    0x00, 0x00, 0x00, 0x1d, 0x00, 0x00, 0x00, 0x00, 0xfd, 0x52, 0x8c, 0x5a,
    '{', '\'', 'f', 'o', 'o', '\'', ':', '\'', 'b', 'a', 'r', '\'', '}',
    0xc3, 0x65, 0x39, 0x36
};


static void
put32(unsigned char *p, size_t n)
{
    p[0] = (unsigned char) (n >> 24);
    p[1] = (unsigned char) (n >> 16);
    p[2] = (unsigned char) (n >> 8);
    p[3] = (unsigned char) n;
}


/* A frame with any headers and lengths, its CRCs right. */
static void
frame(air_buf_t *b, air_str_t headers, size_t headers_len, air_str_t data,
    size_t total)
{
    size_t         start;
    unsigned char  four[4];

    start = b->len;

    put32(four, total);
    air_buf_add(b, four, 4);
    put32(four, headers_len);
    air_buf_add(b, four, 4);
    put32(four, crc32_z(0, b->data + start, 8));
    air_buf_add(b, four, 4);
    air_buf_str(b, headers);
    air_buf_str(b, data);
    put32(four, crc32_z(0, b->data + start, b->len - start));
    air_buf_add(b, four, 4);
}


static void
event(air_buf_t *b, const char *type, int exception, const char *data)
{
    size_t  start;

    start = air_eventstream_begin(b, type, exception);
    air_buf_z(b, data);
    (void) air_eventstream_end(b, start);
}


/* Feeds the pieces that begin at the cuts, 0 for none, each its own block. */
static heard_t
hear(air_str_t in, const size_t *cuts, unsigned n, size_t max,
    const air_mem_t *mem)
{
    size_t              from, to;
    heard_t             h;
    unsigned            i;
    unsigned char      *piece, *p;
    air_sse_event_t     ev;
    air_eventstream_t   es;

    air_buf_init(&h.events, mem, (size_t) -1);
    air_buf_init(&h.raw, mem, (size_t) -1);
    h.rc = AIR_AGAIN;
    h.n = 0;

    air_eventstream_init(&es, mem, max);

    from = 0;

    for (i = 0; i <= n && h.rc >= 0; i++) {
        to = i < n ? cuts[i] : in.len;

        piece = malloc(to - from + 1);
        memcpy(piece, in.data + from, to - from);
        p = piece;

        while ((h.rc = air_eventstream_feed(&es, &p, piece + (to - from),
                                            &ev)) == AIR_OK)
        {
            air_buf_byte(&h.events, ev.exception ? '(' : '{');
            air_buf_str(&h.events, ev.type);
            air_buf_byte(&h.events, '|');
            air_buf_str(&h.events, ev.data);
            air_buf_byte(&h.events, ev.exception ? ')' : '}');
            air_buf_str(&h.raw, ev.raw);
            h.n++;
        }

        free(piece);
        from = to;
    }

    if (h.rc == AIR_AGAIN) {
        air_buf_str(&h.raw, air_eventstream_rest(&es));
    }

    return h;
}


static void
test_published(const air_mem_t *mem)
{
    heard_t  h;

    h = hear(air_str_n(empty, sizeof(empty)), NULL, 0, FRAME_MAX, mem);
    is_str(air_buf_view(&h.events), "{|}", "the empty message");

    h = hear(air_str_n(bare, sizeof(bare)), NULL, 0, FRAME_MAX, mem);
    is_str(air_buf_view(&h.events), "{|{'foo':'bar'}}", "no headers");
}


static void
test_kinds(const air_mem_t *mem)
{
    heard_t    h;
    unsigned   i;
    air_buf_t  b;

    static const struct {
        const char  *name;
        size_t       len;
        const char  *headers;
        const char  *events;
        int          rc;
    }  rows[] = {
        { "an event", 20, "\013:event-type\007\0\005hello", "{hello|x}",
          AIR_AGAIN },
        { "an exception", 48,
          "\015:message-type\007\0\011exception"
          "\017:exception-type\007\0\003abc", "(abc|x)", AIR_AGAIN },
        { "an error", 61,
          "\015:message-type\007\0\005error\013:error-code\007\0\003500"
          "\016:error-message\007\0\003a\"b",
          "(500|{\"message\":\"a\\\"b\"})", AIR_AGAIN },
        { "an error that says nothing", 22,
          "\015:message-type\007\0\005error", "(|{\"message\":\"\"})",
          AIR_AGAIN },
        { "values of all types", 76,
          "\001a\0" "\001b\001" "\001c\002x" "\001d\003xx" "\001e\004xxxx"
          "\001f\005xxxxxxxx" "\001g\006\0\002xx" "\001h\007\0\001x"
          "\001i\010xxxxxxxx" "\001j\011xxxxxxxxxxxxxxxx",
          "{|x}", AIR_AGAIN },
        { "a type that is no string", 17, "\013:event-type\004\0\0\0\1",
          "{|x}", AIR_AGAIN },
        { "an unknown type of value", 3, "\001a\012", "", AIR_EINVAL },
        { "a name without bytes", 1, "\0", "", AIR_EINVAL },
        { "a name that is cut", 3, "\005ab", "", AIR_EINVAL },
        { "no type", 2, "\001a", "", AIR_EINVAL },
        { "a value that is cut", 5, "\001a\004xx", "", AIR_EINVAL },
        { "a length that is cut", 4, "\001a\007\0", "", AIR_EINVAL },
        { "a string that is cut", 6, "\001a\007\0\002x", "", AIR_EINVAL }
    };

    for (i = 0; i < N(rows); i++) {
        air_buf_init(&b, mem, FRAME_MAX);
        frame(&b, air_str_n(rows[i].headers, rows[i].len), rows[i].len,
              air_str_z("x"), rows[i].len + 17);

        h = hear(air_buf_view(&b), NULL, 0, FRAME_MAX, mem);

        is(h.rc, rows[i].rc, "%s: verdict", rows[i].name);
        is_str(air_buf_view(&h.events), rows[i].events, "%s", rows[i].name);
    }
}


static void
test_lengths(const air_mem_t *mem)
{
    heard_t    h;
    air_buf_t  b;
    air_str_t  none;

    none = air_str_n(NULL, 0);

    air_buf_init(&b, mem, FRAME_MAX);
    frame(&b, none, 0, none, 15);
    h = hear(air_buf_view(&b), NULL, 0, FRAME_MAX, mem);
    is(h.rc, AIR_EINVAL, "shorter than any frame");

    air_buf_init(&b, mem, FRAME_MAX);
    frame(&b, none, 1, none, 16);
    h = hear(air_buf_view(&b), NULL, 0, FRAME_MAX, mem);
    is(h.rc, AIR_EINVAL, "headers longer than the frame");

    air_buf_init(&b, mem, FRAME_MAX);
    frame(&b, none, 0, none, FRAME_MAX + 1);
    h = hear(air_str_n(b.data, 12), NULL, 0, FRAME_MAX, mem);
    is(h.rc, AIR_ELIMIT, "too long is told by the prelude");

    air_buf_init(&b, mem, 2 * FRAME_MAX);
    event(&b, "a", 0, "{}");
    h = hear(air_buf_view(&b), NULL, 0, b.len, mem);
    is(h.rc, AIR_AGAIN, "as long as allowed");
    h = hear(air_buf_view(&b), NULL, 0, b.len - 1, mem);
    is(h.rc, AIR_ELIMIT, "one byte too long");
}


static void
test_splits(const air_mem_t *mem)
{
    size_t     cuts[2], *every;
    heard_t    h;
    unsigned   bad, i, n;
    air_buf_t  b;
    air_str_t  in;

    static const char  want[] = "{messageStart|{\"role\":\"assistant\"}}{|}"
                                "(throttlingException|{\"message\":\"x\"})"
                                "{d|{}}";

    air_buf_init(&b, mem, FRAME_MAX);
    event(&b, "messageStart", 0, "{\"role\":\"assistant\"}");
    air_buf_add(&b, empty, sizeof(empty));
    event(&b, "throttlingException", 1, "{\"message\":\"x\"}");
    event(&b, "d", 0, "{}");

    in = air_buf_view(&b);
    h = hear(in, NULL, 0, FRAME_MAX, mem);

    is_str(air_buf_view(&h.events), want, "whole");
    is(h.n, 4, "frames");
    ok(air_str_eq(air_buf_view(&h.raw), in), "raws are the input");

    bad = 0;

    for (cuts[0] = 0; cuts[0] <= in.len; cuts[0]++) {
        for (cuts[1] = cuts[0]; cuts[1] <= in.len; cuts[1] += 3) {
            h = hear(in, cuts, 2, FRAME_MAX, mem);

            bad += !air_str_eqz(air_buf_view(&h.events), want)
                   || !air_str_eq(air_buf_view(&h.raw), in);
        }
    }

    is(bad, 0, "every pair of cuts gives the same");

    every = calloc(in.len, sizeof(size_t));

    for (n = 0; n < in.len; n++) {
        every[n] = n;
    }

    h = hear(in, every, n, FRAME_MAX, mem);
    free(every);

    is_str(air_buf_view(&h.events), want, "byte by byte");

    /* a stream that is cut: the rest is told, nothing is made up */

    bad = 0;

    for (i = 0; i < in.len; i++) {
        h = hear(air_str_n(in.data, i), NULL, 0, FRAME_MAX, mem);
        bad += h.rc != AIR_AGAIN
               || !air_str_eq(air_buf_view(&h.raw), air_str_n(in.data, i));
    }

    is(bad, 0, "every length of the stream waits for the rest");
}


static void
test_corrupt(const air_mem_t *mem)
{
    size_t              at;
    heard_t             h;
    unsigned            bad, bit;
    air_buf_t           b;
    air_str_t           in;
    unsigned char      *p;
    air_sse_event_t     ev;
    air_eventstream_t   es;

    air_buf_init(&b, mem, FRAME_MAX);
    event(&b, "contentBlockDelta", 0, "{\"delta\":{\"text\":\"hello\"}}");
    in = air_buf_view(&b);

    bad = 0;

    for (at = 0; at < in.len; at++) {
        for (bit = 0; bit < 8; bit++) {
            in.data[at] ^= (unsigned char) (1u << bit);
            h = hear(in, NULL, 0, FRAME_MAX, mem);
            bad += h.rc != AIR_ECORRUPT || h.n != 0;
            in.data[at] ^= (unsigned char) (1u << bit);
        }
    }

    is(bad, 0, "no flipped bit passes");

    /* what has failed stays failed */

    air_eventstream_init(&es, mem, FRAME_MAX);
    in.data[9] ^= 1;
    p = in.data;
    is(air_eventstream_feed(&es, &p, in.data + in.len, &ev), AIR_ECORRUPT,
       "a bad prelude");
    in.data[9] ^= 1;
    p = in.data;
    is(air_eventstream_feed(&es, &p, in.data + in.len, &ev), AIR_ECORRUPT,
       "and a good frame after it");
}


static void
test_memory(void)
{
    mem_t       m;
    size_t      i, cut;
    heard_t     h;
    unsigned    failed;
    air_buf_t   b;
    air_mem_t   mem, failing;

    mem_t       keep;

    mem = mem_init(&keep, 0);

    air_buf_init(&b, &mem, FRAME_MAX);
    event(&b, "a", 0, "{\"delta\":{\"text\":\"hello\"}}");
    frame(&b, air_str_n("\015:message-type\007\0\005error", 22), 22,
          air_str_n(NULL, 0), 38);

    cut = 5;
    failed = 0;

    for (i = 1; ; i++) {
        failing = mem_init(&m, i);
        h = hear(air_buf_view(&b), &cut, 1, FRAME_MAX, &failing);
        failed += h.rc == AIR_ENOMEM;

        if (m.calls < i) {
            mem_free(&m);
            break;
        }

        mem_free(&m);
    }

    ok(failed >= 2, "failures of memory are told");
    is(h.rc, AIR_AGAIN, "with memory all is well");

    /* buffers are used again: memory does not grow with the stream */

    b.len = 0;

    for (i = 0; i < 20; i++) {
        event(&b, "contentBlockDelta", 0, "{\"delta\":{\"text\":\"hi\"}}");
    }

    {
        unsigned char      *p;
        air_sse_event_t     ev;
        air_eventstream_t   es;

        failing = mem_init(&m, 0);
        air_eventstream_init(&es, &failing, FRAME_MAX);

        for (i = 0; i < b.len; i++) {
            p = b.data + i;

            while (air_eventstream_feed(&es, &p, b.data + i + 1, &ev)
                   == AIR_OK)
            {
                /* void */
            }
        }

        ok(m.calls <= 3, "20 frames byte by byte took %zu allocations",
           m.calls);
        mem_free(&m);
    }

    mem_free(&keep);
}


int
main(void)
{
    mem_t      m;
    air_mem_t  mem;

    mem = mem_init(&m, 0);

    test_published(&mem);
    test_kinds(&mem);
    test_lengths(&mem);
    test_splits(&mem);
    test_corrupt(&mem);
    test_memory();

    mem_free(&m);

    return done();
}
