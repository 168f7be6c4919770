
/*
 * Neutral deltas written as a stream of Anthropic's wire.
 *
 * Blocks stand one after the other here, while the calls of other wires may
 * be open together and even take turns.  A block that begins while a call
 * is not whole (its JSON has not closed) waits: its pieces are queued, up to
 * a limit, and follow when the call is whole or ends.
 *
 *     queued --(the one before it is whole)--> current --> stopped
 *
 * The finish waits too: message_delta has stop reason and usage in one.
 */

#include "air_anthropic.h"


#define AIR_ANTHROPIC_QUEUE   (1024 * 1024)
#define AIR_ANTHROPIC_NATIVE  48
#define AIR_ANTHROPIC_STOP    256


typedef enum {
    AIR_PIECE_TEXT = 0,
    AIR_PIECE_ARGUMENTS,
    AIR_PIECE_SIGNATURE,
    AIR_PIECE_EXTRA
} air_piece_e;


typedef enum {
    AIR_OUT_WAITS = 0,
    AIR_OUT_CURRENT,
    AIR_OUT_STOPPED
} air_out_state_e;


/* A block of the neutral stream on its way out. */
typedef struct {
    uint32_t          block;
    uint32_t          index;      /* on the wire, once it is current        */
    uint32_t          first;      /* its queued pieces: offset + 1          */
    uint32_t          last;
    uint32_t          depth;      /* of the JSON of a call so far           */
    air_part_e        part;
    air_out_state_e   state;
    unsigned          string:1;
    unsigned          escape:1;
    unsigned          whole:1;    /* the JSON has closed                    */
    unsigned          ended:1;
    unsigned          custom:1;   /* a call whose input is text             */
    unsigned          given:1;    /* of which some was written              */
} air_out_block_t;


/* What stands before each queued text. */
typedef struct {
    uint32_t     next;            /* offset + 1                             */
    uint32_t     len;
    air_piece_e  piece;
} air_out_piece_t;


typedef struct {
    air_out_block_t  *block;
    unsigned          n;
    unsigned          size;
    uint32_t          index;      /* the next one of the wire               */
    air_buf_t         queue;
    air_buf_t         input;      /* of a call, a piece of it as JSON       */
    air_finish_e      finish;
    unsigned          current:1;  /* the one at now                         */
    unsigned          calls:1;
    unsigned          native_len:8;
    unsigned          stop_len:12;
    unsigned          now;
    unsigned char     native[AIR_ANTHROPIC_NATIVE];
    unsigned char     stop[AIR_ANTHROPIC_STOP];
} air_out_t;


static air_out_t *
air_out_get(air_stream_t *st)
{
    air_out_t  *o;

    if (st->out.own != NULL) {
        return st->out.own;
    }

    o = air_mem_get(st->mem, sizeof(air_out_t));

    if (o == NULL) {
        return NULL;
    }

    memset(o, 0, sizeof(air_out_t));
    air_buf_init(&o->queue, st->mem, AIR_ANTHROPIC_QUEUE);

    st->out.own = o;

    return o;
}


static air_out_block_t *
air_out_find(air_out_t *o, uint32_t block)
{
    unsigned  i;

    for (i = o->n; i > 0; i--) {
        if (o->block[i - 1].block == block) {
            return &o->block[i - 1];
        }
    }

    return NULL;
}


static air_out_block_t *
air_out_add(air_stream_t *st, air_out_t *o, const air_delta_t *d, int *rc)
{
    unsigned          size;
    air_out_block_t  *b;

    if (o->n == o->size) {

        if (o->n >= AIR_BLOCKS_MAX) {
            *rc = AIR_ELIMIT;
            return NULL;
        }

        size = o->size ? o->size * 2 : 8;
        b = air_mem_get(st->mem, size * sizeof(air_out_block_t));

        if (b == NULL) {
            *rc = AIR_ENOMEM;
            return NULL;
        }

        if (o->n != 0) {
            memcpy(b, o->block, o->n * sizeof(air_out_block_t));
        }

        o->block = b;
        o->size = size;
    }

    b = &o->block[o->n++];
    memset(b, 0, sizeof(air_out_block_t));

    b->block = d->block;
    b->part = d->part;
    b->custom = d->custom;
    *rc = AIR_OK;

    return b;
}


