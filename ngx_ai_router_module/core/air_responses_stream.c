
/*
 * Streams of the Responses wire to neutral deltas.  Each event says which
 * item (output_index) and which part of it it belongs to; what pieces said is
 * said again whole by events that end in ".done", and all of it once more by
 * the last event.  A block opens with its first piece; where a vendor sends
 * no pieces, the whole is taken from the event that has it.
 *
 *     (nothing) --piece--> block open --content_part.done, item.done--> closed
 *     (nothing) --item.done--> the whole block at once
 *
 * platform.openai.com/docs/api-reference/responses-streaming, read 2026-11;
 * what OpenRouter, xAI, DeepSeek and Bedrock Mantle do otherwise from
 * recorded streams: no event: lines, reasoning in content parts, items that
 * end in another order than they began, a [DONE] behind the end.
 */

#include "air_responses.h"


typedef struct {
    air_stream_t          *st;
    air_deltas_t          *out;
    air_responses_read_t   r;
    uint32_t               item;         /* output_index                    */
    uint32_t               part;         /* content_index                   */
} air_responses_in_t;


/* what an event does; the rest of its name behind "response." */
typedef struct {
    const char  *name;
    int        (*handler)(air_responses_in_t *in,
                    const air_json_node_t *root, air_part_e part);
    air_part_e   part;
} air_responses_event_t;


/* A block that begins, or NULL with *rc. */
static air_block_t *
air_responses_in_begin(air_responses_in_t *in, uint32_t index,
    air_part_e part, int *rc)
{
    air_block_t  *b;

    /* what is the choice elsewhere tells the item here: there is one answer */

    b = air_side_add(&in->st->in, in->st->mem, in->item, index, part, rc);

    if (b != NULL && air_deltas_block(in->out, AIR_DELTA_BLOCK, b) == NULL) {
        *rc = AIR_ENOMEM;
        return NULL;
    }

    return b;
}


static air_block_t *
air_responses_in_open(air_responses_in_t *in, uint32_t index,
    air_part_e part, int *rc)
{
    air_block_t  *b;

    *rc = AIR_OK;
    b = air_side_find(&in->st->in, in->item, index, part);

    return b != NULL ? b : air_responses_in_begin(in, index, part, rc);
}


static int
air_responses_in_stop(air_responses_in_t *in, air_block_t *b)
{
    if (!b->open) {
        return AIR_OK;
    }

    b->open = 0;

    return air_deltas_block(in->out, AIR_DELTA_BLOCK_END, b) ? AIR_OK
                                                            : AIR_ENOMEM;
}


/* Ends the blocks of an item, or all of them. */
static int
air_responses_in_close(air_responses_in_t *in, int all)
{
    int           rc;
    unsigned      i;
    air_block_t  *b;

    for (i = 0; i < in->st->in.n; i++) {

        b = &in->st->in.block[i];

        if (all || b->choice == in->item) {
            rc = air_responses_in_stop(in, b);

            if (rc != AIR_OK) {
                return rc;
            }
        }
    }

    return AIR_OK;
}


/* A piece of the text of an open block, none when it is empty. */
static int
air_responses_in_say(air_responses_in_t *in, air_block_t *b,
    air_delta_e type, const air_json_node_t *object, const char *name)
{
    air_delta_t            *d;
    const air_json_node_t  *node;

    node = air_json_get(in->r.doc, object, name);

    if (!b->open || node == NULL || node->end == node->start
        || (node->type != AIR_JSON_STRING && node->type != AIR_JSON_OBJECT))
    {
        return AIR_OK;
    }

    d = air_deltas_block(in->out, type, b);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    b->given = 1;

    if (node->type == AIR_JSON_OBJECT) {
        /* arguments that were never made a string */
        d->text = air_json_raw(in->r.doc, node);
        return AIR_OK;
    }

    return air_json_string(in->r.doc, node, in->r.mem, &d->text);
}


/* -------------------------------------------------------------- pieces */


static int
air_responses_in_tokens(air_responses_in_t *in, const air_block_t *b,
    const air_json_node_t *root)
{
    air_delta_t            *d;
    const air_json_node_t  *list;

    list = air_json_get(in->r.doc, root, "logprobs");

    if (list == NULL || list->type != AIR_JSON_ARRAY || list->count == 0) {
        return AIR_OK;
    }

    d = air_deltas_block(in->out, AIR_DELTA_LOGPROBS, b);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->raw = air_json_raw(in->r.doc, list);
    d->text = d->raw;
    d->issuer = AIR_RESPONSES_WIRE;

    return AIR_OK;
}


