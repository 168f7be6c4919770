
/*
 * Members of large objects stand in one table for the whole text, by their
 * object and the hash of their name; those of small ones are looked through.
 * The hash has no secret: what probes too long is given up, so that names made
 * to collide cost no more than others.
 */

#include "air_jvalue.h"


/* probes of the table that a member may cost, all together */
#define AIR_JVALUE_PROBES  16

/* members that are looked through */
#define AIR_JVALUE_FEW     8


static uint64_t
air_jvalue_mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;

    return hash ^ hash >> 32;
}


uint32_t
air_jvalue_name(air_json_text_t name)
{
    uint64_t  hash;

    hash = air_json_text_hash(name);

    return (uint32_t) (hash >> 32);
}


int
air_jvalue_scan(air_jvalue_t *value, air_str_t text, const air_mem_t *mem,
    const char **why)
{
    int                rc;
    air_json_node_t   *nodes;
    air_json_error_t   error;

    memset(value, 0, sizeof(air_jvalue_t));

    value->mem = mem;

    air_json_init(&value->doc, mem);
    value->doc.max = AIR_JVALUE_MAX;

    rc = air_json_scan(&value->doc, text, 0, &error);

    if (rc != AIR_OK) {
        *why = error.fault == AIR_JSON_TOO_DEEP ? "nested too deep"
               : error.fault == AIR_JSON_TOO_COMPLEX ? "too many values"
               : "no JSON";
        return rc;
    }

    if (value->doc.n == value->doc.size) {
        nodes = air_mem_get(mem, (value->doc.n + 1) * sizeof(air_json_node_t));
        if (nodes == NULL) {
            return AIR_ENOMEM;
        }

        memcpy(nodes, value->doc.nodes,
               value->doc.n * sizeof(air_json_node_t));

        value->doc.nodes = nodes;
        value->doc.size = value->doc.n + 1;
    }

    return AIR_OK;
}


int
air_jvalue_read(air_jvalue_t *value, air_str_t text, const air_mem_t *mem,
    const char **why)
{
    int  rc;

    rc = air_jvalue_scan(value, text, mem, why);

    return rc == AIR_OK ? air_jvalue_members(value, why) : rc;
}


/* 1 when node is a member of object. */
static inline int
air_jvalue_in(const air_json_node_t *object, const air_json_node_t *node)
{
    return node->depth == object->depth + 1 && node > object
           && node->start < object->end;
}


static inline uint32_t
air_jvalue_slot(const air_jvalue_t *value, uint32_t object, uint32_t hash)
{
    uint64_t  slot;

    slot = air_jvalue_mix(hash, object);

    return (uint32_t) (slot ^ slot >> 16) & value->mask;
}


static inline int
air_jvalue_same(air_json_text_t a, air_json_text_t b)
{
    if (!a.escaped && !b.escaped) {
        return a.raw.len == b.raw.len
               && memcmp(a.raw.data, b.raw.data, a.raw.len) == 0;
    }

    return air_json_text_cmp(a, b) == 0;
}


/* 1 when member is called name, whose hash is that. */
static inline int
air_jvalue_called(const air_jvalue_t *value, uint32_t member,
    air_json_text_t name, uint32_t hash)
{
    return value->names[member] == hash
           && air_jvalue_same(name, air_jvalue_key(value, member));
}


/* A member among those of a small object before last, or AIR_JVALUE_NONE. */
static inline uint32_t
air_jvalue_among(const air_jvalue_t *value, uint32_t object, uint32_t last,
    air_json_text_t name, uint32_t hash)
{
    uint32_t  i;

    for (i = object + 1; i != 0 && i != last; i = value->doc.nodes[i].next) {
        if (air_jvalue_called(value, i, name, hash)) {
            return i;
        }
    }

    return AIR_JVALUE_NONE;
}


