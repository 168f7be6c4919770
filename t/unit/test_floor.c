
/*
 * The floor: how its checks are written, and what each of them says.
 */

#include "floor.h"

#include <time.h>


#define PASSED  AIR_VERDICT_PASSED
#define FAILED  AIR_VERDICT_FAILED
#define UNSURE  AIR_VERDICT_UNSURE


static const struct {
    const char     *checks;
    const char     *text;
    air_verdict_e   verdict;
} table[] = {
    { "", "", AIR_VERDICT_NONE },

    { "json", "{\"a\": [1, 2, {\"b\": null}]}", PASSED },
    { "json", " \n 42\n", PASSED },
    { "json", "\"a\"", PASSED },
    { "json", "", FAILED },
    { "json", "{\"a\": 1} and more", FAILED },
    { "json", "Here you are: {\"a\": 1}", FAILED },
    { "json", "```json\n{\"a\": 1}\n```", FAILED },
    { "json", "{'a': 1}", FAILED },
    { "json=fenced", "```json\n{\"a\": 1}\n```", PASSED },
    { "json=fenced", "```\n{\"a\": 1}\n```\n", PASSED },
    { "json=fenced", "{\"a\": 1}", PASSED },
    { "json=fenced", "```json\n{\"a\": 1}\n```\ntext\n```json\n1\n```",
      FAILED },
    { "json=fenced", "```json\n{\"a\": 1}", FAILED },
    { "json=fenced", "``````", FAILED },

    { "regex=^\\d+$", "42", PASSED },
    { "regex=^\\d+$", "42 apples", FAILED },
    { "regex=(?i)yes", "I say YES", PASSED },
    { "regex=\xc3\xa4.x", "\xc3\xa4\xc3\xb6x", PASSED },
    { "regex=x", "\xff\x80x", PASSED },
    { "regex=x", "\xff\x80\xc3", FAILED },
    { "not_regex=TODO", "all done", PASSED },
    { "not_regex=TODO", "TODO: the rest", FAILED },

    { "min_chars=3", "abc", PASSED },
    { "min_chars=3", " ab\n ", FAILED },
    { "min_chars=3", "\xc3\xa4\xc3\xb6", FAILED },
    { "min_chars=1", "", FAILED },
    { "max_chars=3", "  abc  ", PASSED },
    { "max_chars=3", "\xc3\xa4\xc3\xb6\xc3\xbc", PASSED },
    { "max_chars=3", "abcd", FAILED },

    { "numeric", "42", PASSED },
    { "numeric", "The total is 1,234.50.", PASSED },
    { "numeric", "It is **0.7**", PASSED },
    { "numeric", "\\boxed{-3}", PASSED },
    { "numeric", "The answer is 12 apples.", PASSED },
    { "numeric", "forty-two", FAILED },
    { "numeric", "42 or so, perhaps", FAILED },
    { "numeric", "version 1.2.3", FAILED },
    { "numeric", "", FAILED },
    { "numeric=0..1", "0.85", PASSED },
    { "numeric=0..1", "1.0", PASSED },
    { "numeric=0..1", "1.0000001", FAILED },
    { "numeric=0..1", "-0.1", FAILED },
    { "numeric=0..1", "\xe2\x88\x92" "0.1", FAILED },
    { "numeric=0..1", "-0", PASSED },
    { "numeric=-5..", "Score: -5", PASSED },
    { "numeric=-5..", "Score: -5.01", FAILED },
    { "numeric=..1e3", "999", PASSED },
    { "numeric=..1e3", "1001", FAILED },
    { "numeric=..1e3", "1e4", FAILED },

    { "no_truncation", "All is said.", PASSED },
    { "no_truncation", "```c\nint a;\n```\n", PASSED },
    { "no_truncation", "```c\nint a;\n", FAILED },
    { "no_truncation", "Use ```x``` here", PASSED },
    { "no_truncation", "```x``` begins", PASSED },
    { "no_truncation", "{\"a\": [1, 2", FAILED },
    { "no_truncation", "{\"a\": \"b}", FAILED },
    { "no_truncation", "{\"a\": \"\\\"}\"}", PASSED },
    { "no_truncation", "[1] Miller, 1970", PASSED },
    { "no_truncation", "[see below", PASSED },

    { "cites", "Water boils at 100 degrees [1].", PASSED },
    { "cites", "See https://example.com/boiling.", PASSED },
    { "cites", "Water boils.", FAILED },
    { "cites", "See https://", FAILED },
    { "cites=2", "Boils [1], as said [1].", FAILED },
    { "cites=2", "Boils [1, 2].", PASSED },
    { "cites=2", "Boils [1][2].", PASSED },
    { "cites=2", "http://a.example/x and http://a.example/y", PASSED },
    { "cites=2", "http://a.example/x and http://a.example/x", FAILED },
    { "cites", "```\na[1] = 2;\n```", FAILED },
    { "cites", "an array [0] or [x] or [12345]", FAILED },

    { "language=en", "The quick brown fox jumps over the lazy dog, and that "
      "was all there is to say about it.", PASSED },
    { "language=de", "The quick brown fox jumps over the lazy dog, and that "
      "was all there is to say about it.", FAILED },
    { "language=de,en", "Der Hund ist nicht im Haus, aber er kommt bald, wenn "
      "es regnet.", PASSED },
    { "language=en", "Der Hund ist nicht im Haus, aber er kommt bald, wenn "
      "es regnet.", FAILED },
    { "language=fr", "Le chien n'est pas dans la maison, mais il va venir "
      "avec les enfants.", PASSED },
    { "language=es", "El perro no est\xc3\xa1 en la casa, pero viene con los "
      "ni\xc3\xb1os esta tarde.", PASSED },
    { "language=es", "Le chien n'est pas dans la maison, mais il va venir "
      "avec les enfants.", FAILED },
    { "language=ja", "\xe6\x97\xa5\xe6\x9c\xac\xe3\x81\xae\xe9\xa6\x96\xe9"
      "\x83\xbd\xe3\x81\xaf\xe6\x9d\xb1\xe4\xba\xac\xe3\x81\xa7\xe3\x81\x99",
      PASSED },
    { "language=zh", "\xe6\x97\xa5\xe6\x9c\xac\xe3\x81\xae\xe9\xa6\x96\xe9"
      "\x83\xbd\xe3\x81\xaf\xe6\x9d\xb1\xe4\xba\xac\xe3\x81\xa7\xe3\x81\x99",
      FAILED },
    { "language=zh", "\xe4\xb8\xad\xe5\x9b\xbd\xe7\x9a\x84\xe9\xa6\x96\xe9"
      "\x83\xbd\xe6\x98\xaf\xe5\x8c\x97\xe4\xba\xac", PASSED },
    { "language=ru", "\xd0\xa1\xd1\x82\xd0\xbe\xd0\xbb\xd0\xb8\xd1\x86\xd0"
      "\xb0 \xd0\xb8 \xd0\xb2\xd1\x81\xd1\x91 \xd1\x8d\xd1\x82\xd0\xbe "
      "\xd0\xb1\xd1\x8b\xd0\xbb\xd0\xbe \xd0\xbd\xd0\xb5 \xd1\x82\xd0\xb0"
      "\xd0\xba", PASSED },
    { "language=en", "OK", UNSURE },
    { "language=en", "", UNSURE },
    { "language=en", "42, 43 and 44", UNSURE },
    { "language=en", "Marrakesh Antananarivo Ouagadougou Nouakchott",
      UNSURE },

    { "min_chars=1 max_chars=5 json", "123", PASSED },
    { "language=en min_chars=9", "no", FAILED },
    { "language=en min_chars=1", "no", UNSURE }
};


