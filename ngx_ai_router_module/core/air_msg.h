
/*
 * The neutral request, reply and delta: what every codec reads its wire into
 * and writes its wire from.  It can hold whatever any of the protocols can
 * say; what a target cannot take is named in air_warnings_t, never dropped
 * in silence.
 *
 * Two kinds of views stand in it.  Texts are decoded bytes.  Members called
 * raw, or said to be raw, are JSON values exactly as they were written
 * (schemas, number literals, vendor extras) and are copied, never
 * re-serialised.  All borrow from the body that was read or from the mem the
 * reader got; a message lives as long as both.
 *
 * Empty strings (len 0) mean "not given" unless a flag beside says otherwise.
 * Lists are singly linked in wire order.
 */

#ifndef _AIR_MSG_H_INCLUDED_
#define _AIR_MSG_H_INCLUDED_


#include "air_fault.h"
#include "air_json.h"
#include "air_price.h"
#include "air_profile.h"


typedef enum {
    AIR_ROLE_SYSTEM = 0,
    AIR_ROLE_DEVELOPER,
    AIR_ROLE_USER,
    AIR_ROLE_ASSISTANT,
    AIR_ROLE_TOOL
} air_role_e;


typedef enum {
    AIR_FINISH_NONE = 0,
    AIR_FINISH_STOP,
    AIR_FINISH_LENGTH,
    AIR_FINISH_TOOL_CALLS,
    AIR_FINISH_CONTENT_FILTER,
    AIR_FINISH_ERROR,
    AIR_FINISH_OTHER,

    /* finer than some wires can say; air_finish_plain() folds them */
    AIR_FINISH_SEQUENCE,          /* a stop sequence: a kind of STOP        */
    AIR_FINISH_REFUSAL,           /* the model declined: CONTENT_FILTER     */
    AIR_FINISH_PAUSE,             /* the vendor wants another turn: STOP    */
    AIR_FINISH_CONTEXT            /* window full: a kind of LENGTH          */
} air_finish_e;


/* a flag that may be absent */
typedef enum {
    AIR_UNSET = 0,
    AIR_OFF,
    AIR_ON
} air_switch_e;


/* ------------------------------------------------------------ warnings */

typedef enum {
    AIR_LOST_NO_SUCH = 0,         /* the protocol has no such parameter     */
    AIR_LOST_MODEL,               /* this model does not take it            */
    AIR_LOST_VALUE,               /* has it, but not this value             */
    AIR_LOST_CHANGED,             /* sent, but moved into the target's range */
    AIR_LOST_ISSUER,              /* signed by a vendor who is not the target */
    AIR_LOST_MERGED,              /* parts joined where only one is possible */
    AIR_LOST_ADDED,               /* demanded there, not given: a default   */
    AIR_LOST_IGNORED,             /* the operator does not let it count     */
    AIR_NLOST
} air_lost_e;


typedef struct {
    air_str_t   field;            /* path in the caller's words, or static  */
    air_lost_e  why;
} air_warning_t;


#define AIR_WARNINGS_MAX  32

/* Zero it before use. */
typedef struct {
    air_warning_t  w[AIR_WARNINGS_MAX];
    unsigned       n;
    unsigned       more;          /* those that found no room               */
} air_warnings_t;


/* Notes that field was lost; the same pair is kept once.  lost may be NULL. */
void air_warnings_add(air_warnings_t *lost, air_str_t field, air_lost_e why);

/* As above for a static name. */
void air_warnings_addz(air_warnings_t *lost, const char *field,
    air_lost_e why);

/*
 * How many of them are losses where nothing may be lost (require_parameters):
 * all that are no_such, model or value, and issuer but for what an earlier
 * answer held, "thinking" and "citations".  What was changed, merged or added
 * is still said.
 */
unsigned air_warnings_losses(const air_warnings_t *lost);

/*
 * Appends "field=reason,field=reason" to out, which has len bytes of size
 * already: whole ones only, as long as they fit, losses first; names that
 * are no plain words are "field".  The new length.
 */
