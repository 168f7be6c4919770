
/*
 * "floor", "escalate" and "on_floor_fail" of a workflow.
 */

#include "ngx_ai_conf.h"
#include "ngx_ai_floor.h"
#include "ngx_ai_aside.h"
#include "../core/air_grade.h"


#define NGX_AI_FLOOR_FILE  AIR_JSCHEMA_TEXT


static ngx_ai_floor_t *ngx_ai_conf_floor_new(ngx_conf_t *cf);
static void ngx_ai_conf_floor_free(void *data);
static ngx_int_t ngx_ai_conf_floor_option(ngx_conf_t *cf,
    ngx_ai_workflow_t *wf, ngx_str_t *value);
static ngx_int_t ngx_ai_conf_floor_ask(ngx_conf_t *cf, ngx_ai_floor_t *floor,
    ngx_str_t *value);
static ngx_int_t ngx_ai_conf_floor_judge(ngx_conf_t *cf,
    ngx_ai_floor_t *floor, ngx_str_t *value);
static ngx_int_t ngx_ai_conf_floor_file(ngx_conf_t *cf, ngx_str_t *file,
    ngx_str_t *to);
static ngx_int_t ngx_ai_conf_floor_core(ngx_conf_t *cf, ngx_ai_floor_t *floor,
    ngx_str_t *value, ngx_str_t *weights);
static char *ngx_ai_conf_floor_unknown(ngx_conf_t *cf, ngx_str_t *value);


static void
ngx_ai_conf_floor_free(void *data)
{
    air_floor_free(data);
}


static ngx_ai_floor_t *
ngx_ai_conf_floor_new(ngx_conf_t *cf)
{
    air_mem_t            mem;
    ngx_ai_floor_t      *floor;
    ngx_pool_cleanup_t  *cln;

    floor = ngx_pcalloc(cf->pool, sizeof(ngx_ai_floor_t));
    if (floor == NULL
        || ngx_array_init(&floor->written, cf->pool, 4, sizeof(ngx_str_t))
           != NGX_OK
        || ngx_array_init(&floor->asks, cf->pool, NGX_AI_FLOOR_ASKS,
                          sizeof(ngx_ai_floor_ask_t))
           != NGX_OK)
    {
        return NULL;
    }

    mem = ngx_ai_mem(cf->pool);
    cln = ngx_pool_cleanup_add(cf->pool, 0);
    floor->core = air_floor_create(&mem);

    if (cln == NULL || floor->core == NULL) {
        return NULL;
    }

    cln->handler = ngx_ai_conf_floor_free;
    cln->data = floor->core;

    ngx_ai_conf_place(cf, &floor->place);

    return floor;
}


/* what is no check: NGX_OK, NGX_DECLINED when it is none of these either, or
   NGX_ERROR, logged */
static ngx_int_t
ngx_ai_conf_floor_option(ngx_conf_t *cf, ngx_ai_workflow_t *wf,
    ngx_str_t *value)
{
    ngx_int_t        n;
    const char      *what;
    ngx_ai_floor_t  *floor;

    floor = wf->floor;

    if (ngx_strncmp(value->data, "stream=", 7) == 0) {
        what = "\"stream=hold\" or \"stream=after\"";

        if (floor->stream_set) {
            goto duplicate;
        }

        floor->stream_set = 1;

        if (ngx_strcmp(value->data + 7, "after") == 0) {
            floor->after = 1;
            return NGX_OK;
        }

        if (ngx_strcmp(value->data + 7, "hold") == 0) {
            return NGX_OK;
        }

        goto invalid;
    }

    if (ngx_strncmp(value->data, "on_unsure=", 10) == 0) {
        what = "\"on_unsure=pass\" or \"on_unsure=fail\"";

        if (floor->unsure_set) {
            goto duplicate;
        }

        floor->unsure_set = 1;

        if (ngx_strcmp(value->data + 10, "fail") == 0) {
            floor->strict = 1;
            return NGX_OK;
        }

        if (ngx_strcmp(value->data + 10, "pass") == 0) {
            return NGX_OK;
        }

        goto invalid;
    }

    if (ngx_strncmp(value->data, "min_quality=", 12) == 0) {
        what = "\"min_quality=0..1\", such as \"min_quality=0.8\"";

        if (wf->floor_quality) {
            goto duplicate;
        }

        n = ngx_atofp(value->data + 12, value->len - 12, 3);

        if (n == NGX_ERROR || n < 1 || n > 1000) {
            goto invalid;
        }

        wf->floor_quality = n;

        return NGX_OK;
    }

    return NGX_DECLINED;

duplicate:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "duplicate parameter \"%V\" in \"floor\"", value);
    return NGX_ERROR;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" in \"floor\", it must be %s",
                       value, what);
    return NGX_ERROR;
}


