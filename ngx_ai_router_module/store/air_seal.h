
/*
 * Seals: a running SHA-256 over the journal, one a block of
 * AIR_JOURNAL_BLOCK records, kept in the table of the block's segment.
 *
 *     hash = SHA-256(previous hash, seq of the first record, the records)
 *
 * A hole counts as a record of bytes 0xff.  The first hash of all is zero.
 */

#ifndef _AIR_SEAL_H_INCLUDED_
#define _AIR_SEAL_H_INCLUDED_


#include "air_journal.h"


#define AIR_SEAL_HASH  32


typedef struct {
    unsigned char  hash[AIR_SEAL_HASH];
    unsigned char  prev[AIR_SEAL_HASH];
    uint64_t       seq;           /* of the first record                    */
    uint32_t       count;         /* slots                                  */
    uint32_t       holes;         /* of them                                */
    int64_t        time_ms;       /* when it was sealed                     */
} air_seal_t;


/* Blocks a segment has, and the slots of its i-th. */
uint32_t air_seal_blocks(const air_segment_t *seg);
uint32_t air_seal_slots(const air_segment_t *seg, uint32_t block);

/* Reads the seal of a block: AIR_OK, AIR_ENOENT, AIR_ECORRUPT, AIR_EIO. */
int air_seal_get(const air_segment_t *seg, uint32_t block, air_seal_t *seal);

/* Writes it; AIR_OK, AIR_EIO. */
int air_seal_put(const air_segment_t *seg, uint32_t block,
    const air_seal_t *seal, air_err_t *err);

/*
 * Computes seal->hash, count, holes and seq of a block from seal->prev.
 * AIR_OK; AIR_AGAIN when a slot of it is not decided; AIR_EIO; AIR_ENOMEM.
 */
int air_seal_make(const air_segment_t *seg, uint32_t block,
    air_seal_t *seal, air_err_t *err);

/*
 * Reads the records of a block that are decided, up to the first that is not,
 * into bytes, which has room for AIR_JOURNAL_BLOCK of them; holes become
 * bytes 0xff.  *n is their number; seal->seq is set, and seal->holes counted.
 * AIR_OK, AIR_EIO.
 */
int air_seal_read(const air_segment_t *seg, uint32_t block,
    unsigned char *bytes, unsigned *n, air_seal_t *seal, air_err_t *err);

/*
 * The seal of the block that record seq is in; journalfd is the journal's
 * folder.  AIR_OK; AIR_ENOENT: it is not sealed yet, or not kept any more;
 * AIR_ECORRUPT, AIR_EIO, AIR_EFORMAT, AIR_ENOMEM.
 */
int air_seal_find(int journalfd, uint64_t seq, air_seal_t *seal,
    air_err_t *err);


#endif /* _AIR_SEAL_H_INCLUDED_ */
