
/*
 * What Anthropic's models take: their limits and how they are told to think
 * are the same on Anthropic's own wire and behind those of others.
 */

#ifndef _AIR_CLAUDE_H_INCLUDED_
#define _AIR_CLAUDE_H_INCLUDED_


#include "air_msg.h"


/*
 * The issuer of what these models sign.  platform.claude.com/docs, extended
 * thinking, read 2026-11-22: signatures are compatible across platforms.
 */
#define AIR_CLAUDE_ISSUER  "anthropic"


/* how a model is told to think */
typedef enum {
    AIR_CLAUDE_THINK_NEVER = 0,
    AIR_CLAUDE_THINK_BUDGET,      /* {"type":"enabled","budget_tokens":n}   */
    AIR_CLAUDE_THINK_ADAPTIVE     /* {"type":"adaptive"}                    */
} air_claude_think_e;


typedef struct {
    air_claude_think_e  think;
    uint64_t            max_output;      /* 0: not known, as much as asked */
    uint64_t            default_output;
    unsigned            known:1;         /* one of the maker's              */
    unsigned            sampling:1;      /* temperature, top_p, top_k       */
    unsigned            both:1;          /* temperature beside top_p        */
    unsigned            thinks:1;        /* unless told not to              */
    unsigned            quiet:1;         /* may be told not to think        */
    unsigned            effort:1;        /* output_config.effort            */
    unsigned            xhigh:1;
    unsigned            max:1;
    unsigned            schema:1;        /* output_config.format, strict    */
    unsigned            force:1;         /* tool_choice any and tool        */
    unsigned            prefill:1;       /* the last message may be the
                                            assistant's                     */
} air_claude_t;


/* what is said about thinking */
typedef enum {
    AIR_CLAUDE_SILENT = 0,
    AIR_CLAUDE_BUDGET,
    AIR_CLAUDE_ADAPTIVE,
    AIR_CLAUDE_DISABLED
} air_claude_thinking_e;


typedef struct {
    air_claude_thinking_e  think;
    uint64_t               budget;
    uint64_t               max_tokens;
    air_str_t              effort;       /* output_config.effort, or empty */
    air_str_t              temperature;  /* raw numbers, or empty           */
    air_str_t              top_p;
    air_str_t              top_k;
} air_claude_plan_t;


/* What the model called name takes; one not known takes everything. */
void air_claude(air_str_t name, air_claude_t *m);

/*
 * Decides on thinking, effort, max_tokens and sampling, which hang together,
 * for that model.  own: the request was read from the wire it is written on
 * and says it already; demanded: the wire wants max_tokens always, a default
 * is told as added.  What cannot be said goes to lost.
 */
void air_claude_plan(const air_msg_request_t *msg, const air_claude_t *model,
    int own, int demanded, air_claude_plan_t *plan, air_warnings_t *lost);


#endif /* _AIR_CLAUDE_H_INCLUDED_ */
