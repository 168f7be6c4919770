
/*
 * Tokens to money.  Rates are whole pico-dollars; everything is summed in
 * 128 bits and rounded once.  Which rates apply is decided in this order:
 * the tier served, the time of day (standard tier only), the length of the
 * whole prompt.  A class without a rate takes the rate of the nearest class
 * that has one, and says so.
 */

#include "air_price.h"


typedef unsigned __int128  air_u128_t;


#define AIR_MS_MIN   60000
#define AIR_DAY_MIN  1440


static const char *const  air_class_names[AIR_NCLASS] = {
    "input", "cache_read", "cache_write", "cache_write_1h", "input_audio",
    "cache_read_audio", "input_image", "cache_read_image", "output",
    "output_reasoning", "output_audio", "output_image", "citation"
};

static const char *const  air_fee_names[AIR_NFEE] = {
    "request", "search", "fetch", "second", "page"
};

static const char *const  air_tier_names[AIR_NTIER] = {
    "standard", "batch", "flex", "priority", "fast"
};


/* whose rate a class takes when it has none; itself: nobody's */
static const uint8_t  air_class_next[AIR_NCLASS] = {
    [AIR_IN] = AIR_IN,
    [AIR_IN_CACHE_READ] = AIR_IN,
    [AIR_IN_CACHE_WRITE] = AIR_IN,
    [AIR_IN_CACHE_WRITE_1H] = AIR_IN_CACHE_WRITE,
    [AIR_IN_AUDIO] = AIR_IN,
    [AIR_IN_CACHE_READ_AUDIO] = AIR_IN_CACHE_READ,
    [AIR_IN_IMAGE] = AIR_IN,
    [AIR_IN_CACHE_READ_IMAGE] = AIR_IN_CACHE_READ,
    [AIR_OUT] = AIR_OUT,
    [AIR_OUT_REASONING] = AIR_OUT,
    [AIR_OUT_AUDIO] = AIR_OUT,
    [AIR_OUT_IMAGE] = AIR_OUT,
    [AIR_OUT_CITATION] = AIR_OUT
};


const char *
air_class_name(air_class_e c)
{
    return c < AIR_NCLASS ? air_class_names[c] : "";
}


const char *
air_fee_name(air_fee_e fee)
{
    return fee < AIR_NFEE ? air_fee_names[fee] : "";
}


const char *
air_tier_name(air_tier_e tier)
{
    return tier < AIR_NTIER ? air_tier_names[tier] : "";
}


void
air_usage_init(air_usage_t *u)
{
    memset(u, 0, sizeof(air_usage_t));

    u->vendor_cost = AIR_UNKNOWN;
    u->mul_num = 1;
    u->mul_den = 1;
}


/* Sums that would pass 2^64 stay at its end. */
static uint64_t
air_usage_sum(const air_usage_t *u, unsigned from, unsigned to)
{
    uint64_t  sum;

    for (sum = 0; from < to; from++) {
        if (__builtin_add_overflow(sum, u->n[from], &sum)) {
            return UINT64_MAX;
        }
    }

    return sum;
}


uint64_t
air_usage_input(const air_usage_t *u)
{
    return air_usage_sum(u, AIR_IN, AIR_OUT);
}


uint64_t
air_usage_output(const air_usage_t *u)
{
    return air_usage_sum(u, AIR_OUT, AIR_NCLASS);
}


/* The rate of class c in one table, or of the class it falls back to. */
static uint64_t
air_price_chain(const uint64_t *rate, unsigned c, unsigned *flags)
{
    while (rate[c] == AIR_UNKNOWN) {

        if (air_class_next[c] == c) {
            return AIR_UNKNOWN;
        }

        c = air_class_next[c];
        *flags |= AIR_COST_FALLBACK;
    }

    return rate[c];
}


static int
air_price_offers(const air_price_t *p, unsigned tier)
{
    unsigned  c;

    for (c = 0; c < AIR_NCLASS; c++) {
        if (p->rate[tier][c] != AIR_UNKNOWN) {
            return 1;
        }
    }

    return 0;
}


