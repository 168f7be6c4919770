
/*
 * What an import of prices changed, for people and for programs.
 */

#include "air_feed.h"
#include "air_time.h"


#define AIR_DIGEST_ROWS  2000     /* that are written                       */


void
air_digest_init(air_digest_t *digest, int64_t now_ms, const air_mem_t *mem)
{
    memset(digest, 0, sizeof(air_digest_t));

    digest->mem = mem;
    digest->now_ms = now_ms;
    digest->last = &digest->rows;
}


static uint64_t
air_digest_rate(const air_model_t *model, int64_t now_ms, air_class_e class)
{
    const air_price_t  *p;

    p = model != NULL ? air_model_price(model, now_ms) : NULL;

    return p != NULL ? p->rate[AIR_TIER_STANDARD][class] : AIR_UNKNOWN;
}


static air_str_t
air_digest_copy(air_digest_t *digest, air_str_t s)
{
    unsigned char  *p;

    p = air_mem_get(digest->mem, s.len + 1);

    if (p == NULL) {
        digest->rc = AIR_ENOMEM;
        return air_str_n(NULL, 0);
    }

    memcpy(p, s.data, s.len);

    return air_str_n(p, s.len);
}


void
air_digest_note(void *ud, air_merge_e what, const air_model_t *old,
    const air_model_t *model, const char *why)
{
    air_digest_t *digest = ud;

    air_digest_row_t   *row;
    const air_model_t  *named;

    digest->n[what]++;

    if (what != AIR_MERGE_CHANGED && what != AIR_MERGE_HELD) {
        return;
    }

    row = air_mem_get(digest->mem, sizeof(air_digest_row_t));

    if (row == NULL) {
        digest->rc = AIR_ENOMEM;
        return;
    }

    named = old != NULL ? old : model;

    row->next = NULL;
    row->what = what;
    row->vendor = air_digest_copy(digest, named->vendor);
    row->model = air_digest_copy(digest, named->model);
    row->in[0] = air_digest_rate(old, digest->now_ms, AIR_IN);
    row->in[1] = air_digest_rate(model, digest->now_ms, AIR_IN);
    row->out[0] = air_digest_rate(old, digest->now_ms, AIR_OUT);
    row->out[1] = air_digest_rate(model, digest->now_ms, AIR_OUT);
    row->why = why;

    *digest->last = row;
    digest->last = &row->next;
}


/* Whole percent that a rate moved by, rounded; 0 where nobody knows. */
static int64_t
air_digest_percent(const uint64_t rate[2])
{
    int64_t  d;

    if (rate[0] == AIR_UNKNOWN || rate[1] == AIR_UNKNOWN || rate[0] == 0
        || rate[0] > INT64_MAX / 400 || rate[1] > INT64_MAX / 400)
    {
        return 0;
    }

    d = ((int64_t) rate[1] - (int64_t) rate[0]) * 200 / (int64_t) rate[0];

    return d < 0 ? (d - 1) / 2 : (d + 1) / 2;
}


static void
air_digest_moved(air_buf_t *b, const char *what, const uint64_t rate[2])
{
    int64_t  percent;

    air_buf_z(b, what);

    percent = air_digest_percent(rate);

    if (percent != 0) {
        air_buf_z(b, percent > 0 ? " +" : " ");
        air_buf_int(b, percent);
        air_buf_z(b, " %");
        return;
    }

    if (rate[0] == rate[1]) {
        air_buf_z(b, " as it was");
        return;
    }

    air_buf_byte(b, ' ');

    if (rate[0] == AIR_UNKNOWN) {
        air_buf_z(b, "unknown");

    } else {
        air_buf_pusd(b, rate[0] * 1000000);
    }

    air_buf_z(b, " -> ");

    if (rate[1] == AIR_UNKNOWN) {
        air_buf_z(b, "unknown");

    } else {
        air_buf_pusd(b, rate[1] * 1000000);
    }
}


