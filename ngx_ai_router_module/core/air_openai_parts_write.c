
/*
 * Messages of assistants, written on the OpenAI wire: content, refusal,
 * reasoning under the name it came by, calls, media, citations.
 */

#include "air_openai.h"


#define AIR_OPENAI_WIRE  "openai"



void
air_openai_extra_write(const air_extra_t *extra, air_buf_t *b)
{
    for ( /* void */ ; extra != NULL; extra = extra->next) {
        air_buf_z(b, ",\"");
        air_buf_str(b, extra->key);
        air_buf_z(b, "\":");
        air_buf_str(b, extra->raw);
    }
}


void
air_openai_join(air_buf_t *b, unsigned first, air_str_t text)
{
    size_t  at;

    if (b->error != AIR_OK) {
        return;
    }

    if (first) {
        air_buf_json(b, text);
        return;
    }

    /* over the closing quote, and without the opening one */

    at = --b->len;

    air_buf_json(b, text);

    if (b->error == AIR_OK) {
        memmove(b->data + at, b->data + at + 1, b->len - at - 1);
        b->len--;
    }
}


void
air_openai_url_write(const air_media_t *media, const char *type, air_buf_t *b)
{
    if (media->data.len == 0) {
        air_buf_json(b, media->url);
        return;
    }

    air_openai_join(b, 1, air_str_z("data:"));
    air_openai_join(b, 0, media->type.len ? media->type : air_str_z(type));
    air_openai_join(b, 0, air_str_z(";base64,"));
    air_openai_join(b, 0, media->data);
}


void
air_openai_citation_write(const air_citation_t *c, air_buf_t *b)
{
    if (air_openai_is(c->issuer, AIR_OPENAI_WIRE) && c->raw.len != 0) {
        air_buf_str(b, c->raw);
        return;
    }

    air_buf_z(b, "{\"type\":\"url_citation\",\"url_citation\":{\"url\":");
    air_buf_json(b, c->url);
    air_buf_z(b, ",\"title\":");
    air_buf_json(b, c->title);

    if (c->text.len != 0) {
        air_buf_z(b, ",\"content\":");
        air_buf_json(b, c->text);
    }

    air_buf_z(b, ",\"start_index\":");
    air_buf_uint(b, c->start);
    air_buf_z(b, ",\"end_index\":");
    air_buf_uint(b, c->end);
    air_buf_z(b, "}}");
}


void
air_openai_detail_write(const air_part_t *part, unsigned index, air_buf_t *b)
{
    if (part->raw.len != 0 && part->format.len != 0
        && !air_str_eqz(part->format, "thinking"))
    {
        air_buf_str(b, part->raw);
        return;
    }

    if (part->type == AIR_PART_REDACTED) {
        air_buf_z(b, "{\"type\":\"reasoning.encrypted\",\"data\":");
        air_buf_json(b, part->data);

    } else {
        air_buf_z(b, "{\"type\":\"reasoning.text\",\"text\":");
        air_buf_json(b, part->text);

        if (part->signature.len != 0) {
            air_buf_z(b, ",\"signature\":");
            air_buf_json(b, part->signature);
        }
    }

    if (part->id.len != 0) {
        air_buf_z(b, ",\"id\":");
        air_buf_json(b, part->id);
    }

    air_buf_z(b, ",\"format\":\"");
    air_buf_z(b, air_openai_format(part->issuer));
    air_buf_z(b, "\",\"index\":");
    air_buf_uint(b, index);
    air_buf_z(b, "}");
}


/* 1 when a thinking part stands under that name. */
static int
air_openai_named(const air_part_t *part, const char *name)
{
    return part->type == AIR_PART_THINKING && part->raw.len == 0
           && air_str_eqz(part->format, name);
}


/* Thinking that may be said back where this message goes. */
static int
air_openai_tellable(const air_part_t *part, unsigned flags)
{
    if (part->type != AIR_PART_THINKING && part->type != AIR_PART_REDACTED) {
        return 0;
    }

    if (air_str_eqz(part->format, "thinking")) {
        return 0;     /* stands in the content */
    }

    return (flags & (AIR_OPENAI_REPLY | AIR_OPENAI_ROUTER)) != 0;
}


/* Thinking of another wire, whose text has to be made a string here. */
static int
air_openai_told(const air_part_t *part, unsigned flags)
{
    return part->type == AIR_PART_THINKING && part->text.len != 0
           && (part->raw.len == 0 || part->format.len == 0)
           && air_openai_tellable(part, flags)
           && !air_openai_named(part, "reasoning_content")
           && !air_openai_named(part, "reasoning");
}


