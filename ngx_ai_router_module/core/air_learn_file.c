
/*
 * Weights as a file, all numbers little-endian: a head (magic, version,
 * models), the models, a checksum of all before it.
 */

#include "air_learn.h"


#define AIR_LEARN_MAGIC    "airlearn"
#define AIR_LEARN_VERSION  1
#define AIR_LEARN_HEAD     16
#define AIR_LEARN_DOUBLES  (3 + 2 * (2 * AIR_LEARN_BINS - 1)                  \
                            + 3 * AIR_LEARN_PROMISES)
#define AIR_LEARN_MODEL    (AIR_LEARN_PAIR + 4 + 8 * AIR_LEARN_DOUBLES        \
                            + 3 * AIR_LEARN_BUCKETS)
#define AIR_LEARN_SUM      8


static uint64_t
air_learn_sum(const unsigned char *p, size_t n)
{
    size_t    i;
    uint64_t  sum;

    sum = 14695981039346656037u;

    for (i = 0; i < n; i++) {
        sum = (sum ^ p[i]) * 1099511628211u;
    }

    return sum;
}


static void
air_learn_put(air_buf_t *b, uint64_t n, unsigned bytes)
{
    unsigned  i;

    for (i = 0; i < bytes; i++) {
        air_buf_byte(b, (unsigned char) (n >> 8 * i));
    }
}


static uint64_t
air_learn_get(const unsigned char **p, unsigned bytes)
{
    uint64_t  n;
    unsigned  i;

    n = 0;

    for (i = 0; i < bytes; i++) {
        n |= (uint64_t) (*p)[i] << 8 * i;
    }

    *p += bytes;

    return n;
}


static void
air_learn_put_doubles(air_buf_t *b, const double *x, unsigned n)
{
    uint64_t  bits;
    unsigned  i;

    for (i = 0; i < n; i++) {
        memcpy(&bits, &x[i], sizeof(bits));
        air_learn_put(b, bits, 8);
    }
}


static void
air_learn_get_doubles(const unsigned char **p, double *x, unsigned n)
{
    uint64_t  bits;
    unsigned  i;

    for (i = 0; i < n; i++) {
        bits = air_learn_get(p, 8);
        memcpy(&x[i], &bits, sizeof(bits));
    }
}


static void
air_learn_put_bins(air_buf_t *b, const air_learn_bins_t *bins)
{
    air_learn_put_doubles(b, bins->cut, AIR_LEARN_BINS - 1);
    air_learn_put_doubles(b, bins->share, AIR_LEARN_BINS);
}


static void
air_learn_get_bins(const unsigned char **p, air_learn_bins_t *bins)
{
    air_learn_get_doubles(p, bins->cut, AIR_LEARN_BINS - 1);
    air_learn_get_doubles(p, bins->share, AIR_LEARN_BINS);
}


int
air_learn_write(const air_learn_t *const *models, unsigned n, air_buf_t *b)
{
    size_t              start;
    unsigned            i, k;
    const air_learn_t  *m;

    start = b->len;

    air_buf_z(b, AIR_LEARN_MAGIC);
    air_learn_put(b, AIR_LEARN_VERSION, 4);
    air_learn_put(b, n, 4);

    for (i = 0; i < n; i++) {
        m = models[i];

        air_buf_add(b, m->pair, AIR_LEARN_PAIR);
        air_learn_put(b, m->rows, 4);
        air_learn_put_doubles(b, m->scale, 2);
        air_learn_put_doubles(b, &m->novel, 1);
        air_learn_put_bins(b, &m->needs);
        air_learn_put_bins(b, &m->novelties);

        for (k = 0; k < AIR_LEARN_PROMISES; k++) {
            air_learn_put_doubles(b, &m->point[k].threshold, 1);
            air_learn_put_doubles(b, &m->point[k].cheap, 1);
            air_learn_put_doubles(b, &m->point[k].kept, 1);
        }

        for (k = 0; k < AIR_LEARN_BUCKETS; k++) {
            air_learn_put(b, (uint8_t) m->weight[k].cheap, 1);
            air_learn_put(b, (uint8_t) m->weight[k].strong, 1);
            air_learn_put(b, m->weight[k].rare, 1);
        }
    }

    if (b->error == AIR_OK) {
        air_learn_put(b, air_learn_sum(b->data + start, b->len - start),
                      AIR_LEARN_SUM);
    }

    return b->error;
}


unsigned
air_learn_count(air_str_t file)
{
    uint64_t              n;
    const unsigned char  *p;

    if (file.len < AIR_LEARN_HEAD + AIR_LEARN_SUM
        || memcmp(file.data, AIR_LEARN_MAGIC, 8) != 0)
    {
        return 0;
    }

    p = file.data + 8;

    if (air_learn_get(&p, 4) != AIR_LEARN_VERSION) {
        return 0;
    }

    n = air_learn_get(&p, 4);

    if (n > 1024
        || file.len != AIR_LEARN_HEAD + n * AIR_LEARN_MODEL + AIR_LEARN_SUM)
    {
        return 0;
    }

    p = file.data + file.len - AIR_LEARN_SUM;

    return air_learn_get(&p, 8)
           == air_learn_sum(file.data, file.len - AIR_LEARN_SUM)
           ? (unsigned) n : 0;
}


/* The model at p, in a file that was checked. */
static void
air_learn_unpack(const unsigned char *p, air_learn_t *model)
{
    unsigned  k;

    memcpy(model->pair, p, AIR_LEARN_PAIR);
    model->pair[AIR_LEARN_PAIR - 1] = '\0';
    p += AIR_LEARN_PAIR;

    model->rows = (uint32_t) air_learn_get(&p, 4);
    air_learn_get_doubles(&p, model->scale, 2);
    air_learn_get_doubles(&p, &model->novel, 1);
    air_learn_get_bins(&p, &model->needs);
    air_learn_get_bins(&p, &model->novelties);

    for (k = 0; k < AIR_LEARN_PROMISES; k++) {
        air_learn_get_doubles(&p, &model->point[k].threshold, 1);
        air_learn_get_doubles(&p, &model->point[k].cheap, 1);
        air_learn_get_doubles(&p, &model->point[k].kept, 1);
    }

    for (k = 0; k < AIR_LEARN_BUCKETS; k++) {
        model->weight[k].cheap = (int8_t) air_learn_get(&p, 1);
        model->weight[k].strong = (int8_t) air_learn_get(&p, 1);
        model->weight[k].rare = (uint8_t) air_learn_get(&p, 1);
    }
}


int
air_learn_read(air_str_t file, unsigned i, air_learn_t *model)
{
    if (i >= air_learn_count(file)) {
        return AIR_ECORRUPT;
    }

    air_learn_unpack(file.data + AIR_LEARN_HEAD + (size_t) i * AIR_LEARN_MODEL,
                     model);

    return AIR_OK;
}


int
air_learn_find(air_str_t file, const char *pair, air_learn_t *model,
    uint64_t *sum)
{
    unsigned              i, n;
    const unsigned char  *p;

    n = air_learn_count(file);

    if (n == 0) {
        return AIR_ECORRUPT;
    }

    p = file.data + AIR_LEARN_HEAD;

    for (i = 0; i < n; i++, p += AIR_LEARN_MODEL) {

        if (strncmp((const char *) p, pair, AIR_LEARN_PAIR) != 0) {
            continue;
        }

        air_learn_unpack(p, model);

        if (sum != NULL) {
            *sum = air_learn_sum(p, AIR_LEARN_MODEL);
        }

        return AIR_OK;
    }

    return AIR_ENOENT;
}
