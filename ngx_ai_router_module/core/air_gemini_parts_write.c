
/*
 * Parts written on Gemini's wire, for a vendor or for a caller.
 *
 * What was sealed here comes back where it was: thinking without words to
 * the text beside it, sealed thinking to the call whose id it has or which
 * follows it.  From Gemini 3 on the first call of each turn must be signed;
 * one that another vendor made gets the mark that the vendor has for that
 * (ai.google.dev/gemini-api/docs/thought-signatures, read 2026-11-22).
 */

#include "air_gemini.h"


/* base64 of skip_thought_signature_validator */
#define AIR_GEMINI_UNSIGNED                                                   \
    "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="

/* results follow their calls: nobody looks further back than this */
#define AIR_GEMINI_BACK  1024

/* sealed thinking that stands before its call, not right before it */
#define AIR_GEMINI_AHEAD  64


static int
air_gemini_mine(const air_part_t *p)
{
    return air_msg_issued(p->issuer, AIR_GEMINI_WIRE);
}


/* A text's signature that stands apart from it. */
static int
air_gemini_is_apart(const air_part_t *p)
{
    return p != NULL && p->type == AIR_PART_THINKING && p->text.len == 0
           && p->signature.len != 0 && air_gemini_mine(p);
}


static void
air_gemini_sign(air_str_t signature, air_buf_t *b)
{
    if (signature.len != 0) {
        air_buf_z(b, ",\"thoughtSignature\":");
        air_buf_json(b, signature);
    }
}


/* The end of a part: what only this wire has. */
static void
air_gemini_part_end(air_gemini_write_t *w, const air_part_t *p)
{
    unsigned  n;

    static const char *const  none[] = { NULL };

    n = 1;

    if (p->extra != NULL && air_gemini_mine(p)) {
        air_gemini_extra_write(p->extra, none, &n, w->b);
    }

    air_buf_z(w->b, "}");
}


/* A signature on its own, as the vendor's streams have it. */
static void
air_gemini_signature_write(air_gemini_write_t *w, air_str_t signature)
{
    air_buf_z(w->b, w->at.n++ ? ",{\"text\":\"\"" : "{\"text\":\"\"");
    air_gemini_sign(signature, w->b);
    air_buf_z(w->b, "}");
}


/* Sealed thinking that no call followed was a text's; but is the other. */
static void
air_gemini_pending_write(air_gemini_write_t *w, air_str_t other)
{
    const air_part_t  *p;

    p = w->at.pending;
    w->at.pending = NULL;

    if (p != NULL && !air_str_eq(p->data, other)) {
        air_gemini_signature_write(w, p->data);
    }
}


/* --------------------------------------------------------------- calls */


static int
air_gemini_remember(air_gemini_write_t *w, const air_part_t *p)
{
    unsigned            size;
    const air_part_t  **call;

    if (w->ncall == w->size) {

        size = w->size ? w->size * 2 : 16;
        call = air_mem_get(w->b->mem, size * sizeof(air_part_t *));

        if (call == NULL) {
            return AIR_ENOMEM;
        }

        if (w->ncall != 0) {
            memcpy(call, w->call, w->ncall * sizeof(air_part_t *));
        }

        w->call = call;
        w->size = size;
    }

    w->call[w->ncall++] = p;

    return AIR_OK;
}


/* The call's name: a result may know its id only. */
static air_str_t
air_gemini_name_of(air_gemini_write_t *w, const air_part_t *p)
{
    unsigned  i, last;

    if (p->name.len != 0) {
        return p->name;
    }

    last = w->ncall > AIR_GEMINI_BACK ? w->ncall - AIR_GEMINI_BACK : 0;

    for (i = w->ncall; i > last; i--) {
        if (air_str_eq(w->call[i - 1]->id, p->id)) {
            return w->call[i - 1]->name;
        }
    }

    /* the vendor refuses one without a name */

    return p->id;
}


static int
air_gemini_is_seal(const air_part_t *p)
{
    return p != NULL && p->type == AIR_PART_REDACTED && p->data.len != 0
           && air_gemini_mine(p);
}


/* 1 when sealed thinking has the id of a call further on. */
static int
air_gemini_is_named(const air_part_t *seal)
{
    unsigned           n;
    const air_part_t  *p;

    p = seal->id.len != 0 ? seal->next : NULL;

    for (n = 0; p != NULL && n < AIR_GEMINI_AHEAD; n++, p = p->next) {
        if (p->type == AIR_PART_TOOL_CALL && air_str_eq(p->id, seal->id)) {
            return 1;
        }
    }

    return 0;
}


