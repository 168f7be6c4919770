
/*
 * The price book as a file of our schema.  Fees stand in their period, rates
 * as decimal strings; what is read back is the same book with the same ids.
 */

#include "air_pricebook_build.h"


static const char *const  air_write_days[] = {
    "mon", "tue", "wed", "thu", "fri", "sat", "sun"
};


/* A comma, but before the first of a list. */
static void
air_write_comma(air_buf_t *b, int *first)
{
    if (!*first) {
        air_buf_byte(b, ',');
    }

    *first = 0;
}


static void
air_write_key(air_buf_t *b, const char *name, int *first)
{
    air_write_comma(b, first);
    air_buf_byte(b, '"');
    air_buf_z(b, name);
    air_buf_z(b, "\":");
}


/* A whole number of pUSD times factor, as a decimal string of USD. */
static void
air_write_money(air_buf_t *b, uint64_t pusd, uint64_t factor)
{
    air_buf_byte(b, '"');
    air_buf_pusd(b, pusd * factor);
    air_buf_byte(b, '"');
}


static void
air_write_rates(air_buf_t *b, const uint64_t *rate)
{
    int       first;
    unsigned  i;

    first = 1;
    air_buf_byte(b, '{');

    for (i = 0; i < AIR_NCLASS; i++) {

        if (rate[i] == AIR_UNKNOWN) {
            continue;
        }

        air_write_key(b, air_class_name(i), &first);
        air_write_money(b, rate[i], 1000000);
    }

    air_buf_byte(b, '}');
}


static int
air_write_offered(const uint64_t *rate)
{
    unsigned  i;

    for (i = 0; i < AIR_NCLASS; i++) {
        if (rate[i] != AIR_UNKNOWN) {
            return 1;
        }
    }

    return 0;
}


static void
air_write_tiers(air_buf_t *b, const air_price_t *p)
{
    int       first;
    unsigned  i;

    first = 1;
    air_buf_z(b, "\"tiers\":{");

    for (i = 0; i < AIR_NTIER; i++) {

        if (i == AIR_TIER_STANDARD || air_write_offered(p->rate[i])) {
            air_write_key(b, air_tier_name(i), &first);
            air_write_rates(b, p->rate[i]);
        }
    }

    air_buf_byte(b, '}');
}


static void
air_write_long(air_buf_t *b, const air_price_t *p)
{
    unsigned  i;

    if (p->nlc == 0) {
        return;
    }

    air_buf_z(b, ",\"long_context\":[");

    for (i = 0; i < p->nlc; i++) {
        air_buf_z(b, i == 0 ? "{\"threshold\":" : ",{\"threshold\":");
        air_buf_uint(b, p->lc[i].threshold);
        air_buf_z(b, p->lc[i].op ? ",\"op\":\">=\",\"tier\":\""
                                 : ",\"op\":\">\",\"tier\":\"");
        air_buf_z(b, air_tier_name(p->lc[i].tier));
        air_buf_z(b, "\",\"per_mtok\":");
        air_write_rates(b, p->lc[i].rate);
        air_buf_byte(b, '}');
    }

    air_buf_byte(b, ']');
}


static void
air_write_clock(air_buf_t *b, unsigned minutes)
{
    air_time_pad(b, minutes / 60, 2);
    air_buf_byte(b, ':');
    air_time_pad(b, minutes % 60, 2);
}


static void
air_write_weekdays(air_buf_t *b, unsigned days)
{
    int       first;
    unsigned  i;

    if (days == 0x7f) {
        air_buf_z(b, "every day");
        return;
    }

    for (i = 0, first = 1; i < 7; i++) {
        if (days & (1u << i)) {
            air_write_comma(b, &first);
            air_buf_z(b, air_write_days[i]);
        }
    }
}


static void
air_write_windows(air_buf_t *b, const air_price_t *p)
{
    int       tz;
    unsigned  i;

    if (p->nwindow == 0) {
        return;
    }

    air_buf_z(b, ",\"schedule\":[");

    for (i = 0; i < p->nwindow; i++) {
        air_buf_z(b, i == 0 ? "{\"days\":\"" : ",{\"days\":\"");
        air_write_weekdays(b, p->window[i].days);

        tz = p->window[i].tz_min;

        air_buf_z(b, "\",\"day_tz\":\"");
        air_buf_byte(b, tz < 0 ? '-' : '+');
        air_write_clock(b, (unsigned) (tz < 0 ? -tz : tz));
        air_buf_z(b, "\",\"utc\":[\"");
        air_write_clock(b, p->window[i].from_min);
        air_buf_z(b, "\",\"");
        air_write_clock(b, p->window[i].to_min);
        air_buf_z(b, "\"],\"per_mtok\":");
        air_write_rates(b, p->window[i].rate);
        air_buf_byte(b, '}');
    }

    air_buf_byte(b, ']');
}


