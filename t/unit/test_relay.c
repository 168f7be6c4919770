
/*
 * What a relay leaves out: a router's members, a vendor's aversions; and
 * that it says so.
 */

#include "../../ngx_ai_router_module/core/air_codec.h"
#include "mem.h"
#include "tap.h"


#define M  "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"


/* "plugins=no_such, user=no_such" */
static air_str_t
told(const air_warnings_t *lost, const air_mem_t *mem)
{
    unsigned   i;
    air_buf_t  b;

    air_buf_init(&b, mem, 4096);

    for (i = 0; i < lost->n; i++) {
        air_buf_z(&b, i ? ", " : "");
        air_buf_str(&b, lost->w[i].field);
        air_buf_z(&b, "=");
        air_buf_z(&b, air_lost_reason(lost->w[i].why));
    }

    return air_buf_view(&b);
}


static void
relay(const char *name, const air_codec_t *codec, const char *profile,
    const char *text, const char *want, const char *warnings)
{
    mem_t           m;
    air_op_e        op;
    air_buf_t       b;
    air_mem_t       mem;
    air_edits_t     edits;
    air_error_t     error;
    air_target_t    target;
    air_request_t   rq;
    air_json_doc_t  doc;
    air_warnings_t  lost;

    mem = mem_init(&m, 0);
    memset(&lost, 0, sizeof(lost));
    memset(&error, 0, sizeof(error));

    op = codec == &air_codec_anthropic ? AIR_OP_MESSAGES : AIR_OP_CHAT;

    target.profile = air_profile_find(air_str_z(profile));
    target.model = air_str_z("m");

    air_json_init(&doc, &mem);

    if (ok(air_json_scan(&doc, air_str_z(text), AIR_JSON_UNIQUE, NULL)
           == AIR_OK
           && codec->request_check(op, &doc, &mem, &rq, &error) == AIR_OK,
           "%s: accepted", name))
    {
        edits.n = 0;
        is(codec->request_edits(&rq, &doc, &target, &mem, &edits, &lost),
           AIR_OK, "%s: edited", name);

        air_buf_init(&b, &mem, 65536);
        is(air_edits_apply(&edits, doc.text, &b), AIR_OK, "%s: applied",
           name);
        is_str(air_buf_view(&b), want, "%s: what goes on", name);
        is_str(told(&lost, &mem), warnings, "%s: what is told", name);

        edits.n = 0;
        is(codec->request_edits(&rq, &doc, &target, &mem, &edits, NULL),
           AIR_OK, "%s: told to nobody", name);
    }

    mem_free(&m);
}


