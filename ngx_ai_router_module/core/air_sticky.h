
/*
 * Where a conversation's prompt lies in a cache: which target answered it
 * last, how much of it was cached there, and for how long.
 *
 * The table is shared by many processes without a lock, has a fixed size and
 * forgets: a conversation that finds its places taken drives out the one that
 * ends first.  Two words an entry; the first is the key, mixed with the
 * second, so that a pair that was written half is nobody's.
 */

#ifndef _AIR_STICKY_H_INCLUDED_
#define _AIR_STICKY_H_INCLUDED_


#include "air_price.h"


#define AIR_STICKY_SECRET  16
#define AIR_STICKY_WAYS    4          /* places that a key may have         */
#define AIR_STICKY_TARGET  0x3fff     /* the largest target                 */

/* the least prompt that vendors cache by themselves, in tokens (OpenAI and
   Google, 2026-09) */
#define AIR_STICKY_LEAST   1024


typedef struct {
    uint64_t  mixed;
    uint64_t  value;              /* 0: empty                               */
} air_sticky_slot_t;


/* what is remembered; tokens are within 6.25 % and at most 1,048,575 */
typedef struct {
    uint32_t  target;             /* up to AIR_STICKY_TARGET                */
    uint64_t  cached;             /* of the prompt, in the vendor's cache   */
    uint64_t  input;              /* of the prompt, all                     */
    uint64_t  output;
    unsigned  longer:1;           /* the caller pays for an hour            */
} air_sticky_t;


/* what one target takes for a token, pUSD; AIR_UNKNOWN */
typedef struct {
    uint64_t  in;
    uint64_t  cached;
    uint64_t  out;
} air_sticky_rates_t;


/* A key in the making: SipHash-2-4, so that callers without the secret cannot
   find two conversations with one key. */
typedef struct {
    uint64_t       v[4];
    uint64_t       len;
    unsigned char  rest[8];
} air_sticky_key_t;


/* Begins a key with AIR_STICKY_SECRET bytes. */
void air_sticky_begin(air_sticky_key_t *key, const unsigned char *secret);

/* Adds a text, its length included: "ab", "c" is another key than "a", "bc".
   Of a text of more than 4 KB its first 3 and its last KB. */
void air_sticky_add(air_sticky_key_t *key, air_str_t text);

/* The key, never 0; the state is used up. */
uint64_t air_sticky_end(air_sticky_key_t *key);

/* 1 when key is remembered and not over at now_s (UTC). */
int air_sticky_find(air_sticky_slot_t *slot, uint32_t n, uint64_t key,
    uint64_t now_s, air_sticky_t *sticky);

/* Remembers it for so many seconds, at most 86400.  n slots are a multiple of
   AIR_STICKY_WAYS. */
void air_sticky_keep(air_sticky_slot_t *slot, uint32_t n, uint64_t key,
    uint64_t now_s, uint32_t seconds, const air_sticky_t *sticky);

/*
 * 1 when it is cheaper to stay: what the cached tokens save at the target that
 * has them (own) is more than it costs more than the other without a cache,
 * for a request like the last one.  0 where a rate is unknown.
 */
int air_sticky_pays(const air_sticky_t *sticky, const air_sticky_rates_t *own,
    const air_sticky_rates_t *other);

/*
 * Seconds for which a vendor of that protocol keeps a prompt after its last
 * use: Anthropic and Bedrock 5 minutes, or an hour when longer is paid for;
 * Google 5 (3 to 5 on average); others 10, as OpenRouter, which OpenAI gives
 * as 5 to 10 (OpenRouter, Prompt Caching, 2026-09).
 */
uint32_t air_sticky_lifetime(const char *protocol, int longer);

/* 1 when vendors of that protocol cache without being told to. */
int air_sticky_implicit(const char *protocol);


#endif /* _AIR_STICKY_H_INCLUDED_ */
