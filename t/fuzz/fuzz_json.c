
/*
 * JSON: the scan gives the same verdict as a slow reader that shares no code
 * with it, its index agrees with that reader's count, decoded strings survive
 * being written and read again, and members removed at random leave a text
 * that is good and has just those members less.
 */

#include <stdio.h>
#include <stdlib.h>

#include "../unit/mem.h"
#include "../../ngx_ai_router_module/core/air_json.h"


#define CHECK(cond)                                                           \
    if (!(cond)) {                                                            \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);            \
        abort();                                                              \
    }


typedef struct ref_key_s  ref_key_t;

struct ref_key_s {
    ref_key_t      *next;
    size_t          len;
    unsigned char  *data;
};


/* The slow reader: recursive, and every key is compared with every other. */
typedef struct {
    const unsigned char  *p, *start, *last;
    unsigned              flags, nodes;
    air_json_fault_e      fault;
} ref_t;


int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
static int ref_value(ref_t *r, unsigned depth);


static int
ref_fail(ref_t *r, air_json_fault_e fault)
{
    r->fault = fault;
    return 0;
}


/* Bytes of the UTF-8 character at p, 0 when there is none. */
static size_t
ref_utf8(const unsigned char *p, const unsigned char *last)
{
    size_t    i, n;
    unsigned  code;

    n = *p < 0x80 ? 1 : *p < 0xc0 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3
        : *p < 0xf8 ? 4 : 0;

    if (n == 0 || (size_t) (last - p) < n) {
        return 0;
    }

    code = n == 1 ? *p : *p & (0x7fu >> n);

    for (i = 1; i < n; i++) {

        if (p[i] / 64 != 2) {
            return 0;
        }

        code = code * 64 + p[i] % 64;
    }

    if ((n == 2 && code < 0x80) || (n == 3 && code < 0x800)
        || (n == 4 && code < 0x10000) || code > 0x10ffff
        || (code >= 0xd800 && code <= 0xdfff))
    {
        return 0;
    }

    return n;
}


static int
ref_unexpected(ref_t *r)
{
    if (r->p < r->last && !(r->flags & AIR_JSON_VENDOR)
        && ref_utf8(r->p, r->last) == 0
        && !(r->p == r->start && r->last - r->p > 1
             && r->p[0] + r->p[1] == 0xff + 0xfe && r->p[0] >= 0xfe))
    {
        return ref_fail(r, AIR_JSON_BAD_UTF8);
    }

    return ref_fail(r, AIR_JSON_BAD_SYNTAX);
}


static void
ref_blank(ref_t *r)
{
    while (r->p < r->last && *r->p != 0 && strchr(" \t\r\n", *r->p)) {
        r->p++;
    }
}


/* Four digits at r->p + at, or -1. */
static int
ref_hex(ref_t *r, size_t at)
{
    char      text[5];
    unsigned  i;

    if ((size_t) (r->last - r->p) < at + 4) {
        return -1;
    }

    for (i = 0; i < 4; i++) {
        text[i] = (char) r->p[at + i];

        if (text[i] == 0 || !strchr("0123456789abcdefABCDEF", text[i])) {
            return -1;
        }
    }

    text[4] = 0;

    return (int) strtol(text, NULL, 16);
}


static size_t
ref_put(unsigned char *out, int code)
{
    if (code < 0x80) {
        out[0] = (unsigned char) code;
        return 1;
    }

    if (code < 0x800) {
        out[0] = (unsigned char) (0xc0 + code / 64);
        out[1] = (unsigned char) (0x80 + code % 64);
        return 2;
    }

    if (code < 0x10000) {
        out[0] = (unsigned char) (0xe0 + code / 4096);
        out[1] = (unsigned char) (0x80 + code / 64 % 64);
        out[2] = (unsigned char) (0x80 + code % 64);
        return 3;
    }

    out[0] = (unsigned char) (0xf0 + code / 262144);
    out[1] = (unsigned char) (0x80 + code / 4096 % 64);
    out[2] = (unsigned char) (0x80 + code / 64 % 64);
    out[3] = (unsigned char) (0x80 + code % 64);
    return 4;
}


