
/*
 * The price table: models by vendor with dated prices, windows and
 * capabilities, read from our schema "prices/1" or imported from a public
 * table.  Read once while configuring, then only looked up.
 */

#ifndef _AIR_PRICEBOOK_H_INCLUDED_
#define _AIR_PRICEBOOK_H_INCLUDED_


#include "air_buf.h"
#include "air_price.h"


/* what a model can do; a request's needs use the same bits */
#define AIR_CAN_TOOLS       0x0001
#define AIR_CAN_VISION      0x0002
#define AIR_CAN_AUDIO       0x0004
#define AIR_CAN_PDF         0x0008
#define AIR_CAN_SCHEMA      0x0010    /* JSON schema output                 */
#define AIR_CAN_REASONING   0x0020
#define AIR_CAN_STREAM      0x0040
#define AIR_CAN_CACHE       0x0080
#define AIR_CAN_SEARCH      0x0100
#define AIR_CAN_EMBED       0x0200


typedef struct {
    air_str_t     vendor;         /* as in the table: openai, anthropic ...  */
    air_str_t     model;
    uint64_t      context;        /* tokens, 0 unknown                       */
    uint64_t      max_output;     /* tokens, 0 unknown                       */
    uint32_t      can;            /* AIR_CAN_ bits                           */
    uint32_t      can_known;      /* which of them the table speaks of       */
    air_price_t  *price;          /* sorted by from_ms                       */
    unsigned      nprice;
} air_model_t;


typedef struct air_pricebook_s  air_pricebook_t;


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
 * filled (duplicate models, negative or absurd prices, unknown schema);
 * AIR_ENOMEM.
 */
int air_pricebook_read(air_pricebook_t **book, air_str_t text,
    air_prices_format_e format, const air_mem_t *mem,
    air_pricebook_error_t *error);

/* The format that text looks like, or -1. */
int air_pricebook_detect(air_str_t text);

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

/* The price valid at time_ms, or NULL. */
const air_price_t *air_model_price(const air_model_t *model, int64_t time_ms);

/* Writes the table in our schema; AIR_OK or b's error. */
int air_pricebook_write(const air_pricebook_t *book, air_buf_t *b);


#endif /* _AIR_PRICEBOOK_H_INCLUDED_ */
