
/*
 * Stickiness: a conversation stays with the target that has its prompt in its
 * cache, as long as that is cheaper.
 */

#include "ngx_ai_zone.h"


static ngx_uint_t ngx_ai_sticky_group(ngx_ai_workflow_t *wf);
static void ngx_ai_sticky_texts(ngx_ai_ctx_t *ctx, air_sticky_key_t *key,
    const air_json_node_t *node);
static ngx_uint_t ngx_ai_sticky_messages(ngx_ai_ctx_t *ctx,
    air_sticky_key_t *key);
static air_str_t ngx_ai_sticky_session(ngx_ai_ctx_t *ctx);
static uint64_t ngx_ai_sticky_key(ngx_ai_ctx_t *ctx);
static void ngx_ai_sticky_rates(ngx_ai_ctx_t *ctx, ngx_ai_target_t *target,
    uint64_t prompt, air_sticky_rates_t *rates);


uint64_t
ngx_ai_target_rate(ngx_ai_target_t *target, air_class_e class,
    air_tier_e tier, uint64_t prompt)
{
    int64_t             now;
    uint32_t            num, den;
    const air_price_t  *price;

    now = ngx_ai_now();
    price = target->info ? air_model_price(target->info, now) : NULL;

    if (price == NULL || price->zero) {
        return AIR_UNKNOWN;
    }

    ngx_ai_multiplier(target->vendor, target->info, &num, &den);

    return air_price_token(price, class, tier, prompt, now, num, den);
}


ngx_uint_t
ngx_ai_target_caches(ngx_ai_target_t *target, ngx_uint_t implicit)
{
    uint64_t            in, cached;
    const air_price_t  *price;

    if (implicit && !air_sticky_implicit(target->vendor->codec->name)) {
        return 0;
    }

    price = target->info ? air_model_price(target->info, ngx_ai_now()) : NULL;

    if (price == NULL) {
        return 0;
    }

    in = price->rate[AIR_TIER_STANDARD][AIR_IN];
    cached = price->rate[AIR_TIER_STANDARD][AIR_IN_CACHE_READ];

    return in != AIR_UNKNOWN && cached != AIR_UNKNOWN && cached < in;
}


/* 1 when some group of it leaves a choice, and a cache that is cheaper */
static ngx_uint_t
ngx_ai_sticky_group(ngx_ai_workflow_t *wf)
{
    unsigned            n;
    uint64_t           *rate;
    ngx_uint_t          i, k;
    ngx_ai_choice_t    *choice;
    const air_model_t  *info;

    choice = wf->choices.elts;

    for (i = 0; i < wf->choices.nelts; i++) {
        info = choice[i].target->info;

        for (n = 0; info != NULL && n < info->nprice; n++) {
            rate = info->price[n].rate[AIR_TIER_STANDARD];

            if (rate[AIR_IN_CACHE_READ] < rate[AIR_IN]) {
                break;
            }
        }

        if (info == NULL || n == info->nprice) {
            continue;
        }

        for (k = 0; k < wf->choices.nelts; k++) {
            if (choice[k].group == choice[i].group
                && choice[k].target != choice[i].target)
            {
                return 1;
            }
        }
    }

    return 0;
}


void
ngx_ai_sticky_conf(ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t           i;
    ngx_ai_workflow_t  **wf;

    wf = amcf->workflows.elts;

    for (i = 0; i < amcf->workflows.nelts; i++) {
        wf[i]->sticks = wf[i]->sticky != NGX_AI_STICKY_OFF
                        && ngx_ai_sticky_group(wf[i]);
    }
}


/*
 * The texts below a node.  Nothing else: marks of what is to be cached move on
 * from one turn of a conversation to the next.
 */
static void
ngx_ai_sticky_texts(ngx_ai_ctx_t *ctx, air_sticky_key_t *key,
    const air_json_node_t *node)
{
    uint32_t                i, end;
    air_str_t               name;
    const air_json_node_t  *nodes;

    nodes = ctx->doc.nodes;
    i = node - nodes;

    /* what lies below a node follows it, and is deeper */

    for (end = i + 1; end < ctx->doc.n && nodes[end].depth > node->depth;
         end++)
    {
        /* void */
    }

    for ( /* void */ ; i < end; i++) {

        if (nodes[i].type != AIR_JSON_STRING) {
            continue;
        }

        name = air_json_key(&ctx->doc, &nodes[i]);

        if (&nodes[i] == node || name.len == 0 || air_str_eqz(name, "text")
            || air_str_eqz(name, "content") || air_str_eqz(name, "url")
            || air_str_eqz(name, "data"))
        {
            air_sticky_add(key, air_json_raw(&ctx->doc, &nodes[i]));
        }
    }
}


