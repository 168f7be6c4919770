
/*
 * The answer of a stream, gathered from its deltas for the floor: texts,
 * calls, how it ended.  Bounded by ai_max_response.
 */

#include "ngx_ai_floor.h"


typedef struct {
    air_part_t           *part;
    uint32_t              choice;
    uint32_t              block;
    size_t                size;           /* of the memory of its text      */
} ngx_ai_gather_block_t;


struct ngx_ai_gather_s {
    air_msg_reply_t       reply;
    air_stream_t          stream;         /* of a relayed one               */
    air_deltas_t          deltas;
    ngx_array_t           blocks;         /* ngx_ai_gather_block_t          */
    size_t                len;
    ngx_uint_t            finishes;
    unsigned              bad:1;
};


static air_msg_choice_t *ngx_ai_gather_choice(ngx_ai_attempt_t *att,
    uint32_t index);
static ngx_int_t ngx_ai_gather_block(ngx_ai_attempt_t *att,
    const air_delta_t *d);
static ngx_int_t ngx_ai_gather_copy(ngx_ai_attempt_t *att, air_str_t from,
    air_str_t *to);
static ngx_int_t ngx_ai_gather_text(ngx_ai_attempt_t *att,
    const air_delta_t *d);
static ngx_int_t ngx_ai_gather_cite(ngx_ai_attempt_t *att,
    const air_delta_t *d);
static ngx_ai_gather_block_t *ngx_ai_gather_find(ngx_ai_gather_t *g,
    const air_delta_t *d);


