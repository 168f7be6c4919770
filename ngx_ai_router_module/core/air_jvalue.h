
/*
 * The values of a JSON text as a judge of them needs them: members found by
 * name at once, however many there are; values compared and hashed by what
 * they mean (1 is 1.0 is 10e-1, the order of members is nothing); numbers
 * exact.  What compares takes what it costs off a number of steps.
 */

#ifndef _AIR_JVALUE_H_INCLUDED_
#define _AIR_JVALUE_H_INCLUDED_


#include "air_json_text.h"


/* values of a text, names and spare ones too */
#define AIR_JVALUE_MAX       262144

/* digits of an exponent */
#define AIR_JNUMBER_DIGITS   9

/* digits of a number that others may be multiples of */
#define AIR_JNUMBER_STEP     18

#define AIR_JVALUE_NONE      0xffffffff


typedef struct {
    air_json_doc_t    doc;         /* one node more than it says: for a name */
    uint32_t         *names;       /* by node: the hash of its name          */
    uint32_t         *slots;       /* members by object and name             */
    uint64_t         *hashes;      /* by node, 0 while not known             */
    uint32_t          mask;
    const air_mem_t  *mem;
} air_jvalue_t;


/*
 * A decimal: 0.DDD * 10^point, where DDD are the digits from first to last,
 * without zeroes at their ends, perhaps with a point among them.  Zero has
 * none and is not negative.
 */
typedef struct {
    const unsigned char  *first;
    const unsigned char  *last;
    int64_t               point;
    uint32_t              n;       /* digits                                 */
    unsigned              negative;
} air_jnumber_t;


/* The name of a member, as written. */
static inline air_json_text_t
air_jvalue_key(const air_jvalue_t *value, uint32_t member)
{
    air_json_text_t         key;
    const air_json_node_t  *node;

    node = &value->doc.nodes[member];

    key.raw = air_str_n(value->doc.text.data + node->key_start,
                        node->key_end - node->key_start);
    key.escaped = node->key_escaped;

    return key;
}


/*
 * Reads text (borrowed).  AIR_OK; AIR_EINVAL: no JSON, or a name twice in an
 * object; AIR_ELIMIT: too deep or of too many values; both with *why, static;
 * AIR_ENOMEM.
 */
int air_jvalue_read(air_jvalue_t *value, air_str_t text, const air_mem_t *mem,
    const char **why);

/*
 * The same in two parts: whether it is JSON, and all values; then, once, the
 * members by name, with a name that is there twice refused.
 */
int air_jvalue_scan(air_jvalue_t *value, air_str_t text, const air_mem_t *mem,
    const char **why);
int air_jvalue_members(air_jvalue_t *value, const char **why);

/* A name's hash, for air_jvalue_find(). */
uint32_t air_jvalue_name(air_json_text_t name);

/* The member of an object by name and its hash, or AIR_JVALUE_NONE. */
uint32_t air_jvalue_find(const air_jvalue_t *value, uint32_t object,
    air_json_text_t name, uint32_t hash, uint64_t *steps);

/*
 * The same value has the same hash, in any text.  AIR_OK; AIR_ELIMIT: a
 * number beyond bounds, or no steps left; AIR_ENOMEM.
 */
int air_jvalue_hash(air_jvalue_t *value, uint32_t node, uint64_t *hash,
    uint64_t *steps);

/* AIR_OK: equal; AIR_ENOENT: not; AIR_ELIMIT. */
int air_jvalue_cmp(const air_jvalue_t *a, uint32_t node,
    const air_jvalue_t *b, uint32_t other, uint64_t *steps);

/* A JSON number as written; AIR_OK, or AIR_ELIMIT: too great an exponent. */
int air_jnumber_read(air_jnumber_t *number, air_str_t raw);

/* Below 0, 0 or above 0, as a is to b. */
int air_jnumber_cmp(const air_jnumber_t *a, const air_jnumber_t *b);

/* 1 when it is a whole number. */
int air_jnumber_whole(const air_jnumber_t *number);

/* 1 when number is n * step, n whole; step has AIR_JNUMBER_STEP digits at most
   and is not 0. */
int air_jnumber_multiple(const air_jnumber_t *number,
    const air_jnumber_t *step);

/* The same for the same value. */
uint64_t air_jnumber_hash(const air_jnumber_t *number);


#endif /* _AIR_JVALUE_H_INCLUDED_ */
