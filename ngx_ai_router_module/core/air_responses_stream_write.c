
/*
 * Neutral deltas written as a stream of the Responses wire.
 *
 *     created, in_progress,
 *     (output_item.added, (part.added, delta ..., done, part.done) ...,
 *      output_item.done) ...,
 *     completed | incomplete
 *
 * Texts of an answer that follow each other are parts of one message; each
 * thought and each call is an item of its own.  Items may overlap.
 *
 * The wire says everything again: a text when its part ends, an item when it
 * ends, all items in the last event.  So what was said is kept: a text until
 * its part ends, an item as JSON until the end of the stream; together no
 * more than st->keep, beyond which the stream fails (AIR_ELIMIT).
 */

#include "air_responses_rout.h"


static air_rout_t *
air_rout_get(air_stream_t *st)
{
    air_rout_t  *o;

    o = st->out.own;

    if (o == NULL) {

        o = air_mem_get(st->mem, sizeof(air_rout_t));

        if (o != NULL) {
            memset(o, 0, sizeof(air_rout_t));
            st->out.own = o;
        }
    }

    return o;
}


/* The part of a block while it is open, or NULL. */
static air_rout_part_t *
air_rout_find(air_rout_t *o, uint32_t block)
{
    unsigned  i;

    for (i = o->n; i > 0; i--) {
        if (o->part[i - 1].block == block) {
            return o->part[i - 1].open ? &o->part[i - 1] : NULL;
        }
    }

    return NULL;
}


/* The text that is open: what a wire without blocks speaks of. */
static air_rout_part_t *
air_rout_text(air_rout_t *o)
{
    unsigned  i;

    for (i = o->n; i > 0; i--) {
        if (o->part[i - 1].open && o->part[i - 1].part == AIR_PART_TEXT) {
            return &o->part[i - 1];
        }
    }

    return NULL;
}


/* A text is over: its room goes to the next one. */
static void
air_rout_drop(air_rout_t *o, air_buf_t *kept)
{
    kept->len = 0;

    if (kept->size > o->spare.size) {
        o->spare = *kept;
    }

    memset(kept, 0, sizeof(air_buf_t));
}


static int
air_rout_begin(air_stream_t *st, air_rout_t *o, air_buf_t *b)
{
    if (st->out.started) {
        return AIR_OK;
    }

    st->out.started = 1;

    air_rout_response(st, o, "created", "in_progress", air_str_n(NULL, 0),
                      b);
    air_rout_response(st, o, "in_progress", "in_progress",
                      air_str_n(NULL, 0), b);

    return b->error;
}


/* --------------------------------------------------------------- parts */


static air_rout_part_t *
air_rout_part(air_stream_t *st, air_rout_t *o, const air_delta_t *d, int *rc)
{
    void             *room;
    air_rout_part_t  *p;

    if (o->n == AIR_BLOCKS_MAX) {
        *rc = AIR_ELIMIT;
        return NULL;
    }

    *rc = AIR_ENOMEM;

    room = air_rout_more(st->mem, o->part, o->n, &o->size,
                         sizeof(air_rout_part_t));
    if (room == NULL) {
        return NULL;
    }

    o->part = room;
    p = &o->part[o->n++];
    memset(p, 0, sizeof(air_rout_part_t));

    p->block = d->block;
    p->part = d->part == AIR_PART_REDACTED ? AIR_PART_THINKING : d->part;
    p->open = 1;

    p->text = o->spare;
    memset(&o->spare, 0, sizeof(air_buf_t));

    if (p->text.mem == NULL) {
        air_buf_init(&p->text, st->mem, st->keep);
    }

    air_buf_init(&p->notes, st->mem, st->keep);
    air_buf_init(&p->tokens, st->mem, st->keep);

    *rc = AIR_OK;

    return p;
}


/* A text of the answer begins: in the message that is open, or a new one. */
static int
air_rout_said(air_stream_t *st, air_rout_t *o, air_rout_part_t *p,
    air_buf_t *b)
{
    air_rout_item_t  *i;

    if (o->message == 0) {

        if (air_rout_add(st, o, AIR_PART_TEXT, 0) == NULL) {
            return AIR_ENOMEM;
        }

        o->message = o->nitems;
        air_rout_head_item(st, "output_item.added", o->nitems - 1, b);
        air_rout_item(st, o, o->nitems - 1, NULL, "in_progress", b);
        air_buf_z(b, "}\n\n");
    }

    i = &o->item[o->message - 1];
    i->nopen++;

    p->item = o->message - 1;
    p->content = i->nparts++;

    air_rout_place(st, o, p, "content_part.added", b);
    air_buf_z(b, p->part == AIR_PART_TEXT
                 ? ",\"part\":{\"type\":\"output_text\",\"text\":\"\","
                   "\"annotations\":[],\"logprobs\":[]}}\n\n"
                 : ",\"part\":{\"type\":\"refusal\",\"refusal\":\"\"}}\n\n");

    return b->error;
}


