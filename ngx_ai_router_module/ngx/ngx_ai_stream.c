
/*
 * The events of a vendor's stream: held until the first with content (the
 * commit), then relayed as they come.
 *
 * A relayed event is not copied: the vendor's own buffer goes on with its
 * borders moved.  Only what an event began in an earlier read is copied, so
 * the vendor's buffer stays busy, and reading stops, while a caller is slow.
 */

#include "ngx_ai_floor.h"


static ngx_chain_t *ngx_ai_own(ngx_ai_attempt_t *att, u_char *data,
    size_t len);
static ngx_chain_t *ngx_ai_shadow(ngx_ai_attempt_t *att, u_char *pos,
    u_char *last);
static int ngx_ai_stream_feed(ngx_ai_attempt_t *att, u_char **pos,
    u_char *last, air_sse_event_t *ev);
static air_fault_e ngx_ai_stream_fault(int rc);
static ngx_int_t ngx_ai_stream_event(ngx_ai_attempt_t *att,
    air_sse_event_t *ev, air_str_t *data, ngx_chain_t ***ll);
static ngx_int_t ngx_ai_stream_data(ngx_ai_attempt_t *att,
    air_sse_event_t *ev, air_str_t *data);
static ngx_int_t ngx_ai_stream_hold(ngx_ai_attempt_t *att, air_str_t *data,
    ngx_int_t relay, ngx_chain_t ***ll);
static ngx_int_t ngx_ai_stream_keep(ngx_ai_attempt_t *att, air_str_t *data);
static ngx_int_t ngx_ai_stream_after(ngx_ai_attempt_t *att);
static ngx_int_t ngx_ai_stream_link(ngx_chain_t *cl, ngx_chain_t ***ll);
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
 * Judges one event.  NGX_OK: *data goes on to the caller; NGX_DECLINED: it
 * does not; NGX_DONE: the attempt was told to stop; NGX_ERROR.
 */
static ngx_int_t
ngx_ai_stream_event(ngx_ai_attempt_t *att, air_sse_event_t *ev,
    air_str_t *data, ngx_chain_t ***ll)
{
    int                 rc;
    ngx_int_t           relay;
    ngx_ai_ctx_t       *ctx;
    const air_codec_t  *codec;

    ctx = att->ctx;
    codec = att->codec;

    if (att->note.all & AIR_NOTE_DONE) {

        /* after the end mark: nobody sees it */

        return NGX_DECLINED;
    }

    rc = codec->event_note(ev, att->target->vendor->profile, &att->doc,
                           &att->note);

    if (rc != AIR_OK) {
        ngx_ai_attempt_stop(att, rc == AIR_ENOMEM ? AIR_FAULT_INTERNAL
                                                  : AIR_FAULT_BAD_JSON);
        return NGX_DONE;
    }

    if (att->note.what & AIR_NOTE_IGNORE) {

        /* keep-alives are for the connection: after the commit they may
           pass, before it they would be one */

        *data = ev->raw;

        return (ctx->committed && !att->cross) ? NGX_OK : NGX_DECLINED;
    }

    att->last = ngx_current_msec;

    if (att->note.what & AIR_NOTE_ERROR) {

        /* before anything was said a frame that names an error is as good as
           a status */

        ngx_ai_attempt_stop(att, ctx->committed ? AIR_FAULT_STREAM_ERROR
                                 : ev->exception ? att->note.error.fault
                                 : AIR_FAULT_ERROR_IN_200);
        att->said = att->note.error;
        return NGX_DONE;
    }

    if ((att->note.what & AIR_NOTE_CONTENT) && att->first == 0) {
        att->first = ngx_current_msec;
        ngx_ai_attempt_timer(ctx);
    }

    if (att->note.visible.centi > att->cut_centi
        && !(att->note.all & AIR_NOTE_DONE) && ngx_ai_budget_spent(att))
    {
        ngx_ai_attempt_stop(att, AIR_FAULT_OVER_RESERVATION);
        return NGX_DONE;
    }

    if (att->gather != NULL && !att->cross
        && ngx_ai_gather_event(att, ev) != NGX_OK)
    {
        return NGX_ERROR;
    }

    relay = ngx_ai_stream_data(att, ev, data);

    if (relay == NGX_DONE || relay == NGX_ERROR) {
        return relay;
    }

    if (ctx->gone && att->held != NULL && ngx_ai_idem_keeps(ctx)) {

        /* what waited for the commit, for who comes back */

        **ll = att->held;
        *ll = att->held_last;
        att->held = NULL;
    }

    if (!ctx->committed && !ctx->gone) {
        relay = ngx_ai_stream_hold(att, data, relay, ll);

        if (relay == NGX_DONE || relay == NGX_ERROR || relay == NGX_AGAIN) {
            return relay == NGX_AGAIN ? NGX_DECLINED : relay;
        }
    }

    if (att->note.what & AIR_NOTE_DONE) {
        att->complete = 1;
        ctx->done_sent = 1;

        /* booked before the caller can know that it is over */

        att->end = ngx_current_msec;

        if (ngx_ai_stream_after(att) != NGX_OK) {
            return NGX_ERROR;
        }

        ngx_ai_attempt_settle(att);
    }

    return ctx->gone && !ngx_ai_idem_keeps(ctx) ? NGX_DECLINED : relay;
}


