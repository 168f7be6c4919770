
/*
 * Blocks are read with ordinary reads: sealing and proving a segment needs no
 * map of it.
 */


#include "air_seal.h"
#include "air_file.h"
#include "air_le.h"

#include <openssl/evp.h>


#define AIR_SEAL_SLOTS  64        /* read at once                           */


uint32_t
air_seal_blocks(const air_segment_t *seg)
{
    return (seg->slots + AIR_JOURNAL_BLOCK - 1) / AIR_JOURNAL_BLOCK;
}


uint32_t
air_seal_slots(const air_segment_t *seg, uint32_t block)
{
    uint32_t  left;

    left = seg->slots - block * AIR_JOURNAL_BLOCK;

    return left < AIR_JOURNAL_BLOCK ? left : AIR_JOURNAL_BLOCK;
}


static uint64_t
air_seal_at(const air_segment_t *seg, uint32_t block)
{
    return seg->seals_at + (uint64_t) block * AIR_JOURNAL_SEAL;
}


int
air_seal_get(const air_segment_t *seg, uint32_t block, air_seal_t *seal)
{
    size_t         i;
    unsigned char  raw[AIR_JOURNAL_SEAL];

    if (air_file_pread(seg->fd, raw, sizeof(raw), air_seal_at(seg, block))
        != sizeof(raw))
    {
        return AIR_EIO;
    }

    memcpy(seal->hash, raw, AIR_SEAL_HASH);
    memcpy(seal->prev, raw + 32, AIR_SEAL_HASH);
    seal->seq = air_get64(raw + 64);
    seal->count = air_get32(raw + 72);
    seal->holes = air_get32(raw + 76);
    seal->time_ms = (int64_t) air_get64(raw + 80);

    if (air_get32(raw + 124) == air_crc32c(0, raw, 124) && seal->count != 0) {
        return AIR_OK;
    }

    for (i = 0; i < sizeof(raw); i++) {
        if (raw[i]) {
            return AIR_ECORRUPT;
        }
    }

    return AIR_ENOENT;
}


int
air_seal_put(const air_segment_t *seg, uint32_t block, const air_seal_t *seal,
    air_err_t *err)
{
    unsigned char  raw[AIR_JOURNAL_SEAL];

    memset(raw, 0, sizeof(raw));
    memcpy(raw, seal->hash, AIR_SEAL_HASH);
    memcpy(raw + 32, seal->prev, AIR_SEAL_HASH);
    air_put64(raw + 64, seal->seq);
    air_put32(raw + 72, seal->count);
    air_put32(raw + 76, seal->holes);
    air_put64(raw + 80, (uint64_t) seal->time_ms);
    air_put32(raw + 124, air_crc32c(0, raw, 124));

    if (air_file_pwrite(seg->fd, raw, sizeof(raw), air_seal_at(seg, block))
        == -1)
    {
        return air_file_err(err, "cannot write a seal");
    }

    return AIR_OK;
}


static int
air_seal_slots_hash(const air_segment_t *seg, uint32_t block,
    air_seal_t *seal, EVP_MD_CTX *md, air_err_t *err)
{
    size_t         i, n;
    uint32_t       at, slot, word;
    unsigned char  buf[AIR_SEAL_SLOTS * AIR_RECORD_SIZE];

    slot = block * AIR_JOURNAL_BLOCK;

    for (at = 0; at < seal->count; at += (uint32_t) n) {

        n = seal->count - at;

        if (n > AIR_SEAL_SLOTS) {
            n = AIR_SEAL_SLOTS;
        }

        if (air_file_pread(seg->fd, buf, n * AIR_RECORD_SIZE,
                           seg->records_at
                           + (uint64_t) (slot + at) * AIR_RECORD_SIZE)
            != (ssize_t) (n * AIR_RECORD_SIZE))
        {
            return air_file_err(err, "cannot read the journal");
        }

        for (i = 0; i < n; i++) {
            word = air_get32(buf + (i + 1) * AIR_RECORD_SIZE - 4);

            if (word == 0) {
                return AIR_AGAIN;
            }

            if (word == AIR_RECORD_HOLE) {
                memset(buf + i * AIR_RECORD_SIZE, 0xff, AIR_RECORD_SIZE);
                seal->holes++;
            }
        }

        if (EVP_DigestUpdate(md, buf, n * AIR_RECORD_SIZE) != 1) {
            return air_err_set(err, AIR_ENOMEM, "cannot hash", 0);
        }
    }

    return AIR_OK;
}


