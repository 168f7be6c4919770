
/*
 * How long to rest: every form of Retry-After that vendors send, good, odd
 * and hostile.
 */

#include "../../ngx_ai_router_module/core/air_fault.h"
#include "mem.h"
#include "tap.h"


/* Sun, 22 Nov 2026 12:00:00 GMT */
#define NOW    INT64_C(1795348800000)
#define FLOOR  1000
#define CAP    3600000


static const struct {
    const char  *after;
    const char  *after_ms;
    const char  *body;
    uint64_t     want;
    int          said;
}  rows[] = {
    { "7", "", NULL, 7000, 1 },
    { " 7\t", "", NULL, 7000, 1 },
    { "0", "", NULL, FLOOR, 1 },
    { "-5", "", NULL, FLOOR, 0 },
    { "+5", "", NULL, FLOOR, 0 },
    { "12.5", "", NULL, 12500, 1 },
    { "12.0001", "", NULL, 12001, 1 },
    { "12.", "", NULL, FLOOR, 0 },
    { ".5", "", NULL, FLOOR, 0 },
    { "7, 7", "", NULL, FLOOR, 0 },
    { "1e9", "", NULL, FLOOR, 0 },
    { "1000000000", "", NULL, CAP, 1 },
    { "9999999999999999999999999999999999999999", "", NULL, CAP, 1 },
    { "", "", NULL, FLOOR, 0 },
    { "soon", "", NULL, FLOOR, 0 },
    { "NaN", "", NULL, FLOOR, 0 },

    /* dates */
    { "Sun, 22 Nov 2026 12:00:30 GMT", "", NULL, 30000, 1 },
    { "Sun, 22 Nov 2026 11:59:30 GMT", "", NULL, FLOOR, 1 },
    { "Sun, 06 Nov 1994 08:49:37 GMT", "", NULL, FLOOR, 1 },
    { "Fri, 31 Dec 9999 23:59:59 GMT", "", NULL, CAP, 1 },
    { "Sunday, 22-Nov-26 12:01:00 GMT", "", NULL, 60000, 1 },
    { "Sunday, 06-Nov-94 08:49:37 GMT", "", NULL, FLOOR, 1 },
    { "Sun Nov 22 12:00:10 2026", "", NULL, 10000, 1 },
    { "Sun Nov  6 08:49:37 1994", "", NULL, FLOOR, 1 },
    { "Sun, 22 Nov 2026 12:00:30 CET", "", NULL, FLOOR, 0 },
    { "Sun, 22 Foo 2026 12:00:30 GMT", "", NULL, FLOOR, 0 },
    { "Sun, 22 Nov 2026 25:00:30 GMT", "", NULL, FLOOR, 0 },
    { "Sun, xx Nov 2026 12:00:30 GMT", "", NULL, FLOOR, 0 },
    { "Sun, 22 Nov 2026 12:00", "", NULL, FLOOR, 0 },

    /* milliseconds, and the longer of two */
    { "", "1500", NULL, 1500, 1 },
    { "", "1500.2", NULL, 1501, 1 },
    { "", "20", NULL, FLOOR, 1 },
    { "", "-20", NULL, FLOOR, 0 },
    { "2", "1500", NULL, 2000, 1 },
    { "1", "1500", NULL, 1500, 1 },
    { "x", "1500", NULL, 1500, 1 },

    /* Google */
    { "", "", "{\"error\":{\"details\":[{\"@type\":\"x/google.rpc.QuotaFailure"
      "\"},{\"@type\":\"x/google.rpc.RetryInfo\",\"retryDelay\":\"7s\"}]}}",
      7000, 1 },
    { "", "", "{\"error\":{\"details\":[{\"retryDelay\":\"48.939935699s\"}]}}",
      48940, 1 },
    { "", "", "[{\"error\":{\"details\":[{\"retryDelay\":\"3s\"}]}}]", 3000,
      1 },
    { "", "", "{\"error\":{\"details\":[{\"retryDelay\":\"0.5s\"}]}}", FLOOR,
      1 },
    { "", "", "{\"error\":{\"details\":[{\"retryDelay\":\"7\"}]}}", FLOOR, 0 },
    { "", "", "{\"error\":{\"details\":[{\"retryDelay\":7}]}}", FLOOR, 0 },
    { "", "", "{\"error\":{\"details\":[5,null]}}", FLOOR, 0 },
    { "", "", "{\"error\":\"x\"}", FLOOR, 0 },
    { "", "", "[]", FLOOR, 0 },
    { "9", "", "{\"error\":{\"details\":[{\"retryDelay\":\"7s\"}]}}", 9000,
      1 }
};


int
main(void)
{
    int             said;
    mem_t           m;
    size_t          i;
    uint64_t        got;
    air_mem_t       mem;
    air_json_doc_t  doc;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {

        mem = mem_init(&m, 0);
        air_json_init(&doc, &mem);

        if (rows[i].body != NULL) {
            (void) air_json_scan(&doc, air_str_z(rows[i].body),
                                 AIR_JSON_VENDOR, NULL);
        }

        got = air_retry_after(air_str_z(rows[i].after),
                              air_str_z(rows[i].after_ms),
                              rows[i].body ? &doc : NULL, NOW, FLOOR, CAP,
                              &said);

        is((long long) got, (long long) rows[i].want, "\"%s\" \"%s\" %s",
           rows[i].after, rows[i].after_ms,
           rows[i].body ? rows[i].body : "");
        is(said, rows[i].said, "said");

        mem_free(&m);
    }

    is((long long) air_retry_after(air_str_z("7"), air_str_n(NULL, 0), NULL,
                                   NOW, 0, CAP, NULL),
       7000, "said may be NULL");
    is((long long) air_retry_after(air_str_n(NULL, 0), air_str_n(NULL, 0),
                                   NULL, NOW, 9000, 5000, NULL),
       5000, "the cap beats the floor");

    return done();
}
