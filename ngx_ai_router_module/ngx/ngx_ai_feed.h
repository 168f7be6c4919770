
/*
 * Feeds: tables of prices, figures of quality and speed, vendors' lists of
 * models, fetched by jobs (ngx_ai_job.h) into files under DIR/feeds, which each
 * worker reads again when they change.
 *
 *   prices.json    what feeds say of prices; it lies over the file of
 *                  ai_prices, as air_pricebook_overlay() has it
 *   review.json    the same, while it waits for "ai-router prices accept"
 *   digest.json    what the last change was
 *   quality.json   figures, with the credit of who measured them
 *   models-V.json  what the vendor V offers
 *   NAME.state     how the last fetch went, and what to ask the next with
 */

#ifndef _NGX_AI_FEED_H_INCLUDED_
#define _NGX_AI_FEED_H_INCLUDED_


#include "ngx_ai_job.h"

#include "../core/air_feed.h"


#define NGX_AI_FEED_DIR      "feeds"
#define NGX_AI_FEED_PRICES   "prices.json"
#define NGX_AI_FEED_QUALITY  "quality.json"


/* one "ai_feed", or one vendor of it */
typedef struct {
    ngx_ai_job_t          job;
    ngx_ai_place_t        place;
    air_feed_kind_e       kind;
    const air_feed_t     *feed;           /* not of models                  */
    const air_feed_t     *check;
    char                 *url;            /* NULL: the feed's own           */
    char                 *check_url;
    char                 *ca;
    char                 *header;         /* with the key, or NULL          */
    ngx_uint_t            differ;
    ngx_msec_t            timeout;
    ngx_str_t             vendor_name;    /* of models, "*": all            */
    ngx_ai_vendor_t      *vendor;
    char                  file[64];       /* of its state                   */
    unsigned              review:1;

    /* of one run */

    ngx_pool_t           *pool;           /* of its thread                  */
    ngx_str_t             digest;         /* lines for the log, or empty    */
    ngx_uint_t            changed;
    ngx_uint_t            held;
    ngx_uint_t            orders;
} ngx_ai_feed_t;


/* Setter of ai_feed. */
char *ngx_ai_conf_feed(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* After parsing, before anybody looks at prices: amcf->prices_own is the file
   of ai_prices, amcf->prices what holds.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_ai_feed_prices(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf);

/* After parsing: vendors by name, and the jobs.  NGX_OK or NGX_ERROR,
   logged. */
ngx_int_t ngx_ai_feed_resolve(ngx_conf_t *cf, ngx_ai_main_conf_t *amcf);

/* The book's model that the vendor serves under that name, or NULL. */
const air_model_t *ngx_ai_feed_model(const air_pricebook_t *book,
    ngx_ai_vendor_t *vendor, air_str_t model);

/* The whole of a file in DIR/feeds into mem: NGX_OK; NGX_DECLINED: there is
   none; NGX_ERROR.  No folder is made for it. */
ngx_int_t ngx_ai_feed_file(ngx_ai_main_conf_t *amcf, const char *name,
    const air_mem_t *mem, air_str_t *text);

/* In a thread: the table of DIR/feeds over own, both may be missing, into
   mem: NGX_OK, *book is NULL when there is nothing; NGX_ERROR with why. */
ngx_int_t ngx_ai_feed_load(ngx_ai_main_conf_t *amcf, const air_mem_t *mem,
    air_pricebook_t **book, char *why, size_t size);

/* The jobs' run() and done(). */
ngx_int_t ngx_ai_feed_run(ngx_ai_job_t *job);
void ngx_ai_feed_done(ngx_ai_job_t *job);

/* Worker: looks at the files and reads them when they change; at the end, when
   the threads are gone. */
ngx_int_t ngx_ai_feed_init_process(ngx_cycle_t *cycle,
    ngx_ai_main_conf_t *amcf);
void ngx_ai_feed_exit_process(ngx_ai_main_conf_t *amcf);

/* The member "feeds" of the status. */
void ngx_ai_feed_status(ngx_ai_main_conf_t *amcf, air_buf_t *b);


#endif /* _NGX_AI_FEED_H_INCLUDED_ */
