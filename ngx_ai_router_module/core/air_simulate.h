
/*
 * A vendor made up on the spot: takes a request that some codec has read and
 * gives the reply that fits it, whole or event by event, for that codec to
 * write.  The same request gets the same answer; nothing is drawn at random,
 * and nobody is asked.  It knows no wire by name: what has a codec and a
 * profile is spoken.
 */

#ifndef _AIR_SIMULATE_H_INCLUDED_
#define _AIR_SIMULATE_H_INCLUDED_


#include "air_codec.h"


/* room to have before an event: most need no more, and a buffer that can
   grow takes the others */
#define AIR_SIMULATE_EVENT   2048

#define AIR_SIMULATE_NAME    256  /* bytes of a model's or tool's name      */
#define AIR_SIMULATE_TOKENS  1000000
#define AIR_SIMULATE_VALUE   8192 /* bytes made up for a JSON schema        */
#define AIR_SIMULATE_ECHO    65536  /* bytes of a prompt that come back     */
#define AIR_SIMULATE_CALLS   16   /* tools called at once                   */
#define AIR_SIMULATE_DIMS    1536 /* longest vector                         */


/* Which wire a path belongs to. */
typedef struct {
    const air_codec_t  *codec;
    air_op_e            op;
    air_str_t           model;    /* as the path has it, or empty           */
    unsigned            stream:1; /* the path asks for one                  */
} air_simulate_path_t;


/* How it is to behave. */
typedef struct {
    uint64_t   tokens;            /* of a text reply, when the caller does
                                     not ask for less                       */
    uint64_t   prompt;            /* tokens of the prompt, 0: estimated     */
    uint64_t   rounds;            /* turns in which tools are called before
                                     it answers, where the caller leaves it
                                     the choice                             */
    uint64_t   calls;             /* tools called at once, 0: one           */
    int64_t    created;           /* s UTC                                  */
    air_str_t  id;                /* 1-40 bytes [A-Za-z0-9-]; must outlive
                                     the reply                              */
    unsigned   echo:1;            /* says what it was told                  */
} air_simulate_how_t;


/* what the next event of a stream is */
typedef enum {
    AIR_SIMULATE_START = 0,
    AIR_SIMULATE_BLOCK,
    AIR_SIMULATE_TOKEN,
    AIR_SIMULATE_BLOCK_END,
    AIR_SIMULATE_FINISH,
    AIR_SIMULATE_LAST,
    AIR_SIMULATE_END              /* there is none                          */
} air_simulate_next_e;


typedef struct {
    air_part_e      type;
    air_str_t       text;         /* made up; empty: plain words            */
    air_str_t       name;         /* of the tool                            */
    air_str_t       id;           /* of the call                            */
    uint64_t        tokens;
} air_simulate_part_t;


typedef struct {
    const air_codec_t    *codec;
    const air_mem_t      *mem;
    air_simulate_how_t    how;
    air_op_e              op;
    air_msg_request_t     msg;
    air_simulate_part_t   part[AIR_SIMULATE_CALLS + 2];
    unsigned              n;
    uint64_t              tokens;     /* of all parts                       */
    uint64_t              dimensions; /* embeddings                         */
    air_usage_t           usage;
    air_stream_t          stream;
    air_simulate_next_e   next;
    unsigned              at;         /* part being written                 */
    uint64_t              nth;        /* token of it                        */
    size_t                pos;        /* of its text                        */
    uint64_t              sent;       /* tokens written as events           */
    unsigned              streamed:1; /* a stream is wanted                 */
    unsigned              length:1;   /* cut by the tokens asked for        */
} air_simulate_t;


/*
 * The codec and operation of a path, by the end of it: the longest that any
 * profile has.  1, or 0 when none has it.  Borrows from path.
 */
int air_simulate_path(air_str_t path, air_simulate_path_t *at);

/*
 * Reads a request; doc, mem and at's model must outlive *s, which must not
 * move.  AIR_OK; AIR_EINVAL with *error for the caller, its views static or
 * from mem; AIR_ENOMEM.
 */
int air_simulate_read(air_simulate_t *s, const air_simulate_path_t *at,
    const air_simulate_how_t *how, const air_json_doc_t *doc,
    const air_mem_t *mem, air_error_t *error);

/* Appends the whole reply; AIR_OK, AIR_ENOMEM or b's error. */
int air_simulate_reply(air_simulate_t *s, air_buf_t *b);

/*
 * Appends the next event, or a few that come together, framed as the wire
 * has it; nothing where the wire has no event for it.  AIR_OK, or an error
 * of the codec's or b's.
 */
int air_simulate_event(air_simulate_t *s, air_buf_t *b);

/* Appends the list of models, one with this name. */
int air_simulate_models(air_str_t model, int64_t created, air_buf_t *b);

/*
 * Appends a small value that satisfies a JSON schema: const, enum, default,
 * type with required, minimum, minLength, minItems; anyOf, oneOf and allOf
 * by their first member; "#/..." references.  Of an enum the nth member is
 * taken, counted round.  What it does not know becomes null.  AIR_OK or b's
 * error.
 */
int air_simulate_value(const air_json_doc_t *doc,
    const air_json_node_t *schema, uint64_t nth, air_buf_t *b);

/* Puts a vector for each input into *reply; AIR_OK or AIR_ENOMEM. */
int air_simulate_vectors(const air_simulate_t *s, air_msg_reply_t *reply);

/*
 * What comes back of the request where the vendor echoes: results of tools
 * called since the user's last words, a line each, else those words, with
 * files as "[TYPE DATA]".  Appends to b; AIR_OK or b's error.
 */
int air_simulate_echo(const air_msg_request_t *msg, air_buf_t *b);

/* How far the turns have come since the user's last words. */
typedef struct {
    const air_turn_t  *words;     /* the turn with them, NULL: none         */
    uint64_t           rounds;    /* turns of the model with calls          */
    uint64_t           calls;
    unsigned           results:1; /* tools told something                   */
} air_simulate_turns_t;

/* Fills *t from all turns of a request; borrows them. */
void air_simulate_turns(const air_msg_request_t *msg,
    air_simulate_turns_t *t);

/* Tokens that a reply of this text is made of. */
uint64_t air_simulate_pieces(air_str_t text);

/* Where the token that begins at pos ends. */
size_t air_simulate_piece_end(air_str_t text, size_t pos);

/* How an error of that status looks; all views static. */
void air_simulate_error(unsigned status, air_error_t *error);


#endif /* _AIR_SIMULATE_H_INCLUDED_ */
