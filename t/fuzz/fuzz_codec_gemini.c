
/*
 * The Gemini codec.  The first byte chooses: a request, a reply or inputs to
 * embed that are read are written as JSON, read again and written the same;
 * a request of another wire becomes one that this wire takes; a stream gives
 * the same note and the same bytes for every split, and each event written
 * for a caller is one line of JSON, whichever wires the two sides speak.
 */

#include <stdio.h>
#include <stdlib.h>

#include "../unit/mem.h"
#include "../../ngx_ai_router_module/core/air_codec.h"


#define CHECK(cond)                                                           \
    if (!(cond)) {                                                            \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);            \
        abort();                                                              \
    }

#define CODEC  air_codec_gemini
#define BIG    (1 << 24)


int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);


static air_op_e
asked(const air_codec_t *from, unsigned embed)
{
    return embed ? AIR_OP_EMBEDDINGS
           : from == &air_codec_anthropic ? AIR_OP_MESSAGES : AIR_OP_CHAT;
}


static void
request(air_str_t text, const air_codec_t *from, unsigned embed,
    const char *model, const char *profile, const air_mem_t *mem)
{
    int                rc;
    air_op_e           op;
    air_buf_t          b, again;
    air_error_t        error;
    air_target_t       target;
    air_json_doc_t     doc, second;
    air_warnings_t     lost;
    air_msg_request_t  msg;

    op = asked(from, embed);
    air_json_init(&doc, mem);

    if (air_json_scan(&doc, text, AIR_JSON_UNIQUE, NULL) != AIR_OK
        || from->request_read(op, &doc, mem, &msg, &error) != AIR_OK)
    {
        return;
    }

    op = op == AIR_OP_MESSAGES ? AIR_OP_CHAT : op;
    msg.op = op;

    memset(&lost, 0, sizeof(air_warnings_t));
    memset(&target, 0, sizeof(air_target_t));
    target.profile = air_profile_find(air_str_z(profile));
    target.model = air_str_z(model);

    air_buf_init(&b, mem, BIG);
    rc = CODEC.request_write(&msg, &target, &b, &lost);

    if (embed) {
        CHECK(rc == AIR_OK || rc == AIR_EUNSUP);

        if (rc != AIR_OK) {
            return;
        }
    }

    CHECK(rc == AIR_OK);

    air_json_init(&second, mem);
    CHECK(air_json_scan(&second, air_buf_view(&b), 0, NULL) == AIR_OK);
    CHECK(CODEC.request_read(op, &second, mem, &msg, &error) == AIR_OK);

    air_buf_init(&again, mem, BIG);
    CHECK(CODEC.request_write(&msg, &target, &again, &lost) == AIR_OK);

    air_json_init(&doc, mem);
    CHECK(air_json_scan(&doc, air_buf_view(&again), 0, NULL) == AIR_OK);

    if (from == &CODEC) {
        CHECK(again.len == b.len);
    }
}


static void
reply(air_str_t text, const air_codec_t *from, unsigned embed,
    const air_mem_t *mem)
{
    unsigned              i;
    air_op_e              op;
    air_buf_t             b, again;
    air_note_t            note;
    air_error_t           error;
    air_json_doc_t        doc, second;
    air_msg_reply_t       msg;
    const air_profile_t  *p;

    static const air_codec_t *const  callers[] = {
        &air_codec_openai, &air_codec_anthropic
    };

    op = embed ? AIR_OP_EMBEDDINGS : AIR_OP_CHAT;
    p = air_profile_find(air_str_z("google"));
    air_json_init(&doc, mem);

    if (air_json_scan(&doc, text, AIR_JSON_VENDOR, NULL) != AIR_OK) {
        return;
    }

    air_note_init(&note);
    CODEC.reply_note(op, &doc, p, &note);

    if (from->reply_read(op, &doc, p, mem, &msg, &error) != AIR_OK) {
        return;
    }

    for (i = 0; i < 2 && !embed; i++) {
        air_buf_init(&b, mem, BIG);
        msg.op = i ? AIR_OP_MESSAGES : AIR_OP_CHAT;
        CHECK(callers[i]->reply_write(&msg, &b) == AIR_OK);

        air_json_init(&second, mem);
        CHECK(air_json_scan(&second, air_buf_view(&b), AIR_JSON_VENDOR, NULL)
              == AIR_OK);
    }

    msg.op = op;
    air_buf_init(&b, mem, BIG);

    if (CODEC.reply_write(&msg, &b) != AIR_OK) {
        CHECK(embed && b.error == AIR_EINVAL);
        return;
    }

    air_json_init(&second, mem);
    CHECK(air_json_scan(&second, air_buf_view(&b), AIR_JSON_VENDOR, NULL)
          == AIR_OK);

    if (CODEC.reply_read(op, &second, p, mem, &msg, &error) != AIR_OK) {
        /* no answer at all, or an extra that is an error of its own */
        return;
    }

    air_buf_init(&again, mem, BIG);
    CHECK(CODEC.reply_write(&msg, &again) == AIR_OK);
    CHECK(from != &CODEC || again.len == b.len);
}


