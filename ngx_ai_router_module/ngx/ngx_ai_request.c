
/*
 * The life of one client request: admitted, given an order of targets
 * (ngx_ai_admit.c), and led from attempt to attempt until something is
 * relayed or nobody is left.
 *
 *   ngx_ai_handler -> (body) -> ngx_ai_body -> ngx_ai_attempt_next
 *                                                  |  subrequest ends
 *                        next target  <--  ngx_ai_wake  -->  error
 *                                                  |
 *                                              committed: end of the reply
 *
 * A next attempt starts only here, in the main request's write handler: then
 * the main request is active again and nothing is parked behind it.
 */

#include "ngx_ai_drill.h"
#include "ngx_ai_floor.h"
#include "ngx_ai_learn.h"
#include "ngx_ai_shadow.h"

#include <openssl/rand.h>


static const air_codec_t *ngx_ai_dialect(ngx_http_request_t *r);
static ngx_int_t ngx_ai_request_id(ngx_ai_ctx_t *ctx);
static void ngx_ai_ctx_cleanup(void *data);
static void ngx_ai_refuse(ngx_ai_ctx_t *ctx, air_error_t *error);
static ngx_int_t ngx_ai_unasked(ngx_ai_ctx_t *ctx, air_error_t *error);
static void ngx_ai_body(ngx_http_request_t *r);
static uint64_t ngx_ai_ticks(void);
static ngx_int_t ngx_ai_count(ngx_ai_ctx_t *ctx);
static ngx_uint_t ngx_ai_may_retry(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att);
static void ngx_ai_log_attempt(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    ngx_ai_attempt_t *next);
static void ngx_ai_hedge_over(ngx_ai_ctx_t *ctx);
static ngx_uint_t ngx_ai_hedge_left(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att);
static void ngx_ai_fallback(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att);


#define NGX_AI_NO_SUCH  256


ngx_ai_ctx_t *
ngx_ai_ctx_create(ngx_http_request_t *r, ngx_ai_loc_conf_t *alcf)
{
    ngx_ai_ctx_t        *ctx;
    ngx_pool_cleanup_t  *cln;

    if (r != r->main) {

        /* "eval=" of a floor, ssi, mirror ...: a request is a client's */

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "ai: \"ai_route\" cannot be asked by a subrequest");
        return NULL;
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_ai_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_ai_ctx_cleanup;
    cln->data = ctx;

    ctx->r = r;
    ctx->amcf = ngx_http_get_module_main_conf(r, ngx_ai_router_module);
    ctx->alcf = alcf;
    ctx->codec = ngx_ai_dialect(r);
    ctx->mem = ngx_ai_mem(r->pool);
    ctx->start = ngx_current_msec;

    if (ngx_ai_request_id(ctx) != NGX_OK) {
        return NULL;
    }

    (void) ngx_hex_dump(ctx->id_hex, ctx->id, sizeof(ctx->id));

    ngx_http_set_ctx(r, ctx, ngx_ai_router_module);

    return ctx;
}


/* the protocol of a caller, also where nginx itself refuses: by the URI's
   end */
static const air_codec_t *
ngx_ai_dialect(ngx_http_request_t *r)
{
    size_t              len;
    u_char             *last;
    ngx_uint_t          i;

    static const struct {
        ngx_str_t           end;
        const air_codec_t  *codec;
    } dialects[] = {
        { ngx_string("/messages"), &air_codec_anthropic },
        { ngx_string("/messages/count_tokens"), &air_codec_anthropic },
        { ngx_string("/responses"), &air_codec_responses }
    };

    last = r->uri.data + r->uri.len;

    for (i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
        len = dialects[i].end.len;

        if (r->uri.len >= len
            && ngx_memcmp(last - len, dialects[i].end.data, len) == 0)
        {
            return dialects[i].codec;
        }
    }

    return &air_codec_openai;
}


/* 128 random bits, drawn by the page: each draw costs a system call */
static ngx_int_t
ngx_ai_request_id(ngx_ai_ctx_t *ctx)
{
    ngx_ai_main_conf_t  *amcf;

    amcf = ctx->amcf;

    if (amcf->ids_pid != ngx_pid || amcf->nids == 0) {

        /* a forked copy of what is left would repeat ids */

        if (RAND_bytes(amcf->ids, sizeof(amcf->ids)) != 1) {
            return NGX_ERROR;
        }

        amcf->ids_pid = ngx_pid;
        amcf->nids = NGX_AI_IDS;
    }

    amcf->nids--;
    ngx_memcpy(ctx->id, &amcf->ids[amcf->nids * 16], 16);

    return NGX_OK;
}