/* Follows the JSON of a call's arguments to its end. */
static void
air_out_follow(air_out_block_t *b, air_str_t text)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < text.len && !b->whole; i++) {

        c = text.data[i];

        if (b->string) {

            if (b->escape) {
                b->escape = 0;

            } else if (c == '\\') {
                b->escape = 1;

            } else if (c == '"') {
                b->string = 0;
            }

        } else if (c == '"') {
            b->string = 1;

        } else if (c == '{' || c == '[') {
            b->depth++;

        } else if ((c == '}' || c == ']') && b->depth != 0) {
            b->whole = --b->depth == 0;
        }
    }
}


/* ------------------------------------------------------------- events */


static void
air_out_head(air_buf_t *b, const char *type)
{
    air_buf_z(b, "event: ");
    air_buf_z(b, type);
    air_buf_z(b, "\ndata: {\"type\":\"");
    air_buf_z(b, type);
    air_buf_z(b, "\"");
}


static void
air_out_index(air_buf_t *b, const char *type, uint32_t index)
{
    air_out_head(b, type);
    air_buf_z(b, ",\"index\":");
    air_buf_uint(b, index);
}


/* message_start, before anything else. */
static int
air_out_message(air_stream_t *st, air_buf_t *b)
{
    if (st->out.started) {
        return AIR_OK;
    }

    st->out.started = 1;

    air_out_head(b, "message_start");
    air_buf_z(b, ",\"message\":{\"id\":");
    air_buf_json(b, air_str_n(st->id, st->id_len));
    air_buf_z(b, ",\"type\":\"message\",\"role\":\"assistant\",\"model\":");
    air_buf_json(b, air_str_n(st->model, st->model_len));
    air_buf_z(b, ",\"content\":[],\"stop_reason\":null,"
                 "\"stop_sequence\":null,");
    air_anthropic_usage_write(&st->usage, b);
    air_buf_z(b, "}}\n\n");

    return b->error;
}


/* content_block_start; what of the call or block is known is in d. */
static void
air_out_start(air_out_t *o, air_out_block_t *block, air_str_t id,
    air_str_t name, air_buf_t *b)
{
    block->state = AIR_OUT_CURRENT;
    block->index = o->index++;

    o->now = (unsigned) (block - o->block);
    o->current = 1;

    air_out_index(b, "content_block_start", block->index);
    air_buf_z(b, ",\"content_block\":{\"type\":");

    switch (block->part) {

    case AIR_PART_TOOL_CALL:
        o->calls = 1;
        air_buf_z(b, "\"tool_use\",\"id\":");
        air_buf_json(b, id);
        air_buf_z(b, ",\"name\":");
        air_buf_json(b, name);
        air_buf_z(b, ",\"input\":{}");
        break;

    case AIR_PART_THINKING:
        air_buf_z(b, "\"thinking\",\"thinking\":\"\",\"signature\":\"\"");
        break;

    default:
        air_buf_z(b, "\"text\",\"text\":\"\"");
    }

    air_buf_z(b, "}}\n\n");
}


static void
air_out_stop(air_out_t *o, air_buf_t *b)
{
    air_out_block_t  *block;

    if (!o->current) {
        return;
    }

    block = &o->block[o->now];
    block->state = AIR_OUT_STOPPED;
    o->current = 0;

    air_out_index(b, "content_block_stop", block->index);
    air_buf_z(b, "}\n\n");
}


