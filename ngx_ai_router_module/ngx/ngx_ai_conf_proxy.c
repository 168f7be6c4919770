
/*
 * How a vendor is reached: an upstream of its own with connections kept
 * alive, and defaults of the proxy that make an AI vendor work and keep
 * secrets safe.  A directive the operator wrote in the block always wins.
 *
 * Other modules' settings are made through their own directives' setters,
 * found by name: no private header is needed, and a setter that says "is
 * duplicate" tells that the operator was there first.
 */

#include "ngx_ai_conf.h"


typedef struct {
    ngx_command_t  *cmd;
    void           *conf;
} ngx_ai_directive_t;


static ngx_int_t ngx_ai_conf_directive(ngx_conf_t *cf, const char *name,
    ngx_ai_directive_t *d);
static char *ngx_ai_conf_default(ngx_conf_t *cf, const char *name,
    ngx_str_t *args, ngx_uint_t n);
static ngx_uint_t ngx_ai_conf_header_set(ngx_conf_t *cf, const char *name);
static char *ngx_ai_conf_vendor_proxy(ngx_conf_t *cf,
    ngx_ai_vendor_t *vendor);
static char *ngx_ai_conf_default_header(ngx_conf_t *cf, const char *name,
    ngx_str_t *value);
static char *ngx_ai_conf_text(ngx_conf_t *cf, ngx_str_t *text,
    ngx_uint_t cmd_type);
static char *ngx_ai_conf_upstream(ngx_conf_t *cf, ngx_ai_vendor_t *vendor);
static ngx_uint_t ngx_ai_conf_literal(ngx_str_t *host);
static char *ngx_ai_conf_private(ngx_conf_t *cf, ngx_ai_vendor_t *vendor);
static char *ngx_ai_conf_vendor_cache(ngx_conf_t *cf,
    ngx_ai_vendor_t *vendor);
static char *ngx_ai_conf_vendor_ignore(ngx_conf_t *cf);
static char *ngx_ai_conf_vendor_pass(ngx_conf_t *cf, ngx_ai_vendor_t *vendor);
static char *ngx_ai_conf_vendor_ca(ngx_conf_t *cf, ngx_ai_vendor_t *vendor);


static const struct {
    const char  *name;
    const char  *value;
    unsigned     tls:1;
} ngx_ai_proxy_defaults[] = {
    { "proxy_http_version", "1.1", 0 },
    { "proxy_buffering", "off", 0 },
    { "proxy_redirect", "off", 0 },

    /* a vendor's error is read and classified, never replaced */
    { "proxy_intercept_errors", "off", 0 },
    { "proxy_pass_request_headers", "on", 0 },
    { "proxy_pass_request_body", "on", 0 },

    { "proxy_socket_keepalive", "on", 0 },

    /* a caller who leaves is ours to handle: "abort" of the workflow */
    { "proxy_ignore_client_abort", "on", 0 },

    /* deadlines are ours: "timeout" of the workflow */
    { "proxy_read_timeout", "1d", 0 },
    { "proxy_send_timeout", "1d", 0 },
    { "proxy_connect_timeout", "1h", 0 },

    { "proxy_ssl_server_name", "on", 1 },
    { "proxy_ssl_verify", "on", 1 },
    { "proxy_ssl_verify_depth", "4", 1 },

    { NULL, NULL, 0 }
};


/* what a signature adds */
static const char  *ngx_ai_sign_headers[] = {
    "Authorization", "X-Amz-Date", "X-Amz-Security-Token", NULL
};


/* where distributions keep the certificates they trust */
static const char  *ngx_ai_ca_files[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    NULL
};


