
/*
 * Reading a scanned text: walking its nodes, strings decoded, numbers exact.
 * No floating point: a number is its digits and a power of ten.
 */

#include "air_json_text.h"


#define AIR_JSON_NUMBER_MAX    64      /* bytes of a number we read */
#define AIR_JSON_EXPONENT_MAX  3       /* digits of its exponent    */
#define AIR_JSON_DIGITS_FIT    18      /* digits below 2^63         */


/* digits * 10^power, without zeroes at either end. */
typedef struct {
    int            power;
    unsigned       n;
    unsigned       negative;
    unsigned char  digit[AIR_JSON_NUMBER_MAX];
} air_json_decimal_t;


static int air_json_digits(air_json_decimal_t *d, air_str_t s);
static int air_json_whole(const air_json_decimal_t *d, unsigned keep,
    uint64_t *out);
static unsigned air_json_round_up(const air_json_decimal_t *d, unsigned keep,
    uint64_t value);


const air_json_node_t *
air_json_root(const air_json_doc_t *doc)
{
    return doc->n != 0 ? doc->nodes : NULL;
}


const air_json_node_t *
air_json_first(const air_json_doc_t *doc, const air_json_node_t *parent)
{
    (void) doc;

    if (parent == NULL || parent->count == 0) {
        return NULL;
    }

    return parent + 1;
}


const air_json_node_t *
air_json_next(const air_json_doc_t *doc, const air_json_node_t *node)
{
    if (node == NULL || node->next == 0) {
        return NULL;
    }

    return &doc->nodes[node->next];
}


static inline int
air_json_same(const unsigned char *key, const unsigned char *name, size_t len)
{
    return len == 0 || (*key == *name && memcmp(key, name, len) == 0);
}


/* 1 when the member's key, which has escapes, is name. */
static int
air_json_called(const air_json_doc_t *doc, const air_json_node_t *node,
    air_str_t name)
{
    air_json_text_t  text;

    text.raw = name;
    text.escaped = 0;

    return air_json_text_cmp(air_json_node_key(doc, node), text) == 0;
}


const air_json_node_t *
air_json_get(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name)
{
    size_t                  len;
    const unsigned char    *text;
    const air_json_node_t  *node;

    if (object == NULL || object->type != AIR_JSON_OBJECT
        || object->count == 0)
    {
        return NULL;
    }

    len = strlen(name);
    text = doc->text.data;

    for (node = object + 1; /* void */; node = &doc->nodes[node->next]) {

        if (node->key_escaped) {

            if (air_json_called(doc, node, air_str_n(name, len))) {
                return node;
            }

        } else if (node->key_end - node->key_start == len
                   && air_json_same(text + node->key_start,
                                    (const unsigned char *) name, len))
        {
            return node;
        }

        if (node->next == 0) {
            return NULL;
        }
    }
}


/* Which of the names a member has, or n. */
static inline unsigned
air_json_which(const air_json_doc_t *doc, const air_json_node_t *node,
    const air_str_t *names, unsigned n)
{
    size_t                len;
    unsigned              i;
    const unsigned char  *key;

    len = node->key_end - node->key_start;
    key = doc->text.data + node->key_start;

    if (node->key_escaped) {
        for (i = 0; i < n; i++) {
            if (air_json_called(doc, node, names[i])) {
                break;
            }
        }

        return i;
    }

    for (i = 0; i < n; i++) {
        if (names[i].len == len && air_json_same(key, names[i].data, len)) {
            break;
        }
    }

    return i;
}


void
air_json_pick(const air_json_doc_t *doc, const air_json_node_t *object,
    const air_str_t *names, unsigned n, const air_json_node_t **found)
{
    unsigned                i;
    const air_json_node_t  *node;

    for (i = 0; i < n; i++) {
        found[i] = NULL;
    }

    if (object == NULL || object->type != AIR_JSON_OBJECT
        || object->count == 0)
    {
        return;
    }

    for (node = object + 1; /* void */; node = &doc->nodes[node->next]) {
        i = air_json_which(doc, node, names, n);

        if (i < n && found[i] == NULL) {
            found[i] = node;
        }

        if (node->next == 0) {
            return;
        }
    }
}


air_str_t
air_json_raw(const air_json_doc_t *doc, const air_json_node_t *node)
{
    return air_str_n(doc->text.data + node->start, node->end - node->start);
}


air_str_t
air_json_key(const air_json_doc_t *doc, const air_json_node_t *node)
{
    return air_str_n(doc->text.data + node->key_start,
                     node->key_end - node->key_start);
}


int
air_json_is(const air_json_doc_t *doc, const air_json_node_t *node,
    const char *text)
{
    air_json_text_t  want;

    if (node == NULL || node->type != AIR_JSON_STRING) {
        return 0;
    }

    want.raw = air_str_z(text);
    want.escaped = 0;

    if (!node->escaped) {
        return air_str_eq(air_json_raw(doc, node), want.raw);
    }

    return air_json_text_cmp(air_json_node_text(doc, node), want) == 0;
}


