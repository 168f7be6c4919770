
/*
 * Nobody is left, or nobody answered: what the caller is told, in the words of
 * OpenRouter's "availability" (openrouter.ai/docs api_reference
 * /errors-and-debugging, read 2026-11) beside those of his own protocol.
 */

#include "ngx_ai_router_module.h"


#define NGX_AI_AVAILABILITY  16384
#define NGX_AI_DETAIL        65536        /* of 4096 bytes as JSON          */


/* why targets are left out, the checks in the order in which they are made:
   the last one that anybody reached is what the caller hears of */
static const struct {
    air_why_e    why;
    const char  *code;
    const char  *excluded;        /* NULL: says nothing                     */
    const char  *field;           /* of "constraint"                        */
    const char  *message;
} ngx_ai_reasons[] = {

    { AIR_WHY_NO_OP, "wrong_endpoint", "operation", NULL,
      "No model of this route can do this kind of request." },

    { AIR_WHY_NOT_ASKED, "no_endpoints", NULL, NULL,
      "None of the models that were asked for is of use here." },

    { AIR_WHY_REGION, "constraint_filtered", "data_region", "region",
      "No provider of this route is in the region that is required." },

    { AIR_WHY_TAG, "constraint_filtered", "tag", "tag",
      "No provider of this route is of the kind that is required." },

    { AIR_WHY_KEY, "no_endpoints", NULL, NULL,
      "This API key may not use any model of this route." },

    { AIR_WHY_IGNORED, "no_endpoints", "ignored_providers", NULL,
      "All providers of this route are in \"provider.ignore\"." },

    { AIR_WHY_NOT_ONLY, "no_endpoints", "allowed_providers", NULL,
      "No provider of this route is in \"provider.only\"." },

    { AIR_WHY_ZDR, "privacy_restricted", "data_policy:zdr", NULL,
      "No provider of this route is known to retain no data, as "
      "\"provider.zdr\" demands." },

    { AIR_WHY_TRAINING, "privacy_restricted", "data_policy:training", NULL,
      "No provider of this route is known not to collect data, as "
      "\"provider.data_collection\" demands." },

    { AIR_WHY_DISTILLABLE, "constraint_filtered", "enforce_distillable_text",
      "enforce_distillable_text",
      "No model of this route is known to allow that others learn of its "
      "texts." },

    { AIR_WHY_QUANTIZATION, "constraint_filtered", "quantization",
      "quantizations",
      "No model of this route has one of the levels in "
      "\"provider.quantizations\"." },

    { AIR_WHY_NEEDS, "no_endpoints", NULL, NULL, NULL },

    { AIR_WHY_CONTEXT, "constraint_filtered", "context_length",
      "context_length", NULL },

    { AIR_WHY_OUTPUT, "constraint_filtered", "max_output", "max_tokens",
      NULL },

    { AIR_WHY_MAX_PRICE, "constraint_filtered", "max_price", "max_price",
      "No provider of this route is known to be within "
      "\"provider.max_price\"." },

    { AIR_WHY_BUDGET, "constraint_filtered", "budget", "budget",
      "No model of this route is within the budget that is left." },

    { AIR_WHY_NO_FALLBACKS, "no_endpoints", "allowed_providers", NULL,
      "No provider of this route is in \"provider.order\", and "
      "\"provider.allow_fallbacks\" keeps from others." },

    { AIR_WHY_PARAMETERS, "constraint_filtered", "require_parameters",
      "require_parameters", NULL },
};

#define NGX_AI_NREASONS  (sizeof(ngx_ai_reasons) / sizeof(ngx_ai_reasons[0]))


static void ngx_ai_said_needs(ngx_ai_ctx_t *ctx, air_buf_t *text,
    air_buf_t *list);
static void ngx_ai_excluded(air_buf_t *list, const char *word);
static ngx_int_t ngx_ai_availability(ngx_ai_ctx_t *ctx, const char *code,
    ngx_uint_t retryable, uint64_t retry_ms, air_str_t more,
    air_error_t *error);
static void ngx_ai_affected(ngx_ai_ctx_t *ctx, air_buf_t *b);


static void
ngx_ai_excluded(air_buf_t *list, const char *word)
{
    air_buf_z(list, list->len ? ",\"" : "\"");
    air_buf_z(list, word);
    air_buf_z(list, "\"");
}


/* what no target can do */
static void
ngx_ai_said_needs(ngx_ai_ctx_t *ctx, air_buf_t *text, air_buf_t *list)
{
    unsigned    i;
    ngx_uint_t  n;

    n = 0;

    for (i = 0; i < AIR_NCAN; i++) {

        if ((ctx->lacked & ((uint32_t) 1 << i)) == 0) {
            continue;
        }

        ngx_ai_excluded(list, air_can_name(i));

        if (text != NULL) {
            air_buf_z(text, n++ ? ", "
                                : "No model of this route can do what this "
                                  "request needs: ");
            air_buf_z(text, air_can_name(i));
        }
    }

    if (text != NULL) {
        air_buf_z(text, ".");
    }
}


