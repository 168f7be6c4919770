
/*
 * Shares and the Herfindahl-Hirschman index without floating point.
 */

#include "air_concentration.h"


/* shares are taken in billionths: their squares' sum fits 64 bits */
#define AIR_SHARE_FINE  1000000000ULL


static const struct {
    uint32_t     moderate;          /* from here on                       */
    uint32_t     high;              /* above                              */
    const char  *name;
} air_guides[AIR_NGUIDE] = {
    { 1000, 1800, "US DOJ/FTC Merger Guidelines 2023: above 1,800 high, "
                  "1,000 to 1,800 moderate" },
    { 1500, 2500, "US DOJ/FTC Horizontal Merger Guidelines 2010: above "
                  "2,500 high, 1,500 to 2,500 moderate" }
};


/* part of sum in unit-ths, to the nearest; unit below 2^31 */
static uint64_t
air_share_of(unsigned __int128 part, unsigned __int128 sum, uint64_t unit)
{
    if (sum == 0) {
        return 0;
    }

    /* low bits nobody can see make room for the product */

    while (sum >> 96 != 0) {
        sum >>= 1;
        part >>= 1;
    }

    return (uint64_t) ((part * unit + sum / 2) / sum);
}


uint32_t
air_share(unsigned __int128 part, unsigned __int128 sum)
{
    return (uint32_t) air_share_of(part, sum, AIR_SHARE_ALL);
}


void
air_concentration(const unsigned __int128 *amount, size_t n,
    air_concentration_t *c)
{
    size_t             i;
    uint64_t           share;
    unsigned __int128  squares, all;

    c->sum = 0;
    c->hhi = AIR_HHI_NONE;
    c->top = 0;
    c->first = 0;
    c->n = 0;

    for (i = 0; i < n; i++) {
        c->sum += amount[i];
        c->n += amount[i] != 0;

        if (amount[i] > amount[c->first]) {
            c->first = i;
        }
    }

    if (c->sum == 0) {
        return;
    }

    squares = 0;

    for (i = 0; i < n; i++) {
        share = air_share_of(amount[i], c->sum, AIR_SHARE_FINE);
        squares += (unsigned __int128) share * share;
    }

    all = (unsigned __int128) AIR_SHARE_FINE * AIR_SHARE_FINE;

    c->hhi = (uint32_t) ((squares * AIR_HHI_MAX + all / 2) / all);

    if (c->hhi > AIR_HHI_MAX) {
        c->hhi = AIR_HHI_MAX;
    }

    c->top = air_share(amount[c->first], c->sum);
}


air_band_e
air_hhi_band(uint32_t hhi, air_guide_e guide)
{
    if (hhi == AIR_HHI_NONE || (unsigned) guide >= AIR_NGUIDE) {
        return AIR_BAND_NONE;
    }

    if (hhi > air_guides[guide].high) {
        return AIR_BAND_HIGH;
    }

    return hhi >= air_guides[guide].moderate ? AIR_BAND_MODERATE
                                             : AIR_BAND_LOW;
}


const char *
air_band_name(air_band_e band)
{
    static const char *const  name[] = {
        "none", "unconcentrated", "moderately concentrated",
        "highly concentrated"
    };

    return (unsigned) band < sizeof(name) / sizeof(name[0]) ? name[band] : "";
}


const char *
air_guide_name(air_guide_e guide)
{
    return (unsigned) guide < AIR_NGUIDE ? air_guides[guide].name : "";
}
