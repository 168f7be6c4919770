
/*
 * Tiers as they are written, and what "select" and "split" say, which stand
 * in workflows too.
 */

#include "ngx_ai_conf.h"


#define NGX_AI_WEIGHT   1
#define NGX_AI_CANARY   2
#define NGX_AI_QUALITY  4


static ngx_int_t ngx_ai_conf_tier_param(ngx_conf_t *cf, ngx_str_t *value,
    ngx_ai_ref_t *ref);
static char *ngx_ai_conf_tier_canaries(ngx_conf_t *cf, ngx_ai_tier_t *tier);


char *
ngx_ai_conf_tier(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_main_conf_t *amcf = conf;

    char            *rv;
    ngx_str_t       *value;
    ngx_uint_t       i;
    ngx_ai_tier_t   *tier, **tp;

    value = cf->args->elts;

    if (ngx_ai_conf_name(cf, &value[1]) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    tp = amcf->tiers.elts;

    for (i = 0; i < amcf->tiers.nelts; i++) {
        if (tp[i]->name.len == value[1].len
            && ngx_memcmp(tp[i]->name.data, value[1].data, value[1].len) == 0)
        {
            return ngx_ai_conf_duplicate(cf, "ai_tier", &value[1],
                                         &tp[i]->place);
        }
    }

    tier = ngx_pcalloc(cf->pool, sizeof(ngx_ai_tier_t));
    if (tier == NULL
        || ngx_array_init(&tier->models, cf->pool, 4, sizeof(ngx_ai_ref_t))
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    tier->name = value[1];
    tier->select = NGX_CONF_UNSET_UINT;
    ngx_ai_conf_place(cf, &tier->place);

    rv = ngx_ai_conf_block(cf, tier, NGX_AI_TIER_CONF);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (tier->models.nelts == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ai_tier \"%V\" has no models; add "
                           "\"model VENDOR/MODEL;\"", &tier->name);
        return NGX_CONF_ERROR;
    }

    if (ngx_ai_conf_tier_canaries(cf, tier) != NGX_CONF_OK
        || ngx_ai_conf_split_check(cf, "ai_tier", &tier->name, tier->split,
                                   tier->select)
           != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    tp = ngx_array_push(&amcf->tiers);
    if (tp == NULL) {
        return NGX_CONF_ERROR;
    }

    *tp = tier;

    return NGX_CONF_OK;
}


/* "weight=3": its bit, or NGX_ERROR once it is logged */
static ngx_int_t
ngx_ai_conf_tier_param(ngx_conf_t *cf, ngx_str_t *value, ngx_ai_ref_t *ref)
{
    ngx_int_t  n;

    if (ngx_strncmp(value->data, "weight=", 7) == 0) {

        n = ngx_atoi(value->data + 7, value->len - 7);

        if (n == NGX_ERROR || n < 1 || n > 10000) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"model\", weight "
                               "must be 1..10000", value);
            return NGX_ERROR;
        }

        ref->weight = n;

        return NGX_AI_WEIGHT;
    }

    if (ngx_strncmp(value->data, "canary=", 7) == 0) {

        n = NGX_ERROR;

        if (value->len > 8 && value->data[value->len - 1] == '%') {
            n = ngx_atofp(value->data + 7, value->len - 8, 2);
        }

        if (n == NGX_ERROR || n < 1 || n > AIR_ROUTE_SHARE) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"model\", canary "
                               "must be 0.01%%..100%%, such as \"5%%\"",
                               value);
            return NGX_ERROR;
        }

        ref->canary = n;

        return NGX_AI_CANARY;
    }

    if (ngx_strncmp(value->data, "quality=", 8) == 0) {

        n = ngx_atofp(value->data + 8, value->len - 8, 3);

        if (n == NGX_ERROR || n > 1000) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"model\", quality "
                               "must be 0..1, such as \"0.75\"", value);
            return NGX_ERROR;
        }

        /* 0 is unknown to the core, and this is known to be the worst */

        ref->quality = ngx_max(n, 1);

        return NGX_AI_QUALITY;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"model\", it must be "
                       "\"weight=NUMBER\", \"canary=SHARE%%\" or "
                       "\"quality=0..1\"", value);

    return NGX_ERROR;
}


