
/*
 * A checked table packed into the caller's memory: six pieces, whatever it
 * holds.  And the identity of a price: a hash of its content.
 */

#include "air_pricebook_build.h"

#include <openssl/sha.h>
#include <stdlib.h>


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


int
air_book_alias_cmp(const void *one, const void *two)
{
    air_model_t              m;
    const air_book_alias_t  *a = one, *b = two;

    m.vendor = b->vendor;
    m.model = b->name;

    return air_book_cmp(a->vendor, a->name, &m);
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