static void
test_relay(void)
{
    relay("a router's own", &air_codec_openai, "openai",
          "{\"model\":\"m\"," M ",\"provider\":{\"order\":[\"a\"]},"
          "\"models\":[\"a\"],\"route\":\"fallback\",\"session_id\":\"s\","
          "\"usage\":{\"include\":true},\"trace\":{\"trace_id\":\"t\"},"
          "\"debug\":{\"echo_upstream_body\":true}}",
          "{\"model\":\"m\"," M "}", "");

    relay("asked of a router", &air_codec_openai, "openai",
          "{\"model\":\"m\",\"plugins\":[{\"id\":\"web\"}]," M
          ",\"transforms\":[\"middle-out\"],\"preset\":\"p\","
          "\"image_config\":{\"a\":1},\"stop_server_tools_when\":[{}]}",
          "{\"model\":\"m\"," M "}",
          "plugins=no_such, transforms=no_such, preset=no_such, "
          "image_config=no_such, stop_server_tools_when=no_such");

    relay("asked for nothing", &air_codec_openai, "openai",
          "{\"model\":\"m\"," M ",\"transforms\":[],\"plugins\":null,"
          "\"image_config\":{}}",
          "{\"model\":\"m\"," M "}", "");

    relay("a router behind", &air_codec_openai, "openrouter",
          "{\"model\":\"m\"," M ",\"plugins\":[{}],\"models\":[\"a\"],"
          "\"provider\":{\"order\":[\"a\"]}}",
          "{\"model\":\"m\"," M ",\"plugins\":[{}],"
          "\"provider\":{\"order\":[\"a\"]}}", "");

    relay("unknown members", &air_codec_openai, "openai",
          "{\"model\":\"m\"," M ",\"top_k\":4,\"new_thing\":{\"a\":1e0}}",
          "{\"model\":\"m\"," M ",\"top_k\":4,\"new_thing\":{\"a\":1e0}}", "");

    relay("mistral", &air_codec_openai, "mistral",
          "{\"model\":\"m\"," M ",\"seed\":7,\"user\":\"u\",\"top_k\":4,"
          "\"logprobs\":null,\"store\":false,\"safe_prompt\":true,"
          "\"max_completion_tokens\":9}",
          "{\"model\":\"m\"," M ",\"random_seed\":7,\"safe_prompt\":true,"
          "\"max_tokens\":9}",
          "user=no_such, top_k=no_such, store=no_such");

    relay("groq", &air_codec_openai, "groq",
          "{\"logprobs\":true,\"top_logprobs\":2,\"model\":\"x\"," M
          ",\"user\":\"u\",\"logit_bias\":{}}",
          "{\"model\":\"m\"," M ",\"user\":\"u\"}",
          "logprobs=no_such, top_logprobs=no_such");

    relay("messages", &air_codec_anthropic, "anthropic",
          "{\"model\":\"x\",\"max_tokens\":5," M ",\"provider\":{\"sort\":"
          "\"price\"},\"plugins\":[{\"id\":\"web\"}],\"new_thing\":1.0}",
          "{\"model\":\"m\",\"max_tokens\":5," M ",\"new_thing\":1.0}",
          "plugins=no_such");

    relay("messages, untouched", &air_codec_anthropic, "anthropic",
          "{\"model\":\"m\",\"max_tokens\":5," M ",\"metadata\":{}}",
          "{\"model\":\"m\",\"max_tokens\":5," M ",\"metadata\":{}}", "");
}


/* More members than anybody sends, each beside one that stays. */
static void
test_many(void)
{
    size_t                n;
    mem_t                 m;
    unsigned              i;
    air_mem_t             mem;
    const char           *p;
    air_edits_t           edits;
    air_error_t           error;
    air_target_t          target;
    air_request_t         rq;
    air_json_doc_t        doc;
    char                  text[8192];

    static const char *const  router[] = {
        "models", "provider", "route", "session_id", "usage", "trace",
        "debug", "plugins", "transforms", "preset", "image_config",
        "stop_server_tools_when"
    };

    mem = mem_init(&m, 0);

    target.profile = air_profile_find(air_str_z("mistral"));
    target.model = air_str_z("m");

    n = (size_t) snprintf(text, sizeof(text), "{\"model\":\"x\"," M
                          ",\"seed\":1,\"max_completion_tokens\":2,"
                          "\"stream\":true,\"stream_options\":{}");
    i = 0;

    for (p = target.profile->refuses; *p != '\0'; p += strspn(p, " ")) {
        n += (size_t) snprintf(text + n, sizeof(text) - n,
                               ",\"%.*s\":null,\"k%u\":1",
                               (int) strcspn(p, " "), p, i++);
        p += strcspn(p, " ");
    }

    for (i = 0; i < sizeof(router) / sizeof(router[0]); i++) {
        n += (size_t) snprintf(text + n, sizeof(text) - n,
                               ",\"%s\":null,\"r%u\":1", router[i], i);
    }

    snprintf(text + n, sizeof(text) - n, "}");

    air_json_init(&doc, &mem);
    edits.n = 0;

    is(air_json_scan(&doc, air_str_z(text), AIR_JSON_UNIQUE, NULL), AIR_OK,
       "many: JSON");
    is(air_codec_openai.request_check(AIR_OP_CHAT, &doc, &mem, &rq, &error),
       AIR_OK, "many: accepted");
    is(air_codec_openai.request_edits(&rq, &doc, &target, &mem, &edits, NULL),
       AIR_OK, "many: there is room for all edits at once");

    mem_free(&m);
}


