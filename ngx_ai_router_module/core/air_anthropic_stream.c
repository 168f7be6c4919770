
/*
 * Streams of Anthropic's wire to neutral deltas.  The wire has blocks of its
 * own, one after the other:
 *
 *     message_start, (content_block_start, content_block_delta ...,
 *     content_block_stop) ..., message_delta, message_stop
 *
 * with ping and error anywhere.  Blocks that no other wire has pass as raw
 * ones, their deltas as extras.  Events and deltas not known yet are passed
 * over, as the vendor asks.
 */

#include "air_anthropic.h"


typedef struct {
    air_stream_t          *st;
    air_deltas_t          *out;
    air_anthropic_read_t   r;
} air_anthropic_in_t;


/* A delta with a text of object, none when that is empty. */
static int
air_anthropic_in_text(air_anthropic_in_t *in, air_delta_e type,
    const air_block_t *b, const air_json_node_t *object, const char *name)
{
    air_delta_t  *d;

    if (air_json_filled(in->r.doc, object, name) == NULL) {
        return AIR_OK;
    }

    d = air_deltas_block(in->out, type, b);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    if (air_json_take(in->r.doc, object, name, in->r.mem, &d->text)
        != AIR_OK)
    {
        return AIR_ENOMEM;
    }

    if (type == AIR_DELTA_SIGNATURE || type == AIR_DELTA_DATA) {
        d->issuer = air_msg_open(&d->text);

        if (d->issuer == NULL) {
            d->issuer = AIR_ANTHROPIC_WIRE;
        }
    }

    return AIR_OK;
}


