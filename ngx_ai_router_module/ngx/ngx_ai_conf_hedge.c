
/*
 * "hedge" of a workflow: when a second target is asked beside a late one, and
 * what that may cost.
 */

#include "ngx_ai_conf.h"


typedef struct {
    ngx_ai_workflow_t  *wf;
    ngx_ai_hedge_t     *hedge;
    ngx_uint_t          seen;             /* bit a parameter                */
} ngx_ai_conf_hedge_t;


static char *ngx_ai_conf_hedge_after(ngx_conf_t *cf, ngx_ai_conf_hedge_t *h,
    ngx_str_t *value);
static char *ngx_ai_conf_hedge_min(ngx_conf_t *cf, ngx_ai_conf_hedge_t *h,
    ngx_str_t *value);
static char *ngx_ai_conf_hedge_max(ngx_conf_t *cf, ngx_ai_conf_hedge_t *h,
    ngx_str_t *value);
static char *ngx_ai_conf_hedge_cost(ngx_conf_t *cf, ngx_ai_conf_hedge_t *h,
    ngx_str_t *value);
static char *ngx_ai_conf_hedge_embed(ngx_conf_t *cf, ngx_ai_conf_hedge_t *h,
    ngx_str_t *value);
static ngx_int_t ngx_ai_conf_hedge_time(ngx_str_t *value, ngx_msec_t *ms);


#define NGX_AI_HEDGE_MIN   0x02
#define NGX_AI_HEDGE_MAX   0x04
#define NGX_AI_HEDGE_COST  0x08


char *
ngx_ai_conf_hedge(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_workflow_t *wf = conf;

    char                 *rv;
    size_t                len;
    ngx_str_t            *value, s;
    ngx_uint_t            i, k;
    ngx_ai_conf_hedge_t   h;

    static const struct {
        const char  *name;
        const char  *right;
        char      *(*set)(ngx_conf_t *cf, ngx_ai_conf_hedge_t *h,
                          ngx_str_t *value);
    } t[] = {
        { "after=", "p50, p75, p90, p95, p99 or a time with its unit from 1ms "
          "to 1d, such as \"800ms\"", ngx_ai_conf_hedge_after },
        { "min=", "a time with its unit from 1ms to 1d",
          ngx_ai_conf_hedge_min },
        { "max=", "a time with its unit from 1ms to 1d",
          ngx_ai_conf_hedge_max },
        { "max_extra_cost=", "\"off\" or a share from 0.01% to 100%, such as "
          "\"5%\"", ngx_ai_conf_hedge_cost },
        { "embeddings=", "\"on\" or \"off\"", ngx_ai_conf_hedge_embed }
    };

    if (wf->hedge_set) {
        return "is duplicate";
    }

    wf->hedge_set = 1;
    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    h.wf = wf;
    h.seen = 0;

    h.hedge = ngx_pcalloc(cf->pool, sizeof(ngx_ai_hedge_t));
    if (h.hedge == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_ai_conf_place(cf, &h.hedge->place);

    for (i = 1; i < cf->args->nelts; i++) {

        len = 0;

        for (k = 0; k < sizeof(t) / sizeof(t[0]); k++) {
            len = ngx_strlen(t[k].name);

            if (ngx_strncmp(value[i].data, t[k].name, len) == 0) {
                break;
            }
        }

        if (k == sizeof(t) / sizeof(t[0])) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" in \"hedge\", it "
                               "must be \"off\", or after= with min= max= "
                               "max_extra_cost= embeddings=", &value[i]);
            return NGX_CONF_ERROR;
        }

        if (h.seen & (1 << k)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate parameter \"%V\" in \"hedge\"",
                               &value[i]);
            return NGX_CONF_ERROR;
        }

        h.seen |= 1 << k;

        s.data = value[i].data + len;
        s.len = value[i].len - len;

        rv = t[k].set(cf, &h, &s);

        if (rv != NGX_CONF_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"hedge\", it must "
                               "be %s", &value[i], t[k].right);
            return NGX_CONF_ERROR;
        }
    }

    if (!(h.seen & 1)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"hedge\" does not say when; add \"after=p95\" or "
                           "\"after=TIME\"");
        return NGX_CONF_ERROR;
    }

    if (h.hedge->after && (h.seen & (NGX_AI_HEDGE_MIN|NGX_AI_HEDGE_MAX))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "min= and max= in \"hedge\" are bounds of a "
                           "percentile; remove them, or use \"after=p95\"");
        return NGX_CONF_ERROR;
    }

    if (h.hedge->max && h.hedge->min > h.hedge->max) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "min=%Mms exceeds max=%Mms in \"hedge\"",
                           h.hedge->min, h.hedge->max);
        return NGX_CONF_ERROR;
    }

    if (!(h.seen & NGX_AI_HEDGE_COST)) {
        h.hedge->share = 500;
    }

    wf->hedge = h.hedge;

    return NGX_CONF_OK;
}


