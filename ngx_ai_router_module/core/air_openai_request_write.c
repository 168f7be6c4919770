
/*
 * The neutral request, written on the OpenAI wire for one vendor.  What the
 * vendor or the wire has no word for is named in the warnings.
 */

#include "air_openai.h"


#define AIR_OPENAI_WIRE  "openai"


typedef struct {
    const air_msg_request_t  *msg;
    const air_profile_t      *profile;
    air_buf_t                *b;
    air_warnings_t           *lost;
    unsigned                  flags;
    unsigned                  own:1;        /* read from this wire          */
    unsigned                  only:1;       /* vendor refuses unknown ones  */
} air_openai_write_t;


/* A member's name; 0 when the vendor refuses it. */
static int
air_openai_put_name(air_openai_write_t *w, const char *name)
{
    if (air_profile_refuses(w->profile, air_str_z(name))) {
        air_warnings_addz(w->lost, name, AIR_LOST_NO_SUCH);
        return 0;
    }

    air_buf_z(w->b, ",\"");
    air_buf_z(w->b, name);
    air_buf_z(w->b, "\":");

    return 1;
}


static void
air_openai_put_text(air_openai_write_t *w, const char *name, air_str_t text)
{
    if (text.len != 0 && air_openai_put_name(w, name)) {
        air_buf_json(w->b, text);
    }
}


static void
air_openai_put_raw(air_openai_write_t *w, const char *name, air_str_t raw)
{
    if (raw.len != 0 && air_openai_put_name(w, name)) {
        air_buf_str(w->b, raw);
    }
}


static void
air_openai_put_uint(air_openai_write_t *w, const char *name, uint64_t n)
{
    if (air_openai_put_name(w, name)) {
        air_buf_uint(w->b, n);
    }
}


static void
air_openai_put_switch(air_openai_write_t *w, const char *name,
    air_switch_e on)
{
    if (on != AIR_UNSET) {
        air_openai_put_raw(w, name, air_str_z(on == AIR_ON ? "true"
                                                           : "false"));
    }
}


/* ------------------------------------------------------------ messages */


/* The end of a part's object: what may stand beside its content. */
static void
air_openai_put_end(air_openai_write_t *w, const air_part_t *p)
{
    if (p->cache.set == AIR_ON) {
        air_openai_cache_write(&p->cache, w->flags, w->b, w->lost);
    }

    if (w->own) {
        air_openai_extra_write(p->extra, w->b);
    }

    air_buf_z(w->b, "}");
}


static void
air_openai_put_document(air_openai_write_t *w, const air_part_t *p,
    unsigned *n)
{
    air_buf_t  *b;

    b = w->b;

    if (p->media.file_id.len != 0
        && !air_openai_is(p->issuer, AIR_OPENAI_WIRE))
    {
        air_warnings_addz(w->lost, "document.file_id", AIR_LOST_ISSUER);
        return;
    }

    if (p->text.len != 0 && p->media.data.len == 0) {
        /* a document of plain text is text */
        air_buf_z(b, (*n)++ ? ",{" : "{");
        air_buf_z(b, "\"type\":\"text\",\"text\":");
        air_buf_json(b, p->text);
        air_buf_z(b, "}");
        air_warnings_addz(w->lost, "document", AIR_LOST_MERGED);
        return;
    }

    if (p->media.url.len != 0 && !w->profile->router_fields) {
        air_warnings_addz(w->lost, "document.url", AIR_LOST_VALUE);
        return;
    }

    air_buf_z(b, (*n)++ ? ",{" : "{");
    air_buf_z(b, "\"type\":\"file\",\"file\":{");

    if (p->media.file_id.len != 0) {
        air_buf_z(b, "\"file_id\":");
        air_buf_json(b, p->media.file_id);

    } else {
        air_buf_z(b, "\"filename\":");
        air_buf_json(b, p->media.name.len ? p->media.name
                                          : air_str_z("document.pdf"));
        air_buf_z(b, ",\"file_data\":");
        air_openai_url_write(&p->media, "application/pdf", b);
    }

    air_buf_z(b, "}");
    air_openai_put_end(w, p);
}


