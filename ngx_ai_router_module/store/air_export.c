
/*
 * What writing and reading an export share: adding up, and the only way in
 * which each line is written.
 */


#include "air_export.h"
#include "../core/air_time.h"
#include "air_le.h"
#include "air_report.h"

#include <inttypes.h>
#include <stdlib.h>


static const unsigned char  air_export_zero[AIR_CHAIN_HASH];


void
air_export_init(air_export_t *e, const air_mem_t *mem)
{
    memset(e, 0, sizeof(air_export_t));
    e->mem = mem;
    air_sums_init(&e->total);
    air_rollup_init(&e->vendors);
}


void
air_export_free(air_export_t *e)
{
    air_rollup_free(&e->vendors);
}


static int
air_export_wrong(air_export_t *e, const char *format, uint64_t seq)
{
    snprintf(e->text, sizeof(e->text), format, seq);

    return AIR_ECORRUPT;
}


static int
air_export_is_hole(const unsigned char *bytes)
{
    size_t  i;

    for (i = 0; i < AIR_RECORD_SIZE; i++) {
        if (bytes[i] != 0xff) {
            return 0;
        }
    }

    return 1;
}


static int
air_export_record(air_export_t *e, const unsigned char *bytes, uint64_t seq)
{
    int                rc;
    air_sums_t         sums;
    air_record_t       r;
    air_rollup_row_t  *row;

    rc = air_record_decode(bytes, &r);

    if (rc == AIR_EFORMAT) {
        (void) air_export_wrong(e, "record %" PRIu64 " was written by a newer "
                                "version", seq);
        return rc;
    }

    if (rc != AIR_OK || r.seq != seq) {
        return air_export_wrong(e, "record %" PRIu64 " is damaged", seq);
    }

    if (r.time_ms < e->from_ms || r.time_ms >= e->to_ms) {
        return AIR_OK;
    }

    row = air_rollup_row(&e->vendors, r.vendor.data, r.vendor.len);
    if (row == NULL) {
        return AIR_ENOMEM;
    }

    air_record_sums(&r, &sums);
    air_sums_add(&row->sums, &sums);
    air_sums_add(&e->total, &sums);

    return AIR_OK;
}


