
/*
 * Parts written as content blocks of Bedrock's wire, for a vendor or for a
 * caller.  The wire is strict: no blank text, ids of at most 64 letters,
 * digits, "_" and "-", names of documents from few characters and each once,
 * media as bytes or in S3, thinking only with the seal of who thought it.
 */

#include "air_bedrock.h"


/* cachePoints that one request may have (prompt caching, read 2026-11) */
#define AIR_BEDROCK_MARKS  4

/* bytes of a call's id, of a document's name (ToolUseBlock, DocumentBlock) */
#define AIR_BEDROCK_ID     64
#define AIR_BEDROCK_NAME   200


static int air_bedrock_part_write(air_bedrock_write_t *w,
    const air_part_t *p, unsigned n);


void
air_bedrock_cache_write(air_bedrock_write_t *w,
    const air_cache_mark_t *cache, unsigned *n)
{
    if (cache == NULL || cache->set != AIR_ON || w->reply) {
        return;
    }

    if (!w->own) {

        if (w->maker > AIR_BEDROCK_NOVA_2) {
            air_warnings_addz(w->lost, "cache_control", AIR_LOST_MODEL);
            return;
        }

        if (w->marks == AIR_BEDROCK_MARKS) {
            air_warnings_addz(w->lost, "cache_control", AIR_LOST_VALUE);
            return;
        }
    }

    w->marks++;

    air_buf_z(w->b, (*n)++ ? ",{\"cachePoint\":{\"type\":\"default\""
                           : "{\"cachePoint\":{\"type\":\"default\"");

    if (cache->ttl > 300 && (w->own || w->maker <= AIR_BEDROCK_CLAUDE)) {
        air_buf_z(w->b, ",\"ttl\":\"1h\"");

    } else if (cache->ttl != 0 && w->own) {
        air_buf_z(w->b, ",\"ttl\":\"5m\"");

    } else if (cache->ttl > 300) {
        air_warnings_addz(w->lost, "cache_control.ttl", AIR_LOST_MODEL);
    }

    air_buf_z(w->b, "}}");
}


static void
air_bedrock_end(air_bedrock_write_t *w, const air_part_t *p)
{
    if (w->own) {
        air_msg_extra_write(p->extra, w->b);
    }

    air_buf_z(w->b, "}}");
}


static void
air_bedrock_text_write(air_bedrock_write_t *w, const air_part_t *p)
{
    unsigned               n;
    const air_citation_t  *c;

    n = 0;

    for (c = p->citations; c != NULL; c = c->next) {

        if (!air_msg_issued(c->issuer, AIR_BEDROCK_WIRE)
            && (!w->reply || c->url.len == 0))
        {
            air_warnings_addz(w->lost, "citations", AIR_LOST_ISSUER);
            continue;
        }

        air_buf_z(w->b, n++ ? "," : "{\"citationsContent\":{\"citations\":[");

        if (air_msg_issued(c->issuer, AIR_BEDROCK_WIRE)) {
            air_buf_str(w->b, c->raw);
            continue;
        }

        air_buf_z(w->b, "{\"location\":{\"web\":{\"url\":");
        air_buf_json(w->b, c->url);
        air_buf_z(w->b, "}},\"title\":");
        air_buf_json(w->b, c->title);
        air_buf_z(w->b, ",\"sourceContent\":[{\"text\":");
        air_buf_json(w->b, c->text);
        air_buf_z(w->b, "}]}");
    }

    if (n == 0) {
        air_buf_z(w->b, "{\"text\":");
        air_buf_json(w->b, p->text);
        air_buf_z(w->b, "}");
        return;
    }

    air_buf_z(w->b, "],\"content\":[{\"text\":");
    air_buf_json(w->b, p->text);
    air_buf_z(w->b, "}]}}");
}


/*
 * A name from what a document is called: letters, digits, single blanks,
 * hyphens, brackets.  Each is different from the others by its number.
 */
