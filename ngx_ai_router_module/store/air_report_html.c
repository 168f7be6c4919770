
/*
 * What a reader may not assume is said where the figure stands: what is
 * estimated, what is not known, and what was never seen at work.
 */


#include "air_report_html.h"
#include "air_chain.h"
#include "air_html.h"
#include "air_report_drills.h"
#include "../core/air_time.h"
#include "../core/air_version.h"

#include <stdio.h>
#include <stdlib.h>


#define AIR_HTML_COSTS  40        /* workflows with a table of their own     */


static const air_sums_t *
air_page_total(const air_diligence_t *d)
{
    return &d->report[AIR_DILIGENCE_TOTAL].total;
}


static air_str_t
air_page_none(void)
{
    return air_str_n(NULL, 0);
}


static void
air_page_period(const air_diligence_t *d, air_buf_t *b)
{
    if (d->from_ms == 0) {
        (void) air_buf_z(b, "the beginning");

    } else {
        air_html_time(b, d->from_ms);
    }

    (void) air_buf_z(b, " to ");

    if (d->to_ms == INT64_MAX) {
        (void) air_buf_z(b, "now");

    } else {
        air_html_time(b, d->to_ms);
        (void) air_buf_z(b, " (not included)");
    }
}


/* "5,234: highly concentrated" */
static void
air_page_hhi(air_buf_t *b, const air_concentration_t *c)
{
    air_band_e  band;

    band = air_hhi_band(c->hhi, AIR_GUIDE_2023);

    if (band == AIR_BAND_NONE) {
        (void) air_buf_z(b, "not known");
        return;
    }

    (void) air_buf_z(b, "<data value=\"");
    (void) air_buf_uint(b, c->hhi);
    (void) air_buf_z(b, "\">");
    air_html_number(b, c->hhi);
    (void) air_buf_z(b, "</data> <span class=\"");
    (void) air_buf_z(b, band == AIR_BAND_HIGH ? "warn" : "soft");
    (void) air_buf_z(b, "\">");
    (void) air_buf_z(b, air_band_name(band));
    (void) air_buf_z(b, "</span>");
}


static void
air_page_summary(const air_diligence_t *d, air_buf_t *b)
{
    char               text[96];
    const air_sums_t  *t;

    t = air_page_total(d);

    (void) air_buf_z(b, "<dl class=\"cards\">\n");

    air_html_figure(b, "Spent");
    air_html_money(b, t->cost);
    air_html_figure_end(b, air_report_usd(t->cost, text));

    air_html_figure(b, "Requests");
    air_html_number(b, t->v[AIR_SUM_REQUESTS]);
    snprintf(text, sizeof(text), "%llu attempts at vendors",
             (unsigned long long) t->v[AIR_SUM_ATTEMPTS]);
    air_html_figure_end(b, text);

    air_html_figure(b, "Not reported by vendors");
    air_html_percent(b, t->cost_unsure, t->cost);
    snprintf(text, sizeof(text), "of the money; %llu records of unknown cost",
             (unsigned long long) t->v[AIR_SUM_UNKNOWN]);
    air_html_figure_end(b, text);

    air_html_figure(b, "Vendor concentration (HHI)");
    air_page_hhi(b, &d->owners.c);
    air_html_figure_end(b, "of 10,000; companies");

    air_html_figure(b, "Maker concentration (HHI)");
    air_page_hhi(b, &d->makers.c);
    air_html_figure_end(b, "of 10,000; who made the models");

    air_html_figure(b, "Attempts without a fault");
    air_html_percent(b, t->v[AIR_SUM_ATTEMPTS] - t->v[AIR_SUM_ERRORS],
                     t->v[AIR_SUM_ATTEMPTS]);
    snprintf(text, sizeof(text), "%llu attempts behind the first",
             (unsigned long long) t->v[AIR_SUM_FALLBACKS]);
    air_html_figure_end(b, text);

    (void) air_buf_z(b, "</dl>\n");
}


