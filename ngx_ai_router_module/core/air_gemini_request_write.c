
/*
 * The neutral request, written on Gemini's wire for one model.  What the
 * wire or the model has no word for is named in the warnings.
 *
 * The wire has two roles, which take turns: neighbours are joined, results of
 * tools stand together in one content of the user's behind their calls, and
 * instructions stand apart from the talk.
 */

#include "air_gemini.h"


#define AIR_GEMINI_STOPS    5
#define AIR_GEMINI_CHOICES  8
#define AIR_GEMINI_LOGPROBS 20


typedef struct {
    const air_msg_request_t  *msg;
    const air_target_t       *target;
    air_gemini_write_t        w;
    unsigned                  functions:1;   /* any that the caller runs    */
    unsigned                  n;             /* members of generationConfig */
} air_gemini_out_t;


/* What this wire has no word for. */
static const char *const  air_gemini_lacks[] = {
    "min_p", "repetition_penalty", "logit_bias", "metadata", "user",
    "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
    "verbosity", "previous_response_id", "suffix", "store", NULL
};


static int
air_gemini_is_system(const air_turn_t *turn)
{
    return turn->role == AIR_ROLE_SYSTEM || turn->role == AIR_ROLE_DEVELOPER;
}


/* The members of an object kept for this wire, without its braces. */
static air_str_t
air_gemini_kept(air_gemini_out_t *o, const char *name)
{
    air_str_t           raw;
    const air_extra_t  *e;

    e = o->w.own ? air_msg_extra_find(o->msg->extra, name) : NULL;

    if (e == NULL || e->raw.len < 2) {
        return air_str_n(NULL, 0);
    }

    raw = e->raw;

    return air_str_n(raw.data + 1, raw.len - 2);
}


/* -------------------------------------------------------------- contents */


static void
air_gemini_cache_lost(air_gemini_out_t *o, const air_turn_t *turn)
{
    const air_part_t  *p;

    if (turn->cache.set == AIR_ON) {
        air_warnings_addz(o->w.lost, "cache_control", AIR_LOST_NO_SUCH);
    }

    for (p = turn->parts; p != NULL; p = p->next) {
        if (p->cache.set == AIR_ON) {
            air_warnings_addz(o->w.lost, "cache_control", AIR_LOST_NO_SUCH);
        }
    }

    if (turn->name.len != 0 && turn->role != AIR_ROLE_TOOL) {
        air_warnings_addz(o->w.lost, "messages.name", AIR_LOST_NO_SUCH);
    }
}


/* 1 when the answer can be told to be JSON only in words. */
static int
air_gemini_wishes(const air_gemini_out_t *o)
{
    air_format_e  how;

    how = o->msg->format.how;

    return !o->w.own && o->functions && !o->w.model.json_tools
           && (how == AIR_FORMAT_JSON || how == AIR_FORMAT_SCHEMA);
}


static void
air_gemini_put_system(air_gemini_out_t *o)
{
    int                said;
    size_t             mark;
    unsigned           n, was;
    const air_turn_t  *turn;

    n = 0;
    said = 0;
    mark = o->w.b->len;
    o->w.assistant = 0;

    air_buf_z(o->w.b, ",\"systemInstruction\":{\"parts\":[");

    for (turn = o->msg->turns; turn != NULL; turn = turn->next) {

        if (!air_gemini_is_system(turn)) {
            said = 1;
            continue;
        }

        was = n;
        air_gemini_cache_lost(o, turn);
        air_gemini_parts_write(&o->w, turn->parts, &n);

        if (said && n != was) {
            air_warnings_addz(o->w.lost, "messages", AIR_LOST_MERGED);
        }
    }

    air_gemini_parts_end(&o->w, &n);

    if (air_gemini_wishes(o)) {
        air_buf_z(o->w.b, n++ ? ",{\"text\":" : "{\"text\":");
        air_msg_wish_write(&o->msg->format, o->w.b);
        air_buf_z(o->w.b, "}");
        air_warnings_addz(o->w.lost, "response_format", AIR_LOST_CHANGED);
    }

    air_buf_z(o->w.b, "]}");

    if (n == 0 && o->w.b->error == AIR_OK) {
        o->w.b->len = mark;
    }
}


