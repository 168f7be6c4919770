
/*
 * Amazon event streams: bytes in, events out, and the other way.  A frame
 * that lies in one piece is never copied.  The prelude is checked as soon as
 * it is there: a length that is not to be trusted is never waited for.
 */

#include <zlib.h>

#include "air_eventstream.h"


#define AIR_ES_PRELUDE  12
#define AIR_ES_CRC      4
#define AIR_ES_LEAST    (AIR_ES_PRELUDE + AIR_ES_CRC)

/* types of header values */
#define AIR_ES_BYTES    6
#define AIR_ES_STRING   7
#define AIR_ES_UUID     9


/* The headers that mean something to us. */
typedef struct {
    air_str_t  message;           /* event, exception, error                */
    air_str_t  event;
    air_str_t  exception;
    air_str_t  code;
    air_str_t  text;
} air_es_headers_t;


static int air_es_prelude(air_eventstream_t *es, const unsigned char *p);
static int air_es_frame(air_eventstream_t *es, air_str_t raw,
    air_sse_event_t *ev);
static int air_es_headers(const unsigned char *p, const unsigned char *last,
    air_es_headers_t *h);
static void air_es_header(air_str_t name, air_str_t value,
    air_es_headers_t *h);
static int air_es_event(air_eventstream_t *es, const air_es_headers_t *h,
    air_sse_event_t *ev);


static uint32_t
air_es_get(const unsigned char *p)
{
    return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16
           | (uint32_t) p[2] << 8 | p[3];
}


static void
air_es_put(unsigned char *p, uint32_t n)
{
    p[0] = (unsigned char) (n >> 24);
    p[1] = (unsigned char) (n >> 16);
    p[2] = (unsigned char) (n >> 8);
    p[3] = (unsigned char) n;
}


static uint32_t
air_es_crc(const unsigned char *p, size_t n)
{
    return (uint32_t) crc32_z(0, p, n);
}


void
air_eventstream_init(air_eventstream_t *es, const air_mem_t *mem,
    size_t max_frame)
{
    air_buf_init(&es->carry, mem, max_frame);
    air_buf_init(&es->said, mem, 8 * max_frame);

    es->max_frame = max_frame;
    es->total = 0;
    es->spent = 0;
}


/* A decoder that has failed stays failed: it has lost its place. */
static int
air_es_fail(air_eventstream_t *es, int rc)
{
    es->carry.error = rc;

    return rc;
}


int
air_eventstream_feed(air_eventstream_t *es, unsigned char **pos,
    unsigned char *last, air_sse_event_t *ev)
{
    int        rc;
    size_t     n, left;
    air_str_t  raw;

    if (es->carry.error != AIR_OK) {
        return es->carry.error;
    }

    if (es->spent) {
        es->carry.len = 0;
        es->spent = 0;
    }

    left = (size_t) (last - *pos);

    if (es->total == 0) {

        if (es->carry.len != 0 || left < AIR_ES_PRELUDE) {
            n = AIR_ES_PRELUDE - es->carry.len;
            n = n < left ? n : left;

            rc = air_buf_add(&es->carry, *pos, n);
            if (rc != AIR_OK) {
                return rc;
            }

            *pos += n;
            left -= n;

            if (es->carry.len < AIR_ES_PRELUDE) {
                return AIR_AGAIN;
            }
        }

        rc = air_es_prelude(es, es->carry.len ? es->carry.data : *pos);
        if (rc != AIR_OK) {
            return air_es_fail(es, rc);
        }
    }

    n = es->total - es->carry.len;

    if (n > left) {
        rc = air_buf_add(&es->carry, *pos, left);
        if (rc != AIR_OK) {
            return rc;
        }

        *pos += left;

        return AIR_AGAIN;
    }

    ev->direct = es->carry.len == 0;

    if (ev->direct) {
        raw = air_str_n(*pos, n);

    } else {
        rc = air_buf_add(&es->carry, *pos, n);
        if (rc != AIR_OK) {
            return rc;
        }

        raw = air_buf_view(&es->carry);
    }

    rc = air_es_frame(es, raw, ev);
    if (rc != AIR_OK) {
        return air_es_fail(es, rc);
    }

    *pos += n;

    es->total = 0;
    es->spent = 1;

    return AIR_OK;
}


static int
air_es_prelude(air_eventstream_t *es, const unsigned char *p)
{
    size_t  total, headers;

    if (air_es_get(p + 8) != air_es_crc(p, 8)) {
        return AIR_ECORRUPT;
    }

    total = air_es_get(p);
    headers = air_es_get(p + 4);

    if (total < AIR_ES_LEAST || headers > total - AIR_ES_LEAST) {
        return AIR_EINVAL;
    }

    if (total > es->max_frame) {
        return AIR_ELIMIT;
    }

    es->total = total;

    return AIR_OK;
}


