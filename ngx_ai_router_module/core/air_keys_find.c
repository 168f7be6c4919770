
/*
 * Keys by hash, searched without looking at what is found: two tables of
 * groups of rows, in one of which each key stands (cuckoo hashing), and of
 * which every look-up reads both to their ends.
 */

/* one block of SHA-256; what finds its code among providers takes longer */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "air_keys.h"
#include "air_draw.h"

#include <stdlib.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>


#define AIR_KEYS_MOVES  1000      /* rows that make room for one            */
#define AIR_KEYS_SALTS  64        /* tries                                  */


/* What keys are ordered by: no two of a file have the same. */
static uint64_t
air_keys_head(const unsigned char *hash)
{
    unsigned  i;
    uint64_t  head;

    for (head = 0, i = 0; i < 8; i++) {
        head = head << 8 | hash[i];
    }

    return head;
}


static int
air_keys_cmp(const void *one, const void *two)
{
    uint64_t  a, b;

    a = air_keys_head(((const air_key_t *) one)->hash);
    b = air_keys_head(((const air_key_t *) two)->hash);

    return a < b ? -1 : a > b;
}


/* Where the group of a hash begins in each of the two tables. */
static void
air_keys_groups(const air_keys_t *keys, const uint64_t *hash, size_t *at)
{
    uint64_t  one, two;

    /* of no two keys of a file the first word is the same */

    one = air_mix(hash[0] ^ keys->salt);
    two = air_mix(one);

    at[0] = (size_t) ((one >> 32) * keys->groups >> 32) * AIR_KEYS_GROUP;
    at[1] = (size_t) (((two >> 32) * keys->groups >> 32) + keys->groups)
            * AIR_KEYS_GROUP;
}


/* Puts a row into one of its groups; when both are full another row, drawn,
   moves to its other one.  AIR_ELIMIT when that went on too long. */
static int
air_keys_put(const air_keys_t *keys, air_key_row_t row, uint64_t *draw)
{
    size_t          at[2];
    unsigned        k, i, moves;
    air_key_row_t  *to, moved;

    for (moves = 0; moves < AIR_KEYS_MOVES; moves++) {
        air_keys_groups(keys, row.hash, at);

        for (k = 0; k < 2; k++) {
            for (i = 0; i < AIR_KEYS_GROUP; i++) {
                if (keys->row[at[k] + i].number == 0) {
                    keys->row[at[k] + i] = row;
                    return AIR_OK;
                }
            }
        }

        i = (unsigned) (air_draw(draw) % (2 * AIR_KEYS_GROUP));
        to = &keys->row[at[i / AIR_KEYS_GROUP] + i % AIR_KEYS_GROUP];

        moved = *to;
        *to = row;
        row = moved;
    }

    return AIR_ELIMIT;
}


/* All rows by that salt, in room for three of five: AIR_OK, AIR_ENOMEM, or
   AIR_ELIMIT, which another salt mends. */
static int
air_keys_place(air_keys_t *keys, const air_mem_t *mem)
{
    int             rc;
    size_t          size, line;
    uint64_t        draw;
    unsigned        i;
    unsigned char  *p;
    air_key_row_t   row;

    line = sizeof(air_key_row_t);

    if (keys->row == NULL) {
        keys->groups = keys->n * 5 / (6 * AIR_KEYS_GROUP) + 1;
        size = 2 * (size_t) keys->groups * AIR_KEYS_GROUP * line;

        p = air_mem_get(mem, size + line);
        if (p == NULL) {
            return AIR_ENOMEM;
        }

        /* a row that crossed a line would be read slower than others */

        p += (line - (uintptr_t) p % line) % line;
        keys->row = (air_key_row_t *) (void *) p;
    }

    size = 2 * (size_t) keys->groups * AIR_KEYS_GROUP * line;
    memset(keys->row, 0, size);

    draw = keys->salt;
    rc = AIR_OK;

    for (i = 0; i < keys->n && rc == AIR_OK; i++) {
        memset(&row, 0, sizeof(row));
        memcpy(row.hash, keys->key[i].hash, AIR_KEY_HASH);
        row.expires_ms = keys->key[i].expires_ms;
        row.revoked_ms = keys->key[i].revoked_ms;
        row.number = (uint64_t) i + 1;

        rc = air_keys_put(keys, row, &draw);
    }

    return rc;
}


