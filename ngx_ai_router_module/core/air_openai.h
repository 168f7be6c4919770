
/*
 * Inside of the OpenAI codec: what its files give each other.  Other files
 * use air_codec.h.
 */

#ifndef _AIR_OPENAI_H_INCLUDED_
#define _AIR_OPENAI_H_INCLUDED_


#include "air_openai_api.h"


/* As air_codec_t.request_read. */
int air_openai_request_read(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_msg_request_t *msg, air_error_t *error);

/* As air_codec_t.request_write. */
int air_openai_request_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost);

/* As air_codec_t.reply_note. */
void air_openai_reply_note(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, air_note_t *note);

/* As air_codec_t.event_note. */
int air_openai_event_note(const air_sse_event_t *ev,
    const air_profile_t *profile, air_json_doc_t *doc, air_note_t *note);

/* As air_codec_t.reply_read. */
int air_openai_reply_read(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, const air_mem_t *mem, air_msg_reply_t *msg,
    air_error_t *error);

/* As air_codec_t.reply_write. */
int air_openai_reply_write(const air_msg_reply_t *msg, air_buf_t *b);

/* As air_codec_t.event_read. */
int air_openai_event_read(air_stream_t *st, const air_sse_event_t *ev,
    const air_profile_t *profile, air_deltas_t *out);

/* As air_codec_t.event_write. */
int air_openai_event_write(air_stream_t *st, const air_delta_t *delta,
    air_buf_t *b);


/* The finish that the wire's word means. */
air_finish_e air_openai_finish(const air_json_doc_t *doc,
    const air_json_node_t *node);

/* The wire's word for it, NULL for none. */
const char *air_openai_finish_name(air_finish_e finish);


/* ------------------------------------------------ readers of the crossing */

/* What reading a body needs; error may be NULL when nothing is refused. */
typedef struct {
    const air_json_doc_t  *doc;
    const air_mem_t       *mem;
    air_error_t           *error;
} air_openai_read_t;


/* Refuses a member of the wrong type: AIR_EINVAL or AIR_ENOMEM. */
int air_openai_read_type(air_openai_read_t *r, const char *name,
    const char *expected);

/* A boolean that may be absent. */
air_switch_e air_openai_switch(const air_json_node_t *node);

/* The settings of a request.  AIR_OK, AIR_EINVAL, AIR_ENOMEM. */
int air_openai_read_settings(air_openai_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg);

/* The member name, prompts or inputs to embed.  AIR_OK, AIR_ENOMEM. */
int air_openai_read_inputs(air_openai_read_t *r, const air_json_node_t *root,
    const char *name, air_msg_request_t *msg);

/*
 * Reads an assistant's message of a request or a reply into parts.  AIR_OK
 * or AIR_ENOMEM.
 */
int air_openai_assistant(const air_openai_read_t *r,
    const air_json_node_t *m, air_part_t **first, air_part_t **last,
    air_extra_t **extra);

/* One entry of reasoning_details.  AIR_OK or AIR_ENOMEM. */
int air_openai_detail(const air_openai_read_t *r,
    const air_json_node_t *detail, air_part_t **first, air_part_t **last);

/* One entry of annotations.  AIR_OK or AIR_ENOMEM. */
int air_openai_citation(const air_openai_read_t *r,
    const air_json_node_t *node, air_citation_t *c);

/* A cache_control member of object, if there is one. */
void air_openai_cache(const air_json_doc_t *doc,
    const air_json_node_t *object, air_cache_mark_t *cache);

/* The codec whose signatures the format of a reasoning detail stands for,
   and the format for a codec. */
const char *air_openai_issuer(air_str_t format);
const char *air_openai_format(const char *issuer);

/* ------------------------------------------------ writers of the crossing */

/* Appends the members of an assistant's message, "role" first. */
void air_openai_assistant_write(const air_part_t *parts,
    const air_extra_t *extra, unsigned flags, air_buf_t *b,
    air_warnings_t *lost);

#define AIR_OPENAI_REPLY    1     /* to a caller, else to a vendor          */
#define AIR_OPENAI_ROUTER   2     /* who understands reasoning_details      */
#define AIR_OPENAI_OWN      4     /* extras and raw parts are of this wire  */
#define AIR_OPENAI_CALLS    8     /* older function_call, not tool_calls    */

/* Appends ,"name": and the prompts or inputs of msg. */
void air_openai_inputs_write(const air_msg_request_t *msg, const char *name,
    air_buf_t *b);

/* Appends ,"key":raw for each extra. */
void air_openai_extra_write(const air_extra_t *extra, air_buf_t *b);

/* One entry of reasoning_details for thinking or redacted thinking. */
void air_openai_detail_write(const air_part_t *part, unsigned index,
    air_buf_t *b);

/* A URL for media: its own, or data:TYPE;base64,DATA as a JSON string. */
void air_openai_url_write(const air_media_t *media, const char *type,
    air_buf_t *b);

/* Appends text as a JSON string, or to the end of the one just written. */
void air_openai_join(air_buf_t *b, unsigned first, air_str_t text);

/* Appends ,"cache_control":... where the target knows it. */
void air_openai_cache_write(const air_cache_mark_t *cache, unsigned flags,
    air_buf_t *b, air_warnings_t *lost);

/* One entry of tool_calls. */
void air_openai_call_write(const air_part_t *part, unsigned flags,
    air_buf_t *b);

/* One entry of annotations. */
void air_openai_citation_write(const air_citation_t *c, air_buf_t *b);

/* 1 when issuer, which may be NULL, is that codec. */
int air_openai_is(const char *issuer, const char *name);


#endif /* _AIR_OPENAI_H_INCLUDED_ */
