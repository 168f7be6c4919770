
/*
 * The OpenAI codec.  Golden transcripts of t/data/openai (a folder a case:
 * request, what goes upstream for each profile, reply or stream, what is
 * noted and read) run whole, byte by byte and cut at fifty seeded places;
 * then the rows of bad requests, usage, errors, recordings there and back,
 * and every allocation failing once.
 */

#include <dirent.h>

#include "../../ngx_ai_router_module/core/air_codec.h"
#include "file.h"
#include "mem.h"
#include "tap.h"


#define CODEC     air_codec_openai
#define DATA      "t/data/openai"
#define BIG       (1 << 24)
#define CUTS      50


typedef struct {
    air_part_e   part;
    air_str_t    id;
    air_str_t    name;
    air_buf_t    text;
    air_buf_t    sig;
    const char  *issuer;
} block_t;


/* What one pass over a stream gave. */
typedef struct {
    int             rc;
    air_note_t      note;
    air_buf_t       blocks;       /* rendered, one a line                   */
    air_buf_t       wire;         /* written again for a caller             */
} pass_t;


static const char *const  part_names[] = {
    "text", "image", "document", "audio", "video", "tool_call",
    "tool_result", "thinking", "redacted", "refusal", "raw"
};


/* A document over text; 1 when it is good. */
static int
parse(air_json_doc_t *doc, const air_mem_t *mem, air_str_t text)
{
    air_json_init(doc, mem);

    return air_json_scan(doc, text, AIR_JSON_VENDOR, NULL) == AIR_OK;
}


static const air_profile_t *
profile(const char *name)
{
    return air_profile_find(air_str_z(name));
}


static air_str_t
copy(const air_mem_t *mem, air_str_t s)
{
    unsigned char  *p;

    p = air_mem_get(mem, s.len + 1);
    memcpy(p, s.len ? s.data : (unsigned char *) "", s.len);
    p[s.len] = '\0';

    return air_str_n(p, s.len);
}


static air_str_t
member(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name, const air_mem_t *mem)
{
    air_str_t  s;

    s = air_str_n(NULL, 0);
    (void) air_json_string(doc, air_json_get(doc, object, name), mem, &s);

    return copy(mem, s);
}


static uint64_t
number(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name, uint64_t none)
{
    uint64_t  n;

    n = none;
    (void) air_json_uint(doc, air_json_get(doc, object, name), &n);

    return n;
}


/* --------------------------------------------------------- rendering */


static void
render(air_buf_t *b, air_part_e part, air_str_t id, air_str_t name,
    air_str_t text, air_str_t sig, const char *issuer)
{
    air_buf_z(b, part_names[part]);

    if (part == AIR_PART_TOOL_CALL) {
        air_buf_byte(b, ':');
        air_buf_str(b, id);
        air_buf_byte(b, ':');
        air_buf_str(b, name);
    }

    air_buf_byte(b, ':');
    air_buf_str(b, text);

    if (sig.len != 0) {
        air_buf_z(b, "|sig:");
        air_buf_str(b, sig);
        air_buf_byte(b, '|');
        air_buf_z(b, issuer ? issuer : "");
    }

    air_buf_byte(b, '\n');
}


static void
render_reply(air_buf_t *b, const air_msg_reply_t *msg)
{
    const air_part_t        *p;
    const air_vector_t      *v;
    const air_msg_choice_t  *c;

    for (c = msg->choices; c != NULL; c = c->next) {
        for (p = c->parts; p != NULL; p = p->next) {
            render(b, p->type, p->id, p->name,
                   p->type == AIR_PART_TOOL_CALL ? p->arguments : p->text,
                   p->signature, p->issuer);
        }
    }

    for (v = msg->vectors; v != NULL; v = v->next) {
        air_buf_z(b, "vector:");
        air_buf_str(b, v->raw);
        air_buf_byte(b, '\n');
    }
}


/* ------------------------------------------------------------ streams */


static void
take(block_t *blocks, unsigned *n, const air_delta_t *d,
    const air_mem_t *mem)
{
    block_t  *k;

    if (d->type == AIR_DELTA_BLOCK) {

        if (d->block >= 32 || d->block != *n) {
            ok(0, "blocks are numbered from 0 without a gap");
            return;
        }

        k = &blocks[(*n)++];
        memset(k, 0, sizeof(block_t));

        k->part = d->part;
        k->id = copy(mem, d->id);
        k->name = copy(mem, d->name);
        air_buf_init(&k->text, mem, BIG);
        air_buf_init(&k->sig, mem, BIG);
        return;
    }

    if (d->type == AIR_DELTA_TEXT || d->type == AIR_DELTA_ARGUMENTS) {

        if (d->block >= *n) {
            ok(0, "a piece comes after its block");
            return;
        }

        air_buf_str(&blocks[d->block].text, d->text);
        return;
    }

    if (d->type == AIR_DELTA_SIGNATURE && d->block < *n) {
        air_buf_str(&blocks[d->block].sig, d->text);
        blocks[d->block].issuer = d->issuer;
    }
}


/* Feeds text cut into pieces by cut(i, ud), 0 meaning the rest. */
static void
stream(pass_t *pass, air_str_t text, const air_profile_t *p, air_op_e op,
    size_t step, unsigned seed, const air_mem_t *mem)
{
    int               rc;
    size_t            at, n;
    block_t           blocks[32];
    unsigned          i, nblocks;
    air_sse_t         sse;
    air_deltas_t      out;
    unsigned char    *pos, *piece;
    air_stream_t     *st;
    air_json_doc_t    doc;
    air_sse_event_t   ev;

    nblocks = 0;
    pass->rc = AIR_OK;
    air_note_init(&pass->note);
    air_buf_init(&pass->blocks, mem, BIG);
    air_buf_init(&pass->wire, mem, BIG);

    st = air_mem_get(mem, sizeof(air_stream_t));
    air_stream_init(st, mem, op);
    st->want_usage = 1;

    air_deltas_init(&out, mem);
    air_json_init(&doc, mem);
    air_sse_init(&sse, mem, 1 << 20);

    for (at = 0; at < text.len; at += n) {

        n = step;

        if (seed != 0) {
            seed = seed * 1103515245 + 12345;
            n = 1 + (seed >> 16) % step;
        }

        n = n < text.len - at ? n : text.len - at;

        /* its own memory, so that a view kept too long is seen */

        piece = malloc(n);
        memcpy(piece, text.data + at, n);
        pos = piece;

        while (air_sse_feed(&sse, &pos, piece + n, &ev) == AIR_OK) {

            rc = CODEC.event_note(&ev, p, &doc, &pass->note);

            if (rc == AIR_OK) {
                rc = CODEC.event_read(st, &ev, p, &out);
            }

            for (i = 0; rc == AIR_OK && i < out.n; i++) {
                take(blocks, &nblocks, &out.d[i], mem);
                rc = CODEC.event_write(st, &out.d[i], &pass->wire);
            }

            if (rc != AIR_OK) {
                pass->rc = rc;
            }
        }

        free(piece);
    }

    for (i = 0; i < nblocks; i++) {
        render(&pass->blocks, blocks[i].part, blocks[i].id, blocks[i].name,
               air_buf_view(&blocks[i].text), air_buf_view(&blocks[i].sig),
               blocks[i].issuer);
    }
}


/* ------------------------------------------------------------- golden */


static unsigned
what_bits(air_str_t words)
{
    size_t    i, k;
    unsigned  bits;

    static const struct {
        const char  *name;
        unsigned     bit;
    }  names[] = {
        { "content", AIR_NOTE_CONTENT }, { "usage", AIR_NOTE_USAGE },
        { "finish", AIR_NOTE_FINISH }, { "done", AIR_NOTE_DONE },
        { "error", AIR_NOTE_ERROR }, { "choices", AIR_NOTE_CHOICES }
    };

    bits = 0;

    while (words.len != 0) {

        for (i = 0; i < words.len && words.data[i] != ' '; i++) { /* void */ }

        for (k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
            if (air_str_eqz(air_str_n(words.data, i), names[k].name)) {
                bits |= names[k].bit;
            }
        }

        i += i < words.len;
        words.data += i;
        words.len -= i;
    }

    return bits;
}


static void
check_usage(const char *name, const air_json_doc_t *ex,
    const air_usage_t *u)
{
    unsigned                i;
    const air_json_node_t  *root, *usage, *fees;

    static const struct {
        const char   *name;
        air_class_e   class;
    }  classes[] = {
        { "in", AIR_IN }, { "cache_read", AIR_IN_CACHE_READ },
        { "cache_write", AIR_IN_CACHE_WRITE }, { "audio", AIR_IN_AUDIO },
        { "image", AIR_IN_IMAGE }, { "out", AIR_OUT },
        { "out_reasoning", AIR_OUT_REASONING },
        { "out_audio", AIR_OUT_AUDIO }, { "out_citation", AIR_OUT_CITATION }
    };

    static const char *const  tiers[] = {
        "standard", "batch", "flex", "priority", "fast"
    };

    root = air_json_root(ex);
    usage = air_json_get(ex, root, "usage");

    is(u->seen, usage != NULL, "%s: usage %s", name, usage ? "seen" : "none");

    for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (u->n[classes[i].class] != number(ex, usage, classes[i].name, 0)) {
            is((long long) u->n[classes[i].class],
               (long long) number(ex, usage, classes[i].name, 0),
               "%s: usage %s", name, classes[i].name);
        }
    }

    fees = air_json_get(ex, root, "fees");

    is((long long) u->fee[AIR_FEE_REQUEST],
       (long long) number(ex, fees, "request", 0), "%s: requests", name);
    is((long long) u->fee[AIR_FEE_SEARCH],
       (long long) number(ex, fees, "search", 0), "%s: searches", name);
    is((long long) u->reasoning,
       (long long) number(ex, root, "reasoning", 0), "%s: reasoning", name);
    is((long long) u->vendor_cost,
       (long long) number(ex, root, "vendor_cost", AIR_UNKNOWN),
       "%s: the vendor's cost", name);
    is(u->clamped, air_json_get(ex, root, "clamped") != NULL,
       "%s: clamped", name);

    if (air_json_get(ex, root, "tier") != NULL) {
        ok(air_json_is(ex, air_json_get(ex, root, "tier"), tiers[u->tier]),
           "%s: tier", name);
    }
}