size_t air_warnings_brief(const air_warnings_t *lost, unsigned char *out,
    size_t len, size_t size);

/* 1 when that one is. */
int air_warning_loss(const air_warning_t *w);

/* The reason's name: no_such, model, value ... */
const char *air_lost_reason(air_lost_e why);


/* --------------------------------------------------------------- parts */

typedef enum {
    AIR_PART_TEXT = 0,
    AIR_PART_IMAGE,               /* media                                  */
    AIR_PART_DOCUMENT,            /* media; text documents have text        */
    AIR_PART_AUDIO,               /* media, and text: its transcript        */
    AIR_PART_VIDEO,               /* media                                  */
    AIR_PART_TOOL_CALL,           /* id, name, arguments                    */
    AIR_PART_TOOL_RESULT,         /* id, name, parts, is_error              */
    AIR_PART_THINKING,            /* text, signature, issuer                */
    AIR_PART_REDACTED,            /* data, issuer: thinking nobody can read */
    AIR_PART_REFUSAL,             /* text                                   */
    AIR_PART_RAW                  /* raw, issuer: an item of one protocol
                                     that no other one has                  */
} air_part_e;


/* A file in a prompt or a reply: exactly one of data, url and file_id. */
typedef struct {
    air_str_t  type;              /* image/png; empty when unknown          */
    air_str_t  data;              /* base64 as written, without data: URL   */
    air_str_t  url;               /* https, gs, s3 ...                      */
    air_str_t  file_id;           /* the vendor's id of an uploaded file    */
    air_str_t  name;              /* file name or title                     */
    air_str_t  context;           /* words about a document                 */
    air_str_t  detail;            /* low, high, auto                        */
} air_media_t;


/* A prompt-cache marker: the prefix up to here should be kept. */
typedef struct {
    air_switch_e  set;            /* AIR_ON: there is a marker              */
    uint32_t      ttl;            /* seconds, 0 the vendor's default        */
} air_cache_mark_t;


typedef struct air_citation_s  air_citation_t;

struct air_citation_s {
    air_citation_t  *next;
    air_str_t        url;
    air_str_t        title;
    air_str_t        text;        /* what was cited                         */
    uint64_t         start;       /* in the answer's text, bytes or chars as
                                     the vendor counts                      */
    uint64_t         end;         /* 0: no place known                      */
    air_str_t        raw;         /* the vendor's object                    */
    const char      *issuer;      /* codec raw belongs to                   */
};


/* An object's member that only one protocol knows. */
typedef struct air_extra_s  air_extra_t;

struct air_extra_s {
    air_extra_t  *next;
    air_str_t     key;            /* raw, without quotes                    */
    air_str_t     raw;            /* the value                              */
};


typedef struct air_part_s  air_part_t;

struct air_part_s {
    air_part_t        *next;
    air_part_e         type;
    air_str_t          text;
    air_str_t          id;        /* of the tool call, as its issuer wrote it */
    air_str_t          name;      /* of the tool                            */
    air_str_t          arguments; /* JSON text as the model wrote it; may be
                                     empty or broken                        */
    air_str_t          signature; /* of thinking, text or a call            */
    air_str_t          data;      /* redacted or encrypted thinking         */
    air_str_t          format;    /* of a reasoning item, and where it came
                                     from on wires with several             */
    air_str_t          raw;
    const char        *issuer;    /* codec that signature, data and raw
                                     belong to, or NULL                     */
    air_media_t        media;
    air_cache_mark_t   cache;
    air_part_t        *parts;     /* of a tool result                       */
    air_citation_t    *citations;
    air_extra_t       *extra;     /* of issuer's wire                       */
    air_extra_t       *item;      /* of the item that it begins             */
    unsigned           begins:1;  /* an item, on wires whose turns are made
                                     of several                             */
    unsigned           is_error:1;
    unsigned           custom:1;  /* a free-form tool: arguments is no JSON */
    unsigned           older:1;   /* a call of OpenAI's function_call       */
    unsigned           whole:1;   /* content was one string, not a list     */
};