/* content_block_delta; an extra is a delta as it was. */
static void
air_out_piece(air_out_block_t *block, air_piece_e piece, air_str_t text,
    const char *issuer, air_buf_t *b)
{
    air_out_index(b, "content_block_delta", block->index);
    air_buf_z(b, ",\"delta\":");

    switch (piece) {

    case AIR_PIECE_EXTRA:
        air_msg_line(text, b);
        air_buf_z(b, "}\n\n");
        return;

    case AIR_PIECE_ARGUMENTS:
        air_out_follow(block, text);
        air_buf_z(b, "{\"type\":\"input_json_delta\",\"partial_json\":");
        break;

    case AIR_PIECE_SIGNATURE:
        air_buf_z(b, "{\"type\":\"signature_delta\",\"signature\":");
        air_msg_seal(AIR_ANTHROPIC_WIRE, issuer, text, b);
        air_buf_z(b, "}}\n\n");
        return;

    case AIR_PIECE_TEXT:
        air_buf_z(b, block->part == AIR_PART_THINKING
                     ? "{\"type\":\"thinking_delta\",\"thinking\":"
                     : "{\"type\":\"text_delta\",\"text\":");
    }

    air_buf_json(b, text);
    air_buf_z(b, "}}\n\n");
}


/* -------------------------------------------------------------- queue */


static int
air_out_wait(air_out_t *o, air_out_block_t *block, air_piece_e piece,
    air_str_t text)
{
    int              rc;
    uint32_t         at;
    air_out_piece_t  head, before;

    at = (uint32_t) o->queue.len + 1;

    head.next = 0;
    head.len = (uint32_t) text.len;
    head.piece = piece;

    air_buf_add(&o->queue, &head, sizeof(air_out_piece_t));
    rc = air_buf_str(&o->queue, text);

    if (rc != AIR_OK) {
        return rc;
    }

    if (block->last != 0) {
        memcpy(&before, o->queue.data + block->last - 1,
               sizeof(air_out_piece_t));
        before.next = at;
        memcpy(o->queue.data + block->last - 1, &before,
               sizeof(air_out_piece_t));

    } else {
        block->first = at;
    }

    block->last = at;

    return AIR_OK;
}


/* Says what a block has waiting: id and name first for a call. */
static void
air_out_replay(air_out_t *o, air_out_block_t *block, air_buf_t *b)
{
    uint32_t         at;
    unsigned         n;
    air_str_t        text, id;
    air_out_piece_t  head;

    n = 0;
    id = air_str_n(NULL, 0);

    for (at = block->first; at != 0; at = head.next) {

        memcpy(&head, o->queue.data + at - 1, sizeof(air_out_piece_t));
        text = air_str_n(o->queue.data + at - 1 + sizeof(air_out_piece_t),
                         head.len);

        if (n == 0) {
            id = text;

        } else if (n == 1) {
            air_out_start(o, block, id, text, b);

        } else {
            air_out_piece(block, head.piece, text, NULL, b);
        }

        n++;
    }

    block->first = 0;
    block->last = 0;
}


/* Goes on with blocks that wait, as far as each is whole. */
static void
air_out_advance(air_out_t *o, air_buf_t *b)
{
    unsigned          i;
    air_out_block_t  *block;

    for (i = o->current ? o->now + 1 : 0; i < o->n; i++) {

        block = &o->block[i];

        if (block->state != AIR_OUT_WAITS || block->first == 0) {
            continue;
        }

        if (o->current) {

            if (!o->block[o->now].whole && !o->block[o->now].ended) {
                return;
            }

            air_out_stop(o, b);
        }

        air_out_replay(o, block, b);

        if (block->ended) {
            air_out_stop(o, b);
        }
    }

    /* nobody waits any more */

    o->queue.len = 0;
}


/* ------------------------------------------------------------- deltas */


/* 1 when a block that begins now has to wait. */
static int
air_out_busy(const air_out_t *o)
{
    return o->current && o->block[o->now].part == AIR_PART_TOOL_CALL
           && !o->block[o->now].whole;
}


