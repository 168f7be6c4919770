
/*
 * Patterns: ECMA-262 by PCRE2, and what they may cost at the worst.
 */

#include <time.h>

#include "../../ngx_ai_router_module/core/air_pattern.h"
#include "mem.h"
#include "tap.h"


#define REFUSED  99


static mem_t      m;
static air_mem_t  mem;


/* AIR_OK found, AIR_ENOENT not, AIR_ELIMIT; REFUSED: no pattern. */
static int
search_n(const char *text, air_str_t in, uint64_t *cost)
{
    int             rc;
    uint64_t        steps;
    const char     *why;
    air_matcher_t  *matcher;
    air_pattern_t  *pattern;

    mem = mem_init(&m, 0);
    why = "";

    rc = air_pattern_compile(&pattern, air_str_z(text), &mem, &why);

    if (rc != AIR_OK) {
        rc = why[0] != '\0' && pattern == NULL ? REFUSED : -REFUSED;
        mem_free(&m);
        return rc;
    }

    matcher = air_matcher_create(&mem);

    steps = air_pattern_steps(in.len);
    rc = air_pattern_search(pattern, matcher, in, &steps);

    if (cost != NULL) {
        *cost = air_pattern_steps(in.len) - steps;
    }

    mem_free(&m);

    return rc;
}


static int
search(const char *text, const char *in)
{
    return search_n(text, air_str_z(in), NULL);
}


static const struct {
    const char  *pattern;
    const char  *in;
    int          found;
}  table[] = {
    { "^[a-z]+$", "abc", 1 },
    { "^[a-z]+$", "abc\n", 0 },
    { "b", "abc", 1 },
    { "", "", 1 },
    { "^$", "", 1 },
    { "^\\d{3}-\\d{2}$", "123-45", 1 },
    { "^\\d$", "\xe0\xa7\xaa", 0 },             /* a Bengali digit          */
    { "^\\w$", "\xc3\xa9", 0 },
    { "^\\W$", "\xc3\xa9", 1 },
    { "^\\s$", "\xc2\xa0", 1 },
    { "^\\s$", "\xef\xbb\xbf", 1 },
    { "^\\s$", "\xe2\x80\xa9", 1 },
    { "^\\S$", "\xe2\x80\xa9", 0 },
    { "^\\S$", "\x01", 1 },
    { "^[\\s]$", "\xe3\x80\x80", 1 },
    { "^[^\\s]$", "\xe3\x80\x80", 0 },
    { "^[\\S]$", "\xe3\x80\x80", 0 },
    { "^[\\S\\n]$", "\xf0\x9f\x90\xb2", 1 },
    { "^[\\s-x]+$", "- x", 1 },
    { "^[\\w\\-.]+$", "a-b.c", 1 },
    { "^.$", "\xf0\x9f\x90\xb2", 1 },
    { "^.$", "\n", 0 },
    { "^.$", "\r", 0 },
    { "^.$", "\xe2\x80\xa8", 0 },
    { "^.$", "\x0b", 1 },
    { "^\\v$", "\x0b", 1 },
    { "^\\v$", "\n", 0 },
    { "^\\cJ$", "\n", 1 },
    { "^\\x41\\u0042\\u{43}$", "ABC", 1 },
    { "^\\uD83D\\uDC32*$", "\xf0\x9f\x90\xb2\xf0\x9f\x90\xb2", 1 },
    { "^\\p{Letter}cole$", "\xc3\xa9" "cole", 1 },
    { "^\\p{L}\\P{L}$", "a1", 1 },
    { "^\\p{Script=Greek}$", "\xce\xb1", 1 },
    { "^[\\p{Lu}]$", "\xc3\x89", 1 },
    { "^a{,2}$", "a{,2}", 1 },
    { "^{}$", "{}", 1 },
    { "^]$", "]", 1 },
    { "^[[]$", "[", 1 },
    { "[[:alpha:]]", "a", 0 },
    { "[[:alpha:]]", ":]", 1 },
    { "^[^]$", "\n", 1 },
    { "[]", "a", 0 },
    { "^(a)\\1$", "aa", 1 },
    { "^(?<x>a)\\k<x>$", "aa", 1 },
    { "^(?:a|b)+?$", "ab", 1 },
    { "^(?=a)a(?!b)", "ac", 1 },
    { "(?<=a)b", "ab", 1 },
    { "(?<!a)b", "ab", 0 },
    { "^(?i)AbC$", "aBc", 1 },
    { "^(?i:a)b$", "Ab", 1 },
    { "^\\/\\-$", "/-", 1 },
    { "^[\\b]$", "\b", 1 },
    { "a\\b", "a b", 1 },
    { "^\\0$", "0", 0 },
    { "#not a comment", "#not a comment", 1 },
    { "^[^a]+$", "\xc3\xa9\xc3\xa9", 1 },
    { "^\xc3\xa9$", "\xc3\xa9", 1 },
    { "^(\\([0-9]{3}\\))?[0-9]{3}-[0-9]{4}$", "(888)555-1212", 1 },
};