static void
check_note(const char *name, const air_json_doc_t *ex,
    const air_note_t *note, const air_mem_t *mem)
{
    air_str_t               s;
    const air_json_node_t  *root;

    root = air_json_root(ex);

    is(note->all & ~(unsigned) AIR_NOTE_IGNORE,
       what_bits(member(ex, root, "what", mem)), "%s: what is noted", name);

    s = member(ex, root, "finish", mem);
    is_str(s, s.len ? air_finish_name(note->finish) : "", "%s: finish", name);
    is_str(air_str_n(note->native, note->native_len),
           (char *) member(ex, root, "native", mem).data, "%s: native", name);
    is_str(air_str_n(note->model, note->model_len),
           (char *) member(ex, root, "served", mem).data, "%s: model", name);
    is_str(air_str_n(note->id, note->id_len),
           (char *) member(ex, root, "id", mem).data, "%s: id", name);

    check_usage(name, ex, &note->usage);

    s = member(ex, root, "fault", mem);

    if (s.len == 0) {
        return;
    }

    is_str(s, air_fault_row(note->error.fault)->why, "%s: fault", name);
    is_str(note->error.message,
           (char *) member(ex, root, "message", mem).data, "%s: message",
           name);
    ok(note->error.message.data >= note->error_text
       && note->error.message.data + note->error.message.len
          <= note->error_text + sizeof(note->error_text),
       "%s: the error lives in the note", name);

    s = member(ex, root, "code", mem);

    if (s.len != 0) {
        is_str(note->error.code, (char *) s.data, "%s: code", name);
    }

    if (number(ex, root, "status", 0) != 0) {
        is(note->error.status, (long long) number(ex, root, "status", 0),
           "%s: status", name);
    }
}


static air_str_t
wanted_blocks(const air_json_doc_t *ex, const air_mem_t *mem)
{
    air_buf_t               b;
    air_str_t               s;
    const air_json_node_t  *node;

    air_buf_init(&b, mem, BIG);

    for (node = air_json_first(ex, air_json_get(ex, air_json_root(ex),
                                                "blocks"));
         node != NULL;
         node = air_json_next(ex, node))
    {
        (void) air_json_string(ex, node, mem, &s);
        air_buf_str(&b, s);
        air_buf_byte(&b, '\n');
    }

    air_buf_byte(&b, '\0');

    return air_buf_view(&b);
}


static void
golden_stream(const char *name, air_str_t text, const air_json_doc_t *ex,
    const air_profile_t *p, air_op_e op, const air_mem_t *mem)
{
    int        same;
    pass_t     whole, cut, again;
    unsigned   i;
    air_str_t  want;

    want = wanted_blocks(ex, mem);

    stream(&whole, text, p, op, text.len, 0, mem);

    is(whole.rc, AIR_OK, "%s: read and written", name);
    check_note(name, ex, &whole.note, mem);
    is_str(air_buf_view(&whole.blocks), (char *) want.data, "%s: blocks",
           name);

    stream(&cut, text, p, op, 1, 0, mem);

    ok(air_str_eq(air_buf_view(&cut.wire), air_buf_view(&whole.wire))
       && air_str_eq(air_buf_view(&cut.blocks), air_buf_view(&whole.blocks))
       && cut.note.all == whole.note.all
       && memcmp(&cut.note.usage, &whole.note.usage, sizeof(air_usage_t)) == 0
       && memcmp(&cut.note.visible, &whole.note.visible,
                 sizeof(air_estimate_t)) == 0,
       "%s: byte by byte the same", name);

    same = 0;

    for (i = 1; i <= CUTS; i++) {
        stream(&cut, text, p, op, 64, i * 7919, mem);

        same += air_str_eq(air_buf_view(&cut.wire), air_buf_view(&whole.wire))
                && air_str_eq(air_buf_view(&cut.blocks),
                              air_buf_view(&whole.blocks))
                && cut.note.all == whole.note.all
                && memcmp(&cut.note.usage, &whole.note.usage,
                          sizeof(air_usage_t)) == 0;
    }

    is(same, CUTS, "%s: the same at all cuts", name);

    /* what we write is a stream of the same wire and says the same */

    stream(&again, air_buf_view(&whole.wire), profile("openai"), op, 4096, 0,
           mem);

    is_str(air_buf_view(&again.blocks), (char *) want.data,
           "%s: written and read again", name);

    if (!(whole.note.all & AIR_NOTE_ERROR)) {
        is(again.note.finish, whole.note.finish, "%s: finish stays", name);

    } else {
        ok(again.note.all & AIR_NOTE_ERROR, "%s: the error stays", name);
    }
}


static void
golden_reply(const char *name, air_str_t text, const air_json_doc_t *ex,
    const air_profile_t *p, air_op_e op, const air_mem_t *mem)
{
    int              rc;
    air_buf_t        b, wire;
    air_note_t       note;
    air_str_t        want;
    air_error_t      error;
    air_json_doc_t   doc, second;
    air_msg_reply_t  msg;

    ok(parse(&doc, mem, text), "%s: the reply is JSON", name);

    air_note_init(&note);
    CODEC.reply_note(op, &doc, p, &note);
    check_note(name, ex, &note, mem);

    rc = CODEC.reply_read(op, &doc, p, mem, &msg, &error);

    if (note.all & AIR_NOTE_ERROR) {
        is(rc, AIR_EINVAL, "%s: an error is no reply", name);
        ok(error.fault != AIR_FAULT_NONE, "%s: and has a class", name);
        return;
    }

    is(rc, AIR_OK, "%s: read", name);

    air_buf_init(&b, mem, BIG);
    render_reply(&b, &msg);
    want = wanted_blocks(ex, mem);
    is_str(air_buf_view(&b), (char *) want.data, "%s: parts", name);

    /* written and read again it says the same */

    air_buf_init(&wire, mem, BIG);
    is(CODEC.reply_write(&msg, &wire), AIR_OK, "%s: written", name);
    ok(parse(&second, mem, air_buf_view(&wire)), "%s: as JSON", name);
    is(CODEC.reply_read(op, &second, p, mem, &msg, &error), AIR_OK,
       "%s: read again", name);

    air_buf_init(&b, mem, BIG);
    render_reply(&b, &msg);
    is_str(air_buf_view(&b), (char *) want.data, "%s: the same parts", name);
}


static void
golden_request(const char *name, air_str_t text, air_op_e op,
    const air_mem_t *mem)
{
    char            path[512];
    unsigned        i;
    air_buf_t       b;
    air_str_t       want, text_of;
    air_error_t     error;
    air_edits_t     edits;
    air_target_t    target;
    air_request_t   rq;
    air_json_doc_t  doc;

    air_json_init(&doc, mem);
    is(air_json_scan(&doc, text, AIR_JSON_UNIQUE, NULL), AIR_OK,
       "%s: the request is JSON", name);

    is(CODEC.request_check(op, &doc, mem, &rq, &error), AIR_OK,
       "%s: the request is good", name);

    for (i = 0; air_profile_at(i) != NULL; i++) {

        target.profile = air_profile_at(i);
        target.model = air_str_z("up-1");

        snprintf(path, sizeof(path), "%s/%s/upstream.%s.json", DATA, name,
                 target.profile->name);
        want = file_read(path);

        if (want.data == NULL) {
            continue;
        }

        text_of = want;
        want = copy(mem, want);
        free(text_of.data);

        edits.n = 0;
        is(CODEC.request_edits(&rq, &doc, &target, mem, &edits, NULL), AIR_OK,
           "%s: edits for %s", name, target.profile->name);

        air_buf_init(&b, mem, BIG);
        is(air_edits_apply(&edits, text, &b), AIR_OK, "%s: applied", name);
        is_str(air_buf_view(&b), (char *) want.data, "%s: upstream of %s",
               name, target.profile->name);
        is((long long) air_edits_length(&edits, text), (long long) b.len,
           "%s: its length", name);
    }
}


static void
golden(const char *name)
{
    char                    path[512];
    mem_t                   m;
    air_op_e                op;
    air_mem_t               mem;
    air_str_t               expect, text;
    air_json_doc_t          ex;
    const air_profile_t    *p;
    const air_json_node_t  *root, *node;

    mem = mem_init(&m, 0);

    snprintf(path, sizeof(path), "%s/%s/expect.json", DATA, name);
    expect = file_read(path);

    if (!ok(parse(&ex, &mem, expect), "%s: expect.json", name)) {
        return;
    }

    root = air_json_root(&ex);
    node = air_json_get(&ex, root, "op");
    op = air_json_is(&ex, node, "embeddings") ? AIR_OP_EMBEDDINGS
         : air_json_is(&ex, node, "completions") ? AIR_OP_COMPLETIONS
         : AIR_OP_CHAT;
    p = air_profile_find(member(&ex, root, "profile", &mem));

    snprintf(path, sizeof(path), "%s/%s/request.json", DATA, name);
    text = file_read(path);

    if (text.data != NULL) {
        golden_request(name, text, op, &mem);
        free(text.data);
    }

    snprintf(path, sizeof(path), "%s/%s/reply.json", DATA, name);
    text = file_read(path);

    if (text.data != NULL) {
        golden_reply(name, text, &ex, p, op, &mem);
        free(text.data);
    }

    snprintf(path, sizeof(path), "%s/%s/stream.sse", DATA, name);
    text = file_read(path);

    if (text.data != NULL) {
        golden_stream(name, text, &ex, p, op, &mem);
        free(text.data);
    }

    free(expect.data);
    mem_free(&m);
}


static void
test_golden(void)
{
    int             i, n, cases;
    struct dirent **list;

    cases = 0;
    n = scandir(DATA, &list, NULL, alphasort);

    for (i = 0; i < n; i++) {

        if (list[i]->d_name[0] != '.'
            && strchr(list[i]->d_name, '.') == NULL)
        {
            golden(list[i]->d_name);
            cases++;
        }

        free(list[i]);
    }

    if (n > 0) {
        free(list);
    }

    ok(cases >= 25, "%d golden cases", cases);
}


/* ------------------------------------------------------- bad requests */


#define U    "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]"
#define M    "\"model\":\"m\","
#define GOOD 0

