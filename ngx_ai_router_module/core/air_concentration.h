
/*
 * How much of a sum a few hold: shares and the Herfindahl-Hirschman index, in
 * integers, with the bands that competition authorities read it by.
 *
 * The index is the sum of the squares of the shares in percent: 10,000 when
 * one has all, near 0 when many have little.  Bands:
 *
 *   2023  above 1,800 highly concentrated, 1,000 to 1,800 moderately.  U.S.
 *         Department of Justice and FTC, Merger Guidelines, 18 December 2023,
 *         Guideline 1; justice.gov/atr/herfindahl-hirschman-index
 *   2010  above 2,500 highly concentrated, 1,500 to 2,500 moderately.  The
 *         same, Horizontal Merger Guidelines, 19 August 2010, 5.3
 */

#ifndef _AIR_CONCENTRATION_H_INCLUDED_
#define _AIR_CONCENTRATION_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


#define AIR_HHI_MAX     10000
#define AIR_SHARE_ALL   10000       /* hundredths of a percent            */
#define AIR_HHI_NONE    UINT32_MAX  /* nothing was spent at all           */


typedef enum {
    AIR_GUIDE_2023 = 0,
    AIR_GUIDE_2010,
    AIR_NGUIDE
} air_guide_e;


typedef enum {
    AIR_BAND_NONE = 0,              /* nothing to judge                   */
    AIR_BAND_LOW,
    AIR_BAND_MODERATE,
    AIR_BAND_HIGH
} air_band_e;


typedef struct {
    unsigned __int128  sum;
    uint32_t           hhi;         /* 0 to 10,000; AIR_HHI_NONE          */
    uint32_t           top;         /* share of the largest, of
                                       AIR_SHARE_ALL                      */
    size_t             first;       /* which one that is                  */
    size_t             n;           /* how many have more than nothing    */
} air_concentration_t;


/* The part of sum, in AIR_SHARE_ALL-ths, rounded to the nearest; 0 of
   nothing. */
uint32_t air_share(unsigned __int128 part, unsigned __int128 sum);

/*
 * Fills *c for n amounts of one unit (pico-dollars, tokens, requests) whose
 * sum fits 128 bits; the index is rounded to the nearest.
 */
void air_concentration(const unsigned __int128 *amount, size_t n,
    air_concentration_t *c);

/* The band of an index by a guideline; AIR_BAND_NONE for AIR_HHI_NONE. */
air_band_e air_hhi_band(uint32_t hhi, air_guide_e guide);

/* "none", "unconcentrated", "moderately concentrated", "highly
   concentrated". */
const char *air_band_name(air_band_e band);

/* How a guideline is cited, with its bounds. */
const char *air_guide_name(air_guide_e guide);


#endif /* _AIR_CONCENTRATION_H_INCLUDED_ */