ngx_int_t
ngx_ai_gather_begin(ngx_ai_attempt_t *att)
{
    ngx_ai_ctx_t     *ctx;
    ngx_ai_gather_t  *g;

    ctx = att->ctx;

    g = ngx_pcalloc(ctx->r->pool, sizeof(ngx_ai_gather_t));
    if (g == NULL
        || ngx_array_init(&g->blocks, ctx->r->pool, 4,
                          sizeof(ngx_ai_gather_block_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    air_msg_reply_init(&g->reply, att->codec->name, ngx_ai_cross_op(att));

    if (!att->cross) {
        air_stream_init(&g->stream, &ctx->mem, ctx->op);
        g->stream.keep = ctx->alcf->max_response;
        air_deltas_init(&g->deltas, &ctx->mem);
    }

    att->gather = g;

    return NGX_OK;
}


ngx_int_t
ngx_ai_gather_event(ngx_ai_attempt_t *att, const air_sse_event_t *ev)
{
    int               rc;
    ngx_ai_gather_t  *g;

    g = att->gather;

    if (g->bad) {
        return NGX_OK;
    }

    g->deltas.n = 0;

    rc = att->codec->event_read(&g->stream, ev, att->target->vendor->profile,
                                &g->deltas);
    if (rc == AIR_ENOMEM) {
        return NGX_ERROR;
    }

    if (rc != AIR_OK) {
        g->bad = 1;
        return NGX_OK;
    }

    return ngx_ai_gather_deltas(att, &g->deltas);
}


ngx_int_t
ngx_ai_gather_deltas(ngx_ai_attempt_t *att, const air_deltas_t *deltas)
{
    unsigned            i;
    ngx_int_t           rc;
    air_msg_choice_t   *choice;
    const air_delta_t  *d;

    rc = NGX_OK;

    for (i = 0; i < deltas->n && rc == NGX_OK && !att->gather->bad; i++) {
        d = &deltas->d[i];

        switch (d->type) {

        case AIR_DELTA_BLOCK:
            rc = ngx_ai_gather_block(att, d);
            break;

        case AIR_DELTA_TEXT:
        case AIR_DELTA_ARGUMENTS:
            rc = ngx_ai_gather_text(att, d);
            break;

        case AIR_DELTA_CITATION:
            rc = ngx_ai_gather_cite(att, d);
            break;

        case AIR_DELTA_FINISH:

            if (++att->gather->finishes > AIR_BLOCKS_MAX) {
                att->gather->bad = 1;
                break;
            }

            choice = ngx_ai_gather_choice(att, d->choice);

            if (choice == NULL) {
                return NGX_ERROR;
            }

            choice->finish = d->finish;
            break;

        default:
            break;
        }
    }

    return rc;
}


static air_msg_choice_t *
ngx_ai_gather_choice(ngx_ai_attempt_t *att, uint32_t index)
{
    air_msg_choice_t  *choice;

    for (choice = att->gather->reply.choices; choice != NULL;
         choice = choice->next)
    {
        if (choice->index == index) {
            return choice;
        }
    }

    return air_msg_choice(&att->gather->reply, &att->ctx->mem, index);
}


static ngx_ai_gather_block_t *
ngx_ai_gather_find(ngx_ai_gather_t *g, const air_delta_t *d)
{
    ngx_uint_t              i;
    ngx_ai_gather_block_t  *block;

    block = g->blocks.elts;

    for (i = g->blocks.nelts; i != 0; i--) {
        if (block[i - 1].block == d->block) {
            return &block[i - 1];
        }
    }

    return NULL;
}


/* a copy in the request's memory, counted */
static ngx_int_t
ngx_ai_gather_copy(ngx_ai_attempt_t *att, air_str_t from, air_str_t *to)
{
    u_char  *p;

    *to = air_str_n(NULL, 0);

    if (from.len == 0) {
        return NGX_OK;
    }

    p = ngx_pnalloc(att->ctx->r->pool, from.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, from.data, from.len);
    *to = air_str_n(p, from.len);
    att->gather->len += from.len;

    return NGX_OK;
}


static ngx_int_t
ngx_ai_gather_block(ngx_ai_attempt_t *att, const air_delta_t *d)
{
    air_part_t             *part;
    ngx_ai_gather_t        *g;
    air_msg_choice_t       *choice;
    ngx_ai_gather_block_t  *block;

    g = att->gather;

    if (g->blocks.nelts == AIR_BLOCKS_MAX) {
        g->bad = 1;
        return NGX_OK;
    }

    choice = ngx_ai_gather_choice(att, d->choice);
    block = ngx_array_push(&g->blocks);

    if (choice == NULL || block == NULL) {
        return NGX_ERROR;
    }

    part = air_msg_part(&choice->parts, &choice->last, &att->ctx->mem,
                        d->part);
    if (part == NULL) {
        return NGX_ERROR;
    }

    part->custom = d->custom;

    block->part = part;
    block->choice = d->choice;
    block->block = d->block;
    block->size = 0;

    if (ngx_ai_gather_copy(att, d->id, &part->id) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_ai_gather_copy(att, d->name, &part->name);
}


static ngx_int_t
ngx_ai_gather_text(ngx_ai_attempt_t *att, const air_delta_t *d)
{
    size_t                  size;
    u_char                 *p;
    air_str_t              *text;
    ngx_pool_t             *pool;
    ngx_ai_gather_t        *g;
    ngx_ai_gather_block_t  *block;

    g = att->gather;
    pool = att->ctx->r->pool;
    block = ngx_ai_gather_find(g, d);

    /* thinking is no part of the answer */

    /* a block has a text or arguments: one of its strings grows, with one
       size */

    if (block == NULL || block->part->type == AIR_PART_THINKING
        || (block->part->type == AIR_PART_TOOL_CALL)
           != (d->type == AIR_DELTA_ARGUMENTS))
    {
        return NGX_OK;
    }

    g->len += d->text.len;

    if (g->len > att->ctx->alcf->max_response) {
        g->bad = 1;
        return NGX_OK;
    }

    text = d->type == AIR_DELTA_ARGUMENTS ? &block->part->arguments
                                          : &block->part->text;

    if (text->len + d->text.len > block->size) {

        size = ngx_max(2 * block->size, 256);
        size = ngx_max(size, text->len + d->text.len);

        p = ngx_pnalloc(pool, size);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (text->len != 0) {
            ngx_memcpy(p, text->data, text->len);
            (void) ngx_pfree(pool, text->data);
        }

        text->data = p;
        block->size = size;
    }

    ngx_memcpy(text->data + text->len, d->text.data, d->text.len);
    text->len += d->text.len;

    return NGX_OK;
}


/* that there is one, and what it cites */
static ngx_int_t
ngx_ai_gather_cite(ngx_ai_attempt_t *att, const air_delta_t *d)
{
    air_citation_t         *c;
    ngx_ai_gather_block_t  *block;

    block = ngx_ai_gather_find(att->gather, d);

    if (block == NULL || d->citation == NULL) {
        return NGX_OK;
    }

    att->gather->len += sizeof(air_citation_t);

    if (att->gather->len > att->ctx->alcf->max_response) {
        att->gather->bad = 1;
        return NGX_OK;
    }

    c = ngx_pcalloc(att->ctx->r->pool, sizeof(air_citation_t));
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->next = block->part->citations;
    block->part->citations = c;

    if (ngx_ai_gather_copy(att, d->citation->url, &c->url) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_ai_gather_copy(att, d->citation->title, &c->title);
}


air_msg_reply_t *
ngx_ai_gather_reply(ngx_ai_attempt_t *att)
{
    return att->gather->bad ? NULL : &att->gather->reply;
}
