
/*
 * The table is an open hash; its seed is drawn anew each time, because names
 * in keys come from callers.  Numbers in keys are big-endian, so that keys
 * sort by time; numbers in values are little-endian.
 */


#include "air_rollup.h"
#include "air_evidence.h"
#include "air_le.h"
#include "../core/air_floor.h"
#include "../core/air_route.h"
#include "../core/air_time.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/random.h>


#define AIR_SUMS_VERSION  2       /* 1 had no seqs                          */
#define AIR_SUMS_HEAD     76      /* bytes before the counters              */
#define AIR_SUMS_HEAD_1   60

#define AIR_DAY_MS        86400000


_Static_assert(AIR_NSUM <= 64, "a bit for each counter");
_Static_assert(AIR_SUMS_HEAD + 8 * AIR_NSUM + 4 <= AIR_ROLLUP_VALUE,
               "encoded sums fit");


void
air_sums_init(air_sums_t *sums)
{
    memset(sums, 0, sizeof(air_sums_t));
}


void
air_sums_add(air_sums_t *to, const air_sums_t *from)
{
    unsigned  i;

    if (from->v[AIR_SUM_RECORDS] != 0) {

        if (to->v[AIR_SUM_RECORDS] == 0) {
            to->from_ms = from->from_ms;
            to->to_ms = from->to_ms;
        }

        if (from->from_ms < to->from_ms) {
            to->from_ms = from->from_ms;
        }

        if (from->to_ms > to->to_ms) {
            to->to_ms = from->to_ms;
        }
    }

    if (from->first != 0 && (to->first == 0 || from->first < to->first)) {
        to->first = from->first;
    }

    if (from->last > to->last) {
        to->last = from->last;
    }

    to->cost += from->cost;
    to->cost_unsure += from->cost_unsure;

    for (i = 0; i < AIR_NSUM; i++) {
        to->v[i] += from->v[i];
    }
}


int
air_sums_eq(const air_sums_t *a, const air_sums_t *b)
{
    return a->cost == b->cost
           && a->cost_unsure == b->cost_unsure
           && a->from_ms == b->from_ms
           && a->to_ms == b->to_ms
           && a->first == b->first
           && a->last == b->last
           && memcmp(a->v, b->v, sizeof(a->v)) == 0;
}


static void
air_put128(unsigned char *p, air_u128_t n)
{
    air_put64(p, (uint64_t) n);
    air_put64(p + 8, (uint64_t) (n >> 64));
}


static air_u128_t
air_get128(const unsigned char *p)
{
    return air_get64(p) | (air_u128_t) air_get64(p + 8) << 64;
}


size_t
air_sums_encode(const air_sums_t *sums, const unsigned char *key, size_t len,
    unsigned char *to)
{
    uint64_t        bits;
    unsigned        i;
    unsigned char  *p;

    bits = 0;
    p = to + AIR_SUMS_HEAD;

    for (i = 0; i < AIR_NSUM; i++) {
        if (sums->v[i]) {
            bits |= (uint64_t) 1 << i;
            air_put64(p, sums->v[i]);
            p += 8;
        }
    }

    air_put32(to, AIR_SUMS_VERSION);
    air_put64(to + 4, bits);
    air_put128(to + 12, sums->cost);
    air_put128(to + 28, sums->cost_unsure);
    air_put64(to + 44, (uint64_t) sums->from_ms);
    air_put64(to + 52, (uint64_t) sums->to_ms);
    air_put64(to + 60, sums->first);
    air_put64(to + 68, sums->last);

    air_put32(p, air_crc32c(air_crc32c(0, key, len), to, (size_t) (p - to)));

    return (size_t) (p + 4 - to);
}


