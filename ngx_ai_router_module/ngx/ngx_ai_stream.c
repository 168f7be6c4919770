
/*
 * The events of a vendor's stream: held until the first with content (the
 * commit), then relayed as they come.
 *
 * A relayed event is not copied: the vendor's own buffer goes on with its
 * borders moved.  Only what an event began in an earlier read is copied, so
 * the vendor's buffer stays busy, and reading stops, while a caller is slow.
 */

#include "ngx_ai_router_module.h"


static ngx_chain_t *ngx_ai_own(ngx_ai_attempt_t *att, u_char *data,
    size_t len);
static ngx_chain_t *ngx_ai_shadow(ngx_ai_attempt_t *att, u_char *pos,
    u_char *last);
static ngx_int_t ngx_ai_stream_commit(ngx_ai_attempt_t *att,
    ngx_chain_t ***ll);


/* a buffer of our own with a copy of the bytes */
static ngx_chain_t *
ngx_ai_own(ngx_ai_attempt_t *att, u_char *data, size_t len)
{
    size_t         size;
    ngx_buf_t     *b;
    ngx_pool_t    *pool;
    ngx_chain_t   *cl, **ll;

    pool = att->ctx->r->pool;

    for (ll = &att->free; *ll; ll = &(*ll)->next) {
        cl = *ll;
        b = cl->buf;

        if ((size_t) (b->end - b->start) >= len) {
            *ll = cl->next;
            goto found;
        }
    }

    size = ngx_max(len, 512);

    b = ngx_create_temp_buf(pool, size);
    cl = ngx_alloc_chain_link(pool);

    if (b == NULL || cl == NULL) {
        return NULL;
    }

    b->tag = (ngx_buf_tag_t) &ngx_ai_router_module;
    cl->buf = b;

found:

    b->pos = b->start;
    b->last = ngx_cpymem(b->start, data, len);
    b->flush = 1;
    cl->next = NULL;

    return cl;
}


/* a part of the vendor's buffer; used again once it is sent, as a stream may
   have any number of them: those without memory of their own */
static ngx_chain_t *
ngx_ai_shadow(ngx_ai_attempt_t *att, u_char *pos, u_char *last)
{
    ngx_buf_t     *b;
    ngx_pool_t    *pool;
    ngx_chain_t   *cl, **ll;

    pool = att->ctx->r->pool;

    for (ll = &att->free; *ll; ll = &(*ll)->next) {
        if ((*ll)->buf->start == NULL) {
            cl = *ll;
            *ll = cl->next;
            goto found;
        }
    }

    b = ngx_calloc_buf(pool);
    cl = ngx_alloc_chain_link(pool);

    if (b == NULL || cl == NULL) {
        return NULL;
    }

    b->memory = 1;
    b->tag = (ngx_buf_tag_t) &ngx_ai_router_module;
    cl->buf = b;

found:

    cl->buf->pos = pos;
    cl->buf->last = last;
    cl->next = NULL;

    return cl;
}


/* headers and what was held */
static ngx_int_t
ngx_ai_stream_commit(ngx_ai_attempt_t *att, ngx_chain_t ***ll)
{
    if (att->ctx->gone) {
        att->held = NULL;
        return NGX_OK;
    }

    if (ngx_ai_commit(att, -1) != NGX_OK) {
        return att->ctx->r->connection->error ? NGX_OK : NGX_ERROR;
    }

    if (att->held != NULL) {
        **ll = att->held;
        *ll = att->held_last;
        att->held = NULL;
    }

    return NGX_OK;
}


/*
 * The events of one buffer.  What goes on stays in the buffer where it is:
 * stretches before the last one get a shadow of the buffer, the last one the
 * buffer itself, so that it is busy until all is sent.
 */
