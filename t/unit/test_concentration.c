
/*
 * Shares, the index and its bands; makers by the names of their models.
 */

#include "../../ngx_ai_router_module/core/air_concentration.h"
#include "../../ngx_ai_router_module/core/air_maker.h"
#include "tap.h"


typedef unsigned __int128  u128_t;


static void
test_share(void)
{
    u128_t  huge;

    is(air_share(1, 3), 3333, "a third");
    is(air_share(2, 3), 6667, "rounded to the nearest");
    is(air_share(5, 5), AIR_SHARE_ALL, "all of it");
    is(air_share(0, 5), 0, "nothing of it");
    is(air_share(0, 0), 0, "of nothing");

    huge = (u128_t) UINT64_MAX << 60;

    is(air_share(huge, huge), AIR_SHARE_ALL, "more than 64 bits");
    is(air_share(huge / 4, huge), 2500, "a quarter of that");
}


static void
test_index(void)
{
    u128_t               a[1000];
    unsigned             i;
    air_concentration_t  c;

    air_concentration(NULL, 0, &c);
    is(c.hhi, AIR_HHI_NONE, "nobody");

    a[0] = 0;
    air_concentration(a, 1, &c);
    is(c.hhi, AIR_HHI_NONE, "nothing spent is no index of 0");
    is(c.n, 0, "nobody has more than nothing");

    a[0] = 1;
    air_concentration(a, 1, &c);
    is(c.hhi, AIR_HHI_MAX, "one has all");
    is(c.top, AIR_SHARE_ALL, "his share");

    a[0] = 25;
    a[1] = 25;
    a[2] = 0;
    air_concentration(a, 3, &c);
    is(c.hhi, 5000, "two halves");
    is(c.n, 2, "and one with nothing");

    /* the agencies' own example: 30, 30, 20 and 20 percent make 2,600 */

    a[0] = 20;
    a[1] = 30;
    a[2] = 30;
    a[3] = 20;
    air_concentration(a, 4, &c);
    is(c.hhi, 2600, "30, 30, 20, 20");
    is(c.top, 3000, "the largest");
    is(c.first, 1, "the first of the largest");

    for (i = 0; i < 1000; i++) {
        a[i] = (u128_t) 7 << 90;
    }

    air_concentration(a, 1000, &c);
    is(c.hhi, 10, "a thousand of the same");

    a[0] = (u128_t) 1 << 126;
    a[1] = 1;
    air_concentration(a, 2, &c);
    is(c.hhi, AIR_HHI_MAX, "all but nothing");
    is(c.n, 2, "which still is something");

    a[0] = 999900;
    a[1] = 100;
    air_concentration(a, 2, &c);
    is(c.hhi, 9998, "rounded to the nearest");
}


static void
test_band(void)
{
    is(air_hhi_band(AIR_HHI_NONE, AIR_GUIDE_2023), AIR_BAND_NONE, "none");
    is(air_hhi_band(999, AIR_GUIDE_2023), AIR_BAND_LOW, "2023: 999");
    is(air_hhi_band(1000, AIR_GUIDE_2023), AIR_BAND_MODERATE, "2023: 1000");
    is(air_hhi_band(1800, AIR_GUIDE_2023), AIR_BAND_MODERATE, "2023: 1800");
    is(air_hhi_band(1801, AIR_GUIDE_2023), AIR_BAND_HIGH, "2023: 1801");
    is(air_hhi_band(1499, AIR_GUIDE_2010), AIR_BAND_LOW, "2010: 1499");
    is(air_hhi_band(2500, AIR_GUIDE_2010), AIR_BAND_MODERATE, "2010: 2500");
    is(air_hhi_band(2501, AIR_GUIDE_2010), AIR_BAND_HIGH, "2010: 2501");
    is_str(air_str_z(air_band_name(AIR_BAND_HIGH)), "highly concentrated",
           "in words");
    ok(strstr(air_guide_name(AIR_GUIDE_2010), "2,500") != NULL,
       "a guideline names its bounds");
}


static void
test_maker(void)
{
    unsigned  i;

    static const struct {
        const char  *declared;
        const char  *model;
        const char  *maker;
    } row[] = {
        { "", "gpt-5-mini", "openai" },
        { "", "openai/gpt-oss-120b", "openai" },
        { "openai", "whatever", "openai" },
        { "meta-llama", "x", "meta" },
        { "acme", "gpt-5", "acme" },
        { "", "meta-llama/Llama-3.3-70B-Instruct", "meta" },
        { "", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic" },
        { "", "amazon.nova-lite-v1:0", "amazon" },
        { "", "accounts/fireworks/models/llama-v3p1-8b", "meta" },
        { "", "accounts/fireworks/models/secret", "" },
        { "", "deepseek-ai/DeepSeek-V3.1", "deepseek" },
        { "", "Qwen/Qwen3-32B", "alibaba" },
        { "", "acme/thing-1", "acme" },
        { "", "thing-1", "" },
        { "", "/thing", "" },
        { "", "", "" },
        { "", "mixtral-8x7b", "mistral" },
        { "", "gemini-2.5-flash", "google" }
    };

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        is_str(air_maker(air_str_z(row[i].declared),
                         air_str_z(row[i].model)),
               row[i].maker, "%s of %s", row[i].model, row[i].declared);
    }
}


int
main(void)
{
    test_share();
    test_index();
    test_band();
    test_maker();

    return done();
}
