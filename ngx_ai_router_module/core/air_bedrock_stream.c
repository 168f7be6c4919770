
/*
 * Streams of Bedrock's wire to neutral deltas.  The type of an event stands
 * in its frame, its data is one object:
 *
 *     messageStart, (contentBlockStart, contentBlockDelta ...,
 *     contentBlockStop) ..., messageStop, metadata
 *
 * Only calls and what the vendor runs have a contentBlockStart: a block of
 * text or thinking begins with its first delta, and is known by its index.
 * Usage comes last.  An exception is a frame too.  Every event may have a
 * member "p" that pads it.
 */

#include "air_bedrock.h"


typedef struct {
    air_stream_t         *st;
    air_deltas_t         *out;
    air_bedrock_read_t    r;
} air_bedrock_in_t;


static int
air_bedrock_in_stop(air_bedrock_in_t *in, air_block_t *b)
{
    air_delta_t  *d;

    if (b->part == AIR_PART_TOOL_CALL && !b->given) {

        /* a call without arguments: none came, and {} is meant */

        d = air_deltas_block(in->out, AIR_DELTA_ARGUMENTS, b);

        if (d == NULL) {
            return AIR_ENOMEM;
        }

        d->text = air_str_z("{}");
    }

    b->open = 0;

    return air_deltas_block(in->out, AIR_DELTA_BLOCK_END, b) ? AIR_OK
                                                          : AIR_ENOMEM;
}


/*
 * The block at index for what comes now, opened when it is not: of another
 * part than the open one, that one ends first.  NULL: *rc tells.
 */
static air_block_t *
air_bedrock_in_open(air_bedrock_in_t *in, uint32_t index, air_part_e part,
    air_delta_t **d, int *rc)
{
    air_block_t  *b;

    *d = NULL;
    *rc = AIR_OK;
    b = air_side_open(&in->st->in, index);

    if (b != NULL && b->part == part) {
        return b;
    }

    if (b != NULL) {

        *rc = air_bedrock_in_stop(in, b);

        if (*rc != AIR_OK) {
            return NULL;
        }
    }

    b = air_side_add(&in->st->in, in->st->mem, 0, index, part, rc);

    if (b == NULL) {
        return NULL;
    }

    *d = air_deltas_block(in->out, AIR_DELTA_BLOCK, b);

    if (*d == NULL) {
        *rc = AIR_ENOMEM;
        return NULL;
    }

    return b;
}


/* A piece of a block, none when it is empty. */
static int
air_bedrock_in_text(air_bedrock_in_t *in, uint32_t index, air_part_e part,
    air_delta_e type, const air_json_node_t *object, const char *name)
{
    int           rc;
    air_block_t  *b;
    air_delta_t  *d;

    if (air_json_filled(in->r.doc, object, name) == NULL) {
        return AIR_OK;
    }

    b = air_bedrock_in_open(in, index, part, &d, &rc);

    if (b == NULL) {
        return rc;
    }

    b->given = 1;
    d = air_deltas_block(in->out, type, b);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    if (type == AIR_DELTA_SIGNATURE) {
        d->issuer = AIR_CLAUDE_ISSUER;

    } else if (type == AIR_DELTA_DATA) {
        d->issuer = AIR_BEDROCK_WIRE;
    }

    return air_json_take(in->r.doc, object, name, in->r.mem, &d->text);
}


static int
air_bedrock_in_raw(air_bedrock_in_t *in, uint32_t index,
    const air_json_node_t *start)
{
    int           rc;
    air_block_t  *b;
    air_delta_t  *d;

    b = air_bedrock_in_open(in, index, AIR_PART_RAW, &d, &rc);

    if (b != NULL && d != NULL) {
        d->raw = air_json_raw(in->r.doc, start);
        d->issuer = AIR_BEDROCK_WIRE;
    }

    return rc;
}


