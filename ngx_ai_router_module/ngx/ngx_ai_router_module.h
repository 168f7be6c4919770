
/*
 * The glue's shared types: configuration objects, the context of a request,
 * and what each file of this room offers the others.
 */

#ifndef _NGX_AI_ROUTER_MODULE_H_INCLUDED_
#define _NGX_AI_ROUTER_MODULE_H_INCLUDED_


#include "ngx_ai_bridge.h"

#include "../core/air_bound.h"
#include "../core/air_codec.h"
#include "../core/air_fingerprint.h"
#include "../core/air_floor.h"
#include "../core/air_idem.h"
#include "../core/air_keys.h"
#include "../core/air_learn.h"
#include "../core/air_pool.h"
#include "../core/air_route.h"
#include "../core/air_sigv4.h"
#include "../core/air_stats.h"
#include "../core/air_task.h"
#include "../core/air_version.h"
#include "../store/air_accounts.h"
#include "../store/air_ledger.h"


extern ngx_module_t  ngx_ai_router_module;


/* contexts of inner directives, bits that nginx leaves free */
#define NGX_AI_ACCOUNT_CONF   0x00080000
#define NGX_AI_VENDOR_CONF    0x00100000
#define NGX_AI_TIER_CONF      0x00200000
#define NGX_AI_WORKFLOW_CONF  0x00400000
#define NGX_AI_TASK_CONF      0x00800000


#define NGX_AI_MAX_TARGETS    256     /* of one route                       */
#define NGX_AI_MAX_ATTEMPTS   10
#define NGX_AI_TASKS          ((1U << AIR_NTASK) - 1)     /* every class     */
#define NGX_AI_ERROR_BODY     65536   /* of a vendor's error, what is read  */
#define NGX_AI_IDS            256     /* request ids drawn at once          */
#define NGX_AI_MAX_BETA       1024    /* bytes of anthropic-beta            */


/* ---- configuration ---------------------------------------------------- */

typedef struct ngx_ai_zone_s      ngx_ai_zone_t;      /* ngx_ai_zone.h      */
typedef struct ngx_ai_health_s    ngx_ai_health_t;    /* ngx_ai_zone.h      */
typedef struct ngx_ai_stat_s      ngx_ai_stat_t;      /* ngx_ai_zone.h      */
typedef struct ngx_ai_ctx_s       ngx_ai_ctx_t;
typedef struct ngx_ai_keyfile_s   ngx_ai_keyfile_t;   /* ngx_ai_keys.c      */
typedef struct ngx_ai_keyring_s   ngx_ai_keyring_t;
typedef struct ngx_ai_attempt_s   ngx_ai_attempt_t;
typedef struct ngx_ai_sign_s      ngx_ai_sign_t;      /* ngx_ai_sign.c      */
typedef struct ngx_ai_prober_s    ngx_ai_prober_t;    /* ngx_ai_probe.c     */
typedef struct ngx_ai_probe_conf_s  ngx_ai_probe_conf_t;
typedef struct ngx_ai_asides_s    ngx_ai_asides_t;    /* ngx_ai_aside.c     */
typedef struct ngx_ai_shadow_s    ngx_ai_shadow_t;    /* ngx_ai_shadow.h    */
typedef struct ngx_ai_learn_s     ngx_ai_learn_t;     /* ngx_ai_learn.h     */
typedef struct ngx_ai_alerts_s    ngx_ai_alerts_t;    /* ngx_ai_alert.h     */
typedef struct ngx_ai_idem_s      ngx_ai_idem_t;      /* ngx_ai_idem.c      */
typedef struct ngx_ai_idem_zone_s ngx_ai_idem_zone_t;
typedef struct ngx_ai_account_s   ngx_ai_account_t;   /* ngx_ai_account.h   */
typedef struct ngx_ai_accounts_s  ngx_ai_accounts_t;
typedef struct ngx_ai_over_s      ngx_ai_over_t;
typedef struct ngx_ai_floor_s     ngx_ai_floor_t;     /* ngx_ai_floor.h     */
typedef struct ngx_ai_judging_s   ngx_ai_judging_t;
typedef struct ngx_ai_opinion_s   ngx_ai_opinion_t;
typedef struct ngx_ai_trace_s     ngx_ai_trace_t;     /* ngx_ai_trace.c     */


/* a header that a vendor's protocol demands */
typedef struct {
    ngx_str_t             name;
    ngx_str_t             lower;
    ngx_str_t             value;
} ngx_ai_extra_t;


/* where a directive stood, for messages after parsing */
typedef struct {
    ngx_str_t             file;
    ngx_uint_t            line;
} ngx_ai_place_t;


/* what the operator says a vendor's model can do */
typedef struct {
    ngx_str_t             model;          /* "*": all of the vendor's       */
    ngx_ai_place_t        place;
    air_can_t             can;
    unsigned              used:1;
} ngx_ai_can_t;


/* one of a vendor's keys */
typedef struct {
    ngx_str_t             secret;         /* wiped once auth has it         */
    ngx_str_t             auth;           /* value of the auth header with
                                             its prefix                     */
    ngx_str_t             auth_line;      /* the header line and the empty
                                             line that ends a request's head */
    ngx_str_t             name;           /* in the zone: vendor#hash       */
    ngx_str_t             shown;          /* #1, #2 ...: to people          */
    ngx_uint_t            weight;
    ngx_uint_t            health;         /* index in the zone, where a
                                             vendor has several             */
} ngx_ai_vkey_t;


typedef struct {
    ngx_str_t             name;
    ngx_ai_place_t        place;

    const air_profile_t  *profile;
    const air_codec_t    *codec;
    ngx_str_t             endpoint;       /* as written                     */
    ngx_str_t             host;           /* name:port of Host              */
    ngx_str_t             base;           /* path before the operation's    */
    ngx_str_t             query;          /* added to each URI, or empty    */
    ngx_str_t             maker;
    ngx_str_t             owner;          /* as said, or empty              */
    ngx_str_t             region;
    ngx_str_t             price_region;   /* whose surcharge applies        */
    ngx_array_t          *tags;           /* ngx_str_t                      */
    ngx_array_t          *can;            /* ngx_ai_can_t, or NULL          */
    ngx_array_t          *forward;        /* ngx_str_t, small letters: names
                                             of callers' headers, or NULL   */
    ngx_array_t          *betas;          /* ngx_str_t, or NULL: all        */

    ngx_array_t          *keys;           /* ngx_ai_vkey_t, or NULL         */
    ngx_str_t             auth_name;      /* as sent, empty: no key         */
    ngx_str_t             auth_lower;
    ngx_array_t          *extra;          /* ngx_ai_extra_t: fixed headers  */
    ngx_str_t             ca;             /* file of calls of our own, with
                                             a NUL; empty: the system's     */

    ngx_ai_sign_t        *sign;           /* instead of a key, or NULL      */

    ngx_http_conf_ctx_t  *ctx;            /* of its location                */
    ngx_http_upstream_srv_conf_t  *upstream;      /* made for it, or NULL   */
    ngx_http_upstream_init_peer_pt peer_init;     /* what we wrapped        */
    ngx_uint_t            health;         /* index in the zone              */
    air_health_rule_t     breaker;
    ngx_ai_probe_conf_t  *probe;          /* active, or NULL                */
    ngx_ai_account_t     *account;        /* what limits it, or NULL        */
    unsigned              breaker_set:1;
    uint32_t              quantizations;  /* bits, as air_quantization()    */
    unsigned              zdr:1;          /* what tags say                  */
    unsigned              no_training:1;
    unsigned              distillable:1;
    unsigned              profile_set:1;
    unsigned              protocol_set:1;
    unsigned              betas_set:1;
    unsigned              tls:1;
    unsigned              allow_private:1;
    unsigned              insecure:1;
    unsigned              simulated:1;
} ngx_ai_vendor_t;


/* one vendor/model that some route uses */
typedef struct {
    ngx_str_t             name;           /* vendor/model                   */
    ngx_str_t             model;
    ngx_ai_vendor_t      *vendor;
    ngx_uint_t            model_no;       /* of the model's name, the same for
                                             all vendors                    */
    const air_model_t    *info;           /* price table, or NULL           */
    air_can_t             can;            /* the table and the operator     */
    ngx_uint_t            ratio;          /* of its tokens: air_bound_ratio() */
    air_target_t          air;
    ngx_str_t             uri[AIR_NOP];   /* path and query, empty: cannot  */
    ngx_str_t             stream_uri[AIR_NOP];  /* of a streamed reply      */
    ngx_uint_t            health;         /* index in the zone              */
} ngx_ai_target_t;


/* a name in a list of targets, resolved after parsing */
typedef struct {
    ngx_str_t             name;
    ngx_ai_place_t        place;
    ngx_uint_t            weight;
    ngx_uint_t            canary;         /* AIR_ROUTE_SHARE-ths, 0: none   */
    ngx_uint_t            quality;        /* thousandths, 0 unknown         */
    ngx_uint_t            select;         /* "use": its block's, with
                                             select_set                     */
    ngx_uint_t            tasks;          /* "use": bit a class             */
    ngx_uint_t            group;          /* "use": from 0                  */
    ngx_uint_t            degrade;        /* as the choice's                */
    ngx_uint_t            escalate;       /* place in "escalate", from 1, or
                                             0: it stands elsewhere         */
    ngx_ai_learn_t       *learn;          /* it is one of its two           */
    ngx_ai_target_t      *target;         /* or                             */
    struct ngx_ai_tier_s *tier;
    unsigned              cheap:1;        /* of learn                       */
    unsigned              select_set:1;
} ngx_ai_ref_t;


