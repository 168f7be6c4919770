
/*
 * The record on disk: 512 bytes, little-endian, laid out by hand so that the
 * bytes are the same on every machine.  The last four bytes are a CRC-32C
 * over the rest, never 0 and never AIR_RECORD_HOLE: a slot whose last word is
 * 0 was not written, one whose last word is AIR_RECORD_HOLE never will be.
 */


#include "air_record.h"
#include "air_le.h"


/* where the fields stand; 504 to 507 are zero, for later, in version 1 all from
   444 on, in version 2 all from 498 on; there each name had its own place */
#define AIR_REC_AT_LEN       5
#define AIR_REC_AT_ATTEMPT   12
#define AIR_REC_AT_STATUS    14
#define AIR_REC_AT_CLIENT    16
#define AIR_REC_AT_FAULT     18
#define AIR_REC_AT_FLAGS     20
#define AIR_REC_AT_SEQ       24
#define AIR_REC_AT_TIME      32
#define AIR_REC_AT_ID        40
#define AIR_REC_AT_PRICE     56
#define AIR_REC_AT_COST      64
#define AIR_REC_AT_COMPUTED  72
#define AIR_REC_AT_LATENCY   80
#define AIR_REC_AT_FIRST     84
#define AIR_REC_AT_N         88
#define AIR_REC_AT_FEE       140
#define AIR_REC_AT_REASONING 160
#define AIR_REC_AT_REQUEST   164
#define AIR_REC_AT_REPLY     168
#define AIR_REC_AT_NAMES     172
#define AIR_REC_AT_LOST      444
#define AIR_REC_AT_NLOST     446
#define AIR_REC_AT_WARNLEN   447
#define AIR_REC_AT_WARNINGS  448
#define AIR_REC_AT_WHY       496
#define AIR_REC_AT_LEFT      497
#define AIR_REC_AT_TEAMLEN   498
#define AIR_REC_AT_VERDICT   499
#define AIR_REC_AT_CHECK     500
#define AIR_REC_AT_TASK      501
#define AIR_REC_AT_GRADE     502
#define AIR_REC_AT_CRC       (AIR_RECORD_SIZE - 4)

#define AIR_REC_NNAME        8
#define AIR_REC_NAMES        (AIR_REC_AT_LOST - AIR_REC_AT_NAMES)


static const uint8_t  air_record_name_max[AIR_REC_NNAME] = {
    AIR_RECORD_VENDOR, AIR_RECORD_MODEL, AIR_RECORD_SERVED,
    AIR_RECORD_WORKFLOW, AIR_RECORD_TIER, AIR_RECORD_PRINCIPAL,
    AIR_RECORD_TEAM, AIR_RECORD_VENDOR_ID
};


/* where their lengths stand */
static const uint16_t  air_record_name_len[AIR_REC_NNAME] = {
    AIR_REC_AT_LEN, AIR_REC_AT_LEN + 1, AIR_REC_AT_LEN + 2,
    AIR_REC_AT_LEN + 3, AIR_REC_AT_LEN + 4, AIR_REC_AT_LEN + 5,
    AIR_REC_AT_TEAMLEN, AIR_REC_AT_LEN + 6
};


