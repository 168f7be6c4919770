
/*
 * Streams of Gemini's wire to neutral deltas.  Each chunk is a reply of its
 * own with the next parts; there is no end mark, the last chunk has the
 * reason why it ended.  Blocks are made here: text goes on until something
 * else comes.
 *
 * A text's signature stands for the whole of it and comes in any of its
 * chunks, often in one without words, so it is held until the text is over.
 */

#include "air_gemini_args.h"


#define AIR_GEMINI_SIGNATURE  (1024 * 1024)


/* What is known of a stream beside its blocks. */
typedef struct {
    uint64_t           seed;      /* of ids for calls                       */
    uint64_t           calls;     /* choices that have any                  */
    unsigned           ncalls;
    unsigned           cited:1;
    unsigned           spent:1;   /* what is held was said in this event    */
    uint32_t           choice;    /* whose text is signed                   */
    air_buf_t          held;      /* with that                              */
    air_buf_t          tokens;    /* of one event                           */
    air_buf_t          json;      /* of one event                           */
    air_gemini_args_t  args;      /* of the call that is not whole          */
    air_mem_t          mem;       /* room for a part                        */
    unsigned           used;
    air_part_t         room[2];
} air_gemini_live_t;


typedef struct {
    air_stream_t       *st;
    air_deltas_t       *out;
    air_gemini_live_t  *live;
    air_gemini_read_t   r;
    uint32_t            choice;
} air_gemini_in_t;


/* Memory for the parts that one part makes, taken back by the next. */
static void *
air_gemini_room(void *ud, size_t size)
{
    air_gemini_live_t *live = ud;

    if (size > sizeof(air_part_t) || live->used == 2) {
        return NULL;
    }

    return &live->room[live->used++];
}


static air_gemini_live_t *
air_gemini_live(air_stream_t *st)
{
    air_gemini_live_t  *live;

    if (st->in.own != NULL) {
        return st->in.own;
    }

    live = air_mem_get(st->mem, sizeof(air_gemini_live_t));

    if (live == NULL) {
        return NULL;
    }

    memset(live, 0, sizeof(air_gemini_live_t));

    air_buf_init(&live->held, st->mem, AIR_GEMINI_SIGNATURE);
    air_buf_init(&live->tokens, st->mem, SIZE_MAX / 2);
    air_buf_init(&live->json, st->mem, SIZE_MAX / 2);
    air_gemini_args_init(&live->args, st->mem);

    live->mem.alloc = air_gemini_room;
    live->mem.ud = live;

    st->in.own = live;

    return live;
}


static air_delta_t *
air_gemini_in_add(air_gemini_in_t *in, air_delta_e type,
    const air_block_t *b)
{
    air_delta_t  *d;

    d = air_deltas_add(in->out, type);

    if (d != NULL) {
        d->choice = in->choice;

        if (b != NULL) {
            d->block = b->block;
            d->part = b->part;
        }
    }

    return d;
}


/* A new open block and its delta, or NULL with *rc. */
static air_block_t *
air_gemini_in_open(air_gemini_in_t *in, air_part_e part, air_delta_t **d,
    int *rc)
{
    air_block_t  *b;

    b = air_side_add(&in->st->in, in->st->mem, in->choice, 0, part, rc);

    if (b == NULL) {
        return NULL;
    }

    *d = air_gemini_in_add(in, AIR_DELTA_BLOCK, b);

    if (*d == NULL) {
        *rc = AIR_ENOMEM;
        return NULL;
    }

    return b;
}


static int
air_gemini_in_end(air_gemini_in_t *in, air_block_t *b)
{
    b->open = 0;

    return air_gemini_in_add(in, AIR_DELTA_BLOCK_END, b) ? AIR_OK
                                                         : AIR_ENOMEM;
}


/* A delta with text of a block. */
static int
air_gemini_in_say(air_gemini_in_t *in, air_delta_e type, const air_block_t *b,
    air_str_t text)
{
    air_delta_t  *d;

    d = air_gemini_in_add(in, type, b);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->text = text;

    if (type == AIR_DELTA_SIGNATURE || b->part == AIR_PART_REDACTED) {
        d->issuer = AIR_GEMINI_WIRE;
    }

    return AIR_OK;
}


