
/*
 * Configuration of the whole: its defaults, how it inherits, and the
 * directives of store, zone and prices.  Vendors are in ngx_ai_conf_vendor.c,
 * tiers, workflows and routes in ngx_ai_conf_workflow.c; what needs all of it
 * is done after parsing, in ngx_ai_conf_resolve.c.
 */

#include "ngx_ai_conf.h"


void
ngx_ai_conf_place(ngx_conf_t *cf, ngx_ai_place_t *place)
{
    place->file = cf->conf_file->file.name;
    place->line = cf->conf_file->line;
}


ngx_thread_pool_t *
ngx_ai_conf_threads(ngx_conf_t *cf, const char *name, const char *threads)
{
    char           *rv;
    ngx_str_t      *value, own;
    ngx_array_t    *save, list;
    ngx_command_t  *cmd;

    own.data = (u_char *) name;
    own.len = ngx_strlen(name);

    if (ngx_array_init(&list, cf->pool, 3, sizeof(ngx_str_t)) != NGX_OK) {
        return NULL;
    }

    value = ngx_array_push_n(&list, 3);
    if (value == NULL) {
        return NULL;
    }

    ngx_str_set(&value[0], "thread_pool");
    value[1] = own;
    value[2].data = (u_char *) threads;
    value[2].len = ngx_strlen(threads);

    for (cmd = ngx_thread_pool_module.commands; cmd->name.len; cmd++) {

        if (cmd->name.len != value[0].len
            || ngx_memcmp(cmd->name.data, value[0].data, cmd->name.len) != 0)
        {
            continue;
        }

        save = cf->args;
        cf->args = &list;

        rv = cmd->set(cf, cmd, ngx_get_conf(cf->cycle->conf_ctx,
                                            ngx_thread_pool_module));
        cf->args = save;

        if (rv != NGX_CONF_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "thread pool \"%V\" is the router's own; give "
                               "yours another name", &own);
            return NULL;
        }
    }

    return ngx_thread_pool_add(cf, &own);
}


