
/*
 * What a learning workflow keeps of its requests: which hashed words each
 * had, which model answered, and how good that was once somebody says so.
 * No text; ids of words are mixed with a secret of the store's, so that a
 * list of words alone does not read them back.
 *
 *   DIR/learn/samples    mapped shared by every worker: a header page, an
 *                        index, slots of 1,024 bytes; the oldest give way
 *   DIR/learn/salt       the secret, 16 bytes
 *   DIR/learn/duty       flock of the process that trains
 *
 * Adding and labelling cost no system call and survive kill -9.
 */

#ifndef _AIR_SAMPLES_H_INCLUDED_
#define _AIR_SAMPLES_H_INCLUDED_


#include "../core/air_learn.h"


#define AIR_SAMPLES          16000
#define AIR_SAMPLES_BUCKETS  464  /* of a text; of more, every other ...    */
#define AIR_SAMPLES_LEARNS   64

/* who answered */
#define AIR_SAMPLE_CHEAP     1
#define AIR_SAMPLE_STRONG    2
#define AIR_SAMPLE_SERVED    3    /* the one that did                       */

#define AIR_SAMPLE_NONE      0xffff    /* no grade                          */


typedef struct air_samples_s  air_samples_t;


/* Of a "learn", for the one who has the duty. */
typedef struct {
    uint64_t  learn;
    uint64_t  label;              /* the last one that was learned from     */
    uint64_t  sum;                /* of the weights that were installed     */
} air_samples_learned_t;


/* One request, as it is added and as it is read. */
typedef struct {
    uint8_t   id[16];             /* of the request                         */
    uint64_t  learn;              /* workflow, pair and classes             */
    uint64_t  owner;              /* hash of who may say how good it was    */
    int64_t   time_ms;
    uint16_t  share;              /* chance that cheap had to go first, of
                                     10,000; 0: not drawn by chance         */

    /* read only */
    uint16_t  cheap;              /* grades, permille, or AIR_SAMPLE_NONE   */
    uint16_t  strong;
    uint8_t   served;             /* 0: nobody yet                          */
    uint8_t   drawn;              /* by the one whose turn it was           */
    uint64_t  label;              /* which label of the store the last one
                                     was, from 1; 0: none                   */
    uint32_t  n;
    uint16_t  bucket[AIR_SAMPLES_BUCKETS];
} air_sample_t;


/*
 * For a worker: maps the file, makes it when it is not there.  AIR_OK,
 * AIR_ENOMEM, AIR_EIO, AIR_EFORMAT (made by another version) with *err.
 */
int air_samples_open(air_samples_t **samples, const char *dir,
    air_err_t *err);

/* Unmaps; whatever was added stays. */
void air_samples_close(air_samples_t *samples);

/* Adds a request whose text is t; its number, for air_samples_served(). */
uint64_t air_samples_add(air_samples_t *samples, const air_sample_t *sample,
    const air_learn_text_t *t);

/* Tells who answered a request, whether that was whose turn it was, and the
   hash of the reply's own id, by which it may be found too (0: none). */
void air_samples_served(air_samples_t *samples, uint64_t number,
    const uint8_t *id, unsigned served, int drawn, uint64_t reply);

/*
 * Grades an answer, permille; which: AIR_SAMPLE_CHEAP, _STRONG or _SERVED.
 * The request is found by the first 8 bytes of its id or the hash of its
 * reply's id; id (may be NULL) must then be its own, owner (may be NULL) too.
 * AIR_SAMPLE_NONE as grade changes nothing.  AIR_OK; AIR_ENOENT: no such
 * request, or nobody answered it yet.
 */
int air_samples_label(air_samples_t *samples, uint64_t key,
    const uint8_t *id, const uint64_t *owner, unsigned which,
    unsigned grade);

/* How many labels were ever given. */
uint64_t air_samples_labels(air_samples_t *samples);

/* Reads slot i, below AIR_SAMPLES.  AIR_OK; AIR_ENOENT: it is empty, or is
   being written; AIR_ECORRUPT. */
int air_samples_read(air_samples_t *samples, unsigned i,
    air_sample_t *sample);

/* What the trainer keeps of a "learn"; NULL when there are too many. */
air_samples_learned_t *air_samples_learned(air_samples_t *samples,
    uint64_t learn);

/* The duty of training, over all processes: AIR_OK, held until this process
   ends or gives it back; AIR_EBUSY; AIR_EIO. */
int air_samples_duty(air_samples_t *samples, air_err_t *err);
void air_samples_release(air_samples_t *samples);

/* The first 8 bytes of a request's id, as a key. */
uint64_t air_samples_key(const uint8_t *id);


#endif /* _AIR_SAMPLES_H_INCLUDED_ */
