
/*
 * Usage on Cohere's wire.  Two counts stand beside each other: billed_units,
 * what is paid for, and tokens, what the model saw with the vendor's own
 * instructions around it.  The first one counts; of the second one only the
 * share of reasoning is told.  cached_tokens is part of the second one and
 * has no price of its own.
 *
 * docs.cohere.com/v2/reference/chat and cohere.com/pricing, read 2026-11-22.
 */

#include "air_cohere.h"


/* nobody counts more tokens than this in one reply */
#define AIR_COHERE_ABSURD  ((uint64_t) 1000 * 1000 * 1000 * 1000)


/* the finishes and their words, first those that are written */
static const air_finish_word_t  air_cohere_finishes[] = {
    { "COMPLETE", AIR_FINISH_STOP },
    { "STOP_SEQUENCE", AIR_FINISH_SEQUENCE },
    { "MAX_TOKENS", AIR_FINISH_LENGTH },
    { "TOOL_CALL", AIR_FINISH_TOOL_CALLS },
    { "ERROR_TOXIC", AIR_FINISH_CONTENT_FILTER },
    { "ERROR", AIR_FINISH_ERROR },
    { "ERROR_LIMIT", AIR_FINISH_CONTEXT },
    { "TIMEOUT", AIR_FINISH_ERROR }
};

#define AIR_COHERE_NFINISHES                                                  \
    (sizeof(air_cohere_finishes) / sizeof(air_cohere_finishes[0]))


air_finish_e
air_cohere_finish(const air_json_doc_t *doc, const air_json_node_t *node)
{
    return air_finish_read(air_cohere_finishes, AIR_COHERE_NFINISHES, doc,
                           node);
}


const char *
air_cohere_finish_name(air_finish_e finish, int calls)
{
    unsigned  i;

    if (finish == AIR_FINISH_REFUSAL) {
        finish = AIR_FINISH_CONTENT_FILTER;
    }

    for (i = 0; i < AIR_COHERE_NFINISHES; i++) {
        if (air_cohere_finishes[i].finish == finish) {
            break;
        }
    }

    if (i == AIR_COHERE_NFINISHES || finish == AIR_FINISH_STOP) {
        return calls ? "TOOL_CALL" : "COMPLETE";
    }

    return air_cohere_finishes[i].name;
}


/* 1 and *n when the member is a whole number that can be a count. */
static int
air_cohere_count(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name, air_usage_t *u, uint64_t *n)
{
    uint64_t                value;
    const air_json_node_t  *node;

    node = air_json_given(doc, object, name);

    if (node == NULL) {
        return 0;
    }

    if (node->type != AIR_JSON_NUMBER
        || air_json_uint(doc, node, &value) != AIR_OK
        || value > AIR_COHERE_ABSURD)
    {
        u->clamped = 1;
        return 0;
    }

    *n = value;

    return 1;
}


int
air_cohere_usage(const air_json_doc_t *doc, const air_json_node_t *usage,
    air_usage_t *u)
{
    int                     seen;
    const air_json_node_t  *units, *tokens;

    air_usage_init(u);

    units = air_json_given(doc, usage, "billed_units");
    tokens = air_json_given(doc, usage, "tokens");

    if (units == NULL) {
        /* private deployments bill nothing */
        units = tokens;
    }

    seen = air_cohere_count(doc, units, "input_tokens", u, &u->n[AIR_IN]);
    seen |= air_cohere_count(doc, units, "output_tokens", u, &u->n[AIR_OUT]);

    if (units != tokens) {
        seen |= air_cohere_count(doc, units, "image_tokens", u,
                                 &u->n[AIR_IN_IMAGE]);
        seen |= air_cohere_count(doc, units, "search_units", u,
                                 &u->fee[AIR_FEE_SEARCH]);
    }

    if (!seen) {
        return 0;
    }

    u->seen = 1;

    (void) air_cohere_count(doc, tokens, "reasoning_tokens", u,
                            &u->reasoning);

    if (u->reasoning > u->n[AIR_OUT]) {
        u->reasoning = u->n[AIR_OUT];
    }

    return 1;
}


static void
air_cohere_field(const char *name, uint64_t n, air_buf_t *b)
{
    air_buf_z(b, name);
    air_buf_uint(b, n);
}


void
air_cohere_usage_write(const char *name, const air_usage_t *u, air_buf_t *b)
{
    uint64_t  in, out;

    in = air_usage_input(u);
    out = air_usage_output(u);

    air_buf_z(b, "\"");
    air_buf_z(b, name);
    air_cohere_field("\":{\"billed_units\":{\"input_tokens\":",
                     in - u->n[AIR_IN_IMAGE], b);

    if (u->n[AIR_IN_IMAGE] != 0) {
        air_cohere_field(",\"image_tokens\":", u->n[AIR_IN_IMAGE], b);
    }

    if (out != 0 || strcmp(name, "meta") != 0) {
        air_cohere_field(",\"output_tokens\":", out, b);
    }

    if (u->fee[AIR_FEE_SEARCH] != 0) {
        air_cohere_field(",\"search_units\":", u->fee[AIR_FEE_SEARCH], b);
    }

    air_buf_z(b, "}");

    if (strcmp(name, "meta") == 0) {
        air_buf_z(b, ",\"api_version\":{\"version\":\"2\"}}");
        return;
    }

    air_cohere_field(",\"tokens\":{\"input_tokens\":", in, b);
    air_cohere_field(",\"output_tokens\":", out, b);

    if (u->reasoning != 0) {
        air_cohere_field(",\"reasoning_tokens\":", u->reasoning, b);
    }

    air_buf_z(b, "}}");
}
