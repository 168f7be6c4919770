
/*
 * JSON and CSV have the same columns, from one table.
 */


#include "air_report_write.h"
#include "../core/air_time.h"

#include <stdio.h>


static const struct {
    const char  *name;
    air_sum_e    sum;
} air_report_counts[] = {
    { "records", AIR_SUM_RECORDS },
    { "unknown_cost", AIR_SUM_UNKNOWN },
    { "estimated", AIR_SUM_ESTIMATED },
    { "worst_case", AIR_SUM_WORST },
    { "requests", AIR_SUM_REQUESTS },
    { "refused", AIR_SUM_REFUSED },
    { "attempts", AIR_SUM_ATTEMPTS },
    { "errors", AIR_SUM_ERRORS },
    { "fallbacks", AIR_SUM_FALLBACKS },
    { "escalated", AIR_SUM_ESCALATED },
    { "aborted", AIR_SUM_ABORTED },
    { "lost", AIR_SUM_ORPHANS },
    { "streams", AIR_SUM_STREAMS },
    { "latency_ms", AIR_SUM_LATENCY_MS },
    { "first_token_ms", AIR_SUM_FIRST_MS },
    { "first_tokens", AIR_SUM_FIRSTS },
    { "reasoning", AIR_SUM_REASONING },
    { "request_bytes", AIR_SUM_REQUEST_BYTES },
    { "reply_bytes", AIR_SUM_REPLY_BYTES },
    { "cache_hits", AIR_SUM_HITS },
    { "passed", AIR_SUM_PASSED },
    { "failed", AIR_SUM_FAILED },
    { "unsure", AIR_SUM_UNSURE },
    { "grades", AIR_SUM_GRADES },
    { "grade_permille", AIR_SUM_GRADE },
    { "pairs", AIR_SUM_PAIRS },
    { "kept", AIR_SUM_KEPT },
    { "sufficed", AIR_SUM_SUFFICED }
};

#define AIR_REPORT_COUNTS                                                    \
    (sizeof(air_report_counts) / sizeof(air_report_counts[0]))


const char *
air_report_share(air_u128_t part, air_u128_t whole, char *text, size_t size)
{
    unsigned  tenths;

    if (whole == 0) {
        return "";
    }

    /* sums that are too large to be multiplied lose digits that cannot show */

    while (whole >> 110) {
        whole >>= 1;
        part >>= 1;
    }

    tenths = (unsigned) ((part * 2000 + whole) / (whole * 2));

    snprintf(text, size, "%u.%u", tenths / 10, tenths % 10);

    return text;
}


static void
air_report_tokens(air_buf_t *b, const air_sums_t *s)
{
    int       more;
    unsigned  i;

    more = 0;
    (void) air_buf_z(b, ",\"tokens\":{");

    for (i = 0; i < AIR_NCLASS; i++) {
        if (s->v[AIR_SUM_N + i]) {
            (void) air_buf_z(b, more++ ? ",\"" : "\"");
            (void) air_buf_z(b, air_class_name((air_class_e) i));
            (void) air_buf_z(b, "\":");
            (void) air_buf_uint(b, s->v[AIR_SUM_N + i]);
        }
    }

    more = 0;
    (void) air_buf_z(b, "},\"fees\":{");

    for (i = 0; i < AIR_NFEE; i++) {
        if (s->v[AIR_SUM_FEE + i]) {
            (void) air_buf_z(b, more++ ? ",\"" : "\"");
            (void) air_buf_z(b, air_fee_name((air_fee_e) i));
            (void) air_buf_z(b, "\":");
            (void) air_buf_uint(b, s->v[AIR_SUM_FEE + i]);
        }
    }

    (void) air_buf_byte(b, '}');
}