/* The first words of the operator and the first others, which stay the same
   as long as a conversation goes on; 0 when there are none of the latter. */
static ngx_uint_t
ngx_ai_sticky_messages(ngx_ai_ctx_t *ctx, air_sticky_key_t *key)
{
    air_str_t               role, name;
    ngx_uint_t              system, said;
    const air_json_node_t  *root, *m, *list;

    root = air_json_root(&ctx->doc);
    list = NULL;
    system = 0;

    for (m = air_json_first(&ctx->doc, root); m != NULL;
         m = air_json_next(&ctx->doc, m))
    {
        name = air_json_key(&ctx->doc, m);

        if (air_str_eqz(name, "messages") || air_str_eqz(name, "input")
            || air_str_eqz(name, "prompt"))
        {
            list = m;

        } else if (air_str_eqz(name, "system")
                   || air_str_eqz(name, "instructions"))
        {
            system = 1;
            ngx_ai_sticky_texts(ctx, key, m);
        }
    }

    if (list == NULL) {
        return 0;
    }

    /* what follows is not the operator's */

    air_sticky_add(key, air_str_n(NULL, 0));

    if (list->type == AIR_JSON_STRING) {
        ngx_ai_sticky_texts(ctx, key, list);
        return 1;
    }

    said = 0;

    for (m = air_json_first(&ctx->doc, list); m != NULL && !said;
         m = air_json_next(&ctx->doc, m))
    {
        list = m->type == AIR_JSON_OBJECT
               ? air_json_get(&ctx->doc, m, "role") : NULL;

        role = list != NULL && list->type == AIR_JSON_STRING
               ? air_json_raw(&ctx->doc, list) : air_str_n(NULL, 0);

        if (air_str_eqz(role, "system") || air_str_eqz(role, "developer")) {

            if (!system) {
                system = 1;
                ngx_ai_sticky_texts(ctx, key, m);
            }

            continue;
        }

        said = 1;
        ngx_ai_sticky_texts(ctx, key, m);
    }

    return said;
}


/* session_id, its header, or a key for caches; empty: none */
static air_str_t
ngx_ai_sticky_session(ngx_ai_ctx_t *ctx)
{
    if (ctx->request.prefs != NULL && ctx->request.prefs->session.len != 0) {
        return ctx->request.prefs->session;
    }

    return ctx->request.session;
}


/* What names the conversation, for this caller, route and model; 0: nothing
   does. */
static uint64_t
ngx_ai_sticky_key(ngx_ai_ctx_t *ctx)
{
    air_str_t         session;
    air_sticky_key_t  key;

    session = ngx_ai_sticky_session(ctx);

    air_sticky_begin(&key, ctx->amcf->zone->sh->secret);

    air_sticky_add(&key, ctx->key != NULL ? ctx->key->name
                                          : air_str_n(NULL, 0));
    air_sticky_add(&key, ngx_ai_air(ctx->principal));
    air_sticky_add(&key, ngx_ai_air(ctx->workflow->name));
    air_sticky_add(&key, ctx->request.model);
    air_sticky_add(&key, session);

    if (session.len == 0
        && (ctx->workflow->sticky == NGX_AI_STICKY_SESSION
            || !ngx_ai_sticky_messages(ctx, &key)))
    {
        return 0;
    }

    return air_sticky_end(&key);
}


static void
ngx_ai_sticky_rates(ngx_ai_ctx_t *ctx, ngx_ai_target_t *target,
    uint64_t prompt, air_sticky_rates_t *rates)
{
    air_tier_e  tier;

    tier = ctx->request.tier;

    rates->in = ngx_ai_target_rate(target, AIR_IN, tier, prompt);
    rates->out = ngx_ai_target_rate(target, AIR_OUT, tier, prompt);
    rates->cached = AIR_UNKNOWN;

    if (ngx_ai_target_caches(target, 0)) {
        rates->cached = ngx_ai_target_rate(target, AIR_IN_CACHE_READ, tier,
                                           prompt);
    }
}


