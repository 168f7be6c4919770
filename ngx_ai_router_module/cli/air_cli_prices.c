
/*
 * ai-router prices: brings public price tables into our own file, lists it
 * and checks it.  Nothing is fetched here.
 */

#include "air_cli.h"


static const air_cli_command_t  air_cli_prices_commands[] = {

    { NULL, NULL, NULL, NULL, NULL }
};


int
air_cli_prices(air_cli_t *cli, int argc, char **argv)
{
    return air_cli_dispatch(cli, air_cli_prices_commands, argc - 1, argv + 1);
}
