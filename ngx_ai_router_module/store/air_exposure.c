
/*
 * Sums of one name after the other: there are few vendors and makers.
 */

#include "air_exposure.h"
#include "../core/air_concentration.h"

#include <stdlib.h>


typedef struct {
    air_str_t   name;
    air_u128_t  cost;
} air_exposure_row_t;


static void
air_exposure_add(air_exposure_row_t *row, size_t *n, air_str_t name,
    air_u128_t cost)
{
    size_t  i;

    for (i = 0; i < *n; i++) {
        if (air_str_eq(row[i].name, name)) {
            break;
        }
    }

    if (i == *n) {
        row[i].name = name;
        row[i].cost = 0;
        (*n)++;
    }

    row[i].cost += cost;
}


static int
air_exposure_cmp(const void *one, const void *two)
{
    size_t                     n;
    int                        c;
    const air_exposure_row_t  *a = one, *b = two;

    if (a->cost != b->cost) {
        return a->cost < b->cost ? 1 : -1;
    }

    n = a->name.len < b->name.len ? a->name.len : b->name.len;
    c = n ? memcmp(a->name.data, b->name.data, n) : 0;

    return c ? c : (a->name.len > b->name.len) - (a->name.len < b->name.len);
}


/* "name":{...} of rows, which are sorted here.  What nobody can name is a
   share, but of no one: the index is of the others. */
static int
air_exposure_shares(air_buf_t *b, const char *name, air_exposure_row_t *row,
    size_t n)
{
    char                 text[48];
    size_t               i, named;
    uint32_t             share;
    air_u128_t           sum, *amount;
    air_concentration_t  c;

    amount = malloc((n + 1) * sizeof(air_u128_t));
    if (amount == NULL) {
        return AIR_ENOMEM;
    }

    if (n) {
        qsort(row, n, sizeof(air_exposure_row_t), air_exposure_cmp);
    }

    for (i = 0, named = 0, sum = 0; i < n; i++) {
        sum += row[i].cost;

        if (row[i].name.len) {
            amount[named++] = row[i].cost;
        }
    }

    air_concentration(amount, named, &c);
    free(amount);

    (void) air_buf_z(b, ",\n\"");
    (void) air_buf_z(b, name);
    (void) air_buf_z(b, "\":{\"hhi\":");

    if (c.hhi == AIR_HHI_NONE) {
        (void) air_buf_z(b, "null");

    } else {
        (void) air_buf_uint(b, c.hhi);
    }

    (void) air_buf_z(b, ",\"band\":");
    (void) air_buf_json(b, air_str_z(air_band_name(
                               air_hhi_band(c.hhi, AIR_GUIDE_2023))));
    (void) air_buf_z(b, ",\"shares\":[");

    for (i = 0; i < n; i++) {
        share = air_share(row[i].cost, sum);

        (void) air_buf_z(b, i ? ",{\"name\":" : "{\"name\":");
        (void) air_buf_json(b, row[i].name);
        (void) air_buf_z(b, ",\"cost_usd\":\"");
        (void) air_buf_z(b, air_report_usd(row[i].cost, text));
        (void) air_buf_z(b, "\",\"share_percent\":");
        (void) air_buf_milli(b, (uint64_t) share * 10);
        (void) air_buf_byte(b, '}');
    }

    return air_buf_z(b, "]}");
}


static void
air_exposure_flow(air_buf_t *b, const air_topology_t *topo,
    const air_topo_workflow_t *wf, air_str_t lost)
{
    air_survival_t            s;
    const air_topo_target_t  *next;

    air_survive(topo, wf, AIR_LOSS_VENDOR, lost, &s);

    (void) air_buf_z(b, "{\"name\":");
    (void) air_buf_json(b, wf->name);
    (void) air_buf_z(b, ",\"verdict\":");
    (void) air_buf_json(b, air_str_z(air_survive_name(s.verdict)));
    (void) air_buf_z(b, ",\"next\":");

    if (s.first == AIR_TOPO_NONE || s.verdict == AIR_SURVIVE_UNTOUCHED) {
        (void) air_buf_z(b, "null}");
        return;
    }

    next = &wf->target[s.first];

    (void) air_buf_json(b, topo->vendor[next->vendor].name);
    (void) air_buf_json_more(b, air_str_z("/"));
    (void) air_buf_json_more(b, next->model);
    (void) air_buf_byte(b, '}');
}


static void
air_exposure_survive(air_buf_t *b, const air_topology_t *topo)
{
    uint32_t  i, k;

    for (i = 0; topo != NULL && i < topo->nvendor; i++) {

        (void) air_buf_z(b, i ? ",\n{\"loss\":\"vendor\",\"name\":"
                              : "\n{\"loss\":\"vendor\",\"name\":");
        (void) air_buf_json(b, topo->vendor[i].name);
        (void) air_buf_z(b, ",\"workflows\":[");

        for (k = 0; k < topo->nworkflow; k++) {
            (void) air_buf_z(b, k ? "," : "");
            air_exposure_flow(b, topo, &topo->workflow[k],
                              topo->vendor[i].name);
        }

        (void) air_buf_z(b, "]}");
    }
}


int
air_exposure_json(const air_report_t *rep, const air_topology_t *topo,
    air_buf_t *b)
{
    int                  rc;
    size_t               i, nvendor, nmaker;
    air_u128_t           cost;
    air_str_t            vendor, model;
    air_exposure_row_t  *row;

    row = malloc((2 * rep->groups.n + 1) * sizeof(air_exposure_row_t));
    if (row == NULL) {
        return AIR_ENOMEM;
    }

    nvendor = 0;
    nmaker = 0;

    for (i = 0; i < rep->groups.n; i++) {
        vendor = air_report_cell(rep->row[i], 0);
        model = air_report_cell(rep->row[i], 1);
        cost = rep->row[i]->sums.cost;

        air_exposure_add(row, &nvendor, vendor, cost);
        air_exposure_add(row + rep->groups.n, &nmaker,
                         air_topology_maker(topo, vendor, model), cost);
    }

    (void) air_buf_z(b, "{\"guideline\":");
    (void) air_buf_json(b, air_str_z(air_guide_name(AIR_GUIDE_2023)));

    rc = air_exposure_shares(b, "vendors", row, nvendor);

    if (rc == AIR_OK) {
        rc = air_exposure_shares(b, "makers", row + rep->groups.n, nmaker);
    }

    free(row);

    if (rc != AIR_OK) {
        return rc;
    }

    (void) air_buf_z(b, ",\n\"survive\":[");
    air_exposure_survive(b, topo);

    return air_buf_z(b, "]}\n");
}