typedef struct ngx_ai_tier_s {
    ngx_str_t             name;
    ngx_ai_place_t        place;
    ngx_array_t           models;         /* ngx_ai_ref_t                   */
    ngx_uint_t            select;         /* air_select_e, or unset         */
    ngx_http_complex_value_t  *split;     /* or NULL                        */
} ngx_ai_tier_t;


typedef struct {
    ngx_str_t             name;
    ngx_ai_place_t        place;
    ngx_str_t             to;
    ngx_ai_ref_t          ref;            /* what it finally stands for     */
    unsigned              visiting:1;
} ngx_ai_alias_t;


/* one who is asked beside a workflow's requests: judges, shadows */
typedef struct {
    ngx_ai_target_t      *target;
    ngx_uint_t            stat;           /* index in the zone              */
} ngx_ai_helper_t;


/* which file it was; zero it: none */
typedef struct {
    uint64_t              ino;
    int64_t               size;
    int64_t               sec;            /* of its last change             */
    int64_t               nsec;
} ngx_ai_feed_mark_t;


/* one target of a flattened workflow */
typedef struct {
    ngx_ai_target_t      *target;
    ngx_ai_tier_t        *tier;           /* it came from, or NULL          */
    ngx_str_t             written;        /* how the operator named it      */
    ngx_uint_t            group;
    ngx_uint_t            weight;
    ngx_uint_t            canary;
    ngx_uint_t            quality;
    ngx_uint_t            select;
    ngx_http_complex_value_t  *split;     /* of its group, or NULL          */
    ngx_uint_t            tasks;          /* bit a class: it may serve it   */
    ngx_ai_learn_t       *learn;          /* it is of one of its two, or
                                             NULL                           */
    ngx_uint_t            out;            /* air_why_e: what its workflow
                                             requires it has not, 0         */
    ngx_uint_t            named;          /* in a request's own copy: which
                                             of the caller's models, from 0 */
    ngx_uint_t            stat;           /* row in the zone, see
                                             ngx_ai_zone_add()              */
    ngx_uint_t            degrade;        /* only there for budgets that go
                                             to the tier with that number,
                                             from 1; 0: for all             */
    ngx_uint_t            escalate;       /* place in "escalate", from 1: it
                                             is asked for nothing else; or 0 */
    unsigned              cheap:1;        /* of learn                       */
} ngx_ai_choice_t;


/* what is required of every vendor of a workflow */
typedef struct {
    ngx_array_t          *regions;        /* ngx_str_t: one of them; or NULL */
    ngx_array_t          *tags;           /* ngx_str_t: all of them; or NULL */
    ngx_uint_t            vendors;        /* companies at least, 0: any     */
    ngx_uint_t            makers;
    ngx_ai_place_t        place;
} ngx_ai_bound_t;
/* "hedge" */
typedef struct {
    ngx_ai_place_t        place;
    ngx_msec_t            after;          /* or, when it is 0,              */
    air_percentile_e      percentile;     /* of the target's first content  */
    ngx_msec_t            min;            /* bounds of that                 */
    ngx_msec_t            max;
    ngx_uint_t            share;          /* of the cost, ten-thousandths   */
    unsigned              any_cost:1;
    unsigned              embeddings:1;
} ngx_ai_hedge_t;


typedef struct ngx_ai_workflow_s {
    ngx_str_t             name;           /* inline routes: the location    */
    struct ngx_ai_workflow_s *shown_as;   /* the one this is a copy of      */
    ngx_ai_place_t        place;
    ngx_ai_bound_t        bound;          /* of the place itself            */
    ngx_array_t           groups;         /* ngx_ai_ref_t: primary first    */
    ngx_array_t           uses;           /* ngx_ai_ref_t of "task" blocks  */
    ngx_array_t           choices;        /* ngx_ai_choice_t, flattened, those
                                             of "escalate" last             */
    ngx_array_t           escalates;      /* ngx_ai_ref_t                   */
    ngx_ai_floor_t       *floor;          /* what answers must be, or NULL  */
    ngx_uint_t            floor_quality;  /* thousandths that targets must
                                             have, 0: any                   */

    ngx_msec_t            connect;
    ngx_msec_t            send;
    ngx_msec_t            header;
    ngx_msec_t            first_token;
    ngx_msec_t            idle;
    ngx_msec_t            try;
    ngx_msec_t            total;

    ngx_uint_t            select;         /* of its tiers that have none    */
    ngx_http_complex_value_t  *split;
    ngx_uint_t            attempts;
    ngx_msec_t            drain;          /* 0: cancel at once              */
    size_t                drain_size;
    ngx_ai_hedge_t       *hedge;          /* NULL: off                      */
    ngx_ai_shadow_t      *shadow;         /* NULL: none                     */
    ngx_array_t          *helpers;        /* ngx_ai_helper_t, or NULL       */
    ngx_ai_account_t     *account;        /* what limits it, or NULL        */
    uint64_t              max_output;     /* tokens of an answer, 0: any    */
    ngx_uint_t            content_next;   /* NGX_AI_CONTENT_                */
    ngx_uint_t            tasks;          /* classes that have a "task"     */
    ngx_ai_learn_t       *learn;          /* list, or NULL                  */
    ngx_uint_t            stat;           /* index in the zone: no vendor   */
    ngx_uint_t            sticky;         /* NGX_AI_STICKY_                 */
    air_retry_rule_t      retries;
    uint64_t              retry_on;       /* bit a fault: force next        */
    uint64_t              no_retry_on;    /* bit a fault: force stop        */
    unsigned              retries_set:1;
    unsigned              primary_set:1;
    unsigned              sticks:1;       /* it has something to stick to   */
    unsigned              require:1;      /* nobody may lose a parameter    */
    unsigned              hedge_set:1;
    unsigned              floor_best:1;   /* the best that failed is given  */
    unsigned              floor_fail_set:1;
    unsigned              catalogue:1;    /* ai_route *                     */
    unsigned              listed:1;       /* only names of its targets      */
    unsigned              priced:1;       /* some rule of it looks at prices */
    unsigned              measured:1;     /* or at live figures             */
    unsigned              graded:1;       /* or at qualities                */
    unsigned              split_used:1;
    unsigned              inline_route:1; /* made by an ai_route            */
    unsigned              own:1;          /* of one request: several models */
} ngx_ai_workflow_t;


/* a location that answers by itself: ai_status, ai_simulate */
typedef struct {
    const char           *directive;
    ngx_ai_place_t        place;
    ngx_http_handler_pt   handler;
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_core_srv_conf_t  *cscf;
} ngx_ai_page_t;


typedef struct {
    ngx_array_t           vendors;        /* ngx_ai_vendor_t *              */
    ngx_array_t           tiers;          /* ngx_ai_tier_t *                */
    ngx_array_t           aliases;        /* ngx_ai_alias_t *               */
    ngx_array_t           workflows;      /* ngx_ai_workflow_t *: named ones
                                             and those of inline routes     */
    ngx_array_t           targets;        /* ngx_ai_target_t *              */
    ngx_array_t           routes;         /* ngx_ai_loc_conf_t *            */
    ngx_array_t           catalogue;      /* ngx_ai_workflow_t *, sorted by
                                             name: what a caller may name
                                             under ai_route *               */
    ngx_ai_workflow_t    *star;           /* settings of ai_route *         */

    ngx_http_conf_ctx_t  *hidden;         /* server that holds the vendors  */
    ngx_http_conf_ctx_t  *http;           /* http{}, what vendors inherit   */

    ngx_str_t             store;          /* directory, NUL-terminated      */
    ngx_ai_place_t        store_place;
    air_ledger_conf_t     ledger_conf;
    ngx_int_t             lock_fd;

    size_t                zone_size;
    ngx_shm_zone_t       *shm_zone;
    ngx_ai_zone_t        *zone;           /* set when the zone is ready     */
    ngx_array_t           health_names;   /* ngx_str_t: vendors, then
                                             vendor/model                   */
    ngx_array_t           learns;         /* ngx_ai_learn_t *               */
    ngx_array_t          *pages;          /* ngx_ai_page_t, or NULL         */
    size_t                idem_size;
    ngx_ai_idem_zone_t   *idem;           /* NULL: no route has it          */
    ngx_array_t           accounts;       /* ngx_ai_account_t *, of
                                             "ai_account", sorted by scope and
                                             name                           */
    ngx_array_t           degrades;       /* ngx_ai_tier_t *: where budgets
                                             go to                          */

    ngx_str_t             prices_file;
    ngx_ai_place_t        prices_place;
    air_pricebook_t      *prices;         /* what holds, in a worker the
                                             newest                         */
    air_pricebook_t      *prices_own;     /* the file, without feeds        */
    time_t                prices_max_age;
    ngx_array_t           keyfiles;       /* ngx_ai_keyfile_t *             */
    ngx_uint_t            unpriced_refuse;

    ngx_ai_alerts_t      *alerts;         /* NULL: nobody is told           */

    air_task_words_t     *words;          /* of a worker, once needed       */

    ngx_thread_pool_t    *pool;
    ngx_thread_pool_t    *aside_pool;     /* of calls of our own, or NULL   */
    ngx_ai_asides_t      *asides;         /* of a worker, or NULL           */
    ngx_ai_prober_t      *prober;         /* of a worker, or NULL           */
    ngx_thread_pool_t    *job_pool;       /* of jobs, or NULL               */
    ngx_array_t          *jobs;           /* ngx_ai_job_t *, or NULL        */
    ngx_array_t          *feeds;          /* ngx_ai_feed_t *, or NULL       */
    ngx_ai_feed_mark_t    feed_mark[2];   /* files that prices are made of  */
    struct ngx_ai_watch_s  *feed_watch;   /* of a worker, or NULL           */

    /* filled in a worker by init_process */
    air_ledger_t         *ledger;
    ngx_event_t           tick;
    ngx_thread_task_t    *task;
    struct ngx_ai_queries_s *queries;     /* to the ledger, or NULL         */
    ngx_event_t           learn_tick;
    ngx_thread_task_t    *learn_task;
    struct air_samples_s *samples;        /* of learning workflows, or NULL */
    ngx_pid_t             ids_pid;        /* whose the request ids are      */
    ngx_uint_t            nids;           /* left                           */
    u_char                ids[NGX_AI_IDS * 16];
    unsigned              ticking:1;
    unsigned              tick_due:1;     /* a question is in the way       */
    unsigned              learning:1;     /* learn_task is in a thread      */
    unsigned              jobbing:1;      /* this worker runs jobs          */

    unsigned              store_off:1;
    unsigned              prices_set:1;
    unsigned              unpriced_set:1;
    unsigned              accounting:1;   /* what accounts spend is counted */
    unsigned              loose:1;        /* some budget is                 */
} ngx_ai_main_conf_t;


