
/*
 * ai_simulate: a vendor that answers by itself, in a location of its own,
 * where the path tells the protocol, or inside the router's subrequest, where
 * the vendor's profile does.  What it says is core/air_simulate; here are the
 * pace, the failures and the sending.
 *
 *   body read -> (latency) -> failure | whole reply | header and first event
 *             -> (first_token) -> a token each 1/tokens_per_second s -> end
 *
 * A whole reply comes when the same reply would have ended as a stream.  No
 * more is written while the client does not read.
 */

#include "ngx_ai_simulate.h"


#define NGX_AI_SIM_BUF      8192
#define NGX_AI_SIM_TURN     65536     /* bytes written before others' turn  */


typedef struct {
    ngx_http_request_t    *r;
    ngx_ai_sim_conf_t     *conf;
    air_simulate_path_t    path;
    air_mem_t              mem;
    air_json_doc_t         doc;
    air_simulate_t         reply;
    ngx_event_t            event;
    ngx_msec_t             start;         /* of the first token             */
    ngx_int_t              events;        /* written                        */
    ngx_chain_t           *free;
    ngx_chain_t           *busy;
    ngx_uint_t             status;        /* to fail with, 0 none           */
    u_char                 id[NGX_AI_SIM_ID];
    unsigned               header:1;      /* was sent                       */
    unsigned               over:1;        /* all is written                 */
    unsigned               blocked:1;     /* the client has to read first   */
    unsigned               flushed:1;     /* the header is on its way       */
    unsigned               done:1;        /* the request is no longer ours  */
} ngx_ai_sim_t;


static void ngx_ai_sim_path(ngx_http_request_t *r,
    air_simulate_path_t *path);
static void ngx_ai_sim_body(ngx_http_request_t *r);
static ngx_int_t ngx_ai_sim_read_body(ngx_http_request_t *r, ngx_str_t *body);
static ngx_int_t ngx_ai_sim_start(ngx_ai_sim_t *s, ngx_str_t *body);
static void ngx_ai_sim_wait(ngx_ai_sim_t *s, ngx_msec_t ms);
static void ngx_ai_sim_event(ngx_event_t *ev);
static void ngx_ai_sim_write(ngx_http_request_t *r);
static void ngx_ai_sim_run(ngx_ai_sim_t *s);
static ngx_int_t ngx_ai_sim_whole(ngx_ai_sim_t *s);
static ngx_int_t ngx_ai_sim_models(ngx_http_request_t *r);
static ngx_int_t ngx_ai_sim_send(ngx_http_request_t *r, ngx_uint_t status,
    air_buf_t *b);
static ngx_int_t ngx_ai_sim_error(ngx_http_request_t *r,
    const air_codec_t *codec, air_error_t *error, ngx_int_t retry_after);
static ngx_int_t ngx_ai_sim_header(ngx_ai_sim_t *s);
static void ngx_ai_sim_stream(ngx_ai_sim_t *s);
static ngx_int_t ngx_ai_sim_fill(ngx_ai_sim_t *s, ngx_chain_t **out);
static ngx_uint_t ngx_ai_sim_early(ngx_ai_sim_t *s, ngx_uint_t due);
static ngx_uint_t ngx_ai_sim_due(ngx_ai_sim_t *s);
static void ngx_ai_sim_pause(ngx_ai_sim_t *s, ngx_uint_t more);
static void ngx_ai_sim_end(ngx_ai_sim_t *s, ngx_int_t rc);
static void ngx_ai_sim_cleanup(void *data);
static ngx_ai_sim_t *ngx_ai_sim_find(ngx_http_request_t *r);


/* ---- request ---------------------------------------------------------- */