ngx_uint_t
ngx_ai_sticky(ngx_ai_ctx_t *ctx, air_candidate_t *cand, ngx_uint_t n)
{
    uint32_t             place;
    ngx_uint_t           i, first, own;
    air_sticky_t         sticky;
    ngx_ai_zone_t       *zone;
    ngx_ai_choice_t     *choice;
    air_sticky_rates_t   here, there;

    if (!ctx->workflow->sticks
        || (ctx->op != AIR_OP_CHAT && ctx->op != AIR_OP_MESSAGES
            && ctx->op != AIR_OP_RESPONSES && ctx->op != AIR_OP_COMPLETIONS)
        || (ctx->request.prefs != NULL && ctx->request.prefs->norder != 0))
    {
        return 0;
    }

    zone = ctx->amcf->zone;
    choice = ctx->workflow->choices.elts;

    ctx->sticky = ngx_ai_sticky_key(ctx);

    if (ctx->sticky == 0
        || !air_sticky_find(zone->sticky, zone->sh->sticky_max, ctx->sticky,
                            ngx_time(), &sticky))
    {
        return 0;
    }

    first = n;
    own = n;

    for (i = 0; i < n; i++) {
        place = zone->health_index[choice[cand[i].id].target->health];

        if (place == sticky.target && cand[i].state == AIR_STATE_UP
            && (own == n || cand[i].group < cand[own].group))
        {
            own = i;
        }

        if (cand[i].id == ctx->order[0].id) {
            first = i;
        }
    }

    if (own == n || first == n || own == first
        || cand[own].group != cand[first].group)
    {
        return 0;
    }

    ngx_ai_sticky_rates(ctx, choice[cand[own].id].target, sticky.input, &here);
    ngx_ai_sticky_rates(ctx, choice[cand[first].id].target, sticky.input,
                        &there);

    if (!air_sticky_pays(&sticky, &here, &there)) {
        return 0;
    }

    cand[own].sticky = 1;

    return 1;
}


void
ngx_ai_sticky_keep(ngx_ai_attempt_t *att)
{
    uint64_t        read, written;
    const char     *protocol;
    air_usage_t    *u;
    ngx_ai_ctx_t   *ctx;
    air_sticky_t    sticky, before;
    ngx_ai_zone_t  *zone;

    ctx = att->ctx;
    u = &att->note.usage;

    if (ctx->sticky == 0 || att->fault != AIR_FAULT_NONE || !att->complete
        || !u->seen || att->suspect || att->hit
        || !ngx_ai_target_caches(att->target, 0))
    {
        return;
    }

    zone = ctx->amcf->zone;
    protocol = att->target->vendor->codec->name;

    read = u->n[AIR_IN_CACHE_READ] + u->n[AIR_IN_CACHE_READ_AUDIO]
           + u->n[AIR_IN_CACHE_READ_IMAGE];
    written = u->n[AIR_IN_CACHE_WRITE] + u->n[AIR_IN_CACHE_WRITE_1H];

    ngx_memzero(&sticky, sizeof(air_sticky_t));

    sticky.target = zone->health_index[att->target->health];
    sticky.input = air_usage_input(u);
    sticky.output = air_usage_output(u);
    sticky.cached = read + written;
    sticky.longer = u->n[AIR_IN_CACHE_WRITE_1H] != 0;

    if (sticky.cached == 0) {

        /* a session that was named will come back, to a prompt that the
           vendor keeps unasked */

        if (ngx_ai_sticky_session(ctx).len == 0
            || sticky.input < AIR_STICKY_LEAST
            || !ngx_ai_target_caches(att->target, 1))
        {
            return;
        }

        sticky.cached = sticky.input;
    }

    /* reading keeps what was paid for an hour for another one */

    if (read != 0 && !sticky.longer
        && air_sticky_find(zone->sticky, zone->sh->sticky_max, ctx->sticky,
                           ngx_time(), &before))
    {
        sticky.longer = before.longer && before.target == sticky.target;
    }

    air_sticky_keep(zone->sticky, zone->sh->sticky_max, ctx->sticky,
                    ngx_time(),
                    air_sticky_lifetime(protocol, sticky.longer), &sticky);
}
