
/*
 * Aliases, workflows and routes as they are written; names become objects
 * later, in ngx_ai_conf_resolve.c.
 */

#include "ngx_ai_conf.h"
#include "ngx_ai_floor.h"


static ngx_ai_workflow_t *ngx_ai_conf_workflow_new(ngx_conf_t *cf,
    ngx_str_t *name);
static char *ngx_ai_conf_workflow_defaults(ngx_conf_t *cf,
    ngx_ai_workflow_t *wf);
static char *ngx_ai_conf_route_variable(ngx_conf_t *cf,
    ngx_ai_loc_conf_t *alcf, ngx_str_t *value);
static char *ngx_ai_conf_route_args(ngx_conf_t *cf, ngx_ai_workflow_t *wf);
static ngx_int_t ngx_ai_conf_ref(ngx_conf_t *cf, ngx_ai_workflow_t *wf,
    ngx_str_t *name, ngx_uint_t first);


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

    wf->retries = air_retry_rule;
    wf->select = NGX_CONF_UNSET_UINT;
    wf->attempts = NGX_CONF_UNSET_UINT;
    wf->content_next = NGX_CONF_UNSET_UINT;
    wf->sticky = NGX_CONF_UNSET_UINT;
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
    ngx_conf_init_uint_value(wf->content_next, NGX_AI_CONTENT_CALLER);
    ngx_conf_init_uint_value(wf->sticky, NGX_AI_STICKY_AUTO);
    ngx_conf_init_msec_value(wf->connect, ngx_min(5000, wf->total));
    ngx_conf_init_msec_value(wf->send, ngx_min(30000, wf->total));
    ngx_conf_init_msec_value(wf->header, ngx_min(300000, wf->total));
    ngx_conf_init_msec_value(wf->first_token, ngx_min(120000, wf->total));
    ngx_conf_init_msec_value(wf->idle, ngx_min(60000, wf->total));
    ngx_conf_init_msec_value(wf->try, wf->total);

    if (wf->drain == NGX_CONF_UNSET_MSEC) {
        wf->drain = 2000;
        wf->drain_size = 65536;
    }

    if (wf->hedge && ngx_ai_conf_hedge_check(cf, wf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_ai_conf_floor_check(cf, wf);
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

    if (ngx_ai_conf_split_check(cf, "ai_workflow", &wf->name, wf->split,
                                wf->select)
        != NGX_CONF_OK
        || ngx_ai_conf_workflow_defaults(cf, wf) != NGX_CONF_OK)
    {
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
        return wf->learn ? "is duplicate: \"learn\" has named it"
                         : "is duplicate";
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

        len = 0;

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
ngx_ai_conf_workflow_output(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_workflow_t *wf = conf;

    ngx_int_t   n;
    ngx_str_t  *value;

    if (wf->max_output) {
        return "is duplicate";
    }

    value = cf->args->elts;
    n = ngx_atoi(value[1].data, value[1].len);

    if (n == NGX_ERROR || n < 1 || n > 10000000) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"max_output\", it must "
                           "be a number of tokens, 1..10000000", &value[1]);
        return NGX_CONF_ERROR;
    }

    wf->max_output = n;

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


/* ai_route $variable */
static char *
ngx_ai_conf_route_variable(ngx_conf_t *cf, ngx_ai_loc_conf_t *alcf,
    ngx_str_t *value)
{
    ngx_http_compile_complex_value_t  ccv;

    alcf->name = ngx_pcalloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (alcf->name == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));
    ccv.cf = cf;
    ccv.value = value;
    ccv.complex_value = alcf->name;

    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}


/* targets and parameters of an inline route */
static char *
ngx_ai_conf_route_args(ngx_conf_t *cf, ngx_ai_workflow_t *wf)
{
    char        *rv;
    ngx_str_t   *value, name;
    ngx_uint_t   i, n, requires;

    value = cf->args->elts;
    n = cf->args->nelts;
    requires = 0;

    for (i = 1; i < n; i++) {

        if (ngx_strcmp(value[i].data, "model=any") == 0) {
            continue;
        }

        if (ngx_strcmp(value[i].data, "model=listed") == 0) {
            wf->listed = 1;
            continue;
        }

        if (ngx_strncmp(value[i].data, "require=", 8) == 0) {
            name.data = value[i].data + 8;
            name.len = value[i].len - 8;

            rv = ngx_ai_conf_require(cf, wf, "ai_route", &name);
            if (rv != NGX_CONF_OK) {
                return rv;
            }

            requires++;
            continue;
        }

        if (ngx_strcmp(value[i].data, "*") == 0) {
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

    if (wf->catalogue && n != 2 + requires) {
        return "takes nothing beside \"*\" but \"require=\"";
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_route(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    char                       *rv;
    ngx_str_t                  *value, name;
    ngx_uint_t                  n;
    ngx_ai_srv_conf_t          *ascf;
    ngx_ai_workflow_t          *wf, **wp;
    ngx_ai_loc_conf_t         **lp;
    ngx_ai_main_conf_t         *amcf;
    ngx_http_core_loc_conf_t   *clcf;

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
        return ngx_ai_conf_route_variable(cf, alcf, &value[1]);
    }

    /* a workflow made of the arguments, or a reference to a named one */

    name = clcf->name;

    wf = ngx_ai_conf_workflow_new(cf, &name);
    if (wf == NULL) {
        return NGX_CONF_ERROR;
    }

    wf->inline_route = 1;

    rv = ngx_ai_conf_route_args(cf, wf);
    if (rv != NGX_CONF_OK) {
        return rv;
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
