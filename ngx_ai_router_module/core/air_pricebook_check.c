
/*
 * Checking a table that was collected: each price, each model, and all of
 * them together.
 */

#include "air_pricebook_build.h"

#include <stdlib.h>


static int
air_book_model_cmp(const void *one, const void *two)
{
    int                      rc;
    const air_book_model_t  *a, *b;

    a = *(air_book_model_t *const *) one;
    b = *(air_book_model_t *const *) two;

    rc = air_book_cmp(a->m.vendor, a->m.model, &b->m);
    if (rc != 0) {
        return rc;
    }

    return a->seq < b->seq ? -1 : 1;
}


static int
air_book_price_cmp(const void *one, const void *two)
{
    const air_price_t  *a = one, *b = two;

    return a->from_ms < b->from_ms ? -1 : a->from_ms > b->from_ms;
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
