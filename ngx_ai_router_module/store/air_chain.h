
/*
 * The running hash of the journal, over bytes in memory:
 *
 *     hash = SHA-256(previous hash, seq of the first record, the records)
 *
 * A block is what one hash covers.  The same over only the first records of a
 * block is the hash at the last of them: so each record has one, and any of
 * them that was written down elsewhere is found again as long as nothing
 * before it was changed.
 */

#ifndef _AIR_CHAIN_H_INCLUDED_
#define _AIR_CHAIN_H_INCLUDED_


#include "air_record.h"


#define AIR_CHAIN_HASH  32


/*
 * The hash of n records that follow one another, the first of them seq; holes
 * are bytes 0xff.  AIR_OK, AIR_ENOMEM.
 */
int air_chain_hash(const unsigned char *prev, uint64_t seq,
    const unsigned char *records, unsigned n, unsigned char *hash);

/*
 * Looks for the record whose hash is sought: *at is how many records stand up
 * to it, 0 when it is none of them.  AIR_OK, AIR_ENOMEM.
 */
int air_chain_find(const unsigned char *prev, uint64_t seq,
    const unsigned char *records, unsigned n, const unsigned char *sought,
    unsigned *at);

/* A hash as 64 hex digits and a NUL; and back: AIR_OK, AIR_EINVAL. */
void air_chain_text(const unsigned char *hash, char *text);
int air_chain_read(air_str_t text, unsigned char *hash);


#endif /* _AIR_CHAIN_H_INCLUDED_ */
