
/* air_estimate.c: the vectors to the bit, whole and split anywhere. */

#include "../../ngx_ai_router_module/core/air_estimate.h"
#include "../../ngx_ai_router_module/core/air_jtree.h"
#include "../../ngx_ai_router_module/core/air_utf8.h"

#include "file.h"
#include "tap.h"


static air_estimate_t
whole(air_str_t text)
{
    air_estimate_t  e;

    memset(&e, 0, sizeof(e));
    air_estimate_add(&e, text);

    return e;
}


/* hundredths, a sequence cut off at the end counted as tokens() does */
static uint64_t
centi(air_str_t text)
{
    uint64_t        n;
    air_str_t       end = air_str("");
    air_estimate_t  e;

    e = whole(text);
    air_estimate_add(&e, end);

    n = air_estimate_tokens(&e);

    /* exact where no sequence is cut off */
    return e.code == 0 ? e.centi : n * 100;
}


static int
splits(air_str_t text)
{
    int             bad;
    size_t          i;
    uint64_t        want;
    air_estimate_t  e;

    want = centi(text);
    bad = 0;

    for (i = 0; i <= text.len; i++) {
        memset(&e, 0, sizeof(e));
        air_estimate_add(&e, air_str_n(text.data, i));
        (void) air_estimate_tokens(&e);
        air_estimate_add(&e, air_str_n(text.data + i, text.len - i));

        bad += (e.code == 0 ? e.centi : air_estimate_tokens(&e) * 100) != want;
    }

    memset(&e, 0, sizeof(e));

    for (i = 0; i < text.len; i++) {
        air_estimate_add(&e, air_str_n(text.data + i, 1));
    }

    bad += (e.code == 0 ? e.centi : air_estimate_tokens(&e) * 100) != want;

    return bad;
}


/* The text of a vector: as it is, or in hexadecimal when it is no UTF-8. */
static air_str_t
text_of(const air_jnode_t *v, unsigned char *room, size_t size)
{
    size_t     i;
    char       pair[3];
    air_str_t  hex;

    if (air_jtree_get(v, "text") != NULL) {
        return air_jtree_get(v, "text")->text;
    }

    hex = air_jtree_get(v, "hex")->text;

    for (i = 0; i < hex.len / 2 && i < size; i++) {
        pair[0] = (char) hex.data[2 * i];
        pair[1] = (char) hex.data[2 * i + 1];
        pair[2] = '\0';
        room[i] = (unsigned char) strtoul(pair, NULL, 16);
    }

    return air_str_n(room, i);
}


static void
test_vectors(void)
{
    int                 n;
    uint64_t            want;
    air_str_t           file, text;
    air_jtree_t         tree;
    unsigned char       room[64];
    air_estimate_t      e;
    const air_jnode_t  *v;

    file = file_read("t/data/prices/estimate.json");
    is(air_jtree_parse(&tree, file), AIR_OK, "vectors are there");

    v = air_jtree_array(air_jtree_get(tree.root, "vectors"));

    for (n = 0; v != NULL; v = v->next, n++) {
        want = strtoull((char *) air_jtree_get(v, "est_x100")->text.data,
                        NULL, 10);
        text = text_of(v, room, sizeof(room));
        e = whole(text);

        if (e.code == 0) {
            is(e.centi, want, "vector %d", n);
        }

        is(air_estimate_tokens(&e), (want + 99) / 100, "vector %d, tokens", n);
        is(splits(text), 0, "vector %d, cut anywhere", n);
    }

    is(n, 34, "all of them");

    air_jtree_free(&tree);
    free(file.data);
}


static void
test_broken(void)
{
    size_t     i;
    air_str_t  text;

    static const char *const  rows[] = {
        "\xC3", "a\xE2\x82", "\x80\x80", "\xF0\x9F\x98", "\xC3" "abc",
        "\xE2\x28\xA1", "\xFF\xFE\xFD", "\xF0\x9F\x98\x80\x80",
        "Stra\xC3\x9F" "e und Caf\xC3\xA9Wort", "camelCaseWord HTTPServer"
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text = air_str_z(rows[i]);
        is(splits(text), 0, "broken or mixed text %zu, cut anywhere", i);
    }

    text = air_str_z("\xE2\x82");
    is(air_estimate_tokens(&(air_estimate_t) { 0, 0, 0 }), 0, "nothing");

    {
        air_estimate_t  e = whole(text);

        is(air_estimate_tokens(&e), 2, "a sequence cut off counts once");
        is(air_estimate_tokens(&e), 2, "asking changes nothing");
    }
}


