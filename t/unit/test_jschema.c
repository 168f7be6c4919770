
/*
 * JSON Schema beyond the suite: what is refused and where it says so, numbers
 * of any size, references that grow, and what a big answer costs.
 */

#include <time.h>

#include "../../ngx_ai_router_module/core/air_jschema.h"
#include "mem.h"
#include "tap.h"


static mem_t                m;
static air_mem_t            mem;
static air_jschema_error_t  error;


/* Judges in with schema: its code, or 100 + what compiling says. */
static int
judge_n(const char *schema, air_str_t in, air_jschema_draft_e draft)
{
    int             rc;
    air_jschema_t  *s;

    mem = mem_init(&m, 0);

    rc = air_jschema_compile(&s, air_str_z(schema), draft, &mem, &error);

    if (rc != AIR_OK) {
        rc = 100 + rc;

    } else {
        rc = air_jschema_check(s, in, &mem, &error);
        air_jschema_free(s);
    }

    mem_free(&m);

    return rc;
}


static int
judge(const char *schema, const char *in)
{
    return judge_n(schema, air_str_z(in), AIR_JSCHEMA_2020);
}


static void
numbers(void)
{
    unsigned  i;

    static const struct {
        const char  *schema;
        const char  *in;
        int          rc;
    } table[] = {
        { "{\"multipleOf\":0.1}", "0.3", AIR_OK },
        { "{\"multipleOf\":0.01}", "19.99", AIR_OK },
        { "{\"multipleOf\":0.01}", "19.999", AIR_EINVAL },
        { "{\"multipleOf\":1e-8}", "12391239123", AIR_OK },
        { "{\"multipleOf\":7}", "1e400", AIR_EINVAL },
        { "{\"multipleOf\":7}", "7e400", AIR_OK },
        { "{\"multipleOf\":7}", "-21.0", AIR_OK },
        { "{\"multipleOf\":7}", "0e999999999", AIR_OK },
        { "{\"multipleOf\":3}",
          "123456789012345678901234567890123456789012345678901234567893",
          AIR_OK },
        { "{\"multipleOf\":3}",
          "123456789012345678901234567890123456789012345678901234567894",
          AIR_EINVAL },
        { "{\"multipleOf\":3}",
          "123456789012345678901234567890123456789012345678901234567895",
          AIR_EINVAL },
        { "{\"multipleOf\":999999999999999999}", "1999999999999999998",
          AIR_OK },
        { "{\"multipleOf\":1234567890123456789}", "1", 100 + AIR_ELIMIT },
        { "{\"multipleOf\":0}", "1", 100 + AIR_EINVAL },
        { "{\"multipleOf\":-1}", "1", 100 + AIR_EINVAL },
        { "{\"maximum\":1e400}", "1e399", AIR_OK },
        { "{\"maximum\":1e400}", "1e401", AIR_EINVAL },
        { "{\"maximum\":18446744073709551616}", "18446744073709551616",
          AIR_OK },
        { "{\"maximum\":18446744073709551616}", "18446744073709551617",
          AIR_EINVAL },
        { "{\"maximum\":18446744073709551616}", "18446744073709551616.0001",
          AIR_EINVAL },
        { "{\"exclusiveMinimum\":0}", "1e-999999999", AIR_OK },
        { "{\"exclusiveMinimum\":0}", "0.000", AIR_EINVAL },
        { "{\"exclusiveMinimum\":-0.0}", "-0", AIR_EINVAL },
        { "{\"minimum\":-1.5}", "-1.50", AIR_OK },
        { "{\"minimum\":-1.5}", "-1.51", AIR_EINVAL },
        { "{\"minimum\":-1.5}", "-15e-1", AIR_OK },
        { "{\"minimum\":0}", "1e1000000000", AIR_ELIMIT },
        { "{\"minimum\":0}", "1e000000000001", AIR_OK },
        { "{\"minimum\":1e1000000000}", "1", 100 + AIR_ELIMIT },
        { "{\"type\":\"integer\"}", "1.0", AIR_OK },
        { "{\"type\":\"integer\"}", "10e-1", AIR_OK },
        { "{\"type\":\"integer\"}", "1e-1", AIR_EINVAL },
        { "{\"type\":\"integer\"}", "1e400", AIR_OK },
        { "{\"type\":\"integer\"}", "0.0", AIR_OK },
        { "{\"const\":1}", "1.0", AIR_OK },
        { "{\"const\":1}", "100e-2", AIR_OK },
        { "{\"const\":1}", "true", AIR_EINVAL },
        { "{\"const\":1e400}", "10e399", AIR_OK },
        { "{\"const\":0}", "-0.0e5", AIR_OK },
        { "{\"const\":0}", "false", AIR_EINVAL },
        { "{\"const\":{\"a\":[1,{\"b\":2}],\"c\":\"\\u0041\"}}",
          "{\"c\":\"A\",\"\\u0061\":[1.0,{\"b\":20e-1}]}", AIR_OK },
        { "{\"const\":{\"a\":1,\"b\":2}}", "{\"a\":2,\"b\":1}", AIR_EINVAL },
        { "{\"enum\":[[1,2],{\"a\":null}]}", "{\"a\":null}", AIR_OK },
        { "{\"enum\":[[1,2],{\"a\":null}]}", "[2,1]", AIR_EINVAL },
        { "{\"uniqueItems\":true}", "[1,2,10e-1]", AIR_EINVAL },
        { "{\"uniqueItems\":true}",
          "[{\"a\":1,\"b\":2},3,4,5,6,7,8,9,10,{\"b\":2.0,\"a\":1}]",
          AIR_EINVAL },
        { "{\"uniqueItems\":true}", "[[1],[true],[\"1\"],[[1]],1,true,\"1\","
          "{},[],null,false,0,\"\"]", AIR_OK },
        { "{\"maxLength\":2}", "\"\\ud83d\\udc32\\u00e9\"", AIR_OK },
        { "{\"maxLength\":1}", "\"\\ud83d\\udc32\\u00e9\"", AIR_EINVAL },
        { "{\"minLength\":2}", "\"\xf0\x9f\x90\xb2\"", AIR_EINVAL },
        { "{\"maxLength\":99999999999999999999}", "\"a\"", AIR_OK },
        { "{\"minLength\":99999999999999999999}", "\"a\"", AIR_EINVAL },
        { "{\"minLength\":1.5}", "\"a\"", 100 + AIR_EINVAL }
    };

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        is(judge(table[i].schema, table[i].in), table[i].rc, "%s on %s",
           table[i].schema, table[i].in);
    }
}


