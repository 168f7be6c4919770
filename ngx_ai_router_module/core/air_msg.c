
/*
 * Building blocks of the neutral message: lists and warnings.  Nothing here
 * knows a wire.
 */

#include "air_msg.h"


static const char *const  air_lost_reasons[AIR_NLOST] = {
    "no_such", "model", "value", "changed", "issuer", "merged", "added",
    "ignored"
};


static const char *const  air_finish_names[] = {
    "none", "stop", "length", "tool_calls", "content_filter", "error",
    "other", "stop_sequence", "refusal", "pause", "context"
};


/* whose seals may come back */
static const char *const  air_msg_issuers[] = {
    "openai", "anthropic", "responses", "gemini", "bedrock", "cohere"
};


#define AIR_MSG_SEAL  "air:"


static void *
air_msg_zero(const air_mem_t *mem, size_t size)
{
    void  *p;

    p = air_mem_get(mem, size);

    if (p != NULL) {
        memset(p, 0, size);
    }

    return p;
}


void
air_warnings_add(air_warnings_t *lost, air_str_t field, air_lost_e why)
{
    unsigned  i;

    if (lost == NULL) {
        return;
    }

    for (i = 0; i < lost->n; i++) {
        if (lost->w[i].why == why && air_str_eq(lost->w[i].field, field)) {
            return;
        }
    }

    if (lost->n == AIR_WARNINGS_MAX) {
        lost->more++;
        return;
    }

    lost->w[lost->n].field = field;
    lost->w[lost->n++].why = why;
}


void
air_warnings_addz(air_warnings_t *lost, const char *field, air_lost_e why)
{
    air_warnings_add(lost, air_str_z(field), why);
}


int
air_warning_loss(const air_warning_t *w)
{
    switch (w->why) {

    case AIR_LOST_NO_SUCH:
    case AIR_LOST_MODEL:
    case AIR_LOST_VALUE:
        return 1;

    case AIR_LOST_ISSUER:
        return !air_str_eqz(w->field, "thinking")
               && !air_str_eqz(w->field, "citations");

    default:
        return 0;
    }
}


/* A name as reports may have it: what a caller wrote may be anything. */
static air_str_t
air_warning_name(air_str_t field)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < field.len; i++) {
        c = field.data[i];

        if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a'
                                         && (c | 0x20) <= 'z')
              || c == '_' || c == '.' || c == '-'))
        {
            break;
        }
    }

    return i < field.len || i == 0 || i > 40 ? air_str_z("field") : field;
}


size_t
air_warnings_brief(const air_warnings_t *lost, unsigned char *out, size_t len,
    size_t size)
{
    size_t     need;
    unsigned   i, k;
    air_str_t  name, why;

    for (k = 0; k < 2 * lost->n; k++) {

        /* what is lost first, then what is only changed */

        i = k % lost->n;

        if (air_warning_loss(&lost->w[i]) != (k < lost->n)) {
            continue;
        }

        name = air_warning_name(lost->w[i].field);
        why = air_str_z(air_lost_reason(lost->w[i].why));
        need = (len != 0) + name.len + 1 + why.len;

        if (len + need > size) {
            continue;
        }

        if (len != 0) {
            out[len++] = ',';
        }

        memcpy(out + len, name.data, name.len);
        len += name.len;
        out[len++] = '=';
        memcpy(out + len, why.data, why.len);
        len += why.len;
    }

    return len;
}


unsigned
air_warnings_losses(const air_warnings_t *lost)
{
    unsigned  i, n;

    /* what found no room may be anything */

    n = lost->more;

    for (i = 0; i < lost->n; i++) {
        n += air_warning_loss(&lost->w[i]) ? 1 : 0;
    }

    return n;
}


const char *
air_lost_reason(air_lost_e why)
{
    return (unsigned) why < AIR_NLOST ? air_lost_reasons[why] : "unknown";
}


void
air_msg_request_init(air_msg_request_t *msg, const char *wire, air_op_e op)
{
    memset(msg, 0, sizeof(air_msg_request_t));

    msg->wire = wire;
    msg->op = op;
}


void
air_msg_reply_init(air_msg_reply_t *msg, const char *wire, air_op_e op)
{
    memset(msg, 0, sizeof(air_msg_reply_t));

    msg->wire = wire;
    msg->op = op;

    air_usage_init(&msg->usage);
}


air_turn_t *
air_msg_turn(air_msg_request_t *msg, const air_mem_t *mem, air_role_e role)
{
    air_turn_t  *turn;

    turn = air_msg_zero(mem, sizeof(air_turn_t));

    if (turn == NULL) {
        return NULL;
    }

    turn->role = role;

    if (msg->last != NULL) {
        msg->last->next = turn;

    } else {
        msg->turns = turn;
    }

    msg->last = turn;

    return turn;
}


