
/*
 * The table of faults, the classes of vendors' errors (each vendor's own
 * body), and the cleaning of their words.
 */

#include "../../ngx_ai_router_module/core/air_fault.h"
#include "file.h"
#include "mem.h"
#include "tap.h"


static const struct {
    unsigned     status;
    const char  *body;            /* NULL: no JSON                          */
    const char  *why;
    const char  *message;         /* NULL: not looked at                    */
}  rows[] = {
    /* status alone */
    { 200, NULL, "none", NULL },
    { 0, NULL, "bad_response", NULL },
    { 301, NULL, "redirect", NULL },
    { 400, NULL, "vendor_400", NULL },
    { 401, NULL, "vendor_auth", NULL },
    { 402, NULL, "vendor_quota", NULL },
    { 403, NULL, "vendor_auth", NULL },
    { 404, NULL, "vendor_model", NULL },
    { 408, NULL, "408", NULL },
    { 413, NULL, "vendor_413", NULL },
    { 422, NULL, "vendor_400", NULL },
    { 429, NULL, "429", NULL },
    { 500, NULL, "5xx", NULL },
    { 502, NULL, "5xx", NULL },
    { 503, NULL, "overloaded", NULL },
    { 504, NULL, "5xx", NULL },
    { 508, NULL, "loop", NULL },
    { 524, NULL, "5xx", NULL },
    { 529, NULL, "overloaded", NULL },
    { 999, NULL, "5xx", NULL },

    /* OpenAI */
    { 429, "{\"error\":{\"message\":\"You exceeded your current quota, please "
      "check your plan and billing details.\",\"type\":\"insufficient_quota\","
      "\"param\":null,\"code\":\"insufficient_quota\"}}", "vendor_quota",
      NULL },
    { 429, "{\"error\":{\"message\":\"Rate limit reached\",\"type\":"
      "\"requests\",\"code\":\"rate_limit_exceeded\"}}", "429",
      "Rate limit reached" },
    { 400, "{\"error\":{\"message\":\"This model's maximum context length is "
      "8192 tokens.\",\"type\":\"invalid_request_error\",\"param\":"
      "\"messages\",\"code\":\"context_length_exceeded\"}}", "context", NULL },
    { 404, "{\"error\":{\"message\":\"The model `x` does not exist\",\"type\":"
      "\"invalid_request_error\",\"code\":\"model_not_found\"}}",
      "vendor_model", NULL },
    { 403, "{\"error\":{\"message\":\"Project does not have access\",\"code\":"
      "\"model_not_found\"}}", "vendor_model", NULL },
    { 401, "{\"error\":{\"message\":\"Incorrect API key provided: sk-1\","
      "\"code\":\"invalid_api_key\"}}", "vendor_auth", NULL },
    { 400, "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens' is "
      "not supported with this model.\",\"type\":\"invalid_request_error\","
      "\"param\":\"max_tokens\",\"code\":\"unsupported_parameter\"}}",
      "unsupported", NULL },
    { 400, "{\"error\":{\"message\":\"Invalid schema\",\"type\":"
      "\"invalid_request_error\",\"param\":\"tools\",\"code\":"
      "\"invalid_function_parameters\"}}", "vendor_400", "Invalid schema" },
    { 400, "{\"error\":{\"message\":\"Your request was rejected\",\"code\":"
      "\"content_policy_violation\"}}", "filtered", NULL },
    { 500, "{\"error\":{\"message\":\"The server had an error\",\"type\":"
      "\"server_error\"}}", "5xx", NULL },
    { 503, "{\"error\":{\"message\":\"Engine is overloaded\",\"type\":"
      "\"server_error\"}}", "overloaded", NULL },

    /* Azure */
    { 400, "{\"error\":{\"message\":\"filtered\",\"param\":\"prompt\","
      "\"code\":\"content_filter\",\"status\":400,\"innererror\":{\"code\":"
      "\"ResponsibleAIPolicyViolation\"}}}", "filtered", NULL },
    { 200, "{\"error\":{\"message\":\"filtered\",\"code\":\"content_filter\","
      "\"status\":400}}", "filtered", NULL },
    { 404, "{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"The API "
      "deployment for this resource does not exist.\"}}", "vendor_model",
      NULL },
    { 429, "{\"error\":{\"code\":\"RateLimitReached\",\"message\":\"slow\"}}",
      "429", NULL },
    { 401, "{\"error\":{\"code\":\"401\",\"message\":\"Access denied\"}}",
      "vendor_auth", NULL },

    /* Google */
    { 429, "{\"error\":{\"code\":429,\"message\":\"You exceeded your current "
      "quota\",\"status\":\"RESOURCE_EXHAUSTED\"}}", "429", NULL },
    { 400, "{\"error\":{\"code\":400,\"message\":\"API key not valid.\","
      "\"status\":\"INVALID_ARGUMENT\",\"details\":[{\"reason\":"
      "\"API_KEY_INVALID\"}]}}", "vendor_auth", NULL },
    { 400, "{\"error\":{\"code\":400,\"message\":\"The input token count "
      "exceeds the maximum number of tokens allowed\",\"status\":"
      "\"INVALID_ARGUMENT\"}}", "context", NULL },
    { 503, "{\"error\":{\"code\":503,\"message\":\"The model is overloaded\","
      "\"status\":\"UNAVAILABLE\"}}", "overloaded", NULL },
    { 500, "[{\"error\":{\"code\":500,\"message\":\"x\",\"status\":"
      "\"INTERNAL\"}}]", "5xx", "x" },

    /* Anthropic */
    { 529, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
      "\"message\":\"Overloaded\"}}", "overloaded", "Overloaded" },
    { 200, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
      "\"message\":\"Overloaded\"}}", "overloaded", NULL },
    { 400, "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
      "\"message\":\"prompt is too long: 200001 tokens\"}}", "context", NULL },
    { 400, "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
      "\"message\":\"Your credit balance is too low\"}}", "vendor_quota",
      NULL },
    { 404, "{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\","
      "\"message\":\"model: x\"}}", "vendor_model", NULL },
    { 401, "{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\","
      "\"message\":\"invalid x-api-key\"}}", "vendor_auth", NULL },

    /* Bedrock */
    { 429, "{\"message\":\"Too many tokens, please wait before trying "
      "again.\"}", "429", NULL },
    { 400, "{\"__type\":\"com.amazon#ThrottlingException\",\"message\":"
      "\"Rate exceeded\"}", "429", NULL },
    { 400, "{\"message\":\"Input is too long for requested model.\"}",
      "context", NULL },
    { 400, "{\"message\":\"The provided model identifier is invalid.\"}",
      "vendor_model", NULL },
    { 403, "{\"message\":\"The security token included in the request is "
      "invalid.\"}", "vendor_auth", NULL },
    { 424, "{\"message\":\"The model failed\"}", "5xx", NULL },

    /* OpenRouter */
    { 402, "{\"error\":{\"message\":\"Insufficient credits\",\"code\":402}}",
      "vendor_quota", NULL },
    { 403, "{\"error\":{\"code\":403,\"message\":\"Your input was flagged\","
      "\"metadata\":{\"reasons\":[\"violence\"]}}}", "filtered", NULL },
    { 400, "{\"error\":{\"message\":\"Provider returned error\",\"code\":400,"
      "\"metadata\":{\"raw\":\"prompt is too long\",\"provider_name\":\"X\"}}}",
      "context", NULL },
    { 400, "{\"error\":{\"message\":\"x/y is not a valid model ID\",\"code\":"
      "400}}", "vendor_model", NULL },
    { 200, "{\"error\":{\"message\":\"Provider returned error\",\"code\":502},"
      "\"choices\":[]}", "5xx", NULL },

    /* DeepSeek, Mistral, xAI, Cohere, Perplexity, Moonshot, vLLM, Ollama */
    { 402, "{\"error\":{\"message\":\"Insufficient Balance\",\"type\":"
      "\"unknown_error\",\"code\":\"invalid_request_error\"}}",
      "vendor_quota", NULL },
    { 422, "{\"object\":\"error\",\"message\":{\"detail\":[{\"type\":"
      "\"extra_forbidden\",\"loc\":[\"body\",\"stream_options\"],\"msg\":"
      "\"Extra inputs are not permitted\"}]},\"type\":"
      "\"invalid_request_error\"}", "unsupported",
      "Extra inputs are not permitted" },
    { 401, "{\"detail\":\"Invalid API Key\"}", "vendor_auth",
      "Invalid API Key" },
    { 400, "{\"code\":\"invalid-argument\",\"error\":\"Incorrect API key "
      "provided.\"}", "vendor_auth", "Incorrect API key provided." },
    { 403, "{\"code\":\"x\",\"error\":\"Your team has either used all "
      "available credits\"}", "vendor_quota", NULL },
    { 401, "{\"id\":\"x\",\"message\":\"invalid api token\"}", "vendor_auth",
      "invalid api token" },
    { 400, "{\"error\":{\"message\":\"The total length of all messages is too "
      "long.\",\"type\":\"too_many_prompt_tokens\",\"code\":400}}", "context",
      NULL },
    { 429, "{\"error\":{\"type\":\"engine_overloaded_error\",\"message\":"
      "\"busy\"}}", "overloaded", NULL },
    { 429, "{\"error\":{\"type\":\"exceeded_current_quota_error\","
      "\"message\":\"x\"}}", "vendor_quota", NULL },
    { 400, "{\"object\":\"error\",\"message\":\"This model's maximum context "
      "length is 4096 tokens\",\"type\":\"BadRequestError\",\"code\":400}",
      "context", NULL },
    { 401, "{\"error\":{\"message\":\"Unauthorized\",\"type\":\"api_error\"}}",
      "vendor_auth", NULL },

    /* inside a 200 */
    { 200, "{\"error\":{\"message\":\"boom\"}}", "error_in_200", "boom" },
    { 200, "{\"error\":\"out of memory\"}", "error_in_200",
      "out of memory" },
    { 200, "{\"error\":{\"message\":\"x\",\"code\":429}}", "429", NULL },
    { 200, "{\"error\":{\"message\":\"x\",\"status\":503}}", "overloaded",
      NULL },
    { 200, "{\"error\":null,\"choices\":[]}", "none", NULL },
    { 200, "{\"error\":{},\"choices\":[]}", "none", NULL },
    { 200, "{\"error\":\"\"}", "none", NULL },
    { 200, "{\"error\":{\"message\":\"\",\"code\":\"\"}}", "none", NULL },
    { 200, "{\"message\":\"hello\"}", "none", NULL },
    { 200, "[1,2]", "none", NULL },
    { 200, "7", "none", NULL },

    /* words do not beat a status that says otherwise */
    { 401, "{\"error\":{\"message\":\"x\",\"code\":\"model_not_found\"}}",
      "vendor_auth", NULL },
    { 429, "{\"error\":{\"message\":\"context window\",\"code\":\"x\"}}",
      "429", NULL },
    { 500, "{\"error\":{\"message\":\"your context window\"}}", "5xx", NULL },
    { 400, "[]", "vendor_400", NULL },
    { 500, "{\"error\":5}", "5xx", NULL }
};


