
/*
 * Whether a request may go on, and to whom: its path, headers and body are
 * checked, its workflow is found, its targets are put in order.
 */

#include "ngx_ai_router_module.h"


static ngx_uint_t ngx_ai_ends_v1(ngx_str_t *prefix);
static ngx_uint_t ngx_ai_by_end(ngx_http_request_t *r,
    ngx_ai_loc_conf_t *alcf);
static ngx_int_t ngx_ai_check_host(ngx_http_request_t *r);
static ngx_uint_t ngx_ai_candidates(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf,
    air_candidate_t *cand, ngx_uint_t *n);
static void ngx_ai_wants(ngx_ai_ctx_t *ctx, air_candidate_t *cand,
    ngx_uint_t n, air_wants_t *wants);
static ngx_int_t ngx_ai_nobody(ngx_ai_ctx_t *ctx, air_candidate_t *cand,
    air_wants_t *wants, air_error_t *error);
static ngx_int_t ngx_ai_body_joined(ngx_ai_ctx_t *ctx);
static ngx_uint_t ngx_ai_model_name(air_str_t name);
static ngx_uint_t ngx_ai_asked(ngx_ai_choice_t *choice, air_str_t model);
static ngx_int_t ngx_ai_no_model(ngx_ai_ctx_t *ctx, air_error_t *error);


static const struct {
    ngx_str_t  path;
    air_op_e   op;
} ngx_ai_paths[] = {
    { ngx_string("chat/completions"), AIR_OP_CHAT },
    { ngx_string("completions"), AIR_OP_COMPLETIONS },
    { ngx_string("embeddings"), AIR_OP_EMBEDDINGS },
    { ngx_string("responses"), AIR_OP_RESPONSES },
    { ngx_string("messages"), AIR_OP_MESSAGES },
    { ngx_string("messages/count_tokens"), AIR_OP_COUNT_TOKENS },
    { ngx_string("models"), AIR_OP_MODELS },
    { ngx_null_string, AIR_OP_NONE }
};


/* letters, digits and . : _ - [ ] */
static const uint32_t  ngx_ai_host_chars[] = {
    0x00000000, 0x07ff6000, 0xaffffffe, 0x07fffffe
};


/* "v1" is the last part of a prefix such as /v1/ or /ai/v1 */
static ngx_uint_t
ngx_ai_ends_v1(ngx_str_t *prefix)
{
    size_t  len;

    len = prefix->len;

    if (len && prefix->data[len - 1] == '/') {
        len--;
    }

    return len >= 3 && ngx_strncmp(prefix->data + len - 3, "/v1", 3) == 0;
}


/* no prefix to leave out, so that the end of the URI tells the endpoint: the
   location is exact, a regex or named, it reaches into the endpoint's own path
   as /v1/chat/ does, or the URI was rewritten */
static ngx_uint_t
ngx_ai_by_end(ngx_http_request_t *r, ngx_ai_loc_conf_t *alcf)
{
    u_char                    *p;
    ngx_str_t                 *prefix;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = alcf->clcf;
    prefix = &alcf->prefix;

    if (clcf->exact_match || clcf->named) {
        return 1;
    }

#if (NGX_PCRE)
    if (clcf->regex != NULL) {
        return 1;
    }
#endif

    if (r->uri.len <= prefix->len
        || ngx_filename_cmp(r->uri.data, prefix->data, prefix->len) != 0)
    {
        return 1;
    }

    p = ngx_strnstr(prefix->data, "/v1/", prefix->len);

    return p != NULL && p + 4 < prefix->data + prefix->len;
}


