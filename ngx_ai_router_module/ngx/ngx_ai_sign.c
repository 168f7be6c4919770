
/*
 * Keys that sign: where a vendor wants AWS Signature Version 4, "key aws:..."
 * names its credentials, and each request is signed as it is about to be
 * sent.  What is signed is read from the bytes that the proxy has written, so
 * that it is what the vendor gets, whatever the block's directives made of
 * it.  The secret never leaves this process and its configuration's memory.
 *
 * A credentials file whose session token is renewed is noticed: its time is
 * looked at once a second at most, while it is used, and it is read again
 * when it has changed.  A file that can not be read, or holds nonsense, leaves
 * the keys as they are.
 */

#include "ngx_ai_conf.h"


#define NGX_AI_SIGN_FILE     65536        /* bytes of a credentials file    */
#define NGX_AI_SIGN_TEXT     16384        /* of one profile's three texts   */
#define NGX_AI_SIGN_PIECES   (2 * AIR_EDITS_MAX + 2)


/* Not configuration: each process has its own, which it may renew. */
struct ngx_ai_sign_s {
    ngx_str_t             file;           /* with a NUL, empty: environment */
    ngx_str_t             profile;
    ngx_str_t             region;
    ngx_str_t             service;

    time_t                looked;
    time_t                mtime;
    off_t                 size;
    ngx_file_uniq_t       uniq;
    air_sigv4_keys_t      keys;           /* views of room                  */
    unsigned              warned:1;
    u_char                room[NGX_AI_SIGN_TEXT];
};


static const char  *ngx_ai_sign_names[] = {
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"
};


static ngx_int_t ngx_ai_sign_keep(ngx_ai_sign_t *sign,
    const air_sigv4_keys_t *keys);
static char *ngx_ai_sign_env(ngx_conf_t *cf, ngx_ai_sign_t *sign);
static char *ngx_ai_sign_file(ngx_conf_t *cf, ngx_ai_sign_t *sign);
static ssize_t ngx_ai_sign_read(ngx_str_t *name, u_char *buf,
    ngx_file_info_t *fi);
static void ngx_ai_sign_renew(ngx_ai_sign_t *sign, ngx_log_t *log);
static ngx_int_t ngx_ai_sign_head(ngx_buf_t *head, air_sigv4_request_t *rq,
    air_sigv4_header_t *header);


/* Copies keys that are fit for a header; NGX_DECLINED when they are not. */
static ngx_int_t
ngx_ai_sign_keep(ngx_ai_sign_t *sign, const air_sigv4_keys_t *keys)
{
    u_char           *p;
    ngx_uint_t        i, k;
    const air_str_t  *from[3];
    air_str_t        *to[3];

    from[0] = &keys->id;
    from[1] = &keys->secret;
    from[2] = &keys->token;

    if (keys->id.len > 256 || keys->secret.len > 1024
        || keys->token.len > NGX_AI_SIGN_TEXT - 2048)
    {
        return NGX_DECLINED;
    }

    for (i = 0; i < 3; i++) {
        for (k = 0; k < from[i]->len; k++) {
            if (from[i]->data[k] <= 0x20 || from[i]->data[k] >= 0x7f) {
                return NGX_DECLINED;
            }
        }
    }

    ngx_explicit_memzero(sign->room, sizeof(sign->room));

    to[0] = &sign->keys.id;
    to[1] = &sign->keys.secret;
    to[2] = &sign->keys.token;
    p = sign->room;

    for (i = 0; i < 3; i++) {
        to[i]->data = p;
        to[i]->len = from[i]->len;

        if (from[i]->len) {
            p = ngx_cpymem(p, from[i]->data, from[i]->len);
        }
    }

    return NGX_OK;
}


static char *
ngx_ai_sign_env(ngx_conf_t *cf, ngx_ai_sign_t *sign)
{
    char              *env;
    ngx_uint_t         i;
    air_str_t          text[3];
    air_sigv4_keys_t   keys;

    for (i = 0; i < 3; i++) {
        env = getenv(ngx_ai_sign_names[i]);

        if (i != 2 && (env == NULL || *env == '\0')) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "environment variable \"%s\" is empty; set it "
                               "where nginx is started and keep it over a "
                               "binary upgrade with \"env %s;\" at main level",
                               ngx_ai_sign_names[i], ngx_ai_sign_names[i]);
            return NGX_CONF_ERROR;
        }

        text[i] = air_str_z(env != NULL ? env : "");
    }

    keys.id = text[0];
    keys.secret = text[1];
    keys.token = text[2];

    if (ngx_ai_sign_keep(sign, &keys) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "environment variables \"AWS_ACCESS_KEY_ID\", "
                           "\"AWS_SECRET_ACCESS_KEY\" and "
                           "\"AWS_SESSION_TOKEN\" must be one line each, "
                           "without spaces, as AWS gave them");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* The bytes of a file, NGX_AI_SIGN_FILE at most, or NGX_ERROR with errno. */