static ngx_int_t
ngx_ai_conf_directive(ngx_conf_t *cf, const char *name, ngx_ai_directive_t *d)
{
    void           **confs;
    ngx_uint_t       i;
    ngx_command_t   *cmd;

    for (i = 0; cf->cycle->modules[i]; i++) {

        if (cf->cycle->modules[i]->type != NGX_HTTP_MODULE) {
            continue;
        }

        cmd = cf->cycle->modules[i]->commands;

        for ( /* void */ ; cmd != NULL && cmd->name.len; cmd++) {

            if (ngx_strcmp(cmd->name.data, name) != 0
                || !(cmd->type & NGX_HTTP_LOC_CONF))
            {
                continue;
            }

            confs = *(void ***) ((char *) cf->ctx + cmd->conf);

            d->cmd = cmd;
            d->conf = confs[cf->cycle->modules[i]->ctx_index];

            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


/* calls another module's setter, unless its directive was given already */
static char *
ngx_ai_conf_default(ngx_conf_t *cf, const char *name, ngx_str_t *args,
    ngx_uint_t n)
{
    char                *rv;
    ngx_str_t           *value;
    ngx_uint_t           i;
    ngx_array_t         *save, list;
    ngx_ai_directive_t   d;

    if (ngx_ai_conf_directive(cf, name, &d) != NGX_OK) {
        return NGX_CONF_OK;
    }

    if (ngx_array_init(&list, cf->pool, n + 1, sizeof(ngx_str_t)) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    value = ngx_array_push_n(&list, n + 1);
    if (value == NULL) {
        return NGX_CONF_ERROR;
    }

    value[0].data = (u_char *) name;
    value[0].len = ngx_strlen(name);

    for (i = 0; i < n; i++) {
        value[i + 1] = args[i];
    }

    save = cf->args;
    cf->args = &list;

    rv = d.cmd->set(cf, d.cmd, d.conf);

    cf->args = save;

    if (rv == NGX_CONF_OK || rv == NGX_CONF_ERROR) {
        return rv;
    }

    if (ngx_strcmp(rv, "is duplicate") == 0) {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%s\" directive %s", name, rv);
    return NGX_CONF_ERROR;
}


/* the block has a proxy_set_header for name */
static ngx_uint_t
ngx_ai_conf_header_set(ngx_conf_t *cf, const char *name)
{
    ngx_uint_t           i;
    ngx_array_t        **a;
    ngx_keyval_t        *kv;
    ngx_ai_directive_t   d;

    if (ngx_ai_conf_directive(cf, "proxy_set_header", &d) != NGX_OK) {
        return 0;
    }

    a = (ngx_array_t **) ((char *) d.conf + d.cmd->offset);

    if (*a == NULL || *a == NGX_CONF_UNSET_PTR) {
        return 0;
    }

    kv = (*a)->elts;

    for (i = 0; i < (*a)->nelts; i++) {
        if (ngx_strcasecmp(kv[i].key.data, (u_char *) name) == 0) {
            return 1;
        }
    }

    return 0;
}


/* what would make a request that is not ours; NGX_CONF_OK or logged */
static char *
ngx_ai_conf_vendor_proxy(ngx_conf_t *cf, ngx_ai_vendor_t *vendor)
{
    ngx_str_t           *body;
    const char         **name;
    ngx_ai_directive_t   d;

    if (vendor->auth_name.len
        && ngx_ai_conf_header_set(cf, vendor->profile->auth_header))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ai_vendor \"%V\" has a \"key\" and a "
                           "\"proxy_set_header %V\"; remove one of them",
                           &vendor->name, &vendor->auth_name);
        return NGX_CONF_ERROR;
    }

    for (name = ngx_ai_sign_headers; vendor->sign != NULL && *name; name++) {
        if (ngx_ai_conf_header_set(cf, *name)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "ai_vendor \"%V\" has a \"key\" that signs "
                               "and a \"proxy_set_header %s\"; remove one "
                               "of them", &vendor->name, *name);
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_ai_conf_directive(cf, "proxy_set_body", &d) == NGX_OK) {
        body = (ngx_str_t *) ((char *) d.conf + d.cmd->offset);

        if (body->data != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"proxy_set_body\" is not allowed in an "
                               "ai_vendor block");
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* proxy_set_header, unless the block sets this header itself */
static char *
ngx_ai_conf_default_header(ngx_conf_t *cf, const char *name, ngx_str_t *value)
{
    ngx_str_t            args[2];
    ngx_ai_directive_t   d;

    if (ngx_ai_conf_directive(cf, "proxy_set_header", &d) != NGX_OK
        || ngx_ai_conf_header_set(cf, name))
    {
        return NGX_CONF_OK;
    }

    args[0].data = (u_char *) name;
    args[0].len = ngx_strlen(name);
    args[1] = *value;

    return ngx_ai_conf_default(cf, "proxy_set_header", args, 2);
}


/* parses directives from memory as if they stood where cf is */
static char *
ngx_ai_conf_text(ngx_conf_t *cf, ngx_str_t *text, ngx_uint_t cmd_type)
{
    char             *rv;
    ngx_buf_t         b;
    ngx_conf_t        save;
    ngx_conf_file_t   file;

    ngx_memzero(&b, sizeof(ngx_buf_t));
    b.start = text->data;
    b.pos = text->data;
    b.last = text->data + text->len;
    b.end = b.last;
    b.temporary = 1;

    /* a size of 0 keeps the parser from reading on from the file */

    ngx_memzero(&file, sizeof(ngx_conf_file_t));
    file.file.fd = cf->conf_file->file.fd;
    file.file.name = cf->conf_file->file.name;
    file.buffer = &b;
    file.line = cf->conf_file->line;

    save = *cf;
    cf->conf_file = &file;
    cf->cmd_type = cmd_type;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    return rv;
}


/* one upstream a vendor: kept connections and TLS sessions are never shared
   between two identities */
static char *
ngx_ai_conf_upstream(ngx_conf_t *cf, ngx_ai_vendor_t *vendor)
{
    u_char                          *p, *colon;
    size_t                           len;
    ngx_str_t                        text, name;
    ngx_uint_t                       i;
    ngx_http_upstream_srv_conf_t   **uscfp;
    ngx_http_upstream_main_conf_t   *umcf;

    len = sizeof("upstream ai- { server :443; keepalive 256; "
                 "keepalive_requests 1000000; } }")
          + vendor->name.len + vendor->host.len;

    text.data = ngx_pnalloc(cf->pool, len);
    if (text.data == NULL) {
        return NGX_CONF_ERROR;
    }

    /* a port, unless the colon is an IPv6 address's */

    colon = NULL;

    for (i = vendor->host.len; i > 0; i--) {
        if (vendor->host.data[i - 1] == ']') {
            break;
        }

        if (vendor->host.data[i - 1] == ':') {
            colon = &vendor->host.data[i - 1];
            break;
        }
    }

    p = ngx_sprintf(text.data, "upstream ai-%V { server %V%s; keepalive 256; "
                    "keepalive_requests 1000000; } }",
                    &vendor->name, &vendor->host,
                    colon ? "" : (vendor->tls ? ":443" : ":80"));
    text.len = p - text.data;

    if (ngx_ai_conf_text(cf, &text, NGX_HTTP_MAIN_CONF) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    name.data = text.data + sizeof("upstream ") - 1;
    name.len = sizeof("ai-") - 1 + vendor->name.len;

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module);
    uscfp = umcf->upstreams.elts;

    for (i = 0; i < umcf->upstreams.nelts; i++) {
        if (uscfp[i]->host.len == name.len
            && ngx_strncasecmp(uscfp[i]->host.data, name.data, name.len) == 0)
        {
            vendor->upstream = uscfp[i];
        }
    }

    return ngx_ai_conf_private(cf, vendor);
}


/* an address or "localhost": the operator knows where it leads */
static ngx_uint_t
ngx_ai_conf_literal(ngx_str_t *host)
{
    size_t  i;

    if (host->len && host->data[0] == '[') {
        return 1;
    }

    if (host->len >= 9
        && ngx_strncasecmp(host->data, (u_char *) "localhost", 9) == 0)
    {
        return 1;
    }

    for (i = 0; i < host->len && host->data[i] != ':'; i++) {
        if (host->data[i] != '.'
            && (host->data[i] < '0' || host->data[i] > '9'))
        {
            return 0;
        }
    }

    return 1;
}


/* a public vendor's name must not lead into our own network */
static char *
ngx_ai_conf_private(ngx_conf_t *cf, ngx_ai_vendor_t *vendor)
{
    u_char                       *a;
    ngx_uint_t                    i, k, private;
    struct sockaddr              *sa;
    ngx_http_upstream_server_t   *server;

    if (vendor->allow_private || !vendor->tls
        || ngx_ai_conf_literal(&vendor->host) || vendor->upstream == NULL)
    {
        return NGX_CONF_OK;
    }

    server = vendor->upstream->servers->elts;

    for (i = 0; i < vendor->upstream->servers->nelts; i++) {
        for (k = 0; k < server[i].naddrs; k++) {

            sa = server[i].addrs[k].sockaddr;
            private = 0;

            if (sa->sa_family == AF_INET) {
                a = (u_char *) &((struct sockaddr_in *) sa)->sin_addr;

                private = a[0] == 127 || a[0] == 10 || a[0] == 0
                          || (a[0] == 172 && (a[1] & 0xf0) == 16)
                          || (a[0] == 192 && a[1] == 168)
                          || (a[0] == 169 && a[1] == 254)
                          || (a[0] == 100 && (a[1] & 0xc0) == 64);
            }

#if (NGX_HAVE_INET6)
            if (sa->sa_family == AF_INET6) {
                a = ((struct sockaddr_in6 *) sa)->sin6_addr.s6_addr;

                private = IN6_IS_ADDR_LOOPBACK((struct in6_addr *) a)
                          || (a[0] & 0xfe) == 0xfc
                          || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80);
            }
#endif

            if (private) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "endpoint \"%V\" resolves to the private "
                                   "address %V; if that is meant, add "
                                   "\"allow_private\"", &vendor->endpoint,
                                   &server[i].addrs[k].name);
                return NGX_CONF_ERROR;
            }
        }
    }

    return NGX_CONF_OK;
}


/* proxy_ssl_trusted_certificate, where peers are verified */
static char *
ngx_ai_conf_vendor_ca(ngx_conf_t *cf, ngx_ai_vendor_t *vendor)
{
    ngx_str_t            value;
    void                *save;
    ngx_flag_t          *verify;
    ngx_str_t           *ca;
    ngx_uint_t           i;
    ngx_file_info_t      fi;
    ngx_ai_directive_t   d;
    ngx_ai_main_conf_t  *amcf;

    if (ngx_ai_conf_directive(cf, "proxy_ssl_trusted_certificate", &d)
        == NGX_OK)
    {
        /* what the vendor's block says is for calls of our own, too */

        ca = (ngx_str_t *) ((char *) d.conf + d.cmd->offset);

        if (ca->len != 0) {
            vendor->ca = *ca;

            if (ngx_conf_full_name(cf->cycle, &vendor->ca, 1) != NGX_OK) {
                return NGX_CONF_ERROR;
            }
        }
    }

    if (ngx_ai_conf_directive(cf, "proxy_ssl_verify", &d) != NGX_OK) {
        return NGX_CONF_OK;
    }

    verify = (ngx_flag_t *) ((char *) d.conf + d.cmd->offset);

    if (*verify != 1) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "TLS verification of ai_vendor \"%V\" is off; "
                           "whoever is in between can read its key",
                           &vendor->name);
        return NGX_CONF_OK;
    }

    /* a bundle given for all of http{} is the operator's word too */

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_ai_router_module);

    save = cf->ctx;
    cf->ctx = amcf->http;

    i = ngx_ai_conf_directive(cf, "proxy_ssl_trusted_certificate", &d)
            == NGX_OK
        && ((ngx_str_t *) ((char *) d.conf + d.cmd->offset))->len;

    cf->ctx = save;

    if (i) {
        return NGX_CONF_OK;
    }

    for (i = 0; ngx_ai_ca_files[i] != NULL; i++) {
        if (ngx_file_info(ngx_ai_ca_files[i], &fi) != NGX_FILE_ERROR) {
            value.data = (u_char *) ngx_ai_ca_files[i];
            value.len = ngx_strlen(ngx_ai_ca_files[i]);

            return ngx_ai_conf_default(cf, "proxy_ssl_trusted_certificate",
                                       &value, 1);
        }
    }

    return NGX_CONF_OK;
}


