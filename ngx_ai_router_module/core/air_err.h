
/*
 * Status codes of every function in core, store, fetch and cli.  Zero is
 * good, AIR_AGAIN asks for more input, negative values are failures.
 */

#ifndef _AIR_ERR_H_INCLUDED_
#define _AIR_ERR_H_INCLUDED_


#include <stddef.h>


#define AIR_OK         0
#define AIR_AGAIN      1     /* complete so far, more bytes are needed       */

#define AIR_ENOMEM    -1     /* the allocator gave NULL                      */
#define AIR_EINVAL    -2     /* the input breaks its format                  */
#define AIR_ELIMIT    -3     /* a stated limit is exceeded                   */
#define AIR_ENOENT    -4     /* no such thing                                */
#define AIR_EIO       -5     /* the system refused; sys holds errno          */
#define AIR_ECORRUPT  -6     /* stored data does not match its checksum      */
#define AIR_EBUSY     -7     /* held by somebody else                        */
#define AIR_EFORMAT   -8     /* written by a newer version                   */
#define AIR_EUNSUP    -9     /* valid, but this target cannot take it        */


/*
 * Detail of a failure.  reason is static text, lower case, without a full
 * stop; offset is the byte of the input where it shows, or 0; sys is errno
 * for AIR_EIO, or 0.
 */
typedef struct {
    int          code;
    const char  *reason;
    size_t       offset;
    int          sys;
} air_err_t;


/* Fills *err (which may be NULL) and returns code, so it can be returned. */
static inline int
air_err_set(air_err_t *err, int code, const char *reason, size_t offset)
{
    if (err != NULL) {
        err->code = code;
        err->reason = reason;
        err->offset = offset;
        err->sys = 0;
    }

    return code;
}


#endif /* _AIR_ERR_H_INCLUDED_ */
