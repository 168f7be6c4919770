
/*
 * Content blocks of Bedrock's wire read into parts: each is an object with
 * one member that says what it is.  A cachePoint is a block of its own and
 * marks the one before it.  Blocks that no other wire has (guarded content,
 * tools the vendor runs and their results, search results) are kept whole as
 * raw parts.
 */

#include "air_bedrock.h"


static int air_bedrock_block(const air_bedrock_read_t *r,
    const air_json_node_t *block, air_part_t **first, air_part_t **last);


/* formats and the media types that they stand for */
static const struct {
    const char  *format;
    const char  *type;
}  air_bedrock_formats[] = {
    { "png", "image/png" },
    { "jpeg", "image/jpeg" },
    { "gif", "image/gif" },
    { "webp", "image/webp" },
    { "pdf", "application/pdf" },
    { "csv", "text/csv" },
    { "doc", "application/msword" },
    { "docx", "application/vnd.openxmlformats-officedocument."
              "wordprocessingml.document" },
    { "xls", "application/vnd.ms-excel" },
    { "xlsx", "application/vnd.openxmlformats-officedocument."
              "spreadsheetml.sheet" },
    { "html", "text/html" },
    { "txt", "text/plain" },
    { "md", "text/markdown" },
    { "mp4", "video/mp4" },
    { "mov", "video/quicktime" },
    { "mkv", "video/x-matroska" },
    { "webm", "video/webm" },
    { "flv", "video/x-flv" },
    { "mpeg", "video/mpeg" },
    { "mpg", "video/mpeg" },
    { "wmv", "video/x-ms-wmv" },
    { "three_gp", "video/3gpp" },
    { "mp3", "audio/mpeg" },
    { "wav", "audio/wav" },
    { "opus", "audio/opus" },
    { "aac", "audio/aac" },
    { "flac", "audio/flac" },
    { "ogg", "audio/ogg" },
    { "m4a", "audio/mp4" }
};

#define AIR_BEDROCK_NFORMATS                                                  \
    (sizeof(air_bedrock_formats) / sizeof(air_bedrock_formats[0]))


const char *
air_bedrock_format(air_str_t type)
{
    unsigned  i;

    for (i = 0; i < AIR_BEDROCK_NFORMATS; i++) {
        if (air_str_eqz(type, air_bedrock_formats[i].type)) {
            return air_bedrock_formats[i].format;
        }
    }

    return air_str_eqz(type, "image/jpg") ? "jpeg" : NULL;
}


/* The media type of a format; one not known stays as it is. */
static int
air_bedrock_read_format(const air_bedrock_read_t *r,
    const air_json_node_t *media, air_str_t *type)
{
    unsigned                i;
    const air_json_node_t  *format;

    format = air_json_given(r->doc, media, "format");

    for (i = 0; i < AIR_BEDROCK_NFORMATS; i++) {
        if (air_json_is(r->doc, format, air_bedrock_formats[i].format)) {
            *type = air_str_z(air_bedrock_formats[i].type);
            return AIR_OK;
        }
    }

    return air_json_take(r->doc, media, "format", r->mem, type);
}


/* All texts of a list of blocks, joined. */
static int
air_bedrock_plain(const air_bedrock_read_t *r, const air_json_node_t *list,
    air_str_t *out)
{
    int                     rc;
    air_buf_t               b;
    air_str_t               text;
    const air_json_node_t  *node;

    if (list == NULL || list->type != AIR_JSON_ARRAY) {
        return AIR_OK;
    }

    air_buf_init(&b, r->mem, list->end - list->start);

    for (node = air_json_first(r->doc, list);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        text = air_str_n(NULL, 0);
        rc = air_json_take(r->doc, node, "text", r->mem, &text);

        if (rc != AIR_OK) {
            return rc;
        }

        air_buf_str(&b, text);
    }

    *out = air_buf_view(&b);

    return b.error == AIR_OK ? AIR_OK : AIR_ENOMEM;
}


void
air_bedrock_cache(const air_json_doc_t *doc, const air_json_node_t *point,
    air_cache_mark_t *cache)
{
    const air_json_node_t  *ttl;

    ttl = air_json_get(doc, point, "ttl");

    cache->set = AIR_ON;
    cache->ttl = air_json_is(doc, ttl, "1h") ? 3600
                 : air_json_is(doc, ttl, "5m") ? 300 : 0;
}


int
air_bedrock_citation(const air_bedrock_read_t *r,
    const air_json_node_t *node, air_citation_t *c)
{
    int                     rc;
    air_str_t               source;
    const air_json_node_t  *web;

    c->raw = air_json_raw(r->doc, node);
    c->issuer = AIR_BEDROCK_WIRE;

    source = air_str_n(NULL, 0);
    web = air_json_given(r->doc, air_json_given(r->doc, node, "location"),
                         "web");

    rc = air_json_take(r->doc, web, "url", r->mem, &c->url);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, node, "title", r->mem, &c->title);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, node, "source", r->mem, &source);
    }

    if (rc == AIR_OK) {
        rc = air_bedrock_plain(r, air_json_given(r->doc, node,
                                                 "sourceContent"),
                               &c->text);
    }

    if (c->url.len == 0 && source.len > 8
        && memcmp(source.data, "https://", 8) == 0)
    {
        c->url = source;
    }

    return rc;
}


