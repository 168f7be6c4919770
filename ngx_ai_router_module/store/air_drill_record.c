
/*
 * Drills in the ledger: their records, the rows that are made of them, and
 * the evidence read back.
 */


#include "air_drills.h"
#include "air_evidence.h"
#include "air_source.h"

#include <stdlib.h>


/* what the classes of tokens mean in a record of a drill */
enum {
    AIR_DRILL_N_SHARE = 0,
    AIR_DRILL_N_MAX,
    AIR_DRILL_N_DRILLED,
    AIR_DRILL_N_ERRORS,
    AIR_DRILL_N_OTHERS,
    AIR_DRILL_N_OTHER_ERRORS,
    AIR_DRILL_N_SPARED,
    AIR_DRILL_N_WAIT,             /* low and high half                      */
    AIR_DRILL_N_WAIT_HIGH,
    AIR_DRILL_N_OTHER_WAIT,
    AIR_DRILL_N_OTHER_WAIT_HIGH,
    AIR_DRILL_N_SERVED,
    AIR_DRILL_NN
};

_Static_assert((int) AIR_DRILL_NN <= (int) AIR_NCLASS, "a place for each");


static uint32_t
air_drill_u32(uint64_t n)
{
    return n > UINT32_MAX ? UINT32_MAX : (uint32_t) n;
}


void
air_drill_encode(const air_drill_record_t *d, air_record_t *r)
{
    memset(r, 0, sizeof(air_record_t));

    r->kind = AIR_RECORD_DRILL;
    r->certainty = AIR_CERTAIN_NONE;
    r->attempt = (uint16_t) d->phase;
    r->status = (uint16_t) d->end;
    r->time_ms = d->time_ms;
    r->latency_ms = air_drill_u32((uint64_t) (d->time_ms
                                              - d->rule.start_ms));
    r->request_bytes = air_drill_u32((uint64_t) (d->rule.end_ms
                                                 - d->rule.start_ms));
    memcpy(r->request_id, d->id, sizeof(r->request_id));

    r->vendor = d->vendor;
    r->workflow = d->workflow;
    r->served_model = d->by;

    r->n[AIR_DRILL_N_SHARE] = d->rule.share;
    r->n[AIR_DRILL_N_MAX] = d->rule.max_errors;
    r->n[AIR_DRILL_N_DRILLED] = air_drill_u32(d->counts.drilled);
    r->n[AIR_DRILL_N_ERRORS] = air_drill_u32(d->counts.errors);
    r->n[AIR_DRILL_N_OTHERS] = air_drill_u32(d->counts.others);
    r->n[AIR_DRILL_N_OTHER_ERRORS] = air_drill_u32(d->counts.other_errors);
    r->n[AIR_DRILL_N_SPARED] = air_drill_u32(d->counts.spared);
    r->n[AIR_DRILL_N_WAIT] = (uint32_t) d->counts.wait_ms;
    r->n[AIR_DRILL_N_WAIT_HIGH] = (uint32_t) (d->counts.wait_ms >> 32);
    r->n[AIR_DRILL_N_OTHER_WAIT] = (uint32_t) d->counts.other_wait_ms;
    r->n[AIR_DRILL_N_OTHER_WAIT_HIGH]
        = (uint32_t) (d->counts.other_wait_ms >> 32);
    r->n[AIR_DRILL_N_SERVED] = air_drill_u32(d->n);
}


int
air_drill_decode(const air_record_t *r, air_drill_record_t *d)
{
    if (r->kind != AIR_RECORD_DRILL || r->attempt < AIR_DRILL_BEGAN
        || r->attempt > AIR_DRILL_OVER || r->status >= AIR_NDRILL)
    {
        return AIR_ENOENT;
    }

    memset(d, 0, sizeof(air_drill_record_t));

    d->phase = (air_drill_phase_e) r->attempt;
    d->end = (air_drill_e) r->status;
    memcpy(d->id, r->request_id, sizeof(d->id));
    d->time_ms = r->time_ms;
    d->vendor = r->vendor;
    d->workflow = r->workflow;
    d->by = r->served_model;
    d->n = r->n[AIR_DRILL_N_SERVED];

    d->rule.share = r->n[AIR_DRILL_N_SHARE];
    d->rule.max_errors = r->n[AIR_DRILL_N_MAX];
    d->rule.start_ms = r->time_ms - r->latency_ms;
    d->rule.end_ms = d->rule.start_ms + r->request_bytes;

    d->counts.drilled = r->n[AIR_DRILL_N_DRILLED];
    d->counts.errors = r->n[AIR_DRILL_N_ERRORS];
    d->counts.others = r->n[AIR_DRILL_N_OTHERS];
    d->counts.other_errors = r->n[AIR_DRILL_N_OTHER_ERRORS];
    d->counts.spared = r->n[AIR_DRILL_N_SPARED];
    d->counts.wait_ms = r->n[AIR_DRILL_N_WAIT]
                        | (uint64_t) r->n[AIR_DRILL_N_WAIT_HIGH] << 32;
    d->counts.other_wait_ms = r->n[AIR_DRILL_N_OTHER_WAIT]
                              | (uint64_t) r->n[AIR_DRILL_N_OTHER_WAIT_HIGH]
                                << 32;

    return AIR_OK;
}