static void
air_page_quarters(const air_diligence_t *d, air_buf_t *b)
{
    size_t               i;
    const air_sums_t    *s;
    const air_report_t  *rep;

    rep = &d->report[AIR_DILIGENCE_QUARTER];

    air_html_section(b, "cost", "Cost by quarter",
                     "The period, and up to four quarters before it where "
                     "the ledger has them. Quarters are those of the "
                     "calendar, UTC; one that runs, or that the period ends "
                     "in, is not whole.");
    air_html_table(b, "Cost by quarter", "Quarter|#Cost|#Requests|#Attempts|"
                   "#Input tokens|#Output tokens|#Cost of unknown records");

    for (i = 0; i < rep->groups.n; i++) {
        s = &rep->row[i]->sums;

        air_html_row(b, air_report_cell(rep->row[i], 0), "");
        air_html_money_cell(b, s->cost);
        air_html_count(b, s->v[AIR_SUM_REQUESTS]);
        air_html_count(b, s->v[AIR_SUM_ATTEMPTS]);
        air_html_count(b, air_sums_input(s));
        air_html_count(b, air_sums_output(s));
        (void) air_buf_z(b, s->v[AIR_SUM_UNKNOWN]
                            ? "<td class=\"n warn\">unknown: "
                            : "<td class=\"n\">");
        air_html_number(b, s->v[AIR_SUM_UNKNOWN]);
        (void) air_buf_z(b, " records</td>");
        air_html_row_end(b);
    }

    air_html_table_end(b);
}


static void
air_page_parts(const air_diligence_t *d, air_buf_t *b,
    const air_stakes_t *parts, const char *caption, const char *headings,
    const char *none)
{
    size_t             i;
    const air_sums_t  *s;

    air_html_table(b, caption, headings);

    for (i = 0; i < parts->n; i++) {
        s = &parts->part[i].sums;

        air_html_row(b, parts->part[i].name, none);
        air_html_money_cell(b, s->cost);
        air_html_share(b, s->cost, air_page_total(d)->cost);
        air_html_count(b, s->v[AIR_SUM_REQUESTS]);
        air_html_share(b, s->v[AIR_SUM_REQUESTS],
                       air_page_total(d)->v[AIR_SUM_REQUESTS]);
        air_html_row_end(b);
    }

    air_html_table_end(b);
}


static void
air_page_shares(const air_diligence_t *d, air_buf_t *b)
{
    air_html_section(b, "shares", "Vendors and makers",
                     "Who was paid, and who made the models that answered: a "
                     "maker's models may be bought from several vendors. The "
                     "index (HHI) is the sum of the squares of the shares of "
                     "the money in percent: 10,000 when one has all.");

    (void) air_buf_z(b, "<p>Band used: ");
    (void) air_buf_html(b, air_str_z(air_guide_name(AIR_GUIDE_2023)));
    (void) air_buf_z(b, ".</p>\n<p>Vendors: ");
    air_page_hhi(b, &d->owners.c);
    (void) air_buf_z(b, ". Makers: ");
    air_page_hhi(b, &d->makers.c);
    (void) air_buf_z(b, ", of the ");
    air_html_percent(b, d->makers.c.sum, air_page_total(d)->cost);
    (void) air_buf_z(b, " of the money whose maker is known.</p>\n");

    air_page_parts(d, b, &d->owners, "Vendors",
                   "Company|#Cost|#Share of cost|#Requests|"
                   "#Share of requests", "(reached no vendor)");
    air_page_parts(d, b, &d->makers, "Makers",
                   "Maker|#Cost|#Share of cost|#Requests|"
                   "#Share of requests", "(not known)");
}