static void
air_write_fees(air_buf_t *b, const air_price_t *p)
{
    int  first;

    first = 1;
    air_buf_z(b, ",\"fees\":{");

    if (p->fee[AIR_FEE_REQUEST] != AIR_UNKNOWN) {
        air_write_key(b, "per_1k_requests", &first);
        air_write_money(b, p->fee[AIR_FEE_REQUEST], 1000);
    }

    if (p->fee[AIR_FEE_SEARCH] != AIR_UNKNOWN) {
        air_write_key(b, "web_search_per_1k", &first);
        air_write_money(b, p->fee[AIR_FEE_SEARCH], 1000);
    }

    if (p->fee[AIR_FEE_FETCH] != AIR_UNKNOWN) {
        air_write_key(b, "web_fetch", &first);
        air_write_money(b, p->fee[AIR_FEE_FETCH], 1);
    }

    if (p->fee[AIR_FEE_SECOND] != AIR_UNKNOWN) {
        air_write_key(b, p->fee_per[AIR_FEE_SECOND] == 3600
                         ? "per_hour" : "per_second", &first);
        air_write_money(b, p->fee[AIR_FEE_SECOND], 1);
    }

    if (p->min_second != 0) {
        air_write_key(b, "minimum_seconds", &first);
        air_buf_uint(b, p->min_second);
    }

    if (p->fee[AIR_FEE_PAGE] != AIR_UNKNOWN) {
        air_write_key(b, "per_1k_pages", &first);
        air_write_money(b, p->fee[AIR_FEE_PAGE], 1000);
    }

    air_buf_byte(b, '}');
}


static void
air_write_price(air_buf_t *b, const air_price_t *p)
{
    air_buf_z(b, "   {");

    if (p->from_ms != INT64_MIN) {
        air_buf_z(b, "\"effective_from\":");
        air_time_json(b, p->from_ms);
        air_buf_byte(b, ',');
    }

    if (p->to_ms != INT64_MAX) {
        air_buf_z(b, "\"effective_to\":");
        air_time_json(b, p->to_ms);
        air_buf_byte(b, ',');
    }

    air_write_tiers(b, p);
    air_write_long(b, p);
    air_write_windows(b, p);
    air_write_fees(b, p);

    air_buf_byte(b, '}');
}


static void
air_write_multipliers(air_buf_t *b, const air_model_t *m)
{
    unsigned                i;
    const air_model_mul_t  *mul;

    if (m->nmul == 0) {
        return;
    }

    air_buf_z(b, ",\n  \"multipliers\":[");

    for (i = 0; i < m->nmul; i++) {
        mul = &m->mul[i];

        /* the reader lets plain names of places in, nothing to escape */
        air_buf_z(b, i == 0 ? "{\"when\":{\"" : ",{\"when\":{\"");
        air_buf_z(b, mul->geo ? "inference_geo\":\"" : "region\":\"");
        air_buf_z(b, mul->except ? "not " : "");
        air_buf_str(b, mul->name);
        air_buf_z(b, "\"},\"multiply\":\"");
        air_buf_pusd(b, (uint64_t) mul->num * 1000000000000ull / mul->den);
        air_buf_z(b, "\"}");
    }

    air_buf_byte(b, ']');
}


static void
air_write_cans(air_buf_t *b, const air_model_t *m)
{
    int       first;
    unsigned  i;

    first = 1;
    air_buf_z(b, ",\n  \"capabilities\":{");

    for (i = 0; i < AIR_NCAN; i++) {

        if (m->can_known & (1u << i)) {
            air_write_key(b, air_can_name(i), &first);
            air_buf_z(b, m->can & (1u << i) ? "true" : "false");
        }
    }

    air_buf_byte(b, '}');
}


static void
air_write_facts(air_buf_t *b, const air_model_t *m)
{
    unsigned  i;

    air_buf_z(b, "  \"provider\":");
    air_buf_json(b, m->vendor);
    air_buf_z(b, ",\"model\":");
    air_buf_json(b, m->model);

    if (m->nalias != 0) {
        air_buf_z(b, ",\"aliases\":[");

        for (i = 0; i < m->nalias; i++) {
            if (i != 0) {
                air_buf_byte(b, ',');
            }

            air_buf_json(b, m->alias[i]);
        }

        air_buf_byte(b, ']');
    }

    if (m->context != 0) {
        air_buf_z(b, ",\n  \"context_window\":");
        air_buf_uint(b, m->context);
    }

    if (m->max_output != 0) {
        air_buf_z(b, ",\n  \"max_output\":");
        air_buf_uint(b, m->max_output);
    }

    air_write_cans(b, m);
    air_book_write_figures(b, m);
    air_write_multipliers(b, m);

    if (m->nprice != 0 && m->price[0].free) {
        air_buf_z(b, ",\n  \"free\":true");
    }

    if (m->as_of.len != 0) {
        air_buf_z(b, ",\n  \"as_of\":");
        air_buf_json(b, m->as_of);
    }

    if (m->source.len != 0) {
        air_buf_z(b, ",\n  \"sources\":[");
        air_buf_json(b, m->source);
        air_buf_byte(b, ']');
    }
}


int
air_pricebook_write(const air_pricebook_t *book, air_buf_t *b)
{
    unsigned            i, k;
    const air_model_t  *m;

    air_buf_z(b, "{\"schema\":\"prices/1\",\n"
                 " \"unit\":\"USD per 1,000,000 tokens\",\n");

    if (book->time_ms > 0) {
        air_buf_z(b, " \"generated\":");
        air_time_json(b, book->time_ms);
        air_buf_z(b, ",\n");
    }

    air_buf_z(b, " \"models\":[");

    for (i = 0; i < book->n; i++) {
        m = &book->models[i];

        air_buf_z(b, i == 0 ? "\n {\n" : ",\n {\n");
        air_write_facts(b, m);
        air_buf_z(b, ",\n  \"prices\":[");

        for (k = 0; k < m->nprice; k++) {
            air_buf_z(b, k == 0 ? "\n" : ",\n");
            air_write_price(b, &m->price[k]);
        }

        air_buf_z(b, "]}");
    }

    air_buf_z(b, "\n ]}\n");

    return b->error;
}
