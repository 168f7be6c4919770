
#include <stdlib.h>

#include "mem.h"
#include "tap.h"
#include "../../ngx_ai_router_module/core/air_json_text.h"
#include "../../ngx_ai_router_module/core/air_utf8.h"


/* the search for duplicate keys once more, counting its comparisons */

static size_t  compared;


static int
counted_cmp(air_json_text_t a, air_json_text_t b)
{
    compared++;

    return air_json_text_cmp(a, b);
}


#define air_json_twin      counted_twin
#define air_json_text_cmp  counted_cmp

#include "../../ngx_ai_router_module/core/air_json_twin.c"

#undef air_json_twin
#undef air_json_text_cmp


#define N(table)  (sizeof(table) / sizeof((table)[0]))

#define FINE   AIR_JSON_FINE
#define SYN    AIR_JSON_BAD_SYNTAX
#define UTF    AIR_JSON_BAD_UTF8
#define SUR    AIR_JSON_BAD_SURROGATE
#define DUP    AIR_JSON_DUPLICATE_KEY


typedef struct {
    const char        *text;
    air_json_fault_e   client;         /* with AIR_JSON_UNIQUE */
    air_json_fault_e   vendor;         /* with AIR_JSON_VENDOR */
} verdict_t;


static const verdict_t  verdicts[] = {

    /* good */
    { "{}", FINE, FINE },
    { "[]", FINE, FINE },
    { " \t\r\n{ \"a\" : [ 1 , 2 ] } \n", FINE, FINE },
    { "\"\"", FINE, FINE },
    { "0", FINE, FINE },
    { "-0", FINE, FINE },
    { "-0.0e-0", FINE, FINE },
    { "12.50E+10", FINE, FINE },
    { "null", FINE, FINE },
    { "true", FINE, FINE },
    { "false", FINE, FINE },
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00E9\\u4e2d\"", FINE, FINE },
    { "\"\\ud83d\\ude00\"", FINE, FINE },
    { "\"\\u0000\"", FINE, FINE },
    { "\"\x7f caf\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80\"", FINE, FINE },
    { "\"\xef\xbf\xbf\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80\"", FINE, FINE },
    { "\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xf0\x90\x80\x80\"", FINE, FINE },
    { "{\"a\":{\"b\":1},\"c\":{\"b\":1}}", FINE, FINE },
    { "{\"\":1,\" \":2}", FINE, FINE },
    { "[{\"a\":1},{\"a\":1}]", FINE, FINE },

    /* invalid UTF-8: truncated, FF, lone tails */
    { "\"\xe4\xb8\"", UTF, FINE },
    { "\"\xff\"", UTF, FINE },
    { "\"\x80\"", UTF, FINE },
    { "\"a\xbf\"", UTF, FINE },
    { "\"\xc3\"", UTF, FINE },
    { "\"\xf0\x9f\x98\"", UTF, FINE },
    { "\"\xe4\xb8\xad\xad\"", UTF, FINE },
    { "{\"\xfe\":1}", UTF, FINE },
    { "\"\xe4\xb8", UTF, SYN },
    { "[1,\xff]", UTF, SYN },
    { "[1]\xff", UTF, SYN },

    /* overlong, surrogates, past U+10FFFF, F5 */
    { "\"\xc0\x80\"", UTF, FINE },
    { "\"\xc1\xbf\"", UTF, FINE },
    { "\"\xe0\x80\x80\"", UTF, FINE },
    { "\"\xe0\x9f\xbf\"", UTF, FINE },
    { "\"\xf0\x80\x80\x80\"", UTF, FINE },
    { "\"\xf0\x8f\xbf\xbf\"", UTF, FINE },
    { "\"\xed\xa0\x80\"", UTF, FINE },
    { "\"\xed\xbf\xbf\"", UTF, FINE },
    { "\"\xf4\x90\x80\x80\"", UTF, FINE },
    { "\"\xf5\x80\x80\x80\"", UTF, FINE },
    { "\"\xf8\x88\x80\x80\x80\"", UTF, FINE },

    /* byte order marks, UTF-16 */
    { "\xef\xbb\xbf{}", SYN, SYN },
    { "\xff\xfe{", SYN, SYN },
    { "\xfe\xff", SYN, SYN },

    /* no JSON, though some readers take it */
    { "{", SYN, SYN },
    { "[", SYN, SYN },
    { "{\"a\"", SYN, SYN },
    { "{\"a\":", SYN, SYN },
    { "{\"a\":1", SYN, SYN },
    { "{\"a\":1,", SYN, SYN },
    { "{\"a\":1,}", SYN, SYN },
    { "{,}", SYN, SYN },
    { "{\"a\":1 \"b\":2}", SYN, SYN },
    { "{\"a\" 1}", SYN, SYN },
    { "{a:1}", SYN, SYN },
    { "{'a':1}", SYN, SYN },
    { "{1:1}", SYN, SYN },
    { "{\"a\":1]", SYN, SYN },
    { "[1}", SYN, SYN },
    { "[1,]", SYN, SYN },
    { "[,1]", SYN, SYN },
    { "[1 2]", SYN, SYN },
    { "[1]]", SYN, SYN },
    { "]", SYN, SYN },
    { "'a'", SYN, SYN },
    { "/* c */ 1", SYN, SYN },
    { "1 // c", SYN, SYN },
    { "NaN", SYN, SYN },
    { "Infinity", SYN, SYN },
    { "-Infinity", SYN, SYN },
    { "+1", SYN, SYN },
    { "01", SYN, SYN },
    { "-01", SYN, SYN },
    { "00", SYN, SYN },
    { "1.", SYN, SYN },
    { ".5", SYN, SYN },
    { "-.5", SYN, SYN },
    { "-", SYN, SYN },
    { "1e", SYN, SYN },
    { "1e+", SYN, SYN },
    { "1.e1", SYN, SYN },
    { "0x1", SYN, SYN },
    { "1_000", SYN, SYN },
    { "tru", SYN, SYN },
    { "truex", SYN, SYN },
    { "True", SYN, SYN },
    { "nul", SYN, SYN },
    { "undefined", SYN, SYN },
    { "\"", SYN, SYN },
    { "\"a", SYN, SYN },
    { "\"\\\"", SYN, SYN },
    { "\"\\", SYN, SYN },
    { "\"\t\"", SYN, SYN },
    { "\"a\nb\"", SYN, SYN },
    { "\"\x1f\"", SYN, SYN },
    { "\"\\x41\"", SYN, SYN },
    { "\"\\a\"", SYN, SYN },
    { "\"\\U0041\"", SYN, SYN },
    { "\"\\u12G4\"", SYN, SYN },
    { "\"\\u12\"", SYN, SYN },
    { "\"\\u", SYN, SYN },
    { "\"\\ud800\\u12G4\"", SYN, SYN },
    { "\f1", SYN, SYN },
    { "\xc2\xa0" "1", SYN, SYN },

    /* trailing bytes, two values */
    { "{}{}", SYN, SYN },
    { "{} x", SYN, SYN },
    { "{},", SYN, SYN },
    { "1 2", SYN, SYN },
    { "\"a\"\"b\"", SYN, SYN },

    /* empty */
    { "", SYN, SYN },
    { " \r\n\t", SYN, SYN },

    /* surrogate escapes */
    { "\"\\ud800\"", SUR, FINE },
    { "\"\\udc00\"", SUR, FINE },
    { "\"\\ud83dx\\ude00\"", SUR, FINE },
    { "\"\\ud83d\\ud83d\"", SUR, FINE },
    { "\"\\ude00\\ud83d\"", SUR, FINE },
    { "\"\\ud800\\n\"", SUR, FINE },
    { "\"\\uD800\\u0041\"", SUR, FINE },
    { "{\"\\udfff\":1}", SUR, FINE },

    /* duplicate keys */
    { "{\"a\":1,\"a\":2}", DUP, FINE },
    { "{\"model\":1,\"mod\\u0065l\":2}", DUP, FINE },
    { "{\"\\u006d\":1,\"\\u006D\":2}", DUP, FINE },
    { "{\"\":1,\"\":2}", DUP, FINE },
    { "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}", DUP, FINE },
    { "{\"\\/\":1,\"/\":2}", DUP, FINE },
    { "[[{\"x\":[{\"a\":1,\"b\":2,\"a\":3}]}]]", DUP, FINE },
    { "{\"a\":1,\"A\":2,\"\\u0061 \":3}", FINE, FINE },
    { "{\"\\n\":1,\"\\\\n\":2,\"n\":3}", FINE, FINE },
};