static int
air_page_flows(const air_diligence_t *d, air_buf_t *b)
{
    size_t              i;
    air_stakes_t        parts;
    const air_stake_t  *flow;

    air_html_section(b, "workflows", "Concentration by workflow",
                     "Which company each workflow's money went to.");
    air_html_table(b, "Concentration by workflow",
                   "Workflow|#Cost|#Share of all|Most to|#Share of its cost|"
                   "#Companies|HHI");

    for (i = 0; i < d->flows.n; i++) {
        flow = &d->flows.part[i];

        if (air_diligence_flow(d, flow->name, &parts) != AIR_OK) {
            return AIR_ENOMEM;
        }

        air_html_row(b, flow->name, "(none)");
        air_html_money_cell(b, flow->sums.cost);
        air_html_share(b, flow->sums.cost, air_page_total(d)->cost);
        air_html_text(b, parts.c.n ? parts.part[0].name : air_page_none());
        air_html_share(b, parts.n ? parts.part[0].sums.cost : 0, parts.c.sum);
        air_html_count(b, parts.c.n);
        (void) air_buf_z(b, "<td>");
        air_page_hhi(b, &parts.c);
        (void) air_buf_z(b, "</td>");
        air_html_row_end(b);

        air_stakes_free(&parts);
    }

    air_html_table_end(b);

    return AIR_OK;
}


static void
air_page_verdict(const air_topology_t *t, const air_topo_workflow_t *wf,
    const air_survival_t *s, air_buf_t *b)
{
    const air_topo_target_t  *target;

    static const char *const  text[] = {
        "<td class=\"soft\">not used",
        "<td class=\"good\">survives",
        "<td class=\"warn\">on paper",
        "<td class=\"warn\">partly",
        "<td class=\"bad\">stops"
    };

    (void) air_buf_z(b, text[s->verdict]);

    if (s->verdict != AIR_SURVIVE_UNTOUCHED && s->first != AIR_TOPO_NONE
        && s->first < wf->n)
    {
        target = &wf->target[s->first];
        (void) air_buf_z(b, "<br><small class=\"soft\">");
        (void) air_buf_html(b, t->vendor[target->vendor].name);
        (void) air_buf_byte(b, '/');
        (void) air_buf_html(b, target->model);
        (void) air_buf_z(b, "</small>");
    }

    (void) air_buf_z(b, "</td>");
}


/* The companies of the configuration, each once; how many. */
static uint32_t
air_page_owners(const air_topology_t *t, air_str_t *owner)
{
    uint32_t   i, k, n;
    air_str_t  name;

    n = 0;

    for (i = 0; i < t->nvendor; i++) {
        name = air_topology_owner(t, t->vendor[i].name);

        for (k = 0; k < n && !air_str_eq(owner[k], name); k++) { /* void */ }

        if (k == n) {
            owner[n++] = name;
        }
    }

    return n;
}


/* What workflows that would not go on had cost in the period. */
static void
air_page_lost(const air_diligence_t *d, const air_str_t *owner, uint32_t n,
    air_buf_t *b)
{
    size_t                      k;
    uint32_t                    i, w, stops, weak;
    air_u128_t                  cost;
    air_survival_t              s;
    const air_topology_t       *t;
    const air_topo_workflow_t  *wf;

    t = d->topo;

    air_html_table(b, "What the loss of a company would stop",
                   "Company lost|#Workflows that stop|#Survive in part or on "
                   "paper|#Cost of those in the period|#Share of all");

    for (i = 0; i < n; i++) {

        stops = 0;
        weak = 0;
        cost = 0;

        for (w = 0; w < t->nworkflow; w++) {
            wf = &t->workflow[w];
            air_survive(t, wf, AIR_LOSS_OWNER, owner[i], &s);

            stops += s.verdict == AIR_SURVIVE_NO;
            weak += s.verdict == AIR_SURVIVE_PARTLY
                    || s.verdict == AIR_SURVIVE_PAPER;

            if (s.verdict < AIR_SURVIVE_PAPER) {
                continue;
            }

            for (k = 0; k < d->flows.n; k++) {
                if (air_str_eq(d->flows.part[k].name,
                               air_record_cut(wf->name, AIR_RECORD_WORKFLOW)))
                {
                    cost += d->flows.part[k].sums.cost;
                }
            }
        }

        air_html_row(b, owner[i], "(none)");
        air_html_count(b, stops);
        air_html_count(b, weak);
        air_html_money_cell(b, cost);
        air_html_share(b, cost, air_page_total(d)->cost);
        air_html_row_end(b);
    }

    air_html_table_end(b);
}