static void
says(const char *schema, const char *in, int rc, const char *path,
    const char *text)
{
    is(judge(schema, in), rc, "%.60s on %.40s", schema, in);
    is_str(air_str_z(error.path), path, "there");
    is_str(air_str_z(error.text), text, "so");
}


static void
errors(void)
{
    static const char  *obj =
        "{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{"
        "\"a\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/x\"}}},"
        "\"additionalProperties\":{\"type\":\"null\"},"
        "\"$defs\":{\"x\":{\"type\":\"integer\",\"maximum\":9}}}";

    says(obj, "{}", AIR_EINVAL, "", "lacks \"a\"");
    says(obj, "[]", AIR_EINVAL, "", "is of another type than it may be");
    says(obj, "{\"a\":[1,2,3.5]}", AIR_EINVAL, "/a/2", "is no whole number");
    says(obj, "{\"a\":[1,2,35]}", AIR_EINVAL, "/a/2",
         "is too great a number");
    says(obj, "{\"secret\":1,\"a\":[]}", AIR_EINVAL, "/*",
         "is of another type than it may be");
    says("{\"additionalProperties\":false}", "{\"secret\":1}", AIR_EINVAL, "",
         "has a member that it must not have");
    says("false", "1", AIR_EINVAL, "", "nothing may stand here");
    says("{\"anyOf\":[{\"type\":\"null\"},{\"minimum\":5}]}", "1", AIR_EINVAL,
         "", "matches none of anyOf");
    says("true", "{\"a\":1,\"b\":2,\"\\u0061\":3}", AIR_EINVAL, "",
         "a name twice in an object");
    says("true", "{\"a\":1", AIR_EINVAL, "", "no JSON");
    says("true", "", AIR_EINVAL, "", "no JSON");

    says("{", "1", 100 + AIR_EINVAL, "", "no JSON");
    says("[]", "1", 100 + AIR_EINVAL, "",
         "a schema is an object, true or false");
    says("{\"properties\":{\"a\":{\"type\":\"strin\"}}}", "1",
         100 + AIR_EINVAL, "/properties/a/type", "is no type");
    says("{\"allOf\":[true,{\"$ref\":\"#/nowhere\"}]}", "1",
         100 + AIR_EINVAL, "/allOf/1/$ref",
         "leads nowhere, and nothing is fetched");
    says("{\"$ref\":\"https://example.com/x.json\"}", "1", 100 + AIR_EINVAL,
         "/$ref", "leads nowhere, and nothing is fetched");
    says("{\"$ref\":\"file:///etc/passwd\"}", "1", 100 + AIR_EINVAL, "/$ref",
         "leads nowhere, and nothing is fetched");
    says("{\"$ref\":\"#\"}", "1", 100 + AIR_EINVAL, "",
         "a schema that leads to itself");
    says("{\"$defs\":{\"a\":{\"anyOf\":[{\"$ref\":\"#/$defs/b\"}]},"
         "\"b\":{\"not\":{\"$ref\":\"#/$defs/a\"}}}}", "1", 100 + AIR_EINVAL,
         "/$defs/a", "a schema that leads to itself");
    says("{\"pattern\":\"a++\"}", "1", 100 + AIR_EINVAL, "/pattern",
         "nothing to repeat");
    says("{\"patternProperties\":{\"(\":true}}", "1", 100 + AIR_EINVAL,
         "/patternProperties/(", "no regular expression");
    says("{\"required\":[1]}", "1", 100 + AIR_EINVAL, "/required/0",
         "is no string");
    says("{\"$schema\":\"http://json-schema.org/draft-04/schema#\"}", "1",
         100 + AIR_EINVAL, "",
         "$schema names a draft that is not known here");
    says("{\"a\":1,\"a\":2}", "1", 100 + AIR_EINVAL, "",
         "a name twice in an object");

    is(judge("{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"}", "[[[],[]]]"),
       AIR_OK, "a schema that leads to itself for the children");
    is(judge("{\"$schema\":\"http://json-schema.org/draft-07/schema#\","
             "\"items\":[{\"type\":\"null\"}],\"additionalItems\":false}",
             "[null,1]"), AIR_EINVAL, "draft 7 by its $schema");
    is(judge("{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}",
             "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":1}}}"),
       AIR_EINVAL, "the meta-schema");
    is(judge("{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}",
             "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"null\"}"
             "}}"), AIR_OK, "the meta-schema");
}


