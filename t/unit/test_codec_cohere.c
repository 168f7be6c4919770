
/*
 * The Cohere codec: what requests of other wires become and what is told as
 * lost, its own requests there and back, replies and streams with all that
 * this wire can say, errors, usage, and every allocation failing once.
 * Recorded exchanges run in test_replay.c.
 */

#include "../../ngx_ai_router_module/core/air_codec.h"
#include "mem.h"
#include "tap.h"


#define CODEC  air_codec_cohere
#define BIG    (1 << 24)

#define USER   "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"
#define TOOL(name, more)                                                      \
    "{\"type\":\"function\",\"function\":{\"name\":\"" name "\"" more "}}"
#define CITY   ",\"parameters\":{\"type\":\"object\",\"properties\":"         \
    "{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}"
#define EMPTY  ",\"parameters\":{\"type\":\"object\",\"properties\":{}}"


static const air_profile_t *
profile(void)
{
    return air_profile_find(air_str_z("cohere"));
}


/* 1 when text is JSON, in doc. */
static int
parse(air_json_doc_t *doc, const air_mem_t *mem, air_str_t text)
{
    air_json_init(doc, mem);

    return air_json_scan(doc, text, AIR_JSON_VENDOR, NULL) == AIR_OK;
}


static air_str_t
told(const air_warnings_t *lost, const air_mem_t *mem)
{
    unsigned   i;
    air_buf_t  b;

    air_buf_init(&b, mem, 4096);

    for (i = 0; i < lost->n; i++) {
        air_buf_z(&b, i ? " " : "");
        air_buf_str(&b, lost->w[i].field);
        air_buf_z(&b, "=");
        air_buf_z(&b, air_lost_reason(lost->w[i].why));
    }

    return air_buf_view(&b);
}