static int
air_page_survival(const air_diligence_t *d, air_buf_t *b)
{
    uint32_t               i, w, n;
    air_str_t             *owner;
    air_survival_t         s;
    const air_topology_t  *t;

    t = d->topo;

    air_html_section(b, "loss", "If a vendor is lost",
                     "From the configuration: who would answer instead. "
                     "<em>Survives</em>: another company's model that can do "
                     "all the first one can. <em>On paper</em>: somebody is "
                     "left who lacks something the first one has (tools, "
                     "pictures, window). <em>Partly</em>: only some models or "
                     "classes of tasks. <em>Stops</em>: nobody is left.");

    if (t == NULL) {
        (void) air_buf_z(b, "<p>Not known: the store has no topology.json, "
                            "which nginx writes when it starts.</p>\n");
        return AIR_OK;
    }

    (void) air_buf_z(b, "<p>Configuration <code>");
    (void) air_buf_html(b, air_str_z(t->hash));
    (void) air_buf_z(b, "</code>, in force since ");
    air_html_time(b, t->time_ms);
    (void) air_buf_z(b, ". Earlier ones are not in this table.</p>\n");

    owner = malloc((t->nvendor + 1) * sizeof(air_str_t));
    if (owner == NULL) {
        return AIR_ENOMEM;
    }

    n = air_page_owners(t, owner);

    air_page_lost(d, owner, n, b);

    (void) air_buf_z(b, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                        "aria-label=\"Who answers instead\">\n<table>\n"
                        "<caption>Who answers instead</caption>\n<thead><tr>"
                        "<th scope=\"col\">Workflow</th>");

    for (i = 0; i < n; i++) {
        (void) air_buf_z(b, "<th scope=\"col\">without ");
        (void) air_buf_html(b, owner[i]);
        (void) air_buf_z(b, "</th>");
    }

    (void) air_buf_z(b, "</tr></thead>\n<tbody>\n");

    for (w = 0; w < t->nworkflow; w++) {
        air_html_row(b, t->workflow[w].name, "(no name)");

        for (i = 0; i < n; i++) {
            air_survive(t, &t->workflow[w], AIR_LOSS_OWNER, owner[i], &s);
            air_page_verdict(t, &t->workflow[w], &s, b);
        }

        air_html_row_end(b);
    }

    air_html_table_end(b);
    free(owner);

    return AIR_OK;
}


static void
air_page_target(const air_diligence_t *d, const air_topo_workflow_t *wf,
    uint32_t i, const air_sums_t *flow, air_buf_t *b)
{
    const air_sums_t         *s;
    const air_topo_target_t  *t;

    t = &wf->target[i];

    s = air_diligence_target(d, wf->name, d->topo->vendor[t->vendor].name,
                             t->model);

    if (s == NULL && wf->kind == AIR_TOPO_CATALOGUE) {
        return;
    }

    air_html_row(b, wf->name, "(no name)");
    (void) air_buf_z(b, "<td>");
    (void) air_buf_z(b, air_place_name(t->role));
    (void) air_buf_z(b, t->out ? " (lacks what is required)</td>" : "</td>");

    (void) air_buf_z(b, "<td>");
    (void) air_buf_html(b, d->topo->vendor[t->vendor].name);
    (void) air_buf_byte(b, '/');
    (void) air_buf_html(b, t->model);
    (void) air_buf_z(b, "</td>");

    if (s == NULL || s->v[AIR_SUM_REQUESTS] == 0) {
        (void) air_buf_z(b, "<td class=\"n warn\">never</td>");

    } else {
        air_html_count(b, s->v[AIR_SUM_REQUESTS]);
    }

    air_html_share(b, s != NULL ? s->v[AIR_SUM_REQUESTS] : 0,
                   flow != NULL ? flow->v[AIR_SUM_REQUESTS] : 0);
    air_html_count(b, s != NULL ? s->v[AIR_SUM_ATTEMPTS] : 0);
    air_html_count(b, s != NULL ? s->v[AIR_SUM_ERRORS] : 0);
    air_html_row_end(b);
}