static const uint32_t  air_crc32c_table[256] = {
    0x00000000, 0xf26b8303, 0xe13b70f7, 0x1350f3f4, 0xc79a971f, 0x35f1141c,
    0x26a1e7e8, 0xd4ca64eb, 0x8ad958cf, 0x78b2dbcc, 0x6be22838, 0x9989ab3b,
    0x4d43cfd0, 0xbf284cd3, 0xac78bf27, 0x5e133c24, 0x105ec76f, 0xe235446c,
    0xf165b798, 0x030e349b, 0xd7c45070, 0x25afd373, 0x36ff2087, 0xc494a384,
    0x9a879fa0, 0x68ec1ca3, 0x7bbcef57, 0x89d76c54, 0x5d1d08bf, 0xaf768bbc,
    0xbc267848, 0x4e4dfb4b, 0x20bd8ede, 0xd2d60ddd, 0xc186fe29, 0x33ed7d2a,
    0xe72719c1, 0x154c9ac2, 0x061c6936, 0xf477ea35, 0xaa64d611, 0x580f5512,
    0x4b5fa6e6, 0xb93425e5, 0x6dfe410e, 0x9f95c20d, 0x8cc531f9, 0x7eaeb2fa,
    0x30e349b1, 0xc288cab2, 0xd1d83946, 0x23b3ba45, 0xf779deae, 0x05125dad,
    0x1642ae59, 0xe4292d5a, 0xba3a117e, 0x4851927d, 0x5b016189, 0xa96ae28a,
    0x7da08661, 0x8fcb0562, 0x9c9bf696, 0x6ef07595, 0x417b1dbc, 0xb3109ebf,
    0xa0406d4b, 0x522bee48, 0x86e18aa3, 0x748a09a0, 0x67dafa54, 0x95b17957,
    0xcba24573, 0x39c9c670, 0x2a993584, 0xd8f2b687, 0x0c38d26c, 0xfe53516f,
    0xed03a29b, 0x1f682198, 0x5125dad3, 0xa34e59d0, 0xb01eaa24, 0x42752927,
    0x96bf4dcc, 0x64d4cecf, 0x77843d3b, 0x85efbe38, 0xdbfc821c, 0x2997011f,
    0x3ac7f2eb, 0xc8ac71e8, 0x1c661503, 0xee0d9600, 0xfd5d65f4, 0x0f36e6f7,
    0x61c69362, 0x93ad1061, 0x80fde395, 0x72966096, 0xa65c047d, 0x5437877e,
    0x4767748a, 0xb50cf789, 0xeb1fcbad, 0x197448ae, 0x0a24bb5a, 0xf84f3859,
    0x2c855cb2, 0xdeeedfb1, 0xcdbe2c45, 0x3fd5af46, 0x7198540d, 0x83f3d70e,
    0x90a324fa, 0x62c8a7f9, 0xb602c312, 0x44694011, 0x5739b3e5, 0xa55230e6,
    0xfb410cc2, 0x092a8fc1, 0x1a7a7c35, 0xe811ff36, 0x3cdb9bdd, 0xceb018de,
    0xdde0eb2a, 0x2f8b6829, 0x82f63b78, 0x709db87b, 0x63cd4b8f, 0x91a6c88c,
    0x456cac67, 0xb7072f64, 0xa457dc90, 0x563c5f93, 0x082f63b7, 0xfa44e0b4,
    0xe9141340, 0x1b7f9043, 0xcfb5f4a8, 0x3dde77ab, 0x2e8e845f, 0xdce5075c,
    0x92a8fc17, 0x60c37f14, 0x73938ce0, 0x81f80fe3, 0x55326b08, 0xa759e80b,
    0xb4091bff, 0x466298fc, 0x1871a4d8, 0xea1a27db, 0xf94ad42f, 0x0b21572c,
    0xdfeb33c7, 0x2d80b0c4, 0x3ed04330, 0xccbbc033, 0xa24bb5a6, 0x502036a5,
    0x4370c551, 0xb11b4652, 0x65d122b9, 0x97baa1ba, 0x84ea524e, 0x7681d14d,
    0x2892ed69, 0xdaf96e6a, 0xc9a99d9e, 0x3bc21e9d, 0xef087a76, 0x1d63f975,
    0x0e330a81, 0xfc588982, 0xb21572c9, 0x407ef1ca, 0x532e023e, 0xa145813d,
    0x758fe5d6, 0x87e466d5, 0x94b49521, 0x66df1622, 0x38cc2a06, 0xcaa7a905,
    0xd9f75af1, 0x2b9cd9f2, 0xff56bd19, 0x0d3d3e1a, 0x1e6dcdee, 0xec064eed,
    0xc38d26c4, 0x31e6a5c7, 0x22b65633, 0xd0ddd530, 0x0417b1db, 0xf67c32d8,
    0xe52cc12c, 0x1747422f, 0x49547e0b, 0xbb3ffd08, 0xa86f0efc, 0x5a048dff,
    0x8ecee914, 0x7ca56a17, 0x6ff599e3, 0x9d9e1ae0, 0xd3d3e1ab, 0x21b862a8,
    0x32e8915c, 0xc083125f, 0x144976b4, 0xe622f5b7, 0xf5720643, 0x07198540,
    0x590ab964, 0xab613a67, 0xb831c993, 0x4a5a4a90, 0x9e902e7b, 0x6cfbad78,
    0x7fab5e8c, 0x8dc0dd8f, 0xe330a81a, 0x115b2b19, 0x020bd8ed, 0xf0605bee,
    0x24aa3f05, 0xd6c1bc06, 0xc5914ff2, 0x37faccf1, 0x69e9f0d5, 0x9b8273d6,
    0x88d28022, 0x7ab90321, 0xae7367ca, 0x5c18e4c9, 0x4f48173d, 0xbd23943e,
    0xf36e6f75, 0x0105ec76, 0x12551f82, 0xe03e9c81, 0x34f4f86a, 0xc69f7b69,
    0xd5cf889d, 0x27a40b9e, 0x79b737ba, 0x8bdcb4b9, 0x988c474d, 0x6ae7c44e,
    0xbe2da0a5, 0x4c4623a6, 0x5f16d052, 0xad7d5351,
};