air_op_e
ngx_ai_request_op(ngx_http_request_t *r, ngx_ai_loc_conf_t *alcf,
    ngx_str_t *rest)
{
    size_t      len;
    u_char     *p, *last;
    ngx_uint_t  i;

    ngx_str_null(rest);

    p = r->uri.data;
    last = p + r->uri.len;

    if (ngx_ai_by_end(r, alcf)) {

        for (i = 0; ngx_ai_paths[i].path.len; i++) {
            len = ngx_ai_paths[i].path.len;

            if ((size_t) (last - p) > len && last[-1 - (ssize_t) len] == '/'
                && ngx_memcmp(last - len, ngx_ai_paths[i].path.data, len) == 0)
            {
                return ngx_ai_paths[i].op;
            }
        }

        p = ngx_strnstr(r->uri.data, "/models/", r->uri.len);
        if (p == NULL) {
            return AIR_OP_NONE;
        }

        p++;

    } else {
        p += alcf->prefix.len;

        if (p < last && *p == '/'
            && (alcf->prefix.len == 0 || p[-1] != '/'))
        {
            p++;
        }

        /* the same front door for those who give only the host */

        if (!ngx_ai_ends_v1(&alcf->prefix)) {

            if (last - p > 4 && ngx_strncmp(p, "api/", 4) == 0) {
                p += 4;
            }

            if (last - p > 3 && ngx_strncmp(p, "v1/", 3) == 0) {
                p += 3;
            }
        }
    }

    for (i = 0; ngx_ai_paths[i].path.len; i++) {
        len = ngx_ai_paths[i].path.len;

        if ((size_t) (last - p) == len
            && ngx_memcmp(p, ngx_ai_paths[i].path.data, len) == 0)
        {
            return ngx_ai_paths[i].op;
        }
    }

    if (last - p > 7 && ngx_strncmp(p, "models/", 7) == 0) {
        rest->data = p + 7;
        rest->len = last - p - 7;
        return AIR_OP_MODELS;
    }

    if (last - p > 10 && ngx_strncmp(p, "responses/", 10) == 0) {
        rest->data = p + 10;
        rest->len = last - p - 10;
        return AIR_OP_RESPONSES;
    }

    return AIR_OP_NONE;
}


/* application/json or application/something+json, with any parameters but a
   charset other than UTF-8 */
ngx_uint_t
ngx_ai_media_type(ngx_http_request_t *r)
{
    u_char           *p, *last, *end, *c;
    ngx_table_elt_t  *h;

    h = r->headers_in.content_type;

    if (h == NULL) {
        return 0;
    }

    p = h->value.data;
    last = p + h->value.len;

    for (end = p; end < last && *end != ';'; end++) { /* void */ }

    c = end;

    while (end > p && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }

    if (end - p < 16
        || ngx_strncasecmp(p, (u_char *) "application/", 12) != 0)
    {
        return 0;
    }

    if (!(end - p == 16 && ngx_strncasecmp(p + 12, (u_char *) "json", 4) == 0)
        && !(end - p > 17
             && ngx_strncasecmp(end - 5, (u_char *) "+json", 5) == 0))
    {
        return 0;
    }

    for ( /* void */ ; p < end; p++) {
        if (*p <= 0x20 || *p == ',') {
            return 0;
        }
    }

    p = ngx_strlcasestrn(c, last, (u_char *) "charset=", 8 - 1);

    if (p != NULL) {
        p += 8;

        if (p < last && *p == '"') {
            p++;
        }

        if (last - p < 5 || ngx_strncasecmp(p, (u_char *) "utf-8", 5) != 0) {
            return 0;
        }
    }

    return 1;
}