/* What is an item by itself begins. */
static int
air_rout_single(air_stream_t *st, air_rout_t *o, air_rout_part_t *p,
    const air_delta_t *d, air_buf_t *b)
{
    int        rc;
    air_buf_t  note;

    rc = air_rout_close(st, o, "completed", b);

    if (rc != AIR_OK) {
        return rc;
    }

    if (air_rout_add(st, o, p->part, d->custom) == NULL) {
        return AIR_ENOMEM;
    }

    p->item = o->nitems - 1;

    if (p->part == AIR_PART_TOOL_CALL) {

        air_buf_init(&note, st->mem, st->keep);
        air_buf_z(&note, ",\"call_id\":");
        air_buf_json(&note, d->id);
        air_buf_z(&note, ",\"name\":");
        air_buf_json(&note, d->name);
        rc = note.error == AIR_OK
             ? air_rout_keep(st, o, &p->notes, air_buf_view(&note))
             : note.error;

    } else if (p->part == AIR_PART_IMAGE) {
        rc = air_rout_keep(st, o, &p->notes,
                           air_str_z(air_str_eqz(d->media_type, "image/jpeg")
                                     ? "\"jpeg\""
                                     : air_str_eqz(d->media_type,
                                                   "image/webp")
                                       ? "\"webp\"" : "\"png\""));
    }

    if (rc != AIR_OK) {
        return rc;
    }

    air_rout_head_item(st, "output_item.added", p->item, b);
    air_rout_item(st, o, p->item, p, "in_progress", b);
    air_buf_z(b, "}\n\n");

    return b->error;
}


/* An item of this wire, whole. */
static int
air_rout_raw(air_stream_t *st, air_rout_t *o, const air_delta_t *d,
    air_buf_t *b)
{
    int               rc;
    size_t            at;
    unsigned          n;
    air_rout_item_t  *i;

    rc = air_rout_close(st, o, "completed", b);

    if (rc != AIR_OK) {
        return rc;
    }

    i = air_rout_add(st, o, AIR_PART_RAW, 0);

    if (i == NULL) {
        return AIR_ENOMEM;
    }

    for (n = 0; n < 2; n++) {
        air_rout_head_item(st, n ? "output_item.done" : "output_item.added",
                           o->nitems - 1, b);
        at = b->len;
        air_msg_line(d->raw, b);

        if (n != 0) {
            rc = air_rout_keep_from(st, o, &i->json, b, at);
        }

        air_buf_z(b, "}\n\n");
    }

    i->done = 1;

    return rc == AIR_OK ? b->error : rc;
}


static int
air_rout_block(air_stream_t *st, air_rout_t *o, const air_delta_t *d,
    air_buf_t *b)
{
    int               rc;
    air_rout_part_t  *p;

    if (d->raw.len != 0 && air_msg_issued(d->issuer, AIR_RESPONSES_WIRE)) {

        if (o->nitems >= AIR_BLOCKS_MAX) {
            return AIR_ELIMIT;
        }

        return air_rout_raw(st, o, d, b);
    }

    switch (d->part) {

    case AIR_PART_TEXT:
    case AIR_PART_REFUSAL:
    case AIR_PART_THINKING:
    case AIR_PART_REDACTED:
    case AIR_PART_TOOL_CALL:
    case AIR_PART_IMAGE:
        break;

    default:
        air_warnings_addz(&st->lost, d->part == AIR_PART_AUDIO ? "audio"
                          : d->part == AIR_PART_VIDEO ? "video" : "content",
                          AIR_LOST_NO_SUCH);
        return AIR_OK;
    }

    p = air_rout_part(st, o, d, &rc);

    if (p == NULL) {
        return rc;
    }

    return p->part == AIR_PART_TEXT || p->part == AIR_PART_REFUSAL
           ? air_rout_said(st, o, p, b) : air_rout_single(st, o, p, d, b);
}


