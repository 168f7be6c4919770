
/*
 * What a caller prefers, within what the route allows: which of its targets
 * he named, in which order, and which he will not have.
 */

#include "ngx_ai_router_module.h"


/* how well a name fits a choice, the best counts alone */
#define NGX_AI_NAMED_NOT     0
#define NGX_AI_NAMED_MAKER   1            /* maker/model                    */
#define NGX_AI_NAMED_EXACT   2
#define NGX_AI_NAMED_SUFFIX  3            /* added: without its suffix the
                                             other two                      */


static air_prefs_t *ngx_ai_prefs_own(ngx_ai_ctx_t *ctx);
static ngx_int_t ngx_ai_prefs_off(ngx_ai_ctx_t *ctx, air_prefs_t *p);
static ngx_uint_t ngx_ai_prefs_level(ngx_ai_choice_t *choice,
    air_str_t model);
static ngx_uint_t ngx_ai_prefs_mark(ngx_ai_workflow_t *wf, air_str_t model,
    ngx_uint_t n, u_char *named);
static ngx_int_t ngx_ai_prefs_sorted(ngx_ai_ctx_t *ctx, ngx_uint_t how);
static ngx_uint_t ngx_ai_prefs_is(ngx_ai_vendor_t *vendor, air_str_t slug);
static ngx_uint_t ngx_ai_prefs_in(ngx_ai_vendor_t *vendor,
    const air_str_t *list, unsigned n);
static ngx_uint_t ngx_ai_prefs_word(ngx_array_t *words, ngx_str_t *word,
    ngx_uint_t region);
static air_why_e ngx_ai_prefs_out(ngx_ai_ctx_t *ctx, ngx_ai_choice_t *choice);
static ngx_int_t ngx_ai_prefs_groups(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf,
    air_candidate_t *cand, ngx_uint_t n);
static void ngx_ai_prefs_suffix(ngx_ai_choice_t *choice, air_str_t model,
    air_candidate_t *c);


/* a copy that may be written to */
static air_prefs_t *
ngx_ai_prefs_own(ngx_ai_ctx_t *ctx)
{
    air_prefs_t  *p;

    p = ngx_palloc(ctx->r->pool, sizeof(air_prefs_t));
    if (p == NULL) {
        return NULL;
    }

    if (ctx->request.prefs != NULL) {
        *p = *ctx->request.prefs;

    } else {
        air_prefs_init(p);
    }

    ctx->request.prefs = p;

    return p;
}


ngx_int_t
ngx_ai_prefs_tell(ngx_ai_ctx_t *ctx, const char *field, air_lost_e why)
{
    if (ctx->told == NULL) {
        ctx->told = ngx_pcalloc(ctx->r->pool, sizeof(air_warnings_t));
        if (ctx->told == NULL) {
            return NGX_ERROR;
        }
    }

    air_warnings_addz(ctx->told, field, why);

    return NGX_OK;
}


/*
 * ai_client_routing off: what orders or chooses does nothing, and that is
 * told.  What keeps data from somebody stays: a promise that is not kept must
 * not look like one.
 */
