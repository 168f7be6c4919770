
/*
 * One linear pass over a JSON text that is whole in memory.  It checks the
 * text strictly (RFC 8259: grammar, UTF-8, surrogate pairs, depth, duplicate
 * keys) and leaves a flat index: one node a value, in text order, with byte
 * offsets.  Nothing is decoded or copied; readers walk the index, writers
 * splice the original bytes.
 */

#ifndef _AIR_JSON_H_INCLUDED_
#define _AIR_JSON_H_INCLUDED_


#include "air_buf.h"


typedef enum {
    AIR_JSON_NULL = 0,
    AIR_JSON_FALSE,
    AIR_JSON_TRUE,
    AIR_JSON_NUMBER,
    AIR_JSON_STRING,
    AIR_JSON_ARRAY,
    AIR_JSON_OBJECT
} air_json_type_e;


/*
 * Offsets count from the start of the text.  A string's start and end leave
 * its quotes out, every other value's range is the value itself.  For a
 * member of an object the key's range (without quotes) stands beside its
 * value; for others both are 0.
 */
typedef struct {
    uint32_t  start;
    uint32_t  end;
    uint32_t  key_start;
    uint32_t  key_end;
    uint32_t  next;               /* index of the next sibling, 0 when last */
    uint32_t  count;              /* members or elements                    */
    uint8_t   type;               /* air_json_type_e                        */
    uint8_t   escaped;            /* a string with backslashes              */
    uint8_t   key_escaped;
    uint8_t   depth;              /* 0 for the root                         */
} air_json_node_t;


typedef struct {
    air_str_t         text;
    air_json_node_t  *nodes;      /* nodes[0] is the root                   */
    uint32_t          n;
    uint32_t          size;       /* nodes allocated                        */
    uint32_t          max;        /* AIR_JSON_MAX_NODES, unless set         */
    const air_mem_t  *mem;
} air_json_doc_t;


#define AIR_JSON_MAX_DEPTH  128
#define AIR_JSON_MAX_NODES  100000
#define AIR_JSON_MAX_KEYS   1000

/* flags of air_json_scan() */
#define AIR_JSON_UNIQUE     1     /* refuse duplicate keys, at any depth    */
#define AIR_JSON_VENDOR     2     /* a vendor's reply: invalid UTF-8 and lone
                                     surrogates pass (they are relayed or
                                     replaced later, never trusted)         */
#define AIR_JSON_FLAT       4     /* an array that holds numbers alone keeps
                                     no nodes for them: it counts 0, and its
                                     raw text is all there is of it         */


/*
 * What air_json_scan() found wrong, finer than the AIR_E code, so that the
 * caller can answer in the words of its dialect.
 */
typedef enum {
    AIR_JSON_FINE = 0,
    AIR_JSON_BAD_SYNTAX,
    AIR_JSON_BAD_UTF8,            /* bytes                                  */
    AIR_JSON_BAD_SURROGATE,       /* an escape                              */
    AIR_JSON_DUPLICATE_KEY,
    AIR_JSON_TOO_DEEP,
    AIR_JSON_TOO_COMPLEX          /* nodes, or keys of one object           */
} air_json_fault_e;


typedef struct {
    air_json_fault_e  fault;
    size_t            offset;
    uint32_t          key_start;  /* the key found twice                    */
    uint32_t          key_end;
} air_json_error_t;


/* An empty index over memory from mem; scan it as often as wanted. */
void air_json_init(air_json_doc_t *doc, const air_mem_t *mem);

/*
 * Scans text (borrowed: it must outlive doc) into doc, reusing doc's nodes.
 * Time is linear in text.len whatever it holds.  AIR_OK; AIR_EINVAL or
 * AIR_ELIMIT with *error filled (error may be NULL); AIR_ENOMEM.  Texts over
 * 2^32 - 2 bytes are AIR_ELIMIT.
 */
int air_json_scan(air_json_doc_t *doc, air_str_t text, unsigned flags,
    air_json_error_t *error);

/* The root, or NULL before a good scan. */
const air_json_node_t *air_json_root(const air_json_doc_t *doc);

/* First child of an array or object, or NULL. */
const air_json_node_t *air_json_first(const air_json_doc_t *doc,
    const air_json_node_t *parent);

/* Next sibling, or NULL. */
const air_json_node_t *air_json_next(const air_json_doc_t *doc,
    const air_json_node_t *node);

/*
 * Member of an object by its unescaped name, or NULL (also when object is
 * NULL or no object, so that look-ups chain).  The first one wins when
 * duplicates were let through.
 */
