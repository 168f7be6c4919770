
/*
 * What the relay notes of OpenAI's replies and stream events.  It is on the
 * path of every event: one scan, one walk over the members of each object
 * that matters, nothing allocated but the pattern of an event, once a stream.
 * Most events are like the one before but for a word of text, and are noted
 * by that without being read (air_note_alike).
 */

#include "air_openai.h"


/* One reply or event. */
typedef struct {
    const air_json_doc_t   *doc;
    air_note_t             *note;
    const air_json_node_t  *skip;      /* a string nobody reads           */
    const air_json_node_t  *text;      /* the last one counted            */
    unsigned                ntexts;
    unsigned                quiet;     /* usage is told: count none       */
} air_openai_look_t;


/* members of a reply or an event */
enum {
    AIR_ROOT_ID = 0,
    AIR_ROOT_MODEL,
    AIR_ROOT_CHOICES,
    AIR_ROOT_USAGE,
    AIR_ROOT_GROQ,
    AIR_ROOT_ERROR,
    AIR_ROOT_OBJECT,
    AIR_ROOT_TYPE,
    AIR_ROOT_OBFUSCATION,
    AIR_ROOT_N
};

static const air_str_t  air_openai_root[AIR_ROOT_N] = {
    air_str("id"), air_str("model"), air_str("choices"), air_str("usage"),
    air_str("x_groq"), air_str("error"), air_str("object"), air_str("type"),
    air_str("obfuscation")
};


/* members of a choice */
enum {
    AIR_CHOICE_DELTA = 0,
    AIR_CHOICE_MESSAGE,
    AIR_CHOICE_TEXT,
    AIR_CHOICE_FINISH,
    AIR_CHOICE_NATIVE,
    AIR_CHOICE_ERROR,
    AIR_CHOICE_N
};

static const air_str_t  air_openai_choice[AIR_CHOICE_N] = {
    air_str("delta"), air_str("message"), air_str("text"),
    air_str("finish_reason"), air_str("native_finish_reason"),
    air_str("error")
};


/* members of a message or a delta */
enum {
    AIR_DELTA_CONTENT = 0,
    AIR_DELTA_REFUSAL,
    AIR_DELTA_REASONING_CONTENT,
    AIR_DELTA_REASONING,
    AIR_DELTA_DETAILS,
    AIR_DELTA_CALLS,
    AIR_DELTA_CALL,
    AIR_DELTA_AUDIO,
    AIR_DELTA_IMAGES,
    AIR_DELTA_N
};

static const air_str_t  air_openai_delta[AIR_DELTA_N] = {
    air_str("content"), air_str("refusal"), air_str("reasoning_content"),
    air_str("reasoning"), air_str("reasoning_details"),
    air_str("tool_calls"), air_str("function_call"), air_str("audio"),
    air_str("images")
};


air_finish_e
air_openai_finish(const air_json_doc_t *doc, const air_json_node_t *node)
{
    unsigned  i;

    static const struct {
        const char    *name;
        air_finish_e   finish;
    }  words[] = {
        { "stop", AIR_FINISH_STOP },
        { "tool_calls", AIR_FINISH_TOOL_CALLS },
        { "length", AIR_FINISH_LENGTH },
        { "content_filter", AIR_FINISH_CONTENT_FILTER },
        { "error", AIR_FINISH_ERROR },
        { "function_call", AIR_FINISH_TOOL_CALLS },
        { "eos", AIR_FINISH_STOP },                         /* Together */
        { "end_turn", AIR_FINISH_STOP },
        { "stop_sequence", AIR_FINISH_STOP },
        { "max_tokens", AIR_FINISH_LENGTH },
        { "model_length", AIR_FINISH_LENGTH },              /* Mistral  */
        { "sensitive", AIR_FINISH_CONTENT_FILTER },         /* Z.ai     */
        { "network_error", AIR_FINISH_ERROR },              /* Z.ai     */
        { "insufficient_system_resource", AIR_FINISH_ERROR }  /* DeepSeek */
    };

    if (node == NULL || node->type != AIR_JSON_STRING
        || node->end == node->start)
    {
        return AIR_FINISH_NONE;
    }

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (air_json_is(doc, node, words[i].name)) {
            return words[i].finish;
        }
    }

    return AIR_FINISH_OTHER;
}


/* 1 when node is a string with at least one byte. */
static int
air_openai_full(const air_json_node_t *node)
{
    return node != NULL && node->type == AIR_JSON_STRING
           && node->end > node->start;
}