/* The turns from..to as one content; 1 when it says anything. */
static int
air_gemini_put_content(air_gemini_out_t *o, const air_turn_t *from,
    const air_turn_t *to, unsigned n)
{
    size_t             mark;
    unsigned           parts, members;
    const air_turn_t  *turn;

    static const char *const  none[] = { NULL };

    mark = o->w.b->len;
    parts = 0;
    members = 2;

    o->w.assistant = from->role == AIR_ROLE_ASSISTANT;
    o->w.signed_call = 0;

    air_buf_z(o->w.b, n ? ",{\"role\":\"" : "{\"role\":\"");
    air_buf_z(o->w.b, o->w.assistant ? "model" : "user");
    air_buf_z(o->w.b, "\",\"parts\":[");

    for (turn = from; turn != to; turn = turn->next) {
        if (!air_gemini_is_system(turn)) {
            air_gemini_cache_lost(o, turn);
            air_gemini_parts_write(&o->w, turn->parts, &parts);
        }
    }

    air_gemini_parts_end(&o->w, &parts);

    air_buf_z(o->w.b, "]");

    if (o->w.own) {
        air_gemini_extra_write(from->extra, none, &members, o->w.b);
    }

    air_buf_z(o->w.b, "}");

    if (parts == 0 && !o->w.own && o->w.b->error == AIR_OK) {
        /* an empty content is refused */
        o->w.b->len = mark;
        return 0;
    }

    return 1;
}


/* Behind the turns that make one content. */
static const air_turn_t *
air_gemini_content_end(air_gemini_out_t *o, const air_turn_t *turn)
{
    int                model;
    const air_turn_t  *next;

    if (o->w.own) {
        return turn->next;
    }

    model = turn->role == AIR_ROLE_ASSISTANT;

    for (next = turn->next; next != NULL; next = next->next) {

        if (!air_gemini_is_system(next)
            && (next->role == AIR_ROLE_ASSISTANT) != model)
        {
            break;
        }
    }

    return next;
}


static void
air_gemini_put_filler(air_gemini_out_t *o, unsigned *n)
{
    air_buf_z(o->w.b, (*n)++ ? "," : "");
    air_buf_z(o->w.b, "{\"role\":\"user\",\"parts\":[{\"text\":\"Begin.\"}]}");
    air_warnings_addz(o->w.lost, "messages", AIR_LOST_ADDED);
}


static void
air_gemini_put_contents(air_gemini_out_t *o)
{
    unsigned           n;
    const air_turn_t  *turn, *to;

    n = 0;

    air_buf_z(o->w.b, "\"contents\":[");

    if (o->msg->op == AIR_OP_COMPLETIONS) {

        /* a prompt is what a user says */

        n++;
        air_buf_z(o->w.b, "{\"role\":\"user\",\"parts\":[{\"text\":");
        air_buf_json(o->w.b, o->msg->inputs->text);
        air_buf_z(o->w.b, "}]}");
    }

    for (turn = o->msg->turns; turn != NULL; turn = to) {

        if (air_gemini_is_system(turn)) {
            to = turn->next;
            continue;
        }

        to = air_gemini_content_end(o, turn);

        if (!o->w.own && n == 0 && turn->role == AIR_ROLE_ASSISTANT) {
            air_gemini_put_filler(o, &n);
        }

        n += (unsigned) air_gemini_put_content(o, turn, to, n);
    }

    if (n == 0) {
        air_gemini_put_filler(o, &n);
    }

    air_buf_z(o->w.b, "]");
    o->w.assistant = 0;
}


/* ----------------------------------------------------------------- tools */