static void
test_table(void)
{
    unsigned                i, k;
    const air_fault_row_t  *row;

    for (i = 0; i < AIR_NFAULT; i++) {

        row = air_fault_row((air_fault_e) i);

        ok(row->why != NULL && row->why[0] != '\0' && row->type != NULL
           && row->message != NULL, "fault %u has a row", i);
        ok(i == 0 || (row->status >= 400 && row->status <= 599
                      && row->message[0] != '\0'),
           "%s: an error for the caller", row->why);
        ok(!row->relay || (row->status < 500 && row->status != 401
                           && row->status != 403),
           "%s: words of a vendor's refusal of us never pass", row->why);
        is(air_fault_by_name(air_str_z(row->why)), i, "%s: by its name",
           row->why);
        ok(row->level <= 3, "%s: level", row->why);

        for (k = 0; k < i; k++) {
            if (strcmp(air_fault_row((air_fault_e) k)->why, row->why) == 0) {
                ok(0, "%s stands twice", row->why);
            }
        }
    }

    is(air_fault_by_name(air_str_z("nothing")), AIR_NFAULT, "an unknown one");
    ok(air_fault_row((air_fault_e) 9999) == air_fault_row(AIR_FAULT_INTERNAL),
       "a row for whatever it is");
    ok(air_fault_row(AIR_FAULT_REQUEST)->usefulness
       > air_fault_row(AIR_FAULT_RATE_LIMIT)->usefulness
       && air_fault_row(AIR_FAULT_RATE_LIMIT)->usefulness
          > air_fault_row(AIR_FAULT_SERVER)->usefulness
       && air_fault_row(AIR_FAULT_LEDGER)->usefulness
          > air_fault_row(AIR_FAULT_REQUEST)->usefulness,
       "the most useful is heard");
}


