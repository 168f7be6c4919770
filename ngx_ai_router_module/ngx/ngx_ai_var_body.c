
/*
 * $ai_metadata_NAME: a member of the "metadata" of a request's body, by which
 * a caller may say what the request is for ("ai_task $ai_metadata_task").  As
 * in nginx's own $http_NAME, capitals and "-" are told as small letters and
 * "_".  What a caller writes there is a caller's word: nothing is believed
 * that the operator does not name.
 */

#include "ngx_ai_router_module.h"


#define NGX_AI_VAR_META  512      /* bytes of a value, as OpenAI allows     */


static ngx_uint_t ngx_ai_var_metadata_is(air_str_t key, u_char *name,
    size_t len);
static ngx_int_t ngx_ai_var_metadata(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


static ngx_str_t  ngx_ai_vars[] = {
    ngx_string("ai_metadata_")
};


ngx_int_t
ngx_ai_var_metadata_add(ngx_conf_t *cf)
{
    ngx_http_variable_t  *v;

    v = ngx_http_add_variable(cf, &ngx_ai_vars[0],
                              NGX_HTTP_VAR_NOCACHEABLE
                              |NGX_HTTP_VAR_PREFIX);
    if (v == NULL) {
        return NGX_ERROR;
    }

    v->get_handler = ngx_ai_var_metadata;

    return NGX_OK;
}


static ngx_uint_t
ngx_ai_var_metadata_is(air_str_t key, u_char *name, size_t len)
{
    u_char  ch;
    size_t  i;

    if (key.len != len) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        ch = key.data[i] == '-' ? '_' : ngx_tolower(key.data[i]);

        if (ch != name[i]) {
            return 0;
        }
    }

    return 1;
}


static ngx_int_t
ngx_ai_var_metadata(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t *name = (ngx_str_t *) data;

    size_t                  i, len;
    u_char                 *p;
    air_str_t               value;
    ngx_ai_ctx_t           *ctx;
    const air_json_node_t  *member;

    v->not_found = 1;

    ctx = ngx_ai_get_ctx(r);

    if (ctx == NULL || air_json_root(&ctx->doc) == NULL) {
        return NGX_OK;
    }

    p = name->data + sizeof("ai_metadata_") - 1;
    len = name->len - (sizeof("ai_metadata_") - 1);

    member = air_json_first(&ctx->doc,
                            air_json_get(&ctx->doc, air_json_root(&ctx->doc),
                                         "metadata"));

    while (member != NULL
           && !ngx_ai_var_metadata_is(air_json_key(&ctx->doc, member), p, len))
    {
        member = air_json_next(&ctx->doc, member);
    }

    if (member == NULL) {
        return NGX_OK;
    }

    if (member->type != AIR_JSON_STRING) {
        return NGX_OK;
    }

    if (air_json_string(&ctx->doc, member, &ctx->mem, &value) != AIR_OK) {
        return NGX_ERROR;
    }

    if (value.len == 0 || value.len > NGX_AI_VAR_META) {
        return NGX_OK;
    }

    /* it may go into a header */

    for (i = 0; i < value.len; i++) {
        if (value.data[i] < 0x20 || value.data[i] == 0x7f) {
            return NGX_OK;
        }
    }

    v->data = value.data;
    v->len = value.len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}
