
#include "mem.h"
#include "tap.h"
#include "../../ngx_ai_router_module/core/air_keys.h"


#define HASH_A  "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b980" \
                "7785afee48bb"
#define HASH_B  "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73" \
                "eeaed59c009d"

/* SHA-256 of "a" and "b", FIPS 180-4 */
#define KEY_A  "{\"hash\":\"" HASH_A "\",\"name\":\"bot-a\"," \
               "\"created\":\"2026-11-22T10:00:00Z\"}"
#define KEY_B  "{\"hash\":\"" HASH_B "\",\"name\":\"bot-b\"," \
               "\"team\":\"ops\",\"created\":\"2026-11-21T10:00:00Z\"," \
               "\"expires\":\"2026-12-01\",\"revoked\":\"2026-11-30\"," \
               "\"workflows\":[\"triage\",\"coding\"]," \
               "\"models\":[\"openai/gpt-5\",\"mistral/*\"," \
               "\"acme/a/b*\"],\"budget\":[\"5usd/day\"," \
               "\"100usd/month\"],\"limit\":[\"60rpm\",\"4concurrent\"]," \
               "\"labels\":{\"env\":\"prod\"}}"


static mem_t             m;
static air_mem_t         mem;
static air_keys_t        keys;
static air_keys_error_t  error;
static unsigned char     hash[AIR_KEY_HASH];


static int
reading(const char *text)
{
    return air_keys_read(&keys, air_str_z(text), 7, &mem, &error);
}


static void
test_read(void)
{
    int64_t           now;
    const air_key_t  *key;

    mem = mem_init(&m, 0);

    is(reading("{\"schema\":\"keys/1\",\"keys\":[" KEY_A ",\n" KEY_B "]}"),
       AIR_OK, "two keys");
    is(keys.n, 2, "two");

    now = 1795000000000;    /* 2026-11-18 */

    is(air_keys_find(&keys, air_str_z("a"), now, hash, &key), AIR_KEY_GOOD,
       "a");
    is_str(key->name, "bot-a", "its name");
    is(key->nworkflow, 0, "any workflow");
    ok(air_key_workflow(key, air_str_z("any")), "may use any");
    ok(air_key_model(key, air_str_z("any"), air_str_z("thing")), "any model");

    is(air_keys_find(&keys, air_str_z("b"), now, hash, &key), AIR_KEY_GOOD,
       "b");
    is_str(key->team, "ops", "its team");
    is_str(key->label[0].value, "prod", "its label");
    ok(air_key_workflow(key, air_str_z("coding")), "its workflow");
    ok(!air_key_workflow(key, air_str_z("code")), "no other");
    ok(air_key_model(key, air_str_z("openai"), air_str_z("gpt-5")), "model");
    ok(!air_key_model(key, air_str_z("openai"), air_str_z("gpt-5-mini")),
       "not by its beginning");
    ok(!air_key_model(key, air_str_z("open"), air_str_z("ai/gpt-5")),
       "the vendor is whole");
    ok(air_key_model(key, air_str_z("mistral"), air_str_z("x")), "all of one");
    ok(air_key_model(key, air_str_z("acme"), air_str_z("a/b-1")), "all that "
       "begin so");
    ok(!air_key_model(key, air_str_z("acme"), air_str_z("a/")), "but others");

    is(air_keys_find(&keys, air_str_z("b"), key->revoked_ms, hash, &key),
       AIR_KEY_REVOKED, "revoked, to the millisecond");
    is(air_keys_find(&keys, air_str_z("b"), key->revoked_ms - 1, hash, &key),
       AIR_KEY_GOOD, "not before");
    is(air_keys_find(&keys, air_str_z("c"), now, hash, &key),
       AIR_KEY_UNKNOWN, "c");
    ok(key == NULL, "is nobody");
    is(air_keys_find(&keys, air_str_z(""), now, hash, &key), AIR_KEY_UNKNOWN,
       "nothing is no key");

    mem_free(&m);
}