static void *
plain_get(void *ud, size_t size)
{
    (void) ud;

    return malloc(size);
}


/* n times piece, with its number in it, between head and tail; to be freed. */
static air_str_t
many(const char *head, const char *piece, size_t n, const char *tail)
{
    char       one[512];
    size_t     i, size;
    air_buf_t  b;
    air_mem_t  plain = { plain_get, NULL };

    air_buf_init(&b, &plain, 1 << 25);
    size = strlen(head) + (strlen(piece) + 16) * n + strlen(tail) + 1;
    (void) air_buf_reserve(&b, size);
    (void) air_buf_z(&b, head);

    for (i = 0; i < n; i++) {
        /* the piece is one of ours */
        snprintf(one, sizeof(one), piece, (unsigned) i);

        if (i != 0 && piece[0] != '[' && piece[0] != ',') {
            (void) air_buf_byte(&b, ',');
        }

        (void) air_buf_z(&b, one);
    }

    (void) air_buf_z(&b, tail);
    (void) air_buf_byte(&b, '\0');
    b.len--;

    return air_buf_view(&b);
}


static air_str_t
digits(size_t n)
{
    air_str_t  s;

    s.len = n;
    s.data = malloc(n);
    memset(s.data, '7', n);

    return s;
}


static double
ms(struct timespec from)
{
    struct timespec  to;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);

    return (to.tv_sec - from.tv_sec) * 1e3 + (to.tv_nsec - from.tv_nsec) / 1e6;
}


