
/*
 * Content blocks of Anthropic's wire read into parts: the same in requests,
 * replies and, but for their pieces, in streams.  Blocks that no other wire
 * has (tools the vendor runs, their results, compaction, what comes next)
 * are kept whole as raw parts.
 */

#include "air_anthropic.h"


/* "path.name: text" as the vendor words it. */
static int
air_anthropic_bad(const air_anthropic_read_t *r, const char *path,
    const char *name, const char *text)
{
    const char  *pieces[5];

    pieces[0] = path;
    pieces[1] = name;
    pieces[2] = ": ";
    pieces[3] = text;
    pieces[4] = NULL;

    return air_msg_refuse(r->mem, r->error, pieces);
}


void
air_anthropic_cache(const air_json_doc_t *doc, const air_json_node_t *object,
    air_cache_mark_t *cache)
{
    const air_json_node_t  *node;

    node = air_json_given(doc, object, "cache_control");

    if (node == NULL || node->type != AIR_JSON_OBJECT) {
        return;
    }

    cache->set = AIR_ON;
    cache->ttl = air_json_is(doc, air_json_get(doc, node, "ttl"), "1h") ? 3600
                 : air_json_is(doc, air_json_get(doc, node, "ttl"), "5m")
                   ? 300 : 0;
}


int
air_anthropic_citation(const air_anthropic_read_t *r,
    const air_json_node_t *node, air_citation_t *c)
{
    int        rc;
    air_str_t  source;

    c->raw = air_json_raw(r->doc, node);
    c->issuer = AIR_ANTHROPIC_WIRE;

    source = air_str_n(NULL, 0);

    rc = air_json_take(r->doc, node, "url", r->mem, &c->url);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, node, "document_title", r->mem,
                           &c->title);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, node, "title", r->mem, &c->title);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, node, "cited_text", r->mem, &c->text);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, node, "source", r->mem, &source);
    }

    if (c->url.len == 0 && source.len > 8
        && memcmp(source.data, "https://", 8) == 0)
    {
        c->url = source;
    }

    return rc;
}


static int
air_anthropic_read_text(const air_anthropic_read_t *r,
    const air_json_node_t *block, air_part_t *part)
{
    int                     rc;
    air_citation_t         *c, *last;
    const air_json_node_t  *node;

    static const char *const  known[] = {
        "type", "text", "cache_control", "citations", NULL
    };

    rc = air_json_take(r->doc, block, "text", r->mem, &part->text);

    last = NULL;

    for (node = air_json_first(r->doc, air_json_given(r->doc, block,
                                                      "citations"));
         node != NULL && rc == AIR_OK;
         node = air_json_next(r->doc, node))
    {
        if (node->type != AIR_JSON_OBJECT) {
            continue;
        }

        c = air_msg_citation(&part->citations, &last, r->mem);

        if (c == NULL) {
            return AIR_ENOMEM;
        }

        rc = air_anthropic_citation(r, node, c);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, block, known, r->mem, &part->extra);
    }

    return rc;
}


/* All text of a list of blocks, for wires that know no such block. */
static int
air_anthropic_plain(const air_anthropic_read_t *r,
    const air_json_node_t *content, air_str_t *out)
{
    int                     rc;
    air_buf_t               b;
    air_str_t               text;
    const air_json_node_t  *node;

    if (content == NULL || content->type != AIR_JSON_ARRAY) {
        return air_json_string(r->doc, content, r->mem, out) == AIR_ENOMEM
               ? AIR_ENOMEM : AIR_OK;
    }

    air_buf_init(&b, r->mem, content->end - content->start);

    for (node = air_json_first(r->doc, content);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        text = air_str_n(NULL, 0);
        rc = air_json_take(r->doc, node, "text", r->mem, &text);

        if (rc != AIR_OK) {
            return rc;
        }

        if (text.len != 0) {
            air_buf_z(&b, b.len ? "\n" : "");
            air_buf_str(&b, text);
        }
    }

    *out = air_buf_view(&b);

    return b.error == AIR_OK ? AIR_OK : AIR_ENOMEM;
}


