
/*
 * Items of the Responses wire read into parts: the same in a request's input
 * and in a reply's output.  Items that no other wire has (what OpenAI runs
 * itself, its calls, what comes next) are kept whole as raw parts.
 *
 * platform.openai.com/docs/api-reference/responses, read 2026-11; variants of
 * xAI, DeepSeek, Bedrock Mantle and OpenRouter from recorded replies.
 */

#include "air_responses.h"


/* "Invalid value for 'path': expected WHAT." */
static int
air_responses_bad(const air_responses_read_t *r, const char *path,
    const char *what)
{
    const char  *pieces[6];

    pieces[0] = "Invalid value for '";
    pieces[1] = path;
    pieces[2] = "': expected ";
    pieces[3] = what;
    pieces[4] = ".";
    pieces[5] = NULL;

    return air_openai_refuse(r->mem, r->error, air_str_z(path),
                             "invalid_value", pieces);
}


int
air_responses_citation(const air_responses_read_t *r,
    const air_json_node_t *node, air_citation_t *c)
{
    int  rc;

    c->raw = air_json_raw(r->doc, node);
    c->issuer = AIR_RESPONSES_WIRE;

    rc = air_json_take(r->doc, node, "url", r->mem, &c->url);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, node, "title", r->mem, &c->title);
    }

    (void) air_json_uint(r->doc, air_json_get(r->doc, node, "start_index"),
                         &c->start);
    (void) air_json_uint(r->doc, air_json_get(r->doc, node, "end_index"),
                         &c->end);

    return rc;
}


static int
air_responses_cited(const air_responses_read_t *r,
    const air_json_node_t *list, air_part_t *part)
{
    int                     rc;
    air_citation_t         *c, *last;
    const air_json_node_t  *node;

    last = NULL;

    if (list == NULL || list->type != AIR_JSON_ARRAY) {
        return AIR_OK;
    }

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

        rc = air_responses_citation(r, node, c);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static int
air_responses_image(const air_responses_read_t *r,
    const air_json_node_t *node, const char *path, air_part_t *part)
{
    int                     rc;
    air_str_t               url;
    const air_json_node_t  *image;

    url = air_str_n(NULL, 0);
    image = air_json_given(r->doc, node, "image_url");

    /* clients of the older wire write its object */

    rc = image != NULL && image->type == AIR_JSON_OBJECT
         ? air_json_take(r->doc, image, "url", r->mem, &url)
         : air_json_take(r->doc, node, "image_url", r->mem, &url);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, node, "detail", r->mem,
                           &part->media.detail);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, node, "file_id", r->mem,
                           &part->media.file_id);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    if (part->media.file_id.len != 0) {
        part->issuer = AIR_RESPONSES_WIRE;
        return AIR_OK;
    }

    air_msg_url(&part->media, url);

    if (part->media.data.len != 0 || path == NULL
        || (url.len > 8 && memcmp(url.data, "https://", 8) == 0))
    {
        return AIR_OK;
    }

    return air_responses_bad(r, path, "an https: or a data: URL as "
                             "'image_url'");
}


static int
air_responses_file(const air_responses_read_t *r,
    const air_json_node_t *node, air_part_t *part)
{
    int           rc;
    unsigned      i;
    air_str_t     data;
    air_media_t  *m;

    struct {
        const char  *name;
        air_str_t   *out;
    }  texts[4];

    m = &part->media;
    data = air_str_n(NULL, 0);

    texts[0].name = "file_id";
    texts[0].out = &m->file_id;
    texts[1].name = "filename";
    texts[1].out = &m->name;
    texts[2].name = "file_url";
    texts[2].out = &m->url;
    texts[3].name = "file_data";
    texts[3].out = &data;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        rc = air_json_take(r->doc, node, texts[i].name, r->mem,
                           texts[i].out);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    part->issuer = m->file_id.len ? AIR_RESPONSES_WIRE : NULL;

    if (data.len != 0) {
        air_msg_url(m, data);

        if (m->data.len == 0) {
            /* base64 alone is taken too */
            m->url = air_str_n(NULL, 0);
            m->data = data;
        }
    }

    return AIR_OK;
}


static int
air_responses_audio(const air_responses_read_t *r,
    const air_json_node_t *node, air_part_t *part)
{
    int  rc;

    node = air_json_get(r->doc, node, "input_audio");
    rc = air_json_take(r->doc, node, "data", r->mem, &part->media.data);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, node, "format", r->mem, &part->format);
    }

    part->media.type = air_str_z(air_str_eqz(part->format, "mp3")
                                 ? "audio/mpeg" : "audio/wav");

    return rc;
}