static const char  *refused[] = {
    "a**", "a++", "*", "?a", "a|+", "(?>a)", "(?R)", "(?P<n>a)", "(?#x)",
    "(?|a)", "(*UTF)a", "(*LIMIT_MATCH=1)a", "(", ")", "(?", "[a", "\\",
    "\\A", "\\Z", "\\z", "\\Q", "\\E", "\\G", "\\K", "\\R", "\\X", "\\C",
    "\\h", "\\N", "\\a", "\\e", "\\01", "\\cé", "\\x4", "\\u12", "\\u{110000}",
    "\\uD83D", "\\uDC32", "\\p", "\\pL", "\\p{}", "\\p{Nonsense}", "\\1",
    "\\k", "\\k<x>", "[b-a]", "a{2,1}", "a{70000}", "(?<=a+)b", "(?&x)",
    "(?(1)a)", "(?<x", "[\\", "(?i", "{1}"
};


/* A thing that n times over is what a pattern is slow with. */
static void
worst(const char *pattern, const char *piece, size_t n, const char *end)
{
    int              rc;
    size_t           i, len;
    double           ms;
    uint64_t         cost;
    air_str_t        text;
    struct timespec  from, to;

    len = strlen(piece);
    text.len = len * n + strlen(end);
    text.data = malloc(text.len + 1);

    for (i = 0; i < n; i++) {
        memcpy(text.data + i * len, piece, len);
    }

    memcpy(text.data + n * len, end, strlen(end));

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    rc = search_n(pattern, text, &cost);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);

    ms = (to.tv_sec - from.tv_sec) * 1e3 + (to.tv_nsec - from.tv_nsec) / 1e6;

    ok(cost <= air_pattern_steps(text.len),
       "%s in %zu bytes: %d, %llu steps", pattern, text.len, rc,
       (unsigned long long) cost);
    printf("# %.1f ms\n", ms);

    free(text.data);
}


static void
memory(void)
{
    int             rc;
    size_t          n;
    uint64_t        steps;
    const char     *why;
    air_matcher_t  *matcher;
    air_pattern_t  *pattern;

    for (n = 1; n < 1000; n++) {
        mem = mem_init(&m, n);

        rc = air_pattern_compile(&pattern,
                                 air_str_z("^(?:[a-z\\s]+|\\p{Lu}(x))*$"),
                                 &mem, &why);
        if (rc == AIR_OK) {
            matcher = air_matcher_create(&mem);

            steps = 10000;
            rc = matcher == NULL ? AIR_ENOMEM
                 : air_pattern_search(pattern, matcher,
                                      air_str_z("abc abc Xxabc"), &steps);
        }

        mem_free(&m);

        if (rc != AIR_ENOMEM) {
            break;
        }
    }

    is(rc, AIR_OK, "memory that fails at each call: %zu calls", n);
    ok(n > 3, "and there are some");
}


int
main(void)
{
    char      *big;
    size_t     i;
    uint64_t   cost;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        is(search(table[i].pattern, table[i].in),
           table[i].found ? AIR_OK : AIR_ENOENT, "%s on %s", table[i].pattern,
           table[i].in);
    }

    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        is(search(refused[i], "a"), REFUSED, "%s is refused", refused[i]);
    }

    big = malloc(AIR_PATTERN_TEXT + 2);
    memset(big, 'a', AIR_PATTERN_TEXT + 1);
    big[AIR_PATTERN_TEXT + 1] = '\0';
    is(search(big, "a"), REFUSED, "a pattern longer than may be");
    memset(big, '(', AIR_PATTERN_TEXT + 1);
    big[AIR_PATTERN_TEXT] = '\0';
    is(search(big, "a"), REFUSED, "brackets alone");
    free(big);

    is(search("((((((a{1,500}){1,500}){1,500}){1,500}){1,500}){1,500})", "a"),
       REFUSED, "a pattern that grows");

    worst("(a+)+$", "a", 28, "b");
    worst("(a+)+$", "a", 100000, "b");
    worst("^(a+)+$", "a", 1000000, "b");
    worst("x*y", "x", 1000000, "");
    worst("(x+x+)+y", "x", 100000, "");
    worst("(.*)*$", "a\n", 10000, "b");
    worst("^(\\w+\\s?)*$", "word ", 100000, "!");
    worst("(?:a|a)*b", "a", 100000, "");
    worst("a{1000}b", "a", 1000000, "");
    worst("^(a*)\\1\\1\\1b", "a", 1000000, "");
    worst("(?=(a+))a*b\\1", "a", 1000000, "");
    worst("[\\p{Lu}\\p{Ll}\\p{Nd}\\p{Sc}\\p{Sk}\\p{Greek}\\p{Han}]*#",
          "\xe4\xb8\xad", 300000, "");
    worst("[\\p{Lu}\\p{Ll}\\p{Nd}\\p{Sc}\\p{Sk}\\p{Greek}\\p{Han}]*[#!]",
          "\xe4\xb8\xad", 300000, "");
    worst("x*[yz]", "x", 1000000, "");
    worst("(x+x+)+[yz]", "x", 100000, "");
    worst("a{1000}[bc]", "a", 1000000, "");
    worst("(?=(a+))a*[bc]\\1", "a", 1000000, "");
    worst("(|||||)*[bc]", "a", 100000, "");
    worst("(|||||)*b", "a", 100000, "");

    is(search_n("^[a-z ]*$", air_str_z("the quick brown fox"), &cost), AIR_OK,
       "an honest pattern");
    ok(cost < 64, "costs little: %llu", (unsigned long long) cost);

    memory();

    return done();
}