ngx_int_t
ngx_ai_simulate_handler(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    air_error_t           error;
    ngx_ai_sim_t         *s;
    ngx_ai_loc_conf_t    *alcf;
    ngx_http_cleanup_t   *cln;
    air_simulate_path_t   path;

    ngx_ai_sim_path(r, &path);

    if (path.op == AIR_OP_MODELS) {
        if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
            return NGX_HTTP_NOT_ALLOWED;
        }

        rc = ngx_http_discard_request_body(r);

        return rc == NGX_OK ? ngx_ai_sim_models(r) : rc;
    }

    if (path.op == AIR_OP_NONE) {
        rc = ngx_http_discard_request_body(r);

        if (rc != NGX_OK) {
            return rc;
        }

        air_simulate_error(404, &error);
        error.code = air_str_z("unknown_url");
        error.message = air_str_z("The simulated vendor has no such URL.");

        return ngx_ai_sim_error(r, path.codec, &error, -1);
    }

    if (r->method != NGX_HTTP_POST) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    alcf = ngx_http_get_module_loc_conf(r, ngx_ai_router_module);

    cln = ngx_http_cleanup_add(r, sizeof(ngx_ai_sim_t));
    if (cln == NULL || alcf->simulate == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    s = cln->data;
    ngx_memzero(s, offsetof(ngx_ai_sim_t, reply));
    ngx_memzero(&s->event, sizeof(ngx_ai_sim_t)
                           - offsetof(ngx_ai_sim_t, event));

    cln->handler = ngx_ai_sim_cleanup;

    s->r = r;
    s->path = path;
    s->conf = alcf->simulate;

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_ai_sim_body);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


/* In a subrequest the router knows what is spoken. */
static void
ngx_ai_sim_path(ngx_http_request_t *r, air_simulate_path_t *path)
{
    ngx_ai_attempt_t  *att;

    ngx_memzero(path, sizeof(air_simulate_path_t));
    path->codec = &air_codec_openai;

    att = (r != r->main) ? ngx_ai_attempt_of(r) : NULL;

    if (att == NULL) {
        (void) air_simulate_path(ngx_ai_air(r->uri), path);
        return;
    }

    path->codec = att->codec;
    path->op = ngx_ai_cross_op(att);
    path->model = ngx_ai_air(att->target->model);
    path->stream = att->ctx->request.stream;
}


static void
ngx_ai_sim_body(ngx_http_request_t *r)
{
    ngx_int_t      rc;
    ngx_str_t      body;
    ngx_ai_sim_t  *s;

    s = ngx_ai_sim_find(r);

    if (s == NULL || ngx_ai_sim_read_body(r, &body) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    s->mem = ngx_ai_mem(r->pool);

    s->event.handler = ngx_ai_sim_event;
    s->event.data = r->connection;
    s->event.log = r->connection->log;

    r->write_event_handler = ngx_ai_sim_write;

    if (r == r->main) {
        r->read_event_handler = ngx_http_test_reading;
    }

    rc = ngx_ai_sim_start(s, &body);

    if (rc != NGX_AGAIN) {
        ngx_ai_sim_end(s, rc);
        return;
    }

    if (s->conf->latency != 0) {
        ngx_ai_sim_wait(s, s->conf->latency);
        return;
    }

    ngx_ai_sim_run(s);
}


/* The body in one piece, wherever it is. */
static ngx_int_t
ngx_ai_sim_read_body(ngx_http_request_t *r, ngx_str_t *body)
{
    size_t        len;
    ssize_t       n;
    u_char       *p;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    ngx_str_null(body);

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        ngx_str_set(body, "");
        return NGX_OK;
    }

    cl = r->request_body->bufs;
    b = cl->buf;

    if (cl->next == NULL && ngx_buf_in_memory(b)) {
        body->data = b->pos;
        body->len = b->last - b->pos;
        return NGX_OK;
    }

    len = 0;

    for ( /* void */ ; cl; cl = cl->next) {
        len += ngx_buf_size(cl->buf);
    }

    p = ngx_pnalloc(r->pool, len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    body->data = p;
    body->len = len;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_in_memory(b)) {
            p = ngx_cpymem(p, b->pos, b->last - b->pos);
            continue;
        }

        if (!b->in_file) {
            continue;
        }

        len = (size_t) (b->file_last - b->file_pos);
        n = ngx_read_file(b->file, p, len, b->file_pos);

        if (n == NGX_ERROR || (size_t) n != len) {
            return NGX_ERROR;
        }

        p += len;
    }

    return NGX_OK;
}