/* Thinking that is nothing but a text's signature. */
static int
air_gemini_in_apart(air_gemini_in_t *in, air_str_t signature)
{
    int           rc;
    air_block_t  *b;
    air_delta_t  *d;

    b = air_gemini_in_open(in, AIR_PART_THINKING, &d, &rc);

    if (b == NULL) {
        return rc;
    }

    rc = air_gemini_in_say(in, AIR_DELTA_SIGNATURE, b, signature);

    return rc == AIR_OK ? air_gemini_in_end(in, b) : rc;
}


/* What is held of the choice goes out, from memory that stays. */
static int
air_gemini_in_release(air_gemini_in_t *in)
{
    air_gemini_live_t  *live;

    live = in->live;

    if (live->held.len == 0 || live->spent || live->choice != in->choice) {
        return AIR_OK;
    }

    live->spent = 1;

    return air_gemini_in_apart(in, air_buf_view(&live->held));
}


/* The open block of the choice, or NULL. */
static air_block_t *
air_gemini_in_now(air_gemini_in_t *in)
{
    unsigned      i;
    air_block_t  *b;

    for (i = in->st->in.n; i > 0; i--) {

        b = &in->st->in.block[i - 1];

        if (b->choice == in->choice) {
            return b->open ? b : NULL;
        }
    }

    return NULL;
}


/* The arguments of a call that came in pieces are whole. */
static int
air_gemini_in_whole(air_gemini_in_t *in, air_block_t *b)
{
    int                 rc;
    size_t              at;
    air_gemini_live_t  *live;

    live = in->live;
    at = live->json.len;          /* several in one event: one by one       */

    rc = air_gemini_args_write(&live->args, &live->json);

    if (rc == AIR_OK) {
        rc = air_gemini_in_say(in, AIR_DELTA_ARGUMENTS, b,
                               air_str_n(live->json.data + at,
                                         live->json.len - at));
    }

    air_gemini_args_init(&live->args, in->st->mem);

    return rc;
}


/* Closes what is open, with what is held behind it. */
static int
air_gemini_in_close(air_gemini_in_t *in)
{
    int           rc;
    air_block_t  *b;

    b = air_gemini_in_now(in);
    rc = AIR_OK;

    if (b != NULL) {

        if (b->part == AIR_PART_TOOL_CALL) {
            rc = air_gemini_in_whole(in, b);
        }

        if (rc == AIR_OK) {
            rc = air_gemini_in_end(in, b);
        }
    }

    return rc == AIR_OK ? air_gemini_in_release(in) : rc;
}


/* ----------------------------------------------------------------- parts */


