
/*
 * Parts of Gemini's wire, read: the same in requests, replies and streams.
 *
 * Calls mostly have no id here, while every other wire ties a result to its
 * call by one: a call gets one that follows from the reply it stands in.
 *
 * A part may be signed, whatever it is, and the signature must come back
 * with it.  Other wires carry signatures of thinking only, so a signed call
 * is led by sealed thinking with the call's id, a signed text followed by
 * thinking without words; both keep the signature themselves too.
 */

#include "air_gemini.h"


#define AIR_GEMINI_MADE  "gcall_"


uint64_t
air_gemini_hash(uint64_t h, air_str_t text)
{
    size_t  i;

    h ^= UINT64_C(14695981039346656037);

    for (i = 0; i < text.len; i++) {
        h = (h ^ text.data[i]) * UINT64_C(1099511628211);
    }

    return h;
}


air_str_t
air_gemini_id(uint64_t seed, unsigned n, const air_mem_t *mem)
{
    unsigned   i;
    air_buf_t  b;

    air_buf_init(&b, mem, 64);
    air_buf_z(&b, AIR_GEMINI_MADE);

    for (i = 0; i < 16; i++) {
        air_buf_byte(&b, (unsigned char) "0123456789abcdef"[seed >> 60]);
        seed <<= 4;
    }

    air_buf_byte(&b, '_');
    air_buf_uint(&b, n);

    return b.error == AIR_OK ? air_buf_view(&b) : air_str_n(NULL, 0);
}


int
air_gemini_made(air_str_t id)
{
    size_t         i, n;
    unsigned char  c;

    n = sizeof(AIR_GEMINI_MADE) - 1;

    if (id.len < n + 18 || memcmp(id.data, AIR_GEMINI_MADE, n) != 0
        || id.data[n + 16] != '_')
    {
        return 0;
    }

    for (i = n; i < id.len; i++) {

        c = id.data[i];

        if (!((c >= '0' && c <= '9')
              || (i < n + 16 ? c >= 'a' && c <= 'f' : i == n + 16)))
        {
            return 0;
        }
    }

    return 1;
}


air_part_e
air_gemini_media(air_str_t type)
{
    if (type.len > 6 && memcmp(type.data, "image/", 6) == 0) {
        return AIR_PART_IMAGE;
    }

    if (type.len > 6 && memcmp(type.data, "audio/", 6) == 0) {
        return AIR_PART_AUDIO;
    }

    if (type.len > 6 && memcmp(type.data, "video/", 6) == 0) {
        return AIR_PART_VIDEO;
    }

    return AIR_PART_DOCUMENT;
}


static air_part_t *
air_gemini_new(air_gemini_read_t *r, air_part_e type, air_part_t **first,
    air_part_t **last)
{
    return air_msg_part(first, last, r->parts ? r->parts : r->mem, type);
}


/* Members beside those known, where they can go back. */
static int
air_gemini_beside(air_gemini_read_t *r, const air_json_node_t *node,
    const char *const *known, air_part_t *part)
{
    return r->parts ? AIR_OK : air_gemini_rest(r->doc, node, known, r->mem,
                                               &part->extra);
}


/* Thinking that is nothing but a signature. */
static int
air_gemini_sealed(air_gemini_read_t *r, air_part_e type, air_str_t signature,
    air_str_t id, air_part_t **first, air_part_t **last)
{
    air_part_t  *part;

    part = air_gemini_new(r, type, first, last);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    part->id = id;
    part->issuer = AIR_GEMINI_WIRE;

    if (type == AIR_PART_REDACTED) {
        part->data = signature;

    } else {
        part->signature = signature;
    }

    return AIR_OK;
}


