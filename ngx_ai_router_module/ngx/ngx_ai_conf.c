
/*
 * Setters of the directives: blocks, lists and values.  What needs the whole
 * configuration (names to objects, prices, checks) is done after parsing, in
 * ngx_ai_conf_resolve.c; what a vendor's block leaves open, in
 * ngx_ai_conf_vendor.c.
 */

#include "ngx_ai_conf.h"


static char *ngx_ai_conf_block(ngx_conf_t *cf, void *object,
    ngx_uint_t cmd_type);
static ngx_int_t ngx_ai_conf_hidden(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf);
static ngx_http_conf_ctx_t *ngx_ai_conf_ctx(ngx_conf_t *cf,
    ngx_http_conf_ctx_t *parent, ngx_uint_t srv);
static ngx_ai_workflow_t *ngx_ai_conf_workflow_new(ngx_conf_t *cf,
    ngx_str_t *name);
static char *ngx_ai_conf_workflow_defaults(ngx_conf_t *cf,
    ngx_ai_workflow_t *wf);
static ngx_int_t ngx_ai_conf_ref(ngx_conf_t *cf, ngx_ai_workflow_t *wf,
    ngx_str_t *name, ngx_uint_t first);
static char *ngx_ai_conf_vendor_nested(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);
static ngx_int_t ngx_ai_conf_name(ngx_conf_t *cf, ngx_str_t *name);
static char *ngx_ai_conf_duplicate(ngx_conf_t *cf, const char *what,
    ngx_str_t *name, ngx_ai_place_t *first);


void
ngx_ai_conf_place(ngx_conf_t *cf, ngx_ai_place_t *place)
{
    place->file = cf->conf_file->file.name;
    place->line = cf->conf_file->line;
}


ngx_int_t
ngx_ai_preconfiguration(ngx_conf_t *cf)
{
    return ngx_ai_var_add(cf);
}


void *
ngx_ai_create_main_conf(ngx_conf_t *cf)
{
    ngx_ai_main_conf_t  *amcf;

    amcf = ngx_pcalloc(cf->pool, sizeof(ngx_ai_main_conf_t));
    if (amcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     everything else to 0 or NULL
     */

    amcf->lock_fd = -1;
    amcf->zone_size = NGX_CONF_UNSET_SIZE;

    if (ngx_array_init(&amcf->vendors, cf->pool, 8, sizeof(void *)) != NGX_OK
        || ngx_array_init(&amcf->tiers, cf->pool, 4, sizeof(void *)) != NGX_OK
        || ngx_array_init(&amcf->aliases, cf->pool, 4, sizeof(void *))
           != NGX_OK
        || ngx_array_init(&amcf->workflows, cf->pool, 8, sizeof(void *))
           != NGX_OK
        || ngx_array_init(&amcf->targets, cf->pool, 16, sizeof(void *))
           != NGX_OK
        || ngx_array_init(&amcf->routes, cf->pool, 4, sizeof(void *))
           != NGX_OK
        || ngx_array_init(&amcf->catalogue, cf->pool, 16, sizeof(void *))
           != NGX_OK
        || ngx_array_init(&amcf->health_names, cf->pool, 16,
                          sizeof(ngx_str_t))
           != NGX_OK)
    {
        return NULL;
    }

    return amcf;
}


char *
ngx_ai_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_ai_main_conf_t *amcf = conf;

    ngx_conf_init_size_value(amcf->zone_size, 16 * 1024 * 1024);

    if (amcf->store.data == NULL && !amcf->store_off) {
        ngx_str_set(&amcf->store, "/var/lib/nginx/ai-router");
    }

    return NGX_CONF_OK;
}


void *
ngx_ai_create_srv_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_ai_srv_conf_t));
}