typedef struct air_turn_s  air_turn_t;

struct air_turn_s {
    air_turn_t        *next;
    air_role_e         role;
    air_str_t          name;      /* of the participant                     */
    air_part_t        *parts;
    air_part_t        *last;      /* where the next one is appended         */
    air_cache_mark_t   cache;
    air_extra_t       *extra;     /* of the request's wire                  */
    unsigned           apart:1;   /* instructions, beside the conversation  */
};


/* --------------------------------------------------------------- tools */

typedef struct air_tool_s  air_tool_t;

struct air_tool_s {
    air_tool_t        *next;
    air_str_t          name;
    air_str_t          description;
    unsigned           has_description:1;
    unsigned           custom:1;  /* free-form input                        */
    air_str_t          schema;    /* raw JSON schema                        */
    air_switch_e       strict;
    air_cache_mark_t   cache;
    air_str_t          raw;       /* a tool the vendor runs itself          */
    const char        *issuer;    /* codec raw belongs to, NULL: a function */
    air_extra_t       *extra;
};


typedef enum {
    AIR_CHOOSE_UNSET = 0,
    AIR_CHOOSE_AUTO,
    AIR_CHOOSE_NONE,
    AIR_CHOOSE_ANY,               /* some tool, whichever                   */
    AIR_CHOOSE_ONE,               /* the one called name                    */
    AIR_CHOOSE_RAW                /* only this wire can say it              */
} air_choose_e;


typedef struct {
    air_choose_e   how;
    air_str_t      name;
    air_str_t      raw;
    air_switch_e   parallel;
} air_tool_choice_t;


/* ------------------------------------------------------------- request */

typedef enum {
    AIR_FORMAT_UNSET = 0,
    AIR_FORMAT_TEXT,
    AIR_FORMAT_JSON,
    AIR_FORMAT_SCHEMA,
    AIR_FORMAT_RAW
} air_format_e;


typedef struct {
    air_format_e   how;
    air_str_t      name;
    air_str_t      description;
    air_str_t      schema;        /* raw                                    */
    air_switch_e   strict;
    air_str_t      raw;
} air_format_t;


typedef struct {
    air_str_t      effort;        /* none, minimal, low, medium, high ...   */
    uint64_t       budget;        /* tokens, with has_budget                */
    air_switch_e   enabled;
    air_switch_e   exclude;       /* think, but do not show it              */
    air_str_t      summary;       /* auto, concise, detailed                */
    unsigned       has_budget:1;
    unsigned       object:1;      /* written as OpenRouter's object         */
} air_reasoning_t;


/* A prompt, an input to embed or a stop sequence. */
typedef struct air_item_s  air_item_t;

struct air_item_s {
    air_item_t  *next;
    air_str_t    text;
    air_str_t    raw;             /* token ids instead of text              */
};


typedef struct {
    const char         *wire;     /* codec it was read by                   */
    air_op_e            op;
    air_str_t           model;

    air_turn_t         *turns;
    air_turn_t         *last;
    air_tool_t         *tools;
    air_tool_t         *last_tool;
    unsigned            has_tools:1;      /* also when the list is empty    */
    unsigned            functions:1;      /* written as OpenAI's older
                                             functions, function_call       */
    unsigned            has_stop:1;
    unsigned            stop_whole:1;     /* one string, not a list         */
    unsigned            inputs_whole:1;
    unsigned            has_max_output:1;
    unsigned            has_choices:1;
    unsigned            has_top_logprobs:1;
    unsigned            has_stream:1;     /* stream was written             */
    unsigned            stream:1;
    unsigned            want_usage:1;
    air_tool_choice_t   tool_choice;
    air_format_t        format;
    air_reasoning_t     reasoning;
    air_str_t           verbosity;

    uint64_t            max_output;
    uint64_t            choices;
    uint64_t            top_logprobs;
    air_switch_e        logprobs;
    air_item_t         *stop;

    /* number literals, raw */
    air_str_t           temperature;
    air_str_t           top_p;
    air_str_t           top_k;
    air_str_t           min_p;
    air_str_t           frequency_penalty;
    air_str_t           presence_penalty;
    air_str_t           repetition_penalty;
    air_str_t           seed;

    air_str_t           logit_bias;       /* raw object                     */
    air_str_t           metadata;         /* raw object                     */
    air_str_t           modalities;       /* raw array                      */
    air_str_t           user;
    air_str_t           safety_id;
    air_str_t           service_tier;
    air_tier_e          tier;
    air_str_t           cache_key;
    air_str_t           cache_retention;
    air_switch_e        store;
    air_str_t           previous;         /* id of the reply continued      */
    air_str_t           include;          /* raw list: what to reply with   */

    /* legacy completions: inputs are prompts; embeddings: what to embed */
    air_item_t         *inputs;
    air_str_t           suffix;
    air_str_t           dimensions;       /* raw number                     */
    air_str_t           encoding;         /* float, base64                  */
    air_str_t           input_type;       /* query, document ...            */

    air_extra_t        *extra;            /* members only wire knows        */
    air_extra_t        *router;           /* those of them that only routers
                                             take, air_relay_part()         */
    unsigned            closed:1;         /* as air_request_t's             */
} air_msg_request_t;


