
/*
 * A name for a request: the SHA-256 of its parts, so that two have one name
 * when, and only when, they say the same.  Texts of JSON may differ in the
 * white space between their tokens; everything else counts, the order of
 * members too (as with OpenRouter's response cache, 2026-11).
 */

#ifndef _AIR_FINGERPRINT_H_INCLUDED_
#define _AIR_FINGERPRINT_H_INCLUDED_


#include "air_err.h"
#include "air_str.h"


#define AIR_FINGERPRINT  32


typedef struct {
    void           *md;           /* NULL: no memory                        */
    uint64_t        len;          /* of the JSON so far                     */
    unsigned char   last;         /* its last byte                          */
    unsigned        bad:1;        /* the hash failed                        */
    unsigned        string:1;     /* within one                             */
    unsigned        escape:1;     /* behind a backslash                     */
    unsigned        space:1;      /* white space was left out               */
} air_fingerprint_t;


/* Begins; air_fingerprint_end() must follow. */
void air_fingerprint_begin(air_fingerprint_t *f);

/* Adds a part, which may be empty: parts never run into each other. */
void air_fingerprint_add(air_fingerprint_t *f, air_str_t part);

/* Adds a piece of a JSON text, cut anywhere; any bytes are taken, only those
   of a JSON text are sure to mean the same.  Linear in its length. */
void air_fingerprint_json(air_fingerprint_t *f, air_str_t piece);

/* Ends the JSON text, if there was one: another part may follow. */
void air_fingerprint_json_end(air_fingerprint_t *f);

/* The hash, once; frees what was taken.  AIR_OK, or AIR_ENOMEM. */
int air_fingerprint_end(air_fingerprint_t *f,
    unsigned char hash[AIR_FINGERPRINT]);


#endif /* _AIR_FINGERPRINT_H_INCLUDED_ */
