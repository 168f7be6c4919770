
/*
 * Messages of assistants on the OpenAI wire, read and written: the same in a
 * request's history and in a reply.  Reasoning stands under four names
 * (reasoning_content, reasoning, reasoning_details, parts of type thinking);
 * which one it was is kept in the part's format, so that it can go back
 * where it came from.
 */

#include "air_openai.h"


#define AIR_OPENAI_WIRE  "openai"


/* reasoning_details[].format (OpenRouter, read 2026-11) by issuer */
static const struct {
    const char  *prefix;
    const char  *format;
    const char  *issuer;
}  air_openai_formats[] = {
    { "anthropic", "anthropic-claude-v1", "anthropic" },
    { "google", "google-gemini-v1", "gemini" },
    { "openai-responses", "openai-responses-v1", "responses" },
    { "aws-bedrock", "aws-bedrock-v1", "bedrock" },
    { NULL, "unknown", AIR_OPENAI_WIRE }
};


int
air_openai_is(const char *issuer, const char *name)
{
    return issuer != NULL && strcmp(issuer, name) == 0;
}


const char *
air_openai_issuer(air_str_t format)
{
    size_t    n;
    unsigned  i;

    for (i = 0; air_openai_formats[i].prefix != NULL; i++) {

        n = strlen(air_openai_formats[i].prefix);

        if (format.len >= n
            && memcmp(format.data, air_openai_formats[i].prefix, n) == 0)
        {
            break;
        }
    }

    return air_openai_formats[i].issuer;
}


const char *
air_openai_format(const char *issuer)
{
    unsigned  i;

    for (i = 0; air_openai_formats[i].prefix != NULL; i++) {
        if (air_openai_is(issuer, air_openai_formats[i].issuer)) {
            break;
        }
    }

    return air_openai_formats[i].format;
}


/* ------------------------------------------------------------- reading */


air_str_t
air_openai_raw(const air_json_doc_t *doc, const air_json_node_t *node)
{
    air_str_t  s;

    s = air_json_raw(doc, node);

    if (node->type == AIR_JSON_STRING) {
        s.data--;
        s.len += 2;
    }

    return s;
}


int
air_openai_get(const air_openai_read_t *r, const air_json_node_t *object,
    const char *name, air_str_t *out)
{
    const air_json_node_t  *node;

    node = air_json_get(r->doc, object, name);

    if (node == NULL || node->type != AIR_JSON_STRING) {
        return AIR_OK;
    }

    return air_json_string(r->doc, node, r->mem, out);
}


int
air_openai_key(const air_openai_read_t *r, const air_json_node_t *member,
    air_str_t *out)
{
    air_json_node_t  key;

    if (!member->key_escaped) {
        *out = air_json_key(r->doc, member);
        return AIR_OK;
    }

    key = *member;
    key.type = AIR_JSON_STRING;
    key.start = member->key_start;
    key.end = member->key_end;
    key.escaped = 1;

    return air_json_string(r->doc, &key, r->mem, out);
}


int
air_openai_extra(const air_openai_read_t *r, const air_json_node_t *object,
    const char *const *known, air_extra_t **extra)
{
    int                     rc;
    air_str_t               key;
    const char             *const *name;
    const air_json_node_t  *node;

    for (node = air_json_first(r->doc, object);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        rc = air_openai_key(r, node, &key);

        if (rc != AIR_OK) {
            return rc;
        }

        for (name = known; *name != NULL; name++) {
            if (air_str_eqz(key, *name)) {
                break;
            }
        }

        if (*name == NULL
            && air_msg_extra(extra, r->mem, air_json_key(r->doc, node),
                             air_openai_raw(r->doc, node))
               == NULL)
        {
            return AIR_ENOMEM;
        }
    }

    return AIR_OK;
}


void
air_openai_cache(const air_json_doc_t *doc, const air_json_node_t *object,
    air_cache_mark_t *cache)
{
    const air_json_node_t  *node;

    node = air_json_get(doc, object, "cache_control");

    if (node == NULL || node->type != AIR_JSON_OBJECT) {
        return;
    }

    cache->set = AIR_ON;

    node = air_json_get(doc, node, "ttl");

    if (node != NULL && air_json_is(doc, node, "1h")) {
        cache->ttl = 3600;

    } else if (node != NULL && air_json_is(doc, node, "5m")) {
        cache->ttl = 300;
    }
}


