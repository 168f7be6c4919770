
/*
 * The parts of a request the rules look at, by the names our front doors
 * give them: OpenAI's chat (messages), completions (prompt) and responses
 * (instructions, input), Anthropic's messages (system, messages).  The names
 * do not clash, so no dialect is asked for.
 */

#include "air_task.h"


/* A string's bytes as they stand. */
static void
air_task_take(const air_json_doc_t *doc, const air_json_node_t *node,
    air_str_t *text, unsigned *escaped)
{
    *text = air_json_raw(doc, node);
    *escaped = node->escaped;
}


static int
air_task_is_image(const air_json_doc_t *doc, const air_json_node_t *type)
{
    return air_json_is(doc, type, "image_url")
           || air_json_is(doc, type, "image")
           || air_json_is(doc, type, "input_image");
}


/*
 * The text of a turn: a string, or the last one of its parts, which stands
 * behind what it is about.  Counts all of it.
 */
static void
air_task_content(const air_json_doc_t *doc, const air_json_node_t *content,
    air_task_input_t *in, air_str_t *text, unsigned *escaped)
{
    const air_json_node_t  *part, *s;

    if (content == NULL) {
        return;
    }

    if (content->type == AIR_JSON_STRING) {
        in->bytes += content->end - content->start;
        air_task_take(doc, content, text, escaped);
        return;
    }

    if (content->type != AIR_JSON_ARRAY) {
        return;
    }

    for (part = air_json_first(doc, content); part != NULL;
         part = air_json_next(doc, part))
    {
        s = air_json_get(doc, part, "text");

        if (s != NULL && s->type == AIR_JSON_STRING) {
            in->bytes += s->end - s->start;

            if (s->end != s->start) {
                air_task_take(doc, s, text, escaped);
            }

        } else if (air_task_is_image(doc, air_json_get(doc, part, "type"))) {
            in->images = 1;

        } else {

            /* results of tools and the like */

            in->bytes += part->end - part->start;
        }
    }
}


static void
air_task_turns(const air_json_doc_t *doc, const air_json_node_t *list,
    air_task_input_t *in)
{
    unsigned                escaped;
    air_str_t               text;
    const air_json_node_t  *turn, *role;

    for (turn = air_json_first(doc, list); turn != NULL;
         turn = air_json_next(doc, turn))
    {
        if (turn->type != AIR_JSON_OBJECT) {
            continue;
        }

        escaped = 0;
        text = air_str_n(NULL, 0);
        role = air_json_get(doc, turn, "role");

        air_task_content(doc, air_json_get(doc, turn, "content"), in, &text,
                         &escaped);

        if (text.len == 0) {
            continue;
        }

        if (air_json_is(doc, role, "user")) {
            in->user = text;
            in->user_escaped = escaped & 1;

        } else if (in->system.len == 0
                   && (air_json_is(doc, role, "system")
                       || air_json_is(doc, role, "developer")))
        {
            in->system = text;
            in->system_escaped = escaped & 1;
        }
    }
}


/* "input" and "prompt": a string, strings, or turns. */
static void
air_task_prompt(const air_json_doc_t *doc, const air_json_node_t *node,
    air_task_input_t *in)
{
    unsigned                escaped;
    air_str_t               text;
    const air_json_node_t  *first;

    if (node == NULL) {
        return;
    }

    first = node->type == AIR_JSON_ARRAY ? air_json_first(doc, node) : node;

    if (first != NULL && first->type == AIR_JSON_STRING) {
        air_task_take(doc, first, &text, &escaped);
        in->user = text;
        in->user_escaped = escaped & 1;
        in->bytes += node->end - node->start;
        return;
    }

    if (node->type == AIR_JSON_ARRAY) {
        air_task_turns(doc, node, in);
    }
}


/* Whether the answer has to fit a schema. */
static int
air_task_schema(const air_json_doc_t *doc, const air_json_node_t *format)
{
    return air_json_is(doc, air_json_get(doc, format, "type"), "json_schema");
}


void
air_task_read(const air_json_doc_t *doc, air_task_input_t *in)
{
    unsigned                escaped;
    air_str_t               text;
    const air_json_node_t  *found[9];

    static const air_str_t  names[] = {
        air_str("messages"), air_str("system"), air_str("instructions"),
        air_str("input"), air_str("prompt"), air_str("tools"),
        air_str("functions"), air_str("response_format"), air_str("text")
    };

    memset(in, 0, sizeof(air_task_input_t));

    air_json_pick(doc, air_json_root(doc), names, 9, found);

    escaped = 0;
    text = air_str_n(NULL, 0);

    air_task_content(doc, found[1], in, &text, &escaped);
    air_task_content(doc, found[2], in, &text, &escaped);

    in->system = text;
    in->system_escaped = escaped & 1;

    if (found[0] != NULL) {
        air_task_turns(doc, found[0], in);
    }

    air_task_prompt(doc, found[3], in);
    air_task_prompt(doc, found[4], in);

    in->tools = (found[5] != NULL && found[5]->count != 0)
                || (found[6] != NULL && found[6]->count != 0);

    in->schema = air_task_schema(doc, found[7])
                 || air_task_schema(doc, air_json_get(doc, found[8],
                                                      "format"));
}
