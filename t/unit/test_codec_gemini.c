
/*
 * The Gemini codec.  Recorded requests there and back, equal in meaning;
 * what requests of other wires become for each generation of models; replies
 * and streams that no recording shows; signatures through callers of other
 * wires and back; usage, embeddings, errors; and every allocation failing
 * once.  test_replay.c replays the recorded replies.
 */

#include <dirent.h>

#include "../../ngx_ai_router_module/core/air_codec.h"
#include "file.h"
#include "mem.h"
#include "tap.h"


#define CODEC  air_codec_gemini
#define DATA   "t/data/gemini"
#define BIG    (1 << 24)

#define O  &air_codec_openai
#define A  &air_codec_anthropic
#define R  &air_codec_responses


static int
parse(air_json_doc_t *doc, const air_mem_t *mem, air_str_t text)
{
    air_json_init(doc, mem);

    return air_json_scan(doc, text, AIR_JSON_VENDOR, NULL) == AIR_OK;
}


static const char *
text_of(air_buf_t *b)
{
    air_buf_byte(b, '\0');
    b->len--;

    return b->error == AIR_OK ? (const char *) b->data : "(no memory)";
}


static int
has(air_buf_t *b, const char *text)
{
    int  good;

    good = strstr(text_of(b), text) != NULL;

    if (!good) {
        printf("#   %s\n#   has no %s\n", text_of(b), text);
    }

    return good;
}


/* Warnings as "field=reason, field=reason". */
static void
told(const air_warnings_t *lost, air_buf_t *b)
{
    unsigned  i;

    for (i = 0; i < lost->n; i++) {
        air_buf_z(b, i ? ", " : "");
        air_buf_str(b, lost->w[i].field);
        air_buf_z(b, "=");
        air_buf_z(b, air_lost_reason(lost->w[i].why));
    }
}


/* ------------------------------------------------------- equal meaning */


static int meant(const air_json_doc_t *a, const air_json_node_t *x,
    const air_json_doc_t *b, const air_json_node_t *y);


/* A key without "_" and capitals: this wire spells it in two ways. */
static void
plain_key(air_str_t key, char *out)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < key.len && n < 127; i++) {
        if (key.data[i] != '_') {
            out[n++] = (char) (key.data[i] | 0x20);
        }
    }

    out[n] = '\0';
}


static const air_json_node_t *
other_key(const air_json_doc_t *b, const air_json_node_t *y, const char *key)
{
    char                    name[128];
    const air_json_node_t  *m;

    for (m = air_json_first(b, y); m != NULL; m = air_json_next(b, m)) {

        plain_key(air_json_key(b, m), name);

        if (strcmp(name, key) == 0) {
            return m;
        }
    }

    return NULL;
}


/* Each member of x that says something is in y. */
static int
meant_object(const air_json_doc_t *a, const air_json_node_t *x,
    const air_json_doc_t *b, const air_json_node_t *y)
{
    char                    name[128];
    const air_json_node_t  *m, *other;

    for (m = air_json_first(a, x); m != NULL; m = air_json_next(a, m)) {

        plain_key(air_json_key(a, m), name);
        other = other_key(b, y, name);

        if (other == NULL
            && (m->type == AIR_JSON_NULL
                || (m->type >= AIR_JSON_ARRAY && m->count == 0)
                || (strcmp(name, "role") == 0 && m->depth == 2)))
        {
            /* the role of instructions says nothing */
            continue;
        }

        if (other == NULL || !meant(a, m, b, other)) {
            printf("#   %s\n", name);
            return 0;
        }
    }

    return 1;
}


/* Lists of tools may be in any order: each is one of functions, or of one
   member that the other list has too. */
static int
meant_list(const air_json_doc_t *a, const air_json_node_t *x,
    const air_json_doc_t *b, const air_json_node_t *y)
{
    char                    name[128];
    const air_json_node_t  *i, *k;

    if (x->count != y->count) {
        return 0;
    }

    for (i = air_json_first(a, x); i != NULL; i = air_json_next(a, i)) {

        plain_key(air_json_key(a, air_json_first(a, i)), name);

        for (k = air_json_first(b, y); k != NULL; k = air_json_next(b, k)) {
            if (other_key(b, k, name) != NULL) {
                break;
            }
        }

        if (k == NULL || !meant(a, i, b, k)) {
            return 0;
        }
    }

    return 1;
}


static int
meant(const air_json_doc_t *a, const air_json_node_t *x,
    const air_json_doc_t *b, const air_json_node_t *y)
{
    size_t                  n;
    mem_t                   m;
    int                     good;
    air_mem_t               mem;
    air_str_t               s, t;
    const air_json_node_t  *i, *k;

    /* one element may stand in a list's place */

    if (x->type == AIR_JSON_OBJECT && y->type == AIR_JSON_ARRAY
        && y->count == 1)
    {
        y = air_json_first(b, y);

    } else if (x->type == AIR_JSON_ARRAY && y->type == AIR_JSON_OBJECT
               && x->count == 1)
    {
        x = air_json_first(a, x);
    }

    if (x->type != y->type) {
        return 0;
    }

    switch (x->type) {

    case AIR_JSON_STRING:
        mem = mem_init(&m, 0);
        (void) air_json_string(a, x, &mem, &s);
        (void) air_json_string(b, y, &mem, &t);

        /* words of enumerations may be small */

        good = s.len == t.len;

        for (n = 0; good && n < s.len; n++) {
            good = s.data[n] == t.data[n]
                   || (s.len < 12 && (s.data[n] | 0x20) == (t.data[n] | 0x20));
        }

        mem_free(&m);
        return good;

    case AIR_JSON_ARRAY:
        if (air_str_eqz(air_json_key(a, x), "tools")) {
            return meant_list(a, x, b, y);
        }

        if (x->count != y->count) {
            return 0;
        }

        i = air_json_first(a, x);
        k = air_json_first(b, y);

        while (i != NULL && meant(a, i, b, k)) {
            i = air_json_next(a, i);
            k = air_json_next(b, k);
        }

        return i == NULL;

    case AIR_JSON_OBJECT:
        return meant_object(a, x, b, y) && meant_object(b, y, a, x);

    default:
        return air_str_eq(air_json_raw(a, x), air_json_raw(b, y));
    }
}


/* ------------------------------------------------------------ recordings */


static unsigned  requests;


/* A recorded request, read and written again, means the same. */
static void
recorded(const char *name, air_str_t text)
{
    int                     rc;
    mem_t                   m;
    air_op_e                op;
    air_buf_t               b;
    air_mem_t               mem;
    air_str_t               path;
    air_error_t             error;
    air_target_t            target;
    air_json_doc_t          rec, doc, again;
    air_warnings_t          lost;
    air_msg_request_t       msg;
    const air_json_node_t  *root, *request, *body;

    mem = mem_init(&m, 0);
    memset(&lost, 0, sizeof(air_warnings_t));
    memset(&target, 0, sizeof(air_target_t));

    if (!parse(&rec, &mem, text)) {
        ok(0, "%s: is JSON", name);
        mem_free(&m);
        return;
    }

    root = air_json_root(&rec);
    request = air_json_given(&rec, root, "request");
    body = air_json_given(&rec, request, "body");

    if (body == NULL || body->type != AIR_JSON_OBJECT
        || (!air_json_is(&rec, air_json_get(&rec, root, "protocol"),
                         "gemini")
            && !air_json_is(&rec, air_json_get(&rec, root, "protocol"),
                            "gemini-embeddings")))
    {
        mem_free(&m);
        return;
    }

    requests++;
    path = air_json_raw(&rec, air_json_get(&rec, request, "path"));
    op = path.len > 12
         && memcmp(path.data + path.len - 12, ":countTokens", 12) == 0
         ? AIR_OP_COUNT_TOKENS
         : air_json_is(&rec, air_json_get(&rec, root, "protocol"), "gemini")
           ? AIR_OP_CHAT : AIR_OP_EMBEDDINGS;

    target.profile = air_profile_find(air_str_z(
        air_json_is(&rec, air_json_get(&rec, root, "vendor"), "vertex")
        ? "vertex" : "google"));

    (void) parse(&doc, &mem, air_json_raw(&rec, body));

    rc = CODEC.request_read(op, &doc, &mem, &msg, &error);

    if (rc != AIR_OK) {

        /* only what the vendor refused may be refused */

        ok(rc == AIR_EINVAL
           && air_json_raw(&rec, air_json_get(&rec,
                                     air_json_get(&rec, root, "response"),
                                     "status")).data[0] == '4',
           "%s: read (%d)", name, rc);
        mem_free(&m);
        return;
    }

    /* a batch names its model in each request */

    if (op == AIR_OP_EMBEDDINGS) {
        body = air_json_get(&doc, air_json_first(&doc,
                                air_json_get(&doc, air_json_root(&doc),
                                             "requests")), "model");
        path = body != NULL ? air_json_raw(&doc, body) : air_str_z("models/");
        target.model = air_str_n(path.data + 7, path.len - 7);
    }

    if (op == AIR_OP_COUNT_TOKENS) {
        target.profile = air_profile_find(air_str_z("vertex"));
    }

    air_buf_init(&b, &mem, BIG);
    rc = CODEC.request_write(&msg, &target, &b, &lost);

    ok(rc == AIR_OK && parse(&again, &mem, air_buf_view(&b))
       && meant(&doc, air_json_root(&doc), &again, air_json_root(&again)),
       "%s: there and back", name);

    ok(lost.n == 0, "%s: nothing lost", name);

    mem_free(&m);
}


