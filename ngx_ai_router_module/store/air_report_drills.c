
/*
 * Drills on the page for diligence teams.
 */


#include "air_report_drills.h"


#define AIR_REPORT_DRILLS  50       /* that are listed                    */


/* "last passed on ...", for each vendor that is routed to */
static void
air_page_drilled(const air_evidence_t *e, const air_topology_t *topo,
    air_buf_t *b)
{
    uint32_t                 i;
    const air_drill_past_t  *p, *last;

    air_html_table(b, "Vendors, and when requests last did without them",
                   "Vendor|Last drill that passed|Last drill|Its end");

    for (i = 0; i < topo->nvendor; i++) {

        p = air_evidence_last(e, topo->vendor[i].name, 1);
        last = air_evidence_last(e, topo->vendor[i].name, 0);

        air_html_row(b, topo->vendor[i].name, "(none)");

        if (p != NULL) {
            (void) air_buf_z(b, "<td>");
            air_html_time(b, p->rule.start_ms);
            (void) air_buf_z(b, "</td>");

        } else {
            (void) air_buf_z(b, "<td class=\"warn\">never</td>");
        }

        if (last == NULL) {
            (void) air_buf_z(b, "<td></td><td></td>");

        } else {
            (void) air_buf_z(b, "<td>");
            air_html_time(b, last->rule.start_ms);
            (void) air_buf_z(b, "</td>");
            air_html_text(b, air_str_z(air_drill_end_name(last->end)));
        }

        air_html_row_end(b);
    }

    air_html_table_end(b);
}


static void
air_page_drill(const air_drill_past_t *p, air_buf_t *b)
{
    unsigned  i;

    air_html_row(b, air_str_z(p->vendor), "(none)");
    air_html_text(b, air_str_z(p->workflow[0] ? p->workflow : "all"));
    (void) air_buf_z(b, "<td>");
    air_html_time(b, p->rule.start_ms);
    (void) air_buf_z(b, "</td>");
    air_html_share(b, p->rule.share, AIR_DRILL_ALL);
    air_html_text(b, air_str_z(p->end == AIR_DRILL_RUNS ? "not ended"
                               : air_drill_end_name(p->end)));
    air_html_text(b, air_str_z(p->end == AIR_DRILL_RUNS ? ""
                               : air_drill_past_passed(p) ? "yes" : "no"));
    air_html_count(b, p->counts.drilled);
    air_html_count(b, p->counts.errors);
    air_html_count(b, p->counts.others);
    air_html_count(b, p->counts.other_errors);
    air_html_count(b, p->counts.spared);
    air_html_count(b, air_drill_added(&p->counts));

    (void) air_buf_z(b, "<td>");

    for (i = 0; i < p->nserved; i++) {
        (void) air_buf_z(b, i ? ", " : "");
        (void) air_buf_html(b, air_str_z(p->served[i].name));
        (void) air_buf_byte(b, ' ');
        air_html_number(b, p->served[i].n);
    }

    (void) air_buf_z(b, "</td>");
    air_html_row_end(b);
}


void
air_report_drills(const air_evidence_t *e, const air_topology_t *topo,
    air_buf_t *b)
{
    size_t  i;

    air_html_section(b, "drills", "Drills",
                     "A drill makes a vendor look down to a share of live "
                     "requests, so that what stands in its place is used "
                     "while it is still there. It passed when it went on to "
                     "its end, requests were drilled, and they failed no "
                     "more often than allowed. Spared were requests that had "
                     "nobody else left.");

    if (topo != NULL) {
        air_page_drilled(e, topo, b);
    }

    if (e->n == 0) {
        (void) air_buf_z(b, "<p>The ledger has no drill.</p>\n");
        return;
    }

    air_html_table(b, "Drills, the newest first",
                   "Vendor|Workflow|Began|#Share|End|Passed|#Drilled|#Failed|"
                   "#Others|#Failed|#Spared|#Longer by (ms)|Served by");

    for (i = 0; i < e->n && i < AIR_REPORT_DRILLS; i++) {
        air_page_drill(&e->drill[i], b);
    }

    air_html_table_end(b);
}