static int
air_gemini_read_text(air_gemini_read_t *r, const air_json_node_t *node,
    air_str_t signature, air_part_t **first, air_part_t **last)
{
    int          rc;
    air_str_t    text;
    air_part_t  *part;

    static const char *const  known[] = {
        "text", "thought", "thoughtSignature", NULL
    };

    text = air_str_n(NULL, 0);
    rc = air_gemini_take(r->doc, node, "text", r->mem, &text);

    if (rc != AIR_OK) {
        return rc;
    }

    if (air_gemini_switch(r->doc, node, "thought") == AIR_ON) {

        part = air_gemini_new(r, AIR_PART_THINKING, first, last);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        part->text = text;
        part->signature = signature;
        part->issuer = AIR_GEMINI_WIRE;

        return AIR_OK;
    }

    if (text.len == 0 && signature.len != 0) {
        return air_gemini_sealed(r, AIR_PART_THINKING, signature, text,
                                 first, last);
    }

    part = air_gemini_new(r, AIR_PART_TEXT, first, last);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    part->text = text;
    rc = air_gemini_beside(r, node, known, part);

    if (rc != AIR_OK || signature.len == 0) {
        return rc;
    }

    part->signature = signature;
    part->issuer = AIR_GEMINI_WIRE;

    return air_gemini_sealed(r, AIR_PART_THINKING, signature,
                             air_str_n(NULL, 0), first, last);
}