static int
air_bedrock_in_start(air_bedrock_in_t *in, uint32_t index,
    const air_json_node_t *root)
{
    int                     rc;
    air_block_t            *b;
    air_delta_t            *d;
    const air_json_node_t  *start, *call, *type;

    start = air_json_given(in->r.doc, root, "start");

    if (start == NULL || start->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    call = air_json_given(in->r.doc, start, "toolUse");
    type = air_json_given(in->r.doc, call, "type");

    if (call == NULL
        || (type != NULL && !air_json_is(in->r.doc, type, "tool_use")))
    {
        /* what the vendor runs, and what comes next */
        return air_bedrock_in_raw(in, index, start);
    }

    b = air_bedrock_in_open(in, index, AIR_PART_TOOL_CALL, &d, &rc);

    if (b == NULL || d == NULL) {
        return rc;
    }

    rc = air_json_take(in->r.doc, call, "toolUseId", in->r.mem, &d->id);

    return rc == AIR_OK ? air_json_take(in->r.doc, call, "name", in->r.mem,
                                        &d->name) : rc;
}


static int
air_bedrock_in_citation(air_bedrock_in_t *in, uint32_t index,
    const air_json_node_t *node)
{
    int           rc;
    air_block_t  *b;
    air_delta_t  *d;

    b = air_bedrock_in_open(in, index, AIR_PART_TEXT, &d, &rc);

    if (b == NULL) {
        return rc;
    }

    memset(&in->st->citation, 0, sizeof(air_citation_t));

    rc = air_bedrock_citation(&in->r, node, &in->st->citation);

    if (rc != AIR_OK) {
        return rc;
    }

    d = air_deltas_block(in->out, AIR_DELTA_CITATION, b);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->citation = &in->st->citation;
    d->raw = in->st->citation.raw;
    d->issuer = AIR_BEDROCK_WIRE;

    return AIR_OK;
}


static int
air_bedrock_in_delta(air_bedrock_in_t *in, uint32_t index,
    const air_json_node_t *root)
{
    int                     rc;
    air_block_t            *b;
    air_delta_t            *d;
    const air_json_node_t  *delta, *node;

    delta = air_json_given(in->r.doc, root, "delta");

    if (delta == NULL || delta->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    b = air_side_open(&in->st->in, index);

    if (b != NULL && b->part == AIR_PART_RAW) {

        d = air_deltas_block(in->out, AIR_DELTA_EXTRA, b);

        if (d == NULL) {
            return AIR_ENOMEM;
        }

        d->raw = air_json_raw(in->r.doc, delta);
        d->issuer = AIR_BEDROCK_WIRE;

        return AIR_OK;
    }

    node = air_json_given(in->r.doc, delta, "toolUse");

    if (node != NULL) {
        /* of a block that did not begin nothing is known */
        return b != NULL && b->part == AIR_PART_TOOL_CALL
               ? air_bedrock_in_text(in, index, AIR_PART_TOOL_CALL,
                                     AIR_DELTA_ARGUMENTS, node, "input")
               : AIR_OK;
    }

    node = air_json_given(in->r.doc, delta, "reasoningContent");

    if (node != NULL) {
        rc = air_bedrock_in_text(in, index, AIR_PART_THINKING,
                                 AIR_DELTA_TEXT, node, "text");

        if (rc == AIR_OK) {
            rc = air_bedrock_in_text(in, index, AIR_PART_THINKING,
                                     AIR_DELTA_SIGNATURE, node, "signature");
        }

        return rc == AIR_OK
               ? air_bedrock_in_text(in, index, AIR_PART_REDACTED,
                                     AIR_DELTA_DATA, node, "redactedContent")
               : rc;
    }

    node = air_json_given(in->r.doc, delta, "citation");

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        return air_bedrock_in_citation(in, index, node);
    }

    return air_bedrock_in_text(in, index, AIR_PART_TEXT, AIR_DELTA_TEXT,
                               delta, "text");
}


static int
air_bedrock_in_finish(air_bedrock_in_t *in, const air_json_node_t *root)
{
    int           rc;
    unsigned      i;
    air_delta_t  *d;

    if (in->st->in.finished) {
        return AIR_OK;
    }

    for (i = 0; i < in->st->in.n; i++) {

        if (in->st->in.block[i].open) {
            rc = air_bedrock_in_stop(in, &in->st->in.block[i]);

            if (rc != AIR_OK) {
                return rc;
            }
        }
    }

    in->st->in.finished = 1;
    d = air_deltas_block(in->out, AIR_DELTA_FINISH, NULL);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->finish = air_bedrock_finish(in->r.doc, air_json_get(in->r.doc, root,
                                                           "stopReason"));
    d->issuer = AIR_BEDROCK_WIRE;

    rc = air_json_take(in->r.doc, root, "stopReason", in->r.mem, &d->native);

    return rc == AIR_OK ? air_bedrock_sequence(in->r.doc, root, in->r.mem,
                                               &d->sequence) : rc;
}


static int
air_bedrock_in_metadata(air_bedrock_in_t *in, const air_json_node_t *root)
{
    int                     rc;
    air_delta_t            *d;
    const air_json_node_t  *usage;

    usage = air_json_given(in->r.doc, root, "usage");

    if (air_bedrock_usage(in->r.doc, usage, &in->st->usage)) {

        air_bedrock_tier(in->r.doc, root, &in->st->usage);
        d = air_deltas_block(in->out, AIR_DELTA_USAGE, NULL);

        if (d == NULL) {
            return AIR_ENOMEM;
        }

        d->usage = &in->st->usage;

        rc = air_json_take(in->r.doc, air_json_given(in->r.doc, root,
                                                     "serviceTier"),
                           "type", in->r.mem, &d->service_tier);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    in->st->in.ended = 1;

    return air_deltas_block(in->out, AIR_DELTA_END, NULL) ? AIR_OK : AIR_ENOMEM;
}


int
air_bedrock_event_read(air_stream_t *st, const air_sse_event_t *ev,
    const air_profile_t *profile, air_deltas_t *out)
{
    int                     rc;
    uint64_t                index;
    air_bedrock_in_t        in;
    const air_json_node_t  *root;

    (void) profile;               /* one wire, one way to speak it */

    out->n = 0;

    if (st->in.ended) {
        return AIR_OK;            /* data after the end says nothing */
    }

    if (ev->exception) {
        return air_stream_exception(st, ev->type, ev->data, out);
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

    if (!st->in.started) {
        st->in.started = 1;

        if (air_deltas_add(out, AIR_DELTA_START) == NULL) {
            return AIR_ENOMEM;
        }
    }

    index = 0;
    (void) air_json_uint(in.r.doc, air_json_get(in.r.doc, root,
                                                "contentBlockIndex"), &index);

    if (air_str_eqz(ev->type, "contentBlockDelta")) {
        return air_bedrock_in_delta(&in, (uint32_t) index, root);
    }

    if (air_str_eqz(ev->type, "contentBlockStart")) {
        return air_bedrock_in_start(&in, (uint32_t) index, root);
    }

    if (air_str_eqz(ev->type, "contentBlockStop")) {

        air_block_t  *b;

        b = air_side_open(&in.st->in, (uint32_t) index);

        return b != NULL ? air_bedrock_in_stop(&in, b) : AIR_OK;
    }

    if (air_str_eqz(ev->type, "messageStop")) {
        return air_bedrock_in_finish(&in, root);
    }

    if (air_str_eqz(ev->type, "metadata")) {
        return air_bedrock_in_metadata(&in, root);
    }

    return AIR_OK;
}