int
air_sums_decode(const unsigned char *from, size_t size,
    const unsigned char *key, size_t len, air_sums_t *sums)
{
    size_t                head;
    uint64_t              bits;
    unsigned              i;
    const unsigned char  *p, *last;

    if (size < AIR_SUMS_HEAD_1 + 4
        || air_get32(from + size - 4)
           != air_crc32c(air_crc32c(0, key, len), from, size - 4))
    {
        return AIR_ECORRUPT;
    }

    head = air_get32(from) == 1 ? AIR_SUMS_HEAD_1 : AIR_SUMS_HEAD;

    if (air_get32(from) > AIR_SUMS_VERSION || air_get32(from) == 0) {
        return AIR_EFORMAT;
    }

    if (size < head + 4) {
        return AIR_ECORRUPT;
    }

    sums->first = head == AIR_SUMS_HEAD ? air_get64(from + 60) : 0;
    sums->last = head == AIR_SUMS_HEAD ? air_get64(from + 68) : 0;

    bits = air_get64(from + 4);
    sums->cost = air_get128(from + 12);
    sums->cost_unsure = air_get128(from + 28);
    sums->from_ms = (int64_t) air_get64(from + 44);
    sums->to_ms = (int64_t) air_get64(from + 52);

    p = from + head;
    last = from + size - 4;

    for (i = 0; i < AIR_NSUM; i++) {
        sums->v[i] = 0;

        if (bits & (uint64_t) 1 << i) {

            if (last - p < 8) {
                return AIR_ECORRUPT;
            }

            sums->v[i] = air_get64(p);
            p += 8;
        }
    }

    return p == last && (bits >> AIR_NSUM) == 0 ? AIR_OK : AIR_EFORMAT;
}


void
air_rollup_init(air_rollup_t *rollup)
{
    memset(rollup, 0, sizeof(air_rollup_t));

    if (getrandom(&rollup->seed, sizeof(rollup->seed), GRND_NONBLOCK)
        != sizeof(rollup->seed))
    {
        rollup->seed = (uint64_t) (uintptr_t) rollup;
    }
}


void
air_rollup_free(air_rollup_t *rollup)
{
    size_t  i;

    for (i = 0; i < rollup->n; i++) {
        free(rollup->row[i]);
    }

    free(rollup->row);
    free(rollup->index);

    rollup->row = NULL;
    rollup->index = NULL;
    rollup->n = 0;
    rollup->size = 0;
}


static uint64_t
air_rollup_hash(uint64_t seed, const unsigned char *key, size_t len)
{
    size_t    i;
    uint64_t  h;

    h = seed;

    for (i = 0; i < len; i++) {
        h = (h ^ key[i]) * 0x9e3779b97f4a7c15U;
        h ^= h >> 29;
    }

    return h;
}


/* Where key stands in the index, or the empty place where it would. */
static size_t
air_rollup_place(const air_rollup_t *t, uint64_t hash,
    const unsigned char *key, size_t len)
{
    size_t             i;
    air_rollup_row_t  *row;

    for (i = hash & (t->size - 1); t->index[i]; i = (i + 1) & (t->size - 1)) {

        row = t->row[t->index[i] - 1];

        if (row->hash == hash && row->len == len
            && memcmp(row->key, key, len) == 0)
        {
            break;
        }
    }

    return i;
}


static int
air_rollup_grow(air_rollup_t *t)
{
    size_t              i, size;
    uint32_t           *index;
    air_rollup_row_t  **row;

    size = t->size ? 2 * t->size : 256;

    if (size > UINT32_MAX / 2) {
        return AIR_ENOMEM;
    }

    row = realloc(t->row, size / 2 * sizeof(air_rollup_row_t *));
    if (row == NULL) {
        return AIR_ENOMEM;
    }

    t->row = row;

    index = calloc(size, sizeof(uint32_t));
    if (index == NULL) {
        return AIR_ENOMEM;
    }

    free(t->index);
    t->index = index;
    t->size = size;

    for (i = 0; i < t->n; i++) {
        index[air_rollup_place(t, row[i]->hash, row[i]->key, row[i]->len)]
            = (uint32_t) i + 1;
    }

    return AIR_OK;
}


