
/*
 * AWS Signature Version 4: a request in one canonical form is hashed, the
 * hash with date and scope is signed by a key that is made of the secret,
 * the day, the region and the service.
 */

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "air_sigv4.h"


#define AIR_SIGV4_TEXT    2048     /* a secret, a region                     */
#define AIR_SIGV4_WORK    (1024 * 1024)

#define AIR_SIGV4_STAMP   16       /* 20150830T123600Z                       */
#define AIR_SIGV4_DAY     8


/* A header or a parameter of the query on its way to be sorted. */
typedef struct {
    air_str_t  name;
    air_str_t  value;
} air_sigv4_pair_t;


static const char  air_sigv4_hex[] = "0123456789abcdef";


static void
air_sigv4_put_hex(air_buf_t *b, const unsigned char *p, size_t n)
{
    for ( /* void */ ; n != 0; n--, p++) {
        air_buf_byte(b, (unsigned char) air_sigv4_hex[*p >> 4]);
        air_buf_byte(b, (unsigned char) air_sigv4_hex[*p & 15]);
    }
}


int
air_sigv4_hash(const air_str_t *pieces, unsigned n,
    unsigned char hash[AIR_SIGV4_HASH])
{
    int          rc;
    unsigned     i;
    EVP_MD_CTX  *md;

    md = EVP_MD_CTX_new();

    if (md == NULL) {
        return AIR_ENOMEM;
    }

    rc = EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;

    for (i = 0; i < n && rc; i++) {
        rc = pieces[i].len == 0
             || EVP_DigestUpdate(md, pieces[i].data, pieces[i].len) == 1;
    }

    rc = rc && EVP_DigestFinal_ex(md, hash, NULL) == 1;

    EVP_MD_CTX_free(md);

    return rc ? AIR_OK : AIR_ENOMEM;
}


/* key and out may be the same. */
static int
air_sigv4_hmac(const unsigned char *key, size_t len, air_str_t text,
    unsigned char out[AIR_SIGV4_HASH])
{
    unsigned char  mac[EVP_MAX_MD_SIZE];

    if (HMAC(EVP_sha256(), key, (int) len, text.data, text.len, mac, NULL)
        == NULL)
    {
        return AIR_ENOMEM;
    }

    memcpy(out, mac, AIR_SIGV4_HASH);
    OPENSSL_cleanse(mac, sizeof(mac));

    return AIR_OK;
}


static void
air_sigv4_digits(unsigned char *p, unsigned n, unsigned width)
{
    while (width != 0) {
        p[--width] = (unsigned char) ('0' + n % 10);
        n /= 10;
    }
}


/* YYYYMMDDTHHMMSSZ, by the calendar of days since 1970. */
static void
air_sigv4_stamp(int64_t time, unsigned char out[AIR_SIGV4_STAMP])
{
    int64_t   days, era, year;
    unsigned  sec, doe, yoe, doy, mp, day, month;

    days = time / 86400;
    sec = (unsigned) (time % 86400);

    /* 400 years, which begin in March, are all alike */

    days += 719468;
    era = days / 146097;
    doe = (unsigned) (days % 146097);
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;
    day = doy - (153 * mp + 2) / 5 + 1;
    month = mp < 10 ? mp + 3 : mp - 9;
    year = (int64_t) yoe + era * 400 + (month <= 2);

    air_sigv4_digits(out, (unsigned) year, 4);
    air_sigv4_digits(out + 4, month, 2);
    air_sigv4_digits(out + 6, day, 2);
    out[8] = 'T';
    air_sigv4_digits(out + 9, sec / 3600, 2);
    air_sigv4_digits(out + 11, sec / 60 % 60, 2);
    air_sigv4_digits(out + 13, sec % 60, 2);
    out[15] = 'Z';
}


static int
air_sigv4_cmp(air_str_t a, air_str_t b)
{
    int     rc;
    size_t  n;

    n = a.len < b.len ? a.len : b.len;
    rc = n ? memcmp(a.data, b.data, n) : 0;

    return rc ? rc : a.len < b.len ? -1 : a.len > b.len;
}


/* By name, and where that is the same by value unless it keeps its order. */
static void
air_sigv4_sort(air_sigv4_pair_t *pair, unsigned n, int values)
{
    int               c;
    unsigned          i, k;
    air_sigv4_pair_t  one;

    for (i = 1; i < n; i++) {
        one = pair[i];

        for (k = i; k > 0; k--) {
            c = air_sigv4_cmp(pair[k - 1].name, one.name);

            if (c == 0 && values) {
                c = air_sigv4_cmp(pair[k - 1].value, one.value);
            }

            if (c <= 0) {
                break;
            }

            pair[k] = pair[k - 1];
        }

        pair[k] = one;
    }
}


