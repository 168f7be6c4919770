
/*
 * What messages of Cohere's wire are made of, both ways: content blocks,
 * documents, calls, the plan before calls, citations and their sources.
 *
 * A plan (tool_plan) is what the model thought before it called: thinking,
 * told apart by its format.  A citation has any number of sources; the
 * neutral one has one, so each source makes one.
 *
 * docs.cohere.com/v2/reference/chat, /docs/tool-use-citations, read
 * 2026-11-22.
 */

#include "air_cohere.h"


int
air_cohere_refuse(const air_cohere_read_t *r, const char *field,
    const char *text)
{
    const char  *pieces[4];

    pieces[0] = field;
    pieces[1] = ": ";
    pieces[2] = text;
    pieces[3] = NULL;

    return air_msg_refuse(r->mem, r->error, pieces);
}


int
air_cohere_empty(air_error_t *error)
{
    error->fault = AIR_FAULT_EMPTY_COMPLETION;
    error->status = 200;
    error->message = air_str_z(air_fault_row(error->fault)->message);

    return AIR_EINVAL;
}


/* ------------------------------------------------------------- reading */


/* {"type":"document","document":{"id","data":{"title","text",...}}} */
static int
air_cohere_document(const air_cohere_read_t *r, const air_json_node_t *node,
    air_part_t *part)
{
    int                     rc;
    const air_json_node_t  *document, *data;

    document = air_json_get(r->doc, node, "document");
    data = air_json_get(r->doc, document, "data");

    part->raw = air_json_quoted(r->doc, node);
    part->issuer = AIR_COHERE_WIRE;

    rc = air_json_take(r->doc, document, "id", r->mem, &part->id);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, data, "title", r->mem, &part->media.name);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, data, "text", r->mem, &part->text);
    }

    if (rc != AIR_OK || part->text.len != 0 || data == NULL) {
        return rc;
    }

    /* whatever is in it is what the model reads */

    if (data->type == AIR_JSON_STRING) {
        return air_json_string(r->doc, data, r->mem, &part->text);
    }

    part->text = air_json_raw(r->doc, data);

    return AIR_OK;
}


static int
air_cohere_image(const air_cohere_read_t *r, const air_json_node_t *node,
    air_part_t *part)
{
    int                     rc;
    air_str_t               url;
    const air_json_node_t  *image;

    image = air_json_get(r->doc, node, "image_url");
    url = air_str_n(NULL, 0);

    rc = air_json_take(r->doc, image, "url", r->mem, &url);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, image, "detail", r->mem,
                           &part->media.detail);
    }

    air_msg_url(&part->media, url);

    return rc;
}


static int
air_cohere_block(const air_cohere_read_t *r, const air_json_node_t *node,
    air_part_t **first, air_part_t **last)
{
    air_part_e              as;
    air_part_t             *part;
    const air_json_node_t  *type;

    type = air_json_get(r->doc, node, "type");

    as = air_json_is(r->doc, type, "text") ? AIR_PART_TEXT
         : air_json_is(r->doc, type, "thinking") ? AIR_PART_THINKING
         : air_json_is(r->doc, type, "image_url") ? AIR_PART_IMAGE
         : air_json_is(r->doc, type, "document") ? AIR_PART_DOCUMENT
         : AIR_PART_RAW;

    part = air_msg_part(first, last, r->mem, as);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    switch (as) {

    case AIR_PART_TEXT:
        return air_json_take(r->doc, node, "text", r->mem, &part->text);

    case AIR_PART_THINKING:
        part->issuer = AIR_COHERE_WIRE;
        return air_json_take(r->doc, node, "thinking", r->mem, &part->text);

    case AIR_PART_IMAGE:
        return air_cohere_image(r, node, part);

    case AIR_PART_DOCUMENT:
        return air_cohere_document(r, node, part);

    default:
        part->raw = air_json_quoted(r->doc, node);
        part->issuer = AIR_COHERE_WIRE;
        return AIR_OK;
    }
}


