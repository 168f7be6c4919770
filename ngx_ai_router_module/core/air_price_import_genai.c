
/*
 * genai-prices, v2 data.json: the one public table with dates.  The last
 * entry that matches wins; a tier applies above its start; an entry with a
 * time of day is a window of the period it stands behind, not of all periods
 * (which would charge last month at this month's peak price).
 */

#include "air_pricebook_build.h"


typedef struct {
    const char  *name;
    unsigned     class;
} air_genai_unit_t;


static const air_genai_unit_t  air_genai_units[] = {
    { "input_mtok", AIR_IN },
    { "output_mtok", AIR_OUT },
    { "cache_read_mtok", AIR_IN_CACHE_READ },
    { "cache_write_mtok", AIR_IN_CACHE_WRITE },
    { "cache_write_5m_mtok", AIR_IN_CACHE_WRITE },
    { "cache_write_1h_mtok", AIR_IN_CACHE_WRITE_1H },
    { "input_audio_mtok", AIR_IN_AUDIO },
    { "cache_audio_read_mtok", AIR_IN_CACHE_READ_AUDIO },
    { "input_image_mtok", AIR_IN_IMAGE },
    { "cache_image_read_mtok", AIR_IN_CACHE_READ_IMAGE },
    { "output_reasoning_mtok", AIR_OUT_REASONING },
    { "output_audio_mtok", AIR_OUT_AUDIO },
    { "output_image_mtok", AIR_OUT_IMAGE },
    { "output_citation_mtok", AIR_OUT_CITATION },
    { NULL, 0 }
};


/* A number, or {"base": .., "tiers": [{"start": .., "price": ..}]}. */
static void
air_genai_rate(air_book_t *book, const air_jnode_t *node,
    const air_genai_unit_t *unit, air_book_price_t *price, uint64_t *base)
{
    uint64_t            start, *rate;
    const air_jnode_t  *tier;

    if (node->type != AIR_JSON_OBJECT) {
        air_book_decimal(book, node, 6, AIR_BOOK_RATE_MAX,
                         &base[unit->class], unit->name);
        return;
    }

    air_book_decimal(book, air_jtree_get(node, "base"), 6, AIR_BOOK_RATE_MAX,
                     &base[unit->class], unit->name);

    tier = air_jtree_array(air_jtree_get(node, "tiers"));

    for ( /* void */ ; price != NULL && tier != NULL; tier = tier->next) {
        start = 0;
        air_book_uint(book, air_jtree_get(tier, "start"), &start);

        rate = air_book_long(book, price, start, 0, AIR_TIER_STANDARD);
        if (rate == NULL) {
            return;
        }

        air_book_decimal(book, air_jtree_get(tier, "price"), 6,
                         AIR_BOOK_RATE_MAX, &rate[unit->class], unit->name);
    }
}


/* A class without a tier of its own at a border keeps what it had below. */
static void
air_genai_fill(air_price_t *p)
{
    unsigned  c, i, k;
    uint64_t  below, rate;

    for (i = 0; i < p->nlc; i++) {
        for (c = 0; c < AIR_NCLASS; c++) {

            if (p->lc[i].rate[c] != AIR_UNKNOWN) {
                continue;
            }

            rate = p->rate[AIR_TIER_STANDARD][c];
            below = 0;

            for (k = 0; k < p->nlc; k++) {
                if (p->lc[k].rate[c] != AIR_UNKNOWN
                    && p->lc[k].threshold < p->lc[i].threshold
                    && p->lc[k].threshold >= below)
                {
                    rate = p->lc[k].rate[c];
                    below = p->lc[k].threshold;
                }
            }

            p->lc[i].rate[c] = rate;
        }
    }
}


/* Rates of one entry; into base, and long-context ones into price. */
static void
air_genai_rates(air_book_t *book, const air_jnode_t *prices,
    air_book_price_t *price, uint64_t *base)
{
    const air_jnode_t       *node;
    const air_genai_unit_t  *unit;

    for (node = air_jtree_object(prices); node != NULL; node = node->next) {
        for (unit = air_genai_units; unit->name != NULL; unit++) {
            if (air_str_eqz(node->key, unit->name)) {
                air_genai_rate(book, node, unit, price, base);
                break;
            }
        }
    }
}


/* "01:00:00Z" to minutes, -1 when it is none. */
static int
air_genai_clock(const air_jnode_t *node)
{
    if (node == NULL || node->text.len < 5) {
        return -1;
    }

    return air_book_clock(air_str_n(node->text.data, 5));
}


