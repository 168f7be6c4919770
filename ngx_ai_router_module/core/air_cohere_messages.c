
/*
 * The conversation on Cohere's wire.  Documents of text stand beside it,
 * where they can be cited; the wire takes no files.  Results of tools are
 * text or documents: images that are in them follow in a user's message.
 */

#include "air_cohere_out.h"


int
air_cohere_readable(const air_part_t *p)
{
    return p->type == AIR_PART_DOCUMENT && p->text.len != 0
           && p->media.data.len == 0;
}


static void
air_cohere_put_image(air_cohere_write_t *w, const air_part_t *p)
{
    air_buf_z(w->b, "{\"type\":\"image_url\",\"image_url\":{\"url\":");

    if (p->media.data.len != 0) {
        air_buf_json(w->b, air_str_z("data:"));
        air_buf_json_more(w->b, p->media.type.len ? p->media.type
                                : air_str_z("image/png"));
        air_buf_json_more(w->b, air_str_z(";base64,"));
        air_buf_json_more(w->b, p->media.data);

    } else {
        air_buf_json(w->b, p->media.url);
    }

    if (p->media.detail.len != 0) {
        air_buf_z(w->b, ",\"detail\":");
        air_buf_json(w->b, p->media.detail);
    }

    air_buf_z(w->b, "}}");
}


/* Notes a part that has no place in a message. */
static void
air_cohere_lose_part(air_cohere_write_t *w, const air_part_t *p)
{
    air_warnings_addz(w->lost,
                      p->type == AIR_PART_IMAGE ? "image"
                      : p->type == AIR_PART_DOCUMENT ? "document"
                      : p->type == AIR_PART_AUDIO ? "audio"
                      : p->type == AIR_PART_VIDEO ? "video" : "content",
                      p->media.file_id.len != 0 ? AIR_LOST_ISSUER
                                                : AIR_LOST_NO_SUCH);
}


/* A block of a user's or a system's message; *n counts them. */
static void
air_cohere_put_block(air_cohere_write_t *w, const air_part_t *p, unsigned *n)
{
    if (p->cache.set == AIR_ON) {
        air_warnings_addz(w->lost, "cache_control", AIR_LOST_NO_SUCH);
    }

    if ((p->type == AIR_PART_RAW || p->type == AIR_PART_DOCUMENT)
        && p->raw.len != 0 && air_msg_issued(p->issuer, AIR_COHERE_WIRE))
    {
        air_buf_z(w->b, (*n)++ ? "," : "");
        air_buf_str(w->b, p->raw);

    } else if (p->type == AIR_PART_TEXT || p->type == AIR_PART_REFUSAL) {

        if (w->own || p->text.len != 0) {
            air_buf_z(w->b, (*n)++ ? ",{" : "{");
            air_buf_z(w->b, "\"type\":\"text\",\"text\":");
            air_buf_json(w->b, p->text);
            air_buf_z(w->b, "}");
        }

    } else if (p->type == AIR_PART_IMAGE && p->media.file_id.len == 0) {
        air_buf_z(w->b, (*n)++ ? "," : "");
        air_cohere_put_image(w, p);

    } else if (air_cohere_readable(p)) {

        if (w->apart) {
            air_warnings_addz(w->lost, "document", AIR_LOST_CHANGED);
            return;
        }

        air_buf_z(w->b, (*n)++ ? ",{" : "{");
        air_buf_z(w->b, "\"type\":\"text\",\"text\":");
        air_buf_json(w->b, p->text);
        air_buf_z(w->b, "}");
        air_warnings_addz(w->lost, "document", AIR_LOST_MERGED);

    } else {
        air_cohere_lose_part(w, p);
    }
}


static void
air_cohere_put_blocks(air_cohere_write_t *w, const air_part_t *parts)
{
    unsigned           n;
    const air_part_t  *p;

    if (parts != NULL && parts->next == NULL && parts->whole
        && parts->type == AIR_PART_TEXT && parts->cache.set != AIR_ON)
    {
        air_buf_json(w->b, parts->text);
        return;
    }

    n = 0;
    air_buf_z(w->b, "[");

    for (p = parts; p != NULL; p = p->next) {
        air_cohere_put_block(w, p, &n);
    }

    if (n == 0 && !w->own) {
        air_buf_z(w->b, "{\"type\":\"text\",\"text\":\"\"}");
    }

    air_buf_z(w->b, "]");
}


/* 1 when a result holds what cannot stand in it here. */
static int
air_cohere_owes(const air_turn_t *turn)
{
    const air_part_t  *p, *q;

    for (p = turn->parts; p != NULL; p = p->next) {
        for (q = p->parts; q != NULL; q = q->next) {
            if (q->type == AIR_PART_IMAGE) {
                return 1;
            }
        }
    }

    return 0;
}


