
/*
 * The tick's own state and its three parts; only for the files of the tick.
 */

#ifndef _AIR_TICKER_H_INCLUDED_
#define _AIR_TICKER_H_INCLUDED_


#include "air_fold.h"
#include "air_ledger_impl.h"
#include "air_seal.h"


struct air_ticker_s {
    int             lockfd;
    unsigned        journal_open:1;
    unsigned        walk_open:1;
    unsigned        db_open:1;
    unsigned        unsynced:1;   /* the last fdatasync() failed            */
    air_journal_t   journal;
    air_inflight_t  flight;       /* a map of its own of the same file      */
    air_accounts_t *accounts;     /* NULL: nobody counts                    */
    air_reader_t   *reader;       /* of records without a hold              */
    uint64_t        counted;      /* seq it stands behind                   */

    air_segment_t   walk;         /* where decided stands                   */
    uint64_t        decided;      /* all before it are written or holes     */
    uint64_t        durable;      /* all before it are on the disk          */
    uint64_t        stuck;        /* seq of an unwritten slot, since when   */
    int64_t         stuck_ms;

    uint32_t        seal_number;  /* the next block to seal                 */
    uint32_t        seal_block;
    unsigned char   seal_prev[AIR_SEAL_HASH];

    unsigned char  *known;        /* nknown sorted keys of attempts         */
    size_t          nknown;

    air_db_t        db;
    int64_t         synced_ms;
    int64_t         kept_ms;
};


/*
 * Settles slots of processes that ended, and those parked for want of a disk.
 * AIR_OK; a failure when the journal cannot be written: to be tried again.
 */
int air_tick_slots(air_ledger_t *ledger, air_ledger_work_t *work,
    air_err_t *err);

/*
 * Opens the accounts when there are any, wanted here or not: their holds end
 * with the slots of the dead.  AIR_EIO or AIR_ENOMEM when
 * they are there and cannot be opened: nothing that has a hold may be settled
 * then.
 */
int air_tick_join(air_ledger_t *ledger, air_err_t *err);

/*
 * Makes the accounts when they are wanted and nobody has them open; needs no
 * duty.  AIR_OK also when it has to wait for others.
 */
int air_tick_make(air_ledger_t *ledger, air_err_t *err);

/* Counts records without a hold, up to what is decided. */
int air_tick_count(air_ledger_t *ledger, air_err_t *err);

/*
 * Around every use of LMDB: a damaged file kills who touches it, but not for
 * ever.  AIR_ECORRUPT when it was found damaged, and is not to be touched.
 */
int air_tick_db_enter(air_ledger_t *ledger, air_err_t *err);
void air_tick_db_leave(air_ledger_t *ledger);

/* Brings LMDB up to what is durable in the journal; makes it when absent. */
int air_tick_db(air_ledger_t *ledger, air_ledger_work_t *work,
    air_err_t *err);

/* Drops a segment that is older than is to be kept, at most one at a time;
   to be called after air_tick_db() went well. */
int air_tick_keep(air_ledger_t *ledger, int64_t now_ms, air_err_t *err);


#endif /* _AIR_TICKER_H_INCLUDED_ */
