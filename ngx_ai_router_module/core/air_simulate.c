
/*
 * The simulated vendor's words, after OpenAI's API reference (chat,
 * completions, embeddings; read 2026-11).  A reply is a number of tokens, of
 * which each is one word of a fixed text, or four bytes of the JSON that was
 * asked for.  Pacing, failures and the wire are the caller's.
 */

#include "air_simulate.h"


#define AIR_SIMULATE_PIECE  4         /* bytes of JSON that make a token    */


static const char *const  air_simulate_words[] = {
    " This", " is", " a", " simulated", " reply", ".", " No", " model",
    " was", " asked", " and", " nothing", " is", " billed", ".", " The",
    " same", " words", " come", " again", " until", " the", " number",
    " of", " tokens", " is", " reached", ",", " one", " word", " each", "."
};

#define AIR_SIMULATE_WORDS                                                    \
    (sizeof(air_simulate_words) / sizeof(air_simulate_words[0]))


uint64_t
air_simulate_pieces(air_str_t text)
{
    size_t    pos;
    uint64_t  n;

    n = 0;

    for (pos = 0; pos < text.len; n++) {
        pos += AIR_SIMULATE_PIECE;

        while (pos < text.len && (text.data[pos] & 0xc0) == 0x80) {
            pos++;
        }
    }

    return n;
}


/* The text of token i; for JSON *pos moves behind it. */
static air_str_t
air_simulate_piece(const air_simulate_t *s, uint64_t i, size_t *pos)
{
    size_t       start;
    const char  *word;

    if (s->text.len == 0) {
        word = air_simulate_words[i % AIR_SIMULATE_WORDS];
        return air_str_z(i == 0 ? word + 1 : word);
    }

    start = *pos;
    *pos += AIR_SIMULATE_PIECE;

    while (*pos < s->text.len && (s->text.data[*pos] & 0xc0) == 0x80) {
        (*pos)++;
    }

    if (*pos > s->text.len) {
        *pos = s->text.len;
    }

    return air_str_n(s->text.data + start, *pos - start);
}


/* All tokens as one JSON string. */
static int
air_simulate_content(const air_simulate_t *s, air_buf_t *b)
{
    size_t    pos;
    uint64_t  i;

    pos = 0;

    if (s->text.len != 0) {
        for (i = 0; i < s->tokens; i++) {
            (void) air_simulate_piece(s, i, &pos);
        }

        return air_buf_json(b, air_str_n(s->text.data, pos));
    }

    air_buf_byte(b, '"');

    for (i = 0; i < s->tokens; i++) {
        air_buf_str(b, air_simulate_piece(s, i, &pos));
    }

    return air_buf_byte(b, '"');
}


void
air_simulate_usage(const air_simulate_t *s, air_buf_t *b)
{
    air_buf_z(b, "\"usage\":{\"prompt_tokens\":");
    air_buf_uint(b, s->prompt);

    if (s->op != AIR_OP_EMBEDDINGS) {
        air_buf_z(b, ",\"completion_tokens\":");
        air_buf_uint(b, s->tokens);
    }

    air_buf_z(b, ",\"total_tokens\":");
    air_buf_uint(b, s->prompt + s->tokens);

    if (s->op != AIR_OP_EMBEDDINGS) {
        air_buf_z(b, ",\"prompt_tokens_details\":{\"cached_tokens\":0},"
                  "\"completion_tokens_details\":{\"reasoning_tokens\":0}");
    }

    air_buf_byte(b, '}');
}


/* {"id":...,"object":OBJECT,"created":...,"model":...  */
static void
air_simulate_head(const air_simulate_t *s, const char *object, air_buf_t *b)
{
    air_buf_z(b, s->op == AIR_OP_CHAT ? "{\"id\":\"chatcmpl-"
                                      : "{\"id\":\"cmpl-");
    air_buf_str(b, s->id);
    air_buf_z(b, "\",\"object\":\"");
    air_buf_z(b, object);
    air_buf_z(b, "\",\"created\":");
    air_buf_int(b, s->created);
    air_buf_z(b, ",\"model\":\"");
    air_buf_str(b, s->model);
    air_buf_z(b, "\",\"system_fingerprint\":\"fp_simulated\"");
}


static const char *
air_simulate_finish(const air_simulate_t *s)
{
    if (s->length) {
        return "length";
    }

    return s->tool.len != 0 ? "tool_calls" : "stop";
}


/* The head of a tool call up to its arguments' value. */
static void
air_simulate_call(const air_simulate_t *s, air_buf_t *b)
{
    air_buf_z(b, "\"id\":\"call_");
    air_buf_str(b, s->id);
    air_buf_z(b, "\",\"type\":\"function\",\"function\":{\"name\":\"");
    air_buf_str(b, s->tool);
    air_buf_z(b, "\",\"arguments\":");
}


