
/*
 * When a vendor rests, and how often it is tried again, as the operator says
 * it.
 */

#include "ngx_ai_conf.h"
#include "ngx_ai_probe.h"

#include "../core/air_purse.h"


static ngx_int_t ngx_ai_conf_ms(ngx_str_t *s, ngx_int_t max);
static ngx_int_t ngx_ai_conf_probe_model(ngx_ai_probe_conf_t *probe,
    ngx_str_t *s);
static const char *ngx_ai_conf_probe_param(ngx_conf_t *cf,
    ngx_ai_probe_conf_t *probe, ngx_str_t *value);
static ngx_int_t ngx_ai_conf_percent(ngx_str_t *s);
static ngx_int_t ngx_ai_conf_breaker_rest(air_health_rule_t *rule,
    ngx_str_t *s);
static ngx_int_t ngx_ai_conf_breaker_ratio(air_health_rule_t *rule,
    ngx_str_t *s);


/* a time with its unit, 1 ms to max; NGX_ERROR */
static ngx_int_t
ngx_ai_conf_ms(ngx_str_t *s, ngx_int_t max)
{
    ngx_int_t  n;

    n = ngx_parse_time(s, 0);

    /* a bare number would be seconds to some and ms to others */

    if (n == NGX_ERROR || n < 1 || n > max
        || (s->data[s->len - 1] >= '0' && s->data[s->len - 1] <= '9'))
    {
        return NGX_ERROR;
    }

    return n;
}


/* "50%" of 1 to 100; NGX_ERROR */
static ngx_int_t
ngx_ai_conf_percent(ngx_str_t *s)
{
    ngx_int_t  n;

    if (s->len < 2 || s->data[s->len - 1] != '%') {
        return NGX_ERROR;
    }

    n = ngx_atoi(s->data, s->len - 1);

    return n < 1 || n > 100 ? NGX_ERROR : n;
}


/* "1s..60s" */
static ngx_int_t
ngx_ai_conf_breaker_rest(air_health_rule_t *rule, ngx_str_t *s)
{
    u_char     *dots;
    ngx_int_t   least, most;
    ngx_str_t   part;

    dots = (u_char *) ngx_strstr(s->data, "..");

    if (dots == NULL) {
        return NGX_ERROR;
    }

    part.data = s->data;
    part.len = dots - s->data;
    least = ngx_ai_conf_ms(&part, 3600000);

    part.data = dots + 2;
    part.len = s->data + s->len - part.data;
    most = ngx_ai_conf_ms(&part, 3600000);

    if (least == NGX_ERROR || most == NGX_ERROR || least > most) {
        return NGX_ERROR;
    }

    rule->rest_min = least;
    rule->rest_max = most;

    return NGX_OK;
}


/* "50%/20", "off" */
static ngx_int_t
ngx_ai_conf_breaker_ratio(air_health_rule_t *rule, ngx_str_t *s)
{
    u_char     *slash;
    ngx_int_t   share, least;
    ngx_str_t   part;

    if (ngx_strcmp(s->data, "off") == 0) {
        rule->ratio = 0;
        return NGX_OK;
    }

    slash = ngx_strlchr(s->data, s->data + s->len, '/');

    if (slash == NULL) {
        return NGX_ERROR;
    }

    part.data = s->data;
    part.len = slash - s->data;
    share = ngx_ai_conf_percent(&part);
    least = ngx_atoi(slash + 1, s->data + s->len - slash - 1);

    if (share == NGX_ERROR || least < 1 || least > 100000) {
        return NGX_ERROR;
    }

    rule->ratio = share;
    rule->least = least;

    return NGX_OK;
}