/* A string at its quote, decoded into key. */
static int
ref_string(ref_t *r, ref_key_t *key)
{
    int                   code, low;
    size_t                n;
    const char           *at;
    static const char     names[] = "\"\\/bfnrt";
    static const char     codes[] = "\"\\/\b\f\n\r\t";

    key->len = 0;

    for (r->p++; r->p < r->last && *r->p != '"'; /* void */ ) {

        if (*r->p < 0x20) {
            return ref_fail(r, AIR_JSON_BAD_SYNTAX);
        }

        if (*r->p != '\\') {
            n = ref_utf8(r->p, r->last);

            if (n == 0 && !(r->flags & AIR_JSON_VENDOR)) {
                return ref_fail(r, AIR_JSON_BAD_UTF8);
            }

            n = n ? n : 1;
            memcpy(key->data + key->len, r->p, n);
            key->len += n;
            r->p += n;
            continue;
        }

        if (r->last - r->p < 2 || r->p[1] == 0) {
            return ref_fail(r, AIR_JSON_BAD_SYNTAX);
        }

        at = strchr(names, r->p[1]);

        if (at != NULL) {
            key->data[key->len++] = (unsigned char) codes[at - names];
            r->p += 2;
            continue;
        }

        code = ref_hex(r, 2);

        if (r->p[1] != 'u' || code < 0) {
            return ref_fail(r, AIR_JSON_BAD_SYNTAX);
        }

        r->p += 6;

        if (code >= 0xd800 && code < 0xdc00
            && r->last - r->p > 1 && r->p[0] == '\\' && r->p[1] == 'u')
        {
            low = ref_hex(r, 2);

            if (low < 0) {
                return ref_fail(r, AIR_JSON_BAD_SYNTAX);
            }

            if (low >= 0xdc00 && low < 0xe000) {
                code = 0x10000 + (code - 0xd800) * 1024 + low - 0xdc00;
                r->p += 6;
            }
        }

        if (code >= 0xd800 && code < 0xe000) {

            if (!(r->flags & AIR_JSON_VENDOR)) {
                return ref_fail(r, AIR_JSON_BAD_SURROGATE);
            }

            code = 0xfffd;
        }

        key->len += ref_put(key->data + key->len, code);
    }

    if (r->p == r->last) {
        return ref_fail(r, AIR_JSON_BAD_SYNTAX);
    }

    r->p++;

    return 1;
}


static int
ref_number(ref_t *r)
{
    int     n;
    char   *text, part[8];
    size_t  len;

    len = (size_t) (r->last - r->p);
    text = calloc(1, len + 1);
    memcpy(text, r->p, len);

    len = text[0] == '-';

    if (text[len] == '0') {
        len++;

    } else {
        n = (int) strspn(text + len, "0123456789");
        len += (size_t) n;

        if (n == 0) {
            goto bad;
        }
    }

    if (text[len] == '.') {
        n = (int) strspn(text + len + 1, "0123456789");

        if (n == 0) {
            goto bad;
        }

        len += (size_t) n + 1;
    }

    if (sscanf(text + len, "%1[eE]%n", part, &n) == 1) {
        len += (size_t) n;
        len += text[len] == '+' || text[len] == '-';

        n = (int) strspn(text + len, "0123456789");

        if (n == 0) {
            goto bad;
        }

        len += (size_t) n;
    }

    free(text);
    r->p += len;

    return 1;

bad:

    free(text);

    return ref_unexpected(r);
}


/* A member's key up to its value; kept in *keys. */
static int
ref_key(ref_t *r, ref_key_t **keys, unsigned count)
{
    ref_key_t  *key;

    ref_blank(r);

    if (r->p == r->last || *r->p != '"') {
        return ref_unexpected(r);
    }

    if ((r->flags & AIR_JSON_UNIQUE) && count == AIR_JSON_MAX_KEYS) {
        return ref_fail(r, AIR_JSON_TOO_COMPLEX);
    }

    key = malloc(sizeof(ref_key_t));
    key->data = malloc((size_t) (r->last - r->p) + 4);
    key->next = *keys;
    *keys = key;

    if (!ref_string(r, key)) {
        return 0;
    }

    ref_blank(r);

    if (r->p == r->last || *r->p != ':') {
        return ref_unexpected(r);
    }

    r->p++;

    return 1;
}


