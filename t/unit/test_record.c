
/*
 * Ledger records: what goes in comes out, names are cut at UTF-8 borders,
 * every flipped bit shows, and the bytes of version 1 stay what they are.
 */


#include "../../ngx_ai_router_module/store/air_record.h"
#include "tap.h"

#include <stdlib.h>


static void
fill(air_record_t *r)
{
    unsigned  i;

    memset(r, 0, sizeof(air_record_t));

    r->seq = 0x0102030405060708;
    r->kind = AIR_RECORD_ATTEMPT;
    r->op = AIR_OP_CHAT;
    r->certainty = AIR_CERTAIN_ESTIMATED;
    r->tier_served = AIR_TIER_FLEX;
    r->attempt = 2;
    r->status = 200;
    r->client_status = 499;
    r->fault = AIR_FAULT_CLIENT_ABORT;
    r->flags = AIR_REC_FINAL | AIR_REC_DRAINED;
    r->time_ms = 1795305600123;
    r->latency_ms = 4321;
    r->first_token_ms = 123;
    r->price_id = UINT64_MAX - 5;
    r->cost = AIR_UNKNOWN;
    r->computed_cost = 123456789012345;
    r->reasoning = 77;
    r->request_bytes = UINT32_MAX;
    r->reply_bytes = 1;

    for (i = 0; i < 16; i++) {
        r->request_id[i] = (uint8_t) (i * 17);
    }

    for (i = 0; i < AIR_NCLASS; i++) {
        r->n[i] = 1000 + i;
    }

    for (i = 0; i < AIR_NFEE; i++) {
        r->fee[i] = 50 + i;
    }

    r->vendor = air_str_z("openai");
    r->model = air_str_z("gpt-5-mini");
    r->served_model = air_str_z("gpt-5-mini-2025-08-07");
    r->workflow = air_str_z("triage");
    r->tier = air_str_z("cheap");
    r->principal = air_str_z("CN=billing");
    r->vendor_id = air_str_z("chatcmpl-1");
    r->warnings = air_str_z("seed=no_such,top_p=model");
    r->lost = 3;
    r->nlost = 2;
    r->why = 2;
    r->left_out = 1;
    r->team = air_str_z("finance");
    r->verdict = 2;
    r->check = 9;
    r->task = 3;
    r->grade = 701;
}


static void
test_round_trip(void)
{
    air_record_t   r, back;
    unsigned char  bytes[AIR_RECORD_SIZE], again[AIR_RECORD_SIZE];

    fill(&r);
    air_record_encode(&r, bytes);

    is(air_record_decode(bytes, &back), AIR_OK, "decodes");

    is((long long) back.seq, (long long) r.seq, "seq");
    is(back.kind, r.kind, "kind");
    is(back.op, r.op, "op");
    is(back.certainty, r.certainty, "certainty");
    is(back.tier_served, r.tier_served, "service tier");
    is(back.attempt, 2, "attempt");
    is(back.status, 200, "status");
    is(back.client_status, 499, "client status");
    is(back.fault, r.fault, "fault");
    is(back.flags, r.flags, "flags");
    is(back.time_ms, r.time_ms, "time");
    is(back.latency_ms, 4321, "latency");
    is(back.first_token_ms, 123, "first token");
    ok(back.price_id == r.price_id, "price id");
    ok(back.cost == AIR_UNKNOWN, "an unknown cost stays unknown");
    ok(back.computed_cost == r.computed_cost, "computed cost");
    ok(memcmp(back.n, r.n, sizeof(r.n)) == 0, "token classes");
    ok(memcmp(back.fee, r.fee, sizeof(r.fee)) == 0, "fees");
    ok(memcmp(back.request_id, r.request_id, 16) == 0, "request id");
    is(back.reasoning, 77, "reasoning");
    ok(back.request_bytes == UINT32_MAX, "request bytes");
    is(back.reply_bytes, 1, "reply bytes");
    is_str(back.vendor, "openai", "vendor");
    is_str(back.model, "gpt-5-mini", "model");
    is_str(back.served_model, "gpt-5-mini-2025-08-07", "served model");
    is_str(back.workflow, "triage", "workflow");
    is_str(back.tier, "cheap", "tier");
    is_str(back.principal, "CN=billing", "principal");
    is_str(back.vendor_id, "chatcmpl-1", "vendor id");
    is_str(back.warnings, "seed=no_such,top_p=model", "warnings");
    is(back.lost, 3, "their reasons");
    is(back.nlost, 2, "their number");
    is(back.why, 2, "why this target");
    is(back.left_out, 1, "those left out");
    is_str(back.team, "finance", "team");
    is(back.verdict, 2, "verdict");
    is(back.check, 9, "what failed");
    is(back.task, 3, "class of task");
    is(back.grade, 701, "grade");

    air_record_encode(&back, again);
    ok(memcmp(bytes, again, AIR_RECORD_SIZE) == 0,
       "encoding what was decoded gives the same bytes");
}


