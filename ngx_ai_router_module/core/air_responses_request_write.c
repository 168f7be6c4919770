
/*
 * The neutral request, written on the Responses wire for one vendor.  It asks
 * for a reply that is stored nowhere, with what thinking needs to come back.
 * What the wire has no word for is named in the warnings.
 *
 * platform.openai.com/docs/api-reference/responses/create and the guide to
 * migrate from Chat Completions, read 2026-11.
 */

#include "air_responses_out.h"


/* fewer tokens are refused by OpenAI itself */
#define AIR_RESPONSES_MIN_OUTPUT  16


void
air_responses_put_text(air_responses_write_t *w, const char *name,
    air_str_t text)
{
    if (text.len != 0) {
        air_buf_z(w->b, ",\"");
        air_buf_z(w->b, name);
        air_buf_z(w->b, "\":");
        air_buf_json(w->b, text);
    }
}


void
air_responses_put_raw(air_responses_write_t *w, const char *name,
    air_str_t raw)
{
    if (raw.len != 0) {
        air_buf_z(w->b, ",\"");
        air_buf_z(w->b, name);
        air_buf_z(w->b, "\":");
        air_buf_str(w->b, raw);
    }
}


void
air_responses_put_switch(air_responses_write_t *w, const char *name,
    air_switch_e on)
{
    if (on != AIR_UNSET) {
        air_responses_put_raw(w, name, air_str_z(on == AIR_ON ? "true"
                                                              : "false"));
    }
}


/* -------------------------------------------------------------- tools */


static void
air_responses_put_tool(air_responses_write_t *w, const air_tool_t *t)
{
    air_buf_z(w->b, "{\"type\":\"function\"");
    air_buf_z(w->b, ",\"name\":");
    air_buf_json(w->b, t->name);

    if (t->has_description || t->description.len != 0) {
        air_buf_z(w->b, ",\"description\":");
        air_buf_json(w->b, t->description);
    }

    air_responses_put_raw(w, "parameters", t->schema.len || w->own
                             ? t->schema
                             : air_str_z("{\"type\":\"object\","
                                         "\"properties\":{}}"));

    /* what is not said is strict here, and not on other wires */

    air_responses_put_switch(w, "strict", t->strict == AIR_UNSET && !w->own
                                          ? AIR_OFF : t->strict);

    if (w->own) {
        air_msg_extra_write(t->extra, w->b);
    }

    if (t->cache.set == AIR_ON) {
        air_warnings_addz(w->lost, "cache_control", AIR_LOST_NO_SUCH);
    }

    air_buf_z(w->b, "}");
}


static void
air_responses_put_tools(air_responses_write_t *w)
{
    unsigned                  n;
    const air_tool_t         *t;
    const air_tool_choice_t  *c;

    n = 0;

    for (t = w->msg->tools; t != NULL; t = t->next) {

        if (t->issuer != NULL
            && !air_msg_issued(t->issuer, AIR_RESPONSES_WIRE))
        {
            air_warnings_addz(w->lost, "tools", AIR_LOST_NO_SUCH);
            continue;
        }

        air_buf_z(w->b, n++ ? "," : ",\"tools\":[");

        if (t->issuer != NULL) {
            air_buf_str(w->b, t->raw);

        } else {
            air_responses_put_tool(w, t);
        }
    }

    if (n != 0) {
        air_buf_z(w->b, "]");

    } else if (w->own && w->msg->has_tools) {
        air_buf_z(w->b, ",\"tools\":[]");
    }

    if (n == 0 && !w->own) {
        /* a choice among none is refused */
        return;
    }

    c = &w->msg->tool_choice;

    switch (c->how) {

    case AIR_CHOOSE_UNSET:
        break;

    case AIR_CHOOSE_AUTO:
        air_responses_put_text(w, "tool_choice", air_str_z("auto"));
        break;

    case AIR_CHOOSE_NONE:
        air_responses_put_text(w, "tool_choice", air_str_z("none"));
        break;

    case AIR_CHOOSE_ANY:
        air_responses_put_text(w, "tool_choice", air_str_z("required"));
        break;

    case AIR_CHOOSE_ONE:
        air_buf_z(w->b, ",\"tool_choice\":{\"type\":\"function\",\"name\":");
        air_buf_json(w->b, c->name);
        air_buf_z(w->b, "}");
        break;

    case AIR_CHOOSE_RAW:
        if (w->own) {
            air_responses_put_raw(w, "tool_choice", c->raw);

        } else {
            air_warnings_addz(w->lost, "tool_choice", AIR_LOST_NO_SUCH);
        }
        break;
    }

    air_responses_put_switch(w, "parallel_tool_calls", c->parallel);
}