static const struct {
    const char  *check;
    int          rc;
} written[] = {
    { "json", AIR_OK },
    { "json=", AIR_EINVAL },
    { "json=pure", AIR_EINVAL },
    { "jsonx", AIR_ENOENT },
    { "", AIR_ENOENT },
    { "=", AIR_ENOENT },
    { "score", AIR_EINVAL },
    { "score=0.7", AIR_EINVAL },
    { "score=2", AIR_EINVAL },
    { "score=-0.5", AIR_EINVAL },
    { "agree=a/b", AIR_ENOENT },
    { "regex", AIR_EINVAL },
    { "regex=", AIR_EINVAL },
    { "regex=(", AIR_EINVAL },
    { "regex=\\C", AIR_EINVAL },
    { "regex=(a)\\1", AIR_EINVAL },
    { "regex=a{2000}", AIR_EINVAL },
    { "regex=a{1000}", AIR_OK },
    { "regex=a=b", AIR_OK },
    { "min_chars", AIR_EINVAL },
    { "min_chars=0", AIR_EINVAL },
    { "min_chars=-1", AIR_EINVAL },
    { "min_chars=2x", AIR_EINVAL },
    { "max_chars=1000000000", AIR_OK },
    { "max_chars=1000000001", AIR_EINVAL },
    { "max_chars=99999999999999999999", AIR_EINVAL },
    { "language", AIR_EINVAL },
    { "language=xx", AIR_EINVAL },
    { "language=de,", AIR_EINVAL },
    { "language=de,en", AIR_OK },
    { "numeric", AIR_OK },
    { "numeric=1", AIR_EINVAL },
    { "numeric=..", AIR_EINVAL },
    { "numeric=a..b", AIR_EINVAL },
    { "numeric=2..1", AIR_EINVAL },
    { "numeric=1..1", AIR_OK },
    { "numeric=-1.5..2e3", AIR_OK },
    { "no_refusal", AIR_OK },
    { "no_refusal=1", AIR_EINVAL },
    { "no_truncation=", AIR_EINVAL },
    { "must_call_tool", AIR_OK },
    { "must_call_tool=", AIR_EINVAL },
    { "must_call_tool=find", AIR_OK },
    { "cites", AIR_OK },
    { "cites=0", AIR_EINVAL },
    { "cites=3", AIR_OK }
};


