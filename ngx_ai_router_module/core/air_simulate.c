
/*
 * The simulated vendor's words.  A reply is a number of tokens, of which each
 * is one word of a fixed text, or four bytes of what was made up: JSON that
 * was asked for, or an echo.  Pacing, failures and sending are the caller's,
 * the wire is the codec's.
 */

#include "air_simulate.h"


#define AIR_SIMULATE_PIECE  4         /* bytes of text that make a token    */


static const char *const  air_simulate_words[] = {
    " This", " is", " a", " simulated", " reply", ".", " No", " model",
    " was", " asked", " and", " nothing", " is", " billed", ".", " The",
    " same", " words", " come", " again", " until", " the", " number",
    " of", " tokens", " is", " reached", ",", " one", " word", " each", "."
};

static const char *const  air_simulate_thoughts[] = {
    " Nobody", " thinks", " here", ",", " but", " it", " was", " asked",
    " for", "."
};

#define AIR_SIMULATE_NWORDS                                                   \
    (sizeof(air_simulate_words) / sizeof(air_simulate_words[0]))

#define AIR_SIMULATE_NTHOUGHTS                                                \
    (sizeof(air_simulate_thoughts) / sizeof(air_simulate_thoughts[0]))

#define AIR_SIMULATE_SIGNATURE  "c2ltdWxhdGVk"    /* "simulated"            */


size_t
air_simulate_piece_end(air_str_t text, size_t pos)
{
    pos += AIR_SIMULATE_PIECE;

    while (pos < text.len && (text.data[pos] & 0xc0) == 0x80) {
        pos++;
    }

    return pos < text.len ? pos : text.len;
}


uint64_t
air_simulate_pieces(air_str_t text)
{
    size_t    pos;
    uint64_t  n;

    n = 0;

    for (pos = 0; pos < text.len; n++) {
        pos = air_simulate_piece_end(text, pos);
    }

    return n;
}


/* The text of token i of a part; of made up text *pos moves behind it. */
static air_str_t
air_simulate_piece(const air_simulate_part_t *part, uint64_t i, size_t *pos)
{
    size_t       start;
    const char  *word;

    if (part->text.len != 0) {
        start = *pos;
        *pos = air_simulate_piece_end(part->text, start);

        return air_str_n(part->text.data + start, *pos - start);
    }

    if (part->type == AIR_PART_THINKING) {
        word = air_simulate_thoughts[i % AIR_SIMULATE_NTHOUGHTS];

    } else {
        word = air_simulate_words[i % AIR_SIMULATE_NWORDS];
    }

    return air_str_z(i == 0 ? word + 1 : word);
}


/* ---- whole replies ---------------------------------------------------- */


/* All tokens of a part, which for made up text may be a piece of it. */
static int
air_simulate_text(const air_simulate_t *s, const air_simulate_part_t *part,
    air_str_t *text)
{
    size_t     pos;
    uint64_t   i;
    air_buf_t  b;

    pos = 0;

    if (part->text.len != 0) {
        for (i = 0; i < part->tokens; i++) {
            pos = air_simulate_piece_end(part->text, pos);
        }

        *text = air_str_n(part->text.data, pos);

        return AIR_OK;
    }

    air_buf_init(&b, s->mem, 16 * AIR_SIMULATE_TOKENS);

    for (i = 0; i < part->tokens; i++) {
        air_buf_str(&b, air_simulate_piece(part, i, &pos));
    }

    *text = air_buf_view(&b);

    return b.error;
}


static air_finish_e
air_simulate_finish(const air_simulate_t *s)
{
    if (s->length) {
        return AIR_FINISH_LENGTH;
    }

    return s->n != 0 && s->part[s->n - 1].type == AIR_PART_TOOL_CALL
           ? AIR_FINISH_TOOL_CALLS : AIR_FINISH_STOP;
}


static int
air_simulate_choice(const air_simulate_t *s, air_msg_reply_t *reply)
{
    int                         rc;
    unsigned                    i;
    air_str_t                   text;
    air_part_t                 *part;
    air_msg_choice_t           *choice;
    const air_simulate_part_t  *p;

    choice = air_msg_choice(reply, s->mem, 0);

    if (choice == NULL) {
        return AIR_ENOMEM;
    }

    choice->finish = air_simulate_finish(s);

    for (i = 0; i < s->n; i++) {
        p = &s->part[i];

        rc = air_simulate_text(s, p, &text);
        if (rc != AIR_OK) {
            return rc;
        }

        part = air_msg_part(&choice->parts, &choice->last, s->mem, p->type);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        if (p->type == AIR_PART_TOOL_CALL) {
            part->id = p->id;
            part->name = p->name;
            part->arguments = text;
            continue;
        }

        part->text = text;

        if (p->type == AIR_PART_THINKING) {
            part->signature = air_str_z(AIR_SIMULATE_SIGNATURE);
            part->issuer = s->codec->name;
        }
    }

    return AIR_OK;
}


