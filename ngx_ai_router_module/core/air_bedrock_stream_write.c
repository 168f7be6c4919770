
/*
 * Neutral deltas written as a stream of Bedrock's wire: binary frames, each
 * with one object.  Blocks have numbers, so several may be open together.
 */

#include "air_bedrock.h"


typedef struct {
    air_finish_e    finish;
    unsigned        calls:1;
    unsigned        stop_len:12;
    unsigned        native_len:6;
    unsigned        stopped:1;    /* messageStop was written                */
    unsigned char   stop[256];
    unsigned char   native[48];
} air_bedrock_stream_t;


static air_bedrock_stream_t *
air_bedrock_out_get(air_stream_t *st)
{
    air_bedrock_stream_t  *o;

    o = st->out.own;

    if (o == NULL) {
        o = air_mem_get(st->mem, sizeof(air_bedrock_stream_t));

        if (o != NULL) {
            memset(o, 0, sizeof(air_bedrock_stream_t));
            st->out.own = o;
        }
    }

    return o;
}


static int
air_bedrock_out_message(air_stream_t *st, air_buf_t *b)
{
    size_t  at;

    if (st->out.started) {
        return AIR_OK;
    }

    st->out.started = 1;

    at = air_eventstream_begin(b, "messageStart", 0);
    air_buf_z(b, "{\"role\":\"assistant\"}");

    return air_eventstream_end(b, at);
}


/* Begins an event of a block: {"contentBlockIndex":n */
static size_t
air_bedrock_out_begin(const air_block_t *block, const char *type,
    air_buf_t *b)
{
    size_t  at;

    at = air_eventstream_begin(b, type, 0);

    air_buf_z(b, "{\"contentBlockIndex\":");
    air_buf_uint(b, block->index);

    return at;
}


static int
air_bedrock_out_block(air_stream_t *st, air_bedrock_stream_t *o,
    const air_delta_t *d, air_buf_t *b)
{
    int           rc;
    size_t        at;
    air_block_t  *block;

    if (d->part == AIR_PART_IMAGE || d->part == AIR_PART_VIDEO
        || (d->part == AIR_PART_RAW
            && !air_msg_issued(d->issuer, AIR_BEDROCK_WIRE)))
    {
        air_warnings_addz(&st->lost, d->part == AIR_PART_RAW ? "content"
                                                             : "image",
                          AIR_LOST_NO_SUCH);
        return AIR_OK;
    }

    block = air_side_add(&st->out, st->mem, 0, st->out.next, d->part, &rc);

    if (block == NULL) {
        return rc;
    }

    block->block = d->block;

    if (d->part == AIR_PART_RAW) {
        at = air_bedrock_out_begin(block, "contentBlockStart", b);
        air_buf_z(b, ",\"start\":");
        air_buf_str(b, d->raw);
        air_buf_z(b, "}");

        return air_eventstream_end(b, at);
    }

    if (d->part != AIR_PART_TOOL_CALL) {
        return AIR_OK;
    }

    o->calls = 1;

    at = air_bedrock_out_begin(block, "contentBlockStart", b);
    air_buf_z(b, ",\"start\":{\"toolUse\":{\"toolUseId\":");
    air_buf_json(b, d->id);
    air_buf_z(b, ",\"name\":");
    air_buf_json(b, d->name);
    air_buf_z(b, "}}}");

    return air_eventstream_end(b, at);
}


/* A piece of an open block. */
static int
air_bedrock_out_piece(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    size_t        at;
    air_block_t  *block;

    block = air_side_block(&st->out, d->block);

    if (block == NULL || !block->open) {
        return AIR_OK;
    }

    block->given = 1;

    at = air_bedrock_out_begin(block, "contentBlockDelta", b);
    air_buf_z(b, ",\"delta\":");

    switch (d->type) {

    case AIR_DELTA_EXTRA:
        air_buf_str(b, d->raw);
        air_buf_z(b, "}");
        return air_eventstream_end(b, at);

    case AIR_DELTA_ARGUMENTS:
        air_buf_z(b, "{\"toolUse\":{\"input\":");
        air_buf_json(b, d->text);
        air_buf_z(b, "}");
        break;

    case AIR_DELTA_SIGNATURE:
        air_buf_z(b, "{\"reasoningContent\":{\"signature\":");
        air_msg_seal(AIR_CLAUDE_ISSUER, d->issuer, d->text, b);
        air_buf_z(b, "}");
        break;

    case AIR_DELTA_DATA:
        air_buf_z(b, "{\"reasoningContent\":{\"redactedContent\":");
        air_msg_seal(AIR_BEDROCK_WIRE, d->issuer, d->text, b);
        air_buf_z(b, "}");
        break;

    default:
        if (block->part == AIR_PART_THINKING) {
            air_buf_z(b, "{\"reasoningContent\":{\"text\":");
            air_buf_json(b, d->text);
            air_buf_z(b, "}");

        } else {
            air_buf_z(b, "{\"text\":");
            air_buf_json(b, d->text);
        }
    }

    air_buf_z(b, "}}");

    return air_eventstream_end(b, at);
}


static int
air_bedrock_out_citation(air_stream_t *st, const air_delta_t *d,
    air_buf_t *b)
{
    int                    own;
    size_t                 at;
    air_block_t           *block;
    const air_citation_t  *c;

    c = d->citation;
    own = air_msg_issued(c ? c->issuer : d->issuer, AIR_BEDROCK_WIRE);
    block = air_side_block(&st->out, d->block);

    if (block == NULL || !block->open
        || (!own && (c == NULL || c->url.len == 0)))
    {
        air_warnings_addz(&st->lost, "citations", AIR_LOST_NO_SUCH);
        return AIR_OK;
    }

    at = air_bedrock_out_begin(block, "contentBlockDelta", b);
    air_buf_z(b, ",\"delta\":{\"citation\":");

    if (own) {
        air_buf_str(b, c ? c->raw : d->raw);

    } else {
        air_buf_z(b, "{\"location\":{\"web\":{\"url\":");
        air_buf_json(b, c->url);
        air_buf_z(b, "}},\"title\":");
        air_buf_json(b, c->title);
        air_buf_z(b, ",\"sourceContent\":[{\"text\":");
        air_buf_json(b, c->text);
        air_buf_z(b, "}]}");
    }

    air_buf_z(b, "}}");

    return air_eventstream_end(b, at);
}


