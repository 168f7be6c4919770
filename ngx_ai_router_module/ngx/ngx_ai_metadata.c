
/*
 * openrouter_metadata: what the router did, told to a caller who asks for it.
 * The shape is OpenRouter's (OpenRouterMetadata of its openapi.yaml, guide
 * "Router metadata", 2026-08): in a whole reply and in an error a member of
 * the object, in a stream part of what ends it.
 */

#include "ngx_ai_floor.h"


#define NGX_AI_METADATA_MAX  262144


static const char *ngx_ai_metadata_strategy(ngx_ai_ctx_t *ctx);
static void ngx_ai_metadata_endpoint(air_buf_t *b, ngx_ai_target_t *target);
static ngx_uint_t ngx_ai_metadata_out(ngx_ai_ctx_t *ctx, ngx_uint_t i);
static ngx_uint_t ngx_ai_metadata_total(ngx_ai_ctx_t *ctx);
static void ngx_ai_metadata_list(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    ngx_uint_t out, air_buf_t *b);
static void ngx_ai_metadata_attempts(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    air_buf_t *b);
static void ngx_ai_metadata_pipeline(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    air_buf_t *b);
static ngx_int_t ngx_ai_metadata_splice(ngx_ai_ctx_t *ctx,
    ngx_ai_attempt_t *att, ngx_uint_t nested, air_str_t text, air_buf_t *b);
static ngx_int_t ngx_ai_metadata_chunk(ngx_ai_attempt_t *att, air_buf_t *b);


ngx_uint_t
ngx_ai_metadata(ngx_ai_ctx_t *ctx)
{
    if (!ctx->peek && (ctx->request.prefs == NULL
                      || !ctx->request.prefs->metadata))
    {
        return 0;
    }

    if (!ctx->alcf->explain || ctx->order == NULL) {
        return 0;
    }

    return ctx->op == AIR_OP_CHAT || ctx->op == AIR_OP_COMPLETIONS
           || ctx->op == AIR_OP_MESSAGES || ctx->op == AIR_OP_RESPONSES;
}


/* by what the model's name led to a target */
static const char *
ngx_ai_metadata_strategy(ngx_ai_ctx_t *ctx)
{
    air_str_t         model;
    ngx_uint_t        i, named;
    ngx_ai_choice_t  *choice;

    if (ctx->request.prefs != NULL && ctx->request.prefs->nmodels) {
        return "fallback";
    }

    model = ctx->request.model;
    choice = ctx->workflow->choices.elts;
    named = 0;

    for (i = 0; i < ctx->workflow->choices.nelts; i++) {

        if (air_str_eq(ngx_ai_air(choice[i].target->name), model)
            || air_str_eq(ngx_ai_air(choice[i].target->model), model))
        {
            return "direct";
        }

        named |= air_str_eq(ngx_ai_air(choice[i].written), model)
                 || (choice[i].tier != NULL
                     && air_str_eq(ngx_ai_air(choice[i].tier->name), model));
    }

    return named ? "alias" : "auto";
}


static void
ngx_ai_metadata_endpoint(air_buf_t *b, ngx_ai_target_t *target)
{
    air_buf_z(b, "{\"provider\":");
    air_buf_json(b, ngx_ai_air(target->vendor->name));
    air_buf_z(b, ",\"model\":");
    air_buf_json(b, ngx_ai_air(target->name));
}


/* 1 when the i-th of the order was left out: by the decision, or later, when
   it turned out what its request would lose */
static ngx_uint_t
ngx_ai_metadata_out(ngx_ai_ctx_t *ctx, ngx_uint_t i)
{
    return i >= ctx->norder || ctx->order[i].why == AIR_WHY_PARAMETERS;
}


/* how many there are; those that the caller's key may not use are nowhere
   named, as in the list of models */
static ngx_uint_t
ngx_ai_metadata_total(ngx_ai_ctx_t *ctx)
{
    ngx_uint_t  i, n;

    for (i = 0, n = 0; i < ctx->nchoice; i++) {
        n += ctx->order[i].why != AIR_WHY_KEY;
    }

    return n;
}


