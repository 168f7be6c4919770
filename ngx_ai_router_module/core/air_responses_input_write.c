
/*
 * The conversation of a neutral request, written as items of the Responses
 * wire: messages, calls and their results, and thinking that goes back to
 * who issued it.
 */

#include "air_responses_out.h"


/* The end of a part's object. */
static void
air_responses_put_end(air_responses_write_t *w, const air_part_t *p)
{
    if (w->own) {
        air_msg_extra_write(p->extra, w->b);

    } else if (p->cache.set == AIR_ON) {
        air_warnings_addz(w->lost, "cache_control", AIR_LOST_NO_SUCH);
    }

    air_buf_z(w->b, "}");
}


/* "data:TYPE;base64,DATA" as a JSON string. */
static void
air_responses_put_data(air_responses_write_t *w, const air_media_t *media,
    const char *type)
{
    air_buf_json(w->b, air_str_z("data:"));
    air_buf_json_more(w->b, media->type.len ? media->type : air_str_z(type));
    air_buf_json_more(w->b, air_str_z(";base64,"));
    air_buf_json_more(w->b, media->data);
}


static void
air_responses_put_image(air_responses_write_t *w, const air_part_t *p,
    const char *comma)
{
    if (p->media.file_id.len != 0
        && !air_msg_issued(p->issuer, AIR_RESPONSES_WIRE))
    {
        air_warnings_addz(w->lost, "image.file_id", AIR_LOST_ISSUER);
        return;
    }

    air_buf_z(w->b, comma);
    air_buf_z(w->b, "{\"type\":\"input_image\"");

    if (p->media.file_id.len != 0) {
        air_responses_put_text(w, "file_id", p->media.file_id);

    } else {
        air_buf_z(w->b, ",\"image_url\":");

        if (p->media.data.len != 0) {
            air_responses_put_data(w, &p->media, "image/png");

        } else {
            air_buf_json(w->b, p->media.url);
        }
    }

    air_responses_put_text(w, "detail", p->media.detail);
    air_responses_put_end(w, p);
}


static void
air_responses_put_file(air_responses_write_t *w, const air_part_t *p,
    const char *comma)
{
    if (p->media.file_id.len != 0
        && !air_msg_issued(p->issuer, AIR_RESPONSES_WIRE)
        && !air_msg_issued(p->issuer, "openai"))
    {
        air_warnings_addz(w->lost, "document.file_id", AIR_LOST_ISSUER);
        return;
    }

    air_buf_z(w->b, comma);

    if (p->text.len != 0 && p->media.data.len == 0) {

        /* a document of plain text is text */

        air_buf_z(w->b, "{\"type\":\"input_text\",\"text\":");
        air_buf_json(w->b, p->text);
        air_buf_z(w->b, "}");
        air_warnings_addz(w->lost, "document", AIR_LOST_MERGED);
        return;
    }

    air_buf_z(w->b, "{\"type\":\"input_file\"");

    if (p->media.file_id.len != 0) {
        air_responses_put_text(w, "file_id", p->media.file_id);

    } else if (p->media.data.len != 0) {
        air_responses_put_text(w, "filename", p->media.name.len
                                              ? p->media.name
                                              : air_str_z("document.pdf"));
        air_buf_z(w->b, ",\"file_data\":");
        air_responses_put_data(w, &p->media, "application/pdf");

    } else {
        air_responses_put_text(w, "file_url", p->media.url);
    }

    if (p->media.context.len != 0) {
        air_warnings_addz(w->lost, "document.context", AIR_LOST_NO_SUCH);
    }

    air_responses_put_end(w, p);
}


static void
air_responses_put_audio(air_responses_write_t *w, const air_part_t *p,
    const char *comma)
{
    if (p->media.data.len == 0) {
        air_warnings_addz(w->lost, "audio.url", AIR_LOST_VALUE);
        return;
    }

    air_buf_z(w->b, comma);
    air_buf_z(w->b, "{\"type\":\"input_audio\",\"input_audio\":{\"data\":");
    air_buf_json(w->b, p->media.data);
    air_buf_z(w->b, ",\"format\":");
    air_buf_json(w->b, p->format.len ? p->format
                       : air_str_z(air_str_eqz(p->media.type, "audio/mpeg")
                                   || air_str_eqz(p->media.type,
                                                  "audio/mp3")
                                   ? "mp3" : "wav"));
    air_buf_z(w->b, "}");
    air_responses_put_end(w, p);
}