static void
air_gemini_put_function(air_gemini_out_t *o, const air_tool_t *t)
{
    unsigned    n;
    air_buf_t  *b;

    static const char *const  none[] = { NULL };

    b = o->w.b;

    air_buf_z(b, "{\"name\":");
    air_buf_json(b, t->name);

    if (t->has_description || t->description.len != 0) {
        air_buf_z(b, ",\"description\":");
        air_buf_json(b, t->description);
    }

    if (o->w.own) {

        if (t->raw.len != 0) {
            air_buf_z(b, ",\"parameters\":");
            air_buf_str(b, t->raw);

        } else if (t->schema.len != 0) {
            air_buf_z(b, ",\"parametersJsonSchema\":");
            air_buf_str(b, t->schema);
        }

        n = 1;
        air_gemini_extra_write(t->extra, none, &n, b);

    } else if (t->custom) {
        air_buf_z(b, ",\"parametersJsonSchema\":{\"type\":\"object\","
                     "\"properties\":{\"input\":{\"type\":\"string\"}},"
                     "\"required\":[\"input\"]}");

    } else if (!air_msg_hollow(t->schema)) {
        air_buf_z(b, ",\"parametersJsonSchema\":");
        air_gemini_schema_write(t->schema, "tools.parameters", b,
                                o->w.lost);
    }

    air_buf_z(b, "}");

    if (t->strict == AIR_ON) {
        air_warnings_addz(o->w.lost, "tools.strict", AIR_LOST_NO_SUCH);
    }

    if (t->cache.set == AIR_ON) {
        air_warnings_addz(o->w.lost, "cache_control", AIR_LOST_NO_SUCH);
    }
}


static void
air_gemini_put_tools(air_gemini_out_t *o)
{
    unsigned           n, functions;
    const air_tool_t  *t;

    n = 0;
    functions = 0;

    for (t = o->msg->tools; t != NULL; t = t->next) {

        if (t->issuer != NULL) {
            continue;
        }

        air_buf_z(o->w.b, functions++
                          ? "," : ",\"tools\":[{\"functionDeclarations\":[");
        air_gemini_put_function(o, t);
    }

    if (functions != 0) {
        n++;
        air_buf_z(o->w.b, "]}");
    }

    for (t = o->msg->tools; t != NULL; t = t->next) {

        if (t->issuer == NULL) {
            continue;
        }

        if (!air_msg_issued(t->issuer, AIR_GEMINI_WIRE)) {
            air_warnings_addz(o->w.lost, "tools", AIR_LOST_NO_SUCH);
            continue;
        }

        air_buf_z(o->w.b, n++ ? "," : ",\"tools\":[");
        air_buf_str(o->w.b, t->raw);
    }

    air_buf_z(o->w.b, n ? "]" : "");
}


static void
air_gemini_put_choice(air_gemini_out_t *o)
{
    unsigned                  n;
    air_str_t                 kept;
    const char               *mode;
    const air_tool_choice_t  *c;

    c = &o->msg->tool_choice;
    kept = air_gemini_kept(o, "toolConfig");
    n = 0;

    if (c->parallel == AIR_OFF) {
        air_warnings_addz(o->w.lost, "parallel_tool_calls",
                          AIR_LOST_NO_SUCH);
    }

    mode = c->how == AIR_CHOOSE_AUTO ? "AUTO"
           : c->how == AIR_CHOOSE_NONE ? "NONE"
           : c->how == AIR_CHOOSE_ANY || c->how == AIR_CHOOSE_ONE ? "ANY"
                                                                  : NULL;

    if (c->how == AIR_CHOOSE_RAW && !o->w.own) {
        air_warnings_addz(o->w.lost, "tool_choice", AIR_LOST_NO_SUCH);
    }

    /* a choice among none is refused */

    if (!o->w.own && !o->functions) {
        mode = NULL;
    }

    if (kept.len == 0 && mode == NULL
        && !(o->w.own && c->how == AIR_CHOOSE_RAW))
    {
        return;
    }

    air_buf_z(o->w.b, ",\"toolConfig\":{");

    if (mode != NULL) {
        n++;
        air_buf_z(o->w.b, "\"functionCallingConfig\":{\"mode\":\"");
        air_buf_z(o->w.b, mode);
        air_buf_z(o->w.b, "\"");

        if (c->how == AIR_CHOOSE_ONE) {
            air_buf_z(o->w.b, ",\"allowedFunctionNames\":[");
            air_buf_json(o->w.b, c->name);
            air_buf_z(o->w.b, "]");
        }

        air_buf_z(o->w.b, "}");

    } else if (o->w.own && c->how == AIR_CHOOSE_RAW) {
        n++;
        air_buf_z(o->w.b, "\"functionCallingConfig\":");
        air_buf_str(o->w.b, c->raw);
    }

    if (kept.len != 0) {
        air_buf_z(o->w.b, n ? "," : "");
        air_buf_str(o->w.b, kept);
    }

    air_buf_z(o->w.b, "}");
}


/* -------------------------------------------------------------- settings */