static void
air_openai_put_audio(air_openai_write_t *w, const air_part_t *p, unsigned *n)
{
    air_str_t  format;

    format = p->format;

    if (format.len == 0) {
        format = air_str_z(air_str_eqz(p->media.type, "audio/mpeg")
                           || air_str_eqz(p->media.type, "audio/mp3")
                           ? "mp3" : "wav");
    }

    if (p->media.data.len == 0) {
        air_warnings_addz(w->lost, "audio.url", AIR_LOST_VALUE);
        return;
    }

    air_buf_z(w->b, (*n)++ ? ",{" : "{");
    air_buf_z(w->b, "\"type\":\"input_audio\",\"input_audio\":{\"data\":");
    air_buf_json(w->b, p->media.data);
    air_buf_z(w->b, ",\"format\":");
    air_buf_json(w->b, format);
    air_buf_z(w->b, "}");
    air_openai_put_end(w, p);
}


static void
air_openai_put_image(air_openai_write_t *w, const air_part_t *p, unsigned *n)
{
    if (p->media.file_id.len != 0) {
        air_warnings_addz(w->lost, "image.file_id", AIR_LOST_ISSUER);
        return;
    }

    air_buf_z(w->b, (*n)++ ? ",{" : "{");
    air_buf_z(w->b, "\"type\":\"image_url\",\"image_url\":{\"url\":");
    air_openai_url_write(&p->media, "image/png", w->b);

    if (p->media.detail.len != 0) {
        air_buf_z(w->b, ",\"detail\":");
        air_buf_json(w->b, p->media.detail);
    }

    air_buf_z(w->b, "}");
    air_openai_put_end(w, p);
}


/* One part of a user's or system's content; *n counts those written. */
static void
air_openai_put_part(air_openai_write_t *w, const air_part_t *p, unsigned *n)
{
    switch (p->type) {

    case AIR_PART_TEXT:
        air_buf_z(w->b, (*n)++ ? ",{" : "{");
        air_buf_z(w->b, "\"type\":\"text\",\"text\":");
        air_buf_json(w->b, p->text);

        air_openai_put_end(w, p);
        break;

    case AIR_PART_IMAGE:
        air_openai_put_image(w, p, n);
        break;

    case AIR_PART_DOCUMENT:
        air_openai_put_document(w, p, n);
        break;

    case AIR_PART_AUDIO:
        air_openai_put_audio(w, p, n);
        break;

    case AIR_PART_VIDEO:
        if (!w->profile->router_fields) {
            air_warnings_addz(w->lost, "video", AIR_LOST_NO_SUCH);
            break;
        }

        air_buf_z(w->b, (*n)++ ? ",{" : "{");
        air_buf_z(w->b, "\"type\":\"video_url\",\"video_url\":{\"url\":");
        air_openai_url_write(&p->media, "video/mp4", w->b);
        air_buf_z(w->b, "}}");
        break;

    case AIR_PART_RAW:
        if (air_openai_is(p->issuer, AIR_OPENAI_WIRE)) {
            air_buf_z(w->b, (*n)++ ? "," : "");
            air_buf_str(w->b, p->raw);
            break;
        }

        /* fall through */

    default:
        air_warnings_addz(w->lost, "content", AIR_LOST_NO_SUCH);
    }
}


/* The content of a turn without its tool results. */
static void
air_openai_put_content(air_openai_write_t *w, const air_part_t *parts)
{
    unsigned           n;
    const air_part_t  *p;

    if (parts != NULL && parts->next == NULL && parts->type == AIR_PART_TEXT
        && parts->cache.set != AIR_ON && (parts->whole || !w->own))
    {
        air_buf_json(w->b, parts->text);
        return;
    }

    n = 0;
    air_buf_z(w->b, "[");

    for (p = parts; p != NULL; p = p->next) {
        if (p->type != AIR_PART_TOOL_RESULT) {
            air_openai_put_part(w, p, &n);
        }
    }

    air_buf_z(w->b, "]");
}