static void
ngx_ai_ctx_cleanup(void *data)
{
    ngx_ai_ctx_t *ctx = data;

    if (ctx->timer.timer_set) {
        ngx_del_timer(&ctx->timer);
    }

    if (ctx->stop.posted) {
        ngx_delete_posted_event(&ctx->stop);
    }

    ngx_ai_floor_forget(ctx);
    ngx_ai_opinion_forget(ctx);
    ngx_ai_limit_settle(ctx);
}


ngx_ai_ctx_t *
ngx_ai_get_ctx(ngx_http_request_t *r)
{
    ngx_ai_ctx_t        *ctx;
    ngx_pool_cleanup_t  *cln;

    r = r->main;
    ctx = ngx_http_get_module_ctx(r, ngx_ai_router_module);

    if (ctx == NULL && (r->internal || r->filter_finalize)) {

        /* an internal redirect wipes module contexts, not cleanups */

        for (cln = r->pool->cleanup; cln; cln = cln->next) {
            if (cln->handler == ngx_ai_ctx_cleanup) {
                return cln->data;
            }
        }
    }

    return ctx;
}


/* answers with error; the request's own reference is dropped by it */
static void
ngx_ai_refuse(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    ngx_http_request_t  *r;

    r = ctx->r;
    ctx->finished = 1;
    ctx->fault = error->fault;

    ngx_http_finalize_request(r, ngx_ai_error_send(r, error, ctx,
                                                   ctx->retry_ms));
}


/* no endpoint of ours; text has room for NGX_AI_NO_SUCH bytes */
static void
ngx_ai_no_such(ngx_ai_ctx_t *ctx, air_error_t *error, u_char *text)
{
    u_char  *p;

    ctx->codec = &air_codec_openai;

    /* a reply of before, its items, its end: or no URL at all */

    p = ngx_snprintf(text, NGX_AI_NO_SUCH, ctx->op == AIR_OP_RESPONSES
                     ? "Not found (%V %V): responses are not stored here."
                     : "Invalid URL (%V %V)",
                     &ctx->r->method_name, &ctx->r->uri);

    ngx_ai_say(error, NGX_HTTP_NOT_FOUND, "invalid_request_error", "", "");
    error->message = air_str_n(text, p - text);
}


ngx_int_t
ngx_ai_handler(ngx_http_request_t *r)
{
    air_op_e            op;
    ngx_int_t           rc;
    ngx_str_t           rest;
    ngx_uint_t          info;
    air_error_t         error;
    ngx_ai_ctx_t       *ctx;
    ngx_ai_loc_conf_t  *alcf;
    u_char              text[NGX_AI_NO_SUCH];

    alcf = ngx_http_get_module_loc_conf(r, ngx_ai_router_module);

    if (r->http_version < NGX_HTTP_VERSION_10) {
        return NGX_HTTP_CLOSE;
    }

    ctx = ngx_ai_ctx_create(r, alcf);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* what is paid for is sent: no If-Match, no If-None-Match */

    r->disable_not_modified = 1;

    ngx_memzero(&error, sizeof(air_error_t));
    error.fault = AIR_FAULT_REQUEST;
    op = AIR_OP_NONE;

    rc = ngx_ai_keys_check(ctx, &error);

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc != NGX_OK) {
        goto refuse;
    }

    op = ngx_ai_request_op(r, alcf, &rest);
    ctx->op = op;

    if (op == AIR_OP_NONE && ngx_ai_feedback_asked(ctx)) {
        return ngx_ai_feedback(ctx);
    }

    info = op == AIR_OP_NONE && ngx_ai_key_info_asked(ctx);

    if (op == AIR_OP_MODELS || info) {

        if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
            rc = ngx_http_discard_request_body(r);

            if (rc != NGX_OK) {
                return rc;
            }

            return info ? ngx_ai_key_info(ctx) : ngx_ai_models(r, alcf, &rest);
        }

        ngx_ai_say(&error, NGX_HTTP_NOT_ALLOWED, "invalid_request_error",
                   "method_not_supported", "Only GET requests are accepted.");
        goto not_allowed;
    }

    if (op == AIR_OP_NONE || (op == AIR_OP_RESPONSES && rest.len)) {
        ngx_ai_no_such(ctx, &error, text);
        goto refuse;
    }

    if (r->method != NGX_HTTP_POST) {
        ngx_ai_say(&error, NGX_HTTP_NOT_ALLOWED, "invalid_request_error",
                   "method_not_supported", "Only POST requests are accepted.");
        goto not_allowed;
    }

    if (!ngx_ai_media_type(r)) {
        ngx_ai_say(&error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                   "unsupported_content_type", "Unsupported content type, "
                   "expected request with Content-Type: application/json.");
        goto refuse;
    }

    rc = ngx_ai_check_headers(ctx, &error);
    if (rc != NGX_OK) {
        goto refuse;
    }

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_ai_body);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;

