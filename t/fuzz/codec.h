
/*
 * What every codec of a vendor must hold, for a target that defines CODEC
 * and PROFILE.  The first byte chooses: a request or a reply that is read is
 * written as JSON, read again and written as long; what callers of OpenAI's
 * and of Anthropic's protocol ask becomes what this wire takes; a stream
 * gives the same note and the same bytes for every split, and every event
 * written, whoever for, is one line of JSON.
 */

#ifndef _FUZZ_CODEC_H_INCLUDED_
#define _FUZZ_CODEC_H_INCLUDED_


#include <stdio.h>
#include <stdlib.h>

#include "../unit/mem.h"
#include "../../ngx_ai_router_module/core/air_codec.h"


#define CHECK(cond)                                                           \
    if (!(cond)) {                                                            \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);            \
        abort();                                                              \
    }

#define BIG  (1 << 24)

/* bits of the first byte */
#define FUZZ_MODE     0x03        /* 0 request, 1 reply, 2 and 3 stream     */
#define FUZZ_FOREIGN  0x04        /* from or for another wire               */
#define FUZZ_CLAUDE   0x08        /* Anthropic's, else OpenAI's             */
#define FUZZ_EMBED    0x10        /* embeddings                             */
#define FUZZ_MODEL    0x60        /* which of MODELS                        */


int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);


static const air_codec_t *
fuzz_other(unsigned bits)
{
    return bits & FUZZ_CLAUDE ? &air_codec_anthropic : &air_codec_openai;
}


static void
fuzz_json(const air_buf_t *b, const air_mem_t *mem, air_json_doc_t *doc)
{
    air_json_init(doc, mem);
    CHECK(air_json_scan(doc, air_buf_view(b), AIR_JSON_VENDOR, NULL)
          == AIR_OK);
}


static void
fuzz_edits(air_op_e op, const air_json_doc_t *doc, const air_target_t *target,
    const air_mem_t *mem)
{
    air_buf_t       b;
    air_edits_t     edits;
    air_error_t     error;
    air_request_t   rq;
    air_json_doc_t  second;

    if (CODEC.request_check(op, doc, mem, &rq, &error) != AIR_OK) {
        CHECK(error.message.len != 0 && error.status >= 400);
        return;
    }

    edits.n = 0;
    CHECK(CODEC.request_edits(&rq, doc, target, mem, &edits, NULL)
          == AIR_OK);

    air_buf_init(&b, mem, BIG);
    CHECK(air_edits_apply(&edits, doc->text, &b) == AIR_OK);
    fuzz_json(&b, mem, &second);
}


static void
fuzz_request(air_str_t text, unsigned bits, const air_mem_t *mem)
{
    int                 rc;
    air_op_e            op;
    air_buf_t           b, again, third;
    air_error_t         error;
    air_target_t        target;
    air_json_doc_t      doc, second;
    air_warnings_t      lost;
    air_msg_request_t   msg;
    const air_codec_t  *from;

    static const char *const  models[4] = MODELS;

    from = bits & FUZZ_FOREIGN ? fuzz_other(bits) : &CODEC;
    op = bits & FUZZ_EMBED ? AIR_OP_EMBEDDINGS
         : from == &air_codec_anthropic ? AIR_OP_MESSAGES : AIR_OP_CHAT;

    memset(&lost, 0, sizeof(air_warnings_t));
    target.profile = air_profile_find(air_str_z(PROFILE));
    target.model = air_str_z(models[(bits & FUZZ_MODEL) >> 5]);

    air_json_init(&doc, mem);

    if (air_json_scan(&doc, text, AIR_JSON_UNIQUE, NULL) != AIR_OK) {
        return;
    }

    if (from == &CODEC) {
        fuzz_edits(op, &doc, &target, mem);
    }

    rc = from->request_read(op, &doc, mem, &msg, &error);

    if (rc != AIR_OK) {
        CHECK(rc == AIR_EINVAL || rc == AIR_EUNSUP);
        CHECK(error.message.len != 0);
        return;
    }

    msg.op = op == AIR_OP_MESSAGES ? AIR_OP_CHAT : op;

    air_buf_init(&b, mem, BIG);
    rc = CODEC.request_write(&msg, &target, &b, &lost);

    if (rc != AIR_OK) {
        CHECK(rc == AIR_EUNSUP || rc == AIR_EINVAL || rc == AIR_ELIMIT);
        return;
    }

    fuzz_json(&b, mem, &second);

    rc = CODEC.request_read(msg.op, &second, mem, &msg, &error);

    if (rc != AIR_OK) {
        /* what a caller left out may be demanded here */
        CHECK(rc == AIR_EINVAL || rc == AIR_EUNSUP);
        return;
    }

    air_buf_init(&again, mem, BIG);
    CHECK(CODEC.request_write(&msg, &target, &again, &lost) == AIR_OK);

    fuzz_json(&again, mem, &second);
    CHECK(CODEC.request_read(msg.op, &second, mem, &msg, &error) == AIR_OK);

    air_buf_init(&third, mem, BIG);
    CHECK(CODEC.request_write(&msg, &target, &third, &lost) == AIR_OK);
    CHECK(again.len == third.len);
}