/* The name of the next member of generationConfig. */
static void
air_gemini_member(air_gemini_out_t *o, const char *name)
{
    air_buf_z(o->w.b, o->n++ ? ",\"" : "\"");
    air_buf_z(o->w.b, name);
    air_buf_z(o->w.b, "\":");
}


static void
air_gemini_put_raw(air_gemini_out_t *o, const char *name, air_str_t raw)
{
    if (raw.len != 0) {
        air_gemini_member(o, name);
        air_buf_str(o->w.b, raw);
    }
}


static void
air_gemini_put_uint(air_gemini_out_t *o, const char *name, uint64_t n)
{
    air_gemini_member(o, name);
    air_buf_uint(o->w.b, n);
}


/* A number between -most and most, or between 0 and it. */
static air_str_t
air_gemini_within(air_gemini_out_t *o, const char *field, air_str_t raw,
    unsigned most, int below)
{
    uint64_t   n;
    air_str_t  s;

    if (raw.len == 0 || o->w.own) {
        return raw;
    }

    s = raw;

    if (raw.data[0] == '-') {

        if (!below) {
            n = 0;
            s = air_str_n(raw.data + 1, raw.len - 1);

            if (air_msg_decimal(s) != 0) {
                air_warnings_addz(o->w.lost, field, AIR_LOST_CHANGED);
            }

            return air_str_z("0");
        }

        s = air_str_n(raw.data + 1, raw.len - 1);
    }

    n = air_msg_decimal(s);

    if (n <= (uint64_t) most * 1000000000) {
        return raw;
    }

    air_warnings_addz(o->w.lost, field, AIR_LOST_CHANGED);

    return air_str_z(raw.data[0] == '-' ? "-2" : most == 1 ? "1" : "2");
}


/* A penalty of 0 does nothing, and not every model takes one. */
static air_str_t
air_gemini_penalty(air_gemini_out_t *o, const char *field, air_str_t raw)
{
    if (!o->w.own && raw.len != 0 && raw.data[0] != '-'
        && air_msg_decimal(raw) == 0)
    {
        return air_str_n(NULL, 0);
    }

    return air_gemini_within(o, field, raw, 2, 1);
}


static air_str_t
air_gemini_seed(air_gemini_out_t *o)
{
    size_t     i;
    air_str_t  s;

    s = o->msg->seed;

    if (o->w.own || s.len == 0) {
        return s;
    }

    /* 32 bits with a sign */

    for (i = s.data[0] == '-'; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            break;
        }
    }

    if (i == s.len && s.data[0] != '-'
        && air_msg_decimal(s) <= UINT64_C(2147483647) * 1000000000)
    {
        return s;
    }

    air_warnings_addz(o->w.lost, "seed", AIR_LOST_VALUE);

    return air_str_n(NULL, 0);
}


static void
air_gemini_put_sampling(air_gemini_out_t *o)
{
    uint64_t                  n;
    const air_msg_request_t  *m;

    m = o->msg;

    air_gemini_put_raw(o, "temperature",
                       air_gemini_within(o, "temperature", m->temperature, 2,
                                         0));
    air_gemini_put_raw(o, "topP", air_gemini_within(o, "top_p", m->top_p, 1,
                                                    0));
    air_gemini_put_raw(o, "topK", m->top_k);
    air_gemini_put_raw(o, "seed", air_gemini_seed(o));
    air_gemini_put_raw(o, "presencePenalty",
                       air_gemini_penalty(o, "presence_penalty",
                                          m->presence_penalty));
    air_gemini_put_raw(o, "frequencyPenalty",
                       air_gemini_penalty(o, "frequency_penalty",
                                          m->frequency_penalty));

    if (m->has_max_output) {
        air_gemini_put_uint(o, "maxOutputTokens", m->max_output);
    }

    if (m->has_choices && (o->w.own || m->choices > 1)) {
        n = m->choices;

        if (n > AIR_GEMINI_CHOICES && !o->w.own) {
            n = AIR_GEMINI_CHOICES;
            air_warnings_addz(o->w.lost, "n", AIR_LOST_CHANGED);
        }

        air_gemini_put_uint(o, "candidateCount", n);
    }

    if (m->logprobs != AIR_UNSET && (o->w.own || m->logprobs == AIR_ON)) {
        air_gemini_put_raw(o, "responseLogprobs",
                           air_str_z(m->logprobs == AIR_ON ? "true"
                                                           : "false"));
    }

    if (m->has_top_logprobs && (o->w.own || m->logprobs == AIR_ON)
        && (o->w.own || m->top_logprobs != 0))
    {
        n = m->top_logprobs;

        if (n > AIR_GEMINI_LOGPROBS && !o->w.own) {
            n = AIR_GEMINI_LOGPROBS;
            air_warnings_addz(o->w.lost, "top_logprobs", AIR_LOST_CHANGED);
        }

        air_gemini_put_uint(o, "logprobs", n);
    }
}


