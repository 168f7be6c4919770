
/*
 * Parts written as content blocks of Anthropic's wire, for a vendor or for a
 * caller.  The wire is strict: no empty text, ids of letters, digits, "_"
 * and "-", the input of a call is an object, thinking goes back only with
 * the seal of who thought it.
 */

#include "air_anthropic.h"


/* cache marks that one request may have (prompt caching, read 2026-11) */
#define AIR_ANTHROPIC_MARKS  4

/* bytes of a call's id: no limit is known */
#define AIR_ANTHROPIC_ID     4096


static int air_anthropic_part_write(air_anthropic_write_t *w,
    const air_part_t *p, const air_cache_mark_t *cache, unsigned n);


void
air_anthropic_cache_write(air_anthropic_write_t *w,
    const air_cache_mark_t *cache)
{
    if (cache->set != AIR_ON || w->reply) {
        return;
    }

    if (!w->own && w->marks == AIR_ANTHROPIC_MARKS) {
        air_warnings_addz(w->lost, "cache_control", AIR_LOST_VALUE);
        return;
    }

    w->marks++;
    air_buf_z(w->b, ",\"cache_control\":{\"type\":\"ephemeral\"");

    if (cache->ttl != 0) {
        air_buf_z(w->b, cache->ttl > 300 ? ",\"ttl\":\"1h\""
                                         : ",\"ttl\":\"5m\"");
    }

    air_buf_z(w->b, "}");
}


/* The end of a block: what may stand beside its content. */
static void
air_anthropic_end_write(air_anthropic_write_t *w, const air_part_t *p,
    const air_cache_mark_t *cache)
{
    air_anthropic_cache_write(w, p->cache.set == AIR_ON ? &p->cache : cache);

    if (w->own) {
        air_msg_extra_write(p->extra, w->b);
    }

    air_buf_z(w->b, "}");
}


int
air_anthropic_citation_write(const air_citation_t *c, unsigned reply,
    air_buf_t *b)
{
    if (air_msg_issued(c->issuer, AIR_ANTHROPIC_WIRE) && c->raw.len != 0) {
        air_buf_str(b, c->raw);
        return 1;
    }

    /* the vendor takes only what it cited itself */

    if (!reply || c->url.len == 0) {
        return 0;
    }

    air_buf_z(b, "{\"type\":\"web_search_result_location\",\"cited_text\":");
    air_buf_json(b, c->text);
    air_buf_z(b, ",\"url\":");
    air_buf_json(b, c->url);
    air_buf_z(b, ",\"title\":");
    air_buf_json(b, c->title);
    air_buf_z(b, ",\"encrypted_index\":\"\"}");

    return 1;
}


static void
air_anthropic_text_write(air_anthropic_write_t *w, const air_part_t *p)
{
    unsigned               n;
    const air_citation_t  *c;

    air_buf_z(w->b, "{\"type\":\"text\",\"text\":");
    air_buf_json(w->b, p->text);

    n = 0;

    for (c = p->citations; c != NULL; c = c->next) {

        if (!air_msg_issued(c->issuer, AIR_ANTHROPIC_WIRE)
            && (!w->reply || c->url.len == 0))
        {
            air_warnings_addz(w->lost, "citations", AIR_LOST_ISSUER);
            continue;
        }

        air_buf_z(w->b, n++ ? "," : ",\"citations\":[");
        (void) air_anthropic_citation_write(c, w->reply, w->b);
    }

    air_buf_z(w->b, n ? "]" : "");
}