static void
air_page_fallbacks(const air_diligence_t *d, air_buf_t *b)
{
    size_t                      k;
    uint32_t                    w, i;
    const air_sums_t           *flow;
    const air_topo_workflow_t  *wf;

    air_html_section(b, "fallbacks", "Fallbacks at work",
                     "How often each target of the configuration really gave "
                     "the final answer in the period. One that never did is "
                     "not proven by this ledger to work.");

    if (d->topo == NULL) {
        (void) air_buf_z(b, "<p>Not known: the store has no topology.json."
                            "</p>\n");
        return;
    }

    air_html_table(b, "Targets and how often they answered",
                   "Workflow|Place|Target|#Answered|#Share of its requests|"
                   "#Attempts|#Faults");

    for (w = 0; w < d->topo->nworkflow; w++) {
        wf = &d->topo->workflow[w];
        flow = NULL;

        for (k = 0; k < d->flows.n; k++) {
            if (air_str_eq(d->flows.part[k].name,
                           air_record_cut(wf->name, AIR_RECORD_WORKFLOW)))
            {
                flow = &d->flows.part[k].sums;
            }
        }

        for (i = 0; i < wf->n; i++) {
            air_page_target(d, wf, i, flow, b);
        }
    }

    air_html_table_end(b);
}


static void
air_page_reliability(const air_diligence_t *d, air_buf_t *b)
{
    size_t               i;
    const air_sums_t    *s;
    const air_report_t  *rep;

    air_html_section(b, "reliability", "Reliability by vendor",
                     "Every attempt counts, also one whose caller left, and "
                     "one that a drill or a limit of the router refused; see "
                     "the causes below. Times are means of attempts.");

    rep = &d->report[AIR_DILIGENCE_VENDOR];

    air_html_table(b, "Attempts by vendor",
                   "Vendor|Company|#Attempts|#Faults|#Without a fault|"
                   "#Mean time|#Mean to first token");

    for (i = 0; i < rep->groups.n; i++) {
        s = &rep->row[i]->sums;

        if (s->v[AIR_SUM_ATTEMPTS] == 0) {
            continue;
        }

        air_html_row(b, air_report_cell(rep->row[i], 0), "(none)");
        air_html_text(b, air_topology_owner(d->topo,
                                            air_report_cell(rep->row[i], 0)));
        air_html_count(b, s->v[AIR_SUM_ATTEMPTS]);
        air_html_count(b, s->v[AIR_SUM_ERRORS]);
        air_html_share(b, s->v[AIR_SUM_ATTEMPTS] - s->v[AIR_SUM_ERRORS],
                       s->v[AIR_SUM_ATTEMPTS]);
        air_html_mean(b, s->v[AIR_SUM_LATENCY_MS], s->v[AIR_SUM_ATTEMPTS]);
        air_html_mean(b, s->v[AIR_SUM_FIRST_MS], s->v[AIR_SUM_FIRSTS]);
        air_html_row_end(b);
    }

    air_html_table_end(b);

    rep = &d->report[AIR_DILIGENCE_FAULT];

    if (rep->groups.n == 0) {
        (void) air_buf_z(b, "<p>No attempt ended in a fault.</p>\n");
        return;
    }

    air_html_table(b, "Causes of faults",
                   "Cause|#Attempts|#Of them the router moved on|#Cost");

    for (i = 0; i < rep->groups.n; i++) {
        s = &rep->row[i]->sums;

        air_html_row(b, air_report_cell(rep->row[i], 0), "(none)");
        air_html_count(b, s->v[AIR_SUM_ATTEMPTS]);
        air_html_count(b, s->v[AIR_SUM_FALLBACKS]);
        air_html_money_cell(b, s->cost);
        air_html_row_end(b);
    }

    air_html_table_end(b);
}