/* Scans bytes copied to the very end of a heap block. */
static air_json_fault_e
fault_of(const char *text, size_t len, unsigned flags)
{
    int               rc, want;
    char             *copy;
    mem_t             m;
    air_mem_t         mem;
    air_json_doc_t    doc;
    air_json_error_t  error;

    copy = malloc(len ? len : 1);
    memcpy(copy, text, len);

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);

    rc = air_json_scan(&doc, air_str_n(copy, len), flags, &error);

    want = error.fault == AIR_JSON_FINE ? AIR_OK
           : error.fault >= AIR_JSON_TOO_DEEP ? AIR_ELIMIT : AIR_EINVAL;

    if (rc != want || (air_json_root(&doc) != NULL) != (rc == AIR_OK)
        || error.offset > len)
    {
        ok(0, "code %d goes with fault %d", rc, error.fault);
    }

    mem_free(&m);
    free(copy);

    return error.fault;
}


static void
test_verdicts(void)
{
    char              run[500];
    mem_t             m;
    size_t            i, pad, wrong;
    air_buf_t         b;
    air_mem_t         mem;
    air_json_doc_t    doc;
    const verdict_t  *v;

    for (i = 0; i < N(verdicts); i++) {
        v = &verdicts[i];

        is(fault_of(v->text, strlen(v->text), AIR_JSON_UNIQUE), v->client,
           "client %s", v->text);
        is(fault_of(v->text, strlen(v->text), AIR_JSON_VENDOR), v->vendor,
           "vendor %s", v->text);
    }

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);
    is(air_json_scan(&doc, air_str_n(NULL, 0), 0, NULL), AIR_EINVAL,
       "the null string");
    mem_free(&m);

    is(fault_of("{}\0", 3, 0), SYN, "NUL after the text");
    is(fault_of("\0{}", 3, 0), SYN, "NUL before the text");
    is(fault_of("\"a\0b\"", 5, 0), SYN, "NUL in a string");
    is(fault_of("{\0}\0", 4, 0), SYN, "UTF-16 without a mark");
    is(fault_of("\"\\\0\"", 4, 0), SYN, "an escaped NUL");

    /* the same at every distance from the ends, so in every vector lane */

    wrong = 0;
    mem = mem_init(&m, 0);

    for (i = 0; i < N(verdicts); i++) {
        v = &verdicts[i];

        /* what is wrong only at the very start or end of a text */

        if (v->client == SYN) {
            continue;
        }

        for (pad = 0; pad < 70; pad++) {
            air_buf_init(&b, &mem, 1000);

            air_buf_z(&b, "[\"");

            while (b.len < 2 + pad) {
                air_buf_byte(&b, 'x');
            }

            air_buf_z(&b, "\",");
            air_buf_z(&b, v->text);

            if (v->text[strlen(v->text) - 1] != '\xb8') {

                while (b.len < 200 - pad) {
                    air_buf_byte(&b, ' ');
                }

                air_buf_byte(&b, ']');
            }

            wrong += v->client != fault_of((char *) b.data, b.len,
                                           AIR_JSON_UNIQUE);
        }
    }

    is((long long) wrong, 0, "verdicts behind 0 to 69 other bytes");
    mem_free(&m);

    /* strings are read in blocks from their start: shift what is in them */

    wrong = 0;

    for (i = 0; i < N(verdicts); i++) {
        v = &verdicts[i];

        if (v->text[0] != '"') {
            continue;
        }

        mem = mem_init(&m, 0);

        for (pad = 0; pad < 140; pad++) {
            air_buf_init(&b, &mem, 1000);
            air_buf_byte(&b, '"');

            while (b.len < 1 + pad / 2) {
                air_buf_byte(&b, 'x');
            }

            air_buf_z(&b, v->text + 1);

            if (pad % 2 != 0 && v->client == FINE) {
                b.len--;

                while (b.len < 200) {
                    air_buf_z(&b, "\xc3\xa9");
                }

                air_buf_byte(&b, '"');
            }

            wrong += v->client != fault_of((char *) b.data, b.len, 0);
            wrong += v->vendor != fault_of((char *) b.data, b.len,
                                           AIR_JSON_VENDOR);
        }

        mem_free(&m);
    }

    is((long long) wrong, 0, "strings with 0 to 69 bytes before the matter");

    /* long plain strings take a longer stride */

    wrong = 0;

    for (pad = 256; pad < 420; pad++) {
        memset(run, 'x', sizeof(run));
        run[0] = '"';
        run[pad] = '"';

        wrong += fault_of(run, pad + 1, 0) != FINE;
        wrong += fault_of(run, pad, 0) != SYN;

        run[pad - 1] = '\t';
        wrong += fault_of(run, sizeof(run), 0) != SYN;
        run[pad - 1] = '\xff';
        wrong += fault_of(run, sizeof(run), 0) != UTF;
        run[pad - 1] = '\\';
        wrong += fault_of(run, pad + 1, 0) != SYN;
    }

    is((long long) wrong, 0, "strings of 256 to 419 bytes");
}


