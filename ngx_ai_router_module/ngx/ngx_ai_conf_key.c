
/*
 * The keys of a vendor: where they come from, and the header line that each
 * becomes.
 */

#include "ngx_ai_conf.h"

#include <openssl/sha.h>


static ssize_t ngx_ai_conf_key_file(ngx_conf_t *cf, ngx_str_t *name,
    u_char *buf, size_t size);
static char *ngx_ai_conf_key_name(ngx_conf_t *cf, ngx_ai_vendor_t *vendor,
    ngx_ai_vkey_t *key);
static char *ngx_ai_conf_key_line(ngx_conf_t *cf, ngx_ai_vendor_t *vendor,
    ngx_ai_vkey_t *key);


/* the bytes of a key file into buf; their number, or NGX_ERROR */
static ssize_t
ngx_ai_conf_key_file(ngx_conf_t *cf, ngx_str_t *name, u_char *buf, size_t size)
{
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_file_info_t  fi;

    if (ngx_conf_full_name(cf->cycle, name, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    fd = ngx_open_file(name->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "cannot read key file \"%V\"", name);
        return NGX_ERROR;
    }

    n = ngx_read_fd(fd, buf, size);

    if (n >= 0 && ngx_fd_info(fd, &fi) != NGX_FILE_ERROR
        && (fi.st_mode & 077) != 0)
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "key file \"%V\" is readable by others "
                           "(mode 0%d%d%d); chmod 600 it", name,
                           (int) (fi.st_mode >> 6) & 7,
                           (int) (fi.st_mode >> 3) & 7,
                           (int) fi.st_mode & 7);
    }

    ngx_close_file(fd);

    if (n < 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "cannot read key file \"%V\"", name);
        return NGX_ERROR;
    }

    /* one newline at the end is an editor's, not the key's */

    if (n > 0 && buf[n - 1] == '\n') {
        n--;
    }

    return n;
}


char *
ngx_ai_conf_secret(ngx_conf_t *cf, const char *what, ngx_str_t *whose,
    ngx_str_t *source, ngx_str_t *secret)
{
    char        *env;
    ssize_t      n;
    ngx_str_t    name, text;
    ngx_uint_t   i, file;
    u_char       buf[4096 + 2];

    if (ngx_strncmp(source->data, "file:", 5) == 0) {
        name.data = source->data + 5;
        name.len = source->len - 5;

        n = ngx_ai_conf_key_file(cf, &name, buf, sizeof(buf));
        if (n == NGX_ERROR) {
            return NGX_CONF_ERROR;
        }

        text.data = buf;
        text.len = n;

    } else if (ngx_strncmp(source->data, "env:", 4) == 0) {
        name.data = source->data + 4;
        name.len = source->len - 4;

        env = getenv((char *) name.data);

        if (env == NULL || *env == '\0') {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "environment variable \"%V\" is empty; set it "
                               "where nginx is started and keep it over a "
                               "binary upgrade with \"env %V;\" at main level",
                               &name, &name);
            return NGX_CONF_ERROR;
        }

        text.data = (u_char *) env;
        text.len = ngx_strlen(env);

    } else {
        ngx_str_set(&name, "in the configuration");
        text = *source;

        file = text.len != 0 && (text.data[0] == '/' || text.data[0] == '.');

        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "the %s \"%V\" %s; use \"file:PATH\" or "
                           "\"env:NAME\"", what, whose,
                           file ? "looks like a file's name and is sent as it "
                                  "stands"
                                : "stands in the configuration");
    }

    if (text.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the %s \"%V\" (%V) is empty", what, whose,
                           &name);
        return NGX_CONF_ERROR;
    }

    if (text.len > 4096) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the %s \"%V\" (%V) is longer than 4096 bytes",
                           what, whose, &name);
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < text.len; i++) {
        if (text.data[i] <= 0x20 || text.data[i] >= 0x7f) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "the %s \"%V\" (%V): byte %ui is not "
                               "printable; it must be one line without "
                               "spaces", what, whose, &name, i + 1);
            return NGX_CONF_ERROR;
        }
    }

    secret->data = ngx_pnalloc(cf->pool, text.len + 1);
    if (secret->data == NULL) {
        return NGX_CONF_ERROR;
    }

    secret->len = text.len;
    *ngx_cpymem(secret->data, text.data, text.len) = '\0';

    ngx_explicit_memzero(buf, sizeof(buf));

    return NGX_CONF_OK;
}


/*
 * By what the zone knows it: 32 bits of a hash of some 128 and more tell
 * nobody a key, and a key that was replaced does not rest for the old one.
 */