static int
air_out_block(air_stream_t *st, air_out_t *o, const air_delta_t *d,
    air_buf_t *b)
{
    int               rc;
    air_out_block_t  *block;

    if (d->part == AIR_PART_IMAGE || d->part == AIR_PART_VIDEO
        || (d->part == AIR_PART_RAW
            && (!air_msg_issued(d->issuer, AIR_ANTHROPIC_WIRE)
                || air_out_busy(o))))
    {
        /* nothing here can hold it */
        air_warnings_addz(&st->lost, d->part == AIR_PART_RAW ? "content"
                                                             : "image",
                          AIR_LOST_NO_SUCH);
        return AIR_OK;
    }

    block = air_out_add(st, o, d, &rc);

    if (block == NULL) {
        return rc;
    }

    if (d->part == AIR_PART_REDACTED) {
        /* begins with its data, which comes whole */
        return AIR_OK;
    }

    if (air_out_busy(o)) {
        rc = air_out_wait(o, block, AIR_PIECE_TEXT, d->id);

        if (rc == AIR_OK) {
            rc = air_out_wait(o, block, AIR_PIECE_TEXT, d->name);
        }

        return rc;
    }

    air_out_stop(o, b);

    if (d->part != AIR_PART_RAW) {
        air_out_start(o, block, d->id, d->name, b);
        return b->error;
    }

    block->state = AIR_OUT_CURRENT;
    block->index = o->index++;

    o->now = (unsigned) (block - o->block);
    o->current = 1;

    air_out_index(b, "content_block_start", block->index);
    air_buf_z(b, ",\"content_block\":");
    air_msg_line(d->raw, b);
    air_buf_z(b, "}\n\n");

    return b->error;
}


static int
air_out_say(air_out_t *o, const air_delta_t *d, air_piece_e piece,
    air_str_t text, air_buf_t *b)
{
    int               rc;
    air_out_block_t  *block;

    block = air_out_find(o, d->block);

    if (block == NULL || block->state == AIR_OUT_STOPPED) {
        return AIR_OK;
    }

    if (block->state == AIR_OUT_WAITS) {
        return block->first != 0 ? air_out_wait(o, block, piece, text)
                                 : AIR_OK;
    }

    air_out_piece(block, piece, text, d->issuer, b);
    rc = b->error;

    if (rc == AIR_OK && block->whole) {
        air_out_advance(o, b);
        rc = b->error;
    }

    return rc;
}


/* A piece of a call's input; where that is text, as one of {"input":text},
   which the last piece ends. */
static int
air_out_input(air_stream_t *st, air_out_t *o, const air_delta_t *d, int last,
    air_buf_t *b)
{
    size_t            at;
    air_out_block_t  *block;

    block = air_out_find(o, d->block);

    if (block == NULL || block->ended || (last && !block->custom)) {
        return AIR_OK;
    }

    if (!block->custom) {
        return air_out_say(o, d, AIR_PIECE_ARGUMENTS, d->text, b);
    }

    if (o->input.mem == NULL) {
        air_buf_init(&o->input, st->mem, AIR_ANTHROPIC_QUEUE);
    }

    o->input.len = 0;

    if (!block->given) {
        air_buf_z(&o->input, "{\"input\":\"");
    }

    block->given = 1;

    if (last) {
        air_buf_z(&o->input, "\"}");

    } else {
        at = o->input.len;
        air_buf_json(&o->input, d->text);

        if (o->input.error == AIR_OK) {
            /* without its quotes */
            memmove(o->input.data + at, o->input.data + at + 1,
                    o->input.len - at - 2);
            o->input.len -= 2;
        }
    }

    return o->input.error != AIR_OK
           ? o->input.error
           : air_out_say(o, d, AIR_PIECE_ARGUMENTS, air_buf_view(&o->input),
                         b);
}


