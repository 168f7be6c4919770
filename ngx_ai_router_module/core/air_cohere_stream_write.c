
/*
 * Neutral deltas written as a stream of Cohere's wire: the simulated vendor
 * speaks it.  Content and calls are numbered apart, and calls may be open
 * together.  Finish and usage wait for message-end, which has both.
 */

#include "air_cohere.h"


typedef struct {
    uint32_t      content;        /* next numbers on the wire               */
    uint32_t      call;
    uint32_t      citation;
    air_finish_e  finish;
} air_cohere_out_t;


static air_cohere_out_t *
air_cohere_out_get(air_stream_t *st)
{
    air_cohere_out_t  *o;

    if (st->out.own == NULL) {

        o = air_mem_get(st->mem, sizeof(air_cohere_out_t));

        if (o != NULL) {
            memset(o, 0, sizeof(air_cohere_out_t));
        }

        st->out.own = o;
    }

    return st->out.own;
}


static void
air_cohere_out_head(const char *type, air_buf_t *b)
{
    air_buf_z(b, "event: ");
    air_buf_z(b, type);
    air_buf_z(b, "\ndata: {\"type\":\"");
    air_buf_z(b, type);
    air_buf_z(b, "\"");
}


/* {"type":...,"index":n,"delta":{"message":{"name": and what follows */
static void
air_cohere_out_index(const char *type, uint32_t index, const char *name,
    air_buf_t *b)
{
    air_cohere_out_head(type, b);
    air_buf_z(b, ",\"index\":");
    air_buf_uint(b, index);

    if (name != NULL) {
        air_buf_z(b, ",\"delta\":{\"message\":{\"");
        air_buf_z(b, name);
        air_buf_z(b, "\":");
    }
}


static int
air_cohere_out_start(air_stream_t *st, air_buf_t *b)
{
    if (st->out.started) {
        return AIR_OK;
    }

    st->out.started = 1;

    air_cohere_out_head("message-start", b);
    air_buf_z(b, ",\"id\":");
    air_buf_json(b, air_str_n(st->id, st->id_len));
    air_buf_z(b, ",\"delta\":{\"message\":{\"role\":\"assistant\","
                 "\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],"
                 "\"citations\":[]}}}\n\n");

    return b->error;
}


static int
air_cohere_out_block(air_stream_t *st, air_cohere_out_t *o,
    const air_delta_t *d, air_buf_t *b)
{
    int           rc;
    air_block_t  *block;

    if (d->part != AIR_PART_TEXT && d->part != AIR_PART_THINKING
        && d->part != AIR_PART_REFUSAL && d->part != AIR_PART_TOOL_CALL)
    {
        air_warnings_addz(&st->lost, "content", AIR_LOST_NO_SUCH);
        return AIR_OK;
    }

    block = air_side_add(&st->out, st->mem, d->choice,
                         d->part == AIR_PART_TOOL_CALL ? o->call++
                                                       : o->content++,
                         d->part, &rc);
    if (block == NULL) {
        return rc;
    }

    block->block = d->block;

    if (d->part == AIR_PART_TOOL_CALL) {
        air_cohere_out_index("tool-call-start", block->index, "tool_calls",
                             b);
        air_buf_z(b, "{\"id\":");
        air_buf_json(b, d->id);
        air_buf_z(b, ",\"type\":\"function\",\"function\":{\"name\":");
        air_buf_json(b, d->name);
        air_buf_z(b, ",\"arguments\":\"\"}}}}}\n\n");

    } else {
        air_cohere_out_index("content-start", block->index, "content", b);
        air_buf_z(b, d->part == AIR_PART_THINKING
                     ? "{\"type\":\"thinking\",\"thinking\":\"\"}}}}\n\n"
                     : "{\"type\":\"text\",\"text\":\"\"}}}}\n\n");
    }

    return b->error;
}


static int
air_cohere_out_text(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    air_block_t  *block;

    block = air_side_block(&st->out, d->block);

    if (block == NULL || !block->open) {
        return AIR_OK;
    }

    if (d->type == AIR_DELTA_ARGUMENTS) {
        air_cohere_out_index("tool-call-delta", block->index, "tool_calls",
                             b);
        air_buf_z(b, "{\"function\":{\"arguments\":");
        air_buf_json(b, d->text);
        air_buf_z(b, "}}}}}\n\n");

    } else {
        air_cohere_out_index("content-delta", block->index, "content", b);
        air_buf_z(b, block->part == AIR_PART_THINKING ? "{\"thinking\":"
                                                      : "{\"text\":");
        air_buf_json(b, d->text);
        air_buf_z(b, "}}}}\n\n");
    }

    return b->error;
}


