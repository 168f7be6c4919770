
/*
 * Collecting a price table, checking it whole, and packing it.  A table is
 * all or nothing: a single bad figure refuses the file, with its line.
 */

#include "air_pricebook_build.h"

#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>


#define AIR_BOOK_NAME_MAX  200


static void
air_book_message(air_pricebook_error_t *error, unsigned line,
    const char *format, va_list args)
{
    char  *p;

    error->line = line;
    vsnprintf(error->text, sizeof(error->text), format, args);

    /* names in it come from the file */
    for (p = error->text; *p != '\0'; p++) {
        if ((unsigned char) *p < 0x20 || *p == 0x7f) {
            *p = '?';
        }
    }
}


int
air_book_fail(air_book_t *book, int rc, unsigned line, const char *format, ...)
{
    va_list  args;

    if (book->rc != AIR_OK) {
        return book->rc;
    }

    book->rc = rc;

    va_start(args, format);
    air_book_message(book->error, line, format, args);
    va_end(args);

    return rc;
}


static void *
air_book_alloc(air_book_t *book, size_t size)
{
    void  *p;

    p = air_jtree_alloc(&book->tree, size);
    if (p == NULL) {
        air_book_fail(book, AIR_ENOMEM, 0, "no memory");
    }

    return p;
}


/* Refuses our own table; of a public one only the model being read. */
static void __attribute__((format(printf, 3, 4)))
air_book_doubt(air_book_t *book, unsigned line, const char *format, ...)
{
    va_list           args;
    air_book_skip_t  *skip;

    if (book->strict || book->models == NULL) {
        book->rc = AIR_ELIMIT;

        va_start(args, format);
        air_book_message(book->error, line, format, args);
        va_end(args);

        return;
    }

    if (book->models->held) {
        return;
    }

    book->models->held = 1;

    skip = air_book_alloc(book, sizeof(air_book_skip_t));
    if (skip == NULL) {
        return;
    }

    va_start(args, format);
    air_book_message(&skip->e, line, format, args);
    va_end(args);

    skip->next = book->skipped;
    book->skipped = skip;
    book->nskipped++;
}


static int
air_book_name_ok(air_str_t name)
{
    size_t  i;

    if (name.len == 0 || name.len > AIR_BOOK_NAME_MAX) {
        return 0;
    }

    for (i = 0; i < name.len; i++) {
        if (name.data[i] <= 0x20 || name.data[i] == 0x7f) {
            return 0;
        }
    }

    return 1;
}


void
air_book_no_rates(uint64_t *rate)
{
    unsigned  i;

    for (i = 0; i < AIR_NCLASS; i++) {
        rate[i] = AIR_UNKNOWN;
    }
}


air_book_model_t *
air_book_model(air_book_t *book, unsigned line, air_str_t vendor,
    air_str_t model)
{
    air_book_model_t  *m;

    if (book->rc != AIR_OK) {
        return NULL;
    }

    if (!air_book_name_ok(vendor) || !air_book_name_ok(model)) {
        air_book_fail(book, AIR_EINVAL, line, "\"%.*s\" is no model name",
                      (int) (model.len > 60 ? 60 : model.len), model.data);
        return NULL;
    }

    m = air_book_alloc(book, sizeof(air_book_model_t));
    if (m == NULL) {
        return NULL;
    }

    m->m.vendor = vendor;
    m->m.model = model;
    m->m.line = line;
    m->seq = book->n++;
    m->next = book->models;

    book->models = m;
    book->at = model;

    return m;
}