int
air_seal_make(const air_segment_t *seg, uint32_t block, air_seal_t *seal,
    air_err_t *err)
{
    int             rc;
    EVP_MD_CTX     *md;
    unsigned char   seq[8];

    seal->seq = seg->base + (uint64_t) block * AIR_JOURNAL_BLOCK;
    seal->count = air_seal_slots(seg, block);
    seal->holes = 0;

    md = EVP_MD_CTX_new();
    if (md == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    air_put64(seq, seal->seq);

    if (EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1
        || EVP_DigestUpdate(md, seal->prev, AIR_SEAL_HASH) != 1
        || EVP_DigestUpdate(md, seq, sizeof(seq)) != 1)
    {
        rc = air_err_set(err, AIR_ENOMEM, "cannot hash", 0);

    } else {
        rc = air_seal_slots_hash(seg, block, seal, md, err);
    }

    if (rc == AIR_OK && EVP_DigestFinal_ex(md, seal->hash, NULL) != 1) {
        rc = air_err_set(err, AIR_ENOMEM, "cannot hash", 0);
    }

    EVP_MD_CTX_free(md);

    return rc;
}


/* A record read while it is written may be half of each: once more. */
static void
air_seal_again(const air_segment_t *seg, uint32_t slot, unsigned char *bytes)
{
    air_record_t  r;

    if (air_record_decode(bytes, &r) == AIR_ECORRUPT) {
        (void) air_file_pread(seg->fd, bytes, AIR_RECORD_SIZE,
                              seg->records_at
                              + (uint64_t) slot * AIR_RECORD_SIZE);
    }
}


int
air_seal_read(const air_segment_t *seg, uint32_t block, unsigned char *bytes,
    unsigned *n, air_seal_t *seal, air_err_t *err)
{
    ssize_t         got;
    uint32_t        i, slot, word;
    unsigned char  *p;

    slot = block * AIR_JOURNAL_BLOCK;

    seal->seq = seg->base + slot;
    seal->holes = 0;
    *n = 0;

    got = air_file_pread(seg->fd, bytes,
                         (size_t) air_seal_slots(seg, block)
                         * AIR_RECORD_SIZE,
                         seg->records_at + (uint64_t) slot * AIR_RECORD_SIZE);
    if (got == -1) {
        return air_file_err(err, "cannot read the journal");
    }

    for (i = 0; i < (size_t) got / AIR_RECORD_SIZE; i++) {
        p = bytes + (size_t) i * AIR_RECORD_SIZE;
        word = air_get32(p + AIR_RECORD_SIZE - 4);

        if (word == 0) {
            break;
        }

        if (word == AIR_RECORD_HOLE) {
            memset(p, 0xff, AIR_RECORD_SIZE);
            seal->holes++;

        } else {
            air_seal_again(seg, slot + i, p);
        }
    }

    *n = i;

    return AIR_OK;
}


int
air_seal_find(int journalfd, uint64_t seq, air_seal_t *seal, air_err_t *err)
{
    int                 rc;
    unsigned            i;
    air_segment_t       seg;
    air_segment_list_t  list;

    rc = air_segment_list(journalfd, &list, err);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = AIR_ENOENT;

    for (i = list.n; i-- > 0; ) {

        if (air_segment_open(&seg, journalfd, list.number[i], 0, err)
            != AIR_OK)
        {
            continue;
        }

        if (seq >= seg.base) {

            if (seq - seg.base < seg.slots) {
                rc = air_seal_get(&seg, (uint32_t) ((seq - seg.base)
                                                    / AIR_JOURNAL_BLOCK),
                                  seal);
            }

            air_segment_close(&seg);
            break;
        }

        air_segment_close(&seg);
    }

    free(list.number);

    return rc == AIR_OK ? rc : air_err_set(err, rc, "no such seal", 0);
}
