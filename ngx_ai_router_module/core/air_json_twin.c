
/*
 * Duplicate keys.  Few keys are compared with one another; more go through a
 * table by the hash of their decoded bytes.
 *
 * The hash has no secret, so keys can be made to collide.  The first two that
 * do, or too many steps in the table, send the object to a merge sort by hash
 * and bytes.  A merge compares each key once a level, so the worst of keys
 * cost ten times (2^10 > AIR_JSON_MAX_KEYS) their length: linear all the same.
 */

#include "air_json_text.h"


#define AIR_JSON_FEW    8
#define AIR_JSON_SLOTS  2048           /* at least twice the keys */


typedef struct {
    uint64_t  hash;
    uint32_t  node;
} air_json_key_t;


/* The runs that are merged, and what is found on the way. */
typedef struct {
    const air_json_doc_t  *doc;
    air_json_key_t        *from;
    air_json_key_t        *to;
    uint32_t               n;
    uint32_t               twin;
} air_json_sort_t;


static uint32_t air_json_twin_few(const air_json_doc_t *doc, uint32_t object);
static uint32_t air_json_twin_many(const air_json_doc_t *doc, uint32_t object);
static int air_json_table(const air_json_doc_t *doc, const air_json_key_t *keys,
    uint32_t n, uint32_t *twin);
static uint32_t air_json_sorted(const air_json_doc_t *doc,
    air_json_key_t *keys, uint32_t n);
static void air_json_merge(air_json_sort_t *sort, uint32_t low, uint32_t width);


uint32_t
air_json_twin(const air_json_doc_t *doc, uint32_t object)
{
    if (doc->nodes[object].count <= AIR_JSON_FEW) {
        return air_json_twin_few(doc, object);
    }

    return air_json_twin_many(doc, object);
}


static int
air_json_same_key(const air_json_doc_t *doc, const air_json_node_t *a,
    const air_json_node_t *b)
{
    uint32_t  n;

    n = a->key_end - a->key_start;

    if (a->key_escaped || b->key_escaped) {
        return air_json_text_cmp(air_json_node_key(doc, a),
                                 air_json_node_key(doc, b)) == 0;
    }

    return n == b->key_end - b->key_start
           && memcmp(doc->text.data + a->key_start,
                     doc->text.data + b->key_start, n) == 0;
}


static uint32_t
air_json_twin_few(const air_json_doc_t *doc, uint32_t object)
{
    uint32_t  i, j;

    for (i = object + 1; i != 0; i = doc->nodes[i].next) {

        for (j = object + 1; j != i; j = doc->nodes[j].next) {

            if (air_json_same_key(doc, &doc->nodes[i], &doc->nodes[j])) {
                return i;
            }
        }
    }

    return 0;
}


static uint32_t
air_json_twin_many(const air_json_doc_t *doc, uint32_t object)
{
    uint32_t                i, n, twin;
    air_json_key_t          keys[AIR_JSON_MAX_KEYS];
    const air_json_node_t  *node;

    n = 0;

    for (i = object + 1; i != 0; i = node->next) {
        node = &doc->nodes[i];

        keys[n].hash = air_json_text_hash(air_json_node_key(doc, node));
        keys[n].node = i;
        n++;
    }

    if (air_json_table(doc, keys, n, &twin) == AIR_OK) {
        return twin;
    }

    return air_json_sorted(doc, keys, n);
}


/* Looks the keys up in a table: AIR_OK, or AIR_AGAIN when they collide. */
static int
air_json_table(const air_json_doc_t *doc, const air_json_key_t *keys,
    uint32_t n, uint32_t *twin)
{
    uint32_t        i, mask, pos, steps;
    uint16_t        slot[AIR_JSON_SLOTS];
    const uint32_t  most = 4 * n;

    for (mask = 4 * AIR_JSON_FEW - 1; mask < 2 * n; mask = mask * 2 + 1) {
        /* void */
    }

    memset(slot, 0, (mask + 1) * sizeof(slot[0]));

    steps = 0;

    for (i = 0; i < n; i++) {

        for (pos = (uint32_t) (keys[i].hash >> 16) & mask;
             slot[pos] != 0;
             pos = (pos + 1) & mask)
        {
            if (keys[slot[pos] - 1].hash == keys[i].hash) {

                if (!air_json_same_key(doc, &doc->nodes[keys[i].node],
                                       &doc->nodes[keys[slot[pos] - 1].node]))
                {
                    return AIR_AGAIN;
                }

                *twin = keys[i].node;
                return AIR_OK;
            }

            if (++steps > most) {
                return AIR_AGAIN;
            }
        }

        slot[pos] = (uint16_t) (i + 1);
    }

    *twin = 0;

    return AIR_OK;
}


/* Sorts the keys until two are found to be the same. */
static uint32_t
air_json_sorted(const air_json_doc_t *doc, air_json_key_t *keys, uint32_t n)
{
    uint32_t          i, width;
    air_json_key_t    other[AIR_JSON_MAX_KEYS], *swap;
    air_json_sort_t   sort;

    sort.doc = doc;
    sort.from = keys;
    sort.to = other;
    sort.n = n;
    sort.twin = 0;

    for (width = 1; width < n && sort.twin == 0; width *= 2) {

        for (i = 0; i < n; i += 2 * width) {
            air_json_merge(&sort, i, width);
        }

        swap = sort.from;
        sort.from = sort.to;
        sort.to = swap;
    }

    return sort.twin;
}


/* Order of two keys; notes the later one when they are the same. */
static int
air_json_key_cmp(air_json_sort_t *sort, const air_json_key_t *a,
    const air_json_key_t *b)
{
    int                     rc;
    const air_json_node_t  *nodes;

    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }

    nodes = sort->doc->nodes;

    rc = air_json_text_cmp(air_json_node_key(sort->doc, &nodes[a->node]),
                           air_json_node_key(sort->doc, &nodes[b->node]));

    if (rc == 0) {
        sort->twin = a->node > b->node ? a->node : b->node;
    }

    return rc;
}


/* Merges the two runs of width keys that start at low. */
static void
air_json_merge(air_json_sort_t *sort, uint32_t low, uint32_t width)
{
    uint32_t         i, j, k, mid, high;
    air_json_key_t  *from, *to;

    from = sort->from;
    to = sort->to;

    mid = low + width < sort->n ? low + width : sort->n;
    high = mid + width < sort->n ? mid + width : sort->n;

    i = low;
    j = mid;

    for (k = low; k < high; k++) {

        if (j == high
            || (i < mid && air_json_key_cmp(sort, &from[i], &from[j]) <= 0))
        {
            to[k] = from[i++];

        } else {
            to[k] = from[j++];
        }
    }
}