air_book_price_t *
air_book_price(air_book_t *book, air_book_model_t *model, unsigned line)
{
    unsigned           i;
    air_book_price_t  *price;

    if (book->rc != AIR_OK) {
        return NULL;
    }

    price = air_book_alloc(book, sizeof(air_book_price_t));
    if (price == NULL) {
        return NULL;
    }

    price->line = line;
    price->p.from_ms = INT64_MIN;
    price->p.to_ms = INT64_MAX;
    price->p.mul_num = 1;
    price->p.mul_den = 1;

    for (i = 0; i < AIR_NTIER; i++) {
        air_book_no_rates(price->p.rate[i]);
    }

    for (i = 0; i < AIR_NFEE; i++) {
        price->p.fee[i] = AIR_UNKNOWN;
        price->p.fee_per[i] = 1;
    }

    price->next = model->prices;
    model->prices = price;
    model->m.nprice++;

    return price;
}


void
air_book_alias(air_book_t *book, air_book_model_t *model, air_str_t name)
{
    air_book_name_t  *alias;

    if (book->rc != AIR_OK || name.len == 0
        || air_str_eq(name, model->m.model))
    {
        return;
    }

    for (alias = model->aliases; alias != NULL; alias = alias->next) {
        if (air_str_eq(alias->name, name)) {
            return;
        }
    }

    if (!air_book_name_ok(name)) {
        air_book_fail(book, AIR_EINVAL, model->m.line,
                      "an alias of \"%.*s\" is no name",
                      (int) model->m.model.len, model->m.model.data);
        return;
    }

    alias = air_book_alloc(book, sizeof(air_book_name_t));
    if (alias == NULL) {
        return;
    }

    alias->name = name;
    alias->next = model->aliases;
    model->aliases = alias;
    model->m.nalias++;
}


void
air_book_decimal(air_book_t *book, const air_jnode_t *node, unsigned scale,
    uint64_t max, uint64_t *rate, const char *what)
{
    int        rc, len;
    uint64_t   value;
    air_str_t  text;

    if (node == NULL || node->type == AIR_JSON_NULL || book->rc != AIR_OK) {
        return;
    }

    text = node->text;
    len = (int) (text.len > 40 ? 40 : text.len);

    if (node->type != AIR_JSON_NUMBER && node->type != AIR_JSON_STRING) {
        air_book_fail(book, AIR_EINVAL, node->line,
                      "%s of \"%.*s\": expected a number", what,
                      (int) book->at.len, book->at.data);
        return;
    }

    if (text.len != 0 && text.data[0] == '-') {
        air_book_fail(book, AIR_EINVAL, node->line,
                      "%s of \"%.*s\" is negative: %.*s", what,
                      (int) book->at.len, book->at.data, len, text.data);
        return;
    }

    rc = air_decimal(text, scale, &value);

    if (rc == AIR_EINVAL) {
        air_book_fail(book, AIR_EINVAL, node->line,
                      "%s of \"%.*s\": expected a number, not \"%.*s\"",
                      what, (int) book->at.len, book->at.data, len,
                      text.data);
        return;
    }

    if (rc == AIR_ELIMIT || value > max) {
        air_book_doubt(book, node->line,
                       "%s of \"%.*s\" is %.*s, which no vendor asks: "
                       "is the unit right?", what, (int) book->at.len,
                       book->at.data, len, text.data);
        return;
    }

    *rate = book->strict ? value : air_price_snap(value);
}


void
air_book_uint(air_book_t *book, const air_jnode_t *node, uint64_t *n)
{
    uint64_t  value;

    if (node == NULL || node->type == AIR_JSON_NULL || book->rc != AIR_OK) {
        return;
    }

    if (node->type == AIR_JSON_NUMBER
        && air_decimal(node->text, 0, &value) == AIR_OK
        && value <= INT64_MAX)
    {
        *n = value;
        return;
    }

    /* public tables have prose in places */
    if (book->strict) {
        air_book_fail(book, AIR_EINVAL, node->line,
                      "\"%.*s\" of \"%.*s\": expected a whole number",
                      (int) node->key.len, node->key.data,
                      (int) book->at.len, book->at.data);
    }
}


static int
air_book_digits(const unsigned char *p, unsigned n, unsigned *value)
{
    *value = 0;

    while (n-- > 0) {
        if (*p < '0' || *p > '9') {
            return 0;
        }

        *value = *value * 10 + (*p++ - '0');
    }

    return 1;
}


