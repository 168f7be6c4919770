
/*
 * Names of capabilities, and what becomes of a request that asks a model for
 * more than it has.
 */

#include "air_can.h"


static const char *const  air_can_names[AIR_NCAN] = {
    "tools", "vision", "audio_in", "pdf", "json_schema", "reasoning",
    "streaming", "prompt_cache", "web_search", "embeddings", "logprobs",
    "choices"
};


const char *
air_can_name(unsigned i)
{
    return i < AIR_NCAN ? air_can_names[i] : NULL;
}


uint32_t
air_can_bit(air_str_t name)
{
    unsigned  i;

    for (i = 0; i < AIR_NCAN; i++) {
        if (air_str_eqz(name, air_can_names[i])) {
            return (uint32_t) 1 << i;
        }
    }

    return 0;
}


uint32_t
air_can_lacks(const air_can_t *can, uint32_t needs)
{
    return needs & can->known & ~can->bits;
}


uint32_t
air_can_paper(const air_can_t *before, const air_can_t *can, int *window)
{
    *window = before->context != 0 && can->context != 0
              && can->context < before->context;

    return air_can_lacks(can, before->bits & before->known
                              & (AIR_CAN_HARD|AIR_CAN_SCHEMA|AIR_CAN_EMBED));
}


void
air_can_override(air_can_t *can, const air_can_t *over)
{
    can->bits = (can->bits & ~over->known) | (over->bits & over->known);
    can->known |= over->known;

    if (over->context != 0) {
        can->context = over->context;
    }

    if (over->max_output != 0) {
        can->max_output = over->max_output;
    }
}


/* 1 when thinking is asked for, not only forbidden or described. */
static int
air_can_thinks(const air_reasoning_t *r)
{
    return (r->effort.len != 0 && !air_str_eqz(r->effort, "none"))
           || (r->has_budget && r->budget != 0) || r->enabled == AIR_ON;
}


static const char *
air_can_thinking(const air_msg_request_t *msg)
{
    if (air_msg_issued(msg->wire, "anthropic")) {
        return msg->reasoning.enabled == AIR_ON || msg->reasoning.has_budget
               ? "thinking" : "output_config.effort";
    }

    return msg->reasoning.object || air_msg_issued(msg->wire, "responses")
           ? "reasoning" : "reasoning_effort";
}


void
air_can_fit(const air_can_t *can, const air_msg_request_t *msg,
    air_msg_request_t *fit, air_warnings_t *lost)
{
    *fit = *msg;

    if (can->max_output != 0 && msg->has_max_output
        && msg->max_output > can->max_output)
    {
        fit->max_output = can->max_output;
        air_warnings_addz(lost, air_msg_issued(msg->wire, "responses")
                                ? "max_output_tokens" : "max_tokens",
                          AIR_LOST_CHANGED);
    }

    if (air_can_lacks(can, AIR_CAN_REASONING)
        && air_can_thinks(&msg->reasoning))
    {
        memset(&fit->reasoning, 0, sizeof(air_reasoning_t));
        air_warnings_addz(lost, air_can_thinking(msg), AIR_LOST_MODEL);
    }

    if (air_can_lacks(can, AIR_CAN_LOGPROBS)
        && (msg->logprobs == AIR_ON || msg->has_top_logprobs))
    {
        fit->logprobs = AIR_UNSET;
        fit->has_top_logprobs = 0;
        air_warnings_addz(lost, "logprobs", AIR_LOST_MODEL);
    }

    if (air_can_lacks(can, AIR_CAN_CHOICES) && msg->has_choices
        && msg->choices > 1)
    {
        fit->has_choices = 0;
        air_warnings_addz(lost, "n", AIR_LOST_MODEL);
    }
}
