
/*
 * The price table: models by vendor with dated prices, windows and
 * capabilities, read from our schema "prices/1" or imported from a public
 * table.  Read once while configuring, then only looked up.
 */

#ifndef _AIR_PRICEBOOK_H_INCLUDED_
#define _AIR_PRICEBOOK_H_INCLUDED_


#include "air_buf.h"
#include "air_can.h"
#include "air_price.h"
#include "air_task.h"


/* A token multiplier that holds only in some places. */
typedef struct {
    air_str_t     name;           /* region, or geography in the reply       */
    uint32_t      num;
    uint32_t      den;
    unsigned      geo:1;          /* the reply's inference_geo decides       */
    unsigned      except:1;       /* everywhere but in name                  */
} air_model_mul_t;


typedef struct {
    air_str_t     vendor;         /* as in the table: openai, anthropic ...  */
    air_str_t     model;
    air_str_t    *alias;          /* other names it is served under          */
    unsigned      nalias;
    uint64_t      context;        /* tokens, 0 unknown                       */
    uint64_t      max_output;     /* tokens, 0 unknown                       */
    uint32_t      can;            /* AIR_CAN_ bits                           */
    uint32_t      can_known;      /* which of them the table speaks of       */
    uint16_t      quality;        /* thousandths of the best, 0 unknown      */
    uint16_t      quality_of[AIR_NTASK];   /* at a class of tasks           */
    uint32_t      latency;        /* ms to the first content, median; 0      */
    uint32_t      throughput;     /* thousandths of a token a second; 0      */
    air_price_t  *price;          /* sorted by from_ms                       */
    unsigned      nprice;
    air_model_mul_t  *mul;
    unsigned      nmul;
    air_str_t     as_of;          /* "2026-09-10", empty unknown             */
    air_str_t     source;         /* where the figures are from              */
    unsigned      line;           /* of the table it was read from           */
} air_model_t;


typedef struct air_pricebook_s  air_pricebook_t;

struct air_figures_s;


/* Where and why a table was refused; line counts from 1. */
typedef struct {
    unsigned  line;
    char      text[160];
} air_pricebook_error_t;


/* the public formats that can be imported */
typedef enum {
    AIR_PRICES_OURS = 0,
    AIR_PRICES_LITELLM,
    AIR_PRICES_OPENROUTER,
    AIR_PRICES_MODELS_DEV,
    AIR_PRICES_GENAI
} air_prices_format_e;


/*
 * Reads a whole table; every byte of *book is taken from mem and names are
 * copied.  All or nothing: AIR_OK; AIR_EINVAL or AIR_ELIMIT with *error
 * filled (duplicate models or keys, negative prices, unknown schema or
 * field, and in our own schema absurd prices); AIR_ENOMEM.
 */
int air_pricebook_read(air_pricebook_t **book, air_str_t text,
    air_prices_format_e format, const air_mem_t *mem,
    air_pricebook_error_t *error);

/* How many models of a public table were left out for absurd prices, and
   why; *list is borrowed from the book. */
unsigned air_pricebook_skipped(const air_pricebook_t *book,
    const air_pricebook_error_t **list);

/* The format that text looks like, or -1. */
int air_pricebook_detect(air_str_t text);

/* "ours", "litellm", "openrouter", "models.dev", "genai"; NULL past the end. */
const char *air_pricebook_format(air_prices_format_e format);

/*
 * The name that our table has for a vendor ("vertex_ai" is "vertex", "gemini"
 * is "google"); name itself when no other is known.
 */
air_str_t air_pricebook_vendor(air_str_t name);

/* Number of models, and the i-th in order of vendor and model. */
unsigned air_pricebook_count(const air_pricebook_t *book);
const air_model_t *air_pricebook_at(const air_pricebook_t *book, unsigned i);

/* Newest as_of or generation time in the table, ms UTC, 0 when unknown. */
int64_t air_pricebook_time(const air_pricebook_t *book);

/*
 * The model by the vendor's table name and the name sent or served: exact,
 * then a listed alias, then without a dated suffix (-2025-08-07, -20250807,
 * @20250807, -0613); never by any other prefix.  NULL when unknown.
 */
