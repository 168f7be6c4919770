
/*
 * Every recorded exchange through every codec, without nginx: a stream gives
 * the same note and the same bytes to each caller, whether it comes whole,
 * byte by byte or cut at any of fifty places; and what one codec wrote of it,
 * that codec reads back as the vendor meant it.  Recordings that stand beside
 * the checkout are read where they are; those in t/data always.
 */

#include <dirent.h>

#include "file.h"
#include "mem.h"
#include "tap.h"
#include "../../ngx_ai_router_module/core/air_codec.h"


#define CUTS     50
#define PIECES   8
#define MAX_OUT  (1 << 26)


/* what a codec is to this program */
typedef struct {
    const char         *protocol;  /* of recordings                         */
    const char         *name;
    const char         *profile;
    air_op_e            op;        /* as a caller's                         */
    unsigned            untold;    /* what of a cache it cannot say: 1 what
                                      it took in, 2 what it gave, too       */
    const air_codec_t  *codec;     /* NULL: not there                       */
} wire_t;


typedef struct {
    const wire_t         *wire;
    const air_profile_t  *profile;
    air_str_t             name;
    air_str_t             data;    /* a body, or the bytes of a stream      */
    unsigned              stream:1;
    unsigned              error:1; /* status 400 or more                    */
} rec_t;


/* one way through a stream */
typedef struct {
    int         rc;
    air_buf_t   out;               /* what the caller is sent               */
    air_buf_t   said;              /* what it means, see say()              */
    air_note_t  note;
} run_t;


static wire_t  wires[] = {
    { "openai-chat", "openai", "openai", AIR_OP_CHAT, 0, NULL },
    { "anthropic-messages", "anthropic", "anthropic", AIR_OP_MESSAGES, 0,
      NULL },
    { "openai-responses", "responses", "openai", AIR_OP_RESPONSES, 0,
      NULL },
    { "gemini", "gemini", "google", AIR_OP_CHAT, 1, NULL },
    { "bedrock-converse", "bedrock", "bedrock", AIR_OP_CHAT, 0, NULL },
    { "cohere-chat-v2", "cohere", "cohere", AIR_OP_CHAT, 2, NULL }
};

#define NWIRES  (sizeof(wires) / sizeof(wires[0]))


static unsigned  streams, bodies;


static const air_profile_t *
own_profile(const wire_t *wire)
{
    return air_profile_find(air_str_z(wire->profile));
}


/* ------------------------------------------------------------- meaning */



static void
say_usage(const air_usage_t *u, air_buf_t *b)
{
    unsigned  i;
    uint64_t  in, read, out;

    in = 0;
    out = 0;
    read = u->n[AIR_IN_CACHE_READ] + u->n[AIR_IN_CACHE_READ_AUDIO]
           + u->n[AIR_IN_CACHE_READ_IMAGE];

    for (i = 0; i < AIR_NCLASS; i++) {

        if (i >= AIR_OUT) {
            out += u->n[i];

        } else if (i != AIR_IN_CACHE_READ && i != AIR_IN_CACHE_READ_AUDIO
                   && i != AIR_IN_CACHE_READ_IMAGE
                   && i != AIR_IN_CACHE_WRITE && i != AIR_IN_CACHE_WRITE_1H)
        {
            in += u->n[i];
        }
    }

    air_buf_z(b, " used ");
    air_buf_uint(b, in);
    air_buf_z(b, "+");
    air_buf_uint(b, read);
    air_buf_z(b, "+");
    air_buf_uint(b, u->n[AIR_IN_CACHE_WRITE] + u->n[AIR_IN_CACHE_WRITE_1H]);
    air_buf_z(b, ">");
    air_buf_uint(b, out);
}


/* Gathers text, calls and thinking of the first choice apart. */
static void
say(const air_delta_t *d, air_buf_t *text, air_buf_t *thought,
    air_buf_t *calls)
{
    if (d->choice != 0) {
        return;
    }

    switch (d->type) {

    case AIR_DELTA_BLOCK:
        if (d->part == AIR_PART_TOOL_CALL) {
            air_buf_z(calls, " call ");
            air_buf_str(calls, d->name);
            air_buf_z(calls, " ");
        }
        break;

    case AIR_DELTA_TEXT:
        air_buf_str(d->part == AIR_PART_THINKING ? thought : text, d->text);
        break;

    case AIR_DELTA_ARGUMENTS:

        /* no arguments may be said in words or not */

        if (!air_str_eqz(d->text, "{}")) {
            air_buf_str(calls, d->text);
        }

        break;

    default:
        break;
    }
}