/* A turn of the user with that text, borrowed; AIR_OK or AIR_ENOMEM. */
int air_msg_said(air_msg_request_t *msg, const air_mem_t *mem,
    air_str_t text);


/* --------------------------------------------------------------- reply */

typedef struct air_msg_choice_s  air_msg_choice_t;

struct air_msg_choice_s {
    air_msg_choice_t  *next;
    uint32_t           index;
    air_part_t        *parts;
    air_part_t        *last;
    air_finish_e       finish;
    air_str_t          native;    /* the vendor's word for it               */
    air_str_t          sequence;  /* the stop sequence that was met         */
    air_str_t          logprobs;  /* raw, reply's wire                      */
    air_str_t          tokens;    /* of it, raw: the list of tokens, which
                                     several wires spell alike              */
    air_extra_t       *extra;     /* of the choice, reply's wire            */
    air_extra_t       *message_extra;
};


typedef struct air_vector_s  air_vector_t;

struct air_vector_s {
    air_vector_t  *next;
    uint32_t       index;
    air_str_t      raw;           /* array of numbers, or a base64 string
                                     with its quotes                        */
};


typedef struct {
    const char        *wire;      /* codec it was read by                   */
    air_op_e           op;
    air_str_t          id;
    air_str_t          model;
    uint64_t           created;   /* seconds since 1970, 0 unknown          */
    air_msg_choice_t  *choices;
    air_msg_choice_t  *last_choice;
    air_vector_t      *vectors;
    air_vector_t      *last_vector;
    air_str_t          encoding;  /* that vectors are to be written in;
                                     empty: as they came                    */
    air_usage_t        usage;
    air_str_t          service_tier;
    air_str_t          fingerprint;
    air_citation_t    *citations; /* those of the reply as a whole          */
    air_extra_t       *extra;
} air_msg_reply_t;


/* -------------------------------------------------------------- stream */

/*
 * A reply in pieces.  A reader gives START first, then for every part a
 * BLOCK, pieces, and a BLOCK_END; then one FINISH a choice, USAGE (once or
 * more, the last one counts), END.  Blocks of one stream are numbered from
 * 0; several may be open at once (parallel tool calls may interleave).
 * ERROR may come at any place and is the last.
 */
