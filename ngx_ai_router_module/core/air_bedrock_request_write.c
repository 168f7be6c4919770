
/*
 * The neutral request, written on Bedrock's wire for one model.  What the
 * wire or the model has no word for is named in the warnings.
 *
 * Models of many makers stand behind one wire: what all share is in
 * inferenceConfig, what is a maker's own in additionalModelRequestFields
 * (docs.aws.amazon.com/bedrock, user guide: Converse, inference parameters
 * of each model, structured outputs, read 2026-11-22).  Claude's are those
 * of Anthropic's own wire; air_claude.c knows them.
 */

#include "air_bedrock_out.h"
#include "air_schema.h"


#define AIR_BEDROCK_ONE       ((uint64_t) 1000000000)     /* of 1e-9        */

/* requestMetadata: pairs, bytes of a key and of a value */
#define AIR_BEDROCK_PAIRS     16
#define AIR_BEDROCK_TEXT      256


void
air_bedrock_member(air_bedrock_out_t *o, const char *name)
{
    air_buf_z(o->b, o->members++ ? ",\"" : "\"");
    air_buf_z(o->b, name);
    air_buf_z(o->b, "\":");
}


/* 1 when the member was kept whole: it is written with the others. */
static int
air_bedrock_kept(air_bedrock_out_t *o, const char *name)
{
    return o->w.own && air_msg_extra_find(o->msg->extra, name) != NULL;
}


/* ---------------------------------------------------------- settings */


static void
air_bedrock_put_number(air_bedrock_out_t *o, const char *name, air_str_t raw,
    unsigned *n)
{
    if (raw.len != 0) {
        air_buf_z(o->b, (*n)++ ? ",\"" : "\"");
        air_buf_z(o->b, name);
        air_buf_z(o->b, "\":");
        air_buf_str(o->b, raw);
    }
}


/* Temperatures end at 1 here, for every model. */
static air_str_t
air_bedrock_temperature(air_bedrock_out_t *o)
{
    air_str_t  t;

    t = o->msg->temperature;

    if (o->w.own || t.len == 0) {
        return t;
    }

    if (t.data[0] == '-') {
        return air_str_z("0");
    }

    if (air_msg_decimal(t) > AIR_BEDROCK_ONE) {
        air_warnings_addz(o->w.lost, "temperature", AIR_LOST_CHANGED);
        return air_str_z("1");
    }

    return t;
}


static void
air_bedrock_put_stop(air_bedrock_out_t *o, unsigned *n)
{
    unsigned           k;
    const air_item_t  *s;

    k = 0;

    for (s = o->msg->stop; s != NULL; s = s->next) {

        if (air_msg_blank(s->text) && !o->w.own) {
            /* only white space: refused */
            air_warnings_addz(o->w.lost, "stop", AIR_LOST_VALUE);
            continue;
        }

        if (k++ == 0) {
            air_buf_z(o->b, (*n)++ ? ",\"stopSequences\":["
                                   : "\"stopSequences\":[");

        } else {
            air_buf_z(o->b, ",");
        }

        air_buf_json(o->b, s->text);
    }

    air_buf_z(o->b, k ? "]" : "");
}


/* Nova thinks by itself how warm and how long when it thinks hard. */
static int
air_bedrock_hard(const air_bedrock_out_t *o)
{
    return !o->w.own && o->w.maker == AIR_BEDROCK_NOVA_2
           && (air_str_eqz(o->msg->reasoning.effort, "high")
               || air_str_eqz(o->msg->reasoning.effort, "xhigh")
               || air_str_eqz(o->msg->reasoning.effort, "max")
               || o->msg->reasoning.budget > 8192);
}


static void
air_bedrock_put_inference(air_bedrock_out_t *o)
{
    size_t                    mark;
    unsigned                  n, members;
    air_str_t                 temperature, top_p;
    const air_msg_request_t  *m;

    m = o->msg;

    if (air_bedrock_kept(o, "inferenceConfig")) {
        return;
    }

    n = 0;
    mark = o->b->len;
    members = o->members;

    air_bedrock_member(o, "inferenceConfig");
    air_buf_z(o->b, "{");

    temperature = o->claude ? o->plan.temperature
                            : air_bedrock_temperature(o);
    top_p = o->claude ? o->plan.top_p : m->top_p;

    if (air_bedrock_hard(o)) {

        if (m->has_max_output) {
            air_warnings_addz(o->w.lost, "max_tokens", AIR_LOST_VALUE);
        }

        if (temperature.len != 0) {
            air_warnings_addz(o->w.lost, "temperature", AIR_LOST_VALUE);
        }

        if (top_p.len != 0) {
            air_warnings_addz(o->w.lost, "top_p", AIR_LOST_VALUE);
        }

    } else {

        if (m->has_max_output) {
            n++;
            air_buf_z(o->b, "\"maxTokens\":");
            air_buf_uint(o->b, o->claude ? o->plan.max_tokens
                                         : m->max_output);
        }

        air_bedrock_put_number(o, "temperature", temperature, &n);
        air_bedrock_put_number(o, "topP", top_p, &n);
    }

    air_bedrock_put_stop(o, &n);
    air_buf_z(o->b, "}");

    if (n == 0 && o->b->error == AIR_OK) {
        o->b->len = mark;
        o->members = members;
    }
}