static int
air_anthropic_in_citation(air_anthropic_in_t *in, const air_block_t *b,
    const air_json_node_t *node)
{
    air_delta_t  *d;

    if (node == NULL || node->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    /* only one an event; what a block begins with is an empty list */

    memset(&in->st->citation, 0, sizeof(air_citation_t));

    if (air_anthropic_citation(&in->r, node, &in->st->citation) != AIR_OK) {
        return AIR_ENOMEM;
    }

    d = air_deltas_block(in->out, AIR_DELTA_CITATION, b);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->citation = &in->st->citation;
    d->raw = in->st->citation.raw;
    d->issuer = AIR_ANTHROPIC_WIRE;

    return AIR_OK;
}


static air_part_e
air_anthropic_in_part(const air_json_doc_t *doc, const air_json_node_t *type)
{
    return air_json_is(doc, type, "text") ? AIR_PART_TEXT
           : air_json_is(doc, type, "tool_use") ? AIR_PART_TOOL_CALL
           : air_json_is(doc, type, "thinking") ? AIR_PART_THINKING
           : air_json_is(doc, type, "redacted_thinking") ? AIR_PART_REDACTED
           : AIR_PART_RAW;
}


/* A block begins, with what it already holds. */
static int
air_anthropic_in_start(air_anthropic_in_t *in, uint32_t index,
    const air_json_node_t *block)
{
    int                     rc;
    air_block_t            *b;
    air_delta_t            *d;
    const air_json_node_t  *input;

    b = air_side_add(&in->st->in, in->st->mem, 0, index,
                     air_anthropic_in_part(in->r.doc,
                                           air_json_get(in->r.doc, block,
                                                        "type")), &rc);
    if (b == NULL) {
        return rc;
    }

    d = air_deltas_block(in->out, AIR_DELTA_BLOCK, b);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    switch (b->part) {

    case AIR_PART_TEXT:
        return air_anthropic_in_text(in, AIR_DELTA_TEXT, b, block, "text");

    case AIR_PART_THINKING:
        rc = air_anthropic_in_text(in, AIR_DELTA_TEXT, b, block, "thinking");

        if (rc == AIR_OK) {
            rc = air_anthropic_in_text(in, AIR_DELTA_SIGNATURE, b, block,
                                       "signature");
        }

        return rc;

    case AIR_PART_REDACTED:
        return air_anthropic_in_text(in, AIR_DELTA_DATA, b, block, "data");

    case AIR_PART_TOOL_CALL:
        rc = air_json_take(in->r.doc, block, "id", in->r.mem, &d->id);

        if (rc == AIR_OK) {
            rc = air_json_take(in->r.doc, block, "name", in->r.mem,
                               &d->name);
        }

        /* {} stands for what comes in pieces */

        input = air_json_given(in->r.doc, block, "input");

        if (rc == AIR_OK && input != NULL && input->count != 0) {

            d = air_deltas_block(in->out, AIR_DELTA_ARGUMENTS, b);

            if (d == NULL) {
                return AIR_ENOMEM;
            }

            d->text = air_json_quoted(in->r.doc, input);
        }

        return rc;

    default:
        d->raw = air_json_raw(in->r.doc, block);
        d->issuer = AIR_ANTHROPIC_WIRE;

        return AIR_OK;
    }
}


static int
air_anthropic_in_stop(air_anthropic_in_t *in, air_block_t *b)
{
    b->open = 0;

    return air_deltas_block(in->out, AIR_DELTA_BLOCK_END, b) ? AIR_OK
                                                            : AIR_ENOMEM;
}


static int
air_anthropic_in_delta(air_anthropic_in_t *in, air_block_t *b,
    const air_json_node_t *delta)
{
    air_delta_t            *d;
    const air_json_node_t  *type;

    type = air_json_get(in->r.doc, delta, "type");

    if (b->part == AIR_PART_RAW) {

        d = air_deltas_block(in->out, AIR_DELTA_EXTRA, b);

        if (d == NULL) {
            return AIR_ENOMEM;
        }

        d->raw = air_json_raw(in->r.doc, delta);
        d->issuer = AIR_ANTHROPIC_WIRE;

        return AIR_OK;
    }

    if (air_json_is(in->r.doc, type, "text_delta")) {
        return air_anthropic_in_text(in, AIR_DELTA_TEXT, b, delta, "text");
    }

    if (air_json_is(in->r.doc, type, "input_json_delta")) {
        return air_anthropic_in_text(in, AIR_DELTA_ARGUMENTS, b, delta,
                                     "partial_json");
    }

    if (air_json_is(in->r.doc, type, "thinking_delta")) {
        return air_anthropic_in_text(in, AIR_DELTA_TEXT, b, delta,
                                     "thinking");
    }

    if (air_json_is(in->r.doc, type, "signature_delta")) {
        return air_anthropic_in_text(in, AIR_DELTA_SIGNATURE, b, delta,
                                     "signature");
    }

    if (air_json_is(in->r.doc, type, "citations_delta")) {
        return air_anthropic_in_citation(in, b,
                                         air_json_given(in->r.doc, delta,
                                                        "citation"));
    }

    return AIR_OK;
}


static int
air_anthropic_in_usage(air_anthropic_in_t *in, const air_json_node_t *m)
{
    air_delta_t            *d;
    const air_json_node_t  *usage;

    usage = air_json_given(in->r.doc, m, "usage");

    if (!air_anthropic_usage(in->r.doc, usage, &in->st->usage)) {
        return AIR_OK;
    }

    d = air_deltas_block(in->out, AIR_DELTA_USAGE, NULL);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->usage = &in->st->usage;

    return air_json_take(in->r.doc, usage, "service_tier", in->r.mem,
                         &d->service_tier);
}


static int
air_anthropic_in_message(air_anthropic_in_t *in, const air_json_node_t *m)
{
    int                     rc;
    uint32_t                index;
    air_delta_t            *d;
    const air_json_node_t  *node;

    if (in->st->in.started) {
        return AIR_OK;
    }

    in->st->in.started = 1;
    d = air_deltas_block(in->out, AIR_DELTA_START, NULL);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    rc = air_json_take(in->r.doc, m, "id", in->r.mem, &d->id);

    if (rc == AIR_OK) {
        rc = air_json_take(in->r.doc, m, "model", in->r.mem, &d->model);
    }

    if (rc == AIR_OK) {
        rc = air_anthropic_in_usage(in, m);
    }

    /* a paused turn that goes on may begin with blocks that are whole */

    index = 0;

    for (node = air_json_first(in->r.doc, air_json_given(in->r.doc, m,
                                                         "content"));
         node != NULL && rc == AIR_OK;
         node = air_json_next(in->r.doc, node))
    {
        if (node->type != AIR_JSON_OBJECT) {
            continue;
        }

        rc = air_anthropic_in_start(in, index++, node);

        if (rc == AIR_OK) {
            rc = air_anthropic_in_stop(in,
                                       &in->st->in.block[in->st->in.n - 1]);
        }
    }

    return rc;
}


static int
air_anthropic_in_close(air_anthropic_in_t *in)
{
    int       rc;
    unsigned  i;

    for (i = 0; i < in->st->in.n; i++) {

        if (!in->st->in.block[i].open) {
            continue;
        }

        rc = air_anthropic_in_stop(in, &in->st->in.block[i]);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static int
air_anthropic_in_finish(air_anthropic_in_t *in, const air_json_node_t *root)
{
    int                     rc;
    air_delta_t            *d;
    air_finish_e            finish;
    const air_json_node_t  *delta;

    delta = air_json_given(in->r.doc, root, "delta");
    finish = air_anthropic_finish(in->r.doc, air_json_get(in->r.doc, delta,
                                                          "stop_reason"));
    rc = AIR_OK;

    if (finish != AIR_FINISH_NONE && !in->st->in.finished) {

        rc = air_anthropic_in_close(in);

        if (rc != AIR_OK) {
            return rc;
        }

        in->st->in.finished = 1;
        d = air_deltas_block(in->out, AIR_DELTA_FINISH, NULL);

        if (d == NULL) {
            return AIR_ENOMEM;
        }

        d->finish = finish;
        d->issuer = AIR_ANTHROPIC_WIRE;
        rc = air_json_take(in->r.doc, delta, "stop_reason", in->r.mem,
                           &d->native);

        if (rc == AIR_OK) {
            rc = air_json_take(in->r.doc, delta, "stop_sequence", in->r.mem,
                               &d->sequence);
        }
    }

    return rc == AIR_OK ? air_anthropic_in_usage(in, root) : rc;
}


static int
air_anthropic_in_event(air_anthropic_in_t *in, const air_json_node_t *root)
{
    int                     rc;
    uint64_t                index;
    air_block_t            *b;
    const air_json_node_t  *type, *node;

    type = air_json_get(in->r.doc, root, "type");

    index = 0;
    (void) air_json_uint(in->r.doc, air_json_get(in->r.doc, root, "index"),
                         &index);
    b = air_side_open(&in->st->in, (uint32_t) index);

    if (air_json_is(in->r.doc, type, "content_block_delta")) {

        node = air_json_given(in->r.doc, root, "delta");

        return b != NULL && node != NULL && node->type == AIR_JSON_OBJECT
               ? air_anthropic_in_delta(in, b, node) : AIR_OK;
    }

    if (air_json_is(in->r.doc, type, "content_block_start")) {

        node = air_json_given(in->r.doc, root, "content_block");

        return node != NULL && node->type == AIR_JSON_OBJECT
               ? air_anthropic_in_start(in, (uint32_t) index, node) : AIR_OK;
    }

    if (air_json_is(in->r.doc, type, "content_block_stop")) {
        return b != NULL ? air_anthropic_in_stop(in, b) : AIR_OK;
    }

    if (air_json_is(in->r.doc, type, "message_start")) {
        return air_anthropic_in_message(in, air_json_given(in->r.doc, root,
                                                           "message"));
    }

    if (air_json_is(in->r.doc, type, "message_delta")) {
        return air_anthropic_in_finish(in, root);
    }

    if (air_json_is(in->r.doc, type, "message_stop")) {

        rc = air_anthropic_in_close(in);

        if (rc != AIR_OK) {
            return rc;
        }

        in->st->in.ended = 1;

        return air_deltas_block(in->out, AIR_DELTA_END, NULL) ? AIR_OK
                                                             : AIR_ENOMEM;
    }

    if (air_json_is(in->r.doc, type, "ping")) {
        return air_deltas_block(in->out, AIR_DELTA_PING, NULL) ? AIR_OK
                                                              : AIR_ENOMEM;
    }

    return AIR_OK;
}


int
air_anthropic_event_read(air_stream_t *st, const air_sse_event_t *ev,
    const air_profile_t *profile, air_deltas_t *out)
{
    int                     rc;
    air_anthropic_in_t      in;
    const air_json_node_t  *root;

    (void) profile;               /* one wire, one way to speak it */

    out->n = 0;

    if (st->in.ended) {
        return AIR_OK;            /* data after the end says nothing */
    }

    if (!ev->has_data || ev->data.len == 0) {
        return air_deltas_add(out, AIR_DELTA_PING) ? AIR_OK : AIR_ENOMEM;
    }

    rc = air_stream_event_read(st, ev->type, ev->data, out, &root);

    if (rc != AIR_OK || root == NULL) {
        return rc;
    }

    in.st = st;
    in.out = out;
    in.r.doc = &st->doc;
    in.r.mem = &st->scratch;
    in.r.error = NULL;

    return air_anthropic_in_event(&in, root);
}