/* those that could be asked, or out, that were left out, as the decision
   has them */
static void
ngx_ai_metadata_list(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att, ngx_uint_t out,
    air_buf_t *b)
{
    ngx_uint_t        i, n;
    ngx_ai_choice_t  *choice, *c;

    choice = ctx->workflow->choices.elts;

    for (i = 0, n = 0; i < ctx->nchoice; i++) {

        if (ngx_ai_metadata_out(ctx, i) != out
            || ctx->order[i].why == AIR_WHY_KEY)
        {
            continue;
        }

        c = &choice[ctx->order[i].id];

        air_buf_z(b, n++ ? "," : "");
        ngx_ai_metadata_endpoint(b, c->target);

        if (!out) {
            air_buf_z(b, att != NULL && att->choice == c
                         ? ",\"selected\":true" : ",\"selected\":false");
        }

        air_buf_z(b, ",\"reason\":\"");
        air_buf_z(b, air_route_reason(ctx->order[i].why));
        air_buf_z(b, "\"}");
    }
}


/* who was asked; one that gave no status has the one callers would get */
static void
ngx_ai_metadata_attempts(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    air_buf_t *b)
{
    ngx_uint_t         i;
    ngx_ai_attempt_t  *a;

    if (ctx->nattempts == 0) {
        return;
    }

    for (i = 0; i < ctx->nattempts; i++) {
        a = ctx->attempt[i];

        air_buf_z(b, i == 0 ? ",\"attempts\":[" : ",");
        ngx_ai_metadata_endpoint(b, a->target);
        air_buf_z(b, ",\"status\":");

        if (a == att) {
            air_buf_uint(b, NGX_HTTP_OK);

        } else if (a->status >= NGX_HTTP_BAD_REQUEST) {
            air_buf_uint(b, a->status);

        } else {
            air_buf_uint(b, air_fault_row(a->fault)->status);
        }

        if (a->fault != AIR_FAULT_NONE) {
            air_buf_z(b, ",\"why\":\"");
            air_buf_z(b, air_fault_row(a->fault)->why);
            air_buf_z(b, "\"");
        }

        air_buf_z(b, "}");
    }

    air_buf_z(b, "]");
}


/* what was done to the request, and to its answer */
static void
ngx_ai_metadata_pipeline(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    air_buf_t *b)
{
    ngx_uint_t  class, judged;

    class = ctx->class_known && ctx->class != AIR_NTASK;

    if (att == NULL) {
        att = ngx_ai_escalate_failed(ctx);
    }

    judged = att != NULL && att->verdict.verdict != AIR_VERDICT_NONE;

    if (!class && !judged) {
        return;
    }

    air_buf_z(b, ",\"pipeline\":[");

    if (class) {
        air_buf_z(b, "{\"type\":\"plugin\",\"name\":\"router\",\"data\":{"
                     "\"task_type\":\"");
        air_buf_z(b, air_task_name(ctx->class));
        air_buf_z(b, judged ? "\"}}," : "\"}}");
    }

    if (judged) {
        air_buf_z(b, "{\"type\":\"plugin\",\"name\":\"floor\",\"data\":{"
                     "\"verdict\":\"");
        air_buf_z(b, air_verdict_name(att->verdict.verdict));

        if (att->verdict.verdict != AIR_VERDICT_PASSED) {
            air_buf_z(b, "\",\"check\":\"");
            ngx_ai_floor_check(att, b);
        }

        air_buf_z(b, "\",\"escalations\":");
        air_buf_uint(b, ctx->escalations);
        air_buf_z(b, "}}");
    }

    air_buf_z(b, "]");
}


