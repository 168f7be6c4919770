
/*
 * The live figures of targets on the status page.
 */

#include "ngx_ai_zone.h"


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
            air_buf_milli(b, p[i]);

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

        air_buf_milli(b, up / 10);
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


ngx_int_t
ngx_ai_status_rows(ngx_ai_main_conf_t *amcf, ngx_pool_t *pool,
    air_stats_t *stats)
{
    ngx_uint_t          i, k;
    ngx_ai_target_t   **target;
    air_stats_live_t   *row;

    static const ngx_uint_t  minutes[] = { 5, 30, 1440 };

    if (amcf->zone == NULL || amcf->targets.nelts == 0) {
        return NGX_OK;
    }

    row = ngx_pcalloc(pool, amcf->targets.nelts * sizeof(air_stats_live_t));
    if (row == NULL) {
        return NGX_ERROR;
    }

    target = amcf->targets.elts;

    for (i = 0; i < amcf->targets.nelts; i++) {
        row[i].vendor = ngx_ai_air(target[i]->vendor->name);
        row[i].model = ngx_ai_air(target[i]->model);

        ngx_ai_live(amcf->zone, target[i]->health, &row[i].live);

        for (k = 0; k < 3; k++) {
            row[i].uptime[k] = ngx_ai_live_uptime(amcf->zone,
                                                  target[i]->health,
                                                  minutes[k]);
        }
    }

    stats->live = row;
    stats->nlive = amcf->targets.nelts;

    return NGX_OK;
}


static void
ngx_ai_status_room(air_buf_t *b, const char *key, uint64_t used,
    uint64_t room)
{
    air_buf_z(b, ",\"");
    air_buf_z(b, key);
    air_buf_z(b, "\":{\"used\":");
    air_buf_uint(b, used);
    air_buf_z(b, ",\"room\":");
    air_buf_uint(b, room);
    air_buf_z(b, "}");
}


void
ngx_ai_status_zone(ngx_ai_main_conf_t *amcf, air_buf_t *b)
{
    uint64_t          kept, running;
    ngx_ai_shared_t  *sh;

    if (amcf->idem != NULL) {
        ngx_ai_idem_count(amcf->idem, &kept, &running);

        air_buf_z(b, ",\"idempotency\":{\"kept\":");
        air_buf_uint(b, kept);
        air_buf_z(b, ",\"running\":");
        air_buf_uint(b, running);
        air_buf_z(b, "}");
    }

    air_buf_z(b, ",\"zone\":");

    if (amcf->zone == NULL) {
        air_buf_z(b, "null");
        return;
    }

    sh = amcf->zone->sh;

    air_buf_z(b, "{\"bytes\":");
    air_buf_uint(b, amcf->zone_size);
    ngx_ai_status_room(b, "targets", sh->health_n, sh->health_max);
    ngx_ai_status_room(b, "rows", sh->row_n, sh->row_max);
    ngx_ai_status_room(b, "callers", 0, sh->caller_max);
    air_buf_z(b, ",\"conversations\":{\"room\":");
    air_buf_uint(b, sh->sticky_max);
    air_buf_z(b, "}}");
}