static void
fuzz_reply(air_str_t text, unsigned bits, const air_mem_t *mem)
{
    int                   rc;
    air_op_e              op;
    air_buf_t             b, again;
    air_note_t            note;
    air_error_t           error;
    air_json_doc_t        doc, second;
    air_msg_reply_t       msg;
    const air_codec_t    *from;
    const air_profile_t  *p;

    p = air_profile_find(air_str_z(PROFILE));
    op = bits & FUZZ_EMBED ? AIR_OP_EMBEDDINGS : AIR_OP_CHAT;
    from = bits & FUZZ_CLAUDE ? &air_codec_openai : &CODEC;
    air_json_init(&doc, mem);

    if (air_json_scan(&doc, text, AIR_JSON_VENDOR
                      | (bits & FUZZ_EMBED ? AIR_JSON_FLAT : 0), NULL)
        != AIR_OK)
    {
        return;
    }

    air_note_init(&note);
    CODEC.reply_note(op, &doc, p, &note);
    CHECK(!(note.what & AIR_NOTE_ERROR) || note.error.message.len != 0
          || note.error.fault != AIR_FAULT_NONE);

    rc = from->reply_read(op, &doc, p, mem, &msg, &error);

    if (rc != AIR_OK) {
        CHECK(rc == AIR_EINVAL);
        return;
    }

    /* for a caller */

    if (bits & FUZZ_FOREIGN) {
        air_buf_init(&b, mem, BIG);
        msg.encoding = air_str_z(bits & FUZZ_MODEL ? "base64" : "float");
        rc = air_codec_openai.reply_write(&msg, &b);
        CHECK(rc == AIR_OK
              || (rc == AIR_EINVAL && op == AIR_OP_EMBEDDINGS));

        if (rc == AIR_OK) {
            fuzz_json(&b, mem, &second);
        }

        if (op != AIR_OP_EMBEDDINGS) {
            air_buf_init(&b, mem, BIG);
            CHECK(air_codec_anthropic.reply_write(&msg, &b) == AIR_OK);
            fuzz_json(&b, mem, &second);
        }

        return;
    }

    air_buf_init(&b, mem, BIG);
    rc = CODEC.reply_write(&msg, &b);

    if (rc != AIR_OK) {
        CHECK(rc == AIR_EINVAL && op == AIR_OP_EMBEDDINGS);
        return;
    }

    fuzz_json(&b, mem, &second);

    if (CODEC.reply_read(op, &second, p, mem, &msg, &error) != AIR_OK) {
        /* an extra that is an error of its own */
        return;
    }

    air_buf_init(&again, mem, BIG);
    CHECK(CODEC.reply_write(&msg, &again) == AIR_OK);
    CHECK(again.len == b.len || from != &CODEC);
}


/* Events of either framing. */
typedef struct {
    air_framing_e       framing;
    air_sse_t           sse;
    air_eventstream_t   frames;
} fuzz_feed_t;


static void
fuzz_feed_init(fuzz_feed_t *f, const air_codec_t *codec, size_t max,
    const air_mem_t *mem)
{
    f->framing = codec->framing;
    air_sse_init(&f->sse, mem, max);
    air_eventstream_init(&f->frames, mem, max);
}


static int
fuzz_feed(fuzz_feed_t *f, unsigned char **pos, unsigned char *last,
    air_sse_event_t *ev)
{
    return f->framing == AIR_FRAMING_EVENTSTREAM
           ? air_eventstream_feed(&f->frames, pos, last, ev)
           : air_sse_feed(&f->sse, pos, last, ev);
}


/*
 * Events that stand in text as server-sent ones, as binary frames, whose
 * sums nobody would guess; a type that begins with "!" is an exception's.
 */
static air_str_t
fuzz_frames(air_str_t text, const air_mem_t *mem)
{
    size_t            at, n;
    char              type[64];
    air_buf_t         b;
    air_sse_t         sse;
    unsigned char    *pos;
    air_sse_event_t   ev;

    air_buf_init(&b, mem, BIG);
    air_sse_init(&sse, mem, BIG);
    pos = text.data;

    while (air_sse_feed(&sse, &pos, text.data + text.len, &ev) == AIR_OK) {

        n = ev.type.len < sizeof(type) - 1 ? ev.type.len : sizeof(type) - 1;

        if (n != 0) {
            memcpy(type, ev.type.data, n);
        }

        type[n] = '\0';

        at = air_eventstream_begin(&b, type[0] == '!' ? type + 1 : type,
                                   type[0] == '!');
        air_buf_str(&b, ev.data);
        CHECK(air_eventstream_end(&b, at) == AIR_OK);
    }

    return air_buf_view(&b);
}


