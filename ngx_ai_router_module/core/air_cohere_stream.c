
/*
 * Streams of Cohere's wire to neutral deltas:
 *
 *     message-start, tool-plan-delta ..., (content-start, content-delta ...,
 *     content-end) ..., (tool-call-start, tool-call-delta ...,
 *     tool-call-end) ..., message-end
 *
 * with citation-start anywhere, and [DONE] behind it all.  Content and calls
 * are numbered apart.  The plan has no start and no end of its own.  A call
 * without parameters may have no argument at all: it is given {}.
 *
 * docs.cohere.com/v2/docs/streaming and the vendor's openapi, read
 * 2026-11-22.
 */

#include "air_cohere.h"


/* the wire's number of the plan, which has none */
#define AIR_COHERE_PLAN_INDEX  UINT32_MAX

/* sources of one citation: what the room of an event is sure to hold */
#define AIR_COHERE_SOURCES     8


typedef struct {
    air_stream_t       *st;
    air_deltas_t       *out;
    air_cohere_read_t   r;
} air_cohere_in_t;


static int
air_cohere_in_open(air_cohere_in_t *in, uint32_t index, air_part_e part,
    air_block_t **b, air_delta_t **d)
{
    int  rc;

    *b = air_side_add(&in->st->in, in->st->mem, 0, index, part, &rc);

    if (*b == NULL) {
        return rc;
    }

    *d = air_deltas_block(in->out, AIR_DELTA_BLOCK, *b);

    if (*d == NULL) {
        return AIR_ENOMEM;
    }

    if (part == AIR_PART_THINKING) {
        (*d)->issuer = AIR_COHERE_WIRE;
    }

    return AIR_OK;
}


