
/*
 * Neutral deltas written as a stream of Gemini's wire, for callers of a
 * simulated vendor: one chunk a piece, a call when it is whole, reason and
 * usage in the last.
 */

#include "air_gemini.h"


#define AIR_GEMINI_CALL   (4 * 1024 * 1024)
#define AIR_GEMINI_NOTED  8


/* A call on its way: all of it is said at once. */
typedef struct air_gemini_wait_s  air_gemini_wait_t;

struct air_gemini_wait_s {
    air_gemini_wait_t  *next;
    uint32_t            block;
    unsigned            done:1;
    unsigned            custom:1;
    size_t              id;       /* lengths of what stands in text         */
    size_t              name;
    air_buf_t           text;     /* id, name, arguments                    */
    air_buf_t           signature;
};


typedef struct {
    air_gemini_wait_t  *wait;
    air_buf_t           seal;     /* of the next call                       */
    unsigned            n;        /* choices that are over                  */
    struct {
        uint32_t        choice;
        air_finish_e    finish;
        uint8_t         native_len;
        unsigned char   native[48];
    } over[AIR_GEMINI_NOTED];
} air_gemini_put_t;


static air_gemini_put_t *
air_gemini_put(air_stream_t *st)
{
    air_gemini_put_t  *o;

    if (st->out.own != NULL) {
        return st->out.own;
    }

    o = air_mem_get(st->mem, sizeof(air_gemini_put_t));

    if (o == NULL) {
        return NULL;
    }

    memset(o, 0, sizeof(air_gemini_put_t));
    air_buf_init(&o->seal, st->mem, AIR_GEMINI_CALL);

    st->out.own = o;

    return o;
}


/* The end of a chunk, behind its candidates. */
static void
air_gemini_put_end(air_stream_t *st, int last, air_buf_t *b)
{
    if (last && st->usage.seen) {
        air_buf_z(b, ",");
        air_gemini_usage_write(&st->usage, b);
    }

    air_buf_z(b, ",\"modelVersion\":");
    air_buf_json(b, air_str_n(st->model, st->model_len));
    air_buf_z(b, ",\"responseId\":");
    air_buf_json(b, air_str_n(st->id, st->id_len));
    air_buf_z(b, "}\r\n\r\n");
}


static void
air_gemini_put_head(air_buf_t *b)
{
    air_buf_z(b, "data: {\"candidates\":[{\"content\":{\"parts\":[");
}


static int
air_gemini_put_tail(air_stream_t *st, uint32_t choice, air_buf_t *b)
{
    air_buf_z(b, "],\"role\":\"model\"},\"index\":");
    air_buf_uint(b, choice);
    air_buf_z(b, "}]");
    air_gemini_put_end(st, 0, b);

    return b->error;
}


/* ----------------------------------------------------------------- calls */


static air_gemini_wait_t *
air_gemini_put_find(air_gemini_put_t *o, uint32_t block)
{
    air_gemini_wait_t  *w;

    for (w = o->wait; w != NULL; w = w->next) {
        if (!w->done && w->block == block) {
            return w;
        }
    }

    return NULL;
}


static int
air_gemini_put_call(air_stream_t *st, air_gemini_put_t *o,
    const air_delta_t *d)
{
    air_gemini_wait_t  *w;

    /* one that is said makes room */

    for (w = o->wait; w != NULL && !w->done; w = w->next) {
        /* void */
    }

    if (w == NULL) {

        w = air_mem_get(st->mem, sizeof(air_gemini_wait_t));

        if (w == NULL) {
            return AIR_ENOMEM;
        }

        air_buf_init(&w->text, st->mem, AIR_GEMINI_CALL);
        air_buf_init(&w->signature, st->mem, AIR_GEMINI_CALL);

        w->next = o->wait;
        o->wait = w;
    }

    w->block = d->block;
    w->custom = d->custom;
    w->done = 0;
    w->id = d->id.len;
    w->name = d->name.len;
    w->text.len = 0;
    w->signature.len = 0;

    air_buf_str(&w->text, d->id);
    air_buf_str(&w->text, d->name);
    air_buf_str(&w->signature, air_buf_view(&o->seal));

    o->seal.len = 0;

    return w->text.error ? w->text.error : w->signature.error;
}


