
#include <limits.h>

#include "mem.h"
#include "tap.h"
#include "../../ngx_ai_router_module/core/air_buf.h"


#define BAD  "\xef\xbf\xbd"


typedef struct {
    const char  *in;
    const char  *out;
} pair_t;


static void
test_growth(void)
{
    int        i, rc;
    mem_t      m;
    size_t     before;
    air_buf_t  b;
    air_mem_t  mem;

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, 100000);

    is((long long) m.calls, 0, "init allocates nothing");
    is((long long) air_buf_view(&b).len, 0, "and holds nothing");
    is(air_buf_add(&b, NULL, 0), AIR_OK, "adding nothing to nothing");

    for (i = 0; i < 100000; i++) {
        (void) air_buf_byte(&b, (unsigned char) i);
    }

    is(b.error, AIR_OK, "filled to its cap");
    is((long long) b.len, 100000, "length");
    ok(m.calls < 20, "%zu allocations for 100000 bytes", m.calls);
    ok(m.bytes < 300000, "%zu bytes taken for 100000", m.bytes);
    ok(b.data[99999] == (unsigned char) 99999 && b.data[70] == 70,
       "growth keeps the bytes");

    before = m.calls;
    is(air_buf_byte(&b, 'x'), AIR_ELIMIT, "one byte past the cap");
    is((long long) b.len, 100000, "which is not added");
    is(air_buf_add(&b, "", 0), AIR_ELIMIT, "the failure sticks");
    is(b.error, AIR_ELIMIT, "and is kept");
    is((long long) m.calls, (long long) before, "without an allocation");

    air_buf_init(&b, &mem, 10);
    is(air_buf_z(&b, "12345"), AIR_OK, "cap 10, 5 bytes");
    ok(b.size <= 10, "takes no more than its cap");
    is(air_buf_reserve(&b, 5), AIR_OK, "reserve to the cap");
    is(air_buf_z(&b, "123456"), AIR_ELIMIT, "11 bytes");
    is_str(air_buf_view(&b), "12345", "what was there stays");

    air_buf_init(&b, &mem, (size_t) -1);
    (void) air_buf_byte(&b, 'x');
    is(air_buf_reserve(&b, (size_t) -1), AIR_ELIMIT, "no overflow of sizes");

    mem_free(&m);

    mem = mem_init(&m, 2);
    air_buf_init(&b, &mem, 1000);
    is(air_buf_reserve(&b, 1), AIR_OK, "the first allocation is good");

    for (i = 0, rc = AIR_OK; i < 1000 && rc == AIR_OK; i++) {
        rc = air_buf_byte(&b, 'x');
    }

    is(rc, AIR_ENOMEM, "the second fails");
    is(air_buf_z(&b, "y"), AIR_ENOMEM, "the failure sticks");
    ok(b.len == (size_t) i - 1 && b.data[b.len - 1] == 'x',
       "what was there stays");

    mem_free(&m);
}


static void
test_numbers(void)
{
    mem_t      m;
    size_t     i;
    air_buf_t  b;
    air_mem_t  mem;

    static const struct {
        uint64_t     n;
        const char  *text;
    } uints[] = {
        { 0, "0" },
        { 9, "9" },
        { 10, "10" },
        { UINT64_MAX, "18446744073709551615" },
    };

    static const struct {
        int64_t      n;
        const char  *text;
    } ints[] = {
        { 0, "0" },
        { -1, "-1" },
        { INT64_MAX, "9223372036854775807" },
        { INT64_MIN, "-9223372036854775808" },
    };

    static const struct {
        uint64_t     n;
        const char  *text;
    } pusds[] = {
        { 0, "0" },
        { 1, "0.000000000001" },
        { 3625, "0.000000003625" },
        { 12000000000000ull, "12" },
        { 12500000000000ull, "12.5" },
        { 999999999999ull, "0.999999999999" },
        { 1000000000001ull, "1.000000000001" },
        { UINT64_MAX, "18446744.073709551615" },
    };

    static const struct {
        uint64_t     n;
        const char  *text;
    } millis[] = {
        { 0, "0" },
        { 1, "0.001" },
        { 50, "0.05" },
        { 300, "0.3" },
        { 12050, "12.05" },
        { 12000, "12" },
        { UINT64_MAX, "18446744073709551.615" },
    };

    mem = mem_init(&m, 0);

    for (i = 0; i < sizeof(millis) / sizeof(millis[0]); i++) {
        air_buf_init(&b, &mem, 64);
        is(air_buf_milli(&b, millis[i].n), AIR_OK, "milli");
        is_str(air_buf_view(&b), millis[i].text, "milli %s", millis[i].text);
    }

    for (i = 0; i < sizeof(uints) / sizeof(uints[0]); i++) {
        air_buf_init(&b, &mem, 64);
        is(air_buf_uint(&b, uints[i].n), AIR_OK, "uint");
        is_str(air_buf_view(&b), uints[i].text, "uint %s", uints[i].text);
    }

    for (i = 0; i < sizeof(ints) / sizeof(ints[0]); i++) {
        air_buf_init(&b, &mem, 64);
        is(air_buf_int(&b, ints[i].n), AIR_OK, "int");
        is_str(air_buf_view(&b), ints[i].text, "int %s", ints[i].text);
    }

    for (i = 0; i < sizeof(pusds) / sizeof(pusds[0]); i++) {
        air_buf_init(&b, &mem, 64);
        is(air_buf_pusd(&b, pusds[i].n), AIR_OK, "pusd");
        is_str(air_buf_view(&b), pusds[i].text, "pusd %s", pusds[i].text);
    }

    air_buf_init(&b, &mem, 3);
    is(air_buf_int(&b, -123), AIR_ELIMIT, "int over the cap");

    air_buf_init(&b, &mem, 3);
    is(air_buf_pusd(&b, 1), AIR_ELIMIT, "pusd over the cap");

    mem_free(&m);
}