static void
air_bedrock_name_write(air_bedrock_write_t *w, air_str_t name)
{
    int             changed;
    size_t          i, n;
    unsigned char   c, text[AIR_BEDROCK_NAME];

    if (w->own) {
        air_buf_json(w->b, name);
        return;
    }

    n = 0;
    changed = 0;

    for (i = 0; i < name.len && n < AIR_BEDROCK_NAME - 20; i++) {

        c = name.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9') || c == '-' || c == '(' || c == ')'
              || c == '[' || c == ']' || c == ' '))
        {
            changed = 1;
            c = '-';
        }

        if ((c == ' ' || (c == '-' && changed))
            && (n == 0 || text[n - 1] == c))
        {
            continue;
        }

        text[n++] = c;
    }

    while (n != 0 && text[n - 1] == ' ') {
        n--;
    }

    if (changed || i < name.len) {
        air_warnings_addz(w->lost, "document.name", AIR_LOST_CHANGED);
    }

    if (n == 0) {
        air_buf_json(w->b, air_str_z("Document"));

    } else {
        air_buf_json(w->b, air_str_n(text, n));
    }

    if (n == 0 || w->documents > 1) {
        unsigned char  number[12];

        air_buf_json_more(w->b, air_str_z(" "));

        n = sizeof(number);

        for (i = w->documents; i != 0; i /= 10) {
            number[--n] = (unsigned char) ('0' + i % 10);
        }

        air_buf_json_more(w->b, air_str_n(number + n, sizeof(number) - n));
    }
}


static void
air_bedrock_base64(air_str_t s, air_buf_t *b)
{
    size_t          i, n;
    uint32_t        bits;
    unsigned char   out[4];

    static const char  digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    air_buf_byte(b, '"');

    for (i = 0; i < s.len; i += 3) {
        n = s.len - i < 3 ? s.len - i : 3;

        bits = (uint32_t) s.data[i] << 16
               | (n > 1 ? (uint32_t) s.data[i + 1] << 8 : 0)
               | (n > 2 ? s.data[i + 2] : 0);

        out[0] = (unsigned char) digits[bits >> 18];
        out[1] = (unsigned char) digits[bits >> 12 & 63];
        out[2] = (unsigned char) (n > 1 ? digits[bits >> 6 & 63] : '=');
        out[3] = (unsigned char) (n > 2 ? digits[bits & 63] : '=');

        air_buf_add(b, out, 4);
    }

    air_buf_byte(b, '"');
}


static void
air_bedrock_source_write(air_bedrock_write_t *w, const air_part_t *p)
{
    air_buf_t          *b;
    const air_media_t  *m;

    b = w->b;
    m = &p->media;

    if (m->data.len != 0) {
        air_buf_z(b, "\"source\":{\"bytes\":");
        air_buf_json(b, m->data);

    } else if (m->url.len != 0) {
        air_buf_z(b, "\"source\":{\"s3Location\":{\"uri\":");
        air_buf_json(b, m->url);
        air_buf_z(b, "}");

    } else if (w->own || w->maker <= AIR_BEDROCK_CLAUDE) {
        air_buf_z(b, "\"source\":{\"text\":");
        air_buf_json(b, p->text);

    } else {
        air_buf_z(b, "\"source\":{\"bytes\":");
        air_bedrock_base64(p->text, b);
    }

    air_buf_z(b, "}");
}


static const char *
air_bedrock_media_format(const air_part_t *p)
{
    air_str_t    type;
    const char  *format;

    type = p->media.type;

    if (type.len == 0 && p->type == AIR_PART_IMAGE) {
        type = air_str_z(air_msg_image_type(&p->media));
    }

    format = air_bedrock_format(type);

    if (format != NULL) {
        return format;
    }

    return p->type == AIR_PART_IMAGE ? "png"
           : p->type == AIR_PART_VIDEO ? "mp4"
           : p->type == AIR_PART_AUDIO ? "wav"
           : p->media.data.len == 0 && p->media.url.len == 0 ? "txt"
           : type.len > 5 && memcmp(type.data, "text/", 5) == 0 ? "txt"
                                                                : "pdf";
}


