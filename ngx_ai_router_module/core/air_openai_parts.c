
/*
 * Messages of assistants on the OpenAI wire, read: the same in a request's
 * history and in a reply.  Reasoning stands under four names
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
    { "cohere", "cohere-v2", "cohere" },
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

    rc = air_json_take(r->doc, detail, "format", r->mem, &part->format);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, detail, "text", r->mem, &part->text);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, detail, "summary", r->mem, &part->text);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, detail, "signature", r->mem,
                           &part->signature);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, detail, "data", r->mem, &part->data);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, detail, "id", r->mem, &part->id);
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

    node = air_json_filled(r->doc, m, name);

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

    node = air_json_filled(r->doc, m, name);

    if (node == NULL) {
        return AIR_OK;
    }

    return air_msg_extra(extra, r->mem, air_json_key(r->doc, node),
                         air_json_quoted(r->doc, node))
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

            rc = air_json_take(r->doc, node, "text", r->mem, &part->text);

            if (rc == AIR_OK) {
                rc = air_json_take(r->doc, node, "refusal", r->mem,
                                   &part->text);
            }

            if (rc == AIR_OK) {
                rc = air_msg_rest(r->doc, node, known, r->mem, &part->extra);
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
                rc = air_json_take(r->doc, inner, "text", r->mem,
                                   &part->text);

            } else {
                rc = air_json_take(r->doc, node, "thinking", r->mem,
                                   &part->text);
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

    rc = air_json_take(r->doc, call, "id", r->mem, &part->id);

    if (rc != AIR_OK) {
        return rc;
    }

    /* Snowflake fills what is absent with zeros, "custom" too */

    f = air_json_get(r->doc, call, "custom");

    if (air_json_filled(r->doc, f, "name") != NULL) {
        part->custom = 1;
        rc = air_json_take(r->doc, f, "input", r->mem, &part->arguments);

    } else {
        f = air_json_get(r->doc, call, "function");
        node = air_json_get(r->doc, f, "arguments");

        if (node != NULL && node->type == AIR_JSON_OBJECT) {
            /* some give the object itself */
            part->arguments = air_json_raw(r->doc, node);

        } else {
            rc = air_json_take(r->doc, f, "arguments", r->mem,
                               &part->arguments);
        }
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, f, "name", r->mem, &part->name);
    }

    /* Gemini's OpenAI endpoint */

    node = air_json_get(r->doc, call, "extra_content");

    if (node != NULL) {
        node = air_json_get(r->doc, node, "google");

        if (rc == AIR_OK
            && air_json_filled(r->doc, node, "thought_signature") != NULL)
        {
            part->issuer = "gemini";
            rc = air_json_take(r->doc, node, "thought_signature", r->mem,
                               &part->signature);
        }
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, call, known, r->mem, &part->extra);
    }

    return rc;
}


int
air_openai_citation(const air_openai_read_t *r, const air_json_node_t *node,
    air_citation_t *c)
{
    int                     rc;
    const air_json_node_t  *url;

    c->raw = air_json_quoted(r->doc, node);
    c->issuer = AIR_OPENAI_WIRE;

    url = air_json_get(r->doc, node, "url_citation");

    rc = air_json_take(r->doc, url, "url", r->mem, &c->url);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, url, "title", r->mem, &c->title);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, url, "content", r->mem, &c->text);
    }

    (void) air_json_uint(r->doc, air_json_get(r->doc, url, "start_index"),
                         &c->start);
    (void) air_json_uint(r->doc, air_json_get(r->doc, url, "end_index"),
                         &c->end);

    return rc;
}


static int
air_openai_cited(const air_openai_read_t *r, const air_json_node_t *list,
    air_part_t *part)
{
    int                     rc;
    air_citation_t         *c, *last;
    const air_json_node_t  *node;

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

        rc = air_openai_citation(r, node, c);

        if (rc != AIR_OK) {
            return rc;
        }
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

    if (air_json_filled(r->doc, audio, "id") == NULL
        && air_json_filled(r->doc, audio, "data") == NULL)
    {
        return AIR_OK;
    }

    part = air_msg_part(first, last, r->mem, AIR_PART_AUDIO);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    part->issuer = AIR_OPENAI_WIRE;

    rc = air_json_take(r->doc, audio, "id", r->mem, &part->media.file_id);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, audio, "data", r->mem, &part->media.data);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, audio, "transcript", r->mem, &part->text);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, audio, known, r->mem, &part->extra);
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
        rc = air_json_take(r->doc, air_json_get(r->doc, node, "image_url"),
                           "url", r->mem, &url);
        if (rc != AIR_OK) {
            return rc;
        }

        air_msg_url(&part->media, url);
    }

    return AIR_OK;
}


/* Reasoning under whichever of its names. */
static int
air_openai_thoughts(const air_openai_read_t *r, const air_json_node_t *m,
    air_part_t **first, air_part_t **last, air_extra_t **extra)
{
    int                     rc;
    const air_json_node_t  *node, *details;

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

    } else if (air_json_filled(r->doc, m, "reasoning_content") != NULL) {
        rc = air_openai_thought(r, m, "reasoning_content", first, last);

        if (rc == AIR_OK) {
            rc = air_openai_again(r, m, "reasoning", extra);
        }

    } else {
        rc = air_openai_thought(r, m, "reasoning", first, last);
    }

    return rc;
}


int
air_openai_assistant(const air_openai_read_t *r, const air_json_node_t *m,
    air_part_t **first, air_part_t **last, air_extra_t **extra)
{
    int                     rc;
    air_part_t             *part;
    const air_json_node_t  *node;

    static const char *const  known[] = {
        "role", "name", "content", "refusal", "tool_calls", "function_call",
        "reasoning", "reasoning_content", "reasoning_details", "audio",
        "images", "annotations", "cache_control", NULL
    };

    rc = air_openai_thoughts(r, m, first, last, extra);

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

    node = air_json_filled(r->doc, m, "refusal");

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

    if (rc == AIR_OK && air_json_filled(r->doc, node, "name") != NULL) {

        part = air_msg_part(first, last, r->mem, AIR_PART_TOOL_CALL);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        part->older = 1;
        rc = air_json_take(r->doc, node, "name", r->mem, &part->name);

        if (rc == AIR_OK) {
            rc = air_json_take(r->doc, node, "arguments", r->mem,
                               &part->arguments);
        }
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, m, known, r->mem, extra);
    }

    return rc;
}
