
/*
 * What the check of a request finds that its model must be able to do, and
 * whether it may lose a parameter: each front door.
 */

#include "../../ngx_ai_router_module/core/air_codec.h"
#include "mem.h"
#include "tap.h"


#define CHAT(m)                                                               \
    AIR_OP_CHAT, "{\"model\":\"m\",\"messages\":[" USER "]" m "}"
#define PARTS(p)                                                              \
    AIR_OP_CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","         \
    "\"content\":[{\"type\":\"text\",\"text\":\"t\"}," p "]}]}"
#define MESSAGES(m)                                                           \
    AIR_OP_MESSAGES, "{\"model\":\"m\",\"max_tokens\":9,\"messages\":["       \
    USER "]" m "}"
#define BLOCKS(p)                                                             \
    AIR_OP_MESSAGES, "{\"model\":\"m\",\"max_tokens\":9,\"messages\":["       \
    "{\"role\":\"user\",\"content\":[" p "]}]}"
#define RESPONSES(m)                                                          \
    AIR_OP_RESPONSES, "{\"model\":\"m\",\"input\":\"hi\"" m "}"
#define ITEMS(p)                                                              \
    AIR_OP_RESPONSES, "{\"model\":\"m\",\"input\":[{\"role\":\"user\","      \
    "\"content\":[" p "]}]}"
#define USER         "{\"role\":\"user\",\"content\":\"hi\"}"
#define TOOL         "{\"type\":\"function\",\"function\":{\"name\":\"f\"}}"
#define IMAGE        "{\"type\":\"image\",\"source\":{\"type\":\"url\","      \
                     "\"url\":\"https://a/b\"}}"
#define PDF          "{\"type\":\"document\",\"source\":{\"type\":\"url\","   \
                     "\"url\":\"https://a/b\"}}"
#define RESULT(p)    "{\"type\":\"tool_result\",\"tool_use_id\":\"t\","       \
                     "\"content\":[" p "]}"