air_rollup_row_t *
air_rollup_find(const air_rollup_t *t, const unsigned char *key, size_t len)
{
    size_t  i;

    if (t->size == 0) {
        return NULL;
    }

    i = air_rollup_place(t, air_rollup_hash(t->seed, key, len), key, len);

    return t->index[i] ? t->row[t->index[i] - 1] : NULL;
}


air_rollup_row_t *
air_rollup_row(air_rollup_t *t, const unsigned char *key, size_t len)
{
    size_t             i;
    uint64_t           hash;
    air_rollup_row_t  *row;

    if (len > AIR_ROLLUP_ROW) {
        return NULL;
    }

    if (t->n >= t->size / 2 && air_rollup_grow(t) != AIR_OK) {
        return NULL;
    }

    hash = air_rollup_hash(t->seed, key, len);
    i = air_rollup_place(t, hash, key, len);

    if (t->index[i]) {
        return t->row[t->index[i] - 1];
    }

    row = malloc(offsetof(air_rollup_row_t, key) + len);
    if (row == NULL) {
        return NULL;
    }

    air_sums_init(&row->sums);
    row->hash = hash;
    row->len = (uint16_t) len;
    memcpy(row->key, key, len);

    t->row[t->n++] = row;
    t->index[i] = (uint32_t) t->n;

    return row;
}


static size_t
air_key_hour(unsigned char *p, uint32_t hour)
{
    p[0] = (unsigned char) (hour >> 24);
    p[1] = (unsigned char) (hour >> 16);
    p[2] = (unsigned char) (hour >> 8);
    p[3] = (unsigned char) hour;

    return 4;
}


static uint32_t
air_key_hour_read(const unsigned char *p)
{
    return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16
           | (uint32_t) p[2] << 8 | p[3];
}


static size_t
air_key_name(unsigned char *p, air_str_t name)
{
    p[0] = (unsigned char) name.len;

    if (name.len) {
        memcpy(p + 1, name.data, name.len);
    }

    return 1 + name.len;
}


size_t
air_rollup_spend_key(unsigned char *key, int scope, air_str_t name,
    uint32_t hour)
{
    size_t  n;

    name = air_record_cut(name, scope == 'w' ? AIR_RECORD_WORKFLOW
                                : scope == 't' ? AIR_RECORD_TEAM
                                               : AIR_RECORD_PRINCIPAL);
    n = 0;
    key[n++] = AIR_ROLLUP_SPEND;
    key[n++] = (unsigned char) scope;
    n += air_key_name(key + n, name);
    n += air_key_hour(key + n, hour);

    return n;
}


static uint32_t
air_rollup_hour(int64_t time_ms)
{
    if (time_ms < 0) {
        return 0;
    }

    time_ms /= AIR_HOUR_MS;

    return time_ms > UINT32_MAX ? UINT32_MAX : (uint32_t) time_ms;
}


air_purpose_e
air_record_purpose(const air_record_t *r)
{
    if (r->flags & AIR_REC_SHADOW) {
        return AIR_FOR_SHADOW;
    }

    if (r->flags & AIR_REC_JUDGE) {
        return AIR_FOR_JUDGE;
    }

    if (r->flags & AIR_REC_SECOND) {
        return AIR_FOR_SECOND;
    }

    return r->kind == AIR_RECORD_ATTEMPT && r->fault == AIR_FAULT_FLOOR
           && (r->flags & AIR_REC_COMMITTED) == 0
           ? AIR_FOR_FAILED : AIR_FOR_ANSWER;
}


const char *
air_purpose_name(air_purpose_e purpose)
{
    static const char *const  name[AIR_NPURPOSE] = {
        "answer", "failed", "judge", "second", "shadow"
    };

    return (unsigned) purpose < AIR_NPURPOSE ? name[purpose] : "";
}


