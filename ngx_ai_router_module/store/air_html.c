
/*
 * Colours are chosen for a contrast of 4.5 in light and dark.
 */


#include "air_html.h"
#include "air_report_write.h"
#include "../core/air_time.h"

#include <stdio.h>


static const char  air_html_style[] =
    ":root{--ink:#1b2430;--soft:#52606f;--line:#d5dbe3;--page:#fff;"
    "--card:#f5f7fa;--bar:#2f6fde;--good:#17693b;--warn:#8a4b00;"
    "--bad:#b3261e;color-scheme:light dark}"
    "@media (prefers-color-scheme:dark){:root{--ink:#e6ebf2;--soft:#a3afbe;"
    "--line:#36414f;--page:#12171e;--card:#1b222c;--bar:#6ea0ff;"
    "--good:#6fd49a;--warn:#f0b35f;--bad:#ff8f86}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--page);color:var(--ink);"
    "font:16px/1.5 system-ui,'Segoe UI',Roboto,sans-serif}"
    "main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 4rem}"
    "h1{font-size:1.7rem;line-height:1.25;margin:0 0 .3rem}"
    "h2{font-size:1.25rem;margin:2.6rem 0 .5rem;padding-top:.6rem;"
    "border-top:1px solid var(--line)}"
    "p,li{max-width:46rem}p{margin:.5rem 0}.soft{color:var(--soft)}"
    ".cards{display:grid;gap:.75rem;margin:1.2rem 0;padding:0;"
    "grid-template-columns:repeat(auto-fit,minmax(11rem,1fr))}"
    ".cards div{background:var(--card);border:1px solid var(--line);"
    "border-radius:.5rem;padding:.7rem .9rem}"
    "dt{color:var(--soft);font-size:.85rem}"
    "dd{margin:0;font-size:1.3rem;font-variant-numeric:tabular-nums}"
    "dd small{display:block;font-size:.8rem;color:var(--soft)}"
    ".scroll{overflow-x:auto;margin:.8rem 0}"
    "table{border-collapse:collapse;width:100%;font-size:.92rem}"
    "caption{text-align:left;font-weight:600;padding:.3rem 0}"
    "th,td{text-align:left;padding:.35rem .7rem .35rem 0;"
    "border-bottom:1px solid var(--line);vertical-align:top}"
    "thead th{color:var(--soft);font-weight:600;white-space:nowrap}"
    "tbody th{font-weight:500;overflow-wrap:anywhere;min-width:7rem}"
    ".n{text-align:right;white-space:nowrap;"
    "font-variant-numeric:tabular-nums}"
    "svg{display:block;width:5rem;height:.5rem;margin:.25rem 0 0 auto;"
    "background:var(--line);border-radius:2px}rect{fill:var(--bar)}"
    ".good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}"
    "code,pre{font:.85rem/1.45 ui-monospace,Menlo,Consolas,monospace;"
    "overflow-wrap:anywhere}pre{white-space:pre-wrap;background:var(--card);"
    "border:1px solid var(--line);border-radius:.4rem;padding:.7rem}"
    "@page{margin:14mm}"
    "@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--page:#fff;"
    "--card:#fff;--bar:#444;--good:#000;--warn:#000;--bad:#000;"
    "color-scheme:light}body{font-size:10pt}main{padding:0;max-width:none}"
    ".scroll{overflow:visible}thead{display:table-header-group}"
    "tr,.cards div,pre{break-inside:avoid}h2,caption{break-after:avoid}"
    "rect{print-color-adjust:exact}svg{print-color-adjust:exact}}";


void
air_html_begin(air_buf_t *b, const char *title)
{
    (void) air_buf_z(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                        "<meta charset=\"utf-8\">\n"
                        "<meta http-equiv=\"Content-Security-Policy\" "
                        "content=\"default-src 'none'; style-src "
                        "'unsafe-inline'\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width,"
                        " initial-scale=1\">\n"
                        "<meta name=\"referrer\" content=\"no-referrer\">\n"
                        "<title>");
    (void) air_buf_html(b, air_str_z(title));
    (void) air_buf_z(b, "</title>\n<style>");
    (void) air_buf_z(b, air_html_style);
    (void) air_buf_z(b, "</style>\n</head>\n<body>\n<main>\n");
}


void
air_html_end(air_buf_t *b)
{
    (void) air_buf_z(b, "</main>\n</body>\n</html>\n");
}


void
air_html_section(air_buf_t *b, const char *id, const char *title,
    const char *markup)
{
    (void) air_buf_z(b, "<h2 id=\"");
    (void) air_buf_z(b, id);
    (void) air_buf_z(b, "\">");
    (void) air_buf_z(b, title);
    (void) air_buf_z(b, "</h2>\n<p>");
    (void) air_buf_z(b, markup);
    (void) air_buf_z(b, "</p>\n");
}


void
air_html_table(air_buf_t *b, const char *caption, const char *headings)
{
    size_t       n;
    const char  *p;

    (void) air_buf_z(b, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                        "aria-label=\"");
    (void) air_buf_z(b, caption);
    (void) air_buf_z(b, "\">\n<table>\n<caption>");
    (void) air_buf_z(b, caption);
    (void) air_buf_z(b, "</caption>\n<thead><tr>");

    for (p = headings; /* void */ ; p += n + 1) {

        n = strcspn(p, "|");

        (void) air_buf_z(b, *p == '#' ? "<th scope=\"col\" class=\"n\">"
                                      : "<th scope=\"col\">");
        (void) air_buf_add(b, p + (*p == '#'), n - (*p == '#'));
        (void) air_buf_z(b, "</th>");

        if (p[n] == '\0') {
            break;
        }
    }

    (void) air_buf_z(b, "</tr></thead>\n<tbody>\n");
}


