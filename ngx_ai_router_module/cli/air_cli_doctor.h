
/*
 * The two halves of the doctor: what it looks at itself, and what it learns
 * from nginx and its configuration.
 */

#ifndef _AIR_CLI_DOCTOR_H_INCLUDED_
#define _AIR_CLI_DOCTOR_H_INCLUDED_


#include "air_cli_store.h"


typedef enum {
    AIR_DOCTOR_OK = 0,
    AIR_DOCTOR_WARN,
    AIR_DOCTOR_FAIL
} air_doctor_e;


typedef struct {
    air_cli_t        *cli;
    const char       *store;      /* NULL until known                        */
    const char       *module;     /* path of the .so, NULL until known       */
    air_cli_table_t   table;
    unsigned          failed;
    unsigned          warned;
} air_doctor_t;


/* One line of the result. */
void air_doctor_say(air_doctor_t *d, air_doctor_e result, const char *check,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A price table, and a file that holds a secret. */
void air_doctor_prices(air_doctor_t *d, const char *path);
void air_doctor_secret(air_doctor_t *d, const char *path);

/*
 * Reads an nginx configuration with what it includes: checks the files that
 * our directives name, and takes store and module from it where they are not
 * known yet.
 */
void air_doctor_conf(air_doctor_t *d, const char *path);

/*
 * Asks nginx what it is, compares the module with it, and lets it test conf
 * (may be NULL).
 */
void air_doctor_nginx(air_doctor_t *d, const char *nginx, const char *conf);


#endif /* _AIR_CLI_DOCTOR_H_INCLUDED_ */