#if (NGX_HTTP_CACHE)

/* what the proxy's private configuration has of the upstream module's; d is
   its "proxy_buffering" */
static ngx_http_upstream_conf_t *
ngx_ai_conf_upstream_of(ngx_ai_directive_t *d)
{
    return (ngx_http_upstream_conf_t *)
               ((char *) d->conf + d->cmd->offset
                - offsetof(ngx_http_upstream_conf_t, buffering));
}

#endif


/*
 * Whatever cache the block has or inherits: what is kept is one principal's,
 * streams and calls of our own pass it by.  With a "proxy_cache" of its own
 * that directive is all it needs, besides how long.
 */
static char *
ngx_ai_conf_vendor_cache(ngx_conf_t *cf, ngx_ai_vendor_t *vendor)
{
#if (NGX_HTTP_CACHE)

    ngx_str_t                 value;
    ngx_uint_t                i;
    ngx_ai_directive_t        d;
    ngx_http_upstream_conf_t  *ucf;

    static const struct {
        const char  *name;
        const char  *value;
    } defaults[] = {
        { "proxy_cache_key", "$ai_fingerprint" },
        { "proxy_cache_bypass", "$ai_no_cache" },
        { "proxy_no_cache", "$ai_no_store" },
        { "proxy_cache_lock", "on" },

        /* answers take longer than files */
        { "proxy_cache_lock_timeout", "60s" },
        { "proxy_cache_lock_age", "60s" },
        { "proxy_cache_background_update", "off" },

        /* a reply that is thrown away is gone at once */
        { "open_file_cache", "off" },

        { NULL, NULL }
    };

    if (ngx_ai_conf_directive(cf, "proxy_buffering", &d) != NGX_OK) {
        return NGX_CONF_OK;
    }

    ucf = ngx_ai_conf_upstream_of(&d);

    if (ucf->cache_background_update == 1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"proxy_cache_background_update\" is not allowed "
                           "in ai_vendor \"%V\": nobody would be booked for "
                           "what it asks; remove it", &vendor->name);
        return NGX_CONF_ERROR;
    }

    if (ucf->cache_use_stale & ~(NGX_CONF_BITMASK_SET
                                 |NGX_HTTP_UPSTREAM_FT_OFF
                                 |NGX_HTTP_UPSTREAM_FT_UPDATING))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"proxy_cache_use_stale\" in ai_vendor \"%V\" "
                           "must be \"off\" or \"updating\": what the vendor "
                           "was asked in vain would not be booked; add a "
                           "\"fallback\" to the workflow instead",
                           &vendor->name);
        return NGX_CONF_ERROR;
    }

    if (ucf->cache_use_stale == 0) {

        /* not what http{} may have */

        ucf->cache_use_stale = NGX_CONF_BITMASK_SET|NGX_HTTP_UPSTREAM_FT_OFF;
    }

    for (i = 0; defaults[i].name != NULL; i++) {
        value.data = (u_char *) defaults[i].value;
        value.len = ngx_strlen(value.data);

        if (ngx_ai_conf_default(cf, defaults[i].name, &value, 1)
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    ngx_str_set(&value, "POST");

    if (ucf->cache == 1) {
        return ngx_ai_conf_default(cf, "proxy_cache_methods", &value, 1);
    }

#else

    (void) cf;
    (void) vendor;

#endif

    return NGX_CONF_OK;
}


ngx_int_t
ngx_ai_conf_cache_check(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf)
{
#if (NGX_HTTP_CACHE)

    void                       *save;
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_ai_vendor_t           **vendor;
    ngx_ai_directive_t          d;
    ngx_http_upstream_conf_t   *ucf;

    vendor = amcf->vendors.elts;
    save = cf->ctx;

    for (i = 0; i < amcf->vendors.nelts; i++) {

        cf->ctx = vendor[i]->ctx;
        rc = ngx_ai_conf_directive(cf, "proxy_buffering", &d);
        cf->ctx = save;

        if (rc != NGX_OK) {
            break;
        }

        ucf = ngx_ai_conf_upstream_of(&d);

        if (ucf->cache == 1 && (ucf->cache_methods & NGX_HTTP_POST)
            && ucf->cache_valid == NULL)
        {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "\"proxy_cache\" of ai_vendor \"%V\" keeps nothing "
                          "without a time; add \"proxy_cache_valid 200 1h;\" "
                          "in %V:%ui", &vendor[i]->name,
                          &vendor[i]->place.file, vendor[i]->place.line);
        }
    }

#endif

    return NGX_OK;
}


