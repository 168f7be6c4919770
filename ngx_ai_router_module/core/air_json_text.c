
/*
 * The text of JSON strings and numbers.  Everything here trusts the scan:
 * escapes are whole and their hexadecimal digits are digits.
 */

#include "air_json_text.h"
#include "air_utf8.h"


#define AIR_JSON_NO_CODE  0xfffdu


/* Walks the decoded bytes of a string. */
typedef struct {
    const unsigned char  *p;
    const unsigned char  *last;
    unsigned              escaped;     /* a backslash is an escape    */
    size_t                n;           /* bytes of an escape, in out  */
    size_t                i;           /* how many of them are read   */
    unsigned char         out[4];
} air_json_walk_t;


air_json_text_t
air_json_node_text(const air_json_doc_t *doc, const air_json_node_t *node)
{
    air_json_text_t  text;

    text.raw = air_json_raw(doc, node);
    text.escaped = node->escaped;

    return text;
}


air_json_text_t
air_json_node_key(const air_json_doc_t *doc, const air_json_node_t *node)
{
    air_json_text_t  text;

    text.raw = air_json_key(doc, node);
    text.escaped = node->key_escaped;

    return text;
}


static unsigned
air_json_hex4(const unsigned char *p)
{
    unsigned  i, code, digit;

    code = 0;

    for (i = 0; i < 4; i++) {
        digit = p[i] <= '9' ? p[i] - 0x30u : (p[i] | 0x20u) - 'a' + 10;
        code = code << 4 | digit;
    }

    return code;
}


size_t
air_json_unescape(const unsigned char **p, const unsigned char *last,
    unsigned char *out)
{
    unsigned              code, low;
    const unsigned char  *q;

    q = *p + 2;
    *p = q;

    switch (q[-1]) {

    case 'b':
        *out = '\b';
        return 1;

    case 'f':
        *out = '\f';
        return 1;

    case 'n':
        *out = '\n';
        return 1;

    case 'r':
        *out = '\r';
        return 1;

    case 't':
        *out = '\t';
        return 1;

    case 'u':
        break;

    default:
        *out = q[-1];
        return 1;
    }

    code = air_json_hex4(q);
    q += 4;

    if (code >= 0xd800 && code < 0xe000) {
        low = 0;

        if (code < 0xdc00 && last - q >= 6 && q[0] == '\\' && q[1] == 'u') {
            low = air_json_hex4(q + 2);
        }

        if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            q += 6;

        } else {
            code = AIR_JSON_NO_CODE;
        }
    }

    *p = q;

    return air_utf8_put(out, code);
}


static void
air_json_walk_init(air_json_walk_t *walk, air_json_text_t text)
{
    walk->p = text.raw.data;
    walk->last = text.raw.data + text.raw.len;
    walk->escaped = text.escaped;
    walk->n = 0;
    walk->i = 0;
}


/* The next decoded byte, or -1 at the end. */
static int
air_json_walk(air_json_walk_t *walk)
{
    if (walk->i < walk->n) {
        return walk->out[walk->i++];
    }

    if (walk->p == walk->last) {
        return -1;
    }

    if (*walk->p != '\\' || !walk->escaped) {
        return *walk->p++;
    }

    walk->n = air_json_unescape(&walk->p, walk->last, walk->out);
    walk->i = 1;

    return walk->out[0];
}


int
air_json_text_cmp(air_json_text_t a, air_json_text_t b)
{
    int              c, d, rc;
    size_t           n;
    air_json_walk_t  x, y;

    if (!a.escaped && !b.escaped) {
        n = a.raw.len < b.raw.len ? a.raw.len : b.raw.len;

        rc = n != 0 ? memcmp(a.raw.data, b.raw.data, n) : 0;
        if (rc != 0) {
            return rc;
        }

        return (a.raw.len > b.raw.len) - (a.raw.len < b.raw.len);
    }

    air_json_walk_init(&x, a);
    air_json_walk_init(&y, b);

    do {
        c = air_json_walk(&x);
        d = air_json_walk(&y);
    } while (c == d && c != -1);

    return c - d;
}


static uint64_t
air_json_mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;

    return hash ^ hash >> 32;
}


/* Ends the hash of n bytes, of which the last n % 8 at p are not in it yet. */
static uint64_t
air_json_mix_tail(uint64_t hash, const unsigned char *p, size_t n)
{
    size_t    i;
    uint64_t  word;

    word = n;

    for (i = 0; i < n % 8; i++) {
        word = word << 8 | p[i];
    }

    return air_json_mix(hash, word);
}


uint64_t
air_json_text_hash(air_json_text_t text)
{
    int                   c;
    size_t                n;
    uint64_t              hash, word;
    unsigned char         bytes[8];
    air_json_walk_t       walk;
    const unsigned char  *p, *last;

    hash = 0;

    if (!text.escaped) {
        p = text.raw.data;

        for (last = p + text.raw.len; last - p >= 8; p += 8) {
            memcpy(&word, p, 8);
            hash = air_json_mix(hash, word);
        }

        return air_json_mix_tail(hash, p, text.raw.len);
    }

    air_json_walk_init(&walk, text);

    for (n = 0; (c = air_json_walk(&walk)) != -1; n++) {
        bytes[n % 8] = (unsigned char) c;

        if (n % 8 == 7) {
            memcpy(&word, bytes, 8);
            hash = air_json_mix(hash, word);
        }
    }

    return air_json_mix_tail(hash, bytes, n);
}


const unsigned char *
air_json_number_end(const unsigned char *p, const unsigned char *last)
{
    const unsigned char  *digits;

    if (p < last && *p == '-') {
        p++;
    }

    if (p < last && *p == '0') {
        p++;

    } else {
        for (digits = p; p < last && *p >= '0' && *p <= '9'; p++) { /* void */ }

        if (p == digits) {
            return NULL;
        }
    }

    if (p < last && *p == '.') {
        p++;

        for (digits = p; p < last && *p >= '0' && *p <= '9'; p++) { /* void */ }

        if (p == digits) {
            return NULL;
        }
    }

    if (p < last && (*p == 'e' || *p == 'E')) {
        p++;

        if (p < last && (*p == '+' || *p == '-')) {
            p++;
        }

        for (digits = p; p < last && *p >= '0' && *p <= '9'; p++) { /* void */ }

        if (p == digits) {
            return NULL;
        }
    }

    return p;
}