/* what the caller would see of the event; returns as ngx_ai_stream_event() */
static ngx_int_t
ngx_ai_stream_data(ngx_ai_attempt_t *att, air_sse_event_t *ev,
    air_str_t *data)
{
    ngx_int_t  rc;

    if (att->cross) {
        rc = ngx_ai_cross_event(att, ev);

        if (rc == NGX_DECLINED) {
            ngx_ai_attempt_stop(att, AIR_FAULT_BAD_JSON);
            return NGX_DONE;
        }

        *data = air_buf_view(att->out);

        if (rc == NGX_OK && data->len == 0) {
            return NGX_DECLINED;
        }

        return rc;
    }

    *data = ev->raw;

    if ((att->note.what & AIR_NOTE_USAGE) && !att->ctx->request.want_usage
        && !(att->note.what & (AIR_NOTE_CHOICES|AIR_NOTE_CONTENT
                               |AIR_NOTE_FINISH)))
    {
        /* we asked for it, the caller did not */

        return NGX_DECLINED;
    }

    return NGX_OK;
}


/*
 * Nothing was sent yet: the first content commits, the end mark without any
 * is judged, all else is held.  Gives relay back when the event goes its way,
 * NGX_AGAIN when it is held or dropped.
 */
static ngx_int_t
ngx_ai_stream_hold(ngx_ai_attempt_t *att, air_str_t *data, ngx_int_t relay,
    ngx_chain_t ***ll)
{
    ngx_int_t  rc;

    if ((att->note.what & AIR_NOTE_CONTENT) && !ngx_ai_floor_holds(att)) {
        return ngx_ai_stream_commit(att, ll) == NGX_OK ? relay : NGX_ERROR;
    }

    if (att->note.what & AIR_NOTE_DONE) {

        if (ngx_ai_stream_end(att, ll) != NGX_OK) {
            return NGX_ERROR;
        }

        if (att->fault == AIR_FAULT_NONE && !att->waits) {
            return relay;
        }

        /* its last event is kept too: it may be wanted still */

        if (relay == NGX_OK && ngx_ai_stream_keep(att, data) != NGX_OK) {
            return NGX_ERROR;
        }

        if (att->fault != AIR_FAULT_NONE) {
            ngx_ai_attempt_stop(att, att->fault);
            return NGX_DONE;
        }

        return NGX_AGAIN;
    }

    if (relay != NGX_OK) {
        return NGX_AGAIN;
    }

    if (ngx_ai_floor_holds(att)) {
        rc = ngx_ai_floor_held(att, data->len);

        if (rc == NGX_DECLINED) {
            return ngx_ai_stream_commit(att, ll) == NGX_OK ? relay
                                                           : NGX_ERROR;
        }

        if (rc != NGX_OK) {
            ngx_ai_attempt_stop(att, att->fault);
            return NGX_DONE;
        }
    }

    return ngx_ai_stream_keep(att, data) == NGX_OK ? NGX_AGAIN : NGX_ERROR;
}


/* a copy behind what is held */
static ngx_int_t
ngx_ai_stream_keep(ngx_ai_attempt_t *att, air_str_t *data)
{
    ngx_chain_t  *cl;

    cl = ngx_ai_own(att, data->data, data->len);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    *att->held_last = cl;
    att->held_last = &cl->next;

    return NGX_OK;
}