/* The layout may only change together with the version. */
static void
test_layout(void)
{
    air_record_t   r;
    unsigned char  bytes[AIR_RECORD_SIZE];

    fill(&r);
    air_record_encode(&r, bytes);

    is(bytes[0], 3, "version byte");
    ok(memcmp(bytes + 24, "\x08\x07\x06\x05\x04\x03\x02\x01", 8) == 0,
       "seq is little-endian at 24");
    ok(memcmp(bytes + 172, "openai", 6) == 0, "vendor at 172");
    ok(memcmp(bytes + 178, "gpt-5-mini" "gpt-5-mini-2025-08-07", 31) == 0,
       "the next names behind it");
    ok(memcmp(bytes + 220, "CN=billing" "finance" "chatcmpl-1\0", 28) == 0,
       "team and vendor id last");
    ok(memcmp(bytes + 444, "\3\0\2\x18" "seed=no_such,top_p=model\0", 29)
       == 0, "what was lost at 444");
    ok(memcmp(bytes + 496, "\2\1\7\2\11\3\275\2\0\0\0\0", 12) == 0,
       "why at 496, then the floor's");
    is(air_crc32c(0, bytes, 508), 0xf50540d3U, "CRC of the sample");
}


/* Names as they stood up to version 2, each in a place of its own. */
static void
old_names(const air_record_t *r, unsigned char *bytes)
{
    memset(bytes + 172, 0, 272);
    memset(bytes + 498, 0, 10);

    memcpy(bytes + 172, r->vendor.data, r->vendor.len);
    memcpy(bytes + 196, r->model.data, r->model.len);
    memcpy(bytes + 260, r->served_model.data, r->served_model.len);
    memcpy(bytes + 308, r->workflow.data, r->workflow.len);
    memcpy(bytes + 340, r->tier.data, r->tier.len);
    memcpy(bytes + 356, r->principal.data, r->principal.len);
    memcpy(bytes + 404, r->vendor_id.data, r->vendor_id.len);
}


/* The bytes of earlier versions, by the CRC that they had then. */
static void
test_old(void)
{
    air_record_t   r, back;
    unsigned char  bytes[AIR_RECORD_SIZE];

    fill(&r);
    air_record_encode(&r, bytes);
    old_names(&r, bytes);

    bytes[0] = 2;
    is(air_crc32c(0, bytes, 508), 0x04f24905U, "the bytes of version 2");
    air_record_stamp(bytes, r.seq);

    memset(&back, 0xff, sizeof(back));
    is(air_record_decode(bytes, &back), AIR_OK, "are read");
    is_str(back.vendor, "openai", "its first name");
    is_str(back.principal, "CN=billing", "one between");
    is_str(back.vendor_id, "chatcmpl-1", "its last name");
    is_str(back.warnings, "seed=no_such,top_p=model", "its warnings");
    is((long long) back.team.len, 0, "it has no team");
    is(back.verdict + back.check + back.task + back.grade, 0,
       "nor a verdict");

    /* version 1 ended with the names: as 0.1 wrote it */

    bytes[0] = 1;
    memset(bytes + 444, 0, 64);
    is(air_crc32c(0, bytes, 508), 0x3b128e0aU, "the bytes of version 1");
    air_record_stamp(bytes, r.seq);

    memset(&back, 0xff, sizeof(back));
    is(air_record_decode(bytes, &back), AIR_OK, "are read");
    is_str(back.vendor_id, "chatcmpl-1", "its last name");
    is((long long) back.warnings.len, 0, "it has no warnings");
    is(back.lost + back.nlost + back.why + back.left_out, 0, "nor a reason");
}


static void
test_names(void)
{
    size_t         len;
    unsigned       i;
    air_record_t   r, back;
    unsigned char  bytes[AIR_RECORD_SIZE], name[200];

    fill(&r);

    for (i = 0; i + 2 <= sizeof(name); i += 2) {
        memcpy(name + i, "\xc3\xa9", 2);
    }

    for (len = 20; len < 28; len++) {
        r.vendor = air_str_n(name, len / 2 * 2);
        air_record_encode(&r, bytes);
        (void) air_record_decode(bytes, &back);
        is((long long) back.vendor.len,
           (long long) (len / 2 * 2 < 24 ? len / 2 * 2 : 24),
           "a vendor of %zu bytes", len / 2 * 2);
    }

    /* one byte ahead: the border falls inside a character */

    memmove(name + 1, name, sizeof(name) - 1);
    name[0] = 'x';

    r.vendor = air_str_n(name, 101);
    air_record_encode(&r, bytes);
    (void) air_record_decode(bytes, &back);
    is((long long) back.vendor.len, 23, "no half character is kept");
    ok(back.model.len == 10, "and the next name is whole");

    memset(name, 0xbf, sizeof(name));
    r.vendor = air_str_n(name, sizeof(name));
    air_record_encode(&r, bytes);
    is(air_record_decode(bytes, &back), AIR_OK, "a name that is no text");
    is((long long) back.vendor.len, 24, "is cut where it must be");

    /* all at their longest: only the vendor's id has no room */

    memset(name, 'n', sizeof(name));
    r.vendor = r.model = r.served_model = r.workflow = r.tier = r.principal
        = r.team = r.vendor_id = air_str_n(name, 200);
    air_record_encode(&r, bytes);
    is(air_record_decode(bytes, &back), AIR_OK, "names at their longest");
    is((long long) (back.vendor.len + back.model.len + back.served_model.len
                    + back.workflow.len + back.tier.len
                    + back.principal.len + back.team.len), 272,
       "are kept as long as they may be");
    is((long long) back.vendor_id.len, 0, "but for the vendor's id");

    memset(&r, 0, sizeof(r));
    air_record_encode(&r, bytes);
    is(air_record_decode(bytes, &back), AIR_OK, "a record of zeros");
    is((long long) back.principal.len, 0, "has empty names");
}


