
/*
 * Inside of the Bedrock codec: the files that write a request.
 */

#ifndef _AIR_BEDROCK_OUT_H_INCLUDED_
#define _AIR_BEDROCK_OUT_H_INCLUDED_


#include "air_bedrock.h"


typedef struct {
    const air_msg_request_t  *msg;
    air_bedrock_write_t       w;
    air_claude_t              model;
    air_claude_plan_t         plan;
    air_buf_t                *b;
    unsigned                  claude:1;
    unsigned                  schemas:1;  /* answers by schema are known    */
    unsigned                  members;    /* of the body, written           */
    unsigned                  fields;     /* additional ones, written       */
} air_bedrock_out_t;


/* Begins a member of the body. */
void air_bedrock_member(air_bedrock_out_t *o, const char *name);

/* Appends the instructions, all of them at the top, and what an answer must
   look like where that cannot be asked for otherwise. */
void air_bedrock_put_system(air_bedrock_out_t *o);

/* Appends the messages. */
void air_bedrock_put_messages(air_bedrock_out_t *o);

/* Appends the tools and the choice among them. */
void air_bedrock_put_tools(air_bedrock_out_t *o);


#endif /* _AIR_BEDROCK_OUT_H_INCLUDED_ */
