
/*
 * AWS Signature Version 4 in headers.  docs.aws.amazon.com/IAM, "Create a
 * signed AWS API request", read 2026-11-22.  Nothing is read from clocks or
 * files: time and keys are parameters.
 */

#ifndef _AIR_SIGV4_H_INCLUDED_
#define _AIR_SIGV4_H_INCLUDED_


#include "air_buf.h"


#define AIR_SIGV4_HASH     32
#define AIR_SIGV4_HEADERS  16     /* of one request                          */
#define AIR_SIGV4_PARAMS   32     /* of one query                            */


typedef struct {
    air_str_t  id;                /* access key id                          */
    air_str_t  secret;
    air_str_t  token;             /* of a session, or empty                 */
} air_sigv4_keys_t;


typedef struct {
    air_str_t  name;
    air_str_t  value;             /* one that repeats stands several times  */
} air_sigv4_header_t;


/* A request as it is sent; views borrow. */
typedef struct {
    air_str_t                  method;
    air_str_t                  path;      /* percent-encoded, without "."
                                             and ".." in it                 */
    air_str_t                  query;     /* percent-encoded, without "?"   */
    const air_sigv4_header_t  *headers;   /* Host among them, but not those
                                             that signing adds              */
    unsigned                   nheaders;
    unsigned char              hash[AIR_SIGV4_HASH];   /* of the body       */
    air_str_t                  region;
    air_str_t                  service;
    int64_t                    time;      /* seconds since 1970             */
} air_sigv4_request_t;


/* SHA-256 of n pieces, one after the other.  AIR_OK or AIR_ENOMEM. */
int air_sigv4_hash(const air_str_t *pieces, unsigned n,
    unsigned char hash[AIR_SIGV4_HASH]);

/*
 * Appends the header lines that sign the request, each with its CR LF:
 * X-Amz-Date, X-Amz-Security-Token where there is a token, Authorization.
 * The path is encoded once more for what is signed, as all services but S3
 * want it.  Work memory, which holds no secret, comes from b's mem.  AIR_OK;
 * AIR_ELIMIT: too many headers or parameters, a text over 2,048 bytes where
 * none can be, or b is full; AIR_ENOMEM.
 */
int air_sigv4_sign(const air_sigv4_request_t *rq,
    const air_sigv4_keys_t *keys, air_buf_t *b);

/*
 * Finds a profile in the text of an AWS credentials file: views of text in
 * *keys, the token empty where there is none.  AIR_OK; AIR_ENOENT: no such
 * profile; AIR_EINVAL: it has no key id or no secret.
 * docs.aws.amazon.com/sdkref, "Shared config and credentials files".
 */
int air_sigv4_profile(air_str_t text, air_str_t profile,
    air_sigv4_keys_t *keys);

/*
 * The region in a host of AWS ("bedrock-runtime.eu-west-1.amazonaws.com"),
 * also of FIPS, dual-stack and VPC endpoints; empty when there is none.
 * Borrows from host, which may have a port.
 */
air_str_t air_sigv4_region(air_str_t host);


#endif /* _AIR_SIGV4_H_INCLUDED_ */