static int
air_openai_object(const air_json_node_t *node)
{
    return node != NULL && node->type == AIR_JSON_OBJECT;
}


/* Counts a string's text as seen; 1 when there is any. */
static int
air_openai_see(air_openai_look_t *look, const air_json_node_t *node)
{
    if (!air_openai_full(node)) {
        return 0;
    }

    look->text = node;
    look->ntexts++;

    if (!look->quiet) {
        air_note_text(look->doc, node, look->note);
    }

    return 1;
}


static int
air_openai_see_member(air_openai_look_t *look, const air_json_node_t *object,
    const char *name)
{
    return air_openai_see(look, air_json_get(look->doc, object, name));
}


/* A list of parts (Mistral: text and thinking): 1 when any has text. */
static int
air_openai_parts(air_openai_look_t *look, const air_json_node_t *list)
{
    int                     seen;
    const air_json_doc_t   *doc;
    const air_json_node_t  *part, *inner;

    if (list == NULL || list->type != AIR_JSON_ARRAY) {
        return 0;
    }

    doc = look->doc;
    seen = 0;

    for (part = air_json_first(doc, list);
         part != NULL;
         part = air_json_next(doc, part))
    {
        if (part->type != AIR_JSON_OBJECT) {
            continue;
        }

        seen |= air_openai_see_member(look, part, "text");
        seen |= air_openai_see_member(look, part, "summary");
        seen |= air_json_filled(doc, part, "data") != NULL;
        seen |= air_json_get(doc, part, "image_url") != NULL;

        inner = air_json_get(doc, part, "thinking");

        if (inner != NULL && inner->type == AIR_JSON_ARRAY) {

            for (inner = air_json_first(doc, inner);
                 inner != NULL;
                 inner = air_json_next(doc, inner))
            {
                if (inner->type == AIR_JSON_OBJECT) {
                    seen |= air_openai_see_member(look, inner, "text");
                }
            }

        } else if (inner != NULL) {
            seen |= air_openai_see_member(look, part, "thinking");
        }
    }

    return seen;
}


static int
air_openai_calls(air_openai_look_t *look, const air_json_node_t *list)
{
    const air_json_doc_t   *doc;
    const air_json_node_t  *call, *f;

    if (list == NULL || list->type != AIR_JSON_ARRAY || list->count == 0) {
        return 0;
    }

    doc = look->doc;

    for (call = air_json_first(doc, list);
         call != NULL;
         call = air_json_next(doc, call))
    {
        if (call->type != AIR_JSON_OBJECT) {
            continue;
        }

        f = air_json_get(doc, call, "function");

        if (f != NULL && f->type == AIR_JSON_OBJECT) {
            (void) air_openai_see_member(look, f, "name");
            (void) air_openai_see_member(look, f, "arguments");
        }

        f = air_json_get(doc, call, "custom");

        if (f != NULL && f->type == AIR_JSON_OBJECT) {
            (void) air_openai_see_member(look, f, "name");
            (void) air_openai_see_member(look, f, "input");
        }
    }

    return 1;
}


/* A message or a delta: 1 when it holds something for a user. */
static int
air_openai_message(air_openai_look_t *look, const air_json_node_t *m)
{
    int                     seen, thought;
    const air_json_node_t  *node, *found[AIR_DELTA_N];

    if (!air_openai_object(m)) {
        return 0;
    }

    air_json_pick(look->doc, m, air_openai_delta, AIR_DELTA_N, found);

    seen = air_openai_see(look, found[AIR_DELTA_CONTENT]);
    seen |= air_openai_parts(look, found[AIR_DELTA_CONTENT]);
    seen |= air_openai_see(look, found[AIR_DELTA_REFUSAL]);

    thought = air_openai_see(look, found[AIR_DELTA_REASONING_CONTENT]);

    if (!thought) {
        thought = air_openai_see(look, found[AIR_DELTA_REASONING]);
    }

    if (!thought) {
        /* the same text again where "reasoning" stands beside it */
        thought = air_openai_parts(look, found[AIR_DELTA_DETAILS]);
    }

    seen |= thought;
    seen |= air_openai_calls(look, found[AIR_DELTA_CALLS]);

    node = found[AIR_DELTA_CALL];

    if (air_openai_object(node)) {
        seen |= air_openai_see_member(look, node, "name");
        seen |= air_openai_see_member(look, node, "arguments");
    }

    node = found[AIR_DELTA_AUDIO];

    if (air_openai_object(node)) {
        seen |= air_openai_see_member(look, node, "transcript");
        seen |= air_json_filled(look->doc, node, "data") != NULL;
    }

    node = found[AIR_DELTA_IMAGES];

    seen |= node != NULL && node->type == AIR_JSON_ARRAY && node->count != 0;

    return seen;
}


