
/*
 * ai_keys: virtual keys of callers.  A file is read when nginx starts, where
 * a fault in it is an error, and again by each worker when it has changed,
 * which is looked for once a second at most; a fault then leaves the keys as
 * they were.  A request holds the version that it was let in by.
 */

#include "ngx_ai_router_module.h"
#include "ngx_ai_conf.h"

#include <openssl/rand.h>


/* what a file held at some time; the last holder frees it */
struct ngx_ai_keyring_s {
    ngx_pool_t         *pool;
    ngx_uint_t          holders;
    air_keys_t          keys;
};


struct ngx_ai_keyfile_s {
    ngx_str_t           path;             /* NUL-terminated                 */
    ngx_ai_place_t      place;
    ngx_ai_keyring_t   *ring;
    time_t              looked;
    time_t              mtime;
    off_t               size;
    ngx_file_uniq_t     uniq;
};


static uint64_t ngx_ai_keys_salt(void);
static ngx_int_t ngx_ai_keys_load(ngx_ai_keyfile_t *kf, ngx_log_t *log);
static void ngx_ai_keys_look(ngx_ai_keyfile_t *kf, ngx_log_t *log);
static void ngx_ai_keyring_drop(ngx_ai_keyring_t *ring);
static void ngx_ai_keys_cleanup(void *data);
static void ngx_ai_keys_release(void *data);
static ngx_int_t ngx_ai_keys_presented(ngx_ai_ctx_t *ctx, ngx_str_t *secret);
static ngx_int_t ngx_ai_keys_header(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value);


char *
ngx_ai_conf_keys(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    ngx_str_t            *value, path;
    ngx_uint_t            i;
    ngx_ai_keyfile_t     *kf, **kfp;
    ngx_ai_main_conf_t   *amcf;
    ngx_pool_cleanup_t   *cln;

    if (alcf->keys != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        alcf->keys = NULL;
        return NGX_CONF_OK;
    }

    path = value[1];

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_ai_router_module);
    kfp = amcf->keyfiles.elts;

    for (i = 0; i < amcf->keyfiles.nelts; i++) {
        if (kfp[i]->path.len == path.len
            && ngx_strncmp(kfp[i]->path.data, path.data, path.len) == 0)
        {
            alcf->keys = kfp[i];
            return NGX_CONF_OK;
        }
    }

    kf = ngx_pcalloc(cf->pool, sizeof(ngx_ai_keyfile_t));
    if (kf == NULL) {
        return NGX_CONF_ERROR;
    }

    kfp = ngx_array_push(&amcf->keyfiles);
    if (kfp == NULL) {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_CONF_ERROR;
    }

    *kfp = kf;
    kf->path = path;
    ngx_ai_conf_place(cf, &kf->place);

    cln->handler = ngx_ai_keys_cleanup;
    cln->data = kf;

    alcf->keys = kf;

    return ngx_ai_keys_load(kf, cf->log) == NGX_OK ? NGX_CONF_OK
                                                   : NGX_CONF_ERROR;
}


/* a number that no caller knows; where keys stand is no secret */
static uint64_t
ngx_ai_keys_salt(void)
{
    uint64_t  salt;

    if (RAND_bytes((u_char *) &salt, sizeof(salt)) != 1) {
        salt = (uint64_t) ngx_random() << 32 ^ (uint64_t) ngx_random();
    }

    return salt;
}


