
/*
 * Active probes: a vendor that rests is asked for one token by ourselves, so
 * that no caller's request finds out whether it is back.  Once a second;
 * whoever moves the vendor's "probe_at" on first makes the calls of this
 * interval (ngx_ai_aside.c), then judges and tells the log.
 */

#include "ngx_ai_zone.h"
#include "ngx_ai_aside.h"
#include "ngx_ai_probe.h"

#include "../core/air_purse.h"

#include <openssl/rand.h>


#define NGX_AI_PROBE_TICK    1000     /* ms                                 */
#define NGX_AI_PROBE_TEXT    1024


typedef struct {
    ngx_ai_aside_t       *aside;          /* in whose pool it is            */
    ngx_ai_main_conf_t   *amcf;
    ngx_ai_target_t      *target;
    air_health_t         *entry[3];       /* vendor, target, key            */
    uint64_t              claim[3];
    int64_t               began;          /* ms UTC                         */
} ngx_ai_probe_t;


struct ngx_ai_prober_s {
    ngx_event_t           timer;
    ngx_connection_t      none;           /* what debug logs look at        */
    ngx_ai_main_conf_t   *amcf;
};


static void ngx_ai_probe_timer(ngx_event_t *ev);
static ngx_uint_t ngx_ai_probe_elected(ngx_ai_zone_t *zone,
    ngx_ai_vendor_t *vendor, uint64_t now);
static ngx_uint_t ngx_ai_probe_wanted(ngx_ai_probe_t *p);
static void ngx_ai_probe_start(ngx_ai_prober_t *prober,
    ngx_ai_target_t *target);
static void ngx_ai_probe_key(ngx_ai_probe_t *p);
static ngx_int_t ngx_ai_probe_send(ngx_ai_probe_t *p);
static ngx_int_t ngx_ai_probe_question(ngx_ai_probe_t *p, air_mem_t *mem,
    air_msg_request_t *msg);
static void ngx_ai_probe_done(ngx_ai_aside_t *aside);
static void ngx_ai_probe_spend(ngx_ai_probe_t *p, uint64_t cost);
static void ngx_ai_probe_release(ngx_ai_probe_t *p);


