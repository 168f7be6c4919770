
/*
 * Walking through the journal block by block with the hash at hand; nothing
 * is judged here, that is air_verify.c's.
 */


#include "air_anchor.h"
#include "air_chain.h"
#include "air_file.h"
#include "air_journal.h"
#include "air_seal.h"

#include <stdlib.h>
#include <unistd.h>


/* One block as the walk finds it. */
typedef struct {
    uint64_t              seq;
    unsigned              n;      /* decided                                */
    unsigned              full:1; /* all of it is                           */
    const unsigned char  *records;
    unsigned char         prev[AIR_CHAIN_HASH];
    unsigned char         hash[AIR_CHAIN_HASH];
} air_anchor_block_t;


/* see returns 0 to go on, 1 to stop, below 0 for an error. */
typedef int (*air_anchor_see_pt)(void *ud, const air_anchor_block_t *b);


typedef struct {
    air_anchor_block_t   block;
    unsigned char       *bytes;
    unsigned char        prev[AIR_CHAIN_HASH];
    uint64_t             from;    /* blocks before it are passed over       */
    air_anchor_see_pt    see;
    void                *ud;
} air_anchor_walk_t;


/* AIR_OK; AIR_AGAIN: enough. */
static int
air_anchor_segment(air_anchor_walk_t *w, const air_segment_t *seg,
    air_err_t *err)
{
    int                  rc, sealed;
    uint32_t             i;
    air_seal_t           seal, read;
    air_anchor_block_t  *b;

    b = &w->block;

    for (i = 0; i < air_seal_blocks(seg); i++) {

        sealed = air_seal_get(seg, i, &seal) == AIR_OK;

        if (seg->base + (uint64_t) i * AIR_JOURNAL_BLOCK < w->from) {

            if (sealed) {
                memcpy(w->prev, seal.hash, AIR_CHAIN_HASH);
            }

            continue;
        }

        rc = air_seal_read(seg, i, w->bytes, &b->n, &read, err);

        if (rc != AIR_OK || b->n == 0) {
            return rc != AIR_OK ? rc : AIR_AGAIN;
        }

        b->seq = read.seq;
        b->full = b->n == air_seal_slots(seg, i);
        b->records = w->bytes;
        memcpy(b->prev, sealed ? seal.prev : w->prev, AIR_CHAIN_HASH);

        if (air_chain_hash(b->prev, b->seq, b->records, b->n, b->hash)
            != AIR_OK)
        {
            return air_err_set(err, AIR_ENOMEM, "cannot hash", 0);
        }

        memcpy(w->prev, b->hash, AIR_CHAIN_HASH);
        rc = w->see(w->ud, b);

        if (rc != 0 || !b->full) {
            return rc < 0 ? air_err_set(err, rc, "cannot hash", 0)
                          : AIR_AGAIN;
        }
    }

    return AIR_OK;
}


/* All blocks from that of record from on; prev is the hash before it where no
   seal tells. */
static int
air_anchor_walk(int fd, uint64_t from, const unsigned char *prev,
    air_anchor_see_pt see, void *ud, air_err_t *err)
{
    int                  rc;
    unsigned             i;
    air_segment_t        seg;
    air_anchor_walk_t    w;
    air_segment_list_t   list;

    memset(&w, 0, sizeof(w));
    w.from = from;
    w.see = see;
    w.ud = ud;
    memcpy(w.prev, prev, AIR_CHAIN_HASH);

    w.bytes = malloc(AIR_JOURNAL_BLOCK * AIR_RECORD_SIZE);
    if (w.bytes == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    rc = air_segment_list(fd, &list, err);

    for (i = 0; rc == AIR_OK && i < list.n; i++) {

        rc = air_segment_open(&seg, fd, list.number[i], 0, err);

        if (rc == AIR_ENOENT || rc == AIR_ECORRUPT) {
            rc = AIR_OK;
            continue;
        }

        if (rc == AIR_OK) {
            if (seg.base + seg.slots > from) {
                rc = air_anchor_segment(&w, &seg, err);
            }

            air_segment_close(&seg);
        }
    }

    free(list.number);
    free(w.bytes);

    return rc == AIR_AGAIN ? AIR_OK : rc;
}


static int
air_anchor_last(void *ud, const air_anchor_block_t *b)
{
    air_ledger_proof_t  *proof = ud;

    proof->last = b->seq + b->n - 1;
    memcpy(proof->tip, b->hash, AIR_CHAIN_HASH);

    return 0;
}


int
air_anchor_tip(int fd, air_ledger_proof_t *proof, air_err_t *err)
{
    proof->last = proof->sealed;
    memcpy(proof->tip, proof->hash, AIR_CHAIN_HASH);

    return air_anchor_walk(fd, proof->sealed + 1, proof->hash,
                           air_anchor_last, proof, err);
}


typedef struct {
    const unsigned char  *sought;
    uint64_t              at;
} air_anchor_find_t;


static int
air_anchor_see(void *ud, const air_anchor_block_t *b)
{
    int                 rc;
    unsigned            n;
    air_anchor_find_t  *f = ud;

    if (memcmp(f->sought, b->prev, AIR_CHAIN_HASH) == 0) {
        f->at = b->seq - 1;
        return 1;
    }

    rc = air_chain_find(b->prev, b->seq, b->records, b->n, f->sought, &n);

    if (rc == AIR_OK && n) {
        f->at = b->seq + n - 1;
        return 1;
    }

    return rc;
}


int
air_ledger_find(const char *dir, const unsigned char *sought, uint64_t *at,
    air_err_t *err)
{
    int                  fd, rc;
    air_anchor_find_t    f;

    static const unsigned char  zero[AIR_CHAIN_HASH];

    fd = air_file_journal(dir, err);
    if (fd < 0) {
        return fd;
    }

    f.sought = sought;
    f.at = UINT64_MAX;

    rc = air_anchor_walk(fd, 0, zero, air_anchor_see, &f, err);
    close(fd);

    *at = f.at;

    return rc;
}