/* A tool message takes text alone: other parts wait for a user's message. */
static void
air_openai_put_result(air_openai_write_t *w, const air_turn_t *turn,
    const air_part_t *result, unsigned first)
{
    unsigned           n;
    const air_part_t  *p;

    air_buf_z(w->b, first ? "{" : ",{");

    if (result->id.len == 0 && result->name.len != 0) {
        air_buf_z(w->b, "\"role\":\"function\",\"content\":");

    } else {
        air_buf_z(w->b, "\"role\":\"tool\",\"content\":");
    }

    n = 0;

    for (p = result->parts; p != NULL; p = p->next) {
        if (p->type == AIR_PART_TEXT) {
            n++;
        }
    }

    if (w->own && !result->whole && result->parts != NULL) {
        air_openai_put_content(w, result->parts);

    } else if (n == 0) {
        air_buf_z(w->b, "\"\"");

    } else {
        n = 0;

        for (p = result->parts; p != NULL; p = p->next) {
            if (p->type == AIR_PART_TEXT) {

                if (n != 0) {
                    air_openai_join(w->b, 0, air_str_z("\n"));
                }

                air_openai_join(w->b, n++ == 0, p->text);
            }
        }
    }

    air_openai_put_text(w, "tool_call_id", result->id);

    if (result->id.len == 0 || w->own) {
        air_openai_put_text(w, "name", result->name);
    }

    if (result->is_error) {
        air_warnings_addz(w->lost, "tool_result.is_error", AIR_LOST_NO_SUCH);
    }

    if (result->cache.set == AIR_ON) {
        air_openai_cache_write(&result->cache, w->flags, w->b, w->lost);
    }

    if (w->own) {
        air_openai_extra_write(turn->extra, w->b);
    }

    air_buf_z(w->b, "}");
}


static unsigned
air_openai_has(const air_part_t *parts, int results)
{
    for ( /* void */ ; parts != NULL; parts = parts->next) {
        if ((parts->type == AIR_PART_TOOL_RESULT) == results) {
            return 1;
        }
    }

    return 0;
}


/* Images and files of a result: what no tool message may hold. */
static unsigned
air_openai_has_media(const air_part_t *result)
{
    const air_part_t  *p;

    for (p = result->parts; p != NULL; p = p->next) {
        if (p->type != AIR_PART_TEXT) {
            return 1;
        }
    }

    return 0;
}


/*
 * Tool messages must follow their calls without a break, so what they could
 * not hold comes in one user's message after the last of them.
 */
static void
air_openai_put_media(air_openai_write_t *w, const air_turn_t *from,
    const air_turn_t *to)
{
    unsigned           n;
    const air_part_t  *p, *inner;

    n = 0;

    for ( /* void */ ; from != to; from = from->next) {

        for (p = from->parts; p != NULL; p = p->next) {

            if (p->type != AIR_PART_TOOL_RESULT || !air_openai_has_media(p)) {
                continue;
            }

            air_buf_z(w->b, n ? "," : ",{\"role\":\"user\",\"content\":[");
            air_buf_z(w->b, "{\"type\":\"text\",\"text\":");
            air_openai_join(w->b, 1, air_str_z("Result of tool call "));
            air_openai_join(w->b, 0, p->id);
            air_openai_join(w->b, 0, air_str_z(":"));
            air_buf_z(w->b, "}");
            n++;

            for (inner = p->parts; inner != NULL; inner = inner->next) {
                if (inner->type != AIR_PART_TEXT) {
                    air_openai_put_part(w, inner, &n);
                }
            }
        }
    }

    if (n != 0) {
        air_buf_z(w->b, "]}");
        air_warnings_addz(w->lost, "tool_result.content", AIR_LOST_CHANGED);
    }
}