static const struct {
    air_op_e     op;
    const char  *body;
    unsigned     status;          /* 0: accepted                            */
    const char  *param;
    const char  *code;
    const char  *message;         /* NULL: not looked at                    */
}  rows[] = {
    { AIR_OP_CHAT, "{}", 400, "", "", "you must provide a model parameter" },
    { AIR_OP_CHAT, "null", 400, "", "", "you must provide a model parameter" },
    { AIR_OP_CHAT, "[]", 400, "", "invalid_type",
      "Invalid type: expected an object, but got an array instead." },
    { AIR_OP_CHAT, "\"x\"", 400, "", "invalid_type",
      "Invalid type: expected an object, but got a string instead." },
    { AIR_OP_CHAT, "7", 400, "", "invalid_type",
      "Invalid type: expected an object, but got an integer instead." },
    { AIR_OP_CHAT, "{\"model\":null," U "}", 400, "", "",
      "you must provide a model parameter" },
    { AIR_OP_CHAT, "{\"model\":\"\"," U "}", 400, "", "",
      "you must provide a model parameter" },
    { AIR_OP_CHAT, "{\"model\":5," U "}", 400, "model", "invalid_type",
      "Invalid type for 'model': expected a string, but got an integer "
      "instead." },
    { AIR_OP_CHAT, "{\"model\":{}," U "}", 400, "model", "invalid_type",
      NULL },
    { AIR_OP_CHAT, "{\"model\":\"a\\r\\nb\"," U "}", 404, "",
      "model_not_found",
      "The model does not exist or you do not have access to it." },
    { AIR_OP_CHAT, "{\"model\":\"a\\u0000b\"," U "}", 404, "",
      "model_not_found", NULL },
    { AIR_OP_CHAT, "{\"model\":\"../x\"," U "}", 404, "", "model_not_found",
      NULL },
    { AIR_OP_CHAT, "{\"model\":\"{{x}}\"," U "}", 404, "", "model_not_found",
      NULL },
    { AIR_OP_CHAT, "{\"model\":\"a%0d\"," U "}", 404, "", "model_not_found",
      NULL },
    { AIR_OP_CHAT, "{\"model\":\" m\"," U "}", 404, "", "model_not_found",
      NULL },
    { AIR_OP_CHAT, "{\"model\":\"m\\u202e\"," U "}", 404, "",
      "model_not_found", NULL },
    { AIR_OP_CHAT, "{\"models\":[\"a\"]," U "}", GOOD, "", "", NULL },
    { AIR_OP_CHAT, "{\"models\":\"a\"," U "}", 400, "models", "invalid_type",
      NULL },
    { AIR_OP_CHAT, "{\"models\":[]," U "}", 400, "models", "empty_array",
      NULL },
    { AIR_OP_CHAT, "{\"models\":[\"a\",5]," U "}", 400, "models[1]",
      "invalid_type", NULL },
    { AIR_OP_CHAT, "{\"models\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\","
      "\"8\",\"9\"]," U "}", 400, "models", "array_above_max_length", NULL },
    { AIR_OP_CHAT, "{\"model\":\"m\"}", 400, "messages",
      "missing_required_parameter",
      "Missing required parameter: 'messages'." },
    { AIR_OP_CHAT, "{" M "\"prompt\":\"x\"}", 400, "messages",
      "missing_required_parameter", NULL },
    { AIR_OP_CHAT, "{" M "\"messages\":[]}", 400, "messages", "empty_array",
      "Invalid 'messages': empty array. Expected an array with minimum length "
      "1, but got an empty array instead." },
    { AIR_OP_CHAT, "{" M "\"messages\":\"ping\"}", 400, "messages",
      "invalid_type", "Invalid type for 'messages': expected an array of "
      "objects, but got a string instead." },
    { AIR_OP_CHAT, "{" M "\"messages\":[\"ping\"]}", 400, "messages[0]",
      "invalid_type", "Invalid type for 'messages[0]': expected an object, "
      "but got a string instead." },
    { AIR_OP_CHAT, "{" M "\"messages\":[{}]}", 400, "messages[0].role",
      "missing_required_parameter",
      "Missing required parameter: 'messages[0].role'." },
    { AIR_OP_CHAT, "{" M "\"messages\":[{\"role\":\"bogus\"}]}", 400,
      "messages[0].role", "invalid_value",
      "Invalid value: 'bogus'. Supported values are: 'system', 'assistant', "
      "'user', 'function', 'tool', and 'developer'." },
    { AIR_OP_CHAT, "{" M "\"messages\":[{\"role\":\"\"}]}", 400,
      "messages[0].role", "invalid_value", NULL },
    { AIR_OP_CHAT, "{" M "\"messages\":[{\"role\":\"\\u0007\\u001b[31m\"}]}",
      400, "messages[0].role", "invalid_value",
      "Invalid value: ''. Supported values are: 'system', 'assistant', "
      "'user', 'function', 'tool', and 'developer'." },
    { AIR_OP_CHAT, "{" M "\"messages\":[{\"role\":5}]}", 400,
      "messages[0].role", "invalid_type", NULL },
    { AIR_OP_CHAT, "{" M "\"messages\":[{\"role\":\"user\",\"content\":7}]}",
      400, "messages[0].content", "invalid_type",
      "Invalid type for 'messages[0].content': expected one of a string or "
      "array of objects, but got an integer instead." },
    { AIR_OP_CHAT, "{" M "\"messages\":[{\"role\":\"user\"}]}", 400,
      "messages.[0].content", "",
      "Invalid value for 'content': expected a string, got null." },
    { AIR_OP_CHAT, "{" M "\"messages\":[{\"role\":\"user\","
      "\"content\":null}]}", 400, "messages.[0].content", "", NULL },
    { AIR_OP_CHAT, "{" M "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}"
      ",{\"role\":\"developer\"}]}", 400, "messages[1].content",
      "missing_required_parameter", NULL },
    { AIR_OP_CHAT, "{" M "\"messages\":[{\"role\":\"assistant\"}]}", GOOD, "",
      "", NULL },
    { AIR_OP_CHAT, "{" M "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}"
      ",{\"role\":\"assistant\",\"tool_calls\":[]}]}", 400,
      "messages[1].tool_calls", "empty_array", NULL },
    { AIR_OP_CHAT, "{" M U ",\"stream\":\"true\"}", 400, "stream",
      "invalid_type", "Invalid type for 'stream': expected a boolean, but got "
      "a string instead." },
    { AIR_OP_CHAT, "{" M U ",\"stream\":1}", 400, "stream", "invalid_type",
      NULL },
    { AIR_OP_CHAT, "{" M U ",\"stream\":null}", GOOD, "", "", NULL },
    { AIR_OP_CHAT, "{" M U ",\"stream_options\":{\"include_usage\":true}}",
      400, "stream_options", "", "The 'stream_options' parameter is only "
      "allowed when 'stream' is enabled." },
    { AIR_OP_CHAT, "{" M U ",\"stream\":true,\"stream_options\":5}", 400,
      "stream_options", "invalid_type", NULL },
    { AIR_OP_CHAT, "{" M U ",\"stream\":true,\"stream_options\":{\"x\":1}}",
      400, "stream_options.x", "unknown_parameter",
      "Unknown parameter: 'stream_options.x'." },
    { AIR_OP_CHAT, "{" M U ",\"stream\":true,\"stream_options\":"
      "{\"include_usage\":1}}", 400, "stream_options.include_usage",
      "invalid_type", NULL },
    { AIR_OP_CHAT, "{" M U ",\"max_tokens\":\"10\"}", 400, "max_tokens",
      "invalid_type", "Invalid type for 'max_tokens': expected an integer, "
      "but got a string instead." },
    { AIR_OP_CHAT, "{" M U ",\"max_tokens\":1.5}", 400, "max_tokens",
      "invalid_type", NULL },
    { AIR_OP_CHAT, "{" M U ",\"max_tokens\":null}", GOOD, "", "", NULL },
    { AIR_OP_CHAT, "{" M U ",\"max_tokens\":0}", 400, "max_tokens",
      "integer_below_min_value", "Invalid 'max_tokens': integer below minimum "
      "value. Expected a value >= 1, but got 0 instead." },
    { AIR_OP_CHAT, "{" M U ",\"max_tokens\":-1}", 400, "max_tokens",
      "integer_below_min_value", "Invalid 'max_tokens': integer below minimum "
      "value. Expected a value >= 1, but got -1 instead." },
    { AIR_OP_CHAT, "{" M U ",\"max_completion_tokens\":0}", 400,
      "max_completion_tokens", "integer_below_min_value", NULL },
    { AIR_OP_CHAT, "{" M U ",\"max_tokens\":1000000000000}", 400,
      "max_tokens", "integer_above_max_value", NULL },
    { AIR_OP_CHAT, "{" M U ",\"max_tokens\":99999999999999999999999}", 400,
      "max_tokens", "integer_above_max_value", NULL },
    { AIR_OP_CHAT, "{" M U ",\"max_tokens\":1e3}", GOOD, "", "", NULL },
    { AIR_OP_CHAT, "{" M U ",\"max_tokens\":1000.0}", GOOD, "", "", NULL },
    { AIR_OP_CHAT, "{" M U ",\"max_tokens\":1e1000}", 400, "max_tokens",
      "invalid_number", NULL },
    { AIR_OP_CHAT, "{" M U ",\"max_tokens\":1000000000000000000000000000000"
      "0000000000000000000000000000000000000000}", 400, "max_tokens",
      "invalid_number", NULL },
    { AIR_OP_CHAT, "{" M U ",\"n\":0}", 400, "n", "integer_below_min_value",
      NULL },
    { AIR_OP_CHAT, "{" M U ",\"n\":64}", 400, "n", "integer_above_max_value",
      NULL },
    { AIR_OP_CHAT, "{" M U ",\"n\":\"2\"}", 400, "n", "invalid_type", NULL },
    { AIR_OP_CHAT, "{" M U ",\"temperature\":\"hot\",\"zzz\":[]}", GOOD, "",
      "", NULL },
    { AIR_OP_CHAT, "{" M U ",\"user\":{}}", 400, "user", "invalid_type",
      NULL },
    { AIR_OP_CHAT, "{" M U ",\"session_id\":5}", 400, "session_id",
      "invalid_type", NULL },
    { AIR_OP_CHAT, "{" M U ",\"service_tier\":5}", 400, "service_tier",
      "invalid_type", NULL },
    { AIR_OP_CHAT, "{" M U ",\"metadata\":[]}", 400, "metadata",
      "invalid_type", NULL },
    { AIR_OP_CHAT, "{" M U ",\"metadata\":{\"k\":5}}", 400, "metadata.k",
      "invalid_type", NULL },
    { AIR_OP_CHAT, "{" M U ",\"metadata\":{\"a\":\"\",\"b\":\"\",\"c\":\"\","
      "\"d\":\"\",\"e\":\"\",\"f\":\"\",\"g\":\"\",\"h\":\"\",\"i\":\"\","
      "\"j\":\"\",\"k\":\"\",\"l\":\"\",\"m\":\"\",\"n\":\"\",\"o\":\"\","
      "\"p\":\"\",\"q\":\"\"}}", 400, "metadata",
      "object_above_max_properties", NULL },
    { AIR_OP_CHAT, "{" M U ",\"metadata\":{\"0123456789012345678901234567890"
      "1234567890123456789012345678901234567890\":\"\"}}", 400, "metadata",
      "property_name_above_max_length", NULL },
    { AIR_OP_CHAT, "{" M U ",\"provider\":5}", 400, "provider",
      "invalid_type", NULL },
    { AIR_OP_CHAT, "{" M U ",\"provider\":{\"order\":\"x\"}}", 400,
      "provider.order", "invalid_type", NULL },
    { AIR_OP_CHAT, "{" M U ",\"provider\":{\"only\":[1]}}", 400,
      "provider.only[0]", "invalid_type", NULL },
    { AIR_OP_CHAT, "{" M U ",\"provider\":{\"allow_fallbacks\":\"no\"}}", 400,
      "provider.allow_fallbacks", "invalid_type", NULL },
    { AIR_OP_CHAT, "{" M U ",\"provider\":{\"max_price\":{\"prompt\":-1}}}",
      400, "provider.max_price.prompt", "decimal_below_min_value", NULL },
    { AIR_OP_CHAT, "{" M U ",\"provider\":{\"max_price\":{\"prompt\":"
      "\"NaN\"}}}", 400, "provider.max_price.prompt", "invalid_type", NULL },
    { AIR_OP_CHAT, "{" M U ",\"provider\":{\"max_price\":{\"prompt\":0.5}}}",
      GOOD, "", "", NULL },
    { AIR_OP_CHAT, "{" M U ",\"api_base\":\"http://x\"}", 400, "api_base",
      "unknown_parameter", "Unknown parameter: 'api_base'." },
    { AIR_OP_CHAT, "{" M U ",\"base_url\":null}", 400, "base_url",
      "unknown_parameter", NULL },
    { AIR_OP_CHAT, "{" M U ",\"api\\u005fkey\":\"x\"}", 400, "api_key",
      "unknown_parameter", NULL },
    { AIR_OP_CHAT, "{" M U ",\"extra_headers\":{}}", 400, "extra_headers",
      "unknown_parameter", NULL },
    { AIR_OP_CHAT, "{" M U ",\"custom_llm_provider\":\"x\"}", 400,
      "custom_llm_provider", "unknown_parameter", NULL },
    { AIR_OP_CHAT, "{" M U ",\"x-portkey-custom-host\":\"x\"}", 400,
      "x-portkey-custom-host", "unknown_parameter", NULL },
    { AIR_OP_CHAT, "{" M U ",\"x\\u002dportkey-a\":\"x\"}", 400,
      "x-portkey-a", "unknown_parameter", NULL },
    { AIR_OP_EMBEDDINGS, "{\"model\":\"m\"}", 400, "input",
      "missing_required_parameter", NULL },
    { AIR_OP_EMBEDDINGS, "{" M "\"input\":[]}", 400, "input", "empty_array",
      NULL },
    { AIR_OP_EMBEDDINGS, "{" M "\"input\":5}", 400, "input", "invalid_type",
      NULL },
    { AIR_OP_EMBEDDINGS, "{" M "\"input\":[1,2,3]}", GOOD, "", "", NULL },
    { AIR_OP_COMPLETIONS, "{\"model\":\"m\"}", 400, "prompt",
      "missing_required_parameter", NULL },
    { AIR_OP_COMPLETIONS, "{" M "\"prompt\":{}}", 400, "prompt",
      "invalid_type", NULL },

    /* the order of checks: of two faults the first is told */
    { AIR_OP_CHAT, "{\"messages\":[],\"stream\":5}", 400, "", "", NULL },
    { AIR_OP_CHAT, "{\"messages\":[],\"api_key\":1}", 400, "api_key",
      "unknown_parameter", NULL },
    { AIR_OP_CHAT, "{\"stream\":5,\"model\":\"m\"}", 400, "messages",
      "missing_required_parameter", NULL },
    { AIR_OP_CHAT, "{\"max_tokens\":0,\"stream\":5," M U "}", 400, "stream",
      "invalid_type", NULL },
    { AIR_OP_CHAT, "{\"n\":0,\"max_tokens\":0," M U "}", 400, "max_tokens",
      "integer_below_min_value", NULL },
    { AIR_OP_CHAT, "{\"user\":5,\"n\":0," M U "}", 400, "n",
      "integer_below_min_value", NULL },
    { AIR_OP_CHAT, "{\"metadata\":5,\"user\":5," M U "}", 400, "user",
      "invalid_type", NULL },
    { AIR_OP_CHAT, "{\"provider\":5,\"metadata\":5," M U "}", 400,
      "metadata", "invalid_type", NULL }
};


