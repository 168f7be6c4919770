
/*
 * The directive ai_feed:
 *
 *   ai_feed prices NAME [url=] [every=] [check=NAME] [check_url=] [differ=]
 *                       [apply=on|review] [ca=] [timeout=];
 *   ai_feed quality artificial-analysis key=FROM [url=] [every=] [ca=]
 *                       [timeout=];
 *   ai_feed models VENDOR|* [every=] [timeout=];
 */

#include "ngx_ai_conf.h"
#include "ngx_ai_feed.h"


#define NGX_AI_FEED_EVERY    (24 * 3600 * 1000)
#define NGX_AI_FEED_RETRY    60000
#define NGX_AI_FEED_TIMEOUT  60000


static char *ngx_ai_conf_feed_what(ngx_conf_t *cf, ngx_ai_feed_t *feed,
    ngx_str_t *value);
static char *ngx_ai_conf_feed_option(ngx_conf_t *cf, ngx_ai_feed_t *feed,
    ngx_str_t *arg);
static char *ngx_ai_conf_feed_key(ngx_conf_t *cf, ngx_ai_feed_t *feed,
    ngx_str_t *source);
static ngx_int_t ngx_ai_conf_feed_job(ngx_conf_t *cf, ngx_ai_feed_t *feed,
    ngx_str_t *name);
static ngx_int_t ngx_ai_conf_feed_lists(ngx_ai_vendor_t *vendor);
static ngx_int_t ngx_ai_conf_feed_vendors(ngx_conf_t *cf,
    ngx_ai_main_conf_t *amcf, ngx_ai_feed_t *feed);


/* 1 when arg is name=..., whose value *s becomes */
static ngx_uint_t
ngx_ai_conf_feed_is(ngx_str_t *arg, const char *name, ngx_str_t *s)
{
    size_t  len;

    len = ngx_strlen(name);

    if (arg->len <= len || ngx_memcmp(arg->data, name, len) != 0) {
        return 0;
    }

    s->data = arg->data + len;
    s->len = arg->len - len;

    return 1;
}


char *
ngx_ai_conf_feed(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_main_conf_t *amcf = conf;

    char            *rv;
    ngx_str_t       *value;
    ngx_uint_t       i;
    ngx_ai_feed_t   *feed, **place, **other;

    value = cf->args->elts;

    feed = ngx_pcalloc(cf->pool, sizeof(ngx_ai_feed_t));
    if (feed == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_ai_conf_place(cf, &feed->place);
    feed->job.interval = NGX_AI_FEED_EVERY;
    feed->timeout = NGX_AI_FEED_TIMEOUT;
    feed->differ = AIR_FEED_DIFFER;

    rv = ngx_ai_conf_feed_what(cf, feed, value);

    for (i = 3; i < cf->args->nelts && rv == NGX_CONF_OK; i++) {
        rv = ngx_ai_conf_feed_option(cf, feed, &value[i]);
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (feed->kind == AIR_FEED_QUALITY && feed->header == NULL) {
        return "needs \"key=file:PATH\" or \"key=env:NAME\": figures are read "
               "with a key of your own";
    }

    if (feed->check_url != NULL && feed->check == NULL) {
        return "has \"check_url\" without \"check\"";
    }

    if (amcf->feeds == NULL) {
        amcf->feeds = ngx_array_create(cf->pool, 4, sizeof(void *));
        if (amcf->feeds == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    other = amcf->feeds->elts;

    for (i = 0; i < amcf->feeds->nelts; i++) {

        if (other[i]->kind != feed->kind) {
            continue;
        }

        if (feed->kind == AIR_FEED_MODELS
            && (other[i]->vendor_name.len != feed->vendor_name.len
                || ngx_memcmp(other[i]->vendor_name.data,
                              feed->vendor_name.data, feed->vendor_name.len)
                   != 0))
        {
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "duplicate \"ai_feed %V\", the first one is in "
                           "%V:%ui%s", &value[1], &other[i]->place.file,
                           other[i]->place.line,
                           feed->kind == AIR_FEED_PRICES
                           ? "; a second table can be a \"check\" of the first"
                           : "");
        return NGX_CONF_ERROR;
    }

    place = ngx_array_push(amcf->feeds);
    if (place == NULL) {
        return NGX_CONF_ERROR;
    }

    *place = feed;

    return NGX_CONF_OK;
}


/* kind and name */
static char *
ngx_ai_conf_feed_what(ngx_conf_t *cf, ngx_ai_feed_t *feed, ngx_str_t *value)
{
    if (ngx_strcmp(value[1].data, "prices") == 0) {

        feed->kind = AIR_FEED_PRICES;
        feed->feed = air_feed_by_name(AIR_FEED_PRICES, ngx_ai_air(value[2]));

        if (feed->feed == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "unknown feed of prices \"%V\", use "
                               "\"litellm\", \"openrouter\", \"models.dev\" "
                               "or \"genai-prices\"", &value[2]);
            return NGX_CONF_ERROR;
        }

        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value[1].data, "quality") == 0) {

        feed->kind = AIR_FEED_QUALITY;
        feed->feed = air_feed_by_name(AIR_FEED_QUALITY, ngx_ai_air(value[2]));

        if (feed->feed == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "unknown feed of quality \"%V\", use "
                               "\"artificial-analysis\"", &value[2]);
            return NGX_CONF_ERROR;
        }

        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value[1].data, "models") == 0) {
        feed->kind = AIR_FEED_MODELS;
        feed->vendor_name = value[2];
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown kind \"%V\" of \"ai_feed\", it must be "
                       "\"prices\", \"quality\" or \"models\"", &value[1]);
    return NGX_CONF_ERROR;
}