/* Every sequence of bytes that is one character, and no other. */
static void
test_utf8(void)
{
    size_t    at, wrong;
    unsigned  i, j, good;
    char      text[64];

    wrong = 0;

    for (at = 1; at < 40; at += 13) {

        for (i = 0x80; i < 0x10000; i++) {
            memset(text, 'x', sizeof(text));
            text[0] = '"';
            text[63] = '"';

            text[at] = (char) (i >> 8 ? i >> 8 : i);

            if (i >> 8) {
                text[at + 1] = (char) i;
            }

            if ((i & 0xff) < 0x20 || (i & 0xff) == '"' || (i & 0xff) == '\\'
                || (i >> 8 && i >> 8 < 0x80))
            {
                continue;
            }

            good = i >> 8 >= 0xc2 && i >> 8 <= 0xdf && (i & 0xff) >= 0x80
                   && (i & 0xff) <= 0xbf;

            wrong += good != (fault_of(text, 64, 0) == AIR_JSON_FINE);
        }
    }

    is((long long) wrong, 0, "all sequences of one and two bytes");

    wrong = 0;

    for (at = 1; at < 40; at += 19) {

        for (i = 0xe000; i < 0xf800; i++) {

            for (j = 0; j < 4; j++) {
                memset(text, 'x', sizeof(text));
                text[0] = '"';
                text[63] = '"';

                text[at] = (char) (i >> 8);
                text[at + 1] = (char) i;
                text[at + 2] = (char) (j == 1 ? 0xbf : j == 2 ? 0xc0 : 0x80);
                text[at + 3] = j == 3 ? 'x' : (char) 0x80;

                if ((i & 0xff) < 0x80) {
                    continue;
                }

                if (i >> 8 < 0xf0) {

                    /* a fourth byte is one too many */
                    text[at + 3] = 'x';

                    good = (i & 0xff) <= 0xbf && j != 2
                           && (i >= 0xe0a0 || i < 0xe000)
                           && !(i >= 0xeda0 && i <= 0xedff);

                } else {
                    good = (i & 0xff) <= 0xbf && j != 2 && j != 3
                           && i >= 0xf090 && i <= 0xf48f;
                }

                wrong += good != (fault_of(text, 64, 0) == AIR_JSON_FINE);
            }
        }
    }

    is((long long) wrong, 0, "sequences of three and four bytes");
}


/*
 * Text of no ASCII at all, longer than any vector, with one byte of it
 * changed: the same verdict as character by character.
 */
static void
test_utf8_wide(void)
{
    size_t                n, bad, len, at, wrong, faults;
    unsigned              i, k, byte, good;
    unsigned char         text[256];
    const unsigned char  *p, *last;

    static const char *const  chars[] = {
        "\xc3\xa9", "\xe4\xb8\xad", "\xf0\x9f\x98\x80", "\xed\x9f\xbf",
        "\xf4\x8f\xbf\xbf", "\xe0\xa0\x80", "\xdf\xbf", "x"
    };

    wrong = 0;
    faults = 0;

    for (k = 0; k < 16; k++) {
        len = 0;
        text[len++] = '"';

        for (i = 0; len < 130; i++) {
            n = (i * 7 + i / 3 * k + k) % (k < 8 ? 7 : 8);
            memcpy(text + len, chars[n], strlen(chars[n]));
            len += strlen(chars[n]);
        }

        text[len++] = '"';

        for (at = 1; at < len - 1; at++) {

            for (byte = 0x78; byte < 0x100; byte++) {
                i = text[at];
                text[at] = (unsigned char) byte;

                good = 1;
                last = text + len - 1;

                for (p = text + 1; p < last && good; p += n) {
                    n = air_utf8_next(p, last, &bad);
                    good = n != 0;
                }

                faults += !good;
                wrong += good != (fault_of((char *) text, len, 0)
                                  == AIR_JSON_FINE);

                text[at] = (unsigned char) i;
            }
        }
    }

    ok(faults > 100000, "%zu texts with a fault", faults);
    is((long long) wrong, 0, "text of no ASCII, any byte changed");
}


static void
test_limits(void)
{
    mem_t      m;
    size_t     i;
    air_buf_t  b;
    air_mem_t  mem;

    mem = mem_init(&m, 0);

    for (i = 128; i < 130; i++) {
        air_buf_init(&b, &mem, 10000);

        while (b.len < i) {
            air_buf_byte(&b, '[');
        }

        air_buf_byte(&b, '1');

        while (b.len < 2 * i + 1) {
            air_buf_byte(&b, ']');
        }

        is(fault_of((char *) b.data, b.len, 0),
           i == 128 ? FINE : AIR_JSON_TOO_DEEP, "depth %zu", i);
        is(fault_of((char *) b.data, i, 0),
           i == 128 ? SYN : AIR_JSON_TOO_DEEP, "depth %zu, never closed", i);
    }

    for (i = 100000; i < 100002; i++) {
        air_buf_init(&b, &mem, 1000000);

        while (b.len < 2 * (i - 1)) {
            air_buf_z(&b, b.len == 0 ? "[0" : ",0");
        }

        air_buf_byte(&b, ']');

        is(fault_of((char *) b.data, b.len, 0),
           i == 100000 ? FINE : AIR_JSON_TOO_COMPLEX, "%zu nodes", i);
        is(fault_of((char *) b.data, b.len, AIR_JSON_VENDOR),
           i == 100000 ? FINE : AIR_JSON_TOO_COMPLEX, "%zu, vendor", i);
    }

    mem_free(&m);
}


/* {"k0":0,"k1":1, ... } with n keys; the last one again where twin is set */
static void
write_keys(air_buf_t *b, unsigned n, unsigned twin)
{
    unsigned  i;

    for (i = 0; i < n; i++) {
        air_buf_z(b, i == 0 ? "{\"key" : ",\"key");
        air_buf_uint(b, twin != 0 && i == n - 1 ? twin - 1 : i);
        air_buf_z(b, "\":[]");
    }

    air_buf_byte(b, '}');
}