/* Percent-encodes all but unreserved characters and slashes. */
static void
air_sigv4_path(air_str_t path, air_buf_t *b)
{
    size_t         i;
    unsigned char  c;

    if (path.len == 0) {
        air_buf_byte(b, '/');
    }

    for (i = 0; i < path.len; i++) {
        c = path.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
            || c == '~' || c == '/')
        {
            air_buf_byte(b, c);

        } else {
            air_buf_byte(b, '%');
            air_buf_byte(b, (unsigned char) "0123456789ABCDEF"[c >> 4]);
            air_buf_byte(b, (unsigned char) "0123456789ABCDEF"[c & 15]);
        }
    }
}


static int
air_sigv4_query(air_str_t query, air_buf_t *b)
{
    size_t            i;
    unsigned          n, k;
    unsigned char    *p, *last, *end, *eq;
    air_sigv4_pair_t  pair[AIR_SIGV4_PARAMS];

    n = 0;
    p = query.data;
    last = p + query.len;

    for (i = 0; query.len != 0 && p <= last; p = end + 1) {

        end = memchr(p, '&', (size_t) (last - p));
        end = end != NULL ? end : last;

        if (end == p) {
            continue;
        }

        if (n == AIR_SIGV4_PARAMS) {
            return AIR_ELIMIT;
        }

        eq = memchr(p, '=', (size_t) (end - p));
        eq = eq != NULL ? eq : end;

        pair[n].name = air_str_n(p, (size_t) (eq - p));
        pair[n].value = eq < end ? air_str_n(eq + 1, (size_t) (end - eq - 1))
                                 : air_str_n(end, 0);
        n++;
    }

    air_sigv4_sort(pair, n, 1);

    for (k = 0; k < n; k++, i++) {
        air_buf_z(b, i ? "&" : "");
        air_buf_str(b, pair[k].name);
        air_buf_byte(b, '=');
        air_buf_str(b, pair[k].value);
    }

    return AIR_OK;
}


/* A name in lower case, copied to b's memory. */
static air_str_t
air_sigv4_lower(air_str_t name, air_buf_t *b)
{
    size_t         i, at;
    unsigned char  c;

    at = b->len;

    for (i = 0; i < name.len; i++) {
        c = name.data[i];
        air_buf_byte(b, c >= 'A' && c <= 'Z' ? (unsigned char) (c | 0x20)
                                             : c);
    }

    return b->error == AIR_OK ? air_str_n(b->data + at, name.len)
                              : air_str_n(NULL, 0);
}


/* A value without blanks around it, and with single ones inside. */
static void
air_sigv4_value(air_str_t value, air_buf_t *b)
{
    size_t    i;
    unsigned  blank, any;

    blank = 0;
    any = 0;

    for (i = 0; i < value.len; i++) {

        if (value.data[i] == ' ' || value.data[i] == '\t') {
            blank = any;
            continue;
        }

        if (blank) {
            air_buf_byte(b, ' ');
            blank = 0;
        }

        air_buf_byte(b, value.data[i]);
        any = 1;
    }
}


/* The canonical headers to b and their names to names. */
static int
air_sigv4_headers(const air_sigv4_request_t *rq,
    const air_sigv4_keys_t *keys, air_str_t stamp, air_buf_t *b,
    air_buf_t *names)
{
    unsigned          i, n;
    air_buf_t         lower;
    air_sigv4_pair_t  pair[AIR_SIGV4_HEADERS + 2];

    if (rq->nheaders > AIR_SIGV4_HEADERS) {
        return AIR_ELIMIT;
    }

    /* room that does not move: names are views of it */

    air_buf_init(&lower, b->mem, AIR_SIGV4_WORK);

    for (n = 0, i = 0; i < rq->nheaders; i++) {
        n += (unsigned) rq->headers[i].name.len;
    }

    if (air_buf_reserve(&lower, n) != AIR_OK) {
        return lower.error;
    }

    for (n = 0; n < rq->nheaders; n++) {
        pair[n].name = air_sigv4_lower(rq->headers[n].name, &lower);
        pair[n].value = rq->headers[n].value;
    }

    pair[n].name = air_str_z("x-amz-date");
    pair[n++].value = stamp;

    if (keys->token.len != 0) {
        pair[n].name = air_str_z("x-amz-security-token");
        pair[n++].value = keys->token;
    }

    air_sigv4_sort(pair, n, 0);

    for (i = 0; i < n; i++) {

        if (i != 0 && air_str_eq(pair[i].name, pair[i - 1].name)) {
            air_buf_byte(b, ',');
            air_sigv4_value(pair[i].value, b);
            continue;
        }

        air_buf_z(b, i ? "\n" : "");
        air_buf_str(b, pair[i].name);
        air_buf_byte(b, ':');
        air_sigv4_value(pair[i].value, b);

        air_buf_z(names, i ? ";" : "");
        air_buf_str(names, pair[i].name);
    }

    air_buf_byte(b, '\n');

    return b->error != AIR_OK ? b->error : names->error;
}