static void
recordings(const char *folder)
{
    DIR            *dir;
    char            path[1024];
    air_str_t       text;
    struct dirent  *e;

    dir = opendir(folder);

    while (dir != NULL && (e = readdir(dir)) != NULL) {

        if (strstr(e->d_name, ".json") == NULL) {
            continue;
        }

        snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        text = file_read(path);
        recorded(e->d_name, text);
        free(text.data);
    }

    if (dir != NULL) {
        closedir(dir);
    }
}


/* ------------------------------------------------------- other requests */


/* A request of that wire for that model. */
static int
asked(const air_codec_t *from, const char *model, const char *profile,
    const char *text, const air_mem_t *mem, air_buf_t *b,
    air_warnings_t *lost)
{
    int                rc;
    air_op_e           op;
    air_error_t        error;
    air_target_t       target;
    air_json_doc_t     doc, second;
    air_msg_request_t  msg;

    air_buf_init(b, mem, BIG);
    memset(lost, 0, sizeof(air_warnings_t));
    memset(&target, 0, sizeof(air_target_t));

    target.model = air_str_z(model);
    target.profile = air_profile_find(air_str_z(profile));

    op = from == &air_codec_anthropic ? AIR_OP_MESSAGES : AIR_OP_CHAT;

    if (from == R) {
        op = AIR_OP_RESPONSES;

    } else if (strstr(text, "\"messages\"") == NULL) {
        op = AIR_OP_EMBEDDINGS;
    }

    if (!parse(&doc, mem, air_str_z(text))) {
        return AIR_EINVAL;
    }

    rc = from->request_read(op, &doc, mem, &msg, &error);

    if (rc != AIR_OK) {

        if (rc == AIR_EINVAL) {
            printf("#   %.*s\n", (int) error.message.len,
                   (char *) error.message.data);
        }

        return rc;
    }

    msg.op = op == AIR_OP_EMBEDDINGS ? op : AIR_OP_CHAT;
    rc = CODEC.request_write(&msg, &target, b, lost);

    return rc == AIR_OK && !parse(&second, mem, air_buf_view(b)) ? AIR_EINVAL
                                                                 : rc;
}


typedef struct {
    const char         *name;
    const air_codec_t  *from;
    const char         *model;
    const char         *text;
    const char         *want;     /* a piece of what is sent                */
    const char         *lost;     /* all that is told                       */
} row_t;


