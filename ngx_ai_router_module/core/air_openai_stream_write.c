
/*
 * Neutral deltas, written as a stream of the OpenAI wire: one chunk a piece,
 * the role with the first of each choice, usage in a chunk of its own before
 * the end mark.  Thinking goes out under "reasoning" and, so that signatures
 * can come back, in "reasoning_details".
 */

#include "air_openai.h"


#define AIR_OPENAI_WIRE  "openai"
#define AIR_OPENAI_HEAD  2048     /* id and model escaped, and a little     */


/*
 * What all chunks begin with, made once: id, model and time of a reply are
 * told by AIR_DELTA_START.
 */
static void
air_openai_out_head(air_stream_t *st, air_buf_t *b)
{
    air_buf_t  *head;

    head = st->out.own;

    if (head == NULL) {
        head = air_mem_get(st->mem, sizeof(air_buf_t));

        if (head == NULL) {
            b->error = AIR_ENOMEM;
            return;
        }

        air_buf_init(head, st->mem, AIR_OPENAI_HEAD);
        st->out.own = head;
    }

    if (head->len == 0) {
        air_buf_z(head, "data: {\"id\":");
        air_buf_json(head, air_str_n(st->id, st->id_len));
        air_buf_z(head, st->op == AIR_OP_COMPLETIONS
                        ? ",\"object\":\"text_completion\",\"created\":"
                        : ",\"object\":\"chat.completion.chunk\","
                          "\"created\":");
        air_buf_uint(head, st->created);
        air_buf_z(head, ",\"model\":");
        air_buf_json(head, air_str_n(st->model, st->model_len));
    }

    if (head->error != AIR_OK) {
        b->error = head->error;
        return;
    }

    air_buf_str(b, air_buf_view(head));
}


/* A chunk of one choice up to the inside of its delta. */
static void
air_openai_out_begin(air_stream_t *st, uint32_t choice, air_buf_t *b)
{
    uint64_t  bit;

    bit = choice < 64 ? (uint64_t) 1 << choice : 0;

    air_openai_out_head(st, b);
    air_buf_z(b, ",\"choices\":[{\"index\":");
    air_buf_uint(b, choice);

    if (st->op == AIR_OP_COMPLETIONS) {
        return;
    }

    air_buf_z(b, ",\"delta\":{");

    if (!(st->out.begun & bit)) {
        air_buf_z(b, "\"role\":\"assistant\",");
        st->out.begun |= bit;
    }
}


static void
air_openai_out_end(air_stream_t *st, air_buf_t *b)
{
    air_buf_z(b, st->op == AIR_OP_COMPLETIONS ? "" : "}");
    air_buf_z(b, ",\"finish_reason\":null}]}\n\n");
}


static int
air_openai_out_block(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    int           rc;
    uint32_t      index;
    unsigned      i;
    air_block_t  *block;

    if (d->part == AIR_PART_RAW && !air_openai_is(d->issuer, AIR_OPENAI_WIRE))
    {
        air_warnings_addz(&st->lost, "content", AIR_LOST_NO_SUCH);
    }

    index = 0;

    for (i = 0; i < st->out.n; i++) {
        if (st->out.block[i].choice == d->choice
            && st->out.block[i].part == d->part)
        {
            index++;
        }
    }

    block = air_side_add(&st->out, st->mem, d->choice, index, d->part, &rc);

    if (block == NULL) {
        return rc;
    }

    block->block = d->block;
    block->custom = d->custom;

    if (d->part != AIR_PART_TOOL_CALL || st->op == AIR_OP_COMPLETIONS) {
        return AIR_OK;
    }

    air_openai_out_begin(st, d->choice, b);
    air_buf_z(b, "\"tool_calls\":[{\"index\":");
    air_buf_uint(b, index);
    air_buf_z(b, ",\"id\":");
    air_buf_json(b, d->id);
    air_buf_z(b, d->custom ? ",\"type\":\"custom\",\"custom\":{\"name\":"
                           : ",\"type\":\"function\",\"function\":"
                             "{\"name\":");
    air_buf_json(b, d->name);
    air_buf_z(b, d->custom ? ",\"input\":\"\"}}]" : ",\"arguments\":\"\"}}]");
    air_openai_out_end(st, b);

    return b->error;
}


/* "reasoning_details":[{...}] for a piece of thinking. */
static void
air_openai_out_detail(const air_block_t *block, const air_delta_t *d,
    const char *type, const char *name, air_buf_t *b)
{
    air_buf_z(b, "\"reasoning_details\":[{\"type\":\"");
    air_buf_z(b, type);
    air_buf_z(b, "\",\"");
    air_buf_z(b, name);
    air_buf_z(b, "\":");
    air_buf_json(b, d->text);

    if (d->id.len != 0) {
        air_buf_z(b, ",\"id\":");
        air_buf_json(b, d->id);
    }

    if (d->issuer != NULL) {
        air_buf_z(b, ",\"format\":\"");
        air_buf_z(b, air_openai_format(d->issuer));
        air_buf_z(b, "\"");
    }

    air_buf_z(b, ",\"index\":");
    air_buf_uint(b, block ? block->index : 0);
    air_buf_z(b, "}]");
}