/* A piece of a part's text. */
static int
air_rout_delta(air_stream_t *st, air_rout_t *o, air_rout_part_t *p,
    air_str_t text, air_buf_t *b)
{
    const char  *name;

    if (p == NULL || text.len == 0) {
        return AIR_OK;
    }

    name = p->part == AIR_PART_TEXT ? "output_text.delta"
           : p->part == AIR_PART_REFUSAL ? "refusal.delta"
           : p->part == AIR_PART_THINKING ? "reasoning_summary_text.delta"
           : o->item[p->item].custom ? "custom_tool_call_input.delta"
           : "function_call_arguments.delta";

    if (p->part == AIR_PART_THINKING && !p->begun) {
        p->begun = 1;
        air_rout_place(st, o, p, "reasoning_summary_part.added", b);
        air_buf_z(b, ",\"part\":{\"type\":\"summary_text\",\"text\":\"\"}}"
                     "\n\n");
    }

    air_rout_place(st, o, p, name, b);
    air_buf_z(b, ",\"delta\":");
    air_buf_json(b, text);
    air_buf_z(b, p->part == AIR_PART_TEXT ? ",\"logprobs\":[]}\n\n"
                                          : "}\n\n");

    return b->error == AIR_OK ? air_rout_keep(st, o, &p->text, text)
                              : b->error;
}


/* A signature, or thinking that nobody can read: for its issuer alone. */
static int
air_rout_seal(air_stream_t *st, air_rout_t *o, const air_delta_t *d)
{
    air_buf_t         seal;
    air_rout_part_t  *p;

    if (d->said) {
        return AIR_OK;
    }

    p = air_rout_find(o, d->block);

    if (p != NULL && p->part == AIR_PART_IMAGE && d->type == AIR_DELTA_DATA) {
        return air_rout_keep(st, o, &p->text, d->text);
    }

    if (p == NULL || p->part != AIR_PART_THINKING) {
        air_warnings_addz(&st->lost, d->type == AIR_DELTA_SIGNATURE
                          ? "signature"
                          : d->part == AIR_PART_REDACTED ? "thinking"
                          : "audio", AIR_LOST_NO_SUCH);
        return AIR_OK;
    }

    air_buf_init(&seal, st->mem, st->keep);
    air_msg_seal(AIR_RESPONSES_WIRE, d->issuer, d->text, &seal);

    if (seal.error != AIR_OK) {
        return seal.error;
    }

    /* the last one counts */

    o->kept -= p->notes.len;
    p->notes.len = 0;

    return air_rout_keep(st, o, &p->notes, air_buf_view(&seal));
}


static int
air_rout_citation(air_stream_t *st, air_rout_t *o, const air_delta_t *d,
    air_buf_t *b)
{
    int               rc;
    size_t            at;
    air_citation_t    c;
    air_rout_part_t  *p;

    if (d->citation != NULL) {
        c = *d->citation;

    } else {
        memset(&c, 0, sizeof(air_citation_t));
        c.raw = d->raw;
        c.issuer = d->issuer;
    }

    p = air_rout_find(o, d->block);

    if (p == NULL || p->part != AIR_PART_TEXT) {
        p = air_rout_text(o);
    }

    if (p == NULL || (c.url.len == 0
                      && !air_msg_issued(c.issuer, AIR_RESPONSES_WIRE)))
    {
        air_warnings_addz(&st->lost, "citations", AIR_LOST_NO_SUCH);
        return AIR_OK;
    }

    air_rout_place(st, o, p, "output_text.annotation.added", b);
    air_buf_z(b, ",\"annotation_index\":");
    air_buf_uint(b, p->nnotes);
    air_buf_z(b, ",\"annotation\":");

    at = b->len;
    (void) air_responses_citation_write(&c, b);
    rc = AIR_OK;

    if (p->nnotes++ != 0) {
        rc = air_rout_keep(st, o, &p->notes, air_str_z(","));
    }

    if (rc == AIR_OK) {
        rc = air_rout_keep_from(st, o, &p->notes, b, at);
    }

    air_buf_z(b, "}\n\n");

    return rc == AIR_OK ? b->error : rc;
}