static void
stream(air_str_t text, size_t step, const air_codec_t *from,
    const air_codec_t *to, const air_mem_t *mem, air_buf_t *wire,
    air_note_t *note)
{
    int                   rc;
    size_t                at, n;
    unsigned              i;
    air_sse_t             sse;
    air_delta_t           end;
    air_deltas_t          out;
    air_stream_t         *st;
    unsigned char        *pos;
    air_json_doc_t        doc;
    air_sse_event_t       ev;
    const air_profile_t  *p;

    p = air_profile_find(air_str_z("google"));

    air_note_init(note);
    air_buf_init(wire, mem, BIG);
    air_json_init(&doc, mem);
    air_deltas_init(&out, mem);
    air_sse_init(&sse, mem, 1 << 16);

    st = air_mem_get(mem, sizeof(air_stream_t));
    air_stream_init(st, mem, asked(to, 0));

    for (at = 0; at < text.len; at += n) {

        n = step < text.len - at ? step : text.len - at;
        pos = text.data + at;

        while (air_sse_feed(&sse, &pos, text.data + at + n, &ev) == AIR_OK) {

            rc = CODEC.event_note(&ev, p, &doc, note);
            CHECK(rc == AIR_OK || rc == AIR_EINVAL);

            rc = from->event_read(st, &ev, p, &out);
            CHECK(rc == AIR_OK || rc == AIR_EINVAL || rc == AIR_ELIMIT);

            for (i = 0; rc == AIR_OK && i < out.n; i++) {
                rc = to->event_write(st, &out.d[i], wire);
                CHECK(rc == AIR_OK || rc == AIR_ELIMIT);
            }

            if (rc == AIR_ELIMIT) {
                return;
            }
        }
    }

    memset(&end, 0, sizeof(air_delta_t));
    end.type = AIR_DELTA_END;
    CHECK(to->event_write(st, &end, wire) == AIR_OK);
}


/* Every event has one line of good JSON. */
static void
lines(air_str_t wire, const air_mem_t *mem)
{
    air_sse_t         sse;
    unsigned char    *pos;
    air_json_doc_t    doc;
    air_sse_event_t   ev;

    if (wire.len == 0) {
        return;
    }

    pos = wire.data;
    air_json_init(&doc, mem);
    air_sse_init(&sse, mem, BIG);

    while (air_sse_feed(&sse, &pos, wire.data + wire.len, &ev) == AIR_OK) {

        if (ev.has_data && !air_str_eqz(ev.data, "[DONE]")) {
            CHECK(air_json_scan(&doc, ev.data, AIR_JSON_VENDOR, NULL)
                  == AIR_OK);
            CHECK(memchr(ev.data.data, '\n', ev.data.len) == NULL);
        }
    }
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    mem_t               m;
    unsigned            i, way;
    air_buf_t           whole, cut;
    air_mem_t           mem;
    air_note_t          note, second;
    air_str_t           text;
    const air_codec_t  *from, *to;

    static const char *const  models[] = {
        "gemini-2.0-flash", "gemini-2.5-pro", "gemini-3-flash-preview",
        "other"
    };

    static const air_codec_t *const  codecs[] = {
        &air_codec_gemini, &air_codec_openai, &air_codec_anthropic,
        &air_codec_gemini
    };

    if (size < 2) {
        return 0;
    }

    mem = mem_init(&m, 0);
    way = data[0];
    from = codecs[way >> 2 & 3];
    to = codecs[way >> 4 & 3];
    text = air_str_n(data + 1, size - 1);

    switch (way & 3) {

    case 0:
        request(text, from, way >> 7 && from != &air_codec_anthropic,
                models[way >> 4 & 3], way & 64 ? "vertex" : "google", &mem);
        break;

    case 1:
        reply(text, from, way >> 7 && from != &air_codec_anthropic, &mem);
        break;

    default:
        stream(text, text.len, from, to, &mem, &whole, &note);
        lines(air_buf_view(&whole), &mem);

        for (i = 1; i < 8; i += 3) {
            stream(text, i, from, to, &mem, &cut, &second);
            CHECK(cut.len == whole.len);
            CHECK(cut.len == 0
                  || memcmp(cut.data, whole.data, cut.len) == 0);
            CHECK(second.all == note.all);
            CHECK(memcmp(&second.usage, &note.usage, sizeof(air_usage_t))
                  == 0);
        }
    }

    mem_free(&m);

    return 0;
}