/* What was found of an answer, by its attempt's record or by a later one. */
static void
air_rollup_found(const air_record_t *r, air_sums_t *s)
{
    s->v[AIR_SUM_PASSED] = r->verdict == AIR_VERDICT_PASSED;
    s->v[AIR_SUM_FAILED] = r->verdict == AIR_VERDICT_FAILED;
    s->v[AIR_SUM_UNSURE] = r->verdict == AIR_VERDICT_UNSURE;

    if (r->grade != 0) {
        s->v[AIR_SUM_GRADES] = 1;
        s->v[AIR_SUM_GRADE] = r->grade - 1;
    }

    if (r->kind == AIR_RECORD_VERDICT && (r->flags & AIR_REC_SHADOW)) {
        s->v[AIR_SUM_PAIRS] = 1;
        s->v[AIR_SUM_KEPT] = (r->flags & AIR_REC_KEPT) != 0;
        s->v[AIR_SUM_SUFFICED] = (r->flags & AIR_REC_SUFFICED) != 0;
    }
}


void
air_record_sums(const air_record_t *r, air_sums_t *s)
{
    unsigned  i;

    air_sums_init(s);

    s->v[AIR_SUM_RECORDS] = 1;
    s->from_ms = r->time_ms;
    s->to_ms = r->time_ms;
    s->first = r->seq;
    s->last = r->seq;

    if (r->kind == AIR_RECORD_CACHED) {

        /* its tokens were billed when they were made */

        s->v[AIR_SUM_HITS] = 1;
        s->v[AIR_SUM_REQUESTS] = (r->flags & AIR_REC_FINAL) != 0;
        s->v[AIR_SUM_SAVED] = r->computed_cost == AIR_UNKNOWN
                              ? 0 : r->computed_cost;
        return;
    }

    if (r->cost == AIR_UNKNOWN) {
        s->v[AIR_SUM_UNKNOWN] = 1;

    } else {
        s->cost = r->cost;

        if (r->certainty == AIR_CERTAIN_ESTIMATED
            || r->certainty == AIR_CERTAIN_UNKNOWN)
        {
            s->cost_unsure = r->cost;
        }
    }

    s->v[AIR_SUM_ESTIMATED] = r->certainty == AIR_CERTAIN_ESTIMATED;
    s->v[AIR_SUM_WORST] = r->certainty == AIR_CERTAIN_UNKNOWN;
    s->v[AIR_SUM_REASONING] = r->reasoning;

    for (i = 0; i < AIR_NCLASS; i++) {
        s->v[AIR_SUM_N + i] = r->n[i];
    }

    for (i = 0; i < AIR_NFEE; i++) {
        s->v[AIR_SUM_FEE + i] = r->fee[i];
    }

    air_rollup_found(r, s);

    if (r->kind == AIR_RECORD_REFUSED) {
        s->v[AIR_SUM_REQUESTS] = 1;
        s->v[AIR_SUM_REFUSED] = 1;
        return;
    }

    if (r->kind != AIR_RECORD_ATTEMPT) {
        return;
    }

    s->v[AIR_SUM_ATTEMPTS] = 1;
    s->v[AIR_SUM_REQUESTS] = (r->flags & AIR_REC_FINAL) != 0;

    /* an answer below the floor is counted as that, and who comes after it as
       escalated; calls beside a request come after nobody */

    s->v[AIR_SUM_ERRORS] = r->fault != AIR_FAULT_NONE
                           && r->fault != AIR_FAULT_HEDGED
                           && r->fault != AIR_FAULT_FLOOR;
    s->v[AIR_SUM_FALLBACKS] = r->attempt > 1
                              && r->why != AIR_WHY_HEDGE + 1
                              && r->why != AIR_WHY_ESCALATED + 1
                              && (r->flags & (AIR_REC_JUDGE|AIR_REC_SECOND
                                              |AIR_REC_SHADOW)) == 0;
    s->v[AIR_SUM_ESCALATED] = (r->flags & AIR_REC_ESCALATED) != 0;
    s->v[AIR_SUM_STREAMS] = (r->flags & AIR_REC_STREAM) != 0;
    s->v[AIR_SUM_ABORTED] = (r->flags & AIR_REC_ABORTED) != 0;
    s->v[AIR_SUM_ORPHANS] = (r->flags & AIR_REC_ORPHAN) != 0;
    s->v[AIR_SUM_LATENCY_MS] = r->latency_ms;
    s->v[AIR_SUM_FIRST_MS] = r->first_token_ms;
    s->v[AIR_SUM_FIRSTS] = r->first_token_ms != 0;
    s->v[AIR_SUM_REQUEST_BYTES] = r->request_bytes;
    s->v[AIR_SUM_REPLY_BYTES] = r->reply_bytes;
}