not_allowed:

    if (op == AIR_OP_MODELS || info) {
        ngx_str_set(&rest, "GET, HEAD");

    } else {
        ngx_str_set(&rest, "POST");
    }

    if (ngx_ai_header_add(r, "Allow", &rest) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

refuse:

    ctx->finished = 1;
    ctx->fault = error.fault;

    if (ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }

    return ngx_ai_error_send(r, &error, ctx, 0);
}


/* ns of CPU this worker has used; dry runs tell what their decision took */
static uint64_t
ngx_ai_ticks(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);

    return (uint64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}


/* why the first attempt could not be started; NGX_OK or NGX_ERROR */
static ngx_int_t
ngx_ai_unasked(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    if (ctx->refusal.message.len) {
        *error = ctx->refusal;
        error->fault = AIR_FAULT_REQUEST;
        return NGX_OK;
    }

    if (ctx->unfit != NULL && ctx->fault == AIR_FAULT_UNSUPPORTED) {
        return ngx_ai_lost_error(ctx, error);
    }

    if (ctx->fault == AIR_FAULT_BUDGET && ctx->over != NULL) {
        return ngx_ai_over_error(ctx, error, &ctx->retry_ms);
    }

    ngx_ai_error_fill(error, ctx->fault ? ctx->fault : AIR_FAULT_NO_TARGET);

    if (ctx->fault == AIR_FAULT_LIMITED) {
        ctx->retry_ms = ctx->limit_ms;

        return ngx_ai_limit_again(ctx, 0, 0);
    }

    return NGX_OK;
}