/* Redacted thinking, whole; other data has no place. */
static int
air_out_data(air_stream_t *st, air_out_t *o, const air_delta_t *d,
    air_buf_t *b)
{
    air_out_block_t  *block;

    block = air_out_find(o, d->block);

    if (block == NULL || d->part != AIR_PART_REDACTED
        || block->state != AIR_OUT_WAITS || air_out_busy(o))
    {
        air_warnings_addz(&st->lost, d->part == AIR_PART_REDACTED ? "thinking"
                          : d->part == AIR_PART_AUDIO ? "audio" : "image",
                          AIR_LOST_NO_SUCH);
        return AIR_OK;
    }

    air_out_stop(o, b);
    block->index = o->index++;

    air_out_index(b, "content_block_start", block->index);
    air_buf_z(b, ",\"content_block\":{\"type\":\"redacted_thinking\","
                 "\"data\":");
    air_msg_seal(AIR_ANTHROPIC_WIRE, d->issuer, d->text, b);
    air_buf_z(b, "}}\n\n");

    o->now = (unsigned) (block - o->block);
    o->current = 1;
    air_out_stop(o, b);

    return b->error;
}


/* Said so that it comes back to its issuer alone. */
static int
air_out_signature(air_stream_t *st, air_out_t *o, const air_delta_t *d,
    air_buf_t *b)
{
    air_out_block_t  *block;

    block = air_out_find(o, d->block);

    if (d->said) {
        return AIR_OK;
    }

    if (d->part != AIR_PART_THINKING || block == NULL
        || block->state != AIR_OUT_CURRENT)
    {
        air_warnings_addz(&st->lost, "signature", AIR_LOST_NO_SUCH);
        return AIR_OK;
    }

    return air_out_say(o, d, AIR_PIECE_SIGNATURE, d->text, b);
}


static int
air_out_citation(air_stream_t *st, air_out_t *o, const air_delta_t *d,
    air_buf_t *b)
{
    air_citation_t    c;
    air_out_block_t  *block;

    if (d->citation != NULL) {
        c = *d->citation;

    } else {
        memset(&c, 0, sizeof(air_citation_t));
        c.raw = d->raw;
        c.issuer = d->issuer;
    }

    block = air_out_find(o, d->block);

    if (block == NULL || block->state != AIR_OUT_CURRENT
        || (c.url.len == 0 && !air_msg_issued(c.issuer, AIR_ANTHROPIC_WIRE)))
    {
        air_warnings_addz(&st->lost, "citations", AIR_LOST_NO_SUCH);
        return AIR_OK;
    }

    air_out_index(b, "content_block_delta", block->index);
    air_buf_z(b, ",\"delta\":{\"type\":\"citations_delta\",\"citation\":");

    if (air_msg_issued(c.issuer, AIR_ANTHROPIC_WIRE)) {
        air_msg_line(c.raw, b);

    } else {
        (void) air_anthropic_citation_write(&c, 1, b);
    }

    air_buf_z(b, "}}\n\n");

    return b->error;
}


static int
air_out_end(air_out_t *o, const air_delta_t *d, air_buf_t *b)
{
    air_out_block_t  *block;

    block = air_out_find(o, d->block);

    if (block == NULL) {
        return AIR_OK;
    }

    block->ended = 1;

    if (block->state == AIR_OUT_CURRENT) {
        air_out_stop(o, b);
        air_out_advance(o, b);
    }

    return b->error;
}


static int
air_out_last(air_stream_t *st, air_out_t *o, air_buf_t *b)
{
    unsigned  i;

    if (st->out.ended) {
        return AIR_OK;
    }

    st->out.ended = 1;

    for (i = 0; i < o->n; i++) {
        o->block[i].ended = 1;
    }

    air_out_stop(o, b);
    air_out_advance(o, b);

    air_out_head(b, "message_delta");
    air_buf_z(b, ",\"delta\":{\"stop_reason\":");

    if (o->native_len != 0) {
        air_buf_json(b, air_str_n(o->native, o->native_len));

    } else {
        air_buf_json(b, air_str_z(air_anthropic_stop(o->finish, o->calls)));
    }

    air_buf_z(b, ",\"stop_sequence\":");

    if (o->stop_len != 0) {
        air_buf_json(b, air_str_n(o->stop, o->stop_len));

    } else {
        air_buf_z(b, "null");
    }

    air_buf_z(b, "},");
    air_anthropic_usage_write(&st->usage, b);
    air_buf_z(b, "}\n\n");

    air_out_head(b, "message_stop");
    air_buf_z(b, "}\n\n");

    return b->error;
}