static void
test_table(void)
{
    size_t  i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {

        is(floor_of(table[i].checks, table[i].text), table[i].verdict,
           "%s: %.60s", table[i].checks, table[i].text);

        if (table[i].verdict == FAILED || table[i].verdict == UNSURE) {
            ok(floor_verdict.why[0] != '\0', "... and says why: %s",
               floor_verdict.why);
        }
    }

    is(floor_verdict.check, AIR_FLOOR_LANGUAGE, "which one is unsure");
    is(floor_verdict.grade, AIR_FLOOR_NO_GRADE, "no grade");
}


static void
test_written(void)
{
    char          why[100];
    mem_t         m;
    size_t        i;
    air_mem_t     mem;
    air_floor_t  *floor;

    for (i = 0; i < sizeof(written) / sizeof(written[0]); i++) {

        mem = mem_init(&m, 0);
        floor = air_floor_create(&mem);
        why[0] = '\0';

        is(air_floor_add(floor, air_str_z(written[i].check),
                         air_str_n(NULL, 0), &mem, why, sizeof(why)),
           written[i].rc, "%s", written[i].check);

        ok((why[0] != '\0') == (written[i].rc == AIR_EINVAL),
           "... and why: %s", why);

        air_floor_free(floor);
        mem_free(&m);
    }
}


static void
test_finish(void)
{
    size_t  i;

    static const struct {
        air_finish_e   finish;
        const char    *text;
        air_verdict_e  verdict;
    } finishes[] = {
        { AIR_FINISH_STOP, "A sentence that ends in the middle of a wor",
          PASSED },
        { AIR_FINISH_SEQUENCE, "x", PASSED },
        { AIR_FINISH_LENGTH, "Done.", FAILED },
        { AIR_FINISH_CONTEXT, "Done.", FAILED },
        { AIR_FINISH_CONTENT_FILTER, "Done.", FAILED },
        { AIR_FINISH_ERROR, "Done.", FAILED },
        { AIR_FINISH_PAUSE, "Done.", FAILED },
        { AIR_FINISH_REFUSAL, "No.", PASSED },
        { AIR_FINISH_TOOL_CALLS, "", PASSED },
        { AIR_FINISH_NONE, "A sentence that ends in the middle of a wor",
          FAILED },
        { AIR_FINISH_NONE, "A sentence that ends where it should end.",
          PASSED }
    };

    for (i = 0; i < sizeof(finishes) / sizeof(finishes[0]); i++) {
        (void) floor_said(air_str_z(finishes[i].text));
        floor_answer.finish = finishes[i].finish;
        is(floor_judge("no_truncation"), finishes[i].verdict, "%s: %s",
           air_finish_name(finishes[i].finish), finishes[i].text);
    }
}


