
/*
 * Inside of the Responses codec: what its files give each other.  Other
 * files use air_codec.h.
 */

#ifndef _AIR_RESPONSES_H_INCLUDED_
#define _AIR_RESPONSES_H_INCLUDED_


#include "air_openai_api.h"


#define AIR_RESPONSES_WIRE  "responses"


/* As air_codec_t.request_read. */
int air_responses_request_read(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_msg_request_t *msg, air_error_t *error);

/* As air_codec_t.request_write. */
int air_responses_request_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost);

/* As air_codec_t.reply_read. */
int air_responses_reply_read(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, const air_mem_t *mem, air_msg_reply_t *msg,
    air_error_t *error);

/* As air_codec_t.reply_write. */
int air_responses_reply_write(const air_msg_reply_t *msg, air_buf_t *b);

/* As air_codec_t.event_read. */
int air_responses_event_read(air_stream_t *st, const air_sse_event_t *ev,
    const air_profile_t *profile, air_deltas_t *out);

/* As air_codec_t.event_write. */
int air_responses_event_write(air_stream_t *st, const air_delta_t *delta,
    air_buf_t *b);

/* As air_codec_t.reply_note. */
void air_responses_reply_note(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, air_note_t *note);

/* As air_codec_t.event_note. */
int air_responses_event_note(const air_sse_event_t *ev,
    const air_profile_t *profile, air_json_doc_t *doc, air_note_t *note);


/*
 * A response object that failed, its last event: *seq is its number and is
 * raised.  Two events, as OpenAI sends them: clients listen for one or the
 * other.
 */
void air_responses_failed_write(air_str_t id, air_str_t model,
    const air_error_t *error, uint64_t *seq, air_buf_t *b);

/* *error of an answer that its vendor calls failed and says no more. */
void air_responses_broken(air_error_t *error);

/*
 * Reads the usage of a response object into *u, which it sets whole: tokens
 * as on OpenAI's other wire, and the searches that its output holds.
 */
void air_responses_usage(const air_json_doc_t *doc,
    const air_json_node_t *response, const air_profile_t *profile,
    air_usage_t *u);

/*
 * What status and incomplete_details of a response say, and the word itself
 * in *native; calls tells that its output holds calls of the caller's tools.
 * AIR_FINISH_NONE while it is not over.
 */
air_finish_e air_responses_finish(const air_json_doc_t *doc,
    const air_json_node_t *response, int calls,
    const air_json_node_t **native);


/* ------------------------------------------------------------- reading */

/* error may be NULL when nothing is refused. */
typedef struct {
    const air_json_doc_t  *doc;
    const air_mem_t       *mem;
    air_error_t           *error;
} air_responses_read_t;


/*
 * One item that an assistant said or did (message, reasoning, call, what
 * OpenAI runs itself) into parts: the same in a request and in a reply.
 * AIR_OK or AIR_ENOMEM.
 */
int air_responses_item(const air_responses_read_t *r,
    const air_json_node_t *item, air_part_t **first, air_part_t **last);

/*
 * A reasoning item into *part: what may be read of it, all its texts as one,
 * and what only its issuer can read.  Takes at most the item's size from
 * mem, twice.  AIR_OK or AIR_ENOMEM.
 */
int air_responses_reasoning(const air_responses_read_t *r,
    const air_json_node_t *item, air_part_t *part);

/*
 * Content, a string or a list of parts; path is what errors call it, NULL
 * refuses nothing.  AIR_OK, AIR_EINVAL, AIR_ENOMEM.
 */
int air_responses_content(const air_responses_read_t *r,
    const air_json_node_t *content, const char *path, air_part_t **first,
    air_part_t **last);

/* One annotation of a text.  AIR_OK or AIR_ENOMEM. */
int air_responses_citation(const air_responses_read_t *r,
    const air_json_node_t *node, air_citation_t *c);

/* image/png for an image_generation_call. */
air_str_t air_responses_image_type(const air_json_doc_t *doc,
    const air_json_node_t *item);


/* ------------------------------------------------------------- writing */

/*
 * Ids of items, which clients send back and OpenAI wants unique in a
 * conversation: prefix, the end of the reply's id, the item's number.
 */

/* Appends "PREFIX_..._N", at most 64 characters. */
void air_responses_id_write(const char *prefix, air_str_t reply, unsigned n,
    air_buf_t *b);

/* Appends a call_id: a JSON string of at most 64 characters. */
void air_responses_call_id_write(air_str_t id, air_buf_t *b);

/* Appends one annotation; 1 when it was written. */
int air_responses_citation_write(const air_citation_t *c, air_buf_t *b);

/* The members of a response object before its output, "{" first. */
typedef struct {
    air_str_t    id;
    air_str_t    model;
    air_str_t    service_tier;
    uint64_t     created;
    const char  *status;
    air_str_t    incomplete;      /* its reason, or empty                   */
    const air_error_t  *error;    /* of a failed one, or NULL               */
} air_responses_head_t;


/* Appends them. */
void air_responses_head_write(const air_responses_head_t *head, air_buf_t *b);

/* The members after its output, "}" last; usage may be NULL. */
void air_responses_tail_write(const air_usage_t *usage, air_buf_t *b);

/* The status for a finish, and the reason for "incomplete", else empty. */
const char *air_responses_status(air_finish_e finish, air_str_t *reason);


#endif /* _AIR_RESPONSES_H_INCLUDED_ */