static void
test_keys(void)
{
    int               rc;
    mem_t             m;
    size_t            wrong;
    unsigned          n, twin;
    air_buf_t         b;
    air_mem_t         mem;
    air_str_t         key;
    air_json_doc_t    doc;
    air_json_error_t  error;

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);

    air_buf_init(&b, &mem, 1000000);
    write_keys(&b, 1000, 0);
    is(fault_of((char *) b.data, b.len, AIR_JSON_UNIQUE), FINE, "1000 keys");

    air_buf_init(&b, &mem, 1000000);
    write_keys(&b, 1001, 0);
    is(fault_of((char *) b.data, b.len, AIR_JSON_UNIQUE),
       AIR_JSON_TOO_COMPLEX, "1001 keys");
    is(fault_of((char *) b.data, b.len, 0), FINE, "as many as one likes "
       "when they need not differ");

    wrong = 0;

    for (n = 1; n < 40; n++) {

        for (twin = 0; twin < n; twin++) {
            air_buf_init(&b, &mem, 1000000);
            write_keys(&b, n, twin);

            rc = air_json_scan(&doc, air_buf_view(&b), AIR_JSON_UNIQUE,
                               &error);

            if (twin == 0) {
                wrong += rc != AIR_OK;
                continue;
            }

            wrong += rc != AIR_EINVAL || error.fault != DUP;

            /* it shows the second of the two */

            key = air_str_n(b.data + error.key_start,
                            error.key_end - error.key_start);
            wrong += error.key_end + 5 != b.len
                     || error.offset != error.key_start
                     || key.len < 4 || memcmp(key.data, "key", 3) != 0;
        }
    }

    is((long long) wrong, 0, "each key of 1 to 39 as the last one again");

    mem_free(&m);
}


/* What the hash does with eight bytes. */
static uint64_t
mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;

    return hash ^ hash >> 32;
}


/*
 * Keys of 16 bytes whose hashes are all one: any first half has its second
 * half; those of plain letters are kept.
 */
static unsigned
write_colliding(air_buf_t *b, unsigned n)
{
    unsigned       i, j, good, plain;
    uint64_t       first, second, seed, target;
    unsigned char  key[16];

    seed = 42;
    target = 0x5555555555555555ull;
    good = 0;

    for (i = 0; i < 100000000 && good < n; i++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;

        for (j = 0; j < 8; j++) {
            key[j] = (unsigned char) ('a' + (seed >> (8 + 7 * j)) % 26);
        }

        memcpy(&first, key, 8);
        second = target ^ mix(0, first);
        memcpy(key + 8, &second, 8);

        plain = 1;

        for (j = 8; j < 16; j++) {
            plain &= key[j] >= 0x20 && key[j] < 0x7f && key[j] != '"'
                     && key[j] != '\\';
        }

        if (!plain) {
            continue;
        }

        air_buf_z(b, good == 0 ? "{\"" : ",\"");
        air_buf_add(b, key, 16);
        air_buf_z(b, "\":0");
        good++;
    }

    return good;
}


static void
test_colliding(void)
{
    mem_t           m;
    size_t          one;
    uint32_t        i, twin;
    uint64_t        hash;
    air_buf_t       b;
    air_mem_t       mem;
    air_json_key_t  keys[AIR_JSON_MAX_KEYS];
    air_json_doc_t  doc;

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);
    air_buf_init(&b, &mem, 100000);

    is(write_colliding(&b, 1000), 1000, "made 1000 keys of one hash");
    air_buf_byte(&b, '}');

    is(air_json_scan(&doc, air_buf_view(&b), AIR_JSON_UNIQUE, NULL), AIR_OK,
       "they are read");

    hash = air_json_text_hash(air_json_node_key(&doc, &doc.nodes[1]));
    one = 0;

    for (i = 1; i < doc.n; i++) {
        one += hash == air_json_text_hash(air_json_node_key(&doc,
                                                            &doc.nodes[i]));
    }

    is((long long) one, 1000, "they have one hash");

    compared = 0;
    is(counted_twin(&doc, 0), 0, "they differ");
    ok(compared > 1000 && compared <= 10 * 1000 + 8,
       "found with %zu comparisons", compared);

    /* the first of them once more, escaped */

    b.len--;
    air_buf_z(&b, ",\"\\u00");
    air_buf_byte(&b, (unsigned char) ('0' + b.data[2] / 16));
    air_buf_byte(&b, (unsigned char) "0123456789abcdef"[b.data[2] % 16]);
    air_buf_add(&b, b.data + 3, 15);
    air_buf_z(&b, "\":0}");

    is(air_json_scan(&doc, air_buf_view(&b), 0, NULL), AIR_OK, "one more");

    /* 1001 are past the limit: leave the second one out */

    doc.nodes[0].count--;
    doc.nodes[1].next = 3;
    is(counted_twin(&doc, 0), 1001, "a twin among colliding keys");

    /* keys that do not collide are not compared at all */

    air_buf_init(&b, &mem, 100000);
    write_keys(&b, 1000, 0);
    (void) air_json_scan(&doc, air_buf_view(&b), 0, NULL);

    compared = 0;
    is(counted_twin(&doc, 0), 0, "1000 other keys");
    is((long long) compared, 0, "without a comparison");

    /* hashes that differ, but all want one slot of the table */

    for (i = 0; i < N(keys); i++) {
        keys[i].hash = (uint64_t) i << 40;
        keys[i].node = i + 1;
    }

    is(air_json_table(&doc, keys, N(keys), &twin), AIR_AGAIN,
       "the table gives up when it is walked too long");
    is(air_json_sorted(&doc, keys, N(keys)), 0, "and sorting does it");
    is((long long) compared, 0, "without a comparison");

    mem_free(&m);
}


