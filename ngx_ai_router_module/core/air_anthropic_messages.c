
/*
 * The conversation on Anthropic's wire: instructions at the top, turns of
 * user and assistant, results of calls together in the message after them.
 */

#include "air_anthropic_out.h"


static int
air_anthropic_is_system(const air_turn_t *turn)
{
    return turn->role == AIR_ROLE_SYSTEM || turn->role == AIR_ROLE_DEVELOPER;
}


/* JSON that no schema of this model's can ask for, asked for in words. */
static int
air_anthropic_put_wish(air_anthropic_out_t *o, unsigned n)
{
    air_buf_t           *b;
    const air_format_t  *f;

    b = o->w.b;
    f = &o->msg->format;

    if (o->w.own
        || !(f->how == AIR_FORMAT_JSON
             || (f->how == AIR_FORMAT_SCHEMA && !o->model.schema)))
    {
        return 0;
    }

    air_warnings_addz(o->w.lost, "response_format", AIR_LOST_CHANGED);

    air_buf_z(b, n ? "," : "");
    air_buf_z(b, "{\"type\":\"text\",\"text\":");

    air_msg_wish_write(f, b);
    air_buf_z(b, "}");

    return 1;
}


/* The only text of the instructions, when it can be a string. */
static const air_part_t *
air_anthropic_only_system(air_anthropic_out_t *o)
{
    const air_part_t  *p, *only;
    const air_turn_t  *turn;

    only = NULL;

    for (turn = o->msg->turns; turn != NULL; turn = turn->next) {

        if (!air_anthropic_is_system(turn)) {

            if (o->w.own) {
                break;
            }

            continue;
        }

        p = turn->parts;

        if (only != NULL || p == NULL || p->next != NULL
            || p->type != AIR_PART_TEXT || p->cache.set == AIR_ON
            || turn->cache.set == AIR_ON || (o->w.own && !p->whole))
        {
            return NULL;
        }

        only = p;
    }

    return only != NULL && (o->w.own || only->text.len != 0) ? only : NULL;
}


/*
 * The instructions, all of them at the top: a caller of another wire may
 * give them anywhere, but few models here take them later.
 */
static void
air_anthropic_put_system(air_anthropic_out_t *o)
{
    int                   said;
    size_t                mark;
    unsigned              n, was;
    const air_part_t     *only;
    const air_turn_t     *turn;
    const air_format_t   *f;

    f = &o->msg->format;
    only = air_anthropic_only_system(o);

    if (only != NULL
        && (o->w.own || f->how == AIR_FORMAT_UNSET
            || f->how == AIR_FORMAT_TEXT
            || (f->how == AIR_FORMAT_SCHEMA && o->model.schema)))
    {
        if (only != o->msg->turns->parts) {
            air_warnings_addz(o->w.lost, "messages", AIR_LOST_MERGED);
        }

        air_buf_z(o->w.b, ",\"system\":");
        air_buf_json(o->w.b, only->text);

        return;
    }

    n = 0;
    said = 0;
    mark = o->w.b->len;
    o->w.assistant = 1;           /* text alone is taken here, as there */

    air_buf_z(o->w.b, ",\"system\":[");

    for (turn = o->msg->turns; turn != NULL; turn = turn->next) {

        if (!air_anthropic_is_system(turn)) {

            if (o->w.own) {
                break;
            }

            said = 1;
            continue;
        }

        was = n;
        air_anthropic_blocks_write(&o->w, turn->parts, &turn->cache, &n);

        if (said && n != was) {
            air_warnings_addz(o->w.lost, "messages", AIR_LOST_MERGED);
        }
    }

    n += (unsigned) air_anthropic_put_wish(o, n);

    air_buf_z(o->w.b, "]");
    o->w.assistant = 0;

    if (n == 0 && o->w.b->error == AIR_OK
        && !(o->w.own && o->msg->turns != NULL
             && air_anthropic_is_system(o->msg->turns)))
    {
        o->w.b->len = mark;
    }
}


/* A message of ours where the wire demands one; *n counts messages. */
static void
air_anthropic_put_filler(air_anthropic_out_t *o, const char *text,
    unsigned *n)
{
    air_buf_z(o->w.b, (*n)++ ? "," : "");
    air_buf_z(o->w.b, "{\"role\":\"user\",\"content\":\"");
    air_buf_z(o->w.b, text);
    air_buf_z(o->w.b, "\"}");

    air_warnings_addz(o->w.lost, "messages", AIR_LOST_ADDED);
}


