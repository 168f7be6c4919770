
/*
 * What a request may use and cost at the most: read of its body, priced.
 */

#include "../../ngx_ai_router_module/core/air_bound.h"
#include "mem.h"
#include "tap.h"


static air_bound_t
bound_by(void (*read)(air_bound_t *b, const air_json_doc_t *doc,
                      const air_request_t *rq),
    const char *body, air_op_e op, uint32_t needs)
{
    mem_t           m;
    air_mem_t       mem;
    air_bound_t     b;
    air_request_t   rq;
    air_json_doc_t  doc;

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);

    is(air_json_scan(&doc, air_str_z(body), 0, NULL), AIR_OK, "JSON");

    memset(&rq, 0, sizeof(rq));
    rq.op = op;
    rq.needs = needs;
    rq.choices = 1;
    rq.max_output = strstr(body, "\"max_tokens\":100") ? 100 : 0;

    read(&b, &doc, &rq);
    mem_free(&m);

    return b;
}


static air_bound_t
bound(const char *body, air_op_e op, uint32_t needs)
{
    return bound_by(air_bound_read, body, op, needs);
}


static void
test_read(void)
{
    air_bound_t  b, c;

    b = bound("{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
              "\"content\":\"Hello there\"}],\"user\":\"not read\"}",
              AIR_OP_CHAT, 0);

    c = bound("{\"messages\":[{\"role\":\"user\","
              "\"content\":\"Hello there\"}]}", AIR_OP_CHAT, 0);

    is(b.text, c.text, "only what the model reads counts");
    ok(b.text > 7 && b.text < 20, "tokens of a short one: %d", (int) b.text);
    is(b.pieces, 0, "no pieces");
    is(b.output, 0, "no limit");
    is(b.cache, 0, "no cache mark");
    is(b.searches, 0, "no searches");

    b = bound("{\"max_tokens\":100,\"messages\":[{\"role\":\"user\","
              "\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
              "\"data:image/png;base64,iVBORw0KGgo=\"}}]}]}",
              AIR_OP_CHAT, AIR_CAN_VISION);

    is(b.pieces, 1, "a picture is a piece");
    is(b.output, 100, "its limit");
    is(air_bound_input(&b, 100), b.text + 1600, "a piece's tokens");

    b = bound("{\"system\":[{\"type\":\"text\",\"text\":\"x\","
              "\"cache_control\":{\"type\":\"ephemeral\"}}]}",
              AIR_OP_MESSAGES, 0);
    is(b.cache, 1, "a cache mark");
    is(b.cache_1h, 0, "of the short kind");

    b = bound("{\"system\":[{\"type\":\"text\",\"text\":\"x\","
              "\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}]}",
              AIR_OP_MESSAGES, 0);
    is(b.cache_1h, 1, "of the long kind");

    b = bound("{\"messages\":[],\"tools\":[{\"type\":\"web_search\","
              "\"max_uses\":3},{\"max_uses\":2},7]}",
              AIR_OP_MESSAGES, AIR_CAN_SEARCH);
    is(b.searches, 5, "searches as limited");

    b = bound("{\"messages\":[],\"tools\":[{\"type\":\"web_search\"}]}",
              AIR_OP_MESSAGES, AIR_CAN_SEARCH);
    is(b.searches, AIR_BOUND_SEARCHES, "searches without a limit");

    b = bound("{\"messages\":[],\"tools\":[{\"max_uses\":3}]}",
              AIR_OP_MESSAGES, 0);
    is(b.searches, 0, "no tool that searches");
}


