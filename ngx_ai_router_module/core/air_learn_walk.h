
/*
 * How texts become sets of buckets, for those who put together other sets
 * than that of one text.
 */

#ifndef _AIR_LEARN_WALK_H_INCLUDED_
#define _AIR_LEARN_WALK_H_INCLUDED_


#include "air_learn.h"


typedef struct {
    air_learn_text_t  *t;
    uint32_t           sort;      /* the same word of another sort is
                                     another one; 0: a prompt's             */
    uint32_t           hash;      /* of the word begun                      */
    unsigned           len;
    unsigned           digits;
    unsigned           lines;
    unsigned           most;      /* buckets that may be taken              */
    uint64_t           seen[AIR_LEARN_BUCKETS / 64];
} air_learn_walk_t;


/* An empty set t, and a walk that fills it. */
void air_learn_begin(air_learn_walk_t *w, air_learn_text_t *t);

/* Takes the words between p and end in. */
void air_learn_walk(air_learn_walk_t *w, const unsigned char *p,
    const unsigned char *end, int escaped);

/* ... of both ends of a text, AIR_LEARN_LOOK bytes. */
void air_learn_ends(air_learn_walk_t *w, air_str_t text, int escaped);

/* A hash to a bucket, which counts when it is a new one. */
void air_learn_add(air_learn_walk_t *w, uint32_t hash);

/* A size by its order of magnitude, as a word of that sort. */
void air_learn_size(air_learn_walk_t *w, unsigned sort, size_t n,
    unsigned step);


#endif /* _AIR_LEARN_WALK_H_INCLUDED_ */