/* Names are foreign: what could disturb a log is left out. */
static void
air_digest_name(air_buf_t *b, air_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        air_buf_byte(b, s.data[i] > 0x20 && s.data[i] < 0x7f ? s.data[i]
                                                             : '?');
    }
}


int
air_digest_row(air_buf_t *b, const air_digest_row_t *row)
{
    air_digest_name(b, row->vendor);
    air_buf_byte(b, '/');
    air_digest_name(b, row->model);
    air_digest_moved(b, " output", row->out);
    air_digest_moved(b, ", input", row->in);

    if (row->what == AIR_MERGE_HELD) {
        air_buf_z(b, " held back: ");
        air_buf_z(b, row->why);
    }

    return b->error;
}


static void
air_digest_pair(air_buf_t *b, const char *name, const uint64_t rate[2])
{
    unsigned  i;

    air_buf_z(b, name);

    for (i = 0; i < 2; i++) {
        air_buf_z(b, i == 0 ? "[" : ",");

        if (rate[i] == AIR_UNKNOWN) {
            air_buf_z(b, "null");

        } else {
            air_buf_pusd(b, rate[i] * 1000000);
        }
    }

    air_buf_z(b, "]");
}


static void
air_digest_rows(const air_digest_t *digest, air_merge_e what, air_buf_t *b)
{
    unsigned                 n;
    const air_digest_row_t  *row;

    n = 0;

    for (row = digest->rows; row != NULL; row = row->next) {

        if (row->what != what) {
            continue;
        }

        if (n == AIR_DIGEST_ROWS) {
            break;
        }

        air_buf_z(b, n++ == 0 ? "\n" : ",\n");
        air_buf_z(b, "{\"vendor\":");
        air_buf_json(b, row->vendor);
        air_buf_z(b, ",\"model\":");
        air_buf_json(b, row->model);
        air_digest_pair(b, ",\"input\":", row->in);
        air_digest_pair(b, ",\"output\":", row->out);

        if (row->why != NULL) {
            air_buf_z(b, ",\"why\":");
            air_buf_json(b, air_str_z(row->why));
        }

        air_buf_byte(b, '}');
    }
}


int
air_digest_write(const air_digest_t *digest, const char *feed,
    const char *check, int review, air_buf_t *b)
{
    const air_digest_order_t  *order;

    air_buf_z(b, "{\"schema\":\"digest/1\",\n\"feed\":");
    air_buf_json(b, air_str_z(feed));
    air_buf_z(b, ",\n\"check\":");

    if (check != NULL) {
        air_buf_json(b, air_str_z(check));

    } else {
        air_buf_z(b, "null");
    }

    air_buf_z(b, ",\n\"time\":\"");
    air_time_utc(b, digest->now_ms);
    air_buf_z(b, review ? "\",\n\"review\":true" : "\",\n\"review\":false");
    air_buf_z(b, ",\n\"new\":");
    air_buf_uint(b, digest->n[AIR_MERGE_NEW]);
    air_buf_z(b, ",\n\"same\":");
    air_buf_uint(b, digest->n[AIR_MERGE_SAME]);
    air_buf_z(b, ",\n\"own\":");
    air_buf_uint(b, digest->n[AIR_MERGE_OWN]);
    air_buf_z(b, ",\n\"changed\":[");
    air_digest_rows(digest, AIR_MERGE_CHANGED, b);
    air_buf_z(b, "],\n\"held\":[");
    air_digest_rows(digest, AIR_MERGE_HELD, b);
    air_buf_z(b, "],\n\"orders\":[");

    for (order = digest->orders; order != NULL; order = order->next) {
        air_buf_z(b, order == digest->orders ? "\n" : ",\n");
        air_buf_z(b, "{\"workflow\":");
        air_buf_json(b, order->workflow);
        air_buf_z(b, ",\"was\":");
        air_buf_json(b, order->was);
        air_buf_z(b, ",\"is\":");
        air_buf_json(b, order->is);
        air_buf_byte(b, '}');
    }

    return air_buf_z(b, "]}\n");
}
