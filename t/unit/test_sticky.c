
/*
 * The table of conversations: keys, lifetimes, a fixed size whatever comes,
 * writers at once; and when a cached prompt is worth staying for.
 */

#include "../../ngx_ai_router_module/core/air_sticky.h"
#include "tap.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>


#define N    4096
#define NOW  1800000000ull


static air_sticky_slot_t  slot[N + 4];
static unsigned char      secret[AIR_STICKY_SECRET] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
};


static uint64_t
key_of(const char *a, const char *b)
{
    air_sticky_key_t  key;

    air_sticky_begin(&key, secret);
    air_sticky_add(&key, air_str_z(a));
    air_sticky_add(&key, air_str_z(b));

    return air_sticky_end(&key);
}


static uint64_t
mix(uint64_t n)
{
    n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9;
    n = (n ^ (n >> 27)) * 0x94d049bb133111eb;

    return (n ^ (n >> 31)) | 1;
}


static void
test_key(void)
{
    size_t            i, bad;
    uint64_t          a, b;
    unsigned char     text[9000], other[AIR_STICKY_SECRET];
    air_sticky_key_t  key;

    /* the first vector of SipHash's authors */

    air_sticky_begin(&key, secret);
    ok(air_sticky_end(&key) == 0x726fdb47dd0e0e31ull, "SipHash of nothing");

    ok(key_of("ab", "c") != key_of("a", "bc"), "where one text ends counts");
    ok(key_of("ab", "c") == key_of("ab", "c"), "the same is the same");
    ok(key_of("", "") != key_of("", "\1"), "empty texts");

    memcpy(other, secret, sizeof(other));
    other[15] ^= 1;
    air_sticky_begin(&key, other);
    air_sticky_add(&key, air_str_z("ab"));
    air_sticky_add(&key, air_str_z("c"));
    ok(air_sticky_end(&key) != key_of("ab", "c"), "the secret counts");

    memset(text, 'x', sizeof(text));
    bad = 0;

    air_sticky_begin(&key, secret);
    air_sticky_add(&key, air_str_n(text, sizeof(text)));
    a = air_sticky_end(&key);

    for (i = 0; i < sizeof(text); i++) {
        text[i] = 'y';
        air_sticky_begin(&key, secret);
        air_sticky_add(&key, air_str_n(text, sizeof(text)));
        b = air_sticky_end(&key);
        text[i] = 'x';

        bad += (a == b) != (i >= 3072 && i < sizeof(text) - 1024);
    }

    is((long long) bad, 0, "of a long text its head, its tail, its length");
}


static void
test_life(void)
{
    uint64_t      k;
    air_sticky_t  s, got;

    memset(slot, 0, sizeof(slot));
    memset(&s, 0, sizeof(s));

    k = key_of("me", "one");
    s.target = 17;
    s.cached = 1000;
    s.input = 5000;
    s.output = 300;

    is(air_sticky_find(slot, N, k, NOW, &got), 0, "nothing there");
    air_sticky_keep(slot, 0, k, NOW, 300, &s);
    ok(air_sticky_find(slot, 0, k, NOW, &got) == 0 && slot[0].value == 0,
       "no room at all");
    air_sticky_keep(slot, N, k, NOW, 300, &s);
    is(air_sticky_find(slot, N, k, NOW, &got), 1, "remembered");

    ok(got.target == 17 && !got.longer, "the target");
    ok(llabs((long long) got.cached - 1000) <= 62
       && llabs((long long) got.input - 5000) <= 312
       && llabs((long long) got.output - 300) <= 19, "tokens within 6.25 %%");

    is(air_sticky_find(slot, N, key_of("you", "one"), NOW, &got), 0,
       "not of another principal");
    is(air_sticky_find(slot, N, k, NOW + 296, &got), 1, "five minutes");
    is(air_sticky_find(slot, N, k, NOW + 300, &got), 0, "and no more");

    s.longer = 1;
    s.target = 18;
    air_sticky_keep(slot, N, k, NOW + 200, 3600, &s);
    is(air_sticky_find(slot, N, k, NOW + 3700, &got), 1, "prolonged");
    ok(got.target == 18 && got.longer, "to another target");

    s.target = AIR_STICKY_TARGET;
    air_sticky_keep(slot, N, k, NOW, 300, &s);
    is(air_sticky_find(slot, N, k, NOW, &got), 1, "too large a number");
    is(got.target, 18, "changes nothing");

    s.target = AIR_STICKY_TARGET - 1;
    s.input = UINT64_MAX;
    air_sticky_keep(slot, N, k, NOW, 300, &s);
    air_sticky_find(slot, N, k, NOW, &got);
    ok(got.target == AIR_STICKY_TARGET - 1 && got.input > 900000,
       "the largest ones");
}