/* ----------------------------------------------------------- settings */


static void
air_responses_put_format(air_responses_write_t *w)
{
    const air_format_t  *f;

    f = &w->msg->format;

    if ((f->how == AIR_FORMAT_UNSET && w->msg->verbosity.len == 0)
        || air_msg_extra_find(w->msg->extra, "text") != NULL)
    {
        return;
    }

    if (f->how == AIR_FORMAT_RAW && !w->own) {
        air_warnings_addz(w->lost, "response_format", AIR_LOST_NO_SUCH);

        if (w->msg->verbosity.len == 0) {
            return;
        }
    }

    air_buf_z(w->b, ",\"text\":{\"format\":");

    switch (f->how) {

    case AIR_FORMAT_JSON:
        air_buf_z(w->b, "{\"type\":\"json_object\"}");
        break;

    case AIR_FORMAT_SCHEMA:
        air_buf_z(w->b, "{\"type\":\"json_schema\",\"name\":");
        air_buf_json(w->b, f->name.len ? f->name : air_str_z("response"));
        air_responses_put_text(w, "description", f->description);
        air_responses_put_raw(w, "schema", f->schema);
        air_responses_put_switch(w, "strict", f->strict);
        air_buf_z(w->b, "}");
        break;

    default:
        if (f->how == AIR_FORMAT_RAW && w->own) {
            air_buf_str(w->b, f->raw);

        } else {
            air_buf_z(w->b, "{\"type\":\"text\"}");
        }
    }

    air_responses_put_text(w, "verbosity", w->msg->verbosity);
    air_buf_z(w->b, "}");
}


static void
air_responses_put_reasoning(air_responses_write_t *w)
{
    air_str_t               effort, summary;
    const air_reasoning_t  *r;

    r = &w->msg->reasoning;

    if (w->own && air_msg_extra_find(w->msg->extra, "reasoning") != NULL) {
        return;
    }

    effort = r->effort;
    summary = r->summary;

    if (r->has_budget && effort.len == 0 && r->budget != 0) {

        /* the wire has words, not numbers */

        effort = air_str_z(r->budget <= 2048 ? "low"
                           : r->budget <= 8192 ? "medium" : "high");
        air_warnings_addz(w->lost, "reasoning.max_tokens", AIR_LOST_CHANGED);

    } else if (r->has_budget && r->budget != 0) {
        air_warnings_addz(w->lost, "reasoning.max_tokens", AIR_LOST_NO_SUCH);

    } else if (effort.len == 0 && r->enabled == AIR_ON) {
        effort = air_str_z("medium");
        air_warnings_addz(w->lost, "reasoning.enabled", AIR_LOST_CHANGED);

    } else if (effort.len == 0 && (r->enabled == AIR_OFF || r->has_budget)) {
        /* models differ in how they are told not to think */
        air_warnings_addz(w->lost, "reasoning.enabled", AIR_LOST_MODEL);
    }

    /* other wires show what was thought unless told not to; this one must
       be asked */

    if (!w->own && summary.len == 0 && r->exclude != AIR_ON
        && (r->has_budget || r->enabled == AIR_ON))
    {
        summary = air_str_z("auto");
    }

    if (effort.len == 0 && summary.len == 0) {
        return;
    }

    air_buf_z(w->b, ",\"reasoning\":{");

    if (effort.len != 0) {
        air_buf_z(w->b, "\"effort\":");
        air_buf_json(w->b, effort);
    }

    if (summary.len != 0) {
        air_buf_z(w->b, effort.len ? ",\"summary\":" : "\"summary\":");
        air_buf_json(w->b, summary);
    }

    air_buf_z(w->b, "}");
}


/*
 * 1 when the model may think: OpenAI refuses to seal the thinking of one that
 * does not ("Encrypted content is not supported with this model").
 */
static int
air_responses_thinks(air_str_t model)
{
    size_t    i, n;
    unsigned  k;

    static const char *const  plain[] = {
        "gpt-3", "gpt-4", "chatgpt", "gpt-5-chat", "gpt-5.1-chat",
        "gpt-5.2-chat", "gpt-5.3-chat"
    };

    for (i = model.len; i > 0 && model.data[i - 1] != '/'; i--) {
        /* void */
    }

    for (k = 0; k < sizeof(plain) / sizeof(plain[0]); k++) {
        n = strlen(plain[k]);

        if (model.len - i >= n && memcmp(model.data + i, plain[k], n) == 0) {
            return 0;
        }
    }

    return 1;
}