static int
air_openai_out_text(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    air_block_t  *block;

    block = air_side_block(&st->out, d->block);

    if (st->op == AIR_OP_COMPLETIONS) {

        if (d->part == AIR_PART_TEXT) {
            air_openai_out_begin(st, d->choice, b);
            air_buf_z(b, ",\"text\":");
            air_buf_json(b, d->text);
            air_buf_z(b, ",\"logprobs\":null");
            air_openai_out_end(st, b);
        }

        return b->error;
    }

    air_openai_out_begin(st, d->choice, b);

    switch (d->part) {

    case AIR_PART_THINKING:
        air_buf_z(b, "\"reasoning\":");
        air_buf_json(b, d->text);
        air_buf_z(b, ",");
        air_openai_out_detail(block, d, "reasoning.text", "text", b);
        break;

    case AIR_PART_REFUSAL:
        air_buf_z(b, "\"refusal\":");
        air_buf_json(b, d->text);
        break;

    case AIR_PART_AUDIO:
        air_buf_z(b, "\"audio\":{\"transcript\":");
        air_buf_json(b, d->text);
        air_buf_z(b, "}");
        break;

    default:
        air_buf_z(b, "\"content\":");
        air_buf_json(b, d->text);
    }

    air_openai_out_end(st, b);

    return b->error;
}


static int
air_openai_out_arguments(air_stream_t *st, const air_delta_t *d,
    air_buf_t *b)
{
    air_block_t  *block;

    block = air_side_block(&st->out, d->block);

    if (st->op == AIR_OP_COMPLETIONS) {
        return AIR_OK;
    }

    air_openai_out_begin(st, d->choice, b);
    air_buf_z(b, "\"tool_calls\":[{\"index\":");
    air_buf_uint(b, block ? block->index : 0);
    air_buf_z(b, block != NULL && block->custom
                 ? ",\"custom\":{\"input\":"
                 : ",\"function\":{\"arguments\":");
    air_buf_json(b, d->text);
    air_buf_z(b, "}}]");
    air_openai_out_end(st, b);

    return b->error;
}


static int
air_openai_out_signature(air_stream_t *st, const air_delta_t *d,
    air_buf_t *b)
{
    air_block_t  *block;

    block = air_side_block(&st->out, d->block);

    if (st->op == AIR_OP_COMPLETIONS) {
        return AIR_OK;
    }

    air_openai_out_begin(st, d->choice, b);

    if (d->part == AIR_PART_TOOL_CALL) {
        air_buf_z(b, "\"tool_calls\":[{\"index\":");
        air_buf_uint(b, block ? block->index : 0);
        air_buf_z(b, ",\"extra_content\":{\"google\":"
                     "{\"thought_signature\":");
        air_buf_json(b, d->text);
        air_buf_z(b, "}}}]");

    } else {
        air_openai_out_detail(block, d, "reasoning.text", "signature", b);
    }

    air_openai_out_end(st, b);

    return b->error;
}


static int
air_openai_out_data(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    air_media_t   media;
    air_block_t  *block;

    block = air_side_block(&st->out, d->block);

    if (st->op == AIR_OP_COMPLETIONS) {
        return AIR_OK;
    }

    air_openai_out_begin(st, d->choice, b);

    if (d->part == AIR_PART_AUDIO) {
        air_buf_z(b, "\"audio\":{\"data\":");
        air_buf_json(b, d->text);
        air_buf_z(b, "}");

    } else if (d->part == AIR_PART_IMAGE) {
        memset(&media, 0, sizeof(air_media_t));
        media.data = d->text;
        media.type = d->media_type;

        air_buf_z(b, "\"images\":[{\"type\":\"image_url\",\"image_url\":"
                     "{\"url\":");
        air_openai_url_write(&media, "image/png", b);
        air_buf_z(b, "}}]");

    } else {
        air_openai_out_detail(block, d, "reasoning.encrypted", "data", b);
    }

    air_openai_out_end(st, b);

    return b->error;
}