static void
air_report_sums(air_buf_t *b, const air_sums_t *s)
{
    char      text[48];
    unsigned  i;

    (void) air_buf_z(b, "\"cost_usd\":\"");
    (void) air_buf_z(b, air_report_usd(s->cost, text));
    (void) air_buf_z(b, "\",\"unsure_usd\":\"");
    (void) air_buf_z(b, air_report_usd(s->cost_unsure, text));
    (void) air_buf_z(b, "\",\"saved_usd\":\"");
    (void) air_buf_z(b, air_report_usd(s->v[AIR_SUM_SAVED], text));
    (void) air_buf_byte(b, '"');

    for (i = 0; i < AIR_REPORT_COUNTS; i++) {
        (void) air_buf_z(b, ",\"");
        (void) air_buf_z(b, air_report_counts[i].name);
        (void) air_buf_z(b, "\":");
        (void) air_buf_uint(b, s->v[air_report_counts[i].sum]);
    }

    (void) air_buf_z(b, ",\"input\":");
    (void) air_buf_uint(b, air_sums_input(s));
    (void) air_buf_z(b, ",\"output\":");
    (void) air_buf_uint(b, air_sums_output(s));

    air_report_tokens(b, s);
}


/* A bound of the period. */
static void
air_report_bound(air_buf_t *b, int64_t ms)
{
    if (ms == 0 || ms == INT64_MAX) {
        (void) air_buf_z(b, "null");
        return;
    }

    (void) air_buf_byte(b, '"');
    (void) air_time_utc(b, ms);
    (void) air_buf_byte(b, '"');
}


int
air_report_json(const air_report_t *rep, air_buf_t *b)
{
    size_t    i;
    unsigned  d;

    (void) air_buf_z(b, "{\"from\":");
    air_report_bound(b, rep->query.from_ms);
    (void) air_buf_z(b, ",\"to\":");
    air_report_bound(b, rep->query.to_ms);
    (void) air_buf_z(b, ",\"by\":[");

    for (d = 0; d < rep->query.nby; d++) {
        (void) air_buf_z(b, d ? ",\"" : "\"");
        (void) air_buf_z(b, air_report_by_name(rep->query.by[d]));
        (void) air_buf_byte(b, '"');
    }

    (void) air_buf_z(b, "],\"damaged_records\":");
    (void) air_buf_uint(b, rep->bad);
    (void) air_buf_z(b, ",\"rows\":[");

    for (i = 0; i < rep->groups.n; i++) {
        (void) air_buf_z(b, i ? ",\n{" : "\n{");

        for (d = 0; d < rep->query.nby; d++) {
            (void) air_buf_byte(b, '"');
            (void) air_buf_z(b, air_report_by_name(rep->query.by[d]));
            (void) air_buf_z(b, "\":");
            (void) air_buf_json(b, air_report_cell(rep->row[i], d));
            (void) air_buf_byte(b, ',');
        }

        air_report_sums(b, &rep->row[i]->sums);
        (void) air_buf_byte(b, '}');
    }

    (void) air_buf_z(b, "],\n\"total\":{");
    air_report_sums(b, &rep->total);
    (void) air_buf_z(b, "}}\n");

    return b->error;
}


/* What follows the dimensions of a row in a table. */
static void
air_report_values(air_buf_t *b, const air_sums_t *s)
{
    char      text[48];
    unsigned  i;

    (void) air_buf_z(b, "\"");
    (void) air_buf_z(b, air_report_usd(s->cost, text));
    (void) air_buf_z(b, "\",\"");
    (void) air_buf_z(b, air_report_usd(s->cost_unsure, text));
    (void) air_buf_z(b, "\",\"");
    (void) air_buf_z(b, air_report_usd(s->v[AIR_SUM_SAVED], text));
    (void) air_buf_z(b, "\"");

    for (i = 0; i < AIR_REPORT_COUNTS; i++) {
        (void) air_buf_byte(b, ',');
        (void) air_buf_uint(b, s->v[air_report_counts[i].sum]);
    }

    (void) air_buf_byte(b, ',');
    (void) air_buf_uint(b, air_sums_input(s));
    (void) air_buf_byte(b, ',');
    (void) air_buf_uint(b, air_sums_output(s));
    (void) air_buf_byte(b, ']');
}


