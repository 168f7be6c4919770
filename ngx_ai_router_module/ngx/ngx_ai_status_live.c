
/*
 * The live figures of targets on the status page.
 */

#include "ngx_ai_router_module.h"


void
ngx_ai_status_milli(air_buf_t *b, uint64_t n)
{
    uint64_t  part;

    air_buf_uint(b, n / 1000);

    part = n % 1000;

    if (part != 0) {
        air_buf_z(b, part < 10 ? ".00" : part < 100 ? ".0" : ".");
        air_buf_uint(b, part);
    }
}


/* null when nothing is known, else those percentiles that are */
static void
ngx_ai_status_percentiles(air_buf_t *b, const char *key, const uint32_t *p,
    ngx_uint_t thousandths)
{
    ngx_uint_t  i, n;

    air_buf_z(b, ",\"");
    air_buf_z(b, key);
    air_buf_z(b, "\":");

    for (i = 0, n = 0; i < AIR_NPERCENTILE; i++) {

        if (p[i] == 0) {
            continue;
        }

        air_buf_z(b, n++ ? ",\"" : "{\"");
        air_buf_z(b, air_percentile_name(i));
        air_buf_z(b, "\":");

        if (thousandths) {
            ngx_ai_status_milli(b, p[i]);

        } else {
            air_buf_uint(b, p[i]);
        }
    }

    air_buf_z(b, n ? "}" : "null");
}


void
ngx_ai_status_uptime(air_buf_t *b, ngx_ai_zone_t *zone, ngx_uint_t health,
    ngx_uint_t minutes)
{
    int32_t  up;

    up = ngx_ai_live_uptime(zone, health, minutes);

    if (up < 0) {
        air_buf_z(b, "null");

    } else {

        /* a millionth is a thousandth of ten percent */

        ngx_ai_status_milli(b, up / 10);
    }
}


void
ngx_ai_status_live(air_buf_t *b, ngx_ai_zone_t *zone, ngx_uint_t health)
{
    air_live_t  live;

    ngx_ai_live(zone, health, &live);

    air_buf_z(b, ",\"live\":{\"measured\":");
    air_buf_z(b, live.measured ? "true" : "false");
    air_buf_z(b, ",\"of\":");
    air_buf_z(b, !live.measured ? "null"
                 : live.whole ? "\"replies\"" : "\"streams\"");
    air_buf_z(b, ",\"samples\":");
    air_buf_uint(b, live.samples);
    air_buf_z(b, ",\"running\":");
    air_buf_uint(b, live.inflight);
    air_buf_z(b, ",\"failed_ms\":");

    if (live.failed_ms != 0) {
        air_buf_uint(b, live.failed_ms);

    } else {
        air_buf_z(b, "null");
    }

    ngx_ai_status_percentiles(b, "latency_ms", live.latency, 0);
    ngx_ai_status_percentiles(b, "tokens_per_second", live.throughput, 1);

    air_buf_z(b, ",\"uptime_5m\":");
    ngx_ai_status_uptime(b, zone, health, 5);
    air_buf_z(b, ",\"uptime_30m\":");
    ngx_ai_status_uptime(b, zone, health, 30);
    air_buf_z(b, ",\"uptime_1d\":");
    ngx_ai_status_uptime(b, zone, health, 1440);

    air_buf_z(b, "}");
}