/* What calls say: no input and {} are one, and line ends blanks. */
static void
say_calls(air_str_t calls, air_buf_t *b)
{
    size_t  i;

    for (i = 0; i < calls.len; i++) {

        if (i + 3 <= calls.len && memcmp(calls.data + i, " {}", 3) == 0
            && (i + 3 == calls.len || calls.data[i + 3] == ' '))
        {
            air_buf_z(b, " ");
            i += 2;
            continue;
        }

        /* a wire whose event is one line has no others */

        air_buf_byte(b, calls.data[i] == '\n' ? ' ' : calls.data[i]);
    }
}


/* ------------------------------------------------------------- streams */

/* a framing, either */
typedef struct {
    int                (*feed)(void *own, unsigned char **pos,
                               unsigned char *last, air_sse_event_t *ev);
    air_sse_t            sse;
    air_eventstream_t    es;
    void                *own;
} frames_t;


static int
feed_sse(void *own, unsigned char **pos, unsigned char *last,
    air_sse_event_t *ev)
{
    return air_sse_feed(own, pos, last, ev);
}


static int
feed_es(void *own, unsigned char **pos, unsigned char *last,
    air_sse_event_t *ev)
{
    return air_eventstream_feed(own, pos, last, ev);
}


static void
frames_init(frames_t *f, const air_codec_t *codec, const air_mem_t *mem)
{
    if (codec->framing == AIR_FRAMING_EVENTSTREAM) {
        air_eventstream_init(&f->es, mem, 1 << 24);
        f->feed = feed_es;
        f->own = &f->es;

    } else {
        air_sse_init(&f->sse, mem, 1 << 24);
        f->feed = feed_sse;
        f->own = &f->sse;
    }
}


/* one way through: the vendor's side, the caller's, and what was said */
typedef struct {
    const wire_t         *from;
    const wire_t         *to;      /* NULL: only what it means              */
    const air_profile_t  *profile;
    const air_mem_t      *mem;
    air_stream_t         *st;
    air_deltas_t          out;
    air_json_doc_t        doc;
    air_buf_t             thought;
    air_buf_t             calls;
    air_finish_e          finish;
    unsigned              ended:1;
    run_t                *run;
} way_t;


static int
one_event(way_t *w, const air_sse_event_t *ev)
{
    int           rc;
    unsigned      i;
    air_delta_t  *d;

    rc = w->from->codec->event_note(ev, w->profile, &w->doc, &w->run->note);

    if (rc != AIR_OK) {
        return rc;
    }

    w->out.n = 0;

    rc = w->from->codec->event_read(w->st, ev, w->profile, &w->out);

    for (i = 0; rc == AIR_OK && i < w->out.n; i++) {
        d = &w->out.d[i];

        say(d, &w->run->said, &w->thought, &w->calls);

        if (d->type == AIR_DELTA_FINISH && d->choice == 0) {
            w->finish = air_finish_plain(d->finish);
        }

        w->ended |= d->type == AIR_DELTA_END;

        if (d->type == AIR_DELTA_ERROR) {
            return AIR_EUNSUP;
        }

        if (w->to != NULL) {
            rc = w->to->codec->event_write(w->st, d, &w->run->out);
        }
    }

    return rc;
}


/* Feeds data in pieces: n places in at[], in order; 0: one byte a time. */
static void
pieces(way_t *w, frames_t *f, air_str_t data, const size_t *at, unsigned n)
{
    int               rc;
    size_t            from, to;
    unsigned          i;
    unsigned char    *piece, *pos;
    air_sse_event_t   ev;

    from = 0;

    for (i = 0; from < data.len && w->run->rc == AIR_OK; i++) {
        to = n == 0 ? from + 1 : (i < n ? at[i] : data.len);

        /* nothing may be looked at that did not come yet, or any more */

        piece = malloc(to - from + 1);
        memcpy(piece, data.data + from, to - from);
        pos = piece;

        while (w->run->rc == AIR_OK) {
            rc = f->feed(f->own, &pos, piece + (to - from), &ev);

            if (rc == AIR_AGAIN) {
                break;
            }

            w->run->rc = rc == AIR_OK ? one_event(w, &ev) : rc;
        }

        memset(piece, 0xdb, to - from);
        free(piece);
        from = to;
    }
}