/* those that all kinds have; NGX_DECLINED: arg is another */
static ngx_int_t
ngx_ai_conf_feed_time(ngx_conf_t *cf, ngx_ai_feed_t *feed, ngx_str_t *arg)
{
    ngx_int_t    ms;
    ngx_str_t    s;
    ngx_uint_t   every;

    every = ngx_ai_conf_feed_is(arg, "every=", &s);

    if (!every && !ngx_ai_conf_feed_is(arg, "timeout=", &s)) {
        return NGX_DECLINED;
    }

    ms = ngx_parse_time(&s, 0);

    if (ms == NGX_ERROR || ms < 1000
        || ms > (every ? 30 * 24 * 3600 * (ngx_int_t) 1000 : 600000))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"ai_feed\", it must be a "
                           "time between 1s and %s", arg,
                           every ? "30d" : "10m");
        return NGX_ERROR;
    }

    *(every ? &feed->job.interval : &feed->timeout) = ms;

    return NGX_OK;
}


/* an address, or a file, of prices and quality; NGX_DECLINED: arg is another */
static ngx_int_t
ngx_ai_conf_feed_place(ngx_conf_t *cf, ngx_ai_feed_t *feed, ngx_str_t *arg)
{
    char       **url;
    ngx_str_t    s;

    url = NULL;

    if (ngx_ai_conf_feed_is(arg, "url=", &s)) {
        url = &feed->url;

    } else if (feed->kind == AIR_FEED_PRICES
               && ngx_ai_conf_feed_is(arg, "check_url=", &s))
    {
        url = &feed->check_url;
    }

    if (url != NULL) {

        if (!air_feed_url(ngx_ai_air(s))) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid address \"%V\" in \"ai_feed\": it must "
                               "begin with \"https://\", or name this machine",
                               &s);
            return NGX_ERROR;
        }

        /* arguments of directives end with a NUL */

        *url = (char *) s.data;
        return NGX_OK;
    }

    if (!ngx_ai_conf_feed_is(arg, "ca=", &s)) {
        return NGX_DECLINED;
    }

    if (ngx_conf_full_name(cf->cycle, &s, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    feed->ca = (char *) s.data;

    return NGX_OK;
}


static char *
ngx_ai_conf_feed_option(ngx_conf_t *cf, ngx_ai_feed_t *feed, ngx_str_t *arg)
{
    ngx_int_t  n, rc;
    ngx_str_t  s;

    rc = ngx_ai_conf_feed_time(cf, feed, arg);

    if (rc == NGX_DECLINED && feed->kind != AIR_FEED_MODELS) {
        rc = ngx_ai_conf_feed_place(cf, feed, arg);
    }

    if (rc != NGX_DECLINED) {
        return rc == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
    }

    if (feed->kind == AIR_FEED_QUALITY
        && ngx_ai_conf_feed_is(arg, "key=", &s))
    {
        return ngx_ai_conf_feed_key(cf, feed, &s);
    }

    if (feed->kind != AIR_FEED_PRICES) {
        goto invalid;
    }

    if (ngx_ai_conf_feed_is(arg, "check=", &s)) {

        feed->check = air_feed_by_name(AIR_FEED_PRICES, ngx_ai_air(s));

        if (feed->check == NULL || feed->check == feed->feed) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"ai_feed\", \"check\" "
                               "must be another feed of prices", arg);
            return NGX_CONF_ERROR;
        }

        return NGX_CONF_OK;
    }

    if (ngx_ai_conf_feed_is(arg, "differ=", &s)) {

        n = s.len > 1 && s.data[s.len - 1] == '%' ? ngx_atoi(s.data, s.len - 1)
                                                  : NGX_ERROR;

        if (n == NGX_ERROR || n < 1 || n > 900) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"ai_feed\", "
                               "\"differ\" must be from 1%% to 900%%", arg);
            return NGX_CONF_ERROR;
        }

        feed->differ = n;
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(arg->data, "apply=on") == 0
        || ngx_strcmp(arg->data, "apply=review") == 0)
    {
        feed->review = arg->len == sizeof("apply=review") - 1;
        return NGX_CONF_OK;
    }

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"ai_feed\", it must be "
                       "%s", arg,
                       feed->kind == AIR_FEED_PRICES
                       ? "\"url=\", \"every=\", \"check=\", \"check_url=\", "
                         "\"differ=\", \"apply=on\", \"apply=review\", "
                         "\"ca=\" or \"timeout=\""
                       : feed->kind == AIR_FEED_QUALITY
                       ? "\"key=\", \"url=\", \"every=\", \"ca=\" or "
                         "\"timeout=\""
                       : "\"every=\" or \"timeout=\"");
    return NGX_CONF_ERROR;
}


