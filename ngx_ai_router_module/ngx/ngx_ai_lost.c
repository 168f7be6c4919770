
/*
 * What a target cannot take: told in X-AI-Warnings, in variables and in the
 * ledger, or a reason to leave the target out.
 */

#include "ngx_ai_router_module.h"


#define NGX_AI_LOST_LIST  1024


static ngx_int_t ngx_ai_lost_relay(ngx_ai_attempt_t *att,
    air_warnings_t *lost);


void
ngx_ai_lost_list(const air_warnings_t *lost, air_buf_t *b)
{
    unsigned  i;

    for (i = 0; i < lost->n; i++) {
        if (i) {
            air_buf_z(b, ", ");
        }

        if (lost->w[i].field.len > 64
            || air_fault_redact(lost->w[i].field, b) != AIR_OK)
        {
            air_buf_z(b, "field");
        }

        air_buf_z(b, "=");
        air_buf_z(b, air_lost_reason(lost->w[i].why));
    }

    if (lost->more) {
        air_buf_z(b, ", more=");
        air_buf_uint(b, lost->more);
    }
}


ngx_int_t
ngx_ai_lost_add(ngx_ai_attempt_t *att, const char *field, air_lost_e why)
{
    if (att->lost == NULL) {
        att->lost = ngx_pcalloc(att->ctx->r->pool, sizeof(air_warnings_t));
        if (att->lost == NULL) {
            return NGX_ERROR;
        }
    }

    air_warnings_addz(att->lost, field, why);

    return NGX_OK;
}


ngx_int_t
ngx_ai_lost_header(ngx_ai_attempt_t *att, ngx_str_t *value)
{
    air_buf_t        buf;
    air_warnings_t  *told;

    ngx_str_null(value);

    told = att->ctx->told;

    if ((att->lost == NULL || att->lost->n == 0) && told == NULL) {
        return NGX_OK;
    }

    air_buf_init(&buf, &att->ctx->mem, NGX_AI_LOST_LIST);

    if (told != NULL) {
        ngx_ai_lost_list(told, &buf);
    }

    if (att->lost != NULL && att->lost->n) {
        air_buf_z(&buf, told ? ", " : "");
        ngx_ai_lost_list(att->lost, &buf);
    }

    /* a list cut short is still a list */

    *value = ngx_ai_ngx(air_buf_view(&buf));

    return NGX_OK;
}


void
ngx_ai_lost_all(ngx_ai_attempt_t *att, air_buf_t *b)
{
    if (att->ctx->told != NULL) {
        ngx_ai_lost_list(att->ctx->told, b);
    }

    if (att->lost != NULL && att->lost->n) {
        air_buf_z(b, b->len ? ", " : "");
        ngx_ai_lost_list(att->lost, b);
    }

    if (att->stream != NULL && att->stream->lost.n) {
        air_buf_z(b, b->len ? ", " : "");
        ngx_ai_lost_list(&att->stream->lost, b);
    }
}


void
ngx_ai_lost_record(ngx_ai_attempt_t *att, air_record_t *rec)
{
    size_t           len;
    u_char          *text;
    unsigned         n;
    ngx_uint_t       i, k;
    air_warnings_t  *list[2];

    list[0] = att->lost;
    list[1] = att->stream ? &att->stream->lost : NULL;

    n = 0;
    len = 0;
    text = NULL;

    for (k = 0; k < 2; k++) {

        if (list[k] == NULL || list[k]->n == 0) {
            continue;
        }

        n += list[k]->n + list[k]->more;

        for (i = 0; i < list[k]->n; i++) {
            rec->lost |= 1U << list[k]->w[i].why;
        }

        if (text == NULL) {
            text = ngx_pnalloc(att->ctx->r->pool, AIR_RECORD_WARNINGS);
        }

        if (text != NULL) {
            len = air_warnings_brief(list[k], text, len, AIR_RECORD_WARNINGS);
        }
    }

    rec->nlost = ngx_min(n, 255);
    rec->warnings = air_str_n(text, len);
}


/* what a relay would leave out, before it is one */
static ngx_int_t
ngx_ai_lost_relay(ngx_ai_attempt_t *att, air_warnings_t *lost)
{
    air_edits_t    edits;
    ngx_ai_ctx_t  *ctx;

    ctx = att->ctx;

    edits.n = 0;
    lost->n = 0;
    lost->more = 0;

    return ctx->codec->request_edits(&ctx->request, &ctx->doc,
                                     &att->target->air, &ctx->mem, &edits,
                                     lost)
           == AIR_OK ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_ai_lost_check(ngx_ai_attempt_t *att)
{
    unsigned         i;
    ngx_ai_ctx_t    *ctx;
    air_warnings_t  *lost, relay;

    ctx = att->ctx;
    lost = att->lost;

    if (!att->written) {
        lost = &relay;

        if (ngx_ai_lost_relay(att, lost) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (lost == NULL || air_warnings_losses(lost) == 0) {
        return NGX_OK;
    }

    if (ctx->unfit == NULL) {
        ctx->unfit = ngx_pcalloc(ctx->r->pool, sizeof(air_warnings_t));
        if (ctx->unfit == NULL) {
            return NGX_ERROR;
        }
    }

    for (i = 0; i < lost->n; i++) {
        if (air_warning_loss(&lost->w[i])) {
            air_warnings_add(ctx->unfit, lost->w[i].field, lost->w[i].why);
        }
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, ctx->r->connection->log, 0,
                   "ai left out:\"%V\" would lose %ui parameters",
                   &att->target->name,
                   (ngx_uint_t) air_warnings_losses(lost));

    /* it was taken from the order just now */

    ctx->order[ctx->next - 1].why = AIR_WHY_PARAMETERS;
    ctx->nunfit++;

    if (!ctx->peek) {
        ngx_ai_stat_left_out(ctx, ctx->order[ctx->next - 1].id);
    }

    return NGX_DECLINED;
}


ngx_int_t
ngx_ai_lost_error(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    unsigned    i, k;
    air_buf_t   buf;
    air_str_t   field;

    ngx_ai_error_fill(error, AIR_FAULT_UNSUPPORTED);
    error->status = NGX_HTTP_NOT_FOUND;
    error->code = air_str_z("no_endpoints");
    air_buf_init(&buf, &ctx->mem, 4096);

    air_buf_z(&buf, "No model of this route takes all parameters of this "
                    "request, and none may be left out:");

    for (i = 0; i < ctx->unfit->n; i++) {
        field = ctx->unfit->w[i].field;

        for (k = 0; k < i; k++) {
            if (air_str_eq(ctx->unfit->w[k].field, field)) {
                break;
            }
        }

        if (k < i) {
            continue;
        }

        air_buf_z(&buf, i ? ", " : " ");

        if (field.len > 64 || air_fault_redact(field, &buf) != AIR_OK) {
            air_buf_z(&buf, "field");
        }
    }

    if (air_buf_z(&buf, ".") != AIR_OK) {
        return NGX_ERROR;
    }

    error->message = air_buf_view(&buf);

    return ngx_ai_unfit(ctx, error);
}