static int
air_rollup_put(air_rollup_t *t, const unsigned char *key, size_t len,
    const air_sums_t *sums)
{
    air_rollup_row_t  *row;

    row = air_rollup_row(t, key, len);
    if (row == NULL) {
        return AIR_ENOMEM;
    }

    air_sums_add(&row->sums, sums);

    return AIR_OK;
}


static int
air_rollup_fault(air_rollup_t *t, const air_record_t *r, uint32_t hour,
    const air_sums_t *all)
{
    size_t         n;
    air_sums_t     s;
    unsigned char  key[AIR_ROLLUP_KEY];

    n = 0;
    key[n++] = AIR_ROLLUP_FAULT;
    n += air_key_hour(key + n, hour);
    n += air_key_name(key + n, r->workflow);
    n += air_key_name(key + n, r->vendor);
    n += air_key_name(key + n, r->model);
    key[n++] = (unsigned char) (r->fault >> 8);
    key[n++] = (unsigned char) r->fault;

    s = *all;
    s.v[AIR_SUM_FALLBACKS] = r->kind == AIR_RECORD_ATTEMPT
                             && (r->flags & AIR_REC_FINAL) == 0;

    return air_rollup_put(t, key, n, &s);
}


static int
air_rollup_quality(air_rollup_t *t, const air_record_t *r, uint32_t hour,
    const air_sums_t *sums)
{
    size_t         n;
    air_purpose_e  purpose;
    unsigned char  key[AIR_ROLLUP_KEY];

    purpose = air_record_purpose(r);

    if (r->task == 0 && r->verdict == AIR_VERDICT_NONE && r->grade == 0
        && purpose == AIR_FOR_ANSWER && (r->flags & AIR_REC_ESCALATED) == 0)
    {
        return AIR_OK;
    }

    n = 0;
    key[n++] = AIR_ROLLUP_QUALITY;
    n += air_key_hour(key + n, hour);
    n += air_key_name(key + n, r->workflow);
    n += air_key_name(key + n, r->vendor);
    n += air_key_name(key + n, r->model);
    key[n++] = r->task;
    key[n++] = (unsigned char) purpose;

    return air_rollup_put(t, key, n, sums);
}


/* Windows and prices need little of a record's sums. */
static void
air_rollup_money(const air_sums_t *all, air_sums_t *s)
{
    air_sums_init(s);

    s->cost = all->cost;
    s->cost_unsure = all->cost_unsure;
    s->from_ms = all->from_ms;
    s->to_ms = all->to_ms;
    s->first = all->first;
    s->last = all->last;
    s->v[AIR_SUM_RECORDS] = all->v[AIR_SUM_RECORDS];
    s->v[AIR_SUM_UNKNOWN] = all->v[AIR_SUM_UNKNOWN];
}