/* NGX_AGAIN when a reply is to follow, or what ends the request. */
static ngx_int_t
ngx_ai_sim_start(ngx_ai_sim_t *s, ngx_str_t *body)
{
    int                 rc;
    air_error_t         error;
    air_simulate_how_t  how;

    s->status = ngx_ai_simulate_begin(s->conf, s->id, &how);

    air_json_init(&s->doc, &s->mem);

    rc = air_json_scan(&s->doc, ngx_ai_air(*body), 0, NULL);

    if (rc == AIR_OK) {
        rc = air_simulate_read(&s->reply, &s->path, &how, &s->doc, &s->mem,
                               &error);

    } else if (rc != AIR_ENOMEM) {
        air_simulate_error(400, &error);
        error.message = air_str_z("We could not parse the JSON body of your "
                                  "request.");
    }

    if (rc == AIR_ENOMEM) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc != AIR_OK) {
        rc = ngx_ai_sim_error(s->r, s->path.codec, &error, -1);

        /* what could not be sent yet is nginx's to send */

        return rc == NGX_AGAIN ? NGX_OK : rc;
    }

    return NGX_AGAIN;
}


/* ---- pace ------------------------------------------------------------- */

static void
ngx_ai_sim_wait(ngx_ai_sim_t *s, ngx_msec_t ms)
{
    ngx_add_timer(&s->event, ms);
}


static void
ngx_ai_sim_event(ngx_event_t *ev)
{
    ngx_ai_sim_t        *s;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    s = (ngx_ai_sim_t *) ((u_char *) ev - offsetof(ngx_ai_sim_t, event));

    ev->timedout = 0;

    if (s->done) {
        return;
    }

    r = s->r;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, c->log, 0, "ai simulate event \"%V\"",
                   &r->uri);

    ngx_ai_sim_run(s);

    ngx_http_run_posted_requests(c);
}


/* The client can take more, or did not for too long. */
static void
ngx_ai_sim_write(ngx_http_request_t *r)
{
    ngx_event_t       *wev;
    ngx_ai_sim_t      *s;
    ngx_connection_t  *c;

    c = r->connection;
    wev = c->write;

    s = ngx_ai_sim_find(r);

    if (s == NULL) {
        return;
    }

    if (wev->timedout) {
        ngx_log_error(NGX_LOG_INFO, c->log, NGX_ETIMEDOUT,
                      "client timed out");
        c->timedout = 1;

        ngx_ai_sim_end(s, NGX_HTTP_REQUEST_TIME_OUT);
        return;
    }

    if (s->header && s->blocked && !wev->delayed) {
        ngx_ai_sim_stream(s);
    }
}


/* The next thing is due: the reply or its header, or tokens. */
static void
ngx_ai_sim_run(ngx_ai_sim_t *s)
{
    ngx_int_t    rc;
    ngx_msec_t   ms;
    air_error_t  error;

    if (s->header) {
        ngx_ai_sim_stream(s);
        return;
    }

    if (s->status) {
        air_simulate_error(s->status, &error);
        ngx_ai_sim_end(s, ngx_ai_sim_error(s->r, s->path.codec, &error,
                                           s->conf->retry_after));
        return;
    }

    if (s->reply.streamed) {
        rc = ngx_ai_sim_header(s);

        if (rc != NGX_OK) {
            ngx_ai_sim_end(s, rc);
            return;
        }

        ngx_ai_sim_stream(s);
        return;
    }

    /* the time that a stream would have taken, once */

    ms = ngx_ai_simulate_takes(s->conf, s->reply.tokens);

    if (ms != 0 && s->start == 0) {
        s->start = ngx_current_msec;
        ngx_ai_sim_wait(s, ms);
        return;
    }

    ngx_ai_sim_end(s, ngx_ai_sim_whole(s));
}


