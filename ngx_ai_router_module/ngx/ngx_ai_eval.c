
/*
 * "eval=/uri": a location of this nginx says whether an answer is good.  It is
 * asked by a subrequest in the background, POST with a JSON body, and passes
 * by any 2xx; 422 fails, and the first line of its body is the reason.  All
 * else says nothing: unsure.
 */

#include "ngx_ai_floor.h"


#define NGX_AI_EVAL_SAID   512
#define NGX_AI_EVAL_BODY   (64 * 1024 * 1024)


static ngx_int_t ngx_ai_eval_write(ngx_ai_judging_t *j, air_buf_t *b);
static ngx_int_t ngx_ai_eval_request(ngx_http_request_t *sr, air_buf_t *b);
static ngx_int_t ngx_ai_eval_done(ngx_http_request_t *sr, void *data,
    ngx_int_t rc);
static void ngx_ai_eval_reason(ngx_ai_evaluated_t *e, air_verdict_t *v);


static ngx_str_t  ngx_ai_eval_post = ngx_string("POST");
static ngx_str_t  ngx_ai_eval_type = ngx_string("application/json");


/* what is told of the answer: of several the first */
static ngx_int_t
ngx_ai_eval_write(ngx_ai_judging_t *j, air_buf_t *b)
{
    air_part_t        *part;
    ngx_uint_t         n;
    ngx_ai_ctx_t      *ctx;
    ngx_ai_attempt_t  *att;

    att = j->att;
    ctx = att->ctx;
    n = 0;

    air_buf_z(b, "{\"request_id\":\"");
    air_buf_add(b, ctx->id_hex, 32);
    air_buf_z(b, "\",\"workflow\":");
    air_buf_json(b, ngx_ai_air(ctx->workflow->name));
    air_buf_z(b, ",\"vendor\":");
    air_buf_json(b, ngx_ai_air(att->target->vendor->name));
    air_buf_z(b, ",\"model\":");
    air_buf_json(b, ngx_ai_air(att->target->model));
    air_buf_z(b, ",\"prompt\":");
    air_buf_json(b, j->question.prompt);
    air_buf_z(b, ",\"answer\":");
    air_buf_json(b, j->answer[0].text);
    air_buf_z(b, ",\"refusal\":");
    air_buf_json(b, j->answer[0].refusal);
    air_buf_z(b, ",\"finish\":\"");
    air_buf_z(b, air_finish_name(j->answer[0].finish));
    air_buf_z(b, "\",\"tool_calls\":[");

    for (part = j->reply->choices->parts; part != NULL; part = part->next) {

        if (part->type == AIR_PART_TOOL_CALL) {
            air_buf_z(b, n++ ? ",{\"name\":" : "{\"name\":");
            air_buf_json(b, part->name);
            air_buf_z(b, ",\"arguments\":");
            air_buf_json(b, part->arguments);
            air_buf_z(b, "}");
        }
    }

    air_buf_z(b, "],\"choices\":");
    air_buf_uint(b, j->n);

    return air_buf_z(b, "}") == AIR_OK ? NGX_OK : NGX_ERROR;
}


