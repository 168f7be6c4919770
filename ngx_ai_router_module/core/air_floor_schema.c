
/*
 * JSON Schema in the floor: an operator's, compiled once, or the one that the
 * request asks its answer to match, compiled when it is first judged.  Names
 * that stand in a request's schema are the caller's and are not repeated.
 */

#include "air_floor_check.h"


#define AIR_FLOOR_OWN  32         /* schemas of a request that are compiled */


/* one of them; they are told apart by where they stand in it */
typedef struct air_floor_own_s  air_floor_own_t;

struct air_floor_own_s {
    air_floor_own_t      *next;
    air_str_t             schema;
    air_jschema_t        *compiled;
    int                   rc;
    air_jschema_error_t   error;
};


int
air_floor_set_schema(air_floor_check_t *c, air_str_t file,
    const air_mem_t *mem, char *why, size_t size)
{
    int                  rc;
    const char          *pieces[5];
    unsigned char       *text;
    air_jschema_error_t  error;

    if (c->value.len == 0) {
        return AIR_OK;
    }

    text = air_mem_get(mem, file.len + 1);
    if (text == NULL) {
        return AIR_ENOMEM;
    }

    if (file.len != 0) {
        memcpy(text, file.data, file.len);
    }

    rc = air_jschema_compile(&c->schema, air_str_n(text, file.len),
                             AIR_JSCHEMA_2020, mem, &error);

    if (rc == AIR_OK || rc == AIR_ENOMEM) {
        return rc;
    }

    pieces[0] = "the schema cannot be used: ";
    pieces[1] = error.path;
    pieces[2] = error.path[0] != '\0' ? " " : "";
    pieces[3] = error.text;
    pieces[4] = NULL;

    return air_floor_say(why, size, AIR_EINVAL, pieces);
}


int
air_floor_value(air_floor_case_t *x, unsigned members)
{
    air_str_t  text;

    if (!x->scanned) {
        text = x->floor->fenced ? air_answer_unfence(x->text) : x->text;

        x->valued = air_jvalue_scan(&x->value, text, x->mem, &x->lacks);
        x->scanned = 1;
    }

    if (x->valued == AIR_OK && members && !x->named) {
        x->membered = air_jvalue_members(&x->value, &x->lacks);
        x->named = 1;
    }

    return x->valued == AIR_OK && members ? x->membered : x->valued;
}


/* Not as its schema says, or not to be known. */
static int
air_floor_unlike(air_floor_case_t *x, int rc, const char *what,
    const char *where, const char *why)
{
    const char  *pieces[6];

    if (rc == AIR_ENOMEM) {
        return rc;
    }

    pieces[0] = what;
    pieces[1] = rc == AIR_ELIMIT ? " cannot be judged by its schema: "
                                 : " does not match its schema: ";
    pieces[2] = where;
    pieces[3] = where[0] != '\0' ? " " : "";
    pieces[4] = why;
    pieces[5] = NULL;

    return air_floor_say(x->why, x->size,
                         rc == AIR_ELIMIT ? AIR_VERDICT_UNSURE
                                          : AIR_VERDICT_FAILED, pieces);
}


/* The verdict of a check; own: the schema is the request's. */
static int
air_floor_match(const air_jschema_t *schema, air_jvalue_t *value, int own,
    air_floor_case_t *x, const char *what)
{
    int                  rc;
    uint64_t             steps, left;
    air_jschema_error_t  error;

    /* what any text may take is for all schemas of a judgement together: an
       answer may have many calls */

    left = AIR_JSCHEMA_STEPS - x->spent;
    steps = left + air_jschema_steps(value);

    rc = air_jschema_judge(schema, value, &steps, x->mem, &error);

    x->spent += left - (steps < left ? steps : left);

    if (rc == AIR_OK) {
        return AIR_VERDICT_PASSED;
    }

    return air_floor_unlike(x, rc, what, own ? "" : error.path,
                            own && strncmp(error.text, "lacks ", 6) == 0
                            ? "lacks a member that must be there"
                            : error.text);
}


/* A schema of the request, compiled once; NULL without memory. */
static air_floor_own_t *
air_floor_compiled(air_str_t schema, air_floor_case_t *x)
{
    unsigned           n;
    air_floor_own_t   *o, **list;

    list = x->asked->own;
    n = 0;

    for (o = list != NULL ? *list : NULL; o != NULL; o = o->next) {
        if (o->schema.data == schema.data && o->schema.len == schema.len) {
            return o;
        }

        n++;
    }

    o = air_mem_get(x->mem, sizeof(air_floor_own_t));
    if (o == NULL) {
        return NULL;
    }

    memset(o, 0, sizeof(air_floor_own_t));
    o->schema = schema;

    if (n == AIR_FLOOR_OWN) {
        o->rc = AIR_ELIMIT;
        memcpy(o->error.text, "too many", sizeof("too many"));
        return o;
    }

    o->rc = air_jschema_compile(&o->compiled, schema, AIR_JSCHEMA_2020,
                                x->mem, &o->error);

    if (list != NULL) {
        o->next = *list;
        *list = o;
    }

    return o;
}


/* By a schema of the request. */
static int
air_floor_asked(air_str_t schema, air_jvalue_t *value, air_floor_case_t *x,
    const char *what)
{
    int               rc;
    air_floor_own_t  *o;

    o = air_floor_compiled(schema, x);

    if (o == NULL || o->rc == AIR_ENOMEM) {
        return AIR_ENOMEM;
    }

    if (o->rc != AIR_OK) {
        return air_floor_why(x->why, x->size, AIR_VERDICT_UNSURE,
                             "the request's schema cannot be used: ",
                             o->error.text, NULL);
    }

    rc = air_floor_match(o->compiled, value, 1, x, what);

    if (x->asked->own == NULL) {
        air_jschema_free(o->compiled);
    }

    return rc;
}


int
air_floor_schema(const air_floor_check_t *c, air_floor_case_t *x)
{
    int  rc;

    if (c->schema == NULL && x->asked->schema.len == 0) {
        return air_floor_why(x->why, x->size, AIR_VERDICT_UNSURE,
                             "the request asks for no schema", NULL, NULL);
    }

    rc = air_floor_value(x, 1);

    if (rc != AIR_OK) {
        return air_floor_unlike(x, rc, "the answer", "", x->lacks);
    }

    if (c->schema != NULL) {
        return air_floor_match(c->schema, &x->value, 0, x, "the answer");
    }

    return air_floor_asked(x->asked->schema, &x->value, x, "the answer");
}


int
air_floor_tool_schema(air_str_t schema, air_jvalue_t *arguments,
    air_floor_case_t *x)
{
    int          rc;
    const char  *why;

    rc = air_jvalue_members(arguments, &why);

    return rc == AIR_OK ? air_floor_asked(schema, arguments, x, "a call")
                        : air_floor_unlike(x, rc, "a call", "", why);
}
