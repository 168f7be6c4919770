
/*
 * What the files of the ledger share among themselves; nobody else includes
 * this.
 */

#ifndef _AIR_LEDGER_IMPL_H_INCLUDED_
#define _AIR_LEDGER_IMPL_H_INCLUDED_


#include "air_db.h"
#include "air_inflight.h"
#include "air_journal.h"
#include "air_ledger.h"


typedef struct air_ticker_s  air_ticker_t;


/*
 * The event loop uses writer and flight, the thread of the tick only ticker,
 * which has maps of its own: nothing here changes under both.
 */
struct air_ledger_s {
    int                dirfd;
    int                journalfd;
    air_ledger_conf_t  conf;
    air_journal_t      writer;
    air_inflight_t     flight;
    air_accounts_t    *accounts;  /* NULL until there are some              */
    air_ticker_t      *ticker;    /* made by the first tick                 */
    unsigned           db_refused:1;      /* the tick's: a look from outside
                                             found LMDB damaged             */
    char               dir[];
};


/* Notes that nothing can be written until a tick finds the disk well. */
void air_ledger_broken(air_inflight_t *f, int sys);

/*
 * Writes the record that stands complete in a FINAL slot, once, and says so;
 * used by the owner and by the tick.
 */
int air_ledger_finish(air_journal_t *j, air_inflight_t *f, uint32_t slot,
    air_err_t *err);

/* Opens the accounts if they are wanted and there: when the ledger is opened,
   and until it went well at each tick. */
void air_ledger_join(air_ledger_t *ledger);

/*
 * Before a final record is encoded: sets whether it is counted by a hold, and
 * where nobody knows its cost the hold's worst case.
 */
void air_ledger_hold(const air_accounts_t *accounts, int slot,
    air_record_t *r);

/* After the record of a slot is in the journal: ends its hold. */
void air_ledger_count(air_accounts_t *accounts, int slot,
    const air_record_t *r);

/*
 * Proves that the accounts are what the journal (fd) says, when nothing is in
 * flight; what differs is in proof.  AIR_OK, AIR_EIO, AIR_ENOMEM ...
 */
int air_accounts_verify(int dirfd, int fd, air_ledger_proof_t *proof,
    air_err_t *err);

/* The database that the tick has open, or NULL; for the tick's thread. */
air_db_t *air_ticker_db(air_ledger_t *ledger);

/* Frees what the tick holds, its locks included. */
void air_ticker_close(air_ledger_t *ledger);


#endif /* _AIR_LEDGER_IMPL_H_INCLUDED_ */