static void
air_openai_put_turn(air_openai_write_t *w, const air_turn_t *turn,
    unsigned first)
{
    const char  *role;

    air_buf_z(w->b, first ? "{" : ",{");

    if (turn->role == AIR_ROLE_ASSISTANT) {
        air_openai_assistant_write(turn->parts, turn->extra, w->flags, w->b,
                                   w->lost);

    } else {
        role = turn->role == AIR_ROLE_SYSTEM ? "system"
               : turn->role == AIR_ROLE_DEVELOPER ? "developer" : "user";

        air_buf_z(w->b, "\"role\":\"");
        air_buf_z(w->b, role);
        air_buf_z(w->b, "\",\"content\":");
        air_openai_put_content(w, turn->parts);

        if (w->own) {
            air_openai_extra_write(turn->extra, w->b);
        }
    }

    air_openai_put_text(w, "name", turn->name);

    if (turn->cache.set == AIR_ON) {
        air_openai_cache_write(&turn->cache, w->flags, w->b, w->lost);
    }

    air_buf_z(w->b, "}");
}


static void
air_openai_put_messages(air_openai_write_t *w)
{
    unsigned           n;
    const air_part_t  *p;
    const air_turn_t  *turn, *results;

    n = 0;
    results = NULL;

    air_buf_z(w->b, ",\"messages\":[");

    for (turn = w->msg->turns; turn != NULL; turn = turn->next) {

        if (air_openai_has(turn->parts, 1)) {

            results = results ? results : turn;

            for (p = turn->parts; p != NULL; p = p->next) {
                if (p->type == AIR_PART_TOOL_RESULT) {
                    air_openai_put_result(w, turn, p, n++ == 0);
                }
            }

            if (!air_openai_has(turn->parts, 0)) {
                continue;
            }
        }

        if (results != NULL && !w->own) {
            air_openai_put_media(w, results,
                                 air_openai_has(turn->parts, 1) ? turn->next
                                                                : turn);
        }

        results = NULL;

        air_openai_put_turn(w, turn, n++ == 0);
    }

    if (results != NULL && !w->own) {
        air_openai_put_media(w, results, NULL);
    }

    air_buf_z(w->b, "]");
}


/* --------------------------------------------------------------- tools */


static void
air_openai_put_tool(air_openai_write_t *w, const air_tool_t *t)
{
    if (!w->msg->functions) {
        air_buf_z(w->b, "{\"type\":\"function\",\"function\":");
    }

    air_buf_z(w->b, "{\"name\":");
    air_buf_json(w->b, t->name);

    if (t->has_description || t->description.len != 0) {
        air_buf_z(w->b, ",\"description\":");
        air_buf_json(w->b, t->description);
    }

    air_openai_put_raw(w, "parameters", t->schema);
    air_openai_put_switch(w, "strict", t->strict);

    if (w->own) {
        air_openai_extra_write(t->extra, w->b);
    }

    air_buf_z(w->b, "}");

    if (!w->msg->functions) {

        if (t->cache.set == AIR_ON) {
            air_openai_cache_write(&t->cache, w->flags, w->b, w->lost);
        }

        air_buf_z(w->b, "}");
    }
}


static void
air_openai_put_tools(air_openai_write_t *w)
{
    unsigned                  n;
    const char               *name;
    const air_tool_t         *t;
    const air_tool_choice_t  *c;

    n = 0;

    for (t = w->msg->tools; t != NULL; t = t->next) {

        if (t->issuer != NULL && !air_openai_is(t->issuer, AIR_OPENAI_WIRE)) {
            air_warnings_addz(w->lost, "tools", AIR_LOST_NO_SUCH);
            continue;
        }

        air_buf_z(w->b, n++ ? ","
                            : w->msg->functions ? ",\"functions\":["
                                                : ",\"tools\":[");
        if (t->issuer != NULL) {
            air_buf_str(w->b, t->raw);

        } else {
            air_openai_put_tool(w, t);
        }
    }

    if (n != 0) {
        air_buf_z(w->b, "]");

    } else if (w->msg->has_tools && w->own) {
        air_buf_z(w->b, w->msg->functions ? ",\"functions\":[]"
                                          : ",\"tools\":[]");
    }

    c = &w->msg->tool_choice;
    name = w->msg->functions ? "function_call" : "tool_choice";

    if (n == 0 && !w->own) {
        /* a choice among none is refused */
        return;
    }

    switch (c->how) {

    case AIR_CHOOSE_UNSET:
        break;

    case AIR_CHOOSE_AUTO:
        air_openai_put_raw(w, name, air_str_z("\"auto\""));
        break;

    case AIR_CHOOSE_NONE:
        air_openai_put_raw(w, name, air_str_z("\"none\""));
        break;

    case AIR_CHOOSE_ANY:
        air_openai_put_raw(w, name, air_str_z("\"required\""));
        break;

    case AIR_CHOOSE_ONE:
        air_buf_z(w->b, w->msg->functions
                        ? ",\"function_call\":{\"name\":"
                        : ",\"tool_choice\":{\"type\":\"function\","
                          "\"function\":{\"name\":");
        air_buf_json(w->b, c->name);
        air_buf_z(w->b, w->msg->functions ? "}" : "}}");
        break;

    case AIR_CHOOSE_RAW:
        if (w->own) {
            air_openai_put_raw(w, name, c->raw);

        } else {
            air_warnings_addz(w->lost, "tool_choice", AIR_LOST_NO_SUCH);
        }
        break;
    }

    air_openai_put_switch(w, "parallel_tool_calls", c->parallel);
}


