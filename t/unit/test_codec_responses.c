
/*
 * The Responses codec: what requests of other wires become and back, what is
 * told as lost, what needs a memory and is refused, replies and streams with
 * all that this wire can say, errors, usage, the bound of what a stream
 * keeps, and every allocation failing once.  Recorded exchanges run in
 * test_replay.c.  JSON stands here with ' for ".
 */

#include "../../ngx_ai_router_module/core/air_codec.h"
#include "mem.h"
#include "tap.h"


#define CODEC  air_codec_responses
#define BIG    (1 << 24)

#define HI     "'input':'Hi'"
#define ASKED  "'instructions':'Be brief.','input':'Hi'"
#define SEALED "'include':['reasoning.encrypted_content'],'store':false"


/* Text with " for '. */
static air_str_t
q(const char *text, const air_mem_t *mem)
{
    size_t          i, n;
    unsigned char  *p;

    n = strlen(text);
    p = air_mem_get(mem, n + 1);

    if (p == NULL) {
        return air_str_n(NULL, 0);
    }

    for (i = 0; i <= n; i++) {
        p[i] = (unsigned char) (text[i] == '\'' ? '"' : text[i]);
    }

    return air_str_n(p, n);
}


static const char *
qz(const char *text, const air_mem_t *mem)
{
    return (const char *) q(text, mem).data;
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


static air_op_e
asks(const air_codec_t *codec)
{
    return codec == &air_codec_anthropic ? AIR_OP_MESSAGES
           : codec == &CODEC ? AIR_OP_RESPONSES : AIR_OP_CHAT;
}


/* A request of one wire as another one says it. */
static int
cross(const air_codec_t *from, const air_codec_t *to, const char *profile,
    const char *model, air_str_t text, const air_mem_t *mem, air_str_t *out,
    air_warnings_t *lost, air_error_t *error)
{
    int                rc;
    air_buf_t          b;
    air_target_t       target;
    air_json_doc_t     doc;
    air_msg_request_t  msg;

    memset(lost, 0, sizeof(air_warnings_t));
    memset(error, 0, sizeof(air_error_t));
    air_json_init(&doc, mem);

    rc = air_json_scan(&doc, text, AIR_JSON_UNIQUE, NULL);

    if (rc == AIR_OK) {
        rc = from->request_read(asks(from), &doc, mem, &msg, error);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    msg.op = AIR_OP_CHAT;
    target.profile = air_profile_find(air_str_z(profile));
    target.model = air_str_z(model);

    air_buf_init(&b, mem, BIG);
    rc = to->request_write(&msg, &target, &b, lost);
    *out = air_buf_view(&b);

    return rc;
}


typedef struct {
    const air_codec_t  *from;
    const air_codec_t  *to;
    const char         *profile;
    const char         *model;
    const char         *text;
    const char         *want;     /* after {"model":...,                    */
    const char         *lost;
} request_t;


static const request_t  requests[] = {

    /* from Chat Completions */

    { &air_codec_openai, &CODEC, "openai", "gpt-5",
      "{'model':'x','messages':[{'role':'system','content':'Be brief.'},"
      "{'role':'user','content':'Hi'}],'stream':true,"
      "'stream_options':{'include_usage':true},'max_tokens':5,"
      "'temperature':0.5,'top_p':1,'user':'u','metadata':{'a':'b'},"
      "'prompt_cache_key':'k','verbosity':'low','reasoning_effort':'high'}",
      "'instructions':'Be brief.','input':[{'role':'user','content':'Hi'}],"
      "'text':{'format':{'type':'text'},'verbosity':'low'},"
      "'reasoning':{'effort':'high'}," SEALED ",'max_output_tokens':16,"
      "'temperature':0.5,'top_p':1,'metadata':{'a':'b'},'user':'u',"
      "'prompt_cache_key':'k','stream':true",
      "max_tokens=changed" },

    /* who does not think is not asked for its thoughts' seal */

    { &air_codec_openai, &CODEC, "openai", "openai/gpt-4o-mini",
      "{'model':'x','messages':[{'role':'user','content':'Hi'}],"
      "'logprobs':true,'top_logprobs':2,'n':2,'seed':1,'stop':['x'],"
      "'top_k':3,'frequency_penalty':0,'presence_penalty':1,'store':true,"
      "'service_tier':'flex'}",
      "'input':[{'role':'user','content':'Hi'}],"
      "'include':['message.output_text.logprobs'],'store':false,"
      "'top_logprobs':2,'service_tier':'flex'",
      "store=value top_k=no_such presence_penalty=no_such seed=no_such "
      "n=no_such stop=no_such" },

    /* media, calls, results with a picture, a schema, one tool */

    { &air_codec_openai, &CODEC, "responses", "m",
      "{'model':'x','messages':[{'role':'user','content':["
      "{'type':'text','text':'See'},{'type':'image_url','image_url':{"
      "'url':'data:image/png;base64,iVBORw==','detail':'low'}},"
      "{'type':'file','file':{'filename':'a.pdf','file_data':"
      "'data:application/pdf;base64,JVBERg=='}},{'type':'input_audio',"
      "'input_audio':{'data':'UklGRg==','format':'wav'}}]},"
      "{'role':'assistant','content':'So.','refusal':null,'tool_calls':["
      "{'id':'c1','type':'function','function':{'name':'f','arguments':"
      "'{}'}},{'id':'c2','type':'custom','custom':{'name':'sh','input':"
      "'ls'}}]},{'role':'tool','tool_call_id':'c1','content':'one'},"
      "{'role':'tool','tool_call_id':'c2','content':[{'type':'text','text':"
      "'two'},{'type':'text','text':'three'}]}],'tools':[{'type':'function',"
      "'function':{'name':'f','description':'F','parameters':{'type':"
      "'object','properties':{}}}},{'type':'function','function':{'name':"
      "'g','strict':true}}],'tool_choice':{'type':'function','function':{"
      "'name':'f'}},'parallel_tool_calls':false,'response_format':{'type':"
      "'json_schema','json_schema':{'name':'s','strict':true,'schema':{"
      "'type':'object'}}}}",
      "'input':[{'role':'user','content':[{'type':'input_text','text':"
      "'See'},{'type':'input_image','image_url':"
      "'data:image/png;base64,iVBORw==','detail':'low'},{'type':"
      "'input_file','filename':'a.pdf','file_data':"
      "'data:application/pdf;base64,JVBERg=='},{'type':'input_audio',"
      "'input_audio':{'data':'UklGRg==','format':'wav'}}]},"
      "{'type':'message','role':'assistant','content':[{'type':"
      "'output_text','text':'So.'}]},{'type':'function_call','call_id':"
      "'c1','name':'f','arguments':'{}'},{'type':'custom_tool_call',"
      "'call_id':'c2','name':'sh','input':'ls'},{'type':"
      "'function_call_output','call_id':'c1','output':'one'},{'type':"
      "'function_call_output','call_id':'c2','output':'two\\nthree'}],"
      "'tools':[{'type':'function','name':'f','description':'F',"
      "'parameters':{'type':'object','properties':{}},'strict':false},"
      "{'type':'function','name':'g','parameters':{'type':'object',"
      "'properties':{}},'strict':true}],'tool_choice':{'type':'function',"
      "'name':'f'},'parallel_tool_calls':false,'text':{'format':{'type':"
      "'json_schema','name':'s','schema':{'type':'object'},'strict':true}},"
      SEALED, "" },

    /* thinking comes back to who sealed it, from the two parts in which it
       went out, and to nobody else */

    { &air_codec_openai, &CODEC, "openai", "gpt-5",
      "{'model':'x','messages':[{'role':'user','content':'Hi'},"
      "{'role':'assistant','content':'So.','reasoning':'Hm.',"
      "'reasoning_details':[{'type':'reasoning.summary','summary':'Hm.',"
      "'format':'openai-responses-v1','id':'rs_1','index':0},{'type':"
      "'reasoning.encrypted','data':'gAAA','format':'openai-responses-v1',"
      "'id':'rs_1','index':0}]},{'role':'assistant','content':'And.',"
      "'reasoning_details':[{'type':'reasoning.text','text':'Other',"
      "'signature':'Eq','format':'anthropic-claude-v1'}]},"
      "{'role':'user','content':'Go'}]}",
      "'input':[{'role':'user','content':'Hi'},{'type':'reasoning','id':"
      "'rs_1','summary':[{'type':'summary_text','text':'Hm.'}],"
      "'encrypted_content':'gAAA'},{'type':'message','role':'assistant',"
      "'content':[{'type':'output_text','text':'So.'}]},{'type':'message',"
      "'role':'assistant','content':[{'type':'output_text','text':'And.'}]},"
      "{'role':'user','content':'Go'}]," SEALED, "thinking=issuer" },

    { &air_codec_anthropic, &CODEC, "openai", "gpt-5",
      "{'model':'x','max_tokens':900,'system':[{'type':'text','text':"
      "'Be brief.','cache_control':{'type':'ephemeral'}}],'messages':["
      "{'role':'user','content':'Hi'},{'role':'assistant','content':["
      "{'type':'thinking','thinking':'Hm.','signature':"
      "'air:responses:gAAA'},{'type':'redacted_thinking','data':"
      "'air:responses:gAAB'},{'type':'text','text':'So.'},{'type':"
      "'tool_use','id':'t1','name':'f','input':{'a':1}}]},{'role':'user',"
      "'content':[{'type':'tool_result','tool_use_id':'t1','is_error':true,"
      "'content':[{'type':'text','text':'no'},{'type':'image','source':{"
      "'type':'url','url':'https://x.test/a.png'}}]},{'type':'text','text':"
      "'Well?'}]}],'thinking':{'type':'enabled','budget_tokens':4000},"
      "'tools':[{'name':'f','input_schema':{'type':'object'}},{'type':"
      "'web_search_20250305','name':'web_search'}],'tool_choice':{'type':"
      "'any','disable_parallel_tool_use':true},'stop_sequences':['x']}",
      "'instructions':'Be brief.','input':[{'role':'user','content':'Hi'},"
      "{'type':'reasoning','summary':[{'type':'summary_text','text':'Hm.'}],"
      "'encrypted_content':'gAAA'},{'type':'reasoning','summary':[],"
      "'encrypted_content':'gAAB'},{'type':'message','role':'assistant',"
      "'content':[{'type':'output_text','text':'So.'}]},{'type':"
      "'function_call','call_id':'t1','name':'f','arguments':'{\\'a\\':1}'},"
      "{'type':'function_call_output','call_id':'t1','output':[{'type':"
      "'input_text','text':'no'},{'type':'input_image','image_url':"
      "'https://x.test/a.png'}]},{'role':'user','content':[{'type':"
      "'input_text','text':'Well?'}]}],'tools':[{'type':'function','name':"
      "'f','parameters':{'type':'object'},'strict':false}],'tool_choice':"
      "'required','parallel_tool_calls':false,'reasoning':{'effort':"
      "'medium','summary':'auto'}," SEALED ",'max_output_tokens':900",
      "cache_control=no_such tool_result.is_error=no_such tools=no_such "
      "reasoning.max_tokens=changed stop=no_such" },

    /* nothing of a turn can be said: an empty list would be refused */

    { &air_codec_anthropic, &CODEC, "openai", "gpt-5",
      "{'model':'x','max_tokens':50,'messages':[{'role':'user','content':[{"
      "'type':'other','text':'Hi'}]}]}",
      "'input':[{'role':'user','content':''}]," SEALED
      ",'max_output_tokens':50", "content=no_such" },

    /* to Chat Completions */

    { &CODEC, &air_codec_openai, "openai", "m",
      "{'model':'x','instructions':'Be brief.','input':[{'role':"
      "'developer','content':'Use tools.'},{'role':'user','content':["
      "{'type':'input_text','text':'See'},{'type':'input_image','image_url':"
      "'https://x.test/a.png','detail':'high'},{'type':'input_file',"
      "'filename':'a.pdf','file_data':'data:application/pdf;base64,JVBERg=='"
      "}]},{'type':'reasoning','id':'rs_1','summary':[],"
      "'encrypted_content':'gAAA'},{'type':'message','role':'assistant',"
      "'id':'msg_1','status':'completed','content':[{'type':'output_text',"
      "'text':'So.','annotations':[]}]},{'type':'function_call','id':'fc_1',"
      "'call_id':'c1','name':'f','arguments':'{}'},{'type':"
      "'function_call','call_id':'c2','name':'g','arguments':''},{'type':"
      "'function_call_output','call_id':'c1','output':'one'},{'type':"
      "'function_call_output','call_id':'c2','output':[{'type':"
      "'input_text','text':'two'}]},{'role':'user','content':'Go'}],"
      "'tools':[{'type':'function','name':'f','parameters':{'type':"
      "'object'},'strict':true},{'type':'web_search'}],'tool_choice':"
      "'required','text':{'format':{'type':'json_object'},'verbosity':"
      "'low'},'reasoning':{'effort':'low','summary':'auto'},"
      "'max_output_tokens':50,'top_logprobs':2,'include':["
      "'reasoning.encrypted_content','message.output_text.logprobs'],"
      "'store':false,'truncation':'disabled','background':false,"
      "'previous_response_id':null,'max_tool_calls':3}",
      "'messages':[{'role':'system','content':'Be brief.'},{'role':"
      "'developer','content':'Use tools.'},{'role':'user','content':["
      "{'type':'text','text':'See'},{'type':'image_url','image_url':{'url':"
      "'https://x.test/a.png','detail':'high'}},{'type':'file','file':{"
      "'filename':'a.pdf','file_data':'data:application/pdf;base64,JVBERg=='"
      "}}]},{'role':'assistant','content':[{'type':'text','text':'So.'}],"
      "'tool_calls':[{'id':'c1','type':'function','function':{'name':'f',"
      "'arguments':'{}'}},{'id':'c2','type':'function','function':{'name':"
      "'g','arguments':'{}'}}]},{'role':'tool','content':'one',"
      "'tool_call_id':'c1'},{'role':'tool','content':'two','tool_call_id':"
      "'c2'},{'role':'user','content':'Go'}],'tools':[{'type':'function',"
      "'function':{'name':'f','parameters':{'type':'object'},'strict':true}"
      "}],'tool_choice':'required','response_format':{'type':"
      "'json_object'},'reasoning_effort':'low','verbosity':'low',"
      "'logprobs':true,'top_logprobs':2,'max_completion_tokens':50",
      "thinking=issuer tools=no_such max_tool_calls=no_such" },

    /* to Anthropic's: what it sealed comes back; what only this wire has is
       told */

    { &CODEC, &air_codec_anthropic, "anthropic", "claude-sonnet-4-5",
      "{'model':'x','input':[{'role':'user','content':'Hi'},{'type':"
      "'reasoning','summary':[{'type':'summary_text','text':'Hm.'}],"
      "'encrypted_content':'air:anthropic:Eq'},{'type':'web_search_call',"
      "'id':'ws_1','status':'completed','action':{'type':'search'}},"
      "{'role':'assistant','content':'So.'},{'role':'user','content':"
      "'Go'}],'max_output_tokens':50}",
      "'max_tokens':50,'messages':[{'role':'user','content':'Hi'},{'role':"
      "'assistant','content':[{'type':'thinking','thinking':'Hm.',"
      "'signature':'Eq'},{'type':'text','text':'So.'}]},{'role':'user',"
      "'content':'Go'}]", "content=no_such" },

    /* its own, as it was */

    { &CODEC, &CODEC, "openai", "gpt-5",
      "{'model':'x'," ASKED ",'tools':[],'truncation':'auto',"
      "'reasoning':{'effort':'low','context':'all_turns'},'text':{"
      "'verbosity':'low','x':1},'include':['web_search_call.results'],"
      "'store':true,'stream':false,'max_output_tokens':3}",
      ASKED ",'tools':[],'store':true,'max_output_tokens':3,'stream':false,"
      "'truncation':'auto','include':['web_search_call.results'],"
      "'reasoning':{'effort':'low','context':'all_turns'},'text':{"
      "'verbosity':'low','x':1}", "" },

    { &CODEC, &CODEC, "openai", "gpt-5",
      "{'model':'x','input':[{'role':'user','content':[{'type':"
      "'input_text','text':'Hi','prompt_cache_breakpoint':{'mode':"
      "'explicit'}},{'type':'input_image','file_id':'file_1'},{'type':"
      "'later','x':1}]},{'type':'reasoning','id':'rs_1','summary':[],"
      "'status':null},{'type':'message','role':'assistant','id':'msg_1',"
      "'phase':'commentary','content':[{'type':'output_text','text':'A',"
      "'annotations':[{'type':'file_citation','file_id':'f'}]},{'type':"
      "'refusal','refusal':'B'}]},{'role':'assistant','content':'C'},"
      "{'type':'custom_tool_call','id':'ctc_1','call_id':'c','name':'sh',"
      "'input':'ls'},{'type':'custom_tool_call_output','call_id':'c',"
      "'output':'x'},{'type':'mcp_approval_response','approve':true}],"
      "'tool_choice':{'type':'allowed_tools','mode':'auto','tools':[]}}",
      "'input':[{'role':'user','content':[{'type':'input_text','text':'Hi',"
      "'prompt_cache_breakpoint':{'mode':'explicit'}},{'type':"
      "'input_image','file_id':'file_1'},{'type':'later','x':1}]},{'type':"
      "'reasoning','id':'rs_1','summary':[],'status':null},{'type':"
      "'message','role':'assistant','phase':'commentary','id':'msg_1',"
      "'content':[{'type':'output_text','text':'A','annotations':[{'type':"
      "'file_citation','file_id':'f'}]},{'type':'refusal','refusal':'B'}]},"
      "{'type':'message','role':'assistant','content':'C'},{'type':"
      "'custom_tool_call','call_id':'c','name':'sh','input':'ls','id':"
      "'ctc_1'},{'type':'custom_tool_call_output','call_id':'c','output':"
      "'x'},{'type':'mcp_approval_response','approve':true}],"
      "'tool_choice':{'type':'allowed_tools','mode':'auto','tools':[]}",
      "" }
};


static void
test_requests(void)
{
    int               rc;
    mem_t             m;
    size_t            i;
    air_buf_t         want;
    air_mem_t         mem;
    air_str_t         out;
    air_error_t       error;
    air_warnings_t    lost;
    const request_t  *r;

    for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        r = &requests[i];
        mem = mem_init(&m, 0);

        rc = cross(r->from, r->to, r->profile, r->model, q(r->text, &mem),
                   &mem, &out, &lost, &error);
        is(rc, AIR_OK, "request %zu", i);

        air_buf_init(&want, &mem, BIG);
        air_buf_z(&want, "{'model':'");
        air_buf_z(&want, r->model);
        air_buf_z(&want, "',");
        air_buf_z(&want, r->want);
        air_buf_z(&want, "}");
        air_buf_byte(&want, '\0');

        /* \' within a string stands for \" */

        is_str(out, qz((const char *) want.data, &mem), "what is asked");
        is_str(told(&lost, &mem), r->lost, "what is lost");

        mem_free(&m);
    }
}


/* An id too long for this wire stays one, in the call and in its result. */
static void
test_ids(void)
{
    mem_t           m;
    size_t          i, n;
    air_buf_t       b;
    air_mem_t       mem;
    air_str_t       out, id[2];
    air_error_t     error;
    air_json_doc_t  doc;
    air_warnings_t  lost;

    const air_json_node_t  *node;

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, BIG);

    air_buf_z(&b, "{'model':'x','messages':[{'role':'user','content':'Hi'},"
                  "{'role':'assistant','tool_calls':[");

    for (i = 0; i < 2; i++) {
        air_buf_z(&b, i ? ",{'id':'" : "{'id':'");

        for (n = 0; n < 40; n++) {
            air_buf_z(&b, "\xc3\xa9");
        }

        air_buf_uint(&b, i);
        air_buf_z(&b, "','type':'function','function':{'name':'f',"
                      "'arguments':'{}'}}");
    }

    air_buf_z(&b, "]}]}");
    air_buf_byte(&b, '\0');

    is(cross(&air_codec_openai, &CODEC, "openai", "m",
             q((const char *) b.data, &mem), &mem, &out, &lost, &error),
       AIR_OK, "long ids");

    air_json_init(&doc, &mem);
    is(air_json_scan(&doc, out, AIR_JSON_UNIQUE, NULL), AIR_OK, "are JSON");

    node = air_json_first(&doc, air_json_get(&doc, air_json_root(&doc),
                                             "input"));
    for (i = 0; i < 2; i++) {
        node = air_json_next(&doc, node);
        id[i] = air_json_raw(&doc, air_json_get(&doc, node, "call_id"));
        ok(id[i].len > 20 && id[i].len <= 64, "id of %zu bytes", id[i].len);
    }

    ok(!air_str_eq(id[0], id[1]), "two ids stay two");

    mem_free(&m);
}


