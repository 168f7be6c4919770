
/*
 * Crossing: caller and vendor speak different protocols.  The request is
 * read once into the neutral message and written anew for each target; the
 * reply, or each event of a stream, goes the other way.  What a target
 * cannot take is named in X-AI-Warnings, or leaves the target out.  A request
 * that holds what only another protocol's vendor can read is written anew
 * for vendors of its own protocol too; their replies are relayed.
 */

#include "ngx_ai_floor.h"


#define NGX_AI_CROSS_BODY   (64 * 1024 * 1024)


static ngx_int_t ngx_ai_cross_vectors(ngx_ai_attempt_t *att,
    air_msg_reply_t *msg);
static void ngx_ai_cross_lost(ngx_ai_attempt_t *att);


air_op_e
ngx_ai_cross_op(ngx_ai_attempt_t *att)
{
    air_op_e  op;

    op = att->ctx->op;

    if (att->written && (op == AIR_OP_MESSAGES || op == AIR_OP_RESPONSES)) {
        return AIR_OP_CHAT;
    }

    return op;
}


ngx_int_t
ngx_ai_cross_msg(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    int                 rc;
    uint64_t            cap;
    air_msg_request_t  *msg;

    if (ctx->msg != NULL) {
        return NGX_OK;
    }

    msg = ngx_palloc(ctx->r->pool, sizeof(air_msg_request_t));
    if (msg == NULL) {
        return NGX_ERROR;
    }

    rc = ctx->codec->request_read(ctx->op, &ctx->doc, &ctx->mem, msg, error);

    if (rc != AIR_OK) {
        return rc == AIR_EINVAL || rc == AIR_EUNSUP ? NGX_DECLINED
                                                    : NGX_ERROR;
    }

    air_relay_part(msg);
    msg->closed = ctx->request.closed;

    cap = ngx_ai_output_cap(ctx);

    if (cap && (!msg->has_max_output || msg->max_output > cap)) {
        msg->has_max_output = 1;
        msg->max_output = cap;
    }

    ctx->msg = msg;

    return NGX_OK;
}


/*
 * NGX_OK with att->text; NGX_DECLINED: not for this target, or, with
 * ctx->refusal set, for none.
 */
ngx_int_t
ngx_ai_cross_request(ngx_ai_attempt_t *att)
{
    int                 rc;
    air_buf_t           buf;
    ngx_int_t           rrc;
    ngx_str_t           what;
    ngx_ai_ctx_t       *ctx;
    air_msg_request_t   msg;
    const air_codec_t  *codec;

    ctx = att->ctx;
    codec = att->codec;

    rrc = ngx_ai_cross_msg(ctx, &ctx->refusal);

    if (rrc != NGX_OK) {

        if (rrc == NGX_DECLINED) {
            ctx->fault = AIR_FAULT_REQUEST;
        }

        return rrc;
    }

    att->lost = ngx_pcalloc(ctx->r->pool, sizeof(air_warnings_t));
    if (att->lost == NULL) {
        return NGX_ERROR;
    }

    ctx->msg->op = ngx_ai_cross_op(att);

    air_buf_init(&buf, &ctx->mem, NGX_AI_CROSS_BODY);

    if (air_buf_reserve(&buf, ctx->body.len + 1024) != AIR_OK) {
        return NGX_ERROR;
    }

    air_can_fit(&att->target->can, ctx->msg, &msg, att->lost);

    rc = codec->request_write(&msg, &att->target->air, &buf, att->lost);

    if (rc == AIR_EUNSUP || rc == AIR_EINVAL || rc == AIR_ELIMIT) {

        /* the last thing told as lost is the one that could not be */

        ngx_str_null(&what);

        if (ngx_ai_lost_header(att, &what) != NGX_OK) {
            return NGX_ERROR;
        }

        ngx_log_error(NGX_LOG_WARN, ctx->r->connection->log, 0,
                      "ai: rid=%*s vendor=%V model=%V why=unsupported: the "
                      "request cannot be said in this vendor's protocol%s%V",
                      (size_t) 32, ctx->id_hex, &att->target->vendor->name,
                      &att->target->model, what.len ? ": " : "", &what);
        return NGX_DECLINED;
    }

    if (rc != AIR_OK) {
        return NGX_ERROR;
    }

    att->text = air_buf_view(&buf);

    return NGX_OK;
}


/* a whole reply in the caller's protocol: att->buf and att->len are replaced;
   NGX_DECLINED when it cannot be read */