static int
air_cohere_out_stop(air_block_t *block, air_buf_t *b)
{
    if (block == NULL || !block->open) {
        return AIR_OK;
    }

    block->open = 0;

    air_cohere_out_index(block->part == AIR_PART_TOOL_CALL
                         ? "tool-call-end" : "content-end", block->index,
                         NULL, b);
    air_buf_z(b, "}\n\n");

    return b->error;
}


static int
air_cohere_out_citation(air_cohere_out_t *o, const air_delta_t *d,
    air_buf_t *b)
{
    const air_citation_t  *c;

    c = d->citation;

    /* one event a citation of ours, whatever its sources */

    if (c == NULL
        || (air_msg_issued(c->issuer, AIR_COHERE_WIRE) && c->raw.len == 0))
    {
        return AIR_OK;
    }

    air_cohere_out_index("citation-start", o->citation, "citations", b);

    if (air_msg_issued(c->issuer, AIR_COHERE_WIRE)) {
        air_buf_str(b, c->raw);

    } else {
        air_cohere_citation_write(c, b);
    }

    air_buf_z(b, "}}}\n\n");
    air_cohere_out_index("citation-end", o->citation++, NULL, b);
    air_buf_z(b, "}\n\n");

    return b->error;
}


static int
air_cohere_out_end(air_stream_t *st, air_cohere_out_t *o, air_buf_t *b)
{
    unsigned  i;

    if (st->out.ended) {
        return AIR_OK;
    }

    (void) air_cohere_out_start(st, b);

    for (i = 0; i < st->out.n; i++) {
        (void) air_cohere_out_stop(&st->out.block[i], b);
    }

    st->out.ended = 1;

    air_cohere_out_head("message-end", b);
    air_buf_z(b, ",\"delta\":{\"finish_reason\":\"");
    air_buf_z(b, air_cohere_finish_name(o->finish, o->call != 0));
    air_buf_z(b, "\"");

    if (st->usage.seen) {
        air_buf_z(b, ",");
        air_cohere_usage_write("usage", &st->usage, b);
    }

    air_buf_z(b, "}}\n\ndata: [DONE]\n\n");

    return b->error;
}


int
air_cohere_event_write(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    int                rc;
    air_cohere_out_t  *o;

    o = air_cohere_out_get(st);

    if (o == NULL) {
        return AIR_ENOMEM;
    }

    /* one answer is all that this wire can hold */

    if (d->choice != 0) {
        air_warnings_addz(&st->lost, "choices", AIR_LOST_NO_SUCH);
        return AIR_OK;
    }

    switch (d->type) {

    case AIR_DELTA_START:
        air_stream_name(st, d->id, d->model);
        return air_cohere_out_start(st, b);

    case AIR_DELTA_BLOCK:
        rc = air_cohere_out_start(st, b);
        return rc == AIR_OK ? air_cohere_out_block(st, o, d, b) : rc;

    case AIR_DELTA_TEXT:
    case AIR_DELTA_ARGUMENTS:
        return air_cohere_out_text(st, d, b);

    case AIR_DELTA_BLOCK_END:
        return air_cohere_out_stop(air_side_block(&st->out, d->block), b);

    case AIR_DELTA_CITATION:
        return air_cohere_out_citation(o, d, b);

    case AIR_DELTA_FINISH:
        o->finish = d->finish;
        return AIR_OK;

    case AIR_DELTA_USAGE:
        if (d->usage != NULL && d->usage != &st->usage) {
            st->usage = *d->usage;
        }

        return AIR_OK;

    case AIR_DELTA_ERROR:
        st->out.ended = 1;
        return air_codec_cohere.error_event(d->error, NULL,
                                            air_str_n(st->id, st->id_len), b);

    case AIR_DELTA_PING:
        return air_buf_z(b, ": keep-alive\n\n");

    case AIR_DELTA_END:
        return air_cohere_out_end(st, o, b);

    case AIR_DELTA_SIGNATURE:
    case AIR_DELTA_DATA:
    case AIR_DELTA_LOGPROBS:
    case AIR_DELTA_EXTRA:
        return AIR_OK;
    }

    return AIR_OK;
}
