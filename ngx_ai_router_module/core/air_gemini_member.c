
/*
 * Members of Gemini's wire, which proto3's JSON lets be spelled in two ways,
 * and what its models take.
 */

#include "air_gemini.h"


/* nobody counts more tokens than this in one reply */
#define AIR_GEMINI_ABSURD  ((uint64_t) 1000 * 1000 * 1000 * 1000)


int
air_gemini_same(air_str_t key, const char *name)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < key.len; i++, name++) {

        c = key.data[i];

        if (c == '_' && i != 0 && *name >= 'A' && *name <= 'Z') {

            /* thought_signature: the next one stands for a capital */

            if (++i == key.len || key.data[i] != (*name | 0x20)) {
                return 0;
            }

            continue;
        }

        if (c != (unsigned char) *name) {
            return 0;
        }
    }

    return *name == '\0';
}


const air_json_node_t *
air_gemini_get(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name)
{
    const air_json_node_t  *node;

    if (object == NULL || object->type != AIR_JSON_OBJECT) {
        return NULL;
    }

    for (node = air_json_first(doc, object);
         node != NULL;
         node = air_json_next(doc, node))
    {
        if (node->type != AIR_JSON_NULL
            && air_gemini_same(air_json_key(doc, node), name))
        {
            return node;
        }
    }

    return NULL;
}


int
air_gemini_take(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name, const air_mem_t *mem, air_str_t *out)
{
    const air_json_node_t  *node;

    node = air_gemini_get(doc, object, name);

    if (node == NULL || node->type != AIR_JSON_STRING) {
        return AIR_OK;
    }

    return air_json_string(doc, node, mem, out);
}


int
air_gemini_rest(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *const *known, const air_mem_t *mem, air_extra_t **extra)
{
    const char             *const *name;
    const air_json_node_t  *node;

    if (object == NULL || object->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    for (node = air_json_first(doc, object);
         node != NULL;
         node = air_json_next(doc, node))
    {
        for (name = known; *name != NULL; name++) {
            if (air_gemini_same(air_json_key(doc, node), *name)) {
                break;
            }
        }

        if (*name == NULL
            && air_msg_extra(extra, mem, air_json_key(doc, node),
                             air_json_quoted(doc, node))
               == NULL)
        {
            return AIR_ENOMEM;
        }
    }

    return AIR_OK;
}


const air_json_node_t *
air_gemini_first(const air_json_doc_t *doc, const air_json_node_t *list)
{
    if (list == NULL) {
        return NULL;
    }

    return list->type == AIR_JSON_ARRAY ? air_json_first(doc, list) : list;
}


const air_json_node_t *
air_gemini_next(const air_json_doc_t *doc, const air_json_node_t *list,
    const air_json_node_t *node)
{
    return list->type == AIR_JSON_ARRAY ? air_json_next(doc, node) : NULL;
}


air_switch_e
air_gemini_switch(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name)
{
    const air_json_node_t  *node;

    node = air_gemini_get(doc, object, name);

    if (node == NULL) {
        return AIR_UNSET;
    }

    return node->type == AIR_JSON_TRUE ? AIR_ON
           : node->type == AIR_JSON_FALSE ? AIR_OFF : AIR_UNSET;
}


int
air_gemini_count(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name, air_usage_t *u, uint64_t *n)
{
    uint64_t                value;
    const air_json_node_t  *node;

    node = air_gemini_get(doc, object, name);

    if (node == NULL) {
        return 0;
    }

    /* 64 bits are a string in proto3's JSON */

    if (air_json_decimal(doc, node, 0, &value) != AIR_OK
        || value > AIR_GEMINI_ABSURD)
    {
        if (u != NULL) {
            u->clamped = 1;
        }

        return 0;
    }

    *n = value;

    return 1;
}


void
air_gemini_extra_write(const air_extra_t *extra, const char *const *but,
    unsigned *n, air_buf_t *b)
{
    const char  *const *name;

    for ( /* void */ ; extra != NULL; extra = extra->next) {

        for (name = but; *name != NULL; name++) {
            if (air_gemini_same(extra->key, *name)) {
                break;
            }
        }

        if (*name != NULL) {
            continue;
        }

        air_buf_z(b, (*n)++ ? ",\"" : "\"");
        air_buf_str(b, extra->key);
        air_buf_z(b, "\":");
        air_buf_str(b, extra->raw);
    }
}


/* Where the text begins in s, s.len when it does not. */
static size_t
air_gemini_where(air_str_t s, const char *text)
{
    size_t  i, n;

    n = strlen(text);

    for (i = 0; i + n <= s.len; i++) {
        if (memcmp(s.data + i, text, n) == 0) {
            return i;
        }
    }

    return s.len;
}


/* "gemini-2.5-flash" is 205, "gemini-3-pro" 300, "gemini-flash-latest" the
   newest. */
static unsigned
air_gemini_version(air_str_t name)
{
    size_t    i;
    unsigned  n, part, dots;

    i = air_gemini_where(name, "gemini-");

    if (i == name.len) {
        return 0;
    }

    part = 0;
    dots = 0;
    n = 0;

    for (i += 7; i < name.len; i++) {

        if (name.data[i] >= '0' && name.data[i] <= '9') {

            if (part < 1000) {
                part = part * 10 + name.data[i] - '0';
            }

            n++;

        } else if (name.data[i] == '.' && n != 0 && dots == 0) {
            dots = part * 100;
            part = 0;

        } else {
            break;
        }
    }

    if (n == 0) {
        return 9900;
    }

    return dots != 0 ? dots + (part < 100 ? part : 99) : part * 100;
}


void
air_gemini_model(air_str_t name, air_gemini_model_t *m)
{
    int       pro, lite;
    unsigned  v;

    memset(m, 0, sizeof(air_gemini_model_t));

    v = air_gemini_version(name);
    pro = air_gemini_where(name, "-pro") != name.len;
    lite = air_gemini_where(name, "-lite") != name.len;

    m->version = v;

    if (v == 0) {

        /* Gemma, tuned models, whoever speaks this wire: it is theirs */

        m->think = AIR_GEMINI_THINK_BUDGET;
        m->most = UINT64_MAX;
        m->quiet = 1;
        m->result_media = 1;
        m->json_tools = 1;
        return;
    }

    m->signs = v >= 300;
    m->result_media = v >= 300;
    m->json_tools = v >= 300;

    if (v < 205) {
        m->think = AIR_GEMINI_THINK_NEVER;
        return;
    }

    if (v < 300) {
        m->think = AIR_GEMINI_THINK_BUDGET;
        m->least = pro ? 128 : lite ? 512 : 1;
        m->most = pro ? 32768 : 24576;
        m->quiet = !pro;
        return;
    }

    m->think = AIR_GEMINI_THINK_LEVEL;
    m->minimal = !pro;
    m->medium = !pro || v > 300;
}
