
/*
 * GET models/ID/endpoints: the targets of this route that serve a model, how
 * each is doing and what it costs, in OpenRouter's shape (its OpenAPI of
 * 2026-11).  Only what the caller's key may use.
 */

#include "ngx_ai_router_module.h"


/* what the vendor's protocol can say beside what a capability tells */
typedef struct {
    const char  *protocol;
    const char  *names;           /* parted by blanks                       */
} ngx_ai_said_t;


typedef struct {
    uint32_t     can;
    const char  *names;
} ngx_ai_able_t;


typedef struct {
    air_class_e  class;
    const char  *name;
} ngx_ai_charge_t;


static const ngx_ai_said_t  ngx_ai_said[] = {
    { "openai", "temperature top_p max_tokens max_completion_tokens stop "
                "frequency_penalty presence_penalty logit_bias seed" },
    { "responses", "temperature top_p max_tokens max_completion_tokens" },
    { "anthropic", "temperature top_p top_k max_tokens max_completion_tokens "
                   "stop" },
    { "gemini", "temperature top_p top_k max_tokens max_completion_tokens "
                "stop frequency_penalty presence_penalty seed" },
    { "bedrock", "temperature top_p max_tokens max_completion_tokens stop" },
    { "cohere", "temperature top_p top_k max_tokens max_completion_tokens "
                "stop frequency_penalty presence_penalty seed" },
    { NULL, NULL }
};


static const ngx_ai_able_t  ngx_ai_able[] = {
    { AIR_CAN_TOOLS, "tools tool_choice" },
    { AIR_CAN_SCHEMA, "response_format structured_outputs" },
    { AIR_CAN_REASONING, "reasoning include_reasoning reasoning_effort" },
    { AIR_CAN_LOGPROBS, "logprobs top_logprobs" },
    { AIR_CAN_SEARCH, "web_search_options" },
    { 0, NULL }
};


static const ngx_ai_charge_t  ngx_ai_charges[] = {
    { AIR_IN_CACHE_READ, "input_cache_read" },
    { AIR_IN_CACHE_WRITE, "input_cache_write" },
    { AIR_IN_CACHE_WRITE_1H, "input_cache_write_1h" },
    { AIR_OUT_REASONING, "internal_reasoning" },
    { AIR_IN_AUDIO, "audio" },
    { AIR_IN_CACHE_READ_AUDIO, "input_audio_cache" },
    { AIR_OUT_AUDIO, "audio_output" },
    { AIR_IN_IMAGE, "image_token" },
    { AIR_OUT_IMAGE, "image_output" }
};


static void ngx_ai_endpoints_names(air_buf_t *b, const char *names,
    const air_profile_t *profile, ngx_uint_t *n);
static void ngx_ai_endpoints_price(air_buf_t *b, const char *name,
    uint64_t rate);
static void ngx_ai_endpoints_pricing(air_buf_t *b, ngx_ai_target_t *target);
static void ngx_ai_endpoints_parameters(air_buf_t *b,
    ngx_ai_target_t *target);
static void ngx_ai_endpoints_percentiles(air_buf_t *b, const char *name,
    const uint32_t *p, ngx_uint_t unit);
static void ngx_ai_endpoints_live(air_buf_t *b, ngx_ai_main_conf_t *amcf,
    ngx_ai_target_t *target);
static void ngx_ai_endpoints_limit(air_buf_t *b, const char *name,
    uint64_t n);
static void ngx_ai_endpoints_one(air_buf_t *b, ngx_ai_main_conf_t *amcf,
    ngx_ai_target_t *target, ngx_str_t *id);
static void ngx_ai_endpoints_model(air_buf_t *b, ngx_ai_target_t *target,
    ngx_str_t *id);
static ngx_uint_t ngx_ai_endpoints_of(ngx_ai_choice_t *choice,
    ngx_str_t *id);


