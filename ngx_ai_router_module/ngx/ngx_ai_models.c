
/*
 * GET models: what a caller of this location may name, in OpenAI's list with
 * OpenRouter's members for windows and prices.
 */

#include "ngx_ai_router_module.h"


static void ngx_ai_models_can(air_buf_t *b, air_can_t *can);
static ngx_int_t ngx_ai_models_one(air_buf_t *b, ngx_str_t *name,
    ngx_ai_target_t *target);
static ngx_int_t ngx_ai_models_emit(ngx_ai_ctx_t *ctx, air_buf_t *b,
    ngx_str_t *id, ngx_str_t *name, ngx_ai_target_t *target, ngx_uint_t *n);


/* windows, and what is known of it, both ways */
static void
ngx_ai_models_can(air_buf_t *b, air_can_t *can)
{
    unsigned  i, n;

    if (can->context) {
        air_buf_z(b, ",\"context_length\":");
        air_buf_uint(b, can->context);
    }

    if (can->context || can->max_output) {
        air_buf_z(b, ",\"top_provider\":{\"context_length\":");
        air_buf_uint(b, can->context);
        air_buf_z(b, ",\"max_completion_tokens\":");

        if (can->max_output) {
            air_buf_uint(b, can->max_output);

        } else {
            air_buf_z(b, "null");
        }

        air_buf_z(b, "}");
    }

    if (can->known == 0) {
        return;
    }

    air_buf_z(b, ",\"capabilities\":{");

    for (i = 0, n = 0; i < AIR_NCAN; i++) {

        if (can->known & (1u << i)) {
            air_buf_z(b, n++ ? ",\"" : "\"");
            air_buf_z(b, air_can_name(i));
            air_buf_z(b, can->bits & (1u << i) ? "\":true" : "\":false");
        }
    }

    air_buf_z(b, "}");
}


/* one model object */
static ngx_int_t
ngx_ai_models_one(air_buf_t *b, ngx_str_t *name, ngx_ai_target_t *target)
{
    const air_model_t  *info;
    const air_price_t  *price;

    info = target->info;

    air_buf_z(b, "{\"id\":");
    air_buf_json(b, ngx_ai_air(*name));
    air_buf_z(b, ",\"object\":\"model\",\"created\":0,\"owned_by\":");
    air_buf_json(b, ngx_ai_air(target->vendor->maker.len
                               ? target->vendor->maker
                               : target->vendor->name));
    air_buf_z(b, ",\"name\":");
    air_buf_json(b, ngx_ai_air(target->model));

    ngx_ai_models_can(b, &target->can);

    if (info != NULL) {
        price = air_model_price(info, ngx_ai_now());

        if (price != NULL && price->rate[0][AIR_IN] != AIR_UNKNOWN) {
            air_buf_z(b, ",\"pricing\":{\"prompt\":\"");
            air_buf_pusd(b, price->rate[0][AIR_IN]);
            air_buf_z(b, "\"");

            if (price->rate[0][AIR_OUT] != AIR_UNKNOWN) {
                air_buf_z(b, ",\"completion\":\"");
                air_buf_pusd(b, price->rate[0][AIR_OUT]);
                air_buf_z(b, "\"");
            }

            if (price->rate[0][AIR_IN_CACHE_READ] != AIR_UNKNOWN) {
                air_buf_z(b, ",\"input_cache_read\":\"");
                air_buf_pusd(b, price->rate[0][AIR_IN_CACHE_READ]);
                air_buf_z(b, "\"");
            }

            air_buf_z(b, "}");
        }
    }

    return air_buf_z(b, "}") == AIR_OK ? NGX_OK : NGX_ERROR;
}


/* into the list, or alone when it is the one asked for */
static ngx_int_t
ngx_ai_models_emit(ngx_ai_ctx_t *ctx, air_buf_t *b, ngx_str_t *id,
    ngx_str_t *name, ngx_ai_target_t *target, ngx_uint_t *n)
{
    if (!ngx_ai_keys_target(ctx, target)) {
        return NGX_OK;
    }

    if (id->len) {
        if (*n || id->len != name->len
            || ngx_memcmp(id->data, name->data, id->len) != 0)
        {
            return NGX_OK;
        }

    } else if (*n) {
        air_buf_z(b, ",");
    }

    (*n)++;

    return ngx_ai_models_one(b, name, target);
}