ngx_int_t
ngx_ai_preconfiguration(ngx_conf_t *cf)
{
    if (ngx_ai_var_metadata_add(cf) != NGX_OK
        || ngx_ai_fingerprint_add(cf) != NGX_OK
        || ngx_ai_cache_add(cf) != NGX_OK)
    {
        return NGX_ERROR;
    }

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
    amcf->idem_size = NGX_CONF_UNSET_SIZE;

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
        || ngx_array_init(&amcf->keyfiles, cf->pool, 1, sizeof(void *))
           != NGX_OK
        || ngx_array_init(&amcf->catalogue, cf->pool, 16, sizeof(void *))
           != NGX_OK
        || ngx_array_init(&amcf->learns, cf->pool, 1, sizeof(void *))
           != NGX_OK
        || ngx_array_init(&amcf->accounts, cf->pool, 4, sizeof(void *))
           != NGX_OK
        || ngx_array_init(&amcf->degrades, cf->pool, 1, sizeof(void *))
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
     *     alcf->team = NULL;
     *     alcf->task = NULL;
     *     alcf->simulate = NULL;
     *     alcf->vendor = NULL;
     *     alcf->route = 0;
     */

    alcf->keys = NGX_CONF_UNSET_PTR;
    alcf->headers = NGX_CONF_UNSET_UINT;
    alcf->explain = NGX_CONF_UNSET;
    alcf->routing = NGX_CONF_UNSET_UINT;
    alcf->trace = NGX_CONF_UNSET_UINT;
    alcf->max_response = NGX_CONF_UNSET_SIZE;
    alcf->max_event = NGX_CONF_UNSET_SIZE;
    alcf->idem = NGX_CONF_UNSET;
    alcf->idem_max = NGX_CONF_UNSET_SIZE;

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

    if (conf->team == NULL) {
        conf->team = prev->team;
    }

    if (conf->task == NULL) {
        conf->task = prev->task;
    }

    ngx_conf_merge_ptr_value(conf->keys, prev->keys, NULL);
    ngx_conf_merge_uint_value(conf->headers, prev->headers, NGX_AI_HEADERS_ON);
    ngx_conf_merge_value(conf->explain, prev->explain, 1);
    ngx_conf_merge_uint_value(conf->routing, prev->routing,
                              NGX_AI_ROUTING_NARROW);
    ngx_conf_merge_uint_value(conf->trace, prev->trace, NGX_AI_TRACE_OFF);
    ngx_conf_merge_size_value(conf->max_response, prev->max_response,
                              16 * 1024 * 1024);
    ngx_conf_merge_size_value(conf->max_event, prev->max_event, 1024 * 1024);
    ngx_conf_merge_sec_value(conf->idem, prev->idem, 0);
    ngx_conf_merge_size_value(conf->idem_max, prev->idem_max, 1024 * 1024);

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
    ngx_int_t    ms, n;
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

        if (ngx_strncmp(value[i].data, "accounts=", 9) == 0) {

            n = ngx_atoi(value[i].data + 9, value[i].len - 9);
            if (n == NGX_ERROR || n < 64 || n > 1048576) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "invalid value \"%V\" in \"ai_store\", "
                                   "\"accounts\" must be a number from 64 "
                                   "to 1048576", &value[i]);
                return NGX_CONF_ERROR;
            }

            amcf->ledger_conf.accounts = n;
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"ai_store\", "
                           "it must be \"sync=TIME\", \"keep=TIME\" or "
                           "\"accounts=NUMBER\"", &value[i]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_ai_conf_read(ngx_str_t *path, size_t limit, air_str_t *text,
    ngx_file_info_t *fi, ngx_log_t *log)
{
    ssize_t    n;
    ngx_fd_t   fd;
    ngx_err_t  err;

    fd = ngx_open_file(path->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        return NGX_ERROR;
    }

    if (ngx_fd_info(fd, fi) == NGX_FILE_ERROR) {
        err = ngx_errno;
        goto failed;
    }

    if (!ngx_is_file(fi) || ngx_file_size(fi) > (off_t) limit) {
        err = ngx_is_dir(fi) ? NGX_EISDIR : EFBIG;
        goto failed;
    }

    text->data = ngx_alloc(ngx_file_size(fi) + 1, log);
    if (text->data == NULL) {
        err = NGX_ENOMEM;
        goto failed;
    }

    n = ngx_read_fd(fd, text->data, ngx_file_size(fi));
    err = ngx_errno;

    if (n == (ssize_t) ngx_file_size(fi)) {
        text->len = n;
        ngx_close_file(fd);
        return NGX_OK;
    }

    ngx_free(text->data);

failed:

    ngx_close_file(fd);
    ngx_set_errno(err);

    return NGX_ERROR;
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
ngx_ai_conf_idem_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_main_conf_t *amcf = conf;

    ssize_t     size;
    ngx_str_t  *value;

    if (amcf->idem_size != NGX_CONF_UNSET_SIZE) {
        return "is duplicate";
    }

    value = cf->args->elts;
    size = ngx_parse_size(&value[1]);

    if (size == NGX_ERROR || size < 128 * 1024
        || size > (ssize_t) 1024 * 1024 * 1024)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid size \"%V\" in \"ai_idempotency_zone\", "
                           "use one between 128k and 1024m", &value[1]);
        return NGX_CONF_ERROR;
    }

    amcf->idem_size = size;

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_idem(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    ssize_t     size;
    ngx_str_t  *value, s;

    if (alcf->idem != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        alcf->idem = 0;

        return cf->args->nelts > 2 ? "takes no parameters after \"off\""
                                   : NGX_CONF_OK;
    }

    alcf->idem = ngx_parse_time(&value[1], 1);

    if (alcf->idem == (time_t) NGX_ERROR || alcf->idem < 1
        || alcf->idem > 30 * 24 * 3600)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"ai_idempotency\", use "
                           "a time between 1s and 30d, or \"off\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    alcf->idem_max = 1024 * 1024;

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value[2].data, "max=", 4) != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"ai_idempotency\", "
                           "use max=", &value[2]);
        return NGX_CONF_ERROR;
    }

    s.data = value[2].data + 4;
    s.len = value[2].len - 4;
    size = ngx_parse_size(&s);

    if (size == NGX_ERROR || size < 1024) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"ai_idempotency\", "
                           "\"max\" must be a size of at least 1k",
                           &value[2]);
        return NGX_CONF_ERROR;
    }

    alcf->idem_max = size;

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
            amcf->unpriced_set = 1;
            continue;
        }

        if (ngx_strcmp(value[i].data, "unpriced=allow") == 0) {
            amcf->unpriced_refuse = 0;
            amcf->unpriced_set = 1;
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
ngx_int_t
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


char *
ngx_ai_conf_duplicate(ngx_conf_t *cf, const char *what, ngx_str_t *name,
    ngx_ai_place_t *first)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "duplicate %s \"%V\", first defined in %V:%ui",
                       what, name, &first->file, first->line);
    return NGX_CONF_ERROR;
}


/* as ngx_conf_set_enum_slot(), but the error lists what may stand there */
char *
ngx_ai_conf_enum(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    u_char           *p, buf[NGX_MAX_CONF_ERRSTR / 4];
    ngx_str_t        *value;
    ngx_conf_enum_t  *e;

    value = cf->args->elts;
    p = buf;

    for (e = cmd->post; e->name.len; e++) {
        if (e->name.len == value[1].len
            && ngx_strcasecmp(e->name.data, value[1].data) == 0)
        {
            return ngx_conf_set_enum_slot(cf, cmd, conf);
        }

        p = ngx_slprintf(p, buf + sizeof(buf), "%s\"%V\"",
                         p == buf ? "" : e[1].name.len ? ", " : " or ",
                         &e->name);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" in \"%V\", it must be %*s",
                       &value[1], &cmd->name, (size_t) (p - buf), buf);
    return NGX_CONF_ERROR;
}


/* parses a block whose directives act on object */
char *
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
