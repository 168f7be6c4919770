
/*
 * What codecs that write a request share: what a wire without a word for a
 * member says of it, and what has to be an object or an instruction there.
 */

#include "air_msg.h"


typedef struct {
    const char  *name;
    size_t       at;              /* of an air_str_t in the request         */
    unsigned     idle:1;          /* 0 says nothing: clients send it so     */
} air_msg_member_t;


#define air_msg_member(name, member, idle)                                    \
    { name, offsetof(air_msg_request_t, member), idle }


static const air_msg_member_t  air_msg_members[] = {
    air_msg_member("min_p", min_p, 1),
    air_msg_member("top_k", top_k, 0),
    air_msg_member("frequency_penalty", frequency_penalty, 1),
    air_msg_member("presence_penalty", presence_penalty, 1),
    air_msg_member("repetition_penalty", repetition_penalty, 0),
    air_msg_member("seed", seed, 0),
    air_msg_member("logit_bias", logit_bias, 0),
    air_msg_member("metadata", metadata, 0),
    air_msg_member("user", user, 0),
    air_msg_member("safety_identifier", safety_id, 0),
    air_msg_member("prompt_cache_key", cache_key, 0),
    air_msg_member("prompt_cache_retention", cache_retention, 0),
    air_msg_member("service_tier", service_tier, 0),
    air_msg_member("verbosity", verbosity, 0),
    air_msg_member("previous_response_id", previous, 0),
    air_msg_member("suffix", suffix, 0)
};


uint64_t
air_msg_decimal(air_str_t text)
{
    int       rc;
    uint64_t  n;

    rc = air_decimal(text, 9, &n);

    return rc == AIR_OK ? n : rc == AIR_ELIMIT ? UINT64_MAX : 0;
}


static int
air_msg_named(const char *const *names, const char *name)
{
    for ( /* void */ ; *names != NULL; names++) {
        if (strcmp(*names, name) == 0) {
            return 1;
        }
    }

    return 0;
}


void
air_msg_lose(const air_msg_request_t *msg, const char *const *names,
    air_warnings_t *lost)
{
    unsigned                 i;
    air_str_t                s;
    const air_extra_t       *e;
    const air_msg_member_t  *m;

    for (i = 0; i < sizeof(air_msg_members) / sizeof(air_msg_members[0]); i++)
    {
        m = &air_msg_members[i];
        memcpy(&s, (const unsigned char *) msg + m->at, sizeof(air_str_t));

        if (s.len == 0
            || (m->idle && s.data[0] != '-' && air_msg_decimal(s) == 0))
        {
            continue;
        }

        if (air_msg_named(names, m->name)) {
            air_warnings_addz(lost, m->name, AIR_LOST_NO_SUCH);
        }
    }

    if (msg->has_choices && msg->choices > 1 && air_msg_named(names, "n")) {
        air_warnings_addz(lost, "n", AIR_LOST_NO_SUCH);
    }

    if ((msg->logprobs == AIR_ON || msg->has_top_logprobs)
        && air_msg_named(names, "logprobs"))
    {
        air_warnings_addz(lost, "logprobs", AIR_LOST_NO_SUCH);
    }

    if (msg->store == AIR_ON && air_msg_named(names, "store")) {
        air_warnings_addz(lost, "store", AIR_LOST_NO_SUCH);
    }

    if (msg->modalities.len != 0 && air_msg_named(names, "modalities")
        && !air_str_eqz(msg->modalities, "[\"text\"]"))
    {
        air_warnings_addz(lost, "modalities", AIR_LOST_NO_SUCH);
    }

    for (e = msg->extra; e != NULL; e = e->next) {
        air_warnings_add(lost, e->key, AIR_LOST_NO_SUCH);
    }
}


int
air_msg_blank(air_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] != ' ' && s.data[i] != '\t' && s.data[i] != '\n'
            && s.data[i] != '\r')
        {
            return 0;
        }
    }

    return 1;
}


int
air_msg_hollow(air_str_t schema)
{
    size_t  i;

    for (i = 0; i < schema.len; i++) {
        if (schema.data[i] > ' ' && schema.data[i] != '{'
            && schema.data[i] != '}')
        {
            return 0;
        }
    }

    return 1;
}


