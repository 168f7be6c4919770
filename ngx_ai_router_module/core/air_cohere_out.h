
/*
 * Inside of the Cohere codec: the files that write a request.
 */

#ifndef _AIR_COHERE_OUT_H_INCLUDED_
#define _AIR_COHERE_OUT_H_INCLUDED_


#include "air_cohere.h"


typedef struct {
    const air_msg_request_t  *msg;
    air_str_t                 model;
    air_buf_t                *b;
    air_warnings_t           *lost;
    const air_turn_t         *owing;      /* results whose media follow     */
    unsigned                  n;          /* messages written               */
    unsigned                  own:1;      /* read from this wire            */
    unsigned                  thinks:1;   /* the model can                  */
    unsigned                  apart:1;    /* documents stand in documents   */
    unsigned                  wish:1;     /* a schema is asked for in words */
    unsigned                  wished:1;   /* and was                        */
} air_cohere_write_t;


/* Appends ,"name":raw unless raw is empty. */
void air_cohere_put_raw(air_cohere_write_t *w, const char *name,
    air_str_t raw);

/* 1 for a document whose text is known: no file. */
int air_cohere_readable(const air_part_t *p);

/* Appends ,"messages":[...]. */
void air_cohere_put_messages(air_cohere_write_t *w);

/* Appends ,"documents":[...] when any stand beside the conversation. */
void air_cohere_put_documents(air_cohere_write_t *w);


#endif /* _AIR_COHERE_OUT_H_INCLUDED_ */
