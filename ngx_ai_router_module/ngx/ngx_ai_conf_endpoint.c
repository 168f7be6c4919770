
/*
 * Who a vendor is: its URL taken apart, its profile, the header line with its
 * key, the URI of each operation.
 */

#include "ngx_ai_conf.h"


char *
ngx_ai_conf_endpoint(ngx_conf_t *cf, ngx_ai_vendor_t *vendor, ngx_str_t *url)
{
    u_char      *p, *host, *last;
    const char  *why;

    if (url->len > 8 && ngx_strncmp(url->data, "https://", 8) == 0) {
        vendor->tls = 1;
        host = url->data + 8;

    } else if (url->len > 7 && ngx_strncmp(url->data, "http://", 7) == 0) {
        host = url->data + 7;

    } else {
        why = "must start with \"https://\" or \"http://\"";
        goto invalid;
    }

    last = url->data + url->len;

    for (p = host; p < last && *p != '/'; p++) {
        if (*p == '@') {

            /* whatever stands there is not for a log */

            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid URL in \"endpoint\", it must not hold "
                               "a user or a password, use \"key\"");
            return NGX_CONF_ERROR;
        }

        if (*p == '?' || *p == '#') {
            break;
        }

        /* the host stands in directives made here */

        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')
              || (*p >= '0' && *p <= '9') || *p == '.' || *p == '-'
              || *p == '_' || *p == ':' || *p == '[' || *p == ']'))
        {
            why = "has a host with a character that no host may have";
            goto invalid;
        }
    }

    if (p == host) {
        why = "has no host";
        goto invalid;
    }

    vendor->host.data = host;
    vendor->host.len = p - host;

    vendor->base.data = p;

    for ( /* void */ ; p < last; p++) {
        if (*p == '?') {
            why = "must not have a query, use \"query\"";
            goto invalid;
        }

        if (*p == '#') {
            why = "must not have a fragment";
            goto invalid;
        }

        if (*p <= 0x20 || *p == 0x7f || *p == '"' || *p == '$') {
            why = "has a character that no URL may have";
            goto invalid;
        }
    }

    while (last > vendor->base.data && last[-1] == '/') {
        last--;
    }

    vendor->base.len = last - vendor->base.data;
    vendor->endpoint = *url;

    if (vendor->base.len >= 17
        && ngx_strncmp(last - 17, "/chat/completions", 17) == 0)
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "endpoint \"%V\" ends with \"/chat/completions\"; "
                           "requests would go to "
                           "\"%V/chat/completions\", end it with \"/v1\"",
                           url, &vendor->base);
    }

    return NGX_CONF_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid URL \"%V\" in \"endpoint\", it %s", url, why);
    return NGX_CONF_ERROR;
}


/* the part of host:port before the port, without brackets */
void
ngx_ai_conf_host_name(ngx_str_t *host, ngx_str_t *name)
{
    size_t  i;

    *name = *host;

    for (i = host->len; i > 0; i--) {
        if (host->data[i - 1] == ']') {
            break;
        }

        if (host->data[i - 1] == ':') {
            name->len = i - 1;
            break;
        }
    }

    if (name->len > 2 && name->data[0] == '[') {
        name->data++;
        name->len -= 2;
    }
}


/* OpenAI's two generations stand beside each other at one vendor */
static ngx_uint_t
ngx_ai_conf_sibling(const char *one, const char *other)
{
    return (strcmp(one, "openai") == 0 && strcmp(other, "responses") == 0)
           || (strcmp(one, "responses") == 0 && strcmp(other, "openai") == 0);
}


char *
ngx_ai_conf_vendor_profile_pick(ngx_conf_t *cf, ngx_ai_vendor_t *vendor)
{
    ngx_str_t  name;

    if (vendor->profile == NULL) {
        vendor->profile = air_profile_find(ngx_ai_air(vendor->name));
    }

    if (vendor->profile == NULL && vendor->host.len) {
        ngx_ai_conf_host_name(&vendor->host, &name);
        vendor->profile = air_profile_by_host(ngx_ai_air(name));
    }

    /* a host may speak several protocols */

    if (vendor->profile != NULL && vendor->codec != NULL
        && !vendor->profile_set
        && strcmp(vendor->profile->protocol, vendor->codec->name) != 0
        && !ngx_ai_conf_sibling(vendor->profile->protocol,
                                vendor->codec->name))
    {
        ngx_ai_conf_host_name(&vendor->host, &name);

        vendor->profile = name.len
                          ? air_profile_speaking(ngx_ai_air(name),
                                                 vendor->codec->name)
                          : NULL;
    }

    if (vendor->profile == NULL && vendor->codec != NULL) {

        /* the protocol's first vendor is the best guess for it */

        vendor->profile = air_profile_speaking(air_str_n(NULL, 0),
                                               vendor->codec->name);
    }

    if (vendor->profile == NULL
        || (vendor->codec == &air_codec_openai && !vendor->profile_set
            && vendor->profile == air_profile_find(air_str_z("openai"))
            && !air_str_eqz(ngx_ai_air(vendor->name), "openai")))
    {
        vendor->profile = air_profile_find(air_str_z("openai-compatible"));
    }

    if (vendor->codec == NULL) {
        vendor->codec = air_codec_find(air_str_z(vendor->profile->protocol));
    }

    if (vendor->codec == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ai_vendor \"%V\" speaks the protocol \"%s\", which "
                           "this version does not know",
                           &vendor->name, vendor->profile->protocol);
        return NGX_CONF_ERROR;
    }

    if (vendor->maker.data == NULL && vendor->profile->maker != NULL) {
        vendor->maker.data = (u_char *) vendor->profile->maker;
        vendor->maker.len = ngx_strlen(vendor->profile->maker);
    }

    if (vendor->region.data == NULL && vendor->profile->region != NULL) {
        vendor->region.data = (u_char *) vendor->profile->region;
        vendor->region.len = ngx_strlen(vendor->profile->region);
    }

    return NGX_CONF_OK;
}