/* One part of what a user, or a tool, says; *n counts. */
static void
air_responses_put_part(air_responses_write_t *w, const air_part_t *p,
    unsigned *n)
{
    size_t       at;
    const char  *comma;

    at = w->b->len;
    comma = *n ? "," : "";

    switch (p->type) {

    case AIR_PART_TEXT:
        air_buf_z(w->b, comma);
        air_buf_z(w->b, "{\"type\":\"input_text\",\"text\":");
        air_buf_json(w->b, p->text);
        air_responses_put_end(w, p);
        break;

    case AIR_PART_IMAGE:
        air_responses_put_image(w, p, comma);
        break;

    case AIR_PART_DOCUMENT:
        air_responses_put_file(w, p, comma);
        break;

    case AIR_PART_AUDIO:
        air_responses_put_audio(w, p, comma);
        break;

    case AIR_PART_VIDEO:
        air_warnings_addz(w->lost, "video", AIR_LOST_NO_SUCH);
        break;

    case AIR_PART_RAW:
        if (air_msg_issued(p->issuer, AIR_RESPONSES_WIRE)) {
            air_buf_z(w->b, comma);
            air_buf_str(w->b, p->raw);
            break;
        }

        /* fall through */

    default:
        air_warnings_addz(w->lost, "content", AIR_LOST_NO_SUCH);
    }

    *n += w->b->len != at;
}


/* The comma between items. */
static void
air_responses_put_next(air_responses_write_t *w)
{
    air_buf_z(w->b, w->n++ ? "," : "");
}


/* Parts of a user's or system's turn that are no results. */
static void
air_responses_put_message(air_responses_write_t *w, const air_turn_t *turn)
{
    size_t             empty;
    unsigned           n, parts;
    const air_part_t  *p;

    parts = 0;

    for (p = turn->parts; p != NULL; p = p->next) {
        parts += p->type != AIR_PART_TOOL_RESULT && !p->begins;
    }

    if (parts == 0) {
        return;
    }

    air_responses_put_next(w);
    air_buf_z(w->b, "{\"role\":\"");
    air_buf_z(w->b, turn->role == AIR_ROLE_SYSTEM ? "system"
                    : turn->role == AIR_ROLE_DEVELOPER ? "developer"
                    : "user");
    air_buf_z(w->b, "\",\"content\":");

    p = turn->parts;

    if (parts == 1 && p->type == AIR_PART_TEXT && p->whole
        && p->cache.set != AIR_ON)
    {
        air_buf_json(w->b, p->text);

    } else {
        n = 0;
        empty = w->b->len;
        air_buf_z(w->b, "[");

        for ( /* void */ ; p != NULL; p = p->next) {
            if (p->type != AIR_PART_TOOL_RESULT && !p->begins) {
                air_responses_put_part(w, p, &n);
            }
        }

        if (n == 0 && w->b->error == AIR_OK) {

            /* none can be said here, and an empty list is refused */

            w->b->len = empty;
            air_buf_z(w->b, "\"\"");

        } else {
            air_buf_z(w->b, "]");
        }
    }

    if (w->own) {
        air_msg_extra_write(turn->extra, w->b);

    } else if (turn->name.len != 0) {
        air_warnings_addz(w->lost, "messages.name", AIR_LOST_NO_SUCH);
    }

    air_buf_z(w->b, "}");
}


static void
air_responses_put_result(air_responses_write_t *w, const air_part_t *result)
{
    unsigned           n, other;
    const air_part_t  *p;

    other = 0;

    for (p = result->parts; p != NULL; p = p->next) {
        other += p->type != AIR_PART_TEXT;
    }

    air_responses_put_next(w);
    air_buf_z(w->b, result->custom ? "{\"type\":\"custom_tool_call_output\""
                                   : "{\"type\":\"function_call_output\"");
    air_buf_z(w->b, ",\"call_id\":");
    air_responses_call_id_write(result->id.len ? result->id : result->name,
                                w->b);
    air_buf_z(w->b, ",\"output\":");

    n = 0;

    if (other || (w->own && !result->whole)) {

        air_buf_z(w->b, "[");

        for (p = result->parts; p != NULL; p = p->next) {
            air_responses_put_part(w, p, &n);
        }

        air_buf_z(w->b, "]");

    } else {
        air_buf_json(w->b, air_str_n(NULL, 0));

        for (p = result->parts; p != NULL; p = p->next) {

            if (n++ != 0) {
                air_buf_json_more(w->b, air_str_z("\n"));
            }

            air_buf_json_more(w->b, p->text);
        }
    }

    if (result->is_error) {
        air_warnings_addz(w->lost, "tool_result.is_error", AIR_LOST_NO_SUCH);
    }

    if (w->own) {
        air_msg_extra_write(result->item, w->b);
    }

    air_buf_z(w->b, "}");
}