int
air_simulate_reply(air_simulate_t *s, air_buf_t *b)
{
    int              rc;
    air_msg_reply_t  reply;

    air_msg_reply_init(&reply, "simulated", s->op);

    reply.id = s->how.id;
    reply.model = s->msg.model;
    reply.created = (uint64_t) s->how.created;
    reply.usage = s->usage;

    if (s->op == AIR_OP_EMBEDDINGS) {
        rc = air_simulate_vectors(s, &reply);

    } else {
        reply.fingerprint = air_str_z("fp_simulated");
        rc = air_simulate_choice(s, &reply);
    }

    return rc == AIR_OK ? s->codec->reply_write(&reply, b) : rc;
}


/* ---- streams ---------------------------------------------------------- */


static int
air_simulate_write(air_simulate_t *s, air_delta_t *d, air_delta_e type,
    air_buf_t *b)
{
    d->type = type;

    return s->codec->event_write(&s->stream, d, b);
}


static int
air_simulate_start(air_simulate_t *s, air_delta_t *d, air_buf_t *b)
{
    s->next = s->n != 0 ? AIR_SIMULATE_BLOCK : AIR_SIMULATE_FINISH;

    /* what is known before anything is said */

    s->stream.usage = s->usage;
    s->stream.usage.n[AIR_OUT] = 0;
    s->stream.usage.reasoning = 0;

    d->id = s->how.id;
    d->model = s->msg.model;
    d->created = (uint64_t) s->how.created;

    return air_simulate_write(s, d, AIR_DELTA_START, b);
}


static int
air_simulate_token(air_simulate_t *s, air_delta_t *d, air_buf_t *b)
{
    const air_simulate_part_t  *part;

    part = &s->part[s->at];

    d->text = air_simulate_piece(part, s->nth, &s->pos);

    s->nth++;
    s->sent++;

    if (s->nth == part->tokens) {
        s->next = AIR_SIMULATE_BLOCK_END;
    }

    return air_simulate_write(s, d, part->type == AIR_PART_TOOL_CALL
                                    ? AIR_DELTA_ARGUMENTS : AIR_DELTA_TEXT,
                              b);
}


static int
air_simulate_block_end(air_simulate_t *s, air_delta_t *d, air_buf_t *b)
{
    int  rc;

    s->at++;
    s->nth = 0;
    s->pos = 0;
    s->next = s->at < s->n ? AIR_SIMULATE_BLOCK : AIR_SIMULATE_FINISH;

    if (d->part == AIR_PART_THINKING) {
        d->text = air_str_z(AIR_SIMULATE_SIGNATURE);
        d->issuer = s->codec->name;

        rc = air_simulate_write(s, d, AIR_DELTA_SIGNATURE, b);

        if (rc != AIR_OK) {
            return rc;
        }

        d->text = air_str_n(NULL, 0);
    }

    return air_simulate_write(s, d, AIR_DELTA_BLOCK_END, b);
}


static int
air_simulate_last(air_simulate_t *s, air_delta_t *d, air_buf_t *b)
{
    int  rc;

    s->next = AIR_SIMULATE_END;

    d->usage = &s->usage;
    rc = air_simulate_write(s, d, AIR_DELTA_USAGE, b);
    d->usage = NULL;

    return rc == AIR_OK ? air_simulate_write(s, d, AIR_DELTA_END, b) : rc;
}


int
air_simulate_event(air_simulate_t *s, air_buf_t *b)
{
    air_delta_t                 d;
    const air_simulate_part_t  *part;

    memset(&d, 0, sizeof(air_delta_t));

    if (s->at < s->n) {
        d.block = s->at;
        d.part = s->part[s->at].type;
    }

    switch (s->next) {

    case AIR_SIMULATE_START:
        return air_simulate_start(s, &d, b);

    case AIR_SIMULATE_BLOCK:
        part = &s->part[s->at];
        s->next = part->tokens != 0 ? AIR_SIMULATE_TOKEN
                                    : AIR_SIMULATE_BLOCK_END;
        d.id = part->id;
        d.name = part->name;

        return air_simulate_write(s, &d, AIR_DELTA_BLOCK, b);

    case AIR_SIMULATE_TOKEN:
        return air_simulate_token(s, &d, b);

    case AIR_SIMULATE_BLOCK_END:
        return air_simulate_block_end(s, &d, b);

    case AIR_SIMULATE_FINISH:
        s->next = AIR_SIMULATE_LAST;
        d.finish = air_simulate_finish(s);

        return air_simulate_write(s, &d, AIR_DELTA_FINISH, b);

    case AIR_SIMULATE_LAST:
        return air_simulate_last(s, &d, b);

    case AIR_SIMULATE_END:
        break;
    }

    return AIR_OK;
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
