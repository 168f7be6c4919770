
/*
 * The directive ai_simulate: its parameters, their ranges and defaults.
 */

#include "ngx_ai_simulate.h"


typedef struct {
    ngx_str_t              name;          /* with "="                       */
    size_t                 offset;
    ngx_int_t              min;
    ngx_int_t              max;
    ngx_uint_t             kind;
} ngx_ai_sim_param_t;


#define NGX_AI_SIM_NUM      0
#define NGX_AI_SIM_MSEC     1
#define NGX_AI_SIM_SEC      2
#define NGX_AI_SIM_SHARE    3


static char *ngx_ai_sim_param(ngx_conf_t *cf, ngx_ai_sim_conf_t *sim,
    ngx_str_t *value);
static ngx_int_t ngx_ai_sim_share(ngx_str_t *s);


static ngx_ai_sim_param_t  ngx_ai_sim_params[] = {
    { ngx_string("latency="), offsetof(ngx_ai_sim_conf_t, latency),
      0, 600000, NGX_AI_SIM_MSEC },
    { ngx_string("first_token="), offsetof(ngx_ai_sim_conf_t, first_token),
      0, 600000, NGX_AI_SIM_MSEC },
    { ngx_string("tokens_per_second="), offsetof(ngx_ai_sim_conf_t, rate),
      0, 1000000, NGX_AI_SIM_NUM },
    { ngx_string("tokens="), offsetof(ngx_ai_sim_conf_t, tokens),
      0, AIR_SIMULATE_TOKENS, NGX_AI_SIM_NUM },
    { ngx_string("prompt_tokens="), offsetof(ngx_ai_sim_conf_t, prompt),
      1, 100000000, NGX_AI_SIM_NUM },
    { ngx_string("fail="), offsetof(ngx_ai_sim_conf_t, fail),
      0, NGX_AI_SIM_PERCENT, NGX_AI_SIM_SHARE },
    { ngx_string("status="), offsetof(ngx_ai_sim_conf_t, status),
      400, 599, NGX_AI_SIM_NUM },
    { ngx_string("retry_after="), offsetof(ngx_ai_sim_conf_t, retry_after),
      0, 86400, NGX_AI_SIM_SEC },
    { ngx_string("cut="), offsetof(ngx_ai_sim_conf_t, cut),
      0, AIR_SIMULATE_TOKENS, NGX_AI_SIM_NUM },
    { ngx_string("rounds="), offsetof(ngx_ai_sim_conf_t, rounds),
      0, 1000, NGX_AI_SIM_NUM },
    { ngx_string("calls="), offsetof(ngx_ai_sim_conf_t, calls),
      1, AIR_SIMULATE_CALLS, NGX_AI_SIM_NUM }
};


char *
ngx_ai_simulate_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    ngx_str_t          *value;
    ngx_uint_t          i;
    ngx_ai_sim_conf_t  *sim;

    if (alcf->simulate != NULL) {
        return "is duplicate";
    }

    sim = ngx_pcalloc(cf->pool, sizeof(ngx_ai_sim_conf_t));
    if (sim == NULL) {
        return NGX_CONF_ERROR;
    }

    sim->latency = 10;
    sim->first_token = 5;
    sim->rate = 100;
    sim->tokens = 20;
    sim->status = NGX_HTTP_SERVICE_UNAVAILABLE;
    sim->retry_after = -1;
    sim->cut = -1;
    sim->calls = 1;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        if (ngx_ai_sim_param(cf, sim, &value[i]) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    alcf->simulate = sim;

    if (ngx_ai_status_page(cf, "ai_simulate", ngx_ai_simulate_handler)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_ai_sim_param(ngx_conf_t *cf, ngx_ai_sim_conf_t *sim, ngx_str_t *value)
{
    ngx_int_t            n, *field;
    ngx_str_t            s;
    ngx_uint_t           i;
    ngx_ai_sim_param_t  *p;

    static const char  *units[] = { "", "ms", "s", "" };

    if (value->len == 4 && ngx_strncmp(value->data, "echo", 4) == 0) {
        sim->echo = 1;
        return NGX_CONF_OK;
    }

    for (i = 0; i < sizeof(ngx_ai_sim_params) / sizeof(ngx_ai_sim_params[0]);
         i++)
    {
        p = &ngx_ai_sim_params[i];

        if (value->len < p->name.len
            || ngx_strncmp(value->data, p->name.data, p->name.len) != 0)
        {
            continue;
        }

        s.data = value->data + p->name.len;
        s.len = value->len - p->name.len;

        switch (p->kind) {

        case NGX_AI_SIM_MSEC:
            n = ngx_parse_time(&s, 0);
            break;

        case NGX_AI_SIM_SEC:
            n = ngx_parse_time(&s, 1);
            break;

        case NGX_AI_SIM_SHARE:
            n = ngx_ai_sim_share(&s);
            break;

        default:
            n = ngx_atoi(s.data, s.len);
            break;
        }

        if (n == NGX_ERROR || n < p->min || n > p->max) {

            if (p->kind == NGX_AI_SIM_SHARE) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "invalid value \"%V\" in "
                                   "\"ai_simulate\", it must be between 0%% "
                                   "and 100%%", value);

            } else {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "invalid value \"%V\" in "
                                   "\"ai_simulate\", it must be between "
                                   "%i%s and %i%s", value,
                                   p->min, units[p->kind],
                                   p->max, units[p->kind]);
            }

            return NGX_CONF_ERROR;
        }

        /* all fields are of one size, whatever their sign */

        field = (ngx_int_t *) ((u_char *) sim + p->offset);
        *field = n;

        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"ai_simulate\", use "
                       "\"latency=\", \"first_token=\", "
                       "\"tokens_per_second=\", \"tokens=\", "
                       "\"prompt_tokens=\", \"fail=\", \"status=\", "
                       "\"retry_after=\", \"cut=\", \"rounds=\", "
                       "\"calls=\" or \"echo\"", value);

    return NGX_CONF_ERROR;
}


/* "5%", "0.25%" in hundredths of a percent. */
static ngx_int_t
ngx_ai_sim_share(ngx_str_t *s)
{
    if (s->len < 2 || s->data[s->len - 1] != '%') {
        return NGX_ERROR;
    }

    return ngx_atofp(s->data, s->len - 1, 2);
}