static void
test_members(void)
{
    mem_t              m;
    air_buf_t          b;
    air_mem_t          mem;
    air_error_t        error;
    air_target_t       target;
    air_json_doc_t     doc;
    air_warnings_t     lost;
    air_msg_request_t  msg;

    is(air_relay_member(air_str_z("provider")), AIR_RELAY_TAKEN, "taken");
    is(air_relay_member(air_str_z("debug")), AIR_RELAY_TAKEN,
       "the last that is taken");
    is(air_relay_member(air_str_z("plugins")), AIR_RELAY_ASKED, "asked");
    is(air_relay_member(air_str_z("providers")), AIR_RELAY_VENDOR,
       "the vendor's");
    is(air_relay_member(air_str_z("")), AIR_RELAY_VENDOR, "no name");

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);
    memset(&error, 0, sizeof(error));

    is(air_json_scan(&doc, air_str_z(
           "{\"model\":\"m\"," M ",\"provider\":{},\"models\":[\"a\"],"
           "\"mine\":1,"
           "\"session_id\":\"s\",\"plugins\":[1],\"usage\":{}}"), 0, NULL),
       AIR_OK, "part: JSON");
    is(air_codec_openai.request_read(AIR_OP_CHAT, &doc, &mem, &msg, &error),
       AIR_OK, "part: read");

    air_relay_part(&msg);

    ok(air_msg_extra_find(msg.extra, "mine") != NULL
       && air_msg_extra_find(msg.extra, "plugins") != NULL,
       "what is not a router's alone stays");
    ok(air_msg_extra_find(msg.extra, "provider") == NULL
       && air_msg_extra_find(msg.extra, "session_id") == NULL
       && air_msg_extra_find(msg.extra, "usage") == NULL,
       "what is goes");
    ok(air_msg_extra_find(msg.router, "provider") != NULL
       && air_msg_extra_find(msg.router, "session_id") != NULL
       && air_msg_extra_find(msg.router, "usage") != NULL
       && air_msg_extra_find(msg.router, "mine") == NULL,
       "to where a router finds it");

    air_buf_init(&b, &mem, 4096);
    air_relay_put(&msg, air_profile_find(air_str_z("openai")), &b);
    is((long long) b.len, 0, "a vendor gets none");
    air_relay_put(&msg, air_profile_find(air_str_z("openrouter")), &b);
    is_str(air_buf_view(&b), ",\"usage\":{},\"session_id\":\"s\","
           "\"provider\":{},\"plugins\":[1]",
           "a router gets all but models, last read first");

    msg.wire = "anthropic";
    memset(&lost, 0, sizeof(lost));
    target.profile = air_profile_find(air_str_z("openrouter"));
    target.model = air_str_z("m");
    air_buf_init(&b, &mem, 4096);
    is(air_codec_openai.request_write(&msg, &target, &b, &lost), AIR_OK,
       "written for a router");
    is_str(told(&lost, &mem), "mine=no_such", "what it is told");
    air_buf_byte(&b, '\0');
    ok(strstr((char *) b.data, "\"provider\":{}") != NULL
       && strstr((char *) b.data, "\"plugins\":[1]") != NULL
       && strstr((char *) b.data, "models") == NULL, "what it gets");

    msg.extra = NULL;
    msg.router = NULL;
    air_relay_part(&msg);
    ok(msg.extra == NULL, "nothing to part");

    mem_free(&m);
}


int
main(void)
{
    test_relay();
    test_many();
    test_members();

    is(air_profile_refuses(air_profile_find(air_str_z("mistral")),
                           air_str_z("use")), 0, "half a name is no name");
    is(air_profile_refuses(air_profile_find(air_str_z("openai")),
                           air_str_z("user")), 0, "most refuse nothing");

    return done();
}