static int
air_openai_out_finish(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    const char  *finish;

    finish = air_openai_finish_name(d->finish);

    if (finish == NULL) {
        finish = "stop";
    }

    air_openai_out_begin(st, d->choice, b);

    if (st->op == AIR_OP_COMPLETIONS) {
        air_buf_z(b, ",\"text\":\"\",\"logprobs\":null");

    } else {

        if (b->error == AIR_OK && b->data[b->len - 1] == ',') {
            /* a role alone */
            b->len--;
        }

        air_buf_z(b, "}");
    }

    air_buf_z(b, ",\"finish_reason\":\"");
    air_buf_z(b, finish);
    air_buf_z(b, "\"");

    if (d->native.len != 0 && !air_str_eqz(d->native, finish)) {
        air_buf_z(b, ",\"native_finish_reason\":");
        air_buf_json(b, d->native);
    }

    air_buf_z(b, "}]}\n\n");
    st->out.finished = 1;

    return b->error;
}


static int
air_openai_out_other(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    air_citation_t  c;

    if (st->op == AIR_OP_COMPLETIONS
        || (d->issuer != NULL && d->type == AIR_DELTA_LOGPROBS
            && d->text.len == 0
            && !air_openai_is(d->issuer, AIR_OPENAI_WIRE)))
    {
        return AIR_OK;
    }

    if (d->type == AIR_DELTA_LOGPROBS) {
        air_openai_out_begin(st, d->choice, b);
        air_buf_z(b, "\"content\":\"\"},\"logprobs\":");

        if (d->issuer == NULL || air_openai_is(d->issuer, AIR_OPENAI_WIRE)) {
            air_buf_str(b, d->raw);

        } else {
            air_buf_z(b, "{\"content\":");
            air_buf_str(b, d->text);
            air_buf_z(b, ",\"refusal\":null}");
        }

        air_buf_z(b, ",\"finish_reason\":null}]}\n\n");

        return b->error;
    }

    if (d->citation != NULL) {
        c = *d->citation;

    } else {
        memset(&c, 0, sizeof(air_citation_t));
        c.raw = d->raw;
        c.issuer = d->issuer;
    }

    air_openai_out_begin(st, d->choice, b);
    air_buf_z(b, "\"annotations\":[");
    air_openai_citation_write(&c, b);
    air_buf_z(b, "]");
    air_openai_out_end(st, b);

    return b->error;
}


static int
air_openai_out_last(air_stream_t *st, air_buf_t *b)
{
    if (st->out.ended) {
        return AIR_OK;
    }

    st->out.ended = 1;

    if (st->want_usage && st->usage.seen) {
        air_openai_out_head(st, b);
        air_buf_z(b, ",\"choices\":[],");
        air_openai_usage_write(&st->usage, st->op, b);
        air_buf_z(b, "}\n\n");
    }

    air_buf_z(b, "data: [DONE]\n\n");

    return b->error;
}


int
air_openai_event_write(air_stream_t *st, const air_delta_t *d, air_buf_t *b)
{
    switch (d->type) {

    case AIR_DELTA_START:
        air_stream_name(st, d->id, d->model);
        st->created = d->created ? d->created : st->created;
        st->out.started = 1;

        if (st->out.own != NULL) {
            ((air_buf_t *) st->out.own)->len = 0;
        }

        if (st->op == AIR_OP_COMPLETIONS) {
            return AIR_OK;
        }

        /* who it is, before anything is said */

        air_openai_out_begin(st, 0, b);
        air_buf_z(b, "\"content\":\"\"");
        air_openai_out_end(st, b);

        return b->error;

    case AIR_DELTA_BLOCK:
        return air_openai_out_block(st, d, b);

    case AIR_DELTA_TEXT:
        return air_openai_out_text(st, d, b);

    case AIR_DELTA_ARGUMENTS:
        return air_openai_out_arguments(st, d, b);

    case AIR_DELTA_SIGNATURE:
        return air_openai_out_signature(st, d, b);

    case AIR_DELTA_DATA:
        return air_openai_out_data(st, d, b);

    case AIR_DELTA_CITATION:
    case AIR_DELTA_LOGPROBS:
        return air_openai_out_other(st, d, b);

    case AIR_DELTA_FINISH:
        return air_openai_out_finish(st, d, b);

    case AIR_DELTA_USAGE:
        if (d->usage != NULL && d->usage != &st->usage) {
            st->usage = *d->usage;
        }

        return AIR_OK;

    case AIR_DELTA_ERROR:
        st->out.ended = 1;
        air_openai_out_head(st, b);
        air_buf_z(b, ",");
        air_openai_error_body(d->error, b);
        air_buf_z(b, "}\n\n");

        return b->error;

    case AIR_DELTA_PING:
        return air_buf_z(b, ": keep-alive\n\n");

    case AIR_DELTA_END:
        return air_openai_out_last(st, b);

    case AIR_DELTA_BLOCK_END:
    case AIR_DELTA_EXTRA:
        return AIR_OK;
    }

    return AIR_OK;
}
