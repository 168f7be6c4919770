
/*
 * Inside of the Anthropic codec: what its files give each other.  Other
 * files use air_codec.h.
 */

#ifndef _AIR_ANTHROPIC_H_INCLUDED_
#define _AIR_ANTHROPIC_H_INCLUDED_


#include "air_codec.h"


#define AIR_ANTHROPIC_WIRE  "anthropic"


/* As air_codec_t.request_check. */
int air_anthropic_request_check(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_request_t *rq, air_error_t *error);

/* As air_codec_t.request_read. */
int air_anthropic_request_read(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_msg_request_t *msg, air_error_t *error);

/* As air_codec_t.request_write. */
int air_anthropic_request_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost);

/* As air_codec_t.reply_read. */
int air_anthropic_reply_read(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, const air_mem_t *mem, air_msg_reply_t *msg,
    air_error_t *error);

/* As air_codec_t.reply_write. */
int air_anthropic_reply_write(const air_msg_reply_t *msg, air_buf_t *b);

/* As air_codec_t.event_read. */
int air_anthropic_event_read(air_stream_t *st, const air_sse_event_t *ev,
    const air_profile_t *profile, air_deltas_t *out);

/* As air_codec_t.event_write. */
int air_anthropic_event_write(air_stream_t *st, const air_delta_t *delta,
    air_buf_t *b);


/*
 * Merges a usage object into *u: counters are cumulative on this wire, so a
 * member that is there replaces what stood, one that is absent leaves it.
 * 1 when anything was understood (u->seen is set then).
 */
int air_anthropic_usage(const air_json_doc_t *doc,
    const air_json_node_t *usage, air_usage_t *u);

/* Appends "usage":{...}. */
void air_anthropic_usage_write(const air_usage_t *u, air_buf_t *b);

/* The finish that a stop_reason means, AIR_FINISH_NONE for null. */
air_finish_e air_anthropic_finish(const air_json_doc_t *doc,
    const air_json_node_t *node);

/* The stop_reason for it; calls tells that the answer holds tool calls. */
const char *air_anthropic_stop(air_finish_e finish, int calls);

/* Appends {"type":"error","error":{...}} with the request's id if any. */
void air_anthropic_error_body(const air_error_t *error, air_str_t request_id,
    air_buf_t *b);


/* ------------------------------------------------------------ blocks */

typedef struct {
    const air_json_doc_t  *doc;
    const air_mem_t       *mem;
    air_error_t           *error;        /* NULL: nothing is refused        */
} air_anthropic_read_t;


/*
 * Reads content, a string or a list of blocks, into parts; of a request or
 * a reply.  path is what errors call it.  AIR_OK, AIR_EINVAL, AIR_ENOMEM.
 */
int air_anthropic_content(const air_anthropic_read_t *r,
    const air_json_node_t *content, const char *path, air_part_t **first,
    air_part_t **last);

/* One block.  AIR_OK, AIR_EINVAL, AIR_ENOMEM. */
int air_anthropic_block(const air_anthropic_read_t *r,
    const air_json_node_t *block, const char *path, air_part_t **first,
    air_part_t **last);

/* One citation of a text.  AIR_OK or AIR_ENOMEM. */
int air_anthropic_citation(const air_anthropic_read_t *r,
    const air_json_node_t *node, air_citation_t *c);

/* A cache_control member of object, if there is one. */
void air_anthropic_cache(const air_json_doc_t *doc,
    const air_json_node_t *object, air_cache_mark_t *cache);

typedef struct {
    air_buf_t       *b;
    air_warnings_t  *lost;
    unsigned         marks;       /* cache marks written                    */
    unsigned         own:1;       /* the message was read from this wire    */
    unsigned         reply:1;     /* to a caller, else to a vendor          */
    unsigned         assistant:1; /* what is written was said by it         */
    unsigned         calls:1;     /* a tool_use was written                 */
} air_anthropic_write_t;


/* Appends blocks with commas; *n counts them.  cache marks the last one. */
void air_anthropic_blocks_write(air_anthropic_write_t *w,
    const air_part_t *parts, const air_cache_mark_t *cache, unsigned *n);

/* Appends one citation; 1 when it was written. */
int air_anthropic_citation_write(const air_citation_t *c, unsigned reply,
    air_buf_t *b);

/* Appends ,"cache_control":... or the reason why not to the warnings. */
void air_anthropic_cache_write(air_anthropic_write_t *w,
    const air_cache_mark_t *cache);


#endif /* _AIR_ANTHROPIC_H_INCLUDED_ */