static void
test_classes(void)
{
    mem_t           m;
    size_t          i;
    air_mem_t       mem;
    air_error_t     error;
    air_fault_e     fault;
    air_json_doc_t  doc;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {

        mem = mem_init(&m, 0);
        air_json_init(&doc, &mem);

        if (rows[i].body != NULL
            && air_json_scan(&doc, air_str_z(rows[i].body), AIR_JSON_VENDOR,
                             NULL) != AIR_OK)
        {
            ok(0, "row %zu is JSON", i);
        }

        memset(&error, 0, sizeof(air_error_t));
        fault = air_fault_classify(rows[i].status,
                                   rows[i].body ? &doc : NULL, &mem, &error);

        is_str(air_str_z(air_fault_row(fault)->why), rows[i].why,
               "%u %.90s", rows[i].status, rows[i].body ? rows[i].body : "-");

        is(air_fault_classify(rows[i].status, rows[i].body ? &doc : NULL,
                              &mem, NULL), fault, "without an error");

        if (rows[i].message != NULL) {
            is_str(error.message, rows[i].message, "its message");
        }

        mem_free(&m);
    }
}


static void
redact(const char *text, const char *want)
{
    mem_t      m;
    air_buf_t  b;
    air_mem_t  mem;

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, 65536);

    is(air_fault_redact(air_str_z(text), &b), AIR_OK, "redact %.40s", text);
    is_str(air_buf_view(&b), want, "becomes");

    mem_free(&m);
}