void
air_html_table_end(air_buf_t *b)
{
    (void) air_buf_z(b, "</tbody>\n</table>\n</div>\n");
}


void
air_html_row(air_buf_t *b, air_str_t name, const char *none)
{
    (void) air_buf_z(b, "<tr><th scope=\"row\">");

    if (name.len) {
        (void) air_buf_html(b, name);

    } else {
        (void) air_buf_z(b, none);
    }

    (void) air_buf_z(b, "</th>");
}


void
air_html_row_end(air_buf_t *b)
{
    (void) air_buf_z(b, "</tr>\n");
}


void
air_html_text(air_buf_t *b, air_str_t text)
{
    (void) air_buf_z(b, "<td>");
    (void) air_buf_html(b, text);
    (void) air_buf_z(b, "</td>");
}


void
air_html_number(air_buf_t *b, uint64_t n)
{
    int   i, len;
    char  text[24];

    len = snprintf(text, sizeof(text), "%llu", (unsigned long long) n);

    for (i = 0; i < len; i++) {
        if (i != 0 && (len - i) % 3 == 0) {
            (void) air_buf_byte(b, ',');
        }

        (void) air_buf_byte(b, (unsigned char) text[i]);
    }
}


/* From a dollar on cents, below that six places; a trace is told as one. */
void
air_html_money(air_buf_t *b, air_u128_t pusd)
{
    char        text[48];
    unsigned    places;
    uint64_t    unit, whole, part;
    air_u128_t  rounded;

    (void) air_buf_z(b, "<data value=\"");
    (void) air_buf_z(b, air_report_usd(pusd, text));
    (void) air_buf_z(b, "\">");

    unit = pusd >= 1000000000000ULL ? 10000000000ULL : 1000000ULL;
    places = pusd >= 1000000000000ULL ? 2 : 6;

    rounded = (pusd + unit / 2) / unit;

    if (pusd != 0 && rounded == 0) {
        (void) air_buf_z(b, "&lt;$0.000001</data>");
        return;
    }

    whole = (uint64_t) (rounded / (places == 2 ? 100 : 1000000));
    part = (uint64_t) (rounded % (places == 2 ? 100 : 1000000));

    (void) air_buf_byte(b, '$');
    air_html_number(b, whole);

    if (pusd != 0) {
        (void) air_buf_byte(b, '.');
        air_time_pad(b, part, places);
    }

    (void) air_buf_z(b, "</data>");
}


void
air_html_money_cell(air_buf_t *b, air_u128_t pusd)
{
    (void) air_buf_z(b, "<td class=\"n\">");
    air_html_money(b, pusd);
    (void) air_buf_z(b, "</td>");
}


void
air_html_count(air_buf_t *b, uint64_t n)
{
    (void) air_buf_z(b, "<td class=\"n\">");
    air_html_number(b, n);
    (void) air_buf_z(b, "</td>");
}


void
air_html_percent(air_buf_t *b, air_u128_t part, air_u128_t whole)
{
    char         text[32];
    const char  *share;

    share = air_report_share(part, whole, text, sizeof(text));

    (void) air_buf_z(b, *share != '\0' ? share : "-");
    (void) air_buf_z(b, *share != '\0' ? "&nbsp;%" : "");
}


void
air_html_share(air_buf_t *b, air_u128_t part, air_u128_t whole)
{
    char  text[32];

    (void) air_buf_z(b, "<td class=\"n\">");
    air_html_percent(b, part, whole);

    if (whole != 0) {
        (void) air_buf_z(b, "<svg viewBox=\"0 0 100 8\" "
                            "preserveAspectRatio=\"none\" "
                            "aria-hidden=\"true\"><rect height=\"8\" "
                            "width=\"");
        (void) air_buf_z(b, air_report_share(part, whole, text,
                                             sizeof(text)));
        (void) air_buf_z(b, "\"/></svg>");
    }

    (void) air_buf_z(b, "</td>");
}


void
air_html_mean(air_buf_t *b, uint64_t sum, uint64_t n)
{
    (void) air_buf_z(b, "<td class=\"n\">");

    if (n) {
        air_html_number(b, sum / n);
        (void) air_buf_z(b, "&nbsp;ms");

    } else {
        (void) air_buf_byte(b, '-');
    }

    (void) air_buf_z(b, "</td>");
}


void
air_html_time(air_buf_t *b, int64_t ms)
{
    (void) air_buf_z(b, "<time>");
    (void) air_time_utc(b, ms);
    (void) air_buf_z(b, "</time>");
}


void
air_html_figure(air_buf_t *b, const char *term)
{
    (void) air_buf_z(b, "<div><dt>");
    (void) air_buf_z(b, term);
    (void) air_buf_z(b, "</dt><dd>");
}


void
air_html_figure_end(air_buf_t *b, const char *note)
{
    if (note != NULL) {
        (void) air_buf_z(b, "<small>");
        (void) air_buf_html(b, air_str_z(note));
        (void) air_buf_z(b, "</small>");
    }

    (void) air_buf_z(b, "</dd></div>\n");
}
