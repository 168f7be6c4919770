
/*
 * The Anthropic codec.  Recorded exchanges (t/data/anthropic, and the large
 * set where it is at hand) there and back, whole, byte by byte and cut at
 * fifty seeded places; crossings to and from the OpenAI codec; what requests
 * of other wires become for each generation of models; usage, errors, rows
 * of bad requests; and every allocation failing once.
 */

#include <dirent.h>

#include "../../ngx_ai_router_module/core/air_codec.h"
#include "file.h"
#include "mem.h"
#include "tap.h"


#define CODEC     air_codec_anthropic
#define OTHER     air_codec_openai
#define DATA      "t/data/anthropic"
#define BIG       (1 << 24)
#define CUTS      50
#define NBLOCKS   256


typedef struct {
    uint32_t    number;
    air_part_e  part;
    air_str_t   id;
    air_str_t   name;
    air_buf_t   text;
    air_buf_t   seal;
    air_buf_t   more;             /* citations and extras                   */
} block_t;


/* What one pass over a stream gave. */
typedef struct {
    int           rc;
    int           ended;
    air_note_t    note;
    air_usage_t   usage;
    air_finish_e  finish;
    air_buf_t     all;            /* every block, one a line                */
    air_buf_t     plain;          /* text and calls alone                   */
    air_buf_t     wire;           /* written again for a caller             */
    air_buf_t     errors;
} pass_t;


static const char *const  part_names[] = {
    "text", "image", "document", "audio", "video", "tool_call",
    "tool_result", "thinking", "redacted", "refusal", "raw"
};


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


/* The buffer as a NUL-terminated text. */
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


static int
warned(const air_warnings_t *lost, const char *field, air_lost_e why)
{
    unsigned  i;

    for (i = 0; i < lost->n; i++) {
        if (lost->w[i].why == why && air_str_eqz(lost->w[i].field, field)) {
            return 1;
        }
    }

    return 0;
}


/* ------------------------------------------------------- equal meaning */


static int same(const air_json_doc_t *a, const air_json_node_t *x,
    const air_json_doc_t *b, const air_json_node_t *y, const char **where);


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

        if (other == NULL
            && (m->type == AIR_JSON_NULL
                || (air_str_eqz(key, "is_error")
                    && m->type == AIR_JSON_FALSE)))
        {
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


/* Both ways: nothing lost, nothing added. */
static int
equal(const char *name, const air_json_doc_t *a, const air_json_node_t *x,
    air_buf_t *written, const air_mem_t *mem)
{
    int                     good;
    const char             *where;
    air_json_doc_t          doc;
    const air_json_node_t  *root;

    if (written->error != AIR_OK
        || !parse(&doc, mem, air_buf_view(written)))
    {
        return ok(0, "%s: what is written is JSON", name);
    }

    where = NULL;
    root = air_json_root(&doc);
    good = same(a, x, &doc, root, &where) && same(&doc, root, a, x, &where);

    ok(good, "%s: there and back", name);

    if (!good) {
        printf("# at %s\n# %.3000s\n", where ? where : "?",
               text_of(written));
    }

    return good;
}


/* -------------------------------------------------------------- digest */


/* What a conversation says, whatever its wire: system first, turns flat. */
static void
digest_parts(air_buf_t *b, const air_part_t *p, char who)
{
    size_t  i;

    for ( /* void */ ; p != NULL; p = p->next) {

        for (i = 0; i < p->text.len && p->text.data[i] <= ' '; i++) { }

        switch (p->type) {

        case AIR_PART_TEXT:
        case AIR_PART_REFUSAL:
            if (i != p->text.len) {
                air_buf_byte(b, (unsigned char) who);
                air_buf_z(b, " text ");
                air_buf_str(b, p->text);
                air_buf_z(b, "\n");
            }
            break;

        case AIR_PART_TOOL_CALL:
            air_buf_z(b, "call ");
            air_buf_str(b, p->id);
            air_buf_z(b, " ");
            air_buf_str(b, p->name);
            air_buf_z(b, " ");
            air_buf_str(b, p->arguments.len ? p->arguments
                                            : air_str_z("{}"));
            air_buf_z(b, "\n");
            break;

        case AIR_PART_TOOL_RESULT:
            air_buf_z(b, "result ");
            air_buf_str(b, p->id);
            air_buf_z(b, "\n");
            digest_parts(b, p->parts, 'r');
            break;

        case AIR_PART_IMAGE:
        case AIR_PART_DOCUMENT:
            air_buf_z(b, p->type == AIR_PART_IMAGE ? "image "
                                                   : "document ");
            air_buf_str(b, p->media.url);
            air_buf_str(b, p->media.data);
            air_buf_z(b, "\n");
            break;

        default:
            break;
        }
    }
}


static int
is_system(const air_turn_t *t)
{
    return t->role == AIR_ROLE_SYSTEM || t->role == AIR_ROLE_DEVELOPER;
}


static void
digest(air_buf_t *b, const air_msg_request_t *msg)
{
    const air_tool_t  *tool;
    const air_turn_t  *t;

    for (t = msg->turns; t != NULL; t = t->next) {
        if (is_system(t)) {
            digest_parts(b, t->parts, 's');
        }
    }

    for (t = msg->turns; t != NULL; t = t->next) {
        if (!is_system(t)) {
            digest_parts(b, t->parts, t->role == AIR_ROLE_ASSISTANT ? 'a'
                                                                    : 'u');
        }
    }

    for (tool = msg->tools; tool != NULL; tool = tool->next) {

        if (tool->issuer == NULL) {
            air_buf_z(b, "tool ");
            air_buf_str(b, tool->name);
            air_buf_z(b, " ");
            air_buf_str(b, tool->description);
            air_buf_z(b, " ");
            air_buf_str(b, tool->schema);
            air_buf_z(b, "\n");
        }
    }

    air_buf_z(b, "choose ");
    air_buf_uint(b, (uint64_t) (msg->tool_choice.how));
    air_buf_str(b, msg->tool_choice.name);
    air_buf_z(b, "\n");
}


static void
digest_reply(air_buf_t *b, const air_msg_reply_t *msg)
{
    air_buf_str(b, msg->id);
    air_buf_z(b, " ");
    air_buf_str(b, msg->model);
    air_buf_z(b, "\n");

    if (msg->choices != NULL) {
        digest_parts(b, msg->choices->parts, 'a');
        air_buf_z(b, air_finish_name(air_finish_plain(
                                                msg->choices->finish)));
    }

    air_buf_z(b, " ");
    air_buf_uint(b, air_usage_input(&msg->usage));
    air_buf_z(b, " ");
    air_buf_uint(b, air_usage_output(&msg->usage));
    air_buf_z(b, "\n");
}


/* ------------------------------------------------------------- streams */


static block_t *
block_get(block_t *blocks, unsigned *n, const air_delta_t *d,
    const air_mem_t *mem)
{
    unsigned  i;

    for (i = *n; i > 0; i--) {
        if (blocks[i - 1].number == d->block) {
            return &blocks[i - 1];
        }
    }

    if (*n == NBLOCKS || d->type != AIR_DELTA_BLOCK) {
        return NULL;
    }

    memset(&blocks[*n], 0, sizeof(block_t));
    blocks[*n].number = d->block;
    blocks[*n].part = d->part;
    air_buf_init(&blocks[*n].text, mem, BIG);
    air_buf_init(&blocks[*n].seal, mem, BIG);
    air_buf_init(&blocks[*n].more, mem, BIG);

    return &blocks[(*n)++];
}


static void
take(pass_t *pass, block_t *blocks, unsigned *n, const air_delta_t *d,
    const air_mem_t *mem)
{
    block_t  *b;

    if (d->choice != 0) {
        return;
    }

    switch (d->type) {

    case AIR_DELTA_USAGE:
        pass->usage = *d->usage;
        return;

    case AIR_DELTA_FINISH:
        pass->finish = d->finish;
        return;

    case AIR_DELTA_END:
        pass->ended = 1;
        return;

    case AIR_DELTA_ERROR:
        air_buf_str(&pass->errors, d->error->type);
        return;

    default:
        break;
    }

    b = block_get(blocks, n, d, mem);

    if (b == NULL) {
        return;
    }

    switch (d->type) {

    case AIR_DELTA_BLOCK:
        b->id = copy(mem, d->id);
        b->name = copy(mem, d->name);
        air_buf_str(&b->text, d->raw);
        break;

    case AIR_DELTA_TEXT:
    case AIR_DELTA_ARGUMENTS:
    case AIR_DELTA_DATA:
        air_buf_str(&b->text, d->text);
        break;

    case AIR_DELTA_SIGNATURE:
        air_buf_z(&b->seal, d->issuer ? d->issuer : "");
        air_buf_z(&b->seal, ":");
        air_buf_str(&b->seal, d->text);
        break;

    case AIR_DELTA_CITATION:
    case AIR_DELTA_EXTRA:
        air_buf_z(&b->more, "|");
        air_buf_str(&b->more, d->raw);
        break;

    default:
        break;
    }
}


static void
render(pass_t *pass, block_t *blocks, unsigned n)
{
    unsigned    i;
    block_t    *b;
    air_buf_t  *p;

    for (i = 0; i < n; i++) {
        b = &blocks[i];

        air_buf_z(&pass->all, part_names[b->part]);
        air_buf_z(&pass->all, " ");
        air_buf_str(&pass->all, b->id);
        air_buf_z(&pass->all, " ");
        air_buf_str(&pass->all, b->name);
        air_buf_z(&pass->all, " ");
        air_buf_str(&pass->all, air_buf_view(&b->text));
        air_buf_z(&pass->all, " ");
        air_buf_str(&pass->all, air_buf_view(&b->seal));
        air_buf_str(&pass->all, air_buf_view(&b->more));
        air_buf_z(&pass->all, "\n");
    }

    p = &pass->plain;

    for (i = 0; i < n; i++) {
        b = &blocks[i];

        if (b->part == AIR_PART_TEXT || b->part == AIR_PART_REFUSAL) {
            air_buf_str(p, air_buf_view(&b->text));
        }
    }

    for (i = 0; i < n; i++) {
        b = &blocks[i];

        if (b->part == AIR_PART_TOOL_CALL) {
            air_buf_z(p, "\ncall ");
            air_buf_str(p, b->id);
            air_buf_z(p, " ");
            air_buf_str(p, b->name);
            air_buf_z(p, " ");
            air_buf_str(p, b->text.len ? air_buf_view(&b->text)
                                       : air_str_z("{}"));
        }
    }
}


/* One pass of text through from's reader and to's writer. */
static void
stream(pass_t *pass, air_str_t text, const air_codec_t *from,
    const air_codec_t *to, const air_profile_t *p, size_t step,
    unsigned seed, const air_mem_t *mem)
{
    int               rc;
    size_t            at, n;
    block_t          *blocks;
    unsigned          i, nblocks;
    air_sse_t         sse;
    air_deltas_t      out;
    unsigned char    *pos, *piece;
    air_stream_t     *st;
    air_json_doc_t    doc;
    air_sse_event_t   ev;

    nblocks = 0;
    blocks = air_mem_get(mem, NBLOCKS * sizeof(block_t));

    memset(pass, 0, sizeof(pass_t));
    air_note_init(&pass->note);
    air_usage_init(&pass->usage);
    air_buf_init(&pass->all, mem, BIG);
    air_buf_init(&pass->plain, mem, BIG);
    air_buf_init(&pass->wire, mem, BIG);
    air_buf_init(&pass->errors, mem, BIG);

    st = air_mem_get(mem, sizeof(air_stream_t));
    air_stream_init(st, mem, AIR_OP_CHAT);
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

            rc = from->event_note(&ev, p, &doc, &pass->note);

            if (rc == AIR_OK) {
                rc = from->event_read(st, &ev, p, &out);
            }

            for (i = 0; rc == AIR_OK && i < out.n; i++) {
                take(pass, blocks, &nblocks, &out.d[i], mem);
                rc = to->event_write(st, &out.d[i], &pass->wire);
            }

            if (rc != AIR_OK) {
                pass->rc = rc;
            }
        }

        free(piece);
    }

    render(pass, blocks, nblocks);
}


