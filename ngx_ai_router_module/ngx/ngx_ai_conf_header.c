
/*
 * Which of a caller's headers a vendor gets: none but those that the operator
 * names, and never one that is a credential, an address, the connection's
 * own, or written here.
 */

#include "ngx_ai_conf.h"


static const char *ngx_ai_conf_header_own(ngx_str_t *lower);
static ngx_int_t ngx_ai_conf_header_name(ngx_conf_t *cf, ngx_str_t *name,
    ngx_str_t *lower);


/* a "*" ends the beginnings of names */
static const struct {
    const char  *name;
    const char  *why;
} ngx_ai_conf_own_headers[] = {
    { "authorization", "it is a credential" },
    { "authentication-info", "it is a credential" },
    { "proxy-*", "it is a credential, or the connection's own" },
    { "cookie", "it is a credential" },
    { "cookie2", "it is a credential" },
    { "set-cookie", "it is a credential" },
    { "x-api-key", "it is a credential" },
    { "api-key", "it is a credential" },
    { "apikey", "it is a credential" },
    { "x-goog-api-key", "it is a credential" },
    { "x-goog-iam-*", "it is a credential" },
    { "x-amz-*", "it is a credential, or signed" },
    { "x-auth-token", "it is a credential" },
    { "x-access-token", "it is a credential" },
    { "x-csrf-token", "it is a credential" },
    { "x-xsrf-token", "it is a credential" },

    { "host", "it names this server" },
    { "connection", "it is the connection's own" },
    { "keep-alive", "it is the connection's own" },
    { "te", "it is the connection's own" },
    { "trailer", "it is the connection's own" },
    { "transfer-encoding", "it is the connection's own" },
    { "upgrade", "it is the connection's own" },
    { "http2-settings", "it is the connection's own" },
    { "sec-websocket-*", "it is the connection's own" },
    { "expect", "it is the connection's own" },
    { "content-*", "it tells of the caller's body, not of what is sent" },
    { "accept", "it is written by the router" },
    { "accept-encoding", "it is written by the router" },
    { "user-agent", "it is written by the router" },
    { "x-client-request-id", "it is written by the router" },
    { "x-ai-*", "it is written by the router" },
    { "anthropic-version", "it is passed on where caller and vendor speak "
                           "that protocol" },
    { "anthropic-beta", "it is passed on where caller and vendor speak that "
                        "protocol; see \"betas\"" },
    { "range", "a reply is never a part" },
    { "if-*", "a reply is never kept" },
    { "x-accel-*", "it steers nginx" },

    { "forwarded", "it tells the caller's address" },
    { "via", "it tells the caller's way" },
    { "x-forwarded-*", "it tells the caller's address" },
    { "x-real-ip", "it tells the caller's address" },
    { "x-client-ip", "it tells the caller's address" },
    { "x-cluster-client-ip", "it tells the caller's address" },
    { "true-client-ip", "it tells the caller's address" },
    { "cf-connecting-ip", "it tells the caller's address" },
    { NULL, NULL }
};


/* why that header may not be forwarded, or NULL */
static const char *
ngx_ai_conf_header_own(ngx_str_t *lower)
{
    size_t      len;
    ngx_uint_t  i;

    for (i = 0; ngx_ai_conf_own_headers[i].name != NULL; i++) {

        len = ngx_strlen(ngx_ai_conf_own_headers[i].name);

        if (ngx_ai_conf_own_headers[i].name[len - 1] == '*') {
            len--;

            if (lower->len < len) {
                continue;
            }

        } else if (lower->len != len) {
            continue;
        }

        if (ngx_strncmp(lower->data, ngx_ai_conf_own_headers[i].name, len)
            == 0)
        {
            return ngx_ai_conf_own_headers[i].why;
        }
    }

    return NULL;
}


/* a token of RFC 9110, in small letters */
static ngx_int_t
ngx_ai_conf_header_name(ngx_conf_t *cf, ngx_str_t *name, ngx_str_t *lower)
{
    u_char  c;
    size_t  i;

    lower->len = name->len;
    lower->data = ngx_pnalloc(cf->pool, name->len + 1);
    if (lower->data == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < name->len; i++) {
        c = ngx_tolower(name->data[i]);

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
              || (c && ngx_strchr("!#$%&'*+-.^_`|~", c) != NULL)))
        {
            break;
        }

        lower->data[i] = c;
    }

    if (i == 0 || i < name->len || i > 64) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid header name \"%V\" in "
                           "\"forward_header\"", name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