static void
test_tools(void)
{
    air_part_t  call, other;
    air_tool_t  tool;

    memset(&call, 0, sizeof(call));
    memset(&other, 0, sizeof(other));
    memset(&tool, 0, sizeof(tool));

    is(floor_of("must_call_tool", "I would call find()."), FAILED,
       "no call");

    call.type = AIR_PART_TOOL_CALL;
    call.name = air_str_z("find");
    call.arguments = air_str_z("{\"q\": \"x\"}");
    tool.name = air_str_z("find");

    (void) floor_said(air_str_z(""));
    floor_answer.parts = &call;
    floor_answer.ncalls = 1;

    is(floor_judge("must_call_tool"), PASSED, "a call");
    is(floor_judge("must_call_tool=find"), PASSED, "of that tool");
    is(floor_judge("must_call_tool=open"), FAILED, "of another one");

    floor_asked.tools = &tool;
    is(floor_judge("must_call_tool=find"), PASSED, "that the request has");

    tool.name = air_str_z("open");
    is(floor_judge("must_call_tool"), FAILED, "that the request has not");
    tool.name = air_str_z("find");

    call.arguments = air_str_z("");
    is(floor_judge("must_call_tool"), PASSED, "no arguments");

    call.arguments = air_str_z("{\"q\": ");
    is(floor_judge("must_call_tool"), FAILED, "broken arguments");

    call.arguments = air_str_z("[1]");
    is(floor_judge("must_call_tool"), FAILED, "arguments are no object");

    call.custom = 1;
    is(floor_judge("must_call_tool"), PASSED, "a free-form tool");
    call.custom = 0;

    call.arguments = air_str_z("{}");
    other = call;
    other.arguments = air_str_z("oops");
    call.next = &other;
    is(floor_judge("must_call_tool"), FAILED, "each call counts");

    floor_answer.ncites = 2;
    is(floor_judge("cites=2"), PASSED, "citations of the wire");
    is(floor_judge("cites=3"), FAILED, "too few of them");
}


/* The first that fails, else the first that is unsure. */
static void
test_order(void)
{
    (void) floor_of("language=de min_chars=9 max_chars=1", "ab");
    is(floor_verdict.verdict, FAILED, "a failure counts more than doubt");
    is(floor_verdict.check, AIR_FLOOR_MIN_CHARS, "the first one");
}


#define EVERY                                                                 \
    "json=fenced regex=^[\\x00-\\x7f]*$ not_regex=TODO|FIXME "                \
    "min_chars=1 max_chars=9000000 language=en numeric no_refusal "           \
    "no_truncation no_hedge must_call_tool cites"


/* Every allocation fails once. */
static void
test_memory(void)
{
    int           rc;
    char          why[100];
    mem_t         m;
    size_t        n, i, len;
    air_mem_t     mem, first;
    mem_t         keep;
    const char   *p;
    air_floor_t  *floor;

    (void) floor_said(air_str_z("{\"a\": [1, \"\\u00e4\"]}"));

    for (n = 1; n < 1000; n++) {

        first = mem_init(&keep, 0);
        floor = air_floor_create(&first);

        for (p = "json regex=a min_chars=1 language=en no_refusal cites";
             *p != '\0'; p += len + (p[len] == ' '))
        {
            len = strcspn(p, " ");

            for (i = 1; ; i++) {
                mem = mem_init(&m, i);
                rc = air_floor_add(floor, air_str_n(p, len),
                                   air_str_n(NULL, 0), &mem, why,
                                   sizeof(why));
                if (rc != AIR_ENOMEM) {
                    break;
                }

                mem_free(&m);
            }

            /* what was added stays: it is given back below */

            while (m.blocks != NULL) {
                mem_block_t  *b = m.blocks;

                m.blocks = b->next;
                b->next = keep.blocks;
                keep.blocks = b;
            }
        }

        mem = mem_init(&m, n);
        rc = air_floor_judge(floor, &floor_answer, &floor_asked, &mem,
                             &floor_verdict);
        mem_free(&m);
        air_floor_free(floor);
        mem_free(&keep);

        if (rc != AIR_ENOMEM) {
            break;
        }
    }

    ok(n > 3 && n < 1000, "%zu allocations can fail", n - 1);
    is(rc, AIR_OK, "and then it is judged");
    is(floor_verdict.check, AIR_FLOOR_CITES, "up to the one that fails");
}


/*
 * CPU of each check on a megabyte, for who asks: test_floor bench.  No test:
 * a machine may be slow.
 */