ngx_int_t
ngx_ai_models(ngx_http_request_t *r, ngx_ai_loc_conf_t *alcf, ngx_str_t *id)
{
    air_buf_t             b;
    ngx_str_t             value;
    ngx_uint_t            i, k, n;
    air_error_t           error;
    ngx_ai_ctx_t         *ctx;
    ngx_ai_tier_t        *tier;
    ngx_ai_choice_t      *choice;
    ngx_ai_workflow_t    *wf, **cat;
    ngx_ai_main_conf_t   *amcf;

    ctx = ngx_ai_get_ctx(r);
    amcf = ctx->amcf;
    ctx->finished = 1;

    wf = ngx_ai_conf_workflow(r, alcf);

    if (wf == NULL) {
        ngx_ai_error_fill(&error, AIR_FAULT_INTERNAL);
        return ngx_ai_error_send(r, &error, ctx, 0);
    }

    if (ngx_ai_keys_workflow(ctx, wf, &error) != NGX_OK) {
        return ngx_ai_error_send(r, &error, ctx, 0);
    }

    if (id->len > sizeof("/endpoints") - 1
        && ngx_strncmp(id->data + id->len - (sizeof("/endpoints") - 1),
                       "/endpoints", sizeof("/endpoints") - 1)
           == 0)
    {
        id->len -= sizeof("/endpoints") - 1;
        return ngx_ai_endpoints(ctx, wf, id);
    }

    air_buf_init(&b, &ctx->mem, 16 * 1024 * 1024);

    if (id->len == 0) {
        air_buf_z(&b, "{\"object\":\"list\",\"data\":[");
    }

    n = 0;

    if (wf->catalogue) {
        cat = amcf->catalogue.elts;

        for (i = 0; i < amcf->catalogue.nelts; i++) {
            choice = cat[i]->choices.elts;

            if (cat[i]->choices.nelts
                && ngx_ai_models_emit(ctx, &b, id, &cat[i]->name,
                                      choice[0].target, &n)
                   != NGX_OK)
            {
                return NGX_HTTP_INTERNAL_SERVER_ERROR;
            }
        }

    } else {
        choice = wf->choices.elts;
        tier = NULL;

        for (i = 0; i < wf->choices.nelts && !choice[i].degrade; i++) {

            if (choice[i].tier != NULL && choice[i].tier != tier
                && !choice[i].escalate)
            {
                tier = choice[i].tier;

                if (ngx_ai_models_emit(ctx, &b, id, &tier->name,
                                       choice[i].target, &n)
                    != NGX_OK)
                {
                    return NGX_HTTP_INTERNAL_SERVER_ERROR;
                }
            }

            /* one that serves several classes of tasks stands twice */

            for (k = 0; k < i && choice[k].target != choice[i].target; k++) {
                /* void */
            }

            if (k < i || choice[i].escalate) {
                continue;
            }

            if (ngx_ai_models_emit(ctx, &b, id, &choice[i].target->name,
                                   choice[i].target, &n)
                != NGX_OK)
            {
                return NGX_HTTP_INTERNAL_SERVER_ERROR;
            }
        }
    }

    if (id->len == 0) {
        air_buf_z(&b, "],\"total_count\":");
        air_buf_uint(&b, n);
        air_buf_z(&b, "}");

    } else if (n == 0) {
        ngx_ai_error_fill(&error, AIR_FAULT_MODEL);
        error.status = NGX_HTTP_NOT_FOUND;
        error.type = air_str_z("invalid_request_error");
        error.code = air_str_z("model_not_found");
        error.message = air_str_z("The model does not exist or you do not "
                                  "have access to it.");
        return ngx_ai_error_send(r, &error, ctx, 0);
    }

    if (b.error != AIR_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    value = ngx_ai_ngx(air_buf_view(&b));

    return ngx_ai_json_send(ctx, &value);
}