/* Logprobs of what was said before, with a piece that says nothing. */
static int
air_rout_tokens(air_stream_t *st, air_rout_t *o, const air_delta_t *d,
    air_buf_t *b)
{
    int               rc;
    air_str_t         list;
    air_rout_part_t  *p;

    p = air_rout_text(o);
    list = d->text;

    if (p == NULL || list.len < 2 || list.data[0] != '[') {
        air_warnings_addz(&st->lost, "logprobs", AIR_LOST_NO_SUCH);
        return AIR_OK;
    }

    air_rout_place(st, o, p, "output_text.delta", b);
    air_buf_z(b, ",\"delta\":\"\",\"logprobs\":");
    air_msg_line(list, b);
    air_buf_z(b, "}\n\n");

    rc = p->tokens.len != 0 ? air_rout_keep(st, o, &p->tokens,
                                            air_str_z(","))
                            : AIR_OK;
    if (rc == AIR_OK) {
        rc = air_rout_keep(st, o, &p->tokens, air_str_n(list.data + 1,
                                                        list.len - 2));
    }

    return rc == AIR_OK ? b->error : rc;
}


/* A text of the answer ends: said whole twice, kept in its message. */
static int
air_rout_part_done(air_stream_t *st, air_rout_t *o, air_rout_part_t *p,
    air_buf_t *b)
{
    int               rc;
    size_t            at;
    air_rout_item_t  *i;

    i = &o->item[p->item];
    i->nopen--;

    if (p->part == AIR_PART_TEXT) {
        air_rout_place(st, o, p, "output_text.done", b);
        air_buf_z(b, ",\"text\":");
        air_buf_json(b, air_buf_view(&p->text));
        air_buf_z(b, ",\"logprobs\":[");
        air_msg_line(air_buf_view(&p->tokens), b);
        air_buf_z(b, "]}\n\n");

    } else {
        air_rout_place(st, o, p, "refusal.done", b);
        air_buf_z(b, ",\"refusal\":");
        air_buf_json(b, air_buf_view(&p->text));
        air_buf_z(b, "}\n\n");
    }

    air_rout_place(st, o, p, "content_part.done", b);
    air_buf_z(b, ",\"part\":");
    at = b->len;

    if (p->part == AIR_PART_TEXT) {
        air_buf_z(b, "{\"type\":\"output_text\",\"text\":");
        air_buf_json(b, air_buf_view(&p->text));
        air_buf_z(b, ",\"annotations\":[");
        air_msg_line(air_buf_view(&p->notes), b);
        air_buf_z(b, "],\"logprobs\":[");
        air_msg_line(air_buf_view(&p->tokens), b);
        air_buf_z(b, "]}");

    } else {
        air_buf_z(b, "{\"type\":\"refusal\",\"refusal\":");
        air_buf_json(b, air_buf_view(&p->text));
        air_buf_z(b, "}");
    }

    rc = i->json.len != 0 ? air_rout_keep(st, o, &i->json, air_str_z(","))
                          : AIR_OK;
    if (rc == AIR_OK) {
        rc = air_rout_keep_from(st, o, &i->json, b, at);
    }

    air_buf_z(b, "}\n\n");

    return rc == AIR_OK ? b->error : rc;
}


/* The pieces of a thought or a call are over. */
static int
air_rout_pieces_done(air_stream_t *st, air_rout_t *o, air_rout_part_t *p,
    air_buf_t *b)
{
    int       rc;
    unsigned  custom;

    custom = o->item[p->item].custom;

    if (p->part == AIR_PART_TOOL_CALL) {

        /* what other wires call no input is an empty object here */

        if (p->text.len == 0 && !custom) {
            rc = air_rout_delta(st, o, p, air_str_z("{}"), b);

            if (rc != AIR_OK) {
                return rc;
            }
        }

        air_rout_place(st, o, p, custom ? "custom_tool_call_input.done"
                                        : "function_call_arguments.done", b);
        air_buf_z(b, custom ? ",\"input\":" : ",\"arguments\":");
        air_buf_json(b, air_buf_view(&p->text));
        air_buf_z(b, "}\n\n");

    } else if (p->begun) {
        air_rout_place(st, o, p, "reasoning_summary_text.done", b);
        air_buf_z(b, ",\"text\":");
        air_buf_json(b, air_buf_view(&p->text));
        air_buf_z(b, "}\n\n");

        air_rout_place(st, o, p, "reasoning_summary_part.done", b);
        air_buf_z(b, ",\"part\":{\"type\":\"summary_text\",\"text\":");
        air_buf_json(b, air_buf_view(&p->text));
        air_buf_z(b, "}}\n\n");
    }

    return air_rout_done(st, o, p->item, p, "completed", b);
}


