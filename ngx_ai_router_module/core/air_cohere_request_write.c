
/*
 * The neutral request, written on Cohere's wire for one model.  What the
 * wire or the model has no word for is named in the warnings.
 *
 * An answer by schema cannot be asked for beside tools or documents, so
 * there it is an instruction, or the documents are text.
 *
 * docs.cohere.com/v2/reference/chat, /docs/tool-use-overview, /docs
 * /structured-outputs, /docs/reasoning and the vendor's openapi, read
 * 2026-11-22.
 */

#include "air_cohere_out.h"


#define AIR_COHERE_STOPS  5
#define AIR_COHERE_K      500
#define AIR_COHERE_ONE    ((uint64_t) 1000000000)          /* of 1e-9       */
#define AIR_COHERE_P_MIN  ((uint64_t) 10000000)            /* 0.01          */
#define AIR_COHERE_P_MAX  ((uint64_t) 990000000)           /* 0.99          */


/* models that do not think; others do, or are not known here */
static const char *const  air_cohere_plain[] = {
    "command-r-", "command-r7b", "command-a-03", "command-a-vision",
    "command-a-translate", "command-light", "command-nightly", "c4ai-", NULL
};

/* what this wire has no word for */
static const char *const  air_cohere_lacks[] = {
    "min_p", "repetition_penalty", "logit_bias", "metadata", "user",
    "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
    "verbosity", "previous_response_id", "suffix", "n", "store",
    "modalities", NULL
};


static int
air_cohere_thinks(air_str_t model)
{
    size_t       n;
    const char  *const *name;

    for (name = air_cohere_plain; *name != NULL; name++) {

        n = strlen(*name);

        if (model.len >= n && memcmp(model.data, *name, n) == 0) {
            return 0;
        }
    }

    return !air_str_eqz(model, "command-r") && !air_str_eqz(model, "command");
}


void
air_cohere_put_raw(air_cohere_write_t *w, const char *name, air_str_t raw)
{
    if (raw.len != 0) {
        air_buf_z(w->b, ",\"");
        air_buf_z(w->b, name);
        air_buf_z(w->b, "\":");
        air_buf_str(w->b, raw);
    }
}


/* --------------------------------------------------------------- tools */


/* 1 when the schema demands a parameter: strict tools have to. */
static int
air_cohere_demands(air_cohere_write_t *w, air_str_t schema)
{
    air_json_doc_t          doc;
    const air_json_node_t  *node;

    if (schema.len == 0) {
        return 0;
    }

    air_json_init(&doc, w->b->mem);

    if (air_json_scan(&doc, schema, AIR_JSON_VENDOR, NULL) != AIR_OK) {
        return 0;
    }

    node = air_json_get(&doc, air_json_root(&doc), "required");

    return node != NULL && node->type == AIR_JSON_ARRAY && node->count != 0;
}


static void
air_cohere_put_tool(air_cohere_write_t *w, const air_tool_t *t)
{
    air_buf_z(w->b, "{\"type\":\"function\",\"function\":{\"name\":");
    air_buf_json(w->b, t->name);

    if (t->has_description || t->description.len != 0) {
        air_buf_z(w->b, ",\"description\":");
        air_buf_json(w->b, t->description);
    }

    air_cohere_put_raw(w, "parameters",
                       w->own || !air_msg_hollow(t->schema)
                       ? t->schema
                       : air_str_z("{\"type\":\"object\","
                                   "\"properties\":{}}"));
    air_buf_z(w->b, "}");

    if (w->own) {
        air_msg_extra_write(t->extra, w->b);
    }

    air_buf_z(w->b, "}");
}