static int
air_gemini_in_hold(air_gemini_in_t *in, air_str_t signature)
{
    int                 rc;
    air_gemini_live_t  *live;

    live = in->live;

    if (live->held.len != 0 && !live->spent) {

        if (live->choice != in->choice) {
            return air_gemini_in_apart(in, signature);
        }

        /* two texts side by side, each signed */

        rc = air_gemini_in_close(in);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    if (live->spent) {

        /* deltas of this event borrow it */

        air_buf_init(&live->held, in->st->mem, AIR_GEMINI_SIGNATURE);
        live->spent = 0;
    }

    live->choice = in->choice;

    return air_buf_str(&live->held, signature);
}


static int
air_gemini_in_text(air_gemini_in_t *in, const air_part_t *p,
    air_str_t signature)
{
    int           rc;
    air_block_t  *b;
    air_delta_t  *d;

    rc = AIR_OK;
    b = air_gemini_in_now(in);

    if (b != NULL && b->part != p->type) {
        rc = air_gemini_in_close(in);
        b = NULL;
    }

    if (rc == AIR_OK && b == NULL
        && (p->text.len != 0 || (p->type == AIR_PART_THINKING
                                 && signature.len != 0)))
    {
        b = air_gemini_in_open(in, p->type, &d, &rc);
    }

    if (rc == AIR_OK && p->text.len != 0) {
        rc = air_gemini_in_say(in, AIR_DELTA_TEXT, b, p->text);
    }

    if (rc == AIR_OK && signature.len != 0) {
        rc = p->type == AIR_PART_THINKING
             ? air_gemini_in_say(in, AIR_DELTA_SIGNATURE, b, signature)
             : air_gemini_in_hold(in, signature);
    }

    return rc;
}


/* A call; one in pieces stays open. */
static int
air_gemini_in_call(air_gemini_in_t *in, const air_part_t *p, int open)
{
    int           rc;
    air_block_t  *b;
    air_delta_t  *d;

    rc = air_gemini_in_close(in);

    if (rc == AIR_OK && p->signature.len != 0) {

        b = air_gemini_in_open(in, AIR_PART_REDACTED, &d, &rc);

        if (b == NULL) {
            return rc;
        }

        d->id = p->id;
        rc = air_gemini_in_say(in, AIR_DELTA_DATA, b, p->signature);

        if (rc == AIR_OK) {
            in->out->d[in->out->n - 1].id = p->id;
            rc = air_gemini_in_end(in, b);
        }
    }

    if (rc != AIR_OK) {
        return rc;
    }

    b = air_gemini_in_open(in, AIR_PART_TOOL_CALL, &d, &rc);

    if (b == NULL) {
        return rc;
    }

    d->id = p->id;
    d->name = p->name;

    in->live->calls |= in->choice < 64 ? (uint64_t) 1 << in->choice : 0;

    if (p->signature.len != 0) {
        rc = air_gemini_in_say(in, AIR_DELTA_SIGNATURE, b, p->signature);
        in->out->d[in->out->n - 1].said = 1;
    }

    if (rc != AIR_OK || open) {
        return rc;
    }

    rc = air_gemini_in_say(in, AIR_DELTA_ARGUMENTS, b,
                           p->arguments.len ? p->arguments
                                            : air_str_z("{}"));

    return rc == AIR_OK ? air_gemini_in_end(in, b) : rc;
}


/* Media, and what only this wire has: a block that comes whole. */
static int
air_gemini_in_lump(air_gemini_in_t *in, const air_part_t *p)
{
    int           rc;
    air_block_t  *b;
    air_delta_t  *d;

    rc = air_gemini_in_close(in);

    if (rc != AIR_OK) {
        return rc;
    }

    b = air_gemini_in_open(in, p->type, &d, &rc);

    if (b == NULL) {
        return rc;
    }

    d->media_type = p->media.type;
    d->raw = p->raw;
    d->issuer = AIR_GEMINI_WIRE;

    if (p->type != AIR_PART_RAW && p->media.data.len != 0) {
        rc = air_gemini_in_say(in, AIR_DELTA_DATA, b, p->media.data);
        in->out->d[in->out->n - 1].media_type = p->media.type;
    }

    return rc == AIR_OK ? air_gemini_in_end(in, b) : rc;
}


/* {"functionCall":{...}} of a call in pieces; 1 when it was one. */
static int
air_gemini_in_pieces(air_gemini_in_t *in, const air_json_node_t *node,
    int *rc)
{
    air_block_t            *b;
    const air_json_node_t  *call, *list, *piece;

    call = air_gemini_get(in->r.doc, node, "functionCall");

    if (call == NULL || air_gemini_get(in->r.doc, call, "args") != NULL) {
        return 0;
    }

    b = air_gemini_in_now(in);

    if (b != NULL && b->part != AIR_PART_TOOL_CALL) {
        b = NULL;
    }

    list = air_gemini_get(in->r.doc, call, "partialArgs");

    /* with a name another one begins */

    if (air_gemini_get(in->r.doc, call, "name") != NULL || b == NULL) {
        return 0;
    }

    *rc = AIR_OK;

    for (piece = air_gemini_first(in->r.doc, list);
         piece != NULL && *rc == AIR_OK;
         piece = air_gemini_next(in->r.doc, list, piece))
    {
        *rc = air_gemini_args_add(&in->live->args, in->r.doc, piece);
    }

    if (*rc == AIR_OK
        && air_gemini_switch(in->r.doc, call, "willContinue") != AIR_ON)
    {
        *rc = air_gemini_in_close(in);
    }

    return 1;
}


static int
air_gemini_in_begins(air_gemini_in_t *in, const air_part_t *p,
    const air_json_node_t *node)
{
    int                     rc, open;
    const air_json_node_t  *call, *list, *piece;

    call = air_gemini_get(in->r.doc, node, "functionCall");
    list = air_gemini_get(in->r.doc, call, "partialArgs");
    open = air_gemini_switch(in->r.doc, call, "willContinue") == AIR_ON
           || list != NULL;

    /* a bare {} ends one that is over */

    if (p->name.len == 0 && p->arguments.len == 0) {
        return AIR_OK;
    }

    rc = air_gemini_in_call(in, p, open);

    for (piece = air_gemini_first(in->r.doc, list);
         piece != NULL && rc == AIR_OK;
         piece = air_gemini_next(in->r.doc, list, piece))
    {
        rc = air_gemini_args_add(&in->live->args, in->r.doc, piece);
    }

    if (rc == AIR_OK && open
        && air_gemini_switch(in->r.doc, call, "willContinue") != AIR_ON)
    {
        rc = air_gemini_in_close(in);
    }

    return rc;
}


static int
air_gemini_in_part(air_gemini_in_t *in, const air_json_node_t *node)
{
    int          rc;
    air_str_t    signature;
    air_part_t  *first, *last;

    if (node->type != AIR_JSON_OBJECT
        || air_gemini_get(in->r.doc, node, "functionResponse") != NULL)
    {
        return AIR_OK;
    }

    if (air_gemini_in_pieces(in, node, &rc)) {
        return rc;
    }

    first = NULL;
    last = NULL;

    in->r.seed = in->live->seed;
    in->r.ncalls = in->live->ncalls;
    in->live->used = 0;

    rc = air_gemini_part(&in->r, node, &first, &last);

    if (rc != AIR_OK || first == NULL) {
        return rc;
    }

    /* what carries a signature apart leads a call and follows a text */

    if (first->type == AIR_PART_REDACTED && first != last) {
        first = last;
    }

    signature = first->signature;

    switch (first->type) {

    case AIR_PART_THINKING:
        if (air_gemini_switch(in->r.doc, node, "thought") != AIR_ON) {

            /* a text without words: the signature of what was said */

            first->type = AIR_PART_TEXT;
        }

        return air_gemini_in_text(in, first, signature);

    case AIR_PART_TEXT:
        return air_gemini_in_text(in, first, signature);

    case AIR_PART_TOOL_CALL:
        rc = air_gemini_in_begins(in, first, node);
        in->live->ncalls = in->r.ncalls;
        return rc;

    default:
        return air_gemini_in_lump(in, first);
    }
}


/* ------------------------------------------------------------ candidates */


static int
air_gemini_in_cites(air_gemini_in_t *in, const air_json_node_t *node)
{
    int                rc;
    air_block_t       *b;
    air_delta_t       *d;
    air_citation_t    *c;
    air_gemini_read_t  r;

    if (in->live->cited) {
        return AIR_OK;
    }

    /* once a stream, so this may stay */

    r = in->r;
    r.mem = in->st->mem;

    rc = air_gemini_cites(&r, node, &c);

    b = air_gemini_in_now(in);

    for ( /* void */ ; c != NULL && rc == AIR_OK; c = c->next) {

        in->live->cited = 1;
        d = air_gemini_in_add(in, AIR_DELTA_CITATION, b);

        if (d == NULL) {
            return AIR_ENOMEM;
        }

        d->citation = c;
        d->raw = c->raw;
        d->issuer = AIR_GEMINI_WIRE;
    }

    return rc;
}


static int
air_gemini_in_tokens(air_gemini_in_t *in, const air_json_node_t *node)
{
    int           rc;
    size_t        at;
    air_buf_t    *b;
    air_delta_t  *d;

    b = &in->live->tokens;
    at = b->len;
    rc = air_gemini_tokens(in->r.doc, node, b);

    if (rc != AIR_OK || b->len == at) {
        return rc;
    }

    d = air_gemini_in_add(in, AIR_DELTA_LOGPROBS, air_gemini_in_now(in));

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->text = air_str_n(b->data + at, b->len - at);
    d->raw = air_json_raw(in->r.doc, air_gemini_get(in->r.doc, node,
                                                    "logprobsResult"));
    d->issuer = AIR_GEMINI_WIRE;

    return AIR_OK;
}


static int
air_gemini_in_finish(air_gemini_in_t *in, air_finish_e finish,
    const air_json_node_t *reason)
{
    int           rc;
    uint64_t      bit;
    air_delta_t  *d;

    bit = in->choice < 64 ? (uint64_t) 1 << in->choice : 0;

    if (finish == AIR_FINISH_NONE || (in->st->in.done & bit)) {
        return AIR_OK;
    }

    rc = air_gemini_in_close(in);

    if (rc != AIR_OK) {
        return rc;
    }

    in->st->in.done |= bit;
    in->st->in.finished = 1;

    d = air_gemini_in_add(in, AIR_DELTA_FINISH, NULL);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->finish = finish;
    d->issuer = AIR_GEMINI_WIRE;

    return air_json_string(in->r.doc, reason, in->r.mem, &d->native);
}


static int
air_gemini_in_candidate(air_gemini_in_t *in, const air_json_node_t *node)
{
    int                     rc;
    uint64_t                index, bit;
    const air_json_node_t  *list, *el, *reason;

    index = 0;
    (void) air_gemini_count(in->r.doc, node, "index", NULL, &index);

    in->choice = (uint32_t) index;
    bit = index < 64 ? (uint64_t) 1 << index : 0;
    rc = AIR_OK;

    list = air_gemini_get(in->r.doc, air_gemini_get(in->r.doc, node,
                                                    "content"), "parts");

    for (el = air_gemini_first(in->r.doc, list);
         el != NULL && rc == AIR_OK;
         el = air_gemini_next(in->r.doc, list, el))
    {
        rc = air_gemini_in_part(in, el);
    }

    if (rc == AIR_OK) {
        rc = air_gemini_in_tokens(in, node);
    }

    if (rc == AIR_OK) {
        rc = air_gemini_in_cites(in, node);
    }

    air_gemini_searches(in->r.doc, node,
                        air_str_n(in->st->model, in->st->model_len),
                        &in->st->usage);

    reason = air_gemini_get(in->r.doc, node, "finishReason");

    return rc == AIR_OK
           ? air_gemini_in_finish(in, air_gemini_finish(in->r.doc, reason,
                                      (in->live->calls & bit) != 0), reason)
           : rc;
}


static int
air_gemini_in_chunk(air_gemini_in_t *in, const air_json_node_t *root)
{
    int                     rc;
    air_delta_t            *d;
    const air_json_node_t  *list, *node, *usage;

    rc = AIR_OK;

    if (!in->st->in.started) {

        in->st->in.started = 1;
        d = air_gemini_in_add(in, AIR_DELTA_START, NULL);

        if (d == NULL) {
            return AIR_ENOMEM;
        }

        rc = air_gemini_take(in->r.doc, root, "responseId", in->r.mem,
                             &d->id);

        if (rc == AIR_OK) {
            rc = air_gemini_take(in->r.doc, root, "modelVersion", in->r.mem,
                                 &d->model);
        }

        air_stream_name(in->st, d->id, d->model);
        in->live->seed = air_gemini_hash(0, d->id);
    }

    node = air_gemini_blocked(in->r.doc, root);

    if (rc == AIR_OK && node != NULL) {
        rc = air_gemini_in_finish(in, AIR_FINISH_CONTENT_FILTER, node);
    }

    list = air_gemini_get(in->r.doc, root, "candidates");

    for (node = air_gemini_first(in->r.doc, list);
         node != NULL && rc == AIR_OK;
         node = air_gemini_next(in->r.doc, list, node))
    {
        if (node->type == AIR_JSON_OBJECT) {
            rc = air_gemini_in_candidate(in, node);
        }
    }

    usage = air_gemini_get(in->r.doc, root, "usageMetadata");

    if (rc != AIR_OK
        || !air_gemini_usage(in->r.doc, usage, &in->st->usage))
    {
        return rc;
    }

    d = air_gemini_in_add(in, AIR_DELTA_USAGE, NULL);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->usage = &in->st->usage;

    return air_gemini_take(in->r.doc, usage, "serviceTier", in->r.mem,
                           &d->service_tier);
}


int
air_gemini_event_read(air_stream_t *st, const air_sse_event_t *ev,
    const air_profile_t *profile, air_deltas_t *out)
{
    int                     rc;
    air_gemini_in_t         in;
    const air_json_node_t  *root;

    (void) profile;               /* one wire, one way to speak it          */

    out->n = 0;

    if (st->in.ended) {
        return AIR_OK;
    }

    if (!ev->has_data || ev->data.len == 0) {
        return air_deltas_add(out, AIR_DELTA_PING) ? AIR_OK : AIR_ENOMEM;
    }

    rc = air_stream_event_read(st, ev->type, ev->data, out, &root);

    if (rc != AIR_OK || root == NULL) {
        return rc;
    }

    memset(&in, 0, sizeof(air_gemini_in_t));

    in.st = st;
    in.out = out;
    in.live = air_gemini_live(st);

    if (in.live == NULL) {
        return AIR_ENOMEM;
    }

    in.live->tokens.len = 0;
    in.live->json.len = 0;

    if (in.live->spent) {
        in.live->held.len = 0;
        in.live->spent = 0;
    }

    in.r.doc = &st->doc;
    in.r.mem = &st->scratch;
    in.r.parts = &in.live->mem;

    return air_gemini_in_chunk(&in, root);
}