static int
air_responses_text(const air_responses_read_t *r,
    const air_json_node_t *node, air_part_t *part)
{
    int                     rc;
    const air_json_node_t  *mark;

    rc = air_json_take(r->doc, node, part->type == AIR_PART_REFUSAL
                                     ? "refusal" : "text", r->mem,
                       &part->text);

    if (rc == AIR_OK) {
        rc = air_responses_cited(r, air_json_get(r->doc, node,
                                                 "annotations"), part);
    }

    mark = air_json_given(r->doc, node, "prompt_cache_breakpoint");

    if (mark != NULL) {
        part->cache.set = AIR_ON;
    }

    return rc;
}


/* One part of a content. */
static int
air_responses_part(const air_responses_read_t *r,
    const air_json_node_t *node, const char *path, air_part_t **first,
    air_part_t **last)
{
    int                     rc;
    unsigned                i;
    air_part_t             *part;
    const air_json_node_t  *type;

    static const struct {
        const char  *name;
        air_part_e   type;
    }  types[] = {
        { "input_text", AIR_PART_TEXT },
        { "output_text", AIR_PART_TEXT },
        { "text", AIR_PART_TEXT },
        { "refusal", AIR_PART_REFUSAL },
        { "input_image", AIR_PART_IMAGE },
        { "input_file", AIR_PART_DOCUMENT },
        { "input_audio", AIR_PART_AUDIO }
    };

    static const char *const  known[] = {
        "type", "text", "refusal", "annotations", "logprobs", "image_url",
        "detail", "file_id", "filename", "file_url", "file_data",
        "input_audio", NULL
    };

    type = air_json_given(r->doc, node, "type");

    if (type == NULL) {
        /* nobody knows what it is, and as an item it would be a message */
        return AIR_OK;
    }

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (air_json_is(r->doc, type, types[i].name)) {
            break;
        }
    }

    if (i == sizeof(types) / sizeof(types[0])) {

        part = air_msg_part(first, last, r->mem, AIR_PART_RAW);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        part->raw = air_json_raw(r->doc, node);
        part->issuer = AIR_RESPONSES_WIRE;

        return AIR_OK;
    }

    part = air_msg_part(first, last, r->mem, types[i].type);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    switch (part->type) {

    case AIR_PART_IMAGE:
        rc = air_responses_image(r, node, path, part);
        break;

    case AIR_PART_DOCUMENT:
        rc = air_responses_file(r, node, part);
        break;

    case AIR_PART_AUDIO:
        rc = air_responses_audio(r, node, part);
        break;

    default:
        rc = air_responses_text(r, node, part);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, node, known, r->mem, &part->extra);
    }

    return rc;
}


int
air_responses_content(const air_responses_read_t *r,
    const air_json_node_t *content, const char *path, air_part_t **first,
    air_part_t **last)
{
    int                     rc;
    air_part_t             *part;
    const air_json_node_t  *node;

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
        return path != NULL
               ? air_responses_bad(r, path, "a string or an array of objects")
               : AIR_OK;
    }

    for (node = air_json_first(r->doc, content);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        if (node->type != AIR_JSON_OBJECT) {

            if (path != NULL) {
                return air_responses_bad(r, path, "an array of objects");
            }

            continue;
        }

        rc = air_responses_part(r, node, path, first, last);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


/* -------------------------------------------------------------- items */


/* The texts of a list, one under the other. */
static int
air_responses_texts(const air_responses_read_t *r,
    const air_json_node_t *list, air_buf_t *b)
{
    int                     rc;
    air_str_t               s;
    const air_json_node_t  *node;

    if (list == NULL || list->type != AIR_JSON_ARRAY) {
        return AIR_OK;
    }

    for (node = air_json_first(r->doc, list);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        s = air_str_n(NULL, 0);
        rc = air_json_take(r->doc, node, "text", r->mem, &s);

        if (rc != AIR_OK) {
            return rc;
        }

        if (s.len == 0) {
            continue;
        }

        if (b->len != 0) {
            air_buf_z(b, "\n\n");

        } else {
            /* all that may come: it is taken once */
            air_buf_reserve(b, b->cap);
        }

        air_buf_str(b, s);
    }

    return b->error;
}


int
air_responses_reasoning(const air_responses_read_t *r,
    const air_json_node_t *item, air_part_t *part)
{
    int          rc;
    air_str_t    sealed;
    air_buf_t    b;
    const char  *issuer;

    memset(part, 0, sizeof(air_part_t));

    air_buf_init(&b, r->mem, item->end - item->start + 1);
    sealed = air_str_n(NULL, 0);

    rc = air_responses_texts(r, air_json_get(r->doc, item, "summary"), &b);

    if (rc == AIR_OK && b.len == 0) {
        /* DeepSeek, OpenRouter, Mantle: as it was thought */
        rc = air_responses_texts(r, air_json_get(r->doc, item, "content"),
                                 &b);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, item, "encrypted_content", r->mem,
                           &sealed);
    }

    if (rc != AIR_OK) {
        return rc == AIR_ELIMIT ? AIR_ENOMEM : rc;
    }

    issuer = air_msg_open(&sealed);

    part->type = b.len == 0 && sealed.len != 0 ? AIR_PART_REDACTED
                                               : AIR_PART_THINKING;
    part->issuer = issuer != NULL ? issuer : AIR_RESPONSES_WIRE;
    part->raw = air_json_raw(r->doc, item);
    part->begins = 1;

    if (part->type == AIR_PART_REDACTED) {
        part->data = sealed;

    } else {
        part->text = air_buf_view(&b);
        part->signature = sealed;
    }

    /* the item's id means nothing to who sealed it elsewhere, where an id
       may name the call that was thought of */

    return issuer != NULL
           ? AIR_OK
           : air_json_take(r->doc, item, "id", r->mem, &part->id);
}