_Static_assert(AIR_NCLASS == 13 && AIR_NFEE == 5,
               "the layout of the record knows 13 classes and 5 fees");
_Static_assert(AIR_REC_AT_NAMES + AIR_RECORD_VENDOR + AIR_RECORD_MODEL
               + AIR_RECORD_SERVED + AIR_RECORD_WORKFLOW + AIR_RECORD_TIER
               + AIR_RECORD_PRINCIPAL + AIR_RECORD_TEAM
               <= AIR_REC_AT_LOST, "names fit, all but the vendor's id");
_Static_assert(AIR_REC_AT_WARNINGS + AIR_RECORD_WARNINGS <= AIR_REC_AT_WHY,
               "warnings fit");


static uint32_t
air_crc32c_soft(uint32_t crc, const unsigned char *p, size_t len)
{
    while (len--) {
        crc = (crc >> 8) ^ air_crc32c_table[(crc ^ *p++) & 0xff];
    }

    return crc;
}


#if defined(__x86_64__) && defined(__GNUC__)

__attribute__((target("sse4.2")))
static uint32_t
air_crc32c_hard(uint32_t crc, const unsigned char *p, size_t len)
{
    uint64_t  c, word;

    c = crc;

    for ( /* void */ ; len >= 8; len -= 8, p += 8) {
        memcpy(&word, p, 8);
        c = __builtin_ia32_crc32di(c, word);
    }

    crc = (uint32_t) c;

    while (len--) {
        crc = __builtin_ia32_crc32qi(crc, *p++);
    }

    return crc;
}

#endif


uint32_t
air_crc32c(uint32_t crc, const void *data, size_t len)
{
    crc = ~crc;

#if defined(__x86_64__) && defined(__GNUC__)

    if (__builtin_cpu_supports("sse4.2")) {
        return ~air_crc32c_hard(crc, data, len);
    }

#endif

    return ~air_crc32c_soft(crc, data, len);
}


air_str_t
air_record_cut(air_str_t name, size_t max)
{
    size_t  n;

    if (name.len <= max) {
        return name;
    }

    n = max;

    while (n > 0 && (name.data[n] & 0xc0) == 0x80) {
        n--;
    }

    /* only continuation bytes: no UTF-8 at all, cut where it ends */

    name.len = n ? n : max;

    return name;
}


static uint32_t
air_record_crc(const unsigned char *p)
{
    uint32_t  crc;

    crc = air_crc32c(0, p, AIR_REC_AT_CRC);

    if (crc == 0 || crc == AIR_RECORD_HOLE) {
        return crc ^ 1;
    }

    return crc;
}


void
air_record_stamp(unsigned char *bytes, uint64_t seq)
{
    air_put64(bytes + AIR_REC_AT_SEQ, seq);
    air_put32(bytes + AIR_REC_AT_CRC, air_record_crc(bytes));
}