int
air_rollup_add(air_rollup_t *t, const air_record_t *r)
{
    int            rc;
    size_t         n, i;
    uint32_t       hour;
    air_sums_t     s, money;
    unsigned char  key[AIR_ROLLUP_KEY];

    if (r->kind == AIR_RECORD_DRILL) {
        n = air_evidence_row(r, key, &s);
        return air_rollup_put(t, key, n, &s);
    }

    hour = air_rollup_hour(r->time_ms);
    air_record_sums(r, &s);

    n = 0;
    key[n++] = AIR_ROLLUP_HOUR;
    n += air_key_hour(key + n, hour);
    n += air_key_name(key + n, r->workflow);
    n += air_key_name(key + n, r->vendor);
    n += air_key_name(key + n, r->model);
    n += air_key_name(key + n, r->principal);
    n += air_key_name(key + n, r->team);
    n += air_key_name(key + n, r->tier);

    rc = air_rollup_put(t, key, n, &s);

    if (rc == AIR_OK && r->fault != AIR_FAULT_NONE) {
        rc = air_rollup_fault(t, r, hour, &s);
    }

    if (rc == AIR_OK) {
        rc = air_rollup_quality(t, r, hour, &s);
    }

    air_rollup_money(&s, &money);

    if (rc == AIR_OK) {
        n = air_rollup_spend_key(key, 'w', r->workflow, hour);
        rc = air_rollup_put(t, key, n, &money);
    }

    if (rc == AIR_OK) {
        n = air_rollup_spend_key(key, 'p', r->principal, hour);
        rc = air_rollup_put(t, key, n, &money);
    }

    if (rc == AIR_OK && r->team.len != 0) {
        n = air_rollup_spend_key(key, 't', r->team, hour);
        rc = air_rollup_put(t, key, n, &money);
    }

    if (rc == AIR_OK && r->price_id != 0) {

        n = 0;
        key[n++] = AIR_ROLLUP_PRICE;

        for (i = 0; i < 8; i++) {
            key[n++] = (unsigned char) (r->price_id >> (56 - 8 * i));
        }

        n += air_key_name(key + n, r->vendor);
        n += air_key_name(key + n, r->model);

        rc = air_rollup_put(t, key, n, &money);
    }

    return rc;
}


int64_t
air_rollup_day(int64_t ms)
{
    return ms - ms % AIR_DAY_MS;
}


int64_t
air_rollup_month(int64_t ms)
{
    int64_t   year;
    unsigned  month, day;

    air_time_civil(ms / AIR_DAY_MS, &year, &month, &day);

    return air_time_days(year, month, 1) * AIR_DAY_MS;
}


/* Adds sums to the row of a longer time; the rest of the key is the same. */
static int
air_coarse_put(air_rollup_t *to, int table, int64_t time_ms,
    const air_rollup_row_t *row, size_t len)
{
    unsigned char  key[AIR_ROLLUP_KEY];

    memcpy(key, row->key, len);
    key[0] = (unsigned char) table;
    (void) air_key_hour(key + 1, air_rollup_hour(time_ms));

    return air_rollup_put(to, key, len, &row->sums);
}


static int
air_coarse_hour(air_rollup_t *to, const air_rollup_row_t *row)
{
    int               rc;
    size_t            len;
    air_rollup_key_t  k;

    if (air_rollup_key_read(row->key, row->len, &k) != AIR_OK) {
        return AIR_ECORRUPT;
    }

    len = (size_t) (k.model.data + k.model.len - row->key);

    rc = air_coarse_put(to, AIR_ROLLUP_DAY, air_rollup_day(k.time_ms), row,
                        row->len);

    if (rc == AIR_OK) {
        rc = air_coarse_put(to, AIR_ROLLUP_MONTH, air_rollup_month(k.time_ms),
                            row, row->len);
    }

    if (rc == AIR_OK) {
        rc = air_coarse_put(to, AIR_ROLLUP_ROUTE, air_rollup_day(k.time_ms),
                            row, len);
    }

    if (rc == AIR_OK) {
        rc = air_coarse_put(to, AIR_ROLLUP_ROUTE_HOUR, k.time_ms, row, len);
    }

    return rc;
}