/* include: thinking must be able to come back, as nothing is stored. */
static void
air_responses_put_include(air_responses_write_t *w)
{
    int  thinks;

    if (w->own) {
        air_responses_put_raw(w, "include", w->msg->include);
        air_responses_put_switch(w, "store", w->msg->store);
        return;
    }

    thinks = air_responses_thinks(w->model);

    if (thinks || w->msg->logprobs == AIR_ON) {
        air_buf_z(w->b, ",\"include\":[");
        air_buf_z(w->b, thinks ? "\"reasoning.encrypted_content\"" : "");
        air_buf_z(w->b, thinks && w->msg->logprobs == AIR_ON ? "," : "");
        air_buf_z(w->b, w->msg->logprobs == AIR_ON
                        ? "\"message.output_text.logprobs\"" : "");
        air_buf_z(w->b, "]");
    }

    air_buf_z(w->b, ",\"store\":false");

    if (w->msg->store == AIR_ON) {
        air_warnings_addz(w->lost, "store", AIR_LOST_VALUE);
    }
}


static void
air_responses_put_tier(air_responses_write_t *w)
{
    const char  *name;

    if (w->own || air_msg_issued(w->msg->wire, "openai")) {
        air_responses_put_text(w, "service_tier", w->msg->service_tier);
        return;
    }

    name = w->msg->tier == AIR_TIER_FLEX ? "flex"
           : w->msg->tier == AIR_TIER_PRIORITY
             || w->msg->tier == AIR_TIER_FAST ? "priority" : "";

    air_responses_put_text(w, "service_tier", air_str_z(name));
}


static void
air_responses_put_settings(air_responses_write_t *w)
{
    uint64_t                  max;
    const air_msg_request_t  *m;

    m = w->msg;

    if (m->has_max_output) {

        max = m->max_output;

        if (max < AIR_RESPONSES_MIN_OUTPUT && !w->own && w->maker) {
            max = AIR_RESPONSES_MIN_OUTPUT;
            air_warnings_addz(w->lost, "max_tokens", AIR_LOST_CHANGED);
        }

        air_buf_z(w->b, ",\"max_output_tokens\":");
        air_buf_uint(w->b, max);
    }

    air_responses_put_raw(w, "temperature", m->temperature);
    air_responses_put_raw(w, "top_p", m->top_p);

    if (m->has_top_logprobs && (w->own || m->logprobs == AIR_ON)) {
        air_buf_z(w->b, ",\"top_logprobs\":");
        air_buf_uint(w->b, m->top_logprobs);
    }

    air_responses_put_raw(w, "metadata", m->metadata);
    air_responses_put_text(w, "user", m->user);
    air_responses_put_text(w, "safety_identifier", m->safety_id);
    air_responses_put_tier(w);
    air_responses_put_text(w, "prompt_cache_key", m->cache_key);
    air_responses_put_text(w, "prompt_cache_retention", m->cache_retention);

    if (m->stream) {
        air_buf_z(w->b, ",\"stream\":true");

    } else if (m->has_stream) {
        air_buf_z(w->b, ",\"stream\":false");
    }

    if (w->own) {
        air_responses_put_raw(w, "frequency_penalty", m->frequency_penalty);
        air_responses_put_raw(w, "presence_penalty", m->presence_penalty);
        air_msg_extra_write(m->extra, w->b);
    }
}


int
air_responses_request_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost)
{
    air_responses_write_t  w;

    /* what this wire has no word for */

    static const char *const  none[] = {
        "top_k", "min_p", "frequency_penalty", "presence_penalty",
        "repetition_penalty", "seed", "logit_bias", "n", "modalities",
        "suffix", "previous_response_id", NULL
    };

    memset(&w, 0, sizeof(air_responses_write_t));

    w.msg = msg;
    w.model = target->model.len ? target->model : msg->model;
    w.b = b;
    w.lost = lost;
    w.own = air_msg_issued(msg->wire, AIR_RESPONSES_WIRE) != 0;
    w.maker = strcmp(target->profile->name, "openai") == 0
              || strcmp(target->profile->name, "azure-v1") == 0;

    if (msg->op != AIR_OP_CHAT) {
        return AIR_EUNSUP;
    }

    air_buf_z(b, "{\"model\":");
    air_buf_json(b, w.model);

    air_responses_put_input(&w);
    air_responses_put_tools(&w);
    air_responses_put_format(&w);
    air_responses_put_reasoning(&w);
    air_responses_put_include(&w);
    air_responses_put_settings(&w);

    if (!w.own) {

        air_msg_lose(msg, none, lost);

        if (msg->stop != NULL) {
            air_warnings_addz(lost, "stop", AIR_LOST_NO_SUCH);
        }
    }

    air_buf_z(b, "}");

    return b->error;
}