/* A stream from one wire to another; at and n as for pieces(). */
static void
run_stream(const rec_t *rec, const wire_t *to, const size_t *at, unsigned n,
    const air_mem_t *mem, run_t *run)
{
    way_t        w;
    frames_t     f;
    air_delta_t  end;

    memset(&w, 0, sizeof(way_t));
    memset(run, 0, sizeof(run_t));

    w.from = rec->wire;
    w.to = to;
    w.profile = rec->profile;
    w.mem = mem;
    w.run = run;

    air_note_init(&run->note);
    air_buf_init(&run->out, mem, MAX_OUT);
    air_buf_init(&run->said, mem, MAX_OUT);
    air_buf_init(&w.thought, mem, MAX_OUT);
    air_buf_init(&w.calls, mem, MAX_OUT);
    air_json_init(&w.doc, mem);
    air_deltas_init(&w.out, mem);
    frames_init(&f, rec->wire->codec, mem);

    w.st = air_mem_get(mem, sizeof(air_stream_t));
    air_stream_init(w.st, mem, to != NULL ? to->op : AIR_OP_CHAT);
    w.st->want_usage = 1;
    w.st->created = 1760000000;

    pieces(&w, &f, rec->data, at, n);

    if (run->rc == AIR_OK && to != NULL && !w.st->out.ended) {
        memset(&end, 0, sizeof(air_delta_t));
        end.type = AIR_DELTA_END;
        run->rc = to->codec->event_write(w.st, &end, &run->out);
    }

    air_buf_z(&run->said, " thought ");
    air_buf_str(&run->said, air_buf_view(&w.thought));
    say_calls(air_buf_view(&w.calls), &run->said);
    air_buf_z(&run->said, " finish ");
    air_buf_z(&run->said, air_finish_name(w.finish));

    if (run->note.usage.seen) {
        say_usage(&run->note.usage, &run->said);
    }
}


/* The numbers of "4+0+12>7"; 1 when there are four. */
static int
numbers(air_str_t s, int n[4])
{
    char  text[64];

    snprintf(text, sizeof(text), "%.*s", (int) s.len, (char *) s.data);

    return sscanf(text, "%d+%d+%d>%d", &n[0], &n[1], &n[2], &n[3]) == 4;
}


/*
 * What was read back is what was meant; a wire that must tell tokens says
 * zeroes when there were none to tell.
 */
static int
same_meaning(const air_buf_t *got, const air_buf_t *want, unsigned untold)
{
    int        g[4], w[4];
    size_t     n;
    air_str_t  head, tail;

    n = want->len;

    if (got->len >= n && memcmp(got->data, want->data, n) == 0) {
        return got->len == n
               || air_str_eqz(air_str_n(got->data + n, got->len - n),
                              " used 0+0+0>0");
    }

    if (!untold) {
        return 0;
    }

    /* what a cache took in or gave is read back as what it is: input */

    head = air_buf_view(want);

    while (head.len != 0 && head.data[head.len - 1] != ' ') {
        head.len--;
    }

    tail = air_str_n(got->data + head.len, got->len - head.len);

    return got->len > head.len
           && memcmp(got->data, head.data, head.len) == 0
           && numbers(tail, g)
           && numbers(air_str_n(want->data + head.len, n - head.len), w)
           && g[0] == w[0] + w[2] + (untold == 2 ? w[1] : 0)
           && g[1] == (untold == 2 ? 0 : w[1]) && g[2] == 0
           && g[3] == w[3];
}


static int
same_bytes(const air_buf_t *a, const air_buf_t *b)
{
    return air_str_eq(air_buf_view(a), air_buf_view(b));
}


static int
same_run(const run_t *a, const run_t *b)
{
    return a->rc == b->rc && same_bytes(&a->out, &b->out)
           && same_bytes(&a->said, &b->said)
           && a->note.all == b->note.all
           && a->note.finish == b->note.finish
           && a->note.id_len == b->note.id_len
           && memcmp(a->note.id, b->note.id, a->note.id_len) == 0
           && a->note.model_len == b->note.model_len
           && memcmp(a->note.model, b->note.model, a->note.model_len) == 0
           && memcmp(&a->note.usage, &b->note.usage, sizeof(air_usage_t))
              == 0;
}