static ssize_t
ngx_ai_sign_read(ngx_str_t *name, u_char *buf, ngx_file_info_t *fi)
{
    ssize_t    n;
    ngx_fd_t   fd;
    ngx_err_t  err;

    fd = ngx_open_file(name->data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        return NGX_ERROR;
    }

    if (ngx_fd_info(fd, fi) == NGX_FILE_ERROR || !ngx_is_file(fi)) {
        err = ngx_is_file(fi) ? ngx_errno : NGX_EINVAL;
        ngx_close_file(fd);
        ngx_set_errno(err);
        return NGX_ERROR;
    }

    n = ngx_read_fd(fd, buf, NGX_AI_SIGN_FILE);
    err = ngx_errno;

    ngx_close_file(fd);
    ngx_set_errno(err);

    return n;
}


static char *
ngx_ai_sign_file(ngx_conf_t *cf, ngx_ai_sign_t *sign)
{
    int                rc;
    u_char            *buf;
    ssize_t            n;
    ngx_file_info_t    fi;
    air_sigv4_keys_t   keys;

    ngx_memzero(&fi, sizeof(ngx_file_info_t));

    if (ngx_conf_full_name(cf->cycle, &sign->file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    buf = ngx_palloc(cf->temp_pool, NGX_AI_SIGN_FILE);
    if (buf == NULL) {
        return NGX_CONF_ERROR;
    }

    n = ngx_ai_sign_read(&sign->file, buf, &fi);

    if (n == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "cannot read credentials file \"%V\"",
                           &sign->file);
        return NGX_CONF_ERROR;
    }

    rc = air_sigv4_profile(air_str_n(buf, n), ngx_ai_air(sign->profile),
                           &keys);

    if (rc == AIR_OK && ngx_ai_sign_keep(sign, &keys) != NGX_OK) {
        rc = AIR_ELIMIT;
    }

    ngx_explicit_memzero(buf, NGX_AI_SIGN_FILE);

    sign->mtime = ngx_file_mtime(&fi);
    sign->size = ngx_file_size(&fi);
    sign->uniq = ngx_file_uniq(&fi);

    if (rc == AIR_OK) {

        if ((fi.st_mode & 077) != 0) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "credentials file \"%V\" is readable by "
                               "others (mode 0%d%d%d); chmod 600 it",
                               &sign->file, (int) (fi.st_mode >> 6) & 7,
                               (int) (fi.st_mode >> 3) & 7,
                               (int) fi.st_mode & 7);
        }

        return NGX_CONF_OK;
    }

    if (rc == AIR_ENOENT) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "credentials file \"%V\" has no profile \"[%V]\"; "
                           "add it there or name another with "
                           "\"aws:file:PATH#PROFILE\"",
                           &sign->file, &sign->profile);

    } else if (rc == AIR_EINVAL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "profile \"[%V]\" of credentials file \"%V\" needs "
                           "both \"aws_access_key_id\" and "
                           "\"aws_secret_access_key\"",
                           &sign->profile, &sign->file);

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "profile \"[%V]\" of credentials file \"%V\" has "
                           "a value that no key of AWS has; each must be one "
                           "line without spaces",
                           &sign->profile, &sign->file);
    }

    return NGX_CONF_ERROR;
}


char *
ngx_ai_sign_conf(ngx_conf_t *cf, ngx_ai_vendor_t *vendor)
{
    u_char         *p;
    ngx_str_t      *value, *param;
    ngx_uint_t      i, skip;
    ngx_ai_sign_t  *sign;

    value = cf->args->elts;

    sign = ngx_pcalloc(cf->pool, sizeof(ngx_ai_sign_t));
    if (sign == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "region=", 7) == 0) {
            param = &sign->region;
            skip = 7;

        } else if (ngx_strncmp(value[i].data, "service=", 8) == 0) {
            param = &sign->service;
            skip = 8;

        } else {
            param = NULL;
            skip = 0;
        }

        if (param == NULL || param->len || value[i].len == skip) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" in \"key\", it must "
                               "be \"region=NAME\" or \"service=NAME\", each "
                               "once", &value[i]);
            return NGX_CONF_ERROR;
        }

        param->data = value[i].data + skip;
        param->len = value[i].len - skip;
    }

    vendor->sign = sign;

    if (ngx_strcmp(value[1].data, "aws:env") == 0) {
        return ngx_ai_sign_env(cf, sign);
    }

    if (ngx_strncmp(value[1].data, "aws:file:", 9) != 0
        || value[1].len == 9 || value[1].data[9] == '#')
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid source \"%V\" in \"key\", keys that sign "
                           "are \"aws:env\" or \"aws:file:PATH[#PROFILE]\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    sign->file.data = value[1].data + 9;
    sign->file.len = value[1].len - 9;
    ngx_str_set(&sign->profile, "default");

    p = ngx_strlchr(sign->file.data, sign->file.data + sign->file.len, '#');

    if (p != NULL) {
        sign->profile.data = p + 1;
        sign->profile.len = sign->file.data + sign->file.len - p - 1;
        sign->file.len = p - sign->file.data;
        *p = '\0';
    }

    return ngx_ai_sign_file(cf, sign);
}


