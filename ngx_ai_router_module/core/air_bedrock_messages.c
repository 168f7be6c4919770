
/*
 * The conversation on Bedrock's wire: instructions at the top, turns of user
 * and assistant that alternate, results of calls together in the message
 * after them; and the tools, which must be declared wherever the talk has
 * calls.
 */

#include "air_bedrock_out.h"


#define AIR_BEDROCK_NAMES  64      /* tools of a talk that are declared     */


static int
air_bedrock_is_system(const air_turn_t *turn)
{
    return turn->role == AIR_ROLE_SYSTEM || turn->role == AIR_ROLE_DEVELOPER;
}


void
air_bedrock_put_system(air_bedrock_out_t *o)
{
    int                  said, first;
    size_t               mark;
    unsigned             n, was, members;
    const air_turn_t    *turn;
    const air_format_t  *f;

    n = 0;
    said = 0;
    first = o->msg->turns != NULL && air_bedrock_is_system(o->msg->turns);
    mark = o->b->len;
    members = o->members;
    f = &o->msg->format;

    o->w.system = 1;
    air_bedrock_member(o, "system");
    air_buf_z(o->b, "[");

    for (turn = o->msg->turns; turn != NULL; turn = turn->next) {

        if (!air_bedrock_is_system(turn)) {
            said = 1;
            continue;
        }

        was = n;
        air_bedrock_blocks_write(&o->w, turn->parts, &turn->cache, &n);

        if (said && n != was) {
            air_warnings_addz(o->w.lost, "messages", AIR_LOST_MERGED);
        }
    }

    if (!o->w.own && (f->how == AIR_FORMAT_JSON
                      || (f->how == AIR_FORMAT_SCHEMA && !o->schemas)))
    {
        air_warnings_addz(o->w.lost, "response_format", AIR_LOST_CHANGED);
        air_buf_z(o->b, n++ ? ",{\"text\":" : "{\"text\":");
        air_msg_wish_write(f, o->b);
        air_buf_z(o->b, "}");
    }

    air_buf_z(o->b, "]");
    o->w.system = 0;

    if (n == 0 && o->b->error == AIR_OK && !(o->w.own && first)) {
        o->b->len = mark;
        o->members = members;
    }
}


/* A message of ours where the wire demands one; *n counts messages. */
static void
air_bedrock_put_filler(air_bedrock_out_t *o, const char *text, unsigned *n)
{
    air_buf_z(o->b, (*n)++ ? "," : "");
    air_buf_z(o->b, "{\"role\":\"user\",\"content\":[{\"text\":\"");
    air_buf_z(o->b, text);
    air_buf_z(o->b, "\"}]}");

    air_warnings_addz(o->w.lost, "messages", AIR_LOST_ADDED);
}


/* Turns of one side make one message here: they must take turns. */
static const air_turn_t *
air_bedrock_group_end(air_bedrock_out_t *o, const air_turn_t *turn)
{
    int                one;
    const air_turn_t  *next;

    one = turn->role == AIR_ROLE_ASSISTANT;

    for (next = turn->next; next != NULL && !o->w.own; next = next->next) {

        if (air_bedrock_is_system(next)) {
            continue;
        }

        if ((next->role == AIR_ROLE_ASSISTANT) != one) {
            break;
        }

        if (turn->role != AIR_ROLE_TOOL) {
            air_warnings_addz(o->w.lost, "messages", AIR_LOST_MERGED);
        }

        turn = next;
    }

    return next;
}


/* The message of the turns from..to; 1 when it says anything. */
static int
air_bedrock_put_group(air_bedrock_out_t *o, const air_turn_t *from,
    const air_turn_t *to, unsigned n)
{
    size_t             mark;
    unsigned           blocks;
    const air_turn_t  *turn;

    blocks = 0;
    mark = o->b->len;
    o->w.assistant = from->role == AIR_ROLE_ASSISTANT;
    o->w.text = 0;
    o->w.document = 0;

    air_buf_z(o->b, n ? ",{\"role\":\"" : "{\"role\":\"");
    air_buf_z(o->b, o->w.assistant ? "assistant" : "user");
    air_buf_z(o->b, "\",\"content\":[");

    for (turn = from; turn != to; turn = turn->next) {

        if (air_bedrock_is_system(turn)) {
            continue;
        }

        if (turn->name.len != 0 && turn->role != AIR_ROLE_TOOL) {
            air_warnings_addz(o->w.lost, "messages.name", AIR_LOST_NO_SUCH);
        }

        air_bedrock_blocks_write(&o->w, turn->parts, &turn->cache, &blocks);
    }

    if (o->w.document && !o->w.text && !o->w.own) {

        /* "a text field is required with a document" */

        blocks++;
        air_buf_z(o->b, ",{\"text\":\"See the document.\"}");
        air_warnings_addz(o->w.lost, "messages", AIR_LOST_ADDED);
    }

    air_buf_z(o->b, "]");

    if (blocks == 0 && !o->w.own && o->b->error == AIR_OK) {
        /* an empty message is refused */
        o->b->len = mark;
        return 0;
    }

    if (o->w.own) {
        air_msg_extra_write(from->extra, o->b);
    }

    air_buf_z(o->b, "}");

    return 1;
}


