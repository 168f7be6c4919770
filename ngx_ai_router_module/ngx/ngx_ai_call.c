
/*
 * A call of our own in the target's words: body, headers, and the key or the
 * signature that proves who asks.
 */

#include "ngx_ai_call.h"


#define NGX_AI_CALL_BODY     (16 * 1024 * 1024)
#define NGX_AI_CALL_REPLY    (4 * 1024 * 1024)
#define NGX_AI_CALL_LINES    8192     /* of a signature                     */
#define NGX_AI_CALL_CONNECT  5000     /* ms at the most                     */


static ngx_int_t ngx_ai_call_key(ngx_ai_call_t *call);
static ngx_int_t ngx_ai_call_signed(ngx_ai_call_t *call);
static int ngx_ai_call_stop(void *unused);


ngx_int_t
ngx_ai_call_body(ngx_ai_call_t *call)
{
    int                 rc;
    air_buf_t           body;
    ngx_ai_aside_t     *aside;
    air_warnings_t      lost;
    air_msg_request_t   msg;

    aside = &call->aside;

    ngx_memzero(&lost, sizeof(air_warnings_t));
    air_buf_init(&body, &call->mem, NGX_AI_CALL_BODY);

    air_can_fit(&aside->target->can, aside->msg, &msg, &lost);

    msg.op = call->op;
    msg.stream = 0;
    msg.has_stream = 0;
    msg.want_usage = 0;

    rc = call->codec->request_write(&msg, &aside->target->air, &body, &lost);

    if (rc == AIR_ENOMEM) {
        return NGX_ERROR;
    }

    call->fetch.body = air_buf_view(&body);

    return rc == AIR_OK ? NGX_OK : NGX_DECLINED;
}


void
ngx_ai_call_bound(ngx_ai_call_t *call)
{
    uint32_t             num, den;
    air_bound_t          bound;
    air_error_t          error;
    air_request_t        rq;
    air_json_doc_t       doc;
    ngx_ai_target_t     *target;
    const air_price_t   *price;

    call->worst = AIR_UNKNOWN;
    call->input = call->fetch.body.len / 4;

    target = call->aside.target;
    air_json_init(&doc, &call->mem);
    ngx_memzero(&rq, sizeof(air_request_t));

    if (air_json_scan(&doc, call->fetch.body, 0, NULL) != AIR_OK) {
        return;
    }

    rq.op = call->op;
    rq.choices = 1;

    if (call->codec->request_check(call->op, &doc, &call->mem, &rq, &error)
        == AIR_ENOMEM)
    {
        return;
    }

    air_bound_read(&bound, &doc, &rq);
    call->input = air_bound_input(&bound, 100);

    price = target->info ? air_model_price(target->info, call->aside.began)
                         : NULL;

    ngx_ai_multiplier(target->vendor, target->info, &num, &den);

    call->worst = air_bound_cost(&bound, price, &target->can,
                                 target->ratio, num, den, call->aside.began);
}


/* A graceful end waits for what runs. */
static int
ngx_ai_call_stop(void *unused)
{
    return ngx_terminate;
}


ngx_int_t
ngx_ai_call_headers(ngx_ai_call_t *call)
{
    u_char           *url, *line;
    ngx_str_t        *uri, *ca;
    ngx_uint_t        i;
    ngx_pool_t       *pool;
    air_fetch_t      *f;
    ngx_ai_extra_t   *extra;
    ngx_ai_vendor_t  *vendor;

    f = &call->fetch;
    pool = call->aside.pool;
    vendor = call->aside.target->vendor;
    uri = &call->aside.target->uri[call->op];

    url = ngx_pnalloc(pool, sizeof("https://") + vendor->host.len + uri->len);
    line = ngx_pnalloc(pool, sizeof("Host: ") + vendor->host.len);

    if (url == NULL || line == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(url, "http%s://%V%V%Z", vendor->tls ? "s" : "",
                       &vendor->host, uri);
    (void) ngx_sprintf(line, "Host: %V%Z", &vendor->host);

    ca = call->aside.ca.len ? &call->aside.ca : &vendor->ca;

    f->url = (char *) url;
    f->method = "POST";
    f->ca_file = ca->len ? (char *) ca->data : NULL;
    f->total_ms = call->aside.timeout;
    f->connect_ms = ngx_min(call->aside.timeout, NGX_AI_CALL_CONNECT);
    f->max_body = NGX_AI_CALL_REPLY;
    f->stop = ngx_ai_call_stop;

    f->header[f->nheader++] = (char *) line;
    f->header[f->nheader++] = "Content-Type: application/json";
    f->header[f->nheader++] = "Accept: application/json";

    extra = vendor->extra ? vendor->extra->elts : NULL;

    for (i = 0; extra != NULL && i < vendor->extra->nelts; i++) {

        line = ngx_pnalloc(pool, extra[i].name.len + extra[i].value.len
                                 + sizeof(": "));

        if (line == NULL || f->nheader == AIR_FETCH_HEADERS) {
            return NGX_ERROR;
        }

        (void) ngx_sprintf(line, "%V: %V%Z", &extra[i].name,
                           &extra[i].value);
        f->header[f->nheader++] = (char *) line;
    }

    if (vendor->sign != NULL) {
        return ngx_ai_call_signed(call);
    }

    return vendor->auth_name.len != 0 ? ngx_ai_call_key(call) : NGX_OK;
}


static ngx_int_t
ngx_ai_call_key(ngx_ai_call_t *call)
{
    u_char           *line;
    air_fetch_t      *f;
    ngx_ai_aside_t   *aside;
    ngx_ai_vendor_t  *vendor;

    f = &call->fetch;
    aside = &call->aside;
    vendor = aside->target->vendor;

    line = ngx_pnalloc(aside->pool, vendor->auth_name.len
                                    + aside->key->auth.len + sizeof(": "));

    if (line == NULL || f->nheader == AIR_FETCH_HEADERS) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(line, "%V: %V%Z", &vendor->auth_name,
                       &aside->key->auth);

    call->secret = (char *) line;
    f->header[f->nheader++] = call->secret;

    return NGX_OK;
}


/* the lines of a signature, which holds no secret, one by one */
static ngx_int_t
ngx_ai_call_signed(ngx_ai_call_t *call)
{
    u_char           *line, *last, *eol;
    air_buf_t         b;
    air_fetch_t      *f;
    ngx_ai_target_t  *target;

    f = &call->fetch;
    target = call->aside.target;

    air_buf_init(&b, &call->mem, NGX_AI_CALL_LINES);

    if (ngx_ai_sign_request(target->vendor, &target->uri[call->op], f->body,
                            ngx_cycle->log, &b)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    last = b.data + b.len;

    for (line = b.data; line < last; line = eol + 1) {

        eol = ngx_strlchr(line, last, LF);

        if (eol == NULL || f->nheader == AIR_FETCH_HEADERS) {
            return NGX_ERROR;
        }

        eol[-1] = '\0';
        f->header[f->nheader++] = (char *) line;
    }

    return NGX_OK;
}
