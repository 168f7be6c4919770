
/*
 * Embeddings between protocols.  Vectors are the bulk of a reply (2,048 of
 * 3,072 numbers are allowed), so numbers are copied where both sides want
 * numbers, and read without a detour over nodes where base64 is asked for.
 */

#include <math.h>
#include <stdlib.h>

#include "air_vector.h"


#define AIR_VECTOR_NUMBER  64        /* bytes of a number that we read      */
#define AIR_VECTOR_EXACT   22        /* 10^22 is exact as a double          */

/* where a double is half way between two singles */
#define AIR_VECTOR_LOW     0x1fffffffULL
#define AIR_VECTOR_HALF    0x10000000ULL

static const char  air_vector_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";


/* bytes on their way to base64 or back */
typedef struct {
    uint32_t  bits;
    unsigned  n;
} air_vector_bits_t;


air_input_e
air_input_type(air_str_t word)
{
    size_t    k;
    unsigned  i;

    static const struct {
        air_str_t    word;
        air_input_e  type;
    }  words[] = {
        { air_str("query"), AIR_INPUT_QUERY },
        { air_str("search_query"), AIR_INPUT_QUERY },
        { air_str("retrieval_query"), AIR_INPUT_QUERY },
        { air_str("retrieval.query"), AIR_INPUT_QUERY },
        { air_str("document"), AIR_INPUT_DOCUMENT },
        { air_str("passage"), AIR_INPUT_DOCUMENT },
        { air_str("search_document"), AIR_INPUT_DOCUMENT },
        { air_str("retrieval_document"), AIR_INPUT_DOCUMENT },
        { air_str("retrieval.passage"), AIR_INPUT_DOCUMENT },
        { air_str("semantic_similarity"), AIR_INPUT_SIMILARITY },
        { air_str("similarity"), AIR_INPUT_SIMILARITY },
        { air_str("classification"), AIR_INPUT_CLASSIFICATION },
        { air_str("clustering"), AIR_INPUT_CLUSTERING }
    };

    if (word.len == 0) {
        return AIR_INPUT_UNSET;
    }

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {

        if (words[i].word.len != word.len) {
            continue;
        }

        for (k = 0; k < word.len; k++) {
            if ((word.data[k] >= 'A' && word.data[k] <= 'Z'
                 ? word.data[k] | 0x20 : word.data[k])
                != words[i].word.data[k])
            {
                break;
            }
        }

        if (k == word.len) {
            return words[i].type;
        }
    }

    return AIR_INPUT_OTHER;
}


int
air_inputs_text(const air_msg_request_t *msg)
{
    const air_item_t  *i;

    for (i = msg->inputs; i != NULL; i = i->next) {
        if (i->raw.len != 0) {
            return 0;
        }
    }

    return 1;
}


int
air_vectors_sort(air_msg_reply_t *msg, const air_mem_t *mem)
{
    uint32_t       i, n, sorted;
    air_vector_t  *v, **place;

    n = 0;
    sorted = 1;

    for (v = msg->vectors; v != NULL; v = v->next) {
        sorted &= v->index == n;
        n++;
    }

    if (sorted) {
        return AIR_OK;
    }

    place = air_mem_get(mem, n * sizeof(air_vector_t *));

    if (place == NULL) {
        return AIR_ENOMEM;
    }

    memset(place, 0, n * sizeof(air_vector_t *));

    for (v = msg->vectors; v != NULL; v = v->next) {

        if (v->index >= n || place[v->index] != NULL) {

            i = 0;

            for (v = msg->vectors; v != NULL; v = v->next) {
                v->index = i++;
            }

            return AIR_OK;
        }

        place[v->index] = v;
    }

    for (i = 0; i < n; i++) {
        place[i]->next = i + 1 < n ? place[i + 1] : NULL;
    }

    msg->vectors = place[0];
    msg->last_vector = place[n - 1];

    return AIR_OK;
}


static int
air_vector_bad(air_buf_t *b)
{
    if (b->error == AIR_OK) {
        b->error = AIR_EINVAL;
    }

    return b->error;
}


/* -------------------------------------------------------- to base64 */


/*
 * The single nearest to the number text of len bytes.  Fifteen digits and a
 * small power of ten make a double with one rounding, which is right unless
 * it lies half way between two singles; the rest is the library's.
 */