static void
test_index(void)
{
    int                     rc;
    mem_t                   m;
    uint64_t                calls;
    air_mem_t               mem;
    air_str_t               text, s;
    air_json_doc_t          doc;
    air_json_error_t        error;
    const air_json_node_t  *root, *node, *item;

    static const char  sample[] =
        "{\"model\": \"gpt\\u002d5\", \"n\": -1.5e3,\n"
        " \"list\": [true, [], {\"x\": null}, \"s\"], \"o\": {},"
        " \"\\u006b\\n\": false}";

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);

    ok(air_json_root(&doc) == NULL, "no root before a scan");

    text = air_str_z(sample);
    rc = air_json_scan(&doc, text, AIR_JSON_UNIQUE, &error);
    is(rc, AIR_OK, "the sample");
    is(error.fault, AIR_JSON_FINE, "no fault");
    is(doc.n, 11, "nodes");

    root = air_json_root(&doc);
    is(root->type, AIR_JSON_OBJECT, "root is an object");
    is(root->count, 5, "of 5 members");
    is(root->depth, 0, "at depth 0");
    is((long long) root->end, (long long) text.len, "as long as the text");
    is(root->next, 0, "without a sibling");
    is(root->key_start + root->key_end, 0, "and without a key");

    node = air_json_get(&doc, root, "model");
    ok(node == air_json_first(&doc, root), "the first member");
    is_str(air_json_raw(&doc, node), "gpt\\u002d5", "raw string");
    is_str(air_json_key(&doc, node), "model", "its key");
    is(node->escaped, 1, "escaped");
    is(node->key_escaped, 0, "key is not");
    is(node->depth, 1, "at depth 1");
    ok(air_json_is(&doc, node, "gpt-5"), "is gpt-5");
    ok(!air_json_is(&doc, node, "gpt-"), "is not gpt-");
    ok(!air_json_is(&doc, node, "gpt-5x"), "is not gpt-5x");
    ok(!air_json_is(&doc, NULL, "x"), "NULL is nothing");

    is(air_json_string(&doc, node, &mem, &s), AIR_OK, "decoded");
    is_str(s, "gpt-5", "it is gpt-5");

    node = air_json_next(&doc, node);
    is(node->type, AIR_JSON_NUMBER, "a number comes next");
    is_str(air_json_raw(&doc, node), "-1.5e3", "raw number");
    ok(!air_json_is(&doc, node, "-1.5e3"), "which is no string");
    is(air_json_string(&doc, node, &mem, &s), AIR_EINVAL, "nor decoded");
    ok(air_json_first(&doc, node) == NULL, "and has no children");

    node = air_json_get(&doc, root, "list");
    is(node->count, 4, "elements of the list");
    is_str(air_json_raw(&doc, node), "[true, [], {\"x\": null}, \"s\"]",
           "raw list");

    item = air_json_first(&doc, node);
    is(item->type, AIR_JSON_TRUE, "true");
    is(item->key_end, 0, "an element has no key");
    item = air_json_next(&doc, item);
    is(item->type, AIR_JSON_ARRAY, "an empty array");
    ok(air_json_first(&doc, item) == NULL, "has no first");
    is_str(air_json_raw(&doc, item), "[]", "raw empty array");
    item = air_json_next(&doc, item);
    is_str(air_json_raw(&doc, air_json_get(&doc, item, "x")), "null", "x");
    is(air_json_get(&doc, item, "x")->depth, 3, "at depth 3");
    item = air_json_next(&doc, item);
    calls = m.calls;
    is(air_json_string(&doc, item, &mem, &s), AIR_OK, "plain string");
    ok(s.data == text.data + item->start, "is borrowed");
    is((long long) m.calls, (long long) calls, "not allocated");
    ok(air_json_next(&doc, item) == NULL, "the end of the list");

    ok(air_json_get(&doc, root, "k\n") != NULL, "a key with escapes");
    ok(air_json_get(&doc, root, "k") == NULL, "and not its beginning");
    ok(air_json_get(&doc, root, "none") == NULL, "no such key");
    ok(air_json_get(&doc, air_json_get(&doc, root, "none"), "x") == NULL,
       "look-ups chain");
    ok(air_json_get(&doc, node, "x") == NULL, "an array has no names");
    is(air_json_get(&doc, root, "o")->count, 0, "empty object");

    (void) air_json_scan(&doc, air_str_z("{\"a\":1,\"a\":2}"), 0, NULL);
    is_str(air_json_raw(&doc, air_json_get(&doc, doc.nodes, "a")), "1",
           "the first of duplicates wins");

    is(air_json_scan(&doc, air_str_z("{\"a\":1,"), 0, &error), AIR_EINVAL,
       "a bad text");
    is((long long) error.offset, 7, "is bad at its end");
    ok(air_json_root(&doc) == NULL, "no root after it");

    mem_free(&m);
}


static void
test_memory(void)
{
    int               rc;
    char             *text;
    mem_t             m;
    size_t            n, len;
    air_mem_t         mem;
    air_str_t         s;
    air_json_doc_t    doc;
    air_json_error_t  error;

    len = 2 * 50000 + 1;
    text = malloc(len);

    for (n = 0; n < len - 1; n += 2) {
        memcpy(text + n, n == 0 ? "[0" : ",0", 2);
    }

    text[len - 1] = ']';

    for (n = 1; n < 100; n++) {
        mem = mem_init(&m, n);
        air_json_init(&doc, &mem);

        rc = air_json_scan(&doc, air_str_n(text, len), AIR_JSON_UNIQUE,
                           &error);

        if (rc != AIR_ENOMEM) {
            break;
        }

        ok(air_json_root(&doc) == NULL && m.calls == n,
           "allocation %zu fails", n);
        mem_free(&m);
    }

    is(rc, AIR_OK, "allocations are enough");
    is(doc.n, 50001, "nodes");
    is((long long) n, 11, "128 nodes doubled nine times");
    ok(m.bytes <= 2 * doc.size * sizeof(air_json_node_t),
       "%zu bytes, at most twice what is used", m.bytes);

    n = m.bytes;
    is(air_json_scan(&doc, air_str_n(text, len), 0, NULL), AIR_OK, "again");
    is((long long) m.bytes, (long long) n, "the nodes are reused");

    m.fail_at = 1;
    is(air_json_scan(&doc, air_str_z("\"\\n\""), 0, NULL), AIR_OK, "escape");
    is(air_json_string(&doc, air_json_root(&doc), &mem, &s), AIR_ENOMEM,
       "no memory to decode it");

    mem_free(&m);

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);
    is(air_json_scan(&doc, air_str_z("1"), 0, NULL), AIR_OK, "a small text");
    is((long long) m.bytes, 32 * sizeof(air_json_node_t), "takes 32 nodes");

    is(air_json_scan(&doc, air_str_n("", (size_t) UINT32_MAX), 0, &error),
       AIR_ELIMIT, "more bytes than offsets can count");
    is(error.fault, AIR_JSON_TOO_COMPLEX, "is too complex");

    mem_free(&m);
    free(text);
}


static void
test_strings(void)
{
    mem_t           m;
    size_t          i;
    air_str_t       s;
    air_mem_t       mem;
    air_json_doc_t  doc;

    static const struct {
        const char  *text;
        const char  *want;
    } rows[] = {
        { "\"\"", "" },
        { "\"plain\"", "plain" },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
        { "\"a\\u0041b\\u00e9\\u4E2d\\ud83d\\ude00!\"",
          "aAb\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80!" },
        { "\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf" },
        { "\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"",
          "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf" },
        { "\"\\ud800\"", "\xef\xbf\xbd" },
        { "\"\\udc00\\ud800x\"", "\xef\xbf\xbd\xef\xbf\xbdx" },
        { "\"\\ud800\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80" },
        { "\"\\ud800\\n\"", "\xef\xbf\xbd\n" },
    };

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);

    for (i = 0; i < N(rows); i++) {
        is(air_json_scan(&doc, air_str_z(rows[i].text), AIR_JSON_VENDOR, NULL),
           AIR_OK, "%s", rows[i].text);
        is(air_json_string(&doc, air_json_root(&doc), &mem, &s), AIR_OK,
           "decoded");
        is_str(s, rows[i].want, "%s", rows[i].text);
        ok(air_json_is(&doc, air_json_root(&doc), rows[i].want), "compared");
    }

    (void) air_json_scan(&doc, air_str_z("\"a\\u0000b\""), 0, NULL);
    (void) air_json_string(&doc, air_json_root(&doc), &mem, &s);
    ok(air_str_eq(s, air_str_n("a\0b", 3)), "NUL is decoded");
    ok(!air_json_is(&doc, air_json_root(&doc), "a"), "and ends no comparison");

    is(air_json_string(&doc, NULL, &mem, &s), AIR_EINVAL, "NULL");

    mem_free(&m);
}