static void
test_rows(void)
{
    int             rc;
    mem_t           m;
    size_t          i;
    air_mem_t       mem;
    air_error_t     error;
    air_request_t   rq;
    air_json_doc_t  doc;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {

        mem = mem_init(&m, 0);
        air_json_init(&doc, &mem);

        if (air_json_scan(&doc, air_str_z(rows[i].body), AIR_JSON_UNIQUE,
                          NULL) != AIR_OK)
        {
            ok(0, "row %zu is JSON", i);
        }

        rc = CODEC.request_check(rows[i].op, &doc, &mem, &rq, &error);

        is(rc, rows[i].status ? AIR_EINVAL : AIR_OK, "row %zu: %.60s", i,
           rows[i].body);

        if (rc == AIR_EINVAL) {
            is(error.status, rows[i].status, "row %zu: status", i);
            is_str(error.type, "invalid_request_error", "row %zu: type", i);
            is_str(error.param, rows[i].param, "row %zu: param", i);
            is_str(error.code, rows[i].code, "row %zu: code", i);

            if (rows[i].message != NULL) {
                is_str(error.message, rows[i].message, "row %zu: text", i);
            }
        }

        mem_free(&m);
    }

    /* no body at all is as {} */

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);
    is(CODEC.request_check(AIR_OP_CHAT, &doc, &mem, &rq, &error), AIR_EINVAL,
       "an empty body");
    is_str(error.message, "you must provide a model parameter", "as {}");
    mem_free(&m);
}


static void
test_big(void)
{
    mem_t           m;
    unsigned        i;
    air_buf_t       b;
    air_mem_t       mem;
    air_error_t     error;
    air_request_t   rq;
    air_json_doc_t  doc;

    mem = mem_init(&m, 0);

    air_buf_init(&b, &mem, BIG);
    air_buf_z(&b, "{\"model\":\"m\",\"input\":[\"a\"");

    for (i = 0; i < 3000; i++) {
        air_buf_z(&b, ",\"a\"");
    }

    air_buf_z(&b, "]}");
    (void) parse(&doc, &mem, air_buf_view(&b));
    is(CODEC.request_check(AIR_OP_EMBEDDINGS, &doc, &mem, &rq, &error),
       AIR_EINVAL, "3001 inputs");
    is_str(error.code, "array_above_max_length", "are too many");

    b.len = 0;
    air_buf_z(&b, "{" M U ",\"metadata\":{\"k\":\"");

    for (i = 0; i < 600; i++) {
        air_buf_z(&b, "\xc3\xa9");
    }

    air_buf_z(&b, "\"}}");
    (void) parse(&doc, &mem, air_buf_view(&b));
    is(CODEC.request_check(AIR_OP_CHAT, &doc, &mem, &rq, &error), AIR_EINVAL,
       "a value of 600 characters");
    is_str(error.param, "metadata.k", "is named");
    is_str(error.message, "Invalid 'metadata.k': string too long. Expected a "
           "string with maximum length 512, but got a string with length 600 "
           "instead.", "and counted in characters");

    mem_free(&m);
}


static void
test_noted_request(void)
{
    mem_t           m;
    air_mem_t       mem;
    air_error_t     error;
    air_request_t   rq;
    air_json_doc_t  doc;

    mem = mem_init(&m, 0);

    (void) parse(&doc, &mem, air_str_z(
        "{\"model\":\"a/\\u0062\",\"messages\":[{\"role\":\"user\","
        "\"content\":[{\"type\":\"image_url\"},{\"type\":\"input_audio\"},"
        "{\"type\":\"file\"}]}],\"tools\":[{}],\"response_format\":{\"type\":"
        "\"json_schema\"},\"reasoning_effort\":\"low\",\"stream\":true,"
        "\"stream_options\":{\"include_usage\":true},\"max_tokens\":7,"
        "\"max_completion_tokens\":1e1,\"n\":3,\"user\":\"u\","
        "\"session_id\":\"s\",\"service_tier\":\"flex\","
        "\"web_search_options\":{}}"));

    is(CODEC.request_check(AIR_OP_CHAT, &doc, &mem, &rq, &error), AIR_OK,
       "a rich request");
    is_str(rq.model, "a/b", "model is decoded");
    is((long long) rq.max_output, 10, "the larger limit");
    is(rq.choices, 3, "choices");
    is(rq.needs, AIR_CAN_VISION | AIR_CAN_AUDIO | AIR_CAN_PDF | AIR_CAN_TOOLS
                 | AIR_CAN_SCHEMA | AIR_CAN_REASONING | AIR_CAN_STREAM
                 | AIR_CAN_SEARCH | AIR_CAN_CHOICES, "needs");
    is(rq.tier, AIR_TIER_FLEX, "tier");
    is_str(rq.user, "u", "user");
    is_str(rq.session, "s", "session");
    ok(rq.stream && rq.want_usage, "stream with usage");

    (void) parse(&doc, &mem, air_str_z("{\"model\":\"m\",\"prompt\":[\"a\","
                                       "\"b\"],\"n\":2,\"best_of\":4}"));
    is(CODEC.request_check(AIR_OP_COMPLETIONS, &doc, &mem, &rq, &error),
       AIR_OK, "completions");
    is(rq.choices, 8, "prompts times best_of");

    mem_free(&m);
}


/* -------------------------------------------------------------- usage */