/* The sealed thinking of a call: right before it, or with its id. */
static air_str_t
air_gemini_seal_of(air_gemini_at_t *at, const air_part_t *p)
{
    unsigned           n;
    air_str_t          data;
    const air_part_t  *s;

    if (at->pending != NULL) {
        data = at->pending->data;
        at->pending = NULL;

        return data;
    }

    s = at->seal;

    for (n = 0; s != NULL && n < AIR_GEMINI_AHEAD; n++, s = s->next) {

        if (air_gemini_is_seal(s) && s->id.len != 0
            && air_str_eq(s->id, p->id))
        {
            if (s == at->seal) {
                at->seal = s->next;
            }

            return s->data;
        }
    }

    return air_str_n(NULL, 0);
}


static void
air_gemini_call_write(air_gemini_write_t *w, const air_part_t *p)
{
    air_str_t         signature;
    air_gemini_at_t  *at;

    at = &w->at;
    signature = air_gemini_mine(p) ? p->signature : air_str_n(NULL, 0);

    if (signature.len == 0) {
        signature = air_gemini_seal_of(at, p);

    } else {
        air_gemini_pending_write(w, signature);
    }

    air_buf_z(w->b, at->n++ ? "," : "");

    if (signature.len == 0 && w->model.signs && !w->own && !w->reply
        && !w->signed_call)
    {
        signature = air_str_z(AIR_GEMINI_UNSIGNED);
        air_warnings_addz(w->lost, "thought_signature", AIR_LOST_ADDED);
    }

    w->signed_call = 1;

    air_buf_z(w->b, "{\"functionCall\":{");

    if (p->id.len != 0 && !air_gemini_made(p->id)) {
        air_buf_z(w->b, "\"id\":");
        air_buf_json(w->b, p->id);
        air_buf_z(w->b, ",");
    }

    air_buf_z(w->b, "\"name\":");
    air_buf_json(w->b, p->name);
    air_buf_z(w->b, ",\"args\":");
    air_msg_input_write(p->arguments, p->custom, w->b);
    air_buf_z(w->b, "}");

    air_gemini_sign(signature, w->b);
    air_gemini_part_end(w, p);

    if (w->b->error == AIR_OK && !w->reply
        && air_gemini_remember(w, p) != AIR_OK)
    {
        w->b->error = AIR_ENOMEM;
    }
}


/* --------------------------------------------------------------- media */


static const char *
air_gemini_type_of(const air_part_t *p)
{
    switch (p->type) {

    case AIR_PART_AUDIO:
        return "audio/wav";

    case AIR_PART_VIDEO:
        return "video/mp4";

    case AIR_PART_DOCUMENT:
        return "application/pdf";

    default:
        return air_msg_image_type(&p->media);
    }
}


/* The type a URL's ending tells; what is fetched has to be named. */
static const char *
air_gemini_type_at(const air_part_t *p)
{
    size_t     n, end;
    unsigned   i;
    air_str_t  s;

    static const struct {
        const char  *end;
        const char  *type;
    }  types[] = {
        { ".jpg", "image/jpeg" }, { ".jpeg", "image/jpeg" },
        { ".gif", "image/gif" }, { ".webp", "image/webp" },
        { ".png", "image/png" }, { ".heic", "image/heic" },
        { ".mp3", "audio/mpeg" }, { ".wav", "audio/wav" },
        { ".ogg", "audio/ogg" }, { ".flac", "audio/flac" },
        { ".mp4", "video/mp4" }, { ".webm", "video/webm" },
        { ".mov", "video/quicktime" }, { ".mpeg", "video/mpeg" },
        { ".pdf", "application/pdf" }, { ".txt", "text/plain" },
        { ".csv", "text/csv" }, { ".html", "text/html" }
    };

    s = p->media.url;

    for (end = 0; end < s.len && s.data[end] != '?' && s.data[end] != '#';
         end++)
    {
        /* void */
    }

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {

        n = strlen(types[i].end);

        if (end > n && memcmp(s.data + end - n, types[i].end, n) == 0) {
            return types[i].type;
        }
    }

    return air_gemini_type_of(p);
}