static air_part_t *
air_bedrock_raw(const air_bedrock_read_t *r, const air_json_node_t *block,
    air_part_t **first, air_part_t **last)
{
    air_part_t  *part;

    part = air_msg_part(first, last, r->mem, AIR_PART_RAW);

    if (part != NULL) {
        part->raw = air_json_raw(r->doc, block);
        part->issuer = AIR_BEDROCK_WIRE;
    }

    return part;
}


/* Cited text; citations alone belong to the text before them. */
static int
air_bedrock_read_cited(const air_bedrock_read_t *r,
    const air_json_node_t *cited, air_part_t **first, air_part_t **last)
{
    int                     rc;
    air_str_t               text;
    air_part_t             *part;
    air_citation_t         *c, *end;
    const air_json_node_t  *node;

    text = air_str_n(NULL, 0);
    rc = air_bedrock_plain(r, air_json_given(r->doc, cited, "content"),
                           &text);
    part = *last;

    if (rc == AIR_OK
        && (text.len != 0 || part == NULL || part->type != AIR_PART_TEXT))
    {
        part = air_msg_part(first, last, r->mem, AIR_PART_TEXT);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        part->text = text;
    }

    if (rc != AIR_OK) {
        return rc;
    }

    for (end = part->citations; end != NULL && end->next != NULL; /* void */)
    {
        end = end->next;
    }

    for (node = air_json_first(r->doc, air_json_given(r->doc, cited,
                                                      "citations"));
         node != NULL && rc == AIR_OK;
         node = air_json_next(r->doc, node))
    {
        if (node->type != AIR_JSON_OBJECT) {
            continue;
        }

        c = air_msg_citation(&part->citations, &end, r->mem);

        if (c == NULL) {
            return AIR_ENOMEM;
        }

        rc = air_bedrock_citation(r, node, c);
    }

    return rc;
}


static int
air_bedrock_read_media(const air_bedrock_read_t *r,
    const air_json_node_t *block, const air_json_node_t *media,
    air_part_t *part)
{
    int                     rc;
    const air_json_node_t  *source, *s3;

    static const char *const  known[] = {
        "format", "source", "name", "context", NULL
    };

    source = air_json_given(r->doc, media, "source");
    s3 = air_json_given(r->doc, source, "s3Location");

    rc = air_bedrock_read_format(r, media, &part->media.type);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, source, "bytes", r->mem,
                           &part->media.data);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, s3, "uri", r->mem, &part->media.url);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, source, "text", r->mem, &part->text);
    }

    if (rc == AIR_OK && part->text.len == 0) {
        rc = air_bedrock_plain(r, air_json_given(r->doc, source, "content"),
                               &part->text);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, media, "name", r->mem, &part->media.name);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, media, "context", r->mem,
                           &part->media.context);
    }

    if (air_json_given(r->doc, source, "content") != NULL
        || air_json_given(r->doc, s3, "bucketOwner") != NULL)
    {
        /* more than the message can say */
        part->raw = air_json_raw(r->doc, block);
        part->issuer = AIR_BEDROCK_WIRE;
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, media, known, r->mem, &part->extra);
    }

    return rc;
}


static int
air_bedrock_read_call(const air_bedrock_read_t *r,
    const air_json_node_t *call, air_part_t *part)
{
    int                     rc;
    const air_json_node_t  *input;

    static const char *const  known[] = {
        "toolUseId", "name", "input", "type", NULL
    };

    rc = air_json_take(r->doc, call, "toolUseId", r->mem, &part->id);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, call, "name", r->mem, &part->name);
    }

    input = air_json_given(r->doc, call, "input");

    if (input != NULL) {
        part->arguments = air_json_quoted(r->doc, input);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, call, known, r->mem, &part->extra);
    }

    return rc;
}


static int
air_bedrock_read_result(const air_bedrock_read_t *r,
    const air_json_node_t *result, air_part_t *part)
{
    int                     rc;
    air_part_t             *last;
    const air_json_node_t  *status;

    static const char *const  whole[] = {
        "toolUseId", "content", NULL
    };

    static const char *const  failed[] = {
        "toolUseId", "content", "status", NULL
    };

    last = NULL;
    status = air_json_get(r->doc, result, "status");
    part->is_error = air_json_is(r->doc, status, "error");

    rc = air_json_take(r->doc, result, "toolUseId", r->mem, &part->id);

    if (rc == AIR_OK) {
        rc = air_bedrock_content(r, air_json_given(r->doc, result,
                                                   "content"),
                                 &part->parts, &last);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, result, part->is_error ? failed : whole,
                          r->mem, &part->extra);
    }

    return rc;
}


