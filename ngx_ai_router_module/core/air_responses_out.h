
/*
 * Inside of the Responses codec: what the files that write a request share.
 */

#ifndef _AIR_RESPONSES_OUT_H_INCLUDED_
#define _AIR_RESPONSES_OUT_H_INCLUDED_


#include "air_responses.h"


typedef struct {
    const air_msg_request_t  *msg;
    air_str_t                 model;
    air_buf_t                *b;
    air_warnings_t           *lost;
    unsigned                  n;            /* items written                */
    unsigned                  own:1;        /* read from this wire          */
    unsigned                  open:1;       /* a message's content          */
    unsigned                  maker:1;      /* OpenAI's own models          */
} air_responses_write_t;


/* Appends ,"name":"text" when there is any. */
void air_responses_put_text(air_responses_write_t *w, const char *name,
    air_str_t text);

/* Appends ,"name":raw when there is any. */
void air_responses_put_raw(air_responses_write_t *w, const char *name,
    air_str_t raw);

/* Appends ,"name":true or false when it is set. */
void air_responses_put_switch(air_responses_write_t *w, const char *name,
    air_switch_e on);

/* Appends instructions and input: the conversation as items. */
void air_responses_put_input(air_responses_write_t *w);


#endif /* _AIR_RESPONSES_OUT_H_INCLUDED_ */
