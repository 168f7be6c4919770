
/*
 * Hashing records in memory.
 */


#include "air_chain.h"
#include "air_le.h"

#include <openssl/evp.h>

#include <stdio.h>


/* A context that has the hash before and the position. */
static EVP_MD_CTX *
air_chain_begin(const unsigned char *prev, uint64_t seq)
{
    EVP_MD_CTX     *md;
    unsigned char   at[8];

    md = EVP_MD_CTX_new();
    if (md == NULL) {
        return NULL;
    }

    air_put64(at, seq);

    if (EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1
        || EVP_DigestUpdate(md, prev, AIR_CHAIN_HASH) != 1
        || EVP_DigestUpdate(md, at, sizeof(at)) != 1)
    {
        EVP_MD_CTX_free(md);
        return NULL;
    }

    return md;
}


int
air_chain_hash(const unsigned char *prev, uint64_t seq,
    const unsigned char *records, unsigned n, unsigned char *hash)
{
    int          good;
    EVP_MD_CTX  *md;

    md = air_chain_begin(prev, seq);

    good = md != NULL
           && EVP_DigestUpdate(md, records, (size_t) n * AIR_RECORD_SIZE) == 1
           && EVP_DigestFinal_ex(md, hash, NULL) == 1;

    EVP_MD_CTX_free(md);

    return good ? AIR_OK : AIR_ENOMEM;
}


int
air_chain_find(const unsigned char *prev, uint64_t seq,
    const unsigned char *records, unsigned n, const unsigned char *sought,
    unsigned *at)
{
    int             good;
    unsigned        i;
    EVP_MD_CTX     *md, *copy;
    unsigned char   hash[AIR_CHAIN_HASH];

    md = air_chain_begin(prev, seq);
    copy = EVP_MD_CTX_new();
    good = md != NULL && copy != NULL;
    *at = 0;

    for (i = 0; i < n && good; i++) {

        good = EVP_DigestUpdate(md, records + (size_t) i * AIR_RECORD_SIZE,
                                AIR_RECORD_SIZE) == 1
               && EVP_MD_CTX_copy_ex(copy, md) == 1
               && EVP_DigestFinal_ex(copy, hash, NULL) == 1;

        if (good && memcmp(hash, sought, AIR_CHAIN_HASH) == 0) {
            *at = i + 1;
            break;
        }
    }

    EVP_MD_CTX_free(md);
    EVP_MD_CTX_free(copy);

    return good ? AIR_OK : AIR_ENOMEM;
}


void
air_chain_text(const unsigned char *hash, char *text)
{
    unsigned  i;

    for (i = 0; i < AIR_CHAIN_HASH; i++) {
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
    }
}


static int
air_chain_digit(unsigned char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


int
air_chain_read(air_str_t text, unsigned char *hash)
{
    int       hi, lo;
    unsigned  i;

    if (text.len != 2 * AIR_CHAIN_HASH) {
        return AIR_EINVAL;
    }

    for (i = 0; i < AIR_CHAIN_HASH; i++) {
        hi = air_chain_digit(text.data[2 * i]);
        lo = air_chain_digit(text.data[2 * i + 1]);

        if (hi < 0 || lo < 0) {
            return AIR_EINVAL;
        }

        hash[i] = (unsigned char) (hi << 4 | lo);
    }

    return AIR_OK;
}