static int
air_gemini_read_media(air_gemini_read_t *r, const air_json_node_t *node,
    const air_json_node_t *data, const air_json_node_t *file,
    air_str_t signature, air_part_t **first, air_part_t **last)
{
    int                     rc;
    air_part_t             *part;
    air_media_t             media;
    const air_json_node_t  *from;

    static const char *const  known[] = {
        "inlineData", "fileData", "thoughtSignature", NULL
    };

    memset(&media, 0, sizeof(air_media_t));
    from = data != NULL ? data : file;

    rc = air_gemini_take(r->doc, from, "mimeType", r->mem, &media.type);

    if (rc == AIR_OK) {
        rc = air_gemini_take(r->doc, from, "displayName", r->mem,
                             &media.name);
    }

    if (rc == AIR_OK) {
        rc = data != NULL
             ? air_gemini_take(r->doc, from, "data", r->mem, &media.data)
             : air_gemini_take(r->doc, from, "fileUri", r->mem, &media.url);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    part = air_gemini_new(r, air_gemini_media(media.type), first, last);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    part->media = media;
    part->signature = signature;
    part->issuer = AIR_GEMINI_WIRE;

    return air_gemini_beside(r, node, known, part);
}


static int
air_gemini_read_call(air_gemini_read_t *r, const air_json_node_t *node,
    const air_json_node_t *call, air_str_t signature, air_part_t **first,
    air_part_t **last)
{
    int                     rc;
    air_str_t               id;
    air_part_t             *part;
    const air_json_node_t  *args;

    static const char *const  known[] = {
        "functionCall", "thoughtSignature", NULL
    };

    id = air_str_n(NULL, 0);
    rc = air_gemini_take(r->doc, call, "id", r->mem, &id);

    if (rc == AIR_OK && id.len == 0) {
        id = air_gemini_id(r->seed, r->ncalls, r->mem);
        rc = id.len != 0 ? AIR_OK : AIR_ENOMEM;
    }

    if (rc == AIR_OK && signature.len != 0) {
        rc = air_gemini_sealed(r, AIR_PART_REDACTED, signature, id, first,
                               last);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    part = air_gemini_new(r, AIR_PART_TOOL_CALL, first, last);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    r->ncalls++;

    part->id = id;
    part->signature = signature;
    part->issuer = signature.len ? AIR_GEMINI_WIRE : NULL;

    args = air_gemini_get(r->doc, call, "args");

    if (args != NULL && args->type == AIR_JSON_OBJECT) {
        part->arguments = air_json_raw(r->doc, args);
    }

    rc = air_gemini_take(r->doc, call, "name", r->mem, &part->name);

    if (rc == AIR_OK) {
        rc = air_gemini_beside(r, node, known, part);
    }

    return rc;
}


/* What a response says, for wires whose results are texts. */
static int
air_gemini_read_said(air_gemini_read_t *r, const air_json_node_t *response,
    air_part_t *part, air_part_t **last)
{
    unsigned                i;
    air_part_t             *text;
    const air_json_node_t  *only;

    static const char *const  names[] = {
        "output", "result", "content", "return_value", "error"
    };

    text = air_gemini_new(r, AIR_PART_TEXT, &part->parts, last);

    if (text == NULL) {
        return AIR_ENOMEM;
    }

    text->text = air_json_quoted(r->doc, response);

    if (response->type != AIR_JSON_OBJECT || response->count != 1) {
        return AIR_OK;
    }

    only = air_json_first(r->doc, response);

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (air_str_eqz(air_json_key(r->doc, only), names[i])) {
            break;
        }
    }

    if (i == sizeof(names) / sizeof(names[0])) {
        return AIR_OK;
    }

    part->is_error = i == 4;
    text->text = air_json_raw(r->doc, only);

    return only->type == AIR_JSON_STRING
           ? air_json_string(r->doc, only, r->mem, &text->text) : AIR_OK;
}


static int
air_gemini_read_result(air_gemini_read_t *r, const air_json_node_t *result,
    air_part_t **first, air_part_t **last)
{
    int                     rc;
    air_part_t             *part, *end;
    const air_json_node_t  *response, *list, *el, *data, *file;

    static const char *const  known[] = {
        "id", "name", "response", "parts", NULL
    };

    part = air_gemini_new(r, AIR_PART_TOOL_RESULT, first, last);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    end = NULL;
    part->issuer = AIR_GEMINI_WIRE;

    rc = air_gemini_take(r->doc, result, "id", r->mem, &part->id);

    if (rc == AIR_OK) {
        rc = air_gemini_take(r->doc, result, "name", r->mem, &part->name);
    }

    response = air_gemini_get(r->doc, result, "response");

    if (rc == AIR_OK && response != NULL) {
        part->raw = air_json_quoted(r->doc, response);

        if (response->type != AIR_JSON_OBJECT || response->count != 0) {
            rc = air_gemini_read_said(r, response, part, &end);
        }
    }

    list = air_gemini_get(r->doc, result, "parts");

    for (el = air_gemini_first(r->doc, list);
         el != NULL && rc == AIR_OK;
         el = air_gemini_next(r->doc, list, el))
    {
        data = air_gemini_get(r->doc, el, "inlineData");
        file = air_gemini_get(r->doc, el, "fileData");

        if (data != NULL || file != NULL) {
            rc = air_gemini_read_media(r, el, data, file,
                                       air_str_n(NULL, 0), &part->parts,
                                       &end);
        }
    }

    return rc == AIR_OK ? air_gemini_beside(r, result, known, part) : rc;
}


int
air_gemini_part(air_gemini_read_t *r, const air_json_node_t *node,
    air_part_t **first, air_part_t **last)
{
    int                     rc;
    air_str_t               signature;
    air_part_t             *part;
    const air_json_node_t  *inner, *file;

    if (node->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    signature = air_str_n(NULL, 0);
    rc = air_gemini_take(r->doc, node, "thoughtSignature", r->mem,
                         &signature);
    if (rc != AIR_OK) {
        return rc;
    }

    inner = air_gemini_get(r->doc, node, "functionCall");

    if (inner != NULL) {
        return air_gemini_read_call(r, node, inner, signature, first, last);
    }

    inner = air_gemini_get(r->doc, node, "functionResponse");

    if (inner != NULL) {
        return air_gemini_read_result(r, inner, first, last);
    }

    inner = air_gemini_get(r->doc, node, "inlineData");
    file = air_gemini_get(r->doc, node, "fileData");

    if (inner != NULL || file != NULL) {
        return air_gemini_read_media(r, node, inner, file, signature, first,
                                     last);
    }

    if (air_gemini_get(r->doc, node, "text") != NULL
        || (signature.len != 0 && node->count == 1))
    {
        return air_gemini_read_text(r, node, signature, first, last);
    }

    if (node->count == 0) {
        return AIR_OK;
    }

    /* code the vendor ran, tools it called: kept whole, signature and all */

    part = air_gemini_new(r, AIR_PART_RAW, first, last);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    part->raw = air_json_raw(r->doc, node);
    part->issuer = AIR_GEMINI_WIRE;

    return AIR_OK;
}
