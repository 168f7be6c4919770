
/*
 * The Anthropic codec.  The first byte chooses: a request or a reply that is
 * read is written as JSON, read again and written the same; one of the
 * OpenAI wire becomes one that this wire takes; a stream gives the same note
 * and the same bytes for every split, and each event written is one line of
 * JSON, whichever wire it came from.
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

#define CODEC  air_codec_anthropic
#define BIG    (1 << 24)


int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);


static void
edits_of(const air_request_t *rq, const air_json_doc_t *doc,
    const air_mem_t *mem)
{
    air_buf_t       b;
    air_edits_t     edits;
    air_target_t    target;
    air_json_doc_t  second;

    memset(&target, 0, sizeof(air_target_t));
    target.profile = air_profile_find(air_str_z("anthropic"));
    target.model = air_str_z("up");
    edits.n = 0;

    CHECK(CODEC.request_edits(rq, doc, &target, mem, &edits, NULL) == AIR_OK);
    CHECK(edits.n <= 1);

    air_buf_init(&b, mem, BIG);
    CHECK(air_edits_apply(&edits, doc->text, &b) == AIR_OK);

    air_json_init(&second, mem);
    CHECK(air_json_scan(&second, air_buf_view(&b), AIR_JSON_UNIQUE, NULL)
          == AIR_OK);
    CHECK(air_json_is(&second, air_json_get(&second, air_json_root(&second),
                                            "model"), "up"));
}


static void
request(air_str_t text, const air_codec_t *from, const char *model,
    const air_mem_t *mem)
{
    air_op_e           op;
    air_buf_t          b, again;
    air_error_t        error;
    air_target_t       target;
    air_request_t      rq;
    air_json_doc_t     doc, second;
    air_warnings_t     lost;
    air_msg_request_t  msg;

    op = from == &CODEC ? AIR_OP_MESSAGES : AIR_OP_CHAT;
    air_json_init(&doc, mem);

    if (air_json_scan(&doc, text, AIR_JSON_UNIQUE, NULL) != AIR_OK) {
        return;
    }

    if (from == &CODEC
        && CODEC.request_check(op, &doc, mem, &rq, &error) == AIR_OK)
    {
        edits_of(&rq, &doc, mem);
    }

    if (from->request_read(op, &doc, mem, &msg, &error) != AIR_OK) {
        return;
    }

    memset(&lost, 0, sizeof(air_warnings_t));
    memset(&target, 0, sizeof(air_target_t));
    target.profile = air_profile_find(air_str_z("anthropic"));
    target.model = air_str_z(model);

    air_buf_init(&b, mem, BIG);
    CHECK(CODEC.request_write(&msg, &target, &b, &lost) == AIR_OK);

    air_json_init(&second, mem);
    CHECK(air_json_scan(&second, air_buf_view(&b), 0, NULL) == AIR_OK);

    CHECK(CODEC.request_check(AIR_OP_MESSAGES, &second, mem, &rq, &error)
          == AIR_OK);

    if (CODEC.request_read(AIR_OP_MESSAGES, &second, mem, &msg, &error)
        != AIR_OK)
    {
        return;
    }

    air_buf_init(&again, mem, BIG);
    CHECK(CODEC.request_write(&msg, &target, &again, &lost) == AIR_OK);

    if (from == &CODEC) {
        CHECK(again.len == b.len);
    }
}


static void
reply(air_str_t text, const air_codec_t *from, const air_mem_t *mem)
{
    air_buf_t             b, again;
    air_note_t            note;
    air_error_t           error;
    air_json_doc_t        doc, second;
    air_msg_reply_t       msg;
    const air_profile_t  *p;

    p = air_profile_find(air_str_z("anthropic"));
    air_json_init(&doc, mem);

    if (air_json_scan(&doc, text, AIR_JSON_VENDOR, NULL) != AIR_OK) {
        return;
    }

    air_note_init(&note);
    CODEC.reply_note(AIR_OP_MESSAGES, &doc, p, &note);

    if (from->reply_read(AIR_OP_CHAT, &doc, p, mem, &msg, &error) != AIR_OK) {
        return;
    }

    air_buf_init(&b, mem, BIG);
    CHECK(CODEC.reply_write(&msg, &b) == AIR_OK);

    air_json_init(&second, mem);
    CHECK(air_json_scan(&second, air_buf_view(&b), AIR_JSON_VENDOR, NULL)
          == AIR_OK);

    if (CODEC.reply_read(AIR_OP_MESSAGES, &second, p, mem, &msg, &error)
        != AIR_OK)
    {
        /* an extra that is an error of its own */
        return;
    }

    air_buf_init(&again, mem, BIG);
    CHECK(CODEC.reply_write(&msg, &again) == AIR_OK);
    CHECK(again.len == b.len);
}


