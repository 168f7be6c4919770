
/*
 * Bringing a new table into an old one without rewriting history, holding
 * back what looks like a mistake of the table; and what is odd about a
 * model's prices.
 */

#include "air_feed.h"
#include "air_pricebook_build.h"


#define AIR_MERGE_TIMES  10       /* a rate that moves further is held       */


typedef struct {
    const air_merge_t  *merge;
    const air_mem_t    *mem;
    int64_t             now_ms;
    int                 rc;
} air_merge_ctx_t;


static void
air_merge_note(const air_merge_ctx_t *ctx, air_merge_e what,
    const air_model_t *old, const air_model_t *model, const char *why)
{
    if (ctx->merge->note != NULL) {
        ctx->merge->note(ctx->merge->ud, what, old, model, why);
    }
}


/* Why a rate that was from and is to cannot be believed, or NULL. */
static const char *
air_merge_suspect_rate(uint64_t from, uint64_t to)
{
    if (from == AIR_UNKNOWN || from == 0) {
        return NULL;
    }

    if (to == AIR_UNKNOWN) {
        return "a known rate is missing";
    }

    if (to == 0) {
        return "a known rate became 0";
    }

    if (to / AIR_MERGE_TIMES > from
        || (to / AIR_MERGE_TIMES == from && to % AIR_MERGE_TIMES != 0))
    {
        return "a rate rose more than ten times";
    }

    if (from / AIR_MERGE_TIMES > to
        || (from / AIR_MERGE_TIMES == to && from % AIR_MERGE_TIMES != 0))
    {
        return "a rate fell more than ten times";
    }

    return NULL;
}


static int
air_merge_odd(const uint64_t *rate, unsigned a, unsigned b)
{
    return rate[a] != AIR_UNKNOWN && rate[b] != AIR_UNKNOWN
           && rate[a] != 0 && rate[a] < rate[b];
}


/* The same of two prices of one model. */
static const char *
air_merge_suspect(const air_price_t *old, const air_price_t *p)
{
    unsigned         c;
    const char      *why;
    const uint64_t  *from, *to;

    from = old->rate[AIR_TIER_STANDARD];
    to = p->rate[AIR_TIER_STANDARD];

    for (c = 0; c < AIR_NCLASS; c++) {

        /* a table that does not speak of caching says nothing against it */
        if (to[c] == AIR_UNKNOWN && c != AIR_IN && c != AIR_OUT) {
            continue;
        }

        why = air_merge_suspect_rate(from[c], to[c]);
        if (why != NULL) {
            return why;
        }
    }

    if (old->nlc != 0 && p->nlc == 0) {
        return "prices of long prompts are missing";
    }

    if (old->nwindow != 0 && p->nwindow == 0) {
        return "prices by time of day are missing";
    }

    if (air_merge_odd(to, AIR_OUT, AIR_IN)
        && !air_merge_odd(from, AIR_OUT, AIR_IN))
    {
        return "output became cheaper than input";
    }

    if (air_merge_odd(to, AIR_IN, AIR_IN_CACHE_READ)
        && !air_merge_odd(from, AIR_IN, AIR_IN_CACHE_READ))
    {
        return "reading the cache became dearer than input";
    }

    return NULL;
}


/* The other table's model of that name; it may know it as a reseller's. */
static const air_model_t *
air_merge_other(const air_pricebook_t *check, const air_model_t *model)
{
    size_t              n;
    char                name[2 * AIR_BOOK_NAME_MAX + 1];
    const air_model_t  *other;

    other = air_pricebook_find(check, model->vendor, model->model);

    if (other != NULL) {
        return other;
    }

    n = model->vendor.len + 1 + model->model.len;

    if (n > sizeof(name)) {
        return NULL;
    }

    memcpy(name, model->vendor.data, model->vendor.len);
    name[model->vendor.len] = '/';
    memcpy(name + model->vendor.len + 1, model->model.data, model->model.len);

    return air_pricebook_find(check, air_str_z("openrouter"),
                              air_str_n(name, n));
}


/* Why the other table speaks against a price, or NULL: it agrees, or does not
   know the model. */