/* ------------------------------------------------------------ settings */


static void
air_openai_put_format(air_openai_write_t *w)
{
    const air_format_t  *f;

    f = &w->msg->format;

    switch (f->how) {

    case AIR_FORMAT_UNSET:
        return;

    case AIR_FORMAT_TEXT:
        air_buf_z(w->b, ",\"response_format\":{\"type\":\"text\"}");
        return;

    case AIR_FORMAT_JSON:
        air_buf_z(w->b, ",\"response_format\":{\"type\":\"json_object\"}");
        return;

    case AIR_FORMAT_RAW:
        if (w->own) {
            air_openai_put_raw(w, "response_format", f->raw);

        } else {
            air_warnings_addz(w->lost, "response_format", AIR_LOST_NO_SUCH);
        }
        return;

    case AIR_FORMAT_SCHEMA:
        break;
    }

    air_buf_z(w->b, ",\"response_format\":{\"type\":\"json_schema\","
                    "\"json_schema\":{\"name\":");
    air_buf_json(w->b, f->name.len ? f->name : air_str_z("response"));
    air_openai_put_text(w, "description", f->description);
    air_openai_put_raw(w, "schema", f->schema);
    air_openai_put_switch(w, "strict", f->strict);
    air_buf_z(w->b, "}}");
}


static void
air_openai_put_reasoning(air_openai_write_t *w)
{
    unsigned                n;
    const air_reasoning_t  *r;

    r = &w->msg->reasoning;

    if ((w->profile->router_fields
         && (r->has_budget || r->enabled != AIR_UNSET
             || r->exclude != AIR_UNSET))
        || (r->object && !w->only))
    {
        n = 0;
        air_buf_z(w->b, ",\"reasoning\":{");

        if (r->effort.len != 0) {
            air_buf_z(w->b, "\"effort\":");
            air_buf_json(w->b, r->effort);
            n++;
        }

        if (r->has_budget) {
            air_buf_z(w->b, n++ ? ",\"max_tokens\":" : "\"max_tokens\":");
            air_buf_uint(w->b, r->budget);
        }

        if (r->enabled != AIR_UNSET) {
            air_buf_z(w->b, n++ ? "," : "");
            air_buf_z(w->b, r->enabled == AIR_ON ? "\"enabled\":true"
                                                 : "\"enabled\":false");
        }

        if (r->exclude != AIR_UNSET) {
            air_buf_z(w->b, n++ ? "," : "");
            air_buf_z(w->b, r->exclude == AIR_ON ? "\"exclude\":true"
                                                 : "\"exclude\":false");
        }

        air_buf_z(w->b, "}");

        return;
    }

    if (r->effort.len != 0) {
        air_openai_put_text(w, "reasoning_effort", r->effort);

        if (r->has_budget) {
            air_warnings_addz(w->lost, "reasoning.max_tokens",
                              AIR_LOST_NO_SUCH);
        }

    } else if (r->has_budget && r->budget != 0) {

        /* the wire has words, not numbers */

        air_openai_put_text(w, "reasoning_effort",
                            air_str_z(r->budget <= 2048 ? "low"
                                      : r->budget <= 8192 ? "medium"
                                      : "high"));
        air_warnings_addz(w->lost, "reasoning.max_tokens", AIR_LOST_CHANGED);

    } else if (r->enabled == AIR_ON) {
        air_openai_put_text(w, "reasoning_effort", air_str_z("medium"));
        air_warnings_addz(w->lost, "reasoning.enabled", AIR_LOST_CHANGED);

    } else if (r->enabled == AIR_OFF || r->has_budget) {
        /* models differ in how they are told not to think */
        air_warnings_addz(w->lost, "reasoning.enabled", AIR_LOST_MODEL);
    }

    if (r->exclude == AIR_ON) {
        air_warnings_addz(w->lost, "reasoning.exclude", AIR_LOST_NO_SUCH);
    }
}


