
/*
 * The location with ai_status: how things are, as JSON and for Prometheus.
 * It shows names, states and numbers; of a vendor's address the host alone,
 * since paths may hold secrets.
 */

#include "ngx_ai_alert.h"
#include "ngx_ai_feed.h"
#include "ngx_ai_learn.h"
#include "ngx_ai_page.h"
#include "ngx_ai_query.h"


#define NGX_AI_STATUS_MAX  (64 * 1024 * 1024)


static ngx_int_t ngx_ai_status_handler(ngx_http_request_t *r);
static ngx_uint_t ngx_ai_status_guarded(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);
static ngx_uint_t ngx_ai_status_public(ngx_conf_t *cf,
    ngx_http_core_srv_conf_t *cscf);
static void ngx_ai_status_rest(ngx_http_request_t *r, ngx_str_t *rest);
static void ngx_ai_status_globals(ngx_ai_main_conf_t *amcf,
    air_stats_t *stats);
static int ngx_ai_status_json(ngx_ai_main_conf_t *amcf, air_stats_t *stats,
    air_buf_t *b);
static void ngx_ai_status_keys(ngx_ai_main_conf_t *amcf,
    ngx_ai_vendor_t *vendor, air_buf_t *b);
static void ngx_ai_status_health(ngx_ai_main_conf_t *amcf, ngx_uint_t i,
    air_buf_t *b);
static void ngx_ai_status_ledger(ngx_ai_main_conf_t *amcf,
    air_stats_t *stats, air_buf_t *b);
static void ngx_ai_status_prices(ngx_ai_main_conf_t *amcf, air_buf_t *b);


static const char *const  ngx_ai_status_states[] = { "up", "probe", "resting" };

static ngx_str_t  ngx_ai_status_type_json = ngx_string("application/json");
static ngx_str_t  ngx_ai_status_type_prometheus =
    ngx_string("text/plain; version=0.0.4; charset=utf-8");


char *
ngx_ai_status_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_ai_loc_conf_t *alcf = conf;

    ngx_http_core_loc_conf_t  *clcf;

    if (alcf->status) {
        return "is duplicate";
    }

    if (alcf->vendor != NULL) {
        return "is not allowed in an ai_vendor block";
    }

    alcf->status = 1;

    if (ngx_ai_status_page(cf, "ai_status", ngx_ai_status_handler) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    /* "/ai" goes to "/ai/", where the page's files are */

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->name.len != 0 && clcf->name.data[clcf->name.len - 1] == '/') {
        clcf->auto_redirect = 1;
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_ai_status_page(ngx_conf_t *cf, const char *directive,
    ngx_http_handler_pt handler)
{
    ngx_ai_page_t             *page;
    ngx_ai_main_conf_t        *amcf;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%s\" conflicts with another handler of this "
                           "location, such as \"proxy_pass\" or \"ai_route\"",
                           directive);
        return NGX_ERROR;
    }

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_ai_router_module);

    if (amcf->pages == NULL) {
        amcf->pages = ngx_array_create(cf->pool, 4, sizeof(ngx_ai_page_t));
        if (amcf->pages == NULL) {
            return NGX_ERROR;
        }
    }

    page = ngx_array_push(amcf->pages);
    if (page == NULL) {
        return NGX_ERROR;
    }

    page->directive = directive;
    page->place.file = cf->conf_file->file.name;
    page->place.line = cf->conf_file->line;
    page->handler = handler;
    page->clcf = clcf;
    page->cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);

    clcf->handler = handler;

    return NGX_OK;
}


ngx_int_t
ngx_ai_status_check(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf)
{
    ngx_uint_t      i;
    ngx_ai_page_t  *page;

    if (amcf->pages == NULL) {
        return NGX_OK;
    }

    page = amcf->pages->elts;

    for (i = 0; i < amcf->pages->nelts; i++) {

        if (page[i].clcf->handler != page[i].handler) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"%s\" conflicts with another handler of its "
                          "location, such as \"proxy_pass\" in %V:%ui",
                          page[i].directive, &page[i].place.file,
                          page[i].place.line);
            return NGX_ERROR;
        }

        if (page[i].handler == ngx_ai_status_handler
            && !ngx_ai_status_guarded(cf, page[i].clcf)
            && ngx_ai_status_public(cf, page[i].cscf))
        {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "ai_status can be read by everybody; add \"allow\" "
                          "and \"deny all;\" in %V:%ui",
                          &page[i].place.file, page[i].place.line);
        }
    }

    return NGX_OK;
}


