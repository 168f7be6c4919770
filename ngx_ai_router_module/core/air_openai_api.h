
/*
 * What OpenAI's two generations of an API have in common: how a request is
 * checked, edited for a target and refused, usage, service tiers, errors.
 */

#ifndef _AIR_OPENAI_API_H_INCLUDED_
#define _AIR_OPENAI_API_H_INCLUDED_


#include "air_codec.h"


/* As air_codec_t.request_check. */
int air_openai_request_check(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_request_t *rq, air_error_t *error);

/* As air_codec_t.request_edits. */
int air_openai_request_edits(const air_request_t *rq,
    const air_json_doc_t *doc, const air_target_t *target,
    const air_mem_t *mem, air_edits_t *edits, air_warnings_t *lost);

/*
 * Reads the usage of a reply or chunk (its root) into *u, which it sets
 * whole.  u->seen stays 0 when there is none or when its figures cannot be
 * what they should be.
 */
void air_openai_usage(const air_json_doc_t *doc, const air_json_node_t *root,
    const air_profile_t *profile, air_usage_t *u);

/* Appends "usage":{...} for u, which has something seen. */
void air_openai_usage_write(const air_usage_t *u, air_op_e op, air_buf_t *b);

/* The tier a service_tier names, AIR_TIER_STANDARD when it is no known one. */
air_tier_e air_openai_tier(const air_json_doc_t *doc,
    const air_json_node_t *node);

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


#endif /* _AIR_OPENAI_API_H_INCLUDED_ */
