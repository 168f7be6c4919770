
/*
 * Inside of the Gemini codec: what its files give each other.  Other files
 * use air_codec.h.
 *
 * ai.google.dev/api (generateContent, Content, Schema, embeddings, tokens),
 * ai.google.dev/gemini-api/docs (function calling, thinking, thought
 * signatures, structured output, grounding, safety) and
 * cloud.google.com/vertex-ai/generative-ai/docs (inference, countTokens,
 * text-embeddings API), read 2026-11-22; quirks from recorded exchanges.
 *
 * The wire is proto3's JSON: each member may be written thoughtSignature or
 * thought_signature.  It is read in both spellings and written in the first.
 */

#ifndef _AIR_GEMINI_H_INCLUDED_
#define _AIR_GEMINI_H_INCLUDED_


#include "air_codec.h"


#define AIR_GEMINI_WIRE  "gemini"


/* As air_codec_t.request_check. */
int air_gemini_request_check(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_request_t *rq, air_error_t *error);

/* As air_codec_t.request_read. */
int air_gemini_request_read(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_msg_request_t *msg, air_error_t *error);

/* As air_codec_t.request_write. */
int air_gemini_request_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost);

/* As air_codec_t.reply_read. */
int air_gemini_reply_read(air_op_e op, const air_json_doc_t *doc,
    const air_profile_t *profile, const air_mem_t *mem, air_msg_reply_t *msg,
    air_error_t *error);

/* As air_codec_t.reply_write. */
int air_gemini_reply_write(const air_msg_reply_t *msg, air_buf_t *b);

/* As air_codec_t.event_read. */
int air_gemini_event_read(air_stream_t *st, const air_sse_event_t *ev,
    const air_profile_t *profile, air_deltas_t *out);

/* As air_codec_t.event_write. */
int air_gemini_event_write(air_stream_t *st, const air_delta_t *delta,
    air_buf_t *b);


/* Appends {"error":{...}}. */
void air_gemini_error_body(const air_error_t *error, air_buf_t *b);


/* ------------------------------------------------------------ members */

/* 1 when key, as written, is name (in camelCase) in one of its spellings. */
int air_gemini_same(air_str_t key, const char *name);

/*
 * Member of an object by its name in camelCase that is there and not null,
 * or NULL; also when object is NULL or no object.
 */
const air_json_node_t *air_gemini_get(const air_json_doc_t *doc,
    const air_json_node_t *object, const char *name);

/* As air_json_take() with such a name. */
int air_gemini_take(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name, const air_mem_t *mem, air_str_t *out);

/* As air_msg_rest() with such names. */
int air_gemini_rest(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *const *known, const air_mem_t *mem, air_extra_t **extra);

/*
 * First element of a list, or the value itself where one stands in a list's
 * place, as the wire allows; NULL for none.
 */
const air_json_node_t *air_gemini_first(const air_json_doc_t *doc,
    const air_json_node_t *list);

/* The element behind node, as air_gemini_first() found it; NULL: none. */
const air_json_node_t *air_gemini_next(const air_json_doc_t *doc,
    const air_json_node_t *list, const air_json_node_t *node);

/* On, off, unset: what a boolean member says. */
air_switch_e air_gemini_switch(const air_json_doc_t *doc,
    const air_json_node_t *object, const char *name);

/*
 * 1 and *n when the member is a whole number that can be a count, also one
 * written as a string; 0 when it is absent; anything else sets u->clamped.
 * u may be NULL.
 */
int air_gemini_count(const air_json_doc_t *doc,
    const air_json_node_t *object, const char *name, air_usage_t *u,
    uint64_t *n);

/*
 * Appends "key":raw of each whose name is not in but (NULL-ended), parted by
 * commas; *n counts members of the object so far.
 */
void air_gemini_extra_write(const air_extra_t *extra, const char *const *but,
    unsigned *n, air_buf_t *b);


/* -------------------------------------------------------------- models */

/* How a model is told to think. */
typedef enum {
    AIR_GEMINI_THINK_NEVER = 0,
    AIR_GEMINI_THINK_BUDGET,      /* thinkingBudget: 2.5                    */
    AIR_GEMINI_THINK_LEVEL        /* thinkingLevel: 3 and later             */
} air_gemini_think_e;


/* What a model of this wire takes. */
typedef struct {
    air_gemini_think_e  think;
    uint64_t            least;        /* budget                             */
    uint64_t            most;
    unsigned            version;      /* times 100, 0: not one of the maker's */
    unsigned            quiet:1;      /* may be told not to think           */
    unsigned            minimal:1;    /* levels                             */
    unsigned            medium:1;
    unsigned            signs:1;      /* its calls must come back signed    */
    unsigned            result_media:1;  /* in functionResponse.parts       */
    unsigned            json_tools:1; /* JSON answers beside functions      */
} air_gemini_model_t;


/* What the model called name takes; one not known takes everything. */
void air_gemini_model(air_str_t name, air_gemini_model_t *m);


/* ------------------------------------------------------------- reading */

typedef struct {
    const air_json_doc_t  *doc;
    const air_mem_t       *mem;
    const air_mem_t       *parts;     /* where parts are made, NULL: in mem;
                                         then no members are kept           */
    air_error_t           *error;     /* NULL: nothing is refused           */
    uint64_t               seed;      /* of ids for calls without one       */
    unsigned               ncalls;
} air_gemini_read_t;


