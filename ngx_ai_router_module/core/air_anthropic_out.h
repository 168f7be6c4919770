
/*
 * Inside of the Anthropic codec: the files that write a request.
 */

#ifndef _AIR_ANTHROPIC_OUT_H_INCLUDED_
#define _AIR_ANTHROPIC_OUT_H_INCLUDED_


#include "air_anthropic.h"


/* what is said about thinking */
typedef enum {
    AIR_ANTHROPIC_SILENT = 0,
    AIR_ANTHROPIC_BUDGET,
    AIR_ANTHROPIC_ADAPTIVE,
    AIR_ANTHROPIC_DISABLED
} air_anthropic_thinking_e;


typedef struct {
    const air_msg_request_t   *msg;
    air_anthropic_write_t      w;
    air_anthropic_model_t      model;

    /* the plan */
    air_anthropic_thinking_e   think;
    uint64_t                   budget;
    uint64_t                   max_tokens;
    air_str_t                  effort;
} air_anthropic_out_t;


/* Decides on thinking, effort and max_tokens, which hang together. */
void air_anthropic_plan(air_anthropic_out_t *o);

/* Appends ,"system":... when there is any, and ,"messages":[...]. */
void air_anthropic_put_messages(air_anthropic_out_t *o);

/* Appends ,"name":raw unless raw is empty. */
void air_anthropic_put_raw(air_anthropic_out_t *o, const char *name,
    air_str_t raw);

/*
 * Appends a JSON schema as constrained decoding takes it: objects closed,
 * bounds that it does not know left out.
 */
void air_anthropic_schema_write(air_str_t schema, air_buf_t *b,
    air_warnings_t *lost);


#endif /* _AIR_ANTHROPIC_OUT_H_INCLUDED_ */
