
/*
 * What keywords say of a number, a string, an array, an object, and of any
 * value by name (enum, const).
 */

#include "air_jschema_run.h"


/* elements that are compared each with each */
#define AIR_JSCHEMA_FEW  8


int
air_jschema_check_enum(air_jschema_run_t *r, const air_jschema_node_t *node,
    const air_jschema_enum_t *list, uint32_t value)
{
    int       rc;
    uint32_t  i;
    uint64_t  hash;

    rc = air_jvalue_hash(&r->value, value, &hash, &r->steps);

    if (rc == AIR_OK) {
        rc = air_jschema_pay(r, list->n / 8);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    for (i = 0; i < list->n; i++) {

        if (list->hash[i] != hash) {
            continue;
        }

        rc = air_jvalue_cmp(&r->value, value, &node->resource->doc->value,
                            list->value[i], &r->steps);

        if (rc != AIR_ENOENT) {
            return rc;
        }
    }

    return air_jschema_fail(r, list->single
                               ? "is not the value that it must be"
                               : "is none of the values that it may be");
}


int
air_jschema_check_number(air_jschema_run_t *r,
    const air_jschema_number_t *number, uint32_t value)
{
    int             rc;
    air_str_t       raw;
    air_jnumber_t   n;

    raw = air_json_raw(&r->value.doc, &r->value.doc.nodes[value]);

    rc = air_jschema_pay(r, number->has & AIR_JSCHEMA_STEP ? raw.len / 4
                                                           : raw.len / 16);

    if (rc == AIR_OK) {
        rc = air_jnumber_read(&n, raw);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    if (((number->has & AIR_JSCHEMA_MINIMUM)
         && air_jnumber_cmp(&n, &number->minimum) < 0)
        || ((number->has & AIR_JSCHEMA_ABOVE)
            && air_jnumber_cmp(&n, &number->above) <= 0))
    {
        return air_jschema_fail(r, "is too small a number");
    }

    if (((number->has & AIR_JSCHEMA_MAXIMUM)
         && air_jnumber_cmp(&n, &number->maximum) > 0)
        || ((number->has & AIR_JSCHEMA_BELOW)
            && air_jnumber_cmp(&n, &number->below) >= 0))
    {
        return air_jschema_fail(r, "is too great a number");
    }

    if ((number->has & AIR_JSCHEMA_STEP)
        && !air_jnumber_multiple(&n, &number->step))
    {
        return air_jschema_fail(r, "is no multiple of what it must be");
    }

    return AIR_OK;
}


/* Characters of Unicode. */
static uint64_t
air_jschema_length(air_json_text_t text)
{
    uint64_t              n;
    unsigned char         out[4];
    const unsigned char  *p, *last;

    p = text.raw.data;
    last = p + text.raw.len;

    for (n = 0; p < last; n++) {

        if (*p == '\\') {
            (void) air_json_unescape(&p, last, out);
            continue;
        }

        do {
            p++;
        } while (p < last && (*p & 0xc0) == 0x80);
    }

    return n;
}


int
air_jschema_check_string(air_jschema_run_t *r,
    const air_jschema_string_t *string, uint32_t value)
{
    int              rc;
    uint64_t         n;
    air_json_text_t  text;

    text = air_json_node_text(&r->value.doc, &r->value.doc.nodes[value]);

    /* a character is up to 12 bytes, as two escapes */

    if (text.raw.len > string->max || text.raw.len / 12 < string->min) {
        rc = air_jschema_pay(r, 1 + text.raw.len / 16);
        if (rc != AIR_OK) {
            return rc;
        }

        n = air_jschema_length(text);

        if (n < string->min) {
            return air_jschema_fail(r, "is too short a string");
        }

        if (n > string->max) {
            return air_jschema_fail(r, "is too long a string");
        }
    }

    if (string->pattern != NULL) {
        rc = air_jschema_search(r, string->pattern, text);

        return rc == AIR_ENOENT
               ? air_jschema_fail(r, "does not match its pattern") : rc;
    }

    return AIR_OK;
}


/* Elements by their hashes, each with each. */
static int
air_jschema_unique_few(air_jschema_run_t *r, uint32_t value)
{
    int                     rc;
    uint32_t                i, k, n;
    uint32_t                at[AIR_JSCHEMA_FEW];
    uint64_t                hash[AIR_JSCHEMA_FEW];
    const air_json_node_t  *nodes;

    nodes = r->value.doc.nodes;

    for (n = 0, i = value + 1; i != 0; i = nodes[i].next, n++) {
        at[n] = i;

        rc = air_jvalue_hash(&r->value, i, &hash[n], &r->steps);
        if (rc != AIR_OK) {
            return rc;
        }

        for (k = 0; k < n; k++) {

            if (hash[k] != hash[n]) {
                continue;
            }

            rc = air_jvalue_cmp(&r->value, at[k], &r->value, i, &r->steps);

            if (rc != AIR_ENOENT) {
                return rc == AIR_OK
                       ? air_jschema_fail(r, "holds a value twice") : rc;
            }
        }
    }

    return AIR_OK;
}


static int
air_jschema_unique(air_jschema_run_t *r, uint32_t value)
{
    int                     rc;
    uint32_t                i, n, slot;
    uint64_t                hash;
    const air_json_node_t  *nodes;

    nodes = r->value.doc.nodes;

    if (nodes[value].count < 2) {
        return AIR_OK;
    }

    if (nodes[value].count <= AIR_JSCHEMA_FEW) {
        return air_jschema_unique_few(r, value);
    }

    for (n = 32; n < nodes[value].count * 2; n *= 2) { /* void */ }

    if (n > r->nslots) {
        r->slots = air_mem_get(r->mem, n * sizeof(uint64_t));
        if (r->slots == NULL) {
            return AIR_ENOMEM;
        }

        r->nslots = n;
    }

    rc = air_jschema_pay(r, n / 64);
    if (rc != AIR_OK) {
        return rc;
    }

    memset(r->slots, 0, n * sizeof(uint64_t));

    for (i = value + 1; i != 0; i = nodes[i].next) {
        rc = air_jvalue_hash(&r->value, i, &hash, &r->steps);
        if (rc != AIR_OK) {
            return rc;
        }

        slot = (uint32_t) (hash ^ hash >> 29) & (n - 1);

        for ( /* void */ ; r->slots[slot] != 0; slot = (slot + 1) & (n - 1)) {

            /* what is equal, and what was made to look so, is paid for */

            rc = air_jschema_pay(r, 1);
            if (rc != AIR_OK) {
                return rc;
            }

            if ((r->slots[slot] ^ hash) >> 32 != 0) {
                continue;
            }

            rc = air_jvalue_cmp(&r->value, (uint32_t) r->slots[slot],
                                &r->value, i, &r->steps);

            if (rc != AIR_ENOENT) {
                return rc == AIR_OK
                       ? air_jschema_fail(r, "holds a value twice") : rc;
            }
        }

        /* half of the hash stands with it: what is not alike is not looked
           at */

        r->slots[slot] = (hash & 0xffffffff00000000) | i;
    }

    return AIR_OK;
}


static int
air_jschema_contains(air_jschema_run_t *r, const air_jschema_array_t *array,
    uint32_t value)
{
    int                     rc;
    uint32_t                i;
    uint64_t                n;
    const air_json_node_t  *nodes;

    nodes = r->value.doc.nodes;

    rc = air_jschema_pay(r, nodes[value].count / 2);
    if (rc != AIR_OK) {
        return rc;
    }

    r->quiet++;

    for (n = 0, i = nodes[value].count != 0 ? value + 1 : 0;
         i != 0;
         i = nodes[i].next)
    {
        rc = air_jschema_eval_child(r, array->contains, i, 0);

        if (rc == AIR_OK) {
            n++;

            if (r->track && array->marks) {
                rc = air_jschema_mark(r, i);

            } else if (n > array->max_contains
                       || (n >= array->min_contains
                           && array->max_contains == UINT64_MAX))
            {
                break;
            }
        }

        if (rc != AIR_OK && rc != AIR_EINVAL) {
            r->quiet--;
            return rc;
        }
    }

    r->quiet--;

    if (n < array->min_contains) {
        return air_jschema_fail(r, "has too few elements that it must have");
    }

    if (n > array->max_contains) {
        return air_jschema_fail(r, "has too many elements of a kind");
    }

    return AIR_OK;
}


int
air_jschema_check_array(air_jschema_run_t *r,
    const air_jschema_array_t *array, uint32_t value)
{
    int                        rc;
    uint32_t                   i, n;
    const air_json_node_t     *nodes;
    const air_jschema_node_t  *node;

    nodes = r->value.doc.nodes;

    if (nodes[value].count < array->min) {
        return air_jschema_fail(r, "has too few elements");
    }

    if (nodes[value].count > array->max) {
        return air_jschema_fail(r, "has too many elements");
    }

    n = 0;
    i = nodes[value].count != 0 ? value + 1 : 0;

    rc = array->rest == NULL && nodes[value].count > array->prefix.n
         ? AIR_OK : air_jschema_pay(r, nodes[value].count / 2);

    if (rc != AIR_OK) {
        return rc;
    }

    for ( /* void */ ; i != 0; i = nodes[i].next, n++) {

        node = n < array->prefix.n ? array->prefix.node[n] : array->rest;

        if (node == NULL) {
            break;
        }

        rc = air_jschema_eval_child(r, node, i, 0);

        if (rc == AIR_OK && r->track) {
            rc = air_jschema_mark(r, i);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    if (array->contains != NULL) {
        rc = air_jschema_contains(r, array, value);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    return array->unique ? air_jschema_unique(r, value) : AIR_OK;
}


static const air_jschema_property_t *
air_jschema_property(const air_jschema_object_t *object, uint32_t hash,
    air_json_text_t name)
{
    uint32_t                       slot;
    const air_jschema_property_t  *property;

    if (object->slots == NULL) {
        return NULL;
    }

    for (slot = hash & object->mask;
         object->slots[slot] != 0;
         slot = (slot + 1) & object->mask)
    {
        property = &object->properties[object->slots[slot] - 1];

        if (property->name.hash == hash
            && air_json_text_cmp(property->name.text, name) == 0)
        {
            return property;
        }
    }

    return NULL;
}


/* The name of a member, as a value: it stands behind the last one. */
static int
air_jschema_check_name(air_jschema_run_t *r, const air_jschema_node_t *node,
    uint32_t member)
{
    int               rc;
    uint32_t          spare;
    air_json_node_t  *nodes;

    rc = air_jschema_pay(r, 1);
    if (rc != AIR_OK) {
        return rc;
    }

    nodes = r->value.doc.nodes;
    spare = r->value.doc.n;

    nodes[spare] = nodes[member];
    nodes[spare].type = AIR_JSON_STRING;
    nodes[spare].start = nodes[member].key_start;
    nodes[spare].end = nodes[member].key_end;
    nodes[spare].escaped = nodes[member].key_escaped;
    nodes[spare].count = 0;
    nodes[spare].next = 0;

    r->quiet++;
    rc = air_jschema_eval_child(r, node, spare, 0);
    r->quiet--;

    return rc == AIR_EINVAL
           ? air_jschema_fail(r, "has a name that it must not have") : rc;
}


/* One member: by its name, by patterns, or as none of these. */
static int
air_jschema_check_member(air_jschema_run_t *r,
    const air_jschema_object_t *object, uint32_t member)
{
    int                            rc;
    uint32_t                       i;
    unsigned                       known;
    air_json_text_t                name;
    const air_jschema_property_t  *property;

    name = air_jvalue_key(&r->value, member);

    if (object->names != NULL) {
        rc = air_jschema_check_name(r, object->names, member);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    property = air_jschema_property(object, r->value.names[member], name);
    known = property != NULL;

    if (known) {
        rc = air_jschema_eval_child(r, property->node, member, 1);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    for (i = 0; i < object->nmatches; i++) {
        rc = air_jschema_search(r, object->matches[i].pattern, name);

        if (rc == AIR_ENOENT) {
            continue;
        }

        if (rc == AIR_OK) {
            rc = air_jschema_eval_child(r, object->matches[i].node, member,
                                        property != NULL);
        }

        if (rc != AIR_OK) {
            return rc;
        }

        known = 1;
    }

    if (!known && object->additional != NULL) {

        if (object->additional->kind == AIR_JSCHEMA_FALSE) {
            return air_jschema_fail(r, "has a member that it must not have");
        }

        rc = air_jschema_eval_child(r, object->additional, member, 0);
        if (rc != AIR_OK) {
            return rc;
        }

        known = 1;
    }

    return known && r->track ? air_jschema_mark(r, member) : AIR_OK;
}


static uint32_t
air_jschema_has(air_jschema_run_t *r, const air_jschema_name_t *name,
    uint32_t value)
{
    return air_jvalue_find(&r->value, value, name->text, name->hash,
                           &r->steps);
}


/* All of the names are there. */
static int
air_jschema_required(air_jschema_run_t *r, const air_jschema_name_t *names,
    uint32_t n, uint32_t value)
{
    uint32_t  i;

    for (i = 0; i < n; i++) {

        if (r->steps == 0) {
            return AIR_ELIMIT;
        }

        r->steps--;

        if (air_jschema_has(r, &names[i], value) == AIR_JVALUE_NONE) {
            return air_jschema_fail_name(r, "lacks \"", names[i].text, "\"");
        }
    }

    return AIR_OK;
}


int
air_jschema_check_object(air_jschema_run_t *r,
    const air_jschema_object_t *object, uint32_t value)
{
    int                          rc;
    uint32_t                     i;
    const air_json_node_t       *nodes;
    const air_jschema_depend_t  *depend;

    nodes = r->value.doc.nodes;

    if (nodes[value].count < object->min) {
        return air_jschema_fail(r, "has too few members");
    }

    if (nodes[value].count > object->max) {
        return air_jschema_fail(r, "has too many members");
    }

    rc = air_jschema_required(r, object->required, object->nrequired, value);
    if (rc != AIR_OK) {
        return rc;
    }

    if (object->slots != NULL || object->nmatches != 0
        || object->additional != NULL || object->names != NULL)
    {
        rc = air_jschema_pay(r, nodes[value].count / 2);
        if (rc != AIR_OK) {
            return rc;
        }

        i = nodes[value].count != 0 ? value + 1 : 0;

        for ( /* void */ ; i != 0; i = nodes[i].next) {
            rc = air_jschema_check_member(r, object, i);
            if (rc != AIR_OK) {
                return rc;
            }
        }
    }

    for (i = 0; i < object->ndepends; i++) {
        depend = &object->depends[i];

        rc = air_jschema_pay(r, 1);
        if (rc != AIR_OK) {
            return rc;
        }

        if (air_jschema_has(r, &depend->name, value) == AIR_JVALUE_NONE) {
            continue;
        }

        rc = depend->node != NULL
             ? air_jschema_eval(r, depend->node, value)
             : air_jschema_required(r, depend->names, depend->n, value);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}
