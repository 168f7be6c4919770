
/*
 * Judging a value.  A schema is asked about a value, and asks others: about
 * the same value (allOf, $ref, ...), where what they evaluated is theirs
 * together, or about its children.  Every question is a step, and steps are
 * counted down from a number in proportion to the text.
 */

#include "air_jschema_run.h"


/* questions within questions */
#define AIR_JSCHEMA_DEPTH        2000

/* steps: a value has half of one, and each byte a third */
#define AIR_JSCHEMA_BY_VALUE     2
#define AIR_JSCHEMA_BY_BYTE      3

/* steps that an escape costs where its string is searched */
#define AIR_JSCHEMA_ESCAPE       2

#define AIR_JSCHEMA_MARKS        64


static int air_jschema_place(air_jschema_run_t *r,
    const air_jschema_node_t *node, uint32_t value);


int
air_jschema_pay(air_jschema_run_t *r, uint64_t steps)
{
    if (r->steps < steps) {
        r->steps = 0;
        return AIR_ELIMIT;
    }

    r->steps -= steps;

    return AIR_OK;
}


/* The way down to the value that failed. */
static void
air_jschema_where(air_jschema_run_t *r)
{
    char                   *path;
    size_t                  at;
    uint32_t                i, k;
    unsigned                n;
    unsigned char           digits[16];
    const air_json_node_t  *nodes;

    nodes = r->value.doc.nodes;
    path = r->error->path;
    path[0] = '\0';

    for (n = 1; n < r->npath; n++) {
        air_jschema_say(path, sizeof(r->error->path), air_str_z("/"));

        if (nodes[r->path[n - 1]].type == AIR_JSON_OBJECT) {
            air_jschema_say(path, sizeof(r->error->path),
                            !r->named[n] ? air_str_z("*")
                            : air_json_key(&r->value.doc,
                                           &nodes[r->path[n]]));
            continue;
        }

        for (k = 0, i = r->path[n - 1] + 1; i != r->path[n];
             i = nodes[i].next)
        {
            k++;
        }

        at = sizeof(digits);

        do {
            digits[--at] = (unsigned char) ('0' + k % 10);
            k /= 10;
        } while (k != 0);

        air_jschema_say(path, sizeof(r->error->path),
                        air_str_n(digits + at, sizeof(digits) - at));
    }
}


int
air_jschema_fail_name(air_jschema_run_t *r, const char *text,
    air_json_text_t name, const char *after)
{
    size_t  size;

    if (r->quiet || r->error == NULL || r->error->text[0] != '\0') {
        return AIR_EINVAL;
    }

    size = sizeof(r->error->text);

    air_jschema_where(r);
    air_jschema_say(r->error->text, size, air_str_z(text));

    if (after != NULL) {
        air_jschema_say(r->error->text, size - strlen(after), name.raw);
        air_jschema_say(r->error->text, size, air_str_z(after));
    }

    return AIR_EINVAL;
}


int
air_jschema_fail(air_jschema_run_t *r, const char *text)
{
    air_json_text_t  none = { air_null_str, 0 };

    return air_jschema_fail_name(r, text, none, NULL);
}


int
air_jschema_mark(air_jschema_run_t *r, uint32_t value)
{
    uint32_t   size;
    uint32_t  *marks;

    if (r->nmarks == r->size) {
        size = r->size == 0 ? AIR_JSCHEMA_MARKS : r->size * 2;

        marks = air_mem_get(r->mem, size * sizeof(uint32_t));
        if (marks == NULL) {
            return AIR_ENOMEM;
        }

        if (r->nmarks != 0) {
            memcpy(marks, r->marks, r->nmarks * sizeof(uint32_t));
        }

        r->marks = marks;
        r->size = size;
    }

    r->marks[r->nmarks++] = value;

    return AIR_OK;
}


/* What a string with escapes says, in r->text; of the same one it is known
   already. */
static int
air_jschema_unescape(air_jschema_run_t *r, air_str_t raw)
{
    int                   rc;
    size_t                n;
    unsigned char         out[4];
    const unsigned char  *p, *last, *from;

    if (r->unescaped == raw.data) {
        return AIR_OK;
    }

    r->unescaped = NULL;
    r->text.len = 0;

    p = raw.data;
    last = p + raw.len;

    while (p < last) {
        from = p;
        p = memchr(p, '\\', (size_t) (last - p));
        p = p != NULL ? p : last;

        if (air_buf_add(&r->text, from, (size_t) (p - from)) != AIR_OK) {
            return AIR_ENOMEM;
        }

        if (p == last) {
            break;
        }

        rc = air_jschema_pay(r, AIR_JSCHEMA_ESCAPE);
        if (rc != AIR_OK) {
            return rc;
        }

        n = air_json_unescape(&p, last, out);

        if (air_buf_add(&r->text, out, n) != AIR_OK) {
            return AIR_ENOMEM;
        }
    }

    r->unescaped = raw.data;

    return AIR_OK;
}


