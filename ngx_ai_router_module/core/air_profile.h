
/*
 * Vendors that speak a known protocol, each with its own quirks: one table.
 */

#ifndef _AIR_PROFILE_H_INCLUDED_
#define _AIR_PROFILE_H_INCLUDED_


#include "air_str.h"


/* operations a caller can ask for and a vendor can do */
typedef enum {
    AIR_OP_NONE = 0,
    AIR_OP_CHAT,
    AIR_OP_COMPLETIONS,
    AIR_OP_EMBEDDINGS,
    AIR_OP_RESPONSES,
    AIR_OP_MESSAGES,
    AIR_OP_COUNT_TOKENS,
    AIR_OP_MODELS,
    AIR_NOP
} air_op_e;


typedef struct {
    const char  *name;            /* openai, openrouter, azure ...          */
    const char  *protocol;        /* codec name: openai ...                 */
    const char  *hosts;           /* space-separated host suffixes that pick
                                     it, or NULL; one that begins with "-"
                                     ends a label, the others are whole; "*"
                                     inside is one label                    */
    const char  *endpoint;        /* used when none is given, or NULL       */
    const char  *price_vendor;    /* name in price tables                   */
    const char  *slug;            /* what OpenRouter calls it, NULL: as name,
                                     or not at all                          */
    const char  *owner;           /* the company that sells it, NULL: whoever
                                     runs it                                */
    const char  *maker;           /* default maker, NULL: many              */
    const char  *region;          /* default region or NULL                 */

    /* path after the endpoint for each operation, NULL: cannot; {model} is
       replaced by the model's name, percent-encoded */
    const char  *path[AIR_NOP];
    const char  *query;           /* appended with "?", or NULL             */
    const char  *stream_path[AIR_NOP];  /* of a streamed reply, NULL: path  */
    const char  *stream_query;    /* of a streamed reply, NULL: query       */

    const char  *auth_header;     /* lower case                             */
    const char  *auth_prefix;     /* "Bearer " or ""                        */
    const char  *error_header;    /* that names an error beside its body    */
    const char  *id_header;       /* with the vendor's id of a reply that
                                     has none in its body                   */
    const char  *input_header;    /* with the tokens that were embedded     */
    const char  *aws_service;     /* what signatures of AWS are for, NULL:
                                     signs nothing                          */
    const char  *extra_headers;   /* "name: value" lines parted by LF that go
                                     with every request, names lower case, or
                                     NULL; a caller's own value wins where it
                                     is passed on                           */

    const char  *refuses;         /* members of a body, parted by blanks, that
                                     it answers with an error, or NULL      */
    const char  *seed;            /* its name for "seed", NULL the same     */

    unsigned     ask_usage:1;     /* stream_options.include_usage is needed
                                     and understood                         */
    unsigned     reasoning_outside:1;  /* reasoning tokens are not inside
                                     completion_tokens                      */
    unsigned     model_in_path:1; /* "model" in the body is left out        */
    unsigned     router_fields:1; /* understands models[], provider{} ...   */
    unsigned     max_completion_tokens:1;  /* knows this newer name         */
    unsigned     publisher:1;     /* Google's models at Vertex AI, which has
                                     its own ways to count and to embed     */
} air_profile_t;


/* The profile called name, or NULL. */
const air_profile_t *air_profile_find(air_str_t name);

/* 1 when the vendor is known to refuse bodies with that member. */
int air_profile_refuses(const air_profile_t *profile, air_str_t name);

/* The profile whose host suffix matches, or NULL. */
const air_profile_t *air_profile_by_host(air_str_t host);

/*
 * The first profile for that protocol whose host suffix matches; an empty
 * host matches all.  NULL: none.
 */
const air_profile_t *air_profile_speaking(air_str_t host,
    const char *protocol);

/*
 * The path template of an operation, of its streamed reply when stream is
 * set; NULL: the vendor cannot.
 */
const char *air_profile_path(const air_profile_t *profile, air_op_e op,
    int stream);

/* The query that belongs to it, without "?"; NULL: none. */
const char *air_profile_query(const air_profile_t *profile, int stream);

/* The i-th profile, NULL past the last: for lists and messages. */
const air_profile_t *air_profile_at(unsigned i);


#endif /* _AIR_PROFILE_H_INCLUDED_ */