/* len bytes of what was gathered from at on. */
static air_str_t
air_gemini_put_part(const air_gemini_wait_t *w, size_t at, size_t len)
{
    return len != 0 ? air_str_n(w->text.data + at, len) : air_str_n(NULL, 0);
}


static int
air_gemini_put_said(air_stream_t *st, air_gemini_wait_t *w, uint32_t choice,
    air_buf_t *b)
{
    air_part_t          part;
    unsigned            n;
    air_gemini_write_t  g;

    memset(&part, 0, sizeof(air_part_t));
    memset(&g, 0, sizeof(air_gemini_write_t));

    part.type = AIR_PART_TOOL_CALL;
    part.id = air_gemini_put_part(w, 0, w->id);
    part.name = air_gemini_put_part(w, w->id, w->name);
    part.arguments = air_gemini_put_part(w, w->id + w->name,
                                         w->text.len - w->id - w->name);
    part.signature = air_buf_view(&w->signature);
    part.issuer = AIR_GEMINI_WIRE;
    part.custom = w->custom;

    g.b = b;
    g.reply = 1;
    g.assistant = 1;

    n = 0;
    w->done = 1;

    air_gemini_put_head(b);
    air_gemini_parts_write(&g, &part, &n);
    air_gemini_parts_end(&g, &n);

    return air_gemini_put_tail(st, choice, b);
}


/* ---------------------------------------------------------------- deltas */


static int
air_gemini_put_text(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    air_gemini_put_head(b);
    air_buf_z(b, "{\"text\":");
    air_buf_json(b, d->text);
    air_buf_z(b, d->part == AIR_PART_THINKING ? ",\"thought\":true}" : "}");

    return air_gemini_put_tail(st, d->choice, b);
}


static int
air_gemini_put_signature(air_stream_t *st, air_gemini_put_t *o,
    const air_delta_t *d, air_buf_t *b)
{
    air_gemini_wait_t  *w;

    if (!air_msg_issued(d->issuer, AIR_GEMINI_WIRE)) {
        air_warnings_addz(&st->lost, "signature", AIR_LOST_ISSUER);
        return AIR_OK;
    }

    if (d->part == AIR_PART_TOOL_CALL) {

        w = air_gemini_put_find(o, d->block);

        if (w == NULL) {
            return AIR_OK;
        }

        w->signature.len = 0;

        return air_buf_str(&w->signature, d->text);
    }

    air_gemini_put_head(b);
    air_buf_z(b, "{\"text\":\"\",\"thoughtSignature\":");
    air_buf_json(b, d->text);
    air_buf_z(b, "}");

    return air_gemini_put_tail(st, d->choice, b);
}


static int
air_gemini_put_data(air_stream_t *st, air_gemini_put_t *o,
    const air_delta_t *d, air_buf_t *b)
{
    if (d->part == AIR_PART_REDACTED) {

        if (!air_msg_issued(d->issuer, AIR_GEMINI_WIRE)) {
            air_warnings_addz(&st->lost, "thinking", AIR_LOST_ISSUER);
            return AIR_OK;
        }

        o->seal.len = 0;

        return air_buf_str(&o->seal, d->text);
    }

    air_gemini_put_head(b);
    air_buf_z(b, "{\"inlineData\":{\"mimeType\":");
    air_buf_json(b, d->media_type.len ? d->media_type
                    : air_str_z(d->part == AIR_PART_AUDIO ? "audio/wav"
                                                          : "image/png"));
    air_buf_z(b, ",\"data\":");
    air_buf_json(b, d->text);
    air_buf_z(b, "}}");

    return air_gemini_put_tail(st, d->choice, b);
}


static int
air_gemini_put_block(air_stream_t *st, air_gemini_put_t *o,
    const air_delta_t *d, air_buf_t *b)
{
    if (d->part == AIR_PART_TOOL_CALL) {
        return air_gemini_put_call(st, o, d);
    }

    if (d->part != AIR_PART_RAW) {
        return AIR_OK;
    }

    if (!air_msg_issued(d->issuer, AIR_GEMINI_WIRE)) {
        air_warnings_addz(&st->lost, "content", AIR_LOST_NO_SUCH);
        return AIR_OK;
    }

    air_gemini_put_head(b);
    air_msg_line(d->raw, b);

    return air_gemini_put_tail(st, d->choice, b);
}