int
air_report_table(const air_report_t *rep, air_buf_t *b)
{
    size_t    i;
    unsigned  d;

    (void) air_buf_z(b, "{\"from\":");
    air_report_bound(b, rep->query.from_ms);
    (void) air_buf_z(b, ",\"to\":");
    air_report_bound(b, rep->query.to_ms);
    (void) air_buf_z(b, ",\"damaged_records\":");
    (void) air_buf_uint(b, rep->bad);
    (void) air_buf_z(b, ",\"columns\":[");

    for (d = 0; d < rep->query.nby; d++) {
        (void) air_buf_json(b, air_str_z(
                                   air_report_by_name(rep->query.by[d])));
        (void) air_buf_byte(b, ',');
    }

    (void) air_buf_z(b, "\"cost_usd\",\"unsure_usd\",\"saved_usd\",");

    for (d = 0; d < AIR_REPORT_COUNTS; d++) {
        (void) air_buf_json(b, air_str_z(air_report_counts[d].name));
        (void) air_buf_byte(b, ',');
    }

    (void) air_buf_z(b, "\"input\",\"output\"],\"rows\":[");

    for (i = 0; i < rep->groups.n; i++) {
        (void) air_buf_z(b, i ? ",\n[" : "\n[");

        for (d = 0; d < rep->query.nby; d++) {
            (void) air_buf_json(b, air_report_cell(rep->row[i], d));
            (void) air_buf_byte(b, ',');
        }

        air_report_values(b, &rep->row[i]->sums);
    }

    (void) air_buf_z(b, "],\n\"total\":[");

    for (d = 0; d < rep->query.nby; d++) {
        (void) air_buf_z(b, "null,");
    }

    air_report_values(b, &rep->total);

    return air_buf_byte(b, '}');
}


int
air_report_csv(const air_report_t *rep, air_buf_t *b)
{
    char               text[48];
    size_t             i;
    unsigned           d;
    const air_sums_t  *s;

    for (d = 0; d < rep->query.nby; d++) {
        (void) air_buf_z(b, air_report_by_name(rep->query.by[d]));
        (void) air_buf_byte(b, ',');
    }

    (void) air_buf_z(b, "cost_usd,share_percent,unsure_usd,saved_usd");

    for (d = 0; d < AIR_REPORT_COUNTS; d++) {
        (void) air_buf_byte(b, ',');
        (void) air_buf_z(b, air_report_counts[d].name);
    }

    (void) air_buf_z(b, ",input,output\r\n");

    for (i = 0; i < rep->groups.n; i++) {

        s = &rep->row[i]->sums;

        for (d = 0; d < rep->query.nby; d++) {
            (void) air_buf_csv(b, air_report_cell(rep->row[i], d));
            (void) air_buf_byte(b, ',');
        }

        (void) air_buf_z(b, air_report_usd(s->cost, text));
        (void) air_buf_byte(b, ',');
        (void) air_buf_z(b, air_report_share(s->cost, rep->total.cost, text,
                                             sizeof(text)));
        (void) air_buf_byte(b, ',');
        (void) air_buf_z(b, air_report_usd(s->cost_unsure, text));
        (void) air_buf_byte(b, ',');
        (void) air_buf_z(b, air_report_usd(s->v[AIR_SUM_SAVED], text));

        for (d = 0; d < AIR_REPORT_COUNTS; d++) {
            (void) air_buf_byte(b, ',');
            (void) air_buf_uint(b, s->v[air_report_counts[d].sum]);
        }

        (void) air_buf_byte(b, ',');
        (void) air_buf_uint(b, air_sums_input(s));
        (void) air_buf_byte(b, ',');
        (void) air_buf_uint(b, air_sums_output(s));
        (void) air_buf_z(b, "\r\n");
    }

    return b->error;
}