/* Begins one of the fields that only a maker's models know. */
static void
air_bedrock_field(air_bedrock_out_t *o, const char *name)
{
    if (o->fields++ == 0) {
        air_bedrock_member(o, "additionalModelRequestFields");
        air_buf_z(o->b, "{\"");

    } else {
        air_buf_z(o->b, ",\"");
    }

    air_buf_z(o->b, name);
    air_buf_z(o->b, "\":");
}


static void
air_bedrock_put_thinking(air_bedrock_out_t *o)
{
    const char             *display;
    const air_reasoning_t  *r;

    r = &o->msg->reasoning;

    if (o->plan.effort.len != 0) {
        air_bedrock_field(o, "output_config");
        air_buf_z(o->b, "{\"effort\":");
        air_buf_json(o->b, o->plan.effort);
        air_buf_z(o->b, "}");
    }

    if (o->plan.think == AIR_CLAUDE_SILENT) {
        return;
    }

    air_bedrock_field(o, "thinking");

    if (o->plan.think == AIR_CLAUDE_DISABLED) {
        air_buf_z(o->b, "{\"type\":\"disabled\"}");
        return;
    }

    if (o->plan.think == AIR_CLAUDE_BUDGET) {
        air_buf_z(o->b, "{\"type\":\"enabled\",\"budget_tokens\":");
        air_buf_uint(o->b, o->plan.budget);

    } else {
        air_buf_z(o->b, "{\"type\":\"adaptive\"");
    }

    display = r->exclude == AIR_ON ? "omitted"
              : r->summary.len != 0 || r->object ? "summarized" : NULL;

    if (display != NULL && o->model.known) {
        air_buf_z(o->b, ",\"display\":\"");
        air_buf_z(o->b, display);
        air_buf_z(o->b, "\"");

    } else if (r->exclude == AIR_ON) {
        air_warnings_addz(o->w.lost, "reasoning.exclude", AIR_LOST_MODEL);
    }

    air_buf_z(o->b, "}");
}


/* An effort as models have it that know three. */
static const char *
air_bedrock_effort(air_bedrock_out_t *o)
{
    const char             *effort;
    const air_reasoning_t  *r;

    r = &o->msg->reasoning;

    if (r->effort.len == 0) {

        if (!r->has_budget) {
            return "medium";
        }

        air_warnings_addz(o->w.lost, "reasoning.max_tokens",
                          AIR_LOST_CHANGED);

        return r->budget <= 2048 ? "low" : r->budget <= 8192 ? "medium"
                                                             : "high";
    }

    effort = air_str_eqz(r->effort, "low") || air_str_eqz(r->effort,
                                                          "minimal") ? "low"
             : air_str_eqz(r->effort, "medium") ? "medium" : "high";

    if (!air_str_eqz(r->effort, effort)) {
        air_warnings_addz(o->w.lost, "reasoning_effort", AIR_LOST_CHANGED);
    }

    return effort;
}


static void
air_bedrock_put_reasoning(air_bedrock_out_t *o)
{
    int                     off;
    const air_reasoning_t  *r;

    r = &o->msg->reasoning;
    off = r->enabled == AIR_OFF || air_str_eqz(r->effort, "none")
          || (r->has_budget && r->budget == 0);

    if (o->claude) {
        air_bedrock_put_thinking(o);
        return;
    }

    if (r->enabled != AIR_ON && r->effort.len == 0 && !r->has_budget && !off)
    {
        return;
    }

    if (o->w.maker == AIR_BEDROCK_NOVA_2) {

        if (!off) {
            air_bedrock_field(o, "reasoningConfig");
            air_buf_z(o->b, "{\"type\":\"enabled\","
                            "\"maxReasoningEffort\":\"");
            air_buf_z(o->b, air_bedrock_effort(o));
            air_buf_z(o->b, "\"}");
        }

    } else if (o->w.maker == AIR_BEDROCK_GPT_OSS && !off) {
        air_bedrock_field(o, "reasoning_effort");
        air_buf_z(o->b, "\"");
        air_buf_z(o->b, air_bedrock_effort(o));
        air_buf_z(o->b, "\"");

    } else if (!off || o->w.maker == AIR_BEDROCK_GPT_OSS) {
        air_warnings_addz(o->w.lost, r->effort.len ? "reasoning_effort"
                                                   : "reasoning",
                          AIR_LOST_MODEL);
    }
}


