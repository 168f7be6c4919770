
/*
 * What report shows of quality and savings, and what it shares with others.
 */

#ifndef _AIR_CLI_QUALITY_H_INCLUDED_
#define _AIR_CLI_QUALITY_H_INCLUDED_


#include "air_cli.h"
#include "../store/air_report_write.h"
#include "../store/air_savings.h"


/* Reads a price table, telling FILE:LINE when it cannot; format is
   AIR_PRICES_..., -1: find out.  Returns as air_cli_read(). */
int air_cli_prices_read(air_cli_t *cli, const char *path, int format,
    air_pricebook_t **book);

/* The tables of report --quality, by the query's dimensions, and of report
   --baseline, by the model VENDOR/MODEL of a price table.  The exit code. */
int air_cli_quality(air_cli_t *cli, const char *store,
    air_report_query_t *query);
int air_cli_savings(air_cli_t *cli, const char *store, const char *prices,
    const char *baseline, const air_report_query_t *query);

/* report --html: writes the page of the query's period to file, "-" is
   standard output; prices and baseline may be NULL.  The exit code. */
int air_cli_html(air_cli_t *cli, const char *store, const char *file,
    const char *prices, const char *baseline,
    const air_report_query_t *query);


#endif /* _AIR_CLI_QUALITY_H_INCLUDED_ */