/*
 * Whether something keeps people out of a location.  The modules that may
 * are looked up by name, since nginx may lack them; all of them have the
 * word that tells at the start of their configuration.
 */
static ngx_uint_t
ngx_ai_status_guarded(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf)
{
    void        **conf;
    ngx_uint_t    i, k;

    static const char *const  names[] = {
        "ngx_http_access_module",         /* ngx_array_t *rules             */
        "ngx_http_auth_basic_module",     /* ngx_http_complex_value_t *realm */
        "ngx_http_auth_request_module"    /* ngx_str_t uri                  */
    };

    for (i = 0; cf->cycle->modules[i]; i++) {

        if (cf->cycle->modules[i]->type != NGX_HTTP_MODULE) {
            continue;
        }

        for (k = 0; k < sizeof(names) / sizeof(names[0]); k++) {

            if (ngx_strcmp(cf->cycle->modules[i]->name, names[k]) != 0) {
                continue;
            }

            conf = clcf->loc_conf[cf->cycle->modules[i]->ctx_index];

            if (conf != NULL && conf[0] != NULL
                && conf[0] != NGX_CONF_UNSET_PTR)
            {
                return 1;
            }
        }
    }

    return 0;
}


/* Whether a server listens on more than loopback and local sockets. */
static ngx_uint_t
ngx_ai_status_public(ngx_conf_t *cf, ngx_http_core_srv_conf_t *cscf)
{
    u_char                      *ip;
    ngx_uint_t                   p, a, s;
    struct sockaddr             *sa;
    ngx_http_conf_port_t        *port;
    ngx_http_conf_addr_t        *addr;
    ngx_http_core_srv_conf_t   **server;
    ngx_http_core_main_conf_t   *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    if (cmcf->ports == NULL) {
        return 0;
    }

    port = cmcf->ports->elts;

    for (p = 0; p < cmcf->ports->nelts; p++) {
        addr = port[p].addrs.elts;

        for (a = 0; a < port[p].addrs.nelts; a++) {
            server = addr[a].servers.elts;
            sa = addr[a].opt.sockaddr;

            for (s = 0; s < addr[a].servers.nelts; s++) {
                if (server[s] == cscf) {
                    break;
                }
            }

            if (s == addr[a].servers.nelts) {
                continue;
            }

            switch (sa->sa_family) {

            case AF_INET:
                ip = (u_char *) &((struct sockaddr_in *) sa)->sin_addr;

                if (ip[0] != 127) {
                    return 1;
                }

                break;

#if (NGX_HAVE_INET6)
            case AF_INET6:
                if (!IN6_IS_ADDR_LOOPBACK(
                        &((struct sockaddr_in6 *) sa)->sin6_addr))
                {
                    return 1;
                }

                break;
#endif

            default:
                break;
            }
        }
    }

    return 0;
}


static ngx_int_t
ngx_ai_status_handler(ngx_http_request_t *r)
{
    ngx_int_t            rc;
    ngx_str_t            rest, *type;
    air_mem_t            mem;
    air_buf_t            b;
    air_stats_t          stats;
    ngx_ai_main_conf_t  *amcf;
    ngx_ai_page_answer_t answer;

    static ngx_str_t  allow = ngx_string("GET, HEAD");

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        if (ngx_ai_header_add(r, "Allow", &allow) != NGX_OK) {
            return NGX_ERROR;
        }

        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_ai_status_rest(r, &rest);

    if (ngx_ai_query_asked(&rest)) {
        return ngx_ai_query(r, &rest);
    }

    rc = ngx_ai_page_file(r, &rest);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    if (rest.len == 0
        || (rest.len == 11 && ngx_strncmp(rest.data, "status.json", 11) == 0))
    {
        type = &ngx_ai_status_type_json;

    } else if (rest.len == 7 && ngx_strncmp(rest.data, "metrics", 7) == 0) {
        type = &ngx_ai_status_type_prometheus;

    } else {
        return NGX_HTTP_NOT_FOUND;
    }

    amcf = ngx_http_get_module_main_conf(r, ngx_ai_router_module);

    if (ngx_ai_zone_stats(amcf, r->pool, &stats) != NGX_OK
        || ngx_ai_status_rows(amcf, r->pool, &stats) != NGX_OK
        || ngx_ai_status_account_stats(amcf, r->pool, &stats) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_ai_status_globals(amcf, &stats);

    mem = ngx_ai_mem(r->pool);
    air_buf_init(&b, &mem, NGX_AI_STATUS_MAX);

    if ((type == &ngx_ai_status_type_json
         ? ngx_ai_status_json(amcf, &stats, &b)
         : air_stats_prometheus(&stats, &b))
        != AIR_OK)
    {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "ai: status needs more than %uz bytes", b.len);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&answer, sizeof(ngx_ai_page_answer_t));
    answer.status = NGX_HTTP_OK;
    answer.type = *type;
    answer.body = ngx_ai_ngx(air_buf_view(&b));

    return ngx_ai_page_send(r, &answer);
}