typedef struct {
    ngx_uint_t            routed;         /* some location here routes      */
} ngx_ai_srv_conf_t;


typedef struct {
    ngx_ai_workflow_t    *workflow;       /* inline or named, or            */
    ngx_http_complex_value_t  *name;      /* a variable that names it       */
    ngx_ai_place_t        place;
    ngx_str_t             prefix;         /* of the location                */
    ngx_http_core_loc_conf_t *clcf;       /* the location's own             */
    ngx_http_complex_value_t  *principal;
    ngx_http_complex_value_t  *team;
    ngx_http_complex_value_t  *task;      /* names the class of a request   */
    ngx_ai_keyfile_t     *keys;           /* NULL: nobody is asked          */
    ngx_uint_t            headers;
    ngx_flag_t            explain;        /* callers may ask for the why    */
    ngx_uint_t            routing;        /* ai_client_routing              */
    ngx_uint_t            trace;          /* NGX_AI_TRACE_                  */
    size_t                max_response;
    size_t                max_event;
    time_t                idem;           /* ai_idempotency, 0 off          */
    size_t                idem_max;       /* bytes of an answer             */
    ngx_uint_t            status;         /* ai_status                      */
    void                 *simulate;       /* ngx_ai_simulate.c              */
    ngx_ai_vendor_t      *vendor;         /* set in a vendor's own location */
    unsigned              route:1;
} ngx_ai_loc_conf_t;


#define NGX_AI_STICKY_AUTO      0
#define NGX_AI_STICKY_SESSION   1         /* only where one is named        */
#define NGX_AI_STICKY_OFF       2

#define NGX_AI_HEADERS_OFF      0
#define NGX_AI_HEADERS_MINIMAL  1
#define NGX_AI_HEADERS_ON       2

/* when a vendor refuses by its content policy */
#define NGX_AI_CONTENT_RELAY    0
#define NGX_AI_CONTENT_NEXT     1
#define NGX_AI_CONTENT_CALLER   2     /* not said: next for a caller's list  */

#define NGX_AI_TRACE_OFF        0
#define NGX_AI_TRACE_PASS       1
#define NGX_AI_TRACE_NEW        2

#define NGX_AI_ROUTING_OFF      0
#define NGX_AI_ROUTING_NARROW   1
#define NGX_AI_ROUTING_FULL     2


/* ---- a request -------------------------------------------------------- */

/* phases of an attempt, names in logs: ngx_ai_phase_name() */
typedef enum {
    NGX_AI_CONNECT = 0,
    NGX_AI_SENT,
    NGX_AI_HEADER,
    NGX_AI_HOLD,
    NGX_AI_COMMIT,
    NGX_AI_END
} ngx_ai_phase_e;


/* how a vendor's body is treated */
typedef enum {
    NGX_AI_BODY_DROP = 0,
    NGX_AI_BODY_ERROR,                    /* collected to be classified     */
    NGX_AI_BODY_WHOLE,                    /* collected, relayed when whole  */
    NGX_AI_BODY_STREAM
} ngx_ai_body_e;


/* the probes that a try holds, 0: not that one */
typedef struct {
    uint64_t              vendor;
    uint64_t              target;
    uint64_t              key;
} ngx_ai_claims_t;


struct ngx_ai_attempt_s {
    ngx_ai_ctx_t         *ctx;
    ngx_http_request_t   *sr;
    ngx_ai_choice_t      *choice;
    ngx_ai_target_t      *target;
    const air_codec_t    *codec;          /* what the vendor speaks here    */
    air_why_e             why;
    ngx_uint_t            n;              /* from 1                         */

    ngx_msec_t            start;
    ngx_msec_t            again_at;       /* when another address of the
                                             vendor was turned to           */
    ngx_msec_t            last;           /* last event at                  */
    ngx_msec_t            end;
    ngx_msec_t            first;          /* first content at               */
    int64_t               time_ms;        /* UTC when sent                  */

    ngx_ai_phase_e        phase;
    ngx_ai_body_e         body;
    air_fault_e           fault;
    ngx_uint_t            status;         /* the vendor's                   */
    uint64_t              rest_ms;        /* to rest after it               */
    air_note_t            note;
    air_error_t           said;           /* the vendor's words, unchecked  */

    u_char               *buf;            /* collected body                 */
    size_t                len;
    size_t                size;
    size_t                bytes;          /* of the reply, all              */
    air_sse_t             sse;
    air_eventstream_t     frames;         /* or, by the codec's framing     */
    air_json_doc_t        doc;            /* scratch for events             */

    air_warnings_t       *lost;           /* of the request, of a whole
                                             reply; NULL: nothing           */

    /* crossing only */
    air_str_t             text;           /* the body written for it        */
    air_stream_t         *stream;
    air_deltas_t         *deltas;
    air_buf_t            *out;
    ngx_buf_t            *waiting;        /* kept busy while a caller is
                                             slow                           */

    ngx_chain_t          *held;           /* events before the commit       */
    ngx_chain_t         **held_last;
    ngx_chain_t          *free;
    ngx_chain_t          *busy;

    ngx_int_t             slot;           /* in flight, -1 none             */
    uint64_t              cut_cost;       /* a stream is stopped when it cost
                                             more than this, AIR_UNKNOWN:
                                             never; and is not looked at
                                             before it has                  */
    uint64_t              cut_centi;      /* so many hundredths of a token  */
    uint64_t              cost;           /* pUSD, AIR_UNKNOWN              */
    uint64_t              computed;
    uint64_t              price_id;
    air_certainty_e       certainty;
    unsigned              cost_flags;     /* AIR_COST_                      */
    air_fault_e           tls_fault;

    ngx_ai_vkey_t        *key;            /* of the vendor's, or NULL       */
    uint32_t              limited;        /* keys at their limit, a bit each */
    int64_t               key_hold;       /* in the key's account, 0 none   */
    ngx_ai_claims_t       claims;

    /* with a floor */
    air_verdict_t         verdict;
    air_msg_reply_t      *reply;          /* neutral, of a crossing one     */
    ngx_ai_judging_t     *judging;        /* while it waits for a verdict   */
    struct ngx_ai_gather_s  *gather;      /* of its stream, or NULL         */
    size_t                held_len;

    unsigned              got_last:1;
    unsigned              header:1;       /* a header came                  */
    unsigned              done:1;         /* the subrequest is over         */
    unsigned              settled:1;
    unsigned              cached:1;       /* on a connection used before    */
    unsigned              connected:1;
    unsigned              reset:1;
    unsigned              final:1;        /* nobody comes after it          */
    unsigned              judged:1;       /* health was told                */
    unsigned              proved:1;       /* that its probe is good         */
    unsigned              probe:1;        /* it holds one                   */
    unsigned              rekeyed:1;      /* another key was tried after it */
    unsigned              model_changed:1;
    unsigned              suspect:1;      /* its usage                      */
    unsigned              hushed:1;       /* debug lines are left out       */
    unsigned              cross:1;        /* another protocol than the
                                             caller's                       */
    unsigned              written:1;      /* att->text is sent: it crosses, or
                                             has what only others can read  */
    unsigned              timedout:1;
    unsigned              complete:1;     /* the reply is whole             */
    unsigned              said_rest:1;    /* the vendor named a time        */
    unsigned              peer_seen:1;
    unsigned              stale:1;        /* a kept connection was closed on
                                             us: try again for nothing      */
    unsigned              entered:1;      /* the subrequest ran             */
    unsigned              again:2;        /* how often that happened        */
    unsigned              active:1;       /* counted as running             */
    unsigned              stopping:1;     /* ctx->stop is for it            */
    unsigned              hit:1;          /* a cache answered: no vendor was
                                             asked                          */
    unsigned              waits:1;        /* it is over, its verdict is not
                                             known                          */
    unsigned              escalated:1;    /* a better target was asked then */
    unsigned              released:1;     /* too long to be judged: relayed
                                             as it comes                    */
    unsigned              best:1;         /* it failed, and is given        */
};