/* one byte of length, then the name */
static size_t
air_evidence_name(unsigned char *p, air_str_t name)
{
    p[0] = (unsigned char) name.len;

    if (name.len) {
        memcpy(p + 1, name.data, name.len);
    }

    return 1 + name.len;
}


size_t
air_evidence_row(const air_record_t *r, unsigned char *key, air_sums_t *sums)
{
    size_t    n;
    uint32_t  hour;
    unsigned  i;

    hour = (uint32_t) (r->time_ms / AIR_HOUR_MS);

    n = 0;
    key[n++] = AIR_ROLLUP_DRILL;

    for (i = 0; i < 4; i++) {
        key[n++] = (unsigned char) (hour >> (24 - 8 * i));
    }

    /* names stand as in the keys of other tables: workflow, vendor, model */

    n += air_evidence_name(key + n, r->workflow);
    n += air_evidence_name(key + n, r->vendor);
    n += air_evidence_name(key + n, r->served_model);
    memcpy(key + n, r->request_id, AIR_DRILL_ID);
    n += AIR_DRILL_ID;
    key[n++] = (unsigned char) r->attempt;
    key[n++] = (unsigned char) r->status;

    air_sums_init(sums);

    sums->v[AIR_SUM_RECORDS] = 1;
    sums->v[AIR_SUM_LATENCY_MS] = r->latency_ms;
    sums->v[AIR_SUM_REQUEST_BYTES] = r->request_bytes;
    sums->from_ms = r->time_ms;
    sums->to_ms = r->time_ms;

    for (i = 0; i < AIR_NCLASS; i++) {
        sums->v[AIR_SUM_N + i] = r->n[i];
    }

    return n;
}


/* a row back to a record; the same record written twice by two processes, of
   which one died, is one */
static int
air_evidence_read(const unsigned char *key, size_t len,
    const air_sums_t *sums, air_drill_record_t *d)
{
    uint64_t              n;
    unsigned              i;
    air_record_t          r;
    air_rollup_key_t      k;
    const unsigned char  *p;

    n = sums->v[AIR_SUM_RECORDS];

    if (key[0] != AIR_ROLLUP_DRILL || n == 0
        || air_rollup_key_read(key, len, &k) != AIR_OK)
    {
        return AIR_ECORRUPT;
    }

    memset(&r, 0, sizeof(r));

    p = k.model.data + k.model.len;

    if (key + len - p != AIR_DRILL_ID + 2) {
        return AIR_ECORRUPT;
    }

    r.vendor = k.vendor;
    r.workflow = k.workflow;
    r.served_model = k.model;

    memcpy(r.request_id, p, AIR_DRILL_ID);
    p += AIR_DRILL_ID;

    r.kind = AIR_RECORD_DRILL;
    r.attempt = *p++;
    r.status = *p++;
    r.time_ms = sums->to_ms;
    r.latency_ms = (uint32_t) (sums->v[AIR_SUM_LATENCY_MS] / n);
    r.request_bytes = (uint32_t) (sums->v[AIR_SUM_REQUEST_BYTES] / n);

    for (i = 0; i < AIR_NCLASS; i++) {
        r.n[i] = (uint32_t) (sums->v[AIR_SUM_N + i] / n);
    }

    return air_drill_decode(&r, d);
}