/*
 * What it costs is printed, steps are judged: no schema, whatever it asks, may
 * take more than some for any text and three for each five of its bytes.
 */
static void
big(const char *what, const char *schema, air_str_t in, int rc)
{
    int              got;
    double           compiled;
    uint64_t         given, left;
    const char      *why;
    air_jvalue_t     value;
    air_jschema_t   *s;
    struct timespec  from;

    mem = mem_init(&m, 0);
    given = left = 0;
    memset(&error, 0, sizeof(error));

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);

    got = air_jschema_compile(&s, air_str_z(schema), AIR_JSCHEMA_2020, &mem,
                              &error);
    compiled = ms(from);

    if (got != AIR_OK) {
        got += 100;

    } else {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        got = air_jvalue_read(&value, in, &mem, &why);

        if (got == AIR_OK) {
            given = AIR_JSCHEMA_STEPS + air_jschema_steps(&value);
            left = given;
            got = air_jschema_judge(s, &value, &left, &mem, &error);
        }

        air_jschema_free(s);
    }

    is(got, rc, "%s: %zu bytes, %zu of schema", what, in.len, strlen(schema));
    ok(left <= given && given <= AIR_JSCHEMA_STEPS + in.len * 3 / 5
       && (got == AIR_ELIMIT || got == 100 + AIR_ELIMIT || left != 0
           || given == 0),
       "%llu of %llu steps", (unsigned long long) (given - left),
       (unsigned long long) given);
    printf("# %.2f ms, %.2f ms of compiling, %zu KiB, %s\n", ms(from),
           compiled, m.bytes / 1024, error.text);

    mem_free(&m);
    free(in.data);
}


/* Each schema asks the next one twice: 2^40 questions. */
static void
doubling(void)
{
    char      text[4096];
    size_t    n;
    unsigned  i;

    n = (size_t) snprintf(text, sizeof(text),
                          "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");

    for (i = 0; i < 40; i++) {
        n += (size_t) snprintf(text + n, sizeof(text) - n,
                               "\"d%u\":{\"allOf\":[{\"$ref\":\"#/$defs/d%u\"},"
                               "{\"$ref\":\"#/$defs/d%u\"}]},", i, i + 1,
                               i + 1);
    }

    snprintf(text + n, sizeof(text) - n, "\"d40\":{\"type\":\"null\"}}}");

    big("references that double", text, many("null", "", 0, ""), AIR_ELIMIT);
}


/* The same asked thousands of times, of what is long. */
static void
asked_often(void)
{
    air_str_t  schema;

    schema = many("{\"allOf\":[", "{\"type\":\"integer\"}", 10000, "]}");
    big("a long number asked often", (char *) schema.data, digits(900000),
        AIR_ELIMIT);
    free(schema.data);

    schema = many("{\"allOf\":[", "{\"items\":true}", 15000, "]}");
    big("a long array asked often", (char *) schema.data,
        many("[", "%u", 150000, "]"), AIR_ELIMIT);
    free(schema.data);

    schema = many("{\"allOf\":[", "{\"contains\":{\"const\":0},"
                  "\"minContains\":0}", 6000, "]}");
    big("its elements too", (char *) schema.data,
        many("[1", ",1%u", 150000, "]"), AIR_ELIMIT);
    free(schema.data);

    schema = many("{\"allOf\":[",
                  "{\"propertyNames\":{\"minLength\":9}}", 6000,
                  "]}");
    big("its names too", (char *) schema.data,
        many("{", "\"a long name %u\":1", 50000, "}"), AIR_ELIMIT);
    free(schema.data);

    schema = many("{\"x\":[", "0", 60000, "");
    schema.data = realloc(schema.data, 262144);
    schema.len += (size_t) snprintf((char *) schema.data + schema.len, 64,
                                    ",true],\"allOf\":[");

    while (schema.len < 262000) {
        schema.len += (size_t) snprintf((char *) schema.data + schema.len, 64,
                                        "{\"$ref\":\"#/x/60000\"},");
    }

    snprintf((char *) schema.data + schema.len - 1, 3, "]}");
    big("references that are long ways", (char *) schema.data,
        many("1", "", 0, ""), 100 + AIR_ELIMIT);
    free(schema.data);
}


