
/*
 * A vendor made up on the spot: reads a request in OpenAI's dialect and
 * writes the reply that fits it, whole or event by event.  The same request
 * gets the same text; nothing is drawn at random, and nobody is asked.
 */

#ifndef _AIR_SIMULATE_H_INCLUDED_
#define _AIR_SIMULATE_H_INCLUDED_


#include "air_buf.h"
#include "air_fault.h"
#include "air_json.h"
#include "air_profile.h"


/* room that any one event needs at most */
#define AIR_SIMULATE_EVENT   2048

#define AIR_SIMULATE_NAME    256  /* bytes of a model's or tool's name      */
#define AIR_SIMULATE_TOKENS  1000000
#define AIR_SIMULATE_VALUE   8192 /* bytes made up for a JSON schema        */


/* what the next event of a stream is */
typedef enum {
    AIR_SIMULATE_ROLE = 0,
    AIR_SIMULATE_CONTENT,         /* one token                              */
    AIR_SIMULATE_FINISH,
    AIR_SIMULATE_USAGE,
    AIR_SIMULATE_DONE,
    AIR_SIMULATE_END              /* there is none                          */
} air_simulate_next_e;


typedef struct {
    const air_json_doc_t  *doc;
    air_op_e               op;
    air_str_t              model;     /* raw JSON, without quotes           */
    air_str_t              tool;      /* as above; empty: no tool is called */
    air_str_t              text;      /* JSON made up; empty: plain words   */
    size_t                 pos;       /* of text already written            */
    uint64_t               prompt;    /* tokens                             */
    uint64_t               tokens;    /* of the reply                       */
    uint64_t               sent;      /* of them written as events          */
    uint64_t               dimensions;
    int64_t                created;   /* s UTC, the caller's                */
    air_str_t              id;        /* 1-40 bytes [A-Za-z0-9-], caller's  */
    air_simulate_next_e    next;
    unsigned               stream:1;
    unsigned               usage:1;
    unsigned               length:1;  /* cut by the tokens asked for        */
    unsigned               base64:1;  /* embeddings                         */
} air_simulate_t;


/*
 * Reads a request for chat, completions or embeddings; doc must outlive *s.
 * tokens is how long a text reply is when the caller does not ask for less;
 * prompt is the prompt's tokens, 0 to estimate them.  AIR_OK; AIR_EINVAL with
 * *error for the caller, its views static; AIR_ENOMEM.
 */
int air_simulate_read(air_simulate_t *s, air_op_e op,
    const air_json_doc_t *doc, uint64_t tokens, uint64_t prompt,
    const air_mem_t *mem, air_error_t *error);

/* Appends the whole reply; AIR_OK or b's error. */
int air_simulate_reply(const air_simulate_t *s, air_buf_t *b);

/*
 * Appends the event s->next with its blank line and moves on; needs
 * AIR_SIMULATE_EVENT bytes.  AIR_OK or b's error.
 */
int air_simulate_event(air_simulate_t *s, air_buf_t *b);

/* Appends the list of models, one with this name. */
int air_simulate_models(air_str_t model, int64_t created, air_buf_t *b);

/*
 * Appends a small value that satisfies a JSON schema: const, enum, default,
 * type with required, minimum, minLength, minItems; anyOf, oneOf and allOf
 * by their first member; "#/..." references.  What it does not know becomes
 * null.  AIR_OK or b's error.
 */
int air_simulate_value(const air_json_doc_t *doc,
    const air_json_node_t *schema, air_buf_t *b);

/* As air_simulate_reply(), for embeddings. */
int air_simulate_embeddings(const air_simulate_t *s, air_buf_t *b);

/* Tokens that a reply of this JSON text is made of. */
uint64_t air_simulate_pieces(air_str_t text);

/* Appends the member "usage". */
void air_simulate_usage(const air_simulate_t *s, air_buf_t *b);

/* How an error of that status looks; all views static. */
void air_simulate_error(unsigned status, air_error_t *error);


#endif /* _AIR_SIMULATE_H_INCLUDED_ */