/* more conversations than there is room for */
static void
test_many(void)
{
    unsigned      i, live, wrong;
    air_sticky_t  s, got;

    memset(slot, 0, sizeof(slot));
    memset(&slot[N], 0x5a, 4 * sizeof(slot[0]));
    memset(&s, 0, sizeof(s));

    for (i = 0; i < 100000; i++) {
        s.target = i % 500;
        air_sticky_keep(slot, N, mix(i), NOW + i / 1000, 300, &s);
    }

    live = 0;
    wrong = 0;

    for (i = 0; i < 100000; i++) {
        if (air_sticky_find(slot, N, mix(i), NOW + 100, &got)) {
            live++;
            wrong += got.target != i % 500;
        }
    }

    ok(live == N, "100,000 conversations: the table is full, %u", live);
    is(wrong, 0, "none has another's target");
    ok(slot[N].mixed == 0x5a5a5a5a5a5a5a5aull, "nothing is written behind it");

    is(air_sticky_find(slot, N, mix(99999), NOW + 100, &got), 1,
       "the newest is there");
}


/* a pair of words of two writers is nobody's */
static void
test_torn(void)
{
    int                 i, k, status, bad;
    air_sticky_t        s, got;
    air_sticky_slot_t  *shared;

    shared = mmap(NULL, 4 * sizeof(*shared), PROT_READ|PROT_WRITE,
                  MAP_SHARED|MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED) {
        skip("no shared memory");
        return;
    }

    fflush(stdout);
    memset(&s, 0, sizeof(s));

    for (i = 0; i < 4; i++) {

        if (fork() == 0) {
            bad = 0;

            for (k = 0; k < 200000; k++) {
                s.target = (k + i) % 9;
                s.cached = s.target;
                air_sticky_keep(shared, 4, mix((k + i) % 9), NOW, 300, &s);

                if (air_sticky_find(shared, 4, mix(k % 9), NOW, &got)) {
                    bad |= got.target != (unsigned) k % 9
                           || got.cached != got.target;
                }
            }

            _exit(bad);
        }
    }

    bad = 0;

    while (wait(&status) > 0) {
        bad += status != 0;
    }

    is(bad, 0, "four writers of nine conversations in four places");
    munmap(shared, 4 * sizeof(*shared));
}


static void
test_pays(void)
{
    air_sticky_t  s;

    memset(&s, 0, sizeof(s));
    s.cached = 9000;
    s.input = 10000;
    s.output = 500;

#define R(i, c, o)  (&(air_sticky_rates_t) { i, c, o })
#define U           AIR_UNKNOWN

    /* 9000 at 30 instead of 300, 1000 at 300, 500 at 1500: 1.32 M */

    is(air_sticky_pays(&s, R(300, 30, 1500), R(300, U, 1500)), 1,
       "the same price elsewhere");
    is(air_sticky_pays(&s, R(300, 30, 1500), R(60, U, 1441)), 1,
       "a little dearer elsewhere: 1.3205 M");
    is(air_sticky_pays(&s, R(300, 30, 1500), R(60, U, 1440)), 0,
       "as dear elsewhere: 1.32 M");
    is(air_sticky_pays(&s, R(300, 30, 1500), R(50, U, 500)), 0,
       "much cheaper elsewhere");
    is(air_sticky_pays(&s, R(300, 300, 1500), R(400, U, 1500)), 0,
       "a cache that is no cheaper");
    is(air_sticky_pays(&s, R(300, U, 1500), R(400, U, 1500)), 0, "unknown");
    is(air_sticky_pays(&s, R(300, 30, 1500), R(U, U, 1500)), 0,
       "unknown elsewhere");
    is(air_sticky_pays(&s, R(300, 30, U), R(300, 30, 1500)), 0,
       "unknown output");

    s.cached = 20000;
    is(air_sticky_pays(&s, R(300, 30, 1500), R(300, 30, 1500)), 1,
       "more cached than there was");
}


int
main(void)
{
    test_key();
    test_life();
    test_many();
    test_torn();
    test_pays();

    is(air_sticky_lifetime("anthropic", 0), 300, "Anthropic: five minutes");
    is(air_sticky_lifetime("bedrock", 1), 3600, "or an hour");
    is(air_sticky_lifetime("gemini", 1), 300, "Google");
    is(air_sticky_lifetime("openai", 0), 600, "others: ten minutes");
    ok(air_sticky_implicit("openai") && !air_sticky_implicit("anthropic"),
       "who caches unasked");

    return done();
}
