
/*
 * A big JSON file as a tree in memory, for tables that are read once: every
 * value knows its line, numbers stay text, duplicate keys are refused.  The
 * tree takes from malloc and is dropped whole when its reader is done.
 */

#ifndef _AIR_JTREE_H_INCLUDED_
#define _AIR_JTREE_H_INCLUDED_


#include "air_err.h"
#include "air_json.h"
#include "air_str.h"


#define AIR_JTREE_MAX_TEXT   (64 * 1024 * 1024)
#define AIR_JTREE_MAX_NODES  1000000
#define AIR_JTREE_MAX_DEPTH  32


typedef struct air_jnode_s  air_jnode_t;

struct air_jnode_s {
    air_jnode_t  *next;           /* sibling                                 */
    air_jnode_t  *child;          /* first of an array or object             */
    air_str_t     key;            /* decoded; empty outside of objects       */
    air_str_t     text;           /* a string decoded, a number as written   */
    uint32_t      line;           /* from 1                                  */
    uint32_t      count;          /* children                                */
    uint8_t       type;           /* air_json_type_e                         */
};


typedef struct air_jtree_chunk_s  air_jtree_chunk_t;

typedef struct {
    air_jnode_t        *root;
    air_jtree_chunk_t  *chunks;
    uint32_t            line;     /* of the error                            */
    char                error[96];
} air_jtree_t;


/*
 * Parses text, which must outlive the tree.  AIR_OK; AIR_EINVAL or AIR_ELIMIT
 * with tree->line and tree->error filled; AIR_ENOMEM.  Free it in each case.
 */
int air_jtree_parse(air_jtree_t *tree, air_str_t text);

/* size bytes, zeroed, that live as long as the tree; NULL when none. */
void *air_jtree_alloc(air_jtree_t *tree, size_t size);

/* Gives everything back. */
void air_jtree_free(air_jtree_t *tree);

/* Member of an object, or NULL; also when object is NULL or none. */
air_jnode_t *air_jtree_get(const air_jnode_t *object, const char *name);

/* First child when node is of the type, else NULL. */
air_jnode_t *air_jtree_object(const air_jnode_t *node);
air_jnode_t *air_jtree_array(const air_jnode_t *node);


#endif /* _AIR_JTREE_H_INCLUDED_ */