/* ------------------------------------------------------- an assistant's */


/* Ends the message whose content is open. */
static void
air_responses_put_close(air_responses_write_t *w)
{
    if (w->open) {
        air_buf_z(w->b, "]}");
        w->open = 0;
    }
}


/* Text goes on in the message that is open, or begins one. */
static void
air_responses_put_said(air_responses_write_t *w, const air_part_t *p)
{
    unsigned               n;
    const air_citation_t  *c;

    if (!w->open || (w->own && p->begins)) {
        air_responses_put_close(w);
        air_responses_put_next(w);
        air_buf_z(w->b, "{\"type\":\"message\",\"role\":\"assistant\"");

        if (w->own) {
            air_msg_extra_write(p->item, w->b);
        }

        if (w->own && p->whole) {
            air_responses_put_text(w, "content", p->text);
            air_buf_z(w->b, p->text.len ? "}" : ",\"content\":\"\"}");
            return;
        }

        air_buf_z(w->b, ",\"content\":[");
        w->open = 1;

    } else {
        air_buf_z(w->b, ",");
    }

    if (p->type == AIR_PART_REFUSAL) {
        air_buf_z(w->b, "{\"type\":\"refusal\",\"refusal\":");
        air_buf_json(w->b, p->text);
        air_responses_put_end(w, p);
        return;
    }

    air_buf_z(w->b, "{\"type\":\"output_text\",\"text\":");
    air_buf_json(w->b, p->text);

    n = 0;

    for (c = p->citations; c != NULL; c = c->next) {

        if (!air_msg_issued(c->issuer, AIR_RESPONSES_WIRE)
            && c->url.len == 0)
        {
            air_warnings_addz(w->lost, "citations", AIR_LOST_NO_SUCH);
            continue;
        }

        air_buf_z(w->b, n++ ? "," : ",\"annotations\":[");
        (void) air_responses_citation_write(c, w->b);
    }

    if (n != 0) {
        air_buf_z(w->b, "]");
    }

    air_responses_put_end(w, p);
}


/*
 * A reasoning item, for who issued it: its text, and its sealed content,
 * which stands in the same part or, from a wire that parts them, in the
 * next.  1 when that one was taken too.
 */
static int
air_responses_put_thought(air_responses_write_t *w, const air_part_t *p)
{
    air_str_t          sealed;
    const air_part_t  *next;

    if (!air_msg_issued(p->issuer, AIR_RESPONSES_WIRE)) {
        air_warnings_addz(w->lost, "thinking", AIR_LOST_ISSUER);
        return 0;
    }

    if (p->raw.len != 0 && p->format.len == 0) {
        air_responses_put_close(w);
        air_responses_put_next(w);
        air_buf_str(w->b, p->raw);
        return 0;
    }

    next = p->next;
    sealed = p->type == AIR_PART_REDACTED ? p->data : p->signature;

    if (sealed.len == 0 && next != NULL && next->type == AIR_PART_REDACTED
        && air_msg_issued(next->issuer, AIR_RESPONSES_WIRE)
        && (next->id.len == 0 || p->id.len == 0
            || air_str_eq(next->id, p->id)))
    {
        sealed = next->data;

    } else {
        next = NULL;
    }

    if (sealed.len == 0) {
        /* nobody keeps what was thought: without its seal it is refused */
        air_warnings_addz(w->lost, "thinking", AIR_LOST_VALUE);
        return 0;
    }

    air_responses_put_close(w);
    air_responses_put_next(w);
    air_buf_z(w->b, "{\"type\":\"reasoning\"");
    air_responses_put_text(w, "id", p->id);
    air_buf_z(w->b, ",\"summary\":[");

    if (p->type == AIR_PART_THINKING && p->text.len != 0) {
        air_buf_z(w->b, "{\"type\":\"summary_text\",\"text\":");
        air_buf_json(w->b, p->text);
        air_buf_z(w->b, "}");
    }

    air_buf_z(w->b, "]");
    air_responses_put_text(w, "encrypted_content", sealed);
    air_buf_z(w->b, "}");

    return next != NULL;
}


