
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
    unsigned        db_refused:1; /* a look from outside found it damaged   */
    unsigned        unsynced:1;   /* the last fdatasync() failed            */
    air_journal_t   journal;
    air_inflight_t  flight;       /* a map of its own of the same file      */
    air_accounts_t *accounts;     /* NULL: nobody counts                    */

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

/* Opens the accounts when anybody counts in them. */
void air_tick_join(air_ledger_t *ledger);

/* Brings LMDB up to what is durable in the journal; makes it when absent. */
int air_tick_db(air_ledger_t *ledger, air_ledger_work_t *work,
    air_err_t *err);

/* Drops a segment that is older than is to be kept, at most one at a time;
   to be called after air_tick_db() went well. */
int air_tick_keep(air_ledger_t *ledger, int64_t now_ms, air_err_t *err);


#endif /* _AIR_TICKER_H_INCLUDED_ */