ngx_int_t
ngx_ai_cross_reply(ngx_ai_attempt_t *att, const air_json_doc_t *doc)
{
    int               rc;
    air_buf_t         buf;
    ngx_ai_ctx_t     *ctx;
    air_error_t       error;
    air_msg_reply_t   msg;

    ctx = att->ctx;

    ngx_memzero(&error, sizeof(air_error_t));

    rc = att->codec->reply_read(ngx_ai_cross_op(att), doc,
                                att->target->vendor->profile, &ctx->mem, &msg,
                                &error);
    if (rc == AIR_ENOMEM) {
        return NGX_ERROR;
    }

    if (rc != AIR_OK) {
        return NGX_DECLINED;
    }

    if (ngx_ai_floor_on(ctx)) {

        att->reply = ngx_palloc(ctx->r->pool, sizeof(air_msg_reply_t));
        if (att->reply == NULL) {
            return NGX_ERROR;
        }

        *att->reply = msg;
    }

    air_codec_reply_lost(ctx->codec, &msg, att->lost);

    msg.op = ctx->op;

    if (msg.op == AIR_OP_EMBEDDINGS
        && ngx_ai_cross_vectors(att, &msg) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    /* what a vendor's wire has no word for */

    if (!msg.usage.seen && att->note.usage.seen) {
        msg.usage = att->note.usage;
    }

    if (msg.created == 0) {
        msg.created = ngx_time();
    }

    if (msg.id.len == 0 && msg.op != AIR_OP_EMBEDDINGS) {
        msg.id = air_str_n(ctx->id_hex, 32);
    }

    if (msg.model.len == 0) {
        msg.model = ngx_ai_air(att->target->model);
    }

    air_buf_init(&buf, &ctx->mem, 2 * ctx->alcf->max_response);

    if (air_buf_reserve(&buf, att->len + 512) != AIR_OK) {
        return NGX_ERROR;
    }

    rc = ctx->codec->reply_write(&msg, &buf);

    if (rc != AIR_OK) {
        return rc == AIR_EINVAL ? NGX_DECLINED : NGX_ERROR;
    }

    att->buf = buf.data;
    att->len = buf.len;
    att->size = buf.size;

    return NGX_OK;
}


/* one vector an input, in the encoding that the caller asked for */
static ngx_int_t
ngx_ai_cross_vectors(ngx_ai_attempt_t *att, air_msg_reply_t *msg)
{
    const air_item_t    *i;
    const air_vector_t  *v;

    i = att->ctx->msg->inputs;

    for (v = msg->vectors; v != NULL && i != NULL; v = v->next) {
        i = i->next;
    }

    if (v != NULL || i != NULL) {
        ngx_log_error(NGX_LOG_ERR, att->ctx->r->connection->log, 0,
                      "ai: rid=%*s vendor=%V model=%V why=bad_json: not as "
                      "many vectors as inputs", (size_t) 32,
                      att->ctx->id_hex, &att->target->vendor->name,
                      &att->target->model);
        return NGX_DECLINED;
    }

    msg->encoding = att->ctx->msg->encoding;

    if (msg->encoding.len == 0) {
        msg->encoding = air_str_z("float");
    }

    return NGX_OK;
}


ngx_int_t
ngx_ai_cross_begin(ngx_ai_attempt_t *att)
{
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;

    att->stream = ngx_palloc(ctx->r->pool, sizeof(air_stream_t)
                                           + sizeof(air_deltas_t)
                                           + sizeof(air_buf_t));
    if (att->stream == NULL) {
        return NGX_ERROR;
    }

    att->deltas = (air_deltas_t *) (att->stream + 1);
    att->out = (air_buf_t *) (att->deltas + 1);

    air_stream_init(att->stream, &ctx->mem, ctx->op);
    att->stream->want_usage = ctx->request.want_usage;
    att->stream->created = ngx_time();
    att->stream->keep = ctx->alcf->max_response;

    air_stream_name(att->stream, air_str_n(ctx->id_hex, 32),
                    ngx_ai_air(att->target->model));

    air_deltas_init(att->deltas, &ctx->mem);

    /* an event may repeat what the stream said before */

    air_buf_init(att->out, &ctx->mem, 4 * (ctx->alcf->max_event
                                           + ctx->alcf->max_response));

    return NGX_OK;
}


/* what of a stream got lost is a comment before its end: the headers are
   gone long ago */
static void
ngx_ai_cross_lost(ngx_ai_attempt_t *att)
{
    if (att->stream->lost.n != 0) {
        air_buf_z(att->out, ": X-AI-Warnings: ");
        ngx_ai_lost_list(&att->stream->lost, att->out);
        air_buf_z(att->out, "\n\n");
    }
}


/* what one event of the vendor's is in the caller's protocol: appended to
   att->out, which is emptied first; NGX_DECLINED when it cannot be read */
ngx_int_t
ngx_ai_cross_event(ngx_ai_attempt_t *att, const air_sse_event_t *ev)
{
    int            rc;
    uint64_t       sequence;
    unsigned       i;
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;

    att->out->len = 0;
    att->deltas->n = 0;
    sequence = att->stream->sequence;

    rc = att->codec->event_read(att->stream, ev,
                                att->target->vendor->profile, att->deltas);
    if (rc == AIR_ENOMEM) {
        return NGX_ERROR;
    }

    if (rc != AIR_OK) {
        return NGX_DECLINED;
    }

    if (att->gather != NULL
        && ngx_ai_gather_deltas(att, att->deltas) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < att->deltas->n; i++) {

        /* an error ends the attempt by another way */

        if (att->deltas->d[i].type == AIR_DELTA_ERROR) {
            break;
        }

        if (att->deltas->d[i].type == AIR_DELTA_END) {
            ngx_ai_cross_lost(att);
        }

        rc = ctx->codec->event_write(att->stream, &att->deltas->d[i],
                                     att->out);
        if (rc != AIR_OK) {

            /* what was written of it is not sent */

            att->stream->sequence = sequence;

            return rc == AIR_ELIMIT ? NGX_DECLINED : NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* the caller's end of a stream whose vendor had no end mark */
ngx_int_t
ngx_ai_cross_end(ngx_ai_attempt_t *att)
{
    air_delta_t  end;

    att->out->len = 0;

    if (att->stream->out.ended) {
        return NGX_OK;
    }

    ngx_ai_cross_lost(att);

    ngx_memzero(&end, sizeof(air_delta_t));
    end.type = AIR_DELTA_END;

    return att->ctx->codec->event_write(att->stream, &end, att->out) == AIR_OK
           ? NGX_OK : NGX_ERROR;
}
