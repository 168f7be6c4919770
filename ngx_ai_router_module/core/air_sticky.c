
/*
 * An open-addressed table of conversations without a lock, and the sums that
 * say whether a cached prompt is worth staying for.
 *
 * The second word of an entry, from its highest bit: when it is over (21 bits
 * of 2 s, which come round after 48 days: an older entry is at worst a wrong
 * hint), longer (1), output, input, cached tokens (8 each, by octaves), and
 * the target + 1 (14), which is never 0.
 */

#include "air_sticky.h"

#include <string.h>


#define AIR_STICKY_TICK   2           /* s                                  */
#define AIR_STICKY_TICKS  0x1fffff
#define AIR_STICKY_HEAD   3072
#define AIR_STICKY_TAIL   1024
#define AIR_STICKY_MOST   86400       /* s                                  */


static uint64_t
air_sticky_rotate(uint64_t x, unsigned n)
{
    return (x << n) | (x >> (64 - n));
}


static void
air_sticky_round(uint64_t *v)
{
    v[0] += v[1];
    v[1] = air_sticky_rotate(v[1], 13) ^ v[0];
    v[0] = air_sticky_rotate(v[0], 32);
    v[2] += v[3];
    v[3] = air_sticky_rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = air_sticky_rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = air_sticky_rotate(v[1], 17) ^ v[2];
    v[2] = air_sticky_rotate(v[2], 32);
}


static uint64_t
air_sticky_word(const unsigned char *p)
{
    return (uint64_t) p[0] | (uint64_t) p[1] << 8 | (uint64_t) p[2] << 16
           | (uint64_t) p[3] << 24 | (uint64_t) p[4] << 32
           | (uint64_t) p[5] << 40 | (uint64_t) p[6] << 48
           | (uint64_t) p[7] << 56;
}


void
air_sticky_begin(air_sticky_key_t *key, const unsigned char *secret)
{
    uint64_t  a, b;

    a = air_sticky_word(secret);
    b = air_sticky_word(secret + 8);

    key->v[0] = a ^ 0x736f6d6570736575;
    key->v[1] = b ^ 0x646f72616e646f6d;
    key->v[2] = a ^ 0x6c7967656e657261;
    key->v[3] = b ^ 0x7465646279746573;
    key->len = 0;
}


static void
air_sticky_bytes(air_sticky_key_t *key, const unsigned char *p, size_t n)
{
    size_t    have, take;
    uint64_t  m;

    have = key->len & 7;
    key->len += n;

    if (have != 0) {
        take = n < 8 - have ? n : 8 - have;
        memcpy(key->rest + have, p, take);
        p += take;
        n -= take;

        if (have + take < 8) {
            return;
        }

        m = air_sticky_word(key->rest);
        key->v[3] ^= m;
        air_sticky_round(key->v);
        air_sticky_round(key->v);
        key->v[0] ^= m;
    }

    for ( /* void */ ; n >= 8; p += 8, n -= 8) {
        m = air_sticky_word(p);
        key->v[3] ^= m;
        air_sticky_round(key->v);
        air_sticky_round(key->v);
        key->v[0] ^= m;
    }

    if (n != 0) {
        memcpy(key->rest, p, n);
    }
}


void
air_sticky_add(air_sticky_key_t *key, air_str_t text)
{
    unsigned       i;
    unsigned char  len[8];

    for (i = 0; i < 8; i++) {
        len[i] = (unsigned char) ((uint64_t) text.len >> (8 * i));
    }

    air_sticky_bytes(key, len, 8);

    if (text.len == 0) {
        return;
    }

    if (text.len <= AIR_STICKY_HEAD + AIR_STICKY_TAIL) {
        air_sticky_bytes(key, text.data, text.len);
        return;
    }

    air_sticky_bytes(key, text.data, AIR_STICKY_HEAD);
    air_sticky_bytes(key, text.data + text.len - AIR_STICKY_TAIL,
                     AIR_STICKY_TAIL);
}


uint64_t
air_sticky_end(air_sticky_key_t *key)
{
    size_t    have;
    uint64_t  m, n;

    have = key->len & 7;
    memset(key->rest + have, 0, 8 - have);

    m = air_sticky_word(key->rest) | key->len << 56;

    key->v[3] ^= m;
    air_sticky_round(key->v);
    air_sticky_round(key->v);
    key->v[0] ^= m;
    key->v[2] ^= 0xff;

    air_sticky_round(key->v);
    air_sticky_round(key->v);
    air_sticky_round(key->v);
    air_sticky_round(key->v);

    n = key->v[0] ^ key->v[1] ^ key->v[2] ^ key->v[3];

    return n != 0 ? n : 1;
}


/* tokens in eight bits: exact below 8, then eight to each doubling */
static uint64_t
air_sticky_pack(uint64_t n)
{
    unsigned  e;

    if (n < 8) {
        return n;
    }

    if (n >= 1 << 20) {
        n = (1 << 20) - 1;
    }

    e = 63 - __builtin_clzll(n);

    return (e - 2) * 8 + ((n >> (e - 3)) & 7);
}


static uint64_t
air_sticky_unpack(uint64_t i)
{
    unsigned  e;

    if (i < 8) {
        return i;
    }

    e = (unsigned) (i / 8 + 2);

    return ((8 + i % 8) << (e - 3)) + ((1ull << (e - 3)) >> 1);
}