static void
air_openai_put_stop(air_openai_write_t *w)
{
    unsigned           n;
    const air_item_t  *s;

    if (!w->msg->has_stop) {
        return;
    }

    if (w->msg->stop_whole && w->msg->stop != NULL) {
        air_buf_z(w->b, ",\"stop\":");
        air_buf_json(w->b, w->msg->stop->text);
        return;
    }

    n = 0;
    air_buf_z(w->b, ",\"stop\":[");

    for (s = w->msg->stop; s != NULL; s = s->next) {

        if (n == 4 && !w->own) {
            /* four at most on this wire */
            air_warnings_addz(w->lost, "stop", AIR_LOST_VALUE);
            break;
        }

        air_buf_z(w->b, n++ ? "," : "");
        air_buf_json(w->b, s->text);
    }

    air_buf_z(w->b, "]");
}


/* Numbers that OpenAI itself does not know, but many of its imitators. */
static void
air_openai_put_foreign(air_openai_write_t *w, const char *name,
    air_str_t raw)
{
    if (raw.len != 0 && w->only && !w->own) {
        air_warnings_addz(w->lost, name, AIR_LOST_NO_SUCH);
        return;
    }

    air_openai_put_raw(w, name, raw);
}


static void
air_openai_put_tier(air_openai_write_t *w)
{
    const char  *name;

    if (w->own) {
        air_openai_put_text(w, "service_tier", w->msg->service_tier);
        return;
    }

    name = w->msg->tier == AIR_TIER_FLEX ? "flex"
           : w->msg->tier == AIR_TIER_PRIORITY
             || w->msg->tier == AIR_TIER_FAST ? "priority" : "";

    air_openai_put_text(w, "service_tier", air_str_z(name));
}


static void
air_openai_put_sampling(air_openai_write_t *w)
{
    const air_msg_request_t  *m;

    m = w->msg;

    air_openai_put_raw(w, "temperature", m->temperature);
    air_openai_put_raw(w, "top_p", m->top_p);
    air_openai_put_foreign(w, "top_k", m->top_k);
    air_openai_put_foreign(w, "min_p", m->min_p);
    air_openai_put_raw(w, "frequency_penalty", m->frequency_penalty);
    air_openai_put_raw(w, "presence_penalty", m->presence_penalty);
    air_openai_put_foreign(w, "repetition_penalty", m->repetition_penalty);
    air_openai_put_raw(w, w->profile->seed ? w->profile->seed : "seed",
                       m->seed);
    air_openai_put_raw(w, "logit_bias", m->logit_bias);

    if (m->op == AIR_OP_COMPLETIONS) {

        if (m->has_top_logprobs) {
            air_openai_put_uint(w, "logprobs", m->top_logprobs);
        }

    } else {
        air_openai_put_switch(w, "logprobs", m->logprobs);

        if (m->has_top_logprobs) {
            air_openai_put_uint(w, "top_logprobs", m->top_logprobs);
        }
    }

    if (m->has_choices) {
        air_openai_put_uint(w, "n", m->choices);
    }

    air_openai_put_stop(w);

    if (m->has_max_output) {
        air_openai_put_uint(w, m->op == AIR_OP_CHAT
                               && w->profile->max_completion_tokens
                               ? "max_completion_tokens" : "max_tokens",
                            m->max_output);
    }
}