/*
 * Blocks one after the other, each start, deltas and stop in turn, numbered
 * from 0; message_start first, message_delta and message_stop last.
 */
static int
orderly(air_str_t wire, const air_mem_t *mem)
{
    int                     open, last, state;
    uint64_t                index;
    air_sse_t               sse;
    unsigned char          *pos;
    air_json_doc_t          doc;
    air_sse_event_t         ev;
    const air_json_node_t  *root, *type;

    open = -1;
    last = -1;
    state = 0;
    pos = wire.data;

    air_json_init(&doc, mem);
    air_sse_init(&sse, mem, 1 << 20);

    while (air_sse_feed(&sse, &pos, wire.data + wire.len, &ev) == AIR_OK) {

        if (!ev.has_data) {
            continue;
        }

        if (air_json_scan(&doc, ev.data, 0, NULL) != AIR_OK) {
            return 0;
        }

        root = air_json_root(&doc);
        type = air_json_get(&doc, root, "type");

        if (!air_json_is(&doc, type, "ping")
            && !air_str_eq(air_json_raw(&doc, type), ev.type))
        {
            return 0;
        }

        index = 0;
        (void) air_json_uint(&doc, air_json_get(&doc, root, "index"),
                             &index);

        if (air_json_is(&doc, type, "message_start")) {
            if (state++ != 0) {
                return 0;
            }

        } else if (air_json_is(&doc, type, "content_block_start")) {
            if (state != 1 || open >= 0 || (int) index != last + 1) {
                return 0;
            }

            open = last = (int) index;

        } else if (air_json_is(&doc, type, "content_block_delta")) {
            if (open != (int) index) {
                return 0;
            }

        } else if (air_json_is(&doc, type, "content_block_stop")) {
            if (open != (int) index) {
                return 0;
            }

            open = -1;

        } else if (air_json_is(&doc, type, "message_delta")) {
            if (open >= 0 || state++ != 1) {
                return 0;
            }

        } else if (air_json_is(&doc, type, "message_stop")) {
            if (state++ != 2) {
                return 0;
            }
        }
    }

    return state == 3;
}


/* ---------------------------------------------------------- recordings */


static void
recorded_request(const char *name, const air_json_doc_t *rec,
    const air_json_node_t *body, air_op_e op, const air_mem_t *mem)
{
    int                     rc;
    air_buf_t               b, there, back;
    air_error_t             error;
    air_edits_t             edits;
    air_target_t            target;
    air_request_t           rq;
    air_json_doc_t          doc;
    air_warnings_t          lost;
    air_msg_request_t       msg, other;
    const air_json_node_t  *root;

    (void) parse(&doc, mem, air_json_raw(rec, body));
    root = air_json_root(&doc);

    rc = CODEC.request_check(op, &doc, mem, &rq, &error);

    if (!is(rc, AIR_OK, "%s: the request is good", name)) {
        printf("# %.*s\n", (int) error.message.len, error.message.data);
        return;
    }

    /* the relay: nothing but the model */

    memset(&target, 0, sizeof(air_target_t));
    memset(&edits, 0, sizeof(air_edits_t));
    target.profile = profile("anthropic");
    target.model = air_str_z("claude-x");

    air_buf_init(&b, mem, BIG);
    is(CODEC.request_edits(&rq, &doc, &target, mem, &edits, NULL), AIR_OK,
       "%s: edits", name);
    is((long long) edits.n, 1, "%s: one edit", name);
    (void) air_edits_apply(&edits, doc.text, &b);
    is((long long) b.len, (long long) (doc.text.len - rq.model.len + 8),
       "%s: no other byte changes", name);

    /* the crossing to itself */

    rc = CODEC.request_read(op, &doc, mem, &msg, &error);

    if (!is(rc, AIR_OK, "%s: read", name)) {
        printf("# %.*s\n", (int) error.message.len, error.message.data);
        return;
    }

    memset(&lost, 0, sizeof(air_warnings_t));
    air_buf_init(&b, mem, BIG);
    target.model = air_str_n(NULL, 0);
    is(CODEC.request_write(&msg, &target, &b, &lost), AIR_OK, "%s: written",
       name);
    is((long long) lost.n, 0, "%s: nothing is lost on its own wire", name);
    equal(name, &doc, root, &b, mem);

    /* to the other wire and back: what is said stays */

    if (op != AIR_OP_MESSAGES) {
        return;
    }

    target.profile = profile("openrouter");
    air_buf_init(&b, mem, BIG);
    is(OTHER.request_write(&msg, &target, &b, &lost), AIR_OK,
       "%s: written for the other wire", name);

    (void) parse(&doc, mem, air_buf_view(&b));
    rc = OTHER.request_read(AIR_OP_CHAT, &doc, mem, &other, &error);
    is(rc, AIR_OK, "%s: good there", name);

    if (rc != AIR_OK) {
        printf("# %.*s\n# %.2000s\n", (int) error.message.len,
               error.message.data, text_of(&b));
        return;
    }

    /* media of results and files move there, raw blocks have no place */

    if (lost.n == 0) {
        air_buf_init(&there, mem, BIG);
        air_buf_init(&back, mem, BIG);
        digest(&there, &msg);
        digest(&back, &other);
        is_str(air_buf_view(&back), text_of(&there),
               "%s: the other wire says the same", name);
    }
}


static void
recorded_reply(const char *name, const air_json_doc_t *rec,
    const air_json_node_t *body, air_op_e op, unsigned status,
    const air_mem_t *mem)
{
    int                rc;
    air_buf_t          b, there, back;
    air_note_t         note;
    air_error_t        error;
    air_json_doc_t     doc;
    air_msg_reply_t    msg, other;

    (void) parse(&doc, mem, air_json_raw(rec, body));

    air_note_init(&note);
    CODEC.reply_note(op, &doc, profile("anthropic"), &note);
    rc = CODEC.reply_read(op, &doc, profile("anthropic"), mem, &msg, &error);

    if (status >= 300) {
        ok(note.what == AIR_NOTE_ERROR && note.error.message.len != 0,
           "%s: an error is noted", name);
        is(rc, AIR_EINVAL, "%s: and is no reply", name);

        air_buf_init(&b, mem, BIG);
        error.status = status;
        CODEC.error_write(&error, air_str_n(NULL, 0), &b);
        (void) parse(&doc, mem, air_buf_view(&b));

        ok(air_json_is(&doc, air_json_get(&doc,
                                          air_json_get(&doc,
                                                       air_json_root(&doc),
                                                       "error"), "type"),
                       status == 401 ? "authentication_error"
                       : status == 404 ? "not_found_error"
                                       : "invalid_request_error"),
           "%s: told in the same type", name);
        return;
    }

    is(rc, AIR_OK, "%s: the reply is read", name);
    ok((note.what & AIR_NOTE_CHOICES) && (note.what & AIR_NOTE_CONTENT)
       && (note.what & AIR_NOTE_USAGE) && !(note.what & AIR_NOTE_ERROR),
       "%s: the reply is noted", name);

    air_buf_init(&b, mem, BIG);
    is(CODEC.reply_write(&msg, &b), AIR_OK, "%s: the reply is written",
       name);
    equal(name, &doc, air_json_root(&doc), &b, mem);

    if (op != AIR_OP_MESSAGES) {
        return;
    }

    ok(memcmp(&note.usage, &msg.usage, sizeof(air_usage_t)) == 0,
       "%s: noted and read usage agree", name);

    air_buf_init(&b, mem, BIG);
    is(OTHER.reply_write(&msg, &b), AIR_OK, "%s: for the other wire", name);
    (void) parse(&doc, mem, air_buf_view(&b));

    if (!is(OTHER.reply_read(AIR_OP_CHAT, &doc, profile("openai"), mem,
                             &other, &error), AIR_OK, "%s: good there",
            name))
    {
        return;
    }

    /* several texts are one there */

    air_buf_init(&there, mem, BIG);
    air_buf_init(&back, mem, BIG);
    digest_reply(&there, &msg);
    digest_reply(&back, &other);

    if (strstr(text_of(&there), "a text") == NULL
        || strstr(strstr(text_of(&there), "a text") + 1, "\na text") == NULL)
    {
        is_str(air_buf_view(&back), text_of(&there),
               "%s: the other wire says the same", name);
    }
}


static void
recorded_stream(const char *name, air_str_t text, const air_codec_t *from,
    const air_profile_t *p, const air_mem_t *mem)
{
    size_t              before;
    mem_t              *m;
    pass_t              whole, cut, again, other;
    unsigned            i;
    const air_codec_t  *to;

    m = mem->ud;
    to = from == &CODEC ? &OTHER : &CODEC;

    stream(&whole, text, from, from, p, text.len, 0, mem);
    is(whole.rc, AIR_OK, "%s: the stream is read", name);
    ok(whole.note.all & AIR_NOTE_CONTENT, "%s: content is noted", name);

    if (from == &CODEC) {
        ok(whole.ended && (whole.note.all & AIR_NOTE_DONE),
           "%s: it ends", name);
        ok(!whole.note.usage.estimated
           && memcmp(&whole.note.usage, &whole.usage, sizeof(air_usage_t))
              == 0, "%s: noted and read usage agree", name);

        stream(&again, air_buf_view(&whole.wire), &CODEC, &CODEC, p,
               whole.wire.len, 0, mem);
        is_str(air_buf_view(&again.all), text_of(&whole.all),
               "%s: there and back", name);
        ok(orderly(air_buf_view(&whole.wire), mem), "%s: in order", name);
        is((long long) air_usage_input(&again.usage),
           (long long) air_usage_input(&whole.usage), "%s: input", name);
    }

    stream(&cut, text, from, from, p, 1, 0, mem);
    is_str(air_buf_view(&cut.all), text_of(&whole.all), "%s: byte by byte",
           name);
    is_str(air_buf_view(&cut.wire), text_of(&whole.wire),
           "%s: byte by byte, the wire", name);

    before = m->bytes;

    for (i = 0; i < CUTS; i++) {
        stream(&cut, text, from, from, p, text.len / 8 + 1, i + 1, mem);

        if (!air_str_eq(air_buf_view(&cut.wire), air_buf_view(&whole.wire))
            || !air_str_eq(air_buf_view(&cut.all), air_buf_view(&whole.all))
            || memcmp(&cut.usage, &whole.usage, sizeof(air_usage_t)) != 0)
        {
            break;
        }
    }

    is(i, CUTS, "%s: fifty cuts", name);
    ok(m->bytes > before, "%s: (memory was counted)", name);

    /* across */

    stream(&other, text, from, to, p, text.len, 0, mem);
    is(other.rc, AIR_OK, "%s: written for the other wire", name);

    stream(&again, air_buf_view(&other.wire), to, to,
           profile(to == &CODEC ? "anthropic" : "openai"), other.wire.len, 0,
           mem);

    is_str(air_buf_view(&again.plain), text_of(&whole.plain),
           "%s: the other wire says the same", name);

    if (to == &CODEC) {
        ok(orderly(air_buf_view(&other.wire), mem), "%s: in order there",
           name);
    }

    if (whole.finish != AIR_FINISH_NONE
        && whole.finish != AIR_FINISH_ERROR)
    {
        is(air_finish_plain(again.finish),
           strstr(text_of(&whole.plain), "\ncall ") != NULL
           && air_finish_plain(whole.finish) == AIR_FINISH_STOP
           && to == &CODEC
           ? AIR_FINISH_TOOL_CALLS : air_finish_plain(whole.finish),
           "%s: the same finish", name);
    }

    if (whole.usage.seen) {
        is((long long) air_usage_input(&again.usage),
           (long long) air_usage_input(&whole.usage), "%s: input there",
           name);
        is((long long) air_usage_output(&again.usage),
           (long long) air_usage_output(&whole.usage), "%s: output there",
           name);
        is((long long) (again.usage.n[AIR_IN_CACHE_READ]),
           (long long) (whole.usage.n[AIR_IN_CACHE_READ]
                        + whole.usage.n[AIR_IN_CACHE_READ_AUDIO]),
           "%s: cached there", name);
    }
}