static air_sticky_slot_t *
air_sticky_ways(air_sticky_slot_t *slot, uint32_t n, uint64_t key)
{
    return slot + (key >> 32) * (n / AIR_STICKY_WAYS) / 4294967296ull
                  * AIR_STICKY_WAYS;
}


/* Ticks that an entry has left, 0 when it is over or empty. */
static uint64_t
air_sticky_left(uint64_t value, uint64_t now)
{
    uint64_t  left;

    left = ((value >> 43) - now) & AIR_STICKY_TICKS;

    return value == 0 || left > AIR_STICKY_MOST / AIR_STICKY_TICK + 1
           ? 0 : left;
}


int
air_sticky_find(air_sticky_slot_t *slot, uint32_t n, uint64_t key,
    uint64_t now_s, air_sticky_t *sticky)
{
    unsigned            i;
    uint64_t            mixed, value;
    air_sticky_slot_t  *s;

    if (n < AIR_STICKY_WAYS) {
        return 0;
    }

    s = air_sticky_ways(slot, n, key);

    for (i = 0; i < AIR_STICKY_WAYS; i++) {

        mixed = __atomic_load_n(&s[i].mixed, __ATOMIC_RELAXED);
        value = __atomic_load_n(&s[i].value, __ATOMIC_RELAXED);

        if ((mixed ^ value) != key || value == 0) {
            continue;
        }

        if (air_sticky_left(value, now_s / AIR_STICKY_TICK) == 0) {
            return 0;
        }

        sticky->target = (uint32_t) (value & AIR_STICKY_TARGET) - 1;
        sticky->cached = air_sticky_unpack((value >> 14) & 0xff);
        sticky->input = air_sticky_unpack((value >> 22) & 0xff);
        sticky->output = air_sticky_unpack((value >> 30) & 0xff);
        sticky->longer = (value >> 38) & 1;

        return 1;
    }

    return 0;
}


void
air_sticky_keep(air_sticky_slot_t *slot, uint32_t n, uint64_t key,
    uint64_t now_s, uint32_t seconds, const air_sticky_t *sticky)
{
    unsigned            i, place;
    uint64_t            mixed, value, left, least, now;
    air_sticky_slot_t  *s;

    if (sticky->target >= AIR_STICKY_TARGET || n < AIR_STICKY_WAYS) {
        return;
    }

    s = air_sticky_ways(slot, n, key);
    now = now_s / AIR_STICKY_TICK;
    place = 0;
    least = UINT64_MAX;

    for (i = 0; i < AIR_STICKY_WAYS; i++) {

        mixed = __atomic_load_n(&s[i].mixed, __ATOMIC_RELAXED);
        value = __atomic_load_n(&s[i].value, __ATOMIC_RELAXED);

        if (value != 0 && (mixed ^ value) == key) {
            place = i;
            break;
        }

        left = air_sticky_left(value, now);

        if (left < least) {
            least = left;
            place = i;
        }
    }

    if (seconds > AIR_STICKY_MOST) {
        seconds = AIR_STICKY_MOST;
    }

    now += seconds / AIR_STICKY_TICK;

    value = (now & AIR_STICKY_TICKS) << 43
            | (uint64_t) (sticky->longer != 0) << 38
            | air_sticky_pack(sticky->output) << 30
            | air_sticky_pack(sticky->input) << 22
            | air_sticky_pack(sticky->cached) << 14
            | (sticky->target + 1);

    __atomic_store_n(&s[place].value, value, __ATOMIC_RELAXED);
    __atomic_store_n(&s[place].mixed, key ^ value, __ATOMIC_RELAXED);
}


int
air_sticky_pays(const air_sticky_t *sticky, const air_sticky_rates_t *own,
    const air_sticky_rates_t *other)
{
    uint64_t           input, cached;
    unsigned __int128  stay, leave;

    if (own->in == AIR_UNKNOWN || own->cached == AIR_UNKNOWN
        || own->out == AIR_UNKNOWN || other->in == AIR_UNKNOWN
        || other->out == AIR_UNKNOWN || own->cached >= own->in)
    {
        return 0;
    }

    cached = sticky->cached;
    input = sticky->input > cached ? sticky->input : cached;

    stay = (unsigned __int128) cached * own->cached
           + (unsigned __int128) (input - cached) * own->in
           + (unsigned __int128) sticky->output * own->out;

    leave = (unsigned __int128) input * other->in
            + (unsigned __int128) sticky->output * other->out;

    return stay < leave;
}


static int
air_sticky_is(const char *protocol, const char *name)
{
    return air_str_eqz(air_str_z(protocol), name);
}


uint32_t
air_sticky_lifetime(const char *protocol, int longer)
{
    if (air_sticky_is(protocol, "anthropic")
        || air_sticky_is(protocol, "bedrock"))
    {
        return longer ? 3600 : 300;
    }

    return air_sticky_is(protocol, "gemini") ? 300 : 600;
}


int
air_sticky_implicit(const char *protocol)
{
    return !air_sticky_is(protocol, "anthropic")
           && !air_sticky_is(protocol, "bedrock");
}