/* what an attempt may cost, as it was found last: a decision asks for the same
   again and again */
typedef struct {
    const ngx_ai_choice_t  *choice;       /* NULL: nothing was asked        */
    const air_bound_t      *bound;
    int64_t                 now;
    uint64_t                worst;
    uint64_t                expected;
    unsigned                expects:1;    /* expected was asked for         */
} ngx_ai_priced_t;


struct ngx_ai_ctx_s {
    ngx_http_request_t   *r;              /* main                           */
    ngx_ai_main_conf_t   *amcf;
    ngx_ai_loc_conf_t    *alcf;
    ngx_ai_workflow_t    *workflow;
    const air_codec_t    *codec;          /* the caller's dialect           */
    air_mem_t             mem;            /* r->pool                        */
    air_op_e              op;
    u_char                id[16];
    u_char                id_hex[32];

    air_str_t             body;
    air_json_doc_t        doc;
    air_request_t         request;
    ngx_str_t             principal;
    ngx_str_t             team;
    ngx_ai_accounts_t    *accounts;       /* NULL: nobody counts            */
    ngx_ai_over_t        *over;           /* what some target did not fit
                                             into, or NULL                  */
    ngx_ai_over_t        *soft;           /* whose soft mark moved it, or
                                             NULL                           */
    uint64_t              retry_ms;       /* told when it is refused        */
    uint64_t              limit_ms;       /* until a vendor's key is free   */
    int64_t               limit_hold;     /* in its accounts' rates, 0 none */
    ngx_uint_t            degrade;        /* number of the tier that a budget
                                             moved it to, 0 none            */
    air_bound_t           bound;          /* with bounded: ngx_ai_bound()   */
    air_bound_t           rough;          /* with roughed                   */
    ngx_ai_priced_t       priced;         /* what was asked last of it      */
    struct air_floor_own_s  *own;         /* schemas of the request, compiled */
    const air_key_t      *key;            /* the caller's, of ring          */
    ngx_ai_keyring_t     *ring;
    ngx_str_t             version;        /* the caller's anthropic-version */
    ngx_str_t             beta;           /* the caller's anthropic-beta    */
    ngx_str_t             session;        /* the caller's x-session-id      */
    ngx_str_t             idem_key;       /* the caller's Idempotency-Key   */
    ngx_ai_idem_t        *idem;           /* or NULL                        */
    air_warnings_t       *told;           /* preferences that do nothing, or
                                             NULL                           */
    air_msg_request_t    *msg;            /* neutral, once some target needs
                                             it                             */
    air_error_t           refusal;        /* it cannot be read: for all     */

    air_task_e            class;          /* with class_known               */
    ngx_ai_learn_t       *learn;          /* what decides it, or NULL       */
    air_learn_score_t     learned;        /* with learn_scored              */
    ngx_uint_t            learn_why;      /* ngx_ai_learn_why_e             */
    air_learn_text_t     *learn_text;     /* to be kept as a sample         */
    ngx_uint_t            learn_share;    /* chance of cheap, 10,000ths     */
    uint64_t              learn_sample;   /* number, 0 none                 */
    air_candidate_t      *cand;           /* as the decision saw them       */
    ngx_uint_t            ncand;
    uint64_t              ticket;         /* by which it was taken          */
    air_choice_t         *order;          /* of workflow->choices           */
    ngx_uint_t            norder;         /* usable ones                    */
    ngx_uint_t            nchoice;        /* with those left out            */
    uint32_t              lacked;         /* AIR_CAN_: why nobody is usable */
    ngx_uint_t            nunfit;         /* left out for what they lose    */
    air_warnings_t       *unfit;          /* what targets left out for it
                                             would have lost, or NULL       */
    ngx_uint_t            next;           /* index in order                 */
    uint64_t              sticky;         /* key of the conversation, 0     */
    air_choice_t         *escalate;       /* whom an answer that fails the
                                             floor escalates to             */
    ngx_uint_t            nescalate;
    ngx_uint_t            escalations;    /* that happened                  */
    uint64_t              asked_cost;     /* pUSD of those who were asked of
                                             its answers, AIR_UNKNOWN       */
    ngx_ai_judging_t     *judging;        /* who waits for a verdict, NULL  */
    ngx_ai_opinion_t     *opinions;       /* who is asked beside, or NULL   */
    ngx_ai_trace_t       *trace;          /* once it is asked for           */

    ngx_ai_attempt_t     *attempt[NGX_AI_MAX_ATTEMPTS];
    ngx_uint_t            nattempts;
    ngx_ai_attempt_t     *current;        /* has the caller's connection    */
    ngx_ai_attempt_t     *hedge;          /* runs beside it, or NULL; who
                                             loses ends here                */

    ngx_event_t           timer;
    ngx_event_t           stop;           /* posted: end attempts           */
    ngx_msec_t            start;
    ngx_msec_t            hedge_at;       /* with hedge_due                 */
    uint64_t              hedge_held;     /* pUSD set aside for a loser     */
    ngx_http_postponed_request_t  postponed;
    ngx_uint_t            nhushed;        /* attempts                       */
    ngx_msec_t            gone_at;
    size_t                gone_bytes;
    uint64_t              min_context;    /* only larger windows, 0 any     */
    uint64_t              cost;           /* pUSD of all attempts           */
    uint64_t              saved;          /* pUSD that hits of caches saved */
    air_fault_e           fault;          /* what the caller was told       */
    ngx_uint_t            status;         /* of the answer                  */
    ngx_str_t             core_body;      /* instead of nginx's own page    */
    ngx_str_t            *vars;           /* frozen, ngx_ai_var.c           */

    unsigned              committed:1;
    unsigned              gone:1;         /* the caller left                */
    unsigned              metadata:1;     /* openrouter_metadata by header  */
    unsigned              error_sent:1;
    unsigned              cost_unknown:1;
    unsigned              counted:1;
    unsigned              active:1;       /* counted as running             */
    unsigned              done_sent:1;
    unsigned              spent:1;        /* its workflow's retry budget    */
    unsigned              peek:1;         /* a decision to be looked at: it
                                             takes no ticket, counts nothing */
    unsigned              limited:1;      /* by tokens                      */
    unsigned              bounded:1;
    unsigned              roughed:1;
    unsigned              ticketed:1;     /* ticket is taken                */
    unsigned              class_known:1;
    unsigned              class_busy:1;   /* ai_task is being evaluated     */
    unsigned              learn_cheap:1;  /* the cheap one first            */
    unsigned              learn_scored:1;
    unsigned              hedge_due:1;    /* a second attempt may follow    */
    unsigned              hedged:1;       /* it was started                 */
    unsigned              too_dear:1;     /* "over" is of one that an answer
                                             would have escalated to        */
    unsigned              no_cache:1;     /* the caller wants no old answer */
    unsigned              no_store:1;     /* nor his kept                   */
    unsigned              replayed:1;     /* it was done before             */
    unsigned              finished:1;
};


/* The attempt whose answer the caller gets, or the last one so far; NULL when
   there was none. */
static ngx_inline ngx_ai_attempt_t *
ngx_ai_shown(ngx_ai_ctx_t *ctx)
{
    if (ctx->current != NULL || ctx->nattempts == 0) {
        return ctx->current;
    }

    return ctx->attempt[ctx->nattempts - 1];
}


/* What a vendor speaks for an operation: all that its profile knows, or the
   one protocol that was named. */
static ngx_inline const air_codec_t *
ngx_ai_codec_of(ngx_ai_vendor_t *vendor, air_op_e op)
{
    if (vendor->simulated
        || (vendor->protocol_set && op == AIR_OP_RESPONSES))
    {
        return vendor->codec;
    }

    return air_codec_of(vendor->codec, vendor->profile, op);
}


/* UTC in ms, from nginx's cached clock. */
static ngx_inline int64_t
ngx_ai_now(void)
{
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    return (int64_t) tp->sec * 1000 + tp->msec;
}


/* ---- ngx_ai_conf.c ---------------------------------------------------- */

/* The workflow of a request's location, or NULL when the name that a
   variable gave is none. */
ngx_ai_workflow_t *ngx_ai_conf_workflow(ngx_http_request_t *r,
    ngx_ai_loc_conf_t *alcf);

/* What name stands for under ai_route *: a workflow of its own, or NULL. */
ngx_ai_workflow_t *ngx_ai_conf_catalogue(ngx_ai_main_conf_t *amcf,
    air_str_t name);


/* ---- ngx_ai_request.c ------------------------------------------------- */

/* Content handler of a location with ai_route. */
ngx_int_t ngx_ai_handler(ngx_http_request_t *r);