/* names, but those that the vendor refuses */
static void
ngx_ai_endpoints_names(air_buf_t *b, const char *names,
    const air_profile_t *profile, ngx_uint_t *n)
{
    air_str_t    name;
    const char  *end;

    while (names != NULL && *names != '\0') {

        for (end = names; *end != '\0' && *end != ' '; end++) { /* void */ }

        name = air_str_n(names, end - names);

        if (!air_profile_refuses(profile, name)) {
            air_buf_z(b, (*n)++ ? "," : "");
            air_buf_json(b, name);
        }

        names = *end == ' ' ? end + 1 : end;
    }
}


static void
ngx_ai_endpoints_price(air_buf_t *b, const char *name, uint64_t rate)
{
    air_buf_z(b, ",\"");
    air_buf_z(b, name);
    air_buf_z(b, "\":\"");

    if (rate == AIR_UNKNOWN) {
        air_buf_z(b, "-1");

    } else {
        air_buf_pusd(b, rate);
    }

    air_buf_z(b, "\"");
}


/* what is billed now, for a short prompt; "-1" is OpenRouter's word for a
   price that nobody knows */
static void
ngx_ai_endpoints_pricing(air_buf_t *b, ngx_ai_target_t *target)
{
    uint64_t            rate;
    ngx_uint_t          i;
    const air_price_t  *price;

    price = target->info ? air_model_price(target->info, ngx_ai_now()) : NULL;

    if (price != NULL && price->zero) {
        price = NULL;
    }

    air_buf_z(b, ",\"pricing\":{\"discount\":0");

    ngx_ai_endpoints_price(b, "prompt",
                           ngx_ai_target_rate(target, AIR_IN,
                                              AIR_TIER_STANDARD, 0));

    rate = ngx_ai_target_rate(target, AIR_OUT, AIR_TIER_STANDARD, 0);

    /* what has no output has no price of it */

    if (rate == AIR_UNKNOWN && price != NULL
        && (target->can.known & target->can.bits & AIR_CAN_EMBED))
    {
        rate = 0;
    }

    ngx_ai_endpoints_price(b, "completion", rate);

    if (price != NULL) {

        for (i = 0; i < sizeof(ngx_ai_charges) / sizeof(ngx_ai_charges[0]);
             i++)
        {
            /* only what has a rate of its own */

            if (price->rate[AIR_TIER_STANDARD][ngx_ai_charges[i].class]
                == AIR_UNKNOWN)
            {
                continue;
            }

            ngx_ai_endpoints_price(b, ngx_ai_charges[i].name,
                ngx_ai_target_rate(target, ngx_ai_charges[i].class,
                                   AIR_TIER_STANDARD, 0));
        }

        if (price->fee[AIR_FEE_REQUEST] != AIR_UNKNOWN) {
            ngx_ai_endpoints_price(b, "request", price->fee[AIR_FEE_REQUEST]
                                   / ngx_max(price->fee_per[AIR_FEE_REQUEST],
                                             1));
        }

        if (price->fee[AIR_FEE_SEARCH] != AIR_UNKNOWN) {
            ngx_ai_endpoints_price(b, "web_search",
                                   price->fee[AIR_FEE_SEARCH]
                                   / ngx_max(price->fee_per[AIR_FEE_SEARCH],
                                             1));
        }
    }

    air_buf_z(b, "}");
}


static void
ngx_ai_endpoints_parameters(air_buf_t *b, ngx_ai_target_t *target)
{
    ngx_uint_t            i, n;
    const air_profile_t  *profile;

    n = 0;
    profile = target->vendor->profile;

    air_buf_z(b, ",\"supported_parameters\":[");

    for (i = 0; ngx_ai_said[i].protocol != NULL
                && !(target->can.bits & AIR_CAN_EMBED); i++)
    {
        if (ngx_strcmp(ngx_ai_said[i].protocol, target->vendor->codec->name)
            == 0)
        {
            ngx_ai_endpoints_names(b, ngx_ai_said[i].names, profile, &n);
        }
    }

    for (i = 0; ngx_ai_able[i].names != NULL; i++) {
        if (target->can.bits & target->can.known & ngx_ai_able[i].can) {
            ngx_ai_endpoints_names(b, ngx_ai_able[i].names, profile, &n);
        }
    }

    air_buf_z(b, "]");
}