/* Turns that make one message: results, and what the user says to them. */
static const air_turn_t *
air_anthropic_group_end(air_anthropic_out_t *o, const air_turn_t *turn)
{
    const air_turn_t  *next;

    for (next = turn->next; next != NULL; next = next->next) {

        if (air_anthropic_is_system(next)) {

            if (o->w.own) {
                break;
            }

            continue;
        }

        if (o->w.own || turn->role != AIR_ROLE_TOOL
            || next->role == AIR_ROLE_ASSISTANT)
        {
            break;
        }

        turn = next;
    }

    return next;
}


/* The message of the turns from..to; 1 when it says anything. */
static int
air_anthropic_put_group(air_anthropic_out_t *o, const air_turn_t *from,
    const air_turn_t *to, unsigned n)
{
    size_t             mark;
    unsigned           blocks;
    const char        *role;
    const air_part_t  *p;
    const air_turn_t  *turn;

    mark = o->w.b->len;

    for (turn = from; turn != to; turn = turn->next) {
        if (turn->name.len != 0 && turn->role != AIR_ROLE_TOOL) {
            air_warnings_addz(o->w.lost, "messages.name", AIR_LOST_NO_SUCH);
        }
    }

    role = from->role == AIR_ROLE_ASSISTANT ? "assistant"
           : air_anthropic_is_system(from) ? "system" : "user";

    air_buf_z(o->w.b, n ? ",{\"role\":\"" : "{\"role\":\"");
    air_buf_z(o->w.b, role);
    air_buf_z(o->w.b, "\",\"content\":");

    p = from->parts;
    o->w.assistant = from->role == AIR_ROLE_ASSISTANT;

    if (p != NULL && p->next == NULL && p->type == AIR_PART_TEXT && p->whole
        && p->cache.set != AIR_ON && from->cache.set != AIR_ON
        && (from->next == to || o->w.own) && (o->w.own || p->text.len != 0))
    {
        air_buf_json(o->w.b, p->text);
        blocks = 1;

    } else {
        blocks = 0;
        air_buf_z(o->w.b, "[");

        for (turn = from; turn != to; turn = turn->next) {

            if (!air_anthropic_is_system(turn) || o->w.own) {
                air_anthropic_blocks_write(&o->w, turn->parts, &turn->cache,
                                           &blocks);
            }

            if (o->w.own) {
                break;
            }
        }

        air_buf_z(o->w.b, "]");
    }

    if (blocks == 0 && !o->w.own && o->w.b->error == AIR_OK) {
        /* an empty message is refused */
        o->w.b->len = mark;
        return 0;
    }

    if (o->w.own) {
        air_msg_extra_write(from->extra, o->w.b);
    }

    air_buf_z(o->w.b, "}");

    return 1;
}


void
air_anthropic_put_messages(air_anthropic_out_t *o)
{
    int                last;
    unsigned           n;
    const air_turn_t  *turn, *to;

    air_anthropic_put_system(o);

    n = 0;
    last = AIR_ROLE_SYSTEM;
    turn = o->msg->turns;

    air_buf_z(o->w.b, ",\"messages\":[");

    if (o->msg->op == AIR_OP_COMPLETIONS) {

        /* a prompt is what a user says */

        last = AIR_ROLE_USER;
        n++;
        air_buf_z(o->w.b, "{\"role\":\"user\",\"content\":");
        air_buf_json(o->w.b, o->msg->inputs->text);
        air_buf_z(o->w.b, "}");
    }

    while (o->w.own && turn != NULL && air_anthropic_is_system(turn)) {
        /* stands at the top; the wire takes no such turn first */
        turn = turn->next;
    }

    for ( /* void */ ; turn != NULL; turn = to) {

        to = air_anthropic_group_end(o, turn);

        if (air_anthropic_is_system(turn) && !o->w.own) {
            to = turn->next;
            continue;
        }

        if (!o->w.own && n == 0 && turn->role == AIR_ROLE_ASSISTANT) {
            air_anthropic_put_filler(o, "Begin.", &n);
        }

        if (air_anthropic_put_group(o, turn, to, n)) {
            n++;
            last = turn->role;
        }
    }

    o->w.assistant = 0;

    if (!o->w.own && n == 0) {
        air_anthropic_put_filler(o, "Begin.", &n);

    } else if (!o->w.own && last == AIR_ROLE_ASSISTANT
               && !o->model.prefill)
    {
        air_anthropic_put_filler(o, "Continue.", &n);
    }

    air_buf_z(o->w.b, "]");
}