static void
air_genai_window(air_book_t *book, const air_jnode_t *entry,
    const air_jnode_t *constraint, air_book_price_t *price)
{
    int           from, to;
    air_price_t  *p;

    p = &price->p;

    from = air_genai_clock(air_jtree_get(constraint, "start_time"));
    to = air_genai_clock(air_jtree_get(constraint, "end_time"));

    if (from < 0 || to < 0 || from == to
        || p->nwindow == sizeof(p->window) / sizeof(p->window[0]))
    {
        air_book_fail(book, AIR_EINVAL, entry->line,
                      "\"%.*s\" has a time of day that is not understood",
                      (int) book->at.len, book->at.data);
        return;
    }

    p->window[p->nwindow].from_min = (uint16_t) from;
    p->window[p->nwindow].to_min = (uint16_t) to;
    p->window[p->nwindow].days = 0x7f;
    air_book_no_rates(p->window[p->nwindow].rate);

    air_genai_rates(book, air_jtree_get(entry, "prices"), NULL,
                    p->window[p->nwindow].rate);

    p->nwindow++;
}


static air_book_price_t *
air_genai_period(air_book_t *book, air_book_model_t *m,
    const air_jnode_t *line, const air_jnode_t *prices)
{
    air_book_price_t  *price;

    price = air_book_price(book, m, line->line);
    if (price == NULL) {
        return NULL;
    }

    air_genai_rates(book, prices, price, price->p.rate[AIR_TIER_STANDARD]);
    air_genai_fill(&price->p);

    air_book_decimal(book, air_jtree_get(prices, "requests_kcount"), 9,
                     AIR_BOOK_FEE_MAX, &price->p.fee[AIR_FEE_REQUEST],
                     "requests_kcount");
    air_book_decimal(book, air_jtree_get(prices, "web_searches_kcount"), 9,
                     AIR_BOOK_FEE_MAX, &price->p.fee[AIR_FEE_SEARCH],
                     "web_searches_kcount");

    return price;
}


static void
air_genai_entries(air_book_t *book, air_book_model_t *m,
    const air_jnode_t *entry)
{
    int64_t             from;
    air_book_price_t   *price, *last;
    const air_jnode_t  *constraint, *date;

    last = NULL;

    for ( /* void */ ; entry != NULL && book->rc == AIR_OK;
         entry = entry->next)
    {
        constraint = air_jtree_get(entry, "constraint");
        date = air_jtree_get(constraint, "start_date");
        from = INT64_MIN;

        if (air_jtree_object(constraint) != NULL && date == NULL) {

            if (last != NULL) {
                air_genai_window(book, entry, constraint, last);
            }

            continue;
        }

        if (date != NULL && air_time_read(date->text, &from) != AIR_OK) {
            air_book_fail(book, AIR_EINVAL, date->line,
                          "a start_date of \"%.*s\" is no date",
                          (int) book->at.len, book->at.data);
            return;
        }

        price = air_genai_period(book, m, entry,
                                 air_jtree_get(entry, "prices"));
        if (price == NULL) {
            return;
        }

        price->p.from_ms = from;

        if (last != NULL) {
            last->p.to_ms = from;
        }

        last = price;
    }
}


/* Names that the entry says it equals. */
static void
air_genai_names(air_book_t *book, air_book_model_t *m,
    const air_jnode_t *match)
{
    const air_jnode_t  *node;

    node = air_jtree_get(match, "equals");

    if (node != NULL && node->type == AIR_JSON_STRING) {
        air_book_alias(book, m, node->text);
    }

    node = air_jtree_array(air_jtree_get(match, "or"));

    for ( /* void */ ; node != NULL; node = node->next) {
        if (air_jtree_get(node, "equals") != NULL) {
            air_book_alias(book, m, air_jtree_get(node, "equals")->text);
        }
    }
}


static void
air_genai_entry(air_book_t *book, air_str_t vendor, const air_jnode_t *entry)
{
    air_book_model_t   *m;
    const air_jnode_t  *node;

    node = air_jtree_get(entry, "id");

    if (node == NULL || node->type != AIR_JSON_STRING) {
        air_book_fail(book, AIR_EINVAL, entry->line, "a model without id");
        return;
    }

    m = air_book_model(book, entry->line, vendor, node->text);
    if (m == NULL) {
        return;
    }

    m->m.source = air_str_z("genai-prices");
    air_book_uint(book, air_jtree_get(entry, "context_window"),
                  &m->m.context);
    air_genai_names(book, m, air_jtree_get(entry, "match"));

    node = air_jtree_get(entry, "prices");

    if (air_jtree_array(node) != NULL) {
        air_genai_entries(book, m, node->child);

    } else if (air_jtree_object(node) != NULL) {
        (void) air_genai_period(book, m, entry, node);
    }
}


void
air_book_read_genai(air_book_t *book)
{
    air_str_t           vendor;
    const air_jnode_t  *provider, *entry, *id;

    provider = air_jtree_array(book->tree.root);

    for ( /* void */ ; provider != NULL; provider = provider->next) {
        id = air_jtree_get(provider, "id");

        if (id == NULL || id->type != AIR_JSON_STRING) {
            air_book_fail(book, AIR_EINVAL, provider->line,
                          "a provider without id");
            return;
        }

        vendor = air_pricebook_vendor(id->text);
        entry = air_jtree_array(air_jtree_get(provider, "models"));

        for ( /* void */ ; entry != NULL && book->rc == AIR_OK;
             entry = entry->next)
        {
            air_genai_entry(book, vendor, entry);
        }
    }
}