/* The finish of the first answer is kept; this wire has only one. */
static void
air_out_finish(air_out_t *o, const air_delta_t *d)
{
    size_t  n;

    o->finish = d->finish;

    if (air_msg_issued(d->issuer, AIR_ANTHROPIC_WIRE)
        && d->native.len <= AIR_ANTHROPIC_NATIVE)
    {
        n = d->native.len;
        o->native_len = n & 0xff;

        if (n != 0) {
            memcpy(o->native, d->native.data, n);
        }
    }

    n = d->sequence.len <= AIR_ANTHROPIC_STOP ? d->sequence.len : 0;
    o->stop_len = n & 0xfff;

    if (n != 0) {
        memcpy(o->stop, d->sequence.data, n);
    }
}


static int
air_out_error(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    st->out.ended = 1;

    air_buf_z(b, "event: error\ndata: ");
    air_anthropic_error_body(d->error, air_str_n(NULL, 0), b);
    air_buf_z(b, "\n\n");

    return b->error;
}


static int
air_out_content(air_stream_t *st, air_out_t *o, const air_delta_t *d,
    air_buf_t *b)
{
    int  rc;

    switch (d->type) {

    case AIR_DELTA_BLOCK:
        return air_out_block(st, o, d, b);

    case AIR_DELTA_TEXT:
        return air_out_say(o, d, AIR_PIECE_TEXT, d->text, b);

    case AIR_DELTA_ARGUMENTS:
        return air_out_input(st, o, d, 0, b);

    case AIR_DELTA_SIGNATURE:
        return air_out_signature(st, o, d, b);

    case AIR_DELTA_DATA:
        return air_out_data(st, o, d, b);

    case AIR_DELTA_CITATION:
        return air_out_citation(st, o, d, b);

    case AIR_DELTA_EXTRA:
        return air_msg_issued(d->issuer, AIR_ANTHROPIC_WIRE)
               ? air_out_say(o, d, AIR_PIECE_EXTRA, d->raw, b) : AIR_OK;

    case AIR_DELTA_BLOCK_END:
        rc = air_out_input(st, o, d, 1, b);

        return rc == AIR_OK ? air_out_end(o, d, b) : rc;

    case AIR_DELTA_FINISH:
        air_out_finish(o, d);
        return AIR_OK;

    default:
        air_warnings_addz(&st->lost, "logprobs", AIR_LOST_NO_SUCH);
        return AIR_OK;
    }
}


int
air_anthropic_event_write(air_stream_t *st, const air_delta_t *d,
    air_buf_t *b)
{
    int         rc;
    air_out_t  *o;

    o = air_out_get(st);

    if (o == NULL) {
        return AIR_ENOMEM;
    }

    if (st->out.ended) {
        return AIR_OK;
    }

    switch (d->type) {

    case AIR_DELTA_PING:
        if (!st->out.started) {
            /* before anything was said a comment keeps the line open */
            return air_buf_z(b, ": keep-alive\n\n");
        }

        return air_buf_z(b, "event: ping\ndata: {\"type\":\"ping\"}\n\n");

    case AIR_DELTA_USAGE:
        if (d->usage != NULL && d->usage != &st->usage) {
            st->usage = *d->usage;
        }

        return AIR_OK;

    case AIR_DELTA_ERROR:
        return air_out_error(st, d, b);

    case AIR_DELTA_START:
        air_stream_name(st, d->id, d->model);
        return air_out_message(st, b);

    default:
        break;
    }

    rc = air_out_message(st, b);

    if (rc != AIR_OK) {
        return rc;
    }

    if (d->type == AIR_DELTA_END) {
        return air_out_last(st, o, b);
    }

    /* one answer is all that this wire can hold */

    return d->choice == 0 ? air_out_content(st, o, d, b) : AIR_OK;
}
