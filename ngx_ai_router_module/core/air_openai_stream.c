
/*
 * Streams of the OpenAI wire to neutral deltas.
 *
 * The wire has no blocks: text, reasoning and calls are members of deltas
 * that come in any order.  The reader opens a block when the first piece of
 * its kind comes and closes text and thinking when another kind begins;
 * calls stay open until the choice's finish, because their pieces may
 * interleave.
 *
 *     (nothing) --piece--> text or thinking open --other kind--> closed
 *     (nothing) --id or name--> call open --finish--> closed
 */

#include "air_openai.h"


#define AIR_OPENAI_WIRE  "openai"


typedef struct {
    air_stream_t       *st;
    air_deltas_t       *out;
    air_openai_read_t   r;
    uint32_t            choice;
} air_openai_in_t;


static int air_openai_in_end(air_openai_in_t *in);
static int air_openai_in_start(air_openai_in_t *in,
    const air_json_node_t *root);
static int air_openai_in_usage(air_openai_in_t *in,
    const air_json_node_t *root, const air_profile_t *profile);
static int air_openai_in_choice(air_openai_in_t *in,
    const air_json_node_t *c);
static int air_openai_in_delta(air_openai_in_t *in,
    const air_json_node_t *delta);
static int air_openai_in_calls(air_openai_in_t *in,
    const air_json_node_t *list);
static int air_openai_in_call(air_openai_in_t *in, uint32_t index,
    const air_json_node_t *id, const air_json_node_t *f, const char *input,
    const air_json_node_t *call);
static int air_openai_in_details(air_openai_in_t *in,
    const air_json_node_t *list, int told);


static air_delta_t *
air_openai_in_add(air_openai_in_t *in, air_delta_e type, uint32_t block,
    air_part_e part)
{
    air_delta_t  *d;

    d = air_deltas_add(in->out, type);

    if (d != NULL) {
        d->choice = in->choice;
        d->block = block;
        d->part = part;
    }

    return d;
}


/* Closes the choice's open blocks that are not of the kind part; calls are
   closed only when all is set. */
static int
air_openai_in_close(air_openai_in_t *in, int part, int all)
{
    unsigned      i;
    air_block_t  *b;

    for (i = 0; i < in->st->in.n; i++) {

        b = &in->st->in.block[i];

        if (!b->open || b->choice != in->choice || (int) b->part == part
            || (b->part == AIR_PART_TOOL_CALL && !all))
        {
            continue;
        }

        b->open = 0;

        if (air_openai_in_add(in, AIR_DELTA_BLOCK_END, b->block, b->part)
            == NULL)
        {
            return AIR_ENOMEM;
        }
    }

    return AIR_OK;
}


/* The open block of that kind, opened when there is none. */
static air_block_t *
air_openai_in_open(air_openai_in_t *in, air_part_e part, uint32_t index,
    int *rc)
{
    air_block_t  *b;
    air_delta_t  *d;

    b = air_side_find(&in->st->in, in->choice, index, part);

    if (b != NULL && b->open) {
        *rc = AIR_OK;
        return b;
    }

    *rc = air_openai_in_close(in, -1, 0);

    if (*rc != AIR_OK) {
        return NULL;
    }

    b = air_side_add(&in->st->in, in->st->mem, in->choice, index, part, rc);

    if (b == NULL) {
        return NULL;
    }

    d = air_openai_in_add(in, AIR_DELTA_BLOCK, b->block, part);

    if (d == NULL) {
        *rc = AIR_ENOMEM;
        return NULL;
    }

    return b;
}


/* A piece of text for the block of that kind; empty ones are passed over. */
static int
air_openai_in_text(air_openai_in_t *in, const air_json_node_t *object,
    const char *name, air_part_e part)
{
    int           rc;
    air_str_t     text;
    air_block_t  *b;
    air_delta_t  *d;

    if (air_json_filled(in->r.doc, object, name) == NULL) {
        return AIR_OK;
    }

    rc = air_json_take(in->r.doc, object, name, in->r.mem, &text);

    if (rc != AIR_OK) {
        return rc;
    }

    b = air_openai_in_open(in, part, 0, &rc);

    if (b == NULL) {
        return rc;
    }

    d = air_openai_in_add(in, AIR_DELTA_TEXT, b->block, part);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->text = text;

    return AIR_OK;
}


