
/*
 * Feeds: what is fetched at intervals from servers that nobody vouches for -
 * prices, quality and speed, vendors' lists of models.  Pure: whoever fetches
 * hands in what came, and writes what is made of it.
 */

#ifndef _AIR_FEED_H_INCLUDED_
#define _AIR_FEED_H_INCLUDED_


#include "air_pricebook.h"


#define AIR_FEED_BODY    (16 * 1024 * 1024)    /* of a reply, at the most   */
#define AIR_FEED_DIFFER  25       /* percent that two feeds may be apart    */


typedef enum {
    AIR_FEED_PRICES = 0,
    AIR_FEED_QUALITY,
    AIR_FEED_MODELS
} air_feed_kind_e;


typedef struct {
    const char           *name;
    air_feed_kind_e       kind;
    air_prices_format_e   format;         /* of prices                      */
    const char           *url;            /* where it is published          */
    const char           *credit;         /* to be shown with its figures,
                                             or NULL                        */
} air_feed_t;


/* The feed of that kind and name, or NULL. */
const air_feed_t *air_feed_by_name(air_feed_kind_e kind, air_str_t name);

/* The i-th of a kind, or NULL past the end. */
const air_feed_t *air_feed_at(air_feed_kind_e kind, unsigned i);

/* 1 for an address that feeds may be fetched from: https, or this machine. */
int air_feed_url(air_str_t url);

/* 1 when a model's figures are a feed's, or those of the table that is shipped
   to begin with ("sample..."): only those may a feed change. */
int air_feed_owns(const air_model_t *model);


/*
 * Whether a reply can be a table at all: 200, not HTML by its type or first
 * byte, JSON by its first byte.  AIR_OK; AIR_EINVAL with *why (lasting text).
 */
int air_feed_accept(long status, const char *type, air_str_t body,
    const char **why);

/* ms that a Retry-After asks for: seconds, at most a day; 0: none, or one that
   cannot be read. */
uint64_t air_feed_retry(const char *text);


/* What is remembered of a feed from one fetch to the next. */
typedef struct {
    char      url[512];
    char      etag[128];
    int64_t   modified_ms;        /* Last-Modified, 0 none                  */
    int64_t   good_ms;            /* last success, 0 never                  */
    int64_t   tried_ms;           /* last try                               */
    char      sum[65];            /* SHA-256 of what came, hex              */
    uint64_t  models;             /* in it                                  */
    uint64_t  held;               /* held back of it                        */
    char      said[200];          /* how the last try went                  */
} air_feed_state_t;


/* Reads a state; what is missing or broken is empty.  AIR_OK, AIR_EINVAL (it
   is all empty), AIR_ENOMEM. */
int air_feed_state_read(air_feed_state_t *state, air_str_t text);

/* Appends it as JSON.  AIR_OK or b's error. */
int air_feed_state_write(const air_feed_state_t *state, air_buf_t *b);

/* SHA-256 of body, as hex, into sum. */
void air_feed_sum(air_str_t body, char sum[65]);


/* ---- what an import of prices changed (air_feed_digest.c) --------------- */

typedef struct air_digest_row_s  air_digest_row_t;

struct air_digest_row_s {
    air_digest_row_t   *next;
    air_merge_e         what;     /* CHANGED or HELD                        */
    air_str_t           vendor;
    air_str_t           model;
    uint64_t            in[2];    /* pUSD a token, was and is; AIR_UNKNOWN  */
    uint64_t            out[2];
    const char         *why;      /* of one held                            */
};


/* a workflow whose order of targets by price is another one */
typedef struct air_digest_order_s  air_digest_order_t;

struct air_digest_order_s {
    air_digest_order_t  *next;
    air_str_t            workflow;
    air_str_t            was;     /* "a/x b/y"                              */
    air_str_t            is;
};