static void
test_rules(void)
{
    unsigned          bad;
    air_key_t         key;
    air_str_t         text[2];
    const char       *why;
    const air_key_t  *found;

    mem = mem_init(&m, 0);

    is(reading("{\"schema\":\"keys/1\",\"keys\":[" KEY_A ",\n" KEY_B "]}"),
       AIR_OK, "two keys");

    air_keys_find(&keys, air_str_z("b"), 0, hash, &found);
    is(found->nbudget, 2, "two budgets");
    is(found->rule[0].amount, 5000000000000, "5 USD");
    is(found->rule[0].period, AIR_PERIOD_DAY, "a day");
    is(found->rule[1].amount, 100000000000000, "100 USD");
    is(found->rule[1].period, AIR_PERIOD_MONTH, "a month");
    is(found->rule[1].loose, 0, "strict");
    ok(found->rule[1].soft == UINT64_MAX, "nothing before that");
    is(found->rate.requests, 60, "60 a minute");
    is(found->rate.tokens, 0, "as many tokens as it likes");
    is(found->rate.running, 4, "four at once");

    air_keys_find(&keys, air_str_z("a"), 0, hash, &found);
    is(found->nbudget + found->nlimit, 0, "the other has none");
    is(found->rate.requests, 0, "nor a rate");

    memset(&key, 0, sizeof(air_key_t));
    text[0] = air_str_z("1usd/day");
    text[1] = air_str_z("60rpm");
    key.budget = &text[0];
    key.nbudget = 1;
    key.limit = &text[1];
    key.nlimit = 1;

    is(air_key_rules(&key, &mem, &bad, &why), AIR_OK, "as the command has it");
    is(key.rule[0].amount, 1000000000000, "its budget");
    is(key.rate.requests, 60, "its rate");

    text[1] = air_str_z("60");
    is(air_key_rules(&key, &mem, &bad, &why), AIR_EINVAL, "no unit");
    is(bad, 1, "which of them");
    ok(why[0] != '\0', "and why: %s", why);

    mem_free(&m);
}


static void
test_expired(void)
{
    const air_key_t  *key;

    mem = mem_init(&m, 0);

    is(reading("{\"schema\":\"keys/1\",\"keys\":[{\"hash\":\"" HASH_A "\","
               "\"name\":\"n\",\"created\":\"1970-01-01\","
               "\"expires\":\"1970-01-02\"}]}"), AIR_OK, "one key");
    is(air_keys_find(&keys, air_str_z("a"), 86399999, hash, &key), AIR_KEY_GOOD,
       "good until then");
    is(air_keys_find(&keys, air_str_z("a"), 86400000, hash, &key),
       AIR_KEY_EXPIRED,
       "and then no more");

    is(reading("{\"schema\":\"keys/1\",\"keys\":[]}"), AIR_OK, "no keys");
    is(air_keys_find(&keys, air_str_z("a"), 0, hash, &key), AIR_KEY_UNKNOWN,
       "find none");

    mem_free(&m);
}


/* Of many keys each is found, and what stands between them is not. */
static void
test_many(void)
{
    char              text[16];
    unsigned          i, n, wrong, line;
    air_key_t        *row;
    const air_key_t  *key;

    row = malloc(AIR_KEYS_MAX * sizeof(air_key_t));

    for (n = 1; row != NULL && n <= AIR_KEYS_MAX; n *= 10) {
        keys.key = row;
        keys.n = n;
        wrong = 0;

        for (i = 0; i < n; i++) {
            memset(&row[i], 0, sizeof(air_key_t));
            row[i].expires_ms = INT64_MAX;
            row[i].revoked_ms = INT64_MAX;
            row[i].line = i;
            snprintf(text, sizeof(text), "key-%u", i);
            air_key_hash(air_str_z(text), row[i].hash);
        }

        mem = mem_init(&m, 0);
        is(air_keys_index(&keys, n, &mem, &line), AIR_OK, "put in order");

        for (i = 0; i < 2 * n; i++) {
            snprintf(text, sizeof(text), "key-%u", i);

            if (air_keys_find(&keys, air_str_z(text), 0, hash, &key)
                == AIR_KEY_GOOD)
            {
                wrong += i >= n || key->line != i;

            } else {
                wrong += i < n;
            }
        }

        is((long long) wrong, 0, "%u keys", n);
        mem_free(&m);
    }

    free(row);
}


static void
test_write(void)
{
    air_buf_t    b;
    air_str_t    first;
    const char  *text;

    text = "{\"schema\":\"keys/1\",\"keys\":[\n " KEY_B ",\n " KEY_A "\n]}\n";

    mem = mem_init(&m, 0);

    is(reading(text), AIR_OK, "read");
    air_buf_init(&b, &mem, 1 << 20);
    is(air_keys_write(&keys, &b), AIR_OK, "written");
    first = air_buf_view(&b);
    is_str(first, text, "the older first, as it was");

    mem_free(&m);
}