static int
ref_twins(const ref_key_t *keys)
{
    const ref_key_t  *other;

    for ( /* void */ ; keys != NULL; keys = keys->next) {

        for (other = keys->next; other != NULL; other = other->next) {

            if (other->len == keys->len
                && memcmp(other->data, keys->data, keys->len) == 0)
            {
                return 1;
            }
        }
    }

    return 0;
}


static int
ref_container(ref_t *r, unsigned depth)
{
    int            good;
    unsigned       count;
    ref_key_t     *keys, *key;
    unsigned char  open, closing;

    if (depth == AIR_JSON_MAX_DEPTH) {
        return ref_fail(r, AIR_JSON_TOO_DEEP);
    }

    keys = NULL;
    good = 0;

    open = *r->p++;
    closing = open == '{' ? '}' : ']';

    ref_blank(r);

    if (r->p < r->last && *r->p == closing) {
        r->p++;
        return 1;
    }

    for (count = 0; ; count++) {

        if (open == '{' && !ref_key(r, &keys, count)) {
            break;
        }

        if (!ref_value(r, depth + 1)) {
            break;
        }

        ref_blank(r);

        if (r->p < r->last && *r->p == ',') {
            r->p++;
            continue;
        }

        if (r->p == r->last || *r->p != closing) {
            (void) ref_unexpected(r);
            break;
        }

        r->p++;

        good = !(r->flags & AIR_JSON_UNIQUE) || !ref_twins(keys)
               || ref_fail(r, AIR_JSON_DUPLICATE_KEY);
        break;
    }

    while (keys != NULL) {
        key = keys;
        keys = key->next;
        free(key->data);
        free(key);
    }

    return good;
}


static int
ref_value(ref_t *r, unsigned depth)
{
    int                  good;
    size_t               i, n;
    ref_key_t            text;
    static const char   *words[] = { "true", "false", "null" };

    ref_blank(r);
    r->nodes++;

    if (r->p == r->last) {
        return ref_fail(r, AIR_JSON_BAD_SYNTAX);
    }

    if (*r->p == '{' || *r->p == '[') {
        return ref_container(r, depth);
    }

    if (*r->p == '"') {
        text.data = malloc((size_t) (r->last - r->p) + 4);
        good = ref_string(r, &text);
        free(text.data);

        return good;
    }

    for (i = 0; i < 3; i++) {
        n = strlen(words[i]);

        if ((size_t) (r->last - r->p) >= n && memcmp(r->p, words[i], n) == 0) {
            r->p += n;
            return 1;
        }
    }

    return ref_number(r);
}


static air_json_fault_e
ref_verdict(ref_t *r, const unsigned char *data, size_t size, unsigned flags)
{
    r->start = data;
    r->p = data;
    r->last = data + size;
    r->flags = flags;
    r->nodes = 0;
    r->fault = AIR_JSON_FINE;

    if (ref_value(r, 0)) {
        ref_blank(r);

        if (r->p != r->last) {
            (void) ref_unexpected(r);
        }
    }

    return r->fault;
}


/* Writes the string and reads it again: the same, and no special byte left. */
static void
check_string(const air_json_doc_t *doc, const air_json_node_t *node,
    const air_mem_t *mem)
{
    char           *name;
    air_buf_t       b;
    air_str_t       text, again;
    air_json_doc_t  copy;

    CHECK(air_json_string(doc, node, mem, &text) == AIR_OK);
    CHECK(text.len <= node->end - node->start);

    if (memchr(text.data, '\0', text.len) == NULL) {
        name = air_mem_get(mem, text.len + 1);
        memcpy(name, text.data, text.len);
        name[text.len] = '\0';

        CHECK(air_json_is(doc, node, name));
    }

    air_buf_init(&b, mem, 6 * text.len + 2);
    CHECK(air_buf_json(&b, text) == AIR_OK);
    CHECK(memchr(b.data, '<', b.len) == NULL);

    air_json_init(&copy, mem);
    CHECK(air_json_scan(&copy, air_buf_view(&b), 0, NULL) == AIR_OK);
    CHECK(copy.n == 1);
    CHECK(air_json_string(&copy, air_json_root(&copy), mem, &again) == AIR_OK);
    CHECK(air_str_eq(text, again));
}


