
/*
 * What models can do: the price table says it, and the operator's own "can"
 * lies over it.
 */

#include "ngx_ai_conf.h"


static char *ngx_ai_conf_can_limit(ngx_conf_t *cf, ngx_str_t *arg, size_t name,
    uint64_t *limit);
static char *ngx_ai_conf_can_bit(ngx_conf_t *cf, ngx_str_t *arg,
    air_can_t *can);


/* context=N, max_output=N */
static char *
ngx_ai_conf_can_limit(ngx_conf_t *cf, ngx_str_t *arg, size_t name,
    uint64_t *limit)
{
    ngx_int_t  n;

    if (*limit) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "duplicate parameter \"%V\" in \"can\"", arg);
        return NGX_CONF_ERROR;
    }

    n = ngx_atoi(arg->data + name, arg->len - name);

    if (n == NGX_ERROR || n < 1 || n > 1000000000) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"can\", it must be a "
                           "number of tokens from 1 to 1000000000", arg);
        return NGX_CONF_ERROR;
    }

    *limit = n;

    return NGX_CONF_OK;
}


/* NAME or !NAME */
static char *
ngx_ai_conf_can_bit(ngx_conf_t *cf, ngx_str_t *arg, air_can_t *can)
{
    u_char      *p, *last;
    uint32_t     bit;
    unsigned     i;
    ngx_str_t    name;
    ngx_uint_t   not;
    u_char       names[NGX_MAX_CONF_ERRSTR / 2];

    name = *arg;
    not = name.len && name.data[0] == '!';

    name.data += not;
    name.len -= not;

    bit = air_can_bit(ngx_ai_air(name));

    if (bit == 0) {
        p = names;
        last = names + sizeof(names);

        for (i = 0; i < AIR_NCAN; i++) {
            p = ngx_slprintf(p, last, " %s", air_can_name(i));
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown capability \"%V\" in \"can\", it must be "
                           "\"context=TOKENS\", \"max_output=TOKENS\" or one "
                           "of these, with \"!\" before it for what a model "
                           "cannot do:%*s", arg, (size_t) (p - names), names);
        return NGX_CONF_ERROR;
    }

    if (can->known & bit) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "duplicate capability \"%V\" in \"can\"", arg);
        return NGX_CONF_ERROR;
    }

    can->known |= bit;

    if (!not) {
        can->bits |= bit;
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_vendor_can(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    char             *rv;
    ngx_str_t        *value;
    ngx_uint_t        i;
    ngx_ai_can_t     *can;
    ngx_ai_vendor_t  *vendor;

    vendor = alcf->vendor;
    value = cf->args->elts;

    if (value[1].len == 0) {
        return "must name a model, or \"*\" for all";
    }

    if (vendor->can == NULL) {
        vendor->can = ngx_array_create(cf->pool, 4, sizeof(ngx_ai_can_t));
        if (vendor->can == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    can = vendor->can->elts;

    for (i = 0; i < vendor->can->nelts; i++) {
        if (can[i].model.len == value[1].len
            && ngx_memcmp(can[i].model.data, value[1].data, value[1].len)
               == 0)
        {
            return ngx_ai_conf_duplicate(cf, "can", &value[1], &can[i].place);
        }
    }

    can = ngx_array_push(vendor->can);
    if (can == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(can, sizeof(ngx_ai_can_t));
    can->model = value[1];
    ngx_ai_conf_place(cf, &can->place);

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "context=", 8) == 0) {
            rv = ngx_ai_conf_can_limit(cf, &value[i], 8, &can->can.context);

        } else if (ngx_strncmp(value[i].data, "max_output=", 11) == 0) {
            rv = ngx_ai_conf_can_limit(cf, &value[i], 11,
                                       &can->can.max_output);

        } else {
            rv = ngx_ai_conf_can_bit(cf, &value[i], &can->can);
        }

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


void
ngx_ai_conf_target_can(ngx_ai_target_t *target)
{
    ngx_uint_t     i, exact;
    ngx_ai_can_t  *can;

    target->ratio = air_bound_ratio(target->air.model);

    ngx_memzero(&target->can, sizeof(air_can_t));

    if (target->info != NULL) {
        target->can.context = target->info->context;
        target->can.max_output = target->info->max_output;
        target->can.bits = target->info->can;
        target->can.known = target->info->can_known;
    }

    if (target->vendor->can == NULL) {
        return;
    }

    /* what is said of all comes first, of the one model last */

    can = target->vendor->can->elts;

    for (exact = 0; exact < 2; exact++) {

        for (i = 0; i < target->vendor->can->nelts; i++) {

            if (exact ? (can[i].model.len == target->model.len
                         && ngx_memcmp(can[i].model.data, target->model.data,
                                       can[i].model.len)
                            == 0)
                      : (can[i].model.len == 1 && can[i].model.data[0] == '*'))
            {
                air_can_override(&target->can, &can[i].can);
                can[i].used = 1;
            }
        }
    }
}


void
ngx_ai_conf_can_unused(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t         i, k;
    ngx_ai_can_t      *can;
    ngx_ai_vendor_t  **vendor;

    vendor = amcf->vendors.elts;

    for (i = 0; i < amcf->vendors.nelts; i++) {

        if (vendor[i]->can == NULL) {
            continue;
        }

        can = vendor[i]->can->elts;

        for (k = 0; k < vendor[i]->can->nelts; k++) {
            if (!can[k].used && can[k].model.data[0] != '*') {
                ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                              "\"can\" speaks of model \"%V\", which no route "
                              "has of ai_vendor \"%V\" in %V:%ui",
                              &can[k].model, &vendor[i]->name,
                              &can[k].place.file, can[k].place.line);
            }
        }
    }
}