#define USER  "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
#define CALLS                                                                 \
    "{\"role\":\"user\",\"content\":\"hi\"},"                                 \
    "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":["               \
    "{\"id\":\"c1\",\"type\":\"function\",\"function\":"                      \
    "{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}},"                      \
    "{\"id\":\"c2\",\"type\":\"function\",\"function\":"                      \
    "{\"name\":\"g\",\"arguments\":\"\"}}]}"
#define TOOL                                                                  \
    "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\","         \
    "\"description\":\"d\",\"parameters\":{\"type\":\"object\","              \
    "\"properties\":{\"a\":{\"type\":\"string\",\"const\":\"x\"}},"           \
    "\"$schema\":\"s\",\"additionalProperties\":false}}}]"
#define UNSIGNED  "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="



static const row_t  rows[] = {
    { "text", O, "gemini-2.5-flash", "{\"model\":\"m\"," USER "}",
      "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]}]}",
      "" },
    { "instructions", O, "gemini-2.5-flash",
      "{\"model\":\"m\",\"messages\":[{\"role\":\"developer\",\"content\":"
      "\"A\"},{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"system\","
      "\"content\":\"B\"}]}",
      "\"systemInstruction\":{\"parts\":[{\"text\":\"A\"},{\"text\":\"B\"}]}",
      "messages=merged" },
    { "neighbours", O, "gemini-2.5-flash",
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
      "{\"role\":\"user\",\"content\":\"b\"},{\"role\":\"assistant\","
      "\"content\":\"c\"},{\"role\":\"assistant\",\"content\":\"d\"},"
      "{\"role\":\"user\",\"content\":\"e\"}]}",
      "[{\"role\":\"user\",\"parts\":[{\"text\":\"a\"},{\"text\":\"b\"}]},"
      "{\"role\":\"model\",\"parts\":[{\"text\":\"c\"},{\"text\":\"d\"}]},"
      "{\"role\":\"user\",\"parts\":[{\"text\":\"e\"}]}]", "" },
    { "nobody asked", O, "gemini-2.5-flash",
      "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"content\":"
      "\"c\"}]}",
      "[{\"role\":\"user\",\"parts\":[{\"text\":\"Begin.\"}]},"
      "{\"role\":\"model\"", "messages=added" },

    { "image, data", O, "gemini-2.5-flash",
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{"
      "\"type\":\"image_url\",\"image_url\":{\"url\":"
      "\"data:image/webp;base64,UklG\"}}]}]}",
      "{\"inlineData\":{\"mimeType\":\"image/webp\",\"data\":\"UklG\"}}",
      "" },
    { "image, URL", O, "gemini-2.5-flash",
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{"
      "\"type\":\"image_url\",\"image_url\":{\"url\":"
      "\"https://a.test/x.jpg?y=1\",\"detail\":\"high\"}}]}]}",
      "{\"fileData\":{\"mimeType\":\"image/jpeg\",\"fileUri\":"
      "\"https://a.test/x.jpg?y=1\"}}", "image_url.detail=no_such" },
    { "PDF and words", A, "gemini-2.5-flash",
      "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
      "\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"base64\","
      "\"media_type\":\"application/pdf\",\"data\":\"JVBE\"}},{\"type\":"
      "\"document\",\"title\":\"T\",\"source\":{\"type\":\"text\","
      "\"media_type\":\"text/plain\",\"data\":\"words\"}}]}]}",
      "{\"inlineData\":{\"mimeType\":\"application/pdf\",\"data\":\"JVBE\"}},"
      "{\"text\":\"T\\n\\nwords\"}", "document=merged" },
    { "audio", O, "gemini-2.5-flash",
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{"
      "\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AAAA\","
      "\"format\":\"mp3\"}}]}]}",
      "\"inlineData\":{\"mimeType\":\"audio/", "" },
    { "somebody's file", A, "gemini-2.5-flash",
      "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
      "\"content\":[{\"type\":\"text\",\"text\":\"t\"},{\"type\":\"image\","
      "\"source\":{\"type\":\"file\",\"file_id\":\"file_1\"}}]}]}",
      "[{\"text\":\"t\"}]", "image=issuer" },

    { "tools", O, "gemini-2.5-flash", "{\"model\":\"m\"," USER "," TOOL "}",
      "\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\","
      "\"description\":\"d\",\"parametersJsonSchema\":{\"type\":\"object\","
      "\"properties\":{\"a\":{\"type\":\"string\",\"enum\":[\"x\"]}},"
      "\"additionalProperties\":false}}]}]", "" },
    { "keywords", O, "gemini-2.5-flash",
      "{\"model\":\"m\"," USER ",\"tools\":[{\"type\":\"function\","
      "\"function\":{\"name\":\"f\",\"strict\":true,\"parameters\":{\"type\":"
      "\"object\",\"properties\":{\"a\":{\"not\":{},\"multipleOf\":2}}}}}]}",
      "\"properties\":{\"a\":{}}",
      "tools.parameters=changed, tools.strict=no_such" },
    { "no parameters", O, "gemini-2.5-flash",
      "{\"model\":\"m\"," USER ",\"tools\":[{\"type\":\"function\","
      "\"function\":{\"name\":\"f\"}}]}",
      "\"functionDeclarations\":[{\"name\":\"f\"}]", "" },
    { "another's tools", A, "gemini-2.5-flash",
      "{\"model\":\"m\",\"max_tokens\":9," USER ",\"tools\":[{\"type\":"
      "\"web_search_20250305\",\"name\":\"web_search\"}],\"tool_choice\":"
      "{\"type\":\"any\"}}", "\"contents\"", "tools=no_such" },
    { "choice: any", O, "gemini-2.5-flash",
      "{\"model\":\"m\"," USER "," TOOL ",\"tool_choice\":\"required\"}",
      "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\"}}", "" },
    { "choice: none", O, "gemini-2.5-flash",
      "{\"model\":\"m\"," USER "," TOOL ",\"tool_choice\":\"none\"}",
      "{\"functionCallingConfig\":{\"mode\":\"NONE\"}}", "" },
    { "choice: one", O, "gemini-2.5-flash",
      "{\"model\":\"m\"," USER "," TOOL ",\"tool_choice\":{\"type\":"
      "\"function\",\"function\":{\"name\":\"f\"}}}",
      "{\"mode\":\"ANY\",\"allowedFunctionNames\":[\"f\"]}", "" },
    { "one by one", O, "gemini-2.5-flash",
      "{\"model\":\"m\"," USER "," TOOL ",\"parallel_tool_calls\":false}",
      "\"tools\"", "parallel_tool_calls=no_such" },

    { "calls and results", O, "gemini-2.5-flash",
      "{\"model\":\"m\",\"messages\":[" CALLS ",{\"role\":\"tool\","
      "\"tool_call_id\":\"c1\",\"content\":\"{\\\"b\\\":2}\"},"
      "{\"role\":\"tool\",\"tool_call_id\":\"c2\",\"content\":\"15\"},"
      "{\"role\":\"user\",\"content\":\"so\"}]}",
      "{\"role\":\"model\",\"parts\":[{\"functionCall\":{\"id\":\"c1\","
      "\"name\":\"f\",\"args\":{\"a\":1}}},{\"functionCall\":{\"id\":\"c2\","
      "\"name\":\"g\",\"args\":{}}}]},{\"role\":\"user\",\"parts\":["
      "{\"functionResponse\":{\"id\":\"c1\",\"name\":\"f\",\"response\":"
      "{\"b\":2}}},{\"functionResponse\":{\"id\":\"c2\",\"name\":\"g\","
      "\"response\":{\"output\":\"15\"}}},{\"text\":\"so\"}]}", "" },
    { "results that list and fail", A, "gemini-2.5-flash",
      "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
      "\"content\":\"hi\"},{\"role\":\"assistant\",\"content\":[{\"type\":"
      "\"tool_use\",\"id\":\"t1\",\"name\":\"f\",\"input\":{}},{\"type\":"
      "\"tool_use\",\"id\":\"t2\",\"name\":\"g\",\"input\":{}}]},{\"role\":"
      "\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":"
      "\"t1\",\"content\":\"[1,2]\"},{\"type\":\"tool_result\","
      "\"tool_use_id\":\"t2\",\"is_error\":true,\"content\":\"no\"}]}]}",
      "\"name\":\"f\",\"response\":{\"output\":[1,2]}}},{\"functionResponse\""
      ":{\"id\":\"t2\",\"name\":\"g\",\"response\":{\"error\":\"no\"}}}",
      "" },
    { "an image in a result", A, "gemini-3-pro",
      "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
      "\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t1\","
      "\"content\":[{\"type\":\"text\",\"text\":\"see\"},{\"type\":\"image\","
      "\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\","
      "\"data\":\"AAAA\"}}]}]}]}",
      "\"response\":{\"output\":\"see\"},\"parts\":[{\"inlineData\":{"
      "\"mimeType\":\"image/png\",\"data\":\"AAAA\"}}]", "" },
    { "an image behind a result", A, "gemini-2.5-pro",
      "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
      "\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t1\","
      "\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\","
      "\"media_type\":\"image/png\",\"data\":\"AAAA\"}}]},{\"type\":"
      "\"tool_result\",\"tool_use_id\":\"t2\",\"content\":\"x\"}]}]}",
      "\"response\":{\"output\":\"\"}}},{\"functionResponse\":{\"id\":\"t2\","
      "\"name\":\"t2\",\"response\":{\"output\":\"x\"}}},{\"inlineData\"",
      "tool_result.content=changed" },
    { "unsigned calls", O, "gemini-3.5-flash",
      "{\"model\":\"m\",\"messages\":[" CALLS "]}",
      "\"args\":{\"a\":1}},\"thoughtSignature\":\"" UNSIGNED "\"},"
      "{\"functionCall\":{\"id\":\"c2\",\"name\":\"g\",\"args\":{}}}",
      "thought_signature=added" },
    { "broken arguments", O, "gemini-2.5-flash",
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"h\"},"
      "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c\",\"type\":"
      "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\"}}]"
      "}]}", "\"args\":{\"arguments\":\"{\\\"a\"}", "" },
    { "another's thinking", A, "gemini-3-pro",
      "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
      "\"content\":\"h\"},{\"role\":\"assistant\",\"content\":[{\"type\":"
      "\"thinking\",\"thinking\":\"t\",\"signature\":\"S\"},{\"type\":"
      "\"text\",\"text\":\"x\"}]}]}",
      "\"parts\":[{\"text\":\"x\"}]", "thinking=issuer" },

    { "settings", O, "gemini-2.5-flash",
      "{\"model\":\"m\"," USER ",\"temperature\":2,\"top_p\":0.5,\"top_k\":3,"
      "\"seed\":7,\"max_completion_tokens\":9,\"n\":2,\"stop\":[\"a\",\"b\"],"
      "\"presence_penalty\":0.5,\"frequency_penalty\":0,\"logprobs\":true,"
      "\"top_logprobs\":3}",
      "\"generationConfig\":{\"temperature\":2,\"topP\":0.5,\"topK\":3,"
      "\"seed\":7,\"presencePenalty\":0.5,\"maxOutputTokens\":9,"
      "\"candidateCount\":2,\"responseLogprobs\":true,\"logprobs\":3,"
      "\"stopSequences\":[\"a\",\"b\"]}", "" },
    { "what is too much", O, "gemini-2.5-flash",
      "{\"model\":\"m\"," USER ",\"n\":8,\"seed\":4294967296,\"stop\":"
      "[\"1\",\"2\",\"3\",\"4\"],\"presence_penalty\":-2}",
      "\"presencePenalty\":-2,\"candidateCount\":8,\"stopSequences\":",
      "seed=value" },
    { "what is lost", O, "gemini-2.5-flash",
      "{\"model\":\"m\"," USER ",\"min_p\":0.1,\"logit_bias\":{\"1\":2},"
      "\"user\":\"u\",\"metadata\":{\"a\":\"b\"},\"verbosity\":\"low\"}",
      "\"contents\"", NULL },
    { "stops of five", A, "gemini-2.5-flash",
      "{\"model\":\"m\",\"max_tokens\":9," USER ",\"stop_sequences\":"
      "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"]}",
      "\"stopSequences\":[\"1\",\"2\",\"3\",\"4\",\"5\"]", "stop=value" },
    { "marks of caches", A, "gemini-2.5-flash",
      "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
      "\"content\":[{\"type\":\"text\",\"text\":\"t\",\"cache_control\":"
      "{\"type\":\"ephemeral\"}}]}]}", "\"text\":\"t\"",
      "cache_control=no_such" },
    { "tier", O, "gemini-3-flash", "{\"model\":\"m\"," USER
      ",\"service_tier\":\"flex\"}", ",\"serviceTier\":\"flex\"}", "" },
    { "pictures", O, "gemini-3-pro-image", "{\"model\":\"m\"," USER
      ",\"modalities\":[\"text\",\"image\"]}",
      "\"responseModalities\":[\"TEXT\",\"IMAGE\"]", "" },

    { "JSON", O, "gemini-2.5-flash", "{\"model\":\"m\"," USER
      ",\"response_format\":{\"type\":\"json_object\"}}",
      "{\"responseMimeType\":\"application/json\"}", "" },
    { "schema", O, "gemini-2.5-flash", "{\"model\":\"m\"," USER
      ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
      "{\"name\":\"n\",\"schema\":{\"type\":\"object\",\"allOf\":[]}}}}",
      "{\"responseMimeType\":\"application/json\",\"responseJsonSchema\":"
      "{\"type\":\"object\"}}", "response_format.schema=changed" },
    { "schema beside functions", O, "gemini-3-flash",
      "{\"model\":\"m\"," USER "," TOOL ",\"response_format\":{\"type\":"
      "\"json_object\"}}", "\"responseMimeType\":\"application/json\"", "" },
    { "schema beside functions, before", O, "gemini-2.5-pro",
      "{\"model\":\"m\"," USER "," TOOL ",\"response_format\":{\"type\":"
      "\"json_object\"}}",
      "\"systemInstruction\":{\"parts\":[{\"text\":\"Answer with one JSON ",
      "response_format=changed" },

    { "budget", A, "gemini-2.5-flash", "{\"model\":\"m\",\"max_tokens\":9,"
      USER ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}}",
      "\"thinkingConfig\":{\"thinkingBudget\":2048,\"includeThoughts\":true}",
      "" },
    { "budget, cut", A, "gemini-2.5-flash",
      "{\"model\":\"m\",\"max_tokens\":9," USER ",\"thinking\":{\"type\":"
      "\"enabled\",\"budget_tokens\":32000}}", "\"thinkingBudget\":24576",
      "reasoning.max_tokens=changed" },
    { "a budget is a level", A, "gemini-3-flash",
      "{\"model\":\"m\",\"max_tokens\":9," USER ",\"thinking\":{\"type\":"
      "\"enabled\",\"budget_tokens\":8000}}",
      "{\"thinkingLevel\":\"medium\",\"includeThoughts\":true}",
      "reasoning.max_tokens=changed" },
    { "as it likes", A, "gemini-2.5-pro", "{\"model\":\"m\",\"max_tokens\":9,"
      USER ",\"thinking\":{\"type\":\"adaptive\"}}",
      "{\"thinkingBudget\":-1,\"includeThoughts\":true}", "" },
    { "effort", O, "gemini-2.5-pro", "{\"model\":\"m\"," USER
      ",\"reasoning_effort\":\"medium\"}", "\"thinkingBudget\":8192", "" },
    { "level", O, "gemini-3.1-pro-preview", "{\"model\":\"m\"," USER
      ",\"reasoning_effort\":\"medium\"}", "\"thinkingLevel\":\"medium\"",
      "" },
    { "no such level", O, "gemini-3-pro-preview", "{\"model\":\"m\"," USER
      ",\"reasoning_effort\":\"medium\"}", "\"thinkingLevel\":\"high\"",
      "reasoning_effort=changed" },
    { "above all levels", O, "gemini-4-argon", "{\"model\":\"m\"," USER
      ",\"reasoning_effort\":\"xhigh\"}", "\"thinkingLevel\":\"high\"",
      "reasoning_effort=changed" },
    { "no thinking", O, "gemini-2.5-flash", "{\"model\":\"m\"," USER
      ",\"reasoning_effort\":\"none\"}",
      "\"thinkingConfig\":{\"thinkingBudget\":0}}", "" },
    { "no thinking, in vain", O, "gemini-2.5-pro", "{\"model\":\"m\"," USER
      ",\"reasoning_effort\":\"none\"}", "{\"thinkingBudget\":128}",
      "reasoning_effort=model" },
    { "as little as can be", O, "gemini-3-flash", "{\"model\":\"m\"," USER
      ",\"reasoning_effort\":\"none\"}", "{\"thinkingLevel\":\"minimal\"}",
      "reasoning_effort=model" },
    { "never", O, "gemini-2.0-flash", "{\"model\":\"m\"," USER
      ",\"reasoning_effort\":\"low\"}", "\"contents\"",
      "reasoning_effort=model" },
    { "nobody's", O, "gemma-3", "{\"model\":\"m\"," USER
      ",\"reasoning_effort\":\"low\"}", "\"thinkingBudget\":1024", "" },

    { "inputs", O, "e-1", "{\"model\":\"m\",\"input\":[\"a\",\"b\"],"
      "\"dimensions\":3,\"input_type\":\"search_query\"}",
      "{\"requests\":[{\"model\":\"models/e-1\",\"content\":{\"parts\":[{"
      "\"text\":\"a\"}]},\"taskType\":\"RETRIEVAL_QUERY\","
      "\"outputDimensionality\":3},{\"model\"", "" }
};


static void
test_rows(void)
{
    int             rc;
    mem_t           m;
    size_t          i;
    air_buf_t       b, said;
    air_mem_t       mem;
    air_warnings_t  lost;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {

        mem = mem_init(&m, 0);
        rc = asked(rows[i].from, rows[i].model, "google", rows[i].text, &mem,
                   &b, &lost);

        ok(rc == AIR_OK && has(&b, rows[i].want), "%s (%d)", rows[i].name,
           rc);

        if (rows[i].lost != NULL) {
            air_buf_init(&said, &mem, BIG);
            told(&lost, &said);
            is_str(air_buf_view(&said), rows[i].lost, "%s, told",
                   rows[i].name);
        }

        mem_free(&m);
    }

    mem = mem_init(&m, 0);

    rc = asked(O, "e-1", "vertex", "{\"model\":\"m\",\"input\":\"a\","
               "\"dimensions\":3,\"input_type\":\"clustering\"}", &mem, &b,
               &lost);
    ok(rc == AIR_OK
       && has(&b, "{\"instances\":[{\"content\":\"a\",\"task_type\":"
                  "\"CLUSTERING\"}],\"parameters\":"
                  "{\"outputDimensionality\":3}}"), "inputs, Vertex");

    rc = asked(O, "e-1", "google", "{\"model\":\"m\",\"input\":[[1,2]]}",
               &mem, &b, &lost);
    is(rc, AIR_EUNSUP, "token ids cannot be said");

    rc = asked(O, "gemini-3-flash", "vertex", "{\"model\":\"m\"," USER
               ",\"service_tier\":\"priority\"}", &mem, &b, &lost);
    ok(rc == AIR_OK && lost.n == 1 && lost.w[0].why == AIR_LOST_NO_SUCH,
       "no tier at Vertex");

    mem_free(&m);
}


/* --------------------------------------------------------------- counting */


static void
test_count(void)
{
    mem_t              m;
    air_buf_t          b;
    air_mem_t          mem;
    air_note_t         note;
    air_error_t        error;
    air_target_t       target;
    air_json_doc_t     doc;
    air_warnings_t     lost;
    air_msg_reply_t    reply;
    air_msg_request_t  msg;

    mem = mem_init(&m, 0);
    memset(&lost, 0, sizeof(air_warnings_t));
    memset(&target, 0, sizeof(air_target_t));

    target.model = air_str_z("gemini-x");
    target.profile = air_profile_find(air_str_z("google"));

    (void) parse(&doc, &mem, air_str_z("{\"model\":\"m\",\"system\":\"S\","
                 USER "," "\"tools\":[{\"name\":\"f\",\"input_schema\":"
                 "{\"type\":\"object\"}}],\"tool_choice\":{\"type\":"
                 "\"any\"}}"));
    is(air_codec_anthropic.request_read(AIR_OP_COUNT_TOKENS, &doc, &mem,
                                        &msg, &error), AIR_OK, "count: read");

    air_buf_init(&b, &mem, BIG);
    is(CODEC.request_write(&msg, &target, &b, &lost), AIR_OK, "count: sent");
    ok(has(&b, "{\"generateContentRequest\":{\"model\":\"models/gemini-x\","
               "\"contents\":[")
       && has(&b, "\"systemInstruction\"") && has(&b, "\"tools\"")
       && strstr(text_of(&b), "toolConfig") == NULL, "count: wrapped");

    target.profile = air_profile_find(air_str_z("vertex"));
    air_buf_init(&b, &mem, BIG);
    (void) CODEC.request_write(&msg, &target, &b, &lost);
    ok(strncmp(text_of(&b), "{\"contents\":[", 13) == 0, "count: at Vertex");

    (void) parse(&doc, &mem, air_str_z("{\"totalTokens\":36}"));
    is(CODEC.reply_read(AIR_OP_COUNT_TOKENS, &doc, target.profile, &mem,
                        &reply, &error), AIR_OK, "count: answer");
    is(air_usage_input(&reply.usage), 36, "count: tokens");

    air_note_init(&note);
    CODEC.reply_note(AIR_OP_COUNT_TOKENS, &doc, target.profile, &note);
    ok(note.what & AIR_NOTE_CONTENT, "count: an answer");

    (void) parse(&doc, &mem, air_str_z("{}"));
    is(CODEC.reply_read(AIR_OP_COUNT_TOKENS, &doc, target.profile, &mem,
                        &reply, &error), AIR_EINVAL, "count: none");

    mem_free(&m);
}


/* --------------------------------------------------------------- replies */


/* A reply to a caller of that codec. */
static int
replied(const air_codec_t *to, const char *text, const air_mem_t *mem,
    air_buf_t *b, air_msg_reply_t *msg)
{
    int             rc;
    air_error_t     error;
    air_json_doc_t  doc;

    air_buf_init(b, mem, BIG);

    if (!parse(&doc, mem, air_str_z(text))) {
        return AIR_EINVAL;
    }

    rc = CODEC.reply_read(AIR_OP_CHAT, &doc,
                          air_profile_find(air_str_z("google")), mem, msg,
                          &error);
    if (rc != AIR_OK) {
        return rc;
    }

    msg->op = to == A ? AIR_OP_MESSAGES : to == R ? AIR_OP_RESPONSES
                                                 : AIR_OP_CHAT;

    return to->reply_write(msg, b);
}


#define CANDIDATE(parts, reason)                                              \
    "{\"candidates\":[{\"content\":{\"parts\":[" parts "],\"role\":"          \
    "\"model\"},\"finishReason\":\"" reason "\"}],\"responseId\":\"r1\","     \
    "\"modelVersion\":\"gemini-3-flash\"}"


static void
test_finish(void)
{
    mem_t            m;
    size_t           i;
    air_buf_t        b;
    air_mem_t        mem;
    air_note_t       note;
    air_json_doc_t   doc;
    air_msg_reply_t  msg;

    static const struct {
        const char    *reason;
        air_finish_e   finish;
        air_finish_e   calls;
    }  reasons[] = {
        { "STOP", AIR_FINISH_STOP, AIR_FINISH_TOOL_CALLS },
        { "MAX_TOKENS", AIR_FINISH_LENGTH, AIR_FINISH_LENGTH },
        { "SAFETY", AIR_FINISH_CONTENT_FILTER, AIR_FINISH_CONTENT_FILTER },
        { "RECITATION", AIR_FINISH_CONTENT_FILTER,
          AIR_FINISH_CONTENT_FILTER },
        { "PROHIBITED_CONTENT", AIR_FINISH_CONTENT_FILTER,
          AIR_FINISH_CONTENT_FILTER },
        { "BLOCKLIST", AIR_FINISH_CONTENT_FILTER, AIR_FINISH_CONTENT_FILTER },
        { "SPII", AIR_FINISH_CONTENT_FILTER, AIR_FINISH_CONTENT_FILTER },
        { "MALFORMED_FUNCTION_CALL", AIR_FINISH_ERROR, AIR_FINISH_ERROR },
        { "UNEXPECTED_TOOL_CALL", AIR_FINISH_ERROR, AIR_FINISH_TOOL_CALLS },
        { "SOMETHING_NEW", AIR_FINISH_OTHER, AIR_FINISH_OTHER }
    };

    for (i = 0; i < 2 * sizeof(reasons) / sizeof(reasons[0]); i++) {

        mem = mem_init(&m, 0);
        air_buf_init(&b, &mem, BIG);

        air_buf_z(&b, "{\"candidates\":[{\"content\":{\"parts\":[");
        air_buf_z(&b, i & 1 ? "{\"functionCall\":{\"name\":\"f\"}}"
                            : "{\"text\":\"x\"}");
        air_buf_z(&b, "]},\"finishReason\":\"");
        air_buf_z(&b, reasons[i / 2].reason);
        air_buf_z(&b, "\"}]}");

        (void) parse(&doc, &mem, air_buf_view(&b));
        air_note_init(&note);
        CODEC.reply_note(AIR_OP_CHAT, &doc, NULL, &note);

        is(note.finish, i & 1 ? reasons[i / 2].calls : reasons[i / 2].finish,
           "%s%s, noted", reasons[i / 2].reason, i & 1 ? " with calls" : "");

        is(replied(O, text_of(&b), &mem, &b, &msg), AIR_OK, "%s read",
           reasons[i / 2].reason);
        is(msg.choices->finish, note.finish, "%s means the same",
           reasons[i / 2].reason);
        is_str(msg.choices->native, reasons[i / 2].reason, "%s is kept",
               reasons[i / 2].reason);

        mem_free(&m);
    }
}


static void
test_replies(void)
{
    mem_t            m;
    air_buf_t        b;
    air_mem_t        mem;
    air_note_t       note;
    air_json_doc_t   doc;
    air_msg_reply_t  msg;

    static const char  blocked[] =
        "{\"promptFeedback\":{\"blockReason\":\"PROHIBITED_CONTENT\"},"
        "\"usageMetadata\":{\"promptTokenCount\":5,\"totalTokenCount\":5}}";

    mem = mem_init(&m, 0);

    is(replied(O, blocked, &mem, &b, &msg), AIR_OK, "a blocked prompt");
    ok(has(&b, "\"finish_reason\":\"content_filter\"")
       && has(&b, "\"native_finish_reason\":\"PROHIBITED_CONTENT\"")
       && has(&b, "\"prompt_tokens\":5"), "is filtered");

    (void) parse(&doc, &mem, air_str_z(blocked));
    air_note_init(&note);
    CODEC.reply_note(AIR_OP_CHAT, &doc, NULL, &note);
    is(note.finish, AIR_FINISH_CONTENT_FILTER, "and noted so");
    ok((note.what & AIR_NOTE_FINISH) && !(note.what & AIR_NOTE_CONTENT),
       "and says nothing");

    is(replied(A, blocked, &mem, &b, &msg), AIR_OK, "a blocked prompt, too");
    ok(has(&b, "\"stop_reason\":\"refusal\""), "is a refusal");

    is(replied(O, "{\"candidates\":[]}", &mem, &b, &msg), AIR_EINVAL,
       "no answer");
    is(replied(O, "{\"error\":{\"code\":503,\"message\":\"m\",\"status\":"
               "\"UNAVAILABLE\"}}", &mem, &b, &msg), AIR_EINVAL, "an error");

    is(replied(O, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":"
               "\"a\"}]},\"finishReason\":\"STOP\"},{\"content\":{\"parts\":"
               "[{\"text\":\"b\"}]},\"finishReason\":\"STOP\",\"index\":1}]}",
               &mem, &b, &msg), AIR_OK, "two candidates");
    ok(has(&b, "\"index\":0") && has(&b, "\"content\":\"b\"")
       && has(&b, "\"index\":1"), "are two choices");

    is(replied(O, CANDIDATE("{\"functionCall\":{\"name\":\"f\",\"args\":"
                            "{\"a\":[1,2]}}},{\"functionCall\":{\"name\":"
                            "\"f\",\"id\":\"own\"}}", "STOP"), &mem, &b,
               &msg), AIR_OK, "calls");
    ok(has(&b, "\"id\":\"gcall_") && has(&b, "_0\",\"type\":\"function\"")
       && has(&b, "\"id\":\"own\"")
       && has(&b, "\"arguments\":\"{\\\"a\\\":[1,2]}\"")
       && has(&b, "\"arguments\":\"{}\"")
       && has(&b, "\"finish_reason\":\"tool_calls\""), "have ids");

    is(replied(O, CANDIDATE("{\"inlineData\":{\"mimeType\":\"image/png\","
                            "\"data\":\"AAAA\"}}", "STOP"), &mem, &b, &msg),
       AIR_OK, "a picture");
    ok(has(&b, "\"url\":\"data:image/png;base64,AAAA\""), "is shown");

    is(replied(O, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":"
               "\"Paris.\"}]},\"finishReason\":\"STOP\",\"groundingMetadata\""
               ":{\"webSearchQueries\":[\"q\",\"r\"],\"groundingChunks\":["
               "{\"web\":{\"uri\":\"https://a.test\",\"title\":\"A\"}},"
               "{\"retrievedContext\":{\"text\":\"t\"}}],\"groundingSupports\""
               ":[{\"segment\":{\"endIndex\":6,\"text\":\"Paris.\"},"
               "\"groundingChunkIndices\":[0,1,7]}]},\"citationMetadata\":"
               "{\"citations\":[{\"startIndex\":1,\"endIndex\":3,\"uri\":"
               "\"https://b.test\"}]}}],\"modelVersion\":\"gemini-3-pro\","
               "\"usageMetadata\":{\"promptTokenCount\":1}}", &mem, &b,
               &msg), AIR_OK, "sources");
    ok(has(&b, "\"url\":\"https://a.test\",\"title\":\"A\",\"content\":"
               "\"Paris.\",\"start_index\":0,\"end_index\":6")
       && has(&b, "\"url\":\"https://b.test\""), "are cited");
    is(msg.usage.fee[AIR_FEE_SEARCH], 2, "a fee a query");

    is(replied(O, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":"
               "\"x\"}]},\"finishReason\":\"STOP\",\"logprobsResult\":"
               "{\"chosenCandidates\":[{\"token\":\"x\",\"logProbability\":"
               "-0.5}],\"topCandidates\":[{\"candidates\":[{\"token\":\"x\","
               "\"logProbability\":-0.5},{\"token\":\"y\","
               "\"logProbability\":-2}]}]}}]}", &mem, &b, &msg), AIR_OK,
       "logprobs");
    ok(has(&b, "\"logprobs\":{\"content\":[{\"token\":\"x\",\"logprob\":-0.5,"
               "\"bytes\":null,\"top_logprobs\":[{\"token\":\"x\",\"logprob\""
               ":-0.5,\"bytes\":null},{\"token\":\"y\",\"logprob\":-2,"
               "\"bytes\":null}]}]"), "as OpenAI has them");

    mem_free(&m);
}


/* ------------------------------------------------------------ signatures */


#define SIGNED                                                                \
    CANDIDATE("{\"text\":\"T\",\"thought\":true,\"thoughtSignature\":"        \
              "\"SIG0\"},{\"text\":\"Hello.\",\"thoughtSignature\":"          \
              "\"SIG1\"},{\"functionCall\":{\"name\":\"f\",\"args\":{}},"     \
              "\"thoughtSignature\":\"SIG2\"},{\"functionCall\":{\"name\":"   \
              "\"g\",\"args\":{}}}", "STOP")


/* What a caller heard, said again in its next request, for that model. */
static int
said_again(const air_codec_t *caller, air_str_t heard, const char *model,
    const air_mem_t *mem, air_buf_t *b, air_warnings_t *lost)
{
    air_buf_t               next;
    air_json_doc_t          doc;
    const air_json_node_t  *node;

    air_buf_init(&next, mem, BIG);

    if (!parse(&doc, mem, heard)) {
        return AIR_EINVAL;
    }

    if (caller == R) {
        node = air_json_get(&doc, air_json_root(&doc), "output");
        heard = air_json_raw(&doc, node);

        air_buf_z(&next, "{\"model\":\"m\",\"input\":[{\"role\":\"user\","
                         "\"content\":\"hi\"},");
        air_buf_str(&next, air_str_n(heard.data + 1, heard.len - 1));
        air_buf_z(&next, "}");

        return asked(caller, model, "google", text_of(&next), mem, b, lost);
    }

    air_buf_z(&next, "{\"model\":\"m\",\"max_tokens\":9,\"messages\":["
                     "{\"role\":\"user\",\"content\":\"hi\"},");

    if (caller == A) {
        node = air_json_get(&doc, air_json_root(&doc), "content");
        air_buf_z(&next, "{\"role\":\"assistant\",\"content\":");
        air_buf_str(&next, air_json_raw(&doc, node));
        air_buf_z(&next, "}");

    } else {
        node = air_json_get(&doc, air_json_root(&doc), "choices");
        node = air_json_get(&doc, air_json_first(&doc, node), "message");
        air_buf_str(&next, air_json_raw(&doc, node));
    }

    air_buf_z(&next, "]}");

    return asked(caller, model, "google", text_of(&next), mem, b, lost);
}


static void
test_signatures(void)
{
    mem_t               m;
    unsigned            i;
    air_buf_t           b, back;
    air_mem_t           mem;
    air_warnings_t      lost;
    air_msg_reply_t     msg;

    static const air_codec_t *const  callers[] = { O, A, R };

    for (i = 0; i < 3; i++) {

        mem = mem_init(&m, 0);

        is(replied(callers[i], SIGNED, &mem, &b, &msg), AIR_OK,
           "signed, for a caller of %s", callers[i]->name);
        is(said_again(callers[i], air_buf_view(&b), "gemini-3-flash", &mem,
                      &back, &lost), AIR_OK, "and said again");

        ok(has(&back, "{\"text\":\"T\",\"thought\":true,"
                      "\"thoughtSignature\":\"SIG0\"}"), "thought signed");
        ok(has(&back, callers[i] == R
                      ? "{\"text\":\"Hello.\"},{\"text\":\"\","
                        "\"thoughtSignature\":\"SIG1\"}"
                      : "{\"text\":\"Hello.\",\"thoughtSignature\":"
                        "\"SIG1\"}"), "text signed");
        ok(has(&back, "{\"functionCall\":{\"name\":\"f\",\"args\":{}},"
                      "\"thoughtSignature\":\"SIG2\"},"
                      "{\"functionCall\":{\"name\":\"g\",\"args\":{}}}]"),
           "call signed, the other is not");
        is(lost.n, 0, "nothing lost");

        mem_free(&m);
    }

    /* clients that keep one of the two forms of a call's signature */

    mem = mem_init(&m, 0);

    (void) asked(O, "gemini-3-flash", "google", "{\"model\":\"m\","
                 "\"messages\":[{\"role\":\"user\",\"content\":\"h\"},"
                 "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c\","
                 "\"type\":\"function\",\"function\":{\"name\":\"f\","
                 "\"arguments\":\"{}\"},\"extra_content\":{\"google\":"
                 "{\"thought_signature\":\"SIG\"}}}]}]}", &mem, &b, &lost);
    ok(has(&b, "\"thoughtSignature\":\"SIG\"") && lost.n == 0,
       "in the call alone");

    (void) asked(O, "gemini-3-flash", "google", "{\"model\":\"m\","
                 "\"messages\":[{\"role\":\"user\",\"content\":\"h\"},"
                 "{\"role\":\"assistant\",\"content\":\"t\","
                 "\"reasoning_details\":[{\"type\":\"reasoning.encrypted\","
                 "\"data\":\"SIG\",\"id\":\"c\",\"format\":"
                 "\"google-gemini-v1\"}],\"tool_calls\":[{\"id\":\"c\","
                 "\"type\":\"function\",\"function\":{\"name\":\"f\","
                 "\"arguments\":\"{}\"}}]}]}", &mem, &b, &lost);
    ok(has(&b, "{\"text\":\"t\"},{\"functionCall\"")
       && has(&b, "\"thoughtSignature\":\"SIG\"") && lost.n == 0,
       "in the details alone");

    /* a wire that has sealed thinking only, with names of its own */

    (void) asked(A, "gemini-3-flash", "google", "{\"model\":\"m\","
                 "\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
                 "\"content\":\"h\"},{\"role\":\"assistant\",\"content\":["
                 "{\"type\":\"text\",\"text\":\"t\"},{\"type\":"
                 "\"redacted_thinking\",\"data\":\"air:gemini:A\"},"
                 "{\"type\":\"redacted_thinking\",\"data\":"
                 "\"air:gemini:B\"},{\"type\":\"tool_use\",\"id\":\"c\","
                 "\"name\":\"f\",\"input\":{}},{\"type\":"
                 "\"redacted_thinking\",\"data\":\"air:gemini:C\"}]}]}",
                 &mem, &b, &lost);
    ok(has(&b, "[{\"text\":\"t\"},{\"text\":\"\",\"thoughtSignature\":"
               "\"A\"},{\"functionCall\":{\"id\":\"c\",\"name\":\"f\","
               "\"args\":{}},\"thoughtSignature\":\"B\"},{\"text\":\"\","
               "\"thoughtSignature\":\"C\"}]") && lost.n == 0,
       "sealed before a call is the call's, else a text's");

    (void) asked(O, "gemini-3-flash", "google", "{\"model\":\"m\","
                 "\"messages\":[{\"role\":\"user\",\"content\":\"h\"},"
                 "{\"role\":\"assistant\",\"reasoning_details\":[{\"type\":"
                 "\"reasoning.encrypted\",\"data\":\"SIG\",\"id\":\"rs_1\","
                 "\"format\":\"google-gemini-v1\"}]},{\"role\":"
                 "\"assistant\",\"tool_calls\":[{\"id\":\"c\",\"type\":"
                 "\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
                 "\"{}\"}}]}]}", &mem, &b, &lost);
    ok(has(&b, "\"args\":{}},\"thoughtSignature\":\"SIG\"}]")
       && lost.n == 0, "also in the message before it");

    mem_free(&m);
}


/* --------------------------------------------------------------- streams */


/* Events, one a line, to a caller of that codec. */
static int
streamed(const air_codec_t *to, const char *text, const air_mem_t *mem,
    air_buf_t *b, air_note_t *note, air_stream_t **out)
{
    int              rc;
    unsigned         i;
    air_sse_t        sse;
    air_delta_t      end;
    air_deltas_t     deltas;
    air_stream_t    *st;
    unsigned char   *pos, *last;
    air_json_doc_t   doc;
    air_sse_event_t  ev;

    air_note_init(note);
    air_buf_init(b, mem, BIG);
    air_json_init(&doc, mem);
    air_deltas_init(&deltas, mem);
    air_sse_init(&sse, mem, 1 << 20);

    st = air_mem_get(mem, sizeof(air_stream_t));

    if (st == NULL) {
        return AIR_ENOMEM;
    }

    *out = st;
    air_stream_init(st, mem, to == A ? AIR_OP_MESSAGES
                             : to == R ? AIR_OP_RESPONSES : AIR_OP_CHAT);
    st->want_usage = 1;

    pos = (unsigned char *) text;
    last = pos + strlen(text);

    while ((rc = air_sse_feed(&sse, &pos, last, &ev)) == AIR_OK) {

        rc = CODEC.event_note(&ev, NULL, &doc, note);

        if (rc == AIR_OK) {
            rc = CODEC.event_read(st, &ev, NULL, &deltas);
        }

        for (i = 0; i < deltas.n && rc == AIR_OK; i++) {
            rc = to->event_write(st, &deltas.d[i], b);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    if (rc == AIR_ENOMEM) {
        return rc;
    }

    memset(&end, 0, sizeof(air_delta_t));
    end.type = AIR_DELTA_END;

    return to->event_write(st, &end, b);
}


#define PART(parts)                                                           \
    "data: {\"candidates\":[{\"content\":{\"parts\":[" parts "],\"role\":"    \
    "\"model\"}}],\"responseId\":\"r1\",\"modelVersion\":\"gemini-3\"}\r\n"   \
    "\r\n"
#define LAST                                                                  \
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\","         \
    "\"thoughtSignature\":\"END\"}],\"role\":\"model\"},\"finishReason\":"    \
    "\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":3,"                   \
    "\"candidatesTokenCount\":2,\"totalTokenCount\":5}}\r\n\r\n"


static void
test_streams(void)
{
    mem_t          m;
    air_buf_t      b;
    air_mem_t      mem;
    air_note_t     note;
    air_stream_t  *st;

    mem = mem_init(&m, 0);

    is(streamed(A, PART("{\"text\":\"T\",\"thought\":true}")
                PART("{\"text\":\"Hel\"}") PART("{\"text\":\"lo\"}") LAST,
                &mem, &b, &note, &st), AIR_OK, "a stream");
    ok(has(&b, "\"thinking_delta\",\"thinking\":\"T\"")
       && has(&b, "\"text_delta\",\"text\":\"Hel\"")
       && has(&b, "\"text_delta\",\"text\":\"lo\"")
       && has(&b, "\"signature\":\"air:gemini:END\"")
       && has(&b, "\"stop_reason\":\"end_turn\"")
       && has(&b, "event: message_stop"), "in blocks");
    ok(st->lost.n == 0, "nothing lost");
    ok(note.usage.seen && !note.usage.estimated, "usage is the vendor's");

    is(streamed(A, PART("{\"functionCall\":{\"name\":\"f\",\"args\":{\"a\":1}"
                        "},\"thoughtSignature\":\"S\"},{\"functionCall\":"
                        "{\"name\":\"g\",\"args\":{}}}") LAST, &mem, &b,
                &note, &st), AIR_OK, "calls");
    ok(has(&b, "\"redacted_thinking\",\"data\":\"air:gemini:S\"")
       && has(&b, "\"partial_json\":\"{\\\"a\\\":1}\"")
       && has(&b, "\"name\":\"g\"") && has(&b, "\"stop_reason\":\"tool_use\"")
       && st->lost.n == 0, "signed, each whole");
    is(note.finish, AIR_FINISH_TOOL_CALLS, "noted as calls");

    is(streamed(O, PART("{\"functionCall\":{\"name\":\"f\",\"args\":{}},"
                        "\"thoughtSignature\":\"S\"}") LAST, &mem, &b, &note,
                &st), AIR_OK, "a call");
    ok(has(&b, "\"extra_content\":{\"google\":{\"thought_signature\":\"S\"}}")
       && has(&b, "\"reasoning.encrypted\",\"data\":\"S\",\"id\":\"gcall_")
       && has(&b, "\"finish_reason\":\"tool_calls\"")
       && has(&b, "\"arguments\":\"{}\""), "signed in both ways");

    is(streamed(R, PART("{\"functionCall\":{\"name\":\"f\",\"args\":{}},"
                        "\"thoughtSignature\":\"S\"}") LAST, &mem, &b, &note,
                &st), AIR_OK, "a call as an item");
    ok(has(&b, "\"encrypted_content\":\"air:gemini:S\"") && st->lost.n == 0,
       "signed by the item before it");

    is(streamed(O, PART("{\"functionCall\":{\"name\":\"f\",\"id\":\"i\","
                        "\"willContinue\":true}}")
                PART("{\"functionCall\":{\"partialArgs\":[{\"jsonPath\":"
                     "\"$.a[1].b\",\"stringValue\":\"x\\\"\","
                     "\"willContinue\":true}],\"willContinue\":true}}")
                PART("{\"functionCall\":{\"partialArgs\":[{\"jsonPath\":"
                     "\"$.a[1].b\",\"stringValue\":\"y\"},{\"jsonPath\":"
                     "\"$['c d']\",\"numberValue\":0.5},{\"jsonPath\":"
                     "\"$.e\",\"boolValue\":true},{\"jsonPath\":\"$.f\","
                     "\"nullValue\":\"NULL_VALUE\"}],\"willContinue\":true}}")
                PART("{\"functionCall\":{}}")
                PART("{\"functionCall\":{\"name\":\"g\",\"args\":{}}}") LAST,
                &mem, &b, &note, &st), AIR_OK, "arguments in pieces");
    ok(has(&b, "\"arguments\":\"{\\\"a\\\":[null,{\\\"b\\\":\\\"x\\\\\\\"y"
               "\\\"}],\\\"c d\\\":0.5,\\\"e\\\":true,\\\"f\\\":null}\"")
       && has(&b, "\"name\":\"g\""), "are put together");

    is(streamed(O, "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}"
                "\n\n", &mem, &b, &note, &st), AIR_OK, "a blocked prompt");
    ok(has(&b, "\"finish_reason\":\"content_filter\",\"native_finish_reason\""
               ":\"SAFETY\""), "ends so");
    is(note.finish, AIR_FINISH_CONTENT_FILTER, "noted so");

    is(streamed(O, PART("{\"text\":\"a\"}")
                "data: {\"error\":{\"code\":503,\"message\":\"m\","
                "\"status\":\"UNAVAILABLE\"}}\n\n", &mem, &b, &note, &st),
       AIR_OK, "an error in mid-stream");
    ok((note.all & AIR_NOTE_ERROR) != 0, "is noted");

    is(streamed(O, "data: {\"candidates\":[{\"content\":{\"parts\":[{"
                "\"text\":\"a\"}]},\"index\":0},{\"content\":{\"parts\":[{"
                "\"text\":\"b\"}]},\"index\":1,\"finishReason\":\"STOP\"}]}"
                "\n\ndata: {\"candidates\":[{\"index\":0,\"finishReason\":"
                "\"MAX_TOKENS\"}]}\n\n", &mem, &b, &note, &st), AIR_OK,
       "two candidates");
    ok(has(&b, "{\"index\":1,\"delta\":{\"role\":\"assistant\",\"content\":"
               "\"b\"}") && has(&b, "\"finish_reason\":\"length\""),
       "are two choices");

    /* Vertex tells the traffic first, and tokens in the end */

    is(streamed(O, "data: {\"candidates\":[{\"content\":{\"parts\":[{"
                "\"text\":\"abcdefgh\"}]}}],\"usageMetadata\":{"
                "\"trafficType\":\"ON_DEMAND_FLEX\"}}\n\n", &mem, &b, &note,
                &st), AIR_OK, "traffic alone");
    ok(!note.usage.seen, "tells no tokens");

    is(streamed(O, PART("{\"text\":\"a\"}")
                "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":"
                "\"some words that were said\"}]}}],\"usageMetadata\":{"
                "\"promptTokenCount\":7,\"totalTokenCount\":7}}\n\n", &mem,
                &b, &note, &st), AIR_OK, "a stream that is cut");
    ok(note.usage.seen && note.usage.estimated && note.usage.n[AIR_IN] == 7
       && note.usage.n[AIR_OUT] > 3, "has an exact input, and an estimate");

    mem_free(&m);
}


/* ----------------------------------------------------------------- usage */


static void
usage(const char *name, const char *text, const char *want)
{
    mem_t           m;
    unsigned        i;
    air_buf_t       b;
    air_mem_t       mem;
    air_note_t      note;
    air_json_doc_t  doc;

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, BIG);

    air_buf_z(&b, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}"
                  "]}}],\"usageMetadata\":");
    air_buf_z(&b, text);
    air_buf_z(&b, "}");

    (void) parse(&doc, &mem, air_buf_view(&b));
    air_note_init(&note);
    CODEC.reply_note(AIR_OP_CHAT, &doc, NULL, &note);

    air_buf_init(&b, &mem, BIG);

    for (i = 0; i < AIR_NCLASS; i++) {
        if (note.usage.n[i] != 0) {
            air_buf_z(&b, air_class_name((air_class_e) i));
            air_buf_z(&b, " ");
            air_buf_uint(&b, note.usage.n[i]);
            air_buf_z(&b, ", ");
        }
    }

    air_buf_z(&b, "reasoning ");
    air_buf_uint(&b, note.usage.reasoning);
    air_buf_z(&b, ", ");
    air_buf_z(&b, air_tier_name(note.usage.tier));
    air_buf_z(&b, note.usage.clamped ? ", clamped" : "");

    is_str(air_buf_view(&b), want, "usage: %s", name);

    mem_free(&m);
}


static void
test_usage(void)
{
    usage("cached, thoughts", "{\"cachedContentTokenCount\":3512,"
          "\"candidatesTokenCount\":2,\"promptTokenCount\":3520,"
          "\"thoughtsTokenCount\":42,\"totalTokenCount\":3564}",
          "input 8, cache_read 3512, output 44, reasoning 42, standard");
    usage("tools' prompts", "{\"candidatesTokenCount\":201,"
          "\"promptTokenCount\":17,\"thoughtsTokenCount\":213,"
          "\"toolUsePromptTokenCount\":119}",
          "input 136, output 414, reasoning 213, standard");
    usage("pictures out", "{\"candidatesTokenCount\":1780,"
          "\"candidatesTokensDetails\":[{\"modality\":\"IMAGE\","
          "\"tokenCount\":1120}],\"promptTokenCount\":33,"
          "\"thoughtsTokenCount\":529}",
          "input 33, output 1189, output_image 1120, reasoning 529, "
          "standard");
    usage("sound, some of it cached", "{\"promptTokenCount\":17713,"
          "\"promptTokensDetails\":[{\"modality\":\"AUDIO\",\"tokenCount\":"
          "1917},{\"modality\":\"VIDEO\",\"tokenCount\":15780},{\"modality\":"
          "\"TEXT\",\"tokenCount\":16}],\"cachedContentTokenCount\":17379,"
          "\"cacheTokensDetails\":[{\"modality\":\"AUDIO\",\"tokenCount\":"
          "1881}],\"candidatesTokenCount\":68}",
          "input 298, cache_read 15498, input_audio 36, cache_read_audio "
          "1881, output 68, reasoning 0, standard");
    usage("sound without a number", "{\"promptTokenCount\":10,"
          "\"promptTokensDetails\":[{\"modality\":\"AUDIO\"}]}",
          "input 10, reasoning 0, standard");
    usage("a tier", "{\"promptTokenCount\":1,\"serviceTier\":\"priority\"}",
          "input 1, reasoning 0, priority");
    usage("Vertex's tier", "{\"promptTokenCount\":1,\"trafficType\":"
          "\"ON_DEMAND_FLEX\"}", "input 1, reasoning 0, flex");
    usage("more cached than sent", "{\"promptTokenCount\":1,"
          "\"cachedContentTokenCount\":2}",
          "cache_read 1, reasoning 0, standard, clamped");
    usage("absurd", "{\"promptTokenCount\":-1,\"candidatesTokenCount\":2}",
          "output 2, reasoning 0, standard, clamped");
    usage("numbers in strings", "{\"promptTokenCount\":\"12\"}",
          "input 12, reasoning 0, standard");
}


/* ------------------------------------------------------------ embeddings */


static void
test_vectors(void)
{
    int              rc;
    mem_t            m;
    size_t           i;
    air_mem_t        mem;
    air_note_t       note;
    air_error_t      error;
    air_json_doc_t   doc;
    air_msg_reply_t  msg;

    static const struct {
        const char  *name;
        const char  *text;
        int          rc;
        uint64_t     in;
        unsigned     n;
    }  replies[] = {
        { "a batch", "{\"embeddings\":[{\"values\":[1,2]},{\"values\":[3,4]}]"
          ",\"usageMetadata\":{\"promptTokenCount\":5}}", AIR_OK, 5, 2 },
        { "predictions", "{\"predictions\":[{\"embeddings\":{\"values\":[1],"
          "\"statistics\":{\"token_count\":4}}},{\"embeddings\":{\"values\":"
          "[2],\"statistics\":{\"token_count\":3}}}]}", AIR_OK, 7, 2 },
        { "one", "{\"embedding\":{\"values\":[1]}}", AIR_OK, 0, 1 },
        { "none", "{\"embeddings\":[{}]}", AIR_EINVAL, 0, 0 },
        { "nothing", "{}", AIR_EINVAL, 0, 0 }
    };

    for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {

        mem = mem_init(&m, 0);
        (void) parse(&doc, &mem, air_str_z(replies[i].text));

        rc = CODEC.reply_read(AIR_OP_EMBEDDINGS, &doc, NULL, &mem, &msg,
                              &error);
        is(rc, replies[i].rc, "vectors: %s", replies[i].name);

        if (rc == AIR_OK) {
            is(msg.last_vector->index + 1, replies[i].n, "%s: how many",
               replies[i].name);

            air_note_init(&note);
            CODEC.reply_note(AIR_OP_EMBEDDINGS, &doc, NULL, &note);
            ok(note.what & AIR_NOTE_CONTENT, "%s: noted", replies[i].name);
            is(air_usage_input(&note.usage), replies[i].in, "%s: tokens",
               replies[i].name);
        }

        mem_free(&m);
    }
}


/* ---------------------------------------------------------------- errors */


static void
test_errors(void)
{
    mem_t        m;
    air_buf_t    b;
    air_mem_t    mem;
    air_error_t  error;

    mem = mem_init(&m, 0);
    memset(&error, 0, sizeof(air_error_t));

    error.status = 429;
    error.message = air_str_z("slow");

    air_buf_init(&b, &mem, BIG);
    (void) CODEC.error_write(&error, air_str_z("id"), &b);
    is_str(air_buf_view(&b), "{\"error\":{\"code\":429,\"message\":\"slow\","
           "\"status\":\"RESOURCE_EXHAUSTED\"}}", "an error");

    error.status = 200;
    error.fault = AIR_FAULT_OVERLOADED;

    air_buf_init(&b, &mem, BIG);
    (void) CODEC.error_event(&error, NULL, air_str_z("id"), &b);
    is_str(air_buf_view(&b), "data: {\"error\":{\"code\":503,\"message\":"
           "\"slow\",\"status\":\"UNAVAILABLE\"}}\r\n\r\n", "as an event");

    mem_free(&m);
}


/* ---------------------------------------------------------------- memory */


static void
test_memory(void)
{
    int               rc;
    mem_t             m;
    unsigned          i, n;
    air_buf_t         b;
    air_mem_t         mem;
    air_note_t        note;
    air_stream_t     *st;
    air_warnings_t    lost;
    air_msg_reply_t   msg;

    for (i = 0; i < 4; i++) {

        for (n = 1; n < 5000; n++) {

            mem = mem_init(&m, n);

            switch (i) {

            case 0:
                rc = asked(O, "gemini-3-pro", "google", "{\"model\":\"m\","
                           "\"messages\":[" CALLS "]," TOOL "}", &mem, &b,
                           &lost);
                break;

            case 1:
                rc = replied(A, SIGNED, &mem, &b, &msg);
                break;

            case 2:
                rc = replied(&CODEC, SIGNED, &mem, &b, &msg);
                break;

            default:
                rc = streamed(O, PART("{\"text\":\"a\\n\","
                                      "\"thoughtSignature\":\"S\"}")
                              PART("{\"functionCall\":{\"name\":\"f\","
                                   "\"willContinue\":true}}")
                              PART("{\"functionCall\":{\"partialArgs\":[{"
                                   "\"jsonPath\":\"$.a\",\"stringValue\":"
                                   "\"b\\n\"}]}}") LAST, &mem, &b, &note,
                              &st);
            }

            mem_free(&m);

            if (rc == AIR_OK) {
                break;
            }
        }

        ok(rc == AIR_OK && n > 3, "memory %u: %u failures lived through", i,
           n - 1);
    }
}


int
main(void)
{
    char         path[1024];
    size_t       i;
    const char  *dir;

    static const char *const  folders[] = { "gemini", "embeddings", "errors" };

    recordings(DATA);

    dir = getenv("AIR_SHARED_DATA");

    for (i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s/recordings/%s",
                 dir != NULL ? dir : "../shared/data", folders[i]);
        recordings(path);
    }

    ok(requests >= 10, "%u recorded requests", requests);

    test_rows();
    test_count();
    test_finish();
    test_replies();
    test_signatures();
    test_streams();
    test_usage();
    test_vectors();
    test_errors();
    test_memory();

    return done();
}