/* "inlineData" or "fileData" without the object around it. */
static void
air_gemini_media_data(const air_part_t *p, air_buf_t *b)
{
    const air_media_t  *m;

    m = &p->media;

    if (m->url.len != 0) {
        air_buf_z(b, "\"fileData\":{\"mimeType\":");
        air_buf_json(b, m->type.len ? m->type
                                    : air_str_z(air_gemini_type_at(p)));
        air_buf_z(b, ",\"fileUri\":");
        air_buf_json(b, m->url);

    } else {
        air_buf_z(b, "\"inlineData\":{\"mimeType\":");
        air_buf_json(b, m->type.len ? m->type
                                    : air_str_z(air_gemini_type_of(p)));
        air_buf_z(b, ",\"data\":");
        air_buf_json(b, m->data);
    }

    if (m->name.len != 0 && air_gemini_mine(p)) {
        air_buf_z(b, ",\"displayName\":");
        air_buf_json(b, m->name);
    }

    air_buf_z(b, "}");
}


static const char *
air_gemini_media_name(air_part_e type)
{
    return type == AIR_PART_IMAGE ? "image"
           : type == AIR_PART_AUDIO ? "audio"
           : type == AIR_PART_VIDEO ? "video" : "document";
}


/* 1 when it can be said; a text when words stand for it. */
static int
air_gemini_media_fits(air_gemini_write_t *w, const air_part_t *p)
{
    const air_media_t  *m;

    m = &p->media;

    if (w->own || m->data.len != 0 || m->url.len != 0) {

        if (m->detail.len != 0 && !air_str_eqz(m->detail, "auto")) {
            air_warnings_addz(w->lost, "image_url.detail", AIR_LOST_NO_SUCH);
        }

        return 1;
    }

    if (p->text.len == 0) {
        air_warnings_addz(w->lost, air_gemini_media_name(p->type),
                          m->file_id.len ? AIR_LOST_ISSUER
                                         : AIR_LOST_VALUE);
    }

    return 0;
}


/* A document of text, or what was heard: words; 1 when it was written. */
static int
air_gemini_words_write(air_gemini_write_t *w, const air_part_t *p, unsigned n)
{
    if (p->text.len == 0) {
        return 0;
    }

    air_buf_z(w->b, n ? ",{\"text\":" : "{\"text\":");
    air_buf_json(w->b, p->media.name);
    air_buf_json_more(w->b, air_str_z(p->media.name.len ? "\n\n" : ""));
    air_buf_json_more(w->b, p->text);
    air_buf_z(w->b, "}");

    if (p->type == AIR_PART_DOCUMENT) {
        air_warnings_addz(w->lost, "document", AIR_LOST_MERGED);
    }

    return 1;
}


static unsigned
air_gemini_media_write(air_gemini_write_t *w, const air_part_t *p, unsigned n)
{
    if (!air_gemini_media_fits(w, p)) {
        return (unsigned) air_gemini_words_write(w, p, n);
    }

    air_buf_z(w->b, n ? ",{" : "{");
    air_gemini_media_data(p, w->b);
    air_gemini_sign(air_gemini_mine(p) ? p->signature : air_str_n(NULL, 0),
                    w->b);
    air_gemini_part_end(w, p);

    return 1;
}


/* ------------------------------------------------------------- results */


/* 1 for what a result may hold beside its response. */
static int
air_gemini_inside(air_gemini_write_t *w, const air_part_t *p)
{
    unsigned   i;
    air_str_t  type;

    static const char *const  types[] = {
        "image/png", "image/jpeg", "image/webp", "application/pdf",
        "text/plain"
    };

    if (p->type == AIR_PART_TEXT || p->type == AIR_PART_RAW
        || (p->media.data.len == 0 && p->media.url.len == 0))
    {
        return 0;
    }

    if (w->own) {
        return 1;
    }

    if (!w->model.result_media) {
        return 0;
    }

    type = p->media.type.len ? p->media.type
           : air_str_z(p->media.url.len ? air_gemini_type_at(p)
                                        : air_gemini_type_of(p));

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (air_str_eqz(type, types[i])) {
            return 1;
        }
    }

    return 0;
}