static int
cross(const air_codec_t *from, air_op_e op, const char *text,
    const char *model, const air_mem_t *mem, air_str_t *out,
    air_warnings_t *lost)
{
    int                rc;
    air_buf_t          b;
    air_error_t        error;
    air_target_t       target;
    air_json_doc_t     doc;
    air_msg_request_t  msg;

    memset(lost, 0, sizeof(air_warnings_t));
    air_json_init(&doc, mem);

    rc = air_json_scan(&doc, air_str_z(text), AIR_JSON_UNIQUE, NULL);

    if (rc == AIR_OK) {
        rc = from->request_read(op, &doc, mem, &msg, &error);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    target.profile = profile();
    target.model = air_str_z(model);

    air_buf_init(&b, mem, BIG);
    rc = CODEC.request_write(&msg, &target, &b, lost);

    if (rc == AIR_OK) {
        rc = air_buf_byte(&b, '\0');
        *out = air_str_n(b.data, b.len - 1);
    }

    return rc;
}


typedef struct {
    const air_codec_t  *from;
    const char         *model;
    const char         *text;
    const char         *want;     /* after {"model":...,                    */
    const char         *lost;
} request_t;


static const request_t  requests[] = {

    /* the conversation */

    { &air_codec_openai, "m", "{\"model\":\"x\"," USER "}", USER, "" },

    { &air_codec_openai, "m",
      "{\"model\":\"x\",\"messages\":[{\"role\":\"developer\",\"content\":"
      "\"Be brief.\"},{\"role\":\"user\",\"name\":\"ann\",\"content\":["
      "{\"type\":\"text\",\"text\":\"See\"},{\"type\":\"image_url\","
      "\"image_url\":{\"url\":\"data:image/png;base64,iVBORw==\","
      "\"detail\":\"low\"}},{\"type\":\"image_url\",\"image_url\":"
      "{\"url\":\"https://x.test/a.png\"}}]}],\"stream\":true}",
      "\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
      "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"See\"},"
      "{\"type\":\"image_url\",\"image_url\":{\"url\":"
      "\"data:image/png;base64,iVBORw==\",\"detail\":\"low\"}},"
      "{\"type\":\"image_url\",\"image_url\":{\"url\":"
      "\"https://x.test/a.png\"}}]}],\"stream\":true",
      "messages.name=no_such" },

    /* calls and their results; an image follows what was told */

    { &air_codec_anthropic, "command-a-03-2025",
      "{\"model\":\"x\",\"max_tokens\":9,\"messages\":["
      "{\"role\":\"user\",\"content\":\"Go\"},"
      "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\","
      "\"thinking\":\"hm\",\"signature\":\"abc\"},{\"type\":\"text\","
      "\"text\":\"So.\"},{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":"
      "\"see\",\"input\":{}},{\"type\":\"tool_use\",\"id\":\"t2\","
      "\"name\":\"say\",\"input\":{\"n\":1}}]},"
      "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
      "\"tool_use_id\":\"t1\",\"is_error\":true,\"content\":[{\"type\":"
      "\"text\",\"text\":\"seen\"},{\"type\":\"image\",\"source\":{\"type\":"
      "\"base64\",\"media_type\":\"image/png\",\"data\":\"iVBORw==\"}}]},"
      "{\"type\":\"tool_result\",\"tool_use_id\":\"t2\",\"content\":"
      "\"said\"},{\"type\":\"text\",\"text\":\"Well?\"}]}]}",
      "\"messages\":[{\"role\":\"user\",\"content\":\"Go\"},"
      "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":"
      "\"So.\"}],\"tool_calls\":[{\"id\":\"t1\",\"type\":\"function\","
      "\"function\":{\"name\":\"see\",\"arguments\":\"{}\"}},{\"id\":\"t2\","
      "\"type\":\"function\",\"function\":{\"name\":\"say\",\"arguments\":"
      "\"{\\\"n\\\":1}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"t1\","
      "\"content\":[{\"type\":\"text\",\"text\":\"seen\"}]},{\"role\":"
      "\"tool\",\"tool_call_id\":\"t2\",\"content\":\"said\"},{\"role\":"
      "\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
      "\"data:image/png;base64,iVBORw==\"}}]},{\"role\":\"user\","
      "\"content\":[{\"type\":\"text\",\"text\":\"Well?\"}]}],"
      "\"max_tokens\":9",
      "thinking=issuer tool_result.is_error=no_such "
      "tool_result.content=changed" },

    /* a bad argument is an object all the same; no message says nothing */

    { &air_codec_openai, "m",
      "{\"model\":\"x\",\"messages\":[{\"role\":\"user\",\"content\":\"Go\"},"
      "{\"role\":\"assistant\",\"content\":\"\"},"
      "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":"
      "\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\","
      "\"arguments\":\"{oops\"}}]},{\"role\":\"tool\",\"tool_call_id\":"
      "\"c\",\"content\":\"\"}]}",
      "\"messages\":[{\"role\":\"user\",\"content\":\"Go\"},{\"role\":"
      "\"assistant\",\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\","
      "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"arguments\\\":"
      "\\\"{oops\\\"}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"c\","
      "\"content\":\"\"}]", "" },

    /* what Cohere thought goes back, as its models can take it */

    { &air_codec_openai, "command-a-03-2025",
      "{\"model\":\"x\",\"messages\":[{\"role\":\"user\",\"content\":\"Go\"},"
      "{\"role\":\"assistant\",\"content\":null,\"reasoning_details\":[{"
      "\"type\":\"reasoning.text\",\"text\":\"I will roll.\",\"format\":"
      "\"cohere-v2\",\"index\":0}],\"tool_calls\":[{\"id\":\"c\",\"type\":"
      "\"function\",\"function\":{\"name\":\"roll\",\"arguments\":\"{}\"}}"
      "]}]}",
      "\"messages\":[{\"role\":\"user\",\"content\":\"Go\"},{\"role\":"
      "\"assistant\",\"tool_plan\":\"I will roll.\",\"tool_calls\":[{\"id\":"
      "\"c\",\"type\":\"function\",\"function\":{\"name\":\"roll\","
      "\"arguments\":\"{}\"}}]}]", "" },

    { &air_codec_openai, "command-a-reasoning-08-2025",
      "{\"model\":\"x\",\"messages\":[{\"role\":\"user\",\"content\":\"Go\"},"
      "{\"role\":\"assistant\",\"content\":\"Four.\",\"reasoning_details\":"
      "[{\"type\":\"reasoning.text\",\"text\":\"2+2\",\"format\":"
      "\"cohere-v2\"}]},{\"role\":\"assistant\",\"content\":\"Five.\","
      "\"reasoning\":\"whose?\"}]}",
      "\"messages\":[{\"role\":\"user\",\"content\":\"Go\"},{\"role\":"
      "\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":"
      "\"2+2\"},{\"type\":\"text\",\"text\":\"Four.\"}]},{\"role\":"
      "\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"Five.\"}]}]",
      "thinking=issuer" },

    { &air_codec_openai, "command-r-plus",
      "{\"model\":\"x\",\"messages\":[{\"role\":\"user\",\"content\":\"Go\"},"
      "{\"role\":\"assistant\",\"content\":\"Four.\",\"reasoning_details\":"
      "[{\"type\":\"reasoning.text\",\"text\":\"2+2\",\"format\":"
      "\"cohere-v2\"}]}]}",
      "\"messages\":[{\"role\":\"user\",\"content\":\"Go\"},{\"role\":"
      "\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"Four.\"}]}]",
      "thinking=model" },

    /* documents: beside the talk, or in it where they cannot be */

    { &air_codec_anthropic, "m",
      "{\"model\":\"x\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
      "\"content\":[{\"type\":\"document\",\"title\":\"T\",\"context\":\"C\","
      "\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":"
      "\"D\"}},{\"type\":\"document\",\"source\":{\"type\":\"base64\","
      "\"media_type\":\"application/pdf\",\"data\":\"JVBERg==\"}},"
      "{\"type\":\"text\",\"text\":\"Q\"}]}]}",
      "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
      "\"text\":\"Q\"}]}],\"documents\":[{\"data\":{\"title\":\"T\","
      "\"context\":\"C\",\"text\":\"D\"}}],\"max_tokens\":9",
      "document=changed document=no_such" },

    { &air_codec_anthropic, "m",
      "{\"model\":\"x\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
      "\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"text\","
      "\"media_type\":\"text/plain\",\"data\":\"D\"}}]}],\"tools\":[{"
      "\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}]}",
      "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
      "\"text\":\"D\"}]}],\"tools\":[{\"type\":\"function\",\"function\":"
      "{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}],"
      "\"max_tokens\":9", "document=merged" },

    /* tools and the choice among them */

    { &air_codec_openai, "m",
      "{\"model\":\"x\"," USER ",\"tools\":[" TOOL("f", CITY
      ",\"description\":\"D\",\"strict\":true") "," TOOL("g", "")
      "],\"tool_choice\":\"auto\",\"parallel_tool_calls\":false}",
      USER ",\"tools\":[" TOOL("f", ",\"description\":\"D\"" CITY) ","
      TOOL("g", EMPTY) "]",
      "tools.strict=value parallel_tool_calls=no_such" },

    { &air_codec_openai, "m",
      "{\"model\":\"x\"," USER ",\"tools\":[" TOOL("f", CITY
      ",\"strict\":true") "],\"tool_choice\":\"required\"}",
      USER ",\"tools\":[" TOOL("f", CITY) "],\"strict_tools\":true,"
      "\"tool_choice\":\"REQUIRED\"", "" },

    { &air_codec_openai, "m",
      "{\"model\":\"x\"," USER ",\"tools\":[" TOOL("f", EMPTY
      ",\"strict\":true") "],\"tool_choice\":\"none\"}",
      USER ",\"tools\":[" TOOL("f", EMPTY) "],\"tool_choice\":\"NONE\"",
      "tools.strict=value" },

    { &air_codec_openai, "m",
      "{\"model\":\"x\"," USER ",\"tools\":[" TOOL("f", EMPTY) ","
      TOOL("g", EMPTY) "],\"tool_choice\":{\"type\":\"function\","
      "\"function\":{\"name\":\"g\"}}}",
      USER ",\"tools\":[" TOOL("g", EMPTY) "],\"tool_choice\":\"REQUIRED\"",
      "tool_choice=changed" },

    /* an answer by schema, alone and beside tools */

    { &air_codec_openai, "m",
      "{\"model\":\"x\"," USER ",\"response_format\":{\"type\":"
      "\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":"
      "{\"type\":\"object\"}}}}",
      USER ",\"response_format\":{\"type\":\"json_object\",\"json_schema\":"
      "{\"type\":\"object\"}}", "" },

    { &air_codec_openai, "m",
      "{\"model\":\"x\"," USER ",\"response_format\":{\"type\":"
      "\"json_object\"}}",
      USER ",\"response_format\":{\"type\":\"json_object\"}", "" },

    { &air_codec_openai, "m",
      "{\"model\":\"x\",\"messages\":[{\"role\":\"system\",\"content\":"
      "\"S\"},{\"role\":\"user\",\"content\":\"Hi\"}],\"tools\":["
      TOOL("f", EMPTY) "],\"response_format\":{\"type\":\"json_object\"}}",
      "\"messages\":[{\"role\":\"system\",\"content\":\"S\"},{\"role\":"
      "\"system\",\"content\":\"Answer with one JSON object and nothing "
      "else: no other text, no code fence.\"},{\"role\":\"user\","
      "\"content\":\"Hi\"}],\"tools\":[" TOOL("f", EMPTY) "]",
      "response_format=changed" },

    /* settings within this wire's bounds */

    { &air_codec_openai, "m",
      "{\"model\":\"x\"," USER ",\"temperature\":0.30,\"top_p\":1,"
      "\"top_k\":600,\"frequency_penalty\":-0.5,\"presence_penalty\":2,"
      "\"seed\":7,\"max_completion_tokens\":50,\"stop\":[\"a\",\"b\",\"c\","
      "\"d\",\"e\",\"f\"],\"logprobs\":true,\"top_logprobs\":3,\"n\":2,"
      "\"user\":\"u\",\"logit_bias\":{\"1\":2},\"min_p\":0.1,\"odd\":1,"
      "\"service_tier\":\"flex\",\"metadata\":{\"a\":\"b\"}}",
      USER ",\"max_tokens\":50,\"stop_sequences\":[\"a\",\"b\",\"c\",\"d\","
      "\"e\"],\"temperature\":0.30,\"p\":0.99,\"k\":500,"
      "\"frequency_penalty\":0,\"presence_penalty\":1,\"seed\":7,"
      "\"logprobs\":true",
      "stop=value top_p=changed top_k=changed frequency_penalty=changed "
      "presence_penalty=changed top_logprobs=no_such min_p=no_such "
      "logit_bias=no_such metadata=no_such user=no_such n=no_such "
      "odd=no_such service_tier=no_such" },

    { &air_codec_openai, "m",
      "{\"model\":\"x\"," USER ",\"top_p\":0,\"top_k\":0,\"stop\":\"END\","
      "\"presence_penalty\":0,\"service_tier\":\"auto\",\"logprobs\":false}",
      USER ",\"stop_sequences\":[\"END\"],\"p\":0.01,\"k\":0,"
      "\"presence_penalty\":0", "top_p=changed" },

    /* thinking */

    { &air_codec_openai, "command-a-reasoning-08-2025",
      "{\"model\":\"x\"," USER ",\"reasoning_effort\":\"low\"}",
      USER ",\"thinking\":{\"type\":\"enabled\",\"token_budget\":2048}",
      "reasoning_effort=changed" },

    { &air_codec_openai, "command-a-reasoning-08-2025",
      "{\"model\":\"x\"," USER ",\"reasoning_effort\":\"none\"}",
      USER ",\"thinking\":{\"type\":\"disabled\"}", "" },

    { &air_codec_openai, "command-a-03-2025",
      "{\"model\":\"x\"," USER ",\"reasoning_effort\":\"high\"}", USER,
      "reasoning_effort=model" },

    { &air_codec_openai, "command-a-03-2025",
      "{\"model\":\"x\"," USER ",\"reasoning\":{\"enabled\":false}}", USER,
      "" },

    { &air_codec_anthropic, "command-a-plus-05-2026",
      "{\"model\":\"x\",\"max_tokens\":9000," USER ",\"thinking\":{\"type\":"
      "\"enabled\",\"budget_tokens\":5000},\"top_k\":5,\"metadata\":"
      "{\"user_id\":\"u\"},\"system\":[{\"type\":\"text\",\"text\":\"S\","
      "\"cache_control\":{\"type\":\"ephemeral\"}}]}",
      "\"messages\":[{\"role\":\"system\",\"content\":[{\"type\":\"text\","
      "\"text\":\"S\"}]},{\"role\":\"user\",\"content\":\"Hi\"}],"
      "\"thinking\":{\"type\":\"enabled\",\"token_budget\":5000},"
      "\"max_tokens\":9000,\"k\":5",
      "cache_control=no_such user=no_such" }
};


static void
test_requests(void)
{
    int                rc;
    mem_t              m;
    size_t             i;
    air_buf_t          want;
    air_mem_t          mem;
    air_str_t          out, lost;
    air_json_doc_t     doc;
    air_warnings_t     warned;
    const request_t   *r;

    for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {

        r = &requests[i];
        mem = mem_init(&m, 0);

        rc = cross(r->from, r->from == &air_codec_anthropic
                            ? AIR_OP_MESSAGES : AIR_OP_CHAT,
                   r->text, r->model, &mem, &out, &warned);

        air_buf_init(&want, &mem, BIG);
        air_buf_z(&want, "{\"model\":\"");
        air_buf_z(&want, r->model);
        air_buf_z(&want, "\",");
        air_buf_z(&want, r->want);
        air_buf_z(&want, "}");

        is(rc, AIR_OK, "%s", r->text);

        if (rc == AIR_OK) {
            ok(parse(&doc, &mem, out), "is JSON");

            if (!ok(air_str_eq(out, air_buf_view(&want)), "as it should be"))
            {
                printf("#  got %.*s\n# want %.*s\n", (int) out.len, out.data,
                       (int) want.len, want.data);
            }

            lost = told(&warned, &mem);
            is_str(lost, r->lost, "lost");
        }

        mem_free(&m);
    }
}


/* 1 when text, written and written again, is as it was: what only this wire
   knows changes its order once */
static int
again(air_op_e op, const char *text, const air_mem_t *mem)
{
    air_str_t       out;
    air_warnings_t  lost;

    if (cross(&CODEC, op, text, "m", mem, &out, &lost) != AIR_OK
        || lost.n != 0)
    {
        return 0;
    }

    if (cross(&CODEC, op, (char *) out.data, "m", mem, &out, &lost) != AIR_OK
        || lost.n != 0)
    {
        return 0;
    }

    if (!air_str_eqz(out, text)) {
        printf("#  got %.*s\n# want %s\n", (int) out.len, out.data, text);
        return 0;
    }

    return 1;
}


/* this wire's own requests come back as they were */
static void
test_own(void)
{
    mem_t      m;
    size_t     i;
    air_mem_t  mem;

    static const char *const  rows[] = {
        "{\"model\":\"m\"," USER "}",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":"
        "\"S\"},{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
        "\"See\"},{\"type\":\"image_url\",\"image_url\":{\"url\":"
        "\"data:image/png;base64,iVBORw==\"}},{\"type\":\"new\",\"n\":1}]},"
        "{\"role\":\"assistant\",\"tool_plan\":\"P\",\"content\":[{\"type\":"
        "\"thinking\",\"thinking\":\"T\"},{\"type\":\"text\",\"text\":"
        "\"A\"}],\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\","
        "\"function\":{\"name\":\"f\",\"arguments\":\"{ }\"}}]},{\"role\":"
        "\"tool\",\"tool_call_id\":\"c\",\"content\":[{\"type\":"
        "\"document\",\"document\":{\"id\":\"1\",\"data\":{\"x\":[1]}}}]},"
        "{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"R\"},"
        "{\"role\":\"assistant\",\"content\":\"said\",\"citations\":["
        "{\"start\":0,\"end\":4,\"text\":\"said\",\"sources\":[]}]}],"
        "\"tools\":[" TOOL("f", ",\"description\":\"D\"" CITY) "],"
        "\"strict_tools\":true,\"tool_choice\":\"REQUIRED\",\"thinking\":"
        "{\"type\":\"enabled\",\"token_budget\":100},\"max_tokens\":5,"
        "\"stop_sequences\":[\"a\"],\"temperature\":0.5,\"p\":0.75,\"k\":0,"
        "\"frequency_penalty\":0.1,\"presence_penalty\":0.2,\"seed\":1,"
        "\"logprobs\":true,\"stream\":true,\"documents\":[\"d\"],"
        "\"citation_options\":{\"mode\":\"FAST\"},\"safety_mode\":"
        "\"STRICT\",\"priority\":3}",
        "{\"model\":\"m\"," USER ",\"response_format\":{\"type\":"
        "\"json_object\",\"json_schema\":{\"type\":\"object\"}},"
        "\"thinking\":{\"type\":\"disabled\"},\"stream\":false}"
    };

    static const char *const  embeds[] = {
        "{\"model\":\"m\",\"texts\":[\"a\",\"b\"],\"input_type\":"
        "\"search_query\",\"output_dimension\":256,\"embedding_types\":["
        "\"float\"],\"truncate\":\"END\"}",
        "{\"model\":\"m\",\"texts\":[\"a\"],\"input_type\":\"image\","
        "\"embedding_types\":[\"base64\"]}",
        "{\"model\":\"m\",\"texts\":[\"a\"],\"input_type\":"
        "\"classification\",\"embedding_types\":[\"int8\",\"float\"]}"
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mem = mem_init(&m, 0);
        ok(again(AIR_OP_CHAT, rows[i], &mem), "%.60s", rows[i]);
        mem_free(&m);
    }

    for (i = 0; i < sizeof(embeds) / sizeof(embeds[0]); i++) {
        mem = mem_init(&m, 0);
        ok(again(AIR_OP_EMBEDDINGS, embeds[i], &mem), "%.60s", embeds[i]);
        mem_free(&m);
    }
}


static void
test_refused(void)
{
    mem_t              m;
    size_t             i;
    air_mem_t          mem;
    air_error_t        error;
    air_json_doc_t     doc;
    air_msg_request_t  msg;

    static const struct {
        air_op_e     op;
        const char  *text;
        const char  *message;
    }  rows[] = {
        { AIR_OP_CHAT, "[]", "model: must be set" },
        { AIR_OP_CHAT, "{" USER "}", "model: must be set" },
        { AIR_OP_CHAT, "{\"model\":5," USER "}", "model: must be set" },
        { AIR_OP_CHAT, "{\"model\":\"m\"}",
          "messages: must be a list that is not empty" },
        { AIR_OP_CHAT, "{\"model\":\"m\",\"messages\":[]}",
          "messages: must be a list that is not empty" },
        { AIR_OP_CHAT, "{\"model\":\"m\",\"messages\":[{}]}",
          "messages.role: must be set" },
        { AIR_OP_CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":\"x\"}]}",
          "messages.role: must be one of 'user', 'assistant', 'system' or "
          "'tool'" },
        { AIR_OP_CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":\"tool\"}]}",
          "messages.tool_call_id: must be set in messages of tools" },
        { AIR_OP_CHAT, "{\"model\":\"m\"," USER ",\"p\":\"1\"}",
          "p: must be a number" },
        { AIR_OP_CHAT, "{\"model\":\"m\"," USER ",\"stop_sequences\":[1]}",
          "stop_sequences: must be a list of strings" },
        { AIR_OP_EMBEDDINGS, "{\"model\":\"m\"}",
          "texts: must be a list that is not empty" },
        { AIR_OP_EMBEDDINGS, "{\"model\":\"m\",\"texts\":[1]}",
          "texts: must be a list of strings" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mem = mem_init(&m, 0);

        ok(parse(&doc, &mem, air_str_z(rows[i].text)), "%s", rows[i].text);
        is(CODEC.request_read(rows[i].op, &doc, &mem, &msg, &error),
           AIR_EINVAL, "refused");
        is_str(error.message, rows[i].message, "why");
        is(error.status, 400, "status");

        mem_free(&m);
    }
}


/* ------------------------------------------------------------- replies */


static const char  reply[] =
    "{\"id\":\"r1\",\"message\":{\"role\":\"assistant\",\"tool_plan\":"
    "\"Plan.\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"Hm.\"},"
    "{\"type\":\"text\",\"text\":\"Ruby, 1993.\"}],\"tool_calls\":[{\"id\":"
    "\"c1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
    "\"{\\\"a\\\":1}\"}},{\"id\":\"c2\",\"type\":\"function\",\"function\":"
    "{\"name\":\"g\",\"arguments\":\"{}\"}}],\"citations\":[{\"start\":0,"
    "\"end\":4,\"text\":\"Ruby\",\"sources\":[{\"type\":\"document\",\"id\":"
    "\"doc:0\",\"document\":{\"id\":\"doc:0\",\"title\":\"Facts\",\"url\":"
    "\"https://x.test/\"}},{\"type\":\"tool\",\"id\":\"f:0\","
    "\"tool_output\":{\"content\":\"R\"}}],\"type\":\"TEXT_CONTENT\","
    "\"content_index\":1}]},\"finish_reason\":\"TOOL_CALL\",\"logprobs\":["
    "{\"text\":\"Ruby\",\"token_ids\":[5],\"logprobs\":[-0.25]},{\"text\":"
    "\", 1993.\",\"token_ids\":[6,7],\"logprobs\":[-1.5,-2e-1]}],"
    "\"usage\":{\"billed_units\":{\"input_tokens\":67,\"output_tokens\":66},"
    "\"tokens\":{\"input_tokens\":510,\"output_tokens\":99,"
    "\"reasoning_tokens\":29},\"cached_tokens\":144}}";


/* the same for a caller of OpenAI's, up to the usage */
static const char  theirs[] =
    "{\"id\":\"r1\",\"object\":\"chat.completion\",\"created\":0,"
    "\"model\":\"\",\"choices\":[{\"index\":0,\"message\":{\"role"
    "\":\"assistant\",\"content\":\"Ruby, 1993.\",\"reasoning\":"
    "\"Plan.Hm.\",\"reasoning_details\":[{\"type\":\"reasoning.te"
    "xt\",\"text\":\"Plan.\",\"format\":\"cohere-v2\",\"index\":0"
    "},{\"type\":\"reasoning.text\",\"text\":\"Hm.\",\"format\":"
    "\"cohere-v2\",\"index\":1}],\"tool_calls\":[{\"id\":\"c1\","
    "\"type\":\"function\",\"function\":{\"name\":\"f\",\"argumen"
    "ts\":\"{\\\"a\\\":1}\"}},{\"id\":\"c2\",\"type\":\"function"
    "\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}],\"an"
    "notations\":[{\"type\":\"url_citation\",\"url_citation\":{\""
    "url\":\"https://x.test/\",\"title\":\"Facts\",\"content\":\""
    "Ruby\",\"start_index\":0,\"end_index\":4}},{\"type\":\"url_c"
    "itation\",\"url_citation\":{\"url\":\"\",\"title\":\"f:0\","
    "\"content\":\"Ruby\",\"start_index\":0,\"end_index\":4}}]},"
    "\"logprobs\":{\"content\":[{\"token\":\"Ruby\",\"logprob\":-"
    "0.25,\"bytes\":null,\"top_logprobs\":[]},{\"token\":\", 1993"
    ".\",\"logprob\":-1.5,\"bytes\":null,\"top_logprobs\":[]},{\""
    "token\":\"\",\"logprob\":-2e-1,\"bytes\":null,\"top_logprobs"
    "\":[]}],\"refusal\":null},\"finish_reason\":\"tool_calls\","
    "\"native_finish_reason\":\"TOOL_CALL\"}]";


static void
test_reply(void)
{
    mem_t              m;
    air_buf_t          b;
    air_mem_t          mem;
    air_note_t         note;
    air_error_t        error;
    air_json_doc_t     doc;
    air_msg_reply_t    msg;
    const air_part_t  *p;

    mem = mem_init(&m, 0);
    ok(parse(&doc, &mem, air_str_z(reply)), "a reply");

    air_note_init(&note);
    CODEC.reply_note(AIR_OP_CHAT, &doc, profile(), &note);
    is(note.what, AIR_NOTE_CHOICES|AIR_NOTE_CONTENT|AIR_NOTE_FINISH
                  |AIR_NOTE_USAGE, "noted");
    is(note.finish, AIR_FINISH_TOOL_CALLS, "finish");
    is_str(air_str_n(note.native, note.native_len), "TOOL_CALL", "its word");
    is_str(air_str_n(note.id, note.id_len), "r1", "id");
    is(note.usage.n[AIR_IN], 67, "billed input");
    is(note.usage.n[AIR_OUT], 66, "billed output");
    is(note.usage.n[AIR_IN_CACHE_READ], 0, "no price for the cache");
    is(note.usage.reasoning, 29, "reasoning");

    is(CODEC.reply_read(AIR_OP_CHAT, &doc, profile(), &mem, &msg, &error),
       AIR_OK, "read");

    p = msg.choices->parts;
    is(p->type, AIR_PART_THINKING, "the plan is thinking");
    is_str(p->text, "Plan.", "its text");
    is_str(p->format, "tool_plan", "told apart");

    p = p->next;
    is_str(p->text, "Hm.", "thinking");
    is(p->format.len, 0, "of the content");

    p = p->next;
    is_str(p->text, "Ruby, 1993.", "text");
    is_str(p->citations->url, "https://x.test/", "cited URL");
    is_str(p->citations->title, "Facts", "and title");
    is(p->citations->end, 4, "where");
    is_str(p->citations->next->title, "f:0", "a tool by its id");
    is(p->citations->next->raw.len, 0, "one citation, two sources");
    ok(p->citations->next->next == NULL, "no more");

    is_str(msg.choices->last->name, "g", "the last call");
    is_str(msg.choices->tokens,
           "[{\"token\":\"Ruby\",\"logprob\":-0.25,\"bytes\":null,"
           "\"top_logprobs\":[]},{\"token\":\", 1993.\",\"logprob\":-1.5,"
           "\"bytes\":null,\"top_logprobs\":[]},{\"token\":\"\",\"logprob\":"
           "-2e-1,\"bytes\":null,\"top_logprobs\":[]}]", "logprobs");

    air_buf_init(&b, &mem, BIG);
    is(CODEC.reply_write(&msg, &b), AIR_OK, "written");

    if (!ok(air_str_eqz(air_buf_view(&b), reply), "the same")) {
        printf("#  got %.*s\n", (int) b.len, b.data);
    }

    b.len = 0;
    is(air_codec_openai.reply_write(&msg, &b), AIR_OK, "for OpenAI callers");
    b.len = b.len > sizeof(theirs) - 1 ? sizeof(theirs) - 1 : b.len;
    is_str(air_buf_view(&b), theirs, "theirs");

    mem_free(&m);
}


static void
test_usage(void)
{
    mem_t           m;
    size_t          i;
    air_mem_t       mem;
    air_note_t      note;
    air_json_doc_t  doc;

    static const struct {
        air_op_e     op;
        const char  *text;
        int          seen;
        uint64_t     in;
        uint64_t     out;
        uint64_t     image;
        uint64_t     search;
        unsigned     clamped;
    }  rows[] = {
        { AIR_OP_CHAT, "\"usage\":{\"billed_units\":{\"input_tokens\":431,"
          "\"output_tokens\":661},\"tokens\":{\"input_tokens\":2190,"
          "\"output_tokens\":1257}}", 1, 431, 661, 0, 0, 0 },
        { AIR_OP_CHAT, "\"usage\":{\"tokens\":{\"input_tokens\":5,"
          "\"output_tokens\":6}}", 1, 5, 6, 0, 0, 0 },
        { AIR_OP_CHAT, "\"usage\":{\"billed_units\":{\"input_tokens\":5.0,"
          "\"output_tokens\":6,\"search_units\":1},\"cached_tokens\":900}",
          1, 5, 6, 0, 1, 0 },
        { AIR_OP_CHAT, "\"usage\":{\"billed_units\":{\"input_tokens\":-5,"
          "\"output_tokens\":\"6\"}}", 0, 0, 0, 0, 0, 1 },
        { AIR_OP_CHAT, "\"usage\":{\"billed_units\":{\"input_tokens\":"
          "9000000000000,\"output_tokens\":6}}", 1, 0, 6, 0, 0, 1 },
        { AIR_OP_CHAT, "\"usage\":null", 0, 0, 0, 0, 0, 0 },
        { AIR_OP_CHAT, "\"usage\":[1]", 0, 0, 0, 0, 0, 0 },
        { AIR_OP_EMBEDDINGS, "\"meta\":{\"billed_units\":{\"input_tokens\":"
          "7,\"image_tokens\":9}}", 1, 7, 0, 9, 0, 0 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        air_buf_t  b;

        mem = mem_init(&m, 0);
        air_buf_init(&b, &mem, 4096);
        air_buf_z(&b, "{\"id\":\"x\",\"embeddings\":{\"float\":[[1]]},"
                      "\"message\":{\"role\":\"assistant\",\"content\":"
                      "\"a\"},");
        air_buf_z(&b, rows[i].text);
        air_buf_z(&b, "}");

        ok(parse(&doc, &mem, air_buf_view(&b)), "%s", rows[i].text);

        air_note_init(&note);
        CODEC.reply_note(rows[i].op, &doc, profile(), &note);

        is(note.usage.seen, rows[i].seen, "seen");
        is((long long) note.usage.n[AIR_IN], (long long) rows[i].in, "in");
        is((long long) note.usage.n[AIR_OUT], (long long) rows[i].out,
           "out");
        is((long long) note.usage.n[AIR_IN_IMAGE], (long long) rows[i].image,
           "image");
        is((long long) note.usage.fee[AIR_FEE_SEARCH],
           (long long) rows[i].search, "searches");
        is(note.usage.clamped, rows[i].clamped, "odd");

        mem_free(&m);
    }
}


/* what is an error, and what it says */
static void
test_errors(void)
{
    mem_t            m;
    size_t           i;
    air_buf_t        b;
    air_mem_t        mem;
    air_note_t       note;
    air_error_t      error;
    air_json_doc_t   doc;
    air_msg_reply_t  msg;

    static const struct {
        unsigned      status;
        const char   *text;
        air_fault_e   fault;
        const char   *message;
    }  rows[] = {
        { 400, "{\"error_type\":\"TOO_MANY_TOKENS\",\"id\":\"1\","
          "\"message\":\"too many tokens: size limit exceeded\"}",
          AIR_FAULT_CONTEXT, "too many tokens: size limit exceeded" },
        { 401, "{\"id\":\"1\",\"message\":\"no key\"}", AIR_FAULT_AUTH,
          "no key" },
        { 404, "{\"id\":\"1\",\"message\":\"model 'x' not found, make sure "
          "the correct model ID was used\"}", AIR_FAULT_MODEL,
          "model 'x' not found, make sure the correct model ID was used" },
        { 429, "{\"message\":\"You are using a Trial key\"}",
          AIR_FAULT_RATE_LIMIT, "You are using a Trial key" },
        { 500, "{\"message\":\"boom\"}", AIR_FAULT_SERVER, "boom" }
    };

    static const struct {
        const char   *text;
        const char   *message;
    }  within[] = {
        { "{\"id\":\"1\",\"message\":\"bo\\u00fcm\"}", "bo\xc3\xbcm" },
        { "{\"id\":\"1\",\"message\":{\"role\":\"assistant\"},"
          "\"finish_reason\":\"ERROR\"}", NULL },
        { "{\"id\":\"1\",\"message\":{\"role\":\"assistant\",\"content\":"
          "[]},\"finish_reason\":\"TIMEOUT\"}", NULL },
        { "{\"error\":{\"message\":\"gate\"}}", "gate" }
    };

    mem = mem_init(&m, 0);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ok(parse(&doc, &mem, air_str_z(rows[i].text)), "%s", rows[i].text);
        is(air_fault_classify(rows[i].status, &doc, &mem, &error),
           rows[i].fault, "fault");
        is_str(error.message, rows[i].message, "message");
    }

    for (i = 0; i < sizeof(within) / sizeof(within[0]); i++) {
        ok(parse(&doc, &mem, air_str_z(within[i].text)), "%s",
           within[i].text);

        air_note_init(&note);
        CODEC.reply_note(AIR_OP_CHAT, &doc, profile(), &note);
        ok(note.what & AIR_NOTE_ERROR, "an error inside a 200");
        is_str(note.error.message, within[i].message ? within[i].message
               : air_fault_row(AIR_FAULT_SERVER)->message, "message");
    }

    ok(parse(&doc, &mem, air_str_z("{\"id\":\"1\",\"message\":\"boom\"}")),
       "an error");
    is(CODEC.reply_read(AIR_OP_CHAT, &doc, profile(), &mem, &msg, &error),
       AIR_EINVAL, "is no reply");

    ok(parse(&doc, &mem, air_str_z("{\"message\":{\"content\":\"half\"},"
                                   "\"finish_reason\":\"ERROR\"}")), "half");
    air_note_init(&note);
    CODEC.reply_note(AIR_OP_CHAT, &doc, profile(), &note);
    is(note.what, AIR_NOTE_CHOICES|AIR_NOTE_CONTENT|AIR_NOTE_FINISH,
       "what was said is told");
    is(note.finish, AIR_FINISH_ERROR, "with its finish");

    memset(&error, 0, sizeof(error));
    error.message = air_str_z("no \"way\"");
    air_buf_init(&b, &mem, 4096);
    is(CODEC.error_write(&error, air_str_z("id1"), &b), AIR_OK, "a body");
    is_str(air_buf_view(&b), "{\"id\":\"id1\",\"message\":"
           "\"no \\\"way\\\"\"}", "of an error");

    b.len = 0;
    is(CODEC.error_event(&error, NULL, air_str_z("id1"), &b), AIR_OK,
       "an event");
    is_str(air_buf_view(&b), "event: message-end\ndata: {\"type\":"
           "\"message-end\",\"delta\":{\"finish_reason\":\"ERROR\","
           "\"error\":\"no \\\"way\\\"\"}}\n\n", "of an error");

    mem_free(&m);
}


/* ------------------------------------------------------------- streams */


#define EV(type, rest)  "event: " type "\ndata: {\"type\":\"" type "\"" rest  \
    "}\n\n"
#define AT(i, name, what)                                                     \
    ",\"index\":" #i ",\"delta\":{\"message\":{\"" name "\":" what "}}"

static const char  stream[] =
    EV("message-start", ",\"id\":\"s1\",\"delta\":{\"message\":{\"role\":"
       "\"assistant\",\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],"
       "\"citations\":[]}}")
    EV("tool-plan-delta", ",\"delta\":{\"message\":{\"tool_plan\":\"I \"}}")
    EV("tool-plan-delta", ",\"delta\":{\"message\":{\"tool_plan\":\"go.\"}}")
    EV("content-start", AT(0, "content", "{\"type\":\"thinking\","
                              "\"thinking\":\"\"}"))
    EV("content-delta", AT(0, "content", "{\"thinking\":\"Hm\"}"))
    EV("content-end", ",\"index\":0")
    EV("content-start", AT(1, "content", "{\"type\":\"text\",\"text\":\"\"}"))
    EV("content-delta", AT(1, "content", "{\"text\":\"Ru\"}")
       ",\"logprobs\":{\"text\":\"Ru\",\"token_ids\":[5],\"logprobs\":"
       "[-0.5]}")
    EV("content-delta", AT(1, "content", "{\"text\":\"by\"}"))
    EV("citation-start", AT(0, "citations", "{\"start\":0,\"end\":4,"
       "\"text\":\"Ruby\",\"sources\":[{\"type\":\"document\",\"id\":\"d\","
       "\"document\":{\"url\":\"https://x.test/\",\"title\":\"F\"}},"
       "{\"type\":\"tool\",\"id\":\"t:0\"}]}"))
    EV("citation-end", ",\"index\":0")
    EV("content-end", ",\"index\":1")
    EV("tool-call-start", AT(0, "tool_calls", "{\"id\":\"c0\",\"type\":"
       "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}"))
    EV("tool-call-end", ",\"index\":0")
    EV("tool-call-start", AT(1, "tool_calls", "{\"id\":\"c1\",\"type\":"
       "\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{\"}}"))
    EV("tool-call-delta", AT(1, "tool_calls", "{\"function\":"
       "{\"arguments\":\"\\\"a\\\":1}\"}}"))
    EV("debug", ",\"prompt\":\"x\"")
    EV("tool-call-end", ",\"index\":1")
    EV("message-end", ",\"delta\":{\"finish_reason\":\"TOOL_CALL\","
       "\"usage\":{\"billed_units\":{\"input_tokens\":3,\"output_tokens\":4},"
       "\"tokens\":{\"input_tokens\":30,\"output_tokens\":40}}}")
    "data: [DONE]\n\n";


/* what a stream says, one line a delta; and what it is for a caller */
static int
run(const char *text, const air_codec_t *to, const air_mem_t *mem,
    air_buf_t *said, air_buf_t *wire, air_note_t *note)
{
    int                 rc;
    unsigned            i;
    air_sse_t           sse;
    air_deltas_t        out;
    air_stream_t       *st;
    unsigned char      *pos, *last;
    air_json_doc_t      doc;
    air_sse_event_t     ev;
    const air_delta_t  *d;

    static const char *const  names[] = {
        "start", "block", "text", "arguments", "signature", "data",
        "citation", "logprobs", "extra", "end", "finish", "usage", "error",
        "ping", "over"
    };

    air_note_init(note);
    air_json_init(&doc, mem);
    air_deltas_init(&out, mem);
    air_sse_init(&sse, mem, 1 << 20);

    st = air_mem_get(mem, sizeof(air_stream_t));

    if (st == NULL) {
        return AIR_ENOMEM;
    }

    air_stream_init(st, mem, AIR_OP_CHAT);
    st->want_usage = 1;

    pos = (unsigned char *) text;
    last = pos + strlen(text);

    for ( ;; ) {
        rc = air_sse_feed(&sse, &pos, last, &ev);

        if (rc != AIR_OK) {
            return rc == AIR_AGAIN ? AIR_OK : rc;
        }

        rc = CODEC.event_note(&ev, profile(), &doc, note);

        if (rc == AIR_OK) {
            rc = CODEC.event_read(st, &ev, profile(), &out);
        }

        for (i = 0; rc == AIR_OK && i < out.n; i++) {

            d = &out.d[i];
            air_buf_z(said, names[d->type]);
            air_buf_z(said, " ");
            air_buf_uint(said, d->block);
            air_buf_z(said, " ");
            air_buf_str(said, d->type == AIR_DELTA_START
                              || d->type == AIR_DELTA_BLOCK ? d->id
                              : d->type == AIR_DELTA_CITATION
                                ? d->citation->title
                              : d->type == AIR_DELTA_FINISH ? d->native
                              : d->type == AIR_DELTA_ERROR
                                ? d->error->message : d->text);
            air_buf_z(said, "\n");

            rc = to->event_write(st, d, wire);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }
}


static void
test_stream(void)
{
    mem_t       m;
    air_buf_t   said, wire;
    air_mem_t   mem;
    air_note_t  note;

    mem = mem_init(&m, 0);
    air_buf_init(&said, &mem, BIG);
    air_buf_init(&wire, &mem, BIG);

    is(run(stream, &CODEC, &mem, &said, &wire, &note), AIR_OK, "a stream");
    is_str(air_buf_view(&said),
           "start 0 s1\n"
           "block 0 \ntext 0 I \ntext 0 go.\nend 0 \n"
           "block 1 \ntext 1 Hm\nend 1 \n"
           "block 2 \ntext 2 Ru\n"
           "logprobs 0 [{\"token\":\"Ru\",\"logprob\":-0.5,\"bytes\":null,"
           "\"top_logprobs\":[]}]\n"
           "text 2 by\ncitation 2 F\ncitation 2 t:0\nend 2 \n"
           "block 3 c0\narguments 3 {}\nend 3 \n"
           "block 4 c1\narguments 4 {\narguments 4 \"a\":1}\nend 4 \n"
           "finish 0 TOOL_CALL\nusage 0 \nover 0 \n", "what it says");
    ok((note.all & (AIR_NOTE_CONTENT|AIR_NOTE_FINISH|AIR_NOTE_USAGE
                    |AIR_NOTE_DONE)) == (AIR_NOTE_CONTENT|AIR_NOTE_FINISH
                                         |AIR_NOTE_USAGE|AIR_NOTE_DONE)
       && !(note.all & AIR_NOTE_ERROR), "all of it noted");
    is((long long) note.usage.n[AIR_OUT], 4, "billed");

    is_str(air_buf_view(&wire),
           EV("message-start", ",\"id\":\"s1\",\"delta\":{\"message\":"
              "{\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\","
              "\"tool_calls\":[],\"citations\":[]}}")
           EV("content-start", AT(0, "content", "{\"type\":\"thinking\","
                                     "\"thinking\":\"\"}"))
           EV("content-delta", AT(0, "content", "{\"thinking\":\"I \"}"))
           EV("content-delta", AT(0, "content", "{\"thinking\":\"go.\"}"))
           EV("content-end", ",\"index\":0")
           EV("content-start", AT(1, "content", "{\"type\":\"thinking\","
                                     "\"thinking\":\"\"}"))
           EV("content-delta", AT(1, "content", "{\"thinking\":\"Hm\"}"))
           EV("content-end", ",\"index\":1")
           EV("content-start", AT(2, "content", "{\"type\":\"text\","
                                     "\"text\":\"\"}"))
           EV("content-delta", AT(2, "content", "{\"text\":\"Ru\"}"))
           EV("content-delta", AT(2, "content", "{\"text\":\"by\"}"))
           EV("citation-start", AT(0, "citations", "{\"start\":0,\"end\":4,"
              "\"text\":\"Ruby\",\"sources\":[{\"type\":\"document\","
              "\"id\":\"d\",\"document\":{\"url\":\"https://x.test/\","
              "\"title\":\"F\"}},{\"type\":\"tool\",\"id\":\"t:0\"}]}"))
           EV("citation-end", ",\"index\":0")
           EV("content-end", ",\"index\":2")
           EV("tool-call-start", AT(0, "tool_calls", "{\"id\":\"c0\","
              "\"type\":\"function\",\"function\":{\"name\":\"f\","
              "\"arguments\":\"\"}}"))
           EV("tool-call-delta", AT(0, "tool_calls", "{\"function\":"
              "{\"arguments\":\"{}\"}}"))
           EV("tool-call-end", ",\"index\":0")
           EV("tool-call-start", AT(1, "tool_calls", "{\"id\":\"c1\","
              "\"type\":\"function\",\"function\":{\"name\":\"g\","
              "\"arguments\":\"\"}}"))
           EV("tool-call-delta", AT(1, "tool_calls", "{\"function\":"
              "{\"arguments\":\"{\"}}"))
           EV("tool-call-delta", AT(1, "tool_calls", "{\"function\":"
              "{\"arguments\":\"\\\"a\\\":1}\"}}"))
           EV("tool-call-end", ",\"index\":1")
           EV("message-end", ",\"delta\":{\"finish_reason\":\"TOOL_CALL\","
              "\"usage\":{\"billed_units\":{\"input_tokens\":3,"
              "\"output_tokens\":4},\"tokens\":{\"input_tokens\":3,"
              "\"output_tokens\":4}}}")
           "data: [DONE]\n\n", "on its own wire");

    mem_free(&m);
}


/* streams that are not as they should be, and their ends */
static void
test_odd(void)
{
    mem_t       m;
    size_t      i;
    air_buf_t   said, wire;
    air_mem_t   mem;
    air_note_t  note;

    static const struct {
        const char  *text;
        int          rc;
        const char  *said;
        unsigned     all;
    }  rows[] = {

        /* no start of a block; a number used again */
        { EV("content-delta", AT(0, "content", "{\"text\":\"a\"}"))
          EV("content-delta", AT(0, "content", "{\"thinking\":\"b\"}"))
          EV("content-start", AT(0, "content", "{\"type\":\"text\","
                                    "\"text\":\"c\"}"))
          EV("content-end", ",\"index\":7"),
          AIR_OK,
          "block 0 \ntext 0 a\nend 0 \nblock 1 \ntext 1 b\nend 1 \n"
          "block 2 \ntext 2 c\n", AIR_NOTE_CHOICES|AIR_NOTE_CONTENT },

        /* an end closes what is open, and nothing follows */
        { EV("tool-call-start", AT(0, "tool_calls", "{\"id\":\"c\","
             "\"function\":{\"name\":\"f\"}}"))
          EV("message-end", ",\"delta\":{\"finish_reason\":\"MAX_TOKENS\"}")
          EV("content-delta", AT(0, "content", "{\"text\":\"a\"}")),
          AIR_OK,
          "block 0 c\narguments 0 {}\nend 0 \nfinish 0 MAX_TOKENS\nover 0 \n",
          AIR_NOTE_CHOICES|AIR_NOTE_CONTENT|AIR_NOTE_FINISH|AIR_NOTE_DONE },

        /* errors */
        { EV("message-end", ",\"delta\":{\"finish_reason\":\"ERROR\","
             "\"error\":\"boom\"}"), AIR_OK, "error 0 boom\n",
          AIR_NOTE_CHOICES|AIR_NOTE_FINISH|AIR_NOTE_ERROR },
        { EV("message-end", ",\"delta\":{\"finish_reason\":\"TIMEOUT\"}"),
          AIR_OK,
          "error 0 The provider had an error while processing the request."
          "\n", AIR_NOTE_CHOICES|AIR_NOTE_FINISH|AIR_NOTE_ERROR },

        /* what is nothing, or not understood */
        { ": x\n\ndata:\n\n" EV("new-event", ",\"index\":0")
          EV("content-start", ",\"index\":0")
          EV("content-start", AT(0, "content", "[]"))
          EV("citation-start", AT(0, "citations", "{}"))
          EV("tool-call-delta", AT(3, "tool_calls", "{\"function\":"
             "{\"arguments\":\"x\"}}")), AIR_OK, "ping 0 \nping 0 \n",
          AIR_NOTE_CHOICES|AIR_NOTE_CONTENT|AIR_NOTE_IGNORE },
        { "data: [1]\n\n", AIR_EINVAL, "", 0 },
        { "data: {\n\n", AIR_EINVAL, "", 0 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mem = mem_init(&m, 0);
        air_buf_init(&said, &mem, BIG);
        air_buf_init(&wire, &mem, BIG);

        is(run(rows[i].text, &air_codec_openai, &mem, &said, &wire, &note),
           rows[i].rc, "odd stream %zu", i);
        is_str(air_buf_view(&said), rows[i].said, "what it says");

        if (i != 1) {
            is(note.all, rows[i].all, "noted");
        }

        mem_free(&m);
    }
}


/* more sources than room is kept for: the first ones, and a warning */
static void
test_sources(void)
{
    int         i, n;
    mem_t       m;
    char       *p;
    air_buf_t   text, said, wire;
    air_mem_t   mem;
    air_note_t  note;

    mem = mem_init(&m, 0);
    air_buf_init(&text, &mem, BIG);
    air_buf_init(&said, &mem, BIG);
    air_buf_init(&wire, &mem, BIG);

    air_buf_z(&text, EV("content-delta", AT(0, "content",
                                            "{\"text\":\"a\"}"))
              "data: {\"type\":\"citation-start\",\"delta\":{\"message\":"
              "{\"citations\":{\"sources\":[{}");

    for (i = 0; i < 5000; i++) {
        air_buf_z(&text, ",{}");
    }

    air_buf_z(&text, "]}}}}\n\n");
    air_buf_byte(&text, '\0');

    is(run((char *) text.data, &air_codec_openai, &mem, &said, &wire, &note),
       AIR_OK, "many sources");

    air_buf_byte(&said, '\0');
    n = 0;

    for (p = (char *) said.data; (p = strstr(p, "citation ")) != NULL; p++) {
        n++;
    }

    is(n, 8, "the first ones");
    mem_free(&m);
}


/* every allocation fails once: a code, no crash, and then it passes */
static void
test_memory(void)
{
    int              rc;
    mem_t            m;
    size_t           n, i;
    air_buf_t        b, said, wire;
    air_mem_t        mem;
    air_str_t        out;
    air_note_t       note;
    air_error_t      error;
    air_json_doc_t   doc;
    air_warnings_t   lost;
    air_msg_reply_t  msg;

    for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {

        for (n = 1; n < 10000; n++) {
            mem = mem_init(&m, n);
            rc = cross(requests[i].from,
                       requests[i].from == &air_codec_anthropic
                       ? AIR_OP_MESSAGES : AIR_OP_CHAT, requests[i].text,
                       requests[i].model, &mem, &out, &lost);
            mem_free(&m);

            if (rc != AIR_ENOMEM) {
                break;
            }
        }

        is(rc, AIR_OK, "request %zu with %zu allocations", i, n - 1);
    }

    for (n = 1; n < 10000; n++) {
        mem = mem_init(&m, n);
        air_json_init(&doc, &mem);
        rc = air_json_scan(&doc, air_str_z(reply), AIR_JSON_VENDOR, NULL);

        if (rc == AIR_OK) {
            rc = CODEC.reply_read(AIR_OP_CHAT, &doc, profile(), &mem, &msg,
                                  &error);
        }

        if (rc == AIR_OK) {
            air_buf_init(&b, &mem, BIG);
            rc = CODEC.reply_write(&msg, &b);
        }

        mem_free(&m);

        if (rc != AIR_ENOMEM) {
            break;
        }
    }

    is(rc, AIR_OK, "a reply with %zu allocations", n - 1);

    for (n = 1; n < 10000; n++) {
        mem = mem_init(&m, n);
        air_buf_init(&said, &mem, BIG);
        air_buf_init(&wire, &mem, BIG);
        rc = run(stream, &CODEC, &mem, &said, &wire, &note);

        if (rc == AIR_OK) {
            rc = said.error;
        }

        mem_free(&m);

        if (rc != AIR_ENOMEM) {
            break;
        }
    }

    is(rc, AIR_OK, "a stream with %zu allocations", n - 1);
}


int
main(void)
{
    test_requests();
    test_own();
    test_refused();
    test_reply();
    test_usage();
    test_errors();
    test_stream();
    test_odd();
    test_sources();
    test_memory();

    return done();
}