typedef enum {
    AIR_DELTA_START = 0,          /* id, model, created                     */
    AIR_DELTA_BLOCK,              /* part; id, name of a call; media_type;
                                     raw, issuer of AIR_PART_RAW            */
    AIR_DELTA_TEXT,               /* text: of the open block, whatever its
                                     part (text, thinking, refusal,
                                     transcript)                            */
    AIR_DELTA_ARGUMENTS,          /* text: piece of a call's JSON           */
    AIR_DELTA_SIGNATURE,          /* text, issuer                           */
    AIR_DELTA_DATA,               /* text: base64 of media, or redacted; an
                                     image comes whole                      */
    AIR_DELTA_CITATION,           /* citation                               */
    AIR_DELTA_LOGPROBS,           /* raw; text: its list of tokens, raw     */
    AIR_DELTA_EXTRA,              /* raw: the reader's wire only            */
    AIR_DELTA_BLOCK_END,
    AIR_DELTA_FINISH,             /* finish, native, sequence               */
    AIR_DELTA_USAGE,              /* usage                                  */
    AIR_DELTA_ERROR,              /* error                                  */
    AIR_DELTA_PING,               /* keep-alive                             */
    AIR_DELTA_END                 /* the protocol's own end                 */
} air_delta_e;


typedef struct {
    air_delta_e            type;
    uint32_t               choice;
    uint32_t               block;
    air_part_e             part;  /* of the block                           */
    air_str_t              text;
    air_str_t              id;
    air_str_t              name;
    air_str_t              model;
    air_str_t              native;
    air_str_t              sequence;
    air_str_t              raw;
    air_str_t              service_tier;
    air_str_t              media_type;
    air_finish_e           finish;
    uint64_t               created;
    const char            *issuer;
    const air_citation_t  *citation;
    const air_usage_t     *usage;
    const air_error_t     *error;
    unsigned               custom:1;      /* of a call: its input is text   */
    unsigned               said:1;        /* a call's signature, which sealed
                                     thinking before the call has too       */
} air_delta_t;


/* Deltas of one event; room is reused from event to event. */
typedef struct {
    air_delta_t      *d;
    unsigned          n;
    unsigned          size;
    const air_mem_t  *mem;
} air_deltas_t;


#define AIR_BLOCKS_MAX  1024

/* What a side of a stream knows of one block. */
typedef struct {
    uint32_t    choice;
    uint32_t    block;            /* number in the neutral stream           */
    uint32_t    index;            /* number on this side's wire             */
    uint32_t    tag;              /* hash of a call's id                    */
    air_part_e  part;
    unsigned    open:1;
    unsigned    given:1;          /* something of it was written            */
    unsigned    custom:1;         /* a call whose input is text             */
} air_block_t;


typedef struct {
    air_block_t  *block;
    unsigned      n;
    unsigned      size;
    uint32_t      next;           /* the next number                        */
    uint64_t      begun;          /* choices (bits) that were begun         */
    uint64_t      done;           /* choices that have their finish         */
    unsigned      started:1;
    unsigned      finished:1;     /* a finish was seen or written           */
    unsigned      ended:1;
    void         *own;            /* the codec's, from mem                  */
} air_side_t;


/*
 * State of one stream that crosses from one protocol to another.  Memory
 * taken does not grow with the number of events, but where the caller's wire
 * repeats at the end what it said before: then what is kept ends with keep.
 * Texts of an event live in scratch, which the next event_read() overwrites,
 * so deltas must be written before that.
 */
typedef struct {
    const air_mem_t  *mem;
    air_mem_t         scratch;    /* room for decoded texts of one event    */
    unsigned char    *room;
    size_t            room_size;
    size_t            room_used;
    air_json_doc_t    doc;
    air_side_t        in;         /* event_read()'s                         */
    air_side_t        out;        /* event_write()'s                        */
    air_op_e          op;         /* the caller's operation                 */
    air_usage_t       usage;
    air_error_t       error;
    air_citation_t    citation;
    uint64_t          created;
    size_t            keep;            /* bytes of what is repeated         */
    uint64_t          sequence;        /* the next event's number, on wires
                                          that count                        */
    unsigned          want_usage:1;    /* the caller asked for it           */
    uint8_t           id_len;
    uint8_t           model_len;
    unsigned char     id[64];
    unsigned char     model[96];
    air_warnings_t    lost;
} air_stream_t;


/* A stream at its start; allocates nothing.  st must not move afterwards. */
void air_stream_init(air_stream_t *st, const air_mem_t *mem, air_op_e op);

