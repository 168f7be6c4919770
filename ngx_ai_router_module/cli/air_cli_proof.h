
/*
 * Keys, signed exports and their check, for the table of "ledger".
 */

#ifndef _AIR_CLI_PROOF_H_INCLUDED_
#define _AIR_CLI_PROOF_H_INCLUDED_


#include "air_cli_store.h"


/* What a signed export is asked for. */
typedef struct {
    const char  *store;
    const char  *key;             /* file of the secret key, or NULL         */
    const char  *out;             /* file that is made, NULL: cli->out       */
    int64_t      from_ms;
    int64_t      to_ms;           /* INT64_MAX: up to now                    */
} air_cli_signed_t;


/* "ledger keygen FILE". */
int air_cli_keygen(air_cli_t *cli, int argc, char **argv);

/* Writes a signed export; returns the exit code, the user was told. */
int air_cli_export_signed(air_cli_t *cli, const air_cli_signed_t *s);

/* Proves an export by a public key's file and prints what is proven; last_hash
   may be NULL.  Returns the exit code. */
int air_cli_verify_export(air_cli_t *cli, const char *path, const char *key,
    const char *last_hash);

/* Reads the 64 digits of --last-hash; returns the exit code. */
int air_cli_last_hash(air_cli_t *cli, const char *text, unsigned char *hash);


#endif /* _AIR_CLI_PROOF_H_INCLUDED_ */