static void
ngx_ai_endpoints_percentiles(air_buf_t *b, const char *name,
    const uint32_t *p, ngx_uint_t unit)
{
    ngx_uint_t  i, n;

    static const ngx_uint_t  shown[] = { AIR_P50, AIR_P75, AIR_P90, AIR_P99 };

    air_buf_z(b, ",\"");
    air_buf_z(b, name);
    air_buf_z(b, "\":");

    /* all or none: a price table knows the median alone */

    if (p[AIR_P99] == 0) {
        air_buf_z(b, "null");
        return;
    }

    for (i = 0, n = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        air_buf_z(b, n++ ? ",\"" : "{\"");
        air_buf_z(b, air_percentile_name(shown[i]));
        air_buf_z(b, "\":");
        air_buf_milli(b, (uint64_t) p[shown[i]] * unit);
    }

    air_buf_z(b, "}");
}


/* how it is: 0 up, -1 half-open, -2 resting */
static void
ngx_ai_endpoints_live(air_buf_t *b, ngx_ai_main_conf_t *amcf,
    ngx_ai_target_t *target)
{
    int64_t      now;
    uint64_t     reopen;
    air_live_t   live;
    air_state_e  state, vendor;

    static const char *const  states[] = { "0", "-1", "-2" };

    now = ngx_ai_now();

    state = ngx_ai_health_state(amcf->zone, target->health, now, &reopen);
    vendor = ngx_ai_health_state(amcf->zone, target->vendor->health, now,
                                 &reopen);

    air_buf_z(b, ",\"status\":");
    air_buf_z(b, states[ngx_max(state, vendor)]);

    air_buf_z(b, ",\"uptime_last_5m\":");
    ngx_ai_status_uptime(b, amcf->zone, target->health, 5);
    air_buf_z(b, ",\"uptime_last_30m\":");
    ngx_ai_status_uptime(b, amcf->zone, target->health, 30);
    air_buf_z(b, ",\"uptime_last_1d\":");
    ngx_ai_status_uptime(b, amcf->zone, target->health, 1440);

    ngx_ai_live(amcf->zone, target->health, &live);

    ngx_ai_endpoints_percentiles(b, "latency_last_30m", live.latency, 1000);
    ngx_ai_endpoints_percentiles(b, "throughput_last_30m", live.throughput,
                                 1);
}


static void
ngx_ai_endpoints_limit(air_buf_t *b, const char *name, uint64_t n)
{
    air_buf_z(b, name);

    if (n != 0) {
        air_buf_uint(b, n);

    } else {
        air_buf_z(b, "null");
    }
}


static void
ngx_ai_endpoints_one(air_buf_t *b, ngx_ai_main_conf_t *amcf,
    ngx_ai_target_t *target, ngx_str_t *id)
{
    air_buf_z(b, "{\"name\":");
    air_buf_json(b, ngx_ai_air(target->name));
    air_buf_z(b, ",\"model_id\":");
    air_buf_json(b, ngx_ai_air(*id));
    air_buf_z(b, ",\"model_name\":");
    air_buf_json(b, ngx_ai_air(target->model));
    air_buf_z(b, ",\"provider_name\":");
    air_buf_json(b, ngx_ai_air(target->vendor->name));
    air_buf_z(b, ",\"tag\":");
    air_buf_json(b, ngx_ai_air(target->vendor->name));
    air_buf_z(b, ",\"quantization\":\"unknown\",\"context_length\":");
    air_buf_uint(b, target->can.context);
    ngx_ai_endpoints_limit(b, ",\"max_completion_tokens\":",
                           target->can.max_output);
    ngx_ai_endpoints_limit(b, ",\"max_prompt_tokens\":", target->can.context);

    ngx_ai_endpoints_pricing(b, target);
    ngx_ai_endpoints_parameters(b, target);

    air_buf_z(b, ",\"supports_implicit_caching\":");
    air_buf_z(b, ngx_ai_target_caches(target, 1) ? "true" : "false");

    ngx_ai_endpoints_live(b, amcf, target);

    air_buf_z(b, "}");
}