/* The object of each member, by walking them all in order. */
static int
air_jvalue_fill(air_jvalue_t *value, const char **why)
{
    uint32_t          i, n, slot, hash, object;
    uint64_t          left;
    air_json_text_t   key;
    air_json_node_t  *node, *nodes;
    uint32_t          open[AIR_JSON_MAX_DEPTH + 1];

    n = value->doc.n;
    nodes = value->doc.nodes;
    left = 1024 + (uint64_t) n * AIR_JVALUE_PROBES;

    for (i = 0; i < n; i++) {
        node = &nodes[i];
        open[node->depth] = i;

        value->names[i] = 0;
        object = node->depth != 0 ? open[node->depth - 1] : 0;

        if (i == 0 || nodes[object].type != AIR_JSON_OBJECT) {
            continue;
        }

        key = air_jvalue_key(value, i);
        hash = air_jvalue_name(key);
        value->names[i] = hash;

        if (nodes[object].count <= AIR_JVALUE_FEW) {

            if (air_jvalue_among(value, object, i, key, hash)
                != AIR_JVALUE_NONE)
            {
                *why = "a name twice in an object";
                return AIR_EINVAL;
            }

            continue;
        }

        slot = air_jvalue_slot(value, object, hash);

        while (value->slots[slot] != AIR_JVALUE_NONE) {

            if (left-- == 0) {
                *why = "too many names alike";
                return AIR_ELIMIT;
            }

            if (air_jvalue_in(&nodes[object], &nodes[value->slots[slot]])
                && air_jvalue_called(value, value->slots[slot], key, hash))
            {
                *why = "a name twice in an object";
                return AIR_EINVAL;
            }

            slot = (slot + 1) & value->mask;
        }

        value->slots[slot] = i;
    }

    return AIR_OK;
}


int
air_jvalue_members(air_jvalue_t *value, const char **why)
{
    uint32_t                i, n, all, members;
    const air_json_node_t  *node;

    for (all = 0, members = 0, i = 0; i < value->doc.n; i++) {
        node = &value->doc.nodes[i];

        if (node->type == AIR_JSON_OBJECT) {
            all += node->count;
            members += node->count > AIR_JVALUE_FEW ? node->count : 0;
        }
    }

    if (all == 0) {
        return AIR_OK;
    }

    /* the spare one has none */

    value->names = air_mem_get(value->mem,
                               (value->doc.n + 1) * sizeof(uint32_t));
    if (value->names == NULL) {
        return AIR_ENOMEM;
    }

    if (members != 0) {

        for (n = 16; n < members * 2; n *= 2) { /* void */ }

        value->mask = n - 1;

        value->slots = air_mem_get(value->mem, n * sizeof(uint32_t));
        if (value->slots == NULL) {
            return AIR_ENOMEM;
        }

        memset(value->slots, 0xff, n * sizeof(uint32_t));
    }

    return air_jvalue_fill(value, why);
}


uint32_t
air_jvalue_find(const air_jvalue_t *value, uint32_t object,
    air_json_text_t name, uint32_t hash, uint64_t *steps)
{
    uint32_t                i, slot;
    const air_json_node_t  *nodes;

    nodes = value->doc.nodes;

    if (nodes[object].type != AIR_JSON_OBJECT || nodes[object].count == 0) {
        return AIR_JVALUE_NONE;
    }

    if (nodes[object].count <= AIR_JVALUE_FEW) {
        return air_jvalue_among(value, object, 0, name, hash);
    }

    slot = air_jvalue_slot(value, object, hash);

    while ((i = value->slots[slot]) != AIR_JVALUE_NONE) {

        if (*steps != 0) {
            (*steps)--;
        }

        if (air_jvalue_in(&nodes[object], &nodes[i])
            && air_jvalue_called(value, i, name, hash))
        {
            return i;
        }

        slot = (slot + 1) & value->mask;
    }

    return AIR_JVALUE_NONE;
}


/* Of one that has no children. */
static int
air_jvalue_hash_plain(const air_jvalue_t *value, const air_json_node_t *node,
    uint64_t *hash)
{
    air_jnumber_t  number;

    *hash = node->type + 1;

    if (node->type == AIR_JSON_STRING) {
        *hash = air_json_text_hash(air_json_node_text(&value->doc, node)) ^ 7;

    } else if (node->type == AIR_JSON_NUMBER) {

        if (air_jnumber_read(&number, air_json_raw(&value->doc, node))
            != AIR_OK)
        {
            return AIR_ELIMIT;
        }

        *hash = air_jnumber_hash(&number) ^ 3;
    }

    return AIR_OK;
}


/* Of one whose children's are known. */
static uint64_t
air_jvalue_hash_children(const air_jvalue_t *value, uint32_t i)
{
    uint32_t                child;
    uint64_t                hash;
    const air_json_node_t  *node;

    node = &value->doc.nodes[i];
    hash = node->type + 1;

    child = node->count != 0 ? i + 1 : 0;

    for ( /* void */ ; child != 0; child = value->doc.nodes[child].next) {

        if (node->type == AIR_JSON_ARRAY) {
            hash = air_jvalue_mix(hash, value->hashes[child]);

        } else {
            hash += air_jvalue_mix(value->names[child], value->hashes[child]);
        }
    }

    return hash;
}


