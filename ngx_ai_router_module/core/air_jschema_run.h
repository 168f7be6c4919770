
/* Inside of the JSON Schema files: a value that is being judged. */

#ifndef _AIR_JSCHEMA_RUN_H_INCLUDED_
#define _AIR_JSCHEMA_RUN_H_INCLUDED_


#include "air_jschema_build.h"


/* A resource that was entered, outermost last. */
typedef struct air_jschema_scope_s  air_jschema_scope_t;

struct air_jschema_scope_s {
    const air_jschema_scope_t     *up;
    const air_jschema_resource_t  *resource;
};


typedef struct {
    air_jvalue_t                value;
    const air_mem_t            *mem;
    uint64_t                    steps;        /* left                       */
    unsigned                    depth;        /* schemas within schemas     */
    unsigned                    quiet;        /* a failure is no verdict    */
    const air_jschema_scope_t  *scope;
    air_matcher_t              *matcher;
    air_jschema_error_t        *error;

    /* children that were evaluated, of the values that are open; a schema
       that fails, or whose result nobody asks, takes its own back */
    unsigned                    track;
    uint32_t                   *marks;
    uint32_t                    nmarks;
    uint32_t                    size;
    uint32_t                   *seen;         /* by value: when it was      */
    uint32_t                    now;

    /* the way to the value, of nodes; a name that no schema has is hidden */
    unsigned                    npath;
    uint32_t                    path[AIR_JSON_MAX_DEPTH + 2];
    uint8_t                     named[AIR_JSON_MAX_DEPTH + 2];

    air_buf_t                   text;         /* of a string with escapes   */
    const unsigned char        *unescaped;    /* which it is, as written    */
    uint64_t                   *slots;        /* of elements, by hash       */
    uint32_t                    nslots;
} air_jschema_run_t;


/* -- air_jschema_check.c -- */

/* AIR_OK: value matches; AIR_EINVAL: not; AIR_ELIMIT; AIR_ENOMEM. */
int air_jschema_eval(air_jschema_run_t *r, const air_jschema_node_t *node,
    uint32_t value);

/* The same of a child of the value that is judged. */
int air_jschema_eval_child(air_jschema_run_t *r,
    const air_jschema_node_t *node, uint32_t value, unsigned named);

/* It does not match: notes why, and with what name, once.  AIR_EINVAL. */
int air_jschema_fail(air_jschema_run_t *r, const char *text);
int air_jschema_fail_name(air_jschema_run_t *r, const char *text,
    air_json_text_t name, const char *after);

/* Takes steps: AIR_OK or AIR_ELIMIT. */
int air_jschema_pay(air_jschema_run_t *r, uint64_t steps);

/* The child is evaluated.  AIR_OK or AIR_ENOMEM. */
int air_jschema_mark(air_jschema_run_t *r, uint32_t value);

/* Searches a string's text.  AIR_OK, AIR_ENOENT, AIR_ELIMIT, AIR_ENOMEM. */
int air_jschema_search(air_jschema_run_t *r, const air_pattern_t *pattern,
    air_json_text_t text);


/* -- air_jschema_kinds.c, each as air_jschema_eval() -- */

/* The value is one of a list, which stands in the node's document. */
int air_jschema_check_enum(air_jschema_run_t *r,
    const air_jschema_node_t *node, const air_jschema_enum_t *list,
    uint32_t value);

/* The value is of the kind, and as the keywords say. */
int air_jschema_check_number(air_jschema_run_t *r,
    const air_jschema_number_t *number, uint32_t value);

/* The same. */
int air_jschema_check_string(air_jschema_run_t *r,
    const air_jschema_string_t *string, uint32_t value);

/* The same, with its elements. */
int air_jschema_check_array(air_jschema_run_t *r,
    const air_jschema_array_t *array, uint32_t value);

/* The same, with its members. */
int air_jschema_check_object(air_jschema_run_t *r,
    const air_jschema_object_t *object, uint32_t value);


#endif /* _AIR_JSCHEMA_RUN_H_INCLUDED_ */