/* strict is said of all tools or of none. */
static void
air_cohere_put_strict(air_cohere_write_t *w, unsigned n, unsigned strict,
    unsigned demands)
{
    if (w->own) {

        if (w->msg->tools != NULL && w->msg->tools->strict != AIR_UNSET) {
            air_cohere_put_raw(w, "strict_tools",
                               air_str_z(w->msg->tools->strict == AIR_ON
                                         ? "true" : "false"));
        }

        return;
    }

    if (strict == 0) {
        return;
    }

    if (strict == n && demands == n) {
        air_cohere_put_raw(w, "strict_tools", air_str_z("true"));

    } else {
        air_warnings_addz(w->lost, "tools.strict", AIR_LOST_VALUE);
    }
}


static void
air_cohere_put_choice(air_cohere_write_t *w)
{
    const air_tool_choice_t  *c;

    c = &w->msg->tool_choice;

    switch (c->how) {

    case AIR_CHOOSE_NONE:
        air_buf_z(w->b, ",\"tool_choice\":\"NONE\"");
        break;

    case AIR_CHOOSE_ONE:
        /* the others were left out */
        air_warnings_addz(w->lost, "tool_choice", AIR_LOST_CHANGED);
        air_buf_z(w->b, ",\"tool_choice\":\"REQUIRED\"");
        break;

    case AIR_CHOOSE_ANY:
        air_buf_z(w->b, ",\"tool_choice\":\"REQUIRED\"");
        break;

    case AIR_CHOOSE_RAW:
        if (w->own) {
            air_cohere_put_raw(w, "tool_choice", c->raw);

        } else {
            air_warnings_addz(w->lost, "tool_choice", AIR_LOST_NO_SUCH);
        }
        break;

    default:
        break;
    }

    if (c->parallel == AIR_OFF) {
        air_warnings_addz(w->lost, "parallel_tool_calls", AIR_LOST_NO_SUCH);
    }
}


static void
air_cohere_put_tools(air_cohere_write_t *w)
{
    unsigned                  n, strict, demands;
    const air_tool_t         *t;
    const air_tool_choice_t  *c;

    c = &w->msg->tool_choice;
    n = 0;
    strict = 0;
    demands = 0;

    for (t = w->msg->tools; t != NULL; t = t->next) {

        if (t->issuer != NULL || (t->custom && !w->own)) {
            air_warnings_addz(w->lost, "tools", AIR_LOST_NO_SUCH);
            continue;
        }

        if (c->how == AIR_CHOOSE_ONE && !air_str_eq(c->name, t->name)) {
            continue;
        }

        if (t->cache.set == AIR_ON) {
            air_warnings_addz(w->lost, "cache_control", AIR_LOST_NO_SUCH);
        }

        air_buf_z(w->b, n++ ? "," : ",\"tools\":[");
        air_cohere_put_tool(w, t);

        if (t->strict == AIR_ON) {
            strict++;
            demands += (unsigned) air_cohere_demands(w, t->schema);
        }
    }

    if (n != 0) {
        air_buf_z(w->b, "]");

    } else if (w->msg->has_tools && w->own) {
        air_buf_z(w->b, ",\"tools\":[]");
    }

    air_cohere_put_strict(w, n, strict, demands);

    if (n != 0 || w->own) {
        air_cohere_put_choice(w);
    }
}


/* ------------------------------------------------------------ settings */


static void
air_cohere_put_format(air_cohere_write_t *w)
{
    const air_format_t  *f;

    f = &w->msg->format;

    if (w->own && f->raw.len != 0) {
        air_cohere_put_raw(w, "response_format", f->raw);
        return;
    }

    switch (f->how) {

    case AIR_FORMAT_JSON:
    case AIR_FORMAT_SCHEMA:
        if (w->wish) {
            air_warnings_addz(w->lost, "response_format", AIR_LOST_CHANGED);
            return;
        }

        air_buf_z(w->b, ",\"response_format\":{\"type\":\"json_object\"");

        if (f->how == AIR_FORMAT_SCHEMA) {
            air_cohere_put_raw(w, "json_schema", f->schema);
        }

        air_buf_z(w->b, "}");
        break;

    case AIR_FORMAT_RAW:
        air_warnings_addz(w->lost, "response_format", AIR_LOST_NO_SUCH);
        break;

    default:
        break;
    }
}


