
/*
 * Trace context as the grammar has it, byte by byte: what is not exactly that
 * is not passed on.
 */

#include "air_trace.h"
#include "air_draw.h"
#include "air_err.h"


#define AIR_TRACE_KEY     256
#define AIR_TRACE_VALUE   256
#define AIR_TRACE_FLAGS   0x03


/* the value of a small hex digit, or -1 */
static int
air_trace_digit(unsigned char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/* n bytes of hex; AIR_EINVAL when they are none, or all zero */
static int
air_trace_hex(const unsigned char *p, unsigned char *out, unsigned n,
    int zero_ok)
{
    int       high, low, any;
    unsigned  i;

    any = zero_ok;

    for (i = 0; i < n; i++) {
        high = air_trace_digit(p[2 * i]);
        low = air_trace_digit(p[2 * i + 1]);

        if (high < 0 || low < 0) {
            return AIR_EINVAL;
        }

        out[i] = (unsigned char) (high << 4 | low);
        any |= out[i] != 0;
    }

    return any ? AIR_OK : AIR_EINVAL;
}


int
air_trace_read(air_str_t value, air_trace_t *trace)
{
    unsigned char         version, flags, span[AIR_TRACE_SPAN];
    const unsigned char  *p;

    p = value.data;

    if (value.len < AIR_TRACE_PARENT
        || air_trace_hex(p, &version, 1, 1) != AIR_OK || version == 0xff
        || p[2] != '-' || p[35] != '-' || p[52] != '-'
        || air_trace_hex(p + 3, trace->id, AIR_TRACE_ID, 0) != AIR_OK
        || air_trace_hex(p + 36, span, AIR_TRACE_SPAN, 0) != AIR_OK
        || air_trace_hex(p + 53, &flags, 1, 1) != AIR_OK)
    {
        return AIR_EINVAL;
    }

    if (value.len > AIR_TRACE_PARENT
        && (version == 0 || p[AIR_TRACE_PARENT] != '-'))
    {
        return AIR_EINVAL;
    }

    trace->flags = flags & AIR_TRACE_FLAGS;

    return AIR_OK;
}


static int
air_trace_small(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}


/* a key, "tenant@system" or plain, at most 256 bytes */
static int
air_trace_key(air_str_t key)
{
    size_t  i, at;

    if (key.len == 0 || key.len > AIR_TRACE_KEY
        || !air_trace_small(key.data[0]))
    {
        return 0;
    }

    at = 0;

    for (i = 1; i < key.len; i++) {

        if (key.data[i] == '@') {
            if (at) {
                return 0;
            }

            at = i;

        } else if (!air_trace_small(key.data[i])
                   && memchr("_-*/", key.data[i], 4) == NULL)
        {
            return 0;
        }
    }

    if (at == 0) {
        return 1;
    }

    /* a system's name begins with a letter */

    return at <= 241 && key.len - at - 1 <= 14 && key.len - at - 1 >= 1
           && key.data[at + 1] >= 'a';
}


static int
air_trace_value(air_str_t value)
{
    size_t  i;

    if (value.len == 0 || value.len > AIR_TRACE_VALUE
        || value.data[value.len - 1] == ' ')
    {
        return 0;
    }

    for (i = 0; i < value.len; i++) {
        if (value.data[i] < 0x20 || value.data[i] > 0x7e
            || value.data[i] == '=')
        {
            return 0;
        }
    }

    return 1;
}


int
air_trace_state(air_str_t value)
{
    unsigned        i, n;
    air_str_t       one, key[AIR_TRACE_LIST];
    unsigned char  *p, *end, *last, *equal;

    if (value.len == 0 || value.len > AIR_TRACE_STATE) {
        return AIR_EINVAL;
    }

    n = 0;
    last = value.data + value.len;

    for (p = value.data; p < last; p = end + 1) {

        end = memchr(p, ',', last - p);
        if (end == NULL) {
            end = last;
        }

        one = air_str_n(p, end - p);

        while (one.len && (one.data[0] == ' ' || one.data[0] == '\t')) {
            one.data++;
            one.len--;
        }

        while (one.len && (one.data[one.len - 1] == ' '
                           || one.data[one.len - 1] == '\t'))
        {
            one.len--;
        }

        /* members may be empty */

        if (one.len == 0) {
            continue;
        }

        equal = memchr(one.data, '=', one.len);

        if (equal == NULL || n == AIR_TRACE_LIST) {
            return AIR_EINVAL;
        }

        key[n] = air_str_n(one.data, equal - one.data);

        if (!air_trace_key(key[n])
            || !air_trace_value(air_str_n(equal + 1, one.data + one.len
                                                     - equal - 1)))
        {
            return AIR_EINVAL;
        }

        for (i = 0; i < n; i++) {
            if (air_str_eq(key[i], key[n])) {
                return AIR_EINVAL;
            }
        }

        n++;
    }

    return n ? AIR_OK : AIR_EINVAL;
}


void
air_trace_span(const unsigned char request[16], unsigned n,
    unsigned char span[AIR_TRACE_SPAN])
{
    uint64_t  a, b;

    memcpy(&a, request, 8);
    memcpy(&b, request + 8, 8);

    a = air_mix(a + n) ^ air_mix(b);

    if (a == 0) {
        a = AIR_GOLDEN;
    }

    memcpy(span, &a, AIR_TRACE_SPAN);
}


static unsigned char *
air_trace_put(unsigned char *p, const unsigned char *data, unsigned n)
{
    unsigned  i;

    static const char  hex[] = "0123456789abcdef";

    for (i = 0; i < n; i++) {
        *p++ = hex[data[i] >> 4];
        *p++ = hex[data[i] & 15];
    }

    return p;
}


void
air_trace_write(const air_trace_t *trace,
    const unsigned char span[AIR_TRACE_SPAN],
    unsigned char out[AIR_TRACE_PARENT])
{
    unsigned char  *p;

    memcpy(out, "00-", 3);

    p = air_trace_put(out + 3, trace->id, AIR_TRACE_ID);
    *p++ = '-';
    p = air_trace_put(p, span, AIR_TRACE_SPAN);
    *p++ = '-';
    (void) air_trace_put(p, &trace->flags, 1);
}