static const struct {
    air_op_e     op;
    const char  *text;
    uint32_t     needs;
    int          require;
} cases[] = {

    { CHAT(""), 0, 0 },
    { CHAT(",\"stream\":true"), AIR_CAN_STREAM, 0 },
    { CHAT(",\"stream\":false"), 0, 0 },
    { CHAT(",\"tools\":[" TOOL "]"), AIR_CAN_TOOLS, 0 },
    { CHAT(",\"tools\":[]"), 0, 0 },
    { CHAT(",\"functions\":[{\"name\":\"f\"}]"), AIR_CAN_TOOLS, 0 },
    { CHAT(",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
           "{\"name\":\"s\",\"schema\":{}}}"), AIR_CAN_SCHEMA, 0 },
    { CHAT(",\"response_format\":{\"type\":\"json_object\"}"), 0, 0 },
    { CHAT(",\"response_format\":{\"type\":\"text\"}"), 0, 0 },
    { CHAT(",\"reasoning_effort\":\"low\""), AIR_CAN_REASONING, 0 },
    { CHAT(",\"reasoning_effort\":\"none\""), 0, 0 },
    { CHAT(",\"reasoning\":{\"max_tokens\":100}"), AIR_CAN_REASONING, 0 },
    { CHAT(",\"reasoning\":{\"enabled\":false}"), 0, 0 },
    { CHAT(",\"reasoning\":{\"max_tokens\":0}"), 0, 0 },
    { CHAT(",\"reasoning\":{\"enabled\":true}"), AIR_CAN_REASONING, 0 },
    { CHAT(",\"reasoning\":{\"exclude\":true}"), 0, 0 },
    { CHAT(",\"reasoning\":{\"effort\":\"none\",\"max_tokens\":9}"), 0, 0 },
    { CHAT(",\"n\":2"), AIR_CAN_CHOICES, 0 },
    { CHAT(",\"n\":1"), 0, 0 },
    { CHAT(",\"logprobs\":true"), AIR_CAN_LOGPROBS, 0 },
    { CHAT(",\"logprobs\":false"), 0, 0 },
    { CHAT(",\"web_search_options\":{}"), AIR_CAN_SEARCH, 0 },
    { PARTS("{\"type\":\"image_url\",\"image_url\":{\"url\":\"u\"}}"),
      AIR_CAN_VISION, 0 },
    { PARTS("{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"\","
            "\"format\":\"wav\"}}"), AIR_CAN_AUDIO, 0 },
    { PARTS("{\"type\":\"file\",\"file\":{\"file_id\":\"f\"}}"), AIR_CAN_PDF,
      0 },
    { PARTS("{\"type\":\"file\",\"file\":{\"file_data\":"
            "\"data:application/pdf;base64,AA==\"}}"), AIR_CAN_PDF, 0 },
    { PARTS("{\"type\":\"file\",\"file\":{\"file_data\":"
            "\"data:text/plain;base64,AA==\"}}"), 0, 0 },
    { PARTS("{\"type\":\"file\"}"), AIR_CAN_PDF, 0 },
    { PARTS("{\"type\":\"new_thing\"}"), 0, 0 },

    { AIR_OP_COMPLETIONS, "{\"model\":\"m\",\"prompt\":\"p\",\"logprobs\":3}",
      AIR_CAN_LOGPROBS, 0 },
    { AIR_OP_COMPLETIONS, "{\"model\":\"m\",\"prompt\":[\"p\",\"q\"]}", 0,
      0 },
    { AIR_OP_EMBEDDINGS, "{\"model\":\"m\",\"input\":\"p\"}", AIR_CAN_EMBED,
      0 },

    { CHAT(",\"provider\":{\"require_parameters\":true}"), 0, 1 },
    { CHAT(",\"provider\":{\"require_parameters\":false}"), 0, 0 },
    { CHAT(",\"provider\":{\"require_parameters\":null}"), 0, 0 },
    { CHAT(",\"provider\":{}"), 0, 0 },
    { CHAT(",\"provider\":null"), 0, 0 },

    /* as OpenRouter's SDK writes it, and what it may write tomorrow */

    { CHAT(",\"provider\":{\"allow_fallbacks\":null,\"require_parameters\":"
           "true,\"data_collection\":\"deny\",\"zdr\":true,"
           "\"enforce_distillable_text\":false,\"order\":[\"a\",\"b/c\"],"
           "\"only\":null,\"ignore\":[],\"quantizations\":[\"fp8\"],"
           "\"sort\":{\"by\":\"price\",\"partition\":\"none\"},"
           "\"max_price\":{\"prompt\":\"1.5\",\"completion\":2},"
           "\"preferred_min_throughput\":{\"p90\":5},"
           "\"preferred_max_latency\":3,\"new_member\":{\"x\":[1]}}"), 0, 1 },

    { RESPONSES(""), 0, 0 },
    { RESPONSES(",\"stream\":true"), AIR_CAN_STREAM, 0 },
    { RESPONSES(",\"tools\":[{\"type\":\"function\",\"name\":\"f\"}]"),
      AIR_CAN_TOOLS, 0 },
    { RESPONSES(",\"tools\":[{\"type\":\"web_search\"}]"),
      AIR_CAN_TOOLS|AIR_CAN_SEARCH, 0 },
    { RESPONSES(",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":"
                "\"s\",\"schema\":{}}}"), AIR_CAN_SCHEMA, 0 },
    { RESPONSES(",\"text\":{\"format\":{\"type\":\"text\"}}"), 0, 0 },
    { RESPONSES(",\"reasoning\":{\"effort\":\"low\"}"), AIR_CAN_REASONING,
      0 },
    { RESPONSES(",\"reasoning\":{\"effort\":null,\"summary\":null}"), 0, 0 },
    { RESPONSES(",\"reasoning\":{\"effort\":\"none\"}"), 0, 0 },
    { RESPONSES(",\"top_logprobs\":2"), AIR_CAN_LOGPROBS, 0 },
    { RESPONSES(",\"top_logprobs\":0"), 0, 0 },
    { ITEMS("{\"type\":\"input_image\",\"image_url\":\"u\"}"),
      AIR_CAN_VISION, 0 },
    { ITEMS("{\"type\":\"input_file\",\"file_id\":\"f\"}"), AIR_CAN_PDF,
      0 },
    { ITEMS("{\"type\":\"input_file\",\"file_data\":"
            "\"data:text/csv;base64,AA==\"}"), 0, 0 },
    { ITEMS("{\"type\":\"input_text\",\"text\":\"t\"}"), 0, 0 },
    { RESPONSES(",\"provider\":{\"require_parameters\":true}"), 0, 1 },

    { MESSAGES(""), 0, 0 },
    { MESSAGES(",\"stream\":true"), AIR_CAN_STREAM, 0 },
    { MESSAGES(",\"tools\":[{\"name\":\"f\",\"input_schema\":{}}]"),
      AIR_CAN_TOOLS, 0 },
    { MESSAGES(",\"tools\":[]"), 0, 0 },
    { MESSAGES(",\"tools\":[{\"type\":\"web_search_20250305\",\"name\":"
               "\"web_search\"}]"), AIR_CAN_TOOLS|AIR_CAN_SEARCH, 0 },
    { MESSAGES(",\"output_config\":{\"format\":{\"type\":\"json_schema\","
               "\"schema\":{}}}"), AIR_CAN_SCHEMA, 0 },
    { MESSAGES(",\"output_config\":{\"effort\":\"low\"}"), 0, 0 },
    { MESSAGES(",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":"
               "2000}"), AIR_CAN_REASONING, 0 },
    { MESSAGES(",\"thinking\":{\"type\":\"adaptive\"}"), AIR_CAN_REASONING,
      0 },
    { MESSAGES(",\"thinking\":{\"type\":\"disabled\"}"), 0, 0 },
    { BLOCKS(IMAGE), AIR_CAN_VISION, 0 },
    { BLOCKS(PDF), AIR_CAN_PDF, 0 },
    { BLOCKS("{\"type\":\"document\",\"source\":{\"type\":\"text\","
             "\"media_type\":\"text/plain\",\"data\":\"d\"}}"), 0, 0 },
    { BLOCKS(RESULT(IMAGE)), AIR_CAN_VISION, 0 },
    { BLOCKS(RESULT(PDF)), AIR_CAN_PDF, 0 },
    { BLOCKS(RESULT("{\"type\":\"text\",\"text\":\"t\"}")), 0, 0 },
    { MESSAGES(",\"provider\":{\"require_parameters\":true,\"sort\":"
               "\"price\"}"),
      0, 1 },
    { MESSAGES(",\"provider\":{\"require_parameters\":false}"), 0, 0 },
    { MESSAGES(",\"provider\":null"), 0, 0 }
};