#define NOVALUE  12345

static void
test_numbers(void)
{
    int             rc;
    mem_t           m;
    size_t          i;
    uint64_t        n;
    air_mem_t       mem;
    air_json_doc_t  doc;

    static const struct {
        const char  *text;
        int          rc;
        uint64_t     n;
    } uints[] = {
        { "0", AIR_OK, 0 },
        { "-0", AIR_OK, 0 },
        { "-0.0e5", AIR_OK, 0 },
        { "0e999", AIR_OK, 0 },
        { "10", AIR_OK, 10 },
        { "1e3", AIR_OK, 1000 },
        { "1E+3", AIR_OK, 1000 },
        { "1000.0", AIR_OK, 1000 },
        { "1.5e1", AIR_OK, 15 },
        { "1.50e1", AIR_OK, 15 },
        { "1500e-2", AIR_OK, 15 },
        { "0.00001e5", AIR_OK, 1 },
        { "9223372036854775807", AIR_OK, INT64_MAX },
        { "9223372036854775807.000", AIR_OK, INT64_MAX },
        { "9223372036854775808", AIR_ELIMIT, NOVALUE },
        { "18446744073709551616", AIR_ELIMIT, NOVALUE },
        { "1e18", AIR_OK, 1000000000000000000ull },
        { "1e19", AIR_ELIMIT, NOVALUE },
        { "1e999", AIR_ELIMIT, NOVALUE },
        { "1e1000", AIR_ELIMIT, NOVALUE },
        { "1e0001", AIR_ELIMIT, NOVALUE },
        { "1e99999999999999999999", AIR_ELIMIT, NOVALUE },
        { "1.5", AIR_EINVAL, NOVALUE },
        { "1e-1", AIR_EINVAL, NOVALUE },
        { "1.5e0", AIR_EINVAL, NOVALUE },
        { "-1", AIR_EINVAL, NOVALUE },
        { "-1e99", AIR_EINVAL, NOVALUE },
        { "\"1\"", AIR_EINVAL, NOVALUE },
        { "true", AIR_EINVAL, NOVALUE },
        { "null", AIR_EINVAL, NOVALUE },
        { "[1]", AIR_EINVAL, NOVALUE },
        { "10000000000000000000000000000000000000000000000000000000000000"
          "e-61", AIR_ELIMIT, NOVALUE },
        { "1000000000000000000000000000000000000000000000000000000000000"
          "e-6", AIR_ELIMIT, NOVALUE },
        { "10000000000000000000000000000000000000000000000000000000000"
          "e-58", AIR_OK, 1 },
        { "0.00000000000000000000000000000000000000000000000000000000000000",
          AIR_OK, 0 },
        { "0.000000000000000000000000000000000000000000000000000000000000000",
          AIR_ELIMIT, NOVALUE },
    };

    static const struct {
        const char  *text;
        unsigned     scale;
        int          rc;
        uint64_t     n;
    } decimals[] = {
        { "0.0000025", 12, AIR_OK, 2500000 },
        { "\"0.0000025\"", 12, AIR_OK, 2500000 },
        { "2.5e-6", 12, AIR_OK, 2500000 },
        { "\"2.5E-06\"", 12, AIR_OK, 2500000 },
        { "1", 0, AIR_OK, 1 },
        { "1", 12, AIR_OK, 1000000000000ull },
        { "-0", 12, AIR_OK, 0 },
        { "\"-0.00\"", 12, AIR_OK, 0 },
        { "0", 4000000000u, AIR_OK, 0 },

        /* half goes to even */
        { "0.5", 0, AIR_OK, 0 },
        { "1.5", 0, AIR_OK, 2 },
        { "2.5", 0, AIR_OK, 2 },
        { "3.5", 0, AIR_OK, 4 },
        { "2.50000", 0, AIR_OK, 2 },
        { "2.500001", 0, AIR_OK, 3 },
        { "2.4999999", 0, AIR_OK, 2 },
        { "0.05", 0, AIR_OK, 0 },
        { "0.09", 0, AIR_OK, 0 },
        { "0.9", 0, AIR_OK, 1 },
        { "9.5", 0, AIR_OK, 10 },
        { "99.5", 0, AIR_OK, 100 },
        { "0.0000000000005", 12, AIR_OK, 0 },
        { "0.0000000000015", 12, AIR_OK, 2 },
        { "0.0000000000005000001", 12, AIR_OK, 1 },
        { "1e-999", 12, AIR_OK, 0 },
        { "15e-1", 0, AIR_OK, 2 },

        { "9223372036854775807", 0, AIR_OK, INT64_MAX },
        { "9223372036854775806.5", 0, AIR_OK, INT64_MAX - 1 },
        { "9223372036854775807.4", 0, AIR_OK, INT64_MAX },
        { "9223372036854775807.5", 0, AIR_ELIMIT, NOVALUE },
        { "9223372.036854775807", 12, AIR_OK, INT64_MAX },
        { "9223372.036854775808", 12, AIR_ELIMIT, NOVALUE },
        { "1e10", 12, AIR_ELIMIT, NOVALUE },
        { "1", 19, AIR_ELIMIT, NOVALUE },

        { "-1", 12, AIR_EINVAL, NOVALUE },
        { "\"-1\"", 12, AIR_EINVAL, NOVALUE },
        { "-1e-99", 12, AIR_EINVAL, NOVALUE },
        { "\"\"", 12, AIR_EINVAL, NOVALUE },
        { "\" 1\"", 12, AIR_EINVAL, NOVALUE },
        { "\"1 \"", 12, AIR_EINVAL, NOVALUE },
        { "\"+1\"", 12, AIR_EINVAL, NOVALUE },
        { "\".5\"", 12, AIR_EINVAL, NOVALUE },
        { "\"5.\"", 12, AIR_EINVAL, NOVALUE },
        { "\"01\"", 12, AIR_EINVAL, NOVALUE },
        { "\"1e\"", 12, AIR_EINVAL, NOVALUE },
        { "\"-\"", 12, AIR_EINVAL, NOVALUE },
        { "\"0x10\"", 12, AIR_EINVAL, NOVALUE },
        { "\"1,5\"", 12, AIR_EINVAL, NOVALUE },
        { "\"free\"", 12, AIR_EINVAL, NOVALUE },
        { "\"\\u0031\"", 12, AIR_EINVAL, NOVALUE },
        { "{}", 12, AIR_EINVAL, NOVALUE },
        { "null", 12, AIR_EINVAL, NOVALUE },
    };

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);

    for (i = 0; i < N(uints); i++) {
        is(air_json_scan(&doc, air_str_z(uints[i].text), 0, NULL), AIR_OK,
           "%s", uints[i].text);

        n = NOVALUE;
        rc = air_json_uint(&doc, air_json_root(&doc), &n);

        is(rc, uints[i].rc, "uint %s: code", uints[i].text);
        is((long long) n, (long long) uints[i].n, "uint %s", uints[i].text);
    }

    for (i = 0; i < N(decimals); i++) {
        is(air_json_scan(&doc, air_str_z(decimals[i].text), 0, NULL), AIR_OK,
           "%s", decimals[i].text);

        n = NOVALUE;
        rc = air_json_decimal(&doc, air_json_root(&doc), decimals[i].scale,
                              &n);

        is(rc, decimals[i].rc, "decimal %s: code", decimals[i].text);
        is((long long) n, (long long) decimals[i].n, "decimal %s by 10^%u",
           decimals[i].text, decimals[i].scale);
    }

    n = NOVALUE;
    is(air_json_uint(&doc, NULL, &n), AIR_EINVAL, "uint of NULL");
    is(air_json_decimal(&doc, NULL, 1, &n), AIR_EINVAL, "decimal of NULL");

    mem_free(&m);
}


