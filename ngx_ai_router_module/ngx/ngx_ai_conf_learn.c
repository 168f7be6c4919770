
/*
 * "learn cheap=TARGET strong=TARGET ..." of a workflow, or of a "task" in
 * it: two lists of targets, the strong one first, which change places for
 * requests that the cheap one is good enough for.
 */

#include "ngx_ai_conf.h"
#include "ngx_ai_learn.h"
#include "ngx_ai_zone.h"


#define NGX_AI_LEARN_KEEP  980


static ngx_int_t ngx_ai_conf_learn_share(ngx_str_t *value, size_t skip,
    ngx_uint_t unit, ngx_uint_t *share);
static char *ngx_ai_conf_learn_args(ngx_conf_t *cf, ngx_ai_learn_t *learn,
    ngx_str_t *cheap, ngx_str_t *strong);
static char *ngx_ai_conf_learn_pair(ngx_conf_t *cf, ngx_ai_learn_t *learn,
    ngx_str_t *pair);
static ngx_uint_t ngx_ai_conf_learn_flag(ngx_ai_learn_t *learn,
    ngx_str_t *value);
static char *ngx_ai_conf_learn_whole(ngx_ai_learn_t *learn, ngx_str_t *cheap,
    ngx_str_t *strong);
static ngx_int_t ngx_ai_conf_learn_twin(ngx_conf_t *cf,
    ngx_ai_learn_t *learn);
static ngx_int_t ngx_ai_conf_learn_ref(ngx_conf_t *cf, ngx_array_t *refs,
    ngx_uint_t i, ngx_str_t *name, ngx_ai_ref_t *like);


/* "98%" or "99.5%" behind skip bytes, in parts of which 1 % has unit */
static ngx_int_t
ngx_ai_conf_learn_share(ngx_str_t *value, size_t skip, ngx_uint_t unit,
    ngx_uint_t *share)
{
    size_t     len;
    u_char    *p;
    ngx_int_t  n;

    p = value->data + skip;
    len = value->len - skip;

    if (len < 2 || p[len - 1] != '%') {
        return NGX_ERROR;
    }

    n = ngx_atofp(p, len - 1, unit == 10 ? 1 : 2);

    if (n == NGX_ERROR || n > (ngx_int_t) (100 * unit)) {
        return NGX_ERROR;
    }

    *share = n;

    return NGX_OK;
}


/* the name that the weights know two models by */
static char *
ngx_ai_conf_learn_pair(ngx_conf_t *cf, ngx_ai_learn_t *learn,
    ngx_str_t *pair)
{
    if (pair->len == 0 || pair->len >= AIR_LEARN_PAIR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid pair \"%V\" in \"learn\", it must have 1 "
                           "to %d bytes; name it with \"pair=\"", pair,
                           AIR_LEARN_PAIR - 1);
        return NGX_CONF_ERROR;
    }

    ngx_memcpy(learn->pair, pair->data, pair->len);

    return NGX_CONF_OK;
}


/* "samples" and "labels": 1 when it was one of them */
static ngx_uint_t
ngx_ai_conf_learn_flag(ngx_ai_learn_t *learn, ngx_str_t *value)
{
    ngx_uint_t  i;

    static const char *const  flags[] = {
        "samples=off", "samples=on", "labels=chosen", "labels=random"
    };

    for (i = 0; i < 4; i++) {
        if (ngx_strcmp(value->data, flags[i]) == 0) {
            break;
        }
    }

    switch (i) {

    case 0:
    case 1:
        learn->samples = i;
        break;

    case 2:
    case 3:
        learn->random = i - 2;
        break;

    default:
        return 0;
    }

    return 1;
}