/* The part of the URI after the location's. */
static void
ngx_ai_status_rest(ngx_http_request_t *r, ngx_str_t *rest)
{
    u_char                    *p, *last;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    p = r->uri.data;
    last = p + r->uri.len;

    if (clcf->name.len <= r->uri.len
        && ngx_memcmp(p, clcf->name.data, clcf->name.len) == 0)
    {
        p += clcf->name.len;

        if (p != last && *p == '/') {
            p++;
        }

    } else {

        /* a regular expression: the last part of the path */

        for (p = last; p != r->uri.data && p[-1] != '/'; p--) { /* void */ }
    }

    rest->data = p;
    rest->len = last - p;
}


static void
ngx_ai_status_globals(ngx_ai_main_conf_t *amcf, air_stats_t *stats)
{
    if (amcf->ledger != NULL) {
        stats->global[AIR_STATS_LEDGER_WRITABLE] =
            air_ledger_writable(amcf->ledger);
        stats->global[AIR_STATS_LEDGER_INFLIGHT] =
            air_ledger_inflight(amcf->ledger);
    }

    if (amcf->prices != NULL) {
        stats->global[AIR_STATS_PRICES_TIME] =
            air_pricebook_time(amcf->prices) / 1000;
    }
}


/* A member whose value is text, null when it is empty. */
static void
ngx_ai_status_text(air_buf_t *b, const char *key, ngx_str_t *value)
{
    air_buf_z(b, ",\"");
    air_buf_z(b, key);
    air_buf_z(b, "\":");

    if (value->len == 0) {
        air_buf_z(b, "null");
        return;
    }

    air_buf_json(b, ngx_ai_air(*value));
}


static void
ngx_ai_status_uint(air_buf_t *b, const char *key, uint64_t n)
{
    air_buf_z(b, ",\"");
    air_buf_z(b, key);
    air_buf_z(b, "\":");
    air_buf_uint(b, n);
}


static int
ngx_ai_status_json(ngx_ai_main_conf_t *amcf, air_stats_t *stats, air_buf_t *b)
{
    ngx_uint_t         i;
    ngx_ai_target_t  **target;
    ngx_ai_vendor_t  **vendor;

    air_buf_z(b, "{\"version\":\"" AIR_VERSION "\"");
    ngx_ai_status_uint(b, "time_ms", ngx_ai_now());
    ngx_ai_status_uint(b, "uptime_seconds",
                       amcf->zone ? ngx_time() - stats->global[AIR_STATS_START]
                                  : 0);

    air_buf_z(b, ",\"vendors\":[");
    vendor = amcf->vendors.elts;

    for (i = 0; i < amcf->vendors.nelts; i++) {
        air_buf_z(b, i ? ",{\"name\":" : "{\"name\":");
        air_buf_json(b, ngx_ai_air(vendor[i]->name));
        air_buf_z(b, ",\"protocol\":");
        air_buf_json(b, air_str_z(vendor[i]->codec ? vendor[i]->codec->name
                                                   : ""));
        ngx_ai_status_text(b, "host", &vendor[i]->host);
        ngx_ai_status_text(b, "maker", &vendor[i]->maker);
        ngx_ai_status_text(b, "region", &vendor[i]->region);
        air_buf_z(b, ",\"simulated\":");
        air_buf_z(b, vendor[i]->simulated ? "true" : "false");
        ngx_ai_status_health(amcf, vendor[i]->health, b);
        ngx_ai_status_keys(amcf, vendor[i], b);
        air_buf_byte(b, '}');
    }

    air_buf_z(b, "],\"targets\":[");
    target = amcf->targets.elts;

    for (i = 0; i < amcf->targets.nelts; i++) {
        air_buf_z(b, i ? ",{\"name\":" : "{\"name\":");
        air_buf_json(b, ngx_ai_air(target[i]->name));
        ngx_ai_status_text(b, "vendor", &target[i]->vendor->name);
        ngx_ai_status_text(b, "model", &target[i]->model);
        air_buf_z(b, ",\"priced\":");
        air_buf_z(b, target[i]->info != NULL && target[i]->info->nprice != 0
                     ? "true" : "false");
        ngx_ai_status_health(amcf, target[i]->health, b);
        ngx_ai_status_live(b, amcf->zone, target[i]->health);
        air_buf_byte(b, '}');
    }

    air_buf_z(b, "]");

    ngx_ai_status_zone(amcf, b);
    ngx_ai_status_ledger(amcf, stats, b);
    ngx_ai_status_prices(amcf, b);
    ngx_ai_feed_status(amcf, b);
    ngx_ai_status_accounts(amcf, b);
    ngx_ai_learn_status(amcf, b);
    ngx_ai_hook_status(amcf, b);

    air_buf_z(b, ",\"counters\":");
    (void) air_stats_json(stats, b);
    air_buf_z(b, "}\n");

    return b->error;
}