static int
air_cohere_in_stop(air_cohere_in_t *in, air_block_t *b)
{
    air_delta_t  *d;

    if (b->part == AIR_PART_TOOL_CALL && !b->given) {

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


/* Ends every open block, or the plan alone. */
static int
air_cohere_in_close(air_cohere_in_t *in, int all)
{
    int           rc;
    unsigned      i;
    air_block_t  *b;

    for (i = 0; i < in->st->in.n; i++) {

        b = &in->st->in.block[i];

        if (b->open && (all || b->index == AIR_COHERE_PLAN_INDEX)) {

            rc = air_cohere_in_stop(in, b);

            if (rc != AIR_OK) {
                return rc;
            }
        }
    }

    return AIR_OK;
}


/* The newest open block of content, or call, with that number, or NULL. */
static air_block_t *
air_cohere_in_find(air_cohere_in_t *in, uint32_t index, int call)
{
    unsigned      i;
    air_block_t  *b;

    for (i = in->st->in.n; i > 0; i--) {

        b = &in->st->in.block[i - 1];

        if (b->index == index && (b->part == AIR_PART_TOOL_CALL) == call) {
            return b->open ? b : NULL;
        }
    }

    return NULL;
}


/* A delta with a text of object, none when that is empty. */
static int
air_cohere_in_text(air_cohere_in_t *in, air_delta_e type, air_block_t *b,
    const air_json_node_t *object, const char *name)
{
    air_delta_t  *d;

    if (air_json_filled(in->r.doc, object, name) == NULL) {
        return AIR_OK;
    }

    d = air_deltas_block(in->out, type, b);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    b->given = 1;

    if (b->part == AIR_PART_THINKING) {
        d->issuer = AIR_COHERE_WIRE;
    }

    return air_json_take(in->r.doc, object, name, in->r.mem, &d->text);
}


/* A piece of content, which opens its block when nothing did. */
static int
air_cohere_in_content(air_cohere_in_t *in, uint32_t index, int start,
    const air_json_node_t *content)
{
    int           rc;
    air_part_e    part;
    air_block_t  *b;
    air_delta_t  *d;

    if (content == NULL || content->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    part = air_json_is(in->r.doc, air_json_get(in->r.doc, content, "type"),
                       "thinking")
           || air_json_given(in->r.doc, content, "thinking") != NULL
           ? AIR_PART_THINKING : AIR_PART_TEXT;

    b = air_cohere_in_find(in, index, 0);

    if (b != NULL && (start || b->part != part)) {
        rc = air_cohere_in_stop(in, b);

        if (rc != AIR_OK) {
            return rc;
        }

        b = NULL;
    }

    if (b == NULL) {
        rc = air_cohere_in_close(in, 0);

        if (rc == AIR_OK) {
            rc = air_cohere_in_open(in, index, part, &b, &d);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return air_cohere_in_text(in, AIR_DELTA_TEXT, b, content,
                              part == AIR_PART_THINKING ? "thinking"
                                                        : "text");
}


static int
air_cohere_in_plan(air_cohere_in_t *in, const air_json_node_t *m)
{
    int           rc;
    air_block_t  *b;
    air_delta_t  *d;

    if (air_json_filled(in->r.doc, m, "tool_plan") == NULL) {
        return AIR_OK;
    }

    b = air_cohere_in_find(in, AIR_COHERE_PLAN_INDEX, 0);

    if (b == NULL) {
        rc = air_cohere_in_open(in, AIR_COHERE_PLAN_INDEX, AIR_PART_THINKING,
                                &b, &d);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    return air_cohere_in_text(in, AIR_DELTA_TEXT, b, m, "tool_plan");
}


static int
air_cohere_in_call(air_cohere_in_t *in, uint32_t index,
    const air_json_node_t *call)
{
    int                     rc;
    air_block_t            *b;
    air_delta_t            *d;
    const air_json_node_t  *function;

    if (call == NULL || call->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    d = NULL;
    b = air_cohere_in_find(in, index, 1);
    rc = b != NULL ? air_cohere_in_stop(in, b) : air_cohere_in_close(in, 0);

    if (rc == AIR_OK) {
        rc = air_cohere_in_open(in, index, AIR_PART_TOOL_CALL, &b, &d);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    function = air_json_get(in->r.doc, call, "function");

    rc = air_json_take(in->r.doc, call, "id", in->r.mem, &d->id);

    if (rc == AIR_OK) {
        rc = air_json_take(in->r.doc, function, "name", in->r.mem, &d->name);
    }

    if (rc == AIR_OK) {
        rc = air_cohere_in_text(in, AIR_DELTA_ARGUMENTS, b, function,
                                "arguments");
    }

    return rc;
}


/* The newest block of text: what is cited is said before. */
static air_block_t *
air_cohere_in_said(air_cohere_in_t *in)
{
    unsigned  i;

    for (i = in->st->in.n; i > 0; i--) {
        if (in->st->in.block[i - 1].part == AIR_PART_TEXT) {
            return &in->st->in.block[i - 1];
        }
    }

    return NULL;
}


static int
air_cohere_in_citation(air_cohere_in_t *in, const air_json_node_t *node)
{
    int                     rc;
    unsigned                i;
    air_block_t            *b;
    air_delta_t            *d;
    air_citation_t         *c;
    const air_json_node_t  *source;

    b = air_cohere_in_said(in);

    if (b == NULL || node == NULL || node->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    source = air_json_first(in->r.doc, air_json_get(in->r.doc, node,
                                                    "sources"));
    i = 0;

    do {
        if (i == AIR_COHERE_SOURCES) {
            air_warnings_addz(&in->st->lost, "citations", AIR_LOST_VALUE);
            break;
        }

        c = air_mem_get(in->r.mem, sizeof(air_citation_t));
        d = air_deltas_block(in->out, AIR_DELTA_CITATION, b);

        if (c == NULL || d == NULL) {
            return AIR_ENOMEM;
        }

        memset(c, 0, sizeof(air_citation_t));
        rc = air_cohere_citation(&in->r, node, source, i++, c);

        if (rc != AIR_OK) {
            return rc;
        }

        d->citation = c;
        d->raw = c->raw;
        d->issuer = AIR_COHERE_WIRE;

        source = air_json_next(in->r.doc, source);

    } while (source != NULL);

    return AIR_OK;
}


static int
air_cohere_in_logprobs(air_cohere_in_t *in, const air_json_node_t *item)
{
    size_t        size;
    unsigned      n;
    air_buf_t     b;
    air_delta_t  *d;

    if (item == NULL || item->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    /* one piece of room, which an item of one token fits in */

    size = air_json_raw(in->r.doc, item).len + 256;
    air_buf_init(&b, in->r.mem, size);

    if (air_buf_reserve(&b, size) != AIR_OK) {
        return AIR_ENOMEM;
    }

    n = 0;
    air_buf_z(&b, "[");
    air_cohere_tokens(in->r.doc, item, &n, &b);
    air_buf_z(&b, "]");

    if (b.error != AIR_OK) {
        air_warnings_addz(&in->st->lost, "logprobs", AIR_LOST_VALUE);
        return AIR_OK;
    }

    if (n == 0) {
        return AIR_OK;
    }

    d = air_deltas_block(in->out, AIR_DELTA_LOGPROBS, NULL);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->raw = air_json_raw(in->r.doc, item);
    d->text = air_buf_view(&b);
    d->issuer = AIR_COHERE_WIRE;

    return AIR_OK;
}


static int
air_cohere_in_error(air_cohere_in_t *in, const air_json_node_t *delta)
{
    air_delta_t  *d;
    air_error_t  *e;

    e = &in->st->error;

    memset(e, 0, sizeof(air_error_t));
    e->fault = AIR_FAULT_SERVER;
    e->status = air_fault_row(e->fault)->status;
    e->message = air_str_z(air_fault_row(e->fault)->message);

    if (air_json_filled(in->r.doc, delta, "error") != NULL
        && air_json_take(in->r.doc, delta, "error", in->r.mem, &e->message)
           != AIR_OK)
    {
        return AIR_ENOMEM;
    }

    in->st->in.ended = 1;
    d = air_deltas_block(in->out, AIR_DELTA_ERROR, NULL);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->error = e;

    return AIR_OK;
}


static int
air_cohere_in_end(air_cohere_in_t *in, const air_json_node_t *delta)
{
    int           rc;
    air_delta_t  *d;
    air_finish_e  finish;

    finish = air_cohere_finish(in->r.doc, air_json_get(in->r.doc, delta,
                                                       "finish_reason"));

    if (finish == AIR_FINISH_ERROR
        || air_json_filled(in->r.doc, delta, "error") != NULL)
    {
        return air_cohere_in_error(in, delta);
    }

    rc = air_cohere_in_close(in, 1);

    if (rc != AIR_OK) {
        return rc;
    }

    if (finish != AIR_FINISH_NONE) {

        d = air_deltas_block(in->out, AIR_DELTA_FINISH, NULL);

        if (d == NULL) {
            return AIR_ENOMEM;
        }

        in->st->in.finished = 1;
        d->finish = finish;
        d->issuer = AIR_COHERE_WIRE;

        rc = air_json_take(in->r.doc, delta, "finish_reason", in->r.mem,
                           &d->native);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    if (air_cohere_usage(in->r.doc, air_json_given(in->r.doc, delta,
                                                   "usage"),
                         &in->st->usage))
    {
        d = air_deltas_block(in->out, AIR_DELTA_USAGE, NULL);

        if (d == NULL) {
            return AIR_ENOMEM;
        }

        d->usage = &in->st->usage;
    }

    in->st->in.ended = 1;

    return air_deltas_block(in->out, AIR_DELTA_END, NULL) ? AIR_OK : AIR_ENOMEM;
}


static int
air_cohere_in_event(air_cohere_in_t *in, const air_json_node_t *root)
{
    int                     rc;
    uint64_t                index;
    air_block_t            *b;
    air_delta_t            *d;
    const air_json_node_t  *type, *delta, *m, *node;

    type = air_json_get(in->r.doc, root, "type");
    delta = air_json_given(in->r.doc, root, "delta");
    m = air_json_given(in->r.doc, delta, "message");

    index = 0;
    (void) air_json_uint(in->r.doc, air_json_get(in->r.doc, root, "index"),
                         &index);

    if (air_json_is(in->r.doc, type, "content-delta")
        || air_json_is(in->r.doc, type, "content-start"))
    {
        rc = air_cohere_in_content(in, (uint32_t) index,
                                   air_json_is(in->r.doc, type,
                                               "content-start"),
                                   air_json_given(in->r.doc, m, "content"));

        return rc == AIR_OK
               ? air_cohere_in_logprobs(in, air_json_given(in->r.doc, root,
                                                           "logprobs"))
               : rc;
    }

    node = air_json_given(in->r.doc, m, "tool_calls");

    if (air_json_is(in->r.doc, type, "tool-call-delta")) {

        b = air_cohere_in_find(in, (uint32_t) index, 1);

        return b != NULL
               ? air_cohere_in_text(in, AIR_DELTA_ARGUMENTS, b,
                                    air_json_get(in->r.doc, node,
                                                 "function"), "arguments")
               : AIR_OK;
    }

    if (air_json_is(in->r.doc, type, "tool-plan-delta")) {
        return air_cohere_in_plan(in, m);
    }

    if (air_json_is(in->r.doc, type, "tool-call-start")) {
        return air_cohere_in_call(in, (uint32_t) index, node);
    }

    if (air_json_is(in->r.doc, type, "content-end")
        || air_json_is(in->r.doc, type, "tool-call-end"))
    {
        b = air_cohere_in_find(in, (uint32_t) index,
                               air_json_is(in->r.doc, type,
                                           "tool-call-end"));

        return b != NULL ? air_cohere_in_stop(in, b) : AIR_OK;
    }

    if (air_json_is(in->r.doc, type, "citation-start")) {
        return air_cohere_in_citation(in, air_json_given(in->r.doc, m,
                                                         "citations"));
    }

    if (air_json_is(in->r.doc, type, "message-end")) {
        return air_cohere_in_end(in, delta);
    }

    if (!air_json_is(in->r.doc, type, "message-start")
        || in->st->in.started)
    {
        return AIR_OK;
    }

    in->st->in.started = 1;
    d = air_deltas_block(in->out, AIR_DELTA_START, NULL);

    return d != NULL
           ? air_json_take(in->r.doc, root, "id", in->r.mem, &d->id)
           : AIR_ENOMEM;
}


int
air_cohere_event_read(air_stream_t *st, const air_sse_event_t *ev,
    const air_profile_t *profile, air_deltas_t *out)
{
    int                     rc;
    air_cohere_in_t         in;
    const air_json_node_t  *root;

    (void) profile;               /* one wire, one way to speak it */

    out->n = 0;

    if (st->in.ended || air_str_eqz(ev->data, "[DONE]")) {
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

    return air_cohere_in_event(&in, root);
}