const air_json_node_t *air_json_get(const air_json_doc_t *doc,
    const air_json_node_t *object, const char *name);

/*
 * Many members in one walk: found[i] is what air_json_get() gives for
 * names[i], of which there are n, all different.
 */
void air_json_pick(const air_json_doc_t *doc, const air_json_node_t *object,
    const air_str_t *names, unsigned n, const air_json_node_t **found);

/* Raw bytes of the value as written; of a string without its quotes. */
air_str_t air_json_raw(const air_json_doc_t *doc, const air_json_node_t *node);

/* Raw bytes of the member's key without quotes. */
air_str_t air_json_key(const air_json_doc_t *doc, const air_json_node_t *node);

/* 1 when the node is a string whose decoded bytes equal text. */
int air_json_is(const air_json_doc_t *doc, const air_json_node_t *node,
    const char *text);

/*
 * Decoded bytes of a string.  Without escapes *out borrows from the text;
 * with escapes it is allocated from mem.  Lone surrogates (AIR_JSON_VENDOR)
 * become U+FFFD.  AIR_OK, AIR_EINVAL when node is NULL or no string,
 * AIR_ENOMEM.
 */
int air_json_string(const air_json_doc_t *doc, const air_json_node_t *node,
    const air_mem_t *mem, air_str_t *out);

/*
 * The exact value of a number that is a whole number >= 0 ("10", "1e3",
 * "1000.0", "-0").  AIR_OK; AIR_EINVAL when node is NULL, no number, negative
 * or has a fraction; AIR_ELIMIT past 2^63 - 1, when longer than 64 bytes or
 * when its exponent has more than 3 digits.
 */
int air_json_uint(const air_json_doc_t *doc, const air_json_node_t *node,
    uint64_t *out);

/*
 * A decimal number >= 0, as JSON number or as a string that holds just one
 * (without escapes), times 10^scale, exact or rounded half-even ("0.0000025"
 * with scale 12 is 2500000).  AIR_OK, or as air_json_uint().  Never uses
 * floating point.
 */
int air_json_decimal(const air_json_doc_t *doc, const air_json_node_t *node,
    unsigned scale, uint64_t *out);


/* Member that is there and not null, else NULL. */
const air_json_node_t *air_json_given(const air_json_doc_t *doc,
    const air_json_node_t *object, const char *name);

/* Member that is a string with at least one byte, else NULL. */
const air_json_node_t *air_json_filled(const air_json_doc_t *doc,
    const air_json_node_t *object, const char *name);

/* Raw bytes of a value as it stands: a string's with its quotes. */
air_str_t air_json_quoted(const air_json_doc_t *doc,
    const air_json_node_t *node);

/*
 * Decodes a member that is a string into *out, as air_json_string(); *out
 * stays when it is absent or anything else.  AIR_OK or AIR_ENOMEM.
 */
int air_json_take(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name, const air_mem_t *mem, air_str_t *out);

/* Decoded bytes of a member's key, as air_json_string(). */
int air_json_name(const air_json_doc_t *doc, const air_json_node_t *member,
    const air_mem_t *mem, air_str_t *out);


/* One replacement in a text: bytes start..end give way to text. */
typedef struct {
    uint32_t   start;
    uint32_t   end;
    air_str_t  text;              /* borrowed */
} air_edit_t;

/* Edits of one text, in rising order and without overlap. */
#define AIR_EDITS_MAX  48

typedef struct {
    air_edit_t  edit[AIR_EDITS_MAX];
    unsigned    n;
} air_edits_t;

/*
 * Adds an edit in its place.  AIR_OK, AIR_ELIMIT when full, AIR_EINVAL when
 * it overlaps another.
 */
int air_edits_add(air_edits_t *edits, uint32_t start, uint32_t end,
    air_str_t text);

/*
 * Adds the edit that removes a member with its comma from its object.  Two
 * removals in one object may touch (they become one edit); removing all
 * members leaves "{}".  Removals inside the member are taken in.  Returns as
 * air_edits_add(); AIR_EINVAL also when it is removed already or no member.
 */
int air_edits_remove(air_edits_t *edits, const air_json_doc_t *doc,
    const air_json_node_t *object, const air_json_node_t *member);

/* Length of text once the edits are applied. */
size_t air_edits_length(const air_edits_t *edits, air_str_t text);

/*
 * Appends text with the edits applied to b.  AIR_OK or b's error (nothing is
 * appended then); AIR_EINVAL when the edits reach past the end of text.
 */
int air_edits_apply(const air_edits_t *edits, air_str_t text, air_buf_t *b);


#endif /* _AIR_JSON_H_INCLUDED_ */