/* The formula as it is told, a code point at a time. */
static uint64_t
plainly(const uint32_t *code, size_t n)
{
    size_t    i, k;
    unsigned  class, prev, small;
    uint64_t  sum;

    enum { NONE, LETTER, DIGIT, LINE, SPACE, PUNCT, LATIN, OTHERS };

    static const struct {
        uint32_t  from;
        uint32_t  to;
        unsigned  each;
    }  wide[] = {
        { 0xc0, 0x24f, 65 }, { 0x400, 0x52f, 20 }, { 0x600, 0x6ff, 28 },
        { 0x3040, 0x30ff, 65 }, { 0x3400, 0x9fff, 77 },
        { 0xac00, 0xd7af, 61 }, { 0, 0xffffffff, 152 }
    };

    static const unsigned  first[] = { 0, 49, 142, 103, 29, 53 };
    static const unsigned  each[] = { 0, 7, 15, 0, 3, 16 };

    sum = 0;
    prev = NONE;
    small = 0;

    for (i = 0; i < n; i++) {

        if (code[i] >= 0x80) {
            for (k = 0; code[i] < wide[k].from || code[i] > wide[k].to; k++) {
                /* void */
            }

            sum += wide[k].each;
            prev = k == 0 ? LATIN : OTHERS + (unsigned) k;
            small = k == 0 ? 1 : small;
            continue;
        }

        class = (code[i] | 32) >= 'a' && (code[i] | 32) <= 'z' ? LETTER
                : code[i] >= '0' && code[i] <= '9' ? DIGIT
                : code[i] == '\n' || code[i] == '\r' ? LINE
                : code[i] == ' ' || code[i] == '\t' ? SPACE : PUNCT;

        sum += each[class];

        if (class != LETTER) {
            sum += class != prev ? first[class] : 0;

        } else {
            sum += prev != LETTER && prev != LATIN ? first[class]
                   : code[i] < 'a' && small ? 109 : 0;
            small = code[i] >= 'a';
        }

        prev = class;
    }

    return sum;
}


/* Every class after every other one, and no plan: as the formula says. */
static void
test_formula(void)
{
    int             bad;
    size_t          i, k, n;
    uint32_t        seed, code[40];
    air_estimate_t  e;
    unsigned char   text[200];

    static const uint32_t  some[] = {
        'a', 'z', 'A', 'Z', '0', '9', '\n', '\r', ' ', '\t', '.', '@', '[',
        '`', '{', 0x1f, 0x7f, 0x80, 0xbf, 0xc0, 0x24f, 0x250, 0x3ff, 0x400,
        0x52f, 0x600, 0x6ff, 0x3040, 0x30ff, 0x3100, 0x3400, 0x9fff, 0xa000,
        0xac00, 0xd7af, 0xd7b0, 0x1f600, 0x10ffff
    };

    seed = 1;
    bad = 0;

    for (i = 0; i < 20000; i++) {

        n = 0;

        for (k = 0; k < 40; k++) {
            seed = seed * 1664525 + 1013904223;

            /* one in four is all ASCII: read many bytes a time */

            code[k] = i % 4 != 0 && (seed >> 8 & 1)
                      ? some[(seed >> 16) % (sizeof(some) / sizeof(some[0]))]
                      : seed >> 16 & 0x7f;
            n += air_utf8_put(text + n, code[k]);
        }

        e = whole(air_str_n(text, n));
        bad += e.code != 0 || e.centi != plainly(code, 40);
    }

    is(bad, 0, "any text costs what the formula says");
}


/* a JSON string counts as the text it holds, however it is written */
static void
test_json(void)
{
    unsigned        i;
    air_estimate_t  e, want;

    static const struct {
        const char  *raw;
        const char  *text;
    }  cases[] = {
        { "", "" },
        { "plain words", "plain words" },
        { "\\u0041\\u0062c", "Abc" },
        { "gr\\u00fc\\u00DFe", "gr\303\274\303\237e" },
        { "\\u4e2d\\u6587 \\u0440\\u0443", "\344\270\255\346\226\207"
          " \321\200\321\203" },
        { "\\ud83d\\ude00!", "\360\237\230\200!" },
        { "a\\nb\\tc\\r\\\"d\\\\e\\/f", "a\nb\tc\r\"d\\e/f" },
        { "\\u00e9", "\303\251" },
        { "x\\n", "x\n" },
        { "\\u00b5\\u0007\\ud800", "\302\265\007\357\277\275" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(&e, 0, sizeof(e));
        air_estimate_json(&e, air_str_z(cases[i].raw));
        want = whole(air_str_z(cases[i].text));

        is((long long) e.centi, (long long) want.centi, "JSON: %s",
           cases[i].raw);
    }

    /* what no scan lets through ends somewhere all the same */

    memset(&e, 0, sizeof(e));
    air_estimate_json(&e, air_str_z("a\\"));
    air_estimate_json(&e, air_str_z("\\u12"));
    air_estimate_json(&e, air_str_z("\\ud83d\\u"));
    ok(air_estimate_tokens(&e) < 20, "broken escapes");
}


int
main(void)
{
    test_vectors();
    test_json();
    test_broken();
    test_formula();

    return done();
}