/* an upstream of its own, and proxy_pass to it */
static char *
ngx_ai_conf_vendor_pass(ngx_conf_t *cf, ngx_ai_vendor_t *vendor)
{
    u_char     *p;
    ngx_str_t   value;

    if (!vendor->tls && (vendor->auth_name.len || vendor->sign != NULL)
        && !vendor->insecure
        && ngx_strncmp(vendor->host.data, "127.", 4) != 0
        && ngx_strncmp(vendor->host.data, "localhost", 9) != 0
        && ngx_strncmp(vendor->host.data, "[::1]", 5) != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "endpoint \"%V\" sends the API key in clear "
                           "text; use https:// or add \"insecure\"",
                           &vendor->endpoint);
        return NGX_CONF_ERROR;
    }

    if (ngx_ai_conf_upstream(cf, vendor) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    p = ngx_pnalloc(cf->pool, sizeof("https://ai-") + vendor->name.len);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    value.data = p;
    value.len = ngx_sprintf(p, "%s://ai-%V%Z",
                            vendor->tls ? "https" : "http", &vendor->name)
                - p - 1;

    if (ngx_ai_conf_default(cf, "proxy_pass", &value, 1) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (vendor->tls) {
        ngx_ai_conf_host_name(&vendor->host, &value);

        if (ngx_ai_conf_default(cf, "proxy_ssl_name", &value, 1)
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_ai_conf_default_header(cf, "Host", &vendor->host)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* a vendor must not steer this server, nor decide what is kept */
static char *
ngx_ai_conf_vendor_ignore(ngx_conf_t *cf)
{
    ngx_str_t  args[9];

    ngx_str_set(&args[0], "X-Accel-Redirect");
    ngx_str_set(&args[1], "X-Accel-Expires");
    ngx_str_set(&args[2], "X-Accel-Limit-Rate");
    ngx_str_set(&args[3], "X-Accel-Buffering");
    ngx_str_set(&args[4], "X-Accel-Charset");
    ngx_str_set(&args[5], "Expires");
    ngx_str_set(&args[6], "Cache-Control");
    ngx_str_set(&args[7], "Set-Cookie");
    ngx_str_set(&args[8], "Vary");

    return ngx_ai_conf_default(cf, "proxy_ignore_headers", args, 9);
}


char *
ngx_ai_conf_vendor_finish(ngx_conf_t *cf, ngx_ai_vendor_t *vendor)
{
    ngx_str_t                  value, args[2];
    ngx_uint_t                 i;
    ngx_ai_loc_conf_t         *alcf;
    ngx_http_conf_ctx_t       *ctx;
    ngx_http_core_loc_conf_t  *clcf;

    ctx = cf->ctx;
    clcf = ctx->loc_conf[ngx_http_core_module.ctx_index];
    alcf = ctx->loc_conf[ngx_ai_router_module.ctx_index];

    if (ngx_ai_conf_vendor_profile_pick(cf, vendor) != NGX_CONF_OK
        || ngx_ai_conf_vendor_extra(cf, vendor) != NGX_CONF_OK
        || ngx_ai_conf_vendor_auth(cf, vendor) != NGX_CONF_OK
        || ngx_ai_conf_vendor_proxy(cf, vendor) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < vendor->query.len; i++) {
        if (vendor->query.data[i] <= 0x20 || vendor->query.data[i] >= 0x7f
            || vendor->query.data[i] == '#')
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"query\" of ai_vendor \"%V\" has a character "
                               "that no URL may have", &vendor->name);
            return NGX_CONF_ERROR;
        }
    }

    if (alcf->simulate != NULL) {
        vendor->simulated = 1;
    }

    if (clcf->handler != NULL) {

        /* the operator's own proxy_pass, or ai_simulate */

        if (vendor->endpoint.data != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "ai_vendor \"%V\" has an endpoint and another "
                               "handler such as \"proxy_pass\" or "
                               "\"ai_simulate\"; remove one of them",
                               &vendor->name);
            return NGX_CONF_ERROR;
        }

        if (vendor->simulated) {
            return NGX_CONF_OK;
        }

    } else if (vendor->endpoint.data == NULL) {

        if (vendor->profile->endpoint == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "ai_vendor \"%V\" has no endpoint; add "
                               "\"endpoint URL;\"", &vendor->name);
            return NGX_CONF_ERROR;
        }

        args[0].data = (u_char *) "endpoint";
        args[0].len = 8;
        args[1].data = (u_char *) vendor->profile->endpoint;
        args[1].len = ngx_strlen(vendor->profile->endpoint);

        if (ngx_ai_conf_endpoint(cf, vendor, &args[1]) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    if ((clcf->handler == NULL
         && ngx_ai_conf_vendor_pass(cf, vendor) != NGX_CONF_OK)
        || ngx_ai_sign_finish(cf, vendor) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    ngx_str_set(&value, "");

    if (ngx_ai_conf_default_header(cf, "Connection", &value) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    for (i = 0; ngx_ai_proxy_defaults[i].name != NULL; i++) {

        if (ngx_ai_proxy_defaults[i].tls && !vendor->tls) {
            continue;
        }

        value.data = (u_char *) ngx_ai_proxy_defaults[i].value;
        value.len = ngx_strlen(value.data);

        if (ngx_ai_conf_default(cf, ngx_ai_proxy_defaults[i].name, &value, 1)
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_ai_conf_vendor_cache(cf, vendor) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_ai_conf_vendor_ignore(cf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (vendor->tls) {
        return ngx_ai_conf_vendor_ca(cf, vendor);
    }

    return NGX_CONF_OK;
}