static int
air_export_records(air_export_t *e, const air_export_block_t *block,
    const unsigned char *records)
{
    int                   rc;
    uint32_t              i, holes;
    const unsigned char  *p;

    holes = 0;

    for (i = 0; i < block->n; i++) {
        p = records + (size_t) i * AIR_RECORD_SIZE;

        if (air_get32(p + AIR_RECORD_SIZE - 4) == AIR_RECORD_HOLE
            && air_export_is_hole(p))
        {
            holes++;
            continue;
        }

        rc = air_export_record(e, p, block->seq + i);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    if (holes != block->holes) {
        return air_export_wrong(e, "the block from record %" PRIu64 " on has "
                                "another number of holes", block->seq);
    }

    e->holes += holes;

    return AIR_OK;
}


int
air_export_add(air_export_t *e, const air_export_block_t *block,
    const unsigned char *records)
{
    int            rc;
    unsigned char  hash[AIR_CHAIN_HASH];

    if (e->blocks == 0) {

        if (block->seq == 1
            && memcmp(block->before, air_export_zero, AIR_CHAIN_HASH) != 0)
        {
            return air_export_wrong(e, "something is said to be before record "
                                    "%" PRIu64, block->seq);
        }

        e->first = block->seq;
        memcpy(e->before, block->before, AIR_CHAIN_HASH);

    } else if (block->seq != e->last + 1
               || memcmp(block->before, e->hash, AIR_CHAIN_HASH) != 0)
    {
        return air_export_wrong(e, "the block from record %" PRIu64 " on does "
                                "not follow the one before it", block->seq);
    }

    if (air_chain_hash(block->before, block->seq, records, block->n, hash)
        != AIR_OK)
    {
        return AIR_ENOMEM;
    }

    if (memcmp(hash, block->hash, AIR_CHAIN_HASH) != 0) {
        return air_export_wrong(e, "the block from record %" PRIu64 " on is "
                                "not what was sealed", block->seq);
    }

    if (block->sealed_ms == 0) {
        e->unsealed += block->n;

    } else if (e->unsealed) {
        return air_export_wrong(e, "the block from record %" PRIu64 " on is "
                                "sealed, one before it is not", block->seq);
    }

    rc = air_export_records(e, block, records);
    if (rc != AIR_OK) {
        return rc;
    }

    e->blocks++;
    e->last = block->seq + block->n - 1;
    memcpy(e->hash, hash, AIR_CHAIN_HASH);

    return AIR_OK;
}


size_t
air_export_line(const air_export_block_t *block, char *text)
{
    int   n;
    char  before[2 * AIR_CHAIN_HASH + 1], hash[2 * AIR_CHAIN_HASH + 1];

    air_chain_text(block->before, before);
    air_chain_text(block->hash, hash);

    n = snprintf(text, 320, "{\"seq\":%" PRIu64 ",\"count\":%" PRIu32
                 ",\"holes\":%" PRIu32 ",\"sealed_ms\":%" PRId64
                 ",\"before\":\"%s\",\"hash\":\"%s\",\"records\":\"",
                 block->seq, block->n, block->holes, block->sealed_ms, before,
                 hash);

    return (size_t) n;
}


static void
air_export_hash(air_buf_t *b, const char *name, const unsigned char *hash)
{
    char  text[2 * AIR_CHAIN_HASH + 1];

    air_chain_text(hash, text);

    air_buf_z(b, ",\"");
    air_buf_z(b, name);
    air_buf_z(b, "\":\"");
    air_buf_z(b, text);
    air_buf_byte(b, '"');
}


static void
air_export_time(air_buf_t *b, const char *name, int64_t ms)
{
    air_buf_z(b, ",\"");
    air_buf_z(b, name);
    air_buf_z(b, "\":\"");
    (void) air_time_utc(b, ms);
    air_buf_byte(b, '"');
}


static void
air_export_uint(air_buf_t *b, const char *name, uint64_t n)
{
    air_buf_z(b, ",\"");
    air_buf_z(b, name);
    air_buf_z(b, "\":");
    air_buf_uint(b, n);
}


/* "records":1,... of sums; the comma before it is the caller's. */
static void
air_export_sums(air_buf_t *b, const air_sums_t *s)
{
    char  text[48];

    air_buf_z(b, "\"records\":");
    air_buf_uint(b, s->v[AIR_SUM_RECORDS]);
    air_export_uint(b, "requests", s->v[AIR_SUM_REQUESTS]);
    air_export_uint(b, "attempts", s->v[AIR_SUM_ATTEMPTS]);
    air_export_uint(b, "errors", s->v[AIR_SUM_ERRORS]);
    air_export_uint(b, "refused", s->v[AIR_SUM_REFUSED]);
    air_export_uint(b, "unknown_cost", s->v[AIR_SUM_UNKNOWN]);
    air_export_uint(b, "input_tokens", air_sums_input(s));
    air_export_uint(b, "output_tokens", air_sums_output(s));
    air_buf_z(b, ",\"cost_usd\":\"");
    air_buf_z(b, air_report_usd(s->cost, text));
    air_buf_byte(b, '"');
}


static int
air_export_by_name(const void *one, const void *two)
{
    int                      n;
    size_t                   len;
    const air_rollup_row_t  *a, *b;

    a = *(const air_rollup_row_t *const *) one;
    b = *(const air_rollup_row_t *const *) two;

    len = a->len < b->len ? a->len : b->len;
    n = memcmp(a->key, b->key, len);

    return n ? n : (a->len > b->len) - (a->len < b->len);
}


static int
air_export_vendors(const air_export_t *e, air_buf_t *b)
{
    size_t              i, n;
    air_rollup_row_t  **row;

    n = e->vendors.n;

    row = air_mem_get(e->mem, (n + 1) * sizeof(air_rollup_row_t *));
    if (row == NULL) {
        return AIR_ENOMEM;
    }

    if (n) {
        memcpy(row, e->vendors.row, n * sizeof(air_rollup_row_t *));
        qsort(row, n, sizeof(air_rollup_row_t *), air_export_by_name);
    }

    air_buf_z(b, ",\"vendors\":[");

    for (i = 0; i < n; i++) {
        air_buf_z(b, i ? ",{\"vendor\":" : "{\"vendor\":");
        air_buf_json(b, air_str_n(row[i]->key, row[i]->len));
        air_buf_byte(b, ',');
        air_export_sums(b, &row[i]->sums);
        air_buf_byte(b, '}');
    }

    air_buf_byte(b, ']');

    return AIR_OK;
}


int
air_export_statement(const air_export_t *e, air_buf_t *b)
{
    air_buf_z(b, "{\"ai_router_export\":1");
    air_export_time(b, "made", e->made_ms);
    air_export_time(b, "from", e->from_ms);
    air_export_time(b, "to", e->to_ms);
    air_export_hash(b, "topology", e->topology);
    air_export_hash(b, "key", e->key);
    air_export_uint(b, "first", e->first);
    air_export_uint(b, "last", e->last);
    air_export_hash(b, "before", e->before);
    air_export_hash(b, "hash", e->hash);
    air_export_uint(b, "blocks", e->blocks);
    air_export_uint(b, "holes", e->holes);
    air_export_uint(b, "unsealed", e->unsealed);
    air_buf_byte(b, ',');
    air_export_sums(b, &e->total);

    if (air_export_vendors(e, b) != AIR_OK) {
        return AIR_ENOMEM;
    }

    air_export_hash(b, "body_sha256", e->body);
    air_buf_z(b, "}\n");

    return b->error;
}
