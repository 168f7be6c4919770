
/*
 * Tokens to money in integers.  A wire's usage becomes disjoint classes; the
 * cost is the sum of class x rate, times a rational multiplier, plus fees,
 * rounded once (half-even) at the end.  Rates are pico-dollars (1e-12 USD) a
 * unit, which for tokens is micro-dollars a million.
 */

#ifndef _AIR_PRICE_H_INCLUDED_
#define _AIR_PRICE_H_INCLUDED_


#include "air_buf.h"
#include "air_err.h"
#include "air_mem.h"
#include "air_str.h"


/* disjoint classes of what is billed; the order is stored in ledgers */
typedef enum {
    AIR_IN = 0,                   /* prompt tokens that no other class has  */
    AIR_IN_CACHE_READ,
    AIR_IN_CACHE_WRITE,           /* 5 minutes or the vendor's only kind    */
    AIR_IN_CACHE_WRITE_1H,
    AIR_IN_AUDIO,
    AIR_IN_CACHE_READ_AUDIO,
    AIR_IN_IMAGE,
    AIR_IN_CACHE_READ_IMAGE,
    AIR_OUT,                      /* with reasoning where it has no own rate */
    AIR_OUT_REASONING,            /* only where it is billed apart           */
    AIR_OUT_AUDIO,
    AIR_OUT_IMAGE,
    AIR_OUT_CITATION,
    AIR_NCLASS
} air_class_e;


/* things billed by count */
typedef enum {
    AIR_FEE_REQUEST = 0,
    AIR_FEE_SEARCH,
    AIR_FEE_FETCH,
    AIR_FEE_SECOND,               /* of sound, or of code execution         */
    AIR_FEE_PAGE,
    AIR_NFEE
} air_fee_e;


typedef enum {
    AIR_TIER_STANDARD = 0,
    AIR_TIER_BATCH,
    AIR_TIER_FLEX,
    AIR_TIER_PRIORITY,
    AIR_TIER_FAST,
    AIR_NTIER
} air_tier_e;


#define AIR_UNKNOWN  UINT64_MAX   /* a cost or rate nobody knows            */


/*
 * What one attempt used.  seen tells that the vendor reported usage at all:
 * an explicit zero is a zero.
 */
typedef struct {
    uint64_t    n[AIR_NCLASS];
    uint64_t    fee[AIR_NFEE];
    uint64_t    reasoning;        /* of the output, for reports             */
    uint64_t    vendor_cost;      /* pUSD the vendor says, or AIR_UNKNOWN   */
    uint32_t    mul_num;          /* token multiplier from the reply (region,
                                     geography), 1/1 when none              */
    uint32_t    mul_den;
    air_tier_e  tier;             /* the tier served                        */
    unsigned    seen:1;
    unsigned    clamped:1;        /* a class would have been negative, or the
                                     figures are absurd                     */
    unsigned    estimated:1;      /* ours, not the vendor's                 */
} air_usage_t;


/* One dated price of one model: immutable once published.  What a decision
   reads of each model stands first, in few cache lines. */
typedef struct {
    uint64_t    id;               /* hash of its content: names it for ever */
    int64_t     from_ms;          /* valid from_ms <= t < to_ms, UTC        */
    int64_t     to_ms;            /* INT64_MIN, INT64_MAX: open             */
    uint32_t    mul_num;          /* token multiplier, 0/0 is 1/1           */
    uint32_t    mul_den;
    unsigned    nlc;
    unsigned    nwindow;
    unsigned    free:1;           /* zero on purpose                        */
    unsigned    zero:1;           /* all zero, and nobody says on purpose:
                                     the cost is unknown                    */
    uint32_t    min_second;       /* fewer seconds are billed as so many    */
    uint64_t    fee[AIR_NFEE];    /* pUSD for fee_per units, AIR_UNKNOWN:
                                     none known                             */
    uint64_t    rate[AIR_NTIER][AIR_NCLASS];   /* AIR_UNKNOWN: not offered  */
    struct {
        uint64_t  threshold;      /* tokens of the whole prompt             */
        uint8_t   op;             /* 0: >, 1: >=                            */
        uint8_t   tier;
        uint64_t  rate[AIR_NCLASS];
    } lc[8];                      /* long context, whole request            */
    struct {
        uint16_t  from_min;       /* minutes of the UTC day                 */
        uint16_t  to_min;
        uint8_t   days;           /* bit 0 is Monday                        */
        int16_t   tz_min;         /* the days are those of UTC + tz_min     */
        uint64_t  rate[AIR_NCLASS];
    } window[8];                  /* time of day, standard tier             */
    uint32_t    fee_per[AIR_NFEE];     /* 0 is 1; 3600 for a price an hour   */
} air_price_t;