int
air_openai_detail(const air_openai_read_t *r, const air_json_node_t *detail,
    air_part_t **first, air_part_t **last)
{
    int                     rc;
    air_part_t             *part;
    const air_json_node_t  *type;

    if (detail->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    type = air_json_get(r->doc, detail, "type");

    part = air_msg_part(first, last, r->mem,
                        air_json_is(r->doc, type, "reasoning.encrypted")
                        ? AIR_PART_REDACTED : AIR_PART_THINKING);
    if (part == NULL) {
        return AIR_ENOMEM;
    }

    part->raw = air_json_raw(r->doc, detail);

    rc = air_openai_get(r, detail, "format", &part->format);

    if (rc == AIR_OK) {
        rc = air_openai_get(r, detail, "text", &part->text);
    }

    if (rc == AIR_OK) {
        rc = air_openai_get(r, detail, "summary", &part->text);
    }

    if (rc == AIR_OK) {
        rc = air_openai_get(r, detail, "signature", &part->signature);
    }

    if (rc == AIR_OK) {
        rc = air_openai_get(r, detail, "data", &part->data);
    }

    if (rc == AIR_OK) {
        rc = air_openai_get(r, detail, "id", &part->id);
    }

    part->issuer = air_openai_issuer(part->format);

    return rc;
}


/* Reasoning as one string under a name of its own. */
static int
air_openai_thought(const air_openai_read_t *r, const air_json_node_t *m,
    const char *name, air_part_t **first, air_part_t **last)
{
    air_part_t             *part;
    const air_json_node_t  *node;

    node = air_openai_filled(r->doc, m, name);

    if (node == NULL) {
        return AIR_OK;
    }

    part = air_msg_part(first, last, r->mem, AIR_PART_THINKING);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    part->format = air_str_z(name);
    part->issuer = AIR_OPENAI_WIRE;

    return air_json_string(r->doc, node, r->mem, &part->text);
}


/* A string that repeats what was read already. */
static int
air_openai_again(const air_openai_read_t *r, const air_json_node_t *m,
    const char *name, air_extra_t **extra)
{
    const air_json_node_t  *node;

    node = air_openai_filled(r->doc, m, name);

    if (node == NULL) {
        return AIR_OK;
    }

    return air_msg_extra(extra, r->mem, air_json_key(r->doc, node),
                         air_openai_raw(r->doc, node))
           ? AIR_OK : AIR_ENOMEM;
}


/* Content of an assistant: a string or a list of parts. */
static int
air_openai_said(const air_openai_read_t *r, const air_json_node_t *content,
    air_part_t **first, air_part_t **last)
{
    int                     rc;
    air_part_t             *part;
    const air_json_node_t  *node, *type, *inner;

    static const char *const  known[] = {
        "type", "text", "refusal", "cache_control", NULL
    };

    if (content == NULL || content->type == AIR_JSON_NULL) {
        return AIR_OK;
    }

    if (content->type == AIR_JSON_STRING) {

        part = air_msg_part(first, last, r->mem, AIR_PART_TEXT);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        part->whole = 1;

        return air_json_string(r->doc, content, r->mem, &part->text);
    }

    if (content->type != AIR_JSON_ARRAY) {
        return AIR_OK;
    }

    for (node = air_json_first(r->doc, content);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        if (node->type != AIR_JSON_OBJECT) {
            continue;
        }

        type = air_json_get(r->doc, node, "type");

        if (air_json_is(r->doc, type, "text")
            || air_json_is(r->doc, type, "refusal"))
        {
            part = air_msg_part(first, last, r->mem,
                                air_json_is(r->doc, type, "text")
                                ? AIR_PART_TEXT : AIR_PART_REFUSAL);
            if (part == NULL) {
                return AIR_ENOMEM;
            }

            air_openai_cache(r->doc, node, &part->cache);

            rc = air_openai_get(r, node, "text", &part->text);

            if (rc == AIR_OK) {
                rc = air_openai_get(r, node, "refusal", &part->text);
            }

            if (rc == AIR_OK) {
                rc = air_openai_extra(r, node, known, &part->extra);
            }

            if (rc != AIR_OK) {
                return rc;
            }

            continue;
        }

        part = air_msg_part(first, last, r->mem,
                            air_json_is(r->doc, type, "thinking")
                            ? AIR_PART_THINKING : AIR_PART_RAW);
        if (part == NULL) {
            return AIR_ENOMEM;
        }

        part->issuer = AIR_OPENAI_WIRE;
        part->raw = air_json_raw(r->doc, node);

        /* Mistral: {"type":"thinking","thinking":[{"type":"text",...}]} */

        if (part->type == AIR_PART_THINKING) {

            part->format = air_str_z("thinking");
            inner = air_json_get(r->doc, node, "thinking");

            if (inner != NULL && inner->type == AIR_JSON_ARRAY) {
                inner = air_json_first(r->doc, inner);
                rc = air_openai_get(r, inner, "text", &part->text);

            } else {
                rc = air_openai_get(r, node, "thinking", &part->text);
            }

            if (rc != AIR_OK) {
                return rc;
            }
        }
    }

    return AIR_OK;
}


static int
air_openai_call(const air_openai_read_t *r, const air_json_node_t *call,
    air_part_t **first, air_part_t **last)
{
    int                     rc;
    air_part_t             *part;
    const air_json_node_t  *f, *node;

    static const char *const  known[] = {
        "id", "type", "function", "custom", "extra_content", NULL
    };

    if (call->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    part = air_msg_part(first, last, r->mem, AIR_PART_TOOL_CALL);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    rc = air_openai_get(r, call, "id", &part->id);

    if (rc != AIR_OK) {
        return rc;
    }

    /* Snowflake fills what is absent with zeros, "custom" too */

    f = air_json_get(r->doc, call, "custom");

    if (air_openai_filled(r->doc, f, "name") != NULL) {
        part->custom = 1;
        rc = air_openai_get(r, f, "input", &part->arguments);

    } else {
        f = air_json_get(r->doc, call, "function");
        node = air_json_get(r->doc, f, "arguments");

        if (node != NULL && node->type == AIR_JSON_OBJECT) {
            /* some give the object itself */
            part->arguments = air_json_raw(r->doc, node);

        } else {
            rc = air_openai_get(r, f, "arguments", &part->arguments);
        }
    }

    if (rc == AIR_OK) {
        rc = air_openai_get(r, f, "name", &part->name);
    }

    /* Gemini's OpenAI endpoint */

    node = air_json_get(r->doc, call, "extra_content");

    if (node != NULL) {
        node = air_json_get(r->doc, node, "google");

        if (rc == AIR_OK
            && air_openai_filled(r->doc, node, "thought_signature") != NULL)
        {
            part->issuer = "gemini";
            rc = air_openai_get(r, node, "thought_signature",
                                &part->signature);
        }
    }

    if (rc == AIR_OK) {
        rc = air_openai_extra(r, call, known, &part->extra);
    }

    return rc;
}


static int
air_openai_cited(const air_openai_read_t *r, const air_json_node_t *list,
    air_part_t *part)
{
    int                     rc;
    air_citation_t         *c, *last;
    const air_json_node_t  *node, *url;

    last = NULL;

    for (node = air_json_first(r->doc, list);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        if (node->type != AIR_JSON_OBJECT) {
            continue;
        }

        c = air_msg_citation(&part->citations, &last, r->mem);

        if (c == NULL) {
            return AIR_ENOMEM;
        }

        c->raw = air_json_raw(r->doc, node);
        c->issuer = AIR_OPENAI_WIRE;

        url = air_json_get(r->doc, node, "url_citation");

        if (url == NULL || url->type != AIR_JSON_OBJECT) {
            continue;
        }

        rc = air_openai_get(r, url, "url", &c->url);

        if (rc == AIR_OK) {
            rc = air_openai_get(r, url, "title", &c->title);
        }

        if (rc == AIR_OK) {
            rc = air_openai_get(r, url, "content", &c->text);
        }

        if (rc != AIR_OK) {
            return rc;
        }

        (void) air_json_uint(r->doc, air_json_get(r->doc, url, "start_index"),
                             &c->start);
        (void) air_json_uint(r->doc, air_json_get(r->doc, url, "end_index"),
                             &c->end);
    }

    return AIR_OK;
}


static int
air_openai_spoken(const air_openai_read_t *r, const air_json_node_t *audio,
    air_part_t **first, air_part_t **last)
{
    int          rc;
    air_part_t  *part;

    static const char *const  known[] = { "id", "data", "transcript", NULL };

    if (air_openai_filled(r->doc, audio, "id") == NULL
        && air_openai_filled(r->doc, audio, "data") == NULL)
    {
        return AIR_OK;
    }

    part = air_msg_part(first, last, r->mem, AIR_PART_AUDIO);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    part->issuer = AIR_OPENAI_WIRE;

    rc = air_openai_get(r, audio, "id", &part->media.file_id);

    if (rc == AIR_OK) {
        rc = air_openai_get(r, audio, "data", &part->media.data);
    }

    if (rc == AIR_OK) {
        rc = air_openai_get(r, audio, "transcript", &part->text);
    }

    if (rc == AIR_OK) {
        rc = air_openai_extra(r, audio, known, &part->extra);
    }

    return rc;
}


static int
air_openai_drawn(const air_openai_read_t *r, const air_json_node_t *images,
    air_part_t **first, air_part_t **last)
{
    int                     rc;
    air_str_t               url;
    air_part_t             *part;
    const air_json_node_t  *node;

    for (node = air_json_first(r->doc, images);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        if (node->type != AIR_JSON_OBJECT) {
            continue;
        }

        part = air_msg_part(first, last, r->mem, AIR_PART_IMAGE);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        url = air_str_n(NULL, 0);
        rc = air_openai_get(r, air_json_get(r->doc, node, "image_url"), "url",
                            &url);
        if (rc != AIR_OK) {
            return rc;
        }

        air_msg_url(&part->media, url);
    }

    return AIR_OK;
}


int
air_openai_assistant(const air_openai_read_t *r, const air_json_node_t *m,
    air_part_t **first, air_part_t **last, air_extra_t **extra)
{
    int                     rc;
    air_part_t             *part;
    const air_json_node_t  *node, *details;

    static const char *const  known[] = {
        "role", "name", "content", "refusal", "tool_calls", "function_call",
        "reasoning", "reasoning_content", "reasoning_details", "audio",
        "images", "annotations", "cache_control", NULL
    };

    rc = AIR_OK;
    details = air_json_get(r->doc, m, "reasoning_details");

    if (details != NULL && details->type == AIR_JSON_ARRAY
        && details->count != 0)
    {
        for (node = air_json_first(r->doc, details);
             node != NULL && rc == AIR_OK;
             node = air_json_next(r->doc, node))
        {
            rc = air_openai_detail(r, node, first, last);
        }

        /* strings beside it say the same once more, for this wire alone */

        if (rc == AIR_OK) {
            rc = air_openai_again(r, m, "reasoning", extra);
        }

        if (rc == AIR_OK) {
            rc = air_openai_again(r, m, "reasoning_content", extra);
        }

    } else if (air_openai_filled(r->doc, m, "reasoning_content") != NULL) {
        rc = air_openai_thought(r, m, "reasoning_content", first, last);

        if (rc == AIR_OK) {
            rc = air_openai_again(r, m, "reasoning", extra);
        }

    } else {
        rc = air_openai_thought(r, m, "reasoning", first, last);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    part = *last;

    rc = air_openai_said(r, air_json_get(r->doc, m, "content"), first, last);

    if (rc != AIR_OK) {
        return rc;
    }

    node = air_json_get(r->doc, m, "annotations");

    if (node != NULL && node->type == AIR_JSON_ARRAY && *last != part
        && (*last)->type == AIR_PART_TEXT)
    {
        rc = air_openai_cited(r, node, *last);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    node = air_openai_filled(r->doc, m, "refusal");

    if (node != NULL) {
        part = air_msg_part(first, last, r->mem, AIR_PART_REFUSAL);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        rc = air_json_string(r->doc, node, r->mem, &part->text);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    node = air_json_get(r->doc, m, "audio");

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        rc = air_openai_spoken(r, node, first, last);
    }

    node = air_json_get(r->doc, m, "images");

    if (rc == AIR_OK && node != NULL && node->type == AIR_JSON_ARRAY) {
        rc = air_openai_drawn(r, node, first, last);
    }

    node = air_json_get(r->doc, m, "tool_calls");

    if (node != NULL && node->type == AIR_JSON_ARRAY) {

        for (node = air_json_first(r->doc, node);
             node != NULL && rc == AIR_OK;
             node = air_json_next(r->doc, node))
        {
            rc = air_openai_call(r, node, first, last);
        }
    }

    node = air_json_get(r->doc, m, "function_call");

    if (rc == AIR_OK && air_openai_filled(r->doc, node, "name") != NULL) {

        part = air_msg_part(first, last, r->mem, AIR_PART_TOOL_CALL);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        part->older = 1;
        rc = air_openai_get(r, node, "name", &part->name);

        if (rc == AIR_OK) {
            rc = air_openai_get(r, node, "arguments", &part->arguments);
        }
    }

    if (rc == AIR_OK) {
        rc = air_openai_extra(r, m, known, extra);
    }

    return rc;
}


/* ------------------------------------------------------------- writing */


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
           && part->raw.len == 0 && air_openai_tellable(part, flags)
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
