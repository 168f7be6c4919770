
/*
 * The module: directive table, hooks of the configuration and of the phases.
 * Setters and blocks are in ngx_ai_conf.c, the life of a request begins in
 * ngx_ai_request.c.
 */

#include "ngx_ai_feed.h"
#include "ngx_ai_floor.h"
#include "ngx_ai_shadow.h"
#include "ngx_ai_learn.h"
#include "ngx_ai_topology.h"


static ngx_int_t ngx_ai_postconfiguration(ngx_conf_t *cf);


static ngx_conf_num_bounds_t  ngx_ai_attempts_bounds = {
    ngx_conf_check_num_bounds, 1, NGX_AI_MAX_ATTEMPTS
};


static ngx_conf_enum_t  ngx_ai_headers[] = {
    { ngx_string("off"), NGX_AI_HEADERS_OFF },
    { ngx_string("minimal"), NGX_AI_HEADERS_MINIMAL },
    { ngx_string("on"), NGX_AI_HEADERS_ON },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_ai_routing[] = {
    { ngx_string("off"), NGX_AI_ROUTING_OFF },
    { ngx_string("narrow"), NGX_AI_ROUTING_NARROW },
    { ngx_string("full"), NGX_AI_ROUTING_FULL },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_ai_traces[] = {
    { ngx_string("off"), NGX_AI_TRACE_OFF },
    { ngx_string("pass"), NGX_AI_TRACE_PASS },
    { ngx_string("new"), NGX_AI_TRACE_NEW },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_ai_select[] = {
    { ngx_string("order"), AIR_SELECT_ORDER },
    { ngx_string("price"), AIR_SELECT_PRICE },
    { ngx_string("latency"), AIR_SELECT_LATENCY },
    { ngx_string("throughput"), AIR_SELECT_THROUGHPUT },
    { ngx_string("quality"), AIR_SELECT_QUALITY },
    { ngx_string("weighted"), AIR_SELECT_WEIGHTED },
    { ngx_string("balanced"), AIR_SELECT_BALANCED },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_ai_stickies[] = {
    { ngx_string("auto"), NGX_AI_STICKY_AUTO },
    { ngx_string("session"), NGX_AI_STICKY_SESSION },
    { ngx_string("off"), NGX_AI_STICKY_OFF },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_ai_content[] = {
    { ngx_string("relay"), NGX_AI_CONTENT_RELAY },
    { ngx_string("next"), NGX_AI_CONTENT_NEXT },
    { ngx_null_string, 0 }
};


static ngx_command_t  ngx_ai_commands[] = {

    { ngx_string("ai_store"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_store,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_idempotency_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_idem_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_prices"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE123,
      ngx_ai_conf_prices,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_feed"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_2MORE,
      ngx_ai_conf_feed,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_vendor"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_ai_conf_vendor,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("profile"),
      NGX_AI_VENDOR_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_vendor_profile,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("protocol"),
      NGX_AI_VENDOR_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_vendor_protocol,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("endpoint"),
      NGX_AI_VENDOR_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_vendor_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("query"),
      NGX_AI_VENDOR_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_vendor_text,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_vendor_t, query),
      NULL },

    { ngx_string("key"),
      NGX_AI_VENDOR_CONF|NGX_CONF_TAKE123,
      ngx_ai_conf_vendor_key,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("breaker"),
      NGX_AI_VENDOR_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_vendor_breaker,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("probe"),
      NGX_AI_VENDOR_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_vendor_probe,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("maker"),
      NGX_AI_VENDOR_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_vendor_text,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_vendor_t, maker),
      NULL },

    { ngx_string("owner"),
      NGX_AI_VENDOR_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_vendor_text,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_vendor_t, owner),
      NULL },

    { ngx_string("region"),
      NGX_AI_VENDOR_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_vendor_text,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_vendor_t, region),
      NULL },

    { ngx_string("price_region"),
      NGX_AI_VENDOR_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_vendor_text,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_vendor_t, price_region),
      NULL },

    { ngx_string("tag"),
      NGX_AI_VENDOR_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_vendor_tag,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("can"),
      NGX_AI_VENDOR_CONF|NGX_CONF_2MORE,
      ngx_ai_conf_vendor_can,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("forward_header"),
      NGX_AI_VENDOR_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_vendor_forward,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("betas"),
      NGX_AI_VENDOR_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_vendor_betas,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_tier"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_ai_conf_tier,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("model"),
      NGX_AI_TIER_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_tier_model,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("select"),
      NGX_AI_TIER_CONF|NGX_AI_WORKFLOW_CONF|NGX_AI_TASK_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_select,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_ai_select },

    { ngx_string("split"),
      NGX_AI_TIER_CONF|NGX_AI_WORKFLOW_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_split,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_account"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE12,
      ngx_ai_conf_account,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("budget"),
      NGX_AI_ACCOUNT_CONF|NGX_AI_WORKFLOW_CONF|NGX_AI_VENDOR_CONF
                         |NGX_CONF_1MORE,
      ngx_ai_conf_budget,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("limit"),
      NGX_AI_ACCOUNT_CONF|NGX_AI_WORKFLOW_CONF|NGX_AI_VENDOR_CONF
                         |NGX_CONF_1MORE,
      ngx_ai_conf_limit,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_alert"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_alert,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_alias"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE2,
      ngx_ai_conf_alias,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_workflow"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_ai_conf_workflow_block,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("primary"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_workflow_primary,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("fallback"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_workflow_fallback,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("floor"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_floor,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("escalate"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_escalate,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("on_floor_fail"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_floor_fail,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("timeout"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_workflow_timeout,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("attempts"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_workflow_t, attempts),
      &ngx_ai_attempts_bounds },

    { ngx_string("retry_on"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_workflow_retry,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("retry_budget"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_TAKE123,
      ngx_ai_conf_workflow_budget,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("abort"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_workflow_abort,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("shadow"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_2MORE,
      ngx_ai_conf_shadow,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("hedge"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_hedge,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("max_output"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_workflow_output,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("content"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_enum,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_workflow_t, content_next),
      &ngx_ai_content },

    { ngx_string("sticky"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_enum,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_workflow_t, sticky),
      &ngx_ai_stickies },

    { ngx_string("require"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_workflow_require,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("task"),
      NGX_AI_WORKFLOW_CONF|NGX_CONF_BLOCK|NGX_CONF_1MORE,
      ngx_ai_conf_class,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("learn"),
      NGX_AI_WORKFLOW_CONF|NGX_AI_TASK_CONF|NGX_CONF_2MORE,
      ngx_ai_conf_learn,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("use"),
      NGX_AI_TASK_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_class_use,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_route"),
      NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_ai_conf_route,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_principal"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_loc_conf_t, principal),
      NULL },

    { ngx_string("ai_team"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_loc_conf_t, team),
      NULL },

    { ngx_string("ai_keys"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_keys,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_task"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_loc_conf_t, task),
      NULL },

    { ngx_string("ai_headers"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_enum,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_loc_conf_t, headers),
      &ngx_ai_headers },

    { ngx_string("ai_explain"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_loc_conf_t, explain),
      NULL },

    { ngx_string("ai_client_routing"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_enum,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_loc_conf_t, routing),
      &ngx_ai_routing },

    { ngx_string("ai_trace"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_ai_conf_enum,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_loc_conf_t, trace),
      &ngx_ai_traces },

    { ngx_string("ai_max_response"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_loc_conf_t, max_response),
      NULL },

    { ngx_string("ai_max_event"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_ai_loc_conf_t, max_event),
      NULL },

    { ngx_string("ai_idempotency"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_ai_conf_idem,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_ai_status_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ai_simulate"),
      NGX_HTTP_LOC_CONF|NGX_CONF_ANY,
      ngx_ai_simulate_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_ai_router_module_ctx = {
    ngx_ai_preconfiguration,               /* preconfiguration */
    ngx_ai_postconfiguration,              /* postconfiguration */

    ngx_ai_create_main_conf,               /* create main configuration */
    ngx_ai_init_main_conf,                 /* init main configuration */

    ngx_ai_create_srv_conf,                /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_ai_create_loc_conf,                /* create location configuration */
    ngx_ai_merge_loc_conf                  /* merge location configuration */
};


ngx_module_t  ngx_ai_router_module = {
    NGX_MODULE_V1,
    &ngx_ai_router_module_ctx,             /* module context */
    ngx_ai_commands,                       /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_ai_topology_init_module,           /* init module */
    ngx_ai_task_init_process,              /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_ai_task_exit_process,              /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_ai_postconfiguration(ngx_conf_t *cf)
{
    ngx_uint_t                  n;
    ngx_http_handler_pt        *h;
    ngx_ai_main_conf_t         *amcf;
    ngx_http_core_main_conf_t  *cmcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_ai_router_module);

    if (ngx_ai_conf_resolve(cf, amcf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_ai_feed_resolve(cf, amcf) != NGX_OK
        || ngx_ai_status_check(cf, amcf) != NGX_OK
        || ngx_ai_conf_cache_check(cf, amcf) != NGX_OK
        || ngx_ai_idem_zone_add(cf, amcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_ai_filter_init(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    /* before the access log, which is to tell of what is settled */

    h = cmcf->phases[NGX_HTTP_LOG_PHASE].handlers.elts;
    n = cmcf->phases[NGX_HTTP_LOG_PHASE].handlers.nelts;

    ngx_memmove(&h[1], &h[0], (n - 1) * sizeof(ngx_http_handler_pt));

    h[0] = ngx_ai_log_handler;

    return NGX_OK;
}
