
/*
 * The neutral request, written on Anthropic's wire for one model.  What the
 * wire or the model has no word for is named in the warnings.
 *
 * The wire asks for what others leave open: max_tokens always (a default is
 * added), instructions at the top, all results of a turn's calls in the one
 * message after it, a user's message first.  Models differ in how they
 * think, in whether sampling can be set and in whether an answer can be
 * begun for them; air_claude.c knows.
 *
 * An answer by schema is asked for with output_config.format, not with a
 * tool that must be called: the answer then is text, as the caller expects,
 * in streams too, and nothing has to be remembered until the reply.  Models
 * that lack it, and JSON without a schema, get the wish as an instruction.
 */

#include "air_anthropic_out.h"
#include "air_price.h"


#define AIR_ANTHROPIC_USER  256


static void air_anthropic_put_format(air_anthropic_out_t *o);
static void air_anthropic_put_config(air_anthropic_out_t *o);
static void air_anthropic_put_tier(air_anthropic_out_t *o);
static void air_anthropic_put_thinking(air_anthropic_out_t *o);


void
air_anthropic_put_raw(air_anthropic_out_t *o, const char *name,
    air_str_t raw)
{
    if (raw.len != 0) {
        air_buf_z(o->w.b, ",\"");
        air_buf_z(o->w.b, name);
        air_buf_z(o->w.b, "\":");
        air_buf_str(o->w.b, raw);
    }
}


/* 1 when the member was kept whole: it is written with the others. */
static int
air_anthropic_kept(air_anthropic_out_t *o, const char *name)
{
    return o->w.own && air_msg_extra_find(o->msg->extra, name) != NULL;
}


/* ------------------------------------------------------------ tools */


static void
air_anthropic_put_tool(air_anthropic_out_t *o, const air_tool_t *t)
{
    air_buf_t  *b;

    b = o->w.b;

    air_buf_z(b, "{\"name\":");
    air_buf_json(b, t->name);

    if (t->has_description || t->description.len != 0) {
        air_buf_z(b, ",\"description\":");
        air_buf_json(b, t->description);
    }

    air_anthropic_put_raw(o, "input_schema",
                          o->w.own || !air_msg_hollow(t->schema)
                          ? t->schema
                          : air_str_z("{\"type\":\"object\","
                                      "\"properties\":{}}"));

    if (o->w.own) {
        air_anthropic_put_raw(o, "strict",
                              air_str_z(t->strict == AIR_ON ? "true"
                                        : t->strict == AIR_OFF ? "false"
                                                               : ""));

    } else if (t->strict == AIR_ON) {

        if (o->model.schema && o->model.known) {
            air_anthropic_put_raw(o, "strict", air_str_z("true"));

        } else {
            air_warnings_addz(o->w.lost, "tools.strict", AIR_LOST_MODEL);
        }
    }

    air_anthropic_cache_write(&o->w, &t->cache);

    if (o->w.own) {
        air_msg_extra_write(t->extra, b);
    }

    air_buf_z(b, "}");
}


static void
air_anthropic_put_choice(air_anthropic_out_t *o)
{
    air_choose_e              how;
    const air_tool_choice_t  *c;

    c = &o->msg->tool_choice;
    how = c->how;

    if (air_anthropic_kept(o, "tool_choice")) {
        return;
    }

    if (how == AIR_CHOOSE_RAW) {

        if (o->w.own) {
            air_anthropic_put_raw(o, "tool_choice", c->raw);

        } else {
            air_warnings_addz(o->w.lost, "tool_choice", AIR_LOST_NO_SUCH);
        }

        return;
    }

    if (how == AIR_CHOOSE_UNSET && c->parallel == AIR_OFF) {
        how = AIR_CHOOSE_AUTO;
    }

    if (how == AIR_CHOOSE_UNSET) {
        return;
    }

    if (!o->w.own && !o->model.force
        && (how == AIR_CHOOSE_ANY || how == AIR_CHOOSE_ONE))
    {
        how = AIR_CHOOSE_AUTO;
        air_warnings_addz(o->w.lost, "tool_choice", AIR_LOST_MODEL);
    }

    air_buf_z(o->w.b, how == AIR_CHOOSE_AUTO
                      ? ",\"tool_choice\":{\"type\":\"auto\""
                      : how == AIR_CHOOSE_NONE
                        ? ",\"tool_choice\":{\"type\":\"none\""
                        : how == AIR_CHOOSE_ANY
                          ? ",\"tool_choice\":{\"type\":\"any\""
                          : ",\"tool_choice\":{\"type\":\"tool\",\"name\":");

    if (how == AIR_CHOOSE_ONE) {
        air_buf_json(o->w.b, c->name);
    }

    if (how != AIR_CHOOSE_NONE
        && (c->parallel == AIR_OFF || (o->w.own && c->parallel == AIR_ON)))
    {
        air_buf_z(o->w.b, c->parallel == AIR_OFF
                          ? ",\"disable_parallel_tool_use\":true"
                          : ",\"disable_parallel_tool_use\":false");
    }

    air_buf_z(o->w.b, "}");
}