/* Where an address or base64 may stand, and what passes for neither. */
static void
test_pieces(void)
{
    size_t       i, n;
    char         body[2048], text[1200];
    air_bound_t  b;

    static const struct {
        const char  *part;
        unsigned     pieces;
    } rows[] = {
        { "{\"source\":{\"type\":\"url\",\"url\":\"https://x.test/a\"}}", 1 },
        { "{\"image_url\":\"https:\\/\\/x.test\\/a.png\"}", 1 },
        { "{\"file_id\":\"file_1\"}", 1 },
        { "{\"file_data\":\"data:application/pdf;base64,JVBERi0=\"}", 1 },
        { "{\"data\":\"%s\"}", 1 },
        { "{\"type\":\"text\",\"text\":\"data:%s\"}", 0 },
        { "{\"type\":\"text\",\"text\":\"data:x;base64,%s\"}", 0 },
        { "{\"url\":\"data:text/plain,%s\"}", 0 },
        { "{\"url\":\"https://x.test/ and then %s\"}", 0 },
        { "{\"data\":\"%s and then words\"}", 0 },
        { "{\"data\":\"%s\\n\"}", 0 },
        { "{\"type\":\"tool_use\",\"input\":{\"data\":\"%s\"}}", 0 },
        { "{\"type\":\"tool_use\",\"input\":{\"a\":{\"url\":\"%s\"}}}", 0 }
    };

    memset(text, 'A', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        n = snprintf(body, sizeof(body), "{\"messages\":[{\"content\":[");
        n += snprintf(body + n, sizeof(body) - n, rows[i].part, text);
        snprintf(body + n, sizeof(body) - n, "]}]}");

        b = bound(body, AIR_OP_MESSAGES, 0);

        is(b.pieces, rows[i].pieces, "pieces: %s", rows[i].part);
        ok(rows[i].pieces != 0 || b.text > 80, "else it is text");
    }

    b = bound("{\"tools\":[{\"url\":\"https://x.test/\"}]}", AIR_OP_CHAT, 0);
    is(b.pieces, 0, "a tool has none");

    b = bound("{\"messages\":[{\"cache\\u005fcontrol\":{\"type\":\"ephemeral\","
              "\"ttl\":\"1\\u0068\"}}]}", AIR_OP_MESSAGES, 0);
    is(b.cache && b.cache_1h, 1, "a mark in other words");
}


/* Nothing is estimated: bytes, which no tokenizer makes more tokens of. */
static void
test_rough(void)
{
    size_t       i;
    air_bound_t  b, r;

    static const char *const  bodies[] = {
        "{\"messages\":[{\"role\":\"user\",\"content\":\"Hello there\"}]}",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"\\u65e5\\u672c "
        "\xe6\x97\xa5\xe6\x9c\xac\"}],\"tools\":[{\"name\":\"f\"}]}",
        "{\"system\":[{\"type\":\"text\",\"text\":\"x\",\"cache_control\":"
        "{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}],\"max_tokens\":100}",
        "{\"prompt\":\"\"}"
    };

    for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        b = bound(bodies[i], AIR_OP_CHAT, 0);
        r = bound_by(air_bound_rough, bodies[i], AIR_OP_CHAT, 0);

        ok(r.rough && !b.rough, "rough: %s", bodies[i]);
        ok(air_bound_worst_input(&r, 160) >= b.text * 160 / 100,
           "not below the estimate of the dearest tokenizer");
        is(r.output, b.output, "the same limit");
        is(r.cache_1h, b.cache_1h, "the same marks");
        is(r.pieces, b.pieces, "the same pieces");
    }

    r = bound_by(air_bound_rough, "{\"messages\":[{\"role\":\"user\","
                 "\"content\":\"abcdefgh\"}],\"user\":\"not read\"}",
                 AIR_OP_CHAT, 0);

    is((long long) air_bound_worst_input(&r, 160), 3 + 4 + 38 + 16,
       "each byte of what is read, and what frames it");
    is((long long) air_bound_input(&r, 100), 45 / 4, "likely each fourth");

    r = bound_by(air_bound_rough, "{\"messages\":[{\"role\":\"user\","
                 "\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
                 "\"data:image/png;base64,iVBORw0KGgo=\"}}]}]}",
                 AIR_OP_CHAT, AIR_CAN_VISION);

    is(r.pieces, 1, "a picture is a piece");
    ok(r.text < 90, "and its bytes are none: %d", (int) r.text);
}