/* output_text.delta, refusal.delta */
static int
air_responses_in_text(air_responses_in_t *in, const air_json_node_t *root,
    air_part_e part)
{
    int           rc;
    air_block_t  *b;

    if (air_json_filled(in->r.doc, root, "delta") == NULL) {
        return AIR_OK;
    }

    b = air_responses_in_open(in, in->part, part, &rc);

    if (b == NULL) {
        return rc;
    }

    rc = air_responses_in_say(in, b, AIR_DELTA_TEXT, root, "delta");

    if (rc == AIR_OK && part == AIR_PART_TEXT) {
        rc = air_responses_in_tokens(in, b, root);
    }

    return rc;
}


/*
 * reasoning_summary_text.delta, reasoning_text.delta: one block an item, the
 * texts of several parts one under the other.
 */
static int
air_responses_in_thought(air_responses_in_t *in,
    const air_json_node_t *root, air_part_e part)
{
    int           rc;
    uint64_t      n;
    air_block_t  *b;
    air_delta_t  *d;

    if (air_json_filled(in->r.doc, root, "delta") == NULL) {
        return AIR_OK;
    }

    n = in->part;
    (void) air_json_uint(in->r.doc, air_json_get(in->r.doc, root,
                                                 "summary_index"), &n);

    b = air_responses_in_open(in, 0, part, &rc);

    if (b == NULL) {
        return rc;
    }

    if (b->given && b->tag != (uint32_t) n && b->open) {

        d = air_deltas_block(in->out, AIR_DELTA_TEXT, b);

        if (d == NULL) {
            return AIR_ENOMEM;
        }

        d->text = air_str_z("\n\n");
    }

    b->tag = (uint32_t) n;

    return air_responses_in_say(in, b, AIR_DELTA_TEXT, root, "delta");
}


/* function_call_arguments.delta, custom_tool_call_input.delta */
static int
air_responses_in_arguments(air_responses_in_t *in,
    const air_json_node_t *root, air_part_e part)
{
    air_block_t  *b;

    b = air_side_find(&in->st->in, in->item, 0, part);

    return b != NULL ? air_responses_in_say(in, b, AIR_DELTA_ARGUMENTS, root,
                                            "delta")
                     : AIR_OK;
}