/* the keys of a vendor that has several; a key is known by its place */
static void
ngx_ai_status_keys(ngx_ai_main_conf_t *amcf, ngx_ai_vendor_t *vendor,
    air_buf_t *b)
{
    ngx_uint_t      i;
    ngx_ai_vkey_t  *key;

    if (!ngx_ai_pool(vendor)) {
        return;
    }

    air_buf_z(b, ",\"keys\":[");
    key = vendor->keys->elts;

    for (i = 0; i < vendor->keys->nelts; i++) {
        air_buf_z(b, i ? ",{\"key\":" : "{\"key\":");
        air_buf_json(b, ngx_ai_air(key[i].shown));
        ngx_ai_status_uint(b, "weight", key[i].weight);
        ngx_ai_status_health(amcf, key[i].health, b);
        air_buf_byte(b, '}');
    }

    air_buf_byte(b, ']');
}


static void
ngx_ai_status_health(ngx_ai_main_conf_t *amcf, ngx_uint_t i, air_buf_t *b)
{
    ngx_ai_health_info_t  info;

    ngx_ai_health_info(amcf->zone, i, ngx_ai_now(), &info);

    air_buf_z(b, ",\"state\":\"");
    air_buf_z(b, ngx_ai_status_states[info.state]);
    air_buf_z(b, "\",\"reopen_ms\":");

    if (info.state == AIR_STATE_COOLING) {
        air_buf_uint(b, info.reopen);

    } else {
        air_buf_z(b, "null");
    }

    ngx_ai_status_uint(b, "good", info.good);
    ngx_ai_status_uint(b, "failed", info.failed);
    ngx_ai_status_uint(b, "failed_in_row", info.fails);
    ngx_ai_status_uint(b, "rests", info.rests);

    air_buf_z(b, ",\"last_fault\":");

    if (info.fault == AIR_FAULT_NONE) {
        air_buf_z(b, "null");

    } else {
        air_buf_json(b, air_str_z(air_fault_row(info.fault)->why));
    }
}


static void
ngx_ai_status_ledger(ngx_ai_main_conf_t *amcf, air_stats_t *stats,
    air_buf_t *b)
{
    air_buf_z(b, ",\"ledger\":");

    if (amcf->store_off || amcf->task == NULL) {
        air_buf_z(b, "null");
        return;
    }

    air_buf_z(b, "{\"open\":");
    air_buf_z(b, amcf->ledger ? "true" : "false");
    air_buf_z(b, ",\"writable\":");
    air_buf_z(b, stats->global[AIR_STATS_LEDGER_WRITABLE] ? "true" : "false");
    ngx_ai_status_uint(b, "in_flight",
                       stats->global[AIR_STATS_LEDGER_INFLIGHT]);
    ngx_ai_status_uint(b, "records", stats->global[AIR_STATS_LEDGER_RECORDS]);
    ngx_ai_status_uint(b, "errors", stats->global[AIR_STATS_LEDGER_ERRORS]);
    ngx_ai_status_uint(b, "orphans", stats->global[AIR_STATS_LEDGER_ORPHANS]);
    air_buf_byte(b, '}');
}


static void
ngx_ai_status_prices(ngx_ai_main_conf_t *amcf, air_buf_t *b)
{
    int64_t  ms;

    air_buf_z(b, ",\"prices\":");

    if (amcf->prices == NULL) {
        air_buf_z(b, "null");
        return;
    }

    ms = air_pricebook_time(amcf->prices);

    air_buf_z(b, "{\"time_ms\":");

    if (ms != 0) {
        air_buf_int(b, ms);

    } else {
        air_buf_z(b, "null");
    }

    ngx_ai_status_uint(b, "models", air_pricebook_count(amcf->prices));
    air_buf_byte(b, '}');
}
