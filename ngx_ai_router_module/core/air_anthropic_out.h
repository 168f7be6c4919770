
/*
 * Inside of the Anthropic codec: the files that write a request.
 */

#ifndef _AIR_ANTHROPIC_OUT_H_INCLUDED_
#define _AIR_ANTHROPIC_OUT_H_INCLUDED_


#include "air_anthropic.h"
#include "air_claude.h"
#include "air_schema.h"


typedef struct {
    const air_msg_request_t   *msg;
    air_anthropic_write_t      w;
    air_claude_t               model;
    air_claude_plan_t          plan;
} air_anthropic_out_t;


/* Appends ,"system":... when there is any, and ,"messages":[...]. */
void air_anthropic_put_messages(air_anthropic_out_t *o);

/* Appends ,"name":raw unless raw is empty. */
void air_anthropic_put_raw(air_anthropic_out_t *o, const char *name,
    air_str_t raw);


#endif /* _AIR_ANTHROPIC_OUT_H_INCLUDED_ */