void *
ngx_ai_create_loc_conf(ngx_conf_t *cf)
{
    ngx_ai_loc_conf_t  *alcf;

    alcf = ngx_pcalloc(cf->pool, sizeof(ngx_ai_loc_conf_t));
    if (alcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     alcf->workflow = NULL;
     *     alcf->name = NULL;
     *     alcf->status = 0;
     *     alcf->principal = NULL;
     *     alcf->simulate = NULL;
     *     alcf->vendor = NULL;
     *     alcf->route = 0;
     */

    alcf->headers = NGX_CONF_UNSET_UINT;
    alcf->max_response = NGX_CONF_UNSET_SIZE;
    alcf->max_event = NGX_CONF_UNSET_SIZE;

    return alcf;
}


char *
ngx_ai_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_ai_loc_conf_t *prev = parent;
    ngx_ai_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t  *clcf;

    /* before 1.21.0 nginx's setter takes NGX_CONF_UNSET_PTR for a value */

    if (conf->principal == NULL) {
        conf->principal = prev->principal;
    }

    ngx_conf_merge_uint_value(conf->headers, prev->headers, NGX_AI_HEADERS_ON);
    ngx_conf_merge_size_value(conf->max_response, prev->max_response,
                              16 * 1024 * 1024);
    ngx_conf_merge_size_value(conf->max_event, prev->max_event, 1024 * 1024);

    /* "if" and "limit_except" blocks are the same location */

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->noname && !conf->route && prev->route) {
        conf->route = 1;
        conf->workflow = prev->workflow;
        conf->name = prev->name;
        conf->place = prev->place;
        conf->prefix = prev->prefix;
        conf->clcf = prev->clcf;

        if (clcf->lmt_excpt && clcf->handler == NULL) {
            clcf->handler = ngx_ai_handler;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_main_conf_t *amcf = conf;

    time_t       keep;
    ngx_int_t    ms;
    ngx_str_t   *value, s;
    ngx_uint_t   i;

    if (amcf->store.data != NULL || amcf->store_off) {
        return "is duplicate";
    }

    value = cf->args->elts;
    ngx_ai_conf_place(cf, &amcf->store_place);

    if (ngx_strcmp(value[1].data, "off") == 0) {
        amcf->store_off = 1;

        if (cf->args->nelts > 2) {
            return "takes no parameters after \"off\"";
        }

        return NGX_CONF_OK;
    }

    amcf->store = value[1];

    if (ngx_conf_full_name(cf->cycle, &amcf->store, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "sync=", 5) == 0) {
            s.data = value[i].data + 5;
            s.len = value[i].len - 5;

            ms = ngx_parse_time(&s, 0);
            if (ms == NGX_ERROR || ms < 10 || ms > 60000) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "invalid value \"%V\" in \"ai_store\", "
                                   "\"sync\" must be a time between 10ms "
                                   "and 60s", &value[i]);
                return NGX_CONF_ERROR;
            }

            amcf->ledger_conf.sync_ms = ms;
            continue;
        }

        if (ngx_strncmp(value[i].data, "keep=", 5) == 0) {
            s.data = value[i].data + 5;
            s.len = value[i].len - 5;

            keep = ngx_parse_time(&s, 1);
            if (keep == (time_t) NGX_ERROR || keep < 3600) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "invalid value \"%V\" in \"ai_store\", "
                                   "\"keep\" must be a time of at least 1h, "
                                   "such as \"400d\"", &value[i]);
                return NGX_CONF_ERROR;
            }

            amcf->ledger_conf.keep_ms = (int64_t) keep * 1000;
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"ai_store\", "
                           "it must be \"sync=TIME\" or \"keep=TIME\"",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_main_conf_t *amcf = conf;

    ssize_t     size;
    ngx_str_t  *value;

    if (amcf->zone_size != NGX_CONF_UNSET_SIZE) {
        return "is duplicate";
    }

    value = cf->args->elts;
    size = ngx_parse_size(&value[1]);

    if (size == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid size \"%V\" in \"ai_zone\", use a number "
                           "with \"k\" or \"m\" such as \"16m\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (size < (ssize_t) (8 * ngx_pagesize)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ai_zone \"%V\" is too small, it needs at least "
                           "%uzk", &value[1], 8 * ngx_pagesize / 1024);
        return NGX_CONF_ERROR;
    }

    amcf->zone_size = size;

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_prices(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_main_conf_t *amcf = conf;

    ngx_str_t   *value, s;
    ngx_uint_t   i;

    if (amcf->prices_file.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    amcf->prices_file = value[1];
    ngx_ai_conf_place(cf, &amcf->prices_place);

    if (ngx_conf_full_name(cf->cycle, &amcf->prices_file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "max_age=", 8) == 0) {
            s.data = value[i].data + 8;
            s.len = value[i].len - 8;

            amcf->prices_max_age = ngx_parse_time(&s, 1);
            if (amcf->prices_max_age == (time_t) NGX_ERROR
                || amcf->prices_max_age == 0)
            {
                goto invalid;
            }

            continue;
        }

        if (ngx_strcmp(value[i].data, "unpriced=refuse") == 0) {
            amcf->unpriced_refuse = 1;
            continue;
        }

        if (ngx_strcmp(value[i].data, "unpriced=allow") == 0) {
            amcf->unpriced_refuse = 0;
            continue;
        }

        goto invalid;
    }

    return NGX_CONF_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"ai_prices\", it must be "
                       "\"max_age=TIME\", \"unpriced=allow\" or "
                       "\"unpriced=refuse\"", &value[i]);
    return NGX_CONF_ERROR;
}