static void
air_gemini_put_stop(air_gemini_out_t *o)
{
    unsigned           n;
    const air_item_t  *s;

    if (o->msg->stop == NULL) {
        return;
    }

    n = 0;
    air_gemini_member(o, "stopSequences");
    air_buf_z(o->w.b, "[");

    for (s = o->msg->stop; s != NULL; s = s->next) {

        if (n == AIR_GEMINI_STOPS && !o->w.own) {
            air_warnings_addz(o->w.lost, "stop", AIR_LOST_VALUE);
            break;
        }

        air_buf_z(o->w.b, n++ ? "," : "");
        air_buf_json(o->w.b, s->text);
    }

    air_buf_z(o->w.b, "]");
}


static void
air_gemini_put_format(air_gemini_out_t *o)
{
    const air_format_t  *f;

    f = &o->msg->format;

    if (f->how == AIR_FORMAT_RAW) {

        if (!o->w.own) {
            air_warnings_addz(o->w.lost, "response_format",
                              AIR_LOST_NO_SUCH);
            return;
        }

        air_gemini_put_raw(o, "responseMimeType", f->raw);
        air_gemini_put_raw(o, "responseSchema", f->schema);
        return;
    }

    if (f->how == AIR_FORMAT_TEXT && o->w.own) {
        air_gemini_put_raw(o, "responseMimeType",
                           air_str_z("\"text/plain\""));
    }

    if (air_gemini_wishes(o)
        || (f->how != AIR_FORMAT_JSON && f->how != AIR_FORMAT_SCHEMA))
    {
        return;
    }

    air_gemini_put_raw(o, "responseMimeType",
                       air_str_z("\"application/json\""));

    if (f->how == AIR_FORMAT_JSON) {
        return;
    }

    if (o->w.own && f->raw.len != 0) {
        air_gemini_put_raw(o, "responseSchema", f->raw);
        return;
    }

    air_gemini_member(o, "responseJsonSchema");

    if (o->w.own) {
        air_buf_str(o->w.b, f->schema);

    } else {
        air_gemini_schema_write(f->schema, "response_format.schema",
                                o->w.b, o->w.lost);
    }
}


/* ["text","image"] is ["TEXT","IMAGE"]. */
static void
air_gemini_put_modalities(air_gemini_out_t *o)
{
    unsigned                n;
    air_json_doc_t          doc;
    const air_json_node_t  *node;

    if (o->msg->modalities.len == 0
        || air_msg_json(o->msg->modalities, o->w.b) != AIR_JSON_ARRAY
        || air_str_eqz(o->msg->modalities, "[\"text\"]"))
    {
        return;
    }

    air_json_init(&doc, o->w.b->mem);

    if (air_json_scan(&doc, o->msg->modalities, 0, NULL) != AIR_OK) {
        return;
    }

    n = 0;

    for (node = air_json_first(&doc, air_json_root(&doc));
         node != NULL;
         node = air_json_next(&doc, node))
    {
        if (!air_json_is(&doc, node, "text")
            && !air_json_is(&doc, node, "image")
            && !air_json_is(&doc, node, "audio"))
        {
            air_warnings_addz(o->w.lost, "modalities", AIR_LOST_VALUE);
            continue;
        }

        if (n++ == 0) {
            air_gemini_member(o, "responseModalities");
        }

        air_buf_z(o->w.b, n == 1 ? "[" : ",");
        air_buf_z(o->w.b, air_json_is(&doc, node, "text") ? "\"TEXT\""
                          : air_json_is(&doc, node, "image") ? "\"IMAGE\""
                                                             : "\"AUDIO\"");
    }

    air_buf_z(o->w.b, n ? "]" : "");
}


