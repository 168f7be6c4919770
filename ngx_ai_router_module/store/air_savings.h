
/*
 * What the same tokens would have cost on one other model, from the rollups:
 * tokens by class and hour, priced by that model's price of the hour.
 */

#ifndef _AIR_SAVINGS_H_INCLUDED_
#define _AIR_SAVINGS_H_INCLUDED_


#include "air_report.h"
#include "../core/air_pricebook.h"


#define AIR_SAVINGS_PAIRS  30     /* fewer tell nothing                     */


/* One workflow's, or of all. */
typedef struct {
    air_str_t   workflow;         /* borrows the savings                    */
    uint64_t    requests;
    air_u128_t  spent;            /* pUSD, everything: judges and shadows too */
    air_u128_t  baseline;
    uint64_t    unpriced;         /* tokens of answers that the model has no
                                     price for: not in baseline             */
    uint64_t    unknown;          /* records without a cost: not in spent   */
    uint64_t    pairs;            /* shadows of the baseline's model        */
    uint64_t    kept;             /* of them: the caller's answer was at
                                     least as good                          */

    air_u128_t  less;             /* of baseline and unpriced, while they are
                                     added up: not an answer's              */
    uint64_t    less_unpriced;
} air_saving_t;


typedef struct {
    const air_model_t  *model;
    air_str_t           name;     /* of the model, as records have it       */
    int64_t             from_ms;  /* moved out to whole hours               */
    int64_t             to_ms;

    /* filled */
    air_rollup_t        groups;   /* only their keys                        */
    air_saving_t       *row;      /* groups.n of them                       */
    size_t              size;
    air_saving_t        total;
    unsigned            failed:1; /* no memory                              */
} air_savings_t;


/*
 * Adds up all workflows but the router's own probes.  The tokens of failed
 * answers, judges, second opinions and shadows cost, but a baseline would not
 * have needed them.  ledger is as in air_source_read(); returns as that.
 */
int air_savings_run(air_savings_t *s, const char *dir, air_ledger_t *ledger,
    air_err_t *err);
void air_savings_free(air_savings_t *s);

/*
 * The bounds within which a share lies by 95 % (Wilson), of k in n, permille,
 * rounded outwards; n is not 0.
 */
void air_savings_bounds(uint64_t k, uint64_t n, unsigned *low,
    unsigned *high);


#endif /* _AIR_SAVINGS_H_INCLUDED_ */