int
air_cohere_content(const air_cohere_read_t *r, const air_json_node_t *content,
    air_part_t **first, air_part_t **last)
{
    int                     rc;
    air_part_t             *part;
    const air_json_node_t  *node;

    if (content == NULL) {
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

        rc = air_cohere_block(r, node, first, last);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static int
air_cohere_calls(const air_cohere_read_t *r, const air_json_node_t *list,
    air_part_t **first, air_part_t **last)
{
    int                     rc;
    air_part_t             *part;
    const air_json_node_t  *node, *function, *input;

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

        part = air_msg_part(first, last, r->mem, AIR_PART_TOOL_CALL);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        function = air_json_get(r->doc, node, "function");

        rc = air_json_take(r->doc, node, "id", r->mem, &part->id);

        if (rc == AIR_OK) {
            rc = air_json_take(r->doc, function, "name", r->mem,
                               &part->name);
        }

        input = air_json_given(r->doc, function, "arguments");

        if (input != NULL && input->type != AIR_JSON_STRING) {
            part->arguments = air_json_raw(r->doc, input);

        } else if (rc == AIR_OK) {
            rc = air_json_take(r->doc, function, "arguments", r->mem,
                               &part->arguments);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


int
air_cohere_citation(const air_cohere_read_t *r, const air_json_node_t *node,
    const air_json_node_t *source, unsigned i, air_citation_t *c)
{
    int                     rc;
    const air_json_node_t  *what;

    c->issuer = AIR_COHERE_WIRE;

    if (i == 0) {
        c->raw = air_json_quoted(r->doc, node);
    }

    (void) air_json_uint(r->doc, air_json_get(r->doc, node, "start"),
                         &c->start);
    (void) air_json_uint(r->doc, air_json_get(r->doc, node, "end"), &c->end);

    rc = air_json_take(r->doc, node, "text", r->mem, &c->text);

    what = air_json_given(r->doc, source, "document");

    if (what == NULL) {
        what = air_json_given(r->doc, source, "tool_output");
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, what, "url", r->mem, &c->url);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, what, "title", r->mem, &c->title);
    }

    if (rc == AIR_OK && c->title.len == 0) {
        /* the name of a document, or of a call and its result */
        rc = air_json_take(r->doc, source, "id", r->mem, &c->title);
    }

    return rc;
}


/* The text that a citation is about, of those from first on. */
static air_part_t *
air_cohere_cited(const air_cohere_read_t *r, const air_json_node_t *node,
    air_part_t *first)
{
    int          rc;
    uint64_t     index, i;
    air_part_t  *p, *text;

    rc = air_json_uint(r->doc, air_json_get(r->doc, node, "content_index"),
                       &index);
    text = NULL;
    i = 0;

    for (p = first; p != NULL; p = p->next) {

        if (air_str_eqz(p->format, AIR_COHERE_PLAN)) {
            continue;
        }

        if (p->type == AIR_PART_TEXT && text == NULL) {
            text = p;
        }

        if (rc == AIR_OK && i++ == index) {
            return p->type == AIR_PART_TEXT ? p : text;
        }
    }

    return text;
}


static int
air_cohere_citations(const air_cohere_read_t *r, const air_json_node_t *list,
    air_part_t *first)
{
    int                     rc;
    unsigned                i;
    air_part_t             *part, *was;
    air_citation_t         *c, *last;
    const air_json_node_t  *node, *source;

    if (list == NULL || list->type != AIR_JSON_ARRAY) {
        return AIR_OK;
    }

    last = NULL;
    was = NULL;

    for (node = air_json_first(r->doc, list);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        part = air_cohere_cited(r, node, first);

        if (part == NULL || node->type != AIR_JSON_OBJECT) {
            continue;
        }

        if (part != was) {

            for (last = part->citations;
                 last != NULL && last->next != NULL;
                 last = last->next) { /* void */ }

            was = part;
        }

        source = air_json_first(r->doc, air_json_get(r->doc, node,
                                                     "sources"));
        i = 0;

        do {
            c = air_msg_citation(&part->citations, &last, r->mem);

            if (c == NULL) {
                return AIR_ENOMEM;
            }

            rc = air_cohere_citation(r, node, source, i++, c);

            if (rc != AIR_OK) {
                return rc;
            }

            source = air_json_next(r->doc, source);

        } while (source != NULL);
    }

    return AIR_OK;
}


int
air_cohere_assistant(const air_cohere_read_t *r, const air_json_node_t *m,
    air_part_t **first, air_part_t **last, air_extra_t **extra)
{
    int          rc;
    air_part_t  *part;

    static const char *const  known[] = {
        "role", "content", "tool_plan", "tool_calls", "citations", NULL
    };

    if (air_json_filled(r->doc, m, "tool_plan") != NULL) {

        part = air_msg_part(first, last, r->mem, AIR_PART_THINKING);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        part->issuer = AIR_COHERE_WIRE;
        part->format = air_str_z(AIR_COHERE_PLAN);

        if (air_json_take(r->doc, m, "tool_plan", r->mem, &part->text)
            != AIR_OK)
        {
            return AIR_ENOMEM;
        }
    }

    rc = air_cohere_content(r, air_json_given(r->doc, m, "content"), first,
                            last);

    if (rc == AIR_OK) {
        rc = air_cohere_citations(r, air_json_given(r->doc, m, "citations"),
                                  *first);
    }

    if (rc == AIR_OK) {
        rc = air_cohere_calls(r, air_json_given(r->doc, m, "tool_calls"),
                              first, last);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, m, known, r->mem, extra);
    }

    return rc;
}


void
air_cohere_tokens(const air_json_doc_t *doc, const air_json_node_t *item,
    unsigned *n, air_buf_t *b)
{
    unsigned                i;
    const air_json_node_t  *node, *text;

    text = air_json_get(doc, item, "text");
    i = 0;

    /* several tokens of one text: the first one has it, so that texts put
       together are the answer and logprobs add up to its own */

    for (node = air_json_first(doc, air_json_get(doc, item, "logprobs"));
         node != NULL;
         node = air_json_next(doc, node))
    {
        if (node->type != AIR_JSON_NUMBER) {
            continue;
        }

        air_buf_z(b, (*n)++ ? "," : "");
        air_buf_z(b, "{\"token\":");
        air_buf_str(b, i++ == 0 && text != NULL
                       && text->type == AIR_JSON_STRING
                       ? air_json_quoted(doc, text) : air_str_z("\"\""));
        air_buf_z(b, ",\"logprob\":");
        air_buf_str(b, air_json_raw(doc, node));
        air_buf_z(b, ",\"bytes\":null,\"top_logprobs\":[]}");
    }
}


/* ------------------------------------------------------------- writing */


void
air_cohere_document_write(const air_part_t *p, air_buf_t *b)
{
    air_buf_z(b, "{");

    if (p->id.len != 0) {
        air_buf_z(b, "\"id\":");
        air_buf_json(b, p->id);
        air_buf_z(b, ",");
    }

    air_buf_z(b, "\"data\":{");

    if (p->media.name.len != 0) {
        air_buf_z(b, "\"title\":");
        air_buf_json(b, p->media.name);
        air_buf_z(b, ",");
    }

    if (p->media.context.len != 0) {
        air_buf_z(b, "\"context\":");
        air_buf_json(b, p->media.context);
        air_buf_z(b, ",");
    }

    air_buf_z(b, "\"text\":");
    air_buf_json(b, p->text);
    air_buf_z(b, "}}");
}


void
air_cohere_call_write(const air_part_t *p, int own, air_buf_t *b)
{
    air_buf_t  text;

    air_buf_z(b, "{\"id\":");
    air_buf_json(b, p->id.len ? p->id : p->name);
    air_buf_z(b, ",\"type\":\"function\",\"function\":{\"name\":");
    air_buf_json(b, p->name);
    air_buf_z(b, ",\"arguments\":");

    if (own) {
        air_buf_json(b, p->arguments);

    } else {
        /* a text on this wire too, but one of an object */

        air_buf_init(&text, b->mem, p->arguments.len * 6 + 32);
        air_msg_input_write(p->arguments, p->custom, &text);
        air_buf_json(b, air_buf_view(&text));

        if (text.error != AIR_OK && b->error == AIR_OK) {
            b->error = text.error;
        }
    }

    air_buf_z(b, "}}");
}


static void
air_cohere_calls_write(const air_part_t *parts, int own, air_buf_t *b)
{
    unsigned           n;
    const air_part_t  *p;

    n = 0;

    for (p = parts; p != NULL; p = p->next) {
        if (p->type == AIR_PART_TOOL_CALL) {
            air_buf_z(b, n++ ? "," : ",\"tool_calls\":[");
            air_cohere_call_write(p, own, b);
        }
    }

    air_buf_z(b, n ? "]" : "");
}


void
air_cohere_citation_write(const air_citation_t *c, air_buf_t *b)
{
    air_buf_z(b, "{\"start\":");
    air_buf_uint(b, c->start);
    air_buf_z(b, ",\"end\":");
    air_buf_uint(b, c->end);
    air_buf_z(b, ",\"text\":");
    air_buf_json(b, c->text);
    air_buf_z(b, ",\"sources\":[{\"type\":\"document\",\"id\":");
    air_buf_json(b, c->url);
    air_buf_z(b, ",\"document\":{\"url\":");
    air_buf_json(b, c->url);
    air_buf_z(b, ",\"title\":");
    air_buf_json(b, c->title);
    air_buf_z(b, "}}],\"type\":\"TEXT_CONTENT\"}");
}


static void
air_cohere_citations_write(const air_part_t *parts, unsigned flags,
    air_buf_t *b)
{
    unsigned               n;
    const air_part_t      *p;
    const air_citation_t  *c;

    n = 0;

    for (p = parts; p != NULL; p = p->next) {

        for (c = p->citations; c != NULL; c = c->next) {

            if (!air_msg_issued(c->issuer, AIR_COHERE_WIRE)) {

                /* the vendor takes only what it cited itself */

                if (!(flags & AIR_COHERE_REPLY)) {
                    continue;
                }

                air_buf_z(b, n++ ? "," : ",\"citations\":[");
                air_cohere_citation_write(c, b);

            } else if (c->raw.len != 0) {
                air_buf_z(b, n++ ? "," : ",\"citations\":[");
                air_buf_str(b, c->raw);
            }
        }
    }

    air_buf_z(b, n ? "]" : "");
}


/* thinking that stands in tool_plan, not in the content */
static int
air_cohere_planned(const air_part_t *p, unsigned flags)
{
    return p->type == AIR_PART_THINKING
           && (flags & AIR_COHERE_OWN
               ? air_str_eqz(p->format, AIR_COHERE_PLAN)
               : (flags & AIR_COHERE_PLANS) != 0);
}


void
air_cohere_assistant_write(const air_part_t *parts, unsigned flags,
    air_buf_t *b)
{
    unsigned           n, k, own;
    const air_part_t  *p;

    n = 0;
    k = 0;
    own = flags & AIR_COHERE_OWN;

    for (p = parts; p != NULL; p = p->next) {

        if (!air_cohere_planned(p, flags) || p->text.len == 0) {
            continue;
        }

        air_buf_z(b, k ? "" : ",\"tool_plan\":");

        if (k++ == 0) {
            air_buf_json(b, p->text);

        } else {
            air_buf_json_more(b, p->text);
        }
    }

    for (p = parts; p != NULL; p = p->next) {

        if (p->type == AIR_PART_TEXT && p->whole && own && n == 0) {
            air_buf_z(b, ",\"content\":");
            air_buf_json(b, p->text);
            break;
        }

        if (p->type == AIR_PART_RAW && own) {
            air_buf_z(b, n++ ? "," : ",\"content\":[");
            air_buf_str(b, p->raw);

        } else if (p->type == AIR_PART_THINKING
                   && !air_cohere_planned(p, flags))
        {
            air_buf_z(b, n++ ? "," : ",\"content\":[");
            air_buf_z(b, "{\"type\":\"thinking\",\"thinking\":");
            air_buf_json(b, p->text);
            air_buf_z(b, "}");

        } else if ((p->type == AIR_PART_TEXT || p->type == AIR_PART_REFUSAL)
                   && (own || !air_msg_blank(p->text)))
        {
            air_buf_z(b, n++ ? "," : ",\"content\":[");
            air_buf_z(b, "{\"type\":\"text\",\"text\":");
            air_buf_json(b, p->text);
            air_buf_z(b, "}");
        }
    }

    air_buf_z(b, n ? "]" : "");

    air_cohere_calls_write(parts, own != 0, b);
    air_cohere_citations_write(parts, flags, b);
}