/* The context of a main request or of a subrequest's main, NULL when the
   request never was ours; survives internal redirects. */
ngx_ai_ctx_t *ngx_ai_get_ctx(ngx_http_request_t *r);

/* A context for a main request, or NULL without memory. */
ngx_ai_ctx_t *ngx_ai_ctx_create(ngx_http_request_t *r,
    ngx_ai_loc_conf_t *alcf);

/* Goes on with a request that is admitted, or not, as rc and *error say: to
   its decision and first attempt. */
void ngx_ai_go(ngx_ai_ctx_t *ctx, ngx_int_t rc, air_error_t *error);

/* Main request's write handler: runs after each attempt. */
void ngx_ai_wake(ngx_http_request_t *r);

/* The end of a committed reply, well or badly: ends the request. */
void ngx_ai_finish(ngx_ai_ctx_t *ctx);

/* Log phase: settles what is not settled, counts. */
ngx_int_t ngx_ai_log_handler(ngx_http_request_t *r);

/* What an endpoint's path means: the operation, and the rest (a model's id)
   in *rest. */
air_op_e ngx_ai_request_op(ngx_http_request_t *r, ngx_ai_loc_conf_t *alcf,
    ngx_str_t *rest);


/* ---- ngx_ai_class.c --------------------------------------------------- */

/* The class of task of a request, recognised at the first call; AIR_NTASK
   when it has none: no body was read, an operation without a text. */
air_task_e ngx_ai_class(ngx_ai_ctx_t *ctx);


/* ---- ngx_ai_keys.c ---------------------------------------------------- */

/* Where the location has ai_keys: NGX_OK with ctx->key and ctx->principal,
   NGX_DECLINED with *error, or NGX_ERROR. */
ngx_int_t ngx_ai_keys_check(ngx_ai_ctx_t *ctx, air_error_t *error);

/* Who pays, in ctx->principal: what ai_principal says, else the key's name.
   NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_principal(ngx_ai_ctx_t *ctx);

/* Whether the caller's key, if any, may use the workflow; NGX_OK or
   NGX_DECLINED with *error. */
ngx_int_t ngx_ai_keys_workflow(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf,
    air_error_t *error);

/* 1 when it may use the target. */
ngx_uint_t ngx_ai_keys_target(ngx_ai_ctx_t *ctx, ngx_ai_target_t *target);


/* ---- ngx_ai_admit.c --------------------------------------------------- */

/* an answer of ours in one line; all texts are static */
#define ngx_ai_say(error, s, t, c, m)                                         \
    (error)->status = s;                                                      \
    (error)->type = air_str_z(t);                                             \
    (error)->code = air_str_z(c);                                             \
    (error)->message = air_str_z(m)

/* application/json or application/something+json, with any parameters but a
   charset other than UTF-8. */
ngx_uint_t ngx_ai_media_type(ngx_http_request_t *r);

/* Headers that decide before the body is read.  NGX_OK, or NGX_DECLINED with
   *error. */
ngx_int_t ngx_ai_check_headers(ngx_ai_ctx_t *ctx, air_error_t *error);

/* The body as one piece of memory, in ctx->body. */
ngx_int_t ngx_ai_body_text(ngx_ai_ctx_t *ctx);

/* JSON and the fields that are read; returns as ngx_ai_check_headers(), or
   NGX_ERROR. */
ngx_int_t ngx_ai_admit(ngx_ai_ctx_t *ctx, air_error_t *error);


/* ---- ngx_ai_decide.c -------------------------------------------------- */

/* What the target takes now for this request's tokens: the prices of *c.
   *prompt is the request's size in tokens, 0: not counted yet. */
void ngx_ai_candidate_price(ngx_ai_ctx_t *ctx, ngx_ai_target_t *target,
    int64_t now, uint64_t *prompt, air_candidate_t *c);

/* Workflow, candidates, order; returns as ngx_ai_admit(), or NGX_DONE when
   tokens are to be counted and no target counts.  With ctx->peek it leaves no
   trace, and says what the next request like it will get. */
ngx_int_t ngx_ai_decide(ngx_ai_ctx_t *ctx, air_error_t *error);

/* Whether a caller means this target by that name: vendor/model, model, tier
   or alias. */
ngx_uint_t ngx_ai_asked(ngx_ai_choice_t *choice, air_str_t model);


/* ---- ngx_ai_prefs.c, ngx_ai_prefs_union.c, ngx_ai_nobody.c ------------ */

/* The place in models[] of what is not named. */
#define NGX_AI_NOT_NAMED  255

/* between the groups of one of a caller's models and of the next */
#define NGX_AI_MODEL_GROUPS  128

/*
 * What the caller may ask of the routing, once his request is read: headers
 * are added to ctx->request.prefs, what ai_client_routing forbids is taken
 * out and told in ctx->told.  NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_ai_prefs_read(ngx_ai_ctx_t *ctx);

/* What the caller names under ai_route *: of several models[] a workflow of
   the request's own, in their order.  NULL: nobody has such a name, with
   *rc NGX_OK; NGX_DECLINED with *error; or NGX_ERROR. */
ngx_ai_workflow_t *ngx_ai_prefs_catalogue(ngx_ai_ctx_t *ctx, ngx_int_t *rc,
    air_error_t *error);

/* named[i] is which of the caller's models the i-th choice is, from 0, or
   NGX_AI_NOT_NAMED; *any: he named one.  A suffix that sorts is put into
   ctx->request.prefs.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_prefs_named(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf,
    u_char *named, ngx_uint_t *any);

/* Candidates as the caller prefers them and the operator allows: asked, rank,
   what his sort goes over, who is left out and for what; named and any are
   what ngx_ai_prefs_named() said.  Called once the rest of cand is filled.
   NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_prefs_apply(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf,
    u_char *named, ngx_uint_t any, air_candidate_t *cand, ngx_uint_t n);

/* Fills out, asked, ordered and rank of a candidate of choice, the named-th of
   the caller's models. */
void ngx_ai_prefs_candidate(ngx_ai_ctx_t *ctx, ngx_ai_choice_t *choice,
    ngx_uint_t named, ngx_uint_t any, air_candidate_t *c);

/* Tells the caller of a preference that does nothing; NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_prefs_tell(ngx_ai_ctx_t *ctx, const char *field,
    air_lost_e why);

/* Why a vendor is not within bounds, AIR_WHY_REGION or _TAG; 0: it is. */
ngx_uint_t ngx_ai_prefs_bound(ngx_ai_bound_t *bound, ngx_ai_vendor_t *vendor);

/* Nobody is left: the error that says why.  NGX_DECLINED or NGX_ERROR. */
ngx_int_t ngx_ai_nobody(ngx_ai_ctx_t *ctx, air_candidate_t *cand,
    air_wants_t *wants, air_error_t *error);

/* The same for require_parameters, whose message error has.  NGX_OK or
   NGX_ERROR. */
ngx_int_t ngx_ai_unfit(ngx_ai_ctx_t *ctx, air_error_t *error);

/* Fills error->availability: for a model that nobody has; and where every
   attempt failed, fault being the one that is told.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_unknown(ngx_ai_ctx_t *ctx, air_error_t *error);
ngx_int_t ngx_ai_failed(ngx_ai_ctx_t *ctx, air_fault_e fault,
    uint64_t retry_ms, air_error_t *error);


/* ---- ngx_ai_attempt.c ------------------------------------------------- */

/* The caller's connection is listened to; NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_attempt_listen(ngx_ai_ctx_t *ctx);

/* Starts the next attempt; only while the main request is active.  NGX_OK;
   NGX_DECLINED when nobody is left; NGX_ERROR. */
ngx_int_t ngx_ai_attempt_next(ngx_ai_ctx_t *ctx);

/* Starts the one that stands next in ctx->order beside ctx->current, as
   ctx->hedge.  NGX_OK; NGX_AGAIN: it cannot be asked, who comes after it may
   be; NGX_DECLINED: nobody can; NGX_ERROR. */
ngx_int_t ngx_ai_attempt_beside(ngx_ai_ctx_t *ctx);

/* Makes ctx->hedge the current attempt, to which the caller's connection
   belongs, and the current one ctx->hedge, whether it still runs or not. */
void ngx_ai_attempt_lead(ngx_ai_attempt_t *att);

/* For a dry run: writes the requests that there may be and sends none; whose
   cannot be written is left out.  NGX_OK; NGX_DECLINED when nobody is left,
   as ngx_ai_attempt_next(); NGX_ERROR. */
ngx_int_t ngx_ai_attempt_rehearse(ngx_ai_ctx_t *ctx);

/* Sends a stale attempt once more to the same target; NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_attempt_again(ngx_ai_attempt_t *att);

/* The attempt a subrequest belongs to, or NULL. */
ngx_ai_attempt_t *ngx_ai_attempt_of(ngx_http_request_t *r);

/* Ends the attempt in flight as failed by fault. */
void ngx_ai_attempt_abort(ngx_ai_attempt_t *att, air_fault_e fault);

/* The same from within a filter, where nothing may be finalized: it happens
   once the filters are left; until then the body is dropped. */
void ngx_ai_attempt_stop(ngx_ai_attempt_t *att, air_fault_e fault);