static char *
ngx_ai_conf_learn_args(ngx_conf_t *cf, ngx_ai_learn_t *learn,
    ngx_str_t *cheap, ngx_str_t *strong)
{
    ngx_str_t   *value, s;
    ngx_uint_t   i;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        s = value[i];

        if (ngx_strncmp(s.data, "cheap=", 6) == 0 && s.len > 6) {
            cheap->data = s.data + 6;
            cheap->len = s.len - 6;
            continue;
        }

        if (ngx_strncmp(s.data, "strong=", 7) == 0 && s.len > 7) {
            strong->data = s.data + 7;
            strong->len = s.len - 7;
            continue;
        }

        if (ngx_strncmp(s.data, "keep=", 5) == 0) {

            if (ngx_ai_conf_learn_share(&s, 5, 10, &learn->keep) != NGX_OK
                || learn->keep < 900)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "invalid value \"%V\" in \"learn\", keep "
                                   "must be 90%% to 100%%, such as "
                                   "\"keep=98%%\"", &value[i]);
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_strncmp(s.data, "pair=", 5) == 0) {
            s.data += 5;
            s.len -= 5;

            if (ngx_ai_conf_learn_pair(cf, learn, &s) != NGX_CONF_OK) {
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_strncmp(s.data, "weights=", 8) == 0 && s.len > 8) {
            learn->file.data = s.data + 8;
            learn->file.len = s.len - 8;
            learn->named = 1;

            if (ngx_conf_full_name(cf->cycle, &learn->file, 1) != NGX_OK) {
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_strncmp(s.data, "explore=", 8) == 0) {

            if (ngx_ai_conf_learn_share(&s, 8, 100, &learn->explore)
                != NGX_OK
                || learn->explore == 0 || learn->explore > 5000)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "invalid value \"%V\" in \"learn\", "
                                   "explore must be more than 0%% and at most "
                                   "50%%, such as \"explore=5%%\"", &value[i]);
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_ai_conf_learn_flag(learn, &s)) {
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"learn\", it must be "
                           "one of cheap=TARGET strong=TARGET keep=SHARE "
                           "pair=NAME weights=FILE samples=on|off "
                           "labels=chosen|random explore=SHARE", &value[i]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* what its parameters say together */
static char *
ngx_ai_conf_learn_whole(ngx_ai_learn_t *learn, ngx_str_t *cheap,
    ngx_str_t *strong)
{
    if (!learn->samples && (learn->explore || learn->random)) {
        return "has \"explore\" or \"labels\", which need \"samples=on\"";
    }

    if (learn->samples && learn->named) {
        return "has \"samples=on\" and \"weights\"; what is learned goes to "
               "the store";
    }

    if (cheap->len == 0 || strong->len == 0) {
        return "needs \"cheap=TARGET\" and \"strong=TARGET\"";
    }

    if (cheap->len == strong->len
        && ngx_memcmp(cheap->data, strong->data, cheap->len) == 0)
    {
        return "has the same target for \"cheap\" and \"strong\"";
    }

    return NGX_CONF_OK;
}


/* a target of it as the i-th of a list, behind it what stood there */
static ngx_int_t
ngx_ai_conf_learn_ref(ngx_conf_t *cf, ngx_array_t *refs, ngx_uint_t i,
    ngx_str_t *name, ngx_ai_ref_t *like)
{
    ngx_ai_ref_t  *ref;

    if (ngx_array_push(refs) == NULL) {
        return NGX_ERROR;
    }

    ref = refs->elts;
    ref += i;

    ngx_memmove(&ref[1], &ref[0],
                (refs->nelts - 1 - i) * sizeof(ngx_ai_ref_t));

    *ref = *like;
    ref->name = *name;
    ngx_ai_conf_place(cf, &ref->place);

    return NGX_OK;
}


char *
ngx_ai_conf_learn(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                *rv;
    size_t               len;
    u_char              *p;
    ngx_uint_t           i;
    ngx_str_t            cheap, strong, pair;
    ngx_array_t         *refs;
    ngx_ai_ref_t         like;
    ngx_ai_use_t        *use;
    ngx_ai_learn_t      *learn;
    ngx_ai_workflow_t   *wf;

    use = (cf->cmd_type & NGX_AI_TASK_CONF) ? conf : NULL;
    wf = use ? use->wf : conf;

    if (use ? use->used : wf->primary_set) {
        return use ? "is duplicate, or stands beside \"use\""
                   : "is duplicate, or stands beside \"primary\"";
    }

    learn = ngx_pcalloc(cf->pool, sizeof(ngx_ai_learn_t));
    if (learn == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_ai_conf_place(cf, &learn->place);
    learn->tasks = use ? use->tasks : 0;
    learn->keep = NGX_AI_LEARN_KEEP;

    ngx_str_null(&cheap);
    ngx_str_null(&strong);

    rv = ngx_ai_conf_learn_args(cf, learn, &cheap, &strong);

    if (rv == NGX_CONF_OK) {
        rv = ngx_ai_conf_learn_whole(learn, &cheap, &strong);
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (learn->pair[0] == '\0') {
        len = cheap.len + 1 + strong.len;

        p = ngx_pnalloc(cf->temp_pool, len);
        if (p == NULL) {
            return NGX_CONF_ERROR;
        }

        pair.data = p;
        pair.len = len;

        p = ngx_cpymem(p, cheap.data, cheap.len);
        *p++ = '>';
        ngx_memcpy(p, strong.data, strong.len);

        if (ngx_ai_conf_learn_pair(cf, learn, &pair) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    /* the strong one is where everything goes that is not known better */

    ngx_memzero(&like, sizeof(ngx_ai_ref_t));
    like.weight = 1;
    like.tasks = learn->tasks;
    like.learn = learn;

    if (use) {
        use->used = 1;
        refs = &wf->uses;
        i = refs->nelts;

    } else {
        wf->primary_set = 1;
        refs = &wf->groups;
        i = 0;
    }

    if (ngx_ai_conf_learn_ref(cf, refs, i, &strong, &like) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    like.cheap = 1;
    like.group = 1;

    if (ngx_ai_conf_learn_ref(cf, refs, i + 1, &cheap, &like) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    learn->next = wf->learn;
    wf->learn = learn;

    return NGX_CONF_OK;
}


/* where it is learned at work, two of a workflow would overwrite each other */
static ngx_int_t
ngx_ai_conf_learn_twin(ngx_conf_t *cf, ngx_ai_learn_t *learn)
{
    ngx_ai_learn_t  *other;

    for (other = learn->next; other != NULL; other = other->next) {

        if ((learn->samples || other->samples)
            && ngx_strcmp(learn->pair, other->pair) == 0)
        {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "two \"learn\" of ai_workflow \"%V\" have the pair "
                          "\"%s\"; give one another name with \"pair=\" in "
                          "%V:%ui", &learn->workflow, learn->pair,
                          &learn->place.file, learn->place.line);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_ai_conf_learn_check(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf,
    ngx_ai_workflow_t *wf)
{
    int                  rc;
    u_char              *p;
    air_err_t            err;
    ngx_uint_t           n;
    ngx_ai_learn_t      *learn, **lp;
    air_weights_mark_t   mark;

    n = 0;

    for (learn = wf->learn; learn != NULL; learn = learn->next) {

        if (++n > AIR_LEARN_FIT) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "ai_workflow \"%V\" has more than %d \"learn\" "
                          "in %V:%ui", &wf->name, AIR_LEARN_FIT,
                          &learn->place.file, learn->place.line);
            return NGX_ERROR;
        }

        if (learn->tasks == 0) {
            learn->tasks = NGX_AI_TASKS & ~wf->tasks;
        }

        learn->workflow = wf->name;

        if (ngx_ai_conf_learn_twin(cf, learn) != NGX_OK) {
            return NGX_ERROR;
        }

        if (amcf->learns.nelts == NGX_AI_ZONE_LEARNS) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "more than %d \"learn\" in %V:%ui",
                          NGX_AI_ZONE_LEARNS, &learn->place.file,
                          learn->place.line);
            return NGX_ERROR;
        }

        lp = ngx_array_push(&amcf->learns);
        if (lp == NULL) {
            return NGX_ERROR;
        }

        *lp = learn;

        if (learn->file.len == 0) {

            if (amcf->store_off) {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                              "\"learn\" of ai_workflow \"%V\" has no "
                              "\"weights=FILE\", and \"ai_store off\" "
                              "leaves it no other place in %V:%ui", &wf->name,
                              &learn->place.file, learn->place.line);
                return NGX_ERROR;
            }

            learn->file.len = amcf->store.len + sizeof("/learn/.weights") - 1
                              + wf->name.len;
            learn->file.data = ngx_pnalloc(cf->pool, learn->file.len + 1);
            if (learn->file.data == NULL) {
                return NGX_ERROR;
            }

            p = ngx_sprintf(learn->file.data, "%V/learn/%V.weights",
                            &amcf->store, &wf->name);
            *p = '\0';
        }

        /* of a worker: the new one, and the one in use while it is read */

        learn->fresh = ngx_palloc(cf->pool, sizeof(air_learn_t));
        learn->room = ngx_palloc(cf->pool, sizeof(air_learn_t));

        if (learn->fresh == NULL || learn->room == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(&err, sizeof(air_err_t));
        ngx_memzero(&mark, sizeof(air_weights_mark_t));

        rc = air_weights_read((char *) learn->file.data, learn->pair, &mark,
                              learn->fresh, NULL, &err);

        if (rc == AIR_OK || (rc == AIR_AGAIN && !learn->named)) {
            continue;
        }

        ngx_log_error(NGX_LOG_WARN, cf->log, err.sys,
                      "\"learn\" of ai_workflow \"%V\": weights \"%V\" %s; "
                      "until there are some all goes to strong in %V:%ui",
                      &wf->name, &learn->file,
                      rc == AIR_AGAIN ? "are not there"
                      : rc == AIR_ENOENT ? "have no such pair"
                      : rc == AIR_ECORRUPT ? "are damaged"
                      : err.reason ? err.reason : "cannot be read",
                      &learn->place.file, learn->place.line);
    }

    return NGX_OK;
}