static void
air_bedrock_media_write(air_bedrock_write_t *w, const air_part_t *p,
    const char *name)
{
    const air_media_t  *m;
    const air_extra_t  *cited;

    m = &p->media;

    air_buf_z(w->b, "{\"");
    air_buf_z(w->b, name);
    air_buf_z(w->b, "\":{\"format\":");
    air_buf_json(w->b, w->own && m->type.len != 0
                       && air_bedrock_format(m->type) == NULL
                       ? m->type : air_str_z(air_bedrock_media_format(p)));
    air_buf_z(w->b, ",");

    if (p->type == AIR_PART_DOCUMENT) {
        w->documents++;
        w->document = 1;

        air_buf_z(w->b, "\"name\":");
        air_bedrock_name_write(w, m->name);
        air_buf_z(w->b, ",");

        if (m->context.len != 0) {
            air_buf_z(w->b, "\"context\":");
            air_buf_json(w->b, m->context);
            air_buf_z(w->b, ",");
        }
    }

    if (m->detail.len != 0 && !air_str_eqz(m->detail, "auto")) {
        air_warnings_addz(w->lost, "image_url.detail", AIR_LOST_NO_SUCH);
    }

    air_bedrock_source_write(w, p);

    /* asked for in the same words on Anthropic's wire */

    cited = p->type == AIR_PART_DOCUMENT && !w->own
            ? air_msg_extra_find(p->extra, "citations") : NULL;

    if (cited != NULL) {
        air_buf_z(w->b, ",\"citations\":");
        air_buf_str(w->b, cited->raw);
    }

    air_bedrock_end(w, p);
}


static void
air_bedrock_result_write(air_bedrock_write_t *w, const air_part_t *p)
{
    unsigned  n, text, document;

    air_buf_z(w->b, "{\"toolResult\":{\"toolUseId\":");

    if (w->own) {
        air_buf_json(w->b, p->id);

    } else {
        air_msg_id_write(p->id, p->name, AIR_BEDROCK_ID, w->b);
    }

    n = 0;
    text = w->text;
    document = w->document;

    air_buf_z(w->b, ",\"content\":[");
    air_bedrock_blocks_write(w, p->parts, NULL, &n);
    air_buf_z(w->b, "]");

    /* what stands inside is none of the message's */

    w->text = text & 1;
    w->document = document & 1;

    air_buf_z(w->b, p->is_error ? ",\"status\":\"error\"" : "");
    air_bedrock_end(w, p);
}


static void
air_bedrock_call_write(air_bedrock_write_t *w, const air_part_t *p)
{
    w->calls = 1;

    air_buf_z(w->b, "{\"toolUse\":{\"toolUseId\":");

    if (w->own || w->reply) {
        air_buf_json(w->b, p->id);

    } else {
        air_msg_id_write(p->id, p->name, AIR_BEDROCK_ID, w->b);
    }

    air_buf_z(w->b, ",\"name\":");
    air_buf_json(w->b, p->name);
    air_buf_z(w->b, ",\"input\":");
    air_msg_input_write(p->arguments, p->custom, w->b);
    air_bedrock_end(w, p);
}


/* 1 when what a model sealed may go back to it. */
static int
air_bedrock_sealed(const air_bedrock_write_t *w, const air_part_t *p)
{
    if (w->own || w->reply) {
        return 1;
    }

    if (w->maker > AIR_BEDROCK_CLAUDE) {
        return 0;
    }

    return p->type == AIR_PART_REDACTED
           ? air_msg_issued(p->issuer, AIR_BEDROCK_WIRE)
           : p->signature.len != 0
             && (air_msg_issued(p->issuer, AIR_CLAUDE_ISSUER)
                 || air_msg_issued(p->issuer, AIR_BEDROCK_WIRE));
}


static int
air_bedrock_media_allowed(const air_bedrock_write_t *w, const air_part_t *p,
    const char **name, air_lost_e *why)
{
    const air_media_t  *m;

    m = &p->media;

    *name = p->type == AIR_PART_IMAGE ? "image"
            : p->type == AIR_PART_DOCUMENT ? "document"
            : p->type == AIR_PART_VIDEO ? "video" : "audio";

    if (w->own) {
        return 1;
    }

    if (m->file_id.len != 0) {
        *why = AIR_LOST_ISSUER;
        return 0;
    }

    if (w->system || (w->assistant && !w->reply)) {
        *why = AIR_LOST_NO_SUCH;
        return 0;
    }

    /* bytes, or what stands in S3: nothing is fetched */

    if (m->data.len == 0 && m->url.len != 0
        && (m->url.len < 5 || memcmp(m->url.data, "s3://", 5) != 0))
    {
        *name = p->type == AIR_PART_IMAGE ? "image.url"
                : p->type == AIR_PART_DOCUMENT ? "document.url"
                : p->type == AIR_PART_VIDEO ? "video.url" : "audio.url";
        *why = AIR_LOST_VALUE;
        return 0;
    }

    *why = AIR_LOST_VALUE;

    return m->data.len != 0 || m->url.len != 0
           || (p->type == AIR_PART_DOCUMENT && p->text.len != 0);
}


