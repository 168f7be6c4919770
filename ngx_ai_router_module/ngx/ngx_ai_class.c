
/*
 * The class of task a request is: told by the operator's ai_task, or else
 * recognised from the body, once, when something asks for it.
 */

#include "ngx_ai_router_module.h"


static const air_task_words_t *ngx_ai_class_words(ngx_ai_main_conf_t *amcf);
static air_task_e ngx_ai_class_recognise(ngx_ai_ctx_t *ctx);


/* the table of words, made when a worker first needs it */
static const air_task_words_t *
ngx_ai_class_words(ngx_ai_main_conf_t *amcf)
{
    if (amcf->words == NULL) {

        amcf->words = ngx_palloc(ngx_cycle->pool, sizeof(air_task_words_t));
        if (amcf->words == NULL) {
            return NULL;
        }

        air_task_words(amcf->words);
    }

    return amcf->words;
}


static air_task_e
ngx_ai_class_recognise(ngx_ai_ctx_t *ctx)
{
    air_task_input_t         in;
    const air_task_words_t  *words;

    words = ngx_ai_class_words(ctx->amcf);
    if (words == NULL) {
        return AIR_TASK_OTHER;
    }

    air_task_read(&ctx->doc, &in);

    return air_task_of(words, &in).task;
}


air_task_e
ngx_ai_class(ngx_ai_ctx_t *ctx)
{
    ngx_str_t  value;

    if (ctx->class_known) {
        return ctx->class;
    }

    /* ai_task may be made of $ai_task, or be asked before there is a body */

    if (ctx->class_busy || air_json_root(&ctx->doc) == NULL
        || ctx->op == AIR_OP_EMBEDDINGS || ctx->op == AIR_OP_MODELS)
    {
        return AIR_NTASK;
    }

    ctx->class = AIR_NTASK;

    if (ctx->alcf->task != NULL) {
        ctx->class_busy = 1;

        if (ngx_http_complex_value(ctx->r, ctx->alcf->task, &value)
            == NGX_OK)
        {
            ctx->class = air_task_by_name(ngx_ai_air(value));
        }

        ctx->class_busy = 0;
    }

    if (ctx->class == AIR_NTASK) {
        ctx->class = ngx_ai_class_recognise(ctx);
    }

    ctx->class_known = 1;

    return ctx->class;
}