/* Members only the caller's wire knows. */
static void
air_openai_put_extra(air_openai_write_t *w)
{
    air_relay_e         how;
    const air_extra_t  *e;

    air_relay_put(w->msg, w->profile, w->b);

    for (e = w->msg->extra; e != NULL; e = e->next) {

        how = air_relay_member(e->key);

        if (how == AIR_RELAY_ASKED && w->profile->router_fields) {
            continue;
        }

        if (!w->own || air_profile_refuses(w->profile, e->key)
            || (how != AIR_RELAY_VENDOR && !w->profile->router_fields))
        {
            air_warnings_add(w->lost, e->key, AIR_LOST_NO_SUCH);
            continue;
        }

        air_buf_z(w->b, ",\"");
        air_buf_str(w->b, e->key);
        air_buf_z(w->b, "\":");
        air_buf_str(w->b, e->raw);
    }
}


int
air_openai_request_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost)
{
    air_openai_write_t  w;

    memset(&w, 0, sizeof(air_openai_write_t));

    w.msg = msg;
    w.profile = target->profile;
    w.b = b;
    w.lost = lost;
    w.own = air_openai_is(msg->wire, AIR_OPENAI_WIRE);
    w.flags = (w.own ? AIR_OPENAI_OWN : 0)
              | (msg->functions ? AIR_OPENAI_CALLS : 0);
    w.only = air_openai_is(w.profile->name, "openai")
             || air_openai_is(w.profile->name, "azure")
             || air_openai_is(w.profile->name, "azure-v1")
             || air_openai_is(w.profile->name, "mistral");

    if (w.profile->router_fields || (w.own && !w.only)) {
        w.flags |= AIR_OPENAI_ROUTER;
    }

    air_buf_z(b, "{\"model\":");
    air_buf_json(b, target->model.len ? target->model : msg->model);

    if (msg->op == AIR_OP_EMBEDDINGS) {
        air_openai_inputs_write(msg, "input", b);
        air_openai_put_raw(&w, "dimensions", msg->dimensions);
        air_openai_put_text(&w, "encoding_format", msg->encoding);

        if (!w.own && w.only && msg->input_type.len != 0) {
            air_warnings_addz(lost, "input_type", AIR_LOST_NO_SUCH);

        } else {
            air_openai_put_text(&w, "input_type", msg->input_type);
        }

        air_openai_put_text(&w, "user", msg->user);
        air_openai_put_extra(&w);
        air_buf_z(b, "}");

        return b->error;
    }

    if (msg->op == AIR_OP_COMPLETIONS) {
        air_openai_inputs_write(msg, "prompt", b);
        air_openai_put_text(&w, "suffix", msg->suffix);

    } else {
        air_openai_put_messages(&w);
        air_openai_put_tools(&w);
        air_openai_put_format(&w);
        air_openai_put_reasoning(&w);
        air_openai_put_text(&w, "verbosity", msg->verbosity);
    }

    air_openai_put_sampling(&w);
    air_openai_put_raw(&w, "modalities", msg->modalities);
    air_openai_put_raw(&w, "metadata", msg->metadata);
    air_openai_put_text(&w, "user", msg->user);
    air_openai_put_text(&w, "safety_identifier", msg->safety_id);
    air_openai_put_tier(&w);
    air_openai_put_text(&w, "prompt_cache_key", msg->cache_key);
    air_openai_put_text(&w, "prompt_cache_retention", msg->cache_retention);

    if (w.own || msg->store == AIR_ON) {
        /* nothing is stored unless this wire is told to */
        air_openai_put_switch(&w, "store", msg->store);
    }

    if (msg->previous.len != 0) {
        air_warnings_addz(lost, "previous_response_id", AIR_LOST_NO_SUCH);
    }

    if (msg->stream) {
        air_buf_z(b, ",\"stream\":true");

        if (w.profile->ask_usage) {
            air_buf_z(b, ",\"stream_options\":{\"include_usage\":true}");
        }

    } else if (msg->has_stream) {
        air_buf_z(b, ",\"stream\":false");
    }

    air_openai_put_extra(&w);
    air_buf_z(b, "}");

    return b->error;
}
