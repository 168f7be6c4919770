
/*
 * Setters and hooks of the configuration, for the directive table in
 * ngx_ai_router_module.c.  All have nginx's own signatures and meanings.
 */

#ifndef _NGX_AI_CONF_H_INCLUDED_
#define _NGX_AI_CONF_H_INCLUDED_


#include "ngx_ai_router_module.h"


/* NGX_CONF_OK, or NGX_CONF_ERROR or a text, as every setter */
char *ngx_ai_conf_enum(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_idem_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_idem(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_prices(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_keys(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_vendor(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_vendor_profile(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_ai_conf_vendor_protocol(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_ai_conf_vendor_endpoint(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_ai_conf_vendor_key(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_vendor_text(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_vendor_tag(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_vendor_can(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_vendor_forward(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_ai_conf_vendor_betas(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_vendor_breaker(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_ai_conf_vendor_probe(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_tier(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_tier_model(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_select(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_split(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_alias(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_workflow_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_ai_conf_workflow_primary(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_ai_conf_workflow_fallback(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_ai_conf_workflow_timeout(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_ai_conf_workflow_retry(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_ai_conf_workflow_budget(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_ai_conf_workflow_abort(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_ai_conf_workflow_require(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_ai_conf_account(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_budget(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* ngx_ai_conf_limit.c */
char *ngx_ai_conf_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_workflow_output(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_ai_conf_hedge(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_class(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_class_use(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_ai_conf_route(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* One requirement, of the directive or in ai_route; as a setter. */
char *ngx_ai_conf_require(ngx_conf_t *cf, ngx_ai_workflow_t *wf,
    const char *directive, ngx_str_t *value);

/* a "task" block while it is parsed */
typedef struct {
    ngx_ai_workflow_t   *wf;
    ngx_uint_t           tasks;
    ngx_uint_t           used;            /* it had its "use"               */
    ngx_uint_t           select;
} ngx_ai_use_t;


/* hooks of the module's context, with nginx's own meanings */
ngx_int_t ngx_ai_preconfiguration(ngx_conf_t *cf);
void *ngx_ai_create_main_conf(ngx_conf_t *cf);
char *ngx_ai_init_main_conf(ngx_conf_t *cf, void *conf);
void *ngx_ai_create_srv_conf(ngx_conf_t *cf);
void *ngx_ai_create_loc_conf(ngx_conf_t *cf);
char *ngx_ai_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);


/* 1 to 32 letters, digits, . _ -; NGX_ERROR once it is logged. */
ngx_int_t ngx_ai_conf_name(ngx_conf_t *cf, ngx_str_t *name);

/* At the end of a block (what) called name: a split goes by weight.
   NGX_CONF_OK or an error already logged. */
char *ngx_ai_conf_split_check(ngx_conf_t *cf, const char *what,
    ngx_str_t *name, ngx_http_complex_value_t *split, ngx_uint_t select);

/* Logs that name was defined before; gives NGX_CONF_ERROR. */
char *ngx_ai_conf_duplicate(ngx_conf_t *cf, const char *what, ngx_str_t *name,
    ngx_ai_place_t *first);

/* Parses a block whose directives, of the given context, act on object. */
char *ngx_ai_conf_block(ngx_conf_t *cf, void *object, ngx_uint_t cmd_type);


/* ---- ngx_ai_conf_health.c --------------------------------------------- */

/* "0.01usd", "0.01usd/day" in pUSD, more than nothing; NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_conf_usd_day(ngx_str_t *s, uint64_t *pusd);


/* ---- ngx_ai_conf_hedge.c ---------------------------------------------- */

/* "hedge" against the rest of its workflow, at the block's end; NGX_CONF_OK or
   an error already logged. */
char *ngx_ai_conf_hedge_check(ngx_conf_t *cf, ngx_ai_workflow_t *wf);


/* ---- ngx_ai_conf_endpoint.c, ngx_ai_conf_proxy.c ---------------------- */

/* The part of host:port before the port, without brackets. */
void ngx_ai_conf_host_name(ngx_str_t *host, ngx_str_t *name);

/* Profile and codec, by directive, name or host; maker and region. */
char *ngx_ai_conf_vendor_profile_pick(ngx_conf_t *cf,
    ngx_ai_vendor_t *vendor);

/* The profile's fixed headers. */
char *ngx_ai_conf_vendor_extra(ngx_conf_t *cf, ngx_ai_vendor_t *vendor);

/* Takes a vendor's URL apart; NGX_CONF_OK or an error already logged. */
char *ngx_ai_conf_endpoint(ngx_conf_t *cf, ngx_ai_vendor_t *vendor,
    ngx_str_t *url);

/* Everything a vendor's block left open: profile, endpoint, upstream, the
   safe defaults of the proxy.  Called at the block's end. */
char *ngx_ai_conf_vendor_finish(ngx_conf_t *cf, ngx_ai_vendor_t *vendor);

/* After parsing: warns of a cache that keeps nothing. */
ngx_int_t ngx_ai_conf_cache_check(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf);

/* The URI of each operation for a target of this vendor. */
ngx_int_t ngx_ai_conf_target_uris(ngx_conf_t *cf, ngx_ai_target_t *target);


/* ---- ngx_ai_conf_alert.c ---------------------------------------------- */

/* Setter of ai_alert. */
char *ngx_ai_conf_alert(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


/* ---- ngx_ai_conf_key.c ------------------------------------------------ */

/*
 * A secret, "file:PATH", "env:NAME" or the text itself, which is warned of:
 * one printable word of 4096 bytes at most, in the pool, NUL-terminated.  what
 * and whose name it in messages: "key of ai_vendor", "openai".  NGX_CONF_OK,
 * or NGX_CONF_ERROR once it is logged.
 */
char *ngx_ai_conf_secret(ngx_conf_t *cf, const char *what, ngx_str_t *whose,
    ngx_str_t *source, ngx_str_t *secret);

/* The headers with the keys, ready to be sent. */
char *ngx_ai_conf_vendor_auth(ngx_conf_t *cf, ngx_ai_vendor_t *vendor);


/* ---- ngx_ai_sign.c ---------------------------------------------------- */

/* "key aws:..." with its parameters, as it is parsed. */
char *ngx_ai_sign_conf(ngx_conf_t *cf, ngx_ai_vendor_t *vendor);

/* Region and service, once the endpoint is known. */
char *ngx_ai_sign_finish(ngx_conf_t *cf, ngx_ai_vendor_t *vendor);


/* ---- ngx_ai_conf_header.c --------------------------------------------- */

/* Refuses to forward what the profile writes; its headers are known. */
char *ngx_ai_conf_vendor_forward_check(ngx_conf_t *cf,
    ngx_ai_vendor_t *vendor);


/* ---- ngx_ai_conf_can.c ------------------------------------------------ */

/* What is known of a target whose price entry is known: what it can do, how
   its tokens are counted. */
void ngx_ai_conf_target_can(ngx_ai_target_t *target);

/* Warns of what is said about models that nobody uses. */
void ngx_ai_conf_can_unused(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf);


/* ---- ngx_ai_conf_resolve.c, ngx_ai_conf_catalogue.c ------------------- */

typedef struct {
    ngx_conf_t          *cf;
    ngx_ai_main_conf_t  *amcf;
    ngx_uint_t           mistakes;
    air_mem_t            mem;
} ngx_ai_resolve_t;


/* The target called name (vendor/model), made when it is new; NULL: no
   memory. */
ngx_ai_target_t *ngx_ai_resolve_target(ngx_ai_resolve_t *rs,
    ngx_ai_vendor_t *vendor, ngx_str_t *name);

/* Counts a mistake; NGX_ERROR once there are too many. */
ngx_int_t ngx_ai_resolve_mistake(ngx_ai_resolve_t *rs);

/* Follows a name to a target or, with tiers, to a tier; what and owner are for
   messages.  NGX_ERROR ends all. */
ngx_int_t ngx_ai_resolve_ref(ngx_ai_resolve_t *rs, const char *what,
    ngx_str_t *owner, ngx_ai_ref_t *ref, ngx_uint_t tiers);

/* The targets of one group, added to its workflow's choices. */
ngx_int_t ngx_ai_resolve_group(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf,
    ngx_ai_ref_t *group);

/* A workflow's groups to one list of targets. */
ngx_int_t ngx_ai_resolve_flatten(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf);

/* Adds the targets of one group to those of its workflow. */
ngx_int_t ngx_ai_resolve_group(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf,
    ngx_ai_ref_t *group);

/* Adds the targets of tiers that its budgets, or those of whoever may pay for
   it, go to.  In ngx_ai_conf_account.c. */
ngx_int_t ngx_ai_resolve_degrades(ngx_ai_resolve_t *rs,
    ngx_ai_workflow_t *wf);

/* Notes which choices are out of bounds; a mistake when nobody is left. */
void ngx_ai_resolve_bound(ngx_ai_resolve_t *rs, ngx_ai_workflow_t *wf,
    ngx_ai_bound_t *bound);

/* Counts companies and makers of each workflow against what it requires, and
   warns of fallbacks that are none, or dear.  In ngx_ai_conf_chain.c. */
ngx_int_t ngx_ai_conf_chains(ngx_ai_resolve_t *rs);

/* Everything a caller of ai_route * may name. */
ngx_int_t ngx_ai_resolve_catalogue(ngx_ai_resolve_t *rs);

/*
 * While parsing: a thread pool of the router's own, so that what is slow there
 * holds up nothing else; threads as "thread_pool" takes it ("threads=4"), both
 * live for ever.  Once for each name.  NULL, logged.
 */
ngx_thread_pool_t *ngx_ai_conf_threads(ngx_conf_t *cf, const char *name,
    const char *threads);

/* After parsing: names to objects, prices, zone, checks.  Logs each mistake
   with its place; NGX_ERROR when there was one. */
ngx_int_t ngx_ai_conf_resolve(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf);


/*
 * Reads a whole file of at most limit bytes into memory for ngx_free(), *fi
 * tells of it; NGX_OK, or NGX_ERROR with ngx_errno.
 */
ngx_int_t ngx_ai_conf_read(ngx_str_t *path, size_t limit, air_str_t *text,
    ngx_file_info_t *fi, ngx_log_t *log);

/* Where the directive being parsed stands. */
void ngx_ai_conf_place(ngx_conf_t *cf, ngx_ai_place_t *place);

/* A vendor by name, or NULL. */
ngx_ai_vendor_t *ngx_ai_conf_vendor_find(ngx_ai_main_conf_t *amcf,
    ngx_str_t *name);


#endif /* _NGX_AI_CONF_H_INCLUDED_ */