static char *
ngx_ai_conf_feed_key(ngx_conf_t *cf, ngx_ai_feed_t *feed, ngx_str_t *source)
{
    u_char     *p;
    ngx_str_t   secret, name;

    name.data = (u_char *) feed->feed->name;
    name.len = ngx_strlen(name.data);

    if (ngx_ai_conf_secret(cf, "key of ai_feed", &name, source, &secret)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    p = ngx_pnalloc(cf->pool, sizeof("x-api-key: ") + secret.len);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    (void) ngx_sprintf(p, "x-api-key: %V%Z", &secret);
    ngx_explicit_memzero(secret.data, secret.len);

    feed->header = (char *) p;

    return NGX_CONF_OK;
}


/* ---- after parsing ------------------------------------------------------ */

/* prefix and name, in memory of its own */
static ngx_int_t
ngx_ai_conf_feed_job(ngx_conf_t *cf, ngx_ai_feed_t *feed, ngx_str_t *name)
{
    u_char      *p;
    const char  *kind;

    kind = feed->kind == AIR_FEED_PRICES ? "prices"
           : feed->kind == AIR_FEED_QUALITY ? "quality" : "models";

    p = ngx_pnalloc(cf->pool, sizeof("quality ") + name->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    feed->job.name.data = p;
    feed->job.name.len = ngx_sprintf(p, "%s %V", kind, name) - p;

    p = ngx_snprintf((u_char *) feed->file, sizeof(feed->file) - 1,
                     "%s-%V.state", kind, name);
    *p = '\0';

    feed->job.retry = ngx_min(NGX_AI_FEED_RETRY, feed->job.interval);
    feed->job.data = feed;
    feed->job.run = ngx_ai_feed_run;
    feed->job.done = ngx_ai_feed_done;

    return ngx_ai_job_add(cf, ngx_http_conf_get_module_main_conf(cf,
                                  ngx_ai_router_module), &feed->job);
}


/* 1 for a vendor whose list is to be had with its key from its own host */
static ngx_int_t
ngx_ai_conf_feed_lists(ngx_ai_vendor_t *vendor)
{
    return !vendor->simulated && vendor->endpoint.len != 0
           && vendor->sign == NULL
           && vendor->profile->path[AIR_OP_MODELS] != NULL
           && !vendor->profile->publisher
           && ngx_strncmp(vendor->profile->name, "azure", 5) != 0;
}


/* a job for each vendor that is meant */
static ngx_int_t
ngx_ai_conf_feed_vendors(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf,
    ngx_ai_feed_t *feed)
{
    ngx_uint_t         i, all, n;
    ngx_ai_feed_t     *one;
    ngx_ai_vendor_t  **vendor;

    all = feed->vendor_name.len == 1 && feed->vendor_name.data[0] == '*';
    vendor = amcf->vendors.elts;
    n = 0;

    for (i = 0; i < amcf->vendors.nelts; i++) {

        if (!all && (vendor[i]->name.len != feed->vendor_name.len
                     || ngx_memcmp(vendor[i]->name.data,
                                   feed->vendor_name.data,
                                   feed->vendor_name.len)
                        != 0))
        {
            continue;
        }

        if (!ngx_ai_conf_feed_lists(vendor[i])) {

            if (all) {
                continue;
            }

            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"ai_feed models %V\": that vendor has no list of "
                          "models to be read with its key (a simulated one, "
                          "Bedrock, Azure and Vertex have none) in %V:%ui",
                          &feed->vendor_name, &feed->place.file,
                          feed->place.line);
            return NGX_ERROR;
        }

        one = ngx_palloc(cf->pool, sizeof(ngx_ai_feed_t));
        if (one == NULL) {
            return NGX_ERROR;
        }

        *one = *feed;
        one->vendor = vendor[i];

        if (ngx_ai_conf_feed_job(cf, one, &vendor[i]->name) != NGX_OK) {
            return NGX_ERROR;
        }

        n++;
    }

    if (n == 0 && !all) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"ai_feed models %V\": no such \"ai_vendor\" in "
                      "%V:%ui", &feed->vendor_name, &feed->place.file,
                      feed->place.line);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_ai_feed_resolve(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf)
{
    ngx_str_t        name;
    ngx_int_t        rc;
    ngx_uint_t       i;
    ngx_ai_feed_t  **feed;

    /* without vendors and routes nothing runs */

    if (amcf->feeds == NULL || amcf->shm_zone == NULL) {
        return NGX_OK;
    }

    feed = amcf->feeds->elts;

    if (amcf->store_off) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"ai_feed\" keeps what it fetched in the directory of "
                      "\"ai_store\", which is off in %V:%ui",
                      &feed[0]->place.file, feed[0]->place.line);
        return NGX_ERROR;
    }

    for (i = 0; i < amcf->feeds->nelts; i++) {

        if (feed[i]->kind == AIR_FEED_MODELS) {
            rc = ngx_ai_conf_feed_vendors(cf, amcf, feed[i]);

        } else {
            name.data = (u_char *) feed[i]->feed->name;
            name.len = ngx_strlen(name.data);
            rc = ngx_ai_conf_feed_job(cf, feed[i], &name);
        }

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
