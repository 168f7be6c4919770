
/*
 * Vectors between protocols: numbers to base64 of singles and back, against
 * the library's own conversion; their order; what inputs are for; the flat
 * scan that holds a reply of many.
 */

#include <math.h>

#include "../../ngx_ai_router_module/core/air_codec.h"
#include "../../ngx_ai_router_module/core/air_vector.h"
#include "mem.h"
#include "tap.h"


#define BIG  (1 << 26)


static const air_str_t  BASE64 = air_str("base64");
static const air_str_t  FLOAT = air_str("float");


static int
convert(const air_mem_t *mem, const char *raw, air_str_t encoding,
    air_str_t *out)
{
    int        rc;
    air_buf_t  b;

    air_buf_init(&b, mem, BIG);
    rc = air_vector_write(air_str_z(raw), encoding, &b);
    *out = air_buf_view(&b);

    return rc;
}


static void
test_known(void)
{
    mem_t      m;
    size_t     i;
    air_str_t  out;
    air_mem_t  mem;

    /* from Python's struct and base64 */

    static const struct {
        const char  *numbers;
        const char  *base64;
        const char  *back;
    }  rows[] = {
        { "[0.25,-0.5]", "\"AACAPgAAAL8=\"", "[0.25,-0.5]" },
        { "[ 0.1 ,\n 1e-5, -0 ]", "\"zczMPazFJzcAAACA\"", "[0.1,0.00001,-0]" },
        { "[1]", "\"AACAPw==\"", "[1]" },
        { "[]", "\"\"", "[]" },
        { "[1234.5e5,1.5,120]", "\"UnbrTAAAwD8AAPBC\"",
          "[123450000,1.5,120]" },
        { "[0.03,1e-44,1.5e-07]", "\"j8L1PAcAAACwDyE0\"",
          "[0.03,9.809089e-45,1.5e-07]" },
        { "[0.0, 3.4028235e38]", "\"AAAAAP//f38=\"", "[0,3.40282347e38]" }
    };

    mem = mem_init(&m, 0);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {

        is(convert(&mem, rows[i].numbers, BASE64, &out), AIR_OK, "%s",
           rows[i].numbers);
        ok(air_str_eqz(out, rows[i].base64), "to %.*s", (int) out.len,
           out.data);

        is(convert(&mem, rows[i].base64, FLOAT, &out), AIR_OK, "%s",
           rows[i].base64);
        ok(air_str_eqz(out, rows[i].back), "to %.*s", (int) out.len,
           out.data);

        (void) convert(&mem, rows[i].numbers, FLOAT, &out);
        ok(air_str_eqz(out, rows[i].numbers), "numbers as they were");

        (void) convert(&mem, rows[i].base64, BASE64, &out);
        ok(air_str_eqz(out, rows[i].base64), "base64 as it was");
    }

    is(convert(&mem, "\"AACAPgAAAL8\"", FLOAT, &out), AIR_OK, "no padding");
    ok(air_str_eqz(out, "[0.25,-0.5]"), "the same numbers");
    is(convert(&mem, "\"\\/\\/9\\/fw==\"", FLOAT, &out), AIR_OK,
       "escaped slashes");
    ok(air_str_eqz(out, "[3.40282347e38]"), "are slashes");

    mem_free(&m);
}


static void
test_bad(void)
{
    mem_t      m;
    size_t     i;
    air_str_t  out;
    air_mem_t  mem;

    static const char *const  numbers[] = {
        "[null]", "[\"1\"]", "[1,[2]]", "[1e39]", "[-1e400]", "[true]",
        "[{\"a\":1}]", "[1e9999999]", "1", "", "x",
        "[0.00000000000000000000000000000000000000000000000000000000000000001]"
    };

    static const char *const  texts[] = {
        "\"AAC\"", "\"AACAPgA=\"", "\"AAC!PgAA\"", "\"AACA PgA\"",
        "\"AAAAfw==\\u003d\"",
        "\"AACAfw==\"", "\"AADAfw==\"", "\"", "null"
    };

    mem = mem_init(&m, 0);

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        is(convert(&mem, numbers[i], BASE64, &out), AIR_EINVAL, "%s",
           numbers[i]);
    }

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        is(convert(&mem, texts[i], FLOAT, &out), AIR_EINVAL, "%s", texts[i]);
    }

    mem_free(&m);
}