char *
ngx_ai_conf_tier_model(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_tier_t *tier = conf;

    ngx_int_t      n, set;
    ngx_str_t     *value;
    ngx_uint_t     i;
    ngx_ai_ref_t  *ref;

    value = cf->args->elts;
    ref = tier->models.elts;

    for (i = 0; i < tier->models.nelts; i++) {
        if (ref[i].name.len == value[1].len
            && ngx_memcmp(ref[i].name.data, value[1].data, value[1].len) == 0)
        {
            return ngx_ai_conf_duplicate(cf, "model", &value[1],
                                         &ref[i].place);
        }
    }

    ref = ngx_array_push(&tier->models);
    if (ref == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(ref, sizeof(ngx_ai_ref_t));
    ref->name = value[1];
    ref->weight = 1;
    ngx_ai_conf_place(cf, &ref->place);

    set = 0;

    for (i = 2; i < cf->args->nelts; i++) {

        n = ngx_ai_conf_tier_param(cf, &value[i], ref);

        if (n == NGX_ERROR) {
            return NGX_CONF_ERROR;
        }

        if (set & n) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate parameter \"%V\" in \"model\"",
                               &value[i]);
            return NGX_CONF_ERROR;
        }

        set |= n;
    }

    if ((set & (NGX_AI_WEIGHT|NGX_AI_CANARY))
        == (NGX_AI_WEIGHT|NGX_AI_CANARY))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"weight\" and \"canary\" of model \"%V\" "
                           "exclude each other: a canary gets its share and "
                           "the others draw the rest", &value[1]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* what is left beside the canaries */
static char *
ngx_ai_conf_tier_canaries(ngx_conf_t *cf, ngx_ai_tier_t *tier)
{
    ngx_uint_t     i, sum, others;
    ngx_ai_ref_t  *ref;

    ref = tier->models.elts;
    sum = 0;
    others = 0;

    for (i = 0; i < tier->models.nelts; i++) {
        sum += ref[i].canary;
        others += ref[i].canary == 0;
    }

    if (sum > AIR_ROUTE_SHARE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "canaries of ai_tier \"%V\" add up to %ui.%02ui%%; "
                           "100%% is all", &tier->name, sum / 100, sum % 100);
        return NGX_CONF_ERROR;
    }

    if (others == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ai_tier \"%V\" has nothing but canaries; add a "
                           "model without \"canary\"", &tier->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* of a tier, a workflow or a task block: what conf is, the block tells */
char *
ngx_ai_conf_select(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_command_t  select;

    select = *cmd;

    if (cf->cmd_type == NGX_AI_TIER_CONF) {
        select.offset = offsetof(ngx_ai_tier_t, select);

    } else if (cf->cmd_type == NGX_AI_WORKFLOW_CONF) {
        select.offset = offsetof(ngx_ai_workflow_t, select);

    } else {
        select.offset = offsetof(ngx_ai_use_t, select);
    }

    return ngx_ai_conf_enum(cf, &select, conf);
}


char *
ngx_ai_conf_split(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_tier_t      *tier = conf;
    ngx_ai_workflow_t  *wf = conf;

    ngx_str_t                         *value;
    ngx_http_complex_value_t         **split;
    ngx_http_compile_complex_value_t   ccv;

    split = cf->cmd_type == NGX_AI_TIER_CONF ? &tier->split : &wf->split;

    if (*split != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_http_script_variables_count(&value[1]) == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"split\" by \"%V\" is the same for every "
                           "request; give a variable, such as "
                           "\"$remote_addr\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    *split = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (*split == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));
    ccv.cf = cf;
    ccv.value = &value[1];
    ccv.complex_value = *split;

    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}


char *
ngx_ai_conf_split_check(ngx_conf_t *cf, const char *what, ngx_str_t *name,
    ngx_http_complex_value_t *split, ngx_uint_t select)
{
    if (split == NULL || select == NGX_CONF_UNSET_UINT
        || select == AIR_SELECT_WEIGHTED)
    {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"split\" of %s \"%V\" goes by weight: remove its "
                       "\"select\", or make it \"select weighted\"",
                       what, name);

    return NGX_CONF_ERROR;
}
