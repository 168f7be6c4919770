
/*
 * Inside of the OpenAI codec: what its files give each other.  Other files
 * use air_codec.h.
 */

#ifndef _AIR_OPENAI_H_INCLUDED_
#define _AIR_OPENAI_H_INCLUDED_


#include "air_codec.h"


/* the codec's members, each as air_codec.h says */

int air_openai_request_check(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_request_t *rq, air_error_t *error);
int air_openai_request_edits(const air_request_t *rq,
    const air_json_doc_t *doc, const air_target_t *target,
    const air_mem_t *mem, air_edits_t *edits);
int air_openai_request_read(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_msg_request_t *msg, air_error_t *error);
int air_openai_request_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost);
int air_openai_reply_read(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, const air_mem_t *mem, air_msg_reply_t *msg,
    air_error_t *error);
int air_openai_reply_write(const air_msg_reply_t *msg, air_buf_t *b);
int air_openai_event_read(air_stream_t *st, const air_sse_event_t *ev,
    const air_profile_t *profile, air_deltas_t *out);
int air_openai_event_write(air_stream_t *st, const air_delta_t *delta,
    air_buf_t *b);


/*
 * Reads the usage of a reply or chunk (its root) into *u, which it sets
 * whole.  u->seen stays 0 when there is none or when its figures cannot be
 * what they should be.
 */
void air_openai_usage(const air_json_doc_t *doc, const air_json_node_t *root,
    const air_profile_t *profile, air_usage_t *u);

/* Appends "usage":{...} for u, which has something seen. */
void air_openai_usage_write(const air_usage_t *u, air_op_e op, air_buf_t *b);

/* The finish that the wire's word means. */
air_finish_e air_openai_finish(const air_json_doc_t *doc,
    const air_json_node_t *node);

/* The wire's word for it, NULL for none. */
const char *air_openai_finish_name(air_finish_e finish);

/* The tier a service_tier names, AIR_TIER_STANDARD when it is no known one. */
air_tier_e air_openai_tier(const air_json_doc_t *doc,
    const air_json_node_t *node);

/* Node of a string with at least one byte, else NULL. */
const air_json_node_t *air_openai_filled(const air_json_doc_t *doc,
    const air_json_node_t *object, const char *name);

/* Member that is there and not null, else NULL. */
const air_json_node_t *air_openai_member(const air_json_doc_t *doc,
    const air_json_node_t *object, const char *name);

/*
 * *error for the caller: 400, invalid_request_error.  param and code are
 * static or from the caller's mem, message is the text of the pieces (a
 * NULL-ended list of NUL-terminated strings) put together in mem.
 * AIR_EINVAL, so that it can be returned, or AIR_ENOMEM.
 */
int air_openai_refuse(const air_mem_t *mem, air_error_t *error,
    air_str_t param, const char *code, const char *const *pieces);

/* Appends the members of an error object, without braces. */
void air_openai_error_body(const air_error_t *error, air_buf_t *b);


#endif /* _AIR_OPENAI_H_INCLUDED_ */