/*
 * An id for a call that has none: stable, letters, digits and "_" only, told
 * from others' by air_gemini_made().  In mem; empty when memory ran out.
 */
air_str_t air_gemini_id(uint64_t seed, unsigned n, const air_mem_t *mem);

/* 1 when the id is one of those. */
int air_gemini_made(air_str_t id);

/* A hash of the text that goes on from h, 0 to begin. */
uint64_t air_gemini_hash(uint64_t h, air_str_t text);

/*
 * One part, read to the end of the list.  A signature becomes thinking of
 * its own, so that each wire can carry it: AIR_PART_REDACTED with the call's
 * id before a call, AIR_PART_THINKING without text behind a text; it stands
 * in the part too.  AIR_OK, AIR_EINVAL, AIR_ENOMEM.
 */
int air_gemini_part(air_gemini_read_t *r, const air_json_node_t *node,
    air_part_t **first, air_part_t **last);

/* What kind of media a MIME type is. */
air_part_e air_gemini_media(air_str_t type);

/* A function's or an answer's Schema as JSON schema.  AIR_OK, AIR_ENOMEM. */
int air_gemini_schema_read(const air_json_doc_t *doc,
    const air_json_node_t *schema, const air_mem_t *mem, air_str_t *out);

/*
 * The finish that a finishReason means, AIR_FINISH_NONE for none; calls tells
 * that the answer holds calls.
 */
air_finish_e air_gemini_finish(const air_json_doc_t *doc,
    const air_json_node_t *node, int calls);

/* The finishReason for it. */
const char *air_gemini_reason(air_finish_e finish);

/* The reason why a prompt was blocked that has no candidates, or NULL. */
const air_json_node_t *air_gemini_blocked(const air_json_doc_t *doc,
    const air_json_node_t *root);

/*
 * Replaces what *u holds by what usageMetadata says; 1 when it tells tokens.
 */
int air_gemini_usage(const air_json_doc_t *doc,
    const air_json_node_t *usage, air_usage_t *u);

/* Adds what a candidate's grounding costs: searches. */
void air_gemini_searches(const air_json_doc_t *doc,
    const air_json_node_t *candidate, air_str_t model, air_usage_t *u);

/* Appends "usageMetadata":{...}. */
void air_gemini_usage_write(const air_usage_t *u, air_buf_t *b);

/*
 * What a candidate cites: grounding and citations, those with a URL, at most
 * 256.  AIR_OK or AIR_ENOMEM.
 */
int air_gemini_cites(const air_gemini_read_t *r,
    const air_json_node_t *candidate, air_citation_t **first);

/*
 * Appends the list of a candidate's tokens with their logprobs as it is
 * spelled elsewhere, if there is one.  AIR_OK or b's error.
 */
int air_gemini_tokens(const air_json_doc_t *doc,
    const air_json_node_t *candidate, air_buf_t *b);

/* Embeddings: a request, a reply. */
int air_gemini_inputs_read(air_gemini_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg);
int air_gemini_inputs_write(const air_msg_request_t *msg,
    const air_target_t *target, air_buf_t *b, air_warnings_t *lost);
int air_gemini_vectors_read(const air_json_doc_t *doc, const air_mem_t *mem,
    air_msg_reply_t *msg);
int air_gemini_vectors_usage(const air_json_doc_t *doc, air_usage_t *u);
int air_gemini_vectors_note(const air_json_doc_t *doc);
void air_gemini_vectors_write(const air_msg_reply_t *msg, air_buf_t *b);


/* ------------------------------------------------------------- writing */

/* Where the writing of a content is. */
typedef struct {
    const air_part_t  *before;    /* the part before this one               */
    const air_part_t  *pending;   /* sealed thinking for a call, or a text's */
    const air_part_t  *seal;      /* the first with a call's id, not used   */
    air_str_t          held;      /* a signature for the next text          */
    unsigned           n;         /* parts written                          */
} air_gemini_at_t;


typedef struct {
    air_buf_t           *b;
    air_warnings_t      *lost;
    air_gemini_model_t   model;
    air_gemini_at_t      at;
    const air_part_t   **call;        /* those written, for their results   */
    unsigned             ncall;
    unsigned             size;
    unsigned             own:1;       /* the message was read from this wire */
    unsigned             reply:1;     /* to a caller, else to a vendor      */
    unsigned             assistant:1; /* what is written was said by it     */
    unsigned             signed_call:1;  /* the turn has one                */
} air_gemini_write_t;


/*
 * Appends parts with commas; *n counts them.  The parts of one content may
 * come in several lists; air_gemini_parts_end() says what is left then.
 */
void air_gemini_parts_write(air_gemini_write_t *w, const air_part_t *parts,
    unsigned *n);
void air_gemini_parts_end(air_gemini_write_t *w, unsigned *n);

/*
 * Appends a JSON schema with the keywords that the vendor knows; field is
 * what warnings call it.
 */
void air_gemini_schema_write(air_str_t schema, const char *field,
    air_buf_t *b, air_warnings_t *lost);


/*
 * Appends "thinkingConfig":{...} as the model takes it, if anything is asked
 * for; *members counts those of the object it stands in.
 */
void air_gemini_thinking_write(air_gemini_write_t *w,
    const air_reasoning_t *r, unsigned *members);


#endif /* _AIR_GEMINI_H_INCLUDED_ */