/* Takes its slot in flight, and sets aside in the accounts what it may cost.
   Returns as ngx_ai_budget_reserve(), NGX_DECLINED with ctx->fault also when
   the ledger refuses. */
ngx_int_t ngx_ai_attempt_hold(ngx_ai_attempt_t *att);

/* Books an attempt, once. */
void ngx_ai_attempt_settle(ngx_ai_attempt_t *att);

/* Debug lines again, once a vendor's headers are read. */
void ngx_ai_attempt_unhush(ngx_ai_attempt_t *att);

/* The value of a header that a vendor sent, its first; empty when there is
   none. */
air_str_t ngx_ai_vendor_header(ngx_http_request_t *sr, const char *name);

/* Notes what the profile says stands in headers, once they are there. */
void ngx_ai_attempt_headed(ngx_ai_attempt_t *att, ngx_http_request_t *sr);

/* Reads from a vendor's headers and error body (or NULL) how long to rest. */
void ngx_ai_attempt_rest(ngx_ai_attempt_t *att, ngx_http_request_t *sr,
    const air_json_doc_t *body);

/* What the request may use, counted once, the answer no longer than its
   workflow allows. */
const air_bound_t *ngx_ai_bound(ngx_ai_ctx_t *ctx);

/* The same, rough while nobody had it counted: what is set aside by it is
   given back soon, and where it does not fit it is counted. */
const air_bound_t *ngx_ai_bound_rough(ngx_ai_ctx_t *ctx);

/* Tokens of an answer that the workflow allows, 0 any. */
uint64_t ngx_ai_output_cap(ngx_ai_ctx_t *ctx);

/* Tells the caller when that is less than he asked for, or more than nothing.
   NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_output_tell(ngx_ai_ctx_t *ctx);

/* Tokens an answer of that target is likely to have: the mean of its own in
   this workflow, or a quarter of the prompt; never above the limit. */
uint64_t ngx_ai_expected_output(ngx_ai_ctx_t *ctx, const air_bound_t *bound,
    ngx_ai_choice_t *choice);

/* What an attempt there may cost, and is likely to, pUSD or AIR_UNKNOWN;
   either may be NULL. */
void ngx_ai_attempt_price(ngx_ai_ctx_t *ctx, const air_bound_t *bound,
    ngx_ai_choice_t *choice, uint64_t *worst, uint64_t *expected);

/* Tokens of what was asked: texts by the estimate, pictures by the piece. */
uint64_t ngx_ai_estimate_input(ngx_ai_ctx_t *ctx);

/* The same without pictures and what else is sent as data. */
uint64_t ngx_ai_estimate_text(ngx_ai_ctx_t *ctx);

/* Wraps the balancer of a vendor's own upstream, after configuration. */
ngx_int_t ngx_ai_peer_init(ngx_http_request_t *r,
    ngx_http_upstream_srv_conf_t *us);

/* The phase's name in logs: connect, sent, header ... */
const char *ngx_ai_phase_name(ngx_ai_phase_e phase);


/* ---- ngx_ai_diagnose.c ------------------------------------------------ */

/* Why the attempt ended, when nobody said so yet; rc is what its subrequest
   was finalized with. */
void ngx_ai_attempt_diagnose(ngx_ai_attempt_t *att, ngx_int_t rc);


/* ---- ngx_ai_deadline.c ------------------------------------------------ */

/* Arms the timer for the nearest deadline. */
void ngx_ai_attempt_timer(ngx_ai_ctx_t *ctx);


/* ---- ngx_ai_hedge.c --------------------------------------------------- */

/* Notes when the attempt, just sent, is late; the workflow has "hedge". */
void ngx_ai_hedge_arm(ngx_ai_attempt_t *att);

/* The current attempt is late: a second one starts beside it, if somebody is
   left and it can be afforded. */
void ngx_ai_hedge_start(ngx_ai_ctx_t *ctx);

/* The attempt is about to be committed: it becomes the current one, and what
   ran beside it is cancelled once the filters are left. */
void ngx_ai_hedge_win(ngx_ai_attempt_t *att);

/* Adds a settled attempt to what the workflow spends; it has "hedge". */
void ngx_ai_hedge_book(ngx_ai_attempt_t *att);


/* ---- ngx_ai_dispatch.c, ngx_ai_settle.c ------------------------------- */

/* Adds a header to a subrequest's own; lower is its name in small letters.
   The header, or NULL. */
ngx_table_elt_t *ngx_ai_attempt_header(ngx_http_request_t *sr,
    const char *key, const char *lower, ngx_str_t *value);

/* The body a vendor is sent: the caller's bytes with the target's edits, or
   what a crossing wrote; nothing is copied. */
ngx_int_t ngx_ai_attempt_body(ngx_ai_attempt_t *att, ngx_http_request_t *sr);

/* All headers a vendor is sent, but the key where the upstream is ours. */
ngx_int_t ngx_ai_attempt_headers(ngx_ai_attempt_t *att,
    ngx_http_request_t *sr);

/* What the vendor's region makes of each token's price, 1/1 nothing. */
void ngx_ai_multiplier(ngx_ai_vendor_t *vendor, const air_model_t *info,
    uint32_t *num, uint32_t *den);

/* What usage costs. */
typedef struct {
    uint64_t              cost;           /* pUSD, AIR_UNKNOWN              */
    uint64_t              computed;       /* by the price table             */
    uint64_t              price_id;
    unsigned              flags;          /* AIR_COST_                      */
    unsigned              changed:1;      /* priced as another model, which
                                             the vendor says it was         */
} ngx_ai_cost_t;

/* Prices what a note has of a call of time_ms to the target; note's
   multiplier is set. */
void ngx_ai_usage_cost(ngx_ai_main_conf_t *amcf, ngx_ai_target_t *target,
    air_note_t *note, int64_t time_ms, ngx_ai_cost_t *cost);

/* Fills the ledger's record with what is known; views borrow. */
void ngx_ai_attempt_record(ngx_ai_attempt_t *att, air_record_t *rec);


/* ---- ngx_ai_sign.c ---------------------------------------------------- */

/* The header lines that sign the request which the proxy has written, and the
   empty line that ends its head; in the request's memory, no secret in it. */
ngx_int_t ngx_ai_sign(ngx_ai_attempt_t *att, ngx_http_request_t *r,
    ngx_str_t *lines);


/* The same for a request that is not nginx's: POST uri (path and query) with
   Host and Content-Type alone.  Appends lines to b, each with its CR LF. */
ngx_int_t ngx_ai_sign_request(ngx_ai_vendor_t *vendor, ngx_str_t *uri,
    air_str_t body, ngx_log_t *log, air_buf_t *b);


/* ---- ngx_ai_filter.c -------------------------------------------------- */

/* Puts the filters in front of the others. */
ngx_int_t ngx_ai_filter_init(ngx_conf_t *cf);

/* Another target could still be tried. */
ngx_uint_t ngx_ai_others_left(ngx_ai_ctx_t *ctx);

/* A good reply that holds nothing, for no reason it tells. */
ngx_uint_t ngx_ai_empty(ngx_ai_attempt_t *att);


/* ---- ngx_ai_stream.c -------------------------------------------------- */

/* The events of one buffer: what goes on is linked to **ll. */
ngx_int_t ngx_ai_stream(ngx_ai_attempt_t *att, ngx_buf_t *b,
    ngx_chain_t ***ll);

/* The vendor's stream is over: whole, empty, or cut (att->fault). */
ngx_int_t ngx_ai_stream_end(ngx_ai_attempt_t *att, ngx_chain_t ***ll);


/* ---- ngx_ai_filter.c, more -------------------------------------------- */

/* Gives up what still waits for a caller who is gone. */
void ngx_ai_forget(ngx_ai_attempt_t *att);

/* Sends the main request's status and headers; NGX_OK or what
   ngx_http_send_header() said. */
ngx_int_t ngx_ai_commit(ngx_ai_attempt_t *att, off_t length);


/* ---- ngx_ai_cross.c --------------------------------------------------- */

/* The caller's request in neutral words, as ctx->msg, read at the first call.
   NGX_OK; NGX_DECLINED: it cannot be, *error says why; NGX_ERROR. */
ngx_int_t ngx_ai_cross_msg(ngx_ai_ctx_t *ctx, air_error_t *error);

/* The operation in the vendor's words. */
air_op_e ngx_ai_cross_op(ngx_ai_attempt_t *att);

/* Writes the request for the attempt's target into att->text.  NGX_OK;
   NGX_DECLINED: not for this target, or for none when ctx->refusal has a
   message; NGX_ERROR. */
ngx_int_t ngx_ai_cross_request(ngx_ai_attempt_t *att);

/* Writes a vendor's whole reply anew into att->buf.  NGX_OK; NGX_DECLINED: it
   cannot be read; NGX_ERROR. */
ngx_int_t ngx_ai_cross_reply(ngx_ai_attempt_t *att, const air_json_doc_t *doc);

/* Makes the state of a crossing stream; NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_cross_begin(ngx_ai_attempt_t *att);

/* One event into att->out, in the caller's protocol; may be nothing.  Returns
   as ngx_ai_cross_reply(). */
ngx_int_t ngx_ai_cross_event(ngx_ai_attempt_t *att,
    const air_sse_event_t *ev);