/* the vendors that were left out or asked, once each */
static void
ngx_ai_affected(ngx_ai_ctx_t *ctx, air_buf_t *b)
{
    ngx_str_t        *name;
    ngx_uint_t        i, k, n;
    ngx_ai_choice_t  *choice;

    if (ctx->alcf->headers != NGX_AI_HEADERS_ON || ctx->workflow == NULL
        || ctx->order == NULL)
    {
        return;
    }

    choice = ctx->workflow->choices.elts;
    n = 0;

    for (i = 0; i < ctx->nchoice; i++) {

        if (ctx->order[i].why == AIR_WHY_KEY) {
            continue;
        }

        name = &choice[ctx->order[i].id].target->vendor->name;

        for (k = 0; k < i; k++) {
            if (ctx->order[k].why != AIR_WHY_KEY
                && &choice[ctx->order[k].id].target->vendor->name == name)
            {
                break;
            }
        }

        if (k < i) {
            continue;
        }

        air_buf_z(b, n++ ? "," : ",\"affected_providers\":[");
        air_buf_json(b, ngx_ai_air(*name));
    }

    if (n) {
        air_buf_z(b, "]");
    }
}


/* more: further members, each after a comma */
static ngx_int_t
ngx_ai_availability(ngx_ai_ctx_t *ctx, const char *code, ngx_uint_t retryable,
    uint64_t retry_ms, air_str_t more, air_error_t *error)
{
    unsigned            i;
    air_buf_t           b;
    const air_prefs_t  *p;

    p = ctx->request.prefs;

    air_buf_init(&b, &ctx->mem, NGX_AI_AVAILABILITY + more.len);

    air_buf_z(&b, "{\"code\":\"");
    air_buf_z(&b, code);
    air_buf_z(&b, retryable ? "\",\"retryable\":true"
                            : "\",\"retryable\":false");

    if (retry_ms) {
        air_buf_z(&b, ",\"retry_after\":");
        air_buf_uint(&b, (retry_ms + 999) / 1000);
    }

    air_buf_z(&b, ",\"requested_models\":[");

    if (p != NULL && p->nmodels) {
        for (i = 0; i < p->nmodels; i++) {
            air_buf_z(&b, i ? "," : "");
            air_buf_json(&b, p->models[i]);
        }

    } else {
        air_buf_json(&b, ctx->request.model);
    }

    air_buf_z(&b, "]");

    ngx_ai_affected(ctx, &b);

    air_buf_str(&b, more);

    if (air_buf_z(&b, "}") != AIR_OK) {

        /* many long names: it is told without them */

        return b.error == AIR_ELIMIT ? NGX_OK : NGX_ERROR;
    }

    error->availability = air_buf_view(&b);

    return NGX_OK;
}


ngx_int_t
ngx_ai_unknown(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    return ngx_ai_availability(ctx, "model_not_found", 0, 0,
                               air_str_n(NULL, 0), error);
}


ngx_int_t
ngx_ai_failed(ngx_ai_ctx_t *ctx, air_fault_e fault, uint64_t retry_ms,
    air_error_t *error)
{
    ngx_uint_t   retryable;
    const char  *code;

    /* what the caller did wrong, and what nobody can mend, is neither */

    switch (fault) {

    case AIR_FAULT_RATE_LIMIT:
        code = "capacity_exhausted";
        retryable = 1;
        break;

    case AIR_FAULT_MODEL:
        code = "model_unavailable_upstream";
        retryable = 0;
        break;

    case AIR_FAULT_AUTH:
    case AIR_FAULT_LOOP:
    case AIR_FAULT_REDIRECT:
        return NGX_OK;

    default:

        if (error->status < 502 || error->status > 504) {
            return NGX_OK;
        }

        code = "temporarily_unavailable";
        retryable = 1;
    }

    return ngx_ai_availability(ctx, code, retryable, retry_ms,
                               air_str_n(NULL, 0), error);
}


ngx_int_t
ngx_ai_unfit(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    air_buf_t  more;

    air_buf_init(&more, &ctx->mem, NGX_AI_DETAIL);

    air_buf_z(&more, ",\"excluded_by\":[\"require_parameters\"],"
                     "\"constraint\":{\"field\":\"require_parameters\","
                     "\"detail\":");
    air_buf_json(&more, error->message);

    if (air_buf_z(&more, "}") != AIR_OK) {
        return NGX_ERROR;
    }

    return ngx_ai_availability(ctx, "constraint_filtered", 0, 0,
                               air_buf_view(&more), error);
}


