
/*
 * "ai_alert": a webhook, what it is told, how often, and how it is signed.
 */

#include "ngx_ai_conf.h"
#include "ngx_ai_alert.h"


#define NGX_AI_ALERT_EVERY   300          /* s */
#define NGX_AI_ALERT_KEEP    86400
#define NGX_AI_ALERT_WINDOW  86400


static char *ngx_ai_conf_alert_url(ngx_conf_t *cf, ngx_ai_hook_t *hook,
    ngx_str_t *value);
static ngx_ai_hook_t *ngx_ai_conf_alert_make(ngx_conf_t *cf,
    ngx_ai_main_conf_t *amcf);
static char *ngx_ai_conf_alert_one(ngx_conf_t *cf, ngx_ai_alerts_t *alerts,
    ngx_ai_hook_t *hook, ngx_str_t *value);
static char *ngx_ai_conf_alert_events(ngx_conf_t *cf, ngx_ai_alerts_t *alerts,
    ngx_ai_hook_t *hook, ngx_str_t *s);
static char *ngx_ai_conf_alert_surge(ngx_conf_t *cf, ngx_ai_alerts_t *alerts,
    ngx_str_t *s);
static char *ngx_ai_conf_alert_secret(ngx_conf_t *cf, ngx_ai_hook_t *hook,
    ngx_str_t *s);
static char *ngx_ai_conf_alert_finish(ngx_conf_t *cf,
    ngx_ai_main_conf_t *amcf, ngx_ai_hook_t *hook, ngx_uint_t insecure);


/* The URL, or where it is read from, since its path is often a secret. */
static char *
ngx_ai_conf_alert_url(ngx_conf_t *cf, ngx_ai_hook_t *hook, ngx_str_t *value)
{
    u_char      *p, *last;
    ngx_str_t    whose = ngx_string("its URL");
    const char  *why;

    hook->url = *value;

    if ((ngx_strncmp(value->data, "file:", 5) == 0
         || ngx_strncmp(value->data, "env:", 4) == 0)
        && ngx_ai_conf_secret(cf, "address of ai_alert", &whose, value,
                              &hook->url)
           != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    p = hook->url.data;
    last = p + hook->url.len;

    if (ngx_strncmp(p, "https://", 8) == 0) {
        p += 8;

    } else if (ngx_strncmp(p, "http://", 7) == 0) {
        p += 7;

    } else {
        why = "must start with \"https://\"";
        goto invalid;
    }

    hook->host.data = p;

    for ( /* void */ ; p < last && *p != '/' && *p != '?'; p++) {

        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')
              || (*p >= '0' && *p <= '9') || ngx_strchr(".-_:[]", *p)))
        {
            why = "has a host with a character that no host may have";
            goto invalid;
        }
    }

    hook->host.len = p - hook->host.data;

    if (hook->host.len == 0) {
        why = "has no host";
        goto invalid;
    }

    for ( /* void */ ; p < last; p++) {
        if (*p <= 0x20 || *p >= 0x7f || *p == '#') {
            why = "has a character that no URL may have";
            goto invalid;
        }
    }

    return NGX_CONF_OK;

invalid:

    /* the URL may be a secret: it is not for a log */

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid URL in \"ai_alert\", it %s", why);
    return NGX_CONF_ERROR;
}


static ngx_ai_hook_t *
ngx_ai_conf_alert_make(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf)
{
    ngx_ai_hook_t    *hook, **place;
    ngx_ai_alerts_t  *alerts;

    if (amcf->alerts == NULL) {

        alerts = ngx_pcalloc(cf->pool, sizeof(ngx_ai_alerts_t));
        if (alerts == NULL
            || ngx_array_init(&alerts->hooks, cf->pool, 2, sizeof(void *))
               != NGX_OK)
        {
            return NULL;
        }

        amcf->alerts = alerts;
    }

    alerts = amcf->alerts;

    hook = ngx_pcalloc(cf->pool, sizeof(ngx_ai_hook_t));
    if (hook == NULL) {
        return NULL;
    }

    place = ngx_array_push(&alerts->hooks);
    if (place == NULL) {
        return NULL;
    }

    *place = hook;
    hook->n = alerts->nrules++;
    hook->from = cf->cycle->hostname;
    hook->keep = NGX_AI_ALERT_KEEP * 1000;

    alerts->rule[hook->n].every = NGX_AI_ALERT_EVERY * 1000;
    alerts->rule[hook->n].kinds = AIR_ALERT_ALL;

    return hook;
}