/* A number held within bounds, in units of 1e-9. */
static void
air_cohere_put_bound(air_cohere_write_t *w, const char *name,
    const char *theirs, air_str_t raw, uint64_t min, uint64_t max)
{
    uint64_t  n;

    if (raw.len == 0) {
        return;
    }

    n = air_msg_decimal(raw);

    if (w->own || (n >= min && n <= max
                   && (raw.data[0] != '-' || min != 0)))
    {
        air_cohere_put_raw(w, name, raw);
        return;
    }

    air_warnings_addz(w->lost, theirs, AIR_LOST_CHANGED);

    n = n > max ? max : min;

    air_buf_z(w->b, ",\"");
    air_buf_z(w->b, name);
    air_buf_z(w->b, "\":");
    air_buf_pusd(w->b, n * 1000);          /* of 1e-12: a plain decimal */
}


static void
air_cohere_put_sampling(air_cohere_write_t *w)
{
    unsigned                  n;
    const air_item_t         *s;
    const air_msg_request_t  *m;

    m = w->msg;

    if (m->has_max_output) {
        air_buf_z(w->b, ",\"max_tokens\":");
        air_buf_uint(w->b, m->max_output);
    }

    n = 0;

    for (s = m->stop; s != NULL; s = s->next) {

        if (n == AIR_COHERE_STOPS && !w->own) {
            air_warnings_addz(w->lost, "stop", AIR_LOST_VALUE);
            break;
        }

        air_buf_z(w->b, n++ ? "," : ",\"stop_sequences\":[");
        air_buf_json(w->b, s->text);
    }

    air_buf_z(w->b, n ? "]" : w->own && m->has_stop
                              ? ",\"stop_sequences\":[]" : "");

    air_cohere_put_raw(w, "temperature", m->temperature);
    air_cohere_put_bound(w, "p", "top_p", m->top_p, AIR_COHERE_P_MIN,
                         AIR_COHERE_P_MAX);
    air_cohere_put_bound(w, "k", "top_k", m->top_k, 0,
                         AIR_COHERE_K * AIR_COHERE_ONE);
    air_cohere_put_bound(w, "frequency_penalty", "frequency_penalty",
                         m->frequency_penalty, 0, AIR_COHERE_ONE);
    air_cohere_put_bound(w, "presence_penalty", "presence_penalty",
                         m->presence_penalty, 0, AIR_COHERE_ONE);
    air_cohere_put_raw(w, "seed", m->seed);

    if (m->logprobs == AIR_ON || (w->own && m->logprobs == AIR_OFF)) {
        air_cohere_put_raw(w, "logprobs",
                           air_str_z(m->logprobs == AIR_ON ? "true"
                                                           : "false"));
    }

    if (m->has_top_logprobs && m->top_logprobs != 0) {
        air_warnings_addz(w->lost, "top_logprobs", AIR_LOST_NO_SUCH);
    }
}