air_json_type_e
air_msg_json(air_str_t text, air_buf_t *b)
{
    int              rc;
    air_json_doc_t   doc;

    if (b->error != AIR_OK || air_msg_blank(text)) {
        return AIR_JSON_NULL;
    }

    air_json_init(&doc, b->mem);
    rc = air_json_scan(&doc, text, AIR_JSON_VENDOR, NULL);

    if (rc == AIR_ENOMEM) {
        b->error = AIR_ENOMEM;
    }

    return rc == AIR_OK ? air_json_root(&doc)->type : AIR_JSON_NULL;
}


/* JSON on one line: an event may be one; in its strings no line ends. */
static void
air_msg_line_write(air_str_t json, air_buf_t *b)
{
    size_t  i;

    if (air_buf_str(b, json) != AIR_OK) {
        return;
    }

    for (i = b->len - json.len; i < b->len; i++) {
        if (b->data[i] == '\n' || b->data[i] == '\r') {
            b->data[i] = ' ';
        }
    }
}


void
air_msg_input_write(air_str_t arguments, int custom, air_buf_t *b)
{
    if (!custom && air_msg_blank(arguments)) {
        air_buf_z(b, "{}");
        return;
    }

    if (!custom && air_msg_json(arguments, b) == AIR_JSON_OBJECT) {
        air_msg_line_write(arguments, b);
        return;
    }

    /* free-form input, and what a model wrote badly: told as a text */

    air_buf_z(b, custom ? "{\"input\":" : "{\"arguments\":");
    air_buf_json(b, arguments);
    air_buf_z(b, "}");
}


void
air_msg_wish_write(const air_format_t *format, air_buf_t *b)
{
    if (format->how == AIR_FORMAT_JSON) {
        air_buf_json(b, air_str_z("Answer with one JSON object and nothing "
                                  "else: no other text, no code fence."));
        return;
    }

    air_buf_json(b, air_str_z("Answer with one JSON value and nothing else: "
                              "no other text, no code fence. It must fit "
                              "this JSON schema: "));
    air_buf_json_more(b, format->schema);
}


int
air_msg_refuse(const air_mem_t *mem, air_error_t *error,
    const char *const *pieces)
{
    air_buf_t  b;

    air_buf_init(&b, mem, 8192);

    for ( /* void */ ; *pieces != NULL; pieces++) {
        air_buf_z(&b, *pieces);
    }

    if (b.error != AIR_OK) {
        return AIR_ENOMEM;
    }

    memset(error, 0, sizeof(air_error_t));

    error->fault = AIR_FAULT_REQUEST;
    error->status = 400;
    error->type = air_str_z("invalid_request_error");
    error->message = air_buf_view(&b);

    return AIR_EINVAL;
}


void
air_msg_id_write(air_str_t id, air_str_t name, size_t max, air_buf_t *b)
{
    size_t         i, n;
    int            changed;
    uint32_t       hash;
    unsigned char  c, text[80], hex[8];

    /* no id, as of OpenAI's older functions: the name ties both ends */

    if (id.len == 0) {
        id = name;
    }

    hash = 2166136261u;
    changed = id.len == 0 || id.len > max;
    n = 0;

    for (i = 0; i < id.len; i++) {

        c = id.data[i];
        hash = (hash ^ c) * 16777619u;

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
              || (c >= 'a' && c <= 'z') || c == '_' || c == '-'))
        {
            changed = 1;
            c = '_';
        }

        if (i < 48) {
            text[n++] = c;
        }
    }

    if (!changed) {
        air_buf_json(b, id);
        return;
    }

    /* the same every time, and different for ids that differ */

    for (i = 0; i < 8; i++) {
        hex[i] = (unsigned char) "0123456789abcdef"[(hash >> (28 - 4 * i))
                                                    & 15];
    }

    air_buf_json(b, air_str_z("call_"));
    air_buf_json_more(b, air_str_n(text, n));
    air_buf_json_more(b, air_str_n(hex, 8));
}


const char *
air_msg_image_type(const air_media_t *media)
{
    unsigned  i;

    static const struct {
        const char  *begin;
        const char  *type;
    }  types[] = {
        { "/9j/", "image/jpeg" },
        { "R0lG", "image/gif" },
        { "UklG", "image/webp" }
    };

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (media->data.len > 4
            && memcmp(media->data.data, types[i].begin, 4) == 0)
        {
            return types[i].type;
        }
    }

    return "image/png";
}