/* {"output":...}, {"error":...}, or the object that the result is. */
static void
air_gemini_response_write(air_gemini_write_t *w, const air_part_t *p)
{
    unsigned           n;
    air_json_type_e    type;
    const air_part_t  *t;

    if (p->raw.len != 0 && air_gemini_mine(p)) {
        air_buf_str(w->b, p->raw);
        return;
    }

    t = p->parts;
    type = AIR_JSON_NULL;

    if (t != NULL && t->type == AIR_PART_TEXT
        && (t->next == NULL || t->next->type != AIR_PART_TEXT))
    {
        type = air_msg_json(t->text, w->b);
    }

    if (type == AIR_JSON_OBJECT && !p->is_error) {
        air_buf_str(w->b, t->text);
        return;
    }

    air_buf_z(w->b, p->is_error ? "{\"error\":" : "{\"output\":");

    if (type == AIR_JSON_OBJECT || type == AIR_JSON_ARRAY) {
        air_buf_str(w->b, t->text);
        air_buf_z(w->b, "}");
        return;
    }

    n = 0;

    for ( /* void */ ; t != NULL; t = t->next) {

        if (t->type == AIR_PART_TEXT || t->text.len != 0) {

            if (n++ == 0) {
                air_buf_json(w->b, t->text);

            } else {
                air_buf_json_more(w->b, air_str_z("\n"));
                air_buf_json_more(w->b, t->text);
            }
        }
    }

    air_buf_z(w->b, n ? "}" : "\"\"}");
}


/* A result; the media that it cannot hold follow as parts of their own. */
static unsigned
air_gemini_result_write(air_gemini_write_t *w, const air_part_t *p,
    unsigned n)
{
    unsigned           inside, was, extra;
    const air_part_t  *m;

    static const char *const  none[] = { NULL };

    was = n;
    inside = 0;

    air_buf_z(w->b, n++ ? ",{\"functionResponse\":{"
                        : "{\"functionResponse\":{");

    if (p->id.len != 0 && !air_gemini_made(p->id)) {
        air_buf_z(w->b, "\"id\":");
        air_buf_json(w->b, p->id);
        air_buf_z(w->b, ",");
    }

    air_buf_z(w->b, "\"name\":");
    air_buf_json(w->b, air_gemini_name_of(w, p));
    air_buf_z(w->b, ",\"response\":");

    if (w->own && p->raw.len == 0) {
        air_buf_z(w->b, "{}");

    } else {
        air_gemini_response_write(w, p);
    }

    for (m = p->parts; m != NULL; m = m->next) {
        if (air_gemini_inside(w, m)) {
            air_buf_z(w->b, inside++ ? ",{" : ",\"parts\":[{");
            air_gemini_media_data(m, w->b);
            air_buf_z(w->b, "}");
        }
    }

    air_buf_z(w->b, inside ? "]" : "");

    if (air_gemini_mine(p)) {
        extra = 1;
        air_gemini_extra_write(p->extra, none, &extra, w->b);
    }

    air_buf_z(w->b, "}}");

    return n - was;
}


/* The media of results, behind all of them: each call wants its answer
   first. */
static void
air_gemini_outside_write(air_gemini_write_t *w, const air_part_t *parts,
    unsigned *n)
{
    const air_part_t  *p, *m;

    for (p = parts; p != NULL; p = p->next) {

        if (p->type != AIR_PART_TOOL_RESULT) {
            continue;
        }

        for (m = p->parts; m != NULL; m = m->next) {

            if (m->type == AIR_PART_TEXT || air_gemini_inside(w, m)
                || (m->text.len != 0 && m->media.data.len == 0
                    && m->media.url.len == 0))
            {
                continue;
            }

            if (m->type == AIR_PART_RAW) {
                air_warnings_addz(w->lost, "tool_result.content",
                                  AIR_LOST_NO_SUCH);
                continue;
            }

            air_warnings_addz(w->lost, "tool_result.content",
                              AIR_LOST_CHANGED);
            *n += air_gemini_media_write(w, m, *n);
        }
    }
}


/* --------------------------------------------------------------- parts */


static void
air_gemini_text_write(air_gemini_write_t *w, const air_part_t *p)
{
    air_str_t         signature;
    air_gemini_at_t  *at;

    at = &w->at;

    signature = air_gemini_mine(p) ? p->signature : air_str_n(NULL, 0);

    if (signature.len == 0 && !w->own) {

        if (air_gemini_is_apart(p->next)) {
            signature = p->next->signature;

        } else {
            signature = at->held;
            at->held.len = 0;
        }
    }

    if (p->text.len == 0 && signature.len == 0 && !w->own) {
        return;
    }

    if (p->citations != NULL && !w->own && !w->reply) {
        air_warnings_addz(w->lost, "citations", AIR_LOST_NO_SUCH);
    }

    air_buf_z(w->b, at->n++ ? ",{\"text\":" : "{\"text\":");
    air_buf_json(w->b, p->text);
    air_gemini_sign(signature, w->b);
    air_gemini_part_end(w, p);
}