static void
test_redact(void)
{
    mem_t      m;
    size_t     i;
    air_buf_t  b;
    air_mem_t  mem;
    air_str_t  big;

    redact("", "");
    redact("Invalid schema for 'tools[0].function': x must be > 3.",
           "Invalid schema for 'tools[0].function': x must be > 3.");
    redact("The model claude-sonnet-4-5-20250929 is too old",
           "The model claude-sonnet-4-5-20250929 is too old");
    redact("max context length of meta-llama/Llama-3.3-70B-Instruct is "
           "131072 tokens", "max context length of "
           "meta-llama/Llama-3.3-70B-Instruct is 131072 tokens");
    redact("Incorrect API key provided: sk-proj-abcdefgh.",
           "Incorrect API key provided: ***");
    redact("key sk-abc***********wxyz is bad", "key *** is bad");
    redact("Authorization: Bearer eyJhbGciOi.x.y", "Authorization: Bearer "
           "***");
    redact("key=AIzaSyA1234567890abcdefghij", "***");
    redact("secret 0123456789abcdef0123456789abcdef x", "secret *** x");
    redact("connect to 10.1.2.3:8080 failed", "connect to *** failed");
    redact("connect to [fe80::1:2:3] failed", "connect to [***] failed");
    redact("version 1.2.3 of gpt-4.1", "version 1.2.3 of gpt-4.1");
    redact("at 0x7f12ab34cd56 in", "at *** in");
    redact("write to ops@vendor.example now", "write to *** now");
    redact("a\r\nb\tc\x1b[31m\x7f", "a  b c [31m ");
    redact("caf\xc3\xa9 \xff\xfe ok", "caf\xc3\xa9 \xef\xbf\xbd\xef\xbf\xbd "
           "ok");
    redact("\xe4\xb8", "\xef\xbf\xbd\xef\xbf\xbd");
    redact("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, 1 << 20);
    big.len = 100000;
    big.data = malloc(big.len);

    for (i = 0; i < big.len; i++) {
        big.data[i] = i % 3 ? 'a' : ' ';
    }

    is(air_fault_redact(big, &b), AIR_OK, "a long text");
    ok(b.len <= 2048 && b.len > 2000, "is cut at 2,048 bytes: %zu", b.len);

    memset(big.data, '1', big.len);
    b.len = 0;
    is(air_fault_redact(big, &b), AIR_OK, "one long word");
    ok(b.len <= 2048, "too");

    air_buf_init(&b, &mem, 10);
    is(air_fault_redact(air_str_z("more than ten bytes"), &b), AIR_ELIMIT,
       "the buffer's cap is told");

    free(big.data);
    mem_free(&m);
}


static void
test_torture(void)
{
    int             rc;
    mem_t           m;
    size_t          n;
    air_mem_t       mem;
    air_error_t     error;
    air_json_doc_t  doc;

    static const char  body[] =
        "{\"error\":{\"message\":\"a\\nb\",\"type\":\"t\\n\",\"code\":"
        "\"context\\u005flength_exceeded\",\"param\":\"p\\n\"}}";

    for (n = 1; n < 100; n++) {

        mem = mem_init(&m, n);
        air_json_init(&doc, &mem);
        rc = air_json_scan(&doc, air_str_z(body), AIR_JSON_VENDOR, NULL);

        if (rc == AIR_OK) {
            /* short of memory it falls back on the bytes as written */
            ok(air_fault_classify(400, &doc, &mem, &error)
               != AIR_FAULT_NONE, "allocation %zu fails", n);
        }

        mem_free(&m);

        if (m.calls < n) {
            break;
        }
    }

    is(error.fault, AIR_FAULT_CONTEXT, "and then the class is right");
}


/* Names that stand beside the body: headers and frames of AWS. */
static void
test_named(void)
{
    mem_t           m;
    unsigned        i;
    air_mem_t       mem;
    air_fault_e     fault;
    air_error_t     error;
    air_json_doc_t  doc;

    static const struct {
        unsigned      status;
        const char   *name;
        const char   *message;
        air_fault_e   fault;
        unsigned      said;
    }  rows[] = {
        { 400, "ThrottlingException", "slow down", AIR_FAULT_RATE_LIMIT,
          400 },
        { 429, "ThrottlingException:http://internal.amazon.com/coral/",
          "Too many requests", AIR_FAULT_RATE_LIMIT, 429 },
        { 403, "UnrecognizedClientException:http://internal.amazon.com/",
          "The security token included in the request is invalid.",
          AIR_FAULT_AUTH, 403 },
        { 403, "com.amazon.coral.service#AccessDeniedException", "no",
          AIR_FAULT_AUTH, 403 },
        { 400, "ValidationException", "Input is too long for requested model.",
          AIR_FAULT_CONTEXT, 400 },
        { 400, "", "Malformed input request", AIR_FAULT_REQUEST, 400 },
        { 0, "throttlingException", "slow down", AIR_FAULT_RATE_LIMIT, 429 },
        { 0, "validationException", "no such", AIR_FAULT_REQUEST, 400 },
        { 0, "validationException", "prompt is too long: 3 > 2",
          AIR_FAULT_CONTEXT, 400 },
        { 0, "modelStreamErrorException", "x", AIR_FAULT_SERVER, 502 },
        { 0, "internalServerException", "x", AIR_FAULT_SERVER, 502 },
        { 0, "serviceUnavailableException", "x", AIR_FAULT_OVERLOADED, 503 },
        { 0, "modelTimeoutException", "x", AIR_FAULT_TIMEOUT, 504 },
        { 0, "somethingNewException", "x", AIR_FAULT_SERVER, 500 },
        { 0, "", "x", AIR_FAULT_SERVER, 500 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char  body[256];

        mem = mem_init(&m, 0);

        (void) snprintf(body, sizeof(body), "{\"message\":\"%s\"}",
                        rows[i].message);

        air_json_init(&doc, &mem);
        (void) air_json_scan(&doc, air_str_z(body), AIR_JSON_VENDOR, NULL);

        fault = air_fault_named(rows[i].status, air_str_z(rows[i].name),
                                &doc, &mem, &error);

        is(fault, rows[i].fault, "%s: %s", rows[i].name, rows[i].message);
        is(error.status, rows[i].said, "%s: status", rows[i].name);
        is_str(error.message, rows[i].message, "%s: message", rows[i].name);

        is(air_fault_named(rows[i].status, air_str_z(rows[i].name), NULL,
                           &mem, &error) != AIR_FAULT_NONE, 1,
           "%s: without a body", rows[i].name);

        mem_free(&m);
    }
}


int
main(void)
{
    test_table();
    test_classes();
    test_named();
    test_redact();
    test_torture();

    return done();
}