static void
test_usage_matrix(void)
{
    mem_t           m;
    size_t          i;
    air_buf_t       b;
    air_mem_t       mem;
    air_note_t      note;
    air_json_doc_t  doc;

    static const struct {
        const char  *usage;
        unsigned     seen;
        long long    in;
        long long    out;
        unsigned     clamped;
    }  t[] = {
        { "null", 0, 0, 0, 0 },
        { "5", 0, 0, 0, 0 },
        { "[]", 0, 0, 0, 0 },
        { "{}", 0, 0, 0, 0 },
        { "{\"prompt_tokens\":0,\"completion_tokens\":0}", 1, 0, 0, 0 },
        { "{\"prompt_tokens\":-1,\"completion_tokens\":5}", 0, 0, 0, 0 },
        { "{\"prompt_tokens\":1.5,\"completion_tokens\":5}", 0, 0, 0, 0 },
        { "{\"prompt_tokens\":\"7\",\"completion_tokens\":5}", 0, 0, 0, 0 },
        { "{\"prompt_tokens\":9223372036854775808,\"completion_tokens\":5}",
          0, 0, 0, 0 },
        { "{\"prompt_tokens\":1e400,\"completion_tokens\":5}", 0, 0, 0, 0 },
        { "{\"prompt_tokens\":{},\"completion_tokens\":5}", 0, 0, 0, 0 },
        { "{\"prompt_tokens\":null,\"completion_tokens\":null}", 0, 0, 0, 0 },
        { "{\"prompt_tokens\":7.0,\"completion_tokens\":1e1}", 1, 7, 10, 0 },
        { "{\"prompt_tokens\":7,\"total_tokens\":9}", 1, 7, 2, 0 },
        { "{\"prompt_tokens\":7,\"completion_tokens\":2,"
          "\"prompt_tokens_details\":null,"
          "\"completion_tokens_details\":null}", 1, 7, 2, 0 },
        { "{\"prompt_tokens\":7,\"completion_tokens\":2,"
          "\"prompt_tokens_details\":{\"cached_tokens\":-3}}", 1, 7, 2, 1 },
        { "{\"prompt_tokens\":7,\"completion_tokens\":2,"
          "\"prompt_tokens_details\":{\"cached_tokens\":\"3\"}}", 1, 7, 2,
          1 },
        { "{\"prompt_tokens\":7,\"completion_tokens\":2,"
          "\"prompt_tokens_details\":{\"cached_tokens\":99}}", 1, 7, 2, 1 },
        { "{\"prompt_tokens\":7,\"completion_tokens\":2,"
          "\"prompt_tokens_details\":{\"cached_tokens\":5,"
          "\"cache_write_tokens\":2}}", 1, 7, 2, 0 },
        { "{\"prompt_tokens\":7,\"completion_tokens\":2,"
          "\"completion_tokens_details\":{\"reasoning_tokens\":9}}", 1, 7, 2,
          1 },
        { "{\"input_tokens\":7,\"output_tokens\":2}", 1, 7, 2, 0 },
        { "{\"prompt_tokens\":7,\"completion_tokens\":2,\"cached_tokens\":3}",
          1, 7, 2, 0 }
    };

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {

        mem = mem_init(&m, 0);
        air_buf_init(&b, &mem, 4096);
        air_buf_z(&b, "{\"choices\":[],\"usage\":");
        air_buf_z(&b, t[i].usage);
        air_buf_z(&b, "}");

        ok(parse(&doc, &mem, air_buf_view(&b)), "usage %.50s", t[i].usage);

        air_note_init(&note);
        CODEC.reply_note(AIR_OP_CHAT, &doc, profile("openai"), &note);

        is(note.usage.seen, t[i].seen, "seen");
        is((long long) air_usage_input(&note.usage), t[i].in, "input");
        is((long long) air_usage_output(&note.usage), t[i].out, "output");
        is(note.usage.clamped, t[i].clamped, "clamped");

        mem_free(&m);
    }
}


/* The classes of the golden cost cases of this wire. */
static void
test_golden_cost(void)
{
    mem_t                   m;
    unsigned                cases;
    uint64_t                want;
    air_buf_t               b;
    air_mem_t               mem;
    air_note_t              note;
    air_str_t               text, name;
    air_json_doc_t          all, doc;
    const air_profile_t    *p;
    const air_json_node_t  *c, *row, *wire, *class, *extra;

    static const struct {
        const char   *name;
        air_class_e   class;
    }  classes[] = {
        { "input", AIR_IN }, { "cache_read", AIR_IN_CACHE_READ },
        { "cache_write", AIR_IN_CACHE_WRITE },
        { "input_audio", AIR_IN_AUDIO }, { "output", AIR_OUT },
        { "output_audio", AIR_OUT_AUDIO },
        { "reasoning", AIR_OUT_REASONING }
    };

    unsigned  i;

    cases = 0;
    mem = mem_init(&m, 0);
    text = file_read("t/data/prices/golden.json");

    if (text.data == NULL || !parse(&all, &mem, text)) {
        skip("t/data/prices/golden.json is not here");
        free(text.data);
        mem_free(&m);
        return;
    }

    for (c = air_json_first(&all, air_json_get(&all, air_json_root(&all),
                                               "cases"));
         c != NULL;
         c = air_json_next(&all, c))
    {
        wire = air_json_get(&all, c, "wire");

        if (!air_json_is(&all, wire, "openai.chat")
            && !air_json_is(&all, wire, "openai.embeddings"))
        {
            continue;
        }

        name = member(&all, c, "id", &mem);
        p = air_profile_find(member(&all, c, "vendor", &mem));

        air_buf_init(&b, &mem, BIG);
        air_buf_z(&b, "{\"choices\":[],\"usage\":");
        air_buf_str(&b, air_json_raw(&all, air_json_get(&all, c, "usage")));

        extra = air_json_get(&all, air_json_get(&all, c, "response_extra"),
                             "service_tier");

        if (extra != NULL) {
            air_buf_z(&b, ",\"service_tier\":");
            air_buf_json(&b, air_json_raw(&all, extra));
        }

        air_buf_z(&b, "}");
        (void) parse(&doc, &mem, air_buf_view(&b));

        air_note_init(&note);
        CODEC.reply_note(AIR_OP_CHAT, &doc, p, &note);
        cases++;

        row = air_json_get(&all, c, "breakdown");

        if (row == NULL || row->type != AIR_JSON_ARRAY) {
            is(note.usage.seen, 0, "%.*s: nothing seen", (int) name.len,
               name.data);
            continue;
        }

        for (row = air_json_first(&all, row);
             row != NULL;
             row = air_json_next(&all, row))
        {
            class = air_json_get(&all, row, "class");

            if (air_json_is(&all, class, "usage.cost")) {

                want = 0;
                (void) air_json_decimal(&all, air_json_get(&all, c,
                                                    "expected_usd"), 12,
                                        &want);
                is((long long) note.usage.vendor_cost, (long long) want,
                   "%.*s: the vendor's cost", (int) name.len, name.data);
                continue;
            }

            for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
                if (air_json_is(&all, class, classes[i].name)) {
                    is((long long) note.usage.n[classes[i].class],
                       (long long) number(&all, row, "units", 0),
                       "%.*s: %s", (int) name.len, name.data,
                       classes[i].name);
                }
            }
        }
    }

    ok(cases >= 10, "%u golden cost cases", cases);

    free(text.data);
    mem_free(&m);
}


/* ------------------------------------------------------------- errors */


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

    error.type = air_str_z("invalid_request_error");
    error.message = air_str_z("a \"b\" <c>\n");
    error.param = air_str_z("n");

    air_buf_init(&b, &mem, 4096);
    is(CODEC.error_write(&error, air_str_z("req_1"), &b), AIR_OK, "an error");
    is_str(air_buf_view(&b), "{\"error\":{\"message\":\"a \\\"b\\\" \\u003cc"
           "\\u003e\\n\",\"type\":\"invalid_request_error\",\"param\":\"n\","
           "\"code\":null}}", "as a body");

    air_note_init(&note);
    memcpy(note.id, "chatcmpl-9", 10);
    note.id_len = 10;
    memcpy(note.model, "m-1", 3);
    note.model_len = 3;

    error.type = air_str_z("server_error");
    error.code = air_str_z("provider_error");
    error.message = air_str_z("Gone.");
    error.param = air_str_n(NULL, 0);

    b.len = 0;
    is(CODEC.error_event(&error, &note, air_str_z("req_1"), &b), AIR_OK,
       "an error in a stream");
    is_str(air_buf_view(&b), "data: {\"id\":\"chatcmpl-9\",\"object\":"
           "\"chat.completion.chunk\",\"created\":0,\"model\":\"m-1\","
           "\"error\":{\"message\":\"Gone.\",\"type\":\"server_error\","
           "\"param\":null,\"code\":\"provider_error\"}}\n\n",
           "is one event without choices and without an end mark");

    b.len = 0;
    is(CODEC.error_event(&error, NULL, air_str_z("req_1"), &b), AIR_OK,
       "without a note too");

    mem_free(&m);
}


/* What clients demand of a reply that comes from another wire. */
static void
test_crossed_reply(void)
{
    mem_t            m;
    air_buf_t        b;
    air_mem_t        mem;
    air_json_doc_t   doc;
    air_msg_reply_t  msg;

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, BIG);
    air_msg_reply_init(&msg, "other", AIR_OP_CHAT);

    is(CODEC.reply_write(&msg, &b), AIR_OK, "another wire's reply");
    ok(parse(&doc, &mem, air_buf_view(&b)), "is JSON");
    ok(air_json_get(&doc, air_json_root(&doc), "system_fingerprint") != NULL,
       "and has a fingerprint, be it null");

    mem_free(&m);
}