static void
air_gemini_thought_write(air_gemini_write_t *w, const air_part_t *p)
{
    air_gemini_at_t  *at;

    at = &w->at;

    if (!air_gemini_mine(p) && !w->reply) {
        air_warnings_addz(w->lost, "thinking", AIR_LOST_ISSUER);
        return;
    }

    if (air_gemini_is_apart(p)) {

        if (at->before != NULL && at->before->type == AIR_PART_TEXT
            && (!w->own || at->before->signature.len != 0))
        {
            /* stands in the text before it */
            return;
        }

        if (w->own || at->held.len != 0) {
            air_gemini_signature_write(w, p->signature);

        } else {
            at->held = p->signature;
        }

        return;
    }

    if (p->text.len == 0) {
        return;
    }

    air_buf_z(w->b, at->n++ ? ",{\"text\":" : "{\"text\":");
    air_buf_json(w->b, p->text);
    air_buf_z(w->b, ",\"thought\":true");
    air_gemini_sign(air_gemini_mine(p) ? p->signature : air_str_n(NULL, 0),
                    w->b);
    air_buf_z(w->b, "}");
}


static void
air_gemini_seal_keep(air_gemini_write_t *w, const air_part_t *p)
{
    if (!air_gemini_is_seal(p)) {
        air_warnings_addz(w->lost, "thinking", AIR_LOST_ISSUER);

    } else if (!air_gemini_is_named(p)) {
        w->at.pending = p;

    } else if (w->at.seal == NULL) {
        w->at.seal = p;
    }
}


static void
air_gemini_part_write(air_gemini_write_t *w, const air_part_t *p)
{
    air_gemini_at_t  *at;

    at = &w->at;

    if (p->type != AIR_PART_TOOL_CALL) {
        air_gemini_pending_write(w, air_str_n(NULL, 0));
    }

    switch (p->type) {

    case AIR_PART_TEXT:
    case AIR_PART_REFUSAL:
        air_gemini_text_write(w, p);
        break;

    case AIR_PART_THINKING:
        air_gemini_thought_write(w, p);
        break;

    case AIR_PART_REDACTED:
        air_gemini_seal_keep(w, p);
        break;

    case AIR_PART_TOOL_CALL:
        air_gemini_call_write(w, p);
        break;

    case AIR_PART_TOOL_RESULT:
        at->n += air_gemini_result_write(w, p, at->n);
        break;

    case AIR_PART_RAW:
        if (!air_gemini_mine(p)) {
            air_warnings_addz(w->lost, "content", AIR_LOST_NO_SUCH);
            break;
        }

        air_buf_z(w->b, at->n++ ? "," : "");
        air_buf_str(w->b, p->raw);
        break;

    default:
        if (w->assistant && p->type == AIR_PART_AUDIO && !w->own
            && !w->reply && p->text.len != 0)
        {
            /* what was said stands for how it sounded */
            at->n += (unsigned) air_gemini_words_write(w, p, at->n);
            break;
        }

        at->n += air_gemini_media_write(w, p, at->n);
    }
}


void
air_gemini_parts_write(air_gemini_write_t *w, const air_part_t *parts,
    unsigned *n)
{
    const air_part_t  *p;

    w->at.n = *n;
    w->at.seal = NULL;

    for (p = parts; p != NULL; p = p->next) {
        air_gemini_part_write(w, p);
        w->at.before = p;
    }

    *n = w->at.n;

    if (!w->own) {
        air_gemini_outside_write(w, parts, n);
    }
}


void
air_gemini_parts_end(air_gemini_write_t *w, unsigned *n)
{
    w->at.n = *n;
    air_gemini_pending_write(w, air_str_n(NULL, 0));

    if (w->at.held.len != 0) {
        air_gemini_signature_write(w, w->at.held);
    }

    *n = w->at.n;
    memset(&w->at, 0, sizeof(air_gemini_at_t));
}