/* nginx lets more through than any name or address can hold */
static ngx_int_t
ngx_ai_check_host(ngx_http_request_t *r)
{
    u_char  *p, *last;

    if (r->headers_in.host == NULL) {
        return NGX_OK;
    }

    p = r->headers_in.host->value.data;
    last = p + r->headers_in.host->value.len;

    for ( /* void */ ; p < last; p++) {
        if (*p > 0x7f
            || !(ngx_ai_host_chars[*p >> 5] & (1U << (*p & 0x1f))))
        {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


/* headers that decide before the body is read */
ngx_int_t
ngx_ai_check_headers(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    u_char           *lower;
    ngx_uint_t        i, types;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    part = &ctx->r->headers_in.headers.part;
    h = part->elts;
    types = 0;

    if (ngx_ai_check_host(ctx->r) != NGX_OK) {
        ngx_ai_say(error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                   "bad_request", "The Host header is malformed.");
        return NGX_DECLINED;
    }

    for (i = 0; /* void */; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        lower = h[i].lowcase_key;

        switch (h[i].key.len) {

        case 8:
            if (ngx_memcmp(lower, "x-ai-hop", 8) == 0
                && h[i].value.len == 32
                && ngx_memcmp(h[i].value.data, ngx_ai_zone_instance(
                                                   ctx->amcf->zone), 32) == 0)
            {
                ngx_log_error(NGX_LOG_CRIT, ctx->r->connection->log, 0,
                              "ai: rid=%*s why=loop: a vendor's endpoint "
                              "leads back to this server",
                              (size_t) 32, ctx->id_hex);

                ngx_ai_error_fill(error, AIR_FAULT_LOOP);
                error->status = 508;
                return NGX_DECLINED;
            }

            break;

        case 12:
            if (ngx_memcmp(lower, "content-type", 12) == 0 && ++types > 1) {
                ngx_ai_say(error, NGX_HTTP_BAD_REQUEST,
                           "invalid_request_error", "unsupported_content_type",
                           "Unsupported content type, expected one "
                           "Content-Type: application/json.");
                return NGX_DECLINED;
            }

            break;

        case 14:
            if (ngx_memcmp(lower, "anthropic-beta", 14) == 0) {
                ctx->beta = h[i].value;
            }

            break;

        case 17:
            if (ngx_memcmp(lower, "anthropic-version", 17) == 0) {
                ctx->version = h[i].value;
            }

            break;

        case 16:
            if (ngx_memcmp(lower, "content-encoding", 16) == 0
                && !(h[i].value.len == 8
                     && ngx_strncasecmp(h[i].value.data,
                                        (u_char *) "identity", 8) == 0))
            {
                ngx_ai_say(error, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                           "invalid_request_error", "unsupported_encoding",
                           "Unsupported content encoding, send the body "
                           "without Content-Encoding.");
                return NGX_DECLINED;
            }

            break;
        }
    }

    if (ctx->op == AIR_OP_MESSAGES || ctx->op == AIR_OP_COUNT_TOKENS) {

        if (ctx->version.len == 0) {
            ngx_ai_say(error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                       "", "anthropic-version: header is required");
            return NGX_DECLINED;
        }

        if (ctx->version.len > 32 || ctx->beta.len > 1024) {
            ngx_ai_say(error, NGX_HTTP_BAD_REQUEST, "invalid_request_error",
                       "", "anthropic-version: header is not valid");
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


/*
 * Mostly the body is what came with the headers, then the rest in reads that
 * follow each other in one buffer, which has room for all of it: the rest
 * moves up, and no fresh page is touched.  NGX_DECLINED when it is not so.
 */
static ngx_int_t
ngx_ai_body_joined(ngx_ai_ctx_t *ctx)
{
    u_char                   *first, *last;
    size_t                    n;
    ngx_buf_t                *room;
    ngx_chain_t              *cl, *head;
    ngx_http_request_body_t  *rb;

    rb = ctx->r->request_body;
    head = rb->bufs;
    room = rb->buf;

    if (room == NULL || head->next == NULL || !ngx_buf_in_memory(head->buf)
        || head->buf->in_file || head->buf->last == head->buf->pos)
    {
        return NGX_DECLINED;
    }

    first = head->next->buf->pos;
    last = first;

    for (cl = head->next; cl; cl = cl->next) {

        if (ngx_buf_size(cl->buf) == 0) {
            continue;
        }

        if (!ngx_buf_in_memory(cl->buf) || cl->buf->in_file
            || cl->buf->pos != last)
        {
            return NGX_DECLINED;
        }

        last = cl->buf->last;
    }

    n = head->buf->last - head->buf->pos;

    if (first != room->start || last > room->end
        || (size_t) (room->end - last) < n)
    {
        return NGX_DECLINED;
    }

    ngx_memmove(first + n, first, last - first);
    ngx_memcpy(first, head->buf->pos, n);

    ctx->body = air_str_n(first, last - first + n);

    return NGX_OK;
}


/* the body as one piece of memory */
ngx_int_t
ngx_ai_body_text(ngx_ai_ctx_t *ctx)
{
    off_t                len;
    u_char              *p;
    ssize_t              n;
    ngx_buf_t           *b;
    ngx_chain_t         *cl;
    ngx_http_request_t  *r;

    r = ctx->r;

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return NGX_OK;
    }

    cl = r->request_body->bufs;

    /* an empty body comes as one special buffer */

    if (cl->next == NULL && ngx_buf_in_memory(cl->buf)) {
        ctx->body = air_str_n(cl->buf->pos, cl->buf->last - cl->buf->pos);
        return NGX_OK;
    }

    if (ngx_ai_body_joined(ctx) == NGX_OK) {
        return NGX_OK;
    }

    len = 0;

    for ( /* void */ ; cl; cl = cl->next) {
        len += ngx_buf_size(cl->buf);
    }

    p = ngx_pnalloc(r->pool, len ? (size_t) len : 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->body = air_str_n(p, len);

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_size(b) == 0) {
            continue;
        }

        if (ngx_buf_in_memory(b)) {
            p = ngx_cpymem(p, b->pos, b->last - b->pos);
            continue;
        }

        n = ngx_read_file(b->file, p, b->file_last - b->file_pos, b->file_pos);

        if (n != (ssize_t) (b->file_last - b->file_pos)) {
            return NGX_ERROR;
        }

        p += n;
    }

    return NGX_OK;
}


/* JSON and the fields that are read */
ngx_int_t
ngx_ai_admit(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    int                rc;
    u_char            *p;
    air_str_t          text, key;
    air_json_error_t   je;

    static u_char  empty[] = "{}";

    static const char  bad[] =
        "Invalid body: failed to parse JSON value. Please check the value to "
        "ensure it is valid JSON. (Common errors include trailing commas, "
        "missing closing brackets, missing quotation marks, etc.)";

    text = ctx->body;

    if (text.len == 0) {
        text = air_str_n(empty, 2);
    }

    air_json_init(&ctx->doc, &ctx->mem);

    rc = air_json_scan(&ctx->doc, text, AIR_JSON_UNIQUE, &je);

    if (rc == AIR_ENOMEM) {
        return NGX_ERROR;
    }

    if (rc != AIR_OK) {

        switch (je.fault) {

        case AIR_JSON_BAD_UTF8:
            ngx_ai_say(error, 400, "invalid_request_error", "invalid_unicode",
                       "Invalid body: encountered a unicode decode error when "
                       "parsing this JSON value. Please send valid UTF-8.");
            break;

        case AIR_JSON_TOO_DEEP:
            ngx_ai_say(error, 400, "invalid_request_error", "nesting_too_deep",
                       "Invalid body: JSON values are nested too deep, at "
                       "most 128 levels are accepted.");
            break;

        case AIR_JSON_TOO_COMPLEX:
            ngx_ai_say(error, 400, "invalid_request_error", "too_complex",
                       "Invalid body: the JSON value has too many members.");
            break;

        case AIR_JSON_DUPLICATE_KEY:
            key = air_str_n(text.data + je.key_start,
                            je.key_end - je.key_start);

            p = ngx_pnalloc(ctx->r->pool, 256);
            if (p == NULL) {
                return NGX_ERROR;
            }

            if (key.len > 64) {
                key.len = 0;
            }

            ngx_ai_say(error, 400, "invalid_request_error", "duplicate_key",
                       "");
            error->message = air_str_n(p,
                ngx_snprintf(p, 256, "Invalid body: duplicate JSON key "
                             "'%*s'. Duplicate JSON keys are not supported.",
                             key.len, key.data) - p);
            break;

        default:
            ngx_ai_say(error, 400, "invalid_request_error", "invalid_json",
                       bad);
        }

        return NGX_DECLINED;
    }

    ngx_memzero(error, sizeof(air_error_t));

    rc = ctx->codec->request_check(ctx->op, &ctx->doc, &ctx->mem,
                                   &ctx->request, error);

    if (rc == AIR_OK) {
        return NGX_OK;
    }

    if (rc == AIR_EINVAL) {
        if (error->fault == AIR_FAULT_NONE) {
            error->fault = AIR_FAULT_REQUEST;
        }

        return NGX_DECLINED;
    }

    return NGX_ERROR;
}


/* a name that some model could have: it goes into no header and no path, but
   into messages and the ledger */
static ngx_uint_t
ngx_ai_model_name(air_str_t name)
{
    u_char  ch;
    size_t  i;

    if (name.len == 0 || name.len > 256) {
        return 0;
    }

    for (i = 0; i < name.len; i++) {
        ch = name.data[i];

        if (ch == '.' && i && name.data[i - 1] == '.') {
            return 0;
        }

        if ((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')
            || (ch >= '0' && ch <= '9')
            || (ch && ngx_strchr("._:@/+~-*$", ch) != NULL))
        {
            continue;
        }

        return 0;
    }

    return 1;
}


/* the caller named this target, as vendor/model, model, tier or alias */
static ngx_uint_t
ngx_ai_asked(ngx_ai_choice_t *choice, air_str_t model)
{
    return air_str_eq(ngx_ai_air(choice->target->name), model)
           || air_str_eq(ngx_ai_air(choice->target->model), model)
           || air_str_eq(ngx_ai_air(choice->written), model)
           || (choice->tier != NULL
               && air_str_eq(ngx_ai_air(choice->tier->name), model));
}


static ngx_int_t
ngx_ai_no_model(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    u_char     *p;
    air_str_t   model;

    ngx_ai_error_fill(error, AIR_FAULT_MODEL);
    error->status = NGX_HTTP_NOT_FOUND;
    error->type = air_str_z("invalid_request_error");
    error->code = air_str_z("model_not_found");

    model = ctx->request.model;

    if (!ngx_ai_model_name(model) || model.len > 64) {
        error->message = air_str_z("The model does not exist or you do not "
                                   "have access to it.");
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(ctx->r->pool, 160);
    if (p == NULL) {
        return NGX_ERROR;
    }

    error->message = air_str_n(p,
        ngx_snprintf(p, 160, "The model `%*s` does not exist or you do not "
                     "have access to it.", model.len, model.data) - p);

    return NGX_DECLINED;
}


/* a workflow's targets of the request's class, *n, as the route function sees
   them; 1 when the caller named one of the workflow's */
static ngx_uint_t
ngx_ai_candidates(ngx_ai_ctx_t *ctx, ngx_ai_workflow_t *wf,
    air_candidate_t *cand, ngx_uint_t *n)
{
    int64_t             now;
    uint64_t            reopen;
    ngx_uint_t          i, asked, named, tasks;
    air_state_e         vs, ts;
    air_candidate_t    *c;
    ngx_ai_choice_t    *choice;
    const air_price_t  *price;

    choice = wf->choices.elts;
    now = ngx_ai_now();
    asked = 0;
    *n = 0;

    tasks = NGX_AI_TASKS;

    if (wf->tasks != 0) {
        tasks = ngx_ai_class(ctx);
        tasks = 1U << (tasks == AIR_NTASK ? AIR_TASK_OTHER : tasks);
    }

    for (i = 0; i < wf->choices.nelts; i++) {

        named = !wf->catalogue
                && ngx_ai_asked(&choice[i], ctx->request.model);
        asked |= named;

        if ((choice[i].tasks & tasks) == 0) {
            continue;
        }

        c = &cand[(*n)++];
        ngx_memzero(c, sizeof(air_candidate_t));

        c->id = i;
        c->group = choice[i].group;
        c->weight = choice[i].weight;
        c->select = choice[i].select;
        c->op_ok = choice[i].target->uri[ctx->op].len != 0;

        if (!ngx_ai_keys_target(ctx, choice[i].target)) {
            c->op_ok = 0;
            ctx->denied = 1;
        }

        c->asked = named;
        c->task = (choice[i].tasks & ~wf->tasks) == 0;

        vs = ngx_ai_health_state(ctx->amcf->zone,
                                 choice[i].target->vendor->health, now,
                                 &reopen);
        c->reopen_ms = reopen;

        ts = ngx_ai_health_state(ctx->amcf->zone, choice[i].target->health,
                                 now, &reopen);
        c->reopen_ms = ngx_max(c->reopen_ms, reopen);
        c->state = ngx_max(vs, ts);

        c->price = AIR_UNKNOWN;

        c->can = choice[i].target->can;
        c->fits = ngx_ai_codec_of(choice[i].target->vendor, ctx->op)
                  != ctx->codec;

        if (choice[i].target->info != NULL
            && choice[i].select == AIR_SELECT_PRICE)
        {
            price = air_model_price(choice[i].target->info, now);

            if (price != NULL
                && price->rate[0][AIR_IN] != AIR_UNKNOWN
                && price->rate[0][AIR_OUT] != AIR_UNKNOWN)
            {
                c->price = price->rate[0][AIR_IN] * 1000000
                           + price->rate[0][AIR_OUT] * 250000;
            }
        }
    }

    return asked;
}


/*
 * What the request wants of a target.  Its tokens are counted only where it
 * has more bytes than the smallest window has tokens, which no text can
 * exceed; a quarter is for what an estimate may err, and pictures do not
 * count.
 */
static void
ngx_ai_wants(ngx_ai_ctx_t *ctx, air_candidate_t *cand, ngx_uint_t n,
    air_wants_t *wants)
{
    uint64_t    least;
    ngx_uint_t  i;

    ngx_memzero(wants, sizeof(air_wants_t));

    wants->needs = ctx->request.needs;
    wants->max_output = ctx->request.max_output;
    wants->strict = ctx->request.require || ctx->workflow->require;

    ctx->request.require = wants->strict;

    least = 0;

    for (i = 0; i < n; i++) {
        if (cand[i].can.context
            && (least == 0 || cand[i].can.context < least))
        {
            least = cand[i].can.context;
        }
    }

    if (least && ctx->body.len > least) {
        wants->input = ngx_ai_estimate_text(ctx);
        wants->input -= wants->input / 4;
    }
}


/* nobody is left: what no target can do */
static ngx_int_t
ngx_ai_nobody(ngx_ai_ctx_t *ctx, air_candidate_t *cand, air_wants_t *wants,
    air_error_t *error)
{
    uint32_t    why;
    uint64_t    largest;
    unsigned    i, n;
    air_buf_t   text, list;
    ngx_uint_t  k;

    why = 0;
    largest = 0;

    for (k = 0; k < ctx->nchoice; k++) {
        why |= (uint32_t) 1 << ctx->order[k].why;
        largest = ngx_max(largest, cand[k].can.context);
    }

    ngx_ai_error_fill(error, AIR_FAULT_NO_TARGET);
    error->status = NGX_HTTP_NOT_FOUND;
    error->type = air_str_z("invalid_request_error");
    error->code = air_str_z("no_endpoints");

    air_buf_init(&text, &ctx->mem, 1024);
    air_buf_init(&list, &ctx->mem, 1024);

    air_buf_z(&list, "{\"code\":\"no_endpoints\",\"retryable\":false,"
                     "\"excluded_by\":[");

    if (why & (1 << AIR_WHY_NEEDS)) {

        ctx->lacked = air_route_lacked(cand, ctx->nchoice, wants->needs);

        air_buf_z(&text, "No model of this route can do what this request "
                         "needs:");

        for (i = 0, n = 0; i < AIR_NCAN; i++) {

            if (ctx->lacked & ((uint32_t) 1 << i)) {
                air_buf_z(&text, n ? ", " : " ");
                air_buf_z(&text, air_can_name(i));
                air_buf_z(&list, n++ ? ",\"" : "\"");
                air_buf_z(&list, air_can_name(i));
                air_buf_z(&list, "\"");
            }
        }

        air_buf_z(&text, ".");

    } else if (why & (1 << AIR_WHY_CONTEXT)) {

        /* in words that clients look for, to shorten what they send */

        ngx_ai_error_fill(error, AIR_FAULT_CONTEXT);

        air_buf_z(&text, "prompt is too long: ");
        air_buf_uint(&text, wants->input);
        air_buf_z(&text, " tokens > ");
        air_buf_uint(&text, largest);
        air_buf_z(&text, " maximum");
        air_buf_z(&list, "\"context_length\"");

    } else if (why & (1 << AIR_WHY_OUTPUT)) {
        air_buf_z(&text, "No model of this route writes an answer of ");
        air_buf_uint(&text, wants->max_output);
        air_buf_z(&text, " tokens.");
        air_buf_z(&list, "\"max_output\"");

    } else {
        air_buf_z(&text, "No model of this route can do this kind of "
                         "request.");
        air_buf_z(&list, "\"operation\"");
    }

    if (air_buf_z(&list, "]}") != AIR_OK || text.error != AIR_OK) {
        return NGX_ERROR;
    }

    error->message = air_buf_view(&text);
    error->availability = air_buf_view(&list);

    return NGX_DECLINED;
}


/* workflow, candidates, order */
ngx_int_t
ngx_ai_decide(ngx_ai_ctx_t *ctx, air_error_t *error)
{
    uint64_t            seed;
    unsigned            i, nusable, nchoice;
    ngx_str_t           principal;
    ngx_uint_t          asked, ncand;
    air_wants_t         wants;
    air_candidate_t     cand[NGX_AI_MAX_TARGETS];
    ngx_ai_workflow_t  *wf;

    wf = ngx_ai_conf_workflow(ctx->r, ctx->alcf);

    if (wf == NULL) {
        ngx_ai_error_fill(error, AIR_FAULT_NO_TARGET);
        error->status = NGX_HTTP_NOT_FOUND;
        error->type = air_str_z("invalid_request_error");
        error->code = air_str_z("route_not_configured");
        error->message = air_str_z("The workflow of this request is not "
                                   "configured.");
        return NGX_DECLINED;
    }

    ctx->workflow = wf;

    if (!ngx_ai_model_name(ctx->request.model)) {
        return ngx_ai_no_model(ctx, error);
    }

    if (wf->catalogue) {
        wf = ngx_ai_conf_catalogue(ctx->amcf, ctx->request.model);
        if (wf == NULL) {
            return ngx_ai_no_model(ctx, error);
        }

        ctx->workflow = wf;
    }

    if (ctx->alcf->principal != NULL) {
        if (ngx_http_complex_value(ctx->r, ctx->alcf->principal, &principal)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (principal.len || ctx->key == NULL) {
            ctx->principal = principal;
        }
    }

    if (ngx_ai_keys_workflow(ctx, wf, error) != NGX_OK) {
        return NGX_DECLINED;
    }

    asked = ngx_ai_candidates(ctx, wf, cand, &ncand);

    if (wf->listed && !asked) {
        return ngx_ai_no_model(ctx, error);
    }

    ctx->order = ngx_palloc(ctx->r->pool,
                            wf->choices.nelts * sizeof(air_choice_t));
    if (ctx->order == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(&seed, ctx->id, sizeof(seed));

    ngx_ai_wants(ctx, cand, ncand, &wants);

    air_route_order(cand, ncand, &wants, seed, ctx->order, &nusable,
                    &nchoice);

    ctx->norder = nusable;
    ctx->nchoice = nchoice;

    for (i = nusable; i < nchoice; i++) {
        ngx_ai_stat_left_out(ctx, ctx->order[i].id);
    }

    if (nusable == 0 && ctx->denied) {
        ngx_ai_say(error, NGX_HTTP_FORBIDDEN, "permission_error",
                   "model_not_allowed",
                   "This API key may not use any model of this route.");
        return NGX_DECLINED;
    }

    if (nusable == 0 && ctx->op == AIR_OP_COUNT_TOKENS) {
        return NGX_DONE;
    }

    if (nusable == 0) {
        return ngx_ai_nobody(ctx, cand, &wants, error);
    }

    return NGX_OK;
}