int
air_json_string(const air_json_doc_t *doc, const air_json_node_t *node,
    const air_mem_t *mem, air_str_t *out)
{
    size_t                n;
    air_str_t             raw;
    unsigned char        *q;
    const unsigned char  *p, *run, *last;

    if (node == NULL || node->type != AIR_JSON_STRING) {
        return AIR_EINVAL;
    }

    raw = air_json_raw(doc, node);

    if (!node->escaped) {
        *out = raw;
        return AIR_OK;
    }

    /* no escape is shorter than what it stands for */

    q = air_mem_get(mem, raw.len);
    if (q == NULL) {
        return AIR_ENOMEM;
    }

    out->data = q;

    p = raw.data;
    last = p + raw.len;

    while (p < last) {
        run = p;

        p = memchr(run, '\\', (size_t) (last - run));
        if (p == NULL) {
            p = last;
        }

        n = (size_t) (p - run);
        memcpy(q, run, n);
        q += n;

        if (p < last) {
            q += air_json_unescape(&p, last, q);
        }
    }

    out->len = (size_t) (q - out->data);

    return AIR_OK;
}


int
air_json_uint(const air_json_doc_t *doc, const air_json_node_t *node,
    uint64_t *out)
{
    int                 rc;
    uint32_t            i;
    uint64_t            value;
    unsigned char       c;
    air_json_decimal_t  d;

    if (node == NULL || node->type != AIR_JSON_NUMBER) {
        return AIR_EINVAL;
    }

    /* most are a few digits and no more */

    if (node->end - node->start <= AIR_JSON_DIGITS_FIT) {
        value = 0;

        for (i = node->start; i < node->end; i++) {
            c = doc->text.data[i];

            if (c < '0' || c > '9') {
                break;
            }

            value = value * 10 + (c - '0');
        }

        if (i == node->end) {
            *out = value;
            return AIR_OK;
        }
    }

    rc = air_json_digits(&d, air_json_raw(doc, node));
    if (rc != AIR_OK) {
        return rc;
    }

    if (d.power < 0) {
        return AIR_EINVAL;
    }

    return air_json_whole(&d, d.n, out);
}


int
air_json_decimal(const air_json_doc_t *doc, const air_json_node_t *node,
    unsigned scale, uint64_t *out)
{
    int                 rc;
    unsigned            keep, drop;
    uint64_t            value;
    air_json_decimal_t  d;

    if (node == NULL
        || (node->type != AIR_JSON_NUMBER && node->type != AIR_JSON_STRING))
    {
        return AIR_EINVAL;
    }

    rc = air_json_digits(&d, air_json_raw(doc, node));
    if (rc != AIR_OK) {
        return rc;
    }

    if (d.n != 0) {
        d.power += (int) scale;
    }

    drop = d.power < 0 ? (unsigned) -d.power : 0;

    /* below a tenth: nothing is left to round */

    if (drop > d.n) {
        *out = 0;
        return AIR_OK;
    }

    keep = d.n - drop;

    rc = air_json_whole(&d, keep, &value);
    if (rc != AIR_OK) {
        return rc;
    }

    value += air_json_round_up(&d, keep, value);

    if (value > INT64_MAX) {
        return AIR_ELIMIT;
    }

    *out = value;

    return AIR_OK;
}


/* Takes s apart; zero has no digits.  A string has not been checked yet. */
static int
air_json_digits(air_json_decimal_t *d, air_str_t s)
{
    int                   exponent;
    unsigned              n, point;
    const unsigned char  *p, *sign, *last;

    if (s.len > AIR_JSON_NUMBER_MAX) {
        return AIR_ELIMIT;
    }

    p = s.data;
    last = p + s.len;

    if (air_json_number_end(p, last) != last) {
        return AIR_EINVAL;
    }

    d->negative = *p == '-';
    d->power = 0;
    d->n = 0;

    p += d->negative;

    for (point = 0; p < last && (*p | 0x20) != 'e'; p++) {

        if (*p == '.') {
            point = 1;
            continue;
        }

        d->power -= (int) point;

        if (*p != '0' || d->n != 0) {
            d->digit[d->n++] = *p - '0';
        }
    }

    exponent = 0;

    if (p < last) {
        sign = ++p;
        p += *p == '-' || *p == '+';

        for (n = 0; p < last; n++) {
            exponent = exponent * 10 + (*p++ - '0');

            if (n == AIR_JSON_EXPONENT_MAX) {
                return AIR_ELIMIT;
            }
        }

        if (*sign == '-') {
            exponent = -exponent;
        }
    }

    if (d->n == 0) {
        d->power = 0;
        return AIR_OK;
    }

    if (d->negative) {
        return AIR_EINVAL;
    }

    d->power += exponent;

    while (d->digit[d->n - 1] == 0) {
        d->n--;
        d->power++;
    }

    return AIR_OK;
}


/* The value of the first keep digits, with the zeroes that follow them. */
static int
air_json_whole(const air_json_decimal_t *d, unsigned keep, uint64_t *out)
{
    int       power;
    unsigned  i, digit;
    uint64_t  value;

    value = 0;
    power = d->power > 0 && keep != 0 ? d->power : 0;

    for (i = 0; i < keep + (unsigned) power; i++) {
        digit = i < keep ? d->digit[i] : 0;

        if (value > ((uint64_t) INT64_MAX - digit) / 10) {
            return AIR_ELIMIT;
        }

        value = value * 10 + digit;
    }

    *out = value;

    return AIR_OK;
}


/* 1 when the digits past keep round value up: half goes to even. */
static unsigned
air_json_round_up(const air_json_decimal_t *d, unsigned keep, uint64_t value)
{
    if (keep == d->n || d->digit[keep] < 5) {
        return 0;
    }

    if (d->digit[keep] > 5 || keep + 1 < d->n) {
        return 1;
    }

    return value & 1;
}
