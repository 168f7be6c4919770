
/* air_simulate: what a made-up vendor says. */

#include "tap.h"
#include "mem.h"

#include "../../ngx_ai_router_module/core/air_sse.h"
#include "../../ngx_ai_router_module/core/air_simulate.h"


typedef struct {
    mem_t            m;
    air_mem_t        mem;
    air_json_doc_t   doc;
    air_simulate_t   s;
    air_error_t      error;
    air_buf_t        b;
} sim_t;


static int
sim_read(sim_t *t, air_op_e op, const char *body, uint64_t tokens,
    size_t fail_at)
{
    int  rc;

    t->mem = mem_init(&t->m, fail_at);
    air_json_init(&t->doc, &t->mem);
    air_buf_init(&t->b, &t->mem, 1 << 20);

    rc = air_json_scan(&t->doc, air_str_z(body), 0, NULL);

    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_simulate_read(&t->s, op, &t->doc, tokens, 0, &t->mem,
                           &t->error);

    t->s.id = air_str_z("7-1");
    t->s.created = 1700000000;

    return rc;
}


/* The member at a path of keys; a number steps into an array. */
static const air_json_node_t *
at(const air_json_doc_t *doc, const char *path)
{
    int                     n;
    char                    key[64];
    size_t                  len;
    const char             *p;
    const air_json_node_t  *node;

    node = air_json_root(doc);

    for (p = path; node != NULL && *p; p += len + (p[len] == '/')) {
        len = strcspn(p, "/");
        snprintf(key, sizeof(key), "%.*s", (int) len, p);

        if (node->type == AIR_JSON_ARRAY) {
            n = key[0] - '0';

            for (node = air_json_first(doc, node); n > 0 && node; n--) {
                node = air_json_next(doc, node);
            }

        } else {
            node = air_json_get(doc, node, key);
        }
    }

    return node;
}


static uint64_t
number(const air_json_doc_t *doc, const char *path)
{
    uint64_t  n;

    return air_json_uint(doc, at(doc, path), &n) == AIR_OK ? n : UINT64_MAX;
}


/* Scans what was written. */
static air_json_doc_t
written(sim_t *t)
{
    air_json_doc_t    doc;
    air_json_error_t  error;

    air_json_init(&doc, &t->mem);
    ok(air_json_scan(&doc, air_buf_view(&t->b), AIR_JSON_UNIQUE, &error)
       == AIR_OK, "reply is JSON");

    return doc;
}


static void
test_chat(void)
{
    sim_t           t;
    air_json_doc_t  doc;

    is(sim_read(&t, AIR_OP_CHAT,
                "{\"model\":\"m\\u0031\",\"messages\":[{\"role\":\"user\","
                "\"content\":\"Hello there\"}]}", 5, 0),
       AIR_OK, "chat is read");
    is(air_simulate_reply(&t.s, &t.b), AIR_OK, "chat is answered");

    doc = written(&t);

    ok(air_json_is(&doc, at(&doc, "choices/0/message/content"),
                   "This is a simulated reply"), "five words");
    ok(air_json_is(&doc, at(&doc, "choices/0/finish_reason"), "stop"),
       "stop");
    ok(air_json_is(&doc, at(&doc, "model"), "m1"), "model comes back");
    is(number(&doc, "usage/completion_tokens"), 5, "completion tokens");
    ok(number(&doc, "usage/prompt_tokens") >= 8, "prompt is estimated");
    is(number(&doc, "usage/total_tokens"),
       number(&doc, "usage/prompt_tokens") + 5, "total");
    is(number(&doc, "created"), 1700000000, "created");
    mem_free(&t.m);

    sim_read(&t, AIR_OP_CHAT,
             "{\"model\":\"m\",\"max_tokens\":9,\"max_completion_tokens\":2,"
             "\"messages\":[{\"role\":\"user\",\"content\":["
             "{\"type\":\"text\",\"text\":\"x\"}]}]}", 5, 0);
    air_simulate_reply(&t.s, &t.b);
    doc = written(&t);

    ok(air_json_is(&doc, at(&doc, "choices/0/message/content"), "This is"),
       "cut by max_completion_tokens");
    ok(air_json_is(&doc, at(&doc, "choices/0/finish_reason"), "length"),
       "length");
    mem_free(&t.m);
}


