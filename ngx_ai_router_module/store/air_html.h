
/*
 * The pieces that store/air_report_html.c puts its page together from.  All
 * append to b, whose error tells of failures.
 */

#ifndef _AIR_HTML_H_INCLUDED_
#define _AIR_HTML_H_INCLUDED_


#include "air_rollup.h"
#include "../core/air_buf.h"


/* Up to the opening of <main>: title is text. */
void air_html_begin(air_buf_t *b, const char *title);
void air_html_end(air_buf_t *b);

/* A heading with its anchor, and a paragraph of markup. */
void air_html_section(air_buf_t *b, const char *id, const char *title,
    const char *markup);

/*
 * A table's opening: its caption, and headings with '|' between them; those
 * that begin with '#' are of numbers.
 */
void air_html_table(air_buf_t *b, const char *caption, const char *headings);
void air_html_table_end(air_buf_t *b);

/* <tr><th scope=row> of a name, "(none)" for an empty one; the row is left
   open. */
void air_html_row(air_buf_t *b, air_str_t name, const char *none);
void air_html_row_end(air_buf_t *b);

/* Cells: text, dollars, a count, a share of a whole with its bar, a mean in
   ms of n (empty when n is 0). */
void air_html_text(air_buf_t *b, air_str_t text);
void air_html_money_cell(air_buf_t *b, air_u128_t pusd);
void air_html_count(air_buf_t *b, uint64_t n);
void air_html_share(air_buf_t *b, air_u128_t part, air_u128_t whole);
void air_html_mean(air_buf_t *b, uint64_t sum, uint64_t n);

/* Dollars as people read them, exact in the value of <data>; a number with
   commas; ms UTC as <time>; a share in percent, "-" of nothing. */
void air_html_money(air_buf_t *b, air_u128_t pusd);
void air_html_number(air_buf_t *b, uint64_t n);
void air_html_time(air_buf_t *b, int64_t ms);
void air_html_percent(air_buf_t *b, air_u128_t part, air_u128_t whole);

/* A figure of the summary: a term, and what write() put between. */
void air_html_figure(air_buf_t *b, const char *term);
void air_html_figure_end(air_buf_t *b, const char *note);


#endif /* _AIR_HTML_H_INCLUDED_ */
