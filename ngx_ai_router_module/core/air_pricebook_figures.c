
/*
 * What our own table says of a model's quality and speed, until the router
 * has measured the latter itself:
 *
 *   "quality": { "index": 0.82, "by": { "code": 0.9, "translate": 0.8 } }
 *   "speed": { "latency_ms": 450, "throughput": 85.5 }
 */

#include "air_pricebook_build.h"


#define AIR_FIGURE_MS    3600000          /* an hour                        */
#define AIR_FIGURE_RATE  1000000000       /* a million tokens a second      */


static void
air_figure_unknown(air_book_t *book, const air_jnode_t *node,
    const char *where)
{
    air_book_fail(book, AIR_EINVAL, node->line,
                  "unknown field \"%.*s\" in \"%s\" of \"%.*s\"",
                  (int) (node->key.len > 40 ? 40 : node->key.len),
                  node->key.data, where, (int) book->at.len, book->at.data);
}


/* A number in thousandths, above 0 and at most max; 0 when it is null. */
static uint64_t
air_figure_read(air_book_t *book, const air_jnode_t *node, uint64_t max)
{
    int       rc;
    uint64_t  n;

    if (node->type == AIR_JSON_NULL) {
        return 0;
    }

    rc = AIR_EINVAL;
    n = 0;

    if (node->type == AIR_JSON_NUMBER) {
        rc = air_decimal(node->text, 3, &n);
    }

    if (rc != AIR_OK || n == 0 || n > max) {
        air_book_fail(book, AIR_EINVAL, node->line,
                      "\"%.*s\" of \"%.*s\" is a number above 0 and at most "
                      "%llu",
                      (int) (node->key.len > 40 ? 40 : node->key.len),
                      node->key.data, (int) book->at.len, book->at.data,
                      (unsigned long long) max / 1000);
        return 0;
    }

    return n;
}


static const air_jnode_t *
air_figure_object(air_book_t *book, const air_jnode_t *node)
{
    if (node == NULL || node->type == AIR_JSON_NULL) {
        return NULL;
    }

    if (node->type != AIR_JSON_OBJECT) {
        air_book_fail(book, AIR_EINVAL, node->line,
                      "\"%.*s\" of \"%.*s\": expected an object",
                      (int) (node->key.len > 40 ? 40 : node->key.len),
                      node->key.data, (int) book->at.len, book->at.data);
        return NULL;
    }

    return node->child;
}


static void
air_figure_by(air_book_t *book, const air_jnode_t *node, air_model_t *m)
{
    air_task_e  task;

    for (node = air_figure_object(book, node); node != NULL;
         node = node->next)
    {
        task = air_task_by_name(node->key);

        if (task == AIR_NTASK) {
            air_book_fail(book, AIR_EINVAL, node->line,
                          "no class of task is called \"%.*s\"",
                          (int) (node->key.len > 40 ? 40 : node->key.len),
                          node->key.data);
            return;
        }

        m->quality_of[task] = (uint16_t) air_figure_read(book, node, 1000);
    }
}


void
air_book_ours_figures(air_book_t *book, const air_jnode_t *model,
    air_model_t *m)
{
    const air_jnode_t  *node;

    node = air_figure_object(book, air_jtree_get(model, "quality"));

    for ( /* void */ ; node != NULL; node = node->next) {

        if (air_str_eqz(node->key, "index")) {
            m->quality = (uint16_t) air_figure_read(book, node, 1000);

        } else if (air_str_eqz(node->key, "by")) {
            air_figure_by(book, node, m);

        } else {
            air_figure_unknown(book, node, "quality");
        }
    }

    node = air_figure_object(book, air_jtree_get(model, "speed"));

    for ( /* void */ ; node != NULL; node = node->next) {

        if (air_str_eqz(node->key, "latency_ms")) {

            /* to whole ms, and not to 0: that is unknown */

            m->latency = (uint32_t) ((air_figure_read(book, node,
                                          AIR_FIGURE_MS * 1000ull) + 999)
                                     / 1000);

        } else if (air_str_eqz(node->key, "throughput")) {
            m->throughput = (uint32_t) air_figure_read(book, node,
                                                       AIR_FIGURE_RATE);

        } else {
            air_figure_unknown(book, node, "speed");
        }
    }
}


static void
air_figure_write(air_buf_t *b, const char *key, uint64_t n, int *first)
{
    if (n == 0) {
        return;
    }

    air_buf_z(b, *first ? "\"" : ",\"");
    *first = 0;
    air_buf_z(b, key);
    air_buf_z(b, "\":");
    air_buf_milli(b, n);
}


void
air_book_write_figures(air_buf_t *b, const air_model_t *m)
{
    int         first;
    air_task_e  task;
    unsigned    any;

    any = 0;

    for (task = 0; task < AIR_NTASK; task++) {
        any |= m->quality_of[task];
    }

    if (m->quality != 0 || any != 0) {
        first = 1;
        air_buf_z(b, ",\n  \"quality\":{");
        air_figure_write(b, "index", m->quality, &first);

        if (any != 0) {
            air_buf_z(b, first ? "\"by\":{" : ",\"by\":{");
            first = 1;

            for (task = 0; task < AIR_NTASK; task++) {
                air_figure_write(b, air_task_name(task), m->quality_of[task],
                                 &first);
            }

            air_buf_byte(b, '}');
        }

        air_buf_byte(b, '}');
    }

    if (m->latency != 0 || m->throughput != 0) {
        first = 1;
        air_buf_z(b, ",\n  \"speed\":{");
        air_figure_write(b, "latency_ms", m->latency * 1000ull, &first);
        air_figure_write(b, "throughput", m->throughput, &first);
        air_buf_byte(b, '}');
    }
}


void
air_book_merge_figures(air_model_t *to, const air_model_t *old,
    const air_model_t *model)
{
    air_task_e  task;

    to->quality = model->quality ? model->quality : old->quality;
    to->latency = model->latency ? model->latency : old->latency;
    to->throughput = model->throughput ? model->throughput : old->throughput;

    for (task = 0; task < AIR_NTASK; task++) {
        to->quality_of[task] = model->quality_of[task]
                               ? model->quality_of[task]
                               : old->quality_of[task];
    }
}


unsigned
air_model_quality(const air_model_t *model, air_task_e task)
{
    if (model == NULL) {
        return 0;
    }

    if ((unsigned) task < AIR_NTASK && model->quality_of[task] != 0) {
        return model->quality_of[task];
    }

    return model->quality;
}