static void
ngx_ai_body(ngx_http_request_t *r)
{
    ngx_int_t      rc;
    air_error_t    error;
    ngx_ai_ctx_t  *ctx;

    ctx = ngx_ai_get_ctx(r);

    ngx_memzero(&error, sizeof(air_error_t));
    error.fault = AIR_FAULT_REQUEST;

    if (ngx_ai_body_text(ctx) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    rc = ngx_ai_admit(ctx, &error);

    if (rc == NGX_OK && ctx->peek && !ctx->alcf->explain) {
        ngx_ai_say(&error, NGX_HTTP_FORBIDDEN, "permission_error",
                   "dry_run_not_allowed", "Dry runs are not allowed here.");
        rc = NGX_DECLINED;
    }

    if (rc == NGX_OK) {
        rc = ngx_ai_idem(ctx, &error);

        if (rc == NGX_AGAIN || rc == NGX_DONE) {
            return;
        }
    }

    ngx_ai_go(ctx, rc, &error);
}


void
ngx_ai_go(ngx_ai_ctx_t *ctx, ngx_int_t rc, air_error_t *error)
{
    uint64_t             began;
    ngx_int_t            took;
    ngx_http_request_t  *r;

    r = ctx->r;
    began = ctx->peek ? ngx_ai_ticks() : 0;

    if (rc == NGX_OK) {
        rc = ngx_ai_decide(ctx, error);
    }

    if ((rc == NGX_OK || rc == NGX_DONE) && !ctx->peek) {
        took = ngx_ai_limit_take(ctx, error);
        rc = took == NGX_OK ? rc : took;
    }

    if (rc == NGX_DECLINED) {
        ngx_ai_refuse(ctx, error);
        return;
    }

    if (rc == NGX_DONE) {
        ctx->finished = 1;
        ngx_http_finalize_request(r, ngx_ai_count(ctx));
        return;
    }

    if (rc != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    if (ctx->peek) {
        began = ngx_ai_ticks() - began;
        rc = ngx_ai_attempt_rehearse(ctx);

        if (rc == NGX_OK) {
            ctx->finished = 1;
            ngx_http_finalize_request(r, ngx_ai_plan(ctx, began));
            return;
        }

    } else {
        r->read_event_handler = ngx_http_block_reading;
        r->write_event_handler = ngx_ai_wake;

        ngx_ai_stat_begin(ctx, NULL);
        ngx_ai_retry_request(ctx);

        rc = ngx_ai_attempt_next(ctx);

        if (rc == NGX_OK) {
            ngx_ai_opinion_begin(ctx);
        }
    }

    if (rc == NGX_OK) {
        return;
    }

    if (rc == NGX_ERROR) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    if (ngx_ai_unasked(ctx, error) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_ai_refuse(ctx, error);
}


/* count_tokens where no vendor counts: our own estimate, and it says so */
static ngx_int_t
ngx_ai_count(ngx_ai_ctx_t *ctx)
{
    air_buf_t   buf;
    ngx_str_t   value;

    air_buf_init(&buf, &ctx->mem, 64);
    air_buf_z(&buf, "{\"input_tokens\":");
    air_buf_uint(&buf, ngx_ai_estimate_input(ctx));

    if (air_buf_z(&buf, "}") != AIR_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_str_set(&value, "input_tokens=estimated");

    if (ngx_ai_header_add(ctx->r, "X-AI-Warnings", &value) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    value = ngx_ai_ngx(air_buf_view(&buf));

    return ngx_ai_json_send(ctx, &value);
}


/* what fault means after the operator's own word on it */
static ngx_uint_t
ngx_ai_may_retry(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    uint64_t                bit;
    ngx_ai_workflow_t      *wf;
    const air_fault_row_t  *row;

    wf = ctx->workflow;
    row = air_fault_row(att->fault);
    bit = (uint64_t) 1 << att->fault;

    if (ctx->gone || att->fault == AIR_FAULT_TOTAL_TIMEOUT
        || ngx_current_msec - ctx->start >= wf->total)
    {
        return 0;
    }

    if (wf->no_retry_on & bit) {
        return 0;
    }

    if (wf->retry_on & bit) {
        return 1;
    }

    switch (row->move) {

    case AIR_MOVE_NEXT:
        return 1;

    case AIR_MOVE_LARGER:
        if (att->target->can.context > ctx->min_context) {
            ctx->min_context = att->target->can.context;
        }

        /* a window nobody knows cannot be called larger */

        return ctx->min_context != 0;

    case AIR_MOVE_CONTENT:
        return wf->content_next == NGX_AI_CONTENT_NEXT
               || (wf->content_next == NGX_AI_CONTENT_CALLER
                   && ctx->request.prefs != NULL
                   && ctx->request.prefs->nmodels);

    default:
        return 0;
    }
}


static void
ngx_ai_log_attempt(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att,
    ngx_ai_attempt_t *next)
{
    ngx_uint_t              level, pool;
    ngx_str_t               none = ngx_string("none");
    ngx_str_t               empty = ngx_string("");
    const air_fault_row_t  *row;

    static const ngx_uint_t  levels[] = {
        NGX_LOG_INFO, NGX_LOG_WARN, NGX_LOG_ERR, NGX_LOG_CRIT
    };

    row = air_fault_row(att->fault);
    level = att->drill ? NGX_LOG_INFO : levels[row->level & 3];
    pool = ngx_ai_pool(att->target->vendor) && att->key != NULL;

    ngx_log_error(level, ctx->r->connection->log, 0,
                  "ai: rid=%*s route=%V vendor=%V%s%V model=%V n=%ui/%ui "
                  "phase=%s why=%s st=%ui ms=%M next=%V%s",
                  (size_t) 32, ctx->id_hex, &ctx->workflow->name,
                  &att->target->vendor->name, pool ? " key=" : "",
                  pool ? &att->key->shown : &empty, &att->target->model,
                  att->n, ngx_min(ctx->norder, ctx->workflow->attempts),
                  ngx_ai_phase_name(att->phase), row->why, att->status,
                  att->end - att->start,
                  next ? &next->target->vendor->name : &none,
                  att->drill ? " drill" : "");
}


/* what ran beside the current attempt ended */
static void
ngx_ai_hedge_over(ngx_ai_ctx_t *ctx)
{
    ngx_ai_attempt_t  *att;

    att = ctx->hedge;

    if (att->stale && !ctx->committed && !ctx->gone
        && ngx_ai_attempt_again(att) == NGX_OK)
    {
        return;
    }

    ctx->hedge = NULL;

    ngx_ai_attempt_settle(att);
    ngx_ai_log_attempt(ctx, att, ctx->current);
}


/* 1 when the failed attempt leaves one behind that goes on alone; a failure
   that nobody may come after ends that one too */
static ngx_uint_t
ngx_ai_hedge_left(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    if (!ngx_ai_may_retry(ctx, att)) {

        if (ctx->hedge->fault == AIR_FAULT_NONE) {
            ngx_ai_attempt_stop(ctx->hedge, AIR_FAULT_HEDGED);
        }

        return 0;
    }

    ngx_ai_attempt_lead(ctx->hedge);
    ctx->hedge = NULL;

    ngx_ai_attempt_timer(ctx);

    ngx_ai_attempt_settle(att);
    ngx_ai_log_attempt(ctx, att, ctx->current);

    return 1;
}


/* an attempt failed and nothing of it was relayed */
static void
ngx_ai_fallback(ngx_ai_ctx_t *ctx, ngx_ai_attempt_t *att)
{
    uint64_t                rest, least;
    ngx_int_t               rc;
    ngx_uint_t              i;
    air_error_t             error;
    ngx_ai_attempt_t       *best, *a;
    ngx_http_request_t     *r;
    const air_fault_row_t  *row, *best_row;

    r = ctx->r;

    if (att->fault == AIR_FAULT_FLOOR && ngx_ai_escalate_next(att) != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    if (ngx_ai_may_retry(ctx, att)) {
        rc = ngx_ai_attempt_next(ctx);

        if (rc == NGX_OK) {

            if (att->fault == AIR_FAULT_FLOOR) {
                att->escalated = 1;
                ctx->escalations++;
            }

            ngx_ai_attempt_settle(att);
            ngx_ai_log_attempt(ctx, att, ctx->current);
            return;
        }

        if (rc == NGX_ERROR) {
            ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
            return;
        }

        ctx->too_dear |= ctx->fault == AIR_FAULT_BUDGET && ctx->over != NULL;
        ctx->fault = AIR_FAULT_NONE;
    }

    ngx_ai_log_attempt(ctx, att, NULL);

    if (ngx_ai_escalate_failed(ctx) != NULL) {
        ngx_ai_deliver_failed(ctx, att);
        return;
    }

    /* the most useful failure is what the caller hears */

    best = att;
    best_row = air_fault_row(att->fault);
    least = 0;

    for (i = 0; i < ctx->nattempts; i++) {
        a = ctx->attempt[i];
        row = air_fault_row(a->fault);
        rest = a->rest_ms;

        if (row->usefulness > best_row->usefulness) {
            best = a;
            best_row = row;
        }

        if (rest && (least == 0 || rest < least)) {
            least = rest;
        }
    }

    ngx_ai_error_take(best, &error);

    ctx->fault = best->fault;
    ctx->status = error.status;
    ctx->finished = 1;

    att->final = 1;
    ngx_ai_attempt_settle(att);

    if (error.status != NGX_HTTP_TOO_MANY_REQUESTS
        && error.status != NGX_HTTP_SERVICE_UNAVAILABLE)
    {
        least = 0;
    }

    if (ngx_ai_failed(ctx, best->fault, least, &error) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_http_finalize_request(r, ngx_ai_error_send(r, &error, ctx, least));
}


/* the committed reply is over, well or badly */
void
ngx_ai_finish(ngx_ai_ctx_t *ctx)
{
    int                  rc;
    ngx_int_t            nrc;
    air_buf_t            buf;
    air_str_t            text;
    ngx_buf_t           *b;
    ngx_uint_t           good;
    ngx_chain_t          out;
    air_error_t          error;
    ngx_ai_attempt_t    *att;
    ngx_http_request_t  *r;

    r = ctx->r;
    att = ctx->current;
    ctx->finished = 1;

    ngx_ai_attempt_settle(att);

    good = att->fault == AIR_FAULT_NONE || att->best;

    if (good && (att->body != NGX_AI_BODY_STREAM || ctx->done_sent)) {
        ngx_http_finalize_request(r, ngx_http_send_special(r, NGX_HTTP_LAST));
        return;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    if (good && att->cross) {

        if (ngx_ai_cross_end(att) != NGX_OK) {
            ngx_http_finalize_request(r, NGX_ERROR);
            return;
        }

        text = air_buf_view(att->out);

    } else if (good) {

        /* a whole answer whose vendor sends no end mark */

        text = air_str_z("data: [DONE]\n\n");

    } else {
        ngx_ai_log_attempt(ctx, att, NULL);

        ngx_ai_error_take(att, &error);

        ctx->fault = att->fault;

        air_buf_init(&buf, &ctx->mem, 8192);

        if (att->stream != NULL) {
            att->note.sequence = att->stream->sequence;
        }

        rc = ctx->codec->error_event(&error, &att->note,
                                     air_str_n(ctx->id_hex, 32), &buf);
        if (rc != AIR_OK) {
            ngx_http_finalize_request(r, NGX_ERROR);
            return;
        }

        text = air_buf_view(&buf);

        r->keepalive = 0;
    }

    if (ngx_ai_metadata(ctx)
        && ngx_ai_metadata_event(att, !good, &text) != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    b->pos = text.data;
    b->last = text.data + text.len;
    b->memory = text.len != 0;

    nrc = ngx_http_output_filter(r, &out);

    ngx_http_finalize_request(r, nrc);
}


void
ngx_ai_wake(ngx_http_request_t *r)
{
    ngx_ai_ctx_t      *ctx;
    ngx_ai_attempt_t  *att;

    ctx = ngx_ai_get_ctx(r);

    if (ctx == NULL || ctx->finished) {
        return;
    }

    if (ctx->hedge != NULL && ctx->hedge->done) {
        ngx_ai_hedge_over(ctx);
    }

    att = ctx->current;

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "ai wake: attempt:%p done:%d committed:%d count:%d",
                   att, att ? att->done : 0, ctx->committed, r->count);

    if (att == NULL || !att->done) {
        return;
    }

    if (ctx->timer.timer_set) {
        ngx_del_timer(&ctx->timer);
    }

    if (ctx->stop.posted && ctx->hedge == NULL) {
        ngx_delete_posted_event(&ctx->stop);
    }

    if (ctx->gone || r->connection->error) {
        ctx->finished = 1;
        ngx_ai_attempt_settle(att);
        ngx_ai_log_attempt(ctx, att, NULL);
        ngx_http_finalize_request(r, NGX_HTTP_CLIENT_CLOSED_REQUEST);
        return;
    }

    if (ctx->committed) {
        ngx_ai_finish(ctx);
        return;
    }

    if (att->waits) {

        switch (ngx_ai_floor_wait(att)) {

        case NGX_AGAIN:
            return;

        case NGX_OK:
            att->waits = 0;
            ngx_ai_deliver(ctx, att);
            return;

        default:
            att->waits = 0;
            att->complete = 0;
            break;
        }
    }

    if (att->stale) {

        /* the vendor closed a kept connection just as we used it: nothing
           was answered, so the same target is tried on another one */

        if (ngx_ai_attempt_again(att) == NGX_OK) {
            return;
        }
    }

    ngx_ai_attempt_health(att);

    if (ctx->hedge != NULL && ngx_ai_hedge_left(ctx, att)) {
        return;
    }

    ngx_ai_fallback(ctx, att);
}


ngx_int_t
ngx_ai_log_handler(ngx_http_request_t *r)
{
    ngx_uint_t     i;
    ngx_ai_ctx_t  *ctx;

    if (r != r->main) {
        return NGX_OK;
    }

    ctx = ngx_ai_get_ctx(r);

    if (ctx == NULL) {
        return NGX_OK;
    }

    ngx_ai_floor_forget(ctx);
    ngx_ai_opinion_forget(ctx);

    for (i = 0; i < ctx->nattempts; i++) {
        if (!ctx->attempt[i]->settled) {

            /* who waits for a verdict is not told of it */

            ctx->gone |= ctx->attempt[i]->waits;

            if (ctx->attempt[i]->fault == AIR_FAULT_NONE
                && !ctx->attempt[i]->complete)
            {
                ctx->attempt[i]->fault = AIR_FAULT_CLIENT_ABORT;
                ctx->gone = 1;
            }

            ngx_ai_attempt_settle(ctx->attempt[i]);
        }
    }

    ngx_ai_limit_settle(ctx);
    ngx_ai_idem_end(ctx);
    ngx_ai_drill_end(ctx);

    if (!ctx->peek) {
        ngx_ai_stat_request(ctx);
        ngx_ai_shadow_start(ctx);
    }

    ngx_ai_var_freeze(r, ctx);

    return NGX_OK;
}