void
air_bedrock_put_messages(air_bedrock_out_t *o)
{
    int                last;
    unsigned           n;
    const air_turn_t  *turn, *to;

    n = 0;
    last = AIR_ROLE_SYSTEM;

    air_bedrock_member(o, "messages");
    air_buf_z(o->b, "[");

    if (o->msg->op == AIR_OP_COMPLETIONS) {

        /* a prompt is what a user says */

        last = AIR_ROLE_USER;
        n++;
        air_buf_z(o->b, "{\"role\":\"user\",\"content\":[{\"text\":");
        air_buf_json(o->b, o->msg->inputs->text);
        air_buf_z(o->b, "}]}");
    }

    for (turn = o->msg->turns; turn != NULL; turn = to) {

        if (air_bedrock_is_system(turn)) {
            to = turn->next;
            continue;
        }

        to = air_bedrock_group_end(o, turn);

        if (!o->w.own && n == 0 && turn->role == AIR_ROLE_ASSISTANT) {
            air_bedrock_put_filler(o, "Begin.", &n);
        }

        if (air_bedrock_put_group(o, turn, to, n)) {
            n++;
            last = turn->role;
        }
    }

    o->w.assistant = 0;

    if (!o->w.own && n == 0) {
        air_bedrock_put_filler(o, "Begin.", &n);

    } else if (!o->w.own && last == AIR_ROLE_ASSISTANT && o->claude
               && !o->model.prefill)
    {
        air_bedrock_put_filler(o, "Continue.", &n);
    }

    air_buf_z(o->b, "]");
}


/* ------------------------------------------------------------- tools */


static void
air_bedrock_put_tool(air_bedrock_out_t *o, const air_tool_t *t)
{
    air_buf_z(o->b, "{\"toolSpec\":{\"name\":");
    air_buf_json(o->b, t->name);

    if (t->description.len != 0 || (o->w.own && t->has_description)) {
        air_buf_z(o->b, ",\"description\":");
        air_buf_json(o->b, t->description);
    }

    air_buf_z(o->b, ",\"inputSchema\":{\"json\":");

    if (o->w.own ? t->schema.len != 0 : !air_msg_hollow(t->schema)) {
        air_buf_str(o->b, t->schema);

    } else {
        air_buf_z(o->b, "{\"type\":\"object\",\"properties\":{}}");
    }

    air_buf_z(o->b, "}");

    if (o->w.own ? t->strict != AIR_UNSET : t->strict == AIR_ON) {

        if (o->w.own || o->schemas) {
            air_buf_z(o->b, t->strict == AIR_ON ? ",\"strict\":true"
                                                : ",\"strict\":false");

        } else {
            air_warnings_addz(o->w.lost, "tools.strict", AIR_LOST_MODEL);
        }
    }

    if (o->w.own) {
        air_msg_extra_write(t->extra, o->b);
    }

    air_buf_z(o->b, "}}");
}


/*
 * Calls in the talk ask for a toolConfig, also when the caller declares none
 * any more: the tools are declared by their names.  The number of them.
 */
static unsigned
air_bedrock_put_called(air_bedrock_out_t *o)
{
    unsigned           i, n;
    const air_part_t  *p;
    const air_turn_t  *turn;
    air_str_t          name[AIR_BEDROCK_NAMES];

    n = 0;

    for (turn = o->msg->turns; turn != NULL; turn = turn->next) {
        for (p = turn->parts; p != NULL; p = p->next) {

            if (p->type != AIR_PART_TOOL_CALL || n == AIR_BEDROCK_NAMES) {
                continue;
            }

            for (i = 0; i < n && !air_str_eq(name[i], p->name); i++) {
                /* void */
            }

            if (i != n) {
                continue;
            }

            name[n] = p->name;

            if (n++ == 0) {
                air_bedrock_member(o, "toolConfig");
                air_buf_z(o->b, "{\"tools\":[");

            } else {
                air_buf_z(o->b, ",");
            }

            air_buf_z(o->b, "{\"toolSpec\":{\"name\":");
            air_buf_json(o->b, p->name);
            air_buf_z(o->b, ",\"inputSchema\":{\"json\":{\"type\":\"object\","
                            "\"properties\":{}}}}}");
        }
    }

    if (n != 0) {
        air_buf_z(o->b, "]}");
        air_warnings_addz(o->w.lost, "tools", AIR_LOST_ADDED);
    }

    return n;
}