static int
air_bedrock_out_end(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    size_t        at;
    air_block_t  *block;

    block = air_side_block(&st->out, d->block);

    if (block == NULL || !block->open) {
        return AIR_OK;
    }

    block->open = 0;

    at = air_bedrock_out_begin(block, "contentBlockStop", b);
    air_buf_z(b, "}");

    return air_eventstream_end(b, at);
}


static void
air_bedrock_out_finish(air_bedrock_stream_t *o, const air_delta_t *d)
{
    size_t  n;

    o->finish = d->finish;

    n = d->sequence.len <= sizeof(o->stop) ? d->sequence.len : 0;
    o->stop_len = n & 0xfff;

    if (n != 0) {
        memcpy(o->stop, d->sequence.data, n);
    }

    n = air_msg_issued(d->issuer, AIR_BEDROCK_WIRE)
        && d->native.len <= sizeof(o->native) ? d->native.len : 0;
    o->native_len = n & 0x3f;

    if (n != 0) {
        memcpy(o->native, d->native.data, n);
    }
}


/* messageStop and metadata. */
static int
air_bedrock_out_last(air_stream_t *st, air_bedrock_stream_t *o, air_buf_t *b)
{
    size_t  at;

    st->out.ended = 1;

    at = air_eventstream_begin(b, "messageStop", 0);
    air_buf_z(b, "{\"stopReason\":");

    if (o->native_len != 0) {
        air_buf_json(b, air_str_n(o->native, o->native_len));

    } else {
        air_buf_json(b, air_str_z(air_bedrock_stop(o->finish, o->calls)));
    }

    if (o->stop_len != 0) {
        air_buf_z(b, ",\"additionalModelResponseFields\":{\"delta\":"
                     "{\"stop_sequence\":");
        air_buf_json(b, air_str_n(o->stop, o->stop_len));
        air_buf_z(b, "}}");
    }

    air_buf_z(b, "}");
    (void) air_eventstream_end(b, at);

    at = air_eventstream_begin(b, "metadata", 0);
    air_buf_z(b, "{");
    air_bedrock_usage_write(&st->usage, b);
    air_buf_z(b, ",\"metrics\":{\"latencyMs\":0}}");

    return air_eventstream_end(b, at);
}


static int
air_bedrock_out_error(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    size_t  at;

    st->out.ended = 1;

    at = air_eventstream_begin(b, air_bedrock_exception(d->error), 1);
    air_buf_z(b, "{\"message\":");
    air_buf_json(b, d->error->message);
    air_buf_z(b, "}");

    return air_eventstream_end(b, at);
}


int
air_bedrock_event_write(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    int                    rc;
    air_bedrock_stream_t  *o;

    o = air_bedrock_out_get(st);

    if (o == NULL) {
        return AIR_ENOMEM;
    }

    if (st->out.ended || d->type == AIR_DELTA_PING) {
        return AIR_OK;            /* the wire has no keep-alive */
    }

    if (d->type == AIR_DELTA_USAGE) {

        if (d->usage != NULL && d->usage != &st->usage) {
            st->usage = *d->usage;
        }

        return AIR_OK;
    }

    if (d->type == AIR_DELTA_ERROR) {
        return air_bedrock_out_error(st, d, b);
    }

    rc = air_bedrock_out_message(st, b);

    if (rc != AIR_OK || d->choice != 0) {
        /* one answer is all that this wire can hold */
        return rc;
    }

    switch (d->type) {

    case AIR_DELTA_BLOCK:
        return air_bedrock_out_block(st, o, d, b);

    case AIR_DELTA_TEXT:
    case AIR_DELTA_ARGUMENTS:
        return air_bedrock_out_piece(st, d, b);

    case AIR_DELTA_SIGNATURE:
        if (d->part == AIR_PART_THINKING) {
            return air_bedrock_out_piece(st, d, b);
        }

        air_warnings_addz(&st->lost, "signature", AIR_LOST_NO_SUCH);
        return AIR_OK;

    case AIR_DELTA_DATA:
        if (d->part == AIR_PART_REDACTED) {
            return air_bedrock_out_piece(st, d, b);
        }

        air_warnings_addz(&st->lost, d->part == AIR_PART_AUDIO ? "audio"
                                                               : "image",
                          AIR_LOST_NO_SUCH);
        return AIR_OK;

    case AIR_DELTA_EXTRA:
        return air_msg_issued(d->issuer, AIR_BEDROCK_WIRE)
               ? air_bedrock_out_piece(st, d, b) : AIR_OK;

    case AIR_DELTA_CITATION:
        return air_bedrock_out_citation(st, d, b);

    case AIR_DELTA_BLOCK_END:
        return air_bedrock_out_end(st, d, b);

    case AIR_DELTA_FINISH:
        air_bedrock_out_finish(o, d);
        return AIR_OK;

    case AIR_DELTA_END:
        return air_bedrock_out_last(st, o, b);

    case AIR_DELTA_LOGPROBS:
        air_warnings_addz(&st->lost, "logprobs", AIR_LOST_NO_SUCH);
        return AIR_OK;

    default:
        return AIR_OK;
    }
}
