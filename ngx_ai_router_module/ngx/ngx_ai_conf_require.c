
/*
 * What a workflow requires of each of its targets: "require" and the
 * parameters of ai_route, and the check that somebody is left.  How many
 * vendors and makers there are is counted in ngx_ai_conf_chain.c.
 */

#include "ngx_ai_conf.h"


static ngx_int_t ngx_ai_conf_require_add(ngx_conf_t *cf, ngx_array_t **list,
    ngx_str_t *word);
static char *ngx_ai_conf_require_count(ngx_conf_t *cf, ngx_ai_workflow_t *wf,
    const char *directive, ngx_str_t *value, size_t name);


static ngx_int_t
ngx_ai_conf_require_add(ngx_conf_t *cf, ngx_array_t **list, ngx_str_t *word)
{
    ngx_str_t  *s;

    if (*list == NULL) {
        *list = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
        if (*list == NULL) {
            return NGX_ERROR;
        }
    }

    s = ngx_array_push(*list);
    if (s == NULL) {
        return NGX_ERROR;
    }

    *s = *word;

    return NGX_OK;
}


/* vendors=N, makers=N */
static char *
ngx_ai_conf_require_count(ngx_conf_t *cf, ngx_ai_workflow_t *wf,
    const char *directive, ngx_str_t *value, size_t name)
{
    ngx_int_t    n;
    ngx_uint_t  *count;

    count = value->data[0] == 'v' ? &wf->bound.vendors : &wf->bound.makers;

    if (*count) {
        return "is duplicate";
    }

    n = ngx_atoi(value->data + name, value->len - name);

    if (n == NGX_ERROR || n < 1 || n > NGX_AI_MAX_TARGETS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%s\", it must be a "
                           "number from 1 to %d", value, directive,
                           NGX_AI_MAX_TARGETS);
        return NGX_CONF_ERROR;
    }

    *count = n;

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_require(ngx_conf_t *cf, ngx_ai_workflow_t *wf,
    const char *directive, ngx_str_t *value)
{
    ngx_int_t      rc;
    ngx_str_t      word;
    ngx_uint_t     region;
    ngx_array_t  **list;

    if (value->len == 10 && ngx_strncmp(value->data, "parameters", 10) == 0) {

        if (wf->require) {
            return "is duplicate";
        }

        wf->require = 1;
        return NGX_CONF_OK;
    }

    if (wf->bound.place.line == 0) {
        ngx_ai_conf_place(cf, &wf->bound.place);
    }

    if (ngx_strncmp(value->data, "vendors=", 8) == 0) {
        return ngx_ai_conf_require_count(cf, wf, directive, value, 8);
    }

    if (ngx_strncmp(value->data, "makers=", 7) == 0) {
        return ngx_ai_conf_require_count(cf, wf, directive, value, 7);
    }

    region = value->len > 7 && ngx_strncmp(value->data, "region=", 7) == 0;

    if (!region
        && !(value->len > 4 && ngx_strncmp(value->data, "tag=", 4) == 0))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%s\", it must be "
                           "\"parameters\", \"region=NAME\", \"tag=WORD\", "
                           "\"vendors=N\" or \"makers=N\"",
                           value, directive);
        return NGX_CONF_ERROR;
    }

    list = region ? &wf->bound.regions : &wf->bound.tags;

    word.data = value->data + (region ? 7 : 4);
    word.len = value->len - (region ? 7 : 4);

    rc = ngx_ai_conf_require_add(cf, list, &word);

    return rc == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_ai_conf_workflow_require(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_workflow_t *wf = conf;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   i;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_ai_conf_require(cf, wf, "require", &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


void
ngx_ai_resolve_bound(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf,
    ngx_ai_bound_t *bound)
{
    ngx_uint_t        i, left, why, out;
    ngx_ai_choice_t  *choice;

    if (bound->regions == NULL && bound->tags == NULL) {
        return;
    }

    choice = wf->choices.elts;
    left = 0;
    out = 0;

    for (i = 0; i < wf->choices.nelts; i++) {

        why = ngx_ai_prefs_bound(bound, choice[i].target->vendor);

        /* a route over a workflow that others have too keeps its own */

        if (bound == &wf->bound && wf->shown_as == NULL) {
            choice[i].out = why;
        }

        if (choice[i].escalate) {
            continue;
        }

        if (why == 0 && choice[i].out == 0) {
            left |= choice[i].tasks;

        } else {
            out |= choice[i].tasks;
        }
    }

    /* every class that somebody served is served still */

    if ((out & ~left) != 0 || left == 0) {
        ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                      "no target of \"%V\"%s has the region and the tags that "
                      "\"require\" asks for; name a vendor that has them, or "
                      "give it \"region\" and \"tag\" in %V:%ui",
                      &wf->name, left ? ", for some class of tasks," : "",
                      &bound->place.file, bound->place.line);
        rs->mistakes++;
    }
}