/* Status, code and words of the reason that the caller hears of. */
static void
ngx_ai_nobody_said(ngx_ai_ctx_t *ctx, ngx_uint_t last, uint64_t largest,
    air_wants_t *wants, air_buf_t *text, air_error_t *error)
{
    ngx_ai_error_fill(error, AIR_FAULT_NO_TARGET);
    error->status = NGX_HTTP_NOT_FOUND;
    error->type = air_str_z("invalid_request_error");
    error->code = air_str_z("no_endpoints");

    switch (ngx_ai_reasons[last].why) {

    case AIR_WHY_KEY:
        ngx_ai_say(error, NGX_HTTP_FORBIDDEN, "permission_error",
                   "model_not_allowed", "");
        break;

    case AIR_WHY_CONTEXT:

        /* in words that clients look for, to shorten what they send */

        ngx_ai_error_fill(error, AIR_FAULT_CONTEXT);

        air_buf_z(text, "prompt is too long: ");
        air_buf_uint(text, wants->input);
        air_buf_z(text, " tokens > ");
        air_buf_uint(text, largest);
        air_buf_z(text, " maximum");
        break;

    case AIR_WHY_OUTPUT:
        air_buf_z(text, "No model of this route writes an answer of ");
        air_buf_uint(text, wants->max_output);
        air_buf_z(text, " tokens.");
        break;

    default:
        break;
    }

    if (ngx_ai_reasons[last].message != NULL) {
        air_buf_z(text, ngx_ai_reasons[last].message);
    }

    error->message = air_buf_view(text);
}


ngx_int_t
ngx_ai_nobody(ngx_ai_ctx_t *ctx, air_candidate_t *cand, air_wants_t *wants,
    air_error_t *error)
{
    uint64_t     why, largest;
    air_buf_t    text, list, more;
    ngx_uint_t   i, last;
    const char  *code;

    why = 0;
    largest = 0;
    last = 0;

    for (i = 0; i < ctx->nchoice; i++) {
        why |= (uint64_t) 1 << ctx->order[i].why;
    }

    for (i = 0; i < ctx->ncand; i++) {
        largest = ngx_max(largest, cand[i].can.context);
    }

    air_buf_init(&text, &ctx->mem, 1024);
    air_buf_init(&list, &ctx->mem, 1024);

    if (why & ((uint64_t) 1 << AIR_WHY_NEEDS)) {
        ctx->lacked = air_route_lacked(cand, ctx->ncand, wants->needs);
    }

    for (i = 0; i < NGX_AI_NREASONS; i++) {
        if (why & ((uint64_t) 1 << ngx_ai_reasons[i].why)) {
            last = i;
        }
    }

    /* that some cannot do the operation is no news where others could */

    for (i = 0; i < NGX_AI_NREASONS; i++) {

        if ((why & ((uint64_t) 1 << ngx_ai_reasons[i].why)) == 0) {
            continue;
        }

        if (ngx_ai_reasons[i].why == AIR_WHY_NEEDS) {
            ngx_ai_said_needs(ctx, i == last ? &text : NULL, &list);

        } else if (ngx_ai_reasons[i].excluded != NULL
                   && (i == last || ngx_ai_reasons[i].why != AIR_WHY_NO_OP))
        {
            ngx_ai_excluded(&list, ngx_ai_reasons[i].excluded);
        }
    }

    ngx_ai_nobody_said(ctx, last, largest, wants, &text, error);

    code = ngx_ai_reasons[last].code;

    if (ngx_ai_reasons[last].why == AIR_WHY_NEEDS && wants->strict
        && (ctx->lacked & AIR_CAN_HARD) == 0)
    {
        code = "constraint_filtered";
    }

    air_buf_init(&more, &ctx->mem, NGX_AI_DETAIL);

    if (list.len) {
        air_buf_z(&more, ",\"excluded_by\":[");
        air_buf_str(&more, air_buf_view(&list));
        air_buf_z(&more, "]");
    }

    if (ngx_ai_reasons[last].field != NULL) {
        air_buf_z(&more, ",\"constraint\":{\"field\":\"");
        air_buf_z(&more, ngx_ai_reasons[last].field);
        air_buf_z(&more, "\",\"detail\":");
        air_buf_json(&more, error->message);
        air_buf_z(&more, "}");
    }

    if (text.error != AIR_OK || list.error != AIR_OK || more.error != AIR_OK
        || ngx_ai_availability(ctx, code, 0, 0, air_buf_view(&more), error)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_DECLINED;
}
