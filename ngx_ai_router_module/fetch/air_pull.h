
/*
 * Feeds fetched and judged: all of one is good, or nothing is changed.  For
 * threads and commands: it blocks.
 */

#ifndef _AIR_PULL_H_INCLUDED_
#define _AIR_PULL_H_INCLUDED_


#include "air_fetch.h"
#include "../core/air_feed.h"


#define AIR_PULL_PAGES  50


typedef struct {
    const air_feed_t  *feed;      /* NULL for a vendor's models             */
    const char        *url;       /* NULL: the feed's own                   */
    const air_feed_t  *check;     /* prices: a second feed, or NULL         */
    const char        *check_url;
    unsigned           differ;    /* percent they may be apart              */
    const char        *header[AIR_FETCH_HEADERS];
    unsigned           nheader;   /* of the feed itself, not of check       */
    const char        *page;      /* argument that asks for the next page, or
                                     NULL: there is one                     */
    const char        *ca_file;   /* NULL: the system's                     */
    long               total_ms;  /* of a request, of all pages of a list,
                                     0: 60,000                              */
    int              (*stop)(void *ud);
    void              *ud;
    int64_t            now_ms;
    unsigned           force:1;   /* prices: hold back nothing              */
} air_pull_t;


typedef enum {
    AIR_PULL_NEW = 0,             /* there is something to be written       */
    AIR_PULL_SAME,                /* as it was                              */
    AIR_PULL_FAILED,              /* nothing is to be changed               */
    AIR_PULL_STOPPED              /* given up by stop                       */
} air_pull_e;


/*
 * Each leaves in state->said how it went, in words for people, moves
 * tried_ms, and on NEW or SAME good_ms; what else is in *state is for the next
 * call, and to be kept.  *retry_ms is what the server asks to be left alone
 * for, 0.  Bytes come from mem.
 */

/*
 * Prices brought into old (NULL: none): see air_merge_t's keep and feed.
 * digest, initialised, tells what changed; *merged is what holds then.
 */
air_pull_e air_pull_prices(const air_pull_t *pull, const air_pricebook_t *old,
    air_feed_state_t *state, const air_mem_t *mem, air_digest_t *digest,
    air_pricebook_t **merged, uint64_t *retry_ms);

/* Quality and speed. */
air_pull_e air_pull_quality(const air_pull_t *pull, air_feed_state_t *state,
    const air_mem_t *mem, air_figures_t **figures, uint64_t *retry_ms);

/* A vendor's models, sorted. */
air_pull_e air_pull_models(const air_pull_t *pull, air_feed_state_t *state,
    const air_mem_t *mem, air_listing_t *list, uint64_t *retry_ms);


#endif /* _AIR_PULL_H_INCLUDED_ */
