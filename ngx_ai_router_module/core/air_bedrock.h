
/*
 * Inside of the Bedrock codec: what its files give each other.  Other files
 * use air_codec.h.
 */

#ifndef _AIR_BEDROCK_H_INCLUDED_
#define _AIR_BEDROCK_H_INCLUDED_


#include "air_claude.h"
#include "air_codec.h"


#define AIR_BEDROCK_WIRE  "bedrock"


/* As air_codec_t.request_read. */
int air_bedrock_request_read(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_msg_request_t *msg, air_error_t *error);

/* As air_codec_t.request_write. */
int air_bedrock_request_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost);

/* As air_codec_t.reply_read. */
int air_bedrock_reply_read(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, const air_mem_t *mem, air_msg_reply_t *msg,
    air_error_t *error);

/* As air_codec_t.reply_write. */
int air_bedrock_reply_write(const air_msg_reply_t *msg, air_buf_t *b);

/* As air_codec_t.event_read. */
int air_bedrock_event_read(air_stream_t *st, const air_sse_event_t *ev,
    const air_profile_t *profile, air_deltas_t *out);

/* As air_codec_t.event_write. */
int air_bedrock_event_write(air_stream_t *st, const air_delta_t *delta,
    air_buf_t *b);


/*
 * Reads a usage object into *u; 1 when anything was understood (u->seen is
 * set then).
 */
int air_bedrock_usage(const air_json_doc_t *doc,
    const air_json_node_t *usage, air_usage_t *u);

/* The tier that a reply or a metadata event says was served, into *u. */
void air_bedrock_tier(const air_json_doc_t *doc,
    const air_json_node_t *root, air_usage_t *u);

/* Appends "usage":{...}. */
void air_bedrock_usage_write(const air_usage_t *u, air_buf_t *b);

/* The finish that a stopReason means, AIR_FINISH_NONE for null. */
air_finish_e air_bedrock_finish(const air_json_doc_t *doc,
    const air_json_node_t *node);

/* The stopReason for it; calls tells that the answer holds tool calls. */
const char *air_bedrock_stop(air_finish_e finish, int calls);

/* The stop sequence that was met, where it was asked for.  AIR_OK or
   AIR_ENOMEM. */
int air_bedrock_sequence(const air_json_doc_t *doc,
    const air_json_node_t *root, const air_mem_t *mem, air_str_t *out);

/* The exception of AWS's that stands for an error; static. */
const char *air_bedrock_exception(const air_error_t *error);


/* ------------------------------------------------------------ models */

typedef enum {
    AIR_BEDROCK_ANY = 0,          /* not told by its name: an ARN, an alias */
    AIR_BEDROCK_CLAUDE,
    AIR_BEDROCK_NOVA,
    AIR_BEDROCK_NOVA_2,           /* reasons                                */
    AIR_BEDROCK_TITAN,
    AIR_BEDROCK_LLAMA,
    AIR_BEDROCK_MISTRAL,
    AIR_BEDROCK_COHERE,
    AIR_BEDROCK_GPT_OSS,
    AIR_BEDROCK_OTHER
} air_bedrock_maker_e;


/* 1 when a model's name has word in it. */
int air_bedrock_has(air_str_t name, const char *word);

/* Whose model the name is: "us.anthropic.claude-...", "amazon.nova-...". */
air_bedrock_maker_e air_bedrock_maker(air_str_t model);


/* ------------------------------------------------------------ blocks */

typedef struct {
    const air_json_doc_t  *doc;
    const air_mem_t       *mem;
    air_error_t           *error;        /* NULL: nothing is refused        */
} air_bedrock_read_t;


/*
 * Reads a list of content blocks into parts, of a message, of instructions
 * or of a tool's result.  AIR_OK or AIR_ENOMEM.
 */
int air_bedrock_content(const air_bedrock_read_t *r,
    const air_json_node_t *content, air_part_t **first, air_part_t **last);

/* The format that a media type is called, or NULL; static. */
const char *air_bedrock_format(air_str_t type);

/* One citation.  AIR_OK or AIR_ENOMEM. */
int air_bedrock_citation(const air_bedrock_read_t *r,
    const air_json_node_t *node, air_citation_t *c);

/* Marks cache from a cachePoint object. */
void air_bedrock_cache(const air_json_doc_t *doc,
    const air_json_node_t *point, air_cache_mark_t *cache);


typedef struct {
    air_buf_t           *b;
    air_warnings_t      *lost;
    air_bedrock_maker_e  maker;
    unsigned             marks;       /* cache points written               */
    unsigned             documents;   /* written                            */
    unsigned             own:1;       /* the message was read from this wire */
    unsigned             reply:1;     /* to a caller, else to a vendor      */
    unsigned             assistant:1; /* what is written was said by it     */
    unsigned             system:1;    /* instructions are written           */
    unsigned             calls:1;     /* a toolUse was written              */
    unsigned             text:1;      /* of the message, some was written   */
    unsigned             document:1;  /* and so was a document              */
} air_bedrock_write_t;


/* Appends blocks with commas; *n counts them.  cache marks the last one. */
void air_bedrock_blocks_write(air_bedrock_write_t *w,
    const air_part_t *parts, const air_cache_mark_t *cache, unsigned *n);

/* Appends a cachePoint entry, or the reason why not to the warnings. */
void air_bedrock_cache_write(air_bedrock_write_t *w,
    const air_cache_mark_t *cache, unsigned *n);


/* -------------------------------------------------------- embeddings */

/* Writes the request of one model family; as air_codec_t.request_write. */
int air_bedrock_embed_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost);

/* Reads a reply of InvokeModel; as air_codec_t.reply_read. */
int air_bedrock_embed_read(const air_json_doc_t *doc, const air_mem_t *mem,
    air_msg_reply_t *msg, air_error_t *error);

/* Appends a reply as Titan's; b's error or AIR_OK. */
int air_bedrock_embed_reply(const air_msg_reply_t *msg, air_buf_t *b);

/* Reads a request as Titan, Cohere and Nova take it. */
int air_bedrock_embed_request(const air_bedrock_read_t *r,
    air_msg_request_t *msg);


#endif /* _AIR_BEDROCK_H_INCLUDED_ */