static int
air_rout_end(air_stream_t *st, air_rout_t *o, air_rout_part_t *p,
    air_buf_t *b)
{
    int  rc;

    if (p == NULL) {
        return AIR_OK;
    }

    p->open = 0;

    /* it will stand in its item */

    o->kept -= p->text.len + p->notes.len + p->tokens.len;

    rc = p->part == AIR_PART_TEXT || p->part == AIR_PART_REFUSAL
         ? air_rout_part_done(st, o, p, b)
         : air_rout_pieces_done(st, o, p, b);

    air_rout_drop(o, &p->text);
    air_rout_drop(o, &p->notes);
    air_rout_drop(o, &p->tokens);

    return rc;
}


static int
air_rout_last(air_stream_t *st, air_rout_t *o, air_buf_t *b)
{
    int           rc;
    unsigned      i;
    air_str_t     reason;
    const char   *status;
    air_error_t   error;

    st->out.ended = 1;

    for (i = 0; i < o->n; i++) {
        if (o->part[i].open) {
            rc = air_rout_end(st, o, &o->part[i], b);

            if (rc != AIR_OK) {
                return rc;
            }
        }
    }

    if (air_finish_plain(o->finish) == AIR_FINISH_ERROR) {
        air_responses_broken(&error);
        air_responses_failed_write(air_str_n(st->id, st->id_len),
                                   air_str_n(st->model, st->model_len),
                                   &error, &st->sequence, b);
        return b->error;
    }

    status = air_responses_status(o->finish, &reason);
    rc = air_rout_close(st, o, reason.len ? "incomplete" : "completed", b);

    if (rc != AIR_OK) {
        return rc;
    }

    air_rout_response(st, o, status, status, reason, b);

    return b->error;
}


static int
air_rout_content(air_stream_t *st, air_rout_t *o, const air_delta_t *d,
    air_buf_t *b)
{
    switch (d->type) {

    case AIR_DELTA_BLOCK:
        return air_rout_block(st, o, d, b);

    case AIR_DELTA_TEXT:
    case AIR_DELTA_ARGUMENTS:
        return air_rout_delta(st, o, air_rout_find(o, d->block), d->text, b);

    case AIR_DELTA_SIGNATURE:
    case AIR_DELTA_DATA:
        return air_rout_seal(st, o, d);

    case AIR_DELTA_CITATION:
        return air_rout_citation(st, o, d, b);

    case AIR_DELTA_LOGPROBS:
        return air_rout_tokens(st, o, d, b);

    case AIR_DELTA_BLOCK_END:
        return air_rout_end(st, o, air_rout_find(o, d->block), b);

    case AIR_DELTA_FINISH:
        o->finish = d->finish;
        st->out.finished = 1;
        return AIR_OK;

    default:
        return AIR_OK;
    }
}


int
air_responses_event_write(air_stream_t *st, const air_delta_t *d,
    air_buf_t *b)
{
    int          rc;
    size_t       n;
    air_rout_t  *o;

    o = air_rout_get(st);

    if (o == NULL) {
        return AIR_ENOMEM;
    }

    if (st->out.ended) {
        return AIR_OK;
    }

    switch (d->type) {

    case AIR_DELTA_PING:
        return air_buf_z(b, ": keep-alive\n\n");

    case AIR_DELTA_USAGE:
        if (d->usage != NULL && d->usage != &st->usage) {
            st->usage = *d->usage;
        }

        n = d->service_tier.len <= AIR_RESPONSES_TIER ? d->service_tier.len
                                                      : 0;
        if (n != 0) {
            memcpy(o->tier, d->service_tier.data, n);
            o->tier_len = (uint8_t) n;
        }

        return AIR_OK;

    case AIR_DELTA_ERROR:
        st->out.ended = 1;
        air_responses_failed_write(air_str_n(st->id, st->id_len),
                                   air_str_n(st->model, st->model_len),
                                   d->error, &st->sequence, b);
        return b->error;

    case AIR_DELTA_START:
        air_stream_name(st, d->id, d->model);
        st->created = d->created ? d->created : st->created;
        return air_rout_begin(st, o, b);

    default:
        break;
    }

    rc = air_rout_begin(st, o, b);

    if (rc != AIR_OK) {
        return rc;
    }

    if (d->type == AIR_DELTA_END) {
        return air_rout_last(st, o, b);
    }

    if (d->choice != 0) {
        /* one answer is all that this wire can hold */
        air_warnings_addz(&st->lost, "choices", AIR_LOST_NO_SUCH);
        return AIR_OK;
    }

    return air_rout_content(st, o, d, b);
}