int
air_keys_index(air_keys_t *keys, uint64_t salt, const air_mem_t *mem,
    unsigned *line)
{
    int       rc;
    unsigned  i;

    qsort(keys->key, keys->n, sizeof(air_key_t), air_keys_cmp);

    for (i = 1; i < keys->n; i++) {
        if (air_keys_cmp(&keys->key[i], &keys->key[i - 1]) == 0) {
            *line = keys->key[i].line > keys->key[i - 1].line
                    ? keys->key[i].line : keys->key[i - 1].line;
            return AIR_EINVAL;
        }
    }

    keys->row = NULL;
    keys->salt = salt;

    for (i = 0; i < AIR_KEYS_SALTS; i++) {
        rc = air_keys_place(keys, mem);

        if (rc != AIR_ELIMIT) {
            return rc;
        }

        keys->salt = air_mix(keys->salt);
    }

    return AIR_ENOMEM;
}


void
air_key_hash(air_str_t secret, unsigned char *hash)
{
    SHA256_CTX  sha;

    (void) SHA256_Init(&sha);
    (void) SHA256_Update(&sha, secret.data, secret.len);
    (void) SHA256_Final(hash, &sha);

    OPENSSL_cleanse(&sha, sizeof(sha));
}


/* All ones when they are equal, else 0. */
static uint64_t
air_keys_same(const uint64_t *one, const uint64_t *two)
{
    uint64_t  differ;

    differ = (one[0] ^ two[0]) | (one[1] ^ two[1]) | (one[2] ^ two[2])
             | (one[3] ^ two[3]);

    return ((differ | (0 - differ)) >> 63) - 1;
}


/* All ones when one is not above two, neither far below 0. */
static uint64_t
air_keys_past(int64_t one, int64_t two)
{
    return (((uint64_t) two - (uint64_t) one) >> 63) - 1;
}


air_key_state_e
air_keys_find(const air_keys_t *keys, air_str_t secret, int64_t now_ms,
    unsigned char *hash, const air_key_t **key)
{
    size_t                at[2];
    uint64_t              want[AIR_KEY_HASH / 8], same, number, what;
    unsigned              k, i;
    const air_key_row_t  *row;

    static const air_key_state_e  states[] = {
        AIR_KEY_UNKNOWN, AIR_KEY_UNKNOWN, AIR_KEY_UNKNOWN, AIR_KEY_UNKNOWN,
        AIR_KEY_GOOD, AIR_KEY_EXPIRED, AIR_KEY_REVOKED, AIR_KEY_REVOKED
    };

    *key = NULL;

    if (secret.len > AIR_KEY_SECRET) {
        secret.len = AIR_KEY_SECRET;
    }

    air_key_hash(secret, hash);
    memcpy(want, hash, AIR_KEY_HASH);

    if (keys->row == NULL) {
        return AIR_KEY_UNKNOWN;
    }

    air_keys_groups(keys, want, at);

    number = 0;
    what = 0;

    for (k = 0; k < 2; k++) {
        row = &keys->row[at[k]];

        for (i = 0; i < AIR_KEYS_GROUP; i++) {
            same = air_keys_same(row[i].hash, want);

            number |= same & row[i].number;
            what |= same & (4 | (air_keys_past(row[i].revoked_ms, now_ms) & 2)
                            | (air_keys_past(row[i].expires_ms, now_ms) & 1));
        }
    }

    *key = (const air_key_t *) (((uintptr_t) keys->key
                                 + (number - 1) * sizeof(air_key_t))
                                & (0 - (uintptr_t) (what >> 2)));

    return states[what];
}
