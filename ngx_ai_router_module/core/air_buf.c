
/*
 * Growing bytes and the few writers that every room needs: decimal numbers,
 * money, JSON strings.  There is no free, so growth leaves the old bytes to
 * the allocator; doubling keeps their sum below what is in use.
 */

#include "air_buf.h"
#include "air_utf8.h"


#define AIR_BUF_MIN       64
#define AIR_BUF_DECIMALS  20                  /* digits of 2^64 - 1 */

#define AIR_PUSD_DIGITS   12
#define AIR_PUSD          1000000000000ull    /* pico-dollars in a dollar */


static int air_buf_grow(air_buf_t *b, size_t n);


/* 1 for ASCII that stands for itself inside a JSON string */
static const unsigned char  air_buf_plain[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1,    /* " &   */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1,    /* < >   */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1,    /* \     */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
};


void
air_buf_init(air_buf_t *b, const air_mem_t *mem, size_t cap)
{
    b->data = NULL;
    b->len = 0;
    b->size = 0;
    b->cap = cap;
    b->mem = mem;
    b->error = AIR_OK;
}


int
air_buf_reserve(air_buf_t *b, size_t n)
{
    if (b->error == AIR_OK && n <= b->size - b->len) {
        return AIR_OK;
    }

    return air_buf_grow(b, n);
}


static int
air_buf_grow(air_buf_t *b, size_t n)
{
    size_t          size;
    unsigned char  *data;

    if (b->error != AIR_OK) {
        return b->error;
    }

    if (b->len > b->cap || n > b->cap - b->len) {
        b->error = AIR_ELIMIT;
        return b->error;
    }

    size = b->size > b->cap / 2 ? b->cap : b->size * 2;

    if (size < AIR_BUF_MIN) {
        size = AIR_BUF_MIN;
    }

    if (size < b->len + n) {
        size = b->len + n;
    }

    if (size > b->cap) {
        size = b->cap;
    }

    data = air_mem_get(b->mem, size);
    if (data == NULL) {
        b->error = AIR_ENOMEM;
        return b->error;
    }

    if (b->len != 0) {
        memcpy(data, b->data, b->len);
    }

    b->data = data;
    b->size = size;

    return AIR_OK;
}


int
air_buf_add(air_buf_t *b, const void *data, size_t n)
{
    int  rc;

    rc = air_buf_reserve(b, n);

    if (rc != AIR_OK || n == 0) {
        return rc;
    }

    memcpy(b->data + b->len, data, n);
    b->len += n;

    return AIR_OK;
}


int
air_buf_str(air_buf_t *b, air_str_t s)
{
    return air_buf_add(b, s.data, s.len);
}


int
air_buf_z(air_buf_t *b, const char *text)
{
    return air_buf_add(b, text, strlen(text));
}


int
air_buf_byte(air_buf_t *b, unsigned char c)
{
    return air_buf_add(b, &c, 1);
}


int
air_buf_uint(air_buf_t *b, uint64_t n)
{
    unsigned char  *p, digits[AIR_BUF_DECIMALS];

    p = digits + AIR_BUF_DECIMALS;

    do {
        *--p = (unsigned char) ('0' + n % 10);
        n /= 10;
    } while (n != 0);

    return air_buf_add(b, p, (size_t) (digits + AIR_BUF_DECIMALS - p));
}


int
air_buf_int(air_buf_t *b, int64_t n)
{
    if (n >= 0) {
        return air_buf_uint(b, (uint64_t) n);
    }

    (void) air_buf_byte(b, '-');

    /* unsigned negation, for -2^63 has no positive twin */
    return air_buf_uint(b, 0 - (uint64_t) n);
}


int
air_buf_milli(air_buf_t *b, uint64_t n)
{
    unsigned       part, len;
    unsigned char  digits[4];

    (void) air_buf_uint(b, n / 1000);

    part = (unsigned) (n % 1000);

    if (part == 0) {
        return b->error;
    }

    digits[0] = '.';
    digits[1] = (unsigned char) ('0' + part / 100);
    digits[2] = (unsigned char) ('0' + part / 10 % 10);
    digits[3] = (unsigned char) ('0' + part % 10);

    for (len = 4; digits[len - 1] == '0'; len--) { /* void */ }

    return air_buf_add(b, digits, len);
}


int
air_buf_pusd(air_buf_t *b, uint64_t pusd)
{
    int            rc;
    size_t         n;
    uint64_t       frac;
    unsigned char  digits[1 + AIR_PUSD_DIGITS];

    rc = air_buf_uint(b, pusd / AIR_PUSD);
    frac = pusd % AIR_PUSD;

    if (frac == 0) {
        return rc;
    }

    digits[0] = '.';

    for (n = AIR_PUSD_DIGITS; n > 0; n--) {
        digits[n] = (unsigned char) ('0' + frac % 10);
        frac /= 10;
    }

    n = sizeof(digits);

    while (digits[n - 1] == '0') {
        n--;
    }

    return air_buf_add(b, digits, n);
}