/* Days from 1970-01-01 to a day of the Gregorian calendar. */
static int64_t
air_book_days(int64_t year, unsigned month, unsigned day)
{
    int64_t  era, doy, yoe;

    year -= month <= 2;
    era = year / 400;
    yoe = year - era * 400;
    doy = (153 * ((int64_t) month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}


int
air_book_date(air_str_t text, int64_t *ms)
{
    unsigned              y, mo, d, h, mi, s;
    const unsigned char  *p;

    static const unsigned char  days[] = {
        31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    p = text.data;
    h = mi = s = 0;

    if (text.len < 10 || !air_book_digits(p, 4, &y) || p[4] != '-'
        || !air_book_digits(p + 5, 2, &mo) || p[7] != '-'
        || !air_book_digits(p + 8, 2, &d))
    {
        return AIR_EINVAL;
    }

    if (text.len != 10
        && (text.len != 20 || p[10] != 'T' || p[13] != ':' || p[16] != ':'
            || p[19] != 'Z' || !air_book_digits(p + 11, 2, &h)
            || !air_book_digits(p + 14, 2, &mi)
            || !air_book_digits(p + 17, 2, &s)))
    {
        return AIR_EINVAL;
    }

    if (y < 1970 || mo < 1 || mo > 12 || d < 1 || d > days[mo - 1] || h > 23
        || mi > 59 || s > 59)
    {
        return AIR_EINVAL;
    }

    if (mo == 2 && d == 29 && (y % 4 != 0 || (y % 100 == 0 && y % 400 != 0))) {
        return AIR_EINVAL;
    }

    *ms = (((air_book_days(y, mo, d) * 24 + h) * 60 + mi) * 60 + s) * 1000;

    return AIR_OK;
}


uint64_t *
air_book_long(air_book_t *book, air_book_price_t *price, uint64_t threshold,
    unsigned op, unsigned tier)
{
    unsigned      i;
    air_price_t  *p;

    if (book->rc != AIR_OK) {
        return NULL;
    }

    p = &price->p;

    for (i = 0; i < p->nlc; i++) {
        if (p->lc[i].threshold == threshold && p->lc[i].tier == tier
            && p->lc[i].op == op)
        {
            return p->lc[i].rate;
        }
    }

    if (p->nlc == sizeof(p->lc) / sizeof(p->lc[0])) {
        air_book_fail(book, AIR_ELIMIT, price->line,
                      "\"%.*s\" has more than %u long-context prices",
                      (int) book->at.len, book->at.data, p->nlc);
        return NULL;
    }

    p->nlc++;
    p->lc[i].threshold = threshold;
    p->lc[i].op = (uint8_t) op;
    p->lc[i].tier = (uint8_t) tier;
    air_book_no_rates(p->lc[i].rate);

    return p->lc[i].rate;
}


void
air_book_mul(air_book_t *book, air_book_model_t *model, air_str_t place,
    uint64_t micro, int geo)
{
    uint64_t         a, b, c;
    air_book_mul_t  *mul;

    static const char  except[] = "not ";

    if (book->rc != AIR_OK) {
        return;
    }

    mul = air_book_alloc(book, sizeof(air_book_mul_t));
    if (mul == NULL) {
        return;
    }

    mul->m.name = place;
    mul->m.geo = geo;

    if (place.len > sizeof(except) - 1
        && memcmp(place.data, except, sizeof(except) - 1) == 0)
    {
        mul->m.except = 1;
        mul->m.name = air_str_n(place.data + sizeof(except) - 1,
                                place.len - sizeof(except) + 1);
    }

    /* 1100000 / 1000000 is 11 / 10 */
    for (a = micro, b = 1000000; b != 0; a = b, b = c) {
        c = a % b;
    }

    mul->m.num = (uint32_t) (micro / a);
    mul->m.den = (uint32_t) (1000000 / a);

    mul->next = model->muls;
    model->muls = mul;
    model->m.nmul++;
}


void
air_book_can(air_book_model_t *model, uint32_t bit, int yes)
{
    model->m.can_known |= bit;

    if (yes) {
        model->m.can |= bit;
    }
}


int
air_book_cmp(air_str_t vendor, air_str_t model, const air_model_t *m)
{
    int     rc;
    size_t  len;

    len = vendor.len < m->vendor.len ? vendor.len : m->vendor.len;
    rc = len == 0 ? 0 : memcmp(vendor.data, m->vendor.data, len);

    if (rc == 0 && vendor.len != m->vendor.len) {
        rc = vendor.len < m->vendor.len ? -1 : 1;
    }

    if (rc != 0) {
        return rc;
    }

    len = model.len < m->model.len ? model.len : m->model.len;
    rc = len == 0 ? 0 : memcmp(model.data, m->model.data, len);

    if (rc == 0 && model.len != m->model.len) {
        rc = model.len < m->model.len ? -1 : 1;
    }

    return rc;
}


static int
air_book_model_cmp(const void *one, const void *two)
{
    int                            rc;
    const air_book_model_t *const *a = one, *const *b = two;

    rc = air_book_cmp((*a)->m.vendor, (*a)->m.model, &(*b)->m);
    if (rc != 0) {
        return rc;
    }

    return (*a)->seq < (*b)->seq ? -1 : 1;
}


static int
air_book_alias_cmp(const void *one, const void *two)
{
    air_model_t              m;
    const air_book_alias_t  *a = one, *b = two;

    m.vendor = b->vendor;
    m.model = b->name;

    return air_book_cmp(a->vendor, a->name, &m);
}


static int
air_book_price_cmp(const void *one, const void *two)
{
    const air_price_t  *a = one, *b = two;

    return a->from_ms < b->from_ms ? -1 : a->from_ms > b->from_ms;
}


void
air_book_sort_long(air_price_t *p)
{
    unsigned     i, k;
    air_price_t  one;

    for (i = 1; i < p->nlc; i++) {
        one.lc[0] = p->lc[i];

        for (k = i; k > 0; k--) {

            if (p->lc[k - 1].tier < one.lc[0].tier
                || (p->lc[k - 1].tier == one.lc[0].tier
                    && p->lc[k - 1].threshold <= one.lc[0].threshold))
            {
                break;
            }

            p->lc[k] = p->lc[k - 1];
        }

        p->lc[k] = one.lc[0];
    }
}


/* What a price is, byte by byte in one order, to be hashed. */
typedef struct {
    size_t         len;
    unsigned char  data[4096];    /* a price and two names take 3,200        */
} air_book_image_t;


static void
air_book_image_u64(air_book_image_t *image, uint64_t n)
{
    unsigned  i;

    for (i = 0; i < 8; i++) {
        image->data[image->len++] = (unsigned char) (n >> (8 * i));
    }
}


static void
air_book_image_name(air_book_image_t *image, air_str_t name)
{
    air_book_image_u64(image, name.len);

    if (name.len > AIR_BOOK_NAME_MAX) {
        name.len = AIR_BOOK_NAME_MAX;
    }

    memcpy(image->data + image->len, name.data, name.len);
    image->len += name.len;
}


static void
air_book_image_rates(air_book_image_t *image, const uint64_t *rate)
{
    unsigned  i;

    for (i = 0; i < AIR_NCLASS; i++) {
        air_book_image_u64(image, rate[i]);
    }
}


static void
air_book_image_steps(air_book_image_t *image, const air_price_t *p)
{
    unsigned  i;

    for (i = 0; i < p->nlc; i++) {
        air_book_image_u64(image, p->lc[i].threshold);
        air_book_image_u64(image, p->lc[i].op * 256u + p->lc[i].tier);
        air_book_image_rates(image, p->lc[i].rate);
    }

    for (i = 0; i < p->nwindow; i++) {
        air_book_image_u64(image, (uint64_t) p->window[i].from_min << 32
                                  | (uint64_t) p->window[i].to_min << 16
                                  | (uint16_t) p->window[i].tz_min);
        air_book_image_u64(image, p->window[i].days);
        air_book_image_rates(image, p->window[i].rate);
    }
}


uint64_t
air_book_price_id(air_str_t vendor, air_str_t model, const air_price_t *p)
{
    uint64_t          id;
    unsigned          i;
    unsigned char     digest[SHA256_DIGEST_LENGTH];
    air_book_image_t  image;

    image.len = 0;

    air_book_image_name(&image, vendor);
    air_book_image_name(&image, model);
    air_book_image_u64(&image, (uint64_t) p->from_ms);

    /* not to_ms: that a price has ended since makes it no other price */

    for (i = 0; i < AIR_NTIER; i++) {
        air_book_image_rates(&image, p->rate[i]);
    }

    air_book_image_u64(&image, p->nlc * 256u + p->nwindow);
    air_book_image_steps(&image, p);

    for (i = 0; i < AIR_NFEE; i++) {
        air_book_image_u64(&image, p->fee[i]);
        air_book_image_u64(&image, p->fee_per[i]);
    }

    air_book_image_u64(&image, p->min_second);
    air_book_image_u64(&image, (uint64_t) p->mul_num << 32 | p->mul_den);
    air_book_image_u64(&image, p->free);

    (void) SHA256(image.data, image.len, digest);

    for (i = 0, id = 0; i < 8; i++) {
        id = id << 8 | digest[i];
    }

    /* 0 means none in a ledger */
    return id == 0 ? 1 : id;
}


/* Known rates and fees of a price, and those that are not zero. */
static void
air_book_known(const air_price_t *p, unsigned *known, unsigned *charged)
{
    unsigned  i, k;

    *known = 0;
    *charged = 0;

    for (i = 0; i < AIR_NTIER; i++) {
        for (k = 0; k < AIR_NCLASS; k++) {
            *known += p->rate[i][k] != AIR_UNKNOWN;
            *charged += p->rate[i][k] != AIR_UNKNOWN && p->rate[i][k] != 0;
        }
    }

    for (i = 0; i < AIR_NFEE; i++) {
        *known += p->fee[i] != AIR_UNKNOWN;
        *charged += p->fee[i] != AIR_UNKNOWN && p->fee[i] != 0;
    }
}


/* Input for nothing while output costs, or the other way round. */
static void
air_book_half_free(air_book_t *book, const air_book_model_t *model,
    air_book_price_t *price)
{
    unsigned   tier;
    uint64_t  *rate;

    for (tier = 0; tier < AIR_NTIER; tier++) {
        rate = price->p.rate[tier];

        if (rate[AIR_IN] != 0 || rate[AIR_OUT] == 0
            || rate[AIR_OUT] == AIR_UNKNOWN)
        {
            continue;
        }

        if (!book->strict) {
            rate[AIR_IN] = AIR_UNKNOWN;
            continue;
        }

        air_book_fail(book, AIR_EINVAL, price->line,
                      "input of \"%.*s\" is 0 while output is not: "
                      "leave it out when it is unknown",
                      (int) model->m.model.len, model->m.model.data);
    }
}


/* Judges one price; 0 when it says nothing and is left out. */
static int
air_book_check_price(air_book_t *book, const air_book_model_t *model,
    air_book_price_t *price)
{
    unsigned  known, charged;

    air_book_half_free(book, model, price);
    air_book_known(&price->p, &known, &charged);

    if (known == 0) {

        if (book->strict) {
            air_book_fail(book, AIR_EINVAL, price->line,
                          "\"%.*s\" has a period without any price",
                          (int) model->m.model.len, model->m.model.data);
        }

        return 0;
    }

    air_book_sort_long(&price->p);

    price->p.free = model->free;
    price->p.zero = charged == 0 && !model->free;

    if (price->p.from_ms >= price->p.to_ms) {
        air_book_fail(book, AIR_EINVAL, price->line,
                      "a period of \"%.*s\" ends before it begins",
                      (int) model->m.model.len, model->m.model.data);
    }

    return 1;
}


/* Moves a model's lists into arrays. */
static int
air_book_settle(air_book_t *book, air_book_model_t *model)
{
    unsigned           i;
    air_book_mul_t    *mul;
    air_book_name_t   *alias;
    air_book_price_t  *price;

    model->m.price = air_book_alloc(book, (model->m.nprice + 1)
                                          * sizeof(air_price_t));
    model->m.alias = air_book_alloc(book, (model->m.nalias + 1)
                                          * sizeof(air_str_t));
    model->m.mul = air_book_alloc(book, (model->m.nmul + 1)
                                        * sizeof(air_model_mul_t));

    if (book->rc != AIR_OK) {
        return book->rc;
    }

    i = 0;

    for (price = model->prices; price != NULL; price = price->next) {
        if (air_book_check_price(book, model, price)) {
            model->m.price[i++] = price->p;
        }
    }

    model->m.nprice = i;

    for (i = 0, alias = model->aliases; alias != NULL; alias = alias->next) {
        model->m.alias[i++] = alias->name;
    }

    for (i = model->m.nmul, mul = model->muls; mul != NULL; mul = mul->next) {
        model->m.mul[--i] = mul->m;
    }

    qsort(model->m.price, model->m.nprice, sizeof(air_price_t),
          air_book_price_cmp);

    for (i = 0; i < model->m.nprice; i++) {

        if (i != 0
            && model->m.price[i - 1].to_ms > model->m.price[i].from_ms)
        {
            air_book_fail(book, AIR_EINVAL, model->m.line,
                          "two periods of \"%.*s\" overlap",
                          (int) model->m.model.len, model->m.model.data);
        }

        model->m.price[i].id = air_book_price_id(model->m.vendor,
                                                 model->m.model,
                                                 &model->m.price[i]);
    }

    return book->rc;
}


static air_str_t
air_book_copy(unsigned char **pool, air_str_t s)
{
    air_str_t  copy;

    copy.len = s.len;
    copy.data = *pool;

    if (s.len != 0) {
        memcpy(*pool, s.data, s.len);
        *pool += s.len;
    }

    return copy;
}


/* How much of everything the models hold. */
typedef struct {
    size_t  bytes;
    size_t  prices;
    size_t  aliases;
    size_t  muls;
} air_book_size_t;


static air_book_size_t
air_book_measure(const air_model_t *models, unsigned n)
{
    unsigned         i, k;
    air_book_size_t  size;

    memset(&size, 0, sizeof(size));

    for (i = 0; i < n; i++) {
        size.bytes += models[i].vendor.len + models[i].model.len
                      + models[i].as_of.len + models[i].source.len;
        size.prices += models[i].nprice;
        size.aliases += models[i].nalias;
        size.muls += models[i].nmul;

        for (k = 0; k < models[i].nalias; k++) {
            size.bytes += models[i].alias[k].len;
        }

        for (k = 0; k < models[i].nmul; k++) {
            size.bytes += models[i].mul[k].name.len;
        }
    }

    return size;
}


/* Where the next piece of each kind goes. */
typedef struct {
    unsigned char    *bytes;
    air_price_t      *price;
    air_str_t        *alias;
    air_model_mul_t  *mul;
} air_book_pool_t;


static void
air_book_pack_model(air_pricebook_t *book, unsigned i, const air_model_t *from,
    air_book_pool_t *pool)
{
    unsigned           k;
    air_model_t       *to;
    air_book_alias_t  *alias;

    to = &book->models[i];
    *to = *from;

    to->vendor = air_book_copy(&pool->bytes, from->vendor);
    to->model = air_book_copy(&pool->bytes, from->model);
    to->as_of = air_book_copy(&pool->bytes, from->as_of);
    to->source = air_book_copy(&pool->bytes, from->source);

    to->price = pool->price;
    pool->price += from->nprice;

    if (from->nprice != 0) {
        memcpy(to->price, from->price, from->nprice * sizeof(air_price_t));
    }

    to->alias = pool->alias;
    pool->alias += from->nalias;

    for (k = 0; k < from->nalias; k++) {
        to->alias[k] = air_book_copy(&pool->bytes, from->alias[k]);

        alias = &book->aliases[book->naliases++];
        alias->vendor = to->vendor;
        alias->name = to->alias[k];
        alias->model = i;
    }

    to->mul = pool->mul;
    pool->mul += from->nmul;

    for (k = 0; k < from->nmul; k++) {
        to->mul[k] = from->mul[k];
        to->mul[k].name = air_book_copy(&pool->bytes, from->mul[k].name);
    }
}


int
air_book_pack(const air_model_t *models, unsigned n, int64_t time_ms,
    const air_mem_t *mem, air_pricebook_t **out)
{
    unsigned          i;
    air_book_pool_t   pool;
    air_book_size_t   size;
    air_pricebook_t  *book;

    size = air_book_measure(models, n);

    book = air_mem_get(mem, sizeof(air_pricebook_t));
    if (book == NULL) {
        return AIR_ENOMEM;
    }

    memset(book, 0, sizeof(air_pricebook_t));
    book->n = n;
    book->time_ms = time_ms;

    book->models = air_mem_get(mem, (n + 1) * sizeof(air_model_t));
    if (book->models == NULL) {
        return AIR_ENOMEM;
    }

    book->aliases = air_mem_get(mem, (size.aliases + 1)
                                     * sizeof(air_book_alias_t));
    if (book->aliases == NULL) {
        return AIR_ENOMEM;
    }

    pool.bytes = air_mem_get(mem, size.bytes + 1);
    if (pool.bytes == NULL) {
        return AIR_ENOMEM;
    }

    pool.price = air_mem_get(mem, (size.prices + 1) * sizeof(air_price_t));
    if (pool.price == NULL) {
        return AIR_ENOMEM;
    }

    pool.alias = air_mem_get(mem, (size.aliases + 1) * sizeof(air_str_t));
    if (pool.alias == NULL) {
        return AIR_ENOMEM;
    }

    pool.mul = air_mem_get(mem, (size.muls + 1) * sizeof(air_model_mul_t));
    if (pool.mul == NULL) {
        return AIR_ENOMEM;
    }

    for (i = 0; i < n; i++) {
        air_book_pack_model(book, i, &models[i], &pool);
    }

    qsort(book->aliases, book->naliases, sizeof(air_book_alias_t),
          air_book_alias_cmp);

    *out = book;

    return AIR_OK;
}


/* In a table of ours no alias may mean two models; a model's own name wins. */
static int
air_book_ambiguous(air_book_t *book, const air_pricebook_t *packed)
{
    unsigned                 i;
    const air_model_t       *model;
    const air_book_alias_t  *alias;

    for (i = 1; i < packed->naliases; i++) {
        alias = &packed->aliases[i];
        model = &packed->models[alias->model];

        if (air_book_alias_cmp(alias - 1, alias) != 0) {
            continue;
        }

        return air_book_fail(book, AIR_EINVAL, model->line,
                             "alias \"%.*s\" of \"%.*s\" is an alias of "
                             "another model too", (int) alias->name.len,
                             alias->name.data, (int) model->model.len,
                             model->model.data);
    }

    return AIR_OK;
}


/* Drops one alias of a model; the others move up. */
static void
air_book_drop_alias(air_model_t *model, air_str_t name)
{
    unsigned  i, n;

    for (i = 0, n = 0; i < model->nalias; i++) {
        if (!air_str_eq(model->alias[i], name)) {
            model->alias[n++] = model->alias[i];
        }
    }

    model->nalias = n;
}


void
air_book_prune(air_pricebook_t *book)
{
    unsigned                 i, n;
    air_book_alias_t        *alias;
    const air_model_t       *model, *named;

    for (i = 0, n = 0; i < book->naliases; i++) {
        alias = &book->aliases[i];
        model = &book->models[alias->model];

        /* a model of this name wins, then the first alias */
        named = air_pricebook_find(book, alias->vendor, alias->name);

        if ((named == model || named == NULL
             || !air_str_eq(named->model, alias->name))
            && (n == 0
                || air_book_alias_cmp(&book->aliases[n - 1], alias) != 0))
        {
            book->aliases[n++] = *alias;
            continue;
        }

        air_book_drop_alias(&book->models[alias->model], alias->name);
    }

    book->naliases = n;
}


/* Sorts the models, takes out or refuses doubles, and makes them whole. */
static air_model_t *
air_book_collect(air_book_t *book, unsigned *n)
{
    unsigned            i;
    air_model_t        *models;
    air_book_model_t   *model;
    air_book_model_t  **sorted;

    sorted = air_book_alloc(book, (book->n + 1) * sizeof(air_book_model_t *));
    models = air_book_alloc(book, (book->n + 1) * sizeof(air_model_t));

    if (sorted == NULL || models == NULL) {
        return NULL;
    }

    for (i = 0, model = book->models; model != NULL; model = model->next) {
        sorted[i++] = model;
    }

    qsort(sorted, i, sizeof(air_book_model_t *), air_book_model_cmp);

    *n = 0;

    for (i = 0; i < book->n; i++) {
        model = sorted[i];

        if (model->held) {
            continue;
        }

        if (*n != 0
            && air_book_cmp(model->m.vendor, model->m.model, &models[*n - 1])
               == 0)
        {
            if (book->strict) {
                air_book_fail(book, AIR_EINVAL, model->m.line,
                              "duplicate model \"%.*s\" of %.*s, "
                              "first in line %u",
                              (int) model->m.model.len, model->m.model.data,
                              (int) model->m.vendor.len,
                              model->m.vendor.data, models[*n - 1].line);
                return NULL;
            }

            continue;
        }

        if (air_book_settle(book, model) != AIR_OK) {
            return NULL;
        }

        models[(*n)++] = model->m;
    }

    return models;
}


/* Takes the notes on what was left out along. */
static int
air_book_keep_skipped(air_book_t *book, air_pricebook_t *packed)
{
    unsigned                n;
    const air_book_skip_t  *skip;

    n = book->nskipped;

    packed->skipped = air_mem_get(book->mem,
                                  (n + 1) * sizeof(air_pricebook_error_t));
    if (packed->skipped == NULL) {
        return air_book_fail(book, AIR_ENOMEM, 0, "no memory");
    }

    packed->nskipped = n;

    for (skip = book->skipped; skip != NULL; skip = skip->next) {
        packed->skipped[--n] = skip->e;
    }

    return AIR_OK;
}


int
air_book_finish(air_book_t *book, air_pricebook_t **out)
{
    unsigned      n;
    air_model_t  *models;

    if (book->rc != AIR_OK) {
        return book->rc;
    }

    models = air_book_collect(book, &n);
    if (models == NULL) {
        return book->rc;
    }

    if (n == 0) {
        return air_book_fail(book, AIR_EINVAL, 1, "no model in it");
    }

    if (air_book_pack(models, n, book->time_ms, book->mem, out) != AIR_OK) {
        return air_book_fail(book, AIR_ENOMEM, 0, "no memory");
    }

    if (book->strict && air_book_ambiguous(book, *out) != AIR_OK) {
        return book->rc;
    }

    air_book_prune(*out);

    return air_book_keep_skipped(book, *out);
}