/* reads the file into a new ring, which takes the place of the old one */
static ngx_int_t
ngx_ai_keys_load(ngx_ai_keyfile_t *kf, ngx_log_t *log)
{
    int                rc;
    air_mem_t          mem;
    air_str_t          text;
    ngx_pool_t        *pool;
    ngx_uint_t         level;
    ngx_file_info_t    fi;
    ngx_ai_keyring_t  *ring;
    air_keys_error_t   error;

    level = kf->ring == NULL ? NGX_LOG_EMERG : NGX_LOG_ERR;

    if (ngx_ai_conf_read(&kf->path, AIR_KEYS_TEXT, &text, &fi, log)
        != NGX_OK)
    {
        ngx_log_error(level, log, ngx_errno,
                      "cannot read key file \"%V\"; make it with \"ai-router "
                      "keys add NAME --file %V\" in %V:%ui", &kf->path,
                      &kf->path, &kf->place.file, kf->place.line);
        return NGX_ERROR;
    }

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, ngx_cycle->log);
    if (pool == NULL) {
        ngx_free(text.data);
        return NGX_ERROR;
    }

    rc = AIR_ENOMEM;
    mem = ngx_ai_mem(pool);
    ngx_memzero(&error, sizeof(air_keys_error_t));

    ring = ngx_pcalloc(pool, sizeof(ngx_ai_keyring_t));

    if (ring != NULL) {
        rc = air_keys_read(&ring->keys, text, ngx_ai_keys_salt(), &mem,
                           &error);
    }

    ngx_free(text.data);

    if (rc != AIR_OK) {
        ngx_log_error(level, log, 0,
                      "%V:%ui: %s (key file of \"ai_keys\")%s in %V:%ui",
                      &kf->path, (ngx_uint_t) error.line,
                      error.text[0] ? error.text : "out of memory",
                      kf->ring ? ", the keys stay as they were" : "",
                      &kf->place.file, kf->place.line);
        ngx_destroy_pool(pool);
        return NGX_ERROR;
    }

    ring->pool = pool;
    ring->holders = 1;

    if (kf->ring != NULL) {
        ngx_log_error(NGX_LOG_NOTICE, log, 0, "ai: key file \"%V\" read "
                      "anew: %ui keys", &kf->path, (ngx_uint_t) ring->keys.n);
        ngx_ai_keyring_drop(kf->ring);
    }

    kf->ring = ring;
    kf->mtime = ngx_file_mtime(&fi);
    kf->size = ngx_file_size(&fi);
    kf->uniq = ngx_file_uniq(&fi);

    return NGX_OK;
}


/* has the file changed? */
static void
ngx_ai_keys_look(ngx_ai_keyfile_t *kf, ngx_log_t *log)
{
    ngx_file_info_t  fi;

    if (kf->looked == ngx_time()) {
        return;
    }

    kf->looked = ngx_time();

    if (ngx_file_info(kf->path.data, &fi) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ERR, log, ngx_errno, "ai: key file \"%V\" is "
                      "gone, the keys stay as they were", &kf->path);

        /* told once a minute */
        kf->looked += 60;
        return;
    }

    if (ngx_file_mtime(&fi) == kf->mtime && ngx_file_size(&fi) == kf->size
        && ngx_file_uniq(&fi) == kf->uniq)
    {
        return;
    }

    if (ngx_ai_keys_load(kf, log) != NGX_OK) {

        /* as this one is it will not be read again */

        kf->mtime = ngx_file_mtime(&fi);
        kf->size = ngx_file_size(&fi);
        kf->uniq = ngx_file_uniq(&fi);
    }
}


static void
ngx_ai_keyring_drop(ngx_ai_keyring_t *ring)
{
    if (--ring->holders == 0) {

        /* the log of the cycle before, in which it was read, is gone */
        ring->pool->log = ngx_cycle->log;
        ngx_destroy_pool(ring->pool);
    }
}


static void
ngx_ai_keys_cleanup(void *data)
{
    ngx_ai_keyfile_t *kf = data;

    if (kf->ring != NULL) {
        ngx_ai_keyring_drop(kf->ring);
        kf->ring = NULL;
    }
}


static void
ngx_ai_keys_release(void *data)
{
    ngx_ai_ctx_t *ctx = data;

    ngx_ai_keyring_drop(ctx->ring);
}


static ngx_int_t
ngx_ai_keys_header(ngx_http_request_t *r, ngx_str_t *name, ngx_str_t *value)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    part = &r->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                return NGX_DECLINED;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].hash != 0 && h[i].key.len == name->len
            && ngx_strncmp(h[i].lowcase_key, name->data, name->len) == 0)
        {
            *value = h[i].value;
            return NGX_OK;
        }
    }
}