char *
ngx_ai_conf_vendor_breaker(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    ngx_int_t           n;
    ngx_str_t          *value, s;
    ngx_uint_t          i;
    const char         *must;
    ngx_ai_vendor_t    *vendor;
    air_health_rule_t  *rule;

    vendor = alcf->vendor;
    rule = &vendor->breaker;
    value = cf->args->elts;

    if (vendor->breaker_set) {
        return "is duplicate";
    }

    vendor->breaker_set = 1;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        rule->off = 1;
        return NGX_CONF_OK;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        s = value[i];

        if (ngx_strncmp(s.data, "fails=", 6) == 0) {
            s.data += 6;
            s.len -= 6;
            n = ngx_atoi(s.data, s.len);
            must = "fails must be 1..1000";

            if (n < 1 || n > 1000) {
                goto invalid;
            }

            rule->fails = n;
            continue;
        }

        if (ngx_strncmp(s.data, "window=", 7) == 0) {
            s.data += 7;
            s.len -= 7;
            n = ngx_ai_conf_ms(&s, 3600000);
            must = "window must be a time with its unit, up to 1h";

            if (n == NGX_ERROR) {
                goto invalid;
            }

            rule->window = n;
            continue;
        }

        if (ngx_strncmp(s.data, "rest=", 5) == 0) {
            s.data += 5;
            s.len -= 5;
            must = "rest must be two times with units, the smaller one first, "
                   "such as \"1s..60s\"";

            if (ngx_ai_conf_breaker_rest(rule, &s) != NGX_OK) {
                goto invalid;
            }

            continue;
        }

        if (ngx_strncmp(s.data, "ratio=", 6) == 0) {
            s.data += 6;
            s.len -= 6;
            must = "ratio must be \"off\" or PERCENT%/REQUESTS such as "
                   "\"50%/20\"";

            if (ngx_ai_conf_breaker_ratio(rule, &s) != NGX_OK) {
                goto invalid;
            }

            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"breaker\", it must "
                           "be \"off\" alone, or of fails= window= rest= "
                           "ratio=", &value[i]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" in \"breaker\", %s", &value[i],
                       must);
    return NGX_CONF_ERROR;
}


char *
ngx_ai_conf_workflow_budget(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_workflow_t *wf = conf;

    ngx_int_t    n;
    ngx_str_t   *value, s;
    ngx_uint_t   i;

    value = cf->args->elts;

    if (wf->retries_set) {
        return "is duplicate";
    }

    wf->retries_set = 1;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        wf->retries.off = 1;
        return NGX_CONF_OK;
    }

    i = 1;
    n = ngx_ai_conf_percent(&value[1]);

    if (n == NGX_ERROR) {
        goto invalid;
    }

    wf->retries.share = n;

    for (i = 2; i < cf->args->nelts; i++) {
        s = value[i];

        if (ngx_strncmp(s.data, "min=", 4) == 0) {
            n = ngx_atoi(s.data + 4, s.len - 4);

            if (n == NGX_ERROR || n > 100000) {
                goto invalid;
            }

            wf->retries.least = n;

        } else if (ngx_strncmp(s.data, "window=", 7) == 0) {
            s.data += 7;
            s.len -= 7;
            n = ngx_ai_conf_ms(&s, 3600000);

            if (n == NGX_ERROR) {
                goto invalid;
            }

            wf->retries.window = n;

        } else {
            goto invalid;
        }
    }

    return NGX_CONF_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"retry_budget\", it must "
                       "be \"off\", or PERCENT%% with \"min=RETRIES\" and "
                       "\"window=TIME\" such as \"10%% min=10 window=10s\"",
                       &value[i]);
    return NGX_CONF_ERROR;
}