static uint64_t
next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;

    return *seed;
}


/* the single that base64 of one number holds */
static int
single_of(air_str_t s, float *f)
{
    unsigned       i, k;
    uint32_t       bits, word;
    unsigned char  bytes[6];

    static const char  digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    if (s.len != 10) {
        return 0;
    }

    for (i = 0; i < 2; i++) {
        bits = 0;

        for (k = 0; k < 4; k++) {
            if (s.data[1 + 4 * i + k] == '=') {
                bits <<= 6;
                continue;
            }

            bits = bits << 6 | (uint32_t) (strchr(digits, s.data[1 + 4 * i
                                                                 + k])
                                           - digits);
        }

        bytes[3 * i] = (unsigned char) (bits >> 16);
        bytes[3 * i + 1] = (unsigned char) (bits >> 8);
        bytes[3 * i + 2] = (unsigned char) bits;
    }

    word = bytes[0] | (uint32_t) bytes[1] << 8 | (uint32_t) bytes[2] << 16
           | (uint32_t) bytes[3] << 24;
    memcpy(f, &word, sizeof(word));

    return 1;
}


/* the library is the judge of both directions */
static void
test_random(void)
{
    int        rc;
    char       text[80];
    mem_t      m;
    float      f, got;
    double     d;
    uint32_t   word;
    uint64_t   seed;
    unsigned   i, wrong, lost;
    air_str_t  out, back;
    air_mem_t  mem;

    static const char *const  forms[] = {
        "[%.9g]", "[%.17g]", "[%.6f]", "[%.12e]", "[%.15g]", "[%.3e]"
    };

    seed = 88172645463325252ULL;
    wrong = 0;
    lost = 0;

    for (i = 0; i < 60000; i++) {

        mem = mem_init(&m, 0);

        word = (uint32_t) next(&seed);
        memcpy(&f, &word, sizeof(f));

        if (i & 1) {
            f = (float) ((double) (int64_t) next(&seed) / 1e19);
            memcpy(&word, &f, sizeof(f));
        }

        if (!isfinite(f)) {
            mem_free(&m);
            continue;
        }

        /* between two singles, now and then just half way */

        d = f;

        if (i % 3 == 1) {
            word ^= 1;
            memcpy(&got, &word, sizeof(got));
            d = ((double) f + (double) got) / 2;

        } else if (i % 3 == 2) {
            d = d * (1 + (double) (next(&seed) % 1000) * 1e-10);
        }

        (void) snprintf(text, sizeof(text), forms[i % 6], d);

        f = strtof(text + 1, NULL);
        rc = isfinite(f) ? AIR_OK : AIR_EINVAL;

        if (convert(&mem, text, BASE64, &out) != rc
            || (rc == AIR_OK
                && (!single_of(out, &got) || memcmp(&got, &f, 4) != 0)))
        {
            if (strlen(text) <= 66 && wrong++ < 5) {
                printf("# %s\n", text);
            }

        } else if (rc == AIR_OK) {
            out.data[out.len] = '\0';
            lost += convert(&mem, (char *) out.data, FLOAT, &back) != AIR_OK
                    || strtof((char *) back.data + 1, NULL) != f;
        }

        mem_free(&m);
    }

    is(wrong, 0, "the nearest single");
    is(lost, 0, "and back to the same");
}


