
/*
 * Answers by the key a caller gave his request: who runs it, and what was
 * answered, so that the same request sent twice is done once.
 *
 * The table lies in memory that is handed in and may be shared by processes:
 * fixed sizes, indices instead of pointers.  Its user holds a lock in every
 * call and tells the time.  An answer lies in a chain of blocks; the oldest
 * whole answers give way to new ones, what still runs does not.
 */

#ifndef _AIR_IDEM_H_INCLUDED_
#define _AIR_IDEM_H_INCLUDED_


#include "air_err.h"
#include "air_str.h"


#define AIR_IDEM_HASH   32
#define AIR_IDEM_LEAST  65536     /* bytes of the smallest table            */


typedef struct air_idem_s  air_idem_t;


typedef enum {
    AIR_IDEM_MINE = 0,            /* nobody did it: it is yours to do       */
    AIR_IDEM_WAIT,                /* ref->owner does it                     */
    AIR_IDEM_DONE,                /* ref->len bytes are there               */
    AIR_IDEM_OTHER,               /* the key is another request's           */
    AIR_IDEM_FULL                 /* no room: all that is kept still runs   */
} air_idem_e;


/* A request in the table; good until somebody drops it. */
typedef struct {
    uint32_t  index;
    uint64_t  stamp;
    uint64_t  owner;              /* who runs it, 0 when it is done         */
    uint64_t  len;                /* of the answer so far                   */
    uint32_t  kind;               /* what air_idem_keep() was told          */
} air_idem_ref_t;


/* An empty table in size bytes, aligned for any type: NULL when they are less
   than AIR_IDEM_LEAST or more than 32 bits of blocks. */
air_idem_t *air_idem_make(void *mem, size_t size);

/* The table that is there, or NULL when it is none of that size. */
air_idem_t *air_idem_open(void *mem, size_t size);

/* Forgets everything: for a lock whose holder died. */
void air_idem_reset(air_idem_t *t);

/*
 * Looks up key, whose request has the hash body; not found, it is entered as
 * run by owner (not 0).  *ref is filled but for AIR_IDEM_FULL.
 */
air_idem_e air_idem_ask(air_idem_t *t, const unsigned char key[AIR_IDEM_HASH],
    const unsigned char body[AIR_IDEM_HASH], uint64_t now, uint64_t owner,
    air_idem_ref_t *ref);

/* Adds to the answer of one that is yours.  AIR_OK; AIR_ELIMIT: there is no
   room, what was added is given back, and it still runs; AIR_EINVAL: it is not
   yours any more. */
int air_idem_add(air_idem_t *t, air_idem_ref_t *ref, air_str_t data);

/* The answer is whole, and kept until expires.  Returns as air_idem_add(). */
int air_idem_keep(air_idem_t *t, air_idem_ref_t *ref, uint32_t kind,
    uint64_t expires);

/* Forgets it, whoever runs it; nothing when it is another one by now. */
void air_idem_drop(air_idem_t *t, const air_idem_ref_t *ref);

/* Copies the ref->len bytes of one that is done to buf.  AIR_OK, or
   AIR_EINVAL when it gave way meanwhile. */
int air_idem_read(air_idem_t *t, const air_idem_ref_t *ref,
    unsigned char *buf);

/* How many are kept, and how many run. */
void air_idem_count(const air_idem_t *t, uint64_t *kept, uint64_t *running);


#endif /* _AIR_IDEM_H_INCLUDED_ */
