
/*
 * Amazon event streams: whatever the split, the events are the same and their
 * raw bytes with the rest are the input.  The first byte chooses: the bytes
 * as they are, or frames made of them whose lengths and CRCs are right, so
 * that headers are reached.  The next two seed the cuts.
 */

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "../unit/mem.h"
#include "../../ngx_ai_router_module/core/air_eventstream.h"


#define CHECK(cond)                                                           \
    if (!(cond)) {                                                            \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);            \
        abort();                                                              \
    }

#define FRAME_MAX  512


typedef struct {
    air_buf_t  events;
    air_buf_t  raw;
    int        rc;
} run_t;


int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);


static void
put32(air_buf_t *b, size_t n)
{
    air_buf_byte(b, (unsigned char) (n >> 24));
    air_buf_byte(b, (unsigned char) (n >> 16));
    air_buf_byte(b, (unsigned char) (n >> 8));
    air_buf_byte(b, (unsigned char) n);
}


/* Frames of data: a byte each for the lengths of headers and payload. */
static void
make(air_buf_t *b, const unsigned char *data, size_t size)
{
    size_t  h, n, start;

    while (size >= 2) {
        h = data[0];
        n = data[1];
        data += 2;
        size -= 2;

        h = h < size ? h : size;
        n = n < size - h ? n : size - h;

        start = b->len;
        put32(b, 16 + h + n);
        put32(b, h);
        put32(b, crc32_z(0, b->data + start, 8));
        air_buf_add(b, data, h + n);
        put32(b, crc32_z(0, b->data + start, b->len - start));

        data += h + n;
        size -= h + n;
    }

    air_buf_add(b, data, size);
}


/* Feeds data in pieces of 1 to most bytes, 0: in one, each its own block. */
static void
run_decoder(run_t *run, air_str_t in, unsigned seed, size_t most,
    const air_mem_t *mem)
{
    size_t              n;
    unsigned char      *piece, *p;
    air_sse_event_t     ev;
    air_eventstream_t   es;

    air_buf_init(&run->events, mem, (size_t) -1);
    air_buf_init(&run->raw, mem, (size_t) -1);
    run->rc = AIR_AGAIN;

    air_eventstream_init(&es, mem, FRAME_MAX);

    while (in.len != 0 && run->rc >= 0) {
        seed = seed * 1103515245 + 12345;
        n = most != 0 ? 1 + (seed >> 16) % most : in.len;
        n = n < in.len ? n : in.len;

        piece = malloc(n);
        memcpy(piece, in.data, n);
        p = piece;

        while ((run->rc = air_eventstream_feed(&es, &p, piece + n, &ev))
               == AIR_OK)
        {
            air_buf_uint(&run->events, ev.exception);
            air_buf_uint(&run->events, ev.type.len);
            air_buf_byte(&run->events, ':');
            air_buf_str(&run->events, ev.type);
            air_buf_uint(&run->events, ev.data.len);
            air_buf_byte(&run->events, ':');
            air_buf_str(&run->events, ev.data);
            air_buf_str(&run->raw, ev.raw);

            CHECK(ev.raw.len <= FRAME_MAX);
            CHECK(ev.direct == (ev.raw.data >= piece
                                && ev.raw.data + ev.raw.len <= piece + n));
        }

        free(piece);

        in.data += n;
        in.len -= n;
    }

    if (run->rc == AIR_AGAIN) {
        air_buf_str(&run->raw, air_eventstream_rest(&es));
    }
}


static void
same(const run_t *a, const run_t *b)
{
    CHECK(a->rc == b->rc);
    CHECK(air_str_eq(air_buf_view(&a->events), air_buf_view(&b->events)));

    if (a->rc == AIR_AGAIN) {
        CHECK(air_str_eq(air_buf_view(&a->raw), air_buf_view(&b->raw)));
    }
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    mem_t      m;
    run_t      whole, bytes, cuts;
    unsigned   seed;
    air_buf_t  b;
    air_mem_t  mem;

    if (size < 4) {
        return 0;
    }

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, (size_t) -1);

    seed = data[1] * 256u + data[2];

    if (data[0] & 1) {
        make(&b, data + 3, size - 3);

    } else {
        air_buf_add(&b, data + 3, size - 3);
    }

    run_decoder(&whole, air_buf_view(&b), 0, 0, &mem);
    run_decoder(&bytes, air_buf_view(&b), 0, 1, &mem);
    run_decoder(&cuts, air_buf_view(&b), seed, 1 + seed % 64, &mem);

    same(&whole, &bytes);
    same(&whole, &cuts);

    if (whole.rc == AIR_AGAIN) {
        CHECK(air_str_eq(air_buf_view(&whole.raw), air_buf_view(&b)));
    }

    mem_free(&m);

    return 0;
}
