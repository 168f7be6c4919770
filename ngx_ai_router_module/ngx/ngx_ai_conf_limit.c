
/*
 * "limit": requests and tokens a minute, and requests at once.
 */

#include "ngx_ai_conf.h"


char *
ngx_ai_conf_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t         *value;
    ngx_uint_t         i;
    const char        *why;
    air_rate_rule_t    one, *rate;
    ngx_ai_account_t  *account;

    account = ngx_ai_conf_account_of(cf, conf);
    if (account == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;
    rate = &account->rate;
    account->rated = 1;

    for (i = 1; i < cf->args->nelts; i++) {
        ngx_memzero(&one, sizeof(air_rate_rule_t));
        why = "";

        if (air_rate_read(ngx_ai_air(value[i]), &one, &why) != AIR_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"limit\": %s; it "
                               "must be such as \"600rpm\", \"100000tpm\" or "
                               "\"20concurrent\"", &value[i], why);
            return NGX_CONF_ERROR;
        }

        if ((one.requests && rate->requests) || (one.tokens && rate->tokens)
            || (one.running && rate->running))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate \"%V\" in \"limit\": there is one "
                               "of that kind in this block already",
                               &value[i]);
            return NGX_CONF_ERROR;
        }

        rate->requests += one.requests;
        rate->tokens += one.tokens;
        rate->running += one.running;
    }

    return NGX_CONF_OK;
}