static void
air_page_saved(const air_diligence_t *d, air_buf_t *b)
{
    size_t               i;
    const air_saving_t  *r;

    air_html_table(b, "Against one model for all",
                   "Workflow|#Requests|#Spent|#The same tokens on it|"
                   "#Tokens it has no price for|#Shadow pairs|"
                   "#Answer kept its quality");

    for (i = 0; i <= d->savings.groups.n; i++) {

        r = i < d->savings.groups.n ? &d->savings.row[i] : &d->savings.total;

        air_html_row(b, i < d->savings.groups.n ? r->workflow
                                                : air_str_z("Total"),
                     "(none)");
        air_html_count(b, r->requests);
        air_html_money_cell(b, r->spent);
        air_html_money_cell(b, r->baseline);
        air_html_count(b, r->unpriced);
        air_html_count(b, r->pairs);

        if (r->pairs < AIR_SAVINGS_PAIRS) {
            (void) air_buf_z(b, "<td class=\"n\">too few to tell</td>");

        } else {
            air_html_share(b, r->kept, r->pairs);
        }

        air_html_row_end(b);
    }

    air_html_table_end(b);
}


static void
air_page_savings(const air_diligence_t *d, air_buf_t *b)
{
    size_t               i;
    const air_sums_t    *t, *s;
    const air_report_t  *rep;

    t = air_page_total(d);

    air_html_section(b, "savings", "Savings and what quality cost",
                     "What a cache answered was not paid again. A saving "
                     "against another model is what the same tokens would "
                     "have cost at that model's list price: another model may "
                     "use more or fewer tokens.");

    (void) air_buf_z(b, "<p>Answers from a cache: ");
    air_html_number(b, t->v[AIR_SUM_HITS]);
    (void) air_buf_z(b, ", which would have cost ");
    air_html_money(b, t->v[AIR_SUM_SAVED]);
    (void) air_buf_z(b, ".</p>\n");

    if (d->baseline == NULL) {
        (void) air_buf_z(b, "<p>No baseline was named (<code>--baseline "
                            "VENDOR/MODEL</code>), so no saving against "
                            "another model is claimed.</p>\n");

    } else {
        (void) air_buf_z(b, "<p>Baseline: <code>");
        (void) air_buf_html(b, d->baseline->vendor);
        (void) air_buf_byte(b, '/');
        (void) air_buf_html(b, d->baseline_name);
        (void) air_buf_z(b, "</code>. Spent counts everything, also answers "
                            "that failed, judges and shadows.</p>\n");
        air_page_saved(d, b);
    }

    (void) air_buf_z(b, "<p>Answers escalated to a better model: ");
    air_html_number(b, t->v[AIR_SUM_ESCALATED]);
    (void) air_buf_z(b, ". Verdicts of the workflows' floors: ");
    air_html_number(b, t->v[AIR_SUM_PASSED]);
    (void) air_buf_z(b, " passed, ");
    air_html_number(b, t->v[AIR_SUM_FAILED]);
    (void) air_buf_z(b, " failed, ");
    air_html_number(b, t->v[AIR_SUM_UNSURE]);
    (void) air_buf_z(b, " unsure.</p>\n");

    rep = &d->report[AIR_DILIGENCE_PURPOSE];

    if (rep->groups.n == 0) {
        return;
    }

    air_html_table(b, "What quality cost (requests with a class, a verdict or "
                   "a check)", "For|#Cost|#Attempts|#Passed|#Failed");

    for (i = 0; i < rep->groups.n; i++) {
        s = &rep->row[i]->sums;

        air_html_row(b, air_report_cell(rep->row[i], 0), "(none)");
        air_html_money_cell(b, s->cost);
        air_html_count(b, s->v[AIR_SUM_ATTEMPTS]);
        air_html_count(b, s->v[AIR_SUM_PASSED]);
        air_html_count(b, s->v[AIR_SUM_FAILED]);
        air_html_row_end(b);
    }

    air_html_table_end(b);
}