/* What Vertex AI is told in headers, which a request does not have. */
static void
air_gemini_put_tier(air_gemini_out_t *o)
{
    air_str_t  s;

    s = o->msg->service_tier;

    if (s.len == 0
        || (!o->w.own && (air_str_eqz(s, "auto") || air_str_eqz(s, "default")
                          || air_str_eqz(s, "standard")
                          || air_str_eqz(s, "standard_only"))))
    {
        return;
    }

    if (!o->w.own) {

        if (air_str_eqz(s, "fast")) {
            s = air_str_z("priority");
            air_warnings_addz(o->w.lost, "service_tier", AIR_LOST_CHANGED);
        }

        if (!air_str_eqz(s, "flex") && !air_str_eqz(s, "priority")) {
            air_warnings_addz(o->w.lost, "service_tier", AIR_LOST_VALUE);
            return;
        }

        if (o->target->profile != NULL && o->target->profile->publisher) {
            air_warnings_addz(o->w.lost, "service_tier", AIR_LOST_NO_SUCH);
            return;
        }
    }

    air_buf_z(o->w.b, ",\"serviceTier\":");
    air_buf_json(o->w.b, s);
}


static void
air_gemini_put_config(air_gemini_out_t *o)
{
    size_t     mark;
    air_str_t  kept;

    mark = o->w.b->len;
    kept = air_gemini_kept(o, "generationConfig");
    o->n = 0;

    air_buf_z(o->w.b, ",\"generationConfig\":{");

    air_gemini_put_sampling(o);
    air_gemini_put_stop(o);
    air_gemini_put_format(o);
    air_gemini_put_modalities(o);
    air_gemini_thinking_write(&o->w, &o->msg->reasoning, &o->n);

    if (kept.len != 0) {
        air_buf_z(o->w.b, o->n++ ? "," : "");
        air_buf_str(o->w.b, kept);
    }

    air_buf_z(o->w.b, "}");

    if (o->n == 0 && o->w.b->error == AIR_OK) {
        o->w.b->len = mark;
    }
}


static void
air_gemini_put_all(air_gemini_out_t *o, int count)
{
    unsigned  n;

    static const char *const  written[] = {
        "generationConfig", "toolConfig", NULL
    };

    air_gemini_put_contents(o);
    air_gemini_put_system(o);
    air_gemini_put_tools(o);

    if (!count || o->w.own) {
        air_gemini_put_choice(o);
        air_gemini_put_config(o);
        air_gemini_put_tier(o);
    }

    if (o->w.own) {
        n = 1;
        air_gemini_extra_write(o->msg->extra, written, &n, o->w.b);

    } else {
        air_msg_lose(o->msg, air_gemini_lacks, o->w.lost);
    }
}


int
air_gemini_request_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost)
{
    int                wrapped;
    air_str_t          model;
    const air_tool_t  *t;
    air_gemini_out_t   o;

    if (msg->op == AIR_OP_EMBEDDINGS) {
        return air_gemini_inputs_write(msg, target, b, lost);
    }

    if (msg->op == AIR_OP_COMPLETIONS
        && (msg->inputs == NULL || msg->inputs->next != NULL
            || msg->inputs->raw.len != 0))
    {
        return AIR_EUNSUP;
    }

    memset(&o, 0, sizeof(air_gemini_out_t));

    model = target->model.len ? target->model : msg->model;

    o.msg = msg;
    o.target = target;
    o.w.b = b;
    o.w.lost = lost;
    o.w.own = air_msg_issued(msg->wire, AIR_GEMINI_WIRE);

    air_gemini_model(model, &o.w.model);

    for (t = msg->tools; t != NULL; t = t->next) {
        o.functions |= t->issuer == NULL;
    }

    /* counting takes a whole request only in a wrapper, but on Vertex AI */

    wrapped = msg->op == AIR_OP_COUNT_TOKENS
              && !(target->profile != NULL && target->profile->publisher);

    air_buf_z(b, "{");

    if (wrapped) {
        air_buf_z(b, "\"generateContentRequest\":{\"model\":");
        air_buf_json(b, air_str_z("models/"));
        air_buf_json_more(b, model);
        air_buf_z(b, ",");
    }

    air_gemini_put_all(&o, msg->op == AIR_OP_COUNT_TOKENS);

    air_buf_z(b, wrapped ? "}}" : "}");

    return b->error;
}