static void
air_anthropic_put_tools(air_anthropic_out_t *o)
{
    unsigned           n;
    const air_tool_t  *t;

    n = 0;

    for (t = o->msg->tools; t != NULL; t = t->next) {

        if (t->issuer != NULL
            && !air_msg_issued(t->issuer, AIR_ANTHROPIC_WIRE))
        {
            air_warnings_addz(o->w.lost, "tools", AIR_LOST_NO_SUCH);
            continue;
        }

        air_buf_z(o->w.b, n++ ? "," : ",\"tools\":[");

        if (t->issuer != NULL) {
            air_buf_str(o->w.b, t->raw);

        } else {
            air_anthropic_put_tool(o, t);
        }
    }

    if (n != 0) {
        air_buf_z(o->w.b, "]");

    } else if (o->msg->has_tools && o->w.own) {
        air_buf_z(o->w.b, ",\"tools\":[]");
    }

    /* a choice among none is refused */

    if (n != 0 || o->w.own) {
        air_anthropic_put_choice(o);
    }
}


/* ---------------------------------------------------------- settings */


static void
air_anthropic_put_thinking(air_anthropic_out_t *o)
{
    const char             *display;
    const air_reasoning_t  *r;

    r = &o->msg->reasoning;

    if (o->plan.think == AIR_CLAUDE_SILENT
        || air_anthropic_kept(o, "thinking"))
    {
        return;
    }

    if (o->plan.think == AIR_CLAUDE_DISABLED) {
        air_buf_z(o->w.b, ",\"thinking\":{\"type\":\"disabled\"}");
        return;
    }

    if (o->plan.think == AIR_CLAUDE_BUDGET) {
        air_buf_z(o->w.b, ",\"thinking\":{\"type\":\"enabled\","
                          "\"budget_tokens\":");
        air_buf_uint(o->w.b, o->plan.budget);

    } else {
        air_buf_z(o->w.b, ",\"thinking\":{\"type\":\"adaptive\"");
    }

    /* newer models keep what they thought to themselves unless asked */

    display = r->exclude == AIR_ON ? "omitted"
              : r->summary.len != 0 || (!o->w.own && r->object)
                ? "summarized" : NULL;

    if (display != NULL && (o->w.own || o->model.known)) {
        air_buf_z(o->w.b, ",\"display\":\"");
        air_buf_z(o->w.b, display);
        air_buf_z(o->w.b, "\"");

    } else if (r->exclude == AIR_ON) {
        air_warnings_addz(o->w.lost, "reasoning.exclude", AIR_LOST_MODEL);
    }

    air_buf_z(o->w.b, "}");
}


static void
air_anthropic_put_format(air_anthropic_out_t *o)
{
    const air_format_t  *f;

    f = &o->msg->format;

    if (f->how == AIR_FORMAT_RAW) {
        air_buf_str(o->w.b, f->raw);
        return;
    }

    air_buf_z(o->w.b, "{\"type\":\"json_schema\",\"schema\":");

    if (o->w.own) {
        air_buf_str(o->w.b, f->schema);

    } else {
        air_schema_write(f->schema, o->w.b, o->w.lost);
    }

    air_buf_z(o->w.b, "}");
}


/* output_config: how much effort, and what form. */
static void
air_anthropic_put_config(air_anthropic_out_t *o)
{
    unsigned             n;
    const air_format_t  *f;

    if (air_anthropic_kept(o, "output_config")) {
        return;
    }

    n = 0;
    f = &o->msg->format;

    if (o->plan.effort.len != 0) {
        n = 1;
        air_buf_z(o->w.b, ",\"output_config\":{\"effort\":");
        air_buf_json(o->w.b, o->plan.effort);
    }

    if ((f->how == AIR_FORMAT_SCHEMA && (o->w.own || o->model.schema))
        || (f->how == AIR_FORMAT_RAW && o->w.own))
    {
        air_buf_z(o->w.b, n++ ? ",\"format\":"
                              : ",\"output_config\":{\"format\":");
        air_anthropic_put_format(o);
    }

    air_buf_z(o->w.b, n ? "}" : "");

    if (f->how == AIR_FORMAT_RAW && !o->w.own) {
        air_warnings_addz(o->w.lost, "response_format", AIR_LOST_NO_SUCH);
    }
}


/* What this wire has no word for. */
static const char *const  air_anthropic_lacks[] = {
    "min_p", "frequency_penalty", "presence_penalty", "repetition_penalty",
    "seed", "logit_bias", "metadata", "prompt_cache_key",
    "prompt_cache_retention", "verbosity", "previous_response_id", "suffix",
    "n", "logprobs", "store", "modalities", NULL
};