/* A whole frame whose prelude is checked. */
static int
air_es_frame(air_eventstream_t *es, air_str_t raw, air_sse_event_t *ev)
{
    int                   rc;
    size_t                n;
    air_es_headers_t      h;
    const unsigned char  *p, *last;

    last = raw.data + raw.len - AIR_ES_CRC;

    if (air_es_get(last) != air_es_crc(raw.data, raw.len - AIR_ES_CRC)) {
        return AIR_ECORRUPT;
    }

    n = air_es_get(raw.data + 4);
    p = raw.data + AIR_ES_PRELUDE;

    memset(&h, 0, sizeof(air_es_headers_t));

    rc = air_es_headers(p, p + n, &h);
    if (rc != AIR_OK) {
        return rc;
    }

    p += n;

    ev->raw = raw;
    ev->data = air_str_n(p, (size_t) (last - p));
    ev->has_data = 1;

    return air_es_event(es, &h, ev);
}


static int
air_es_headers(const unsigned char *p, const unsigned char *last,
    air_es_headers_t *h)
{
    size_t     n;
    unsigned   type;
    air_str_t  name, value;

    /* bytes of values of a fixed length */
    static const unsigned char  fixed[] = { 0, 0, 1, 2, 4, 8, 0, 0, 8, 16 };

    while (p < last) {
        n = *p++;

        if (n == 0 || (size_t) (last - p) <= n) {
            return AIR_EINVAL;
        }

        name = air_str_n(p, n);
        p += n;
        type = *p++;

        if (type > AIR_ES_UUID) {
            return AIR_EINVAL;
        }

        n = fixed[type];

        if (type == AIR_ES_BYTES || type == AIR_ES_STRING) {

            if (last - p < 2) {
                return AIR_EINVAL;
            }

            n = (size_t) p[0] << 8 | p[1];
            p += 2;
        }

        if ((size_t) (last - p) < n) {
            return AIR_EINVAL;
        }

        value = air_str_n(p, n);
        p += n;

        if (type == AIR_ES_STRING && name.data[0] == ':') {
            air_es_header(name, value, h);
        }
    }

    return AIR_OK;
}


static void
air_es_header(air_str_t name, air_str_t value, air_es_headers_t *h)
{
    if (air_str_eqz(name, ":event-type")) {
        h->event = value;

    } else if (air_str_eqz(name, ":message-type")) {
        h->message = value;

    } else if (air_str_eqz(name, ":exception-type")) {
        h->exception = value;

    } else if (air_str_eqz(name, ":error-code")) {
        h->code = value;

    } else if (air_str_eqz(name, ":error-message")) {
        h->text = value;
    }
}


/* What the headers make of the frame. */
static int
air_es_event(air_eventstream_t *es, const air_es_headers_t *h,
    air_sse_event_t *ev)
{
    ev->exception = air_str_eqz(h->message, "exception")
                    || air_str_eqz(h->message, "error");

    if (!ev->exception) {
        ev->type = h->event;
        return AIR_OK;
    }

    if (!air_str_eqz(h->message, "error")) {
        ev->type = h->exception;
        return AIR_OK;
    }

    ev->type = h->code;

    es->said.len = 0;

    air_buf_z(&es->said, "{\"message\":");
    air_buf_json(&es->said, h->text);
    air_buf_byte(&es->said, '}');

    ev->data = air_buf_view(&es->said);

    return es->said.error;
}


air_str_t
air_eventstream_rest(const air_eventstream_t *es)
{
    if (es->spent) {
        return air_str_n(NULL, 0);
    }

    return air_buf_view(&es->carry);
}


static void
air_es_write(air_buf_t *b, const char *name, const char *value)
{
    size_t  n;

    n = strlen(value);

    air_buf_byte(b, (unsigned char) strlen(name));
    air_buf_z(b, name);
    air_buf_byte(b, AIR_ES_STRING);
    air_buf_byte(b, (unsigned char) (n >> 8));
    air_buf_byte(b, (unsigned char) n);
    air_buf_z(b, value);
}


size_t
air_eventstream_begin(air_buf_t *b, const char *type, int exception)
{
    size_t                start;
    static const char     room[AIR_ES_PRELUDE];

    start = b->len;

    air_buf_add(b, room, sizeof(room));

    air_es_write(b, exception ? ":exception-type" : ":event-type", type);
    air_es_write(b, ":content-type", "application/json");
    air_es_write(b, ":message-type", exception ? "exception" : "event");

    if (b->error == AIR_OK) {
        air_es_put(b->data + start + 4,
                   (uint32_t) (b->len - start - AIR_ES_PRELUDE));
    }

    return start;
}


int
air_eventstream_end(air_buf_t *b, size_t start)
{
    size_t          n;
    unsigned char  *p;

    if (air_buf_reserve(b, AIR_ES_CRC) != AIR_OK) {
        return b->error;
    }

    p = b->data + start;
    n = b->len - start;

    air_es_put(p, (uint32_t) (n + AIR_ES_CRC));
    air_es_put(p + 8, air_es_crc(p, 8));
    air_es_put(p + n, air_es_crc(p, n));

    b->len += AIR_ES_CRC;

    return AIR_OK;
}