air_part_t *
air_msg_part(air_part_t **first, air_part_t **last, const air_mem_t *mem,
    air_part_e type)
{
    air_part_t  *part;

    part = air_msg_zero(mem, sizeof(air_part_t));

    if (part == NULL) {
        return NULL;
    }

    part->type = type;

    if (*last != NULL) {
        (*last)->next = part;

    } else {
        *first = part;
    }

    *last = part;

    return part;
}


/* Lists below are short or read backwards never: their end is walked to. */

air_tool_t *
air_msg_tool(air_msg_request_t *msg, const air_mem_t *mem)
{
    air_tool_t  *tool;

    tool = air_msg_zero(mem, sizeof(air_tool_t));

    if (tool == NULL) {
        return NULL;
    }

    if (msg->last_tool != NULL) {
        msg->last_tool->next = tool;

    } else {
        msg->tools = tool;
    }

    msg->last_tool = tool;

    return tool;
}


air_item_t *
air_msg_item(air_item_t **first, air_item_t **last, const air_mem_t *mem)
{
    air_item_t  *item;

    item = air_msg_zero(mem, sizeof(air_item_t));

    if (item == NULL) {
        return NULL;
    }

    if (*last != NULL) {
        (*last)->next = item;

    } else {
        *first = item;
    }

    *last = item;

    return item;
}


air_extra_t *
air_msg_extra(air_extra_t **first, const air_mem_t *mem, air_str_t key,
    air_str_t raw)
{
    air_extra_t  *extra;

    extra = air_msg_zero(mem, sizeof(air_extra_t));

    if (extra == NULL) {
        return NULL;
    }

    /* order means nothing in an object: in front is cheapest */

    extra->key = key;
    extra->raw = raw;
    extra->next = *first;
    *first = extra;

    return extra;
}


air_citation_t *
air_msg_citation(air_citation_t **first, air_citation_t **last,
    const air_mem_t *mem)
{
    air_citation_t  *citation;

    citation = air_msg_zero(mem, sizeof(air_citation_t));

    if (citation == NULL) {
        return NULL;
    }

    if (*last != NULL) {
        (*last)->next = citation;

    } else {
        *first = citation;
    }

    *last = citation;

    return citation;
}


air_msg_choice_t *
air_msg_choice(air_msg_reply_t *msg, const air_mem_t *mem, uint32_t index)
{
    air_msg_choice_t  *choice;

    choice = air_msg_zero(mem, sizeof(air_msg_choice_t));

    if (choice == NULL) {
        return NULL;
    }

    choice->index = index;

    if (msg->last_choice != NULL) {
        msg->last_choice->next = choice;

    } else {
        msg->choices = choice;
    }

    msg->last_choice = choice;

    return choice;
}


air_vector_t *
air_msg_vector(air_msg_reply_t *msg, const air_mem_t *mem, uint32_t index)
{
    air_vector_t  *vector;

    vector = air_msg_zero(mem, sizeof(air_vector_t));

    if (vector == NULL) {
        return NULL;
    }

    vector->index = index;

    if (msg->last_vector != NULL) {
        msg->last_vector->next = vector;

    } else {
        msg->vectors = vector;
    }

    msg->last_vector = vector;

    return vector;
}


