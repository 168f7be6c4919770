
/*
 * A period of the ledger with its proof, as lines of text that need no store
 * and no program of ours to be checked:
 *
 *   line 1     the statement: a JSON object of the period, the hashes, and
 *              what the records of the period add up to, by vendor
 *   line 2     the Ed25519 signature of line 1, its line feed included, in
 *              base64
 *   the rest   a line each block of the journal: a JSON object of its first
 *              seq, its hash and the one before, and its records, base64 of
 *              AIR_RECORD_SIZE bytes each (air_record.h)
 *
 * Blocks are whole, because hashes are of blocks (air_chain.h): some records
 * before and after the period are in it, too, and in no sum.  The last blocks
 * may be of records that were not sealed yet; "unsealed" counts them.  There
 * is one way to write everything: a reader writes the statement anew from
 * what it found, and compares the bytes.
 */

#ifndef _AIR_EXPORT_H_INCLUDED_
#define _AIR_EXPORT_H_INCLUDED_


#include "../core/air_ed25519.h"
#include "air_chain.h"
#include "air_journal.h"
#include "air_rollup.h"

#include <stdio.h>


#define AIR_EXPORT_LINE  (1024 * 1024)     /* bytes of a line at most        */


typedef struct {
    uint64_t        seq;          /* of its first record                    */
    uint32_t        n;            /* records, 1 .. AIR_JOURNAL_BLOCK        */
    uint32_t        holes;        /* of them                                */
    int64_t         sealed_ms;    /* when it was sealed, 0: it was not      */
    unsigned char   before[AIR_CHAIN_HASH];
    unsigned char   hash[AIR_CHAIN_HASH];
} air_export_block_t;


typedef struct {
    const air_mem_t *mem;         /* some megabytes are taken of it         */
    int64_t         made_ms;      /* whole seconds, as the next two         */
    int64_t         from_ms;
    int64_t         to_ms;        /* not included                           */
    unsigned char   topology[AIR_CHAIN_HASH];    /* SHA-256 of the store's
                                     topology.json; all zero: none          */
    unsigned char   key[AIR_ED25519_PUBLIC];
    uint64_t        first;        /* seq of all records in it               */
    uint64_t        last;
    unsigned char   before[AIR_CHAIN_HASH];      /* hash before first       */
    unsigned char   hash[AIR_CHAIN_HASH];        /* at last                 */
    unsigned char   body[AIR_CHAIN_HASH];        /* SHA-256 of the lines
                                     from the third on                      */
    uint64_t        blocks;
    uint64_t        holes;
    uint64_t        unsealed;     /* records in blocks without a seal       */
    air_sums_t      total;        /* of the period                          */
    air_rollup_t    vendors;      /* key: the vendor's name                 */
    char            text[160];    /* what is wrong, in words                */
} air_export_t;


/* Nothing in it; and what its vendors take back. */
void air_export_init(air_export_t *e, const air_mem_t *mem);
void air_export_free(air_export_t *e);

/*
 * Adds a block: checks that it joins the one before, that its hash is that of
 * its records, and every record.  AIR_OK; AIR_ECORRUPT with text; AIR_EFORMAT
 * for records of a newer version; AIR_ENOMEM.
 */
int air_export_add(air_export_t *e, const air_export_block_t *block,
    const unsigned char *records);

/* Appends the statement with its line feed.  AIR_OK, b's error, AIR_ENOMEM. */
int air_export_statement(const air_export_t *e, air_buf_t *b);

/* The start of a block's line, up to its records, into text[320]; its
   length. */
size_t air_export_line(const air_export_block_t *block, char *text);

#define AIR_EXPORT_LINE_END  "\"}\n"

/*
 * Writes what the journal of the store dir has of the period in e (made_ms,
 * from_ms, to_ms and topology are set) through put, which returns 0, or -1
 * with errno; pem is the secret key.  All is read and proven before the first
 * byte is written.  AIR_OK; AIR_ENOENT: no record is of the period;
 * AIR_ECORRUPT, AIR_EBUSY: see e->text; AIR_EINVAL: see *err; AIR_EIO;
 * AIR_EFORMAT; AIR_ENOMEM.
 */
int air_export_write(air_export_t *e, const char *dir, air_str_t pem,
    int (*put)(void *ud, const void *data, size_t n), void *ud,
    air_err_t *err);

/* What a reader is asked. */
typedef struct {
    const unsigned char  *key;    /* who must have signed it                */
    const unsigned char  *sought; /* a hash written down earlier, or NULL   */
    uint64_t              at;     /* out: the record it is of; UINT64_MAX
                                     when it is none of these               */
} air_export_ask_t;

/*
 * Reads an export to its end and proves it; e is filled as far as that went.
 * AIR_OK; AIR_ECORRUPT: e->text says why it is not to be believed;
 * AIR_EFORMAT: made by a newer version; AIR_ENOMEM; AIR_EIO.
 */
int air_export_read(air_export_t *e, FILE *in, air_export_ask_t *ask,
    air_err_t *err);


#endif /* _AIR_EXPORT_H_INCLUDED_ */