/* The key of that day, region and service. */
static int
air_sigv4_key(const air_sigv4_request_t *rq, const air_sigv4_keys_t *keys,
    air_str_t stamp, unsigned char key[AIR_SIGV4_HASH])
{
    int            rc;
    unsigned       i;
    air_str_t      step[4];
    unsigned char  secret[AIR_SIGV4_TEXT + 4];

    if (keys->secret.len > AIR_SIGV4_TEXT) {
        return AIR_ELIMIT;
    }

    memcpy(secret, "AWS4", 4);

    if (keys->secret.len != 0) {
        memcpy(secret + 4, keys->secret.data, keys->secret.len);
    }

    step[0] = air_str_n(stamp.data, AIR_SIGV4_DAY);
    step[1] = rq->region;
    step[2] = rq->service;
    step[3] = air_str_z("aws4_request");

    rc = air_sigv4_hmac(secret, keys->secret.len + 4, step[0], key);

    OPENSSL_cleanse(secret, sizeof(secret));

    for (i = 1; i < 4 && rc == AIR_OK; i++) {
        rc = air_sigv4_hmac(key, AIR_SIGV4_HASH, step[i], key);
    }

    return rc;
}


static void
air_sigv4_scope(const air_sigv4_request_t *rq, air_str_t stamp, air_buf_t *b)
{
    air_buf_add(b, stamp.data, AIR_SIGV4_DAY);
    air_buf_byte(b, '/');
    air_buf_str(b, rq->region);
    air_buf_byte(b, '/');
    air_buf_str(b, rq->service);
    air_buf_z(b, "/aws4_request");
}