static void
bench(void)
{
    char           *text, check[64];
    double          all, ms;
    size_t          len, i, n;
    unsigned        k, round;
    const char     *p;
    struct timespec a, b;

    static const char *const  kinds[][2] = {
        { "prose", "It was not the answer that they had hoped for, and "
          "so the [12] second letter, see https://example.com/letters/17 of "
          "them, was sent. " },
        { "digits", "0123456789" },
        { "brackets", "[1, 2]{\"a\":" },
        { "marks", "the answer is: \"`# " },
        { "Chinese", "\xe4\xb8\xad\xe5\x9b\xbd\xe7\x9a\x84\xe9\xa6\x96" },
        { "JSON", NULL },
        { "no UTF-8", "\xff\xc3" }
    };

    len = 1024 * 1024;
    text = malloc(len + 1);

    for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {

        p = kinds[k][1] != NULL ? kinds[k][1]
            : "{\"name\": \"the hill\", \"ids\": [12, 345]}, ";
        n = strlen(p);

        for (i = 0; i < len; i++) {
            text[i] = p[i % n];
        }

        if (kinds[k][1] == NULL) {
            memcpy(text + 1, text, len / n * n - n);
            text[0] = '[';
            memset(text + len / n * n - n, ' ', len - len / n * n + n);
            memcpy(text + len / n * n - n, "7]", 2);
        }

        text[len] = '\0';
        all = 0;

        for (p = EVERY; *p != '\0'; p += n + (p[n] == ' ')) {

            n = strcspn(p, " ");
            memcpy(check, p, n);
            check[n] = '\0';
            ms = 1e9;

            for (round = 0; round < 5; round++) {
                (void) floor_said(air_str_n(text, len));
                clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
                (void) floor_judge(check);
                clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);

                if ((b.tv_sec - a.tv_sec) * 1e3
                    + (b.tv_nsec - a.tv_nsec) / 1e6 < ms)
                {
                    ms = (b.tv_sec - a.tv_sec) * 1e3
                         + (b.tv_nsec - a.tv_nsec) / 1e6;
                }
            }

            printf("%-9s %-24s %6.2f ms  %s\n", kinds[k][0], check, ms,
                   air_verdict_name(floor_verdict.verdict));
            all += ms;
        }

        printf("%-9s %-24s %6.2f ms\n", kinds[k][0], "all", all);
    }

    free(text);
}


/* What a schema's file makes of an answer: the verdict, or how it is bad. */
static int
schema_of(const char *file, const char *text)
{
    int           rc;
    mem_t         m;
    char          why[200];
    air_mem_t     mem;
    air_floor_t  *floor;

    mem = mem_init(&m, 0);
    floor = air_floor_create(&mem);

    memset(&floor_verdict, 0, sizeof(floor_verdict));

    rc = air_floor_add(floor, air_str_z("json_schema=a.json"),
                       air_str_z(file), &mem, why, sizeof(why));

    if (rc == AIR_OK) {
        rc = air_floor_judge(floor, floor_said(air_str_z(text)), &floor_asked,
                             &mem, &floor_verdict);

    } else {
        snprintf(floor_verdict.why, sizeof(floor_verdict.why), "%.150s", why);
    }

    air_floor_free(floor);
    mem_free(&m);

    return rc == AIR_OK ? (int) floor_verdict.verdict : rc;
}


static void
test_schema(void)
{
    static const char  *file = "{\"type\":\"object\",\"properties\":{"
        "\"age\":{\"type\":\"integer\"}},\"required\":[\"age\"]}";

    is(schema_of(file, " {\"age\": 3}\n"), PASSED, "as the file says");
    is(schema_of(file, "{\"age\": 3.5}"), FAILED, "not so");
    is_str(air_str_z(floor_verdict.why), "the answer does not match its "
           "schema: /age is no whole number", "and where");
    is(schema_of(file, "{\"secret\": 3}"), FAILED, "nor so");
    is_str(air_str_z(floor_verdict.why), "the answer does not match its "
           "schema: lacks \"age\"", "the operator's names are named");
    is(schema_of(file, "age 3"), FAILED, "no JSON");
    is(schema_of("{\"type\":1}", "{}"), AIR_EINVAL, "a bad file");
    is_str(air_str_z(floor_verdict.why),
           "the schema cannot be used: /type is no type", "and where");
    is(schema_of("", "{}"), AIR_EINVAL, "an empty file");

    (void) floor_said(air_str_z("{\"age\":3}"));
    is(floor_judge("json_schema"), UNSURE, "the request has none");

    floor_asked.schema = air_str_z(file);
    is(floor_judge("json_schema"), PASSED, "the request's own");

    (void) floor_said(air_str_z("```json\n{\"age\":3}\n```"));
    floor_asked.schema = air_str_z(file);
    is(floor_judge("json_schema"), FAILED, "in a fence");
    is(floor_judge("json=fenced json_schema"), PASSED, "that may be there");

    (void) floor_said(air_str_z("{\"years\":3}"));
    floor_asked.schema = air_str_z(file);
    is(floor_judge("json_schema"), FAILED, "not as the request says");
    is_str(air_str_z(floor_verdict.why), "the answer does not match its "
           "schema: lacks a member that must be there",
           "the caller's names are not");

    floor_asked.schema = air_str_z("{\"$ref\":\"http://x/y\"}");
    is(floor_judge("json_schema"), UNSURE, "a schema of no use");
}