ngx_int_t
ngx_ai_metadata_write(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att, air_buf_t *b)
{
    air_buf_z(b, ",\"openrouter_metadata\":{\"requested\":");
    air_buf_json(b, ctx->request.model);
    air_buf_z(b, ",\"strategy\":\"");
    air_buf_z(b, ngx_ai_metadata_strategy(ctx));
    air_buf_z(b, "\",\"region\":null,\"summary\":\"available=");
    air_buf_uint(b, ctx->norder);
    air_buf_z(b, att != NULL ? ", selected=\"" : "\"");

    if (att != NULL) {
        air_buf_json_more(b, ngx_ai_air(att->target->vendor->name));
    }

    air_buf_z(b, ",\"attempt\":");
    air_buf_uint(b, att != NULL ? att->n : ctx->nattempts);
    air_buf_z(b, ",\"is_byok\":true,\"workflow\":");
    air_buf_json(b, ngx_ai_air(ctx->workflow->name));

    air_buf_z(b, ",\"endpoints\":{\"total\":");
    air_buf_uint(b, ngx_ai_metadata_total(ctx));
    air_buf_z(b, ",\"available\":[");
    ngx_ai_metadata_list(ctx, att, 0, b);
    air_buf_z(b, "]},\"filtered\":[");
    ngx_ai_metadata_list(ctx, att, 1, b);
    air_buf_z(b, "]");

    ngx_ai_metadata_attempts(ctx, att, b);

    ngx_ai_metadata_pipeline(ctx, att, b);

    return air_buf_z(b, "}") == AIR_OK ? NGX_OK : NGX_ERROR;
}


/*
 * Appends text, an object, to b with the member added: to it, or, nested, to
 * the response in it.  What a vendor says under that name is not told beside
 * ours.  NGX_DECLINED: there is no place for it, or too much to tell, and what
 * is in b then is of no use.
 */
static ngx_int_t
ngx_ai_metadata_splice(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    ngx_uint_t nested, air_str_t text, air_buf_t *b)
{
    int                     rc;
    air_buf_t               own;
    ngx_uint_t              left;
    air_edits_t             edits;
    air_json_doc_t          doc;
    const air_json_node_t  *root, *node;

    air_json_init(&doc, &ctx->mem);

    if (air_json_scan(&doc, text, AIR_JSON_VENDOR, NULL) != AIR_OK
        || air_json_root(&doc)->type != AIR_JSON_OBJECT)
    {
        return NGX_DECLINED;
    }

    root = air_json_root(&doc);
    node = nested ? air_json_get(&doc, root, "response") : NULL;

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        root = node;
    }

    edits.n = 0;
    left = root->count;
    rc = AIR_OK;

    for (node = air_json_first(&doc, root); node != NULL && rc == AIR_OK;
         node = air_json_next(&doc, node))
    {
        if (air_str_eqz(air_json_key(&doc, node), "openrouter_metadata")) {
            rc = air_edits_remove(&edits, &doc, root, node);
            left--;
        }
    }

    air_buf_init(&own, &ctx->mem, NGX_AI_METADATA_MAX);

    if (rc != AIR_OK || ngx_ai_metadata_write(ctx, att, &own) != NGX_OK) {
        return rc == AIR_ENOMEM || own.error == AIR_ENOMEM ? NGX_ERROR
                                                           : NGX_DECLINED;
    }

    /* its comma is for what stands before it */

    rc = air_edits_add(&edits, root->end - 1, root->end - 1,
                       air_str_n(own.data + (left == 0),
                                 own.len - (left == 0)));

    if (rc == AIR_OK) {
        rc = air_edits_apply(&edits, text, b);
    }

    return rc == AIR_OK ? NGX_OK
           : rc == AIR_ENOMEM ? NGX_ERROR : NGX_DECLINED;
}


ngx_int_t
ngx_ai_metadata_reply(ngx_ai_attempt_t *att)
{
    ngx_int_t      rc;
    air_buf_t      b;
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;

    air_buf_init(&b, &ctx->mem, att->len + NGX_AI_METADATA_MAX);

    rc = ngx_ai_metadata_splice(ctx, att, 0, air_str_n(att->buf, att->len),
                                &b);
    if (rc != NGX_OK) {

        /* the reply is paid for, and goes out without */

        return rc == NGX_DECLINED ? NGX_OK : NGX_ERROR;
    }

    att->buf = b.data;
    att->len = b.len;
    att->size = b.len;

    return NGX_OK;
}