static void
test_refused(void)
{
    int             rc;
    mem_t           m;
    size_t          i;
    air_mem_t       mem;
    air_str_t       out;
    air_error_t     error;
    air_warnings_t  lost;

    static const struct {
        const char  *more;
        const char  *param;
        const char  *code;
    }  rows[] = {
        { HI ",'previous_response_id':'resp_1'", "previous_response_id",
          "unsupported_parameter" },
        { HI ",'conversation':'conv_1'", "conversation",
          "unsupported_parameter" },
        { HI ",'prompt':{'id':'pmpt_1'}", "prompt",
          "unsupported_parameter" },
        { HI ",'background':true", "background", "unsupported_parameter" },
        { "'input':[{'role':'user','content':'Hi'},{'type':"
          "'item_reference','id':'msg_1'}]", "input[1]",
          "unsupported_parameter" },
        { "'stream':true", "input", "missing_required_parameter" },
        { "'input':[]", "input", "empty_array" },
        { "'input':7", "input", "invalid_type" },
        { "'input':['Hi']", "input[0]", "invalid_type" },
        { "'input':[{'content':'Hi'}]", "input[0].role",
          "missing_required_parameter" },
        { "'input':[{'role':1,'content':'Hi'}]", "input[0].role",
          "invalid_type" },
        { "'input':[{'type':1}]", "input[0].type", "invalid_type" },
        { "'input':[{'role':'user','content':[{'type':'input_image',"
          "'image_url':'ftp://x'}]}]", "input[0].content", "invalid_value" },
        { "'input':[{'role':'user','content':{}}]", "input[0].content",
          "invalid_value" },
        { "'input':[{'role':'user','content':[1]}]", "input[0].content",
          "invalid_value" },
        { HI ",'instructions':[]", "instructions", "invalid_type" },
        { HI ",'tools':{}", "tools", "invalid_type" },
        { HI ",'tools':[{'type':'function'}]", "tools[0].name",
          "missing_required_parameter" },
        { HI ",'text':1", "text", "invalid_type" },
        { HI ",'reasoning':'low'", "reasoning", "invalid_type" },
        { HI ",'include':'x'", "include", "invalid_type" },
        { HI ",'temperature':'1'", "temperature", "invalid_type" },
        { HI ",'max_output_tokens':0", "max_output_tokens",
          "integer_below_min_value" },
        { HI ",'stream':1", "stream", "invalid_type" },
        { HI ",'api_base':'http://x'", "api_base", "unknown_parameter" },
        { HI ",'metadata':{'a':1}", "metadata.a", "invalid_type" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        air_buf_t  b;

        mem = mem_init(&m, 0);
        air_buf_init(&b, &mem, BIG);
        air_buf_z(&b, "{'model':'x',");
        air_buf_z(&b, rows[i].more);
        air_buf_z(&b, "}");
        air_buf_byte(&b, '\0');

        rc = cross(&CODEC, &air_codec_openai, "openai", "m",
                   q((const char *) b.data, &mem), &mem, &out, &lost,
                   &error);
        is(rc, AIR_EINVAL, "refused: %s", rows[i].more);
        is(error.status, 400, "status");
        is_str(error.param, rows[i].param, "param");
        is_str(error.code, rows[i].code, "code");
        ok(error.message.len != 0, "says why");

        mem_free(&m);
    }
}


/* What the router must know of a request. */
static void
test_check(void)
{
    mem_t           m;
    size_t          i;
    air_mem_t       mem;
    air_error_t     error;
    air_request_t   rq;
    air_json_doc_t  doc;

    static const struct {
        const char  *text;
        uint32_t     needs;
        uint64_t     max;
        unsigned     stream;
    }  rows[] = {
        { "{'model':'m'," HI "}", 0, 0, 0 },
        { "{'model':'m'," HI ",'stream':true,'max_output_tokens':9}",
          AIR_CAN_STREAM, 9, 1 },
        { "{'model':'m'," HI ",'tools':[{'type':'function','name':'f'}]}",
          AIR_CAN_TOOLS, 0, 0 },
        { "{'model':'m'," HI ",'tools':[{'type':'web_search_preview'}]}",
          AIR_CAN_TOOLS|AIR_CAN_SEARCH, 0, 0 },
        { "{'model':'m'," HI ",'reasoning':{'effort':'low'}}",
          AIR_CAN_REASONING, 0, 0 },
        { "{'model':'m'," HI ",'text':{'format':{'type':'json_schema'}}}",
          AIR_CAN_SCHEMA, 0, 0 },
        { "{'model':'m','input':[{'role':'user','content':[{'type':"
          "'input_image','image_url':'https://x.test'},{'type':"
          "'input_file','file_id':'f'},{'type':'input_audio'}]}]}",
          AIR_CAN_VISION|AIR_CAN_PDF|AIR_CAN_AUDIO, 0, 0 },
        { "{'model':'m','input':[{'type':'function_call_output','call_id':"
          "'c','output':[{'type':'input_image','image_url':"
          "'https://x.test'}]}]}", AIR_CAN_VISION, 0, 0 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mem = mem_init(&m, 0);
        air_json_init(&doc, &mem);
        is(air_json_scan(&doc, q(rows[i].text, &mem), AIR_JSON_UNIQUE, NULL),
           AIR_OK, "JSON");
        is(CODEC.request_check(AIR_OP_RESPONSES, &doc, &mem, &rq, &error),
           AIR_OK, "taken: %s", rows[i].text);
        is(rq.needs, rows[i].needs, "needs");
        is(rq.max_output, rows[i].max, "max_output");
        is(rq.stream, rows[i].stream, "stream");
        is(rq.want_usage, 1, "usage is always told");
        mem_free(&m);
    }
}


/* Thinking that others sealed is seen, whatever the wire it comes on. */
static void
test_sealed(void)
{
    mem_t           m;
    size_t          i;
    air_mem_t       mem;
    air_error_t     error;
    air_request_t   rq;
    air_json_doc_t  doc;

    static const struct {
        const air_codec_t  *codec;
        const char         *text;
        unsigned            sealed;
    }  rows[] = {
        { &CODEC, "{'model':'m','input':[{'type':'reasoning','summary':[],"
          "'encrypted_content':'air:anthropic:E'}]}", 1 },
        { &CODEC, "{'model':'m','input':[{'type':'reasoning','summary':[],"
          "'encrypted_content':'gAAA'}]}", 0 },
        { &CODEC, "{'model':'m','input':[{'type':'reasoning','summary':[],"
          "'encrypted_content':'air:nobody:E'}]}", 0 },
        { &air_codec_anthropic, "{'model':'m','max_tokens':9,'messages':[{"
          "'role':'assistant','content':[{'type':'thinking','thinking':'',"
          "'signature':'air:responses:g'}]}]}", 1 },
        { &air_codec_anthropic, "{'model':'m','max_tokens':9,'messages':[{"
          "'role':'assistant','content':[{'type':'redacted_thinking','data':"
          "'air:gemini:g'}]}]}", 1 },
        { &air_codec_anthropic, "{'model':'m','max_tokens':9,'messages':[{"
          "'role':'assistant','content':[{'type':'thinking','thinking':'',"
          "'signature':'Eq'}]}]}", 0 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mem = mem_init(&m, 0);
        air_json_init(&doc, &mem);
        is(air_json_scan(&doc, q(rows[i].text, &mem), AIR_JSON_UNIQUE, NULL),
           AIR_OK, "JSON");
        is(rows[i].codec->request_check(asks(rows[i].codec), &doc, &mem, &rq,
                                        &error), AIR_OK, "taken");
        is(rq.sealed, rows[i].sealed, "sealed: %s", rows[i].text);
        mem_free(&m);
    }
}


/* Which codec a vendor speaks. */
static void
test_codec_of(void)
{
    size_t  i;

    static const struct {
        const air_codec_t  *codec;
        const char         *profile;
        air_op_e            op;
        const air_codec_t  *want;
    }  rows[] = {
        { &air_codec_openai, "openai", AIR_OP_CHAT, &air_codec_openai },
        { &air_codec_openai, "openai", AIR_OP_RESPONSES, &CODEC },
        { &air_codec_openai, "mistral", AIR_OP_RESPONSES,
          &air_codec_openai },
        { &air_codec_anthropic, "anthropic", AIR_OP_RESPONSES,
          &air_codec_anthropic },
        { &CODEC, "responses", AIR_OP_CHAT, &CODEC },
        { &CODEC, "responses", AIR_OP_RESPONSES, &CODEC },
        { &CODEC, "responses", AIR_OP_EMBEDDINGS, &air_codec_openai },
        { &CODEC, "openai", AIR_OP_COMPLETIONS, &air_codec_openai }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ok(air_codec_of(rows[i].codec,
                        air_profile_find(air_str_z(rows[i].profile)),
                        rows[i].op) == rows[i].want,
           "%s at %s, operation %u", rows[i].codec->name, rows[i].profile,
           (unsigned) rows[i].op);
    }
}


/* ------------------------------------------------------------- replies */


#define BODY(more)  "{'id':'r1','object':'response','created_at':5,"          \
    "'model':'m'," more "}"
#define USAGE  "'usage':{'input_tokens':20,'input_tokens_details':"           \
    "{'cached_tokens':5},'output_tokens':9,'output_tokens_details':"          \
    "{'reasoning_tokens':4},'total_tokens':29}"
#define SAID   "{'type':'message','id':'m1','status':'completed','role':"     \
    "'assistant','content':[{'type':'output_text','text':'Hi',"               \
    "'annotations':[],'logprobs':[]}]}"


static int
read_reply(const char *text, const char *profile, const air_mem_t *mem,
    air_msg_reply_t *msg, air_note_t *note, air_error_t *error)
{
    int                   rc;
    air_json_doc_t        doc;
    const air_profile_t  *p;

    p = air_profile_find(air_str_z(profile));
    air_json_init(&doc, mem);
    rc = air_json_scan(&doc, q(text, mem), AIR_JSON_VENDOR, NULL);

    if (rc != AIR_OK) {
        return rc;
    }

    air_note_init(note);
    CODEC.reply_note(AIR_OP_RESPONSES, &doc, p, note);

    return CODEC.reply_read(AIR_OP_CHAT, &doc, p, mem, msg, error);
}


static void
test_replies(void)
{
    int              rc;
    mem_t            m;
    size_t           i;
    air_mem_t        mem;
    air_note_t       note;
    air_error_t      error;
    air_msg_reply_t  msg;

    static const struct {
        const char   *text;
        int           rc;
        air_finish_e  finish;
        const char   *native;
        unsigned      error;
        unsigned      content;
    }  rows[] = {
        { BODY("'status':'completed','output':[" SAID "]," USAGE), AIR_OK,
          AIR_FINISH_STOP, "completed", 0, 1 },
        { BODY("'status':'completed','error':null,'output':[{'type':"
               "'function_call','call_id':'c','name':'f','arguments':''}]"),
          AIR_OK, AIR_FINISH_TOOL_CALLS, "completed", 0, 1 },
        { BODY("'status':'incomplete','incomplete_details':{'reason':"
               "'max_output_tokens'},'output':[" SAID "]"), AIR_OK,
          AIR_FINISH_LENGTH, "max_output_tokens", 0, 1 },
        { BODY("'status':'incomplete','incomplete_details':{'reason':"
               "'content_filter'},'output':[]"), AIR_OK,
          AIR_FINISH_CONTENT_FILTER, "content_filter", 0, 0 },
        { BODY("'status':'incomplete','incomplete_details':{'reason':"
               "'later'},'output':[" SAID "]"), AIR_OK, AIR_FINISH_OTHER,
          "later", 0, 1 },
        { BODY("'status':'failed','error':{'code':'server_error','message':"
               "'no'},'output':[]"), AIR_EINVAL, AIR_FINISH_NONE, "", 1, 0 },
        { BODY("'status':'queued','output':[]"), AIR_EINVAL,
          AIR_FINISH_NONE, "", 0, 0 },
        { BODY("'status':'completed'"), AIR_EINVAL, AIR_FINISH_NONE, "", 0,
          0 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mem = mem_init(&m, 0);
        rc = read_reply(rows[i].text, "openai", &mem, &msg, &note, &error);

        is(rc, rows[i].rc, "%s", rows[i].text);
        is((note.what & AIR_NOTE_ERROR) != 0, rows[i].error, "error noted");
        is((note.what & AIR_NOTE_CONTENT) != 0, rows[i].content,
           "content noted");

        if (rc == AIR_OK) {
            is(msg.choices->finish, rows[i].finish, "finish");
            is_str(msg.choices->native, rows[i].native, "native");
            is(note.finish, air_finish_plain(rows[i].finish), "noted");
        }

        mem_free(&m);
    }
}


static void
test_usage(void)
{
    mem_t            m;
    air_mem_t        mem;
    air_note_t       note;
    air_error_t      error;
    air_msg_reply_t  msg;

    mem = mem_init(&m, 0);

    is(read_reply(BODY("'status':'completed','output':[{'type':"
                       "'web_search_call'},{'type':'web_search_call'}," SAID
                       "],'service_tier':'priority'," USAGE), "xai", &mem,
                  &msg, &note, &error), AIR_OK, "usage");

    is(msg.usage.n[AIR_IN], 15, "input");
    is(msg.usage.n[AIR_IN_CACHE_READ], 5, "cached");
    is(msg.usage.n[AIR_OUT], 9, "reasoning is inside, also at xAI");
    is(msg.usage.reasoning, 4, "reasoning");
    is(msg.usage.fee[AIR_FEE_SEARCH], 2, "searches are counted");
    is(msg.usage.tier, AIR_TIER_PRIORITY, "tier");
    is(note.usage.n[AIR_IN], 15, "noted");
    is(note.usage.fee[AIR_FEE_SEARCH], 2, "noted");

    mem_free(&m);
}


/* Replies of another wire, written for a caller of this one. */
static void
test_written(void)
{
    mem_t            m;
    size_t           i;
    air_buf_t        b;
    air_mem_t        mem;
    air_str_t        s;
    air_error_t      error;
    air_json_doc_t   doc;
    air_msg_reply_t  msg;

    const air_json_node_t  *root;

    static const struct {
        const air_codec_t  *from;
        const char         *text;
        const char         *status;
        const char         *output;
    }  rows[] = {
        { &air_codec_openai,
          "{'id':'chatcmpl-1','model':'m','created':5,'choices':[{'index':0,"
          "'message':{'role':'assistant','content':'Hi','refusal':null,"
          "'reasoning_content':'Hm','annotations':[{'type':'url_citation',"
          "'url_citation':{'url':'https://x.test','title':'T',"
          "'start_index':0,'end_index':2}}]},'logprobs':{'content':["
          "{'token':'Hi','logprob':-1,'bytes':[72],'top_logprobs':[]}]},"
          "'finish_reason':'stop'}]}", "completed",
          "[{'type':'reasoning','id':'rs_chatcmpl-1_0','summary':[{'type':"
          "'summary_text','text':'Hm'}]},{'type':'message','id':"
          "'msg_chatcmpl-1_1','status':'completed','role':'assistant',"
          "'content':[{'type':'output_text','text':'Hi','annotations':["
          "{'type':'url_citation','start_index':0,'end_index':2,'url':"
          "'https://x.test','title':'T'}],'logprobs':[{'token':'Hi',"
          "'logprob':-1,'bytes':[72],'top_logprobs':[]}]}]}]" },
        { &air_codec_openai,
          "{'id':'1','model':'m','choices':[{'index':0,'message':{'role':"
          "'assistant','content':null,'refusal':'No.','tool_calls':[{'id':"
          "'c','type':'custom','custom':{'name':'sh','input':'ls'}},{'id':"
          "'d','type':'function','function':{'name':'f','arguments':''}}]},"
          "'finish_reason':'length'}]}", "incomplete",
          "[{'type':'message','id':'msg_1_0','status':'incomplete','role':"
          "'assistant','content':[{'type':'refusal','refusal':'No.'}]},"
          "{'type':'custom_tool_call','id':'ctc_1_1','status':'completed',"
          "'call_id':'c','name':'sh','input':'ls'},{'type':"
          "'function_call','id':'fc_1_2','status':'completed','call_id':'d',"
          "'name':'f','arguments':'{}'}]" },
        { &air_codec_anthropic,
          "{'id':'msg_1','type':'message','role':'assistant','model':'m',"
          "'content':[{'type':'thinking','thinking':'Hm','signature':'Eq'},"
          "{'type':'redacted_thinking','data':'Ra'},{'type':'text','text':"
          "'A'},{'type':'text','text':'B'},{'type':'tool_use','id':'t',"
          "'name':'f','input':{'a':1}}],'stop_reason':'tool_use','usage':{"
          "'input_tokens':1,'output_tokens':2}}", "completed",
          "[{'type':'reasoning','id':'rs_msg_1_0','summary':[{'type':"
          "'summary_text','text':'Hm'}],'encrypted_content':"
          "'air:anthropic:Eq'},{'type':'reasoning','id':'rs_msg_1_1',"
          "'summary':[],'encrypted_content':'air:anthropic:Ra'},{'type':"
          "'message','id':'msg_msg_1_2','status':'completed','role':"
          "'assistant','content':[{'type':'output_text','text':'A',"
          "'annotations':[],'logprobs':[]},{'type':'output_text','text':'B',"
          "'annotations':[],'logprobs':[]}]},{'type':'function_call','id':"
          "'fc_msg_1_3','status':'completed','call_id':'t','name':'f',"
          "'arguments':'{\\'a\\':1}'}]" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mem = mem_init(&m, 0);
        air_json_init(&doc, &mem);
        is(air_json_scan(&doc, q(rows[i].text, &mem), AIR_JSON_VENDOR, NULL),
           AIR_OK, "JSON");
        is(rows[i].from->reply_read(AIR_OP_CHAT, &doc, NULL, &mem, &msg,
                                    &error), AIR_OK, "read");

        air_buf_init(&b, &mem, BIG);
        is(CODEC.reply_write(&msg, &b), AIR_OK, "written");
        is(air_json_scan(&doc, air_buf_view(&b), AIR_JSON_UNIQUE, NULL),
           AIR_OK, "as JSON");

        root = air_json_root(&doc);
        ok(air_json_is(&doc, air_json_get(&doc, root, "status"),
                       rows[i].status), "status %s", rows[i].status);
        s = air_json_raw(&doc, air_json_get(&doc, root, "output"));
        is_str(s, qz(rows[i].output, &mem), "output");

        mem_free(&m);
    }
}


/* ------------------------------------------------------------- streams */


/* One way through: events with ' for ", parted by |, as to says them. */
static int
run(const air_codec_t *from, const air_codec_t *to, const char *events,
    size_t keep, const air_mem_t *mem, air_stream_t *st, air_buf_t *wire,
    air_note_t *note)
{
    int                   rc;
    size_t                i, at;
    unsigned              k;
    air_str_t             text;
    air_deltas_t          out;
    air_json_doc_t        doc;
    air_sse_event_t       ev;
    const air_profile_t  *p;

    p = air_profile_find(air_str_z("openai"));
    text = q(events, mem);

    air_note_init(note);
    air_buf_init(wire, mem, BIG);
    air_json_init(&doc, mem);
    air_deltas_init(&out, mem);
    air_stream_init(st, mem, AIR_OP_CHAT);
    st->want_usage = 1;

    if (keep != 0) {
        st->keep = keep;
    }

    if (text.data == NULL) {
        return AIR_ENOMEM;
    }

    at = 0;

    for (i = 0; i <= text.len; i++) {

        if (i != text.len && text.data[i] != '|') {
            continue;
        }

        memset(&ev, 0, sizeof(air_sse_event_t));
        ev.has_data = 1;
        ev.data = air_str_n(text.data + at, i - at);
        at = i + 1;

        rc = from->event_note(&ev, p, &doc, note);

        if (rc == AIR_OK) {
            rc = from->event_read(st, &ev, p, &out);
        }

        for (k = 0; rc == AIR_OK && k < out.n; k++) {
            rc = to->event_write(st, &out.d[k], wire);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


#define CHUNK(delta)                                                          \
    "{'id':'c1','model':'m','created':5,'choices':[{'index':0,'delta':{"      \
    delta "}}]}|"
#define LAST  "{'id':'c1','choices':[{'index':0,'delta':{},"                  \
    "'finish_reason':'stop'}]}|{'id':'c1','choices':[],'usage':{"             \
    "'prompt_tokens':3,'completion_tokens':2}}|[DONE]"


/* Numbers, order and names of the events, and what each has. */
static void
test_stream(void)
{
    mem_t         m;
    air_buf_t     wire;
    air_mem_t     mem;
    air_note_t    note;
    air_stream_t  st;

    static const char  want[] =
        "event: response.output_item.added\ndata: {'type':"
        "'response.output_item.added','sequence_number':2,'output_index':0,"
        "'item':{'type':'message','id':'msg_c1_0','status':'in_progress',"
        "'role':'assistant','content':[]}}\n\n"
        "event: response.content_part.added\ndata: {'type':"
        "'response.content_part.added','sequence_number':3,'item_id':"
        "'msg_c1_0','output_index':0,'content_index':0,'part':{'type':"
        "'output_text','text':'','annotations':[],'logprobs':[]}}\n\n"
        "event: response.output_text.delta\ndata: {'type':"
        "'response.output_text.delta','sequence_number':4,'item_id':"
        "'msg_c1_0','output_index':0,'content_index':0,'delta':'Hi',"
        "'logprobs':[]}\n\n"
        "event: response.output_text.delta\ndata: {'type':"
        "'response.output_text.delta','sequence_number':5,'item_id':"
        "'msg_c1_0','output_index':0,'content_index':0,'delta':'',"
        "'logprobs':[{'token':'Hi'}]}\n\n"
        "event: response.output_text.done\ndata: {'type':"
        "'response.output_text.done','sequence_number':6,'item_id':"
        "'msg_c1_0','output_index':0,'content_index':0,'text':'Hi',"
        "'logprobs':[{'token':'Hi'}]}\n\n"
        "event: response.content_part.done\ndata: {'type':"
        "'response.content_part.done','sequence_number':7,'item_id':"
        "'msg_c1_0','output_index':0,'content_index':0,'part':{'type':"
        "'output_text','text':'Hi','annotations':[],'logprobs':[{'token':"
        "'Hi'}]}}\n\n"
        "event: response.output_item.done\ndata: {'type':"
        "'response.output_item.done','sequence_number':8,'output_index':0,"
        "'item':{'type':'message','id':'msg_c1_0','status':'completed',"
        "'role':'assistant','content':[{'type':'output_text','text':'Hi',"
        "'annotations':[],'logprobs':[{'token':'Hi'}]}]}}\n\n"
        "event: response.completed\n";

    air_str_t  s, first;

    mem = mem_init(&m, 0);

    is(run(&air_codec_openai, &CODEC,
           CHUNK("'role':'assistant','content':''")
           "{'id':'c1','choices':[{'index':0,'delta':{'content':'Hi'},"
           "'logprobs':{'content':[{'token':'Hi'}]}}]}|" LAST, 0, &mem, &st,
           &wire, &note), AIR_OK, "a stream");

    s = air_buf_view(&wire);
    first = q(want, &mem);

    ok(s.len > 30 && memcmp(s.data, "event: response.created\n", 24) == 0,
       "begins");
    ok(memmem(s.data, s.len, first.data, first.len) != NULL, "goes on: %.*s",
       (int) s.len, s.data);

    first = q("'usage':{'input_tokens':3,'input_tokens_details':{"
              "'cached_tokens':0},'output_tokens':2,"
              "'output_tokens_details':{'reasoning_tokens':0},"
              "'total_tokens':5}}}\n\n", &mem);

    ok(s.len > first.len
       && memcmp(s.data + s.len - first.len, first.data, first.len) == 0,
       "ends with usage, and nothing behind it");
    ok(st.out.ended, "is over");

    mem_free(&m);
}


/* What a stream says, in short: each row's events must hold each of the
   texts, in order. */
static void
test_said(void)
{
    int            rc;
    mem_t          m;
    size_t         i, k;
    air_buf_t      wire;
    air_mem_t      mem;
    air_str_t      s, part;
    air_note_t     note;
    air_stream_t   st;
    unsigned char *at;

    static const struct {
        const air_codec_t  *from;
        const air_codec_t  *to;
        const char         *events;
        const char         *want[8];
        const char         *lost;
    }  rows[] = {

        /* a call without input, a custom one, thinking with its seal */

        { &air_codec_openai, &CODEC,
          CHUNK("'reasoning':'Hm'")
          CHUNK("'reasoning_details':[{'type':'reasoning.text','signature':"
                "'Eq','format':'anthropic-claude-v1'}]")
          CHUNK("'tool_calls':[{'index':0,'id':'a','type':'function',"
                "'function':{'name':'f','arguments':''}},{'index':1,'id':"
                "'b','type':'custom','custom':{'name':'sh','input':'ls'}}]")
          LAST,
          { "'response.reasoning_summary_part.added'",
            "'response.reasoning_summary_text.delta'",
            "'encrypted_content':'air:anthropic:Eq'",
            "'response.custom_tool_call_input.delta'",
            "'response.function_call_arguments.done'",
            "'arguments':'{}'", "'response.custom_tool_call_input.done'",
            "'input':'ls'" }, "" },

        /* a refusal, a second answer, a sound */

        { &air_codec_openai, &CODEC,
          CHUNK("'refusal':'No.'")
          "{'id':'c1','choices':[{'index':1,'delta':{'content':'B'}}]}|"
          CHUNK("'audio':{'data':'AA=='}") LAST,
          { "'response.refusal.delta'", "'response.refusal.done'",
            "'refusal':'No.'", "'response.completed'" },
          "choices=no_such audio=no_such" },

        /* a citation, a picture */

        { &air_codec_openai, &CODEC,
          CHUNK("'content':'Hi'")
          CHUNK("'annotations':[{'type':'url_citation','url_citation':{"
                "'url':'https://x.test','title':'T'}}]")
          CHUNK("'images':[{'type':'image_url','image_url':{'url':"
                "'data:image/jpeg;base64,/9j='}}]") LAST,
          { "'response.output_text.annotation.added'",
            "'annotation_index':0", "'url':'https://x.test'",
            "'image_generation_call'", "'output_format':'jpeg'",
            "'result':'/9j='" }, "" },

        /* an answer that failed */

        { &air_codec_openai, &CODEC,
          CHUNK("'content':'Hi'")
          "{'id':'c1','choices':[{'index':0,'delta':{},'finish_reason':"
          "'error'}]}|[DONE]",
          { "event: error\n", "event: response.failed\n",
            "'status':'failed'" }, "" },

        /* for a caller of Chat: items, and what only this wire has */

        { &CODEC, &air_codec_openai,
          "{'type':'response.created','response':{'id':'r','model':'m',"
          "'created_at':5}}|"
          "{'type':'response.output_item.done','output_index':0,'item':{"
          "'type':'reasoning','id':'rs_1','summary':[{'text':'A'},{'text':"
          "'B'}],'encrypted_content':'gA'}}|"
          "{'type':'response.output_item.done','output_index':1,'item':{"
          "'type':'web_search_call','id':'ws'}}|"
          "{'type':'response.output_item.added','output_index':2,'item':{"
          "'type':'custom_tool_call','call_id':'c','name':'sh','input':''}}|"
          "{'type':'response.custom_tool_call_input.delta','output_index':2,"
          "'delta':'ls'}|"
          "{'type':'response.output_item.done','output_index':3,'item':{"
          "'type':'image_generation_call','result':'iV','output_format':"
          "'png'}}|"
          "{'type':'response.completed','response':{'id':'r','status':"
          "'completed','output':[]}}",
          { "'reasoning':'A\\n\\nB'", "'signature':'gA'", "'id':'rs_1'",
            "'format':'openai-responses-v1'", "'custom':{'input':'ls'}",
            "data:image/png;base64,iV", "'finish_reason':'tool_calls'",
            "[DONE]" }, "content=no_such" },

        /* for a caller of Anthropic's: an input that is text is JSON there;
           texts that came whole; [DONE] before the end says nothing */

        { &CODEC, &air_codec_anthropic,
          "{'type':'response.created','response':{'id':'r','model':'m'}}|"
          "[DONE]|"
          "{'type':'response.output_item.done','output_index':0,'item':{"
          "'type':'message','content':[{'type':'output_text','text':'Hi'}]}}|"
          "{'type':'response.output_item.added','output_index':1,'item':{"
          "'type':'custom_tool_call','call_id':'c','name':'sh'}}|"
          "{'type':'response.custom_tool_call_input.delta','output_index':1,"
          "'delta':'a\\'b'}|"
          "{'type':'response.output_item.done','output_index':1,'item':{"
          "'type':'custom_tool_call','call_id':'c','name':'sh','input':"
          "'a\\'b'}}|"
          "{'type':'response.incomplete','response':{'status':'incomplete',"
          "'incomplete_details':{'reason':'max_output_tokens'}}}",
          { "'text':'Hi'", "'tool_use'",
            "'partial_json':'{\\'input\\':\\'a\\\\\\'b'",
            "'partial_json':'\\'}'", "'stop_reason':'max_tokens'" }, "" },

        /* all of it in the last event */

        { &CODEC, &air_codec_openai,
          "{'type':'response.completed','response':{'id':'r','model':'m',"
          "'status':'completed','output':[" SAID ",{'type':"
          "'function_call','call_id':'c','name':'f','arguments':'{}'}],"
          USAGE "}}",
          { "'content':'Hi'", "'name':'f'", "'arguments':'{}'",
            "'finish_reason':'tool_calls'", "'prompt_tokens':20" }, "" },

        /* an error, in any of its forms */

        { &CODEC, &CODEC,
          "{'type':'error','code':'rate_limit_exceeded','message':'slow',"
          "'param':null}",
          { "event: error\n", "'code':'rate_limit_exceeded'",
            "event: response.failed\n" }, "" },

        { &CODEC, &air_codec_anthropic,
          "{'type':'response.failed','response':{'status':'failed','error':"
          "{'code':'server_error','message':'broken'}}}",
          { "event: error\n", "broken" }, "" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mem = mem_init(&m, 0);
        rc = run(rows[i].from, rows[i].to, rows[i].events, 0, &mem, &st,
                 &wire, &note);
        is(rc, AIR_OK, "stream %zu", i);

        s = air_buf_view(&wire);

        for (k = 0; k < 8 && rows[i].want[k] != NULL; k++) {
            part = q(rows[i].want[k], &mem);
            at = s.len ? memmem(s.data, s.len, part.data, part.len) : NULL;
            ok(at != NULL, "says %s", rows[i].want[k]);

            if (at == NULL) {
                printf("# in %.*s\n", (int) s.len, s.data);
                break;
            }

            s.len -= (size_t) (at - s.data) + part.len;
            s.data = at + part.len;
        }

        is_str(told(&st.lost, &mem), rows[i].lost,
               "what is lost");
        mem_free(&m);
    }
}


/* What is noted of the events of a relayed stream. */
static void
test_note(void)
{
    mem_t            m;
    size_t           i;
    air_mem_t        mem;
    air_note_t       note;
    air_json_doc_t   doc;
    air_sse_event_t  ev;

    static const struct {
        const char  *data;
        unsigned     what;
        uint64_t     sequence;
    }  rows[] = {
        { "{'type':'response.created','sequence_number':0,'response':{'id':"
          "'r','model':'m','error':null}}", AIR_NOTE_CHOICES, 1 },
        { "{'type':'response.output_item.added','sequence_number':1,'item':{"
          "'type':'message'}}", AIR_NOTE_CHOICES, 2 },
        { "{'type':'response.output_item.added','sequence_number':2,'item':{"
          "'type':'function_call','name':'f'}}",
          AIR_NOTE_CHOICES|AIR_NOTE_CONTENT, 3 },
        { "{'type':'response.output_text.delta','sequence_number':3,"
          "'delta':'Hi'}", AIR_NOTE_CHOICES|AIR_NOTE_CONTENT, 4 },
        { "{'type':'response.output_text.delta','sequence_number':4,"
          "'delta':''}", AIR_NOTE_CHOICES, 5 },
        { "{'type':'response.later','sequence_number':5}", AIR_NOTE_CHOICES,
          6 },
        { "{'type':'response.completed','sequence_number':6,'response':{"
          "'status':'completed','output':[" SAID "]," USAGE "}}",
          AIR_NOTE_CHOICES|AIR_NOTE_USAGE|AIR_NOTE_FINISH|AIR_NOTE_DONE, 7 },
        { "{'type':'error','sequence_number':9,'message':'no'}",
          AIR_NOTE_ERROR, 7 },
        { "{'type':'response.failed','sequence_number':10,'response':{"
          "'error':{'code':'server_error','message':'no'}}}",
          AIR_NOTE_ERROR, 7 },
        { "[DONE]", AIR_NOTE_IGNORE, 7 },
        { "{'type':'keepalive'}", AIR_NOTE_IGNORE, 7 }
    };

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);
    air_note_init(&note);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memset(&ev, 0, sizeof(air_sse_event_t));
        ev.has_data = 1;
        ev.data = q(rows[i].data, &mem);

        is(CODEC.event_note(&ev, NULL, &doc, &note), AIR_OK, "%s",
           rows[i].data);
        is(note.what, rows[i].what, "what");
        is(note.sequence, rows[i].sequence, "the next number");
    }

    is_str(air_str_n(note.id, note.id_len), "r", "id");
    is_str(air_str_n(note.model, note.model_len), "m", "model");
    is(note.finish, AIR_FINISH_STOP, "finish");
    is(note.usage.n[AIR_OUT], 9, "usage");

    ev.data = air_str_z("{");
    is(CODEC.event_note(&ev, NULL, &doc, &note), AIR_EINVAL, "no JSON");
    ev.data = air_str_z("7");
    is(CODEC.event_note(&ev, NULL, &doc, &note), AIR_EINVAL, "no object");

    mem_free(&m);
}


/* A stream may say no more than may be kept. */
static void
test_bound(void)
{
    mem_t         m;
    size_t        i;
    air_buf_t     b, wire;
    air_mem_t     mem;
    air_note_t    note;
    air_stream_t  st;

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, BIG);

    for (i = 0; i < 100; i++) {
        air_buf_z(&b, CHUNK("'content':'0123456789'"));
    }

    air_buf_z(&b, LAST);
    air_buf_byte(&b, '\0');

    is(run(&air_codec_openai, &CODEC, (const char *) b.data, 4096, &mem, &st,
           &wire, &note), AIR_OK, "a thousand bytes are kept");
    is(run(&air_codec_openai, &CODEC, (const char *) b.data, 1400, &mem, &st,
           &wire, &note), AIR_OK, "once, whatever is said of them");
    is(run(&air_codec_openai, &CODEC, (const char *) b.data, 999, &mem, &st,
           &wire, &note), AIR_ELIMIT, "but not where fewer may be");

    /* what is let go is counted off once */

    is(run(&air_codec_openai, &CODEC,
           CHUNK("'images':[{'type':'image_url','image_url':{'url':"
                 "'data:image/png;base64,/9j='}}]")
           CHUNK("'images':[{'type':'image_url','image_url':{'url':"
                 "'data:image/webp;base64,/9j='}}]") LAST, 400, &mem, &st,
           &wire, &note), AIR_OK, "pictures");
    is(run(&air_codec_openai, &air_codec_anthropic, (const char *) b.data, 9,
           &mem, &st, &wire, &note), AIR_OK, "others keep nothing");

    mem_free(&m);
}


static void
test_errors(void)
{
    mem_t        m;
    air_buf_t    b;
    air_mem_t    mem;
    air_note_t   note;
    air_error_t  error;

    mem = mem_init(&m, 0);
    memset(&error, 0, sizeof(air_error_t));
    error.type = air_str_z("server_error");
    error.message = air_str_z("no");

    air_buf_init(&b, &mem, BIG);
    is(CODEC.error_write(&error, air_str_z("rid"), &b), AIR_OK, "a body");
    is_str(air_buf_view(&b), qz("{'error':{'message':'no','type':"
                               "'server_error','param':null,'code':null}}",
                               &mem), "in OpenAI's shape");

    air_note_init(&note);
    note.sequence = 7;
    air_buf_init(&b, &mem, BIG);
    is(CODEC.error_event(&error, &note, air_str_z("rid"), &b), AIR_OK,
       "an event");
    ok(memmem(b.data, b.len, "\"sequence_number\":7,", 20) != NULL
       && memmem(b.data, b.len, "\"sequence_number\":8,", 20) != NULL
       && memmem(b.data, b.len, "\"id\":\"rid\"", 10) != NULL,
       "that goes on counting: %.*s", (int) b.len, b.data);

    mem_free(&m);
}


/* every allocation fails once: a code, no crash, and then it passes */
static void
test_memory(void)
{
    int              rc;
    mem_t            m;
    size_t           i, n;
    air_buf_t        b, wire;
    air_mem_t        mem;
    air_str_t        out;
    air_note_t       note;
    air_error_t      error;
    air_stream_t     st;
    air_warnings_t   lost;
    air_msg_reply_t  msg;

    for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {

        if (requests[i].to != &CODEC) {
            continue;
        }

        for (n = 1; n < 10000; n++) {
            mem = mem_init(&m, n);
            out = q(requests[i].text, &mem);
            rc = out.data == NULL
                 ? AIR_ENOMEM
                 : cross(requests[i].from, &CODEC, requests[i].profile,
                         requests[i].model, out, &mem, &out, &lost, &error);
            mem_free(&m);

            if (rc != AIR_ENOMEM) {
                break;
            }
        }

        is(rc, AIR_OK, "request %zu with %zu allocations", i, n - 1);
    }

    for (n = 1; n < 10000; n++) {
        mem = mem_init(&m, n);
        rc = read_reply(BODY("'status':'completed','output':[{'type':"
                             "'reasoning','summary':[{'text':'a'},{'text':"
                             "'b\\n'}],'encrypted_content':'g'}," SAID ","
                             "{'type':'function_call','call_id':'c','name':"
                             "'f\\n','arguments':'{}'}]"), "openai", &mem,
                        &msg, &note, &error);

        if (rc == AIR_OK) {
            air_buf_init(&b, &mem, BIG);
            rc = CODEC.reply_write(&msg, &b);
        }

        mem_free(&m);

        if (rc != AIR_ENOMEM && rc != AIR_EINVAL) {
            break;
        }
    }

    is(rc, AIR_OK, "a reply with %zu allocations", n - 1);

    for (n = 1; n < 10000; n++) {
        mem = mem_init(&m, n);
        rc = run(&air_codec_openai, &CODEC,
                 CHUNK("'reasoning':'Hm'") CHUNK("'content':'Hi\\n'")
                 CHUNK("'annotations':[{'type':'url_citation',"
                       "'url_citation':{'url':'https://x.test'}}]")
                 CHUNK("'tool_calls':[{'index':0,'id':'a','type':"
                       "'function','function':{'name':'f','arguments':"
                       "'{}'}}]") LAST, 0, &mem, &st, &wire, &note);
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
    test_ids();
    test_refused();
    test_check();
    test_sealed();
    test_codec_of();
    test_replies();
    test_usage();
    test_written();
    test_stream();
    test_said();
    test_note();
    test_bound();
    test_errors();
    test_memory();

    return done();
}
