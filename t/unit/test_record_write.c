
/*
 * Records as JSON and CSV: every name a column of its own, hostile text stays
 * text, unknown is null, the longest record has room.
 */


#include "../../ngx_ai_router_module/store/air_record_write.h"
#include "../../ngx_ai_router_module/core/air_json.h"
#include "tap.h"
#include "mem.h"


static void
test_json(void)
{
    mem_t         m;
    air_buf_t     b;
    air_mem_t     mem;
    air_record_t  r;

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, 65536);

    memset(&r, 0, sizeof(r));
    r.kind = AIR_RECORD_ATTEMPT;
    r.time_ms = 1795359845999LL;
    r.cost = 3625;
    r.computed_cost = AIR_UNKNOWN;
    r.vendor = air_str_z("</script>\"\n");
    r.model = air_str_z("=cmd|' /C calc'!A0");

    is(air_record_json(&r, &b), AIR_OK, "as JSON");
    (void) air_buf_byte(&b, 0);

    ok(strstr((char *) b.data, "\"cost_usd\":\"0.000000003625\"") != NULL,
       "an exact cost");
    ok(strstr((char *) b.data, "\"computed_cost_usd\":null") != NULL,
       "unknown is null");
    ok(strstr((char *) b.data, "\"time\":\"2026-11-22T15:04:05Z\"") != NULL,
       "whole seconds");
    ok(strstr((char *) b.data, "\\u003c/script\\u003e\\\"\\n\"") != NULL,
       "no tag, no quote, no line");

    b.len = 0;
    is(air_record_csv(&r, &b), AIR_OK, "as CSV");
    (void) air_buf_byte(&b, 0);

    ok(strstr((char *) b.data, "\"'=cmd|") != NULL, "no formula");
    ok(strstr((char *) b.data, "\"</script>\"\"\"") != NULL,
       "quotes are doubled, control bytes dropped");

    mem_free(&m);
}


static void
test_columns(void)
{
    size_t          i;
    unsigned        head, row;
    mem_t           m;
    air_buf_t       b;
    air_mem_t       mem;
    air_record_t    r;
    air_json_doc_t  doc;

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, 65536);

    memset(&r, 0, sizeof(r));

    (void) air_record_csv_head(&b);

    for (i = 0, head = 0; i < b.len; i++) {
        head += b.data[i] == ',';
    }

    b.len = 0;
    (void) air_record_csv(&r, &b);

    for (i = 0, row = 0; i < b.len; i++) {
        row += b.data[i] == ',';
    }

    is(row, head, "as many cells as headings");

    b.len = 0;
    (void) air_record_json(&r, &b);

    air_json_init(&doc, &mem);
    is(air_json_scan(&doc, air_buf_view(&b), AIR_JSON_UNIQUE, NULL), AIR_OK,
       "JSON, no name twice");

    mem_free(&m);
}


/* All names full of bytes that take six in JSON, all numbers at their most. */
static void
test_longest(void)
{
    size_t         i;
    mem_t          m;
    air_buf_t      b;
    air_mem_t      mem;
    air_record_t   r;
    unsigned char  text[64];

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, 65536);

    memset(&r, 0xff, sizeof(r));
    memset(text, 1, sizeof(text));

    r.kind = AIR_RECORD_ATTEMPT;
    r.op = 1;
    r.tier_served = 0;
    r.fault = 1;
    r.time_ms = 253402300799000LL;
    r.cost = r.computed_cost = AIR_UNKNOWN - 1;
    r.why = r.verdict = r.check = r.task = 1;
    r.vendor = air_str_n(text, AIR_RECORD_VENDOR);
    r.model = air_str_n(text, AIR_RECORD_MODEL);
    r.served_model = air_str_n(text, AIR_RECORD_SERVED);
    r.workflow = air_str_n(text, AIR_RECORD_WORKFLOW);
    r.tier = air_str_n(text, AIR_RECORD_TIER);
    r.principal = air_str_n(text, AIR_RECORD_PRINCIPAL);
    r.vendor_id = air_str_n(text, AIR_RECORD_VENDOR_ID);
    r.warnings = air_str_n(text, AIR_RECORD_WARNINGS);
    r.team = air_str_n(text, AIR_RECORD_TEAM);

    is(air_record_json(&r, &b), AIR_OK, "the longest one");
    i = b.len;
    ok(i < AIR_RECORD_TEXT, "has room: %u bytes", (unsigned) i);

    mem_free(&m);
}


int
main(void)
{
    test_json();
    test_columns();
    test_longest();

    return done();
}