/* an event of our own, for callers whose streams end with a bare mark */
static ngx_int_t
ngx_ai_metadata_chunk(ngx_ai_attempt_t *att, air_buf_t *b)
{
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;

    air_buf_z(b, "data: {\"id\":");

    if (att->note.id_len) {
        air_buf_json(b, air_str_n(att->note.id, att->note.id_len));

    } else {
        air_buf_json(b, air_str_n(ctx->id_hex, 32));
    }

    air_buf_z(b, ctx->op == AIR_OP_COMPLETIONS
                 ? ",\"object\":\"text_completion\",\"created\":"
                 : ",\"object\":\"chat.completion.chunk\",\"created\":");
    air_buf_uint(b, att->time_ms / 1000);
    air_buf_z(b, ",\"model\":");
    air_buf_json(b, att->note.model_len
                    ? air_str_n(att->note.model, att->note.model_len)
                    : ngx_ai_air(att->target->model));
    air_buf_z(b, ",\"choices\":[]");

    if (ngx_ai_metadata_write(ctx, att, b) != NGX_OK) {
        return NGX_ERROR;
    }

    return air_buf_z(b, "}\n\n") == AIR_OK ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_ai_metadata_event(ngx_ai_attempt_t *att, ngx_uint_t failed,
    air_str_t *event)
{
    size_t         i, data;
    air_buf_t      b;
    ngx_int_t      rc;
    ngx_ai_ctx_t  *ctx;

    static air_str_t  mark = air_str("data:");
    static air_str_t  done = air_str("data: [DONE]");

    ctx = att->ctx;

    /* the last line of data: what is before it is nobody's end */

    data = event->len;

    for (i = 0; i + mark.len <= event->len; i++) {

        if ((i == 0 || event->data[i - 1] == '\n'
             || event->data[i - 1] == '\r')
            && ngx_memcmp(event->data + i, mark.data, mark.len) == 0)
        {
            data = i;
        }
    }

    if (data == event->len) {
        return NGX_OK;
    }

    air_buf_init(&b, &ctx->mem, event->len + NGX_AI_METADATA_MAX);

    if (ctx->codec == &air_codec_openai && !failed) {

        /* its end mark holds nothing: one more chunk before it */

        i = event->len - data;

        if (i < done.len
            || ngx_strlchr(event->data + data, event->data + event->len, '{')
               != NULL)
        {
            return NGX_OK;
        }

        air_buf_add(&b, event->data, data);

        if (ngx_ai_metadata_chunk(att, &b) != NGX_OK) {
            return b.error == AIR_ELIMIT ? NGX_OK : NGX_ERROR;
        }

    } else {
        data += mark.len;

        for (i = event->len; i > data && event->data[i - 1] != '}'; i--) {
            /* void */
        }

        air_buf_add(&b, event->data, data);

        rc = ngx_ai_metadata_splice(ctx, failed ? NULL : att, 1,
                                    air_str_n(event->data + data, i - data),
                                    &b);
        if (rc != NGX_OK) {
            return rc == NGX_DECLINED ? NGX_OK : NGX_ERROR;
        }

        data = i;
    }

    air_buf_add(&b, event->data + data, event->len - data);

    if (b.error != AIR_OK) {
        return NGX_ERROR;
    }

    *event = air_buf_view(&b);

    return NGX_OK;
}


ngx_int_t
ngx_ai_metadata_error(ngx_ai_ctx_t *ctx, air_buf_t *b)
{
    air_buf_t  more;

    if (b->len == 0 || b->data[b->len - 1] != '}') {
        return NGX_OK;
    }

    air_buf_init(&more, &ctx->mem, b->len + NGX_AI_METADATA_MAX);
    air_buf_add(&more, b->data, b->len - 1);

    if (ngx_ai_metadata_write(ctx, NULL, &more) != NGX_OK
        || air_buf_z(&more, "}") != AIR_OK)
    {
        /* many long names: it is told without them */

        return more.error == AIR_ELIMIT ? NGX_OK : NGX_ERROR;
    }

    *b = more;

    return NGX_OK;
}