/* 1 when something was called in the talk so far. */
static int
air_bedrock_called(const air_msg_request_t *msg)
{
    const air_part_t  *p;
    const air_turn_t  *turn;

    for (turn = msg->turns; turn != NULL; turn = turn->next) {
        for (p = turn->parts; p != NULL; p = p->next) {
            if (p->type == AIR_PART_TOOL_CALL
                || p->type == AIR_PART_TOOL_RESULT)
            {
                return 1;
            }
        }
    }

    return 0;
}


static void
air_bedrock_put_choice(air_bedrock_out_t *o)
{
    air_choose_e              how;
    const air_tool_choice_t  *c;

    c = &o->msg->tool_choice;
    how = c->how;

    if (!o->w.own && c->parallel == AIR_OFF) {
        air_warnings_addz(o->w.lost, "parallel_tool_calls",
                          AIR_LOST_NO_SUCH);
    }

    if (how == AIR_CHOOSE_RAW && o->w.own) {
        air_buf_z(o->b, ",\"toolChoice\":");
        air_buf_str(o->b, c->raw);
        return;
    }

    if (how == AIR_CHOOSE_NONE || how == AIR_CHOOSE_RAW) {
        air_warnings_addz(o->w.lost, "tool_choice", AIR_LOST_NO_SUCH);
        return;
    }

    if (!o->w.own && (how == AIR_CHOOSE_ANY || how == AIR_CHOOSE_ONE)
        && ((o->claude && !o->model.force)
            || o->w.maker == AIR_BEDROCK_LLAMA
            || o->w.maker == AIR_BEDROCK_COHERE
            || (how == AIR_CHOOSE_ONE && o->w.maker == AIR_BEDROCK_MISTRAL)))
    {
        air_warnings_addz(o->w.lost, "tool_choice", AIR_LOST_MODEL);
        return;
    }

    if (how == AIR_CHOOSE_AUTO && o->w.own) {
        /* what is done without it, and not taken by all */
        air_buf_z(o->b, ",\"toolChoice\":{\"auto\":{}}");

    } else if (how == AIR_CHOOSE_ANY) {
        air_buf_z(o->b, ",\"toolChoice\":{\"any\":{}}");

    } else if (how == AIR_CHOOSE_ONE) {
        air_buf_z(o->b, ",\"toolChoice\":{\"tool\":{\"name\":");
        air_buf_json(o->b, c->name);
        air_buf_z(o->b, "}}");
    }
}


void
air_bedrock_put_tools(air_bedrock_out_t *o)
{
    int                called;
    unsigned           n;
    const air_tool_t  *t;

    called = air_bedrock_called(o->msg);

    if (!o->w.own && o->msg->tool_choice.how == AIR_CHOOSE_NONE && !called) {

        /* no call is wanted: without tools there is none */

        if (o->msg->tools != NULL) {
            air_warnings_addz(o->w.lost, "tool_choice", AIR_LOST_CHANGED);
        }

        return;
    }

    n = 0;

    for (t = o->msg->tools; t != NULL; t = t->next) {

        if (t->issuer != NULL && !air_msg_issued(t->issuer, AIR_BEDROCK_WIRE))
        {
            air_warnings_addz(o->w.lost, "tools", AIR_LOST_NO_SUCH);
            continue;
        }

        if (n++ == 0) {
            air_bedrock_member(o, "toolConfig");
            air_buf_z(o->b, "{\"tools\":[");

        } else {
            air_buf_z(o->b, ",");
        }

        if (t->issuer != NULL) {
            air_buf_str(o->b, t->raw);

        } else {
            air_bedrock_put_tool(o, t);
        }

        air_bedrock_cache_write(&o->w, &t->cache, &n);
    }

    if (n != 0) {
        air_buf_z(o->b, "]");
        air_bedrock_put_choice(o);
        air_buf_z(o->b, "}");

    } else if (called && !o->w.own) {
        (void) air_bedrock_put_called(o);
    }
}