/*
 * Notes the error that a body or event holds; 1 when there is one.  demanded
 * says that it is one even if it has no "error" member.
 */
static int
air_openai_note_error(const air_json_doc_t *doc, int demanded,
    air_note_t *note)
{
    if (!air_note_error(doc, demanded ? 500 : 200, note)) {
        return 0;
    }

    if (demanded) {

        if (note->error.fault == AIR_FAULT_SERVER) {
            note->error.fault = AIR_FAULT_ERROR_IN_200;
        }

        note->error.status = 200;
    }

    return 1;
}


static void
air_openai_note_choice(air_openai_look_t *look, const air_json_node_t *c)
{
    int                     seen;
    air_note_t             *note;
    air_finish_e            finish;
    const air_json_node_t  *node, *found[AIR_CHOICE_N];

    note = look->note;

    air_json_pick(look->doc, c, air_openai_choice, AIR_CHOICE_N, found);

    /* some send the whole message beside each delta: the delta counts */

    node = found[AIR_CHOICE_DELTA];

    if (!air_openai_object(node)) {
        node = found[AIR_CHOICE_MESSAGE];
    }

    seen = air_openai_message(look, node);
    seen |= air_openai_see(look, found[AIR_CHOICE_TEXT]);

    if (seen) {
        note->what |= AIR_NOTE_CONTENT;
    }

    node = found[AIR_CHOICE_FINISH];
    finish = air_openai_finish(look->doc, node);

    if (finish == AIR_FINISH_NONE) {
        return;
    }

    note->what |= AIR_NOTE_FINISH;
    note->finish = finish;

    if (air_openai_full(found[AIR_CHOICE_NATIVE])) {
        node = found[AIR_CHOICE_NATIVE];
    }

    note->native_len = (uint8_t) air_note_copy(look->doc, node, note->native,
                                               sizeof(note->native));

    if (finish == AIR_FINISH_ERROR) {

        note->what |= AIR_NOTE_ERROR;

        if (note->error.fault == AIR_FAULT_NONE) {
            note->error.fault = AIR_FAULT_ERROR_IN_200;
            note->error.status = 200;
        }

        node = air_json_filled(look->doc, found[AIR_CHOICE_ERROR],
                                 "message");

        if (node != NULL && note->error.message.len == 0) {
            note->error.message.len = air_note_copy(look->doc, node,
                                                    note->error_text,
                                                    sizeof(note->error_text));
            note->error.message.data = note->error_text;
        }
    }
}


static void
air_openai_note_usage(air_openai_look_t *look, const air_json_node_t *root,
    const air_profile_t *profile)
{
    air_note_t   *note;
    air_usage_t   usage;

    note = look->note;

    air_openai_usage(look->doc, root, profile, &usage);

    if (!usage.seen) {
        return;
    }

    note->what |= AIR_NOTE_USAGE;

    /* of two reports that contradict each other the greater one counts */

    if (note->usage.seen
        && air_usage_input(&usage) + air_usage_output(&usage)
           < air_usage_input(&note->usage) + air_usage_output(&note->usage))
    {
        note->usage.clamped = 1;
        return;
    }

    note->usage = usage;
}


/* Whether air_fault_classify() could find an error in a good answer. */
static int
air_openai_suspect(const air_json_doc_t *doc,
    const air_json_node_t *const *found)
{
    const air_json_node_t  *error;

    error = found[AIR_ROOT_ERROR];

    return air_openai_object(error) || air_openai_full(error)
           || air_json_is(doc, found[AIR_ROOT_OBJECT], "error")
           || air_json_is(doc, found[AIR_ROOT_TYPE], "error");
}