void
air_record_encode(const air_record_t *r, unsigned char *to)
{
    size_t            room;
    unsigned          i;
    air_str_t         cut;
    unsigned char    *p;
    const air_str_t  *name[AIR_REC_NNAME];

    name[0] = &r->vendor;
    name[1] = &r->model;
    name[2] = &r->served_model;
    name[3] = &r->workflow;
    name[4] = &r->tier;
    name[5] = &r->principal;
    name[6] = &r->team;
    name[7] = &r->vendor_id;

    memset(to, 0, AIR_RECORD_SIZE);

    to[0] = AIR_RECORD_VERSION;
    to[1] = r->kind;
    to[2] = r->op;
    to[3] = r->certainty;
    to[4] = r->tier_served;

    air_put16(to + AIR_REC_AT_ATTEMPT, r->attempt);
    air_put16(to + AIR_REC_AT_STATUS, r->status);
    air_put16(to + AIR_REC_AT_CLIENT, r->client_status);
    air_put16(to + AIR_REC_AT_FAULT, r->fault);
    air_put32(to + AIR_REC_AT_FLAGS, r->flags);
    air_put64(to + AIR_REC_AT_TIME, (uint64_t) r->time_ms);
    memcpy(to + AIR_REC_AT_ID, r->request_id, sizeof(r->request_id));
    air_put64(to + AIR_REC_AT_PRICE, r->price_id);
    air_put64(to + AIR_REC_AT_COST, r->cost);
    air_put64(to + AIR_REC_AT_COMPUTED, r->computed_cost);
    air_put32(to + AIR_REC_AT_LATENCY, r->latency_ms);
    air_put32(to + AIR_REC_AT_FIRST, r->first_token_ms);

    for (i = 0; i < AIR_NCLASS; i++) {
        air_put32(to + AIR_REC_AT_N + 4 * i, r->n[i]);
    }

    for (i = 0; i < AIR_NFEE; i++) {
        air_put32(to + AIR_REC_AT_FEE + 4 * i, r->fee[i]);
    }

    air_put32(to + AIR_REC_AT_REASONING, r->reasoning);
    air_put32(to + AIR_REC_AT_REQUEST, r->request_bytes);
    air_put32(to + AIR_REC_AT_REPLY, r->reply_bytes);

    p = to + AIR_REC_AT_NAMES;
    room = AIR_REC_NAMES;

    for (i = 0; i < AIR_REC_NNAME; i++) {
        cut = air_record_cut(*name[i], air_record_name_max[i] < room
                                       ? air_record_name_max[i] : room);
        to[air_record_name_len[i]] = (unsigned char) cut.len;

        if (cut.len) {
            memcpy(p, cut.data, cut.len);
        }

        p += cut.len;
        room -= cut.len;
    }

    cut = air_record_cut(r->warnings, AIR_RECORD_WARNINGS);

    air_put16(to + AIR_REC_AT_LOST, r->lost);
    to[AIR_REC_AT_NLOST] = r->nlost;
    to[AIR_REC_AT_WARNLEN] = (unsigned char) cut.len;
    to[AIR_REC_AT_WHY] = r->why;
    to[AIR_REC_AT_LEFT] = r->left_out;
    to[AIR_REC_AT_VERDICT] = r->verdict;
    to[AIR_REC_AT_CHECK] = r->check;
    to[AIR_REC_AT_TASK] = r->task;
    air_put16(to + AIR_REC_AT_GRADE, r->grade);

    if (cut.len) {
        memcpy(to + AIR_REC_AT_WARNINGS, cut.data, cut.len);
    }

    air_record_stamp(to, r->seq);
}


static int
air_record_empty(const unsigned char *from)
{
    size_t  i;

    for (i = 0; i < AIR_RECORD_SIZE; i++) {
        if (from[i]) {
            return 0;
        }
    }

    return 1;
}