int
air_jvalue_hash(air_jvalue_t *value, uint32_t node, uint64_t *hash,
    uint64_t *steps)
{
    int               rc;
    uint32_t          i, end;
    uint64_t          cost;
    air_json_node_t  *nodes;

    nodes = value->doc.nodes;

    if (nodes[node].type < AIR_JSON_ARRAY) {
        cost = 1 + (nodes[node].end - nodes[node].start) / 32;
        *steps -= cost < *steps ? cost : *steps;

        return air_jvalue_hash_plain(value, &nodes[node], hash);
    }

    if (value->hashes == NULL) {
        value->hashes = air_mem_get(value->mem,
                                    value->doc.n * sizeof(uint64_t));
        if (value->hashes == NULL) {
            return AIR_ENOMEM;
        }

        memset(value->hashes, 0, value->doc.n * sizeof(uint64_t));
    }

    if (value->hashes[node] != 0) {
        *hash = value->hashes[node];
        return AIR_OK;
    }

    for (end = node + 1;
         end < value->doc.n && nodes[end].depth > nodes[node].depth;
         end++) { /* void */ }

    /* children stand after their parents */

    for (i = end; i-- > node; /* void */) {

        if (value->hashes[i] != 0) {
            continue;
        }

        *steps -= *steps != 0;

        if (nodes[i].type >= AIR_JSON_ARRAY) {
            value->hashes[i] = air_jvalue_hash_children(value, i);

        } else {
            rc = air_jvalue_hash_plain(value, &nodes[i], &value->hashes[i]);
            if (rc != AIR_OK) {
                return rc;
            }
        }

        value->hashes[i] += value->hashes[i] == 0;
    }

    *hash = value->hashes[node];

    return AIR_OK;
}


static int
air_jvalue_cmp_numbers(air_str_t a, air_str_t b)
{
    air_jnumber_t  x, y;

    if (air_jnumber_read(&x, a) != AIR_OK
        || air_jnumber_read(&y, b) != AIR_OK)
    {
        return AIR_ELIMIT;
    }

    return air_jnumber_cmp(&x, &y) == 0 ? AIR_OK : AIR_ENOENT;
}


/* Recurses as deep as a text may be, AIR_JSON_MAX_DEPTH. */
int
air_jvalue_cmp(const air_jvalue_t *a, uint32_t node, const air_jvalue_t *b,
    uint32_t other, uint64_t *steps)
{
    int                     rc;
    uint32_t                child, twin;
    uint64_t                cost;
    const air_json_node_t  *x, *y;

    x = &a->doc.nodes[node];
    y = &b->doc.nodes[other];

    if (x->type != y->type || x->count != y->count) {
        return AIR_ENOENT;
    }

    cost = 1 + (x->type == AIR_JSON_STRING || x->type == AIR_JSON_NUMBER
                ? (x->end - x->start) / 32 : 0);

    if (cost > *steps) {
        *steps = 0;
        return AIR_ELIMIT;
    }

    *steps -= cost;

    if (x->type == AIR_JSON_NUMBER) {
        return air_jvalue_cmp_numbers(air_json_raw(&a->doc, x),
                                      air_json_raw(&b->doc, y));
    }

    if (x->type == AIR_JSON_STRING) {
        return air_jvalue_same(air_json_node_text(&a->doc, x),
                               air_json_node_text(&b->doc, y))
               ? AIR_OK : AIR_ENOENT;
    }

    child = x->count != 0 ? node + 1 : 0;
    twin = other + 1;

    while (child != 0) {

        if (x->type == AIR_JSON_OBJECT) {
            twin = air_jvalue_find(b, other,
                                   air_jvalue_key(a, child), a->names[child],
                                   steps);

            if (twin == AIR_JVALUE_NONE) {
                return AIR_ENOENT;
            }
        }

        rc = air_jvalue_cmp(a, child, b, twin, steps);
        if (rc != AIR_OK) {
            return rc;
        }

        child = a->doc.nodes[child].next;
        twin = b->doc.nodes[twin].next;
    }

    return AIR_OK;
}