/* a bare number would be seconds to some and ms to others */
static ngx_int_t
ngx_ai_conf_hedge_time(ngx_str_t *value, ngx_msec_t *ms)
{
    ngx_int_t  n;

    n = ngx_parse_time(value, 0);

    if (n == NGX_ERROR || n == 0 || n > 86400000
        || (value->data[value->len - 1] >= '0'
            && value->data[value->len - 1] <= '9'))
    {
        return NGX_ERROR;
    }

    *ms = n;

    return NGX_OK;
}


static char *
ngx_ai_conf_hedge_after(ngx_conf_t *cf, ngx_ai_conf_hedge_t *h,
    ngx_str_t *value)
{
    ngx_uint_t  i;

    for (i = 0; i < AIR_NPERCENTILE; i++) {
        if (air_str_eqz(ngx_ai_air(*value), air_percentile_name(i))) {
            h->hedge->percentile = (air_percentile_e) i;
            return NGX_CONF_OK;
        }
    }

    return ngx_ai_conf_hedge_time(value, &h->hedge->after) == NGX_OK
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_ai_conf_hedge_min(ngx_conf_t *cf, ngx_ai_conf_hedge_t *h,
    ngx_str_t *value)
{
    return ngx_ai_conf_hedge_time(value, &h->hedge->min) == NGX_OK
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_ai_conf_hedge_max(ngx_conf_t *cf, ngx_ai_conf_hedge_t *h,
    ngx_str_t *value)
{
    return ngx_ai_conf_hedge_time(value, &h->hedge->max) == NGX_OK
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_ai_conf_hedge_cost(ngx_conf_t *cf, ngx_ai_conf_hedge_t *h,
    ngx_str_t *value)
{
    ngx_int_t  n;

    if (value->len == 3 && ngx_strncmp(value->data, "off", 3) == 0) {
        h->hedge->any_cost = 1;
        return NGX_CONF_OK;
    }

    if (value->len < 2 || value->data[value->len - 1] != '%') {
        return NGX_CONF_ERROR;
    }

    n = ngx_atofp(value->data, value->len - 1, 2);

    if (n == NGX_ERROR || n < 1 || n > 10000) {
        return NGX_CONF_ERROR;
    }

    h->hedge->share = n;

    return NGX_CONF_OK;
}


static char *
ngx_ai_conf_hedge_embed(ngx_conf_t *cf, ngx_ai_conf_hedge_t *h,
    ngx_str_t *value)
{
    if (value->len == 2 && ngx_strncmp(value->data, "on", 2) == 0) {
        h->hedge->embeddings = 1;
        return NGX_CONF_OK;
    }

    return value->len == 3 && ngx_strncmp(value->data, "off", 3) == 0
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_ai_conf_hedge_check(ngx_conf_t *cf, ngx_ai_workflow_t *wf)
{
    ngx_msec_t       ms;
    ngx_ai_hedge_t  *hedge;

    hedge = wf->hedge;
    ms = hedge->after ? hedge->after : hedge->min;

    if (wf->attempts < 2) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"hedge\" of ai_workflow \"%V\" in %V:%ui needs "
                           "\"attempts\" of 2 or more", &wf->name,
                           &hedge->place.file, hedge->place.line);
        return NGX_CONF_ERROR;
    }

    if (ms >= wf->try) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"hedge\" of ai_workflow \"%V\" in %V:%ui: a wait "
                           "of %Mms is not below the %Mms that a try may "
                           "take", &wf->name, &hedge->place.file,
                           hedge->place.line, ms, wf->try);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