static int
air_vector_single(const unsigned char *text, size_t len, float *out)
{
    int       power, shift, sign, more;
    char      copy[AIR_VECTOR_NUMBER + 1], *end;
    size_t    i;
    double    d;
    uint64_t  digits, bits;
    unsigned  n;

    static const double  tens[AIR_VECTOR_EXACT + 1] = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
        1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
    };

    if (len == 0 || len > AIR_VECTOR_NUMBER) {
        return AIR_EINVAL;
    }

    i = text[0] == '-';
    digits = 0;
    power = 0;
    more = 0;
    n = 0;

    for ( /* void */ ; i < len; i++) {

        if (text[i] == '.') {
            more = 1;
            continue;
        }

        if (text[i] < '0' || text[i] > '9') {
            break;
        }

        digits = digits * 10 + (text[i] - '0');
        n += n != 0 || digits != 0;
        power -= more;

        if (n > 15) {
            break;
        }
    }

    if (n <= 15 && i < len && (text[i] | 0x20) == 'e' && len - i <= 4) {

        i++;
        sign = i < len && text[i] == '-' ? -1 : 1;
        i += i < len && (text[i] == '-' || text[i] == '+');

        for (shift = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
            shift = shift * 10 + (text[i] - '0');
        }

        power += sign * shift;
    }

    if (i == len && n <= 15 && power <= AIR_VECTOR_EXACT
        && power >= -AIR_VECTOR_EXACT)
    {
        d = power < 0 ? (double) digits / tens[-power]
                      : (double) digits * tens[power];

        memcpy(&bits, &d, sizeof(bits));

        /* tiny singles have fewer bits */

        if ((bits & AIR_VECTOR_LOW) != AIR_VECTOR_HALF
            && (d >= 1e-37 || digits == 0))
        {
            *out = (float) (text[0] == '-' ? -d : d);

            return isfinite(*out) ? AIR_OK : AIR_EINVAL;
        }
    }

    memcpy(copy, text, len);
    copy[len] = '\0';

    *out = strtof(copy, &end);

    return end == copy + len && isfinite(*out) ? AIR_OK : AIR_EINVAL;
}


/* up to three bytes as four digits */
static void
air_vector_quad(air_vector_bits_t *v, air_buf_t *b)
{
    unsigned       k;
    unsigned char  quad[4];

    v->bits <<= 8 * (3 - v->n);

    for (k = 0; k < 4; k++) {
        quad[k] = k <= v->n
                  ? (unsigned char) air_vector_digits[v->bits >> (18 - 6 * k)
                                                      & 63]
                  : '=';
    }

    (void) air_buf_add(b, quad, 4);

    v->bits = 0;
    v->n = 0;
}


static int
air_vector_encode(air_str_t raw, air_buf_t *b)
{
    float                 f;
    uint32_t              word;
    unsigned              k;
    air_vector_bits_t     v;
    const unsigned char  *p, *last, *start;

    v.bits = 0;
    v.n = 0;

    /* between the brackets */

    p = raw.data + 1;
    last = raw.data + raw.len - 1;

    air_buf_byte(b, '"');

    while (p < last && b->error == AIR_OK) {

        if (*p == ',' || *p <= ' ') {
            p++;
            continue;
        }

        start = p;

        while (p < last && *p != ',' && *p > ' ') {
            p++;
        }

        if (air_vector_single(start, p - start, &f) != AIR_OK) {
            return air_vector_bad(b);
        }

        memcpy(&word, &f, sizeof(word));

        for (k = 0; k < 4; k++) {
            v.bits = v.bits << 8 | (word >> 8 * k & 0xff);

            if (++v.n == 3) {
                air_vector_quad(&v, b);
            }
        }
    }

    if (v.n != 0) {
        air_vector_quad(&v, b);
    }

    return air_buf_byte(b, '"');
}


/* ------------------------------------------------------ from base64 */


/* the six bits of a digit, or 64; the padding is no digit */
static unsigned
air_vector_digit(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 0U
           : c >= 'a' && c <= 'z' ? c - 'a' + 26U
           : c >= '0' && c <= '9' ? c - '0' + 52U
           : c == '+' ? 62 : c == '/' ? 63 : 64;
}