char *
ngx_ai_sign_finish(ngx_conf_t *cf, ngx_ai_vendor_t *vendor)
{
    air_str_t       region;
    ngx_ai_sign_t  *sign;

    sign = vendor->sign;

    if (sign == NULL || vendor->simulated) {
        return NGX_CONF_OK;
    }

    if (vendor->upstream == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ai_vendor \"%V\" has a \"key\" that signs and a "
                           "\"proxy_pass\" of its own; use \"endpoint\"",
                           &vendor->name);
        return NGX_CONF_ERROR;
    }

    if (sign->service.len == 0 && vendor->profile->aws_service != NULL) {
        sign->service.data = (u_char *) vendor->profile->aws_service;
        sign->service.len = ngx_strlen(vendor->profile->aws_service);
    }

    if (sign->service.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the profile \"%s\" of ai_vendor \"%V\" takes no "
                           "key that signs as AWS; use \"key file:PATH\", or "
                           "name the service with \"service=NAME\"",
                           vendor->profile->name, &vendor->name);
        return NGX_CONF_ERROR;
    }

    if (sign->region.len == 0) {
        region = air_sigv4_region(ngx_ai_air(vendor->host));
        sign->region = ngx_ai_ngx(region);
    }

    if (sign->region.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the host of endpoint \"%V\" of ai_vendor \"%V\" "
                           "names no AWS region; add it to \"key\", such as "
                           "\"region=us-east-1\"",
                           &vendor->endpoint, &vendor->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* Reads the file again when it is another than before. */
static void
ngx_ai_sign_renew(ngx_ai_sign_t *sign, ngx_log_t *log)
{
    int                rc;
    u_char            *buf;
    ssize_t            n;
    ngx_file_info_t    fi;
    air_sigv4_keys_t   keys;

    if (sign->file.len == 0 || sign->looked == ngx_time()) {
        return;
    }

    sign->looked = ngx_time();

    if (ngx_file_info(sign->file.data, &fi) == NGX_FILE_ERROR
        || (ngx_file_mtime(&fi) == sign->mtime
            && ngx_file_size(&fi) == sign->size
            && ngx_file_uniq(&fi) == sign->uniq))
    {
        return;
    }

    buf = ngx_alloc(NGX_AI_SIGN_FILE, log);
    if (buf == NULL) {
        return;
    }

    ngx_memzero(&fi, sizeof(ngx_file_info_t));

    rc = AIR_EIO;
    n = ngx_ai_sign_read(&sign->file, buf, &fi);

    if (n != NGX_ERROR) {
        rc = air_sigv4_profile(air_str_n(buf, n), ngx_ai_air(sign->profile),
                               &keys);

        if (rc == AIR_OK && ngx_ai_sign_keep(sign, &keys) != NGX_OK) {
            rc = AIR_ELIMIT;
        }
    }

    ngx_explicit_memzero(buf, NGX_AI_SIGN_FILE);
    ngx_free(buf);

    if (rc == AIR_OK) {
        sign->mtime = ngx_file_mtime(&fi);
        sign->size = ngx_file_size(&fi);
        sign->uniq = ngx_file_uniq(&fi);
        sign->warned = 0;

        ngx_log_error(NGX_LOG_NOTICE, log, 0,
                      "ai: credentials file \"%V\" was read again",
                      &sign->file);

    } else if (!sign->warned) {
        sign->warned = 1;

        ngx_log_error(NGX_LOG_WARN, log, n == NGX_ERROR ? ngx_errno : 0,
                      "ai: credentials file \"%V\" has changed and cannot be "
                      "used; the keys from before stay until it can, or "
                      "nginx is reloaded", &sign->file);
    }
}


/* Method, URI, Host and Content-Type as they stand in a request's head. */
static ngx_int_t
ngx_ai_sign_head(ngx_buf_t *head, air_sigv4_request_t *rq,
    air_sigv4_header_t *header)
{
    u_char     *p, *last, *eol, *colon;
    ngx_str_t   name;

    last = head->last;

    p = ngx_strlchr(head->pos, last, ' ');
    if (p == NULL) {
        return NGX_ERROR;
    }

    rq->method = air_str_n(head->pos, p - head->pos);
    p++;

    eol = ngx_strlchr(p, last, ' ');
    if (eol == NULL) {
        return NGX_ERROR;
    }

    colon = ngx_strlchr(p, eol, '?');
    rq->path = air_str_n(p, (colon ? colon : eol) - p);
    rq->query = colon ? air_str_n(colon + 1, eol - colon - 1)
                      : air_str_n(NULL, 0);

    rq->headers = header;
    rq->nheaders = 0;

    for (p = ngx_strlchr(eol, last, LF); p != NULL && ++p < last; p = eol) {

        eol = ngx_strlchr(p, last, LF);
        if (eol == NULL) {
            break;
        }

        colon = ngx_strlchr(p, eol, ':');
        if (colon == NULL) {
            continue;
        }

        name.data = p;
        name.len = colon - p;

        if (rq->nheaders < 2
            && ((name.len == 4
                 && ngx_strncasecmp(name.data, (u_char *) "host", 4) == 0)
                || (name.len == 12
                    && ngx_strncasecmp(name.data, (u_char *) "content-type",
                                       12) == 0)))
        {
            header[rq->nheaders].name = ngx_ai_air(name);
            header[rq->nheaders++].value = air_str_n(colon + 1,
                                                     eol - colon - 2);
        }
    }

    return rq->nheaders != 0 ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_ai_sign(ngx_ai_attempt_t *att, ngx_http_request_t *r, ngx_str_t *lines)
{
    ngx_uint_t            n;
    ngx_chain_t          *cl;
    ngx_ai_sign_t        *sign;
    air_buf_t             buf;
    air_str_t             piece[NGX_AI_SIGN_PIECES];
    air_sigv4_header_t    header[2];
    air_sigv4_request_t   rq;

    sign = att->target->vendor->sign;
    cl = r->upstream->request_bufs;

    ngx_ai_sign_renew(sign, r->connection->log);

    ngx_memzero(&rq, sizeof(air_sigv4_request_t));

    if (ngx_ai_sign_head(cl->buf, &rq, header) != NGX_OK) {
        return NGX_ERROR;
    }

    for (n = 0, cl = cl->next; cl != NULL; cl = cl->next) {

        if (n == NGX_AI_SIGN_PIECES || !ngx_buf_in_memory(cl->buf)) {
            return NGX_ERROR;
        }

        piece[n++] = air_str_n(cl->buf->pos, cl->buf->last - cl->buf->pos);
    }

    rq.region = ngx_ai_air(sign->region);
    rq.service = ngx_ai_air(sign->service);
    rq.time = ngx_time();

    air_buf_init(&buf, &att->ctx->mem, 2 * NGX_AI_SIGN_TEXT);

    if (air_sigv4_hash(piece, n, rq.hash) != AIR_OK
        || air_sigv4_sign(&rq, &sign->keys, &buf) != AIR_OK
        || air_buf_z(&buf, CRLF) != AIR_OK)
    {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "ai: the request for ai_vendor \"%V\" cannot be signed",
                      &att->target->vendor->name);
        return NGX_ERROR;
    }

    *lines = ngx_ai_ngx(air_buf_view(&buf));

    return NGX_OK;
}


ngx_int_t
ngx_ai_sign_request(ngx_ai_vendor_t *vendor, ngx_str_t *uri, air_str_t body,
    ngx_log_t *log, air_buf_t *b)
{
    u_char               *query, *last;
    ngx_ai_sign_t        *sign;
    air_sigv4_header_t    header[2];
    air_sigv4_request_t   rq;

    sign = vendor->sign;

    ngx_ai_sign_renew(sign, log);

    ngx_memzero(&rq, sizeof(air_sigv4_request_t));

    last = uri->data + uri->len;
    query = ngx_strlchr(uri->data, last, '?');

    rq.method = air_str_z("POST");
    rq.path = air_str_n(uri->data, (query ? query : last) - uri->data);

    if (query != NULL) {
        rq.query = air_str_n(query + 1, last - query - 1);
    }

    header[0].name = air_str_z("host");
    header[0].value = ngx_ai_air(vendor->host);
    header[1].name = air_str_z("content-type");
    header[1].value = air_str_z("application/json");

    rq.headers = header;
    rq.nheaders = 2;
    rq.region = ngx_ai_air(sign->region);
    rq.service = ngx_ai_air(sign->service);
    rq.time = ngx_time();

    if (air_sigv4_hash(&body, 1, rq.hash) != AIR_OK
        || air_sigv4_sign(&rq, &sign->keys, b) != AIR_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}