static ngx_int_t
ngx_ai_prefs_off(ngx_ai_ctx_t *ctx, air_prefs_t *p)
{
    unsigned    i;
    ngx_uint_t  k;

    struct {
        const char  *field;
        ngx_uint_t   given;
    } off[] = {
        { "models", p->nmodels != 0 },
        { "provider.order", p->norder != 0 },
        { "provider.only", p->nonly != 0 },
        { "provider.ignore", p->nignore != 0 },
        { "provider.allow_fallbacks", p->no_fallbacks },
        { "provider.sort", p->sort_set },
        { "provider.quantizations", p->quantizations != 0 },
        { "provider.max_price", p->max_prompt != AIR_UNKNOWN
                                || p->max_completion != AIR_UNKNOWN
                                || p->max_request != AIR_UNKNOWN },
        { "provider.preferred_max_latency", 0 },
        { "provider.preferred_min_throughput", 0 }
    };

    for (i = 0; i < AIR_NPERCENTILE; i++) {
        off[8].given |= p->max_latency[i] != 0;
        off[9].given |= p->min_throughput[i] != 0;
    }

    for (k = 0; k < sizeof(off) / sizeof(off[0]); k++) {
        if (off[k].given
            && ngx_ai_prefs_tell(ctx, off[k].field, AIR_LOST_IGNORED)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    ctx->request.closed = 1;

    p->nmodels = 0;
    p->norder = 0;
    p->nonly = 0;
    p->nignore = 0;
    p->no_fallbacks = 0;
    p->sort_set = 0;
    p->sort_all = 0;
    p->quantizations = 0;
    p->max_prompt = AIR_UNKNOWN;
    p->max_completion = AIR_UNKNOWN;
    p->max_request = AIR_UNKNOWN;

    ngx_memzero(p->max_latency, sizeof(p->max_latency));
    ngx_memzero(p->min_throughput, sizeof(p->min_throughput));

    return NGX_OK;
}


ngx_int_t
ngx_ai_prefs_read(ngx_ai_ctx_t *ctx)
{
    air_prefs_t  *p;

    if (ctx->request.prefs == NULL && ctx->session.len == 0
        && !ctx->metadata)
    {
        return NGX_OK;
    }

    p = ngx_ai_prefs_own(ctx);
    if (p == NULL) {
        return NGX_ERROR;
    }

    /* the body's session_id comes first, a key for caches last */

    if (ctx->session.len && ctx->request.session.len == 0) {
        ctx->request.session = ngx_ai_air(ctx->session);
        p->session = ctx->request.session;
    }

    p->metadata = ctx->metadata;

    if (p->max_image != AIR_UNKNOWN
        && ngx_ai_prefs_tell(ctx, "provider.max_price.image",
                             AIR_LOST_IGNORED)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (p->max_audio != AIR_UNKNOWN
        && ngx_ai_prefs_tell(ctx, "provider.max_price.audio",
                             AIR_LOST_IGNORED)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->alcf->routing == NGX_AI_ROUTING_OFF) {
        return ngx_ai_prefs_off(ctx, p);
    }

    return NGX_OK;
}


/* How well the caller's name of a model fits: vendor/model, model, tier or
   alias, and then maker/model. */
static ngx_uint_t
ngx_ai_prefs_level(ngx_ai_choice_t *choice, air_str_t model)
{
    ngx_str_t  *maker;

    if (ngx_ai_asked(choice, model)) {
        return NGX_AI_NAMED_EXACT;
    }

    maker = &choice->target->vendor->maker;

    if (maker->len && model.len == maker->len + 1 + choice->target->model.len
        && model.data[maker->len] == '/'
        && ngx_memcmp(model.data, maker->data, maker->len) == 0
        && ngx_memcmp(model.data + maker->len + 1,
                      choice->target->model.data, choice->target->model.len)
           == 0)
    {
        return NGX_AI_NAMED_MAKER;
    }

    return NGX_AI_NAMED_NOT;
}


/* Marks the choices that the n-th model means; how it was found: the whole
   name first, then without a suffix of OpenRouter's. */
static ngx_uint_t
ngx_ai_prefs_mark(ngx_ai_workflow_t *wf, air_str_t model, ngx_uint_t n,
    u_char *named)
{
    air_str_t         name;
    ngx_uint_t        i, level, best, added;
    ngx_ai_choice_t  *choice;

    choice = wf->choices.elts;
    name = model;
    added = 0;

    for ( ;; ) {

        best = NGX_AI_NAMED_NOT;

        for (i = 0; i < wf->choices.nelts; i++) {
            if (choice[i].escalate || choice[i].degrade) {
                continue;
            }

            level = ngx_ai_prefs_level(&choice[i], name);
            best = ngx_max(best, level);
        }

        if (best || added
            || air_prefs_suffix(model, &name) == AIR_SUFFIX_NONE)
        {
            break;
        }

        added = NGX_AI_NAMED_SUFFIX;
    }

    if (best == NGX_AI_NAMED_NOT) {
        return NGX_AI_NAMED_NOT;
    }

    for (i = 0; i < wf->choices.nelts; i++) {
        if (named[i] == NGX_AI_NOT_NAMED && choice[i].degrade == 0
            && ngx_ai_prefs_level(&choice[i], name) == best)
        {
            named[i] = n;
        }
    }

    return best + added;
}


ngx_int_t
ngx_ai_prefs_named(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf, u_char *named,
    ngx_uint_t *any)
{
    ngx_uint_t          i, how, missed;
    ngx_ai_choice_t    *choice;
    const air_prefs_t  *prefs;

    prefs = ctx->request.prefs;
    choice = wf->choices.elts;
    how = NGX_AI_NAMED_NOT;
    *any = 0;

    if (wf->catalogue) {

        /* the name chose the workflow; its copy knows of several */

        for (i = 0; i < wf->choices.nelts; i++) {
            named[i] = wf->own ? choice[i].named : NGX_AI_NOT_NAMED;
        }

        *any = wf->own;

        if (ngx_ai_conf_catalogue(ctx->amcf, ctx->request.model) != NULL) {
            how = NGX_AI_NAMED_EXACT;
        }

    } else {
        ngx_memset(named, NGX_AI_NOT_NAMED, wf->choices.nelts);
    }

    if (prefs != NULL && prefs->nmodels) {

        missed = 0;

        for (i = 0; i < prefs->nmodels && !wf->catalogue; i++) {
            if (ngx_ai_prefs_mark(wf, prefs->models[i], i, named)) {
                *any = 1;

            } else {
                missed = 1;
            }
        }

        return missed ? ngx_ai_prefs_tell(ctx, "models", AIR_LOST_NO_SUCH)
                      : NGX_OK;
    }

    if (!wf->catalogue) {
        how = ngx_ai_prefs_mark(wf, ctx->request.model, 0, named);
        *any = how != NGX_AI_NAMED_NOT;
    }

    return ngx_ai_prefs_sorted(ctx, how);
}


/* what the suffix of the only model asks for, unless it is of its name */
static ngx_int_t
ngx_ai_prefs_sorted(ngx_ai_ctx_t *ctx, ngx_uint_t how)
{
    air_str_t           base;
    air_prefs_t        *p;
    air_suffix_e        suffix;
    const air_prefs_t  *prefs;

    prefs = ctx->request.prefs;
    suffix = air_prefs_suffix(ctx->request.model, &base);

    if (suffix == AIR_SUFFIX_NONE || how == NGX_AI_NAMED_EXACT
        || how == NGX_AI_NAMED_MAKER)
    {
        return NGX_OK;
    }

    if (suffix == AIR_SUFFIX_OTHER
        || ctx->alcf->routing == NGX_AI_ROUTING_OFF)
    {
        return ngx_ai_prefs_tell(ctx, "model", AIR_LOST_IGNORED);
    }

    if (prefs != NULL && (prefs->sort_set || prefs->norder)) {
        return NGX_OK;            /* said more exactly */
    }

    p = ngx_ai_prefs_own(ctx);
    if (p == NULL) {
        return NGX_ERROR;
    }

    p->sort = air_prefs_suffix_sort(suffix);
    p->sort_set = 1;

    return NGX_OK;
}


/* 1 when slug, a caller's word, means the vendor */
static ngx_uint_t
ngx_ai_prefs_is(ngx_ai_vendor_t *vendor, air_str_t slug)
{
    air_str_t  region;

    region = ngx_ai_air(vendor->region);

    return air_prefs_vendor(slug, ngx_ai_air(vendor->name), region)
           || air_prefs_vendor(slug, air_str_z(vendor->profile->name),
                               region)
           || (vendor->profile->slug != NULL
               && air_prefs_vendor(slug, air_str_z(vendor->profile->slug),
                                   region));
}


/* the place of the first slug that means the vendor, n: none does */
static ngx_uint_t
ngx_ai_prefs_in(ngx_ai_vendor_t *vendor, const air_str_t *list, unsigned n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        if (ngx_ai_prefs_is(vendor, list[i])) {
            break;
        }
    }

    return i;
}


/* 1 when word is among words; a region's also when it lies in one of them:
   "eu-west-1" in "eu" */
static ngx_uint_t
ngx_ai_prefs_word(ngx_array_t *words, ngx_str_t *word, ngx_uint_t region)
{
    ngx_str_t   *w;
    ngx_uint_t   i;

    w = words->elts;

    for (i = 0; i < words->nelts; i++) {

        if (word->len < w[i].len
            || ngx_strncasecmp(word->data, w[i].data, w[i].len) != 0)
        {
            continue;
        }

        if (word->len == w[i].len
            || (region && word->data[w[i].len] == '-'))
        {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_ai_prefs_bound(ngx_ai_bound_t *bound, ngx_ai_vendor_t *vendor)
{
    ngx_str_t    *tag;
    ngx_uint_t    i;
    ngx_array_t  *tags;

    if (bound->regions != NULL
        && !ngx_ai_prefs_word(bound->regions, &vendor->region, 1))
    {
        return AIR_WHY_REGION;
    }

    if (bound->tags == NULL) {
        return 0;
    }

    tag = bound->tags->elts;
    tags = vendor->tags;

    for (i = 0; i < bound->tags->nelts; i++) {
        if (tags == NULL || !ngx_ai_prefs_word(tags, &tag[i], 0)) {
            return AIR_WHY_TAG;
        }
    }

    return 0;
}


/* why the operator's bounds or the caller's wishes leave a choice out, 0: they
   do not */
static air_why_e
ngx_ai_prefs_out(ngx_ai_ctx_t *ctx, ngx_ai_choice_t *choice)
{
    uint32_t            level;
    ngx_uint_t          why;
    ngx_ai_vendor_t    *vendor;
    ngx_ai_workflow_t  *route;
    const air_prefs_t  *p;

    vendor = choice->target->vendor;
    route = ctx->alcf->workflow;

    if (choice->out) {
        return choice->out;
    }

    if (route != NULL
        && (route->bound.regions != NULL || route->bound.tags != NULL))
    {
        why = ngx_ai_prefs_bound(&route->bound, vendor);

        if (why) {
            return why;
        }
    }

    if (!ngx_ai_keys_target(ctx, choice->target)) {
        return AIR_WHY_KEY;
    }

    p = ctx->request.prefs;

    if (p == NULL) {
        return 0;
    }

    if (p->nignore
        && ngx_ai_prefs_in(vendor, p->ignore, p->nignore) < p->nignore)
    {
        return AIR_WHY_IGNORED;
    }

    /* a router behind this one is sent the list and keeps it itself */

    if (p->nonly && !vendor->profile->router_fields
        && ngx_ai_prefs_in(vendor, p->only, p->nonly) == p->nonly)
    {
        return AIR_WHY_NOT_ONLY;
    }

    if (p->zdr && !vendor->zdr) {
        return AIR_WHY_ZDR;
    }

    if (p->no_training && !vendor->no_training && !vendor->zdr) {
        return AIR_WHY_TRAINING;
    }

    if (p->distillable && !vendor->distillable) {
        return AIR_WHY_DISTILLABLE;
    }

    level = vendor->quantizations ? vendor->quantizations
                                  : air_quantization(air_str_z("unknown"));

    if (p->quantizations && (p->quantizations & level) == 0) {
        return AIR_WHY_QUANTIZATION;
    }

    return 0;
}


/* what the suffix of one of several models sorts by */
static void
ngx_ai_prefs_suffix(ngx_ai_choice_t *choice, air_str_t model,
    air_candidate_t *c)
{
    air_str_t     base;
    air_select_e  sort;

    sort = air_prefs_suffix_sort(air_prefs_suffix(model, &base));

    if (sort != AIR_SELECT_ORDER
        && ngx_ai_prefs_level(choice, model) == NGX_AI_NAMED_NOT)
    {
        c->select = sort;
        c->canary = 0;
        c->split = 0;
    }
}


void
ngx_ai_prefs_candidate(ngx_ai_ctx_t *ctx, ngx_ai_choice_t *choice,
    ngx_uint_t named, ngx_uint_t any, air_candidate_t *c)
{
    unsigned            i, speeds;
    ngx_uint_t          first, place;
    ngx_ai_vendor_t    *vendor;
    const air_prefs_t  *p;

    c->out = ngx_ai_prefs_out(ctx, choice);
    c->asked = named != NGX_AI_NOT_NAMED;

    if (c->out == 0 && c->quality
        && c->quality < ctx->workflow->floor_quality)
    {
        c->out = AIR_WHY_BELOW;
    }

    p = ctx->request.prefs;

    if (p == NULL) {
        return;
    }

    first = 0;

    if (p->nmodels && any) {

        /* a list says all that may be tried */

        if (named == NGX_AI_NOT_NAMED) {
            c->out = AIR_WHY_NOT_ASKED;
            return;
        }

        if (!p->sort_set && p->norder == 0) {
            ngx_ai_prefs_suffix(choice, p->models[named], c);
        }

        first = p->sort_set && p->sort_all ? 0 : named;
    }

    vendor = choice->target->vendor;
    place = ngx_ai_prefs_in(vendor, p->order, p->norder);

    c->ordered = place < p->norder
                 || (p->norder && vendor->profile->router_fields);

    speeds = 0;

    for (i = 0; i < AIR_NPERCENTILE; i++) {
        speeds |= p->max_latency[i] | p->min_throughput[i];
    }

    if (speeds && p->norder == 0) {

        /* a slow model gives way to the next one of the list */

        c->group += first * NGX_AI_MODEL_GROUPS;
        return;
    }

    c->rank = first * (AIR_PREFS_VENDORS + 1) + place;
}


/*
 * A caller's sort goes over all vendors of a model, whichever places of the
 * route they have; models keep their order ("partition": "model").
 */
static ngx_int_t
ngx_ai_prefs_groups(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf,
    air_candidate_t *cand, ngx_uint_t n)
{
    uint16_t         *group, *g;
    ngx_uint_t        i;
    ngx_ai_choice_t  *choice;

    if (ctx->request.prefs == NULL || !ctx->request.prefs->sort_set
        || ctx->request.prefs->sort_all)
    {
        return NGX_OK;
    }

    /* the first group of each model */

    i = ctx->amcf->targets.nelts * sizeof(uint16_t);

    group = ngx_palloc(ctx->r->pool, i);
    if (group == NULL) {
        return NGX_ERROR;
    }

    ngx_memset(group, 0xff, i);

    choice = wf->choices.elts;

    for (i = 0; i < n; i++) {
        g = &group[choice[cand[i].id].target->model_no];
        *g = ngx_min(*g, cand[i].group);
    }

    for (i = 0; i < n; i++) {
        cand[i].group = group[choice[cand[i].id].target->model_no];
    }

    return NGX_OK;
}


ngx_int_t
ngx_ai_prefs_apply(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf, u_char *named,
    ngx_uint_t any, air_candidate_t *cand, ngx_uint_t n)
{
    ngx_uint_t        i;
    ngx_ai_choice_t  *choice;

    choice = wf->choices.elts;

    for (i = 0; i < n; i++) {
        ngx_ai_prefs_candidate(ctx, &choice[cand[i].id], named[cand[i].id],
                               any, &cand[i]);
    }

    return ngx_ai_prefs_groups(ctx, wf, cand, n);
}