char *
ngx_ai_conf_vendor_forward(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    ngx_str_t        *value, *have, lower;
    ngx_uint_t        i, k;
    const char       *why;
    ngx_ai_vendor_t  *vendor;

    vendor = alcf->vendor;
    value = cf->args->elts;

    if (vendor->forward == NULL) {
        vendor->forward = ngx_array_create(cf->pool, 4, sizeof(ngx_str_t));
        if (vendor->forward == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_ai_conf_header_name(cf, &value[i], &lower) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

        why = ngx_ai_conf_header_own(&lower);

        if (why != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "header \"%V\" of callers must not be "
                               "forwarded to a vendor: %s", &value[i], why);
            return NGX_CONF_ERROR;
        }

        have = vendor->forward->elts;

        for (k = 0; k < vendor->forward->nelts; k++) {
            if (have[k].len == lower.len
                && ngx_memcmp(have[k].data, lower.data, lower.len) == 0)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "duplicate header \"%V\" in "
                                   "\"forward_header\"", &value[i]);
                return NGX_CONF_ERROR;
            }
        }

        have = ngx_array_push(vendor->forward);
        if (have == NULL) {
            return NGX_CONF_ERROR;
        }

        *have = lower;
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_vendor_betas(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    u_char           *p;
    ngx_str_t        *value, *beta;
    ngx_uint_t        i;
    ngx_ai_vendor_t  *vendor;

    vendor = alcf->vendor;

    if (vendor->betas_set) {
        return "is duplicate";
    }

    vendor->betas_set = 1;
    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "all") == 0) {
        return NGX_CONF_OK;
    }

    vendor->betas = ngx_array_create(cf->pool, 4, sizeof(ngx_str_t));
    if (vendor->betas == NULL) {
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "none") == 0) {
        return NGX_CONF_OK;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strcmp(value[i].data, "all") == 0
            || ngx_strcmp(value[i].data, "none") == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" must stand alone in \"betas\"",
                               &value[i]);
            return NGX_CONF_ERROR;
        }

        for (p = value[i].data; *p; p++) {
            if (*p <= 0x20 || *p >= 0x7f || *p == ','
                || (*p == '*' && p + 1 != value[i].data + value[i].len))
            {
                break;
            }
        }

        if (value[i].len == 0 || *p) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"betas\", it must be "
                               "\"all\", \"none\" or names of betas, which "
                               "may end in \"*\"", &value[i]);
            return NGX_CONF_ERROR;
        }

        beta = ngx_array_push(vendor->betas);
        if (beta == NULL) {
            return NGX_CONF_ERROR;
        }

        *beta = value[i];
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_vendor_forward_check(ngx_conf_t *cf, ngx_ai_vendor_t *vendor)
{
    ngx_str_t       *name;
    ngx_uint_t       i, k;
    ngx_ai_extra_t  *extra;

    if (vendor->forward == NULL) {
        return NGX_CONF_OK;
    }

    name = vendor->forward->elts;

    for (i = 0; i < vendor->forward->nelts; i++) {

        if (name[i].len == vendor->auth_lower.len
            && ngx_memcmp(name[i].data, vendor->auth_lower.data, name[i].len)
               == 0)
        {
            goto own;
        }

        if (vendor->extra == NULL) {
            continue;
        }

        extra = vendor->extra->elts;

        for (k = 0; k < vendor->extra->nelts; k++) {
            if (name[i].len == extra[k].lower.len
                && ngx_memcmp(name[i].data, extra[k].lower.data, name[i].len)
                   == 0)
            {
                goto own;
            }
        }
    }

    return NGX_CONF_OK;

own:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "header \"%V\" of callers must not be forwarded to "
                       "ai_vendor \"%V\": its profile writes that header",
                       &name[i], &vendor->name);
    return NGX_CONF_ERROR;
}