/* an object's name: letters, digits, and . _ - */
static ngx_int_t
ngx_ai_conf_name(ngx_conf_t *cf, ngx_str_t *name)
{
    u_char  ch;
    size_t  i;

    if (name->len == 0 || name->len > 32) {
        goto invalid;
    }

    for (i = 0; i < name->len; i++) {
        ch = name->data[i];

        if ((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')
            || (ch >= '0' && ch <= '9') || ch == '-' || ch == '_'
            || ch == '.')
        {
            continue;
        }

        goto invalid;
    }

    return NGX_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid name \"%V\", it must have 1 to 32 letters, "
                       "digits, \".\", \"_\" or \"-\"", name);
    return NGX_ERROR;
}


static char *
ngx_ai_conf_duplicate(ngx_conf_t *cf, const char *what, ngx_str_t *name,
    ngx_ai_place_t *first)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "duplicate %s \"%V\", first defined in %V:%ui",
                       what, name, &first->file, first->line);
    return NGX_CONF_ERROR;
}


/* parses a block whose directives act on object */
static char *
ngx_ai_conf_block(ngx_conf_t *cf, void *object, ngx_uint_t cmd_type)
{
    char                 *rv;
    ngx_conf_t            save;
    ngx_http_conf_ctx_t  *pctx, ctx;

    pctx = cf->ctx;
    ctx = *pctx;

    ctx.loc_conf = ngx_pcalloc(cf->pool, sizeof(void *) * ngx_http_max_module);
    if (ctx.loc_conf == NULL) {
        return NGX_CONF_ERROR;
    }

    ctx.loc_conf[ngx_ai_router_module.ctx_index] = object;

    save = *cf;
    cf->ctx = &ctx;
    cf->cmd_type = cmd_type;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    return rv;
}


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

    ngx_str_t  *value;

    if (alcf->vendor->codec != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    alcf->vendor->codec = air_codec_find(ngx_ai_air(value[1]));

    if (alcf->vendor->codec == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown protocol \"%V\", this version speaks "
                           "\"openai\"", &value[1]);
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
ngx_ai_conf_vendor_key(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    char             *env;
    ssize_t           n;
    ngx_fd_t          fd;
    ngx_str_t        *value, name, key;
    ngx_uint_t        i;
    ngx_file_info_t   fi;
    ngx_ai_vendor_t  *vendor;
    u_char            buf[4096 + 2];

    vendor = alcf->vendor;

    if (vendor->key.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strncmp(value[1].data, "file:", 5) == 0) {
        name.data = value[1].data + 5;
        name.len = value[1].len - 5;

        if (ngx_conf_full_name(cf->cycle, &name, 1) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

        fd = ngx_open_file(name.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

        if (fd == NGX_INVALID_FILE) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                               "cannot read key file \"%V\"", &name);
            return NGX_CONF_ERROR;
        }

        n = ngx_read_fd(fd, buf, sizeof(buf));

        if (n >= 0 && ngx_fd_info(fd, &fi) != NGX_FILE_ERROR
            && (fi.st_mode & 077) != 0)
        {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "key file \"%V\" is readable by others "
                               "(mode 0%d%d%d); chmod 600 it", &name,
                               (int) (fi.st_mode >> 6) & 7,
                               (int) (fi.st_mode >> 3) & 7,
                               (int) fi.st_mode & 7);
        }

        ngx_close_file(fd);

        if (n < 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                               "cannot read key file \"%V\"", &name);
            return NGX_CONF_ERROR;
        }

        /* one newline at the end is an editor's, not the key's */

        if (n > 0 && buf[n - 1] == '\n') {
            n--;
        }

        key.data = buf;
        key.len = n;

    } else if (ngx_strncmp(value[1].data, "env:", 4) == 0) {
        name.data = value[1].data + 4;
        name.len = value[1].len - 4;

        env = getenv((char *) name.data);

        if (env == NULL || *env == '\0') {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "environment variable \"%V\" is empty; set it "
                               "where nginx is started and keep it over a "
                               "binary upgrade with \"env %V;\" at main level",
                               &name, &name);
            return NGX_CONF_ERROR;
        }

        key.data = (u_char *) env;
        key.len = ngx_strlen(env);

    } else {
        ngx_str_set(&name, "in the configuration");
        key = value[1];

        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "the key of ai_vendor \"%V\" stands in the "
                           "configuration; use \"key file:PATH\" or "
                           "\"key env:NAME\"", &vendor->name);
    }

    if (key.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the key of ai_vendor \"%V\" (%V) is empty",
                           &vendor->name, &name);
        return NGX_CONF_ERROR;
    }

    if (key.len > 4096) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the key of ai_vendor \"%V\" (%V) is longer than "
                           "4096 bytes", &vendor->name, &name);
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < key.len; i++) {
        if (key.data[i] <= 0x20 || key.data[i] >= 0x7f) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "the key of ai_vendor \"%V\" (%V): byte %ui is "
                               "not printable; it must be one line without "
                               "spaces", &vendor->name, &name, i + 1);
            return NGX_CONF_ERROR;
        }
    }

    vendor->key.data = ngx_pstrdup(cf->pool, &key);
    if (vendor->key.data == NULL) {
        return NGX_CONF_ERROR;
    }

    vendor->key.len = key.len;

    ngx_explicit_memzero(buf, sizeof(buf));

    return NGX_CONF_OK;
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
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_tier(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_main_conf_t *amcf = conf;

    char            *rv;
    ngx_str_t       *value;
    ngx_uint_t       i;
    ngx_ai_tier_t   *tier, **tp;

    value = cf->args->elts;

    if (ngx_ai_conf_name(cf, &value[1]) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    tp = amcf->tiers.elts;

    for (i = 0; i < amcf->tiers.nelts; i++) {
        if (tp[i]->name.len == value[1].len
            && ngx_memcmp(tp[i]->name.data, value[1].data, value[1].len) == 0)
        {
            return ngx_ai_conf_duplicate(cf, "ai_tier", &value[1],
                                         &tp[i]->place);
        }
    }

    tier = ngx_pcalloc(cf->pool, sizeof(ngx_ai_tier_t));
    if (tier == NULL
        || ngx_array_init(&tier->models, cf->pool, 4, sizeof(ngx_ai_ref_t))
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    tier->name = value[1];
    tier->select = NGX_CONF_UNSET_UINT;
    ngx_ai_conf_place(cf, &tier->place);

    rv = ngx_ai_conf_block(cf, tier, NGX_AI_TIER_CONF);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ngx_conf_init_uint_value(tier->select, AIR_SELECT_ORDER);

    if (tier->models.nelts == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ai_tier \"%V\" has no models; add "
                           "\"model VENDOR/MODEL;\"", &tier->name);
        return NGX_CONF_ERROR;
    }

    tp = ngx_array_push(&amcf->tiers);
    if (tp == NULL) {
        return NGX_CONF_ERROR;
    }

    *tp = tier;

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_tier_model(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_tier_t *tier = conf;

    ngx_int_t      n;
    ngx_str_t     *value;
    ngx_uint_t     i;
    ngx_ai_ref_t  *ref;

    value = cf->args->elts;
    ref = tier->models.elts;

    for (i = 0; i < tier->models.nelts; i++) {
        if (ref[i].name.len == value[1].len
            && ngx_memcmp(ref[i].name.data, value[1].data, value[1].len) == 0)
        {
            return ngx_ai_conf_duplicate(cf, "model", &value[1],
                                         &ref[i].place);
        }
    }

    ref = ngx_array_push(&tier->models);
    if (ref == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(ref, sizeof(ngx_ai_ref_t));
    ref->name = value[1];
    ref->weight = 1;
    ngx_ai_conf_place(cf, &ref->place);

    if (cf->args->nelts == 3) {
        if (ngx_strncmp(value[2].data, "weight=", 7) != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" in \"model\", it "
                               "must be \"weight=NUMBER\"", &value[2]);
            return NGX_CONF_ERROR;
        }

        n = ngx_atoi(value[2].data + 7, value[2].len - 7);

        if (n == NGX_ERROR || n < 1 || n > 10000) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"model\", weight "
                               "must be 1..10000", &value[2]);
            return NGX_CONF_ERROR;
        }

        ref->weight = n;
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_alias(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_main_conf_t *amcf = conf;

    ngx_str_t        *value;
    ngx_uint_t        i;
    ngx_ai_alias_t   *alias, **ap;

    value = cf->args->elts;

    if (ngx_ai_conf_name(cf, &value[1]) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    ap = amcf->aliases.elts;

    for (i = 0; i < amcf->aliases.nelts; i++) {
        if (ap[i]->name.len == value[1].len
            && ngx_memcmp(ap[i]->name.data, value[1].data, value[1].len) == 0)
        {
            return ngx_ai_conf_duplicate(cf, "ai_alias", &value[1],
                                         &ap[i]->place);
        }
    }

    alias = ngx_pcalloc(cf->pool, sizeof(ngx_ai_alias_t));
    if (alias == NULL) {
        return NGX_CONF_ERROR;
    }

    alias->name = value[1];
    alias->to = value[2];
    ngx_ai_conf_place(cf, &alias->place);

    ap = ngx_array_push(&amcf->aliases);
    if (ap == NULL) {
        return NGX_CONF_ERROR;
    }

    *ap = alias;

    return NGX_CONF_OK;
}


static ngx_ai_workflow_t *
ngx_ai_conf_workflow_new(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_ai_workflow_t  *wf;

    wf = ngx_pcalloc(cf->pool, sizeof(ngx_ai_workflow_t));
    if (wf == NULL) {
        return NULL;
    }

    wf->name = *name;
    ngx_ai_conf_place(cf, &wf->place);

    wf->attempts = NGX_CONF_UNSET_UINT;
    wf->content_next = NGX_CONF_UNSET_UINT;
    wf->drain = NGX_CONF_UNSET_MSEC;
    wf->connect = NGX_CONF_UNSET_MSEC;
    wf->send = NGX_CONF_UNSET_MSEC;
    wf->header = NGX_CONF_UNSET_MSEC;
    wf->first_token = NGX_CONF_UNSET_MSEC;
    wf->idle = NGX_CONF_UNSET_MSEC;
    wf->try = NGX_CONF_UNSET_MSEC;
    wf->total = NGX_CONF_UNSET_MSEC;

    if (ngx_array_init(&wf->groups, cf->pool, 2, sizeof(ngx_ai_ref_t))
        != NGX_OK
        || ngx_array_init(&wf->choices, cf->pool, 4, sizeof(ngx_ai_choice_t))
           != NGX_OK)
    {
        return NULL;
    }

    return wf;
}


/* what was left open; NGX_CONF_OK or an error already logged */
static char *
ngx_ai_conf_workflow_defaults(ngx_conf_t *cf, ngx_ai_workflow_t *wf)
{
    ngx_uint_t  i;

    static const struct {
        const char  *name;
        size_t       offset;
    } t[] = {
        { "connect", offsetof(ngx_ai_workflow_t, connect) },
        { "header", offsetof(ngx_ai_workflow_t, header) },
        { "first_token", offsetof(ngx_ai_workflow_t, first_token) },
        { "idle", offsetof(ngx_ai_workflow_t, idle) },
        { "try", offsetof(ngx_ai_workflow_t, try) }
    };

    ngx_msec_t  *ms;

    ngx_conf_init_msec_value(wf->total, 600000);

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        ms = (ngx_msec_t *) ((char *) wf + t[i].offset);

        if (*ms != NGX_CONF_UNSET_MSEC && *ms > wf->total) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"timeout\" of ai_workflow \"%V\": %s=%Mms "
                               "exceeds total=%Mms", &wf->name, t[i].name,
                               *ms, wf->total);
            return NGX_CONF_ERROR;
        }
    }

    ngx_conf_init_uint_value(wf->attempts, 4);
    ngx_conf_init_uint_value(wf->content_next, 0);
    ngx_conf_init_msec_value(wf->connect, ngx_min(5000, wf->total));
    ngx_conf_init_msec_value(wf->send, ngx_min(30000, wf->total));
    ngx_conf_init_msec_value(wf->header, ngx_min(120000, wf->total));
    ngx_conf_init_msec_value(wf->first_token, ngx_min(120000, wf->total));
    ngx_conf_init_msec_value(wf->idle, ngx_min(60000, wf->total));
    ngx_conf_init_msec_value(wf->try, wf->total);

    if (wf->drain == NGX_CONF_UNSET_MSEC) {
        wf->drain = 2000;
        wf->drain_size = 65536;
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_workflow_block(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_main_conf_t *amcf = conf;

    char                *rv;
    ngx_str_t           *value;
    ngx_uint_t           i;
    ngx_ai_workflow_t   *wf, **wp;

    value = cf->args->elts;

    if (ngx_ai_conf_name(cf, &value[1]) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    wp = amcf->workflows.elts;

    for (i = 0; i < amcf->workflows.nelts; i++) {
        if (!wp[i]->inline_route && wp[i]->name.len == value[1].len
            && ngx_memcmp(wp[i]->name.data, value[1].data, value[1].len) == 0)
        {
            return ngx_ai_conf_duplicate(cf, "ai_workflow", &value[1],
                                         &wp[i]->place);
        }
    }

    wf = ngx_ai_conf_workflow_new(cf, &value[1]);
    if (wf == NULL) {
        return NGX_CONF_ERROR;
    }

    rv = ngx_ai_conf_block(cf, wf, NGX_AI_WORKFLOW_CONF);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (!wf->primary_set) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ai_workflow \"%V\" has no targets; add "
                           "\"primary TARGET;\"", &wf->name);
        return NGX_CONF_ERROR;
    }

    if (ngx_ai_conf_workflow_defaults(cf, wf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    wp = ngx_array_push(&amcf->workflows);
    if (wp == NULL) {
        return NGX_CONF_ERROR;
    }

    *wp = wf;

    return NGX_CONF_OK;
}


/* adds a target's name to a workflow; first puts it at the front */
static ngx_int_t
ngx_ai_conf_ref(ngx_conf_t *cf, ngx_ai_workflow_t *wf, ngx_str_t *name,
    ngx_uint_t first)
{
    ngx_ai_ref_t  *ref;

    if (ngx_array_push(&wf->groups) == NULL) {
        return NGX_ERROR;
    }

    ref = wf->groups.elts;

    if (first) {
        ngx_memmove(&ref[1], &ref[0],
                    (wf->groups.nelts - 1) * sizeof(ngx_ai_ref_t));

    } else {
        ref = &ref[wf->groups.nelts - 1];
    }

    ngx_memzero(ref, sizeof(ngx_ai_ref_t));
    ref->name = *name;
    ref->weight = 1;
    ngx_ai_conf_place(cf, &ref->place);

    return NGX_OK;
}


char *
ngx_ai_conf_workflow_primary(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_workflow_t *wf = conf;

    ngx_str_t  *value;

    if (wf->primary_set) {
        return "is duplicate";
    }

    value = cf->args->elts;
    wf->primary_set = 1;

    if (ngx_ai_conf_ref(cf, wf, &value[1], 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_workflow_fallback(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_workflow_t *wf = conf;

    ngx_str_t  *value;

    value = cf->args->elts;

    if (ngx_ai_conf_ref(cf, wf, &value[1], 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_workflow_timeout(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_workflow_t *wf = conf;

    size_t       len;
    ngx_int_t    n;
    ngx_str_t   *value, s;
    ngx_uint_t   i, k;
    ngx_msec_t  *ms;

    static const struct {
        const char  *name;
        size_t       offset;
    } t[] = {
        { "connect=", offsetof(ngx_ai_workflow_t, connect) },
        { "send=", offsetof(ngx_ai_workflow_t, send) },
        { "header=", offsetof(ngx_ai_workflow_t, header) },
        { "first_token=", offsetof(ngx_ai_workflow_t, first_token) },
        { "idle=", offsetof(ngx_ai_workflow_t, idle) },
        { "try=", offsetof(ngx_ai_workflow_t, try) },
        { "total=", offsetof(ngx_ai_workflow_t, total) },
        { NULL, 0 }
    };

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        for (k = 0; t[k].name != NULL; k++) {
            len = ngx_strlen(t[k].name);

            if (ngx_strncmp(value[i].data, t[k].name, len) == 0) {
                break;
            }
        }

        if (t[k].name == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" in \"timeout\", it "
                               "must be one of connect= send= header= "
                               "first_token= idle= try= total=", &value[i]);
            return NGX_CONF_ERROR;
        }

        s.data = value[i].data + len;
        s.len = value[i].len - len;

        ms = (ngx_msec_t *) ((char *) wf + t[k].offset);

        if (*ms != NGX_CONF_UNSET_MSEC) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate parameter \"%V\" in \"timeout\"",
                               &value[i]);
            return NGX_CONF_ERROR;
        }

        n = ngx_parse_time(&s, 0);

        /* a bare number would be seconds to some and ms to others */

        if (n == NGX_ERROR || n == 0 || n > 86400000
            || (s.len && s.data[s.len - 1] >= '0'
                && s.data[s.len - 1] <= '9'))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"timeout\", it must "
                               "be a time with its unit from 1ms to 1d, such "
                               "as \"30s\"", &value[i]);
            return NGX_CONF_ERROR;
        }

        *ms = n;
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_workflow_retry(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_workflow_t *wf = conf;

    u_char       *p, *last;
    ngx_str_t    *value, s;
    ngx_uint_t    i, k, stop;
    air_fault_e   fault;
    u_char        names[NGX_MAX_CONF_ERRSTR / 2];

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        s = value[i];
        stop = 0;

        if (s.len && s.data[0] == '!') {
            stop = 1;
            s.data++;
            s.len--;
        }

        fault = air_fault_by_name(ngx_ai_air(s));

        if (fault == AIR_NFAULT || fault == AIR_FAULT_NONE) {
            p = names;
            last = names + sizeof(names);

            for (k = 1; k < AIR_NFAULT; k++) {
                p = ngx_slprintf(p, last, " %s", air_fault_row(k)->why);
            }

            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "unknown failure \"%V\" in \"retry_on\", it "
                               "must be one of these, with \"!\" before it "
                               "to stop:%*s",
                               &value[i], (size_t) (p - names), names);
            return NGX_CONF_ERROR;
        }

        if (stop) {
            wf->no_retry_on |= (uint64_t) 1 << fault;

        } else {
            wf->retry_on |= (uint64_t) 1 << fault;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_workflow_abort(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_workflow_t *wf = conf;

    u_char     *slash;
    ssize_t     size;
    ngx_int_t   ms;
    ngx_str_t  *value, s;

    if (wf->drain != NGX_CONF_UNSET_MSEC) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "cancel") == 0) {
        wf->drain = 0;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value[1].data, "drain=", 6) != 0) {
        goto invalid;
    }

    s.data = value[1].data + 6;
    s.len = value[1].len - 6;

    size = 65536;
    slash = ngx_strlchr(s.data, s.data + s.len, '/');

    if (slash != NULL) {
        s.len = slash - s.data;

        value[1].len -= slash + 1 - value[1].data;
        value[1].data = slash + 1;

        size = ngx_parse_size(&value[1]);
        if (size == NGX_ERROR || size == 0) {
            goto invalid;
        }
    }

    ms = ngx_parse_time(&s, 0);
    if (ms == NGX_ERROR || ms == 0 || ms > 3600000) {
        goto invalid;
    }

    wf->drain = ms;
    wf->drain_size = size;

    return NGX_CONF_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" in \"abort\", it must be "
                       "\"cancel\" or \"drain=TIME/SIZE\" such as "
                       "\"drain=2s/64k\"", &value[1]);
    return NGX_CONF_ERROR;
}


char *
ngx_ai_conf_route(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    ngx_str_t                         *value, name;
    ngx_uint_t                         i, n;
    ngx_ai_srv_conf_t                 *ascf;
    ngx_ai_workflow_t                 *wf, **wp;
    ngx_ai_loc_conf_t                **lp;
    ngx_ai_main_conf_t                *amcf;
    ngx_http_core_loc_conf_t          *clcf;
    ngx_http_compile_complex_value_t   ccv;

    if (alcf->route) {
        return "is duplicate";
    }

    if (alcf->vendor != NULL) {
        return "is not allowed in an ai_vendor block";
    }

    if (cf->cmd_type & NGX_HTTP_LIF_CONF) {
        return "is not allowed inside \"if\"; use \"map\" and "
               "\"ai_route $variable\"";
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ai_route\" conflicts with another handler of "
                           "this location, such as \"proxy_pass\" or "
                           "\"ai_status\"");
        return NGX_CONF_ERROR;
    }

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_ai_router_module);
    ascf = ngx_http_conf_get_module_srv_conf(cf, ngx_ai_router_module);

    clcf->handler = ngx_ai_handler;

    alcf->route = 1;
    alcf->prefix = clcf->name;
    alcf->clcf = clcf;
    ascf->routed = 1;
    ngx_ai_conf_place(cf, &alcf->place);

    lp = ngx_array_push(&amcf->routes);
    if (lp == NULL) {
        return NGX_CONF_ERROR;
    }

    *lp = alcf;

    value = cf->args->elts;
    n = cf->args->nelts;

    if (n == 2 && ngx_http_script_variables_count(&value[1])) {

        alcf->name = ngx_pcalloc(cf->pool, sizeof(ngx_http_complex_value_t));
        if (alcf->name == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));
        ccv.cf = cf;
        ccv.value = &value[1];
        ccv.complex_value = alcf->name;

        if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

        return NGX_CONF_OK;
    }

    /* a workflow made of the arguments, or a reference to a named one */

    name = clcf->name;

    wf = ngx_ai_conf_workflow_new(cf, &name);
    if (wf == NULL) {
        return NGX_CONF_ERROR;
    }

    wf->inline_route = 1;

    for (i = 1; i < n; i++) {

        if (ngx_strcmp(value[i].data, "model=any") == 0) {
            continue;
        }

        if (ngx_strcmp(value[i].data, "model=listed") == 0) {
            wf->listed = 1;
            continue;
        }

        if (ngx_strcmp(value[i].data, "*") == 0) {
            if (n != 2) {
                return "takes nothing beside \"*\"";
            }

            wf->catalogue = 1;
            continue;
        }

        if (ngx_http_script_variables_count(&value[i])) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "a variable must be the only argument of "
                               "\"ai_route\", \"%V\" is not", &value[i]);
            return NGX_CONF_ERROR;
        }

        if (ngx_ai_conf_ref(cf, wf, &value[i], 0) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    if (wf->groups.nelts == 0 && !wf->catalogue) {
        return "has no targets; name one as VENDOR/MODEL";
    }

    if (ngx_ai_conf_workflow_defaults(cf, wf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    wp = ngx_array_push(&amcf->workflows);
    if (wp == NULL) {
        return NGX_CONF_ERROR;
    }

    *wp = wf;
    alcf->workflow = wf;

    return NGX_CONF_OK;
}