ngx_uint_t
ngx_ai_probe_any(ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t         i;
    ngx_ai_vendor_t  **vendor;

    vendor = amcf->vendors.elts;

    for (i = 0; i < amcf->vendors.nelts; i++) {
        if (vendor[i]->probe != NULL) {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_ai_probe_resolve(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t             i, k, t;
    const char            *why;
    ngx_ai_target_t      **target;
    ngx_ai_vendor_t      **vendor;
    ngx_ai_probe_conf_t   *probe;
    ngx_ai_probe_model_t  *model;

    vendor = amcf->vendors.elts;
    target = amcf->targets.elts;

    for (i = 0; i < amcf->vendors.nelts; i++) {

        probe = vendor[i]->probe;

        for (k = 0; probe != NULL && k < probe->nmodels; k++) {
            model = &probe->model[k];

            for (t = 0; t < amcf->targets.nelts; t++) {
                if (target[t]->vendor == vendor[i]
                    && target[t]->model.len == model->name.len
                    && ngx_memcmp(target[t]->model.data, model->name.data,
                                  model->name.len)
                       == 0)
                {
                    model->target = target[t];
                }
            }

            why = NULL;

            if (vendor[i]->simulated || vendor[i]->endpoint.len == 0) {
                why = "only a vendor with \"endpoint\" can be probed";

            } else if (model->target == NULL) {
                why = "no route uses that model";

            } else if (model->target->uri[AIR_OP_CHAT].len == 0) {
                why = "that model answers no chat";
            }

            if (why != NULL) {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                              "\"probe\" of ai_vendor \"%V\" with model "
                              "\"%V\": %s in %V:%ui", &vendor[i]->name,
                              &model->name, why, &probe->place.file,
                              probe->place.line);
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_ai_probe_init_process(ngx_cycle_t *cycle, ngx_ai_main_conf_t *amcf)
{
    ngx_ai_prober_t  *prober;

    if (amcf->zone == NULL || !ngx_ai_probe_any(amcf)) {
        return NGX_OK;
    }

    prober = ngx_pcalloc(cycle->pool, sizeof(ngx_ai_prober_t));
    if (prober == NULL) {
        return NGX_ERROR;
    }

    prober->amcf = amcf;
    prober->none.fd = (ngx_socket_t) -1;

    prober->timer.handler = ngx_ai_probe_timer;
    prober->timer.data = &prober->none;
    prober->timer.log = cycle->log;
    prober->timer.cancelable = 1;

    amcf->prober = prober;
    ngx_add_timer(&prober->timer, NGX_AI_PROBE_TICK);

    return NGX_OK;
}


static void
ngx_ai_probe_timer(ngx_event_t *ev)
{
    ngx_uint_t             i, k;
    ngx_ai_vendor_t      **vendor;
    ngx_ai_prober_t       *prober;
    ngx_ai_main_conf_t    *amcf;
    ngx_ai_probe_conf_t   *probe;

    if (ngx_exiting || ngx_quit || ngx_terminate) {
        return;
    }

    prober = (ngx_ai_prober_t *)
                 ((u_char *) ev - offsetof(ngx_ai_prober_t, timer));

    ngx_add_timer(ev, NGX_AI_PROBE_TICK);

    amcf = prober->amcf;
    vendor = amcf->vendors.elts;

    /* nothing is sent that cannot be booked */

    if (!amcf->store_off && amcf->ledger == NULL) {
        return;
    }

    for (i = 0; i < amcf->vendors.nelts; i++) {

        probe = vendor[i]->probe;

        if (probe == NULL
            || !ngx_ai_probe_elected(amcf->zone, vendor[i], ngx_ai_now()))
        {
            continue;
        }

        for (k = 0; k < probe->nmodels; k++) {
            ngx_ai_probe_start(prober, probe->model[k].target);
        }
    }
}


/* 1 for one worker an interval, while the day's money lasts */
static ngx_uint_t
ngx_ai_probe_elected(ngx_ai_zone_t *zone, ngx_ai_vendor_t *vendor,
    uint64_t now)
{
    uint64_t          at, interval;
    ngx_ai_health_t  *e;

    e = &zone->health[zone->health_index[vendor->health]];
    interval = vendor->probe->interval;
    at = ngx_ai_get(&e->probe_at);

    /* one further away is of another configuration, or of another clock */

    if ((at > now && at <= now + interval)
        || !ngx_ai_swap(&e->probe_at, at, now + interval))
    {
        return 0;
    }

    return vendor->probe->cost == 0
           || air_purse_spent(ngx_ai_get(&e->probe_purse), now)
              < vendor->probe->cost;
}


/* the key that a caller would get, or the next one to come back */
static void
ngx_ai_probe_key(ngx_ai_probe_t *p)
{
    uint64_t          at, least;
    ngx_uint_t        i;
    air_state_e       state, best;
    ngx_ai_vkey_t    *key;
    ngx_ai_vendor_t  *vendor;

    vendor = p->target->vendor;

    if (vendor->keys == NULL) {
        return;
    }

    key = vendor->keys->elts;
    p->aside->key = key;

    if (!ngx_ai_pool(vendor)) {
        return;
    }

    best = AIR_STATE_COOLING;
    least = (uint64_t) -1;

    for (i = 0; i < vendor->keys->nelts; i++) {
        state = ngx_ai_health_state(p->amcf->zone, key[i].health, p->began,
                                    &at);

        if (state < best || (state == best && at < least)) {
            best = state;
            least = at;
            p->aside->key = &key[i];
        }
    }

    p->entry[2] = ngx_ai_health(p->amcf->zone, p->aside->key->health);
}


/*
 * 1 when there is something to find out, with the probes claimed where a rest
 * is over.  A rest that the vendor named is left to it.
 */
static ngx_uint_t
ngx_ai_probe_wanted(ngx_ai_probe_t *p)
{
    uint64_t     at;
    ngx_uint_t   i, wanted;
    air_state_e  state;

    wanted = p->target->vendor->probe->always;

    for (i = 0; i < 3; i++) {

        if (p->entry[i] == NULL) {
            continue;
        }

        state = air_health_state(p->entry[i], p->began, &at);

        if (state == AIR_STATE_UP) {
            continue;
        }

        wanted = 1;

        if (air_health_told(p->entry[i], p->began)) {
            return 0;
        }

        if (ngx_ai_get(&p->entry[i]->until) > (uint64_t) p->began) {

            /* a rest of ours: a good answer ends it early */

            continue;
        }

        p->claim[i] = air_health_claim(p->entry[i], p->began);

        if (p->claim[i] == 0) {
            return 0;
        }
    }

    return wanted;
}


static void
ngx_ai_probe_start(ngx_ai_prober_t *prober, ngx_ai_target_t *target)
{
    ngx_ai_probe_t  *p;
    ngx_ai_aside_t  *aside;

    aside = ngx_ai_aside_create(prober->amcf);
    if (aside == NULL) {
        return;
    }

    p = ngx_pcalloc(aside->pool, sizeof(ngx_ai_probe_t));
    if (p == NULL) {
        ngx_ai_aside_free(aside);
        return;
    }

    p->aside = aside;
    p->amcf = prober->amcf;
    p->target = target;
    p->began = ngx_ai_now();
    p->entry[0] = ngx_ai_health(p->amcf->zone, target->vendor->health);
    p->entry[1] = ngx_ai_health(p->amcf->zone, target->health);

    ngx_ai_probe_key(p);

    if (!ngx_ai_probe_wanted(p)) {
        ngx_ai_probe_release(p);
        ngx_ai_aside_free(aside);
        return;
    }

    if (ngx_ai_probe_send(p) != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "ai: probe vendor=%V model=%V cannot be sent",
                      &target->vendor->name, &target->model);
    }
}


/* The call of a probe; where it fails all is released. */
static ngx_int_t
ngx_ai_probe_send(ngx_ai_probe_t *p)
{
    air_mem_t           mem;
    ngx_int_t           rc;
    ngx_ai_probe_t      copy;
    ngx_ai_aside_t     *aside;
    air_msg_request_t   msg;

    aside = p->aside;
    copy = *p;
    mem = ngx_ai_mem(aside->pool);

    if (RAND_bytes(aside->id, sizeof(aside->id)) != 1
        || ngx_ai_probe_question(p, &mem, &msg) != NGX_OK)
    {
        ngx_ai_aside_free(aside);
        ngx_ai_probe_release(&copy);
        return NGX_ERROR;
    }

    aside->target = p->target;
    aside->msg = &msg;
    aside->timeout = p->target->vendor->probe->timeout;
    aside->ca = p->target->vendor->probe->ca;
    aside->flags = AIR_REC_PROBE;
    aside->n = 1;
    ngx_str_set(&aside->workflow, "probe");
    ngx_str_set(&aside->principal, "probe");
    aside->handler = ngx_ai_probe_done;
    aside->data = p;
    aside->chosen = 1;
    aside->late = 1;

    rc = ngx_ai_aside_start(aside);

    if (rc != NGX_OK) {
        ngx_ai_probe_release(&copy);
    }

    return rc;
}


/* one token of an answer is asked for */
static ngx_int_t
ngx_ai_probe_question(ngx_ai_probe_t *p, air_mem_t *mem,
    air_msg_request_t *msg)
{
    air_buf_t           text;
    air_error_t         error;
    air_json_doc_t      doc;
    const air_codec_t  *codec;

    codec = ngx_ai_codec_of(p->target->vendor, AIR_OP_CHAT);

    air_buf_init(&text, mem, NGX_AI_PROBE_TEXT);
    air_json_init(&doc, mem);

    air_buf_z(&text, "{\"model\":");
    air_buf_json(&text, ngx_ai_air(p->target->model));
    air_buf_z(&text, ",\"messages\":[{\"role\":\"user\",\"content\":\"ping\"}]"
                     ",\"max_completion_tokens\":");

    /* fewer than 16 are an error in this protocol: platform.openai.com/docs/
       api-reference/responses, read 2026-11-22 */

    air_buf_uint(&text, codec == &air_codec_responses ? 16 : 1);

    if (air_buf_z(&text, "}") != AIR_OK
        || air_json_scan(&doc, air_buf_view(&text), 0, NULL) != AIR_OK
        || air_codec_openai.request_read(AIR_OP_CHAT, &doc, mem, msg, &error)
           != AIR_OK)
    {
        return NGX_ERROR;
    }

    air_relay_part(msg);
    msg->op = AIR_OP_CHAT;

    return NGX_OK;
}


static void
ngx_ai_probe_done(ngx_ai_aside_t *aside)
{
    ngx_ai_probe_t *p = aside->data;

    ngx_uint_t         level;
    ngx_ai_zone_t     *zone;
    ngx_ai_health_t   *e;
    ngx_ai_verdict_t   v;

    zone = p->amcf->zone;
    e = &zone->health[zone->health_index[p->target->vendor->health]];

    level = aside->fault == AIR_FAULT_NONE ? NGX_LOG_NOTICE : NGX_LOG_WARN;

    ngx_log_error(level, ngx_cycle->log, 0,
                  "ai: probe vendor=%V%s%V model=%V why=%s st=%ui ms=%M%s%s",
                  &p->target->vendor->name,
                  ngx_ai_pool(p->target->vendor) ? " key=" : "",
                  ngx_ai_pool(p->target->vendor) ? &aside->key->shown
                                                 : &(ngx_str_t) ngx_null_string,
                  &p->target->model, air_fault_row(aside->fault)->why,
                  aside->status, aside->took, aside->said[0] ? ": " : "",
                  aside->said);

    /*
     * Names, addresses and certificates are not nginx's here: that nobody was
     * reached counts only where a probe has worked before.
     */

    if (aside->reached || ngx_ai_get(&e->probe_good) != 0) {

        ngx_memzero(&v, sizeof(ngx_ai_verdict_t));
        v.target = p->target;
        v.key = aside->key;
        v.began = p->began;
        v.fault = aside->fault;

        ngx_ai_health_judge(zone, &v);
    }

    if (aside->fault == AIR_FAULT_NONE) {
        ngx_ai_set(&e->probe_good, p->began);
    }

    ngx_ai_probe_spend(p, aside->cost);
    ngx_ai_probe_release(p);
}


/* What nobody knows is all that may be spent. */
static void
ngx_ai_probe_spend(ngx_ai_probe_t *p, uint64_t cost)
{
    uint64_t              old, was, set;
    ngx_ai_zone_t        *zone;
    ngx_ai_health_t      *e;
    ngx_ai_probe_conf_t  *conf;

    zone = p->amcf->zone;
    conf = p->target->vendor->probe;
    e = &zone->health[zone->health_index[p->target->vendor->health]];

    if (cost == AIR_UNKNOWN) {
        cost = conf->cost;
    }

    do {
        old = ngx_ai_get(&e->probe_purse);
        set = air_purse_add(old, p->began, cost);

    } while (!ngx_ai_swap(&e->probe_purse, old, set));

    was = air_purse_spent(old, p->began);

    if (conf->cost != 0 && was < conf->cost
        && air_purse_spent(set, p->began) >= conf->cost)
    {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "ai: probe vendor=%V has spent its money of today",
                      &p->target->vendor->name);
    }
}


static void
ngx_ai_probe_release(ngx_ai_probe_t *p)
{
    ngx_uint_t  i;

    for (i = 0; i < 3; i++) {
        if (p->entry[i] != NULL) {
            air_health_release(p->entry[i], p->claim[i]);
        }
    }
}