/* the key of a caller, where the clients of each protocol put it */
static ngx_int_t
ngx_ai_keys_presented(ngx_ai_ctx_t *ctx, ngx_str_t *secret)
{
    ngx_uint_t           i;
    ngx_table_elt_t     *h;
    ngx_http_request_t  *r;

    static ngx_str_t  names[] = {
        ngx_string("x-api-key"),
        ngx_string("api-key")
    };

    r = ctx->r;
    h = r->headers_in.authorization;

    if (h != NULL && h->value.len > 7
        && ngx_strncasecmp(h->value.data, (u_char *) "Bearer ", 7) == 0)
    {
        secret->data = h->value.data + 7;
        secret->len = h->value.len - 7;

        while (secret->len && *secret->data == ' ') {
            secret->data++;
            secret->len--;
        }

        return NGX_OK;
    }

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (ngx_ai_keys_header(r, &names[i], secret) == NGX_OK) {
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


ngx_int_t
ngx_ai_keys_check(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    char                 id[AIR_KEY_ID];
    u_char               hash[AIR_KEY_HASH];
    ngx_int_t            rc;
    ngx_str_t            secret;
    air_key_state_e      state;
    ngx_ai_keyfile_t    *kf;
    ngx_pool_cleanup_t  *cln;

    kf = ctx->alcf->keys;

    if (kf == NULL) {
        return NGX_OK;
    }

    ngx_ai_keys_look(kf, ctx->r->connection->log);

    rc = ngx_ai_keys_presented(ctx, &secret);

    if (rc == NGX_DECLINED) {
        ngx_str_null(&secret);
    }

    state = air_keys_find(&kf->ring->keys, ngx_ai_air(secret), ngx_ai_now(),
                          hash, &ctx->key);

    if (state == AIR_KEY_GOOD) {
        cln = ngx_pool_cleanup_add(ctx->r->pool, 0);
        if (cln == NULL) {
            ctx->key = NULL;
            return NGX_ERROR;
        }

        kf->ring->holders++;
        ctx->ring = kf->ring;

        cln->handler = ngx_ai_keys_release;
        cln->data = ctx;

        ctx->principal = ngx_ai_ngx(ctx->key->name);
        ctx->team = ngx_ai_ngx(ctx->key->team);

        return NGX_OK;
    }

    /* of all that are not good the same is done, known ones or not */

    air_key_id(hash, id);
    ctx->key = NULL;

    ngx_log_error(NGX_LOG_INFO, ctx->r->connection->log, 0,
                  "ai: rid=%*s key=%s why=%s", (size_t) 32, ctx->id_hex,
                  state == AIR_KEY_UNKNOWN ? "-" : id,
                  rc == NGX_OK ? air_key_state(state) : "missing");

    /* one body for all keys that are not good */

    ngx_ai_say(error, NGX_HTTP_UNAUTHORIZED, "authentication_error",
               "invalid_api_key",
               rc == NGX_OK ? "Incorrect API key provided."
                            : "You didn't provide an API key.");

    ngx_str_set(&secret, "Bearer");

    return ngx_ai_header_add(ctx->r, "WWW-Authenticate", &secret) == NGX_OK
           ? NGX_DECLINED : NGX_ERROR;
}


ngx_int_t
ngx_ai_principal(ngx_ai_ctx_t *ctx)
{
    ngx_str_t  value;

    if (ctx->alcf->principal == NULL) {
        return NGX_OK;
    }

    if (ngx_http_complex_value(ctx->r, ctx->alcf->principal, &value)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (value.len || ctx->key == NULL) {
        ctx->principal = value;
    }

    return NGX_OK;
}


ngx_int_t
ngx_ai_keys_workflow(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf,
    air_error_t *error)
{
    if (ctx->key == NULL || air_key_workflow(ctx->key, ngx_ai_air(wf->name))) {
        return NGX_OK;
    }

    ngx_ai_say(error, NGX_HTTP_FORBIDDEN, "permission_error",
               "workflow_not_allowed",
               "This API key may not use this workflow.");

    return NGX_DECLINED;
}


ngx_uint_t
ngx_ai_keys_target(ngx_ai_ctx_t *ctx, ngx_ai_target_t *target)
{
    return ctx->key == NULL
           || air_key_model(ctx->key, ngx_ai_air(target->vendor->name),
                            ngx_ai_air(target->model));
}
