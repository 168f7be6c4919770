
/*
 * What quality was and what it cost, of a row's words: verdicts by class of
 * task, calls beside answers by what for.
 */

#include "air_stats.h"


/* what is paid besides answers that are given */
#define AIR_STATS_NFOR  (AIR_NAID + 1)

static const char *const  air_stats_for[AIR_STATS_NFOR] = {
    "judge", "second", "shadow", "failed"
};

static const char *const  air_stats_verdict[] = {
    "passed", "failed", "unsure", "escalated"
};


static uint64_t
air_stats_for_cost(const uint64_t *c, unsigned what)
{
    return what == AIR_NAID ? c[AIR_STAT_FLOOR_COST]
                            : c[AIR_STAT_AID + 2 * what + 1];
}


/* n of all in percent with one decimal, or null */
static void
air_stats_percent(air_buf_t *b, const char *name, uint64_t n, uint64_t all)
{
    uint64_t  share;

    air_buf_z(b, name);

    if (all == 0) {
        air_buf_z(b, "null");
        return;
    }

    share = n * 1000 / all;

    air_buf_uint(b, share / 10);
    air_buf_byte(b, '.');
    air_buf_uint(b, share % 10);
}


static void
air_stats_json_tasks(const uint64_t *c, air_buf_t *b)
{
    int              first;
    unsigned         task, i;
    const uint64_t  *t;

    first = 1;

    for (task = 0; task < AIR_NTASK; task++) {
        t = &c[AIR_STAT_TASK + task * AIR_NTASK_STAT];

        if (t[AIR_TASK_STAT_PASSED] == 0 && t[AIR_TASK_STAT_FAILED] == 0
            && t[AIR_TASK_STAT_UNSURE] == 0 && t[AIR_TASK_STAT_COST] == 0)
        {
            continue;
        }

        air_buf_z(b, first ? "\"" : ",\"");
        air_buf_z(b, air_task_name(task));
        air_buf_z(b, "\":{");
        first = 0;

        for (i = 0; i < AIR_TASK_STAT_COST; i++) {
            air_buf_z(b, i ? ",\"" : "\"");
            air_buf_z(b, air_stats_verdict[i]);
            air_buf_z(b, "\":");
            air_buf_uint(b, t[i]);
        }

        air_buf_z(b, ",\"cost\":");
        air_buf_pusd(b, t[AIR_TASK_STAT_COST]);
        air_buf_byte(b, '}');
    }
}


void
air_stats_json_quality(const uint64_t *c, air_buf_t *b)
{
    uint64_t  judged, cost;
    unsigned  i;

    judged = c[AIR_STAT_FLOOR_PASSED] + c[AIR_STAT_FLOOR_FAILED];
    cost = 0;

    for (i = 0; i < AIR_STATS_NFOR; i++) {
        cost += air_stats_for_cost(c, i);
    }

    air_stats_percent(b, "\"quality\":{\"pass_percent\":",
                      c[AIR_STAT_FLOOR_PASSED], judged);
    air_stats_percent(b, ",\"escalated_percent\":", c[AIR_STAT_ESCALATIONS],
                      judged + c[AIR_STAT_FLOOR_UNSURE]);
    air_buf_z(b, ",\"cost\":");
    air_buf_pusd(b, cost);

    for (i = 0; i < AIR_STATS_NFOR; i++) {
        air_buf_z(b, ",\"");
        air_buf_z(b, air_stats_for[i]);
        air_buf_z(b, "\":{\"calls\":");
        air_buf_uint(b, i == AIR_NAID ? c[AIR_STAT_FLOOR_FAILED]
                                      : c[AIR_STAT_AID + 2 * i]);
        air_buf_z(b, ",\"cost\":");
        air_buf_pusd(b, air_stats_for_cost(c, i));
        air_buf_byte(b, '}');
    }

    air_buf_z(b, ",\"tasks\":{");
    air_stats_json_tasks(c, b);
    air_buf_z(b, "}}");
}


/* ---- Prometheus ------------------------------------------------------- */

/* the value of a sample that is begun: a number, or dollars */
static void
air_stats_quality_value(air_buf_t *b, uint64_t n, int money)
{
    air_buf_z(b, "} ");

    if (money) {
        air_buf_pusd(b, n);

    } else {
        air_buf_uint(b, n);
    }

    air_buf_byte(b, '\n');
}


static void
air_stats_prom_for(const air_stats_t *s, int money, air_buf_t *b)
{
    size_t       i;
    uint64_t     n;
    unsigned     k;
    const char  *metric;

    metric = money ? "ai_quality_cost_dollars_total"
                   : "ai_quality_calls_total";

    air_stats_family(b, metric, "counter",
                     money ? "What was paid besides the answers given: those "
                             "that failed, judges, second opinions, shadows"
                           : "Calls of judges, second opinions, shadows");

    for (i = 0; i < s->nrow; i++) {

        for (k = 0; k < (money ? AIR_STATS_NFOR : AIR_NAID); k++) {
            n = money ? air_stats_for_cost(s->row[i].c, k)
                      : s->row[i].c[AIR_STAT_AID + 2 * k];

            if (n != 0) {
                air_stats_sample(b, metric, "", &s->row[i], "for",
                                 air_stats_for[k]);
                air_stats_quality_value(b, n, money);
            }
        }
    }
}


/* the words from first to last of each class, those that are not 0; with the
   verdict as a label where they are several */
static void
air_stats_prom_task(const air_stats_t *s, const char *metric,
    const char *help, air_task_stat_e first, air_task_stat_e last,
    air_buf_t *b)
{
    size_t           i;
    unsigned         task, k;
    const uint64_t  *t;

    air_stats_family(b, metric, "counter", help);

    for (i = 0; i < s->nrow; i++) {

        for (task = 0; task < AIR_NTASK; task++) {
            t = &s->row[i].c[AIR_STAT_TASK + task * AIR_NTASK_STAT];

            for (k = first; k <= (unsigned) last; k++) {

                if (t[k] == 0) {
                    continue;
                }

                air_stats_sample(b, metric, "", &s->row[i], "task",
                                 air_task_name(task));

                if (first != last) {
                    air_buf_byte(b, ',');
                    air_stats_label(b, "verdict",
                                    air_str_z(air_stats_verdict[k]));
                }

                air_stats_quality_value(b, t[k], k == AIR_TASK_STAT_COST);
            }
        }
    }
}


void
air_stats_prom_quality(const air_stats_t *s, air_buf_t *b)
{
    air_stats_prom_for(s, 0, b);
    air_stats_prom_for(s, 1, b);

    air_stats_prom_task(s, "ai_task_answers_total",
                        "Answers of a class of task that were judged",
                        AIR_TASK_STAT_PASSED, AIR_TASK_STAT_UNSURE, b);
    air_stats_prom_task(s, "ai_task_escalations_total",
                        "Answers of a class of task that went to a stronger "
                        "target",
                        AIR_TASK_STAT_ESCALATED, AIR_TASK_STAT_ESCALATED, b);
    air_stats_prom_task(s, "ai_task_quality_cost_dollars_total",
                        "What was paid besides the answers given, by class of "
                        "task",
                        AIR_TASK_STAT_COST, AIR_TASK_STAT_COST, b);
}