/* Removes the members of one object whose bits are set. */
static void
check_remove(const air_json_doc_t *doc, const air_json_node_t *object,
    unsigned bits, const air_mem_t *mem)
{
    int                     rc;
    unsigned                n, order;
    uint32_t                i, nodes;
    air_buf_t               b;
    air_edits_t             edits;
    air_json_doc_t          copy;
    const air_json_node_t  *node;

    nodes = doc->n;
    edits.n = 0;

    /* every second one first, then the others: runs grow from both sides */

    for (order = 0; order < 2; order++) {
        n = 0;

        for (node = air_json_first(doc, object);
             node != NULL && n < 16;
             node = air_json_next(doc, node), n++)
        {
            if (n % 2 != order || !(bits >> n & 1)) {
                continue;
            }

            rc = air_edits_remove(&edits, doc, object, node);
            CHECK(rc == AIR_OK);
            CHECK(air_edits_remove(&edits, doc, object, node) == AIR_EINVAL);

            /* the member and what is in it */

            nodes--;
            i = (uint32_t) (node - doc->nodes) + 1;

            while (i < doc->n && doc->nodes[i].start < node->end) {
                nodes--;
                i++;
            }
        }
    }

    air_buf_init(&b, mem, doc->text.len);
    CHECK(air_edits_apply(&edits, doc->text, &b) == AIR_OK);
    CHECK(b.len == air_edits_length(&edits, doc->text));

    air_json_init(&copy, mem);
    CHECK(air_json_scan(&copy, air_buf_view(&b), AIR_JSON_UNIQUE, NULL)
          == AIR_OK);
    CHECK(copy.n == nodes);
}


static void
check_nodes(const air_json_doc_t *doc, const air_mem_t *mem, unsigned bits)
{
    uint32_t                i, seen;
    uint64_t                n;
    const air_json_node_t  *node, *child;

    for (i = 0; i < doc->n; i++) {
        node = &doc->nodes[i];

        CHECK(node->start <= node->end && node->end <= doc->text.len);
        CHECK(node->next == 0 || (node->next > i && node->next < doc->n));

        seen = 0;

        for (child = air_json_first(doc, node);
             child != NULL;
             child = air_json_next(doc, child))
        {
            CHECK(child->depth == node->depth + 1);
            CHECK(child->start > node->start && child->end < node->end);
            seen++;
        }

        CHECK(seen == node->count);

        if (node->type == AIR_JSON_STRING) {
            check_string(doc, node, mem);
        }

        (void) air_json_uint(doc, node, &n);
        (void) air_json_decimal(doc, node, 12, &n);

        if (node->type == AIR_JSON_OBJECT && i < 64) {
            check_remove(doc, node, bits ^ i * 0x9e37, mem);
        }
    }
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    int               rc;
    mem_t             m;
    ref_t             ref;
    unsigned          flags;
    air_mem_t         mem;
    air_json_doc_t    doc;
    air_json_error_t  error;

    mem = mem_init(&m, 0);

    /* all four sets of AIR_JSON_UNIQUE and AIR_JSON_VENDOR */

    for (flags = 0; flags < 4; flags++) {
        air_json_init(&doc, &mem);

        rc = air_json_scan(&doc, air_str_n(data, size), flags, &error);

        CHECK(error.fault == ref_verdict(&ref, data, size, flags));
        CHECK((rc == AIR_OK) == (error.fault == AIR_JSON_FINE));
        CHECK(error.offset <= size);

        if (rc != AIR_OK) {
            CHECK(air_json_root(&doc) == NULL);
            continue;
        }

        CHECK(doc.n == ref.nodes);

        if (flags == AIR_JSON_UNIQUE) {
            check_nodes(&doc, &mem, data[size / 2] * 257u);
        }
    }

    mem_free(&m);

    return 0;
}