/* the drill of a record, made when it is new; NULL: no memory */
static air_drill_past_t *
air_evidence_drill(air_evidence_t *e, const air_drill_record_t *d)
{
    size_t             i, size;
    air_str_t          cut;
    air_drill_past_t  *p;

    for (i = 0; i < e->n; i++) {
        if (memcmp(e->drill[i].id, d->id, AIR_DRILL_ID) == 0) {
            return &e->drill[i];
        }
    }

    if (e->n == e->size) {
        size = e->size ? 2 * e->size : 16;

        p = realloc(e->drill, size * sizeof(air_drill_past_t));
        if (p == NULL) {
            return NULL;
        }

        e->drill = p;
        e->size = size;
    }

    p = &e->drill[e->n++];
    memset(p, 0, sizeof(air_drill_past_t));
    memcpy(p->id, d->id, AIR_DRILL_ID);

    cut = air_record_cut(d->vendor, sizeof(p->vendor) - 1);
    memcpy(p->vendor, cut.data, cut.len);
    cut = air_record_cut(d->workflow, sizeof(p->workflow) - 1);

    if (cut.len) {
        memcpy(p->workflow, cut.data, cut.len);
    }

    return p;
}


static int
air_evidence_visit(void *ud, const unsigned char *key, size_t len,
    const air_sums_t *sums)
{
    air_evidence_t *e = ud;

    air_str_t            cut;
    air_drill_past_t    *p;
    air_drill_served_t  *s;
    air_drill_record_t   d;

    if (air_evidence_read(key, len, sums, &d) != AIR_OK
        || d.time_ms < e->from_ms || d.rule.start_ms >= e->to_ms)
    {
        return 0;
    }

    p = air_evidence_drill(e, &d);
    if (p == NULL) {
        e->failed = 1;
        return 1;
    }

    switch (d.phase) {

    case AIR_DRILL_SERVED:

        if (p->nserved == AIR_DRILLS_SERVED + 1) {
            break;
        }

        s = &p->served[p->nserved++];
        cut = air_record_cut(d.by, sizeof(s->name) - 1);
        memcpy(s->name, cut.data, cut.len);
        s->n = d.n;
        break;

    case AIR_DRILL_OVER:
        p->end = d.end;
        p->ended_ms = d.time_ms;
        p->counts = d.counts;
        p->rule = d.rule;
        break;

    default:

        if (p->end == AIR_DRILL_RUNS) {
            p->rule = d.rule;
        }

        break;
    }

    return 0;
}


static void
air_evidence_begin(void *ud)
{
    air_evidence_t  *e = ud;

    e->n = 0;
    e->failed = 0;
}


static int
air_evidence_cmp(const void *one, const void *two)
{
    const air_drill_past_t  *a = one, *b = two;

    return (a->rule.start_ms < b->rule.start_ms)
           - (a->rule.start_ms > b->rule.start_ms);
}


int
air_evidence_load(air_evidence_t *e, const char *dir, air_ledger_t *ledger,
    int64_t from_ms, int64_t to_ms, air_err_t *err)
{
    int                rc;
    air_source_t       source;
    air_source_note_t  note;

    memset(e, 0, sizeof(air_evidence_t));
    memset(&source, 0, sizeof(source));
    e->from_ms = from_ms;
    e->to_ms = to_ms;

    /* of one that goes over a bound all records are wanted */

    to_ms = to_ms > INT64_MAX - 2 * AIR_DRILL_LONGEST
            ? INT64_MAX : to_ms + 2 * AIR_DRILL_LONGEST;

    air_source_plan(&source, AIR_ROLLUP_DRILL, AIR_GRAIN_HOUR, 0,
                    from_ms > AIR_DRILL_LONGEST ? from_ms - AIR_DRILL_LONGEST
                                                : 0, to_ms);
    source.begin = air_evidence_begin;
    source.visit = air_evidence_visit;
    source.ud = e;

    rc = air_source_read(&source, 1, dir, ledger, &note, err);

    if (rc == AIR_OK && e->failed) {
        rc = air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    if (rc != AIR_OK) {
        air_evidence_free(e);
        return rc;
    }

    if (e->n) {
        qsort(e->drill, e->n, sizeof(air_drill_past_t), air_evidence_cmp);
    }

    return AIR_OK;
}


void
air_evidence_free(air_evidence_t *e)
{
    free(e->drill);
    memset(e, 0, sizeof(air_evidence_t));
}


int
air_drill_past_passed(const air_drill_past_t *p)
{
    return air_drill_passed(&p->rule, &p->counts, p->end);
}


const air_drill_past_t *
air_evidence_last(const air_evidence_t *e, air_str_t vendor, int passed)
{
    size_t  i;

    for (i = 0; i < e->n; i++) {
        if (air_str_eqz(vendor, e->drill[i].vendor)
            && e->drill[i].end != AIR_DRILL_RUNS
            && (!passed || air_drill_past_passed(&e->drill[i])))
        {
            return &e->drill[i];
        }
    }

    return NULL;
}
