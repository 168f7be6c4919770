
/*
 * Inside of the price book: how a reader of one format puts models and
 * prices together.  Not for use outside of the readers.
 *
 * Everything is collected in the tree's memory; air_book_finish() checks the
 * whole and packs it into the caller's.  The first failure sticks in rc, so
 * readers may go on and look once at the end.
 */

#ifndef _AIR_PRICEBOOK_BUILD_H_INCLUDED_
#define _AIR_PRICEBOOK_BUILD_H_INCLUDED_


#include "air_jtree.h"
#include "air_pricebook.h"
#include "air_time.h"


/* 10,000 USD a million tokens; nothing is that dear */
#define AIR_BOOK_RATE_MAX  10000000000ull

#define AIR_BOOK_NAME_MAX  200

/* 10,000 USD for one request, search, page or hour */
#define AIR_BOOK_FEE_MAX   10000000000000000ull


typedef struct air_book_price_s  air_book_price_t;

struct air_book_price_s {
    air_price_t        p;
    unsigned           line;
    air_book_price_t  *next;
};


typedef struct air_book_name_s  air_book_name_t;

struct air_book_name_s {
    air_str_t         name;
    air_book_name_t  *next;
};


typedef struct air_book_mul_s  air_book_mul_t;

struct air_book_mul_s {
    air_model_mul_t   m;
    air_book_mul_t   *next;
};


typedef struct air_book_model_s  air_book_model_t;

struct air_book_model_s {
    air_model_t        m;
    unsigned           seq;       /* order in the file                       */
    unsigned           free:1;
    unsigned           held:1;    /* absurd: left out, see skipped           */
    air_book_price_t  *prices;    /* newest first                            */
    air_book_name_t   *aliases;
    air_book_mul_t    *muls;
    air_book_model_t  *next;
};


typedef struct air_book_skip_s  air_book_skip_t;

struct air_book_skip_s {
    air_pricebook_error_t   e;
    air_book_skip_t        *next;
};


typedef struct {
    air_jtree_t             tree;
    const air_mem_t        *mem;
    air_book_model_t       *models;        /* newest first                   */
    unsigned                n;
    int64_t                 time_ms;
    air_str_t               at;            /* model being read, for messages */
    unsigned                strict:1;      /* our own format: exact, and any
                                              doubt is an error              */
    int                     rc;
    air_pricebook_error_t  *error;
    air_book_skip_t        *skipped;       /* newest first                   */
    unsigned                nskipped;
} air_book_t;


/* Notes a failure (the first one stays) and returns its code. */
int air_book_fail(air_book_t *book, int rc, unsigned line,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Puts text, cut where it is too long, and line into *error. */
void air_book_say(air_pricebook_error_t *error, unsigned line,
    const char *text);

/* size zeroed bytes of the tree's, or NULL after a failure. */
void *air_book_alloc(air_book_t *book, size_t size);

/* A new model; NULL after a failure.  Names are borrowed. */
air_book_model_t *air_book_model(air_book_t *book, unsigned line,
    air_str_t vendor, air_str_t model);

/* A new price of it without any rate, valid always; NULL after a failure. */
air_book_price_t *air_book_price(air_book_t *book, air_book_model_t *model,
    unsigned line);

/* Another name of it; empty names and its own are ignored. */
void air_book_alias(air_book_t *book, air_book_model_t *model,
    air_str_t name);

/*
 * A decimal (number or string) times 10^scale into *rate, noise snapped.
 * null leaves it alone.  Fails when it is negative or no number, and in our
 * own format when it is more than max; in a public table that model is then
 * left out.  what names it in the message.
 */
void air_book_decimal(air_book_t *book, const air_jnode_t *node,
    unsigned scale, uint64_t max, uint64_t *rate, const char *what);

/* A whole number into *n; null or fractions of it leave it alone. */
void air_book_uint(air_book_t *book, const air_jnode_t *node, uint64_t *n);

/* The long-context slot with this border and tier, made when it is new;
   NULL after a failure. */
uint64_t *air_book_long(air_book_t *book, air_book_price_t *price,
    uint64_t threshold, unsigned op, unsigned tier);

/* A multiplier in millionths that holds in place, or with "not " before it
   everywhere else; geo: the reply names the place. */
void air_book_mul(air_book_t *book, air_book_model_t *model, air_str_t place,
    uint64_t micro, int geo);

/* One bit of what a model can do. */
void air_book_can(air_book_model_t *model, uint32_t bit, int yes);

/* Sets all rates of a table to unknown. */
void air_book_no_rates(uint64_t *rate);

/* "06:30" to minutes, "24:00" included; -1 when it is none. */
int air_book_clock(air_str_t text);

/* Checks and packs: AIR_OK with *out, or the failure's code. */
int air_book_finish(air_book_t *book, air_pricebook_t **out);

/* Long-context prices in order of tier and border: one order, one id. */
void air_book_sort_long(air_price_t *p);

/* Hash of a price under its names: its id. */
uint64_t air_book_price_id(air_str_t vendor, air_str_t model,
    const air_price_t *p);

/* Order of vendor and model; less than, equal to, more than zero. */
int air_book_cmp(air_str_t vendor, air_str_t model, const air_model_t *m);

/*
 * Makes a book of models that are whole and in order, copying everything:
 * AIR_OK, AIR_ENOMEM.
 */
int air_book_pack(const air_model_t *models, unsigned n, int64_t time_ms,
    const air_mem_t *mem, air_pricebook_t **out);


/* the book itself */
typedef struct {
    air_str_t  vendor;
    air_str_t  name;
    unsigned   model;
} air_book_alias_t;

struct air_pricebook_s {
    air_model_t       *models;    /* in order of vendor and model            */
    unsigned           n;
    air_book_alias_t  *aliases;   /* in order of vendor and name             */
    unsigned           naliases;
    int64_t            time_ms;

    air_pricebook_error_t  *skipped;
    unsigned                nskipped;
};

/* Order of two air_book_alias_t, for sorting and for finding doubles. */
int air_book_alias_cmp(const void *one, const void *two);

/* Takes aliases out that name another model too. */
void air_book_prune(air_pricebook_t *book);


/* the readers, each of one format */
void air_book_read_ours(air_book_t *book);
void air_book_read_litellm(air_book_t *book);
void air_book_read_openrouter(air_book_t *book);
void air_book_read_models_dev(air_book_t *book);
void air_book_read_genai(air_book_t *book);


/* Reads "quality" and "speed" of a model of our own table. */
void air_book_ours_figures(air_book_t *book, const air_jnode_t *model,
    air_model_t *m);

/* Writes them, where there are any. */
void air_book_write_figures(air_buf_t *b, const air_model_t *m);

/* Those of model, and those that only old had. */
void air_book_merge_figures(air_model_t *to, const air_model_t *old,
    const air_model_t *model);


#endif /* _AIR_PRICEBOOK_BUILD_H_INCLUDED_ */