/* Where an image or a document comes from. */
static int
air_anthropic_read_source(const air_anthropic_read_t *r,
    const air_json_node_t *block, const char *path, air_part_t *part)
{
    int                     rc;
    air_str_t               url;
    const air_json_node_t  *source, *type;

    source = air_json_given(r->doc, block, "source");
    type = air_json_get(r->doc, source, "type");

    if (source == NULL && r->error != NULL) {
        return air_anthropic_bad(r, path, ".source", "Field required");
    }

    rc = air_json_take(r->doc, source, "media_type", r->mem,
                       &part->media.type);
    if (rc != AIR_OK) {
        return rc;
    }

    if (air_json_is(r->doc, type, "base64")) {
        return air_json_take(r->doc, source, "data", r->mem,
                             &part->media.data);
    }

    if (air_json_is(r->doc, type, "url")) {

        url = air_str_n(NULL, 0);
        rc = air_json_take(r->doc, source, "url", r->mem, &url);

        if (rc == AIR_OK && r->error != NULL
            && (url.len <= 8 || memcmp(url.data, "https://", 8) != 0))
        {
            return air_anthropic_bad(r, path, ".source.url",
                                     "Only HTTPS URLs are supported.");
        }

        part->media.url = url;

        return rc;
    }

    if (air_json_is(r->doc, type, "file")) {
        part->issuer = AIR_ANTHROPIC_WIRE;

        return air_json_take(r->doc, source, "file_id", r->mem,
                             &part->media.file_id);
    }

    if (air_json_is(r->doc, type, "text")) {
        return air_json_take(r->doc, source, "data", r->mem, &part->text);
    }

    /* blocks as a document, and whatever comes next */

    part->raw = air_json_raw(r->doc, block);
    part->issuer = AIR_ANTHROPIC_WIRE;

    return air_anthropic_plain(r, air_json_get(r->doc, source, "content"),
                               &part->text);
}


static int
air_anthropic_read_media(const air_anthropic_read_t *r,
    const air_json_node_t *block, const char *path, air_part_t *part)
{
    int  rc;

    static const char *const  known[] = {
        "type", "source", "title", "context", "cache_control", NULL
    };

    rc = air_anthropic_read_source(r, block, path, part);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, block, "title", r->mem,
                           &part->media.name);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, block, "context", r->mem,
                           &part->media.context);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, block, known, r->mem, &part->extra);
    }

    return rc;
}


/* A hit of the caller's own search: a document of text for others. */
static int
air_anthropic_read_found(const air_anthropic_read_t *r,
    const air_json_node_t *block, air_part_t *part)
{
    int  rc;

    part->raw = air_json_raw(r->doc, block);
    part->issuer = AIR_ANTHROPIC_WIRE;
    part->media.type = air_str_z("text/plain");

    rc = air_json_take(r->doc, block, "title", r->mem, &part->media.name);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, block, "source", r->mem,
                           &part->media.context);
    }

    if (rc == AIR_OK) {
        rc = air_anthropic_plain(r, air_json_get(r->doc, block, "content"),
                                 &part->text);
    }

    return rc;
}


static int
air_anthropic_read_call(const air_anthropic_read_t *r,
    const air_json_node_t *block, const char *path, air_part_t *part)
{
    int                     rc;
    const air_json_node_t  *input;

    static const char *const  known[] = {
        "type", "id", "name", "input", "cache_control", NULL
    };

    rc = air_json_take(r->doc, block, "id", r->mem, &part->id);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, block, "name", r->mem, &part->name);
    }

    if (rc == AIR_OK && r->error != NULL
        && (part->id.len == 0 || part->name.len == 0))
    {
        return air_anthropic_bad(r, path, part->id.len ? ".name" : ".id",
                                 "Field required");
    }

    input = air_json_given(r->doc, block, "input");

    if (input != NULL) {
        part->arguments = air_json_quoted(r->doc, input);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, block, known, r->mem, &part->extra);
    }

    return rc;
}


static int
air_anthropic_read_result(const air_anthropic_read_t *r,
    const air_json_node_t *block, const char *path, air_part_t *part)
{
    int                     rc;
    air_part_t             *last;
    const air_json_node_t  *content;

    static const char *const  known[] = {
        "type", "tool_use_id", "content", "is_error", "cache_control", NULL
    };

    rc = air_json_take(r->doc, block, "tool_use_id", r->mem, &part->id);

    if (rc == AIR_OK && r->error != NULL && part->id.len == 0) {
        return air_anthropic_bad(r, path, ".tool_use_id", "Field required");
    }

    part->is_error = air_msg_switch(r->doc, block, "is_error")
                     == AIR_ON;

    content = air_json_given(r->doc, block, "content");
    part->whole = content != NULL && content->type == AIR_JSON_STRING;
    last = NULL;

    if (rc == AIR_OK && content != NULL) {
        rc = air_anthropic_content(r, content, path, &part->parts, &last);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, block, known, r->mem, &part->extra);
    }

    return rc;
}