/* Random decimals against arithmetic on whole numbers. */
static void
test_rounding(void)
{
    int                rc, power;
    char               text[64];
    mem_t              m;
    size_t             wrong;
    unsigned           i, scale, shift;
    uint64_t           n, digits, seed;
    air_mem_t          mem;
    air_json_doc_t     doc;
    unsigned __int128  want, unit, part;

    seed = 7;
    wrong = 0;

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);

    for (i = 0; i < 20000; i++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;

        digits = (seed >> 33) % 1000000;
        power = (int) (seed >> 20) % 12 - 8;
        scale = (unsigned) (seed >> 10) % 9;

        /* many ties: halves of something */

        if (i % 2 != 0) {
            digits = digits / 10 * 10 + 5;
            power = -1 - (int) scale;
        }

        snprintf(text, sizeof(text), "%llu%se%d", (unsigned long long) digits,
                 i % 3 == 0 ? ".0" : "", power);

        (void) air_json_scan(&doc, air_str_z(text), 0, NULL);
        rc = air_json_decimal(&doc, air_json_root(&doc), scale, &n);

        want = digits;
        unit = 1;

        for (shift = 0; shift < 20; shift++) {

            if ((int) shift < power + (int) scale) {
                want *= 10;
            }

            if ((int) shift < -(power + (int) scale)) {
                unit *= 10;
            }
        }

        part = want % unit;
        want /= unit;
        want += part * 2 > unit || (part * 2 == unit && unit > 1 && want % 2);

        if (rc != AIR_OK || n != want) {
            wrong++;
        }
    }

    is((long long) wrong, 0, "20000 random decimals");
    mem_free(&m);
}


static void
test_edits(void)
{
    int          rc;
    mem_t        m;
    unsigned     i;
    air_buf_t    b;
    air_mem_t    mem;
    air_str_t    text;
    air_edits_t  edits, before;

    mem = mem_init(&m, 0);
    text = air_str_z("0123456789");
    edits.n = 0;

    air_buf_init(&b, &mem, 100);
    is(air_edits_apply(&edits, text, &b), AIR_OK, "no edits");
    is_str(air_buf_view(&b), "0123456789", "leave the text");

    is(air_edits_add(&edits, 5, 7, air_str_z("abc")), AIR_OK, "replace");
    is(air_edits_add(&edits, 2, 2, air_str_z("X")), AIR_OK, "insert");
    is(air_edits_add(&edits, 2, 2, air_str_z("Y")), AIR_OK, "insert there");
    is(air_edits_add(&edits, 2, 3, air_str_z("Z")), AIR_OK, "replace there");
    is(air_edits_add(&edits, 2, 2, air_str_z("W")), AIR_OK, "insert again");
    is(air_edits_add(&edits, 7, 8, air_str_z("")), AIR_OK, "remove");
    is(air_edits_add(&edits, 7, 7, air_str_z("|")), AIR_OK, "between two");
    is(air_edits_add(&edits, 10, 10, air_str_z(">")), AIR_OK, "at the end");
    is(air_edits_add(&edits, 0, 0, air_str_z("<")), AIR_OK, "at the start");

    before = edits;
    is(air_edits_add(&edits, 4, 6, air_str_z("")), AIR_EINVAL, "overlap");
    is(air_edits_add(&edits, 6, 9, air_str_z("")), AIR_EINVAL, "overlap");
    is(air_edits_add(&edits, 6, 6, air_str_z("x")), AIR_EINVAL, "inside");
    is(air_edits_add(&edits, 5, 7, air_str_z("")), AIR_EINVAL, "the same");
    is(air_edits_add(&edits, 0, 10, air_str_z("")), AIR_EINVAL, "around");
    is(air_edits_add(&edits, 4, 3, air_str_z("")), AIR_EINVAL, "backwards");
    ok(before.n == edits.n, "what is refused is not there");

    air_buf_init(&b, &mem, 100);
    is(air_edits_apply(&edits, text, &b), AIR_OK, "applied");
    is_str(air_buf_view(&b), "<01XYWZ34abc|89>", "edits in order");
    is((long long) air_edits_length(&edits, text), (long long) b.len,
       "length told before");

    air_buf_init(&b, &mem, b.len - 1);
    is(air_edits_apply(&edits, text, &b), AIR_ELIMIT, "a cap too small");
    is((long long) b.len, 0, "nothing is written");

    is(air_edits_add(&edits, 10, 11, air_str_z("")), AIR_OK, "past the end");
    air_buf_init(&b, &mem, 100);
    is(air_edits_apply(&edits, text, &b), AIR_EINVAL, "edits of another text");

    edits.n = 0;

    for (i = 0; i < AIR_EDITS_MAX; i++) {
        rc = air_edits_add(&edits, i, i + 1, air_str_z("."));

        if (rc != AIR_OK) {
            break;
        }
    }

    is(i, AIR_EDITS_MAX, "as many as fit");
    is(air_edits_add(&edits, 50, 51, air_str_z(".")), AIR_ELIMIT, "no more");

    mem_free(&m);
}