const air_model_t *air_pricebook_find(const air_pricebook_t *book,
    air_str_t vendor, air_str_t model);

/* Length of the dated suffix of a name, 0 when it has none. */
size_t air_pricebook_dated(air_str_t name);

/* The price valid at time_ms, or NULL. */
const air_price_t *air_model_price(const air_model_t *model, int64_t time_ms);

/* Its quality at a class of tasks, else at all, in thousandths of the best; 0
   unknown, or model is NULL. */
unsigned air_model_quality(const air_model_t *model, air_task_e task);

/*
 * The token multiplier of a vendor's region ("eu": a data-residency endpoint,
 * a regional inference profile; "global" or empty: none) and of the
 * geography its reply names (Anthropic's inference_geo); 1/1 when none
 * holds, both multiplied when both do.  For air_usage_t.
 */
void air_model_multiplier(const air_model_t *model, air_str_t region,
    air_str_t geo, uint32_t *num, uint32_t *den);

/* Writes the table in our schema; AIR_OK or b's error. */
int air_pricebook_write(const air_pricebook_t *book, air_buf_t *b);


/* what becomes of a model when a table is brought in */
typedef enum {
    AIR_MERGE_NEW = 0,
    AIR_MERGE_SAME,
    AIR_MERGE_CHANGED,            /* new rates from now on, the old ones end */
    AIR_MERGE_HELD,               /* suspicious: the old rates stay          */
    AIR_MERGE_GONE,               /* not in the new table, dropped           */
    AIR_MERGE_KEPT,               /* not in the new table, kept              */
    AIR_MERGE_OWN                 /* the operator's own: no feed changes it  */
} air_merge_e;

#define AIR_NMERGE  (AIR_MERGE_OWN + 1)


typedef struct {
    int64_t  now_ms;              /* changed rates hold from here on         */
    void   (*note)(void *ud, air_merge_e what, const air_model_t *old,
                   const air_model_t *model, const char *why);
    void    *ud;                  /* note may be NULL; old or model is NULL
                                     where there is none                     */
    const air_pricebook_t  *check;    /* another table that knows the same,
                                     or NULL                                 */
    unsigned differ;              /* percent that its rates may be apart     */
    unsigned keep:1;              /* models that only old has stay           */
    unsigned force:1;             /* hold nothing                            */
    unsigned feed:1;              /* models whose source in old is no feed
                                     (core/air_feed.h) are not changed       */
} air_merge_t;


/*
 * Brings book into old (NULL: none); *merged holds copies.  A rate that
 * changes is a new row from now_ms on and the old row ends there, so that
 * past costs can be computed again; a table that brings its own dates is
 * taken as it is.  Where input and output stay the same, what the new table
 * does not speak of (other tiers, caching, long prompts, fees) is kept.
 * Held, unless force: a rate that changes by more than ten times, or becomes
 * 0 or unknown, or prices of long prompts that are gone; a new or changed one
 * of which check says otherwise (a new model that is held is left out).
 * AIR_OK, AIR_ENOMEM.
 */
int air_pricebook_merge(air_pricebook_t **merged, const air_pricebook_t *old,
    const air_pricebook_t *book, const air_merge_t *merge,
    const air_mem_t *mem);

/*
 * The table that holds: base is the operator's file, feeds what feeds made of
 * it, each NULL where there is none; a model that base has from no feed is
 * taken from there, of others the one whose last price began later, feeds'
 * when that is the same.  figures (core/air_feed.h), or NULL, fill what a model
 * does not say of its quality and speed.  All is copied.  AIR_OK, AIR_ENOMEM.
 */
int air_pricebook_overlay(air_pricebook_t **out, const air_pricebook_t *base,
    const air_pricebook_t *feeds, const struct air_figures_s *figures,
    const air_mem_t *mem);

/* What feeds own of a table, copied: what is written as theirs. */
int air_pricebook_feeds(air_pricebook_t **out, const air_pricebook_t *book,
    const air_mem_t *mem);

/* what is odd about a model's prices, one call of say each */
void air_pricebook_lint(const air_model_t *model,
    void (*say)(void *ud, const air_model_t *model, const char *text),
    void *ud);


#endif /* _AIR_PRICEBOOK_H_INCLUDED_ */