/* An exchange of the other wire that comes here. */
static void
recorded_foreign(const char *name, const air_json_doc_t *rec,
    const air_mem_t *mem)
{
    int                     rc;
    air_buf_t               b, there, back;
    air_str_t               sse;
    air_error_t             error;
    air_target_t            target;
    air_json_doc_t          doc, ours;
    air_warnings_t          lost;
    air_msg_reply_t         reply;
    air_msg_request_t       msg, read;
    const air_json_node_t  *root, *body, *response;

    root = air_json_root(rec);
    response = air_json_get(rec, root, "response");

    body = air_json_get(rec, air_json_get(rec, root, "request"), "body");

    if (body != NULL && body->type == AIR_JSON_OBJECT) {

        (void) parse(&doc, mem, air_json_raw(rec, body));
        rc = OTHER.request_read(AIR_OP_CHAT, &doc, mem, &msg, &error);

        if (rc == AIR_OK) {
            memset(&lost, 0, sizeof(air_warnings_t));
            memset(&target, 0, sizeof(air_target_t));
            target.profile = profile("anthropic");
            target.model = air_str_z("claude-sonnet-4-5");

            air_buf_init(&b, mem, BIG);
            is(CODEC.request_write(&msg, &target, &b, &lost), AIR_OK,
               "%s: written for this wire", name);

            (void) parse(&ours, mem, air_buf_view(&b));
            rc = CODEC.request_read(AIR_OP_MESSAGES, &ours, mem, &read,
                                    &error);

            if (!is(rc, AIR_OK, "%s: good here", name)) {
                printf("# %.*s\n# %.2000s\n", (int) error.message.len,
                       error.message.data, text_of(&b));

            } else if (!warned(&lost, "messages", AIR_LOST_ADDED)
                       && !warned(&lost, "response_format", AIR_LOST_CHANGED)
                       && !warned(&lost, "tools", AIR_LOST_NO_SUCH)
                       && !warned(&lost, "audio", AIR_LOST_NO_SUCH)
                       && !warned(&lost, "content", AIR_LOST_NO_SUCH)
                       && !warned(&lost, "document", AIR_LOST_ISSUER)
                       && !msg.functions && msg.tools == NULL)
            {
                air_buf_init(&there, mem, BIG);
                air_buf_init(&back, mem, BIG);
                digest(&there, &msg);
                digest(&back, &read);
                is_str(air_buf_view(&back), text_of(&there),
                       "%s: this wire says the same", name);
            }
        }
    }

    body = air_json_get(rec, response, "body");

    if (body != NULL && body->type == AIR_JSON_OBJECT) {

        (void) parse(&doc, mem, air_json_raw(rec, body));

        if (OTHER.reply_read(AIR_OP_CHAT, &doc, profile("openai"), mem,
                             &reply, &error) == AIR_OK)
        {
            air_buf_init(&there, mem, BIG);
            digest_reply(&there, &reply);

            air_buf_init(&b, mem, BIG);
            is(CODEC.reply_write(&reply, &b), AIR_OK, "%s: a reply for this "
               "wire", name);
            (void) parse(&ours, mem, air_buf_view(&b));

            is(CODEC.reply_read(AIR_OP_MESSAGES, &ours, profile("anthropic"),
                                mem, &reply, &error), AIR_OK,
               "%s: good here", name);

            air_buf_init(&back, mem, BIG);
            digest_reply(&back, &reply);

            /* calls beside "stop" get the word that clients go by here */

            if ((strstr(text_of(&there), "call ") == NULL
                 || strstr(text_of(&there), "tool_calls ") != NULL)
                && strstr(text_of(&there), "error ") == NULL)
            {
                is_str(air_buf_view(&back), text_of(&there),
                       "%s: this wire says the same", name);
            }
        }
    }

    body = air_json_get(rec, response, "sse");

    if (body != NULL && body->type == AIR_JSON_STRING) {
        (void) air_json_string(rec, body, mem, &sse);

        if (strstr((char *) copy(mem, sse).data, "\"error\"") == NULL) {
            recorded_stream(name, sse, &OTHER, profile("openrouter"), mem);
        }
    }
}


static int
recorded(const char *path, const char *name)
{
    mem_t                   m;
    air_op_e                op;
    uint64_t                status;
    air_mem_t               mem;
    air_str_t               text, sse;
    air_json_doc_t          rec;
    const air_json_node_t  *root, *body, *reply, *protocol, *request;

    text = file_read(path);
    mem = mem_init(&m, 0);

    if (text.data == NULL || !parse(&rec, &mem, text)) {
        free(text.data);
        mem_free(&m);
        return 0;
    }

    root = air_json_root(&rec);
    protocol = air_json_get(&rec, root, "protocol");

    if (air_json_is(&rec, protocol, "openai-chat")) {
        recorded_foreign(name, &rec, &mem);
        free(text.data);
        mem_free(&m);
        return 1;
    }

    if (!air_json_is(&rec, protocol, "anthropic-messages")) {
        free(text.data);
        mem_free(&m);
        return 0;
    }

    request = air_json_get(&rec, root, "request");
    op = air_json_is(&rec, air_json_get(&rec, request, "path"),
                     "/v1/messages/count_tokens")
         ? AIR_OP_COUNT_TOKENS : AIR_OP_MESSAGES;

    body = air_json_get(&rec, request, "body");

    if (body != NULL && body->type == AIR_JSON_OBJECT) {
        recorded_request(name, &rec, body, op, &mem);
    }

    status = 200;
    reply = air_json_get(&rec, root, "response");
    (void) air_json_uint(&rec, air_json_get(&rec, reply, "status"), &status);
    body = air_json_get(&rec, reply, "body");

    if (body != NULL && body->type == AIR_JSON_OBJECT) {
        recorded_reply(name, &rec, body, op, (unsigned) status, &mem);
    }

    body = air_json_get(&rec, reply, "sse");

    if (body != NULL && body->type == AIR_JSON_STRING) {
        (void) air_json_string(&rec, body, &mem, &sse);
        recorded_stream(name, sse, &CODEC, profile("anthropic"), &mem);
    }

    free(text.data);
    mem_free(&m);

    return 1;
}


static unsigned
recorded_folder(const char *dir, const char *prefix)
{
    int              i, n;
    char             path[2048];
    unsigned         done;
    struct dirent  **list;

    done = 0;
    n = scandir(dir, &list, NULL, alphasort);

    for (i = 0; i < n; i++) {

        snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);

        if (strstr(list[i]->d_name, ".json") != NULL
            && strncmp(list[i]->d_name, prefix, strlen(prefix)) == 0)
        {
            done += (unsigned) recorded(path, list[i]->d_name);
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

    static const struct {
        const char  *folder;
        const char  *prefix;
    }  folders[] = {
        { "anthropic-messages", "" },
        { "errors", "anthropic" },
        { "openai-chat", "" },
        { "openrouter", "" },
        { "openai-compatible", "" }
    };

    ok(recorded_folder(DATA, "") >= 6, "recordings of our own");

    n = 0;
    top = getenv("AIR_SHARED_DATA");

    for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, sizeof(path), "%s/recordings/%s",
                 top ? top : "../shared/data", folders[i].folder);
        n += recorded_folder(path, folders[i].prefix);
    }

    if (n == 0) {
        skip("the recordings are not here (AIR_SHARED_DATA)");
        return;
    }

    ok(n >= 60, "%u recordings", n);
}


/* -------------------------------------------------------- bad requests */


#define M  "\"model\":\"claude-sonnet-4-5\","
#define T  "\"max_tokens\":10"
#define U  "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],"