/* a check that somebody is asked for; returns as ngx_ai_conf_floor_option() */
static ngx_int_t
ngx_ai_conf_floor_ask(ngx_conf_t *cf, ngx_ai_floor_t *floor,
    ngx_str_t *value)
{
    size_t               skip;
    ngx_str_t            name;
    air_floor_e          check;
    ngx_ai_floor_ask_t  *ask;

    if (ngx_strncmp(value->data, "eval=", 5) == 0) {
        check = AIR_FLOOR_EVAL;
        skip = 5;

    } else if (ngx_strncmp(value->data, "agree=", 6) == 0) {
        check = AIR_FLOOR_AGREE;
        skip = 6;

    } else if (ngx_strncmp(value->data, "judge=", 6) == 0) {
        check = AIR_FLOOR_JUDGE;
        skip = 6;

    } else {
        return NGX_DECLINED;
    }

    if (floor->asks.nelts == NGX_AI_FLOOR_ASKS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"floor\" has more than %d checks that somebody "
                           "is asked for", NGX_AI_FLOOR_ASKS);
        return NGX_ERROR;
    }

    ask = ngx_array_push(&floor->asks);
    if (ask == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(ask, sizeof(ngx_ai_floor_ask_t));
    ask->check = check;

    name.data = value->data + skip;
    name.len = value->len - skip;

    if (check != AIR_FLOOR_EVAL) {
        ask->ref.name = name;
        ngx_ai_conf_place(cf, &ask->ref.place);

        return ngx_ai_aside_conf(cf, ngx_http_conf_get_module_main_conf(cf,
                                         ngx_ai_router_module));
    }

    if (name.len == 0 || name.data[0] != '/') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"floor\", eval must be "
                           "the URI of a location here, beginning with \"/\"",
                           value);
        return NGX_ERROR;
    }

    ask->uri = name;
    ask->args.data = ngx_strlchr(name.data, name.data + name.len, '?');

    if (ask->args.data != NULL) {
        ask->uri.len = ask->args.data++ - name.data;
        ask->args.len = name.data + name.len - ask->args.data;
    }

    return NGX_OK;
}


/* what belongs to the "judge" before it; returns as
   ngx_ai_conf_floor_option() */
static ngx_int_t
ngx_ai_conf_floor_judge(ngx_conf_t *cf, ngx_ai_floor_t *floor,
    ngx_str_t *value)
{
    ngx_int_t            n, prompt;
    ngx_str_t            file;
    ngx_ai_floor_ask_t  *ask;

    prompt = ngx_strncmp(value->data, "prompt=", 7) == 0;

    if (!prompt && ngx_strncmp(value->data, "min=", 4) != 0) {
        return NGX_DECLINED;
    }

    ask = floor->asks.elts;
    ask += floor->asks.nelts;

    if (floor->asks.nelts == 0 || (--ask)->check != AIR_FLOOR_JUDGE
        || (prompt ? ask->prompt.data != NULL : ask->min != 0))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" in \"floor\" must follow its own "
                           "\"judge=VENDOR/MODEL\", once", value);
        return NGX_ERROR;
    }

    if (!prompt) {
        n = ngx_atofp(value->data + 4, value->len - 4, 3);

        if (n == NGX_ERROR || n < 1 || n > 1000) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"floor\", min must "
                               "be more than 0 and at most 1, such as "
                               "\"min=0.7\"", value);
            return NGX_ERROR;
        }

        ask->min = n;

        return NGX_OK;
    }

    file.data = value->data + 7;
    file.len = value->len - 7;

    if (ngx_ai_conf_floor_file(cf, &file, &ask->prompt) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!air_grade_asks(ngx_ai_air(ask->prompt))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "file \"%V\" of \"floor\" has no {{answer}}: the "
                           "judge would not see what it grades", &file);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* a whole file in the configuration's memory */