/* All ways to remove members of an object, one after the other. */
static void
test_remove(void)
{
    char                    want[200], name[2];
    mem_t                   m;
    size_t                  wrong;
    unsigned                n, i, order, set, step;
    air_buf_t               b, out;
    air_mem_t               mem;
    air_edits_t             edits;
    air_json_doc_t          doc, copy;
    const air_json_node_t  *root;

    static const char  *values[] = {
        "1", "\"two\"", "{ \"x\" : [ ] }", "[]", "null"
    };

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);
    air_json_init(&copy, &mem);
    wrong = 0;

    for (n = 1; n <= 5; n++) {
        air_buf_init(&b, &mem, 1000);
        air_buf_z(&b, "[7,{ ");

        for (i = 0; i < n; i++) {
            air_buf_z(&b, i == 0 ? "\"" : " , \"");
            air_buf_byte(&b, (unsigned char) ('a' + i));
            air_buf_z(&b, "\" : ");
            air_buf_z(&b, values[i]);
        }

        air_buf_z(&b, " }]");
        (void) air_json_scan(&doc, air_buf_view(&b), 0, NULL);
        root = &doc.nodes[2];

        for (set = 0; set < 1u << n; set++) {

            for (order = 0; order < 24; order++) {
                edits.n = 0;

                for (step = 0; step < n; step++) {

                    /* 1, 2, 3, 4 are prime to 5 */
                    i = (step * (1 + order % 4) + order / 4) % 5 % n;

                    if (n == 5 ? !(set >> i & 1) : !(set >> step & 1)) {
                        continue;
                    }

                    name[0] = (char) ('a' + (n == 5 ? i : step));
                    name[1] = '\0';

                    wrong += air_edits_remove(&edits, &doc, root,
                                              air_json_get(&doc, root, name))
                             != AIR_OK;
                }

                air_buf_init(&out, &mem, 1000);
                (void) air_edits_apply(&edits, doc.text, &out);

                if (air_json_scan(&copy, air_buf_view(&out), AIR_JSON_UNIQUE,
                                  NULL) != AIR_OK)
                {
                    wrong++;
                    continue;
                }

                for (i = 0; i < n; i++) {
                    name[0] = (char) ('a' + i);
                    name[1] = '\0';

                    wrong += (air_json_get(&copy, &copy.nodes[2], name) != NULL)
                             == (set >> i & 1);
                }

                if (set == (1u << n) - 1) {
                    wrong += !air_str_eqz(air_buf_view(&out), "[7,{}]");
                }
            }
        }
    }

    is((long long) wrong, 0, "all sets of members in many orders");

    /* the bytes that stay */

    (void) air_json_scan(&doc,
                         air_str_z("{ \"a\":1,  \"b\":\"x\" ,\n\"c\":[2] }"),
                         0, NULL);
    root = air_json_root(&doc);

    strncpy(want, "{ \"b\":\"x\" ,\n\"c\":[2] }", sizeof(want) - 1);
    want[sizeof(want) - 1] = '\0';

    edits.n = 0;
    is(air_edits_remove(&edits, &doc, root, air_json_get(&doc, root, "a")),
       AIR_OK, "the first");
    air_buf_init(&out, &mem, 1000);
    (void) air_edits_apply(&edits, doc.text, &out);
    is_str(air_buf_view(&out), want, "the first with its comma");

    is(air_edits_remove(&edits, &doc, root, air_json_get(&doc, root, "a")),
       AIR_EINVAL, "not twice");

    is(air_edits_remove(&edits, &doc, root, air_json_get(&doc, root, "c")),
       AIR_OK, "and the last");
    is(edits.n, 2, "two edits");
    air_buf_init(&out, &mem, 1000);
    (void) air_edits_apply(&edits, doc.text, &out);
    is_str(air_buf_view(&out), "{ \"b\":\"x\" }", "with the comma before it");

    is(air_edits_add(&edits, air_json_get(&doc, root, "b")->start,
                     air_json_get(&doc, root, "b")->end, air_str_z("y")),
       AIR_OK, "an edit between them");

    is(air_edits_remove(&edits, &doc, root, air_json_get(&doc, root, "b")),
       AIR_EINVAL, "a member that is edited is not removed");
    is(edits.n, 3, "and nothing has changed");

    is(air_edits_remove(&edits, &doc, root, root), AIR_EINVAL, "no member");

    air_buf_init(&out, &mem, 1000);
    (void) air_edits_apply(&edits, doc.text, &out);
    is_str(air_buf_view(&out), "{ \"b\":\"y\" }", "all together");

    mem_free(&m);
}


/* Many members in one walk are those that are got one by one. */
static void
test_pick(void)
{
    int                     bad;
    mem_t                   m;
    size_t                  i, k;
    air_mem_t               mem;
    air_json_doc_t          doc;
    const air_json_node_t  *object, *found[6];

    static const char *const  texts[] = {
        "{\"id\":1,\"ids\":2,\"\":3,\"model\":{\"id\":4},\"id\":5}",
        "{\"i\\u0064\":1,\"model\":2,\"\\u006dodel\":3}",
        "{\"other\":{\"id\":1},\"last\":\"id\"}",
        "{\"model\":null,\"modem\":1,\"mode\":2}",
        "{\"\\u0000\":1,\"id\\u0000\":2,\"last\":3}",
        "{}", "[]", "[\"id\",\"model\"]", "\"id\"", "null"
    };

    static const air_str_t  names[] = {
        air_str("id"), air_str("model"), air_str(""), air_str("last"),
        air_str("none"), air_str("ids")
    };

    mem = mem_init(&m, 0);

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {

        air_json_init(&doc, &mem);
        is(air_json_scan(&doc, air_str_z(texts[i]), 0, NULL), AIR_OK, "%s",
           texts[i]);

        bad = 0;
        object = air_json_root(&doc);

        for ( ;; ) {
            air_json_pick(&doc, object, names, 6, found);

            for (k = 0; k < 6; k++) {
                bad += found[k]
                       != air_json_get(&doc, object, (char *) names[k].data);
            }

            if (object == NULL) {
                break;
            }

            object = object + 1 < doc.nodes + doc.n ? object + 1 : NULL;
        }

        is(bad, 0, "picked as got, from all its values");
    }

    air_json_pick(&doc, doc.nodes, names, 0, found);

    mem_free(&m);
}


int
main(void)
{
    test_verdicts();
    test_utf8();
    test_utf8_wide();
    test_limits();
    test_keys();
    test_colliding();
    test_index();
    test_pick();
    test_memory();
    test_strings();
    test_numbers();
    test_rounding();
    test_edits();
    test_remove();

    return done();
}
