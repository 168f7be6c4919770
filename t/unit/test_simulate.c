
/* air_simulate: what a made-up vendor says, on every wire. */

#include "tap.h"
#include "mem.h"

#include "../../ngx_ai_router_module/core/air_sse.h"
#include "../../ngx_ai_router_module/core/air_simulate.h"


typedef struct {
    mem_t                m;
    air_mem_t            mem;
    air_json_doc_t       doc;
    air_simulate_t       s;
    air_simulate_how_t   how;
    air_error_t          error;
    air_buf_t            b;
} sim_t;


static int
sim_go(sim_t *t, const air_simulate_path_t *path, const char *body,
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

    t->how.id = air_str_z("7-1");
    t->how.created = 1700000000;

    return air_simulate_read(&t->s, path, &t->how, &t->doc, &t->mem,
                             &t->error);
}


static int
sim_read(sim_t *t, air_op_e op, const char *body, uint64_t tokens,
    size_t fail_at)
{
    air_simulate_path_t  path;

    memset(&path, 0, sizeof(path));
    path.codec = &air_codec_openai;
    path.op = op;

    memset(&t->how, 0, sizeof(t->how));
    t->how.tokens = tokens;

    return sim_go(t, &path, body, fail_at);
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

#define HI  "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]"

    static const struct {
        const char  *body;
        const char  *param;
    } rows[] = {
        { "{}", "" },
        { "{\"model\":\"\"}", "" },
        { "[]", "" },
        { "{\"model\":\"m\"}", "messages" },
        { "{\"model\":\"m\",\"messages\":[]}", "messages" },
        { "{\"model\":\"m\"," HI ",\"n\":2}", "n" },
        { "{\"model\":\"m\"," HI ",\"max_tokens\":0}", "max_tokens" },
        { "{\"model\":\"m\"," HI ",\"max_tokens\":1.5}", "max_tokens" },
        { "{\"model\":\"m\"," HI ",\"tool_choice\":\"required\"}",
          "tool_choice" },
        { "{\"model\":\"m\"," HI ",\"tool_choice\":{\"type\":\"function\","
          "\"function\":{\"name\":\"b\"}},\"tools\":[{\"type\":"
          "\"function\",\"function\":{\"name\":\"a\"}}]}",
          "tool_choice" },
        { "{\"model\":\"m\"," HI ",\"response_format\":{\"type\":"
          "\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":"
          "{\"type\":\"string\",\"minLength\":100000}}}}",
          "response_format" }
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

        is(air_simulate_value(&doc, air_json_root(&doc), 0, &b), AIR_OK,
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

    is(air_simulate_value(&doc, air_json_root(&doc), 0, &b), AIR_ELIMIT,
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
    ok(t.s.streamed, "stream is asked for");
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


/* Events of this wire need no more room than is had before each. */
static void
test_room(void)
{
    sim_t   t;
    char    body[4096], name[65];
    size_t  len, most;

    memset(name, 'x', 64);
    name[64] = '\0';

    snprintf(body, sizeof(body),
             "{\"model\":\"%s\",\"stream\":true,\"stream_options\":"
             "{\"include_usage\":true},\"messages\":[{\"role\":\"user\","
             "\"content\":\"x\"}],\"tool_choice\":\"required\",\"tools\":[{"
             "\"type\":\"function\",\"function\":{\"name\":\"%s\","
             "\"parameters\":{\"enum\":[\"<<<<<<<<\"]}}}]}", name, name);

    is(sim_read(&t, AIR_OP_CHAT, body, 6, 0), AIR_OK, "long names");
    t.s.how.id = air_str_z("18446744073709551615-18446744073709551615");
    most = 0;

    while (t.s.next != AIR_SIMULATE_END) {
        len = t.b.len;
        air_simulate_event(&t.s, &t.b);
        most = t.b.len - len > most ? t.b.len - len : most;
    }

    ok(most > 300 && most <= AIR_SIMULATE_EVENT, "longest event %zu", most);
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
                      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
                      "\"content\":\"a\\u0041\"}],"
                      "\"response_format\":{\"type\":\"json_schema\","
                      "\"json_schema\":{\"name\":\"n\",\"schema\":"
                      "{\"type\":\"object\"}}}}", 5, n);

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


/* Members of an enum come round. */
static void
test_nth(void)
{
    size_t          i;
    mem_t           m;
    air_buf_t       b;
    air_mem_t       mem;
    air_json_doc_t  doc;

    static const char *const  want[] = { "1", "\"b\"", "1", "\"b\"" };

    for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        mem = mem_init(&m, 0);
        air_json_init(&doc, &mem);
        air_buf_init(&b, &mem, AIR_SIMULATE_VALUE);
        air_json_scan(&doc, air_str_z("{\"enum\":[1,\"b\"]}"), 0, NULL);
        air_simulate_value(&doc, air_json_root(&doc), i, &b);
        is_str(air_buf_view(&b), want[i], "member %zu", i);
        mem_free(&m);
    }
}


#define CITY  "{\"type\":\"object\",\"properties\":{\"city\":{\"enum\":"    \
              "[\"Bern\",\"Z\xc3\xbcrich\",\"Basel\"]}},"                   \
              "\"required\":[\"city\"]}"
#define TOOLS "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":"   \
              "\"sky\",\"parameters\":" CITY "}}]"
#define ASKED "{\"role\":\"user\",\"content\":\"How is it?\"}"
#define CALLS "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\","      \
              "\"type\":\"function\",\"function\":{\"name\":\"sky\","       \
              "\"arguments\":\"{}\"}},{\"id\":\"b\",\"type\":"              \
              "\"function\",\"function\":{\"name\":\"sky\","                \
              "\"arguments\":\"{}\"}}]},"                                   \
              "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":"      \
              "\"rain\"},{\"role\":\"tool\",\"tool_call_id\":\"b\","        \
              "\"content\":\"sun\"}"


/* What is known of a conversation with tools. */
static void
test_turns(void)
{
    sim_t                 t;
    air_simulate_turns_t  turns;

    sim_read(&t, AIR_OP_CHAT, "{\"model\":\"m\"," TOOLS ",\"messages\":["
             ASKED "," CALLS "," CALLS "]}", 5, 0);
    air_simulate_turns(&t.s.msg, &turns);
    is((long long) turns.rounds, 2, "two turns with calls");
    is((long long) turns.calls, 4, "four calls");
    air_simulate_echo(&t.s.msg, &t.b);
    is_str(air_buf_view(&t.b), "rain\nsun\nrain\nsun", "what tools told");
    mem_free(&t.m);

    sim_read(&t, AIR_OP_CHAT, "{\"model\":\"m\"," TOOLS ",\"messages\":["
             ASKED "," CALLS "," ASKED "]}", 5, 0);
    air_simulate_turns(&t.s.msg, &turns);
    is((long long) turns.rounds, 0, "words begin anew");
    air_simulate_echo(&t.s.msg, &t.b);
    is_str(air_buf_view(&t.b), "How is it?", "and are echoed");
    mem_free(&t.m);
}


static void
test_paths(void)
{
    int                  rc;
    size_t               i;
    air_simulate_path_t  at;

    static const struct {
        const char  *path;
        const char  *codec;
        air_op_e     op;
        const char  *model;
    } rows[] = {
        { "/v1/chat/completions", "openai", AIR_OP_CHAT, "" },
        { "/x/openai/deployments/a/b/chat/completions", "openai",
          AIR_OP_CHAT, "a/b" },
        { "/v1/completions", "openai", AIR_OP_COMPLETIONS, "" },
        { "/embeddings", "openai", AIR_OP_EMBEDDINGS, "" },
        { "/anthropic/v1/messages", "anthropic", AIR_OP_CHAT, "" },
        { "/v1/messages/count_tokens", "anthropic", AIR_OP_COUNT_TOKENS, "" },
        { "/v1/models", "anthropic", AIR_OP_MODELS, "" },
        { "/v1/chat", NULL, AIR_OP_NONE, "" },
        { "", NULL, AIR_OP_NONE, "" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rc = air_simulate_path(air_str_z(rows[i].path), &at);

        if (rows[i].codec == NULL) {
            is(rc, 0, "nobody's: %s", rows[i].path);
            continue;
        }

        is(rc, 1, "somebody's: %s", rows[i].path);
        is_str(air_str_z(at.codec->name), rows[i].codec, "codec");
        is(at.op, rows[i].op, "operation");
        is_str(at.model, rows[i].model, "model");
    }
}


/* What came of a reply, however it came. */
typedef struct {
    air_buf_t     text;
    air_buf_t     thought;
    air_buf_t     calls;          /* ;name arguments                        */
    air_finish_e  finish;
    air_usage_t   usage;
    unsigned      ended:1;
} got_t;


static void
got_reply(got_t *g, const air_msg_reply_t *reply)
{
    const air_part_t  *p;

    for (p = reply->choices->parts; p != NULL; p = p->next) {

        if (p->type == AIR_PART_TOOL_CALL) {
            air_buf_z(&g->calls, ";");
            air_buf_str(&g->calls, p->name);
            air_buf_z(&g->calls, " ");
            air_buf_str(&g->calls, p->arguments);

        } else {
            air_buf_str(p->type == AIR_PART_THINKING ? &g->thought : &g->text,
                        p->text);
        }
    }

    g->finish = reply->choices->finish;
    g->usage = reply->usage;
}


static void
got_delta(got_t *g, const air_delta_t *d)
{
    switch (d->type) {

    case AIR_DELTA_BLOCK:
        if (d->part == AIR_PART_TOOL_CALL) {
            air_buf_z(&g->calls, ";");
            air_buf_str(&g->calls, d->name);
            air_buf_z(&g->calls, " ");
        }

        break;

    case AIR_DELTA_TEXT:
        air_buf_str(d->part == AIR_PART_THINKING ? &g->thought : &g->text,
                    d->text);
        break;

    case AIR_DELTA_ARGUMENTS:
        air_buf_str(&g->calls, d->text);
        break;

    case AIR_DELTA_FINISH:
        g->finish = d->finish;
        break;

    case AIR_DELTA_USAGE:
        g->usage = *d->usage;
        break;

    case AIR_DELTA_END:
        g->ended = 1;
        break;

    default:
        break;
    }
}


static int
got_stream(got_t *g, sim_t *t, const air_profile_t *profile)
{
    int                 rc;
    unsigned            i;
    air_sse_t           sse;
    air_deltas_t        out;
    air_stream_t        st;
    unsigned char      *p, *last;
    air_sse_event_t     ev;
    air_eventstream_t   frames;

    while (t->s.next != AIR_SIMULATE_END) {
        rc = air_simulate_event(&t->s, &t->b);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    air_sse_init(&sse, &t->mem, 65536);
    air_eventstream_init(&frames, &t->mem, 65536);
    air_stream_init(&st, &t->mem, AIR_OP_CHAT);
    air_deltas_init(&out, &t->mem);

    p = t->b.data;
    last = p + t->b.len;

    while ((t->s.codec->framing == AIR_FRAMING_EVENTSTREAM
            ? air_eventstream_feed(&frames, &p, last, &ev)
            : air_sse_feed(&sse, &p, last, &ev)) == AIR_OK)
    {
        out.n = 0;
        rc = t->s.codec->event_read(&st, &ev, profile, &out);
        if (rc != AIR_OK) {
            return rc;
        }

        for (i = 0; i < out.n; i++) {
            got_delta(g, &out.d[i]);
        }
    }

    return p == last ? AIR_OK : AIR_EINVAL;
}


/* A request of OpenAI's as that codec says it, its path beside. */
static int
said(const air_mem_t *mem, const air_codec_t *codec,
    const air_profile_t *profile, const char *body, air_buf_t *b)
{
    int                rc;
    air_error_t        error;
    air_target_t       target;
    air_json_doc_t     doc;
    air_warnings_t     lost;
    air_msg_request_t  msg;

    memset(&lost, 0, sizeof(lost));
    memset(&target, 0, sizeof(target));
    target.profile = profile;
    target.model = air_str_z("m");

    air_json_init(&doc, mem);
    rc = air_json_scan(&doc, air_str_z(body), 0, NULL);

    if (rc == AIR_OK) {
        rc = air_codec_openai.request_read(AIR_OP_CHAT, &doc, mem, &msg,
                                           &error);
    }

    if (rc == AIR_OK) {
        rc = codec->request_write(&msg, &target, b, &lost);
    }

    return rc == AIR_OK ? air_buf_byte(b, '\0') : rc;
}


typedef struct {
    const char   *body;
    const char   *text;
    const char   *calls;
    air_finish_e  finish;
    unsigned      rounds;
    unsigned      echo:1;
    unsigned      thinks:1;
} wire_t;


static void
wire_one(const air_codec_t *codec, const air_profile_t *profile,
    const wire_t *w, int streamed)
{
    int                   rc;
    got_t                 got;
    sim_t                 t;
    mem_t                 m;
    air_buf_t             body;
    air_mem_t             mem;
    air_error_t           error;
    air_json_doc_t        doc;
    air_msg_reply_t       reply;
    air_simulate_path_t   path;

    mem = mem_init(&m, 0);
    memset(&t, 0, sizeof(t));
    memset(&got, 0, sizeof(got));
    air_buf_init(&got.text, &mem, 65536);
    air_buf_init(&got.thought, &mem, 65536);
    air_buf_init(&got.calls, &mem, 65536);
    air_buf_init(&body, &mem, 65536);

    is(said(&mem, codec, profile, w->body, &body), AIR_OK, "%s: %s",
       codec->name, w->body);

    memset(&path, 0, sizeof(path));
    path.codec = codec;
    path.op = AIR_OP_CHAT;
    path.model = air_str_z("m");
    path.stream = streamed;

    t.how.tokens = 5;
    t.how.rounds = w->rounds;
    t.how.calls = 2;
    t.how.echo = w->echo;

    is(sim_go(&t, &path, (char *) body.data, 0), AIR_OK, "is taken");
    t.s.stream.want_usage = 1;

    if (streamed) {
        is(got_stream(&got, &t, profile), AIR_OK, "its stream is read");
        ok(got.ended || got.finish != AIR_FINISH_NONE, "and ends");

    } else {
        rc = air_simulate_reply(&t.s, &t.b);
        doc = written(&t);

        if (rc == AIR_OK) {
            rc = codec->reply_read(AIR_OP_CHAT, &doc, profile, &mem, &reply,
                                   &error);
        }

        is(rc, AIR_OK, "its reply is read");

        if (rc == AIR_OK) {
            got_reply(&got, &reply);
        }
    }

    is_str(air_buf_view(&got.text), w->text, "text");
    is_str(air_buf_view(&got.calls), w->calls, "calls");
    is(air_finish_plain(got.finish), w->finish, "finish");
    is((long long) (air_usage_output(&got.usage)), (long long) t.s.tokens,
       "output");
    is((long long) (air_usage_input(&got.usage)),
       (long long) t.s.usage.n[AIR_IN], "input");

    if (w->thinks) {
        ok(t.s.part[0].type == AIR_PART_THINKING, "it thinks");
    }

    mem_free(&t.m);
    mem_free(&m);
}


/* Whatever has a codec says and is told the same. */
static void
test_wires(void)
{
    unsigned              i, j, n;
    const air_codec_t    *codec;
    const air_profile_t  *profile;

    static const wire_t  rows[] = {
        { "{\"model\":\"m\",\"max_tokens\":50,\"messages\":[" ASKED "]}",
          "This is a simulated reply", "", AIR_FINISH_STOP, 0, 0, 0 },
        { "{\"model\":\"m\",\"max_tokens\":3,\"messages\":[" ASKED "]}",
          "This is a", "", AIR_FINISH_LENGTH, 0, 0, 0 },
        { "{\"model\":\"m\",\"max_tokens\":50,\"messages\":[" ASKED "]}",
          "How is it?", "", AIR_FINISH_STOP, 0, 1, 0 },
        { "{\"model\":\"m\",\"max_tokens\":50,\"messages\":[" ASKED "],"
          TOOLS "}", "",
          ";sky {\"city\":\"Bern\"};sky {\"city\":\"Z\xc3\xbcrich\"}",
          AIR_FINISH_TOOL_CALLS, 2, 1, 0 },
        { "{\"model\":\"m\",\"max_tokens\":50,\"messages\":[" ASKED ","
          CALLS "]," TOOLS "}", "",
          ";sky {\"city\":\"Basel\"};sky {\"city\":\"Bern\"}",
          AIR_FINISH_TOOL_CALLS, 2, 1, 0 },
        { "{\"model\":\"m\",\"max_tokens\":50,\"messages\":[" ASKED ","
          CALLS "]," TOOLS "}", "rain\nsun", "", AIR_FINISH_STOP, 1, 1, 0 }
    };

    n = 0;

    for (i = 0; (profile = air_profile_at(i)) != NULL; i++) {
        codec = air_codec_find(air_str_z(profile->protocol));

        /* the first entry of each protocol */

        for (j = 0; strcmp(air_profile_at(j)->protocol,
                           profile->protocol) != 0; j++)
        {
            /* void */
        }

        if (codec == NULL || j != i) {
            continue;
        }

        n++;

        for (j = 0; j < sizeof(rows) / sizeof(rows[0]); j++) {
            wire_one(codec, profile, &rows[j], 0);
            wire_one(codec, profile, &rows[j], 1);
        }
    }

    ok(n >= 2, "%u protocols", n);
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
    test_nth();
    test_turns();
    test_paths();
    test_wires();

    return done();
}
