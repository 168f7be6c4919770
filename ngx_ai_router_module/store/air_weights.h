
/*
 * Files of weights (core/air_learn.h) on the disk: noticed when they change,
 * read whole, and replaced so that a reader sees the old or the new one.
 *
 *   DIR/learn/WORKFLOW.weights   weights of a workflow's pairs
 */

#ifndef _AIR_WEIGHTS_H_INCLUDED_
#define _AIR_WEIGHTS_H_INCLUDED_


#include "../core/air_learn.h"
#include "air_folder.h"


#define AIR_WEIGHTS_DIR   "learn"
#define AIR_WEIGHTS_SIZE  AIR_FOLDER_FILE


/* Which file it was; zero it: none. */
typedef struct {
    uint64_t  dev;
    uint64_t  ino;
    int64_t   size;
    int64_t   sec;                /* of its last change                     */
    int64_t   nsec;
} air_weights_mark_t;


/*
 * Reads the model of a pair when the file at path is another than *mark, which
 * is then the new one's, good or not.  AIR_OK, with *sum the same for the same
 * weights; AIR_AGAIN: it is the same file; AIR_ENOENT: there is no file, or it
 * has no such pair (*mark tells which: ino is 0); AIR_ECORRUPT; AIR_EIO with
 * *err; AIR_ENOMEM.  Blocks on the disk.
 */
int air_weights_read(const char *path, const char *pair,
    air_weights_mark_t *mark, air_learn_t *model, uint64_t *sum,
    air_err_t *err);


#endif /* _AIR_WEIGHTS_H_INCLUDED_ */