static int
air_responses_in_citation(air_responses_in_t *in,
    const air_json_node_t *root, air_part_e part)
{
    int                     rc;
    air_block_t            *b;
    air_delta_t            *d;
    const air_json_node_t  *node;

    node = air_json_get(in->r.doc, root, "annotation");

    if (node == NULL || node->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    b = air_responses_in_open(in, in->part, part, &rc);

    if (b == NULL) {
        return rc;
    }

    memset(&in->st->citation, 0, sizeof(air_citation_t));
    rc = air_responses_citation(&in->r, node, &in->st->citation);

    if (rc != AIR_OK) {
        return rc;
    }

    d = air_deltas_block(in->out, AIR_DELTA_CITATION, b);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->citation = &in->st->citation;
    d->raw = in->st->citation.raw;
    d->issuer = AIR_RESPONSES_WIRE;

    return AIR_OK;
}


/* --------------------------------------------------------------- items */


/* A call as it begins. */
static int
air_responses_in_call(air_responses_in_t *in, const air_json_node_t *item,
    int custom)
{
    int           rc;
    air_block_t  *b;
    air_delta_t  *d;

    b = air_side_find(&in->st->in, in->item, 0, AIR_PART_TOOL_CALL);

    if (b != NULL) {
        return AIR_OK;
    }

    b = air_responses_in_begin(in, 0, AIR_PART_TOOL_CALL, &rc);

    if (b == NULL) {
        return rc;
    }

    d = &in->out->d[in->out->n - 1];
    d->custom = custom != 0;
    rc = air_json_take(in->r.doc, item, "call_id", in->r.mem, &d->id);

    if (rc == AIR_OK) {
        rc = air_json_take(in->r.doc, item, "name", in->r.mem, &d->name);
    }

    return rc;
}


static int
air_responses_in_added(air_responses_in_t *in, const air_json_node_t *root,
    air_part_e part)
{
    int                     custom;
    const air_json_node_t  *item, *type;

    (void) part;

    item = air_json_get(in->r.doc, root, "item");
    type = air_json_get(in->r.doc, item, "type");
    custom = air_json_is(in->r.doc, type, "custom_tool_call");

    return custom || air_json_is(in->r.doc, type, "function_call")
           ? air_responses_in_call(in, item, custom) : AIR_OK;
}


/* The parts of a message that no piece told. */
static int
air_responses_in_message(air_responses_in_t *in, const air_json_node_t *item)
{
    int                     rc;
    air_part_e              part;
    air_block_t            *b;
    const air_json_node_t  *node, *type;

    in->part = 0;

    for (node = air_json_first(in->r.doc, air_json_get(in->r.doc, item,
                                                       "content"));
         node != NULL;
         node = air_json_next(in->r.doc, node), in->part++)
    {
        type = air_json_get(in->r.doc, node, "type");

        part = air_json_is(in->r.doc, type, "refusal") ? AIR_PART_REFUSAL
                                                       : AIR_PART_TEXT;

        /* Mantle counts content from 1 where reasoning came before */

        if (air_side_find(&in->st->in, in->item, in->part, part) != NULL
            || air_side_find(&in->st->in, in->item, in->part + 1, part)
               != NULL
            || air_json_filled(in->r.doc, node, part == AIR_PART_TEXT
                                                ? "text" : "refusal")
               == NULL)
        {
            continue;
        }

        b = air_responses_in_begin(in, in->part, part, &rc);

        if (b == NULL) {
            return rc;
        }

        rc = air_responses_in_say(in, b, AIR_DELTA_TEXT, node,
                                  part == AIR_PART_TEXT ? "text" : "refusal");

        if (rc == AIR_OK && part == AIR_PART_TEXT) {
            rc = air_responses_in_tokens(in, b, node);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


/* What was thought, where no piece told it; then its seal. */
static int
air_responses_in_reasoning(air_responses_in_t *in,
    const air_json_node_t *item)
{
    int                     rc;
    air_block_t            *b;
    air_delta_t            *d;
    air_part_t              part;
    air_str_t               sealed;

    rc = air_responses_reasoning(&in->r, item, &part);

    if (rc != AIR_OK) {
        return rc;
    }

    b = air_side_find(&in->st->in, in->item, 0, AIR_PART_THINKING);

    if (b == NULL && part.text.len == 0 && part.data.len == 0
        && part.signature.len == 0)
    {
        return AIR_OK;
    }

    if (b == NULL) {
        b = air_responses_in_begin(in, 0, part.type, &rc);

        if (b == NULL) {
            return rc;
        }

        if (part.text.len != 0) {

            d = air_deltas_block(in->out, AIR_DELTA_TEXT, b);

            if (d == NULL) {
                return AIR_ENOMEM;
            }

            d->text = part.text;
        }
    }

    sealed = part.type == AIR_PART_REDACTED ? part.data : part.signature;

    if (sealed.len == 0 || !b->open) {
        return AIR_OK;
    }

    d = air_deltas_block(in->out, b->part == AIR_PART_REDACTED
                                 ? AIR_DELTA_DATA : AIR_DELTA_SIGNATURE, b);
    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->text = sealed;
    d->issuer = part.issuer;
    d->id = part.id;

    return AIR_OK;
}


/* What only this wire has, and a picture. */
static int
air_responses_in_other(air_responses_in_t *in, const air_json_node_t *item)
{
    int           rc;
    air_block_t  *b;
    air_delta_t  *d;
    air_part_e    part;

    part = air_json_is(in->r.doc, air_json_get(in->r.doc, item, "type"),
                       "image_generation_call")
           && air_json_filled(in->r.doc, item, "result") != NULL
           ? AIR_PART_IMAGE : AIR_PART_RAW;

    if (air_side_find(&in->st->in, in->item, 0, part) != NULL) {
        return AIR_OK;
    }

    b = air_responses_in_begin(in, 0, part, &rc);

    if (b == NULL) {
        return rc;
    }

    d = &in->out->d[in->out->n - 1];
    d->issuer = AIR_RESPONSES_WIRE;
    d->raw = air_json_raw(in->r.doc, item);

    if (part == AIR_PART_RAW) {
        return AIR_OK;
    }

    d->media_type = air_responses_image_type(in->r.doc, item);
    d = air_deltas_block(in->out, AIR_DELTA_DATA, b);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->media_type = air_responses_image_type(in->r.doc, item);

    return air_json_take(in->r.doc, item, "result", in->r.mem, &d->text);
}


/* An item that is whole. */
static int
air_responses_in_item(air_responses_in_t *in, const air_json_node_t *item)
{
    int                     rc, custom;
    air_block_t            *b;
    const air_json_node_t  *type;

    type = air_json_given(in->r.doc, item, "type");
    custom = air_json_is(in->r.doc, type, "custom_tool_call");

    if (type == NULL || air_json_is(in->r.doc, type, "message")) {
        rc = air_responses_in_message(in, item);

    } else if (air_json_is(in->r.doc, type, "reasoning")) {
        rc = air_responses_in_reasoning(in, item);

    } else if (custom || air_json_is(in->r.doc, type, "function_call")) {

        rc = air_responses_in_call(in, item, custom);
        b = air_side_find(&in->st->in, in->item, 0, AIR_PART_TOOL_CALL);

        if (rc == AIR_OK && b != NULL && !b->given) {
            rc = air_responses_in_say(in, b, AIR_DELTA_ARGUMENTS, item,
                                      custom ? "input" : "arguments");
        }

    } else {
        rc = air_responses_in_other(in, item);
    }

    return rc == AIR_OK ? air_responses_in_close(in, 0) : rc;
}


static int
air_responses_in_done(air_responses_in_t *in, const air_json_node_t *root,
    air_part_e part)
{
    const air_json_node_t  *item;

    (void) part;

    item = air_json_get(in->r.doc, root, "item");

    return item != NULL && item->type == AIR_JSON_OBJECT
           ? air_responses_in_item(in, item) : AIR_OK;
}


/* content_part.done: a text is over. */
static int
air_responses_in_part(air_responses_in_t *in, const air_json_node_t *root,
    air_part_e part)
{
    air_block_t            *b;
    const air_json_node_t  *node, *type;

    node = air_json_get(in->r.doc, root, "part");
    type = air_json_get(in->r.doc, node, "type");

    part = air_json_is(in->r.doc, type, "refusal") ? AIR_PART_REFUSAL
                                                   : AIR_PART_TEXT;
    b = air_side_find(&in->st->in, in->item, in->part, part);

    return b != NULL && !air_json_is(in->r.doc, type, "reasoning_text")
           ? air_responses_in_stop(in, b) : AIR_OK;
}


/* ------------------------------------------------------- the response */


/* created, in_progress, queued: who it is. */
static int
air_responses_in_start(air_responses_in_t *in, const air_json_node_t *root,
    air_part_e part)
{
    int                     rc;
    air_delta_t            *d;
    const air_json_node_t  *response;

    (void) part;

    if (in->st->in.started) {
        return AIR_OK;
    }

    in->st->in.started = 1;
    response = air_json_get(in->r.doc, root, "response");
    d = air_deltas_block(in->out, AIR_DELTA_START, NULL);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    rc = air_json_take(in->r.doc, response, "id", in->r.mem, &d->id);

    if (rc == AIR_OK) {
        rc = air_json_take(in->r.doc, response, "model", in->r.mem,
                           &d->model);
    }

    (void) air_json_uint(in->r.doc, air_json_get(in->r.doc, response,
                                                 "created_at"), &d->created);

    return rc;
}


static int
air_responses_in_usage(air_responses_in_t *in,
    const air_json_node_t *response, const air_profile_t *profile)
{
    air_usage_t   usage;
    air_delta_t  *d;

    air_responses_usage(in->r.doc, response, profile, &usage);

    if (!usage.seen) {
        return AIR_OK;
    }

    in->st->usage = usage;
    d = air_deltas_block(in->out, AIR_DELTA_USAGE, NULL);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->usage = &in->st->usage;

    return air_json_take(in->r.doc, response, "service_tier", in->r.mem,
                         &d->service_tier);
}


/* completed, incomplete: the end, and all that was said. */
static int
air_responses_in_end(air_responses_in_t *in, const air_json_node_t *root,
    const air_profile_t *profile)
{
    int                     rc, calls;
    unsigned                i;
    air_delta_t            *d;
    const air_json_node_t  *response, *item, *native;

    response = air_json_get(in->r.doc, root, "response");
    rc = air_responses_in_start(in, root, AIR_PART_TEXT);

    if (in->st->in.n == 0) {

        /* nothing was told before */

        in->item = 0;

        for (item = air_json_first(in->r.doc, air_json_get(in->r.doc,
                                                           response,
                                                           "output"));
             item != NULL && rc == AIR_OK;
             item = air_json_next(in->r.doc, item), in->item++)
        {
            if (item->type == AIR_JSON_OBJECT) {
                rc = air_responses_in_item(in, item);
            }
        }
    }

    if (rc == AIR_OK) {
        rc = air_responses_in_close(in, 1);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    calls = 0;

    for (i = 0; i < in->st->in.n; i++) {
        calls |= in->st->in.block[i].part == AIR_PART_TOOL_CALL;
    }

    d = air_deltas_block(in->out, AIR_DELTA_FINISH, NULL);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->finish = air_responses_finish(in->r.doc, response, calls, &native);
    d->issuer = AIR_RESPONSES_WIRE;

    if (native != NULL) {
        rc = air_json_string(in->r.doc, native, in->r.mem, &d->native);
    }

    if (rc == AIR_OK) {
        rc = air_responses_in_usage(in, response, profile);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    in->st->in.finished = 1;
    in->st->in.ended = 1;

    return air_deltas_block(in->out, AIR_DELTA_END, NULL) ? AIR_OK
                                                         : AIR_ENOMEM;
}


static const air_responses_event_t  air_responses_events[] = {
    { "output_text.delta", air_responses_in_text, AIR_PART_TEXT },
    { "refusal.delta", air_responses_in_text, AIR_PART_REFUSAL },
    { "reasoning_summary_text.delta", air_responses_in_thought,
      AIR_PART_THINKING },
    { "reasoning_text.delta", air_responses_in_thought, AIR_PART_THINKING },
    { "function_call_arguments.delta", air_responses_in_arguments,
      AIR_PART_TOOL_CALL },
    { "custom_tool_call_input.delta", air_responses_in_arguments,
      AIR_PART_TOOL_CALL },
    { "output_item.added", air_responses_in_added, AIR_PART_TEXT },
    { "output_item.done", air_responses_in_done, AIR_PART_TEXT },
    { "content_part.done", air_responses_in_part, AIR_PART_TEXT },
    { "output_text.annotation.added", air_responses_in_citation,
      AIR_PART_TEXT },
    { "created", air_responses_in_start, AIR_PART_TEXT },
    { "in_progress", air_responses_in_start, AIR_PART_TEXT },
    { "queued", air_responses_in_start, AIR_PART_TEXT },
    { NULL, NULL, AIR_PART_TEXT }
};


static uint32_t
air_responses_in_index(air_responses_in_t *in, const air_json_node_t *root,
    const char *name)
{
    uint64_t  n;

    n = 0;
    (void) air_json_uint(in->r.doc, air_json_get(in->r.doc, root, name), &n);

    return (uint32_t) n;
}


int
air_responses_event_read(air_stream_t *st, const air_sse_event_t *ev,
    const air_profile_t *profile, air_deltas_t *out)
{
    int                           rc;
    air_str_t                     type;
    air_responses_in_t            in;
    const air_json_node_t        *root;
    const air_responses_event_t  *e;

    out->n = 0;

    if (st->in.ended) {
        return AIR_OK;            /* data after the end says nothing */
    }

    if (!ev->has_data || ev->data.len == 0 || ev->data.data[0] == '[') {
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
    in.item = air_responses_in_index(&in, root, "output_index");
    in.part = air_responses_in_index(&in, root, "content_index");

    type = air_str_n(NULL, 0);
    rc = air_json_take(&st->doc, root, "type", &st->scratch, &type);

    if (rc != AIR_OK || type.len < 9
        || memcmp(type.data, "response.", 9) != 0)
    {
        return rc;
    }

    type = air_str_n(type.data + 9, type.len - 9);

    if (air_str_eqz(type, "completed") || air_str_eqz(type, "incomplete")) {
        return air_responses_in_end(&in, root, profile);
    }

    for (e = air_responses_events; e->name != NULL; e++) {
        if (air_str_eqz(type, e->name)) {
            return e->handler(&in, root, e->part);
        }
    }

    return AIR_OK;
}