/*
 * What models sign is Anthropic's, wherever they run; what they seal wholly
 * comes back here alone, as its form differs.
 */
static int
air_bedrock_read_thought(const air_bedrock_read_t *r,
    const air_json_node_t *thought, air_part_t **first, air_part_t **last)
{
    int                     rc;
    air_part_t             *part;
    const air_json_node_t  *text;

    text = air_json_given(r->doc, thought, "reasoningText");

    part = air_msg_part(first, last, r->mem, text != NULL ? AIR_PART_THINKING
                                                          : AIR_PART_REDACTED);
    if (part == NULL) {
        return AIR_ENOMEM;
    }

    if (text == NULL) {
        part->issuer = AIR_BEDROCK_WIRE;

        return air_json_take(r->doc, thought, "redactedContent", r->mem,
                             &part->data);
    }

    rc = air_json_take(r->doc, text, "text", r->mem, &part->text);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, text, "signature", r->mem,
                           &part->signature);
    }

    if (part->signature.len != 0) {
        part->issuer = AIR_CLAUDE_ISSUER;
    }

    return rc;
}


/* JSON as a tool's result: its text, for wires that have only text. */
static int
air_bedrock_read_json(const air_bedrock_read_t *r,
    const air_json_node_t *block, const air_json_node_t *json,
    air_part_t **first, air_part_t **last)
{
    air_part_t  *part;

    part = air_msg_part(first, last, r->mem, AIR_PART_TEXT);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    part->text = air_json_quoted(r->doc, json);
    part->raw = air_json_raw(r->doc, block);
    part->issuer = AIR_BEDROCK_WIRE;

    return AIR_OK;
}


static int
air_bedrock_block(const air_bedrock_read_t *r, const air_json_node_t *block,
    air_part_t **first, air_part_t **last)
{
    unsigned                i;
    air_part_t             *part;
    const air_json_node_t  *node, *type;

    static const struct {
        const char  *name;
        air_part_e   type;
    }  media[] = {
        { "image", AIR_PART_IMAGE },
        { "document", AIR_PART_DOCUMENT },
        { "video", AIR_PART_VIDEO },
        { "audio", AIR_PART_AUDIO }
    };

    if (air_json_given(r->doc, block, "text") != NULL) {

        part = air_msg_part(first, last, r->mem, AIR_PART_TEXT);

        return part == NULL ? AIR_ENOMEM
               : air_json_take(r->doc, block, "text", r->mem, &part->text);
    }

    for (i = 0; i < sizeof(media) / sizeof(media[0]); i++) {

        node = air_json_given(r->doc, block, media[i].name);

        if (node != NULL && node->type == AIR_JSON_OBJECT) {

            part = air_msg_part(first, last, r->mem, media[i].type);

            return part == NULL ? AIR_ENOMEM
                   : air_bedrock_read_media(r, block, node, part);
        }
    }

    node = air_json_given(r->doc, block, "toolUse");
    type = air_json_given(r->doc, node, "type");

    if (node != NULL
        && (type == NULL || air_json_is(r->doc, type, "tool_use")))
    {
        part = air_msg_part(first, last, r->mem, AIR_PART_TOOL_CALL);

        return part == NULL ? AIR_ENOMEM
                            : air_bedrock_read_call(r, node, part);
    }

    node = air_json_given(r->doc, block, "toolResult");

    if (node != NULL && air_json_given(r->doc, node, "type") == NULL) {

        part = air_msg_part(first, last, r->mem, AIR_PART_TOOL_RESULT);

        return part == NULL ? AIR_ENOMEM
                            : air_bedrock_read_result(r, node, part);
    }

    node = air_json_given(r->doc, block, "reasoningContent");

    if (node != NULL) {
        return air_bedrock_read_thought(r, node, first, last);
    }

    node = air_json_given(r->doc, block, "citationsContent");

    if (node != NULL) {
        return air_bedrock_read_cited(r, node, first, last);
    }

    node = air_json_given(r->doc, block, "json");

    if (node != NULL) {
        return air_bedrock_read_json(r, block, node, first, last);
    }

    node = air_json_given(r->doc, block, "cachePoint");

    if (node != NULL && *last != NULL && (*last)->cache.set != AIR_ON) {
        air_bedrock_cache(r->doc, node, &(*last)->cache);
        return AIR_OK;
    }

    return air_bedrock_raw(r, block, first, last) ? AIR_OK : AIR_ENOMEM;
}


int
air_bedrock_content(const air_bedrock_read_t *r,
    const air_json_node_t *content, air_part_t **first, air_part_t **last)
{
    int                     rc;
    const air_json_node_t  *node;

    if (content == NULL || content->type != AIR_JSON_ARRAY) {
        return AIR_OK;
    }

    for (node = air_json_first(r->doc, content);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        if (node->type != AIR_JSON_OBJECT) {
            continue;
        }

        rc = air_bedrock_block(r, node, first, last);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}