/* The end mark into att->out when none was written yet. */
ngx_int_t ngx_ai_cross_end(ngx_ai_attempt_t *att);


/* ---- ngx_ai_lost.c ---------------------------------------------------- */

/* "field=reason, field=reason" */
void ngx_ai_lost_list(const air_warnings_t *lost, air_buf_t *b);

/* Notes a loss of the attempt's request; NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_lost_add(ngx_ai_attempt_t *att, const char *field,
    air_lost_e why);

/* The value of X-AI-Warnings, empty when nothing was lost. */
ngx_int_t ngx_ai_lost_header(ngx_ai_attempt_t *att, ngx_str_t *value);

/* Where nothing may be lost: NGX_OK when the attempt would lose nothing;
   NGX_DECLINED: its target, the last one taken from ctx->order, is left out,
   and what it would lose is in ctx->unfit; NGX_ERROR. */
ngx_int_t ngx_ai_lost_check(ngx_ai_attempt_t *att);

/* All that an attempt lost, its stream's too, as X-AI-Warnings has it. */
void ngx_ai_lost_all(ngx_ai_attempt_t *att, air_buf_t *b);

/* The same for the ledger's record; the text is in the request's pool. */
void ngx_ai_lost_record(ngx_ai_attempt_t *att, air_record_t *rec);

/* What the caller hears when nobody is left for that reason.  NGX_OK or
   NGX_ERROR. */
ngx_int_t ngx_ai_lost_error(ngx_ai_ctx_t *ctx, air_error_t *error);


/* ---- ngx_ai_error.c --------------------------------------------------- */

/* Answers the main request with an error in the caller's dialect and
   finalizes nothing: returns what ngx_http_finalize_request() takes. */
ngx_int_t ngx_ai_error_send(ngx_http_request_t *r, air_error_t *error,
    ngx_ai_ctx_t *ctx, uint64_t retry_after_ms);

/* Answers the main request with 200 and body of that media type, which must
   live as long as r; returns as ngx_ai_error_send(). */
ngx_int_t ngx_ai_text_send(ngx_ai_ctx_t *ctx, ngx_str_t *type,
    ngx_str_t *body);

/* The same with JSON. */
ngx_int_t ngx_ai_json_send(ngx_ai_ctx_t *ctx, ngx_str_t *body);

/* Body and headers for a status that nginx itself answers. */
ngx_int_t ngx_ai_error_core(ngx_http_request_t *r, ngx_uint_t status,
    ngx_ai_ctx_t *ctx, ngx_str_t *body);

/* Classifies a vendor's error from what was collected of its body. */
void ngx_ai_error_body(ngx_ai_attempt_t *att);

/* The error of a failed attempt for the caller: the vendor's own words,
   redacted, where its fault lets them through. */
void ngx_ai_error_take(ngx_ai_attempt_t *att, air_error_t *error);

/* Adds the headers of ours that every answer has; att may be NULL. */
ngx_int_t ngx_ai_error_headers(ngx_http_request_t *r, ngx_ai_ctx_t *ctx,
    ngx_ai_attempt_t *att);

/* An error of the taxonomy as the caller hears it. */
void ngx_ai_error_fill(air_error_t *error, air_fault_e fault);

/* Adds a response header; name and value must live as long as r. */
ngx_int_t ngx_ai_header_add(ngx_http_request_t *r, const char *name,
    ngx_str_t *value);


/* ---- ngx_ai_plan.c ---------------------------------------------------- */

/* Answers a dry run with the plan that was decided, in took ns of CPU; returns
   what ngx_http_finalize_request() takes. */
ngx_int_t ngx_ai_plan(ngx_ai_ctx_t *ctx, uint64_t took);


/* ---- ngx_ai_metadata.c ------------------------------------------------ */

/* 1 when the caller asked for openrouter_metadata and gets it. */
ngx_uint_t ngx_ai_metadata(ngx_ai_ctx_t *ctx);

/* Appends a comma and the member, as of now; att is the attempt that is
   answered with, or NULL.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_metadata_write(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    air_buf_t *b);

/* Adds it to the whole reply in att->buf; NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_metadata_reply(ngx_ai_attempt_t *att);

/* Adds it to the text that ends a stream, or failed, to its error's event:
   *event is replaced, or left as it is where nothing can be added.  NGX_OK or
   NGX_ERROR. */
ngx_int_t ngx_ai_metadata_event(ngx_ai_attempt_t *att, ngx_uint_t failed,
    air_str_t *event);

/* Adds it to the object of an error in b; NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_metadata_error(ngx_ai_ctx_t *ctx, air_buf_t *b);


/* ---- ngx_ai_models.c -------------------------------------------------- */

/* GET models and models/ID. */
ngx_int_t ngx_ai_models(ngx_http_request_t *r, ngx_ai_loc_conf_t *alcf,
    ngx_str_t *id);


/* ---- ngx_ai_endpoints.c ----------------------------------------------- */

/* GET models/ID/endpoints of a workflow. */
ngx_int_t ngx_ai_endpoints(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf,
    ngx_str_t *id);


/* ---- ngx_ai_sticky.c -------------------------------------------------- */

/* 1 when cached prompts are cheaper at the target, now, by its price; with
   implicit only where its vendor caches unasked. */
ngx_uint_t ngx_ai_target_caches(ngx_ai_target_t *target, ngx_uint_t implicit);

/* After parsing: which workflows have something to stick to. */
void ngx_ai_sticky_conf(ngx_ai_main_conf_t *amcf);

/*
 * Names the conversation, and marks in cand[] (n of them) the target that has
 * its prompt in its cache: 1 when that is another one than ctx->order has
 * first, of the same group and cheaper, so that the order is to be made anew.
 */
ngx_uint_t ngx_ai_sticky(ngx_ai_ctx_t *ctx, air_candidate_t *cand,
    ngx_uint_t n);

/* Remembers the target of a good attempt for the conversation. */
void ngx_ai_sticky_keep(ngx_ai_attempt_t *att);

/* What a token of the class costs at the target now, pUSD; AIR_UNKNOWN. */
uint64_t ngx_ai_target_rate(ngx_ai_target_t *target, air_class_e class,
    air_tier_e tier, uint64_t prompt);


/* ---- ngx_ai_zone.c ---------------------------------------------------- */

/* Bytes that a table may take of a zone: whole pages of its slab pool. */
size_t ngx_ai_zone_room(size_t size);

/* Adds the zone; names and size come from amcf; called after all names are
   known. */
ngx_int_t ngx_ai_zone_add(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf);


/* ---- ngx_ai_stat.c ---------------------------------------------------- */

/*
 * How the target or vendor with that health entry (target->health) has been
 * lately: words that are loaded, made anew by whoever settles.  Every member
 * of *live is filled; the price table's figures where nothing was measured.
 */
void ngx_ai_live(ngx_ai_zone_t *zone, ngx_uint_t i, air_live_t *live);

/* ms that so many percent of a target's streams, or of its whole replies,
   stayed within; 0: not measured.  See air_live_within(). */
ngx_msec_t ngx_ai_live_within(ngx_ai_zone_t *zone, ngx_uint_t i,
    ngx_uint_t whole, air_percentile_e percentile);

/* Good ones in a million of the entry's attempts of the last so many
   minutes, as air_live_uptime() has it. */
int32_t ngx_ai_live_uptime(ngx_ai_zone_t *zone, ngx_uint_t i,
    ngx_uint_t minutes);

/* One attempt more, or one less, runs at the entry's target.  What a worker
   that dies leaves running is given back by ngx_ai_zone_reap(). */
void ngx_ai_live_begin(ngx_ai_zone_t *zone, ngx_uint_t i);
void ngx_ai_live_end(ngx_ai_zone_t *zone, ngx_uint_t i);

/* Counts how an attempt ended, once, when it is settled. */
void ngx_ai_live_settle(ngx_ai_attempt_t *att);

/* The same for a call of our own, a whole reply after ms; tokens 0: not
   known. */
void ngx_ai_live_whole(ngx_ai_zone_t *zone, ngx_uint_t i, air_fault_e fault,
    ngx_msec_t ms, uint64_t tokens);

/* The next number of the row's counter, from 0, the same for nobody else; when
   peek only looked at. */
uint64_t ngx_ai_zone_ticket(ngx_ai_zone_t *zone, ngx_uint_t stat,
    ngx_uint_t peek);

/* Counts as running, once each: a request (att is NULL), an attempt. */
void ngx_ai_stat_begin(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att);

/* Counts one of AIR_STAT_HEDGES... for the attempt's target. */
void ngx_ai_stat_hedge(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    ngx_uint_t counter);

/* The row of one who is asked beside the workflow's requests. */
ngx_ai_stat_t *ngx_ai_stat_helper(ngx_ai_zone_t *zone, ngx_ai_workflow_t *wf,
    ngx_ai_target_t *target);

/* Counts such a call: the flags of its record, its class of task from 1 or 0,
   what it cost. */
void ngx_ai_stat_aid(ngx_ai_stat_t *row, uint32_t flags, ngx_uint_t task,
    uint64_t cost);

/* Counts the verdict on a settled attempt's answer. */
void ngx_ai_stat_floor(ngx_ai_attempt_t *att);

/* Counts a choice of ctx->workflow that was left out. */
void ngx_ai_stat_left_out(ngx_ai_ctx_t *ctx, ngx_uint_t choice);