static void
air_openai_thoughts_write(const air_part_t *parts, unsigned flags,
    air_buf_t *b, air_warnings_t *lost)
{
    unsigned           n, details;
    const char        *name;
    const air_part_t  *p;

    /* one string where it was one */

    for (p = parts; p != NULL; p = p->next) {

        name = air_openai_named(p, "reasoning_content") ? "reasoning_content"
               : air_openai_named(p, "reasoning") ? "reasoning" : NULL;

        if (name != NULL) {
            air_buf_z(b, ",\"");
            air_buf_z(b, name);
            air_buf_z(b, "\":");
            air_buf_json(b, p->text);
        }
    }

    /* OpenRouter's pair: the text, and the details that must come back */

    n = 0;
    details = 0;

    for (p = parts; p != NULL; p = p->next) {

        if (air_openai_named(p, "reasoning_content")
            || air_openai_named(p, "reasoning"))
        {
            continue;
        }

        if (air_openai_tellable(p, flags)) {
            details++;
            n += air_openai_told(p, flags);

        } else if ((p->type == AIR_PART_THINKING
                    || p->type == AIR_PART_REDACTED)
                   && !air_str_eqz(p->format, "thinking"))
        {
            air_warnings_addz(lost, "thinking", AIR_LOST_ISSUER);
        }
    }

    if (details == 0) {
        return;
    }

    if (n != 0) {

        air_buf_z(b, ",\"reasoning\":");
        n = 0;

        for (p = parts; p != NULL; p = p->next) {
            if (air_openai_told(p, flags)) {
                air_openai_join(b, n++ == 0, p->text);
            }
        }
    }

    air_buf_z(b, ",\"reasoning_details\":[");
    n = 0;

    for (p = parts; p != NULL; p = p->next) {

        if (air_openai_named(p, "reasoning_content")
            || air_openai_named(p, "reasoning")
            || !air_openai_tellable(p, flags))
        {
            continue;
        }

        if (n != 0) {
            air_buf_z(b, ",");
        }

        air_openai_detail_write(p, n++, b);
    }

    air_buf_z(b, "]");
}


/* Content as a list, where a string cannot hold it. */
static void
air_openai_list_write(const air_part_t *parts, unsigned flags, air_buf_t *b,
    air_warnings_t *lost)
{
    unsigned           n;
    const air_part_t  *p;

    n = 0;
    air_buf_z(b, "[");

    for (p = parts; p != NULL; p = p->next) {

        if (p->type == AIR_PART_TEXT) {
            air_buf_z(b, n++ ? ",{" : "{");
            air_buf_z(b, "\"type\":\"text\",\"text\":");
            air_buf_json(b, p->text);

            if (p->cache.set == AIR_ON) {
                air_openai_cache_write(&p->cache, flags, b, lost);
            }

            if (flags & AIR_OPENAI_OWN) {
                air_openai_extra_write(p->extra, b);
            }

            air_buf_z(b, "}");

        } else if (air_openai_is(p->issuer, AIR_OPENAI_WIRE)
                   && (p->type == AIR_PART_RAW
                       || (p->type == AIR_PART_THINKING
                           && air_str_eqz(p->format, "thinking"))))
        {
            air_buf_z(b, n++ ? "," : "");
            air_buf_str(b, p->raw);
        }
    }

    air_buf_z(b, "]");
}


void
air_openai_cache_write(const air_cache_mark_t *cache, unsigned flags,
    air_buf_t *b, air_warnings_t *lost)
{
    if (!(flags & AIR_OPENAI_ROUTER)) {
        air_warnings_addz(lost, "cache_control", AIR_LOST_NO_SUCH);
        return;
    }

    air_buf_z(b, ",\"cache_control\":{\"type\":\"ephemeral\"");

    if (cache->ttl != 0) {
        air_buf_z(b, cache->ttl > 300 ? ",\"ttl\":\"1h\""
                                      : ",\"ttl\":\"5m\"");
    }

    air_buf_z(b, "}");
}


static void
air_openai_content_write(const air_part_t *parts, unsigned flags,
    air_buf_t *b, air_warnings_t *lost)
{
    unsigned           n, list;
    const air_part_t  *p;

    n = 0;
    list = 0;

    for (p = parts; p != NULL; p = p->next) {

        if (p->type == AIR_PART_TEXT) {
            n++;
            list |= p->cache.set == AIR_ON;

            /* one part of a request's list: as it was, for caches' sake */
            list |= !(flags & AIR_OPENAI_REPLY) && !p->whole;

        } else if (p->type == AIR_PART_RAW
                   || (p->type == AIR_PART_THINKING
                       && air_str_eqz(p->format, "thinking")))
        {
            if (air_openai_is(p->issuer, AIR_OPENAI_WIRE)) {
                n++;
                list = 1;

            } else {
                air_warnings_addz(lost, "content", AIR_LOST_NO_SUCH);
            }
        }
    }

    air_buf_z(b, ",\"content\":");

    if (n == 0) {
        air_buf_z(b, "null");

    } else if (list) {
        air_openai_list_write(parts, flags, b, lost);

    } else {
        n = 0;

        for (p = parts; p != NULL; p = p->next) {
            if (p->type == AIR_PART_TEXT) {
                air_openai_join(b, n++ == 0, p->text);
            }
        }
    }
}