/* What whole replies and events have in common. */
static void
air_openai_note_root(air_openai_look_t *look, const air_profile_t *profile,
    unsigned whole)
{
    air_note_t             *note;
    const air_json_doc_t   *doc;
    const air_json_node_t  *root, *node, *found[AIR_ROOT_N];

    doc = look->doc;
    note = look->note;

    root = air_json_root(doc);

    air_json_pick(doc, root, air_openai_root, AIR_ROOT_N, found);

    look->skip = found[AIR_ROOT_OBFUSCATION];
    look->text = NULL;
    look->ntexts = 0;
    look->quiet = 0;

    node = found[AIR_ROOT_ID];

    if (note->id_len == 0 && air_openai_full(node)) {
        note->id_len = (uint8_t) air_note_copy(doc, node, note->id,
                                               sizeof(note->id));
    }

    node = found[AIR_ROOT_MODEL];

    if (note->model_len == 0 && air_openai_full(node)) {
        note->model_len = (uint8_t) air_note_copy(doc, node, note->model,
                                                  sizeof(note->model));
    }

    if (air_openai_suspect(doc, found)) {
        (void) air_openai_note_error(doc, 0, note);
    }

    if (air_openai_object(found[AIR_ROOT_USAGE])
        || air_openai_object(found[AIR_ROOT_GROQ]))
    {
        air_openai_note_usage(look, root, profile);

        /* who tells the usage of a whole reply needs no estimate of it */
        look->quiet = whole && note->usage.seen;
    }

    node = found[AIR_ROOT_CHOICES];

    if (node == NULL || node->type != AIR_JSON_ARRAY || node->count == 0) {
        return;
    }

    note->what |= AIR_NOTE_CHOICES;

    for (node = air_json_first(doc, node);
         node != NULL;
         node = air_json_next(doc, node))
    {
        if (node->type == AIR_JSON_OBJECT) {
            air_openai_note_choice(look, node);
        }
    }
}


void
air_openai_reply_note(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, air_note_t *note)
{
    air_openai_look_t       look;
    const air_json_node_t  *root, *node;

    note->what = 0;

    root = air_json_root(doc);

    if (!air_openai_object(root)) {

        if (root != NULL) {
            (void) air_openai_note_error(doc, 0, note);
        }

        note->all |= note->what;
        return;
    }

    look.doc = doc;
    look.note = note;

    air_openai_note_root(&look, profile, 1);

    if (op != AIR_OP_CHAT && op != AIR_OP_COMPLETIONS) {

        node = air_json_get(doc, root, "data");

        if (node != NULL && node->type == AIR_JSON_ARRAY
            && node->count != 0)
        {
            note->what |= AIR_NOTE_CHOICES | AIR_NOTE_CONTENT;
        }
    }

    note->all |= note->what;
}


/* An event that is JSON. */
static int
air_openai_note_event(air_str_t data, air_str_t type,
    const air_profile_t *profile, air_json_doc_t *doc, air_note_t *note)
{
    int                     rc, demanded;
    air_openai_look_t       look;
    const air_json_node_t  *skip;

    demanded = type.len != 0 && air_str_eqz(type, "error");

    if (!demanded && air_note_alike(data, note)) {
        return AIR_OK;
    }

    rc = air_json_scan(doc, data, AIR_JSON_VENDOR, NULL);

    if (rc != AIR_OK) {
        return rc == AIR_ENOMEM ? rc : AIR_EINVAL;
    }

    if (!air_openai_object(air_json_root(doc))) {
        return AIR_EINVAL;
    }

    look.doc = doc;
    look.note = note;

    air_openai_note_root(&look, profile, 0);

    if (demanded && !(note->what & AIR_NOTE_ERROR)) {
        /* no "error" member: the event's name says it */
        (void) air_openai_note_error(doc, 1, note);
    }

    /* one text and nothing else: the next may well be the same */

    if (note->what == (AIR_NOTE_CHOICES | AIR_NOTE_CONTENT)
        && look.ntexts == 1)
    {
        skip = look.skip;

        air_note_pattern(doc, look.text,
                         skip != NULL && skip->type == AIR_JSON_STRING
                         ? skip : NULL, note);
    }

    note->all |= note->what;

    return AIR_OK;
}


int
air_openai_event_note(const air_sse_event_t *ev, const air_profile_t *profile,
    air_json_doc_t *doc, air_note_t *note)
{
    air_str_t  s;

    note->what = 0;

    s = ev->data;

    while (s.len && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }

    while (s.len && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t')) {
        s.len--;
    }

    if (!ev->has_data || s.len == 0) {
        note->what = AIR_NOTE_IGNORE;

    } else if (s.data[0] == '[' && air_str_eqz(s, "[DONE]")) {
        note->what = AIR_NOTE_DONE;

    } else {
        return air_openai_note_event(s, ev->type, profile, doc, note);
    }

    note->all |= note->what;

    return AIR_OK;
}