char *
ngx_ai_conf_alert(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_main_conf_t *amcf = conf;

    char           *rv;
    ngx_str_t      *value;
    ngx_uint_t      i, insecure;
    ngx_ai_hook_t  *hook;

    value = cf->args->elts;

    if (amcf->alerts != NULL && amcf->alerts->nrules == AIR_ALERT_HOOKS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "more than %d \"ai_alert\"", AIR_ALERT_HOOKS);
        return NGX_CONF_ERROR;
    }

    hook = ngx_ai_conf_alert_make(cf, amcf);
    if (hook == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_ai_conf_alert_url(cf, hook, &value[1]) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    insecure = 0;

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strcmp(value[i].data, "insecure") == 0) {
            insecure = 1;
            continue;
        }

        rv = ngx_ai_conf_alert_one(cf, amcf->alerts, hook, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return ngx_ai_conf_alert_finish(cf, amcf, hook, insecure);
}


/* one parameter */
static char *
ngx_ai_conf_alert_one(ngx_conf_t *cf, ngx_ai_alerts_t *alerts,
    ngx_ai_hook_t *hook, ngx_str_t *value)
{
    time_t      t;
    u_char     *p;
    ngx_str_t   s;

    p = (u_char *) ngx_strchr(value->data, '=');

    if (p == NULL) {
        goto invalid;
    }

    s.data = p + 1;
    s.len = value->data + value->len - s.data;

    if (ngx_strncmp(value->data, "events=", 7) == 0) {
        return ngx_ai_conf_alert_events(cf, alerts, hook, &s);
    }

    if (ngx_strncmp(value->data, "escalations=", 12) == 0) {
        return ngx_ai_conf_alert_surge(cf, alerts, &s);
    }

    if (ngx_strncmp(value->data, "secret=", 7) == 0) {
        return ngx_ai_conf_alert_secret(cf, hook, &s);
    }

    if (ngx_strcmp(value->data, "format=json") == 0) {
        hook->slack = 0;
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value->data, "format=slack") == 0) {
        hook->slack = 1;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value->data, "ca=", 3) == 0) {
        hook->ca = s;

        if (s.len == 0 || ngx_conf_full_name(cf->cycle, &hook->ca, 1)
                          != NGX_OK)
        {
            goto invalid;
        }

        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value->data, "every=", 6) == 0
        || ngx_strncmp(value->data, "keep=", 5) == 0)
    {
        t = ngx_parse_time(&s, 1);

        if (t == (time_t) NGX_ERROR || t < 1 || t > 7 * 86400) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"ai_alert\", it must "
                               "be a time between 1s and 7d", value);
            return NGX_CONF_ERROR;
        }

        if (value->data[0] == 'k') {
            hook->keep = (uint64_t) t * 1000;

        } else {
            alerts->rule[hook->n].every = (uint64_t) t * 1000;
        }

        return NGX_CONF_OK;
    }

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"ai_alert\", it must be "
                       "events=LIST, secret=file:PATH, format=json|slack, "
                       "every=TIME, keep=TIME, escalations=PERCENT%%/TIME, "
                       "ca=PATH or \"insecure\"", value);
    return NGX_CONF_ERROR;
}


/* "all"; names of kinds, or of a group: "budget" is what begins with it and a
   full stop */
static char *
ngx_ai_conf_alert_events(ngx_conf_t *cf, ngx_ai_alerts_t *alerts,
    ngx_ai_hook_t *hook, ngx_str_t *s)
{
    size_t       n;
    u_char      *p, *last, *end, buf[NGX_MAX_CONF_ERRSTR / 4];
    uint32_t     kinds, found;
    ngx_str_t    one;
    ngx_uint_t   i;
    const char  *name;

    kinds = 0;
    last = s->data + s->len;

    for (p = s->data; p <= last; p = end + 1) {

        end = ngx_strlchr(p, last, ',');
        if (end == NULL) {
            end = last;
        }

        one.data = p;
        one.len = end - p;
        found = 0;

        for (i = 0; i < AIR_NALERT; i++) {
            name = air_alert_row(i)->name;
            n = ngx_strlen(name);

            if (n >= one.len && one.len
                && ngx_memcmp(name, one.data, one.len) == 0
                && (n == one.len || name[one.len] == '.'))
            {
                found |= (uint32_t) 1 << i;
            }
        }

        if (one.len == 3 && ngx_memcmp(one.data, "all", 3) == 0) {
            found = AIR_ALERT_ALL;
        }

        if (found == 0) {
            p = buf;

            for (i = 0; i < AIR_NALERT; i++) {
                p = ngx_slprintf(p, buf + sizeof(buf), " %s",
                                 air_alert_row(i)->name);
            }

            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "unknown event \"%V\" in \"ai_alert\", it must "
                               "be \"all\", or of:%*s", &one,
                               (size_t) (p - buf), buf);
            return NGX_CONF_ERROR;
        }

        kinds |= found;
    }

    alerts->rule[hook->n].kinds = kinds;

    return NGX_CONF_OK;
}