ngx_int_t
ngx_ai_conf_usd_day(ngx_str_t *s, uint64_t *pusd)
{
    size_t     len;
    u_char    *unit;

    unit = (u_char *) ngx_strstr(s->data, "usd");

    if (unit == NULL) {
        return NGX_ERROR;
    }

    len = s->data + s->len - unit;

    if (len != 3 && !(len == 7 && ngx_strncmp(unit, "usd/day", 7) == 0)) {
        return NGX_ERROR;
    }

    if (air_decimal(air_str_n(s->data, unit - s->data), 12, pusd) != AIR_OK
        || *pusd == 0 || *pusd >= AIR_PURSE_MAX)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_ai_conf_probe_model(ngx_ai_probe_conf_t *probe, ngx_str_t *s)
{
    ngx_uint_t             i;
    ngx_ai_probe_model_t  *model;

    for (i = 0; i < probe->nmodels; i++) {
        model = &probe->model[i];

        if (model->name.len == s->len
            && ngx_memcmp(model->name.data, s->data, s->len) == 0)
        {
            return NGX_ERROR;
        }
    }

    if (s->len == 0 || probe->nmodels == NGX_AI_PROBE_MODELS) {
        return NGX_ERROR;
    }

    model = &probe->model[probe->nmodels++];
    model->name = *s;
    model->target = NULL;

    return NGX_OK;
}


/* one parameter; what it must be when it is not that */
static const char *
ngx_ai_conf_probe_param(ngx_conf_t *cf, ngx_ai_probe_conf_t *probe,
    ngx_str_t *value)
{
    size_t       len;
    ngx_int_t    n;
    ngx_str_t    s;
    ngx_uint_t   i;

    static const struct {
        const char  *name;
        const char  *must;
    } t[] = {
        { "model=", "one of up to 8 different models" },
        { "interval=", "a time with its unit from 1s to 1d" },
        { "timeout=", "a time with its unit from 100ms to 1m" },
        { "cost=", "an amount a day such as \"cost=0.01usd/day\"" },
        { "ca=", "a file" },
        { NULL, NULL }
    };

    if (ngx_strcmp(value->data, "always") == 0) {
        probe->always = 1;
        return NULL;
    }

    for (i = 0; t[i].name != NULL; i++) {
        len = ngx_strlen(t[i].name);

        if (ngx_strncmp(value->data, t[i].name, len) != 0) {
            continue;
        }

        s.data = value->data + len;
        s.len = value->len - len;

        switch (i) {

        case 0:
            return ngx_ai_conf_probe_model(probe, &s) == NGX_OK ? NULL
                                                                : t[i].must;

        case 1:
            n = ngx_ai_conf_ms(&s, 86400000);
            probe->interval = n;
            return n >= 1000 ? NULL : t[i].must;

        case 2:
            n = ngx_ai_conf_ms(&s, 60000);
            probe->timeout = n;
            return n >= 100 ? NULL : t[i].must;

        case 3:
            return ngx_ai_conf_usd_day(&s, &probe->cost) == NGX_OK
                   ? NULL : t[i].must;

        default:

            if (s.len == 0 || ngx_conf_full_name(cf->cycle, &s, 1) != NGX_OK) {
                return t[i].must;
            }

            probe->ca = s;
            return NULL;
        }
    }

    return "model= interval= timeout= cost= ca= or \"always\"";
}


char *
ngx_ai_conf_vendor_probe(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    ngx_str_t            *value;
    ngx_uint_t            i;
    const char           *must;
    ngx_ai_vendor_t      *vendor;
    ngx_ai_probe_conf_t  *probe;

    vendor = alcf->vendor;
    value = cf->args->elts;

    if (vendor->probe != NULL) {
        return "is duplicate";
    }

    probe = ngx_pcalloc(cf->pool, sizeof(ngx_ai_probe_conf_t));
    if (probe == NULL) {
        return NGX_CONF_ERROR;
    }

    vendor->probe = probe;
    probe->interval = 30000;
    probe->timeout = 5000;
    ngx_ai_conf_place(cf, &probe->place);

    for (i = 1; i < cf->args->nelts; i++) {

        must = ngx_ai_conf_probe_param(cf, probe, &value[i]);

        if (must != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" in \"probe\", it must "
                               "be %s", &value[i], must);
            return NGX_CONF_ERROR;
        }
    }

    if (probe->nmodels == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"probe\" has no model; add \"model=NAME\", a "
                           "cheap one that some route uses");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
