
/*
 * POST generation/feedback: how good an answer was, for workflows that learn.
 * Path, "generation_id", "category" and the reply are OpenRouter's
 * (SubmitGenerationFeedbackRequest of its openapi.yaml, 2026-08); "score", 0
 * to 1, is ours, for OpenRouter's categories only know complaints.  A caller
 * may only grade what the same caller asked for.  The comment is read by
 * nobody and kept nowhere.
 */

#include "ngx_ai_learn.h"


#define NGX_AI_FEEDBACK_MAX  65536


static void ngx_ai_feedback_body(ngx_http_request_t *r);
static ngx_int_t ngx_ai_feedback_read(ngx_ai_ctx_t *ctx, air_error_t *error);
static ngx_int_t ngx_ai_feedback_grade(ngx_ai_ctx_t *ctx, ngx_uint_t *grade,
    air_error_t *error);
static ngx_int_t ngx_ai_feedback_take(ngx_ai_ctx_t *ctx, air_str_t id,
    ngx_uint_t grade);


/* what is said of an answer, and whether it is the model's fault */
static const struct {
    const char  *name;
    ngx_uint_t   bad;
} ngx_ai_feedback_categories[] = {
    { "incorrect_response", 1 },
    { "incoherence", 1 },
    { "formatting", 1 },
    { "latency", 0 },
    { "billing", 0 },
    { "api_error", 0 },
    { "other", 0 },
    { NULL, 0 }
};


ngx_uint_t
ngx_ai_feedback_asked(ngx_ai_ctx_t *ctx)
{
    ngx_str_t  *uri;

    static ngx_str_t  path = ngx_string("/generation/feedback");

    uri = &ctx->r->uri;

    return ctx->amcf->samples != NULL && uri->len >= path.len
           && ngx_memcmp(uri->data + uri->len - path.len, path.data,
                         path.len)
              == 0;
}