/* The tier whose rates count; "fast" and "priority" are one product to some. */
static unsigned
air_price_tier(const air_price_t *p, unsigned tier, unsigned *flags)
{
    if (tier >= AIR_NTIER) {
        tier = AIR_TIER_STANDARD;
        *flags |= AIR_COST_TIER;
    }

    if (tier == AIR_TIER_STANDARD || air_price_offers(p, tier)) {
        return tier;
    }

    if (tier == AIR_TIER_FAST && air_price_offers(p, AIR_TIER_PRIORITY)) {
        return AIR_TIER_PRIORITY;
    }

    if (tier == AIR_TIER_PRIORITY && air_price_offers(p, AIR_TIER_FAST)) {
        return AIR_TIER_FAST;
    }

    *flags |= AIR_COST_TIER;

    return AIR_TIER_STANDARD;
}


static int64_t
air_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}


/* The rates of the window time_ms falls in, or NULL. */
static const uint64_t *
air_price_window(const air_price_t *p, int64_t time_ms)
{
    int64_t   minute, day, of_day;
    unsigned  i, from, to, weekday;

    if (p->nwindow == 0) {
        return NULL;
    }

    minute = air_floor_div(time_ms, AIR_MS_MIN);
    of_day = minute - air_floor_div(minute, AIR_DAY_MIN) * AIR_DAY_MIN;

    for (i = 0; i < p->nwindow; i++) {
        from = p->window[i].from_min;
        to = p->window[i].to_min;

        if (from <= to) {
            if (of_day < from || of_day >= to) {
                continue;
            }

        } else if (of_day < from && of_day >= to) {
            continue;
        }

        /* 1970-01-01 was a Thursday */
        day = air_floor_div(minute + p->window[i].tz_min, AIR_DAY_MIN) + 3;
        weekday = (unsigned) (day - air_floor_div(day, 7) * 7);

        if (p->window[i].days & (1u << weekday)) {
            return p->window[i].rate;
        }
    }

    return NULL;
}


/* The long-context rates for a prompt of so many tokens, or NULL. */
static const uint64_t *
air_price_long(const air_price_t *p, unsigned tier, uint64_t prompt,
    unsigned *flags)
{
    int              other;
    unsigned         i;
    uint64_t         best;
    const uint64_t  *rate;

    rate = NULL;
    best = 0;
    other = 0;

    for (i = 0; i < p->nlc; i++) {

        if (prompt < p->lc[i].threshold
            || (prompt == p->lc[i].threshold && p->lc[i].op == 0))
        {
            continue;
        }

        if (p->lc[i].tier != tier) {
            other = 1;
            continue;
        }

        if (rate == NULL || p->lc[i].threshold > best) {
            rate = p->lc[i].rate;
            best = p->lc[i].threshold;
        }
    }

    if (rate == NULL && other && tier != AIR_TIER_STANDARD) {
        *flags |= AIR_COST_TIER;
    }

    return rate;
}


/*
 * The rate of class c where over (may be NULL) replaces base.  A class that
 * has a rate of its own in base, but none in over, never gets cheaper by it.
 */
static uint64_t
air_price_rate(const uint64_t *base, const uint64_t *over, unsigned c,
    unsigned *flags)
{
    uint64_t  rate;

    if (over == NULL) {
        return air_price_chain(base, c, flags);
    }

    if (over[c] != AIR_UNKNOWN) {
        return over[c];
    }

    *flags |= AIR_COST_FALLBACK;

    rate = air_price_chain(over, c, flags);
    if (rate == AIR_UNKNOWN) {
        return air_price_chain(base, c, flags);
    }

    if (base[c] != AIR_UNKNOWN && base[c] > rate) {
        return base[c];
    }

    return rate;
}


/* The rates that hold instead of those of tier, or NULL. */
static const uint64_t *
air_price_over(const air_price_t *p, unsigned tier, uint64_t prompt,
    int64_t time_ms, unsigned *flags)
{
    const uint64_t  *over;

    over = air_price_long(p, tier, prompt, flags);

    if (over == NULL && tier == AIR_TIER_STANDARD) {
        over = air_price_window(p, time_ms);
    }

    return over;
}