static void
air_page_sure(const air_diligence_t *d, air_buf_t *b)
{
    const air_sums_t    *t;
    const air_report_t  *rep;

    rep = &d->report[AIR_DILIGENCE_TOTAL];
    t = air_page_total(d);

    air_html_section(b, "sure", "How sure the figures are",
                     "An unknown cost is never counted as nothing: it is "
                     "left out of the money and counted here.");

    (void) air_buf_z(b, "<ul>\n<li>Not reported by a vendor, but estimated or "
                        "booked at the worst case: ");
    air_html_money(b, t->cost_unsure);
    (void) air_buf_z(b, ", ");
    air_html_percent(b, t->cost_unsure, t->cost);
    (void) air_buf_z(b, " of the money (");
    air_html_number(b, t->v[AIR_SUM_ESTIMATED]);
    (void) air_buf_z(b, " records estimated, ");
    air_html_number(b, t->v[AIR_SUM_WORST]);
    (void) air_buf_z(b, " at the worst case).</li>\n<li>Records whose cost "
                        "nobody knows, in no sum of money: ");
    air_html_number(b, t->v[AIR_SUM_UNKNOWN]);
    (void) air_buf_z(b, " of ");
    air_html_number(b, t->v[AIR_SUM_RECORDS]);
    (void) air_buf_z(b, ".</li>\n<li>Settled after a worker died: ");
    air_html_number(b, t->v[AIR_SUM_ORPHANS]);
    (void) air_buf_z(b, ".</li>\n<li>Damaged records of the whole journal, in "
                        "no figure: ");
    air_html_number(b, rep->bad);
    (void) air_buf_z(b, ".</li>\n<li>Costs are computed from list prices and "
                        "from what vendors report of usage; invoices may "
                        "have discounts, credits and taxes that no router "
                        "sees.</li>\n<li>Price table (SHA-256): <code>");

    if (d->prices.len) {
        (void) air_buf_html(b, d->prices);

    } else {
        (void) air_buf_z(b, "not given");
    }

    (void) air_buf_z(b, "</code>; each record names the price it was booked "
                        "at.</li>\n<li>Configuration (SHA-256): <code>");
    (void) air_buf_html(b, d->topo != NULL ? air_str_z(d->topo->hash)
                                           : air_str_z("not known"));
    (void) air_buf_z(b, "</code></li>\n</ul>\n");
}


/* An argument of a shell's. */
static void
air_page_quoted(air_buf_t *b, const char *text)
{
    size_t  n;

    (void) air_buf_z(b, "&#39;");

    for ( ;; ) {
        n = strcspn(text, "'");
        (void) air_buf_html(b, air_str_n(text, n));

        if (text[n] == '\0') {
            break;
        }

        (void) air_buf_z(b, "&#39;\\&#39;&#39;");
        text += n + 1;
    }

    (void) air_buf_z(b, "&#39;");
}


static void
air_page_options(const air_diligence_t *d, air_buf_t *b)
{
    if (d->from_ms != 0) {
        (void) air_buf_z(b, " --from ");
        (void) air_time_utc(b, d->from_ms);
    }

    if (d->to_ms != INT64_MAX) {
        (void) air_buf_z(b, " --to ");
        (void) air_time_utc(b, d->to_ms);

    } else if (d->from_ms == 0) {
        (void) air_buf_z(b, " --from 1970-01-01");
    }

    (void) air_buf_z(b, " --store ");
    air_page_quoted(b, d->dir);
}


static void
air_page_commands(const air_diligence_t *d, air_buf_t *b)
{
    char  hash[2 * AIR_SEAL_HASH + 1];

    (void) air_buf_z(b, "<p>To verify, where the ledger is kept:</p>\n<pre>");

    (void) air_buf_z(b, "ai-router ledger verify");

    if (d->last_sealed) {
        air_chain_text(d->last.hash, hash);
        (void) air_buf_z(b, " --last-hash ");
        (void) air_buf_z(b, hash);
    }

    (void) air_buf_z(b, " --store ");
    air_page_quoted(b, d->dir);
    (void) air_buf_z(b, "\nai-router report --by vendor --json");
    air_page_options(d, b);
    (void) air_buf_z(b, "\nai-router ledger export --signed --key KEY "
                        "--out period.ledger");
    air_page_options(d, b);
    (void) air_buf_z(b, "</pre>\n<p>The first proves every record and every "
                        "seal of the journal, that the database adds up to "
                        "it, and finds the hash above again; the second "
                        "prints these sums; the third makes a signed copy of "
                        "the period that is verified without the store "
                        "(<code>ai-router ledger verify --export "
                        "period.ledger --public-key KEY.pub</code>).</p>\n");
}


