
/*
 * What a request may use and cost at the most.
 */

#include "air_bound.h"


static int air_bound_counts(air_str_t key);
static int air_bound_data(air_str_t key, air_str_t raw);
static int air_bound_has(air_str_t s, const char *part);
static void air_bound_tools(air_bound_t *b, const air_json_doc_t *doc,
    const air_request_t *rq);
static void air_bound_walk(air_bound_t *b, const air_json_doc_t *doc,
    const air_request_t *rq, air_estimate_t *est);


/* a member of the request that holds what the model reads */
static int
air_bound_counts(air_str_t key)
{
    unsigned  i;

    static const air_str_t  members[] = {
        air_str("messages"), air_str("input"), air_str("system"),
        air_str("prompt"), air_str("tools"), air_str("functions"),
        air_str("instructions"), air_str("response_format"), air_str("text"),
        air_str("output_config"), air_str("output_format")
    };

    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (air_str_eq(key, members[i])) {
            return 1;
        }
    }

    return 0;
}


/* a picture, a document, a recording: under one of the names that protocols
   have for it an address, or base64; words are text wherever they stand */
static int
air_bound_data(air_str_t key, air_str_t raw)
{
    size_t         i;
    unsigned char  c;

    if (air_str_eqz(key, "data")) {
        if (raw.len < 64) {
            return 0;
        }

    } else if (!air_str_eqz(key, "url") && !air_str_eqz(key, "image_url")
               && !air_str_eqz(key, "file_url")
               && !air_str_eqz(key, "file_id")
               && !air_str_eqz(key, "file_data"))
    {
        return 0;
    }

    if (raw.len > 5 && memcmp(raw.data, "data:", 5) == 0
        && memmem(raw.data, raw.len < 256 ? raw.len : 256, ";base64,", 8)
           == NULL)
    {
        return 0;
    }

    for (i = 0; i < raw.len; i++) {
        c = raw.data[i];

        if (c <= 0x20 || c >= 0x7f || (c == '\\' && raw.data[i + 1] != '/')) {
            return 0;
        }
    }

    return raw.len != 0;
}


/* how often tools that search may, each by its max_uses */
static void
air_bound_tools(air_bound_t *b, const air_json_doc_t *doc,
    const air_request_t *rq)
{
    uint64_t                n;
    const air_json_node_t  *tools, *tool, *uses;

    if (!(rq->needs & AIR_CAN_SEARCH)) {
        return;
    }

    tools = air_json_get(doc, air_json_root(doc), "tools");

    if (tools != NULL && tools->type == AIR_JSON_ARRAY) {

        for (tool = air_json_first(doc, tools); tool;
             tool = air_json_next(doc, tool))
        {
            if (tool->type != AIR_JSON_OBJECT) {
                continue;
            }

            uses = air_json_get(doc, tool, "max_uses");

            if (uses != NULL && air_json_uint(doc, uses, &n) == AIR_OK) {
                b->searches += n < AIR_BOUND_SEARCHES * 100
                               ? n : AIR_BOUND_SEARCHES * 100;
            }
        }
    }

    if (b->searches == 0) {
        b->searches = AIR_BOUND_SEARCHES;
    }
}


/* One walk over the index; est is NULL where bytes are enough. */
static void
air_bound_walk(air_bound_t *b, const air_json_doc_t *doc,
    const air_request_t *rq, air_estimate_t *est)
{
    uint32_t                i, end;
    unsigned                pieces, given;
    air_str_t               raw, key;
    const air_json_node_t  *m, *node;

    memset(b, 0, sizeof(air_bound_t));

    b->output = rq->max_output;
    b->choices = rq->choices ? rq->choices : 1;
    b->tier = rq->tier;
    b->embeds = rq->op == AIR_OP_EMBEDDINGS;
    b->rough = est == NULL;
    b->text = 3;

    for (m = air_json_first(doc, air_json_root(doc)); m;
         m = air_json_next(doc, m))
    {
        key = air_json_key(doc, m);

        if (!air_bound_counts(key)) {
            continue;
        }

        if (air_str_eqz(key, "messages")
            || (rq->op == AIR_OP_RESPONSES && air_str_eqz(key, "input")))
        {
            b->text += 4 * (uint64_t) m->count;
        }

        if (est == NULL) {
            b->text += air_json_raw(doc, m).len;
        }

        /* what a tool was given, what it is, and instructions are text */

        pieces = air_str_eqz(key, "messages") || air_str_eqz(key, "input");
        given = AIR_JSON_MAX_DEPTH + 1;

        i = m - doc->nodes;
        end = m->next ? m->next : doc->n;

        for ( /* void */ ; i < end; i++) {
            node = &doc->nodes[i];

            if (node->depth <= given) {
                given = node != m && node->type == AIR_JSON_OBJECT
                        && air_str_eqz(air_json_key(doc, node), "input")
                        ? node->depth : AIR_JSON_MAX_DEPTH + 1;
            }

            if (node->key_escaped) {

                /* it may be a mark: the dearest is set aside */

                b->cache = 1;
                b->cache_1h = 1;
            }

            if (node->type == AIR_JSON_OBJECT
                && node->key_end - node->key_start == 13
                && air_str_eqz(air_json_key(doc, node), "cache_control"))
            {
                b->cache = 1;
            }

            if (node->type != AIR_JSON_STRING) {
                continue;
            }

            raw = air_json_raw(doc, node);
            key = air_json_key(doc, node);

            if (pieces && given > AIR_JSON_MAX_DEPTH
                && air_bound_data(key, raw))
            {
                b->pieces += 1 + raw.len / AIR_BOUND_BYTES;

                if (est == NULL) {
                    b->text -= raw.len;
                }

                continue;
            }

            if (air_str_eqz(key, "ttl")
                && (node->escaped || air_str_eqz(raw, "1h")))
            {
                b->cache_1h = 1;
            }

            if (est != NULL) {
                air_estimate_json(est, raw);
            }
        }
    }

    b->cache_1h &= b->cache;

    air_bound_tools(b, doc, rq);
}