int
air_openai_event_read(air_stream_t *st, const air_sse_event_t *ev,
    const air_profile_t *profile, air_deltas_t *out)
{
    int                     rc;
    air_str_t               s;
    air_openai_in_t         in;
    const air_json_node_t  *root, *node;

    out->n = 0;
    s = ev->data;

    while (s.len && s.data[0] == ' ') {
        s.data++;
        s.len--;
    }

    if (!ev->has_data || s.len == 0) {
        return air_deltas_add(out, AIR_DELTA_PING) ? AIR_OK : AIR_ENOMEM;
    }

    memset(&in, 0, sizeof(air_openai_in_t));

    in.st = st;
    in.out = out;
    in.r.doc = &st->doc;
    in.r.mem = &st->scratch;

    if (st->in.ended) {
        return AIR_OK;     /* data after the end says nothing */
    }

    if (s.len >= 6 && memcmp(s.data, "[DONE]", 6) == 0) {
        return air_openai_in_end(&in);
    }

    rc = air_stream_event_read(st, ev->type, s, out, &root);

    if (rc != AIR_OK || root == NULL) {
        return rc;
    }

    node = air_json_get(&st->doc, root, "choices");

    if (!st->in.started
        && ((node != NULL && node->type == AIR_JSON_ARRAY && node->count)
            || air_json_filled(&st->doc, root, "id") != NULL))
    {
        rc = air_openai_in_start(&in, root);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    if (node != NULL && node->type == AIR_JSON_ARRAY) {

        for (node = air_json_first(&st->doc, node);
             node != NULL;
             node = air_json_next(&st->doc, node))
        {
            if (node->type != AIR_JSON_OBJECT) {
                continue;
            }

            rc = air_openai_in_choice(&in, node);

            if (rc != AIR_OK) {
                return rc;
            }
        }
    }

    return air_openai_in_usage(&in, root, profile);
}


static int
air_openai_in_end(air_openai_in_t *in)
{
    int            rc;
    unsigned       i;
    air_stream_t  *st;

    st = in->st;

    for (i = 0; i < st->in.n; i++) {

        if (!st->in.block[i].open) {
            continue;
        }

        in->choice = st->in.block[i].choice;
        rc = air_openai_in_close(in, -1, 1);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    st->in.ended = 1;

    return air_deltas_add(in->out, AIR_DELTA_END) ? AIR_OK : AIR_ENOMEM;
}


/* Azure's first chunk is nameless: the name comes with the next. */
static int
air_openai_in_start(air_openai_in_t *in, const air_json_node_t *root)
{
    int           rc;
    air_delta_t  *d;

    in->st->in.started = 1;
    d = air_deltas_add(in->out, AIR_DELTA_START);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    rc = air_json_take(in->r.doc, root, "id", in->r.mem, &d->id);

    if (rc == AIR_OK) {
        rc = air_json_take(in->r.doc, root, "model", in->r.mem, &d->model);
    }

    (void) air_json_uint(in->r.doc, air_json_get(in->r.doc, root, "created"),
                         &d->created);

    return rc;
}


/* Of reports that contradict each other the greatest counts. */
static int
air_openai_in_usage(air_openai_in_t *in, const air_json_node_t *root,
    const air_profile_t *profile)
{
    air_usage_t    usage;
    air_delta_t   *d;
    air_stream_t  *st;

    st = in->st;
    air_openai_usage(&st->doc, root, profile, &usage);

    if (!usage.seen
        || (st->usage.seen
            && air_usage_input(&usage) + air_usage_output(&usage)
               < air_usage_input(&st->usage) + air_usage_output(&st->usage)))
    {
        return AIR_OK;
    }

    st->usage = usage;
    d = air_deltas_add(in->out, AIR_DELTA_USAGE);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->usage = &st->usage;

    return air_json_take(in->r.doc, root, "service_tier", in->r.mem,
                         &d->service_tier);
}


static int
air_openai_in_choice(air_openai_in_t *in, const air_json_node_t *c)
{
    int                     rc;
    uint64_t                index;
    air_delta_t            *d;
    air_finish_e            finish;
    const air_json_node_t  *node;

    index = 0;
    (void) air_json_uint(in->r.doc, air_json_get(in->r.doc, c, "index"),
                         &index);
    in->choice = (uint32_t) index;

    node = air_json_get(in->r.doc, c, "delta");

    if (node == NULL || node->type != AIR_JSON_OBJECT) {
        node = air_json_get(in->r.doc, c, "message");
    }

    rc = AIR_OK;

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        rc = air_openai_in_delta(in, node);
    }

    if (rc == AIR_OK) {
        /* legacy completions */
        rc = air_openai_in_text(in, c, "text", AIR_PART_TEXT);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    node = air_json_given(in->r.doc, c, "logprobs");

    if (node != NULL && node->type == AIR_JSON_OBJECT) {

        d = air_openai_in_add(in, AIR_DELTA_LOGPROBS, 0, AIR_PART_TEXT);

        if (d == NULL) {
            return AIR_ENOMEM;
        }

        d->raw = air_json_raw(in->r.doc, node);
        d->issuer = AIR_OPENAI_WIRE;
        node = air_json_get(in->r.doc, node, "content");

        if (node != NULL && node->type == AIR_JSON_ARRAY) {
            d->text = air_json_raw(in->r.doc, node);
        }
    }

    node = air_json_get(in->r.doc, c, "finish_reason");
    finish = air_openai_finish(in->r.doc, node);

    /* OpenRouter says it twice: with the last text and with the usage */

    if (finish == AIR_FINISH_NONE
        || (index < 64 && (in->st->in.done & (uint64_t) 1 << index)))
    {
        return AIR_OK;
    }

    if (index < 64) {
        in->st->in.done |= (uint64_t) 1 << index;
    }

    rc = air_openai_in_close(in, -1, 1);

    if (rc != AIR_OK) {
        return rc;
    }

    d = air_openai_in_add(in, AIR_DELTA_FINISH, 0, AIR_PART_TEXT);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->finish = finish;
    in->st->in.finished = 1;

    rc = air_json_take(in->r.doc, c, "finish_reason", in->r.mem, &d->native);

    if (rc == AIR_OK
        && air_json_filled(in->r.doc, c, "native_finish_reason") != NULL)
    {
        rc = air_json_take(in->r.doc, c, "native_finish_reason", in->r.mem,
                           &d->native);
    }

    return rc;
}


/* Mistral: content as a list of text and thinking. */
static int
air_openai_in_parts(air_openai_in_t *in, const air_json_node_t *list)
{
    int                     rc;
    const air_json_node_t  *part, *inner;

    for (part = air_json_first(in->r.doc, list);
         part != NULL;
         part = air_json_next(in->r.doc, part))
    {
        if (part->type != AIR_JSON_OBJECT) {
            continue;
        }

        inner = air_json_get(in->r.doc, part, "thinking");
        rc = AIR_OK;

        if (inner != NULL && inner->type == AIR_JSON_ARRAY) {

            for (inner = air_json_first(in->r.doc, inner);
                 inner != NULL && rc == AIR_OK;
                 inner = air_json_next(in->r.doc, inner))
            {
                if (inner->type == AIR_JSON_OBJECT) {
                    rc = air_openai_in_text(in, inner, "text",
                                            AIR_PART_THINKING);
                }
            }

        } else {
            rc = air_openai_in_text(in, part, "text", AIR_PART_TEXT);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


/* Images come whole, each a block of its own. */
static int
air_openai_in_images(air_openai_in_t *in, const air_json_node_t *list)
{
    int                     rc;
    air_str_t               url;
    air_media_t             media;
    air_block_t            *b;
    air_delta_t            *d;
    const air_json_node_t  *node;

    for (node = air_json_first(in->r.doc, list);
         node != NULL;
         node = air_json_next(in->r.doc, node))
    {
        url = air_str_n(NULL, 0);
        rc = air_json_take(in->r.doc,
                           air_json_get(in->r.doc, node,
                                                 "image_url"),
                           "url", in->r.mem, &url);

        if (rc != AIR_OK) {
            return rc;
        }

        memset(&media, 0, sizeof(air_media_t));
        air_msg_url(&media, url);

        if (media.data.len == 0) {
            continue;
        }

        b = air_openai_in_open(in, AIR_PART_IMAGE, in->st->in.next, &rc);

        if (b == NULL) {
            return rc;
        }

        in->out->d[in->out->n - 1].media_type = media.type;

        d = air_openai_in_add(in, AIR_DELTA_DATA, b->block, AIR_PART_IMAGE);

        if (d == NULL) {
            return AIR_ENOMEM;
        }

        d->text = media.data;
        d->media_type = media.type;
    }

    return AIR_OK;
}


static int
air_openai_in_audio(air_openai_in_t *in, const air_json_node_t *audio)
{
    int           rc;
    air_str_t     data;
    air_block_t  *b;
    air_delta_t  *d;

    rc = air_openai_in_text(in, audio, "transcript", AIR_PART_AUDIO);

    if (rc != AIR_OK || air_json_filled(in->r.doc, audio, "data") == NULL) {
        return rc;
    }

    rc = air_json_take(in->r.doc, audio, "data", in->r.mem, &data);

    if (rc != AIR_OK) {
        return rc;
    }

    b = air_openai_in_open(in, AIR_PART_AUDIO, 0, &rc);

    if (b == NULL) {
        return rc;
    }

    d = air_openai_in_add(in, AIR_DELTA_DATA, b->block, AIR_PART_AUDIO);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->text = data;

    return AIR_OK;
}


static int
air_openai_in_cited(air_openai_in_t *in, const air_json_node_t *list)
{
    air_delta_t            *d;
    air_block_t            *b;
    const air_json_node_t  *node;

    for (node = air_json_first(in->r.doc, list);
         node != NULL;
         node = air_json_next(in->r.doc, node))
    {
        b = air_side_find(&in->st->in, in->choice, 0, AIR_PART_TEXT);
        d = air_openai_in_add(in, AIR_DELTA_CITATION, b ? b->block : 0,
                              AIR_PART_TEXT);
        if (d == NULL) {
            return AIR_ENOMEM;
        }

        /* raw says all; the rest is for other wires: they come one by one */

        d->raw = air_json_quoted(in->r.doc, node);
        d->issuer = AIR_OPENAI_WIRE;

        if (list->count == 1) {

            memset(&in->st->citation, 0, sizeof(air_citation_t));

            if (air_openai_citation(&in->r, node, &in->st->citation)
                != AIR_OK)
            {
                return AIR_ENOMEM;
            }

            d->citation = &in->st->citation;
        }
    }

    return AIR_OK;
}


static int
air_openai_in_delta(air_openai_in_t *in, const air_json_node_t *delta)
{
    int                     rc, told;
    const air_json_node_t  *node;

    told = 0;

    if (air_json_filled(in->r.doc, delta, "reasoning_content") != NULL) {
        rc = air_openai_in_text(in, delta, "reasoning_content",
                                AIR_PART_THINKING);
        told = 1;

    } else {
        rc = air_openai_in_text(in, delta, "reasoning", AIR_PART_THINKING);
        told = air_json_filled(in->r.doc, delta, "reasoning") != NULL;
    }

    node = air_json_get(in->r.doc, delta, "reasoning_details");

    if (rc == AIR_OK && node != NULL && node->type == AIR_JSON_ARRAY) {
        rc = air_openai_in_details(in, node, told);
    }

    node = air_json_get(in->r.doc, delta, "content");

    if (rc == AIR_OK && node != NULL && node->type == AIR_JSON_ARRAY) {
        rc = air_openai_in_parts(in, node);

    } else if (rc == AIR_OK) {
        rc = air_openai_in_text(in, delta, "content", AIR_PART_TEXT);
    }

    if (rc == AIR_OK) {
        rc = air_openai_in_text(in, delta, "refusal", AIR_PART_REFUSAL);
    }

    node = air_json_get(in->r.doc, delta, "audio");

    if (rc == AIR_OK && node != NULL && node->type == AIR_JSON_OBJECT) {
        rc = air_openai_in_audio(in, node);
    }

    node = air_json_get(in->r.doc, delta, "images");

    if (rc == AIR_OK && node != NULL && node->type == AIR_JSON_ARRAY) {
        rc = air_openai_in_images(in, node);
    }

    node = air_json_get(in->r.doc, delta, "annotations");

    if (rc == AIR_OK && node != NULL && node->type == AIR_JSON_ARRAY) {
        rc = air_openai_in_cited(in, node);
    }

    node = air_json_get(in->r.doc, delta, "tool_calls");

    if (rc == AIR_OK && node != NULL && node->type == AIR_JSON_ARRAY) {
        rc = air_openai_in_calls(in, node);
    }

    node = air_json_get(in->r.doc, delta, "function_call");

    if (rc == AIR_OK && node != NULL && node->type == AIR_JSON_OBJECT
        && (air_json_filled(in->r.doc, node, "name") != NULL
            || air_json_filled(in->r.doc, node, "arguments") != NULL))
    {
        rc = air_openai_in_call(in, 0, NULL, node, "arguments", NULL);
    }

    return rc;
}


/* Signatures and encrypted thinking; its text when no string told it. */
static int
air_openai_in_details(air_openai_in_t *in, const air_json_node_t *list,
    int told)
{
    int                     rc;
    air_str_t               format;
    air_block_t            *b;
    air_delta_t            *d;
    const air_json_node_t  *node;

    for (node = air_json_first(in->r.doc, list);
         node != NULL;
         node = air_json_next(in->r.doc, node))
    {
        if (node->type != AIR_JSON_OBJECT) {
            continue;
        }

        rc = AIR_OK;
        format = air_str_n(NULL, 0);

        if (!told) {
            rc = air_openai_in_text(in, node, "text", AIR_PART_THINKING);

            if (rc == AIR_OK) {
                rc = air_openai_in_text(in, node, "summary",
                                        AIR_PART_THINKING);
            }
        }

        if (rc == AIR_OK) {
            rc = air_json_take(in->r.doc, node, "format", in->r.mem, &format);
        }

        if (rc != AIR_OK) {
            return rc;
        }

        if (air_json_filled(in->r.doc, node, "signature") != NULL) {

            b = air_openai_in_open(in, AIR_PART_THINKING, 0, &rc);

            if (b == NULL) {
                return rc;
            }

            d = air_openai_in_add(in, AIR_DELTA_SIGNATURE, b->block,
                                  AIR_PART_THINKING);
            if (d == NULL) {
                return AIR_ENOMEM;
            }

            d->issuer = air_openai_issuer(format);
            rc = air_json_take(in->r.doc, node, "signature", in->r.mem,
                               &d->text);
        }

        if (rc == AIR_OK
            && air_json_filled(in->r.doc, node, "data") != NULL)
        {
            b = air_openai_in_open(in, AIR_PART_REDACTED, 0, &rc);

            if (b == NULL) {
                return rc;
            }

            d = air_openai_in_add(in, AIR_DELTA_DATA, b->block,
                                  AIR_PART_REDACTED);
            if (d == NULL) {
                return AIR_ENOMEM;
            }

            d->issuer = air_openai_issuer(format);
            rc = air_json_take(in->r.doc, node, "data", in->r.mem, &d->text);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static int
air_openai_in_calls(air_openai_in_t *in, const air_json_node_t *list)
{
    int                     rc;
    unsigned                i;
    uint64_t                index;
    const char             *input;
    const air_json_node_t  *call, *f;

    i = 0;

    for (call = air_json_first(in->r.doc, list);
         call != NULL;
         call = air_json_next(in->r.doc, call), i++)
    {
        if (call->type != AIR_JSON_OBJECT) {
            continue;
        }

        /* Mistral may leave the index out: then the place counts */

        index = i;
        (void) air_json_uint(in->r.doc, air_json_get(in->r.doc, call,
                                                     "index"), &index);
        f = air_json_get(in->r.doc, call, "function");
        input = "arguments";

        if (f == NULL || f->type != AIR_JSON_OBJECT
            || air_json_filled(in->r.doc, air_json_get(in->r.doc, call,
                                                         "custom"), "name")
               != NULL)
        {
            f = air_json_get(in->r.doc, call, "custom");
            input = "input";
        }

        rc = air_openai_in_call(in, (uint32_t) index,
                                air_json_filled(in->r.doc, call, "id"), f,
                                input, call);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


/* FNV-1a: tells ids apart, remembers none. */
static uint32_t
air_openai_tag(air_str_t s)
{
    size_t    i;
    uint32_t  h;

    h = 2166136261u;

    for (i = 0; i < s.len; i++) {
        h = (h ^ s.data[i]) * 16777619u;
    }

    return h ? h : 1;
}


static int
air_openai_in_call(air_openai_in_t *in, uint32_t index,
    const air_json_node_t *id, const air_json_node_t *f, const char *input,
    const air_json_node_t *call)
{
    int                     rc;
    uint32_t                tag;
    air_str_t               text;
    air_block_t            *b;
    air_delta_t            *d;
    const air_json_node_t  *node;

    rc = AIR_OK;
    tag = id ? air_openai_tag(air_json_raw(in->r.doc, id)) : 0;
    b = air_side_find(&in->st->in, in->choice, index, AIR_PART_TOOL_CALL);

    /* an index that comes again with another id is another call */

    if (b != NULL && b->open && tag != 0 && b->tag != 0 && b->tag != tag) {

        b->open = 0;

        if (air_openai_in_add(in, AIR_DELTA_BLOCK_END, b->block, b->part)
            == NULL)
        {
            return AIR_ENOMEM;
        }
    }

    if (b == NULL || !b->open) {

        b = air_openai_in_open(in, AIR_PART_TOOL_CALL, index, &rc);

        if (b == NULL) {
            return rc;
        }

        b->tag = tag;
        d = &in->out->d[in->out->n - 1];
        d->custom = input[0] == 'i';

        if (id != NULL) {
            rc = air_json_string(in->r.doc, id, in->r.mem, &d->id);
        }

        if (rc == AIR_OK) {
            rc = air_json_take(in->r.doc, f, "name", in->r.mem, &d->name);
        }

        if (rc != AIR_OK) {
            return rc;
        }

        node = air_json_get(in->r.doc, air_json_get(in->r.doc, call,
                                                    "extra_content"),
                            "google");

        if (air_json_filled(in->r.doc, node, "thought_signature") != NULL) {

            d = air_openai_in_add(in, AIR_DELTA_SIGNATURE, b->block,
                                  AIR_PART_TOOL_CALL);
            if (d == NULL) {
                return AIR_ENOMEM;
            }

            d->issuer = "gemini";
            rc = air_json_take(in->r.doc, node, "thought_signature",
                               in->r.mem, &d->text);

            if (rc != AIR_OK) {
                return rc;
            }
        }
    }

    node = air_json_get(in->r.doc, f, input);

    if (node == NULL || node->end == node->start) {
        return AIR_OK;
    }

    if (node->type == AIR_JSON_OBJECT) {
        text = air_json_raw(in->r.doc, node);

    } else if (node->type == AIR_JSON_STRING) {
        rc = air_json_string(in->r.doc, node, in->r.mem, &text);

        if (rc != AIR_OK) {
            return rc;
        }

    } else {
        return AIR_OK;
    }

    d = air_openai_in_add(in, AIR_DELTA_ARGUMENTS, b->block,
                          AIR_PART_TOOL_CALL);
    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->text = text;

    return AIR_OK;
}
