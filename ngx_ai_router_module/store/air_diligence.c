
/*
 * All sums are of one snapshot, so that no two figures of the page are of
 * different moments; only savings, which need other rows, are read after.
 */


#include "air_diligence.h"
#include "air_file.h"
#include "../core/air_calendar.h"

#include <stdlib.h>
#include <unistd.h>


static const struct {
    unsigned  nby;
    air_by_e  by[3];
} air_diligence_rows[AIR_NDILIGENCE] = {
    { 0, { 0 } },
    { 1, { AIR_BY_QUARTER } },
    { 1, { AIR_BY_VENDOR } },
    { 1, { AIR_BY_MAKER } },
    { 3, { AIR_BY_WORKFLOW, AIR_BY_VENDOR, AIR_BY_MODEL } },
    { 1, { AIR_BY_FAULT } },
    { 1, { AIR_BY_PURPOSE } }
};


static int
air_stakes_cmp(const void *one, const void *two)
{
    int                 c;
    const air_stake_t  *a, *b;

    a = one;
    b = two;

    if (a->sums.cost != b->sums.cost) {
        return a->sums.cost < b->sums.cost ? 1 : -1;
    }

    c = a->name.len && b->name.len
        ? memcmp(a->name.data, b->name.data,
                 a->name.len < b->name.len ? a->name.len : b->name.len)
        : 0;

    return c != 0 ? c : (a->name.len > b->name.len)
                        - (a->name.len < b->name.len);
}


/* Adds sums to the part called name; parts has room for one more. */
static void
air_stakes_add(air_stakes_t *parts, air_str_t name, const air_sums_t *sums)
{
    size_t  i;

    for (i = 0; i < parts->n; i++) {
        if (air_str_eq(parts->part[i].name, name)) {
            break;
        }
    }

    if (i == parts->n) {
        parts->part[i].name = name;
        air_sums_init(&parts->part[i].sums);
        parts->n++;
    }

    air_sums_add(&parts->part[i].sums, sums);
}


static int
air_stakes_end(air_stakes_t *parts)
{
    size_t       i;
    air_u128_t  *cost;

    if (parts->n > 1) {
        qsort(parts->part, parts->n, sizeof(air_stake_t), air_stakes_cmp);
    }

    cost = malloc((parts->n + 1) * sizeof(air_u128_t));
    if (cost == NULL) {
        return AIR_ENOMEM;
    }

    for (i = 0; i < parts->n; i++) {
        cost[i] = parts->part[i].name.len ? parts->part[i].sums.cost : 0;
    }

    air_concentration(cost, parts->n, &parts->c);

    free(cost);

    return AIR_OK;
}


void
air_stakes_free(air_stakes_t *parts)
{
    free(parts->part);
    parts->part = NULL;
    parts->n = 0;
}


/* The rows of a report by one of their cells, or by the company of it. */
static int
air_stakes_make(air_stakes_t *parts, const air_report_t *rep, unsigned cell,
    const air_topology_t *topo, const air_str_t *only)
{
    size_t     i;
    air_str_t  name;

    memset(parts, 0, sizeof(air_stakes_t));

    parts->part = malloc((rep->groups.n + 1) * sizeof(air_stake_t));
    if (parts->part == NULL) {
        return AIR_ENOMEM;
    }

    for (i = 0; i < rep->groups.n; i++) {

        if (only != NULL
            && !air_str_eq(air_report_cell(rep->row[i], 0), *only))
        {
            continue;
        }

        name = air_report_cell(rep->row[i], cell);

        if (rep->query.by[cell] == AIR_BY_VENDOR) {
            name = air_topology_owner(topo, name);
        }

        air_stakes_add(parts, name, &rep->row[i]->sums);
    }

    return air_stakes_end(parts);
}


int
air_diligence_flow(const air_diligence_t *d, air_str_t workflow,
    air_stakes_t *parts)
{
    return air_stakes_make(parts, &d->report[AIR_DILIGENCE_TARGET], 1, d->topo,
                          &workflow);
}