static void
test_damage(void)
{
    int            wrong;
    size_t         i;
    air_record_t   r, back;
    unsigned char  bytes[AIR_RECORD_SIZE];

    memset(bytes, 0, sizeof(bytes));
    is(air_record_decode(bytes, &back), AIR_ENOENT, "an empty slot");

    bytes[3] = 1;
    is(air_record_decode(bytes, &back), AIR_ECORRUPT, "a torn slot");

    memset(bytes, 0xff, sizeof(bytes));
    is(air_record_decode(bytes, &back), AIR_ENOENT, "a hole");

    fill(&r);
    air_record_encode(&r, bytes);

    wrong = 0;

    for (i = 0; i < 8 * AIR_RECORD_SIZE; i++) {
        bytes[i / 8] ^= (unsigned char) (1 << i % 8);
        wrong += air_record_decode(bytes, &back) != AIR_ECORRUPT;
        bytes[i / 8] ^= (unsigned char) (1 << i % 8);
    }

    is(wrong, 0, "each of 4,096 flipped bits is noticed");
    is(air_record_decode(bytes, &back), AIR_OK, "and none was left");

    bytes[0] = AIR_RECORD_VERSION + 1;
    air_record_stamp(bytes, 1);
    is(air_record_decode(bytes, &back), AIR_EFORMAT, "a newer version");

    bytes[0] = AIR_RECORD_VERSION;
    bytes[447] = 49;
    air_record_stamp(bytes, 1);
    is(air_record_decode(bytes, &back), AIR_ECORRUPT, "warnings too long");
    bytes[447] = 0;

    bytes[5] = 25;
    air_record_stamp(bytes, 1);
    is(air_record_decode(bytes, &back), AIR_ECORRUPT,
       "a length that is too long, though the CRC fits");
}


static void
test_stamp(void)
{
    air_record_t   r, back;
    unsigned char  bytes[AIR_RECORD_SIZE], want[AIR_RECORD_SIZE];

    fill(&r);
    r.seq = 0;
    air_record_encode(&r, bytes);
    air_record_stamp(bytes, 99);

    r.seq = 99;
    air_record_encode(&r, want);

    ok(memcmp(bytes, want, AIR_RECORD_SIZE) == 0,
       "stamping is encoding with that seq");
    is(air_record_decode(bytes, &back), AIR_OK, "and the CRC fits");
}


/* Bit by bit, as the polynomial says. */
static uint32_t
slow_crc(const unsigned char *p, size_t len)
{
    int       k;
    uint32_t  crc;

    crc = ~0U;

    while (len--) {
        crc ^= *p++;

        for (k = 0; k < 8; k++) {
            crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78U : 0);
        }
    }

    return ~crc;
}


static void
test_crc(void)
{
    int            wrong;
    size_t         len, at;
    uint32_t       crc;
    unsigned char  data[80];

    is(air_crc32c(0, "123456789", 9), 0xe3069283U, "the check value");
    is(air_crc32c(0, "", 0), 0, "nothing");

    srand(7);

    for (at = 0; at < sizeof(data); at++) {
        data[at] = (unsigned char) rand();
    }

    wrong = 0;

    for (len = 0; len <= 64; len++) {
        for (at = 0; at < 9; at++) {
            wrong += air_crc32c(0, data + at, len) != slow_crc(data + at, len);
            crc = air_crc32c(0, data + at, len / 3);
            crc = air_crc32c(crc, data + at + len / 3, len - len / 3);
            wrong += crc != slow_crc(data + at, len);
        }
    }

    is(wrong, 0, "any length, any alignment, in one or two pieces");
}


int
main(void)
{
    test_round_trip();
    test_layout();
    test_old();
    test_names();
    test_damage();
    test_stamp();
    test_crc();

    return done();
}