/* Events that are none, and events that are nonsense. */
static void
test_odd_events(void)
{
    mem_t            m;
    size_t           i;
    air_mem_t        mem;
    air_note_t       note;
    air_json_doc_t   doc;
    air_sse_event_t  ev;

    static const struct {
        const char  *data;
        int          rc;
        unsigned     what;
    }  t[] = {
        { "", AIR_OK, AIR_NOTE_IGNORE },
        { "  ", AIR_OK, AIR_NOTE_IGNORE },
        { "[DONE]", AIR_OK, AIR_NOTE_DONE },
        { " [DONE] ", AIR_OK, AIR_NOTE_DONE },
        { "hello", AIR_EINVAL, 0 },
        { "[1]", AIR_EINVAL, 0 },
        { "{\"choices\":[", AIR_EINVAL, 0 },
        { "{\"choices\":5}", AIR_OK, 0 },
        { "{\"choices\":[5,null,{}]}", AIR_OK, AIR_NOTE_CHOICES },
        { "{\"choices\":[{\"delta\":5}]}", AIR_OK, AIR_NOTE_CHOICES },
        { "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":"
          "\"\"}}]}", AIR_OK, AIR_NOTE_CHOICES },
        { "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":"
          "null,\"tool_calls\":[],\"refusal\":null}}]}", AIR_OK,
          AIR_NOTE_CHOICES },
        { "{\"choices\":[{\"delta\":{\"content\":\"\",\"audio\":{\"id\":\"a\""
          ",\"data\":\"\"},\"function_call\":{\"name\":\"\"}}}]}", AIR_OK,
          AIR_NOTE_CHOICES },
        { "{\"choices\":[{\"delta\":{\"content\":\"\\ud800\"}}]}", AIR_OK,
          AIR_NOTE_CHOICES | AIR_NOTE_CONTENT },
        { "{\"choices\":[{\"delta\":{\"content\":\"\xff\"}}]}", AIR_OK,
          AIR_NOTE_CHOICES | AIR_NOTE_CONTENT },
        { "{\"choices\":[{\"delta\":{},\"finish_reason\":\"\"}]}", AIR_OK,
          AIR_NOTE_CHOICES },
        { "{\"choices\":[{\"delta\":{\"audio\":{\"data\":\"AA==\"}}}]}",
          AIR_OK, AIR_NOTE_CHOICES | AIR_NOTE_CONTENT },
        { "{\"error\":null,\"choices\":[]}", AIR_OK, 0 },
        { "{\"error\":{}}", AIR_OK, 0 },
        { "{\"error\":\"out of memory\"}", AIR_OK, AIR_NOTE_ERROR },
        { "{\"object\":\"error\",\"message\":\"bad\",\"code\":400}", AIR_OK,
          AIR_NOTE_ERROR }
    };

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);
    memset(&ev, 0, sizeof(air_sse_event_t));

    is(CODEC.event_note(&ev, profile("openai"), &doc, &note), AIR_OK,
       "a comment");
    is(note.what, AIR_NOTE_IGNORE, "is passed over");

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {

        ev.has_data = 1;
        ev.data = air_str_z(t[i].data);

        air_note_init(&note);
        is(CODEC.event_note(&ev, profile("openai"), &doc, &note), t[i].rc,
           "event %.60s", t[i].data);
        is(note.what, t[i].what, "what it is");
    }

    ev.type = air_str_z("error");
    ev.data = air_str_z("{\"message\":\"went away\",\"status_code\":500}");

    air_note_init(&note);
    is(CODEC.event_note(&ev, profile("openai"), &doc, &note), AIR_OK,
       "an event called error");
    is(note.what, AIR_NOTE_ERROR, "is one");
    is_str(note.error.message, "went away", "with its words");

    mem_free(&m);
}


/* Ten thousand events take no more memory than ten. */
static void
test_flat(void)
{
    mem_t            m;
    size_t           i, before, k;
    air_mem_t        mem;
    air_note_t       note;
    air_buf_t        b;
    air_deltas_t     out;
    air_stream_t    *st;
    air_json_doc_t   doc;
    air_sse_event_t  ev;

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);
    air_note_init(&note);
    air_deltas_init(&out, &mem);
    air_buf_init(&b, &mem, 1 << 20);

    st = air_mem_get(&mem, sizeof(air_stream_t));
    air_stream_init(st, &mem, AIR_OP_CHAT);

    memset(&ev, 0, sizeof(air_sse_event_t));
    ev.has_data = 1;
    ev.data = air_str_z("{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\""
                        ":0,\"delta\":{\"content\":\"a\\n\\u00e9b\"}}]}");
    before = 0;

    for (i = 0; i < 10000; i++) {

        if (CODEC.event_note(&ev, profile("openai"), &doc, &note) != AIR_OK
            || CODEC.event_read(st, &ev, profile("openai"), &out) != AIR_OK)
        {
            break;
        }

        b.len = 0;

        for (k = 0; k < out.n; k++) {
            (void) CODEC.event_write(st, &out.d[k], &b);
        }

        if (i == 10) {
            before = m.calls;
        }
    }

    is((long long) i, 10000, "ten thousand events");
    is((long long) m.calls, (long long) before, "and no memory for them");
    ok(air_estimate_tokens(&note.visible) > 10000, "all of them counted");

    mem_free(&m);
}


/* ------------------------------------------------- there and back again */


static int same(const air_json_doc_t *a, const air_json_node_t *x,
    const air_json_doc_t *b, const air_json_node_t *y, const char **where);


/* What vendors write for "nothing". */
static int
hollow(const air_json_doc_t *doc, const air_json_node_t *node, int inner)
{
    const air_json_node_t  *m;

    switch (node->type) {

    case AIR_JSON_NULL:
        return 1;

    case AIR_JSON_STRING:
        return node->end == node->start;

    case AIR_JSON_NUMBER:
        return inner && air_str_eqz(air_json_raw(doc, node), "0");

    case AIR_JSON_ARRAY:
        return node->count == 0;

    case AIR_JSON_OBJECT:
        for (m = air_json_first(doc, node);
             m != NULL;
             m = air_json_next(doc, m))
        {
            if (!hollow(doc, m, 1)) {
                return 0;
            }
        }

        return 1;
    }

    return 0;
}


/* Members that may be said otherwise with the same meaning. */
static int
excused(air_str_t key)
{
    size_t  i;

    static const char *const  keys[] = {
        "usage", "stream_options", "max_tokens", "native_finish_reason",
        "x_groq", "type"
    };

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (air_str_eqz(key, keys[i])) {
            return 1;
        }
    }

    return 0;
}


/* Every member of x that says something is in y and says the same. */
static int
same_object(const air_json_doc_t *a, const air_json_node_t *x,
    const air_json_doc_t *b, const air_json_node_t *y, const char **where)
{
    static char             name[128];
    air_str_t               key;
    const air_json_node_t  *m, *other;

    for (m = air_json_first(a, x); m != NULL; m = air_json_next(a, m)) {

        key = air_json_key(a, m);
        snprintf(name, sizeof(name), "%.*s", (int) key.len, key.data);
        other = air_json_get(b, y, name);

        if (other == NULL && (hollow(a, m, 0) || excused(key))) {
            continue;
        }

        if (excused(key)) {
            continue;
        }

        if (other == NULL || !same(a, m, b, other, where)) {
            snprintf(name, sizeof(name), "%.*s", (int) key.len, key.data);
            *where = *where ? *where : name;
            return 0;
        }
    }

    return 1;
}


static int
same(const air_json_doc_t *a, const air_json_node_t *x,
    const air_json_doc_t *b, const air_json_node_t *y, const char **where)
{
    int                     good;
    mem_t                   m;
    air_mem_t               mem;
    air_str_t               s, t;
    const air_json_node_t  *i, *k;

    if (hollow(a, x, 0) && hollow(b, y, 0)) {
        return 1;
    }

    if (x->type != y->type) {
        return 0;
    }

    switch (x->type) {

    case AIR_JSON_STRING:
        mem = mem_init(&m, 0);
        (void) air_json_string(a, x, &mem, &s);
        (void) air_json_string(b, y, &mem, &t);
        good = air_str_eq(s, t);
        mem_free(&m);

        return good;

    case AIR_JSON_NUMBER:
        return air_str_eq(air_json_raw(a, x), air_json_raw(b, y));

    case AIR_JSON_ARRAY:
        if (x->count != y->count) {
            return 0;
        }

        k = air_json_first(b, y);

        for (i = air_json_first(a, x); i != NULL; i = air_json_next(a, i)) {

            if (!same(a, i, b, k, where)) {
                return 0;
            }

            k = air_json_next(b, k);
        }

        return 1;

    case AIR_JSON_OBJECT:
        return same_object(a, x, b, y, where);
    }

    return 1;
}


static const char *
profile_of(const air_json_doc_t *doc, const air_json_node_t *vendor)
{
    size_t  i;

    static const char *const  vendors[] = {
        "openai", "openrouter", "azure", "mistral", "groq", "xai",
        "deepseek", "together", "vllm", "ollama", "perplexity", "cerebras"
    };

    for (i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++) {
        if (air_json_is(doc, vendor, vendors[i])) {
            return vendors[i];
        }
    }

    return air_json_is(doc, vendor, "moonshotai") ? "moonshot"
                                                  : "openai-compatible";
}


static void
recorded_request(const char *name, const air_json_doc_t *rec,
    const air_json_node_t *body, air_op_e op, const air_profile_t *p,
    const air_mem_t *mem)
{
    int                rc;
    air_buf_t          b;
    const char        *where;
    air_error_t        error;
    air_target_t       target;
    air_json_doc_t     doc, back;
    air_warnings_t     lost;
    air_msg_request_t  msg;

    (void) parse(&doc, mem, air_json_raw(rec, body));

    rc = CODEC.request_read(op, &doc, mem, &msg, &error);

    if (!is(rc, AIR_OK, "%s: request read", name)) {
        return;
    }

    memset(&lost, 0, sizeof(air_warnings_t));
    memset(&target, 0, sizeof(air_target_t));
    target.profile = p;

    air_buf_init(&b, mem, 1 << 26);
    is(CODEC.request_write(&msg, &target, &b, &lost), AIR_OK,
       "%s: request written", name);
    is(lost.n, 0, "%s: nothing lost", name);

    where = NULL;
    ok(parse(&back, mem, air_buf_view(&b))
       && same(&doc, air_json_root(&doc), &back, air_json_root(&back),
               &where),
       "%s: request there and back (%s)", name, where ? where : "");
}


static void
recorded_reply(const char *name, const air_json_doc_t *rec,
    const air_json_node_t *body, air_op_e op, const air_profile_t *p,
    const air_mem_t *mem)
{
    int              rc;
    air_buf_t        b;
    air_note_t       note;
    const char      *where;
    air_error_t      error;
    air_json_doc_t   doc, back;
    air_msg_reply_t  msg;

    (void) parse(&doc, mem, air_json_raw(rec, body));

    air_note_init(&note);
    CODEC.reply_note(op, &doc, p, &note);

    rc = CODEC.reply_read(op, &doc, p, mem, &msg, &error);

    if (note.all & AIR_NOTE_ERROR) {
        is(rc, AIR_EINVAL, "%s: an error in a 200", name);
        return;
    }

    if (!is(rc, AIR_OK, "%s: reply read", name)) {
        return;
    }

    ok(note.usage.seen, "%s: usage seen", name);
    ok(memcmp(&note.usage, &msg.usage, sizeof(air_usage_t)) == 0,
       "%s: noted and read alike", name);
    ok(note.all & (AIR_NOTE_CONTENT | AIR_NOTE_FINISH),
       "%s: something noted", name);

    air_buf_init(&b, mem, 1 << 26);
    is(CODEC.reply_write(&msg, &b), AIR_OK, "%s: reply written", name);

    where = NULL;
    ok(parse(&back, mem, air_buf_view(&b))
       && same(&doc, air_json_root(&doc), &back, air_json_root(&back),
               &where),
       "%s: reply there and back (%s)", name, where ? where : "");
}


