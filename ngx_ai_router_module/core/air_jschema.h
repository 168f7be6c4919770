
/*
 * JSON Schema, drafts 2020-12 and 7 (and what 2019-09 and 6 have of them):
 * https://json-schema.org/draft/2020-12 and /draft-07, read 2026-11.  A schema
 * is compiled once; validating is bounded by a number of steps, which is linear
 * in the text whatever the schema asks.
 *
 * References within the schema, to its own "$id"s and anchors, to documents
 * given with it, and to the meta-schemas; nothing is ever fetched.  "format"
 * and "content..." are annotations.
 */

#ifndef _AIR_JSCHEMA_H_INCLUDED_
#define _AIR_JSCHEMA_H_INCLUDED_


#include "air_jvalue.h"


#define AIR_JSCHEMA_TEXT      262144  /* bytes of a schema                  */
#define AIR_JSCHEMA_SCHEMAS   16384   /* in it, and in what it refers to    */
#define AIR_JSCHEMA_NAMES     1024    /* "$id"s, and as many anchors        */
#define AIR_JSCHEMA_PATTERNS  256
#define AIR_JSCHEMA_WAYS      2000000 /* steps to follow all references     */
#define AIR_JSCHEMA_STEPS     65536   /* of judging, of any text            */


typedef struct air_jschema_s  air_jschema_t;


typedef enum {
    AIR_JSCHEMA_2020 = 0,         /* when "$schema" does not say            */
    AIR_JSCHEMA_7
} air_jschema_draft_e;


/* Where and why; path is a JSON pointer into the value, or the schema. */
typedef struct {
    char  path[128];              /* "*" for a name that is no property's   */
    char  text[160];              /* no value of the instance in it         */
} air_jschema_error_t;


/* A document that references may lead to. */
typedef struct {
    air_str_t  uri;               /* absolute, without a fragment           */
    air_str_t  text;
} air_jschema_known_t;


/*
 * Compiles text; all memory is from mem, and text must outlive the schema.
 * AIR_OK; AIR_EINVAL with *error: no JSON, no schema, a keyword of a wrong
 * type, a reference that leads nowhere, or to itself, a pattern that is none;
 * AIR_ELIMIT, with *error too: too large or deep; AIR_ENOMEM.
 */
int air_jschema_compile(air_jschema_t **schema, air_str_t text,
    air_jschema_draft_e draft, const air_mem_t *mem,
    air_jschema_error_t *error);

/*
 * The same with documents given, which must outlive the schema as well; uri
 * is where text is from, or empty.
 */
int air_jschema_compile_known(air_jschema_t **schema,
    const air_jschema_known_t *source, air_jschema_draft_e draft,
    const air_jschema_known_t *known, unsigned n, const air_mem_t *mem,
    air_jschema_error_t *error);

/*
 * Validates text.  AIR_OK; AIR_EINVAL with *error: it is no JSON, has a name
 * twice, or does not match; AIR_ELIMIT, with *error too: more values or steps
 * than are allowed, AIR_JSCHEMA_STEPS and air_jschema_steps(); AIR_ENOMEM.
 */
int air_jschema_check(const air_jschema_t *schema, air_str_t text,
    const air_mem_t *mem, air_jschema_error_t *error);

/* Steps that judging a value may take besides AIR_JSCHEMA_STEPS: in proportion
   to its text.  Each is some nanoseconds of work. */
uint64_t air_jschema_steps(const air_jvalue_t *value);

/*
 * The same of a value that was read, by as many steps, of which those that it
 * took are taken off.  AIR_OK, AIR_EINVAL, AIR_ELIMIT or AIR_ENOMEM.
 */
int air_jschema_judge(const air_jschema_t *schema, air_jvalue_t *value,
    uint64_t *steps, const air_mem_t *mem, air_jschema_error_t *error);

/* Gives back what is not mem's. */
void air_jschema_free(air_jschema_t *schema);


#endif /* _AIR_JSCHEMA_H_INCLUDED_ */