typedef struct {
    const air_mem_t     *mem;
    int64_t              now_ms;
    unsigned             n[AIR_NMERGE];
    air_digest_row_t    *rows;    /* in order                               */
    air_digest_row_t   **last;
    air_digest_order_t  *orders;
    int                  rc;      /* AIR_ENOMEM once memory failed          */
} air_digest_t;


/* An empty digest, whose note is air_digest_note() with it as ud. */
void air_digest_init(air_digest_t *digest, int64_t now_ms,
    const air_mem_t *mem);

/* As air_merge_t wants it. */
void air_digest_note(void *ud, air_merge_e what, const air_model_t *old,
    const air_model_t *model, const char *why);

/* Appends one row as people read it: "openai/x output -30 %, input 0 %". */
int air_digest_row(air_buf_t *b, const air_digest_row_t *row);

/* Appends all of it as JSON, schema "digest/1"; feed and check (may be NULL)
   are names of feeds, review: it waits for somebody to accept it.  AIR_OK or
   b's error. */
int air_digest_write(const air_digest_t *digest, const char *feed,
    const char *check, int review, air_buf_t *b);


/* ---- quality and speed (air_feed_figures.c) ----------------------------- */

typedef struct air_figures_s  air_figures_t;


/* No figures yet; everything is taken from mem. AIR_OK or AIR_ENOMEM. */
int air_figures_init(air_figures_t **figures, const air_mem_t *mem);

/*
 * Adds a page of Artificial Analysis' list of language models.  *more is 1
 * when another page is to be asked for.  AIR_OK; AIR_EINVAL with *error; all
 * is then to be dropped; AIR_ENOMEM.
 *
 * Shapes (artificialanalysis.ai/data-api/docs, read 2026-11): v2's "data" with
 * "evaluations" and flat medians, and the paged one with "performance" and
 * "pagination".  0 and null are missing.
 */
int air_figures_page(air_figures_t *figures, air_str_t text, int *more,
    air_pricebook_error_t *error);

/* Models with some figure, a model once for each effort. */
unsigned air_figures_count(const air_figures_t *figures);

/* Appends them as a file of ours, "figures/1", with the source's credit;
   qualities are shares of the best.  AIR_OK or b's error. */
int air_figures_write(const air_figures_t *figures, const char *credit,
    air_buf_t *b);

/* Reads such a file; as air_pricebook_read(). */
int air_figures_read(air_figures_t **figures, air_str_t text,
    const air_mem_t *mem, air_pricebook_error_t *error);

/*
 * Fills what the model does not say itself of its quality and speed.  Names
 * are compared by their words, whatever their order, without dates and
 * efforts: "claude-4-5-sonnet" is "claude-sonnet-4-5-20250929".  Of several
 * efforts the unnamed one counts, else the medium one, else the least.  1 when
 * something was filled.
 */
int air_figures_fill(const air_figures_t *figures, air_model_t *model);


/* ---- a vendor's models (air_feed_listing.c) ----------------------------- */

typedef struct {
    const air_mem_t  *mem;
    air_str_t        *name;       /* sorted after air_listing_done()        */
    unsigned          n;
    unsigned          size;
    char              next[256];  /* of the next page, empty: it was the
                                     last                                   */
} air_listing_t;


/* An empty list, whose names are taken from mem. */
void air_listing_init(air_listing_t *list, const air_mem_t *mem);

/*
 * Adds a page: {"data": [{"id"}]} (OpenAI, Anthropic, Mistral ...),
 * {"models": [{"name"}]} (Gemini, Cohere), or a bare array (Together).  AIR_OK;
 * AIR_EINVAL with *error, AIR_ELIMIT with more than 20,000 names, AIR_ENOMEM.
 */
int air_listing_page(air_listing_t *list, air_str_t text,
    air_pricebook_error_t *error);

/* Sorts, and drops doubles. */
void air_listing_done(air_listing_t *list);

/* 1 when the vendor offers that model: by its name, or, for a name without a
   date or with "-latest", some dated one of it. */
int air_listing_has(const air_listing_t *list, air_str_t model);


#endif /* _AIR_FEED_H_INCLUDED_ */