/* Sum of tokens x rate; AIR_OK, AIR_ENOENT no rate, AIR_ELIMIT too much. */
static int
air_price_tokens(const air_price_t *p, const air_usage_t *u,
    int64_t time_ms, air_u128_t *sum, unsigned *flags)
{
    unsigned         c, tier;
    uint64_t         rate;
    air_u128_t       cost;
    const uint64_t  *base, *over;

    tier = air_price_tier(p, u->tier, flags);
    base = p->rate[tier];

    over = air_price_over(p, tier, air_usage_input(u), time_ms, flags);

    *sum = 0;

    for (c = 0; c < AIR_NCLASS; c++) {

        if (u->n[c] == 0) {
            continue;
        }

        rate = air_price_rate(base, over, c, flags);
        if (rate == AIR_UNKNOWN) {
            return AIR_ENOENT;
        }

        cost = (air_u128_t) u->n[c] * rate;

        if (__builtin_add_overflow(*sum, cost, sum)) {
            return AIR_ELIMIT;
        }
    }

    return AIR_OK;
}


static int
air_u128_mul(air_u128_t *a, uint64_t b)
{
    return __builtin_mul_overflow(*a, (air_u128_t) b, a) ? AIR_ELIMIT : AIR_OK;
}


/*
 * Adds to *num / *den the fees: most are whole, seconds may be a price an
 * hour.  known tells that something else was priced.
 */
static int
air_price_fees(const air_price_t *p, const air_usage_t *u, int known,
    air_u128_t *num, uint64_t *den, unsigned *flags)
{
    uint64_t    n;
    unsigned    i, per;
    air_u128_t  fee;

    for (i = 0; i < AIR_NFEE; i++) {
        n = u->fee[i];

        if (n == 0) {
            continue;
        }

        if (p->fee[i] == AIR_UNKNOWN) {

            /* no fee known for these is no fee */
            if (i == AIR_FEE_REQUEST || i == AIR_FEE_FETCH) {
                continue;
            }

            if (!known) {
                return AIR_ENOENT;
            }

            *flags |= AIR_COST_FALLBACK;
            continue;
        }

        if (i == AIR_FEE_SECOND && n < p->min_second) {
            n = p->min_second;
        }

        per = p->fee_per[i] == 0 ? 1 : p->fee_per[i];
        fee = (air_u128_t) n * p->fee[i];

        /* num/den + fee/per */
        if (air_u128_mul(&fee, *den) != AIR_OK
            || air_u128_mul(num, per) != AIR_OK
            || __builtin_mul_overflow(*den, (uint64_t) per, den)
            || __builtin_add_overflow(*num, fee, num))
        {
            return AIR_ELIMIT;
        }
    }

    return AIR_OK;
}


/* num / den, half-even. */
static air_u128_t
air_u128_div(air_u128_t num, uint64_t den)
{
    air_u128_t  q, r;

    q = num / den;
    r = num % den;

    if (r > den - r || (r == den - r && (q & 1))) {
        q++;
    }

    return q;
}


static uint64_t
air_price_overflow(unsigned *flags)
{
    *flags |= AIR_COST_OVERFLOW;

    return AIR_UNKNOWN;
}


uint64_t
air_price_cost(const air_price_t *p, const air_usage_t *u, int64_t time_ms,
    unsigned *flags)
{
    int         rc, known;
    uint64_t    mul, den;
    air_u128_t  num;

    den = 1;
    *flags = u->clamped ? AIR_COST_CLAMPED : 0;

    if (p == NULL || p->zero || (!u->seen && !u->estimated)) {
        return AIR_UNKNOWN;
    }

    rc = air_price_tokens(p, u, time_ms, &num, flags);

    if (rc == AIR_OK) {
        known = p->free || air_usage_input(u) != 0 || air_usage_output(u) != 0;

        mul = (uint64_t) (p->mul_num ? p->mul_num : 1)
              * (u->mul_num ? u->mul_num : 1);
        den = (uint64_t) (p->mul_den ? p->mul_den : 1)
              * (u->mul_den ? u->mul_den : 1);

        rc = air_u128_mul(&num, mul);

        if (rc == AIR_OK) {
            rc = air_price_fees(p, u, known, &num, &den, flags);
        }
    }

    if (rc == AIR_ELIMIT) {
        return air_price_overflow(flags);
    }

    if (rc != AIR_OK) {
        return AIR_UNKNOWN;
    }

    num = air_u128_div(num, den);

    if (num >= AIR_UNKNOWN) {
        return air_price_overflow(flags);
    }

    return (uint64_t) num;
}


