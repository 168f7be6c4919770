
/*
 * The running hash at any record of a journal: what an operator writes down
 * elsewhere, and looks for later.
 */

#ifndef _AIR_ANCHOR_H_INCLUDED_
#define _AIR_ANCHOR_H_INCLUDED_


#include "air_ledger.h"


/*
 * Sets last and tip of a proof whose sealed and hash are set: the records
 * behind the last seal, up to the first that is not decided.  fd is the
 * journal's folder.  AIR_OK, AIR_EIO, AIR_ENOMEM, AIR_EFORMAT.
 */
int air_anchor_tip(int fd, air_ledger_proof_t *proof, air_err_t *err);


#endif /* _AIR_ANCHOR_H_INCLUDED_ */
