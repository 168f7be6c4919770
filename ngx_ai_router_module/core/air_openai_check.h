
/*
 * Inside of the OpenAI codec: what the two files that check requests share.
 */

#ifndef _AIR_OPENAI_CHECK_H_INCLUDED_
#define _AIR_OPENAI_CHECK_H_INCLUDED_


#include "air_openai.h"


#define AIR_OPENAI_MAX_TOKENS    2147483647
#define AIR_OPENAI_MAX_CHOICES   8
#define AIR_OPENAI_MAX_BEST_OF   20
#define AIR_OPENAI_MAX_INPUTS    2048
#define AIR_OPENAI_MAX_PAIRS     16
#define AIR_OPENAI_MAX_KEY       64
#define AIR_OPENAI_MAX_VALUE     512
#define AIR_OPENAI_NUMBER        64     /* bytes of a number we read */


/* Members of a request that are looked at; the first ones are forbidden. */
typedef enum {
    AIR_FIELD_API_BASE = 0,
    AIR_FIELD_BASE_URL,
    AIR_FIELD_API_KEY,
    AIR_FIELD_EXTRA_HEADERS,
    AIR_FIELD_CUSTOM_LLM_PROVIDER,
    AIR_FIELD_MODEL,
    AIR_FIELD_MODELS,
    AIR_FIELD_MESSAGES,
    AIR_FIELD_PROMPT,
    AIR_FIELD_PROMPT_EMBEDS,
    AIR_FIELD_INPUT,
    AIR_FIELD_STREAM,
    AIR_FIELD_STREAM_OPTIONS,
    AIR_FIELD_USAGE,
    AIR_FIELD_MAX_TOKENS,
    AIR_FIELD_MAX_COMPLETION_TOKENS,
    AIR_FIELD_N,
    AIR_FIELD_BEST_OF,
    AIR_FIELD_USER,
    AIR_FIELD_SESSION_ID,
    AIR_FIELD_SERVICE_TIER,
    AIR_FIELD_METADATA,
    AIR_FIELD_PROVIDER,
    AIR_FIELD_TOOLS,
    AIR_FIELD_FUNCTIONS,
    AIR_FIELD_RESPONSE_FORMAT,
    AIR_FIELD_REASONING_EFFORT,
    AIR_FIELD_REASONING,
    AIR_FIELD_WEB_SEARCH_OPTIONS,
    AIR_FIELD_LOGPROBS,
    AIR_FIELD_MAX_OUTPUT_TOKENS,
    AIR_FIELD_PROMPT_CACHE_KEY,
    AIR_FIELDS
} air_openai_field_e;

#define AIR_FIELD_FORBIDDEN  AIR_FIELD_MODEL


typedef struct {
    const air_json_doc_t   *doc;
    const air_json_node_t  *root;
    const air_mem_t        *mem;
    air_error_t            *error;
    air_request_t          *rq;
    air_prefs_read_t        prefs;
    const air_json_node_t  *field[AIR_FIELDS];  /* NULL for null too */
} air_openai_check_t;


/* Their names, NUL-terminated. */
extern const air_str_t  air_openai_field[AIR_FIELDS];


/* "a string", "an integer" ... of a value. */
const char *air_openai_type_name(const air_json_doc_t *doc,
    const air_json_node_t *node);

/* A NUL-terminated path "name[i]rest" in mem, or NULL. */
const char *air_openai_path(const air_mem_t *mem, const char *name,
    unsigned i, const char *rest);

/* A NUL-terminated path of prefix and key in mem, or NULL. */
const char *air_openai_under(const air_mem_t *mem, const char *prefix,
    air_str_t key);

/* Refusals: AIR_EINVAL with *c->error, or AIR_ENOMEM, which a NULL path
   stands for too. */
int air_openai_bad_type(air_openai_check_t *c, const char *path,
    const char *expected, const air_json_node_t *got);

/* As above: a member that must be there, and an array that is empty. */
int air_openai_missing(air_openai_check_t *c, const char *path);
int air_openai_empty(air_openai_check_t *c, const char *path);

/* As above: a member nobody may send. */
int air_openai_unknown(air_openai_check_t *c, const char *path);

/* As above: "what limit, but got with got unit instead". */
int air_openai_beyond(air_openai_check_t *c, const char *path,
    const char *code, const char *what, uint64_t limit, const char *with,
    air_str_t got, const char *unit);

/* As above where what we got is a count. */
int air_openai_above(air_openai_check_t *c, const char *path,
    const char *code, const char *what, uint64_t limit, const char *with,
    uint64_t got, const char *unit);

/* stream, stream_options.  AIR_OK, or as a refusal; so all below. */
int air_openai_check_stream(air_openai_check_t *c);

/* max_tokens, max_completion_tokens, n, best_of. */
int air_openai_check_limits(air_openai_check_t *c);

/* A NUL-terminated copy of text, empty when it is longer than max or not
   printable: what may be said back; NULL without memory. */
const char *air_openai_word(const air_mem_t *mem, air_str_t text, size_t max);

/* 404 as for a model that nobody has; the name is not said back. */
int air_openai_no_model(air_openai_check_t *c);

/* models; session_id and prompt_cache_key: air_openai_prefs.c. */
int air_openai_check_models(air_openai_check_t *c,
    const air_json_node_t *models);
int air_openai_check_session(air_openai_check_t *c);

/* user, session_id, service_tier. */
int air_openai_check_user(air_openai_check_t *c);

/* metadata. */
int air_openai_check_metadata(air_openai_check_t *c);

/* input of Responses, and what would need a memory that a router lacks. */
int air_openai_check_items(air_openai_check_t *c);

/* provider. */
int air_openai_check_provider(air_openai_check_t *c);

/* Notes what the target must be able to do; refuses nothing. */
void air_openai_check_needs(air_openai_check_t *c);

/* As above: what only Responses says. */
void air_openai_check_newer(air_openai_check_t *c);

/* 1 when an object with file_data is a text, as that data: URL says. */
int air_openai_file_plain(const air_json_doc_t *doc,
    const air_json_node_t *file);


#endif /* _AIR_OPENAI_CHECK_H_INCLUDED_ */
