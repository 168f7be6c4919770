
/*
 * Inside of the Cohere codec: what its files give each other.  Other files
 * use air_codec.h.
 */

#ifndef _AIR_COHERE_H_INCLUDED_
#define _AIR_COHERE_H_INCLUDED_


#include "air_codec.h"


#define AIR_COHERE_WIRE  "cohere"

/* air_part_t.format of thinking that came as tool_plan */
#define AIR_COHERE_PLAN  "tool_plan"


/* As air_codec_t.request_read. */
int air_cohere_request_read(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_msg_request_t *msg, air_error_t *error);

/* As air_codec_t.request_write. */
int air_cohere_request_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost);

/* As air_codec_t.reply_read. */
int air_cohere_reply_read(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, const air_mem_t *mem, air_msg_reply_t *msg,
    air_error_t *error);

/* As air_codec_t.reply_write. */
int air_cohere_reply_write(const air_msg_reply_t *msg, air_buf_t *b);

/* As air_codec_t.event_read. */
int air_cohere_event_read(air_stream_t *st, const air_sse_event_t *ev,
    const air_profile_t *profile, air_deltas_t *out);

/* As air_codec_t.event_write. */
int air_cohere_event_write(air_stream_t *st, const air_delta_t *delta,
    air_buf_t *b);


/* What reading a body needs; error may be NULL when nothing is refused. */
typedef struct {
    const air_json_doc_t  *doc;
    const air_mem_t       *mem;
    air_error_t           *error;
} air_cohere_read_t;


/*
 * *error for the caller: "field: text", as air_msg_refuse().  AIR_EINVAL or
 * AIR_ENOMEM.
 */
int air_cohere_refuse(const air_cohere_read_t *r, const char *field,
    const char *text);

/* Refuses a reply without what its operation is asked for: AIR_EINVAL. */
int air_cohere_empty(air_error_t *error);


/*
 * Reads content, a string or a list of blocks, into parts.  AIR_OK,
 * AIR_ENOMEM.
 */
int air_cohere_content(const air_cohere_read_t *r,
    const air_json_node_t *content, air_part_t **first, air_part_t **last);

/*
 * Reads an assistant's message of a request or a reply: plan, content,
 * calls, citations; the members it knows no more of go to *extra.  AIR_OK,
 * AIR_ENOMEM.
 */
int air_cohere_assistant(const air_cohere_read_t *r,
    const air_json_node_t *m, air_part_t **first, air_part_t **last,
    air_extra_t **extra);

/*
 * The i-th source of a citation, which has count of them, as one of its own;
 * the first one has the citation's raw object.  AIR_OK, AIR_ENOMEM.
 */
int air_cohere_citation(const air_cohere_read_t *r,
    const air_json_node_t *node, const air_json_node_t *source,
    unsigned i, air_citation_t *c);

/*
 * Appends the tokens of a logprobs item ({"text","logprobs"}) as members of
 * OpenAI's list; *n counts them.
 */
void air_cohere_tokens(const air_json_doc_t *doc,
    const air_json_node_t *item, unsigned *n, air_buf_t *b);

/* Appends a document's object: {"id","data":{"title","text"}}. */
void air_cohere_document_write(const air_part_t *p, air_buf_t *b);

/* Appends a citation of another wire. */
void air_cohere_citation_write(const air_citation_t *c, air_buf_t *b);

/* Appends one entry of tool_calls; own arguments are copied as they are. */
void air_cohere_call_write(const air_part_t *p, int own, air_buf_t *b);

#define AIR_COHERE_OWN    1       /* the parts were read from this wire     */
#define AIR_COHERE_REPLY  2       /* to a caller, else to a vendor          */
#define AIR_COHERE_PLANS  4       /* thinking stands in tool_plan           */

/*
 * Appends the members of an assistant's message, without braces and role,
 * each with a comma before it.
 */
void air_cohere_assistant_write(const air_part_t *parts, unsigned flags,
    air_buf_t *b);


/*
 * Reads usage, of a reply or a message-end, or meta of embeddings, into *u,
 * which it sets whole: what is billed, billed_units, where it is told.  1
 * when there was any.
 */
int air_cohere_usage(const air_json_doc_t *doc, const air_json_node_t *usage,
    air_usage_t *u);

/* Appends the object "name":{"billed_units":...}. */
void air_cohere_usage_write(const char *name, const air_usage_t *u,
    air_buf_t *b);

/* The finish that a word means, AIR_FINISH_NONE for none, and the word. */
air_finish_e air_cohere_finish(const air_json_doc_t *doc,
    const air_json_node_t *node);
const char *air_cohere_finish_name(air_finish_e finish, int calls);


/* Embeddings: as the functions of air_codec_t. */
int air_cohere_embed_read(const air_cohere_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg);
int air_cohere_embed_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost);
int air_cohere_vectors_read(const air_cohere_read_t *r,
    const air_json_node_t *root, air_msg_reply_t *msg);
int air_cohere_vectors_write(const air_msg_reply_t *msg, air_buf_t *b);


#endif /* _AIR_COHERE_H_INCLUDED_ */