static void
air_responses_put_call(air_responses_write_t *w, const air_part_t *p)
{
    air_responses_put_close(w);
    air_responses_put_next(w);

    air_buf_z(w->b, p->custom ? "{\"type\":\"custom_tool_call\",\"call_id\":"
                              : "{\"type\":\"function_call\",\"call_id\":");
    air_responses_call_id_write(p->id.len ? p->id : p->name, w->b);
    air_buf_z(w->b, ",\"name\":");
    air_buf_json(w->b, p->name);

    if (p->custom) {
        air_buf_z(w->b, ",\"input\":");
        air_buf_json(w->b, p->arguments);

    } else {
        air_buf_z(w->b, ",\"arguments\":");
        air_buf_json(w->b, p->arguments.len || w->own ? p->arguments
                                                      : air_str_z("{}"));
    }

    if (w->own) {
        air_msg_extra_write(p->item, w->b);
    }

    air_buf_z(w->b, "}");
}


static void
air_responses_put_assistant(air_responses_write_t *w, const air_turn_t *turn)
{
    const air_part_t  *p;

    for (p = turn->parts; p != NULL; p = p->next) {

        switch (p->type) {

        case AIR_PART_TEXT:
        case AIR_PART_REFUSAL:
            air_responses_put_said(w, p);
            continue;

        case AIR_PART_THINKING:
        case AIR_PART_REDACTED:
            if (air_responses_put_thought(w, p)) {
                p = p->next;
            }
            continue;

        case AIR_PART_TOOL_CALL:
            air_responses_put_call(w, p);
            continue;

        default:
            break;
        }

        if (p->raw.len != 0 && air_msg_issued(p->issuer, AIR_RESPONSES_WIRE))
        {
            air_responses_put_close(w);
            air_responses_put_next(w);
            air_buf_str(w->b, p->raw);

        } else {
            air_warnings_addz(w->lost, p->type == AIR_PART_IMAGE ? "image"
                                       : p->type == AIR_PART_AUDIO ? "audio"
                                       : "content", AIR_LOST_NO_SUCH);
        }
    }

    air_responses_put_close(w);

    if (turn->name.len != 0) {
        air_warnings_addz(w->lost, "messages.name", AIR_LOST_NO_SUCH);
    }
}


static void
air_responses_put_turn(air_responses_write_t *w, const air_turn_t *turn)
{
    const air_part_t  *p;

    if (turn->role == AIR_ROLE_ASSISTANT) {
        air_responses_put_assistant(w, turn);

    } else {

        for (p = turn->parts; p != NULL; p = p->next) {
            if (p->type == AIR_PART_TOOL_RESULT) {
                air_responses_put_result(w, p);
            }
        }

        air_responses_put_message(w, turn);

        for (p = turn->parts; p != NULL; p = p->next) {
            if (p->type == AIR_PART_RAW && p->begins) {
                air_responses_put_next(w);
                air_buf_str(w->b, p->raw);
            }
        }
    }

    if (turn->cache.set == AIR_ON) {
        air_warnings_addz(w->lost, "cache_control", AIR_LOST_NO_SUCH);
    }
}


/* 1 when a turn is what "instructions" is for: the first words of the
   system, of text alone. */
static int
air_responses_instructs(const air_responses_write_t *w,
    const air_turn_t *turn)
{
    const air_part_t  *p;

    if (turn == NULL || turn->role != AIR_ROLE_SYSTEM || turn->parts == NULL
        || (w->own && !turn->apart) || turn->name.len != 0)
    {
        return 0;
    }

    for (p = turn->parts; p != NULL; p = p->next) {
        if (p->type != AIR_PART_TEXT) {
            return 0;
        }
    }

    return 1;
}


void
air_responses_put_input(air_responses_write_t *w)
{
    const air_part_t  *p;
    const air_turn_t  *turn;

    turn = w->msg->turns;

    if (air_responses_instructs(w, turn)) {

        air_buf_z(w->b, ",\"instructions\":");
        air_buf_json(w->b, air_str_n(NULL, 0));

        for (p = turn->parts; p != NULL; p = p->next) {

            if (p != turn->parts) {
                air_buf_json_more(w->b, air_str_z("\n\n"));
            }

            air_buf_json_more(w->b, p->text);

            if (p->cache.set == AIR_ON) {
                air_warnings_addz(w->lost, "cache_control",
                                  AIR_LOST_NO_SUCH);
            }
        }

        turn = turn->next;
    }

    if (w->own && w->msg->inputs_whole && turn != NULL
        && turn->parts != NULL)
    {
        air_buf_z(w->b, ",\"input\":");
        air_buf_json(w->b, turn->parts->text);
        return;
    }

    air_buf_z(w->b, ",\"input\":[");

    for ( /* void */ ; turn != NULL; turn = turn->next) {
        air_responses_put_turn(w, turn);
    }

    air_buf_z(w->b, "]");
}