/*
 * Reads the JSON object data of a vendor's event of that type into st->doc;
 * data must live as long as st->doc is used.  *root is its root, or NULL when
 * it was an error, which is then put into out and ends the stream.  AIR_OK,
 * AIR_EINVAL, AIR_ENOMEM, AIR_ELIMIT.  st->scratch is then a mem with room
 * for the decoded texts of this event, which live until the next call.
 */
int air_stream_event_read(air_stream_t *st, air_str_t type, air_str_t data,
    air_deltas_t *out, const air_json_node_t **root);

/*
 * Reads an event that its framing says is an error of that name: an error is
 * put into out and ends the stream; data need not be JSON.  AIR_OK or
 * AIR_ENOMEM, AIR_ELIMIT.
 */
int air_stream_exception(air_stream_t *st, air_str_t name, air_str_t data,
    air_deltas_t *out);

/* Keeps id and model of the reply, cut to their room. */
void air_stream_name(air_stream_t *st, air_str_t id, air_str_t model);

/*
 * The block of this side with that choice, wire index and part, opened or
 * not, or NULL.
 */
air_block_t *air_side_find(air_side_t *side, uint32_t choice, uint32_t index,
    air_part_e part);

/* The block with that number in the neutral stream, or NULL. */
air_block_t *air_side_block(air_side_t *side, uint32_t block);

/* The newest block of this side with that wire index when it is open, or
   NULL. */
air_block_t *air_side_open(air_side_t *side, uint32_t index);

/*
 * Adds an open block with the next number, or NULL when AIR_BLOCKS_MAX
 * stand or memory ran out (*rc tells: AIR_ELIMIT, AIR_ENOMEM).
 */
air_block_t *air_side_add(air_side_t *side, const air_mem_t *mem,
    uint32_t choice, uint32_t index, air_part_e part, int *rc);

/* An empty list over mem. */
void air_deltas_init(air_deltas_t *out, const air_mem_t *mem);

/* Appends a zeroed delta of that type and gives it, or NULL: no memory. */
air_delta_t *air_deltas_add(air_deltas_t *out, air_delta_e type);

/* As above, of block b; b may be NULL: of none. */
air_delta_t *air_deltas_block(air_deltas_t *out, air_delta_e type,
    const air_block_t *b);


/* ------------------------------------------------------------ building */

/*
 * Each gives a zeroed element appended to its list (extras: put in front),
 * or NULL: no memory.  *first and *last are NULL before the first.
 */
air_turn_t *air_msg_turn(air_msg_request_t *msg, const air_mem_t *mem,
    air_role_e role);
air_part_t *air_msg_part(air_part_t **first, air_part_t **last,
    const air_mem_t *mem, air_part_e type);
air_tool_t *air_msg_tool(air_msg_request_t *msg, const air_mem_t *mem);
air_item_t *air_msg_item(air_item_t **first, air_item_t **last,
    const air_mem_t *mem);
air_extra_t *air_msg_extra(air_extra_t **first, const air_mem_t *mem,
    air_str_t key, air_str_t raw);
air_citation_t *air_msg_citation(air_citation_t **first,
    air_citation_t **last, const air_mem_t *mem);
air_msg_choice_t *air_msg_choice(air_msg_reply_t *msg, const air_mem_t *mem,
    uint32_t index);
air_vector_t *air_msg_vector(air_msg_reply_t *msg, const air_mem_t *mem,
    uint32_t index);

/*
 * Puts every member of object whose key is not in known (NULL-ended) into
 * *extra, raw, nulls too.  AIR_OK or AIR_ENOMEM.
 */
int air_msg_rest(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *const *known, const air_mem_t *mem, air_extra_t **extra);

/* Appends ,"key":raw for each. */
void air_msg_extra_write(const air_extra_t *extra, air_buf_t *b);

/* Appends a JSON value as it was, on one line: a line end in it is white
   space. */
void air_msg_line(air_str_t raw, air_buf_t *b);

/* The one whose raw key is name, or NULL. */
const air_extra_t *air_msg_extra_find(const air_extra_t *extra,
    const char *name);

