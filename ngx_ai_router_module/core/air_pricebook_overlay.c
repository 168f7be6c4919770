
/*
 * The operator's table and what feeds made of it, as one.
 */

#include "air_feed.h"
#include "air_pricebook_build.h"


/* When the last of a model's prices began. */
static int64_t
air_overlay_began(const air_model_t *m)
{
    return m->nprice != 0 ? m->price[m->nprice - 1].from_ms : INT64_MIN;
}


/* Which of two models of one name holds. */
static const air_model_t *
air_overlay_pick(const air_model_t *base, const air_model_t *feed)
{
    if (base == NULL) {
        return feed;
    }

    if (feed == NULL || !air_feed_owns(base)
        || air_overlay_began(base) > air_overlay_began(feed))
    {
        return base;
    }

    return feed;
}


int
air_pricebook_overlay(air_pricebook_t **out, const air_pricebook_t *base,
    const air_pricebook_t *feeds, const struct air_figures_s *figures,
    const air_mem_t *mem)
{
    int                 rc, order;
    int64_t             time_ms;
    unsigned            i, k, n, nbase, nfeeds;
    air_model_t        *models;
    const air_model_t  *one, *two, *m;

    nbase = base != NULL ? base->n : 0;
    nfeeds = feeds != NULL ? feeds->n : 0;
    time_ms = base != NULL ? base->time_ms : 0;

    if (feeds != NULL && feeds->time_ms > time_ms) {
        time_ms = feeds->time_ms;
    }

    models = air_mem_get(mem, (nbase + nfeeds + 1) * sizeof(air_model_t));
    if (models == NULL) {
        return AIR_ENOMEM;
    }

    for (i = 0, k = 0, n = 0; i < nbase || k < nfeeds; ) {

        order = i == nbase ? 1
                : k == nfeeds ? -1
                : air_book_cmp(base->models[i].vendor, base->models[i].model,
                               &feeds->models[k]);

        one = order <= 0 ? &base->models[i++] : NULL;
        two = order >= 0 ? &feeds->models[k++] : NULL;

        /* what is no feed's in their file is nobody's */

        if (two != NULL && !air_feed_owns(two)) {
            two = NULL;
        }

        m = air_overlay_pick(one, two);

        if (m == NULL) {
            continue;
        }

        models[n] = *m;

        if (one != NULL && two != NULL) {
            air_book_merge_figures(&models[n], one == m ? two : one, m);
        }

        if (figures != NULL) {
            (void) air_figures_fill(figures, &models[n]);
        }

        n++;
    }

    rc = air_book_pack(models, n, time_ms, mem, out);

    if (rc == AIR_OK) {
        air_book_prune(*out);
    }

    return rc;
}


int
air_pricebook_feeds(air_pricebook_t **out, const air_pricebook_t *book,
    const air_mem_t *mem)
{
    unsigned      i, n;
    air_model_t  *models;

    models = air_mem_get(mem, (book->n + 1) * sizeof(air_model_t));
    if (models == NULL) {
        return AIR_ENOMEM;
    }

    for (i = 0, n = 0; i < book->n; i++) {
        if (air_feed_owns(&book->models[i])) {
            models[n++] = book->models[i];
        }
    }

    return air_book_pack(models, n, book->time_ms, mem, out);
}