uint64_t
air_price_token(const air_price_t *p, air_class_e c, air_tier_e tier,
    uint64_t prompt, int64_t time_ms, uint32_t num, uint32_t den)
{
    unsigned    t, flags;
    uint64_t    rate, div;
    air_u128_t  n;

    if (p == NULL || p->zero) {
        return AIR_UNKNOWN;
    }

    flags = 0;
    t = air_price_tier(p, tier, &flags);

    rate = air_price_rate(p->rate[t],
                          air_price_over(p, t, prompt, time_ms, &flags), c,
                          &flags);

    if (rate == AIR_UNKNOWN) {
        return AIR_UNKNOWN;
    }

    if (p->mul_num == p->mul_den && num == den) {
        return rate;
    }

    n = (air_u128_t) rate * (p->mul_num ? p->mul_num : 1);
    div = (uint64_t) (p->mul_den ? p->mul_den : 1) * (den ? den : 1);

    if (air_u128_mul(&n, num ? num : 1) != AIR_OK) {
        return AIR_UNKNOWN;
    }

    n = air_u128_div(n, div);

    return n >= AIR_UNKNOWN ? AIR_UNKNOWN : (uint64_t) n;
}


/* The parts of a decimal: its digits as one number, and where the point is. */
typedef struct {
    uint64_t  digits;
    int       exponent;           /* value is digits x 10^exponent          */
    int       sticky;             /* digits that did not fit were not zero  */
} air_decimal_t;


static int
air_is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}


/* Takes digits from *p; after a point each one lowers the exponent. */
static int
air_decimal_digits(const unsigned char **p, const unsigned char *end,
    int fraction, air_decimal_t *d)
{
    const unsigned char  *start;

    start = *p;

    while (*p < end && air_is_digit(**p)) {

        if (d->digits <= (UINT64_MAX - 9) / 10) {
            d->digits = d->digits * 10 + (**p - '0');
            d->exponent -= fraction;

        } else {
            d->sticky |= **p != '0';
            d->exponent += !fraction;
        }

        (*p)++;
    }

    return *p == start ? AIR_EINVAL : AIR_OK;
}


static int
air_decimal_exponent(const unsigned char **p, const unsigned char *end,
    air_decimal_t *d)
{
    int                   n, minus;
    const unsigned char  *start;

    minus = 0;

    if (*p < end && (**p == '+' || **p == '-')) {
        minus = **p == '-';
        (*p)++;
    }

    start = *p;

    for (n = 0; *p < end && air_is_digit(**p); (*p)++) {
        if (n < 10000) {
            n = n * 10 + (**p - '0');
        }
    }

    if (*p == start) {
        return AIR_EINVAL;
    }

    d->exponent += minus ? -n : n;

    return AIR_OK;
}


static int
air_decimal_read(air_str_t text, air_decimal_t *d)
{
    const unsigned char  *p, *end;

    memset(d, 0, sizeof(air_decimal_t));

    p = text.data;
    end = p + text.len;

    if (air_decimal_digits(&p, end, 0, d) != AIR_OK) {
        return AIR_EINVAL;
    }

    if (p < end && *p == '.') {
        p++;

        if (air_decimal_digits(&p, end, 1, d) != AIR_OK) {
            return AIR_EINVAL;
        }
    }

    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;

        if (air_decimal_exponent(&p, end, d) != AIR_OK) {
            return AIR_EINVAL;
        }
    }

    return p == end ? AIR_OK : AIR_EINVAL;
}