/* {"type":"base64"...} of an image or a document. */
static void
air_anthropic_source_write(air_anthropic_write_t *w, const air_part_t *p)
{
    air_buf_t          *b;
    const air_media_t  *m;

    b = w->b;
    m = &p->media;

    if (m->file_id.len != 0) {
        air_buf_z(b, "{\"type\":\"file\",\"file_id\":");
        air_buf_json(b, m->file_id);

    } else if (m->data.len != 0) {
        air_buf_z(b, "{\"type\":\"base64\",\"media_type\":");
        air_buf_json(b, m->type.len ? m->type
                        : air_str_z(p->type == AIR_PART_DOCUMENT
                                    ? "application/pdf"
                                    : air_msg_image_type(m)));
        air_buf_z(b, ",\"data\":");
        air_buf_json(b, m->data);

    } else if (m->url.len != 0) {
        air_buf_z(b, "{\"type\":\"url\",\"url\":");
        air_buf_json(b, m->url);

    } else {
        air_buf_z(b, "{\"type\":\"text\",\"media_type\":\"text/plain\","
                     "\"data\":");
        air_buf_json(b, p->text);
    }

    air_buf_z(b, "}");
}


/* 1 when it was written. */
static int
air_anthropic_media_write(air_anthropic_write_t *w, const air_part_t *p,
    const char *name)
{
    const air_media_t  *m;
    const air_extra_t  *cited;

    m = &p->media;

    if (p->raw.len != 0 && air_msg_issued(p->issuer, AIR_ANTHROPIC_WIRE)) {
        air_buf_str(w->b, p->raw);
        return 0;
    }

    if (m->detail.len != 0 && !air_str_eqz(m->detail, "auto")) {
        air_warnings_addz(w->lost, "image_url.detail", AIR_LOST_NO_SUCH);
    }

    air_buf_z(w->b, "{\"type\":\"");
    air_buf_z(w->b, name);
    air_buf_z(w->b, "\",\"source\":");
    air_anthropic_source_write(w, p);

    if (p->type == AIR_PART_DOCUMENT) {

        if (m->name.len != 0) {
            air_buf_z(w->b, ",\"title\":");
            air_buf_json(w->b, m->name);
        }

        if (m->context.len != 0) {
            air_buf_z(w->b, ",\"context\":");
            air_buf_json(w->b, m->context);
        }

        /* asked for in the same words behind Bedrock */

        cited = w->own ? NULL : air_msg_extra_find(p->extra, "citations");

        if (cited != NULL) {
            air_buf_z(w->b, ",\"citations\":");
            air_buf_str(w->b, cited->raw);
        }
    }

    return 1;
}


static void
air_anthropic_result_write(air_anthropic_write_t *w, const air_part_t *p)
{
    unsigned  n;

    air_buf_z(w->b, "{\"type\":\"tool_result\",\"tool_use_id\":");

    if (w->own) {
        air_buf_json(w->b, p->id);

    } else {
        air_msg_id_write(p->id, p->name, AIR_ANTHROPIC_ID, w->b);
    }

    if (p->whole && p->parts != NULL && p->parts->next == NULL
        && p->parts->type == AIR_PART_TEXT)
    {
        air_buf_z(w->b, ",\"content\":");
        air_buf_json(w->b, p->parts->text);

    } else if (p->parts != NULL) {
        n = 0;
        air_buf_z(w->b, ",\"content\":[");
        air_anthropic_blocks_write(w, p->parts, NULL, &n);
        air_buf_z(w->b, "]");
    }

    air_buf_z(w->b, p->is_error ? ",\"is_error\":true" : "");
}


static void
air_anthropic_thinking_write(air_anthropic_write_t *w, const air_part_t *p)
{
    air_buf_z(w->b, "{\"type\":\"thinking\",\"thinking\":");
    air_buf_json(w->b, p->text);
    air_buf_z(w->b, ",\"signature\":");
    air_msg_seal(AIR_ANTHROPIC_WIRE, p->issuer, p->signature, w->b);
}