static int
air_anthropic_read_thinking(const air_anthropic_read_t *r,
    const air_json_node_t *block, air_part_t *part)
{
    int         rc;
    air_str_t  *seal;

    if (part->type == AIR_PART_REDACTED) {
        seal = &part->data;
        rc = air_json_take(r->doc, block, "data", r->mem, &part->data);

    } else {
        seal = &part->signature;
        rc = air_json_take(r->doc, block, "thinking", r->mem, &part->text);

        if (rc == AIR_OK) {
            rc = air_json_take(r->doc, block, "signature", r->mem,
                               &part->signature);
        }
    }

    if (rc == AIR_OK && seal->len != 0) {
        part->issuer = air_msg_open(seal);

        if (part->issuer == NULL) {
            part->issuer = AIR_ANTHROPIC_WIRE;
        }
    }

    return rc;
}


static air_part_e
air_anthropic_type(const air_json_doc_t *doc, const air_json_node_t *type)
{
    unsigned  i;

    static const struct {
        const char  *name;
        air_part_e   type;
    }  types[] = {
        { "text", AIR_PART_TEXT },
        { "tool_use", AIR_PART_TOOL_CALL },
        { "tool_result", AIR_PART_TOOL_RESULT },
        { "thinking", AIR_PART_THINKING },
        { "redacted_thinking", AIR_PART_REDACTED },
        { "image", AIR_PART_IMAGE },
        { "document", AIR_PART_DOCUMENT },
        { "search_result", AIR_PART_DOCUMENT }
    };

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (air_json_is(doc, type, types[i].name)) {
            return types[i].type;
        }
    }

    return AIR_PART_RAW;
}


int
air_anthropic_block(const air_anthropic_read_t *r,
    const air_json_node_t *block, const char *path, air_part_t **first,
    air_part_t **last)
{
    air_part_t             *part;
    const air_json_node_t  *type;

    type = air_json_get(r->doc, block, "type");

    if (type == NULL || type->type != AIR_JSON_STRING) {
        return r->error == NULL ? AIR_OK
               : air_anthropic_bad(r, path, ".type", "Field required");
    }

    part = air_msg_part(first, last, r->mem,
                        air_anthropic_type(r->doc, type));
    if (part == NULL) {
        return AIR_ENOMEM;
    }

    air_anthropic_cache(r->doc, block, &part->cache);

    switch (part->type) {

    case AIR_PART_TEXT:
        return air_anthropic_read_text(r, block, part);

    case AIR_PART_TOOL_CALL:
        return air_anthropic_read_call(r, block, path, part);

    case AIR_PART_TOOL_RESULT:
        return air_anthropic_read_result(r, block, path, part);

    case AIR_PART_THINKING:
    case AIR_PART_REDACTED:
        return air_anthropic_read_thinking(r, block, part);

    case AIR_PART_IMAGE:
        return air_anthropic_read_media(r, block, path, part);

    case AIR_PART_DOCUMENT:
        return air_json_is(r->doc, type, "search_result")
               ? air_anthropic_read_found(r, block, part)
               : air_anthropic_read_media(r, block, path, part);

    default:
        part->raw = air_json_raw(r->doc, block);
        part->issuer = AIR_ANTHROPIC_WIRE;

        return AIR_OK;
    }
}


int
air_anthropic_content(const air_anthropic_read_t *r,
    const air_json_node_t *content, const char *path, air_part_t **first,
    air_part_t **last)
{
    int                     rc;
    unsigned                i;
    air_buf_t               b;
    air_part_t             *part;
    const air_json_node_t  *node;

    if (content->type == AIR_JSON_STRING) {

        part = air_msg_part(first, last, r->mem, AIR_PART_TEXT);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        part->whole = 1;

        return air_json_string(r->doc, content, r->mem, &part->text);
    }

    if (content->type != AIR_JSON_ARRAY) {
        return r->error == NULL ? AIR_OK
               : air_anthropic_bad(r, path, "", "Input should be a valid "
                                   "list");
    }

    i = 0;

    for (node = air_json_first(r->doc, content);
         node != NULL;
         node = air_json_next(r->doc, node), i++)
    {
        if (r->error == NULL) {
            rc = air_anthropic_block(r, node, "", first, last);

        } else {
            air_buf_init(&b, r->mem, 4096);
            air_buf_z(&b, path);
            air_buf_byte(&b, '.');
            air_buf_uint(&b, i);
            air_buf_byte(&b, '\0');

            if (b.error != AIR_OK) {
                return AIR_ENOMEM;
            }

            rc = air_anthropic_block(r, node, (const char *) b.data, first,
                                     last);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}