static void
test_rows(void)
{
    int                rc;
    mem_t              m;
    size_t             i;
    air_mem_t          mem;
    air_error_t        error;
    air_request_t      rq;
    air_json_doc_t     doc;
    air_msg_request_t  msg;

    /* at the front door */

    static const struct {
        const char  *body;
        const char  *message;
        unsigned     status;
    }  front[] = {
        { "{}", "model: Field required", 400 },
        { "null", "model: Field required", 400 },
        { "[]", "The request body is not valid: Input should be a valid "
          "dictionary", 400 },
        { "{" U T ",\"model\":5}", "model: Input should be a valid string",
          400 },
        { "{" U T ",\"model\":\"\"}", "model: String should have at least 1 "
          "character", 400 },
        { "{" U T ",\"model\":\"a\\nb\"}", "model: not found", 404 },
        { "{" U T ",\"model\":\"../x\"}", "model: not found", 404 },
        { "{" U M "\"stream\":false}", "max_tokens: Field required", 400 },
        { "{" U M "\"max_tokens\":null}", "max_tokens: Field required", 400 },
        { "{" U M "\"max_tokens\":0}", "max_tokens: Input should be greater "
          "than or equal to 1", 400 },
        { "{" U M "\"max_tokens\":-1}", "max_tokens: Input should be greater "
          "than or equal to 1", 400 },
        { "{" U M "\"max_tokens\":\"10\"}", "max_tokens: Input should be a "
          "valid integer", 400 },
        { "{" U M "\"max_tokens\":1.5}", "max_tokens: Input should be a "
          "valid integer", 400 },
        { "{" U M "\"max_tokens\":1000000000000}", "max_tokens: Input should "
          "be less than or equal to 2147483647", 400 },
        { "{" M T "}", "messages: Field required", 400 },
        { "{" M "\"messages\":[]," T "}", "messages: at least one message is "
          "required", 400 },
        { "{" M "\"messages\":\"hi\"," T "}", "messages: Input should be a "
          "valid list", 400 },
        { "{" M "\"messages\":[\"hi\"]," T "}", "messages.0: Input should be "
          "a valid dictionary", 400 },
        { "{" M "\"messages\":[{\"content\":\"x\"}]," T "}",
          "messages.0.role: Field required", 400 },
        { "{" M "\"messages\":[{\"role\":\"tool\",\"content\":\"x\"}]," T "}",
          "messages: Unexpected role \"tool\". Allowed roles are \"user\" or "
          "\"assistant\".", 400 },
        { "{" M "\"messages\":[{\"role\":\"user\"}]," T "}",
          "messages.0.content: Field required", 400 },
        { "{" M "\"messages\":[{\"role\":\"user\",\"content\":7}]," T "}",
          "messages.0.content: Input should be a valid list", 400 },
        { "{" U M T ",\"stream\":\"true\"}", "stream: Input should be a "
          "valid boolean", 400 },
        { "{" U M T ",\"metadata\":[]}", "metadata: Input should be a valid "
          "dictionary", 400 },
        { "{" U M T ",\"metadata\":{\"user_id\":5}}", "metadata.user_id: "
          "Input should be a valid string", 400 },
        { "{" U M T ",\"base_url\":\"http://x\"}", "base_url: Extra inputs "
          "are not permitted", 400 }
    };

    /* only where it is translated */

    static const struct {
        const char  *body;
        const char  *message;
    }  inside[] = {
        { "{" M T ",\"messages\":[{\"role\":\"system\",\"content\":\"x\"},"
          "{\"role\":\"user\",\"content\":\"x\"}]}",
          "messages: Unexpected role \"system\". The Messages API accepts a "
          "top-level `system` parameter, not \"system\" as the role of the "
          "first message." },
        { "{" U M T ",\"temperature\":2}", "temperature: range: 0..1" },
        { "{" U M T ",\"temperature\":-0.1}", "temperature: range: 0..1" },
        { "{" U M T ",\"top_p\":\"x\"}", "top_p: Input should be a valid "
          "number" },
        { "{" M T ",\"messages\":[{\"role\":\"user\",\"content\":[{}]}]}",
          "messages.0.content.0.type: Field required" },
        { "{" M T ",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
          "\"image\"}]}]}",
          "messages.0.content.0.source: Field required" },
        { "{" M T ",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
          "\"image\",\"source\":{\"type\":\"url\",\"url\":"
          "\"http://169.254.169.254/\"}}]}]}",
          "messages.0.content.0.source.url: Only HTTPS URLs are supported." },
        { "{" M T ",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
          "\"tool_result\",\"content\":\"x\"}]}]}",
          "messages.0.content.0.tool_use_id: Field required" },
        { "{" U M T ",\"tools\":\"x\"}", "tools: Input should be a valid "
          "list" },
        { "{" U M T ",\"tools\":[{\"name\":\"f\"}]}",
          "tools.input_schema: Field required" },
        { "{" U M T ",\"stop_sequences\":\"x\"}", "stop_sequences: Input "
          "should be a valid list" }
    };

    for (i = 0; i < sizeof(front) / sizeof(front[0]); i++) {

        mem = mem_init(&m, 0);
        (void) parse(&doc, &mem, air_str_z(front[i].body));

        rc = CODEC.request_check(AIR_OP_MESSAGES, &doc, &mem, &rq, &error);
        is(rc, AIR_EINVAL, "%s: refused", front[i].body);

        if (rc == AIR_EINVAL) {
            is_str(error.message, front[i].message, "%s: in these words",
                   front[i].body);
            is(error.status, front[i].status, "%s: status", front[i].body);
        }

        mem_free(&m);
    }

    for (i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {

        mem = mem_init(&m, 0);
        (void) parse(&doc, &mem, air_str_z(inside[i].body));

        is(CODEC.request_check(AIR_OP_MESSAGES, &doc, &mem, &rq, &error),
           AIR_OK, "%s: the vendor's to judge", inside[i].body);

        rc = CODEC.request_read(AIR_OP_MESSAGES, &doc, &mem, &msg, &error);
        is(rc, AIR_EINVAL, "%s: not translated", inside[i].body);

        if (rc == AIR_EINVAL) {
            is_str(error.message, inside[i].message, "%s: in these words",
                   inside[i].body);
            is(error.status, 400, "%s: status", inside[i].body);
        }

        mem_free(&m);
    }

    /* count_tokens asks for no limit */

    mem = mem_init(&m, 0);
    (void) parse(&doc, &mem, air_str_z("{" U "\"model\":\"x\"}"));
    is(CODEC.request_check(AIR_OP_COUNT_TOKENS, &doc, &mem, &rq, &error),
       AIR_OK, "count_tokens without max_tokens");
    mem_free(&m);
}


static void
test_noted_request(void)
{
    mem_t           m;
    air_mem_t       mem;
    air_error_t     error;
    air_edits_t     edits;
    air_target_t    target;
    air_request_t   rq;
    air_json_doc_t  doc;

    mem = mem_init(&m, 0);
    (void) parse(&doc, &mem, air_str_z(
        "{\"model\":\"claude\\u002dx\",\"max_tokens\":1e3,\"stream\":true,"
        "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\"},"
        "{\"type\":\"document\",\"source\":{\"type\":\"url\"}}]}],"
        "\"tools\":[{\"type\":\"web_search_20250305\",\"name\":"
        "\"web_search\"}],\"thinking\":{\"type\":\"adaptive\"},"
        "\"output_config\":{\"format\":{}},\"speed\":\"fast\","
        "\"metadata\":{\"user_id\":\"u1\"}}"));

    is(CODEC.request_check(AIR_OP_MESSAGES, &doc, &mem, &rq, &error), AIR_OK,
       "a request with much in it");
    is_str(rq.model, "claude-x", "its model");
    is_str(rq.user, "u1", "its user");
    is((long long) rq.max_output, 1000, "its limit");
    is(rq.tier, AIR_TIER_FAST, "its tier");
    ok(rq.stream && rq.want_usage && rq.choices == 1, "its flags");
    is(rq.needs, AIR_CAN_VISION | AIR_CAN_PDF | AIR_CAN_TOOLS
                 | AIR_CAN_SEARCH | AIR_CAN_SCHEMA | AIR_CAN_REASONING
                 | AIR_CAN_STREAM, "what it needs");

    memset(&target, 0, sizeof(air_target_t));
    memset(&edits, 0, sizeof(air_edits_t));
    target.profile = profile("anthropic");
    target.model = air_str_z("claude-x");

    is(CODEC.request_edits(&rq, &doc, &target, &mem, &edits, NULL), AIR_OK,
       "edits to the same model");
    is(edits.n, 0, "are none");

    mem_free(&m);
}


/* ------------------------------------------------------------- errors */


static void
test_errors(void)
{
    mem_t            m;
    size_t           i;
    air_buf_t        b;
    air_mem_t        mem;
    air_error_t      error;
    air_json_doc_t   doc;
    air_note_t       note;
    air_sse_event_t  ev;

    static const struct {
        unsigned     status;
        air_fault_e  fault;
        const char  *type;
    }  types[] = {
        { 400, AIR_FAULT_REQUEST, "invalid_request_error" },
        { 401, AIR_FAULT_REQUEST, "authentication_error" },
        { 402, AIR_FAULT_REQUEST, "billing_error" },
        { 403, AIR_FAULT_REQUEST, "permission_error" },
        { 404, AIR_FAULT_MODEL, "not_found_error" },
        { 405, AIR_FAULT_REQUEST, "invalid_request_error" },
        { 413, AIR_FAULT_TOO_LARGE, "request_too_large" },
        { 422, AIR_FAULT_REQUEST, "invalid_request_error" },
        { 429, AIR_FAULT_RATE_LIMIT, "rate_limit_error" },
        { 500, AIR_FAULT_INTERNAL, "api_error" },
        { 502, AIR_FAULT_SERVER, "api_error" },
        { 503, AIR_FAULT_OVERLOADED, "overloaded_error" },
        { 504, AIR_FAULT_TIMEOUT, "timeout_error" },
        { 529, AIR_FAULT_OVERLOADED, "overloaded_error" },
        { 200, AIR_FAULT_OVERLOADED, "overloaded_error" },
        { 200, AIR_FAULT_STREAM_ERROR, "api_error" }
    };

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {

        mem = mem_init(&m, 0);
        memset(&error, 0, sizeof(air_error_t));
        error.status = types[i].status;
        error.fault = types[i].fault;
        error.type = air_str_z("server_error");
        error.message = air_str_z("Oh \"no\"");

        air_buf_init(&b, &mem, BIG);
        is(CODEC.error_write(&error, air_str_z("req_1"), &b), AIR_OK,
           "error %u", types[i].status);
        ok(parse(&doc, &mem, air_buf_view(&b))
           && air_json_is(&doc, air_json_get(&doc, air_json_root(&doc),
                                             "type"), "error")
           && air_json_is(&doc, air_json_get(&doc, air_json_root(&doc),
                                             "request_id"), "req_1")
           && air_json_is(&doc, air_json_get(&doc, air_json_get(&doc,
                              air_json_root(&doc), "error"), "type"),
                          types[i].type),
           "error %u: %s", types[i].status, types[i].type);
        ok(has(&b, types[i].status == 401 ? "\"invalid x-api-key\""
                                          : "\"Oh \\\"no\\\"\""),
           "error %u: its words", types[i].status);

        mem_free(&m);
    }

    /* a model, named as the vendor names it */

    mem = mem_init(&m, 0);
    memset(&error, 0, sizeof(air_error_t));
    error.status = 404;
    error.code = air_str_z("model_not_found");
    error.message = air_str_z("The model `x/y` does not exist or you do not "
                              "have access to it.");
    air_buf_init(&b, &mem, BIG);
    (void) CODEC.error_write(&error, air_str_n(NULL, 0), &b);
    is_str(air_buf_view(&b), "{\"type\":\"error\",\"error\":{\"type\":"
           "\"not_found_error\",\"message\":\"model: x/y\"},"
           "\"request_id\":null}", "no such model");

    error.message = air_str_z("The model does not exist.");
    air_buf_init(&b, &mem, BIG);
    (void) CODEC.error_write(&error, air_str_n(NULL, 0), &b);
    ok(has(&b, "\"The model does not exist.\""), "no such model, unnamed");

    /* in a stream */

    error.status = 200;
    error.fault = AIR_FAULT_STREAM_ERROR;
    air_buf_init(&b, &mem, BIG);
    (void) CODEC.error_event(&error, NULL, air_str_z("r"), &b);
    ok(has(&b, "event: error\ndata: {\"type\":\"error\",\"error\":"
               "{\"type\":\"api_error\""), "an error event");

    memset(&ev, 0, sizeof(air_sse_event_t));
    ev.type = air_str_z("error");
    ev.has_data = 1;
    ev.data = air_str_z("{\"type\":\"error\",\"error\":{\"type\":"
                        "\"overloaded_error\",\"message\":\"Overloaded\"}}");
    air_json_init(&doc, &mem);
    air_note_init(&note);

    is(CODEC.event_note(&ev, profile("anthropic"), &doc, &note), AIR_OK,
       "a vendor's error event");
    ok(note.what == AIR_NOTE_ERROR
       && note.error.fault == AIR_FAULT_OVERLOADED, "is noted");
    is_str(note.error.message, "Overloaded", "with its message");

    ev.data = air_str_z("{\"oops\":1}");
    air_note_init(&note);
    (void) CODEC.event_note(&ev, profile("anthropic"), &doc, &note);
    ok(note.what == AIR_NOTE_ERROR, "an error event of another shape too");

    mem_free(&m);
}


/* --------------------------------------------- requests of other wires */


/* A request of the OpenAI wire, written here for a model. */
static void
cross(const char *body, const char *model, air_buf_t *b,
    air_warnings_t *lost, const air_mem_t *mem)
{
    air_error_t        error;
    air_target_t       target;
    air_json_doc_t     doc;
    air_msg_request_t  msg;

    memset(lost, 0, sizeof(air_warnings_t));
    memset(&target, 0, sizeof(air_target_t));
    target.profile = profile("anthropic");
    target.model = air_str_z(model);

    air_buf_init(b, mem, BIG);

    if (!parse(&doc, mem, air_str_z(body))
        || OTHER.request_read(AIR_OP_CHAT, &doc, mem, &msg, &error)
           != AIR_OK)
    {
        ok(0, "%s: read", body);
        return;
    }

    is(CODEC.request_write(&msg, &target, b, lost), AIR_OK, "%s: written",
       model);
    ok(parse(&doc, mem, air_buf_view(b)), "%s: as JSON", model);
}


#define Q  "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"   \
           "\"hi\"}]"


/* What each generation of models is told, and what it is not. */
static void
test_models(void)
{
    mem_t           m;
    size_t          i, k;
    air_buf_t       b;
    air_mem_t       mem;
    air_warnings_t  lost;

    static const struct {
        const char  *model;
        const char  *body;
        const char  *holds[3];
        const char  *lacks;
        const char  *field;
        air_lost_e   why;
    }  t[] = {

        /* limits */

        { "claude-3-haiku-20240307", Q "}", { "\"max_tokens\":4096" }, NULL,
          "max_tokens", AIR_LOST_ADDED },
        { "claude-3-5-sonnet-20240620", Q "}", { "\"max_tokens\":8192" },
          NULL, "max_tokens", AIR_LOST_ADDED },
        { "claude-opus-4-8", Q "}", { "\"max_tokens\":32768" }, "thinking",
          "max_tokens", AIR_LOST_ADDED },
        { "deepseek-chat", Q "}", { "\"max_tokens\":8192" }, NULL,
          "max_tokens", AIR_LOST_ADDED },
        { "claude-3-5-haiku-20241022", Q ",\"max_tokens\":20000}",
          { "\"max_tokens\":8192" }, NULL, "max_tokens", AIR_LOST_CHANGED },
        { "claude-opus-4-20250514", Q ",\"max_tokens\":64000}",
          { "\"max_tokens\":32000" }, NULL, "max_tokens",
          AIR_LOST_CHANGED },
        { "claude-opus-5", Q ",\"max_completion_tokens\":100}",
          { "\"max_tokens\":100" }, NULL, NULL, 0 },

        /* sampling */

        { "claude-sonnet-4-5", Q ",\"temperature\":1.7}",
          { "\"temperature\":1" }, "1.7", "temperature", AIR_LOST_CHANGED },
        { "claude-sonnet-4-5", Q ",\"temperature\":0.30}",
          { "\"temperature\":0.30" }, NULL, NULL, 0 },
        { "claude-sonnet-4-5", Q ",\"temperature\":0.3,\"top_p\":0.9}",
          { "\"temperature\":0.3" }, "top_p", "top_p", AIR_LOST_MODEL },
        { "claude-3-5-sonnet-20240620",
          Q ",\"temperature\":0.3,\"top_p\":0.9}",
          { "\"temperature\":0.3", "\"top_p\":0.9" }, NULL, NULL, 0 },
        { "claude-opus-4-7", Q ",\"temperature\":0.3}", { NULL },
          "temperature", "temperature", AIR_LOST_MODEL },
        { "claude-opus-4-7", Q ",\"temperature\":1.0}", { NULL },
          "temperature", NULL, 0 },
        { "us.anthropic.claude-sonnet-5-v1:0", Q ",\"top_p\":0.5}", { NULL },
          "top_p", "top_p", AIR_LOST_MODEL },
        { "claude-haiku-4-5", Q ",\"seed\":1}", { NULL }, "seed", "seed",
          AIR_LOST_NO_SUCH },
        { "claude-haiku-4-5", Q ",\"presence_penalty\":0}", { NULL },
          "penalty", NULL, 0 },
        { "claude-haiku-4-5", Q ",\"frequency_penalty\":0.5}", { NULL },
          "penalty", "frequency_penalty", AIR_LOST_NO_SUCH },
        { "claude-haiku-4-5", Q ",\"n\":2}", { NULL }, "\"n\"", "n",
          AIR_LOST_NO_SUCH },
        { "claude-haiku-4-5", Q ",\"stop\":[\"\\n\",\"END\"]}",
          { "\"stop_sequences\":[\"END\"]" }, NULL, "stop",
          AIR_LOST_VALUE },
        { "claude-haiku-4-5", Q ",\"user\":\"u1\",\"metadata\":{}}",
          { "\"metadata\":{\"user_id\":\"u1\"}" }, NULL, "metadata",
          AIR_LOST_NO_SUCH },
        { "claude-haiku-4-5", Q ",\"service_tier\":\"flex\"}", { NULL },
          "service_tier", "service_tier", AIR_LOST_VALUE },
        { "claude-haiku-4-5", Q ",\"service_tier\":\"default\"}",
          { "\"service_tier\":\"standard_only\"" }, NULL, NULL, 0 },

        /* thinking */

        { "claude-3-5-sonnet-20240620", Q ",\"reasoning_effort\":\"high\"}",
          { NULL }, "thinking", "reasoning_effort", AIR_LOST_MODEL },
        { "claude-sonnet-4-5", Q ",\"reasoning_effort\":\"low\"}",
          { "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}",
            "\"max_tokens\":34816" }, "output_config", "max_tokens",
          AIR_LOST_ADDED },
        { "claude-sonnet-4-5", Q ",\"reasoning_effort\":\"high\","
          "\"max_tokens\":4000,\"temperature\":0.2}",
          { "\"budget_tokens\":2000", "\"max_tokens\":4000" },
          "temperature", "temperature", AIR_LOST_VALUE },
        { "claude-sonnet-4-5", Q ",\"reasoning_effort\":\"high\","
          "\"max_tokens\":1000}", { "\"max_tokens\":1000" }, "thinking",
          "reasoning_effort", AIR_LOST_VALUE },
        { "claude-sonnet-4-5", Q ",\"reasoning\":{\"max_tokens\":500},"
          "\"max_tokens\":9000}", { "\"budget_tokens\":1024",
          "\"display\":\"summarized\"" }, NULL, "reasoning.max_tokens",
          AIR_LOST_CHANGED },
        { "claude-sonnet-4-5", Q ",\"reasoning\":{\"max_tokens\":3000,"
          "\"exclude\":true},\"max_tokens\":9000}",
          { "\"budget_tokens\":3000", "\"display\":\"omitted\"" }, NULL,
          NULL, 0 },
        { "claude-opus-4-7", Q ",\"reasoning_effort\":\"high\"}",
          { "\"thinking\":{\"type\":\"adaptive\"}",
            "\"output_config\":{\"effort\":\"high\"}" }, "budget", NULL, 0 },
        { "claude-opus-4-6", Q ",\"reasoning_effort\":\"xhigh\"}",
          { "\"effort\":\"high\"" }, NULL, "reasoning_effort",
          AIR_LOST_CHANGED },
        { "claude-opus-4-8", Q ",\"reasoning_effort\":\"xhigh\"}",
          { "\"effort\":\"xhigh\"" }, NULL, NULL, 0 },
        { "claude-opus-4-8", Q ",\"reasoning_effort\":\"minimal\"}",
          { "\"effort\":\"low\"" }, NULL, NULL, 0 },
        { "claude-opus-4-8", Q ",\"reasoning\":{\"max_tokens\":5000}}",
          { "\"type\":\"adaptive\"", "\"effort\":\"medium\"" }, NULL,
          "reasoning.max_tokens", AIR_LOST_CHANGED },
        { "claude-opus-4-8", Q ",\"reasoning_effort\":\"none\"}", { NULL },
          "thinking", NULL, 0 },
        { "claude-sonnet-5", Q ",\"reasoning_effort\":\"none\"}",
          { "\"thinking\":{\"type\":\"disabled\"}" }, NULL, NULL, 0 },
        { "claude-haiku-5-5", Q ",\"reasoning\":{\"enabled\":false}}",
          { "\"thinking\":{\"type\":\"disabled\"}" }, NULL, NULL, 0 },
        { "claude-opus-5-5", Q ",\"reasoning_effort\":\"none\"}",
          { "\"effort\":\"low\"" }, "disabled", "reasoning_effort",
          AIR_LOST_MODEL },
        { "claude-fable-5-1", Q ",\"reasoning_effort\":\"none\"}",
          { "\"effort\":\"low\"" }, "disabled", "reasoning_effort",
          AIR_LOST_MODEL },

        /* tools */

        { "claude-sonnet-4-5", Q ",\"tools\":[{\"type\":\"function\","
          "\"function\":{\"name\":\"f\",\"parameters\":{\"type\":"
          "\"object\"},\"strict\":true}}],\"tool_choice\":\"required\","
          "\"parallel_tool_calls\":false}",
          { "{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"},"
            "\"strict\":true}", "\"tool_choice\":{\"type\":\"any\","
            "\"disable_parallel_tool_use\":true}" }, NULL, NULL, 0 },
        { "claude-3-5-sonnet-20240620", Q ",\"tools\":[{\"type\":"
          "\"function\",\"function\":{\"name\":\"f\",\"strict\":true}}],"
          "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":"
          "\"f\"}}}",
          { "{\"name\":\"f\",\"input_schema\":{\"type\":\"object\","
            "\"properties\":{}}}", "\"tool_choice\":{\"type\":\"tool\","
            "\"name\":\"f\"}" }, "strict", "tools.strict", AIR_LOST_MODEL },
        { "claude-opus-5-5", Q ",\"tools\":[{\"type\":\"function\","
          "\"function\":{\"name\":\"f\"}}],\"tool_choice\":\"required\"}",
          { "\"tool_choice\":{\"type\":\"auto\"}" }, "any", "tool_choice",
          AIR_LOST_MODEL },
        { "claude-sonnet-4-5", Q ",\"reasoning_effort\":\"low\",\"tools\":"
          "[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],"
          "\"tool_choice\":\"required\"}", { "\"any\"" }, "thinking",
          "reasoning_effort", AIR_LOST_VALUE },
        { "claude-sonnet-4-5", Q ",\"tool_choice\":\"auto\"}", { NULL },
          "tool_choice", NULL, 0 },

        /* form */

        { "claude-sonnet-4-5", Q ",\"response_format\":{\"type\":"
          "\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":"
          "{\"type\":\"object\",\"properties\":{\"minimum\":{\"type\":"
          "\"integer\",\"minimum\":1}}}}}}",
          { "\"output_config\":{\"format\":{\"type\":\"json_schema\","
            "\"schema\":{\"type\":\"object\",\"properties\":{\"minimum\":"
            "{\"type\":\"integer\"}},\"additionalProperties\":false}}}" },
          "system", "response_format.schema", AIR_LOST_CHANGED },
        { "claude-sonnet-4-5", Q ",\"response_format\":{\"type\":"
          "\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":"
          "{\"anyOf\":[{\"type\":[\"object\",\"null\"],"
          "\"additionalProperties\":{\"type\":\"string\"}}]}}}}",
          { "\"schema\":{\"anyOf\":[{\"type\":[\"object\",\"null\"],"
            "\"additionalProperties\":false}]}" }, NULL,
          "response_format.schema", AIR_LOST_CHANGED },
        { "claude-3-5-sonnet-20240620", Q ",\"response_format\":{\"type\":"
          "\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":"
          "{\"type\":\"object\"}}}}",
          { "JSON schema: {\\\"type\\\":\\\"object\\\"}" }, "output_config",
          "response_format", AIR_LOST_CHANGED },
        { "claude-sonnet-4-5", Q ",\"response_format\":{\"type\":"
          "\"json_object\"}}", { "\"system\":[{\"type\":\"text\",\"text\":"
          "\"Answer with one JSON object" }, "output_config",
          "response_format", AIR_LOST_CHANGED },
        { "claude-sonnet-4-5", Q ",\"response_format\":{\"type\":"
          "\"text\"}}", { "\"messages\":[{\"role\":\"user\",\"content\":"
          "\"hi\"}]" }, "system", NULL, 0 }
    };

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {

        mem = mem_init(&m, 0);
        cross(t[i].body, t[i].model, &b, &lost, &mem);

        for (k = 0; k < 3 && t[i].holds[k] != NULL; k++) {
            ok(has(&b, t[i].holds[k]), "%s: %s", t[i].model,
               t[i].holds[k]);
        }

        if (t[i].lacks != NULL) {
            ok(strstr(text_of(&b), t[i].lacks) == NULL, "%s: no %s",
               t[i].model, t[i].lacks);
        }

        if (t[i].field != NULL) {
            ok(warned(&lost, t[i].field, t[i].why), "%s: %s is told (%s)",
               t[i].model, t[i].field, air_lost_reason(t[i].why));

        } else {
            is(lost.n, lost.n && lost.w[0].why == AIR_LOST_ADDED,
               "%s: nothing else is told: %s", t[i].model, t[i].body);
        }

        mem_free(&m);
    }
}