static void
air_bedrock_put_top_k(air_bedrock_out_t *o)
{
    air_str_t  k;

    k = o->claude ? o->plan.top_k : o->msg->top_k;

    if (k.len == 0) {
        return;
    }

    switch (o->w.maker) {

    case AIR_BEDROCK_ANY:
    case AIR_BEDROCK_CLAUDE:
    case AIR_BEDROCK_MISTRAL:
        air_bedrock_field(o, "top_k");
        air_buf_str(o->b, k);
        break;

    case AIR_BEDROCK_NOVA:
    case AIR_BEDROCK_NOVA_2:
        if (!air_bedrock_hard(o)) {
            air_bedrock_field(o, "inferenceConfig");
            air_buf_z(o->b, "{\"topK\":");
            air_buf_str(o->b, k);
            air_buf_z(o->b, "}");
            break;
        }

        /* fall through */

    default:
        air_warnings_addz(o->w.lost, "top_k", AIR_LOST_MODEL);
    }
}


static void
air_bedrock_put_fields(air_bedrock_out_t *o)
{
    if (o->w.own) {
        /* kept whole, with the others */
        return;
    }

    air_bedrock_put_reasoning(o);
    air_bedrock_put_top_k(o);

    air_buf_z(o->b, o->fields ? "}" : "");

    if (o->msg->has_stop && o->msg->stop != NULL && o->claude
        && o->msg->op != AIR_OP_COUNT_TOKENS)
    {
        /* which one was met is told only when asked for; where it stands
           differs between whole replies and streams */

        air_bedrock_member(o, "additionalModelResponseFieldPaths");
        air_buf_z(o->b, "[\"/stop_sequence\",\"/delta/stop_sequence\"]");
    }
}


static void
air_bedrock_put_format(air_bedrock_out_t *o)
{
    air_buf_t            schema;
    const air_format_t  *f;

    f = &o->msg->format;

    if (f->how == AIR_FORMAT_RAW && !o->w.own) {
        air_warnings_addz(o->w.lost, "response_format", AIR_LOST_NO_SUCH);
    }

    if (f->how != AIR_FORMAT_SCHEMA || (!o->w.own && !o->schemas)
        || air_bedrock_kept(o, "outputConfig"))
    {
        return;
    }

    air_bedrock_member(o, "outputConfig");
    air_buf_z(o->b, "{\"textFormat\":{\"type\":\"json_schema\","
                    "\"structure\":{\"jsonSchema\":{\"schema\":");

    if (o->w.own) {
        air_buf_json(o->b, f->schema);

    } else {
        air_buf_init(&schema, o->b->mem, o->b->cap);
        air_schema_write(f->schema, &schema, o->w.lost);

        if (schema.error != AIR_OK && o->b->error == AIR_OK) {
            o->b->error = schema.error;
        }

        air_buf_json(o->b, air_buf_view(&schema));
    }

    if (f->name.len != 0) {
        air_buf_z(o->b, ",\"name\":");
        air_buf_json(o->b, f->name);
    }

    if (f->description.len != 0) {
        air_buf_z(o->b, ",\"description\":");
        air_buf_json(o->b, f->description);
    }

    air_buf_z(o->b, "}}}}");
}


static void
air_bedrock_put_tier(air_bedrock_out_t *o)
{
    air_str_t    s;
    const char  *tier;

    s = o->msg->service_tier;

    if (s.len == 0) {
        return;
    }

    if (o->w.own) {
        air_bedrock_member(o, "serviceTier");
        air_buf_z(o->b, "{\"type\":");
        air_buf_json(o->b, s);
        air_buf_z(o->b, "}");
        return;
    }

    tier = air_str_eqz(s, "priority") || air_str_eqz(s, "fast") ? "priority"
           : air_str_eqz(s, "flex") ? "flex"
           : air_str_eqz(s, "default") || air_str_eqz(s, "standard")
             || air_str_eqz(s, "standard_only") ? "default"
           : air_str_eqz(s, "auto") ? "" : NULL;

    if (tier == NULL) {
        air_warnings_addz(o->w.lost, "service_tier", AIR_LOST_VALUE);

    } else if (*tier != '\0') {
        air_bedrock_member(o, "serviceTier");
        air_buf_z(o->b, "{\"type\":\"");
        air_buf_z(o->b, tier);
        air_buf_z(o->b, "\"}");
    }
}