static void
test_json(void)
{
    int        rc;
    mem_t      m;
    size_t     i, n;
    air_buf_t  b;
    air_mem_t  mem;

    static const pair_t  pairs[] = {
        { "", "\"\"" },
        { "plain text", "\"plain text\"" },
        { "\"\\/", "\"\\\"\\\\/\"" },
        { "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
        { "\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"" },
        { "<a href='x'>&</a>",
          "\"\\u003ca href='x'\\u003e\\u0026\\u003c/a\\u003e\"" },
        { "caf\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80",
          "\"caf\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80\"" },
        { "\xe2\x80\xa7|\xe2\x80\xa8|\xe2\x80\xa9|\xe2\x80\xaa",
          "\"\xe2\x80\xa7|\\u2028|\\u2029|\xe2\x80\xaa\"" },
        { "\xf4\x8f\xbf\xbf\xef\xbf\xbf",
          "\"\xf4\x8f\xbf\xbf\xef\xbf\xbf\"" },

        /* one U+FFFD for each maximal ill-formed part */
        { "\x80|\xff|\xc0\x80", "\"" BAD "|" BAD "|" BAD BAD "\"" },
        { "\xe4\xb8", "\"" BAD "\"" },
        { "\xe4\xb8x", "\"" BAD "x\"" },
        { "\xf0\x9f\x98", "\"" BAD "\"" },
        { "\xf0\x9f\x98\xf0\x9f\x98\x80", "\"" BAD "\xf0\x9f\x98\x80\"" },
        { "\xed\xa0\x80", "\"" BAD BAD BAD "\"" },
        { "\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\"" },
        { "\xe0\x80\x80\"", "\"" BAD BAD BAD "\\\"\"" },
        { "\xc3<", "\"" BAD "\\u003c\"" },
    };

    mem = mem_init(&m, 0);

    for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        air_buf_init(&b, &mem, 200);

        is(air_buf_json(&b, air_str_z(pairs[i].in)), AIR_OK, "json");
        is_str(air_buf_view(&b), pairs[i].out, "json %zu: %s", i,
               pairs[i].out);
    }

    air_buf_init(&b, &mem, 20);
    is(air_buf_json(&b, air_str_n("a\0b", 3)), AIR_OK, "NUL");
    is_str(air_buf_view(&b), "\"a\\u0000b\"", "NUL is escaped");

    air_buf_init(&b, &mem, 2);
    is(air_buf_json(&b, air_str_n(NULL, 0)), AIR_OK, "the null string");
    is_str(air_buf_view(&b), "\"\"", "is empty");

    mem_free(&m);

    for (n = 0; n < 40; n++) {
        mem = mem_init(&m, 0);
        air_buf_init(&b, &mem, n);

        rc = air_buf_json(&b, air_str_z("<\xff\xe2\x80\xa8\n\"end"));

        if (rc == AIR_OK) {
            break;
        }

        ok(rc == AIR_ELIMIT && b.len <= n, "json with a cap of %zu", n);
        mem_free(&m);
    }

    is((long long) n, 24, "the cap that is enough");
    mem_free(&m);
}


static void
test_csv(void)
{
    mem_t      m;
    unsigned   i;
    air_mem_t  mem;
    air_buf_t  b;

    static const struct {
        const char  *text;
        const char  *cell;
    } rows[] = {
        { "", "\"\"" },
        { "plain, with comma", "\"plain, with comma\"" },
        { "a \"quoted\"\nline", "\"a \"\"quoted\"\"\nline\"" },
        { "=1+1", "\"'=1+1\"" },
        { "+1", "\"'+1\"" },
        { "-1", "\"'-1\"" },
        { "@SUM(A1)", "\"'@SUM(A1)\"" },
        { "\t=1", "\"'\t=1\"" },
        { "\r=1", "\"'\r=1\"" },
        { "\n=1", "\"'\n=1\"" },
        { "a=1", "\"a=1\"" }
    };

    mem = mem_init(&m, 0);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        air_buf_init(&b, &mem, 100);
        is(air_buf_csv(&b, air_str_z(rows[i].text)), AIR_OK, "a cell");
        is_str(air_buf_view(&b), rows[i].cell, "as it is written");
    }

    air_buf_init(&b, &mem, 4);
    is(air_buf_csv(&b, air_str_z("abcdef")), AIR_ELIMIT, "too long");

    mem_free(&m);
}


int
main(void)
{
    test_growth();
    test_numbers();
    test_json();
    test_csv();

    return done();
}
