
/*
 * A name for a request.  Parts are hashed with their lengths before them, a
 * JSON text, whose length is not known before its white space is out, with
 * its length behind it.
 */

#include "air_fingerprint.h"

#include <openssl/evp.h>


static void air_fingerprint_bytes(air_fingerprint_t *f, const void *data,
    size_t len);
static void air_fingerprint_length(air_fingerprint_t *f, uint64_t len);
static const unsigned char *air_fingerprint_string(air_fingerprint_t *f,
    const unsigned char *p, const unsigned char *end);
static int air_fingerprint_mark(unsigned char ch);


void
air_fingerprint_begin(air_fingerprint_t *f)
{
    memset(f, 0, sizeof(air_fingerprint_t));

    f->md = EVP_MD_CTX_new();

    f->bad = f->md == NULL
             || EVP_DigestInit_ex(f->md, EVP_sha256(), NULL) != 1;
}


static void
air_fingerprint_bytes(air_fingerprint_t *f, const void *data, size_t len)
{
    if (len != 0 && !f->bad) {
        f->bad = EVP_DigestUpdate(f->md, data, len) != 1;
    }
}


static void
air_fingerprint_length(air_fingerprint_t *f, uint64_t len)
{
    unsigned       i;
    unsigned char  text[8];

    for (i = 0; i < 8; i++) {
        text[i] = (unsigned char) (len >> (8 * i));
    }

    air_fingerprint_bytes(f, text, 8);
}


void
air_fingerprint_add(air_fingerprint_t *f, air_str_t part)
{
    air_fingerprint_length(f, part.len);
    air_fingerprint_bytes(f, part.data, part.len);
}


/* what needs no white space to stand apart from its neighbours */
static int
air_fingerprint_mark(unsigned char ch)
{
    return ch == ',' || ch == ':' || ch == '"' || ch == '{' || ch == '}'
           || ch == '[' || ch == ']';
}


/* to the end of the string, or of the piece */
static const unsigned char *
air_fingerprint_string(air_fingerprint_t *f, const unsigned char *p,
    const unsigned char *end)
{
    const unsigned char  *quote, *back;

    while (p < end) {

        if (f->escape) {
            f->escape = 0;
            p++;
            continue;
        }

        quote = memchr(p, '"', (size_t) (end - p));
        quote = quote != NULL ? quote : end;

        back = memchr(p, '\\', (size_t) (quote - p));

        if (back != NULL) {
            f->escape = 1;
            p = back + 1;
            continue;
        }

        if (quote == end) {
            return end;
        }

        f->string = 0;

        return quote + 1;
    }

    return end;
}


void
air_fingerprint_json(air_fingerprint_t *f, air_str_t piece)
{
    unsigned char         ch;
    const unsigned char  *p, *end, *from;

    p = piece.data;
    end = p + piece.len;

    while (p < end) {
        from = p;

        if (f->string) {
            p = air_fingerprint_string(f, p, end);

            air_fingerprint_bytes(f, from, (size_t) (p - from));
            f->len += (uint64_t) (p - from);
            f->last = '"';
            continue;
        }

        while (p < end && (*p == ' ' || *p == '\t' || *p == '\n'
                           || *p == '\r'))
        {
            f->space = 1;
            p++;
        }

        if (p == end) {
            return;
        }

        /* "1 2" is no JSON, and is not 12 */

        if (f->space && f->len != 0 && !air_fingerprint_mark(f->last)
            && !air_fingerprint_mark(*p))
        {
            air_fingerprint_bytes(f, " ", 1);
            f->len++;
        }

        f->space = 0;
        from = p;

        while (p < end) {
            ch = *p;

            if (ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r') {
                break;
            }

            p++;

            if (ch == '"') {
                f->string = 1;
                break;
            }
        }

        air_fingerprint_bytes(f, from, (size_t) (p - from));
        f->len += (uint64_t) (p - from);
        f->last = p[-1];
    }
}


void
air_fingerprint_json_end(air_fingerprint_t *f)
{
    air_fingerprint_length(f, f->len);

    f->len = 0;
    f->string = 0;
    f->escape = 0;
    f->space = 0;
}


int
air_fingerprint_end(air_fingerprint_t *f, unsigned char hash[AIR_FINGERPRINT])
{
    if (!f->bad) {
        f->bad = EVP_DigestFinal_ex(f->md, hash, NULL) != 1;
    }

    EVP_MD_CTX_free(f->md);
    f->md = NULL;

    return f->bad ? AIR_ENOMEM : AIR_OK;
}