/* what air_price_cost() had to assume */
#define AIR_COST_FALLBACK   1     /* a class took another class's rate      */
#define AIR_COST_CLAMPED    2
#define AIR_COST_TIER       4     /* the served tier has no rates: standard */
#define AIR_COST_OVERFLOW   8


/* Usage with nothing seen: zeros, vendor_cost unknown, multiplier 1/1. */
void air_usage_init(air_usage_t *u);

/* Tokens of the whole prompt, all input classes. */
uint64_t air_usage_input(const air_usage_t *u);

/* Tokens of the whole answer, all output classes. */
uint64_t air_usage_output(const air_usage_t *u);

/*
 * The cost in pico-dollars of u at time_ms by price p; *flags takes
 * AIR_COST_ bits.  AIR_UNKNOWN when p is NULL, when u has nothing seen and
 * is not estimated, or when no rate can be had for a class that is not zero.
 */
uint64_t air_price_cost(const air_price_t *p, const air_usage_t *u,
    int64_t time_ms, unsigned *flags);

/*
 * What air_price_cost() takes for a token of class c at time_ms by price p,
 * of a request with so many tokens in its prompt that is served in tier: pUSD,
 * times num/den (0/0 is 1/1), half-even.  AIR_UNKNOWN when p is NULL or has
 * no rate for it.
 */
uint64_t air_price_token(const air_price_t *p, air_class_e c, air_tier_e tier,
    uint64_t prompt, int64_t time_ms, uint32_t num, uint32_t den);

/*
 * "1.25" USD a million tokens to pUSD a token (scale 6), "10" USD a thousand
 * to pUSD a unit (scale 9): decimal text times 10^scale, half-even, no
 * floating point; "1.5e-06" is understood.  AIR_OK, AIR_EINVAL, AIR_ELIMIT.
 */
int air_decimal(air_str_t text, unsigned scale, uint64_t *out);

/* Snaps the noise of short floats: 29999999 becomes 30000000 (within 1e-7 of
   at most five significant digits); anything else stays. */
uint64_t air_price_snap(uint64_t rate);

/* "cache_read": the name of a class, of a fee, of a service tier; static. */
const char *air_class_name(air_class_e c);
const char *air_fee_name(air_fee_e fee);
const char *air_tier_name(air_tier_e tier);


/*
 * A total of pico-dollars that cannot overflow: 64 bits end at 18.4 million
 * dollars.  Zero it to begin.
 */
typedef struct {
    uint64_t  hi;
    uint64_t  lo;
} air_sum_t;

/* Adds n, or another total. */
void air_sum_add(air_sum_t *sum, uint64_t n);
void air_sum_merge(air_sum_t *sum, const air_sum_t *other);

/* Less than zero, zero, more than zero: a is less, equal, more than b. */
int air_sum_cmp(const air_sum_t *a, const air_sum_t *b);

/*
 * a less b for b <= a, zero otherwise: what is left.
 */
air_sum_t air_sum_less(const air_sum_t *a, const air_sum_t *b);

/* Appends it as dollars, exact, as air_buf_pusd() does. */
int air_sum_dollars(const air_sum_t *sum, air_buf_t *b);

/* Appends it as a whole number. */
int air_sum_number(const air_sum_t *sum, air_buf_t *b);


#endif /* _AIR_PRICE_H_INCLUDED_ */
