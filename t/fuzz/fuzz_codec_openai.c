
/*
 * The OpenAI codec.  The first byte chooses: a request or a reply that is
 * read is written as JSON, read again and written the same; a stream gives
 * the same note and the same bytes for every split.
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

#define CODEC  air_codec_openai
#define BIG    (1 << 24)


int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);


static void
request(air_str_t text, air_op_e op, const air_profile_t *p,
    const air_mem_t *mem)
{
    unsigned           i;
    air_buf_t          b, again;
    air_error_t        error;
    air_edits_t        edits;
    air_target_t       target;
    air_request_t      rq;
    air_json_doc_t     doc, second;
    air_warnings_t     lost;
    air_msg_request_t  msg;

    air_json_init(&doc, mem);

    if (air_json_scan(&doc, text, AIR_JSON_UNIQUE, NULL) != AIR_OK) {
        return;
    }

    target.profile = p;
    target.model = air_str_z("up");

    if (CODEC.request_check(op, &doc, mem, &rq, &error) == AIR_OK) {

        edits.n = 0;
        CHECK(CODEC.request_edits(&rq, &doc, &target, mem, &edits, NULL)
              == AIR_OK);

        for (i = 1; i < edits.n; i++) {
            CHECK(edits.edit[i].start >= edits.edit[i - 1].end);
        }

        air_buf_init(&b, mem, BIG);
        CHECK(air_edits_apply(&edits, text, &b) == AIR_OK);
        air_json_init(&second, mem);
        CHECK(air_json_scan(&second, air_buf_view(&b), AIR_JSON_UNIQUE, NULL)
              == AIR_OK);
        CHECK(air_json_is(&second, air_json_get(&second,
                                                air_json_root(&second),
                                                "model"), "up"));
    }

    if (CODEC.request_read(op, &doc, mem, &msg, &error) != AIR_OK) {
        return;
    }

    memset(&lost, 0, sizeof(air_warnings_t));
    air_buf_init(&b, mem, BIG);
    CHECK(CODEC.request_write(&msg, &target, &b, &lost) == AIR_OK);

    air_json_init(&second, mem);
    CHECK(air_json_scan(&second, air_buf_view(&b), 0, NULL) == AIR_OK);

    if (CODEC.request_read(op, &second, mem, &msg, &error) != AIR_OK) {
        return;
    }

    air_buf_init(&again, mem, BIG);
    CHECK(CODEC.request_write(&msg, &target, &again, &lost) == AIR_OK);
    CHECK(again.len == b.len);
}


static void
reply(air_str_t text, air_op_e op, const air_profile_t *p,
    const air_mem_t *mem)
{
    air_buf_t        b, again;
    air_note_t       note;
    air_error_t      error;
    air_json_doc_t   doc, second;
    air_msg_reply_t  msg;

    air_json_init(&doc, mem);

    if (air_json_scan(&doc, text, AIR_JSON_VENDOR, NULL) != AIR_OK) {
        return;
    }

    air_note_init(&note);
    CODEC.reply_note(op, &doc, p, &note);

    if (CODEC.reply_read(op, &doc, p, mem, &msg, &error) != AIR_OK) {
        return;
    }

    air_buf_init(&b, mem, BIG);
    CHECK(CODEC.reply_write(&msg, &b) == AIR_OK);

    air_json_init(&second, mem);
    CHECK(air_json_scan(&second, air_buf_view(&b), AIR_JSON_VENDOR, NULL)
          == AIR_OK);
    CHECK(CODEC.reply_read(op, &second, p, mem, &msg, &error) == AIR_OK);

    air_buf_init(&again, mem, BIG);
    CHECK(CODEC.reply_write(&msg, &again) == AIR_OK);
    CHECK(again.len == b.len);
}


static void
stream(air_str_t text, size_t step, const air_profile_t *p,
    const air_mem_t *mem, air_buf_t *wire, air_note_t *note)
{
    int               rc;
    size_t            at, n;
    unsigned          i;
    air_sse_t         sse;
    air_note_t        read;
    air_deltas_t      out;
    air_stream_t     *st;
    unsigned char    *pos;
    air_json_doc_t    doc;
    air_sse_event_t   ev;

    air_note_init(note);
    air_note_init(&read);
    air_buf_init(wire, mem, BIG);
    air_json_init(&doc, mem);
    air_deltas_init(&out, mem);
    air_sse_init(&sse, mem, 1 << 16);

    st = air_mem_get(mem, sizeof(air_stream_t));
    air_stream_init(st, mem, AIR_OP_CHAT);
    st->want_usage = 1;

    for (at = 0; at < text.len; at += n) {

        n = step < text.len - at ? step : text.len - at;
        pos = text.data + at;

        while (air_sse_feed(&sse, &pos, text.data + at + n, &ev) == AIR_OK) {

            rc = CODEC.event_note(&ev, p, &doc, note);

            /* the same when no event is like another */

            read.pattern = NULL;
            CHECK(CODEC.event_note(&ev, p, &doc, &read) == rc);
            CHECK(read.what == note->what && read.all == note->all);
            CHECK(memcmp(&read.visible, &note->visible,
                         sizeof(air_estimate_t)) == 0);

            if (rc != AIR_OK) {
                continue;
            }

            rc = CODEC.event_read(st, &ev, p, &out);
            CHECK(rc == AIR_OK || rc == AIR_EINVAL || rc == AIR_ELIMIT);

            for (i = 0; rc == AIR_OK && i < out.n; i++) {
                rc = CODEC.event_write(st, &out.d[i], wire);
                CHECK(rc == AIR_OK || rc == AIR_ELIMIT);
            }
        }
    }
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    mem_t                 m;
    air_op_e              op;
    unsigned              i;
    air_buf_t             whole, cut;
    air_mem_t             mem;
    air_note_t            note, second;
    air_str_t             text;
    const air_profile_t  *p;

    static const char *const  profiles[] = {
        "openai", "openrouter", "mistral", "perplexity"
    };

    if (size < 2) {
        return 0;
    }

    mem = mem_init(&m, 0);

    p = air_profile_find(air_str_z(profiles[data[0] >> 4 & 3]));
    op = (data[0] & 4) ? AIR_OP_EMBEDDINGS
         : (data[0] & 8) ? AIR_OP_COMPLETIONS : AIR_OP_CHAT;
    text = air_str_n(data + 1, size - 1);

    switch (data[0] & 3) {

    case 0:
        request(text, op, p, &mem);
        break;

    case 1:
        reply(text, op, p, &mem);
        break;

    default:
        stream(text, text.len, p, &mem, &whole, &note);

        for (i = 1; i < 8; i += 3) {
            stream(text, i, p, &mem, &cut, &second);
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