int
air_msg_rest(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *const *known, const air_mem_t *mem, air_extra_t **extra)
{
    int                     rc;
    air_str_t               key;
    const char             *const *name;
    const air_json_node_t  *node;

    for (node = air_json_first(doc, object);
         node != NULL;
         node = air_json_next(doc, node))
    {
        rc = air_json_name(doc, node, mem, &key);

        if (rc != AIR_OK) {
            return rc;
        }

        for (name = known; *name != NULL; name++) {
            if (air_str_eqz(key, *name)) {
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


void
air_msg_extra_write(const air_extra_t *extra, air_buf_t *b)
{
    for ( /* void */ ; extra != NULL; extra = extra->next) {
        air_buf_z(b, ",\"");
        air_buf_str(b, extra->key);
        air_buf_z(b, "\":");
        air_buf_str(b, extra->raw);
    }
}


void
air_msg_line(air_str_t raw, air_buf_t *b)
{
    size_t  i, at;

    at = b->len;

    if (air_buf_str(b, raw) != AIR_OK) {
        return;
    }

    for (i = at; i < b->len; i++) {
        if (b->data[i] == '\n' || b->data[i] == '\r') {
            b->data[i] = ' ';
        }
    }
}


const air_extra_t *
air_msg_extra_find(const air_extra_t *extra, const char *name)
{
    for ( /* void */ ; extra != NULL; extra = extra->next) {
        if (air_str_eqz(extra->key, name)) {
            return extra;
        }
    }

    return NULL;
}


int
air_msg_issued(const char *issuer, const char *wire)
{
    return issuer != NULL && strcmp(issuer, wire) == 0;
}


int
air_msg_keep(const air_json_doc_t *doc, const air_json_node_t *member,
    const char *const *known, const air_mem_t *mem, air_extra_t **extra)
{
    int           rc;
    air_extra_t  *more;

    more = NULL;
    rc = air_msg_rest(doc, member, known, mem, &more);

    if (rc != AIR_OK || more == NULL) {
        return rc;
    }

    return air_msg_extra(extra, mem, air_json_key(doc, member),
                         air_json_quoted(doc, member))
           ? AIR_OK : AIR_ENOMEM;
}


air_switch_e
air_msg_switch(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name)
{
    const air_json_node_t  *node;

    node = air_json_get(doc, object, name);

    if (node == NULL) {
        return AIR_UNSET;
    }

    return node->type == AIR_JSON_TRUE ? AIR_ON
           : node->type == AIR_JSON_FALSE ? AIR_OFF : AIR_UNSET;
}


const char *
air_msg_open(air_str_t *s)
{
    size_t    n, k;
    unsigned  i;

    n = sizeof(AIR_MSG_SEAL) - 1;

    if (s->len < n || memcmp(s->data, AIR_MSG_SEAL, n) != 0) {
        return NULL;
    }

    for (i = 0; i < sizeof(air_msg_issuers) / sizeof(char *); i++) {

        k = strlen(air_msg_issuers[i]);

        if (s->len > n + k && s->data[n + k] == ':'
            && memcmp(s->data + n, air_msg_issuers[i], k) == 0)
        {
            s->data += n + k + 1;
            s->len -= n + k + 1;

            return air_msg_issuers[i];
        }
    }

    return NULL;
}


int
air_msg_sealed(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name)
{
    air_str_t               s;
    const air_json_node_t  *node;

    node = air_json_get(doc, object, name);

    if (node == NULL || node->type != AIR_JSON_STRING) {
        return 0;
    }

    s = air_json_raw(doc, node);

    return air_msg_open(&s) != NULL;
}


void
air_msg_seal(const char *wire, const char *issuer, air_str_t s, air_buf_t *b)
{
    if (issuer == NULL || air_msg_issued(issuer, wire)) {
        air_buf_json(b, s);
        return;
    }

    air_buf_json(b, air_str_z(AIR_MSG_SEAL));
    air_buf_json_more(b, air_str_z(issuer));
    air_buf_json_more(b, air_str_z(":"));
    air_buf_json_more(b, s);
}


/* Where the text ends in s from i on, s.len when it is not there. */
static size_t
air_msg_find(air_str_t s, size_t i, const char *text)
{
    size_t  n;

    n = strlen(text);

    for ( /* void */ ; i + n <= s.len; i++) {
        if (memcmp(s.data + i, text, n) == 0) {
            return i;
        }
    }

    return s.len;
}


void
air_msg_url(air_media_t *media, air_str_t url)
{
    size_t     i, comma;
    air_str_t  head;

    if (url.len < 5 || memcmp(url.data, "data:", 5) != 0) {
        media->url = url;
        return;
    }

    /* data:[type][;name=value]*;base64,DATA; the comma stands early */

    head = url;

    if (head.len > 256) {
        head.len = 256;
    }

    comma = air_msg_find(head, 5, ",");

    if (comma == head.len) {
        media->url = url;
        return;
    }

    head.len = comma;

    i = air_msg_find(head, 5, ";");

    if (comma < 12 || memcmp(url.data + comma - 7, ";base64", 7) != 0) {
        /* percent-encoded text: carried as it is */
        media->url = url;
        return;
    }

    media->type = air_str_n(url.data + 5, i - 5);
    media->data = air_str_n(url.data + comma + 1, url.len - comma - 1);
}


air_finish_e
air_finish_plain(air_finish_e finish)
{
    switch (finish) {

    case AIR_FINISH_SEQUENCE:
    case AIR_FINISH_PAUSE:
        return AIR_FINISH_STOP;

    case AIR_FINISH_REFUSAL:
        return AIR_FINISH_CONTENT_FILTER;

    case AIR_FINISH_CONTEXT:
        return AIR_FINISH_LENGTH;

    default:
        return finish;
    }
}


const char *
air_finish_name(air_finish_e finish)
{
    return (unsigned) finish <= AIR_FINISH_CONTEXT ? air_finish_names[finish]
                                                   : "other";
}


int
air_msg_said(air_msg_request_t *msg, const air_mem_t *mem, air_str_t text)
{
    air_part_t  *part, *last;
    air_turn_t  *turn;

    turn = air_msg_turn(msg, mem, AIR_ROLE_USER);

    if (turn == NULL) {
        return AIR_ENOMEM;
    }

    last = NULL;
    part = air_msg_part(&turn->parts, &last, mem, AIR_PART_TEXT);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    part->text = text;
    part->whole = 1;
    turn->last = part;

    return AIR_OK;
}
