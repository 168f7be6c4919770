
/*
 * What a caller asks of the routing itself, in OpenRouter's words: models[],
 * provider{}, the suffixes of a model's name, session_id.  A caller narrows
 * and orders what the operator allows, and never widens it.
 */

#ifndef _AIR_PREFS_H_INCLUDED_
#define _AIR_PREFS_H_INCLUDED_


#include "air_json.h"
#include "air_live.h"
#include "air_price.h"


#define AIR_PREFS_MODELS     8    /* of models[]                            */
#define AIR_PREFS_FALLBACKS  3    /* of fallbacks[], which is Messages'     */
#define AIR_PREFS_VENDORS    128  /* of each list of vendors                */
#define AIR_PREFS_MODEL      256  /* bytes of a model's name                */
#define AIR_PREFS_SESSION    256  /* characters of session_id               */


/* by what a list of targets is ordered */
typedef enum {
    AIR_SELECT_ORDER = 0,         /* as written                             */
    AIR_SELECT_PRICE,             /* cheapest first                         */
    AIR_SELECT_WEIGHTED,          /* by weight, drawn with the ticket       */
    AIR_SELECT_LATENCY,           /* first content soonest                  */
    AIR_SELECT_THROUGHPUT,        /* most output tokens a second            */
    AIR_SELECT_QUALITY,           /* best first                             */
    AIR_SELECT_BALANCED           /* drawn by 1 / price squared among those
                                     that did not fail of late              */
} air_select_e;


/* Lists borrow; AIR_UNKNOWN and 0 are "not asked for" as each says. */
typedef struct {
    air_str_t     *models;        /* tried in this order                    */
    unsigned       nmodels;
    air_str_t     *order;         /* vendors, these first                   */
    unsigned       norder;
    air_str_t     *only;
    unsigned       nonly;
    air_str_t     *ignore;
    unsigned       nignore;
    air_select_e   sort;          /* with sort_set                          */
    uint64_t       max_prompt;    /* pUSD a token, AIR_UNKNOWN none         */
    uint64_t       max_completion;
    uint64_t       max_request;   /* pUSD a request                         */
    uint64_t       max_image;     /* pUSD an image                          */
    uint64_t       max_audio;     /* pUSD a unit of sound                   */
    uint32_t       max_latency[AIR_NPERCENTILE];      /* ms, 0 none         */
    uint32_t       min_throughput[AIR_NPERCENTILE];   /* thousandths of a
                                                         token a second     */
    air_str_t      session;       /* sticky by it, empty none               */
    uint32_t       quantizations; /* bit a level, see air_quantization(),
                                     0 any                                  */
    unsigned       sort_set:1;
    unsigned       sort_all:1;    /* partition "none": over all models      */
    unsigned       no_fallbacks:1;
    unsigned       require:1;     /* no target that would lose a parameter  */
    unsigned       zdr:1;         /* only with zero data retention          */
    unsigned       no_training:1; /* data_collection "deny"                 */
    unsigned       distillable:1; /* models whose texts others may learn of */
    unsigned       metadata:1;    /* openrouter_metadata in the reply       */
} air_prefs_t;


/* what a model's name ends with, after a colon */
typedef enum {
    AIR_SUFFIX_NONE = 0,
    AIR_SUFFIX_NITRO,             /* sort by throughput                     */
    AIR_SUFFIX_FLOOR,             /* by price                               */
    AIR_SUFFIX_EXACTO,            /* by quality                             */
    AIR_SUFFIX_OTHER              /* another way to answer that nobody here
                                     knows: online, thinking, extended      */
} air_suffix_e;


/* what is wrong with a preference */
typedef enum {
    AIR_PREFS_TYPE = 0,           /* expected says which it should have     */
    AIR_PREFS_VALUE,              /* expected lists the values: 'a', 'b'    */
    AIR_PREFS_EMPTY,              /* a list of nothing                      */
    AIR_PREFS_MANY,               /* more than limit elements               */
    AIR_PREFS_LONG,               /* more than limit characters             */
    AIR_PREFS_NEGATIVE,
    AIR_PREFS_NAME,               /* no model has such a name               */
    AIR_PREFS_EXTRA,              /* a member that may not be there         */
    AIR_PREFS_BOTH                /* may not stand beside models            */
} air_prefs_bad_e;


/*
 * A reader of one request.  prefs is NULL until something is asked for, and
 * then from mem.  After AIR_EINVAL the rest says what is wrong, for each wire
 * to say in its own words.
 */
typedef struct {
    const air_json_doc_t   *doc;
    const air_mem_t        *mem;
    air_prefs_t            *prefs;

    air_prefs_bad_e         bad;
    const char             *path;      /* "provider.order[2]"               */
    const char             *expected;
    const air_json_node_t  *node;
    uint64_t                limit;
    uint64_t                got;
} air_prefs_read_t;


/*
 * Reads models[] and, in its place, fallbacks[] (either may be NULL) behind
 * the model that was asked for, which may be empty; the list names each but
 * once.  openrouter.ai/docs guides/routing/model-fallbacks, read 2026-11.
 * AIR_OK, AIR_EINVAL, AIR_ENOMEM; so all below.
 */
int air_prefs_read_models(air_prefs_read_t *rd, air_str_t model,
    const air_json_node_t *models, const air_json_node_t *fallbacks);

/* Reads provider{} (NULL: none).  Members nobody knows are allowed.
   openrouter.ai/docs guides/routing/provider-selection, read 2026-11. */
int air_prefs_read_provider(air_prefs_read_t *rd,
    const air_json_node_t *provider);

/* Reads session_id, or prompt_cache_key where there is none; the latter is
   the vendor's to judge. */
int air_prefs_read_session(air_prefs_read_t *rd,
    const air_json_node_t *session, const air_json_node_t *cache_key);

/* rd->prefs, made when there is none yet; NULL without memory. */
air_prefs_t *air_prefs_make(air_prefs_read_t *rd);

/* Preferences that ask for nothing. */
void air_prefs_init(air_prefs_t *prefs);

/* 1 when a model may be called so: no blanks, no quotes, no "..", at most
   AIR_PREFS_MODEL bytes, not empty. */
int air_prefs_model_fine(air_str_t name);

/* What name ends with; *base is it without, all of it for AIR_SUFFIX_NONE.
   openrouter.ai/docs guides/routing/model-variants, read 2026-11. */
air_suffix_e air_prefs_suffix(air_str_t name, air_str_t *base);

/* What a suffix sorts by; AIR_SELECT_ORDER: it does not. */
air_select_e air_prefs_suffix_sort(air_suffix_e suffix);

/* The bit of a level of quantization (fp8, int4 ... unknown), 0: there is no
   such. */
uint32_t air_quantization(air_str_t name);

/*
 * 1 when a caller's name of a vendor means one that is called name: letters'
 * case and blanks for "-" do not matter.  A part after "/" must be region's,
 * all of it; without one every region is meant.
 */
int air_prefs_vendor(air_str_t asked, air_str_t name, air_str_t region);


#endif /* _AIR_PREFS_H_INCLUDED_ */