static void
test_refused(void)
{
    size_t  i;

    static const struct {
        unsigned     line;
        const char  *text;
        const char  *says;
    } rows[] = {
        { 1, "", "" },
        { 1, "[]", "schema" },
        { 1, "{\"schema\":\"keys/2\",\"keys\":[]}", "schema" },
        { 1, "{\"schema\":\"keys/1\",\"keys\":{}}", "schema" },
        { 2, "{\"schema\":\"keys/1\",\"keys\":[\n1]}", "object" },
        { 2, "{\"schema\":\"keys/1\",\"keys\":[\n{}]}", "needs" },
        { 2, "{\"schema\":\"keys/1\",\"keys\":[" KEY_A ",\n" KEY_A "]}",
          "hash of an earlier" },
        { 2, "{\"schema\":\"keys/1\",\"keys\":[{\"hash\":\"" HASH_A "\",\n"
          "\"name\":\"a b\",\"created\":\"2026-11-22\"}]}", "letters" },
        { 2, "{\"schema\":\"keys/1\",\"keys\":[{\"hash\":\"" HASH_A "\",\n"
          "\"name\":\"a\\n\",\"created\":\"2026-11-22\"}]}", "letters" },
        { 2, "{\"schema\":\"keys/1\",\"keys\":[{\"name\":\"n\",\n\"hash\":"
          "\"CA978112\",\"created\":\"2026-11-22\"}]}", "hexadecimal" },
        { 2, "{\"schema\":\"keys/1\",\"keys\":[{\"name\":\"n\",\n\"created\":"
          "\"soon\",\"hash\":\"" HASH_A "\"}]}", "time" },
        { 2, "{\"schema\":\"keys/1\",\"keys\":[{\"name\":\"n\",\n\"budget\":"
          "1,\"hash\":\"" HASH_A "\"}]}", "budget" },
        { 2, "{\"schema\":\"keys/1\",\"keys\":[{\"name\":\"n\",\n\"models\":"
          "\"x\",\"hash\":\"" HASH_A "\"}]}", "array" },
        { 2, "{\"schema\":\"keys/1\",\"keys\":[{\"name\":\"n\",\n\"models\":"
          "[1],\"hash\":\"" HASH_A "\"}]}", "string" },
        { 2, "{\"schema\":\"keys/1\",\"keys\":[{\"name\":\"n\",\n\"labels\":"
          "{\"a b\":\"\"},\"hash\":\"" HASH_A "\"}]}", "labels" },
        { 3, "{\"schema\":\"keys/1\",\"keys\":[{\"name\":\"n\",\n\"budget\":"
          "[\"1usd/day\",\n\"1eur/hour\"],\"hash\":\"" HASH_A "\"}]}",
          "1eur/hour" },
        { 3, "{\"schema\":\"keys/1\",\"keys\":[{\"name\":\"n\",\n\"budget\":"
          "[\"1usd/day\",\n\"2usd/day\"],\"hash\":\"" HASH_A "\"}]}",
          "of that period" },
        { 4, "{\"schema\":\"keys/1\",\"keys\":[{\"name\":\"n\",\n\"limit\":"
          "[\"6rpm\",\n\"6ktpm\",\n\"6rps\"],\"budget\":[\"1usd\"]}]}",
          "6rps" },
        { 2, "{\"schema\":\"keys/1\",\"keys\":[{\"name\":\"n\",\n\"limit\":"
          "[\"6rpm\",\"7rpm\"],\"hash\":\"" HASH_A "\"}]}", "of that kind" },
        { 2, "{\"schema\":\"keys/1\",\"keys\":[{\"name\":\"n\",\n\"limit\":"
          "\"6rpm\",\"hash\":\"" HASH_A "\"}]}", "array" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mem = mem_init(&m, 0);
        is(reading(rows[i].text), AIR_EINVAL, "refused %zu: %s", i,
           error.text);
        is(error.line, rows[i].line, "its line");
        ok(strstr(error.text, rows[i].says) != NULL, "says why");
        is(keys.n, 0, "nothing is left of it");
        mem_free(&m);
    }
}


static void
test_memory(void)
{
    int     rc;
    size_t  n;

    for (n = 1; n < 1000; n++) {
        mem = mem_init(&m, n);
        rc = reading("{\"schema\":\"keys/1\",\"keys\":[" KEY_A "," KEY_B "]}");
        mem_free(&m);

        if (rc != AIR_ENOMEM) {
            break;
        }
    }

    is(rc, AIR_OK, "each of %zu failures of memory is told", n - 1);
    ok(n > 5, "there were some");
}


int
main(void)
{
    test_read();
    test_rules();
    test_expired();
    test_many();
    test_write();
    test_refused();
    test_memory();

    return done();
}
