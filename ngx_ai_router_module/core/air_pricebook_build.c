
/*
 * Collecting a price table: what the readers of all formats share.  A table
 * is all or nothing: a single bad figure refuses the file, with its line.
 */

#include "air_pricebook_build.h"

#include <stdarg.h>
#include <stdio.h>


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


void
air_book_say(air_pricebook_error_t *error, unsigned line, const char *text)
{
    size_t  i;

    error->line = line;

    for (i = 0; text[i] != '\0' && i < sizeof(error->text) - 1; i++) {
        error->text[i] = text[i];
    }

    error->text[i] = '\0';
}


void *
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