int
air_simulate_reply(const air_simulate_t *s, air_buf_t *b)
{
    if (s->op == AIR_OP_EMBEDDINGS) {
        return air_simulate_embeddings(s, b);
    }

    air_simulate_head(s, s->op == AIR_OP_CHAT ? "chat.completion"
                                              : "text_completion", b);

    air_buf_z(b, ",\"choices\":[{\"index\":0,");

    if (s->op != AIR_OP_CHAT) {
        air_buf_z(b, "\"text\":");
        air_simulate_content(s, b);

    } else if (s->tool.len != 0) {
        air_buf_z(b, "\"message\":{\"role\":\"assistant\",\"content\":null,"
                  "\"tool_calls\":[{");
        air_simulate_call(s, b);
        air_simulate_content(s, b);
        air_buf_z(b, "}}]}");

    } else {
        air_buf_z(b, "\"message\":{\"role\":\"assistant\",\"content\":");
        air_simulate_content(s, b);
        air_buf_z(b, ",\"refusal\":null}");
    }

    air_buf_z(b, ",\"logprobs\":null,\"finish_reason\":\"");
    air_buf_z(b, air_simulate_finish(s));
    air_buf_z(b, "\"}],");
    air_simulate_usage(s, b);

    return air_buf_byte(b, '}');
}


/* One choice of a chunk: what stands in it but its finish. */
static void
air_simulate_delta(air_simulate_t *s, air_buf_t *b)
{
    air_str_t  piece;

    if (s->next == AIR_SIMULATE_ROLE) {

        if (s->tool.len == 0) {
            air_buf_z(b, "\"delta\":{\"role\":\"assistant\","
                      "\"content\":\"\",\"refusal\":null}");
            return;
        }

        air_buf_z(b, "\"delta\":{\"role\":\"assistant\",\"content\":null,"
                  "\"tool_calls\":[{\"index\":0,");
        air_simulate_call(s, b);
        air_buf_z(b, "\"\"}}]}");
        return;
    }

    if (s->next == AIR_SIMULATE_FINISH) {
        air_buf_z(b, s->op == AIR_OP_CHAT ? "\"delta\":{}" : "\"text\":\"\"");
        return;
    }

    piece = air_simulate_piece(s, s->sent, &s->pos);

    if (s->op != AIR_OP_CHAT) {
        air_buf_z(b, "\"text\":");
        air_buf_json(b, piece);

    } else if (s->tool.len != 0) {
        air_buf_z(b, "\"delta\":{\"tool_calls\":[{\"index\":0,"
                  "\"function\":{\"arguments\":");
        air_buf_json(b, piece);
        air_buf_z(b, "}}]}");

    } else {
        air_buf_z(b, "\"delta\":{\"content\":");
        air_buf_json(b, piece);
        air_buf_byte(b, '}');
    }
}


static air_simulate_next_e
air_simulate_step(air_simulate_t *s)
{
    switch (s->next) {

    case AIR_SIMULATE_CONTENT:
        s->sent++;

        /* fall through */

    case AIR_SIMULATE_ROLE:
        return s->sent < s->tokens ? AIR_SIMULATE_CONTENT
                                   : AIR_SIMULATE_FINISH;

    case AIR_SIMULATE_FINISH:
        return s->usage ? AIR_SIMULATE_USAGE : AIR_SIMULATE_DONE;

    case AIR_SIMULATE_USAGE:
        return AIR_SIMULATE_DONE;

    default:
        return AIR_SIMULATE_END;
    }
}


int
air_simulate_event(air_simulate_t *s, air_buf_t *b)
{
    if (s->next >= AIR_SIMULATE_DONE) {

        if (s->next == AIR_SIMULATE_DONE) {
            air_buf_z(b, "data: [DONE]\n\n");
            s->next = AIR_SIMULATE_END;
        }

        return b->error;
    }

    air_buf_z(b, "data: ");
    air_simulate_head(s, s->op == AIR_OP_CHAT ? "chat.completion.chunk"
                                              : "text_completion", b);

    if (s->next == AIR_SIMULATE_USAGE) {
        air_buf_z(b, ",\"choices\":[],");
        air_simulate_usage(s, b);

    } else {
        air_buf_z(b, ",\"choices\":[{\"index\":0,");
        air_simulate_delta(s, b);
        air_buf_z(b, ",\"logprobs\":null,\"finish_reason\":");

        if (s->next == AIR_SIMULATE_FINISH) {
            air_buf_byte(b, '"');
            air_buf_z(b, air_simulate_finish(s));
            air_buf_byte(b, '"');

        } else {
            air_buf_z(b, "null");
        }

        air_buf_z(b, s->usage ? "}],\"usage\":null" : "}]");
    }

    air_buf_z(b, "}\n\n");

    s->next = air_simulate_step(s);

    return b->error;
}


int
air_simulate_models(air_str_t model, int64_t created, air_buf_t *b)
{
    air_buf_z(b, "{\"object\":\"list\",\"data\":[{\"id\":");
    air_buf_json(b, model);
    air_buf_z(b, ",\"object\":\"model\",\"created\":");
    air_buf_int(b, created);

    return air_buf_z(b, ",\"owned_by\":\"ai_simulate\"}]}");
}
