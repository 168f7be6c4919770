
/*
 * The live figures of targets for Prometheus.  Its label "quantile" would say
 * the wrong thing of throughput, where p90 is what 90 % reach: the label is
 * "percentile".
 */

#include "air_stats.h"


typedef void (*air_stats_live_pt)(air_buf_t *b, const air_stats_live_t *row,
    const char *metric);


static void
air_stats_live_sample(air_buf_t *b, const char *metric,
    const air_stats_live_t *row, const char *label, const char *value)
{
    air_buf_z(b, metric);
    air_buf_byte(b, '{');
    air_stats_label(b, "vendor", row->vendor);
    air_buf_byte(b, ',');
    air_stats_label(b, "model", row->model);

    if (label != NULL) {
        air_buf_byte(b, ',');
        air_stats_label(b, label, air_str_z(value));
    }

    air_buf_z(b, "} ");
}


/* those percentiles that were measured */
static void
air_stats_live_percentiles(air_buf_t *b, const air_stats_live_t *row,
    const char *metric, const uint32_t *p)
{
    unsigned  i;

    for (i = 0; row->live.measured && i < AIR_NPERCENTILE; i++) {

        if (p[i] != 0) {
            air_stats_live_sample(b, metric, row, "percentile",
                                  air_percentile_name(i));
            air_buf_milli(b, p[i]);
            air_buf_byte(b, '\n');
        }
    }
}


static void
air_stats_live_latency(air_buf_t *b, const air_stats_live_t *row,
    const char *metric)
{
    air_stats_live_percentiles(b, row, metric, row->live.latency);
}


static void
air_stats_live_rate(air_buf_t *b, const air_stats_live_t *row,
    const char *metric)
{
    air_stats_live_percentiles(b, row, metric, row->live.throughput);
}


static void
air_stats_live_uptime(air_buf_t *b, const air_stats_live_t *row,
    const char *metric)
{
    unsigned  i;

    static const char *const  windows[] = { "5m", "30m", "1d" };

    for (i = 0; i < 3; i++) {

        if (row->uptime[i] >= 0) {
            air_stats_live_sample(b, metric, row, "window", windows[i]);

            /* six digits are a million times a pUSD's */

            air_buf_pusd(b, (uint64_t) row->uptime[i] * 1000000);
            air_buf_byte(b, '\n');
        }
    }
}


static void
air_stats_live_running(air_buf_t *b, const air_stats_live_t *row,
    const char *metric)
{
    air_stats_live_sample(b, metric, row, NULL, NULL);
    air_buf_uint(b, row->live.inflight);
    air_buf_byte(b, '\n');
}


static void
air_stats_live_samples(air_buf_t *b, const air_stats_live_t *row,
    const char *metric)
{
    air_stats_live_sample(b, metric, row, NULL, NULL);
    air_buf_uint(b, row->live.samples);
    air_buf_byte(b, '\n');
}


int
air_stats_prom_live(const air_stats_t *s, air_buf_t *b)
{
    size_t    k;
    unsigned  i;

    static const struct {
        const char         *metric;
        air_stats_live_pt   write;
        const char         *help;
    } family[] = {
        { "ai_latency_seconds", air_stats_live_latency,
          "Time to the first content that so many percent stay within, last "
          "five minutes" },
        { "ai_output_tokens_per_second", air_stats_live_rate,
          "Output rate that so many percent reach, last five minutes" },
        { "ai_live_samples", air_stats_live_samples,
          "Replies that the live figures are made of" },
        { "ai_uptime_ratio", air_stats_live_uptime,
          "Share of good tries, without limits and callers' faults" },
        { "ai_running", air_stats_live_running,
          "Tries running at this target in all workflows" }
    };

    for (i = 0; i < sizeof(family) / sizeof(family[0]); i++) {
        air_stats_family(b, family[i].metric, "gauge", family[i].help);

        for (k = 0; k < s->nlive; k++) {
            family[i].write(b, &s->live[k], family[i].metric);
        }
    }

    return b->error;
}


int
air_stats_prom_hooks(const air_stats_t *s, air_buf_t *b)
{
    size_t                   k;
    unsigned                 i;
    const air_stats_hook_t  *hook;

    static const struct {
        const char  *metric;
        const char  *type;
        size_t       offset;
        const char  *help;
    } family[] = {
        { "ai_alerts_sent_total", "counter",
          offsetof(air_stats_hook_t, sent), "Alerts that a webhook took" },
        { "ai_alert_failures_total", "counter",
          offsetof(air_stats_hook_t, failed),
          "Tries to tell a webhook that failed" },
        { "ai_alerts_dropped_total", "counter",
          offsetof(air_stats_hook_t, dropped),
          "Alerts that a webhook never got" },
        { "ai_alerts_pending", "gauge", offsetof(air_stats_hook_t, pending),
          "Alerts that a webhook is still to get" }
    };

    for (i = 0; s->nhook && i < sizeof(family) / sizeof(family[0]); i++) {
        air_stats_family(b, family[i].metric, family[i].type, family[i].help);

        for (k = 0; k < s->nhook; k++) {
            hook = &s->hook[k];

            air_buf_z(b, family[i].metric);
            air_buf_byte(b, '{');
            air_stats_label(b, "hook", hook->name);
            air_buf_z(b, "} ");
            air_buf_uint(b, *(const uint64_t *) ((const char *) hook
                                                 + family[i].offset));
            air_buf_byte(b, '\n');
        }
    }

    return b->error;
}