int
air_sigv4_sign(const air_sigv4_request_t *rq, const air_sigv4_keys_t *keys,
    air_buf_t *b)
{
    int            rc;
    air_str_t      stamp, text;
    air_buf_t      work, names;
    unsigned char  date[AIR_SIGV4_STAMP], hash[AIR_SIGV4_HASH];
    unsigned char  key[AIR_SIGV4_HASH];

    air_sigv4_stamp(rq->time, date);
    stamp = air_str_n(date, AIR_SIGV4_STAMP);

    air_buf_init(&work, b->mem, AIR_SIGV4_WORK);
    air_buf_init(&names, b->mem, AIR_SIGV4_WORK);

    /* the request in its canonical form */

    air_buf_str(&work, rq->method);
    air_buf_byte(&work, '\n');
    air_sigv4_path(rq->path, &work);
    air_buf_byte(&work, '\n');

    rc = air_sigv4_query(rq->query, &work);

    air_buf_byte(&work, '\n');

    if (rc == AIR_OK) {
        rc = air_sigv4_headers(rq, keys, stamp, &work, &names);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    air_buf_byte(&work, '\n');
    air_buf_str(&work, air_buf_view(&names));
    air_buf_byte(&work, '\n');
    air_sigv4_put_hex(&work, rq->hash, AIR_SIGV4_HASH);

    if (work.error != AIR_OK) {
        return work.error;
    }

    text = air_buf_view(&work);
    rc = air_sigv4_hash(&text, 1, hash);

    if (rc != AIR_OK) {
        return rc;
    }

    /* what is signed */

    work.len = 0;

    air_buf_z(&work, "AWS4-HMAC-SHA256\n");
    air_buf_str(&work, stamp);
    air_buf_byte(&work, '\n');
    air_sigv4_scope(rq, stamp, &work);
    air_buf_byte(&work, '\n');
    air_sigv4_put_hex(&work, hash, AIR_SIGV4_HASH);

    if (work.error != AIR_OK) {
        return work.error;
    }

    rc = air_sigv4_key(rq, keys, stamp, key);

    if (rc == AIR_OK) {
        rc = air_sigv4_hmac(key, AIR_SIGV4_HASH, air_buf_view(&work), hash);
    }

    OPENSSL_cleanse(key, sizeof(key));

    if (rc != AIR_OK) {
        return rc;
    }

    air_buf_z(b, "X-Amz-Date: ");
    air_buf_str(b, stamp);
    air_buf_z(b, "\r\n");

    if (keys->token.len != 0) {
        air_buf_z(b, "X-Amz-Security-Token: ");
        air_buf_str(b, keys->token);
        air_buf_z(b, "\r\n");
    }

    air_buf_z(b, "Authorization: AWS4-HMAC-SHA256 Credential=");
    air_buf_str(b, keys->id);
    air_buf_byte(b, '/');
    air_sigv4_scope(rq, stamp, b);
    air_buf_z(b, ", SignedHeaders=");
    air_buf_str(b, air_buf_view(&names));
    air_buf_z(b, ", Signature=");
    air_sigv4_put_hex(b, hash, AIR_SIGV4_HASH);
    air_buf_z(b, "\r\n");

    return b->error;
}


/* -------------------------------------------------------- where from */


static air_str_t
air_sigv4_trim(air_str_t s)
{
    while (s.len != 0 && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }

    while (s.len != 0 && (s.data[s.len - 1] == ' '
                          || s.data[s.len - 1] == '\t'
                          || s.data[s.len - 1] == '\r'))
    {
        s.len--;
    }

    return s;
}


int
air_sigv4_profile(air_str_t text, air_str_t profile, air_sigv4_keys_t *keys)
{
    int             here, found;
    air_str_t       line, name, value;
    unsigned char  *p, *last, *eol, *eq;

    memset(keys, 0, sizeof(air_sigv4_keys_t));

    here = 0;
    found = 0;
    p = text.data;
    last = p + text.len;

    for ( /* void */ ; p < last; p = eol + 1) {

        eol = memchr(p, '\n', (size_t) (last - p));
        eol = eol != NULL ? eol : last;
        line = air_sigv4_trim(air_str_n(p, (size_t) (eol - p)));

        if (line.len == 0 || line.data[0] == '#' || line.data[0] == ';') {
            continue;
        }

        if (line.data[0] == '[') {
            eq = memchr(line.data, ']', line.len);
            name = air_str_n(line.data + 1,
                             eq ? (size_t) (eq - line.data - 1) : 0);
            here = air_str_eq(air_sigv4_trim(name), profile);
            found |= here;
            continue;
        }

        eq = memchr(line.data, '=', line.len);

        if (!here || eq == NULL) {
            continue;
        }

        name = air_sigv4_trim(air_str_n(line.data,
                                        (size_t) (eq - line.data)));
        value = air_sigv4_trim(air_str_n(eq + 1,
                                         line.len - (size_t) (eq - line.data)
                                         - 1));

        if (air_str_eqz(name, "aws_access_key_id")) {
            keys->id = value;

        } else if (air_str_eqz(name, "aws_secret_access_key")) {
            keys->secret = value;

        } else if (air_str_eqz(name, "aws_session_token")) {
            keys->token = value;
        }
    }

    if (!found) {
        return AIR_ENOENT;
    }

    return keys->id.len != 0 && keys->secret.len != 0 ? AIR_OK : AIR_EINVAL;
}


/* 1 when a label has the form of a region: words and a number, by "-". */
static int
air_sigv4_is_region(air_str_t label)
{
    size_t    i;
    unsigned  dashes;

    dashes = 0;

    for (i = 0; i < label.len; i++) {
        dashes += label.data[i] == '-';
    }

    return dashes >= 2 && label.len >= 9 && label.data[0] >= 'a'
           && label.data[0] <= 'z' && label.data[label.len - 1] >= '1'
           && label.data[label.len - 1] <= '9'
           && label.data[label.len - 2] == '-';
}


air_str_t
air_sigv4_region(air_str_t host)
{
    size_t     i, from;
    air_str_t  label;

    from = 0;

    for (i = 0; i <= host.len; i++) {

        if (i < host.len && host.data[i] != '.' && host.data[i] != ':') {
            continue;
        }

        label = air_str_n(host.data + from, i - from);

        if (air_sigv4_is_region(label)) {
            return label;
        }

        if (i < host.len && host.data[i] == ':') {
            break;
        }

        from = i + 1;
    }

    return air_str_n(NULL, 0);
}
