
/*
 * Server-sent events: whatever the split, the events are the same and their
 * raw bytes with the rest are the input.  The first bytes of the input seed
 * the cuts; the whole is compared with single bytes and with a slow reader
 * that knows all of the text at once.
 */

#include <stdio.h>
#include <stdlib.h>

#include "../unit/mem.h"
#include "../../ngx_ai_router_module/core/air_sse.h"


#define CHECK(cond)                                                           \
    if (!(cond)) {                                                            \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);            \
        abort();                                                              \
    }

#define EVENT_MAX  256


/* What one run gave: events written out in one form, raw bytes, verdict. */
typedef struct {
    air_buf_t  events;
    air_buf_t  raw;
    int        rc;
} run_t;


int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);


static void
run_init(run_t *run, const air_mem_t *mem)
{
    air_buf_init(&run->events, mem, (size_t) -1);
    air_buf_init(&run->raw, mem, (size_t) -1);
    run->rc = AIR_AGAIN;
}


static void
run_event(run_t *run, unsigned has_data, air_str_t type, air_str_t data)
{
    air_buf_uint(&run->events, has_data);
    air_buf_byte(&run->events, ':');
    air_buf_uint(&run->events, type.len);
    air_buf_byte(&run->events, ':');
    air_buf_str(&run->events, type);
    air_buf_uint(&run->events, data.len);
    air_buf_byte(&run->events, ':');
    air_buf_str(&run->events, data);
    air_buf_byte(&run->events, '\n');
}


/* Feeds data in pieces of 1 to most bytes, 0: in one, each its own block. */
static void
run_decoder(run_t *run, const unsigned char *data, size_t size, unsigned seed,
    size_t most, const air_mem_t *mem)
{
    size_t            n;
    air_sse_t         sse;
    air_sse_event_t   ev;
    unsigned char    *piece, *p;

    run_init(run, mem);
    air_sse_init(&sse, mem, EVENT_MAX);

    while (size != 0 && run->rc >= 0) {
        seed = seed * 1103515245 + 12345;
        n = most != 0 ? 1 + (seed >> 16) % most : size;
        n = n < size ? n : size;

        piece = malloc(n);
        memcpy(piece, data, n);

        p = piece;

        while ((run->rc = air_sse_feed(&sse, &p, piece + n, &ev)) == AIR_OK) {
            run_event(run, ev.has_data, ev.type, ev.data);
            air_buf_str(&run->raw, ev.raw);

            CHECK(ev.raw.len <= EVENT_MAX + 2);
            CHECK(ev.direct == (ev.raw.data >= piece
                                && ev.raw.data + ev.raw.len <= piece + n));
        }

        free(piece);

        data += n;
        size -= n;
    }

    if (run->rc == AIR_AGAIN) {
        air_buf_str(&run->raw, air_sse_rest(&sse));

    } else {
        CHECK(air_sse_rest(&sse).len <= EVENT_MAX + 2);
    }
}


/* One line of the text, without its end; moves *p after that. */
static air_str_t
ref_line(const unsigned char **p, const unsigned char *last, int *ended)
{
    air_str_t  line;

    line = air_str_n(*p, 0);

    while (*p < last && **p != '\r' && **p != '\n') {
        (*p)++;
        line.len++;
    }

    *ended = *p < last;

    if (*ended) {
        *p += last - *p > 1 && (*p)[0] == '\r' && (*p)[1] == '\n' ? 2 : 1;
    }

    return line;
}


/* The standard's text, line by line; stops where an event is too long. */
static void
run_slowly(run_t *run, const unsigned char *data, size_t size,
    const air_mem_t *mem)
{
    int                   ended;
    unsigned              lines, any;
    size_t                n;
    air_buf_t             text;
    air_str_t             line, type, name, value;
    const unsigned char  *p, *last, *from, *at;

    run_init(run, mem);

    p = data;
    last = data + size;
    from = p;

    p += size >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    any = 0;
    lines = 0;
    type = air_str_n(NULL, 0);
    air_buf_init(&text, mem, (size_t) -1);

    for ( ;; ) {
        at = p;
        line = ref_line(&p, last, &ended);

        /* all of it but the LF of the CR LF at the end */
        n = (size_t) (at - from) + line.len + (size_t) ended;

        if (n > EVENT_MAX) {
            run->rc = AIR_ELIMIT;
            return;
        }

        if (!ended) {
            return;
        }

        if (line.len == 0) {

            if (any) {
                run_event(run, lines != 0, type, air_buf_view(&text));
                from = p;
            }

            any = 0;
            lines = 0;
            type.len = 0;
            text.len = 0;
            continue;
        }

        any = 1;
        name = line;
        value = air_str_n(NULL, 0);
        at = memchr(line.data, ':', line.len);

        if (at != NULL) {
            name.len = (size_t) (at - line.data);
            value = air_str_n(at + 1, line.len - name.len - 1);

            if (value.len != 0 && value.data[0] == ' ') {
                value.data++;
                value.len--;
            }
        }

        if (air_str_eqz(name, "event")) {
            type = value;

        } else if (air_str_eqz(name, "data")) {

            if (lines++ != 0) {
                air_buf_byte(&text, '\n');
            }

            air_buf_str(&text, value);
        }
    }
}


static void
same(const run_t *a, const run_t *b)
{
    CHECK(a->rc == b->rc);
    CHECK(air_str_eq(air_buf_view(&a->events), air_buf_view(&b->events)));
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    mem_t      m;
    run_t      whole, bytes, cuts, slow;
    unsigned   seed;
    air_mem_t  mem;

    if (size < 3) {
        return 0;
    }

    mem = mem_init(&m, 0);

    seed = data[0] * 256u + data[1];
    data += 2;
    size -= 2;

    run_slowly(&slow, data, size, &mem);

    run_decoder(&whole, data, size, 0, 0, &mem);
    run_decoder(&bytes, data, size, 0, 1, &mem);
    run_decoder(&cuts, data, size, seed, 1 + seed % 64, &mem);

    same(&slow, &bytes);
    same(&slow, &cuts);
    same(&slow, &whole);

    if (slow.rc == AIR_AGAIN) {
        CHECK(air_str_eq(air_buf_view(&bytes.raw), air_str_n(data, size)));
        CHECK(air_str_eq(air_buf_view(&cuts.raw), air_str_n(data, size)));
        CHECK(air_str_eq(air_buf_view(&whole.raw), air_str_n(data, size)));
    }

    mem_free(&m);

    return 0;
}