/* a stream that went out before it was judged */
static ngx_int_t
ngx_ai_stream_after(ngx_ai_attempt_t *att)
{
    if (att->gather == NULL || att->settled || att->ctx->gone
        || !ngx_ai_floor_on(att->ctx)
        || att->verdict.verdict != AIR_VERDICT_NONE)
    {
        return NGX_OK;
    }

    return ngx_ai_floor_stream(att) == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


/* the next event, however the vendor's protocol parts them */
static int
ngx_ai_stream_feed(ngx_ai_attempt_t *att, u_char **pos, u_char *last,
    air_sse_event_t *ev)
{
    if (att->codec->framing == AIR_FRAMING_EVENTSTREAM) {
        return air_eventstream_feed(&att->frames, pos, last, ev);
    }

    return air_sse_feed(&att->sse, pos, last, ev);
}


static air_fault_e
ngx_ai_stream_fault(int rc)
{
    switch (rc) {

    case AIR_ELIMIT:
        return AIR_FAULT_EVENT_TOO_BIG;

    case AIR_ECORRUPT:
    case AIR_EINVAL:
        return AIR_FAULT_EVENTSTREAM;

    default:
        return AIR_FAULT_INTERNAL;
    }
}


/*
 * The events of one buffer.  What goes on stays in the buffer where it is:
 * stretches before the last one get a shadow of the buffer, the last one the
 * buffer itself, so that it is busy until all is sent.
 */
ngx_int_t
ngx_ai_stream(ngx_ai_attempt_t *att, ngx_buf_t *b, ngx_chain_t ***ll)
{
    int               rc;
    u_char           *p, *from, *run, *run_end, *end;
    ngx_int_t         what;
    air_str_t         data;
    ngx_uint_t        own;
    ngx_chain_t      *cl;
    ngx_ai_ctx_t     *ctx;
    air_sse_event_t   ev;

    ctx = att->ctx;

    p = b->pos;
    end = b->last;
    run = NULL;
    run_end = NULL;
    what = NGX_OK;

    while (what != NGX_DONE && what != NGX_ERROR) {
        from = p;

        rc = ngx_ai_stream_feed(att, &p, end, &ev);

        if (rc == AIR_AGAIN) {
            break;
        }

        if (rc != AIR_OK) {
            ngx_ai_attempt_stop(att, ngx_ai_stream_fault(rc));
            break;
        }

        what = ngx_ai_stream_event(att, &ev, &data, ll);

        if (what != NGX_OK) {
            continue;
        }

        own = att->cross;

        if ((att->note.what & AIR_NOTE_DONE) && ngx_ai_metadata(ctx)) {
            own = 1;

            if (ngx_ai_metadata_event(att, 0, &data) != NGX_OK) {
                return NGX_ERROR;
            }
        }

        if (!own && ev.direct && run != NULL && run_end == from) {
            run_end = p;
            continue;
        }

        /* a new stretch: what ran so far is closed */

        if (run != NULL) {
            what = ngx_ai_stream_link(ngx_ai_shadow(att, run, run_end), ll);
            run = NULL;
        }

        if (what == NGX_OK && own) {
            what = ngx_ai_stream_link(ngx_ai_own(att, data.data, data.len),
                                      ll);
            continue;
        }

        if (what == NGX_OK && !ev.direct) {

            /* it began in an earlier read: that part is copied */

            what = ngx_ai_stream_link(ngx_ai_own(att, data.data,
                                                 data.len - (p - from)),
                                      ll);
        }

        run = from;
        run_end = p;
    }

    if (run == NULL || (ctx->gone && !ngx_ai_idem_keeps(ctx))) {
        b->pos = b->last;

    } else {
        b->pos = run;
        b->last = run_end;

        cl = ngx_alloc_chain_link(ctx->r->pool);
        if (cl == NULL) {
            return NGX_ERROR;
        }

        cl->buf = b;
        (void) ngx_ai_stream_link(cl, ll);
    }

    if (!att->settled && att->slot >= 0 && ctx->amcf->ledger != NULL) {
        air_ledger_note(ctx->amcf->ledger, att->slot,
                        air_usage_input(&att->note.usage),
                        air_estimate_tokens(&att->note.visible));
    }

    return what == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


/* appends a link; NGX_ERROR when there was no memory for it */
static ngx_int_t
ngx_ai_stream_link(ngx_chain_t *cl, ngx_chain_t ***ll)
{
    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->next = NULL;
    **ll = cl;
    *ll = &cl->next;

    return NGX_OK;
}


/* the vendor's stream is over: whole, empty, or cut */
ngx_int_t
ngx_ai_stream_end(ngx_ai_attempt_t *att, ngx_chain_t ***ll)
{
    ngx_int_t      rc;
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

        if (ngx_ai_floor_holds(att)) {
            att->end = ngx_current_msec;
            rc = ngx_ai_floor_stream(att);

            if (rc != NGX_OK) {
                att->complete = rc == NGX_AGAIN;
                return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
            }
        }

        if (ngx_ai_stream_commit(att, ll) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    att->complete = 1;

    return ngx_ai_stream_after(att);
}
