
/*
 * Capabilities: their names, what an operator lays over a table, and what
 * becomes of a request that asks for more than a model has.
 */

#include "../../ngx_ai_router_module/core/air_can.h"
#include "tap.h"


static air_msg_request_t  msg, fit;
static air_warnings_t     lost;


static void
begin(const char *wire)
{
    air_msg_request_init(&msg, wire, AIR_OP_CHAT);
    memset(&lost, 0, sizeof(lost));
}


static void
told(const char *field, air_lost_e why, const char *name)
{
    is(lost.n, 1, "%s: one thing is told", name);

    if (lost.n == 1) {
        is_str(lost.w[0].field, field, "%s: its name", name);
        is(lost.w[0].why, why, "%s: the reason", name);
    }
}


static void
test_names(void)
{
    unsigned  i;

    for (i = 0; i < AIR_NCAN; i++) {
        is(air_can_bit(air_str_z(air_can_name(i))), (uint32_t) 1 << i, "%s",
           air_can_name(i));
    }

    ok(air_can_name(AIR_NCAN) == NULL, "past the last");
    is(air_can_bit(air_str_z("tool")), 0, "unknown");
    is(air_can_bit(air_str_z("")), 0, "empty");
    is_str(air_str_z(air_can_name(1)), "vision", "in the order of the bits");
}


static void
test_override(void)
{
    air_can_t  can = { 1000, 100, AIR_CAN_TOOLS,
                       AIR_CAN_TOOLS|AIR_CAN_VISION };
    air_can_t  over = { 0, 50, AIR_CAN_VISION,
                        AIR_CAN_VISION|AIR_CAN_TOOLS };

    is(air_can_lacks(&can, AIR_CAN_TOOLS|AIR_CAN_VISION|AIR_CAN_PDF),
       AIR_CAN_VISION, "lacks what is known to be missing");

    air_can_override(&can, &over);

    is(can.bits, AIR_CAN_VISION, "each capability on its own");
    is(can.known, AIR_CAN_TOOLS|AIR_CAN_VISION, "all are known");
    is(can.context, 1000, "a window not spoken of stays");
    is(can.max_output, 50, "a limit that is given counts");

    over.context = 7;
    over.known = AIR_CAN_PDF;
    over.bits = AIR_CAN_PDF|AIR_CAN_AUDIO;
    air_can_override(&can, &over);
    is(can.bits, AIR_CAN_VISION|AIR_CAN_PDF, "only what it knows");
    is(can.context, 7, "a window");
}


static void
test_output(void)
{
    air_can_t  can = { 0, 100, 0, 0 };

    begin("openai");
    msg.has_max_output = 1;
    msg.max_output = 101;
    air_can_fit(&can, &msg, &fit, &lost);
    is(fit.max_output, 100, "lowered");
    is(msg.max_output, 101, "the message stays as it is");
    told("max_tokens", AIR_LOST_CHANGED, "lowered");

    begin("responses");
    msg.has_max_output = 1;
    msg.max_output = 101;
    air_can_fit(&can, &msg, &fit, &lost);
    told("max_output_tokens", AIR_LOST_CHANGED, "in the wire's words");

    begin("openai");
    msg.has_max_output = 1;
    msg.max_output = 100;
    air_can_fit(&can, &msg, &fit, &lost);
    is(fit.max_output, 100, "as much as it writes");
    is(lost.n, 0, "nothing is told of it");

    begin("openai");
    air_can_fit(&can, &msg, &fit, &lost);
    is(fit.has_max_output, 0, "no limit, none made up");

    begin("openai");
    can.max_output = 0;
    msg.has_max_output = 1;
    msg.max_output = 1000000;
    air_can_fit(&can, &msg, &fit, &lost);
    is(fit.max_output, 1000000, "unknown lowers nothing");
    is(lost.n, 0, "nor is it told");
}


static void
test_thinking(void)
{
    air_can_t  no = { 0, 0, 0, AIR_CAN_REASONING };
    air_can_t  yes = { 0, 0, AIR_CAN_REASONING, AIR_CAN_REASONING };

    begin("openai");
    msg.reasoning.effort = air_str_z("high");
    air_can_fit(&no, &msg, &fit, &lost);
    is(fit.reasoning.effort.len, 0, "no effort");
    told("reasoning_effort", AIR_LOST_MODEL, "effort");

    begin("openai");
    msg.reasoning.effort = air_str_z("high");
    air_can_fit(&yes, &msg, &fit, &lost);
    is(fit.reasoning.effort.len, 4, "who can, does");
    is(lost.n, 0, "nothing is lost");

    begin("openai");
    msg.reasoning.effort = air_str_z("none");
    air_can_fit(&no, &msg, &fit, &lost);
    is(lost.n, 0, "none is what it gets");

    begin("openai");
    msg.reasoning.object = 1;
    msg.reasoning.enabled = AIR_ON;
    air_can_fit(&no, &msg, &fit, &lost);
    told("reasoning", AIR_LOST_MODEL, "OpenRouter's object");

    begin("responses");
    msg.reasoning.effort = air_str_z("low");
    air_can_fit(&no, &msg, &fit, &lost);
    told("reasoning", AIR_LOST_MODEL, "Responses");

    begin("anthropic");
    msg.reasoning.enabled = AIR_ON;
    msg.reasoning.has_budget = 1;
    msg.reasoning.budget = 2000;
    air_can_fit(&no, &msg, &fit, &lost);
    is(fit.reasoning.has_budget, 0, "no budget");
    told("thinking", AIR_LOST_MODEL, "Messages");

    begin("anthropic");
    msg.reasoning.effort = air_str_z("low");
    air_can_fit(&no, &msg, &fit, &lost);
    told("output_config.effort", AIR_LOST_MODEL, "Messages, effort");

    begin("anthropic");
    msg.reasoning.enabled = AIR_OFF;
    air_can_fit(&no, &msg, &fit, &lost);
    is(fit.reasoning.enabled, AIR_OFF, "not to think is fine");
    is(lost.n, 0, "and nothing is lost");
}