static int
air_responses_call(const air_responses_read_t *r,
    const air_json_node_t *item, int custom, air_part_t **first,
    air_part_t **last)
{
    int                     rc;
    air_part_t             *part;
    const char             *input;
    const air_json_node_t  *node;

    static const char *const  known[] = {
        "type", "call_id", "name", "arguments", "input", NULL
    };

    part = air_msg_part(first, last, r->mem, AIR_PART_TOOL_CALL);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    part->custom = custom != 0;
    part->begins = 1;
    input = custom ? "input" : "arguments";

    rc = air_json_take(r->doc, item, "call_id", r->mem, &part->id);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, item, "name", r->mem, &part->name);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, item, input, r->mem, &part->arguments);
    }

    node = air_json_get(r->doc, item, input);

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        /* some give the object itself */
        part->arguments = air_json_raw(r->doc, node);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, item, known, r->mem, &part->item);
    }

    return rc;
}


static int
air_responses_message(const air_responses_read_t *r,
    const air_json_node_t *item, air_part_t **first, air_part_t **last)
{
    int          rc;
    air_part_t  *before, *part;

    static const char *const  known[] = { "type", "role", "content", NULL };

    before = *last;
    rc = air_responses_content(r, air_json_get(r->doc, item, "content"), NULL,
                               first, last);

    if (rc != AIR_OK || *last == before) {
        return rc;
    }

    part = before != NULL ? before->next : *first;
    part->begins = 1;

    return air_msg_rest(r->doc, item, known, r->mem, &part->item);
}


air_str_t
air_responses_image_type(const air_json_doc_t *doc,
    const air_json_node_t *item)
{
    const air_json_node_t  *format;

    format = air_json_get(doc, item, "output_format");

    return air_str_z(air_json_is(doc, format, "jpeg") ? "image/jpeg"
                     : air_json_is(doc, format, "webp") ? "image/webp"
                     : "image/png");
}


int
air_responses_item(const air_responses_read_t *r,
    const air_json_node_t *item, air_part_t **first, air_part_t **last)
{
    int                     rc;
    air_part_t             *part, thought;
    const air_json_node_t  *type;

    type = air_json_given(r->doc, item, "type");

    if (type == NULL || air_json_is(r->doc, type, "message")) {
        return air_responses_message(r, item, first, last);
    }

    if (air_json_is(r->doc, type, "reasoning")) {

        rc = air_responses_reasoning(r, item, &thought);

        if (rc != AIR_OK) {
            return rc;
        }

        part = air_msg_part(first, last, r->mem, thought.type);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        *part = thought;

        return AIR_OK;
    }

    if (air_json_is(r->doc, type, "function_call")) {
        return air_responses_call(r, item, 0, first, last);
    }

    if (air_json_is(r->doc, type, "custom_tool_call")) {
        return air_responses_call(r, item, 1, first, last);
    }

    part = air_msg_part(first, last, r->mem, AIR_PART_RAW);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    rc = AIR_OK;
    part->raw = air_json_raw(r->doc, item);
    part->issuer = AIR_RESPONSES_WIRE;
    part->begins = 1;

    /* a picture drawn is one everywhere */

    if (air_json_is(r->doc, type, "image_generation_call")
        && air_json_filled(r->doc, item, "result") != NULL)
    {
        part->type = AIR_PART_IMAGE;
        part->media.type = air_responses_image_type(r->doc, item);
        rc = air_json_take(r->doc, item, "result", r->mem,
                           &part->media.data);
    }

    return rc;
}