static void
air_gemini_put_over(air_gemini_put_t *o, const air_delta_t *d)
{
    size_t    n;
    unsigned  i;

    for (i = 0; i < o->n && o->over[i].choice != d->choice; i++) {
        /* void */
    }

    if (i == AIR_GEMINI_NOTED) {
        return;
    }

    o->n += i == o->n;
    o->over[i].choice = d->choice;
    o->over[i].finish = d->finish;

    n = air_msg_issued(d->issuer, AIR_GEMINI_WIRE) ? d->native.len : 0;
    n = n <= sizeof(o->over[i].native) ? n : 0;

    o->over[i].native_len = (uint8_t) n;

    if (n != 0) {
        memcpy(o->over[i].native, d->native.data, n);
    }
}


static int
air_gemini_put_last(air_stream_t *st, air_gemini_put_t *o, air_buf_t *b)
{
    int                 rc;
    unsigned            i;
    air_gemini_wait_t  *w;

    if (st->out.ended) {
        return AIR_OK;
    }

    st->out.ended = 1;

    for (w = o->wait; w != NULL; w = w->next) {
        if (!w->done) {
            rc = air_gemini_put_said(st, w, 0, b);

            if (rc != AIR_OK) {
                return rc;
            }
        }
    }

    air_buf_z(b, "data: {\"candidates\":[");

    for (i = 0; i < o->n; i++) {

        air_buf_z(b, i ? "," : "");
        air_buf_z(b, "{\"content\":{\"parts\":[{\"text\":\"\"}],"
                     "\"role\":\"model\"},\"finishReason\":");
        air_buf_json(b, o->over[i].native_len
                        ? air_str_n(o->over[i].native, o->over[i].native_len)
                        : air_str_z(air_gemini_reason(o->over[i].finish)));
        air_buf_z(b, ",\"index\":");
        air_buf_uint(b, o->over[i].choice);
        air_buf_z(b, "}");
    }

    air_buf_z(b, "]");
    air_gemini_put_end(st, 1, b);

    return b->error;
}


static int
air_gemini_put_error(air_stream_t *st, const air_error_t *error, air_buf_t *b)
{
    st->out.ended = 1;

    air_buf_z(b, "data: ");
    air_gemini_error_body(error, b);
    air_buf_z(b, "\r\n\r\n");

    return b->error;
}


int
air_gemini_event_write(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    air_gemini_put_t   *o;
    air_gemini_wait_t  *w;

    o = air_gemini_put(st);

    if (o == NULL) {
        return AIR_ENOMEM;
    }

    if (st->out.ended) {
        return AIR_OK;
    }

    switch (d->type) {

    case AIR_DELTA_START:
        air_stream_name(st, d->id, d->model);
        return AIR_OK;

    case AIR_DELTA_BLOCK:
        return air_gemini_put_block(st, o, d, b);

    case AIR_DELTA_TEXT:
        return air_gemini_put_text(st, d, b);

    case AIR_DELTA_ARGUMENTS:
        w = air_gemini_put_find(o, d->block);
        return w != NULL ? air_buf_str(&w->text, d->text) : AIR_OK;

    case AIR_DELTA_SIGNATURE:
        return air_gemini_put_signature(st, o, d, b);

    case AIR_DELTA_DATA:
        return air_gemini_put_data(st, o, d, b);

    case AIR_DELTA_BLOCK_END:
        w = air_gemini_put_find(o, d->block);
        return w != NULL ? air_gemini_put_said(st, w, d->choice, b) : AIR_OK;

    case AIR_DELTA_FINISH:
        air_gemini_put_over(o, d);
        return AIR_OK;

    case AIR_DELTA_USAGE:
        if (d->usage != NULL && d->usage != &st->usage) {
            st->usage = *d->usage;
        }

        return AIR_OK;

    case AIR_DELTA_ERROR:
        return air_gemini_put_error(st, d->error, b);

    case AIR_DELTA_PING:
        return air_buf_z(b, ": keep-alive\r\n\r\n");

    case AIR_DELTA_END:
        return air_gemini_put_last(st, o, b);

    case AIR_DELTA_CITATION:
        air_warnings_addz(&st->lost, "citations", AIR_LOST_NO_SUCH);
        return AIR_OK;

    case AIR_DELTA_LOGPROBS:
        air_warnings_addz(&st->lost, "logprobs", AIR_LOST_NO_SUCH);
        return AIR_OK;

    default:
        return AIR_OK;
    }
}