/* what is said of the model itself, by its first target */
static void
ngx_ai_endpoints_model(air_buf_t *b, ngx_ai_target_t *target, ngx_str_t *id)
{
    uint32_t     can;
    ngx_uint_t   i;
    const char  *out;

    static const struct {
        uint32_t     can;
        const char  *name;
    } in[] = {
        { AIR_CAN_VISION, "image" },
        { AIR_CAN_PDF, "file" },
        { AIR_CAN_AUDIO, "audio" }
    };

    can = target->can.bits & target->can.known;
    out = can & AIR_CAN_EMBED ? "embeddings" : "text";

    air_buf_z(b, "{\"data\":{\"id\":");
    air_buf_json(b, ngx_ai_air(*id));
    air_buf_z(b, ",\"name\":");
    air_buf_json(b, ngx_ai_air(target->model));
    air_buf_z(b, ",\"created\":0,\"description\":\"\",\"architecture\":{"
                 "\"modality\":\"text");

    for (i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
        if (can & in[i].can) {
            air_buf_z(b, "+");
            air_buf_z(b, in[i].name);
        }
    }

    air_buf_z(b, "->");
    air_buf_z(b, out);
    air_buf_z(b, "\",\"input_modalities\":[\"text\"");

    for (i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
        if (can & in[i].can) {
            air_buf_z(b, ",\"");
            air_buf_z(b, in[i].name);
            air_buf_z(b, "\"");
        }
    }

    air_buf_z(b, "],\"output_modalities\":[\"");
    air_buf_z(b, out);
    air_buf_z(b, "\"],\"tokenizer\":\"Other\",\"instruct_type\":null},"
                 "\"endpoints\":[");
}


/* named as a caller would name it, or as its maker's: author/slug */
static ngx_uint_t
ngx_ai_endpoints_of(ngx_ai_choice_t *choice, ngx_str_t *id)
{
    ngx_str_t  *maker, *model;

    if (ngx_ai_asked(choice, ngx_ai_air(*id))) {
        return 1;
    }

    maker = &choice->target->vendor->maker;
    model = &choice->target->model;

    return id->len == maker->len + 1 + model->len
           && id->data[maker->len] == '/'
           && ngx_memcmp(id->data, maker->data, maker->len) == 0
           && ngx_memcmp(id->data + maker->len + 1, model->data, model->len)
              == 0;
}


ngx_int_t
ngx_ai_endpoints(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf, ngx_str_t *id)
{
    air_buf_t             b;
    ngx_str_t             value;
    ngx_uint_t            i, k, n;
    air_error_t           error;
    ngx_ai_choice_t      *choice;
    ngx_ai_main_conf_t   *amcf;

    amcf = ctx->amcf;
    n = 0;

    air_buf_init(&b, &ctx->mem, 1024 * 1024);

    if (wf->catalogue) {
        wf = ngx_ai_conf_catalogue(amcf, ngx_ai_air(*id));
    }

    choice = wf != NULL ? wf->choices.elts : NULL;

    for (i = 0; wf != NULL && i < wf->choices.nelts; i++) {

        if (choice[i].escalate
            || (!wf->catalogue && !ngx_ai_endpoints_of(&choice[i], id))
            || !ngx_ai_keys_target(ctx, choice[i].target))
        {
            continue;
        }

        /* one that serves several classes of tasks stands twice */

        for (k = 0; k < i && choice[k].target != choice[i].target; k++) {
            /* void */
        }

        if (k < i) {
            continue;
        }

        if (n++ == 0) {
            ngx_ai_endpoints_model(&b, choice[i].target, id);

        } else {
            air_buf_z(&b, ",");
        }

        ngx_ai_endpoints_one(&b, amcf, choice[i].target, id);
    }

    if (n == 0) {
        ngx_ai_error_fill(&error, AIR_FAULT_MODEL);
        error.status = NGX_HTTP_NOT_FOUND;
        error.type = air_str_z("invalid_request_error");
        error.code = air_str_z("model_not_found");
        error.message = air_str_z("The model does not exist or you do not "
                                  "have access to it.");
        return ngx_ai_error_send(ctx->r, &error, ctx, 0);
    }

    if (air_buf_z(&b, "]}}") != AIR_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    value = ngx_ai_ngx(air_buf_view(&b));

    return ngx_ai_json_send(ctx, &value);
}