/* 1 when a part can stand here; a warning when not. */
static int
air_bedrock_allowed(air_bedrock_write_t *w, const air_part_t *p)
{
    const char  *name;
    air_lost_e   why;

    name = "content";
    why = AIR_LOST_NO_SUCH;

    switch (p->type) {

    case AIR_PART_TEXT:
    case AIR_PART_REFUSAL:
        /* nothing was said, nothing is lost */
        return w->own || !air_msg_blank(p->text)
               || (w->reply && (p->text.len != 0 || p->citations != NULL));

    case AIR_PART_TOOL_CALL:
    case AIR_PART_TOOL_RESULT:
        return 1;

    case AIR_PART_THINKING:
    case AIR_PART_REDACTED:
        if (air_bedrock_sealed(w, p)) {
            return 1;
        }

        name = "thinking";
        why = AIR_LOST_ISSUER;
        break;

    case AIR_PART_AUDIO:
        if (w->assistant && p->text.len != 0) {
            /* what was said stands for how it sounded */
            return 1;
        }

        /* fall through */

    case AIR_PART_IMAGE:
    case AIR_PART_DOCUMENT:
    case AIR_PART_VIDEO:
        if (air_bedrock_media_allowed(w, p, &name, &why)) {
            return 1;
        }

        break;

    default:
        if (air_msg_issued(p->issuer, AIR_BEDROCK_WIRE)) {
            return 1;
        }
    }

    air_warnings_addz(w->lost, name, why);

    return 0;
}


static void
air_bedrock_thought_write(air_bedrock_write_t *w, const air_part_t *p)
{
    air_str_t  seal;

    if (p->type == AIR_PART_REDACTED) {
        air_buf_z(w->b, "{\"reasoningContent\":{\"redactedContent\":");
        air_msg_seal(AIR_BEDROCK_WIRE, p->issuer, p->data, w->b);
        air_buf_z(w->b, "}}");
        return;
    }

    air_buf_z(w->b, "{\"reasoningContent\":{\"reasoningText\":{\"text\":");
    air_buf_json(w->b, p->text);

    seal = p->signature;

    if (seal.len != 0) {
        air_buf_z(w->b, ",\"signature\":");
        air_msg_seal(AIR_CLAUDE_ISSUER, p->issuer, seal, w->b);
    }

    air_buf_z(w->b, "}}}");
}


static int
air_bedrock_part_write(air_bedrock_write_t *w, const air_part_t *p,
    unsigned n)
{
    if (!air_bedrock_allowed(w, p)) {
        return 0;
    }

    air_buf_z(w->b, n ? "," : "");

    if (p->raw.len != 0 && air_msg_issued(p->issuer, AIR_BEDROCK_WIRE)) {
        air_buf_str(w->b, p->raw);
        return 1;
    }

    switch (p->type) {

    case AIR_PART_TOOL_CALL:
        air_bedrock_call_write(w, p);
        return 1;

    case AIR_PART_TOOL_RESULT:
        air_bedrock_result_write(w, p);
        return 1;

    case AIR_PART_THINKING:
    case AIR_PART_REDACTED:
        air_bedrock_thought_write(w, p);
        return 1;

    case AIR_PART_IMAGE:
        air_bedrock_media_write(w, p, "image");
        return 1;

    case AIR_PART_DOCUMENT:
        air_bedrock_media_write(w, p, "document");
        return 1;

    case AIR_PART_VIDEO:
        air_bedrock_media_write(w, p, "video");
        return 1;

    case AIR_PART_AUDIO:
        if (!w->assistant || p->text.len == 0) {
            air_bedrock_media_write(w, p, "audio");
            return 1;
        }

        break;

    default:
        break;
    }

    w->text = 1;
    air_bedrock_text_write(w, p);

    return 1;
}


void
air_bedrock_blocks_write(air_bedrock_write_t *w, const air_part_t *parts,
    const air_cache_mark_t *cache, unsigned *n)
{
    const air_part_t  *p;

    for (p = parts; p != NULL; p = p->next) {

        *n += air_bedrock_part_write(w, p, *n);

        if (p->cache.set == AIR_ON) {
            air_bedrock_cache_write(w, &p->cache, n);

        } else if (p->next == NULL) {
            air_bedrock_cache_write(w, cache, n);
        }
    }
}