/* nothing of the caller's request is the location's but what is in the body */
static ngx_int_t
ngx_ai_eval_request(ngx_http_request_t *sr, air_buf_t *b)
{
    u_char                   *p;
    ngx_buf_t                *buf;
    ngx_str_t                 value;
    ngx_chain_t              *cl;
    ngx_http_request_body_t  *rb;

    rb = ngx_pcalloc(sr->pool, sizeof(ngx_http_request_body_t));
    if (rb == NULL) {
        return NGX_ERROR;
    }

    buf = ngx_calloc_buf(sr->pool);
    cl = ngx_alloc_chain_link(sr->pool);

    if (buf == NULL || cl == NULL) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(sr->pool, NGX_OFF_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    buf->start = b->data;
    buf->pos = b->data;
    buf->last = b->data + b->len;
    buf->end = buf->last;
    buf->memory = 1;
    buf->last_buf = 1;

    cl->buf = buf;
    cl->next = NULL;

    rb->bufs = cl;
    rb->buf = buf;

    sr->method = NGX_HTTP_POST;
    sr->method_name = ngx_ai_eval_post;
    sr->request_body = rb;

    ngx_memzero(&sr->headers_in, sizeof(ngx_http_headers_in_t));
    sr->headers_in.content_length_n = b->len;
    sr->headers_in.keep_alive_n = -1;
    sr->headers_in.server = sr->main->headers_in.server;

    if (ngx_list_init(&sr->headers_in.headers, sr->pool, 4,
                      sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    value.data = p;
    value.len = ngx_sprintf(p, "%uz", b->len) - p;

    sr->headers_in.content_length = ngx_ai_attempt_header(sr,
                                        "Content-Length", "content-length",
                                        &value);
    sr->headers_in.content_type = ngx_ai_attempt_header(sr, "Content-Type",
                                      "content-type", &ngx_ai_eval_type);

    if (sr->headers_in.content_length == NULL
        || sr->headers_in.content_type == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_ai_eval(ngx_ai_judging_t *j, ngx_uint_t i)
{
    size_t                       size;
    air_buf_t                    b;
    ngx_str_t                    args;
    ngx_ai_ctx_t                *ctx;
    air_verdict_t                v;
    ngx_http_request_t          *r, *sr;
    ngx_ai_evaluated_t          *e;
    ngx_http_variable_value_t   *vars;
    ngx_http_post_subrequest_t  *ps;
    ngx_http_core_main_conf_t   *cmcf;

    ctx = j->att->ctx;
    r = ctx->r;
    e = &j->asked[i];
    args = e->ask->args;

    air_buf_init(&b, &ctx->mem, NGX_AI_EVAL_BODY);

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    size = cmcf->variables.nelts * sizeof(ngx_http_variable_value_t);

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    vars = ngx_palloc(r->pool, size);

    if (ps == NULL || vars == NULL || ngx_ai_eval_write(j, &b) != NGX_OK) {
        goto failed;
    }

    ps->handler = ngx_ai_eval_done;
    ps->data = e;

    if (ngx_http_subrequest(r, &e->ask->uri, args.len ? &args : NULL, &sr, ps,
                            NGX_HTTP_SUBREQUEST_BACKGROUND)
        != NGX_OK)
    {
        goto failed;
    }

    /* as with attempts: what is set there stays there */

    ngx_memcpy(vars, r->variables, size);
    sr->variables = vars;
    sr->upstream_states = NULL;
    e->sr = sr;

    if (ngx_ai_eval_request(sr, &b) != NGX_OK) {

        /* it is posted already: without a method it is refused */

        sr->method = NGX_HTTP_UNKNOWN;
        sr->request_body = NULL;
    }

    return;

failed:

    ngx_ai_floor_say(&v, AIR_VERDICT_UNSURE, AIR_FLOOR_EVAL,
                     "it could not be asked");
    ngx_ai_floor_told(j, i, &v);
}


ngx_uint_t
ngx_ai_eval_of(ngx_http_request_t *sr)
{
    return sr != sr->main && sr->post_subrequest != NULL
           && sr->post_subrequest->handler == ngx_ai_eval_done;
}


ngx_int_t
ngx_ai_eval_header(ngx_http_request_t *sr)
{
    sr->filter_need_in_memory = 1;

    return NGX_OK;
}


/* its beginning is kept, nothing of it goes anywhere */
ngx_int_t
ngx_ai_eval_body(ngx_http_request_t *sr, ngx_chain_t *in)
{
    size_t               n;
    ngx_buf_t           *b;
    ngx_ai_evaluated_t  *e;

    e = sr->post_subrequest->data;

    for ( /* void */ ; in != NULL; in = in->next) {
        b = in->buf;

        if (ngx_buf_in_memory(b) && e->said.len < NGX_AI_EVAL_SAID
            && sr->headers_out.status == 422)
        {
            if (e->said.data == NULL) {
                e->said.data = ngx_pnalloc(sr->pool, NGX_AI_EVAL_SAID);
                if (e->said.data == NULL) {
                    return NGX_ERROR;
                }
            }

            n = ngx_min((size_t) (b->last - b->pos),
                        NGX_AI_EVAL_SAID - e->said.len);
            ngx_memcpy(e->said.data + e->said.len, b->pos, n);
            e->said.len += n;
        }

        b->pos = b->last;
        b->file_pos = b->file_last;
    }

    return NGX_OK;
}


/* the first line, what of it can be printed */
static void
ngx_ai_eval_reason(ngx_ai_evaluated_t *e, air_verdict_t *v)
{
    size_t  i, n;
    u_char  ch;

    n = 0;

    for (i = 0; i < e->said.len && n < sizeof(v->why) - 1; i++) {
        ch = e->said.data[i];

        if (ch == '\r' || ch == '\n') {
            break;
        }

        v->why[n++] = ch >= 0x20 && ch < 0x7f ? (char) ch : '?';
    }

    v->why[n] = '\0';
}


static ngx_int_t
ngx_ai_eval_done(ngx_http_request_t *sr, void *data, ngx_int_t rc)
{
    ngx_ai_evaluated_t *e = data;

    ngx_uint_t         status;
    air_verdict_t      v;
    ngx_ai_judging_t  *j;

    if (sr != e->sr || e->done) {
        return NGX_OK;
    }

    j = e->judging;

    status = sr->headers_out.status;

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        status = rc;
    }

    if (rc == NGX_ERROR) {
        status = 0;
    }

    if (status >= 200 && status < 300) {
        ngx_ai_floor_say(&v, AIR_VERDICT_PASSED, AIR_FLOOR_EVAL, "");

    } else if (status == 422) {
        ngx_ai_floor_say(&v, AIR_VERDICT_FAILED, AIR_FLOOR_EVAL, "");
        ngx_ai_eval_reason(e, &v);

    } else {
        ngx_ai_floor_say(&v, AIR_VERDICT_UNSURE, AIR_FLOOR_EVAL,
                         "its location has no answer of 2xx or 422");
    }

    ngx_ai_floor_told(j, e - j->asked, &v);

    /* nginx tells nobody of the end of what is in the background */

    if (!j->att->ctx->finished) {
        (void) ngx_http_post_request(sr->main, NULL);
    }

    return sr->connection->error ? rc : NGX_OK;
}