/* 1 when a part can stand here; a warning when not. */
static int
air_anthropic_allowed(air_anthropic_write_t *w, const air_part_t *p)
{
    const char  *name;
    air_lost_e   why;

    why = AIR_LOST_NO_SUCH;

    switch (p->type) {

    case AIR_PART_TEXT:
    case AIR_PART_REFUSAL:
        if ((w->own && !w->reply) || !air_msg_blank(p->text)
            || (w->reply && p->text.len != 0))
        {
            return 1;
        }

        /* nothing was said, nothing is lost */
        return 0;

    case AIR_PART_TOOL_CALL:
    case AIR_PART_TOOL_RESULT:
        return 1;

    case AIR_PART_THINKING:
        if (w->reply
            ? (p->text.len != 0 || p->signature.len != 0)
            : (p->signature.len != 0
               && air_msg_issued(p->issuer, AIR_ANTHROPIC_WIRE)))
        {
            return 1;
        }

        name = w->reply ? NULL : "thinking";
        why = AIR_LOST_ISSUER;
        break;

    case AIR_PART_REDACTED:
        if (p->data.len != 0
            && (w->reply || air_msg_issued(p->issuer, AIR_ANTHROPIC_WIRE)))
        {
            return 1;
        }

        name = "thinking";
        why = AIR_LOST_ISSUER;
        break;

    case AIR_PART_IMAGE:
    case AIR_PART_DOCUMENT:
        name = p->type == AIR_PART_IMAGE ? "image" : "document";

        if (p->media.file_id.len != 0
            && !air_msg_issued(p->issuer, AIR_ANTHROPIC_WIRE))
        {
            why = AIR_LOST_ISSUER;
            break;
        }

        if (!w->assistant || w->own) {
            return 1;
        }

        break;

    case AIR_PART_AUDIO:
        if (w->assistant && p->text.len != 0) {
            /* what was said stands for how it sounded */
            return 1;
        }

        name = "audio";
        break;

    case AIR_PART_VIDEO:
        name = "video";
        break;

    default:
        if (air_msg_issued(p->issuer, AIR_ANTHROPIC_WIRE)) {
            return 1;
        }

        name = "content";
    }

    if (name != NULL) {
        air_warnings_addz(w->lost, name, why);
    }

    return 0;
}


static int
air_anthropic_part_write(air_anthropic_write_t *w, const air_part_t *p,
    const air_cache_mark_t *cache, unsigned n)
{
    air_cache_mark_t  none;

    if (!air_anthropic_allowed(w, p)) {
        return 0;
    }

    memset(&none, 0, sizeof(air_cache_mark_t));

    air_buf_z(w->b, n ? "," : "");

    switch (p->type) {

    case AIR_PART_TOOL_CALL:
        w->calls = 1;
        air_buf_z(w->b, "{\"type\":\"tool_use\",\"id\":");

        if (w->own || w->reply) {
            air_buf_json(w->b, p->id);

        } else {
            air_msg_id_write(p->id, p->name, AIR_ANTHROPIC_ID, w->b);
        }

        air_buf_z(w->b, ",\"name\":");
        air_buf_json(w->b, p->name);
        air_buf_z(w->b, ",\"input\":");
        air_msg_input_write(p->arguments, p->custom, w->b);
        break;

    case AIR_PART_TOOL_RESULT:
        air_anthropic_result_write(w, p);
        break;

    case AIR_PART_THINKING:
        air_anthropic_thinking_write(w, p);
        break;

    case AIR_PART_REDACTED:
        air_buf_z(w->b, "{\"type\":\"redacted_thinking\",\"data\":");
        air_msg_seal(AIR_ANTHROPIC_WIRE, p->issuer, p->data, w->b);
        break;

    case AIR_PART_IMAGE:
    case AIR_PART_DOCUMENT:
        if (!air_anthropic_media_write(w, p, p->type == AIR_PART_IMAGE
                                             ? "image" : "document"))
        {
            return 1;
        }
        break;

    case AIR_PART_RAW:
        air_buf_str(w->b, p->raw);
        return 1;

    default:
        air_anthropic_text_write(w, p);
    }

    air_anthropic_end_write(w, p, cache ? cache : &none);

    return 1;
}


void
air_anthropic_blocks_write(air_anthropic_write_t *w,
    const air_part_t *parts, const air_cache_mark_t *cache, unsigned *n)
{
    const air_part_t  *p;

    for (p = parts; p != NULL; p = p->next) {
        *n += air_anthropic_part_write(w, p, p->next == NULL ? cache : NULL,
                                       *n);
    }
}