/* Counts one of AIR_STAT_BUDGET_... for the request's workflow, or for the
   attempt's target when there is one. */
void ngx_ai_stat_budget(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    ngx_uint_t counter);

/* Counts a request that could not be tried again for its budget. */
void ngx_ai_stat_retry_refused(ngx_ai_ctx_t *ctx);

/* 32 hex digits that name this instance, the same in all its workers. */
u_char *ngx_ai_zone_instance(ngx_ai_zone_t *zone);

/* Counts a settled attempt and, once a request, the request; neither runs
   any longer. */
void ngx_ai_stat_attempt(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att);
void ngx_ai_stat_request(ngx_ai_ctx_t *ctx);

/* Counts a ledger record: rc is what air_ledger_settle() said. */
void ngx_ai_stat_ledger(ngx_ai_main_conf_t *amcf, int rc);

/* Counts settled attempts of dead workers. */
void ngx_ai_stat_orphans(ngx_ai_main_conf_t *amcf, ngx_uint_t n);

/* Worker: takes its place among those whose requests are counted. */
void ngx_ai_zone_worker(ngx_ai_zone_t *zone);

/* Gives back the places of workers that died, and what they left running;
   when a worker starts, at each tick, and before anything is shown. */
void ngx_ai_zone_reap(ngx_ai_zone_t *zone);

/* Everything that is counted, copied to pool; rows of targets that no route
   has any longer included.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_zone_stats(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    air_stats_t *stats);


/* ---- ngx_ai_trace.c --------------------------------------------------- */

/* Adds traceparent, and what tracestate the caller sent, to what the vendor
   of an attempt is sent; only where ai_trace is on.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_trace_headers(ngx_ai_attempt_t *att, ngx_http_request_t *sr);

/* Appends a request's trace id, an attempt's span id, in hex; nothing where
   ai_trace is off. */
void ngx_ai_trace_id(ngx_ai_ctx_t *ctx, air_buf_t *b);
void ngx_ai_trace_span(ngx_ai_attempt_t *att, air_buf_t *b);


/* ---- ngx_ai_var.c ----------------------------------------------------- */

/* Preconfiguration: adds the variables. */
ngx_int_t ngx_ai_var_add(ngx_conf_t *cf);

/* Log phase, after all is settled: values read earlier are dropped, and each
   keeps what it is at its next reading. */
void ngx_ai_var_freeze(ngx_http_request_t *r, ngx_ai_ctx_t *ctx);


/* ---- ngx_ai_var_body.c ------------------------------------------------ */

/* Preconfiguration: adds $ai_metadata_NAME. */
ngx_int_t ngx_ai_var_metadata_add(ngx_conf_t *cf);


/* ---- ngx_ai_fingerprint.c --------------------------------------------- */

/* Preconfiguration: adds $ai_fingerprint. */
ngx_int_t ngx_ai_fingerprint_add(ngx_conf_t *cf);

/*
 * The hash of what a request asks and for whom: of a caller's request, once
 * its body is there; of a subrequest what that vendor is sent.  NGX_OK;
 * NGX_DECLINED: there is no body yet; NGX_ERROR.
 */
ngx_int_t ngx_ai_fingerprint(ngx_http_request_t *r,
    u_char hash[AIR_FINGERPRINT]);


/* ---- ngx_ai_cache.c --------------------------------------------------- */

/* Preconfiguration: adds $ai_no_cache and $ai_no_store. */
ngx_int_t ngx_ai_cache_add(ngx_conf_t *cf);

/* What a caller's header says, if it is Cache-Control, into ctx->no_cache and
   no_store. */
void ngx_ai_cache_control(ngx_ai_ctx_t *ctx, ngx_table_elt_t *h);

/* Once the header of a reply is there, and what its body is: att->hit, and
   buffered where nginx is to keep it. */
void ngx_ai_cache_header(ngx_ai_attempt_t *att, ngx_http_request_t *sr);

/* HIT, MISS ... as nginx calls it, or NULL where there is no cache. */
ngx_str_t *ngx_ai_cache_status(ngx_ai_attempt_t *att);

/* What the attempt was answered is not answered again: for a reply that was
   found to be no good.  May be called at any time after its end. */
void ngx_ai_cache_drop(ngx_ai_attempt_t *att);

/* 1 while nginx waits for another request to fill its cache. */
ngx_uint_t ngx_ai_cache_waits(ngx_ai_attempt_t *att);

/* It waited in vain, and is sent now: its time begins. */
void ngx_ai_cache_waited(ngx_ai_attempt_t *att);

/* Ends that waiting, the attempt's fault is set: NGX_OK, after which the
   attempt may be gone; NGX_DECLINED when it does not wait. */
ngx_int_t ngx_ai_cache_stop(ngx_ai_attempt_t *att);


/* The same of a caller's key for his request, which is nobody else's. */
ngx_int_t ngx_ai_fingerprint_key(ngx_ai_ctx_t *ctx, ngx_str_t key,
    u_char hash[AIR_FINGERPRINT]);


/* ---- ngx_ai_idem.c ---------------------------------------------------- */

/* After parsing: adds its zone, where some route has ai_idempotency. */
ngx_int_t ngx_ai_idem_zone_add(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf);

/* Takes the header, if it is Idempotency-Key and wanted: NGX_OK, or
   NGX_DECLINED with *error. */
ngx_int_t ngx_ai_idem_header(ngx_ai_ctx_t *ctx, ngx_table_elt_t *h,
    air_error_t *error);

/*
 * Whether an admitted request is to be run.  NGX_OK; NGX_DECLINED with *error:
 * its key is another one's; NGX_AGAIN: it waits for who runs it, and goes on
 * by itself; NGX_DONE: it was answered; NGX_ERROR.
 */
ngx_int_t ngx_ai_idem(ngx_ai_ctx_t *ctx, air_error_t *error);

/* Answers that are kept, and requests that run, in the zone. */
void ngx_ai_idem_count(ngx_ai_idem_zone_t *zone, uint64_t *kept,
    uint64_t *running);

/* 1 while its answer is to be kept, so that it is read to its end whoever
   leaves. */
ngx_uint_t ngx_ai_idem_keeps(ngx_ai_ctx_t *ctx);

/* Adds what goes to the caller. */
void ngx_ai_idem_add(ngx_ai_ctx_t *ctx, ngx_chain_t *in);

/* Log phase, all is settled: what was added is kept, or the key is free. */
void ngx_ai_idem_end(ngx_ai_ctx_t *ctx);


/* ---- ngx_ai_status.c -------------------------------------------------- */

/* Setter of ai_status. */
char *ngx_ai_status_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* Makes handler the one of the location being parsed, for directive; NGX_ERROR,
   logged, when it has one already. */
ngx_int_t ngx_ai_status_page(ngx_conf_t *cf, const char *directive,
    ngx_http_handler_pt handler);

/* After parsing: warns of an ai_status open to everybody, refuses locations
   whose handler was taken over by another directive. */
ngx_int_t ngx_ai_status_check(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf);


/* ---- ngx_ai_status_live.c --------------------------------------------- */

/* The member "live" of a target's object: figures, what runs, uptime. */
void ngx_ai_status_live(air_buf_t *b, ngx_ai_zone_t *zone, ngx_uint_t health);

/* The entry's uptime of so many minutes in percent, or null. */
void ngx_ai_status_uptime(air_buf_t *b, ngx_ai_zone_t *zone,
    ngx_uint_t health, ngx_uint_t minutes);

/* The member "zone": what is used of the shared memory's parts. */
void ngx_ai_status_zone(ngx_ai_main_conf_t *amcf, air_buf_t *b);

/* The live figures of all targets, in pool.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_status_rows(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    air_stats_t *stats);


/* ---- ngx_ai_simulate.c ------------------------------------------------ */

/* Setter of ai_simulate. */
char *ngx_ai_simulate_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* Stops a simulated answer in a subrequest (deadline, caller gone); the
   subrequest is finalized with rc.  NGX_DECLINED when sr is not simulated. */
ngx_int_t ngx_ai_simulate_stop(ngx_http_request_t *sr, ngx_int_t rc);


/* ---- ngx_ai_task.c ---------------------------------------------------- */

/* Master, whenever a configuration is read: checks the store and, but for
   nginx -t, creates and locks it.  NGX_ERROR, logged, refuses the
   configuration; from an init_module hook it would end the master. */
ngx_int_t ngx_ai_task_store(ngx_cycle_t *cycle, ngx_ai_main_conf_t *amcf);

/* 1 when a store is kept: it is configured and somebody routes. */
ngx_uint_t ngx_ai_task_wanted(ngx_ai_main_conf_t *amcf);

/* Worker: opens the ledger and starts the tick. */
ngx_int_t ngx_ai_task_init_process(ngx_cycle_t *cycle);
void ngx_ai_task_exit_process(ngx_cycle_t *cycle);

/* A question to the ledger ended: the tick that waited for it, else the next
   question, may have the ledger. */
void ngx_ai_task_next(ngx_ai_main_conf_t *amcf);


#include "ngx_ai_account.h"
#include "ngx_ai_health.h"


#endif /* _NGX_AI_ROUTER_MODULE_H_INCLUDED_ */