/* 1 when issuer, which may be NULL, is the codec called wire. */
int air_msg_issued(const char *issuer, const char *wire);

/*
 * Keeps a member whole in *extra when it has members not in known: then it
 * says more than the neutral message holds.  AIR_OK or AIR_ENOMEM.
 */
int air_msg_keep(const air_json_doc_t *doc, const air_json_node_t *member,
    const char *const *known, const air_mem_t *mem, air_extra_t **extra);

/* On, off, unset: what a boolean member says. */
air_switch_e air_msg_switch(const air_json_doc_t *doc,
    const air_json_node_t *object, const char *name);

/*
 * Signatures and sealed thinking of other wires, said on one that has a
 * place for its own: a prefix tells whose they are, so that they come back
 * to their issuer and to no one else.  Open: the issuer, *s is cut to what it
 * sealed; NULL: no such prefix.  Seal: appends a JSON string; wire's own, and
 * those of nobody known, have no prefix.
 */
const char *air_msg_open(air_str_t *s);
void air_msg_seal(const char *wire, const char *issuer, air_str_t s,
    air_buf_t *b);

/* 1 when the member is a string with such a prefix. */
int air_msg_sealed(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name);

/* Zeroed, with nothing seen. */
void air_msg_request_init(air_msg_request_t *msg, const char *wire,
    air_op_e op);
void air_msg_reply_init(air_msg_reply_t *msg, const char *wire, air_op_e op);

/* ------------------------------------------------------------- writing */

/*
 * Notes, as AIR_LOST_NO_SUCH, each of the members in names (NULL-ended) that
 * the request has and that would change something; extras always.  Names
 * are those of the members air_msg_write.c lists, and n, logprobs, store,
 * modalities.
 */
void air_msg_lose(const air_msg_request_t *msg, const char *const *names,
    air_warnings_t *lost);

/* 1 when the text is only white space. */
int air_msg_blank(air_str_t s);

/* 1 when a schema says nothing: {} or not given. */
int air_msg_hollow(air_str_t schema);

/* The number in units of 1e-9; below 0 is 0, too big is UINT64_MAX. */
uint64_t air_msg_decimal(air_str_t text);

/*
 * What JSON the text is, AIR_JSON_NULL when it is none.  Takes from b->mem;
 * running out of it is noted in b.
 */
air_json_type_e air_msg_json(air_str_t text, air_buf_t *b);

/*
 * Appends the arguments of a call where they must be an object: as they are,
 * {} for none, else as one member's text.
 */
void air_msg_input_write(air_str_t arguments, int custom, air_buf_t *b);

/*
 * Appends, as a JSON string, the instruction that stands for a format of
 * JSON, with or without a schema, where it cannot be asked for otherwise.
 */
void air_msg_wish_write(const air_format_t *format, air_buf_t *b);

/*
 * Appends the id of a call, as a JSON string, where only letters, digits, "_"
 * and "-" are taken, max bytes of them (61 or more): as it is, or made of it,
 * the same every time.  Without an id the tool's name ties both ends.
 */
void air_msg_id_write(air_str_t id, air_str_t name, size_t max,
    air_buf_t *b);

/* An image's media type from the first bytes of its base64; static. */
const char *air_msg_image_type(const air_media_t *media);

/*
 * *error for the caller: 400, invalid_request_error, with the text of the
 * pieces (NULL-ended, NUL-terminated) put together in mem.  AIR_EINVAL, so
 * that it can be returned, or AIR_ENOMEM.
 */
int air_msg_refuse(const air_mem_t *mem, air_error_t *error,
    const char *const *pieces);


/*
 * Parts a data: URL ("data:image/png;base64,...") into media->type and
 * media->data; any other URL goes to media->url.  Borrows from url.
 */
void air_msg_url(air_media_t *media, air_str_t url);

/* The finish in the words of wires that know only the first seven. */
air_finish_e air_finish_plain(air_finish_e finish);

/* Its name in reports: stop, length, tool_calls ... */
const char *air_finish_name(air_finish_e finish);


#endif /* _AIR_MSG_H_INCLUDED_ */
