
/*
 * Inside of the OpenAI codec: what the two files that check requests share.
 */

#ifndef _AIR_OPENAI_CHECK_H_INCLUDED_
#define _AIR_OPENAI_CHECK_H_INCLUDED_


#include "air_openai.h"


#define AIR_OPENAI_MAX_TOKENS    2147483647
#define AIR_OPENAI_MAX_CHOICES   8
#define AIR_OPENAI_MAX_BEST_OF   20
#define AIR_OPENAI_MAX_MODELS    8
#define AIR_OPENAI_MAX_INPUTS    2048
#define AIR_OPENAI_MAX_MODEL     256
#define AIR_OPENAI_MAX_SESSION   256
#define AIR_OPENAI_MAX_PAIRS     16
#define AIR_OPENAI_MAX_KEY       64
#define AIR_OPENAI_MAX_VALUE     512
#define AIR_OPENAI_NUMBER        64     /* bytes of a number we read */


typedef struct {
    const air_json_doc_t   *doc;
    const air_json_node_t  *root;
    const air_mem_t        *mem;
    air_error_t            *error;
    air_request_t          *rq;
} air_openai_check_t;


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

/* user, session_id, service_tier. */
int air_openai_check_user(air_openai_check_t *c);

/* metadata. */
int air_openai_check_metadata(air_openai_check_t *c);

/* provider. */
int air_openai_check_provider(air_openai_check_t *c);

/* Notes what the target must be able to do; refuses nothing. */
void air_openai_check_needs(air_openai_check_t *c);


#endif /* _AIR_OPENAI_CHECK_H_INCLUDED_ */
