
/*
 * URIs that schemas are known by: RFC 3986, section 5.2, without normalising
 * what is written differently.
 */

#include "air_jschema_build.h"


typedef struct {
    air_str_t  scheme;                /* with its : */
    air_str_t  authority;             /* with its // */
    air_str_t  path;
    air_str_t  query;                 /* with its ? */
    air_str_t  fragment;              /* with its # */
} air_jschema_uri_t;


air_str_t
air_jschema_fragment(air_str_t *uri)
{
    size_t                n;
    air_str_t             fragment = air_null_str;
    const unsigned char  *p;

    p = uri->len != 0 ? memchr(uri->data, '#', uri->len) : NULL;

    if (p == NULL) {
        return fragment;
    }

    n = (size_t) (p - uri->data);
    fragment = air_str_n(p + 1, uri->len - n - 1);
    uri->len = n;

    return fragment;
}


/* Takes n bytes off the front. */
static air_str_t
air_jschema_take(air_str_t *text, size_t n)
{
    air_str_t  taken;

    taken = air_str_n(text->data, n);
    text->data += n;
    text->len -= n;

    return taken;
}


/* Bytes before the first that is in stop. */
static size_t
air_jschema_until(air_str_t text, const char *stop)
{
    size_t  n;

    for (n = 0; n < text.len && strchr(stop, text.data[n]) == NULL; n++) {
        /* void */
    }

    return n;
}


static void
air_jschema_split(air_jschema_uri_t *uri, air_str_t text)
{
    size_t  n;

    memset(uri, 0, sizeof(air_jschema_uri_t));

    if (text.len == 0) {
        text = air_str_z("");
    }

    n = air_jschema_until(text, ":/?#");

    if (n != 0 && n < text.len && text.data[n] == ':') {
        uri->scheme = air_jschema_take(&text, n + 1);
    }

    if (text.len >= 2 && text.data[0] == '/' && text.data[1] == '/') {
        n = 2 + air_jschema_until(air_str_n(text.data + 2, text.len - 2),
                                  "/?#");
        uri->authority = air_jschema_take(&text, n);
    }

    uri->path = air_jschema_take(&text, air_jschema_until(text, "?#"));
    uri->query = air_jschema_take(&text, air_jschema_until(text, "#"));
    uri->fragment = text;
}


/* Writes path without its "." and ".." to b, where from begins it. */
static void
air_jschema_dots(air_buf_t *b, air_str_t path)
{
    size_t     from, n;
    unsigned   absolute;
    air_str_t  part;

    from = b->len;
    absolute = path.len != 0 && path.data[0] == '/';

    while (path.len != 0) {

        n = path.data[0] == '/';
        n += air_jschema_until(air_str_n(path.data + n, path.len - n), "/");
        part = air_jschema_take(&path, n);

        if (air_str_eqz(part, "/.") || air_str_eqz(part, ".")) {

            if (path.len == 0) {
                (void) air_buf_byte(b, '/');
            }

            continue;
        }

        if (air_str_eqz(part, "/..") || air_str_eqz(part, "..")) {

            while (b->len > from && b->data[--b->len] != '/') { /* void */ }

            if (path.len == 0) {
                (void) air_buf_byte(b, '/');
            }

            continue;
        }

        if (b->len == from && !absolute && part.data[0] == '/') {
            (void) air_jschema_take(&part, 1);
        }

        (void) air_buf_str(b, part);
    }
}


/* The path of a reference, beside the base's. */
static int
air_jschema_merge(air_buf_t *b, const air_jschema_uri_t *base,
    const air_jschema_uri_t *uri, const air_mem_t *mem)
{
    size_t     n;
    air_buf_t  merged;

    if (uri->path.data[0] == '/') {
        air_jschema_dots(b, uri->path);
        return b->error;
    }

    air_buf_init(&merged, mem, AIR_JSCHEMA_URI);

    if (base->authority.len != 0 && base->path.len == 0) {
        (void) air_buf_byte(&merged, '/');
    }

    for (n = base->path.len; n != 0 && base->path.data[n - 1] != '/'; n--) {
        /* void */
    }

    (void) air_buf_add(&merged, base->path.data, n);
    (void) air_buf_str(&merged, uri->path);

    if (merged.error != AIR_OK) {
        return merged.error;
    }

    air_jschema_dots(b, air_buf_view(&merged));

    return b->error;
}


int
air_jschema_resolve(air_str_t base, air_str_t reference, const air_mem_t *mem,
    air_str_t *out)
{
    int                rc;
    air_buf_t          b;
    air_jschema_uri_t  from, uri;

    air_jschema_split(&from, base);
    air_jschema_split(&uri, reference);

    if (uri.scheme.len != 0) {
        *out = reference;
        return AIR_OK;
    }

    air_buf_init(&b, mem, AIR_JSCHEMA_URI);

    /* an empty one is a text too */

    if (air_buf_reserve(&b, 1 + base.len + reference.len) != AIR_OK) {
        return b.error;
    }

    (void) air_buf_str(&b, from.scheme);

    if (uri.authority.len != 0) {
        (void) air_buf_str(&b, uri.authority);
        air_jschema_dots(&b, uri.path);
        (void) air_buf_str(&b, uri.query);

    } else {
        (void) air_buf_str(&b, from.authority);

        if (uri.path.len == 0) {
            (void) air_buf_str(&b, from.path);
            (void) air_buf_str(&b, uri.query.len != 0 ? uri.query
                                                      : from.query);

        } else {
            rc = air_jschema_merge(&b, &from, &uri, mem);
            if (rc != AIR_OK) {
                return rc;
            }

            (void) air_buf_str(&b, uri.query);
        }
    }

    (void) air_buf_str(&b, uri.fragment);

    *out = air_buf_view(&b);

    return b.error;
}