static void
air_cohere_put_result(air_cohere_write_t *w, const air_part_t *p)
{
    unsigned           n;
    const air_part_t  *q;

    air_buf_z(w->b, w->n++ ? ",{" : "{");
    air_buf_z(w->b, "\"role\":\"tool\",\"tool_call_id\":");
    air_buf_json(w->b, p->id.len ? p->id : p->name);
    air_buf_z(w->b, ",\"content\":");

    if (p->is_error) {
        air_warnings_addz(w->lost, "tool_result.is_error", AIR_LOST_NO_SUCH);
    }

    q = p->parts;

    if (q == NULL || (q->next == NULL && q->type == AIR_PART_TEXT
                      && (p->whole || !w->own)))
    {
        air_buf_json(w->b, q ? q->text : air_str_n("", 0));
        air_buf_z(w->b, "}");
        return;
    }

    n = 0;
    air_buf_z(w->b, "[");

    for ( /* void */ ; q != NULL; q = q->next) {

        if (q->raw.len != 0 && air_msg_issued(q->issuer, AIR_COHERE_WIRE)) {
            air_buf_z(w->b, n++ ? "," : "");
            air_buf_str(w->b, q->raw);

        } else if (q->type == AIR_PART_TEXT) {
            air_buf_z(w->b, n++ ? ",{" : "{");
            air_buf_z(w->b, "\"type\":\"text\",\"text\":");
            air_buf_json(w->b, q->text);
            air_buf_z(w->b, "}");

        } else if (air_cohere_readable(q)) {
            air_buf_z(w->b, n++ ? ",{" : "{");
            air_buf_z(w->b, "\"type\":\"document\",\"document\":");
            air_cohere_document_write(q, w->b);
            air_buf_z(w->b, "}");

        } else if (q->type == AIR_PART_IMAGE) {
            air_warnings_addz(w->lost, "tool_result.content",
                              AIR_LOST_CHANGED);

        } else {
            air_cohere_lose_part(w, q);
        }
    }

    air_buf_z(w->b, n || w->own
                    ? "]}" : "{\"type\":\"text\",\"text\":\"\"}]}");
}


/* Images of the results before to, which a user shows. */
static void
air_cohere_put_owed(air_cohere_write_t *w, const air_turn_t *to)
{
    unsigned           n;
    const air_part_t  *p, *q;
    const air_turn_t  *turn;

    n = 0;
    air_buf_z(w->b, w->n++ ? ",{" : "{");
    air_buf_z(w->b, "\"role\":\"user\",\"content\":[");

    for (turn = w->owing; turn != to; turn = turn->next) {
        for (p = turn->parts; p != NULL; p = p->next) {
            for (q = p->parts; q != NULL; q = q->next) {
                if (q->type == AIR_PART_IMAGE) {
                    air_cohere_put_block(w, q, &n);
                }
            }
        }
    }

    air_buf_z(w->b, "]}");
    w->owing = NULL;
}


/* Thinking goes back to who thought it, where the model can think. */
static unsigned
air_cohere_keeps(air_cohere_write_t *w, const air_turn_t *turn,
    air_part_t *kept, unsigned max)
{
    int                calls;
    unsigned           n;
    const air_part_t  *p;

    calls = 0;
    n = 0;

    for (p = turn->parts; p != NULL; p = p->next) {
        calls |= p->type == AIR_PART_TOOL_CALL;
    }

    for (p = turn->parts; p != NULL; p = p->next) {

        if (p->cache.set == AIR_ON) {
            air_warnings_addz(w->lost, "cache_control", AIR_LOST_NO_SUCH);
        }

        if (p->type == AIR_PART_REDACTED
            || (p->type == AIR_PART_THINKING
                && !air_msg_issued(p->issuer, AIR_COHERE_WIRE)))
        {
            air_warnings_addz(w->lost, "thinking", AIR_LOST_ISSUER);
            continue;
        }

        if (p->type == AIR_PART_THINKING && !w->thinks && !calls) {
            air_warnings_addz(w->lost, "thinking", AIR_LOST_MODEL);
            continue;
        }

        if (p->type != AIR_PART_TEXT && p->type != AIR_PART_REFUSAL
            && p->type != AIR_PART_THINKING && p->type != AIR_PART_TOOL_CALL)
        {
            air_cohere_lose_part(w, p);
            continue;
        }

        if (p->citations != NULL) {
            air_warnings_addz(w->lost, "citations", AIR_LOST_ISSUER);
        }

        if (n < max) {
            kept[n] = *p;
            kept[n].next = NULL;

            if (n != 0) {
                kept[n - 1].next = &kept[n];
            }
        }

        n++;
    }

    return n;
}