static void
recorded_stream(const char *name, air_str_t text, const air_profile_t *p,
    const air_mem_t *mem)
{
    pass_t  whole, cut, again;

    stream(&whole, text, p, AIR_OP_CHAT, text.len, 0, mem);
    is(whole.rc, AIR_OK, "%s: stream read and written", name);
    ok(whole.note.all & (AIR_NOTE_CONTENT | AIR_NOTE_ERROR),
       "%s: something in it", name);

    stream(&cut, text, p, AIR_OP_CHAT, 97, 4711, mem);
    ok(air_str_eq(air_buf_view(&cut.wire), air_buf_view(&whole.wire)),
       "%s: the same when cut", name);

    if (whole.note.all & AIR_NOTE_ERROR) {
        return;
    }

    stream(&again, air_buf_view(&whole.wire), profile("openai"), AIR_OP_CHAT,
           4096, 0, mem);

    ok(air_str_eq(air_buf_view(&again.blocks), air_buf_view(&whole.blocks)),
       "%s: stream there and back", name);
    is(again.note.finish, whole.note.finish, "%s: its finish", name);
}


static unsigned
recorded(const char *path, const char *name)
{
    mem_t                   m;
    air_op_e                op;
    air_mem_t               mem;
    air_str_t               text, sse;
    air_json_doc_t          rec;
    const air_profile_t    *p;
    const air_json_node_t  *root, *body, *reply, *protocol;

    text = file_read(path);
    mem = mem_init(&m, 0);

    if (text.data == NULL || !parse(&rec, &mem, text)) {
        free(text.data);
        mem_free(&m);
        return 0;
    }

    root = air_json_root(&rec);
    protocol = air_json_get(&rec, root, "protocol");

    if (!air_json_is(&rec, protocol, "openai-chat")
        && !air_json_is(&rec, protocol, "openai-embeddings"))
    {
        free(text.data);
        mem_free(&m);
        return 0;
    }

    op = air_json_is(&rec, protocol, "openai-chat") ? AIR_OP_CHAT
                                                    : AIR_OP_EMBEDDINGS;
    p = profile(profile_of(&rec, air_json_get(&rec, root, "vendor")));

    body = air_json_get(&rec, air_json_get(&rec, root, "request"), "body");

    if (body != NULL && body->type == AIR_JSON_OBJECT) {
        recorded_request(name, &rec, body, op, p, &mem);
    }

    reply = air_json_get(&rec, root, "response");
    body = air_json_get(&rec, reply, "body");

    if (body != NULL && body->type == AIR_JSON_OBJECT) {
        recorded_reply(name, &rec, body, op, p, &mem);
    }

    body = air_json_get(&rec, reply, "sse");

    if (body != NULL && body->type == AIR_JSON_STRING) {
        (void) air_json_string(&rec, body, &mem, &sse);
        recorded_stream(name, sse, p, &mem);
    }

    free(text.data);
    mem_free(&m);

    return 1;
}


static unsigned
recorded_folder(const char *dir, unsigned depth)
{
    int              i, n;
    char             path[2048];
    unsigned         done;
    struct dirent  **list;

    done = 0;
    n = scandir(dir, &list, NULL, alphasort);

    for (i = 0; i < n; i++) {

        snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);

        if (list[i]->d_name[0] == '.') {
            /* void */

        } else if (strstr(list[i]->d_name, ".json") != NULL) {
            done += recorded(path, list[i]->d_name);

        } else if (depth != 0) {
            done += recorded_folder(path, depth - 1);
        }

        free(list[i]);
    }

    if (n >= 0) {
        free(list);
    }

    return done;
}


static void
test_recordings(void)
{
    char         path[1024];
    size_t       i;
    unsigned     n;
    const char  *top;

    static const char *const  folders[] = {
        "openai-chat", "openai-compatible", "openrouter", "azure-openai",
        "embeddings"
    };

    n = 0;
    top = getenv("AIR_SHARED_DATA");

    for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, sizeof(path), "%s/recordings/%s",
                 top ? top : "../shared/data", folders[i]);
        n += recorded_folder(path, 1);
    }

    if (n == 0) {
        skip("the recordings are not here (AIR_SHARED_DATA)");
        return;
    }

    ok(n >= 60, "%u recordings", n);
}


/* --------------------------------------------------------- other wires */