/* numbers that are the same in each run of the program: splitmix64 */
static uint64_t
next_number(uint64_t *seed)
{
    uint64_t  z;

    z = (*seed += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;

    return z ^ (z >> 31);
}


static int
by_size(const void *a, const void *b)
{
    size_t  x = *(const size_t *) a, y = *(const size_t *) b;

    return x < y ? -1 : x > y;
}


/* Cuts of one stream to one caller; the first that differs, or -1. */
static long
cuts(const rec_t *rec, const wire_t *to, const run_t *whole)
{
    mem_t      m;
    run_t      run;
    size_t     at[PIECES];
    unsigned   i, j, n;
    uint64_t   seed;
    air_mem_t  mem;

    seed = rec->data.len;

    for (i = 0; i < CUTS; i++) {

        /* two pieces, each fifth time more */

        n = i % 5 == 4 ? PIECES : 1;

        for (j = 0; j < n; j++) {
            at[j] = 1 + next_number(&seed) % (rec->data.len - 1);
        }

        qsort(at, n, sizeof(size_t), by_size);

        mem = mem_init(&m, 0);
        run_stream(rec, to, at, n, &mem, &run);

        j = same_run(&run, whole);
        mem_free(&m);

        if (!j) {
            return (long) at[0];
        }
    }

    return -1;
}


/* One test that a reply was read back. */
static void
back_is(int good, const rec_t *rec, const wire_t *to, const air_buf_t *got,
    const air_buf_t *want)
{
    if (!ok(good, "%.*s as %s, read back", (int) rec->name.len,
            (char *) rec->name.data, to->name))
    {
        printf("#   got %.*s\n#  want %.*s\n", (int) got->len,
               (char *) got->data, (int) want->len, (char *) want->data);
    }
}


/* what one codec wrote, read by the same codec, means what the vendor said */
static void
reads_back(const rec_t *rec, const wire_t *to, const run_t *whole)
{
    mem_t      m;
    rec_t      own;
    run_t      back;
    air_mem_t  mem;

    mem = mem_init(&m, 0);

    own.wire = to;
    own.profile = own_profile(to);
    own.data = air_buf_view(&whole->out);

    run_stream(&own, NULL, &own.data.len, 1, &mem, &back);

    back_is(back.rc == AIR_OK
            && same_meaning(&back.said, &whole->said, to->untold),
            rec, to, &back.said, &whole->said);

    mem_free(&m);
}


static void
test_stream(const rec_t *rec)
{
    long           at;
    mem_t          m[NWIRES], own;
    run_t          whole[NWIRES], run;
    size_t         none;
    unsigned       i, n, good;
    air_mem_t      mem[NWIRES], bytes;
    const wire_t  *to[NWIRES];

    streams++;
    n = 0;
    none = rec->data.len;

    for (i = 0; i < NWIRES; i++) {

        if (wires[i].codec != NULL) {
            to[n] = &wires[i];
            mem[n] = mem_init(&m[n], 0);
            run_stream(rec, to[n], &none, 1, &mem[n], &whole[n]);
            n++;
        }
    }

    for (i = 0; i < n; i++) {
        bytes = mem_init(&own, 0);
        run_stream(rec, to[i], NULL, 0, &bytes, &run);

        good = same_run(&run, &whole[i]);
        mem_free(&own);

        ok(good, "%.*s to %s, byte by byte", (int) rec->name.len,
           (char *) rec->name.data, to[i]->name);

        at = cuts(rec, to[i], &whole[i]);

        ok(at < 0, "%.*s to %s, cut at %u places, %ld",
           (int) rec->name.len, (char *) rec->name.data, to[i]->name, CUTS,
           at);

        if (whole[i].rc == AIR_OK && (whole[i].note.all & AIR_NOTE_FINISH)) {
            reads_back(rec, to[i], &whole[i]);
        }
    }

    for (i = 0; i < n; i++) {
        mem_free(&m[i]);
    }
}


/* -------------------------------------------------------- whole replies */

static void
say_reply(const air_msg_reply_t *msg, air_buf_t *b, const air_mem_t *mem)
{
    unsigned           calls;
    air_buf_t          thought;
    air_finish_e       finish;
    const air_part_t  *p;

    calls = 0;
    air_buf_init(&thought, mem, MAX_OUT);

    for (p = msg->choices ? msg->choices->parts : NULL; p; p = p->next) {

        if (p->type == AIR_PART_TEXT || p->type == AIR_PART_REFUSAL) {
            air_buf_str(b, p->text);

        } else if (p->type == AIR_PART_THINKING) {
            air_buf_str(&thought, p->text);
        }
    }

    air_buf_z(b, " thought ");
    air_buf_str(b, air_buf_view(&thought));

    for (p = msg->choices ? msg->choices->parts : NULL; p; p = p->next) {

        if (p->type == AIR_PART_TOOL_CALL) {
            air_buf_z(b, " call ");
            air_buf_str(b, p->name);
            calls++;
        }
    }

    /* Snowflake ends an answer without a word for it */

    finish = msg->choices ? air_finish_plain(msg->choices->finish)
                          : AIR_FINISH_NONE;

    if (finish == AIR_FINISH_NONE && msg->choices != NULL) {
        finish = calls ? AIR_FINISH_TOOL_CALLS : AIR_FINISH_STOP;
    }

    air_buf_z(b, " finish ");
    air_buf_z(b, air_finish_name(finish));

    if (msg->usage.seen) {
        say_usage(&msg->usage, b);
    }
}


/* Reads a whole reply; what it means goes to said.  AIR_OK or why not. */
static int
read_reply(const wire_t *wire, const air_profile_t *profile, air_str_t text,
    const air_mem_t *mem, air_msg_reply_t *msg, air_buf_t *said)
{
    int             rc;
    air_error_t     error;
    air_json_doc_t  doc;

    air_json_init(&doc, mem);
    air_buf_init(said, mem, MAX_OUT);

    rc = air_json_scan(&doc, text, AIR_JSON_VENDOR, NULL);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = wire->codec->reply_read(AIR_OP_CHAT, &doc, profile, mem, msg,
                                 &error);
    if (rc == AIR_OK) {
        say_reply(msg, said, mem);
    }

    return rc;
}


static void
test_body(const rec_t *rec)
{
    int               good;
    mem_t             m;
    unsigned          i;
    air_buf_t         said, again, b;
    air_mem_t         mem;
    air_msg_reply_t   msg, back;

    bodies++;

    for (i = 0; i < NWIRES; i++) {

        if (wires[i].codec == NULL) {
            continue;
        }

        mem = mem_init(&m, 0);

        if (read_reply(rec->wire, rec->profile, rec->data, &mem, &msg, &said)
            == AIR_OK)
        {
            msg.op = wires[i].op;
            air_buf_init(&b, &mem, MAX_OUT);

            good = wires[i].codec->reply_write(&msg, &b) == AIR_OK
                   && read_reply(&wires[i], own_profile(&wires[i]),
                                 air_buf_view(&b), &mem, &back, &again)
                      == AIR_OK
                   && same_meaning(&again, &said,
                                   wires[i].untold);

            back_is(good, rec, &wires[i], &again, &said);
        }

        mem_free(&m);
    }
}


/* ------------------------------------------------------------ recordings */

static air_str_t
from_base64(air_str_t s, const air_mem_t *mem)
{
    int             v;
    size_t          i;
    uint32_t        bits, n;
    air_str_t       out;
    const char     *p;
    unsigned char  *to;

    static const char  abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
                               "qrstuvwxyz0123456789+/";

    bits = 0;
    n = 0;
    to = air_mem_get(mem, s.len + 1);
    out.data = to;

    for (i = 0; i < s.len && s.data[i] != '='; i++) {
        p = strchr(abc, s.data[i]);
        v = p != NULL ? (int) (p - abc) : 0;
        bits = bits << 6 | (uint32_t) v;
        n += 6;

        if (n >= 8) {
            n -= 8;
            *to++ = (unsigned char) (bits >> n);
        }
    }

    out.len = (size_t) (to - out.data);

    return out;
}


/* Fills rec from a recording; 0 when it is none that a codec can read. */
static int
recording(const char *path, air_str_t text, const air_mem_t *mem, rec_t *rec)
{
    unsigned                i;
    uint64_t                status;
    air_str_t               name;
    air_json_doc_t          doc;
    const air_json_node_t  *root, *response, *node;

    air_json_init(&doc, mem);

    if (air_json_scan(&doc, text, AIR_JSON_VENDOR, NULL) != AIR_OK) {
        return 0;
    }

    memset(rec, 0, sizeof(rec_t));
    root = air_json_root(&doc);
    node = air_json_get(&doc, root, "protocol");
    response = air_json_get(&doc, root, "response");

    for (i = 0; i < NWIRES; i++) {

        if (node != NULL && air_json_is(&doc, node, wires[i].protocol)) {
            rec->wire = &wires[i];
        }
    }

    if (rec->wire == NULL || rec->wire->codec == NULL || response == NULL) {
        return 0;
    }

    memset(&name, 0, sizeof(air_str_t));
    (void) air_json_string(&doc, air_json_get(&doc, root, "vendor"), mem,
                           &name);

    rec->profile = air_profile_find(name);

    if (rec->profile == NULL) {
        rec->profile = own_profile(rec->wire);
    }

    status = 200;
    (void) air_json_uint(&doc, air_json_get(&doc, response, "status"),
                         &status);
    rec->error = status >= 400;
    rec->name = air_str_z(path);

    if (air_json_string(&doc, air_json_get(&doc, response, "sse"), mem,
                        &rec->data)
        == AIR_OK)
    {
        rec->stream = 1;
        return rec->data.len > 1;
    }

    if (air_json_string(&doc, air_json_get(&doc, response,
                                           "eventstream_base64"),
                        mem, &name)
        == AIR_OK)
    {
        rec->stream = 1;
        rec->data = from_base64(name, mem);
        return rec->data.len > 1;
    }

    node = air_json_get(&doc, response, "body");

    if (node != NULL) {
        rec->data = air_json_raw(&doc, node);
    }

    return node != NULL;
}


static void
replay(const char *dir, const char *file)
{
    char        path[1024];
    mem_t       m;
    rec_t       rec;
    size_t      n;
    air_str_t   text;
    air_mem_t   mem;

    n = strlen(file);

    if (n < 5 || strcmp(file + n - 5, ".json") != 0) {
        return;
    }

    snprintf(path, sizeof(path), "%s/%s", dir, file);

    text = file_read(path);

    if (text.data == NULL) {
        return;
    }

    mem = mem_init(&m, 0);

    if (recording(file, text, &mem, &rec) && !rec.error) {

        if (rec.stream) {
            test_stream(&rec);

        } else {
            test_body(&rec);
        }
    }

    mem_free(&m);
    free(text.data);
}


static int
shown(const struct dirent *d)
{
    return d->d_name[0] != '.';
}


/* Every recording below dir, in the order of names. */
static void
walk(const char *dir, int depth)
{
    int              i, n;
    char             path[1024];
    struct dirent  **list;

    n = scandir(dir, &list, shown, alphasort);

    for (i = 0; i < n; i++) {

        if (list[i]->d_type == DT_REG) {
            replay(dir, list[i]->d_name);

        } else if (depth > 0) {
            snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
            walk(path, depth - 1);
        }

        free(list[i]);
    }

    if (n >= 0) {
        free(list);
    }
}


int
main(void)
{
    char                path[1024];
    unsigned            i;
    const char         *top;
    const air_codec_t  *codec;

    for (i = 0; i < NWIRES; i++) {
        codec = air_codec_find(air_str_z(wires[i].name));

        if (codec != NULL && codec->event_read != NULL
            && codec->event_write != NULL && codec->reply_read != NULL
            && codec->reply_write != NULL && own_profile(&wires[i]) != NULL)
        {
            wires[i].codec = codec;
        }
    }

    walk("t/data", 1);

    ok(streams > 0 && bodies > 0, "recordings of the checkout");

    top = getenv("AIR_SHARED_DATA");
    snprintf(path, sizeof(path), "%s/recordings",
             top != NULL ? top : "../shared/data");

    i = streams;
    walk(path, 2);

    if (streams == i) {
        skip("no recordings: set AIR_SHARED_DATA");
    }

    return done();
}