/* Turns of the other wire in the shape that this one demands. */
static void
test_turns(void)
{
    mem_t           m;
    air_buf_t       b;
    air_mem_t       mem;
    air_warnings_t  lost;

    mem = mem_init(&m, 0);

    cross("{\"model\":\"m\",\"messages\":["
          "{\"role\":\"system\",\"content\":\"S1\"},"
          "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
          "\"two?\"},{\"type\":\"image_url\",\"image_url\":{\"url\":"
          "\"data:image/png;base64,QUJD\",\"detail\":\"high\"}}]},"
          "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":["
          "{\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":"
          "\"f\",\"arguments\":\"{\\\"a\\\": 1.50}\"}},"
          "{\"id\":\"c:2\",\"type\":\"function\",\"function\":{\"name\":"
          "\"g\",\"arguments\":\"\"}},"
          "{\"id\":\"call_3\",\"type\":\"function\",\"function\":{\"name\":"
          "\"h\",\"arguments\":\"broken\"}}]},"
          "{\"role\":\"tool\",\"tool_call_id\":\"call_1\",\"content\":\"1\"},"
          "{\"role\":\"tool\",\"tool_call_id\":\"c:2\",\"content\":[{\"type\":"
          "\"text\",\"text\":\"2\"}]},"
          "{\"role\":\"system\",\"content\":\"S2\"},"
          "{\"role\":\"tool\",\"tool_call_id\":\"call_3\",\"content\":\"\"},"
          "{\"role\":\"user\",\"name\":\"Eve\",\"content\":\"go on\"}]}",
          "claude-sonnet-4-5", &b, &lost, &mem);

    ok(has(&b, "\"system\":[{\"type\":\"text\",\"text\":\"S1\"},"
               "{\"type\":\"text\",\"text\":\"S2\"}]"),
       "instructions at the top");
    ok(warned(&lost, "messages", AIR_LOST_MERGED), "and that they moved");
    ok(has(&b, "{\"type\":\"image\",\"source\":{\"type\":\"base64\","
               "\"media_type\":\"image/png\",\"data\":\"QUJD\"}}"),
       "an image");
    ok(warned(&lost, "image_url.detail", AIR_LOST_NO_SUCH),
       "its detail is lost");
    ok(has(&b, "{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\","
               "\"id\":\"call_1\",\"name\":\"f\",\"input\":{\"a\": 1.50}},"),
       "a call, its numbers as they were, no empty text");
    ok(has(&b, "\"name\":\"g\",\"input\":{}}"), "a call without input");
    ok(has(&b, "\"name\":\"h\",\"input\":{\"arguments\":\"broken\"}}"),
       "a call with broken input");
    ok(has(&b, "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
               "\"tool_use_id\":\"call_1\",\"content\":\"1\"},"
               "{\"type\":\"tool_result\",\"tool_use_id\":\"call_c_2"),
       "results in one message, ids in letters");
    ok(has(&b, "{\"type\":\"text\",\"text\":\"go on\"}]}]"),
       "what the user says comes last in it");
    ok(warned(&lost, "messages.name", AIR_LOST_NO_SUCH), "the name is lost");
    ok(strstr(text_of(&b), "c:2") == NULL, "no id of other characters");

    /* the same id at both ends */

    {
        char        *one, *two;
        const char  *text;

        text = text_of(&b);
        one = strstr(text, "call_c_2");
        two = one ? strstr(one + 1, "call_c_2") : NULL;

        ok(two != NULL && strncmp(one, two, 16) == 0, "ids tie");
    }

    /* who begins and who ends */

    cross("{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":"
          "\"S\"}]}", "claude-sonnet-4-5", &b, &lost, &mem);
    ok(has(&b, "\"system\":\"S\",\"messages\":[{\"role\":\"user\","
               "\"content\":\"Begin.\"}]"), "instructions alone");
    ok(warned(&lost, "messages", AIR_LOST_ADDED), "a message was added");

    cross("{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\","
          "\"content\":\"A\"},{\"role\":\"user\",\"content\":\"B\"}]}",
          "claude-sonnet-4-5", &b, &lost, &mem);
    ok(has(&b, "[{\"role\":\"user\",\"content\":\"Begin.\"},{\"role\":"
               "\"assistant\",\"content\":\"A\"},"), "the user begins");

    cross("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
          "\"B\"},{\"role\":\"assistant\",\"content\":\"A\"}]}",
          "claude-sonnet-4-5", &b, &lost, &mem);
    ok(has(&b, "\"content\":\"A\"}]"), "an answer begun for an old model");

    cross("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
          "\"B\"},{\"role\":\"assistant\",\"content\":\"A\"}]}",
          "claude-opus-4-6", &b, &lost, &mem);
    ok(has(&b, "\"content\":\"A\"},{\"role\":\"user\",\"content\":"
               "\"Continue.\"}]"), "not for a newer one");

    /* older functions tie by name */

    cross("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
          "\"B\"},{\"role\":\"assistant\",\"content\":null,"
          "\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}},"
          "{\"role\":\"function\",\"name\":\"f\",\"content\":\"1\"}],"
          "\"functions\":[{\"name\":\"f\"}]}", "claude-sonnet-4-5", &b,
          &lost, &mem);
    ok(has(&b, "\"type\":\"tool_use\",\"id\":\"f\"")
       && has(&b, "\"tool_use_id\":\"f\""), "a function's name is its id");

    /* thinking goes back to its issuer alone */

    cross("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
          "\"B\"},{\"role\":\"assistant\",\"content\":\"A\","
          "\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":"
          "\"T\",\"signature\":\"SIG\",\"format\":\"anthropic-claude-v1\"},"
          "{\"type\":\"reasoning.text\",\"text\":\"G\",\"signature\":"
          "\"GEM\",\"format\":\"google-gemini-v1\"},"
          "{\"type\":\"reasoning.encrypted\",\"data\":\"R\",\"format\":"
          "\"anthropic-claude-v1\"}]},"
          "{\"role\":\"user\",\"content\":\"C\"}]}", "claude-sonnet-4-5",
          &b, &lost, &mem);
    ok(has(&b, "[{\"type\":\"thinking\",\"thinking\":\"T\",\"signature\":"
               "\"SIG\"},{\"type\":\"redacted_thinking\",\"data\":\"R\"},"
               "{\"type\":\"text\",\"text\":\"A\"}]"), "its own");
    ok(strstr(text_of(&b), "GEM") == NULL, "no other's");
    ok(warned(&lost, "thinking", AIR_LOST_ISSUER), "which is told");

    /* cache marks: four at most */

    cross("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":["
          "{\"type\":\"text\",\"text\":\"1\",\"cache_control\":{\"type\":"
          "\"ephemeral\",\"ttl\":\"1h\"}},"
          "{\"type\":\"text\",\"text\":\"2\",\"cache_control\":{\"type\":"
          "\"ephemeral\"}},"
          "{\"type\":\"text\",\"text\":\"3\",\"cache_control\":{\"type\":"
          "\"ephemeral\"}},"
          "{\"type\":\"text\",\"text\":\"4\",\"cache_control\":{\"type\":"
          "\"ephemeral\"}},"
          "{\"type\":\"text\",\"text\":\"5\",\"cache_control\":{\"type\":"
          "\"ephemeral\"}}]}]}", "claude-sonnet-4-5", &b, &lost, &mem);
    ok(has(&b, "\"text\":\"1\",\"cache_control\":{\"type\":\"ephemeral\","
               "\"ttl\":\"1h\"}") && has(&b, "\"text\":\"5\"}"),
       "four marks");
    ok(warned(&lost, "cache_control", AIR_LOST_VALUE), "the fifth is told");

    /* a budget needs the thinking of the calls it follows */

    cross("{\"model\":\"m\",\"reasoning_effort\":\"high\",\"messages\":["
          "{\"role\":\"user\",\"content\":\"B\"},{\"role\":\"assistant\","
          "\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\","
          "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
          "{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"1\"}]}",
          "claude-sonnet-4-5", &b, &lost, &mem);
    ok(strstr(text_of(&b), "\"thinking\"") == NULL
       && warned(&lost, "reasoning_effort", AIR_LOST_VALUE),
       "no thinking after calls without it");

    mem_free(&m);
}


/* ---------------------------------------------------------------- usage */


static void
test_golden_cost(void)
{
    mem_t                   m;
    size_t                  i;
    uint64_t                units, sum[AIR_NCLASS];
    unsigned                cases;
    air_buf_t               b;
    air_mem_t               mem;
    air_note_t              note;
    air_str_t               text, name;
    air_json_doc_t          all, doc;
    const air_json_node_t  *c, *row, *class;

    static const struct {
        const char   *name;
        air_class_e   class;
    }  classes[] = {
        { "input", AIR_IN }, { "cache_read", AIR_IN_CACHE_READ },
        { "cache_write_5m", AIR_IN_CACHE_WRITE },
        { "cache_write_1h", AIR_IN_CACHE_WRITE_1H }, { "output", AIR_OUT }
    };

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
        if (!air_json_is(&all, air_json_get(&all, c, "wire"),
                         "anthropic.messages"))
        {
            continue;
        }

        cases++;
        name = copy(&mem, air_json_raw(&all, air_json_get(&all, c, "id")));

        air_buf_init(&b, &mem, BIG);
        air_buf_z(&b, "{\"content\":[],\"usage\":");
        air_buf_str(&b, air_json_raw(&all, air_json_get(&all, c, "usage")));
        air_buf_z(&b, "}");
        (void) parse(&doc, &mem, air_buf_view(&b));

        air_note_init(&note);
        CODEC.reply_note(AIR_OP_MESSAGES, &doc, profile("anthropic"), &note);

        memset(sum, 0, sizeof(sum));

        for (row = air_json_first(&all, air_json_get(&all, c, "breakdown"));
             row != NULL;
             row = air_json_next(&all, row))
        {
            units = 0;
            class = air_json_get(&all, row, "class");
            (void) air_json_uint(&all, air_json_get(&all, row, "units"),
                                 &units);

            if (air_json_is(&all, class, "web_search")) {
                is((long long) note.usage.fee[AIR_FEE_SEARCH],
                   (long long) units, "%s: searches", name.data);
            }

            for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
                if (air_json_is(&all, class, classes[i].name)) {
                    sum[classes[i].class] += units;
                }
            }
        }

        for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
            is((long long) note.usage.n[classes[i].class],
               (long long) sum[classes[i].class], "%s: %s", name.data,
               classes[i].name);
        }

        text_of(&b);
        is(note.usage.tier == AIR_TIER_FAST,
           strstr((char *) b.data, "\"fast\"") != NULL, "%s: tier",
           name.data);
        is(note.usage.mul_num * 10 / note.usage.mul_den,
           strstr((char *) b.data, "\"inference_geo\": \"us\"") != NULL
           || strstr((char *) b.data, "\"inference_geo\":\"us\"") != NULL
           ? 11 : 10, "%s: geography", name.data);
        ok(note.usage.seen && !note.usage.clamped && !note.usage.estimated,
           "%s: plainly seen", name.data);
    }

    ok(cases >= 8, "%u golden cost cases", cases);

    free(text.data);
    mem_free(&m);
}