/* One leads to the next. */
static void
chain(unsigned n, int rc)
{
    char       one[64];
    unsigned   i;
    air_buf_t  b;
    air_mem_t  plain = { plain_get, NULL };

    air_buf_init(&b, &plain, 1 << 20);
    (void) air_buf_reserve(&b, 64 * (n + 2));
    (void) air_buf_z(&b, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");

    for (i = 0; i < n; i++) {
        snprintf(one, sizeof(one), "\"d%u\":{\"$ref\":\"#/$defs/d%u\"},", i,
                 i + 1);
        (void) air_buf_z(&b, one);
    }

    snprintf(one, sizeof(one), "\"d%u\":{\"type\":\"null\"}}}", n);
    (void) air_buf_z(&b, one);
    (void) air_buf_byte(&b, '\0');

    big("a chain of references", (char *) b.data, many("null", "", 0, ""), rc);
    free(b.data);
}


static void
worst(void)
{
    chain(1900, AIR_OK);
    chain(6000, AIR_ELIMIT);
    asked_often();

    doubling();

    big("100,000 unique numbers", "{\"uniqueItems\":true}",
        many("[", "%u", 100000, "]"), AIR_OK);
    big("100,000 unique objects", "{\"uniqueItems\":true}",
        many("[0", ",{\"a\":%u}", 100000, "]"), AIR_OK);
    big("an array of 250,000", "{\"items\":{\"type\":\"integer\"}}",
        many("[", "%u", 250000, "]"), AIR_OK);
    big("more values than may be", "true", many("[", "%u", 300000, "]"),
        AIR_ELIMIT);
    big("a number of 900,000 digits", "{\"multipleOf\":7,\"minimum\":3}",
        digits(900000), AIR_OK);
    big("deep", "{\"items\":{\"$ref\":\"#\"}}",
        many("", "[", 128, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
             "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
             "]]]]]]]]]]]]]]]]]]]]"), AIR_OK);
    big("deeper", "{\"items\":{\"$ref\":\"#\"}}", many("", "[", 200, ""),
        AIR_ELIMIT);
    big("a name for each", "{\"additionalProperties\":{\"type\":\"integer\"},"
        "\"required\":[\"k5\",\"k7999\"]}",
        many("{", "\"k%u\":1", 60000, "}"), AIR_OK);
    big("names by a pattern that goes back",
        "{\"patternProperties\":{\"(a+)+$\":true}}",
        many("{", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaab%u\":1", 20000, "}"),
        AIR_ELIMIT);
    big("strings by a pattern that goes back",
        "{\"items\":{\"pattern\":\"^(a|a?)+$\"}}",
        many("[", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab%u\"", 20000, "]"),
        AIR_ELIMIT);
}


/* An answer of a megabyte as models give them. */
static void
megabyte(void)
{
    static const char  *schema =
        "{\"type\":\"object\",\"required\":[\"rows\"],"
        "\"additionalProperties\":false,\"properties\":{\"rows\":{"
        "\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/row\""
        "}}},\"$defs\":{\"row\":{\"type\":\"object\",\"required\":[\"id\","
        "\"name\",\"kind\",\"price\",\"tags\",\"text\"],"
        "\"additionalProperties\":false,\"properties\":{"
        "\"id\":{\"type\":\"integer\",\"minimum\":0},"
        "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":80},"
        "\"kind\":{\"enum\":[\"new\",\"used\",\"broken\"]},"
        "\"price\":{\"type\":\"number\",\"multipleOf\":0.01},"
        "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
        "\"uniqueItems\":true},"
        "\"code\":{\"type\":\"string\",\"pattern\":\"^[A-Z]{2}-\\\\d{4}$\"},"
        "\"text\":{\"type\":\"string\"}}}}}";

    big("rows of a megabyte", schema,
        many("{\"rows\":[",
             "{\"id\":%u,\"name\":\"a name of some length\",\"kind\":\"used\","
             "\"price\":19.99,\"tags\":[\"red\",\"green\"],"
             "\"code\":\"AB-1234\",\"text\":\"And what is to be said of it, "
             "in two sentences. Of some length.\"}", 5200,
             ",{\"id\":0,\"name\":\"x\",\"kind\":\"new\",\"price\":0,"
             "\"tags\":[],\"text\":\"\"}]}"), AIR_OK);
    big("short strings of a megabyte",
        "{\"items\":{\"type\":\"string\",\"maxLength\":12}}",
        many("[", "\"word %u\"", 80000, "]"), AIR_OK);
    big("unevaluated members",
        "{\"items\":{\"$ref\":\"#/$defs/a\",\"properties\":{\"b\":true},"
        "\"unevaluatedProperties\":false},\"$defs\":{\"a\":{\"properties\":{"
        "\"a\":{\"type\":\"integer\"}}}}}",
        many("[", "\t{\"a\":%u,\"b\":\"text that is longer than that\"}",
             20000, "]"), AIR_OK);
    big("unions",
        "{\"items\":{\"anyOf\":[{\"properties\":{\"k\":{\"const\":\"a\"}},"
        "\"required\":[\"k\"]},{\"properties\":{\"k\":{\"const\":\"b\"}},"
        "\"required\":[\"k\"]},{\"properties\":{\"k\":{\"const\":\"c\"}},"
        "\"required\":[\"k\"]}]}}",
        many("[", "\t{\"k\":\"c\",\"v\":%u,\"t\":\"of some length\"}", 25000,
             "]"), AIR_OK);
    big("one string of a megabyte",
        "{\"type\":\"string\",\"pattern\":\"^[a-z0-9, ]+$\"}",
        many("\"", "the quick brown fox %u", 40000, "\""), AIR_OK);
}