static const char *
air_merge_apart(const air_merge_ctx_t *ctx, const air_model_t *model,
    const air_price_t *p)
{
    unsigned            i;
    uint64_t            a, b, low, high;
    const air_price_t  *q;
    const air_model_t  *other;

    static const air_class_e  classes[] = { AIR_IN, AIR_OUT };

    if (ctx->merge->check == NULL || p == NULL) {
        return NULL;
    }

    other = air_merge_other(ctx->merge->check, model);
    q = other != NULL ? air_model_price(other, ctx->now_ms) : NULL;

    if (q == NULL || q->zero) {
        return NULL;
    }

    for (i = 0; i < 2; i++) {
        a = p->rate[AIR_TIER_STANDARD][classes[i]];
        b = q->rate[AIR_TIER_STANDARD][classes[i]];

        if (a == AIR_UNKNOWN || b == AIR_UNKNOWN || b == 0) {
            continue;
        }

        low = a < b ? a : b;
        high = a < b ? b : a;

        /* rates are far below 2^57 */

        if (high * 100 > low * (100 + ctx->merge->differ)) {
            return "two feeds disagree on it";
        }
    }

    return NULL;
}


static void
air_merge_fill_rates(uint64_t *to, const uint64_t *from)
{
    unsigned  c;

    for (c = 0; c < AIR_NCLASS; c++) {

        /* 0 for what was never asked is how some say "none" */
        if (to[c] == AIR_UNKNOWN || (to[c] == 0 && from[c] == AIR_UNKNOWN)) {
            to[c] = from[c];
        }
    }
}


/*
 * What the old price knows and the new one does not speak of: other tiers,
 * caching, long prompts, fees.  Only when input and output are the same; a
 * price that moved may have moved in all of it.
 */
static void
air_merge_fill(air_price_t *to, const air_price_t *from)
{
    unsigned         i, tiers;
    const uint64_t  *a, *b;

    a = to->rate[AIR_TIER_STANDARD];
    b = from->rate[AIR_TIER_STANDARD];

    if (a[AIR_IN] != b[AIR_IN]
        || (a[AIR_OUT] != b[AIR_OUT]
            && !(a[AIR_OUT] == 0 && b[AIR_OUT] == AIR_UNKNOWN)))
    {
        return;
    }

    for (i = 0; i < AIR_NTIER; i++) {
        air_merge_fill_rates(to->rate[i], from->rate[i]);
    }

    for (i = 0, tiers = 0; i < to->nlc; i++) {
        tiers |= 1u << to->lc[i].tier;
    }

    for (i = 0; i < from->nlc; i++) {
        if (!(tiers & (1u << from->lc[i].tier))
            && to->nlc < sizeof(to->lc) / sizeof(to->lc[0]))
        {
            to->lc[to->nlc++] = from->lc[i];
        }
    }

    air_book_sort_long(to);

    if (to->nwindow == 0) {
        memcpy(to->window, from->window, sizeof(to->window));
        to->nwindow = from->nwindow;
    }

    for (i = 0; i < AIR_NFEE; i++) {
        if (to->fee[i] == AIR_UNKNOWN) {
            to->fee[i] = from->fee[i];
            to->fee_per[i] = from->fee_per[i];
        }
    }

    if (to->min_second == 0) {
        to->min_second = from->min_second;
    }
}


/* Are the figures of two prices the same, whatever their dates? */
static int
air_merge_equal(const air_model_t *model, const air_price_t *a,
    const air_price_t *b)
{
    air_price_t  x, y;

    x = *a;
    y = *b;
    x.from_ms = 0;
    y.from_ms = 0;

    return air_book_price_id(model->vendor, model->model, &x)
           == air_book_price_id(model->vendor, model->model, &y);
}


/* Facts of the new model, and what only the old one knew. */
static int
air_merge_facts(air_merge_ctx_t *ctx, air_model_t *to, const air_model_t *old,
    const air_model_t *model)
{
    unsigned    i, k;
    air_str_t  *alias;

    *to = *model;

    to->context = model->context != 0 ? model->context : old->context;
    to->max_output = model->max_output != 0 ? model->max_output
                                            : old->max_output;
    to->can = (model->can & model->can_known)
              | (old->can & ~model->can_known);
    to->can_known = model->can_known | old->can_known;

    air_book_merge_figures(to, old, model);

    if (model->nmul == 0) {
        to->mul = old->mul;
        to->nmul = old->nmul;
    }

    alias = air_mem_get(ctx->mem, (old->nalias + model->nalias + 1)
                                  * sizeof(air_str_t));
    if (alias == NULL) {
        return AIR_ENOMEM;
    }

    to->alias = alias;
    to->nalias = 0;

    for (i = 0; i < old->nalias; i++) {
        alias[to->nalias++] = old->alias[i];
    }

    for (i = 0; i < model->nalias; i++) {

        for (k = 0; k < to->nalias; k++) {
            if (air_str_eq(alias[k], model->alias[i])) {
                break;
            }
        }

        if (k == to->nalias) {
            alias[to->nalias++] = model->alias[i];
        }
    }

    return AIR_OK;
}