void
air_openai_call_write(const air_part_t *p, unsigned flags, air_buf_t *b)
{
    air_buf_z(b, "{\"id\":");
    air_buf_json(b, p->id);

    if (p->custom) {
        air_buf_z(b, ",\"type\":\"custom\",\"custom\":{\"name\":");
        air_buf_json(b, p->name);
        air_buf_z(b, ",\"input\":");

    } else {
        air_buf_z(b, ",\"type\":\"function\",\"function\":{\"name\":");
        air_buf_json(b, p->name);
        air_buf_z(b, ",\"arguments\":");
    }

    if (p->arguments.len == 0 && !p->custom) {
        /* what other wires call no input is an empty object here */
        air_buf_z(b, "\"{}\"");

    } else {
        air_buf_json(b, p->arguments);
    }

    air_buf_z(b, "}");

    if (p->signature.len != 0 && air_openai_is(p->issuer, "gemini")) {
        air_buf_z(b, ",\"extra_content\":{\"google\":"
                     "{\"thought_signature\":");
        air_buf_json(b, p->signature);
        air_buf_z(b, "}}");
    }

    if (flags & AIR_OPENAI_OWN) {
        air_openai_extra_write(p->extra, b);
    }

    air_buf_z(b, "}");
}


static void
air_openai_calls_write(const air_part_t *parts, unsigned flags, air_buf_t *b)
{
    unsigned           n;
    const air_part_t  *p;

    n = 0;

    for (p = parts; p != NULL; p = p->next) {

        if (p->type != AIR_PART_TOOL_CALL) {
            continue;
        }

        if ((flags & AIR_OPENAI_CALLS) || p->older) {
            air_buf_z(b, ",\"function_call\":{\"name\":");
            air_buf_json(b, p->name);
            air_buf_z(b, ",\"arguments\":");
            air_buf_json(b, p->arguments);
            air_buf_z(b, "}");

            return;
        }

        air_buf_z(b, n++ ? "," : ",\"tool_calls\":[");
        air_openai_call_write(p, flags, b);
    }

    if (n != 0) {
        air_buf_z(b, "]");
    }
}


/* What was said aloud, drawn and cited. */
static void
air_openai_media_write(const air_part_t *parts, unsigned flags, air_buf_t *b,
    air_warnings_t *lost)
{
    unsigned               images, cited;
    const air_part_t      *p;
    const air_citation_t  *c;

    images = 0;
    cited = 0;

    for (p = parts; p != NULL; p = p->next) {

        if (p->type == AIR_PART_AUDIO) {
            air_buf_z(b, ",\"audio\":{\"id\":");
            air_buf_json(b, p->media.file_id);

            if (p->media.data.len != 0) {
                air_buf_z(b, ",\"data\":");
                air_buf_json(b, p->media.data);
            }

            if (p->text.len != 0) {
                air_buf_z(b, ",\"transcript\":");
                air_buf_json(b, p->text);
            }

            if (flags & AIR_OPENAI_OWN) {
                air_openai_extra_write(p->extra, b);
            }

            air_buf_z(b, "}");

        } else if (p->type == AIR_PART_IMAGE) {

            if (!(flags & (AIR_OPENAI_REPLY | AIR_OPENAI_ROUTER))) {
                air_warnings_addz(lost, "image", AIR_LOST_NO_SUCH);
                continue;
            }

            air_buf_z(b, images++ ? "," : ",\"images\":[");
            air_buf_z(b, "{\"type\":\"image_url\",\"image_url\":"
                         "{\"url\":");
            air_openai_url_write(&p->media, "image/png", b);
            air_buf_z(b, "}}");
        }
    }

    air_buf_z(b, images ? "]" : "");

    for (p = parts; p != NULL; p = p->next) {

        for (c = p->citations; c != NULL; c = c->next) {

            if (!(flags & AIR_OPENAI_REPLY)
                && !air_openai_is(c->issuer, AIR_OPENAI_WIRE))
            {
                air_warnings_addz(lost, "citations", AIR_LOST_NO_SUCH);
                continue;
            }

            air_buf_z(b, cited++ ? "," : ",\"annotations\":[");
            air_openai_citation_write(c, b);
        }
    }

    air_buf_z(b, cited ? "]" : "");
}


void
air_openai_assistant_write(const air_part_t *parts, const air_extra_t *extra,
    unsigned flags, air_buf_t *b, air_warnings_t *lost)
{
    unsigned           n;
    const air_part_t  *p;

    air_buf_z(b, "\"role\":\"assistant\"");

    air_openai_content_write(parts, flags, b, lost);

    n = 0;

    for (p = parts; p != NULL; p = p->next) {
        if (p->type == AIR_PART_REFUSAL) {
            air_buf_z(b, n ? "" : ",\"refusal\":");
            air_openai_join(b, n++ == 0, p->text);
        }
    }

    air_openai_thoughts_write(parts, flags, b, lost);
    air_openai_calls_write(parts, flags, b);
    air_openai_media_write(parts, flags, b, lost);

    if (flags & AIR_OPENAI_OWN) {
        air_openai_extra_write(extra, b);
    }
}
