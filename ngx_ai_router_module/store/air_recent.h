
/*
 * The newest records of the journal, for those who look at what happens now.
 */

#ifndef _AIR_RECENT_H_INCLUDED_
#define _AIR_RECENT_H_INCLUDED_


#include "../core/air_buf.h"
#include "../core/air_err.h"

#include <stdint.h>


/*
 * Appends the n newest records of the store dir that stand before seq before
 * (0: of all), newest first, as
 *
 *     {"newest":9,"records":[{...},{...}],"before":7}
 *
 * records are those of air_record_json(), newest is the last place of the
 * journal that is taken (0: none), before what to ask next, or null when
 * there are none before.  Reads some n records beside those it was asked for
 * at the most, however damaged the journal is.  Blocks on the disk.  AIR_OK,
 * AIR_EIO, AIR_EFORMAT, AIR_ENOMEM, b's error.
 */
int air_recent_json(const char *dir, uint64_t before, unsigned n,
    air_buf_t *b, air_err_t *err);


#endif /* _AIR_RECENT_H_INCLUDED_ */