int
air_decimal(air_str_t text, unsigned scale, uint64_t *out)
{
    int            exponent, half;
    uint64_t       value, rest, pow;
    air_decimal_t  d;

    if (text.len == 0) {
        return AIR_EINVAL;
    }

    if (text.len > 64 || scale > 18) {
        return AIR_ELIMIT;
    }

    if (air_decimal_read(text, &d) != AIR_OK) {
        return AIR_EINVAL;
    }

    value = d.digits;
    exponent = d.exponent + (int) scale;

    if (value == 0) {
        *out = 0;
        return AIR_OK;
    }

    if (exponent >= 0) {

        /* digits were lost that count */
        if (d.sticky) {
            return AIR_ELIMIT;
        }

        while (exponent-- > 0) {
            if (__builtin_mul_overflow(value, 10, &value)) {
                return AIR_ELIMIT;
            }
        }

        *out = value;
        return AIR_OK;
    }

    if (exponent < -19) {
        *out = 0;
        return AIR_OK;
    }

    for (pow = 1; exponent < 0; exponent++) {
        pow *= 10;
    }

    rest = value % pow;
    value = value / pow;

    half = rest > pow / 2 || (rest == pow / 2 && (d.sticky || (value & 1)));

    *out = value + half;

    return AIR_OK;
}


uint64_t
air_price_snap(uint64_t rate)
{
    uint64_t  pow, near, off;

    if (rate > UINT64_MAX / 2) {
        return rate;
    }

    for (pow = 1; rate / pow >= 10; pow *= 10) { /* void */ }

    /* from one significant digit to five */
    for ( /* void */ ; pow > 1 && rate / pow < 100000; pow /= 10) {
        near = (rate + pow / 2) / pow * pow;
        off = near > rate ? near - rate : rate - near;

        if (off <= rate / 10000000) {
            return near;
        }
    }

    return rate;
}


void
air_sum_add(air_sum_t *sum, uint64_t n)
{
    sum->hi += __builtin_add_overflow(sum->lo, n, &sum->lo);
}


void
air_sum_merge(air_sum_t *sum, const air_sum_t *other)
{
    uint64_t  hi;

    hi = other->hi;

    air_sum_add(sum, other->lo);
    sum->hi += hi;
}


int
air_sum_cmp(const air_sum_t *a, const air_sum_t *b)
{
    if (a->hi != b->hi) {
        return a->hi < b->hi ? -1 : 1;
    }

    return a->lo < b->lo ? -1 : a->lo > b->lo;
}


air_sum_t
air_sum_less(const air_sum_t *a, const air_sum_t *b)
{
    air_sum_t  left;

    memset(&left, 0, sizeof(left));

    if (air_sum_cmp(a, b) > 0) {
        left.hi = a->hi - b->hi
                  - __builtin_sub_overflow(a->lo, b->lo, &left.lo);
    }

    return left;
}


/* The digits of a total, filled in from the end of text[40]. */
static size_t
air_sum_digits(const air_sum_t *sum, char *text)
{
    size_t      n;
    air_u128_t  v;

    v = (air_u128_t) sum->hi << 64 | sum->lo;
    n = 40;

    do {
        text[--n] = (char) ('0' + (int) (v % 10));
        v /= 10;
    } while (v != 0);

    return n;
}


int
air_sum_number(const air_sum_t *sum, air_buf_t *b)
{
    char    text[40];
    size_t  n;

    n = air_sum_digits(sum, text);

    return air_buf_add(b, text + n, sizeof(text) - n);
}


int
air_sum_dollars(const air_sum_t *sum, air_buf_t *b)
{
    char    text[40];
    size_t  n, end;

    memset(text, '0', sizeof(text));

    n = air_sum_digits(sum, text);

    /* 12 places after the point, at least one digit before it */
    if (n > 40 - 13) {
        n = 40 - 13;
    }

    air_buf_add(b, text + n, 40 - 12 - n);

    for (end = 40; end > 40 - 12 && text[end - 1] == '0'; end--) { /* void */ }

    if (end > 40 - 12) {
        air_buf_byte(b, '.');
        air_buf_add(b, text + 40 - 12, end - (40 - 12));
    }

    return b->error;
}
