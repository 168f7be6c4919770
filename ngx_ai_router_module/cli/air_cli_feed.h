
/*
 * Subcommands of "prices" about feeds.
 */

#ifndef _AIR_CLI_FEED_H_INCLUDED_
#define _AIR_CLI_FEED_H_INCLUDED_


#include "air_cli.h"


/* Each is a row of the table in air_cli_prices.c. */
int air_cli_prices_pull(air_cli_t *cli, int argc, char **argv);
int air_cli_prices_digest(air_cli_t *cli, int argc, char **argv);
int air_cli_prices_accept(air_cli_t *cli, int argc, char **argv);


#endif /* _AIR_CLI_FEED_H_INCLUDED_ */