ngx_int_t
ngx_ai_stream(ngx_ai_attempt_t *att, ngx_buf_t *b, ngx_chain_t ***ll)
{
    int                 rc;
    u_char             *p, *from, *run, *run_end, *end;
    size_t              before;
    ngx_int_t           error;
    air_str_t           data;
    ngx_int_t           rrc;
    ngx_uint_t          relay;
    ngx_chain_t        *cl;
    ngx_ai_ctx_t       *ctx;
    air_sse_event_t     ev;
    const air_codec_t  *codec;

    ctx = att->ctx;
    codec = att->target->vendor->codec;

    p = b->pos;
    end = b->last;
    run = NULL;
    run_end = NULL;
    error = NGX_OK;

    for ( ;; ) {
        from = p;

        rc = air_sse_feed(&att->sse, &p, end, &ev);

        if (rc == AIR_AGAIN) {
            break;
        }

        if (rc != AIR_OK) {
            ngx_ai_attempt_stop(att, rc == AIR_ELIMIT ? AIR_FAULT_EVENT_TOO_BIG
                                                      : AIR_FAULT_INTERNAL);
            break;
        }

        if (att->note.all & AIR_NOTE_DONE) {

            /* after the end mark: nobody sees it */

            continue;
        }

        rc = codec->event_note(&ev, att->target->vendor->profile, &att->doc,
                               &att->note);

        if (rc != AIR_OK) {
            ngx_ai_attempt_stop(att, rc == AIR_ENOMEM ? AIR_FAULT_INTERNAL
                                                      : AIR_FAULT_BAD_JSON);
            break;
        }

        if (att->note.what & AIR_NOTE_IGNORE) {

            /* keep-alives are for the connection: after the commit they may
               pass, before it they would be one */

            relay = ctx->committed;

        } else {
            att->last = ngx_current_msec;
            relay = 1;
        }

        if (att->note.what & AIR_NOTE_ERROR) {
            ngx_ai_attempt_stop(att, ctx->committed ? AIR_FAULT_STREAM_ERROR
                                                    : AIR_FAULT_ERROR_IN_200);
            att->said = att->note.error;
            break;
        }

        if ((att->note.what & AIR_NOTE_CONTENT) && att->first == 0) {
            att->first = ngx_current_msec;
            ngx_ai_attempt_timer(ctx);
        }

        data = ev.raw;

        if (att->cross && !(att->note.what & AIR_NOTE_IGNORE)) {

            rrc = ngx_ai_cross_event(att, &ev);

            if (rrc == NGX_DECLINED) {
                ngx_ai_attempt_stop(att, AIR_FAULT_BAD_JSON);
                break;
            }

            if (rrc != NGX_OK) {
                error = NGX_ERROR;
                break;
            }

            data = air_buf_view(att->out);
            relay = data.len != 0;

        } else if ((att->note.what & AIR_NOTE_USAGE)
            && !ctx->request.want_usage
            && !(att->note.what & (AIR_NOTE_CHOICES|AIR_NOTE_CONTENT
                                   |AIR_NOTE_FINISH)))
        {
            /* we asked for it, the caller did not */

            relay = 0;
        }

        if (!ctx->committed && !ctx->gone) {

            if (att->note.what & AIR_NOTE_CONTENT) {

                if (ngx_ai_stream_commit(att, ll) != NGX_OK) {
                    error = NGX_ERROR;
                    break;
                }

            } else if (att->note.what & AIR_NOTE_DONE) {

                /* judged at the end: an answer without content */

                if (ngx_ai_stream_end(att, ll) != NGX_OK) {
                    error = NGX_ERROR;
                    break;
                }

                if (att->fault != AIR_FAULT_NONE) {
                    ngx_ai_attempt_stop(att, att->fault);
                    break;
                }

            } else if (relay) {

                cl = ngx_ai_own(att, data.data, data.len);
                if (cl == NULL) {
                    error = NGX_ERROR;
                    break;
                }

                *att->held_last = cl;
                att->held_last = &cl->next;
                continue;

            } else {
                continue;
            }
        }

        if (att->note.what & AIR_NOTE_DONE) {
            att->complete = 1;
            ctx->done_sent = 1;

            /* booked before the caller can know that it is over */

            att->end = ngx_current_msec;
            ngx_ai_attempt_settle(att);
        }

        if (!relay || ctx->gone) {
            continue;
        }

        if (att->cross) {
            cl = ngx_ai_own(att, data.data, data.len);
            if (cl == NULL) {
                error = NGX_ERROR;
                break;
            }

            **ll = cl;
            *ll = &cl->next;
            continue;
        }

        if (run_end != from || run == NULL || !ev.direct) {

            /* a new stretch: what ran so far is closed */

            if (run != NULL) {
                cl = ngx_ai_shadow(att, run, run_end);
                if (cl == NULL) {
                    error = NGX_ERROR;
                    break;
                }

                **ll = cl;
                *ll = &cl->next;
            }

            if (!ev.direct) {
                before = ev.raw.len - (p - from);

                cl = ngx_ai_own(att, ev.raw.data, before);
                if (cl == NULL) {
                    error = NGX_ERROR;
                    break;
                }

                **ll = cl;
                *ll = &cl->next;
            }

            run = from;
        }

        run_end = p;
    }

    if (run == NULL || ctx->gone) {
        b->pos = b->last;

    } else {
        b->pos = run;
        b->last = run_end;

        cl = ngx_alloc_chain_link(ctx->r->pool);
        if (cl == NULL) {
            return NGX_ERROR;
        }

        cl->buf = b;
        cl->next = NULL;
        **ll = cl;
        *ll = &cl->next;
    }

    if (!att->settled && att->slot >= 0 && ctx->amcf->ledger != NULL) {
        air_ledger_note(ctx->amcf->ledger, att->slot,
                        air_usage_input(&att->note.usage),
                        air_estimate_tokens(&att->note.visible));
    }

    return error;
}


/* the vendor's stream is over: whole, empty, or cut */
ngx_int_t
ngx_ai_stream_end(ngx_ai_attempt_t *att, ngx_chain_t ***ll)
{
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;

    if (att->complete) {
        return NGX_OK;
    }

    if (!(att->note.all & (AIR_NOTE_FINISH|AIR_NOTE_DONE))) {
        att->fault = AIR_FAULT_TRUNCATED;
        return NGX_OK;
    }

    if (!ctx->committed && !ctx->gone) {

        if (ngx_ai_empty(att) && ngx_ai_others_left(ctx)) {
            att->fault = AIR_FAULT_EMPTY_COMPLETION;
            return NGX_OK;
        }

        if (ngx_ai_stream_commit(att, ll) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    att->complete = 1;

    return NGX_OK;
}