int
air_rollup_coarse(air_rollup_t *to, const air_rollup_t *from)
{
    int                      rc;
    size_t                   i, n;
    int64_t                  day;
    const air_rollup_row_t  *row;

    n = from->n;
    rc = AIR_OK;

    for (i = 0; i < n && rc == AIR_OK; i++) {

        row = from->row[i];

        if (row->len < 5) {
            continue;
        }

        day = air_rollup_day((int64_t) air_key_hour_read(row->key + 1)
                             * AIR_HOUR_MS);

        switch (row->key[0]) {

        case AIR_ROLLUP_HOUR:
            rc = air_coarse_hour(to, row);
            break;

        case AIR_ROLLUP_FAULT:
            rc = air_coarse_put(to, AIR_ROLLUP_FAULT_DAY, day, row, row->len);
            break;

        case AIR_ROLLUP_QUALITY:
            rc = air_coarse_put(to, AIR_ROLLUP_QUALITY_DAY, day, row,
                                row->len);
            break;

        default:
            break;
        }
    }

    return rc;
}


static int
air_key_read_name(const unsigned char **p, const unsigned char *last,
    air_str_t *name)
{
    if (*p >= last || (size_t) (last - *p) < 1 + (size_t) **p) {
        return AIR_ECORRUPT;
    }

    *name = air_str_n(*p + 1, **p);
    *p += 1 + **p;

    return AIR_OK;
}


int
air_rollup_spend_read(const unsigned char *key, size_t len, int scope,
    air_str_t *name, int64_t *time_ms)
{
    const unsigned char  *p, *last;

    if (len < 3 || key[0] != AIR_ROLLUP_SPEND || key[1] != scope) {
        return AIR_ENOENT;
    }

    p = key + 2;
    last = key + len;

    if (air_key_read_name(&p, last, name) != AIR_OK || last - p != 4) {
        return AIR_ECORRUPT;
    }

    *time_ms = (int64_t) air_key_hour_read(p) * AIR_HOUR_MS;

    return AIR_OK;
}


int
air_rollup_key_read(const unsigned char *key, size_t len, air_rollup_key_t *k)
{
    const unsigned char  *p, *last;

    memset(k, 0, sizeof(air_rollup_key_t));

    if (len < 5) {
        return AIR_ECORRUPT;
    }

    k->time_ms = (int64_t) air_key_hour_read(key + 1) * AIR_HOUR_MS;

    p = key + 5;
    last = key + len;

    if (air_key_read_name(&p, last, &k->workflow) != AIR_OK
        || air_key_read_name(&p, last, &k->vendor) != AIR_OK
        || air_key_read_name(&p, last, &k->model) != AIR_OK)
    {
        return AIR_ECORRUPT;
    }

    if (key[0] == AIR_ROLLUP_DRILL) {
        return AIR_OK;
    }

    switch (key[0]) {

    case AIR_ROLLUP_ROUTE:
    case AIR_ROLLUP_ROUTE_HOUR:
        return p == last ? AIR_OK : AIR_ECORRUPT;

    case AIR_ROLLUP_QUALITY:
    case AIR_ROLLUP_QUALITY_DAY:

        if (last - p != 2) {
            return AIR_ECORRUPT;
        }

        k->task = p[0];
        k->purpose = (air_purpose_e) p[1];

        return AIR_OK;

    case AIR_ROLLUP_FAULT:
    case AIR_ROLLUP_FAULT_DAY:

        if (last - p != 2) {
            return AIR_ECORRUPT;
        }

        k->fault = (unsigned) p[0] << 8 | p[1];

        return AIR_OK;
    }

    if (air_key_read_name(&p, last, &k->principal) != AIR_OK) {
        return AIR_ECORRUPT;
    }

    /* of an older version */

    if (p == last) {
        return AIR_OK;
    }

    if (air_key_read_name(&p, last, &k->team) != AIR_OK
        || air_key_read_name(&p, last, &k->tier) != AIR_OK)
    {
        return AIR_ECORRUPT;
    }

    return p == last ? AIR_OK : AIR_ECORRUPT;
}