int
air_jschema_search(air_jschema_run_t *r, const air_pattern_t *pattern,
    air_json_text_t text)
{
    int  rc;

    if (r->matcher == NULL) {
        r->matcher = air_matcher_create(r->mem);
        if (r->matcher == NULL) {
            return AIR_ENOMEM;
        }
    }

    rc = air_jschema_pay(r, 4 + text.raw.len / 64);

    if (rc == AIR_OK && text.escaped) {
        rc = air_jschema_unescape(r, text.raw);
        text.raw = air_buf_view(&r->text);
    }

    return rc == AIR_OK ? air_pattern_search(pattern, r->matcher, text.raw,
                                             &r->steps)
                        : rc;
}


int
air_jschema_eval_child(air_jschema_run_t *r, const air_jschema_node_t *node,
    uint32_t value, unsigned named)
{
    int       rc;
    unsigned  track;

    if (node->kind == AIR_JSCHEMA_TRUE) {
        return AIR_OK;
    }

    track = r->track;
    r->track = 0;

    r->path[r->npath] = value;
    r->named[r->npath++] = (uint8_t) named;

    rc = air_jschema_eval(r, node, value);

    r->npath--;
    r->track = track;

    return rc;
}


/* Children of value that nobody has evaluated, since there were base marks. */
static int
air_jschema_rest(air_jschema_run_t *r, const air_jschema_node_t *node,
    uint32_t value, uint32_t base)
{
    int       rc;
    uint32_t  i, n;

    if (r->value.doc.nodes[value].count == 0) {
        return AIR_OK;
    }

    if (r->seen == NULL) {
        n = r->value.doc.n + 1;

        r->seen = air_mem_get(r->mem, n * sizeof(uint32_t));
        if (r->seen == NULL) {
            return AIR_ENOMEM;
        }

        memset(r->seen, 0, n * sizeof(uint32_t));
    }

    rc = air_jschema_pay(r, (r->nmarks - base) / 4
                            + r->value.doc.nodes[value].count / 4);
    if (rc != AIR_OK) {
        return rc;
    }

    /* what is asked within has marks and times of its own */

    r->now++;

    for (i = base; i < r->nmarks; i++) {
        r->seen[r->marks[i]] = r->now;
    }

    n = r->now;

    for (i = value + 1; i != 0; i = r->value.doc.nodes[i].next) {

        if (r->seen[i] == n) {
            continue;
        }

        rc = air_jschema_eval_child(r, node, i, 0);

        if (rc == AIR_OK) {
            rc = air_jschema_mark(r, i);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


/* AIR_OK: a number is whole. */
static int
air_jschema_whole(air_jschema_run_t *r, uint32_t value)
{
    int            rc;
    air_str_t      raw;
    air_jnumber_t  number;

    raw = air_json_raw(&r->value.doc, &r->value.doc.nodes[value]);

    rc = air_jschema_pay(r, raw.len / 16);

    if (rc == AIR_OK) {
        rc = air_jnumber_read(&number, raw);
    }

    if (rc == AIR_OK && !air_jnumber_whole(&number)) {
        rc = air_jschema_fail(r, "is no whole number");
    }

    return rc;
}


static int
air_jschema_type(air_jschema_run_t *r, const air_jschema_node_t *node,
    uint32_t value)
{
    unsigned  type;

    type = r->value.doc.nodes[value].type;

    if (node->types >> type & 1) {
        return AIR_OK;
    }

    if (type == AIR_JSON_NUMBER && (node->types & AIR_JSCHEMA_INTEGER)) {
        return air_jschema_whole(r, value);
    }

    return air_jschema_fail(r, "is of another type than it may be");
}


/* What keywords of the value's kind say. */
static int
air_jschema_kind(air_jschema_run_t *r, const air_jschema_node_t *node,
    uint32_t value)
{
    switch (r->value.doc.nodes[value].type) {

    case AIR_JSON_NUMBER:
        return node->number == NULL ? AIR_OK
               : air_jschema_check_number(r, node->number, value);

    case AIR_JSON_STRING:
        return node->string == NULL ? AIR_OK
               : air_jschema_check_string(r, node->string, value);

    case AIR_JSON_ARRAY:
        return node->array == NULL ? AIR_OK
               : air_jschema_check_array(r, node->array, value);

    case AIR_JSON_OBJECT:
        return node->object == NULL ? AIR_OK
               : air_jschema_check_object(r, node->object, value);
    }

    return AIR_OK;
}


static int
air_jschema_all(air_jschema_run_t *r, const air_jschema_node_t *node,
    uint32_t value, uint32_t base)
{
    int       rc;
    unsigned  type;

    rc = AIR_OK;

    if (node->types != AIR_JSCHEMA_TYPES) {
        rc = air_jschema_type(r, node, value);
    }

    if (rc == AIR_OK && node->constant != NULL) {
        rc = air_jschema_check_enum(r, node, node->constant, value);
    }

    if (rc == AIR_OK && node->values != NULL) {
        rc = air_jschema_check_enum(r, node, node->values, value);
    }

    if (rc == AIR_OK) {
        rc = air_jschema_kind(r, node, value);
    }

    if (rc == AIR_OK && node->place != NULL) {
        rc = air_jschema_place(r, node, value);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    type = r->value.doc.nodes[value].type;

    if (type == AIR_JSON_ARRAY && node->rest_items != NULL) {
        rc = air_jschema_rest(r, node->rest_items, value, base);
    }

    if (type == AIR_JSON_OBJECT && node->rest_members != NULL) {
        rc = air_jschema_rest(r, node->rest_members, value, base);
    }

    return rc;
}


int
air_jschema_eval(air_jschema_run_t *r, const air_jschema_node_t *node,
    uint32_t value)
{
    int                         rc;
    unsigned                    track;
    uint32_t                    base;
    air_jschema_scope_t         scope;
    const air_jschema_scope_t  *up;

    if (node->kind != AIR_JSCHEMA_OBJECT) {
        return node->kind == AIR_JSCHEMA_TRUE ? AIR_OK
               : air_jschema_fail(r, "nothing may stand here");
    }

    if (r->steps == 0 || r->depth == AIR_JSCHEMA_DEPTH) {
        return AIR_ELIMIT;
    }

    r->steps--;
    r->depth++;

    up = r->scope;

    if (up == NULL || up->resource != node->resource) {
        scope.up = up;
        scope.resource = node->resource;
        r->scope = &scope;
    }

    track = r->track;
    base = r->nmarks;

    r->track |= node->rest_items != NULL || node->rest_members != NULL;

    rc = air_jschema_all(r, node, value, base);

    r->track = track;

    if (rc != AIR_OK || !track) {
        r->nmarks = base;
    }

    r->scope = up;
    r->depth--;

    return rc;
}


/* Where a dynamic reference leads: to the outermost with its anchor. */
static int
air_jschema_dynamic(air_jschema_run_t *r, const air_jschema_place_t *place,
    const air_jschema_node_t **node)
{
    const air_jschema_scope_t   *scope;
    const air_jschema_anchor_t  *anchor;

    *node = place->dynamic;

    if (place->anchor.data == NULL) {
        return AIR_OK;
    }

    for (scope = r->scope; scope != NULL; scope = scope->up) {

        for (anchor = scope->resource->anchors; anchor != NULL;
             anchor = anchor->next)
        {
            if (r->steps == 0) {
                return AIR_ELIMIT;
            }

            r->steps--;

            if (anchor->dynamic && anchor->hash == place->hash
                && air_str_eq(anchor->name, place->anchor))
            {
                *node = anchor->node;
                break;
            }
        }
    }

    return AIR_OK;
}


/* anyOf, and with least 2 oneOf: how many match. */
static int
air_jschema_some(air_jschema_run_t *r, const air_jschema_list_t *list,
    uint32_t value, unsigned one)
{
    int       rc;
    uint32_t  i, n;

    r->quiet++;

    for (rc = AIR_EINVAL, i = 0, n = 0; i < list->n; i++) {
        rc = air_jschema_eval(r, list->node[i], value);

        if (rc != AIR_OK && rc != AIR_EINVAL) {
            r->quiet--;
            return rc;
        }

        n += rc == AIR_OK;

        if (one ? n > 1 : n == 1 && !r->track) {
            break;
        }
    }

    r->quiet--;

    if (n == 0) {
        return air_jschema_fail(r, one ? "matches none of oneOf"
                                       : "matches none of anyOf");
    }

    return one && n > 1 ? air_jschema_fail(r, "matches more than one of oneOf")
                        : AIR_OK;
}


/* if, then, else */
static int
air_jschema_branch(air_jschema_run_t *r, const air_jschema_place_t *place,
    uint32_t value)
{
    int                  rc;
    air_jschema_node_t  *branch;

    r->quiet++;
    rc = air_jschema_eval(r, place->test, value);
    r->quiet--;

    if (rc != AIR_OK && rc != AIR_EINVAL) {
        return rc;
    }

    branch = rc == AIR_OK ? place->then : place->otherwise;

    return branch != NULL ? air_jschema_eval(r, branch, value) : AIR_OK;
}


static int
air_jschema_not(air_jschema_run_t *r, const air_jschema_node_t *node,
    uint32_t value)
{
    int       rc;
    unsigned  track;

    track = r->track;

    r->track = 0;
    r->quiet++;

    rc = air_jschema_eval(r, node, value);

    r->quiet--;
    r->track = track;

    if (rc == AIR_EINVAL) {
        return AIR_OK;
    }

    return rc == AIR_OK ? air_jschema_fail(r, "matches what it must not")
                        : rc;
}


/* Other schemas for the same value. */
static int
air_jschema_place(air_jschema_run_t *r, const air_jschema_node_t *node,
    uint32_t value)
{
    int                         rc;
    uint32_t                    i;
    const air_jschema_node_t   *to;
    const air_jschema_place_t  *place;

    rc = AIR_OK;
    place = node->place;

    if (place->ref != NULL) {
        rc = air_jschema_eval(r, place->ref, value);
    }

    if (rc == AIR_OK && place->dynamic != NULL) {
        rc = air_jschema_dynamic(r, place, &to);

        if (rc == AIR_OK) {
            rc = air_jschema_eval(r, to, value);
        }
    }

    for (i = 0; i < place->all.n && rc == AIR_OK; i++) {
        rc = air_jschema_eval(r, place->all.node[i], value);
    }

    if (rc == AIR_OK && place->any.node != NULL) {
        rc = air_jschema_some(r, &place->any, value, 0);
    }

    if (rc == AIR_OK && place->one.node != NULL) {
        rc = air_jschema_some(r, &place->one, value, 1);
    }

    if (rc == AIR_OK && place->no != NULL) {
        rc = air_jschema_not(r, place->no, value);
    }

    if (rc == AIR_OK && place->test != NULL) {
        rc = air_jschema_branch(r, place, value);
    }

    return rc;
}


uint64_t
air_jschema_steps(const air_jvalue_t *value)
{
    return (uint64_t) value->doc.n / AIR_JSCHEMA_BY_VALUE
           + (uint64_t) value->doc.text.len / AIR_JSCHEMA_BY_BYTE;
}


int
air_jschema_judge(const air_jschema_t *schema, air_jvalue_t *value,
    uint64_t *steps, const air_mem_t *mem, air_jschema_error_t *error)
{
    int                rc;
    air_jschema_run_t  r;

    if (error != NULL) {
        memset(error, 0, sizeof(air_jschema_error_t));
    }

    memset(&r, 0, sizeof(r));

    r.mem = mem;
    r.error = error;
    r.value = *value;
    r.steps = *steps;
    r.npath = 1;

    air_buf_init(&r.text, mem, value->doc.text.len);

    rc = air_jschema_eval(&r, schema->root, 0);

    if (rc == AIR_ELIMIT) {
        r.quiet = 0;
        r.npath = 0;
        (void) air_jschema_fail(&r, "takes more steps than its size allows");
    }

    /* what was learned of it is good for the next */

    *value = r.value;
    *steps = r.steps;

    return rc;
}


int
air_jschema_check(const air_jschema_t *schema, air_str_t text,
    const air_mem_t *mem, air_jschema_error_t *error)
{
    int           rc;
    uint64_t      steps;
    const char   *why;
    air_jvalue_t  value;

    rc = air_jvalue_read(&value, text, mem, &why);

    if (rc == AIR_OK) {
        steps = AIR_JSCHEMA_STEPS + air_jschema_steps(&value);

        return air_jschema_judge(schema, &value, &steps, mem, error);
    }

    if (error != NULL) {
        memset(error, 0, sizeof(air_jschema_error_t));

        if (rc != AIR_ENOMEM) {
            air_jschema_say(error->text, sizeof(error->text), air_str_z(why));
        }
    }

    return rc;
}
