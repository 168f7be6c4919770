
/*
 * What a caller asks of the routing itself, in OpenRouter's words: models[],
 * provider{}, the suffixes of a model's name, session_id.  A caller narrows
 * and orders what the operator allows, and never widens it.
 */

#ifndef _AIR_PREFS_H_INCLUDED_
#define _AIR_PREFS_H_INCLUDED_


#include "air_live.h"
#include "air_price.h"


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
    uint32_t       max_latency[AIR_NPERCENTILE];      /* ms, 0 none         */
    uint32_t       min_throughput[AIR_NPERCENTILE];   /* thousandths of a
                                                         token a second     */
    air_str_t      session;       /* sticky by it, empty none               */
    unsigned       sort_set:1;
    unsigned       sort_all:1;    /* partition "none": over all models      */
    unsigned       no_fallbacks:1;
    unsigned       require:1;     /* no target that would lose a parameter  */
    unsigned       zdr:1;         /* only with zero data retention          */
    unsigned       no_training:1; /* data_collection "deny"                 */
    unsigned       metadata:1;    /* openrouter_metadata in the reply       */
} air_prefs_t;


#endif /* _AIR_PREFS_H_INCLUDED_ */