static void
air_cohere_put_thinking(air_cohere_write_t *w)
{
    int                     off;
    uint64_t                budget;
    unsigned                i;
    const air_reasoning_t  *r;

    /* as for other vendors who take budgets */

    static const struct {
        const char  *effort;
        uint64_t     budget;
    }  budgets[] = {
        { "minimal", 1024 }, { "low", 2048 }, { "medium", 8192 },
        { "high", 16384 }, { "xhigh", 24576 }, { "max", 0 }
    };

    r = &w->msg->reasoning;
    off = r->enabled == AIR_OFF || air_str_eqz(r->effort, "none")
          || (r->has_budget && r->budget == 0);

    if (r->exclude == AIR_ON) {
        air_warnings_addz(w->lost, "reasoning.exclude", AIR_LOST_NO_SUCH);
    }

    if (r->enabled == AIR_UNSET && r->effort.len == 0 && !r->has_budget) {
        return;
    }

    if (!w->own && !w->thinks) {

        /* what it does not do it need not be told to leave */

        if (!off) {
            air_warnings_addz(w->lost, r->has_budget ? "reasoning.max_tokens"
                                       : r->effort.len ? "reasoning_effort"
                                                       : "reasoning",
                              AIR_LOST_MODEL);
        }

        return;
    }

    if (off) {
        air_buf_z(w->b, ",\"thinking\":{\"type\":\"disabled\"}");
        return;
    }

    budget = r->has_budget ? r->budget : 0;

    for (i = 0; !r->has_budget && i < sizeof(budgets) / sizeof(budgets[0]);
         i++)
    {
        if (air_str_eqz(r->effort, budgets[i].effort)) {
            budget = budgets[i].budget;
            air_warnings_addz(w->lost, "reasoning_effort", AIR_LOST_CHANGED);
        }
    }

    air_buf_z(w->b, ",\"thinking\":{\"type\":\"enabled\"");

    if (budget != 0) {
        air_buf_z(w->b, ",\"token_budget\":");
        air_buf_uint(w->b, budget);
    }

    air_buf_z(w->b, "}");
}


/* What hangs together is decided before anything is written. */
static void
air_cohere_plan(air_cohere_write_t *w)
{
    int                json, tools, documents;
    const air_part_t  *p;
    const air_tool_t  *t;
    const air_turn_t  *turn;

    if (w->own) {
        return;
    }

    json = w->msg->format.how == AIR_FORMAT_JSON
           || w->msg->format.how == AIR_FORMAT_SCHEMA;
    tools = 0;
    documents = 0;

    for (t = w->msg->tools; t != NULL; t = t->next) {
        tools |= t->issuer == NULL && !t->custom;
    }

    for (turn = w->msg->turns; turn != NULL; turn = turn->next) {
        for (p = turn->parts; p != NULL; p = p->next) {
            documents |= air_cohere_readable(p);
        }
    }

    w->apart = documents && !tools && !json;
    w->wish = json && tools;
}


int
air_cohere_request_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost)
{
    air_cohere_write_t  w;

    if (msg->op == AIR_OP_EMBEDDINGS) {
        return air_cohere_embed_write(msg, target, b, lost);
    }

    if (msg->op == AIR_OP_COUNT_TOKENS
        || (msg->op == AIR_OP_COMPLETIONS
            && (msg->inputs == NULL || msg->inputs->next != NULL
                || msg->inputs->raw.len != 0)))
    {
        return AIR_EUNSUP;
    }

    memset(&w, 0, sizeof(air_cohere_write_t));

    w.msg = msg;
    w.model = target->model.len ? target->model : msg->model;
    w.b = b;
    w.lost = lost;
    w.own = air_msg_issued(msg->wire, AIR_COHERE_WIRE);
    w.thinks = air_cohere_thinks(w.model);

    air_cohere_plan(&w);

    air_buf_z(b, "{\"model\":");
    air_buf_json(b, w.model);

    air_cohere_put_messages(&w);

    air_cohere_put_documents(&w);
    air_cohere_put_tools(&w);
    air_cohere_put_format(&w);
    air_cohere_put_thinking(&w);
    air_cohere_put_sampling(&w);

    if (msg->stream || msg->has_stream) {
        air_buf_z(b, msg->stream ? ",\"stream\":true" : ",\"stream\":false");
    }

    if (w.own) {
        air_msg_extra_write(msg->extra, b);

    } else {
        air_msg_lose(msg, air_cohere_lacks, lost);

        if (msg->service_tier.len != 0
            && !air_str_eqz(msg->service_tier, "auto")
            && !air_str_eqz(msg->service_tier, "default")
            && !air_str_eqz(msg->service_tier, "standard_only"))
        {
            air_warnings_addz(lost, "service_tier", AIR_LOST_NO_SUCH);
        }
    }

    air_buf_z(b, "}");

    return b->error;
}