/* Appends what stands for the ASCII byte c, which may not stand as it is. */
static int
air_buf_escape(air_buf_t *b, unsigned char c)
{
    char                name;
    unsigned char       text[6];
    static const char   hex[] = "0123456789abcdef";

    switch (c) {

    case '"':
    case '\\':
        name = (char) c;
        break;

    case '\b':
        name = 'b';
        break;

    case '\f':
        name = 'f';
        break;

    case '\n':
        name = 'n';
        break;

    case '\r':
        name = 'r';
        break;

    case '\t':
        name = 't';
        break;

    default:
        memcpy(text, "\\u00", 4);
        text[4] = (unsigned char) hex[c >> 4];
        text[5] = (unsigned char) hex[c & 15];

        return air_buf_add(b, text, 6);
    }

    text[0] = '\\';
    text[1] = (unsigned char) name;

    return air_buf_add(b, text, 2);
}


int
air_buf_json(air_buf_t *b, air_str_t s)
{
    size_t                n, bad;
    const unsigned char  *p, *run, *last;

    /* the null string has no address to count from */

    if (s.len == 0) {
        return air_buf_z(b, "\"\"");
    }

    (void) air_buf_byte(b, '"');

    p = s.data;
    last = p + s.len;

    /* what may stand as it is goes out in runs */
    run = p;

    while (p < last && b->error == AIR_OK) {

        if (air_buf_plain[*p]) {
            p++;
            continue;
        }

        if (*p < 0x80) {
            (void) air_buf_add(b, run, (size_t) (p - run));
            (void) air_buf_escape(b, *p++);
            run = p;
            continue;
        }

        n = air_utf8_next(p, last, &bad);

        if (n == 0) {
            (void) air_buf_add(b, run, (size_t) (p - run));
            (void) air_buf_add(b, "\xef\xbf\xbd", 3);
            p += bad;
            run = p;
            continue;
        }

        if (n == 3 && memcmp(p, "\xe2\x80", 2) == 0 && (p[2] | 1) == 0xa9) {
            (void) air_buf_add(b, run, (size_t) (p - run));
            (void) air_buf_z(b, p[2] == 0xa8 ? "\\u2028" : "\\u2029");
            run = p + n;
        }

        p += n;
    }

    (void) air_buf_add(b, run, (size_t) (p - run));

    return air_buf_byte(b, '"');
}


int
air_buf_json_more(air_buf_t *b, air_str_t s)
{
    size_t  at;

    if (b->error != AIR_OK) {
        return b->error;
    }

    /* over the closing quote, and without the opening one */

    at = --b->len;

    if (air_buf_json(b, s) != AIR_OK) {
        return b->error;
    }

    memmove(b->data + at, b->data + at + 1, b->len - at - 1);
    b->len--;

    return AIR_OK;
}


/* 1 for U+200E, U+200F, U+202A to U+202E and U+2066 to U+2069. */
static int
air_buf_turns(const unsigned char *p, size_t n)
{
    return n == 3 && p[0] == 0xe2
           && ((p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f
                                 || (p[2] >= 0xaa && p[2] <= 0xae)))
               || (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}


int
air_buf_html(air_buf_t *b, air_str_t s)
{
    size_t                n, bad;
    const unsigned char  *p, *last;

    last = s.len ? s.data + s.len : s.data;

    for (p = s.data; p < last; p += n) {

        n = air_utf8_next(p, last, &bad);

        if (n == 0) {
            n = bad;
            (void) air_buf_z(b, "\xef\xbf\xbd");
            continue;
        }

        switch (*p) {

        case '<':
            (void) air_buf_z(b, "&lt;");
            break;

        case '>':
            (void) air_buf_z(b, "&gt;");
            break;

        case '&':
            (void) air_buf_z(b, "&amp;");
            break;

        case '"':
            (void) air_buf_z(b, "&quot;");
            break;

        case '\'':
            (void) air_buf_z(b, "&#39;");
            break;

        default:

            if (*p < ' ' || *p == 0x7f || air_buf_turns(p, n)) {
                (void) air_buf_z(b, "\xef\xbf\xbd");

            } else {
                (void) air_buf_add(b, p, n);
            }
        }
    }

    return b->error;
}


int
air_buf_csv(air_buf_t *b, air_str_t s)
{
    size_t  i;

    (void) air_buf_byte(b, '"');

    if (s.len != 0 && memchr("=+-@\t\r\n", s.data[0], 7) != NULL) {
        (void) air_buf_byte(b, '\'');
    }

    for (i = 0; i < s.len; i++) {
        if (s.data[i] == '"') {
            (void) air_buf_byte(b, '"');
        }

        (void) air_buf_byte(b, s.data[i]);
    }

    return air_buf_byte(b, '"');
}


air_str_t
air_buf_view(const air_buf_t *b)
{
    return air_str_n(b->data, b->len);
}