/* 1 when a key or a value of metadata is one that is taken here. */
static int
air_bedrock_plain_text(air_str_t s, size_t least)
{
    size_t         i;
    unsigned char  c;

    if (s.len < least || s.len > AIR_BEDROCK_TEXT) {
        return 0;
    }

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || (c != 0 && strchr(" :_@$#=/+,-.", c) != NULL)))
        {
            return 0;
        }
    }

    return 1;
}


/* A flat object of few short texts, as requestMetadata must be. */
static void
air_bedrock_put_metadata(air_bedrock_out_t *o)
{
    int                     good;
    air_json_doc_t          doc;
    const air_json_node_t  *root, *node;

    if (o->msg->metadata.len == 0 || o->b->error != AIR_OK) {
        return;
    }

    if (o->w.own) {
        air_bedrock_member(o, "requestMetadata");
        air_buf_str(o->b, o->msg->metadata);
        return;
    }

    air_json_init(&doc, o->b->mem);
    good = air_json_scan(&doc, o->msg->metadata, AIR_JSON_VENDOR, NULL);

    if (good == AIR_ENOMEM) {
        o->b->error = AIR_ENOMEM;
        return;
    }

    root = good == AIR_OK ? air_json_root(&doc) : NULL;
    good = root != NULL && root->type == AIR_JSON_OBJECT
           && root->count <= AIR_BEDROCK_PAIRS;

    if (good && root->count == 0) {
        return;
    }

    for (node = good ? air_json_first(&doc, root) : NULL;
         node != NULL;
         node = air_json_next(&doc, node))
    {
        good = good && node->type == AIR_JSON_STRING && !node->escaped
               && !node->key_escaped
               && air_bedrock_plain_text(air_json_key(&doc, node), 1)
               && air_bedrock_plain_text(air_json_raw(&doc, node), 0);
    }

    if (!good) {
        air_warnings_addz(o->w.lost, "metadata", AIR_LOST_VALUE);
        return;
    }

    air_bedrock_member(o, "requestMetadata");
    air_buf_str(o->b, o->msg->metadata);
}


/* Whether the model can be held to a schema. */
static unsigned
air_bedrock_schemas(const air_bedrock_out_t *o)
{
    switch (o->w.maker) {

    case AIR_BEDROCK_ANY:
    case AIR_BEDROCK_CLAUDE:
        return o->model.schema;

    case AIR_BEDROCK_MISTRAL:
    case AIR_BEDROCK_GPT_OSS:
    case AIR_BEDROCK_OTHER:
        return 1;

    default:
        return 0;
    }
}


int
air_bedrock_request_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost)
{
    air_bedrock_out_t  o;

    static const char *const  names[] = {
        "min_p", "frequency_penalty", "presence_penalty",
        "repetition_penalty", "seed", "logit_bias", "user",
        "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
        "verbosity", "previous_response_id", "suffix", "n", "logprobs",
        "store", "modalities", NULL
    };

    if (msg->op == AIR_OP_EMBEDDINGS) {
        return air_bedrock_embed_write(msg, target, b, lost);
    }

    if (msg->op == AIR_OP_COMPLETIONS
        && (msg->inputs == NULL || msg->inputs->next != NULL
            || msg->inputs->raw.len != 0))
    {
        return AIR_EUNSUP;
    }

    memset(&o, 0, sizeof(air_bedrock_out_t));

    o.msg = msg;
    o.b = b;
    o.w.b = b;
    o.w.lost = lost;
    o.w.own = air_msg_issued(msg->wire, AIR_BEDROCK_WIRE);
    o.w.maker = air_bedrock_maker(target->model);

    air_claude(target->model, &o.model);

    o.claude = !o.w.own && o.w.maker <= AIR_BEDROCK_CLAUDE;
    o.schemas = air_bedrock_schemas(&o);

    if (o.claude) {
        air_claude_plan(msg, &o.model, 0, 0, &o.plan, lost);
    }

    air_buf_z(b, msg->op == AIR_OP_COUNT_TOKENS
                 ? "{\"input\":{\"converse\":{" : "{");

    air_bedrock_put_messages(&o);
    air_bedrock_put_system(&o);
    air_bedrock_put_tools(&o);

    if (msg->op != AIR_OP_COUNT_TOKENS) {
        air_bedrock_put_inference(&o);
        air_bedrock_put_format(&o);
        air_bedrock_put_tier(&o);
        air_bedrock_put_metadata(&o);
    }

    air_bedrock_put_fields(&o);

    if (o.w.own) {
        air_msg_extra_write(msg->extra, b);

    } else {
        air_msg_lose(msg, names, lost);
    }

    air_buf_z(b, msg->op == AIR_OP_COUNT_TOKENS ? "}}}" : "}");

    return b->error;
}