void
air_bound_read(air_bound_t *b, const air_json_doc_t *doc,
    const air_request_t *rq)
{
    air_estimate_t  est;

    memset(&est, 0, sizeof(air_estimate_t));

    air_bound_walk(b, doc, rq, &est);

    b->text += air_estimate_tokens(&est);
}


void
air_bound_rough(air_bound_t *b, const air_json_doc_t *doc,
    const air_request_t *rq)
{
    air_bound_walk(b, doc, rq, NULL);
}


static int
air_bound_has(air_str_t s, const char *part)
{
    return memmem(s.data, s.len, part, strlen(part)) != NULL;
}


unsigned
air_bound_ratio(air_str_t model)
{
    unsigned  i;

    static const char *const  older[] = {
        "claude-2", "claude-3", "-4-0", "-4-1", "-4-5", "-4-6", "-4.5",
        "-4.6", "-4-20", "-instant"
    };

    if (air_bound_has(model, "claude")) {

        for (i = 0; i < sizeof(older) / sizeof(older[0]); i++) {
            if (air_bound_has(model, older[i])) {
                return 125;
            }
        }

        return 160;
    }

    if (air_bound_has(model, "gpt") || air_bound_has(model, "llama")) {
        return 100;
    }

    return 110;
}


uint64_t
air_bound_input(const air_bound_t *b, unsigned ratio)
{
    uint64_t  n;

    n = b->rough ? b->text / 4 : b->text;

    return (n * ratio + 99) / 100 + b->pieces * AIR_BOUND_PIECE;
}


uint64_t
air_bound_worst_input(const air_bound_t *b, unsigned ratio)
{
    uint64_t  n;

    n = b->rough ? b->text : (b->text * ratio * 135 + 9999) / 10000;

    return n + 16 + b->pieces * AIR_BOUND_PIECE;
}


uint64_t
air_bound_output(const air_bound_t *b, const air_can_t *can)
{
    uint64_t  n;

    if (b->embeds) {
        return 0;
    }

    n = b->output;

    if (n == 0 || (can->max_output != 0 && n > can->max_output)) {
        n = can->max_output;
    }

    if (n == 0 || __builtin_mul_overflow(n, b->choices, &n)) {
        return AIR_UNKNOWN;
    }

    return n;
}


uint64_t
air_bound_cost(const air_bound_t *b, const air_price_t *price,
    const air_can_t *can, unsigned ratio, uint32_t num, uint32_t den,
    int64_t time_ms)
{
    unsigned     flags, i;
    uint64_t     in, out, cost, most;
    air_usage_t  u;

    /* all of the prompt as one class: the dearest that it may be billed as */

    static const air_class_e  classes[] = {
        AIR_IN, AIR_IN_CACHE_WRITE, AIR_IN_CACHE_WRITE_1H
    };

    out = air_bound_output(b, can);

    if (price == NULL || out == AIR_UNKNOWN) {
        return AIR_UNKNOWN;
    }

    in = air_bound_worst_input(b, ratio);
    most = 0;

    for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {

        if ((classes[i] == AIR_IN_CACHE_WRITE && !b->cache)
            || (classes[i] == AIR_IN_CACHE_WRITE_1H && !b->cache_1h))
        {
            continue;
        }

        air_usage_init(&u);

        u.n[classes[i]] = in;
        u.n[AIR_OUT] = out;
        u.fee[AIR_FEE_REQUEST] = 1;
        u.fee[AIR_FEE_SEARCH] = b->searches;
        u.tier = b->tier;
        u.estimated = 1;
        u.mul_num = num;
        u.mul_den = den;

        cost = air_price_cost(price, &u, time_ms, &flags);

        if (cost == AIR_UNKNOWN) {
            return AIR_UNKNOWN;
        }

        most = cost > most ? cost : most;
    }

    return most;
}
