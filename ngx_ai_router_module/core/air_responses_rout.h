
/*
 * Inside of the Responses codec: what the files that write a stream share.
 */

#ifndef _AIR_RESPONSES_ROUT_H_INCLUDED_
#define _AIR_RESPONSES_ROUT_H_INCLUDED_


#include "air_responses.h"


#define AIR_RESPONSES_TIER  32


/* A block of the neutral stream: an item, or a part of a message. */
typedef struct {
    uint32_t    block;
    uint32_t    item;             /* its place in items                     */
    uint32_t    content;          /* content_index of a text                */
    uint32_t    nnotes;
    air_part_e  part;
    air_buf_t   text;             /* what it said                           */
    air_buf_t   notes;            /* annotations, raw; a seal, JSON; a
                                     call's id and name, JSON; type of an
                                     image                                  */
    air_buf_t   tokens;           /* logprobs, raw                          */
    unsigned    open:1;
    unsigned    begun:1;          /* the part of a summary                  */
} air_rout_part_t;


typedef struct {
    air_buf_t   json;             /* as it is repeated                      */
    uint32_t    nparts;           /* of a message                           */
    uint32_t    nopen;
    air_part_e  part;             /* AIR_PART_TEXT: a message               */
    unsigned    custom:1;
    unsigned    done:1;
} air_rout_item_t;


typedef struct {
    air_rout_part_t  *part;
    unsigned          n;
    unsigned          size;
    air_rout_item_t  *item;
    unsigned          nitems;
    unsigned          items_size;
    unsigned          message;    /* 1 + the message that is open, 0 none   */
    size_t            kept;
    air_buf_t         spare;      /* room of a text that is over            */
    air_finish_e      finish;
    uint8_t           tier_len;
    unsigned char     tier[AIR_RESPONSES_TIER];
} air_rout_t;


/* Room for element n of an array that doubles, or NULL: no memory. */
void *air_rout_more(const air_mem_t *mem, void *old, unsigned n,
    unsigned *size, size_t element);

/*
 * Keeps what will be repeated.  AIR_OK; AIR_ELIMIT past st->keep;
 * AIR_ENOMEM.
 */
int air_rout_keep(air_stream_t *st, air_rout_t *o, air_buf_t *kept,
    air_str_t s);

/* As above for what was just written to b, from at on. */
int air_rout_keep_from(air_stream_t *st, air_rout_t *o, air_buf_t *kept,
    const air_buf_t *b, size_t at);

/* The head of an event of a part: of which item, which part of it. */
void air_rout_place(air_stream_t *st, const air_rout_t *o,
    const air_rout_part_t *p, const char *name, air_buf_t *b);

/* The head of an event of an item, up to the item itself. */
void air_rout_head_item(air_stream_t *st, const char *name, uint32_t item,
    air_buf_t *b);

/* created, in_progress, completed, incomplete: an event with the response
   and what of its items is done. */
void air_rout_response(air_stream_t *st, air_rout_t *o, const char *name,
    const char *status, air_str_t incomplete, air_buf_t *b);

/* Adds an item with nothing in it, or NULL: no memory. */
air_rout_item_t *air_rout_add(air_stream_t *st, air_rout_t *o,
    air_part_e part, unsigned custom);

/*
 * An item: as it begins ("in_progress"), or as it is in the end, where a
 * message's own parts stand in its json already and p is NULL.
 */
void air_rout_item(const air_stream_t *st, const air_rout_t *o,
    uint32_t item, const air_rout_part_t *p, const char *status,
    air_buf_t *b);

/* Ends an item: said, and kept for the end.  As air_rout_keep(). */
int air_rout_done(air_stream_t *st, air_rout_t *o, uint32_t item,
    const air_rout_part_t *p, const char *status, air_buf_t *b);

/* Ends the message when none of its parts is open.  As above. */
int air_rout_close(air_stream_t *st, air_rout_t *o, const char *status,
    air_buf_t *b);


#endif /* _AIR_RESPONSES_ROUT_H_INCLUDED_ */