/* Old rows up to now, the new one, and old rows that begin later. */
static int
air_merge_rows(air_merge_ctx_t *ctx, air_model_t *to, const air_model_t *old,
    const air_price_t *p)
{
    unsigned      i, n;
    air_price_t  *row;

    row = air_mem_get(ctx->mem, (old->nprice + 1) * sizeof(air_price_t));
    if (row == NULL) {
        return AIR_ENOMEM;
    }

    n = 0;

    for (i = 0; i < old->nprice && old->price[i].from_ms < ctx->now_ms; i++) {
        row[n] = old->price[i];

        if (row[n].to_ms > ctx->now_ms) {
            row[n].to_ms = ctx->now_ms;
        }

        n++;
    }

    row[n] = *p;
    row[n].from_ms = ctx->now_ms;

    /* a row of this very moment gives way */
    if (i < old->nprice && old->price[i].from_ms == ctx->now_ms) {
        i++;
    }

    row[n].to_ms = i < old->nprice ? old->price[i].from_ms : INT64_MAX;
    row[n].id = air_book_price_id(to->vendor, to->model, &row[n]);
    n++;

    while (i < old->nprice) {
        row[n++] = old->price[i++];
    }

    to->price = row;
    to->nprice = n;

    return AIR_OK;
}


/* A model that both tables have. */
static int
air_merge_both(air_merge_ctx_t *ctx, air_model_t *to, const air_model_t *old,
    const air_model_t *model)
{
    int                 dated;
    const char         *why;
    air_price_t        *p;
    const air_price_t  *was, *is;

    was = air_model_price(old, ctx->now_ms);
    is = air_model_price(model, ctx->now_ms);

    if (air_merge_facts(ctx, to, old, model) != AIR_OK) {
        return AIR_ENOMEM;
    }

    if (was == NULL) {

        if (is == NULL) {
            to->price = old->price;
            to->nprice = old->nprice;
        }

        air_merge_note(ctx, is == NULL ? AIR_MERGE_SAME : AIR_MERGE_CHANGED,
                       old, to, NULL);
        return AIR_OK;
    }

    dated = model->nprice != 1 || model->price[0].from_ms != INT64_MIN
            || model->price[0].to_ms != INT64_MAX;

    if (is != NULL && !dated) {

        p = air_mem_get(ctx->mem, sizeof(air_price_t));
        if (p == NULL) {
            return AIR_ENOMEM;
        }

        *p = *is;
        air_merge_fill(p, was);
        is = p;
    }

    why = is == NULL ? "its price is missing" : air_merge_suspect(was, is);

    if (why == NULL && (dated || !air_merge_equal(model, was, is))) {
        why = air_merge_apart(ctx, model, is);
    }

    if (why != NULL && !ctx->merge->force) {
        *to = *old;
        air_merge_note(ctx, AIR_MERGE_HELD, old, model, why);
        return AIR_OK;
    }

    if (is == NULL || (!dated && air_merge_equal(model, was, is))) {
        to->price = old->price;
        to->nprice = old->nprice;
        to->source = old->source;

        if (to->as_of.len == 0) {
            to->as_of = old->as_of;
        }

        air_merge_note(ctx, AIR_MERGE_SAME, old, to, why);
        return AIR_OK;
    }

    if (!dated && air_merge_rows(ctx, to, old, is) != AIR_OK) {
        return AIR_ENOMEM;
    }

    air_merge_note(ctx, air_merge_equal(model, was, is)
                        ? AIR_MERGE_SAME : AIR_MERGE_CHANGED,
                   old, to, why);

    return AIR_OK;
}


