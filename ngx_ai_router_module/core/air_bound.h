
/*
 * What a request may use, before anybody is asked: its prompt in tokens by
 * the estimate, the longest answer it may get, what makes tokens dearer; and
 * what that costs at the most.  For plans, and for what is set aside of a
 * budget.
 */

#ifndef _AIR_BOUND_H_INCLUDED_
#define _AIR_BOUND_H_INCLUDED_


#include "air_codec.h"


typedef struct {
    uint64_t    text;             /* tokens of texts and of what frames them,
                                     estimated; bytes, when rough           */
    uint64_t    pieces;           /* pictures, documents, recordings        */
    uint64_t    output;           /* tokens an answer may have, 0: any      */
    uint64_t    searches;         /* web searches it may make, 0 none       */
    uint32_t    choices;          /* answers, at least 1                    */
    air_tier_e  tier;             /* service tier asked for                 */
    unsigned    rough:1;          /* nothing was estimated                  */
    unsigned    embeds:1;         /* writes no tokens                       */
    unsigned    cache:1;          /* has marks that write a prompt cache    */
    unsigned    cache_1h:1;       /* of the long kind                       */
} air_bound_t;


/* Tokens that a picture, document or recording counts: nobody can tell
   before the vendor does, this is what most stay under. */
#define AIR_BOUND_PIECE     1600

/* Bytes of base64 that make one piece more. */
#define AIR_BOUND_BYTES  65536

/* Searches of a tool that names no limit (max_uses). */
#define AIR_BOUND_SEARCHES  10


/*
 * Reads the bound of a request that was scanned into doc and read into rq;
 * one walk over the index, of any dialect.
 */
void air_bound_read(air_bound_t *b, const air_json_doc_t *doc,
    const air_request_t *rq);

/*
 * The same without a look at the texts, for a fraction of the time: at the
 * most each byte of the prompt is a token, whatever the tokenizer, and likely
 * each fourth.
 */
void air_bound_rough(air_bound_t *b, const air_json_doc_t *doc,
    const air_request_t *rq);

/*
 * Tokens of a model's tokenizer to one that the estimate counts, in
 * hundredths: the estimate was fitted on o200k, others make more tokens of
 * the same text (shared figures, 2026: Claude 1.25, since 4.7 1.6).
 */
unsigned air_bound_ratio(air_str_t model);

/* The prompt's tokens as estimated, pictures by the piece. */
uint64_t air_bound_input(const air_bound_t *b, unsigned ratio);

/* As many as no prompt was measured to exceed: a third and 16 more. */
uint64_t air_bound_worst_input(const air_bound_t *b, unsigned ratio);

/* Tokens of all answers at the most, AIR_UNKNOWN when neither the request nor
   the model has a limit. */
uint64_t air_bound_output(const air_bound_t *b, const air_can_t *can);

/*
 * What one attempt may cost at the most, in pUSD, by price at time_ms with
 * the multiplier num/den: the whole prompt at the dearest of the classes it
 * may be billed as, all answers at full length, all searches.  AIR_UNKNOWN
 * without a price or a limit.
 */
uint64_t air_bound_cost(const air_bound_t *b, const air_price_t *price,
    const air_can_t *can, unsigned ratio, uint32_t num, uint32_t den,
    int64_t time_ms);


#endif /* _AIR_BOUND_H_INCLUDED_ */