static void
air_page_proof(const air_diligence_t *d, air_buf_t *b)
{
    char               hash[2 * AIR_SEAL_HASH + 1];
    const air_sums_t  *t;

    t = air_page_total(d);

    air_html_section(b, "proof", "Where this is from",
                     "All figures are sums over the ledger's records; no "
                     "figure was typed in. The ledger is a journal with a "
                     "running hash (SHA-256): each block of records is sealed "
                     "with a hash over it and the hash before, so that no "
                     "record can be changed, taken out or put in without all "
                     "later hashes changing.");

    if (t->v[AIR_SUM_RECORDS] == 0) {
        (void) air_buf_z(b, "<p>No record is of this period.</p>\n");
        return;
    }

    (void) air_buf_z(b, "<ul>\n<li>Records of the period: ");
    air_html_number(b, t->v[AIR_SUM_RECORDS]);
    (void) air_buf_z(b, ", from ");
    air_html_time(b, t->from_ms);
    (void) air_buf_z(b, " to ");
    air_html_time(b, t->to_ms);
    (void) air_buf_z(b, ", between record ");
    (void) air_buf_uint(b, t->first);
    (void) air_buf_z(b, " and record ");
    (void) air_buf_uint(b, t->last);
    (void) air_buf_z(b, " of the journal.</li>\n<li>Hash before: ");

    if (d->first_sealed) {
        air_chain_text(d->first.prev, hash);
        (void) air_buf_z(b, "<code>");
        (void) air_buf_z(b, hash);
        (void) air_buf_z(b, "</code> at record ");
        (void) air_buf_uint(b, d->first.seq - 1);
        (void) air_buf_z(b, ".</li>\n");

    } else {
        (void) air_buf_z(b, "the first records are not sealed yet, or not "
                            "kept any more.</li>\n");
    }

    (void) air_buf_z(b, "<li>Running hash after: ");

    if (d->last_sealed) {
        air_chain_text(d->last.hash, hash);
        (void) air_buf_z(b, "<code>");
        (void) air_buf_z(b, hash);
        (void) air_buf_z(b, "</code> at record ");
        (void) air_buf_uint(b, d->last.seq + d->last.count - 1);
        (void) air_buf_z(b, ", sealed ");
        air_html_time(b, d->last.time_ms);
        (void) air_buf_z(b, ".</li>\n</ul>\n");

    } else {
        (void) air_buf_z(b, "the last records of the period are not sealed "
                            "yet; a report made later has it.</li>\n</ul>\n");
    }

    air_page_commands(d, b);
}


int
air_report_html(const air_diligence_t *d, air_buf_t *b)
{
    int  rc;

    air_html_begin(b, "AI cost and concentration report");

    (void) air_buf_z(b, "<header>\n<h1>AI cost and concentration report</h1>"
                        "\n<p class=\"soft\">");
    air_page_period(d, b);
    (void) air_buf_z(b, ", UTC. Made ");
    air_html_time(b, d->now_ms);
    (void) air_buf_z(b, " by ai-router " AIR_VERSION " from the ledger up to "
                        "record ");
    (void) air_buf_uint(b, d->report[AIR_DILIGENCE_TOTAL].seq);
    (void) air_buf_z(b, ". Amounts are US dollars, rounded here; the exact "
                        "sum to the pico-dollar is in each amount's value."
                        "</p>\n</header>\n");

    if (air_page_total(d)->v[AIR_SUM_RECORDS] == 0) {
        (void) air_buf_z(b, "<p><strong>The ledger has no record of this "
                            "period.</strong></p>\n");
    }

    air_page_summary(d, b);
    air_page_quarters(d, b);
    air_page_shares(d, b);

    rc = air_page_flows(d, b);

    if (rc == AIR_OK) {
        rc = air_page_survival(d, b);
    }

    air_page_fallbacks(d, b);
    air_report_drills(&d->drills, d->topo, b);
    air_page_reliability(d, b);
    air_page_savings(d, b);
    air_page_sure(d, b);
    air_page_proof(d, b);

    air_html_end(b);

    return rc != AIR_OK ? rc : b->error;
}