static void
stream(air_str_t text, size_t step, const air_codec_t *from,
    const air_mem_t *mem, air_buf_t *wire, air_note_t *note)
{
    int                   rc;
    size_t                at, n;
    unsigned              i;
    air_sse_t             sse;
    air_deltas_t          out;
    air_stream_t         *st;
    unsigned char        *pos;
    air_json_doc_t        doc;
    air_sse_event_t       ev;
    const air_profile_t  *p;

    p = air_profile_find(air_str_z("anthropic"));

    air_note_init(note);
    air_buf_init(wire, mem, BIG);
    air_json_init(&doc, mem);
    air_deltas_init(&out, mem);
    air_sse_init(&sse, mem, 1 << 16);

    st = air_mem_get(mem, sizeof(air_stream_t));
    air_stream_init(st, mem, AIR_OP_CHAT);

    for (at = 0; at < text.len; at += n) {

        n = step < text.len - at ? step : text.len - at;
        pos = text.data + at;

        while (air_sse_feed(&sse, &pos, text.data + at + n, &ev) == AIR_OK) {

            rc = CODEC.event_note(&ev, p, &doc, note);
            CHECK(rc == AIR_OK || rc == AIR_EINVAL);

            rc = from->event_read(st, &ev, p, &out);
            CHECK(rc == AIR_OK || rc == AIR_EINVAL || rc == AIR_ELIMIT);

            for (i = 0; rc == AIR_OK && i < out.n; i++) {
                rc = CODEC.event_write(st, &out.d[i], wire);
                CHECK(rc == AIR_OK || rc == AIR_ELIMIT);
            }
        }
    }
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

        if (ev.has_data) {
            CHECK(air_json_scan(&doc, ev.data, AIR_JSON_VENDOR, NULL)
                  == AIR_OK);
            CHECK(memchr(ev.data.data, '\n', ev.data.len) == NULL);
            CHECK(air_str_eq(air_json_raw(&doc,
                                 air_json_get(&doc, air_json_root(&doc),
                                              "type")), ev.type));
        }
    }
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    mem_t               m;
    unsigned            i;
    air_buf_t           whole, cut;
    air_mem_t           mem;
    air_note_t          note, second;
    air_str_t           text;
    const air_codec_t  *from;

    static const char *const  models[] = {
        "claude-3-5-haiku-20241022", "claude-sonnet-4-5", "claude-opus-4-8",
        "other"
    };

    if (size < 2) {
        return 0;
    }

    mem = mem_init(&m, 0);
    from = (data[0] & 4) ? &air_codec_openai : &CODEC;
    text = air_str_n(data + 1, size - 1);

    switch (data[0] & 3) {

    case 0:
        request(text, from, models[data[0] >> 4 & 3], &mem);
        break;

    case 1:
        reply(text, from, &mem);
        break;

    default:
        stream(text, text.len, from, &mem, &whole, &note);
        lines(air_buf_view(&whole), &mem);

        for (i = 1; i < 8; i += 3) {
            stream(text, i, from, &mem, &cut, &second);
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