/* "20%/10m": counted once for all hooks */
static char *
ngx_ai_conf_alert_surge(ngx_conf_t *cf, ngx_ai_alerts_t *alerts,
    ngx_str_t *s)
{
    time_t      t;
    u_char     *slash;
    ngx_int_t   n;
    ngx_str_t   time;

    slash = ngx_strlchr(s->data, s->data + s->len, '/');

    if (slash == NULL || slash - s->data < 2 || slash[-1] != '%') {
        goto invalid;
    }

    n = ngx_atoi(s->data, slash - 1 - s->data);

    time.data = slash + 1;
    time.len = s->data + s->len - time.data;
    t = ngx_parse_time(&time, 1);

    if (n < 1 || n > 99 || t == (time_t) NGX_ERROR || t < 1
        || t > NGX_AI_ALERT_WINDOW)
    {
        goto invalid;
    }

    if (alerts->surge && (alerts->surge != (ngx_uint_t) n
                          || alerts->surge_window != (uint32_t) t * 1000))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"escalations\" of \"ai_alert\" is another one "
                           "than before: it is the same for all, and need be "
                           "said once");
        return NGX_CONF_ERROR;
    }

    alerts->surge = n;
    alerts->surge_window = (uint32_t) t * 1000;

    return NGX_CONF_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" of \"escalations\" in "
                       "\"ai_alert\", it must be a share between 1%% and 99%% "
                       "and a time of at most a day, as \"20%%/10m\"", s);
    return NGX_CONF_ERROR;
}


static char *
ngx_ai_conf_alert_secret(ngx_conf_t *cf, ngx_ai_hook_t *hook, ngx_str_t *s)
{
    ngx_str_t  text;

    if (ngx_ai_conf_secret(cf, "secret of ai_alert", &hook->host, s, &text)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (air_alert_secret(ngx_ai_air(text), hook->secret, &hook->secret_len)
        != AIR_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the secret of ai_alert \"%V\" must be \"whsec_\" "
                           "and base64 of 24 to 64 bytes, or 24 to 64 "
                           "characters; \"openssl rand -base64 32\" makes one",
                           &hook->host);
        return NGX_CONF_ERROR;
    }

    ngx_explicit_memzero(text.data, text.len);

    return NGX_CONF_OK;
}


/* what needs all of it: its name, its job */
static char *
ngx_ai_conf_alert_finish(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf,
    ngx_ai_hook_t *hook, ngx_uint_t insecure)
{
    u_char            *p;
    ngx_uint_t         i, same;
    ngx_ai_hook_t    **other;
    ngx_ai_alerts_t   *alerts;

    alerts = amcf->alerts;

    if (ngx_strncmp(hook->url.data, "http://", 7) == 0 && !insecure
        && ngx_strncmp(hook->host.data, "127.", 4) != 0
        && ngx_strncmp(hook->host.data, "localhost", 9) != 0
        && ngx_strncmp(hook->host.data, "[::1]", 5) != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ai_alert \"%V\" sends alerts in clear text; use "
                           "https:// or add \"insecure\"", &hook->host);
        return NGX_CONF_ERROR;
    }

    hook->id = air_route_hash(ngx_ai_air(hook->url)) | 1;
    same = 1;
    other = alerts->hooks.elts;

    for (i = 0; i < hook->n; i++) {

        if (other[i]->id == hook->id) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "the same URL (host \"%V\") twice in "
                               "\"ai_alert\"; one may have all events",
                               &hook->host);
            return NGX_CONF_ERROR;
        }

        if (other[i]->host.len == hook->host.len
            && ngx_memcmp(other[i]->host.data, hook->host.data,
                          hook->host.len)
               == 0)
        {
            same++;
        }
    }

    hook->shown = hook->host;

    if (same > 1) {
        p = ngx_pnalloc(cf->pool, hook->host.len + 1 + NGX_INT_T_LEN);
        if (p == NULL) {
            return NGX_CONF_ERROR;
        }

        hook->shown.data = p;
        hook->shown.len = ngx_sprintf(p, "%V#%ui", &hook->host, same) - p;
    }

    for (i = 0; i < AIR_NALERT; i++) {
        if (alerts->rule[hook->n].kinds & ((uint32_t) 1 << i)) {
            alerts->kinds |= (uint32_t) 1 << i
                             | (uint32_t) 1 << air_alert_row(i)->ends;
        }
    }

    return ngx_ai_hook_add(cf, amcf, hook) == NGX_OK ? NGX_CONF_OK
                                                     : NGX_CONF_ERROR;
}