static void
air_anthropic_put_stop(air_anthropic_out_t *o)
{
    size_t             i;
    unsigned           n;
    const air_item_t  *s;

    if (!o->msg->has_stop) {
        return;
    }

    n = 0;

    for (s = o->msg->stop; s != NULL; s = s->next) {

        for (i = 0; i < s->text.len && s->text.data[i] <= ' '; i++) {
            /* void */
        }

        if (i == s->text.len && !o->w.own) {
            /* only white space: refused */
            air_warnings_addz(o->w.lost, "stop", AIR_LOST_VALUE);
            continue;
        }

        air_buf_z(o->w.b, n++ ? "," : ",\"stop_sequences\":[");
        air_buf_json(o->w.b, s->text);
    }

    air_buf_z(o->w.b, n ? "]" : o->w.own ? ",\"stop_sequences\":[]" : "");
}


static void
air_anthropic_put_tier(air_anthropic_out_t *o)
{
    const char  *tier;
    air_str_t    s;

    s = o->msg->service_tier;

    if (s.len == 0) {
        return;
    }

    tier = NULL;

    if (o->w.own) {
        air_buf_z(o->w.b, ",\"service_tier\":");
        air_buf_json(o->w.b, s);
        return;
    }

    /* what was bought ahead is used or not: there is no more to ask for */

    if (air_str_eqz(s, "auto")) {
        tier = "\"auto\"";

    } else if (air_str_eqz(s, "default") || air_str_eqz(s, "standard")) {
        tier = "\"standard_only\"";

    } else if (air_str_eqz(s, "priority") || air_str_eqz(s, "fast")) {
        tier = "\"auto\"";
        air_warnings_addz(o->w.lost, "service_tier", AIR_LOST_CHANGED);

    } else {
        air_warnings_addz(o->w.lost, "service_tier", AIR_LOST_VALUE);
        return;
    }

    air_anthropic_put_raw(o, "service_tier", air_str_z(tier));
}


static void
air_anthropic_put_user(air_anthropic_out_t *o)
{
    air_str_t  user;

    user = o->msg->user.len ? o->msg->user : o->msg->safety_id;

    if (user.len == 0 || air_anthropic_kept(o, "metadata")) {
        return;
    }

    if (!o->w.own && user.len > AIR_ANTHROPIC_USER) {
        air_warnings_addz(o->w.lost, "user", AIR_LOST_VALUE);
        return;
    }

    air_buf_z(o->w.b, ",\"metadata\":{\"user_id\":");
    air_buf_json(o->w.b, user);
    air_buf_z(o->w.b, "}");
}


int
air_anthropic_request_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost)
{
    air_anthropic_out_t  o;

    if (msg->op == AIR_OP_EMBEDDINGS
        || (msg->op == AIR_OP_COMPLETIONS
            && (msg->inputs == NULL || msg->inputs->next != NULL
                || msg->inputs->raw.len != 0)))
    {
        return AIR_EUNSUP;
    }

    memset(&o, 0, sizeof(air_anthropic_out_t));

    o.msg = msg;
    o.w.b = b;
    o.w.lost = lost;
    o.w.own = air_msg_issued(msg->wire, AIR_ANTHROPIC_WIRE);

    air_claude(target->model.len ? target->model : msg->model, &o.model);
    air_claude_plan(msg, &o.model, o.w.own, 1, &o.plan, lost);

    air_buf_z(b, "{\"model\":");
    air_buf_json(b, target->model.len ? target->model : msg->model);

    if (msg->op != AIR_OP_COUNT_TOKENS) {
        air_buf_z(b, ",\"max_tokens\":");
        air_buf_uint(b, o.plan.max_tokens);
    }

    air_anthropic_put_messages(&o);
    air_anthropic_put_tools(&o);
    air_anthropic_put_thinking(&o);
    air_anthropic_put_config(&o);
    air_anthropic_put_raw(&o, "temperature", o.plan.temperature);
    air_anthropic_put_raw(&o, "top_p", o.plan.top_p);
    air_anthropic_put_raw(&o, "top_k", o.plan.top_k);
    air_anthropic_put_stop(&o);
    air_anthropic_put_user(&o);
    air_anthropic_put_tier(&o);

    if (msg->stream) {
        air_buf_z(b, ",\"stream\":true");

    } else if (msg->has_stream) {
        air_buf_z(b, ",\"stream\":false");
    }

    if (o.w.own) {
        air_msg_extra_write(msg->extra, b);

    } else {
        air_msg_lose(msg, air_anthropic_lacks, lost);
    }

    air_buf_z(b, "}");

    return b->error;
}
