
/*
 * One bounded HTTP(S) request with libcurl, for threads and commands: it
 * blocks, and never runs on an event loop.  No redirects, no proxy, no
 * .netrc, no other scheme; every limit is stated.
 */

#ifndef _AIR_FETCH_H_INCLUDED_
#define _AIR_FETCH_H_INCLUDED_


#include "../core/air_buf.h"


#define AIR_FETCH_HEADERS  16


typedef struct {
    const char  *url;             /* http:// or https://                    */
    const char  *method;          /* NULL: GET, or POST with a body          */
    const char  *header[AIR_FETCH_HEADERS];    /* "name: value"              */
    unsigned     nheader;
    air_str_t    body;
    const char  *etag;            /* ask only for what changed, or NULL      */
    int64_t      since_ms;        /* the same by time, 0 none                */
    const char  *ca_file;         /* NULL: the system's                      */
    long         connect_ms;      /* 0: 5,000                                */
    long         total_ms;        /* 0: 30,000                               */
    size_t       max_body;        /* 0: 16 MB                                */
    int        (*stop)(void *ud);  /* give it up when this says 1, asked each
                                     second at the least, in the thread that
                                     fetches; or NULL                        */
    void        *ud;
} air_fetch_t;


typedef struct {
    long       status;            /* of HTTP                                 */
    int        unchanged;         /* 304: the etag or time still holds       */
    air_buf_t  body;
    char       etag[128];         /* empty when there was none or it is long */
    char       type[64];          /* Content-Type                            */
    char       retry[64];         /* Retry-After                             */
    char       retry_ms[24];      /* retry-after-ms                          */
    int64_t    modified_ms;       /* Last-Modified, 0 none                   */
    int64_t    took_ms;
    char       error[256];        /* curl's words when it failed             */
} air_fetch_reply_t;


/*
 * Runs the request; body bytes come from mem.  AIR_OK when any HTTP answer
 * came, whatever its status; AIR_EINVAL for a URL or header that must not be
 * sent; AIR_ELIMIT when the body passes its cap; AIR_EBUSY on a timeout;
 * AIR_AGAIN when it was given up by stop;
 * AIR_EIO for all else; AIR_ENOMEM.  *err may be NULL.
 */
int air_fetch(const air_fetch_t *fetch, const air_mem_t *mem,
    air_fetch_reply_t *reply, air_err_t *err);

/*
 * Once in a process, before threads start, and at its end.  AIR_OK or
 * AIR_ENOMEM.
 */
int air_fetch_init(void);
void air_fetch_done(void);


#endif /* _AIR_FETCH_H_INCLUDED_ */
