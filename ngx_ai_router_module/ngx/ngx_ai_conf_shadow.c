
/*
 * "shadow" of a workflow, and who is asked.
 */

#include "ngx_ai_shadow.h"
#include "ngx_ai_aside.h"
#include "ngx_ai_floor.h"
#include "../core/air_grade.h"


#define NGX_AI_SHADOW_PROMPT  65536


static const char *ngx_ai_conf_shadow_param(ngx_conf_t *cf,
    ngx_ai_shadow_t *shadow, ngx_str_t *value);
static const char *ngx_ai_conf_shadow_prompt(ngx_conf_t *cf,
    ngx_ai_shadow_t *shadow, ngx_str_t *file);
static ngx_int_t ngx_ai_conf_shadow_target(ngx_ai_resolve_t *rs,
    ngx_ai_workflow_t *wf, ngx_ai_target_t *target);


char *
ngx_ai_conf_shadow(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_workflow_t *wf = conf;

    ngx_int_t             n;
    ngx_str_t            *value;
    ngx_uint_t            i;
    const char           *must;
    ngx_ai_shadow_t      *shadow;
    ngx_ai_main_conf_t   *amcf;

    if (wf->shadow != NULL) {
        return "is duplicate";
    }

    shadow = ngx_pcalloc(cf->pool, sizeof(ngx_ai_shadow_t));
    if (shadow == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_ai_conf_place(cf, &shadow->place);
    shadow->to.place = shadow->place;
    shadow->judge.place = shadow->place;

    value = cf->args->elts;
    n = NGX_ERROR;

    if (value[1].len > 1 && value[1].data[value[1].len - 1] == '%') {
        n = ngx_atofp(value[1].data, value[1].len - 1, 2);
    }

    if (n == NGX_ERROR || n < 1 || n > AIR_ROUTE_SHARE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"shadow\", it must be a "
                           "share from 0.01%% to 100%%, such as \"2%%\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    shadow->share = n;

    for (i = 2; i < cf->args->nelts; i++) {

        must = ngx_ai_conf_shadow_param(cf, shadow, &value[i]);

        if (must != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" in \"shadow\", it "
                               "must be %s", &value[i], must);
            return NGX_CONF_ERROR;
        }
    }

    if (shadow->to.name.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"shadow\" does not say who is asked; add "
                           "\"to=VENDOR/MODEL\" or \"to=TIER\"");
        return NGX_CONF_ERROR;
    }

    if ((shadow->judge.name.len == 0) != (shadow->prompt.len == 0)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"judge=\" and \"prompt=\" in \"shadow\" need "
                           "each other; add the one that is missing");
        return NGX_CONF_ERROR;
    }

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_ai_router_module);

    if (ngx_ai_aside_conf(cf, amcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    wf->shadow = shadow;

    return NGX_CONF_OK;
}


/* one parameter; what it must be when it is not that */
static const char *
ngx_ai_conf_shadow_param(ngx_conf_t *cf, ngx_ai_shadow_t *shadow,
    ngx_str_t *value)
{
    size_t      len;
    ngx_str_t   s;
    ngx_uint_t  i;

    static const struct {
        const char  *name;
        const char  *must;
    } t[] = {
        { "to=", "VENDOR/MODEL or a tier, once" },
        { "judge=", "VENDOR/MODEL, once" },
        { "prompt=", "a file, once" },
        { "max_cost=", "an amount a day such as \"max_cost=5usd/day\", once" }
    };

    len = 0;

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        len = ngx_strlen(t[i].name);

        if (ngx_strncmp(value->data, t[i].name, len) == 0) {
            break;
        }
    }

    if (i == sizeof(t) / sizeof(t[0])) {
        return "to= judge= prompt= or max_cost=";
    }

    s.data = value->data + len;
    s.len = value->len - len;

    if (s.len == 0) {
        return t[i].must;
    }

    switch (i) {

    case 0:

        if (shadow->to.name.len) {
            return t[i].must;
        }

        shadow->to.name = s;
        return NULL;

    case 1:

        if (shadow->judge.name.len) {
            return t[i].must;
        }

        shadow->judge.name = s;
        return NULL;

    case 2:
        return shadow->prompt.len ? t[i].must
                                  : ngx_ai_conf_shadow_prompt(cf, shadow, &s);

    default:
        return shadow->cost == 0
               && ngx_ai_conf_usd_day(&s, &shadow->cost) == NGX_OK
               ? NULL : t[i].must;
    }
}


static const char *
ngx_ai_conf_shadow_prompt(ngx_conf_t *cf, ngx_ai_shadow_t *shadow,
    ngx_str_t *file)
{
    air_str_t        text;
    const char      *must;
    ngx_file_info_t  fi;

    must = "a file of at most 64 KB that can be read";

    if (ngx_conf_full_name(cf->cycle, file, 1) != NGX_OK
        || ngx_ai_conf_read(file, NGX_AI_SHADOW_PROMPT, &text, &fi, cf->log)
           != NGX_OK)
    {
        return must;
    }

    shadow->prompt.len = text.len;
    shadow->prompt.data = ngx_pnalloc(cf->pool, text.len + 1);

    if (shadow->prompt.data == NULL) {
        shadow->prompt.len = 0;

    } else {
        ngx_memcpy(shadow->prompt.data, text.data, text.len);
    }

    ngx_free(text.data);

    return air_grade_asks(ngx_ai_air(shadow->prompt))
           ? NULL : "a file with {{answer}} in it";
}


ngx_int_t
ngx_ai_conf_shadow_resolve(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf)
{
    ngx_uint_t        i;
    ngx_ai_ref_t     *model;
    ngx_ai_shadow_t  *shadow;

    shadow = wf->shadow;

    if (shadow == NULL) {
        return NGX_OK;
    }

    if (ngx_ai_resolve_ref(rs, "ai_workflow", &wf->name, &shadow->to, 1)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (shadow->judge.name.len != 0
        && ngx_ai_resolve_ref(rs, "ai_workflow", &wf->name, &shadow->judge, 0)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_ai_conf_shadow_target(rs, wf, shadow->to.target) != NGX_OK
        || ngx_ai_conf_shadow_target(rs, wf, shadow->judge.target) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (shadow->to.tier == NULL) {
        return NGX_OK;
    }

    model = shadow->to.tier->models.elts;

    for (i = 0; i < shadow->to.tier->models.nelts; i++) {
        if (ngx_ai_conf_shadow_target(rs, wf, model[i].target) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_ai_conf_shadow_target(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf,
    ngx_ai_target_t *target)
{
    const char  *why;

    if (target == NULL) {

        /* a name that nobody has: it was told */

        return NGX_OK;
    }

    if (ngx_ai_conf_helper(rs, wf, target) != NGX_OK) {
        return NGX_ERROR;
    }

    why = ngx_ai_aside_cannot(target);

    if (why == NULL && wf->shadow->cost != 0 && target->info == NULL
        && !target->vendor->simulated)
    {
        why = "it has no price, and \"max_cost=\" is to be kept";
    }

    if (why == NULL) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                  "\"%V\" in \"shadow\" of ai_workflow \"%V\" cannot be "
                  "asked: %s in %V:%ui", &target->name, &wf->name, why,
                  &wf->shadow->place.file, wf->shadow->place.line);

    return ngx_ai_resolve_mistake(rs);
}