/* the profile's fixed headers, "name: value" lines */
char *
ngx_ai_conf_vendor_extra(ngx_conf_t *cf, ngx_ai_vendor_t *vendor)
{
    const char      *p, *colon, *end;
    ngx_ai_extra_t  *extra;

    p = vendor->profile->extra_headers;

    if (p == NULL) {
        return NGX_CONF_OK;
    }

    vendor->extra = ngx_array_create(cf->pool, 2, sizeof(ngx_ai_extra_t));
    if (vendor->extra == NULL) {
        return NGX_CONF_ERROR;
    }

    for ( /* void */ ; *p; p = *end ? end + 1 : end) {
        end = strchr(p, '\n');

        if (end == NULL) {
            end = p + ngx_strlen(p);
        }

        colon = strchr(p, ':');

        if (colon == NULL || colon > end) {
            continue;
        }

        extra = ngx_array_push(vendor->extra);
        if (extra == NULL) {
            return NGX_CONF_ERROR;
        }

        extra->name.data = (u_char *) p;
        extra->name.len = colon - p;
        extra->lower = extra->name;

        colon++;

        while (*colon == ' ') {
            colon++;
        }

        extra->value.data = (u_char *) colon;
        extra->value.len = end - colon;
    }

    return NGX_CONF_OK;
}


/* base, the path with the model's name in it, the queries of the operator and
   of the profile */
static ngx_int_t
ngx_ai_conf_target_uri(ngx_conf_t *cf, ngx_ai_target_t *target,
    ngx_str_t *base, const char *path, ngx_str_t *query, const char *more,
    ngx_str_t *uri)
{
    u_char      *p;
    size_t       len, esc;
    const char  *mark;

    esc = 2 * ngx_escape_uri(NULL, target->model.data, target->model.len,
                             NGX_ESCAPE_URI_COMPONENT);

    len = base->len + ngx_strlen(path) + target->model.len + esc
          + sizeof("?&") - 1 + query->len;

    if (more != NULL) {
        len += ngx_strlen(more);
    }

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    uri->data = p;

    if (base->len) {
        p = ngx_cpymem(p, base->data, base->len);
    }

    mark = strstr(path, "{model}");

    if (mark != NULL) {
        p = ngx_cpymem(p, path, mark - path);
        p = (u_char *) ngx_escape_uri(p, target->model.data,
                                      target->model.len,
                                      NGX_ESCAPE_URI_COMPONENT);
        path = mark + sizeof("{model}") - 1;
    }

    p = ngx_cpymem(p, path, ngx_strlen(path));

    if (query->len) {
        *p++ = '?';
        p = ngx_cpymem(p, query->data, query->len);
    }

    if (more != NULL) {
        *p++ = query->len ? '&' : '?';
        p = ngx_cpymem(p, more, ngx_strlen(more));
    }

    uri->len = p - uri->data;

    return NGX_OK;
}


ngx_int_t
ngx_ai_conf_target_uris(ngx_conf_t *cf, ngx_ai_target_t *target)
{
    ngx_str_t             *uri, base;
    ngx_uint_t             op, stream;
    const char            *path, *more;
    ngx_ai_vendor_t       *vendor;
    const air_profile_t   *pf;

    vendor = target->vendor;
    pf = vendor->profile;
    base = vendor->base;

    /* people write a vendor's URL with its "/v1" and without */

    path = pf->path[AIR_OP_CHAT];

    if (path != NULL && ngx_strncmp(path, "/v1/", 4) == 0 && base.len >= 3
        && ngx_strncmp(base.data + base.len - 3, "/v1", 3) == 0)
    {
        base.len -= 3;
    }

    for (stream = 0; stream < 2; stream++) {
        uri = stream ? target->stream_uri : target->uri;

        /* the operator's query stands in the place of the profile's, but not
           of what makes a stream of the reply */

        more = air_profile_query(pf, stream);

        if (vendor->query.len && (!stream || pf->stream_query == NULL)) {
            more = NULL;
        }

        for (op = 0; op < AIR_NOP; op++) {

            path = air_profile_path(pf, op, stream);

            if (op == AIR_OP_RESPONSES
                && ngx_ai_codec_of(vendor, op) != &air_codec_responses)
            {
                /* asked for as a conversation */

                path = NULL;
            }

            if (vendor->codec == &air_codec_responses && op == AIR_OP_CHAT) {

                /* a conversation is another endpoint in this protocol */

                path = air_profile_path(pf, AIR_OP_RESPONSES, stream);

                if (path == NULL) {
                    path = "/responses";
                }
            }

            if (path != NULL
                && ngx_ai_conf_target_uri(cf, target, &base, path,
                                          &vendor->query, more, &uri[op])
                   != NGX_OK)
            {
                return NGX_ERROR;
            }
        }

        /* one answer to a conversation, whatever the caller calls it */

        if (uri[AIR_OP_MESSAGES].len == 0) {
            uri[AIR_OP_MESSAGES] = uri[AIR_OP_CHAT];
        }

        if (uri[AIR_OP_RESPONSES].len == 0) {
            uri[AIR_OP_RESPONSES] = uri[AIR_OP_CHAT];
        }
    }

    return NGX_OK;
}
