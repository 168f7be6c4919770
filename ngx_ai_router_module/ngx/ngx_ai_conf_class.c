
/*
 * "task CLASS ... { use TARGET ...; }" of a workflow: targets that take the
 * place of its primary for requests of those classes.
 */

#include "ngx_ai_conf.h"


static air_task_e ngx_ai_conf_class_named(ngx_conf_t *cf, ngx_str_t *name);


/* a class by its name; AIR_NTASK once the mistake is logged */
static air_task_e
ngx_ai_conf_class_named(ngx_conf_t *cf, ngx_str_t *name)
{
    u_char      *p, *last;
    ngx_uint_t   i;
    air_task_e   task;
    u_char       names[NGX_MAX_CONF_ERRSTR / 4];

    task = air_task_by_name(ngx_ai_air(*name));

    if (task != AIR_NTASK) {
        return task;
    }

    p = names;
    last = names + sizeof(names);

    for (i = 0; i < AIR_NTASK; i++) {
        p = ngx_slprintf(p, last, " %s", air_task_name(i));
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown class \"%V\" in \"task\", it must be one of:"
                       "%*s", name, (size_t) (p - names), names);

    return AIR_NTASK;
}


char *
ngx_ai_conf_class(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_workflow_t *wf = conf;

    char              *rv;
    ngx_str_t         *value;
    ngx_uint_t         i, k;
    air_task_e         task;
    ngx_ai_ref_t      *ref;
    ngx_ai_use_t       use;

    if (wf->uses.elts == NULL
        && ngx_array_init(&wf->uses, cf->pool, 2, sizeof(ngx_ai_ref_t))
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&use, sizeof(ngx_ai_use_t));
    use.wf = wf;
    use.select = NGX_CONF_UNSET_UINT;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        task = ngx_ai_conf_class_named(cf, &value[i]);

        if (task == AIR_NTASK) {
            return NGX_CONF_ERROR;
        }

        if ((wf->tasks | use.tasks) & (1U << task)) {

            ref = wf->uses.elts;

            for (k = 0; k < wf->uses.nelts; k++) {
                if (ref[k].tasks & (1U << task)) {
                    return ngx_ai_conf_duplicate(cf, "task", &value[i],
                                                 &ref[k].place);
                }
            }

            return "names a class twice";
        }

        use.tasks |= 1U << task;
    }

    k = wf->uses.nelts;

    rv = ngx_ai_conf_block(cf, &use, NGX_AI_TASK_CONF);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (wf->uses.nelts == k) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "task of ai_workflow \"%V\" has no targets; add "
                           "\"use TARGET;\"", &wf->name);
        return NGX_CONF_ERROR;
    }

    ref = wf->uses.elts;

    for ( /* void */ ; k < wf->uses.nelts; k++) {
        if (use.select != NGX_CONF_UNSET_UINT) {
            ref[k].select = use.select;
            ref[k].select_set = 1;
        }
    }

    wf->tasks |= use.tasks;

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_class_use(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_use_t *use = conf;

    ngx_str_t     *value;
    ngx_uint_t     i;
    ngx_ai_ref_t  *ref;

    if (use->used) {
        return "is duplicate, or stands beside \"learn\"";
    }

    use->used = 1;
    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        ref = ngx_array_push(&use->wf->uses);
        if (ref == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memzero(ref, sizeof(ngx_ai_ref_t));
        ref->name = value[i];
        ref->weight = 1;
        ref->tasks = use->tasks;
        ref->group = i - 1;
        ngx_ai_conf_place(cf, &ref->place);
    }

    return NGX_CONF_OK;
}