static void
memory(void)
{
    int             rc;
    size_t          n;
    air_jschema_t  *s;

    for (n = 1; n < 5000; n++) {
        mem = mem_init(&m, n);

        rc = air_jschema_compile(&s, air_str_z(
            "{\"$id\":\"http://x/y\",\"$ref\":\"z#/$defs/a~1b\",\"$defs\":{"
            "\"z\":{\"$id\":\"z\",\"$defs\":{\"a/b\":{\"type\":\"object\","
            "\"patternProperties\":{\"^\\u0061+$\":{\"enum\":[1,[2]]}},"
            "\"propertyNames\":{\"maxLength\":9},\"required\":[\"aa\"],"
            "\"dependentRequired\":{\"aa\":[\"aaa\"]},\"minProperties\":1,"
            "\"anyOf\":[{\"properties\":{\"aa\":{\"const\":[2]}}}],"
            "\"unevaluatedProperties\":{\"type\":\"null\"}}}},"
            "\"m\":{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\""
            "}}}"), AIR_JSCHEMA_2020, &mem, &error);

        if (rc == AIR_OK) {
            rc = air_jschema_check(s, air_str_z("{\"aa\":[2],\"aaa\":1,"
                                                "\"\\u0062\":null}"),
                                   &mem, &error);
        }

        mem_free(&m);

        if (rc != AIR_ENOMEM) {
            break;
        }
    }

    is(rc, AIR_OK, "memory that fails at each call: %zu calls %s %s", n,
       error.path, error.text);
    ok(n > 100, "and there are many");
}


int
main(void)
{
    numbers();
    errors();
    worst();
    megabyte();
    memory();

    return done();
}