/* Usage of a stream: merged, last wins, odd figures marked. */
static void
test_usage(void)
{
    mem_t             m;
    size_t            i;
    air_mem_t         mem;
    air_note_t        note;
    air_json_doc_t    doc;
    air_sse_event_t   ev;

    static const struct {
        const char  *start;
        const char  *delta;
        uint64_t     in, read, five, hour, out;
        unsigned     clamped;
    }  t[] = {
        { "\"input_tokens\":4,\"cache_creation_input_tokens\":1165,"
          "\"cache_read_input_tokens\":0,\"output_tokens\":1",
          "\"output_tokens\":201", 4, 0, 1165, 0, 201, 0 },
        { "\"input_tokens\":4,\"output_tokens\":1",
          "\"input_tokens\":9,\"output_tokens\":5", 9, 0, 0, 0, 5, 0 },
        { "\"input_tokens\":4,\"cache_creation_input_tokens\":10,"
          "\"cache_creation\":{\"ephemeral_5m_input_tokens\":3,"
          "\"ephemeral_1h_input_tokens\":7},\"output_tokens\":1",
          "\"cache_creation_input_tokens\":10,\"output_tokens\":2",
          4, 0, 3, 7, 2, 0 },
        { "\"input_tokens\":4,\"cache_creation_input_tokens\":10,"
          "\"cache_creation\":{\"ephemeral_5m_input_tokens\":3,"
          "\"ephemeral_1h_input_tokens\":4},\"output_tokens\":1",
          "\"output_tokens\":2", 4, 0, 6, 4, 2, 0 },
        { "\"input_tokens\":0,\"output_tokens\":0", "\"output_tokens\":0",
          0, 0, 0, 0, 0, 0 },
        { "\"input_tokens\":-5,\"output_tokens\":1", "\"output_tokens\":2",
          0, 0, 0, 0, 2, 1 },
        { "\"input_tokens\":\"x\",\"output_tokens\":1e99",
          "\"output_tokens\":2", 0, 0, 0, 0, 2, 1 },
        { "\"input_tokens\":1,\"output_tokens\":1", "\"output_tokens\":2,"
          "\"output_tokens_details\":{\"thinking_tokens\":9}",
          1, 0, 0, 0, 2, 1 },
        { "\"input_tokens\":1,\"output_tokens\":1", "\"output_tokens\":8,"
          "\"input_tokens\":180,\"iterations\":[{\"type\":\"compaction\","
          "\"input_tokens\":100,\"output_tokens\":82,"
          "\"cache_creation_input_tokens\":50},{\"type\":\"message\","
          "\"input_tokens\":180,\"output_tokens\":8},{\"type\":"
          "\"advisor_message\",\"input_tokens\":7,\"output_tokens\":7}]",
          280, 0, 50, 0, 90, 0 }
    };

    static const char  text[] =
        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
        "\"text_delta\",\"text\":\"one two three four five six seven\"}}";

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {

        char  buf[1024];

        mem = mem_init(&m, 0);
        memset(&ev, 0, sizeof(air_sse_event_t));
        air_json_init(&doc, &mem);
        air_note_init(&note);
        ev.has_data = 1;

        snprintf(buf, sizeof(buf), "{\"type\":\"message_start\",\"message\":"
                 "{\"id\":\"m1\",\"model\":\"c\",\"content\":[],\"usage\":"
                 "{%s}}}", t[i].start);
        ev.data = air_str_z(buf);
        (void) CODEC.event_note(&ev, NULL, &doc, &note);
        is((note.what & AIR_NOTE_USAGE) != 0, i != 6,
           "usage %zu: at the start", i);
        ok(!(note.what & AIR_NOTE_CONTENT), "usage %zu: no content yet", i);

        ev.data = air_str_z(text);
        (void) CODEC.event_note(&ev, NULL, &doc, &note);
        ok(i == 6 ? !note.usage.seen
           : note.usage.estimated && note.usage.n[AIR_OUT] >= 7
             && note.usage.n[AIR_OUT] >= air_estimate_tokens(&note.visible),
           "usage %zu: cut here, the output is estimated", i);

        snprintf(buf, sizeof(buf), "{\"type\":\"message_delta\",\"delta\":"
                 "{\"stop_reason\":\"end_turn\"},\"usage\":{%s}}",
                 t[i].delta);
        ev.data = air_str_z(buf);
        (void) CODEC.event_note(&ev, NULL, &doc, &note);

        ok(note.usage.seen && !note.usage.estimated, "usage %zu: told", i);
        is((long long) note.usage.n[AIR_IN], (long long) t[i].in,
           "usage %zu: input", i);
        is((long long) note.usage.n[AIR_IN_CACHE_READ],
           (long long) t[i].read, "usage %zu: read", i);
        is((long long) note.usage.n[AIR_IN_CACHE_WRITE],
           (long long) t[i].five, "usage %zu: written", i);
        is((long long) note.usage.n[AIR_IN_CACHE_WRITE_1H],
           (long long) t[i].hour, "usage %zu: for an hour", i);
        is((long long) note.usage.n[AIR_OUT], (long long) t[i].out,
           "usage %zu: output", i);
        is(note.usage.clamped, t[i].clamped, "usage %zu: marked", i);

        mem_free(&m);
    }
}