static void
fuzz_stream(air_str_t text, size_t step, const air_codec_t *from,
    const air_codec_t *to, const air_mem_t *mem, air_buf_t *wire,
    air_note_t *note)
{
    int                   rc;
    size_t                at, n;
    unsigned              i;
    fuzz_feed_t           feed;
    air_deltas_t          out;
    air_stream_t         *st;
    unsigned char        *pos;
    air_json_doc_t        doc;
    air_sse_event_t       ev;
    const air_profile_t  *p;

    p = air_profile_find(air_str_z(PROFILE));

    air_note_init(note);
    air_buf_init(wire, mem, BIG);
    air_json_init(&doc, mem);
    air_deltas_init(&out, mem);
    fuzz_feed_init(&feed, from, 1 << 16, mem);

    st = air_mem_get(mem, sizeof(air_stream_t));
    air_stream_init(st, mem, AIR_OP_CHAT);
    st->want_usage = 1;

    for (at = 0; at < text.len; at += n) {

        n = step < text.len - at ? step : text.len - at;
        pos = text.data + at;

        while (fuzz_feed(&feed, &pos, text.data + at + n, &ev) == AIR_OK) {

            if (from == &CODEC) {
                rc = CODEC.event_note(&ev, p, &doc, note);
                CHECK(rc == AIR_OK || rc == AIR_EINVAL);
            }

            rc = from->event_read(st, &ev, p, &out);
            CHECK(rc == AIR_OK || rc == AIR_EINVAL || rc == AIR_ELIMIT);

            for (i = 0; rc == AIR_OK && i < out.n; i++) {
                rc = to->event_write(st, &out.d[i], wire);
                CHECK(rc == AIR_OK || rc == AIR_ELIMIT);
            }
        }
    }
}


/* Every event has one line of good JSON; in a frame it may have several. */
static void
fuzz_lines(air_str_t wire, const air_codec_t *to, const air_mem_t *mem)
{
    fuzz_feed_t       feed;
    unsigned char    *pos;
    air_json_doc_t    doc;
    air_sse_event_t   ev;

    if (wire.len == 0) {
        return;
    }

    pos = wire.data;
    air_json_init(&doc, mem);
    fuzz_feed_init(&feed, to, BIG, mem);

    while (fuzz_feed(&feed, &pos, wire.data + wire.len, &ev) == AIR_OK) {

        if (ev.has_data && !air_str_eqz(ev.data, "[DONE]")) {
            CHECK(air_json_scan(&doc, ev.data, AIR_JSON_VENDOR, NULL)
                  == AIR_OK);
            CHECK(to->framing != AIR_FRAMING_SSE
                  || memchr(ev.data.data, '\n', ev.data.len) == NULL);
        }
    }

    CHECK(pos == wire.data + wire.len);
}


static void
fuzz_streams(air_str_t text, unsigned bits, const air_mem_t *mem)
{
    unsigned            i;
    air_buf_t           whole, cut;
    air_note_t          note, second;
    const air_codec_t  *from, *to;

    /* the vendor's for itself or a caller, or another vendor's as if it
       were spoken by this one */

    from = (bits & (FUZZ_FOREIGN|FUZZ_EMBED)) == (FUZZ_FOREIGN|FUZZ_EMBED)
           ? fuzz_other(bits) : &CODEC;
    to = (bits & (FUZZ_FOREIGN|FUZZ_EMBED)) == FUZZ_FOREIGN
         ? fuzz_other(bits) : &CODEC;

    if (from->framing == AIR_FRAMING_EVENTSTREAM) {
        text = fuzz_frames(text, mem);
    }

    fuzz_stream(text, text.len, from, to, mem, &whole, &note);
    fuzz_lines(air_buf_view(&whole), to, mem);

    for (i = 1; i < 8; i += 3) {
        fuzz_stream(text, i, from, to, mem, &cut, &second);
        CHECK(cut.len == whole.len);
        CHECK(cut.len == 0 || memcmp(cut.data, whole.data, cut.len) == 0);
        CHECK(second.all == note.all);
        CHECK(memcmp(&second.usage, &note.usage, sizeof(air_usage_t)) == 0);
    }
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    mem_t      m;
    air_mem_t  mem;
    air_str_t  text;

    if (size < 2) {
        return 0;
    }

    mem = mem_init(&m, 0);
    text = air_str_n(data + 1, size - 1);

    switch (data[0] & FUZZ_MODE) {

    case 0:
        fuzz_request(text, data[0], &mem);
        break;

    case 1:
        fuzz_reply(text, data[0], &mem);
        break;

    default:
        fuzz_streams(text, data[0], &mem);
    }

    mem_free(&m);

    return 0;
}


#endif /* _FUZZ_CODEC_H_INCLUDED_ */