static char *
ngx_ai_conf_key_name(ngx_conf_t *cf, ngx_ai_vendor_t *vendor,
    ngx_ai_vkey_t *key)
{
    u_char  *p, hash[SHA256_DIGEST_LENGTH];
    u_char   text[256 + 4096];

    p = ngx_pnalloc(cf->pool, vendor->name.len + sizeof("#01234567") - 1);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    p = ngx_cpymem(text, "ai_vendor key", sizeof("ai_vendor key"));
    p = ngx_cpymem(p, vendor->name.data, vendor->name.len);
    *p++ = '\0';
    p = ngx_cpymem(p, key->secret.data, key->secret.len);

    SHA256(text, p - text, hash);
    ngx_explicit_memzero(text, sizeof(text));

    p = ngx_pnalloc(cf->pool, vendor->name.len + sizeof("#01234567") - 1);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    key->name.data = p;
    p = ngx_cpymem(p, vendor->name.data, vendor->name.len);
    *p++ = '#';
    p = ngx_hex_dump(p, hash, 4);
    key->name.len = p - key->name.data;

    p = ngx_pnalloc(cf->pool, sizeof("#") + NGX_INT_T_LEN);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    key->shown.data = p;
    key->shown.len = ngx_sprintf(p, "#%ui", vendor->keys->nelts) - p;

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_vendor_key(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    ngx_int_t         n;
    ngx_str_t        *value;
    ngx_uint_t        i;
    ngx_ai_vkey_t    *key, *other;
    ngx_ai_vendor_t  *vendor;

    vendor = alcf->vendor;
    value = cf->args->elts;

    if (ngx_strncmp(value[1].data, "aws:", 4) == 0) {

        if (vendor->sign != NULL) {
            return "is duplicate";
        }

        if (vendor->keys != NULL) {
            goto alone;
        }

        return ngx_ai_sign_conf(cf, vendor);
    }

    if (vendor->sign != NULL) {
        goto alone;
    }

    if (vendor->keys == NULL) {
        vendor->keys = ngx_array_create(cf->pool, 1, sizeof(ngx_ai_vkey_t));
        if (vendor->keys == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if (vendor->keys->nelts == AIR_POOL_KEYS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ai_vendor \"%V\" has more than %d keys",
                           &vendor->name, AIR_POOL_KEYS);
        return NGX_CONF_ERROR;
    }

    key = ngx_array_push(vendor->keys);
    if (key == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(key, sizeof(ngx_ai_vkey_t));
    key->weight = 1;

    if (cf->args->nelts > 2) {

        n = NGX_ERROR;

        if (ngx_strncmp(value[2].data, "weight=", 7) == 0) {
            n = ngx_atoi(value[2].data + 7, value[2].len - 7);
        }

        if (n < 1 || n > AIR_POOL_WEIGHT || cf->args->nelts > 3) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" in \"key\", it must "
                               "be one \"weight=NUMBER\" of 1..%d; only keys "
                               "that sign (\"aws:env\", \"aws:file:PATH\") "
                               "take others", &value[cf->args->nelts - 1],
                               AIR_POOL_WEIGHT);
            return NGX_CONF_ERROR;
        }

        key->weight = n;
    }

    if (ngx_ai_conf_secret(cf, "key of ai_vendor", &vendor->name, &value[1],
                           &key->secret)
        != NGX_CONF_OK
        || ngx_ai_conf_key_name(cf, vendor, key) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    other = vendor->keys->elts;

    for (i = 0; &other[i] != key; i++) {

        if (key->secret.len == other[i].secret.len
            && ngx_memcmp(key->secret.data, other[i].secret.data,
                          key->secret.len)
               == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "key %V of ai_vendor \"%V\" is the same as "
                               "key %V; one key more than once is \"weight=\"",
                               &key->shown, &vendor->name, &other[i].shown);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;

alone:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "a key that signs must be the only key of "
                       "ai_vendor \"%V\"", &vendor->name);
    return NGX_CONF_ERROR;
}


static char *
ngx_ai_conf_key_line(ngx_conf_t *cf, ngx_ai_vendor_t *vendor,
    ngx_ai_vkey_t *key)
{
    u_char      *p;
    size_t       len;
    const char  *prefix;

    prefix = vendor->profile->auth_prefix;
    len = ngx_strlen(prefix) + key->secret.len;

    key->auth.data = ngx_pnalloc(cf->pool, len + 1);
    if (key->auth.data == NULL) {
        return NGX_CONF_ERROR;
    }

    key->auth.len = len;
    (void) ngx_sprintf(key->auth.data, "%s%V%Z", prefix, &key->secret);

    /* one copy of a secret is enough */

    ngx_explicit_memzero(key->secret.data, key->secret.len);

    p = ngx_pnalloc(cf->pool, vendor->auth_name.len + len
                              + sizeof(": " CRLF CRLF));
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    key->auth_line.data = p;
    key->auth_line.len = ngx_sprintf(p, "%V: %V" CRLF CRLF,
                                     &vendor->auth_name, &key->auth)
                         - p;

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_vendor_auth(ngx_conf_t *cf, ngx_ai_vendor_t *vendor)
{
    u_char               *p;
    size_t                i, len;
    ngx_ai_vkey_t        *key;
    const air_profile_t  *pf;

    pf = vendor->profile;

    if (vendor->keys == NULL || pf->auth_header == NULL) {
        return NGX_CONF_OK;
    }

    len = ngx_strlen(pf->auth_header);

    vendor->auth_lower.data = (u_char *) pf->auth_header;
    vendor->auth_lower.len = len;

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    vendor->auth_name.data = p;
    vendor->auth_name.len = len;

    for (i = 0; i < len; i++) {
        p[i] = (i == 0 || pf->auth_header[i - 1] == '-')
               ? ngx_toupper(pf->auth_header[i]) : (u_char) pf->auth_header[i];
    }

    key = vendor->keys->elts;

    for (i = 0; i < vendor->keys->nelts; i++) {
        if (ngx_ai_conf_key_line(cf, vendor, &key[i]) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}