ngx_int_t
ngx_ai_feedback(ngx_ai_ctx_t *ctx)
{
    ngx_int_t            rc;
    ngx_str_t            allow;
    air_error_t          error;
    ngx_http_request_t  *r;

    r = ctx->r;

    ngx_memzero(&error, sizeof(air_error_t));
    error.fault = AIR_FAULT_REQUEST;

    if (r->method != NGX_HTTP_POST) {
        ngx_ai_say(&error, NGX_HTTP_NOT_ALLOWED, "invalid_request_error",
                   "method_not_supported", "Only POST requests are accepted.");
        ngx_str_set(&allow, "POST");

        if (ngx_ai_header_add(r, "Allow", &allow) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

    } else if (!ngx_ai_media_type(r)) {
        ngx_ai_say(&error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                   "unsupported_content_type", "Unsupported content type, "
                   "expected request with Content-Type: application/json.");

    } else {
        r->request_body_in_single_buf = 1;

        rc = ngx_http_read_client_request_body(r, ngx_ai_feedback_body);

        return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
    }

    ctx->finished = 1;
    ctx->fault = error.fault;

    if (ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }

    return ngx_ai_error_send(r, &error, ctx, 0);
}


static void
ngx_ai_feedback_body(ngx_http_request_t *r)
{
    ngx_int_t      rc;
    air_error_t    error;
    ngx_ai_ctx_t  *ctx;

    static ngx_str_t  good = ngx_string("{\"data\":{\"success\":true}}");

    ctx = ngx_ai_get_ctx(r);
    ctx->finished = 1;

    ngx_memzero(&error, sizeof(air_error_t));
    error.fault = AIR_FAULT_REQUEST;

    rc = ngx_ai_body_text(ctx);

    if (rc == NGX_OK) {
        rc = ngx_ai_feedback_read(ctx, &error);
    }

    switch (rc) {

    case NGX_OK:
        rc = ngx_ai_json_send(ctx, &good);
        break;

    case NGX_DECLINED:
        ctx->fault = error.fault;
        rc = ngx_ai_error_send(r, &error, ctx, 0);
        break;

    default:
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
        break;
    }

    ngx_http_finalize_request(r, rc);
}


/* NGX_OK when it was taken, NGX_DECLINED with *error, NGX_ERROR */
static ngx_int_t
ngx_ai_feedback_read(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    air_str_t               id;
    ngx_int_t               rc;
    ngx_uint_t              grade;
    const air_json_node_t  *root;

    if (ctx->body.len > NGX_AI_FEEDBACK_MAX) {
        ngx_ai_say(error, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                   "invalid_request_error", "request_too_large",
                   "Feedback has at most 64 KB.");
        return NGX_DECLINED;
    }

    air_json_init(&ctx->doc, &ctx->mem);

    if (air_json_scan(&ctx->doc, ctx->body, AIR_JSON_UNIQUE, NULL) != AIR_OK
        || air_json_root(&ctx->doc)->type != AIR_JSON_OBJECT)
    {
        ngx_ai_say(error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                   "invalid_json", "The body is not a JSON object.");
        return NGX_DECLINED;
    }

    root = air_json_root(&ctx->doc);
    id = air_str_n(NULL, 0);

    if (air_json_take(&ctx->doc, root, "generation_id", &ctx->mem, &id)
        != AIR_OK)
    {
        return NGX_ERROR;
    }

    if (id.len == 0) {
        ngx_ai_say(error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                   "invalid_value", "\"generation_id\" is needed: the id of "
                   "a reply, or its X-AI-Request-Id.");
        error->param = air_str_z("generation_id");
        return NGX_DECLINED;
    }

    if (ngx_ai_feedback_grade(ctx, &grade, error) != NGX_OK) {
        return NGX_DECLINED;
    }

    if (ngx_ai_principal(ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_ai_feedback_take(ctx, id, grade);

    if (rc == NGX_DECLINED) {
        ngx_ai_say(error, NGX_HTTP_NOT_FOUND, "invalid_request_error",
                   "generation_not_found", "No such generation of yours is "
                   "known, or it is too old.");
    }

    return rc;
}


/* permille, or AIR_SAMPLE_NONE when nothing is said of the answer itself */
static ngx_int_t
ngx_ai_feedback_grade(ngx_ai_ctx_t *ctx, ngx_uint_t *grade,
    air_error_t *error)
{
    uint64_t                n;
    ngx_uint_t              i;
    const air_json_node_t  *root, *category, *score;

    root = air_json_root(&ctx->doc);
    category = air_json_given(&ctx->doc, root, "category");
    score = air_json_given(&ctx->doc, root, "score");

    *grade = AIR_SAMPLE_NONE;

    if (category == NULL && score == NULL) {
        ngx_ai_say(error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                   "invalid_value", "\"category\" or \"score\" is needed.");
        error->param = air_str_z("category");
        return NGX_DECLINED;
    }

    if (category != NULL) {

        for (i = 0; ngx_ai_feedback_categories[i].name != NULL; i++) {
            if (air_json_is(&ctx->doc, category,
                            ngx_ai_feedback_categories[i].name))
            {
                break;
            }
        }

        if (ngx_ai_feedback_categories[i].name == NULL) {
            ngx_ai_say(error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                       "invalid_value", "\"category\" must be one of latency, "
                       "incoherence, incorrect_response, formatting, billing, "
                       "api_error, other.");
            error->param = air_str_z("category");
            return NGX_DECLINED;
        }

        if (ngx_ai_feedback_categories[i].bad) {
            *grade = 0;
        }
    }

    if (score == NULL) {
        return NGX_OK;
    }

    if (score->type != AIR_JSON_NUMBER
        || air_json_decimal(&ctx->doc, score, 3, &n) != AIR_OK || n > 1000)
    {
        ngx_ai_say(error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                   "invalid_value", "\"score\" must be a number from 0 to "
                   "1.");
        error->param = air_str_z("score");
        return NGX_DECLINED;
    }

    *grade = n;

    return NGX_OK;
}


/* by our id of the request, or by the reply's own */
static ngx_int_t
ngx_ai_feedback_take(ngx_ai_ctx_t *ctx, air_str_t id, ngx_uint_t grade)
{
    u_char      bytes[16];
    uint64_t    owner;
    ngx_int_t   n;
    ngx_uint_t  i;

    owner = ngx_ai_learn_owner(ctx);

    for (i = 0; id.len == 32 && i < 16; i++) {
        n = ngx_hextoi(id.data + 2 * i, 2);

        if (n == NGX_ERROR) {
            break;
        }

        bytes[i] = (u_char) n;
    }

    if (id.len == 32 && i == 16
        && ngx_ai_learn_outcome(ctx->amcf, air_samples_key(bytes), bytes,
                                &owner, AIR_SAMPLE_SERVED, grade)
           == NGX_OK)
    {
        return NGX_OK;
    }

    return ngx_ai_learn_outcome(ctx->amcf, ngx_ai_learn_reply(id), NULL,
                                &owner, AIR_SAMPLE_SERVED, grade);
}
