
/*
 * What the commands about the store share.
 */

#ifndef _AIR_CLI_STORE_H_INCLUDED_
#define _AIR_CLI_STORE_H_INCLUDED_


#include "air_cli.h"
#include "../store/air_ledger.h"


#define AIR_CLI_STORE  "/var/lib/nginx/ai-router"


/*
 * ms UTC of "2026", "2026-11", "2026-11-22", "2026-11-22T15:04" or
 * "2026-11-22T15:04:05Z"; AIR_EINVAL for anything else.
 */
int air_cli_when(const char *text, int64_t *ms);

/* Now, ms UTC. */
int64_t air_cli_now(void);

/*
 * Takes --from, --to, --last and --this (each may be NULL): without any, the
 * month now_ms is in.  AIR_CLI_OK, or tells the user and returns the code.
 */
int air_cli_range(air_cli_t *cli, const char *from, const char *to,
    const char *last, const char *this, int64_t *from_ms, int64_t *to_ms);

/*
 * Writes one record to cli->out: a line of text, of CSV, or of JSON, as
 * cli->format says; and the heading that text and CSV have.
 */
void air_cli_record(air_cli_t *cli, const air_record_t *r);
void air_cli_record_head(air_cli_t *cli);

/* Tells that a call to the store failed; returns AIR_CLI_FAIL or _USAGE. */
int air_cli_store_error(air_cli_t *cli, const char *dir, int rc,
    const air_err_t *err);


#endif /* _AIR_CLI_STORE_H_INCLUDED_ */