/* A message as another wire's reader would build it. */
static void
test_foreign(void)
{
    mem_t              m;
    air_buf_t          b;
    air_mem_t          mem;
    air_str_t          s;
    air_part_t        *p, *inner, *last;
    air_turn_t        *turn;
    air_tool_t        *tool;
    air_item_t        *stop, *stops;
    air_target_t       target;
    air_warnings_t     lost;
    air_msg_request_t  msg;
    unsigned           i;

    mem = mem_init(&m, 0);
    air_msg_request_init(&msg, "anthropic", AIR_OP_CHAT);

    turn = air_msg_turn(&msg, &mem, AIR_ROLE_SYSTEM);
    p = air_msg_part(&turn->parts, &turn->last, &mem, AIR_PART_TEXT);
    p->text = air_str_z("Be brief.");
    p->cache.set = AIR_ON;

    turn = air_msg_turn(&msg, &mem, AIR_ROLE_ASSISTANT);
    p = air_msg_part(&turn->parts, &turn->last, &mem, AIR_PART_THINKING);
    p->text = air_str_z("Hm.");
    p->signature = air_str_z("S");
    p->issuer = "anthropic";
    p = air_msg_part(&turn->parts, &turn->last, &mem, AIR_PART_TOOL_CALL);
    p->id = air_str_z("toolu_1");
    p->name = air_str_z("shot");
    p = air_msg_part(&turn->parts, &turn->last, &mem, AIR_PART_TOOL_CALL);
    p->id = air_str_z("toolu_2");
    p->name = air_str_z("shot");
    p->arguments = air_str_z("{\"a\":1}");

    turn = air_msg_turn(&msg, &mem, AIR_ROLE_USER);
    p = air_msg_part(&turn->parts, &turn->last, &mem, AIR_PART_TOOL_RESULT);
    p->id = air_str_z("toolu_1");
    last = NULL;
    inner = air_msg_part(&p->parts, &last, &mem, AIR_PART_TEXT);
    inner->text = air_str_z("here");
    inner = air_msg_part(&p->parts, &last, &mem, AIR_PART_IMAGE);
    inner->media.type = air_str_z("image/png");
    inner->media.data = air_str_z("AAAA");
    p = air_msg_part(&turn->parts, &turn->last, &mem, AIR_PART_TOOL_RESULT);
    p->id = air_str_z("toolu_2");
    p->is_error = 1;
    last = NULL;
    inner = air_msg_part(&p->parts, &last, &mem, AIR_PART_TEXT);
    inner->text = air_str_z("failed");

    tool = air_msg_tool(&msg, &mem);
    tool->name = air_str_z("shot");
    tool->schema = air_str_z("{\"type\":\"object\",\"x\":1e2}");

    stops = NULL;
    msg.has_stop = 1;

    for (i = 0; i < 5; i++) {
        stop = air_msg_item(&msg.stop, &stops, &mem);
        stop->text = air_str_z("END");
    }

    msg.tool_choice.how = AIR_CHOOSE_ANY;
    msg.has_max_output = 1;
    msg.max_output = 50;
    msg.top_k = air_str_z("40");
    msg.reasoning.has_budget = 1;
    msg.reasoning.budget = 4096;
    msg.stream = 1;
    (void) air_msg_extra(&msg.extra, &mem, air_str_z("container"),
                         air_str_z("{}"));

    memset(&lost, 0, sizeof(air_warnings_t));
    target.profile = profile("openai");
    target.model = air_str_z("up-1");
    air_buf_init(&b, &mem, 65536);

    is(CODEC.request_write(&msg, &target, &b, &lost), AIR_OK,
       "another wire's request");
    is_str(air_buf_view(&b),
           "{\"model\":\"up-1\",\"messages\":[{\"role\":\"system\","
           "\"content\":[{\"type\":\"text\",\"text\":\"Be brief.\"}]},"
           "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":["
           "{\"id\":\"toolu_1\",\"type\":\"function\",\"function\":{\"name\":"
           "\"shot\",\"arguments\":\"{}\"}},{\"id\":\"toolu_2\",\"type\":"
           "\"function\",\"function\":{\"name\":\"shot\",\"arguments\":"
           "\"{\\\"a\\\":1}\"}}]},"
           "{\"role\":\"tool\",\"content\":\"here\",\"tool_call_id\":"
           "\"toolu_1\"},{\"role\":\"tool\",\"content\":\"failed\","
           "\"tool_call_id\":\"toolu_2\"},{\"role\":\"user\",\"content\":["
           "{\"type\":\"text\",\"text\":\"Result of tool call toolu_1:\"},"
           "{\"type\":\"image_url\",\"image_url\":{\"url\":"
           "\"data:image/png;base64,AAAA\"}}]}],\"tools\":[{\"type\":"
           "\"function\",\"function\":{\"name\":\"shot\",\"parameters\":"
           "{\"type\":\"object\",\"x\":1e2}}}],\"tool_choice\":\"required\","
           "\"reasoning_effort\":\"medium\",\"stop\":[\"END\",\"END\",\"END\""
           ",\"END\"],\"max_completion_tokens\":50,\"stream\":true,"
           "\"stream_options\":{\"include_usage\":true}}",
           "on our wire");

    air_buf_init(&b, &mem, 4096);

    for (i = 0; i < lost.n; i++) {
        air_buf_str(&b, lost.w[i].field);
        air_buf_byte(&b, '=');
        air_buf_z(&b, air_lost_reason(lost.w[i].why));
        air_buf_byte(&b, ' ');
    }

    is_str(air_buf_view(&b), "cache_control=no_such thinking=issuer "
           "tool_result.is_error=no_such tool_result.content=changed "
           "reasoning.max_tokens=changed top_k=no_such stop=value "
           "container=no_such ", "and every loss is named");

    /* a router takes what OpenAI has no word for */

    memset(&lost, 0, sizeof(air_warnings_t));
    target.profile = profile("openrouter");
    air_buf_init(&b, &mem, 65536);
    is(CODEC.request_write(&msg, &target, &b, &lost), AIR_OK, "to a router");
    air_buf_byte(&b, '\0');
    s = air_buf_view(&b);

    ok(strstr((char *) s.data, "\"cache_control\":{\"type\":\"ephemeral\"}")
       != NULL, "with cache marks");
    ok(strstr((char *) s.data, "\"reasoning_details\":[{\"type\":"
              "\"reasoning.text\",\"text\":\"Hm.\",\"signature\":\"S\","
              "\"format\":\"anthropic-claude-v1\",\"index\":0}]") != NULL,
       "with signed thinking");
    ok(strstr((char *) s.data, "\"reasoning\":{\"max_tokens\":4096}") != NULL,
       "with a budget for thinking");
    ok(strstr((char *) s.data, "\"top_k\":40") != NULL, "with top_k");

    mem_free(&m);
}


/* What the translation needs and the relay leaves to the vendor. */
static void
test_read_rows(void)
{
    int                rc;
    mem_t              m;
    size_t             i;
    air_mem_t          mem;
    air_error_t        error;
    air_json_doc_t     doc;
    air_msg_request_t  msg;

    static const struct {
        const char  *body;
        const char  *param;
        const char  *code;
    }  t[] = {
        { "{" M "\"messages\":[{\"role\":\"user\",\"content\":[{}]}]}",
          "messages[0].content[0].type", "missing_required_parameter" },
        { "{" M "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
          "\"zzz\"}]}]}", "messages[0].content[0].type", "invalid_value" },
        { "{" M "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
          "\"image_url\",\"image_url\":{\"url\":\"file:///etc/passwd\"}}]}]}",
          "messages[0].content[0].image_url.url", "invalid_value" },
        { "{" M "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
          "\"image_url\",\"image_url\":{\"url\":\"http://169.254.169.254/\"}}"
          "]}]}", "messages[0].content[0].image_url.url", "invalid_value" },
        { "{" M "\"messages\":[{\"role\":\"tool\",\"content\":\"x\"}]}",
          "messages[0].tool_call_id", "missing_required_parameter" },
        { "{" M U ",\"temperature\":\"hot\"}", "temperature",
          "invalid_type" },
        { "{" M U ",\"tools\":\"x\"}", "tools", "invalid_type" },
        { "{" M U ",\"tools\":[{\"type\":\"function\",\"function\":{}}]}",
          "tools[0].function.name", "missing_required_parameter" },
        { "{" M U ",\"response_format\":\"json\"}", "response_format",
          "invalid_type" },
        { "{" M U ",\"stop\":5}", "stop", "invalid_type" }
    };

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {

        mem = mem_init(&m, 0);
        (void) parse(&doc, &mem, air_str_z(t[i].body));

        rc = CODEC.request_read(AIR_OP_CHAT, &doc, &mem, &msg, &error);

        is(rc, AIR_EINVAL, "refused: %.70s", t[i].body);

        if (rc == AIR_EINVAL) {
            is_str(error.param, t[i].param, "param");
            is_str(error.code, t[i].code, "code");
        }

        mem_free(&m);
    }
}


/* ------------------------------------------------------------- torture */


static const char  rich[] =
    "{\"model\":\"a/\\u0062\",\"messages\":[{\"role\":\"system\",\"content\":"
    "\"s\\n\"},{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
    "\"t\\n\",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}},"
    "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,"
    "AA==\",\"detail\":\"low\"}},{\"type\":\"input_audio\",\"input_audio\":"
    "{\"data\":\"AA==\",\"format\":\"mp3\"}},{\"type\":\"file\",\"file\":"
    "{\"filename\":\"a.pdf\",\"file_data\":\"data:application/pdf;base64,AA=="
    "\"}}]},{\"role\":\"assistant\",\"content\":\"x\",\"reasoning_details\":"
    "[{\"type\":\"reasoning.text\",\"text\":\"r\\n\",\"signature\":\"s\"}],"
    "\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":"
    "{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}}]},{\"role\":\"tool\","
    "\"tool_call_id\":\"c1\",\"content\":\"r\\n\"}],\"tools\":[{\"type\":"
    "\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\\n\","
    "\"parameters\":{}}}],\"tool_choice\":{\"type\":\"function\","
    "\"function\":{\"name\":\"f\"}},\"response_format\":{\"type\":"
    "\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{}}},"
    "\"stop\":[\"a\\n\",\"b\"],\"user\":\"u\\n\",\"metadata\":{\"k\":\"v\"},"
    "\"stream\":true,\"provider\":{\"order\":[\"a\"]},\"zz\":1}";


static int
torture_request(const air_mem_t *mem)
{
    int                rc;
    air_buf_t          b;
    air_edits_t        edits;
    air_error_t        error;
    air_target_t       target;
    air_request_t      rq;
    air_json_doc_t     doc;
    air_warnings_t     lost;
    air_msg_request_t  msg;

    air_json_init(&doc, mem);
    rc = air_json_scan(&doc, air_str_z(rich), AIR_JSON_UNIQUE, NULL);

    if (rc != AIR_OK) {
        return rc;
    }

    rc = CODEC.request_check(AIR_OP_CHAT, &doc, mem, &rq, &error);

    if (rc != AIR_OK) {
        return rc;
    }

    target.profile = profile("mistral");
    target.model = air_str_z("up");
    edits.n = 0;

    rc = CODEC.request_edits(&rq, &doc, &target, mem, &edits, NULL);

    if (rc != AIR_OK) {
        return rc;
    }

    rc = CODEC.request_read(AIR_OP_CHAT, &doc, mem, &msg, &error);

    if (rc != AIR_OK) {
        return rc;
    }

    memset(&lost, 0, sizeof(air_warnings_t));
    air_buf_init(&b, mem, BIG);

    return CODEC.request_write(&msg, &target, &b, &lost);
}


static int
torture_refuse(const air_mem_t *mem)
{
    int             rc;
    air_error_t     error;
    air_request_t   rq;
    air_json_doc_t  doc;

    air_json_init(&doc, mem);
    rc = air_json_scan(&doc, air_str_z("{" M U ",\"max_tokens\":0}"), 0,
                       NULL);
    if (rc != AIR_OK) {
        return rc;
    }

    return CODEC.request_check(AIR_OP_CHAT, &doc, mem, &rq, &error);
}


static int
torture_reply(const air_mem_t *mem)
{
    int              rc;
    air_buf_t        b;
    air_error_t      error;
    air_json_doc_t   doc;
    air_msg_reply_t  msg;

    air_json_init(&doc, mem);
    rc = air_json_scan(&doc, air_str_z(
        "{\"id\":\"i\\n\",\"model\":\"m\",\"choices\":[{\"index\":0,"
        "\"message\":{\"content\":\"t\\n\",\"reasoning\":\"r\\n\","
        "\"refusal\":\"n\\n\",\"annotations\":[{\"type\":\"url_citation\","
        "\"url_citation\":{\"url\":\"u\\n\",\"title\":\"t\"}}],\"images\":["
        "{\"image_url\":{\"url\":\"data:image/png;base64,AA==\"}}],"
        "\"audio\":{\"id\":\"a\",\"transcript\":\"t\\n\"},\"tool_calls\":["
        "{\"id\":\"c\\n\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}"
        "]},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,"
        "\"completion_tokens\":2},\"citations\":[\"c\\n\"]}"),
        AIR_JSON_VENDOR, NULL);

    if (rc != AIR_OK) {
        return rc;
    }

    rc = CODEC.reply_read(AIR_OP_CHAT, &doc, profile("openai"), mem, &msg,
                          &error);
    if (rc != AIR_OK) {
        return rc;
    }

    air_buf_init(&b, mem, BIG);

    return CODEC.reply_write(&msg, &b);
}


static int
torture_stream(const air_mem_t *mem)
{
    int              rc;
    unsigned         i;
    air_buf_t        b;
    air_sse_t        sse;
    air_str_t        text;
    air_deltas_t     out;
    air_stream_t    *st;
    unsigned char   *pos;
    air_sse_event_t  ev;

    text = air_str_z(
        "data: {\"id\":\"i\\n\",\"model\":\"m\",\"choices\":[{\"index\":0,"
        "\"delta\":{\"reasoning\":\"r\\n\",\"reasoning_details\":[{\"type\":"
        "\"reasoning.text\",\"signature\":\"s\\n\"}]}}]}\n\n"
        "data: {\"choices\":[{\"delta\":{\"content\":\"c\\n\"}}]}\n\n"
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":"
        "\"1\\n\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}},"
        "{\"index\":1,\"id\":\"2\",\"function\":{\"name\":\"g\"}}]},"
        "\"finish_reason\":\"tool_calls\"}]}\n\n"
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,"
        "\"completion_tokens\":2}}\n\ndata: [DONE]\n\n");

    st = air_mem_get(mem, sizeof(air_stream_t));

    if (st == NULL) {
        return AIR_ENOMEM;
    }

    air_stream_init(st, mem, AIR_OP_CHAT);
    air_deltas_init(&out, mem);
    air_buf_init(&b, mem, BIG);
    air_sse_init(&sse, mem, 65536);
    pos = text.data;

    for ( ;; ) {
        rc = air_sse_feed(&sse, &pos, text.data + text.len, &ev);

        if (rc != AIR_OK) {
            return rc == AIR_AGAIN ? AIR_OK : rc;
        }

        rc = CODEC.event_read(st, &ev, profile("openai"), &out);

        for (i = 0; rc == AIR_OK && i < out.n; i++) {
            rc = CODEC.event_write(st, &out.d[i], &b);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }
}


static void
test_torture(void)
{
    int        rc, good;
    mem_t      m;
    size_t     i, n;
    air_mem_t  mem;

    static const struct {
        const char  *name;
        int        (*run)(const air_mem_t *mem);
        int          end;
    }  t[] = {
        { "request", torture_request, AIR_OK },
        { "refusal", torture_refuse, AIR_EINVAL },
        { "reply", torture_reply, AIR_OK },
        { "stream", torture_stream, AIR_OK }
    };

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {

        good = 1;

        for (n = 1; n < 10000; n++) {
            mem = mem_init(&m, n);
            rc = t[i].run(&mem);
            mem_free(&m);

            if (m.calls < n) {
                break;
            }

            good &= rc == AIR_ENOMEM;
        }

        ok(good, "%s: each of %zu allocations may fail", t[i].name, n - 1);
        is(rc, t[i].end, "%s: and then it passes", t[i].name);
        ok(n < 300, "%s: within its budget", t[i].name);
    }
}


int
main(void)
{
    ok(air_codec_find(air_str_z("openai")) == &CODEC, "openai is registered");
    ok(air_codec_find(air_str_z("nobody")) == NULL, "others are not");

    test_golden();
    test_rows();
    test_big();
    test_noted_request();
    test_usage_matrix();
    test_golden_cost();
    test_errors();
    test_crossed_reply();
    test_odd_events();
    test_flat();
    test_foreign();
    test_read_rows();
    test_recordings();
    test_torture();

    return done();
}