int
air_pricebook_merge(air_pricebook_t **merged, const air_pricebook_t *old,
    const air_pricebook_t *book, const air_merge_t *merge,
    const air_mem_t *mem)
{
    int              rc, order;
    int64_t          time_ms;
    unsigned         i, k, n, nold;
    const char      *why;
    air_model_t     *models;
    air_merge_ctx_t  ctx;

    nold = old == NULL ? 0 : old->n;
    time_ms = book->time_ms;

    /* a table without a date is as old as its import */
    if (time_ms == 0) {
        time_ms = merge->now_ms - merge->now_ms % 1000;
    }

    if (old != NULL && old->time_ms > time_ms) {
        time_ms = old->time_ms;
    }

    ctx.merge = merge;
    ctx.mem = mem;
    ctx.rc = AIR_OK;

    /* dates in a table are whole seconds */
    ctx.now_ms = merge->now_ms - merge->now_ms % 1000;

    models = air_mem_get(mem, (nold + book->n + 1) * sizeof(air_model_t));
    if (models == NULL) {
        return AIR_ENOMEM;
    }

    for (i = 0, k = 0, n = 0; i < nold || k < book->n; ) {

        order = i == nold ? 1
                : k == book->n ? -1
                : air_book_cmp(old->models[i].vendor, old->models[i].model,
                               &book->models[k]);

        if (order > 0) {
            why = air_merge_apart(&ctx, &book->models[k],
                                  air_model_price(&book->models[k],
                                                  ctx.now_ms));

            if (why != NULL && !merge->force) {
                air_merge_note(&ctx, AIR_MERGE_HELD, NULL, &book->models[k++],
                               why);
                continue;
            }

            models[n] = book->models[k++];
            air_merge_note(&ctx, AIR_MERGE_NEW, NULL, &models[n++], why);
            continue;
        }

        if (order < 0) {

            if (merge->keep) {
                models[n++] = old->models[i];
            }

            air_merge_note(&ctx, merge->keep ? AIR_MERGE_KEPT
                                             : AIR_MERGE_GONE,
                           &old->models[i++], NULL, NULL);
            continue;
        }

        if (merge->feed && !air_feed_owns(&old->models[i])) {
            models[n] = old->models[i++];
            air_merge_note(&ctx, AIR_MERGE_OWN, &models[n++],
                           &book->models[k++], NULL);
            continue;
        }

        rc = air_merge_both(&ctx, &models[n++], &old->models[i++],
                            &book->models[k++]);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    rc = air_book_pack(models, n, time_ms, mem, merged);

    if (rc == AIR_OK) {
        air_book_prune(*merged);
    }

    return rc;
}


static int
air_lint_times(uint64_t a, uint64_t b, uint64_t times)
{
    return a != AIR_UNKNOWN && b != AIR_UNKNOWN && b != 0 && a / times > b;
}


static const char *
air_lint_price(const air_price_t *p, int embeds)
{
    const uint64_t  *rate;

    rate = p->rate[AIR_TIER_STANDARD];

    if (p->zero) {
        return "price 0 without \"free\": true, so its cost is unknown";
    }

    if (air_lint_times(rate[AIR_IN], rate[AIR_OUT], 100)) {
        return "input is more than 100 times as dear as output";
    }

    if (air_lint_times(rate[AIR_OUT], rate[AIR_IN], 100)) {
        return "output is more than 100 times as dear as input";
    }

    if (air_merge_odd(rate, AIR_OUT, AIR_IN)) {
        return "output is cheaper than input";
    }

    if (air_merge_odd(rate, AIR_IN, AIR_IN_CACHE_READ)) {
        return "reading the cache is dearer than input";
    }

    if (rate[AIR_IN] == AIR_UNKNOWN && rate[AIR_OUT] != AIR_UNKNOWN) {
        return "no rate for input, so its cost is unknown";
    }

    if (rate[AIR_IN] != AIR_UNKNOWN && rate[AIR_OUT] == AIR_UNKNOWN
        && !embeds)
    {
        return "no rate for output, so its cost is unknown";
    }

    return NULL;
}


void
air_pricebook_lint(const air_model_t *model,
    void (*say)(void *ud, const air_model_t *model, const char *text),
    void *ud)
{
    unsigned     i;
    const char  *text;

    if (model->nprice == 0) {
        say(ud, model, "no price, so its cost is unknown");
        return;
    }

    for (i = 0; i < model->nprice; i++) {
        text = air_lint_price(&model->price[i],
                              (model->can & AIR_CAN_EMBED) != 0);
        if (text != NULL) {
            say(ud, model, text);
        }

        if (i != 0 && model->price[i - 1].to_ms != model->price[i].from_ms) {
            say(ud, model, "no price between two periods");
        }
    }
}