/* ----------------------------------------------------- odd streams */


#define CHUNK(d)                                                              \
    "data: {\"id\":\"c1\",\"model\":\"gpt\",\"choices\":[{\"index\":0,"       \
    "\"delta\":{" d "},\"finish_reason\":null}]}\n\n"

#define CALL(i, id, name, args)                                               \
    CHUNK("\"tool_calls\":[{\"index\":" #i ",\"id\":\"" id "\",\"type\":"     \
          "\"function\",\"function\":{\"name\":\"" name "\",\"arguments\":\"" \
          args "\"}}]")

#define MORE(i, args)                                                         \
    CHUNK("\"tool_calls\":[{\"index\":" #i ",\"function\":{\"arguments\":\""  \
          args "\"}}]")

#define DONE                                                                  \
    "data: {\"id\":\"c1\",\"model\":\"gpt\",\"choices\":[{\"index\":0,"       \
    "\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n"


/* Calls that take turns come out one after the other. */
static void
test_interleaved(void)
{
    mem_t      m;
    size_t     i;
    pass_t     pass, again;
    air_mem_t  mem;

    static const struct {
        const char  *name;
        const char  *wire;
        const char  *plain;
    }  t[] = {
        { "in turn",
          CALL(0, "a", "f", "") MORE(0, "{\\\"x\\\":") MORE(0, "\\\"}\\\"}")
          CALL(1, "b", "g", "") MORE(1, "{}") DONE,
          "\ncall a f {\"x\":\"}\"}\ncall b g {}" },
        { "interleaved",
          CALL(0, "a", "f", "{") CALL(1, "b", "g", "{\\\"y\\\"")
          MORE(0, "\\\"x\\\"") MORE(1, ":[1,") MORE(0, ":1}")
          MORE(1, "2]}") CALL(2, "c", "h", "{}") DONE,
          "\ncall a f {\"x\":1}\ncall b g {\"y\":[1,2]}\ncall c h {}" },
        { "the first last",
          CALL(0, "a", "f", "") CALL(1, "b", "g", "{}")
          CALL(2, "c", "h", "{\\\"z\\\":") MORE(0, "{\\\"x\\\":1}")
          MORE(2, "2}") DONE,
          "\ncall a f {\"x\":1}\ncall b g {}\ncall c h {\"z\":2}" },
        { "never whole",
          CALL(0, "a", "f", "{\\\"x\\\":") CALL(1, "b", "g", "{}") DONE,
          "\ncall a f {\"x\":\ncall b g {}" },
        { "no input at all",
          CALL(0, "a", "f", "") CALL(1, "b", "g", "") DONE,
          "\ncall a f {}\ncall b g {}" },
        { "text after a call",
          CALL(0, "a", "f", "{") CHUNK("\"content\":\"hm\"") MORE(0, "}")
          DONE, "hm\ncall a f {}" }
    };

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {

        mem = mem_init(&m, 0);
        stream(&pass, air_str_z(t[i].wire), &OTHER, &CODEC,
               profile("openai"), strlen(t[i].wire), 0, &mem);
        is(pass.rc, AIR_OK, "%s: written", t[i].name);
        ok(orderly(air_buf_view(&pass.wire), &mem), "%s: in order",
           t[i].name);
        ok(has(&pass.wire, "\"stop_reason\":\"tool_use\""), "%s: stops",
           t[i].name);

        stream(&again, air_buf_view(&pass.wire), &CODEC, &OTHER,
               profile("anthropic"), pass.wire.len, 0, &mem);
        is_str(air_buf_view(&again.plain), t[i].plain, "%s: nothing is lost",
               t[i].name);

        mem_free(&m);
    }
}


static void
test_odd_streams(void)
{
    mem_t      m;
    pass_t     pass, again;
    air_mem_t  mem;

    static const char  head[] =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":"
        "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":"
        "\"c\",\"content\":[],\"usage\":{\"input_tokens\":3,"
        "\"output_tokens\":1}}}\n\n";

    static const char  odd[] =
        "event: new_thing\ndata: {\"type\":\"new_thing\",\"x\":1}\n\n"
        "data: {\"type\":\"content_block_delta\",\"index\":7,\"delta\":"
        "{\"type\":\"text_delta\",\"text\":\"nowhere\"}}\n\n"
        ": comment\n\n"
        "data: {\"type\":\"content_block_start\",\"index\":0,"
        "\"content_block\":{\"type\":\"text\",\"text\":\"be\"}}\n\n"
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
        "{\"type\":\"new_delta\",\"x\":\"?\"}}\n\n"
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
        "{\"type\":\"text_delta\",\"text\":\"gin\"}}\n\n"
        "data: {\"type\":\"content_block_start\",\"index\":1,"
        "\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":"
        "\"f\",\"input\":{\"a\":1}}}\n\n"
        "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
        "\"model_context_window_exceeded\",\"stop_sequence\":null},"
        "\"usage\":{\"output_tokens\":9}}\n\n"
        "data: {\"type\":\"message_stop\"}\n\n"
        "data: {\"type\":\"content_block_start\",\"index\":2,"
        "\"content_block\":{\"type\":\"text\",\"text\":\"late\"}}\n\n";

    static const char  cut[] =
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
        "\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
        "data: {\"type\":\"message_stop\"}\n\n";

    char  buf[4096];

    mem = mem_init(&m, 0);

    snprintf(buf, sizeof(buf), "%s%s", head, odd);
    stream(&pass, air_str_z(buf), &CODEC, &OTHER, profile("anthropic"),
           strlen(buf), 0, &mem);
    is(pass.rc, AIR_OK, "an odd stream");
    is_str(air_buf_view(&pass.plain), "begin\ncall t f {\"a\":1}",
           "what is known of it");
    is(pass.finish, AIR_FINISH_CONTEXT, "its finish");
    is(pass.note.finish, AIR_FINISH_LENGTH, "noted plainly");
    is((long long) pass.usage.n[AIR_IN], 3, "its input");
    is((long long) pass.usage.n[AIR_OUT], 9, "its output");
    ok(has(&pass.wire, "\"finish_reason\":\"length\",\"native_finish_reason"
                       "\":\"model_context_window_exceeded\""),
       "with the vendor's word");
    ok(pass.ended && strstr(text_of(&pass.wire), "late") == NULL,
       "nothing after its end");

    snprintf(buf, sizeof(buf), "%s%s", head, cut);
    stream(&pass, air_str_z(buf), &CODEC, &CODEC, profile("anthropic"),
           strlen(buf), 0, &mem);
    is_str(air_buf_view(&pass.errors), "overloaded_error", "an error in it");
    ok(has(&pass.wire, "event: error\ndata: {\"type\":\"error\",\"error\":"
                       "{\"type\":\"overloaded_error\""), "passes on");
    ok(!pass.ended && strstr(text_of(&pass.wire), "message_stop") == NULL,
       "and is the end, not a good one");
    ok(pass.note.all & AIR_NOTE_ERROR, "it is noted");

    stream(&pass, air_str_z("data: {\"type\":\n\n"), &CODEC, &CODEC,
           profile("anthropic"), 5, 0, &mem);
    is(pass.rc, AIR_EINVAL, "broken JSON");
    stream(&pass, air_str_z("data: []\n\n"), &CODEC, &CODEC,
           profile("anthropic"), 5, 0, &mem);
    is(pass.rc, AIR_EINVAL, "no object");

    /* seals of others come back to them */

    snprintf(buf, sizeof(buf), "%s",
             CHUNK("\"reasoning_details\":[{\"type\":\"reasoning.text\","
                   "\"text\":\"T\",\"format\":\"google-gemini-v1\"}]")
             CHUNK("\"reasoning_details\":[{\"type\":\"reasoning.text\","
                   "\"signature\":\"SIG\",\"format\":\"google-gemini-v1\"}]")
             CHUNK("\"reasoning_details\":[{\"type\":\"reasoning.encrypted\","
                   "\"data\":\"ENC\",\"format\":\"openai-responses-v1\"}]")
             CHUNK("\"content\":\"A\"") DONE);
    stream(&pass, air_str_z(buf), &OTHER, &CODEC, profile("openrouter"),
           strlen(buf), 0, &mem);
    ok(has(&pass.wire, "\"signature\":\"air:gemini:SIG\"")
       && has(&pass.wire, "\"data\":\"air:responses:ENC\""),
       "seals of others are named");
    stream(&again, air_buf_view(&pass.wire), &CODEC, &OTHER,
           profile("anthropic"), pass.wire.len, 0, &mem);
    ok(has(&again.all, "gemini:SIG") && has(&again.all, "redacted   ENC"),
       "and opened again");

    mem_free(&m);
}