static void
test_sort(void)
{
    mem_t            m;
    unsigned         i, k;
    air_mem_t        mem;
    air_vector_t    *v;
    air_msg_reply_t  msg;

    static const struct {
        unsigned     n;
        uint32_t     index[4];
        const char  *order;
    }  rows[] = {
        { 4, { 0, 1, 2, 3 }, "abcd" },
        { 4, { 3, 1, 2, 0 }, "dbca" },
        { 4, { 1, 0, 3, 2 }, "badc" },
        { 4, { 0, 0, 0, 0 }, "abcd" },
        { 4, { 4, 1, 2, 0 }, "abcd" },
        { 2, { 1, 0xffffffff, 0, 0 }, "ab" },
        { 1, { 7, 0, 0, 0 }, "a" },
        { 0, { 0, 0, 0, 0 }, "" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {

        mem = mem_init(&m, 0);
        air_msg_reply_init(&msg, "openai", AIR_OP_EMBEDDINGS);

        for (k = 0; k < rows[i].n; k++) {
            v = air_msg_vector(&msg, &mem, rows[i].index[k]);
            v->raw = air_str_n(&"abcd"[k], 1);
        }

        is(air_vectors_sort(&msg, &mem), AIR_OK, "row %u sorted", i);

        k = 0;

        for (v = msg.vectors; v != NULL; v = v->next) {
            ok(k < rows[i].n && v->index == k
               && v->raw.data[0] == rows[i].order[k], "row %u, place %u", i,
               k);

            if (v->next == NULL) {
                ok(v == msg.last_vector, "the last one is known");
            }

            k++;
        }

        is(k, rows[i].n, "all of them");
        mem_free(&m);
    }
}


static void
test_types(void)
{
    unsigned  i;

    static const struct {
        const char   *word;
        air_input_e   type;
    }  rows[] = {
        { "", AIR_INPUT_UNSET }, { "query", AIR_INPUT_QUERY },
        { "search_query", AIR_INPUT_QUERY },
        { "RETRIEVAL_QUERY", AIR_INPUT_QUERY },
        { "document", AIR_INPUT_DOCUMENT },
        { "search_document", AIR_INPUT_DOCUMENT },
        { "RETRIEVAL_DOCUMENT", AIR_INPUT_DOCUMENT },
        { "Classification", AIR_INPUT_CLASSIFICATION },
        { "clustering", AIR_INPUT_CLUSTERING },
        { "SEMANTIC_SIMILARITY", AIR_INPUT_SIMILARITY },
        { "CODE_RETRIEVAL_QUERY", AIR_INPUT_OTHER },
        { "quer", AIR_INPUT_OTHER }, { "QUERX", AIR_INPUT_OTHER }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is(air_input_type(air_str_z(rows[i].word)), rows[i].type, "'%s'",
           rows[i].word);
    }
}


/* a reply as large as OpenAI gives: 2048 vectors; memory stays in bounds */
static void
test_many(void)
{
    int               i, k;
    mem_t             m;
    air_buf_t         b, out;
    air_mem_t         mem;
    air_error_t       error;
    air_json_doc_t    doc;
    air_msg_reply_t   msg;

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, BIG);
    air_buf_z(&b, "{\"object\":\"list\",\"data\":[");

    for (i = 0; i < 2048; i++) {
        air_buf_z(&b, i ? ",{\"index\":" : "{\"index\":");
        air_buf_uint(&b, (uint64_t) (2047 - i));
        air_buf_z(&b, ",\"embedding\":[");

        for (k = 0; k < 512; k++) {
            air_buf_z(&b, k ? ",-0.0" : "0.0");
            air_buf_uint(&b, (uint64_t) (i * 512 + k));
        }

        air_buf_z(&b, "]}");
    }

    air_buf_z(&b, "],\"model\":\"m\",\"usage\":{\"prompt_tokens\":3,"
                  "\"total_tokens\":3}}");

    m.bytes = 0;

    air_json_init(&doc, &mem);
    is(air_json_scan(&doc, air_buf_view(&b), AIR_JSON_VENDOR, NULL),
       AIR_ELIMIT, "a million nodes are too many");

    m.bytes = 0;
    air_json_init(&doc, &mem);
    is(air_json_scan(&doc, air_buf_view(&b), AIR_JSON_VENDOR | AIR_JSON_FLAT,
                     NULL),
       AIR_OK, "flat, there are few");
    is(doc.n, 2048 * 3 + 7, "nodes");

    is(air_codec_openai.reply_read(AIR_OP_EMBEDDINGS, &doc,
                                   air_profile_find(air_str_z("openai")),
                                   &mem, &msg, &error),
       AIR_OK, "read");
    ok(m.bytes < 2 << 20, "in %zu bytes", m.bytes);
    ok(msg.vectors->index == 0 && msg.last_vector->index == 2047, "in order");

    msg.encoding = BASE64;
    air_buf_init(&out, &mem, BIG);
    is(air_codec_openai.reply_write(&msg, &out), AIR_OK, "written");

    m.bytes = 0;
    air_json_init(&doc, &mem);
    is(air_json_scan(&doc, air_buf_view(&out), AIR_JSON_VENDOR, NULL), AIR_OK,
       "as JSON");
    is(air_json_get(&doc, air_json_root(&doc), "data")->count, 2048,
       "of vectors");

    mem_free(&m);
}


/* a crossing's reader and writer of the OpenAI wire */
static void
test_openai(void)
{
    mem_t              m;
    unsigned           i;
    air_buf_t          b;
    air_mem_t          mem;
    air_error_t        error;
    air_target_t       target;
    air_json_doc_t     doc;
    air_warnings_t     lost;
    air_msg_reply_t    reply;
    air_msg_request_t  msg;

    static const char  request[] =
        "{\"model\":\"m\",\"input\":[\"a\",\"b\"],\"dimensions\":256,"
        "\"encoding_format\":\"base64\",\"input_type\":\"search_query\","
        "\"user\":\"u\",\"truncate\":\"END\"}";

    static const struct {
        const char  *text;
        int          rc;
    }  bad[] = {
        { "{\"data\":[{\"index\":0}],\"model\":\"m\"}", AIR_EINVAL },
        { "{\"data\":[{\"embedding\":null}],\"model\":\"m\"}", AIR_EINVAL },
        { "{\"data\":[5],\"model\":\"m\"}", AIR_EINVAL },
        { "{\"data\":{},\"model\":\"m\"}", AIR_EINVAL },
        { "{\"data\":[],\"model\":\"m\"}", AIR_OK },
        { "{\"data\":[{\"embedding\":[]}],\"model\":\"m\"}", AIR_OK }
    };

    mem = mem_init(&m, 0);

    air_json_init(&doc, &mem);
    is(air_json_scan(&doc, air_str_z(request), 0, NULL), AIR_OK, "a request");
    is(air_codec_openai.request_read(AIR_OP_EMBEDDINGS, &doc, &mem, &msg,
                                     &error), AIR_OK, "read");
    ok(air_str_eqz(msg.input_type, "search_query")
       && air_str_eqz(msg.dimensions, "256")
       && air_str_eqz(msg.encoding, "base64") && air_inputs_text(&msg)
       && air_str_eqz(msg.inputs->next->text, "b"), "with all that is in it");
    ok(msg.extra != NULL && msg.extra->next == NULL
       && air_str_eqz(msg.extra->key, "truncate"), "and what only it knows");

    target.profile = air_profile_find(air_str_z("openrouter"));
    target.model = air_str_z("m");

    memset(&lost, 0, sizeof(lost));
    air_buf_init(&b, &mem, 4096);
    is(air_codec_openai.request_write(&msg, &target, &b, &lost), AIR_OK,
       "written");
    is(lost.n, 0, "nothing is lost");
    ok(air_str_eqz(air_buf_view(&b), request), "the same: %.*s", (int) b.len,
       b.data);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        air_json_init(&doc, &mem);
        (void) air_json_scan(&doc, air_str_z(bad[i].text), AIR_JSON_VENDOR,
                             NULL);
        is(air_codec_openai.reply_read(AIR_OP_EMBEDDINGS, &doc,
                                       target.profile, &mem, &reply, &error),
           bad[i].rc, "%s", bad[i].text);
        ok(bad[i].rc == AIR_OK || error.message.len != 0, "and says why");
    }

    mem_free(&m);
}


int
main(void)
{
    test_known();
    test_bad();
    test_random();
    test_sort();
    test_types();
    test_many();
    test_openai();

    return done();
}