static int
air_record_names(const unsigned char *from, air_record_t *r)
{
    size_t                len, max, room;
    unsigned              i;
    air_str_t            *name[AIR_REC_NNAME];
    const unsigned char  *p;

    name[0] = &r->vendor;
    name[1] = &r->model;
    name[2] = &r->served_model;
    name[3] = &r->workflow;
    name[4] = &r->tier;
    name[5] = &r->principal;
    name[6] = &r->team;
    name[7] = &r->vendor_id;

    p = from + AIR_REC_AT_NAMES;
    room = AIR_REC_NAMES;

    for (i = 0; i < AIR_REC_NNAME; i++) {

        len = from[air_record_name_len[i]];
        max = air_record_name_max[i];

        if (len > max || len > room) {
            return AIR_ECORRUPT;
        }

        *name[i] = air_str_n(p, len);

        if (from[0] < 3) {

            /* there was no team, and each name had a place of its own */

            len = name[i] == &r->team ? 0 : max;
        }

        p += len;
        room -= len;
    }

    return AIR_OK;
}


int
air_record_decode(const unsigned char *from, air_record_t *r)
{
    unsigned  i;
    uint32_t  crc;

    crc = air_get32(from + AIR_REC_AT_CRC);

    if (crc == AIR_RECORD_HOLE || (crc == 0 && air_record_empty(from))) {
        return AIR_ENOENT;
    }

    if (crc != air_record_crc(from) || from[0] == 0) {
        return AIR_ECORRUPT;
    }

    if (from[0] > AIR_RECORD_VERSION) {
        return AIR_EFORMAT;
    }

    r->kind = from[1];
    r->op = from[2];
    r->certainty = from[3];
    r->tier_served = from[4];
    r->attempt = air_get16(from + AIR_REC_AT_ATTEMPT);
    r->status = air_get16(from + AIR_REC_AT_STATUS);
    r->client_status = air_get16(from + AIR_REC_AT_CLIENT);
    r->fault = air_get16(from + AIR_REC_AT_FAULT);
    r->flags = air_get32(from + AIR_REC_AT_FLAGS);
    r->seq = air_get64(from + AIR_REC_AT_SEQ);
    r->time_ms = (int64_t) air_get64(from + AIR_REC_AT_TIME);
    memcpy(r->request_id, from + AIR_REC_AT_ID, sizeof(r->request_id));
    r->price_id = air_get64(from + AIR_REC_AT_PRICE);
    r->cost = air_get64(from + AIR_REC_AT_COST);
    r->computed_cost = air_get64(from + AIR_REC_AT_COMPUTED);
    r->latency_ms = air_get32(from + AIR_REC_AT_LATENCY);
    r->first_token_ms = air_get32(from + AIR_REC_AT_FIRST);

    for (i = 0; i < AIR_NCLASS; i++) {
        r->n[i] = air_get32(from + AIR_REC_AT_N + 4 * i);
    }

    for (i = 0; i < AIR_NFEE; i++) {
        r->fee[i] = air_get32(from + AIR_REC_AT_FEE + 4 * i);
    }

    r->reasoning = air_get32(from + AIR_REC_AT_REASONING);
    r->request_bytes = air_get32(from + AIR_REC_AT_REQUEST);
    r->reply_bytes = air_get32(from + AIR_REC_AT_REPLY);

    /* zero in version 1, those of the floor also in version 2 */

    r->verdict = from[AIR_REC_AT_VERDICT];
    r->check = from[AIR_REC_AT_CHECK];
    r->task = from[AIR_REC_AT_TASK];
    r->grade = air_get16(from + AIR_REC_AT_GRADE);

    r->lost = air_get16(from + AIR_REC_AT_LOST);
    r->nlost = from[AIR_REC_AT_NLOST];
    r->why = from[AIR_REC_AT_WHY];
    r->left_out = from[AIR_REC_AT_LEFT];

    if (from[AIR_REC_AT_WARNLEN] > AIR_RECORD_WARNINGS) {
        return AIR_ECORRUPT;
    }

    r->warnings = air_str_n(from + AIR_REC_AT_WARNINGS,
                            from[AIR_REC_AT_WARNLEN]);

    return air_record_names(from, r);
}