/* Memory does not grow with the events of a stream. */
static void
test_flat(void)
{
    mem_t            m;
    size_t           bytes;
    unsigned         i, k;
    air_buf_t        b;
    air_mem_t        mem;
    air_note_t       note;
    air_deltas_t     out;
    air_stream_t     st;
    air_json_doc_t   doc;
    air_sse_event_t  ev;

    static const char *const  events[] = {
        "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"content\":"
        "[]}}",
        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":"
        "{\"type\":\"text\",\"text\":\"\"}}",
        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
        "\"text_delta\",\"text\":\"a \\u00e9 b\"}}",
        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
        "\"citations_delta\",\"citation\":{\"type\":\"char_location\","
        "\"cited_text\":\"\\u00e9\",\"document_title\":\"t\"}}}"
    };

    bytes = 0;
    mem = mem_init(&m, 0);
    memset(&ev, 0, sizeof(air_sse_event_t));
    ev.has_data = 1;

    air_note_init(&note);
    air_json_init(&doc, &mem);
    air_stream_init(&st, &mem, AIR_OP_CHAT);
    air_deltas_init(&out, &mem);
    air_buf_init(&b, &mem, BIG);

    for (i = 0; i < 10000; i++) {

        ev.data = air_str_z(events[i < 2 ? i : 2 + i % 2]);
        (void) CODEC.event_note(&ev, NULL, &doc, &note);
        (void) CODEC.event_read(&st, &ev, NULL, &out);

        for (k = 0; k < out.n; k++) {
            b.len = 0;
            (void) CODEC.event_write(&st, &out.d[k], &b);
        }

        if (i == 100) {
            bytes = m.bytes;
        }
    }

    is((long long) m.bytes, (long long) bytes, "10,000 events take no more");
    mem_free(&m);
}


/* ------------------------------------------------------------- torture */


/* All of the codec once, failing as mem fails. */
static int
torture(const air_mem_t *mem, const char *request, const char *foreign,
    const char *reply, air_str_t wire)
{
    int                rc;
    unsigned           i;
    air_buf_t          b;
    air_sse_t          sse;
    air_error_t        error;
    air_edits_t        edits;
    air_deltas_t       out;
    air_stream_t       st;
    air_target_t       target;
    air_request_t      rq;
    unsigned char     *pos;
    air_json_doc_t     doc;
    air_warnings_t     lost;
    air_msg_reply_t    answer;
    air_sse_event_t    ev;
    air_msg_request_t  msg;

    memset(&lost, 0, sizeof(air_warnings_t));
    memset(&edits, 0, sizeof(air_edits_t));
    memset(&target, 0, sizeof(air_target_t));
    target.profile = profile("anthropic");
    target.model = air_str_z("claude-sonnet-4-5");

    air_json_init(&doc, mem);
    rc = air_json_scan(&doc, air_str_z(request), 0, NULL);

    if (rc == AIR_OK) {
        rc = CODEC.request_check(AIR_OP_MESSAGES, &doc, mem, &rq, &error);
    }

    if (rc == AIR_OK) {
        rc = CODEC.request_edits(&rq, &doc, &target, mem, &edits, NULL);
    }

    if (rc == AIR_OK) {
        rc = CODEC.request_read(AIR_OP_MESSAGES, &doc, mem, &msg, &error);
    }

    air_buf_init(&b, mem, BIG);

    if (rc == AIR_OK) {
        rc = CODEC.request_write(&msg, &target, &b, &lost);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_json_scan(&doc, air_str_z(foreign), 0, NULL);

    if (rc == AIR_OK) {
        rc = OTHER.request_read(AIR_OP_CHAT, &doc, mem, &msg, &error);
    }

    if (rc == AIR_OK) {
        rc = CODEC.request_write(&msg, &target, &b, &lost);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_json_scan(&doc, air_str_z(reply), 0, NULL);

    if (rc == AIR_OK) {
        rc = CODEC.reply_read(AIR_OP_MESSAGES, &doc, target.profile, mem,
                              &answer, &error);
    }

    if (rc == AIR_OK) {
        rc = CODEC.reply_write(&answer, &b);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    air_stream_init(&st, mem, AIR_OP_CHAT);
    air_deltas_init(&out, mem);
    air_sse_init(&sse, mem, 1 << 16);
    pos = wire.data;

    for ( ;; ) {

        rc = air_sse_feed(&sse, &pos, wire.data + wire.len, &ev);

        if (rc != AIR_OK) {
            return rc == AIR_AGAIN ? AIR_OK : rc;
        }

        rc = OTHER.event_read(&st, &ev, target.profile, &out);

        for (i = 0; rc == AIR_OK && i < out.n; i++) {
            rc = CODEC.event_write(&st, &out.d[i], &b);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }
}


static void
test_torture(void)
{
    int         rc;
    mem_t       m;
    size_t      n;
    unsigned    bad;
    air_mem_t   mem;

    static const char  request[] =
        "{\"model\":\"c\\u002d\",\"max_tokens\":9,\"system\":[{\"type\":"
        "\"text\",\"text\":\"\\u0053\",\"cache_control\":{\"type\":"
        "\"ephemeral\"}}],\"messages\":[{\"role\":\"user\",\"content\":["
        "{\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":"
        "\"text/plain\",\"data\":\"\\u0044\"},\"title\":\"\\u0074\"},"
        "{\"type\":\"search_result\",\"title\":\"\\u0074\",\"source\":\"s\","
        "\"content\":[{\"type\":\"text\",\"text\":\"\\u0078\"}]}]},"
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\","
        "\"thinking\":\"\\u0074\",\"signature\":\"s\"},{\"type\":\"text\","
        "\"text\":\"x\",\"citations\":[{\"cited_text\":\"\\u0063\"}]},"
        "{\"type\":\"tool_use\",\"id\":\"\\u0069\",\"name\":\"f\",\"input\":"
        "{}}]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
        "\"tool_use_id\":\"i\",\"content\":[{\"type\":\"text\",\"text\":"
        "\"\\u0072\"}]}]}],\"tools\":[{\"name\":\"f\",\"description\":"
        "\"\\u0064\",\"input_schema\":{},\"zzz\":1}],\"thinking\":{\"type\":"
        "\"new\"},\"stop_sequences\":[\"\\u0073\"],\"zzz\":2,\"metadata\":"
        "{\"user_id\":\"\\u0075\",\"x\":1}}";

    static const char  foreign[] =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
        "\"x\"},{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a b\","
        "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
        "\"{\\\"a\\\":1}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"a b\","
        "\"content\":\"1\"}],\"response_format\":{\"type\":\"json_schema\","
        "\"json_schema\":{\"name\":\"x\",\"schema\":{\"type\":\"object\"}}}}";

    static const char  reply[] =
        "{\"id\":\"\\u006d\",\"type\":\"message\",\"model\":\"c\","
        "\"content\":[{\"type\":\"text\",\"text\":\"\\u0061\"},{\"type\":"
        "\"new\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":"
        "1,\"output_tokens\":2},\"zzz\":1}";

    static const char  wire[] =
        CHUNK("\"reasoning_content\":\"\\u0074\"") CHUNK("\"content\":\"x\"")
        CALL(0, "a", "f", "{") CALL(1, "b", "g", "{}") MORE(0, "}") DONE;

    bad = 0;

    for (n = 1; n < 5000; n++) {

        mem = mem_init(&m, n);
        rc = torture(&mem, request, foreign, reply, air_str_z(wire));
        mem_free(&m);

        if (rc == AIR_OK) {
            break;
        }

        bad += rc != AIR_ENOMEM;
    }

    ok(n > 50 && n < 5000, "%zu allocations failed, one by one", n);
    is(bad, 0, "each was said so");
}


/* The reader of streams, whose own errors look the same. */
static void
test_torture_stream(void)
{
    int              rc;
    mem_t            m;
    size_t           n;
    unsigned         i, bad;
    air_buf_t        b;
    air_sse_t        sse;
    air_mem_t        mem;
    air_str_t        text;
    air_deltas_t     out;
    air_stream_t     st;
    unsigned char   *pos;
    air_sse_event_t  ev;

    text = air_str_z(
        "data: {\"type\":\"message_start\",\"message\":{\"id\":\"\\u006d\","
        "\"content\":[{\"type\":\"text\",\"text\":\"\\u0061\"}],\"usage\":"
        "{\"input_tokens\":1}}}\n\n"
        "data: {\"type\":\"content_block_start\",\"index\":1,"
        "\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\\u0061\"}}"
        "\n\n"
        "data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":"
        "{\"type\":\"signature_delta\",\"signature\":\"\\u0061\"}}\n\n"
        "data: {\"type\":\"content_block_start\",\"index\":2,"
        "\"content_block\":{\"type\":\"new\"}}\n\n"
        "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
        "\"end_turn\"},\"usage\":{\"output_tokens\":1}}\n\n"
        "data: {\"type\":\"message_stop\"}\n\n");

    bad = 0;

    for (n = 1; n < 1000; n++) {

        mem = mem_init(&m, n);
        air_stream_init(&st, &mem, AIR_OP_CHAT);
        air_deltas_init(&out, &mem);
        air_sse_init(&sse, &mem, 1 << 16);
        air_buf_init(&b, &mem, BIG);
        pos = text.data;

        while ((rc = air_sse_feed(&sse, &pos, text.data + text.len, &ev))
               == AIR_OK)
        {
            rc = CODEC.event_read(&st, &ev, NULL, &out);

            for (i = 0; rc == AIR_OK && i < out.n; i++) {
                rc = CODEC.event_write(&st, &out.d[i], &b);
            }

            if (rc != AIR_OK) {
                break;
            }
        }

        mem_free(&m);

        if (rc == AIR_AGAIN) {
            break;
        }

        bad += rc != AIR_ENOMEM;
    }

    ok(n > 5 && n < 1000, "%zu allocations of a stream failed", n);
    is(bad, 0, "each was said so");
}


int
main(void)
{
    test_recordings();
    test_rows();
    test_noted_request();
    test_errors();
    test_models();
    test_turns();
    test_golden_cost();
    test_usage();
    test_interleaved();
    test_odd_streams();
    test_flat();
    test_torture();
    test_torture_stream();

    return done();
}