static void
test_ratio(void)
{
    is(air_bound_ratio(air_str_z("gpt-5-mini")), 100, "OpenAI");
    is(air_bound_ratio(air_str_z("claude-haiku-4-5")), 125, "Claude to 4.6");
    is(air_bound_ratio(air_str_z("anthropic.claude-3-opus-v1:0")), 125,
       "Claude 3 on Bedrock");
    is(air_bound_ratio(air_str_z("claude-opus-5")), 160, "Claude since 4.7");
    is(air_bound_ratio(air_str_z("mistral-small")), 110, "others");
    is(air_bound_ratio(air_str_z("")), 110, "nobody");
}


static air_price_t
price(uint64_t in, uint64_t write, uint64_t out)
{
    unsigned     i, k;
    air_price_t  p;

    memset(&p, 0, sizeof(p));

    for (i = 0; i < AIR_NTIER; i++) {
        for (k = 0; k < AIR_NCLASS; k++) {
            p.rate[i][k] = AIR_UNKNOWN;
        }
    }

    for (i = 0; i < AIR_NFEE; i++) {
        p.fee[i] = AIR_UNKNOWN;
    }

    p.from_ms = INT64_MIN;
    p.to_ms = INT64_MAX;
    p.rate[0][AIR_IN] = in;
    p.rate[0][AIR_IN_CACHE_WRITE] = write;
    p.rate[0][AIR_OUT] = out;

    return p;
}


static void
test_cost(void)
{
    air_can_t    can = { 0, 0, 0, 0 };
    air_bound_t  b;
    air_price_t  p;

    memset(&b, 0, sizeof(b));
    b.text = 1000;
    b.choices = 2;
    b.output = 500;

    p = price(1000000, 1250000, 4000000);

    is(air_bound_worst_input(&b, 100), 1366, "a third more, and 16");
    is(air_bound_worst_input(&b, 160), 2176, "by the tokenizer");
    is(air_bound_output(&b, &can), 1000, "each answer");
    is(air_bound_cost(&b, &p, &can, 100, 1, 1, 0),
       1366 * 1000000ULL + 1000 * 4000000ULL, "its worst case");
    is(air_bound_cost(&b, &p, &can, 100, 11, 10, 0),
       (1366 * 1000000ULL + 1000 * 4000000ULL) / 10 * 11, "in a dear region");

    b.cache = 1;
    is(air_bound_cost(&b, &p, &can, 100, 1, 1, 0),
       1366 * 1250000ULL + 1000 * 4000000ULL, "all of it written to a cache");

    can.max_output = 300;
    is(air_bound_output(&b, &can), 600, "no more than the model writes");

    b.output = 0;
    is(air_bound_output(&b, &can), 600, "without a limit: the model's");

    can.max_output = 0;
    is(air_bound_output(&b, &can), AIR_UNKNOWN, "nobody's limit");
    is(air_bound_cost(&b, &p, &can, 100, 1, 1, 0), AIR_UNKNOWN,
       "nobody knows what that costs");

    b.embeds = 1;
    b.cache = 0;
    is(air_bound_cost(&b, &p, &can, 100, 1, 1, 0), 1366 * 1000000ULL,
       "embeddings write nothing");

    is(air_bound_cost(&b, NULL, &can, 100, 1, 1, 0), AIR_UNKNOWN,
       "without a price");

    b.embeds = 0;
    b.output = UINT64_MAX / 2 + 1;
    is(air_bound_output(&b, &can), AIR_UNKNOWN, "past all numbers");
}


int
main(void)
{
    test_read();
    test_pieces();
    test_rough();
    test_ratio();
    test_cost();

    return done();
}