static ngx_int_t
ngx_ai_conf_floor_file(ngx_conf_t *cf, ngx_str_t *file, ngx_str_t *to)
{
    air_str_t        text;
    ngx_file_info_t  fi;

    if (ngx_conf_full_name(cf->cycle, file, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_ai_conf_read(file, NGX_AI_FLOOR_FILE, &text, &fi, cf->log)
        != NGX_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "cannot read file \"%V\" of \"floor\", at most %d "
                           "bytes", file, NGX_AI_FLOOR_FILE);
        return NGX_ERROR;
    }

    to->len = text.len;
    to->data = ngx_pnalloc(cf->pool, text.len + 1);

    if (to->data != NULL) {
        ngx_memcpy(to->data, text.data, text.len);
    }

    ngx_free(text.data);

    return to->data != NULL ? NGX_OK : NGX_ERROR;
}


/* one of the core's, weights are of a "score"; returns as
   ngx_ai_conf_floor_option() */
static ngx_int_t
ngx_ai_conf_floor_core(ngx_conf_t *cf, ngx_ai_floor_t *floor,
    ngx_str_t *value, ngx_str_t *weights)
{
    int        rc;
    air_mem_t  mem;
    ngx_str_t  file, text;
    char       why[256];

    ngx_str_null(&text);
    why[0] = '\0';

    if (ngx_strncmp(value->data, "json_schema=", 12) == 0) {
        file.data = value->data + 12;
        file.len = value->len - 12;

        if (ngx_ai_conf_floor_file(cf, &file, &text) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (weights != NULL
        && ngx_ai_conf_floor_file(cf, weights, &text) != NGX_OK)
    {
        return NGX_ERROR;
    }

    mem = ngx_ai_mem(cf->pool);

    rc = air_floor_add(floor->core, ngx_ai_air(*value), ngx_ai_air(text),
                       &mem, why, sizeof(why));

    switch (rc) {

    case AIR_OK:
        floor->checks = 1;
        return NGX_OK;

    case AIR_ENOENT:
        return NGX_DECLINED;

    case AIR_EINVAL:
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid check \"%V\" in \"floor\": %s", value,
                           why);
        return NGX_ERROR;

    default:
        return NGX_ERROR;
    }
}


static char *
ngx_ai_conf_floor_unknown(ngx_conf_t *cf, ngx_str_t *value)
{
    u_char      *p, *last;
    ngx_uint_t   i;
    u_char       names[NGX_MAX_CONF_ERRSTR / 2];

    p = names;
    last = names + sizeof(names);

    for (i = 0; i < AIR_NFLOOR; i++) {
        p = ngx_slprintf(p, last, " %s", air_floor_name(i));
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown check \"%V\" in \"floor\", it must be one "
                       "of:%*s; or stream=hold|after min_quality=0..1 "
                       "on_unsure=pass|fail", value, (size_t) (p - names),
                       names);

    return NGX_CONF_ERROR;
}


char *
ngx_ai_conf_floor(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_workflow_t *wf = conf;

    ngx_int_t    rc;
    ngx_str_t   *value, *check, file, *weights;
    ngx_uint_t   i;

    if (wf->floor == NULL) {
        wf->floor = ngx_ai_conf_floor_new(cf);
        if (wf->floor == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        weights = NULL;
        rc = ngx_ai_conf_floor_option(cf, wf, &value[i]);

        if (rc == NGX_OK) {
            continue;
        }

        if (rc == NGX_DECLINED) {
            rc = ngx_ai_conf_floor_judge(cf, wf->floor, &value[i]);

            if (rc == NGX_OK) {
                continue;
            }
        }

        if (rc == NGX_DECLINED) {
            rc = ngx_ai_conf_floor_ask(cf, wf->floor, &value[i]);
        }

        if (rc == NGX_DECLINED) {
            if (ngx_strncmp(value[i].data, "score=", 6) == 0
                && i + 1 < cf->args->nelts
                && ngx_strncmp(value[i + 1].data, "weights=", 8) == 0)
            {
                file.data = value[i + 1].data + 8;
                file.len = value[i + 1].len - 8;
                weights = &file;
            }

            rc = ngx_ai_conf_floor_core(cf, wf->floor, &value[i], weights);
        }

        if (rc == NGX_DECLINED) {
            return ngx_ai_conf_floor_unknown(cf, &value[i]);
        }

        if (rc != NGX_OK) {
            return NGX_CONF_ERROR;
        }

        check = ngx_array_push(&wf->floor->written);
        if (check == NULL) {
            return NGX_CONF_ERROR;
        }

        *check = value[i];

        if (weights != NULL) {
            i++;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_escalate(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_workflow_t *wf = conf;

    ngx_str_t     *value;
    ngx_uint_t     i, k;
    ngx_ai_ref_t  *ref;

    if (wf->escalates.nelts) {
        return "is duplicate: name all targets in one, in their order";
    }

    if (ngx_array_init(&wf->escalates, cf->pool, cf->args->nelts,
                       sizeof(ngx_ai_ref_t))
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        for (k = 1; k < i; k++) {
            if (value[k].len == value[i].len
                && ngx_memcmp(value[k].data, value[i].data, value[i].len)
                   == 0)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "\"%V\" stands twice in \"escalate\": a "
                                   "target whose answer failed is not asked "
                                   "again", &value[i]);
                return NGX_CONF_ERROR;
            }
        }

        ref = ngx_array_push(&wf->escalates);
        if (ref == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memzero(ref, sizeof(ngx_ai_ref_t));
        ref->name = value[i];
        ref->weight = 1;
        ref->escalate = i;
        ref->tasks = NGX_AI_TASKS;
        ngx_ai_conf_place(cf, &ref->place);
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_floor_fail(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_workflow_t *wf = conf;

    ngx_str_t  *value;

    if (wf->floor_fail_set) {
        return "is duplicate";
    }

    wf->floor_fail_set = 1;
    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "best") == 0) {
        wf->floor_best = 1;

    } else if (ngx_strcmp(value[1].data, "refuse") != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"on_floor_fail\", it "
                           "must be \"best\" or \"refuse\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_ai_conf_floor_check(ngx_conf_t *cf, ngx_ai_workflow_t *wf)
{
    ngx_uint_t           i;
    const char          *what;
    ngx_ai_ref_t        *ref;
    ngx_ai_place_t      *place;
    ngx_ai_floor_ask_t  *ask;

    ref = wf->escalates.elts;

    if (wf->floor == NULL || wf->floor->written.nelts == 0) {

        what = wf->escalates.nelts ? "escalate"
               : wf->floor_fail_set ? "on_floor_fail" : NULL;

        if (what == NULL) {
            return NGX_CONF_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%s\" of ai_workflow \"%V\" does nothing without "
                           "a check; add one, such as \"floor no_refusal;\"",
                           what, &wf->name);
        return NGX_CONF_ERROR;
    }

    place = &wf->floor->place;
    ask = wf->floor->asks.elts;

    for (i = 0; i < wf->floor->asks.nelts; i++) {

        if (ask[i].check == AIR_FLOOR_JUDGE
            && (ask[i].prompt.data == NULL || ask[i].min == 0))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"judge=%V\" of ai_workflow \"%V\" in %V:%ui "
                               "needs \"prompt=FILE\" and \"min=0..1\"",
                               &ask[i].ref.name, &wf->name,
                               &ask[i].ref.place.file,
                               ask[i].ref.place.line);
            return NGX_CONF_ERROR;
        }
    }

    if (wf->hedge != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"hedge\" and \"floor\" of ai_workflow \"%V\" "
                           "exclude each other: of two answers at once only "
                           "one would be judged; the floor is in %V:%ui",
                           &wf->name, &place->file, place->line);
        return NGX_CONF_ERROR;
    }

    if (wf->escalates.nelts && wf->attempts < 2) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"escalate\" of ai_workflow \"%V\" in %V:%ui needs "
                           "\"attempts\" of 2 or more", &wf->name,
                           &ref->place.file, ref->place.line);
        return NGX_CONF_ERROR;
    }

    if (wf->escalates.nelts == 0) {
        ngx_conf_log_error(NGX_LOG_NOTICE, cf, 0,
                           "\"floor\" of ai_workflow \"%V\" in %V:%ui has "
                           "nowhere to escalate to: an answer that fails is "
                           "%s; \"escalate TARGET;\" names a better one",
                           &wf->name, &place->file, place->line,
                           wf->floor_best ? "given all the same" : "refused");
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_ai_conf_escalates(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf)
{
    ngx_uint_t     i;
    ngx_ai_ref_t  *ref, *first;

    first = wf->groups.elts;
    ref = wf->escalates.elts;

    for (i = 0; i < wf->escalates.nelts; i++) {

        if (wf->groups.nelts == 1
            && ((ref[i].target != NULL && ref[i].target == first->target)
                || (ref[i].tier != NULL && ref[i].tier == first->tier)))
        {
            ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                          "\"%V\" of ai_workflow \"%V\" escalates to "
                          "itself: it is the only one that is asked first; "
                          "name a better one in %V:%ui", &ref[i].name,
                          &wf->name, &ref[i].place.file, ref[i].place.line);

            if (ngx_ai_resolve_mistake(rs) != NGX_OK) {
                return NGX_ERROR;
            }
        }

        ref[i].group = wf->groups.nelts + wf->uses.nelts + i;

        if (ngx_ai_resolve_group(rs, wf, &ref[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_ai_conf_helper(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf,
    ngx_ai_target_t *target)
{
    ngx_ai_helper_t  *helper;

    if (wf->helpers == NULL) {
        wf->helpers = ngx_array_create(rs->cf->pool, 2,
                                       sizeof(ngx_ai_helper_t));
        if (wf->helpers == NULL) {
            return NGX_ERROR;
        }
    }

    helper = ngx_array_push(wf->helpers);
    if (helper == NULL) {
        return NGX_ERROR;
    }

    helper->target = target;
    helper->stat = 0;

    return NGX_OK;
}


ngx_int_t
ngx_ai_conf_floor_resolve(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf)
{
    ngx_uint_t           i;
    const char          *why;
    ngx_ai_ref_t        *ref;
    ngx_ai_floor_ask_t  *ask;

    if (wf->floor == NULL) {
        return NGX_OK;
    }

    ask = wf->floor->asks.elts;

    for (i = 0; i < wf->floor->asks.nelts; i++) {

        if (ask[i].check == AIR_FLOOR_EVAL) {
            continue;
        }

        ref = &ask[i].ref;

        if (ngx_ai_resolve_ref(rs, "ai_workflow", &wf->name, ref, 0)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (ref->target == NULL) {
            continue;
        }

        if (ngx_ai_conf_helper(rs, wf, ref->target) != NGX_OK) {
            return NGX_ERROR;
        }

        why = ngx_ai_aside_cannot(ref->target);

        if (why == NULL && rs->amcf->unpriced_refuse
            && rs->amcf->prices != NULL && ref->target->info == NULL
            && !ref->target->vendor->simulated)
        {
            why = "it has no price, which \"unpriced=refuse\" forbids";
        }

        if (why == NULL) {
            continue;
        }

        ngx_log_error(NGX_LOG_EMERG, rs->cf->log, 0,
                      "\"%V\" in \"floor\" of ai_workflow \"%V\" cannot be "
                      "asked: %s in %V:%ui", &ref->name, &wf->name, why,
                      &ref->place.file, ref->place.line);

        if (ngx_ai_resolve_mistake(rs) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