static void
air_cohere_put_assistant(air_cohere_write_t *w, const air_turn_t *turn)
{
    size_t             mark, empty;
    unsigned           n;
    air_part_t        *kept;
    const air_part_t  *p;

    mark = w->b->len;
    air_buf_z(w->b, w->n ? ",{" : "{");
    air_buf_z(w->b, "\"role\":\"assistant\"");
    empty = w->b->len;

    if (w->own) {
        air_cohere_assistant_write(turn->parts, AIR_COHERE_OWN, w->b);

    } else {
        n = 0;

        for (p = turn->parts; p != NULL; p = p->next) {
            n++;
        }

        kept = n ? air_mem_get(w->b->mem, n * sizeof(air_part_t)) : NULL;

        if (n != 0 && kept == NULL) {
            w->b->error = AIR_ENOMEM;
            return;
        }

        n = air_cohere_keeps(w, turn, kept, n);

        air_cohere_assistant_write(n ? kept : NULL,
                                   w->thinks ? 0 : AIR_COHERE_PLANS, w->b);

        if (w->b->error == AIR_OK && w->b->len == empty) {
            /* says nothing at all, which is refused */
            w->b->len = mark;
            return;
        }
    }

    w->n++;

    if (w->own) {
        air_msg_extra_write(turn->extra, w->b);
    }

    air_buf_z(w->b, "}");
}


static void
air_cohere_put_wish(air_cohere_write_t *w)
{
    if (w->wish && !w->wished) {
        w->wished = 1;
        air_buf_z(w->b, w->n++ ? ",{" : "{");
        air_buf_z(w->b, "\"role\":\"system\",\"content\":");
        air_msg_wish_write(&w->msg->format, w->b);
        air_buf_z(w->b, "}");
    }
}


static void
air_cohere_put_turn(air_cohere_write_t *w, const air_turn_t *turn)
{
    const air_part_t  *p;

    if (turn->cache.set == AIR_ON) {
        air_warnings_addz(w->lost, "cache_control", AIR_LOST_NO_SUCH);
    }

    if (turn->name.len != 0 && turn->role != AIR_ROLE_TOOL) {
        air_warnings_addz(w->lost, "messages.name", AIR_LOST_NO_SUCH);
    }

    if (turn->role == AIR_ROLE_ASSISTANT) {
        air_cohere_put_assistant(w, turn);
        return;
    }

    /* results first, whoever brings them; then what is said to them */

    for (p = turn->parts; p != NULL; p = p->next) {

        if (p->type != AIR_PART_TOOL_RESULT) {
            break;
        }

        air_cohere_put_result(w, p);
    }

    if (turn->role == AIR_ROLE_TOOL || (p == NULL && turn->parts != NULL)) {

        if (w->owing == NULL && air_cohere_owes(turn)) {
            w->owing = turn;
        }

        return;
    }

    if (p != turn->parts && air_cohere_owes(turn)) {
        w->owing = w->owing ? w->owing : turn;
        air_cohere_put_owed(w, turn->next);
    }

    air_buf_z(w->b, w->n++ ? ",{" : "{");
    air_buf_z(w->b, turn->role == AIR_ROLE_USER
                    ? "\"role\":\"user\",\"content\":"
                    : "\"role\":\"system\",\"content\":");
    air_cohere_put_blocks(w, p);

    if (w->own) {
        air_msg_extra_write(turn->extra, w->b);
    }

    air_buf_z(w->b, "}");
}


void
air_cohere_put_messages(air_cohere_write_t *w)
{
    const air_turn_t  *turn;

    air_buf_z(w->b, ",\"messages\":[");

    if (w->msg->op == AIR_OP_COMPLETIONS) {

        /* a prompt is what a user says */

        air_buf_z(w->b, "{\"role\":\"user\",\"content\":");
        air_buf_json(w->b, w->msg->inputs->text);
        air_buf_z(w->b, "}");
        w->n++;
    }

    for (turn = w->msg->turns; turn != NULL; turn = turn->next) {

        if (turn->role != AIR_ROLE_SYSTEM && turn->role != AIR_ROLE_DEVELOPER)
        {
            air_cohere_put_wish(w);
        }

        if (w->owing != NULL && turn->role != AIR_ROLE_TOOL) {
            air_cohere_put_owed(w, turn);
        }

        air_cohere_put_turn(w, turn);
    }

    if (w->owing != NULL) {
        air_cohere_put_owed(w, NULL);
    }

    air_cohere_put_wish(w);
    air_buf_z(w->b, "]");
}


void
air_cohere_put_documents(air_cohere_write_t *w)
{
    unsigned           n;
    const air_part_t  *p;
    const air_turn_t  *turn;

    n = 0;

    for (turn = w->msg->turns; w->apart && turn != NULL; turn = turn->next) {

        if (turn->role == AIR_ROLE_ASSISTANT) {
            continue;
        }

        for (p = turn->parts; p != NULL; p = p->next) {
            if (air_cohere_readable(p)) {
                air_buf_z(w->b, n++ ? "," : ",\"documents\":[");
                air_cohere_document_write(p, w->b);
            }
        }
    }

    air_buf_z(w->b, n ? "]" : "");
}