static void
test_refused(void)
{
    sim_t   t;
    size_t  i;

    static const struct {
        const char  *body;
        const char  *param;
    } rows[] = {
        { "{}", "model" },
        { "{\"model\":\"\"}", "model" },
        { "[]", "model" },
        { "{\"model\":\"m\"}", "messages" },
        { "{\"model\":\"m\",\"messages\":[]}", "messages" },
        { "{\"model\":\"m\",\"messages\":[1],\"n\":2}", "n" },
        { "{\"model\":\"m\",\"messages\":[1],\"max_tokens\":0}",
          "max_tokens" },
        { "{\"model\":\"m\",\"messages\":[1],\"max_tokens\":1.5}",
          "max_tokens" },
        { "{\"model\":\"m\",\"messages\":[1],\"tool_choice\":\"required\"}",
          "tool_choice" },
        { "{\"model\":\"m\",\"messages\":[1],\"tool_choice\":{}}",
          "tool_choice" },
        { "{\"model\":\"m\",\"messages\":[1],\"tool_choice\":{\"function\":"
          "{\"name\":\"b\"}},\"tools\":[{\"function\":{\"name\":\"a\"}}]}",
          "tool_choice" },
        { "{\"model\":\"m\",\"messages\":[1],\"response_format\":{\"type\":"
          "\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"string\","
          "\"minLength\":100000}}}}", "response_format" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is(sim_read(&t, AIR_OP_CHAT, rows[i].body, 5, 0), AIR_EINVAL,
           "refused: %s", rows[i].body);
        is_str(t.error.param, rows[i].param, "names it");
        mem_free(&t.m);
    }
}


static void
test_tools(void)
{
    sim_t           t;
    air_str_t       text;
    air_json_doc_t  doc, args;

    static const char  body[] =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
        "\"x\"}],\"tool_choice\":{\"type\":\"function\",\"function\":{"
        "\"name\":\"look\"}},\"tools\":[{\"type\":\"function\",\"function\":"
        "{\"name\":\"other\"}},{\"type\":\"function\",\"function\":{\"name\":"
        "\"look\",\"parameters\":{\"type\":\"object\",\"properties\":{"
        "\"city\":{\"type\":\"string\"},\"days\":{\"type\":\"integer\","
        "\"minimum\":3},\"unit\":{\"enum\":[\"c\",\"f\"]},\"no\":{}},"
        "\"required\":[\"city\",\"days\",\"unit\"]}}}]}";

    is(sim_read(&t, AIR_OP_CHAT, body, 5, 0), AIR_OK, "tools are read");
    is(air_simulate_reply(&t.s, &t.b), AIR_OK, "and answered");
    doc = written(&t);

    ok(air_json_is(&doc, at(&doc, "choices/0/message/tool_calls/0/function/"
                            "name"), "look"), "the tool asked for");
    ok(air_json_is(&doc, at(&doc, "choices/0/finish_reason"), "tool_calls"),
       "finish");
    ok(at(&doc, "choices/0/message/content")->type == AIR_JSON_NULL,
       "no content");

    is(air_json_string(&doc, at(&doc, "choices/0/message/tool_calls/0/"
                                "function/arguments"), &t.mem, &text),
       AIR_OK, "arguments are text");
    is_str(text, "{\"city\":\"x\",\"days\":3,\"unit\":\"c\"}",
           "that fits the schema");

    air_json_init(&args, &t.mem);
    is(air_json_scan(&args, text, 0, NULL), AIR_OK, "and is JSON");
    mem_free(&t.m);
}


static void
test_schema(void)
{
    size_t          i;
    mem_t           m;
    air_buf_t       b;
    air_mem_t       mem;
    air_json_doc_t  doc;

    static const struct {
        const char  *schema;
        const char  *value;
    } rows[] = {
        { "{\"type\":\"object\"}", "{}" },
        { "{\"type\":[\"string\",\"null\"]}", "\"x\"" },
        { "{\"type\":\"string\",\"minLength\":3}", "\"xxx\"" },
        { "{\"type\":\"array\",\"items\":{\"type\":\"boolean\"}}", "[]" },
        { "{\"type\":\"array\",\"minItems\":2,\"items\":{\"type\":"
          "\"boolean\"}}", "[false,false]" },
        { "{\"const\":[1,{\"a\":2}]}", "[1,{\"a\":2}]" },
        { "{\"enum\":[\"a\\\"b\",2]}", "\"a\\\"b\"" },
        { "{\"anyOf\":[{\"type\":\"number\"},{\"type\":\"null\"}]}", "0" },
        { "{\"default\":7}", "7" },
        { "{\"type\":\"null\"}", "null" },
        { "true", "null" },
        { "{\"properties\":{\"a\":{\"$ref\":\"#/$defs/A\"}},\"required\":"
          "[\"a\",\"b\"],\"$defs\":{\"A\":{\"type\":\"integer\"}}}",
          "{\"a\":0,\"b\":null}" },
        { "{\"$ref\":\"#/$defs/A\"}", "null" },
        { "{\"$ref\":\"#\"}", "null" },
        { "{\"$defs\":{\"A\":{\"$ref\":\"#/$defs/A\"}},\"$ref\":"
          "\"#/$defs/A\"}", "null" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mem = mem_init(&m, 0);
        air_json_init(&doc, &mem);
        air_buf_init(&b, &mem, AIR_SIMULATE_VALUE);
        air_json_scan(&doc, air_str_z(rows[i].schema), 0, NULL);

        is(air_simulate_value(&doc, air_json_root(&doc), &b), AIR_OK,
           "%s", rows[i].schema);
        is_str(air_buf_view(&b), rows[i].value, "its value");
        mem_free(&m);
    }
}


/* A schema whose value doubles with each level ends at the buffer's cap. */
static void
test_schema_bomb(void)
{
    mem_t           m;
    air_buf_t       b;
    air_mem_t       mem;
    air_json_doc_t  doc;

    static const char  schema[] =
        "{\"$defs\":{\"A\":{\"properties\":{\"l\":{\"$ref\":\"#/$defs/A\"},"
        "\"r\":{\"$ref\":\"#/$defs/A\"}},\"required\":[\"l\",\"r\",\"l\","
        "\"r\",\"l\",\"r\",\"l\",\"r\"]}},\"$ref\":\"#/$defs/A\"}";

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);
    air_buf_init(&b, &mem, AIR_SIMULATE_VALUE);
    air_json_scan(&doc, air_str_z(schema), 0, NULL);

    is(air_simulate_value(&doc, air_json_root(&doc), &b), AIR_ELIMIT,
       "a bomb is cut off");
    mem_free(&m);
}


/* Joins a stream; returns its events. */
static unsigned
stream(sim_t *t, air_buf_t *text, air_json_doc_t *last)
{
    unsigned         n;
    unsigned char   *p;
    air_str_t        s;
    air_sse_t        sse;
    air_json_doc_t   doc;
    air_sse_event_t  ev;

    while (t->s.next != AIR_SIMULATE_END) {
        if (air_simulate_event(&t->s, &t->b) != AIR_OK) {
            return 0;
        }
    }

    air_sse_init(&sse, &t->mem, AIR_SIMULATE_EVENT);
    p = t->b.data;

    for (n = 0;
         air_sse_feed(&sse, &p, t->b.data + t->b.len, &ev) == AIR_OK;
         n++)
    {
        if (air_str_eqz(ev.data, "[DONE]")) {
            return p == t->b.data + t->b.len ? n + 1 : 0;
        }

        air_json_init(&doc, &t->mem);

        if (air_json_scan(&doc, ev.data, AIR_JSON_UNIQUE, NULL) != AIR_OK) {
            return 0;
        }

        if (air_json_string(&doc, at(&doc, "choices/0/delta/content"),
                            &t->mem, &s) == AIR_OK
            || air_json_string(&doc, at(&doc, "choices/0/text"), &t->mem, &s)
               == AIR_OK
            || air_json_string(&doc, at(&doc, "choices/0/delta/tool_calls/0/"
                                        "function/arguments"), &t->mem, &s)
               == AIR_OK)
        {
            air_buf_str(text, s);
        }

        *last = doc;
    }

    return 0;
}


static void
test_stream(void)
{
    sim_t           t;
    air_buf_t       text;
    air_json_doc_t  last;

    sim_read(&t, AIR_OP_CHAT, "{\"model\":\"m\",\"stream\":true,"
             "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", 6, 0);
    ok(t.s.stream, "stream is asked for");
    air_buf_init(&text, &t.mem, 4096);
    is(stream(&t, &text, &last), 9, "role, six words, finish, done");
    is_str(air_buf_view(&text), "This is a simulated reply.", "the text");
    ok(at(&last, "usage") == NULL, "no usage unasked");
    ok(air_json_is(&last, at(&last, "choices/0/finish_reason"), "stop"),
       "finish");
    mem_free(&t.m);

    sim_read(&t, AIR_OP_CHAT, "{\"model\":\"m\",\"stream\":true,"
             "\"stream_options\":{\"include_usage\":true},"
             "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
             "{\"schema\":{\"enum\":[\"\xc3\xa4\xc3\xb6\xc3\xbc\xf0\x9f\x98"
             "\x80\"]}}},\"messages\":[{\"role\":\"user\",\"content\":"
             "\"x\"}]}", 6, 0);
    air_buf_init(&text, &t.mem, 4096);
    ok(stream(&t, &text, &last) > 4, "JSON as a stream");
    is_str(air_buf_view(&text), "\"\xc3\xa4\xc3\xb6\xc3\xbc\xf0\x9f\x98\x80"
           "\"", "cut between characters only");
    is(number(&last, "usage/completion_tokens"), (long long) t.s.sent,
       "usage counts what was sent");
    ok(at(&last, "choices")->count == 0, "in a chunk without choices");
    mem_free(&t.m);

    sim_read(&t, AIR_OP_COMPLETIONS,
             "{\"model\":\"m\",\"stream\":true,\"prompt\":\"x\"}", 2, 0);
    air_buf_init(&text, &t.mem, 4096);
    is(stream(&t, &text, &last), 4, "two words, finish, done");
    is_str(air_buf_view(&text), "This is", "completions");
    mem_free(&t.m);

    sim_read(&t, AIR_OP_CHAT, "{\"model\":\"m\",\"stream\":true,"
             "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", 0, 0);
    air_buf_init(&text, &t.mem, 4096);
    is(stream(&t, &text, &last), 3, "no tokens: role, finish, done");
    mem_free(&t.m);
}


/* No event is longer than promised. */
static void
test_room(void)
{
    sim_t   t;
    char    body[4096], name[AIR_SIMULATE_NAME + 1];
    size_t  len, most;

    memset(name, 'x', AIR_SIMULATE_NAME);
    name[AIR_SIMULATE_NAME] = '\0';

    snprintf(body, sizeof(body),
             "{\"model\":\"%s\",\"stream\":true,\"stream_options\":"
             "{\"include_usage\":true},\"messages\":[1],\"tool_choice\":"
             "\"required\",\"tools\":[{\"function\":{\"name\":\"%s\","
             "\"parameters\":{\"enum\":[\"<<<<<<<<\"]}}}]}", name, name);

    is(sim_read(&t, AIR_OP_CHAT, body, 6, 0), AIR_OK, "long names");
    t.s.id = air_str_z("18446744073709551615-18446744073709551615");
    most = 0;

    while (t.s.next != AIR_SIMULATE_END) {
        len = t.b.len;
        air_simulate_event(&t.s, &t.b);
        most = t.b.len - len > most ? t.b.len - len : most;
    }

    ok(most > 600 && most <= AIR_SIMULATE_EVENT, "longest event %zu", most);
    mem_free(&t.m);
}


static void
test_embeddings(void)
{
    sim_t           t;
    air_json_doc_t  doc;

    is(sim_read(&t, AIR_OP_EMBEDDINGS, "{\"model\":\"m\",\"input\":[\"a\","
                "\"b\",\"a\"],\"dimensions\":3}", 5, 0), AIR_OK,
       "embeddings are read");
    air_simulate_reply(&t.s, &t.b);
    doc = written(&t);

    is(at(&doc, "data")->count, 3, "one vector an input");
    is(at(&doc, "data/1/embedding")->count, 3, "of the length asked for");
    is(number(&doc, "data/2/index"), 2, "numbered");
    ok(air_str_eq(air_json_raw(&doc, at(&doc, "data/0/embedding")),
                  air_json_raw(&doc, at(&doc, "data/2/embedding"))),
       "the same input has the same vector");
    ok(!air_str_eq(air_json_raw(&doc, at(&doc, "data/0/embedding")),
                   air_json_raw(&doc, at(&doc, "data/1/embedding"))),
       "another input another one");
    ok(at(&doc, "usage/completion_tokens") == NULL, "no completion tokens");
    mem_free(&t.m);

    sim_read(&t, AIR_OP_EMBEDDINGS, "{\"model\":\"m\",\"input\":[1,2,3,4],"
             "\"dimensions\":2,\"encoding_format\":\"base64\"}", 5, 0);
    air_simulate_reply(&t.s, &t.b);
    doc = written(&t);

    is(at(&doc, "data")->count, 1, "tokens are one input");
    is(air_json_raw(&doc, at(&doc, "data/0/embedding")).len, 12,
       "8 bytes in base64");
    is(number(&doc, "usage/prompt_tokens"), 4, "tokens are counted");
    mem_free(&t.m);
}


static void
test_memory(void)
{
    int     rc;
    sim_t   t;
    size_t  n;

    for (n = 1; n < 1000; n++) {
        rc = sim_read(&t, AIR_OP_CHAT,
                      "{\"model\":\"m\",\"messages\":[{\"content\":"
                      "\"a\\u0041\"}],\"response_format\":{\"type\":"
                      "\"json_schema\",\"json_schema\":{\"schema\":{\"type\":"
                      "\"object\"}}}}", 5, n);

        if (rc == AIR_OK) {
            rc = air_simulate_reply(&t.s, &t.b);
        }

        mem_free(&t.m);

        if (rc != AIR_ENOMEM) {
            break;
        }
    }

    ok(n > 3 && rc == AIR_OK, "each lack of memory is told (%zu)", n);
}


int
main(void)
{
    test_chat();
    test_refused();
    test_tools();
    test_schema();
    test_schema_bomb();
    test_stream();
    test_room();
    test_embeddings();
    test_memory();

    return done();
}