const air_sums_t *
air_diligence_target(const air_diligence_t *d, air_str_t workflow,
    air_str_t vendor, air_str_t model)
{
    size_t                   i;
    const air_report_t      *rep;
    const air_rollup_row_t  *row;

    rep = &d->report[AIR_DILIGENCE_TARGET];

    for (i = 0; i < rep->groups.n; i++) {
        row = rep->row[i];

        if (air_str_eq(air_report_cell(row, 0),
                       air_record_cut(workflow, AIR_RECORD_WORKFLOW))
            && air_str_eq(air_report_cell(row, 1),
                          air_record_cut(vendor, AIR_RECORD_VENDOR))
            && air_str_eq(air_report_cell(row, 2),
                          air_record_cut(model, AIR_RECORD_MODEL)))
        {
            return &row->sums;
        }
    }

    return NULL;
}


static int
air_diligence_read(air_diligence_t *d, air_ledger_t *ledger, air_err_t *err)
{
    int                  rc;
    int64_t              from, to;
    unsigned             i;
    air_report_query_t   query[AIR_NDILIGENCE];

    memset(query, 0, sizeof(query));

    for (i = 0; i < AIR_NDILIGENCE; i++) {
        query[i].from_ms = d->from_ms;
        query[i].to_ms = d->to_ms;
        query[i].max = d->max;
        query[i].nby = air_diligence_rows[i].nby;
        query[i].topo = d->topo;
        memcpy(query[i].by, air_diligence_rows[i].by,
               sizeof(air_diligence_rows[i].by));
    }

    /* four quarters more show where it comes from */

    air_calendar_period(AIR_CALENDAR_QUARTER, d->from_ms, 4, &from, &to);
    query[AIR_DILIGENCE_QUARTER].from_ms = from > 0 ? from : 0;

    rc = air_report_run_all(d->report, AIR_NDILIGENCE, d->dir, ledger, query,
                            err);
    d->nreport = rc == AIR_OK ? AIR_NDILIGENCE : 0;

    return rc;
}


/* The seals of the blocks at both ends. */
static int
air_diligence_seals(air_diligence_t *d, air_err_t *err)
{
    int                fd;
    const air_sums_t  *all;

    all = &d->report[AIR_DILIGENCE_TOTAL].total;

    fd = air_file_journal(d->dir, err);
    if (fd < 0) {
        return fd;
    }

    d->first_sealed = all->first != 0
                      && air_seal_find(fd, all->first, &d->first, err)
                         == AIR_OK;
    d->last_sealed = all->last != 0
                     && air_seal_find(fd, all->last, &d->last, err) == AIR_OK;

    close(fd);

    return AIR_OK;
}


int
air_diligence_run(air_diligence_t *d, air_ledger_t *ledger, air_err_t *err)
{
    int  rc;

    air_source_round(&d->from_ms, &d->to_ms);

    rc = air_diligence_read(d, ledger, err);

    if (rc == AIR_OK) {
        rc = air_diligence_seals(d, err);
    }

    if (rc == AIR_OK
        && (air_stakes_make(&d->owners, &d->report[AIR_DILIGENCE_VENDOR], 0,
                           d->topo, NULL) != AIR_OK
            || air_stakes_make(&d->makers, &d->report[AIR_DILIGENCE_MAKER], 0,
                              d->topo, NULL) != AIR_OK
            || air_stakes_make(&d->flows, &d->report[AIR_DILIGENCE_TARGET], 0,
                              d->topo, NULL) != AIR_OK))
    {
        rc = air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    if (rc == AIR_OK && d->baseline != NULL) {
        d->savings.model = d->baseline;
        d->savings.name = d->baseline_name;
        d->savings.from_ms = d->from_ms;
        d->savings.to_ms = d->to_ms;

        rc = air_savings_run(&d->savings, d->dir, ledger, err);
        d->saved = rc == AIR_OK;
    }

    return rc == AIR_OK ? air_evidence_load(&d->drills, d->dir, ledger, 0,
                                            d->to_ms, err)
                        : rc;
}


void
air_diligence_free(air_diligence_t *d)
{
    unsigned  i;

    for (i = 0; i < d->nreport; i++) {
        air_report_free(&d->report[i]);
    }

    d->nreport = 0;

    air_stakes_free(&d->owners);
    air_stakes_free(&d->makers);
    air_stakes_free(&d->flows);

    air_evidence_free(&d->drills);

    if (d->saved) {
        air_savings_free(&d->savings);
        d->saved = 0;
    }
}