static const struct {
    air_op_e     op;
    const char  *text;
    const char  *says;
} bad[] = {
    { CHAT(",\"provider\":{\"require_parameters\":1}"),
      "provider.require_parameters" },
    { CHAT(",\"provider\":\"x\""), "provider" },
    { RESPONSES(",\"provider\":{\"require_parameters\":1}"),
      "provider.require_parameters" },
    { MESSAGES(",\"provider\":{\"require_parameters\":\"yes\"}"),
      "provider.require_parameters: Input should be a valid boolean" },
    { MESSAGES(",\"provider\":[]"),
      "provider: Input should be a valid dictionary" }
};


static int
check(air_op_e op, const char *text, const air_mem_t *mem, air_request_t *rq,
    air_error_t *error)
{
    air_json_doc_t      doc;
    const air_codec_t  *codec;

    codec = op == AIR_OP_MESSAGES ? &air_codec_anthropic
            : op == AIR_OP_RESPONSES ? &air_codec_responses
            : &air_codec_openai;

    memset(error, 0, sizeof(air_error_t));
    air_json_init(&doc, mem);

    if (air_json_scan(&doc, air_str_z(text), AIR_JSON_UNIQUE, NULL) != AIR_OK)
    {
        return AIR_EIO;
    }

    return codec->request_check(op, &doc, mem, rq, error);
}


int
main(void)
{
    mem_t          m;
    unsigned       i;
    air_mem_t      mem;
    air_error_t    error;
    air_request_t  rq;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mem = mem_init(&m, 0);

        is(check(cases[i].op, cases[i].text, &mem, &rq, &error), AIR_OK,
           "accepted: %s", cases[i].text);
        is(rq.needs, cases[i].needs, "what it needs");
        is(rq.require, cases[i].require, "what it requires");

        mem_free(&m);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        mem = mem_init(&m, 0);

        is(check(bad[i].op, bad[i].text, &mem, &rq, &error), AIR_EINVAL,
           "refused: %s", bad[i].text);
        is(rq.require, 0, "and nothing is required");

        if (bad[i].op != AIR_OP_MESSAGES) {
            is_str(error.param, bad[i].says, "the member");

        } else {
            is_str(error.message, bad[i].says, "the words");
        }

        mem_free(&m);
    }

    return done();
}