/* digits, not 0, times 10^power as text: its length, 24 at most. */
static size_t
air_vector_text(unsigned char *to, uint64_t digits, int power)
{
    int            n, point;
    unsigned char  text[20], *p, *last;

    last = text + sizeof(text);
    p = last;

    do {
        if (p == last && digits % 10 == 0) {
            power++;

        } else {
            *--p = (unsigned char) ('0' + digits % 10);
        }

        digits /= 10;

    } while (digits != 0);

    n = (int) (last - p);
    point = n + power;
    last = to;

    if (point > 9 || point < -5) {
        *last++ = *p++;

        if (n > 1) {
            *last++ = '.';
        }

        memcpy(last, p, (size_t) n - 1);
        last += n - 1;

        *last++ = 'e';
        point--;

        if (point < 0) {
            *last++ = '-';
            point = -point;
        }

        *last++ = (unsigned char) ('0' + point / 10);
        *last++ = (unsigned char) ('0' + point % 10);

    } else if (point <= 0) {
        *last++ = '0';
        *last++ = '.';
        memset(last, '0', (size_t) -point);
        memcpy(last - point, p, (size_t) n);
        last += n - point;

    } else if (point >= n) {
        memcpy(last, p, (size_t) n);
        memset(last + n, '0', (size_t) (point - n));
        last += point;

    } else {
        memcpy(last, p, (size_t) point);
        last[point] = '.';
        memcpy(last + point + 1, p + point, (size_t) (n - point));
        last += n + 1;
    }

    return (size_t) (last - to);
}


/*
 * The single of those bits as a number.  Nine digits name it whatever the
 * last bits of the arithmetic do, as neighbours are further apart; most were
 * made from fewer.
 */
static int
air_vector_number(uint32_t word, air_buf_t *b)
{
    int            power;
    float          f, again;
    size_t         len;
    double         d;
    uint64_t       digits;
    unsigned char  text[40];

    memcpy(&f, &word, sizeof(f));

    if (!isfinite(f)) {
        return AIR_EINVAL;
    }

    if (word >> 31) {
        air_buf_byte(b, '-');
        f = -f;
    }

    if (f == 0) {
        return air_buf_byte(b, '0');
    }

    d = (double) f;
    power = 0;

    while (d >= 1e9) {
        d /= 10;
        power++;
    }

    while (d < 1e8) {
        d *= 10;
        power--;
    }

    digits = (uint64_t) (d + 0.5);
    len = air_vector_text(text, (digits + 50) / 100, power + 2);

    if (air_vector_single(text, len, &again) != AIR_OK || again != f) {
        len = air_vector_text(text, digits, power);
    }

    return air_buf_add(b, text, len);
}


static int
air_vector_decode(air_str_t raw, air_buf_t *b)
{
    size_t             i, end;
    uint32_t           word;
    unsigned           digit, nbytes, first;
    air_vector_bits_t  v;

    v.bits = 0;
    v.n = 0;
    word = 0;
    nbytes = 0;
    first = 1;

    air_buf_byte(b, '[');

    /* between the quotes, less the padding */

    end = raw.len - 1;

    while (end > 1 && raw.data[end - 1] == '=') {
        end--;
    }

    for (i = 1; i < end && b->error == AIR_OK; i++) {

        if (raw.data[i] == '\\' && raw.data[i + 1] == '/') {
            continue;
        }

        digit = air_vector_digit(raw.data[i]);

        if (digit == 64) {
            return air_vector_bad(b);
        }

        v.bits = (v.bits << 6 | digit) & 0xffff;
        v.n += 6;

        if (v.n < 8) {
            continue;
        }

        v.n -= 8;
        word |= (v.bits >> v.n & 0xff) << 8 * nbytes;

        if (++nbytes < 4) {
            continue;
        }

        if (!first) {
            air_buf_byte(b, ',');
        }

        if (air_vector_number(word, b) == AIR_EINVAL) {
            return air_vector_bad(b);
        }

        first = 0;
        word = 0;
        nbytes = 0;
    }

    if (nbytes != 0) {
        return air_vector_bad(b);
    }

    return air_buf_byte(b, ']');
}


int
air_vector_write(air_str_t raw, air_str_t encoding, air_buf_t *b)
{
    int  base64;

    if (raw.len < 2) {
        return air_vector_bad(b);
    }

    base64 = air_str_eqz(encoding, "base64");

    if (raw.data[0] == '[') {
        return base64 ? air_vector_encode(raw, b) : air_buf_str(b, raw);
    }

    if (raw.data[0] != '"') {
        return air_vector_bad(b);
    }

    return base64 ? air_buf_str(b, raw) : air_vector_decode(raw, b);
}
