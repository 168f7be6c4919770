
/*
 * Names of requests: white space between tokens does not count, everything
 * else does, and where a text is cut does not matter.
 */

#include "../../ngx_ai_router_module/core/air_fingerprint.h"
#include "tap.h"


static void
print(const char *a, const char *b, size_t cut,
    unsigned char hash[AIR_FINGERPRINT])
{
    air_str_t          s;
    air_fingerprint_t  f;

    s = air_str_z(b);

    air_fingerprint_begin(&f);
    air_fingerprint_add(&f, air_str_z(a));
    air_fingerprint_json(&f, air_str_n(s.data, cut));
    air_fingerprint_json(&f, air_str_n(s.data + cut, s.len - cut));
    air_fingerprint_json_end(&f);

    if (air_fingerprint_end(&f, hash) != AIR_OK) {
        memset(hash, 0, AIR_FINGERPRINT);
    }
}


/* 1 when the two texts have one name, however they are cut */
static int
same(const char *a, const char *b)
{
    int            all;
    size_t         i, k;
    unsigned char  x[AIR_FINGERPRINT], y[AIR_FINGERPRINT];

    all = -1;

    for (i = 0; i <= strlen(a); i++) {
        print("p", a, i, x);

        for (k = 0; k <= strlen(b); k++) {
            print("p", b, k, y);

            if (all == -1) {
                all = memcmp(x, y, sizeof(x)) == 0;
            }

            if (all != (memcmp(x, y, sizeof(x)) == 0)) {
                return -1;
            }
        }
    }

    return all;
}


static void
test_space(void)
{
    static const struct {
        const char  *a;
        const char  *b;
        int          same;
    } rows[] = {
        { "{\"a\":1,\"b\":[true,null]}",
          " {\t\"a\" : 1 ,\r\n \"b\":[ true, null ] } ", 1 },
        { "{\"a\":\"x y\"}", "{\"a\":\"xy\"}", 0 },
        { "{\"a\":\"x  y\"}", "{\"a\":\"x y\"}", 0 },
        { "{\"a\":\"\\\" x\"}", "{\"a\":\"\\\"x\"}", 0 },
        { "{\"a\":\"\\\\\" , \"b\":1}", "{\"a\":\"\\\\\",\"b\":1}", 1 },
        { "{\"a\":\"\\\\\\\" \"}", "{\"a\":\"\\\\\\\"\"}", 0 },
        { "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", 0 },
        { "[1 2]", "[12]", 0 },
        { "[1  2]", "[1 2]", 1 },
        { "[1.0]", "[1]", 0 },
        { "", " ", 1 },
        { "{}", "", 0 }
    };

    unsigned  i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ok(same(rows[i].a, rows[i].b) == rows[i].same, "%s and %s: %d",
           rows[i].a, rows[i].b, rows[i].same);
    }
}


static void
test_parts(void)
{
    unsigned char      x[AIR_FINGERPRINT], y[AIR_FINGERPRINT];
    air_fingerprint_t  f;

    /* the first of NIST's vectors: an 8-byte length of 0 is not nothing */

    air_fingerprint_begin(&f);
    ok(air_fingerprint_end(&f, x) == AIR_OK
       && x[0] == 0xe3 && x[1] == 0xb0 && x[31] == 0x55, "SHA-256 of nothing");

    print("ab", "{}", 0, x);
    print("a", "b{}", 0, y);
    ok(memcmp(x, y, sizeof(x)) != 0, "parts do not run into each other");

    print("", "{}", 0, y);
    ok(memcmp(x, y, sizeof(x)) != 0, "an empty part counts");

    air_fingerprint_begin(&f);
    air_fingerprint_json(&f, air_str_z("\"a\\"));
    air_fingerprint_json_end(&f);
    air_fingerprint_json(&f, air_str_z("{ }"));
    air_fingerprint_json_end(&f);
    (void) air_fingerprint_end(&f, x);

    air_fingerprint_begin(&f);
    air_fingerprint_json(&f, air_str_z("\"a\\"));
    air_fingerprint_json_end(&f);
    air_fingerprint_json(&f, air_str_z("{}"));
    air_fingerprint_json_end(&f);
    (void) air_fingerprint_end(&f, y);
    ok(memcmp(x, y, sizeof(x)) == 0, "a text leaves nothing to the next one");
}


int
main(void)
{
    test_space();
    test_parts();

    return done();
}