static void
test_call_schema(void)
{
    air_part_t  part;
    air_tool_t  tool;

    (void) floor_said(air_str_z(""));

    memset(&part, 0, sizeof(part));
    memset(&tool, 0, sizeof(tool));

    part.type = AIR_PART_TOOL_CALL;
    part.name = air_str_z("find");
    part.arguments = air_str_z("{\"n\":1}");
    tool.name = part.name;
    tool.schema = air_str_z("{\"properties\":{\"n\":{\"minimum\":1}}}");

    floor_answer.parts = &part;
    floor_answer.ncalls = 1;
    floor_asked.tools = &tool;

    is(floor_judge("must_call_tool"), PASSED, "arguments as their schema says");

    part.arguments = air_str_z("{\"n\":0}");
    is(floor_judge("must_call_tool"), FAILED, "not so");
}


/* json and json_schema read the answer once, and say what each says alone. */
static void
test_together(void)
{
    unsigned  i;

    static const struct {
        const char     *text;
        air_verdict_e   json;
        air_verdict_e   schema;
    } table[] = {
        { "{\"age\":3}", PASSED, PASSED },
        { "{\"age\":\"x\"}", PASSED, FAILED },
        { "{\"age\":3,\"age\":4}", PASSED, FAILED },
        { "{\"age\":", FAILED, FAILED },
        { "", FAILED, FAILED }
    };

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        (void) floor_said(air_str_z(table[i].text));
        floor_asked.schema = air_str_z("{\"properties\":{\"age\":{\"type\":"
                                       "\"integer\"}}}");

        is(floor_judge("json"), table[i].json, "%s", table[i].text);
        is(floor_judge("json_schema"), table[i].schema, "by its schema");

        is(floor_judge("json json_schema"), table[i].schema, "by both");
        is(floor_verdict.check, table[i].schema == PASSED ? 0
           : table[i].json == FAILED ? AIR_FLOOR_JSON : AIR_FLOOR_JSON_SCHEMA,
           "the first that fails");

        is(floor_judge("json_schema json"), table[i].schema, "by both");
        is(floor_verdict.check, table[i].schema == PASSED ? 0
           : AIR_FLOOR_JSON_SCHEMA, "the first that fails");
    }
}


/* An answer may have many calls: what judging any text may take is for all of
   them together. */
static void
test_many_calls(void)
{
    char         schema[32768];
    size_t       n;
    unsigned     i;
    air_tool_t   tool;

    static air_part_t  part[100];

    n = (size_t) snprintf(schema, sizeof(schema), "{\"allOf\":[true");

    for (i = 0; i < 1000; i++) {
        n += (size_t) snprintf(schema + n, sizeof(schema) - n,
                               ",{\"minProperties\":1}");
    }

    snprintf(schema + n, sizeof(schema) - n, "]}");

    (void) floor_said(air_str_z(""));

    memset(&tool, 0, sizeof(tool));
    tool.name = air_str_z("find");
    tool.schema = air_str_z(schema);
    floor_asked.tools = &tool;

    for (i = 0; i < 100; i++) {
        part[i].type = AIR_PART_TOOL_CALL;
        part[i].name = tool.name;
        part[i].arguments = air_str_z("{\"n\":1}");
        part[i].next = i < 99 ? &part[i + 1] : NULL;
    }

    floor_answer.parts = &part[60];
    floor_answer.ncalls = 40;
    is(floor_judge("must_call_tool"), PASSED, "40 calls of 1,000 steps");

    floor_answer.parts = part;
    floor_answer.ncalls = 100;
    is(floor_judge("must_call_tool"), UNSURE, "100 are too many");
    is_str(air_str_z(floor_verdict.why), "a call cannot be judged by its "
           "schema: takes more steps than its size allows", "and why");
}


int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "bench") == 0) {
        bench();
        return 0;
    }

    test_table();
    test_written();
    test_finish();
    test_tools();
    test_schema();
    test_call_schema();
    test_together();
    test_many_calls();
    test_order();
    test_memory();

    return done();
}