static void
test_rest(void)
{
    air_can_t  no = { 0, 0, 0, AIR_CAN_LOGPROBS|AIR_CAN_CHOICES };
    air_can_t  unknown = { 0, 0, 0, 0 };

    begin("openai");
    msg.logprobs = AIR_ON;
    msg.has_top_logprobs = 1;
    air_can_fit(&no, &msg, &fit, &lost);
    ok(fit.logprobs == AIR_UNSET && !fit.has_top_logprobs, "no logprobs");
    told("logprobs", AIR_LOST_MODEL, "logprobs");

    begin("openai");
    msg.has_choices = 1;
    msg.choices = 2;
    air_can_fit(&no, &msg, &fit, &lost);
    is(fit.has_choices, 0, "one answer");
    told("n", AIR_LOST_MODEL, "n");

    begin("openai");
    msg.has_choices = 1;
    msg.choices = 1;
    air_can_fit(&no, &msg, &fit, &lost);
    is(fit.has_choices, 1, "one was asked for");
    is(lost.n, 0, "that is no loss");

    begin("openai");
    msg.logprobs = AIR_ON;
    msg.has_choices = 1;
    msg.choices = 4;
    msg.reasoning.effort = air_str_z("high");
    air_can_fit(&unknown, &msg, &fit, &lost);
    ok(memcmp(&msg, &fit, sizeof(msg)) == 0, "unknown takes nothing away");
    is(lost.n, 0, "and tells nothing");
}


static void
test_losses(void)
{
    size_t         len;
    unsigned char  out[48];

    begin("openai");
    is(air_warnings_losses(&lost), 0, "nothing lost");
    is((long long) air_warnings_brief(&lost, out, 0, sizeof(out)), 0,
       "nothing to say");

    air_warnings_addz(&lost, "temperature", AIR_LOST_CHANGED);
    air_warnings_addz(&lost, "messages", AIR_LOST_MERGED);
    air_warnings_addz(&lost, "max_tokens", AIR_LOST_ADDED);
    air_warnings_addz(&lost, "thinking", AIR_LOST_ISSUER);
    air_warnings_addz(&lost, "citations", AIR_LOST_ISSUER);
    is(air_warnings_losses(&lost), 0, "all of it is said, or was an answer");

    air_warnings_addz(&lost, "image.file_id", AIR_LOST_ISSUER);
    air_warnings_addz(&lost, "seed", AIR_LOST_NO_SUCH);
    air_warnings_addz(&lost, "top_p", AIR_LOST_MODEL);
    air_warnings_addz(&lost, "stop", AIR_LOST_VALUE);
    is(air_warnings_losses(&lost), 4, "these are lost");

    begin("openai");
    lost.more = 1;
    is(air_warnings_losses(&lost), 1, "what found no room may be one");

    begin("openai");
    air_warnings_addz(&lost, "seed", AIR_LOST_NO_SUCH);
    air_warnings_addz(&lost, "a b\nc", AIR_LOST_MODEL);
    len = air_warnings_brief(&lost, out, 0, sizeof(out));
    is_str(air_str_n(out, len), "seed=no_such,field=model",
           "a name is a plain word");

    len = air_warnings_brief(&lost, out, len, len + 14);
    is_str(air_str_n(out, len), "seed=no_such,field=model,seed=no_such",
           "goes on, with what fits");

    begin("openai");
    air_warnings_addz(&lost, "a_member_whose_name_is_rather_long_indeed_yes",
                      AIR_LOST_VALUE);
    air_warnings_addz(&lost, "", AIR_LOST_VALUE);
    air_warnings_addz(&lost, "n", AIR_LOST_VALUE);
    len = air_warnings_brief(&lost, out, 0, sizeof(out));
    is_str(air_str_n(out, len), "field=value,field=value,n=value",
           "no name, a name too long");
    is((long long) air_warnings_brief(&lost, out, 0, 6), 0,
       "room for nothing");
}


int
main(void)
{
    test_names();
    test_override();
    test_output();
    test_thinking();
    test_rest();
    test_losses();

    return done();
}