/* ---- whole replies ---------------------------------------------------- */

static ngx_int_t
ngx_ai_sim_whole(ngx_ai_sim_t *s)
{
    air_buf_t  b;

    air_buf_init(&b, &s->mem, NGX_AI_SIM_REPLY);

    if (air_simulate_reply(&s->reply, &b) != AIR_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_ai_sim_send(s->r, NGX_HTTP_OK, &b);
}


static ngx_int_t
ngx_ai_sim_models(ngx_http_request_t *r)
{
    air_mem_t  mem;
    air_buf_t  b;

    mem = ngx_ai_mem(r->pool);
    air_buf_init(&b, &mem, NGX_AI_SIM_REPLY);

    if (air_simulate_models(air_str_z("simulated"), ngx_time(), &b)
        != AIR_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_ai_sim_send(r, NGX_HTTP_OK, &b);
}


static ngx_int_t
ngx_ai_sim_send(ngx_http_request_t *r, ngx_uint_t status, air_buf_t *b)
{
    ngx_int_t     rc;
    ngx_buf_t    *buf;
    ngx_chain_t   out;

    r->headers_out.status = status;
    r->headers_out.content_length_n = b->len;
    ngx_str_set(&r->headers_out.content_type, "application/json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    buf = ngx_calloc_buf(r->pool);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    buf->start = b->data;
    buf->pos = b->data;
    buf->last = b->data + b->len;
    buf->end = buf->last;
    buf->temporary = 1;
    buf->last_buf = (r == r->main);
    buf->last_in_chain = 1;

    out.buf = buf;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static ngx_int_t
ngx_ai_sim_error(ngx_http_request_t *r, const air_codec_t *codec,
    air_error_t *error, ngx_int_t retry_after)
{
    u_char     *p;
    air_mem_t   mem;
    air_buf_t   b;
    ngx_str_t   value;

    mem = ngx_ai_mem(r->pool);
    air_buf_init(&b, &mem, NGX_AI_SIM_REPLY);

    if (codec->error_write(error, air_str_z(""), &b) != AIR_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (retry_after != -1) {
        p = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
        if (p == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        value.data = p;
        value.len = ngx_sprintf(p, "%i", retry_after) - p;

        if (ngx_ai_header_add(r, "Retry-After", &value) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return ngx_ai_sim_send(r, error->status, &b);
}


/* ---- streams ---------------------------------------------------------- */

static ngx_int_t
ngx_ai_sim_header(ngx_ai_sim_t *s)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = s->r;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = -1;

    if (s->path.codec->framing == AIR_FRAMING_EVENTSTREAM) {
        ngx_str_set(&r->headers_out.content_type,
                    "application/vnd.amazon.eventstream");

    } else {
        ngx_str_set(&r->headers_out.content_type, "text/event-stream");
    }

    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc == NGX_OK ? NGX_DONE : rc;
    }

    s->header = 1;
    s->start = ngx_current_msec + s->conf->first_token;

    return NGX_OK;
}


/*
 * Writes what is due, as long as the client takes it; then waits for the
 * next token, for the client, or ends.
 */
static void
ngx_ai_sim_stream(ngx_ai_sim_t *s)
{
    size_t               total;
    ngx_int_t            rc;
    ngx_uint_t           more;
    ngx_chain_t         *out;
    ngx_http_request_t  *r;

    r = s->r;
    total = 0;
    more = 0;

    for ( ;; ) {
        out = NULL;

        if (!s->blocked) {

            if (ngx_ai_sim_fill(s, &out) != NGX_OK) {
                ngx_ai_sim_end(s, NGX_ERROR);
                return;
            }

            if (out == NULL) {

                if (!s->flushed
                    && ngx_http_send_special(r, NGX_HTTP_FLUSH) == NGX_ERROR)
                {
                    ngx_ai_sim_end(s, NGX_ERROR);
                    return;
                }

                s->flushed = 1;
                break;
            }

            s->flushed = 1;
            total += out->buf->last - out->buf->pos;
        }

        rc = ngx_http_output_filter(r, out);

        if (s->done) {
            return;
        }

        ngx_chain_update_chains(r->pool, &s->free, &s->busy, &out,
                                (ngx_buf_tag_t) &ngx_ai_router_module);

        if (rc == NGX_ERROR || rc > NGX_OK) {
            ngx_ai_sim_end(s, NGX_ERROR);
            return;
        }

        s->blocked = (rc == NGX_AGAIN);

        if (s->blocked) {
            break;
        }

        if (total >= NGX_AI_SIM_TURN && !s->over) {
            more = 1;
            break;
        }
    }

    /* a cut stream ends when its events are out, all others at once */

    if (s->over && s->reply.next == AIR_SIMULATE_END) {
        ngx_ai_sim_end(s, NGX_OK);
        return;
    }

    if (s->over && (!s->blocked || r != r->main)) {
        ngx_ai_sim_end(s, r == r->main ? NGX_ERROR : NGX_OK);
        return;
    }

    ngx_ai_sim_pause(s, more);
}


/*
 * One buffer of the events that are due, NULL when there are none.  The last
 * one of a stream says so, a cut stream has no last one.
 */
static ngx_int_t
ngx_ai_sim_fill(ngx_ai_sim_t *s, ngx_chain_t **out)
{
    size_t               len;
    ngx_uint_t           due;
    ngx_buf_t           *buf;
    air_buf_t            b;
    ngx_chain_t         *cl;
    ngx_http_request_t  *r;

    r = s->r;

    if (s->over) {
        return NGX_OK;
    }

    if (s->conf->cut != -1 && s->events >= s->conf->cut) {
        s->over = 1;
        r->keepalive = 0;
        return NGX_OK;
    }

    due = ngx_ai_sim_due(s);

    if (ngx_ai_sim_early(s, due)) {
        return NGX_OK;
    }

    cl = ngx_chain_get_free_buf(r->pool, &s->free);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    buf = cl->buf;

    if (buf->start == NULL) {
        buf->start = ngx_palloc(r->pool, NGX_AI_SIM_BUF);
        if (buf->start == NULL) {
            return NGX_ERROR;
        }

        buf->end = buf->start + NGX_AI_SIM_BUF;
    }

    /* written in place; what does not fit gets a larger place, and keeps it */

    air_buf_init(&b, &s->mem, NGX_AI_SIM_REPLY);
    b.data = buf->start;
    b.size = buf->end - buf->start;

    do {
        len = b.len;

        if (air_simulate_event(&s->reply, &b) != AIR_OK) {
            return NGX_ERROR;
        }

        s->events += (b.len != len);

    } while (s->reply.next != AIR_SIMULATE_END
             && !ngx_ai_sim_early(s, due)
             && (s->conf->cut == -1 || s->events < s->conf->cut)
             && b.len + AIR_SIMULATE_EVENT <= NGX_AI_SIM_BUF);

    buf->start = b.data;
    buf->end = b.data + b.size;
    buf->pos = buf->start;
    buf->last = buf->start + b.len;
    buf->temporary = (b.len != 0);
    buf->flush = 1;
    buf->last_buf = 0;
    buf->last_in_chain = 0;
    buf->tag = (ngx_buf_tag_t) &ngx_ai_router_module;

    if (s->reply.next == AIR_SIMULATE_END) {
        s->over = 1;
        buf->last_buf = (r == r->main);
        buf->last_in_chain = 1;

    } else if (b.len == 0) {

        /* events that this wire does not have */

        cl->next = s->free;
        s->free = cl;

        return NGX_OK;
    }

    *out = cl;

    return NGX_OK;
}


/* The next event has to wait. */
static ngx_uint_t
ngx_ai_sim_early(ngx_ai_sim_t *s, ngx_uint_t due)
{
    if (s->reply.next == AIR_SIMULATE_START) {
        return 0;
    }

    return due == 0
           || (s->reply.next == AIR_SIMULATE_TOKEN && s->reply.sent >= due);
}


/* Tokens that should have been written by now. */
static ngx_uint_t
ngx_ai_sim_due(ngx_ai_sim_t *s)
{
    if ((ngx_msec_int_t) (ngx_current_msec - s->start) < 0) {
        return 0;
    }

    if (s->conf->rate == 0) {
        return NGX_MAX_UINT32_VALUE;
    }

    return (uint64_t) (ngx_current_msec - s->start) * s->conf->rate / 1000
           + 1;
}


static void
ngx_ai_sim_pause(ngx_ai_sim_t *s, ngx_uint_t more)
{
    ngx_msec_t                 due;
    ngx_event_t               *wev;
    ngx_msec_int_t             ms;
    ngx_connection_t          *c;
    ngx_http_request_t        *r;
    ngx_http_core_loc_conf_t  *clcf;

    r = s->r;
    c = r->connection;
    wev = c->write;
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (c->data == r && ngx_handle_write_event(wev, clcf->send_lowat) != NGX_OK)
    {
        ngx_ai_sim_end(s, NGX_ERROR);
        return;
    }

    if (!wev->delayed) {

        if (s->blocked && wev->active && !wev->ready) {
            ngx_add_timer(wev, clcf->send_timeout);

        } else if (wev->timer_set) {
            ngx_del_timer(wev);
        }
    }

    if (s->blocked) {
        return;
    }

    if (more) {
        ngx_post_event(&s->event, &ngx_posted_next_events);
        return;
    }

    due = s->start;

    if (s->conf->rate != 0) {
        due += (s->reply.sent * 1000 + s->conf->rate - 1) / s->conf->rate;
    }

    ms = (ngx_msec_int_t) (due - ngx_current_msec);

    ngx_ai_sim_wait(s, ms > 0 ? ms : 1);
}


/* ---- end -------------------------------------------------------------- */

ngx_int_t
ngx_ai_simulate_stop(ngx_http_request_t *sr, ngx_int_t rc)
{
    ngx_ai_sim_t  *s;

    s = ngx_ai_sim_find(sr);

    if (s == NULL) {
        return NGX_DECLINED;
    }

    ngx_ai_sim_end(s, rc);

    return NGX_OK;
}


static void
ngx_ai_sim_end(ngx_ai_sim_t *s, ngx_int_t rc)
{
    ngx_event_t         *wev;
    ngx_http_request_t  *r;

    r = s->r;
    wev = r->connection->write;

    ngx_ai_sim_cleanup(s);

    if (s->blocked && wev->timer_set && !wev->delayed) {
        ngx_del_timer(wev);
    }

    if (r == r->main) {
        r->read_event_handler = ngx_http_block_reading;
    }

    ngx_http_finalize_request(r, rc);
}


static void
ngx_ai_sim_cleanup(void *data)
{
    ngx_ai_sim_t  *s = data;

    s->done = 1;

    if (s->event.timer_set) {
        ngx_del_timer(&s->event);
    }

    if (s->event.posted) {
        ngx_delete_posted_event(&s->event);
    }
}


/* The answer being simulated for r, NULL when there is none. */
static ngx_ai_sim_t *
ngx_ai_sim_find(ngx_http_request_t *r)
{
    ngx_ai_sim_t        *s;
    ngx_http_cleanup_t  *cln;

    for (cln = r->main->cleanup; cln; cln = cln->next) {

        if (cln->handler != ngx_ai_sim_cleanup) {
            continue;
        }

        s = cln->data;

        if (s->r == r && !s->done) {
            return s;
        }
    }

    return NULL;
}
