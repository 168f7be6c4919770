
/*
 * The block of a vendor, a location in disguise: its own directives are set
 * here, any other directive of a location is nginx's as usual.
 */

#include "ngx_ai_conf.h"


static ngx_http_conf_ctx_t *ngx_ai_conf_ctx(ngx_conf_t *cf,
    ngx_http_conf_ctx_t *parent, ngx_uint_t srv);
static ngx_int_t ngx_ai_conf_hidden(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf);
static char *ngx_ai_conf_vendor_nested(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);


/* own server or location configuration of every module */
static ngx_http_conf_ctx_t *
ngx_ai_conf_ctx(ngx_conf_t *cf, ngx_http_conf_ctx_t *parent, ngx_uint_t srv)
{
    void                 *mconf;
    ngx_uint_t            i;
    ngx_http_module_t    *module;
    ngx_http_conf_ctx_t  *ctx;

    ctx = ngx_pcalloc(cf->pool, sizeof(ngx_http_conf_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    ctx->main_conf = parent->main_conf;
    ctx->srv_conf = parent->srv_conf;

    ctx->loc_conf = ngx_pcalloc(cf->pool, sizeof(void *) * ngx_http_max_module);
    if (ctx->loc_conf == NULL) {
        return NULL;
    }

    if (srv) {
        ctx->srv_conf = ngx_pcalloc(cf->pool,
                                    sizeof(void *) * ngx_http_max_module);
        if (ctx->srv_conf == NULL) {
            return NULL;
        }
    }

    for (i = 0; cf->cycle->modules[i]; i++) {
        if (cf->cycle->modules[i]->type != NGX_HTTP_MODULE) {
            continue;
        }

        module = cf->cycle->modules[i]->ctx;

        if (srv && module->create_srv_conf) {
            mconf = module->create_srv_conf(cf);
            if (mconf == NULL) {
                return NULL;
            }

            ctx->srv_conf[cf->cycle->modules[i]->ctx_index] = mconf;
        }

        if (module->create_loc_conf) {
            mconf = module->create_loc_conf(cf);
            if (mconf == NULL) {
                return NULL;
            }

            ctx->loc_conf[cf->cycle->modules[i]->ctx_index] = mconf;
        }
    }

    return ctx;
}


/*
 * A server without any listen holds the vendors' locations: merging,
 * inheritance from http{} and location trees come for nothing.
 */
static ngx_int_t
ngx_ai_conf_hidden(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf)
{
    ngx_http_conf_ctx_t         *ctx;
    ngx_http_core_srv_conf_t    *cscf, **cscfp;
    ngx_http_core_loc_conf_t    *clcf;
    ngx_http_core_main_conf_t   *cmcf;

    if (amcf->hidden != NULL) {
        return NGX_OK;
    }

    ctx = ngx_ai_conf_ctx(cf, cf->ctx, 1);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    cscf = ctx->srv_conf[ngx_http_core_module.ctx_index];
    cscf->ctx = ctx;

    clcf = ctx->loc_conf[ngx_http_core_module.ctx_index];
    clcf->loc_conf = ctx->loc_conf;

    cmcf = ctx->main_conf[ngx_http_core_module.ctx_index];

    cscfp = ngx_array_push(&cmcf->servers);
    if (cscfp == NULL) {
        return NGX_ERROR;
    }

    *cscfp = cscf;
    amcf->hidden = ctx;
    amcf->http = cf->ctx;

    return NGX_OK;
}


ngx_ai_vendor_t *
ngx_ai_conf_vendor_find(ngx_ai_main_conf_t *amcf, ngx_str_t *name)
{
    ngx_uint_t         i;
    ngx_ai_vendor_t  **vendor;

    vendor = amcf->vendors.elts;

    for (i = 0; i < amcf->vendors.nelts; i++) {
        if (vendor[i]->name.len == name->len
            && ngx_memcmp(vendor[i]->name.data, name->data, name->len) == 0)
        {
            return vendor[i];
        }
    }

    return NULL;
}


/* "if" and "limit_except" are fine inside a vendor, a location is not: no
   request could ever reach it */
static char *
ngx_ai_conf_vendor_nested(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf)
{
    ngx_queue_t                *q;
    ngx_http_core_loc_conf_t   *inner;
    ngx_http_location_queue_t  *lq;

    if (clcf->locations == NULL) {
        return NGX_CONF_OK;
    }

    for (q = ngx_queue_head(clcf->locations);
         q != ngx_queue_sentinel(clcf->locations);
         q = ngx_queue_next(q))
    {
        lq = (ngx_http_location_queue_t *) q;
        inner = lq->exact ? lq->exact : lq->inclusive;

        if (!inner->noname) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"location\" \"%V\" is not allowed in an "
                               "ai_vendor block", &inner->name);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_vendor(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_main_conf_t *amcf = conf;

    char                      *rv;
    u_char                    *p;
    ngx_str_t                 *value;
    ngx_conf_t                 save;
    ngx_ai_vendor_t           *vendor, **vp;
    ngx_ai_loc_conf_t         *alcf;
    ngx_http_conf_ctx_t       *ctx;
    ngx_http_core_loc_conf_t  *clcf, *pclcf;

    value = cf->args->elts;

    if (ngx_ai_conf_name(cf, &value[1]) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    vendor = ngx_ai_conf_vendor_find(amcf, &value[1]);
    if (vendor != NULL) {
        return ngx_ai_conf_duplicate(cf, "ai_vendor", &value[1],
                                     &vendor->place);
    }

    if (ngx_ai_conf_hidden(cf, amcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    vendor = ngx_pcalloc(cf->pool, sizeof(ngx_ai_vendor_t));
    if (vendor == NULL) {
        return NGX_CONF_ERROR;
    }

    vendor->name = value[1];
    vendor->breaker = air_health_rule;
    ngx_ai_conf_place(cf, &vendor->place);

    ctx = ngx_ai_conf_ctx(cf, amcf->hidden, 0);
    if (ctx == NULL) {
        return NGX_CONF_ERROR;
    }

    vendor->ctx = ctx;

    clcf = ctx->loc_conf[ngx_http_core_module.ctx_index];
    clcf->loc_conf = ctx->loc_conf;
    clcf->exact_match = 1;
    clcf->internal = 1;

    /* nginx compares locations' names with their terminating NUL */

    p = ngx_pnalloc(cf->pool, sizeof("/.ai_vendor/") + value[1].len);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    clcf->name.data = p;
    clcf->name.len = ngx_sprintf(p, "/.ai_vendor/%V%Z", &value[1]) - p - 1;

    pclcf = amcf->hidden->loc_conf[ngx_http_core_module.ctx_index];

    if (ngx_http_add_location(cf, &pclcf->locations, clcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    alcf = ctx->loc_conf[ngx_ai_router_module.ctx_index];
    alcf->vendor = vendor;

    save = *cf;
    cf->ctx = ctx;
    cf->cmd_type = NGX_HTTP_LOC_CONF|NGX_AI_VENDOR_CONF;

    rv = ngx_conf_parse(cf, NULL);

    if (rv == NGX_CONF_OK) {
        cf->cmd_type = NGX_HTTP_LOC_CONF;
        rv = ngx_ai_conf_vendor_nested(cf, clcf);
    }

    if (rv == NGX_CONF_OK) {
        rv = ngx_ai_conf_vendor_finish(cf, vendor);
    }

    if (rv == NGX_CONF_OK) {
        rv = ngx_ai_conf_vendor_forward_check(cf, vendor);
    }

    *cf = save;

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    vp = ngx_array_push(&amcf->vendors);
    if (vp == NULL) {
        return NGX_CONF_ERROR;
    }

    *vp = vendor;

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_vendor_profile(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    u_char                *p, *last;
    ngx_str_t             *value;
    ngx_uint_t             i;
    const air_profile_t   *profile;
    u_char                 names[NGX_MAX_CONF_ERRSTR / 2];

    if (alcf->vendor->profile_set) {
        return "is duplicate";
    }

    value = cf->args->elts;
    profile = air_profile_find(ngx_ai_air(value[1]));

    if (profile == NULL) {
        p = names;
        last = names + sizeof(names);

        for (i = 0; (profile = air_profile_at(i)) != NULL; i++) {
            p = ngx_slprintf(p, last, " %s", profile->name);
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown profile \"%V\", it must be one of:%*s",
                           &value[1], (size_t) (p - names), names);
        return NGX_CONF_ERROR;
    }

    alcf->vendor->profile = profile;
    alcf->vendor->profile_set = 1;

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_vendor_protocol(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    u_char             *p, *last;
    ngx_str_t          *value;
    ngx_uint_t          i;
    const air_codec_t  *codec;
    u_char              names[128];

    if (alcf->vendor->codec != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    alcf->vendor->codec = air_codec_find(ngx_ai_air(value[1]));
    alcf->vendor->protocol_set = 1;

    if (alcf->vendor->codec == NULL) {
        p = names;
        last = names + sizeof(names);

        for (i = 0; (codec = air_codec_at(i)) != NULL; i++) {
            p = ngx_slprintf(p, last, " %s", codec->name);
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown protocol \"%V\", it must be one of:%*s",
                           &value[1], (size_t) (p - names), names);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_vendor_endpoint(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    ngx_str_t        *value;
    ngx_uint_t        i;
    ngx_ai_vendor_t  *vendor;

    vendor = alcf->vendor;

    if (vendor->endpoint.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strcmp(value[i].data, "allow_private") == 0) {
            vendor->allow_private = 1;
            continue;
        }

        if (ngx_strcmp(value[i].data, "insecure") == 0) {
            vendor->insecure = 1;
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"endpoint\", it must "
                           "be \"allow_private\" or \"insecure\"", &value[i]);
        return NGX_CONF_ERROR;
    }

    return ngx_ai_conf_endpoint(cf, vendor, &value[1]);
}


char *
ngx_ai_conf_vendor_text(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    ngx_str_t  *value, *field;

    field = (ngx_str_t *) ((char *) alcf->vendor + cmd->offset);

    if (field->data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        return "must not be empty";
    }

    *field = value[1];

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_vendor_tag(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    ngx_str_t        *value, *tag;
    ngx_uint_t        i;
    ngx_ai_vendor_t  *vendor;

    vendor = alcf->vendor;
    value = cf->args->elts;

    if (vendor->tags == NULL) {
        vendor->tags = ngx_array_create(cf->pool, 4, sizeof(ngx_str_t));
        if (vendor->tags == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    for (i = 1; i < cf->args->nelts; i++) {
        tag = ngx_array_push(vendor->tags);
        if (tag == NULL) {
            return NGX_CONF_ERROR;
        }

        *tag = value[i];

        /* words that have a meaning */

        if (air_str_eq(ngx_ai_air(*tag), air_str_z("zdr"))) {
            vendor->zdr = 1;

        } else if (air_str_eq(ngx_ai_air(*tag), air_str_z("no-training"))) {
            vendor->no_training = 1;

        } else if (air_str_eq(ngx_ai_air(*tag), air_str_z("distillable"))) {
            vendor->distillable = 1;
        }

        vendor->quantizations |= air_quantization(ngx_ai_air(*tag));
    }

    return NGX_CONF_OK;
}
